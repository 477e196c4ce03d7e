//! A return that is opened again: what was sent stays, for us and for its funder.

use entity::{GrantReturnId, ReturnState};
use serde_json::json;

use super::agree::{offer, offer_again, offered};
use super::draft::typed;
use super::house::{House, at, on_both};
use super::journey::{sending, sign};
use crate::files::Stored;
use crate::returns::ops;
use crate::returns::view::{self, ReturnFilter, ReturnOrder};
use crate::{Ctx, Error};

pub(super) async fn sent(house: &House, id: GrantReturnId) -> Stored {
    sign(house, &house.certifier, id, "Treasurer")
        .await
        .unwrap();
    let file = view::certified_workbook(&house.db, &house.officer, id)
        .await
        .unwrap();
    ops::record_sending(&house.db, &house.officer, id, &sending(house), None, None)
        .await
        .unwrap();
    file
}

#[test]
fn what_was_sent_stays_there_while_the_return_is_open_again() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        let funder = &house.funders_officer;
        let not_there = view::one(&house.db, funder, id).await.unwrap_err();
        assert!(matches!(not_there, Error::NotFound));
        let first = sent(house, id).await;
        let as_sent = view::one(&house.db, funder, id).await.unwrap();
        house.clock.set(at("2026-07-03T09:00:00Z"));
        ops::reopen(&house.db, &house.officer, id, "A slip.", None)
            .await
            .unwrap();
        let words = typed(json!("Another story now"));
        ops::answer(&house.db, &house.officer, id, "story.well", &words, None)
            .await
            .unwrap();
        // The funder sees what they saw: not the draft, nor that there is one.
        let seen = view::one(&house.db, funder, id).await.unwrap();
        assert_eq!(seen.summary.state, ReturnState::Submitted);
        assert!(!seen.summary.overdue);
        assert_eq!(seen.content_hash, as_sent.content_hash);
        assert_eq!(seen.revision, as_sent.revision);
        let told = |view: &view::ReturnView| {
            view.sections
                .iter()
                .flat_map(|section| &section.answers)
                .map(|answer| (answer.key.clone(), answer.value.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&seen), told(&as_sent));
        assert!(seen.certifications[0].signed);
        assert_eq!(seen.sendings[0].signed[0].by, "Cerys");
        let list = view::list(
            &house.db,
            funder,
            ReturnFilter::default(),
            ReturnOrder::Attention,
            None,
            10,
        )
        .await
        .unwrap();
        assert_eq!(list.items.len(), 1);
        assert_eq!(list.items[0].state, ReturnState::Submitted);
        // Everybody finds the file that was sent.
        let file = async |ctx: &Ctx| {
            view::certified_workbook(&house.db, ctx, id)
                .await
                .unwrap()
                .sha256
        };
        assert_eq!(file(funder).await, first.sha256);
        assert_eq!(file(&house.officer).await, first.sha256);
        // Certified anew and not sent yet, the funder still has the first.
        offer_again(house, id, "A slip.").await;
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        assert_eq!(file(funder).await, first.sha256);
        assert_ne!(file(&house.officer).await, first.sha256);
        house.clock.set(at("2026-07-04T09:00:00Z"));
        ops::record_sending(&house.db, &house.officer, id, &sending(house), None, None)
            .await
            .unwrap();
        let second = file(funder).await;
        assert_ne!(second, first.sha256);
        // Each version is there, and it is plain which one counts.
        let seen = view::one(&house.db, funder, id).await.unwrap();
        let versions: Vec<(i32, bool)> = seen
            .sendings
            .iter()
            .map(|sent| (sent.revision, sent.replaced))
            .collect();
        assert_eq!(versions.len(), 2);
        assert_eq!((versions[0].1, versions[1].1), (true, false));
        let mut files = Vec::new();
        for (revision, _) in versions {
            let file = view::sent_workbook(&house.db, funder, id, revision)
                .await
                .unwrap();
            files.push(file.sha256);
        }
        assert_eq!(files, [first.sha256, second]);
        let draft = view::sent_workbook(&house.db, funder, id, 99)
            .await
            .map(|_| ());
        assert!(matches!(draft, Err(Error::NotFound)));
    });
}

#[test]
fn a_sent_return_that_changed_is_told_to_whoever_may_open_it() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        sent(house, id).await;
        let told = async |ctx: &Ctx| {
            view::today(&house.db, ctx)
                .await
                .unwrap()
                .changed_since_sent
                .into_iter()
                .map(|one| (one.id, one.figures))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&house.officer).await, []);
        house.clock.set(at("2026-07-03T09:00:00Z"));
        house
            .load("2026-06-30", &[("2026-05-10", 250_00, false, true)])
            .await;
        let seen = view::one(&house.db, &house.officer, id).await.unwrap();
        assert!(!seen.restated.is_empty());
        assert_eq!(told(&house.officer).await, [(id, seen.restated.len())]);
        assert_eq!(told(&house.trustee).await, []);
        assert_eq!(told(&house.funders_officer).await, []);
    });
}

#[test]
fn what_was_sent_back_before_it_was_sent_is_done_with() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        ops::request_changes(&house.db, &house.certifier, id, "Say more.", None)
            .await
            .unwrap();
        offer(house, id).await.unwrap();
        house.clock.set(at("2026-07-02T20:00:00Z"));
        sent(house, id).await;
        house.clock.set(at("2026-07-03T09:00:00Z"));
        ops::reopen(&house.db, &house.officer, id, "A slip.", None)
            .await
            .unwrap();
        let seen = view::one(&house.db, &house.officer, id).await.unwrap();
        assert!(seen.sent_back.is_none());
        // and it says of itself that it was sent before
        assert!(seen.newer_facts);
    });
}
