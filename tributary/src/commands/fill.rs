//! `fill`: answers into a funder's form, for other people's scripts. Needs no database.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use workbook::child::{self, Launcher, Limits};
use workbook::cli::FillArguments;

use crate::Failure;

/// The hidden command of the child process that opens other people's workbooks.
pub const CHILD: &str = "fill-child";

/// What `fill` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    tributary fill --form FORM.xlsx --answers ANSWERS.json --out OUT.xlsx
    tributary fill --form FORM.xlsx --answers ANSWERS.json --out OUT.xlsx \\
        --findings FINDINGS.json --write-anyway

ANSWERS.json  {\"answers\": [{\"at\": \"Finances!E17\", \"value\": 125000.5},
                           {\"at\": \"'Sign off'!C8\", \"value\": \"text\"},
                           {\"at\": \"name:Reporting_Period\", \"value\": \"Q2\"},
                           {\"at\": \"Admin!C4\", \"value\": {\"date\": \"2026-09-30\"}},
                           {\"at\": \"between:A-START..A-END!r5c1\", \"value\": 250}]}
              A value is a number, a text, true or false, a date, or null to empty the cell.
              rNcM counts rows and columns from the first marker's cell, which is r1c1.
FINDINGS.json [{\"severity\": \"error|warning|note\", \"sheet\": \"…\", \"cell\": \"…\", \"code\": \"…\",
               \"message\": \"…\"}]

Only answered cells change; everything else in the file stays byte for byte as it is. What depends \
on an answered cell is computed again.

Exit status: 0 written; 1 errors were found and nothing was written (with --write-anyway: every \
answer that can be written was); 2 the file is unreadable or hostile, and nothing was written.")]
pub struct Arguments {
    /// The funder's form
    #[arg(long)]
    form: PathBuf,
    /// The answers, as JSON
    #[arg(long)]
    answers: PathBuf,
    /// Where the filled form goes
    #[arg(long)]
    out: PathBuf,
    /// Where the findings go, as JSON
    #[arg(long)]
    findings: Option<PathBuf>,
    /// Write what can be written in spite of errors
    #[arg(long)]
    write_anyway: bool,
    /// Do not calculate: what depends on an answered cell is left without a value
    #[arg(long)]
    no_compute: bool,
}

/// Fills, calculating in a child process with limits.
pub fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let launcher = Launcher {
        program: std::env::current_exe()?,
        arguments: vec![CHILD.to_owned()],
        limits: Limits::default(),
    };
    let arguments = FillArguments {
        form: arguments.form,
        answers: arguments.answers,
        out: arguments.out,
        findings: arguments.findings,
        write_anyway: arguments.write_anyway,
        no_compute: arguments.no_compute,
    };
    Ok(ExitCode::from(workbook::cli::fill(
        &arguments,
        Some(&launcher),
    )))
}

/// The child's whole life.
pub fn child() -> ExitCode {
    ExitCode::from(child::serve())
}
