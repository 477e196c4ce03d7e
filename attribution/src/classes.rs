//! Lines that the same awards may pay for in the same way, as one class.

use std::collections::{BTreeSet, HashMap};

use chrono::{Days, NaiveDate};

use crate::facts::{Allowed, Award, Facts, Kind};

/// An award that may pay, and the deepest of its fences that the line fits.
pub type Column = (usize, Option<usize>);

/// Lines with the same awards and fences.
#[derive(Debug)]
pub struct Class {
    /// By award.
    pub columns: Vec<Column>,
    /// By date, then id.
    pub lines: Vec<usize>,
}

/// The classes of these lines, which come by date, then id; so do the classes, by their first.
pub fn classes(facts: &Facts, lines: impl Iterator<Item = usize>) -> Vec<Class> {
    let mut turns: Vec<NaiveDate> = facts
        .awards
        .iter()
        .flat_map(|a| {
            [
                a.from,
                a.to.checked_add_days(Days::new(1))
                    .unwrap_or(NaiveDate::MAX),
            ]
        })
        .collect();
    turns.sort();
    turns.dedup();
    let fitting: Vec<Vec<Column>> = facts
        .lines
        .kinds()
        .iter()
        .map(|kind| fitting(facts, kind))
        .collect();
    let mut by_span: HashMap<(usize, usize), usize> = HashMap::new();
    let mut by_columns: HashMap<Vec<Column>, usize> = HashMap::new();
    let mut classes: Vec<Class> = Vec::new();
    for place in lines {
        let line = facts.lines.all()[place];
        let span = turns.partition_point(|turn| *turn <= line.date);
        let class = *by_span.entry((line.kind, span)).or_insert_with(|| {
            let columns: Vec<Column> = fitting[line.kind]
                .iter()
                .copied()
                .filter(|(award, _)| {
                    let award = &facts.awards[*award];
                    award.from <= line.date && line.date <= award.to
                })
                .collect();
            *by_columns.entry(columns).or_insert_with_key(|columns| {
                classes.push(Class {
                    columns: columns.clone(),
                    lines: Vec::new(),
                });
                classes.len() - 1
            })
        });
        classes[class].lines.push(place);
    }
    classes
}

/// Which awards may pay for a line of this kind on some day.
fn fitting(facts: &Facts, kind: &Kind) -> Vec<Column> {
    let names = &facts.lines.names;
    let only: BTreeSet<&str> = only(names.text(kind.only)).collect();
    let words = [kind.category, kind.place, kind.group].map(|n| names.text(n));
    facts
        .awards
        .iter()
        .enumerate()
        .filter(|(_, award)| only.is_empty() || only.contains(award.id.as_str()))
        .filter(|(_, award)| fits(&award.allowed, words))
        .map(|(place, award)| (place, deepest(award, words)))
        .collect()
}

/// The award ids of the column `only`.
pub fn only(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|id| !id.is_empty())
}

fn fits(allowed: &Allowed, words: [&str; 3]) -> bool {
    [&allowed.categories, &allowed.places, &allowed.groups]
        .iter()
        .zip(words)
        .all(|(set, word)| set.as_ref().is_none_or(|set| set.contains(word)))
}

fn deepest(award: &Award, words: [&str; 3]) -> Option<usize> {
    let mut within = None;
    // Each fence stands after the one around it, and siblings do not overlap.
    for (place, fence) in award.fences.iter().enumerate() {
        if fence.parent == within && fits(&fence.allowed, words) {
            within = Some(place);
        }
    }
    within
}
