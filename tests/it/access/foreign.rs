//! What belongs to another funder does not exist: it answers exactly as what was never there. Asked
//! in a furnished house: two funders' awards in one pool, their forms, returns and files.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::matrix::{NONE, all};
use super::matrix_pages::{How, pages};
use crate::on_both;
use crate::returns::story::Story;
use crate::support::sample::{self, FIELDS};
use crate::support::visitor::{Reply, Visitor};

/// What there is of one funder, and what is the charity's own.
struct Things {
    award: String,
    form: String,
    grant_return: String,
    receipt: String,
    organisation: String,
    pool: String,
    import: String,
    line: String,
    profile: String,
    category: String,
    person: String,
    membership: String,
    question: String,
    /// Shared with its funder.
    document: String,
}

impl Things {
    /// The address with ids of these things where the row has `{none}`.
    fn put(&self, path: &str) -> String {
        let id = match path
            .trim_start_matches("/api/v1")
            .split('/')
            .nth(1)
            .unwrap_or_default()
        {
            "awards" | "history" => &self.award,
            "forms" => &self.form,
            "returns" => &self.grant_return,
            "organisations" => &self.organisation,
            "pools" => &self.pool,
            "imports" => &self.import,
            "spend-lines" | "spend" => &self.line,
            "import-profiles" => &self.profile,
            "cost-categories" => &self.category,
            "people" => &self.person,
            "memberships" => &self.membership,
            "funder-questions" | "questions" => &self.question,
            "shared-documents" => &self.document,
            "figures-to-ask-about" => &self.award,
            _ => NONE,
        };
        path.replacen("{none}", id, 1)
            .replacen("{none}", &self.receipt, 1)
    }
}

/// The first id of a list that fits.
fn first(list: &Value, fits: impl Fn(&Value) -> bool) -> String {
    let items = list
        .get("items")
        .unwrap_or(list)
        .as_array()
        .expect("a list");
    items
        .iter()
        .find(|item| fits(item))
        .unwrap_or_else(|| panic!("none of them: {list}"))["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

/// The second funder's award in the same pool, with its form and what it asks for.
async fn second_funder(story: &Story<'_>) -> (String, String, String) {
    let house = story.house;
    let officer = &story.officer;
    let award = officer
        .post(
            "/api/v1/awards",
            &json!({
                "reference": "LF-26-1", "title": "Lantern grant", "programme": "Lantern",
                "funder_id": house.funder_b, "holder_id": house.council,
                "accountable_body_id": house.council, "amount_pence": 50_000_00,
                "starts_on": "2026-10-01", "ends_on": "2027-09-30", "nation": "england",
                "pays_for": "both", "legal_basis": "gift", "lost_if_unspent": false,
            }),
        )
        .await
        .expect(201)
        .id();
    let pool = first(
        &officer.get("/api/v1/pools").await.expect(200).json(),
        |_| true,
    );
    let path = format!("/api/v1/pools/{pool}");
    let tag = officer.get(&path).await.expect(200).header("etag");
    officer
        .send(
            reqwest::Method::POST,
            &format!("{path}/contributions"),
            Some(&json!({"award_id": award, "agreed_pence": 50_000_00})),
            &[("if-match", &tag)],
        )
        .await
        .expect(201);
    let mut fields: Value = serde_json::from_slice(FIELDS).expect("fields");
    fields["name"] = json!("Lantern return");
    let form = sample::add_form(officer, house.funder_b, fields.to_string().into_bytes()).await;
    officer
        .post(
            &format!("/api/v1/awards/{award}/requirements"),
            &json!({
                "form_id": form, "name": "Lantern return", "period_months": 3,
                "first_period_from": "2026-10-01", "anchor_on": "2026-10-01",
                "due_rule": {"rule": "days-after-period-end", "days": 30, "adjust": "next-working-day"},
                "signatures": [
                    {"office": "Section 151 officer", "words": "It is true.", "order": 1},
                    {"office": "Head of the programme", "words": "It is right.", "order": 2},
                ],
            }),
        )
        .await
        .expect(201);
    (award, form, pool)
}

/// A question of a funder's officer about their award.
async fn asks(who: &Visitor, award: &str) -> String {
    who.post(
        "/api/v1/funder-questions",
        &json!({"about": "award", "id": award, "figure": "amount", "words": "Is that all?"}),
    )
    .await
    .expect(201)
    .id()
}

/// A document beside an award that is shared with its funder.
async fn shares(officer: &Visitor, award: &str, funder: &str, title: &str) -> String {
    let beside = format!("/api/v1/records/award/{award}/documents");
    let file = Part::bytes(title.as_bytes().to_vec()).file_name("letter.txt");
    let form = Form::new()
        .text("title", title.to_owned())
        .part("file", file);
    let document = officer
        .send_parts(&beside, form, &[])
        .await
        .expect(201)
        .id();
    officer
        .post(
            &format!("{beside}/{document}/shares"),
            &json!({"funder_id": funder}),
        )
        .await
        .expect(201);
    document
}

/// Status and body without what differs between any two requests.
fn bare(reply: &Reply, path: &str) -> (u16, String) {
    let request = reply.header("x-request-id");
    let mut text = reply.text.replace(path, "PATH");
    if !request.is_empty() {
        text = text.replace(&request, "REQUEST");
    }
    let lines = text.lines().filter(|line| !line.contains("nonce"));
    let text = lines.collect::<Vec<_>>().join("\n");
    match serde_json::from_str::<Value>(&text) {
        Ok(mut json) => {
            if let Some(object) = json.as_object_mut() {
                object.remove("request_id");
            }
            (reply.status, json.to_string())
        }
        Err(_) => (reply.status, text),
    }
}

/// Asks for everything with an id with these things and with nothing, and says what differs.
async fn differs(who: &Visitor, name: &str, others: &Things) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut compare = |what: String, found: (u16, String), missing: (u16, String)| {
        if found != missing {
            wrong.push(format!("{name}, {what}: {found:?} and not {missing:?}"));
        }
    };
    // Both pay into the pool: its position is there for both, and tells each what the other agreed.
    let shared = |path: &str| {
        ["position", "unspent", "quarters"]
            .iter()
            .any(|what| path.contains(&format!("/pools/{{none}}/{what}")))
    };
    let rows = all().into_iter().filter(|row| row.path.contains("{none}"));
    for row in rows.filter(|row| !shared(row.path)) {
        let body = (!row.body.is_null()).then_some(&row.body);
        let mut answers = Vec::new();
        for path in [others.put(row.path), row.path.replace("{none}", NONE)] {
            let tag = [("if-match", "\"v1\"")];
            let reply = who.send(row.method.clone(), &path, body, &tag).await;
            answers.push(bare(&reply, &path));
        }
        let missing = answers.pop().expect("two");
        compare(
            format!("{} {}", row.method, row.path),
            answers.pop().expect("two"),
            missing,
        );
    }
    let asked = |page: &str, how: &How| {
        page.contains("{none}") && !shared(page) && !matches!(how, How::Elsewhere)
    };
    for (page, how, _) in pages().filter(|(page, how, _)| asked(page, how)) {
        let mut answers = Vec::new();
        for path in [others.put(page), page.replace("{none}", NONE)] {
            let reply = match how {
                How::Get(_) => who.get(&path).await,
                How::Post(fields) => who.form(&path, fields).await,
                How::Elsewhere => unreachable!("left out above"),
            };
            answers.push(bare(&reply, &path));
        }
        let missing = answers.pop().expect("two");
        compare(
            format!("{how:?} {page}"),
            answers.pop().expect("two"),
            missing,
        );
    }
    wrong
}

on_both! {
    async fn what_is_another_funders_answers_as_what_was_never_there(house: &House) {
        let mut story = Story::begin(house, None).await;
        let (award_b, form_b, pool) = second_funder(&story).await;
        let at = story.drafted().await;
        story.agreed(&at).await;
        story.certified(&at).await;
        story.send(&at).await.expect(200);
        let officer = &story.officer;
        let list = async |path: &str| officer.get(path).await.expect(200).json();
        let awards = list("/api/v1/awards").await;
        let returns = list("/api/v1/returns?limit=200").await;
        let someone = story.certifier.invited.expect("somebody");
        let sent = officer.get(&at).await.expect(200).json();
        let receipt = sent["sendings"][0]["receipt_file_id"].as_str().expect("a receipt").to_owned();
        let of_a = Things {
            award: first(&awards, |award| award["reference"] == "SMRRS-26-014"),
            form: first(&list("/api/v1/forms").await, |form| form["id"] != json!(form_b)),
            grant_return: at.rsplit('/').next().expect("an id").to_owned(),
            receipt,
            organisation: house.funder_a.to_string(),
            pool,
            import: first(&list("/api/v1/imports").await, |_| true),
            line: first(&list("/api/v1/spend-lines").await, |_| true),
            profile: first(&list("/api/v1/import-profiles").await, |_| true),
            category: NONE.to_owned(),
            person: someone.person_id.to_string(),
            membership: someone.membership_id.to_string(),
            question: String::new(),
            document: String::new(),
        };
        let of_b = Things {
            grant_return: first(&returns, |one| one["award_id"] == json!(award_b)
                || one["award"].as_str().is_some_and(|title| title.contains("Lantern"))),
            form: form_b,
            organisation: house.funder_b.to_string(),
            receipt: of_a.receipt.clone(),
            pool: of_a.pool.clone(),
            import: of_a.import.clone(),
            line: of_a.line.clone(),
            profile: of_a.profile.clone(),
            category: of_a.category.clone(),
            person: of_a.person.clone(),
            membership: of_a.membership.clone(),
            question: asks(&story.other_funder, &award_b).await,
            document: shares(officer, &award_b, &house.funder_b.to_string(), "Lantern plan").await,
            award: award_b,
        };
        let of_a = Things {
            question: asks(&story.funder, &of_a.award).await,
            document: shares(officer, &of_a.award, &of_a.organisation, "Department for Recovery plan").await,
            ..of_a
        };
        // The ids are real: whose they are reads them.
        let (a, b) = (&story.funder, &story.other_funder);
        a.get(&at).await.expect(200);
        a.get(&of_a.put("/api/v1/awards/{none}")).await.expect(200);
        b.get(&of_b.put("/api/v1/awards/{none}")).await.expect(200);
        a.get(&of_a.put("/api/v1/returns/{none}/receipts/{none}")).await.expect(200);
        officer.get(&of_b.put("/api/v1/returns/{none}")).await.expect(200);
        for (who, of) in [(a, &of_a), (b, &of_b)] {
            who.get(&of.put("/api/v1/funder-questions/{none}")).await.expect(200);
            officer.get(&of.put("/questions/{none}")).await.expect(200);
            who.get(&of.put("/api/v1/shared-documents/{none}/file")).await.expect(200);
            who.get(&of.put("/shared-documents/{none}/file")).await.expect(200);
        }
        for path in ["/api/v1/pools/{none}", "/api/v1/imports/{none}", "/api/v1/spend-lines/{none}",
                     "/api/v1/import-profiles/{none}", "/api/v1/forms/{none}"] {
            officer.get(&of_a.put(path)).await.expect(200);
        }
        // Of two funders' pool, a sum or a total would give the other's figures.
        for (who, own, other) in [(a, "Department for Recovery", "Lantern"), (b, "Lantern", "Department for Recovery")] {
            for path in ["/api/v1/pools/{none}/position", "/pools/{none}/position", "/pools/{none}/position.csv",
                         "/api/v1/pools/{none}/unspent", "/pools/{none}/unspent", "/pools/{none}/unspent.csv"] {
                let text = who.get(&of_a.put(path)).await.expect(200).text;
                assert!(text.contains(own) && !text.contains(other), "{path}: {text}");
            }
            let told = who.get(&of_a.put("/api/v1/pools/{none}/position")).await.expect(200).json();
            assert_eq!(told["rows"].as_array().expect("rows").len(), 1);
            assert_eq!(told["others"]["agreed_pence"], Value::Null);
            assert_eq!(told["together"]["agreed_pence"], Value::Null);
            assert_eq!(told["spend_pence"], Value::Null);
            // a quarter beyond their own awards would be what the other paid in it
            for path in ["/api/v1/pools/{none}/quarters", "/pools/{none}/quarters", "/pools/{none}/quarters.csv"] {
                assert!(!who.get(&of_a.put(path)).await.expect(200).text.contains(other), "{path}");
            }
            let told = who.get(&of_a.put("/api/v1/pools/{none}/quarters")).await.expect(200).json();
            assert_eq!((told["awards"].as_array().expect("awards").len(), &told["together"]["unfunded_pence"]), (1, &Value::Null));
            // what another will leave rests on what we plan with its money
            let told = who.get(&of_a.put("/api/v1/pools/{none}/unspent")).await.expect(200).json();
            assert_eq!((told["rows"].as_array().expect("rows").len(), &told["at_the_end"]), (1, &Value::Null));
        }
        let mut wrong = differs(a, "funder A", &of_b).await;
        wrong.extend(differs(b, "funder B", &of_a).await);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        // Nor do lists name the other, nor who sits on the boards.
        for (who, other) in [(a, "Lantern"), (b, "Department for Recovery")] {
            for path in ["/api/v1/awards", "/api/v1/returns", "/api/v1/deadlines", "/api/v1/today", "/", "/awards", "/returns", "/deadlines",
                         "/organisations", "/api/v1/organisations", "/organisations/organisations.csv",
                         "/awards/awards.csv", "/returns/returns.csv", "/deadlines/deadlines.csv",
                         "/questions", "/api/v1/funder-questions", "/search?q=all", "/api/v1/search?q=all",
                         "/shared-documents", "/shared-documents/shared-documents.csv", "/api/v1/shared-documents",
                         "/search?q=plan", "/api/v1/search?q=plan"] {
                let text = who.get(path).await.expect(200).text;
                assert!(!text.contains(other), "{path} names {other}: {text}");
            }
        }
        let seen = a.get(&at).await.expect(200).json();
        for board in seen["boards"].as_array().expect("boards") {
            assert_eq!((&board["recorded_by"], &board["minute"], &board["agreed"]), (&Value::Null, &Value::Null, &json!(true)));
        }
        let page = a.get(&format!("/returns/{}", of_a.grant_return)).await.expect(200).text;
        assert!(!page.contains("Minute 12"), "the page names the minute");
        let inside = officer.get(&at).await.expect(200).json();
        assert_eq!(inside["boards"][0]["minute"], "Minute 12");
    }
}
