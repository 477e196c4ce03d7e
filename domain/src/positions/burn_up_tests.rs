#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{Money, Role};

use super::unspent_tests::promise;
use super::view::burn_up::{BurnUp, burn_up};
use super::view::{self, When};
use crate::attribution::tests::{load, ran};
use crate::forecasts::ops::{NewForecast, NewForecasts};
use crate::spend::testing::{day, on_each};
use crate::{Error, forecasts};

const NOW: When = When {
    as_of: None,
    known_at: None,
};

/// Month, with what is attributed, committed and expected by its end.
fn told(seen: &BurnUp, from: &str) -> Vec<(String, [Option<i64>; 3])> {
    seen.months
        .iter()
        .map(|of| {
            let sums = [
                of.attributed_so_far_pence,
                of.committed_so_far_pence,
                of.expected_so_far_pence,
            ];
            (
                of.month.format("%Y-%m").to_string(),
                sums.map(|sum| sum.map(Money::pence)),
            )
        })
        .filter(|(month, _)| month.as_str() >= from)
        .collect()
}

#[test]
fn an_award_burns_up_to_what_the_position_says() {
    on_each(async |house| {
        house.category("care").await;
        let a = house.award(house.funder, "A", 100).await;
        let pool = house.pool("p", &[(a, 6_000)]).await;
        house.pool("q", &[(a, 4_000)]).await;
        load(
            &house,
            "one",
            &[(2, 3_000, "care", "p"), (20, 500, "care", "q")],
        )
        .await;
        ran(&house).await;
        promise(&house, pool, &[(2026, 12, 1_000), (2027, 2, 500)]).await;
        ran(&house).await;
        let entries = [(1, 1_800), (3, 700)].map(|(month, pence)| NewForecast {
            month: day(2027, month, 1),
            category_id: None,
            capital: false,
            amount_pence: Some(Money(pence)),
        });
        let new = NewForecasts {
            entries: entries.to_vec(),
        };
        forecasts::ops::enter(&house.db, &house.officer, a, None, &new)
            .await
            .unwrap();
        let seen = burn_up(&house.db, &house.officer, a, NOW).await.unwrap();
        assert_eq!(seen.months.len(), 12, "April to March");
        let row = |month: &str, sums| (month.to_owned(), sums);
        // promised: December 10, February 5; of the forecast 8 of January and 2 of March stay beyond that
        assert_eq!(
            told(&seen, "2026-09"),
            [
                row("2026-09", [Some(0), None, None]),
                row("2026-10", [Some(3_500), None, None]),
                row("2026-11", [Some(3_500); 3]),
                row("2026-12", [None, Some(4_500), Some(4_500)]),
                row("2027-01", [None, Some(4_500), Some(5_300)]),
                row("2027-02", [None, Some(5_000), Some(5_800)]),
                row("2027-03", [None, Some(5_000), Some(6_000)]),
            ]
        );
        assert_eq!(seen.rest_pence, Money(4_000));
        let position = view::of_all(&house.db, &house.officer, NOW).await.unwrap();
        let figures = position.rows[0].figures;
        assert_eq!(Some(seen.attributed_pence), figures.attributed_pence);
        assert_eq!(seen.outstanding_pence, figures.outstanding_pence);
        assert_eq!(seen.not_committed_pence, figures.not_committed_pence);
        // on an earlier day nothing is expected
        let then = When {
            as_of: Some(day(2026, 10, 10)),
            known_at: None,
        };
        let seen = burn_up(&house.db, &house.officer, a, then).await.unwrap();
        assert_eq!(
            (seen.attributed_pence, seen.outstanding_pence),
            (Money(3_000), None)
        );
        assert_eq!(
            told(&seen, "2026-10")[..2],
            [
                row("2026-10", [Some(3_000), None, None]),
                row("2026-11", [None, None, None])
            ]
        );
        // its funder reads it, another does not know that it is there
        let theirs = house.somebody_of(Role::FundersOfficer, house.funder).await;
        assert!(burn_up(&house.db, &theirs, a, NOW).await.is_ok());
        let other = house.body("GB-GOR-F9", "Stranger").await;
        let other = house.somebody_of(Role::FundersOfficer, other).await;
        let refused = burn_up(&house.db, &other, a, NOW).await;
        assert!(matches!(refused, Err(Error::NotFound)));
    });
}
