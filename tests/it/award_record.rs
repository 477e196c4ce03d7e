//! What is kept of an award besides its money: its conditions, its terms, what was moved and stopped.

use entity::Role;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::house::House;
use crate::support::pages::{follow, open};

fn award(house: &House) -> Value {
    json!({
        "reference": "LF/8", "title": "A place to belong", "programme": "Places",
        "funder_id": house.funder_b, "holder_id": house.council, "accountable_body_id": house.council,
        "amount_pence": 90_000_00, "starts_on": "2026-04-01", "ends_on": "2027-03-31", "nation": "england",
        "pays_for": "both", "legal_basis": "grant-agreement", "lost_if_unspent": true,
    })
}

on_both! {
    async fn a_condition_is_chased_until_it_is_met(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let finance = house.person(Role::FinanceOfficer, house.home).await;
        let trustee = house.person(Role::Trustee, house.home).await;
        let id = officer.post("/api/v1/awards", &award(house)).await.expect(201).id();
        let path = format!("/awards/{id}/conditions");
        open(&trustee, &path).await.says("No condition is recorded").does_not_say("Record a condition");

        // recorded on the page, with the letter's own words
        let form = open(&officer, &format!("{path}/new")).await.form(&path);
        let wrong = form.fill("title", "Send the signed agreement").send(&officer).await;
        assert_eq!(wrong.status, 422);
        let form = open(&officer, &format!("{path}/new")).await.form(&path);
        let made = form.fill("title", "Send the signed agreement")
            .fill("passage", "No payment is made before a signed copy has reached us.\nTwo signatures.")
            .fill("written_where", "Award letter, paragraph 7").fill("kind", "before-payment")
            .fill("due_on", "8/10/2026").send(&officer).await;
        let page = follow(&officer, made).await;
        page.says("It is to be met by Thursday 8 October 2026").says("Two signatures.")
            .says("Award letter, paragraph 7").says("To meet");
        open(&trustee, &path).await.says("The funder pays nothing before this is met: Send the signed agreement.");
        open(&officer, &format!("/awards/{id}")).await.says("Its one condition is open.");

        // it stands on Today and among the deadlines, and is chased by mail
        open(&officer, "/").await.says("Send the signed agreement");
        open(&officer, "/deadlines").await.says("Send the signed agreement");
        let due = officer.get(&format!("/api/v1/deadlines?kind=condition&award_id={id}")).await.expect(200).json();
        let condition = due["items"][0]["condition_id"].as_str().unwrap().to_owned();
        assert_eq!(due["items"][0]["due_on"], "2026-10-08");
        let worker = house.worker(None);
        house.settle(&worker).await;
        let told = house.told(&officer).await;
        assert!(told.iter().any(|(subject, words)| subject.contains("1 thing is due")
            && words.contains("It is a condition of the award.")
            && words.contains(&format!("/awards/{id}/conditions/{condition}"))), "{told:#?}");

        // whoever records a payment is warned
        open(&finance, &format!("/awards/{id}/money/new")).await
            .says("must be met before the first payment, and is not met: Send the signed agreement.");
        let seen = finance.get(&format!("/api/v1/awards/{id}/money")).await.expect(200).json();
        assert_eq!(seen["unmet_conditions"][0]["title"], "Send the signed agreement");

        // a further version moves its date; it is met by a fact
        let at = format!("{path}/{condition}");
        let form = open(&officer, &format!("{at}/change")).await.form(&format!("{at}/change"));
        let moved = form.fill("reason", "Bea gave us longer").fill("due_on", "30/10/2026").send(&officer).await;
        follow(&officer, moved).await.says("Friday 30 October 2026").says("Bea gave us longer");
        let form = open(&finance, &format!("{at}/fact")).await.form(&format!("{at}/fact"));
        let blank = form.fill("kind", "met").send(&finance).await;
        assert_eq!(blank.status, 422);
        let form = open(&finance, &format!("{at}/fact")).await.form(&format!("{at}/fact"));
        let met = form.fill("kind", "met").fill("by_whom", "Sam").fill("evidence", "Her receipt")
            .fill("reference", "File 12").send(&finance).await;
        follow(&finance, met).await.says("It was met: Sam (File 12)").says("Her receipt").says("Open it again");
        open(&officer, "/deadlines").await.does_not_say("Send the signed agreement");
        open(&finance, &format!("/awards/{id}/money/new")).await.does_not_say("must be met before");
        let api = format!("/api/v1{path}/{condition}/facts");
        let again = json!({"kind": "waived", "happened_on": "2026-10-01", "by_whom": "Bea", "evidence": "x"});
        officer.post(&api, &again).await.expect(409);
        let seen = trustee.get(&format!("/api/v1{path}")).await.expect(200).json();
        assert_eq!((&seen["items"][0]["state"], &seen["items"][0]["revision"]), (&json!("met"), &json!(2)));
        let table = trustee.get(&format!("{path}.csv")).await.expect(200).text;
        assert!(table.contains("Send the signed agreement,before-payment,2026-10-30,met"), "{table}");

        let form = open(&officer, &format!("{at}/fact")).await.form(&format!("{at}/fact"));
        let opened = form.fill("evidence", "One signature was missing").send(&officer).await;
        follow(&officer, opened).await.says("It was opened again").says("One signature was missing");
    }

    async fn what_it_asks_besides_returns_is_amended_and_what_is_short_is_said(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let finance = house.person(Role::FinanceOfficer, house.home).await;
        let funder = house.person(Role::FundersOfficer, house.funder_b).await;
        let id = officer.post("/api/v1/awards", &award(house)).await.expect(201).id();
        let (at, path) = (format!("/api/v1/awards/{id}"), format!("/awards/{id}"));
        let action = format!("{path}/amendments");
        let amended = async |match_share: &str, match_required: &str| {
            let form = open(&officer, &format!("{action}/new")).await.form(&action);
            form.fill("reason", "As the letter says").fill("with_whom", "Bea, letter")
                .fill("match_share", match_share).fill("match_required", match_required)
                .fill("match_how", "A letter of each body").fill("variance", "7.5")
                .fill("variance_amount", "5,000").fill("baseline", "120,000")
                .fill("baseline_of", "The council’s spend on prevention").send(&officer).await
        };
        let both = amended("25", "10").await;
        assert_eq!(both.status, 422);
        assert!(both.text.contains("not both"), "{}", both.text);
        let seen = amended("25", "").await.expect(200);
        let page = crate::support::pages::Page::of(&action, &seen);
        page.says("Match required None 25% of the award, evidenced by: A letter of each body")
            .says("A difference of more than 7.5%, or of more than £5,000.00");
        let made = page.form(&action).send(&officer).await;
        follow(&officer, made).await.says("25% of the award (£22,500.00), evidenced by: A letter of each body")
            .says("The award requires £22,500.00 of match; none of it is evidenced.")
            .says("£120,000.00 each year: The council’s spend on prevention");
        open(&officer, &format!("{path}/match")).await.says("The award requires £22,500.00 of match");

        // somebody promises some of it in writing
        let matched = |month: &str, pence: i64, secured: bool| json!({"source": "Rowntree", "source_kind": "foundation",
            "in_kind": false, "month": month, "capital": false, "amount_pence": pence, "secured": secured,
            "evidence": "Letter 4"});
        finance.post(&format!("{at}/match"), &json!({"entries": [matched("2026-05-01", 20_000_00, true),
            matched("2026-06-01", 1_000_00, false)]})).await.expect(201);
        let seen = officer.get(&at).await.expect(200).json();
        assert_eq!(seen["match_position"], json!({"required_pence": 22_500_00, "evidenced_pence": 20_000_00,
            "not_in_writing_pence": 1_000_00, "short_pence": 2_500_00}));
        open(&finance, &path).await.says("£20,000.00 is evidenced, which is £2,500.00 short. £1,000.00 of that was \
            said to come, and is not in writing.");
        // the funder sees its own terms, and not how we stand
        let theirs = funder.get(&at).await.expect(200).json();
        assert_eq!((&theirs["further_terms"]["match_required"]["share_bp"], &theirs["match_position"]),
            (&json!(2_500), &Value::Null));

        // none is required any more: the opposite amendment
        let none = json!({"effective_on": "2026-10-06", "reason": "Waived", "with_whom": "Bea",
            "change": {"match_required": {}}});
        let tag = officer.get(&at).await.expect(200).header("etag");
        officer.send(reqwest::Method::POST, &format!("{at}/amendments"), Some(&none), &[("if-match", &tag)])
            .await.expect(201);
        let seen = officer.get(&at).await.expect(200).json();
        assert_eq!((&seen["match_position"], &seen["further_terms"]["variance"]["share_bp"]), (&Value::Null, &json!(750)));
    }

    async fn money_is_moved_between_parts_within_the_tolerance_or_with_consent(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let trustee = house.person(Role::Trustee, house.home).await;
        let finance = house.person(Role::FinanceOfficer, house.home).await;
        let category = async |slug: &str| finance
            .post("/api/v1/cost-categories", &json!({"slug": slug, "name": slug})).await.expect(201).id();
        let (beds, food) = (category("beds").await, category("food").await);
        let mut new = award(house);
        new["fences"] = json!([
            {"slug": "beds", "name": "Beds", "parent": null, "reserved_pence": 20_000_00, "limit_pence": null,
             "category_ids": [beds]},
            {"slug": "food", "name": "Food", "parent": null, "reserved_pence": null, "limit_pence": 10_000_00,
             "category_ids": [food]},
        ]);
        let id = officer.post("/api/v1/awards", &new).await.expect(201).id();
        let (at, path) = (format!("/api/v1/awards/{id}"), format!("/awards/{id}/virements"));
        open(&trustee, &path).await.says("Nothing was moved between its parts.").says("No tolerance is recorded")
            .does_not_say("Move money between parts");
        let tolerated = json!({"effective_on": "2026-04-01", "reason": "Letter", "with_whom": "Bea",
            "change": {"virement": {"share_bp": 1_000, "of": "fence", "source": "Letter, paragraph 9"}}});
        let tag = officer.get(&at).await.expect(200).header("etag");
        officer.send(reqwest::Method::POST, &format!("{at}/amendments"), Some(&tolerated), &[("if-match", &tag)])
            .await.expect(201);
        let fences = officer.get(&at).await.expect(200).json()["fences"].clone();
        let (from, to) = (fences[0]["id"].as_str().unwrap(), fences[1]["id"].as_str().unwrap());

        let asked = async |amount: &str| {
            let form = open(&officer, &format!("{path}/new")).await.form(&path);
            form.fill("from_fence_id", from).fill("to_fence_id", to).fill("amount_pence", amount)
                .fill("reason", "More meals").send(&officer).await
        };
        let most = asked("20,001").await;
        assert_eq!(most.status, 422);
        assert!(most.text.contains("At most £20,000.00 can be moved out"), "{}", most.text);
        let seen = asked("800").await.expect(200);
        let page = crate::support::pages::Page::of(&path, &seen);
        page.says("£800.00 is within the tolerance of “Food”: £1,000.00 is left of it before.")
            .says("Beds £20,000.00 £19,200.00");
        // looked at twice, made once: the second sees that something changed
        let (one, other) = (page.form(&path), page.form(&path));
        let made = one.send(&officer).await;
        follow(&officer, made).await.says("£800 was moved between its parts, £800 of it without asking.")
            .says("From Beds to Food").says("Food £1,000.00 £800.00 £200.00");
        assert_eq!(other.send(&officer).await.status, 412);

        let seen = asked("500").await.expect(200);
        let page = crate::support::pages::Page::of(&path, &seen);
        page.says("£500.00 is more than may be moved without asking: £200.00 of the tolerance of “Food” is left.");
        let made = page.form(&path).send(&officer).await;
        follow(&officer, made).await.says("£500 waits for the funder’s consent").says("Funder to be asked");
        let limit = async || officer.get(&at).await.expect(200).json()["fences"][1]["limit_pence"].clone();
        assert_eq!(limit().await, json!(10_800_00));
        let waiting = trustee.get(&format!("/api/v1{path}")).await.expect(200).json();
        let waits = waiting["items"][0]["id"].as_str().unwrap();
        let fact = format!("{path}/{waits}/fact");
        let form = open(&officer, &fact).await.form(&fact);
        let given = form.fill("kind", "given").fill("with_whom", "Bea").fill("reference", "her e-mail").send(&officer).await;
        follow(&officer, given).await.says("Bea consented on 6 October 2026 (her e-mail)");
        assert_eq!(limit().await, json!(10_500_00 + 800_00));
        open(&officer, &fact).await.says("This virement is settled.");
        assert_eq!(trustee.get(&fact).await.status, 403);
    }

    async fn an_award_is_suspended_and_goes_on(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let trustee = house.person(Role::Trustee, house.home).await;
        let funder = house.person(Role::FundersOfficer, house.funder_b).await;
        let id = officer.post("/api/v1/awards", &award(house)).await.expect(201).id();
        let (at, path) = (format!("/api/v1/awards/{id}"), format!("/awards/{id}"));
        let action = format!("{path}/suspensions");
        let blank = open(&officer, &format!("{action}/new")).await.form(&action).send(&officer).await;
        assert_eq!(blank.status, 422);
        let form = open(&officer, &format!("{action}/new")).await.form(&action);
        let seen = form.fill("from_on", "5/10/2026").fill("why", "They wait for our accounts")
            .fill("told_by", "Bea, letter of 5 October").send(&officer).await.expect(200);
        let page = crate::support::pages::Page::of(&action, &seen);
        page.says("Suspended from Monday 5 October 2026.").says("It is put behind no pool");
        assert_eq!(trustee.get(&at).await.expect(200).json()["suspended_from"], Value::Null);
        let made = page.form(&action).send(&officer).await;
        follow(&officer, made).await
            .says("Suspended from Monday 5 October 2026: They wait for our accounts. Spend incurred from that day on \
                is not paid for by it.")
            .says("Record that it goes on");
        open(&trustee, "/awards").await.says("suspended from 5 October 2026");
        let theirs = funder.get(&at).await.expect(200).json();
        assert_eq!((&theirs["suspended_from"], &theirs["suspensions"]), (&json!("2026-10-05"), &json!([])));

        let seen = trustee.get(&at).await.expect(200).json();
        let one = seen["suspensions"][0]["id"].as_str().unwrap();
        let resumption = format!("{action}/{one}/resumption");
        let form = open(&officer, &resumption).await.form(&resumption);
        let early = form.fill("resumed_on", "4/10/2026").fill("why", "They came").fill("told_by", "Bea").send(&officer).await;
        assert_eq!(early.status, 422);
        let form = open(&officer, &resumption).await.form(&resumption);
        let on = form.fill("resumed_on", "6/10/2026").fill("why", "They came").fill("told_by", "Bea").send(&officer).await;
        follow(&officer, on).await.says("It goes on from 6 October 2026.").does_not_say("is not paid for by it");
        open(&officer, &resumption).await.says("The award went on already.");
        assert_eq!(trustee.get(&resumption).await.status, 403);
    }
}
