//! Runs that only add: what was there is not looked at line by line, and it is as if it had been.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use entity::{AwardId, Money, PoolId};
use proptest::prelude::*;

use super::further::{Further, Rests, further};
use super::proof_tests::{agreed, optimal};
use super::store;
use super::tests::{load, load_of, ran, sums};
use crate::awards::ops::{NewAmendment, NewAwardYear};
use crate::awards::rules::terms::TermsChange;
use crate::spend::testing::{Given, House, day, on_each};
use crate::{Db, awards, commitments, pools};

/// What a run would add, if it may look at nothing but what came.
async fn adds(house: &House, pool: PoolId) -> Option<Further> {
    adds_in(&house.db, pool).await
}

/// Whether a run would only add.
pub(crate) async fn only_adds(db: &Db, pool: PoolId) -> bool {
    adds_in(db, pool).await.is_some()
}

async fn adds_in(db: &Db, pool: PoolId) -> Option<Further> {
    let snapshot = db.snapshot().await.unwrap();
    let last = store::last_run(&snapshot, pool).await.unwrap().unwrap();
    let awards = store::awards(&snapshot, pool).await.unwrap();
    let agreements = commitments::store::of_pool(&snapshot, pool).await.unwrap();
    let policies = pools::store::policies(&snapshot, pool).await.unwrap();
    let locks = store::locks(&snapshot, &awards).await.unwrap();
    let rests = Rests {
        awards: &awards,
        policies: &policies,
        agreements: &agreements,
        locks: &locks,
        facts_hash: &store::facts_hash(&policies, &awards, &agreements.facts()),
    };
    further(&snapshot, pool, &last, &rests).await.unwrap()
}

#[test]
fn what_came_is_added_and_nothing_else_is_looked_at() {
    on_each(async |house| {
        let (pool, _) = optimal(&house).await;
        let begun = [(5, 3_000, "beds", "p"), (6, 4_000, "care", "p")];
        load(&house, "x", &begun).await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (7_000, vec![7_000], 0));
        // an earlier day, of a class that is there; and to the last penny that the award has for it
        let more = [(2, 1_000, "care", "p"), (9, 500, "beds", "p")];
        load(&house, "y", &more).await;
        assert_eq!(adds(&house, pool).await.unwrap().differences().len(), 2);
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (8_500, vec![8_500], 0));
        // the rest of it is for beds alone: the other one pays, and in part nobody
        load(&house, "z", &[(3, 8_200, "care", "p")]).await;
        let further = adds(&house, pool).await.unwrap();
        assert_eq!(further.differences().len(), 1);
        assert_eq!(ran(&house).await, 1);
        let full = (16_700, vec![8_500, 8_000], 200);
        assert_eq!(sums(&house, pool).await, full);
        // open as well, beside what stands open since
        load(&house, "w", &[(4, 100, "care", "p")]).await;
        assert!(adds(&house, pool).await.unwrap().target.is_empty());
        assert_eq!(ran(&house).await, 1);
        let full = (16_800, vec![8_500, 8_000], 300);
        assert_eq!(sums(&house, pool).await, full);
        load(&house, "v", &[(4, 500, "beds", "p")]).await;
        assert!(adds(&house, pool).await.is_some());
        assert_eq!(ran(&house).await, 1);
        let full = (17_300, vec![9_000, 8_000], 300);
        assert_eq!(sums(&house, pool).await, full);
    });
}

#[test]
fn an_award_that_is_given_more_moves_nothing_and_no_line_is_looked_at() {
    on_each(async |house| {
        let (pool, [first, _]) = optimal(&house).await;
        load(
            &house,
            "x",
            &[(5, 3_000, "beds", "p"), (6, 4_000, "care", "p")],
        )
        .await;
        assert_eq!(ran(&house).await, 1);
        let year = NewAwardYear {
            starts_on: day(2026, 4, 1),
            ends_on: day(2027, 3, 31),
            amount_pence: Money(9_500),
            standing: entity::YearStanding::Confirmed,
            carry_forward: entity::CarryForward::None,
        };
        let more = NewAmendment {
            effective_on: house.worker.today(),
            reason: "The funder has more to give.".to_owned(),
            with_whom: "Bea, deed of variation".to_owned(),
            change: TermsChange {
                years: Some(vec![year]),
                ..TermsChange::default()
            },
        };
        awards::ops::amend(&house.db, &house.worker, first, None, &more)
            .await
            .unwrap();
        let further = adds(&house, pool).await.unwrap();
        assert!(further.target.is_empty() && further.came.lines.is_empty());
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (7_000, vec![7_000], 0));
    });
}

#[test]
fn what_moves_what_was_there_is_worked_out_with_every_line() {
    on_each(async |house| {
        let care = house.category("care").await;
        let homes = house.category("homes").await;
        let mut awards = Vec::new();
        for (reference, categories) in [("A", vec![care, homes]), ("B", vec![care])] {
            let given = Given {
                reference,
                amount: 9_000,
                window: (day(2026, 4, 1), day(2027, 3, 31)),
                categories: &categories,
                fence: None,
            };
            awards.push(house.given(given).await);
        }
        let both: Vec<_> = awards.iter().map(|award| (*award, 9_000)).collect();
        let pool = house.pool("p", &both).await;
        agreed(&house, pool, &awards).await;
        load(&house, "x", &[(5, 5_000, "care", "p")]).await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (5_000, vec![5_000], 0));
        // only the first may pay for homes: of what it paid for, the other pays a part
        load(&house, "y", &[(6, 6_000, "homes", "p")]).await;
        assert!(adds(&house, pool).await.is_none());
        assert_eq!(ran(&house).await, 1);
        let both = (11_000, vec![9_000, 2_000], 0);
        assert_eq!(sums(&house, pool).await, both);
        // a credit, and a line of a transaction that has one
        load(
            &house,
            "z",
            &[(7, 300, "care", "p"), (8, -100, "care", "p")],
        )
        .await;
        assert!(adds(&house, pool).await.is_none());
        assert_eq!(ran(&house).await, 1);
        load_of(&house, "zz", ("z", 2), &[(9, 50, "care", "p")]).await;
        assert!(adds(&house, pool).await.is_none());
        assert_eq!(ran(&house).await, 1);
        load(&house, "w", &[(9, 60, "care", "p")]).await;
        assert!(adds(&house, pool).await.is_some());
        assert_eq!(ran(&house).await, 1);
    });
}

/// By award what is attributed after all of these were loaded one after the other, and after they were loaded at once.
async fn both_ways(house: &House, rounds: &[Vec<(u32, i64, &'static str)>]) {
    let (pool, _) = optimal(house).await;
    for (n, round) in rounds.iter().enumerate() {
        let lines: Vec<_> = round
            .iter()
            .map(|(on, amount, category)| (*on, *amount, *category, "p"))
            .collect();
        load(house, &format!("round {n}"), &lines).await;
        // the check of the whole database works every line out again, by the proof
        assert_eq!(ran(house).await, 1);
    }
    let stepwise = sums(house, pool).await;
    // what is unfunded and what is used of each award does not hang on the way there
    let snapshot = house.db.snapshot().await.unwrap();
    let basis = store::basis(&snapshot, pool).await.unwrap();
    let at_once = super::rules::attribute(
        &basis.lines.lines,
        &basis.awards,
        &basis.policies,
        &super::rules::Shown::new(),
    );
    let mut by_award: BTreeMap<AwardId, i64> = BTreeMap::new();
    for part in &at_once {
        *by_award.entry(part.award).or_insert(0) += part.amount;
    }
    assert_eq!(stepwise.1, by_award.into_values().collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]
    #[test]
    fn it_comes_to_the_same_as_looking_at_every_line(
        rounds in prop::collection::vec(
            prop::collection::vec((1_u32..29, 1_i64..2_500, prop::sample::select(vec!["care", "beds"])), 1..4),
            2..6,
        )
    ) {
        on_each(async |house| both_ways(&house, &rounds).await);
    }
}
