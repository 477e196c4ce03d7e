//! Putting documents and comments beside a record, and taking them out.

use entity::{FileId, RecordCommentId, RecordDocumentId, file, record_comment, record_document};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;

use super::rules::{LONGEST_COMMENT, MOST_COMMENTS, MOST_DOCUMENTS, RecordKind};
use super::view::{comments_of, documents_of, seen};
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, Tx, files, sharing};

/// A document to put beside a record.
#[derive(Clone, Debug)]
pub struct NewDocument {
    /// What it is; the file's name, where nothing is said.
    pub title: String,
    /// The file's name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Puts a document beside a record. The same bytes are kept once.
pub async fn attach(
    db: &Db,
    ctx: &Ctx,
    kind: RecordKind,
    id: Uuid,
    new: &NewDocument,
) -> Result<RecordDocumentId> {
    ctx.require(Operation::AttachToRecord)?;
    seen(db, ctx, kind, id).await?;
    if new.bytes.is_empty() || new.bytes.len() > files::LARGEST_DOCUMENT {
        return Err(Error::invalid(
            "/file",
            "size",
            "Choose a file that is not empty, of at most 16 MB.",
        ));
    }
    let title = files::title(&new.title, &new.name)?;
    let sha256 = files::sha256(&new.bytes);
    let command = Command::on(Operation::AttachToRecord, kind.table(), id);
    db.write(ctx, command, async |tx| {
        let there = documents_of(kind, id);
        if there.clone().count(tx.conn()).await? >= MOST_DOCUMENTS {
            return Err(Error::refused(
                "too-many-documents",
                format!("A record has at most {MOST_DOCUMENTS} documents: take one out first."),
            ));
        }
        let kept = kept(tx, &new.name, &sha256).await?;
        if let Some(file_id) = kept
            && let Some(same) = there
                .filter(record_document::Column::FileId.eq(file_id))
                .one(tx.conn())
                .await?
        {
            return Err(Error::invalid(
                "/file",
                "known-already",
                format!("This very file is there already, as “{}”.", same.title),
            ));
        }
        let file_id = match kept {
            Some(file_id) => file_id,
            None => files::put(tx, ctx, &new.name, MEDIA_TYPE, &new.bytes).await?,
        };
        let document = RecordDocumentId::new();
        record_document::ActiveModel {
            id: Set(document),
            subject_kind: Set(kind.table().to_owned()),
            subject_id: Set(id),
            file_id: Set(file_id),
            title: Set(title.to_owned()),
            added_by: Set(ctx.person_id()),
            added_at: Set(tx.now()),
            removed_by: Set(None),
            removed_at: Set(None),
            removal_reason: Set(None),
        }
        .insert(tx.conn())
        .await?;
        tx.note("document", title);
        tx.note("sha256", sha256.clone());
        Ok(document)
    })
    .await
}

/// Whatever it says it is, it is handed out as bytes to keep, never shown by a browser.
const MEDIA_TYPE: &str = "application/octet-stream";

/// The file with this name and these bytes, if it is kept already.
async fn kept(tx: &Tx, name: &str, sha256: &str) -> Result<Option<FileId>> {
    let row = file::Entity::find()
        .filter(file::Column::Sha256.eq(sha256))
        .filter(file::Column::Name.eq(name))
        .filter(file::Column::MediaType.eq(MEDIA_TYPE))
        .filter(file::Column::Complete.eq(true))
        .one(tx.conn())
        .await?;
    Ok(row.map(|row| row.id))
}

/// Why something is taken out.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DocumentRemoval)]
pub struct Removal {
    /// Why.
    #[validate(
        length(min = 1, max = 1000, message = "Say why, in at most 1,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub reason: String,
}

/// Takes a document out of what people are shown, a funder that it was shared with too. It is kept, with who
/// took it out and why.
pub async fn remove(
    db: &Db,
    ctx: &Ctx,
    (kind, id): (RecordKind, Uuid),
    document: RecordDocumentId,
    removal: &Removal,
) -> Result<()> {
    ctx.require(Operation::AttachToRecord)?;
    seen(db, ctx, kind, id).await?;
    removal.validate()?;
    let reason = removal.reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("/reason", "required", "Say why."));
    }
    let command = Command::on(Operation::AttachToRecord, kind.table(), id);
    db.write(ctx, command, async |tx| {
        tx.lock("record_document", document).await?;
        let row = documents_of(kind, id)
            .filter(record_document::Column::Id.eq(document))
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        tx.note("document_removed", row.title.clone());
        tx.note("reason", reason);
        sharing::ops::taken_out(tx, ctx, document, reason).await?;
        let mut row = row.into_active_model();
        row.removed_by = Set(ctx.person_id());
        row.removed_at = Set(Some(tx.now()));
        row.removal_reason = Set(Some(reason.to_owned()));
        row.update(tx.conn()).await?;
        Ok(())
    })
    .await
}

/// Something to say beside a record.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewComment)]
pub struct NewComment {
    /// What is said. Nothing about anybody’s health or recovery belongs here.
    #[validate(
        length(
            min = 1,
            max = "LONGEST_COMMENT",
            message = "Write at most 4,000 characters."
        ),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 4000, pattern = r"\S")]
    pub words: String,
}

/// Says something beside a record. What is said is not told to the audit log: it can be taken back.
pub async fn comment(
    db: &Db,
    ctx: &Ctx,
    kind: RecordKind,
    id: Uuid,
    new: &NewComment,
) -> Result<RecordCommentId> {
    ctx.require(Operation::Comment)?;
    seen(db, ctx, kind, id).await?;
    let words = new.words.trim();
    if words.is_empty() {
        return Err(Error::invalid("/words", "required", "Write a comment."));
    }
    new.validate()?;
    let command = Command::on(Operation::Comment, kind.table(), id);
    db.write(ctx, command, async |tx| {
        let said = record_comment::Entity::find()
            .filter(record_comment::Column::SubjectKind.eq(kind.table()))
            .filter(record_comment::Column::SubjectId.eq(id))
            .count(tx.conn())
            .await?;
        if said >= MOST_COMMENTS {
            return Err(Error::refused(
                "too-many-comments",
                format!("A record has at most {MOST_COMMENTS} comments."),
            ));
        }
        let comment = RecordCommentId::new();
        record_comment::ActiveModel {
            id: Set(comment),
            subject_kind: Set(kind.table().to_owned()),
            subject_id: Set(id),
            words: Set(words.to_owned()),
            said_by: Set(ctx.person_id()),
            said_at: Set(tx.now()),
            withdrawn_by: Set(None),
            withdrawn_at: Set(None),
        }
        .insert(tx.conn())
        .await?;
        Ok(comment)
    })
    .await
}

/// Takes a comment back: whoever said it, or an administrator. Its words are gone.
pub async fn withdraw(
    db: &Db,
    ctx: &Ctx,
    (kind, id): (RecordKind, Uuid),
    comment: RecordCommentId,
) -> Result<()> {
    ctx.require(Operation::Comment)?;
    seen(db, ctx, kind, id).await?;
    let command = Command::on(Operation::Comment, kind.table(), id);
    db.write(ctx, command, async |tx| {
        let row = comments_of(kind, id)
            .filter(record_comment::Column::Id.eq(comment))
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        if !may_withdraw(ctx, &row) {
            return Err(Error::NotAllowed(
                "Only whoever said it, or an administrator, takes a comment back.".to_owned(),
            ));
        }
        tx.note("comment_withdrawn", true);
        let mut row = row.into_active_model();
        row.words = Set(String::new());
        row.withdrawn_by = Set(ctx.person_id());
        row.withdrawn_at = Set(Some(tx.now()));
        row.update(tx.conn()).await?;
        Ok(())
    })
    .await
}

/// Whether this person may take the comment back.
pub(super) fn may_withdraw(ctx: &Ctx, row: &record_comment::Model) -> bool {
    let mine = ctx.person_id().is_some() && row.said_by == ctx.person_id();
    mine || ctx.actor.holds(entity::Role::Administrator)
}
