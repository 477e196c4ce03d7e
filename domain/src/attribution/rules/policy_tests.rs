#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions
)]
use entity::{AttributionPolicy, AwardId, CommitmentId};
use proptest::prelude::*;
use uuid::Uuid;

use super::tests::{
    any_award, any_line, award, category, day, fence, holds, in_order, line, settle, shares,
};
use super::*;
use crate::pools::rules::policies::{Apart, Policies, Policy, Purpose};

fn policy(from: NaiveDate, kind: AttributionPolicy, awards: &[(u128, i64)]) -> Policy {
    Policy {
        starts_on: from,
        kind,
        awards: awards
            .iter()
            .map(|(n, weight)| (AwardId(Uuid::from_u128(*n)), *weight))
            .collect(),
        apart: Vec::new(),
    }
}

fn only(kind: AttributionPolicy, awards: &[(u128, i64)]) -> Policies {
    Policies::of([policy(day(4, 1), kind, awards)])
}

use AttributionPolicy::{InOrder, ProRata, Shares};

#[test]
fn agreed_shares_of_each_line_are_paid_to_the_penny() {
    let rules = only(Shares, &[(1, 6_250), (2, 3_750)]);
    let lines = [line(1, day(5, 1), 100, 1), line(2, day(5, 2), 3, 1)];
    let awards = [award(1, 1_000), award(2, 1_000)];
    let out = attribute(&lines, &awards, &rules, &Shown::new());
    assert_eq!(shares(&out), [(1, 1, 63), (1, 2, 37), (2, 1, 2), (2, 2, 1)]);
}

#[test]
fn what_one_cannot_pay_is_offered_to_the_others_in_proportion_and_the_rest_is_not_covered() {
    let rules = only(ProRata, &[(1, 500), (2, 300), (3, 200)]);
    let mut late = award(3, 200);
    late.starts_on = day(8, 1);
    // 100 of 1 and 2 by 5 to 3; then 2 has 20 left of its 50, and 1 takes what 2 cannot
    let awards = [award(1, 100), award(2, 50), late];
    let lines = [
        line(1, day(5, 1), 80, 1),
        line(2, day(5, 2), 56, 1),
        line(3, day(5, 3), 30, 1),
    ];
    let out = attribute(&lines, &awards, &rules, &Shown::new());
    assert_eq!(
        shares(&out),
        [(1, 1, 50), (1, 2, 30), (2, 1, 36), (2, 2, 20), (3, 1, 14)]
    );
    assert_eq!(unfunded(&lines, &out)[&lines[2].id], 16);
}

#[test]
fn reserves_and_caps_hold_whatever_the_share() {
    let rules = only(Shares, &[(1, 5_000), (2, 5_000)]);
    let mut capped = award(1, 100);
    capped.fences = vec![
        fence(1, None, 60, None, &[2]),
        fence(2, None, 0, Some(10), &[1]),
    ];
    let lines = [line(1, day(5, 1), 100, 1), line(2, day(5, 2), 100, 3)];
    let out = attribute(&lines, &[capped, award(2, 1_000)], &rules, &Shown::new());
    // at most 10 for its category, then 30 of its open money; the other pays the rest
    assert_eq!(
        shares(&out),
        [(1, 1, 10), (1, 2, 90), (2, 1, 30), (2, 2, 70)]
    );
}

#[test]
fn spend_for_one_purpose_has_shares_of_its_own() {
    let award_id = |n: u128| AwardId(Uuid::from_u128(n));
    let agreement = CommitmentId(Uuid::from_u128(7));
    let own = |of, awards: &[(u128, i64)]| Apart {
        of,
        awards: awards
            .iter()
            .map(|(n, share)| (award_id(*n), *share))
            .collect(),
    };
    let mut rule = policy(day(4, 1), Shares, &[(1, 5_000), (2, 5_000)]);
    rule.apart = vec![
        own(Purpose::Category(category(2)), &[(1, 2_500), (2, 7_500)]),
        own(Purpose::Commitment(agreement), &[(2, 10_000)]),
    ];
    let before = policy(day(3, 1), Shares, &[(1, 10_000), (2, 0)]);
    let rules = Policies::of([before, rule]);
    let against = |line: Line| Line {
        commitment: Some(agreement),
        ..line
    };
    let mut early = award(1, 10_000);
    early.starts_on = day(3, 1);
    let mut awards = [early, award(2, 10_000)];
    let lines = [
        // before the rule began, and an agreement without shares of its own
        against(line(1, day(3, 31), 100, 2)),
        line(2, day(5, 1), 100, 1),
        Line {
            commitment: Some(CommitmentId(Uuid::from_u128(8))),
            ..line(3, day(5, 1), 100, 2)
        },
        // the agreement goes before the category, on the same day
        against(line(4, day(5, 1), 100, 2)),
        against(line(5, day(5, 1), 100, 1)),
    ];
    let out = attribute(&lines, &awards, &rules, &Shown::new());
    assert_eq!(
        shares(&out),
        [
            (1, 1, 100),
            (2, 1, 50),
            (2, 2, 50),
            (3, 1, 25),
            (3, 2, 75),
            (4, 2, 100),
            (5, 2, 100),
        ]
    );
    // what the one cannot pay is no matter of an award that pays for nothing of it; who came since pays
    awards[1].agreed = 60;
    awards[1].amount = 60;
    let mut all = awards.to_vec();
    let lines = [against(line(6, day(5, 1), 100, 1))];
    let out = attribute(&lines, &all, &rules, &Shown::new());
    assert_eq!(shares(&out), [(6, 2, 60)]);
    let why = |awards: &[Award]| why_unfunded((awards, &rules), Kind::of(&lines[0], &rules));
    assert_eq!(why(&all), Unfunded::AllFull);
    assert_eq!(why(&all[..1]), Unfunded::NoShare);
    all.push(award(3, 30));
    let out = attribute(&lines, &all, &rules, &Shown::new());
    assert_eq!(shares(&out), [(6, 2, 60), (6, 3, 30)]);
}

#[test]
fn a_change_applies_from_its_day() {
    let rules = Policies::of([
        policy(day(4, 1), InOrder, &[(2, 0), (1, 0)]),
        policy(day(6, 1), Shares, &[(1, 5_000), (2, 5_000)]),
    ]);
    let lines = [
        line(1, day(3, 31), 10, 1),
        line(2, day(5, 31), 100, 1),
        line(3, day(6, 1), 100, 1),
    ];
    let mut first = award(2, 500);
    first.starts_on = day(3, 1);
    let out = attribute(&lines, &[award(1, 500), first], &rules, &Shown::new());
    // the stated order of the rule goes before the one in which awards came
    assert_eq!(
        shares(&out),
        [(1, 2, 10), (2, 2, 100), (3, 1, 50), (3, 2, 50)]
    );
}

#[test]
fn who_came_since_pays_what_those_named_cannot_and_no_share_is_no_money() {
    let rules = only(Shares, &[(1, 10_000), (2, 0)]);
    let awards = [award(2, 1_000), award(1, 60), award(3, 30)];
    let lines = [line(1, day(5, 1), 100, 1)];
    let out = attribute(&lines, &awards, &rules, &Shown::new());
    assert_eq!(shares(&out), [(1, 1, 60), (1, 3, 30)]);
    let why = |awards: &[Award]| why_unfunded((awards, &rules), Kind::of(&lines[0], &rules));
    assert_eq!(why(&awards), Unfunded::AllFull);
    assert_eq!(why(&awards[..1]), Unfunded::NoShare);
}

#[test]
fn a_credit_goes_where_its_line_went_whatever_the_rule_is_by_then() {
    let rules = Policies::of([
        policy(day(4, 1), Shares, &[(1, 7_500), (2, 2_500)]),
        policy(day(6, 1), InOrder, &[(2, 0), (1, 0)]),
    ]);
    let mut lines = vec![line(1, day(5, 1), 100, 1), line(2, day(6, 2), -40, 1)];
    lines[0].transaction = Some("T".to_owned());
    lines[1].transaction = Some("T".to_owned());
    let out = attribute(
        &lines,
        &[award(1, 500), award(2, 500)],
        &rules,
        &Shown::new(),
    );
    assert_eq!(
        shares(&out),
        [(1, 1, 75), (1, 2, 25), (2, 1, -30), (2, 2, -10)]
    );
}

#[test]
fn a_line_that_was_split_takes_no_room() {
    let mut lines = vec![
        line(1, day(5, 1), 100, 1),
        line(2, day(5, 1), -100, 1),
        line(3, day(5, 1), 60, 1),
    ];
    lines[0].split = true;
    lines[1].split = true;
    let out = in_order(&lines, &[award(1, 80)]);
    assert_eq!(shares(&out), [(3, 1, 60)]);
    assert_eq!(
        undone(lines.iter(), &std::collections::HashSet::new()).len(),
        2
    );
    let left = unfunded(&lines, &out);
    assert_eq!(left.values().sum::<i64>(), 0);
}

prop_compose! {
    fn any_rules()(
        kinds in prop::collection::vec(0_u8..3, 1..4),
        months in prop::collection::vec(3_u32..10, 3),
        weights in prop::collection::vec(0_i64..10_000, 12),
        named in prop::collection::vec(any::<bool>(), 12),
    ) -> Vec<Policy> {
        kinds.iter().enumerate().map(|(n, kind)| {
            let awards: Vec<(u128, i64)> = (0..4)
                .filter(|at| named[n * 4 + at])
                .map(|at| (at as u128 + 1, weights[n * 4 + at]))
                .collect();
            policy(day(months[n], 1), [InOrder, ProRata, Shares][usize::from(*kind)], &awards)
        }).collect()
    }
}

proptest! {
    #[test]
    fn under_any_rules_nothing_goes_over_and_everything_adds_up(
        mut lines in prop::collection::vec(any_line(), 0..40),
        mut awards in prop::collection::vec(any_award(), 0..5),
        rules in any_rules(),
        turn in any::<u64>(),
    ) {
        settle(&mut lines, &mut awards, turn);
        let policies = Policies::of(rules);
        let out = attribute(&lines, &awards, &policies, &Shown::new());
        holds(&lines, &awards, &out)?;
        let mut turned = lines.clone();
        turned.reverse();
        prop_assert_eq!(&out, &attribute(&turned, &awards, &policies, &Shown::new()));
    }

    /// In proportion, in whatever order awards stand, each pays the same.
    #[test]
    fn proportions_know_no_order_of_awards(
        mut lines in prop::collection::vec(any_line(), 0..40),
        mut awards in prop::collection::vec(any_award(), 1..5),
        weights in prop::collection::vec(0_i64..10_000, 4),
        by in 0_usize..4,
        turn in any::<u64>(),
    ) {
        settle(&mut lines, &mut awards, turn);
        let named: Vec<(u128, i64)> = weights.iter().enumerate()
            .map(|(at, weight)| (at as u128 + 1, *weight)).collect();
        let mut policies = only(Shares, &named);
        let mut out = attribute(&lines, &awards, &policies, &Shown::new());
        let turns = awards.len();
        awards.rotate_left(by % turns);
        let mut turned = named;
        turned.reverse();
        policies = only(Shares, &turned);
        let mut again = attribute(&lines, &awards, &policies, &Shown::new());
        out.sort();
        again.sort();
        prop_assert_eq!(out, again);
    }

    /// What was received before a change is paid as before. (A credit that comes after it makes room
    /// for earlier lines; here there is none.)
    #[test]
    fn a_change_moves_nothing_from_before_its_day(
        mut lines in prop::collection::vec(any_line(), 0..40),
        mut awards in prop::collection::vec(any_award(), 0..5),
        rules in any_rules(),
        month in 4_u32..10,
        weight in 0_i64..10_000,
    ) {
        lines.retain(|line| line.amount > 0);
        settle(&mut lines, &mut awards, u64::MAX);
        let before = Policies::of(rules);
        let from = day(month, 1);
        let after = before.clone().and(policy(from, Shares, &[(1, weight), (3, 10_000 - weight)]));
        // where all rules begin later there is none before the change, and it is the first
        prop_assume!(before.in_force().first().is_some_and(|first| first.starts_on < from));
        let early = |policies: &Policies| -> Vec<Attribution> {
            let dates: std::collections::BTreeMap<_, _> =
                lines.iter().map(|line| (line.id, line.incurred_on)).collect();
            attribute(&lines, &awards, policies, &Shown::new()).into_iter()
                .filter(|part| dates[&part.line] < from).collect()
        };
        prop_assert_eq!(early(&before), early(&after));
    }

    /// Stated once more as it stands, the order changes nothing.
    #[test]
    fn the_stated_order_named_is_the_stated_order(
        mut lines in prop::collection::vec(any_line(), 0..40),
        mut awards in prop::collection::vec(any_award(), 0..5),
        turn in any::<u64>(),
    ) {
        settle(&mut lines, &mut awards, turn);
        let named: Vec<(u128, i64)> = (1..=awards.len() as u128).map(|n| (n, 0)).collect();
        prop_assert_eq!(
            attribute(&lines, &awards, &only(InOrder, &named), &Shown::new()),
            in_order(&lines, &awards)
        );
    }
}

#[test]
fn by_hand_an_award_pays_what_is_pinned_to_it_and_nothing_else() {
    let rules = only(AttributionPolicy::Manual, &[(1, 0), (2, 0)]);
    let lines = [line(1, day(5, 1), 100, 1), line(2, day(5, 2), 50, 1)];
    let mut awards = [award(1, 1_000), award(2, 1_000), award(3, 1_000)];
    let nothing = attribute(&lines, &awards, &rules, &Shown::new());
    assert_eq!(shares(&nothing), []);
    awards[1].pins = [(lines[0].id, 60)].into();
    let out = attribute(&lines, &awards, &rules, &Shown::new());
    assert_eq!(shares(&out), [(1, 2, 60)]);
    let why = why_unfunded((&awards, &rules), Kind::of(&lines[1], &rules));
    assert_eq!(why, Unfunded::ByHand);
}
