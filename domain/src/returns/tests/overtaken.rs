//! What goes on is what the books say today: figures that newer facts would make others are not
//! offered, and not signed.

use entity::ReturnState;

use super::agree::{offer, offer_again, offered};
use super::house::{House, at, on_both};
use super::journey::{sending, sign};
use crate::returns::rules::Severity;
use crate::returns::{ops, view};
use crate::{Error, Money};

/// The sentence of a refusal that errors remain.
fn remains(error: Error) -> String {
    match error {
        Error::Refused {
            rule: "errors-remain",
            detail,
        } => detail,
        other => panic!("{other:?}"),
    }
}

async fn invoice(house: &House, moment: &str, pence: i64) {
    house.clock.set(at(moment));
    house
        .load("2026-06-30", &[("2026-05-10", pence, false, true)])
        .await;
}

#[test]
fn a_reopened_return_is_not_offered_with_figures_known_to_be_wrong() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        ops::record_sending(&house.db, &house.officer, id, &sending(house), None, None)
            .await
            .unwrap();
        invoice(house, "2026-07-03T09:00:00Z", 250_00).await;
        ops::reopen(&house.db, &house.officer, id, "A late invoice.", None)
            .await
            .unwrap();
        let seen = view::one(&house.db, &house.officer, id).await.unwrap();
        let found = &seen.findings[0];
        assert_eq!(
            (found.severity, found.code.as_str()),
            (Severity::Error, "newer-facts")
        );
        assert!(
            found
                .message
                .contains("“finances.revenue” says £1,000.00 and would be £1,250.00"),
            "{}",
            found.message
        );
        let why = remains(offer(house, id).await.unwrap_err());
        assert!(why.contains("Bring the figures up to date"), "{why}");
        ops::refresh(&house.db, &house.officer, id, None)
            .await
            .unwrap();
        // It was certified before: why it is sent on again is asked, and read by whoever signs.
        let unsaid = offer(house, id).await.unwrap_err();
        let Error::Invalid(fields) = unsaid else {
            panic!("{unsaid:?}")
        };
        assert_eq!(fields[0].pointer, "/resubmission_reason");
        assert!(
            view::one(&house.db, &house.officer, id)
                .await
                .unwrap()
                .asks_why_again
        );
        offer_again(house, id, " An invoice of May came late. ").await;
        let page = view::certify_page(&house.db, &house.certifier, id)
            .await
            .unwrap();
        assert_eq!(
            page.resubmission_reason.as_deref(),
            Some("An invoice of May came late.")
        );
        assert_eq!(page.stops, Vec::<String>::new());
        assert_eq!(page.claim.claimed, Some(Money(1_250_00)));
        assert_eq!(page.claim.ledger, Money(1_250_00));
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        house.clock.set(at("2026-07-04T09:00:00Z"));
        ops::record_sending(&house.db, &house.officer, id, &sending(house), None, None)
            .await
            .unwrap();
        // The funder reads it with what replaces the one that it had.
        let seen = view::one(&house.db, &house.funders_officer, id)
            .await
            .unwrap();
        let why: Vec<_> = seen
            .sendings
            .iter()
            .map(|sent| sent.resubmission_reason.as_deref())
            .collect();
        assert_eq!(why, [None, Some("An invoice of May came late.")]);
        assert!(seen.resubmission_reason.is_none());
    });
}

#[test]
fn facts_that_come_after_the_offer_keep_it_from_being_signed() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer", "Head"]).await;
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        invoice(house, "2026-07-03T09:00:00Z", 250_00).await;
        // The page holds it against the ledger as it is now, and says what to do.
        let page = view::certify_page(&house.db, &house.second_certifier, id)
            .await
            .unwrap();
        assert_eq!(page.claim.claimed, Some(Money(1_000_00)));
        assert_eq!(page.claim.ledger, Money(1_250_00));
        assert_eq!(page.stops.len(), 1);
        assert!(page.stops[0].contains("Newer facts have arrived"));
        assert!(page.stops[0].contains("Send it back"), "{:?}", page.stops);
        assert_eq!(page.why_not.as_ref(), Some(&page.stops[0]));
        let why = remains(
            sign(house, &house.second_certifier, id, "Head")
                .await
                .unwrap_err(),
        );
        assert_eq!(why, page.stops[0]);
        // It waits for whoever prepares it, by name, and asks nobody to sign.
        let seen = view::one(&house.db, &house.second_certifier, id)
            .await
            .unwrap();
        assert!(seen.summary.overtaken && !seen.signs_next);
        assert_eq!(seen.summary.waits_for, "Ola, who prepares it");
        let waits = async |ctx| {
            let today = view::today(&house.db, ctx).await.unwrap();
            !today.waiting_for_me.is_empty()
        };
        assert!(waits(&house.officer).await);
        assert!(!waits(&house.second_certifier).await);
        // The way out: it goes back, takes the facts in, and is signed anew by both.
        ops::request_changes(
            &house.db,
            &house.second_certifier,
            id,
            "Bring it up to date.",
            None,
        )
        .await
        .unwrap();
        house.draft().await;
        offer(house, id).await.unwrap();
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        let stands = sign(house, &house.second_certifier, id, "Head")
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::Certified);
    });
}

#[test]
fn facts_that_change_no_figure_stand_in_nobodys_way() {
    on_both(async |house| {
        let id = offered(house, true, &["Treasurer"]).await;
        let before = view::one(&house.db, &house.officer, id).await.unwrap();
        ops::request_changes(&house.db, &house.officer, id, "Once more.", None)
            .await
            .unwrap();
        // An invoice of a pool’s other award: nothing of it is ours.
        house.clock.set(at("2026-07-03T09:00:00Z"));
        house
            .load("2026-07-02", &[("2026-07-01", 5_00, false, false)])
            .await;
        let draft = view::one(&house.db, &house.officer, id).await.unwrap();
        assert!(draft.newer_facts);
        assert!(
            draft
                .findings
                .iter()
                .all(|found| found.code != "newer-facts")
        );
        offer(house, id).await.unwrap();
        let after = view::one(&house.db, &house.officer, id).await.unwrap();
        assert_eq!(after.content_hash, before.content_hash);
        assert!(!after.newer_facts, "what it rests on is said anew");
        assert_ne!(after.rests_on, before.rests_on);
    });
}
