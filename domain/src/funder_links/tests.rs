//! Links for somebody at a funder: who makes one, what it shows, and what ends it.
#![allow(clippy::unwrap_used)]

use chrono::{Days, NaiveDate};
use entity::{ContactId, FunderLinkId, MailKind, MailState, OrganisationId, Role};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::ops::{self, NewLink};
use super::rules::LinkState;
use super::{checks, view};
use crate::access::rules::{Operation, Sight, sight};
use crate::ctx::Actor;
use crate::mail::{self, Content, Taken};
use crate::organisations::contacts::{self, NewContact};
use crate::spend::testing::{House, on_each};
use crate::{Command, Ctx, Error};

async fn has_award(house: &House) {
    let new = house.new_award(house.funder, "A-1", 1);
    crate::awards::ops::create(&house.db, &house.worker, &new)
        .await
        .unwrap();
}

fn until(ends_on: NaiveDate) -> NewLink {
    NewLink {
        contact_id: None,
        for_whom: Some("Their programme officer".to_owned()),
        ends_on,
    }
}

async fn made(house: &House, by: &Ctx, days: u64) -> (FunderLinkId, String) {
    let ends_on = by.today() + Days::new(days);
    let made = ops::make(&house.db, by, house.funder, &until(ends_on))
        .await
        .unwrap();
    (made.id, made.secret.unwrap())
}

fn nobody(house: &House) -> Ctx {
    Ctx {
        actor: Actor::Nobody,
        ..house.officer.clone()
    }
}

async fn opened(house: &House, secret: &str) -> Result<String, Error> {
    ops::open(&house.db, &nobody(house), secret).await
}

/// Who is behind the cookie, as a context.
async fn guest(house: &House, cookie: &str) -> Option<Ctx> {
    let found = view::by_cookie(&house.db, &house.officer.clock, cookie)
        .await
        .unwrap();
    found.map(|(guest, csrf)| {
        assert!(!csrf.is_empty());
        Ctx {
            actor: Actor::Guest(guest),
            ..house.officer.clone()
        }
    })
}

fn rule<T: std::fmt::Debug>(said: Result<T, Error>) -> &'static str {
    match said {
        Err(Error::Refused { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_opens_the_sight_of_its_funder_and_four_kinds_of_reading_and_nothing_else() {
    on_each(async |house| {
        has_award(&house).await;
        let (id, secret) = made(&house, &house.officer, 30).await;
        let cookie = opened(&house, &secret).await.unwrap();
        let guest = guest(&house, &cookie).await.unwrap();
        assert_eq!(sight(&guest.actor), Sight::Funders(vec![house.funder]));
        assert!(guest.person().is_err());
        let may: Vec<&str> = Operation::ALL
            .iter()
            .filter(|operation| guest.require(**operation).is_ok())
            .map(|operation| operation.slug())
            .collect();
        // by hand; what anyone may, whoever opened a link may too
        assert_eq!(
            may,
            [
                "sign-in.ask",
                "sign-in.use",
                "calendar-feeds.read",
                "awards.read",
                "positions.read",
                "funder-links.open",
                "funder-links.leave",
                "shared-documents.read",
                "returns.read",
                "jobs.keep",
                "house.keep",
            ]
        );
        let seen = crate::awards::view::by_attention(&house.db, &guest, None, 10)
            .await
            .unwrap();
        assert_eq!(seen.items.len(), 1);

        // it can be opened again, by another browser; each opening is noted, and who opened it is not
        house.clock.set("2026-11-09T10:00:00Z".parse().unwrap());
        opened(&house, &secret).await.unwrap();
        let one = view::one(&house.db, &house.officer, house.funder, id)
            .await
            .unwrap();
        assert_eq!((one.openings, one.state), (2, LinkState::Works));
        assert_eq!(one.last_opened_at.unwrap(), house.officer.now());
        assert!(
            checks::whole(&house.db, &house.officer)
                .await
                .unwrap()
                .is_empty()
        );
        // a cookie opens no link, and a link is no cookie
        assert_eq!(rule(opened(&house, &cookie).await), "link-over");
        assert!(
            super::view::by_cookie(&house.db, &house.officer.clock, &secret)
                .await
                .unwrap()
                .is_none()
        );
    });
}

#[test]
fn it_ends_with_its_day_when_it_is_taken_back_when_it_is_left_and_after_half_a_day() {
    on_each(async |house| {
        has_award(&house).await;
        house.clock.set("2026-11-08T08:00:00Z".parse().unwrap());
        let (_, secret) = made(&house, &house.officer, 1).await;
        let cookie = opened(&house, &secret).await.unwrap();
        house.clock.set("2026-11-08T19:59:59Z".parse().unwrap());
        assert!(guest(&house, &cookie).await.is_some());
        house.clock.set("2026-11-08T20:00:00Z".parse().unwrap());
        assert!(guest(&house, &cookie).await.is_none(), "half a day is over");
        let cookie = opened(&house, &secret).await.unwrap();
        ops::leave(&house.db, &nobody(&house), &cookie)
            .await
            .unwrap();
        assert!(guest(&house, &cookie).await.is_none(), "left");
        ops::leave(&house.db, &nobody(&house), &cookie)
            .await
            .unwrap();

        house.clock.set("2026-11-09T23:59:00Z".parse().unwrap());
        let cookie = opened(&house, &secret).await.unwrap();
        house.clock.set("2026-11-10T00:00:00Z".parse().unwrap());
        assert!(
            guest(&house, &cookie).await.is_none(),
            "its last day is over"
        );
        assert_eq!(rule(opened(&house, &secret).await), "link-over");

        let (id, secret) = made(&house, &house.officer, 90).await;
        let cookie = opened(&house, &secret).await.unwrap();
        let (db, funder) = (&house.db, house.funder);
        // whoever made it: one that leaked is taken back by whoever is there
        for role in [Role::Certifier, Role::Trustee, Role::Auditor] {
            let somebody = house.somebody(role).await;
            let refused = ops::revoke(db, &somebody, funder, id).await;
            assert!(
                matches!(refused, Err(Error::NotAllowed(_))),
                "{role:?}: {refused:?}"
            );
        }
        let elsewhere = ops::revoke(db, &house.officer, house.charity, id).await;
        assert!(matches!(elsewhere, Err(Error::NotFound)), "{elsewhere:?}");
        let administrator = house.somebody(Role::Administrator).await;
        ops::revoke(db, &administrator, funder, id).await.unwrap();
        assert!(guest(&house, &cookie).await.is_none(), "taken back");
        assert_eq!(rule(opened(&house, &secret).await), "link-over");
        let again = ops::revoke(db, &house.officer, funder, id).await;
        assert_eq!(rule(again), "taken-back-already");
        // and one that never was answers as those that do not work any more
        assert_eq!(rule(opened(&house, "tribview_nothing").await), "link-over");
        let (own, _) = made(&house, &house.officer, 0).await;
        let other = house.somebody(Role::GrantsOfficer).await;
        ops::revoke(db, &other, funder, own).await.unwrap();
        let (late, _) = made(&house, &house.officer, 0).await;
        house.clock.set("2026-11-11T00:00:00Z".parse().unwrap());
        let ended = ops::revoke(db, &house.officer, funder, late).await;
        assert_eq!(rule(ended), "link-ended-already");
        let all = view::list(db, &house.officer, funder, None, 10)
            .await
            .unwrap();
        let states: Vec<_> = all
            .items
            .iter()
            .map(|one| (one.number, one.state))
            .collect();
        assert_eq!(
            states,
            [
                (4, LinkState::Over),
                (3, LinkState::TakenBack),
                (2, LinkState::TakenBack),
                (1, LinkState::Over)
            ]
        );
        assert!(all.items.iter().all(|one| !one.may_revoke));
        assert!(checks::whole(db, &house.officer).await.unwrap().is_empty());
    });
}

#[test]
fn who_makes_one_for_whom_and_until_when() {
    on_each(async |house| {
        let (db, us) = (&house.db, &house.officer);
        let soon = us.today() + Days::new(7);
        let none = ops::make(db, us, house.funder, &until(soon)).await;
        assert_eq!(rule(none.map(|made| made.id)), "no-award");
        has_award(&house).await;
        for role in [
            Role::Certifier,
            Role::Trustee,
            Role::CommitteeMember,
            Role::Auditor,
            Role::Administrator,
        ] {
            let somebody = house.somebody(role).await;
            let refused = ops::make(db, &somebody, house.funder, &until(soon)).await;
            assert!(
                matches!(refused, Err(Error::NotAllowed(_))),
                "{role:?}: {refused:?}"
            );
        }
        let theirs = house.somebody_of(Role::FundersOfficer, house.funder).await;
        let refused = ops::make(db, &theirs, house.funder, &until(soon)).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");
        let unknown = ops::make(db, us, OrganisationId::new(), &until(soon)).await;
        assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
        for (new, pointer) in [
            (until(us.today() - Days::new(1)), "/ends_on"),
            (until(us.today() + Days::new(91)), "/ends_on"),
            (
                NewLink {
                    for_whom: Some(" ".to_owned()),
                    ..until(soon)
                },
                "/for_whom",
            ),
            (
                NewLink {
                    for_whom: None,
                    ..until(soon)
                },
                "/for_whom",
            ),
            (
                NewLink {
                    contact_id: Some(ContactId::new()),
                    ..until(soon)
                },
                "/for_whom",
            ),
            (
                NewLink {
                    contact_id: Some(ContactId::new()),
                    for_whom: None,
                    ..until(soon)
                },
                "/contact_id",
            ),
        ] {
            let wrong = ops::make(db, us, house.funder, &new).await;
            assert!(
                matches!(&wrong, Err(Error::Invalid(wrong)) if wrong[0].pointer == pointer),
                "{pointer}: {wrong:?}"
            );
        }
        // whoever is signed in opens none
        let (_, secret) = made(&house, us, 7).await;
        assert_eq!(rule(ops::open(db, us, &secret).await), "signed-in-already");
        let hashes = entity::funder_link_secret::Entity::find()
            .all(db.read())
            .await
            .unwrap();
        assert_eq!(hashes.len(), 1);
        assert_eq!(
            hashes[0].token_hash.len(),
            32,
            "a hash, and nothing of the secret"
        );
    });
}

#[test]
fn it_goes_to_a_contact_by_mail_and_its_secret_is_made_as_it_leaves() {
    on_each(async |house| {
        has_award(&house).await;
        let (db, us) = (&house.db, &house.officer);
        let contact = async |name: &str, email: Option<&str>| {
            let new = NewContact {
                name: name.to_owned(),
                about: "Returns".to_owned(),
                email: email.map(str::to_owned),
                telephone: None,
            };
            contacts::add(db, us, house.funder, &new).await.unwrap()
        };
        let sam = contact("Sam Field", Some("sam@funder.example")).await;
        let silent = contact("No Address", None).await;
        let to = |contact: ContactId| NewLink {
            contact_id: Some(contact),
            for_whom: None,
            ..until(us.today() + Days::new(30))
        };
        let wrong = ops::make(db, us, house.funder, &to(silent)).await;
        assert!(
            matches!(&wrong, Err(Error::Invalid(wrong)) if wrong[0].code == "no-address"),
            "{wrong:?}"
        );
        let made = ops::make(db, us, house.funder, &to(sam)).await.unwrap();
        assert!(made.secret.is_none(), "nobody here reads it");
        let secrets = entity::funder_link_secret::Entity::find();
        assert_eq!(secrets.clone().count(db.read()).await.unwrap(), 0);
        let mails = entity::mail::Entity::find()
            .filter(entity::mail::Column::Kind.eq(MailKind::FunderLink));
        let row = mails.one(db.read()).await.unwrap().unwrap();
        assert_eq!(
            (row.to_address.as_str(), &row.text_body),
            ("sam@funder.example", &None)
        );
        // the outbox does not show it
        let administrator = house.somebody(Role::Administrator).await;
        let shown = mail::view::outbox(db, &administrator, None, None, 50)
            .await
            .unwrap();
        assert!(shown.mails.iter().all(|one| one.id != row.id));

        let compose = |_: &crate::reminders::rules::Digest| -> crate::Result<mail::Written> {
            unreachable!()
        };
        let taken = mail::take(db, &house.worker, row.id, Some("charity.example"), &compose)
            .await
            .unwrap();
        let Taken::Outgoing(outgoing) = taken else {
            panic!("{taken:?}")
        };
        let Content::FunderLink {
            link_id, to_name, ..
        } = outgoing.content.clone()
        else {
            panic!("{outgoing:?}")
        };
        assert_eq!((link_id, to_name.as_str()), (made.id, "Sam Field"));
        // handed over twice, both open it: the first may have arrived
        let first = ops::issue_secret(db, &house.worker, link_id).await.unwrap();
        let second = ops::issue_secret(db, &house.worker, link_id).await.unwrap();
        for secret in [&first, &second] {
            opened(&house, secret).await.unwrap();
        }
        let secret = second;
        let one = view::one(db, us, house.funder, made.id).await.unwrap();
        assert_eq!(
            (one.openings, one.mail_state),
            (2, Some(MailState::Unknown))
        );

        // whoever is taken out has none any more, and nothing here says who they were
        let cookie = opened(&house, &secret).await.unwrap();
        let other = contact("Jo Meadow", Some("jo@funder.example")).await;
        let stays = ops::make(db, us, house.funder, &to(other)).await.unwrap();
        contacts::remove(db, us, house.funder, sam).await.unwrap();
        assert!(guest(&house, &cookie).await.is_none());
        assert_eq!(rule(opened(&house, &secret).await), "link-over");
        let one = view::one(db, us, house.funder, made.id).await.unwrap();
        assert_eq!((one.state, &one.for_whom), (LinkState::TakenBack, &None));
        let gone = entity::mail::Entity::find_by_id(row.id)
            .one(db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(gone.to_address, "");
        let one = view::one(db, us, house.funder, stays.id).await.unwrap();
        assert_eq!(
            (one.state, one.for_whom.as_deref()),
            (LinkState::Works, Some("Jo Meadow"))
        );
        ops::revoke(db, us, house.funder, stays.id).await.unwrap();
        let to_other = entity::mail::Entity::find()
            .filter(entity::mail::Column::ToAddress.eq("jo@funder.example"))
            .one(db.read())
            .await
            .unwrap()
            .unwrap();
        let taken = mail::take(
            db,
            &house.worker,
            to_other.id,
            Some("charity.example"),
            &compose,
        )
        .await
        .unwrap();
        // its link was taken back before it left
        assert_eq!(taken, Taken::Over);
        let one = view::one(db, us, house.funder, stays.id).await.unwrap();
        assert_eq!(one.mail_state, Some(MailState::Cancelled));
        // long after no link of that day can work, where it went is forgotten too
        for (at, address) in [
            ("2027-03-08T09:30:00Z", "jo@funder.example"),
            ("2027-03-08T09:30:01Z", ""),
        ] {
            house.clock.set(at.parse().unwrap());
            crate::housekeeping::sweep(db, &house.worker).await.unwrap();
            let kept = entity::mail::Entity::find_by_id(to_other.id)
                .one(db.read())
                .await
                .unwrap()
                .unwrap();
            assert_eq!(kept.to_address, address, "{at}");
        }
    });
}

#[test]
fn what_was_noted_is_kept_for_good() {
    on_each(async |house| {
        has_award(&house).await;
        let (id, secret) = made(&house, &house.officer, 7).await;
        opened(&house, &secret).await.unwrap();
        ops::revoke(&house.db, &house.officer, house.funder, id)
            .await
            .unwrap();
        for sql in [
            "UPDATE funder_link SET ends_on = '2099-01-01'",
            "UPDATE funder_link SET for_whom = 'Somebody else'",
            "UPDATE funder_link SET revoked_at = NULL, revoked_by = NULL",
            "DELETE FROM funder_link_opening",
            "UPDATE funder_link_opening SET csrf = 'another'",
            "DELETE FROM funder_link_secret",
            "DELETE FROM funder_link",
        ] {
            let done = house
                .db
                .write(&house.worker, Command::new(Operation::SetUp), async |tx| {
                    tx.conn().execute_unprepared(sql).await?;
                    Ok(())
                })
                .await;
            assert!(done.is_err(), "{sql}");
        }
        assert!(
            checks::whole(&house.db, &house.officer)
                .await
                .unwrap()
                .is_empty()
        );
    });
}
