//! A folder of its own for each test, and the built program in it.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tributary");

/// A folder with a database of its own, removed at the end.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn database(&self) -> PathBuf {
        self.path("data/tributary.sqlite")
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .args(["--data-dir", "data"])
            .current_dir(self.0.path())
            .env_remove("DATABASE_URL");
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The same while other things go on in this test.
    pub async fn run_async(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }

    /// Starts the server on a free port and waits for its address.
    pub fn serve(&self) -> Server {
        let command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        Server::start(command, self.0.path())
    }
}

impl Folder {
    /// Starts the demo on a free port; its one line of JSON.
    #[allow(dead_code, reason = "only the demo's tests need it")]
    pub fn demo(&self) -> (Server, String) {
        let command = self.command(&["demo", "--json", "--port", "0"]);
        let (mut server, line) = Server::begin(command, self.0.path());
        let told: serde_json::Value = serde_json::from_str(&line).expect(&line);
        server.address = told["address"].as_str().unwrap().to_owned();
        (server, line)
    }
}

#[allow(dead_code, reason = "each test binary needs some of it")]
/// A running server.
pub struct Server {
    child: Child,
    pub address: String,
    log: Option<JoinHandle<String>>,
}

/// How a server ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub took: Duration,
    pub log: String,
}

impl Server {
    fn start(command: Command, folder: &Path) -> Self {
        let (mut server, line) = Self::begin(command, folder);
        server.address = line.split("is at ").nth(1).expect(&line).trim().to_owned();
        server
    }

    fn begin(mut command: Command, folder: &Path) -> (Self, String) {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            log.read_to_string(&mut text).unwrap();
            text
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let Some(Ok(line)) = lines.next() else {
            panic!(
                "the server in {} ended: {}",
                folder.display(),
                log.join().unwrap()
            );
        };
        let server = Self {
            child,
            address: String::new(),
            log: Some(log),
        };
        (server, line)
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Tells it to stop and waits.
    pub fn end(mut self) -> Ended {
        let began = Instant::now();
        let id = i32::try_from(self.child.id()).unwrap();
        rustix::process::kill_process(
            rustix::process::Pid::from_raw(id).unwrap(),
            rustix::process::Signal::TERM,
        )
        .unwrap();
        let status = self.child.wait().unwrap();
        Ended {
            status,
            took: began.elapsed(),
            log: self.log.take().unwrap().join().unwrap(),
        }
    }

    /// Kills it where it stands.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// Everything that a command said.
pub fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// A browser without pages: it keeps cookies and follows no redirect.
pub fn client() -> Client {
    Client {
        runtime: tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap(),
        client: reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap(),
    }
}

pub struct Client {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

pub struct Reply {
    pub status: u16,
    pub text: String,
}

impl Client {
    pub fn get(&self, address: &str) -> Reply {
        self.send(self.client.get(address))
    }

    /// As a program asks, with a token.
    #[allow(dead_code, reason = "only the demo's tests need it")]
    pub fn get_with(&self, address: &str, token: &str) -> Reply {
        self.send(self.client.get(address).bearer_auth(token))
    }

    pub fn post_form(&self, address: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(self.client.post(address).form(fields))
    }

    fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        self.runtime.block_on(async {
            let reply = request.send().await.unwrap();
            Reply {
                status: reply.status().as_u16(),
                text: reply.text().await.unwrap(),
            }
        })
    }
}
