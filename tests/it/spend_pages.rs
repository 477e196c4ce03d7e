//! Spend as people see it: the first steps of a new house, a file that waits, a month that is
//! closed, a line that nobody pays for.

use chrono::NaiveDate;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::on_both;
use crate::support::house::House;
use crate::support::visitor::{Reply, Visitor};

const HEAD: &str = "Number,Line,Date,Amount,Category,Supplier\n";

/// A pool without an award, and a layout. The pool's id and the layout's.
pub(crate) async fn furnished(
    officer: &Visitor,
    finance: &Visitor,
    house: &House,
) -> (String, String) {
    for slug in ["care", "events"] {
        let body = json!({"slug": slug, "name": slug});
        finance
            .post("/api/v1/cost-categories", &body)
            .await
            .expect(201);
    }
    let award = officer
        .post(
            "/api/v1/awards",
            &json!({
                "reference": "A/1", "title": "Recovery grant", "programme": "Recovery",
                "funder_id": house.funder_a, "holder_id": house.council,
                "accountable_body_id": house.council, "amount_pence": 50_000,
                "starts_on": "2026-04-01", "ends_on": "2027-03-31", "nation": "england",
                "pays_for": "both", "legal_basis": "section-31", "lost_if_unspent": false,
                "fences": [],
            }),
        )
        .await
        .expect(201)
        .id();
    let pool = officer
        .post(
            "/api/v1/pools",
            &json!({
                "slug": "recovery", "name": "Recovery", "purpose": "Recovery.",
                "holder_id": house.council, "policy": "in-order", "policy_from": "2026-04-01",
                "policy_agreed_by": "Board, minute 3",
                "contributions": [{"award_id": award, "agreed_pence": 50_000}],
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
                    "incurred_on": {"header": "Date"}, "amount": {"header": "Amount"},
                    "category": {"header": "Category"}, "supplier": {"header": "Supplier"},
                },
                "defaults": {"pool": "recovery", "kind": "invoice"},
            }}),
        )
        .await
        .expect(201)
        .id();
    (pool, layout)
}

pub(crate) fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    text.split(start)
        .nth(1)
        .and_then(|rest| rest.split(end).next())
        .unwrap_or_else(|| panic!("no {start}"))
}

/// Accepts a file that was read, by its page's form.
pub(crate) async fn accepts(finance: &Visitor, address: &str) {
    let page = finance.get(address).await.expect(200).text;
    let version = between(&page, "name=\"version\" value=\"", "\"");
    finance
        .form(&format!("{address}/acceptance"), &[("version", version)])
        .await
        .expect(303);
}

/// Loads a file by the page's form, as a browser does.
pub(crate) async fn loads(
    finance: &Visitor,
    layout: &str,
    month: &str,
    total: &str,
    rows: Option<&str>,
) -> Reply {
    let page = finance.get("/imports").await.expect(200);
    let csrf = between(&page.text, "name=\"csrf\" value=\"", "\"").to_owned();
    let mut form = Form::new()
        .text("csrf", csrf)
        .text("profile", layout.to_owned())
        .text("period", month.to_owned())
        .text("control_total", total.to_owned());
    if let Some(rows) = rows {
        let bytes = format!("{HEAD}{rows}").into_bytes();
        form = form.part("file", Part::bytes(bytes).file_name("september.csv"));
    }
    finance.send_parts("/imports", form, &[]).await
}

on_both! {
    async fn a_new_house_says_what_comes_first(house: &House) {
        let administrator = house.administrator().await;
        let page = administrator.get("/").await.expect(200).text;
        assert!(page.contains("Setting up") && page.contains("Let in a grants officer"), "{page}");
        assert!(!page.contains("Every return that was due has been sent"), "{page}");
        let imports = administrator.get("/imports").await.expect(200).text;
        assert!(imports.contains("Invite one under People"), "{imports}");
        assert!(!imports.contains("load it below"), "{imports}");
        let officer = house.grants_officer().await;
        let page = officer.get("/").await.expect(200).text;
        // what comes next is somebody else's move: nothing is asked of this reader
        assert!(page.contains("Setting up") && !page.contains("Let in a grants officer"), "{page}");
        let finance = house.finance_officer().await;
        let page = finance.get("/").await.expect(200).text;
        assert!(page.contains("href=\"/cost-categories/new\""), "{page}");
        let page = finance.get("/start").await.expect(200).text;
        assert!(page.contains("href=\"/import-profiles/new\""), "{page}");
        assert!(page.contains("This is for a grants officer"), "{page}");
        // the boards and a funder are told no steps that are not theirs
        house.trustee().await.get("/").await.expect(200);
        let funder = house.funder(house.funder_a).await.get("/").await.expect(200).text;
        assert!(!funder.contains("Setting up"), "{funder}");
        house.trustee().await.get("/start").await.expect(403);
        let (_, layout) = furnished(&officer, &finance, house).await;
        loads(&finance, &layout, "September 2026", "1", Some("1,1,02/09/2026,1.00,care,Acorn\n")).await.expect(303);
        let page = finance.get("/start").await.expect(200).text;
        assert!(page.contains("Read the first draft") && !page.contains("behind you"), "{page}");
        // documents of the API are for those who may hold tokens
        assert!(page.contains("/api/docs"));
        assert!(!house.trustee().await.get("/").await.expect(200).text.contains("/api/docs"));
    }

    async fn a_file_is_loaded_put_right_accepted_and_its_month_closed(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        let worker = house.worker(None);
        let (pool, layout) = furnished(&officer, &finance, house).await;
        let rows = "1,1,02/09/2026,100.00,care,Acorn\n\
                    2,1,29/10/2027,1.50,care,Acorn\n\
                    3,1,03/09/2026,900.00,care,Birch\n";
        let missed = loads(&finance, &layout, "some time", "1,00", Some(rows)).await.expect(200).text;
        assert!(missed.contains("Choose the file again"), "{missed}");
        let address = loads(&finance, &layout, "September 2026", "£10,015.00", Some(rows)).await
            .expect(303).header("location");
        house.settle(&worker).await;

        // what waits is on the finance officer's Today, and on nobody else's
        let today = finance.get("/").await.expect(200).text;
        assert!(today.contains("Waiting in the ledger") && today.contains("september.csv"), "{today}");
        assert!(!officer.get("/").await.expect(200).text.contains("Waiting in the ledger"));
        let page = finance.get(&address).await.expect(200).text;
        assert!(page.contains("29 October 2027 is after today"), "{page}");
        assert!(page.contains("£9,013.50 short"), "{page}");

        // rows are not unticked when the reason is forgotten
        let forgotten = finance.form(&format!("{address}/set-aside"), &[("row", "3"), ("reason", "")]).await.expect(200).text;
        assert!(forgotten.contains("id=\"row-3\" checked"), "{forgotten}");
        finance.form(&format!("{address}/set-aside"), &[("row", "3"), ("reason", "not received")]).await.expect(303);
        let page = finance.get(&address).await.expect(200).text;
        assert!(!page.contains("Set the chosen rows aside"), "{page}");

        // the total was mistyped
        let version = between(&page, "name=\"version\" value=\"", "\"").to_owned();
        let wrong = finance.form(&format!("{address}/control-total"), &[("version", &version), ("control_total", "many")]).await.expect(200).text;
        assert!(wrong.contains("Enter the total in pounds and pence"), "{wrong}");
        let done = finance.form(&format!("{address}/control-total"), &[("version", &version), ("control_total", "1,001.50")]).await.expect(303);
        let page = finance.get(&done.header("location")).await.expect(200).text;
        assert!(page.contains("The control total is corrected."), "{page}");
        let version = between(&page, "name=\"version\" value=\"", "\"").to_owned();
        let done = finance.form(&format!("{address}/acceptance"), &[("version", &version)]).await.expect(303);
        house.settle(&worker).await;
        let page = finance.get(&done.header("location")).await.expect(200).text;
        assert!(page.contains("Awards pay for £500.00; £500.00 is not covered by any."), "{page}");
        let closing = format!("/pools/{pool}/closed-months/2026-09-01/closing");
        assert!(page.contains(&closing), "{page}");

        // closing is asked, told and undone
        assert!(finance.get("/").await.expect(200).text.contains(&closing));
        officer.get(&closing).await.expect(403);
        let asked = finance.get(&closing).await.expect(200).text;
        assert!(asked.contains("Close September 2026?") && asked.contains("Recovery"), "{asked}");
        let done = finance.form(&format!("/pools/{pool}/closed-months"), &[("month", "2026-09-01"), ("pool", &pool)]).await.expect(303);
        let told = finance.get(done.header("location").split('#').next().unwrap()).await.expect(200).text;
        assert!(told.contains("September 2026 is closed. You can open it again below."), "{told}");
        let undone = finance.form(&format!("/pools/{pool}/closed-months/2026-09-01/reopening"), &[]).await.expect(303);
        let told = finance.get(undone.header("location").split('#').next().unwrap()).await.expect(200).text;
        assert!(told.contains("September 2026 is open again."), "{told}");
    }

    async fn what_nobody_pays_for_says_how_it_is_settled(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        let worker = house.worker(None);
        let (pool, layout) = furnished(&officer, &finance, house).await;
        let rows = "1,1,02/09/2025,100.00,care,Acorn\n\
                    2,1,03/09/2026,-30.00,care,Birch\n";
        let address = loads(&finance, &layout, "September 2026", "70", Some(rows)).await.expect(303).header("location");
        house.settle(&worker).await;
        accepts(&finance, &address).await;
        house.settle(&worker).await;
        let page = finance.get("/spend?reason=outside-every-window").await.expect(200).text;
        assert!(page.contains("<option value=\"outside-every-window\" selected"), "{page}");
        // a credit is not what somebody must settle
        assert!(page.contains("£100.00 of"), "{page}");
        assert!(page.contains("Credits of £30.00 that name no line lower it."), "{page}");
        let line = between(&page, "href=\"/spend/", "\"");
        let line = page.split("href=\"/spend/").skip(1).map(|rest| rest.split('"').next().unwrap_or_default())
            .find(|rest| rest.len() == 36).unwrap_or(line).to_owned();
        let page = finance.get(&format!("/spend/{line}")).await.expect(200).text;
        assert!(page.contains("have the ledger reverse this line"), "{page}");
        assert!(page.contains("href=\"/imports#load\""), "{page}");
        let page = officer.get(&format!("/spend/{line}")).await.expect(200).text;
        assert!(page.contains(&format!("/pools/{pool}/contributions/new")), "{page}");
        // for people: headings in words and the file by its name
        let table = finance.get("/spend/lines.csv").await.expect(200);
        assert!(table.text.starts_with("Date received,Paid to,"), "{}", table.text);
        assert!(table.text.contains(",september.csv,"), "{}", table.text);
        assert!(!table.header("content-disposition").contains('_'));
        let _first_day: NaiveDate = table.text.lines().nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    }

    async fn a_newer_extract_says_what_was_loaded_before_and_what_it_has_otherwise(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        let worker = house.worker(None);
        let (_, layout) = furnished(&officer, &finance, house).await;
        let page = finance.get("/imports").await.expect(200).text;
        assert!(page.contains("Headings, subtotals and the total’s own row are left out"), "{page}");
        let rows = "1,1,02/09/2026,100.00,care,Acorn\n2,1,03/09/2026,30.00,care,Birch\n";
        let load = async |total: &str, rows: &str| {
            let loaded = loads(&finance, &layout, "September 2026", total, Some(rows)).await;
            let address = loaded.expect(303).header("location");
            house.settle(&worker).await;
            let page = finance.get(&address).await.expect(200).text;
            (address, page)
        };
        let accept = async |address: &str, page: &str| {
            let version = between(page, "name=\"version\" value=\"", "\"").to_owned();
            finance.form(&format!("{address}/acceptance"), &[("version", &version)]).await.expect(303);
            house.settle(&worker).await;
        };
        let (address, page) = load("130", rows).await;
        accept(&address, &page).await;
        let (address, page) = load("130", &format!("{rows}\n")).await;
        assert!(page.contains("Nothing in this file is new: 2 lines of £130.00 were loaded before"), "{page}");
        accept(&address, &page).await;
        let page = finance.get(&address).await.expect(200).text;
        assert!(page.contains("Nothing in this file was new: 2 lines of £130.00 had been loaded before"), "{page}");

        // a row that says a line otherwise leads to the line that counts
        let (address, page) = load("140", &rows.replace("100.00", "110.00")).await;
        assert!(page.contains("The line that counts"), "{page}");
        let row = finance.get(&format!("{address}/rows/2")).await.expect(200).text;
        let line = between(&row, "<p><a href=\"/spend/", "\"").to_owned();
        let line = finance.get(&format!("/spend/{line}")).await.expect(200).text;
        assert!(line.contains("£100.00"), "{line}");
    }
}
