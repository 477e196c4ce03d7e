//! The program itself, as its own process, and somebody signed in to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::access::invitations::{self, Invitation};
use domain::db::Location;
use domain::organisations::ops::{self as organisations, NewOrganisation};
use domain::{Clock, Ctx, Db};
use entity::{OrganisationId, OrganisationKind, Role};

use crate::support::house::program;
use crate::support::visitor::Visitor;

/// A running program.
pub struct Process {
    child: Child,
    words: Option<ChildStdin>,
    /// Where it answers, once it has said so.
    pub address: String,
    log: Option<JoinHandle<String>>,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub took: Duration,
    pub log: String,
}

impl Process {
    /// Starts a command of the program on a database.
    pub fn start(command: &str, location: &Location, folder: &Path) -> Self {
        let mut process = Command::new(program());
        process.arg(command);
        Self::begin(process, command, location, folder)
    }

    /// The same where the whole command line is somebody else's: `$1` is the program.
    pub fn begin(mut process: Command, command: &str, location: &Location, folder: &Path) -> Self {
        let url = match location {
            Location::Sqlite(path) => format!("sqlite:{}", path.display()),
            Location::Postgres(url) => url.clone(),
        };
        process
            .current_dir(folder)
            .env("DATABASE_URL", url)
            .env("TRIBUTARY_LISTEN", "127.0.0.1:0")
            .env("TRIBUTARY_DISK_RESERVE_MB", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = process.spawn().expect("the program starts");
        let mut said = child.stderr.take().expect("its log");
        let log = std::thread::spawn(move || {
            let mut text = Vec::new();
            said.read_to_end(&mut text).ok();
            String::from_utf8_lossy(&text).into_owned()
        });
        let mut started = Self {
            words: child.stdin.take(),
            child,
            address: String::new(),
            log: Some(log),
        };
        if command != "worker" {
            let out = started.child.stdout.take().expect("its output");
            let mut lines = BufReader::new(out).lines();
            let line = lines.next().and_then(Result::ok);
            let address = line
                .as_deref()
                .and_then(|line| line.split("is at ").nth(1))
                .map(|address| address.trim().to_owned());
            match address {
                Some(address) => started.address = address,
                None => {
                    let ended = started.end();
                    panic!("{command} did not start ({line:?}): {}", ended.log);
                }
            }
            // What it says besides must not fill the pipe.
            std::thread::spawn(move || lines.for_each(drop));
        }
        started
    }

    /// Says a word to it.
    pub fn say(&mut self, word: &str) {
        let words = self.words.as_mut().expect("its input");
        writeln!(words, "{word}").expect("it listens");
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }

    /// Tells it to stop (SIGTERM) and waits.
    pub fn end(mut self) -> Ended {
        let began = Instant::now();
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().ok();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                break status;
            }
            assert!(began.elapsed() < Duration::from_secs(40), "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        };
        Ended {
            status,
            took: began.elapsed(),
            log: self.log.take().expect("its log").join().expect("its log"),
        }
    }

    /// Kills it where it stands.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("its state");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Told first: a script has a program of its own to end.
        let id = self.child.id().to_string();
        for n in 0..60 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            if n == 0 {
                Command::new("kill").args(["-TERM", &id]).status().ok();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The house behind the programs.
pub struct Founded {
    pub db: Db,
    pub ctx: Ctx,
    pub home: OrganisationId,
    pub council: OrganisationId,
    pub funder: OrganisationId,
}

impl Founded {
    /// A migrated database with a charity, a council and a funder.
    pub async fn on(location: &Location) -> Self {
        domain::db::migrate(location, "test")
            .await
            .expect("migrations");
        let db = Db::open(location.clone()).await.expect("the database");
        let ctx = Ctx::system("test", Clock::system());
        let organisation = |org_id: &str, name: &str, kind| NewOrganisation {
            org_id: org_id.to_owned(),
            name: name.to_owned(),
            kind,
        };
        let charity = organisation(
            "GB-CHC-1100001",
            "Harbour Recovery",
            OrganisationKind::Charity,
        );
        let home = organisations::set_up_home(&db, &ctx, &charity)
            .await
            .expect("a home");
        let add = async |org_id: &str, name: &str, kind| {
            organisations::create(&db, &ctx, &organisation(org_id, name, kind))
                .await
                .expect("an organisation")
        };
        let council = add("GB-LAE-XXA", "Estuary Council", OrganisationKind::Council).await;
        let funder = add("GB-GOR-XX1", "Department", OrganisationKind::Department).await;
        Self {
            db,
            ctx,
            home,
            council,
            funder,
        }
    }

    /// Somebody signed in through a link, at this address.
    pub async fn person(&self, role: Role, of: OrganisationId, address: &str) -> Visitor {
        let name = format!("{} {}", role.slug(), uuid::Uuid::new_v4().simple());
        let invited = invitations::invite(
            &self.db,
            &self.ctx,
            &Invitation {
                email: format!("{}@example.org", name.replace(' ', ".")),
                display_name: name,
                organisation_id: of,
                role,
                ends_on: None,
            },
        )
        .await
        .expect("an invitation");
        let secret = invitations::issue_secret(&self.db, &self.ctx, invited.link_id)
            .await
            .expect("a link");
        Visitor::sign_in(address, &secret, invited).await
    }
}

/// Waits for something, at most so long.
pub async fn within(seconds: u64, what: &str, mut happened: impl AsyncFnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !happened().await {
        assert!(
            began.elapsed() < Duration::from_secs(seconds),
            "it did not happen within {seconds} s: {what}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    began.elapsed()
}
