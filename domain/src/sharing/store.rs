//! What was said of documents. Every query of what is shared starts from [`shared`].

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    AwardId, GrantReturnId, OrganisationId, RecordDocumentId, ShareEventKind, award,
    document_share_event, grant_return,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use uuid::Uuid;

use super::rules::{check_place, check_sent};
use crate::access::rules::{Sight, sight};
use crate::beside::rules::RecordKind;
use crate::db::among;
use crate::returns::store::once_sent;
use crate::{Ctx, Error, Result};

/// That a document is shared: its last event, where it is one that shares and the document was not taken
/// out. To those inside all; to a funder's officer those of their funder.
pub(crate) fn shared(ctx: &Ctx) -> Select<document_share_event::Entity> {
    let last = document_share_event::Entity::find()
        .filter(document_share_event::Column::Kind.eq(ShareEventKind::Shared))
        .filter(Expr::cust(
            "NOT EXISTS (SELECT 1 FROM document_share_event later \
             WHERE later.document_id = document_share_event.document_id \
             AND later.seq > document_share_event.seq)",
        ))
        .filter(Expr::cust(
            "EXISTS (SELECT 1 FROM record_document there \
             WHERE there.id = document_share_event.document_id AND there.removed_at IS NULL)",
        ));
    match sight(&ctx.actor) {
        Sight::All => last,
        Sight::Funders(funders) => {
            last.filter(document_share_event::Column::FunderId.is_in(funders))
        }
        Sight::Nothing => last.filter(Expr::cust("1 = 0")),
    }
}

/// Whether anything was shared with a funder after an instant.
pub(super) async fn shared_since(
    conn: &impl ConnectionTrait,
    funder: OrganisationId,
    after: DateTime<Utc>,
) -> Result<bool> {
    Ok(document_share_event::Entity::find()
        .filter(document_share_event::Column::FunderId.eq(funder))
        .filter(document_share_event::Column::Kind.eq(ShareEventKind::Shared))
        .filter(document_share_event::Column::At.gt(after))
        .one(conn)
        .await?
        .is_some())
}

/// What was said of a document, the first first.
pub(super) async fn said(
    conn: &impl ConnectionTrait,
    document: RecordDocumentId,
) -> Result<Vec<document_share_event::Model>> {
    Ok(document_share_event::Entity::find()
        .filter(document_share_event::Column::DocumentId.eq(document))
        .order_by_asc(document_share_event::Column::Seq)
        .all(conn)
        .await?)
}

/// Those of these documents that are shared, whoever asks.
pub(super) async fn among_documents(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = RecordDocumentId>,
) -> Result<HashMap<RecordDocumentId, document_share_event::Model>> {
    let mut last = HashMap::new();
    for row in document_share_event::Entity::find()
        .filter(among(conn, document_share_event::Column::DocumentId, ids))
        .order_by_asc(document_share_event::Column::Seq)
        .all(conn)
        .await?
    {
        last.insert(row.document_id, row);
    }
    last.retain(|_, row: &mut document_share_event::Model| row.kind == ShareEventKind::Shared);
    Ok(last)
}

/// The award whose funder a document beside this record is for, and that funder; or why there is none.
pub(super) async fn belongs(
    conn: &impl ConnectionTrait,
    kind: RecordKind,
    id: Uuid,
) -> Result<(AwardId, OrganisationId)> {
    check_place(kind)?;
    let award_id = if kind == RecordKind::Return {
        let row = grant_return::Entity::find_by_id(GrantReturnId(id))
            .one(conn)
            .await?
            .ok_or(Error::NotFound)?;
        let was_sent = grant_return::Entity::find_by_id(row.id)
            .filter(grant_return::Column::Id.in_subquery(once_sent()))
            .one(conn)
            .await?
            .is_some();
        check_sent(was_sent)?;
        row.award_id
    } else {
        AwardId(id)
    };
    let row = award::Entity::find_by_id(award_id)
        .one(conn)
        .await?
        .ok_or(Error::NotFound)?;
    Ok((award_id, row.funder_id))
}
