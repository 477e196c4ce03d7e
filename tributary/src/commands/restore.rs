//! `restore`: puts a backup in place of the database, once it has shown that it opens.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use domain::db::{self, Location};

use crate::{Config, Failure, house, lock};

/// What `restore` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    tributary restore /mnt/backups/tributary-2026-11-01.sqlite
    tributary restore /mnt/backups/tributary-2026-11-01.sqlite --overwrite

Stop the server first. The backup is copied and checked (it opens, every page is whole, its \
version is not newer than this program) before it takes the database's place in one step.")]
pub struct Arguments {
    /// The backup
    from: PathBuf,
    /// Replace the database that is there
    #[arg(long)]
    overwrite: bool,
}

/// Restores.
pub async fn run(config: &Config, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Location::Sqlite(path) = config.location()? else {
        return Err(Failure::new(
            "PostgreSQL is restored with its own tools: see docs/operations.md",
        ));
    };
    house::make_folder(&path)?;
    let held = lock::take(&path)?;
    let restored = db::restore_sqlite(&arguments.from, &path, arguments.overwrite).await?;
    drop(held);
    println!(
        "{} is now as it was backed up in {}.",
        path.display(),
        arguments.from.display()
    );
    if restored.older {
        println!("The backup is of an older version: run `tributary migrate` before `serve`.");
    }
    Ok(ExitCode::SUCCESS)
}
