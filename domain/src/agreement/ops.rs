//! Stating what the finance system says: typed, or from a small file. A later statement takes the
//! place of an earlier, which stays to be read.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{JobKind, LedgerBalanceId, ledger_balance};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::rules::check_month;
use crate::access::rules::Operation;
use crate::calendar::rules::first_of_month;
use crate::coding::rules::{RowFault, cells, day};
use crate::imports::rules::{AmountRules, ledger_month, parse_money};
use crate::{Command, Ctx, Db, Error, FieldError, Money, Result, jobs};

/// What the ledger says of cost centres in months.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerTotals {
    /// Each cost centre and month at most once.
    #[validate(
        nested,
        length(min = 1, max = 5000, message = "State 1 to 5,000 sums at once.")
    )]
    #[schema(min_items = 1, max_items = 5000)]
    pub totals: Vec<LedgerTotal>,
}

/// What the ledger says of a cost centre in a month.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerTotal {
    /// The cost centre as the ledger writes it; empty for what has none.
    #[validate(
        length(max = 200, message = "At most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    pub cost_centre: String,
    /// The month's first day, such as `2026-09-01`.
    pub month: NaiveDate,
    /// In pence; null takes an earlier statement back.
    #[schema(value_type = Option<i64>, minimum = -100_000_000_000_000_i64, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Option<Money>,
}

/// What stating changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Stated {
    /// Sums that were stated.
    pub stated: usize,
    /// Earlier ones whose place was taken.
    pub superseded: usize,
    /// Sums that said what stood already.
    pub unchanged: usize,
    /// What is wrong with a file's rows; while there is anything, nothing is taken in.
    pub faults: Vec<RowFault>,
}

/// The largest sum that can be stated, in pence.
const LARGEST: i64 = 100_000_000_000_000;

/// States sums.
pub async fn state(db: &Db, ctx: &Ctx, new: &LedgerTotals) -> Result<Stated> {
    ctx.require(Operation::StateLedgerTotals)?;
    new.validate()?;
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, total) in new.totals.iter().enumerate() {
        wrong.extend(check_month(total.month, &format!("/totals/{index}/month")));
        if !seen.insert((total.month, total.cost_centre.trim().to_lowercase())) {
            wrong.push(FieldError::new(
                format!("/totals/{index}/cost_centre"),
                "stated-twice",
                "This cost centre and month are stated twice.",
            ));
        }
        if total
            .amount_pence
            .is_some_and(|amount| amount.pence().abs() > LARGEST)
        {
            wrong.push(FieldError::new(
                format!("/totals/{index}/amount_pence"),
                "too-large",
                "This is more than one cost centre can have: check the amount.",
            ));
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    db.write(
        ctx,
        Command::new(Operation::StateLedgerTotals),
        async |tx| {
            // whoever states sums waits here for the others
            tx.next("ledger_balance").await?;
            let months: BTreeSet<NaiveDate> = new.totals.iter().map(|total| total.month).collect();
            let standing = ledger_balance::Entity::find()
                .filter(ledger_balance::Column::SupersededAt.is_null())
                .filter(ledger_balance::Column::Month.is_in(months.iter().copied()))
                .all(tx.conn())
                .await?;
            let mut done = Stated::default();
            for total in &new.totals {
                let centre = total.cost_centre.trim();
                let earlier = standing.iter().find(|row| {
                    row.month == total.month
                        && row.cost_centre.to_lowercase() == centre.to_lowercase()
                });
                if earlier.map(|row| row.amount) == total.amount_pence {
                    done.unchanged += 1;
                    continue;
                }
                if let Some(earlier) = earlier {
                    ledger_balance::Entity::update_many()
                        .col_expr(ledger_balance::Column::SupersededAt, Expr::value(tx.now()))
                        .filter(ledger_balance::Column::Id.eq(earlier.id))
                        .exec(tx.conn())
                        .await?;
                    done.superseded += 1;
                }
                if let Some(amount) = total.amount_pence {
                    ledger_balance::ActiveModel {
                        id: Set(LedgerBalanceId::new()),
                        // as it was written first: capitals do not make another cost centre
                        cost_centre: Set(earlier
                            .map_or_else(|| centre.to_owned(), |row| row.cost_centre.clone())),
                        month: Set(total.month),
                        amount: Set(amount),
                        stated_at: Set(tx.now()),
                        stated_by: Set(ctx.person_id()),
                        superseded_at: Set(None),
                    }
                    .insert(tx.conn())
                    .await?;
                    done.stated += 1;
                }
            }
            tx.note("stated", done.stated);
            tx.note("superseded", done.superseded);
            let months: Vec<String> = months.iter().map(ToString::to_string).collect();
            tx.note("months", serde_json::to_value(months)?);
            if done.stated + done.superseded > 0 {
                // a draft says which of its months are agreed
                let kind = JobKind::DraftReturns;
                jobs::ask(tx, kind).await?;
            }
            Ok(done)
        },
    )
    .await
}

/// The columns of a file of sums.
pub const COLUMNS: [&str; 3] = ["cost_centre", "month", "amount"];

/// States the sums of a file: a trial balance by cost centre and month, in pounds.
pub async fn load(db: &Db, ctx: &Ctx, bytes: &[u8]) -> Result<Stated> {
    ctx.require(Operation::StateLedgerTotals)?;
    let mut totals = Vec::new();
    let mut faults = Vec::new();
    for (row, cells) in cells(bytes, &COLUMNS, 3, 5_000)? {
        let cell = |at: usize| cells.get(at).map_or("", String::as_str);
        let mut fault = |column: &str, message: String| {
            faults.push(RowFault {
                row,
                column: Some(column.to_owned()),
                message,
            });
        };
        // “2026-09”, “2026/27 P06”, “01/09/2026”, “Sep 2026”
        let month = ledger_month(Some(cell(1)), None).or_else(|| {
            day(cell(1))
                .or_else(|| day(&format!("1 {}", cell(1))))
                .map(first_of_month)
        });
        let amount = parse_money(cell(2), &AmountRules::default());
        if month.is_none() {
            fault("month", "Write the month like 2026-09.".to_owned());
        }
        if amount.is_err() {
            fault(
                "amount",
                "Write the amount in pounds, like 1,234.56.".to_owned(),
            );
        }
        if let (Some(month), Ok(pence)) = (month, amount) {
            totals.push(LedgerTotal {
                cost_centre: cell(0).to_owned(),
                month,
                amount_pence: Some(Money(pence)),
            });
        }
    }
    if !faults.is_empty() {
        return Ok(Stated {
            faults,
            ..Stated::default()
        });
    }
    if totals.is_empty() {
        return Err(Error::invalid(
            "/file",
            "empty",
            "The file has no rows under its headings.",
        ));
    }
    state(db, ctx, &LedgerTotals { totals }).await
}
