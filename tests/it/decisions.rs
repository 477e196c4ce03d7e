//! What both boards decide, as people and programs see it: from a paper to an allocation.

use chrono::Duration;
use entity::Role;
use serde_json::json;

use crate::on_both;
use crate::support::house::House;
use crate::support::pages::{follow, open};
use crate::support::visitor::Visitor;

/// A pool of £1,000 of an award, by its id.
async fn pool(house: &House, officer: &Visitor) -> String {
    let award = officer.post("/api/v1/awards", &json!({
        "reference": "R-1", "title": "Recovery grant", "programme": "Recovery", "funder_id": house.funder_a,
        "holder_id": house.council, "accountable_body_id": house.council, "amount_pence": 100_000,
        "starts_on": "2026-04-01", "ends_on": "2027-03-31", "nation": "england", "pays_for": "both",
        "legal_basis": "section-31", "lost_if_unspent": true,
    })).await.expect(201).id();
    officer.post("/api/v1/pools", &json!({
        "slug": "treatment", "name": "Treatment", "purpose": "Treatment and recovery", "holder_id": house.council,
        "policy": "in-order", "policy_from": "2026-04-01", "policy_agreed_by": "Both boards, minute 7",
        "contributions": [{"award_id": award, "agreed_pence": 100_000}],
    })).await.expect(201).id()
}

on_both! {
    async fn both_boards_decide_and_it_is_allocated(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let administrator = house.person(Role::Administrator, house.home).await;
        let trustee = house.person(Role::Trustee, house.home).await;
        let member = house.person(Role::CommitteeMember, house.home).await;
        let funder = house.person(Role::FundersOfficer, house.funder_a).await;
        let pool = pool(house, &officer).await;
        house.settle(&house.worker(None)).await;

        open(&trustee, "/decisions").await.says("Nothing is waiting to be decided.");
        let form = open(&administrator, "/decisions/quorums").await.form("/decisions/quorums");
        let wrong = form.fill("board", "trustees").fill("members", "many").send(&administrator).await;
        assert_eq!(wrong.status, 422);
        for board in ["trustees", "committee"] {
            let form = open(&administrator, "/decisions/quorums").await.form("/decisions/quorums");
            let set = form.fill("board", board).fill("members", "1").fill("valid_from", "1/1/2026")
                .fill("minute", "Rules, part 4").send(&administrator).await;
            follow(&administrator, set).await;
        }
        let form = open(&officer, "/decisions/new").await.form("/decisions");
        let form = form.fill("title", "A recovery café").fill("purpose", "A café that people run themselves.")
            .fill("why", "People ask for a place to be.\n\nOn Sundays there is none.").fill("pool_id", &pool)
            .fill("amount_pence", "1,200").fill("requested_by", "The Sunday group").fill("decide_by", "20/10/2026");
        let page = follow(&officer, form.send(&officer).await).await;
        page.says("£1,200 from Treatment").says("£200 more than is free").says("On Sundays there is none.")
            .does_not_say("Count my vote");
        let path = page.path.split('?').next().unwrap().to_owned();
        let at = format!("/api/v1/papers/{}", path.rsplit('/').next().unwrap());

        // it is due, waits for both boards, and is nobody else's to see
        open(&trustee, "/").await.says("One paper waits for you to decide.").says("A recovery café");
        open(&officer, "/deadlines").await.says("A recovery café");
        let due = officer.get("/api/v1/deadlines?kind=decision").await.expect(200).json();
        assert_eq!((&due["items"][0]["award"], &due["items"][0]["funder_id"]), (&json!("Treatment"), &json!(null)));
        funder.get(&at).await.expect(403);
        funder.get("/api/v1/papers").await.expect(403);
        // both are chased; whoever has voted and can do no more is not
        house.settle(&house.worker(None)).await;
        let told = house.told(&trustee).await;
        assert!(told.iter().any(|(_, text)| text.contains("A recovery café")), "{told:?}");

        // a vote needs a choice, and a wish for a change its words
        let form = open(&trustee, &path).await.form(&format!("{path}/votes"));
        let wrong = form.send(&trustee).await;
        assert!(wrong.status == 422 && wrong.text.contains("Choose what you think."), "{}", wrong.text);
        let form = open(&trustee, &path).await.form(&format!("{path}/votes"));
        let wrong = form.fill("choice", "change").send(&trustee).await;
        assert!(wrong.status == 422 && wrong.text.contains("Say what should change."), "{}", wrong.text);
        let form = open(&trustee, &path).await.form(&format!("{path}/votes"));
        let voted = form.fill("choice", "agree").send(&trustee).await;
        follow(&trustee, voted).await.says("Your vote is counted for the Trustee Board").says("You agreed");
        let record = format!("{path}/record");
        let form = open(&trustee, &format!("{record}?board=trustees")).await.form(&record);
        let recorded = form.fill("minute", "Item 4").send(&trustee).await;
        follow(&trustee, recorded).await.says("Has yet to decide").says("minute: Item 4").does_not_say("Count my vote");
        trustee.post(&format!("{at}/votes"), &json!({"board": "trustees", "revision": 1, "choice": "against"}))
            .await.expect(409);

        // it is changed: the trustees are asked anew, for what is free
        let change = format!("{path}/change");
        let form = open(&officer, &change).await.form(&change);
        let changed = form.fill("amount_pence", "900").send(&officer).await;
        follow(&officer, changed).await.says("Both boards are asked anew").says("Version 1").does_not_say("more than is free");
        for (who, board) in [(&member, "committee"), (&trustee, "trustees")] {
            who.post(&format!("{at}/votes"), &json!({"board": board, "revision": 1, "choice": "agree"})).await.expect(409);
            who.post(&format!("{at}/votes"), &json!({"board": board, "revision": 2, "choice": "agree"})).await.expect(200);
            let stands = who.post(&format!("{at}/decisions"), &json!({"board": board, "revision": 2,
                "decided_on": "2026-10-06", "minute": "Joint meeting"})).await.expect(200).json();
            assert_eq!(stands["allocation_id"].is_string(), board == "trustees", "{stands}");
        }
        let made = trustee.get("/api/v1/allocations").await.expect(200).json();
        assert_eq!(made["items"][0]["amount_pence"], 90_000);
        open(&member, &path).await.says("Agreed by both boards").says("How members voted");
        open(&trustee, "/decisions").await.says("£900.00").says("Nothing is waiting to be decided.");
        open(&trustee, "/").await.does_not_say("A recovery café");
        let csv = trustee.get("/decisions/allocations.csv").await.expect(200);
        assert!(csv.text.contains("900.00"), "{}", csv.text);
        open(&officer, &format!("/history{}", path.replace("decisions", "paper"))).await.says("Recorded what a board decided");
        house.advance(Duration::days(20));
        house.settle(&house.worker(None)).await;
        let told = house.told(&member).await;
        assert!(told.iter().all(|(subject, _)| !subject.contains("overdue")), "{told:?}");
    }
}
