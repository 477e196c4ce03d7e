//! The funder's workbook, as the returns need it: where a locator leads, and a filled copy.
//!
//! Filling evaluates formulas of a file that somebody gave us, so it runs in a child process with
//! limits on time; the child is this program's own `fill` command.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Where a locator leads: sheet and cell, or why it leads nowhere.
pub type Place = std::result::Result<(String, String), String>;

/// How workbooks are filled.
#[derive(Clone, Debug)]
pub struct Workbooks {
    program: Option<PathBuf>,
    limit: Duration,
}

/// What to write into a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellAnswer {
    /// The field's locator.
    pub at: String,
    /// What to write.
    pub value: CellValue,
}

/// A value of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellValue {
    /// A number, as decimal digits.
    Number(String),
    /// Text; never becomes a formula.
    Text(String),
    /// A London date.
    Date(chrono::NaiveDate),
    /// True or false.
    Truth(bool),
    /// Empty the cell.
    Nothing,
}

/// A filled workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What the workbook's own validations and check cells say.
    pub findings: Vec<CellFinding>,
}

/// What was found about a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellFinding {
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// The sheet.
    #[serde(default, deserialize_with = "present")]
    pub sheet: Option<String>,
    /// The cell.
    #[serde(default, deserialize_with = "present")]
    pub cell: Option<String>,
    /// Stable name, in kebab case.
    pub code: String,
    /// What was found, in plain words.
    pub message: String,
}

/// The `fill` command says an empty text where no sheet or cell is meant.
fn present<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> std::result::Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.is_empty()))
}

/// How many workbooks are filled at once in this process.
static CHILDREN: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

impl Workbooks {
    /// Fills in a child process: `program fill …`, stopped after a minute.
    #[must_use]
    pub const fn by(program: PathBuf) -> Self {
        Self {
            program: Some(program),
            limit: Duration::from_secs(60),
        }
    }

    /// Fills in this process: for forms of our own making, in tests.
    #[must_use]
    pub const fn here() -> Self {
        Self {
            program: None,
            limit: Duration::from_secs(60),
        }
    }

    /// A copy of `form` with these answers. Whatever can be written is; what cannot is a finding.
    pub async fn fill(&self, form: &[u8], answers: &[CellAnswer]) -> Result<Filled> {
        match &self.program {
            Some(program) => self.fill_by(program, form, answers).await,
            None => fill_here(form.to_vec(), answers_json(answers)?).await,
        }
    }

    /// What a form asks, and where the answers of a copy stood; read in a child process.
    pub async fn survey(
        &self,
        form: &[u8],
        copy: Option<&[u8]>,
    ) -> Result<workbook::survey::Survey> {
        let launcher = self.reader();
        let (form, copy) = (form.to_vec(), copy.map(<[u8]>::to_vec));
        off_thread(move || match launcher {
            Some(launcher) => workbook::survey::child::survey(&launcher, &form, copy.as_deref()),
            None => workbook::survey::survey(&form, copy.as_deref()),
        })
        .await
    }

    /// What stands where these locators lead; read in a child process.
    pub async fn standings(
        &self,
        form: &[u8],
        locators: &[String],
    ) -> Result<Vec<workbook::survey::Standing>> {
        let launcher = self.reader();
        let (form, locators) = (form.to_vec(), locators.to_vec());
        off_thread(move || match launcher {
            Some(launcher) => workbook::survey::child::standings(&launcher, &form, &locators),
            None => workbook::survey::standings(&form, &locators),
        })
        .await
    }

    fn reader(&self) -> Option<workbook::child::Launcher> {
        self.program
            .clone()
            .map(|program| workbook::child::Launcher {
                program,
                arguments: vec!["read-form".to_owned()],
                limits: workbook::child::Limits {
                    seconds: self.limit.as_secs(),
                    ..workbook::child::Limits::default()
                },
            })
    }

    async fn fill_by(
        &self,
        program: &std::path::Path,
        form: &[u8],
        answers: &[CellAnswer],
    ) -> Result<Filled> {
        // Each child may use much: two at once, and whoever waits too long is told to come again.
        let _turn = tokio::time::timeout(self.limit, CHILDREN.acquire())
            .await
            .map_err(|_elapsed| Error::Unavailable {
                detail: "many workbooks are being filled just now".to_owned(),
                retry_after_s: 10,
            })?
            .map_err(|error| Error::Internal(Box::new(error)))?;
        let folder = tempfile::tempdir().map_err(io)?;
        let at = |name: &str| folder.path().join(name);
        tokio::fs::write(at("form.xlsx"), form).await.map_err(io)?;
        tokio::fs::write(at("answers.json"), answers_json(answers)?)
            .await
            .map_err(io)?;
        let child = tokio::process::Command::new(program)
            // it needs nothing of ours: no address of the database, no password
            .env_clear()
            .arg("fill")
            .arg("--form")
            .arg(at("form.xlsx"))
            .arg("--answers")
            .arg(at("answers.json"))
            .arg("--out")
            .arg(at("out.xlsx"))
            .arg("--findings")
            .arg(at("findings.json"))
            .arg("--write-anyway")
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(self.limit, child)
            .await
            .map_err(|_elapsed| too_slow())?
            .map_err(io)?;
        if !matches!(output.status.code(), Some(0 | 1)) {
            return Err(Error::refused(
                "workbook-not-filled",
                format!(
                    "The form could not be filled: {}",
                    String::from_utf8_lossy(&output.stderr).trim()
                ),
            ));
        }
        let bytes = tokio::fs::read(at("out.xlsx")).await.map_err(io)?;
        let findings = tokio::fs::read(at("findings.json")).await.map_err(io)?;
        Ok(Filled {
            bytes,
            findings: serde_json::from_slice(&findings)?,
        })
    }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> std::result::Result<T, workbook::open::Refused> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Internal(Box::new(error)))?
        .map_err(|refused| {
            Error::invalid(
                "/workbook",
                "unreadable",
                format!("Choose another file: {refused}."),
            )
        })
}

async fn fill_here(form: Vec<u8>, answers: String) -> Result<Filled> {
    let filled = tokio::task::spawn_blocking(move || {
        let answers: workbook::fill::Answers = serde_json::from_str(&answers)?;
        let options = workbook::fill::Options {
            write_anyway: true,
            ..workbook::fill::Options::default()
        };
        workbook::fill::fill(&form, &answers.answers, &options).map_err(not_filled)
    })
    .await
    .map_err(|error| Error::Internal(Box::new(error)))??;
    let findings = serde_json::from_value(serde_json::to_value(&filled.findings)?)?;
    Ok(Filled {
        bytes: filled
            .bytes
            .ok_or_else(|| Error::internal("a form was filled and not written"))?,
        findings,
    })
}

fn not_filled(refused: impl std::fmt::Display) -> Error {
    Error::refused(
        "workbook-not-filled",
        format!("The form could not be filled: {refused}."),
    )
}

/// The answers as the `fill` command reads them. Numbers are written digit for digit.
fn answers_json(answers: &[CellAnswer]) -> Result<String> {
    let mut out = String::from("{\"answers\": [");
    for (n, answer) in answers.iter().enumerate() {
        if n > 0 {
            out.push_str(",\n");
        }
        let value = match &answer.value {
            CellValue::Number(digits) => digits.clone(),
            CellValue::Text(text) => serde_json::to_string(text)?,
            CellValue::Date(date) => format!("{{\"date\": \"{date}\"}}"),
            CellValue::Truth(truth) => truth.to_string(),
            CellValue::Nothing => "null".to_owned(),
        };
        out.push_str("{\"at\": ");
        out.push_str(&serde_json::to_string(&answer.at)?);
        out.push_str(", \"value\": ");
        out.push_str(&value);
        out.push('}');
    }
    out.push_str("]}");
    Ok(out)
}

/// Where each locator leads in this workbook; the bounded opener refuses hostile files.
pub(crate) async fn resolve(
    workbook: Vec<u8>,
    locators: Vec<String>,
) -> Result<HashMap<String, Place>> {
    tokio::task::spawn_blocking(move || locate(workbook, &locators))
        .await
        .map_err(|error| Error::Internal(Box::new(error)))?
}

fn locate(bytes: Vec<u8>, locators: &[String]) -> Result<HashMap<String, Place>> {
    let unreadable = |refused: workbook::open::Refused| {
        Error::invalid(
            "/workbook",
            "unreadable",
            format!("Choose another file: {refused}."),
        )
    };
    let book = workbook::open::book::Book::open(bytes, &workbook::open::archive::Bounds::default())
        .map_err(unreadable)?;
    let wanted: Vec<workbook::fill::Answer> = locators
        .iter()
        .map(|at| workbook::fill::Answer {
            at: at.clone(),
            value: workbook::fill::Filling::Nothing(()),
        })
        .collect();
    let places = workbook::fill::locate::Locators::new(&book, &wanted);
    Ok(locators
        .iter()
        .map(|at| {
            let place = match places.find(at) {
                Ok((sheet, cell)) => book
                    .sheets
                    .get(sheet)
                    .map(|sheet| (sheet.name.clone(), cell.to_string()))
                    .ok_or_else(|| "it leads to no sheet".to_owned()),
                Err(lost) => Err(lost.message),
            };
            (at.clone(), place)
        })
        .collect())
}

fn too_slow() -> Error {
    Error::refused(
        "workbook-not-filled",
        "The form took too long to fill and was stopped. Tell an administrator which form it is.",
    )
}

fn io(error: std::io::Error) -> Error {
    Error::Internal(Box::new(error))
}
