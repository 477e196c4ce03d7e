//! What an award asks besides returns: match, what a return must explain, spend to be kept up.

use chrono::NaiveDate;
use entity::{CostCategoryId, Money, PoolId, VirementBase};
use serde::{Deserialize, Serialize};

use super::{MOST, is_amount};
use crate::FieldError;
use crate::calendar::rules::implausible;

/// The largest share that an agreement states: ten times as much.
pub const MOST_BP: i32 = 100_000;

/// Match that an award requires: somebody else's money beside it. Neither an amount nor a share: none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MatchTerms {
    /// How much, in pence.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Option<Money>,
    /// Or how much, in basis points of the award's amount: 2,500 is a quarter.
    #[schema(minimum = 1, maximum = 100_000)]
    pub share_bp: Option<i32>,
    /// How it is to be evidenced.
    #[schema(max_length = 500)]
    pub evidenced_how: String,
}

/// By how much spend may differ from what was expected before a return must explain it: more than either.
/// Neither: nothing need be explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VarianceTerms {
    /// In basis points of what was expected: 1,000 is a tenth.
    #[schema(minimum = 0, maximum = 100_000)]
    pub share_bp: Option<i32>,
    /// In pence.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Option<Money>,
}

/// Spend of our own, or of somebody else's, that must be kept up beside the award. Without an amount: none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BaselineTerms {
    /// How much in each year, in pence.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100_000_000_000_000_i64)]
    pub yearly_pence: Option<Money>,
    /// What spend that is, and whose.
    #[schema(max_length = 300)]
    pub of_what: String,
    /// First London date of the years in which it must be kept up, where it is measured here; absent: it is
    /// kept as a term only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_on: Option<NaiveDate>,
    /// The pools whose spend counts; none: all.
    #[schema(max_items = 200)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pool_ids: Vec<PoolId>,
    /// The cost categories whose spend counts; none: all.
    #[schema(max_items = 500)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category_ids: Vec<CostCategoryId>,
}

/// How much may be moved between fences without asking: in all, since the award began. Without a share:
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VirementTerms {
    /// In basis points: 1,000 is a tenth.
    #[schema(minimum = 1, maximum = 10_000)]
    pub share_bp: Option<i32>,
    /// Of what.
    pub of: VirementBase,
    /// Where that is written.
    #[schema(max_length = 300)]
    pub source: String,
}

impl Default for VirementTerms {
    fn default() -> Self {
        Self {
            share_bp: None,
            of: VirementBase::Award,
            source: String::new(),
        }
    }
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FurtherTerms {
    /// Match that it requires.
    pub match_required: MatchTerms,
    /// What a return must explain.
    pub variance: VarianceTerms,
    /// Spend that must be kept up.
    pub baseline: BaselineTerms,
    /// What may be moved between fences without asking.
    pub virement: VirementTerms,
}

fn check_text(pointer: &str, text: &str, most: usize, wrong: &mut Vec<FieldError>) {
    if text.chars().count() > most {
        wrong.push(FieldError::new(
            pointer,
            "length",
            format!("Use at most {most} characters."),
        ));
    } else if text.chars().any(char::is_control) {
        wrong.push(FieldError::new(
            pointer,
            "control-character",
            "This is one line: take line breaks and tabs out.",
        ));
    }
}

fn check_money(pointer: &str, amount: Option<Money>, least: Money, wrong: &mut Vec<FieldError>) {
    if amount.is_some_and(|amount| !is_amount(amount) || amount < least) {
        wrong.push(FieldError::new(
            pointer,
            "out-of-range",
            "Enter an amount of more than nothing and at most a trillion pounds; leave it empty for none.",
        ));
    }
}

fn check_share(pointer: &str, share: Option<i32>, least: i32, wrong: &mut Vec<FieldError>) {
    if share.is_some_and(|share| !(least..=MOST_BP).contains(&share)) {
        wrong.push(FieldError::new(
            pointer,
            "out-of-range",
            "Enter a share of at most 1,000%; leave it empty for none.",
        ));
    }
}

/// What is wrong with these terms.
#[must_use]
pub fn check(terms: &FurtherTerms) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let asked = &terms.match_required;
    let at = "/change/match_required";
    check_money(
        &format!("{at}/amount_pence"),
        asked.amount_pence,
        Money(1),
        &mut wrong,
    );
    check_share(&format!("{at}/share_bp"), asked.share_bp, 1, &mut wrong);
    check_text(
        &format!("{at}/evidenced_how"),
        &asked.evidenced_how,
        500,
        &mut wrong,
    );
    match (asked.amount_pence, asked.share_bp) {
        (Some(_), Some(_)) => wrong.push(FieldError::new(
            format!("{at}/share_bp"),
            "twice",
            "Say how much match is required as an amount, or as a share of the award: not both.",
        )),
        (None, None) if !asked.evidenced_how.trim().is_empty() => wrong.push(FieldError::new(
            format!("{at}/amount_pence"),
            "required",
            "Say how much match is required, as an amount or as a share of the award.",
        )),
        _ => {}
    }
    let variance = &terms.variance;
    check_share(
        "/change/variance/share_bp",
        variance.share_bp,
        0,
        &mut wrong,
    );
    check_money(
        "/change/variance/amount_pence",
        variance.amount_pence,
        Money::ZERO,
        &mut wrong,
    );
    let baseline = &terms.baseline;
    check_money(
        "/change/baseline/yearly_pence",
        baseline.yearly_pence,
        Money(1),
        &mut wrong,
    );
    check_text(
        "/change/baseline/of_what",
        &baseline.of_what,
        300,
        &mut wrong,
    );
    if baseline.yearly_pence.is_some() == baseline.of_what.trim().is_empty() {
        wrong.push(FieldError::new(
            "/change/baseline/of_what",
            "required",
            "Say both how much must be kept up in each year, and what spend that is and whose.",
        ));
    }
    if let Some(on) = baseline.from_on {
        wrong.extend(implausible("/change/baseline/from_on", on));
    }
    let is_measured = baseline.from_on.is_some();
    if is_measured && baseline.yearly_pence.is_none() {
        wrong.push(FieldError::new(
            "/change/baseline/yearly_pence",
            "required",
            "Say how much must be kept up in each year, or leave out from when.",
        ));
    }
    let is_narrowed = !baseline.pool_ids.is_empty() || !baseline.category_ids.is_empty();
    if is_narrowed && !is_measured {
        wrong.push(FieldError::new(
            "/change/baseline/from_on",
            "required",
            "Say from which day on the spend of these pools and cost categories is measured.",
        ));
    }
    if baseline.pool_ids.len() > 200 || baseline.category_ids.len() > 500 {
        wrong.push(FieldError::new(
            "/change/baseline/pool_ids",
            "too-many",
            "Name at most 200 pools and 500 cost categories.",
        ));
    }
    let virement = &terms.virement;
    if virement
        .share_bp
        .is_some_and(|share| !(1..=10_000).contains(&share))
    {
        wrong.push(FieldError::new(
            "/change/virement/share_bp",
            "out-of-range",
            "Enter a share of more than nothing and at most 100%; leave it empty if nothing may be moved \
             without asking.",
        ));
    }
    check_text("/change/virement/source", &virement.source, 300, &mut wrong);
    if virement.share_bp.is_some() == virement.source.trim().is_empty() {
        wrong.push(FieldError::new(
            "/change/virement/source",
            "required",
            "Say both how much may be moved without asking, and where that is written.",
        ));
    }
    wrong
}

impl FurtherTerms {
    /// With what surrounds texts taken off, so that blanks alone are no change.
    #[must_use]
    pub fn tidy(mut self) -> Self {
        self.match_required.evidenced_how = self.match_required.evidenced_how.trim().to_owned();
        self.baseline.of_what = self.baseline.of_what.trim().to_owned();
        self.baseline.pool_ids.sort_unstable();
        self.baseline.pool_ids.dedup();
        self.baseline.category_ids.sort_unstable();
        self.baseline.category_ids.dedup();
        self.virement.source = self.virement.source.trim().to_owned();
        if self.virement.share_bp.is_none() {
            // of what nothing is a share says nothing
            self.virement.of = VirementBase::Award;
        }
        self
    }
}

/// How much match an award of this amount requires: a share of it to the next whole penny. None where it
/// requires none.
#[must_use]
pub fn required(terms: &MatchTerms, amount: Money) -> Option<Money> {
    if terms.amount_pence.is_some() {
        return terms.amount_pence;
    }
    let share = i128::from(terms.share_bp?);
    let pence = (i128::from(amount.pence()) * share + 9_999) / 10_000;
    i64::try_from(pence).ok().map(Money).or(Some(MOST))
}

/// Where the match of an award stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MatchPosition {
    /// Required, in pence.
    #[schema(value_type = i64)]
    pub required_pence: Money,
    /// Promised in writing, with what shows it, in pence.
    #[schema(value_type = i64)]
    pub evidenced_pence: Money,
    /// Hoped for, and not in writing, in pence.
    #[schema(value_type = i64)]
    pub not_in_writing_pence: Money,
    /// Required and not evidenced, in pence.
    #[schema(value_type = i64)]
    pub short_pence: Money,
}

impl MatchPosition {
    /// What is required beside what is there.
    #[must_use]
    pub fn of(required: Money, evidenced: Money, not_in_writing: Money) -> Self {
        Self {
            required_pence: required,
            evidenced_pence: evidenced,
            not_in_writing_pence: not_in_writing,
            short_pence: required
                .minus(evidenced)
                .unwrap_or_default()
                .max(Money::ZERO),
        }
    }

    /// The same as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let required = self.required_pence.in_full();
        if self.short_pence == Money::ZERO {
            return format!(
                "The award requires {required} of match, and {} is evidenced.",
                self.evidenced_pence.in_full()
            );
        }
        let there = if self.evidenced_pence == Money::ZERO {
            "none of it is evidenced".to_owned()
        } else {
            format!(
                "{} is evidenced, which is {} short",
                self.evidenced_pence.in_full(),
                self.short_pence.in_full()
            )
        };
        let hoped = self.not_in_writing_pence.min(self.short_pence);
        let rest = if hoped == Money::ZERO {
            String::new()
        } else if hoped == self.short_pence {
            " All that is short was said to come, and is not in writing.".to_owned()
        } else {
            format!(
                " {} of that was said to come, and is not in writing.",
                hoped.in_full()
            )
        };
        format!("The award requires {required} of match; {there}.{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(terms: &FurtherTerms) -> Vec<String> {
        check(terms)
            .into_iter()
            .map(|found| format!("{} {}", found.pointer, found.code))
            .collect()
    }

    #[test]
    fn match_is_an_amount_or_a_share_and_is_short_by_what_is_not_evidenced() {
        let asked = |amount, share| MatchTerms {
            amount_pence: amount,
            share_bp: share,
            evidenced_how: String::new(),
        };
        assert_eq!(required(&asked(None, None), Money(100)), None);
        let amount = asked(Some(Money(70)), None);
        assert_eq!(required(&amount, Money(100)), Some(Money(70)));
        // a third of a pound: to the next penny, so that it is never short by a part of one
        let third = asked(None, Some(3_333));
        assert_eq!(required(&third, Money(100)), Some(Money(34)));
        let most = asked(None, Some(MOST_BP));
        assert_eq!(required(&most, MOST), Some(Money(1_000_000_000_000_000)));

        let stands = MatchPosition::of(Money(10_000), Money(6_000), Money(1_500));
        assert_eq!(stands.short_pence, Money(4_000));
        assert_eq!(
            stands.sentence(),
            "The award requires £100.00 of match; £60.00 is evidenced, which is £40.00 short. £15.00 \
             of that was said to come, and is not in writing."
        );
        let none = MatchPosition::of(Money(10_000), Money(0), Money(20_000));
        assert_eq!(
            none.sentence(),
            "The award requires £100.00 of match; none of it is evidenced. All that is short was said \
             to come, and is not in writing."
        );
        let enough = MatchPosition::of(Money(10_000), Money(12_000), Money(0));
        assert_eq!(enough.short_pence, Money(0));
        assert_eq!(
            enough.sentence(),
            "The award requires £100.00 of match, and £120.00 is evidenced."
        );
    }

    #[test]
    fn what_is_said_by_halves_is_refused() {
        let none: Vec<String> = Vec::new();
        assert_eq!(codes(&FurtherTerms::default()), none);
        let mut terms = FurtherTerms::default();
        terms.match_required.evidenced_how = "Letters".to_owned();
        assert_eq!(
            codes(&terms),
            ["/change/match_required/amount_pence required"]
        );
        terms.match_required.amount_pence = Some(Money(1));
        assert_eq!(codes(&terms), none);
        terms.match_required.share_bp = Some(2_500);
        assert_eq!(codes(&terms), ["/change/match_required/share_bp twice"]);
        let mut terms = FurtherTerms::default();
        terms.variance.share_bp = Some(-1);
        terms.variance.amount_pence = Some(Money(-1));
        terms.baseline.yearly_pence = Some(Money(5));
        assert_eq!(
            codes(&terms),
            [
                "/change/variance/share_bp out-of-range",
                "/change/variance/amount_pence out-of-range",
                "/change/baseline/of_what required",
            ]
        );
        let measured = FurtherTerms {
            baseline: BaselineTerms {
                pool_ids: vec![PoolId(uuid::Uuid::from_u128(1))],
                ..BaselineTerms::default()
            },
            ..FurtherTerms::default()
        };
        assert_eq!(codes(&measured), ["/change/baseline/from_on required"]);
        terms.variance = VarianceTerms::default();
        terms.baseline.of_what = "Prevention, by the council\nas before".to_owned();
        assert_eq!(
            codes(&terms),
            ["/change/baseline/of_what control-character"]
        );
    }
}
