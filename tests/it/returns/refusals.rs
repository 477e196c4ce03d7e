//! What must not happen to a return.

use serde_json::json;

use super::story::{LEDGER, Story};
use crate::on_both;

on_both! {
    async fn back_dated_spend_changes_nothing_that_was_certified(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        story.agreed(&at).await;
        let file = story.certified(&at).await;
        let then = story.officer.get(&at).await.expect(200).json();
        assert_eq!(then["restated"], json!([]));
        story.load("late", "2027-01-04", &[("2026-11-20", "recovery-support", 123_45, false)]).await;
        let now = story.officer.get(&at).await.expect(200).json();
        assert_eq!(now["content_hash"], then["content_hash"]);
        assert_eq!(now["state"], "certified");
        let again = story.officer.get(&format!("{at}/certified-workbook")).await.expect(200);
        assert!(again.bytes == file, "the certified workbook is another now");
        let restated = now["restated"].as_array().expect("a list");
        let figure = restated.iter().find(|one| one["key"] == "finances.menu.c.this");
        assert_eq!(figure.expect("the figure is restated")["difference"], 123_45, "{restated:?}");
        story.act(&story.officer, &at, "refreshment", None).await.expect(409);
        let edit = story.answer(&at, "outcomes.progress", &json!({"value": "Better."})).await;
        assert_eq!(edit.status, 409, "{}", edit.text);
    }

    async fn an_overtaken_draft_takes_spend_in_and_keeps_what_was_typed(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        let key = "finances.menu.c.this";
        let bare = story.answer(&at, key, &json!({"value": 1_00})).await;
        assert_eq!(bare.status, 422, "a figure over a drafted one needs a reason: {}", bare.text);
        let typed = json!({"value": 1_00, "reason": "An invoice is disputed."});
        story.answer(&at, key, &typed).await.expect(200);
        story.load("late", "2027-01-04", &[("2026-11-20", "recovery-support", 123_45, false)]).await;
        story.settle().await;
        let answer = story.officer.get(&format!("{at}/answers/{key}")).await.expect(200);
        let paid: i64 = LEDGER.iter().filter(|line| line.1 == "recovery-support").map(|line| line.2).sum();
        assert_eq!(answer.json()["value"], 1_00);
        assert_eq!(answer.json()["drafted"], paid + 123_45);
        let tag = answer.header("etag");
        let path = format!("{at}/answers/{key}");
        let undo = async |tag: &str| {
            story.officer.send(reqwest::Method::DELETE, &path, None, &[("if-match", tag)]).await
        };
        undo("\"none\"").await.expect(412);
        undo(&tag).await.expect(200);
        assert_eq!(story.officer.get(&path).await.expect(200).json()["value"], paid + 123_45);
        story.officer.put(&path, &typed, &[]).await.expect(428);
        story.officer.put(&path, &typed, &[("if-match", &tag)]).await.expect(412);
    }

    async fn what_is_repeated_under_its_key_is_answered_as_before(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        story.complete(&at).await;
        story.offer(&at).await;
        // offered already: sent back, so that it can be built and offered under keys
        let why = json!({"reason": "One more look."});
        story.act(&story.officer, &at, "changes-requested", Some(why)).await.expect(200);
        story.answer(&at, "outcomes.progress", &json!({"value": "Better still."})).await.expect(200);
        for noun in ["revisions", "certification-request"] {
            let path = format!("{at}/{noun}");
            let tag = story.officer.get(&at).await.expect(200).header("etag");
            let headers = [("if-match", tag.as_str()), ("idempotency-key", noun)];
            let post = async |headers: &[(&str, &str)]| {
                story.officer.send(reqwest::Method::POST, &path, None, headers).await
            };
            let first = post(&headers).await.expect(200);
            let again = post(&headers).await.expect(200);
            assert_eq!(first.text, again.text, "{noun}");
            // the tag is old by now for whoever has no key
            if noun == "certification-request" {
                post(&headers[..1]).await.expect(412);
            }
        }
        let one = story.officer.get(&at).await.expect(200).json();
        let offers = one["history"].as_array().expect("history").iter()
            .filter(|event| event["kind"] == "sent-for-certification").count();
        assert_eq!(offers, 2, "{}", one["history"]);
    }

    async fn neither_board_stands_in_for_the_other(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        story.complete(&at).await;
        let revision = story.offer(&at).await["revision"].clone();
        story.agree(&story.trustee, &at, "committee", &revision).await.expect(403);
        story.agree(&story.committee, &at, "trustees", &revision).await.expect(403);
        story.agree(&story.certifier, &at, "trustees", &revision).await.expect(403);
        let stands = story.agree(&story.trustee, &at, "trustees", &revision).await.expect(200);
        assert_eq!(stands.json()["state"], "awaiting-approval", "one board is not both");
        let page = story.certifier.get(&format!("{at}/certification")).await.expect(200).json();
        assert!(page["why_not"].as_str().is_some_and(|why| why.contains("board")), "{page}");
        // A changed figure voids what was agreed.
        story.answer(&at, "outcomes.progress", &json!({"value": "Changed since."})).await.expect(200);
        let one = story.officer.get(&at).await.expect(200).json();
        assert!(one["boards"].as_array().expect("boards").iter().all(|board| board["agreed"] == false));
        story.agree(&story.committee, &at, "committee", &revision).await.expect(409);
    }

    async fn nobody_certifies_without_a_second_factor_or_by_a_token_or_what_they_changed(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        story.agreed(&at).await;
        let bare = story.sign(&story.certifier, &at).await;
        assert!([403, 409].contains(&bare.status), "without a second factor: {}", bare.text);
        let token = story.certifier.program(&["read", "returns"]).await;
        let by_token = story.sign(&token, &at).await;
        assert_eq!(by_token.status, 403, "{}", by_token.text);
        // Who sent it back to be changed may sign; who changed it may not. An officer never may.
        story.sign(&story.officer, &at).await.expect(403);
        let body = json!({"sent_at": house.clock.now(), "how": "portal", "to_whom": "them", "receipt": "1"});
        let early = story.act(&story.officer, &at, "sending", Some(body)).await;
        assert_eq!(early.status, 409, "sent before it was certified: {}", early.text);
        assert!(story.is_due(&at).await);
        story.certified(&at).await;
        // One person signs one office.
        assert!(story.sign(&story.certifier, &at).await.status >= 400);
    }
}
