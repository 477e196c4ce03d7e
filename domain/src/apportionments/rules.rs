//! Which lines a split takes, how it deals them out, and what must hold of it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{CostCategoryId, PersonId, PoolId};

use crate::FieldError;
use crate::calendar::rules::is_plausible;
use crate::pools::rules::policies::{WHOLE, percent};
use crate::proportion::dealt;

/// Most parts of a split.
pub const MOST_PARTS: usize = 20;

/// Which lines a split takes: what it names, a line must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takes {
    /// The cost centre, in small letters.
    pub cost_centre: Option<String>,
    /// The account, in small letters.
    pub account: Option<String>,
    /// The cost category.
    pub category: Option<CostCategoryId>,
    /// The pool.
    pub pool: Option<PoolId>,
    /// From this day received on.
    pub starts_on: NaiveDate,
    /// Until this day received.
    pub ends_on: Option<NaiveDate>,
}

impl Takes {
    /// Whether a line could be taken by both: nothing tells them apart, and their days overlap.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        fn apart<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.zip(other).is_some_and(|(one, other)| one != other)
        }
        let after = |one: &Self, other: &Self| one.ends_on.is_some_and(|end| end < other.starts_on);
        !(apart(self.cost_centre.as_ref(), other.cost_centre.as_ref())
            || apart(self.account.as_ref(), other.account.as_ref())
            || apart(self.category.as_ref(), other.category.as_ref())
            || apart(self.pool.as_ref(), other.pool.as_ref())
            || after(self, other)
            || after(other, self))
    }
}

/// A part of a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The pool that pays for it.
    pub pool: PoolId,
    /// Its cost category; absent: the line's own.
    pub category: Option<CostCategoryId>,
    /// Its place; absent: the line's own.
    pub place: Option<String>,
    /// Its share, in basis points.
    pub share_bp: i32,
}

/// A line's amount dealt out over the parts, to the penny.
#[must_use]
pub fn split(amount: i64, parts: &[Part]) -> Vec<i64> {
    let weights: Vec<i64> = parts.iter().map(|part| i64::from(part.share_bp)).collect();
    dealt(amount, &weights)
}

/// What is wrong with a split, apart from what stands beside it.
#[must_use]
pub fn check(takes: &Takes, parts: &[Part]) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if takes.cost_centre.is_none() && takes.account.is_none() && takes.category.is_none() {
        wrong.push(FieldError::new(
            "/cost_centre",
            "takes-everything",
            "Name a cost centre, an account or a cost category: a split of all spend is none.",
        ));
    }
    if !is_plausible(takes.starts_on) {
        wrong.push(FieldError::new(
            "/starts_on",
            "not-plausible",
            "Enter a date between 1990 and 2199.",
        ));
    }
    if parts.is_empty() || parts.len() > MOST_PARTS {
        wrong.push(FieldError::new(
            "/parts",
            "count",
            format!("A split has 1 to {MOST_PARTS} parts."),
        ));
        return wrong;
    }
    let told_apart: BTreeSet<_> = parts
        .iter()
        .map(|part| (part.pool, part.category, part.place.as_deref()))
        .collect();
    if told_apart.len() < parts.len() {
        wrong.push(FieldError::new(
            "/parts",
            "twice",
            "Two parts are of the same pool, cost category and place. Add their shares up.",
        ));
    }
    let sum: i64 = parts.iter().map(|part| i64::from(part.share_bp)).sum();
    if sum != WHOLE || parts.iter().any(|part| part.share_bp <= 0) {
        wrong.push(FieldError::new(
            "/parts",
            "not-the-whole",
            format!(
                "The shares come to {}%. They must come to 100%, each of more than nothing.",
                percent(sum)
            ),
        ));
    }
    wrong
}

/// Why somebody may not approve a split, if so.
#[must_use]
pub fn refuse_approval(
    proposed_by: PersonId,
    who: Option<PersonId>,
) -> Option<(&'static str, &'static str)> {
    (who.is_none() || who == Some(proposed_by)).then_some((
        "own-apportionment",
        "You proposed this split. Another officer approves it.",
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn takes(centre: Option<&str>, account: Option<&str>, from: &str, to: Option<&str>) -> Takes {
        Takes {
            cost_centre: centre.map(str::to_owned),
            account: account.map(str::to_owned),
            category: None,
            pool: None,
            starts_on: from.parse().unwrap(),
            ends_on: to.map(|to| to.parse().unwrap()),
        }
    }

    fn part(pool: PoolId, share_bp: i32) -> Part {
        Part {
            pool,
            category: None,
            place: None,
            share_bp,
        }
    }

    #[test]
    fn two_splits_that_could_take_one_line_meet() {
        let one = takes(Some("4711"), None, "2026-04-01", Some("2026-09-30"));
        let meets = |other: Takes| one.meets(&other);
        assert!(meets(takes(Some("4711"), None, "2026-09-30", None)));
        assert!(meets(takes(None, Some("5"), "2026-09-30", None)));
        assert!(!meets(takes(Some("4712"), None, "2026-09-30", None)));
        assert!(!meets(takes(Some("4711"), None, "2026-10-01", None)));
        assert!(!meets(takes(
            Some("4711"),
            None,
            "2026-01-01",
            Some("2026-03-31")
        )));
    }

    #[test]
    fn a_split_names_lines_and_comes_to_the_whole() {
        let (a, b) = (PoolId::new(), PoolId::new());
        let some = takes(Some("4711"), None, "2026-04-01", None);
        let code = |takes: &Takes, parts: &[Part]| {
            check(takes, parts)
                .first()
                .map(|found| found.code.to_string())
        };
        assert_eq!(code(&some, &[part(a, 6_000), part(b, 4_000)]), None);
        let all = takes(None, None, "2026-04-01", None);
        assert_eq!(
            code(&all, &[part(a, 10_000)]).as_deref(),
            Some("takes-everything")
        );
        assert_eq!(code(&some, &[]).as_deref(), Some("count"));
        assert_eq!(
            code(&some, &[part(a, 5_000), part(a, 5_000)]).as_deref(),
            Some("twice")
        );
        assert_eq!(
            code(&some, &[part(a, 5_000), part(b, 4_999)]).as_deref(),
            Some("not-the-whole")
        );
        let (one, other) = (PersonId::new(), PersonId::new());
        assert!(refuse_approval(one, Some(one)).is_some());
        assert!(refuse_approval(one, None).is_some());
        assert!(refuse_approval(one, Some(other)).is_none());
    }

    proptest! {
        #[test]
        fn parts_come_to_the_line(amount in any::<i32>(), first in 1_i32..9_998, second in 1_i32..9_998) {
            prop_assume!(first + second < 10_000);
            let parts = [first, second, 10_000 - first - second].map(|share| part(PoolId::new(), share));
            let amounts = split(i64::from(amount), &parts);
            prop_assert_eq!(amounts.iter().sum::<i64>(), i64::from(amount));
        }
    }
}
