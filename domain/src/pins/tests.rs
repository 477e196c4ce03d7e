//! Pins on a real database: SQLite always, PostgreSQL too when it is there.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{AwardId, CarryForward, Money, PoolId, Role, SpendLineId, YearStanding, spend_line};
use sea_orm::{EntityTrait, QueryOrder};

use super::ops::{self, NewPin, TakingOff};
use super::view;
use crate::attribution::tests::{load, ran, sums};
use crate::awards::ops::{NewAmendment, NewAwardYear};
use crate::awards::rules::terms::TermsChange;
use crate::spend::testing::{Given, House, day, on_each};
use crate::{Error, awards};

async fn award(house: &House, reference: &str, pence: i64) -> AwardId {
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

/// Two awards behind a pool, and one line of £80 that the first pays for.
async fn filled(house: &House) -> (PoolId, AwardId, AwardId, SpendLineId) {
    house.category("care").await;
    let first = award(house, "A", 10_000).await;
    let second = award(house, "B", 5_000).await;
    let pool = house.pool("p", &[(first, 10_000), (second, 5_000)]).await;
    load(house, "x", &[(20, 8_000, "care", "p")]).await;
    assert_eq!(ran(house).await, 1);
    assert_eq!(sums(house, pool).await, (8_000, vec![8_000], 0));
    let line = spend_line::Entity::find()
        .order_by_asc(spend_line::Column::Id)
        .one(house.db.read())
        .await
        .unwrap()
        .unwrap();
    (pool, first, second, line.id)
}

fn new(award_id: AwardId, pence: i64) -> NewPin {
    NewPin {
        award_id,
        amount_pence: Money(pence),
        why: "The funder named this work.".to_owned(),
    }
}

fn off() -> TakingOff {
    TakingOff {
        why: "It named another.".to_owned(),
    }
}

fn code(error: &Error) -> String {
    match error {
        Error::Invalid(fields) => fields[0].code.clone(),
        Error::Refused { rule, .. } => (*rule).to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_pin_moves_a_line_and_taking_it_off_moves_it_back() {
    on_each(async |house| {
        let (pool, first, second, line) = filled(&house).await;
        let (db, officer) = (&house.db, &house.officer);
        let seen = view::preview(db, officer, line, &new(second, 3_000))
            .await
            .unwrap();
        assert_eq!((seen.now_pence, seen.then_pence), (0, 3_000));
        let paid: Vec<_> = seen
            .pool
            .awards
            .iter()
            .map(|one| (one.award_id, one.before_pence, one.after_pence))
            .collect();
        assert!(paid.contains(&(first, Money(8_000), Money(5_000))));
        assert_eq!(ran(&house).await, 0, "nothing was changed");
        let pin = ops::pin(db, officer, line, &new(second, 3_000))
            .await
            .unwrap();
        let pins = view::of_line(db, officer, line).await.unwrap();
        assert!(pins[0].waits.as_ref().unwrap().contains("within minutes"));
        assert_eq!(ran(&house).await, 1);
        assert_eq!(ran(&house).await, 0);
        let mut by = sums(&house, pool).await.1;
        by.sort_unstable();
        assert_eq!(by, [3_000, 5_000]);
        let pins = view::of_line(db, officer, line).await.unwrap();
        assert_eq!(
            (pins[0].attributed_pence, pins[0].waits.clone()),
            (3_000, None)
        );
        assert_eq!(view::of_pool(db, officer, pool).await.unwrap(), pins);
        ops::take_off(db, officer, line, pin, &off()).await.unwrap();
        let again = ops::take_off(db, officer, line, pin, &off()).await;
        assert_eq!(code(&again.unwrap_err()), "taken-off-already");
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (8_000, vec![8_000], 0));
        let pins = view::of_line(db, officer, line).await.unwrap();
        assert_eq!(pins[0].taken_off_why.as_deref(), Some("It named another."));
        assert_eq!(view::of_pool(db, officer, pool).await.unwrap(), []);
        // it may be pinned anew
        ops::pin(db, officer, line, &new(second, 1_000))
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 1);
    });
}

#[test]
fn what_cannot_be_pinned_is_refused_with_the_reason() {
    on_each(async |house| {
        let (_, first, second, line) = filled(&house).await;
        let (db, officer) = (&house.db, &house.officer);
        let refused = async |award: AwardId, pence: i64| {
            let told = ops::pin(db, officer, line, &new(award, pence)).await;
            code(&told.unwrap_err())
        };
        let other = award(&house, "C", 900).await;
        assert_eq!(refused(other, 100).await, "not-behind-the-pool");
        assert_eq!(refused(AwardId::new(), 100).await, "not-behind-the-pool");
        assert_eq!(refused(first, 8_001).await, "more-than-the-line");
        assert_eq!(refused(second, 5_001).await, "more-than-the-award");
        assert_eq!(refused(second, 0).await, "range");
        ops::pin(db, officer, line, &new(second, 5_000))
            .await
            .unwrap();
        assert_eq!(refused(second, 1).await, "pinned-already");
        assert_eq!(refused(first, 3_001).await, "more-than-the-line");
        let grants = house.somebody(Role::GrantsOfficer).await;
        let told = ops::pin(db, &grants, line, &new(first, 1)).await;
        assert!(matches!(told, Err(Error::NotAllowed(_))), "{told:?}");
        let told = ops::pin(db, officer, SpendLineId::new(), &new(first, 1)).await;
        assert!(matches!(told, Err(Error::NotFound)), "{told:?}");
        // a credit goes where its line went
        load(&house, "y", &[(21, -500, "care", "p")]).await;
        let credit = spend_line::Entity::find()
            .all(db.read())
            .await
            .unwrap()
            .into_iter()
            .find(|line| line.amount == Money(-500))
            .unwrap();
        let told = ops::pin(db, officer, credit.id, &new(first, 1)).await;
        assert_eq!(code(&told.unwrap_err()), "a-credit");
        ran(&house).await;
    });
}

#[test]
fn a_pin_to_an_award_that_is_shortened_waits_and_is_told() {
    on_each(async |house| {
        let (pool, _, second, line) = filled(&house).await;
        let (db, officer) = (&house.db, &house.officer);
        ops::pin(db, officer, line, &new(second, 3_000))
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 1);
        let shorter = NewAmendment {
            effective_on: house.worker.today(),
            reason: "It ends sooner.".to_owned(),
            with_whom: "Bea, deed of variation".to_owned(),
            change: TermsChange {
                years: Some(vec![NewAwardYear {
                    starts_on: day(2026, 10, 1),
                    ends_on: day(2026, 10, 19),
                    amount_pence: Money(5_000),
                    standing: YearStanding::Confirmed,
                    carry_forward: CarryForward::None,
                }]),
                ..TermsChange::default()
            },
        };
        awards::ops::amend(db, &house.worker, second, None, &shorter)
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (8_000, vec![8_000], 0));
        let pins = view::of_pool(db, officer, pool).await.unwrap();
        let waits = pins[0].waits.clone().unwrap();
        assert!(
            waits.starts_with("It waits, and the line goes by the pool’s rule: “"),
            "{waits}"
        );
        assert!(waits.contains("up to 19 October 2026"), "{waits}");
    });
}
