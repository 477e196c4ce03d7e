//! The command `fill` on its own, for trying and measuring:
//! `workbook-fill --form F --answers A --out O [--findings J] [--write-anyway] [--no-compute] [--here]`.
//! With `--here` it calculates in its own process, as a library's caller might; otherwise in a
//! child. `workbook-fill --trust F` says with how many of a form's formulas the calculator can be trusted.

use std::process::ExitCode;

use workbook::child::{self, Launcher, Limits};
use workbook::cli::{self, FillArguments};
use workbook::open::{archive::Bounds, book::Book};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|a| a == "fill-child") {
        return ExitCode::from(child::serve());
    }
    let value = |name: &str| {
        let at = args.iter().position(|a| a == name)?;
        args.get(at + 1).cloned()
    };
    let flag = |name: &str| args.iter().any(|a| a == name);
    if let Some(path) = value("--trust") {
        return trust(&path);
    }
    let (Some(form), Some(answers), Some(out)) =
        (value("--form"), value("--answers"), value("--out"))
    else {
        eprintln!("--form, --answers and --out are needed");
        return ExitCode::from(2);
    };
    let arguments = FillArguments {
        form: form.into(),
        answers: answers.into(),
        out: out.into(),
        findings: value("--findings").map(Into::into),
        write_anyway: flag("--write-anyway"),
        no_compute: flag("--no-compute"),
    };
    let launcher = std::env::current_exe().ok().map(|program| Launcher {
        program,
        arguments: vec!["fill-child".into()],
        limits: Limits::default(),
    });
    ExitCode::from(cli::fill(
        &arguments,
        launcher.as_ref().filter(|_| !flag("--here")),
    ))
}

fn trust(path: &str) -> ExitCode {
    let read = std::fs::read(path).map_err(|e| e.to_string());
    let result = read.and_then(|bytes| {
        let book = Book::open(bytes, &Bounds::default()).map_err(|e| e.to_string())?;
        workbook::read::trust(&book).map_err(|e| e.to_string())
    });
    match result {
        Ok((all, doubted)) => {
            println!("{path}: {all} formulas, {} not trusted", doubted.len());
            for (sheet, at) in doubted.iter().take(40) {
                println!("  {sheet}!{at}");
            }
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("{path}: {e}");
            ExitCode::from(2)
        }
    }
}
