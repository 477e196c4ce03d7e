//! Times what is done about a newer extract of a period that many lines have changed in and many are gone
//! from: reading it, letting the changed rows take the place of the lines that count, accepting it, and
//! taking the lines back that are gone. On SQLite, and on PostgreSQL if a server is named:
//!
//!     newer_extract LINES-OF-EACH FOLDER [POSTGRES-URL]
//!
//! No write may hold the lock over 250 ms; a page of a list is read in the same time wherever it begins.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

use std::fmt::Write;
use std::time::Instant;

use chrono::NaiveDate;
use domain::categories::ops::NewCategory;
use domain::db::{Location, migrate};
use domain::imports::gone::{self, GoneDecision};
use domain::imports::rules::{ColumnRef, Field, ImportProfile};
use domain::imports::{Reader, ops, view};
use domain::organisations::ops::NewOrganisation;
use domain::pools::ops::NewPool;
use domain::{Clock, Ctx, Db, categories, organisations, pools};
use entity::{AttributionPolicy, GoneResolution, ImportProfileId, OrganisationKind, SpendImportId};

/// Rows of a page of a list.
const PAGE: u64 = 50;

fn main() {
    let mut words = std::env::args().skip(1);
    let lines: usize = words.next().map_or(100_000, |lines| lines.parse().unwrap());
    let folder = words.next().expect("a folder for the SQLite file");
    let mut all = vec![(
        "SQLite",
        Location::Sqlite(std::path::Path::new(&folder).join("newer.db")),
    )];
    all.extend(
        words
            .next()
            .map(|url| ("PostgreSQL", Location::Postgres(url))),
    );
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            for (name, location) in all {
                measure(name, location, lines).await;
            }
        });
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// An extract of a year: these lines, each so much dearer; and its control total in pence.
fn extract(lines: std::ops::Range<usize>, dearer: i64) -> (String, i64) {
    let mut text = String::from("transaction,line,received,kind,amount,pool,category,supplier\n");
    let mut total = 0;
    for n in lines {
        let pence = 100 + i64::try_from((n * 7919) % 250_000).unwrap() + dearer;
        total += pence;
        let date = day(2025, 4, 1) + chrono::Days::new(u64::try_from(n % 365).unwrap());
        writeln!(
            text,
            "IN{n:07},1,{date},invoice,{}.{:02},treatment,care,Supplier {} Limited",
            pence / 100,
            pence % 100,
            n % 211,
        )
        .unwrap();
    }
    (text, total)
}

async fn furnish(db: &Db, ctx: &Ctx) -> ImportProfileId {
    let charity = organisations::ops::create(
        db,
        ctx,
        &NewOrganisation {
            org_id: "GB-CHC-9900117".to_owned(),
            name: "Weirside Recovery Community".to_owned(),
            kind: OrganisationKind::Charity,
        },
    )
    .await
    .unwrap();
    let care = NewCategory {
        slug: "care".to_owned(),
        name: "Care".to_owned(),
    };
    categories::ops::create(db, ctx, &care).await.unwrap();
    let pool = NewPool {
        slug: "treatment".to_owned(),
        name: "Treatment".to_owned(),
        purpose: "Treatment".to_owned(),
        holder_id: charity,
        policy: AttributionPolicy::InOrder,
        policy_from: day(2025, 4, 1),
        policy_agreed_by: "Both boards".to_owned(),
        contributions: Vec::new(),
    };
    pools::ops::create(db, ctx, &pool).await.unwrap();
    let column = |name: &str| ColumnRef::Header(name.to_owned());
    let spec = ImportProfile {
        system: "ledger".to_owned(),
        columns: [
            (Field::Transaction, column("transaction")),
            (Field::Line, column("line")),
            (Field::IncurredOn, column("received")),
            (Field::Kind, column("kind")),
            (Field::Amount, column("amount")),
            (Field::Pool, column("pool")),
            (Field::Category, column("category")),
            (Field::Supplier, column("supplier")),
        ]
        .into(),
        ..ImportProfile::default()
    };
    let new = ops::SaveProfile {
        name: "bench".to_owned(),
        spec,
    };
    ops::save_profile(db, ctx, &new).await.unwrap()
}

async fn read(
    db: &Db,
    ctx: &Ctx,
    profile: ImportProfileId,
    (text, total): (String, i64),
) -> SpendImportId {
    let new = ops::NewImport {
        profile_id: profile,
        period_from: day(2025, 4, 1),
        period_to: day(2026, 3, 31),
        control_total_pence: total,
    };
    let reader = Reader {
        program: "/nothing".into(),
    };
    let id = ops::start(db, ctx, &new, "ledger.csv", text.as_bytes())
        .await
        .unwrap();
    ops::read_file(db, ctx, &reader, id).await.unwrap();
    id
}

async fn measure(name: &str, location: Location, lines: usize) {
    migrate(&location, "bench").await.unwrap();
    let db = &Db::open(location).await.unwrap();
    let ctx = &Ctx::system("bench", Clock::system());
    let profile = furnish(db, ctx).await;
    let first = read(db, ctx, profile, extract(0..lines * 2, 0)).await;
    ops::accept(db, ctx, first, None).await.unwrap();
    let mut began = Instant::now();
    db.take_longest_write();
    let mut done = |what: &str, db: &Db| {
        println!(
            "{name:<10} {what:<44} {:7.2} s   longest write {:4} ms",
            began.elapsed().as_secs_f64(),
            db.take_longest_write().as_millis()
        );
        began = Instant::now();
    };
    // half of the lines are dearer, the other half is gone
    let newer = read(db, ctx, profile, extract(0..lines, 7)).await;
    done("the newer extract is read", db);
    let import = view::import(db, ctx, newer).await.unwrap();
    let all = i64::try_from(lines).unwrap();
    assert_eq!((import.rows_faulty, import.rows_gone), (all, all));
    done("one look at it", db);
    let mut last = None;
    for _ in 0..20 {
        let page = view::faults(db, ctx, newer, last, PAGE, false)
            .await
            .unwrap();
        last = page.last().map(|row| row.row);
    }
    done("20 pages of changed rows from the beginning", db);
    let near = u32::try_from(lines).unwrap() - 1_010;
    let mut last = Some(near);
    for _ in 0..20 {
        let page = view::faults(db, ctx, newer, last, PAGE, false)
            .await
            .unwrap();
        assert!(!page.is_empty());
        last = page.last().map(|row| row.row);
    }
    done("20 pages of changed rows at the end", db);
    let why = ops::Replacement {
        reason: "Corrected in the ledger".to_owned(),
    };
    let replaced = ops::replace_changed(db, ctx, newer, &why).await.unwrap();
    assert_eq!(replaced.rows, u64::try_from(lines).unwrap());
    done("changed rows take the lines' place", db);
    ops::accept(db, ctx, newer, None).await.unwrap();
    done("it is accepted", db);
    let mut last = None;
    let mut pages = 0;
    loop {
        let page = view::gone(db, ctx, newer, last, 1_000, false)
            .await
            .unwrap();
        if page.is_empty() {
            break;
        }
        pages += 1;
        last = page.last().map(|row| row.line_id);
    }
    done(&format!("all {pages} pages of a thousand gone lines"), db);
    let decision = GoneDecision {
        decision: GoneResolution::TakenBack,
        reason: "Reversed in the ledger".to_owned(),
        line_ids: None,
    };
    let decided = gone::decide(db, ctx, newer, &decision).await.unwrap();
    assert_eq!(decided.lines, u64::try_from(lines).unwrap());
    done("gone lines are taken back", db);
    let page = view::gone(db, ctx, newer, None, PAGE, false).await.unwrap();
    assert!(page.is_empty());
    done("the list of those that wait, empty", db);
    let page = view::gone(db, ctx, newer, last, PAGE, true).await.unwrap();
    assert!(page.is_empty());
    let import = view::import(db, ctx, newer).await.unwrap();
    assert_eq!(import.rows_gone, 0);
    done("one look at it", db);
}
