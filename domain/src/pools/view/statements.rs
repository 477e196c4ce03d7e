//! What awards put into a pool by award year, as readers get it; and what stating it anew would do.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    AwardId, AwardYearId, ContributionId, ContributionStatementId, Money, PoolId, YearStanding,
    contribution,
};
use serde::Serialize;

use super::ContributionYear;
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::awards::rules::years::YearFacts;
use crate::awards::view::{PoolEffect, pool_effect};
use crate::pools::ops::statements::{NewStatement, contribution_of};
use crate::pools::rules::contributions::Part;
use crate::pools::store;
use crate::{Ctx, Db, Result, attribution, awards};

/// What was stated of a contribution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ContributionStatement)]
pub struct StatementView {
    /// Its id.
    pub id: ContributionStatementId,
    /// Its place among the contribution's statements, from 1.
    pub seq: i32,
    /// Agreed before it, in pence.
    #[schema(value_type = i64)]
    pub agreed_before_pence: Money,
    /// Agreed by it in all, in pence.
    #[schema(value_type = i64)]
    pub agreed_pence: Money,
    /// What it said of each year.
    pub years: Vec<ContributionYear>,
    /// Who agreed.
    pub agreed_by: String,
    /// London date on which that was agreed.
    pub agreed_on: NaiveDate,
    /// Where that is written.
    pub reference: String,
    /// Why.
    pub reason: String,
    /// The chosen name of who recorded it.
    pub recorded_by: Option<String>,
}

/// What stating a contribution anew would do, before it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ContributionStatementPreview)]
pub struct StatementPreview {
    /// Agreed in all today, in pence.
    #[schema(value_type = i64)]
    pub agreed_before_pence: Money,
    /// Agreed in all then, in pence.
    #[schema(value_type = i64)]
    pub agreed_after_pence: Money,
    /// What each award pays now and then.
    pub effect: PoolEffect,
}

/// What is put in out of the years of these awards: as it was stated; of an award of one year that
/// was never stated by year, all that was agreed.
pub(super) async fn years_of(
    db: &Db,
    parts: &[contribution::Model],
) -> Result<HashMap<ContributionId, Vec<ContributionYear>>> {
    let ids: Vec<AwardId> = parts.iter().map(|part| part.award_id).collect();
    let years = awards::store::years(db.read(), &ids).await?;
    let given: Vec<ContributionId> = parts.iter().map(|part| part.id).collect();
    let stated = store::stated(db.read(), &given).await?;
    Ok(parts
        .iter()
        .map(|part| {
            let years = years
                .get(&part.award_id)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let by_year = match (stated.get(&part.id), years) {
                (Some(said), _) => said.clone(),
                (None, [only]) => vec![Part {
                    year: only.id,
                    agreed: part.agreed,
                    pledged: Money::ZERO,
                }],
                (None, _) => Vec::new(),
            };
            (part.id, in_words(years, &by_year))
        })
        .collect())
}

fn in_words(years: &[YearFacts], said: &[Part]) -> Vec<ContributionYear> {
    years
        .iter()
        .filter_map(|year| {
            let part = said.iter().find(|part| part.year == year.id)?;
            let confirmed = year.standing == YearStanding::Confirmed;
            Some(ContributionYear {
                year_id: year.id,
                starts_on: year.starts_on,
                ends_on: year.ends_on,
                confirmed_pence: if confirmed { part.agreed } else { Money::ZERO },
                indicative_pence: if confirmed { Money::ZERO } else { part.agreed },
                pledged_pence: part.pledged,
            })
        })
        .collect()
}

/// What was stated of a contribution, the newest first.
pub async fn of_contribution(
    db: &Db,
    ctx: &Ctx,
    pool_id: PoolId,
    id: ContributionId,
) -> Result<Vec<StatementView>> {
    ctx.require(Operation::ReadPools)?;
    store::one(db.read(), ctx, pool_id).await?;
    let given = contribution_of(db.read(), pool_id, id).await?;
    let years = awards::store::years(db.read(), &[given.award_id]).await?;
    let years = years
        .get(&given.award_id)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let rows = store::statements(db.read(), id).await?;
    let names = names_of(db, rows.iter().filter_map(|row| row.recorded_by)).await?;
    let said = store::parts(db.read(), rows.iter().map(|row| row.id)).await?;
    Ok(rows
        .into_iter()
        .rev()
        .map(|row| StatementView {
            id: row.id,
            seq: row.seq,
            agreed_before_pence: row.agreed_before,
            agreed_pence: row.agreed,
            years: in_words(
                years,
                said.get(&row.id).map(Vec::as_slice).unwrap_or_default(),
            ),
            agreed_by: row.agreed_by,
            agreed_on: row.agreed_on,
            reference: row.reference,
            reason: row.reason,
            recorded_by: row.recorded_by.and_then(|id| names.get(&id).cloned()),
        })
        .collect())
}

/// The years of a contribution's award, the earliest first: what can be stated of it.
pub async fn years(
    db: &Db,
    ctx: &Ctx,
    pool_id: PoolId,
    id: ContributionId,
) -> Result<Vec<YearFacts>> {
    ctx.require(Operation::ReadPools)?;
    store::one(db.read(), ctx, pool_id).await?;
    let award = contribution_of(db.read(), pool_id, id).await?.award_id;
    let years = awards::store::years(db.read(), &[award])
        .await?
        .remove(&award);
    Ok(years.unwrap_or_default())
}

/// What stating a contribution anew would do. Changes nothing.
pub async fn preview(
    db: &Db,
    ctx: &Ctx,
    pool_id: PoolId,
    id: ContributionId,
    new: &NewStatement,
) -> Result<StatementPreview> {
    ctx.require(Operation::StateContribution)?;
    store::one(db.read(), ctx, pool_id).await?;
    let given = contribution_of(db.read(), pool_id, id).await?;
    let agreed = new.checked(db.read(), ctx, &given).await?;
    let by_year: Vec<(AwardYearId, Money)> = new
        .years
        .iter()
        .map(|year| (year.year_id, year.agreed_pence))
        .collect();
    let effect =
        attribution::what_if_contribution(db, pool_id, given.award_id, agreed, &by_year).await?;
    Ok(StatementPreview {
        agreed_before_pence: given.agreed,
        agreed_after_pence: agreed,
        effect: pool_effect(db, pool_id, effect).await?,
    })
}
