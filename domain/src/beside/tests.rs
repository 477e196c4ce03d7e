//! Documents and comments beside records.
#![allow(clippy::unwrap_used)]

use entity::{AwardId, Role};
use sea_orm::{EntityTrait, PaginatorTrait};
use uuid::Uuid;

use super::ops::{self, NewComment, NewDocument, Removal};
use super::rules::RecordKind;
use super::view;
use crate::spend::testing::{Given, House, day, on_each};
use crate::{Ctx, Error};

async fn award(house: &House) -> AwardId {
    house
        .given(Given {
            reference: "A-1",
            amount: 100_00,
            window: (day(2026, 4, 1), day(2027, 3, 31)),
            categories: &[],
            fence: None,
        })
        .await
}

fn letter(title: &str, bytes: &[u8]) -> NewDocument {
    NewDocument {
        title: title.to_owned(),
        name: "letter.pdf".to_owned(),
        bytes: bytes.to_vec(),
    }
}

fn said(words: &str) -> NewComment {
    NewComment {
        words: words.to_owned(),
    }
}

fn because(reason: &str) -> Removal {
    Removal {
        reason: reason.to_owned(),
    }
}

async fn titles(house: &House, ctx: &Ctx, id: Uuid) -> Vec<String> {
    let found = view::documents(&house.db, ctx, (RecordKind::Award, id), None, 100).await;
    found
        .unwrap()
        .items
        .into_iter()
        .map(|one| one.title)
        .collect()
}

#[test]
fn every_kind_is_one_that_the_audit_log_can_name_and_read() {
    for kind in RecordKind::ALL {
        assert!(
            crate::audit::names::reader_of(kind.table()).is_some(),
            "{kind:?}"
        );
    }
}

#[test]
fn a_document_is_kept_once_shown_and_taken_out_with_a_reason() {
    on_each(async |house| {
        let (db, me) = (&house.db, &house.officer);
        let id: Uuid = award(&house).await.into();
        let kind = RecordKind::Award;
        let first = ops::attach(db, me, kind, id, &letter("Award letter", b"one"))
            .await
            .unwrap();
        ops::attach(db, me, kind, id, &letter("", b"two"))
            .await
            .unwrap();
        assert_eq!(
            titles(&house, me, id).await,
            ["letter.pdf", "Award letter"],
            "the newest first, by the file's name where nothing is said"
        );
        let again = ops::attach(db, me, kind, id, &letter("Again", b"one")).await;
        assert!(
            matches!(&again, Err(Error::Invalid(wrong)) if wrong[0].code == "known-already"),
            "{again:?}"
        );
        let bytes = view::file(db, me, (kind, id), first).await.unwrap().bytes;
        assert_eq!(bytes, b"one");

        // Beside another record the same bytes are the same file.
        let other: Uuid = house.charity.into();
        ops::attach(
            db,
            me,
            RecordKind::Organisation,
            other,
            &letter("Here too", b"one"),
        )
        .await
        .unwrap();
        let files = entity::file::Entity::find().count(db.read()).await.unwrap();
        assert_eq!(files, 2);
        // A document is beside its own record only.
        let elsewhere = view::file(db, me, (RecordKind::Organisation, other), first).await;
        assert!(matches!(elsewhere, Err(Error::NotFound)), "{elsewhere:?}");

        for reason in ["", "  "] {
            let refused = ops::remove(db, me, (kind, id), first, &because(reason)).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        }
        ops::remove(db, me, (kind, id), first, &because("The wrong letter"))
            .await
            .unwrap();
        assert_eq!(titles(&house, me, id).await, ["letter.pdf"]);
        let gone = view::file(db, me, (kind, id), first).await;
        assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
        let kept = entity::record_document::Entity::find_by_id(first)
            .one(db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(kept.removal_reason.as_deref(), Some("The wrong letter"));
        // It may come back.
        ops::attach(db, me, kind, id, &letter("After all", b"one"))
            .await
            .unwrap();
        assert_eq!(view::counts(db, me, kind, id).await.unwrap(), Some((2, 0)));
    });
}

#[test]
fn what_is_not_there_or_too_much_is_refused_with_nothing_written() {
    on_each(async |house| {
        let (db, me) = (&house.db, &house.officer);
        let id: Uuid = award(&house).await.into();
        let kind = RecordKind::Award;
        for (title, bytes, pointer) in [
            ("Empty", Vec::new(), "/file"),
            (
                "Large",
                vec![1; crate::files::LARGEST_DOCUMENT + 1],
                "/file",
            ),
            ("Two\nlines", vec![1], "/title"),
        ] {
            let refused = ops::attach(db, me, kind, id, &letter(title, &bytes)).await;
            assert!(
                matches!(&refused, Err(Error::Invalid(wrong)) if wrong[0].pointer == pointer),
                "{refused:?}"
            );
        }
        let nowhere = ops::attach(db, me, kind, Uuid::now_v7(), &letter("A", b"a")).await;
        assert!(matches!(nowhere, Err(Error::NotFound)), "{nowhere:?}");
        let mistaken = ops::attach(db, me, RecordKind::Pool, id, &letter("A", b"a")).await;
        assert!(matches!(mistaken, Err(Error::NotFound)), "{mistaken:?}");
        for words in ["", " \n "] {
            let refused = ops::comment(db, me, kind, id, &said(words)).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        }
        assert_eq!(view::counts(db, me, kind, id).await.unwrap(), Some((0, 0)));
    });
}

#[test]
fn a_comment_is_taken_back_by_who_said_it_or_an_administrator_and_its_words_are_gone() {
    on_each(async |house| {
        let (db, me) = (&house.db, &house.officer);
        let id: Uuid = award(&house).await.into();
        let kind = RecordKind::Award;
        let trustee = house.somebody(Role::Trustee).await;
        let administrator = house.somebody(Role::Administrator).await;
        let mine = ops::comment(db, me, kind, id, &said("Ask about\nthe second payment."))
            .await
            .unwrap();
        let theirs = ops::comment(db, &trustee, kind, id, &said("Thank you."))
            .await
            .unwrap();
        let seen = view::comments(db, &trustee, (kind, id), None, 10)
            .await
            .unwrap();
        let told: Vec<_> = seen
            .items
            .iter()
            .map(|one| (one.words.as_str(), one.may_withdraw))
            .collect();
        assert_eq!(
            told,
            [
                ("Thank you.", true),
                ("Ask about\nthe second payment.", false)
            ]
        );
        let refused = ops::withdraw(db, &trustee, (kind, id), mine).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");
        ops::withdraw(db, me, (kind, id), mine).await.unwrap();
        ops::withdraw(db, &administrator, (kind, id), theirs)
            .await
            .unwrap();
        let twice = ops::withdraw(db, me, (kind, id), mine).await;
        assert!(matches!(twice, Err(Error::NotFound)), "{twice:?}");
        let rows = entity::record_comment::Entity::find()
            .all(db.read())
            .await
            .unwrap();
        assert!(rows.iter().all(|row| row.words.is_empty()), "{rows:?}");
    });
}

#[test]
fn a_funders_officer_sees_nothing_of_it_and_an_auditor_changes_nothing() {
    on_each(async |house| {
        let (db, me) = (&house.db, &house.officer);
        let id: Uuid = award(&house).await.into();
        let kind = RecordKind::Award;
        ops::attach(db, me, kind, id, &letter("Award letter", b"one"))
            .await
            .unwrap();
        let funder = house.somebody_of(Role::FundersOfficer, house.funder).await;
        let seen = view::documents(db, &funder, (kind, id), None, 10).await;
        assert!(
            matches!(seen, Err(Error::NotAllowed(_) | Error::NotFound)),
            "{seen:?}"
        );
        assert_eq!(view::counts(db, &funder, kind, id).await.unwrap(), None);
        let auditor = house.somebody(Role::Auditor).await;
        assert_eq!(titles(&house, &auditor, id).await, ["Award letter"]);
        let said = ops::comment(db, &auditor, kind, id, &said("Hm.")).await;
        assert!(matches!(said, Err(Error::NotAllowed(_))), "{said:?}");
    });
}
