//! Where rows come from: a text file is read on a blocking thread, a workbook in a child process
//! with limits on time and memory. Both give the same batches.

use std::io::{BufReader, Read, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;

use super::child::{Instruction, Task};
use super::rules::protocol::{Message, read_message};
use super::rules::{
    FileFault, FileFaultCode, ImportProfile, Limits, PeekedRow, ReadOptions, SourceInfo,
    Vocabulary, peek, read,
};
use crate::{Error, Result};

/// How long a child may take, as a clock on the wall shows it.
const PATIENCE: Duration = Duration::from_secs(180);

/// What reads other people's files.
#[derive(Clone, Debug)]
pub struct Reader {
    /// This program's own file: started as `… read-spend`, it calls [`super::child::main`].
    pub program: PathBuf,
}

/// Whether the bytes are an archive, so a workbook.
fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK")
}

/// Rows in batches, ending with `Ended` or `Refused`, unless the reader died.
pub(super) fn stream(
    reader: &Reader,
    bytes: Vec<u8>,
    profile: ImportProfile,
    vocabulary: Vocabulary,
    batch: usize,
) -> mpsc::Receiver<Vec<Message>> {
    let (send, receive) = mpsc::channel(16);
    let program = reader.program.clone();
    tokio::task::spawn_blocking(move || {
        let mut out = Batches {
            send,
            batch: Vec::with_capacity(batch),
            size: batch,
        };
        let last = if is_archive(&bytes) {
            from_child(&program, bytes, profile, vocabulary, &mut out)
        } else {
            let options = ReadOptions {
                limits: Limits::default(),
                precheck_xlsx: &|_| Err("A workbook is read elsewhere.".to_owned()),
                vocabulary: Some(&vocabulary),
            };
            match read(&bytes, &profile, &options, |row| out.push(row.into())) {
                Ok(summary) => Message::Ended(Box::new(summary)),
                Err(fault) => Message::Refused(fault),
            }
        };
        // Nobody listening any more is an answer too.
        let _flow = out.push(last);
        out.flush();
    });
    receive
}

struct Batches {
    send: mpsc::Sender<Vec<Message>>,
    batch: Vec<Message>,
    size: usize,
}

impl Batches {
    fn push(&mut self, message: Message) -> ControlFlow<()> {
        self.batch.push(message);
        if self.batch.len() >= self.size {
            self.flush();
        }
        if self.send.is_closed() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn flush(&mut self) {
        let full = std::mem::replace(&mut self.batch, Vec::with_capacity(self.size));
        if !full.is_empty() {
            // A closed channel shows at the next push.
            let _sent = self.send.blocking_send(full);
        }
    }
}

fn died() -> FileFault {
    FileFault {
        code: FileFaultCode::BadWorkbook,
        message: "The workbook took too much time or memory to read. Save the sheet that is \
                  needed as CSV and load that."
            .to_owned(),
    }
}

fn from_child(
    program: &PathBuf,
    bytes: Vec<u8>,
    profile: ImportProfile,
    vocabulary: Vocabulary,
    out: &mut Batches,
) -> Message {
    let task = Task::Read {
        profile: Box::new(profile),
        vocabulary,
    };
    let started = Running::start(program, &Instruction { task }, bytes);
    let mut running = match started {
        Ok(running) => running,
        Err(error) => {
            tracing::error!(%error, "the reading process cannot be started");
            return Message::Refused(died());
        }
    };
    let mut line = Vec::new();
    loop {
        match read_message(&mut running.output, &mut line) {
            Ok(Some(message @ (Message::Ended(_) | Message::Refused(_)))) => return message,
            Ok(Some(message)) => {
                if out.push(message).is_break() {
                    return Message::Refused(died());
                }
            }
            // cut short: the child was stopped by its limits, or by us
            Ok(None) | Err(_) => return Message::Refused(died()),
        }
    }
}

/// The first rows of a file, for choosing a profile; of a workbook those of the sheet that is named,
/// or of its first visible one.
pub(super) async fn first_rows(
    reader: &Reader,
    bytes: Vec<u8>,
    sheet: Option<String>,
    most: usize,
) -> Result<Result<(SourceInfo, Vec<PeekedRow>), FileFault>> {
    let program = reader.program.clone();
    tokio::task::spawn_blocking(move || {
        if !is_archive(&bytes) {
            let options = ReadOptions {
                limits: Limits::default(),
                precheck_xlsx: &|_| Err("A workbook is read elsewhere.".to_owned()),
                vocabulary: None,
            };
            return Ok(peek(&bytes, &ImportProfile::default(), &options, most));
        }
        let task = Task::Peek { most, sheet };
        let mut running = Running::start(&program, &Instruction { task }, bytes)
            .map_err(|error| Error::Internal(Box::new(error)))?;
        let mut text = String::new();
        let read = (&mut running.output)
            .take(8 << 20)
            .read_to_string(&mut text);
        Ok(match (read, serde_json::from_str(&text)) {
            (Ok(_), Ok(answer)) => answer,
            _ => Err(died()),
        })
    })
    .await
    .map_err(|error| Error::Internal(Box::new(error)))?
}

/// A child at work; it is stopped when this is dropped, and when it takes too long.
struct Running {
    child: Arc<Mutex<Child>>,
    output: BufReader<ChildStdout>,
}

impl Running {
    fn start(
        program: &PathBuf,
        instruction: &Instruction,
        bytes: Vec<u8>,
    ) -> std::io::Result<Self> {
        let mut child = Command::new(program)
            .arg("read-spend")
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::Error::other("no pipes"));
        };
        let mut head = serde_json::to_vec(instruction)?;
        head.push(b'\n');
        let child = Arc::new(Mutex::new(child));
        std::thread::spawn(move || {
            // A child that stops reading says why on its output.
            let _written = input
                .write_all(&head)
                .and_then(|()| input.write_all(&bytes));
        });
        let watched = Arc::downgrade(&child);
        std::thread::spawn(move || {
            let steps = PATIENCE.as_secs();
            for _ in 0..steps {
                std::thread::sleep(Duration::from_secs(1));
                if watched.strong_count() == 0 {
                    return;
                }
            }
            if let Some(child) = watched.upgrade() {
                stop(&child);
            }
        });
        Ok(Self {
            child,
            output: BufReader::with_capacity(1 << 16, output),
        })
    }
}

fn stop(child: &Mutex<Child>) {
    let mut child = child
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    // Gone already is what we want.
    let _killed = child.kill();
    let _status = child.wait();
}

impl Drop for Running {
    fn drop(&mut self) {
        stop(&self.child);
    }
}
