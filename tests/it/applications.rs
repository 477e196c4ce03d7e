//! An application as people and programs see it, from a programme to an award.

use entity::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::pages::{follow, open};
use crate::support::visitor::{Reply, Visitor};

/// Does something to an application as it stands now.
async fn act(who: &Visitor, at: &str, method: Method, noun: &str, body: Value) -> Reply {
    let tag = who.get(at).await.expect(200).header("etag");
    who.send(
        method,
        &format!("{at}/{noun}"),
        Some(&body),
        &[("if-match", &tag)],
    )
    .await
}

on_both! {
    async fn a_programme_is_asked_and_gives_an_award(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let trustee = house.person(Role::Trustee, house.home).await;
        let funder = house.person(Role::FundersOfficer, house.funder_b).await;
        let other = house.person(Role::FundersOfficer, house.funder_a).await;
        let programme = officer.post("/api/v1/programmes", &json!({
            "funder_id": house.funder_b, "name": "People in the lead", "stages": ["full", "decision"],
            "closes": {"on": "2026-10-30", "at": "12:00"}, "largest_pence": 500_000_00,
        })).await.expect(201).id();

        // begun and written on the pages
        let form = open(&officer, &format!("/applications/new?programme={programme}")).await.form("/applications");
        let begun = form.fill("title", "Our café").fill("purpose", "A café on the quay")
            .fill("starts_on", "1/4/2027").fill("ends_on", "31/3/2029").send(&officer).await;
        let page = follow(&officer, begun).await;
        page.says("No budget is entered yet.").says("People in the lead");
        let path = page.link("Enter the budget").trim_end_matches("/budget").to_owned();
        let at = format!("/api/v1{path}");
        let form = open(&officer, &format!("{path}/budget")).await.form(&format!("{path}/budget"));
        let wrong = form.fill("label.1", "Staff").fill("year.1", "2027-29").fill("amount.1", "60,000").send(&officer).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text.contains("Line 1: Enter a year"), "{}", wrong.text);
        let form = open(&officer, &format!("{path}/budget")).await.form(&format!("{path}/budget"));
        let saved = form.fill("label.1", "Staff").fill("year.1", "2027-28").fill("amount.1", "60,000").send(&officer).await;
        follow(&officer, saved).await.says("£60,000.00");
        let questions = format!("{path}/steps/questions");
        let form = open(&officer, &questions).await.form(&questions);
        let added = form.fill("stage", "full").fill("questions", "What will you do? (5 words)\n\nWhy?").send(&officer).await;
        let page = follow(&officer, added).await;
        page.says("What will you do?").says("0 of 2 answered");
        let asked = officer.get(&at).await.expect(200).json()["questions"].clone();
        let answers = format!("{path}/answers/full");
        let first = asked[0]["id"].as_str().unwrap().to_owned();
        let (second, was) = (asked[1]["id"].as_str().unwrap().to_owned(), format!("was.{first}"));
        let saved = officer.autosave(&answers, &[(&first, "We eat together."), (&was, "none")]).await.expect(200);
        assert!(saved.json()["stands"][&first].is_string(), "{}", saved.text);
        // the other tab types over what it did not see
        let torn = officer.autosave(&answers, &[(&first, "We sing."), (&was, "none")]).await.expect(409);
        assert_eq!(torn.json()["meanwhile"][0]["text"], "We eat together.");
        let sending = format!("{path}/steps/submission");
        let form = open(&officer, &sending).await.form(&sending);
        let refused = form.fill("how", "E-mail").fill("to_whom", "Bea").fill("receipt", "Got it").send(&officer).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains("Nobody has decided to apply"), "{}", refused.text);
        let tag = format!("\"{}\"", asked[1]["answer_id"].as_str().unwrap_or("none"));
        officer.put(&format!("{at}/questions/{second}/answer"), &json!({"text": "Because."}), &[("if-match", &tag)]).await.expect(200);
        act(&officer, &at, Method::POST, "decisions", json!({
            "go": true, "decided_on": "2026-10-06", "decided_by": "Both boards", "minute": "7"})).await.expect(200);

        // nothing of it is the funder's to see, until it is sent
        for who in [&funder, &other] {
            who.get(&at).await.expect(404);
            open(who, "/applications").await.says("You were sent no application.");
        }
        act(&officer, &at, Method::PUT, "estimate", json!({"likelihood_bp": 2_500})).await.expect(200);
        let sums = trustee.get("/api/v1/pipeline").await.expect(200).json()["sums"].clone();
        assert_eq!(sums, json!({"asked_pence": 60_000_00, "expected_pence": 15_000_00,
            "not_estimated_pence": 0, "confirmed_pence": 0}));
        open(&trustee, "/applications").await.says("£15,000.00").says("25%");
        open(&officer, "/deadlines").await.says("Our café: People in the lead closes");
        open(&officer, "/").await.says("Our café: People in the lead closes");
        let form = open(&officer, &sending).await.form(&sending);
        let sent = form.fill("how", "E-mail").fill("to_whom", "Bea").fill("receipt", "Got it").send(&officer).await;
        follow(&officer, sent).await.says("With the funder").says("What was sent");
        open(&officer, "/deadlines").await.does_not_say("Our café: People in the lead closes");
        let seen = funder.get(&at).await.expect(200).json();
        assert_eq!(seen["submissions"][0]["sent"]["answers"][0]["answer"], "We eat together.");
        assert_eq!((&seen["decisions"], &seen["likelihood_bp"]), (&json!([]), &Value::Null));
        open(&funder, &path).await.says("With you").does_not_say("Both boards").does_not_say("25%");
        other.get(&at).await.expect(404);

        act(&officer, &at, Method::POST, "offers", json!({
            "reference": "LF/26/7", "offered_on": "2026-10-06", "starts_on": "2027-04-01", "ends_on": "2028-03-31",
            "accept_by": {"on": "2026-10-20"}, "years": [{"year_from": "2027-04-01", "amount_pence": 55_000_00}],
        })).await.expect(200);
        let due = officer.get("/api/v1/deadlines?kind=acceptance&open=true").await.expect(200).json();
        assert_eq!(due["items"][0]["title"], "Our café: accept the offer");
        let taking = format!("{path}/steps/acceptance");
        let form = open(&officer, &taking).await.form(&taking);
        let asked = form.fill("legal_basis", "grant-agreement").fill("lost_if_unspent", "no").send(&officer).await;
        assert_eq!(asked.status, 422);
        assert!(asked.text.contains("Say who answers to the funder for it."), "{}", asked.text);
        let form = open(&officer, &taking).await.form(&taking);
        let council = house.council.to_string();
        let taken = form.fill("legal_basis", "grant-agreement").fill("lost_if_unspent", "no")
            .fill("accountable_body_id", &council).send(&officer).await;
        let award = follow(&officer, taken).await;
        award.says("Our café").says("£55,000.00").says("People in the lead").says("Recorded the award");
        open(&officer, &path).await.says("It is an award of £55,000.");
        // the officer is told of nothing more
        let left = officer.get("/api/v1/deadlines?open=true").await.expect(200).json();
        assert_eq!(left["items"], json!([]));
        open(&trustee, &format!("/programmes/{programme}")).await.says("Accepted").says("£55,000.00");
    }

    async fn an_offer_is_reminded_of_and_then_lapses(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let programme = officer.post("/api/v1/programmes", &json!({
            "funder_id": house.funder_b, "name": "People in the lead", "stages": ["full"],
        })).await.expect(201).id();
        let id = officer.post("/api/v1/applications", &json!({
            "programme_id": programme, "title": "Our café", "purpose": "A café", "nation": "england",
            "lines": [{"year_from": "2027-04-01", "label": "Staff", "amount_pence": 100}],
        })).await.expect(201).id();
        let at = format!("/api/v1/applications/{id}");
        act(&officer, &at, Method::POST, "decisions", json!({
            "go": true, "decided_on": "2026-10-06", "decided_by": "Both boards", "minute": "7"})).await.expect(200);
        act(&officer, &at, Method::POST, "submissions", json!({
            "stage": "full", "submitted_at": "2026-10-06T08:00:00Z", "how": "Post", "to_whom": "Bea", "receipt": "1",
        })).await.expect(200);
        act(&officer, &at, Method::POST, "offers", json!({
            "reference": "LF/1", "offered_on": "2026-10-06", "starts_on": "2027-04-01", "ends_on": "2028-03-31",
            "accept_by": {"on": "2026-10-09", "at": "17:00"}, "years": [{"year_from": "2027-04-01", "amount_pence": 100}],
        })).await.expect(200);
        let worker = house.worker(None);
        house.settle(&worker).await;
        let admin = house.person(Role::Administrator, house.home).await;
        let outbox = admin.get("/api/v1/outbox").await.expect(200).text;
        assert!(outbox.contains("1 thing is due"), "{outbox}");
        house.advance_to("2026-10-12".parse().unwrap());
        house.settle(&worker).await;
        house.advance(chrono::Duration::hours(1));
        house.settle(&worker).await;
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let seen = officer.get(&at).await.expect(200).json();
        assert_eq!(seen["state"], "lapsed");
        assert_eq!(seen["events"][0]["by"], Value::Null);
    }
}
