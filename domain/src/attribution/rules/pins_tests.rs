//! What people pinned to an award is paid for by it before any rule.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions
)]
use entity::{AttributionPolicy, AwardId};
use proptest::prelude::*;
use uuid::Uuid;

use super::tests::{
    any_award, any_line, award, category, day, holds, in_order, line, settle, shares,
};
use super::*;
use crate::pools::rules::policies::{Policies, Policy};

fn by(kind: AttributionPolicy, awards: &[(u128, i64)]) -> Policies {
    Policies::of([Policy {
        starts_on: day(4, 1),
        kind,
        awards: awards
            .iter()
            .map(|(n, weight)| (AwardId(Uuid::from_u128(*n)), *weight))
            .collect(),
        apart: Vec::new(),
    }])
}

fn pinned(mut award: Award, line: &Line, amount: i64) -> Award {
    award.pins.insert(line.id, amount);
    award
}

#[test]
fn a_pin_goes_before_every_rule_and_the_rest_of_the_line_by_it() {
    let lines = [line(1, day(5, 1), 100, 1), line(2, day(5, 2), 100, 1)];
    let awards = [award(1, 500), pinned(award(2, 500), &lines[1], 60)];
    for kind in [
        AttributionPolicy::InOrder,
        AttributionPolicy::Shares,
        AttributionPolicy::ProRata,
        AttributionPolicy::Optimal,
    ] {
        let rules = by(kind, &[(1, 10_000), (2, 0)]);
        let out = attribute(&lines, &awards, &rules, &Shown::new());
        assert_eq!(
            shares(&out),
            [(1, 1, 100), (2, 1, 40), (2, 2, 60)],
            "{kind:?}"
        );
    }
}

#[test]
fn a_pin_has_its_room_before_earlier_lines() {
    let lines = [line(1, day(5, 1), 100, 1), line(2, day(5, 2), 100, 1)];
    let awards = [pinned(award(1, 100), &lines[1], 100)];
    assert_eq!(shares(&in_order(&lines, &awards)), [(2, 1, 100)]);
}

#[test]
fn a_pin_that_cannot_be_waits_and_its_line_goes_by_the_rule() {
    let lines = [line(1, day(5, 1), 100, 1)];
    let mut late = pinned(award(2, 500), &lines[0], 60);
    late.starts_on = day(5, 2);
    let awards = [award(1, 500), late.clone()];
    assert_eq!(shares(&in_order(&lines, &awards)), [(1, 1, 100)]);
    late.starts_on = day(4, 1);
    (late.amount, late.agreed) = (20, 20);
    let awards = [award(1, 500), late];
    assert_eq!(shares(&in_order(&lines, &awards)), [(1, 1, 80), (1, 2, 20)]);
}

#[test]
fn a_credit_takes_from_what_is_pinned_in_proportion() {
    let mut lines = vec![line(1, day(5, 1), 100, 1)];
    let awards = [award(1, 500), pinned(award(2, 500), &lines[0], 60)];
    lines.push(Line {
        transaction: Some("T".to_owned()),
        ..line(2, day(5, 2), -50, 1)
    });
    lines[0].transaction = Some("T".to_owned());
    let out = in_order(&lines, &awards);
    assert_eq!(
        shares(&out),
        [(1, 1, 40), (1, 2, 60), (2, 1, -20), (2, 2, -30)]
    );
    // one that is taken back whole needs nobody: the room is for others
    lines[1] = Line {
        reverses: Some(lines[0].id),
        ..line(2, day(5, 2), -100, 1)
    };
    lines.push(line(3, day(5, 3), 60, 1));
    let (first, second) = (award(1, 0), pinned(award(2, 60), &lines[0], 60));
    let awards = [first, pinned(second, &lines[2], 60)];
    let out = in_order(&lines, &awards);
    let of_third = out.iter().find(|part| part.line == lines[2].id);
    assert_eq!(of_third.unwrap().amount, 60);
}

#[test]
fn what_is_certified_is_not_pinned_away_and_counts_towards_a_pin() {
    let lines = [line(1, day(5, 1), 100, 1)];
    let mut first = award(1, 500);
    first.kept.insert(lines[0].id, vec![(None, 70)]);
    let second = pinned(award(2, 500), &lines[0], 60);
    let awards = [first.clone(), second];
    assert_eq!(shares(&in_order(&lines, &awards)), [(1, 1, 70), (1, 2, 30)]);
    let awards = [award(2, 500), pinned(first, &lines[0], 80)];
    assert_eq!(shares(&in_order(&lines, &awards)), [(1, 2, 20), (1, 1, 80)]);
}

#[test]
fn why_an_award_may_not_pay_is_said() {
    let of = line(1, day(5, 1), 100, 1);
    assert_eq!(award(1, 10).may_not(&of), None);
    let mut other = award(1, 10);
    other.categories = [category(3)].into();
    assert_eq!(other.may_not(&of), Some(may::MayNot::Category));
    let mut capital = of.clone();
    capital.capital = true;
    other = award(1, 10);
    other.pays_for = PaysFor::Revenue;
    assert_eq!(other.may_not(&capital), Some(may::MayNot::Capital));
    other.closed = Some(3);
    assert_eq!(other.may_not(&of), Some(may::MayNot::Closed));
}

proptest! {
    /// Whatever is pinned, nothing goes over and everything adds up; and where there is room for all that
    /// is pinned, it is paid.
    #[test]
    fn pins_bend_no_bound(
        mut lines in prop::collection::vec(any_line(), 0..30),
        mut awards in prop::collection::vec(any_award(), 1..4),
        pins in prop::collection::vec((0_usize..30, 0_usize..4, 1_i64..500), 0..12),
        kind in 0_u8..4,
        turn in any::<u64>(),
    ) {
        settle(&mut lines, &mut awards, turn);
        for (of, to, amount) in pins {
            let count = awards.len();
            let (Some(line), Some(award)) = (lines.get(of), awards.get_mut(to % count)) else { continue };
            if line.amount > 0 {
                award.pins.insert(line.id, amount.min(line.amount));
            }
        }
        let rules = match kind {
            0 => Policies::default(),
            1 => by(AttributionPolicy::Shares, &[(1, 6_000), (2, 4_000)]),
            2 => by(AttributionPolicy::ProRata, &[(3, 300), (1, 100)]),
            _ => by(AttributionPolicy::Optimal, &[(2, 0), (1, 0), (3, 0)]),
        };
        let out = attribute(&lines, &awards, &rules, &Shown::new());
        holds(&lines, &awards, &out)?;
        let mut turned = lines.clone();
        turned.reverse();
        prop_assert_eq!(&out, &attribute(&turned, &awards, &rules, &Shown::new()));
        for award in &mut awards {
            // all that is wanted fits
            (award.amount, award.agreed, award.used_elsewhere) = (1_000_000, 1_000_000, 0);
            award.fences.clear();
        }
        let out = attribute(&lines, &awards, &rules, &Shown::new());
        for line in &lines {
            let all: i64 = awards.iter().filter(|award| award.may_pay(line))
                .filter_map(|award| award.pins.get(&line.id)).sum();
            let taken_back = lines.iter().any(|one| one.reverses == Some(line.id)) || line.reverses.is_some();
            if all > line.amount || taken_back || line.transaction.is_some() {
                continue;
            }
            for award in awards.iter().filter(|award| award.may_pay(line)) {
                let paid: i64 = out.iter().filter(|p| (p.line, p.award) == (line.id, award.id))
                    .map(|p| p.amount).sum();
                prop_assert!(paid >= award.pins.get(&line.id).copied().unwrap_or(0));
            }
        }
    }
}
