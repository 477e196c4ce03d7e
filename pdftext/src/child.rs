//! Reading in a child process, with limits on time and memory.
//!
//! A PDF comes from somebody else, and what opens it can be made to run for ever or to ask for all the
//! memory there is. So the program starts itself again with a hidden argument, hands the file over on
//! standard input and takes its words from standard output. A child that dies, hangs or answers
//! nonsense means that the file cannot be read.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::{Refused, Words};

/// Bytes of address space.
const MEMORY: u64 = 1 << 30;
/// Seconds of processor time, and by the clock.
const SECONDS: u64 = 20;
/// The most bytes that a child takes, and that it says.
const MOST: u64 = 64 << 20;

/// How to start the child: the program and the argument that makes it call [`serve`].
#[derive(Clone, Debug)]
pub struct Launcher {
    /// The program.
    pub program: PathBuf,
    /// Its argument.
    pub argument: String,
}

/// The child's whole life: limits itself, reads a PDF from standard input, says its words.
pub fn serve() -> std::io::Result<()> {
    for (resource, most) in [
        (Resource::As, MEMORY),
        (Resource::Cpu, SECONDS),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(MOST).read_to_end(&mut bytes)?;
    let answer = serde_json::to_vec(&crate::read(&bytes))?;
    let mut output = std::io::stdout().lock();
    output.write_all(&answer)?;
    output.flush()
}

/// Reads the words of a PDF in a child process.
pub fn read(launcher: &Launcher, bytes: &[u8]) -> Result<Words, Refused> {
    ask(launcher, bytes).unwrap_or(Err(Refused::TooMuch))
}

fn ask(launcher: &Launcher, bytes: &[u8]) -> Option<Result<Words, Refused>> {
    let mut child = Command::new(&launcher.program)
        .arg(&launcher.argument)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let (mut input, output) = (child.stdin.take()?, child.stdout.take()?);
    let (sender, receiver) = mpsc::channel();
    let said = std::thread::scope(|scope| {
        scope.spawn(move || {
            // a child that stops reading is one that died; its answer says so by missing
            input.write_all(bytes).is_ok()
        });
        scope.spawn(move || {
            let mut said = Vec::new();
            let whole = output.take(MOST).read_to_end(&mut said).is_ok();
            sender.send(whole.then_some(said)).is_ok()
        });
        let said = receiver.recv_timeout(Duration::from_secs(SECONDS + 5));
        if !matches!(said, Ok(Some(_))) {
            stop(&mut child);
        }
        said
    });
    let said = said.ok().flatten()?;
    if !child.wait().is_ok_and(|status| status.success()) {
        return None;
    }
    serde_json::from_slice(&said).ok()
}

fn stop(child: &mut Child) {
    // It may have gone already.
    if child.kill().is_ok() {
        drop(child.wait());
    }
}
