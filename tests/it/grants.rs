//! Grants that funders publish: brought, read, looked at, recorded as an award; and our awards in
//! the same standard.

use serde_json::{Value, json};

use crate::on_both;

fn package(recipient: &str) -> Value {
    let grant = |id: &str, recipient: &str, pounds: Value| {
        json!({
            "id": id, "title": format!("Grant {id}"), "description": "Drop-in",
            "currency": "GBP", "amountAwarded": pounds, "awardDate": "2026-03-20",
            "plannedDates": [{"startDate": "2026-04-01", "duration": 12}],
            "recipientOrganization": [{"id": recipient, "name": "Somebody"}],
            "fundingOrganization": [{"id": "GB-COH-5550001", "name": "Hill"}],
            "grantProgramme": [{"title": "Recovery"}],
        })
    };
    json!({"grants": [
        grant("360G-hill-1", recipient, json!(12_345.67)),
        grant("360G-hill-2", "GB-CHC-42", json!(500)),
        grant("360G-hill-3", "GB-CHC-43", json!("500")),
    ]})
}

on_both! {
    async fn a_file_of_grants_is_read_and_one_to_us_becomes_an_award_without_typing(house: &House) {
        let officer = house.grants_officer().await;
        let us = officer.get(&format!("/api/v1/organisations/{}", house.home)).await.expect(200).json();
        let new = json!({"org_id": "GB-COH-05550001", "name": "The Hill Fund", "kind": "foundation"});
        let funder = officer.post("/api/v1/organisations", &new).await.expect(201).id();
        let bytes = package(us["org_id"].as_str().expect("an org-id")).to_string();
        let part = || reqwest::multipart::Part::bytes(bytes.clone().into_bytes()).file_name("hill.json");
        let form = || reqwest::multipart::Form::new().part("file", part());
        let id = officer.send_parts("/api/v1/grant-imports", form(), &[]).await.expect(201).id();
        let worker = house.worker(None);
        house.settle(&worker).await;
        let import = officer.get(&format!("/api/v1/grant-imports/{id}")).await.expect(200).json();
        assert_eq!((&import["state"], &import["grants_new"], &import["grants_faulty"]),
            (&json!("complete"), &json!(2), &json!(1)));
        let faults = officer.get(&format!("/api/v1/grant-imports/{id}/faults")).await.expect(200).json();
        assert_eq!(faults["items"][0]["row"], 3);
        officer.send_parts("/api/v1/grant-imports", form(), &[]).await.expect(409);
        let kept = officer.get(&format!("/api/v1/grant-imports/{id}/file")).await.expect(200);
        assert_eq!(kept.bytes, bytes.as_bytes());

        let ours = officer.get("/api/v1/published-grants?ours=true").await.expect(200).json();
        let grant = &ours["items"][0];
        assert_eq!((&grant["amount_pence"], &grant["ours"]), (&json!(1_234_567), &json!(true)));
        assert_eq!(grant["funder"]["organisation_id"], json!(funder));
        let grant_id = grant["id"].as_str().expect("an id");

        // the pages
        let list = officer.get("/grants").await.expect(200);
        assert!(list.text.contains("1 published grant to us is not recorded as an award yet."));
        let page = officer.get(&format!("/grants/imports/{id}")).await.expect(200);
        assert!(page.text.contains("1 grant of its 3 was left out"), "{}", page.text);
        let page = officer.get(&format!("/organisations/{funder}")).await.expect(200);
        assert!(page.text.contains("£12,845.67"), "{}", page.text);
        let page = officer.get(&format!("/grants/{grant_id}")).await.expect(200);
        assert!(page.text.contains(&format!("/awards/new?grant={grant_id}")));
        let form = officer.get(&format!("/awards/new?grant={grant_id}")).await.expect(200);
        for typed in ["360G-hill-1", "12,345.67", "1/4/2026", "31/3/2027", "Recovery"] {
            assert!(form.text.contains(typed), "{typed} is not proposed");
        }
        let others = officer.get("/api/v1/published-grants?words=360g-hill-2").await.expect(200).json();
        let other = others["items"][0]["id"].as_str().expect("an id").to_owned();
        officer.get(&format!("/awards/new?grant={other}")).await.expect(409);

        // once it is recorded, the grant says so
        let council = house.council.to_string();
        officer.post("/api/v1/awards", &json!({
            "reference": "360G-hill-1", "title": "Grant", "programme": "Recovery",
            "funder_id": funder, "holder_id": council, "accountable_body_id": council,
            "amount_pence": 1_234_567, "starts_on": "2026-04-01", "ends_on": "2027-03-31",
            "nation": "england", "pays_for": "revenue", "legal_basis": "gift",
            "lost_if_unspent": false, "lead_id": null,
        })).await.expect(201);
        let page = officer.get(&format!("/grants/{grant_id}")).await.expect(200);
        assert!(page.text.contains("an award of ours") && !page.text.contains("?grant="));

        // and in the standard
        let written = officer.get("/api/v1/award-data").await.expect(200).json();
        let mine = written["grants"].as_array().expect("grants").iter()
            .find(|grant| grant["id"] == "360G-hill-1").expect("our award");
        assert_eq!(mine["amountAwarded"].to_string(), "12345.67");
        assert_eq!(mine["fundingOrganization"][0]["id"], "GB-COH-05550001");
        valid(&written);
        let table = officer.get("/awards/360giving.csv").await.expect(200);
        assert!(table.text.starts_with("Identifier,Title,") && table.text.contains(",12345.67,"));
    }
}

/// By the standard's own schema, with its formats checked, where it is at hand.
fn valid(package: &Value) {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/360giving");
    let Ok(schema) = std::fs::read_to_string(folder.join("360-giving-schema.json")) else {
        eprintln!(
            "NOT RUN: the 360Giving schema is not at {}",
            folder.display()
        );
        return;
    };
    let schema: Value = serde_json::from_str(&schema).expect("a schema");
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("a validator");
    for grant in package["grants"].as_array().expect("grants") {
        let wrong: Vec<String> = validator
            .iter_errors(grant)
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{grant}: {wrong:?}");
    }
}
