//! What a return goes through besides its journey: news of it, two people at one answer, paper,
//! receipts, its history, and forms that cannot be filled.

use chrono::Duration;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::story::{Story, answers, day};
use crate::on_both;
use crate::support::visitor::{Reply, Visitor};

/// The section that asks this, of a return.
async fn section_of(story: &Story<'_>, at: &str, key: &str) -> String {
    let one = story.officer.get(at).await.expect(200).json();
    let sections = one["sections"].as_array().expect("sections");
    let n = sections
        .iter()
        .position(|section| {
            let answers = section["answers"].as_array().expect("answers");
            answers.iter().any(|answer| answer["key"] == key)
        })
        .expect("a section");
    format!("{}/sections/{n}", page_of(at))
}

/// The page of a return.
fn page_of(at: &str) -> String {
    at.strip_prefix("/api/v1").expect("an address").to_owned()
}

/// What a page's form carries under a name.
fn held(page: &Reply, name: &str) -> String {
    page.text
        .split(&format!("name=\"{name}\" value=\""))
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_else(|| panic!("{name} is not in\n{}", page.text))
        .to_owned()
}

async fn stands(story: &Story<'_>, at: &str, key: &str) -> Value {
    story
        .officer
        .get(&format!("{at}/answers/{key}"))
        .await
        .expect(200)
        .json()["value"]
        .clone()
}

const KEY: &str = "outcomes.progress";

/// Whether a page shows anything that people should not read: ids, slugs of ours, UTC instants.
fn assert_words(page: &str) {
    let main = page.split("<main").nth(1).expect("a page");
    let main = main.split("</main>").next().expect("a page");
    let mut text = String::new();
    let mut inside = false;
    for c in main.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    for word in text.split(|c: char| c.is_whitespace() || c == ',' || c == ';') {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        // Names of the people of a test hold an id without hyphens.
        let id = word.len() == 36 && word.parse::<uuid::Uuid>().is_ok();
        assert!(!id, "an id: {word}\n{text}");
        let utc = word.contains('T') && word.parse::<chrono::DateTime<chrono::Utc>>().is_ok();
        assert!(!utc, "an instant: {word}\n{text}");
        for slug in [
            "check-failed",
            "in-order",
            "set-aside",
            "outcomes.progress",
            "grant_return",
        ] {
            assert_ne!(word, slug, "{text}");
        }
    }
}

on_both! {
    /// Two people in one section: neither writes over the other unseen, and nothing typed is lost.
    async fn two_people_at_one_answer_do_not_write_over_each_other(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        let path = section_of(&story, &at, KEY).await;
        let (was, after) = (format!("was.{KEY}"), format!("{}?done=saved", page_of(&at)));
        let first = story.officer.get(&path).await.expect(200);
        let second = story.finance.get(&path).await.expect(200);
        let (seen_by_one, seen_by_two) = (held(&first, &was), held(&second, &was));
        assert_eq!((seen_by_one.as_str(), seen_by_two.as_str()), ("none", "none"));
        let saved = story.officer.form(&path, &[(KEY, "Ours is the first text."), (&was, &seen_by_one)]).await.expect(303);
        assert_eq!(saved.header("location"), after);
        // The second did not touch it: what the first wrote stays.
        story.finance.form(&path, &[(KEY, ""), (&was, &seen_by_two)]).await.expect(303);
        assert_eq!(stands(&story, &at, KEY).await, "Ours is the first text.");
        // The second wrote something else: told, both texts, and nothing saved.
        let told = story.finance.form(&path, &[(KEY, "Mine is <the> second."), (&was, &seen_by_two)]).await.expect(200);
        for words in ["Ours is the first text.", "Mine is &#60;the&#62; second.", "Which of the two stands?", "grants-officer"] {
            assert!(told.text.contains(words), "{words} is not in\n{}", told.text);
        }
        assert_eq!(stands(&story, &at, KEY).await, "Ours is the first text.");
        let now = held(&told, &was);
        assert_ne!(now, "none");
        let (conflict, choose) = (format!("conflict.{KEY}"), format!("choose.{KEY}"));
        // Sent again without choosing: asked again.
        let again = story.finance.form(&path, &[(KEY, "Mine is second."), (&was, &now), (&conflict, "yes")]).await.expect(200);
        assert!(again.text.contains("Choose which of the two stands."), "{}", again.text);
        // Theirs stands.
        let theirs = [(KEY, "Mine is second."), (was.as_str(), now.as_str()), (conflict.as_str(), "yes"), (choose.as_str(), "theirs")];
        story.finance.form(&path, &theirs).await.expect(303);
        assert_eq!(stands(&story, &at, KEY).await, "Ours is the first text.");
        // Mine stands, knowingly; but not over a third text that came since.
        let mine = [(KEY, "Mine is second."), (was.as_str(), now.as_str()), (conflict.as_str(), "yes"), (choose.as_str(), "mine")];
        story.answer(&at, KEY, &json!({"value": "A third text."})).await.expect(200);
        let told = story.finance.form(&path, &mine).await.expect(200);
        assert!(told.text.contains("A third text."), "{}", told.text);
        let now = held(&told, &was);
        let mine = [(KEY, "Mine is second."), (was.as_str(), now.as_str()), (conflict.as_str(), "yes"), (choose.as_str(), "mine")];
        story.finance.form(&path, &mine).await.expect(303);
        assert_eq!(stands(&story, &at, KEY).await, "Mine is second.");
    }

    /// The script is told in JSON; what can be saved is, and the rest is named.
    async fn the_script_is_told_what_stands_and_what_does_not(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        let path = section_of(&story, &at, KEY).await;
        let was = format!("was.{KEY}");
        let reply = story.officer.autosave(&path, &[(KEY, "First."), (&was, "none")]).await.expect(200).json();
        let id = reply["stands"][KEY].as_str().expect("an answer").to_owned();
        assert_eq!((&reply["meanwhile"], &reply["wrong"]), (&json!([]), &json!([])));
        story.officer.autosave(&path, &[(KEY, "Second."), (&was, &id)]).await.expect(200);
        let reply = story.finance.autosave(&path, &[(KEY, "Other."), (&was, &id)]).await.expect(409).json();
        assert_eq!(reply["meanwhile"][0]["text"], "Second.", "{reply}");
        assert_eq!(reply["meanwhile"][0]["name"], KEY);
        assert_eq!(stands(&story, &at, KEY).await, "Second.");
        // Signed out: a status that the script knows, not a page.
        let gone = house.stranger().autosave(&path, &[(KEY, "Lost?"), (&was, &id)]).await;
        assert_eq!((gone.status, gone.header("content-type").as_str()), (401, "application/problem+json"));
    }

    /// The session ended meanwhile: what was typed comes back, and is saved after signing in again.
    async fn what_was_typed_outlives_the_session(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        let path = section_of(&story, &at, KEY).await;
        let was = format!("was.{KEY}");
        let page = story.officer.get(&path).await.expect(200);
        let old = held(&page, "csrf");
        let typed = "What we did \"this\" quarter, & why.";
        house.advance(Duration::hours(13));
        let kept = story.officer.form(&path, &[(KEY, typed), (&was, "none"), ("csrf", &old)]).await.expect(401);
        assert!(kept.text.contains("Nothing is lost"), "{}", kept.text);
        assert!(kept.text.contains("What we did &#34;this&#34; quarter, &#38; why."), "{}", kept.text);
        assert!(kept.text.contains(&format!("name=\"{was}\" value=\"none\"")), "{}", kept.text);
        assert!(!kept.text.contains("Recovery grant"), "it says nothing but what came");
        // Signed in again in another tab: the old page's form is shown with this session's token.
        house.signs_in_again(&mut story.officer).await;
        let shown = story.officer.form(&path, &[(KEY, typed), (&was, "none"), ("csrf", &old)]).await.expect(200);
        assert!(shown.text.contains("Not saved yet"), "{}", shown.text);
        assert!(shown.text.contains("What we did &#34;this&#34; quarter, &#38; why."));
        assert_eq!(stands(&story, &at, KEY).await, Value::Null, "not without their own token");
        let fresh = held(&shown, "csrf");
        assert_ne!(fresh, old);
        let seen = held(&shown, &was);
        story.officer.form(&path, &[(KEY, typed), (&was, &seen), ("csrf", &fresh)]).await.expect(303);
        assert_eq!(stands(&story, &at, KEY).await, typed);
    }

    /// A copy signed on paper binds the same revision, under the same rules.
    async fn a_paper_signature_binds_the_revision_and_has_the_same_rules(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        story.agreed(&at).await;
        let now = house.clock.now();
        let page = story.certifier.get(&format!("{at}/certification")).await.expect(200).json();
        let office = page["next"]["office"].as_str().expect("an office").to_owned();
        let hash = page["content_hash"].as_str().expect("a hash").to_owned();
        let today = house.system().today();
        let scan: &[u8] = b"%PDF-1.7 signed";
        let path = format!("{at}/paper-certification");
        let paper = |hash: &str, by: &str, on: chrono::NaiveDate, bytes: &'static [u8]| {
            Form::new()
                .text("content_hash", hash.to_owned())
                .text("office", office.clone())
                .text("signed_by", by.to_owned())
                .text("signed_on", on.to_string())
                .part("copy", Part::bytes(bytes).file_name("signed.pdf"))
        };
        let good = |by: &str| paper(&hash, by, today, scan);
        // Not an officer, not without the second factor, not by a token.
        story.officer.send_parts(&path, good("Jo Bright"), &[]).await.expect(403);
        let bare = story.certifier.send_parts(&path, good("Jo Bright"), &[]).await;
        assert!([403, 409].contains(&bare.status), "{}", bare.text);
        story.certifier.show_second_factor(now).await;
        story.treasurer.show_second_factor(now).await;
        // Not what is no scan, not tomorrow, not before the revision, not another revision.
        let refused = story.certifier.send_parts(&path, paper(&hash, "Jo Bright", today, b"PK\x03\x04"), &[]).await.expect(422);
        assert!(refused.text.contains("/copy"), "{}", refused.text);
        for on in [today.succ_opt().unwrap(), today.pred_opt().unwrap()] {
            let refused = story.certifier.send_parts(&path, paper(&hash, "Jo Bright", on, scan), &[]).await.expect(422);
            assert!(refused.text.contains("/signed_on"), "{}", refused.text);
        }
        let other = "0".repeat(64);
        story.certifier.send_parts(&path, paper(&other, "Jo Bright", today, scan), &[]).await.expect(412);
        // Not somebody who changed an answer in it, however the name is typed.
        let account = story.officer.get("/api/v1/account").await.expect(200).json();
        let name = account["display_name"].as_str().expect("a name").to_uppercase();
        let own = story.certifier.send_parts(&path, good(&name), &[]).await.expect(409);
        assert!(own.text.contains("no-self-approval"), "{}", own.text);
        // The page takes it, and shows it.
        let on = today.format("%d/%m/%Y").to_string();
        let form = Form::new()
            .text("content_hash", hash.clone())
            .text("office", office.clone())
            .text("signed_by", "Jo Bright")
            .text("signed_on", on)
            .part("file", Part::bytes(scan).file_name("signed.pdf"));
        let page = story.certifier.get(&format!("{}/certify", page_of(&at))).await.expect(200);
        assert!(page.text.contains("It was signed on paper instead"), "{}", page.text);
        story.certifier.send_parts(&format!("{}/paper-certification", page_of(&at)), form, &[]).await.expect(303);
        let one = story.officer.get(&at).await.expect(200).json();
        let signed = &one["certifications"][0];
        assert_eq!((&signed["signed_by"], &signed["content_hash"]), (&json!("Jo Bright"), &json!(hash)));
        assert_eq!(signed["paper_sha256"], domain::files::sha256(scan));
        let kept = signed["paper_file_id"].as_str().expect("the paper");
        let file = story.officer.get(&format!("{at}/signed-papers/{kept}")).await.expect(200);
        assert_eq!((file.bytes.as_slice(), file.header("content-type").as_str()), (scan, "application/octet-stream"));
        let shown = story.officer.get(&page_of(&at)).await.expect(200);
        assert!(shown.text.contains("Signed on paper by Jo Bright"), "{}", shown.text);
        // One person, one office: the same name does not sign again, and who recorded it may sign.
        let office = story.treasurer.get(&format!("{at}/certification")).await.expect(200).json()["next"]["office"].clone();
        let again = Form::new()
            .text("content_hash", hash.clone())
            .text("office", office.as_str().expect("an office").to_owned())
            .text("signed_by", "jo  bright")
            .text("signed_on", today.to_string())
            .part("copy", Part::bytes(scan).file_name("signed.pdf"));
        let twice = story.treasurer.send_parts(&path, again, &[]).await.expect(409);
        assert!(twice.text.contains("one-person-one-office"), "{}", twice.text);
        let stands = story.sign(&story.certifier, &at).await.expect(200).json();
        assert_eq!(stands["state"], "certified");
        // What was certified has the name in its sign-off cells, and the event says how.
        let one = story.officer.get(&at).await.expect(200).json();
        let events = one["history"].as_array().expect("events");
        assert!(events.iter().any(|event| event["in_words"].as_str().is_some_and(|words| words.ends_with("on paper."))), "{events:?}");
    }

    /// The receipt as a file over the page: kept with its hash, shown, and saved again.
    async fn a_receipt_is_kept_over_the_page(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        story.agreed(&at).await;
        story.certified(&at).await;
        house.advance(Duration::minutes(5));
        let path = page_of(&at);
        let now = house.clock.now().with_timezone(&chrono_tz::Europe::London);
        let (on, time) = (now.format("%d/%m/%Y").to_string(), now.format("%H:%M").to_string());
        let form = || {
            Form::new()
                .text("on", on.clone())
                .text("at", time.clone())
                .text("how", "E-mail")
                .text("to", "returns@department.example")
                .text("receipt", "REC-7")
        };
        // What is wrong is said on the page, and nothing typed is lost.
        let empty = form().part("file", Part::bytes(&b""[..]).file_name("receipt.eml"));
        let told = story.officer.send_parts(&format!("{path}/sending"), empty, &[]).await.expect(200);
        assert!(told.text.contains("Choose a file of at most 16 MB.") && told.text.contains("REC-7"), "{}", told.text);
        let whole = form().part("file", Part::bytes(&b"From: them"[..]).file_name("receipt.eml"));
        story.officer.send_parts(&format!("{path}/sending"), whole, &[]).await.expect(303);
        let shown = story.officer.get(&path).await.expect(200);
        let link = shown.text.split("href=\"").find(|part| part.contains("/receipts/")).expect("a receipt");
        let link = link.split('"').next().expect("a link");
        assert!(shown.text.contains("receipt.eml") && shown.text.contains(&domain::files::sha256(b"From: them")), "{}", shown.text);
        let saved = story.officer.get(link).await.expect(200);
        assert_eq!(saved.bytes, b"From: them");
        assert_eq!(saved.header("content-type"), "application/octet-stream");
        assert!(saved.header("content-disposition").contains("receipt.eml"));
        assert!(!story.is_due(&at).await);
        story.other_funder.get(link).await.expect(404);
    }

    /// Since you were here: what others did, in what one may see; nothing of one's own.
    async fn today_tells_what_others_did_since_the_last_visit(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        house.signs_in_again(&mut story.finance).await;
        let news = async |who: &Visitor| who.get("/api/v1/today").await.expect(200).json()["since_you_were_here"].clone();
        // They signed in again after months: all that happened since is news, and stays so while they are here.
        story.answer(&at, KEY, &json!({"value": "By the officer."})).await.expect(200);
        let seen = news(&story.finance).await;
        let said = |news: &Value| -> Vec<String> {
            let items = news["items"].as_array().expect("items");
            items.iter().map(|item| format!("{} {} {}", item["by"].as_str().unwrap_or(""), item["what"].as_str().unwrap_or(""), item["about"].as_str().unwrap_or(""))).collect()
        };
        let lines = said(&seen);
        assert!(lines.iter().any(|line| line.contains("Typed an answer. Recovery grant: Quarterly return, October to December 2026")), "{lines:?}");
        assert!(lines.iter().any(|line| line.starts_with("Tributary Drafted from the facts.")), "{lines:?}");
        assert!(!said(&news(&story.officer).await).iter().any(|line| line.contains("Typed")), "not one's own");
        assert_eq!(said(&news(&story.finance).await), lines, "looking does not empty it");
        let page = story.finance.get("/").await.expect(200);
        assert!(page.text.contains("Since you were here") && page.text.contains("Typed an answer."), "{}", page.text);
        assert_words(&page.text);
        // A pause, and back: what was told before is no news.
        house.advance(Duration::minutes(45));
        story.finance.get("/").await.expect(200);
        house.advance(Duration::minutes(1));
        for n in 0..3 {
            story.answer(&at, KEY, &json!({"value": format!("Text {n}")})).await.expect(200);
        }
        let lines = said(&news(&story.finance).await);
        assert!(lines.iter().any(|line| line.contains("Typed an answer, 3 times.")), "{lines:?}");
        assert!(!lines.iter().any(|line| line.contains("Drafted")), "{lines:?}");
        // A funder's officer hears of what was sent, and of nothing else.
        house.signs_in_again(&mut story.funder).await;
        house.signs_in_again(&mut story.other_funder).await;
        assert_eq!(said(&news(&story.funder).await), Vec::<String>::new());
        story.agreed(&at).await;
        story.certified(&at).await;
        house.advance(Duration::minutes(40));
        story.send(&at).await.expect(200);
        let lines = said(&news(&story.funder).await);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with("Tributary Sent; its deadline is met."), "{lines:?}");
        assert_eq!(said(&news(&story.other_funder).await), Vec::<String>::new());
    }

    /// Every record's history is reached from its page, whole, in sentences, by who may read it.
    async fn every_history_is_in_sentences(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        story.agreed(&at).await;
        for n in 0..70 {
            story.answer(&at, KEY, &json!({"value": format!("Text {n}")})).await.expect(200);
        }
        let path = page_of(&at);
        let page = story.officer.get(&path).await.expect(200);
        let id = at.rsplit('/').next().expect("an id").to_owned();
        assert!(page.text.contains(&format!("/history/grant_return/{id}")), "{}", page.text);
        let first = story.officer.get(&format!("/history/grant_return/{id}")).await.expect(200);
        assert!(first.text.contains("Next page"), "it goes on");
        let second = story.officer.get(&format!("/history/grant_return/{id}?page=1")).await.expect(200);
        assert!(second.text.contains("Said why something that was found may stand") || second.text.contains("Drafted the return from the facts"), "{}", second.text);
        for page in [&first, &second] {
            assert_words(&page.text);
        }
        let one = story.officer.get(&at).await.expect(200).json();
        let label = answers(&one).into_iter().find(|answer| answer["key"] == KEY).expect("a question");
        assert!(first.text.contains(label["label"].as_str().expect("a label")), "the question, not its short name");
        let award = one["award_id"].as_str().expect("an award");
        let list = |path: &'static str| async { story.officer.get(path).await.expect(200).json()["items"][0]["id"].as_str().expect("an id").to_owned() };
        let (pool, import, category, body) = (
            list("/api/v1/pools").await, list("/api/v1/imports").await,
            list("/api/v1/cost-categories").await, list("/api/v1/organisations").await,
        );
        let (profile, form) = (list("/api/v1/import-profiles").await, list("/api/v1/forms").await);
        let asked = story.officer.get(&format!("/api/v1/awards/{award}/requirements")).await.expect(200).json();
        let asked = asked[0]["id"].as_str().or_else(|| asked["items"][0]["id"].as_str()).expect("an id").to_owned();
        for (kind, id) in [
            ("award", award), ("pool", &pool), ("spend_import", &import), ("cost_category", &category),
            ("organisation", &body), ("import_profile", &profile), ("return_form", &form), ("requirement", &asked),
        ] {
            let page = story.officer.get(&format!("/history/{kind}/{id}")).await.expect(200);
            assert_words(&page.text);
            story.funder.get(&format!("/history/{kind}/{id}")).await;
        }
        let trustee = person_id(&story.trustee);
        let administrator = house.administrator().await;
        assert_words(&administrator.get(&format!("/history/person/{trustee}")).await.expect(200).text);
        // Whoever may not read the record may not read what happened to it.
        story.trustee.get(&format!("/history/spend_import/{import}")).await.expect(403);
        story.officer.get(&format!("/history/person/{trustee}")).await.expect(403);
        story.funder.get(&format!("/history/grant_return/{id}")).await.expect(403);
        story.officer.get(&format!("/history/mail/{id}")).await.expect(404);
    }

    /// A form that cannot be filled shows where those who can mend it look, until it is mended.
    async fn a_form_that_cannot_be_filled_shows_on_today(house: &House) {
        let mut story = Story::begin(house, None).await;
        story.settle().await;
        // The worker's program is gone: no form can be filled.
        let broken = worker::Worker::new(
            house.db.clone(),
            house.clock.clone(),
            worker::WorkerConfig { program: "/nonexistent/program".into(), public_address: house.address.clone(), ..worker::WorkerConfig::default() },
        )
        .expect("a worker");
        story.advance_to(day("2027-01-05")).await;
        house.settle(&broken).await;
        let administrator = house.administrator().await;
        let today = story.officer.get("/api/v1/today").await.expect(200).json();
        let problems = today["problems"].as_array().expect("problems");
        assert_eq!(problems.len(), 1, "{today}");
        assert!(problems[0]["title"].as_str().is_some_and(|title| title.starts_with("Recovery grant: Quarterly return from October 2026")), "{problems:?}");
        let award = problems[0]["award_id"].as_str().expect("an award").to_owned();
        let id = problems[0]["return_id"].as_str().expect("a return").to_owned();
        for (who, path) in [
            (&story.officer, "/".to_owned()),
            (&story.officer, format!("/awards/{award}")),
            (&story.officer, format!("/returns/{id}")),
            (&administrator, "/operations".to_owned()),
        ] {
            let page = who.get(&path).await.expect(200);
            assert!(page.text.contains("cannot be drafted"), "{path}: {}", page.text);
            assert_words(&page.text);
        }
        // Whoever cannot mend it is not troubled with it.
        for who in [&story.trustee, &story.certifier] {
            assert_eq!(who.get("/api/v1/today").await.expect(200).json()["problems"], json!([]));
        }
        // It is tried again, and gone once it can be filled.
        story.settle().await;
        let today = story.officer.get("/api/v1/today").await.expect(200).json();
        assert_eq!(today["problems"], json!([]), "{today}");
        let filled = story.officer.get(&format!("/api/v1/returns/{id}")).await.expect(200).json();
        assert!(filled["revision"].as_i64() > Some(0), "{filled}");
    }

    /// Overdue is not long overdue: the lead's part is asked for from the tenth working day on.
    async fn long_overdue_begins_on_the_tenth_working_day(house: &House) {
        let mut story = Story::begin(house, None).await;
        story.drafted().await;
        let administrator = house.administrator().await;
        let lead = "is named to lead on it";
        // Due on Monday 1 February 2027.
        for (on, shown) in [("2027-02-02", false), ("2027-02-12", false), ("2027-02-15", true)] {
            house.advance_to(day(on));
            house.signs_in_again(&mut story.officer).await;
            let today = story.officer.get("/api/v1/today").await.expect(200);
            assert_eq!(today.json()["overdue"].as_array().map(Vec::len), Some(1), "{on}: {}", today.text);
            assert_eq!(today.text.contains(lead), shown, "{on}: {}", today.text);
        }
        drop(administrator);
    }

    /// Today says so when nobody active holds a part.
    async fn today_says_when_nobody_holds_a_part(house: &House) {
        let mut story = Story::begin(house, None).await;
        story.drafted().await;
        let administrator = house.administrator().await;
        let membership = story.officer.invited.expect("somebody").membership_id;
        administrator.delete(&format!("/api/v1/memberships/{membership}")).await.expect(204);
        let page = story.finance.get("/").await.expect(200);
        assert!(page.text.contains("Somebody is needed") && page.text.contains("Nobody active is named to prepare this return"), "{}", page.text);
    }
}

fn person_id(who: &Visitor) -> String {
    who.invited
        .as_ref()
        .expect("somebody")
        .person_id
        .to_string()
}
