#![allow(clippy::unwrap_used, clippy::expect_used)]

use chrono::{Days, NaiveDate};
use entity::{
    AwardConditionId, AwardId, ConditionEventKind as Fact, ConditionKind as Kind, DeadlineKind,
    PersonId, Role, award_condition_version, deadline,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::ops::{self, ConditionChange, ConditionTerms, NewConditionFact};
use super::rules::ConditionState;
use super::view;
use crate::access::rules::Operation;
use crate::testing::House;
use crate::{Command, Ctx, Error, checks};

fn terms(title: &str, kind: Kind, due_on: Option<NaiveDate>) -> ConditionTerms {
    ConditionTerms {
        title: title.to_owned(),
        passage: "The grantee shall …\nwithin sixty days.".to_owned(),
        written_where: "Award letter, paragraph 7".to_owned(),
        kind,
        due_on,
        who_id: None,
    }
}

fn fact(kind: Fact, on: NaiveDate) -> NewConditionFact {
    NewConditionFact {
        kind,
        happened_on: on,
        by_whom: "Bea at the Department".to_owned(),
        evidence: "Her e-mail says so.".to_owned(),
        reference: "File 12".to_owned(),
    }
}

async fn due(house: &House, id: AwardConditionId) -> Vec<(NaiveDate, Option<AwardId>, bool)> {
    deadline::Entity::find()
        .filter(deadline::Column::Kind.eq(DeadlineKind::Condition))
        .filter(deadline::Column::SubjectId.eq(uuid::Uuid::from(id)))
        .all(house.db.read())
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.due_on, row.award_id, row.closed_at.is_none()))
        .collect()
}

async fn clean(house: &House) {
    let found = checks::run(&house.db, &house.system())
        .await
        .unwrap()
        .findings;
    let ours: Vec<_> = found
        .iter()
        .filter(|one| one.check == "award-conditions")
        .collect();
    assert!(ours.is_empty(), "{ours:#?}");
}

#[tokio::test]
async fn a_condition_is_met_by_a_fact_and_its_deadline_follows() {
    for house in House::each().await {
        let (db, officer) = (&house.db, house.somebody(Role::GrantsOfficer).await);
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A", 1_000).await;
        let today = officer.today();
        let soon = today + Days::new(20);
        let new = terms("Send the signed agreement", Kind::BeforePayment, Some(soon));
        let id = ops::state(db, &officer, award, &new).await.unwrap();
        assert_eq!(due(&house, id).await, [(soon, Some(award), true)]);
        let standing = terms("Keep insurance", Kind::Standing, None);
        let kept = ops::state(db, &officer, award, &standing).await.unwrap();
        assert_eq!(due(&house, kept).await, []);
        clean(&house).await;

        // what cannot be is refused, and says where
        let early = ops::record(db, &officer, award, id, &fact(Fact::Reopened, today)).await;
        assert!(matches!(early, Err(Error::Refused { .. })), "{early:?}");
        let to_come = fact(Fact::Met, today + Days::new(1));
        let told = ops::record(db, &officer, award, id, &to_come).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");
        let nobody = NewConditionFact {
            by_whom: " ".to_owned(),
            ..fact(Fact::Waived, today)
        };
        let told = ops::record(db, &officer, award, id, &nobody).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");

        // the funder moves its date: a further version, and the deadline moves
        let change = ConditionChange {
            revision: 1,
            reason: "Bea gave us longer".to_owned(),
            terms: ConditionTerms {
                due_on: Some(soon + Days::new(30)),
                who_id: officer.person_id(),
                ..new.clone()
            },
        };
        ops::restate(db, &officer, award, id, &change)
            .await
            .unwrap();
        assert_eq!(
            due(&house, id).await,
            [(soon + Days::new(30), Some(award), true)]
        );
        let stale = ops::restate(db, &officer, award, id, &change).await;
        assert!(matches!(stale, Err(Error::Stale)), "{stale:?}");
        let same = ConditionChange {
            revision: 2,
            ..change
        };
        let told = ops::restate(db, &officer, award, id, &same).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");

        // met: nobody is chased any more; a second time is refused
        let met = fact(Fact::Met, today);
        ops::record(db, &officer, award, id, &met).await.unwrap();
        assert_eq!(
            due(&house, id).await,
            [(soon + Days::new(30), Some(award), false)]
        );
        let again = ops::record(db, &officer, award, id, &met).await;
        assert!(matches!(again, Err(Error::Refused { .. })), "{again:?}");
        clean(&house).await;

        // it was not: it is chased again, and all of it stays in the record
        let not = NewConditionFact {
            by_whom: String::new(),
            evidence: "The signature was missing".to_owned(),
            ..fact(Fact::Reopened, today)
        };
        ops::record(db, &officer, award, id, &not).await.unwrap();
        assert_eq!(
            due(&house, id).await,
            [(soon + Days::new(30), Some(award), true)]
        );
        let trustee = house.somebody(Role::Trustee).await;
        let seen = view::of_award(db, &trustee, award).await.unwrap();
        let stands: Vec<_> = seen
            .iter()
            .map(|one| {
                (
                    one.title.as_str(),
                    one.state,
                    one.versions.len(),
                    one.facts.len(),
                )
            })
            .collect();
        assert_eq!(
            stands,
            [
                ("Send the signed agreement", ConditionState::Open, 2, 2),
                ("Keep insurance", ConditionState::Open, 1, 0),
            ]
        );
        assert_eq!(seen[0].who.as_deref(), Some("Robin"));
        assert_eq!(seen[0].versions[1].due_on, Some(soon));
        clean(&house).await;

        // a foreign condition is not there, and a funder's officer sees none
        let other = house.award(funder, "B", 1_000).await;
        let foreign = ops::record(db, &officer, other, id, &met).await;
        assert!(matches!(foreign, Err(Error::NotFound)), "{foreign:?}");
        let theirs = house.somebody_of(Role::FundersOfficer, funder).await;
        let told = view::of_award(db, &theirs, award).await;
        assert!(matches!(told, Err(Error::NotAllowed(_))), "{told:?}");
    }
}

#[tokio::test]
async fn what_must_be_met_before_the_first_payment_stands_before_whoever_records_one() {
    for house in House::each().await {
        let (db, officer) = (&house.db, house.somebody(Role::FinanceOfficer).await);
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A", 1_000).await;
        let money = async |ctx: &Ctx| {
            crate::payments::view::of_award(db, ctx, award)
                .await
                .unwrap()
                .unmet_conditions
                .into_iter()
                .map(|one| one.title)
                .collect::<Vec<_>>()
        };
        let first = terms("Open an account", Kind::BeforePayment, None);
        let id = ops::state(db, &officer, award, &first).await.unwrap();
        let later = terms("Report in year two", Kind::During, None);
        ops::state(db, &officer, award, &later).await.unwrap();
        assert_eq!(money(&officer).await, ["Open an account"]);
        let waived = fact(Fact::Waived, officer.today());
        ops::record(db, &officer, award, id, &waived).await.unwrap();
        assert_eq!(money(&officer).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn two_who_settle_a_condition_at_once_leave_one_fact() {
    for house in House::each().await {
        let (db, officer) = (&house.db, house.somebody(Role::GrantsOfficer).await);
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A", 1_000).await;
        let new = terms("Send it", Kind::During, None);
        let id = ops::state(db, &officer, award, &new).await.unwrap();
        let (met, waived) = (
            fact(Fact::Met, officer.today()),
            fact(Fact::Waived, officer.today()),
        );
        let (one, other) = tokio::join!(
            ops::record(db, &officer, award, id, &met),
            ops::record(db, &officer, award, id, &waived),
        );
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let seen = view::one(db, &officer, award, id).await.unwrap();
        assert_eq!(seen.facts.len(), 1);
        clean(&house).await;
    }
}

#[tokio::test]
async fn what_a_condition_said_cannot_be_edited() {
    for house in House::each().await {
        let (db, officer) = (&house.db, house.somebody(Role::GrantsOfficer).await);
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A", 1_000).await;
        let mut new = terms("Send it", Kind::During, None);
        new.who_id = Some(PersonId::new());
        let told = ops::state(db, &officer, award, &new).await;
        assert!(matches!(told, Err(Error::Invalid(_))), "{told:?}");
        new.who_id = None;
        let id = ops::state(db, &officer, award, &new).await.unwrap();
        let system = house.system();
        let edited = db
            .write(&system, Command::new(Operation::SetUp), async |tx| {
                let row = award_condition_version::Entity::find()
                    .filter(award_condition_version::Column::ConditionId.eq(id))
                    .one(tx.conn())
                    .await?
                    .ok_or(Error::NotFound)?;
                award_condition_version::ActiveModel {
                    id: Set(row.id),
                    title: Set("Something else".to_owned()),
                    ..Default::default()
                }
                .update(tx.conn())
                .await?;
                Ok(())
            })
            .await;
        assert!(edited.is_err());
    }
}
