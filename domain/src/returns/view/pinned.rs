//! Spend of a return's period that a person pinned to its award: whoever signs reads it, with why.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{Money, SpendLineId};
use serde::Serialize;

use crate::access::names_of;
use crate::access::rules::Operation;
use crate::calendar::rules::london_date;
use crate::returns::rules::measures::Span;
use crate::returns::store::Record;
use crate::{Ctx, Db, Error, Result, pins};

/// Most lines that are told one by one.
const MOST: usize = 50;

/// Spend of the period that the award pays on a person's word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ReturnPins)]
pub struct Pins {
    /// How many lines.
    pub lines: usize,
    /// How much of them.
    pub amount: Money,
    /// The largest of them, at most 50.
    pub largest: Vec<Pinned>,
}

/// Part of a line that a person pinned to the award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ReturnPin)]
pub struct Pinned {
    /// The line.
    pub line_id: SpendLineId,
    /// London date on which what it pays for was received.
    pub incurred_on: NaiveDate,
    /// Who was paid; null to those who may not look at spend.
    pub supplier: Option<String>,
    /// How much of it.
    pub amount: Money,
    /// Why.
    pub why: String,
    /// Who pinned it.
    pub by: Option<String>,
    /// London date on which they did.
    pub on: NaiveDate,
}

/// The pins to a return's award that held at an instant, of lines received in its period.
pub(super) async fn of(
    db: &Db,
    ctx: &Ctx,
    record: &Record,
    span: &Span,
    at: DateTime<Utc>,
) -> Result<Pins> {
    let all = pins::store::to_award(db.read(), record.award.id, (span.from, span.to), at).await?;
    let amount = Money::sum(all.iter().map(|(pin, _)| pin.amount))
        .ok_or_else(|| Error::internal("pins that come to more than can be counted"))?;
    let lines = all.len();
    let looks = ctx.require(Operation::ReadSpend).is_ok();
    let names = names_of(db, all.iter().filter_map(|(pin, _)| pin.pinned_by)).await?;
    let largest = all
        .into_iter()
        .take(MOST)
        .map(|(pin, line)| Pinned {
            line_id: line.id,
            incurred_on: line.incurred_on,
            supplier: line.supplier.filter(|_| looks),
            amount: pin.amount,
            why: pin.why,
            by: pin.pinned_by.and_then(|id| names.get(&id).cloned()),
            on: london_date(pin.pinned_at),
        })
        .collect();
    Ok(Pins {
        lines,
        amount,
        largest,
    })
}
