//! What must hold of an award and of its fences.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{CostCategoryId, Money};

use crate::calendar::rules::implausible;
use crate::{FieldError, slugs};

pub mod further;
pub mod reach;
pub mod terms;
pub mod years;

/// The most that one record may hold: a trillion pounds, so that no sum of many can overflow.
pub const MOST: Money = Money(100_000_000_000_000);

/// Most fences of one award.
pub const MOST_FENCES: usize = 200;

/// A part of an award, as its rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FencePlan {
    /// Its short name within the award.
    pub slug: String,
    /// The short name of the fence around it.
    pub parent: Option<String>,
    /// Kept for the lines that fit.
    pub reserved: Option<Money>,
    /// At most this much for the lines that fit.
    pub limit: Option<Money>,
    /// The lines that fit.
    pub categories: BTreeSet<CostCategoryId>,
}

/// Whether an amount can be agreed.
#[must_use]
pub fn is_amount(amount: Money) -> bool {
    Money::ZERO <= amount && amount <= MOST
}

/// What is wrong with an award's amount and window.
#[must_use]
pub fn check_terms(amount: Money, starts_on: NaiveDate, ends_on: NaiveDate) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if !is_amount(amount) || amount == Money::ZERO {
        wrong.push(FieldError::new(
            "/amount_pence",
            "out-of-range",
            "Enter an amount of more than nothing and at most a trillion pounds.",
        ));
    }
    for (pointer, on) in [("/starts_on", starts_on), ("/ends_on", ends_on)] {
        wrong.extend(implausible(pointer, on));
    }
    if wrong.is_empty() && ends_on < starts_on {
        wrong.push(FieldError::new(
            "/ends_on",
            "before-start",
            "An award ends on or after the day it starts.",
        ));
    }
    wrong
}

/// What is wrong with the fences of an award of this amount that may pay for these categories
/// (all, when there are none).
#[must_use]
pub fn check_fences(
    amount: Money,
    categories: &BTreeSet<CostCategoryId>,
    fences: &[FencePlan],
) -> Vec<FieldError> {
    if fences.len() > MOST_FENCES {
        return vec![FieldError::new(
            "/fences",
            "too-many",
            format!("An award has at most {MOST_FENCES} fences."),
        )];
    }
    let mut wrong = Vec::new();
    for (index, fence) in fences.iter().enumerate() {
        check_alone(index, fence, &mut wrong);
    }
    let tree = match Tree::of(fences) {
        Ok(tree) => tree,
        Err(mut found) => {
            wrong.append(&mut found);
            return wrong;
        }
    };
    tree.check_categories(categories, &mut wrong);
    if wrong.is_empty() {
        tree.check_reserves(amount, &mut wrong);
    }
    wrong
}

/// What fences take out of their award together; nothing where they form no tree.
#[must_use]
pub fn reserved(fences: &[FencePlan]) -> Money {
    Tree::of(fences)
        .ok()
        .and_then(|tree| tree.inside(None))
        .unwrap_or_default()
}

fn check_alone(index: usize, fence: &FencePlan, wrong: &mut Vec<FieldError>) {
    let at = |field: &str| format!("/fences/{index}/{field}");
    wrong.extend(slugs::check(&fence.slug, &at("slug")));
    for (field, amount) in [
        ("reserved_pence", fence.reserved),
        ("limit_pence", fence.limit),
    ] {
        if amount.is_some_and(|amount| !is_amount(amount)) {
            wrong.push(FieldError::new(
                at(field),
                "out-of-range",
                "Enter an amount of at least nothing and at most a trillion pounds.",
            ));
        }
    }
    if fence.reserved.is_none() && fence.limit.is_none() {
        wrong.push(FieldError::new(
            at("reserved_pence"),
            "neither-reserved-nor-limited",
            "Say how much is reserved for it, or the most it may take, or both.",
        ));
    }
    if let (Some(reserved), Some(limit)) = (fence.reserved, fence.limit)
        && reserved > limit
    {
        wrong.push(FieldError::new(
            at("limit_pence"),
            "below-reserve",
            "The most it may take cannot be less than what is reserved for it.",
        ));
    }
    if fence.categories.is_empty() {
        wrong.push(FieldError::new(
            at("category_ids"),
            "no-category",
            "Choose at least one cost category, so that some spend fits it.",
        ));
    }
}

/// Fences by their places: the one around each, and those directly inside each.
struct Tree<'a> {
    fences: &'a [FencePlan],
    parents: Vec<Option<usize>>,
    /// The fences that no other is around, under `None`.
    children: BTreeMap<Option<usize>, Vec<usize>>,
}

impl<'a> Tree<'a> {
    fn of(fences: &'a [FencePlan]) -> Result<Self, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut places = BTreeMap::new();
        for (index, fence) in fences.iter().enumerate() {
            if places.insert(fence.slug.as_str(), index).is_some() {
                wrong.push(FieldError::new(
                    format!("/fences/{index}/slug"),
                    "twice",
                    "Two fences of an award cannot have the same short name.",
                ));
            }
        }
        let mut parents = Vec::with_capacity(fences.len());
        for (index, fence) in fences.iter().enumerate() {
            let parent = fence.parent.as_deref();
            let place = parent.and_then(|slug| places.get(slug).copied());
            if let (Some(slug), None) = (parent, place) {
                wrong.push(FieldError::new(
                    format!("/fences/{index}/parent"),
                    "unknown",
                    format!("This award has no fence called {slug}."),
                ));
            }
            parents.push(place);
        }
        for index in 0..fences.len() {
            let around =
                std::iter::successors(Some(index), |at| parents.get(*at).copied().flatten());
            if around.take(fences.len() + 1).count() > fences.len() {
                wrong.push(FieldError::new(
                    format!("/fences/{index}/parent"),
                    "around-itself",
                    "A fence cannot stand around itself.",
                ));
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
        for (index, parent) in parents.iter().enumerate() {
            children.entry(*parent).or_default().push(index);
        }
        Ok(Self {
            fences,
            parents,
            children,
        })
    }

    fn check_categories(&self, award: &BTreeSet<CostCategoryId>, wrong: &mut Vec<FieldError>) {
        for (index, fence) in self.fences.iter().enumerate() {
            let around = self.parents.get(index).copied().flatten();
            let (outer, words) = match around.and_then(|at| self.fences.get(at)) {
                Some(parent) => (
                    &parent.categories,
                    "A fence inside another is for some of the categories of the one around it.",
                ),
                None if award.is_empty() => continue,
                None => (
                    award,
                    "A fence is for some of the categories that its award may pay for.",
                ),
            };
            if !fence.categories.is_subset(outer) {
                wrong.push(FieldError::new(
                    format!("/fences/{index}/category_ids"),
                    "outside",
                    words,
                ));
            }
        }
        for siblings in self.children.values() {
            let mut taken = BTreeMap::new();
            for index in siblings {
                let Some(fence) = self.fences.get(*index) else {
                    continue;
                };
                for category in &fence.categories {
                    if let Some(other) = taken.insert(*category, &fence.slug) {
                        wrong.push(FieldError::new(
                            format!("/fences/{index}/category_ids"),
                            "overlaps",
                            format!(
                                "A line would fit both this and {other}. Fences beside each other \
                                 share no category; put one inside the other."
                            ),
                        ));
                        break;
                    }
                }
            }
        }
    }

    /// What a fence takes out of what is around it: its own reserve, which holds those inside it;
    /// without one, the sum of theirs. `None` when it does not fit a number.
    fn takes(&self, index: usize) -> Option<Money> {
        match self.fences.get(index).and_then(|fence| fence.reserved) {
            Some(reserved) => Some(reserved),
            None => self.inside(Some(index)),
        }
    }

    /// What the fences directly inside one (or the award) take together.
    fn inside(&self, index: Option<usize>) -> Option<Money> {
        self.children
            .get(&index)
            .into_iter()
            .flatten()
            .try_fold(Money::ZERO, |sum, child| sum.plus(self.takes(*child)?))
    }

    fn check_reserves(&self, amount: Money, wrong: &mut Vec<FieldError>) {
        let over = |inner: Option<Money>, outer: Money| inner.is_none_or(|inner| inner > outer);
        for (index, fence) in self.fences.iter().enumerate() {
            let inner = self.inside(Some(index));
            if fence.reserved.is_some_and(|reserved| over(inner, reserved)) {
                wrong.push(FieldError::new(
                    format!("/fences/{index}/reserved_pence"),
                    "less-than-inside",
                    "The fences inside it reserve more than it does. Their reserves come out of its own.",
                ));
            }
            if fence.limit.is_some_and(|limit| over(inner, limit)) {
                wrong.push(FieldError::new(
                    format!("/fences/{index}/limit_pence"),
                    "less-than-inside",
                    "The fences inside it reserve more than it may take.",
                ));
            }
        }
        if over(self.inside(None), amount) {
            wrong.push(FieldError::new(
                "/fences",
                "more-than-the-award",
                format!(
                    "The fences reserve more than the award’s {}.",
                    amount.in_words()
                ),
            ));
        }
    }
}

#[cfg(test)]
mod tests;
