#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use entity::{ChargeBasis as Basis, CostCategoryId, Money, Role};
use sea_orm::ConnectionTrait;

use super::ops::{NewChargeCap, agree};
use super::view::{self, Of};
use crate::access::rules::Operation;
use crate::attribution::tests::{load, ran, wrong};
use crate::spend::testing::{Given, House, day, on_each};
use crate::{Command, Error};

fn cap(charge: CostCategoryId, basis: Basis, share_bp: Option<i32>) -> NewChargeCap {
    NewChargeCap {
        starts_on: day(2026, 10, 1),
        basis,
        share_bp,
        amount_pence: None,
        category_ids: vec![charge],
        charged_by: "The council".to_owned(),
        agreed_by: "Both boards".to_owned(),
        agreed_on: day(2026, 10, 1),
        source: "Clause 9 of the pool’s agreement".to_owned(),
        reason: "The council runs the contracts".to_owned(),
    }
}

async fn spent(house: &House) -> (entity::AwardId, entity::PoolId, CostCategoryId) {
    house.category("care").await;
    let charge = house.category("fee").await;
    let award = house
        .given(Given {
            reference: "A",
            amount: 8_000,
            window: (day(2026, 10, 1), day(2027, 9, 30)),
            categories: &[],
            fence: None,
        })
        .await;
    let pool = house.pool("p", &[(award, 8_000)]).await;
    // of 100.00 the award pays 80.00: the oldest first, so all but a part of the last
    load(
        house,
        "x",
        &[
            (4, 600, "fee", "p"),
            (5, 4_400, "care", "p"),
            (6, 5_000, "care", "p"),
        ],
    )
    .await;
    ran(house).await;
    (award, pool, charge)
}

#[test]
fn what_is_charged_is_measured_against_the_cap_of_its_year() {
    on_each(async |house| {
        let (award, pool, charge) = spent(&house).await;
        let (db, officer) = (&house.db, &house.officer);
        let none = view::of(db, officer, Of::Award(award)).await.unwrap();
        assert_eq!((none.years.len(), none.caps.len()), (0, 0));
        let new = cap(charge, Basis::Spend, Some(500));
        agree(db, officer, Of::Pool(pool), None, &new)
            .await
            .unwrap();
        agree(db, officer, Of::Award(award), None, &new)
            .await
            .unwrap();
        let of_pool = view::of(db, officer, Of::Pool(pool)).await.unwrap();
        let year = &of_pool.years[0];
        assert_eq!(
            (year.from_on, year.to_on),
            (day(2026, 10, 1), day(2027, 9, 30))
        );
        assert_eq!(
            (
                year.share_of_pence,
                year.allowed_pence,
                year.charged_pence,
                year.over_pence
            ),
            (Some(Money(10_000)), Money(500), Money(600), Money(100))
        );
        let of_award = view::of(db, officer, Of::Award(award)).await.unwrap();
        let year = &of_award.years[0];
        assert_eq!(
            (
                year.share_of_pence,
                year.allowed_pence,
                year.charged_pence,
                year.over_pence
            ),
            (Some(Money(8_000)), Money(400), Money(600), Money(200))
        );
        assert_eq!((year.parts.len(), year.parts[0].category_id), (1, charge));

        // a return finds it to the end of its period; one of an earlier time does not
        let over = async |period| {
            view::over(db.read(), Of::Award(award), period, officer.today())
                .await
                .unwrap()
                .iter()
                .map(|year| year.over_pence)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            over((day(2026, 10, 1), day(2026, 12, 31))).await,
            [Money(200)]
        );
        assert_eq!(
            over((day(2026, 10, 1), day(2026, 10, 4))).await,
            [Money(570)]
        );
        assert_eq!(over((day(2026, 7, 1), day(2026, 9, 30))).await, []);

        // another cap takes its place; nothing that was agreed is changed
        let mut higher = cap(charge, Basis::Amount, None);
        higher.amount_pence = Some(Money(700));
        agree(db, officer, Of::Award(award), None, &higher)
            .await
            .unwrap();
        assert_eq!(over((day(2026, 10, 1), day(2026, 12, 31))).await, []);
        let seen = view::of(db, officer, Of::Award(award)).await.unwrap();
        assert_eq!((seen.caps.len(), seen.years[0].left_pence), (2, Money(100)));
        let ended = NewChargeCap {
            basis: Basis::None,
            category_ids: Vec::new(),
            ..cap(charge, Basis::None, None)
        };
        agree(db, officer, Of::Award(award), None, &ended)
            .await
            .unwrap();
        let seen = view::of(db, officer, Of::Award(award)).await.unwrap();
        assert_eq!((seen.caps.len(), seen.years.len()), (3, 0));
        assert_eq!(wrong(&house).await, Vec::<String>::new());
    });
}

#[test]
fn officers_record_a_cap_boards_read_it_and_nobody_changes_it() {
    on_each(async |house| {
        let (award, pool, charge) = spent(&house).await;
        let (db, officer) = (&house.db, &house.officer);
        let new = cap(charge, Basis::OtherSpend, Some(500));
        let trustee = house.somebody(Role::Trustee).await;
        let told = agree(db, &trustee, Of::Pool(pool), None, &new).await;
        assert!(matches!(told, Err(Error::NotAllowed(_))), "{told:?}");
        assert!(view::of(db, &trustee, Of::Pool(pool)).await.is_ok());
        let funder = house.somebody_of(Role::FundersOfficer, house.funder).await;
        let told = view::of(db, &funder, Of::Award(award)).await;
        assert!(matches!(told, Err(Error::NotAllowed(_))), "{told:?}");
        let told = agree(db, officer, Of::Award(award), Some(99), &new).await;
        assert!(matches!(told, Err(Error::Stale)), "{told:?}");
        let mut wrong_one = cap(
            CostCategoryId(uuid::Uuid::from_u128(9)),
            Basis::Spend,
            Some(1),
        );
        let told = agree(db, officer, Of::Award(award), None, &wrong_one).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");
        wrong_one.agreed_on = day(2027, 1, 1);
        let told = agree(db, officer, Of::Award(award), None, &wrong_one).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");
        agree(db, officer, Of::Pool(pool), None, &new)
            .await
            .unwrap();
        for sql in [
            "UPDATE charge_cap SET share_bp = 900",
            "DELETE FROM charge_cap",
            "DELETE FROM charge_cap_category",
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
