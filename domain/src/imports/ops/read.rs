//! Reading an import's file: rows become lines and faults in chunks, under an import that does
//! not count yet. A reader that was stopped begins again from nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::{ImportState, Money, SpendImportId, SpendLineId, spend_import};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::super::gone;
use super::super::rules::protocol::Message;
use super::super::rules::{FileFault, Summary};
use super::super::source::{self, Reader};
use super::super::store::{self, Earlier, Names, Pieces, Totals, statement};
use super::KeptRow;
use super::prepare::{self, Coder, Good, Prepared};
use crate::access::rules::Operation;
use crate::db::bulk::Ready;
use crate::db::{Guard, Ids, Pace, Piece};
use crate::{Command, Ctx, Db, Error, Result, files, jobs};

/// The least rows of one chunk: a small part of the 250 ms that a write may take.
const CHUNK: usize = 500;
/// Totals written in one transaction.
const TOTALS: usize = 2_000;
/// Lines removed in one transaction.
const REMOVED_AT_ONCE: u64 = 2_000;
/// The lease is renewed at least this often.
const RENEW_EVERY: Duration = Duration::from_secs(8);

/// Reads the file of an import that waits to be read. Safe to repeat, also after a kill; a file
/// that cannot be read is a state of the import, not an error.
pub async fn read_file(db: &Db, ctx: &Ctx, reader: &Reader, id: SpendImportId) -> Result<()> {
    read_telling(db, ctx, reader, id, None, &mut |_| {}).await
}

/// The same, telling how many rows were read. Who has just kept the file has its bytes still.
pub(super) async fn read_telling(
    db: &Db,
    ctx: &Ctx,
    reader: &Reader,
    id: SpendImportId,
    bytes: Option<Vec<u8>>,
    tell: &mut (dyn FnMut(i64) + Send),
) -> Result<()> {
    ctx.require(Operation::ReadImportFile)?;
    let import = spend_import::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    if import.state != ImportState::Reading {
        return Ok(());
    }
    begin_again(db, ctx, id).await?;
    let bytes = match bytes {
        Some(bytes) => bytes,
        None => files::load(db, import.file_id).await?.bytes,
    };
    let profile = serde_json::from_value(import.spec.clone())?;
    let (names, vocabulary) = Names::of(db).await?;
    let vocabulary = vocabulary.until(import.period_to, ctx.today());
    let map = crate::coding::store::map(db.read()).await?;
    let coder = Arc::new(Coder { names, map });
    let any_accepted = spend_import::Entity::find()
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        .one(db.read())
        .await?
        .is_some();
    let batches = source::stream(reader, bytes, profile, vocabulary, CHUNK);
    let mut reading = Reading {
        db,
        id,
        batches,
        coder,
        any_accepted,
        totals: Totals::default(),
        seen: HashSet::new(),
    };
    let mut rows_read = 0;
    let mut renewed = Instant::now();
    let mut pace = Pace::from(CHUNK);
    let mut next = reading.several(pace.rows()).await?;
    loop {
        let Several { pieces, end } = next;
        match end {
            None => {
                // While pieces are written, the next are made ready.
                let rows = pace.rows();
                let (written, after) = tokio::join!(
                    write(db, ctx, id, pieces, &mut rows_read),
                    reading.several(rows),
                );
                pace.took(written?);
                next = after?;
            }
            Some(End::Read(summary)) => {
                write(db, ctx, id, pieces, &mut rows_read).await?;
                tell(rows_read);
                keep_totals(db, ctx, id, &reading.totals, rows_read).await?;
                keep_gone(db, ctx, &import, &reading.seen, rows_read).await?;
                return ended(db, ctx, id, *summary).await;
            }
            Some(End::Refused(fault)) => return refused(db, ctx, id, &fault).await,
        }
        tell(rows_read);
        if let Some(lease) = ctx.lease
            && renewed.elapsed() > RENEW_EVERY
        {
            jobs::renew(db, ctx, &[lease], jobs::rules::LEASE).await?;
            renewed = Instant::now();
        }
    }
}

/// A file on its way into the database.
struct Reading<'d> {
    db: &'d Db,
    id: SpendImportId,
    batches: tokio::sync::mpsc::Receiver<Vec<Message>>,
    coder: Arc<Coder>,
    any_accepted: bool,
    totals: Totals,
    /// Lines that count and that the file has, the same or otherwise.
    seen: HashSet<SpendLineId>,
}

/// A piece of the file, ready to be written, and whether it was the last.
struct Next {
    found: Found,
    end: Option<End>,
}

enum End {
    Read(Box<Summary>),
    Refused(FileFault),
}

/// Pieces of the file that are written together.
struct Several {
    pieces: Vec<Found>,
    end: Option<End>,
}

impl Reading<'_> {
    /// The next pieces, each of about so many rows: as many as the database takes side by side.
    async fn several(&mut self, rows: usize) -> Result<Several> {
        let mut several = Several {
            pieces: Vec::new(),
            end: None,
        };
        while several.end.is_none() && several.pieces.len() < self.db.pieces_at_once() {
            let Next { found, end } = self.next(rows).await?;
            several.pieces.push(found);
            several.end = end;
        }
        Ok(several)
    }

    /// The next piece of about so many rows.
    async fn next(&mut self, rows: usize) -> Result<Next> {
        let mut chunk = Chunk::default();
        let mut end = None;
        while end.is_none() && chunk.rows < rows {
            let Some(batch) = self.batches.recv().await else {
                return Err(Error::internal("the reader of a file ended without a word"));
            };
            for message in batch {
                chunk.rows += 1;
                match message {
                    Message::Ended(summary) => end = Some(End::Read(summary)),
                    Message::Refused(fault) => end = Some(End::Refused(fault)),
                    Message::Skipped(_) => chunk.skipped += 1,
                    Message::Line(row) => chunk.good.push(row),
                    Message::Faulty(row) => chunk.faulty.push((
                        row.row,
                        row.amount_pence.map(Money),
                        row.faults,
                        KeptRow {
                            cells: row.cells,
                            draft: None,
                        },
                    )),
                }
            }
        }
        let accepted = if self.any_accepted && !chunk.good.is_empty() {
            let identities = chunk.good.iter().map(|row| row.identity.clone()).collect();
            store::known_with(self.db.read(), identities).await?
        } else {
            HashMap::new()
        };
        self.seen
            .extend(accepted.values().filter_map(|earlier| match earlier {
                Earlier::Line(line) => Some(line.id),
                Earlier::Waits(_) => None,
            }));
        let (id, coder) = (self.id, Arc::clone(&self.coder));
        let pieces = Pieces::new(self.db);
        let mut totals = std::mem::take(&mut self.totals);
        let (found, totals) = tokio::task::spawn_blocking(move || {
            let found = chunk.against(id, &coder, &accepted, &mut totals, pieces)?;
            Ok::<_, Error>((found, totals))
        })
        .await
        .map_err(|error| Error::Internal(Box::new(error)))??;
        self.totals = totals;
        Ok(Next { found, end })
    }
}

#[derive(Default)]
struct Chunk {
    rows: usize,
    good: Vec<super::super::rules::GoodRow>,
    faulty: Vec<(u32, Option<Money>, Vec<super::super::rules::Fault>, KeptRow)>,
    skipped: i64,
}

/// Forgets what an earlier reader wrote, and takes the reading over from it.
async fn begin_again(db: &Db, ctx: &Ctx, id: SpendImportId) -> Result<()> {
    let command = || Command::on(Operation::ReadImportFile, "spend_import", id);
    db.write(ctx, command(), async |tx| {
        let import = store::locked(tx, id).await?;
        if import.state != ImportState::Reading {
            return Err(gone());
        }
        let seen = store::last_accepted(tx.conn()).await?;
        tx.conn()
            .execute_raw(statement(
                tx.conn(),
                "UPDATE spend_import SET rows_read = 0, rows_loaded = 0, rows_faulty = 0, \
                   rows_set_aside = 0, rows_known = 0, rows_skipped = 0, rows_suspect = 0, \
                   sum_loaded = 0, sum_set_aside = 0, sum_known = 0, rows_uncoded = 0, \
                   sum_uncoded = 0, rows_replaced = 0, sum_replaced = 0, saw_seq = $2 WHERE id = $1",
                [id.into(), seen.into()],
            ))
            .await?;
        Ok(())
    })
    .await?;
    loop {
        let gone = db
            .write(ctx, command().long(), async |tx| {
                store::remove_some(tx.conn(), id, REMOVED_AT_ONCE).await
            })
            .await?;
        if gone == 0 {
            return Ok(());
        }
    }
}

fn gone() -> Error {
    Error::refused(
        "import-not-reading",
        "This import is no longer being read: somebody gave it up, or another reader finished.",
    )
}

/// What a chunk comes to: what is written of it.
struct Found {
    counted: Counted,
    rows: Vec<Ready>,
}

impl Chunk {
    /// Settles its rows beside the lines that are known already.
    fn against(
        self,
        id: SpendImportId,
        coder: &Coder,
        known: &HashMap<String, Earlier>,
        totals: &mut Totals,
        mut pieces: Pieces,
    ) -> Result<Found> {
        let Self {
            good,
            faulty,
            skipped,
            ..
        } = self;
        let rows = good.len() + faulty.len();
        let mut counted = Counted {
            skipped,
            read: skipped + i64::try_from(rows).unwrap_or(0),
            ..Counted::default()
        };
        let mut ids = Ids::default();
        for row in good {
            let number = row.row;
            let read = Good {
                row: number,
                identity: row.identity,
                suspect_of: row.suspects.first().map(|suspect| suspect.of_row),
                draft: row.draft,
            };
            match coder.prepare(id, read, known, &mut ids)? {
                Prepared::Waits(line) => {
                    counted.uncoded += 1;
                    counted.sum_uncoded = added(counted.sum_uncoded, line.amount)?;
                    pieces.waits(*line)?;
                }
                Prepared::Line(line) => {
                    counted.loaded += 1;
                    counted.suspect += i64::from(line.suspect);
                    counted.sum_loaded = added(counted.sum_loaded, line.amount)?;
                    totals.count(&line)?;
                    pieces.line(*line)?;
                }
                Prepared::Known(amount) => {
                    counted.known += 1;
                    counted.sum_known = added(counted.sum_known, amount)?;
                }
                Prepared::Changed(amount, fault, draft) => {
                    counted.faulty += 1;
                    let kept = KeptRow {
                        cells: Vec::new(),
                        draft: Some(*draft),
                    };
                    pieces.fault(prepare::fault(id, number, Some(amount), &[fault], &kept)?)?;
                }
            }
        }
        for (row, amount, found, kept) in faulty {
            counted.faulty += 1;
            pieces.fault(prepare::fault(id, row, amount, &found, &kept)?)?;
        }
        Ok(Found {
            counted,
            rows: pieces.ready()?,
        })
    }
}

/// Writes pieces; how long that took.
async fn write(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    found: Vec<Found>,
    rows_read: &mut i64,
) -> Result<Duration> {
    let began = Instant::now();
    let command = Command::on(Operation::ReadImportFile, "spend_import", id);
    let mut read = *rows_read;
    let pieces = found
        .into_iter()
        .map(|Found { counted, rows }| {
            let guard = Some(counted.guard(id, read));
            read += counted.read;
            Piece { guard, rows }
        })
        .collect();
    if !db.load_each(ctx, &command, pieces).await? {
        return Err(gone());
    }
    *rows_read = read;
    Ok(began.elapsed())
}

/// Keeps what the lines come to, so that nobody has to read them to know.
async fn keep_totals(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    totals: &Totals,
    rows_read: i64,
) -> Result<()> {
    // Refuses when another reader took over.
    let guard = Counted::default().guard(id, rows_read);
    let command = Command::on(Operation::ReadImportFile, "spend_import", id);
    for rows in totals.pieces(db, id, TOTALS)? {
        if !db.load(ctx, &command, Some(&guard), vec![rows]).await? {
            return Err(gone());
        }
    }
    Ok(())
}

/// Keeps which lines that count the file should have and has not.
async fn keep_gone(
    db: &Db,
    ctx: &Ctx,
    import: &spend_import::Model,
    seen: &HashSet<SpendLineId>,
    rows_read: i64,
) -> Result<()> {
    let gone = gone::find(db, import, seen).await?;
    for some in gone.chunks(TOTALS) {
        let command = Command::on(Operation::ReadImportFile, "spend_import", import.id).long();
        db.write(ctx, command, async |tx| {
            Counted::default().add(tx, import.id, rows_read).await?;
            gone::keep(tx, import.id, some).await
        })
        .await?;
    }
    Ok(())
}

fn added(sum: Money, amount: Money) -> Result<Money> {
    sum.plus(amount)
        .ok_or_else(|| Error::internal("amounts that add up to more than can be counted"))
}

#[derive(Default)]
struct Counted {
    read: i64,
    loaded: i64,
    faulty: i64,
    known: i64,
    skipped: i64,
    suspect: i64,
    sum_loaded: Money,
    sum_known: Money,
    uncoded: i64,
    sum_uncoded: Money,
}

impl Counted {
    /// What adds to the import's counts, unless another reader took over.
    fn guard(&self, id: SpendImportId, before: i64) -> Guard {
        Guard {
            sql: "UPDATE spend_import SET rows_read = rows_read + $3, \
                   rows_loaded = rows_loaded + $4, rows_faulty = rows_faulty + $5, \
                   rows_known = rows_known + $6, rows_skipped = rows_skipped + $7, \
                   rows_suspect = rows_suspect + $8, sum_loaded = sum_loaded + $9, \
                   sum_known = sum_known + $10, rows_uncoded = rows_uncoded + $11, \
                   sum_uncoded = sum_uncoded + $12 \
                 WHERE id = $1 AND state = 'reading' AND rows_read = $2",
            values: vec![
                id.into(),
                before.into(),
                self.read.into(),
                self.loaded.into(),
                self.faulty.into(),
                self.known.into(),
                self.skipped.into(),
                self.suspect.into(),
                self.sum_loaded.into(),
                self.sum_known.into(),
                self.uncoded.into(),
                self.sum_uncoded.into(),
            ],
        }
    }

    /// Adds to the import's counts; refuses when another reader took over.
    async fn add(&self, tx: &crate::Tx, id: SpendImportId, before: i64) -> Result<()> {
        let Guard { sql, values } = self.guard(id, before);
        let changed = tx
            .conn()
            .execute_raw(statement(tx.conn(), sql, values))
            .await?;
        if changed.rows_affected() == 1 {
            Ok(())
        } else {
            Err(gone())
        }
    }
}

/// The whole file was read: it waits for decisions, or is ready.
async fn ended(db: &Db, ctx: &Ctx, id: SpendImportId, summary: Summary) -> Result<()> {
    if summary.lines + summary.faulty == 0 {
        let fault = FileFault {
            code: super::super::rules::FileFaultCode::Empty,
            message: "No row of the file is spend. Check that it is the right file, and the \
                      rows that the layout skips."
                .to_owned(),
        };
        return refused(db, ctx, id, &fault).await;
    }
    let layout = serde_json::to_value(&summary.layout)?;
    let command = Command::on(Operation::ReadImportFile, "spend_import", id);
    db.write(ctx, command, async |tx| {
        let import = store::locked(tx, id).await?;
        if import.state != ImportState::Reading {
            return Err(gone());
        }
        let state = if import.rows_faulty > 0 {
            ImportState::Waiting
        } else {
            ImportState::Ready
        };
        let row = spend_import::ActiveModel {
            id: Set(id),
            rows_total: Set(import.rows_read),
            layout: Set(Some(layout.clone())),
            state: Set(state),
            version: Set(import.version + 1),
            ..Default::default()
        };
        spend_import::Entity::update(row)
            .validate()?
            .exec(tx.conn())
            .await?;
        Ok(())
    })
    .await
}

/// The file cannot be read at all; what was written of it is swept.
async fn refused(db: &Db, ctx: &Ctx, id: SpendImportId, fault: &FileFault) -> Result<()> {
    let command = || Command::on(Operation::ReadImportFile, "spend_import", id);
    db.write(ctx, command(), async |tx| {
        let import = store::locked(tx, id).await?;
        if import.state != ImportState::Reading {
            return Err(gone());
        }
        let row = spend_import::ActiveModel {
            id: Set(id),
            state: Set(ImportState::Failed),
            failure: Set(Some(fault.message.clone())),
            version: Set(import.version + 1),
            ..Default::default()
        };
        spend_import::Entity::update(row)
            .validate()?
            .exec(tx.conn())
            .await?;
        Ok(())
    })
    .await?;
    loop {
        let gone = db
            .write(ctx, command(), async |tx| {
                store::remove_some(tx.conn(), id, REMOVED_AT_ONCE).await
            })
            .await?;
        if gone == 0 {
            return Ok(());
        }
    }
}
