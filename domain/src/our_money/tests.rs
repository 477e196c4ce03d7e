#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{Money, Role};

use super::view;
use crate::pools::tests::new_pool;
use crate::testing::House;
use crate::{Error, pools};

#[tokio::test]
async fn everybody_on_both_boards_reads_the_same() {
    for house in House::each().await {
        let officer = house.somebody(Role::FinanceOfficer).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let lost = house.award(funder, "A", 100).await;
        let kept = house.award(funder, "B", 50).await;
        for (slug, parts) in [
            ("treatment", &[(lost, 60), (kept, 50)][..]),
            ("outreach", &[(lost, 30)][..]),
        ] {
            let new = new_pool(&house, slug, parts);
            pools::ops::create(&house.db, &officer, &new).await.unwrap();
        }
        let trustee = house.somebody(Role::Trustee).await;
        let read = view::read(&house.db, &trustee).await.unwrap();
        assert_eq!(read.together.given_pence, Money(14_000));
        assert_eq!(read.together.left_pence, Money(14_000));
        assert_eq!(read.together.free_pence, Money(14_000));
        let names: Vec<&str> = read.pools.iter().map(|pool| pool.name.as_str()).collect();
        assert_eq!(names, ["outreach", "treatment"]);
        // every award of the house's is lost if it is not spent
        let amounts: Vec<Money> = read
            .may_be_lost
            .iter()
            .map(|one| one.amount_pence)
            .collect();
        assert_eq!(amounts, [Money(9_000), Money(5_000)]);
        assert_eq!(read.together.may_be_lost_pence, Money(14_000));
        let member = house.somebody(Role::CommitteeMember).await;
        assert_eq!(view::read(&house.db, &member).await.unwrap(), read);
        let theirs = house.somebody_of(Role::FundersOfficer, funder).await;
        assert!(matches!(
            view::read(&house.db, &theirs).await,
            Err(Error::NotAllowed(_))
        ));
    }
}
