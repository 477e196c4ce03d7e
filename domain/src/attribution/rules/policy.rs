//! Lines go through the rule of the day on which they were received. In order: the first award of the
//! stated order that may pay and has room; then the next, to the penny. By weights: each line is dealt
//! out in proportion, and what does not fit is offered to the others in proportion. Optimal: all lines of
//! the rule are dealt out together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use entity::{AttributionPolicy, CommitmentId, FenceId, SpendLineId};

use super::credits::{self, Named};
use super::optimal::{self, Answers, Looking, Shown};
use super::room::{Place, Room};
use super::stays;
use super::{Attribution, Award, Line};
use crate::commitments::rules::Payers;
use crate::pools::rules::policies::{Policies, Policy};
use crate::proportion::dealt;

/// Attributes the lines of one pool to its awards, which stand in the order in which they were put
/// behind it, by the rule of the day on which each line was received.
///
/// A rule names the awards that were behind the pool when it was agreed. What those named cannot pay
/// for goes to awards that came since, in their order, so that nothing that was attributed moves
/// because an award came. Without a rule, all have come since.
///
/// Lines go by date, then identity: the same facts in any order give the same answer. A negative
/// line that names a line (the one that it takes back, or one of its transaction) is attributed as that line was, in proportion, and
/// so makes room; other negative lines stay negative unfunded. What a credit made room for goes to
/// earlier lines that had found none.
///
/// An award that is closed keeps what it paid for then, pays for nothing else, and is given back what later
/// credits take from its lines: that is owed to its funder, and pays for nothing more.
///
/// What was pinned to an award it pays for before any rule has its turn, as far as it may and has room.
///
/// What an award pays inside a return that stands certified stays as well, and takes its room first. The
/// award goes on paying for everything else; of the rest of the lines that were known then, what nobody else
/// pays. Later credits take from what stays in proportion, and make room.
///
/// The lines of an optimal rule are dealt out together, at the first of them, each with what credits of
/// the same years leave of it. What was shown before decides only between answers that are as good.
#[must_use]
pub fn attribute(
    lines: &[Line],
    awards: &[Award],
    policies: &Policies,
    shown: &Shown,
) -> Vec<Attribution> {
    attribute_by(lines, awards, policies, shown, &mut Looking)
}

/// The same, where somebody else answers for the lines of an optimal rule.
pub fn attribute_by(
    lines: &[Line],
    awards: &[Award],
    policies: &Policies,
    shown: &Shown,
    answers: &mut dyn Answers,
) -> Vec<Attribution> {
    let sorted = in_order(lines);
    let named = credits::named(&sorted, &credits::held(awards));
    let places = stays::places(&sorted, awards);
    let mut rooms: Vec<Room<'_>> = awards.iter().map(Room::of).collect();
    stays::take_first(&mut rooms, awards, &sorted, &places);
    let mut run = Run {
        awards,
        policies,
        rooms: &mut rooms,
        paid: stays::kept(sorted.len(), awards, &places),
        left: vec![0; sorted.len()],
        credited: vec![0; sorted.len()],
        classes: HashMap::new(),
        full: Vec::new(),
        dealt: HashMap::new(),
        back: HashMap::new(),
        together: Vec::new(),
        left_of_kept: HashMap::new(),
    };
    run.count_kept(&sorted, &named.portions, &places);
    let others = stays::for_others(&sorted, awards, &run.paid);
    if run.obey_pins(&sorted, &named) {
        answers.beside();
    }
    let first = sorted.iter().enumerate();
    let first: Vec<&Line> = first
        .map(|(at, line)| others.get(&at).unwrap_or(line))
        .collect();
    let ordered = order(&first, &named.portions);
    let mut rule = None;
    for (at, line) in &ordered {
        let (at, line) = (*at, *line);
        if named.apart.contains(&at) {
            continue;
        }
        match named.portions.get(&at) {
            Some(portions) => {
                let is_dealt = |of: &usize| {
                    let line = sorted.get(*of);
                    run.dealt.contains_key(of)
                        && line.is_some_and(|line| policies.is_newest_on(line.incurred_on))
                };
                if policies.is_newest_on(line.incurred_on)
                    && !portions.iter().all(|(of, _)| is_dealt(of))
                {
                    answers.beside();
                }
                run.credit(at, portions, &sorted);
            }
            None if line.amount > 0 => {
                if let Some(policy) = policies.on(line.incurred_on)
                    && policy.kind == AttributionPolicy::Optimal
                    && rule != Some(policy.starts_on)
                {
                    rule = Some(policy.starts_on);
                    run.deal_optimally(&first, &named, policy, shown, answers);
                }
                let wanted = match run.dealt.get(&at) {
                    Some(dealt) => dealt.left,
                    None => line.amount - run.paid_of(at),
                };
                if run.pay(at, line, wanted) < wanted && policies.is_newest_on(line.incurred_on) {
                    answers.beside();
                }
            }
            None => {}
        }
    }
    run.full.clear();
    for (at, line) in sorted.iter().enumerate() {
        let left = run.left.get(at).copied().unwrap_or(0);
        // A line that was partly taken back stays as it is: its credit went in proportion.
        let as_it_is = left <= 0 || run.credited.get(at).copied().unwrap_or(0) != 0;
        if !as_it_is && run.pay(at, line, left) < left {
            answers.beside();
        }
    }
    let paid = run.paid;
    let mut out = Vec::new();
    for (line, parts) in sorted.iter().zip(paid) {
        let mut sums: BTreeMap<usize, i64> = BTreeMap::new();
        for (award, amount) in parts {
            *sums.entry(award).or_insert(0) += amount;
        }
        for (award, amount) in sums {
            let Some(award) = awards.get(award) else {
                continue;
            };
            let fence = award.fence_of(line.category);
            let fence = fence.and_then(|at| Some(award.fences.get(at)?.id));
            let mut push = |fence, amount| {
                if amount != 0 {
                    out.push(Attribution {
                        line: line.id,
                        award: award.id,
                        fence,
                        amount,
                    });
                }
            };
            let Some(kept) = award.kept.get(&line.id) else {
                push(fence, amount);
                continue;
            };
            // What it holds counts in the fence that it counted in then.
            let mut by_fence: BTreeMap<Option<FenceId>, i64> = BTreeMap::new();
            *by_fence.entry(fence).or_insert(0) += amount - award.kept_of(line.id);
            for (fence, amount) in kept {
                *by_fence.entry(*fence).or_insert(0) += amount;
            }
            for (fence, amount) in by_fence {
                push(fence, amount);
            }
        }
    }
    out
}

/// Lines by date, then identity.
fn in_order(lines: &[Line]) -> Vec<&Line> {
    // Days first, beside each other: of a million lines, looking up each one's words again and again
    // costs more than all the rest. Those of a day mostly come in their order.
    let dated = lines.iter().map(|line| (line.incurred_on, line));
    let mut dated: Vec<(chrono::NaiveDate, &Line)> = dated.collect();
    dated.sort_by_key(|(on, _)| *on);
    let mut sorted: Vec<&Line> = dated.into_iter().map(|(_, line)| line).collect();
    for day in sorted.chunk_by_mut(|a, b| a.incurred_on == b.incurred_on) {
        day.sort_by(|a, b| (&a.identity, a.id).cmp(&(&b.identity, b.id)));
    }
    sorted
}

/// The lines in their order; a credit comes after the lines that it names.
fn order<'l>(
    sorted: &[&'l Line],
    named: &HashMap<usize, Vec<(usize, i64)>>,
) -> Vec<(usize, &'l Line)> {
    let mut keyed: Vec<(usize, bool, usize, &'l Line)> = sorted
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let last = named
                .get(&at)
                .and_then(|portions| portions.iter().map(|(other, _)| *other).max())
                .filter(|last| *last > at);
            (last.unwrap_or(at), last.is_some(), at, *line)
        })
        .collect();
    keyed.sort_by_key(|(place, after, at, _)| (*place, *after, *at));
    keyed
        .into_iter()
        .map(|(_, _, at, line)| (at, line))
        .collect()
}

/// Which lines belong together: those of one transaction, category and kind of spend, and what takes one of
/// them back.
fn together(sorted: &[&Line]) -> Vec<usize> {
    let mut by_transaction: HashMap<(&str, entity::CostCategoryId, bool), usize> = HashMap::new();
    let mut groups: Vec<usize> = sorted
        .iter()
        .enumerate()
        .map(|(at, line)| match &line.transaction {
            Some(transaction) => *by_transaction
                .entry((transaction, line.category, line.capital))
                .or_insert(at),
            None => at,
        })
        .collect();
    let places: HashMap<SpendLineId, usize> = sorted
        .iter()
        .enumerate()
        .map(|(at, line)| (line.id, at))
        .collect();
    for (at, line) in sorted.iter().enumerate() {
        let original = line.reverses.and_then(|id| places.get(&id));
        let of_it = original.and_then(|original| groups.get(*original)).copied();
        if let (Some(of_it), Some(group)) = (of_it, groups.get_mut(at)) {
            *group = of_it;
        }
    }
    groups
}

type Class = (
    chrono::NaiveDate,
    entity::CostCategoryId,
    bool,
    Option<Payers>,
    Option<CommitmentId>,
);

/// Who pays for a class of lines, and how they share.
#[derive(Clone, Debug, Default)]
struct Payments {
    /// Deal a line out by their weights.
    by_weight: Vec<(usize, Place, i64)>,
    /// Pay what is left, one after another.
    in_turn: Vec<(usize, Place)>,
}

impl Payments {
    fn of(awards: &[Award], policies: &Policies, line: &Line) -> Self {
        if policies.by_hand(line.incurred_on) {
            return Self::default();
        }
        let policy = policies.on(line.incurred_on);
        let named = policy.map_or(&[][..], |policy| policy.awards.as_slice());
        let mut by_weight = Vec::new();
        let mut in_turn = Vec::new();
        for (at, award) in awards.iter().enumerate() {
            if !award.may_pay(line) {
                continue;
            }
            let place = award.place_of(line.incurred_on, line.category);
            let turn = named.iter().position(|(id, _)| *id == award.id);
            let weight =
                policy.and_then(|policy| policy.weight(award.id, line.category, line.commitment));
            match policy.map(|policy| policy.kind) {
                Some(AttributionPolicy::ProRata | AttributionPolicy::Shares)
                    if weight.is_some() =>
                {
                    by_weight.extend(weight.filter(|weight| *weight > 0).map(|w| (at, place, w)));
                }
                _ => in_turn.push((turn.unwrap_or(usize::MAX), at, place)),
            }
        }
        // A penny that does not divide goes to the same award, however the facts are ordered.
        by_weight.sort_by_key(|(at, ..)| awards.get(*at).map(|award| award.id));
        in_turn.sort_by_key(|(turn, at, _)| (*turn, *at));
        Self {
            by_weight,
            in_turn: in_turn
                .into_iter()
                .map(|(_, at, place)| (at, place))
                .collect(),
        }
    }
}

struct Run<'a, 'r> {
    awards: &'a [Award],
    policies: &'a Policies,
    rooms: &'r mut Vec<Room<'a>>,
    /// Per line: award and amount.
    paid: Vec<Vec<(usize, i64)>>,
    /// Per line: what no award pays for.
    left: Vec<i64>,
    /// Per line: what credits have taken back.
    credited: Vec<i64>,
    /// Awards that may pay, with the fence and year, by date, category, capital or revenue, who is named to pay, and the
    /// agreement where it has shares of its own. Each with its number.
    classes: HashMap<Class, (usize, Rc<Payments>)>,
    /// By a class's number: whether its awards had no room at all for it, until a credit makes some.
    full: Vec<bool>,
    /// Lines that were dealt out together, by an optimal rule.
    dealt: HashMap<usize, Dealt>,
    /// Per line and award that holds part of it: what credits have taken back of the line, those that the
    /// award holds first.
    back: HashMap<(usize, usize), i64>,
    /// Which lines belong together, a line and what takes it back: the place of one of them.
    together: Vec<usize>,
    /// Per lines that belong together and award that holds part of them: what is left of that. No more than
    /// that can be taken back of it.
    left_of_kept: HashMap<(usize, usize), i64>,
}

/// A line that was dealt out together with others.
struct Dealt {
    /// What of it, less its credits, nobody pays for.
    left: i64,
    /// Its credits were taken off before, and not all of the rest is paid for: they take nothing back.
    short_of_credits: bool,
}

impl Run<'_, '_> {
    /// What is paid of a line so far.
    fn paid_of(&self, at: usize) -> i64 {
        let parts = self.paid.get(at).into_iter().flatten();
        parts.map(|(_, amount)| amount).sum()
    }

    /// Counts the credits that an award holds: later ones take from what they left.
    fn count_kept(
        &mut self,
        sorted: &[&Line],
        portions: &HashMap<usize, Vec<(usize, i64)>>,
        places: &HashMap<SpendLineId, usize>,
    ) {
        for (award_at, award) in self.awards.iter().enumerate() {
            if award.kept.is_empty() {
                continue;
            }
            if self.together.is_empty() {
                self.together = together(sorted);
            }
            for line in award.kept.keys() {
                let kept = award.kept_of(*line);
                let group = places.get(line).and_then(|at| self.together.get(*at));
                if let Some(group) = group.filter(|_| kept != 0) {
                    *self.left_of_kept.entry((*group, award_at)).or_insert(0) += kept;
                }
            }
            for (at, portions) in portions {
                if !sorted
                    .get(*at)
                    .is_some_and(|line| award.kept.contains_key(&line.id))
                {
                    continue;
                }
                for (named, portion) in portions {
                    *self.back.entry((*named, award_at)).or_insert(0) += portion;
                }
            }
        }
    }

    /// Lets awards pay for what people pinned to them, where they may and have room. What is held of the line
    /// counts towards it. A line that its credits take back whole needs nobody to pay. Whether anything was pinned.
    fn obey_pins(&mut self, sorted: &[&Line], named: &Named) -> bool {
        let awards = self.awards;
        let pinned: HashSet<SpendLineId> = awards
            .iter()
            .flat_map(|award| award.pins.keys().copied())
            .collect();
        if pinned.is_empty() {
            return false;
        }
        let mut back: HashMap<usize, i64> = HashMap::new();
        for (line, portion) in named.portions.values().flatten() {
            *back.entry(*line).or_insert(0) += portion;
        }
        for (at, line) in sorted.iter().enumerate() {
            let gone = back.get(&at).copied().unwrap_or(0);
            if !pinned.contains(&line.id) || named.apart.contains(&at) || line.amount <= gone {
                continue;
            }
            for (award_at, award) in awards.iter().enumerate() {
                let Some(pin) = award.pins.get(&line.id).filter(|_| award.may_pay(line)) else {
                    continue;
                };
                let open = line.amount - self.paid_of(at);
                let wanted = (pin - award.kept_of(line.id)).min(open);
                let place = award.place_of(line.incurred_on, line.category);
                self.take(at, award_at, place, wanted);
            }
        }
        true
    }

    /// Deals out the lines of an optimal rule.
    fn deal_optimally(
        &mut self,
        sorted: &[&Line],
        named: &Named,
        policy: &Policy,
        shown: &Shown,
        answers: &mut dyn Answers,
    ) {
        let mut credits: HashMap<usize, Vec<(usize, i64)>> = HashMap::new();
        for (credit, portions) in &named.portions {
            for (line, portion) in portions {
                credits.entry(*line).or_default().push((*credit, *portion));
            }
        }
        let of_rule = |line: &Line| {
            let rule = self.policies.on(line.incurred_on);
            rule.is_some_and(|rule| rule.starts_on == policy.starts_on)
        };
        let mut nets: BTreeMap<usize, i64> = BTreeMap::new();
        let mut before: HashMap<usize, i64> = HashMap::new();
        for (at, line) in sorted.iter().enumerate() {
            if line.amount <= 0 || named.apart.contains(&at) || !of_rule(line) {
                continue;
            }
            let mine = credits.get(&at).map_or(&[][..], Vec::as_slice);
            // What an award holds, or was pinned to it, stays; its credits take from it as they come, and one
            // that it holds takes nothing again. And a credit counts in the years of its own date: one of
            // another year makes room there.
            let kept = self.paid_of(at);
            let alike = kept == 0
                && mine.iter().all(|(credit, _)| {
                    sorted.get(*credit).is_some_and(|credit| {
                        self.awards.iter().all(|award| {
                            award.year_of(credit.incurred_on) == award.year_of(line.incurred_on)
                                && award.kept.get(&credit.id).is_none_or(Vec::is_empty)
                        })
                    })
                });
            if !alike && !mine.is_empty() {
                answers.beside();
            }
            let back: i64 = mine.iter().map(|(_, portion)| portion).sum();
            let net = if alike {
                line.amount - back
            } else {
                line.amount - kept
            };
            nets.insert(at, net);
            if kept != 0 {
                before.insert(at, kept);
            }
        }
        let wanted: Vec<(usize, i64)> = nets
            .iter()
            .filter(|(_, net)| **net > 0)
            .map(|(at, net)| (*at, *net))
            .collect();
        let shown = optimal::net_shown(shown, sorted, &named.portions);
        let with = (self.awards, &self.rooms[..], &self.paid[..]);
        let turns = &policy.awards;
        for (at, award, amount) in optimal::optimal(sorted, &wanted, with, turns, &shown, answers) {
            let place = sorted
                .get(at)
                .zip(self.awards.get(award))
                .map(|(line, award)| award.place_of(line.incurred_on, line.category));
            if let Some(place) = place {
                self.take(at, award, place, amount);
            }
        }
        for (at, net) in nets {
            let Some(line) = sorted.get(at) else { continue };
            let kept = before.get(&at).copied().unwrap_or(0);
            let paid = self.paid_of(at) - kept;
            let covered = paid == net;
            if covered && kept == 0 {
                self.pay_with_credits(at, line, net);
            }
            let dealt = Dealt {
                left: net - paid,
                short_of_credits: !covered && kept == 0 && net < line.amount,
            };
            self.dealt.insert(at, dealt);
        }
    }

    /// What awards pay of a line less its credits becomes what they pay of all of it, so that the
    /// credits take the difference back to the penny.
    fn pay_with_credits(&mut self, at: usize, line: &Line, net: i64) {
        let back = line.amount - net;
        if back == 0 || net == 0 {
            return;
        }
        for (award, amount) in self.paid.get(at).cloned().unwrap_or_default() {
            // the most of which the credits leave the amount, and no more
            let mut whole = share(amount, line.amount, net);
            while whole > amount && whole - share(whole, back, line.amount) > amount {
                whole -= 1;
            }
            let more = whole - amount;
            let place = self
                .awards
                .get(award)
                .map(|award| award.place_of(line.incurred_on, line.category));
            if let (Some(place), Some(room)) = (place, self.rooms.get_mut(award))
                && more > 0
            {
                room.give_back(place, -more);
                if let Some(paid) = self.paid.get_mut(at) {
                    paid.push((award, more));
                }
            }
        }
    }

    /// Lets awards pay in turn, or by their weights. What nobody pays.
    fn pay(&mut self, at: usize, line: &Line, wanted: i64) -> i64 {
        let class = (
            line.incurred_on,
            line.category,
            line.capital,
            line.payers.clone(),
            self.policies.told_apart(line.commitment),
        );
        let mut left = wanted;
        let (awards, policies) = (self.awards, self.policies);
        let next = self.classes.len();
        let (class, payments) = self
            .classes
            .entry(class)
            .or_insert_with(|| (next, Rc::new(Payments::of(awards, policies, line))));
        let class = *class;
        if self.full.get(class) != Some(&true) {
            let payments = Rc::clone(payments);
            if !payments.by_weight.is_empty() {
                left = self.deal(at, left, payments.by_weight.clone());
            }
            for (award, place) in &payments.in_turn {
                if left == 0 {
                    break;
                }
                left -= self.take(at, *award, *place, left);
            }
            if left > 0 {
                if self.full.len() <= class {
                    self.full.resize(class + 1, false);
                }
                if let Some(full) = self.full.get_mut(class) {
                    *full = true;
                }
            }
        }
        if let Some(place) = self.left.get_mut(at) {
            *place = left;
        }
        left
    }

    /// Deals what is wanted out by weights, and what does not fit to those that have room still. What
    /// nobody has room for.
    fn deal(&mut self, at: usize, wanted: i64, mut open: Vec<(usize, Place, i64)>) -> i64 {
        let mut left = wanted;
        while left > 0 && !open.is_empty() {
            let weights: Vec<i64> = open.iter().map(|(.., weight)| *weight).collect();
            let parts = dealt(left, &weights);
            let mut with_room = Vec::with_capacity(open.len());
            for (payer, part) in open.into_iter().zip(parts) {
                let got = self.take(at, payer.0, payer.1, part);
                left -= got;
                if got == part {
                    with_room.push(payer);
                }
            }
            open = with_room;
        }
        left
    }

    /// Lets an award pay for part of a line, as far as it has room. How much it pays.
    fn take(&mut self, at: usize, award: usize, place: Place, wanted: i64) -> i64 {
        let Some(room) = self.rooms.get_mut(award).filter(|_| wanted > 0) else {
            return 0;
        };
        let got = room.take(place, wanted);
        if got > 0
            && let Some(paid) = self.paid.get_mut(at)
        {
            paid.push((award, got));
        }
        got
    }

    /// What a credit takes back of what an award holds of a line, after the credits that it holds as well.
    fn back_of_held(&mut self, of: (usize, usize), held: i64, portion: i64, whole: i64) -> i64 {
        let (line, award) = of;
        let taken = self.back.entry(of).or_insert(0);
        let before = *taken;
        *taken += portion;
        let back = share(held, before + portion, whole) - share(held, before, whole);
        let group = self.together.get(line).copied().unwrap_or(line);
        let left = self.left_of_kept.entry((group, award)).or_insert(0);
        let back = back.min(*left).max(0);
        *left -= back;
        back
    }

    /// Takes back, from each line that is named, what its awards paid, in proportion.
    fn credit(&mut self, at: usize, portions: &[(usize, i64)], sorted: &[&Line]) {
        let Some((credit, credited_on)) = sorted.get(at).map(|one| (one.id, one.incurred_on))
        else {
            return;
        };
        for (named, portion) in portions {
            let Some(line) = sorted.get(*named) else {
                continue;
            };
            if self
                .dealt
                .get(named)
                .is_some_and(|dealt| dealt.short_of_credits)
            {
                continue;
            }
            let mut sums: BTreeMap<usize, i64> = BTreeMap::new();
            for (award, amount) in self.paid.get(*named).into_iter().flatten() {
                *sums.entry(*award).or_insert(0) += *amount;
            }
            let before = self.credited.get(*named).copied().unwrap_or(0);
            // All that was taken back so far, less what was taken back before: roundings never
            // add up to more than was paid.
            for (award, amount) in sums {
                let Some(payer) = self.awards.get(award) else {
                    continue;
                };
                let held = payer.kept_of(line.id);
                let known = payer.kept.get(&credit);
                let mut back = 0;
                // Of what it holds, a credit that was known then took its part then.
                if held != 0 && known.is_none() {
                    back += self.back_of_held((*named, award), held, *portion, line.amount);
                }
                // What it pays besides is no part of that. Where it holds the credit and not the line, the
                // credit took from that line what it took.
                let free = amount - held;
                if free != 0 && (held != 0 || known.is_none_or(Vec::is_empty)) {
                    back += share(free, before + portion, line.amount)
                        - share(free, before, line.amount);
                }
                if back == 0 {
                    continue;
                }
                if let Some(paid) = self.paid.get_mut(at) {
                    paid.push((award, -back));
                }
                if payer.closed.is_some() {
                    continue;
                }
                // A credit counts in the year of its own date, as its balance row does.
                let place = payer.place_of(credited_on, line.category);
                if let Some(room) = self.rooms.get_mut(award) {
                    room.give_back(place, back);
                }
            }
            if let Some(credited) = self.credited.get_mut(*named) {
                *credited = before + portion;
            }
        }
        self.full.clear();
    }
}

/// `amount × part ÷ whole`, rounded down; all of it when the part is the whole.
fn share(amount: i64, part: i64, whole: i64) -> i64 {
    if whole == 0 {
        return 0;
    }
    let exact = i128::from(amount) * i128::from(part) / i128::from(whole);
    i64::try_from(exact).unwrap_or(amount)
}

/// What no award pays for, by line: the lines less their attributions.
#[must_use]
pub fn unfunded(lines: &[Line], attributions: &[Attribution]) -> HashMap<SpendLineId, i64> {
    let mut left: HashMap<SpendLineId, i64> =
        lines.iter().map(|line| (line.id, line.amount)).collect();
    for part in attributions {
        if let Some(left) = left.get_mut(&part.line) {
            *left -= part.amount;
        }
    }
    left.retain(|_, amount| *amount != 0);
    left
}
