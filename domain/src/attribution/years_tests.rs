//! An award by year: a line is paid from the year that it falls in.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{AwardId, AwardYearEventKind as Kind, CarryForward, Money, PoolId, YearStanding};

use super::tests::{load, ran, sums};
use crate::Error;
use crate::awards::ops::{self, NewAwardYear, NewYearEvent};
use crate::awards::view::{self, AwardView};
use crate::spend::testing::{House, day, on_each};

fn year(days: (u32, u32), pence: i64, standing: YearStanding, carry: CarryForward) -> NewAwardYear {
    NewAwardYear {
        starts_on: day(2026, 10, days.0),
        ends_on: day(2026, 10, days.1),
        amount_pence: Money(pence),
        standing,
        carry_forward: carry,
    }
}

/// An award whose years are parts of October, behind a pool of its own.
async fn by_year(house: &House, years: &[NewAwardYear]) -> (AwardId, PoolId) {
    let mut new = house.new_award(house.funder, "Y", 1);
    new.amount_pence = Money::sum(years.iter().map(|year| year.amount_pence)).unwrap();
    new.starts_on = years.first().unwrap().starts_on;
    new.ends_on = years.last().unwrap().ends_on;
    new.years = years.to_vec();
    let id = ops::create(&house.db, &house.worker, &new).await.unwrap();
    let pool = house.pool("p", &[(id, new.amount_pence.pence())]).await;
    (id, pool)
}

async fn seen(house: &House, id: AwardId) -> AwardView {
    view::one(&house.db, &house.officer, id).await.unwrap()
}

async fn agree(
    house: &House,
    id: AwardId,
    at: usize,
    kind: Kind,
    pence: i64,
    until: Option<u32>,
) -> Result<(), Error> {
    let award = seen(house, id).await;
    let new = NewYearEvent {
        kind,
        happened_on: house.officer.today(),
        amount_pence: Money(pence),
        until_on: until.map(|on| day(2026, 10, on)),
        with_whom: "The funder, by letter".to_owned(),
    };
    let (year, version) = (award.years[at].id, award.summary.version);
    ops::record_year(&house.db, &house.officer, id, year, Some(version), &new)
        .await
        .map(|_| ())
}

fn attributed(award: &AwardView) -> Vec<i64> {
    award
        .years
        .iter()
        .map(|year| year.attributed_pence.pence())
        .collect()
}

use CarryForward::{ByConsent, ByRight, None as Lost};
use YearStanding::{Confirmed, Indicative};

#[test]
fn a_line_is_paid_within_the_year_that_it_falls_in() {
    on_each(async |house| {
        house.category("care").await;
        let (id, pool) = by_year(
            &house,
            &[
                year((1, 10), 5_000, Confirmed, ByConsent),
                year((11, 20), 3_000, Confirmed, Lost),
                year((21, 31), 4_000, Indicative, Lost),
            ],
        )
        .await;
        let lines = [
            (5, 2_000, "care", "p"),
            (12, 4_500, "care", "p"),
            (25, 1_000, "care", "p"),
        ];
        load(&house, "x", &lines).await;
        assert_eq!(ran(&house).await, 1);
        // 1,500 of the second year finds no room, and nothing of the third may be paid yet
        assert_eq!(sums(&house, pool).await, (7_500, vec![5_000], 2_500));
        let award = seen(&house, id).await;
        assert_eq!(attributed(&award), [2_000, 3_000, 0]);
        assert_eq!(award.summary.confirmed_pence, Money(8_000));

        // the funder lets us carry 1,000 forward
        let told = agree(&house, id, 0, Kind::CarryGiven, 1_000, None).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");
        agree(&house, id, 0, Kind::CarryAsked, 1_200, None)
            .await
            .unwrap();
        agree(&house, id, 0, Kind::CarryGiven, 1_000, None)
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 1);
        let award = seen(&house, id).await;
        assert_eq!(attributed(&award), [2_000, 4_000, 0]);
        assert_eq!(award.years[1].carried_in_pence, Money(1_000));

        // the holder lets some be spent at risk, of what was received until the 24th
        agree(&house, id, 2, Kind::AtRisk, 600, Some(24))
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(attributed(&seen(&house, id).await), [2_000, 4_000, 0]);
        agree(&house, id, 2, Kind::AtRisk, 600, Some(31))
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 1);
        let award = seen(&house, id).await;
        assert_eq!(attributed(&award), [2_000, 4_000, 600]);
        assert_eq!(award.summary.at_risk_pence, Money(600));

        // it is confirmed, at less than was hoped for
        agree(&house, id, 2, Kind::Confirmed, 900, None)
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 1);
        let award = seen(&house, id).await;
        assert_eq!(attributed(&award), [2_000, 4_000, 900]);
        assert_eq!(award.summary.at_risk_pence, Money(0));
        assert_eq!(award.summary.amount_pence, Money(8_900));
        assert_eq!(award.years[2].agreed.len(), 3);
    });
}

#[test]
fn what_is_carried_by_right_is_paid_once() {
    on_each(async |house| {
        house.category("care").await;
        let (id, pool) = by_year(
            &house,
            &[
                year((1, 10), 5_000, Confirmed, ByRight),
                year((11, 20), 3_000, Confirmed, ByRight),
                year((21, 31), 1_000, Confirmed, Lost),
            ],
        )
        .await;
        load(
            &house,
            "x",
            &[(5, 2_000, "care", "p"), (12, 9_000, "care", "p")],
        )
        .await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (11_000, vec![8_000], 3_000));
        assert_eq!(attributed(&seen(&house, id).await), [2_000, 6_000, 0]);
        // an earlier line that comes later takes what it had carried forward
        load(&house, "y", &[(2, 2_500, "care", "p")]).await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(attributed(&seen(&house, id).await), [4_500, 3_500, 0]);
        // a credit counts in the year of its own date
        load(
            &house,
            "z",
            &[(3, 300, "care", "p"), (22, -300, "care", "p")],
        )
        .await;
        assert_eq!(ran(&house).await, 1);
        let award = seen(&house, id).await;
        assert_eq!(attributed(&award), [4_800, 3_200, -300]);
        assert_eq!(award.summary.left_pence, Money(1_300));
    });
}
