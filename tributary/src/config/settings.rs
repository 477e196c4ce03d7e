//! Every setting: its name, its default, what it is for. Help, documents and checks are made
//! from this table.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::{Config, LogFormat, Secret, Smtp, Sources, Tls, read_secret};

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name in the file: `smtp.host` is `host` in the table `[smtp]`.
    pub name: &'static str,
    /// Its default, as it would be written; empty for none.
    pub default: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Whether messages must not repeat its value.
    pub secret: bool,
    /// Takes a value, or says what it should have been.
    pub(super) set: fn(&mut Draft, &str) -> Result<(), &'static str>,
}

impl Setting {
    /// Its environment variable.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("TRIBUTARY_{}", self.name.to_uppercase().replace('.', "_"))
    }

    /// Its value and where that came from: the command line, the environment, the file, or the
    /// default.
    pub(super) fn value(&self, sources: &Sources) -> Option<(String, String)> {
        if let Some(value) = sources.flags.get(self.name) {
            return Some((value.clone(), "on the command line".to_owned()));
        }
        let variable = self.variable();
        if let Some(value) = sources.environment.get(&variable) {
            return Some((value.clone(), format!("from {variable}")));
        }
        if self.name == "database_url"
            && let Some(value) = sources.environment.get("DATABASE_URL")
        {
            return Some((value.clone(), "from DATABASE_URL".to_owned()));
        }
        if let Some((path, values)) = &sources.file
            && let Some(value) = values.get(self.name)
        {
            return Some((value.clone(), format!("in {}", path.display())));
        }
        (!self.default.is_empty()).then(|| (self.default.to_owned(), "by default".to_owned()))
    }
}

/// A configuration before it is checked as a whole.
#[derive(Debug, Default)]
pub(super) struct Draft {
    data_dir: PathBuf,
    database_url: String,
    database_url_file: Option<PathBuf>,
    listen: Option<SocketAddr>,
    public_url: String,
    allow_http: bool,
    trusted_proxies: Vec<IpAddr>,
    upload_limit: usize,
    scan_command: Vec<String>,
    disk_reserve: u64,
    worker_jobs: u32,
    smtp_host: Option<String>,
    smtp_port: Option<u16>,
    smtp_tls: Option<Tls>,
    smtp_user: Option<String>,
    smtp_password_file: Option<PathBuf>,
    smtp_ca_file: Option<PathBuf>,
    smtp_from: Option<String>,
    log_format: Option<LogFormat>,
    log_level: String,
}

/// Every setting, in the order in which the documents list them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "data_dir",
        default: "./tributary-data",
        about: "Folder of the SQLite database; made when it is missing.",
        secret: false,
        set: |draft, value| {
            if value.is_empty() {
                return Err("a folder");
            }
            draft.data_dir = PathBuf::from(value);
            Ok(())
        },
    },
    Setting {
        name: "database_url",
        default: "",
        about: "`sqlite:PATH`, or `postgres://USER@HOST/NAME` for several processes. Also read from `DATABASE_URL`. Without it: `tributary.sqlite` in the data folder.",
        secret: true,
        set: |draft, value| {
            if !value.is_empty() && value.parse::<domain::db::Location>().is_err() {
                return Err("sqlite:PATH or postgres://USER@HOST/NAME");
            }
            value.clone_into(&mut draft.database_url);
            Ok(())
        },
    },
    Setting {
        name: "database_url_file",
        default: "",
        about: "File that holds `database_url`, so that a password is in no environment.",
        secret: false,
        set: |draft, value| {
            draft.database_url_file = path(value);
            Ok(())
        },
    },
    Setting {
        name: "listen",
        default: "127.0.0.1:8080",
        about: "Address and port that the server listens on. Port 0 takes a free one.",
        secret: false,
        set: |draft, value| {
            draft.listen = Some(
                value
                    .parse()
                    .map_err(|_wrong| "an address and a port, such as 127.0.0.1:8080")?,
            );
            Ok(())
        },
    },
    Setting {
        name: "public_url",
        default: "",
        about: "Address that people use, such as `https://tributary.example.org`: every link in a page or a mail is made from it. Required unless `listen` is a loopback address.",
        secret: false,
        set: |draft, value| {
            let value = value.trim_end_matches('/');
            if !value.is_empty() && !is_web_address(value) {
                return Err("an address such as https://tributary.example.org, without a path");
            }
            value.clone_into(&mut draft.public_url);
            Ok(())
        },
    },
    Setting {
        name: "allow_http",
        default: "false",
        about: "Whether `public_url` may be an `http://` address of another machine. Without TLS everybody on the way reads what people sign in with.",
        secret: false,
        set: |draft, value| {
            draft.allow_http = value.parse().map_err(|_wrong| "true or false")?;
            Ok(())
        },
    },
    Setting {
        name: "trusted_proxies",
        default: "",
        about: "IP addresses of the proxies in front, whose `X-Forwarded-For` is believed; nobody else's is.",
        secret: false,
        set: |draft, value| {
            draft.trusted_proxies = value
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| {
                    part.parse()
                        .map_err(|_wrong| "a list of IP addresses, such as 10.0.0.2, 10.0.0.3")
                })
                .collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Setting {
        name: "upload_limit_mb",
        default: "50",
        about: "Largest file that may be uploaded, in megabytes.",
        secret: false,
        set: |draft, value| {
            let megabytes = between(value, 1, 1000).ok_or("a number from 1 to 1000")?;
            draft.upload_limit = usize::try_from(megabytes * 1_000_000)
                .map_err(|_wide| "a number from 1 to 1000")?;
            Ok(())
        },
    },
    Setting {
        name: "scan_command",
        default: "",
        about: "Program, with its arguments, that every file people bring is handed to on standard input before any of it is kept, such as `/usr/bin/clamdscan --no-summary -`. It ends with 0 when the file is clean and with 1 when it is not; without an answer no file is taken.",
        secret: false,
        set: |draft, value| {
            draft.scan_command = value.split_whitespace().map(str::to_owned).collect();
            match draft.scan_command.first().map(PathBuf::from) {
                Some(program) if !(program.is_absolute() && program.is_file()) => {
                    Err("the whole path of a program that is there")
                }
                _ => Ok(()),
            }
        },
    },
    Setting {
        name: "disk_reserve_mb",
        default: "500",
        about: "Free disk below which `/health/ready` says that the program is not ready, in megabytes.",
        secret: false,
        set: |draft, value| {
            draft.disk_reserve =
                between(value, 0, 1_000_000).ok_or("a number from 0 to 1000000")? * 1_000_000;
            Ok(())
        },
    },
    Setting {
        name: "worker.jobs",
        default: "8",
        about: "How many jobs one process works on at the same time.",
        secret: false,
        set: |draft, value| {
            let jobs = between(value, 1, 64).ok_or("a number from 1 to 64")?;
            draft.worker_jobs = u32::try_from(jobs).map_err(|_wide| "a number from 1 to 64")?;
            Ok(())
        },
    },
    Setting {
        name: "smtp.host",
        default: "",
        about: "Mail server. Without it mail stays in the outbox, which an administrator can read in the pages (sign-in mail never).",
        secret: false,
        set: |draft, value| {
            if value.contains(|c: char| c.is_whitespace() || c == '/' || c == '@') {
                return Err("the name of a server, such as mail.example.org");
            }
            draft.smtp_host = text(value);
            Ok(())
        },
    },
    Setting {
        name: "smtp.port",
        default: "587",
        about: "Its port: usually 587 with `starttls`, 465 with `tls`.",
        secret: false,
        set: |draft, value| {
            let port = between(value, 1, 65_535)
                .and_then(|port| u16::try_from(port).ok())
                .ok_or("a port from 1 to 65535")?;
            draft.smtp_port = Some(port);
            Ok(())
        },
    },
    Setting {
        name: "smtp.tls",
        default: "starttls",
        about: "`starttls`, `tls`, or `none` (only for a server on the same machine).",
        secret: false,
        set: |draft, value| {
            draft.smtp_tls = Some(match value {
                "starttls" => Tls::StartTls,
                "tls" => Tls::Always,
                "none" => Tls::None,
                _ => return Err("starttls, tls or none"),
            });
            Ok(())
        },
    },
    Setting {
        name: "smtp.user",
        default: "",
        about: "Account at the mail server, if it wants one.",
        secret: false,
        set: |draft, value| {
            draft.smtp_user = text(value);
            Ok(())
        },
    },
    Setting {
        name: "smtp.password_file",
        default: "",
        about: "File that holds the account's password.",
        secret: false,
        set: |draft, value| {
            draft.smtp_password_file = path(value);
            Ok(())
        },
    },
    Setting {
        name: "smtp.ca_file",
        default: "",
        about: "File with the certificates (PEM) of authorities of your own that may vouch for the mail server, besides the public ones.",
        secret: false,
        set: |draft, value| {
            draft.smtp_ca_file = path(value);
            Ok(())
        },
    },
    Setting {
        name: "smtp.from",
        default: "",
        about: "Who mail is from, such as `Tributary <tributary@example.org>`. Required with `smtp.host`.",
        secret: false,
        set: |draft, value| {
            let line = !value.contains(['\r', '\n']);
            if !value.is_empty() && (!line || !value.contains('@')) {
                return Err("an e-mail address, such as Tributary <tributary@example.org>");
            }
            draft.smtp_from = text(value);
            Ok(())
        },
    },
    Setting {
        name: "log.format",
        default: "text",
        about: "`text` for people, `json` for programs: one object a line. The log goes to standard error.",
        secret: false,
        set: |draft, value| {
            draft.log_format = Some(match value {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => return Err("text or json"),
            });
            Ok(())
        },
    },
    Setting {
        name: "log.level",
        default: "info",
        about: "`error`, `warn`, `info`, `debug` or `trace`; also by part, such as `info,worker=debug`.",
        secret: false,
        set: |draft, value| {
            // a lone word that is no level would pass for the name of a part
            let is_level = |word: &str| word.trim().parse::<LevelFilter>().is_ok();
            let fits = value.split(',').all(|part| match part.split_once('=') {
                Some((name, level)) => !name.trim().is_empty() && is_level(level),
                None => is_level(part),
            });
            if !fits || value.parse::<Targets>().is_err() {
                return Err(
                    "error, warn, info, debug or trace, or a list such as info,worker=debug",
                );
            }
            value.clone_into(&mut draft.log_level);
            Ok(())
        },
    },
];

impl Draft {
    /// Checks what one setting asks of another.
    pub(super) fn finish(self) -> Result<Config, Vec<String>> {
        let mut problems = Vec::new();
        let listen = self
            .listen
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        if !listen.ip().is_loopback() && self.public_url.is_empty() {
            problems.push(format!(
                "the setting `public_url` is missing: `listen` is {listen}, which others can reach, so links need the address that people use"
            ));
        }
        let in_the_open = self.public_url.strip_prefix("http://").filter(|host| {
            let host = host.trim_start_matches('[');
            !["localhost", "127.", "::1"]
                .iter()
                .any(|near| host.starts_with(near))
        });
        if in_the_open.is_some() && !self.allow_http {
            problems.push(format!(
                "the setting `public_url` is {}: without TLS everybody on the way reads what people sign in with. Put a proxy with TLS in front and name its https:// address, or set `allow_http` to true on a network where that cannot happen",
                self.public_url
            ));
        }
        if self.database_url_file.is_some() && !self.database_url.is_empty() {
            problems.push(
                "the settings `database_url` and `database_url_file` are both given: keep one"
                    .to_owned(),
            );
        }
        let smtp = self.smtp(&mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Config {
            data_dir: self.data_dir,
            database_url: Secret(self.database_url),
            database_url_file: self.database_url_file,
            listen,
            public_url: self.public_url,
            trusted_proxies: self.trusted_proxies,
            upload_limit: self.upload_limit,
            scan_command: self.scan_command,
            disk_reserve: self.disk_reserve,
            worker_jobs: self.worker_jobs,
            smtp,
            log_format: self.log_format.unwrap_or(LogFormat::Text),
            log_level: self.log_level,
        })
    }

    fn smtp(&self, problems: &mut Vec<String>) -> Option<Smtp> {
        let Some(host) = self.smtp_host.clone() else {
            for (name, given) in [
                ("smtp.user", self.smtp_user.is_some()),
                ("smtp.password_file", self.smtp_password_file.is_some()),
                ("smtp.ca_file", self.smtp_ca_file.is_some()),
                ("smtp.from", self.smtp_from.is_some()),
            ] {
                if given {
                    problems.push(format!("the setting `{name}` needs `smtp.host` beside it"));
                }
            }
            return None;
        };
        if self.smtp_from.is_none() {
            problems.push(
                "the setting `smtp.from` is missing: mail needs an address that it is from"
                    .to_owned(),
            );
        }
        if self.smtp_user.is_some() != self.smtp_password_file.is_some() {
            problems.push(
                "the settings `smtp.user` and `smtp.password_file` belong together: give both or neither"
                    .to_owned(),
            );
        }
        let tls = self.smtp_tls.unwrap_or(Tls::StartTls);
        let near = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if tls == Tls::None && !near {
            problems.push(format!(
                "the setting `smtp.tls` is none, but {host} is another machine: use starttls or tls"
            ));
        }
        let password = match &self.smtp_password_file {
            Some(path) => match read_secret("smtp.password_file", path) {
                Ok(secret) => Some(Secret(secret)),
                Err(failure) => {
                    problems.push(failure.to_string());
                    None
                }
            },
            None => None,
        };
        let ca = self.smtp_ca_file.as_ref().and_then(|path| {
            let read = read_secret("smtp.ca_file", path);
            match read {
                Ok(text) if text.contains("-----BEGIN CERTIFICATE-----") => Some(text),
                Ok(_) => {
                    problems.push(format!(
                        "the setting `smtp.ca_file` names {}, which holds no certificate in PEM",
                        path.display()
                    ));
                    None
                }
                Err(failure) => {
                    problems.push(failure.to_string());
                    None
                }
            }
        });
        Some(Smtp {
            ca,
            host,
            port: self.smtp_port.unwrap_or(587),
            tls,
            user: self.smtp_user.clone(),
            password,
            from: self.smtp_from.clone().unwrap_or_default(),
        })
    }
}

fn text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

fn path(value: &str) -> Option<PathBuf> {
    (!value.is_empty()).then(|| PathBuf::from(value))
}

fn between(value: &str, least: u64, most: u64) -> Option<u64> {
    value
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
}

fn is_web_address(value: &str) -> bool {
    let Some(rest) = value
        .strip_prefix("https://")
        .or_else(|| value.strip_prefix("http://"))
    else {
        return false;
    };
    !rest.is_empty()
        && rest
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c))
}
