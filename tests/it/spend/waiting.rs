//! While a large file of spend is read, accepted and attributed, nobody else waits for it.
//!
//! `TRIBUTARY_ROWS=100000` takes as many rows as are promised; the usual run takes fewer.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use domain::imports::ops::{NewImport, SaveProfile, save_profile, start};
use serde_json::json;

use crate::on_both;
use crate::support::house::House;
use crate::support::visitor::Visitor;

/// What another person's request may be kept waiting.
const PROMISED: Duration = Duration::from_millis(250);

/// The longest that each kind of request took, and how many there were.
#[derive(Clone, Copy, Debug, Default)]
struct Waited {
    write: Duration,
    read: Duration,
    requests: u32,
}

/// Asks for a write and a read, over and over, until it is told to stop.
async fn others(who: Visitor, name: &'static str, stop: Arc<AtomicBool>) -> Waited {
    let mut waited = Waited::default();
    while !stop.load(Ordering::Relaxed) {
        let slug = format!("{name}-{}", waited.requests);
        let began = Instant::now();
        who.post(
            "/api/v1/cost-categories",
            &json!({"slug": slug, "name": slug}),
        )
        .await
        .expect(201);
        waited.write = waited.write.max(began.elapsed());
        let began = Instant::now();
        who.get("/api/v1/spend-lines?limit=20").await.expect(200);
        waited.read = waited.read.max(began.elapsed());
        waited.requests += 1;
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    waited
}

fn begin(who: &Visitor, name: &'static str) -> (Arc<AtomicBool>, tokio::task::JoinHandle<Waited>) {
    let stop = Arc::new(AtomicBool::new(false));
    let asking = tokio::spawn(others(who.clone(), name, Arc::clone(&stop)));
    (stop, asking)
}

async fn end((stop, asking): (Arc<AtomicBool>, tokio::task::JoinHandle<Waited>)) -> Waited {
    stop.store(true, Ordering::Relaxed);
    asking.await.unwrap()
}

/// Rows of a ledger, in a thousand suppliers and two years of days, and what they come to.
fn ledger(rows: i64) -> (String, i64) {
    let mut file = "Number,Line,Date,Amount,Category,Supplier\n".to_owned();
    let mut total = 0;
    for n in 0..rows {
        let pence = 1_00 + n * 7_919 % 2_500_00;
        total += pence;
        let on = chrono::NaiveDate::from_ymd_opt(2024, 10, 1).unwrap()
            + chrono::Days::new((n % 730).unsigned_abs());
        let category = ["care", "events"][usize::from(n % 3 == 0)];
        let (pounds, pence) = (pence / 100, pence % 100);
        writeln!(
            file,
            "IN{},{},{on},{pounds}.{pence:02},{category},Supplier {}",
            n / 3,
            n % 3,
            n % 1_000
        )
        .unwrap();
    }
    (file, total)
}

async fn furnish(house: &House, officer: &Visitor, finance: &Visitor) -> NewImport {
    let mut categories = Vec::new();
    for slug in ["care", "events"] {
        let body = json!({"slug": slug, "name": slug});
        let made = finance.post("/api/v1/cost-categories", &body).await;
        categories.push(made.expect(201).id());
    }
    let mut parts = Vec::new();
    for (n, category) in categories.iter().enumerate() {
        let award = officer
            .post(
                "/api/v1/awards",
                &json!({
                    "reference": format!("A{n}"), "title": format!("Grant {n}"),
                    "programme": "Recovery", "funder_id": house.funder_a,
                    "holder_id": house.council, "accountable_body_id": house.council,
                    "amount_pence": 50_000_000_00_i64, "starts_on": "2024-10-01",
                    "ends_on": "2026-09-30", "nation": "england", "pays_for": "both",
                    "legal_basis": "section-31", "lost_if_unspent": true,
                    "category_ids": [category],
                }),
            )
            .await
            .expect(201)
            .id();
        parts.push(json!({"award_id": award, "agreed_pence": 50_000_000_00_i64}));
    }
    officer
        .post(
            "/api/v1/pools",
            &json!({
                "slug": "recovery", "name": "Recovery", "purpose": "Recovery.",
                "holder_id": house.council, "policy": "in-order", "policy_from": "2024-10-01",
                "policy_agreed_by": "Board, minute 3", "contributions": parts,
            }),
        )
        .await
        .expect(201);
    let spec = json!({
        "system": "ledger", "format": "csv",
        "columns": {
            "transaction": {"header": "Number"}, "line": {"header": "Line"},
            "incurred_on": {"header": "Date"}, "amount": {"header": "Amount"},
            "category": {"header": "Category"}, "supplier": {"header": "Supplier"},
        },
        "defaults": {"pool": "recovery", "kind": "invoice"},
    });
    let profile = SaveProfile {
        name: "Ledger".to_owned(),
        spec: serde_json::from_value(spec).unwrap(),
    };
    let profile_id = save_profile(&house.db, &house.system(), &profile)
        .await
        .unwrap();
    NewImport {
        profile_id,
        period_from: "2024-10-01".parse().unwrap(),
        period_to: "2026-09-30".parse().unwrap(),
        control_total_pence: 0,
    }
}

on_both! {
    async fn a_large_import_keeps_nobody_waiting(house: &House) {
        let rows: i64 = std::env::var("TRIBUTARY_ROWS").map_or(3_000, |rows| rows.parse().unwrap());
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        let worker = house.worker(None);
        let mut new = furnish(house, &officer, &finance).await;
        house.settle(&worker).await;

        // How long the same requests take while nothing is imported: the machine's own share.
        let quiet = begin(&finance, "quiet");
        tokio::time::sleep(Duration::from_secs(1)).await;
        let quiet = end(quiet).await;

        let (file, total) = ledger(rows);
        new.control_total_pence = total;
        house.db.take_longest_write();
        let began = Instant::now();
        let asking = begin(&finance, "reading");
        let system = house.system();
        let import = start(&house.db, &system, &new, "ledger.csv", file.as_bytes()).await.unwrap();
        worker.settle().await.unwrap();
        let reading = end(asking).await;

        let asking = begin(&finance, "attributing");
        let at = format!("/api/v1/imports/{import}");
        let tag = officer.get(&at).await.expect(200).header("etag");
        let method = reqwest::Method::POST;
        finance
            .send(method, &format!("{at}/acceptance"), None, &[("if-match", &tag)])
            .await
            .expect(200);
        worker.settle().await.unwrap();
        let attributing = end(asking).await;
        let longest = house.db.take_longest_write();
        println!(
            "{rows} rows in {:.1?}: longest write transaction {longest:.0?}; longest request of \
             another person, write/read: with nothing going on {:.0?}/{:.0?}, while it was read \
             {:.0?}/{:.0?}, while it was accepted and attributed {:.0?}/{:.0?} ({} requests)",
            began.elapsed(),
            quiet.write, quiet.read, reading.write, reading.read,
            attributing.write, attributing.read,
            2 * (reading.requests + attributing.requests),
        );
        assert!(longest < PROMISED, "a write held the others up for {longest:?}");
        for waited in [reading, attributing] {
            assert!(waited.write < quiet.write + PROMISED, "a write waited {:?}", waited.write);
            assert!(waited.read < quiet.read + PROMISED, "a read waited {:?}", waited.read);
        }
        let sums = finance.get("/api/v1/spend-totals").await.expect(200).json();
        assert_eq!(sums["lines"], rows);
        assert_eq!(sums["amount_pence"], total);
        assert_eq!(sums["unfunded_pence"], 0, "{sums}");
    }
}
