#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use entity::{AwardId, AwardMoneyKind as Entry, Money, Role};

use super::rules::{Direction, Kind};
use super::view::{OwedFilter, OwedItem, OwedView, list, to_settle};
use crate::attribution::tests::{load, load_of, ran, wrong};
use crate::closures::ops::NewClosure;
use crate::payments::ops::{NewMoney, NewPayment, NewPayments};
use crate::spend::testing::{Given, House, day, on_each};
use crate::{Error, closures, payments};

async fn money(house: &House, award: AwardId, kind: Entry, on: u32, pence: i64) {
    let new = NewMoney {
        kind,
        happened_on: day(2026, 10, on),
        amount_pence: Money(pence),
        ledger_reference: format!("GL {on}"),
        payment_id: None,
        note: String::new(),
    };
    payments::ops::record(&house.db, &house.officer, award, &new)
        .await
        .unwrap();
}

async fn award(house: &House, reference: &str, last: (u32, u32)) -> AwardId {
    house
        .given(Given {
            reference,
            amount: 10_000,
            window: (day(2026, 10, 1), day(2026, last.0, last.1)),
            categories: &[],
            fence: None,
        })
        .await
}

fn briefly(item: &OwedItem) -> (AwardId, Kind, i64, bool) {
    (
        item.award_id,
        item.kind,
        item.amount_pence.pence(),
        item.overdue,
    )
}

fn sums(seen: &OwedView) -> (i64, i64, i64) {
    (
        seen.we_owe_pence.pence(),
        seen.owed_to_us_pence.pence(),
        seen.overdue_pence.pence(),
    )
}

#[test]
fn what_is_owed_is_told_once_and_says_why() {
    on_each(async |house| {
        house.category("care").await;
        let (over, runs) = (
            award(&house, "A", (10, 31)).await,
            award(&house, "B", (12, 31)).await,
        );
        house.pool("p", &[(over, 10_000)]).await;
        load(
            &house,
            "x",
            &[(4, 4_000, "care", "p"), (5, 2_000, "care", "p")],
        )
        .await;
        ran(&house).await;
        let (db, officer) = (&house.db, &house.officer);
        let all = async || list(db, officer, OwedFilter::default()).await.unwrap();
        let seen = all().await;
        assert_eq!((sums(&seen), seen.items.len()), ((0, 0, 0), 0));

        // the funder is late with 30.00 of its schedule, and was asked for 45.00 in all
        let promised = NewPayments {
            payments: vec![NewPayment {
                due_on: day(2026, 10, 10),
                amount_pence: Money(5_000),
                note: String::new(),
            }],
        };
        payments::ops::schedule(db, officer, runs, &promised)
            .await
            .unwrap();
        money(&house, runs, Entry::Receipt, 9, 2_000).await;
        money(&house, runs, Entry::Claim, 12, 4_500).await;
        let seen = all().await;
        assert_eq!(
            seen.items.iter().map(briefly).collect::<Vec<_>>(),
            [
                (runs, Kind::Late, 3_000, true),
                (runs, Kind::Claimed, 1_500, false),
            ]
        );
        assert_eq!(sums(&seen), (0, 4_500, 3_000));
        assert!(seen.items[0].payment_id.is_some() && seen.items[1].claim_id.is_some());
        // what waits on Today are all but claims
        let settle = to_settle(db, officer).await.unwrap();
        assert_eq!(
            settle.iter().map(briefly).collect::<Vec<_>>(),
            [briefly(&seen.items[0])]
        );

        // received ahead and not spent; some of what was spent is taken back after the closure
        money(&house, over, Entry::Receipt, 3, 9_000).await;
        let mut closure = NewClosure {
            closed_on: day(2026, 11, 1),
            why: "It is over".to_owned(),
            told_by: "Bea, letter".to_owned(),
            kept_pence: Some(Money(3_000)),
            despite: String::new(),
            seen: None,
        };
        closure.seen = Some(
            closures::view::preview(db, officer, over, &closure)
                .await
                .unwrap()
                .figures,
        );
        closures::ops::close(db, officer, over, None, &closure)
            .await
            .unwrap();
        assert_eq!(
            all().await.items.len(),
            2,
            "nothing is owed of what was carried forward"
        );
        load_of(&house, "z", ("x", 5), &[(20, -500, "care", "p")]).await;
        ran(&house).await;
        let seen = all().await;
        assert_eq!(sums(&seen), (500, 4_500, 3_500));
        let back = seen
            .items
            .iter()
            .find(|item| item.award_id == over)
            .unwrap();
        assert_eq!(briefly(back), (over, Kind::TakenBack, 500, true));
        // it is what the award's own page says
        let own = payments::view::of_award(db, officer, over).await.unwrap();
        assert_eq!(own.to_repay_pence, back.amount_pence);
        let ways = async |direction| {
            let filter = OwedFilter {
                funder: Some(house.funder),
                direction: Some(direction),
            };
            sums(&list(db, officer, filter).await.unwrap())
        };
        assert_eq!(ways(Direction::WeOwe).await, (500, 0, 500));
        assert_eq!(ways(Direction::OwedToUs).await, (0, 4_500, 3_000));
        assert_eq!(seen.funders.len(), 1);
        let elsewhere = OwedFilter {
            funder: Some(house.body("GB-GOR-X2", "Another").await),
            ..OwedFilter::default()
        };
        assert_eq!(list(db, officer, elsewhere).await.unwrap().items, []);

        // repaid, it is gone
        money(&house, over, Entry::Repayment, 30, 500).await;
        assert_eq!(sums(&all().await), (0, 4_500, 3_000));
        assert_eq!(wrong(&house).await, Vec::<String>::new());
        let trustee = house.somebody(Role::Trustee).await;
        assert!(list(db, &trustee, OwedFilter::default()).await.is_ok());
        let told = to_settle(db, &trustee).await;
        assert!(matches!(told, Err(Error::NotAllowed(_))), "{told:?}");
        let funder = house.somebody_of(Role::FundersOfficer, house.funder).await;
        let told = list(db, &funder, OwedFilter::default()).await;
        assert!(matches!(told, Err(Error::NotAllowed(_))), "{told:?}");
    });
}
