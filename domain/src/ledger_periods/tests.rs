#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{PoolId, Role};

use super::ops::{self, MonthToClose};
use super::view;
use crate::testing::House;
use crate::{Error, audit, pools};

#[tokio::test]
async fn a_month_is_closed_once_and_can_be_opened_again() {
    for house in House::each().await {
        let officer = house.somebody(Role::FinanceOfficer).await;
        let pool = pools::tests::new_pool(&house, "treatment", &[]);
        let pool = pools::ops::create(&house.db, &officer, &pool)
            .await
            .unwrap();
        let september = MonthToClose {
            month: "2026-09-01".parse().unwrap(),
        };
        let id = ops::close(&house.db, &officer, pool, september)
            .await
            .unwrap();
        assert_eq!(
            ops::close(&house.db, &officer, pool, september)
                .await
                .unwrap(),
            id
        );
        let closed = view::list(&house.db, &officer, pool).await.unwrap();
        assert_eq!(closed.len(), 1);
        assert_eq!(closed[0].closed_by.as_deref(), Some("Robin"));
        assert!(
            pools::view::one(&house.db, &officer, pool)
                .await
                .unwrap()
                .months[0]
                .closed
        );

        let october = MonthToClose {
            month: "2026-10-01".parse().unwrap(),
        };
        let early = ops::close(&house.db, &officer, pool, october).await;
        assert!(matches!(early, Err(Error::Invalid(_))));
        let nowhere = ops::close(&house.db, &officer, PoolId::new(), september).await;
        assert!(matches!(nowhere, Err(Error::NotFound)));

        ops::reopen(&house.db, &officer, pool, september.month)
            .await
            .unwrap();
        let again = ops::reopen(&house.db, &officer, pool, september.month).await;
        assert!(matches!(again, Err(Error::NotFound)));
        assert!(
            view::list(&house.db, &officer, pool)
                .await
                .unwrap()
                .is_empty()
        );
        // the history keeps what the table forgets
        let told: Vec<String> =
            audit::view::history(&house.db, &officer, "pool", pool.into(), 0, 50)
                .await
                .unwrap()
                .entries
                .into_iter()
                .map(|entry| entry.operation)
                .collect();
        assert_eq!(told[0], "ledger-periods.reopen");
        assert_eq!(told.len(), 4);
    }
}
