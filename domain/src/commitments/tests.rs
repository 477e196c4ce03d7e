#![allow(clippy::unwrap_used, clippy::expect_used)]

use chrono::NaiveDate;
use entity::{
    AttributionPolicy, CommitmentId, CommitmentKind, DeadlineKind, Money, OrganisationId, PoolId,
    Role, deadline,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::ops::{self, CommitmentTerms, MonthAmount, NewCommitment, NewNotice, Variation};
use super::view;
use crate::pools::ops::NewPool;
use crate::pools::ops::policies::{NewPolicy, PolicyShare, PurposeShares, agree};
use crate::pools::view::policies::preview;
use crate::testing::House;
use crate::{Ctx, Error, checks, pools};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

struct Desk<'a> {
    house: &'a House,
    officer: Ctx,
    pool: PoolId,
    provider: OrganisationId,
}

impl<'a> Desk<'a> {
    async fn of(house: &'a House) -> Self {
        let officer = house.somebody(Role::FinanceOfficer).await;
        let new = NewPool {
            slug: "treatment".to_owned(),
            name: "Treatment".to_owned(),
            purpose: "Treatment and recovery".to_owned(),
            holder_id: house.charity,
            policy: AttributionPolicy::InOrder,
            policy_from: day("2026-04-01"),
            policy_agreed_by: "Both boards".to_owned(),
            contributions: Vec::new(),
        };
        Self {
            pool: pools::ops::create(&house.db, &house.system(), &new)
                .await
                .unwrap(),
            provider: house.body("GB-COH-1", "Rowan House").await,
            house,
            officer,
        }
    }

    fn terms(&self, pounds: i64) -> CommitmentTerms {
        CommitmentTerms {
            title: "Beds at Rowan House".to_owned(),
            pool_id: self.pool,
            category_id: None,
            place: String::new(),
            people_group: String::new(),
            capital: false,
            allocation_id: None,
            supplier: String::new(),
            starts_on: day("2026-04-01"),
            ends_on: day("2027-03-31"),
            notice_days: Some(90),
            months: Vec::new(),
            spread_pence: Some(Money(pounds * 100)),
            award_ids: Vec::new(),
        }
    }

    fn agreement(&self, reference: &str, terms: CommitmentTerms) -> NewCommitment {
        NewCommitment {
            provider_id: self.provider,
            holder_id: self.house.charity,
            kind: CommitmentKind::Contract,
            reference: reference.to_owned(),
            terms,
        }
    }

    async fn due(&self, id: CommitmentId) -> Vec<(NaiveDate, bool)> {
        deadline::Entity::find()
            .filter(deadline::Column::Kind.eq(DeadlineKind::Notice))
            .filter(deadline::Column::SubjectId.eq(uuid::Uuid::from(id)))
            .all(self.house.db.read())
            .await
            .unwrap()
            .into_iter()
            .map(|row| (row.due_on, row.closed_at.is_none()))
            .collect()
    }

    async fn clean(&self) {
        let found = checks::run(&self.house.db, &self.house.system())
            .await
            .unwrap()
            .findings;
        let ours: Vec<_> = found
            .iter()
            .filter(|one| one.check.starts_with("commitment"))
            .collect();
        assert!(ours.is_empty(), "{ours:#?}");
    }
}

#[tokio::test]
async fn an_agreement_has_its_months_its_notice_and_its_changes() {
    for house in House::each().await {
        let desk = Desk::of(&house).await;
        let db = &house.db;
        let id = ops::record(db, &desk.officer, &desk.agreement("C-1", desk.terms(1_000)))
            .await
            .unwrap();
        let seen = view::one(db, &desk.officer, id).await.unwrap();
        assert_eq!(seen.summary.total_pence, Money(100_000));
        assert_eq!(seen.summary.outstanding_pence, Money(100_000));
        assert_eq!(seen.supplier, "Rowan House");
        let amounts: Vec<i64> = seen.months.iter().map(|m| m.amount_pence.pence()).collect();
        assert_eq!((amounts.len(), amounts[0], amounts[11]), (12, 8_334, 8_333));
        assert_eq!(desk.due(id).await, [(day("2026-12-31"), true)]);

        let again = ops::record(db, &desk.officer, &desk.agreement("C-1", desk.terms(1))).await;
        let Err(Error::Invalid(fields)) = again else {
            panic!("{again:?}")
        };
        assert_eq!(fields[0].pointer, "/reference");

        // it is extended by a month, at a price of its own
        let mut months = seen.months.clone();
        months.push(MonthAmount {
            month: day("2027-04-01"),
            amount_pence: Money(500),
        });
        let change = Variation {
            effective_on: day("2026-10-01"),
            reason: "Extended, letter of 1 October".to_owned(),
            terms: CommitmentTerms {
                ends_on: day("2027-04-30"),
                months,
                spread_pence: None,
                ..desk.terms(0)
            },
        };
        let version = Some(seen.summary.version);
        ops::vary(db, &desk.officer, id, &change, version)
            .await
            .unwrap();
        assert!(matches!(
            ops::vary(db, &desk.officer, id, &change, version).await,
            Err(Error::Stale)
        ));
        let seen = view::one(db, &desk.officer, id).await.unwrap();
        assert_eq!(seen.summary.total_pence, Money(100_500));
        let totals: Vec<Money> = seen.versions.iter().map(|one| one.total_pence).collect();
        assert_eq!(totals, [Money(100_000), Money(100_500)]);
        // 30 April less 90 days is Saturday 30 January
        assert_eq!(desk.due(id).await, [(day("2027-01-29"), true)]);

        let told = NewNotice {
            goes_on: false,
            told_on: day("2026-10-01"),
            words: "By letter".to_owned(),
        };
        ops::give_notice(db, &desk.officer, id, &told, None)
            .await
            .unwrap();
        assert_eq!(desk.due(id).await, [(day("2027-01-29"), false)]);
        // a further change asks anew
        ops::vary(db, &desk.officer, id, &change, None)
            .await
            .unwrap();
        assert_eq!(desk.due(id).await, [(day("2027-01-29"), true)]);
        desk.clean().await;
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_its_place() {
    for house in House::each().await {
        let desk = Desk::of(&house).await;
        let pointers = async |terms: CommitmentTerms| -> Vec<String> {
            match ops::record(&house.db, &desk.officer, &desk.agreement("C-2", terms)).await {
                Err(Error::Invalid(fields)) => {
                    fields.into_iter().map(|field| field.pointer).collect()
                }
                other => panic!("{other:?}"),
            }
        };
        let both = CommitmentTerms {
            months: vec![MonthAmount {
                month: day("2026-04-01"),
                amount_pence: Money(1),
            }],
            ..desk.terms(1)
        };
        assert_eq!(pointers(both).await, ["/terms/spread_pence"]);
        let nothing = CommitmentTerms {
            spread_pence: None,
            ..desk.terms(1)
        };
        assert_eq!(pointers(nothing).await[0], "/terms/months");
        let unknown = CommitmentTerms {
            pool_id: PoolId::new(),
            award_ids: vec![entity::AwardId::new()],
            ..desk.terms(1)
        };
        assert_eq!(
            pointers(unknown).await,
            ["/terms/pool_id", "/terms/award_ids"]
        );
        desk.clean().await;
    }
}

#[tokio::test]
async fn spend_of_the_provider_counts_against_it_once() {
    for house in House::each().await {
        let desk = Desk::of(&house).await;
        let db = &house.db;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A", 1_000).await;
        // £100 in August and £200 in September of ROWAN HOUSE, in a file that was accepted, and the
        // same in one that was not
        crate::pools::tests::spend(&house, desk.pool, award, None).await;
        let whole = ops::record(db, &desk.officer, &desk.agreement("C-1", desk.terms(250)))
            .await
            .unwrap();
        let seen = view::one(db, &desk.officer, whole).await.unwrap();
        assert_eq!(seen.summary.spent_pence, Money(30_000));
        assert_eq!(seen.summary.outstanding_pence, Money::ZERO);
        assert_eq!(seen.summary.beyond_pence, Money(5_000));
        // another one of September alone, which ends before, takes its spend
        let september = CommitmentTerms {
            starts_on: day("2026-09-01"),
            ends_on: day("2026-09-30"),
            award_ids: vec![award],
            ..desk.terms(300)
        };
        let part = ops::record(db, &desk.officer, &desk.agreement("C-2", september))
            .await
            .unwrap();
        let listed = view::list(db, &desk.officer, view::CommitmentFilter::default())
            .await
            .unwrap();
        let spent: Vec<_> = listed.iter().map(|one| (one.id, one.spent_pence)).collect();
        assert_eq!(spent, [(whole, Money(10_000)), (part, Money(20_000))]);
        // and so it stays once a run has kept what it found
        crate::attribution::ops::run_due(db, &house.system())
            .await
            .unwrap();
        let after = view::list(db, &desk.officer, view::CommitmentFilter::default())
            .await
            .unwrap();
        assert_eq!(after, listed);
        // a rule that has shares of its own for the one agreement
        let other = house.award(funder, "B", 1_000).await;
        for award_id in [award, other] {
            let new = pools::ops::NewContribution {
                award_id,
                agreed_pence: Money(100_000),
            };
            pools::ops::add_contribution(db, &desk.officer, desk.pool, None, &new)
                .await
                .unwrap();
        }
        let share = |award_id, share_bp| PolicyShare {
            award_id,
            share_bp: Some(share_bp),
        };
        let mut rule = NewPolicy {
            policy: AttributionPolicy::Shares,
            starts_on: day("2026-04-01"),
            agreed_by: "Both boards".to_owned(),
            agreed_on: day("2026-04-01"),
            minute: "minute 2".to_owned(),
            reason: "The other pays for Rowan House.".to_owned(),
            awards: vec![share(award, 10_000), share(other, 0)],
            purposes: vec![PurposeShares {
                category_id: None,
                commitment_id: Some(whole),
                awards: vec![share(other, 10_000)],
            }],
            reaches_back: true,
        };
        let seen = preview(db, &desk.officer, desk.pool, &rule).await.unwrap();
        let then: Vec<_> = seen
            .effect
            .awards
            .iter()
            .map(|one| (one.award_id, one.after_pence))
            .collect();
        assert_eq!(then, [(award, Money(20_000)), (other, Money(10_000))]);
        agree(db, &desk.officer, desk.pool, None, &rule)
            .await
            .unwrap();
        let told = pools::view::policies::of_pool(db, &desk.officer, desk.pool)
            .await
            .unwrap();
        assert_eq!(told[0].purposes[0].name, "Beds at Rowan House");
        rule.purposes[0].commitment_id = Some(CommitmentId::new());
        let told = agree(db, &desk.officer, desk.pool, None, &rule)
            .await
            .unwrap_err();
        let Error::Invalid(wrong) = told else {
            panic!("{told:?}");
        };
        assert_eq!(wrong[0].pointer, "/purposes/0/commitment_id");
        // of what is over, nothing is promised
        let read = crate::our_money::view::read(db, &desk.officer)
            .await
            .unwrap();
        assert_eq!(read.together.promised_pence, Money(15_000));
        desk.clean().await;
    }
}
