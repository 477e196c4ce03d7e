//! A link for somebody at a funder goes by mail: it arrives, opens what is theirs, and what opens it is kept
//! nowhere that can be read.

use chrono::Days;
use entity::{MailKind, MailState, Role, mail};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};
use serde_json::{Value, json};

use super::duty::{outbox, worker};
use crate::on_both;
use crate::support::house::House;
use crate::support::pages::open;
use crate::support::smtp::{Fault, Smtp};
use crate::support::visitor::Visitor;

const TO: &str = "sam.field@department.example";

/// An award of the funder, and somebody there with an address.
async fn has_award_and_contact(house: &House, officer: &Visitor) -> String {
    let award = json!({
        "reference": "DR/1", "title": "A place to belong", "programme": "Places",
        "funder_id": house.funder_a, "holder_id": house.council, "accountable_body_id": house.council,
        "amount_pence": 90_000_00, "starts_on": "2026-04-01", "ends_on": "2027-03-31", "nation": "england",
        "pays_for": "both", "legal_basis": "grant-agreement", "lost_if_unspent": true,
    });
    officer.post("/api/v1/awards", &award).await.expect(201);
    let path = format!("/api/v1/organisations/{}/contacts", house.funder_a);
    let sam = json!({"name": "Sam Field", "about": "Claims", "email": TO});
    officer.post(&path, &sam).await.expect(201).id()
}

/// Every table's rows as text, searched by the database itself or in its files.
async fn is_readable(house: &House, secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    match house.db.location().clone() {
        domain::db::Location::Sqlite(path) => {
            for file in [path.clone(), path.with_extension("db-wal")] {
                let bytes = std::fs::read(&file).unwrap_or_default();
                if bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes())
                {
                    found.push(file.display().to_string());
                }
            }
        }
        _ => {
            let conn = house.behind_its_back().await;
            let backend = conn.get_database_backend();
            let all = "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = 'public'";
            for row in conn
                .query_all_raw(Statement::from_string(backend, all.to_owned()))
                .await
                .unwrap()
            {
                let table: String = row.try_get_by_index(0).unwrap();
                let sql =
                    format!("SELECT 1 FROM \"{table}\" t WHERE CAST(t AS text) LIKE '%{secret}%'");
                let hits = conn
                    .query_all_raw(Statement::from_string(backend, sql))
                    .await
                    .unwrap();
                if !hits.is_empty() {
                    found.push(table);
                }
            }
        }
    }
    found
}

fn secret_in(message: &crate::support::mail::Message) -> String {
    let links = message.links();
    let link = links
        .iter()
        .find(|link| link.contains("/funder-link?key="))
        .expect("the link");
    link.split("key=").nth(1).expect("its secret").to_owned()
}

on_both! {
    async fn a_funders_link_is_mailed_opens_and_is_stored_nowhere(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let administrator = house.administrator().await;
        let contact = has_award_and_contact(house, &officer).await;
        let smtp = Smtp::start().await;
        let worker = worker(house, Some(&smtp));
        worker.settle().await.unwrap();
        let home = format!("/organisations/{}/links", house.funder_a);
        let page = open(&officer, &format!("{home}/new")).await;
        page.says(&format!("By mail to Sam Field ({TO})"));
        let until = house.system().today() + Days::new(14);
        let refused = page.form(&home).send(&officer).await.expect(422);
        assert!(refused.text.contains("Choose how it gets there."), "{}", refused.text);
        let made = page.form(&home).fill("contact_id", &contact)
            .fill("ends_on", &until.format("%d/%m/%Y").to_string())
            .send(&officer).await.expect(200);
        assert!(made.text.contains("The link is on its way"), "{}", made.text);
        assert!(!made.text.contains("tribview_"), "nobody here reads it");
        open(&officer, &home).await.says("Sam Field, by mail").says("Waits to be sent").says("Not yet");

        // the mail server dies before it says that it took the mail: it is sent again, and both copies open
        smtp.fail_next([Fault::DieAfterDot]);
        worker.settle().await.unwrap();
        open(&officer, &home).await.says("It may have arrived");
        house.advance(chrono::Duration::seconds(5));
        worker.settle().await.unwrap();
        let copies = smtp.messages_to(TO);
        assert_eq!(copies.len(), 2, "{}", smtp.transcript());
        assert_eq!(copies[0].message_id(), copies[1].message_id());
        for copy in &copies {
            assert_eq!(copy.subject(), "See where your funding stands");
            assert!(copy.text().contains("Hello Sam Field,"), "{}", copy.text());
            let secret = secret_in(copy);
            assert!(copy.html().contains(&secret));
            let guest = Visitor::by_link(&house.address, &secret).await;
            open(&guest, "/awards").await.says("A place to belong");
            guest.get("/outbox").await.expect(403);
            assert_eq!(is_readable(house, &secret).await, Vec::<String>::new());
        }
        open(&officer, &home).await.says("Works").says("2 times, last");

        // the outbox does not know of it
        let rows = mail::Entity::find().filter(mail::Column::Kind.eq(MailKind::FunderLink))
            .all(&house.behind_its_back().await).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].state, &rows[0].text_body, &rows[0].html_body), (MailState::Sent, &None, &None));
        assert!(outbox(house).await.iter().all(|one| one.id != rows[0].id));
        let shown = administrator.get("/api/v1/outbox").await.expect(200).text;
        assert!(!shown.contains(TO) && !shown.contains("See where your funding stands"), "{shown}");
        administrator.get(&format!("/outbox/{}", rows[0].id)).await.expect(404);

        // taken back before it leaves, it is not sent
        let path = format!("/api/v1{home}");
        let new = json!({"contact_id": contact, "ends_on": until.to_string()});
        let made = officer.post(&path, &new).await.expect(201).json();
        assert_eq!(made["secret"], Value::Null);
        let id = made["id"].as_str().unwrap();
        officer.delete(&format!("{path}/{id}")).await.expect(204);
        worker.settle().await.unwrap();
        assert_eq!(smtp.messages_to(TO).len(), 2);
        let listed = officer.get(&path).await.expect(200).json();
        assert_eq!((&listed["items"][0]["state"], &listed["items"][0]["mail_state"]), (&json!("taken-back"), &json!("cancelled")));

        // whoever is taken out has none any more, and is not named
        let guest = Visitor::by_link(&house.address, &secret_in(&copies[1])).await;
        officer.delete(&format!("/api/v1/organisations/{}/contacts/{contact}", house.funder_a)).await.expect(204);
        guest.get("/api/v1/awards").await.expect(401);
        let links = open(&officer, &home).await;
        links.says("A contact who was taken out").does_not_say("Sam Field");
    }
}
