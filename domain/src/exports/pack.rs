//! Where an export goes: a folder, or an archive that is written as it is read. Both run on a
//! thread that may wait.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tokio::sync::mpsc::Receiver;
use zip::write::SimpleFileOptions;

/// A piece of an export.
#[derive(Debug)]
pub enum Part {
    /// A file begins; its path within the export, with `/` between folders.
    Begin(String),
    /// More bytes of it.
    Bytes(Vec<u8>),
    /// Everything is there. Without it the export broke off.
    End,
}

fn broke_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the export broke off")
}

/// Writes the parts as an archive.
pub fn into_zip<W: Write>(mut parts: Receiver<Part>, out: W) -> io::Result<()> {
    let mut archive = zip::ZipWriter::new_stream(out);
    loop {
        match parts.blocking_recv() {
            Some(Part::Begin(path)) => {
                archive.start_file(path, SimpleFileOptions::default().large_file(true))?;
            }
            Some(Part::Bytes(bytes)) => archive.write_all(&bytes)?,
            Some(Part::End) => {
                archive.finish()?.flush()?;
                return Ok(());
            }
            None => return Err(broke_off()),
        }
    }
}

/// A few files as an archive, all at once.
pub fn archive(files: &[(String, Vec<u8>)]) -> io::Result<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (path, bytes) in files {
        archive.start_file(path.clone(), SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Writes the parts into a folder that must not be there yet, or must be empty.
pub fn into_folder(mut parts: Receiver<Part>, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "the folder is not empty: choose another",
        ));
    }
    let mut open: Option<BufWriter<File>> = None;
    loop {
        match parts.blocking_recv() {
            Some(Part::Begin(path)) => {
                if let Some(mut last) = open.take() {
                    last.flush()?;
                }
                let path = folder.join(path);
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent)?;
                }
                open = Some(BufWriter::new(File::create(path)?));
            }
            Some(Part::Bytes(bytes)) => match &mut open {
                Some(file) => file.write_all(&bytes)?,
                None => return Err(broke_off()),
            },
            Some(Part::End) => {
                if let Some(mut last) = open.take() {
                    last.flush()?;
                }
                return Ok(());
            }
            None => return Err(broke_off()),
        }
    }
}
