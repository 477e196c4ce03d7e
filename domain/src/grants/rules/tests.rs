#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::GrantFormat;

use super::money::pence_of_number;
use super::{Grant, Row, Writer, format_of, pounds, read};
use crate::Money;

fn rows(format: GrantFormat, text: &str) -> (Vec<Row>, Result<(), String>) {
    let mut rows = Vec::new();
    let ended = read(format, text.as_bytes(), &mut |row| {
        rows.push(row);
        true
    });
    (rows, ended)
}

/// A grant as JSON, with one thing about it changed.
fn grant(change: impl FnOnce(&mut serde_json::Value)) -> String {
    let mut grant = serde_json::json!({
        "id": "360G-hill-7", "title": "Grant to Weirside", "description": "Drop-in",
        "currency": "GBP", "amountAwarded": 1234.5, "awardDate": "2025-06-30",
        "recipientOrganization": [{"id": "gb-chc-0123", "name": "Weirside"}],
        "fundingOrganization": [{"id": "GB-COH-123456", "name": "Hill"}],
        "grantProgramme": [{"title": "Recovery"}],
    });
    change(&mut grant);
    serde_json::json!({ "grants": [grant] }).to_string()
}

fn faults(text: &str) -> Vec<String> {
    let (rows, ended) = rows(GrantFormat::Json, text);
    ended.unwrap();
    match &rows[0].grant {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(|fault| fault.place.clone()).collect(),
    }
}

#[test]
fn amounts_are_exact_whichever_way_they_are_written() {
    for (text, pence) in [
        ("15000", Some(1_500_000)),
        ("15000.5", Some(1_500_050)),
        ("0.29", Some(29)),
        ("1e3", Some(100_000)),
        ("1.25E+1", Some(1_250)),
        ("125e-2", Some(125)),
        ("1.250", Some(125)),
        ("-0.01", Some(-1)),
        ("0", Some(0)),
        ("0e400", Some(0)),
        ("1.005", None),
        // what adding in binary leaves behind
        ("16029.540000000001", Some(1_602_954)),
        ("0.069999999999999", Some(7)),
        ("0.0000000001", Some(0)),
        ("0.0700001", None),
        ("1e-3", None),
        ("1e300", None),
        ("1000000000000.01", None),
        ("9007199254740993.01", None),
        ("", None),
    ] {
        assert_eq!(pence_of_number(text), pence.map(Money), "{text}");
    }
    for (pence, text) in [(123_450, "1234.5"), (100, "1"), (-5, "-0.05"), (7, "0.07")] {
        assert_eq!(pounds(Money(pence)), text);
        assert_eq!(pence_of_number(text), Some(Money(pence)));
    }
}

#[test]
fn what_the_schema_refuses_is_refused_by_its_place() {
    assert_eq!(faults(&grant(|_| {})), Vec::<String>::new());
    let without = |name: &'static str| {
        grant(move |grant| {
            grant.as_object_mut().unwrap().remove(name);
        })
    };
    for name in [
        "id",
        "title",
        "description",
        "currency",
        "amountAwarded",
        "awardDate",
        "recipientOrganization",
        "fundingOrganization",
    ] {
        assert_eq!(faults(&without(name)), [name]);
    }
    let with = |at: &'static str, value: serde_json::Value| {
        let place = at.trim_start_matches('/').to_owned();
        let text = grant(move |grant| {
            let (parent, name) = at.rsplit_once('/').unwrap();
            grant.pointer_mut(parent).unwrap()[name] = value;
        });
        assert_eq!(faults(&text), [place], "{text}");
    };
    with("/amountAwarded", "15000".into());
    with("/amountAwarded", 0.001.into());
    with("/awardDate", "30/06/2025".into());
    with("/awardDate", "2025-02-30".into());
    with("/currency", "EUR".into());
    with("/currency", "pounds".into());
    with("/dataSource", "not an address".into());
    with("/url", serde_json::Value::Null);
    with("/fromOpenCall", "yes".into());
    with("/dateModified", "2025-01-01".into());
    with("/recipientOrganization", serde_json::json!([]));
    with("/fundingOrganization/0/name", serde_json::json!(7));
    with("/beneficiaryLocation", serde_json::json!({"name": "Kent"}));
}

#[test]
fn the_second_grant_with_an_identifier_is_left_out_and_says_where_the_first_is() {
    let text = r#"{"grants": [{"id": "a"}, {"id": "b"}, {"id": "a"}]}"#;
    let (rows, _) = rows(GrantFormat::Json, text);
    let last = rows[2].grant.as_ref().unwrap_err();
    assert!(last.iter().any(|fault| fault.message.contains("grant 1 ")));
}

#[test]
fn what_is_no_file_of_grants_is_said_in_words() {
    for (text, words) in [
        ("{\"grants\": []}", "empty"),
        ("{\"people\": []}", "no list called grants"),
        ("[1]", "a list called grants"),
        ("{\"grants\": [{\"id\": ", "line 1"),
    ] {
        let (_, ended) = rows(GrantFormat::Json, text);
        assert!(ended.as_ref().unwrap_err().contains(words), "{ended:?}");
    }
    assert!(rows(GrantFormat::Csv, "a,b\n1,2\n").1.is_err());
    assert!(
        rows(GrantFormat::Csv, "Identifier,Amount Awarded\n")
            .1
            .is_err()
    );
    assert_eq!(format_of("x.bin", b"PK\x03"), None);
    assert_eq!(format_of("x", b"\xEF\xBB\xBF {"), Some(GrantFormat::Json));
}

#[test]
fn a_table_by_titles_or_by_names_is_the_same_grant() {
    let titles = "\u{feff}Identifier,Title,Description,Currency,Amount Awarded,Award Date,\
        Recipient Org:Identifier,Recipient Org:Name,Funding Org:Identifier,Funding Org:Name,\
        Grant Programme:Title,Ours alone\n\
        360G-hill-7,Grant to Weirside,Drop-in,GBP,\"£1,234.50\",2025-06-30,gb-chc-0123,Weirside,\
        GB-COH-123456,Hill,Recovery,x\n";
    let names = titles
        .replace("Recipient Org:Identifier", "recipientOrganization/0/id")
        .replace("Amount Awarded", "amountAwarded")
        .replace("Grant Programme:Title", "grantProgramme/0/title");
    let (one, ended) = rows(GrantFormat::Csv, titles);
    ended.unwrap();
    let (other, _) = rows(GrantFormat::Csv, &names);
    let (json, _) = rows(GrantFormat::Json, &grant(|_| {}));
    let good = |rows: &[Row]| rows[0].grant.clone().unwrap();
    assert_eq!(good(&one), good(&json));
    assert_eq!(good(&other), good(&json));
    assert_eq!(good(&json).recipient.org_id, "GB-CHC-123");
    assert_eq!(good(&json).funder.org_id, "GB-COH-00123456");
    assert_eq!(one[0].number, 2);
}

/// The same grants again from what was written, in both forms; and nothing that a spreadsheet
/// would reckon with.
#[test]
fn what_is_written_reads_as_what_it_was() {
    let (rows_of_one, _) = rows(GrantFormat::Json, &grant(|_| {}));
    let first = rows_of_one[0].grant.clone().unwrap();
    let grants = [
        first.clone(),
        Grant {
            identifier: "360G-hill-8".to_owned(),
            title: "=HYPERLINK(\"http://x\")".to_owned(),
            description: "two\nlines, \"said\"".to_owned(),
            amount: Money(-5),
            starts_on: "2025-07-01".parse().ok(),
            months: Some(36),
            programme: String::new(),
            ..first
        },
    ];
    for format in [GrantFormat::Json, GrantFormat::Csv] {
        let mut writer = Writer::new(format, Vec::new()).unwrap();
        for grant in &grants {
            writer.grant(grant).unwrap();
        }
        let text = String::from_utf8(writer.end().unwrap()).unwrap();
        assert!(!text.contains(",="), "{text}");
        let (again, ended) = rows(format, &text);
        ended.unwrap();
        let again: Vec<Grant> = again.into_iter().map(|row| row.grant.unwrap()).collect();
        assert_eq!(again[0], grants[0]);
        assert_eq!(again[1].title, "'=HYPERLINK(\"http://x\")");
        assert_eq!(again[1].description, grants[1].description);
        assert_eq!(again[1].amount, Money(-5));
        assert_eq!(again[1].starts_on, grants[1].starts_on);
    }
}
