//! The whole journey: drafted, completed, certified, sent; and what was certified stays (T2).

use entity::{GrantReturnId, ReturnState};
use serde_json::json;

use super::agree::{complete, offer, offer_again, offered};
use super::draft::{cells, typed};
use super::house::{House, at, on_both};
use crate::returns::ops::{self, NewCertification, NewSending, Stands};
use crate::returns::view;
use crate::{Ctx, Error};

pub(super) async fn sign(
    house: &House,
    ctx: &Ctx,
    id: GrantReturnId,
    office: &str,
) -> Result<Stands, Error> {
    let page = view::certify_page(&house.db, ctx, id).await?;
    let new = NewCertification {
        content_hash: page.content_hash,
        office: office.to_owned(),
        statement: format!("I, the {office}, state that this is true."),
    };
    ops::certify(&house.db, ctx, &house.workbooks, id, &new).await
}

pub(super) fn sending(house: &House) -> NewSending {
    NewSending {
        sent_at: house.clock.now(),
        how: "The department’s portal".to_owned(),
        to_whom: "Grants team".to_owned(),
        receipt: "Receipt 4711".to_owned(),
        although_changed: false,
    }
}

fn rule(error: Error) -> &'static str {
    match error {
        Error::Refused { rule, .. } => rule,
        other => panic!("{other:?}"),
    }
}

async fn is_due(house: &House, id: GrantReturnId) -> bool {
    let due = crate::returns::store::deadline(house.db.read(), id)
        .await
        .unwrap();
    due.unwrap().closed_at.is_none()
}

#[test]
fn from_the_quarters_end_to_the_funders_acceptance() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        let draft = view::workbook(&house.db, &house.officer, &house.workbooks, id)
            .await
            .unwrap();
        let stands = sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::Certified);
        assert!(
            is_due(house, id).await,
            "certified and not yet sent is still due"
        );
        let certified = view::certified_workbook(&house.db, &house.officer, id)
            .await
            .unwrap();
        let (before, after) = (cells(draft.bytes), cells(certified.bytes.clone()));
        let written: Vec<_> = after
            .iter()
            .filter(|(cell, value)| before.get(*cell) != Some(value))
            .map(|(cell, _)| cell.as_str())
            .collect();
        assert_eq!(written, ["Sign-off!B2", "Sign-off!B3", "Sign-off!B4"]);
        assert_eq!(after["Sign-off!B2"], "Cerys");
        house.clock.set(at("2026-07-04T10:00:00Z"));
        let receipt = ops::Receipt {
            name: "receipt.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            bytes: b"%PDF-".to_vec(),
        };
        let sent = ops::record_sending(
            &house.db,
            &house.officer,
            id,
            &sending(house),
            Some(&receipt),
            None,
        )
        .await
        .unwrap();
        assert_eq!(sent.state, ReturnState::Submitted);
        assert!(
            !is_due(house, id).await,
            "only the record of sending closes the deadline"
        );
        let again =
            ops::record_sending(&house.db, &house.officer, id, &sending(house), None, None).await;
        assert_eq!(rule(again.unwrap_err()), "sent-already");
        let view = view::one(&house.db, &house.officer, id).await.unwrap();
        assert_eq!(view.sendings[0].file_sha256, certified.sha256);
        let file = view.sendings[0].receipt_file_id.unwrap();
        let kept = view::receipt(&house.db, &house.officer, id, file)
            .await
            .unwrap();
        assert_eq!(kept.bytes, receipt.bytes);
        let accepted = ops::accept(&house.db, &house.officer, id, None)
            .await
            .unwrap();
        assert_eq!(accepted.state, ReturnState::Accepted);
    });
}

#[test]
fn who_may_not_certify_is_told_why() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        let refused = sign(house, &house.officer, id, "Treasurer")
            .await
            .unwrap_err();
        assert!(
            matches!(refused, Error::NotAllowed(_)),
            "an officer is no certifier"
        );
        let with = |change: &dyn Fn(&mut crate::ctx::PersonActor)| {
            let mut ctx = house.certifier.clone();
            if let crate::Actor::Person(person) = &mut ctx.actor {
                change(person);
            }
            ctx
        };
        let no_factor = with(&|person| person.second_factor = false);
        assert_eq!(
            rule(sign(house, &no_factor, id, "Treasurer").await.unwrap_err()),
            "second-factor-needed"
        );
        let elsewhere = with(&|person| person.roles = vec![(house.home, entity::Role::Certifier)]);
        let refused = sign(house, &elsewhere, id, "Treasurer").await.unwrap_err();
        assert!(matches!(refused, Error::NotAllowed(_)), "of another body");
        let token = with(&|person| person.scopes = Some(crate::access::rules::Scope::ALL.to_vec()));
        let refused = sign(house, &token, id, "Treasurer").await.unwrap_err();
        assert!(matches!(refused, Error::NotAllowed(_)), "a token cannot");
        // The exact words, and the content that was read.
        let page = view::certify_page(&house.db, &house.certifier, id)
            .await
            .unwrap();
        let mut new = NewCertification {
            content_hash: page.content_hash,
            office: "Treasurer".to_owned(),
            statement: "It is probably true.".to_owned(),
        };
        let refused = ops::certify(&house.db, &house.certifier, &house.workbooks, id, &new).await;
        assert!(matches!(refused.unwrap_err(), Error::Invalid(_)));
        new.statement = "I, the Treasurer, state that this is true.".to_owned();
        new.content_hash = "0".repeat(64);
        let stale = ops::certify(&house.db, &house.certifier, &house.workbooks, id, &new).await;
        assert!(matches!(stale.unwrap_err(), Error::Stale));
    });
}

#[test]
fn nobody_certifies_what_they_changed() {
    on_both(async |house| {
        house
            .load("2026-06-30", &[("2026-04-10", 1_000_00, false, true)])
            .await;
        house.require(false, &["Treasurer"]).await;
        house.draft().await;
        let id = house.of_quarter("2026-04-01").await.id;
        complete(house, id).await;
        // Somebody who is both officer and certifier typed an answer.
        let mut both = house.certifier.clone();
        if let crate::Actor::Person(person) = &mut both.actor {
            person
                .roles
                .push((house.council, entity::Role::FinanceOfficer));
        }
        ops::answer(
            &house.db,
            &both,
            id,
            "finances.revenue",
            &typed(json!(999_99)),
            None,
        )
        .await
        .unwrap();
        offer(house, id).await.unwrap();
        assert_eq!(
            rule(sign(house, &both, id, "Treasurer").await.unwrap_err()),
            "no-self-approval"
        );
        sign(house, &house.second_certifier, id, "Treasurer")
            .await
            .unwrap();
    });
}

#[test]
fn two_offices_sign_in_order_by_two_people() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer", "Director"]).await;
        let refused = sign(house, &house.certifier, id, "Director")
            .await
            .unwrap_err();
        assert_eq!(rule(refused), "signing-order");
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        // One signature is not yet a certified return, and nothing may change under it.
        assert!(
            view::certified_workbook(&house.db, &house.officer, id)
                .await
                .is_err()
        );
        let red = typed(json!("Red"));
        let edit = ops::answer(&house.db, &house.officer, id, "story.rating", &red, None);
        assert_eq!(rule(edit.await.unwrap_err()), "signed-already");
        let refused = sign(house, &house.certifier, id, "Director")
            .await
            .unwrap_err();
        assert_eq!(rule(refused), "one-person-one-office");
        let stands = sign(house, &house.second_certifier, id, "Director")
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::Certified);
        let file = view::certified_workbook(&house.db, &house.officer, id)
            .await
            .unwrap();
        let found = cells(file.bytes);
        assert_eq!(
            (found["Sign-off!B2"].as_str(), found["Sign-off!B5"].as_str()),
            ("Cerys", "Chris")
        );
    });
}

/// T2: back-dated spend after certification changes nothing of it; the restatement is shown.
#[test]
fn what_was_certified_stays_as_it_was() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        let before = view::certified_workbook(&house.db, &house.officer, id)
            .await
            .unwrap();
        let then = view::one(&house.db, &house.officer, id).await.unwrap();
        assert!(then.restated.is_empty());
        house.clock.set(at("2026-07-10T09:00:00Z"));
        house
            .load("2026-07-09", &[("2026-05-02", 123_45, false, true)])
            .await;
        house.draft().await;
        let refused = ops::refresh(&house.db, &house.officer, id, None)
            .await
            .unwrap_err();
        assert_eq!(rule(refused), "certified-is-frozen");
        let red = typed(json!("Red"));
        let edit = ops::answer(&house.db, &house.officer, id, "story.rating", &red, None);
        assert_eq!(rule(edit.await.unwrap_err()), "certified-is-frozen");
        let now = view::one(&house.db, &house.officer, id).await.unwrap();
        assert_eq!(now.content_hash, then.content_hash);
        let after = view::certified_workbook(&house.db, &house.officer, id)
            .await
            .unwrap();
        assert_eq!(
            (&after.sha256, &after.bytes),
            (&before.sha256, &before.bytes)
        );
        let restated: Vec<_> = now
            .restated
            .iter()
            .map(|one| {
                (
                    one.key.as_str(),
                    one.as_certified.pence(),
                    one.as_now.pence(),
                )
            })
            .collect();
        assert_eq!(
            restated,
            [
                ("finances.revenue", 1_000_00, 1_123_45),
                ("finances.to-date", 1_000_00, 1_123_45),
                ("finances.q1", 1_000_00, 1_123_45),
            ]
        );
    });
}

#[test]
fn the_next_return_says_what_changed_since_the_last() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        ops::record_sending(&house.db, &house.officer, id, &sending(house), None, None)
            .await
            .unwrap();
        house.clock.set(at("2026-10-02T09:00:00Z"));
        house
            .load(
                "2026-09-30",
                &[
                    ("2026-05-02", 123_45, false, true),
                    ("2026-08-02", 10_000_00, false, true),
                ],
            )
            .await;
        house.draft().await;
        let next = house.of_quarter("2026-07-01").await.id;
        let found = view::findings(&house.db, &house.officer, next)
            .await
            .unwrap();
        let differs: Vec<_> = found
            .iter()
            .filter(|one| one.code == "differs-from-last-return")
            .filter_map(|one| one.field.as_deref())
            .collect();
        assert_eq!(differs, ["finances.to-date", "finances.q1"]);
        // The last return forecast 10,000 for this quarter, and that is what was spent.
        let view = view::one(&house.db, &house.officer, next).await.unwrap();
        let expected = view.sections[0]
            .answers
            .iter()
            .find(|answer| answer.key == "finances.expected")
            .unwrap();
        assert_eq!(expected.value, json!(10_000_00));
        assert!(!found.iter().any(|one| one.code == "variance-unexplained"));
        // Ten per cent more needs an explanation.
        house
            .load("2026-09-30", &[("2026-08-03", 1_000_01, false, true)])
            .await;
        let found = view::findings(&house.db, &house.officer, next)
            .await
            .unwrap();
        let variance = found
            .iter()
            .find(|one| one.code == "variance-unexplained")
            .unwrap();
        assert_eq!(variance.field.as_deref(), Some("finances.explanation"));
        assert!(variance.stops());
    });
}

#[test]
fn opened_again_it_is_due_again_and_its_signature_is_withdrawn() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        ops::record_sending(&house.db, &house.officer, id, &sending(house), None, None)
            .await
            .unwrap();
        let no_reason = ops::reopen(&house.db, &house.officer, id, " ", None)
            .await
            .unwrap_err();
        assert!(matches!(no_reason, Error::Invalid(_)));
        let stands = ops::reopen(&house.db, &house.officer, id, "A wrong figure", None)
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::Drafted);
        assert!(is_due(house, id).await);
        // Its signature no longer stands; what was sent is still there.
        let seen = view::one(&house.db, &house.officer, id).await.unwrap();
        assert!(!seen.certifications[0].signed);
        let kept = view::certified_workbook(&house.db, &house.officer, id)
            .await
            .unwrap();
        assert_eq!(kept.sha256, seen.sendings[0].file_sha256);
        // Offered again without a change, it is another revision, signed anew, and sent again.
        let offered = offer_again(house, id, "It was asked for anew.").await;
        assert_eq!(offered.revision, stands.revision + 1);
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        ops::record_sending(&house.db, &house.officer, id, &sending(house), None, None)
            .await
            .unwrap();
        let view = view::one(&house.db, &house.officer, id).await.unwrap();
        let replaced: Vec<bool> = view.sendings.iter().map(|one| one.replaced).collect();
        assert_eq!(replaced, [true, false]);
    });
}

#[test]
fn a_return_that_is_not_wanted_is_not_due() {
    on_both(async |house| {
        house.require(false, &["Treasurer"]).await;
        house.draft().await;
        let id = house.of_quarter("2026-04-01").await.id;
        let stands = ops::waive(&house.db, &house.officer, id, "The funder said so", None)
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::NotRequired);
        assert!(!is_due(house, id).await);
        assert_eq!(house.draft().await.drafted, 0);
    });
}

#[test]
fn sent_back_with_a_reason_it_is_changed_and_offered_again() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        let stands = ops::request_changes(&house.db, &house.certifier, id, "Explain July", None)
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::ChangesRequested);
        let stale = ops::send_for_review(&house.db, &house.officer, id, Some(stands.version - 1));
        assert!(matches!(stale.await.unwrap_err(), Error::Stale));
        ops::send_for_review(&house.db, &house.officer, id, Some(stands.version))
            .await
            .unwrap();
        let stands = offer(house, id).await.unwrap();
        assert_eq!(stands.state, ReturnState::AwaitingCertification);
    });
}

#[test]
fn what_came_to_light_since_the_offer_stops_certification() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        house.set_award_amount(999_99).await;
        let refused = sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap_err();
        assert_eq!(rule(refused), "errors-remain");
    });
}
