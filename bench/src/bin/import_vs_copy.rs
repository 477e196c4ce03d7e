//! Times an import of spend on PostgreSQL and on SQLite, from the file's bytes to attributed lines
//! that count, beside PostgreSQL's `COPY` of the same file into a bare table. Run by
//! `bench/import_vs_copy.sh`, which starts the server: `import_vs_copy POSTGRES-URL ROWS FOLDER`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    missing_docs
)]

use std::fmt::Write;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use domain::attribution;
use domain::awards::ops::NewAward;
use domain::categories::ops::NewCategory;
use domain::db::{Location, migrate};
use domain::imports::rules::{ColumnRef, Field, ImportProfile};
use domain::imports::{Reader, ops, view};
use domain::organisations::ops::NewOrganisation;
use domain::pools::ops::policies::{NewPolicy, PolicyShare, agree};
use domain::pools::ops::{NewContribution, NewPool};
use domain::{Clock, Ctx, Db, Money, awards, categories, organisations, pools};
use entity::{AttributionPolicy, LegalBasis, Nation, OrganisationKind, PaysFor};
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

fn main() {
    let mut words = std::env::args().skip(1);
    let url = words.next().expect("the address of a PostgreSQL database");
    let rows: usize = words.next().map_or(100_000, |rows| rows.parse().unwrap());
    let folder = words.next().expect("a folder for the SQLite file");
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(compare(&url, rows, &folder));
}

async fn compare(url: &str, rows: usize, folder: &str) {
    let (file, total) = file(rows);
    println!("{rows} rows, {} bytes", file.len());
    let postgres = Location::Postgres(url.to_owned());
    let sqlite = Location::Sqlite(std::path::Path::new(folder).join("house.db"));
    for (name, location) in [("PostgreSQL", postgres), ("SQLite", sqlite)] {
        // Both sides by turns: what the machine does besides falls on either.
        let before = copies(url, &file).await;
        let took = import(name, location, rows, &file, total).await;
        let copied = before.min(copies(url, &file).await);
        println!(
            "{name:<10} import {:.3} s   COPY into a bare table {:.3} s (best of 6)   \
             ratio {:.2} (target 10 or less)",
            took.as_secs_f64(),
            copied.as_secs_f64(),
            took.as_secs_f64() / copied.as_secs_f64()
        );
    }
}

async fn copies(url: &str, file: &[u8]) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        best = best.min(copy(url, file).await);
    }
    best
}

/// A ledger extract with every column that a line keeps, and its control total in pence.
fn file(rows: usize) -> (Vec<u8>, i64) {
    let mut text =
        String::from("transaction,line,received,kind,amount,pool,category,supplier,description\n");
    let mut total = 0_i64;
    for n in 0..rows {
        let pence = 100 + i64::try_from((n * 7919) % 250_000).unwrap();
        total += pence;
        let date = NaiveDate::from_ymd_opt(2025, 4, 1).unwrap()
            + chrono::Days::new(u64::try_from(n % 500).unwrap());
        writeln!(
            text,
            "IN{:07},{},{date},invoice,{}.{:02},treatment,{},Supplier {} Limited,\"Work no {n}, as agreed\"",
            n / 3,
            n % 3 + 1,
            pence / 100,
            pence % 100,
            ["care", "recovery", "events", "premises"][n % 4],
            n % 211,
        )
        .unwrap();
    }
    (text.into_bytes(), total)
}

async fn copy(url: &str, file: &[u8]) -> Duration {
    let mut conn = PgConnection::connect(url).await.unwrap();
    conn.execute(AssertSqlSafe(
        "DROP TABLE IF EXISTS bare; CREATE TABLE bare (transaction text, line text, received date, \
         kind text, amount numeric(14,2), pool text, category text, supplier text, \
         description text)",
    ))
    .await
    .unwrap();
    let began = Instant::now();
    let mut copy = conn
        .copy_in_raw("COPY bare FROM STDIN (FORMAT csv, HEADER)")
        .await
        .unwrap();
    for piece in file.chunks(1 << 16) {
        copy.send(piece).await.unwrap();
    }
    copy.finish().await.unwrap();
    let took = began.elapsed();
    conn.execute(AssertSqlSafe("DROP TABLE bare"))
        .await
        .unwrap();
    conn.close().await.unwrap();
    took
}

async fn import(name: &str, location: Location, rows: usize, file: &[u8], total: i64) -> Duration {
    let address = match &location {
        Location::Postgres(url) => url.clone(),
        Location::Sqlite(path) => format!("sqlite:{}?mode=ro", path.display()),
    };
    migrate(&location, "bench").await.unwrap();
    let db = Db::open(location).await.unwrap();
    let ctx = Ctx::system("bench", Clock::system());
    furnish(&db, &ctx, rows).await;
    let reader = Reader {
        program: "/nothing".into(),
    };
    db.take_longest_write();
    let began = Instant::now();
    let whole = ops::import_whole(
        &db,
        &ctx,
        &reader,
        "bench",
        "ledger.csv",
        file,
        (
            NaiveDate::from_ymd_opt(2025, 4, 1).unwrap(),
            NaiveDate::from_ymd_opt(2027, 3, 31).unwrap(),
        ),
        total,
        &mut |_| {},
    )
    .await
    .unwrap();
    assert!(whole.waits_for.is_empty(), "{:?}", whole.waits_for);
    let accepted = began.elapsed();
    assert_eq!(attribution::ops::run_due(&db, &ctx).await.unwrap(), 1);
    let took = began.elapsed();
    let import = view::import(&db, &ctx, whole.import.id).await.unwrap();
    assert_eq!(import.rows_loaded, i64::try_from(rows).unwrap());
    println!(
        "{name:<10} checked, stored and accepted after {:.3} s, attributed after {:.3} s; the \
         longest write {} ms",
        accepted.as_secs_f64(),
        took.as_secs_f64(),
        db.take_longest_write().as_millis()
    );
    position(name, &db, &ctx, &address, rows).await;
    runs(name, &db, &ctx, rows).await;
    took
}

/// Times runs by the optimal rule: one that goes through every line, for a credit came, and one after a single new line.
async fn runs(name: &str, db: &Db, ctx: &Ctx, rows: usize) {
    let pool = pools::view::list(db, ctx, None, 1).await.unwrap()[0].id;
    let seen = pools::view::one(db, ctx, pool).await.unwrap();
    let turn = |award_id| PolicyShare {
        award_id,
        share_bp: None,
    };
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let rule = NewPolicy {
        policy: AttributionPolicy::Optimal,
        starts_on: day("2025-04-01"),
        agreed_by: "Both boards".to_owned(),
        agreed_on: day("2025-04-01"),
        minute: "minute 1".to_owned(),
        reason: "bench".to_owned(),
        awards: seen
            .contributions
            .iter()
            .map(|one| turn(one.award_id))
            .collect(),
        purposes: Vec::new(),
        reaches_back: true,
    };
    agree(db, ctx, pool, None, &rule).await.unwrap();
    assert_eq!(attribution::ops::run_due(db, ctx).await.unwrap(), 1);
    let mut took = Vec::new();
    for (n, (kind, amount)) in [
        ("credit", -1),
        ("invoice", 1),
        ("credit", -1),
        ("invoice", 1),
    ]
    .iter()
    .enumerate()
    {
        let file = format!(
            "transaction,line,received,kind,amount,pool,category,supplier,description\n\
             ONE{n},1,2025-05-05,{kind},{amount}.00,treatment,care,Supplier,One more\n"
        );
        let reader = Reader {
            program: "/nothing".into(),
        };
        let time = (day("2025-04-01"), day("2027-03-31"));
        let whole = ops::import_whole(
            db,
            ctx,
            &reader,
            "bench",
            "one.csv",
            file.as_bytes(),
            time,
            amount * 100,
            &mut |_| {},
        )
        .await
        .unwrap();
        assert!(
            whole.waits_for.is_empty(),
            "{:?} {:?}",
            whole.waits_for,
            whole.faults
        );
        let began = Instant::now();
        assert_eq!(attribution::ops::run_due(db, ctx).await.unwrap(), 1);
        took.push(began.elapsed().as_secs_f64());
    }
    let (whole, one) = (took[0].min(took[2]), took[1].min(took[3]));
    println!(
        "{name:<10} a run by the optimal rule through {rows} lines {whole:.3} s, after one new line {one:.3} s (best of \
         2)   ratio {:.3} (target 0.1 or less)",
        one / whole
    );
}

/// Reads the pool's position beside one sum over its lines, by the index, on the same database.
async fn position(name: &str, db: &Db, ctx: &Ctx, address: &str, rows: usize) {
    use sea_orm::{ConnectionTrait, Statement};
    let conn = sea_orm::Database::connect(address).await.unwrap();
    let pool = pools::view::list(db, ctx, None, 1).await.unwrap()[0].id;
    let (mut read, mut summed) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let began = Instant::now();
        domain::positions::view::of_pool(db, ctx, pool, domain::positions::view::When::default())
            .await
            .unwrap();
        read.push(began.elapsed().as_secs_f64());
        let began = Instant::now();
        let sum = Statement::from_sql_and_values(
            conn.get_database_backend(),
            "SELECT CAST(SUM(amount) AS bigint) AS total FROM spend_line WHERE pool_id = $1",
            [pool.into()],
        );
        conn.query_one_raw(sum).await.unwrap();
        summed.push(began.elapsed().as_secs_f64());
    }
    read.sort_by(f64::total_cmp);
    summed.sort_by(f64::total_cmp);
    println!(
        "{name:<10} the position of a pool of {rows} lines {:.1} ms, one sum over its lines {:.1} ms (medians of 7)   ratio \
         {:.2} (target 1 or less)",
        read[3] * 1000.0,
        summed[3] * 1000.0,
        read[3] / summed[3]
    );
}

/// Eight awards that come to about what is spent, so that most lines are paid for and some are not.
async fn furnish(db: &Db, ctx: &Ctx, rows: usize) {
    let each = Money(i64::try_from(rows).unwrap() * 15_000);
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
    let mut allowed = Vec::new();
    for slug in ["care", "recovery", "events", "premises"] {
        let new = NewCategory {
            slug: slug.to_owned(),
            name: slug.to_owned(),
        };
        allowed.push(categories::ops::create(db, ctx, &new).await.unwrap());
    }
    let mut contributions = Vec::new();
    for n in 0..8_i64 {
        let new = NewAward {
            reference: format!("A{n}"),
            title: format!("Award {n}"),
            programme: "Programme".to_owned(),
            programme_id: None,
            funder_id: charity,
            holder_id: charity,
            accountable_body_id: charity,
            amount_pence: each,
            starts_on: NaiveDate::from_ymd_opt(2025, 4, 1).unwrap(),
            ends_on: NaiveDate::from_ymd_opt(2027, 3, 31).unwrap(),
            nation: Nation::England,
            pays_for: PaysFor::Both,
            legal_basis: LegalBasis::Section31,
            lost_if_unspent: true,
            lead_id: None,
            category_ids: if n % 2 == 0 {
                Vec::new()
            } else {
                allowed.iter().take(2).copied().collect()
            },
            places: Vec::new(),
            groups: Vec::new(),
            fences: Vec::new(),
            years: Vec::new(),
        };
        let award = awards::ops::create(db, ctx, &new).await.unwrap();
        contributions.push(NewContribution {
            award_id: award,
            agreed_pence: each,
        });
    }
    let pool = NewPool {
        slug: "treatment".to_owned(),
        name: "Treatment".to_owned(),
        purpose: "Treatment".to_owned(),
        holder_id: charity,
        policy: AttributionPolicy::InOrder,
        policy_from: NaiveDate::from_ymd_opt(2025, 4, 1).unwrap(),
        policy_agreed_by: "Both boards".to_owned(),
        contributions,
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
            (Field::Description, column("description")),
        ]
        .into(),
        ..ImportProfile::default()
    };
    let profile = ops::SaveProfile {
        name: "bench".to_owned(),
        spec,
    };
    ops::save_profile(db, ctx, &profile).await.unwrap();
}
