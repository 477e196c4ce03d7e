#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use entity::{Money, Role};

use super::rules::State;
use super::view::of_award;
use crate::Error;
use crate::attribution::tests::{load, ran, wrong};
use crate::awards::ops::amend::{NewAmendment, amend};
use crate::awards::rules::further::BaselineTerms;
use crate::awards::rules::terms::TermsChange;
use crate::forecasts::ops::{NewForecast, NewForecasts, enter};
use crate::spend::testing::{Given, House, day, on_each};

async fn states(
    house: &House,
    award: entity::AwardId,
    baseline: BaselineTerms,
) -> Result<(), Error> {
    let new = NewAmendment {
        effective_on: day(2026, 10, 1),
        reason: "As the letter says".to_owned(),
        with_whom: "Bea, letter".to_owned(),
        change: TermsChange {
            baseline: Some(baseline),
            ..TermsChange::default()
        },
    };
    amend(&house.db, &house.worker, award, None, &new)
        .await
        .map(|_| ())
}

#[test]
fn what_others_pay_for_counts_towards_what_must_be_kept_up() {
    on_each(async |house| {
        let care = house.category("care").await;
        house.category("beds").await;
        let given = async |reference: &str| {
            house
                .given(Given {
                    reference,
                    amount: 10_000,
                    window: (day(2026, 10, 1), day(2027, 9, 30)),
                    categories: &[],
                    fence: None,
                })
                .await
        };
        let (grant, other) = (given("A").await, given("B").await);
        let pool = house.pool("p", &[(grant, 2_000), (other, 3_000)]).await;
        house.pool("q", &[]).await;
        load(
            &house,
            "x",
            &[
                (4, 4_000, "care", "p"),
                (5, 3_333, "care", "p"),
                (6, 7_000, "beds", "p"),
                (7, 9_000, "care", "q"),
                (8, -111, "care", "p"),
            ],
        )
        .await;
        ran(&house).await;
        let (db, officer) = (&house.db, &house.officer);
        let none = of_award(db, officer, grant).await.unwrap();
        assert_eq!((none.yearly_pence, none.years.len()), (None, 0));
        let terms = BaselineTerms {
            yearly_pence: Some(Money(8_000)),
            of_what: "Care as before".to_owned(),
            from_on: Some(day(2026, 10, 1)),
            pool_ids: vec![pool],
            category_ids: vec![care],
        };
        states(&house, grant, terms.clone()).await.unwrap();
        let seen = of_award(db, officer, grant).await.unwrap();
        let year = &seen.years[0];
        // 40.00 + 33.33 - 1.11 was spent on care in the pool; the grant pays 20.00 of it
        assert_eq!(
            (
                year.spent_pence,
                year.paid_by_award_pence,
                year.counted_pence
            ),
            (Money(7_222), Money(2_000), Money(5_222))
        );
        assert_eq!(
            (year.state, year.short_pence),
            (State::Behind, Money(2_778))
        );
        assert_eq!(seen.years.len(), 1);
        assert_eq!(year.parts.len(), 1);
        // what the grant itself expects does not count; what others do, in months to come, does
        let expects = async |award, pence| {
            let new = NewForecasts {
                entries: [day(2026, 11, 1), day(2026, 12, 1), day(2027, 1, 1)]
                    .map(|month| NewForecast {
                        month,
                        category_id: Some(care),
                        capital: false,
                        amount_pence: Some(Money(pence)),
                    })
                    .to_vec(),
            };
            enter(db, officer, award, None, &new).await.unwrap();
        };
        expects(grant, 9_000).await;
        expects(other, 1_389).await;
        let year = of_award(db, officer, grant).await.unwrap().years[0].clone();
        assert_eq!(
            (year.forecast_pence, year.expected_pence, year.state),
            (Money(2_778), Money(8_000), State::OnCourse)
        );
        // once the year is over only what was spent counts
        house.clock.set("2027-10-01T09:30:00Z".parse().unwrap());
        let year = of_award(db, officer, grant).await.unwrap().years[0].clone();
        assert_eq!((year.state, year.short_pence), (State::Short, Money(2_778)));
        // over every pool and category there was enough
        let wide = BaselineTerms {
            pool_ids: Vec::new(),
            category_ids: Vec::new(),
            ..terms.clone()
        };
        states(&house, grant, wide).await.unwrap();
        let seen = of_award(db, officer, grant).await.unwrap();
        let year = &seen.years[0];
        assert_eq!(
            (year.counted_pence, year.state, year.parts.len()),
            (
                Money(4_000 + 3_333 + 7_000 + 9_000 - 111 - 2_000),
                State::Kept,
                3
            )
        );
        let told = states(
            &house,
            grant,
            BaselineTerms {
                pool_ids: vec![entity::PoolId(uuid::Uuid::from_u128(9))],
                ..terms
            },
        )
        .await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");
        assert_eq!(wrong(&house).await, Vec::<String>::new());
        let funder = house.somebody_of(Role::FundersOfficer, house.funder).await;
        let told = of_award(db, &funder, grant).await;
        assert!(matches!(told, Err(Error::NotAllowed(_))), "{told:?}");
    });
}
