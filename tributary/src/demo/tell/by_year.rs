//! An award of the story that gives its money by year and pays by a schedule.

use chrono::Days;
use domain::awards::ops::NewAwardYear;
use domain::conditions::ops::{ConditionTerms, NewConditionFact};
use domain::payments::ops::{NewMoney, NewPayment, NewPayments};
use domain::{Ctx, Money, conditions, payments};
use entity::{AwardMoneyKind, CarryForward, ConditionEventKind, ConditionKind, Role, YearStanding};

use super::Telling;
use crate::Failure;
use crate::demo::story;

/// The award that gives its money by year.
const BY_YEAR: &str = "lottery";

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

    /// What the lottery's letter asks of us: one condition is met, one is due soon, one always holds.
    pub(super) async fn lottery_asks(&self, officer: &Ctx) -> Result<(), Failure> {
        let award = self.id_of(BY_YEAR)?;
        let now = self.calendar.a;
        let signed = ConditionTerms {
            title: "Send the signed agreement".to_owned(),
            passage:
                "We make no payment before a copy of this agreement, signed by two trustees, has \
                      reached us."
                    .to_owned(),
            written_where: "Grant agreement, paragraph 4".to_owned(),
            kind: ConditionKind::BeforePayment,
            due_on: Some(self.calendar.first(now - 12)),
            who_id: None,
        };
        let id = conditions::ops::state(&self.db, officer, award, &signed).await?;
        let met = NewConditionFact {
            kind: ConditionEventKind::Met,
            happened_on: self.calendar.first(now - 12),
            by_whom: "The charity’s secretary".to_owned(),
            evidence: "The lottery’s receipt of both signatures".to_owned(),
            reference: "LF/2291".to_owned(),
        };
        conditions::ops::record(&self.db, officer, award, id, &met).await?;
        let plan = ConditionTerms {
            title: "Agree a plan for what comes after the grant".to_owned(),
            passage:
                "By the end of the second year you will have agreed with us how the work goes on \
                      when our funding ends."
                    .to_owned(),
            written_where: "Grant agreement, paragraph 11".to_owned(),
            kind: ConditionKind::During,
            due_on: Some(self.calendar.last(now + 1)),
            who_id: self.people.id(Role::GrantsOfficer),
        };
        conditions::ops::state(&self.db, officer, award, &plan).await?;
        let insured = ConditionTerms {
            title: "Keep the centre insured".to_owned(),
            passage:
                "The building and what is in it are insured for their full value at all times."
                    .to_owned(),
            written_where: "Grant agreement, paragraph 6".to_owned(),
            kind: ConditionKind::Standing,
            due_on: None,
            who_id: None,
        };
        conditions::ops::state(&self.db, officer, award, &insured).await?;
        Ok(())
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
