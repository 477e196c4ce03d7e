//! Sealing the log into a chain, and verifying it.

use entity::{audit_entry, audit_personal};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

use super::store::{chain_hash, personal_hash};
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Result, settings};

/// How many entries one transaction seals: few enough to hold the lock only briefly.
const BATCH: u64 = 200;

/// The setting that holds the newest link, so that a log cut short is found out.
const HEAD: &str = "audit-head";

/// The newest link of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number: how many entries are sealed.
    pub seq: i64,
    /// Its hash, lower-case hex.
    pub hash: String,
}

/// The newest link, as the sealer kept it; none before the first.
pub async fn head(db: &Db) -> Result<Option<Head>> {
    settings::get(db, HEAD)
        .await?
        .map(|value| Ok(serde_json::from_value(value)?))
        .transpose()
}

/// What sealing did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Entries chained.
    pub entries: u64,
    /// Number of the newest link.
    pub seq: i64,
    /// Its hash, lower-case hex: the head of the chain.
    pub head: String,
}

/// Chains the entries that are not yet sealed. One sealer at a time: the counter's row is its lock.
pub async fn seal(db: &Db, ctx: &Ctx) -> Result<Sealed> {
    let mut total = 0;
    loop {
        let sealed = db
            .write(ctx, Command::new(Operation::SealAudit), async |tx| {
                let mut waiting = audit_entry::Entity::find()
                    .filter(audit_entry::Column::SealedSeq.is_null())
                    .order_by_asc(audit_entry::Column::At)
                    .order_by_asc(audit_entry::Column::Id)
                    .limit(BATCH)
                    .all(tx.conn())
                    .await?;
                if !waiting.is_empty() {
                    // Locks the counter; read again, for another sealer may have come first.
                    tx.next("audit-sealer").await?;
                    let ids: Vec<_> = waiting.iter().map(|entry| entry.id).collect();
                    waiting = audit_entry::Entity::find()
                        .filter(audit_entry::Column::Id.is_in(ids))
                        .filter(audit_entry::Column::SealedSeq.is_null())
                        .order_by_asc(audit_entry::Column::At)
                        .order_by_asc(audit_entry::Column::Id)
                        .all(tx.conn())
                        .await?;
                }
                let last = audit_entry::Entity::find()
                    .filter(audit_entry::Column::SealedSeq.is_not_null())
                    .order_by_desc(audit_entry::Column::SealedSeq)
                    .one(tx.conn())
                    .await?;
                let (mut seq, mut hash) = last.map_or((0, Vec::new()), |entry| {
                    (
                        entry.sealed_seq.unwrap_or(0),
                        entry.chain_hash.unwrap_or_default(),
                    )
                });
                let mut entries = 0;
                for entry in waiting {
                    seq += 1;
                    entries += 1;
                    hash = chain_hash(&hash, &entry, seq);
                    let mut row = entry.into_active_model();
                    row.sealed_seq = Set(Some(seq));
                    row.chain_hash = Set(Some(hash.clone()));
                    row.update(tx.conn()).await?;
                }
                if entries > 0 {
                    let head = Head {
                        seq,
                        hash: hex(&hash),
                    };
                    settings::set(tx, HEAD, serde_json::to_value(&head)?).await?;
                }
                Ok(Sealed {
                    entries,
                    seq,
                    head: hex(&hash),
                })
            })
            .await?;
        total += sealed.entries;
        if sealed.entries < BATCH {
            return Ok(Sealed {
                entries: total,
                ..sealed
            });
        }
    }
}

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Entries in the chain.
    pub entries: i64,
    /// The head of the chain, lower-case hex; empty when there are none.
    pub head: String,
    /// Entries not yet sealed.
    pub unsealed: u64,
    /// Instant of the oldest unsealed entry.
    pub unsealed_since: Option<chrono::DateTime<chrono::Utc>>,
    /// What is wrong, in words; empty when nothing is.
    pub problems: Vec<String>,
}

/// Recomputes the whole chain; with a known `head`, checks that the chain still holds it.
pub async fn verify(db: &Db, head: Option<&str>) -> Result<Verdict> {
    let mut verdict = Verdict {
        entries: 0,
        head: String::new(),
        unsealed: 0,
        unsealed_since: None,
        problems: Vec::new(),
    };
    let mut hash = Vec::new();
    // Read first: what is sealed meanwhile only adds to the chain.
    let kept = self::head(db).await?;
    let mut seen_kept = false;
    let mut seen_head = false;
    loop {
        let page = audit_entry::Entity::find()
            .filter(audit_entry::Column::SealedSeq.gt(verdict.entries))
            .order_by_asc(audit_entry::Column::SealedSeq)
            .limit(1000)
            .find_also_related_personal()
            .all(db.read())
            .await?;
        if page.is_empty() {
            break;
        }
        for (entry, personal) in page {
            let seq = entry.sealed_seq.unwrap_or_default();
            if seq != verdict.entries + 1 {
                verdict.problems.push(format!(
                    "Entry {} is missing: after it comes {seq}.",
                    verdict.entries + 1
                ));
            }
            let expected = chain_hash(&hash, &entry, seq);
            if entry.chain_hash.as_deref() != Some(expected.as_slice()) {
                verdict.problems.push(format!(
                    "Entry {seq} ({} at {}) is not as it was sealed.",
                    entry.command, entry.at
                ));
            }
            if let (Some(personal), Some(known)) = (personal, &entry.personal_hash)
                && personal_hash(&personal.salt, &personal.value) != *known
            {
                verdict
                    .problems
                    .push(format!("The personal values of entry {seq} were changed."));
            }
            hash = entry.chain_hash.unwrap_or_default();
            verdict.entries = seq;
            verdict.head = hex(&hash);
            seen_head = seen_head || head == Some(verdict.head.as_str());
            seen_kept = seen_kept || kept.as_ref().is_some_and(|kept| kept.hash == verdict.head);
        }
    }
    if let Some(kept) = kept {
        if verdict.entries < kept.seq {
            verdict.problems.push(format!(
                "The log ends with entry {}, and {} were sealed: the newest were removed.",
                verdict.entries, kept.seq
            ));
        } else if !seen_kept {
            verdict.problems.push(format!(
                "The chain does not hold the head that was kept when entry {} was sealed.",
                kept.seq
            ));
        }
    }
    if let Some(head) = head
        && !seen_head
    {
        verdict.problems.push(format!(
            "The chain does not hold the head {head}: entries were removed or changed since it was noted."
        ));
    }
    verdict.unsealed_since = oldest_unsealed(db).await?;
    verdict.unsealed = {
        use sea_orm::PaginatorTrait;
        audit_entry::Entity::find()
            .filter(audit_entry::Column::SealedSeq.is_null())
            .count(db.read())
            .await?
    };
    Ok(verdict)
}

/// Instant of the oldest entry that is not sealed yet.
pub async fn oldest_unsealed(db: &Db) -> Result<Option<chrono::DateTime<chrono::Utc>>> {
    let oldest = audit_entry::Entity::find()
        .filter(audit_entry::Column::SealedSeq.is_null())
        .order_by_asc(audit_entry::Column::At)
        .one(db.read())
        .await?;
    Ok(oldest.map(|entry| entry.at))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

trait WithPersonal {
    fn find_also_related_personal(
        self,
    ) -> sea_orm::SelectTwo<audit_entry::Entity, audit_personal::Entity>;
}

impl WithPersonal for sea_orm::Select<audit_entry::Entity> {
    fn find_also_related_personal(
        self,
    ) -> sea_orm::SelectTwo<audit_entry::Entity, audit_personal::Entity> {
        use sea_orm::{JoinType, RelationDef};
        let relation: RelationDef = audit_entry::Entity::belongs_to(audit_personal::Entity)
            .from(audit_entry::Column::Id)
            .to(audit_personal::Column::EntryId)
            .into();
        self.join(JoinType::LeftJoin, relation)
            .select_also(audit_personal::Entity)
    }
}
