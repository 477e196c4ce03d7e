//! One server for one SQLite file: a lock on a file beside it, which ends with the process.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::Failure;

/// Holds the lock while it lives.
#[derive(Debug)]
pub struct Lock(File);

impl Lock {
    /// Says where the server that holds it answers, for commands that run beside it.
    pub fn tell(&mut self, address: &str) -> std::io::Result<()> {
        self.hold(&format!("{}, at {address}", std::process::id()))
    }

    fn hold(&mut self, words: &str) -> std::io::Result<()> {
        self.0.set_len(0)?;
        self.0.rewind()?;
        write!(self.0, "{words}")
    }
}

/// Where the server of a database answers, if one holds its lock and said so.
pub fn address_of(database: &Path) -> Option<String> {
    let mut file = File::open(database.with_added_extension("lock")).ok()?;
    if flock(&file, FlockOperation::NonBlockingLockShared).is_ok() {
        // Nobody serves it. The lock just taken ends with the file.
        return None;
    }
    let mut said = String::new();
    file.read_to_string(&mut said).ok()?;
    said.split_once(", at ")
        .map(|(_, address)| address.trim().to_owned())
}

/// Takes the lock of a database, or says who has it.
pub fn take(database: &Path) -> Result<Lock, Failure> {
    let path = database.with_added_extension("lock");
    let trouble = |error: &dyn std::fmt::Display| {
        Failure::new(format!("{} cannot be locked: {error}", path.display()))
    };
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| trouble(&error))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let mut holder = String::new();
            let named = file.read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
            let who = if named {
                format!("process {}", holder.trim())
            } else {
                "another process".to_owned()
            };
            return Err(Failure::new(format!(
                "{} is in use by {who}. A SQLite database has one server: stop that one first, \
                 or use PostgreSQL for several (docs/operations.md).",
                database.display()
            )));
        }
        Err(error) => return Err(trouble(&error)),
    }
    // who holds it, for the message above; losing it loses nothing else
    let mut lock = Lock(file);
    lock.hold(&std::process::id().to_string())
        .map_err(|error| trouble(&error))?;
    Ok(lock)
}
