//! The program as tests start it for its child processes: cargo builds the binaries of this
//! package before its tests run, those of another it does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a part of the tests: it says what went wrong by failing"
)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "fill") {
        return fill(&words);
    }
    tributary::run()
}

/// What follows an option.
fn said<'a>(words: &'a [String], option: &str) -> &'a str {
    let place = words.iter().position(|word| word == option);
    place
        .and_then(|place| words.get(place + 1))
        .unwrap_or_else(|| panic!("{option} is missing"))
}

/// The form filled as `fill` does, without its second process.
fn fill(words: &[String]) -> ExitCode {
    let form = std::fs::read(said(words, "--form")).unwrap();
    let answers = std::fs::read(said(words, "--answers")).unwrap();
    let answers: workbook::fill::Answers = serde_json::from_slice(&answers).unwrap();
    let options = workbook::fill::Options {
        write_anyway: words.iter().any(|word| word == "--write-anyway"),
        ..workbook::fill::Options::default()
    };
    match workbook::fill::fill(&form, &answers.answers, &options) {
        Ok(filled) => {
            let findings = serde_json::to_vec(&filled.findings).unwrap();
            std::fs::write(said(words, "--findings"), findings).unwrap();
            if let Some(bytes) = filled.bytes {
                std::fs::write(said(words, "--out"), bytes).unwrap();
            }
            ExitCode::SUCCESS
        }
        Err(refused) => {
            eprintln!("{refused}");
            ExitCode::from(2)
        }
    }
}
