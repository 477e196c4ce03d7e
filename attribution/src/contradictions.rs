//! What in the awards themselves cannot be true together.

use std::collections::BTreeSet;

use crate::Refusal;
use crate::facts::{Allowed, Award, Facts};

/// Refuses awards that contradict themselves or each other, naming both sides.
pub fn check(facts: &Facts) -> Result<(), Refusal> {
    let mut found = Vec::new();
    for pair in facts.awards.windows(2) {
        if pair[0].id == pair[1].id {
            found.push(format!(
                "Two awards have the id {}. Give each award its own id.",
                pair[0].id
            ));
        }
    }
    for award in &facts.awards {
        alone(award, &mut found);
        reserves(award, &mut found);
        overlaps(award, &mut found);
    }
    Refusal::contradicts(found)
}

fn alone(award: &Award, found: &mut Vec<String>) {
    let id = &award.id;
    if award.from > award.to {
        found.push(format!(
            "Award {id} begins on {} and ends before, on {}.",
            award.from, award.to
        ));
    }
    if award.amount < 0 {
        found.push(format!(
            "Award {id} has the amount {}p, below nought.",
            award.amount
        ));
    }
    if let Some(most) = award.contribution.filter(|most| *most < 0) {
        found.push(format!(
            "The contribution of award {id} is {most}p, below nought."
        ));
    }
    let mut seen = BTreeSet::new();
    for fence in &award.fences {
        if !seen.insert(&fence.id) {
            found.push(format!(
                "Award {id} has two fences with the id {}. Give each its own id.",
                fence.id
            ));
        }
        for (what, amount) in [("reserve", Some(fence.reserved)), ("limit", fence.limit)] {
            if amount.is_some_and(|a| a < 0) {
                found.push(format!(
                    "The {what} of fence {} of award {id} is below nought.",
                    fence.id
                ));
            }
        }
    }
}

fn reserves(award: &Award, found: &mut Vec<String>) {
    for outer in std::iter::once(None).chain((0..award.fences.len()).map(Some)) {
        let children: Vec<_> = award.fences.iter().filter(|f| f.parent == outer).collect();
        let sum: i128 = children.iter().map(|f| i128::from(f.reserved)).sum();
        let (has, name) = match outer {
            None => (award.amount, format!("award {}, which has", award.id)),
            Some(f) => (
                award.fences[f].reserved,
                format!(
                    "fence {} of award {}, which reserves",
                    award.fences[f].id, award.id
                ),
            ),
        };
        if sum > i128::from(has) {
            let names: Vec<String> = children
                .iter()
                .filter(|f| f.reserved > 0)
                .map(|f| format!("{} ({}p)", f.id, f.reserved))
                .collect();
            found.push(format!(
                "Inside {name} {has}p, the fences reserve {sum}p together: {}. What is inside comes out \
                 of what is around it: raise the one or lower the others.",
                names.join(", ")
            ));
        }
    }
}

type Narrowed<'a> = [Option<BTreeSet<&'a str>>; 3];

/// What is left of the outer when the inner narrows it.
fn narrow<'a>(outer: &Narrowed<'a>, inner: &'a Allowed) -> Narrowed<'a> {
    let sets = [&inner.categories, &inner.places, &inner.groups];
    std::array::from_fn(|at| match (&outer[at], sets[at]) {
        (Some(outer), Some(inner)) => Some(
            inner
                .iter()
                .map(String::as_str)
                .filter(|t| outer.contains(t))
                .collect(),
        ),
        (None, Some(inner)) => Some(inner.iter().map(String::as_str).collect()),
        (outer, None) => outer.clone(),
    })
}

fn overlaps(award: &Award, found: &mut Vec<String>) {
    let whole = narrow(&[None, None, None], &award.allowed);
    let mut fits: Vec<Narrowed<'_>> = Vec::with_capacity(award.fences.len());
    for fence in &award.fences {
        let outer = fence.parent.map_or(&whole, |p| &fits[p]);
        let own = narrow(outer, &fence.allowed);
        fits.push(own);
    }
    let meet = |a: &Option<BTreeSet<&str>>, b: &Option<BTreeSet<&str>>| match (a, b) {
        (Some(a), Some(b)) => !a.is_disjoint(b),
        (Some(one), None) | (None, Some(one)) => !one.is_empty(),
        (None, None) => true,
    };
    for (a, first) in award.fences.iter().enumerate() {
        for (b, second) in award.fences.iter().enumerate().skip(a + 1) {
            if first.parent == second.parent && (0..3).all(|at| meet(&fits[a][at], &fits[b][at])) {
                found.push(format!(
                    "Fences {} and {} of award {} stand side by side and overlap: a line could fit both. \
                     Narrow one of them, or put one inside the other.",
                    first.id, second.id, award.id
                ));
            }
        }
    }
}
