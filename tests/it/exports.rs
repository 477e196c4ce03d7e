//! The way out: everything that was entered, opened by somebody who knows nothing of this house.

use std::collections::HashMap;
use std::io::{Cursor, Read as _};

use serde_json::{Value, json};

use crate::on_both;
use crate::returns::story::{LEDGER, Story};

type Archive = zip::ZipArchive<Cursor<Vec<u8>>>;
type Row = HashMap<String, String>;

fn bytes(archive: &mut Archive, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut file = archive.by_name(name).expect("a file of the archive");
    file.read_to_end(&mut bytes).expect("its bytes");
    bytes
}

fn table(archive: &mut Archive, name: &str) -> Vec<Row> {
    let bytes = bytes(archive, name);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    reader
        .deserialize()
        .map(|row| row.expect("a row"))
        .collect()
}

fn pence(row: &Row) -> i64 {
    row["amount"].parse().expect("whole pence")
}

on_both! {
    async fn the_archive_adds_up_to_the_penny_and_its_files_are_what_came(house: &House) {
        let mut story = Story::begin(house, None).await;
        story.drafted().await;
        let administrator = house.administrator().await;
        let reply = administrator.send(reqwest::Method::POST, "/api/v1/full-exports", None, &[]).await.expect(200);
        assert_eq!(reply.header("content-type"), "application/zip");
        let mut archive = Archive::new(Cursor::new(reply.bytes)).expect("an archive");

        // spend that counts, and what awards pay of it
        let accepted = |rows: Vec<Row>| -> Vec<String> {
            rows.into_iter().filter(|row| row["state"] == "accepted").map(|row| row["id"].clone()).collect()
        };
        let imports = accepted(table(&mut archive, "spend_import.csv"));
        let lines = table(&mut archive, "spend_line.csv");
        let spent: i64 = lines.iter().filter(|line| imports.contains(&line["import_id"])).map(pence).sum();
        assert_eq!(spent, LEDGER.iter().map(|line| line.2).sum::<i64>());
        let runs = accepted(table(&mut archive, "attribution_run.csv"));
        let attributed: i64 = table(&mut archive, "attribution.csv").iter()
            .filter(|row| runs.contains(&row["run_id"])).map(pence).sum();
        let awards = story.officer.get("/api/v1/awards").await.expect(200).json();
        let awards = awards["items"].as_array().expect("awards");
        let award = awards.iter().find(|award| award["reference"] == "SMRRS-26-014").expect("the award");
        assert_eq!(json!(attributed), award["attributed_pence"]);

        // every resource is there, with as many rows and the hash that is stated
        let package: Value = serde_json::from_slice(&bytes(&mut archive, "datapackage.json")).expect("JSON");
        let resources = package["resources"].as_array().expect("resources");
        let mut files = 0;
        for resource in resources {
            let path = resource["path"].as_str().expect("a path");
            match resource["hash"].as_str() {
                Some(hash) => {
                    files += 1;
                    let found = domain::files::sha256(&bytes(&mut archive, path));
                    assert_eq!(hash, format!("sha256:{found}"), "{path}");
                }
                None => {
                    let rows = table(&mut archive, path);
                    assert_eq!(resource["rows"], json!(rows.len()), "{path}");
                    let fields = resource["schema"]["fields"].as_array().expect("fields");
                    assert!(rows.iter().all(|row| row.len() == fields.len()), "{path}");
                }
            }
        }
        assert_eq!(archive.len(), resources.len() + 2, "besides README.txt and datapackage.json");
        assert!(files > 1);
        // nothing to sign in with
        let people = table(&mut archive, "person.csv");
        assert!(people.iter().all(|row| row.keys().all(|name| !name.starts_with("totp"))));

        // it stands in the record; others may not
        let audit = table(&mut archive, "audit_entry.csv");
        assert!(audit.iter().any(|row| row["command"] == "exports.everything"));
        let refused = story.officer.get("/export").await.status;
        assert!([403, 404].contains(&refused), "{refused}");
        let page = administrator.get("/export").await.expect(200);
        assert!(page.text.contains("Secrets are not in it"));
        let same = administrator.form("/export", &[]).await.expect(200);
        assert_eq!(same.header("content-type"), "application/zip");
    }
}
