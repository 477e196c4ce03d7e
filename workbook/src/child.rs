//! Filling in a child process, with limits on time and memory.
//!
//! A form comes from somebody else, and evaluating its formulas is running their program. So the
//! program starts itself again with a hidden argument, hands over the form and the answers on
//! standard input, and takes the filled form from standard output. A child that dies, hangs or
//! answers nonsense means that the calculator cannot be trusted with this form: it is filled all
//! the same, without calculating, and says so once.
//!
//! The program's `main` calls [`serve`] when it sees its hidden argument, before anything else.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

use crate::fill::{self, Answer, Filled, Finding, Options, Severity};
use crate::open::Refused;

/// How to start the child: the program and the arguments that make it call [`serve`].
#[derive(Clone, Debug)]
pub struct Launcher {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What it may use.
    pub limits: Limits,
}

/// What a child may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Seconds by the clock, after which it is killed.
    pub seconds: u64,
    /// Bytes of address space.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            seconds: 30,
            memory: 3 << 30,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    limits: Limits,
    options: Options,
    answers: Vec<Answer>,
}

type Reply = Result<Filled, Refused>;

const MARK: &[u8; 8] = b"TRIBFILL";
const MAX_FRAME: u64 = 600 << 20;

pub(crate) fn send(out: &mut impl Write, header: &[u8], body: &[u8]) -> std::io::Result<()> {
    out.write_all(MARK)?;
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&(body.len() as u64).to_le_bytes())?;
    out.write_all(header)?;
    out.write_all(body)?;
    out.flush()
}

pub(crate) fn receive(from: &mut impl Read) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut lead = [0u8; 24];
    from.read_exact(&mut lead).ok()?;
    if lead[..8] != *MARK {
        return None;
    }
    let length = |at: usize| Some(u64::from_le_bytes(lead[at..at + 8].try_into().ok()?));
    let (header, body) = (length(8)?, length(16)?);
    if header > MAX_FRAME || body > MAX_FRAME {
        return None;
    }
    let take = |from: &mut dyn Read, count: u64| {
        let mut bytes = Vec::new();
        from.take(count).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 == count).then_some(bytes)
    };
    let header = take(from, header)?;
    let body = take(from, body)?;
    Some((header, body))
}

/// The child's whole life: reads one request from standard input, limits itself, fills, replies.
/// Gives the exit status.
pub fn serve() -> u8 {
    let Some((header, form)) = receive(&mut std::io::stdin().lock()) else {
        return 3;
    };
    let Ok(request) = serde_json::from_slice::<Request>(&header) else {
        return 3;
    };
    if !limit_self(&request.limits) {
        return 3;
    }
    let Some(mut reply) = fill::try_fill(&form, &request.answers, &request.options) else {
        return 3;
    };
    let body = match &mut reply {
        Ok(filled) => filled.bytes.take(),
        Err(_) => None,
    };
    let Ok(header) = serde_json::to_vec(&(body.is_some(), reply)) else {
        return 3;
    };
    match send(
        &mut std::io::stdout().lock(),
        &header,
        &body.unwrap_or_default(),
    ) {
        Ok(()) => 0,
        Err(_) => 3,
    }
}

/// Takes limits on this process itself.
pub(crate) fn limit_self(limits: &Limits) -> bool {
    let limit = |resource, amount| {
        let rlimit = Rlimit {
            current: Some(amount),
            maximum: Some(amount),
        };
        setrlimit(resource, rlimit).is_ok()
    };
    limit(Resource::As, limits.memory)
        && limit(Resource::Cpu, limits.seconds.max(1))
        && limit(Resource::Core, 0)
}

/// Fills in a form in a child process; without calculating, and with a note, where that fails.
pub fn fill(
    launcher: &Launcher,
    form: &[u8],
    answers: &[Answer],
    options: &Options,
) -> Result<Filled, Refused> {
    if options.no_compute {
        return fill::fill(form, answers, options);
    }
    if let Some(reply) = ask(launcher, form, answers, options) {
        return reply;
    }
    let without = Options {
        no_compute: true,
        ..*options
    };
    let mut filled = fill::fill(form, answers, &without)?;
    filled.findings.push(Finding {
        severity: Severity::Note,
        sheet: String::new(),
        cell: String::new(),
        code: "calculator-stopped".into(),
        message:
            "the calculator could not work through this form within its limits of time and memory"
                .into(),
    });
    Ok(filled)
}

fn ask(launcher: &Launcher, form: &[u8], answers: &[Answer], options: &Options) -> Option<Reply> {
    let request = Request {
        limits: launcher.limits,
        options: *options,
        answers: answers.to_vec(),
    };
    let header = serde_json::to_vec(&request).ok()?;
    let (header, body) = exchange(launcher, &header, form)?;
    let (written, reply): (bool, Reply) = serde_json::from_slice(&header).ok()?;
    Some(reply.map(|mut filled| {
        filled.bytes = written.then_some(body);
        filled
    }))
}

/// Starts a child, hands it a request and takes its reply; nothing where it fails, dies or hangs.
pub(crate) fn exchange(
    launcher: &Launcher,
    header: &[u8],
    body: &[u8],
) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut child = Command::new(&launcher.program)
        .args(&launcher.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let (mut stdin, mut stdout) = (child.stdin.take()?, child.stdout.take()?);
    let (sender, receiver) = mpsc::channel();
    let received = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A child that stops reading is one that died; its reply says so by missing.
            send(&mut stdin, header, body).is_ok()
        });
        scope.spawn(move || sender.send(receive(&mut stdout)).is_ok());
        let received = receiver.recv_timeout(Duration::from_secs(launcher.limits.seconds));
        if !matches!(received, Ok(Some(_))) {
            stop(&mut child);
        }
        received
    });
    let reply = received.ok().flatten()?;
    if !child.wait().is_ok_and(|status| status.success()) {
        return None;
    }
    Some(reply)
}

fn stop(child: &mut Child) {
    // It may have gone already.
    if child.kill().is_ok() {
        drop(child.wait());
    }
}
