//! Agreements with providers, and our money, as people and programs see them.

use entity::Role;
use serde_json::json;

use crate::on_both;
use crate::support::pages::{follow, open};

on_both! {
    async fn an_agreement_is_promised_and_ends_in_time(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let member = house.person(Role::CommitteeMember, house.home).await;
        let funder = house.person(Role::FundersOfficer, house.funder_a).await;
        open(&member, "/our-money").await.says("There is no pool yet");
        open(&member, "/commitments").await.says("No agreement with a provider is recorded yet");
        let award = officer.post("/api/v1/awards", &json!({
            "reference": "R-1", "title": "Recovery grant", "programme": "Recovery", "funder_id": house.funder_a,
            "holder_id": house.council, "accountable_body_id": house.council, "amount_pence": 500_000,
            "starts_on": "2026-04-01", "ends_on": "2027-03-31", "nation": "england", "pays_for": "both",
            "legal_basis": "section-31", "lost_if_unspent": true,
        })).await.expect(201).id();
        let pool = officer.post("/api/v1/pools", &json!({
            "slug": "treatment", "name": "Treatment", "purpose": "Treatment and recovery", "holder_id": house.council,
            "policy": "in-order", "policy_from": "2026-04-01", "policy_agreed_by": "Both boards, minute 7",
            "contributions": [{"award_id": award, "agreed_pence": 500_000}],
        })).await.expect(201).id();
        let provider = officer.post("/api/v1/organisations", &json!({
            "org_id": "GB-COH-1", "name": "Rowan House", "kind": "provider"})).await.expect(201).id();

        let form = open(&officer, "/commitments/new").await.form("/commitments");
        let wrong = form.fill("months", "April 2026, much").send(&officer).await;
        assert!(wrong.status == 422 && wrong.text.contains("Line 1: enter a month and an amount"), "{}", wrong.text);
        let form = open(&officer, "/commitments/new").await.form("/commitments");
        let form = form.fill("provider_id", &provider).fill("holder_id", &house.council.to_string())
            .fill("kind", "contract").fill("reference", "C-12").fill("title", "Beds").fill("pool_id", &pool)
            .fill("starts_on", "1/4/2026").fill("ends_on", "31/12/2026").fill("notice_days", "60")
            .fill("spread_pence", "1,000");
        let page = follow(&officer, form.send(&officer).await).await;
        // 1 November is a Sunday
        page.says("Tell Rowan House by Friday 30 October 2026 whether it goes on").says("£1,000 of £1,000 is promised")
            .says("£111.12");
        let path = page.path.clone();
        open(&officer, "/deadlines").await.says("Beds: say whether it goes on");
        house.settle(&house.worker(None)).await;
        let told = house.told(&officer).await;
        assert!(told.iter().any(|(_, text)| text.contains("Beds: say whether it goes on")), "{told:?}");
        funder.get(&format!("/api/v1{path}")).await.expect(403);

        let variation = format!("{path}/variation");
        let form = open(&officer, &variation).await.form(&variation);
        let longer = form.value("months").unwrap().to_owned() + "\nJanuary 2027\t500";
        let form = form.fill("reason", "One month more").fill("ends_on", "31/1/2027").fill("months", &longer);
        follow(&officer, form.send(&officer).await).await.says("£1,500 of £1,500").says("One month more: £1,500.00");
        let notice = format!("{path}/notice");
        let form = open(&officer, &notice).await.form(&notice);
        let form = form.fill("goes_on", "no").fill("words", "By letter");
        follow(&officer, form.send(&officer).await).await.says("they were told that it ends: By letter");
        open(&officer, "/deadlines").await.does_not_say("Beds: say whether it goes on");
        let listed = member.get("/api/v1/commitments?current=true").await.expect(200).json();
        assert_eq!(listed["items"][0]["outstanding_pence"], 150_000);
        assert!(member.get("/commitments/commitments.csv").await.expect(200).text.contains("C-12"));

        let read = member.get("/api/v1/our-money").await.expect(200).json();
        assert_eq!((&read["together"]["given_pence"], &read["together"]["promised_pence"]), (&json!(500_000), &json!(150_000)));
        open(&member, "/our-money").await.says("We were given £5,000.").says("£1,500 is promised to others")
            .says("if we do not spend it by Wednesday 31 March 2027").says("£3,500 of it is not promised to anybody");
        funder.get("/our-money").await.expect(403);
    }
}
