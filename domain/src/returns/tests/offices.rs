//! An office is somebody's: it waits for them, and nobody else signs in it.

use chrono::NaiveDate;
use entity::{GrantReturnId, RequirementId, membership, requirement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::agree::{complete, offer};
use super::house::{House, day, on_both};
use super::journey::sign;
use crate::access::rules::Operation;
use crate::returns::ops::{self, NewSignatory, Parts};
use crate::returns::view;
use crate::{Command, Ctx, Error};

const OFFICES: [&str; 2] = ["Treasurer", "Head"];

/// A return that two offices sign, each held by somebody, offered.
async fn held(house: &House) -> (GrantReturnId, RequirementId) {
    house
        .load("2026-06-30", &[("2026-04-10", 1_000_00, false, true)])
        .await;
    let mut new = house.requirement(false, &OFFICES);
    new.signatures[0].person_id = house.certifier.person_id();
    new.signatures[1].person_id = house.second_certifier.person_id();
    let requirement = ops::create_requirement(&house.db, &house.officer, &new)
        .await
        .unwrap();
    house.draft().await;
    let id = house.of_quarter("2026-04-01").await.id;
    complete(house, id).await;
    offer(house, id).await.unwrap();
    (id, requirement)
}

async fn refused(house: &House, ctx: &Ctx, id: GrantReturnId, office: &str) -> String {
    match sign(house, ctx, id, office).await.unwrap_err() {
        Error::Refused {
            rule: "anothers-office",
            detail,
        } => detail,
        other => panic!("{other:?}"),
    }
}

async fn waits_for(house: &House, id: GrantReturnId) -> String {
    view::one(&house.db, &house.officer, id)
        .await
        .unwrap()
        .summary
        .waits_for
}

async fn is_mine(house: &House, ctx: &Ctx) -> bool {
    let today = view::today(&house.db, ctx).await.unwrap();
    !today.waiting_for_me.is_empty()
}

#[test]
fn an_office_waits_for_whoever_holds_it_and_nobody_else_signs() {
    on_both(async |house| {
        let (id, _) = held(house).await;
        assert_eq!(waits_for(house, id).await, "the Treasurer, Cerys");
        assert!(is_mine(house, &house.certifier).await);
        assert!(!is_mine(house, &house.second_certifier).await);
        for (ctx, asked) in [
            (&house.certifier, true),
            (&house.second_certifier, false),
            (&house.officer, false),
        ] {
            let seen = view::one(&house.db, ctx, id).await.unwrap();
            assert_eq!(seen.signs_next, asked);
        }
        let why = refused(house, &house.second_certifier, id, "Treasurer").await;
        assert!(why.starts_with("Cerys signs as Treasurer."), "{why}");
        let page = view::certify_page(&house.db, &house.second_certifier, id)
            .await
            .unwrap();
        assert_eq!(page.why_not, Some(why));
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        // Now it waits for the other, and no longer for whoever has signed.
        assert_eq!(waits_for(house, id).await, "the Head, Chris");
        assert!(!is_mine(house, &house.certifier).await);
        assert!(is_mine(house, &house.second_certifier).await);
        sign(house, &house.second_certifier, id, "Head")
            .await
            .unwrap();
    });
}

#[test]
fn whoever_has_signed_is_not_asked_for_an_office_that_nobody_holds() {
    on_both(async |house| {
        house
            .load("2026-06-30", &[("2026-04-10", 1_000_00, false, true)])
            .await;
        house.require(false, &OFFICES).await;
        house.draft().await;
        let id = house.of_quarter("2026-04-01").await.id;
        complete(house, id).await;
        offer(house, id).await.unwrap();
        assert_eq!(waits_for(house, id).await, "the Treasurer, Cerys");
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        assert_eq!(waits_for(house, id).await, "the Head");
        assert!(!is_mine(house, &house.certifier).await);
        assert!(is_mine(house, &house.second_certifier).await);
    });
}

#[test]
fn an_office_whose_holder_has_left_is_any_certifiers() {
    on_both(async |house| {
        let (id, _) = held(house).await;
        house
            .db
            .write(
                &house.system(),
                Command::new(Operation::SetUp),
                async |tx| {
                    membership::Entity::update_many()
                        .col_expr(
                            membership::Column::RevokedAt,
                            sea_orm::sea_query::Expr::value(tx.now()),
                        )
                        .filter(membership::Column::PersonId.eq(house.second_certifier.person_id()))
                        .exec(tx.conn())
                        .await?;
                    Ok(())
                },
            )
            .await
            .unwrap();
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        // Chris left: nobody but Cerys certifies, who has signed. Today says that nobody is there.
        assert_eq!(waits_for(house, id).await, "the Head");
        assert!(!is_mine(house, &house.certifier).await);
        let today = view::today(&house.db, &house.officer).await.unwrap();
        assert_eq!(
            today.due[0].notes,
            ["There is nobody who could be told for the certifier."]
        );
    });
}

async fn names(
    house: &House,
    id: RequirementId,
    signatories: Vec<(&str, &Ctx)>,
) -> Result<(), Error> {
    let parts = Parts {
        preparer_id: house.officer.person_id(),
        signatories: signatories
            .into_iter()
            .map(|(office, ctx)| NewSignatory {
                office: office.to_owned(),
                person_id: ctx.person_id(),
            })
            .collect(),
        ..Parts::default()
    };
    ops::name_parts(&house.db, &house.officer, id, None, &parts).await
}

#[test]
fn an_office_passes_to_somebody_else_at_once() {
    on_both(async |house| {
        let (id, requirement) = held(house).await;
        let pointers = async |signatories| match names(house, requirement, signatories).await {
            Err(Error::Invalid(wrong)) => wrong
                .into_iter()
                .map(|field| format!("{} {}", field.pointer, field.code))
                .collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let (cerys, chris) = (&house.certifier, &house.second_certifier);
        assert_eq!(
            pointers(vec![("Cook", chris)]).await,
            ["/signatories/0/office unknown"]
        );
        assert_eq!(
            pointers(vec![("Treasurer", &house.officer)]).await,
            ["/signatories/0/person_id not-a-certifier"]
        );
        assert_eq!(
            pointers(vec![("Treasurer", chris), ("Head", chris)]).await,
            ["/signatories/1/person_id one-person-one-office"]
        );
        house.clock.set(super::house::at("2026-07-05T09:00:00Z"));
        names(
            house,
            requirement,
            vec![("Treasurer", chris), ("Head", cerys)],
        )
        .await
        .unwrap();
        assert_eq!(waits_for(house, id).await, "the Treasurer, Chris");
        refused(house, cerys, id, "Treasurer").await;
        sign(house, chris, id, "Treasurer").await.unwrap();
        let seen = view::requirement(&house.db, &house.officer, requirement)
            .await
            .unwrap();
        let said: Vec<(&str, Option<NaiveDate>, bool)> = seen
            .signatories
            .iter()
            .map(|one| {
                let name = one.person.as_ref().unwrap().display_name.as_str();
                (name, one.since, one.certifies)
            })
            .collect();
        let since = Some(day("2026-07-05"));
        assert_eq!(said, [("Chris", since, true), ("Cerys", since, true)]);
        // who keeps an office keeps the day; who is not listed holds it no longer
        house.clock.set(super::house::at("2026-07-06T09:00:00Z"));
        names(house, requirement, vec![("Treasurer", chris)])
            .await
            .unwrap();
        let row = requirement::Entity::find_by_id(requirement)
            .one(house.db.read())
            .await
            .unwrap()
            .unwrap();
        let now = crate::returns::store::signatures(&row).unwrap();
        assert_eq!(
            now.iter()
                .map(|one| (one.person_id, one.since))
                .collect::<Vec<_>>(),
            [(chris.person_id(), since), (None, None)]
        );
        // The funder does not read who holds an office.
        let theirs = view::requirement(&house.db, &house.funders_officer, requirement)
            .await
            .unwrap();
        assert!(theirs.signatories.is_empty());
        assert!(theirs.signatures.iter().all(|one| one.person_id.is_none()));
    });
}
