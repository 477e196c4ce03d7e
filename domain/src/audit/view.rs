//! The history of a record, as people read it.

use chrono::{DateTime, Utc};
use entity::{PersonId, audit_entry, person};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;

use crate::access::rules::{Operation, Sight, sight};
use crate::{Ctx, Db, Error, Result};

/// One thing that was done to a record.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct HistoryEntry {
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
    /// The chosen name of who did it, or what of ours did.
    pub by: String,
    /// The operation, such as `returns.certify`.
    pub operation: String,
    /// What changed and why.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
}

/// What was done to one record, newest first.
pub async fn history(db: &Db, ctx: &Ctx, kind: &str, id: Uuid) -> Result<Vec<HistoryEntry>> {
    ctx.require(Operation::ReadHistory)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let entries = audit_entry::Entity::find()
        .filter(audit_entry::Column::SubjectKind.eq(kind))
        .filter(audit_entry::Column::SubjectId.eq(id))
        .order_by_desc(audit_entry::Column::At)
        .order_by_desc(audit_entry::Column::Id)
        .limit(500)
        .all(db.read())
        .await?;
    let people: Vec<PersonId> = entries
        .iter()
        .filter_map(|entry| entry.actor_id.map(PersonId))
        .collect();
    let names: HashMap<PersonId, String> = person::Entity::find()
        .filter(person::Column::Id.is_in(people))
        .all(db.read())
        .await?
        .into_iter()
        .map(|person| (person.id, person.display_name))
        .collect();
    Ok(entries
        .into_iter()
        .map(|entry| HistoryEntry {
            at: entry.at,
            by: entry
                .actor_id
                .and_then(|id| names.get(&PersonId(id)).cloned())
                .unwrap_or_else(|| "Tributary".to_owned()),
            operation: entry.command,
            detail: entry.detail,
        })
        .collect())
}
