//! An award that is amended: what is attributed follows, what was attributed is never refused.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{AccountsAs, AwardId, Money, PaysFor};

use super::tests::{load, ran, sums};
use crate::Error;
use crate::awards::ops::{self, NewAmendment, NewAwardYear};
use crate::awards::rules::terms::TermsChange;
use crate::awards::view;
use crate::spend::testing::{Given, House, day, on_each};

fn october(pence: i64, last: u32) -> NewAwardYear {
    NewAwardYear {
        starts_on: day(2026, 10, 1),
        ends_on: day(2026, 10, last),
        amount_pence: Money(pence),
        standing: entity::YearStanding::Confirmed,
        carry_forward: entity::CarryForward::None,
    }
}

fn amendment(house: &House, change: TermsChange) -> NewAmendment {
    NewAmendment {
        effective_on: house.worker.today(),
        reason: "The funder has less to give.".to_owned(),
        with_whom: "Bea, deed of variation".to_owned(),
        change,
    }
}

fn years(pence: i64, last: u32) -> TermsChange {
    TermsChange {
        years: Some(vec![october(pence, last)]),
        ..TermsChange::default()
    }
}

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

#[test]
fn a_cut_below_what_is_attributed_is_accepted_and_new_spend_is_not_paid() {
    on_each(async |house| {
        house.category("care").await;
        let first = award(&house, "A", 10_000).await;
        let second = award(&house, "B", 3_000).await;
        let pool = house.pool("p", &[(first, 10_000), (second, 3_000)]).await;
        load(
            &house,
            "x",
            &[(5, 6_000, "care", "p"), (20, 2_000, "care", "p")],
        )
        .await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (8_000, vec![8_000], 0));

        // seen before it is made: nothing changes
        let (db, worker) = (&house.db, &house.worker);
        let cut = amendment(&house, years(5_000, 31));
        let seen = view::preview(db, worker, first, &cut).await.unwrap();
        assert_eq!(
            (seen.amount_before_pence, seen.amount_after_pence),
            (Money(10_000), Money(5_000))
        );
        assert_eq!(
            (seen.over_pence, seen.contributions_over_pence),
            (Money(3_000), Money(5_000))
        );
        let [effect] = seen.pools.as_slice() else {
            panic!("one pool")
        };
        let paid: Vec<_> = effect
            .awards
            .iter()
            .map(|award| (award.award_id, award.before_pence, award.after_pence))
            .collect();
        assert!(paid.contains(&(first, Money(8_000), Money(5_000))));
        assert!(paid.contains(&(second, Money(0), Money(3_000))));
        assert_eq!(effect.unfunded_after_pence, Money(0));
        assert_eq!(ran(&house).await, 0);

        // made: what is attributed stays until it is attributed again, and is said to be over
        ops::amend(db, worker, first, None, &cut).await.unwrap();
        let stands = view::one(db, worker, first).await.unwrap();
        assert_eq!(stands.summary.over_pence, Money(3_000));
        assert_eq!(stands.amendments[0].over_pence, Some(Money(3_000)));
        assert_eq!(super::tests::wrong(&house).await, Vec::<String>::new());
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (8_000, vec![5_000, 3_000], 0));
        let stands = view::one(db, worker, first).await.unwrap();
        assert_eq!(stands.summary.over_pence, Money(0));

        // an extension, and what it may pay for
        load(&house, "y", &[(30, 500, "care", "p")]).await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (8_500, vec![5_000, 3_000], 500));
        let more = amendment(&house, years(9_000, 29));
        ops::amend(db, worker, first, None, &more).await.unwrap();
        assert_eq!(ran(&house).await, 1);
        // the last line is after its new end
        assert_eq!(sums(&house, pool).await, (8_500, vec![8_000, 500], 0));
        let capital = TermsChange {
            pays_for: Some(PaysFor::Capital),
            ..TermsChange::default()
        };
        ops::amend(db, worker, first, None, &amendment(&house, capital))
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (8_500, vec![3_000], 5_500));
        let stands = view::one(db, worker, first).await.unwrap();
        assert_eq!(stands.amendments.len(), 3);
    });
}

#[test]
fn an_amendment_to_come_waits_for_its_day() {
    on_each(async |house| {
        house.category("care").await;
        let id = award(&house, "A", 1_000).await;
        let (db, worker) = (&house.db, &house.worker);
        let charity = house.charity;
        let council = house.body("GB-LAE-X1", "Council").await;
        let parts = TermsChange {
            holder_id: Some(council),
            decider_id: Some(charity),
            accounts_of_id: Some(council),
            accounts_as: Some(AccountsAs::Agent),
            ..TermsChange::default()
        };
        let mut new = amendment(&house, parts.clone());
        new.effective_on = worker
            .today()
            .checked_add_days(chrono::Days::new(3))
            .unwrap();
        ops::amend(db, worker, id, None, &new).await.unwrap();
        let half = TermsChange {
            accounts_as: None,
            ..parts
        };
        let told = ops::amend(db, worker, id, None, &amendment(&house, half)).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");
        ran(&house).await;
        let stands = view::one(db, worker, id).await.unwrap();
        assert_eq!(stands.holder_id, charity);
        assert_eq!(stands.amendments[0].applied_at, None);

        house.clock.set("2026-11-11T09:30:00Z".parse().unwrap());
        ran(&house).await;
        let stands = view::one(db, worker, id).await.unwrap();
        assert_eq!(
            (stands.holder_id, stands.decider.unwrap().id),
            (council, charity)
        );
        assert_eq!(stands.accounts.unwrap().accounts_as, AccountsAs::Agent);
        let before = stands.amendments[0].before.clone().unwrap();
        assert_eq!((before.holder_id, before.decider_id), (Some(charity), None));
        // the same again is no change
        let again = amendment(
            &house,
            TermsChange {
                holder_id: Some(council),
                ..TermsChange::default()
            },
        );
        let told = ops::amend(db, worker, id, None, &again).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");
    });
}

#[test]
fn an_award_for_one_town_pays_for_no_other_and_its_amendment_moves_what_it_paid() {
    on_each(async |house| {
        house.category("care").await;
        let mut new = house.new_award(house.funder, "Town", 100);
        new.places = vec![" Northgate".to_owned()];
        let town = ops::create(&house.db, &house.worker, &new).await.unwrap();
        new.reference = "County".to_owned();
        new.places = Vec::new();
        let county = ops::create(&house.db, &house.worker, &new).await.unwrap();
        let pool = house.pool("p", &[(town, 10_000), (county, 700)]).await;
        load(
            &house,
            "x",
            &[
                (2, 500, "care@northgate", "p"),
                (3, 600, "care@Southgate", "p"),
                (4, 300, "care", "p"),
            ],
        )
        .await;
        ran(&house).await;
        assert_eq!(sums(&house, pool).await, (1_400, vec![500, 700], 200));
        // the funder agrees to the next town: what stands there moves to it
        let wider = amendment(
            &house,
            TermsChange {
                places: Some(vec!["Southgate".to_owned(), "Northgate".to_owned()]),
                ..TermsChange::default()
            },
        );
        ops::amend(&house.db, &house.worker, town, None, &wider)
            .await
            .unwrap();
        ran(&house).await;
        assert_eq!(sums(&house, pool).await, (1_400, vec![1_100, 300], 0));
        let seen = view::one(&house.db, &house.worker, town).await.unwrap();
        assert_eq!(seen.places, ["Northgate", "Southgate"]);
        let strange = amendment(
            &house,
            TermsChange {
                groups: Some(vec!["a\nb".to_owned()]),
                ..TermsChange::default()
            },
        );
        let refused = ops::amend(&house.db, &house.worker, town, None, &strange).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    });
}
