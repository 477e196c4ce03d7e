//! Suspensions as readers get them, and what one would do before it is made.

use chrono::NaiveDate;
use entity::{AwardId, AwardSuspensionId, ReturnState, contribution};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::ops::NewSuspension;
use super::rules::{Suspension, check_suspension, stopped};
use super::store;
use crate::access::rules::Operation;
use crate::awards::view::{AwardDuty, PoolEffect, SentReturn, pool_effect};
use crate::{Ctx, Db, Error, Result, attribution, awards};

/// A suspension of an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardSuspension)]
pub struct SuspensionView {
    /// Its id.
    pub id: AwardSuspensionId,
    /// First London date of it.
    pub from_on: NaiveDate,
    /// Why.
    pub why: String,
    /// Who told us, and where it is written.
    pub told_by: String,
    /// Spend incurred meanwhile is paid for all the same.
    pub pays_on: bool,
    /// London date from which the award goes on; absent while it is suspended.
    pub resumed_on: Option<NaiveDate>,
    /// Why it goes on.
    pub resumed_why: Option<String>,
    /// Who told us that.
    pub resumed_told_by: Option<String>,
}

/// The suspensions of an award, the newest first. The caller has looked whether they may be seen.
pub(crate) async fn of(db: &Db, id: AwardId) -> Result<Vec<SuspensionView>> {
    Ok(store::rows(db.read(), &[id])
        .await?
        .into_iter()
        .rev()
        .map(|row| SuspensionView {
            id: row.id,
            from_on: row.from_on,
            why: row.why,
            told_by: row.told_by,
            pays_on: row.pays_on,
            resumed_on: row.resumed_on,
            resumed_why: row.resumed_why,
            resumed_told_by: row.resumed_told_by,
        })
        .collect())
}

/// What a suspension would do, before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardSuspensionPreview)]
pub struct SuspensionPreview {
    /// What becomes of the spend of each pool that the award is put behind.
    pub pools: Vec<PoolEffect>,
    /// What it goes on asking of us, the earliest first: a suspension puts no deadline off.
    pub duties: Vec<AwardDuty>,
    /// How many returns that are not certified yet take the new facts in.
    pub open_returns: u64,
    /// Returns of these days that were certified or sent: they stay as they are, with what the award pays
    /// inside them.
    pub sent_returns: Vec<SentReturn>,
}

/// What a suspension would do, before it is made. Changes nothing.
pub async fn preview(
    db: &Db,
    ctx: &Ctx,
    id: AwardId,
    new: &NewSuspension,
) -> Result<SuspensionPreview> {
    use validator::Validate;
    ctx.require(Operation::SuspendAward)?;
    new.validate()?;
    awards::store::one(db.read(), ctx, id).await?;
    let mut known: Vec<Suspension> = store::of_awards(db.read(), &[id])
        .await?
        .remove(&id)
        .unwrap_or_default();
    let wrong = check_suspension(&known, new.from_on);
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    known.push(new.fact());
    let days = stopped(&known);
    let contributions = contribution::Entity::find()
        .filter(contribution::Column::AwardId.eq(id))
        .all(db.read())
        .await?;
    let mut pools = Vec::new();
    for part in &contributions {
        let effect = attribution::what_if_stopped(db, part.pool_id, id, &days).await?;
        pools.push(pool_effect(db, part.pool_id, effect).await?);
    }
    let sent = if new.pays_on {
        Vec::new()
    } else {
        awards::view::returns_from(
            db,
            id,
            new.from_on,
            &[
                ReturnState::Certified,
                ReturnState::Submitted,
                ReturnState::Accepted,
            ],
        )
        .await?
    };
    Ok(SuspensionPreview {
        pools,
        duties: awards::view::duties(db, id).await?,
        open_returns: awards::view::open_returns(db, id).await?,
        sent_returns: sent,
    })
}
