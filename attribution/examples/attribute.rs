//! `tributary attribute` alone, for the benchmark: the same reading, solving, checking, writing.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let given: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [awards, lines, out, summary] = given.as_slice() else {
        eprintln!("attribute AWARDS.json LINES.csv ATTRIBUTIONS.csv SUMMARY.json");
        return ExitCode::from(2);
    };
    ExitCode::from(attribution::command::run(
        &attribution::command::Arguments {
            awards: awards.clone(),
            lines: lines.clone(),
            out: out.clone(),
            summary: summary.clone(),
        },
    ))
}
