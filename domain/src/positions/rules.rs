//! What stood on a day as it was known at an instant, and what a funder may be told of the money
//! beside its own. Values in, values out.

pub mod ahead;
pub mod cash;
pub mod changes;
pub mod flows;
pub mod unspent;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{Money, OrganisationId};

/// A day and an instant: what stood on the day, as far as it was recorded by the instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The London date.
    pub on: NaiveDate,
    /// The instant; none: all that is known now.
    pub known_at: Option<DateTime<Utc>>,
}

impl AsOf {
    /// Whether something of this day, recorded at this instant, counts.
    #[must_use]
    pub fn counts(self, on: NaiveDate, recorded_at: DateTime<Utc>) -> bool {
        on <= self.on && self.knew(recorded_at)
    }

    /// Whether something that was recorded at this instant was known.
    #[must_use]
    pub fn knew(self, recorded_at: DateTime<Utc>) -> bool {
        self.known_at.is_none_or(|known_at| recorded_at <= known_at)
    }
}

/// What was stated of a contribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// Which statement.
    pub id: T,
    /// Agreed before it.
    pub before: Money,
    /// Agreed by it.
    pub agreed: Money,
    /// London date on which that was agreed.
    pub on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// What an award put into a pool as it stood then, and the statement that said so; `now` is what stands
/// today. Statements come in the order in which they were recorded.
#[must_use]
pub fn agreed_then<T: Copy>(now: Money, said: &[Said<T>], then: AsOf) -> (Money, Option<T>) {
    let before = said.first().map_or(now, |first| first.before);
    said.iter()
        .rfind(|one| then.counts(one.on, one.recorded_at))
        .map_or((before, None), |one| (one.agreed, Some(one.id)))
}

/// What an award is expected to pay that no agreement with a provider holds yet: what is forecast for the
/// months after the one that runs, and what that one has not spent of its forecast; less what is expected to
/// be paid for agreements.
#[must_use]
pub fn not_committed(
    forecast: &BTreeMap<NaiveDate, Money>,
    month: NaiveDate,
    spent_in_month: Money,
    expected: Money,
) -> Option<Money> {
    let later = forecast.range(month..).skip_while(|(on, _)| **on == month);
    let later = Money::sum(later.map(|(_, amount)| *amount))?;
    let of_month = forecast.get(&month).copied().unwrap_or_default();
    let rest = of_month.minus(spent_in_month)?.max(Money::ZERO);
    Some(later.plus(rest)?.minus(expected)?.max(Money::ZERO))
}

/// What calls for attention in a row of the funding grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Attention {
    /// Spend that no award pays for.
    Gap,
    /// No award may pay for it.
    NobodyMayPay,
    /// Several awards may pay for it.
    SeveralMayPay,
    /// Nothing.
    Nothing,
}

impl Attention {
    /// Of a cost category with so much uncovered, for which so many awards may pay.
    #[must_use]
    pub fn of(not_covered: Money, may_pay: usize) -> Self {
        match may_pay {
            _ if not_covered > Money::ZERO => Self::Gap,
            0 => Self::NobodyMayPay,
            1 => Self::Nothing,
            _ => Self::SeveralMayPay,
        }
    }

    /// The name spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::NobodyMayPay => "nobody-may-pay",
            Self::SeveralMayPay => "several-may-pay",
            Self::Nothing => "nothing",
        }
    }
}

/// How a reader sees a funder of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// By name: it is the reader's own, or agreed to be.
    ByName,
    /// Only within a sum.
    InSum,
}

/// How a funder's officer sees a funder.
#[must_use]
pub fn seen(
    funder: OrganisationId,
    mine: &[OrganisationId],
    named: &BTreeSet<OrganisationId>,
) -> Seen {
    if mine.contains(&funder) || named.contains(&funder) {
        Seen::ByName
    } else {
        Seen::InSum
    }
}

/// The sum of a figure over the funders that are not named: none where it would give the figure of one
/// of them, because no second one has any.
///
/// A total may be told only where this may: less what the reader knows, it is this.
#[must_use]
pub fn sum_of_unnamed(figures: &BTreeMap<OrganisationId, Money>) -> Option<Money> {
    let some = figures.values().filter(|figure| **figure != Money::ZERO);
    if figures.is_empty() || some.count() >= 2 {
        Money::sum(figures.values().copied())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn what_stood_then_is_what_was_agreed_and_known_then() {
        let said = [
            Said {
                id: 1,
                before: Money(100),
                agreed: Money(80),
                on: day("2026-05-01"),
                recorded_at: at("2026-05-02T09:00:00Z"),
            },
            Said {
                id: 2,
                before: Money(80),
                agreed: Money(120),
                on: day("2026-07-01"),
                recorded_at: at("2026-09-01T09:00:00Z"),
            },
        ];
        let then = |on: &str, known: Option<&str>| {
            let known_at = known.map(at);
            agreed_then(
                Money(120),
                &said,
                AsOf {
                    on: day(on),
                    known_at,
                },
            )
        };
        assert_eq!(then("2026-04-30", None), (Money(100), None));
        assert_eq!(then("2026-05-01", None), (Money(80), Some(1)));
        assert_eq!(then("2026-07-01", None), (Money(120), Some(2)));
        // it was agreed in July, and nobody here knew until September
        let august = Some("2026-08-01T00:00:00Z");
        assert_eq!(then("2026-07-01", august), (Money(80), Some(1)));
        let never = AsOf {
            on: day("2026-01-01"),
            known_at: None,
        };
        assert_eq!(agreed_then::<i32>(Money(7), &[], never), (Money(7), None));
    }

    #[test]
    fn what_is_not_committed_is_forecast_beyond_agreements() {
        let forecast: BTreeMap<NaiveDate, Money> = [
            (day("2026-09-01"), Money(900)),
            (day("2026-10-01"), Money(100)),
            (day("2026-11-01"), Money(200)),
        ]
        .into();
        let of = |spent, expected| {
            not_committed(&forecast, day("2026-10-01"), Money(spent), Money(expected)).unwrap()
        };
        assert_eq!(of(0, 0), Money(300));
        assert_eq!(of(30, 0), Money(270));
        // a month that spent more than was forecast takes nothing from the next
        assert_eq!(of(500, 0), Money(200));
        assert_eq!(of(0, 250), Money(50));
        assert_eq!(of(0, 999), Money(0));
    }

    #[test]
    fn a_gap_goes_before_who_may_pay() {
        assert_eq!(Attention::of(Money(1), 3), Attention::Gap);
        assert_eq!(Attention::of(Money(0), 0), Attention::NobodyMayPay);
        assert_eq!(Attention::of(Money(0), 1), Attention::Nothing);
        assert_eq!(Attention::of(Money(-5), 2), Attention::SeveralMayPay);
    }

    #[test]
    fn one_unnamed_funder_is_never_told() {
        let (a, b, c) = (
            OrganisationId::new(),
            OrganisationId::new(),
            OrganisationId::new(),
        );
        let sum = |all: &[(OrganisationId, i64)]| {
            sum_of_unnamed(&all.iter().map(|(id, sum)| (*id, Money(*sum))).collect())
        };
        assert_eq!(sum(&[]), Some(Money(0)));
        assert_eq!(sum(&[(a, 5)]), None);
        assert_eq!(sum(&[(a, 5), (b, 0)]), None, "the other has nothing");
        assert_eq!(sum(&[(a, 0), (b, 0)]), None, "that each has nothing");
        assert_eq!(sum(&[(a, 5), (b, 6)]), Some(Money(11)));
        assert_eq!(sum(&[(a, 5), (b, 0), (c, 6)]), Some(Money(11)));
        assert_eq!(seen(a, &[a], &BTreeSet::new()), Seen::ByName);
        assert_eq!(seen(b, &[a], &[b].into()), Seen::ByName);
        assert_eq!(seen(c, &[a], &[b].into()), Seen::InSum);
    }

    proptest! {
        /// A sum that is told is never the figure of one of those in it.
        #[test]
        fn a_sum_is_of_two_at_least(figures in prop::collection::vec(0_i64..50, 0..5)) {
            let by: BTreeMap<OrganisationId, Money> = figures
                .iter()
                .map(|figure| (OrganisationId::new(), Money(*figure)))
                .collect();
            if let Some(sum) = sum_of_unnamed(&by) {
                prop_assert!(by.is_empty() || figures.iter().all(|figure| Money(*figure) != sum));
            }
        }
    }
}
