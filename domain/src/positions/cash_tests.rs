#![allow(clippy::unwrap_used, clippy::expect_used)]

use chrono::{DateTime, Utc};
use entity::{AwardId, AwardMoneyKind as Kind, Money, PoolId, Role};

use super::unspent_tests::promise;
use super::view::When;
use super::view::cash::{Cash, cash};
use crate::attribution::tests::{load, ran};
use crate::forecasts::ops::{NewForecast, NewForecasts};
use crate::payments::ops::{NewMoney, NewPayment, NewPayments};
use crate::spend::testing::{House, day, on_each};
use crate::{Error, forecasts, payments};

const NOW: When = When {
    as_of: None,
    known_at: None,
};

async fn got(house: &House, award: AwardId, kind: Kind, on: (u32, u32), pence: i64) {
    let new = NewMoney {
        kind,
        happened_on: day(2026, on.0, on.1),
        amount_pence: Money(pence),
        ledger_reference: format!("GL {}/{}", on.0, on.1),
        payment_id: None,
        note: String::new(),
    };
    payments::ops::record(&house.db, &house.officer, award, &new)
        .await
        .unwrap();
}

async fn schedule(house: &House, award: AwardId, payments: &[(i32, u32, i64)]) {
    let new = NewPayments {
        payments: payments
            .iter()
            .map(|(year, month, pence)| NewPayment {
                due_on: day(*year, *month, 15),
                amount_pence: Money(*pence),
                note: String::new(),
            })
            .collect(),
    };
    payments::ops::schedule(&house.db, &house.officer, award, &new)
        .await
        .unwrap();
}

/// Month, received, expected, spent, due, forecast, held.
fn told(cash: &Cash) -> Vec<(String, [i64; 6])> {
    cash.months
        .iter()
        .map(|of| {
            let amounts = [
                of.received_pence,
                of.expected_pence,
                of.spent_pence,
                of.due_pence,
                of.not_committed_pence,
                of.balance_pence,
            ];
            (
                of.month.format("%Y-%m").to_string(),
                amounts.map(Money::pence),
            )
        })
        .collect()
}

async fn of(house: &House, pool: Option<PoolId>, when: When) -> Cash {
    cash(&house.db, &house.officer, pool, when).await.unwrap()
}

#[test]
fn the_cash_runs_on_by_month_and_says_when_it_is_lowest() {
    on_each(async |house| {
        house.category("care").await;
        let a = house.award(house.funder, "A", 200).await;
        let pool = house.pool("p", &[(a, 20_000)]).await;
        load(
            &house,
            "one",
            &[(2, 3_000, "care", "p"), (20, 500, "care", "p")],
        )
        .await;
        ran(&house).await;
        let before: DateTime<Utc> = house.worker.now();
        house.clock.set("2026-11-09T09:30:00Z".parse().unwrap());
        // 60 came in September, 10 of it was sent back; 20 was due in October and is late; 100 comes in March
        got(&house, a, Kind::Receipt, (9, 10), 6_000).await;
        got(&house, a, Kind::Repayment, (10, 5), 1_000).await;
        got(&house, a, Kind::Claim, (11, 1), 3_000).await;
        schedule(
            &house,
            a,
            &[(2026, 9, 6_000), (2026, 10, 2_000), (2027, 3, 10_000)],
        )
        .await;
        promise(&house, pool, &[(2026, 12, 2_500)]).await;
        ran(&house).await;
        let new = NewForecasts {
            entries: vec![NewForecast {
                month: day(2027, 1, 1),
                category_id: None,
                capital: false,
                amount_pence: Some(Money(1_500)),
            }],
        };
        forecasts::ops::enter(&house.db, &house.officer, a, None, &new)
            .await
            .unwrap();
        let seen = of(&house, Some(pool), NOW).await;
        let month = |name: &str, sums: [i64; 6]| (name.to_owned(), sums);
        // the forecast of January is what is promised for December: nothing is expected twice
        assert_eq!(
            told(&seen),
            [
                month("2026-09", [6_000, 0, 0, 0, 0, 6_000]),
                month("2026-10", [-1_000, 0, 3_500, 0, 0, 1_500]),
                month("2026-11", [0, 2_000, 0, 0, 0, 3_500]),
                month("2026-12", [0, 0, 0, 2_500, 0, 1_000]),
                month("2027-01", [0, 0, 0, 0, 0, 1_000]),
                month("2027-02", [0, 0, 0, 0, 0, 1_000]),
                month("2027-03", [0, 10_000, 0, 0, 0, 11_000]),
            ]
        );
        assert_eq!(
            (seen.held_pence, seen.lowest_month, seen.lowest_pence),
            (Money(1_500), Some(day(2026, 12, 1)), Some(Money(1_000)))
        );
        assert_eq!(
            (seen.opening_pence, seen.claimed_pence),
            (Money(0), Some(Money(1_000)))
        );
        let award = &seen.awards[0];
        assert_eq!(
            (award.received_pence, award.attributed_pence),
            (Money(5_000), Money(3_500))
        );
        assert_eq!(
            (award.ahead_pence, award.owed_to_us_pence),
            (Money(1_500), Money(0))
        );
        // all pools together are this one
        let all = of(&house, None, NOW).await;
        assert_eq!((told(&all), all.held_pence), (told(&seen), seen.held_pence));
        // as of a day in September nothing was spent; as it was known before, nothing had come
        let then = When {
            as_of: Some(day(2026, 9, 30)),
            known_at: None,
        };
        let seen = of(&house, Some(pool), then).await;
        assert_eq!(told(&seen), [month("2026-09", [6_000, 0, 0, 0, 0, 6_000])]);
        assert_eq!((seen.lowest_month, seen.claimed_pence), (None, None));
        let known = When {
            as_of: None,
            known_at: Some(before),
        };
        let seen = of(&house, Some(pool), known).await;
        assert_eq!(
            (seen.held_pence, seen.awards[0].owed_to_us_pence),
            (Money(-3_500), Money(3_500))
        );
    });
}

#[test]
fn of_a_pool_only_awards_count_that_are_wholly_its_own() {
    on_each(async |house| {
        house.category("care").await;
        let a = house.award(house.funder, "A", 20).await;
        let b = house.award(house.funder, "B", 100).await;
        let pool = house.pool("p", &[(a, 2_000), (b, 4_000)]).await;
        house.pool("q", &[(b, 6_000)]).await;
        load(
            &house,
            "one",
            &[(2, 2_700, "care", "p"), (3, 400, "care", "q")],
        )
        .await;
        ran(&house).await;
        got(&house, a, Kind::Receipt, (9, 10), 2_000).await;
        got(&house, b, Kind::Receipt, (9, 10), 9_000).await;
        promise(&house, pool, &[(2026, 12, 2_500)]).await;
        ran(&house).await;
        let seen = of(&house, Some(pool), NOW).await;
        // A paid 20 of the 27; what B brought, paid and is expected to pay is left out
        assert_eq!(seen.held_pence, Money(0));
        let due = seen.months.iter().map(|month| month.due_pence.pence());
        assert_eq!(due.sum::<i64>(), 0);
        let left_out: Vec<AwardId> = seen.left_out.iter().map(|one| one.award_id).collect();
        assert_eq!((left_out, seen.awards.len()), (vec![b], 1));
        let all = of(&house, None, NOW).await;
        assert_eq!(all.held_pence, Money(11_000 - 3_100));
        assert_eq!(all.left_out, []);
        let due = all.months.iter().map(|month| month.due_pence.pence());
        assert_eq!(due.sum::<i64>(), 2_500);
        // no funder's officer sees the holder's cash
        let officer = house.somebody_of(Role::FundersOfficer, house.funder).await;
        for pool in [Some(pool), None] {
            let told = cash(&house.db, &officer, pool, NOW).await;
            assert!(matches!(told, Err(Error::NotAllowed(_))));
        }
    });
}
