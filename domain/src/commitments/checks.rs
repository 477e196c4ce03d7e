//! What must hold of commitments, looked up in the whole database.

use std::collections::HashMap;

use entity::{CommitmentId, DeadlineKind, commitment, deadline};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules;
use super::{ops, store};
use crate::access::rules::Operation;
use crate::checks::rows;
use crate::{Ctx, Db, Result};

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
