//! From one version of a form to the next: which fields still stand where they stood, which do
//! not, and what is new.

use std::collections::{HashMap, HashSet};

use workbook::survey::Standing;

use super::propose::{Proposal, Proposed, key_of};
use super::spec::FieldSpec;

/// A field of the version before, with what stood beside it there and what stands there now.
#[derive(Clone, Debug)]
pub struct OldField {
    /// The field.
    pub spec: FieldSpec,
    /// What its locator led to in the version before.
    pub before: Standing,
    /// What the same locator leads to in the new one.
    pub now: Standing,
}

/// A field of the next version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// As it is proposed.
    pub proposed: Proposed,
    /// Whether it can stay as it was: nothing about its place has changed.
    pub as_before: bool,
}

/// What becomes of the fields of the version before in a new workbook.
#[must_use]
pub fn carry(old: &[OldField], new: &Proposal) -> Vec<Carried> {
    let by_place: HashMap<(&str, &str), &Proposed> = new
        .fields
        .iter()
        .map(|field| ((field.sheet.as_str(), field.cell.as_str()), field))
        .collect();
    let mut keys: HashSet<String> = old.iter().map(|field| field.spec.key.clone()).collect();
    let mut taken: HashSet<(String, String)> = HashSet::new();
    let mut carried: Vec<Carried> = Vec::new();
    // First those that stand where they stood, so that no other is moved onto them.
    let fates: Vec<Fate> = old.iter().map(fate).collect();
    for (field, fate) in old.iter().zip(&fates) {
        if let (Fate::Stays, Ok(place)) = (fate, &field.now.place) {
            taken.insert(place.clone());
        }
    }
    for (field, fate) in old.iter().zip(&fates) {
        let mut attention = Vec::new();
        let mut spec = field.spec.clone();
        let mut place = field.now.place.clone().unwrap_or_default();
        match fate {
            Fate::Stays => {}
            Fate::Lost(why) | Fate::Changed(why) => {
                attention.push(why.clone());
                if let Some(found) = moved_to(field, new, &taken) {
                    attention.push(format!(
                        "What is called the same is now in {}, cell {}: that is proposed.",
                        found.sheet, found.cell
                    ));
                    spec.at.clone_from(&found.spec.at);
                    place = (found.sheet.clone(), found.cell.clone());
                    taken.insert(place.clone());
                } else if let Fate::Lost(_) = fate {
                    place = (String::new(), String::new());
                } else {
                    taken.insert(place.clone());
                }
            }
        }
        let there = by_place.get(&(place.0.as_str(), place.1.as_str()));
        if let (Some(there), true) = (there, attention.is_empty())
            && there.spec.choices.is_some()
            && there.spec.choices != spec.choices
        {
            attention.push(
                "The form’s list of choices has changed; the new one is proposed.".to_owned(),
            );
            spec.choices.clone_from(&there.spec.choices);
            spec.kind = there.spec.kind;
        }
        if let (Some(there), Some(limit)) = (there, spec.word_limit)
            && there.spec.word_limit.is_some_and(|new| new != limit)
        {
            attention.push(format!(
                "The word limit was {limit}; the new one is proposed."
            ));
            spec.word_limit = there.spec.word_limit;
        }
        let as_before = attention.is_empty();
        carried.push(Carried {
            proposed: Proposed {
                bundle: there.map_or_else(
                    || format!("{}!{}", spec.section, spec.key),
                    |there| there.bundle.clone(),
                ),
                why: "It was a field of the version before.".to_owned(),
                reason: there.map(|there| there.reason.clone()).unwrap_or_default(),
                example: there.map(|there| there.example.clone()).unwrap_or_default(),
                words: there.map(|there| there.words.clone()).unwrap_or_default(),
                sheet: place.0,
                cell: place.1,
                attention,
                spec,
            },
            as_before,
        });
    }
    for field in &new.fields {
        if taken.contains(&(field.sheet.clone(), field.cell.clone())) {
            continue;
        }
        let mut proposed = field.clone();
        if !keys.insert(proposed.spec.key.clone()) {
            proposed.spec.key = key_of(&proposed.spec.section, &proposed.spec.label, &mut keys);
        }
        proposed
            .attention
            .insert(0, "It is new in this version of the form.".to_owned());
        carried.push(Carried {
            proposed,
            as_before: false,
        });
    }
    carried
}

enum Fate {
    Stays,
    /// No answer can be written there any more.
    Lost(String),
    /// It can, but it may be another question.
    Changed(String),
}

fn fate(field: &OldField) -> Fate {
    if let Err(why) = &field.now.place {
        return Fate::Lost(format!("Its place is gone: {why}."));
    }
    if field.now.formula {
        return Fate::Lost("A formula stands there now.".to_owned());
    }
    if field.now.locked && !field.before.locked {
        return Fate::Lost("The form locks that cell now.".to_owned());
    }
    let was = words(&field.before);
    let is = words(&field.now);
    if was == is {
        Fate::Stays
    } else {
        Fate::Changed(match (was.is_empty(), is.is_empty()) {
            (true, _) => format!("The form now calls it “{is}”."),
            (_, true) => format!("It was called “{was}”; nothing is beside it now."),
            _ => format!("It was called “{was}”, and is now called “{is}”."),
        })
    }
}

/// What a cell is called: headings that are formulas follow the dates that are filled in, so only
/// what is written in the form counts.
fn words(standing: &Standing) -> String {
    let label = if standing.row_label.is_empty() {
        &standing.title
    } else {
        &standing.row_label
    };
    let heads: Vec<&str> = standing.heads.iter().map(String::as_str).collect();
    match (label.is_empty(), heads.is_empty()) {
        (_, true) => label.clone(),
        (true, false) => heads.join(", "),
        (false, false) => format!("{label}: {}", heads.join(", ")),
    }
}

/// Where the new workbook has a cell that is called as this one was.
fn moved_to<'a>(
    field: &OldField,
    new: &'a Proposal,
    taken: &HashSet<(String, String)>,
) -> Option<&'a Proposed> {
    let before = &field.before;
    if before.row_label.is_empty() && before.heads.is_empty() && before.title.is_empty() {
        return None;
    }
    let mut alike = new.fields.iter().filter(|there| {
        there.words.0 == before.row_label
            && there.words.1 == before.heads
            && there.words.2 == before.title
            && !taken.contains(&(there.sheet.clone(), there.cell.clone()))
    });
    let same_sheet = before.place.as_ref().ok().map(|place| place.0.clone());
    let first = alike.next()?;
    if Some(&first.sheet) == same_sheet.as_ref() {
        return Some(first);
    }
    Some(
        alike
            .find(|there| Some(&there.sheet) == same_sheet.as_ref())
            .unwrap_or(first),
    )
}
