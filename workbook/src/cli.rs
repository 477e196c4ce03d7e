//! The command `fill`, for other people's scripts. Its arguments come parsed; its exit status is
//! 0 when the filled form was written (with `write_anyway` in spite of errors), 1 when errors were
//! found and nothing was written, 2 when a file cannot be read or is refused.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};

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
    // Both files are written before either is put in its place: all or nothing.
    let say = |path: &Path, e: io::Error| format!("{}: {e}", path.display());
    let mut staged = Vec::new();
    if let Some(path) = &arguments.findings {
        let mut text = serde_json::to_vec_pretty(&filled.findings).map_err(|e| e.to_string())?;
        text.push(b'\n');
        staged.push(Staged::write(path, &text).map_err(|e| say(path, e))?);
    }
    let written = filled.bytes.is_some();
    if let Some(bytes) = &filled.bytes {
        let path = &arguments.out;
        staged.push(Staged::write(path, bytes).map_err(|e| say(path, e))?);
    }
    for file in staged {
        let path = file.path;
        file.put().map_err(|e| say(path, e))?;
    }
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

/// A file that is written and synced, and not yet in its place. Nobody ever sees half of it: until
/// it is put in its place it has no name, so that a program which is killed leaves nothing behind.
#[derive(Debug)]
struct Staged<'a> {
    path: &'a Path,
    folder: &'a Path,
    file: File,
    /// Its name beside its place, where the file system knows no files without one.
    beside: Option<PathBuf>,
}

impl<'a> Staged<'a> {
    fn write(path: &'a Path, bytes: &[u8]) -> io::Result<Self> {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if path.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "this is a folder",
            ));
        }
        let (file, beside) = match unnamed(folder) {
            Some(file) => (file, None),
            None => {
                let (file, beside) = named(folder, path, |at| {
                    OpenOptions::new().write(true).create_new(true).open(at)
                })?;
                (file, Some(beside))
            }
        };
        let mut staged = Self {
            path,
            folder,
            file,
            beside,
        };
        staged.file.write_all(bytes)?;
        staged.file.sync_all()?;
        Ok(staged)
    }

    fn put(mut self) -> io::Result<()> {
        if self.beside.is_none() {
            let own = format!("/proc/self/fd/{}", self.file.as_raw_fd());
            let link = |at: &Path| {
                rustix::fs::linkat(CWD, &own, CWD, at, AtFlags::SYMLINK_FOLLOW)
                    .map_err(io::Error::from)
            };
            // A link takes nobody's place; where there is a file already, a second name does.
            match link(self.path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    self.beside = Some(named(self.folder, self.path, link)?.1);
                }
                other => other?,
            }
        }
        if let Some(beside) = &self.beside {
            fs::rename(beside, self.path)?;
            self.beside = None;
        }
        File::open(self.folder).and_then(|f| f.sync_all())
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            // What went wrong has been told; what is left beside is only untidy.
            drop(fs::remove_file(beside));
        }
    }
}

/// A file of this folder that has no name, where the system knows such files and can name them
/// later.
fn unnamed(folder: &Path) -> Option<File> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = rustix::fs::open(folder, flags, Mode::from_raw_mode(0o666)).ok()?;
    let file = File::from(file);
    Path::new("/proc/self/fd").exists().then_some(file)
}

/// Makes something under a name beside `path` that nobody has yet.
fn named<T>(
    folder: &Path,
    path: &Path,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(T, PathBuf)> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"))?;
    let mut attempt = 0;
    loop {
        let beside = folder.join(format!(
            ".{}.{}.{attempt}.part",
            name.to_string_lossy(),
            std::process::id()
        ));
        match make(&beside) {
            Ok(made) => return Ok((made, beside)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
            Err(e) => return Err(e),
        }
    }
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
