//! A database that an earlier program filled is brought up to this one's schema with nothing lost, and
//! nothing in it is found wrong.
//!
//! The rows are those of a house of today, as far as the earlier schema has tables and columns for them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{AwardMoneyKind, CarryForward, Money, PoolId, YearStanding};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait};

use super::open::{close, migrate, pools};
use super::{Db, Location};
use crate::attribution::tests::load;
use crate::attribution::{ops, view};
use crate::awards::ops::{NewAmendment, NewAwardYear};
use crate::awards::rules::terms::TermsChange;
use crate::payments::ops::{NewMoney, NewPayment, NewPayments};
use crate::spend::testing::{Given, House, day, on_each};
use crate::{awards, checks, payments};

/// Rows that a later step makes by itself: a table, and what the earlier schema had of it.
type Made = (&'static str, &'static str);

/// Columns that a later step moved elsewhere: of which table, which, and where their values are today.
const MOVED: &[(&str, &str, &str)] = &[
    ("pool", "policy", "policy"),
    ("pool", "policy_from", "starts_on"),
    ("pool", "policy_agreed_by", "agreed_by"),
];

/// The names in a column of what a query gives.
async fn names(conn: &impl ConnectionTrait, sql: String) -> Vec<String> {
    conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql))
        .await
        .unwrap()
        .iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

async fn say(conn: &impl ConnectionTrait, sql: &str) {
    if let Err(error) = conn.execute_unprepared(sql).await {
        panic!("{sql}: {error}");
    }
}

/// Copies every row of the schema `today`, as far as there is a place for it.
async fn copied(conn: &impl ConnectionTrait, made: &[Made]) {
    let sqlite = conn.get_database_backend() == DbBackend::Sqlite;
    let tables = if sqlite {
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    } else {
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    };
    let mut rows = 0;
    for table in names(conn, tables.to_owned()).await {
        if table == "seaql_migrations" {
            continue;
        }
        let columns = async |schema: &str| -> BTreeSet<String> {
            let sql = if sqlite {
                format!("SELECT name FROM pragma_table_info('{table}', '{schema}')")
            } else {
                format!(
                    "SELECT CAST(column_name AS text) FROM information_schema.columns \
                     WHERE table_schema = '{schema}' AND table_name = '{table}'"
                )
            };
            names(conn, sql).await.into_iter().collect()
        };
        let then = columns(if sqlite { "main" } else { "public" }).await;
        let both: Vec<String> = columns("today")
            .await
            .intersection(&then)
            .cloned()
            .collect();
        assert!(
            !both.is_empty(),
            "{table} has nothing in common with today's"
        );
        let (mut into_columns, mut from_columns) = (both.clone(), both);
        for (_, column, now) in MOVED.iter().filter(|(of, ..)| *of == table) {
            if then.contains(*column) {
                into_columns.push((*column).to_owned());
                from_columns.push(format!(
                    "(SELECT r.{now} FROM today.pool_policy r WHERE r.pool_id = t.id AND r.seq = 1)"
                ));
            }
        }
        let (into_columns, from_columns) = (into_columns.join(", "), from_columns.join(", "));
        let there = made
            .iter()
            .find(|(name, _)| *name == table)
            .map_or("1 = 1", |(_, there)| there);
        let into = if sqlite { "main" } else { "public" };
        let done = conn
            .execute_unprepared(&format!(
                "INSERT INTO {into}.{table} ({into_columns}) \
                 SELECT {from_columns} FROM today.{table} t WHERE {there}"
            ))
            .await;
        rows += done
            .unwrap_or_else(|error| panic!("{table}: {error}"))
            .rows_affected();
    }
    assert!(rows > 40, "only {rows} rows were there to be brought up");
}

/// Takes the first steps, up to the one that is named.
async fn first_steps(conn: &DatabaseConnection, last: &str) {
    let steps = migration::known().position(|name| name == last).unwrap() + 1;
    let steps = u32::try_from(steps).unwrap();
    Migrator::up(conn, Some(steps)).await.unwrap();
}

/// What a house holds, in a database as the program of this step left it, brought up to date.
async fn brought_up(house: &House, step: &str, made: &[Made]) -> Db {
    let location = match &house.db.inner.location {
        Location::Sqlite(path) => {
            let old = Location::Sqlite(path.with_file_name("old.sqlite"));
            let (read, write) = pools(&old).await.unwrap();
            first_steps(&write, step).await;
            say(&write, "PRAGMA foreign_keys = OFF").await;
            say(&write, &format!("ATTACH '{}' AS today", path.display())).await;
            copied(&write, made).await;
            let lost = names(
                &write,
                "SELECT \"table\" FROM pragma_foreign_key_check".to_owned(),
            );
            assert_eq!(lost.await, Vec::<String>::new());
            say(&write, "DETACH today").await;
            close(read, write).await.unwrap();
            old
        }
        location @ Location::Postgres(_) => {
            let (read, write) = pools(location).await.unwrap();
            say(&write, "ALTER SCHEMA public RENAME TO today").await;
            say(&write, "CREATE SCHEMA public").await;
            first_steps(&write, step).await;
            let tx = write.begin().await.unwrap();
            // the order of the tables is nobody's business here
            say(&tx, "SET LOCAL session_replication_role = replica").await;
            copied(&tx, made).await;
            tx.commit().await.unwrap();
            say(&write, "DROP SCHEMA today CASCADE").await;
            close(read, write).await.unwrap();
            location.clone()
        }
    };
    let done = migrate(&location, "test").await.unwrap();
    assert!(done.steps > 0, "{step} is the last");
    Db::open(location).await.unwrap()
}

/// Awards with a fence behind a pool, two files of spend, attributed twice.
async fn filled(house: &House) -> PoolId {
    let care = house.category("care").await;
    house.category("events").await;
    let window = (day(2026, 4, 1), day(2027, 3, 31));
    let first = house
        .given(Given {
            reference: "A",
            amount: 10_000,
            window,
            categories: &[],
            fence: Some((2_000, 6_000, care)),
        })
        .await;
    let second = house
        .given(Given {
            reference: "B",
            amount: 5_000,
            window,
            categories: &[care],
            fence: None,
        })
        .await;
    let pool = house.pool("p", &[(first, 9_000), (second, 4_000)]).await;
    let lines = [(10, 8_000, "care", "p"), (20, 1_000, "events", "p")];
    load(house, "x", &lines).await;
    ops::run_due(&house.db, &house.worker).await.unwrap();
    load(
        house,
        "y",
        &[(5, 4_500, "care", "p"), (6, -500, "events", "p")],
    )
    .await;
    ops::run_due(&house.db, &house.worker).await.unwrap();
    pool
}

/// What each award pays, and what is not covered.
async fn sums(db: &Db, house: &House, pool: PoolId) -> (i64, Vec<i64>, i64) {
    let year: (NaiveDate, NaiveDate) = (day(2026, 4, 1), day(2027, 3, 31));
    let spend = view::pool_spend(db, &house.officer, pool, year)
        .await
        .unwrap();
    let by = spend.by_award.iter().map(|a| a.attributed_pence).collect();
    (spend.spend_pence, by, spend.unfunded_pence)
}

async fn wrong(db: &Db, house: &House) -> Vec<String> {
    let report = checks::run(db, &house.worker).await.unwrap();
    report
        .findings
        .into_iter()
        // nobody seals the log here
        .filter(|finding| finding.check != "audit-chain")
        .map(|finding| format!("{}: {}", finding.check, finding.message))
        .collect()
}

/// Years came with a later step, which gives every award one.
const BEFORE_YEARS: &[Made] = &[("award_year", "1 = 0"), ("balance", "kind <> 'award-year'")];

#[test]
fn what_was_there_before_awards_had_years_is_whole_afterwards() {
    on_each(async |house| {
        let pool = filled(&house).await;
        let before = sums(&house.db, &house, pool).await;
        assert_eq!(before.0, 13_000);
        let db = brought_up(&house, "m0010_award_years", BEFORE_YEARS).await;
        assert_eq!(wrong(&db, &house).await, Vec::<String>::new());
        assert_eq!(sums(&db, &house, pool).await, before);
        // years are new facts to attribute by, and change nothing
        ops::run_due(&db, &house.worker).await.unwrap();
        assert_eq!(sums(&db, &house, pool).await, before);
        assert_eq!(wrong(&db, &house).await, Vec::<String>::new());
    });
}

#[test]
fn amendments_payments_and_spend_are_whole_after_the_steps_that_came_later() {
    on_each(async |house| {
        let pool = filled(&house).await;
        let (db, me) = (&house.db, &house.worker);
        let award = awards::view::list(db, me, awards::view::Filter::default(), None, 10)
            .await
            .unwrap()
            .items[0]
            .id;
        let amendment = NewAmendment {
            effective_on: me.today(),
            reason: "More money".to_owned(),
            with_whom: "Bea, letter".to_owned(),
            change: TermsChange {
                years: Some(vec![NewAwardYear {
                    starts_on: day(2026, 4, 1),
                    ends_on: day(2027, 3, 31),
                    amount_pence: Money(12_000),
                    standing: YearStanding::Confirmed,
                    carry_forward: CarryForward::None,
                }]),
                ..TermsChange::default()
            },
        };
        awards::ops::amend(db, me, award, None, &amendment)
            .await
            .unwrap();
        let promised = NewPayments {
            payments: vec![NewPayment {
                due_on: day(2026, 10, 1),
                amount_pence: Money(6_000),
                note: "In advance".to_owned(),
            }],
        };
        payments::ops::schedule(db, &house.officer, award, &promised)
            .await
            .unwrap();
        let receipt = NewMoney {
            kind: AwardMoneyKind::Receipt,
            happened_on: day(2026, 10, 2),
            amount_pence: Money(5_000),
            ledger_reference: "R-1".to_owned(),
            payment_id: None,
            note: String::new(),
        };
        payments::ops::record(db, &house.officer, award, &receipt)
            .await
            .unwrap();
        ops::run_due(db, me).await.unwrap();
        let before = sums(db, &house, pool).await;
        let db = brought_up(&house, "m0030_pieces", &[]).await;
        assert_eq!(wrong(&db, &house).await, Vec::<String>::new());
        assert_eq!(sums(&db, &house, pool).await, before);
        ops::run_due(&db, me).await.unwrap();
        assert_eq!(sums(&db, &house, pool).await, before);
        assert_eq!(wrong(&db, &house).await, Vec::<String>::new());
    });
}

#[test]
fn each_later_step_takes_over_what_the_one_before_it_left() {
    for step in [
        "m0014_payments",
        "m0023_commitments_kept",
        "m0042_virements",
        "m0046_gone_lines",
        "m0065_findings_in_their_words",
    ] {
        on_each(async |house| {
            let pool = filled(&house).await;
            let before = sums(&house.db, &house, pool).await;
            let db = brought_up(&house, step, &[]).await;
            assert_eq!(wrong(&db, &house).await, Vec::<String>::new(), "{step}");
            assert_eq!(sums(&db, &house, pool).await, before, "{step}");
        });
    }
}
