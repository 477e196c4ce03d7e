//! A funder accepts what it was sent, or asks for changes: by itself, or we record it.

use entity::{MailKind, ReturnEventKind, ReturnState};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::again::sent;
use super::agree::{offer_again, offered};
use super::draft::typed;
use super::house::{House, at, on_both};
use super::journey::{sending, sign};
use crate::returns::ops::{self, NewChangeRequest, NewRemark};
use crate::returns::view;
use crate::{Ctx, Error};

fn because(reason: &str) -> NewChangeRequest {
    NewChangeRequest {
        reason: reason.to_owned(),
        remarks: Vec::new(),
    }
}

fn rule<T: std::fmt::Debug>(refused: Result<T, Error>) -> &'static str {
    match refused {
        Err(Error::Refused { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

async fn notices(house: &House, to: &Ctx) -> Vec<(String, String)> {
    entity::mail::Entity::find()
        .filter(entity::mail::Column::ToPersonId.eq(to.person_id()))
        .filter(entity::mail::Column::Kind.eq(MailKind::Notice))
        .all(house.db.read())
        .await
        .unwrap()
        .into_iter()
        .map(|mail| (mail.subject, mail.text_body.unwrap_or_default()))
        .collect()
}

#[test]
fn a_funders_officer_accepts_what_was_sent_and_nothing_before() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        let (db, funder) = (&house.db, &house.funders_officer);
        for hidden in [
            ops::accept(db, funder, id, None).await,
            ops::ask_for_changes(db, funder, id, &because("More."), None).await,
        ] {
            assert!(matches!(hidden, Err(Error::NotFound)), "{hidden:?}");
        }
        sent(house, id).await;
        let seen = view::one(db, funder, id).await.unwrap();
        let stale = ops::accept(db, funder, id, Some(seen.summary.version - 1)).await;
        assert!(matches!(stale, Err(Error::Stale)), "{stale:?}");
        let stands = ops::accept(db, funder, id, Some(seen.summary.version))
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::Accepted);
        assert_eq!(
            rule(ops::accept(db, funder, id, None).await),
            "accepted-already"
        );
        let inside = view::one(db, &house.officer, id).await.unwrap();
        let last = inside.history.last().unwrap();
        assert_eq!(last.kind, ReturnEventKind::Accepted);
        assert_eq!(last.by.as_deref(), Some("Fay"));
        let told = notices(house, &house.officer).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].0, "A funder accepted a return");
        // boards and certifiers do not say it for the funder
        for other in [&house.trustee, &house.certifier] {
            let refused = ops::accept(db, other, id, None).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");
        }
    });
}

#[test]
fn what_a_funder_wants_changed_is_why_it_is_sent_again() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        sent(house, id).await;
        let (db, funder, officer) = (&house.db, &house.funders_officer, &house.officer);
        let mut asks = because("The story says too little.");
        for (about, words, pointer) in [
            ("no.such.question", "More.", "/remarks/0/about"),
            ("story.well", "  ", "/remarks/0/words"),
        ] {
            asks.remarks = vec![NewRemark {
                about: about.to_owned(),
                words: words.to_owned(),
            }];
            let refused = ops::ask_for_changes(db, funder, id, &asks, None).await;
            assert!(
                matches!(&refused, Err(Error::Invalid(wrong)) if wrong[0].pointer == pointer),
                "{refused:?}"
            );
        }
        let empty = ops::ask_for_changes(db, funder, id, &because(" "), None).await;
        assert!(matches!(empty, Err(Error::Invalid(_))), "{empty:?}");
        asks.remarks = vec![NewRemark {
            about: "story.well".to_owned(),
            words: "Tell of the second house.".to_owned(),
        }];
        let stands = ops::ask_for_changes(db, funder, id, &asks, None)
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::Submitted);

        // whoever prepares it is told by mail, without their words, and on Today
        let told = notices(house, officer).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].0, "A funder asks for changes in a return");
        assert!(!told[0].1.contains("too little"), "{told:?}");
        let today = view::today(db, officer).await.unwrap();
        assert_eq!(today.asked_by_funders.len(), 1);
        assert_eq!(today.asked_by_funders[0].id, id);
        assert_eq!(
            today.asked_by_funders[0].reason,
            "The story says too little."
        );
        for other in [&house.trustee, funder] {
            let today = view::today(db, other).await.unwrap();
            assert!(today.asked_by_funders.is_empty());
        }
        let seen = view::one(db, officer, id).await.unwrap();
        let asked = seen.funder_asks.unwrap();
        assert!(asked.by_funder);
        assert_eq!(asked.by.as_deref(), Some("Fay"));
        let label = asked.remarks[0].label.clone();
        assert_eq!(
            asked.as_reason(),
            format!(
                "The funder asked for changes: The story says too little.\n\
                 {label}: Tell of the second house."
            )
        );
        let theirs = view::one(db, funder, id).await.unwrap();
        assert_eq!(theirs.funder_asks.unwrap().by, None);

        // opened again, it is on its way, and what it was asked for stays until it is sent
        house.clock.set(at("2026-07-03T09:00:00Z"));
        ops::reopen(db, officer, id, &asked.as_reason(), None)
            .await
            .unwrap();
        let today = view::today(db, officer).await.unwrap();
        assert!(today.asked_by_funders.is_empty());
        assert!(
            view::one(db, officer, id)
                .await
                .unwrap()
                .funder_asks
                .is_some()
        );
        let words = typed(json!("Both houses are open"));
        ops::answer(db, officer, id, "story.well", &words, None)
            .await
            .unwrap();
        offer_again(house, id, &asked.as_reason()).await;
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        house.clock.set(at("2026-07-04T09:00:00Z"));
        ops::record_sending(db, officer, id, &sending(house), None, None)
            .await
            .unwrap();
        for reader in [officer, funder] {
            let seen = view::one(db, reader, id).await.unwrap();
            assert!(seen.funder_asks.is_none());
            let why = seen.sendings[1].resubmission_reason.clone().unwrap();
            assert!(why.contains("the second house"), "{why}");
        }
    });
}

#[test]
fn a_funder_speaks_of_what_it_has_while_the_return_is_open_again() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        sent(house, id).await;
        let (db, funder, officer) = (&house.db, &house.funders_officer, &house.officer);
        ops::reopen(db, officer, id, "A slip.", None).await.unwrap();
        // they do not learn that it is open, and what they say holds of what they have
        let stands = ops::ask_for_changes(db, funder, id, &because("More."), None)
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::Submitted);
        let stands = ops::accept(db, funder, id, None).await.unwrap();
        assert_eq!(stands.state, ReturnState::Accepted);
        let seen = view::one(db, funder, id).await.unwrap();
        assert_eq!(seen.summary.state, ReturnState::Accepted);
        assert_eq!(
            rule(ops::accept(db, funder, id, None).await),
            "accepted-already"
        );
        assert_eq!(
            view::one(db, officer, id).await.unwrap().summary.state,
            ReturnState::Drafted
        );
        // we do not say it for them meanwhile
        assert_eq!(rule(ops::accept(db, officer, id, None).await), "not-sent");
        let ours = ops::ask_for_changes(db, officer, id, &because("More."), None).await;
        assert_eq!(rule(ours), "not-sent");
    });
}

#[test]
fn we_record_what_a_funder_said_by_letter_and_nobody_is_told_of_it() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        sent(house, id).await;
        let (db, officer) = (&house.db, &house.officer);
        ops::accept(db, officer, id, None).await.unwrap();
        let stands = ops::ask_for_changes(db, officer, id, &because("By letter."), None)
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::Submitted);
        let asked = view::one(db, officer, id)
            .await
            .unwrap()
            .funder_asks
            .unwrap();
        assert!(!asked.by_funder);
        assert!(notices(house, officer).await.is_empty());
        // another funder's officer finds nothing
        let mut other = house.funders_officer.clone();
        if let crate::Actor::Person(person) = &mut other.actor {
            person.roles = vec![(house.home, entity::Role::FundersOfficer)];
        }
        for hidden in [
            ops::accept(db, &other, id, None).await,
            ops::ask_for_changes(db, &other, id, &because("More."), None).await,
        ] {
            assert!(matches!(hidden, Err(Error::NotFound)), "{hidden:?}");
        }
    });
}
