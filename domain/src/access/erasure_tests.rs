#![allow(clippy::unwrap_used)]

use entity::{Role, membership, person};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};

use super::*;
use crate::access::invitations::{self, Invitation};
use crate::spend::testing::{House, day, on_each};

fn why(reason: &str) -> Erasure {
    Erasure {
        reason: reason.to_owned(),
    }
}

/// Somebody who was invited as an auditor and signed nothing, with the membership's last day.
async fn auditor_until(house: &House, ends_on: Option<NaiveDate>) -> PersonId {
    let administrator = house.somebody(Role::Administrator).await;
    let ctx = house.system();
    house
        .db
        .write(&ctx, Command::new(Operation::SetUp), async |tx| {
            crate::settings::set_home(tx, house.charity).await
        })
        .await
        .unwrap();
    let invitation = Invitation {
        email: format!("{}@example.org", uuid::Uuid::new_v4()),
        display_name: "Kit Rowan".to_owned(),
        role: Role::Auditor,
        organisation_id: house.charity,
        ends_on: None,
    };
    let id = invitations::invite(&house.db, &administrator, &invitation)
        .await
        .unwrap()
        .person_id;
    if ends_on.is_some() {
        let held = membership::Entity::find()
            .filter(membership::Column::PersonId.eq(id))
            .one(house.db.read())
            .await
            .unwrap()
            .unwrap();
        house
            .db
            .write(&ctx, Command::new(Operation::SetUp), async |tx| {
                let mut held = held.clone().into_active_model();
                held.starts_on = Set(day(2015, 4, 1));
                held.ends_on = Set(ends_on);
                held.update(tx.conn()).await?;
                mail::Entity::update_many()
                    .col_expr(mail::Column::State, Expr::value("sent"))
                    .exec(tx.conn())
                    .await?;
                Ok(())
            })
            .await
            .unwrap();
    }
    id
}

#[test]
fn who_left_is_erased_and_what_they_did_stays() {
    on_each(async |house| {
        let db = &house.db;
        let administrator = house.somebody(Role::Administrator).await;
        let id = auditor_until(&house, Some(day(2019, 3, 31))).await;
        let told = preview(db, &administrator, id).await.unwrap();
        assert_eq!((told.refused, told.left_on), (None, Some(day(2019, 3, 31))));
        assert!(told.personal_values > 0, "the invitation holds their name");
        let listed = due(db, &administrator).await.unwrap();
        assert_eq!(listed.iter().map(|one| one.id).collect::<Vec<_>>(), [id]);
        let unsaid = erase(db, &administrator, id, &why(" ")).await;
        assert!(matches!(unsaid, Err(Error::Invalid(_))), "{unsaid:?}");
        erase(db, &administrator, id, &why("Six years are over"))
            .await
            .unwrap();
        let row = person::Entity::find_by_id(id)
            .one(db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.display_name, CALLED);
        assert!(row.email.ends_with(GONE), "{}", row.email);
        let letters = mail::Entity::find()
            .filter(mail::Column::ToPersonId.eq(id))
            .all(db.read())
            .await
            .unwrap();
        assert!(letters.iter().all(|one| one.to_address.is_empty()
            && one.text_body.is_none()
            && one.html_body.is_none()));
        let told = preview(db, &administrator, id).await.unwrap();
        assert_eq!(told.personal_values, 0);
        assert!(due(db, &administrator).await.unwrap().is_empty());
        let again = erase(db, &administrator, id, &why("Again")).await;
        assert!(matches!(again, Err(Error::Refused { .. })), "{again:?}");
        // The chain of the log holds without what was erased.
        crate::audit::seal(db, &house.worker).await.unwrap();
        let verdict = crate::audit::verify(db, None).await.unwrap();
        assert!(verdict.problems.is_empty(), "{:?}", verdict.problems);
    });
}

#[test]
fn who_holds_a_role_is_not_erased_and_nobody_erases_themself() {
    on_each(async |house| {
        let db = &house.db;
        let administrator = house.somebody(Role::Administrator).await;
        let here = auditor_until(&house, None).await;
        let refused = erase(db, &administrator, here, &why("No")).await;
        assert!(
            matches!(
                &refused,
                Err(Error::Refused {
                    rule: "person-not-erasable",
                    ..
                })
            ),
            "{refused:?}"
        );
        let me = administrator.person_id().unwrap();
        let own = erase(db, &administrator, me, &why("No")).await;
        assert!(matches!(own, Err(Error::Refused { .. })), "{own:?}");
        let officer = erase(db, &house.officer, here, &why("No")).await;
        assert!(matches!(officer, Err(Error::NotAllowed(_))), "{officer:?}");
    });
}
