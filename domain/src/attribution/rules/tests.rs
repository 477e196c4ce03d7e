#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions
)]
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use entity::{AwardId, ContributionId, CostCategoryId, FenceId, PaysFor, SpendLineId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::pools::rules::policies::Policies;

/// By the stated order, as a pool begins.
pub(super) fn in_order(lines: &[Line], awards: &[Award]) -> Vec<Attribution> {
    attribute(lines, awards, &Policies::default(), &Shown::new())
}

fn why_unfunded(
    awards: &[Award],
    incurred_on: NaiveDate,
    category: CostCategoryId,
    capital: bool,
    negative: bool,
    payers: Option<&BTreeSet<AwardId>>,
) -> Unfunded {
    let by = (awards, &Policies::default());
    let of = Kind {
        incurred_on,
        category,
        reach: None,
        capital,
        negative,
        payers,
        commitment: None,
    };
    super::why_unfunded(by, of)
}

pub(crate) fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

pub(crate) fn category(n: u128) -> CostCategoryId {
    CostCategoryId(Uuid::from_u128(n))
}

pub(crate) fn line(n: u128, on: NaiveDate, amount: i64, of: u128) -> Line {
    Line {
        id: SpendLineId(Uuid::from_u128(n)),
        identity: format!("t:ledger:{n}:1"),
        incurred_on: on,
        amount,
        capital: false,
        category: category(of),
        reach: None,
        transaction: None,
        payers: None,
        commitment: None,
        reverses: None,
        split: false,
        accepted: 1,
    }
}

pub(crate) fn award(n: u128, amount: i64) -> Award {
    Award {
        id: AwardId(Uuid::from_u128(n)),
        contribution: ContributionId(Uuid::from_u128(n + 1000)),
        agreed: amount,
        amount,
        starts_on: day(4, 1),
        ends_on: day(9, 30),
        pays_for: PaysFor::Both,
        lost_if_unspent: false,
        categories: BTreeSet::new(),
        places: BTreeSet::new(),
        groups: BTreeSet::new(),
        fences: Vec::new(),
        used_elsewhere: 0,
        years: Vec::new(),
        stopped: Vec::new(),
        closed: None,
        kept: BTreeMap::new(),
        known: Vec::new(),
        pins: BTreeMap::new(),
    }
}

pub(super) fn fence(
    n: u128,
    parent: Option<usize>,
    reserved: i64,
    limit: Option<i64>,
    of: &[u128],
) -> Fence {
    Fence {
        id: FenceId(Uuid::from_u128(n)),
        parent,
        reserved,
        limit,
        categories: of.iter().map(|n| category(*n)).collect(),
        used_elsewhere: 0,
    }
}

/// Pence by line and award.
pub(super) fn shares(out: &[Attribution]) -> Vec<(u128, u128, i64)> {
    out.iter()
        .map(|part| (part.line.0.as_u128(), part.award.0.as_u128(), part.amount))
        .collect()
}

#[test]
fn the_first_award_with_room_pays_and_the_next_pays_the_rest() {
    let lines = [line(2, day(5, 2), 70, 1), line(1, day(5, 1), 60, 1)];
    let out = in_order(&lines, &[award(1, 100), award(2, 20)]);
    // the earlier line goes first, whatever the order of the facts
    assert_eq!(shares(&out), [(1, 1, 60), (2, 1, 40), (2, 2, 20)]);
    assert_eq!(unfunded(&lines, &out)[&lines[0].id], 10);
    assert_eq!(
        why_unfunded(&[award(1, 100)], day(5, 2), category(1), false, false, None),
        Unfunded::AllFull
    );
}

#[test]
fn an_award_pays_inside_its_window_for_its_categories_and_kind() {
    let mut only = award(1, 1000);
    only.categories = BTreeSet::from([category(1)]);
    only.pays_for = PaysFor::Capital;
    let mut works = line(1, day(4, 1), 10, 1);
    works.capital = true;
    let mut late = line(2, day(10, 1), 10, 1);
    late.capital = true;
    let revenue = line(3, day(5, 1), 10, 1);
    let mut other = line(4, day(5, 1), 10, 2);
    other.capital = true;
    let lines = [works, late, revenue, other];
    let awards = [only];
    assert_eq!(shares(&in_order(&lines, &awards)), [(1, 1, 10)]);
    let why = |line: &Line| {
        why_unfunded(
            &awards,
            line.incurred_on,
            line.category,
            line.capital,
            false,
            None,
        )
    };
    assert_eq!(why(&lines[1]), Unfunded::OutsideEveryWindow);
    assert_eq!(why(&lines[2]), Unfunded::CapitalOrRevenue);
    assert_eq!(why(&lines[3]), Unfunded::CategoryNotAllowed);
    assert_eq!(
        why_unfunded(&[], day(5, 1), category(1), false, false, None),
        Unfunded::NoAward
    );
}

#[test]
fn a_reserve_is_for_its_own_lines_and_a_limit_bounds_them() {
    let mut grant = award(1, 100);
    grant.fences = vec![
        fence(1, None, 40, None, &[1]),
        fence(2, None, 0, Some(10), &[2]),
    ];
    let lines = [
        line(1, day(5, 1), 90, 3),
        line(2, day(5, 2), 30, 2),
        line(3, day(5, 3), 50, 1),
    ];
    let out = in_order(&lines, &[grant]);
    // 60 of open money for the first, nothing left for the second, its own 40 for the third
    assert_eq!(shares(&out), [(1, 1, 60), (3, 1, 40)]);
    let mut grant = award(1, 100);
    grant.fences = vec![fence(2, None, 0, Some(10), &[2])];
    let out = in_order(&lines, &[grant]);
    assert_eq!(shares(&out), [(1, 1, 90), (2, 1, 10)]);
    assert_eq!(out[1].fence, Some(FenceId(Uuid::from_u128(2))));
}

#[test]
fn a_nested_line_draws_on_its_own_reserve_then_on_those_around_it() {
    let mut grant = award(1, 100);
    // 50 for both, of which 20 for category 2 alone
    grant.fences = vec![
        fence(1, None, 50, Some(70), &[1, 2]),
        fence(2, Some(0), 20, None, &[2]),
    ];
    let lines = [
        line(1, day(5, 1), 80, 1), // 30 of the outer's own, then open money up to the limit: 70-…
        line(2, day(5, 2), 60, 2),
        line(3, day(5, 3), 60, 3),
    ];
    let out = in_order(&lines, &[grant]);
    // the limit of 70 bounds the outer fence as a whole; greedily the first line takes all of it
    assert_eq!(shares(&out), [(1, 1, 70), (3, 1, 10)]);
}

#[test]
fn what_other_pools_used_is_not_there() {
    let mut grant = award(1, 100);
    grant.fences = vec![fence(1, None, 40, None, &[1])];
    grant.fences[0].used_elsewhere = 50;
    grant.used_elsewhere = 20;
    let lines = [line(1, day(5, 1), 90, 3)];
    // 60 open, less 20 and less the 10 that the fence's reserve could not hold
    assert_eq!(shares(&in_order(&lines, &[grant])), [(1, 1, 30)]);
}

#[test]
fn a_reversal_goes_where_its_line_went_and_makes_room() {
    let mut lines = vec![
        line(1, day(5, 1), 100, 1),
        line(2, day(5, 2), 50, 1),
        line(3, day(5, 3), -100, 1),
        line(4, day(5, 4), -7, 1),
    ];
    lines[0].transaction = Some("AC1".to_owned());
    lines[2].transaction = Some("AC1".to_owned());
    lines[3].transaction = Some("CR9".to_owned());
    let out = in_order(&lines, &[award(1, 80), award(2, 10)]);
    assert_eq!(
        shares(&out),
        [(1, 1, 80), (1, 2, 10), (2, 1, 50), (3, 1, -80), (3, 2, -10)]
    );
    let left = unfunded(&lines, &out);
    assert_eq!(left[&lines[0].id], 10);
    assert_eq!(left[&lines[2].id], -10);
    // a credit that names no line stands as negative unfunded
    assert_eq!(left[&lines[3].id], -7);
}

#[test]
fn what_takes_a_line_back_is_attributed_as_that_line_was() {
    let back = |n: u128, on, amount: i64, of: u128| Line {
        reverses: Some(SpendLineId(Uuid::from_u128(of))),
        ..line(n, on, amount, 1)
    };
    let awards = [award(1, 60), award(2, 100)];
    let credit = Line {
        transaction: Some("T".to_owned()),
        ..line(3, day(5, 3), -30, 1)
    };
    let bought = Line {
        transaction: Some("T".to_owned()),
        ..line(1, day(5, 1), 80, 1)
    };
    // the credit is taken back itself, so all of what was bought is there to be taken back
    let lines = [
        bought,
        line(2, day(5, 2), 40, 1),
        credit,
        back(4, day(6, 1), 30, 3),
        back(5, day(5, 1), -80, 1),
    ];
    let out = in_order(&lines, &awards);
    let left = unfunded(&lines, &out);
    let paid: Vec<(u128, u128, i64)> = out
        .iter()
        .map(|part| (part.line.0.as_u128(), part.award.0.as_u128(), part.amount))
        .collect();
    assert_eq!(
        paid,
        [(1, 1, 60), (1, 2, 20), (5, 1, -60), (5, 2, -20), (2, 1, 40)]
    );
    assert_eq!(left[&lines[2].id] + left[&lines[3].id], 0);
    assert_eq!(left.len(), 2);
    assert_eq!(
        undone(lines.iter(), &std::collections::HashSet::new()).len(),
        2
    );
}

#[test]
fn a_contract_that_names_awards_is_paid_by_one_of_them() {
    let only = |n: u128| Some(Arc::new(BTreeSet::from([AwardId(Uuid::from_u128(n))])));
    let awards = [award(1, 1_000), award(2, 50)];
    let named = Line {
        payers: only(2),
        ..line(1, day(5, 2), 80, 1)
    };
    let elsewhere = Line {
        payers: only(9),
        ..line(2, day(5, 2), 30, 1)
    };
    let free = line(3, day(5, 2), 20, 1);
    let lines = [named, elsewhere, free];
    let paid: Vec<(u128, u128, i64)> = in_order(&lines, &awards)
        .into_iter()
        .map(|part| (part.line.0.as_u128(), part.award.0.as_u128(), part.amount))
        .collect();
    assert_eq!(paid, [(1, 2, 50), (3, 1, 20)]);
    let why = |line: &Line| {
        let payers = line.payers.as_deref();
        why_unfunded(
            &awards,
            line.incurred_on,
            line.category,
            false,
            false,
            payers,
        )
    };
    assert_eq!(why(&lines[0]), Unfunded::AllFull);
    assert_eq!(why(&lines[1]), Unfunded::NotNamed);
}

prop_compose! {
    pub(super) fn any_line()(
        n in 1_u128..1_000_000, month in 3_u32..11, d in 1_u32..28, amount in -400_i64..1_000,
        of in 1_u128..6, capital in any::<bool>(), transaction in 0_u8..12, named in 0_u8..12,
        town in 0_u8..4, whom in 0_u8..3,
    ) -> Line {
        let name = |n: u8| (n > 0).then(|| format!("{n}"));
        Line {
            capital,
            reach: (town < 3).then(|| Arc::new(Reach { place: name(town), group: name(whom) })),
            transaction: (transaction < 8).then(|| format!("T{transaction}")),
            // awards 1 to 4; some are not the pool's
            payers: (named < 8).then(|| {
                Arc::new((1..5_u128).filter(|n| u128::from(named) % n == 0)
                    .map(|n| AwardId(Uuid::from_u128(n))).collect())
            }),
            ..line(n, day(month, d), amount, of)
        }
    }
}

prop_compose! {
    pub(super) fn any_award()(
        amount in 0_i64..3_000, agreed in 0_i64..3_000, allowed in 0_u8..32, pays in 0_u8..3,
        from in 3_u32..8, months in 0_u32..4, shape in 0_u8..4,
        a in 0_i64..400, b in 0_i64..400, limit in 0_i64..600, used in 0_i64..300,
        towns in 0_u8..8, whom in 0_u8..12,
    ) -> Award {
        // one and two, one alone, or any
        let named = |n: u8| -> BTreeSet<String> { match n {
            0 => ["1", "2"].map(str::to_owned).into(),
            1 => ["1".to_owned()].into(),
            _ => BTreeSet::new(),
        } };
        let categories: BTreeSet<CostCategoryId> =
            (1..6_u128).filter(|n| allowed & (1 << (n - 1)) != 0).map(category).collect();
        let (outer, inner) = (a.min(amount), b.min(a.min(amount)));
        let fences = match shape {
            0 => vec![],
            1 => vec![fence(1, None, outer, Some(limit.max(outer)), &[1, 2])],
            2 => vec![
                fence(1, None, outer, Some(limit), &[1, 2]),
                fence(2, Some(0), inner, None, &[2]),
            ],
            _ => vec![
                fence(1, None, outer / 2, None, &[1]),
                fence(2, None, outer - outer / 2, Some(limit), &[3]),
            ],
        };
        Award {
            agreed: agreed.min(amount),
            places: named(towns),
            groups: named(whom),
            categories,
            pays_for: [PaysFor::Both, PaysFor::Capital, PaysFor::Revenue][usize::from(pays)],
            starts_on: day(from, 1),
            ends_on: day((from + months).min(12), 28),
            used_elsewhere: used.min(amount - outer.min(amount)),
            fences,
            ..award(1, amount)
        }
    }
}

/// Lines and awards of which no two are one, and some of the lines taken back, once.
pub(super) fn settle(lines: &mut Vec<Line>, awards: &mut [Award], turn: u64) {
    for (n, line) in lines.iter_mut().enumerate() {
        line.id = SpendLineId(Uuid::from_u128(n as u128 + 1));
        line.identity = format!("t:{n}");
    }
    for n in 0..lines.len() {
        if (turn >> (n % 60)) & 3 == 0 && lines[n].amount != 0 {
            let of = lines[n].clone();
            let at = lines.len();
            lines.push(Line {
                id: SpendLineId(Uuid::from_u128(at as u128 + 1)),
                identity: format!("r:{n}"),
                amount: -of.amount,
                reverses: Some(of.id),
                ..of
            });
        }
    }
    for (n, award) in awards.iter_mut().enumerate() {
        award.id = AwardId(Uuid::from_u128(n as u128 + 1));
        for (at, fence) in award.fences.iter_mut().enumerate() {
            fence.id = FenceId(Uuid::from_u128(100 * (n as u128 + 1) + at as u128));
        }
    }
}

/// What must hold of any attribution, whatever the rule.
pub(super) fn holds(
    lines: &[Line],
    awards: &[Award],
    out: &[Attribution],
) -> std::result::Result<(), TestCaseError> {
    // Σ by award + unfunded = Σ spend, and no line is paid for beyond itself
    let left = unfunded(lines, out);
    let paid: i64 = out.iter().map(|part| part.amount).sum();
    prop_assert_eq!(
        lines.iter().map(|line| line.amount).sum::<i64>(),
        paid + left.values().sum::<i64>()
    );
    let by_id: BTreeMap<_, _> = lines.iter().map(|line| (line.id, line)).collect();
    for line in lines {
        let of_line: i64 = out
            .iter()
            .filter(|p| p.line == line.id)
            .map(|p| p.amount)
            .sum();
        prop_assert!(of_line.signum() * line.amount.signum() >= 0);
        prop_assert!(of_line.abs() <= line.amount.abs());
    }

    for award in awards {
        let parts: Vec<_> = out.iter().filter(|part| part.award == award.id).collect();
        for part in &parts {
            let line = by_id[&part.line];
            if part.amount > 0 {
                prop_assert!(award.may_pay(line));
            }
            prop_assert_eq!(
                part.fence,
                award.fence_of(line.category).map(|at| award.fences[at].id)
            );
        }
        let total: i64 = parts.iter().map(|part| part.amount).sum();
        prop_assert!(total >= 0 && total <= award.agreed);
        let per_fence: Vec<i64> = award
            .fences
            .iter()
            .map(|fence| {
                parts
                    .iter()
                    .filter(|p| p.fence == Some(fence.id))
                    .map(|p| p.amount)
                    .sum()
            })
            .collect();
        let outside: i64 = parts
            .iter()
            .filter(|p| p.fence.is_none())
            .map(|p| p.amount)
            .sum();
        // reserves are kept: what no reserve holds fits into the open money
        let settled = settled_reserves(
            award.amount,
            &award.fences,
            &per_fence,
            outside + award.used_elsewhere,
        );
        prop_assert!(settled.open_left >= 0, "{:?}", settled);
        for (at, fence) in award.fences.iter().enumerate() {
            if let Some(limit) = fence.limit {
                let inside: i64 = award
                    .fences
                    .iter()
                    .enumerate()
                    .filter(|(inner, other)| *inner == at || other.parent == Some(at))
                    .map(|(inner, _)| per_fence[inner])
                    .sum();
                prop_assert!(inside <= limit);
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn nothing_goes_over_and_everything_adds_up(
        mut lines in prop::collection::vec(any_line(), 0..40),
        mut awards in prop::collection::vec(any_award(), 0..5),
        turn in any::<u64>(),
    ) {
        settle(&mut lines, &mut awards, turn);
        let out = in_order(&lines, &awards);

        // the same facts in another order give the same answer
        let mut turned = lines.clone();
        if !turned.is_empty() {
            let by = usize::try_from(turn % turned.len() as u64).unwrap();
            turned.rotate_left(by);
        }
        prop_assert_eq!(&out, &in_order(&turned, &awards));
        holds(&lines, &awards, &out)?;
    }
}

/// An award as it is once it was closed with this attributed, all these lines being known.
fn closed(award: &Award, lines: &[Line], out: &[Attribution]) -> Award {
    let mut closed = award.clone();
    closed.closed = Some(1);
    for part in out.iter().filter(|part| part.award == award.id) {
        let parts = closed.kept.entry(part.line).or_default();
        parts.push((part.fence, part.amount));
    }
    for line in lines.iter().filter(|line| line.amount < 0) {
        closed.kept.entry(line.id).or_default();
    }
    closed
}

fn sum_of(out: &[Attribution], award: u128) -> i64 {
    out.iter()
        .filter(|part| part.award.0.as_u128() == award)
        .map(|part| part.amount)
        .sum()
}

fn of(transaction: &str, line: Line) -> Line {
    Line {
        transaction: Some(transaction.to_owned()),
        ..line
    }
}

#[test]
fn an_award_that_is_closed_neither_pays_nor_is_relieved() {
    let mut lines = vec![line(1, day(5, 3), 60, 1), line(2, day(5, 4), 60, 1)];
    let (first, second) = (award(1, 100), award(2, 40));
    let before = in_order(&lines, &[first.clone(), second.clone()]);
    assert_eq!(shares(&before), [(1, 1, 60), (2, 1, 40), (2, 2, 20)]);
    let awards = [closed(&first, &lines, &before), second.clone()];
    assert_eq!(in_order(&lines, &awards), before);
    // an earlier line would have gone first: it is paid by what is open
    lines.push(line(3, day(5, 1), 50, 1));
    let out = in_order(&lines, &awards);
    assert_eq!(
        shares(&out),
        [(3, 2, 40), (1, 1, 60), (2, 1, 40)],
        "the second award pays for what comes first, and the closed one stays"
    );
    assert_eq!(
        why_unfunded(&awards[..1], day(5, 1), category(1), false, false, None),
        Unfunded::Closed
    );
    // an amendment of the other award changes nothing of what it paid
    let more = [awards[0].clone(), award(2, 500)];
    assert_eq!(sum_of(&in_order(&lines, &more), 1), 100);
}

#[test]
fn what_is_taken_back_of_a_closed_award_is_owed_and_pays_for_nothing() {
    let mut lines = vec![
        of("T", line(1, day(5, 1), 100, 1)),
        line(2, day(5, 2), 30, 1),
        of("T", line(3, day(5, 3), -10, 1)),
    ];
    let (first, second) = (award(1, 70), award(2, 30));
    let before = in_order(&lines, &[first.clone(), second.clone()]);
    // of the credit 7 go to the first and 3 to the second; the first pays 7 of the next with that
    assert_eq!(
        shares(&before),
        [
            (1, 1, 70),
            (1, 2, 30),
            (2, 1, 7),
            (2, 2, 3),
            (3, 1, -7),
            (3, 2, -3)
        ]
    );
    let awards = [closed(&first, &lines, &before), second.clone()];
    assert_eq!(in_order(&lines, &awards), before);
    // a later credit goes in proportion: what the closed one is relieved of pays for nothing
    lines.push(of("T", line(4, day(5, 2), -50, 1)));
    let out = in_order(&lines, &awards);
    assert_eq!(sum_of(&out, 1), 70 - 35);
    assert!(
        out.iter()
            .all(|part| part.award != first.id || part.amount < 0 || before.contains(part))
    );
    // what takes all of it back takes no more than there is
    lines.push(Line {
        reverses: Some(lines[0].id),
        ..line(5, day(6, 1), -100, 1)
    });
    let out = in_order(&lines, &awards);
    assert_eq!(
        sum_of(&out, 1),
        7,
        "the other line that it paid for is left"
    );
}

#[test]
fn what_takes_back_a_credit_that_a_closed_award_kept_is_no_more_its_to_pay() {
    let mut lines = vec![
        of("T", line(1, day(5, 1), 100, 1)),
        of("T", line(2, day(5, 3), -40, 1)),
    ];
    let (first, second) = (award(1, 100), award(2, 30));
    let before = in_order(&lines, &[first.clone(), second.clone()]);
    assert_eq!(shares(&before), [(1, 1, 100), (2, 1, -40)]);
    let awards = [closed(&first, &lines, &before), second.clone()];
    lines.push(Line {
        reverses: Some(lines[1].id),
        ..line(3, day(6, 1), 40, 1)
    });
    let out = in_order(&lines, &awards);
    assert_eq!(sum_of(&out, 1), 60);
    assert_eq!(sum_of(&out, 2), 30);
    let left = unfunded(&lines, &out);
    assert_eq!(left.values().sum::<i64>(), 10);
    // a credit that came after the closure and was taken back leaves no trace
    let mut lines = vec![of("T", line(1, day(5, 1), 100, 1))];
    let before = in_order(&lines, std::slice::from_ref(&first));
    let awards = [closed(&first, &lines, &before)];
    lines.push(of("T", line(2, day(5, 3), -40, 1)));
    assert_eq!(sum_of(&in_order(&lines, &awards), 1), 60);
    lines.push(Line {
        reverses: Some(lines[1].id),
        ..line(3, day(6, 1), 40, 1)
    });
    assert_eq!(sum_of(&in_order(&lines, &awards), 1), 100);
}

proptest! {
    #[test]
    fn a_closed_award_keeps_what_it_paid_whatever_comes_after(
        known in prop::collection::vec((1_u32..28, -60_i64..100, 0_u128..4), 1..14),
        later in prop::collection::vec((1_u32..28, -60_i64..100, 0_u128..4), 0..14),
        amounts in (1_i64..400, 1_i64..400, 1_i64..400),
        whole in any::<bool>(),
    ) {
        let make = |from: u128, all: &[(u32, i64, u128)]| -> Vec<Line> {
            all.iter().zip(from..).map(|((on, amount, of_it), n)| {
                let made = line(n, day(5, *on), *amount, 1);
                if *of_it == 0 { made } else { of(&format!("T{of_it}"), made) }
            }).collect()
        };
        let mut lines = make(1, &known);
        let (first, second) = (award(1, amounts.0), award(2, amounts.1));
        let before = in_order(&lines, &[first.clone(), second.clone()]);
        let awards = [closed(&first, &lines, &before), award(2, amounts.2)];
        let seen = lines.len();
        lines.extend(make(100, &later));
        if whole {
            // every line that it paid for is taken back
            let back: Vec<Line> = lines[..seen].iter().filter(|line| line.amount > 0)
                .map(|one| Line {
                    id: SpendLineId(Uuid::from_u128(one.id.0.as_u128() + 500)),
                    identity: format!("back {}", one.identity),
                    amount: -one.amount, transaction: None, reverses: Some(one.id), ..one.clone()
                }).collect();
            lines.extend(back);
        }
        let out = in_order(&lines, &awards);
        let then = |parts: &[Attribution], line: SpendLineId| -> i64 {
            parts.iter().filter(|part| part.award == first.id && part.line == line)
                .map(|part| part.amount).sum()
        };
        for one in &lines[..seen] {
            prop_assert_eq!(then(&out, one.id), then(&before, one.id));
        }
        for one in &lines[seen..] {
            prop_assert!(then(&out, one.id) <= 0);
        }
        prop_assert!(sum_of(&out, 1) <= sum_of(&before, 1));
        prop_assert!(sum_of(&out, 1) >= 0);
        // no positive line is paid beyond its amount
        for one in lines.iter().filter(|one| one.amount > 0) {
            let paid: i64 = out.iter().filter(|part| part.line == one.id).map(|part| part.amount).sum();
            prop_assert!((0..=one.amount).contains(&paid), "{} of {}", paid, one.amount);
        }
        let mut turned = lines.clone();
        turned.reverse();
        prop_assert_eq!(in_order(&turned, &awards), out, "the same facts in any order");
    }
}
