//! Reading an import's file: rows become lines and faults in chunks, under an import that does
//! not count yet. A reader that was stopped begins again from nothing.

use entity::{
    ImportState, Money, SpendImportId, import_fault, spend_import, spend_line, waiting_line,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value};

use super::super::rules::protocol::Message;
use super::super::rules::{FileFault, Summary};
use super::super::source::{self, Reader};
use super::super::store::{self, Names, Totals, statement};
use super::KeptRow;
use super::prepare::{self, Coder, Good, Prepared};
use crate::access::rules::Operation;
use crate::db::Pace;
use crate::{Command, Ctx, Db, Error, Result, files, jobs};

/// The least rows of one chunk: a small part of the 250 ms that a write may take.
const CHUNK: usize = 500;
/// Lines removed in one transaction.
const REMOVED_AT_ONCE: u64 = 2_000;
/// The lease is renewed at least this often.
const RENEW_EVERY: std::time::Duration = std::time::Duration::from_secs(8);

/// Reads the file of an import that waits to be read. Safe to repeat, also after a kill; a file
/// that cannot be read is a state of the import, not an error.
pub async fn read_file(db: &Db, ctx: &Ctx, reader: &Reader, id: SpendImportId) -> Result<()> {
    read_telling(db, ctx, reader, id, &mut |_| {}).await
}

/// The same, telling how many rows were read.
pub(super) async fn read_telling(
    db: &Db,
    ctx: &Ctx,
    reader: &Reader,
    id: SpendImportId,
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
    let bytes = files::load(db, import.file_id).await?.bytes;
    let profile = serde_json::from_value(import.spec.clone())?;
    let (names, vocabulary) = Names::of(db).await?;
    let vocabulary = vocabulary.until(import.period_to, ctx.today());
    let map = crate::coding::store::map(db.read()).await?;
    let coder = Coder { names, map };
    let any_accepted = spend_import::Entity::find()
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        .one(db.read())
        .await?
        .is_some();
    let mut batches = source::stream(reader, bytes, profile, vocabulary, CHUNK);
    let mut rows_read = 0;
    let mut totals = Totals::default();
    let mut renewed = std::time::Instant::now();
    let mut pace = Pace::from(CHUNK);
    while let Some(mut batch) = batches.recv().await {
        // What was read while the last chunk was written goes together, as far as the pace allows.
        while batch.len() < pace.rows() {
            let Ok(more) = batches.try_recv() else { break };
            batch.extend(more);
        }
        let mut chunk = Chunk::default();
        for message in batch {
            match message {
                Message::Ended(summary) => {
                    let found = chunk
                        .against(db, id, &coder, any_accepted, &mut totals)
                        .await?;
                    write(db, ctx, id, found, &mut rows_read).await?;
                    tell(rows_read);
                    keep_totals(db, ctx, id, &totals, rows_read).await?;
                    return ended(db, ctx, id, *summary).await;
                }
                Message::Refused(fault) => return refused(db, ctx, id, &fault).await,
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
        let found = chunk
            .against(db, id, &coder, any_accepted, &mut totals)
            .await?;
        let began = std::time::Instant::now();
        write(db, ctx, id, found, &mut rows_read).await?;
        pace.took(began.elapsed());
        tell(rows_read);
        if let Some(lease) = ctx.lease
            && renewed.elapsed() > RENEW_EVERY
        {
            jobs::renew(db, ctx, &[lease], jobs::rules::LEASE).await?;
            renewed = std::time::Instant::now();
        }
    }
    Err(Error::internal("the reader of a file ended without a word"))
}

#[derive(Default)]
struct Chunk {
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
                   sum_uncoded = 0, saw_seq = $2 WHERE id = $1",
                [id.into(), seen.into()],
            ))
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

fn gone() -> Error {
    Error::refused(
        "import-not-reading",
        "This import is no longer being read: somebody gave it up, or another reader finished.",
    )
}

/// What a chunk comes to: what is written of it.
struct Found {
    counted: Counted,
    lines: Vec<spend_line::Model>,
    waiting: Vec<waiting_line::Model>,
    faults: Vec<import_fault::Model>,
}

impl Chunk {
    /// Looks its rows up among the lines that count already.
    async fn against(
        self,
        db: &Db,
        id: SpendImportId,
        coder: &Coder,
        any_accepted: bool,
        totals: &mut Totals,
    ) -> Result<Found> {
        let Self {
            good,
            faulty,
            skipped,
        } = self;
        let accepted = if any_accepted && !good.is_empty() {
            let identities = good.iter().map(|row| row.identity.clone()).collect();
            store::known_with(db.read(), identities).await?
        } else {
            std::collections::HashMap::new()
        };
        let rows = good.len() + faulty.len();
        let mut counted = Counted {
            skipped,
            read: skipped + i64::try_from(rows).unwrap_or(0),
            ..Counted::default()
        };
        let mut lines = Vec::with_capacity(good.len());
        let mut waiting = Vec::new();
        let mut faults = Vec::with_capacity(faulty.len());
        for row in good {
            let read = Good {
                row: row.row,
                identity: &row.identity,
                suspect_of: row.suspects.first().map(|suspect| suspect.of_row),
                draft: &row.draft,
            };
            match coder.prepare(id, read, &accepted)? {
                Prepared::Waits(line) => {
                    counted.uncoded += 1;
                    counted.sum_uncoded = added(counted.sum_uncoded, line.amount)?;
                    waiting.push(*line);
                }
                Prepared::Line(line) => {
                    counted.loaded += 1;
                    counted.suspect += i64::from(line.suspect);
                    counted.sum_loaded = added(counted.sum_loaded, line.amount)?;
                    totals.count(&line)?;
                    lines.push(*line);
                }
                Prepared::Known(amount) => {
                    counted.known += 1;
                    counted.sum_known = added(counted.sum_known, amount)?;
                }
                Prepared::Changed(amount, fault) => {
                    counted.faulty += 1;
                    let kept = KeptRow {
                        cells: Vec::new(),
                        draft: Some(*row.draft),
                    };
                    faults.push(prepare::fault(id, row.row, Some(amount), &[fault], &kept)?);
                }
            }
        }
        for (row, amount, found, kept) in faulty {
            counted.faulty += 1;
            faults.push(prepare::fault(id, row, amount, &found, &kept)?);
        }
        Ok(Found {
            counted,
            lines,
            waiting,
            faults,
        })
    }
}

async fn write(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    found: Found,
    rows_read: &mut i64,
) -> Result<()> {
    let Found {
        counted,
        lines,
        waiting,
        faults,
    } = found;
    let before = *rows_read;
    let command = Command::on(Operation::ReadImportFile, "spend_import", id);
    db.write(ctx, command, async |tx| {
        counted.add(tx, id, before).await?;
        store::insert_lines(tx.conn(), &lines).await?;
        store::insert_waiting(tx.conn(), &waiting).await?;
        store::insert_faults(tx.conn(), &faults).await
    })
    .await?;
    *rows_read += counted.read;
    Ok(())
}

/// Keeps what the lines come to, so that nobody has to read them to know.
async fn keep_totals(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    totals: &Totals,
    rows_read: i64,
) -> Result<()> {
    for rows in totals.rows(id).chunks(CHUNK) {
        let command = Command::on(Operation::ReadImportFile, "spend_import", id);
        db.write(ctx, command, async |tx| {
            // Refuses when another reader took over.
            Counted::default().add(tx, id, rows_read).await?;
            store::insert_totals(tx.conn(), rows).await
        })
        .await?;
    }
    for rows in totals.ledger_rows(id).chunks(CHUNK) {
        let command = Command::on(Operation::ReadImportFile, "spend_import", id);
        db.write(ctx, command, async |tx| {
            Counted::default().add(tx, id, rows_read).await?;
            store::insert_ledger_totals(tx.conn(), rows).await
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
    /// Adds to the import's counts; refuses when another reader took over.
    async fn add(&self, tx: &crate::Tx, id: SpendImportId, before: i64) -> Result<()> {
        let values: [Value; 12] = [
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
        ];
        let changed = tx
            .conn()
            .execute_raw(statement(
                tx.conn(),
                "UPDATE spend_import SET rows_read = rows_read + $3, \
                   rows_loaded = rows_loaded + $4, rows_faulty = rows_faulty + $5, \
                   rows_known = rows_known + $6, rows_skipped = rows_skipped + $7, \
                   rows_suspect = rows_suspect + $8, sum_loaded = sum_loaded + $9, \
                   sum_known = sum_known + $10, rows_uncoded = rows_uncoded + $11, \
                   sum_uncoded = sum_uncoded + $12 \
                 WHERE id = $1 AND state = 'reading' AND rows_read = $2",
                values,
            ))
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
