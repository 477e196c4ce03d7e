//! A funder's form from its workbook to a drafted return, on its pages; its next version; and what
//! an award asks, changed and ended.

use std::io::{Cursor, Read as _, Write as _};

use calamine::Data;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::on_both;
use crate::returns::story::{AWARD, Story, cells, day};
use crate::support::house::House;
use crate::support::sample::{FIELDS, FORM};
use crate::support::visitor::Visitor;

/// How many fields the sample form has, as its own list says.
fn known_fields() -> usize {
    let known: Value = serde_json::from_slice(FIELDS).expect("the sample's fields");
    known["fields"].as_array().expect("fields").len()
}

/// The same workbook with other words in its shared strings.
fn reworded(words: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(FORM)).expect("a workbook");
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..archive.len() {
        let mut part = archive.by_index(n).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).expect("its bytes");
        if name.ends_with("sharedStrings.xml") {
            let mut text = String::from_utf8(bytes).expect("text");
            for (from, to) in words {
                assert!(text.contains(from), "{from}");
                text = text.replace(from, to);
            }
            bytes = text.into_bytes();
        }
        out.start_file(name, zip::write::SimpleFileOptions::default())
            .expect("a part");
        out.write_all(&bytes).expect("written");
    }
    out.finish().expect("a workbook").into_inner()
}

async fn upload(officer: &Visitor, path: &str, parts: Form) -> String {
    let reply = officer.send_parts(path, parts, &[]).await;
    match reply.status {
        303 => reply.header("location"),
        201 => reply.id(),
        _ => panic!("{} {}", reply.status, reply.text),
    }
}

fn parts(house: &House, version: &str, workbook: Vec<u8>) -> Form {
    Form::new()
        .text("funder_id", house.funder_a.to_string())
        .text("name", "Recovery grant: quarterly return")
        .text("version", version.to_owned())
        .part("workbook", Part::bytes(workbook).file_name("form.xlsx"))
}

async fn award(house: &House, officer: &Visitor) -> String {
    officer
        .post(
            "/api/v1/awards",
            &json!({
                "reference": "MAP-1", "title": "Mapped grant", "programme": "Recovery",
                "funder_id": house.funder_a, "holder_id": house.council,
                "accountable_body_id": house.council, "amount_pence": AWARD,
                "starts_on": "2026-10-01", "ends_on": "2027-09-30", "nation": "england",
                "pays_for": "both", "legal_basis": "section-31", "lost_if_unspent": true,
            }),
        )
        .await
        .expect(201)
        .id()
}

/// What the page on which a requirement is stated sends.
fn stated<'a>(form: &'a str, step: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("form_id", form),
        ("name", "Quarterly return"),
        ("period_months", "3"),
        ("first_period_from", "01/10/2026"),
        ("anchor_on", "1/10/2026"),
        ("rule", "days"),
        ("number", "30"),
        ("months_after", "1"),
        ("at", "5pm"),
        ("adjust", "next"),
        ("boards", "trustees"),
        ("office_1", "Section 151 officer"),
        ("words_1", "Spent as the agreement says."),
        ("office_2", "Head of the programme"),
        ("words_2", "The figures are right."),
        ("variance", "7.5"),
        ("step", step),
    ]
}

on_both! {
    async fn a_form_is_mapped_on_its_pages_and_drafts_a_return(house: &House) {
        let officer = house.grants_officer().await;
        let award = award(house, &officer).await;
        officer.get("/forms").await.expect(200);
        officer.get("/forms/new").await.expect(200);

        // What is missing is said, with what was typed still there.
        let refused = officer.send_parts("/forms", Form::new().text("name", "Half a form"), &[]).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(refused.text.contains("Half a form"));
        assert!(refused.text.contains("Choose the funder’s workbook"));
        let broken = parts(house, "1", b"not a workbook".to_vec());
        let broken = officer.send_parts("/forms", broken, &[]).await;
        assert_eq!(broken.status, 422, "{}", broken.text);

        // The workbook is read; most of it needs no look.
        let draft = upload(&officer, "/forms", parts(house, "2026-27 v1", FORM.to_vec())).await;
        let page = officer.get(&draft).await.expect(200);
        let told = format!("0 of {} fields are settled", known_fields());
        assert!(page.text.contains(&told), "{}", page.text);
        officer.form(&format!("{draft}/settled"), &[("which", "clear")]).await.expect(303);
        let id = draft.rsplit('/').next().expect("an id").to_owned();
        let at = format!("/api/v1/form-drafts/{id}");
        let seen = officer.get(&at).await.expect(200).json();
        let open: Vec<&Value> = seen["questions"].as_array().expect("fields").iter()
            .filter(|field| field["state"] == "open").collect();
        assert!(!open.is_empty() && open.len() < 100, "{} need a look", open.len());
        assert!(open.iter().all(|field| field["attention"] != json!([])));

        // Using it before all is settled is refused; nothing typed is lost.
        let early = officer.form(&format!("{draft}/use"), &[]).await;
        assert_eq!(early.status, 422);
        assert!(early.text.contains("not settled yet"), "{}", early.text);

        // A whole row is changed at once: its quarters go on counting.
        let row = open.iter().find(|field| field["cell"] == "C23").expect("treatment and recovery");
        let bundle = format!("{draft}/bundles/{}", row["id"].as_str().expect("an id"));
        officer.get(&bundle).await.expect(200);
        officer.form(&bundle, &[
            ("kind", "money"), ("required", "yes"), ("source", "grid-spend"), ("counts", "chosen"),
            ("capital", "revenue"), ("quarter", "1"), ("unit", "pounds"), ("rounding", "pounds"),
            ("state", "kept"),
        ]).await.expect(303);
        let seen = officer.get(&at).await.expect(200).json();
        let of = |cell: &str| seen["questions"].as_array().expect("fields").iter()
            .find(|field| field["sheet"] == "Finances" && field["cell"] == cell).expect(cell).clone();
        assert_eq!(of("P23")["binding"]["period"]["index"], 12);
        assert_eq!(of("P23")["binding"]["filters"]["capital"], false);
        assert_eq!(of("P23")["rounding"], "pounds");
        assert_eq!(of("P23")["state"], "kept");

        // What does not fit is refused, in words, on the page.
        let field = format!("{draft}/fields/{}", of("C54")["id"].as_str().expect("an id"));
        let misfit = officer.form(&field, &[("label", "Why?"), ("kind", "text"), ("source", "spend-this"), ("state", "kept")]).await;
        assert_eq!(misfit.status, 422);
        assert!(misfit.text.contains("does not give the kind of answer"), "{}", misfit.text);

        for n in 0..8 {
            officer.get(&format!("{draft}/sections/{n}")).await.expect(200);
        }
        officer.form(&format!("{draft}/settled"), &[("which", "open")]).await.expect(303);

        // Tried out on the award: a workbook to look at.
        let tried = officer.get(&format!("{draft}/trial?award={award}")).await.expect(200);
        assert!(tried.text.contains("Download the filled workbook"), "{}", tried.text);
        let file = officer.get(&format!("{draft}/trial/workbook?award={award}")).await.expect(200);
        assert_eq!(cells(&file.bytes, &[("Organisation", "C5")]), [Data::String("MAP-1".into())]);

        // Used: from now on it is a form.
        let version = officer.get(&at).await.expect(200).json()["version"].to_string();
        let form = officer.form(&format!("{draft}/use"), &[("version", &version)]).await.expect(303).header("location");
        officer.get(&form).await.expect(200);
        officer.form(&format!("{draft}/settled"), &[("which", "open")]).await.expect(409);

        // What is asked: the deadlines first, then recorded.
        let address = format!("/awards/{award}/requirements/new");
        officer.get(&address).await.expect(200);
        let form_id = form.rsplit('/').next().expect("an id").to_owned();
        let look = officer.form(&address, &stated(&form_id, "look")).await.expect(200);
        assert!(look.text.contains("Monday 1 February 2027, 5pm"), "{}", look.text);
        let asked = officer.form(&address, &stated(&form_id, "save")).await.expect(303).header("location");
        officer.get(&asked).await.expect(200);
        assert!(officer.get(&format!("/awards/{award}")).await.expect(200).text.contains(&asked));

        // The quarter ends, and the return is drafted in the form as it was mapped.
        let worker = house.worker(None);
        house.settle(&worker).await;
        let mut officer = officer;
        house.advance_to(day("2027-01-05"));
        house.signs_in_again(&mut officer).await;
        house.settle(&worker).await;
        let listed = officer.get("/api/v1/returns").await.expect(200).json();
        let drafted = listed["items"].as_array().expect("returns").iter()
            .find(|one| one["state"] == "drafted").unwrap_or_else(|| panic!("{listed}"));
        let one = officer.get(&format!("/api/v1/returns/{}", drafted["id"].as_str().expect("an id"))).await.expect(200).json();
        let answers = crate::returns::story::answers(&one);
        let reference = answers.iter().find(|answer| answer["place"] == "Organisation!C5").expect("the reference");
        assert_eq!(reference["value"], "MAP-1");
    }

    async fn a_new_version_starts_from_the_one_before(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        let officer = &story.officer;
        let forms = officer.get("/api/v1/forms").await.expect(200).json();
        let before = forms["items"][0]["id"].as_str().expect("a form").to_owned();
        officer.get(&format!("/forms/new?replaces={before}")).await.expect(200);
        let workbook = reworded(&[
            ("Grant received to the end of this period", "Grant paid to you so far"),
            ("RG-ORGANISATION-START", "RG-BODY-START"),
            ("RG-ORGANISATION-END", "RG-BODY-END"),
        ]);
        let form = parts(house, "2027-28 v1", workbook).text("replaces_id", before.clone());
        let id = upload(officer, "/api/v1/form-drafts", form).await;
        let path = format!("/api/v1/form-drafts/{id}");
        let reply = officer.get(&path).await.expect(200);
        let draft = reply.json();
        let fields = draft["questions"].as_array().expect("fields");
        assert_eq!(fields.len(), known_fields(), "nothing is asked twice");
        let open: Vec<&Value> = fields.iter().filter(|field| field["state"] == "open").collect();
        let told = |key: &str| open.iter().find(|field| field["key"] == key)
            .unwrap_or_else(|| panic!("{key} stands as it did")).to_owned();
        let reworded = told("finances.received");
        assert!(reworded["attention"][0].as_str().expect("words").contains("is now called “Grant paid to you so far”"), "{reworded}");
        let lost = told("organisation.name");
        assert!(lost["attention"][0].as_str().expect("words").starts_with("Its place is gone"), "{lost}");
        assert!(lost["attention"][1].as_str().expect("words").contains("Organisation, cell C6"), "{lost}");
        assert_eq!(open.len(), 3, "{open:?}");

        // Kept and used: what is asked moves to it from the next return on.
        let keep = json!({"which": "open", "state": "kept"});
        officer.send(reqwest::Method::POST, &format!("{path}/settlements"), Some(&keep), &[("if-match", &reply.header("etag"))]).await.expect(200);
        let tag = officer.get(&path).await.expect(200).header("etag");
        let form = officer.send(reqwest::Method::POST, &format!("{path}/form"), None, &[("if-match", &tag)]).await.expect(201).id();
        let award = officer.get(&at).await.expect(200).json()["award_id"].as_str().expect("an award").to_owned();
        let asked = officer.get(&format!("/api/v1/awards/{award}/requirements")).await.expect(200).json();
        assert_eq!(asked["items"][0]["form_id"], form, "{asked}");
        assert_eq!(asked["items"][0]["applies_from"], "2027-01-01");
        assert_eq!(asked["items"][0]["history"].as_array().expect("history").len(), 2);

        // The return that is drafted stays on its version, and says so.
        let found = officer.get(&format!("{at}/findings")).await.expect(200).json();
        assert!(found["items"].as_array().expect("findings").iter().any(|finding| finding["code"] == "form-not-current"), "{found}");
        let told = officer.get(&format!("/forms/{before}")).await.expect(200);
        assert!(told.text.contains("has replaced this version"));
    }

    async fn what_is_asked_changes_from_the_next_return_on(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        let officer = &story.officer;
        let award = officer.get(&at).await.expect(200).json()["award_id"].as_str().expect("an award").to_owned();
        let listed = format!("/api/v1/awards/{award}/requirements");
        let asked = officer.get(&listed).await.expect(200).json()["items"][0].clone();
        let id = asked["id"].as_str().expect("an id").to_owned();
        let page = format!("/requirements/{id}");
        for path in ["", "/change", "/parts", "/ending"] {
            officer.get(&format!("{page}{path}")).await.expect(200);
        }
        let due = |returns: &Value, from: &str| returns["items"].as_array().expect("returns").iter()
            .find(|one| one["period_from"] == from).map(|one| one["due_on"].clone());
        let before = officer.get("/api/v1/returns?open=true").await.expect(200).json();

        // A change without its reason is refused; with it, only what is not drafted changes.
        let mut change = stated(asked["form_id"].as_str().expect("a form"), "save");
        change.retain(|(name, _)| !matches!(*name, "number" | "adjust" | "first_period_from"));
        change.extend([("number", "10"), ("version", "1")]);
        let silent = officer.form(&format!("{page}/change"), &change).await;
        assert_eq!(silent.status, 422);
        assert!(silent.text.contains("Give the reason"), "{}", silent.text);
        change.push(("reason", "The funder wants it sooner."));
        let now = officer.form(&format!("{page}/change"), &change).await.expect(303).header("location");
        assert_ne!(now, page);
        story.settle().await;
        let after = officer.get("/api/v1/returns?open=true").await.expect(200).json();
        assert_eq!(due(&after, "2026-10-01"), due(&before, "2026-10-01"), "the drafted return is due as it was");
        assert_eq!(due(&after, "2027-01-01"), Some(json!("2027-04-10")), "{after}");
        let seen = officer.get(&format!("/api/v1{now}")).await.expect(200);
        let told = seen.json();
        assert_eq!(told["applies_from"], "2027-01-01");
        assert_eq!(told["history"][0]["reason"], "The funder wants it sooner.");
        officer.send(reqwest::Method::POST, &format!("/api/v1/requirements/{id}/amendments"),
            Some(&amendment(&asked)), &[("if-match", "\"v2\"")]).await.expect(409);

        // People change at once, on the return in hand too.
        let other = house.grants_officer().await;
        let who = other.get("/api/v1/account").await.expect(200).json()["id"].clone();
        let parts = json!({"preparer_id": who});
        let seen = officer.put(&format!("/api/v1{now}/parts"), &parts, &[("if-match", &seen.header("etag"))]).await.expect(200);
        assert_eq!(seen.json()["preparer"]["id"], who);

        // Ended: what was only scheduled is not wanted any more, what is drafted stays.
        let ending = json!({"reason": "The award closes early."});
        officer.send(reqwest::Method::POST, &format!("/api/v1{now}/ending"), Some(&ending),
            &[("if-match", &seen.header("etag"))]).await.expect(200);
        let left = officer.get("/api/v1/returns?open=true").await.expect(200).json();
        assert!(due(&left, "2026-10-01").is_some());
        assert_eq!(due(&left, "2027-01-01"), None, "{left}");
        story.settle().await;
        let left = officer.get("/api/v1/returns?open=true").await.expect(200).json();
        assert_eq!(left["items"].as_array().expect("returns").len(), 1, "{left}");
    }
}

fn amendment(asked: &Value) -> Value {
    json!({
        "form_id": asked["form_id"], "name": asked["name"], "period_months": 3,
        "anchor_on": asked["anchor_on"], "due_rule": asked["due_rule"],
        "signatures": asked["signatures"], "reason": "Again.",
    })
}
