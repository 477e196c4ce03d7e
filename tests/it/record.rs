//! The record: what was done is chained, and a change to it is found.

use domain::audit;
use domain::db::Location;
use sea_orm::{ConnectionTrait, Database};
use serde_json::json;

use crate::on_both;

/// A connection past the house's one door, as somebody with the database's password has.
async fn behind_its_back(house: &crate::support::house::House) -> sea_orm::DatabaseConnection {
    let url = match house.db.location() {
        Location::Sqlite(path) => format!("sqlite://{}", path.display()),
        Location::Postgres(url) => url.clone(),
    };
    Database::connect(url).await.expect("a connection")
}

/// Puts a column of every entry to something else for a while, and says what verifying found.
async fn tampered(house: &crate::support::house::House, change: &str, back: &str) -> Vec<String> {
    let conn = behind_its_back(house).await;
    conn.execute_unprepared(change).await.expect("a change");
    let problems = audit::verify(&house.db, None)
        .await
        .expect("a verdict")
        .problems;
    conn.execute_unprepared(back).await.expect("a change back");
    problems
}

on_both! {
    async fn a_changed_entry_is_found(house: &House) {
        let officer = house.grants_officer().await;
        officer.post("/api/v1/organisations",
            &json!({"org_id": "GB-CHC-5", "name": "Five", "kind": "provider"})).await.expect(201);
        audit::seal(&house.db, &house.system()).await.expect("sealed");
        let problems = tampered(house,
            "UPDATE audit_entry SET request_id = request_id || 'x' WHERE sealed_seq = 2",
            "UPDATE audit_entry SET request_id = substr(request_id, 1, length(request_id) - 1) WHERE sealed_seq = 2").await;
        assert!(problems.iter().any(|text| text.contains("Entry 2")), "{problems:?}");
        assert!(audit::verify(&house.db, None).await.expect("a verdict").problems.is_empty());
    }

    async fn a_removed_entry_is_found_against_the_noted_head(house: &House) {
        house.grants_officer().await;
        let sealed = audit::seal(&house.db, &house.system()).await.expect("sealed");
        let last = sealed.seq;
        assert!(audit::verify(&house.db, Some(&sealed.head)).await.expect("a verdict").problems.is_empty());
        let conn = behind_its_back(house).await;
        let take = format!("UPDATE audit_entry SET sealed_seq = NULL WHERE sealed_seq = {last}");
        let id = conn.query_one_raw(sea_orm::Statement::from_string(conn.get_database_backend(),
            format!("SELECT id FROM audit_entry WHERE sealed_seq = {last}"))).await.expect("a row").expect("a row")
            .try_get::<uuid::Uuid>("", "id").expect("an id");
        conn.execute_unprepared(&take).await.expect("taken out");
        let verdict = audit::verify(&house.db, Some(&sealed.head)).await.expect("a verdict");
        assert!(verdict.problems.iter().any(|text| text.contains("does not hold the head")), "{verdict:?}");
        conn.execute_raw(sea_orm::Statement::from_sql_and_values(conn.get_database_backend(),
            "UPDATE audit_entry SET sealed_seq = $1 WHERE id = $2", [last.into(), id.into()])).await.expect("put back");
    }

    async fn what_was_done_carries_no_personal_values_in_the_chain(house: &House) {
        let administrator = house.administrator().await;
        administrator.post("/api/v1/people", &json!({
            "email": "robin@example.org", "display_name": "Robin", "organisation_id": house.home.to_string(), "role": "trustee",
        })).await.expect(201);
        let conn = behind_its_back(house).await;
        let rows = conn.query_all_raw(sea_orm::Statement::from_string(conn.get_database_backend(),
            "SELECT CAST(detail AS text) AS detail FROM audit_entry")).await.expect("rows");
        for row in rows {
            let detail: String = row.try_get("", "detail").expect("text");
            assert!(!detail.contains("robin") && !detail.contains("Robin"), "{detail}");
        }
    }
}

/// D3: while another process holds SQLite's write lock, nobody gets a 500.
#[test]
fn a_busy_sqlite_answers_try_again() {
    use crate::support::house::{On, run};
    run(On::Sqlite, async |house| {
        let officer = house.grants_officer().await;
        let conn = behind_its_back(house).await;
        conn.execute_unprepared("BEGIN IMMEDIATE")
            .await
            .expect("the lock");
        let reply = officer
            .post(
                "/api/v1/organisations",
                &json!({"org_id": "GB-CHC-6", "name": "Six", "kind": "provider"}),
            )
            .await
            .expect(503);
        assert_eq!(reply.header("retry-after"), "2");
        conn.execute_unprepared("ROLLBACK").await.expect("released");
        officer
            .post(
                "/api/v1/organisations",
                &json!({"org_id": "GB-CHC-6", "name": "Six", "kind": "provider"}),
            )
            .await
            .expect(201);
    });
}
