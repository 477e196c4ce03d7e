//! Putting a backup in a database's place.

use std::fs::File;
use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::open::{Location, applied, close, pools, refuse_newer};
use crate::{Error, Result};

/// What restoring found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Whether the backup is of an older version, so that it must be migrated.
    pub older: bool,
}

/// Copies a backup beside the database, verifies the copy, and renames it into place. Nobody may
/// use the database meanwhile. Until the rename nothing of the present database is lost.
pub async fn restore_sqlite(from: &Path, to: &Path, overwrite: bool) -> Result<Restored> {
    let refuse = |detail: String| Err(Error::refused("restore-refused", detail));
    if !from.is_file() {
        return refuse(format!("There is no backup at {}.", from.display()));
    }
    let log = beside(from, "-wal");
    if log.metadata().is_ok_and(|log| log.len() > 0) {
        return refuse(format!(
            "{} is a database in use, not a backup: part of it is still in {}. \
             Make a backup with `tributary backup`.",
            from.display(),
            log.display()
        ));
    }
    if same(from, to) {
        return refuse("The backup and the database are the same file.".to_owned());
    }
    if to.exists() && !overwrite {
        return refuse(format!(
            "{} exists already. Say --overwrite to put the backup in its place; what is there \
             now will be gone.",
            to.display()
        ));
    }
    let copy = beside(to, ".restoring");
    remove(&copy)?;
    std::fs::copy(from, &copy).map_err(trouble)?;
    let verified = verify(&copy).await;
    for ending in ["-wal", "-shm"] {
        remove(&beside(&copy, ending))?;
    }
    let restored = match verified {
        Ok(restored) => restored,
        Err(error) => {
            remove(&copy)?;
            return match error {
                Error::Refused { .. } => Err(error),
                other => refuse(format!(
                    "{} is not a backup of Tributary: {}",
                    from.display(),
                    match other {
                        Error::Internal(cause) => cause.to_string(),
                        other => other.to_string(),
                    }
                )),
            };
        }
    };
    File::open(&copy)
        .and_then(|file| file.sync_all())
        .map_err(trouble)?;
    // the old log first: it would be replayed into a file that it does not belong to
    for ending in ["-wal", "-shm"] {
        remove(&beside(to, ending))?;
    }
    std::fs::rename(&copy, to).map_err(trouble)?;
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(trouble)?;
    }
    Ok(restored)
}

async fn verify(copy: &Path) -> Result<Restored> {
    let (read, write) = pools(&Location::Sqlite(copy.to_owned())).await?;
    let result = async {
        for (pragma, column) in [
            ("PRAGMA integrity_check", "integrity_check"),
            ("PRAGMA foreign_key_check", "table"),
        ] {
            let rows = write
                .query_all_raw(Statement::from_string(DbBackend::Sqlite, pragma))
                .await?;
            for row in rows {
                let found: String = row.try_get("", column)?;
                if found != "ok" {
                    return Err(Error::refused(
                        "backup-damaged",
                        format!("The backup is damaged: {found}."),
                    ));
                }
            }
        }
        let steps = applied(&write).await?;
        let known: Vec<String> = migration::known().map(str::to_owned).collect();
        if steps.is_empty() {
            return Err(Error::refused(
                "not-tributary",
                "This file is not a backup of Tributary.",
            ));
        }
        refuse_newer(&steps, &known)?;
        if let Some(damaged) = crate::files::checks::damaged(&write).await?.first() {
            return Err(Error::refused("backup-damaged", damaged.clone()));
        }
        Ok(Restored {
            older: steps.len() < known.len(),
        })
    }
    .await;
    close(read, write).await?;
    result
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(ending);
    PathBuf::from(name)
}

fn same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(trouble(error)),
        _ => Ok(()),
    }
}

fn trouble(error: std::io::Error) -> Error {
    Error::Internal(Box::new(error))
}
