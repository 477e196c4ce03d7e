//! A ledger's file of cost centres and accounts: coded by the map, worked through by hand, agreed
//! with the ledger's own sums; over the API and in the pages.

use serde_json::{Value, json};

use crate::on_both;
use crate::support::house::House;
use crate::support::pages::{follow, open};
use crate::support::visitor::Visitor;

const ROWS: &str = "Number,Line,Date,Period,Amount,Centre,Account,Supplier\n\
    1,1,02/09/2026,2026-09,100.00,A1,500,Acorn\n\
    2,1,03/09/2026,2026-09,20.00,A9,500,Birch\n\
    3,1,04/09/2026,2026-09,30.00,A9,500,Birch\n\
    4,1,05/09/2026,2026-09,7.00,A9,600,Cedar\n";

struct Set {
    pool: String,
    care: String,
    events: String,
}

/// A pool, two categories, a row of the map, and a file that was accepted with lines that wait.
async fn furnished(house: &House, finance: &Visitor) -> Set {
    let mut categories = Vec::new();
    for slug in ["care", "events"] {
        let body = json!({"slug": slug, "name": slug});
        let made = finance
            .post("/api/v1/cost-categories", &body)
            .await
            .expect(201);
        categories.push(made.id());
    }
    let pool = finance
        .post(
            "/api/v1/pools",
            &json!({
                "slug": "recovery", "name": "Recovery", "purpose": "Recovery.",
                "holder_id": house.council, "policy": "in-order", "policy_from": "2026-04-01",
                "policy_agreed_by": "Board, minute 3", "contributions": [],
            }),
        )
        .await
        .expect(201)
        .id();
    let layout = finance
        .post(
            "/api/v1/import-profiles",
            &json!({"name": "Council ledger", "spec": {
                "system": "council-ledger", "format": "csv",
                "columns": {
                    "transaction": {"header": "Number"}, "line": {"header": "Line"},
                    "incurred_on": {"header": "Date"}, "period": {"header": "Period"},
                    "amount": {"header": "Amount"}, "cost_centre": {"header": "Centre"},
                    "account": {"header": "Account"}, "supplier": {"header": "Supplier"},
                },
                "defaults": {"kind": "invoice"},
            }}),
        )
        .await
        .expect(201)
        .id();
    let row = json!({
        "cost_centre": "A1", "valid_from": "2026-04-01",
        "coded_as": {"pool_id": pool, "category_id": categories[0]},
    });
    finance.post("/api/v1/coding-map", &row).await.expect(201);
    let worker = house.worker(None);
    let address = format!(
        "/api/v1/imports?profile_id={layout}&period_from=2026-09-01&period_to=2026-09-30\
         &control_total_pence=15700&file_name=september.csv"
    );
    let import = finance
        .send_text(&address, "application/octet-stream", ROWS)
        .await
        .expect(201)
        .id();
    house.settle(&worker).await;
    let page = finance
        .get(&format!("/imports/{import}"))
        .await
        .expect(200)
        .text;
    assert!(
        page.contains("3 lines of £57.00 will wait to be coded"),
        "{page}"
    );
    let read = finance
        .get(&format!("/api/v1/imports/{import}"))
        .await
        .expect(200);
    assert_eq!(read.json()["rows_uncoded"], 3);
    let etag = read.header("etag");
    finance
        .send(
            reqwest::Method::POST,
            &format!("/api/v1/imports/{import}/acceptance"),
            Some(&json!({})),
            &[("if-match", etag.as_str())],
        )
        .await
        .expect(200);
    house.settle(&worker).await;
    Set {
        pool,
        care: categories[0].clone(),
        events: categories[1].clone(),
    }
}

on_both! {
    async fn lines_that_wait_are_worked_through_in_the_pages(house: &House) {
        let finance = house.finance_officer().await;
        let set = furnished(house, &finance).await;
        open(&finance, "/").await.says("£57.00 of spend is not coded");
        let list = open(&finance, "/waiting-lines").await;
        list.says("3 lines of £57.00 wait to be coded").says("Cost centre A9, account 500");
        let first = list.link("Birch");
        let page = open(&finance, &first).await;
        page.says("No line like it was coded before");
        // nothing chosen is told, and nothing is coded
        let missed = page.form(&first).send(&finance).await.expect(422);
        assert!(missed.text.contains("Choose one"), "{}", missed.text);
        let sent = page
            .form(&first)
            .fill("pool_id", &set.pool)
            .fill("category_id", &set.events)
            .send(&finance)
            .await
            .expect(303);
        let next = follow(&finance, sent).await;
        next.says("The one line paid to Birch under cost centre A9 and account 500 was coded so");
        // where it was, what it became is
        let line = finance.get(&first).await.expect(303).header("location");
        open(&finance, &line).await.says("september.csv, row 3").says("Waited to be coded until");
        // the next by a row of the map, which codes it too
        let at = next.forms().iter().find(|form| form.action.starts_with("/waiting-lines/"))
            .map(|form| form.action.clone()).expect("a form");
        next.form(&at).fill("scope", "map").send(&finance).await.expect(303);
        let list = open(&finance, "/waiting-lines").await;
        list.says("1 line of £7.00 waits to be coded");
        let map = open(&finance, "/coding-map").await;
        map.says("Cost centre A9, account 500").says("1 line of £7.00 waits to be coded");
        let lines = finance.get("/api/v1/spend-lines").await.expect(200).json();
        let coded: Vec<&Value> = lines["items"].as_array().unwrap().iter()
            .filter(|line| line["coding_map_row_id"].is_string()).collect();
        assert_eq!((lines["items"].as_array().unwrap().len(), coded.len()), (3, 2), "{lines}");
    }

    async fn a_row_of_the_map_is_shown_before_it_is_added_and_a_tie_is_refused(house: &House) {
        let finance = house.finance_officer().await;
        let set = furnished(house, &finance).await;
        let tie = json!({
            "account": "500", "valid_from": "2026-04-01",
            "coded_as": {"pool_id": set.pool, "category_id": set.care},
        });
        let refused = finance.post("/api/v1/coding-map", &tie).await.expect(409).json();
        assert!(refused["detail"].as_str().unwrap().contains("cost centre A1"), "{refused}");
        let form = open(&finance, "/coding-map/new").await;
        let asked = form
            .form("/coding-map")
            .fill("cost_centre", "A9")
            .fill("valid_from", "1/9/2026")
            .fill("pool_id", &set.pool)
            .fill("category_id", &set.care)
            .send(&finance)
            .await
            .expect(200);
        let page = crate::support::pages::Page::of("/coding-map", &asked);
        page.says("3 lines of £57.00 that wait would be coded by it");
        page.form("/coding-map").send(&finance).await.expect(303);
        open(&finance, "/waiting-lines").await.says("No line waits to be coded");
        let map = open(&finance, "/coding-map").await;
        let row = map.link("Cost centre A9");
        open(&finance, &row).await.says("3 lines of £57.00 were coded by it");
        let change = open(&finance, &format!("{row}/change")).await;
        let asked = change
            .form(&format!("{row}/change"))
            .fill("from", "4/9/2026")
            .fill("category_id", &set.events)
            .send(&finance)
            .await
            .expect(200);
        let page = crate::support::pages::Page::of("/coding-map", &asked);
        page.says("2 lines of £37.00 count already and stay as coded");
        page.form(&format!("{row}/change")).send(&finance).await.expect(303);
        let ending = open(&finance, &format!("{row}/ending")).await;
        ending.form(&format!("{row}/ending")).fill("last_on", "9/9/2026").send(&finance).await.expect(422);
        let csv = finance.get("/coding-map/map.csv").await.expect(200).text;
        assert!(csv.contains("A9,any,any,2026-09-01,2026-09-03,recovery,care,,,revenue"), "{csv}");
        assert!(csv.contains("A9,any,any,2026-09-04,,recovery,events,,,revenue"), "{csv}");
        // what was downloaded says what stands
        let again = finance.send_text("/api/v1/coding-map/files", "application/octet-stream", &csv)
            .await.expect(200).json();
        assert_eq!((&again["unchanged"], &again["faults"]), (&json!(3), &json!([])), "{again}");
        open(&finance, "/coding-map/file").await;
    }

    async fn a_month_is_agreed_with_the_ledger_and_differences_are_named(house: &House) {
        let finance = house.finance_officer().await;
        furnished(house, &finance).await;
        let address = "/ledger-agreement?month=2026-09-01";
        open(&finance, address).await.says("£100.00 counts for September 2026");
        let file = "cost_centre,month,amount\nA1,2026-09,100.00\nA9,2026-09,60.00\n";
        let done = finance.send_text("/api/v1/ledger-totals/files", "application/octet-stream", file)
            .await.expect(200).json();
        assert_eq!(done["stated"], 2, "{done}");
        let page = open(&finance, address).await;
        page.says("1 cost centre differs by something that is not explained")
            .says("£57.00 waits to be coded; £3.00 is not explained");
        // the filter leads to the same address
        let form = page.forms().into_iter().find(|form| form.names().any(|name| name == "amount.1"))
            .expect("a form to type into");
        form.fill("amount.1", "57").send(&finance).await.expect(303);
        open(&finance, address).await.says("1 cost centre will agree once what waits is settled");
        finance.post("/api/v1/waiting-lines/map-codings", &json!({})).await.expect(200);
        let table = finance.get("/ledger-agreement/month.csv?month=2026-09-01").await.expect(200).text;
        assert!(table.contains("A9,2026-09,57.00,0.00,57.00,57.00,0.00,0.00,0.00"), "{table}");
        let auditor = house.person(entity::Role::Auditor, house.home).await;
        open(&auditor, address).await.does_not_say("Save these sums");
        open(&auditor, "/waiting-lines").await;
    }
}
