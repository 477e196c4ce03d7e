//! Reading a file of published grants in chunks, under an import that does not count yet. A reader
//! that was stopped begins again from nothing.

use std::collections::HashMap;
use std::io::Read;

use chrono::{DateTime, Utc};
use entity::{GrantFormat, GrantImportId, GrantImportState, grant_import};
use sea_orm::{ActiveValue::Set, EntityTrait};
use tokio::sync::mpsc;

use super::super::rules::{self, Row};
use super::super::store;
use crate::access::rules::Operation;
use crate::db::Guard;
use crate::db::bulk::Rows;
use crate::{Command, Ctx, Db, Error, Result, files, jobs};

/// Grants that one piece writes: few enough to hold the lock only briefly.
const CHUNK: usize = 2_500;
/// Rows of an earlier reading that one transaction removes.
const REMOVED_AT_ONCE: i64 = 2_000;
/// What is wrong with a file is listed to here; the rest is counted.
const FAULTS_KEPT: i64 = 2_000;
const RENEW_EVERY: std::time::Duration = std::time::Duration::from_secs(8);

/// Reads an import's file; `tell` hears how many grants were read.
pub async fn read_file(
    db: &Db,
    ctx: &Ctx,
    id: GrantImportId,
    tell: &mut (dyn FnMut(i64) + Send),
) -> Result<()> {
    ctx.require(Operation::ReadGrantsFile)?;
    let import = grant_import::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    if import.state != GrantImportState::Reading {
        return Ok(());
    }
    begin_again(db, ctx, id).await?;
    let (pieces, told_pieces) = mpsc::channel::<Vec<u8>>(2);
    let (batches, told) = mpsc::channel::<Vec<Row>>(2);
    let format = import.format;
    let reading = tokio::task::spawn_blocking(move || parse(format, told_pieces, &batches));
    // Whoever of them ends first, the others end for it: their channels close.
    let (fed, taken) = futures_util::future::join(
        feed(db, import.file_id, pieces),
        take(db, ctx, id, told, tell),
    )
    .await;
    let read = reading
        .await
        .map_err(|error| Error::internal(format!("reading a file of grants: {error}")))?;
    taken?;
    fed?;
    match read {
        Ok(()) => complete(db, ctx, id).await,
        Err(words) => failed(db, ctx, id, words).await,
    }
}

/// Writes what was read, batch by batch.
async fn take(
    db: &Db,
    ctx: &Ctx,
    id: GrantImportId,
    mut told: mpsc::Receiver<Vec<Row>>,
    tell: &mut (dyn FnMut(i64) + Send),
) -> Result<()> {
    let any_before = store::any_complete(db.read()).await?;
    let mut counted = Counted::default();
    let mut renewed = std::time::Instant::now();
    while let Some(batch) = told.recv().await {
        let before = counted.read;
        let known = if any_before {
            let identifiers: Vec<&str> = batch
                .iter()
                .filter(|row| row.grant.is_ok())
                .map(|row| row.identifier.as_str())
                .collect();
            store::known(db.read(), &identifiers).await?
        } else {
            HashMap::new()
        };
        let mut rows = (store::grants(db), store::faults(db));
        let now = sort(id, batch, &known, counted.faults, &mut rows)?;
        counted.faults += now.faults;
        let command = Command::on(Operation::ReadGrantsFile, "grant_import", id);
        let ready = [rows.0.ready()?, rows.1.ready()?];
        let guard = now.guard(id, before);
        let ours = db
            .load(
                ctx,
                &command,
                Some(&guard),
                ready.into_iter().flatten().collect(),
            )
            .await?;
        if !ours {
            return Err(gone());
        }
        counted.read += now.read;
        tell(counted.read);
        if let Some(lease) = ctx.lease
            && renewed.elapsed() > RENEW_EVERY
        {
            jobs::renew(db, ctx, &[lease], jobs::rules::LEASE).await?;
            renewed = std::time::Instant::now();
        }
    }
    Ok(())
}

/// The bytes of the kept file, a piece at a time, whose hash must be the one that was kept.
async fn feed(db: &Db, file: entity::FileId, to: mpsc::Sender<Vec<u8>>) -> Result<()> {
    files::pieces(db, file, &to).await
}

/// Pieces as something to read from, for a thread that may wait.
struct Pieces {
    from: mpsc::Receiver<Vec<u8>>,
    piece: std::io::Cursor<Vec<u8>>,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let read = self.piece.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            match self.from.blocking_recv() {
                Some(piece) => self.piece = std::io::Cursor::new(piece),
                None => return Ok(0),
            }
        }
    }
}

fn parse(
    format: GrantFormat,
    from: mpsc::Receiver<Vec<u8>>,
    to: &mpsc::Sender<Vec<Row>>,
) -> std::result::Result<(), String> {
    let pieces = Pieces {
        from,
        piece: std::io::Cursor::default(),
    };
    let mut batch = Vec::with_capacity(CHUNK);
    let read = rules::read(format, pieces, &mut |row| {
        batch.push(row);
        batch.len() < CHUNK || to.blocking_send(std::mem::take(&mut batch)).is_ok()
    });
    if !batch.is_empty() && to.blocking_send(batch).is_err() {
        return Ok(());
    }
    read
}

/// What is known of a grant: the hash of it, and when its funder last changed it.
type Known = HashMap<String, (String, Option<DateTime<Utc>>)>;

/// Tells new grants from changed, known, older and faulty ones.
fn sort(
    id: GrantImportId,
    batch: Vec<Row>,
    known: &Known,
    faults_before: i64,
    (rows, faults): &mut (Rows, Rows),
) -> Result<Counted> {
    let mut now = Counted::default();
    for row in batch {
        now.read += 1;
        let number = i64::try_from(row.number).map_err(|_too_many| Error::internal("rows"))?;
        let grant = match row.grant {
            Ok(grant) => grant,
            Err(found) => {
                now.faulty += 1;
                let mut places = std::collections::BTreeSet::new();
                for fault in found {
                    // of two faults at one place the first is told
                    if !places.insert(fault.place.clone()) {
                        continue;
                    }
                    if faults_before + now.faults < FAULTS_KEPT {
                        faults.push(store::fault_row(id, number, &row.identifier, fault))?;
                        now.faults += 1;
                    }
                }
                continue;
            }
        };
        let hash = grant.content_hash();
        match known.get(&grant.identifier) {
            None => now.new += 1,
            Some((same, _)) if *same == hash => {
                now.known += 1;
                continue;
            }
            Some((_, Some(at))) if grant.modified_at.is_some_and(|new| new < *at) => {
                now.older += 1;
                continue;
            }
            Some(_) => now.changed += 1,
        }
        rows.push(store::grant_row(id, number, grant, hash))?;
    }
    Ok(now)
}

#[derive(Default)]
struct Counted {
    read: i64,
    new: i64,
    changed: i64,
    known: i64,
    older: i64,
    faulty: i64,
    faults: i64,
}

impl Counted {
    /// Adds to what an import counts, while it is read by us: `before` is what we counted so far.
    fn guard(&self, id: GrantImportId, before: i64) -> Guard {
        Guard {
            sql: "UPDATE grant_import SET grants_read = grants_read + $3, \
                   grants_new = grants_new + $4, grants_changed = grants_changed + $5, \
                   grants_known = grants_known + $6, grants_older = grants_older + $7, \
                   grants_faulty = grants_faulty + $8 \
                 WHERE id = $1 AND state = 'reading' AND grants_read = $2",
            values: vec![
                id.into(),
                before.into(),
                self.read.into(),
                self.new.into(),
                self.changed.into(),
                self.known.into(),
                self.older.into(),
                self.faulty.into(),
            ],
        }
    }
}

fn gone() -> Error {
    Error::refused(
        "import-not-reading",
        "This file is no longer being read: another reader finished.",
    )
}

/// Nothing of an earlier reading stays.
async fn begin_again(db: &Db, ctx: &Ctx, id: GrantImportId) -> Result<()> {
    db.write(
        ctx,
        Command::on(Operation::ReadGrantsFile, "grant_import", id),
        async |tx| store::forget_counts(tx.conn(), id).await,
    )
    .await?;
    remove(db, ctx, id).await
}

async fn remove(db: &Db, ctx: &Ctx, id: GrantImportId) -> Result<()> {
    loop {
        let command = Command::on(Operation::ReadGrantsFile, "grant_import", id);
        let gone = db
            .write(ctx, command, async |tx| {
                store::remove_some(tx.conn(), id, REMOVED_AT_ONCE).await
            })
            .await?;
        if gone == 0 {
            return Ok(());
        }
    }
}

/// From now on its grants count, and supersede what was known of them.
async fn complete(db: &Db, ctx: &Ctx, id: GrantImportId) -> Result<()> {
    let command = Command::on(Operation::ReadGrantsFile, "grant_import", id);
    db.write(ctx, command, async |tx| {
        store::still_reading(tx, id).await?.ok_or_else(gone)?;
        let row = grant_import::ActiveModel {
            id: Set(id),
            state: Set(GrantImportState::Complete),
            completed_at: Set(Some(tx.now())),
            seq: Set(Some(tx.next("published-grants").await?)),
            ..Default::default()
        };
        grant_import::Entity::update(row)
            .validate()?
            .exec(tx.conn())
            .await?;
        Ok(())
    })
    .await
}

async fn failed(db: &Db, ctx: &Ctx, id: GrantImportId, words: String) -> Result<()> {
    let command = Command::on(Operation::ReadGrantsFile, "grant_import", id);
    db.write(ctx, command, async |tx| {
        store::still_reading(tx, id).await?.ok_or_else(gone)?;
        let row = grant_import::ActiveModel {
            id: Set(id),
            state: Set(GrantImportState::Failed),
            failure: Set(Some(words.clone())),
            ..Default::default()
        };
        grant_import::Entity::update(row)
            .validate()?
            .exec(tx.conn())
            .await?;
        Ok(())
    })
    .await?;
    remove(db, ctx, id).await
}
