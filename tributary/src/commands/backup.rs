//! `backup`: a consistent copy of a SQLite database, files included, while it is in use.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::house::House;
use crate::{Config, Failure};

/// What `backup` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    tributary backup /mnt/backups/tributary-$(date +%F).sqlite

The copy holds everything that was acknowledged when the command began: uploaded files are in the \
database. The server may go on meanwhile. PostgreSQL is backed up with its own tools: see \
docs/operations.md.")]
pub struct Arguments {
    /// The file to write; it must not exist
    to: PathBuf,
}

/// Backs up.
pub async fn run(config: &Config, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let house = House::beside(config).await?;
    house.db.backup(&arguments.to).await?;
    house.close().await?;
    let size = std::fs::metadata(&arguments.to)?.len();
    println!(
        "The backup is at {} ({} kB).",
        arguments.to.display(),
        size / 1000
    );
    Ok(ExitCode::SUCCESS)
}
