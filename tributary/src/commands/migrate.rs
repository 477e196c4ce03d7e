//! `migrate`: brings the database to this program's version, after a backup, under a lock.

use std::process::ExitCode;

use domain::Clock;
use domain::db::{self, Location};

use crate::{Config, Failure, house, lock};

/// Migrates.
pub async fn run(config: &Config) -> Result<ExitCode, Failure> {
    let location = config.location()?;
    let held = match &location {
        Location::Sqlite(path) => {
            house::make_folder(path)?;
            Some(lock::take(path)?)
        }
        // on PostgreSQL the database itself has the lock
        Location::Postgres(_) => None,
    };
    let stamp = Clock::system().now().format("%Y%m%dT%H%M%SZ").to_string();
    let migrated = db::migrate(&location, &stamp).await?;
    drop(held);
    if let Some(backup) = migrated.backup {
        println!("A backup is at {}.", backup.display());
    }
    match migrated.steps {
        0 => println!("The database is up to date: there was nothing to do."),
        1 => println!("The database is up to date: one step was taken."),
        steps => println!("The database is up to date: {steps} steps were taken."),
    }
    Ok(ExitCode::SUCCESS)
}
