//! An award beside its letter: read by a child process, quoted, accepted.

use entity::Role;
use pdftext::sample::pdf;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::on_both;
use crate::support::house::House;
use crate::support::pages::{follow, open};
use crate::support::visitor::Visitor;

const LETTER: &[&[&str]] = &[
    &[
        "Offer of a grant, our reference LF/9",
        "",
        "We offer £90,000.00 for spend from 1 April 2026 to 31 March 2027. It is a",
        "grant agreement.",
    ],
    &[],
];

async fn award(house: &House, officer: &Visitor) -> String {
    let new = json!({
        "reference": "LF/9", "title": "A place to belong", "programme": "Places",
        "funder_id": house.funder_b, "holder_id": house.council, "accountable_body_id": house.council,
        "amount_pence": 90_000_00, "starts_on": "2026-04-01", "ends_on": "2027-03-31", "nation": "england",
        "pays_for": "both", "legal_basis": "grant-agreement", "lost_if_unspent": true,
    });
    officer.post("/api/v1/awards", &new).await.expect(201).id()
}

async fn beside(officer: &Visitor, award: &str, name: &str, bytes: Vec<u8>) -> String {
    let form = Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()));
    let path = format!("/api/v1/records/award/{award}/documents");
    officer.send_parts(&path, form, &[]).await.expect(201).id()
}

on_both! {
    async fn the_terms_of_an_award_are_compared_with_its_letter_on_the_pages(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let finance = house.person(Role::FinanceOfficer, house.home).await;
        let trustee = house.person(Role::Trustee, house.home).await;
        let funder = house.person(Role::FundersOfficer, house.funder_b).await;
        let id = award(house, &officer).await;
        let home = format!("/awards/{id}/letter");
        open(&officer, &home).await.says("No letter was read yet").says("Put a document beside it");
        let document = beside(&officer, &id, "letter.pdf", pdf(LETTER)).await;
        let torn = beside(&officer, &id, "torn.pdf", b"%PDF-1.4\ntorn".to_vec()).await;

        // what cannot be read says so, and what can is read page by page
        let refused = officer.post(&format!("/api/v1/awards/{id}/letters"), &json!({"document_id": torn}))
            .await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], "unreadable", "{refused}");
        let page = open(&officer, &home).await;
        let forms: Vec<_> = page.forms().into_iter().filter(|form| form.action == home).collect();
        assert_eq!(forms.len(), 2, "one for each document");
        let form = forms.into_iter().find(|form| form.value("document_id") == Some(&document)).unwrap();
        let page = follow(&officer, form.send(&officer).await).await;
        page.says("We offer £90,000.00 for spend from 1 April 2026").says("Page 1 of 2")
            .says("None of its").says("Not found yet");
        open(&officer, &page.link("Next page")).await.says("it was scanned as a picture");
        open(&trustee, &home).await.says("We offer £90,000.00").does_not_say("Read it");
        assert_eq!(funder.get(&home).await.status, 403);

        // a place that was found by its value is recorded with one choice
        let at = format!("{home}/term");
        let term = format!("{at}?term=amount");
        let page = open(&officer, &term).await;
        let form = page.form(&at);
        let places: Vec<String> = form.choices("place").into_iter().map(str::to_owned).collect();
        assert_eq!(places.len(), 2, "{places:?}");
        let wrong = page.form(&at).fill("place", "other").fill("words", "We offer £80,000.00").send(&officer).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text.contains("does not say this word for word"), "{}", wrong.text);
        let made = form.fill("place", &places[0]).send(&officer).await;
        let page = follow(&officer, made).await;
        page.says("We offer £90,000.00 for spend from 1 April 2026 to 31 March 2027.").says("To accept");

        // somebody accepts it, as it stands
        let page = open(&finance, &term).await;
        let accepting = page.forms().into_iter().find(|form| form.action.ends_with("/acceptance")).unwrap();
        let path = accepting.action.clone();
        let done = accepting.send(&finance).await;
        follow(&finance, done).await.says("Accepted by");
        open(&officer, &home).await.says("One of its").says("Not yet found in a letter: The funder’s reference");
        let again = finance.form(&path, &[("stands", "£90,000.00")]).await;
        assert_eq!(again.status, 409, "{}", again.text);

        // words of one’s own from the scanned page, and a passage that is taken back
        let form = open(&officer, &format!("{at}?term=unspent&page=2")).await.form(&at);
        let made = form.fill("page_number", "2").fill("words", "Money left over comes back to us.").send(&officer).await;
        let page = follow(&officer, made).await;
        page.says("read and typed by a person");
        let back = page.link("Take the passage back");
        let asked = open(&officer, &back).await.form(&back);
        let form = open(&officer, &back).await.form(&back);
        assert_eq!(asked.send(&officer).await.status, 422);
        let done = form.fill("reason", "I misread it").send(&officer).await;
        follow(&officer, done).await.says("Not found yet");
        open(&officer, &home).await.says("I misread it");
        let table = officer.get(&format!("{home}.csv")).await.expect(200).text;
        assert!(table.contains("Amount,\"£90,000.00\",accepted,letter.pdf,1,"), "{table}");
        open(&officer, &format!("/awards/{id}")).await.says("Its terms beside the letter");
    }

    async fn a_program_does_the_same(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        let id = award(house, &officer).await;
        let document = beside(&officer, &id, "letter.pdf", pdf(LETTER)).await;
        let at = format!("/api/v1/awards/{id}");
        let letter = officer.post(&format!("{at}/letters"), &json!({"document_id": document})).await.expect(201).id();
        let seen = officer.get(&format!("{at}/letters")).await.expect(200).json();
        assert_eq!(seen["items"][0]["pages_without_words"], json!([2]));
        let page = officer.get(&format!("{at}/letters/{letter}/pages/1")).await.expect(200).json();
        assert!(page["words"].as_str().unwrap().starts_with("Offer of a grant"), "{page}");
        officer.get(&format!("{at}/letters/{letter}/pages/3")).await.expect(404);
        let terms = officer.get(&format!("{at}/letter-terms")).await.expect(200).json();
        let amount = terms["items"].as_array().unwrap().iter().find(|one| one["term"] == "amount").unwrap().clone();
        assert_eq!((&amount["state"], &amount["places"][0]["page"]), (&json!("no-passage"), &json!(1)));
        let new = json!({"letter_id": letter, "page": 1, "term": "amount", "words": amount["places"][0]["words"]});
        let passage = officer.post(&format!("{at}/passages"), &new).await.expect(201).id();
        let accept = format!("{at}/passages/{passage}/acceptances");
        officer.post(&accept, &json!({"stands": "£1.00"})).await.expect(412);
        officer.post(&accept, &json!({"stands": amount["stands"]})).await.expect(201);
        let wrong = json!({"letter_id": letter, "page": 1, "term": "year", "words": "grant"});
        officer.post(&format!("{at}/passages"), &wrong).await.expect(422);
        officer.post(&format!("{at}/passages/{passage}/withdrawal"), &json!({"reason": "A draft"})).await.expect(204);
        let terms = officer.get(&format!("{at}/letter-terms")).await.expect(200).json();
        assert_eq!(terms["taken_back"][0]["withdrawn_because"], "A draft");
    }
}
