//! The history of a record, as people read it.

use chrono::{DateTime, Utc};
use entity::{AuditEntryId, PersonId, audit_entry};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;

use super::names;
use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::paging::{Cursor, Slice};
use crate::{Ctx, Db, Error, Result};

/// One thing that was done to a record.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct HistoryEntry {
    /// The entry's id in the audit log.
    pub id: AuditEntryId,
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

/// A page of what was done to one record.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct History {
    /// What the record is called.
    pub name: String,
    /// The path of its page.
    pub path: String,
    /// How many things were done to it.
    pub total: u64,
    /// This page of them, newest first.
    pub entries: Vec<HistoryEntry>,
}

/// What was done to one record, newest first: whoever may read the record may read what happened
/// to it.
pub async fn history(
    db: &Db,
    ctx: &Ctx,
    kind: &str,
    id: Uuid,
    skip: u64,
    limit: u64,
) -> Result<History> {
    ctx.require(Operation::ReadHistory)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    ctx.require(names::reader_of(kind).ok_or(Error::NotFound)?)?;
    let of_it = audit_entry::Entity::find()
        .filter(audit_entry::Column::SubjectKind.eq(kind))
        .filter(audit_entry::Column::SubjectId.eq(id))
        // what the sealer has not seen yet, and what it numbered: nothing that was put in past it
        .filter(
            audit_entry::Column::SealedSeq
                .is_null()
                .or(audit_entry::Column::SealedSeq.gt(0)),
        );
    let total = of_it.clone().count(db.read()).await?;
    if total == 0 {
        return Err(Error::NotFound);
    }
    let entries = of_it
        .order_by_desc(audit_entry::Column::At)
        .order_by_desc(audit_entry::Column::Id)
        .offset(skip)
        .limit(limit)
        .all(db.read())
        .await?;
    let people = actors(db, &entries).await?;
    let wanted = [(kind.to_owned(), id)];
    let named = names::names(db, &wanted).await?.remove(&wanted[0]);
    let (name, path) = named.map_or_else(|| unnamed(kind), |named| (named.name, named.path));
    Ok(History {
        name,
        path,
        total,
        entries: entries
            .into_iter()
            .map(|entry| HistoryEntry {
                id: entry.id,
                at: entry.at,
                by: who(&entry, &people),
                operation: entry.command,
                detail: entry.detail,
            })
            .collect(),
    })
}

/// A part of what was done to one record, newest first; of a record that was never touched, nothing.
pub async fn part(
    db: &Db,
    ctx: &Ctx,
    kind: &str,
    id: Uuid,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<HistoryEntry>> {
    ctx.require(Operation::ReadHistory)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    ctx.require(names::reader_of(kind).ok_or(Error::NotFound)?)?;
    let mut keyed = audit_entry::Entity::find()
        .filter(audit_entry::Column::SubjectKind.eq(kind))
        .filter(audit_entry::Column::SubjectId.eq(id))
        .cursor_by((audit_entry::Column::At, audit_entry::Column::Id));
    keyed.desc();
    if let Some(after) = after {
        keyed.after((after.instant(), AuditEntryId(after.id)));
    }
    let entries = keyed.first(limit.saturating_add(1)).all(db.read()).await?;
    let entries = Slice::cut(entries, limit, |row| Cursor::at(row.at, row.id));
    let people = actors(db, &entries.items).await?;
    Ok(entries.map(|entry| HistoryEntry {
        id: entry.id,
        at: entry.at,
        by: who(&entry, &people),
        operation: entry.command,
        detail: entry.detail,
    }))
}

/// What a record without a name of its own is called, and where it is looked at.
fn unnamed(kind: &str) -> (String, String) {
    let (name, path) = match kind {
        "membership" => ("A role", "/people"),
        "api-token" => ("An API token", "/account"),
        "job" => ("A job", "/operations"),
        _ => ("A record", "/"),
    };
    (name.to_owned(), path.to_owned())
}

/// The people who did these things.
pub(crate) async fn actors(
    db: &Db,
    entries: &[audit_entry::Model],
) -> Result<HashMap<PersonId, String>> {
    let people = entries
        .iter()
        .filter_map(|entry| entry.actor_id.map(PersonId));
    names_of(db, people).await
}

/// The chosen name of who did it, or what of ours did.
pub(crate) fn who(entry: &audit_entry::Model, people: &HashMap<PersonId, String>) -> String {
    entry
        .actor_id
        .and_then(|id| people.get(&PersonId(id)).cloned())
        .unwrap_or_else(|| {
            let by = entry.detail.get("by").and_then(serde_json::Value::as_str);
            match by {
                Some("command-line") => "The command line",
                // nobody that we know
                _ if entry.command == Operation::OpenFunderLink.slug() => "Whoever has the link",
                _ => "Tributary",
            }
            .to_owned()
        })
}
