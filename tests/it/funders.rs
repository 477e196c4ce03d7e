//! A funder's officer at their pages: they ask about a figure and are answered there, accept what
//! they were sent, and download what is shared with them.

use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::on_both;
use crate::returns::story::Story;
use crate::support::pages::{follow, open};
use crate::support::visitor::Visitor;

on_both! {
    async fn a_funder_asks_about_a_figure_on_the_pages_and_is_answered_there(house: &House) {
        let story = Story::begin(house, None).await;
        let (funder, officer) = (&story.funder, &story.officer);
        open(funder, "/questions").await.says("You have asked nothing yet");
        open(officer, "/questions").await.says("No funder has asked anything yet");
        let award = open(funder, "/awards").await.link("Recovery grant (SMRRS-26-014)");
        let asks = open(funder, &award).await.link("Ask about a figure");
        let page = open(funder, &asks).await;
        page.says("Of Recovery grant, as of");

        // what is missing is said at its field, and what was typed stays
        let form = page.form("/questions");
        let refused = form.clone().fill("words", "Why is it round?").send(funder).await.expect(422);
        assert!(refused.text.contains("Choose one.") && refused.text.contains("Why is it round?"));
        let sent = form.fill("figure", "amount=£600,000.00").fill("words", "Why is it round?").send(funder).await;
        let page = follow(funder, sent).await;
        page.says("Your question was sent").says("£600,000.00").says("Why is it round?").says("Not answered yet");
        open(funder, "/").await.says("One of your questions waits for an answer.");
        open(officer, "/").await.says("One question of a funder waits for an answer.").says("Funders ask");

        // the grants officer was told, and answers; the finance officer could too, a trustee only reads
        let told = house.told(officer).await;
        assert_eq!(told[0].0, "A funder asks about a figure");
        let here = open(officer, "/").await.link("Amount, £600,000.00: Recovery grant");
        open(&story.trustee, &here).await.does_not_say("Your answer");
        let page = open(officer, &here).await;
        let empty = page.form(&format!("{here}/answers")).send(officer).await.expect(422);
        assert!(empty.text.contains("Write something."));
        let sent = page.form(&format!("{here}/answers")).fill("words", "You gave a round sum.").send(officer).await;
        follow(officer, sent).await.says("Your answer was sent").says("You gave a round sum.");
        assert_eq!(house.told(funder).await[0].0, "Your question is answered");
        let page = open(funder, "/").await;
        page.says("Answered: look at it");
        let page = open(funder, &page.link("Amount, £600,000.00: Recovery grant")).await;
        page.says("You gave a round sum.").does_not_say("grants-officer");

        // they ask on, and settle it after all
        let sent = page.form(&format!("{here}/further-questions")).fill("words", "In one payment?").send(funder).await;
        follow(funder, sent).await.says("Not answered yet");
        let page = open(funder, &format!("{here}/settlement")).await;
        page.says("that cannot be undone");
        let sent = page.form(&format!("{here}/settlement")).send(funder).await;
        follow(funder, sent).await.says("The question is settled");
        open(officer, &here).await.says("Settled").does_not_say("Your answer");
        let history = open(officer, &here).await.link("Its whole history");
        open(officer, &history).await.says("Answered what a funder asked");
        open(officer, "/search?q=round").await.says("Funders’ questions");
        open(&story.other_funder, "/search?q=round").await.does_not_say("Funders’ questions");
        open(&story.other_funder, "/questions").await.says("You have asked nothing yet");
        let csv = officer.get("/questions/questions.csv?state=settled").await.expect(200).text;
        assert!(csv.contains("600000.00") && csv.contains("Why is it round?"), "{csv}");
        let none = officer.get("/questions/questions.csv?state=waiting").await.expect(200).text;
        assert_eq!(none.lines().count(), 1, "{none}");
    }

    async fn a_funder_asks_about_an_answer_of_what_was_sent_and_programs_do_the_same(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        let id = at.rsplit('/').next().expect("an id").to_owned();
        let figures = format!("/api/v1/figures-to-ask-about/return/{id}");
        story.funder.get(&figures).await.expect(404);
        story.agreed(&at).await;
        story.certified(&at).await;
        story.send(&at).await.expect(200);
        let (funder, officer) = (&story.funder, &story.officer);
        let program = funder.program(&["read", "records"]).await;
        let shown = program.get(&figures).await.expect(200).json();
        let figure = shown["items"].as_array().expect("figures").iter()
            .find(|one| one["seen_pence"].as_i64().is_some_and(|pence| pence > 0)).expect("an amount");
        let new = json!({"about": "return", "id": id, "figure": figure["figure"], "seen": figure["seen"],
                         "words": "Of which\nmonth is most?"});
        let question = program.post("/api/v1/funder-questions", &new).await.expect(201).id();
        let path = format!("/api/v1/funder-questions/{question}");
        let seen = officer.get(&path).await.expect(200).json();
        assert_eq!((&seen["seen_pence"], &seen["state"]), (&figure["seen_pence"], &json!("waiting")));
        assert_eq!(seen["path"], json!(format!("/returns/{id}")));
        assert_eq!(seen["next"], json!(["answered"]));
        story.other_funder.get(&path).await.expect(404);

        // opened again and changed here, the funder still asks about what was sent
        story.act(officer, &at, "reopening", Some(json!({"reason": "A late invoice."}))).await.expect(200);
        assert_eq!(program.get(&figures).await.expect(200).json(), shown);

        // a repeated request finds the first one's question; a stale figure is refused
        let key = [("idempotency-key", "a-question")];
        let mut ids = Vec::new();
        for _ in 0..2 {
            let reply = program.send(reqwest::Method::POST, "/api/v1/funder-questions", Some(&new), &key).await;
            ids.push(reply.expect(201).id());
        }
        assert_eq!(ids[0], ids[1]);
        let stale = json!({"about": "return", "id": id, "figure": figure["figure"], "seen": "£0.01", "words": "A"});
        let refused = program.post("/api/v1/funder-questions", &stale).await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], "figure-changed", "{refused}");

        officer.post(&format!("{path}/answers"), &json!({"words": "November."})).await.expect(201);
        let late = program.post(&format!("{path}/withdrawal"), &json!({})).await.expect(409).json();
        assert!(late["type"].as_str().expect("a type").ends_with("question-answered"), "{late}");
        program.post(&format!("{path}/settlement"), &json!({"words": "Thank you."})).await.expect(201);
        let other = format!("/api/v1/funder-questions/{}", ids[0]);
        program.post(&format!("{other}/withdrawal"), &json!({})).await.expect(201);
        let listed = officer.get("/api/v1/funder-questions?about=return&limit=1").await.expect(200).json();
        assert_eq!(listed["items"].as_array().expect("questions").len(), 1);
        assert!(listed["next"].is_string(), "{listed}");
        officer.get("/api/v1/funder-questions?state=nothing").await.expect(400);
    }

    async fn a_funder_accepts_a_return_or_says_what_has_to_change_on_the_pages(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        story.agreed(&at).await;
        story.certified(&at).await;
        story.send(&at).await.expect(200);
        let page = at.trim_start_matches("/api/v1").to_owned();
        let (funder, officer) = (&story.funder, &story.officer);
        let seen = open(funder, &page).await;
        seen.says("It was sent to you. Accept it, or say what has to change.");
        let asks = seen.link("Ask for changes");
        let form = open(funder, &asks).await.form(&asks);
        let lonely = form.clone().fill("reason", "Unclear.").fill("words_1", "More.").send(funder).await.expect(422);
        assert!(lonely.text.contains("Choose the question or the section."));
        let section = form.choices("about_0")[1].to_owned();
        let sent = form.fill("reason", "The second figure is unclear.").fill("about_0", &section)
            .fill("words_0", "Say what it holds.").send(funder).await;
        let seen = follow(funder, sent).await;
        seen.says("You asked for changes").says("Say what it holds.").says("Accept it after all");

        // whoever prepares it finds it on Today, opens it again with those words, and the boards read them
        assert_eq!(house.told(officer).await[0].0, "A funder asks for changes in a return");
        open(officer, "/").await.says("A funder asks for changes in one return.").says("Funders ask for changes");
        let seen = open(officer, &page).await;
        seen.says("asked for changes").says("The second figure is unclear.").says("Open it again");
        let form = open(officer, &seen.link("Open it again")).await.form(&format!("{page}/reopen"));
        let reason = form.value("reason").expect("a reason").to_owned();
        assert!(reason.contains("The second figure is unclear.") && reason.contains("Say what it holds."), "{reason}");
        follow(officer, form.send(officer).await).await.says("It was opened again.");
        open(officer, "/").await.does_not_say("Funders ask for changes");
        let form = open(officer, &format!("{page}/resubmission")).await.form(&format!("{page}/offer"));
        assert_eq!(form.value("reason"), Some(reason.as_str()));

        // the funder sees what it has, accepts it after all, and is never told that it is open here
        let seen = open(funder, &page).await;
        seen.does_not_say("opened again");
        let sent = seen.form(&format!("{page}/acceptance")).send(funder).await;
        let seen = follow(funder, sent).await;
        seen.says("You accepted this return.").says("You accepted it.").does_not_say("opened again");
        let again = funder.form(&format!("{page}/acceptance"), &[]).await.expect(409);
        assert!(again.text.contains("It was accepted already."));
        assert_eq!(house.told(officer).await[0].0, "A funder accepted a return");
    }

    async fn a_calendar_program_reads_what_its_owner_may_see_at_an_address_of_theirs(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        let (funder, officer) = (&story.funder, &story.officer);
        let made = open(funder, "/account/calendars/new").await.form("/account/calendars").send(funder).await.expect(200);
        let address = made.text.split("<p class=\"letter\">").nth(1).and_then(|rest| rest.split('<').next())
            .expect("an address").to_owned();
        let path = address.strip_prefix(&house.address).expect("an address of this site");
        // it is asked for by a program that is nobody
        let program = house.stranger();
        let read = program.get(path).await.expect(200);
        assert_eq!(read.header("content-type"), "text/calendar; charset=utf-8");
        assert_eq!(read.header("cache-control"), "private, no-cache");
        assert!(read.text.starts_with("BEGIN:VCALENDAR\r\n") && read.text.contains("SUMMARY:Due: "), "{}", read.text);
        let whole = read.text.replace("\r\n ", "");
        assert!(whole.contains("It was not sent yet.") && !whole.contains("drafted"), "{whole}");
        assert!(read.text.split("\r\n").all(|line| line.len() <= 75));
        let tag = read.header("etag");
        let weak = format!("W/{tag}");
        for known in [&tag, &weak] {
            let again = program.send(reqwest::Method::GET, path, None, &[("if-none-match", known)]).await.expect(304);
            assert!(again.text.is_empty() && again.header("etag") == tag);
        }
        // whoever's browser asks, it is the calendar of whoever made it; nothing was changed by reading
        assert_eq!(officer.get(path).await.expect(200).text, read.text);
        assert_eq!(program.get(path).await.expect(200).text, read.text);
        let account = funder.get("/api/v1/account").await.expect(200).json();
        let feed = account["calendars"][0]["id"].as_str().expect("an id").to_owned();
        assert!(!account.to_string().contains(path.rsplit('=').next().expect("a key")));

        // inside they choose, and see how far it is
        let made = officer.post("/api/v1/account/calendars", &json!({"covers": "mine"})).await.expect(201).json();
        let secret = made["secret"].as_str().expect("a secret");
        let ours = program.get(&format!("/calendar/returns.ics?key={secret}")).await.expect(200);
        assert!(ours.text.replace("\r\n ", "").contains("It is drafted."), "{}", ours.text);
        officer.program(&["read"]).await.post("/api/v1/account/calendars", &json!({"covers": "all"})).await.expect(403);

        // changed, it has another tag; taken back, it is gone; so it is once its owner has no role
        story.agreed(&at).await;
        story.certified(&at).await;
        story.send(&at).await.expect(200);
        let (funder, officer) = (&story.funder, &story.officer);
        let sent = program.send(reqwest::Method::GET, path, None, &[("if-none-match", &tag)]).await.expect(200);
        assert!(sent.text.contains("SUMMARY:Sent: ") && sent.header("etag") != tag, "{}", sent.text);
        let page = open(funder, &format!("/account/calendars/{feed}/revocation")).await;
        let back = page.form(&format!("/account/calendars/{feed}/revocation"));
        back.send(funder).await.expect(303);
        program.get(path).await.expect(404);
        officer.delete(&format!("/api/v1/account/calendars/{feed}")).await.expect(404);
        let membership = officer.invited.expect("somebody").membership_id;
        house.administrator().await.delete(&format!("/api/v1/memberships/{membership}")).await.expect(204);
        program.get(&format!("/calendar/returns.ics?key={secret}")).await.expect(404);
    }

    async fn a_document_is_shared_with_its_funder_on_the_pages_and_taken_back(house: &House) {
        let mut story = Story::begin(house, None).await;
        let at = story.drafted().await;
        let (funder, officer, other) = (&story.funder, &story.officer, &story.other_funder);
        open(funder, "/shared-documents").await.says("The charity has shared no document here yet");
        open(officer, "/shared-documents").await.says("Nothing is shared with a funder here");
        let award = open(funder, "/awards").await.link("Recovery grant (SMRRS-26-014)");
        open(funder, &award).await.says("Documents shared with you: none yet");
        let beside = award.replace("/awards/", "/records/award/");
        let letter = put(officer, &format!("/api/v1{beside}"), "The delivery plan", "plan.txt").await;
        put(officer, &format!("/api/v1{beside}"), "Notes for ourselves", "notes.txt").await;

        // it is said before it is done, and the page says with whom
        open(&story.trustee, &beside).await.says("The delivery plan").does_not_say("Nobody outside");
        let page = open(officer, &beside).await;
        page.says("Nobody outside");
        let share = format!("{beside}/documents/{letter}/sharing");
        let page = open(officer, &share).await;
        page.says("Share “The delivery plan” with Department for Recovery").says("One officer of it signs in here today");
        let sent = page.form(&share).send(officer).await;
        follow(officer, sent).await.says("Department for Recovery, since");
        open(&story.trustee, &beside).await.says("Department for Recovery, since").does_not_say("Take back");
        officer.get(&share).await.expect(409);

        // the funder finds it from Today, from the award, in a search, and downloads it; another does not
        open(funder, "/").await.says("Recovery grant: The delivery plan");
        let here = open(funder, &award).await.link("1 document shared with you");
        let page = open(funder, &here).await;
        page.says("The charity shares one document with you.").says("plan.txt").does_not_say("Notes").does_not_say(" by ");
        let file = page.link("The delivery plan");
        assert_eq!(funder.get(&file).await.expect(200).text, "The delivery plan");
        other.get(&file).await.expect(404);
        let csv = funder.get("/shared-documents/shared-documents.csv").await.expect(200).text;
        assert!(csv.contains("The delivery plan") && !csv.contains("Notes"), "{csv}");
        open(funder, "/search?q=plan").await.says("Shared documents").says("The delivery plan");
        open(funder, "/search?q=notes").await.does_not_say("Notes for ourselves");
        open(other, "/search?q=plan").await.does_not_say("The delivery plan");
        open(other, "/shared-documents").await.says("has shared no document here yet");
        let theirs = open(officer, &format!("/organisations/{}", house.funder_a)).await.link("1 document shared with it");
        open(officer, &theirs).await.says("One document of ours is shared with a funder.").says(", by ");
        let history = award.replace("/awards/", "/history/award/");
        open(officer, &history).await.says("Shared a document beside it with its funder");

        // taken back with a reason, the funder does not find it
        let back = format!("{beside}/documents/{letter}/taking-back");
        let form = open(officer, &back).await.form(&back);
        let refused = form.clone().send(officer).await.expect(422);
        assert!(refused.text.contains("Say why"), "{}", refused.text);
        let sent = form.fill("reason", "An old draft.").send(officer).await;
        follow(officer, sent).await.does_not_say("Department for Recovery, since");
        funder.get(&file).await.expect(404);
        open(funder, "/").await.does_not_say("The delivery plan");
        officer.get(&back).await.expect(404);

        // what lies beside a return is shared once it was sent: by programs in the same way
        let program = officer.program(&["read", "records"]).await;
        let beside = at.replace("/returns/", "/records/return/");
        let paper = put(officer, &beside, "What we agreed by telephone", "call.txt").await;
        let shares = format!("{beside}/documents/{paper}/shares");
        let with = json!({"funder_id": house.funder_a});
        let early = program.post(&shares, &with).await.expect(409).json();
        assert!(early["type"].as_str().expect("a type").ends_with("return-not-sent"), "{early}");
        story.agreed(&at).await;
        story.certified(&at).await;
        story.send(&at).await.expect(200);
        let (funder, other) = (&story.funder, &story.other_funder);
        let wrong = program.post(&shares, &json!({"funder_id": house.funder_b})).await.expect(409).json();
        assert!(wrong["type"].as_str().expect("a type").ends_with("another-funders"), "{wrong}");
        assert!(wrong["detail"].as_str().expect("a sentence").contains("Department for Recovery"), "{wrong}");
        let key = [("idempotency-key", "a-share")];
        for _ in 0..2 {
            program.send(reqwest::Method::POST, &shares, Some(&with), &key).await.expect(201);
        }
        let seen = funder.get("/api/v1/shared-documents").await.expect(200).json();
        assert_eq!(seen["items"].as_array().expect("documents").len(), 1, "{seen}");
        assert_eq!((&seen["items"][0]["beside_kind"], &seen["items"][0]["shared_by"]), (&json!("return"), &serde_json::Value::Null));
        let path = format!("/api/v1/shared-documents/{paper}");
        funder.get(&path).await.expect(200);
        assert_eq!(funder.get(&format!("{path}/file")).await.expect(200).text, "What we agreed by telephone");
        other.get(&format!("{path}/file")).await.expect(404);
        program.post(&format!("{beside}/documents/{paper}/taking-back"), &json!({"reason": "A wrong date."})).await.expect(204);
        funder.get(&format!("{path}/file")).await.expect(404);
        funder.get(&path).await.expect(404);
    }
}

/// Puts a document beside a record: its bytes are its title.
async fn put(who: &Visitor, record: &str, title: &str, file: &str) -> String {
    let bytes = Part::bytes(title.as_bytes().to_vec()).file_name(file.to_owned());
    let form = Form::new()
        .text("title", title.to_owned())
        .part("file", bytes);
    let path = format!("{record}/documents");
    who.send_parts(&path, form, &[]).await.expect(201).id()
}
