//! `export`: what the database holds, written for others to read.

mod all;
mod ledger;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use domain::grants::export;
use entity::GrantFormat;

use crate::house::House;
use crate::{Config, Failure};

/// What can be exported.
#[derive(Debug, Subcommand)]
pub enum Commands {
    /// Awards, or what funders published, in the 360Giving standard
    Grants(Grants),
    /// Everything that was entered: tables, files, and what each column means
    All(all::All),
    /// All spend and what pays for it, for hledger or beancount
    Ledger(ledger::Ledger),
}

/// What `export grants` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    tributary export grants --format json > awards.json
    tributary export grants --format csv --output awards.csv
    tributary export grants --published --format json --output published.json

JSON and CSV say the same: a table made JSON again by the standard's tools is the JSON. Text that a \
spreadsheet would take for a formula has an apostrophe before it in both.")]
pub struct Grants {
    /// How they are written
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
    /// What funders published, as it is known now, instead of our own awards
    #[arg(long)]
    published: bool,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Json,
    Csv,
}

/// Exports.
pub async fn run(config: &Config, command: Commands) -> Result<ExitCode, Failure> {
    let arguments = match command {
        Commands::Grants(arguments) => arguments,
        Commands::All(arguments) => return all::run(config, arguments).await,
        Commands::Ledger(arguments) => return ledger::run(config, arguments).await,
    };
    let format = match arguments.format {
        Format::Json => GrantFormat::Json,
        Format::Csv => GrantFormat::Csv,
    };
    let out = writer(arguments.output.as_deref())?;
    let house = House::beside(config).await?;
    let ctx = house.ctx();
    let mut out = if arguments.published {
        export::published(&house.db, &ctx, format, out).await?
    } else {
        export::awards(&house.db, &ctx, format, out).await?
    };
    out.flush()?;
    house.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Where an export goes: the file that is named, or standard output.
fn writer(output: Option<&Path>) -> Result<BufWriter<Box<dyn Write + Send>>, Failure> {
    let out: Box<dyn Write + Send> = match output {
        Some(path) => Box::new(
            File::create(path)
                .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?,
        ),
        None => Box::new(std::io::stdout()),
    };
    Ok(BufWriter::with_capacity(1 << 16, out))
}
