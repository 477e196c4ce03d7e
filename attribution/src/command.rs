//! The command: two files in, two files out.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::facts::Facts;
use crate::outcome::{Outcome, Summary};
use crate::{Refusal, check, read, solve};

/// Which files.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// The awards, pins, locks and previous attributions, as JSON.
    pub awards: PathBuf,
    /// The lines, as CSV.
    pub lines: PathBuf,
    /// Where the attributions go, as CSV.
    pub out: PathBuf,
    /// Where the summary goes, as JSON.
    pub summary: PathBuf,
}

/// Runs the command; says what there is to say on standard error. 0: written; 1: the facts
/// contradict each other; 2: a file cannot be read or written. Nothing is written but whole files.
pub fn run(arguments: &Arguments) -> u8 {
    match attribute(arguments) {
        Ok(summary) => {
            for limit in &summary.crossing_limits {
                if limit.attributed_pence > limit.limit_pence {
                    eprintln!(
                        "The limit of fence {} of award {} is {}p, and {}p count in it. Such a limit is \
                         around fences that reserve, and is not optimised: lower what is pinned or \
                         locked there, or ask the funder, before anything is certified.",
                        limit.fence, limit.award, limit.limit_pence, limit.attributed_pence
                    );
                }
            }
            for award in &summary.awards {
                if award.unspent_pence < 0 {
                    eprintln!(
                        "Award {} is over its amount by {}p: locks hold more than it has. To repay or \
                         resolve.",
                        award.id, -award.unspent_pence
                    );
                }
            }
            0
        }
        Err(refusal) => {
            eprintln!("{refusal}");
            match refusal {
                Refusal::Contradiction(_) => 1,
                Refusal::Unreadable(_) | Refusal::Internal(_) => 2,
            }
        }
    }
}

fn attribute(arguments: &Arguments) -> Result<Summary, Refusal> {
    let say = |path: &Path, e: io::Error| Refusal::unreadable(format!("{}: {e}", path.display()));
    let at = |path: &Path| {
        let name = path.display().to_string();
        move |refusal| match refusal {
            Refusal::Unreadable(found) => {
                Refusal::Unreadable(found.into_iter().map(|f| format!("{name}: {f}")).collect())
            }
            other => other,
        }
    };
    for out in [&arguments.out, &arguments.summary] {
        for given in [&arguments.awards, &arguments.lines] {
            if same_file(given, out) {
                return Err(Refusal::unreadable(format!(
                    "{}: the result would take the place of what is read",
                    out.display()
                )));
            }
        }
    }
    if same_place(&arguments.out, &arguments.summary) {
        return Err(Refusal::unreadable(format!(
            "{}: the attributions and the summary need a file each",
            arguments.out.display()
        )));
    }
    let text = fs::read(&arguments.awards).map_err(|e| say(&arguments.awards, e))?;
    let mut facts = read::awards(&text).map_err(at(&arguments.awards))?;
    let file = File::open(&arguments.lines).map_err(|e| say(&arguments.lines, e))?;
    facts.lines = read::lines(file).map_err(at(&arguments.lines))?;

    let started = Instant::now();
    let outcome = solve(&facts)?;
    check::verify(&facts, &outcome).map_err(|broken| {
        Refusal::Internal(format!(
            "The result was not proved, and nothing was written: {broken}. This is a fault of the \
             program; please report it with the files."
        ))
    })?;
    let solve_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let summary = outcome.summary(&facts, solve_ms);

    // Both files are written before either is put in its place: all or nothing.
    let out = Staged::write(&arguments.out, |to| rows(&facts, &outcome, to))
        .map_err(|e| say(&arguments.out, e))?;
    let sums = Staged::write(&arguments.summary, |to| {
        serde_json::to_writer_pretty(&mut *to, &summary)?;
        to.write_all(b"\n")
    })
    .map_err(|e| say(&arguments.summary, e))?;
    out.put().map_err(|e| say(&arguments.out, e))?;
    sums.put().map_err(|e| say(&arguments.summary, e))?;
    Ok(summary)
}

/// ATTRIBUTIONS.csv.
pub fn rows(facts: &Facts, outcome: &Outcome, to: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(["line", "award", "fence", "amount_pence"])?;
    let mut amount = String::new();
    for paid in &outcome.paid {
        use std::fmt::Write as _;
        amount.clear();
        write!(amount, "{}", paid.amount).map_err(io::Error::other)?;
        let award = &facts.awards[paid.award];
        let fence = paid.fence.map_or("", |f| award.fences[f].id.as_str());
        writer.write_record([
            facts.lines.id(paid.line),
            award.id.as_str(),
            fence,
            amount.as_str(),
        ])?;
    }
    writer.flush()
}

/// Whether two names, of files that need not exist, are one place.
fn same_place(a: &Path, b: &Path) -> bool {
    let folder = |path: &Path| match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => fs::canonicalize(parent).ok(),
        _ => fs::canonicalize(".").ok(),
    };
    a == b || (a.file_name() == b.file_name() && folder(a) == folder(b))
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

/// A file that is written and synced beside its place, and gone again if it is never put there.
struct Staged<'a> {
    place: &'a Path,
    beside: PathBuf,
    put: bool,
}

impl<'a> Staged<'a> {
    fn write(
        place: &'a Path,
        fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> io::Result<Self> {
        if place.exists() && !place.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "there is something here that is not a file",
            ));
        }
        let name = place
            .file_name()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"))?;
        let folder = match place.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut attempt = 0;
        let (file, beside) = loop {
            let beside = folder.join(format!(
                ".{}.{}.{attempt}.part",
                name.to_string_lossy(),
                std::process::id()
            ));
            match File::options().write(true).create_new(true).open(&beside) {
                Ok(file) => break (file, beside),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
                Err(e) => return Err(e),
            }
        };
        let staged = Self {
            place,
            beside,
            put: false,
        };
        let mut writer = BufWriter::with_capacity(1 << 18, file);
        fill(&mut writer)?;
        let file = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(staged)
    }

    fn put(mut self) -> io::Result<()> {
        fs::rename(&self.beside, self.place)?;
        self.put = true;
        Ok(())
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if !self.put {
            // What went wrong has been told; what is left beside is only untidy.
            drop(fs::remove_file(&self.beside));
        }
    }
}
