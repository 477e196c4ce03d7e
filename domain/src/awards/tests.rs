#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{BalanceKind, JobKind, Money, Role, balance, job};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::ops::{self, NewAward, NewFence};
use super::view::{self, AwardOrder, Filter};
use crate::access::rules::Operation;
use crate::testing::House;
use crate::{Command, Error, pools};

fn fence(slug: &str, parent: Option<&str>, reserved: Option<i64>, limit: Option<i64>) -> NewFence {
    NewFence {
        slug: slug.to_owned(),
        name: format!("The {slug}"),
        parent: parent.map(str::to_owned),
        reserved_pence: reserved.map(|pounds| Money(pounds * 100)),
        limit_pence: limit.map(|pounds| Money(pounds * 100)),
        category_ids: Vec::new(),
    }
}

fn codes(error: Error) -> Vec<String> {
    match error {
        Error::Invalid(fields) => fields
            .into_iter()
            .map(|field| format!("{} {}", field.pointer, field.code))
            .collect(),
        other => vec![other.to_string()],
    }
}

#[tokio::test]
async fn an_award_is_recorded_with_its_fences_balances_and_a_nudge() {
    for house in House::each().await {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let (rough, detox) = (house.category("rough").await, house.category("detox").await);
        let mut new = house.new_award(funder, "DCR/1", 1000);
        new.category_ids = vec![rough, detox, rough];
        new.fences = vec![
            // the inner one first: the order of the list does not matter
            NewFence {
                category_ids: vec![detox],
                ..fence("inner", Some("outer"), Some(100), None)
            },
            NewFence {
                category_ids: vec![detox, rough],
                ..fence("outer", None, Some(300), Some(400))
            },
        ];
        let id = ops::create(&house.db, &officer, &new).await.unwrap();

        let award = view::one(&house.db, &officer, id).await.unwrap();
        assert_eq!(award.summary.amount_pence, Money(100_000));
        assert_eq!(award.summary.left_pence, Money(100_000));
        assert_eq!(award.summary.days_left, Some(181));
        assert_eq!(award.summary.funder, "Department");
        assert_eq!(award.categories.len(), 2);
        let walked: Vec<(&str, u32)> = award
            .fences
            .iter()
            .map(|fence| (fence.slug.as_str(), fence.depth))
            .collect();
        assert_eq!(walked, [("outer", 0), ("inner", 1)]);

        let balances = balance::Entity::find().all(house.db.read()).await.unwrap();
        let mut kept: Vec<_> = balances
            .iter()
            .map(|row| (row.kind, row.subject_id, row.cap, row.attributed))
            .collect();
        kept.sort();
        assert_eq!(
            kept,
            [
                (BalanceKind::Award, id.into(), Money(100_000), Money(0)),
                (
                    BalanceKind::Fence,
                    Uuid::from(award.fences[0].id),
                    Money(40_000),
                    Money(0)
                ),
                (
                    BalanceKind::AwardYear,
                    Uuid::from(award.years[0].id),
                    Money(100_000),
                    Money(0)
                ),
            ]
        );
        let nudged = job::Entity::find()
            .filter(job::Column::UniqueKey.eq(JobKind::AttributeSpend.slug()))
            .all(house.db.read())
            .await
            .unwrap();
        assert_eq!(nudged.len(), 1);
    }
}

#[tokio::test]
async fn what_an_award_names_must_be_known_and_its_reference_new() {
    for house in House::each().await {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let wrong = NewAward {
            funder_id: entity::OrganisationId::new(),
            lead_id: Some(entity::PersonId::new()),
            category_ids: vec![entity::CostCategoryId::new()],
            ..house.new_award(funder, "A", 10)
        };
        let told = ops::create(&house.db, &officer, &wrong).await.unwrap_err();
        assert_eq!(
            codes(told),
            [
                "/funder_id unknown",
                "/lead_id unknown",
                "/category_ids unknown"
            ]
        );
        house.award(funder, "A", 10).await;
        let again = house.new_award(funder, " A ", 10);
        let told = ops::create(&house.db, &officer, &again).await.unwrap_err();
        assert_eq!(codes(told), ["/reference known-already"]);
    }
}

#[tokio::test]
async fn a_funders_officer_sees_only_the_awards_of_that_funder() {
    for house in House::each().await {
        let ours = house.body("GB-GOR-D1", "Department").await;
        let theirs = house.body("GB-GOR-D2", "Lottery").await;
        let seen = house.award(ours, "A", 10).await;
        let hidden = house.award(theirs, "B", 10).await;
        let system = house.system();
        let pool = pools::tests::new_pool(&house, "treatment", &[(seen, 5)]);
        pools::ops::create(&house.db, &system, &pool).await.unwrap();
        let funder = house.somebody_of(Role::FundersOfficer, ours).await;

        let list = view::list(&house.db, &funder, Filter::default(), None, 50)
            .await
            .unwrap();
        assert_eq!(
            list.items.iter().map(|row| row.id).collect::<Vec<_>>(),
            [seen]
        );
        let by_attention = view::by_attention(&house.db, &funder, None, 50)
            .await
            .unwrap();
        assert_eq!(by_attention.items.len(), 1);
        let foreign = view::one(&house.db, &funder, hidden).await.unwrap_err();
        assert!(matches!(foreign, Error::NotFound));
        let own = view::one(&house.db, &funder, seen).await.unwrap();
        assert!(own.contributions.is_empty() && own.lead.is_none());
        // the same award, to the staff
        let staff = house.somebody(Role::Trustee).await;
        let same = view::one(&house.db, &staff, seen).await.unwrap();
        assert_eq!(same.contributions.len(), 1);
        let refused = ops::create(&house.db, &staff, &house.new_award(ours, "C", 1))
            .await
            .unwrap_err();
        assert!(matches!(refused, Error::NotAllowed(_)));
    }
}

#[tokio::test]
async fn a_fence_is_added_while_nothing_is_attributed() {
    for house in House::each().await {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let (rough, detox) = (house.category("rough").await, house.category("detox").await);
        let id = house.award(funder, "A", 100).await;
        let new = NewFence {
            category_ids: vec![rough],
            ..fence("rough", None, Some(60), None)
        };
        ops::add_fence(&house.db, &officer, id, Some(1), &new)
            .await
            .unwrap();
        let stale = ops::add_fence(&house.db, &officer, id, Some(1), &new)
            .await
            .unwrap_err();
        assert!(matches!(stale, Error::Stale));
        let more = NewFence {
            category_ids: vec![detox],
            ..fence("detox", None, Some(41), None)
        };
        let told = ops::add_fence(&house.db, &officer, id, Some(2), &more)
            .await
            .unwrap_err();
        assert_eq!(codes(told), ["/reserved_pence more-than-the-award"]);
        let twice = NewFence {
            category_ids: vec![rough],
            ..fence("other", None, Some(1), None)
        };
        let told = ops::add_fence(&house.db, &officer, id, None, &twice)
            .await
            .unwrap_err();
        assert_eq!(codes(told), ["/category_ids overlaps"]);
        assert_eq!(
            view::one(&house.db, &officer, id)
                .await
                .unwrap()
                .fences
                .len(),
            1
        );
    }
}

#[tokio::test]
async fn awards_come_by_what_needs_attention() {
    for house in House::each().await {
        let system = house.system();
        let funder = house.body("GB-GOR-D1", "Department").await;
        let mut ids = Vec::new();
        for (reference, from, to) in [
            ("over", "2025-04-01", "2026-03-31"),
            ("to come", "2027-04-01", "2028-03-31"),
            ("ends late", "2026-04-01", "2027-09-30"),
            ("ends soon", "2026-04-01", "2026-12-31"),
        ] {
            let mut new = house.new_award(funder, reference, 10);
            new.starts_on = from.parse().unwrap();
            new.ends_on = to.parse().unwrap();
            ids.push(ops::create(&house.db, &system, &new).await.unwrap());
        }
        let mut after = None;
        let mut rows = Vec::new();
        // Two at a time: no page repeats or hides what the others have.
        loop {
            let part = view::by_attention(&house.db, &system, after, 2)
                .await
                .unwrap();
            rows.extend(part.items);
            after = part.next;
            if after.is_none() {
                break;
            }
        }
        let order: Vec<&str> = rows.iter().map(|row| row.reference.as_str()).collect();
        assert_eq!(order, ["ends soon", "ends late", "to come", "over"]);
        assert_eq!(rows[3].days_left, None);
        let running = Filter {
            running_on: Some(system.today()),
            ..Filter::default()
        };
        let first = view::list(&house.db, &system, running, None, 1)
            .await
            .unwrap();
        let rest = view::list(&house.db, &system, running, first.next, 9)
            .await
            .unwrap();
        assert_eq!(
            (first.items[0].id, rest.items[0].id, rest.items.len()),
            (ids[2], ids[3], 1)
        );
        // each order is walked page by page as it stands whole
        for order in [AwardOrder::Recorded, AwardOrder::Ends, AwardOrder::LastEnds] {
            let all = Filter {
                order,
                ..Filter::default()
            };
            let whole = view::list(&house.db, &system, all, None, 50).await.unwrap();
            let mut walked = Vec::new();
            let mut after = None;
            loop {
                let page = view::list(&house.db, &system, all, after, 1).await.unwrap();
                walked.extend(page.items);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(walked, whole.items, "{order:?}");
            let mut ends: Vec<_> = whole.items.iter().map(|row| row.ends_on).collect();
            if order == AwardOrder::LastEnds {
                ends.reverse();
            }
            assert!(
                order == AwardOrder::Recorded || ends.is_sorted(),
                "{order:?}"
            );
        }
    }
}

/// The checks find what got around the operations, and are silent about what did not.
#[tokio::test]
async fn checks_find_what_the_operations_would_have_refused() {
    for house in House::each().await {
        let system = house.system();
        let funder = house.body("GB-GOR-D1", "Department").await;
        let mut new = house.new_award(funder, "A", 100);
        new.fences.push(NewFence {
            category_ids: vec![house.category("rough").await],
            ..fence("rough", None, Some(10), Some(20))
        });
        let award = ops::create(&house.db, &system, &new).await.unwrap();
        let pool = pools::tests::new_pool(&house, "treatment", &[(award, 60)]);
        pools::ops::create(&house.db, &system, &pool).await.unwrap();
        let found = async || {
            let mut all = super::checks::contributions_within(&house.db, &system)
                .await
                .unwrap();
            all.extend(super::checks::guarded(&house.db, &system).await.unwrap());
            all.extend(
                super::checks::fences_nest(&house.db, &system)
                    .await
                    .unwrap(),
            );
            all
        };
        assert!(found().await.is_empty());
        house
            .db
            .write(&system, Command::new(Operation::SetUp), async |tx| {
                let mut part = entity::contribution::Entity::find()
                    .one(tx.conn())
                    .await?
                    .unwrap()
                    .into_active_model();
                part.agreed = Set(Money(10_001));
                part.update(tx.conn()).await?;
                let mut row = entity::fence::Entity::find()
                    .one(tx.conn())
                    .await?
                    .unwrap()
                    .into_active_model();
                row.reserved = Set(Some(Money(2_001)));
                row.update(tx.conn()).await?;
                balance::Entity::delete_many()
                    .filter(balance::Column::Kind.eq(BalanceKind::Award))
                    .exec(tx.conn())
                    .await?;
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!(
            found().await,
            [
                "“Grant A” holds £100.00, and £100.01 of it is put behind pools.",
                "Nothing keeps attributions to the award “Grant A” within £100.00.",
                "The contribution “Grant A” is £100.01, and attributions to it may reach £60.00.",
                "Of “Grant A”: The most it may take cannot be less than what is reserved for it.",
            ]
        );
    }
}
