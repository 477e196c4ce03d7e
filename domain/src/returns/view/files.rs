//! The workbooks of a return, and the receipt of its sending.

use entity::{FileId, GrantReturnId};

use crate::access::rules::{Operation, Sight, sight};
use crate::files::{self, Stored};
use crate::forms::store as forms;
use crate::returns::ops::{file_name, filled_now};
use crate::returns::rules::content_hash;
use crate::returns::store;
use crate::returns::workbook::Workbooks;
use crate::{Ctx, Db, Error, Result};

/// The workbook filled from the answers as they stand now.
pub async fn workbook(
    db: &Db,
    ctx: &Ctx,
    workbooks: &Workbooks,
    id: GrantReturnId,
) -> Result<Stored> {
    ctx.require(Operation::ReadReturns)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let record = store::seen(db.read(), ctx, id).await?;
    let form = forms::load(db.read(), record.row.form_id).await?;
    let answers = store::by_key(&form, &store::answers(db.read(), id).await?);
    let hash = content_hash(&form.file_sha256, &answers);
    if let Some(revision) = store::newest_revision(db.read(), id).await?
        && revision.content_hash == hash
        && let Some(file_id) = revision.file_id
    {
        return files::load(db, file_id).await;
    }
    let filled = filled_now(db, workbooks, &form, &answers).await?;
    Ok(Stored {
        name: file_name(&record, &form, "draft"),
        media_type: form.media_type,
        sha256: files::sha256(&filled.bytes),
        bytes: filled.bytes,
    })
}

/// The workbook of a numbered revision.
pub async fn workbook_of(db: &Db, ctx: &Ctx, id: GrantReturnId, revision: i32) -> Result<Stored> {
    ctx.require(Operation::ReadReturns)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    store::seen(db.read(), ctx, id).await?;
    let file_id = store::revision(db.read(), id, revision)
        .await?
        .file_id
        .ok_or(Error::NotFound)?;
    files::load(db, file_id).await
}

/// The workbook with every signature, as it was certified: the one to send; or, while the return is
/// open again, the one that was sent last. To a funder, what was sent.
pub async fn certified_workbook(db: &Db, ctx: &Ctx, id: GrantReturnId) -> Result<Stored> {
    ctx.require(Operation::ReadReturns)?;
    let record = store::seen(db.read(), ctx, id).await?;
    let inside = sight(&ctx.actor) == Sight::All;
    if inside || store::is_sent(record.row.state) {
        let life = store::life(db.read(), id).await?;
        let last = store::certifications(db.read(), id).await?.pop();
        if let Some(last) = last.filter(|_| life.next_office().is_none()) {
            return files::load(db, last.file_id).await;
        }
    }
    let last = store::sendings(db.read(), id)
        .await?
        .pop()
        .ok_or(Error::NotFound)?;
    sent_workbook(db, ctx, id, last.revision).await
}

/// The workbook with the signatures that stand, while another office has yet to sign: it is not what
/// is sent.
pub async fn signed_so_far(db: &Db, ctx: &Ctx, id: GrantReturnId) -> Result<Stored> {
    ctx.require(Operation::ReadReturns)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    store::seen(db.read(), ctx, id).await?;
    let life = store::life(db.read(), id).await?;
    let last = store::certifications(db.read(), id).await?.pop();
    let last = last.filter(|_| life.next_office().is_some());
    files::load(db, last.ok_or(Error::NotFound)?.file_id).await
}

/// The workbook of a revision that was sent, as it was sent: also of one that a later one replaced.
pub async fn sent_workbook(db: &Db, ctx: &Ctx, id: GrantReturnId, revision: i32) -> Result<Stored> {
    ctx.require(Operation::ReadReturns)?;
    store::seen(db.read(), ctx, id).await?;
    let sent = store::sendings(db.read(), id)
        .await?
        .into_iter()
        .rfind(|sent| sent.revision == revision)
        .ok_or(Error::NotFound)?;
    let file = store::signed_then(db.read(), id, revision)
        .await?
        .into_iter()
        .find(|signed| signed.file_sha256 == sent.file_sha256)
        .ok_or_else(|| Error::internal("what was sent was not signed"))?;
    files::load(db, file.file_id).await
}

/// The receipt of a sending.
pub async fn receipt(db: &Db, ctx: &Ctx, id: GrantReturnId, file_id: FileId) -> Result<Stored> {
    ctx.require(Operation::ReadReturns)?;
    store::seen(db.read(), ctx, id).await?;
    let known = store::sendings(db.read(), id)
        .await?
        .iter()
        .any(|row| row.receipt_file_id == Some(file_id));
    if known {
        files::load(db, file_id).await
    } else {
        Err(Error::NotFound)
    }
}

/// A paper that an office signed.
pub async fn signed_paper(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    file_id: FileId,
) -> Result<Stored> {
    ctx.require(Operation::ReadReturns)?;
    store::seen(db.read(), ctx, id).await?;
    let mut signed = store::certifications(db.read(), id).await?;
    // nor do papers under what was sent go away
    for sent in store::sendings(db.read(), id).await? {
        signed.extend(store::signed_then(db.read(), id, sent.revision).await?);
    }
    let known = signed.iter().any(|row| row.paper_file_id == Some(file_id));
    if known {
        files::load(db, file_id).await
    } else {
        Err(Error::NotFound)
    }
}
