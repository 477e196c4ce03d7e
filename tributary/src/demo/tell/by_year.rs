//! An award of the story that gives its money by year and pays by a schedule.

use chrono::Days;
use domain::awards::ops::NewAwardYear;
use domain::payments::ops::{NewMoney, NewPayment, NewPayments};
use domain::{Ctx, Money, payments};
use entity::{AwardMoneyKind, CarryForward, YearStanding};

use super::Telling;
use crate::Failure;
use crate::demo::story;

/// The award that gives its money by year.
pub(super) const BY_YEAR: &str = "lottery";

impl Telling {
    /// The lottery gives by government year, lets us carry money forward by right, and has not
    /// confirmed the last; all others give their money as one.
    pub(super) fn years(&self, award: &story::Award) -> Vec<NewAwardYear> {
        let mut years: Vec<NewAwardYear> = Vec::new();
        if award.slug != BY_YEAR {
            return years;
        }
        let months = i64::from(award.to - award.from + 1);
        let mut from = award.from;
        let mut left = award.amount;
        while from <= award.to {
            let to = (from.div_euclid(12) * 12 + 11).min(award.to);
            let is_last = to == award.to;
            let amount = if is_last {
                left
            } else {
                award.amount / months * i64::from(to - from + 1)
            };
            left -= amount;
            years.push(NewAwardYear {
                starts_on: self.calendar.first(from),
                ends_on: self.calendar.last(to),
                amount_pence: Money(amount),
                standing: if is_last {
                    YearStanding::Indicative
                } else {
                    YearStanding::Confirmed
                },
                carry_forward: CarryForward::ByRight,
            });
            from = to + 1;
        }
        years
    }

    /// The lottery pays each quarter ahead: what was due at the beginning of this month has not come.
    pub(super) async fn lottery_pays(&self, officer: &Ctx) -> Result<(), Failure> {
        let award = self.id_of(BY_YEAR)?;
        let now = self.calendar.a;
        let quarters: Vec<i32> = (now - 9..=now + 3).step_by(3).collect();
        let amount = Money(75_000_00);
        let new = NewPayments {
            payments: quarters
                .iter()
                .map(|month| NewPayment {
                    due_on: self.calendar.first(*month),
                    amount_pence: amount,
                    note: "Each quarter ahead, as the agreement says".to_owned(),
                })
                .collect(),
        };
        payments::ops::schedule(&self.db, officer, award, &new).await?;
        for (number, month) in quarters.iter().filter(|month| **month < now).enumerate() {
            let new = NewMoney {
                kind: AwardMoneyKind::Receipt,
                happened_on: self.calendar.first(*month) + Days::new(2),
                amount_pence: amount,
                ledger_reference: format!("BACS 88{:02}", number + 14),
                payment_id: None,
                note: String::new(),
            };
            payments::ops::record(&self.db, officer, award, &new).await?;
        }
        Ok(())
    }
}
