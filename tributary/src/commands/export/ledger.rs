//! `export ledger`: all spend and what pays for it, in plain-text accounting.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use domain::exports::ledger;

use crate::house::House;
use crate::{Config, Failure};

/// What `export ledger` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    tributary export ledger --format hledger --output ledger.journal && hledger -f ledger.journal check
    hledger -f ledger.journal balance Income --depth 2      # what each award pays for
    tributary export ledger --format beancount --output ledger.beancount && bean-check ledger.beancount

Expenses are spend by pool and cost category. Income is what awards pay for, by award, pool and cost \
category; what no award pays for is what a pool’s expenses exceed its income by. Assets:Due is what an \
award has paid for and its funder has not sent. That it was exported stands in the record.")]
pub struct Ledger {
    /// How it is written
    #[arg(long, value_enum)]
    format: Format,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Hledger,
    Beancount,
}

/// Exports.
pub async fn run(config: &Config, arguments: Ledger) -> Result<ExitCode, Failure> {
    let format = match arguments.format {
        Format::Hledger => ledger::Format::Hledger,
        Format::Beancount => ledger::Format::Beancount,
    };
    let mut out = super::writer(arguments.output.as_deref())?;
    let house = House::beside(config).await?;
    let ctx = house.ctx();
    let count = ledger::write(&house.db, &ctx, format, &mut out).await?;
    out.flush()?;
    house.close().await?;
    eprintln!("{count} transactions were written.");
    Ok(ExitCode::SUCCESS)
}
