//! Opening the database as a command needs it.

use domain::db::{self, Location};
use domain::{Clock, Ctx, Db};

use crate::lock::{self, Lock};
use crate::{Config, Failure};

/// An open database, with the lock if the command is to be its only server.
#[derive(Debug)]
pub struct House {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    lock: Option<Lock>,
}

impl House {
    /// For a server: nobody else's while it runs. An empty SQLite database is made ready.
    pub async fn to_serve(config: &Config) -> Result<Self, Failure> {
        let location = config.location()?;
        let lock = match &location {
            Location::Sqlite(path) => {
                make_folder(path)?;
                let lock = lock::take(path)?;
                if db::is_empty(&location).await? {
                    db::migrate(&location, "").await?;
                    tracing::info!(database = %path.display(), "made a new database");
                }
                Some(lock)
            }
            Location::Postgres(_) => None,
        };
        Ok(Self {
            db: Db::open(location).await?,
            clock: Clock::system(),
            lock,
        })
    }

    /// Says where this house answers, for commands that run beside it.
    pub fn tell(&mut self, address: &str) -> Result<(), Failure> {
        match &mut self.lock {
            Some(lock) => lock
                .tell(address)
                .map_err(|error| Failure::new(format!("the lock cannot be written: {error}"))),
            None => Ok(()),
        }
    }

    /// For a short command, which may run beside a server. There must be a database.
    pub async fn beside(config: &Config) -> Result<Self, Failure> {
        let location = config.location()?;
        if let Location::Sqlite(path) = &location
            && !path.exists()
        {
            return Err(Failure::new(format!(
                "there is no database at {}: `tributary serve` or `tributary migrate` makes one \
                 (or name another with --data-dir)",
                path.display()
            )));
        }
        Ok(Self {
            db: Db::open(location).await?,
            clock: Clock::system(),
            lock: None,
        })
    }

    /// For a short command that may be the first of all: makes an empty SQLite database ready.
    pub async fn beside_or_new(config: &Config) -> Result<Self, Failure> {
        let location = config.location()?;
        if let Location::Sqlite(path) = &location {
            make_folder(path)?;
            if db::is_empty(&location).await? {
                let lock = lock::take(path)?;
                db::migrate(&location, "").await?;
                drop(lock);
            }
        }
        Self::beside(config).await
    }

    /// The command line's own context: audited as such.
    #[must_use]
    pub fn ctx(&self) -> Ctx {
        Ctx::system("command-line", self.clock.clone())
    }

    /// Closes the database: on SQLite what is in the log goes into the file.
    pub async fn close(self) -> Result<(), Failure> {
        self.db.close().await?;
        drop(self.lock);
        Ok(())
    }
}

/// The folder of a database file.
pub fn make_folder(path: &std::path::Path) -> Result<(), Failure> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|error| {
                Failure::new(format!(
                    "the folder {} cannot be made: {error}",
                    folder.display()
                ))
            })
        }
        _ => Ok(()),
    }
}
