//! The pack of a certified return, opened by somebody who was handed it and trusts nothing.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _, Xlsx};
use serde_json::{Value, json};

use super::story::{Story, answers};
use crate::on_both;
use crate::support::pages::open;

/// The files of an archive by their paths.
fn files(bytes: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    (0..archive.len())
        .map(|n| {
            let mut file = archive.by_index(n).expect("a file");
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).expect("its bytes");
            (file.name().expect("its name").into_owned(), bytes)
        })
        .collect()
}

/// The rows of a sheet under its headings.
fn rows(book: &[u8], sheet: &str) -> Vec<Vec<Data>> {
    let mut book = Xlsx::new(Cursor::new(book)).expect("a workbook");
    let range = book.worksheet_range(sheet).expect("a sheet");
    range.rows().skip(1).map(<[Data]>::to_vec).collect()
}

fn number(cell: &Data) -> f64 {
    match cell {
        Data::Float(number) => *number,
        Data::Int(number) => f64::from(i32::try_from(*number).expect("a small number")),
        other => panic!("{other:?} is no number"),
    }
}

fn pounds(amount: f64) -> String {
    // nothing added up is less than nothing, in these numbers
    format!("{:.2}", amount + 0.0)
}

on_both! {
    async fn a_pack_holds_what_was_certified_and_each_figure_adds_up(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        let pack = format!("{at}/pack");
        let page = at.replace("/api/v1", "");
        let early = story.officer.get(&pack).await.expect(409);
        assert!(early.text.contains("not-certified"), "{}", early.text);
        open(&story.officer, &page).await.does_not_say("The whole pack");
        story.agreed(&at).await;
        let certified = story.certified(&at).await;
        story.send(&at).await.expect(200);
        for other in [&story.trustee, &story.committee, &story.funder] {
            other.get(&pack).await.expect(403);
            open(other, &page).await.does_not_say("The whole pack");
        }
        open(&story.officer, &page).await.says("The whole pack");

        let taken = story.officer.get(&pack).await.expect(200);
        assert_eq!(taken.header("content-type"), "application/zip");
        let name = taken.header("content-disposition");
        assert!(name.starts_with("attachment") && name.contains("pack.zip"), "{name}");
        let found = files(taken.bytes);

        // a hash of each, as its own program reads them
        let hashes = String::from_utf8(found["SHA256SUMS"].clone()).expect("text");
        let listed: Vec<(&str, &str)> = hashes.lines().map(|line| line.split_once("  ").expect("two parts")).collect();
        assert_eq!(listed.len(), found.len() - 1, "{hashes}");
        for (hash, path) in listed {
            assert_eq!(hash, domain::files::sha256(&found[path]), "{path}");
        }

        // the form, byte for byte; the receipt as it came
        let form: Vec<&Vec<u8>> = found.iter().filter(|(path, _)| path.starts_with("form/")).map(|(_, file)| file).collect();
        assert_eq!(form, [&certified]);
        assert_eq!(found["receipts/1 receipt.txt"], b"received with thanks");

        // every answer that is drafted from lines is what its lines come to
        let one = story.officer.get(&at).await.expect(200).json();
        let book = &found["evidence.xlsx"];
        let lines = rows(book, "Lines");
        let mut added_up = 0;
        for row in rows(book, "Answers") {
            let place = row[0].to_string();
            let Data::Float(_) = &row[6] else { continue };
            let of_it: Vec<f64> = lines.iter().filter(|line| line[0] == row[0]).map(|line| number(&line[3])).collect();
            assert_eq!(pounds(of_it.iter().sum()), pounds(number(&row[7])), "{place}");
            assert_eq!(format!("{}", number(&row[6])), format!("{}", of_it.len()), "{place}");
            let answer = answers(&one).into_iter().find(|one| one["place"] == json!(place)).expect("an answer");
            let drafted = answer["drafted"].as_i64().expect("pence");
            assert_eq!(format!("{}.{:02}", drafted / 100, drafted % 100), pounds(number(&row[7])), "{place}");
            added_up += usize::from(!of_it.is_empty());
        }
        assert!(rows(book, "Answers").iter().any(|row| matches!(row[2], Data::DateTime(_))), "days are days");
        assert!(added_up >= 5, "only {added_up} figures have lines");

        // who was paid is a number, as it may be a person; the ledger's own reference finds it again
        let who: Vec<String> = lines.iter().map(|line| line[5].to_string()).collect();
        assert!(who.iter().any(|who| who == "Supplier 1, not named here"), "{who:?}");
        assert!(!who.iter().any(|who| who.contains("Acorn")), "{who:?}");
        assert!(lines.iter().any(|line| line[10].to_string().contains(", line 1") && line[11].to_string().ends_with(".csv")));
        let read_me = String::from_utf8(found["README.txt"].clone()).expect("text");
        assert!(read_me.contains("are numbers here"), "{read_me}");
        let acorn = json!({"name": "Acorn", "kind": "provider", "org_id": "GB-COH-01234567"});
        story.officer.post("/api/v1/organisations", &acorn).await.expect(201);
        let again = files(story.officer.get(&pack).await.expect(200).bytes);
        assert!(rows(&again["evidence.xlsx"], "Lines").iter().any(|line| line[5] == "Acorn"));
        assert_eq!(again["return.pdf"], found["return.pdf"], "the same return gives the same document");

        // to read, and for programs: who agreed and signed, without who sat on a board
        let said = pdftext::read(&found["return.pdf"]).expect("a PDF").pages.concat();
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in ["Recovery grant", "Section 151 officer", "The figures are right.", "Trustee Board agreed", "REC-99"] {
            assert!(said.contains(words), "{words} is missing: {said}");
        }
        let record: Value = serde_json::from_slice(&found["record.json"]).expect("JSON");
        assert_eq!(record["workbook_sha256"], domain::files::sha256(&certified));
        assert_eq!(record["signatures"].as_array().expect("signatures").len(), 2);
        assert_eq!(record["signatures"][0]["content_hash"], record["content_hash"]);
        assert_eq!(record["boards"].as_array().expect("boards").len(), 2);
        assert!(record["boards"][0].get("recorded_by").is_none(), "{record}");
        assert_eq!(record["sendings"][0]["receipt"], "REC-99");

        // opened again, there is nothing certified to pack
        story.act(&story.officer, &at, "acceptance", None).await.expect(200);
        let why = json!({"reason": "An invoice was wrong."});
        story.act(&story.officer, &at, "reopening", Some(why)).await.expect(200);
        story.officer.get(&pack).await.expect(409);
    }
}
