//! What awards put in by year: what is stated pays, what is pledged does not, nothing goes over.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{AwardId, CarryForward, ContributionId, Money, PoolId, YearStanding};
use futures_util::future::join_all;
use sea_orm::ConnectionTrait;

use super::ops::statements::{NewStatement, StatedYear, state};
use super::view;
use super::view::statements::{of_contribution, preview, years};
use crate::access::rules::Operation;
use crate::attribution::tests::{load, ran, sums};
use crate::awards::ops::{self as awards, NewAmendment, NewAwardYear};
use crate::awards::rules::terms::TermsChange;
use crate::spend::testing::{House, day, on_each};
use crate::{Command, Error};

/// An award of two years in October: 6,000 until the 15th, 4,000 from the 16th.
async fn award(house: &House, reference: &str, carry: CarryForward) -> AwardId {
    let mut new = house.new_award(house.funder, reference, 1);
    new.amount_pence = Money(10_000);
    (new.starts_on, new.ends_on) = (day(2026, 10, 1), day(2026, 10, 31));
    let year = |from, to, pence| NewAwardYear {
        starts_on: day(2026, 10, from),
        ends_on: day(2026, 10, to),
        amount_pence: Money(pence),
        standing: YearStanding::Confirmed,
        carry_forward: carry,
    };
    new.years = vec![year(1, 15, 6_000), year(16, 31, 4_000)];
    awards::create(&house.db, &house.worker, &new)
        .await
        .unwrap()
}

async fn part(house: &House, pool: PoolId) -> ContributionId {
    let seen = view::one(&house.db, &house.officer, pool).await.unwrap();
    seen.contributions[0].id
}

async fn said(house: &House, pool: PoolId, amounts: [(i64, i64); 2]) -> NewStatement {
    let id = part(house, pool).await;
    let known = years(&house.db, &house.officer, pool, id).await.unwrap();
    NewStatement {
        years: known
            .iter()
            .zip(amounts)
            .map(|(year, (agreed, pledged))| StatedYear {
                year_id: year.id,
                agreed_pence: Money(agreed),
                pledged_pence: Money(pledged),
            })
            .collect(),
        agreed_by: "Trustee Board".to_owned(),
        agreed_on: day(2026, 11, 2),
        reference: "Minute 6".to_owned(),
        reason: "The funder's letter gives it by year.".to_owned(),
    }
}

fn code(error: &Error) -> String {
    match error {
        Error::Invalid(found) => found[0].code.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn each_year_pays_what_was_stated_of_it_and_a_pledge_pays_nothing() {
    on_each(async |house| {
        house.category("care").await;
        let a = award(&house, "A", CarryForward::None).await;
        let pool = house.pool("p", &[(a, 10_000)]).await;
        let lines = [(5, 3_000, "care", "p"), (20, 3_500, "care", "p")];
        load(&house, "x", &lines).await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (6_500, vec![6_500], 0));
        let (db, me) = (&house.db, &house.officer);
        let id = part(&house, pool).await;
        // never said by year, of an award of several
        let seen = view::one(db, me, pool).await.unwrap();
        assert_eq!(seen.contributions[0].years, []);

        let new = said(&house, pool, [(2_000, 0), (3_000, 1_000)]).await;
        let looked = preview(db, me, pool, id, &new).await.unwrap();
        assert_eq!(
            (looked.agreed_before_pence, looked.agreed_after_pence),
            (Money(10_000), Money(5_000))
        );
        assert_eq!(looked.effect.unfunded_after_pence, Money(1_500));
        assert_eq!(ran(&house).await, 0);
        state(db, me, pool, id, Some(1), &new).await.unwrap();
        let stale = state(db, me, pool, id, Some(1), &new).await.unwrap_err();
        assert!(matches!(stale, Error::Stale));
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (6_500, vec![5_000], 1_500));
        let seen = view::one(db, me, pool).await.unwrap();
        let by_year: Vec<_> = seen.contributions[0]
            .years
            .iter()
            .map(|year| {
                (
                    year.confirmed_pence,
                    year.indicative_pence,
                    year.pledged_pence,
                )
            })
            .collect();
        assert_eq!(
            by_year,
            [
                (Money(2_000), Money(0), Money(0)),
                (Money(3_000), Money(0), Money(1_000))
            ]
        );
        assert_eq!(seen.summary.agreed_pence, Money(5_000));

        // what was pledged is agreed: it pays
        let agreed = said(&house, pool, [(2_000, 0), (4_000, 0)]).await;
        state(db, me, pool, id, None, &agreed).await.unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (6_500, vec![5_500], 1_000));
        let told = of_contribution(db, me, pool, id).await.unwrap();
        assert_eq!(told.iter().map(|one| one.seq).collect::<Vec<_>>(), [2, 1]);

        for (amounts, expected) in [
            ([(6_001, 0), (0, 0)], "more-than-the-year"),
            ([(0, 0), (3_000, 1_001)], "more-than-the-year"),
            ([(0, 0), (0, 0)], "nothing"),
        ] {
            let new = said(&house, pool, amounts).await;
            let told = state(db, me, pool, id, None, &new).await.unwrap_err();
            assert_eq!(code(&told), expected);
        }
        // a year that a pool counts on stays
        let cut = NewAmendment {
            effective_on: house.worker.today(),
            reason: "Shorter".to_owned(),
            with_whom: "Bea".to_owned(),
            change: TermsChange {
                years: Some(vec![NewAwardYear {
                    starts_on: day(2026, 10, 1),
                    ends_on: day(2026, 10, 31),
                    amount_pence: Money(10_000),
                    standing: YearStanding::Confirmed,
                    carry_forward: CarryForward::None,
                }]),
                ..TermsChange::default()
            },
        };
        let told = awards::amend(db, &house.worker, a, None, &cut)
            .await
            .unwrap_err();
        assert_eq!(code(&told), "put-behind-a-pool");
        // the database keeps what was stated, whoever writes
        for sql in [
            "UPDATE contribution_statement SET agreed = 1",
            "DELETE FROM contribution_statement",
            "UPDATE contribution_year SET agreed = 1",
            "DELETE FROM contribution_year",
        ] {
            let wrote = db
                .write(
                    &house.worker,
                    Command::new(Operation::KeepHouse),
                    async |tx| {
                        tx.conn().execute_unprepared(sql).await?;
                        Ok(())
                    },
                )
                .await;
            assert!(wrote.is_err(), "{sql}");
        }
    });
}

#[test]
fn what_is_left_of_a_year_is_carried_on_where_the_award_carries_it_on() {
    on_each(async |house| {
        house.category("care").await;
        let a = award(&house, "A", CarryForward::ByRight).await;
        let pool = house.pool("p", &[(a, 10_000)]).await;
        let id = part(&house, pool).await;
        let new = said(&house, pool, [(2_000, 0), (1_000, 0)]).await;
        state(&house.db, &house.officer, pool, id, None, &new)
            .await
            .unwrap();
        let lines = [(5, 500, "care", "p"), (20, 3_500, "care", "p")];
        load(&house, "x", &lines).await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (4_000, vec![3_000], 1_000));
    });
}

/// Two pools want the same award's last pound, agreed or pledged: one gets it.
#[test]
fn statements_that_race_stay_within_the_award() {
    on_each(async |house| {
        let a = award(&house, "A", CarryForward::None).await;
        let (one, two) = (
            house.pool("p", &[(a, 3_000)]).await,
            house.pool("q", &[(a, 3_000)]).await,
        );
        let mut racers = Vec::new();
        for n in 0..8 {
            let pool = if n % 2 == 0 { one } else { two };
            let amounts = if n < 4 {
                [(4_000, 0), (3_000, 0)]
            } else {
                [(0, 4_000), (3_000, 0)]
            };
            let new = said(&house, pool, amounts).await;
            let id = part(&house, pool).await;
            let (db, me) = (house.db.clone(), house.officer.clone());
            racers.push(async move { (pool, state(&db, &me, pool, id, None, &new).await) });
        }
        let done = join_all(racers).await;
        let winners: std::collections::BTreeSet<PoolId> = done
            .iter()
            .filter(|(_, answer)| answer.is_ok())
            .map(|(pool, _)| *pool)
            .collect();
        assert_eq!(winners.len(), 1, "one pool has the rest");
        ran(&house).await;
    });
}
