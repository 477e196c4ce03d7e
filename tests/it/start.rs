//! The start from nothing: the files to try it with are taken, loaded as they are, and agree; and
//! the steps follow what was done.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::house::House;
use crate::support::visitor::Visitor;

/// How each step stands.
async fn standing(visitor: &Visitor, step: &str) -> String {
    let start = visitor.get("/api/v1/start").await.expect(200).json();
    let steps = start["steps"].as_array().expect("steps");
    let found = steps
        .iter()
        .find(|one| one["step"] == step)
        .expect("the step");
    found["standing"].as_str().expect("a standing").to_owned()
}

async fn next(visitor: &Visitor) -> Value {
    let start = visitor.get("/api/v1/start").await.expect(200).json();
    let steps = start["steps"].as_array().expect("steps");
    let next = steps.iter().find(|one| one["next"] == true);
    next.map_or(Value::Null, |one| one["step"].clone())
}

/// A pool, an award behind it and headings, made in the order of the steps.
async fn furnished(house: &House, officer: &Visitor, finance: &Visitor) {
    assert_eq!(standing(officer, "people").await, "done");
    assert_eq!(next(officer).await, "categories");
    for (slug, name) in [
        ("staff", "Staff"),
        ("premises", "Premises"),
        ("meals", "Meals"),
    ] {
        let body = json!({"slug": slug, "name": name});
        finance
            .post("/api/v1/cost-categories", &body)
            .await
            .expect(201);
    }
    let award = json!({
        "reference": "A/1", "title": "Recovery grant", "programme": "Recovery",
        "funder_id": house.funder_a, "holder_id": house.council,
        "accountable_body_id": house.council, "amount_pence": 50_000_000,
        "starts_on": "2026-04-01", "ends_on": "2027-03-31", "nation": "england",
        "pays_for": "both", "legal_basis": "section-31", "lost_if_unspent": false, "fences": [],
    });
    let award = officer
        .post("/api/v1/awards", &award)
        .await
        .expect(201)
        .id();
    assert_eq!(next(officer).await, "pool");
    let pool = json!({
        "slug": "recovery", "name": "Recovery", "purpose": "Recovery.", "holder_id": house.council,
        "policy": "in-order", "policy_from": "2026-04-01", "policy_agreed_by": "Board, minute 3",
        "contributions": [{"award_id": award, "agreed_pence": 50_000_000}],
    });
    officer.post("/api/v1/pools", &pool).await.expect(201);
    assert_eq!(next(officer).await, "layout");
}

/// A sample's text, and what it is said to come to.
async fn sample(visitor: &Visitor, name: &str) -> (String, Value) {
    let listed = visitor
        .get("/api/v1/start/samples")
        .await
        .expect(200)
        .json();
    let listed = listed["items"].as_array().expect("samples").clone();
    let said = listed
        .into_iter()
        .find(|one| one["name"] == name)
        .expect("the sample");
    let file = visitor
        .get(&format!("/api/v1/start/samples/{name}"))
        .await
        .expect(200);
    assert!(file.header("content-disposition").contains(name));
    (file.text, said)
}

/// Loads a sample of spend with the layout that is guessed from it, and accepts it.
async fn loads(house: &House, finance: &Visitor, name: &str) -> Value {
    let (text, said) = sample(finance, name).await;
    let guess = finance
        .send_text(
            "/api/v1/import-profiles/suggestions",
            "application/octet-stream",
            &text,
        )
        .await
        .expect(200)
        .json();
    let mut spec = guess["spec"].clone();
    spec["system"] = json!("sample-ledger");
    let layout = json!({"name": "Sample ledger", "spec": spec});
    let layout = finance
        .post("/api/v1/import-profiles", &layout)
        .await
        .expect(201)
        .id();
    let form = Form::new()
        .text("profile_id", layout)
        .text(
            "period_from",
            said["period_from"].as_str().expect("a date").to_owned(),
        )
        .text(
            "period_to",
            said["period_to"].as_str().expect("a date").to_owned(),
        )
        .text("control_total_pence", said["total_pence"].to_string())
        .part(
            "file",
            Part::bytes(text.into_bytes()).file_name(name.to_owned()),
        );
    let import = finance
        .send_parts("/api/v1/imports", form, &[])
        .await
        .expect(201)
        .id();
    let worker = house.worker(None);
    house.settle(&worker).await;
    let at = format!("/api/v1/imports/{import}");
    let read = finance.get(&at).await.expect(200);
    assert_eq!(read.json()["state"], "ready", "{}", read.text);
    let tag = read.header("etag").to_owned();
    finance
        .send(
            reqwest::Method::POST,
            &format!("{at}/acceptance"),
            Some(&json!({})),
            &[("If-Match", &tag)],
        )
        .await
        .expect(200);
    house.settle(&worker).await;
    let import = finance.get(&at).await.expect(200).json();
    assert_eq!(standing(finance, "spend").await, "done");
    assert_eq!(import["state"], "accepted");
    let pools = finance.get("/api/v1/pools").await.expect(200).json();
    assert_eq!(
        pools["items"][0]["spend_pence"], said["total_pence"],
        "{pools}"
    );
    import
}

on_both! {
    async fn a_sample_that_names_pools_loads_as_it_is(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        furnished(house, &officer, &finance).await;
        let import = loads(house, &finance, "sample-spend.csv").await;
        assert_eq!(import["rows_uncoded"], 0, "{import}");
        assert_eq!(standing(&finance, "coding-map").await, "optional");
        assert_eq!(next(&officer).await, "form");
        let page = officer.get("/start").await.expect(200).text;
        assert!(page.contains("href=\"/forms/new\""), "{page}");
    }

    async fn a_sample_of_codes_loads_by_the_sample_map_and_agrees_with_the_ledger(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        furnished(house, &officer, &finance).await;
        let (map, _) = sample(&finance, "sample-coding-map.csv").await;
        finance.send_text("/api/v1/coding-map/files", "application/octet-stream", &map).await.expect(200);
        let import = loads(house, &finance, "sample-ledger-with-codes.csv").await;
        assert_eq!(import["rows_uncoded"], 0, "{import}");
        let (totals, _) = sample(&finance, "sample-ledger-totals.csv").await;
        finance.send_text("/api/v1/ledger-totals/files", "application/octet-stream", &totals).await.expect(200);
        let agreed = finance.get("/api/v1/ledger-agreement/2026-07-01").await.expect(200).json();
        assert_eq!(agreed["agreed"], true, "{agreed}");
    }

    async fn a_sample_that_does_not_exist_is_not_found(house: &House) {
        let finance = house.finance_officer().await;
        finance.get("/api/v1/start/samples/passwords.csv").await.expect(404);
        finance.get("/start/samples/passwords.csv").await.expect(404);
    }
}
