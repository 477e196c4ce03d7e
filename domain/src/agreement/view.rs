//! The agreement with the finance system, as readers get it.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use serde::Serialize;

use super::rules::{Side, Standing, check_month};
use super::store;
use crate::access::rules::{Operation, Sight, sight};
use crate::calendar::rules::first_of_month;
use crate::{Ctx, Db, Error, Money, Result};

/// A cost centre in a month, on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CentreView {
    /// The cost centre; empty for what has none.
    pub cost_centre: String,
    /// What the ledger says, in pence; null where nobody stated it.
    pub stated_pence: Option<i64>,
    /// What counts here, in pence.
    pub counted_pence: i64,
    /// The ledger's less ours, in pence.
    pub difference_pence: Option<i64>,
    /// Of the difference: lines that wait to be coded, in pence.
    pub to_code_pence: i64,
    /// Of the difference: rows that were set aside by name, in pence.
    pub set_aside_pence: i64,
    /// Of the difference: files that were read and are not accepted, in pence.
    pub not_accepted_pence: i64,
    /// What journals of our own add to what counts here, in pence: the difference has it turned
    /// round.
    pub journals_pence: i64,
    /// What of the difference nobody named, in pence.
    pub other_pence: Option<i64>,
    /// How the two sides stand.
    pub standing: Standing,
}

/// A month, on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AgreementView {
    /// The month's first day.
    pub month: NaiveDate,
    /// Whether nothing is left to explain in any cost centre, and something was stated.
    pub agreed: bool,
    /// Whether the ledger's sum of at least one cost centre was stated.
    pub stated: bool,
    /// The cost centres: what differs first, then by name.
    pub cost_centres: Vec<CentreView>,
    /// What the ledger says of those that were stated, in pence.
    pub stated_pence: i64,
    /// What counts here, in pence.
    pub counted_pence: i64,
    /// What waits to be coded, in pence.
    pub to_code_pence: i64,
    /// What was set aside by name, in pence.
    pub set_aside_pence: i64,
    /// What is in files that are not accepted, in pence.
    pub not_accepted_pence: i64,
}

/// How a month stands, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MonthStanding {
    /// The month's first day.
    pub month: NaiveDate,
    /// Whether nothing is left to explain.
    pub agreed: bool,
    /// Whether the ledger's sum of at least one cost centre was stated.
    pub stated: bool,
    /// Cost centres with something left to explain.
    pub open: usize,
}

impl CentreView {
    fn of(cost_centre: String, side: Side) -> Self {
        Self {
            cost_centre,
            stated_pence: side.stated.map(Money::pence),
            counted_pence: side.counted.pence(),
            difference_pence: side.difference().map(Money::pence),
            to_code_pence: side.to_code.pence(),
            set_aside_pence: side.set_aside.pence(),
            not_accepted_pence: side.not_accepted.pence(),
            journals_pence: side.journals.pence(),
            other_pence: side.other().map(Money::pence),
            standing: side.standing(),
        }
    }
}

/// A month on both sides.
pub async fn month(db: &Db, ctx: &Ctx, month: NaiveDate) -> Result<AgreementView> {
    ctx.require(Operation::ReadCodingMap)?;
    if let Some(wrong) = check_month(month, "/month") {
        return Err(Error::Invalid(vec![wrong]));
    }
    let sides = match sight(&ctx.actor) {
        Sight::All => store::sides(db.read(), month, month).await?,
        Sight::Funders(_) | Sight::Nothing => store::Sides::new(),
    };
    let sum = |of: fn(&Side) -> Money| {
        Money::sum(sides.values().map(of))
            .map(Money::pence)
            .ok_or_else(|| Error::internal("amounts beyond counting"))
    };
    let stated = sides.values().any(|side| side.stated.is_some());
    let view = AgreementView {
        month,
        stated,
        agreed: stated && sides.values().all(|side| side.standing().settled()),
        stated_pence: sum(|side| side.stated.unwrap_or_default())?,
        counted_pence: sum(|side| side.counted)?,
        to_code_pence: sum(|side| side.to_code)?,
        set_aside_pence: sum(|side| side.set_aside)?,
        not_accepted_pence: sum(|side| side.not_accepted)?,
        cost_centres: Vec::new(),
    };
    let mut cost_centres: Vec<CentreView> = sides
        .into_iter()
        .map(|((_, centre), side)| CentreView::of(centre, side))
        .collect();
    cost_centres.sort_by(|a, b| (a.standing, &a.cost_centre).cmp(&(b.standing, &b.cost_centre)));
    Ok(AgreementView {
        cost_centres,
        ..view
    })
}

/// How the last two years' months stand, newest first: those with anything on either side.
pub async fn months(db: &Db, ctx: &Ctx) -> Result<Vec<MonthStanding>> {
    ctx.require(Operation::ReadCodingMap)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    let to = first_of_month(ctx.today());
    let from = to.checked_sub_months(Months::new(24)).unwrap_or(to);
    let mut found: BTreeMap<NaiveDate, MonthStanding> = BTreeMap::new();
    for ((month, _), side) in store::sides(db.read(), from, to).await? {
        let standing = found.entry(month).or_insert(MonthStanding {
            month,
            agreed: true,
            stated: false,
            open: 0,
        });
        standing.stated |= side.stated.is_some();
        if !side.standing().settled() {
            standing.open += 1;
            standing.agreed = false;
        }
    }
    Ok(found.into_values().rev().collect())
}
