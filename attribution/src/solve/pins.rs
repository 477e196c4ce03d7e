//! What people pinned to an award.

use std::collections::BTreeMap;

use crate::Refusal;
use crate::classes::{Class, Column, only};
use crate::deal::largest_remainder;
use crate::facts::{Facts, Index};
use crate::nets::{Fixed, Nets};
use crate::outcome::{Paid, counted, fill};

/// What people pinned, by line and award.
pub(super) fn pins(
    facts: &Facts,
    index: &Index<'_>,
    nets: &Nets,
) -> Result<BTreeMap<(usize, usize), i64>, Refusal> {
    let mut found = BTreeMap::new();
    let mut wrong = Vec::new();
    for pin in &facts.pins {
        let (line, award) = (index.find(&pin.line), facts.award(&pin.award));
        let what = format!("The pin of line {} to award {}", pin.line, pin.award);
        match (line, award) {
            (None, _) => wrong.push(format!("{what}: the line is not among the lines.")),
            (_, None) => wrong.push(format!("{what}: the award is not among the awards.")),
            (Some(line), _) if nets.reversal[line] => wrong.push(format!(
                "{what}: the line reverses another, and goes where that one went. Pin the other."
            )),
            _ if pin.amount <= 0 => {
                wrong.push(format!("{what} is {}p: pin at least 1p.", pin.amount))
            }
            (Some(line), Some(award)) => {
                let sum = found.entry((line, award)).or_insert(0_i64);
                *sum = sum.saturating_add(pin.amount);
            }
        }
    }
    Refusal::contradicts(wrong)?;
    Ok(found)
}

/// Takes what is pinned out of what is free. A pin counts what is locked to its award already; a
/// line that shrank below its pins keeps them in proportion.
pub(super) fn hold_pins(
    facts: &Facts,
    classes: &[Class],
    pins: BTreeMap<(usize, usize), i64>,
    nets: &mut Nets,
) -> Result<(), Refusal> {
    let mut class_of = BTreeMap::new();
    for (line, _) in pins.keys() {
        class_of.insert(*line, None);
    }
    for class in classes {
        for line in &class.lines {
            if let Some(found) = class_of.get_mut(line) {
                *found = Some(class);
            }
        }
    }
    let mut by_line: BTreeMap<usize, Vec<(Column, i64)>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for ((line, award), amount) in pins {
        let column = class_of
            .get(&line)
            .copied()
            .flatten()
            .and_then(|class| class.columns.iter().find(|c| c.0 == award));
        match column {
            Some(column) => by_line.entry(line).or_default().push((*column, amount)),
            None => wrong.push(format!(
                "Line {} is pinned to award {}, which may not pay for it: {}. Take back the pin, or amend \
                 the award.",
                facts.lines.id(line),
                facts.awards[award].id,
                why_not(facts, line, award)
            )),
        }
    }
    let mut held = Vec::new();
    for (line, pins) in by_line {
        let locked = |award: usize| -> i64 {
            nets.fixed_of(line)
                .iter()
                .filter(|f| f.line == line && f.award == award)
                .map(|f| f.amount)
                .sum()
        };
        let elsewhere: i64 = nets
            .fixed_of(line)
            .iter()
            .filter(|f| f.line == line && pins.iter().all(|((award, _), _)| *award != f.award))
            .map(|f| f.amount)
            .sum();
        let sum = pins.iter().fold(elsewhere, |sum, ((award, _), amount)| {
            sum.saturating_add((*amount).max(locked(*award)))
        });
        let whole = facts.lines.all()[line].amount;
        if sum > whole.max(0) {
            let names: Vec<String> = pins
                .iter()
                .map(|((award, _), amount)| format!("{} {amount}p", facts.awards[*award].id))
                .collect();
            wrong.push(format!(
                "Line {} is {whole}p, and its pins ({}) with what is locked to others ({elsewhere}p) are \
                 {sum}p together. Lower the pins.",
                facts.lines.id(line),
                names.join(", ")
            ));
            continue;
        }
        let wants: Vec<i64> = pins
            .iter()
            .map(|((award, _), amount)| (amount - locked(*award)).max(0))
            .collect();
        let sum: i64 = wants.iter().sum();
        let wants = if sum > nets.free[line] {
            largest_remainder(nets.free[line], &wants)
        } else {
            wants
        };
        for (((award, fence), _), amount) in pins.iter().zip(wants) {
            nets.free[line] -= amount;
            if amount > 0 {
                held.push(Fixed {
                    root: line,
                    line,
                    award: *award,
                    fence: *fence,
                    amount,
                });
            }
        }
    }
    Refusal::contradicts(wrong)?;
    let mut wrong = Vec::new();

    // Each award must have the money for its pins, beside what is locked.
    let part = |f: &Fixed| Paid {
        line: f.line,
        award: f.award,
        fence: f.fence,
        amount: f.amount,
    };
    let locked: Vec<Paid> = nets.fixed().iter().map(part).collect();
    let before = counted(facts, &locked);
    let all: Vec<Paid> = locked.into_iter().chain(held.iter().map(part)).collect();
    let after = counted(facts, &all);
    for (place, award) in facts.awards.iter().enumerate() {
        let over = fill(award, &after[place]).stuck - fill(award, &before[place]).stuck;
        if over > 0 {
            let mut names: Vec<&str> = held
                .iter()
                .filter(|p| p.award == place)
                .map(|p| facts.lines.id(p.line))
                .collect();
            let count = names.len();
            names.truncate(5);
            wrong.push(format!(
                "Award {} ({}p) cannot pay for all that is pinned to it: its amount, its limits or what is \
                 locked leave {over}p too little. Its {count} pins begin with line {}. Lower a pin, or \
                 amend the award.",
                award.id,
                award.amount,
                names.join(", ")
            ));
        }
    }
    Refusal::contradicts(wrong)?;
    nets.hold(held);
    Ok(())
}

fn why_not(facts: &Facts, line: usize, place: usize) -> String {
    let award = &facts.awards[place];
    let given = facts.lines.all()[line];
    let kind = facts.lines.kinds()[given.kind];
    let names = &facts.lines.names;
    if given.date < award.from || given.date > award.to {
        return format!(
            "the line is of {}, the award pays from {} to {}",
            given.date, award.from, award.to
        );
    }
    for (what, set, word) in [
        ("category", &award.allowed.categories, kind.category),
        ("place", &award.allowed.places, kind.place),
        ("group", &award.allowed.groups, kind.group),
    ] {
        let word = names.text(word);
        if set.as_ref().is_some_and(|set| !set.contains(word)) {
            return format!("the {what} {word:?} is not one that it allows");
        }
    }
    if !only(names.text(kind.only)).any(|id| id == award.id) {
        return format!("only {} may", names.text(kind.only));
    }
    "nothing of the line is left to pay for".to_owned()
}
