//! The command `fill`, for other people's scripts. Its arguments come parsed; its exit status is
//! 0 when the filled form was written (with `write_anyway` in spite of errors), 1 when errors were
//! found and nothing was written, 2 when a file cannot be read or is refused.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::child::{self, Launcher};
use crate::fill::{self, Answers, Filled, Options, Severity};

/// The arguments of the command.
#[derive(Clone, Debug)]
pub struct FillArguments {
    /// The form.
    pub form: PathBuf,
    /// The answers, as JSON.
    pub answers: PathBuf,
    /// Where the filled form goes.
    pub out: PathBuf,
    /// Where the findings go, as JSON.
    pub findings: Option<PathBuf>,
    /// Write what can be written in spite of errors.
    pub write_anyway: bool,
    /// Do not calculate.
    pub no_compute: bool,
}

/// Runs the command; says what there is to say on standard error. Without a launcher the form is
/// calculated in this process.
pub fn fill(arguments: &FillArguments, launcher: Option<&Launcher>) -> u8 {
    match run(arguments, launcher) {
        Ok((filled, written)) => {
            report(arguments, &filled, written);
            let errors = filled
                .findings
                .iter()
                .any(|f| f.severity == Severity::Error);
            u8::from(errors && !written)
        }
        Err(line) => {
            eprintln!("{}", line.replace(['\n', '\r'], " "));
            2
        }
    }
}

fn run(arguments: &FillArguments, launcher: Option<&Launcher>) -> Result<(Filled, bool), String> {
    let form = read(&arguments.form, 64 << 20)?;
    let text = read(&arguments.answers, 64 << 20)?;
    let answers: Answers = serde_json::from_slice(
        text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text),
    )
    .map_err(|e| {
        format!(
            "{}: these are not answers: {e}",
            arguments.answers.display()
        )
    })?;
    if same_file(&arguments.form, &arguments.out) {
        return Err(format!(
            "{}: the filled form would take the place of the form itself",
            arguments.out.display()
        ));
    }
    let options = Options {
        write_anyway: arguments.write_anyway,
        no_compute: arguments.no_compute,
    };
    let filled = match launcher {
        Some(launcher) => child::fill(launcher, &form, &answers.answers, &options),
        None => fill::fill(&form, &answers.answers, &options),
    }
    .map_err(|refused| format!("{}: {refused}", arguments.form.display()))?;
    if let Some(path) = &arguments.findings {
        let mut text = serde_json::to_vec_pretty(&filled.findings).map_err(|e| e.to_string())?;
        text.push(b'\n');
        write_atomically(path, &text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let written = match &filled.bytes {
        Some(bytes) => {
            write_atomically(&arguments.out, bytes)
                .map_err(|e| format!("{}: {e}", arguments.out.display()))?;
            true
        }
        None => false,
    };
    Ok((filled, written))
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let say = |e: io::Error| format!("{}: {e}", path.display());
    let size = fs::metadata(path).map_err(say)?.len();
    if size > most {
        return Err(format!(
            "{}: the file is {size} bytes; at most {most} are accepted",
            path.display()
        ));
    }
    fs::read(path).map_err(say)
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// Writes a file so that nobody ever sees half of it: beside its place first, synced, then moved.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"))?;
    let mut attempt = 0;
    let (temporary, mut file) = loop {
        let beside = folder.join(format!(
            ".{}.{}.{attempt}.part",
            name.to_string_lossy(),
            std::process::id()
        ));
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&beside)
        {
            Ok(file) => break (beside, file),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
            Err(e) => return Err(e),
        }
    };
    let done = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if let Err(e) = done {
        // The first error is the one to tell; what is left beside is only untidy.
        return Err(fs::remove_file(&temporary)
            .err()
            .map_or(e, |_| io::Error::other("cannot write")));
    }
    File::open(folder).and_then(|f| f.sync_all())
}

fn report(arguments: &FillArguments, filled: &Filled, written: bool) {
    let of = |severity| {
        filled
            .findings
            .iter()
            .filter(move |f| f.severity == severity)
    };
    for finding in of(Severity::Error).chain(of(Severity::Warning)).take(50) {
        let kind = if finding.severity == Severity::Error {
            "error"
        } else {
            "warning"
        };
        let place = match (finding.sheet.as_str(), finding.cell.as_str()) {
            ("", "") => String::new(),
            ("", cell) => format!(" {cell}:"),
            (sheet, cell) => format!(" {sheet}!{cell}:"),
        };
        eprintln!("{kind}:{place} {} ({})", finding.message, finding.code);
    }
    let (errors, warnings) = (of(Severity::Error).count(), of(Severity::Warning).count());
    if errors + warnings > 50 {
        eprintln!("… and {} more", errors + warnings - 50);
    }
    if written {
        eprintln!(
            "Written {}: {} answers, {} formulas brought up to date, {} left without a value, {errors} errors, {warnings} warnings",
            arguments.out.display(),
            filled.answered.len(),
            filled.computed,
            filled.dropped,
        );
    } else {
        eprintln!("Nothing written: {errors} errors, {warnings} warnings");
    }
}
