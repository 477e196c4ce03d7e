//! An award that is suspended: spend incurred meanwhile is not paid for by it, and is again afterwards.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::Money;

use super::tests::{load, ran, sums};
use crate::Error;
use crate::spend::testing::{Given, House, day, on_each};
use crate::suspensions::ops::{self, NewResumption, NewSuspension};
use crate::suspensions::view::preview;

fn from(on: u32, pays_on: bool) -> NewSuspension {
    NewSuspension {
        from_on: day(2026, 10, on),
        why: "The funder waits for a report".to_owned(),
        told_by: "Bea, letter".to_owned(),
        pays_on,
    }
}

fn again(on: u32) -> NewResumption {
    NewResumption {
        resumed_on: day(2026, 10, on),
        why: "The report came".to_owned(),
        told_by: "Bea, letter".to_owned(),
    }
}

async fn award(house: &House, reference: &str, pence: i64) -> entity::AwardId {
    house
        .given(Given {
            reference,
            amount: pence,
            window: (day(2026, 10, 1), day(2026, 10, 31)),
            categories: &[],
            fence: None,
        })
        .await
}

#[test]
fn spend_incurred_while_it_is_suspended_is_not_paid_for() {
    on_each(async |house| {
        house.category("care").await;
        let (db, worker) = (&house.db, &house.worker);
        let first = award(&house, "A", 10_000).await;
        let second = award(&house, "B", 1_500).await;
        let pool = house.pool("p", &[(first, 10_000), (second, 1_500)]).await;
        load(
            &house,
            "x",
            &[
                (4, 1_000, "care", "p"),
                (5, 2_000, "care", "p"),
                (20, 3_000, "care", "p"),
            ],
        )
        .await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (6_000, vec![6_000], 0));

        // seen before it is made
        let new = from(5, false);
        let seen = preview(db, worker, first, &new).await.unwrap();
        assert_eq!(seen.pools[0].unfunded_after_pence, Money(3_500));
        assert_eq!((seen.open_returns, seen.sent_returns.len()), (0, 0));
        assert_eq!(ran(&house).await, 0);
        let id = ops::suspend(db, worker, first, None, &new).await.unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (6_000, vec![1_000, 1_500], 3_500));
        let seen = crate::awards::view::one(db, worker, first).await.unwrap();
        assert_eq!(seen.summary.suspended_from, Some(day(2026, 10, 5)));
        let twice = ops::suspend(db, worker, first, None, &from(6, false)).await;
        assert!(matches!(twice, Err(Error::Invalid(_))), "{twice:?}");

        // it goes on: what was incurred in between stays as it is
        let early = ops::resume(db, worker, first, id, None, &again(4)).await;
        assert!(matches!(early, Err(Error::Invalid(_))), "{early:?}");
        ops::resume(db, worker, first, id, None, &again(20))
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (6_000, vec![4_000, 1_500], 500));
        let seen = crate::awards::view::one(db, worker, first).await.unwrap();
        assert_eq!(seen.summary.suspended_from, None);
        let twice = ops::resume(db, worker, first, id, None, &again(21)).await;
        assert!(matches!(twice, Err(Error::Refused { .. })), "{twice:?}");

        // one that was agreed to pay on stops nothing
        ops::suspend(db, worker, first, None, &from(20, true))
            .await
            .unwrap();
        ran(&house).await;
        assert_eq!(sums(&house, pool).await, (6_000, vec![4_000, 1_500], 500));
    });
}

#[test]
fn two_who_suspend_it_at_once_leave_one_suspension() {
    on_each(async |house| {
        let (db, worker) = (&house.db, &house.worker);
        let id = award(&house, "A", 1_000).await;
        let (new, other) = (from(5, false), from(7, false));
        let (one, two) = tokio::join!(
            ops::suspend(db, worker, id, None, &new),
            ops::suspend(db, worker, id, None, &other),
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert_eq!(super::tests::wrong(&house).await, Vec::<String>::new());
    });
}
