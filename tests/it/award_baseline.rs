//! Spend that must be kept up beside an award, as people see it.

use entity::Role;
use serde_json::json;

use crate::on_both;
use crate::support::pages::{Page, follow, open};

on_both! {
    async fn spend_to_be_kept_up_is_measured_from_a_day_on(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let trustee = house.person(Role::Trustee, house.home).await;
        let funder = house.person(Role::FundersOfficer, house.funder_b).await;
        let beds = officer.post("/api/v1/cost-categories", &json!({"slug": "beds", "name": "Beds"})).await.expect(201).id();
        let id = officer.post("/api/v1/awards", &json!({
            "reference": "LF/11", "title": "A place to stay", "programme": "Places",
            "funder_id": house.funder_b, "holder_id": house.council, "accountable_body_id": house.council,
            "amount_pence": 90_000_00, "starts_on": "2025-10-01", "ends_on": "2027-09-30", "nation": "england",
            "pays_for": "both", "legal_basis": "grant-agreement", "lost_if_unspent": true,
        })).await.expect(201).id();
        let (at, path) = (format!("/api/v1/awards/{id}"), format!("/awards/{id}"));
        open(&trustee, &format!("{path}/baseline")).await.says("The award does not ask that other spend is kept up.");
        let action = format!("{path}/amendments");
        let amended = async |amount: &str, from: &str| {
            let form = open(&officer, &format!("{action}/new")).await.form(&action);
            form.fill("reason", "As the letter says").fill("with_whom", "Bea, letter").fill("baseline", amount)
                .fill("baseline_of", "The council’s spend on beds").fill("baseline_from", from)
                .fill("baseline_categories", &beds).send(&officer).await
        };
        let unsaid = amended("120,000", "").await;
        assert_eq!((unsaid.status, unsaid.text.contains("Say from which day on")), (422, true));
        let seen = amended("120,000", "1/10/2025").await.expect(200);
        let page = Page::of(&action, &seen);
        page.says("Measured in years from 1 October 2025, over every pool and 1 cost category");
        let made = page.form(&action).send(&officer).await;
        follow(&officer, made).await
            .says("Spend to be kept up (The council’s spend on beds): £120,000.00 must be kept up from 1 October 2026 \
                to 30 September 2027. £0.00 is spent so far, and nothing more is forecast: £120,000.00 short.");
        open(&trustee, &format!("{path}/baseline")).await
            .says("What counts is the spend of every pool, of Beds, but for what this award itself pays for.")
            .says("1 October 2025 to 30 September 2026 Short")
            .says("No spend of this year counts yet.");
        let seen = trustee.get(&format!("{at}/baseline")).await.expect(200).json();
        assert_eq!(seen["years"].as_array().map(Vec::len), Some(2));
        assert_eq!((&seen["years"][0]["state"], &seen["years"][1]["state"]), (&json!("short"), &json!("behind")));
        assert_eq!(seen["years"][1]["short_pence"], 120_000_00);
        // what stands is on the form again, and is kept by an amendment of something else
        open(&officer, &format!("{action}/new")).await.says("The spend of which pools counts?");
        assert_eq!(funder.get(&format!("{at}/baseline")).await.status, 403);
        assert_eq!(funder.get(&format!("{path}/baseline")).await.status, 403);
    }
}
