#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::{Money, Role};
use tokio::sync::mpsc;

use super::columns::Described;
use super::tables::{LEFT_OUT, TABLES};
use super::{into_folder, ops};
use crate::attribution::tests::load;
use crate::spend::testing::{Given, day, on_each};
use crate::testing::House;

/// Whoever adds a table says whether it is exported.
#[test]
fn every_table_is_exported_or_left_out_with_a_reason() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../entity/src");
    let mut tables = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        if source.contains("#[sea_orm(table_name") {
            tables.insert(path.file_stem().unwrap().to_str().unwrap().to_owned());
        }
    }
    let decided: BTreeSet<String> = TABLES
        .iter()
        .map(|table| table.name)
        .chain(LEFT_OUT.iter().map(|(name, _)| *name))
        .map(str::to_owned)
        .collect();
    let missing: Vec<_> = tables.difference(&decided).collect();
    assert!(
        missing.is_empty(),
        "say in domain/src/exports/tables.rs whether these are exported: {missing:?}"
    );
    assert_eq!(tables, decided, "these are no tables any more");
}

#[test]
fn every_column_has_its_meaning_and_no_secret_is_among_them() {
    for table in TABLES {
        let described = Described::of(table);
        assert!(described.meaning.len() > 10, "{}", table.name);
        assert!(described.columns.iter().any(|column| column.key));
        for column in &described.columns {
            assert!(
                !column.meaning.is_empty(),
                "{}.{} has no line of meaning",
                table.name,
                column.name
            );
            for word in ["secret", "token", "password"] {
                assert!(
                    !column.name.contains(word),
                    "{}.{}",
                    table.name,
                    column.name
                );
            }
        }
        // what is kept back is there to be kept back
        for name in table.kept_back {
            assert!(table.source.contains(&format!("pub {name}: ")), "{name}");
        }
    }
}

type Row = HashMap<String, String>;

fn table(folder: &std::path::Path, name: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(folder.join(name)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

#[tokio::test]
async fn an_export_holds_everything_as_it_is_kept() {
    for house in House::each().await {
        let ctx = house.system();
        let funder = house.body("GB-COH-123456", "=Hill").await;
        house.award(funder, "A1", 1_000).await;
        house.award(funder, "A2", 23).await;
        let bytes = br#"{"grants": [{"id": "x"}]}"#;
        crate::grants::ops::start(&house.db, &ctx, "../a/b.json", bytes)
            .await
            .unwrap();
        let folder = std::env::temp_dir().join(format!("tributary-{}", uuid::Uuid::new_v4()));
        let (to, parts) = mpsc::channel(2);
        let into = folder.clone();
        let packing = tokio::task::spawn_blocking(move || into_folder(parts, &into));
        ops::begin(&house.db, &ctx).await.unwrap();
        ops::everything(&house.db, &ctx, &to).await.unwrap();
        packing.await.unwrap().unwrap();

        let awards = table(&folder, "award.csv");
        let sum: i64 = awards
            .iter()
            .map(|row| row["amount"].parse::<i64>().unwrap())
            .sum();
        assert_eq!(Money(sum), Money(102_300));
        let bodies = table(&folder, "organisation.csv");
        let names: BTreeMap<&str, &str> = bodies
            .iter()
            .map(|row| (row["id"].as_str(), row["name"].as_str()))
            .collect();
        assert_eq!(names[awards[0]["funder_id"].as_str()], "'=Hill");
        let files = table(&folder, "file.csv");
        assert_eq!(files.len(), 1);
        let kept: Vec<_> = std::fs::read_dir(folder.join("files"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        assert_eq!(kept.len(), 1);
        let found = std::fs::read(&kept[0]).unwrap();
        assert_eq!(found, bytes);
        assert_eq!(crate::files::sha256(&found), files[0]["sha256"]);
        let package: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join("datapackage.json")).unwrap())
                .unwrap();
        let resources = package["resources"].as_array().unwrap();
        let award = resources
            .iter()
            .find(|resource| resource["name"] == "award")
            .unwrap();
        assert_eq!(award["rows"], 2);
        let amount = award["schema"]["fields"]
            .as_array()
            .unwrap()
            .iter()
            .find(|field| field["name"] == "amount")
            .unwrap();
        assert_eq!(amount["unit"], "pence");
        assert!(folder.join("README.txt").exists());
        // it stands in the record, and is for few
        assert!(
            table(&folder, "audit_entry.csv")
                .iter()
                .any(|row| row["command"] == "exports.everything")
        );
        let officer = house.somebody(Role::GrantsOfficer).await;
        assert!(ops::begin(&house.db, &officer).await.is_err());
        let auditor = house.somebody(Role::Auditor).await;
        ops::begin(&house.db, &auditor).await.unwrap();
        // a folder with something in it is left alone
        let (to, parts) = mpsc::channel(2);
        drop(to);
        assert!(into_folder(parts, &folder).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

/// Whoever adds a table that names people says in it who is meant, and their export has it.
/// A page of a table begins after the whole key of the last row of the one before it.
#[test]
fn a_table_whose_key_is_several_ids_is_written_whole() {
    on_each(async |house| {
        house.category("care").await;
        let window = (day(2026, 4, 1), day(2027, 3, 31));
        let awards = ["A", "B"].map(|reference| Given {
            reference,
            amount: 1_000_000,
            window,
            categories: &[],
            fence: None,
        });
        let [first, second] = awards;
        let (first, second) = (house.given(first).await, house.given(second).await);
        // the first pays for half of a line and all before it, the second for the rest
        let half = 205_050;
        house.pool("p", &[(first, half), (second, 900_000)]).await;
        load(&house, "x", &vec![(10, 100, "care", "p"); 4_100]).await;
        crate::attribution::ops::run_due(&house.db, &house.worker)
            .await
            .unwrap();
        let folder = std::env::temp_dir().join(format!("tributary-{}", uuid::Uuid::new_v4()));
        let (to, parts) = mpsc::channel(2);
        let into = folder.clone();
        let packing = tokio::task::spawn_blocking(move || into_folder(parts, &into));
        ops::begin(&house.db, &house.worker).await.unwrap();
        ops::everything(&house.db, &house.worker, &to)
            .await
            .unwrap();
        drop(to);
        packing.await.unwrap().unwrap();
        let rows = table(&folder, "attribution.csv");
        let told_apart: BTreeSet<_> = rows
            .iter()
            .map(|row| (&row["line_id"], &row["id"]))
            .collect();
        assert_eq!((rows.len(), told_apart.len()), (4_101, 4_101));
        let sum: i64 = rows
            .iter()
            .map(|row| row["amount"].parse::<i64>().unwrap())
            .sum();
        assert_eq!(Money(sum), Money(410_000));
        std::fs::remove_dir_all(folder).unwrap();
    });
}

#[tokio::test]
async fn a_person_takes_what_is_about_them_and_nothing_of_others() {
    for house in House::each().await {
        let me = house.somebody(Role::GrantsOfficer).await;
        let other = house.somebody(Role::Trustee).await;
        let id = house.charity;
        let kind = crate::beside::rules::RecordKind::Organisation;
        for (who, words) in [(&me, "From me"), (&other, "From another")] {
            let new = crate::beside::ops::NewComment {
                words: words.to_owned(),
            };
            crate::beside::ops::comment(&house.db, who, kind, id.into(), &new)
                .await
                .unwrap();
        }
        let person = super::person::begin_own(&house.db, &me).await.unwrap();
        assert_eq!(Some(person), me.person_id());
        let folder = std::env::temp_dir().join(format!("tributary-{}", uuid::Uuid::new_v4()));
        let (to, parts) = mpsc::channel(2);
        let into = folder.clone();
        let packing = tokio::task::spawn_blocking(move || into_folder(parts, &into));
        super::person::everything(&house.db, &me, person, &to)
            .await
            .unwrap();
        packing.await.unwrap().unwrap();
        let people = table(&folder, "person.csv");
        assert_eq!(people.len(), 1);
        assert_eq!(people[0]["id"], person.to_string());
        let said = table(&folder, "record_comment.csv");
        assert_eq!(said.len(), 1);
        assert_eq!(said[0]["words"], "From me");
        let entries = table(&folder, "audit_entry.csv");
        assert!(
            entries
                .iter()
                .any(|entry| entry["command"] == "account.export"),
            "{entries:?}"
        );
        assert!(
            !folder.join("vote.csv").exists(),
            "an empty table is left out"
        );
        for file in std::fs::read_dir(&folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for word in ["token_hash", "totp_secret", "csrf", "From another"] {
                assert!(!text.contains(word), "{word}");
            }
        }
        std::fs::remove_dir_all(&folder).unwrap();

        // Nobody takes what is about another but an administrator, for somebody who is there.
        let nosy = super::person::begin(&house.db, &other, person).await;
        assert!(matches!(nosy, Err(crate::Error::NotAllowed(_))), "{nosy:?}");
        let (to, _parts) = mpsc::channel(2);
        let nosy = super::person::everything(&house.db, &other, person, &to).await;
        assert!(matches!(nosy, Err(crate::Error::NotAllowed(_))), "{nosy:?}");
        let administrator = house.somebody(Role::Administrator).await;
        super::person::begin(&house.db, &administrator, person)
            .await
            .unwrap();
        let nobody = super::person::begin(&house.db, &administrator, entity::PersonId::new()).await;
        assert!(matches!(nobody, Err(crate::Error::NotFound)), "{nobody:?}");
    }
}
