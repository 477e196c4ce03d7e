//! Bringing a file of published grants: kept with its hash, then read by the worker, or at once by
//! whoever brought it.

use entity::{FileId, GrantFormat, GrantImportId, GrantImportState, JobKind, file, grant_import};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder,
};

use super::super::rules::format_of;
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, files, jobs};

/// How long the worker waits for whoever reads the file at once.
const GRACE: chrono::Duration = chrono::Duration::minutes(15);

/// A file that is brought piece by piece.
pub struct Source<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
    /// Its bytes.
    pub size: usize,
    /// Its pieces, each at most a mebibyte.
    pub pieces: Box<dyn Iterator<Item = std::io::Result<Vec<u8>>> + Send + 'a>,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Keeps a file with its hash and lets the worker read it. The same file again is refused, with
/// where the first stands, unless that could not be read.
pub async fn start(db: &Db, ctx: &Ctx, name: &str, bytes: &[u8]) -> Result<GrantImportId> {
    let source = Source {
        name,
        sha256: files::sha256(bytes),
        size: bytes.len(),
        pieces: Box::new(bytes.chunks(files::PIECE).map(|piece| Ok(piece.to_vec()))),
    };
    begin(db, ctx, source, false).await
}

/// The same from pieces; `at_once` when the caller reads the file itself.
pub async fn begin(
    db: &Db,
    ctx: &Ctx,
    mut source: Source<'_>,
    at_once: bool,
) -> Result<GrantImportId> {
    ctx.require(Operation::ImportGrants)?;
    let name = source.name;
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "/file",
            "file-name",
            "Give the file a name of at most 200 characters.",
        ));
    }
    let Some(first) = source.pieces.next() else {
        return Err(Error::invalid(
            "/file",
            "empty",
            "The file is empty. Choose the file that the funder published.",
        ));
    };
    let first = first.map_err(unreadable)?;
    let format = format_of(name, &first).ok_or_else(|| {
        Error::invalid(
            "/file",
            "unknown-kind",
            "This is neither JSON nor a CSV table. Where a funder publishes a workbook, save its \
             sheet of grants as “CSV UTF-8” first.",
        )
    })?;
    let hash = source.sha256.clone();
    if ctx.idempotency.is_none() {
        refuse_twin(db.read(), &hash).await?;
    }
    let file = keep(
        db,
        ctx,
        &source.sha256,
        name,
        format,
        source.size,
        first,
        source.pieces,
    )
    .await?;
    db.write(ctx, Command::new(Operation::ImportGrants), async |tx| {
        refuse_twin(tx.conn(), &hash).await?;
        files::complete(tx, file).await?;
        let id = GrantImportId::new();
        grant_import::ActiveModel {
            id: Set(id),
            file_id: Set(file),
            format: Set(format),
            state: Set(GrantImportState::Reading),
            grants_read: Set(0),
            grants_new: Set(0),
            grants_changed: Set(0),
            grants_known: Set(0),
            grants_older: Set(0),
            grants_faulty: Set(0),
            failure: Set(None),
            created_at: Set(tx.now()),
            created_by: Set(ctx.person_id()),
            completed_at: Set(None),
            seq: Set(None),
        }
        .insert(tx.conn())
        .await?;
        tx.subject("grant_import", id);
        tx.note("sha256", hash.clone());
        let run_at = if at_once { tx.now() + GRACE } else { tx.now() };
        jobs::enqueue(
            tx,
            JobKind::ReadGrants,
            Some(format!("read-grants:{id}")),
            Some(id.into()),
            run_at,
        )
        .await?;
        Ok(id)
    })
    .await
}

fn unreadable(error: std::io::Error) -> Error {
    Error::invalid(
        "/file",
        "unreadable",
        format!("The file cannot be read: {error}."),
    )
}

/// The import that this file came with before, unless it could not be read.
pub(in super::super) async fn twin(
    conn: &impl ConnectionTrait,
    hash: &str,
) -> Result<Option<grant_import::Model>> {
    let files: Vec<FileId> = file::Entity::find()
        .filter(file::Column::Sha256.eq(hash))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    Ok(grant_import::Entity::find()
        .filter(grant_import::Column::FileId.is_in(files))
        .filter(grant_import::Column::State.ne(GrantImportState::Failed))
        .order_by_asc(grant_import::Column::CreatedAt)
        .one(conn)
        .await?)
}

async fn refuse_twin(conn: &impl ConnectionTrait, hash: &str) -> Result<()> {
    match twin(conn, hash).await? {
        None => Ok(()),
        Some(first) => Err(Error::refused(
            "same-file",
            format!(
                "This same file was brought on {}: see /grants/imports/{}. Nothing in it can have \
                 changed.",
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
#[expect(clippy::too_many_arguments, reason = "a file is what it is")]
async fn keep(
    db: &Db,
    ctx: &Ctx,
    hash: &str,
    name: &str,
    format: GrantFormat,
    size: usize,
    first: Vec<u8>,
    rest: Box<dyn Iterator<Item = std::io::Result<Vec<u8>>> + Send + '_>,
) -> Result<FileId> {
    // The reply that is kept for a repeat is the import's, not this file's.
    let quiet = ctx.without_key();
    let media_type = match format {
        GrantFormat::Json => "application/json",
        GrantFormat::Csv => "text/csv",
    };
    let command = || Command::new(Operation::KeepHouse);
    let id = db
        .write(&quiet, command(), async |tx| {
            files::begin(tx, &quiet, name, media_type, hash, size).await
        })
        .await?;
    for (n, piece) in std::iter::once(Ok(first)).chain(rest).enumerate() {
        let piece = piece.map_err(unreadable)?;
        db.write(&quiet, command(), async |tx| {
            files::append_chunk(tx, id, n, &piece).await
        })
        .await?;
    }
    Ok(id)
}
