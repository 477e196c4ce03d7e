//! The dealing, done again.

use super::may::Alike;
use super::{Broken, Bundle, Place, Sums, demand};
use crate::deal::{Hand, between_twins, largest_remainder, to_lines};
use crate::facts::Facts;
use crate::nets::Nets;

/// Deals again: between awards that are alike, then to the lines of each class.
pub(super) fn verify_dealing(
    facts: &Facts,
    nets: &Nets,
    bundles: &[Bundle],
    alike: &Alike,
    dealt: &[(usize, Place, i64)],
) -> Result<(), Broken> {
    let mut totals: Vec<Sums> = bundles
        .iter()
        .map(|b| {
            let all = b.may.iter().map(|place| (*place, 0));
            let mut totals: Sums = all.collect();
            totals.extend(b.got.iter().map(|(p, a)| (*p, *a)));
            totals
        })
        .collect();
    for first in 0..facts.awards.len() {
        let twins: Vec<usize> = (0..facts.awards.len())
            .filter(|a| alike.first[*a] == first)
            .collect();
        if twins.len() < 2 {
            continue;
        }
        let of = |sums: &Sums, award: usize| sums.get(&(award, None)).copied().unwrap_or(0);
        let together: Vec<i64> = bundles
            .iter()
            .map(|b| twins.iter().map(|t| of(&b.got, *t)).sum())
            .collect();
        let mut left = Vec::new();
        for twin in &twins {
            let fixed = nets.fixed().iter().filter(|f| f.award == *twin);
            let fixed: i64 = fixed.map(|f| f.amount).sum();
            left.push((facts.awards[*twin].amount - fixed).max(0));
        }
        let shares = largest_remainder(together.iter().sum(), &left);
        let places: Vec<Place> = twins.iter().map(|t| (*t, None)).collect();
        let kept: Vec<Vec<i64>> = bundles
            .iter()
            .map(|bundle| {
                let mut stays = vec![0; twins.len()];
                for hand in bundle.lines.iter().map(|l| hand(nets, *l, &places)) {
                    for (twin, amount) in hand.kept {
                        stays[twin] += amount.min(hand.free);
                    }
                }
                stays
            })
            .collect();
        for (at, split) in between_twins(&together, &shares, &kept)?.iter().enumerate() {
            for (twin, amount) in twins.iter().zip(split) {
                totals[at].insert((*twin, None), *amount);
            }
        }
    }
    let mut again: Vec<(usize, Place, i64)> = Vec::with_capacity(dealt.len());
    for (bundle, totals) in bundles.iter().zip(&totals) {
        let places: Vec<Place> = bundle.may.clone();
        let amounts: Vec<i64> = places
            .iter()
            .map(|p| totals.get(p).copied().unwrap_or(0))
            .collect();
        let hands: Vec<Hand> = bundle
            .lines
            .iter()
            .map(|line| hand(nets, *line, &places))
            .collect();
        for (at, column, amount) in to_lines(&amounts, &hands)? {
            again.push((bundle.lines[at], places[column], amount));
        }
    }
    again.sort_unstable();
    again.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
    let differs = again.iter().zip(dealt).find(|(a, b)| a != b);
    demand(differs.is_none() && again.len() == dealt.len(), || {
        let line = differs.map_or("the last", |(a, _)| facts.lines.id(a.0));
        format!("dealt again to its lines, a class comes out otherwise at line {line}")
    })
}

pub(super) fn hand(nets: &Nets, line: usize, places: &[Place]) -> Hand {
    let held = |place: Place| -> i64 {
        nets.fixed_of(line)
            .iter()
            .filter(|f| (f.award, f.fence) == place)
            .map(|f| f.amount)
            .sum()
    };
    let kept = nets
        .before_of(line)
        .iter()
        .filter_map(|before| {
            let place = before.place?;
            let column = places.iter().position(|p| *p == place)?;
            let stay = before.amount - held(place);
            (stay > 0).then_some((column, stay))
        })
        .collect();
    Hand {
        free: nets.free[line],
        kept,
    }
}
