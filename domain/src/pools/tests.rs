#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{
    AttributionPolicy, AttributionRunId, AwardId, BalanceKind, FileId, ImportProfileId,
    ImportState, Money, PoolId, Role, RunState, SpendImportId, SpendKind, SpendLineId, attribution,
    attribution_run, balance, file, import_profile, spend_import, spend_line,
};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::ops::{self, NewContribution, NewPool};
use super::view;
use crate::access::rules::Operation;
use crate::testing::House;
use crate::{Command, Error, awards};

pub(crate) fn new_pool(house: &House, slug: &str, parts: &[(AwardId, i64)]) -> NewPool {
    NewPool {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        purpose: "Treatment and recovery for everybody in the county".to_owned(),
        holder_id: house.charity,
        policy: AttributionPolicy::InOrder,
        policy_from: "2026-04-01".parse().unwrap(),
        policy_agreed_by: "Both boards, 12 March 2026, minute 7".to_owned(),
        contributions: parts
            .iter()
            .map(|(award_id, pounds)| NewContribution {
                award_id: *award_id,
                agreed_pence: Money(pounds * 100),
            })
            .collect(),
    }
}

#[tokio::test]
async fn a_pool_keeps_the_stated_order_and_guards_each_contribution() {
    for house in House::each().await {
        let officer = house.somebody(Role::FinanceOfficer).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let first = house.award(funder, "A", 100).await;
        let second = house.award(funder, "B", 100).await;
        // the one recorded later is stated to pay first
        let new = new_pool(&house, "treatment", &[(second, 40), (first, 100)]);
        let id = ops::create(&house.db, &officer, &new).await.unwrap();
        let pool = view::one(&house.db, &officer, id).await.unwrap();
        let order: Vec<_> = pool
            .contributions
            .iter()
            .map(|part| (part.award_id, part.position, part.left_pence))
            .collect();
        assert_eq!(
            order,
            [(second, 1, Money(4_000)), (first, 2, Money(10_000))]
        );
        assert_eq!(pool.summary.agreed_pence, Money(14_000));
        assert_eq!(pool.summary.funders, ["Department"]);
        let guards = balance::Entity::find()
            .filter(balance::Column::Kind.eq(BalanceKind::Contribution))
            .all(house.db.read())
            .await
            .unwrap();
        assert_eq!(guards.len(), 2);

        let over = new_pool(&house, "other", &[(second, 61)]);
        let told = ops::create(&house.db, &officer, &over).await.unwrap_err();
        let Error::Invalid(fields) = told else {
            panic!("{told}");
        };
        assert_eq!(fields[0].pointer, "/contributions/0/agreed_pence");
        assert!(fields[0].detail.contains("£60.00"), "{}", fields[0].detail);
        // nothing of the refused pool stayed
        assert_eq!(
            view::list(&house.db, &officer, None, 50)
                .await
                .unwrap()
                .len(),
            1
        );

        let more = NewContribution {
            award_id: house.award(funder, "C", 10).await,
            agreed_pence: Money(1_000),
        };
        ops::add_contribution(&house.db, &officer, id, Some(1), &more)
            .await
            .unwrap();
        let stale = ops::add_contribution(&house.db, &officer, id, Some(1), &more)
            .await
            .unwrap_err();
        assert!(matches!(stale, Error::Stale));
        let pool = view::one(&house.db, &officer, id).await.unwrap();
        assert_eq!(pool.contributions[2].position, 3);
        assert_eq!(pool.summary.version, 2);
    }
}

/// What an award did not use by its end is not left to use, in any figure of the pool.
#[tokio::test]
async fn an_ended_award_leaves_nothing_to_use() {
    for house in House::each().await {
        let officer = house.somebody(Role::FinanceOfficer).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let mut ended = house.new_award(funder, "A", 100);
        ended.ends_on = "2026-06-30".parse().unwrap();
        let ended = awards::ops::create(&house.db, &house.system(), &ended)
            .await
            .unwrap();
        let running = house.award(funder, "B", 100).await;
        let new = new_pool(&house, "treatment", &[(ended, 60), (running, 50)]);
        let id = ops::create(&house.db, &officer, &new).await.unwrap();
        let pool = view::one(&house.db, &officer, id).await.unwrap();
        let listed = view::by_attention(&house.db, &officer).await.unwrap();
        assert_eq!(
            listed,
            std::slice::from_ref(&pool.summary),
            "one figure everywhere"
        );
        assert_eq!(pool.summary.agreed_pence, Money(11_000));
        assert_eq!(pool.summary.left_pence, Money(5_000));
        assert_eq!(pool.summary.not_used_pence, Money(6_000));
        let parts: Vec<_> = pool
            .contributions
            .iter()
            .map(|part| (part.left_pence, part.not_used_pence))
            .collect();
        assert_eq!(
            parts,
            [(Money::ZERO, Money(6_000)), (Money(5_000), Money::ZERO)]
        );
    }
}

/// M3 for contributions: many writers want an award's last pound; one gets it.
#[tokio::test]
async fn contributions_that_race_for_the_last_pound() {
    for house in House::each().await {
        let officer = house.somebody(Role::FinanceOfficer).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A", 10).await;
        let other = house.award(funder, "B", 1_000).await;
        let start = ops::create(
            &house.db,
            &officer,
            &new_pool(&house, "begun", &[(award, 9)]),
        )
        .await
        .unwrap();
        let racers: Vec<_> = (0..24)
            .map(|n| {
                let (db, ctx) = (house.db.clone(), officer.clone());
                // half of them state the two awards in the opposite order
                let parts = if n % 2 == 0 {
                    [(award, 1), (other, 1)]
                } else {
                    [(other, 1), (award, 1)]
                };
                let new = new_pool(&house, &format!("race-{n}"), &parts);
                async move { ops::create(&db, &ctx, &new).await }
            })
            .collect();
        let mut won: Vec<PoolId> = vec![start];
        for answer in join_all(racers).await {
            match answer {
                Ok(id) => won.push(id),
                Err(Error::Invalid(fields)) => {
                    assert_eq!(fields[0].code, "more-than-the-award");
                }
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won.len(), 2, "one racer has the last pound");
        let view = awards::view::one(&house.db, &officer, award).await.unwrap();
        let given = Money::sum(view.contributions.iter().map(|part| part.agreed_pence));
        assert_eq!(given, Some(Money(1_000)));
    }
}

/// Spend as an import leaves it and attributions as a run leaves them.
pub(crate) async fn spend(
    house: &House,
    pool: PoolId,
    award: AwardId,
    fence: Option<entity::FenceId>,
) {
    let category = house.category("prescribing").await;
    let person = house
        .somebody(Role::FinanceOfficer)
        .await
        .person_id()
        .unwrap();
    let ctx = house.system();
    house
        .db
        .write(&ctx, Command::new(Operation::SetUp), async |tx| {
            let (file_id, profile_id) = (FileId::new(), ImportProfileId::new());
            file::ActiveModel {
                id: Set(file_id),
                sha256: Set("00".to_owned()),
                name: Set("spend.csv".to_owned()),
                media_type: Set("text/csv".to_owned()),
                size: Set(0),
                complete: Set(true),
                created_at: Set(tx.now()),
                created_by: Set(None),
            }
            .insert(tx.conn())
            .await?;
            import_profile::ActiveModel {
                id: Set(profile_id),
                name: Set("Ledger".to_owned()),
                source_system: Set("Ledger".to_owned()),
                spec: Set(serde_json::json!({})),
                version: Set(1),
                created_at: Set(tx.now()),
            }
            .insert(tx.conn())
            .await?;
            for (n, state) in [ImportState::Accepted, ImportState::Ready]
                .into_iter()
                .enumerate()
            {
                let import_id = SpendImportId::new();
                let accepted = state == ImportState::Accepted;
                spend_import::ActiveModel {
                    id: Set(import_id),
                    profile_id: Set(profile_id),
                    file_id: Set(file_id),
                    period_from: Set("2026-08-01".parse().unwrap()),
                    period_to: Set("2026-09-30".parse().unwrap()),
                    control_total: Set(None),
                    state: Set(state),
                    rows_total: Set(2),
                    rows_read: Set(2),
                    rows_loaded: Set(2),
                    rows_faulty: Set(0),
                    rows_set_aside: Set(0),
                    rows_known: Set(0),
                    rows_skipped: Set(0),
                    rows_suspect: Set(0),
                    sum_loaded: Set(Money(30_000)),
                    sum_set_aside: Set(Money(0)),
                    sum_known: Set(Money(0)),
                    failure: Set(None),
                    version: Set(1),
                    created_at: Set(tx.now()),
                    spec: Set(serde_json::json!({})),
                    layout: Set(None),
                    saw_seq: Set(0),
                    created_by: Set(Some(person)),
                    accepted_at: Set(accepted.then_some(tx.now())),
                    accepted_by: Set(accepted.then_some(person)),
                    accepted_seq: Set(accepted.then_some(1)),
                    coded_from_id: Set(None),
                    journal_id: Set(None),
                    rows_replaced: Set(0),
                    sum_replaced: Set(entity::Money::ZERO),
                    rows_uncoded: Set(0),
                    sum_uncoded: Set(entity::Money::ZERO),
                }
                .insert(tx.conn())
                .await?;
                let run_id = AttributionRunId::new();
                attribution_run::ActiveModel {
                    id: Set(run_id),
                    pool_id: Set(pool),
                    state: Set(if accepted {
                        RunState::Accepted
                    } else {
                        RunState::Computing
                    }),
                    cause: Set("test".to_owned()),
                    policy: Set(AttributionPolicy::InOrder),
                    lines: Set(2),
                    attributed: Set(Money(25_000)),
                    unfunded: Set(Money(5_000)),
                    saw_seq: Set(1),
                    facts_hash: Set(String::new()),
                    created_at: Set(tx.now()),
                    accepted_at: Set(None),
                    accepted_seq: Set(accepted.then_some(2)),
                    commitments_hash: Set(None),
                    locks_hash: Set(None),
                    classes_hash: Set(None),
                }
                .insert(tx.conn())
                .await?;
                for (row_no, (on, amount, paid)) in [
                    ("2026-08-31", 10_000, 10_000),
                    ("2026-09-01", 20_000, 15_000),
                ]
                .into_iter()
                .enumerate()
                {
                    let line_id = SpendLineId::new();
                    spend_line::ActiveModel {
                        id: Set(line_id),
                        import_id: Set(import_id),
                        row_no: Set(i32::try_from(row_no).unwrap()),
                        identity: Set(format!("{n}-{row_no}")),
                        transaction_ref: Set(None),
                        line_ref: Set(None),
                        incurred_on: Set(on.parse().unwrap()),
                        posted_on: Set(None),
                        ledger_month: Set(None),
                        kind: Set(SpendKind::Invoice),
                        amount: Set(Money(amount)),
                        capital: Set(false),
                        pool_id: Set(pool),
                        category_id: Set(category),
                        place: Set(None),
                        people_group: Set(None),
                        supplier: Set(Some("ROWAN HOUSE".to_owned())),
                        description: Set(None),
                        suspect: Set(false),
                        suspect_of: Set(None),
                        cost_centre: Set(None),
                        account: Set(None),
                        project: Set(None),
                        coding_id: Set(None),
                        commitment_ref: Set(None),
                        reverses_id: Set(None),
                    }
                    .insert(tx.conn())
                    .await?;
                    attribution::ActiveModel {
                        id: Set(Uuid::now_v7()),
                        run_id: Set(run_id),
                        line_id: Set(line_id),
                        award_id: Set(award),
                        fence_id: Set(fence),
                        amount: Set(Money(paid)),
                    }
                    .insert(tx.conn())
                    .await?;
                }
            }
            crate::spend::testing::keep_totals(tx).await
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn figures_count_what_was_accepted_and_nothing_else() {
    for house in House::each().await {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let mut new = house.new_award(funder, "A", 1_000);
        let detox = house.category("detox").await;
        for (slug, parent) in [
            ("outer", None),
            ("inner", Some("outer")),
            ("cap", Some("inner")),
        ] {
            new.fences.push(awards::ops::NewFence {
                slug: slug.to_owned(),
                name: slug.to_owned(),
                parent: parent.map(str::to_owned),
                reserved_pence: None,
                limit_pence: Some(Money(50_000)),
                category_ids: vec![detox],
            });
        }
        let award = awards::ops::create(&house.db, &officer, &new)
            .await
            .unwrap();
        let pool = ops::create(
            &house.db,
            &officer,
            &new_pool(&house, "treatment", &[(award, 500)]),
        )
        .await
        .unwrap();
        let fences = awards::view::one(&house.db, &officer, award)
            .await
            .unwrap()
            .fences;
        spend(&house, pool, award, Some(fences[1].id)).await;

        let seen = awards::view::one(&house.db, &officer, award).await.unwrap();
        assert_eq!(seen.summary.attributed_pence, Money(25_000));
        assert_eq!(seen.summary.left_pence, Money(75_000));
        assert_eq!(seen.contributions[0].attributed_pence, Money(25_000));
        let by_fence: Vec<_> = seen
            .fences
            .iter()
            .map(|fence| (fence.slug.as_str(), fence.attributed_pence))
            .collect();
        // what is inside counts in all around it, and not the other way about
        assert_eq!(
            by_fence,
            [
                ("outer", Money(25_000)),
                ("inner", Money(25_000)),
                ("cap", Money(0))
            ]
        );
        let seen = view::one(&house.db, &officer, pool).await.unwrap();
        assert_eq!(seen.summary.spend_pence, Money(30_000));
        assert_eq!(seen.summary.unfunded_pence, Money(5_000));
        assert_eq!(seen.contributions[0].left_pence, Money(25_000));
        let months: Vec<_> = seen
            .months
            .iter()
            .map(|month| {
                (
                    month.month.to_string(),
                    month.spend_pence,
                    month.unfunded_pence,
                )
            })
            .collect();
        assert_eq!(
            months,
            [
                ("2026-08-01".to_owned(), Money(10_000), Money(0)),
                ("2026-09-01".to_owned(), Money(20_000), Money(5_000)),
            ]
        );
        // what is set apart is now a matter for an amendment
        let late = awards::ops::NewFence {
            slug: "late".to_owned(),
            category_ids: vec![house.category("late").await],
            parent: None,
            ..new.fences[0].clone()
        };
        let told = awards::ops::add_fence(&house.db, &officer, award, None, &late)
            .await
            .unwrap_err();
        assert!(
            matches!(
                told,
                Error::Refused {
                    rule: "fence-after-attribution",
                    ..
                }
            ),
            "{told:?}"
        );
    }
}
