//! Organisations corrected, and whom to ask there.
#![allow(clippy::unwrap_used)]

use entity::{OrganisationKind, Role};
use sea_orm::EntityTrait;

use super::contacts::{self, NewContact};
use super::ops::{self, Correction};
use super::view;
use crate::Error;
use crate::spend::testing::on_each;

fn correction(org_id: &str, name: &str) -> Correction {
    Correction {
        org_id: org_id.to_owned(),
        name: name.to_owned(),
        kind: OrganisationKind::Department,
        reason: "It was mistyped".to_owned(),
    }
}

#[test]
fn what_was_mistyped_of_an_organisation_is_corrected_once_and_seen() {
    on_each(async |house| {
        let (db, me) = (&house.db, &house.officer);
        let id = house.funder;
        let before = view::one(db, me, id).await.unwrap();
        let right = correction("GB-GOR-D12", "Department for Recovery");
        let version = ops::correct(db, me, id, &right, Some(before.version))
            .await
            .unwrap();
        let seen = view::one(db, me, id).await.unwrap();
        assert_eq!(
            (seen.name.as_str(), seen.org_id.as_str(), seen.version),
            ("Department for Recovery", "GB-GOR-D12", version)
        );
        let late = ops::correct(db, me, id, &right, Some(before.version)).await;
        assert!(matches!(late, Err(Error::Stale)), "{late:?}");
        let taken = correction(&view::one(db, me, house.charity).await.unwrap().org_id, "D");
        for (wrong, pointer) in [
            (taken, "/org_id"),
            (correction("nonsense", "D"), "/org_id"),
            (correction("GB-GOR-D12", "  "), "/name"),
            (
                Correction {
                    reason: " ".to_owned(),
                    ..correction("GB-GOR-D12", "D")
                },
                "/reason",
            ),
        ] {
            let refused = ops::correct(db, me, id, &wrong, None).await;
            assert!(
                matches!(&refused, Err(Error::Invalid(fields)) if fields[0].pointer == pointer),
                "{pointer}: {refused:?}"
            );
        }
        let told = crate::audit::view::history(db, me, "organisation", id.into(), 0, 1)
            .await
            .unwrap();
        let detail = &told.entries[0].detail;
        assert_eq!(detail["name_before"], before.name.as_str());
        assert_eq!(detail["reason"], "It was mistyped");
    });
}

#[test]
fn a_contact_that_is_taken_out_leaves_nothing_of_the_person() {
    on_each(async |house| {
        let (db, me) = (&house.db, &house.officer);
        let id = house.funder;
        let new = NewContact {
            name: "Sam Field".to_owned(),
            about: "Claims and payments".to_owned(),
            email: Some(" sam@example.org ".to_owned()),
            telephone: Some("020 7946 0123".to_owned()),
        };
        for (wrong, pointer) in [
            (
                NewContact {
                    name: " ".to_owned(),
                    ..new.clone()
                },
                "/name",
            ),
            (
                NewContact {
                    email: Some("sam at example".to_owned()),
                    ..new.clone()
                },
                "/email",
            ),
            (
                NewContact {
                    telephone: Some("12".to_owned()),
                    ..new.clone()
                },
                "/telephone",
            ),
        ] {
            let refused = contacts::add(db, me, id, &wrong).await;
            assert!(
                matches!(&refused, Err(Error::Invalid(fields)) if fields[0].pointer == pointer),
                "{refused:?}"
            );
        }
        let contact = contacts::add(db, me, id, &new).await.unwrap();
        let seen = contacts::list(db, me, id).await.unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].email.as_deref(), Some("sam@example.org"));
        let funder = house.somebody_of(Role::FundersOfficer, id).await;
        assert!(contacts::list(db, &funder, id).await.is_err());
        // it is changed in place, by whoever may
        let other = NewContact {
            about: "Everything".to_owned(),
            telephone: None,
            ..new.clone()
        };
        let refused = contacts::change(db, &funder, id, contact, &other).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");
        let unknown = contacts::change(db, me, id, entity::ContactId::new(), &other).await;
        assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
        contacts::change(db, me, id, contact, &other).await.unwrap();
        let seen = contacts::list(db, me, id).await.unwrap();
        assert_eq!(
            (seen[0].id, seen[0].about.as_str(), &seen[0].telephone),
            (contact, "Everything", &None)
        );
        contacts::remove(db, me, id, contact).await.unwrap();
        assert!(contacts::list(db, me, id).await.unwrap().is_empty());
        let kept = entity::contact::Entity::find_by_id(contact)
            .one(db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (kept.name.as_str(), kept.email, kept.telephone),
            ("", None, None)
        );
        let again = contacts::remove(db, me, id, contact).await;
        assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
    });
}
