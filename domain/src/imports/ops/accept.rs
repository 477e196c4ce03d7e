//! Accepting an import is one row; giving one up is one row too, and what it wrote is swept.

use entity::{ImportState, JobKind, SpendImportId, spend_import};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect,
};

use super::super::store::{self, statement};
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, Tx, jobs};

/// From now on the import's lines count. Refused unless every row is settled and the file agrees
/// with its control total. Returns the import's new version.
pub async fn accept(db: &Db, ctx: &Ctx, id: SpendImportId, expected: Option<i64>) -> Result<i64> {
    ctx.require(Operation::AcceptImport)?;
    for _ in 0..5 {
        if let Some(version) = try_accept(db, ctx, id, expected).await? {
            return Ok(version);
        }
    }
    Err(Error::Unavailable {
        detail: "other imports are being accepted".to_owned(),
        retry_after_s: 2,
    })
}

/// One attempt: nothing when another import was accepted while this one was looked at.
async fn try_accept(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    expected: Option<i64>,
) -> Result<Option<i64>> {
    // The slow look comes before the lock: do imports accepted since hold lines of this one?
    let import = spend_import::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    let looked_to = store::last_accepted(db.read()).await?;
    let since = accepted_since(db.read(), import.saw_seq).await?;
    let overlaps = !since.is_empty() && shares_lines(db.read(), id, import.saw_seq).await?;
    let command = Command::on(Operation::AcceptImport, "spend_import", id);
    db.write(ctx, command, async |tx| {
        let import = store::locked(tx, id).await?;
        if expected.is_some_and(|expected| expected != import.version) {
            return Err(Error::Stale);
        }
        refuse_unless_ready(tx, &import).await?;
        if overlaps {
            return read_again(tx, import).await.map(Some);
        }
        // Taking the number comes before looking again: whoever took one earlier has committed.
        let seq = tx.next("accepted").await?;
        if !accepted_since(tx.conn(), looked_to).await?.is_empty() {
            // rolled back with everything in it
            return Err(Error::refused(OVERTAKEN, ""));
        }
        let version = import.version + 1;
        tx.note("rows_loaded", import.rows_loaded);
        tx.note("sum_loaded_pence", import.sum_loaded.pence());
        if import.rows_uncoded > 0 {
            tx.note("rows_uncoded", import.rows_uncoded);
            tx.note("sum_uncoded_pence", import.sum_uncoded.pence());
        }
        let mut row = import.into_active_model();
        row.state = Set(ImportState::Accepted);
        row.accepted_at = Set(Some(tx.now()));
        row.accepted_by = Set(ctx.person_id());
        row.accepted_seq = Set(Some(seq));
        row.version = Set(version);
        row.update(tx.conn()).await?;
        for kind in [JobKind::AttributeSpend, JobKind::DraftReturns] {
            jobs::ask(tx, kind).await?;
        }
        Ok(Some(version))
    })
    .await
    .or_else(|error| match error {
        Error::Refused { rule, .. } if rule == OVERTAKEN => Ok(None),
        other => Err(other),
    })
    .and_then(|version| match version {
        Some(READ_AGAIN) => Err(Error::refused(
            "lines-accepted-meanwhile",
            "Another import that was accepted meanwhile has some of the same lines. This file is \
             being read again, so that no line counts twice; then settle and accept it.",
        )),
        other => Ok(other),
    })
}

const OVERTAKEN: &str = "overtaken";
/// No import has this version.
const READ_AGAIN: i64 = -1;

async fn accepted_since(conn: &impl ConnectionTrait, seq: i64) -> Result<Vec<SpendImportId>> {
    Ok(spend_import::Entity::find()
        .select_only()
        .column(spend_import::Column::Id)
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        .filter(spend_import::Column::AcceptedSeq.gt(seq))
        .into_tuple()
        .all(conn)
        .await?)
}

async fn shares_lines(conn: &impl ConnectionTrait, id: SpendImportId, seq: i64) -> Result<bool> {
    Ok(conn
        .query_one_raw(statement(
            conn,
            "SELECT 1 AS found FROM (SELECT identity FROM spend_line WHERE import_id = $1 \
               UNION ALL SELECT identity FROM waiting_line WHERE import_id = $1) mine \
             WHERE EXISTS (SELECT 1 FROM spend_line other \
                 JOIN spend_import i ON i.id = other.import_id \
                 WHERE other.identity = mine.identity AND i.id <> $1 AND i.state = 'accepted' \
                   AND i.accepted_seq > $2) \
               OR EXISTS (SELECT 1 FROM waiting_line other \
                 JOIN spend_import i ON i.id = other.import_id \
                 WHERE other.identity = mine.identity AND i.id <> $1 AND i.state = 'accepted' \
                   AND i.accepted_seq > $2) LIMIT 1",
            [id.into(), seq.into()],
        ))
        .await?
        .is_some())
}

async fn refuse_unless_ready(tx: &Tx, import: &spend_import::Model) -> Result<()> {
    match import.state {
        ImportState::Ready | ImportState::Waiting => {}
        ImportState::Reading => {
            return Err(Error::refused(
                "import-reading",
                "The file is still being read. Wait until it is, then accept it.",
            ));
        }
        ImportState::Accepted => {
            return Err(Error::refused(
                "import-accepted",
                "This import was accepted already.",
            ));
        }
        ImportState::Abandoned | ImportState::Failed => {
            return Err(Error::refused(
                "import-given-up",
                "This import was given up or could not be read. Load the file again.",
            ));
        }
    }
    let waiting = store::waiting_sums(tx.conn(), import.id).await?;
    let sums = store::reconciliation(import, waiting);
    match sums.waits_for().first() {
        None => Ok(()),
        Some(super::super::rules::WaitReason::FaultyRows(_)) => Err(Error::refused(
            "faulty-rows",
            sums.waits_for()
                .iter()
                .map(super::super::rules::WaitReason::sentence)
                .collect::<Vec<_>>()
                .join(" "),
        )),
        Some(why) => Err(Error::refused("control-total", why.sentence())),
    }
}

async fn read_again(tx: &Tx, import: spend_import::Model) -> Result<i64> {
    let (id, version) = (import.id, import.version + 1);
    let mut row = import.into_active_model();
    row.state = Set(ImportState::Reading);
    row.version = Set(version);
    row.update(tx.conn()).await?;
    tx.note("read_again", true);
    jobs::enqueue(
        tx,
        JobKind::ReadImport,
        Some(format!("read-import:{id}")),
        Some(id.into()),
        tx.now(),
    )
    .await?;
    Ok(READ_AGAIN)
}

/// Gives an import up: nothing of it will count. Returns its new version.
pub async fn abandon(db: &Db, ctx: &Ctx, id: SpendImportId, expected: Option<i64>) -> Result<i64> {
    let command = Command::on(Operation::AbandonImport, "spend_import", id);
    db.write(ctx, command, async |tx| {
        let import = store::locked(tx, id).await?;
        if expected.is_some_and(|expected| expected != import.version) {
            return Err(Error::Stale);
        }
        match import.state {
            ImportState::Abandoned => return Ok(import.version),
            ImportState::Accepted => {
                return Err(Error::refused(
                    "import-accepted",
                    "This import counts already, and facts are only added: a wrong line is \
                     corrected by a further line.",
                ));
            }
            ImportState::Reading
            | ImportState::Waiting
            | ImportState::Ready
            | ImportState::Failed => {}
        }
        let version = import.version + 1;
        let mut row = import.into_active_model();
        row.state = Set(ImportState::Abandoned);
        row.version = Set(version);
        row.update(tx.conn()).await?;
        let sweep = JobKind::SweepUp;
        jobs::ask(tx, sweep).await?;
        Ok(version)
    })
    .await
}
