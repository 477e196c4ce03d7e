//! The independent check of a certificate.
//!
//! It rebuilds every bound from the facts: which award and fence may pay for a line, what a fence
//! holds, what is left of a line. It names neither the grouping nor the network of the solver. For
//! each possible move of a penny it compares, in order of the aims, what the certificate's prices
//! say of it (complementary slackness): no move may be an improvement, and no money may lie where
//! taking it away would be one. It takes time linear in the lines. Then it deals the classes'
//! totals to the lines again and compares.
//!
//! It shares with the solver: the facts, the nets of lines and reversals (`nets`), and the dealing
//! (`deal`), neither of which knows of a network.

use std::collections::{BTreeMap, HashMap};

use crate::Refusal;
use crate::deal::largest_remainder;
use crate::facts::Facts;
use crate::nets::{Fixed, Nets, nets};
use crate::outcome::{Objective, Outcome};

mod dealing;
mod may;
mod prices;

use dealing::verify_dealing;
use may::{Alike, Eligibility};
use prices::{Prices, Scale, verify_award, verify_classes};

/// What the certificate does not prove, in words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

impl From<Refusal> for Broken {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.to_string())
    }
}

fn demand(holds: bool, what: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken(what())) }
}

type Place = (usize, Option<usize>);
type Sums = BTreeMap<Place, i64>;

/// What one class of lines has, by this check's own count.
#[derive(Default)]
struct Bundle {
    lines: Vec<usize>,
    may: Vec<Place>,
    free: i64,
    /// Beyond what is fixed.
    got: Sums,
    fixed: Sums,
    before: Sums,
    gone: i64,
}

/// Verifies an outcome against the facts.
pub fn verify(facts: &Facts, outcome: &Outcome) -> Result<(), Broken> {
    crate::contradictions::check(facts)?;
    let index = facts.lines.index()?;
    let order = facts.lines.in_order();
    let mut rank = vec![0; order.len()];
    for (at, line) in order.iter().enumerate() {
        rank[*line] = at;
    }
    let mut nets = nets(facts, &index, &rank)?;
    let mut may = Eligibility::new(facts);

    // Pins, as the solver must have held them.
    let mut pinned: BTreeMap<usize, BTreeMap<usize, i64>> = BTreeMap::new();
    for pin in &facts.pins {
        let (Some(line), Some(award)) = (index.find(&pin.line), facts.award(&pin.award)) else {
            return Err(Broken(format!("a pin of line {} names nothing", pin.line)));
        };
        *pinned.entry(line).or_default().entry(award).or_insert(0) += pin.amount;
    }
    let mut pins = Vec::new();
    for (line, wants) in &pinned {
        let places = may.of(*line);
        let mut more = Vec::new();
        for (award, amount) in wants {
            let locked: i64 = nets
                .fixed_of(*line)
                .iter()
                .filter(|f| f.line == *line && f.award == *award)
                .map(|f| f.amount)
                .sum();
            more.push((amount - locked).max(0));
            demand(may.places[places].iter().any(|p| p.0 == *award), || {
                format!(
                    "line {} is pinned where it may not go",
                    facts.lines.id(*line)
                )
            })?;
        }
        if more.iter().sum::<i64>() > nets.free[*line] {
            more = largest_remainder(nets.free[*line], &more);
        }
        for (award, amount) in wants.keys().zip(more) {
            nets.free[*line] -= amount;
            let fence = may.places[places].iter().find(|p| p.0 == *award);
            pins.push(Fixed {
                root: *line,
                line: *line,
                award: *award,
                fence: fence.and_then(|p| p.1),
                amount,
            });
        }
    }
    let locked = nets.fixed().to_vec();
    nets.hold(pins);

    let dealt = free_parts(facts, outcome, &nets)?;
    let mut bundles = bundles(facts, &nets, &pinned, &order, &mut may);
    fill_bundles(facts, &nets, &dealt, &mut bundles)?;
    let alike = Alike::of(facts);
    let scale = Scale::of(facts, &alike);

    let (counted, rows) = amounts(facts, outcome);
    let of_locks = by_award(facts, locked.iter().map(|f| ((f.award, f.fence), f.amount)));
    let prices = Prices::of(facts, outcome, &scale)?;
    let mut shortfall = 0;
    for (place, award) in facts.awards.iter().enumerate() {
        shortfall += verify_award(
            award,
            place,
            &counted[place],
            &of_locks[place],
            &prices,
            &scale,
        )?;
    }
    verify_classes(facts, outcome, &bundles, &alike, &prices, &scale)?;

    let mut objective = Objective {
        unfunded: facts.lines.all().iter().map(|l| l.amount).sum::<i64>() - rows,
        shortfall,
        lost: vec![0; scale.ends.len()],
        ranks: vec![0; scale.ranks.len()],
        moved: 0,
        moved_lines: 0,
    };
    for (award, counted) in facts.awards.iter().zip(&counted) {
        let sum: i64 = counted.iter().sum();
        if let Some(at) = scale.end(award) {
            objective.lost[at] += sum;
        }
        objective.ranks[scale.rank(award)] += sum;
    }
    for bundle in &bundles {
        let mut now = alike.merge(&bundle.got);
        for (place, amount) in alike.merge(&bundle.fixed) {
            *now.entry(place).or_insert(0) += amount;
        }
        objective.moved += bundle.gone;
        for (place, was) in alike.merge(&bundle.before) {
            objective.moved += (was - now.get(&place).copied().unwrap_or(0)).clamp(0, was);
        }
    }
    objective.moved_lines = moved_lines(&nets, &dealt);
    demand(objective == outcome.objective, || {
        format!(
            "the aims come to {:?}, and {:?} is claimed",
            objective.lists(),
            outcome.objective.lists()
        )
    })?;
    demand(bundles.len() == outcome.classes, || {
        format!(
            "there are {} classes, and {} are claimed",
            bundles.len(),
            outcome.classes
        )
    })?;
    verify_dealing(facts, &nets, &bundles, &alike, &dealt)
}

/// For each line, award and fence, the pence beyond what is fixed; by line.
fn free_parts(
    facts: &Facts,
    outcome: &Outcome,
    nets: &Nets,
) -> Result<Vec<(usize, Place, i64)>, Broken> {
    let mut all: Vec<(usize, Place, i64)> = Vec::with_capacity(outcome.paid.len());
    for paid in &outcome.paid {
        let there = paid.line < facts.lines.len()
            && facts
                .awards
                .get(paid.award)
                .is_some_and(|a| paid.fence.is_none_or(|f| f < a.fences.len()));
        demand(there, || "an attribution names nothing".to_owned())?;
        all.push((paid.line, (paid.award, paid.fence), paid.amount));
    }
    all.extend(
        nets.fixed()
            .iter()
            .map(|f| (f.line, (f.award, f.fence), -f.amount)),
    );
    all.sort_unstable();
    all.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
    all.retain(|part| part.2 != 0);
    let mut line = None;
    let mut sum = 0;
    for part in &all {
        if line != Some(part.0) {
            line = Some(part.0);
            sum = 0;
        }
        sum += part.2;
        let id = facts.lines.id(part.0);
        demand(part.2 > 0, || {
            format!("line {id} lacks {}p of what is locked or pinned", -part.2)
        })?;
        demand(!nets.reversal[part.0], || {
            format!("line {id} reverses another and has an attribution of its own")
        })?;
        demand(sum <= nets.free[part.0], || {
            format!("line {id} has more attributed to it than it is")
        })?;
    }
    Ok(all)
}

/// Lines by what may pay for them, in the order of their dates and ids.
fn bundles(
    facts: &Facts,
    nets: &Nets,
    pinned: &BTreeMap<usize, BTreeMap<usize, i64>>,
    order: &[usize],
    may: &mut Eligibility<'_>,
) -> Vec<Bundle> {
    let mut bundle_of: HashMap<usize, usize> = HashMap::new();
    let mut bundles: Vec<Bundle> = Vec::new();
    for line in order {
        if nets.reversal[*line]
            || (nets.free[*line] == 0 && !pinned.contains_key(line) && nets.is_plain(*line))
        {
            continue;
        }
        let places = may.of(*line);
        let at = *bundle_of.entry(places).or_insert_with(|| {
            bundles.push(Bundle {
                may: may.places[places].clone(),
                ..Bundle::default()
            });
            bundles.len() - 1
        });
        bundles[at].lines.push(*line);
        bundles[at].free += nets.free[*line];
    }
    debug_assert!(
        bundles
            .iter()
            .all(|b| b.lines.iter().all(|l| *l < facts.lines.len()))
    );
    bundles
}

fn fill_bundles(
    facts: &Facts,
    nets: &Nets,
    dealt: &[(usize, Place, i64)],
    bundles: &mut [Bundle],
) -> Result<(), Broken> {
    let mut bundle_of = vec![usize::MAX; facts.lines.len()];
    for (at, bundle) in bundles.iter().enumerate() {
        for line in &bundle.lines {
            bundle_of[*line] = at;
        }
    }
    for (line, place, amount) in dealt {
        let bundle = bundles.get_mut(bundle_of[*line]);
        let allowed = bundle.filter(|b| b.may.contains(place));
        let Some(bundle) = allowed else {
            return Err(Broken(format!(
                "award {} may not pay for line {} so",
                facts.awards[place.0].id,
                facts.lines.id(*line)
            )));
        };
        *bundle.got.entry(*place).or_insert(0) += amount;
    }
    for fixed in nets.fixed() {
        let bundle = &mut bundles[bundle_of[fixed.root]];
        *bundle.fixed.entry((fixed.award, fixed.fence)).or_insert(0) += fixed.amount;
    }
    for before in nets.before() {
        let bundle = &mut bundles[bundle_of[before.root]];
        match before.place {
            Some(place) => *bundle.before.entry(place).or_insert(0) += before.amount,
            None => bundle.gone += before.amount,
        }
    }
    Ok(())
}

/// By award and fence, what the rows hold; and all rows together.
fn amounts(facts: &Facts, outcome: &Outcome) -> (Vec<Vec<i64>>, i64) {
    let rows = outcome.paid.iter().map(|p| ((p.award, p.fence), p.amount));
    let sum = outcome.paid.iter().map(|p| p.amount).sum();
    (by_award(facts, rows), sum)
}

fn by_award(facts: &Facts, rows: impl Iterator<Item = (Place, i64)>) -> Vec<Vec<i64>> {
    let mut sums: Vec<Vec<i64>> = facts
        .awards
        .iter()
        .map(|a| vec![0; a.fences.len() + 1])
        .collect();
    for ((award, fence), amount) in rows {
        sums[award][fence.map_or(0, |f| f + 1)] += amount;
    }
    sums
}

fn moved_lines(nets: &Nets, dealt: &[(usize, Place, i64)]) -> i64 {
    let mut moved = 0;
    for before in nets.before() {
        let stands: i64 = before.place.map_or(0, |place| {
            let held = nets.fixed_of(before.root).iter();
            let held: i64 = held
                .filter(|f| (f.award, f.fence) == place)
                .map(|f| f.amount)
                .sum();
            let found = dealt.binary_search_by_key(&(before.root, place), |d| (d.0, d.1));
            held + found.map_or(0, |at| dealt[at].2)
        });
        moved += (before.amount - stands).clamp(0, before.amount);
    }
    moved
}
