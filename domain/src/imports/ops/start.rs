//! Bringing a file of spend.

use chrono::NaiveDate;
use entity::{FileId, ImportProfileId, ImportState, JobKind, Money, SpendImportId};
use entity::{file, import_profile, spend_import};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde::{Deserialize, Serialize};

use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, FieldError, Result, files, jobs};

/// What is said of a file that is brought.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewImport {
    /// How it is read.
    pub profile_id: ImportProfileId,
    /// First London date that it covers.
    pub period_from: NaiveDate,
    /// Last London date that it covers.
    pub period_to: NaiveDate,
    /// What the finance system says it adds up to, in pence.
    pub control_total_pence: i64,
}

/// How long the worker waits for whoever reads the file at once.
const GRACE: chrono::Duration = chrono::Duration::minutes(15);

/// Keeps a file with its hash and lets the worker read it. The same file again is refused, with
/// where the first stands, unless that was given up or could not be read.
pub async fn start(
    db: &Db,
    ctx: &Ctx,
    new: &NewImport,
    name: &str,
    bytes: &[u8],
) -> Result<SpendImportId> {
    begin(db, ctx, new, name, bytes, false).await
}

/// The same; `at_once` when the caller reads the file itself.
pub(super) async fn begin(
    db: &Db,
    ctx: &Ctx,
    new: &NewImport,
    name: &str,
    bytes: &[u8],
    at_once: bool,
) -> Result<SpendImportId> {
    ctx.require(Operation::StartImport)?;
    check(new, name, bytes)?;
    let profile = import_profile::Entity::find_by_id(new.profile_id)
        .one(db.read())
        .await?
        .ok_or_else(|| {
            Error::invalid(
                "/profile_id",
                "unknown",
                "There is no such layout: choose one from the list.",
            )
        })?;
    let hash = files::sha256(bytes);
    if ctx.idempotency.is_none() {
        refuse_twin(db.read(), &hash).await?;
    }
    let file = keep(db, ctx, name, &hash, bytes).await?;
    let rows = i64::try_from(bytes.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(0);
    db.write(ctx, Command::new(Operation::StartImport), async |tx| {
        // Two uploads of one file meet here.
        tx.lock("import_profile", profile.id).await?;
        refuse_twin(tx.conn(), &hash).await?;
        files::complete(tx, file).await?;
        let id = SpendImportId::new();
        spend_import::ActiveModel {
            id: Set(id),
            profile_id: Set(profile.id),
            file_id: Set(file),
            period_from: Set(new.period_from),
            period_to: Set(new.period_to),
            control_total: Set(Some(Money(new.control_total_pence))),
            spec: Set(profile.spec.clone()),
            layout: Set(None),
            saw_seq: Set(0),
            state: Set(ImportState::Reading),
            rows_total: Set(if bytes.starts_with(b"PK") { 0 } else { rows }),
            rows_read: Set(0),
            rows_loaded: Set(0),
            rows_faulty: Set(0),
            rows_set_aside: Set(0),
            rows_known: Set(0),
            rows_skipped: Set(0),
            rows_suspect: Set(0),
            sum_loaded: Set(Money::ZERO),
            sum_set_aside: Set(Money::ZERO),
            sum_known: Set(Money::ZERO),
            failure: Set(None),
            version: Set(1),
            created_at: Set(tx.now()),
            created_by: Set(ctx.person_id()),
            accepted_at: Set(None),
            accepted_by: Set(None),
            accepted_seq: Set(None),
            coded_from_id: Set(None),
            journal_id: Set(None),
            rows_replaced: Set(0),
            sum_replaced: Set(entity::Money::ZERO),
            rows_uncoded: Set(0),
            sum_uncoded: Set(Money::ZERO),
        }
        .insert(tx.conn())
        .await?;
        tx.subject("spend_import", id);
        tx.note("sha256", hash.clone());
        tx.note("control_total_pence", new.control_total_pence);
        let run_at = if at_once { tx.now() + GRACE } else { tx.now() };
        jobs::enqueue(
            tx,
            JobKind::ReadImport,
            Some(format!("read-import:{id}")),
            Some(id.into()),
            run_at,
        )
        .await?;
        Ok(id)
    })
    .await
}

fn check(new: &NewImport, name: &str, bytes: &[u8]) -> Result<()> {
    let mut fields = Vec::new();
    if bytes.is_empty() {
        fields.push(FieldError::new(
            "/file",
            "empty",
            "The file is empty. Choose the file that the finance system made.",
        ));
    }
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        fields.push(FieldError::new(
            "/file",
            "file-name",
            "Give the file a name of at most 200 characters.",
        ));
    }
    if new.period_to < new.period_from {
        fields.push(FieldError::new(
            "/period_to",
            "before-start",
            "The period ends before it begins: correct one of the dates.",
        ));
    }
    if fields.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(fields))
    }
}

/// The import that this file came with before, if it still counts for something.
pub(in super::super) async fn twin(
    conn: &impl ConnectionTrait,
    hash: &str,
) -> Result<Option<spend_import::Model>> {
    let files: Vec<FileId> = file::Entity::find()
        .filter(file::Column::Sha256.eq(hash))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    Ok(spend_import::Entity::find()
        .filter(spend_import::Column::FileId.is_in(files))
        .filter(spend_import::Column::CodedFromId.is_null())
        .filter(
            spend_import::Column::State.is_not_in([ImportState::Abandoned, ImportState::Failed]),
        )
        .order_by_asc(spend_import::Column::CreatedAt)
        .one(conn)
        .await?)
}

async fn refuse_twin(conn: &impl ConnectionTrait, hash: &str) -> Result<()> {
    match twin(conn, hash).await? {
        None => Ok(()),
        Some(first) => Err(Error::refused(
            "same-file",
            format!(
                "This same file was brought on {}: see /imports/{}. To bring it again, abandon \
                 that import first.",
                first
                    .created_at
                    .with_timezone(&chrono_tz::Europe::London)
                    .format("%-d %B %Y"),
                first.id
            ),
        )),
    }
}

/// Writes the bytes piece by piece; the file is complete once its import is there.
async fn keep(db: &Db, ctx: &Ctx, name: &str, hash: &str, bytes: &[u8]) -> Result<FileId> {
    // The reply that is kept for a repeat is the import's, not this file's.
    let mut quiet = ctx.clone();
    quiet.idempotency = None;
    let media_type = if bytes.starts_with(b"PK") {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    } else {
        "text/csv"
    };
    let command = Command::new(Operation::KeepHouse);
    let id = db
        .write(&quiet, command, async |tx| {
            files::begin(tx, &quiet, name, media_type, hash, bytes.len()).await
        })
        .await?;
    files::append_all(db, &quiet, id, bytes).await?;
    Ok(id)
}
