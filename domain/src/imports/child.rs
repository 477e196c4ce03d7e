//! The child process that reads a workbook: an instruction and the file come in, rows go out.
//! It first takes limits on itself, so that a hostile file can cost only so much.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::ops::ControlFlow;

use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};
use workbook::open::archive::{Archive, Bounds};

use super::rules::protocol::{Message, write_message};
use super::rules::{ImportProfile, Limits, ReadOptions, Vocabulary, peek, read};

/// Bytes of address space.
const MEMORY: u64 = 1 << 30;
/// Seconds of processor time.
const SECONDS: u64 = 120;

/// What a child shall do with the bytes that follow.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Instruction {
    pub(super) task: Task,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Task {
    /// Every row, by a profile.
    Read {
        profile: Box<ImportProfile>,
        vocabulary: Vocabulary,
    },
    /// The first rows, as they stand; of the first visible sheet where none is named.
    Peek { most: usize, sheet: Option<String> },
}

/// The whole of the child: `tributary read-spend` calls this and nothing else.
pub fn main() -> std::io::Result<()> {
    for (resource, most) in [
        (Resource::As, MEMORY),
        (Resource::Cpu, SECONDS),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ] {
        setrlimit(
            resource,
            Rlimit {
                current: Some(most),
                maximum: Some(most),
            },
        )?;
    }
    let mut output = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    work(&mut BufReader::new(std::io::stdin().lock()), &mut output)?;
    output.flush()
}

fn work(input: &mut impl BufRead, output: &mut impl Write) -> std::io::Result<()> {
    let limits = Limits::default();
    let mut head = Vec::new();
    input.take(64 << 20).read_until(b'\n', &mut head)?;
    let instruction: Instruction = serde_json::from_slice(&head)?;
    let mut bytes = Vec::new();
    // one byte more than allowed shows that there are too many
    let most = u64::try_from(limits.bytes).unwrap_or(u64::MAX);
    input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    let mut options = ReadOptions {
        limits,
        precheck_xlsx: &precheck,
        vocabulary: None,
    };
    match &instruction.task {
        Task::Peek { most, sheet } => {
            let profile = ImportProfile {
                sheet: sheet.clone(),
                ..ImportProfile::default()
            };
            let answer = peek(&bytes, &profile, &options, *most);
            serde_json::to_writer(&mut *output, &answer)?;
        }
        Task::Read {
            profile,
            vocabulary,
        } => {
            options.vocabulary = Some(vocabulary);
            let mut trouble = None;
            let done = read(&bytes, profile, &options, |row| {
                match write_message(output, &row.into()) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(error) => {
                        trouble = Some(error);
                        ControlFlow::Break(())
                    }
                }
            });
            if let Some(error) = trouble {
                return Err(error);
            }
            let last = match done {
                Ok(summary) => Message::Ended(Box::new(summary)),
                Err(fault) => Message::Refused(fault),
            };
            write_message(output, &last)?;
        }
    }
    Ok(())
}

/// Looks at a workbook's archive (entries, bytes, ratio) before anything is unpacked.
fn precheck(bytes: &[u8]) -> Result<(), String> {
    Archive::open(bytes.to_vec(), &Bounds::default())
        .map(drop)
        .map_err(|refused| format!("This workbook cannot be opened: {refused}."))
}
