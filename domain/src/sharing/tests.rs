//! Documents that are shared with a funder: who is given what, who finds it, and what ends it.
#![allow(clippy::unwrap_used)]

use entity::{AwardId, OrganisationId, RecordDocumentId, Role, ShareEventKind as Kind};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::ops::{self, NewShare, TakingBack};
use super::view::{self, SharedFilter};
use super::{checks, store};
use crate::access::rules::Operation;
use crate::beside::ops::{self as beside, NewDocument, Removal};
use crate::beside::rules::RecordKind;
use crate::beside::view as beside_view;
use crate::spend::testing::{Given, House, day, on_each};
use crate::{Command, Ctx, Error, search};

/// Two funders, an award of each, and an officer of each.
struct Two {
    mine: AwardId,
    theirs: AwardId,
    second: OrganisationId,
    officer: Ctx,
    other: Ctx,
}

async fn two(house: &House) -> Two {
    let second = house.body("GB-GOR-X2", "A lottery").await;
    let mine = house
        .given(Given {
            reference: "A-1",
            amount: 100_000,
            window: (day(2026, 4, 1), day(2027, 3, 31)),
            categories: &[],
            fence: None,
        })
        .await;
    let new = house.new_award(second, "B-1", 1);
    let theirs = crate::awards::ops::create(&house.db, &house.worker, &new)
        .await
        .unwrap();
    Two {
        mine,
        theirs,
        second,
        officer: house.somebody_of(Role::FundersOfficer, house.funder).await,
        other: house.somebody_of(Role::FundersOfficer, second).await,
    }
}

async fn put(
    house: &House,
    kind: RecordKind,
    id: impl Into<Uuid>,
    title: &str,
) -> RecordDocumentId {
    let new = NewDocument {
        title: title.to_owned(),
        name: format!("{title}.txt"),
        bytes: title.as_bytes().to_vec(),
    };
    beside::attach(&house.db, &house.officer, kind, id.into(), &new)
        .await
        .unwrap()
}

fn with(funder_id: OrganisationId) -> NewShare {
    NewShare { funder_id }
}

fn because(reason: &str) -> TakingBack {
    TakingBack {
        reason: reason.to_owned(),
    }
}

async fn titles(house: &House, ctx: &Ctx) -> Vec<String> {
    view::list(&house.db, ctx, SharedFilter::default(), None, 100)
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|one| one.title)
        .collect()
}

fn rule<T: std::fmt::Debug>(said: Result<T, Error>) -> &'static str {
    match said {
        Err(Error::Refused { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn its_funder_finds_it_until_it_is_taken_back_and_no_other_funder_ever() {
    on_each(async |house| {
        let two = two(&house).await;
        let (db, us) = (&house.db, &house.officer);
        let place = (RecordKind::Award, two.mine.into());
        let plan = put(&house, place.0, two.mine, "Plan").await;
        put(&house, place.0, two.mine, "Notes").await;
        for who in [&two.officer, &two.other] {
            assert_eq!(titles(&house, who).await, Vec::<String>::new());
            let none = view::bytes(db, who, plan).await;
            assert!(matches!(none, Err(Error::NotFound)), "{none:?}");
        }

        // another funder is refused, and told whose it is
        let refused = ops::share(db, us, place, plan, with(two.second)).await;
        assert_eq!(rule(refused), "another-funders");
        let back = ops::take_back(db, us, place, plan, &because("A")).await;
        assert_eq!(rule(back), "not-shared");

        ops::share(db, us, place, plan, with(house.funder))
            .await
            .unwrap();
        assert_eq!(titles(&house, &two.officer).await, ["Plan"]);
        assert_eq!(titles(&house, &two.other).await, Vec::<String>::new());
        let seen = view::one(db, &two.officer, plan).await.unwrap();
        assert_eq!((seen.beside.as_str(), seen.shared_by), ("Grant A-1", None));
        assert_eq!(seen.path, format!("/awards/{}", two.mine));
        let inside = view::one(db, us, plan).await.unwrap();
        assert!(
            inside.shared_by.is_some(),
            "those inside read who shared it"
        );
        let bytes = view::bytes(db, &two.officer, plan).await.unwrap().bytes;
        assert_eq!(bytes, b"Plan");
        let hidden = view::bytes(db, &two.other, plan).await;
        assert!(matches!(hidden, Err(Error::NotFound)), "{hidden:?}");
        // beside the record is still for those inside
        let beside = beside_view::documents(db, &two.officer, place, None, 9).await;
        assert!(matches!(beside, Err(Error::NotAllowed(_))), "{beside:?}");
        let again = ops::share(db, us, place, plan, with(house.funder)).await;
        assert_eq!(rule(again), "shared-already");
        let listed = beside_view::documents(db, us, place, None, 9)
            .await
            .unwrap();
        let with_whom: Vec<_> = listed
            .items
            .iter()
            .map(|one| (one.title.as_str(), one.shared.is_some()))
            .collect();
        assert_eq!(with_whom, [("Notes", false), ("Plan", true)]);

        for reason in ["", " "] {
            let wrong = ops::take_back(db, us, place, plan, &because(reason)).await;
            assert!(matches!(wrong, Err(Error::Invalid(_))), "{wrong:?}");
        }
        ops::take_back(db, us, place, plan, &because("The wrong plan"))
            .await
            .unwrap();
        assert_eq!(titles(&house, &two.officer).await, Vec::<String>::new());
        for gone in [
            view::one(db, &two.officer, plan).await.map(|_| ()),
            view::bytes(db, &two.officer, plan).await.map(|_| ()),
        ] {
            assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
        }
        // and it can be shared anew: every turn is kept
        ops::share(db, us, place, plan, with(house.funder))
            .await
            .unwrap();
        let kept: Vec<(i32, Kind)> = entity::document_share_event::Entity::find()
            .order_by_asc(entity::document_share_event::Column::Seq)
            .all(db.read())
            .await
            .unwrap()
            .into_iter()
            .map(|row| (row.seq, row.kind))
            .collect();
        assert_eq!(
            kept,
            [(1, Kind::Shared), (2, Kind::TakenBack), (3, Kind::Shared)]
        );
        assert!(checks::whole(db, us).await.unwrap().is_empty());
    });
}

#[test]
fn what_is_taken_out_is_taken_back_too() {
    on_each(async |house| {
        let two = two(&house).await;
        let (db, us) = (&house.db, &house.officer);
        let place = (RecordKind::Award, two.mine.into());
        let plan = put(&house, place.0, two.mine, "Plan").await;
        ops::share(db, us, place, plan, with(house.funder))
            .await
            .unwrap();
        let removal = Removal {
            reason: "The wrong award".to_owned(),
        };
        beside::remove(db, us, place, plan, &removal).await.unwrap();
        assert_eq!(titles(&house, &two.officer).await, Vec::<String>::new());
        let said = store::said(db.read(), plan).await.unwrap();
        let last = said.last().unwrap();
        assert_eq!(
            (last.kind, last.reason.as_str()),
            (Kind::TakenBack, "The wrong award")
        );
        let gone = ops::share(db, us, place, plan, with(house.funder)).await;
        assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
        // what was never shared is taken out without a word about a funder
        let notes = put(&house, place.0, two.mine, "Notes").await;
        beside::remove(db, us, place, notes, &removal)
            .await
            .unwrap();
        assert!(store::said(db.read(), notes).await.unwrap().is_empty());
        assert!(checks::whole(db, us).await.unwrap().is_empty());
    });
}

#[test]
fn who_may_share_and_what() {
    on_each(async |house| {
        let two = two(&house).await;
        let db = &house.db;
        let place = (RecordKind::Award, two.mine.into());
        let plan = put(&house, place.0, two.mine, "Plan").await;
        for role in [
            Role::Trustee,
            Role::CommitteeMember,
            Role::Auditor,
            Role::Certifier,
        ] {
            let somebody = house.somebody(role).await;
            let refused = ops::share(db, &somebody, place, plan, with(house.funder)).await;
            assert!(
                matches!(refused, Err(Error::NotAllowed(_))),
                "{role:?}: {refused:?}"
            );
        }
        for who in [&two.officer, &two.other] {
            let refused = ops::share(db, who, place, plan, with(house.funder)).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");
        }
        // a document is beside its own record only
        let us = &house.officer;
        let other = (RecordKind::Award, two.theirs.into());
        let elsewhere = ops::share(db, us, other, plan, with(two.second)).await;
        assert!(matches!(elsewhere, Err(Error::NotFound)), "{elsewhere:?}");
        // and only what lies beside an award or a return is shared
        let about = (RecordKind::Organisation, house.charity.into());
        let paper = put(&house, about.0, house.charity, "Paper").await;
        let refused = ops::share(db, us, about, paper, with(house.funder)).await;
        assert_eq!(rule(refused), "not-beside-an-award");
        assert!(!view::may_share(db, us, about.0, about.1).await.unwrap());
        assert!(view::may_share(db, us, place.0, place.1).await.unwrap());
        assert!(
            !view::may_share(db, &two.officer, place.0, place.1)
                .await
                .unwrap()
        );
        let finance = house.somebody(Role::FinanceOfficer).await;
        let told = view::to_share(db, &finance, place, plan).await.unwrap();
        // the people of this test hold their roles in it alone: no membership of theirs is recorded
        assert_eq!((told.funder_id, told.officers), (house.funder, 0));
        ops::share(db, &finance, place, plan, with(house.funder))
            .await
            .unwrap();
    });
}

#[test]
fn a_list_is_walked_and_narrowed_and_a_search_finds_no_more_than_it() {
    on_each(async |house| {
        let two = two(&house).await;
        let (db, us) = (&house.db, &house.officer);
        let mine = (RecordKind::Award, two.mine.into());
        let theirs = (RecordKind::Award, two.theirs.into());
        for (hour, title) in ["Plan one", "Plan two", "Plan three"]
            .into_iter()
            .enumerate()
        {
            let at = format!("2026-11-08T1{hour}:30:00Z");
            house.clock.set(at.parse().unwrap());
            let document = put(&house, mine.0, two.mine, title).await;
            ops::share(db, us, mine, document, with(house.funder))
                .await
                .unwrap();
        }
        put(&house, mine.0, two.mine, "Plan for ourselves").await;
        let document = put(&house, theirs.0, two.theirs, "Plan for the lottery").await;
        ops::share(db, us, theirs, document, with(two.second))
            .await
            .unwrap();
        let mut walked = Vec::new();
        let mut after = None;
        loop {
            let page = view::list(db, &two.officer, SharedFilter::default(), after, 2)
                .await
                .unwrap();
            walked.extend(page.items.into_iter().map(|one| one.title));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(walked, ["Plan three", "Plan two", "Plan one"]);
        for (who, filter, many) in [
            (us, SharedFilter::default(), 4),
            (
                us,
                SharedFilter {
                    award: Some(two.theirs),
                    funder: None,
                },
                1,
            ),
            (
                us,
                SharedFilter {
                    award: None,
                    funder: Some(house.funder),
                },
                3,
            ),
            (
                &two.officer,
                SharedFilter {
                    award: Some(two.theirs),
                    funder: None,
                },
                0,
            ),
            (
                &two.other,
                SharedFilter {
                    award: None,
                    funder: Some(house.funder),
                },
                0,
            ),
        ] {
            assert_eq!(
                view::how_many(db, who, filter).await.unwrap(),
                many,
                "{filter:?}"
            );
        }
        for (who, many) in [(&two.officer, 3), (&two.other, 1), (us, 4)] {
            let found = search::view::search(db, who, "plan", None, 20)
                .await
                .unwrap();
            let hits: Vec<_> = found
                .groups
                .iter()
                .filter(|group| group.kind == search::view::Kind::SharedDocument)
                .flat_map(|group| group.hits.iter().map(|hit| hit.title.as_str()))
                .collect();
            assert_eq!(hits.len(), many, "{hits:?}");
            assert!(!hits.contains(&"Plan for ourselves"), "{hits:?}");
        }
    });
}

#[test]
fn what_was_said_is_kept_for_good_and_what_cannot_be_is_refused_and_found() {
    on_each(async |house| {
        let two = two(&house).await;
        let (db, us) = (&house.db, &house.officer);
        let place = (RecordKind::Award, two.mine.into());
        let plan = put(&house, place.0, two.mine, "Plan").await;
        ops::share(db, us, place, plan, with(house.funder))
            .await
            .unwrap();
        let written = async |sql: String| {
            db.write(&house.worker, Command::new(Operation::SetUp), async |tx| {
                tx.conn().execute_unprepared(&sql).await?;
                Ok(())
            })
            .await
        };
        let insert = |seq: i32, kind: &str, reason: &str| {
            format!(
                "INSERT INTO document_share_event (id, document_id, award_id, funder_id, seq, kind, reason, at) \
                 SELECT document_id, document_id, award_id, funder_id, {seq}, '{kind}', '{reason}', at \
                 FROM document_share_event WHERE seq = 1"
            )
        };
        for sql in [
            "UPDATE document_share_event SET kind = 'taken-back'".to_owned(),
            "UPDATE document_share_event SET reason = 'Other'".to_owned(),
            "DELETE FROM document_share_event".to_owned(),
            insert(2, "shared", ""),
            insert(2, "taken-back", ""),
            insert(3, "taken-back", "A"),
            insert(1, "shared", ""),
        ] {
            assert!(written(sql.clone()).await.is_err(), "{sql}");
        }
        assert!(checks::whole(db, us).await.unwrap().is_empty());
        // a turn that is missing, and another funder, are found
        written(insert(3, "shared", "")).await.unwrap();
        let wrong = checks::whole(db, us).await.unwrap();
        assert!(
            wrong.len() == 1 && wrong[0].contains("by turns"),
            "{wrong:?}"
        );
        let lottery = two.second;
        written(
            "INSERT INTO document_share_event (id, document_id, award_id, funder_id, seq, kind, reason, at) \
             SELECT o.id, e.document_id, e.award_id, o.id, 5, 'shared', '', e.at \
             FROM document_share_event e JOIN organisation o ON o.name = 'A lottery' WHERE e.seq = 1"
                .to_owned(),
        )
        .await
        .unwrap();
        let wrong = checks::whole(db, us).await.unwrap();
        assert!(
            wrong
                .iter()
                .any(|one| one.contains("another than the funder")),
            "{wrong:?}"
        );
        let rows = entity::document_share_event::Entity::find()
            .filter(entity::document_share_event::Column::FunderId.eq(lottery));
        assert_eq!(rows.count(db.read()).await.unwrap(), 1);
    });
}

#[test]
fn its_officers_are_told_once_of_what_is_shared_within_an_hour() {
    on_each(async |house| {
        let two = two(&house).await;
        let officer = house.appointed(Role::FundersOfficer, house.funder).await;
        let other = house.appointed(Role::FundersOfficer, two.second).await;
        let (db, us) = (&house.db, &house.officer);
        let place = (RecordKind::Award, two.mine.into());
        let mails = async |who: &Ctx| {
            entity::mail::Entity::find()
                .filter(entity::mail::Column::ToPersonId.eq(who.person_id()))
                .filter(entity::mail::Column::Kind.eq(entity::MailKind::Notice))
                .all(db.read())
                .await
                .unwrap()
        };
        for (title, after, told) in [("Plan", 0, 1), ("Minutes", 30, 1), ("Budget", 61, 2)] {
            let now = house.clock.now();
            house.clock.set(now + chrono::Duration::minutes(after));
            let document = put(&house, place.0, two.mine, title).await;
            ops::share(db, us, place, document, with(house.funder))
                .await
                .unwrap();
            let got = mails(&officer).await;
            assert_eq!(got.len(), told, "{title}");
            let text = got
                .iter()
                .filter_map(|mail| mail.text_body.clone())
                .collect::<String>();
            assert!(
                text.contains("Shared documents") && !text.contains(title),
                "{text}"
            );
        }
        assert_eq!(mails(&other).await, []);
        assert_eq!(mails(us).await, []);
    });
}
