//! How an award ends: it is closed with what is owed, and opened again.

use entity::Role;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::house::House;
use crate::support::pages::{Page, follow, open};

fn award(house: &House, last: &str) -> Value {
    json!({
        "reference": "LF/9", "title": "A place to mend", "programme": "Places",
        "funder_id": house.funder_b, "holder_id": house.council, "accountable_body_id": house.council,
        "amount_pence": 90_000_00, "starts_on": "2025-10-01", "ends_on": last, "nation": "england",
        "pays_for": "both", "legal_basis": "grant-agreement", "lost_if_unspent": true,
    })
}

on_both! {
    async fn an_award_is_closed_with_what_is_owed_and_opened_again(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let finance = house.person(Role::FinanceOfficer, house.home).await;
        let trustee = house.person(Role::Trustee, house.home).await;
        let funder = house.person(Role::FundersOfficer, house.funder_b).await;
        let mut on = award(house, "2026-10-31");
        on["reference"] = json!("LF/8");
        let runs = officer.post("/api/v1/awards", &on).await.expect(201).id();
        open(&officer, &format!("/awards/{runs}")).await.does_not_say("Close it");
        open(&officer, &format!("/awards/{runs}/closures/new")).await
            .says("The award runs until Saturday 31 October 2026, so it can be closed from the day after.");

        let id = officer.post("/api/v1/awards", &award(house, "2026-09-30")).await.expect(201).id();
        let (at, path) = (format!("/api/v1/awards/{id}"), format!("/awards/{id}"));
        let action = format!("{path}/closures");
        finance.post(&format!("{at}/money"), &json!({"kind": "receipt", "happened_on": "2026-05-01",
            "amount_pence": 20_000_00, "ledger_reference": "GL 7"})).await.expect(201);
        officer.post(&format!("{at}/conditions"), &json!({"title": "Send the evaluation", "kind": "at-end",
            "due_on": "2026-11-30"})).await.expect(201);
        open(&officer, &path).await.says("Close it");
        let blank = open(&officer, &format!("{action}/new")).await.form(&action).send(&officer).await;
        assert_eq!(blank.status, 422);
        let asked = async |closed_on: &str| {
            let form = open(&finance, &format!("{action}/new")).await.form(&action);
            form.fill("closed_on", closed_on).fill("why", "The final report was accepted")
                .fill("told_by", "Bea, letter of 5 October").send(&finance).await
        };
        assert_eq!(asked("7/10/2026").await.status, 422, "not from a day to come");
        // from its own last day: said, and there is no way on
        let page = Page::of(&action, &asked("30/9/2026").await.expect(200));
        page.says("The award runs until Wednesday 30 September 2026").does_not_say("It can be opened again");

        let page = Page::of(&action, &asked("1/10/2026").await.expect(200));
        page.says("Closed from Thursday 1 October 2026.").says("£0.00 is attributed to it for good, of £90,000.00.")
            .says("£20,000.00 must be repaid to the funder: it was received and not spent, and what is unspent at the \
                end goes back.")
            .says("1 condition is not settled: “Send the evaluation”.")
            .says("Send the evaluation, due Monday 30 November 2026");
        let unsaid = page.form(&action).send(&finance).await;
        assert_eq!(unsaid.status, 422);
        let again = Page::of(&action, &unsaid);
        again.says("Say why it is closed all the same.");
        // money that is recorded in between is shown before anything is
        finance.post(&format!("{at}/money"), &json!({"kind": "receipt", "happened_on": "2026-05-02",
            "amount_pence": 1_000_00, "ledger_reference": "GL 8"})).await.expect(201);
        let late = again.form(&action).fill("despite", "They take it next year").send(&finance).await.expect(200);
        let again = Page::of(&action, &late);
        again.says("The figures changed since you looked.").says("£21,000.00 must be repaid");
        let made = again.form(&action).send(&finance).await;
        follow(&finance, made).await
            .says("It ended on 30 September 2026 with £90,000 not used, and is closed from 1 October 2026.")
            .says("£21,000.00 is owed to the funder.")
            .says("Closed although: 1 condition is not settled: “Send the evaluation”. Because: They take it next \
                year")
            .does_not_say("Record an amendment").does_not_say("Suspend it");
        open(&trustee, "/awards").await.says("Ended 30 September 2026; closed from 1 October 2026");
        open(&trustee, &format!("{path}/money")).await.says("Owed to the funder").says("£21,000.00");
        // over all awards, and on the Today of whoever repays it
        let owed = trustee.get("/api/v1/owed?direction=we-owe").await.expect(200).json();
        assert_eq!((&owed["we_owe_pence"], &owed["items"][0]["kind"], &owed["items"][0]["since_on"]),
            (&json!(21_000_00), &json!("unspent"), &json!("2026-10-01")));
        let none = trustee.get("/api/v1/owed?direction=owed-to-us").await.expect(200).json();
        assert_eq!((&none["owed_to_us_pence"], &none["items"]), (&json!(0), &json!([])));
        open(&trustee, "/owed").await.says("We owe funders £21,000. All of it is overdue.").says("A place to mend")
            .says("£21,000.00 was received beyond what it paid for, was not carried forward, and was not repaid.");
        open(&trustee, "/owed?direction=owed-to-us").await.says("Nothing of this is owed");
        let table = trustee.get("/owed/owed.csv").await.expect(200).text;
        assert!(table.contains("A place to mend") && table.contains("we-owe,unspent,21000.00,2026-10-01,yes"), "{table}");
        let book = trustee.get("/owed/owed.xlsx?direction=we-owe").await.expect(200);
        assert!(book.header("content-type").ends_with("spreadsheetml.sheet"), "{}", book.header("content-type"));
        assert!(book.header("content-disposition").contains("owed.xlsx"));
        assert_eq!(trustee.get("/owed/other.xlsx").await.status, 404);
        open(&trustee, "/owed").await.says("What is owed, as shown (XLSX)");
        open(&finance, "/").await.says("£21,000.00 of A place to mend is to be repaid to");
        assert_eq!(funder.get("/owed").await.status, 403);
        open(&officer, "/deadlines").await.does_not_say("Send the evaluation");
        let theirs = funder.get(&at).await.expect(200).json();
        assert_eq!((&theirs["closed_on"], &theirs["owed"], &theirs["closures"]),
            (&json!("2026-10-01"), &Value::Null, &json!([])));
        let refused = officer.post(&format!("{at}/conditions"), &json!({"title": "One more", "kind": "during"})).await;
        assert_eq!((refused.status, refused.text.contains("The award is closed")), (409, true), "{}", refused.text);
        finance.post(&format!("{at}/money"), &json!({"kind": "repayment", "happened_on": "2026-10-05",
            "amount_pence": 21_000_00, "ledger_reference": "GL 9"})).await.expect(201);
        let seen = trustee.get(&at).await.expect(200).json();
        assert_eq!(seen["owed"]["owed_to_funder_pence"], 0);
        open(&trustee, "/owed").await.says("Nothing is owed either way.").does_not_say("Show these");

        let one = seen["closures"][0]["id"].as_str().unwrap();
        let reopening = format!("{action}/{one}/reopening");
        assert_eq!(trustee.get(&reopening).await.status, 403);
        let form = open(&officer, &reopening).await.form(&reopening);
        let early = form.fill("reopened_on", "30/9/2026").fill("why", "An invoice came").fill("told_by", "Bea").send(&officer).await;
        assert_eq!(early.status, 422);
        let form = open(&officer, &reopening).await.form(&reopening);
        let made = form.fill("reopened_on", "6/10/2026").fill("why", "An invoice came").fill("told_by", "Bea").send(&officer).await;
        follow(&officer, made).await.says("Opened again from 6 October 2026.").says("Record an amendment");
        open(&officer, "/deadlines").await.says("Send the evaluation");
        open(&officer, &reopening).await.says("The award was opened again already.");
        assert_eq!(officer.get(&at).await.expect(200).json()["closed_on"], Value::Null);
    }

    async fn an_award_that_was_written_down_wrongly_is_corrected(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let finance = house.person(Role::FinanceOfficer, house.home).await;
        let trustee = house.person(Role::Trustee, house.home).await;
        let id = officer.post("/api/v1/awards", &award(house, "2026-10-31")).await.expect(201).id();
        let mut other = award(house, "2026-10-31");
        other["reference"] = json!("LF/10");
        officer.post("/api/v1/awards", &other).await.expect(201);
        let (at, path) = (format!("/api/v1/awards/{id}"), format!("/awards/{id}/correction"));
        assert_eq!(trustee.get(&path).await.status, 403);
        let page = open(&finance, &path).await;
        let (one, late) = (page.form(&path), page.form(&path));
        let same = page.form(&path).fill("reason", "x").send(&finance).await;
        assert_eq!((same.status, same.text.contains("This is what it says already")), (422, true));
        let taken = page.form(&path).fill("reference", "LF/10").fill("reason", "x").send(&finance).await;
        assert_eq!((taken.status, taken.text.contains("is recorded already")), (422, true));
        let made = one.fill("title", "A place to mend things").fill("reference", "LF/9a")
            .fill("reason", "The letter has it otherwise").send(&finance).await;
        follow(&finance, made).await.says("A place to mend things").says("LF/9a")
            .says("Corrected the award’s name or reference");
        let stale = late.fill("title", "Mine").fill("reason", "x").send(&finance).await;
        assert_eq!((stale.status, stale.text.contains("Somebody corrected it since")), (422, true));
        let tag = officer.get(&at).await.expect(200).header("etag");
        let right = json!({"title": "A place to mend", "reference": "LF/9", "reason": "It was right"});
        let seen = officer.send(reqwest::Method::PUT, &at, Some(&right), &[("if-match", &tag)]).await.expect(200).json();
        assert_eq!((&seen["title"], &seen["reference"]), (&json!("A place to mend"), &json!("LF/9")));
        open(&trustee, &format!("/history/award/{id}")).await.says("The letter has it otherwise");
    }
}
