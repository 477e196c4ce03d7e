#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{Money, Role};

use super::unspent_tests::promise;
use super::view::quarters::{Quarters, QuartersFilter, quarters};
use super::view::{self, When};
use crate::attribution::tests::{load, ran, wrong};
use crate::forecasts::ops::{NewForecast, NewForecasts};
use crate::spend::testing::{House, day, on_each};
use crate::{Ctx, Error, awards, forecasts};

const NOW: When = When {
    as_of: None,
    known_at: None,
};

async fn told(house: &House, who: &Ctx, filter: QuartersFilter, when: When) -> Quarters {
    quarters(&house.db, who, filter, when).await.unwrap()
}

/// Quarter; attributed revenue and capital; not covered; promised and not covered; forecast revenue and capital.
fn rows(seen: &Quarters) -> Vec<(String, [Option<i64>; 7])> {
    seen.rows
        .iter()
        .map(|row| {
            let of = row.figures;
            let figures = [
                Some(of.attributed_revenue_pence),
                Some(of.attributed_capital_pence),
                of.unfunded_pence,
                of.outstanding_pence,
                of.outstanding_unfunded_pence,
                of.forecast_revenue_pence,
                of.forecast_capital_pence,
            ];
            (
                row.of_year.clone(),
                figures.map(|sum| sum.map(Money::pence)),
            )
        })
        .collect()
}

#[test]
fn the_quarters_come_to_the_position_to_the_penny() {
    on_each(async |house| {
        house.category("care").await;
        let funder_b = house.body("GB-GOR-F2", "Funder B").await;
        let mut new = house.new_award(house.funder, "A", 1);
        new.amount_pence = Money(9_000);
        let a = awards::ops::create(&house.db, &house.worker, &new)
            .await
            .unwrap();
        let b = house.award(funder_b, "B", 100).await;
        let pool = house.pool("p", &[(a, 9_000), (b, 4_000)]).await;
        house.pool("q", &[(b, 6_000)]).await;
        load(
            &house,
            "one",
            &[
                (2, 8_000, "care", "p"),
                (20, 6_000, "care", "p"),
                (21, 200, "care", "q"),
            ],
        )
        .await;
        ran(&house).await;
        promise(&house, pool, &[(2026, 12, 500), (2027, 2, 700)]).await;
        ran(&house).await;
        let entries =
            [(12, false, 900), (12, true, 300)].map(|(month, capital, pence)| NewForecast {
                month: day(2026, month, 1),
                category_id: None,
                capital,
                amount_pence: Some(Money(pence)),
            });
        let new = NewForecasts {
            entries: entries.to_vec(),
        };
        forecasts::ops::enter(&house.db, &house.officer, a, None, &new)
            .await
            .unwrap();
        let of_pool = QuartersFilter {
            pool: Some(pool),
            award: None,
        };
        let seen = told(&house, &house.officer, of_pool, NOW).await;
        // both are used up: 10 of spend is not covered, nor is what is promised
        let third = [13_000, 0, 1_000, 0, 500, 900, 300].map(Some);
        let fourth = [0, 0, 0, 0, 700, 0, 0].map(Some);
        assert_eq!(
            rows(&seen),
            [
                ("quarter 3 of 2026-27".to_owned(), third),
                ("quarter 4 of 2026-27".to_owned(), fourth)
            ]
        );
        assert_eq!(seen.rows[0].quarter, "October to December 2026");
        assert_eq!(seen.forecast_left_out, [b]);
        let september = When {
            as_of: Some(day(2026, 10, 10)),
            known_at: None,
        };
        // of a pool and of all, today and on an earlier day: the sums are the position's
        for (filter, when) in [
            (of_pool, NOW),
            (of_pool, september),
            (QuartersFilter::default(), NOW),
            (QuartersFilter::default(), september),
        ] {
            let seen = told(&house, &house.officer, filter, when).await;
            let position = match filter.pool {
                Some(id) => view::of_pool(&house.db, &house.officer, id, when).await,
                None => view::of_all(&house.db, &house.officer, when).await,
            }
            .unwrap();
            let of = seen.together;
            let attributed = of
                .attributed_revenue_pence
                .plus(of.attributed_capital_pence);
            assert_eq!(attributed, position.together.attributed_pence);
            assert_eq!(of.unfunded_pence, position.unfunded_pence);
            assert_eq!(of.outstanding_pence, position.together.outstanding_pence);
            assert_eq!(
                of.outstanding_unfunded_pence,
                position.outstanding_unfunded_pence
            );
            let known = position
                .rows
                .iter()
                .filter_map(|row| row.figures.not_committed_pence);
            let forecast = of
                .forecast_revenue_pence
                .zip(of.forecast_capital_pence)
                .and_then(|(revenue, capital)| revenue.plus(capital));
            assert_eq!(forecast.unwrap_or_default(), Money::sum(known).unwrap());
        }
        // one award alone; an award that is not behind the pool is none
        let of_a = QuartersFilter {
            pool: Some(pool),
            award: Some(a),
        };
        let seen = told(&house, &house.officer, of_a, NOW).await;
        let only = [
            Some(9_000),
            Some(0),
            None,
            Some(0),
            None,
            Some(900),
            Some(300),
        ];
        assert_eq!(rows(&seen), [("quarter 3 of 2026-27".to_owned(), only)]);
        let strange = QuartersFilter {
            award: Some(house.award(funder_b, "C", 1).await),
            ..of_pool
        };
        let refused = quarters(&house.db, &house.officer, strange, NOW).await;
        assert!(matches!(refused, Err(Error::NotFound)));
        // a funder's officer: their own awards, without what nobody pays for
        let of_b = house.somebody_of(Role::FundersOfficer, funder_b).await;
        let seen = told(&house, &of_b, of_pool, NOW).await;
        assert_eq!(
            (seen.awards.len(), seen.together.attributed_revenue_pence),
            (1, Money(4_000))
        );
        assert_eq!(
            (
                seen.together.unfunded_pence,
                seen.together.outstanding_unfunded_pence
            ),
            (None, None)
        );
        for filter in [of_a, QuartersFilter::default()] {
            let refused = quarters(&house.db, &of_b, filter, NOW).await;
            assert!(matches!(
                refused,
                Err(Error::NotFound | Error::NotAllowed(_))
            ));
        }
        assert_eq!(wrong(&house).await, Vec::<String>::new());
    });
}
