//! What budget lines must be: each kind of spend counts in one of them at most, so that lines add up.

use std::collections::{BTreeMap, BTreeSet};

use entity::{CostCategoryId, Money, PaysFor};

use crate::error::FieldError;

/// Most lines of a map.
pub const MOST_LINES: usize = 60;

/// A budget line of a funder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What the funder calls it.
    pub name: String,
    /// What the funder gives for it, if it says so.
    pub budget: Option<Money>,
    /// Whether capital, revenue or both count in it.
    pub pays_for: PaysFor,
    /// The cost categories that it is made of.
    pub categories: BTreeSet<CostCategoryId>,
}

impl Line {
    /// Whether spend of a category counts in it.
    #[must_use]
    pub fn holds(&self, category: CostCategoryId, capital: bool) -> bool {
        self.categories.contains(&category) && self.pays_for.pays(capital)
    }
}

/// The line before one of these that holds spend of a category which it holds too.
pub(super) fn held_before(lines: &[Line], at: usize, category: CostCategoryId) -> Option<&Line> {
    let line = lines.get(at)?;
    lines.iter().take(at).find(|other| {
        [true, false]
            .into_iter()
            .any(|capital| other.holds(category, capital) && line.holds(category, capital))
    })
}

/// What lines are held to: the award's amount, and what it pays for (no category: every one).
#[derive(Clone, Debug)]
pub struct Bounds<'a> {
    /// The amount of the award.
    pub amount: Money,
    /// Whether it pays for capital, revenue or both.
    pub pays_for: PaysFor,
    /// The categories that it may pay for; none: all.
    pub may_pay: &'a BTreeSet<CostCategoryId>,
    /// What categories are called.
    pub names: &'a BTreeMap<CostCategoryId, String>,
}

/// What is wrong with these lines.
#[must_use]
pub fn check(lines: &[Line], bounds: &Bounds<'_>) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if lines.is_empty() || lines.len() > MOST_LINES {
        return vec![FieldError::new(
            "/lines",
            "length",
            format!("Give at least one line, and at most {MOST_LINES}."),
        )];
    }
    for (at, line) in lines.iter().enumerate() {
        let mut add = |field: &str, code: &str, words: String| {
            wrong.push(FieldError::new(format!("/lines/{at}/{field}"), code, words));
        };
        let same = |other: &&Line| other.name.to_lowercase() == line.name.to_lowercase();
        if lines.iter().take(at).any(|other| same(&other)) {
            add(
                "name",
                "twice",
                format!(
                    "There are two lines called “{}”. Give each a name of its own.",
                    line.name
                ),
            );
        }
        if line.budget.is_some_and(|budget| budget < Money::ZERO) {
            add(
                "budget_pence",
                "negative",
                "Enter an amount that is not below nothing.".to_owned(),
            );
        }
        let other_kind = [true, false]
            .into_iter()
            .all(|capital| !(line.pays_for.pays(capital) && bounds.pays_for.pays(capital)));
        if other_kind {
            let of_award = match bounds.pays_for {
                PaysFor::Capital => "capital",
                _ => "revenue",
            };
            add(
                "pays_for",
                "not-paid-for",
                format!("The award pays for {of_award} alone, so nothing can count in this line."),
            );
        }
        if line.categories.is_empty() {
            add(
                "category_ids",
                "required",
                format!(
                    "Choose the cost categories that “{}” is made of.",
                    line.name
                ),
            );
        }
        for category in &line.categories {
            let Some(name) = bounds.names.get(category) else {
                add(
                    "category_ids",
                    "unknown",
                    "There is no such cost category.".to_owned(),
                );
                continue;
            };
            if !bounds.may_pay.is_empty() && !bounds.may_pay.contains(category) {
                add(
                    "category_ids",
                    "not-paid-for",
                    format!("The award may not pay for {name}."),
                );
            }
            if let Some(other) = held_before(lines, at, *category) {
                add(
                    "category_ids",
                    "in-two-lines",
                    format!(
                        "{name} counts in “{}” already. The same spend counts in one line, so that lines \
                         add up.",
                        other.name
                    ),
                );
            }
        }
    }
    let budgets = Money::sum(lines.iter().filter_map(|line| line.budget));
    if budgets.is_none_or(|sum| sum > bounds.amount) {
        wrong.push(FieldError::new(
            "/lines",
            "over-the-amount",
            match budgets {
                Some(sum) => format!(
                    "These lines come to {}, and the award is {}.",
                    sum.in_full(),
                    bounds.amount.in_full()
                ),
                None => "These lines come to more than can be counted.".to_owned(),
            },
        ));
    }
    wrong
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

    use super::*;

    fn line(name: &str, budget: i64, pays_for: PaysFor, of: &[CostCategoryId]) -> Line {
        Line {
            name: name.to_owned(),
            budget: Some(Money(budget)),
            pays_for,
            categories: of.iter().copied().collect(),
        }
    }

    fn codes(
        lines: &[Line],
        pays_for: PaysFor,
        may_pay: &[CostCategoryId],
        all: &[CostCategoryId],
    ) -> Vec<String> {
        let names: BTreeMap<_, _> = all.iter().map(|id| (*id, "Care".to_owned())).collect();
        let bounds = Bounds {
            amount: Money(1_000),
            pays_for,
            may_pay: &may_pay.iter().copied().collect(),
            names: &names,
        };
        check(lines, &bounds)
            .into_iter()
            .map(|one| format!("{} {}", one.pointer, one.code))
            .collect()
    }

    #[test]
    fn the_same_spend_counts_in_one_line() {
        let (care, events) = (CostCategoryId::new(), CostCategoryId::new());
        let all = [care, events];
        let both = [
            line("People", 400, PaysFor::Both, &[care]),
            line("Activities", 600, PaysFor::Revenue, &[care, events]),
        ];
        assert_eq!(
            codes(&both, PaysFor::Both, &[], &all),
            ["/lines/1/category_ids in-two-lines"]
        );
        // capital of a category may count in one line and its revenue in another
        let apart = [
            line("Buildings", 400, PaysFor::Capital, &[care]),
            line("People", 600, PaysFor::Revenue, &[care, events]),
        ];
        assert!(codes(&apart, PaysFor::Both, &[], &all).is_empty());
        assert!(apart[0].holds(care, true) && !apart[0].holds(care, false));
    }

    #[test]
    fn lines_are_within_the_award() {
        let (care, events) = (CostCategoryId::new(), CostCategoryId::new());
        let over = [line("People", 1_001, PaysFor::Both, &[care])];
        assert_eq!(
            codes(&over, PaysFor::Both, &[], &[care]),
            ["/lines over-the-amount"]
        );
        let outside = [
            line("People", 10, PaysFor::Capital, &[events]),
            line("people", -1, PaysFor::Both, &[]),
        ];
        assert_eq!(
            codes(&outside, PaysFor::Revenue, &[care], &[care, events]),
            [
                "/lines/0/pays_for not-paid-for",
                "/lines/0/category_ids not-paid-for",
                "/lines/1/name twice",
                "/lines/1/budget_pence negative",
                "/lines/1/category_ids required",
            ]
        );
        assert_eq!(codes(&[], PaysFor::Both, &[], &[]), ["/lines length"]);
        assert_eq!(
            codes(
                &[line("People", 1, PaysFor::Both, &[events])],
                PaysFor::Both,
                &[],
                &[care]
            ),
            ["/lines/0/category_ids unknown"]
        );
    }
}
