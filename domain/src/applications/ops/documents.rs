//! The files of an application.

use entity::{ApplicationDocumentId, ApplicationId, application_document};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};

use super::{Stands, written};
use crate::access::rules::Operation;
use crate::applications::rules::MOST_DOCUMENTS;
use crate::applications::store;
use crate::{Ctx, Db, Error, Result, files};

/// A document to add.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it is; the file's name, where nothing is said.
    pub title: String,
    /// Whether it goes to the funder.
    pub for_funder: bool,
    /// The file's name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Adds a document. One for the funder is added before the application is sent; one of our own,
/// such as what the funder writes, whenever.
pub async fn add_document(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    new: &Document,
) -> Result<ApplicationDocumentId> {
    ctx.require(Operation::AttachToApplication)?;
    if new.bytes.is_empty() || new.bytes.len() > files::LARGEST_DOCUMENT {
        return Err(Error::invalid(
            "/file",
            "size",
            "Choose a file of at most 16 MB.",
        ));
    }
    let title = files::title(&new.title, &new.name)?;
    let operation = Operation::AttachToApplication;
    let (document, _) = written(db, ctx, operation, id, None, async |tx, _| {
        let life = store::life(tx.conn(), id).await?;
        if new.for_funder {
            life.may_change()?;
        }
        if store::documents(tx.conn(), id).await?.len() >= MOST_DOCUMENTS {
            return Err(Error::refused(
                "too-many-documents",
                format!("An application has at most {MOST_DOCUMENTS} documents."),
            ));
        }
        let kind = "application/octet-stream";
        let file_id = files::put(tx, ctx, &new.name, kind, &new.bytes).await?;
        let document = ApplicationDocumentId::new();
        application_document::ActiveModel {
            id: Set(document),
            application_id: Set(id),
            file_id: Set(file_id),
            title: Set(title.to_owned()),
            for_funder: Set(new.for_funder),
            added_by: Set(ctx.person_id()),
            added_at: Set(tx.now()),
            removed_at: Set(None),
        }
        .insert(tx.conn())
        .await?;
        tx.note("document", title);
        Ok(document)
    })
    .await?;
    Ok(document)
}

/// Takes a document out. What was sent with it stays as it was sent.
pub async fn remove_document(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    document: ApplicationDocumentId,
) -> Result<Stands> {
    ctx.require(Operation::AttachToApplication)?;
    let operation = Operation::AttachToApplication;
    let ((), stands) = written(db, ctx, operation, id, None, async |tx, _| {
        let row = application_document::Entity::find_by_id(document)
            .filter(application_document::Column::ApplicationId.eq(id))
            .filter(application_document::Column::RemovedAt.is_null())
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        if row.for_funder {
            store::life(tx.conn(), id).await?.may_change()?;
        }
        tx.note("document_removed", row.title.clone());
        let mut row = row.into_active_model();
        row.removed_at = Set(Some(tx.now()));
        row.update(tx.conn()).await?;
        Ok(())
    })
    .await?;
    Ok(stands)
}
