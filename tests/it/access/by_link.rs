//! What whoever opened a link may do: every operation and every page, and in a furnished house that it shows
//! what its funder's officer sees. What it may is written down here by hand.

use entity::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::{EVERYBODY, Kind, NONE, all};
use super::matrix_pages::{How, pages};
use crate::on_both;
use crate::returns::story::Story;
use crate::support::house::House;
use crate::support::pages::{follow, open};
use crate::support::visitor::Visitor;

/// The operations of the API that a link opens: they answer as to its funder's officer.
const OPERATIONS: &[&str] = &[
    "awards.list",
    "awards.get",
    "award-data.get",
    "award-burn-up.get",
    "budget-lines.get",
    "requirements.list",
    "requirements.get",
    "positions.get",
    "position-changes.get",
    "unspent.get",
    "quarters.get",
    "returns.list",
    "returns.get",
    "returns.findings",
    "returns.figure",
    "returns.to-certify",
    "returns.answer.get",
    "returns.workbook",
    "returns.revision-workbook",
    "returns.certified-workbook",
    "returns.sent-workbook",
    "returns.receipt",
    "returns.signed-paper",
    "shared-documents.list",
    "shared-documents.get",
    "shared-documents.file",
];

/// The pages that it opens. One that asks for an id is not there for anybody in an empty house.
const PAGES: &[&str] = &[
    "/",
    "/awards",
    "/awards/360giving.json",
    "/awards/360giving.csv",
    "/awards/awards.csv",
    "/deadlines",
    "/deadlines/deadlines.csv",
    "/returns",
    "/returns/returns.csv",
    "/shared-documents",
    "/shared-documents/shared-documents.csv",
];

async fn award_of(house: &House, officer: &Visitor, funder: entity::OrganisationId) {
    let new = json!({
        "reference": "DR/1", "title": "A place to belong", "programme": "Places",
        "funder_id": funder, "holder_id": house.council, "accountable_body_id": house.council,
        "amount_pence": 90_000_00, "starts_on": "2026-04-01", "ends_on": "2027-03-31", "nation": "england",
        "pays_for": "both", "legal_basis": "grant-agreement", "lost_if_unspent": true,
    });
    officer.post("/api/v1/awards", &new).await.expect(201);
}

/// Makes a link for somebody at a funder: its id and its secret.
async fn made(
    house: &House,
    officer: &Visitor,
    funder: impl std::fmt::Display,
) -> (String, String) {
    let ends_on = house.system().today() + chrono::Days::new(30);
    let new = json!({"for_whom": "Their programme officer", "ends_on": ends_on.to_string()});
    let path = format!("/api/v1/organisations/{funder}/links");
    let made = officer.post(&path, &new).await.expect(201).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    (text("id"), text("secret"))
}

on_both! {
    async fn a_link_opens_what_is_written_here_and_nothing_else(house: &House) {
        let officer = house.person(Role::GrantsOfficer, house.home).await;
        award_of(house, &officer, house.funder_a).await;
        let (_, secret) = made(house, &officer, house.funder_a).await;
        let guest = Visitor::by_link(&house.address, &secret).await;
        let mut wrong = Vec::new();
        for operation in OPERATIONS {
            assert!(all().iter().any(|row| row.operation == *operation), "{operation} is none");
        }
        for page in PAGES {
            assert!(pages().any(|(known, ..)| known == page), "{page} is none");
        }
        for row in all() {
            // whoever asks is answered so
            if row.may == EVERYBODY {
                continue;
            }
            let path = row.path.replace("{none}", NONE);
            let body = (!row.body.is_null()).then_some(&row.body);
            let reply = guest.send(row.method.clone(), &path, body, &[("if-match", "\"v1\"")]).await;
            let expected = match OPERATIONS.contains(&row.operation) {
                true => row.answer,
                false => 403,
            };
            if reply.status != expected {
                wrong.push(format!("{}: {} and not {expected}: {}", row.operation, reply.status, reply.text));
            }
        }
        for (page, how, may) in pages() {
            if may.contains(&Kind::Nobody) {
                continue;
            }
            let path = page.replace("{none}", NONE);
            let reply = match how {
                How::Elsewhere => continue,
                How::Get(_) => guest.get(&path).await,
                How::Post(fields) => guest.form(&path, fields).await,
            };
            let right = match PAGES.contains(page) && matches!(how, How::Get(_)) {
                true => reply.status == 200,
                false => [403, 404].contains(&reply.status),
            };
            if !right {
                let text: String = reply.text.chars().take(120).collect();
                wrong.push(format!("{how:?} {page}: {}: {text}", reply.status));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn a_link_shows_what_its_funders_officer_sees_until_it_is_taken_back(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        let (_, early) = made(house, &story.officer, house.funder_a).await;
        let guest = Visitor::by_link(&house.address, &early).await;
        // a return that was not sent does not exist for it
        guest.get(&at).await.expect(404);
        story.agreed(&at).await;
        story.certified(&at).await;
        story.send(&at).await.expect(200);
        let (officer, funder) = (&story.officer, &story.funder);

        // the clock went on: whoever has the link opens it again
        let guest = Visitor::by_link(&house.address, &early).await;
        for path in ["/api/v1/awards", "/api/v1/returns", at.as_str(), "/api/v1/shared-documents"] {
            let (seen, theirs) = (guest.get(path).await.expect(200).json(), funder.get(path).await.expect(200).json());
            assert_eq!(without_next(seen), without_next(theirs), "{path}");
        }
        let workbook = format!("{at}/sendings/1/workbook");
        let sent = officer.get(&at).await.expect(200).json()["sendings"][0]["revision"].to_string();
        let workbook = workbook.replace("/1/", &format!("/{sent}/"));
        guest.get(&workbook).await.expect(200);
        let today = open(&guest, "/").await;
        today.does_not_say("Your questions");
        let around = guest.get("/").await.expect(200).text;
        assert!(around.contains("You look by a link, until the end of"), "{around}");
        for not in ["Find a record", "/account", "/applications", "/questions", "/sign-out"] {
            assert!(!around.contains(not), "{not}: {around}");
        }
        let award = today.link("Recovery grant");
        open(&guest, &award).await.does_not_say("Ask about a figure").does_not_say("History");
        let page = at.trim_start_matches("/api/v1").to_owned();
        open(&guest, &page).await.does_not_say("Accept it").does_not_say("Ask for changes");
        let position = today.all_links().into_iter().find(|href| href.ends_with("/position")).expect("a pool");
        open(&guest, &position).await.says("of your money is left").does_not_say("What changes from now on");
        // co-funders as they agreed: the same figures, and the same of them not shown
        let pool = position.trim_end_matches("/position");
        for of in ["position", "unspent", "quarters"] {
            let path = format!("/api/v1{pool}/{of}");
            let (seen, theirs) = (guest.get(&path).await.expect(200).json(), funder.get(&path).await.expect(200).json());
            assert_eq!(without_next(seen), without_next(theirs), "{path}");
        }
        // of another funder's link it is what that funder's officer sees: nothing of this one
        award_of(house, officer, house.funder_b).await;
        let (_, theirs) = made(house, officer, house.funder_b).await;
        let (other, their_officer) = (Visitor::by_link(&house.address, &theirs).await, house.funder(house.funder_b).await);
        for path in [
            at.as_str(), &workbook, &page, &award, &format!("/api/v1{award}"), &format!("/api/v1{award}/burn-up"),
            &position, &format!("/api/v1{pool}/position"), &format!("/api/v1{pool}/unspent"),
            &format!("{pool}/position/changes"), "/", "/api/v1/awards", "/api/v1/returns", "/deadlines",
            "/awards/360giving.csv", "/awards/awards.csv", "/deadlines/deadlines.csv", "/returns/returns.csv",
            "/shared-documents",
        ] {
            let (seen, expected) = (other.get(path).await, their_officer.get(path).await);
            assert_eq!(seen.status, expected.status, "{path}");
            assert!(!seen.text.contains("Recovery grant"), "{path}: {}", seen.text);
            let is_of_this = [at.as_str(), &workbook, &page, &award, &position].contains(&path);
            assert!(!is_of_this || [403, 404].contains(&seen.status), "{path}: {}", seen.status);
        }
        for no in ["/account", "/questions", "/search?q=all", "/people", "/organisations", "/api/v1/account",
                   "/applications", "/api/v1/today", "/api/v1/organisations", "/api/v1/search?q=all"] {
            guest.get(no).await.expect(403);
        }
        let accepts = format!("{at}/acceptance");
        guest.send(Method::POST, &accepts, Some(&json!({})), &[("if-match", "\"v1\"")]).await.expect(403);

        // staff see who has one and when it was opened, and take it back on the pages
        let home = format!("/organisations/{}", house.funder_a);
        let links = open(officer, &home).await.link("Links for its people: one works");
        open(officer, &links).await.says("Their programme officer").says("2 times, last").says("Works");
        open(&story.certifier, &links).await.says("Their programme officer").does_not_say("Make a link");
        story.trustee.get(&links).await.expect(403);
        funder.get(&links).await.expect(403);
        let csv = officer.get(&format!("{links}/links.csv")).await.expect(200).text;
        assert!(csv.contains("1,Their programme officer,works") && !csv.contains(&early), "{csv}");
        let revoke = open(officer, &links).await.link("Take it back : link 1");
        let page = open(officer, &revoke).await;
        page.says("This cannot be undone");
        let sent = page.form(&revoke).send(officer).await;
        follow(officer, sent).await.says("Taken back");
        // at once: it is told so, and is not asked to sign in
        guest.get(&at).await.expect(401);
        let gone = guest.get("/awards").await.expect(303);
        assert_eq!(gone.header("location"), "/funder-link");
        let told = guest.get("/funder-link").await.expect(410).text;
        assert!(told.contains("Open your link again") && !told.contains("Recovery grant"), "{told}");
        let stranger = house.stranger();
        // looking at it tells nothing, and opening it says no more than of one that never was
        stranger.get(&format!("/funder-link?key={early}")).await.expect(200);
        for key in [early.as_str(), "tribview_nothing", ""] {
            let fields: &[(&str, &str)] = &[("key", key)];
            let over = stranger.form("/funder-link/opening", fields).await.expect(410);
            assert!(over.text.contains("Ask whoever sent it to you") && !over.header("set-cookie").contains("tribopen"));
        }
        let history = open(officer, &format!("/history/organisation/{}", house.funder_a)).await;
        history.says("Made a link for somebody at the funder").says("Opened a link").says("Took back a link")
            .says("Whoever has the link").says("Their programme officer");
        assert!(!history.words().contains(&early));
    }

    async fn a_link_is_made_on_the_pages_shown_once_and_left(house: &House) {
        let officer = house.person(Role::FinanceOfficer, house.home).await;
        let grants = house.person(Role::GrantsOfficer, house.home).await;
        award_of(house, &grants, house.funder_a).await;
        let home = format!("/organisations/{}/links", house.funder_a);
        open(&officer, &home).await.says("No link was made yet");
        let page = open(&officer, &open(&officer, &home).await.link("Make a link")).await;
        let form = page.form(&home);
        let refused = form.clone().send(&officer).await.expect(422);
        for needed in ["Say for whom it is.", "Enter a date"] {
            assert!(refused.text.contains(needed), "{needed}: {}", refused.text);
        }
        // nobody there has an address here, so that there is one way
        assert_eq!(form.value("contact_id"), Some("by-hand"));
        let form = form.fill("for_whom", "Their treasurer");
        let refused = form.clone().fill("ends_on", "01/01/2020").send(&officer).await.expect(422);
        assert!(refused.text.contains("Choose a day from today on"), "{}", refused.text);
        let ends_on = (house.system().today() + chrono::Days::new(9)).format("%d/%m/%Y").to_string();
        let made = form.fill("ends_on", &ends_on).send(&officer).await.expect(200);
        let secret = made.text.split("funder-link?key=").nth(1).and_then(|rest| rest.split('<').next()).expect("a link");
        assert!(secret.starts_with("tribview_"), "{secret}");
        let program = officer.program(&["read", "records"]).await;
        let path = format!("/api/v1/organisations/{}/links", house.funder_a);
        program.post(&path, &json!({"for_whom": "Sam", "ends_on": "2026-12-01"})).await.expect(403);
        let listed = program.get(&path).await.expect(200).text;
        assert!(listed.contains("Their treasurer") && !listed.contains(secret), "{listed}");
        // whoever is signed in is told to sign out first
        let there = officer.get(&format!("/funder-link?key={secret}")).await.expect(200).text;
        assert!(there.contains("You are signed in already"), "{there}");
        officer.form("/funder-link/opening", &[("key", secret)]).await.expect(409);

        let guest = Visitor::by_link(&house.address, secret).await;
        open(&guest, "/awards").await.says("A place to belong");
        let left = guest.form("/funder-link/leaving", &[]).await.expect(303);
        assert!(left.header("set-cookie").contains("tributary="), "{}", left.header("set-cookie"));
        assert_eq!(guest.get("/awards").await.expect(303).header("location"), "/sign-in?next=%2Fawards");
        // another funder's officer, and the same person as nobody, have nothing of it
        house.stranger().get(&path).await.expect(401);
        let again = Visitor::by_link(&house.address, secret).await;
        again.get("/api/v1/awards").await.expect(200);
    }
}

/// What a reader may do next differs; what they read does not.
fn without_next(mut seen: Value) -> Value {
    if let Some(object) = seen.as_object_mut() {
        object.retain(|name, _| !["next", "may", "can"].contains(&name.as_str()));
    }
    seen
}
