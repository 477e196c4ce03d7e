//! The record: what was done is chained, and a change to it is found.

use domain::audit;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::json;

use crate::on_both;
use crate::support::pages::open;

/// A connection past the house's one door, by somebody who owns the database and takes its triggers
/// and constraints away first.
async fn behind_its_back(house: &crate::support::house::House) -> sea_orm::DatabaseConnection {
    let conn = house.behind_its_back().await;
    for table in ["audit_entry", "file_chunk"] {
        let take = match conn.get_database_backend() {
            DbBackend::Sqlite => vec![
                "PRAGMA ignore_check_constraints = ON".to_owned(),
                format!("DROP TRIGGER IF EXISTS no_change_{table}"),
                format!("DROP TRIGGER IF EXISTS no_remove_{table}"),
            ],
            _ => vec![
                format!("ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_sealed_seq_check"),
                format!("ALTER TABLE {table} DISABLE TRIGGER USER"),
            ],
        };
        for statement in take {
            conn.execute_unprepared(&statement)
                .await
                .expect("taken away");
        }
    }
    conn
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

    async fn what_the_nightly_check_finds_stands_on_operations(house: &House) {
        use domain::checks::run_and_keep;
        let administrator = house.administrator().await;
        let page = open(&administrator, "/operations").await;
        page.says("The check of the whole database").says("Not yet");
        administrator.post("/api/v1/organisations",
            &json!({"org_id": "GB-CHC-5", "name": "Five", "kind": "provider"})).await.expect(201);
        audit::seal(&house.db, &house.system()).await.expect("sealed");
        let conn = behind_its_back(house).await;
        let change = "UPDATE audit_entry SET request_id = request_id || 'x' WHERE sealed_seq = 2";
        conn.execute_unprepared(change).await.expect("a change");
        run_and_keep(&house.db, &house.system()).await.expect("a report");
        let page = open(&administrator, "/operations").await;
        page.says("The check of the whole database found 1 thing that is wrong.").says("1 thing is wrong")
            .says("Nothing in the audit log was changed or removed").says("Entry 2")
            .does_not_say("Everything that should have happened by now is done");
        let told = administrator.get("/api/v1/operations").await.expect(200).json();
        assert_eq!(told["last_check"]["findings"][0]["check"], json!("audit-chain"));
        let back = "UPDATE audit_entry SET request_id = substr(request_id, 1, length(request_id) - 1) WHERE sealed_seq = 2";
        conn.execute_unprepared(back).await.expect("a change back");
        run_and_keep(&house.db, &house.system()).await.expect("a report");
        open(&administrator, "/operations").await.does_not_say("wrong").says("Everything that should have happened by now is done.");
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

    async fn an_entry_that_was_put_in_past_the_sealer_is_found(house: &House) {
        let officer = house.grants_officer().await;
        let organisation = officer.post("/api/v1/organisations",
            &json!({"org_id": "GB-CHC-5", "name": "Five", "kind": "provider"})).await.expect(201).id();
        let sealed = audit::seal(&house.db, &house.system()).await.expect("sealed");
        let conn = behind_its_back(house).await;
        for number in [0, -7] {
            conn.execute_unprepared(&format!(
                "INSERT INTO audit_entry SELECT {}, at, actor_kind, actor_id, 'returns.approve', subject_kind, \
                 subject_id, detail, request_id, NULL, {number}, chain_hash FROM audit_entry WHERE sealed_seq = {}",
                if conn.get_database_backend() == DbBackend::Sqlite {
                    format!("'{}'", uuid::Uuid::now_v7())
                } else {
                    format!("'{}'::uuid", uuid::Uuid::now_v7())
                }, sealed.seq)).await.expect("planted");
            for head in [None, Some(sealed.head.as_str())] {
                let problems = audit::verify(&house.db, head).await.expect("a verdict").problems;
                assert!(problems.iter().any(|text| text.contains("past the sealer")), "{number}: {problems:?}");
            }
            let page = house.administrator().await.get(&format!("/history/organisation/{organisation}")).await;
            assert!(!page.text.contains("greed"), "the history shows it: {}", page.text);
            conn.execute_unprepared(&format!("DELETE FROM audit_entry WHERE sealed_seq = {number}")).await.expect("removed");
        }
        // personal values beside an entry that was written without any
        conn.execute_unprepared(&format!(
            "INSERT INTO audit_personal SELECT e.id, p.salt, p.value FROM audit_entry e, audit_personal p \
             WHERE e.personal_hash IS NULL AND e.sealed_seq = {} LIMIT 1", sealed.seq)).await.expect("planted");
        let problems = audit::verify(&house.db, None).await.expect("a verdict").problems;
        assert!(problems.iter().any(|text| text.contains("now has some")), "{problems:?}");
        conn.execute_unprepared("DELETE FROM audit_personal WHERE entry_id IN \
            (SELECT id FROM audit_entry WHERE personal_hash IS NULL)").await.expect("removed");
    }

    async fn a_log_that_was_cut_short_is_found_also_when_it_grew_since(house: &House) {
        house.grants_officer().await;
        let sealed = audit::seal(&house.db, &house.system()).await.expect("sealed");
        let conn = behind_its_back(house).await;
        let keep = "CREATE TABLE kept AS SELECT * FROM audit_entry WHERE sealed_seq = ";
        conn.execute_unprepared(&format!("{keep}{}", sealed.seq)).await.expect("kept");
        let personal = "DELETE FROM audit_personal WHERE entry_id IN (SELECT id FROM kept)";
        conn.execute_unprepared(personal).await.expect("removed");
        conn.execute_unprepared(&format!("DELETE FROM audit_entry WHERE sealed_seq = {}", sealed.seq)).await.expect("cut");
        let lost = async || {
            let verdict = audit::verify(&house.db, None).await.expect("a verdict");
            verdict.problems.iter().any(|text| text.contains(&format!("Entry {} was sealed", sealed.seq)))
        };
        assert!(lost().await);
        house.administrator().await;
        audit::seal(&house.db, &house.system()).await.expect("sealed");
        house.administrator().await;
        audit::seal(&house.db, &house.system()).await.expect("sealed");
        assert!(lost().await, "the next entries took its place, and it was forgotten");
        // this house is beyond mending: forget what was lost, so that it can be left
        conn.execute_unprepared("DELETE FROM setting WHERE key = 'audit-heads-lost'").await.expect("forgotten");
    }

    async fn a_text_that_is_no_head_is_not_taken_for_a_lost_one(house: &House) {
        for head in ["zz", "", &"g".repeat(64), &"a".repeat(63)] {
            let refused = audit::verify(&house.db, Some(head)).await;
            assert!(matches!(refused, Err(domain::Error::Invalid(_))), "{head}");
        }
    }

    async fn what_was_recorded_cannot_be_changed_by_a_statement(house: &House) {
        house.grants_officer().await;
        let conn = house.behind_its_back().await;
        let refused = async |statement: &str| {
            let error = conn.execute_unprepared(statement).await.expect_err(statement);
            assert!(error.to_string().contains("kept as they were written"), "{statement}: {error}");
        };
        refused("UPDATE audit_entry SET command = 'x'").await;
        refused("DELETE FROM audit_entry").await;
        audit::seal(&house.db, &house.system()).await.expect("sealed");
        refused("UPDATE audit_entry SET sealed_seq = sealed_seq + 1000").await;
        refused("UPDATE audit_entry SET chain_hash = NULL").await;
        // personal values can be erased
        conn.execute_unprepared("DELETE FROM audit_personal").await.expect("erased");
        assert!(audit::verify(&house.db, None).await.expect("a verdict").problems.is_empty());
    }

    async fn the_days_head_is_mailed_to_each_auditor_once(house: &House) {
        use entity::{MailKind, Role, mail};
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
        let auditor = house.person(Role::Auditor, house.home).await;
        let other = house.person(Role::Auditor, house.council).await;
        let officer = house.grants_officer().await;
        let worker = house.worker(None);
        let heads = async || {
            house.settle(&worker).await;
            house.settle(&worker).await;
            house.settle(&worker).await;
            mail::Entity::find().filter(mail::Column::Kind.eq(MailKind::AuditHead))
                .all(&house.behind_its_back().await).await.expect("mails")
        };
        let first = heads().await;
        assert_eq!(first.len(), 2, "{first:?}");
        let known = audit::head(&house.db).await.expect("a head").expect("a head");
        let told = house.told(&auditor).await;
        assert!(told[0].1.contains("tributary audit verify --head "), "{told:?}");
        assert!(house.told(&other).await[0].0.starts_with("Audit log"));
        assert!(!house.told(&officer).await.iter().any(|mail| mail.0.contains("Audit log")));
        let mailed = told[0].1.rsplit(' ').next().expect("a head").to_owned();
        assert!(audit::verify(&house.db, Some(&mailed)).await.expect("a verdict").problems.is_empty(), "{known:?}");
        assert_eq!(heads().await.len(), 2, "once a day");
        // three days on which nothing ran end in one mail each, and the earlier heads still hold
        house.advance(chrono::Duration::days(3));
        assert_eq!(heads().await.len(), 4);
        assert!(audit::verify(&house.db, Some(&mailed)).await.expect("a verdict").problems.is_empty());
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
