//! Who may pay for what, and which awards are alike, from the facts alone.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;

use super::{Place, Sums};
use crate::facts::{Award, Facts};

/// Which award and fence may pay for which line, found once for each kind and day.
pub(super) struct Eligibility<'a> {
    facts: &'a Facts,
    /// By kind, whatever the day.
    kinds: Vec<Vec<Place>>,
    /// Which awards a day is inside of, as a number.
    days: HashMap<NaiveDate, usize>,
    windows: HashMap<Vec<bool>, usize>,
    found: HashMap<(usize, usize), usize>,
    numbers: HashMap<Vec<Place>, usize>,
    pub(super) places: Vec<Vec<Place>>,
}

impl<'a> Eligibility<'a> {
    pub(super) fn new(facts: &'a Facts) -> Self {
        let names = &facts.lines.names;
        let kinds = facts.lines.kinds().iter().map(|kind| {
            let only = names.text(kind.only);
            let named = |id: &str| only.split(';').any(|o| o.trim() == id);
            let anyone = only.split(';').all(|o| o.trim().is_empty());
            let word = |allowed: &crate::facts::Allowed| {
                let within = |set: &Option<BTreeSet<String>>, at: usize| match set {
                    Some(set) => set.contains(names.text(at)),
                    None => true,
                };
                within(&allowed.categories, kind.category)
                    && within(&allowed.places, kind.place)
                    && within(&allowed.groups, kind.group)
            };
            let mut may = Vec::new();
            for (place, award) in facts.awards.iter().enumerate() {
                if !(anyone || named(&award.id)) || !word(&award.allowed) {
                    continue;
                }
                // A fence fits where it and all around it fit; the deepest has the most around it.
                let depth = |fence: usize| -> Option<usize> {
                    let mut depth = 0;
                    let mut at = Some(fence);
                    while let Some(fence) = at {
                        if !word(&award.fences[fence].allowed) {
                            return None;
                        }
                        depth += 1;
                        at = award.fences[fence].parent;
                    }
                    Some(depth)
                };
                let deepest = (0..award.fences.len())
                    .filter_map(|f| depth(f).map(|d| (d, f)))
                    .max();
                may.push((place, deepest.map(|d| d.1)));
            }
            may
        });
        Self {
            facts,
            kinds: kinds.collect(),
            days: HashMap::new(),
            windows: HashMap::new(),
            found: HashMap::new(),
            numbers: HashMap::new(),
            places: Vec::new(),
        }
    }

    /// The number of the places that may pay for a line.
    pub(super) fn of(&mut self, line: usize) -> usize {
        let line = self.facts.lines.all()[line];
        let awards = &self.facts.awards;
        let windows = &mut self.windows;
        let window = *self.days.entry(line.date).or_insert_with(|| {
            let open = awards
                .iter()
                .map(|a| line.date >= a.from && line.date <= a.to)
                .collect();
            let next = windows.len();
            *windows.entry(open).or_insert(next)
        });
        if let Some(found) = self.found.get(&(line.kind, window)) {
            return *found;
        }
        let places: Vec<Place> = self.kinds[line.kind]
            .iter()
            .filter(|p| line.date >= awards[p.0].from && line.date <= awards[p.0].to)
            .copied()
            .collect();
        let next = self.places.len();
        let number = *self.numbers.entry(places.clone()).or_insert(next);
        if number == next {
            self.places.push(places);
        }
        self.found.insert((line.kind, window), number);
        number
    }
}

/// Awards that no aim tells apart: each by the first of its like.
pub(super) struct Alike {
    pub(super) first: Vec<usize>,
}

impl Alike {
    pub(super) fn of(facts: &Facts) -> Self {
        let names = &facts.lines.names;
        let mut first: Vec<usize> = Vec::new();
        for (place, award) in facts.awards.iter().enumerate() {
            let told_apart = |other: &Award| {
                facts.lines.kinds().iter().any(|kind| {
                    let ids: Vec<&str> = names.text(kind.only).split(';').map(str::trim).collect();
                    ids.contains(&award.id.as_str()) != ids.contains(&other.id.as_str())
                })
            };
            let like = (0..place).find(|at| {
                let other = &facts.awards[*at];
                first[*at] == *at
                    && other.fences.is_empty()
                    && award.fences.is_empty()
                    && other.contribution.is_none()
                    && award.contribution.is_none()
                    && other.from == award.from
                    && other.to == award.to
                    && other.rank == award.rank
                    && other.lost_if_unspent == award.lost_if_unspent
                    && other.allowed == award.allowed
                    && !told_apart(other)
            });
            first.push(like.unwrap_or(place));
        }
        Self { first }
    }

    pub(super) fn merge(&self, sums: &Sums) -> Sums {
        let mut merged = Sums::new();
        for ((award, fence), amount) in sums {
            *merged.entry((self.first[*award], *fence)).or_insert(0) += amount;
        }
        merged
    }
}
