//! One `api` and two `worker` on one PostgreSQL database.

use std::time::Duration;

use chrono::{Datelike as _, Months, NaiveDate};
use domain::db::Location;
use entity::Role;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::process::{Founded, Process, within};
use crate::support::postgres;
use crate::support::sample::{self, FIELDS};

/// Lines of the file: enough to be killed in the middle of.
const LINES: i64 = 20_000;

fn quarter_before(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let first = today.with_day(1).unwrap();
    let this = first - Months::new(first.month0() % 3);
    (this - Months::new(3), this.pred_opt().unwrap())
}

#[test]
fn an_import_and_a_draft_go_through_though_a_worker_is_killed() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let database = postgres::database(|url| async move {
            domain::db::migrate(&Location::Postgres(url), "test")
                .await
                .expect("migrations");
        })
        .await;
        whole(&Location::Postgres(database.url().to_owned())).await;
    });
}

async fn whole(location: &Location) {
    let folder = tempfile::tempdir().unwrap();
    let house = Founded::on(location).await;
    let api = Process::start("api", location, folder.path());
    let one = Process::start("worker", location, folder.path());
    let two = Process::start("worker", location, folder.path());
    let officer = house
        .person(Role::GrantsOfficer, house.home, &api.address)
        .await;
    let finance = house
        .person(Role::FinanceOfficer, house.home, &api.address)
        .await;

    let (from, to) = quarter_before(house.ctx.today());
    let categories = sample::categories(&finance).await;
    let fence = |slug: &str| {
        let category = categories.get(slug).unwrap_or(&categories["premises"]);
        json!({"slug": slug, "name": slug, "limit_pence": 100_000_00, "category_ids": [category]})
    };
    let award = officer
        .post(
            "/api/v1/awards",
            &json!({
                "reference": "R-1", "title": "Recovery grant", "programme": "Recovery",
                "funder_id": house.funder, "holder_id": house.council,
                "accountable_body_id": house.council, "amount_pence": 900_000_00,
                "starts_on": from, "ends_on": from + Months::new(12), "nation": "england",
                "pays_for": "both", "legal_basis": "section-31", "lost_if_unspent": true,
                "fences": [fence("rough-sleeping"), fence("residential"), fence("management"),
                           fence("mobilisation"), fence("capital")],
            }),
        )
        .await
        .expect(201)
        .id();
    officer
        .post(
            "/api/v1/pools",
            &json!({
                "slug": "recovery", "name": "Recovery", "purpose": "Recovery.",
                "holder_id": house.council, "policy": "in-order", "policy_from": from,
                "policy_agreed_by": "Board, minute 3",
                "contributions": [{"award_id": award, "agreed_pence": 900_000_00}],
            }),
        )
        .await
        .expect(201);

    // A file arrives; one worker is killed while it is being read.
    let profile = finance
        .post(
            "/api/v1/import-profiles",
            &json!({"name": "Ledger", "spec": {
                "system": "council-ledger", "format": "csv",
                "columns": {
                    "transaction": {"header": "Number"}, "line": {"header": "Line"},
                    "incurred_on": {"header": "Date"}, "amount": {"header": "Amount"},
                    "category": {"header": "Category"},
                },
                "defaults": {"pool": "recovery", "kind": "invoice", "capital_or_revenue": "revenue"},
            }}),
        )
        .await
        .expect(201)
        .id();
    let mut file = "Number,Line,Date,Amount,Category\n".to_owned();
    for n in 0..LINES {
        let on = (from + chrono::Days::new(n as u64 % 60)).format("%d/%m/%Y");
        file += &format!("T{n},1,{on},12.50,recovery-support\n");
    }
    let total = LINES * 12_50;
    let import = finance
        .send_parts(
            "/api/v1/imports",
            Form::new()
                .text("profile_id", profile)
                .text("period_from", from.to_string())
                .text("period_to", to.to_string())
                .text("control_total_pence", total.to_string())
                .part(
                    "file",
                    Part::bytes(file.into_bytes()).file_name("ledger.csv"),
                ),
            &[],
        )
        .await
        .expect(201)
        .id();
    let at = format!("/api/v1/imports/{import}");
    let read = async || finance.get(&at).await.expect(200).json();
    within(60, "the file begins to be read", async || {
        read().await["rows_read"].as_i64() > Some(0)
    })
    .await;
    one.kill();
    let stood = read().await;
    // Whichever worker had it: its lease ends, and the other takes it up where it was.
    let took = within(120, "the file is read", async || {
        read().await["state"] != "reading"
    })
    .await;
    eprintln!("killed at {} rows; read {took:?} later", stood["rows_read"]);
    let done = read().await;
    assert_eq!(done["rows_loaded"], LINES, "{done}");
    assert_eq!(done["sum_loaded_pence"], total, "{done}");
    let tag = finance.get(&at).await.expect(200).header("etag");
    finance
        .send(
            reqwest::Method::POST,
            &format!("{at}/acceptance"),
            None,
            &[("if-match", &tag)],
        )
        .await
        .expect(200);

    // The return of the quarter before is drafted from it, by the worker that is left.
    let form = sample::add_form(&officer, house.funder, FIELDS).await;
    officer
        .post(
            &format!("/api/v1/awards/{award}/requirements"),
            &json!({
                "form_id": form, "name": "Quarterly return", "period_months": 3,
                "first_period_from": from, "anchor_on": from,
                "due_rule": {"rule": "days-after-period-end", "days": 30, "adjust": "next-working-day"},
                "needs_trustees": false, "needs_committee": false,
                "signatures": [
                    {"office": "Section 151 officer", "words": "It is true.", "order": 1},
                    {"office": "Head of the programme", "words": "It is right.", "order": 2},
                ],
            }),
        )
        .await
        .expect(201);
    let drafted = async || -> Option<Value> {
        let listed = officer.get("/api/v1/returns").await.expect(200).json();
        let items = listed["items"].as_array()?.clone();
        let first = from.to_string();
        items
            .into_iter()
            .find(|one| one["period_from"] == first.as_str() && one["state"] == "drafted")
    };
    within(120, "the return is drafted", async || {
        drafted().await.is_some()
    })
    .await;
    let id = drafted().await.unwrap()["id"].as_str().unwrap().to_owned();
    let figure = format!("/api/v1/returns/{id}/figures/finances.menu.c.this");
    within(120, "its figure is the file's sum", async || {
        officer.get(&figure).await.expect(200).json()["value"] == total
    })
    .await;
    within(60, "its workbook is filled", async || {
        let one = officer
            .get(&format!("/api/v1/returns/{id}"))
            .await
            .expect(200)
            .json();
        one["revision"].as_i64() > Some(0)
    })
    .await;

    // SIGTERM: both end by themselves, in time, and say so.
    for (name, process) in [("worker", two), ("api", api)] {
        let ended = process.end();
        assert!(ended.status.success(), "{name}: {ended:?}");
        assert!(
            ended.took < Duration::from_secs(20),
            "{name}: {:?}",
            ended.took
        );
        assert!(ended.log.contains("stopped"), "{name}: {}", ended.log);
        assert!(!ended.log.contains("panicked"), "{name}: {}", ended.log);
    }
    domain::audit::seal(&house.db, &house.ctx).await.unwrap();
    let report = domain::checks::run(&house.db, &house.ctx).await.unwrap();
    assert_eq!(report.findings, []);
    let queue = domain::jobs::view::queue(&house.db, &house.ctx)
        .await
        .unwrap();
    assert_eq!(queue.running, 0, "no job was left behind");
    house.db.close().await.unwrap();
}
