//! Runs that wait for a person, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{AttributionRunId, AwardId, Money, PoolId, RunsTakeEffect};

use super::ops::{NewRunRule, SettingAside, apply, choose, set_aside};
use super::view::{self, RunStanding};
use crate::Error;
use crate::attribution::tests::{load, ran, sums, wrong};
use crate::spend::testing::{Given, House, day, on_each};

fn says(runs: RunsTakeEffect) -> NewRunRule {
    NewRunRule {
        runs,
        agreed_by: "Finance committee, minute 3".to_owned(),
        reason: "Funders were told what stands.".to_owned(),
    }
}

fn why() -> SettingAside {
    SettingAside {
        reason: "The ledger is being corrected.".to_owned(),
    }
}

/// A pool whose first award has room for one of the lines, and whose second has the rest.
async fn pool(house: &House, runs: RunsTakeEffect) -> (PoolId, [AwardId; 2]) {
    let care = house.category("care").await;
    let mut awards = [AwardId::default(); 2];
    for (award, (reference, amount)) in awards.iter_mut().zip([("A", 10_000), ("B", 5_000)]) {
        *award = house
            .given(Given {
                reference,
                amount,
                window: (day(2026, 4, 1), day(2027, 3, 31)),
                categories: &[care],
                fence: None,
            })
            .await;
    }
    let pool = house
        .pool("p", &[(awards[0], 10_000), (awards[1], 5_000)])
        .await;
    choose(&house.db, &house.officer, pool, None, &says(runs))
        .await
        .unwrap();
    (pool, awards)
}

async fn runs(house: &House, pool: PoolId) -> Vec<(AttributionRunId, RunStanding)> {
    let found = view::runs(&house.db, &house.officer, pool, None, 50)
        .await
        .unwrap();
    found
        .items
        .iter()
        .map(|run| (run.id, run.standing))
        .collect()
}

/// The run that waits.
async fn waits(house: &House, pool: PoolId) -> AttributionRunId {
    let (id, standing) = runs(house, pool).await[0];
    assert_eq!(standing, RunStanding::Waits);
    let todo = view::waiting(&house.db, &house.officer).await.unwrap();
    assert_eq!(todo.iter().map(|run| run.id).collect::<Vec<_>>(), [id]);
    id
}

fn rule_of(error: &Error) -> &'static str {
    match error {
        Error::Refused { rule, .. } => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_moves_money_already_shown_waits_and_takes_effect_as_it_was_shown() {
    on_each(async |house| {
        let (pool, [first, second]) = pool(&house, RunsTakeEffect::UnlessSomethingMoves).await;
        // what is new takes nothing from anybody
        load(&house, "x", &[(10, 8_000, "care", "p")]).await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (8_000, vec![8_000], 0));

        // an earlier line comes later: in its turn it takes the first award's room
        load(&house, "y", &[(1, 7_000, "care", "p")]).await;
        assert_eq!(ran(&house).await, 0);
        let run = waits(&house, pool).await;
        assert_eq!(sums(&house, pool).await, (15_000, vec![8_000], 7_000));
        // nothing is worked out again while nothing changes
        assert_eq!(ran(&house).await, 0);
        assert_eq!(waits(&house, pool).await, run);

        let (db, me) = (&house.db, &house.officer);
        let seen = view::one(db, me, pool, run).await.unwrap();
        let effect = seen.effect.as_ref().unwrap();
        let sides: Vec<(AwardId, i64, i64)> = effect
            .awards
            .iter()
            .map(|award| {
                let (before, after) = (award.before_pence.pence(), award.after_pence.pence());
                (award.award_id, before, after)
            })
            .collect();
        assert_eq!(sides, [(first, 8_000, 10_000), (second, 0, 5_000)]);
        assert_eq!(
            (effect.unfunded_before_pence, effect.unfunded_after_pence),
            (Money(7_000), Money(0))
        );
        assert_eq!((seen.lines_changed, seen.lines_moved), (2, 1));
        let taken = seen.run.proposal.as_ref().unwrap().taken_pence;
        assert_eq!(taken, Money(5_000));
        let moved = view::moved(db, me, (pool, run), None, 50).await.unwrap();
        let [line] = moved.items.as_slice() else {
            panic!("{moved:?}")
        };
        assert_eq!(line.incurred_on, day(2026, 10, 10));
        let changes: Vec<(AwardId, i64)> = line
            .changes
            .iter()
            .map(|change| (change.award_id, change.change_pence.pence()))
            .collect();
        assert_eq!(changes, [(first, -5_000), (second, 5_000)]);
        assert_eq!(moved.next, None);

        apply(db, me, pool, run).await.unwrap();
        let again = apply(db, me, pool, run).await.unwrap_err();
        assert_eq!(rule_of(&again), "decided-already");
        assert_eq!(runs(&house, pool).await[0], (run, RunStanding::Applied));
        assert_eq!(ran(&house).await, 1);
        assert_eq!(runs(&house, pool).await[0], (run, RunStanding::TookEffect));
        assert_eq!(sums(&house, pool).await, (15_000, vec![10_000, 5_000], 0));
        // looked at afterwards, it says the same
        let then = view::one(db, me, pool, run).await.unwrap();
        assert_eq!(then.effect, seen.effect);
    });
}

#[test]
fn what_was_set_aside_stays_so_until_something_changes_or_somebody_applies_it() {
    on_each(async |house| {
        let (pool, _) = pool(&house, RunsTakeEffect::WhenApplied).await;
        let (db, me) = (&house.db, &house.officer);
        load(&house, "x", &[(10, 8_000, "care", "p")]).await;
        assert_eq!(ran(&house).await, 0);
        let first = waits(&house, pool).await;
        let empty = SettingAside {
            reason: " ".to_owned(),
        };
        assert!(matches!(
            set_aside(db, me, pool, first, &empty).await,
            Err(Error::Invalid(_))
        ));
        set_aside(db, me, pool, first, &why()).await.unwrap();
        let again = set_aside(db, me, pool, first, &why()).await.unwrap_err();
        assert_eq!(rule_of(&again), "decided-already");
        assert_eq!(ran(&house).await, 0);
        assert_eq!(runs(&house, pool).await, [(first, RunStanding::SetAside)]);
        assert_eq!(sums(&house, pool).await, (8_000, vec![], 8_000));

        // new spend: another takes its place, and the older one cannot be applied any more
        load(&house, "y", &[(11, 1_000, "care", "p")]).await;
        assert_eq!(ran(&house).await, 0);
        let second = waits(&house, pool).await;
        assert_eq!(runs(&house, pool).await[1], (first, RunStanding::Overtaken));
        let late = apply(db, me, pool, first).await.unwrap_err();
        assert_eq!(rule_of(&late), "overtaken");
        let overtaken = view::one(db, me, pool, first).await.unwrap();
        assert!(overtaken.effect.is_none());

        // set aside by mistake: it may be applied after all
        set_aside(db, me, pool, second, &why()).await.unwrap();
        apply(db, me, pool, second).await.unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (9_000, vec![9_000], 0));
    });
}

#[test]
fn what_was_applied_does_not_take_effect_otherwise_than_it_was_shown() {
    on_each(async |house| {
        let (pool, _) = pool(&house, RunsTakeEffect::WhenApplied).await;
        let (db, me) = (&house.db, &house.officer);
        load(&house, "x", &[(10, 8_000, "care", "p")]).await;
        assert_eq!(ran(&house).await, 0);
        let seen = waits(&house, pool).await;
        apply(db, me, pool, seen).await.unwrap();
        // before the worker comes, more spend does
        load(&house, "y", &[(1, 6_000, "care", "p")]).await;
        assert_eq!(ran(&house).await, 0);
        let newer = waits(&house, pool).await;
        assert_ne!(seen, newer);
        assert_eq!(sums(&house, pool).await, (14_000, vec![], 14_000));

        // what need not wait any more takes effect
        choose(db, me, pool, None, &says(RunsTakeEffect::ByThemselves))
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (14_000, vec![10_000, 4_000], 0));
        assert_eq!(runs(&house, pool).await[0].1, RunStanding::TookEffect);
        let said = view::rules(db, me, pool).await.unwrap();
        assert_eq!(
            said.iter().map(|one| one.runs).collect::<Vec<_>>(),
            [RunsTakeEffect::ByThemselves, RunsTakeEffect::WhenApplied]
        );
        assert_eq!(wrong(&house).await, Vec::<String>::new());
    });
}

#[test]
fn of_two_who_decide_at_once_one_is_told() {
    on_each(async |house| {
        let (pool, _) = pool(&house, RunsTakeEffect::WhenApplied).await;
        let (db, me) = (&house.db, &house.officer);
        load(&house, "x", &[(10, 8_000, "care", "p")]).await;
        assert_eq!(ran(&house).await, 0);
        let run = waits(&house, pool).await;
        let (one, other) = tokio::join!(apply(db, me, pool, run), apply(db, me, pool, run));
        let refused: Vec<&'static str> = [one, other]
            .iter()
            .filter_map(|done| done.as_ref().err().map(rule_of))
            .collect();
        assert_eq!(refused, ["decided-already"]);
        // a pool does not answer for another's run, nor a run for what is not there
        let elsewhere = apply(db, me, PoolId::new(), run).await;
        assert!(matches!(elsewhere, Err(Error::NotFound)));
        let nowhere = view::one(db, me, pool, AttributionRunId::new()).await;
        assert!(matches!(nowhere, Err(Error::NotFound)));
    });
}
