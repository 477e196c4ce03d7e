//! What changed since a return was sent back: whoever certifies reads only that.

use entity::GrantReturnId;
use serde_json::json;

use super::agree::{offer, offered};
use super::draft::typed;
use super::house::{House, at, on_both};
use crate::Ctx;
use crate::returns::view::{ChangedAnswer, SentBack};
use crate::returns::{ops, view};

async fn since(house: &House, ctx: &Ctx, id: GrantReturnId) -> Option<SentBack> {
    view::certify_page(&house.db, ctx, id)
        .await
        .unwrap()
        .sent_back
}

async fn send_back(house: &House, ctx: &Ctx, id: GrantReturnId, why: &str) {
    ops::request_changes(&house.db, ctx, id, why, None)
        .await
        .unwrap();
}

async fn answer(house: &House, id: GrantReturnId, key: &str, value: serde_json::Value) {
    ops::answer(&house.db, &house.officer, id, key, &typed(value), None)
        .await
        .unwrap();
}

fn told(changed: &ChangedAnswer) -> (&str, &serde_json::Value, &serde_json::Value, Option<&str>) {
    (
        changed.key.as_str(),
        &changed.before,
        &changed.after,
        changed.by.as_deref(),
    )
}

#[test]
fn a_certifier_reads_what_changed_since_they_sent_it_back() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        assert!(since(house, &house.certifier, id).await.is_none());
        answer(house, id, "finances.fence", json!(7_00)).await;
        offer(house, id).await.unwrap();

        house.clock.set(at("2026-07-03T09:00:00Z"));
        send_back(house, &house.certifier, id, "Say more of the premises.").await;
        house.clock.set(at("2026-07-03T10:00:00Z"));
        offer(house, id).await.unwrap();
        let nothing = since(house, &house.certifier, id).await.unwrap();
        assert_eq!(nothing.changed, []);
        assert_eq!(nothing.by.as_deref(), Some("Cerys"));
        assert_eq!(nothing.reason.as_deref(), Some("Say more of the premises."));
        assert_eq!(nothing.at, at("2026-07-03T09:00:00Z"));

        // A text is typed anew, a typed figure taken back, and a late invoice taken in.
        answer(house, id, "story.well", json!("People met every day")).await;
        ops::undo(&house.db, &house.officer, id, "finances.fence", None)
            .await
            .unwrap();
        house
            .load("2026-06-30", &[("2026-06-20", 250_25, false, true)])
            .await;
        ops::refresh(&house.db, &house.officer, id, None)
            .await
            .unwrap();
        // The preparer's own change of mind resets nothing that the certifier has yet to read.
        offer(house, id).await.unwrap();
        house.clock.set(at("2026-07-03T11:00:00Z"));
        send_back(house, &house.officer, id, "One more look.").await;
        house.clock.set(at("2026-07-03T12:00:00Z"));
        offer(house, id).await.unwrap();
        let back = since(house, &house.second_certifier, id).await.unwrap();
        assert_eq!(back.at, at("2026-07-03T09:00:00Z"));
        let officer = view::one(&house.db, &house.officer, id).await.unwrap();
        assert_eq!(
            officer.sent_back.map(|seen| seen.changed),
            Some(back.changed.clone())
        );
        let changed: Vec<_> = back.changed.iter().map(told).collect();
        assert_eq!(
            changed,
            [
                ("finances.revenue", &json!(1_000_00), &json!(1_250_25), None),
                ("finances.to-date", &json!(1_000_00), &json!(1_250_25), None),
                ("finances.fence", &json!(7_00), &json!(0), Some("Ola")),
                (
                    "story.well",
                    &json!("People met every week"),
                    &json!("People met every day"),
                    Some("Ola")
                ),
                ("finances.q1", &json!(1_000_00), &json!(1_250_25), None),
            ]
        );
    });
}

#[test]
fn where_no_certifier_sent_it_back_the_last_who_did_counts() {
    on_both(async |house| {
        let id = offered(house, true, &["Treasurer"]).await;
        house.clock.set(at("2026-07-03T09:00:00Z"));
        send_back(house, &house.trustee, id, "We did not understand it.").await;
        house.clock.set(at("2026-07-03T10:00:00Z"));
        answer(house, id, "story.well", json!("People met")).await;
        offer(house, id).await.unwrap();
        let back = since(house, &house.committee, id).await.unwrap();
        assert_eq!(back.reason.as_deref(), Some("We did not understand it."));
        assert_eq!(back.changed.len(), 1);
    });
}

#[test]
fn boards_that_are_asked_again_read_why_and_what_changed() {
    on_both(async |house| {
        let id = offered(house, true, &["Treasurer"]).await;
        let page = async || {
            view::certify_page(&house.db, &house.trustee, id)
                .await
                .unwrap()
        };
        let first = page().await;
        assert!(first.asked_again.is_none());
        let agreed = ops::NewApproval {
            board: entity::Board::Trustees,
            revision: first.revision,
            agreed_on: super::house::day("2026-07-02"),
            minute: "Minute 7".to_owned(),
        };
        ops::approve(&house.db, &house.trustee, id, &agreed)
            .await
            .unwrap();
        house.clock.set(at("2026-07-03T09:00:00Z"));
        send_back(house, &house.committee, id, "Say who came.").await;
        answer(house, id, "story.well", json!("Forty people came")).await;
        offer(house, id).await.unwrap();
        let again = page().await.asked_again.unwrap();
        assert_eq!(again.revision, first.revision);
        assert_eq!(again.reason.as_deref(), Some("Say who came."));
        assert_eq!(again.agreed[0].board, entity::Board::Trustees);
        assert_eq!(again.agreed[0].minute, "Minute 7");
        assert_eq!(
            again.changed.iter().map(told).collect::<Vec<_>>(),
            [(
                "story.well",
                &json!("People met every week"),
                &json!("Forty people came"),
                None
            )]
        );
    });
}
