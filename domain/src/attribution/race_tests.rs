//! Fifty that race for the last pound of a cap: one has it, and nothing is paid twice.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::spend_line;
use futures_util::future::join_all;
use sea_orm::{EntityTrait, QueryOrder};

use super::ops;
use super::tests::{load, ran, sums};
use crate::pins::ops::{NewPin, pin};
use crate::spend::testing::{Given, House, day, on_each};
use crate::{Error, Money};

const RACERS: usize = 50;

async fn award(
    house: &House,
    amount: i64,
    fence: Option<(i64, i64, entity::CostCategoryId)>,
) -> entity::AwardId {
    house
        .given(Given {
            reference: "A",
            amount,
            window: (day(2026, 4, 1), day(2027, 3, 31)),
            categories: &[],
            fence,
        })
        .await
}

#[test]
fn fifty_workers_that_attribute_ten_pools_at_once_give_the_last_pound_once() {
    on_each(async |house| {
        let care = house.category("care").await;
        // of an award behind ten pools, care may take a pound in all
        let one = award(&house, 10_00, Some((0, 1_00, care))).await;
        let slugs: Vec<String> = (0..10).map(|n| format!("p{n}")).collect();
        let mut pools = Vec::new();
        for slug in &slugs {
            pools.push(house.pool(slug, &[(one, 1_00)]).await);
        }
        let lines: Vec<(u32, i64, &str, &str)> = slugs
            .iter()
            .map(|slug| (3, 1_00, "care", slug.as_str()))
            .collect();
        load(&house, "x", &lines).await;
        let racing = (0..RACERS).map(|_| ops::run_due(&house.db, &house.worker));
        let took: u32 = join_all(racing)
            .await
            .into_iter()
            .map(|done| done.unwrap())
            .sum();
        assert!(took >= 10, "{took}");
        ran(&house).await;
        assert_eq!(ran(&house).await, 0, "all is settled");
        let (mut paid, mut open) = (0, 0);
        for pool in pools {
            let (_, by, unfunded) = sums(&house, pool).await;
            paid += by.iter().sum::<i64>();
            open += unfunded;
        }
        assert_eq!((paid, open), (1_00, 9_00));
    });
}

#[test]
fn fifty_people_who_pin_the_last_pound_at_once_are_told_that_one_had_it() {
    on_each(async |house| {
        house.category("care").await;
        let one = award(&house, 1_00, None).await;
        let pool = house.pool("p", &[(one, 1_00)]).await;
        load(&house, "x", &[(3, 1_00, "care", "p"); RACERS]).await;
        ran(&house).await;
        let lines = spend_line::Entity::find()
            .order_by_asc(spend_line::Column::Id)
            .all(house.db.read())
            .await
            .unwrap();
        assert_eq!(lines.len(), RACERS);
        let (db, officer) = (&house.db, &house.officer);
        let racing = lines.iter().map(async |line| {
            let new = NewPin {
                award_id: one,
                amount_pence: Money(1_00),
                why: "Agreed.".to_owned(),
            };
            pin(db, officer, line.id, &new).await
        });
        let (had_it, told): (Vec<_>, Vec<_>) = join_all(racing)
            .await
            .into_iter()
            .partition(|done| done.is_ok());
        assert_eq!((had_it.len(), told.len()), (1, RACERS - 1));
        for refused in told {
            let Err(Error::Invalid(wrong)) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(wrong[0].code, "more-than-the-award");
        }
        ran(&house).await;
        assert_eq!(sums(&house, pool).await, (50_00, vec![1_00], 49_00));
    });
}
