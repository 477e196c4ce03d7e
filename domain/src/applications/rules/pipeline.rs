//! What is asked for, how much of it may come, and what is sure: kept apart, to the penny.

use chrono::NaiveDate;
use entity::{Money, StageKind};
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole, in basis points.
const WHOLE: i128 = 10_000;

/// An amount by how likely it is, to the nearest penny, halves up.
#[must_use]
pub fn weighted(amount: Money, likelihood_bp: i32) -> Money {
    let bp = i128::from(likelihood_bp.clamp(0, 10_000));
    let pence = (i128::from(amount.pence()) * bp + WHOLE / 2) / WHOLE;
    // never more than the amount, which fits
    Money(i64::try_from(pence).unwrap_or(amount.pence()))
}

/// A sum spread over parts as they are to each other, so that it still comes to the sum.
#[must_use]
pub fn spread(sum: Money, parts: &[Money]) -> Vec<Money> {
    let whole: i128 = parts.iter().map(|part| i128::from(part.pence())).sum();
    if whole == 0 {
        return vec![Money::ZERO; parts.len()];
    }
    let (mut before, mut given) = (0_i128, 0_i128);
    parts
        .iter()
        .map(|part| {
            before += i128::from(part.pence());
            let until = i128::from(sum.pence()) * before / whole;
            let share = until - given;
            given = until;
            Money(i64::try_from(share).unwrap_or_default())
        })
        .collect()
}

/// The stage that an application is at: the first that is not done.
#[must_use]
pub fn current_stage(stages: impl IntoIterator<Item = (StageKind, bool)>) -> Option<StageKind> {
    stages
        .into_iter()
        .filter(|(_, done)| !done)
        .map(|(stage, _)| stage)
        .min()
}

/// What an application is worth in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// First London date of the year.
    pub year_from: NaiveDate,
    /// Asked for, or offered once it is; pence.
    pub amount: Money,
    /// How likely, where somebody has said.
    pub likelihood_bp: Option<i32>,
    /// It was accepted: it is sure.
    pub confirmed: bool,
}

/// Sums of a pipeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PipelineSums)]
pub struct Sums {
    /// Asked for, or offered, and not yet decided; pence.
    #[schema(value_type = i64)]
    pub asked_pence: Money,
    /// Of that, each by how likely it is; pence. Not what nobody has estimated.
    #[schema(value_type = i64)]
    pub expected_pence: Money,
    /// Asked for where nobody has said how likely it is; pence.
    #[schema(value_type = i64)]
    pub not_estimated_pence: Money,
    /// Accepted: sure; pence. In none of the other sums.
    #[schema(value_type = i64)]
    pub confirmed_pence: Money,
}

impl Sums {
    fn add(&mut self, asked: Money, expected: Option<Money>, confirmed: bool) -> Option<()> {
        if confirmed {
            self.confirmed_pence = self.confirmed_pence.plus(asked)?;
            return Some(());
        }
        self.asked_pence = self.asked_pence.plus(asked)?;
        match expected {
            Some(expected) => self.expected_pence = self.expected_pence.plus(expected)?,
            None => self.not_estimated_pence = self.not_estimated_pence.plus(asked)?,
        }
        Some(())
    }
}

/// Sums of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PipelineYear)]
pub struct Year {
    /// First London date of the year.
    pub year_from: NaiveDate,
    /// What it comes to.
    #[serde(flatten)]
    pub sums: Sums,
}

/// The sums of applications, each given by its years, in all and by year. Both come to the same:
/// what is expected of an application is spread over its years. Nothing when a sum fits no number.
#[must_use]
pub fn sums(applications: &[Vec<Part>]) -> Option<(Sums, Vec<Year>)> {
    let mut all = Sums::default();
    let mut years: BTreeMap<NaiveDate, Sums> = BTreeMap::new();
    for parts in applications {
        let amounts: Vec<Money> = parts.iter().map(|part| part.amount).collect();
        let asked = Money::sum(amounts.iter().copied())?;
        let Some(first) = parts.first() else { continue };
        let expected = first.likelihood_bp.map(|bp| weighted(asked, bp));
        all.add(asked, expected, first.confirmed)?;
        let shares = expected.map(|expected| spread(expected, &amounts));
        for (index, part) in parts.iter().enumerate() {
            let share = shares
                .as_ref()
                .map(|shares| shares.get(index).copied().unwrap_or_default());
            years
                .entry(part.year_from)
                .or_default()
                .add(part.amount, share, first.confirmed)?;
        }
    }
    let years = years
        .into_iter()
        .map(|(year_from, sums)| Year { year_from, sums })
        .collect();
    Some((all, years))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    fn year(n: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(n, 4, 1).unwrap()
    }

    #[test]
    fn an_estimate_weighs_to_the_penny() {
        assert_eq!(weighted(Money(100_01), 5_000), Money(50_01));
        assert_eq!(weighted(Money(1), 4_999), Money(0));
        assert_eq!(weighted(Money(1), 5_000), Money(1));
        assert_eq!(weighted(Money::MAX, 10_000), Money::MAX);
        assert_eq!(weighted(Money(99), 0), Money(0));
    }

    #[test]
    fn a_sum_is_spread_without_loss() {
        assert_eq!(
            spread(Money(100), &[Money(1), Money(1), Money(1)]),
            [Money(33), Money(33), Money(34)]
        );
        assert_eq!(spread(Money(5), &[]), []);
        assert_eq!(spread(Money(0), &[Money(0)]), [Money(0)]);
    }

    #[test]
    fn the_stage_is_the_first_that_is_not_done() {
        let stages = [
            (StageKind::Decision, false),
            (StageKind::Interest, true),
            (StageKind::Outline, false),
        ];
        assert_eq!(current_stage(stages), Some(StageKind::Outline));
        assert_eq!(current_stage([(StageKind::Full, true)]), None);
    }

    #[test]
    fn what_is_expected_what_is_sure_and_what_nobody_estimated_stay_apart() {
        let part = |n, pence, likelihood_bp, confirmed| Part {
            year_from: year(n),
            amount: Money(pence),
            likelihood_bp,
            confirmed,
        };
        let (all, years) = sums(&[
            vec![
                part(2026, 100, Some(2_500), false),
                part(2027, 101, Some(2_500), false),
            ],
            vec![part(2027, 40, None, false)],
            vec![part(2026, 7, Some(9_000), true)],
            vec![],
        ])
        .unwrap();
        assert_eq!(
            all,
            Sums {
                asked_pence: Money(241),
                expected_pence: Money(50),
                not_estimated_pence: Money(40),
                confirmed_pence: Money(7),
            }
        );
        assert_eq!(years.len(), 2);
        assert_eq!(years[0].sums.expected_pence, Money(24));
        assert_eq!(years[1].sums.expected_pence, Money(26));
    }

    proptest! {
        /// By year and in all it comes to the same, and expected is never above asked.
        #[test]
        fn years_come_to_the_whole(list in prop::collection::vec(
            (prop::collection::vec((2020i32..2030, 1i64..1_000_000_000), 0..6), prop::option::of(0i32..=10_000), any::<bool>()), 0..30,
        )) {
            let applications: Vec<Vec<Part>> = list.into_iter().map(|(years, likelihood_bp, confirmed)| {
                years.into_iter().map(|(n, pence)| Part { year_from: year(n), amount: Money(pence), likelihood_bp, confirmed }).collect()
            }).collect();
            let (all, years) = sums(&applications).unwrap();
            let total = |of: fn(&Sums) -> Money| Money::sum(years.iter().map(|year| of(&year.sums))).unwrap();
            prop_assert_eq!(all.asked_pence, total(|sums| sums.asked_pence));
            prop_assert_eq!(all.expected_pence, total(|sums| sums.expected_pence));
            prop_assert_eq!(all.not_estimated_pence, total(|sums| sums.not_estimated_pence));
            prop_assert_eq!(all.confirmed_pence, total(|sums| sums.confirmed_pence));
            prop_assert!(all.expected_pence <= all.asked_pence);
            prop_assert!(years.iter().all(|year| year.sums.expected_pence >= Money::ZERO));
        }
    }
}
