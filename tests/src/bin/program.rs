//! The program as tests start it for its child processes: cargo builds the binaries of this
//! package before its tests run, those of another it does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a part of the tests: it says what went wrong by failing"
)]

use std::process::ExitCode;

use workbook::child::{Launcher, Limits, serve};
use workbook::cli::{FillArguments, fill};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("fill") => {
            let said = |option: &str| {
                let place = words.iter().position(|word| word == option);
                place
                    .and_then(|place| words.get(place + 1))
                    .unwrap_or_else(|| panic!("{option} is missing"))
                    .into()
            };
            let arguments = FillArguments {
                form: said("--form"),
                answers: said("--answers"),
                out: said("--out"),
                findings: Some(said("--findings")),
                write_anyway: words.iter().any(|word| word == "--write-anyway"),
                no_compute: false,
            };
            let launcher = Launcher {
                program: std::env::current_exe().unwrap(),
                arguments: vec!["fill-child".to_owned()],
                limits: Limits::default(),
            };
            ExitCode::from(fill(&arguments, Some(&launcher)))
        }
        Some("fill-child") => ExitCode::from(serve()),
        Some("read-form") => ExitCode::from(workbook::survey::child::serve()),
        _ => tributary::run(),
    }
}
