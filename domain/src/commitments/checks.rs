//! What must hold of commitments, looked up in the whole database.

use std::collections::HashMap;

use entity::{
    AwardId, CommitmentId, CostCategoryId, DeadlineKind, Money, commitment, deadline, pool,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules;
use super::{ops, store};
use crate::access::rules::Operation;
use crate::checks::rows;
use crate::{Ctx, Db, Result, attribution};

/// Every version of a commitment says months within its time, and has the deadline that follows from
/// the one that stands.
pub async fn whole(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadCommitments)?;
    let all = commitment::Entity::find()
        .order_by_asc(commitment::Column::Id)
        .all(db.read())
        .await?;
    let ids: Vec<CommitmentId> = all.iter().map(|row| row.id).collect();
    let months = store::months(db.read(), &ids).await?;
    let notices = store::notices(db.read(), &ids).await?;
    let open: HashMap<_, _> = deadline::Entity::find()
        .filter(deadline::Column::Kind.eq(DeadlineKind::Notice))
        .filter(deadline::Column::ClosedAt.is_null())
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.subject_id, row.due_at))
        .collect();
    let mut wrong = Vec::new();
    for version in store::versions(db.read(), &ids).await? {
        let key = (version.commitment_id, version.revision);
        let of_it = months.get(&key).map_or(&[][..], Vec::as_slice);
        if !rules::check(version.starts_on, version.ends_on, of_it).is_empty() {
            wrong.push(format!(
                "Version {} of “{}” says months that cannot be.",
                version.revision, version.title
            ));
        }
    }
    for row in all {
        let version = store::version(db.read(), &row).await?;
        let wanted = ops::duty(&row, &version, &notices).map(|duty| duty.due_at);
        if open.get(&row.id.into()).copied() != wanted {
            wrong.push(format!(
                "The deadline of “{}” is not the one that follows from what was agreed.",
                version.title
            ));
        }
    }
    Ok(wrong)
}

/// A commitment that comes of a decision is paid by the pool that was decided on.
pub async fn of_their_pools(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadCommitments)?;
    rows(
        db,
        "SELECT commitment_version.title AS title FROM commitment_version \
         JOIN allocation ON allocation.id = commitment_version.allocation_id \
         WHERE allocation.pool_id <> commitment_version.pool_id \
         ORDER BY commitment_version.title",
    )
    .await?
    .iter()
    .map(|row| {
        let title: String = row.try_get("", "title")?;
        Ok(format!(
            "“{title}” comes of a decision about another pool than the one that pays."
        ))
    })
    .collect()
}

/// What a run kept of each agreement is what its lines come to; and what an agreement names awards for
/// is paid by no other.
pub async fn spent_against(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadCommitments)?;
    let snapshot = db.snapshot().await?;
    let mut wrong = Vec::new();
    for pool in pool::Entity::find().all(&snapshot).await? {
        let agreements = store::of_pool(&snapshot, pool.id).await?;
        let Some(run) = attribution::last_run(&snapshot, pool.id)
            .await?
            .filter(|run| run.commitments_hash.as_deref() == Some(&agreements.facts()))
        else {
            continue;
        };
        let kept = store::kept(&snapshot, run.id).await?;
        let seen = (0, run.saw_seq);
        if kept != store::spent_between(&snapshot, pool.id, &agreements, seen).await? {
            wrong.push(format!(
                "What is kept of the spend against agreements that {} pays for is not what its \
                 lines come to.",
                pool.name
            ));
        }
        if agreements.all().iter().all(|one| one.payers.is_none()) {
            continue;
        }
        let sql = "SELECT l.commitment_ref, l.supplier, l.category_id, l.incurred_on, a.award_id, \
                     CAST(SUM(a.amount) AS bigint) AS paid \
                   FROM attribution a JOIN attribution_run r ON r.id = a.run_id \
                   JOIN spend_line l ON l.id = a.line_id \
                   WHERE r.pool_id = $1 AND r.state = 'accepted' \
                   GROUP BY l.commitment_ref, l.supplier, l.category_id, l.incurred_on, a.award_id \
                   HAVING SUM(a.amount) > 0";
        for row in snapshot
            .query_all_raw(crate::db::statement(&snapshot, sql, [pool.id.into()]))
            .await?
        {
            let reference: Option<String> = row.try_get("", "commitment_ref")?;
            let supplier: Option<String> = row.try_get("", "supplier")?;
            let met = agreements.of(&rules::Spent {
                reference: reference.as_deref(),
                supplier: supplier.as_deref(),
                category: CostCategoryId(row.try_get("", "category_id")?),
                incurred_on: row.try_get("", "incurred_on")?,
            });
            let award = AwardId(row.try_get("", "award_id")?);
            let payers = met.and_then(|(one, _)| one.payers.as_ref());
            if payers.is_some_and(|named| !named.contains(&award)) {
                wrong.push(format!(
                    "{} of an agreement in {} that names who pays is paid by an award that it does \
                     not name.",
                    Money(row.try_get("", "paid")?).in_full(),
                    pool.name
                ));
            }
        }
    }
    Ok(wrong)
}
