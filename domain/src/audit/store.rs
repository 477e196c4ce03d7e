//! Appending, and how an entry is hashed.

use entity::{AuditEntryId, audit_entry, audit_personal};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Result;
use crate::access::rules::Operation;
use crate::ctx::{Actor, Ctx};
use crate::db::{Command, Tx};

/// Appends the entry of the transaction that is about to commit.
pub(crate) async fn append(tx: &Tx, ctx: &Ctx, command: &Command) -> Result<()> {
    let told = tx.told();
    let id = AuditEntryId::new();
    let personal = told.personal.map(|value| {
        let salt = uuid::Uuid::new_v4().as_bytes().to_vec();
        (personal_hash(&salt, &value), salt, value)
    });
    let mut detail = told.detail;
    if let Actor::System(name) = &ctx.actor {
        detail.insert("by".to_owned(), Value::from(*name));
    }
    audit_entry::ActiveModel {
        id: Set(id),
        at: Set(tx.now()),
        actor_kind: Set(ctx.actor.kind()),
        actor_id: Set(ctx.person_id().map(Into::into)),
        command: Set(command.operation.slug().to_owned()),
        subject_kind: Set(told.subject.map_or("", |(kind, _)| kind).to_owned()),
        subject_id: Set(told.subject.map(|(_, id)| id)),
        detail: Set(Value::Object(detail)),
        request_id: Set(ctx.request_id.clone()),
        personal_hash: Set(personal.as_ref().map(|(hash, _, _)| hash.clone())),
        sealed_seq: Set(None),
        chain_hash: Set(None),
    }
    .insert(tx.conn())
    .await?;
    if let Some((_, salt, value)) = personal {
        audit_personal::ActiveModel {
            entry_id: Set(id),
            salt: Set(salt),
            value: Set(value),
        }
        .insert(tx.conn())
        .await?;
    }
    Ok(())
}

/// Appends a further entry to a transaction that made a second record: each has its own history.
pub(crate) async fn append_also(
    tx: &Tx,
    ctx: &Ctx,
    operation: Operation,
    (kind, id): (&str, uuid::Uuid),
    detail: serde_json::Map<String, Value>,
) -> Result<()> {
    audit_entry::ActiveModel {
        id: Set(AuditEntryId::new()),
        at: Set(tx.now()),
        actor_kind: Set(ctx.actor.kind()),
        actor_id: Set(ctx.person_id().map(Into::into)),
        command: Set(operation.slug().to_owned()),
        subject_kind: Set(kind.to_owned()),
        subject_id: Set(Some(id)),
        detail: Set(Value::Object(detail)),
        request_id: Set(ctx.request_id.clone()),
        personal_hash: Set(None),
        sealed_seq: Set(None),
        chain_hash: Set(None),
    }
    .insert(tx.conn())
    .await?;
    Ok(())
}

/// Hash of personal values: salted, so that the erased ones cannot be guessed back.
pub(super) fn personal_hash(salt: &[u8], value: &Value) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(canonical(value).as_bytes());
    hash.finalize().to_vec()
}

/// Hash of an entry in the chain: over the one before and every field that must not change.
pub(super) fn chain_hash(previous: &[u8], entry: &audit_entry::Model, seq: i64) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(previous);
    for part in [
        seq.to_string(),
        entry.id.to_string(),
        entry.at.timestamp_micros().to_string(),
        entry.actor_kind.slug().to_owned(),
        entry.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        entry.command.clone(),
        entry.subject_kind.clone(),
        entry
            .subject_id
            .map(|id| id.to_string())
            .unwrap_or_default(),
        canonical(&entry.detail),
        entry.request_id.clone(),
    ] {
        // length first, so that no two lists of parts read alike
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.update(entry.personal_hash.as_deref().unwrap_or_default());
    hash.finalize().to_vec()
}

/// JSON with its keys sorted: PostgreSQL's `jsonb` does not keep their order.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by(|a, b| a.0.cmp(b.0));
            let inner: Vec<String> = keys
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(items) => {
            let inner: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", inner.join(","))
        }
        other => other.to_string(),
    }
}
