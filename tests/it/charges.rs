//! The management charge of whoever holds the money, against its cap.

use entity::Role;
use serde_json::json;

use crate::on_both;
use crate::support::pages::{Page, follow, open};

on_both! {
    async fn what_may_be_charged_is_recorded_and_measured(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let finance = house.person(Role::FinanceOfficer, house.home).await;
        let trustee = house.person(Role::Trustee, house.home).await;
        let funder = house.person(Role::FundersOfficer, house.funder_b).await;
        let fee = officer.post("/api/v1/cost-categories", &json!({"slug": "fee", "name": "Management charge"})).await
            .expect(201).id();
        let id = officer.post("/api/v1/awards", &json!({
            "reference": "LF/12", "title": "A place to cook", "programme": "Places",
            "funder_id": house.funder_b, "holder_id": house.council, "accountable_body_id": house.council,
            "amount_pence": 90_000_00, "starts_on": "2026-04-01", "ends_on": "2027-03-31", "nation": "england",
            "pays_for": "both", "legal_basis": "grant-agreement", "lost_if_unspent": true,
        })).await.expect(201).id();
        let path = format!("/awards/{id}/charges");
        open(&trustee, &path).await.says("No cap is recorded").does_not_say("Record the cap");
        let asked = async |basis: &str, share: &str, amount: &str| {
            let form = open(&finance, &format!("{path}/new")).await.form(&path);
            form.fill("category_ids", &fee).fill("charged_by", "The council").fill("basis", basis)
                .fill("share_bp", share).fill("amount_pence", amount).fill("starts_on", "1/4/2026")
                .fill("agreed_by", "Both boards").fill("agreed_on", "1/4/2026").fill("source", "clause 9")
                .fill("reason", "As agreed").send(&finance).await
        };
        let unsaid = asked("spend", "", "").await;
        assert_eq!(unsaid.status, 422);
        Page::of(&path, &unsaid).says("Enter the share in per cent, such as 5 or 7.5.");
        let both = asked("spend", "5", "900").await;
        assert_eq!(both.status, 422);
        Page::of(&path, &both).says("Leave the amount empty, or say that the cap is an amount.");
        let made = asked("amount", "", "900").await;
        follow(&finance, made).await
            .says("From 1 April 2026 to 31 March 2027, at most £900.00 may be charged. £0.00 is charged, so £900.00 is left.")
            .says("Within the cap").says("£900.00 a year").says("Both boards, 1 April 2026 (clause 9)");
        open(&trustee, &format!("/awards/{id}")).await
            .says("Management charge: From 1 April 2026 to 31 March 2027, at most £900.00 may be charged.");
        let seen = trustee.get(&format!("/api/v1{path}")).await.expect(200).json();
        assert_eq!((&seen["years"][0]["allowed_pence"], &seen["caps"][0]["categories"][0]),
            (&json!(900_00), &json!("Management charge")));
        assert!(trustee.get(&format!("{path}.csv")).await.expect(200).text.contains("2026-04-01,2027-03-31"));
        open(&trustee, &format!("/history/award/{id}")).await.says("Recorded how much may be charged for management");
        let made = asked("none", "", "").await;
        assert_eq!(made.status, 422, "nothing is capped, so nothing is named");
        let table = funder.get(&path).await;
        assert_eq!(table.status, 403);
    }
}
