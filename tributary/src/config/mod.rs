//! How an installation is set up: a TOML file and the environment, checked whole before anything
//! starts. Every setting is one row of [`settings::SETTINGS`]; nothing else names one.

pub mod memory;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use domain::db::Location;

pub use settings::{SETTINGS, Setting};

use crate::Failure;

/// The file that is read when none is named and it is there.
pub const USUAL_FILE: &str = "tributary.toml";

/// Everything an installation can be told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the database file and the lock are.
    pub data_dir: PathBuf,
    /// `sqlite:PATH` or `postgres://…`; empty means the file in the data directory.
    pub database_url: Secret,
    /// A file that holds the database's address, so that its password is in no environment.
    pub database_url_file: Option<PathBuf>,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The address people use; links are made from it.
    pub public_url: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Most bytes of an uploaded file.
    pub upload_limit: usize,
    /// The program, with its arguments, that checks files for viruses; none when it is empty.
    pub scan_command: Vec<String>,
    /// Free bytes of disk below which the program is not ready.
    pub disk_reserve: u64,
    /// How many jobs the worker does at once.
    pub worker_jobs: u32,
    /// The mail server; none means that mail stays in the outbox.
    pub smtp: Option<Smtp>,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What is logged.
    pub log_level: String,
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// The account, if it wants one.
    pub user: Option<String>,
    /// The account's password: read from its file when the program starts.
    pub password: Option<Secret>,
    /// Certificates of authorities that are trusted besides the public ones, as PEM.
    pub ca: Option<String>,
    /// Who the mail is from.
    pub from: String,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte.
    Always,
    /// Begun in the open, then required.
    StartTls,
    /// Not at all: only for a server on the same machine.
    None,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A secret: it never shows in a log or a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("(secret)")
    }
}

/// Where values come from, most particular first.
#[derive(Debug, Default)]
pub struct Sources {
    /// From the command line, by setting.
    pub flags: BTreeMap<&'static str, String>,
    /// From the environment, by variable.
    pub environment: BTreeMap<String, String>,
    /// From the file: its name, and values by setting.
    pub file: Option<(PathBuf, BTreeMap<String, String>)>,
}

impl Sources {
    /// Reads the named file (or the usual one, where there is one) and the environment.
    pub fn gather(
        named: Option<&Path>,
        flags: BTreeMap<&'static str, String>,
    ) -> Result<Self, Failure> {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| name.starts_with("TRIBUTARY_") || name == "DATABASE_URL")
            .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
            .collect();
        let named = named
            .map(Path::to_owned)
            .or_else(|| environment.get("TRIBUTARY_CONFIG").map(PathBuf::from));
        let path = match named {
            Some(path) => Some(path),
            None => Some(PathBuf::from(USUAL_FILE)).filter(|path| path.exists()),
        };
        let file = match path {
            Some(path) => {
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    Failure::new(format!(
                        "the configuration {} cannot be read: {error}",
                        path.display()
                    ))
                })?;
                let values = flatten(&text).map_err(|problem| {
                    Failure::new(format!(
                        "the configuration {} is wrong: {problem}",
                        path.display()
                    ))
                })?;
                Some((path, values))
            }
            None => None,
        };
        Ok(Self {
            flags,
            environment,
            file,
        })
    }
}

/// The values of a TOML file by dotted name, as text.
fn flatten(text: &str) -> Result<BTreeMap<String, String>, String> {
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.to_string())?;
    let mut values = BTreeMap::new();
    walk("", &table, &mut values)?;
    Ok(values)
}

fn walk(at: &str, table: &toml::Table, into: &mut BTreeMap<String, String>) -> Result<(), String> {
    for (key, value) in table {
        let name = if at.is_empty() {
            key.clone()
        } else {
            format!("{at}.{key}")
        };
        match value {
            toml::Value::Table(inner) => walk(&name, inner, into)?,
            value => {
                let text = as_text(value).ok_or_else(|| {
                    format!("the setting `{name}` must be a text, a number, true or false, or a list of those")
                })?;
                into.insert(name, text);
            }
        }
    }
    Ok(())
}

fn as_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(yes) => Some(yes.to_string()),
        toml::Value::Array(items) => items
            .iter()
            .map(as_text)
            .collect::<Option<Vec<_>>>()
            .map(|items| items.join(",")),
        _ => None,
    }
}

impl Config {
    /// Reads the file and the environment, and refuses what is wrong, by name, all at once.
    pub fn load(
        named: Option<&Path>,
        flags: BTreeMap<&'static str, String>,
    ) -> Result<Self, Failure> {
        Self::from(&Sources::gather(named, flags)?)
    }

    /// The configuration that these sources make.
    pub fn from(sources: &Sources) -> Result<Self, Failure> {
        let mut problems = unknown(sources);
        let mut draft = settings::Draft::default();
        for setting in SETTINGS {
            let Some((value, place)) = setting.value(sources) else {
                continue;
            };
            if let Err(wants) = (setting.set)(&mut draft, value.trim()) {
                let shown = if setting.secret {
                    "its value".to_owned()
                } else {
                    format!("“{value}”")
                };
                problems.push(format!(
                    "the setting `{}` ({place}) is wrong: {shown} is not {wants}",
                    setting.name
                ));
            }
        }
        if problems.is_empty() {
            match draft.finish() {
                Ok(config) => return Ok(config),
                Err(found) => problems = found,
            }
        }
        let mut message = String::from(if problems.len() == 1 {
            "the configuration has a mistake:"
        } else {
            "the configuration has mistakes:"
        });
        for problem in problems {
            write!(message, "\n  - {problem}").map_err(|_never| Failure::new(&message))?;
        }
        message.push_str("\n`tributary config` lists every setting.");
        Err(Failure::new(message))
    }

    /// Where the database is.
    pub fn location(&self) -> Result<Location, Failure> {
        let url = match &self.database_url_file {
            Some(path) => read_secret("database_url_file", path)?,
            None => self.database_url.reveal().to_owned(),
        };
        if url.is_empty() {
            return Ok(Location::Sqlite(self.data_dir.join("tributary.sqlite")));
        }
        url.parse().map_err(|_wrong: domain::Error| {
            // the address may hold a password: it is not repeated
            Failure::new(
                "the setting `database_url` is wrong: it must be sqlite:PATH or postgres://USER@HOST/NAME",
            )
        })
    }

    /// What the HTTP face must know, once the address is known that the server listens on.
    pub fn for_api(&self, listening: Option<SocketAddr>) -> Result<api::Config, Failure> {
        Ok(api::Config {
            public_url: self.public_url(listening),
            trusted_proxies: self.trusted_proxies.clone(),
            upload_limit: self.upload_limit,
            scan_command: self.scan_command.clone(),
            disk_reserve: self.disk_reserve,
            sends_mail: self.smtp.is_some(),
            program: std::env::current_exe()
                .map_err(|error| Failure::new(format!("this program's file: {error}")))?,
        })
    }

    /// The address people use, without a slash at its end.
    #[must_use]
    pub fn public_url(&self, listening: Option<SocketAddr>) -> String {
        if self.public_url.is_empty() {
            format!("http://{}", listening.unwrap_or(self.listen))
        } else {
            self.public_url.clone()
        }
    }
}

/// A secret that stands in a file of its own.
fn read_secret(setting: &str, path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(format!(
            "the setting `{setting}` names {}, which cannot be read: {error}",
            path.display()
        ))
    })?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::new(format!(
            "the setting `{setting}` names {}, which is empty",
            path.display()
        )));
    }
    Ok(text.to_owned())
}

/// What `tests/run` and the benchmarks are told by; a program that they start finds it too.
const OF_THE_TESTS: &[&str] = &[
    "TRIBUTARY_CACHE",
    "TRIBUTARY_CHROMIUM",
    "TRIBUTARY_KILLS",
    "TRIBUTARY_NODE_MODULES",
    "TRIBUTARY_REAL_DATA",
    "TRIBUTARY_ROWS",
];

/// Names that no setting has: a slip of the pen must not pass for the default.
fn unknown(sources: &Sources) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some((path, values)) = &sources.file {
        for name in values.keys() {
            if !SETTINGS.iter().any(|setting| setting.name == name) {
                problems.push(format!(
                    "there is no setting `{name}` (in {}){}",
                    path.display(),
                    nearest(name, |setting| setting.name.to_owned())
                ));
            }
        }
    }
    for name in sources.environment.keys() {
        let ours = name == "DATABASE_URL"
            || name == "TRIBUTARY_CONFIG"
            || name.starts_with("TRIBUTARY_TEST_")
            || name.starts_with("TRIBUTARY_TOKEN_")
            || OF_THE_TESTS.contains(&name.as_str())
            || SETTINGS.iter().any(|setting| setting.variable() == *name);
        if !ours {
            problems.push(format!(
                "there is no setting for the variable {name}{}",
                nearest(name, Setting::variable)
            ));
        }
    }
    problems
}

fn nearest(name: &str, of: impl Fn(&Setting) -> String) -> String {
    SETTINGS
        .iter()
        .map(|setting| (distance(name, &of(setting)), of(setting)))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map_or_else(String::new, |(_, near)| format!("; did you mean {near}?"))
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let cost = usize::from(left != *right);
            let next = (diagonal + cost).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}
