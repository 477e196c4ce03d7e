//! What is given: awards with their fences, lines, pins, locks, and what was shown before.
//!
//! Awards are kept by id, and fences in the order of their tree (each after the fence around it,
//! siblings by id), so that the same facts in any order are the same facts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::Refusal;

/// What an award or a fence allows; `None` allows any.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Allowed {
    /// Cost categories.
    pub categories: Option<BTreeSet<String>>,
    /// Places.
    pub places: Option<BTreeSet<String>>,
    /// Groups of people.
    pub groups: Option<BTreeSet<String>>,
}

/// A named part of an award.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fence {
    /// Its id, the only one of its name in its award.
    pub id: String,
    /// The fence around it, by its place in [`Award::fences`]; always before this one.
    pub parent: Option<usize>,
    /// Pence for the lines that fit it, alone; what is inside it reserves out of this.
    pub reserved: i64,
    /// The most pence for the lines that fit it.
    pub limit: Option<i64>,
    /// What fits, among what fits the fence around it.
    pub allowed: Allowed,
}

/// An award's contribution to the pool; each award year is an award.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Award {
    /// Its id.
    pub id: String,
    /// The first day that it pays for.
    pub from: NaiveDate,
    /// The last day that it pays for.
    pub to: NaiveDate,
    /// What its fences are parts of, in pence; its contribution too, unless that is less.
    pub amount: i64,
    /// Its contribution, where it is less than its amount: the most that it pays here, whichever
    /// fence it comes from. More than its amount changes nothing.
    pub contribution: Option<i64>,
    /// What is not spent by its end goes back.
    pub lost_if_unspent: bool,
    /// 1 is the most restricted.
    pub rank: i64,
    /// What it may pay for.
    pub allowed: Allowed,
    /// Its fences, each after the one around it.
    pub fences: Vec<Fence>,
}

/// A person's word that an award pays for so much of a line.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub struct Pin {
    /// The line's id.
    pub line: String,
    /// The award's id.
    pub award: String,
    /// Pence.
    pub amount: i64,
}

/// An attribution of before: inside a certified return (a lock), or shown to people.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub struct Share {
    /// The line's id.
    pub line: String,
    /// The award's id.
    pub award: String,
    /// The fence that it counts in.
    pub fence: Option<String>,
    /// Pence; negative on a reversal.
    pub amount: i64,
}

/// Texts that many lines share, once each.
#[derive(Clone, Debug, Default)]
pub struct Names {
    texts: Vec<String>,
    places: HashMap<String, usize>,
}

impl Names {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> usize {
        if let Some(number) = self.places.get(text) {
            return *number;
        }
        self.texts.push(text.to_owned());
        self.places.insert(text.to_owned(), self.texts.len() - 1);
        self.texts.len() - 1
    }

    /// The text of a number.
    pub fn text(&self, number: usize) -> &str {
        self.texts.get(number).map_or("", String::as_str)
    }

    /// All texts, by their numbers.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }
}

/// What decides which awards may pay for a line, the date aside: numbers of [`Names`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Kind {
    /// Cost category.
    pub category: usize,
    /// Place.
    pub place: usize,
    /// Group of people.
    pub group: usize,
    /// The ids of the only awards that may pay, separated by semicolons; an empty text: any.
    pub only: usize,
}

/// One spend line, the texts by number.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// When goods or services were received.
    pub date: NaiveDate,
    /// Pence.
    pub amount: i64,
    /// The number of its kind in [`Lines::kinds`].
    pub kind: usize,
}

/// The spend lines of a pool. A line is known by its place among them.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    ids: String,
    ends: Vec<usize>,
    lines: Vec<Line>,
    reverses: BTreeMap<usize, String>,
    /// The texts that kinds are made of.
    pub names: Names,
    kinds: Vec<Kind>,
    kind_places: HashMap<Kind, usize>,
}

/// A line as it is read.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Its id.
    pub id: &'a str,
    /// When goods or services were received.
    pub date: NaiveDate,
    /// Pence.
    pub amount: i64,
    /// Cost category.
    pub category: &'a str,
    /// Place.
    pub place: &'a str,
    /// Group of people.
    pub group: &'a str,
    /// The id of the line that it reverses; empty where none.
    pub reverses: &'a str,
    /// The only awards that may pay, separated by semicolons; empty: any.
    pub only: &'a str,
}

impl Lines {
    /// One more line.
    pub fn add(&mut self, row: &Row<'_>) {
        let kind = Kind {
            category: self.names.number(row.category),
            place: self.names.number(row.place),
            group: self.names.number(row.group),
            only: self.names.number(row.only),
        };
        let kinds = &mut self.kinds;
        let kind = *self.kind_places.entry(kind).or_insert_with(|| {
            kinds.push(kind);
            kinds.len() - 1
        });
        if !row.reverses.is_empty() {
            self.reverses
                .insert(self.lines.len(), row.reverses.to_owned());
        }
        self.ids.push_str(row.id);
        self.ends.push(self.ids.len());
        self.lines.push(Line {
            date: row.date,
            amount: row.amount,
            kind,
        });
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// All, in the order in which they were read.
    pub fn all(&self) -> &[Line] {
        &self.lines
    }

    /// A line's id.
    pub fn id(&self, line: usize) -> &str {
        let start = match line {
            0 => 0,
            _ => self.ends[line - 1],
        };
        &self.ids[start..self.ends[line]]
    }

    /// The kinds that occur.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Which line says that it reverses which id.
    pub fn reversals(&self) -> impl Iterator<Item = (usize, &str)> {
        self.reverses.iter().map(|(l, id)| (*l, id.as_str()))
    }

    /// The lines by date, then id: the order in which ties are settled.
    pub fn in_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|line| self.lines[*line].date);
        // Ledgers give a day's lines mostly in the order of their ids, which costs next to nothing.
        for day in order.chunk_by_mut(|a, b| self.lines[*a].date == self.lines[*b].date) {
            day.sort_by(|a, b| self.id(*a).cmp(self.id(*b)));
        }
        order
    }

    /// Finds lines by their ids. Refused where two have the same.
    pub fn index(&self) -> Result<Index<'_>, Refusal> {
        let mut places = HashMap::with_capacity(self.len());
        let mut twice = Vec::new();
        for line in 0..self.len() {
            if let Some(first) = places.insert(self.id(line), line) {
                twice.push(format!(
                    "Two lines have the id {:?}: rows {} and {} of the lines. Give each line its own id.",
                    self.id(line),
                    first + 2,
                    line + 2
                ));
            }
        }
        Refusal::contradicts(twice)?;
        Ok(Index { places })
    }
}

/// Lines by id.
#[derive(Debug)]
pub struct Index<'a> {
    places: HashMap<&'a str, usize>,
}

impl Index<'_> {
    /// The line of this id.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }
}

/// Everything that a run is given.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// As of which date; stated, and decides nothing.
    pub as_of: Option<NaiveDate>,
    /// By id.
    pub awards: Vec<Award>,
    /// The spend.
    pub lines: Lines,
    /// What people pinned.
    pub pins: Vec<Pin>,
    /// What certified returns hold.
    pub locks: Vec<Share>,
    /// What people were shown.
    pub previous: Vec<Share>,
}

impl Facts {
    /// An award's place, by its id.
    pub fn award(&self, id: &str) -> Option<usize> {
        self.awards.binary_search_by(|a| a.id.as_str().cmp(id)).ok()
    }
}

impl Award {
    /// A fence's place, by its id.
    pub fn fence(&self, id: &str) -> Option<usize> {
        self.fences.iter().position(|f| f.id == id)
    }
}
