#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions
)]
use entity::{AttributionPolicy, AwardId, AwardYearId};
use proptest::prelude::*;
use uuid::Uuid;

use super::tests::{
    any_award, any_line, award, category, day, fence, holds, in_order, line, settle, shares,
};
use super::*;
use crate::pools::rules::policies::{Policies, Policy};

fn rule(from: NaiveDate, kind: AttributionPolicy, awards: &[u128]) -> Policy {
    Policy {
        starts_on: from,
        kind,
        awards: awards
            .iter()
            .map(|n| (AwardId(Uuid::from_u128(*n)), 0))
            .collect(),
        apart: Vec::new(),
    }
}

fn by(awards: &[u128]) -> Policies {
    Policies::of([rule(day(4, 1), AttributionPolicy::Optimal, awards)])
}

fn optimal(lines: &[Line], awards: &[Award], named: &[u128]) -> Vec<Attribution> {
    attribute(lines, awards, &by(named), &Shown::new())
}

fn only_for(mut award: Award, of: &[u128]) -> Award {
    award.categories = of.iter().map(|n| category(*n)).collect();
    award
}

fn lost(mut award: Award, until: NaiveDate) -> Award {
    award.lost_if_unspent = true;
    award.ends_on = until;
    award
}

fn of(transaction: &str, line: Line) -> Line {
    Line {
        transaction: Some(transaction.to_owned()),
        ..line
    }
}

#[test]
fn what_anybody_may_pay_is_left_to_whom_the_rest_cannot_do_without() {
    // in order, the first would pay for the first line and nothing be there for the second
    let awards = [award(1, 100), only_for(award(2, 100), &[1])];
    let lines = [line(1, day(5, 1), 100, 1), line(2, day(5, 2), 100, 2)];
    assert_eq!(shares(&in_order(&lines, &awards)), [(1, 1, 100)]);
    let out = optimal(&lines, &awards, &[1, 2]);
    assert_eq!(shares(&out), [(1, 2, 100), (2, 1, 100)]);
}

#[test]
fn an_award_pays_for_its_places_and_groups_alone() {
    let there = |line: Line, place: Option<&str>, group: Option<&str>| Line {
        reach: Some(Arc::new(Reach::of(place, group))),
        ..line
    };
    let mut town = award(1, 1_000);
    town.places = ["northgate".to_owned()].into();
    let mut young = award(2, 1_000);
    young.groups = ["young people".to_owned()].into();
    let awards = [town, young];
    let lines = [
        there(
            line(1, day(5, 1), 10, 1),
            Some("Northgate"),
            Some("Young people"),
        ),
        there(
            line(2, day(5, 2), 20, 1),
            Some("Southgate"),
            Some("Young people"),
        ),
        there(line(3, day(5, 3), 40, 1), Some("NORTHGATE"), None),
        there(line(4, day(5, 4), 80, 1), Some("Southgate"), None),
        there(line(5, day(5, 5), 160, 1), None, None),
    ];
    let paid = [(1, 1, 10), (2, 2, 20), (3, 1, 40)];
    assert_eq!(shares(&in_order(&lines, &awards)), paid);
    assert_eq!(shares(&optimal(&lines, &awards, &[1, 2])), paid);
    let why = |line: &Line| why_unfunded((&awards, &by(&[1, 2])), Kind::of(line, &by(&[1, 2])));
    assert_eq!(why(&lines[3]), Unfunded::PlaceOrGroup);
    assert_eq!(why(&lines[4]), Unfunded::PlaceOrGroup);
    assert_eq!(awards[0].may_not(&lines[1]), Some(may::MayNot::Place));
    assert_eq!(awards[1].may_not(&lines[3]), Some(may::MayNot::Group));
    // what the optimum leaves to the one that can pay for nothing else
    let both = [awards[0].clone(), award(3, 10)];
    let lines = [
        lines[2].clone(),
        there(line(6, day(5, 1), 10, 1), Some("Southgate"), None),
    ];
    let out = optimal(&lines, &both, &[3, 1]);
    assert_eq!(shares(&out), [(6, 3, 10), (3, 1, 40)]);
}

#[test]
fn what_would_be_lost_soonest_goes_first_and_then_the_more_restricted() {
    let awards = [
        award(1, 100),
        award(2, 100),
        lost(award(3, 100), day(9, 30)),
        lost(award(4, 100), day(6, 30)),
    ];
    let lines = [line(1, day(5, 1), 350, 1)];
    let out = optimal(&lines, &awards, &[2, 1, 3, 4]);
    assert_eq!(
        shares(&out),
        [(1, 1, 50), (1, 2, 100), (1, 3, 100), (1, 4, 100)]
    );
}

#[test]
fn reserves_limits_and_a_smaller_contribution_hold() {
    let mut first = award(1, 100);
    first.agreed = 70;
    first.fences = vec![fence(1, None, 60, None, &[1])];
    let lines = [line(1, day(5, 1), 100, 2), line(2, day(5, 2), 50, 1)];
    let out = optimal(&lines, &[first], &[1]);
    assert_eq!(shares(&out), [(1, 1, 20), (2, 1, 50)]);
}

#[test]
fn a_line_and_its_credit_are_one_net_and_each_is_told_to_the_penny() {
    let awards = [award(1, 30), award(2, 25)];
    let lines = [
        of("T", line(1, day(5, 1), 100, 1)),
        of("T", line(2, day(5, 3), -60, 1)),
        line(3, day(5, 2), 15, 1),
    ];
    let out = optimal(&lines, &awards, &[1, 2]);
    let sum = |award: u128, line: u128| -> i64 {
        shares(&out)
            .iter()
            .filter(|part| part.0 == line && part.1 == award)
            .map(|part| part.2)
            .sum()
    };
    // 40 and 15 are 55: all that there is
    assert_eq!(sum(1, 1) + sum(1, 2) + sum(1, 3), 30);
    assert_eq!(sum(2, 1) + sum(2, 2) + sum(2, 3), 25);
    assert_eq!(sum(1, 1) + sum(2, 1), 100);
    assert_eq!(sum(1, 2) + sum(2, 2), -60);
    assert!(unfunded(&lines, &out).is_empty());
    // what is short is short of the net, and the credit takes nothing from what is paid
    let out = optimal(&lines, &[award(1, 30)], &[1]);
    assert_eq!(out.iter().map(|part| part.amount).sum::<i64>(), 30);
    assert_eq!(unfunded(&lines, &out).values().sum::<i64>(), 25);
}

#[test]
fn years_that_go_on_into_each_other_hold_what_they_hold_together() {
    let year = |n: u128, from: NaiveDate, to: NaiveDate, own: i64, joined: bool| Year {
        id: AwardYearId(Uuid::from_u128(n)),
        starts_on: from,
        ends_on: to,
        own,
        joined,
        at_risk: 0,
        at_risk_until: None,
        used_elsewhere: 0,
        given: None,
    };
    let mut grant = award(1, 150);
    grant.years = vec![
        year(1, day(4, 1), day(5, 31), 50, false),
        year(2, day(6, 1), day(7, 31), 40, true),
        year(3, day(8, 1), day(9, 30), 60, false),
    ];
    grant.years[2].at_risk = 50;
    grant.years[2].at_risk_until = Some(day(8, 31));
    let lines = [
        line(1, day(5, 1), 70, 1),
        line(2, day(6, 1), 60, 1),
        line(3, day(8, 15), 70, 1),
        line(4, day(9, 15), 70, 1),
    ];
    let other = only_for(award(2, 500), &[9]);
    let out = optimal(&lines, &[grant.clone(), other.clone()], &[1, 2]);
    // of the first two years 90 for what came in both, of which 50 for the first; of the third 60, of
    // which 10 for what comes once the risk is over
    let sum: i64 = out.iter().map(|part| part.amount).sum();
    assert_eq!(sum, 150);
    let of = |n: u128| -> i64 {
        let all = shares(&out);
        let mine = all.iter().filter(|part| part.0 == n);
        mine.map(|part| part.2).sum()
    };
    assert!(of(1) <= 50);
    assert_eq!(of(1) + of(2), 90);
    assert!(of(4) <= 10);
    // an award whose years and fences cross is no part of it, and pays in turn
    grant.fences = vec![fence(1, None, 0, None, &[1])];
    let again = optimal(&lines, &[grant, other], &[1, 2]);
    assert_eq!(again.iter().map(|part| part.amount).sum::<i64>(), 150);
}

#[test]
fn what_was_shown_stays_where_nothing_is_better() {
    let awards = [award(1, 100), award(2, 100)];
    let lines = [line(1, day(5, 1), 60, 1), line(2, day(5, 2), 60, 1)];
    let named = &by(&[]).and(rule(day(4, 1), AttributionPolicy::Optimal, &[1, 2]));
    let mut even = named.clone();
    // both of one rank would need shares; here the first is the more restricted, and that is better
    let first = attribute(&lines, &awards, named, &Shown::new());
    assert_eq!(shares(&first).iter().map(|p| p.2).sum::<i64>(), 120);
    let line_2 = SpendLineId(Uuid::from_u128(2));
    let shown = Shown::from([(line_2, vec![(AwardId(Uuid::from_u128(2)), 20)])]);
    even = even.and(rule(day(4, 1), AttributionPolicy::Optimal, &[1, 2]));
    let again = attribute(&lines, &awards, &even, &shown);
    assert_eq!(shares(&again), [(1, 1, 60), (2, 1, 40), (2, 2, 20)]);
    let line_1 = SpendLineId(Uuid::from_u128(1));
    let shown = Shown::from([(line_1, vec![(AwardId(Uuid::from_u128(2)), 20)])]);
    let again = attribute(&lines, &awards, &even, &shown);
    assert_eq!(shares(&again), [(1, 1, 40), (1, 2, 20), (2, 1, 60)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Nothing goes over, everything adds up, the order of the facts does not matter, and no less is
    /// paid for than in any stated order.
    #[test]
    fn it_holds_everywhere_and_covers_at_least_as_much_as_in_order(
        mut lines in prop::collection::vec(any_line(), 0..30),
        mut awards in prop::collection::vec(any_award(), 0..5),
        turn in any::<u64>(),
        from in 3_u32..10,
        late in 0_u32..12,
    ) {
        settle(&mut lines, &mut awards, turn);
        let named: Vec<u128> = (1..=awards.len() as u128).collect();
        let mut policies = Policies::of([
            rule(day(3, 1), AttributionPolicy::InOrder, &named),
            rule(day(from, 1), AttributionPolicy::Optimal, &named),
        ]);
        if late > from {
            policies = policies.and(rule(day(late.min(12), 1), AttributionPolicy::InOrder, &named));
        }
        let out = attribute(&lines, &awards, &policies, &Shown::new());
        holds(&lines, &awards, &out)?;
        let mut turned = lines.clone();
        turned.reverse();
        prop_assert_eq!(&out, &attribute(&turned, &awards, &policies, &Shown::new()));
        // limits around reserves are not optimised
        let plain = awards.iter().all(|award| {
            award.fences.iter().all(|fence| fence.parent.is_none())
        });
        if plain && lines.iter().all(|line| line.amount >= 0) {
            let whole = attribute(&lines, &awards, &by(&named), &Shown::new());
            let sum = |parts: &[Attribution]| parts.iter().map(|part| part.amount).sum::<i64>();
            prop_assert!(sum(&whole) >= sum(&in_order(&lines, &awards)));
            // given again what it said, nothing moves
            let mut shown = Shown::new();
            for part in &whole {
                shown.entry(part.line).or_default().push((part.award, part.amount));
            }
            prop_assert_eq!(&attribute(&lines, &awards, &by(&named), &shown), &whole);
        }
    }
}
