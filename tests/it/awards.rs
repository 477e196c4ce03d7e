//! An award as people and programs keep it: its years, and what is agreed of them.

use entity::Role;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::house::House;
use crate::support::pages::{follow, open};

fn award(house: &House) -> Value {
    json!({
        "reference": "LF/7", "title": "A place to belong", "programme": "Places",
        "funder_id": house.funder_b, "holder_id": house.council, "accountable_body_id": house.council,
        "amount_pence": 90_000_00, "starts_on": "2025-04-01", "ends_on": "2028-03-31", "nation": "england",
        "pays_for": "both", "legal_basis": "grant-agreement", "lost_if_unspent": true,
        "years": [
            {"starts_on": "2025-04-01", "ends_on": "2026-03-31", "amount_pence": 30_000_00,
             "standing": "confirmed", "carry_forward": "by-consent"},
            {"starts_on": "2026-04-01", "ends_on": "2027-03-31", "amount_pence": 30_000_00,
             "standing": "confirmed", "carry_forward": "by-consent"},
            {"starts_on": "2027-04-01", "ends_on": "2028-03-31", "amount_pence": 30_000_00,
             "standing": "indicative", "carry_forward": "none"},
        ],
    })
}

on_both! {
    async fn an_award_gives_its_money_by_year(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let finance = house.person(Role::FinanceOfficer, house.home).await;
        let funder = house.person(Role::FundersOfficer, house.funder_b).await;
        let mut gap = award(house);
        gap["years"][1]["starts_on"] = "2026-04-02".into();
        let wrong = officer.post("/api/v1/awards", &gap).await.expect(422).json();
        assert_eq!(wrong["errors"][0]["pointer"], "/years/1/starts_on");

        let id = officer.post("/api/v1/awards", &award(house)).await.expect(201).id();
        let at = format!("/api/v1/awards/{id}");
        let seen = finance.get(&at).await.expect(200);
        let (tag, seen) = (seen.header("etag"), seen.json());
        assert_eq!((&seen["confirmed_pence"], &seen["left_pence"], &seen["not_used_pence"]),
            (&json!(60_000_00), &json!(30_000_00), &json!(30_000_00)));
        let page = open(&finance, &format!("/awards/{id}")).await;
        page.says("What it gives, year by year").says("Not confirmed")
            .says("£30,000 of 2025–26 was not used. It can be carried forward if the funder agrees.");

        // asked through the API, answered on the page
        let first = seen["years"][0]["id"].as_str().unwrap().to_owned();
        let events = format!("{at}/years/{first}/events");
        let ask = json!({"kind": "carry-asked", "happened_on": "2026-10-05", "amount_pence": 12_000_00,
            "with_whom": "Bea, by e-mail"});
        finance.send(reqwest::Method::POST, &events, Some(&ask), &[("if-match", "\"9\"")]).await.expect(412);
        finance.send(reqwest::Method::POST, &events, Some(&ask), &[("if-match", &tag)]).await.expect(201);
        let form = format!("/awards/{id}/years/{first}/agreement");
        let answer = open(&officer, &form).await.form(&form);
        let refused = answer.fill("kind", "carry-given").fill("amount_pence", "13,000")
            .fill("happened_on", "6/10/2026").fill("with_whom", "Bea").send(&officer).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains("The funder gave no more than was asked for."), "{}", refused.text);
        let answer = open(&officer, &form).await.form(&form);
        let given = answer.fill("kind", "carry-given").fill("amount_pence", "10,000")
            .fill("happened_on", "6/10/2026").fill("with_whom", "Bea, letter").send(&officer).await;
        let page = follow(&officer, given).await;
        page.says("the funder agreed to carry £10,000.00 forward").says("£10,000.00 in");

        // the last year is spent at risk, then confirmed
        let last = seen["years"][2]["id"].as_str().unwrap().to_owned();
        let form = format!("/awards/{id}/years/{last}/agreement");
        let risk = open(&finance, &form).await.form(&form);
        let risked = risk.fill("kind", "at-risk").fill("amount_pence", "5,000").fill("until_on", "30/6/2027")
            .fill("happened_on", "6/10/2026").fill("with_whom", "The council’s treasurer").send(&finance).await;
        follow(&finance, risked).await.says("Not confirmed; up to £5,000 at risk");
        let confirm = open(&finance, &form).await.form(&form);
        let confirmed = confirm.fill("kind", "confirmed").fill("amount_pence", "28,000")
            .fill("happened_on", "6/10/2026").fill("with_whom", "Bea, letter").send(&finance).await;
        follow(&finance, confirmed).await.says("£88,000.00").says("2027–28: £28,000.00 confirmed");
        open(&finance, &form).await.says("nothing has to be asked");

        // the funder sees the years, and not what we agreed among ourselves
        let theirs = funder.get(&at).await.expect(200).json();
        assert_eq!((&theirs["amount_pence"], &theirs["years"][2]["agreed"]), (&json!(88_000_00), &json!([])));
        open(&funder, &format!("/awards/{id}")).await.says("2027–28").does_not_say("treasurer");
        funder.get(&format!("/awards/{id}/years/{last}/agreement")).await.expect(403);
    }

    async fn an_amendment_is_seen_before_it_is_made(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let trustee = house.person(Role::Trustee, house.home).await;
        let id = officer.post("/api/v1/awards", &award(house)).await.expect(201).id();
        let at = format!("/api/v1/awards/{id}");
        let path = format!("/awards/{id}");
        let action = format!("{path}/amendments");
        let blank = open(&officer, &format!("{action}/new")).await.form(&action);
        let same = blank.fill("reason", "None").fill("with_whom", "Bea").send(&officer).await;
        assert_eq!(same.status, 422);
        assert!(same.text.contains("This is how the award stands already"), "{}", same.text);

        let form = open(&officer, &format!("{action}/new")).await.form(&action);
        let council = house.council.to_string();
        let seen = form.fill("reason", "They gave us longer").fill("with_whom", "Bea, deed of variation")
            .fill("ends_on", "30/9/2028").fill("years", "1/4/2025: 30,000\n2026-27: 30,000\n2027-28: 25,000 indicative")
            .fill("decider_id", &council).send(&officer).await.expect(200);
        let page = crate::support::pages::Page::of(&action, &seen);
        page.says("Its amount goes from £90,000.00 to £85,000.00. It takes effect at once.")
            .says("2027–28: £30,000.00, indicative")
            .says("1 April 2027 to 30 September 2028: £25,000.00, indicative")
            .says("Decides Not recorded").says("No return comes or goes");
        // nothing was changed by looking
        assert_eq!(officer.get(&at).await.expect(200).json()["amount_pence"], 90_000_00);
        let made = page.form(&action).send(&officer).await;
        follow(&officer, made).await.says("£85,000.00").says("They gave us longer");
        let stands = trustee.get(&at).await.expect(200).json();
        assert_eq!((&stands["ends_on"], &stands["amendments"][0]["change"]["decider_id"]),
            (&json!("2028-09-30"), &json!(house.council)));
        open(&trustee, &path).await.says("Amendments").says("Bea, deed of variation");

        // one to come waits for its day, and then takes effect by itself
        let later = json!({"effective_on": "2026-10-09", "reason": "Moved", "with_whom": "Bea",
            "change": {"holder_id": house.home}});
        let seen = officer.post(&format!("{at}/amendment-previews"), &later).await.expect(200).json();
        assert_eq!((&seen["before"]["holder_id"], &seen["over_pence"]), (&json!(house.council), &json!(0)));
        let tag = officer.get(&at).await.expect(200).header("etag");
        officer.send(reqwest::Method::POST, &format!("{at}/amendments"), Some(&later), &[("if-match", &tag)])
            .await.expect(201);
        let worker = house.worker(None);
        house.settle(&worker).await;
        assert_eq!(officer.get(&at).await.expect(200).json()["holder_id"], json!(house.council));
        open(&officer, &path).await.says("To come. Held by:");
        house.advance_to("2026-10-09".parse().unwrap());
        house.advance(chrono::Duration::hours(1));
        house.settle(&worker).await;
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        assert_eq!(officer.get(&at).await.expect(200).json()["holder_id"], json!(house.home));
    }

    async fn what_the_funder_pays_is_matched_to_its_schedule(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let finance = house.person(Role::FinanceOfficer, house.home).await;
        let trustee = house.person(Role::Trustee, house.home).await;
        let funder = house.person(Role::FundersOfficer, house.funder_b).await;
        let id = officer.post("/api/v1/awards", &award(house)).await.expect(201).id();
        let path = format!("/awards/{id}/money");
        open(&officer, &path).await.says("Nothing is recorded of what the funder pays and when.");
        let form = open(&officer, &format!("/awards/{id}/payments/new")).await.form(&format!("/awards/{id}/payments"));
        let wrong = form.fill("payments", "soon: 5").send(&officer).await;
        assert_eq!(wrong.status, 422);
        let form = open(&officer, &format!("/awards/{id}/payments/new")).await.form(&format!("/awards/{id}/payments"));
        let made = form.fill("payments", "1/9/2026: 10,000\n1/10/2026: 10,000 on the report\n1/1/2027: 10,000")
            .send(&officer).await;
        follow(&officer, made).await.says("£0 was received, and £20,000 is late.").says("on the report");
        // the finance officer is told, and records what came
        open(&finance, "/").await.says("£10,000.00 of A place to belong has not come");
        officer.get(&format!("{path}/new")).await.expect(403);
        let form = open(&finance, &format!("{path}/new")).await.form(&path);
        let came = form.fill("amount_pence", "12,000").fill("happened_on", "2/9/2026")
            .fill("ledger_reference", "GL 4711").send(&finance).await;
        follow(&finance, came).await.says("£12,000 was received, and £8,000 is late.").says("£2,000.00 Late");
        let late = finance.get("/api/v1/late-payments").await.expect(200).json();
        assert_eq!((&late["items"][0]["missing_pence"], &late["items"][1]), (&json!(8_000_00), &Value::Null));
        let seen = trustee.get(&format!("/api/v1{path}")).await.expect(200).json();
        assert_eq!((&seen["received_pence"], &seen["ahead_pence"]), (&json!(12_000_00), &json!(12_000_00)));
        let entry = seen["entries"][0]["id"].as_str().unwrap();
        // taken back, by another entry
        let undo = format!("{path}/{entry}/correction");
        let form = open(&finance, &undo).await.form(&undo);
        let undone = form.fill("reason", "Another award’s").send(&finance).await;
        follow(&finance, undone).await.says("Takes an entry back: Another award’s").says("£0 was received");
        let second = seen["schedule"][1]["id"].as_str().unwrap();
        let out = format!("/awards/{id}/payments/{second}/withdrawal");
        let form = open(&officer, &out).await.form(&out);
        let taken = form.fill("reason", "Paid with the third").send(&officer).await;
        follow(&officer, taken).await.says("Taken out").says("£10,000 is late.");
        funder.get(&path).await.expect(403);
    }

    async fn a_new_awards_years_are_typed_one_on_each_line(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let council = house.council.to_string();
        let funder = house.funder_b.to_string();
        let filled = async |years: &str| {
            open(&officer, "/awards/new").await.form("/awards")
                .fill("title", "Our garden").fill("funder_id", &funder).fill("programme", "Green")
                .fill("reference", "G/1").fill("amount_pence", "1,000").fill("starts_on", "1/4/2026")
                .fill("ends_on", "31/3/2028").fill("years", years).fill("carry_forward", "by-right")
                .fill("holder_id", &council).fill("accountable_body_id", &council).fill("legal_basis", "gift")
                .fill("pays_for", "both").fill("lost_if_unspent", "no").fill("nation", "england")
                .send(&officer).await
        };
        let wrong = filled("2026-27: 600\n2027-28: 500").await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text.contains("The amounts of its years come to the amount of the award."), "{}", wrong.text);
        let made = filled("2026-27: 600\n2027-28: 400 indicative").await;
        follow(&officer, made).await.says("£600.00").says("Not confirmed").says("£600.00 of it is confirmed");
    }
}
