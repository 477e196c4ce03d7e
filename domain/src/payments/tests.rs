#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{AwardMoneyKind as Kind, Money, Role};

use super::ops::{
    MoneyCorrection, NewMoney, NewPayment, NewPayments, PaymentWithdrawal, correct, record,
    schedule, withdraw,
};
use super::rules::PaymentState;
use super::view;
use crate::Error;
use crate::testing::House;

fn money(kind: Kind, on: &str, pence: i64) -> NewMoney {
    NewMoney {
        kind,
        happened_on: on.parse().unwrap(),
        amount_pence: Money(pence),
        ledger_reference: format!("GL {on}"),
        payment_id: None,
        note: String::new(),
    }
}

fn payment(on: &str, pence: i64) -> NewPayment {
    NewPayment {
        due_on: on.parse().unwrap(),
        amount_pence: Money(pence),
        note: String::new(),
    }
}

#[tokio::test]
async fn money_in_and_out_is_matched_to_the_schedule() {
    for house in House::each().await {
        let finance = house.somebody(Role::FinanceOfficer).await;
        let trustee = house.somebody(Role::Trustee).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A", 1_000).await;
        let today = finance.today();
        let past = |days: u64| (today - chrono::Days::new(days)).to_string();
        let later = (today + chrono::Days::new(30)).to_string();
        let new = NewPayments {
            payments: vec![
                payment(&past(60), 30_000),
                payment(&past(10), 30_000),
                payment(&later, 40_000),
            ],
        };
        let ids = schedule(&house.db, &finance, award, &new).await.unwrap();
        let told = schedule(&house.db, &trustee, award, &new).await;
        assert!(matches!(told, Err(Error::NotAllowed(_))), "{told:?}");
        record(
            &house.db,
            &finance,
            award,
            &money(Kind::Receipt, &past(55), 30_000),
        )
        .await
        .unwrap();
        let wrong = record(
            &house.db,
            &finance,
            award,
            &money(Kind::Receipt, &past(5), 9_000),
        )
        .await
        .unwrap();
        let seen = view::of_award(&house.db, &trustee, award).await.unwrap();
        let states: Vec<_> = seen.schedule.iter().map(|one| one.state.unwrap()).collect();
        use PaymentState::{Expected, Late, Received};
        assert_eq!(states, [Received, Late, Expected]);
        assert_eq!(
            (seen.late_pence, seen.expected_pence),
            (Money(21_000), Money(40_000))
        );
        assert_eq!(
            (seen.ahead_pence, seen.to_repay_pence),
            (Money(39_000), Money(0))
        );
        let late = view::late(&house.db, &finance).await.unwrap();
        assert_eq!((late.len(), late[0].missing_pence), (1, Money(21_000)));

        // the second receipt was another award's
        let why = MoneyCorrection {
            reason: "Another award’s".to_owned(),
        };
        correct(&house.db, &finance, award, wrong, &why)
            .await
            .unwrap();
        let told = correct(&house.db, &finance, award, wrong, &why).await;
        assert!(matches!(told, Err(Error::Refused { .. })), "{told:?}");
        // and the second payment will not come
        let gone = PaymentWithdrawal {
            reason: "Paid with the third".to_owned(),
        };
        withdraw(&house.db, &finance, award, ids[1], &gone)
            .await
            .unwrap();
        assert!(view::late(&house.db, &finance).await.unwrap().is_empty());
        let named = NewMoney {
            payment_id: Some(ids[1]),
            ..money(Kind::Receipt, &past(1), 1_000)
        };
        let told = record(&house.db, &finance, award, &named).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");
        record(
            &house.db,
            &finance,
            award,
            &money(Kind::Claim, &past(1), 5_000),
        )
        .await
        .unwrap();
        record(
            &house.db,
            &finance,
            award,
            &money(Kind::Receipt, &past(1), 75_000),
        )
        .await
        .unwrap();
        record(
            &house.db,
            &finance,
            award,
            &money(Kind::Repayment, &past(0), 2_000),
        )
        .await
        .unwrap();
        let seen = view::of_award(&house.db, &finance, award).await.unwrap();
        assert_eq!(
            (seen.received_pence, seen.repaid_pence),
            (Money(105_000), Money(2_000))
        );
        assert_eq!(
            (seen.to_repay_pence, seen.claimed_pence),
            (Money(3_000), Money(5_000))
        );
        // 700 pounds are in the schedule still
        assert_eq!(seen.beyond_schedule_pence, Money(35_000));
        assert_eq!(seen.entries.len(), 6);
        let system = house.system();
        let found = super::checks::corrections(&house.db, &system)
            .await
            .unwrap();
        assert_eq!(found, Vec::<String>::new());
    }
}
