//! `import grants`: a file that a funder published, from beginning to end.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use domain::grants::{ops, rules, view};
use domain::{Money, files};
use entity::GrantImportState;
use sha2::{Digest as _, Sha256};

use crate::house::House;
use crate::{Config, Failure};

/// Faults that are printed; the rest is counted.
const SHOWN: usize = 50;

/// What `import grants` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    tributary import grants hill-fund-grants.json --dry-run
    tributary import grants hill-fund-grants.csv

The file is kept with its hash. Each grant is checked against the standard's schema; those with a \
fault are left out and listed with what to do. A grant is known by its identifier: one that changed \
supersedes what was known, and what was published before stays in its history. The same file is \
not read twice. Organisations are matched by their org-id, never by name.

Exit status: 0 every grant was taken in; 1 some were left out, or the file was refused.")]
pub struct Grants {
    /// The file: JSON, or CSV with the standard's titles as its heading
    file: PathBuf,
    /// Check the file and say what is wrong; nothing is kept, and no database is needed
    #[arg(long)]
    dry_run: bool,
}

/// Imports, or only checks.
pub async fn run(config: &Config, arguments: Grants) -> Result<ExitCode, Failure> {
    let path = &arguments.file;
    let said = |error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    if arguments.dry_run {
        return check(path, &name);
    }
    let house = House::beside(config).await?;
    let ctx = house.ctx();
    let (size, sha256) = hash(path).map_err(said)?;
    let source = ops::Source {
        name: &name,
        sha256,
        size,
        pieces: Box::new(pieces(File::open(path).map_err(said)?)),
    };
    let id = ops::begin(&house.db, &ctx, source, true).await?;
    let shows = std::io::stderr().is_terminal();
    ops::read_file(&house.db, &ctx, id, &mut |read| {
        if shows {
            eprint!("\r{read} grants read ");
        }
    })
    .await?;
    if shows {
        eprintln!();
    }
    let import = view::import(&house.db, &ctx, id).await?;
    if import.state == GrantImportState::Failed {
        house.close().await?;
        return Err(Failure::new(import.failure.unwrap_or_default()));
    }
    println!(
        "{} grants read: {} new, {} changed, {} known already, {} older than what is known, {} \
         left out.",
        import.grants_read,
        import.grants_new,
        import.grants_changed,
        import.grants_known,
        import.grants_older,
        import.grants_faulty,
    );
    let faults = view::faults(&house.db, &ctx, id, None, 50).await?;
    house.close().await?;
    for grant in &faults {
        for fault in &grant.faults {
            say(
                u64::from(grant.row),
                &grant.identifier,
                &fault.place,
                &fault.message,
            );
        }
    }
    more(import.grants_faulty, faults.len());
    Ok(ended(import.grants_faulty == 0))
}

/// Reads and checks without a database.
fn check(path: &Path, name: &str) -> Result<ExitCode, Failure> {
    let said = |error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
    let mut beginning = vec![0; 4096];
    let read = File::open(path)
        .and_then(|mut file| file.read(&mut beginning))
        .map_err(said)?;
    beginning.truncate(read);
    let format = rules::format_of(name, &beginning).ok_or_else(|| {
        Failure::new("this is neither JSON nor a CSV table: save a workbook’s sheet as “CSV UTF-8”")
    })?;
    let (mut good, mut wrong, mut shown) = (0_i64, 0_i64, 0);
    let mut sum = Some(Money::ZERO);
    let mut funders: BTreeMap<String, i64> = BTreeMap::new();
    let file = File::open(path).map_err(said)?;
    rules::read(format, file, &mut |row| {
        match row.grant {
            Ok(grant) => {
                good += 1;
                sum = sum.and_then(|sum| sum.plus(grant.amount));
                *funders.entry(grant.funder.org_id).or_default() += 1;
            }
            Err(faults) => {
                wrong += 1;
                if shown < SHOWN {
                    shown += 1;
                    for fault in faults {
                        say(row.number, &row.identifier, &fault.place, &fault.message);
                    }
                }
            }
        }
        true
    })
    .map_err(Failure::new)?;
    more(wrong, shown);
    println!(
        "{good} grants are good and come to {}; {wrong} would be left out. Nothing was kept.",
        sum.map_or_else(|| "more than can be counted".to_owned(), Money::in_full),
    );
    for (funder, grants) in funders.iter().take(20) {
        println!("  {funder}: {grants}");
    }
    Ok(ended(wrong == 0))
}

fn say(row: u64, identifier: &str, place: &str, message: &str) {
    println!("grant {row} ({identifier}), {place}: {message}");
}

fn more(wrong: i64, shown: usize) {
    let shown = i64::try_from(shown).unwrap_or(i64::MAX);
    if wrong > shown {
        println!("And {} more.", wrong - shown);
    }
}

const fn ended(well: bool) -> ExitCode {
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A file's size and hash, without holding it whole.
fn hash(path: &Path) -> std::io::Result<(usize, String)> {
    let (mut size, mut hash) = (0, Sha256::new());
    for piece in pieces(File::open(path)?) {
        let piece = piece?;
        size += piece.len();
        hash.update(&piece);
    }
    let hex = hash
        .finalize()
        .into_iter()
        .map(|byte| format!("{byte:02x}"));
    Ok((size, hex.collect()))
}

fn pieces(mut file: File) -> impl Iterator<Item = std::io::Result<Vec<u8>>> + Send {
    std::iter::from_fn(move || {
        let mut piece = Vec::with_capacity(files::PIECE);
        let most = u64::try_from(files::PIECE).unwrap_or(u64::MAX);
        match file.by_ref().take(most).read_to_end(&mut piece) {
            Ok(0) => None,
            Ok(_) => Some(Ok(piece)),
            Err(error) => Some(Err(error)),
        }
    })
}
