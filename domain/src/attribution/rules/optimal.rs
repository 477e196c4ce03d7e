//! The optimal policy for the lines of one rule of a pool: what the rooms of its awards hold goes to the
//! solver of the crate `attribution`, which also checks what comes back.
//!
//! An award whose years and fences cross each other has no place in the solver's network. It is left
//! out, and pays in turn for what the others cannot.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use ::attribution::facts::{Allowed, Award as Payer, Facts, Fence as Part, Row, Share};
use ::attribution::{Outcome, Proof, Refusal, check, solve};
use chrono::NaiveDate;
use entity::{AwardId, SpendLineId};

use super::room::Room;
use super::{Award, Line, Reach};

/// What people were shown: pence by line and award.
pub type Shown = HashMap<SpendLineId, Vec<(AwardId, i64)>>;

/// Who answers for the lines of an optimal rule.
pub trait Answers {
    /// What is paid of each line; or why there is no answer.
    fn answer(&mut self, facts: &Facts) -> Result<Outcome, String>;

    /// Under the newest rule something is paid, or given back, that no answer says.
    fn beside(&mut self) {}
}

/// An answer, if it holds against every bound.
fn verified(facts: &Facts, answer: Result<Outcome, Refusal>) -> Result<Outcome, String> {
    let outcome = answer.map_err(|refusal| refusal.to_string())?;
    check::verify(facts, &outcome).map_err(|broken| broken.to_string())?;
    Ok(outcome)
}

/// Solves, has the answer checked, and keeps nothing: for what is only looked at.
#[derive(Debug)]
pub struct Looking;

impl Answers for Looking {
    fn answer(&mut self, facts: &Facts) -> Result<Outcome, String> {
        verified(facts, solve(facts)).inspect_err(|why| {
            tracing::error!(why, "the optimal rule found no answer: awards pay in turn");
        })
    }
}

/// The same, and keeps what proves it.
#[derive(Debug, Default)]
pub struct Solving {
    /// For each rule in its turn; none where there was no answer.
    pub proofs: Vec<Option<Proof>>,
    /// Whether something is paid under the newest rule that no answer says.
    pub beside: bool,
}

impl Answers for Solving {
    fn answer(&mut self, facts: &Facts) -> Result<Outcome, String> {
        let answer = Looking.answer(facts);
        let proof = answer.as_ref().ok().map(|outcome| outcome.proof(facts));
        self.proofs.push(proof);
        answer
    }

    fn beside(&mut self) {
        self.beside = true;
    }
}

/// Solves nothing: answers what was proved before, and has that checked against the facts.
#[derive(Debug, Default)]
pub struct Proved {
    proofs: VecDeque<Option<Proof>>,
    /// What does not hold.
    pub broken: Vec<String>,
}

impl Proved {
    /// Answers by these proofs, in their turn.
    pub fn by(proofs: Vec<Option<Proof>>) -> Self {
        Self {
            proofs: proofs.into(),
            broken: Vec::new(),
        }
    }
}

impl Answers for Proved {
    fn answer(&mut self, facts: &Facts) -> Result<Outcome, String> {
        let Some(kept) = self.proofs.pop_front() else {
            let none = "No proof of it is kept.".to_owned();
            self.broken.push(none.clone());
            return Err(none);
        };
        let Some(proof) = kept else {
            let none = "It found no answer: awards pay in turn.".to_owned();
            self.broken.push(none.clone());
            return Err(none);
        };
        verified(facts, proof.outcome(facts)).inspect_err(|why| self.broken.push(why.clone()))
    }
}

/// What each line is paid already, by its place: by which award, pence.
type Paid = [Vec<(usize, i64)>];

/// What an award pays of a line: their places, pence.
pub(super) type Deal = (usize, usize, i64);

/// The part of an award that the solver takes for an award: all of it, or years that go on into each
/// other.
struct Piece {
    /// The award's place.
    award: usize,
    payer: Payer,
}

/// Deals out what is wanted of lines, given by their places, among the awards that the rule names from
/// the most restricted on. Nothing where the facts are beyond the solver.
pub(super) fn optimal(
    lines: &[&Line],
    wanted: &[(usize, i64)],
    (awards, rooms, paid): (&[Award], &[Room<'_>], &Paid),
    turns: &[(AwardId, i64)],
    shown: &Shown,
    answers: &mut dyn Answers,
) -> Vec<Deal> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let dates: BTreeSet<NaiveDate> = wanted
        .iter()
        .filter_map(|(at, _)| Some(lines.get(*at)?.incurred_on))
        .collect();
    let kinds: BTreeSet<String> = wanted
        .iter()
        .filter_map(|(at, _)| lines.get(*at).map(|line| kind(line)))
        .collect();
    let reaches: BTreeSet<Arc<Reach>> = wanted
        .iter()
        .filter_map(|(at, _)| lines.get(*at)?.reach.clone())
        .collect();
    let seen = Seen {
        kinds: &kinds,
        dates: &dates,
        reaches: &reaches,
    };
    let mut pieces = Vec::new();
    for (at, (award, room)) in awards.iter().zip(rooms).enumerate() {
        let rank = turns.iter().position(|(id, _)| *id == award.id);
        let Some(rank) = rank
            .filter(|_| award.closed.is_none())
            .and_then(|rank| i64::try_from(rank).ok())
        else {
            continue;
        };
        if comes_as_one(award) {
            pieces.push(whole(at, award, room, rank, &seen));
        } else if award.fences.is_empty() {
            years(at, award, room, rank, &seen, &mut pieces);
        }
    }
    pieces.sort_by(|a, b| a.payer.id.cmp(&b.payer.id));
    let (mut facts, given) = facts(lines, wanted, (awards, &pieces, paid), shown);
    facts.awards = pieces.iter().map(|piece| piece.payer.clone()).collect();
    let Ok(outcome) = answers.answer(&facts) else {
        return Vec::new();
    };
    let mut deals: Vec<Deal> = outcome
        .paid
        .iter()
        .filter_map(|paid| {
            let line = *given.get(paid.line)?;
            Some((line, pieces.get(paid.award)?.award, paid.amount))
        })
        .collect();
    // What is not at risk first: money that is not confirmed pays for nothing else.
    deals.sort_by_key(|(line, award, _)| {
        let place = lines
            .get(*line)
            .zip(awards.get(*award))
            .map(|(line, award)| award.place_of(line.incurred_on, line.category));
        (place.is_some_and(|place| place.at_risk), *line, *award)
    });
    deals
}

/// Whether the money of an award comes as one: it has no years, or a single one of which all is confirmed. All that it pays
/// counts in that one, whatever its date.
pub(super) fn comes_as_one(award: &Award) -> bool {
    match award.years.as_slice() {
        [] => true,
        [only] => only.at_risk == 0,
        _ => false,
    }
}

/// What there is of what tells lines apart.
struct Seen<'s> {
    kinds: &'s BTreeSet<String>,
    dates: &'s BTreeSet<NaiveDate>,
    reaches: &'s BTreeSet<Arc<Reach>>,
}

/// Place and group as one word; empty where no award asks.
fn whereabouts(reach: Option<&Reach>) -> String {
    let said = |name: &Option<String>| match name {
        // neither is a name that spend can have
        Some(name) => format!("\t{name}"),
        None => String::new(),
    };
    reach.map_or_else(String::new, |of| {
        format!("{}\n{}", said(&of.place), said(&of.group))
    })
}

/// Which places and groups an award takes; `None` is any.
fn reached(award: &Award, reaches: &BTreeSet<Arc<Reach>>) -> Option<BTreeSet<String>> {
    let taken: BTreeSet<String> = reaches
        .iter()
        .filter(|reach| award.reaches(Some(reach)))
        .map(|reach| whereabouts(Some(reach)))
        .collect();
    (taken.len() < reaches.len()).then_some(taken)
}

/// Category, and capital or revenue, as one word.
fn kind(line: &Line) -> String {
    let of = if line.capital { "capital" } else { "revenue" };
    format!("{} {of}", line.category)
}

/// Which kinds of line an award or a fence takes; `None` is any.
fn takes(kinds: &BTreeSet<String>, fits: impl Fn(&str, bool) -> bool) -> Option<BTreeSet<String>> {
    let taken: BTreeSet<String> = kinds
        .iter()
        .filter(|kind| {
            let (category, of) = kind.split_once(' ').unwrap_or((kind, ""));
            fits(category, of == "capital")
        })
        .cloned()
        .collect();
    (taken.len() < kinds.len()).then_some(taken)
}

/// Which days an award or a fence pays for; `None` is any.
fn pays_on(
    dates: &BTreeSet<NaiveDate>,
    fits: impl Fn(NaiveDate) -> bool,
) -> Option<BTreeSet<String>> {
    let fitting: BTreeSet<String> = dates
        .iter()
        .filter(|date| fits(**date))
        .map(NaiveDate::to_string)
        .collect();
    (fitting.len() < dates.len()).then_some(fitting)
}

fn allowed(award: &Award, seen: &Seen<'_>) -> Allowed {
    let named: BTreeSet<String> = award.categories.iter().map(ToString::to_string).collect();
    Allowed {
        categories: takes(seen.kinds, |category, capital| {
            award.pays(capital) && (named.is_empty() || named.contains(category))
        }),
        // a day stands in a place's stead: it bounds what years pay for, where groups are in no fence
        places: pays_on(seen.dates, |date| award.pays_on(date)),
        groups: reached(award, seen.reaches),
    }
}

/// An award whose money comes as one, with its fences.
fn whole(at: usize, award: &Award, room: &Room<'_>, rank: i64, seen: &Seen<'_>) -> Piece {
    let left = room.left();
    let mut fences: Vec<Part> = award
        .fences
        .iter()
        .zip(&left.fences)
        .map(|(fence, (own, limit))| {
            let named: BTreeSet<String> =
                fence.categories.iter().map(ToString::to_string).collect();
            Part {
                id: fence.id.to_string(),
                parent: fence.parent,
                reserved: (*own).max(0),
                limit: limit.map(|limit| limit.max(0)),
                allowed: Allowed {
                    categories: takes(seen.kinds, |category, _| named.contains(category)),
                    places: None,
                    groups: None,
                },
            }
        })
        .collect();
    // A reserve holds those of the fences inside. Parents stand before their children.
    for inner in (0..fences.len()).rev() {
        let Some((reserved, parent)) = fences
            .get(inner)
            .and_then(|fence| Some((fence.reserved, fence.parent?)))
        else {
            continue;
        };
        if let Some(parent) = fences.get_mut(parent) {
            parent.reserved = parent.reserved.saturating_add(reserved);
        }
    }
    let amount = fences
        .iter()
        .filter(|fence| fence.parent.is_none())
        .fold(left.open.max(0), |sum, fence| {
            sum.saturating_add(fence.reserved)
        });
    let of_year = left.years.iter().chain(&left.given).copied().min();
    let most = left.contribution.min(of_year.unwrap_or(i64::MAX)).max(0);
    let bounded = most < amount;
    Piece {
        award: at,
        payer: Payer {
            id: award.id.to_string(),
            from: award.starts_on,
            to: award.ends_on,
            // Without fences the two bounds are one, and awards that are alike stay so.
            amount: if fences.is_empty() {
                amount.min(most)
            } else {
                amount
            },
            contribution: (bounded && !fences.is_empty()).then_some(most),
            lost_if_unspent: award.lost_if_unspent,
            rank,
            allowed: allowed(award, seen),
            fences,
        },
    }
}

/// The years of an award without fences: those that go on into each other are one piece, in which
/// what is dated up to the end of a year is bounded by what that year and those before it hold.
fn years(
    at: usize,
    award: &Award,
    room: &Room<'_>,
    rank: i64,
    seen: &Seen<'_>,
    pieces: &mut Vec<Piece>,
) {
    let left = room.left();
    let last = award.years.len() - 1;
    let mut first = 0;
    for end in 0..award.years.len() {
        let goes_on = award.years.get(end + 1).is_some_and(|next| next.joined);
        if goes_on {
            continue;
        }
        let (Some(from), Some(to)) = (award.years.get(first), award.years.get(end)) else {
            continue;
        };
        // What is dated before the first year counts in it, and after the last in the last.
        let starts_on = if first == 0 {
            award.starts_on
        } else {
            from.starts_on
        };
        let ends_on = if end == last {
            award.ends_on
        } else {
            to.ends_on
        };
        // From the outermost bound inwards.
        let mut fences: Vec<Part> = Vec::new();
        for year in (first..=end).rev() {
            let Some(of) = award.years.get(year) else {
                continue;
            };
            let year_left = left.years.get(year).copied().unwrap_or(0);
            let bound = left
                .given
                .get(year)
                .map_or(year_left, |given| year_left.min(*given));
            let mut add = |name: String, limit: i64, fits: &dyn Fn(NaiveDate) -> bool| {
                fences.push(Part {
                    id: name,
                    parent: fences.len().checked_sub(1),
                    reserved: 0,
                    limit: Some(limit.max(0)),
                    allowed: Allowed {
                        categories: None,
                        places: pays_on(seen.dates, fits),
                        groups: None,
                    },
                });
            };
            let until = |date: NaiveDate| award.year_of(date).is_none_or(|of_it| of_it <= year);
            add(format!("{year:04} all"), bound, &until);
            if of.at_risk > 0 {
                let confirmed = |date: NaiveDate| {
                    until(date)
                        && (award.year_of(date) != Some(year)
                            || of.at_risk_until.is_none_or(|until| date > until))
                };
                add(
                    format!("{year:04} confirmed"),
                    year_left.saturating_sub(of.at_risk),
                    &confirmed,
                );
            }
        }
        let amount = fences
            .first()
            .and_then(|fence| fence.limit)
            .unwrap_or(0)
            .min(left.contribution.max(0))
            .min(left.open.max(0));
        pieces.push(Piece {
            award: at,
            payer: Payer {
                id: format!("{} {first:04}", award.id),
                from: starts_on,
                to: ends_on,
                amount,
                contribution: None,
                // A year that does not go on into the next is over at its end.
                lost_if_unspent: award.lost_if_unspent || end < last,
                rank,
                allowed: allowed(award, seen),
                fences,
            },
        });
        first = end + 1;
    }
}

/// The lines as the solver takes them, with what was shown of them; and the place of each.
fn facts(
    lines: &[&Line],
    wanted: &[(usize, i64)],
    (awards, pieces, paid): (&[Award], &[Piece], &Paid),
    shown: &Shown,
) -> (Facts, Vec<usize>) {
    let mut facts = Facts::default();
    let mut given = Vec::with_capacity(wanted.len());
    let mut named: HashMap<Arc<BTreeSet<AwardId>>, String> = HashMap::new();
    let mut words: HashMap<(entity::CostCategoryId, bool), String> = HashMap::new();
    for (at, amount) in wanted {
        let Some(line) = lines.get(*at) else { continue };
        let only = match &line.payers {
            None => "",
            Some(payers) => named.entry(Arc::clone(payers)).or_insert_with(|| {
                let ids: Vec<&str> = pieces
                    .iter()
                    .filter(|piece| {
                        awards
                            .get(piece.award)
                            .is_some_and(|award| payers.contains(&award.id))
                    })
                    .map(|piece| piece.payer.id.as_str())
                    .collect();
                // A list without a name would let anybody pay.
                if ids.is_empty() {
                    "-".to_owned()
                } else {
                    ids.join(";")
                }
            }),
        };
        let category = words
            .entry((line.category, line.capital))
            .or_insert_with(|| kind(line));
        let id = format!("{} {}", line.identity, line.id);
        facts.lines.add(&Row {
            id: &id,
            date: line.incurred_on,
            amount: *amount,
            category,
            place: &line.incurred_on.to_string(),
            group: &whereabouts(line.reach.as_deref()),
            reverses: "",
            only,
        });
        given.push(*at);
        for (award, was) in shown.get(&line.id).into_iter().flatten() {
            let piece = pieces.iter().find(|piece| {
                awards
                    .get(piece.award)
                    .is_some_and(|one| one.id == *award && one.may_pay(line))
                    && (piece.payer.from..=piece.payer.to).contains(&line.incurred_on)
            });
            // What it holds of the line, or was pinned to it, is not dealt out.
            let held: i64 = paid
                .get(*at)
                .into_iter()
                .flatten()
                .filter(|(of, _)| piece.is_some_and(|piece| piece.award == *of))
                .map(|(_, amount)| amount)
                .sum();
            let was = was - held;
            if let Some(piece) = piece.filter(|_| was > 0) {
                facts.previous.push(Share {
                    line: id.clone(),
                    award: piece.payer.id.clone(),
                    fence: deepest(&piece.payer, category, &line.incurred_on.to_string()),
                    amount: was,
                });
            }
        }
    }
    facts.previous.sort();
    (facts, given)
}

/// The deepest fence that a line fits.
fn deepest(payer: &Payer, kind: &str, day: &str) -> Option<String> {
    let fits = |set: &Option<BTreeSet<String>>, word: &str| {
        set.as_ref().is_none_or(|set| set.contains(word))
    };
    let mut found = None;
    for (at, fence) in payer.fences.iter().enumerate() {
        if fence.parent == found
            && fits(&fence.allowed.categories, kind)
            && fits(&fence.allowed.places, day)
        {
            found = Some(at);
        }
    }
    found.and_then(|at| Some(payer.fences.get(at)?.id.clone()))
}

/// What was shown, by line: credits are taken off the lines that they name.
pub(super) fn net_shown(
    shown: &Shown,
    lines: &[&Line],
    portions: &HashMap<usize, Vec<(usize, i64)>>,
) -> Shown {
    let mut net: BTreeMap<SpendLineId, BTreeMap<AwardId, i64>> = BTreeMap::new();
    let mut add = |line: SpendLineId, parts: Option<&Vec<(AwardId, i64)>>| {
        for (award, amount) in parts.into_iter().flatten() {
            *net.entry(line).or_default().entry(*award).or_insert(0) += amount;
        }
    };
    for line in lines.iter().filter(|line| line.amount > 0) {
        add(line.id, shown.get(&line.id));
    }
    for (credit, portions) in portions {
        // A credit of several lines says not which of them each part is of: the first has it.
        if let (Some(credit), Some(line)) = (
            lines.get(*credit),
            portions.first().and_then(|(line, _)| lines.get(*line)),
        ) {
            add(line.id, shown.get(&credit.id));
        }
    }
    net.into_iter()
        .map(|(line, parts)| (line, parts.into_iter().collect()))
        .collect()
}
