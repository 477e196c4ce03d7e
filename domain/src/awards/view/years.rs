//! An award's years as readers get them.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    AwardId, AwardYearEventKind, AwardYearId, CarryForward, Money, YearStanding, award_year_event,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::access::rules::Operation;
use crate::awards::rules::years::positions;
use crate::awards::store;
use crate::{Ctx, Db, Error, Result};

/// A year of an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AwardYearView {
    /// Its id.
    pub id: AwardYearId,
    /// First London date of its window.
    pub starts_on: NaiveDate,
    /// Last London date of its window.
    pub ends_on: NaiveDate,
    /// How much, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// Whether the funder has promised it.
    pub standing: YearStanding,
    /// What becomes of money that is not used by its end.
    pub carry_forward: CarryForward,
    /// Carried into it from the year before, in pence.
    #[schema(value_type = i64)]
    pub carried_in_pence: Money,
    /// Carried on by consent into the year after, in pence.
    #[schema(value_type = i64)]
    pub given_on_pence: Money,
    /// What it may pay in all, in pence: what is confirmed or may be spent at risk, and what was
    /// carried into it, less what was carried on.
    #[schema(value_type = i64)]
    pub may_pay_pence: Money,
    /// What accepted runs attributed to it, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// The difference, in pence; negative when it was cut below what was attributed.
    #[schema(value_type = i64)]
    pub left_pence: Money,
    /// Whether what is left of it belongs to the year after.
    pub carries_on: bool,
    /// What may be spent before it is confirmed, and what is.
    pub at_risk: Option<AtRiskView>,
    /// What we asked to carry forward and the funder has not answered, in pence.
    #[schema(value_type = Option<i64>)]
    pub asked_pence: Option<Money>,
    /// What was agreed of it, the newest first; not shown to a funder's officer.
    pub agreed: Vec<YearEventView>,
}

/// What may be spent in a year before it is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SpendAtRisk)]
pub struct AtRiskView {
    /// At most, in pence.
    #[schema(value_type = i64)]
    pub limit_pence: Money,
    /// The last London date of spend that it covers.
    pub until_on: NaiveDate,
    /// Attributed at risk, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
}

/// What was agreed of a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardYearEvent)]
pub struct YearEventView {
    /// What.
    pub kind: AwardYearEventKind,
    /// London date.
    pub happened_on: NaiveDate,
    /// Pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// Of spending at risk: the last London date of spend that it covers.
    pub until_on: Option<NaiveDate>,
    /// Who agreed, and where it is written.
    pub with_whom: String,
}

pub(super) async fn of(db: &Db, id: AwardId, inside: bool) -> Result<Vec<AwardYearView>> {
    let known = store::years(db.read(), &[id]).await?;
    let spent = store::attributed_by_year(db.read(), &known).await?;
    let years = known.get(&id).map(Vec::as_slice).unwrap_or_default();
    let spent = spent.get(&id).map(Vec::as_slice).unwrap_or_default();
    let mut events: HashMap<AwardYearId, Vec<YearEventView>> = HashMap::new();
    if inside {
        let rows = award_year_event::Entity::find()
            .filter(award_year_event::Column::YearId.is_in(years.iter().map(|year| year.id)))
            .order_by_desc(award_year_event::Column::Seq)
            .all(db.read())
            .await?;
        for row in rows {
            events.entry(row.year_id).or_default().push(YearEventView {
                kind: row.kind,
                happened_on: row.happened_on,
                amount_pence: row.amount,
                until_on: row.until_on,
                with_whom: row.with_whom,
            });
        }
    }
    Ok(years
        .iter()
        .zip(positions(years, spent))
        .map(|(year, position)| AwardYearView {
            id: year.id,
            starts_on: year.starts_on,
            ends_on: year.ends_on,
            amount_pence: year.amount,
            standing: year.standing,
            carry_forward: year.carry,
            carried_in_pence: position.carried_in,
            given_on_pence: year.given_on(),
            may_pay_pence: position.may_pay,
            attributed_pence: position.attributed,
            left_pence: position.left,
            carries_on: position.carries_on,
            at_risk: year.at_risk().map(|(limit, until)| AtRiskView {
                limit_pence: limit,
                until_on: until,
                attributed_pence: position.at_risk,
            }),
            asked_pence: year.asked(),
            agreed: events.remove(&year.id).unwrap_or_default(),
        })
        .collect())
}

/// One year of an award that is to be changed.
pub async fn one_year(db: &Db, ctx: &Ctx, id: AwardId, year: AwardYearId) -> Result<AwardYearView> {
    ctx.require(Operation::RecordAwardYear)?;
    store::one(db.read(), ctx, id).await?;
    of(db, id, true)
        .await?
        .into_iter()
        .find(|one| one.id == year)
        .ok_or(Error::NotFound)
}
