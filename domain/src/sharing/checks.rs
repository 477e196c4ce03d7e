//! What must hold of what was shared, looked up in the whole database.

use std::collections::HashMap;

use entity::{
    AwardId, GrantReturnId, OrganisationId, RecordDocumentId, ShareEventKind, award,
    document_share_event, grant_return, record_document,
};
use sea_orm::{EntityTrait, QueryOrder};

use super::rules::check_next;
use crate::access::rules::Operation;
use crate::beside::rules::RecordKind;
use crate::{Ctx, Db, Result};

/// A document is shared with the funder of the award that it lies beside and with no other; it is shared
/// and taken back by turns; and nothing is shared that was taken out.
pub async fn whole(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadSharedDocuments)?;
    let mut said: HashMap<RecordDocumentId, Vec<document_share_event::Model>> = HashMap::new();
    for row in document_share_event::Entity::find()
        .order_by_asc(document_share_event::Column::Seq)
        .all(db.read())
        .await?
    {
        said.entry(row.document_id).or_default().push(row);
    }
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let funders: HashMap<AwardId, OrganisationId> = award::Entity::find()
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.funder_id))
        .collect();
    let awards: HashMap<GrantReturnId, AwardId> = grant_return::Entity::find()
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.award_id))
        .collect();
    let mut wrong = Vec::new();
    for row in record_document::Entity::find()
        .order_by_asc(record_document::Column::Id)
        .all(db.read())
        .await?
    {
        let Some(events) = said.get(&row.id) else {
            continue;
        };
        let award = if row.subject_kind == RecordKind::Award.table() {
            Some(AwardId(row.subject_id))
        } else if row.subject_kind == RecordKind::Return.table() {
            awards.get(&GrantReturnId(row.subject_id)).copied()
        } else {
            None
        };
        let funder = award.and_then(|award| funders.get(&award)).copied();
        if events
            .iter()
            .any(|event| Some(event.award_id) != award || Some(event.funder_id) != funder)
        {
            wrong.push(format!(
                "“{}” was shared with another than the funder of its award.",
                row.title
            ));
        }
        let kinds: Vec<ShareEventKind> = events.iter().map(|event| event.kind).collect();
        let in_turn = events.iter().zip(1..).all(|(event, seq)| event.seq == seq)
            && (0..kinds.len()).all(|at| check_next(&kinds[..at], kinds[at]).is_ok());
        if !in_turn {
            wrong.push(format!(
                "“{}”: it was not shared and taken back by turns.",
                row.title
            ));
        }
        if row.removed_at.is_some() && super::rules::is_shared(&kinds) {
            wrong.push(format!(
                "“{}” was taken out and is still shared with its funder.",
                row.title
            ));
        }
    }
    Ok(wrong)
}
