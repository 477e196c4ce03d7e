#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use entity::{
    AwardId, AwardMoneyKind as Kind, ConditionKind, DeadlineKind, Money, PoolId, deadline,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::ops::{self, NewClosure, NewReopening};
use super::view::preview;
use crate::attribution::tests::{load, load_of, ran, sums, wrong};
use crate::awards::ops::amend::{NewAmendment, amend};
use crate::awards::rules::terms::TermsChange;
use crate::conditions::ops::ConditionTerms;
use crate::payments::ops::NewMoney;
use crate::pools::ops::NewContribution;
use crate::spend::testing::{Given, House, day, on_each};
use crate::suspensions::ops::NewSuspension;
use crate::{Error, awards, conditions, payments, pools, suspensions};

fn closure(on: u32) -> NewClosure {
    NewClosure {
        closed_on: day(2026, 11, on),
        why: "It is over".to_owned(),
        told_by: "Bea, letter".to_owned(),
        kept_pence: None,
        despite: String::new(),
        seen: None,
    }
}

fn again(on: u32) -> NewReopening {
    NewReopening {
        reopened_on: day(2026, 11, on),
        why: "More was found".to_owned(),
        told_by: "Bea, letter".to_owned(),
    }
}

async fn award(house: &House, reference: &str, pence: i64, last: (u32, u32)) -> AwardId {
    house
        .given(Given {
            reference,
            amount: pence,
            window: (day(2026, 10, 1), day(2026, last.0, last.1)),
            categories: &[],
            fence: None,
        })
        .await
}

async fn money(house: &House, award: AwardId, kind: Kind, pence: i64) {
    let new = NewMoney {
        kind,
        happened_on: day(2026, 11, 2),
        amount_pence: Money(pence),
        ledger_reference: "GL 1".to_owned(),
        payment_id: None,
        note: String::new(),
    };
    payments::ops::record(&house.db, &house.officer, award, &new)
        .await
        .unwrap();
}

/// A pool of an award that is over (£100) and one that goes on (£50), and £120 of spend.
async fn spent(house: &House) -> (AwardId, AwardId, PoolId) {
    house.category("care").await;
    let first = award(house, "A", 10_000, (10, 31)).await;
    let second = award(house, "B", 5_000, (12, 31)).await;
    let pool = house.pool("p", &[(first, 10_000), (second, 5_000)]).await;
    load(
        house,
        "x",
        &[(4, 6_000, "care", "p"), (5, 6_000, "care", "p")],
    )
    .await;
    assert_eq!(ran(house).await, 1);
    assert_eq!(sums(house, pool).await, (12_000, vec![10_000, 2_000], 0));
    (first, second, pool)
}

#[test]
fn a_closed_award_is_frozen_and_what_is_taken_back_is_owed_to_the_funder() {
    on_each(async |house| {
        let (first, second, pool) = spent(&house).await;
        let (db, officer) = (&house.db, &house.officer);
        money(&house, first, Kind::Receipt, 9_500).await;
        money(&house, first, Kind::Claim, 9_900).await;
        let seen = preview(db, officer, first, &closure(1)).await.unwrap();
        assert_eq!((seen.obstacles.len(), seen.deadlines.len()), (0, 0));
        assert_eq!(
            seen.sentences,
            [
                "£100.00 is attributed to it for good, of £100.00. It pays for nothing more.",
                "£95.00 was received.",
                "£5.00 is owed to us: spend that it pays for and that was not received. £4.00 of it was \
                 claimed.",
            ]
        );
        // money that came in between is not overlooked
        money(&house, first, Kind::Receipt, 500).await;
        let mut new = closure(1);
        new.seen = Some(seen.figures);
        let told = ops::close(db, officer, first, None, &new).await;
        assert!(matches!(told, Err(Error::Stale)), "{told:?}");
        new.seen = Some(preview(db, officer, first, &new).await.unwrap().figures);
        let id = ops::close(db, officer, first, None, &new).await.unwrap();
        // closing alone moves nothing
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (12_000, vec![10_000, 2_000], 0));
        let seen = awards::view::one(db, officer, first).await.unwrap();
        assert_eq!(seen.summary.closed_on, Some(day(2026, 11, 1)));
        assert!(
            seen.owed
                .unwrap()
                .sentence
                .ends_with("Nothing is owed either way.")
        );

        // an earlier line would have been its own: what is open pays
        load(&house, "y", &[(2, 2_500, "care", "p")]).await;
        ran(&house).await;
        assert_eq!(sums(&house, pool).await, (14_500, vec![10_000, 4_500], 0));
        // a credit of what both paid: in proportion, and nothing takes the place of what went back
        load_of(&house, "z", ("x", 5), &[(20, -3_000, "care", "p")]).await;
        load(&house, "w", &[(21, 4_000, "care", "p")]).await;
        ran(&house).await;
        let (spend, by, unfunded) = sums(&house, pool).await;
        assert_eq!((spend, by[0] + by[1] + unfunded), (15_500, 15_500));
        let back = 10_000 - by[0];
        assert!(back > 0 && by[1] <= 5_000, "{by:?}");
        let owed = awards::view::one(db, officer, first)
            .await
            .unwrap()
            .owed
            .unwrap();
        assert_eq!(
            (owed.taken_back_pence, owed.owed_to_funder_pence),
            (Money(back), Money(back))
        );
        assert_eq!(
            owed.sentence,
            format!(
                "Closed from Sunday 1 November 2026: it pays for nothing more. {} is owed to the funder: \
                 spend that it had paid for was taken back since.",
                Money(back).in_full()
            )
        );
        let in_and_out = payments::view::of_award(db, officer, first).await.unwrap();
        assert_eq!(
            (in_and_out.to_repay_pence, in_and_out.ahead_pence),
            (Money(back), Money(0))
        );
        money(&house, first, Kind::Repayment, back).await;
        let owed = awards::view::one(db, officer, first)
            .await
            .unwrap()
            .owed
            .unwrap();
        assert_eq!(owed.owed_to_funder_pence, Money(0));

        // opened again it pays as its terms say
        let mut early = again(8);
        early.reopened_on = day(2026, 10, 31);
        let told = ops::reopen(db, officer, first, id, None, &early).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");
        ops::reopen(db, officer, first, id, None, &again(8))
            .await
            .unwrap();
        ran(&house).await;
        let (_, by, unfunded) = sums(&house, pool).await;
        assert_eq!((by, unfunded), (vec![10_000, 5_000], 500));
        let twice = ops::reopen(db, officer, first, id, None, &again(8)).await;
        assert!(matches!(twice, Err(Error::Refused { .. })), "{twice:?}");
        let _ = second;
    });
}

#[test]
fn what_stands_in_the_way_is_told_and_overridden_only_with_a_reason() {
    on_each(async |house| {
        let (first, second, _) = spent(&house).await;
        let (db, officer) = (&house.db, &house.officer);
        let told = ops::close(db, officer, second, None, &closure(8)).await;
        assert!(
            matches!(
                told,
                Err(Error::Refused {
                    rule: "cannot-be-closed",
                    ..
                })
            ),
            "{told:?}"
        );
        let told = ops::close(db, officer, first, None, &closure(9)).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");
        // spend that waits to be attributed must be attributed first
        load(&house, "y", &[(6, 100, "care", "p")]).await;
        let told = ops::close(db, officer, first, None, &closure(1)).await;
        let Err(Error::Refused { detail, .. }) = told else {
            panic!("{told:?}");
        };
        assert!(detail.contains("“Pool p” is being attributed"), "{detail}");
        ran(&house).await;
        let asked = ConditionTerms {
            title: "Send the evaluation".to_owned(),
            passage: String::new(),
            written_where: String::new(),
            kind: ConditionKind::AtEnd,
            due_on: Some(day(2026, 12, 1)),
            who_id: None,
        };
        let condition = conditions::ops::state(db, officer, first, &asked)
            .await
            .unwrap();
        let open = async || {
            deadline::Entity::find()
                .filter(deadline::Column::AwardId.eq(first))
                .filter(deadline::Column::Kind.eq(DeadlineKind::Condition))
                .filter(deadline::Column::ClosedAt.is_null())
                .all(db.read())
                .await
                .unwrap()
                .len()
        };
        assert_eq!(open().await, 1);
        let mut new = closure(1);
        let seen = preview(db, officer, first, &new).await.unwrap();
        assert_eq!(seen.obstacles[0].code, "open-conditions");
        assert_eq!(seen.deadlines[0].title, "Send the evaluation");
        let told = ops::close(db, officer, first, None, &new).await;
        let Err(Error::Invalid(fields)) = told else {
            panic!("{told:?}");
        };
        assert_eq!(fields[0].pointer, "/despite");
        new.despite = "The funder takes it next year".to_owned();
        let id = ops::close(db, officer, first, None, &new).await.unwrap();
        assert_eq!(open().await, 0);
        assert_eq!(wrong(&house).await, Vec::<String>::new());
        let seen = awards::view::one(db, officer, first).await.unwrap();
        assert_eq!(seen.closures[0].despite, "The funder takes it next year");
        assert_eq!(seen.closures[0].overridden.len(), 1);

        // nothing new is agreed of it
        let is_closed = |told: Result<(), Error>| {
            assert!(
                matches!(
                    told,
                    Err(Error::Refused {
                        rule: "award-closed",
                        ..
                    })
                ),
                "{told:?}"
            );
        };
        let told = conditions::ops::state(db, officer, first, &asked).await;
        is_closed(told.map(|_| ()));
        let change = TermsChange {
            lost_if_unspent: Some(true),
            ..TermsChange::default()
        };
        let told = amend(
            db,
            &house.worker,
            first,
            None,
            &NewAmendment {
                effective_on: day(2026, 11, 1),
                reason: "x".to_owned(),
                with_whom: "x".to_owned(),
                change,
            },
        )
        .await;
        is_closed(told.map(|_| ()));
        let told = suspensions::ops::suspend(
            db,
            &house.worker,
            first,
            None,
            &NewSuspension {
                from_on: day(2026, 10, 5),
                why: "x".to_owned(),
                told_by: "x".to_owned(),
                pays_on: false,
            },
        )
        .await;
        is_closed(told.map(|_| ()));
        let other = house.pool("q", &[]).await;
        let told = pools::ops::add_contribution(
            db,
            &house.worker,
            other,
            None,
            &NewContribution {
                award_id: first,
                agreed_pence: Money(0),
            },
        )
        .await;
        assert!(told.is_err(), "{told:?}");
        // what happened to a condition is recorded all the same, and no day comes of it
        let twice = ops::close(db, officer, first, None, &new).await;
        assert!(matches!(twice, Err(Error::Invalid(_))), "{twice:?}");
        ops::reopen(db, officer, first, id, None, &again(3))
            .await
            .unwrap();
        assert_eq!(open().await, 1);
        assert_eq!(wrong(&house).await, Vec::<String>::new());
        let _ = condition;
    });
}

#[test]
fn what_is_left_is_repaid_or_carried_forward_as_was_agreed() {
    on_each(async |house| {
        let (db, officer) = (&house.db, &house.officer);
        let id = award(&house, "A", 10_000, (10, 31)).await;
        money(&house, id, Kind::Receipt, 4_000).await;
        let lost = awards::view::one(db, officer, id)
            .await
            .unwrap()
            .lost_if_unspent;
        let seen = preview(db, officer, id, &closure(1)).await.unwrap();
        let stays = if lost { 0 } else { 4_000 };
        assert_eq!(
            (seen.kept_pence, seen.to_repay_pence),
            (Money(stays), Money(4_000 - stays))
        );
        let mut new = closure(1);
        new.kept_pence = Some(Money(4_001));
        let told = ops::close(db, officer, id, None, &new).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");
        new.kept_pence = Some(Money(1_000));
        ops::close(db, officer, id, None, &new).await.unwrap();
        let owed = awards::view::one(db, officer, id)
            .await
            .unwrap()
            .owed
            .unwrap();
        assert_eq!(
            (
                owed.kept_pence,
                owed.owed_to_funder_pence,
                owed.owed_to_us_pence
            ),
            (Money(1_000), Money(3_000), Money(0))
        );
        assert_eq!(wrong(&house).await, Vec::<String>::new());
    });
}

#[test]
fn two_who_close_it_at_once_leave_one_closure() {
    on_each(async |house| {
        let (db, officer) = (&house.db, &house.officer);
        let id = award(&house, "A", 1_000, (10, 31)).await;
        let (new, other) = (closure(5), closure(7));
        let (one, two) = tokio::join!(
            ops::close(db, officer, id, None, &new),
            ops::close(db, officer, id, None, &other),
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert_eq!(wrong(&house).await, Vec::<String>::new());
    });
}
