//! Shared documents as readers get them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    AwardId, FileId, OrganisationId, RecordDocumentId, award, document_share_event, file,
    record_document,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde::Serialize;
use uuid::Uuid;

use super::rules::check_next;
use super::store;
use crate::access::rules::{Operation, Sight, sight};
use crate::access::{names_of, officers_of};
use crate::beside::rules::RecordKind;
use crate::beside::view::title;
use crate::db::among;
use crate::paging::{Cursor, Slice};
use crate::{Ctx, Db, Error, Result, audit, files, organisations};

/// A document that is shared with a funder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SharedDocument)]
pub struct SharedDocument {
    /// The document's id.
    pub id: RecordDocumentId,
    /// What it is.
    pub title: String,
    /// The file's name.
    pub file_name: String,
    /// Its size in bytes.
    pub size: i64,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// What sort of record it lies beside: an award or a return.
    pub beside_kind: RecordKind,
    /// Which one.
    pub beside_id: Uuid,
    /// What that is called.
    pub beside: String,
    /// The path of its page.
    pub path: String,
    /// The award that it is about.
    pub award_id: AwardId,
    /// What that is called.
    pub award: String,
    /// The funder that it is shared with.
    pub funder_id: OrganisationId,
    /// That funder's name.
    pub funder: String,
    /// The chosen name of who shared it; told to those inside alone.
    pub shared_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub shared_at: DateTime<Utc>,
}

/// With whom a document is shared, as those inside read it beside the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = DocumentShare)]
pub struct ShareView {
    /// The funder.
    pub funder_id: OrganisationId,
    /// Its name.
    pub funder: String,
    /// The chosen name of who shared it.
    pub shared_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub shared_at: DateTime<Utc>,
}

/// Which of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct SharedFilter {
    /// Only those shared with this funder.
    pub funder: Option<OrganisationId>,
    /// Only those about this award.
    pub award: Option<AwardId>,
}

/// What sharing a document would do, to be read before it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToShare {
    /// What the document is called.
    pub title: String,
    /// The funder that it would be shared with.
    pub funder_id: OrganisationId,
    /// Its name.
    pub funder: String,
    /// How many of its officers could read it today.
    pub officers: usize,
}

fn chosen(ctx: &Ctx, filter: SharedFilter) -> sea_orm::Select<document_share_event::Entity> {
    let mut rows = store::shared(ctx);
    if let Some(funder) = filter.funder {
        rows = rows.filter(document_share_event::Column::FunderId.eq(funder));
    }
    if let Some(award) = filter.award {
        rows = rows.filter(document_share_event::Column::AwardId.eq(award));
    }
    rows
}

/// A part of the documents that are shared and that the reader may see, what was shared last first.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    filter: SharedFilter,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<SharedDocument>> {
    ctx.require(Operation::ReadSharedDocuments)?;
    let mut keyed = chosen(ctx, filter).cursor_by((
        document_share_event::Column::At,
        document_share_event::Column::Id,
    ));
    keyed.desc();
    if let Some(after) = after {
        keyed.after((after.instant(), entity::DocumentShareEventId(after.id)));
    }
    let rows = keyed.first(limit.saturating_add(1)).all(db.read()).await?;
    let rows = Slice::cut(rows, limit, |row| Cursor::at(row.at, row.id));
    Ok(Slice {
        next: rows.next,
        items: told(db, ctx, rows.items).await?,
    })
}

/// All of them, for a search.
pub(crate) async fn all(db: &Db, ctx: &Ctx) -> Result<Vec<SharedDocument>> {
    ctx.require(Operation::ReadSharedDocuments)?;
    let mut rows = store::shared(ctx).all(db.read()).await?;
    rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.id)));
    told(db, ctx, rows).await
}

/// How many documents are shared, as far as the reader may see them.
pub async fn how_many(db: &Db, ctx: &Ctx, filter: SharedFilter) -> Result<u64> {
    ctx.require(Operation::ReadSharedDocuments)?;
    Ok(chosen(ctx, filter).count(db.read()).await?)
}

/// One of them.
pub async fn one(db: &Db, ctx: &Ctx, id: RecordDocumentId) -> Result<SharedDocument> {
    ctx.require(Operation::ReadSharedDocuments)?;
    let row = store::shared(ctx)
        .filter(document_share_event::Column::DocumentId.eq(id))
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    told(db, ctx, vec![row]).await?.pop().ok_or(Error::NotFound)
}

/// Its bytes, as long as it is shared.
pub async fn bytes(db: &Db, ctx: &Ctx, id: RecordDocumentId) -> Result<files::Stored> {
    one(db, ctx, id).await?;
    let row = record_document::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    files::load(db, row.file_id).await
}

/// Of these documents those that are shared, and with whom: for those inside.
pub(crate) async fn of_documents(
    db: &Db,
    ids: impl IntoIterator<Item = RecordDocumentId>,
) -> Result<HashMap<RecordDocumentId, ShareView>> {
    let shared = store::among_documents(db.read(), ids).await?;
    let funders = organisations::view::names(db, shared.values().map(|row| row.funder_id)).await?;
    let people = names_of(db, shared.values().filter_map(|row| row.by_person)).await?;
    Ok(shared
        .into_iter()
        .map(|(id, row)| {
            let view = ShareView {
                funder_id: row.funder_id,
                funder: funders.get(&row.funder_id).cloned().unwrap_or_default(),
                shared_by: row.by_person.and_then(|by| people.get(&by).cloned()),
                shared_at: row.at,
            };
            (id, view)
        })
        .collect())
}

/// Whether the reader may share what lies beside this record: of what no funder can be given, nobody.
pub async fn may_share(db: &Db, ctx: &Ctx, kind: RecordKind, id: Uuid) -> Result<bool> {
    if ctx.require(Operation::ShareDocument).is_err() {
        return Ok(false);
    }
    match store::belongs(db.read(), kind, id).await {
        Ok(_) => Ok(true),
        Err(Error::Refused { .. } | Error::NotFound) => Ok(false),
        Err(other) => Err(other),
    }
}

/// What sharing a document would do; or why it cannot be shared.
pub async fn to_share(
    db: &Db,
    ctx: &Ctx,
    (kind, id): (RecordKind, Uuid),
    document: RecordDocumentId,
) -> Result<ToShare> {
    ctx.require(Operation::ShareDocument)?;
    let title = title(db, ctx, (kind, id), document).await?;
    let (_, funder_id) = store::belongs(db.read(), kind, id).await?;
    let said = store::said(db.read(), document).await?;
    let kinds: Vec<_> = said.iter().map(|event| event.kind).collect();
    check_next(&kinds, entity::ShareEventKind::Shared)?;
    let officers = officers_of(db.read(), funder_id, ctx.today()).await?;
    Ok(ToShare {
        title,
        funder_id,
        funder: organisations::view::name(db, funder_id).await?,
        officers: officers.len(),
    })
}

/// With whom a document is shared that could be taken back.
pub async fn to_take_back(
    db: &Db,
    ctx: &Ctx,
    (kind, id): (RecordKind, Uuid),
    document: RecordDocumentId,
) -> Result<(String, ShareView)> {
    ctx.require(Operation::ShareDocument)?;
    let title = title(db, ctx, (kind, id), document).await?;
    let shared = of_documents(db, [document]).await?.remove(&document);
    Ok((title, shared.ok_or(Error::NotFound)?))
}

async fn told(
    db: &Db,
    ctx: &Ctx,
    rows: Vec<document_share_event::Model>,
) -> Result<Vec<SharedDocument>> {
    let inside = sight(&ctx.actor) == Sight::All;
    let documents: HashMap<RecordDocumentId, record_document::Model> =
        record_document::Entity::find()
            .filter(among(
                db.read(),
                record_document::Column::Id,
                rows.iter().map(|row| row.document_id),
            ))
            .all(db.read())
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
    let files: HashMap<FileId, file::Model> = file::Entity::find()
        .filter(among(
            db.read(),
            file::Column::Id,
            documents.values().map(|row| row.file_id),
        ))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let awards: HashMap<AwardId, String> = award::Entity::find()
        .filter(among(
            db.read(),
            award::Column::Id,
            rows.iter().map(|row| row.award_id),
        ))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.title))
        .collect();
    let mut wanted: Vec<(String, Uuid)> = documents
        .values()
        .map(|row| (row.subject_kind.clone(), row.subject_id))
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let records = audit::names(db, &wanted).await?;
    let funders = organisations::view::names(db, rows.iter().map(|row| row.funder_id)).await?;
    let people = names_of(
        db,
        rows.iter()
            .filter_map(|row| row.by_person)
            .filter(|_| inside),
    )
    .await?;
    rows.into_iter()
        .map(|row| {
            let missing = || Error::internal("a shared document without what it lies beside");
            let document = documents.get(&row.document_id).ok_or_else(missing)?;
            let file = files.get(&document.file_id).ok_or_else(missing)?;
            let beside_kind = RecordKind::ALL
                .iter()
                .copied()
                .find(|kind| kind.table() == document.subject_kind)
                .ok_or_else(missing)?;
            let place = (document.subject_kind.clone(), document.subject_id);
            let record = records.get(&place).ok_or_else(missing)?;
            Ok(SharedDocument {
                id: document.id,
                title: document.title.clone(),
                file_name: file.name.clone(),
                size: file.size,
                sha256: file.sha256.clone(),
                beside_kind,
                beside_id: document.subject_id,
                beside: record.name.clone(),
                path: record.path.clone(),
                award_id: row.award_id,
                award: awards.get(&row.award_id).cloned().unwrap_or_default(),
                funder_id: row.funder_id,
                funder: funders.get(&row.funder_id).cloned().unwrap_or_default(),
                shared_by: row.by_person.and_then(|by| people.get(&by).cloned()),
                shared_at: row.at,
            })
        })
        .collect()
}
