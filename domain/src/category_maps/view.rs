//! An award's position in its funder's own budget lines.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AwardId, CostCategoryId, Money, OrganisationId, PaysFor};
use serde::Serialize;

use super::rules::Line;
use super::store::{self, Sums};
use crate::access::rules::Operation;
pub use crate::positions::view::When;
use crate::{Ctx, Db, Error, Result, awards, categories, organisations};

/// An award's position in its funder's own budget lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardBudgetLines)]
pub struct BudgetLines {
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// Who gives it.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// The award's version, for If-Match.
    pub version: i64,
    /// London date: spend received until then counts.
    pub as_of: NaiveDate,
    /// As far as it was recorded by this instant (UTC); null: all that is known.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub known_at: Option<DateTime<Utc>>,
    /// Where the funder says what its lines are; null where none were recorded.
    pub said_in: Option<String>,
    /// The award's amount, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// What it paid in all, in pence: what the lines and the rest come to.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Forecast in all for the months after this one, in pence; null but for today.
    #[schema(value_type = Option<i64>)]
    pub forecast_pence: Option<Money>,
    /// The lines in the funder's order.
    pub lines: Vec<BudgetLine>,
    /// What counts in none of them.
    pub in_no_line: InNoLine,
}

/// A budget line of a funder, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardBudgetLine)]
pub struct BudgetLine {
    /// What the funder calls it.
    pub name: String,
    /// Whether capital, revenue or both count in it.
    pub pays_for: PaysFor,
    /// The cost categories that it is made of.
    pub category_ids: Vec<CostCategoryId>,
    /// What they are called, in the same order.
    pub categories: Vec<String>,
    /// What the funder gives for it, in pence; null where it does not say.
    #[schema(value_type = Option<i64>)]
    pub budget_pence: Option<Money>,
    /// What the award paid of it, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Forecast for the months after this one, in pence; null but for today.
    #[schema(value_type = Option<i64>)]
    pub forecast_pence: Option<Money>,
    /// Budget less attributed, in pence: negative where more was spent; null where the funder states no budget.
    #[schema(value_type = Option<i64>)]
    pub left_pence: Option<Money>,
}

/// What the award paid that counts in none of its funder's lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = InNoBudgetLine)]
pub struct InNoLine {
    /// What it paid, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Forecast for the months after this one, in pence; null but for today.
    #[schema(value_type = Option<i64>)]
    pub forecast_pence: Option<Money>,
    /// The cost categories that the award may pay for, or paid for, and that no line holds whole.
    pub categories: Vec<String>,
}

fn too_much() -> Error {
    Error::internal("the budget lines of an award fit no number")
}

/// An award's position in its funder's own budget lines, in all pools together. A funder's officer reads that of
/// their own awards.
pub async fn of_award(db: &Db, ctx: &Ctx, id: AwardId, when: When) -> Result<BudgetLines> {
    ctx.require(Operation::ReadAwards)?;
    let then = when.then(ctx)?;
    let conn = &db.snapshot().await?;
    let award = awards::store::one(conn, ctx, id).await?;
    let map = store::last(conn, id, Some(then)).await?;
    let paid = store::paid(conn, id, then).await?;
    let to_come = match when.is_now(ctx) {
        true => Some(store::to_come(conn, id, ctx.today()).await?),
        false => None,
    };
    let names = categories::store::all_names(conn).await?;
    let named = |category: &CostCategoryId| names.get(category).cloned().unwrap_or_default();
    let funder = organisations::view::names(db, [award.funder_id]).await?;
    let (said_in, lines) = map.map_or((None, Vec::new()), |map| (Some(map.row.said_in), map.lines));
    let mut read = Vec::with_capacity(lines.len());
    for line in &lines {
        let attributed = of_line(&paid, line)?;
        let mut made_of: Vec<(String, CostCategoryId)> =
            line.categories.iter().map(|id| (named(id), *id)).collect();
        made_of.sort();
        let (categories, category_ids) = made_of.into_iter().unzip();
        read.push(BudgetLine {
            name: line.name.clone(),
            pays_for: line.pays_for,
            category_ids,
            categories,
            budget_pence: line.budget,
            attributed_pence: attributed,
            forecast_pence: to_come
                .as_ref()
                .map(|sums| of_line(sums, line))
                .transpose()?,
            left_pence: line
                .budget
                .map(|budget| budget.minus(attributed).ok_or_else(too_much))
                .transpose()?,
        });
    }
    let may_pay = awards::store::categories(conn, id).await?;
    let mut outside: BTreeSet<String> = BTreeSet::new();
    if !lines.is_empty() {
        let kinds: &[bool] = match award.pays_for {
            PaysFor::Both => &[true, false],
            PaysFor::Capital => &[true],
            PaysFor::Revenue => &[false],
        };
        let could = may_pay
            .iter()
            .flat_map(|id| kinds.iter().map(|capital| (*id, *capital)));
        let did = paid
            .iter()
            .filter(|(_, amount)| **amount != Money::ZERO)
            .filter_map(|((category, capital), _)| Some(((*category)?, *capital)));
        for (category, capital) in could.chain(did) {
            if !lines.iter().any(|line| line.holds(category, capital)) {
                outside.insert(named(&category));
            }
        }
    }
    Ok(BudgetLines {
        award_id: id,
        award: award.title,
        funder: funder.get(&award.funder_id).cloned().unwrap_or_default(),
        funder_id: award.funder_id,
        version: award.version,
        as_of: then.on,
        known_at: then.known_at,
        said_in,
        amount_pence: award.amount,
        attributed_pence: all(&paid)?,
        forecast_pence: to_come.as_ref().map(all).transpose()?,
        in_no_line: InNoLine {
            attributed_pence: rest(&paid, read.iter().map(|line| line.attributed_pence))?,
            forecast_pence: to_come
                .as_ref()
                .map(|sums| rest(sums, read.iter().filter_map(|line| line.forecast_pence)))
                .transpose()?,
            categories: outside.into_iter().collect(),
        },
        lines: read,
    })
}

fn all(sums: &Sums) -> Result<Money> {
    Money::sum(sums.values().copied()).ok_or_else(too_much)
}

fn of_line(sums: &Sums, line: &Line) -> Result<Money> {
    let of = sums.iter().filter(|((category, capital), _)| {
        category.is_some_and(|category| line.holds(category, *capital))
    });
    Money::sum(of.map(|(_, amount)| *amount)).ok_or_else(too_much)
}

/// What is left of all once the lines are taken out.
fn rest(sums: &Sums, lines: impl Iterator<Item = Money>) -> Result<Money> {
    let lines = Money::sum(lines).ok_or_else(too_much)?;
    all(sums)?.minus(lines).ok_or_else(too_much)
}

/// Those of these awards whose funder's budget lines are known; whoever asks may see the awards.
pub async fn known(
    db: &Db,
    ctx: &Ctx,
    awards: impl IntoIterator<Item = AwardId>,
) -> Result<BTreeSet<AwardId>> {
    ctx.require(Operation::ReadAwards)?;
    store::mapped(db.read(), awards).await
}

/// What the application that became this award asked for, by budget line over all years: so that nobody types
/// it again.
pub async fn as_applied_for(db: &Db, ctx: &Ctx, id: AwardId) -> Result<Vec<(String, bool, Money)>> {
    ctx.require(Operation::MapCategories)?;
    awards::store::one(db.read(), ctx, id).await?;
    let mut lines: BTreeMap<(String, bool), (i32, Money)> = BTreeMap::new();
    for row in crate::applications::store::lines_of_award(db.read(), id).await? {
        let sum = lines
            .entry((row.label, row.capital))
            .or_insert((row.position, Money::ZERO));
        sum.1 = sum.1.plus(row.amount).ok_or_else(too_much)?;
    }
    let mut lines: Vec<_> = lines.into_iter().collect();
    lines.sort_by_key(|(_, (position, _))| *position);
    Ok(lines
        .into_iter()
        .map(|((name, capital), (_, amount))| (name, capital, amount))
        .collect())
}
