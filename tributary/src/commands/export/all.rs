//! `export all`: everything that was entered, as a folder or an archive.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use domain::exports::{into_folder, into_zip, ops};

use crate::house::House;
use crate::{Config, Failure};

/// What `export all` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    tributary export all /srv/export-2026-11
    tributary export all everything.zip

A table (CSV) for each thing that has a meaning, the files as they came, and datapackage.json, which \
says what each column means and in which unit. Secrets are not in it; personal data is. That it was \
exported stands in the record.")]
pub struct All {
    /// A folder that is empty or not there yet; or an archive, if the name ends in .zip
    to: PathBuf,
}

/// Exports.
pub async fn run(config: &Config, arguments: All) -> Result<ExitCode, Failure> {
    let place = arguments.to;
    let shown = place.display().to_string();
    let said = |error: std::io::Error| Failure::new(format!("{shown}: {error}"));
    let is_archive = place
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
    if place.exists() && (is_archive || !place.is_dir()) {
        return Err(Failure::new(format!(
            "{shown} is there already: choose another"
        )));
    }
    let house = House::beside(config).await?;
    let ctx = house.ctx();
    ops::begin(&house.db, &ctx).await?;
    let (to, parts) = tokio::sync::mpsc::channel(4);
    let packing = tokio::task::spawn_blocking(move || {
        if is_archive {
            into_zip(parts, BufWriter::new(File::create_new(place)?))
        } else {
            into_folder(parts, &place)
        }
    });
    let told = ops::everything(&house.db, &ctx, &to).await;
    drop(to);
    // why it could not be written says more than that nobody took it
    packing
        .await
        .map_err(|error| Failure::new(error.to_string()))?
        .map_err(said)?;
    told?;
    house.close().await?;
    println!("Everything is in {shown}: begin with README.txt.");
    Ok(ExitCode::SUCCESS)
}
