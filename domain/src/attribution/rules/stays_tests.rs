//! What stands inside a certified return stays, whatever comes after.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions
)]
use std::collections::BTreeMap;

use entity::{AttributionPolicy, AwardId, FenceId};
use proptest::prelude::*;
use uuid::Uuid;

use super::stays::{Certified, each_day_once, fit};
use super::tests::{award, category, day, fence, in_order, line, shares};
use super::*;
use crate::pools::rules::policies::{Policies, Policy};

/// An award as it is while a return for these days stands certified that rests on this.
fn certified(
    award: &Award,
    (from, to): (NaiveDate, NaiveDate),
    lines: &[Line],
    out: &[Attribution],
) -> Award {
    let mut held = award.clone();
    held.known.push(Certified { from, to, seq: 1 });
    let inside: BTreeMap<SpendLineId, i64> = lines
        .iter()
        .filter(|line| (from..=to).contains(&line.incurred_on))
        .map(|line| (line.id, line.amount))
        .collect();
    for part in out.iter().filter(|part| part.award == award.id) {
        if inside.contains_key(&part.line) {
            let parts = held.kept.entry(part.line).or_default();
            parts.push((part.fence, part.amount));
        }
    }
    for (line, _) in inside.iter().filter(|(_, amount)| **amount < 0) {
        held.kept.entry(*line).or_default();
    }
    held
}

const MAY: ((u32, u32), (u32, u32)) = ((5, 1), (5, 31));

fn may() -> (NaiveDate, NaiveDate) {
    let ((m1, d1), (m2, d2)) = MAY;
    (day(m1, d1), day(m2, d2))
}

fn of(transaction: &str, line: Line) -> Line {
    Line {
        transaction: Some(transaction.to_owned()),
        ..line
    }
}

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

#[test]
fn an_award_that_comes_before_it_pays_what_came_since_and_moves_nothing() {
    let mut lines = vec![line(1, day(5, 3), 60, 1), line(2, day(6, 4), 60, 1)];
    let before = in_order(&lines, &[award(1, 100)]);
    assert_eq!(shares(&before), [(1, 1, 60), (2, 1, 40)]);
    let held = certified(&award(1, 100), may(), &lines, &before);
    lines.push(Line {
        accepted: 2,
        ..line(3, day(5, 1), 30, 1)
    });
    let out = in_order(&lines, &[award(2, 500), held]);
    // what is in May stays; June, and a late invoice of May, go to whoever comes first now
    assert_eq!(shares(&out), [(3, 2, 30), (1, 1, 60), (2, 2, 60)]);
}

#[test]
fn it_stays_under_every_rule() {
    let lines = [line(1, day(5, 3), 60, 1), line(2, day(6, 4), 60, 1)];
    let before = in_order(&lines, &[award(1, 100), award(2, 100)]);
    let held = certified(&award(1, 100), may(), &lines, &before);
    let awards = [held, award(2, 100)];
    for kind in [
        AttributionPolicy::InOrder,
        AttributionPolicy::ProRata,
        AttributionPolicy::Shares,
        AttributionPolicy::Optimal,
    ] {
        let rules = by(kind, &[(2, 10_000), (1, 0)]);
        let out = attribute(&lines, &awards, &rules, &Shown::new());
        assert_eq!(shares(&out), [(1, 1, 60), (2, 2, 60)], "{kind:?}");
    }
}

#[test]
fn it_stays_where_the_award_was_cut_below_it_or_may_no_longer_pay() {
    let lines = [
        line(1, day(5, 3), 60, 1),
        line(2, day(6, 4), 30, 1),
        line(3, day(6, 5), 30, 1),
    ];
    let before = in_order(&lines, &[award(1, 100)]);
    let mut held = certified(&award(1, 100), may(), &lines, &before);
    (held.amount, held.agreed) = (40, 40);
    let out = in_order(&lines, &[held.clone(), award(2, 20)]);
    // nothing more is paid by it
    assert_eq!(shares(&out), [(1, 1, 60), (2, 2, 20)]);
    held.starts_on = day(6, 1);
    held.categories = BTreeSet::from([category(9)]);
    let out = in_order(&lines, &[held, award(2, 20)]);
    assert_eq!(shares(&out), [(1, 1, 60), (2, 2, 20)]);
}

#[test]
fn it_keeps_its_fence_and_takes_its_room_first() {
    let mut first = award(1, 100);
    first.fences = vec![fence(1, None, 0, Some(50), &[1])];
    let lines = [line(1, day(5, 3), 50, 1), line(2, day(4, 4), 80, 1)];
    let before = in_order(&lines[..1], std::slice::from_ref(&first));
    let held = certified(&first, may(), &lines[..1], &before);
    // an earlier line does not take the room of the fence from what is certified
    let out = in_order(&lines, &[held.clone(), award(2, 10)]);
    assert_eq!(shares(&out), [(2, 2, 10), (1, 1, 50)]);
    assert_eq!(out[1].fence, Some(FenceId(Uuid::from_u128(1))));
    let mut other = held;
    other.fences = vec![fence(2, None, 0, Some(70), &[1])];
    let out = in_order(&lines, &[other]);
    // in what the fences are by now, the rest of the award’s money pays
    assert_eq!(shares(&out), [(2, 1, 50), (1, 1, 50)]);
    assert_eq!(out[1].fence, Some(FenceId(Uuid::from_u128(1))));
}

#[test]
fn the_rest_of_a_line_goes_by_the_rule_and_credits_take_from_both_in_proportion() {
    let mut lines = vec![of("T", line(1, day(5, 3), 100, 1))];
    let before = in_order(&lines, &[award(1, 60)]);
    assert_eq!(shares(&before), [(1, 1, 60)]);
    let held = certified(&award(1, 60), may(), &lines, &before);
    let awards = [award(2, 500), held.clone()];
    assert_eq!(
        shares(&in_order(&lines, &awards)),
        [(1, 2, 40), (1, 1, 60)].map(|(l, a, p)| (l, a, p))
    );
    lines.push(of("T", line(2, day(6, 3), -50, 1)));
    let out = in_order(&lines, &awards);
    assert_eq!(
        shares(&out),
        [(1, 2, 40), (1, 1, 60), (2, 2, -20), (2, 1, -30)]
    );
    // and what came back pays for what follows
    lines.push(line(3, day(6, 9), 500, 1));
    let out = in_order(&lines, &[award(2, 40), held]);
    let paid = |award: u128| -> i64 {
        let parts = out.iter().filter(|p| p.award.0.as_u128() == award);
        parts.map(|part| part.amount).sum()
    };
    assert_eq!((paid(1), paid(2)), (60, 40));
}

#[test]
fn a_credit_that_is_certified_too_takes_nothing_again_and_its_line_no_more() {
    let mut lines = vec![
        of("T", line(1, day(5, 3), 100, 1)),
        of("T", line(2, day(5, 9), -50, 1)),
    ];
    let before = in_order(&lines, &[award(1, 60)]);
    assert_eq!(shares(&before), [(1, 1, 60), (2, 1, -30)]);
    let held = certified(&award(1, 60), may(), &lines, &before);
    let awards = [held.clone()];
    assert_eq!(in_order(&lines, &awards), before);
    // with more money it stays too: a line that was taken back in part is left as it is
    let mut more = held;
    (more.amount, more.agreed) = (500, 500);
    assert_eq!(in_order(&lines, std::slice::from_ref(&more)), before);
    // what takes back the whole of it leaves nothing
    lines.push(Line {
        reverses: Some(lines[0].id),
        ..line(3, day(6, 1), -100, 1)
    });
    let out = in_order(&lines, std::slice::from_ref(&more));
    assert_eq!(out.iter().map(|part| part.amount).sum::<i64>(), 0);
}

#[test]
fn what_takes_a_certified_line_apart_is_a_restatement() {
    let mut lines = vec![line(1, day(5, 3), 100, 1)];
    let before = in_order(&lines, &[award(1, 100)]);
    let held = certified(&award(1, 100), may(), &lines, &before);
    // split: the whole is taken out, and its parts are lines of their own
    lines.push(Line {
        reverses: Some(lines[0].id),
        split: true,
        ..line(2, day(5, 3), -100, 1)
    });
    lines[0].split = true;
    lines.push(line(3, day(5, 3), 60, 1));
    let out = in_order(&lines, &[award(2, 500), held]);
    assert_eq!(shares(&out), [(1, 1, 100), (2, 1, -100), (3, 2, 60)]);
}

#[test]
fn two_certificates_hold_no_more_of_a_line_than_there_is() {
    let lines = [line(1, day(5, 3), 100, 1)];
    let all = |n: u128| Attribution {
        line: lines[0].id,
        award: AwardId(Uuid::from_u128(n)),
        fence: None,
        amount: 70,
    };
    let mut awards = vec![
        certified(&award(2, 100), may(), &lines, &[all(2)]),
        certified(&award(1, 100), may(), &lines, &[all(1)]),
    ];
    fit(&mut awards, &lines);
    let out = in_order(&lines, &awards);
    assert_eq!(shares(&out), [(1, 2, 30), (1, 1, 70)]);
}

#[test]
fn where_returns_are_about_the_same_days_the_newest_tells() {
    let one = |from, to, seq| Certified { from, to, seq };
    let quarter = one(day(4, 1), day(6, 30), 10);
    let year = one(day(4, 1), day(9, 30), 40);
    let next = one(day(7, 1), day(8, 31), 50);
    assert_eq!(each_day_once(&[]), []);
    assert_eq!(each_day_once(&[quarter]), [quarter]);
    assert_eq!(
        each_day_once(&[next, quarter, year]),
        [
            one(day(4, 1), day(6, 30), 40),
            next,
            one(day(9, 1), day(9, 30), 40)
        ]
    );
    // the same news of days that follow each other is one
    let second = one(day(7, 1), day(9, 30), 10);
    assert_eq!(
        each_day_once(&[second, quarter]),
        [one(day(4, 1), day(9, 30), 10)]
    );
}

proptest! {
    /// Whatever comes, and whatever the rules and the awards are by then: what is certified stays, no line
    /// is paid for beyond itself, and everything adds up.
    #[test]
    fn what_is_certified_never_moves(
        known in prop::collection::vec((4_u32..8, 1_u32..28, -60_i64..100, 0_u128..4, 1_u128..4), 1..16),
        later in prop::collection::vec((4_u32..8, 1_u32..28, -60_i64..100, 0_u128..6, 1_u128..4), 0..16),
        amounts in (1_i64..400, 1_i64..400, 0_i64..400, 0_i64..400, 0_i64..400),
        kind in 0_u8..4,
        windows in (4_u32..7, 4_u32..8, any::<bool>()),
        reserve in 0_i64..60,
    ) {
        let make = |from: u128, all: &[(u32, u32, i64, u128, u128)]| -> Vec<Line> {
            all.iter().zip(from..).map(|((month, on, amount, of_it, category), n)| {
                let made = Line {
                    accepted: if n < 100 { 1 } else { 2 },
                    ..line(n, day(*month, *on), *amount, *category)
                };
                if *of_it == 0 { made } else { of(&format!("T{of_it}"), made) }
            }).collect()
        };
        let fenced = |n: u128, amount: i64| -> Award {
            let mut made = award(n, amount);
            if reserve > 0 {
                let most = reserve.min(amount);
                made.fences = vec![fence(n, None, most / 2, Some(most), &[1])];
            }
            made
        };
        let mut lines = make(1, &known);
        let (first, second) = (fenced(1, amounts.0), fenced(2, amounts.1));
        let before = in_order(&lines, &[first.clone(), second.clone()]);
        let days = (day(windows.0, 1), day(windows.0.max(windows.1), 15));
        let mut awards = vec![
            fenced(3, amounts.2),
            certified(&second, days, &lines, &before),
            certified(&first, days, &lines, &before),
        ];
        (awards[1].amount, awards[1].agreed) = (amounts.3, amounts.3);
        awards[1].fences.clear();
        if windows.2 {
            awards[2].starts_on = day(6, 1);
            (awards[2].amount, awards[2].agreed) = (amounts.4, amounts.4);
            awards[2].fences.clear();
        }
        lines.extend(make(100, &later));
        let rules = match kind {
            0 => Policies::default(),
            1 => by(AttributionPolicy::Shares, &[(3, 5_000), (1, 5_000)]),
            2 => by(AttributionPolicy::ProRata, &[(2, 300), (3, 100), (1, 200)]),
            _ => by(AttributionPolicy::Optimal, &[(3, 0), (2, 0), (1, 0)]),
        };
        fit(&mut awards, &lines);
        let out = attribute(&lines, &awards, &rules, &Shown::new());
        let of_part = |line: SpendLineId, award: AwardId, fence: Option<FenceId>| -> i64 {
            out.iter().filter(|part| (part.line, part.award, part.fence) == (line, award, fence))
                .map(|part| part.amount).sum()
        };
        let by_id: BTreeMap<_, _> = lines.iter().map(|line| (line.id, line)).collect();
        for award in &awards {
            for (line, parts) in &award.kept {
                for (fence, amount) in parts {
                    let now = of_part(*line, award.id, *fence);
                    if by_id[line].amount > 0 {
                        prop_assert!(now >= *amount, "{now} of {amount}");
                    } else {
                        prop_assert!(now <= *amount, "{now} of {amount}");
                    }
                }
            }
            // nothing new beyond its room
            let total: i64 = out.iter().filter(|part| part.award == award.id)
                .map(|part| part.amount).sum();
            let held: i64 = award.kept.keys().map(|line| award.kept_of(*line)).sum();
            prop_assert!(total <= award.agreed.max(held), "{total} of {} and {held}", award.agreed);
        }
        for one in lines.iter().filter(|one| one.amount > 0) {
            let paid: i64 = out.iter().filter(|part| part.line == one.id).map(|part| part.amount).sum();
            prop_assert!((0..=one.amount).contains(&paid), "{} of {}", paid, one.amount);
        }
        let spend: i64 = lines.iter().map(|line| line.amount).sum();
        let paid: i64 = out.iter().map(|part| part.amount).sum();
        prop_assert_eq!(spend, paid + unfunded(&lines, &out).values().sum::<i64>());
        let mut turned = lines.clone();
        turned.reverse();
        prop_assert_eq!(attribute(&turned, &awards, &rules, &Shown::new()), out);
    }
}

#[test]
fn what_was_given_back_before_it_was_certified_pays_for_no_more_of_it() {
    // the first is used up in May; a credit then gives it room, which July takes
    let lines = [
        line(1, day(5, 3), 60, 1),
        of("T", line(2, day(5, 4), 40, 2)),
        line(3, day(5, 5), 60, 1),
        of("T", line(4, day(5, 6), -40, 2)),
        line(5, day(7, 1), 40, 1),
    ];
    let awards = [award(1, 100), award(2, 100)];
    let before = in_order(&lines, &awards);
    assert!(shares(&before).contains(&(3, 2, 60)));
    assert!(shares(&before).contains(&(5, 1, 40)));
    let held = certified(&awards[0], may(), &lines, &before);
    assert_eq!(in_order(&lines, &[held, award(2, 100)]), before);
}
