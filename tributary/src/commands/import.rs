//! `import`: a file of the finance system from beginning to end, the coding map, the ledger’s own
//! sums, and what funders publish of their grants.

mod grants;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use domain::Money;
use domain::imports::Reader;
use domain::imports::ops::{Told, import_whole};
use entity::ImportState;

use crate::house::House;
use crate::{Config, Failure};
use grants::Grants;

/// What can be imported.
#[derive(Debug, Subcommand)]
pub enum Commands {
    /// A file of spend, through a saved import profile
    Spend(Arguments),
    /// A file of grants that a funder published in the 360Giving standard
    Grants(Grants),
    /// The coding map: which cost centres and accounts become which pool and cost category
    CodingMap(MapArguments),
    /// What the finance system says of its months, by cost centre
    LedgerTotals(TotalsArguments),
}

/// What `import coding-map` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    tributary import coding-map map.csv --dry-run

All of the file is taken in, or nothing; faults are told by row. The same codes from a later day \
take the place of the row that stands. What was coded stays as it was coded.

Exit status: 0 taken in, or it could be; 1 refused.")]
pub struct MapArguments {
    /// The file: CSV, with the columns that the map has when it is downloaded
    file: PathBuf,
    /// Only say what it would do
    #[arg(long)]
    dry_run: bool,
}

/// What `import ledger-totals` takes.
#[derive(Debug, Args)]
pub struct TotalsArguments {
    /// The file: CSV, with the columns cost_centre, month and amount (in pounds)
    file: PathBuf,
}

fn read(file: &PathBuf) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}

fn tell(faults: &[domain::coding::rules::RowFault]) {
    for fault in faults {
        let column = fault.column.as_deref().unwrap_or("the row");
        println!("row {}, {column}: {}", fault.row, fault.message);
    }
}

async fn coding_map(config: &Config, arguments: MapArguments) -> Result<ExitCode, Failure> {
    let bytes = read(&arguments.file)?;
    let house = House::beside(config).await?;
    let found =
        domain::coding::ops::load_map(&house.db, &house.ctx(), &bytes, arguments.dry_run).await?;
    let coded = if found.applied {
        domain::coding::ops::code_by_map(&house.db, &house.ctx()).await?
    } else {
        domain::coding::ops::CodedLines::default()
    };
    house.close().await?;
    tell(&found.faults);
    if !found.faults.is_empty() {
        println!("Nothing was taken in.");
        return Ok(ExitCode::FAILURE);
    }
    println!(
        "{}{} rows added, {} changed, {} ended, {} stand already.",
        if arguments.dry_run {
            "It would be: "
        } else {
            ""
        },
        found.added,
        found.changed,
        found.ended,
        found.unchanged,
    );
    if coded.lines > 0 {
        println!(
            "{} lines that waited are coded now ({}).",
            coded.lines,
            coded.amount_pence.in_full()
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn ledger_totals(config: &Config, arguments: TotalsArguments) -> Result<ExitCode, Failure> {
    let bytes = read(&arguments.file)?;
    let house = House::beside(config).await?;
    let done = domain::agreement::ops::load(&house.db, &house.ctx(), &bytes).await?;
    house.close().await?;
    tell(&done.faults);
    if !done.faults.is_empty() {
        println!("Nothing was taken in.");
        return Ok(ExitCode::FAILURE);
    }
    println!(
        "{} sums stated, {} took the place of an earlier one, {} stand already.",
        done.stated, done.superseded, done.unchanged
    );
    Ok(ExitCode::SUCCESS)
}

/// What `import spend` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    tributary import spend ledger-2026-10.csv --profile 'Marlshire general ledger' \\
        --from 2026-10-01 --to 2026-10-31 --control-total 952733.02

The file is kept with its hash. It is accepted when every row is good and the rows come to the \
control total. Otherwise it waits: faulty rows are listed with their reasons, and are corrected or \
set aside in the pages or over the API. The same file is not loaded twice.

Exit status: 0 accepted; 1 it waits, or was refused.")]
pub struct Arguments {
    /// The file: CSV or XLSX
    file: PathBuf,
    /// The import profile, by its name
    #[arg(long, value_name = "NAME")]
    profile: String,
    /// First day that the file covers
    #[arg(long, value_name = "DATE")]
    from: NaiveDate,
    /// Last day that it covers
    #[arg(long, value_name = "DATE")]
    to: NaiveDate,
    /// What the finance system says the rows add up to, in pounds
    #[arg(long, value_name = "POUNDS", allow_hyphen_values = true)]
    control_total: String,
}

/// Imports.
pub async fn run(config: &Config, command: Commands) -> Result<ExitCode, Failure> {
    match command {
        Commands::Spend(arguments) => spend(config, arguments).await,
        Commands::Grants(arguments) => grants::run(config, arguments).await,
        Commands::CodingMap(arguments) => coding_map(config, arguments).await,
        Commands::LedgerTotals(arguments) => ledger_totals(config, arguments).await,
    }
}

async fn spend(config: &Config, arguments: Arguments) -> Result<ExitCode, Failure> {
    let control_total = Money::from_typed(&arguments.control_total).ok_or_else(|| {
        Failure::new("the control total must be an amount of pounds, such as 952733.02")
    })?;
    let bytes = std::fs::read(&arguments.file)
        .map_err(|error| Failure::new(format!("{}: {error}", arguments.file.display())))?;
    if bytes.len() > config.upload_limit {
        return Err(Failure::new(format!(
            "{} is larger than the setting `upload_limit_mb` allows",
            arguments.file.display()
        )));
    }
    let name = arguments
        .file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let house = House::beside(config).await?;
    let reader = Reader {
        program: std::env::current_exe()?,
    };
    let shows = std::io::stderr().is_terminal();
    let whole = import_whole(
        &house.db,
        &house.ctx(),
        &reader,
        &arguments.profile,
        &name,
        &bytes,
        (arguments.from, arguments.to),
        control_total.0,
        &mut |told| {
            if let Told::Read(rows, _) = told
                && shows
            {
                eprint!("\r{rows} rows read ");
            }
        },
    )
    .await?;
    house.close().await?;
    if shows {
        eprintln!();
    }
    let import = &whole.import;
    println!(
        "{} lines loaded ({}), {} to be coded, {} known already, {} rows faulty, {} set aside, {} \
         skipped.",
        import.rows_loaded,
        Money(import.sum_loaded_pence).in_full(),
        import.rows_uncoded,
        import.rows_known,
        import.rows_faulty,
        import.rows_set_aside,
        import.rows_skipped,
    );
    for row in &whole.faults {
        for fault in &row.faults {
            println!("row {}: {}", row.row, fault.message);
        }
    }
    if import.state == ImportState::Accepted {
        println!("Accepted: from now on it counts.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("It waits, as import {}:", import.id);
    for why in &whole.waits_for {
        println!("  {why}");
    }
    Ok(ExitCode::FAILURE)
}
