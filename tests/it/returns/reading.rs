//! What a return's pages tell each reader, and where they lead on when there is nothing to do.

use serde_json::json;

use super::story::{Story, answers};
use crate::on_both;
use crate::support::pages::open;

on_both! {
    async fn a_certifier_reads_what_changed_since_they_sent_it_back(house: &House) {
        let mut story = Story::begin(house, None).await;
        let api = story.drafted().await;
        let at = api.replace("/api/v1", "");
        story.agreed(&api).await;
        let certify = format!("{at}/certify");
        open(&story.certifier, &certify).await.does_not_say("sent it back");
        let why = json!({"reason": "Say how delivery goes."});
        story.act(&story.certifier, &api, "changes-requested", Some(why)).await.expect(200);
        house.advance(chrono::Duration::minutes(5));
        let page = open(&story.officer, &at).await;
        page.says("Say how delivery goes.").does_not_say("Changed since it was sent back");
        story.answer(&api, "outcomes.progress", &json!({"value": "Sixty people came."})).await.expect(200);
        let page = open(&story.officer, &at).await;
        page.says("Changed since it was sent back").says("One answer has changed since.");
        page.says("Then “It goes well.” Now “Sixty people came.”");
        story.offer(&api).await;
        for reader in [&story.certifier, &story.trustee] {
            let page = open(reader, &certify).await;
            page.says("Changed since it was sent back").says("“Say how delivery goes.”");
            page.says("Then “It goes well.” Now “Sixty people came.”");
        }
        let told = story.certifier.get(&format!("{api}/certification")).await.expect(200).json();
        let changed = told["sent_back"]["changed"].as_array().expect("changes");
        assert_eq!(changed.len(), 1, "{told}");
        assert_eq!(changed[0]["key"], "outcomes.progress");
        assert_eq!(changed[0]["before"], "It goes well.");
        assert_eq!(changed[0]["after"], "Sixty people came.");
        assert!(changed[0]["by"].is_string(), "{told}");
    }

    async fn whoever_signs_reads_what_was_pinned_and_why(house: &House) {
        let mut story = Story::begin(house, None).await;
        let api = story.drafted().await;
        let at = api.replace("/api/v1", "");
        let award = story.officer.get(&api).await.expect(200).json()["award_id"].as_str().expect("an id").to_owned();
        let lines = story.finance.get("/api/v1/spend-lines").await.expect(200).json();
        let line = lines["items"].as_array().expect("lines").iter()
            .find(|line| line["amount_pence"] == 22_000_00).expect("a line")["id"].as_str().expect("an id").to_owned();
        let new = json!({"award_id": award, "amount_pence": 20_000_00, "why": "Agreed with them by telephone."});
        let pin = story.finance.post(&format!("/api/v1/spend-lines/{line}/pins"), &new).await.expect(201).id();
        story.settle().await;
        story.agreed(&api).await;
        let certify = format!("{at}/certify");
        open(&story.certifier, &certify).await.says("£20,000.00 of 1 line of spend is in this return")
            .says("£20,000.00 of Acorn, received on").says("“Agreed with them by telephone.”");
        // to the boards the same in their words, without who was paid
        for (reader, page) in [(&story.trustee, "agreement"), (&story.committee, "certify")] {
            let page = open(reader, &format!("{at}/{page}")).await;
            page.says("“Agreed with them by telephone.”").does_not_say("Acorn");
        }
        open(&story.trustee, &format!("{at}/agreement")).await.says("What this grant pays on a person’s word");
        let told = story.certifier.get(&format!("{api}/certification")).await.expect(200).json();
        assert_eq!((&told["pins"]["lines"], &told["pins"]["amount"], &told["pins"]["largest"][0]["supplier"]),
            (&json!(1), &json!(20_000_00), &json!("Acorn")));
        let told = story.trustee.get(&format!("{api}/certification")).await.expect(200).json();
        assert_eq!(told["pins"]["largest"][0]["supplier"], json!(null));
        // what was signed shows what was pinned then
        story.certified(&api).await;
        house.advance(chrono::Duration::minutes(5));
        let off = json!({"why": "They changed their mind."});
        story.finance.post(&format!("/api/v1/spend-lines/{line}/pins/{pin}/taking-off"), &off).await.expect(201);
        story.settle().await;
        open(&story.certifier, &certify).await.says("“Agreed with them by telephone.”");
    }

    async fn a_form_that_could_only_be_refused_says_so_and_leads_on(house: &House) {
        let mut story = Story::begin(house, None).await;
        let api = story.drafted().await;
        let at = api.replace("/api/v1", "");
        let (send, sending) = (format!("{at}/send"), format!("{at}/sending"));
        let page = open(&story.officer, &send).await;
        page.says("once it has been completed and certified");
        assert!(!page.has_form(&sending));
        assert_eq!(page.link("See what it still needs"), at);
        story.complete(&api).await;
        story.offer(&api).await;
        let page = open(&story.officer, &send).await;
        open(&story.officer, &page.link("See whose agreement is missing")).await;
        let one = story.officer.get(&api).await.expect(200).json();
        story.agree(&story.trustee, &api, "trustees", &one["revision"]).await.expect(200);
        story.agree(&story.committee, &api, "committee", &one["revision"]).await.expect(200);
        let page = open(&story.officer, &send).await;
        open(&story.officer, &page.link("See what is to be certified")).await;
        story.certified(&api).await;
        assert!(open(&story.officer, &send).await.has_form(&sending));
        story.send(&api).await.expect(200);
        let page = open(&story.officer, &send).await;
        page.says("Its sending is recorded already.");
        assert!(!page.has_form(&sending));

        let award = one["award_id"].as_str().expect("an award");
        let page = open(&story.officer, &format!("/awards/{award}/fences/new")).await;
        page.says("of this award’s spend is attributed already");
        assert!(!page.has_form(&format!("/awards/{award}/fences")));
        assert_eq!(page.link("Go back to Recovery grant"), format!("/awards/{award}"));
    }

    async fn only_money_has_a_unit(house: &House) {
        let mut story = Story::begin(house, None).await;
        let api = story.drafted().await;
        let one = story.officer.get(&api).await.expect(200).json();
        let forms = story.officer.get("/api/v1/forms").await.expect(200).json();
        let form = forms["items"][0]["id"].as_str().expect("a form");
        let form = story.officer.get(&format!("/api/v1/forms/{form}")).await.expect(200).json();
        let mut asked = answers(&one);
        asked.extend(form["questions"].as_array().expect("questions").clone());
        for kind in ["money", "text"] {
            assert!(asked.iter().any(|answer| answer["kind"] == kind), "no {kind}");
        }
        for answer in asked {
            assert_eq!(answer["unit"].is_string(), answer["kind"] == "money", "{answer}");
        }
    }
}
