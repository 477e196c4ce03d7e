//! What is beside a record, as readers get it.

use chrono::{DateTime, Utc};
use entity::{RecordCommentId, RecordDocumentId, file, record_comment, record_document};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Select};
use serde::Serialize;
use uuid::Uuid;

use super::ops::may_withdraw;
use super::rules::RecordKind;
use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::audit::names;
use crate::paging::{Cursor, Slice};
use crate::sharing::view::ShareView;
use crate::{Ctx, Db, Error, Result, files, sharing};

/// A record's name, and the path of its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// What the record is called.
    pub name: String,
    /// The path of its page.
    pub path: String,
}

/// A document beside a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RecordDocumentView)]
pub struct DocumentView {
    /// Its id.
    pub id: RecordDocumentId,
    /// What it is.
    pub title: String,
    /// The file's name.
    pub file_name: String,
    /// Its size in bytes.
    pub size: i64,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// The chosen name of who brought it.
    pub added_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub added_at: DateTime<Utc>,
    /// With which funder it is shared; absent where it is for those inside alone.
    pub shared: Option<ShareView>,
}

/// A comment beside a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RecordCommentView)]
pub struct CommentView {
    /// Its id.
    pub id: RecordCommentId,
    /// What was said.
    pub words: String,
    /// The chosen name of who said it.
    pub said_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub said_at: DateTime<Utc>,
    /// Whether this reader may take it back.
    pub may_withdraw: bool,
}

/// The record, if this reader may see it and what is beside it.
pub async fn seen(db: &Db, ctx: &Ctx, kind: RecordKind, id: Uuid) -> Result<Beside> {
    ctx.require(Operation::ReadBeside)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    ctx.require(names::reader_of(kind.table()).ok_or(Error::NotFound)?)?;
    let wanted = [(kind.table().to_owned(), id)];
    let named = names::names(db, &wanted).await?.remove(&wanted[0]);
    let named = named.ok_or(Error::NotFound)?;
    Ok(Beside {
        name: named.name,
        path: named.path,
    })
}

/// The documents that are shown beside a record.
pub(crate) fn documents_of(kind: RecordKind, id: Uuid) -> Select<record_document::Entity> {
    record_document::Entity::find()
        .filter(record_document::Column::SubjectKind.eq(kind.table()))
        .filter(record_document::Column::SubjectId.eq(id))
        .filter(record_document::Column::RemovedAt.is_null())
}

/// The comments that nobody took back.
pub(super) fn comments_of(kind: RecordKind, id: Uuid) -> Select<record_comment::Entity> {
    record_comment::Entity::find()
        .filter(record_comment::Column::SubjectKind.eq(kind.table()))
        .filter(record_comment::Column::SubjectId.eq(id))
        .filter(record_comment::Column::WithdrawnAt.is_null())
}

/// How many documents and comments a reader would find beside a record; nothing for those who may
/// see neither.
pub async fn counts(db: &Db, ctx: &Ctx, kind: RecordKind, id: Uuid) -> Result<Option<(u64, u64)>> {
    if ctx.require(Operation::ReadBeside).is_err() || sight(&ctx.actor) != Sight::All {
        return Ok(None);
    }
    let documents = documents_of(kind, id).count(db.read()).await?;
    let comments = comments_of(kind, id).count(db.read()).await?;
    Ok(Some((documents, comments)))
}

/// The documents beside a record, the newest first.
pub async fn documents(
    db: &Db,
    ctx: &Ctx,
    (kind, id): (RecordKind, Uuid),
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<DocumentView>> {
    seen(db, ctx, kind, id).await?;
    let mut keyed = documents_of(kind, id).cursor_by((
        record_document::Column::AddedAt,
        record_document::Column::Id,
    ));
    keyed.desc();
    if let Some(after) = after {
        keyed.after((after.instant(), RecordDocumentId(after.id)));
    }
    let rows = keyed.first(limit.saturating_add(1)).all(db.read()).await?;
    let rows = Slice::cut(rows, limit, |row| Cursor::at(row.added_at, row.id));
    let files: std::collections::HashMap<_, _> = file::Entity::find()
        .filter(file::Column::Id.is_in(rows.items.iter().map(|row| row.file_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let people = names_of(db, rows.items.iter().filter_map(|row| row.added_by)).await?;
    let mut shared = sharing::view::of_documents(db, rows.items.iter().map(|row| row.id)).await?;
    let mut all = Vec::new();
    for row in rows.items {
        let file = files
            .get(&row.file_id)
            .ok_or_else(|| Error::internal("a document without its file"))?;
        all.push(DocumentView {
            shared: shared.remove(&row.id),
            id: row.id,
            title: row.title,
            file_name: file.name.clone(),
            size: file.size,
            sha256: file.sha256.clone(),
            added_by: row.added_by.and_then(|by| people.get(&by).cloned()),
            added_at: row.added_at,
        });
    }
    Ok(Slice {
        items: all,
        next: rows.next,
    })
}

/// The bytes of a document that is beside a record.
pub async fn file(
    db: &Db,
    ctx: &Ctx,
    (kind, id): (RecordKind, Uuid),
    document: RecordDocumentId,
) -> Result<files::Stored> {
    seen(db, ctx, kind, id).await?;
    let row = one(db, (kind, id), document).await?;
    files::load(db, row.file_id).await
}

/// What a document that is beside a record is called.
pub async fn title(
    db: &Db,
    ctx: &Ctx,
    (kind, id): (RecordKind, Uuid),
    document: RecordDocumentId,
) -> Result<String> {
    seen(db, ctx, kind, id).await?;
    Ok(one(db, (kind, id), document).await?.title)
}

async fn one(
    db: &Db,
    (kind, id): (RecordKind, Uuid),
    document: RecordDocumentId,
) -> Result<record_document::Model> {
    documents_of(kind, id)
        .filter(record_document::Column::Id.eq(document))
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)
}

/// The comments beside a record, the newest first.
pub async fn comments(
    db: &Db,
    ctx: &Ctx,
    (kind, id): (RecordKind, Uuid),
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<CommentView>> {
    seen(db, ctx, kind, id).await?;
    let mut keyed = comments_of(kind, id)
        .cursor_by((record_comment::Column::SaidAt, record_comment::Column::Id));
    keyed.desc();
    if let Some(after) = after {
        keyed.after((after.instant(), RecordCommentId(after.id)));
    }
    let rows = keyed.first(limit.saturating_add(1)).all(db.read()).await?;
    let rows = Slice::cut(rows, limit, |row| Cursor::at(row.said_at, row.id));
    let people = names_of(db, rows.items.iter().filter_map(|row| row.said_by)).await?;
    let may = ctx.require(Operation::Comment).is_ok();
    Ok(rows.map(|row| CommentView {
        id: row.id,
        may_withdraw: may && may_withdraw(ctx, &row),
        said_by: row.said_by.and_then(|by| people.get(&by).cloned()),
        words: row.words,
        said_at: row.said_at,
    }))
}

/// Whether a comment is there, and this reader may take it back.
pub async fn may_withdraw_one(
    db: &Db,
    ctx: &Ctx,
    (kind, id): (RecordKind, Uuid),
    comment: RecordCommentId,
) -> Result<bool> {
    seen(db, ctx, kind, id).await?;
    let row = comments_of(kind, id)
        .filter(record_comment::Column::Id.eq(comment))
        .one(db.read())
        .await?;
    Ok(row.is_some_and(|row| may_withdraw(ctx, &row)))
}
