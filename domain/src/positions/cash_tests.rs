#![allow(clippy::unwrap_used, clippy::expect_used)]

use chrono::{DateTime, Utc};
use entity::{AwardId, AwardMoneyKind as Kind, Money, PoolId, Role};

use super::unspent_tests::promise;
use super::view::When;
use super::view::cash::{Cash, CashProspect, cash};
use super::view::what_if::{Scenario, what_if};
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

/// Month, expected and held: now and then.
fn beside(of: &CashProspect) -> Vec<(String, [i64; 4])> {
    of.months
        .iter()
        .map(|of| {
            let amounts = [
                of.expected_pence,
                of.expected_then_pence,
                of.balance_pence,
                of.balance_then_pence,
            ];
            assert_eq!(
                of.balance_pence.plus(of.more_pence),
                Some(of.balance_then_pence)
            );
            (
                of.month.format("%Y-%m").to_string(),
                amounts.map(Money::pence),
            )
        })
        .collect()
}

#[test]
fn what_comes_late_is_told_before_it_is_missing() {
    on_each(async |house| {
        house.category("care").await;
        let a = house.award(house.funder, "A", 200).await;
        let b = house.award(house.funder, "B", 200).await;
        let pool = house.pool("p", &[(a, 20_000), (b, 4_000)]).await;
        house.pool("q", &[(b, 4_000)]).await;
        load(&house, "one", &[(2, 3_000, "care", "p")]).await;
        ran(&house).await;
        got(&house, a, Kind::Receipt, (9, 10), 4_000).await;
        // 10 of October is late, and 30 comes in December
        schedule(
            &house,
            a,
            &[(2026, 9, 4_000), (2026, 10, 1_000), (2026, 12, 3_000)],
        )
        .await;
        schedule(&house, b, &[(2027, 1, 500)]).await;
        promise(&house, pool, &[(2026, 12, 2_500)]).await;
        ran(&house).await;
        let before = of(&house, Some(pool), NOW).await;
        let ask = async |scenario: Scenario| {
            let found = what_if(&house.db, &house.officer, &scenario).await.unwrap();
            assert_eq!(found.pools, []);
            found.cash
        };
        let found = ask(Scenario::PaysLater {
            award_id: a,
            months: 2,
        })
        .await;
        // all together first, then the one pool that it pays into
        let of_which: Vec<Option<PoolId>> = found.iter().map(|one| one.pool_id).collect();
        assert_eq!(of_which, [None, Some(pool)]);
        let month = |name: &str, sums: [i64; 4]| (name.to_owned(), sums);
        assert_eq!(
            beside(&found[0]),
            [
                month("2026-11", [1_000, 0, 2_000, 1_000]),
                month("2026-12", [3_000, 0, 2_500, -1_500]),
                month("2027-01", [500, 1_500, 3_000, 0]),
                month("2027-02", [0, 3_000, 3_000, 3_000]),
            ]
        );
        let (now, then) = (found[0].now, found[0].then);
        assert_eq!(found[0].later_pence, Money(4_000));
        assert_eq!(
            (now.lowest_month, now.lowest_pence),
            (day(2026, 11, 1), Money(2_000))
        );
        assert_eq!(now.below_month, None);
        assert_eq!(
            (then.lowest_month, then.lowest_pence),
            (day(2026, 12, 1), Money(-1_500))
        );
        assert_eq!(then.below_month, Some(day(2026, 12, 1)));
        // of the pool, what B brings is left out
        assert_eq!(
            beside(&found[1])[2],
            month("2027-01", [0, 1_000, 2_500, -500])
        );
        // now is what the table of the cash says
        for (told, of) in before
            .months
            .iter()
            .filter(|of| of.month >= day(2026, 11, 1))
            .zip(&found[1].months)
        {
            assert_eq!(
                (told.month, told.balance_pence),
                (of.month, of.balance_pence)
            );
        }
        // nothing before a day: what comes later anyway stays
        let found = ask(Scenario::PaysNothingUntil {
            award_id: a,
            from_on: day(2026, 12, 1),
        })
        .await;
        assert_eq!(found[0].later_pence, Money(1_000));
        assert_eq!(
            beside(&found[0])[1],
            month("2026-12", [3_000, 4_000, 2_500, 2_500])
        );
        // an award of several pools is told of all together alone
        let found = ask(Scenario::PaysLater {
            award_id: b,
            months: 1,
        })
        .await;
        assert_eq!(found.len(), 1);
        // nothing of it is kept
        assert_eq!(of(&house, Some(pool), NOW).await, before);
        for months in [0, 37] {
            let scenario = Scenario::PaysLater {
                award_id: a,
                months,
            };
            let refused = what_if(&house.db, &house.officer, &scenario).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        }
        let nobody = Scenario::PaysLater {
            award_id: AwardId::new(),
            months: 1,
        };
        let refused = what_if(&house.db, &house.officer, &nobody).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    });
}
