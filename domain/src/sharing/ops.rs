//! Sharing a document with its funder, and taking that back.

use chrono::Duration;
use entity::{
    AwardId, DocumentShareEventId, MailKind, OrganisationId, RecordDocumentId,
    ShareEventKind as Kind, document_share_event,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;

use super::rules::{check_funder, check_next, is_shared};
use super::store;
use crate::access::officers_of;
use crate::access::rules::Operation;
use crate::beside::rules::RecordKind;
use crate::beside::view::{documents_of, seen};
use crate::organisations::view::name_within;
use crate::{Command, Ctx, Db, Error, Result, Tx, mail};

/// With whom a document is shared.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDocumentShare)]
pub struct NewShare {
    /// The funder of the award that it lies beside, or of whose return. Another is refused.
    pub funder_id: OrganisationId,
}

/// Why a document is taken back.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DocumentTakingBack)]
pub struct TakingBack {
    /// Why. The funder does not read it.
    #[validate(
        length(min = 1, max = 1000, message = "Say why, in at most 1,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub reason: String,
}

/// Shares a document beside an award, or beside a return that was sent, with the funder of that award: from
/// now on its officers find and download it.
pub async fn share(
    db: &Db,
    ctx: &Ctx,
    (kind, id): (RecordKind, Uuid),
    document: RecordDocumentId,
    new: NewShare,
) -> Result<DocumentShareEventId> {
    ctx.require(Operation::ShareDocument)?;
    seen(db, ctx, kind, id).await?;
    let command = Command::on(Operation::ShareDocument, kind.table(), id);
    db.write(ctx, command, async |tx| {
        let title = there(tx, (kind, id), document).await?;
        let (award_id, funder_id) = store::belongs(tx.conn(), kind, id).await?;
        let funder = name_within(tx.conn(), funder_id).await?;
        check_funder((funder_id, &funder), new.funder_id)?;
        tx.note("document_shared", title);
        tx.note("with", funder.as_str());
        let told_lately = store::shared_since(tx.conn(), funder_id, tx.now() - QUIET).await?;
        let said = say(tx, ctx, document, (award_id, funder_id), Kind::Shared, "").await?;
        if !told_lately {
            tell(tx, ctx, (funder_id, &funder)).await?;
        }
        Ok(said)
    })
    .await
}

/// Several documents that are shared after each other are told in one mail.
const QUIET: Duration = Duration::hours(1);

/// Tells the funder's officers that something is shared with them. What it is called is read here: a mail goes
/// through other hands.
async fn tell(tx: &Tx, ctx: &Ctx, (funder_id, funder): (OrganisationId, &str)) -> Result<()> {
    let officers = officers_of(tx.conn(), funder_id, ctx.today())
        .await?
        .into_iter()
        .filter(|id| ctx.person_id() != Some(*id));
    let told = [
        format!("Documents were shared with {funder}."),
        "You find them under Shared documents. If more are shared in the next hour, they stand there too, and \
         no further mail is sent."
            .to_owned(),
    ];
    let subject = "Documents were shared with you";
    mail::tell_each(tx, MailKind::Notice, officers, subject, &told).await
}

/// Takes a document back that was shared: its funder does not find it any more. What it downloaded it has.
pub async fn take_back(
    db: &Db,
    ctx: &Ctx,
    (kind, id): (RecordKind, Uuid),
    document: RecordDocumentId,
    why: &TakingBack,
) -> Result<()> {
    ctx.require(Operation::ShareDocument)?;
    seen(db, ctx, kind, id).await?;
    why.validate()?;
    let reason = why.reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("/reason", "required", "Say why."));
    }
    let command = Command::on(Operation::ShareDocument, kind.table(), id);
    db.write(ctx, command, async |tx| {
        let title = there(tx, (kind, id), document).await?;
        let said = store::said(tx.conn(), document).await?;
        let kinds: Vec<Kind> = said.iter().map(|event| event.kind).collect();
        check_next(&kinds, Kind::TakenBack)?;
        let last = said.last().ok_or(Error::NotFound)?;
        let of = (last.award_id, last.funder_id);
        tx.note("document_taken_back", title);
        tx.note("from", name_within(tx.conn(), last.funder_id).await?);
        tx.note("reason", reason);
        say(tx, ctx, document, of, Kind::TakenBack, reason).await?;
        Ok(())
    })
    .await
}

/// What is taken out of what people are shown is taken back from its funder in the same act. The caller has
/// locked the document.
pub(crate) async fn taken_out(
    tx: &Tx,
    ctx: &Ctx,
    document: RecordDocumentId,
    reason: &str,
) -> Result<()> {
    let said = store::said(tx.conn(), document).await?;
    let kinds: Vec<Kind> = said.iter().map(|event| event.kind).collect();
    if let Some(last) = said.last().filter(|_| is_shared(&kinds)) {
        let of = (last.award_id, last.funder_id);
        tx.note("from", name_within(tx.conn(), last.funder_id).await?);
        say(tx, ctx, document, of, Kind::TakenBack, reason).await?;
    }
    Ok(())
}

/// The title of a document that is beside the record, locked until the transaction ends: two who share it at
/// once, or one who shares what another takes out, come after each other.
async fn there(
    tx: &Tx,
    (kind, id): (RecordKind, Uuid),
    document: RecordDocumentId,
) -> Result<String> {
    tx.lock("record_document", document).await?;
    let row = documents_of(kind, id)
        .filter(entity::record_document::Column::Id.eq(document))
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    Ok(row.title)
}

async fn say(
    tx: &Tx,
    ctx: &Ctx,
    document: RecordDocumentId,
    (award_id, funder_id): (AwardId, OrganisationId),
    kind: Kind,
    reason: &str,
) -> Result<DocumentShareEventId> {
    let said = store::said(tx.conn(), document).await?;
    let kinds: Vec<Kind> = said.iter().map(|event| event.kind).collect();
    check_next(&kinds, kind)?;
    let id = DocumentShareEventId::new();
    document_share_event::ActiveModel {
        id: Set(id),
        document_id: Set(document),
        award_id: Set(award_id),
        funder_id: Set(funder_id),
        seq: Set(said.last().map_or(0, |last| last.seq).saturating_add(1)),
        kind: Set(kind),
        reason: Set(reason.to_owned()),
        by_person: Set(ctx.person_id()),
        at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?;
    Ok(id)
}
