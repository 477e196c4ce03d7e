//! Sealing the log into a chain, and verifying it.

use entity::{audit_entry, audit_personal};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

use super::store::{chain_hash, personal_hash};
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, Tx, settings};

/// How many entries one transaction seals: few enough to hold the lock only briefly.
const BATCH: u64 = 200;

/// The setting that holds the newest link, so that a log cut short is found out.
const HEAD: &str = "audit-head";
/// The setting that holds links which the log once had and lacked when the sealer next looked.
const LOST: &str = "audit-heads-lost";

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
                if !waiting.is_empty() {
                    keep_lost(tx, seq, &hash).await?;
                }
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

/// Sealing goes on from what is there. Where that is not where it ended, the link that is missing
/// is kept for good, for the next one takes its place.
async fn keep_lost(tx: &Tx, seq: i64, hash: &[u8]) -> Result<()> {
    let Some(kept) = settings::get_in(tx.conn(), HEAD).await? else {
        return Ok(());
    };
    let kept: Head = serde_json::from_value(kept)?;
    if kept.seq == seq && kept.hash == hex(hash) {
        return Ok(());
    }
    let mut lost: Vec<Head> = settings::get_in(tx.conn(), LOST)
        .await?
        .map(serde_json::from_value)
        .transpose()?
        .unwrap_or_default();
    if !lost.contains(&kept) {
        lost.push(kept);
        settings::set(tx, LOST, serde_json::to_value(&lost)?).await?;
    }
    Ok(())
}

/// Whether a text can be the head of a chain: 64 hexadecimal figures.
#[must_use]
pub fn is_head(text: &str) -> bool {
    text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit())
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
    if head.is_some_and(|head| !is_head(head)) {
        return Err(Error::invalid(
            "/head",
            "not-a-head",
            "That is no head: one has 64 figures and letters from a to f, as the mail to auditors \
             and this command show it.",
        ));
    }
    let mut verdict = Verdict {
        entries: 0,
        head: String::new(),
        unsealed: 0,
        unsealed_since: None,
        problems: Vec::new(),
    };
    let mut hash = Vec::new();
    // Read first: what is sealed meanwhile only adds to the chain.
    let mut missing: Vec<Head> = lost(db).await?;
    missing.extend(self::head(db).await?);
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
            verdict
                .problems
                .extend(of_personal(&entry, personal.as_ref(), seq));
            hash = entry.chain_hash.unwrap_or_default();
            verdict.entries = seq;
            verdict.head = hex(&hash);
            seen_head =
                seen_head || head.is_some_and(|head| head.eq_ignore_ascii_case(&verdict.head));
            missing.retain(|kept| kept.seq != seq || kept.hash != verdict.head);
        }
    }
    for kept in missing {
        verdict.problems.push(format!(
            "Entry {} was sealed, and its link is no longer in the chain: the newest entries of \
             then were removed or written anew.",
            kept.seq
        ));
    }
    // What was never in the chain and says that it is.
    let outside = audit_entry::Entity::find()
        .filter(audit_entry::Column::SealedSeq.lte(0))
        .count(db.read())
        .await?;
    if outside > 0 {
        verdict.problems.push(format!(
            "{outside} entries carry a number below 1, which no sealed entry has: they were put \
             in past the sealer."
        ));
    }
    if let Some(head) = head
        && !seen_head
    {
        verdict.problems.push(format!(
            "The chain does not hold the head {head}: entries were removed or changed since it was noted."
        ));
    }
    verdict.unsealed_since = oldest_unsealed(db).await?;
    verdict.unsealed = audit_entry::Entity::find()
        .filter(audit_entry::Column::SealedSeq.is_null())
        .count(db.read())
        .await?;
    Ok(verdict)
}

/// What is wrong with the personal values beside an entry. There may be none: they can be erased.
fn of_personal(
    entry: &audit_entry::Model,
    personal: Option<&audit_personal::Model>,
    seq: i64,
) -> Option<String> {
    let personal = personal?;
    match &entry.personal_hash {
        None => Some(format!(
            "Entry {seq} was written without personal values, and now has some."
        )),
        Some(known) if personal_hash(&personal.salt, &personal.value) != *known => {
            Some(format!("The personal values of entry {seq} were changed."))
        }
        Some(_) => None,
    }
}

async fn lost(db: &Db) -> Result<Vec<Head>> {
    Ok(settings::get(db, LOST)
        .await?
        .map(serde_json::from_value)
        .transpose()?
        .unwrap_or_default())
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
