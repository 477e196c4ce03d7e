//! What keeps an award from being used up, as those inside read it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::Money;

use super::stops::{Stop, of_award};
use super::tests::{load, ran};
use crate::spend::testing::{Given, House, day, on_each};

async fn award(
    house: &House,
    reference: &'static str,
    amount: i64,
    only: Option<entity::CostCategoryId>,
    beds: Option<entity::CostCategoryId>,
) -> entity::AwardId {
    let categories: Vec<_> = only.into_iter().chain(beds).collect();
    house
        .given(Given {
            reference,
            amount,
            window: (day(2026, 4, 1), day(2027, 3, 31)),
            categories: &categories,
            fence: beds.map(|beds| (4_000, 4_000, beds)),
        })
        .await
}

#[test]
fn who_pays_instead_what_is_kept_and_what_it_may_not_pay_is_told() {
    on_each(async |house| {
        let care = house.category("care").await;
        let beds = house.category("beds").await;
        house.category("events").await;
        let first = award(&house, "B", 5_000, None, None).await;
        let one = award(&house, "A", 10_000, Some(care), Some(beds)).await;
        let pool = house.pool("p", &[(first, 5_000), (one, 9_000)]).await;
        let (db, me) = (&house.db, &house.officer);
        let empty = of_award(db, me, one).await.unwrap();
        assert_eq!(empty.left_pence, Money(10_000));
        let kinds = |stops: &super::stops::Stops| -> Vec<(Stop, i64)> {
            let because = &stops.pools.first().unwrap().because;
            because
                .iter()
                .map(|one| (one.kind, one.amount_pence.pence()))
                .collect()
        };
        assert_eq!(kinds(&empty), [(Stop::NothingMore, 9_000)]);

        load(
            &house,
            "x",
            &[
                (5, 3_000, "care", "p"),
                (6, 1_000, "events", "p"),
                (7, 3_000, "care", "p"),
            ],
        )
        .await;
        ran(&house).await;
        let seen = of_award(db, me, one).await.unwrap();
        let sums = [
            seen.attributed_pence,
            seen.left_pence,
            seen.not_pooled_pence,
        ];
        assert_eq!(sums, [Money(2_000), Money(8_000), Money(1_000)]);
        assert_eq!(
            kinds(&seen),
            [(Stop::OtherPays, 4_000), (Stop::MayNotPay, 1_000)]
        );
        let kept: Vec<i64> = seen
            .kept
            .iter()
            .map(|one| one.amount_pence.pence())
            .collect();
        assert_eq!(kept, [4_000]);
        assert_eq!(seen.pools[0].pool_id, pool);

        // all that was put in is used: nothing else is to be said
        let other = of_award(db, me, first).await.unwrap();
        assert_eq!(kinds(&other), [(Stop::UsedUp, 5_000)]);
    });
}
