//! Money that is moved between fences: what is attributed follows, and no two moves pass for one.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{AwardId, CostCategoryId, FenceId, Money, VirementBase, VirementEventKind as Fact};

use super::tests::{load, ran, sums};
use crate::Error;
use crate::awards::ops::{self as awards, NewAmendment, NewFence};
use crate::awards::rules::further::VirementTerms;
use crate::awards::rules::terms::TermsChange;
use crate::spend::testing::{House, day, on_each};
use crate::virements::ops::{self, NewVirement, NewVirementFact};
use crate::virements::rules::VirementState as State;
use crate::virements::view;

fn fence(
    slug: &str,
    reserved: Option<i64>,
    limit: Option<i64>,
    category: CostCategoryId,
) -> NewFence {
    NewFence {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        parent: None,
        reserved_pence: reserved.map(Money),
        limit_pence: limit.map(Money),
        category_ids: vec![category],
    }
}

/// An award of 10,000 with two fences, of which a tenth may be moved without asking.
async fn award(house: &House, reference: &str, fences: Vec<NewFence>) -> (AwardId, Vec<FenceId>) {
    let (db, worker) = (&house.db, &house.worker);
    let mut new = house.new_award(house.funder, reference, 1);
    new.amount_pence = Money(10_000);
    (new.starts_on, new.ends_on) = (day(2026, 10, 1), day(2026, 10, 31));
    new.fences = fences;
    let id = awards::create(db, worker, &new).await.unwrap();
    let tolerated = NewAmendment {
        effective_on: new.starts_on,
        reason: "As the letter says".to_owned(),
        with_whom: "Bea".to_owned(),
        change: TermsChange {
            virement: Some(VirementTerms {
                share_bp: Some(1_000),
                of: VirementBase::Award,
                source: "Letter, paragraph 9".to_owned(),
            }),
            ..TermsChange::default()
        },
    };
    awards::amend(db, worker, id, None, &tolerated)
        .await
        .unwrap();
    let seen = crate::awards::view::one(db, worker, id).await.unwrap();
    (id, seen.fences.iter().map(|fence| fence.id).collect())
}

fn move_it(from: FenceId, to: FenceId, pence: i64) -> NewVirement {
    NewVirement {
        from_fence_id: from,
        to_fence_id: to,
        amount_pence: Money(pence),
        moved_on: day(2026, 11, 1),
        reason: "More care than we thought".to_owned(),
    }
}

fn fact(kind: Fact) -> NewVirementFact {
    NewVirementFact {
        kind,
        happened_on: day(2026, 11, 2),
        with_whom: "Bea".to_owned(),
        reference: "Her e-mail".to_owned(),
    }
}

#[test]
fn what_is_attributed_follows_the_money_and_waits_for_consent_above_the_tolerance() {
    on_each(async |house| {
        let (db, worker) = (&house.db, &house.worker);
        let care = house.category("care").await;
        let food = house.category("food").await;
        let fences = vec![
            fence("care", Some(4_000), Some(4_000), care),
            fence("food", None, Some(3_000), food),
        ];
        let (id, parts) = award(&house, "A", fences).await;
        let pool = house.pool("p", &[(id, 10_000)]).await;
        load(
            &house,
            "x",
            &[(5, 6_000, "care", "p"), (6, 1_000, "food", "p")],
        )
        .await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (7_000, vec![5_000], 2_000));

        // seen before it is made
        let within = move_it(parts[1], parts[0], 1_000);
        let seen = view::preview(db, worker, id, &within).await.unwrap();
        assert!(!seen.needs_consent);
        assert_eq!(seen.held_against.tolerance_pence, Money(1_000));
        let held: Vec<_> = seen
            .fences
            .iter()
            .map(|one| (one.reserved_after_pence, one.limit_after_pence))
            .collect();
        assert_eq!(
            held,
            [
                (Some(Money(5_000)), Some(Money(5_000))),
                (None, Some(Money(2_000)))
            ]
        );
        assert_eq!(
            (
                seen.pools[0].unfunded_before_pence,
                seen.pools[0].unfunded_after_pence
            ),
            (Money(2_000), Money(1_000))
        );
        assert_eq!(ran(&house).await, 0);

        // made: within the tolerance it takes effect, and spend is attributed again
        ops::record(db, worker, id, None, &within).await.unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (7_000, vec![6_000], 1_000));

        // above it it waits and changes nothing
        let more = move_it(parts[1], parts[0], 500);
        let waits = ops::record(db, worker, id, None, &more).await.unwrap();
        assert_eq!(ran(&house).await, 0);
        let seen = view::of_award(db, worker, id).await.unwrap();
        assert_eq!(
            (
                seen.moved_pence,
                seen.without_asking_pence,
                seen.waiting_pence
            ),
            (Money(1_000), Money(1_000), Money(500))
        );
        assert_eq!(seen.tolerances[0].left_pence, Money(0));
        ops::settle(db, worker, id, waits, &fact(Fact::Asked))
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 0);
        ops::settle(db, worker, id, waits, &fact(Fact::Given))
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (7_000, vec![6_500], 500));
        let again = ops::settle(db, worker, id, waits, &fact(Fact::Given)).await;
        assert!(matches!(again, Err(Error::Refused { .. })), "{again:?}");
        // what was consented to does not count against the tolerance
        let seen = view::of_award(db, worker, id).await.unwrap();
        assert_eq!(
            (seen.moved_pence, seen.without_asking_pence),
            (Money(1_500), Money(1_000))
        );

        // moved back below what is attributed: said before, and attributed again
        let back = move_it(parts[0], parts[1], 2_500);
        let seen = view::preview(db, worker, id, &back).await.unwrap();
        assert_eq!(seen.fences[0].over_pence, Money(2_500));
        let waits = ops::record(db, worker, id, None, &back).await.unwrap();
        ops::settle(db, worker, id, waits, &fact(Fact::Given))
            .await
            .unwrap();
        assert_eq!(super::tests::wrong(&house).await, Vec::<String>::new());
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (7_000, vec![4_000], 3_000));
        let refused = ops::record(db, worker, id, None, &more).await.unwrap();
        ops::settle(db, worker, id, refused, &fact(Fact::Refused))
            .await
            .unwrap();
        let seen = view::of_award(db, worker, id).await.unwrap();
        let states: Vec<State> = seen.items.iter().map(|one| one.state).collect();
        assert_eq!(
            states,
            [State::Refused, State::Made, State::Made, State::Made]
        );
        assert_eq!(ran(&house).await, 0);
    });
}

#[test]
fn reserves_and_caps_still_hold_after_money_is_moved() {
    on_each(async |house| {
        let (db, worker) = (&house.db, &house.worker);
        let care = house.category("care").await;
        let food = house.category("food").await;
        let fences = vec![
            fence("care", Some(6_000), None, care),
            fence("food", None, Some(5_000), food),
        ];
        let (id, parts) = award(&house, "A", fences).await;
        let told = async |new: NewVirement| match ops::record(db, worker, id, None, &new).await {
            Err(Error::Invalid(found)) => format!("{} {}", found[0].pointer, found[0].code),
            other => format!("{other:?}"),
        };
        // more would be reserved than the award holds
        assert_eq!(
            told(move_it(parts[1], parts[0], 4_500)).await,
            "/amount_pence more-than-the-award"
        );
        assert_eq!(
            told(move_it(parts[0], parts[1], 6_001)).await,
            "/amount_pence more-than-there"
        );
        assert_eq!(
            told(move_it(parts[0], parts[0], 1)).await,
            "/to_fence_id the-same"
        );
        assert_eq!(
            told(move_it(parts[0], FenceId::new(), 1)).await,
            "/to_fence_id unknown"
        );
        assert_eq!(
            told(move_it(parts[0], parts[1], 0)).await,
            "/amount_pence out-of-range"
        );
        let mut early = move_it(parts[0], parts[1], 1);
        early.moved_on = day(2027, 1, 1);
        assert_eq!(told(early).await, "/moved_on not-yet");
        let seen = view::of_award(db, worker, id).await.unwrap();
        assert_eq!(seen.items, []);
        // what two were asked for may no longer fit when the second is consented to
        let asked = async |pence: i64| {
            let new = move_it(parts[0], parts[1], pence);
            ops::record(db, worker, id, None, &new).await.unwrap()
        };
        let (one, other) = (asked(4_000).await, asked(3_000).await);
        ops::settle(db, worker, id, one, &fact(Fact::Given))
            .await
            .unwrap();
        let late = ops::settle(db, worker, id, other, &fact(Fact::Given)).await;
        assert!(matches!(late, Err(Error::Refused { .. })), "{late:?}");
        assert_eq!(super::tests::wrong(&house).await, Vec::<String>::new());
    });
}

#[test]
fn two_moves_at_once_do_not_both_pass_for_what_is_tolerated_once() {
    on_each(async |house| {
        let (db, worker) = (&house.db, &house.worker);
        let care = house.category("care").await;
        let food = house.category("food").await;
        let fences = vec![
            fence("care", None, Some(4_000), care),
            fence("food", None, Some(4_000), food),
        ];
        let (id, parts) = award(&house, "A", fences).await;
        let (there, back) = (
            move_it(parts[0], parts[1], 600),
            move_it(parts[1], parts[0], 700),
        );
        let (one, other) = tokio::join!(
            ops::record(db, worker, id, None, &there),
            ops::record(db, worker, id, None, &back),
        );
        one.unwrap();
        other.unwrap();
        let seen = view::of_award(db, worker, id).await.unwrap();
        let made = seen
            .items
            .iter()
            .filter(|one| one.state == State::Made)
            .count();
        assert_eq!((seen.items.len(), made), (2, 1));
        assert!(seen.without_asking_pence <= Money(1_000));
        // and whoever saw what stood before is told that it does not any more
        let stale = ops::record(db, worker, id, Some(2), &there).await;
        assert!(matches!(stale, Err(Error::Stale)), "{stale:?}");
        assert_eq!(super::tests::wrong(&house).await, Vec::<String>::new());
    });
}
