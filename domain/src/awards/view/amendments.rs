//! Amendments as readers get them: what was changed, and what a change would do before it is made.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AwardAmendmentId, AwardId, Money, PoolId, RequirementId, ReturnState, award_amendment,
    contribution, grant_return, pool, requirement,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::access::rules::Operation;
use crate::attribution;
use crate::awards::ops::{NewAmendment, check_amendment, over_after, terms};
use crate::awards::rules::terms::{TermsChange, as_facts};
use crate::awards::store;
use crate::deadlines::rules::DeadlineRule;
use crate::returns::ops::{asked, dues};
use crate::{Ctx, Db, Error, Result};

/// A dated change of an award's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardAmendment)]
pub struct AmendmentView {
    /// Its id.
    pub id: AwardAmendmentId,
    /// Its place among the award's amendments, from 1.
    pub seq: i32,
    /// London date from which it holds.
    pub effective_on: NaiveDate,
    /// Why.
    pub reason: String,
    /// Who agreed, and where it is written.
    pub with_whom: String,
    /// What it changes, each with its new value.
    pub change: TermsChange,
    /// What stood before; absent until it takes effect.
    pub before: Option<TermsChange>,
    /// Over allocation when it took effect, in pence: attributed beyond what the award might pay.
    #[schema(value_type = Option<i64>)]
    pub over_pence: Option<Money>,
    /// When it took effect (UTC); absent while its day is to come.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub applied_at: Option<DateTime<Utc>>,
}

/// An award's amendments, the newest first.
pub(super) async fn of(db: &Db, id: AwardId) -> Result<Vec<AmendmentView>> {
    award_amendment::Entity::find()
        .filter(award_amendment::Column::AwardId.eq(id))
        .order_by_desc(award_amendment::Column::Seq)
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| {
            Ok(AmendmentView {
                id: row.id,
                seq: row.seq,
                effective_on: row.effective_on,
                reason: row.reason,
                with_whom: row.with_whom,
                change: serde_json::from_value(row.change)?,
                before: row.before.map(serde_json::from_value).transpose()?,
                over_pence: row.over_when_applied,
                applied_at: row.applied_at,
            })
        })
        .collect()
}

/// What an amendment would do, before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardAmendmentPreview)]
pub struct AmendmentPreview {
    /// What it really changes, each with its new value.
    pub change: TermsChange,
    /// What stands now, of what it changes.
    pub before: TermsChange,
    /// Amount now, in pence.
    #[schema(value_type = i64)]
    pub amount_before_pence: Money,
    /// Amount then, in pence.
    #[schema(value_type = i64)]
    pub amount_after_pence: Money,
    /// Over allocation, in pence: what is attributed today beyond what the award may pay then, to
    /// repay or resolve.
    #[schema(value_type = i64)]
    pub over_pence: Money,
    /// What its contributions to pools come to beyond its amount then, in pence.
    #[schema(value_type = i64)]
    pub contributions_over_pence: Money,
    /// What becomes of the spend of each pool that it is put behind.
    pub pools: Vec<PoolEffect>,
    /// Returns that will be asked for as well, with the days on which they are due.
    pub returns_added: Vec<ReturnEffect>,
    /// Returns that will no longer be asked for.
    pub returns_removed: Vec<ReturnEffect>,
    /// Open returns of the award, which take the new facts in when they are drafted or brought up to
    /// date.
    pub open_returns: u64,
}

/// What becomes of the spend of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PoolEffect {
    /// The pool.
    pub pool_id: PoolId,
    /// Its name.
    pub pool: String,
    /// Not covered by any award today, in pence.
    #[schema(value_type = i64)]
    pub unfunded_before_pence: Money,
    /// Not covered then, in pence.
    #[schema(value_type = i64)]
    pub unfunded_after_pence: Money,
    /// What each of its awards pays now and then.
    pub awards: Vec<AwardEffect>,
}

/// What an award pays in a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AwardEffect {
    /// The award.
    pub award_id: AwardId,
    /// Its title.
    pub award: String,
    /// Today, in pence.
    #[schema(value_type = i64)]
    pub before_pence: Money,
    /// Then, in pence.
    #[schema(value_type = i64)]
    pub after_pence: Money,
}

/// A return that comes or goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ReturnEffect {
    /// The requirement that asks for it.
    pub requirement_id: RequirementId,
    /// What people call it.
    pub name: String,
    /// First London date of its period.
    pub period_from: NaiveDate,
    /// Last London date of its period.
    pub period_to: NaiveDate,
    /// Due on this London date.
    pub due_on: NaiveDate,
    /// Whether it is there already: it stays to be sent or to be recorded as not wanted.
    pub exists: bool,
}

/// What an amendment would do, before it is made. Changes nothing.
pub async fn preview(
    db: &Db,
    ctx: &Ctx,
    id: AwardId,
    new: &NewAmendment,
) -> Result<AmendmentPreview> {
    ctx.require(Operation::AmendAward)?;
    let row = store::one(db.read(), ctx, id).await?;
    let (before, known) = terms(db.read(), &row).await?;
    let change = check_amendment(db.read(), id, &before, &known, &new.change).await?;
    let after = before.changed(&change);
    let amount = after
        .amount()
        .ok_or_else(|| Error::internal("an award that fits no number"))?;
    let contributions = contribution::Entity::find()
        .filter(contribution::Column::AwardId.eq(id))
        .all(db.read())
        .await?;
    let given = Money::sum(contributions.iter().map(|row| row.agreed)).unwrap_or_default();
    let facts = as_facts(&known, &after.years);
    let mut pools = Vec::new();
    for part in &contributions {
        let effect = attribution::what_if(db, part.pool_id, id, &after, &facts).await?;
        pools.push(pool_effect(db, part.pool_id, effect).await?);
    }
    let mut then = row.clone();
    if let (Some(first), Some(last)) = (after.years.first(), after.years.last()) {
        then.starts_on = first.starts_on;
        then.ends_on = last.ends_on;
    }
    let (returns_added, returns_removed) = returns(db, &row, &then).await?;
    Ok(AmendmentPreview {
        amount_before_pence: row.amount,
        amount_after_pence: amount,
        over_pence: over_after(db.read(), id, &known, &after.years, ctx.today()).await?,
        contributions_over_pence: given.minus(amount).unwrap_or_default().max(Money::ZERO),
        pools,
        returns_added,
        returns_removed,
        open_returns: open_returns(db, id).await?,
        before: before.before(&change),
        change,
    })
}

/// What becomes of the spend of a pool, with the names of what it speaks of.
pub(crate) async fn pool_effect(
    db: &Db,
    pool_id: PoolId,
    effect: attribution::Effect,
) -> Result<PoolEffect> {
    let titles = super::titles(db, effect.awards.keys().copied()).await?;
    let name = pool::Entity::find_by_id(pool_id)
        .one(db.read())
        .await?
        .map(|pool| pool.name)
        .unwrap_or_default();
    Ok(PoolEffect {
        pool_id,
        pool: name,
        unfunded_before_pence: effect.unfunded.0,
        unfunded_after_pence: effect.unfunded.1,
        awards: effect
            .awards
            .into_iter()
            .map(|(award_id, (now, then))| AwardEffect {
                award: titles
                    .get(&award_id)
                    .map(|row| row.title.clone())
                    .unwrap_or_default(),
                award_id,
                before_pence: now,
                after_pence: then,
            })
            .collect(),
    })
}

/// How many returns of an award are not sent.
pub(crate) async fn open_returns(db: &Db, id: AwardId) -> Result<u64> {
    use sea_orm::PaginatorTrait;
    Ok(grant_return::Entity::find()
        .filter(grant_return::Column::AwardId.eq(id))
        .filter(grant_return::Column::State.is_not_in([
            ReturnState::Submitted,
            ReturnState::Accepted,
            ReturnState::NotRequired,
        ]))
        .count(db.read())
        .await?)
}

/// The returns that would be asked for as well, and those that would not be any more.
async fn returns(
    db: &Db,
    now: &entity::award::Model,
    then: &entity::award::Model,
) -> Result<(Vec<ReturnEffect>, Vec<ReturnEffect>)> {
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    let there: HashSet<(RequirementId, NaiveDate)> = grant_return::Entity::find()
        .filter(grant_return::Column::AwardId.eq(now.id))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.requirement_id, row.period_from))
        .collect();
    let rows = requirement::Entity::find()
        .filter(requirement::Column::AwardId.eq(now.id))
        .order_by_asc(requirement::Column::Id)
        .all(db.read())
        .await?;
    for row in rows {
        let rule: DeadlineRule = serde_json::from_value(row.due_rule.clone())?;
        let (before, after) = (asked(&row, now)?, asked(&row, then)?);
        for (these, others, out) in [
            (&after, &before, &mut added),
            (&before, &after, &mut removed),
        ] {
            let changed: Vec<_> = these
                .iter()
                .filter(|period| !others.contains(period))
                .copied()
                .collect();
            for (period, due) in dues(changed, &rule, now.nation)? {
                out.push(ReturnEffect {
                    requirement_id: row.id,
                    name: row.name.clone(),
                    period_from: period.from,
                    period_to: period.to,
                    due_on: due.on,
                    exists: there.contains(&(row.id, period.from)),
                });
            }
        }
    }
    Ok((added, removed))
}
