//! A return from end to end through the pages' own forms, without scripts, by each who has a part.

use domain::access::second_factor::code_at;

use super::story::{Story, day};
use crate::on_both;
use crate::support::pages::{Page, follow, open};
use crate::support::visitor::Visitor;

/// What somebody answers who is asked.
fn answer(form: &crate::support::pages::Form, name: &str) -> String {
    let choices = form.choices(name);
    let chosen = choices.iter().find(|choice| !choice.is_empty());
    match chosen {
        Some(choice) => (*choice).to_owned(),
        None => "It goes well.".to_owned(),
    }
}

/// Fills in what is missing, section by section, as the next step leads.
async fn complete(officer: &Visitor, at: &str) -> Page {
    for _ in 0..20 {
        let page = open(officer, at).await;
        if !page.words().contains("Complete what is missing") {
            return page;
        }
        assert!(
            !page.has_form(&format!("{at}/offer")),
            "it may be sent on while it is not ready"
        );
        let section = page.link("Complete what is missing");
        let asked = open(officer, &section).await;
        let mut form = asked.form(&section);
        let empty: Vec<String> = form
            .names()
            .filter(|name| name.contains('.') && !name.starts_with("was."))
            .filter(|name| !name.ends_with("telephone"))
            .filter(|name| form.value(name).is_none_or(str::is_empty))
            .map(str::to_owned)
            .collect();
        for name in empty {
            let value = answer(&form, &name);
            form = form.fill(&name, &value);
        }
        let mut saved = form.send(officer).await;
        if saved.status == 200 {
            // what is wrong is named, and all the rest was saved
            let told = Page::of(&section, &saved);
            let mut form = told.form(&section);
            for (name, detail) in told.problems() {
                let value = if detail.contains("Enter an amount") {
                    "0.00"
                } else if detail.contains("Enter a date") {
                    "01/10/2026"
                } else {
                    "3"
                };
                form = form.fill(&name, value);
            }
            saved = form.send(officer).await;
        }
        assert_eq!(
            saved.status,
            303,
            "{section}: {}",
            Page::of(&section, &saved).words()
        );
        follow(officer, saved)
            .await
            .says("Your answers were saved.");
    }
    panic!("it does not come to an end")
}

/// Says why each of the form's own checks may stand, one after the other.
async fn explain(officer: &Visitor, at: &str, reason: &str) -> Page {
    for _ in 0..20 {
        let page = open(officer, at).await;
        let Some(form) = page
            .forms()
            .into_iter()
            .find(|form| form.action.ends_with("/silenced"))
        else {
            return page;
        };
        follow(officer, form.fill("reason", reason).send(officer).await)
            .await
            .says("Your reason was recorded");
    }
    panic!("it does not come to an end")
}

/// Shows the second check where the page to sign leads, and comes back to it.
async fn second_check(who: &Visitor, certify: &str, now: chrono::DateTime<chrono::Utc>) -> Page {
    let page = open(who, certify).await;
    let code = page.link("Show your second check");
    let begins = open(who, &code).await.form("/sign-in/code/enrolment");
    let shown = begins.send(who).await.expect(200);
    let asked = Page::of(&code, &shown);
    let secret = asked
        .html
        .split("<code>")
        .nth(1)
        .and_then(|rest| rest.split("</code>").next())
        .expect("the secret is shown")
        .to_owned();
    let form = asked.form("/sign-in/code");
    let wrong = form
        .clone()
        .fill("code", "000000")
        .send(who)
        .await
        .expect(200);
    let again = Page::of(&code, &wrong).form("/sign-in/code");
    let right = again.fill("code", &code_at(&secret, now).expect("a code"));
    let back = right.send(who).await.expect(303);
    assert_eq!(
        back.header("location"),
        certify,
        "one returns to where one was"
    );
    open(who, certify).await
}

/// Every link of a page leads somewhere for whoever reads it.
async fn no_dead_links(who: &Visitor, path: &str) {
    for link in open(who, path).await.links() {
        let reply = who.get(&link).await;
        assert!(
            reply.status < 400,
            "{path} leads to {link}: {}",
            reply.status
        );
    }
}

on_both! {
    async fn a_return_goes_through_the_pages_forms(house: &House) {
        let mut story = Story::begin(house, None).await;
        let api = story.drafted().await;
        let at = api.replace("/api/v1", "");

        // what is missing is led to; nothing can be sent before
        let page = open(&story.officer, &at).await;
        page.says("It cannot go yet").does_not_say("Send to the boards");
        no_dead_links(&story.officer, &at).await;
        no_dead_links(&story.trustee, &at).await;
        let refused = story.officer.form(&format!("{at}/offer"), &[]).await;
        assert_eq!(refused.status, 409, "{}", refused.text);
        let page = complete(&story.officer, &at).await;

        // the form's own checks are told by name, and stop it until somebody says why
        page.says("of the form’s own do").does_not_say("Send to the boards");
        page.says("the form’s own check says CHECK");
        let form = page
            .forms()
            .into_iter()
            .find(|form| form.action.ends_with("/silenced"))
            .expect("a check may be explained");
        let bare = Page::of(&at, &form.send(&story.officer).await.expect(200));
        bare.says("Say why it may stand.");

        // a figure is typed over, with its reason
        let figure = format!("{at}/figures/finances.menu.c.this");
        let asked = open(&story.officer, &figure).await;
        let form = asked.form(&figure).fill("value", "36,600.00");
        let bare = Page::of(&figure, &form.send(&story.officer).await.expect(200));
        bare.says("Say why yours takes its place");
        follow(&story.officer, form.fill("reason", "An invoice is disputed.").send(&story.officer).await).await;

        let page = explain(&story.officer, &at, "Forecasts follow when the contracts are let.").await;
        page.says("It can go: nothing stands in its way.");
        let offered = page.form(&format!("{at}/offer")).send(&story.officer).await;
        follow(&story.officer, offered).await.says("It waits for the boards to agree.");
        no_dead_links(&story.officer, &at).await;

        // while others read it, a page changes nothing by itself
        let section = format!("{at}/sections/5");
        let page = open(&story.officer, &section).await;
        assert!(!page.has_form(&section));
        page.says("Take it back to change it.");
        let token = page.html.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let typed = [("csrf", token.expect("a token")), ("outcomes.progress", "Otherwise.")];
        story.officer.form(&section, &typed).await.expect(409);
        let page = open(&story.trustee, &section).await;
        assert!(!page.has_form(&section), "a trustee is asked nothing there");
        page.says("It goes well.");

        // both boards read what was let stand, and why, before they agree
        let agreement = format!("{at}/agreement");
        for (member, other) in [(&story.trustee, &story.committee), (&story.committee, &story.trustee)] {
            let page = open(member, &at).await;
            assert_eq!(page.link("Read and agree"), agreement);
            let page = open(member, &agreement).await;
            page.says("£114,970.99").says("let stand, each with a reason").does_not_say("Nothing stands out");
            page.says("Forecasts follow when the contracts are let.").says("Ring-fences, cell K");
            page.says("£36,600.00 in place of £36,600.25").says("An invoice is disputed.");
            page.says("What went well this quarter?").says("It goes well.");
            page.says("grants-officer ");
            let form = page.form(&agreement);
            let bare = Page::of(&agreement, &form.send(member).await.expect(200));
            bare.says("Say where it is minuted");
            let done = bare.form(&agreement).fill("minute", "Meeting of 5 January, item 4").send(member).await;
            follow(member, done).await.says("The agreement was recorded.").does_not_say("Read and agree");
            no_dead_links(other, &at).await;
        }

        // the certifier reads the money, the ledger, what was overridden, then signs
        let certify = format!("{at}/certify");
        let now = house.clock.now();
        let page = second_check(&story.certifier, &certify, now).await;
        page.says("Claimed for October to December 2026 £114,970.99").says("Left to attribute £485,029.01");
        page.says("The period’s total is the ledger’s, to the penny");
        page.says("What was loaded agrees to the control totals of 1 file");
        page.says("has not closed October 2026, November 2026 and December 2026 in its ledger");
        page.says("This is the first return of this kind").does_not_say("Nothing but the period");
        page.says("Ring-fences, cell K").says("Forecasts follow when the contracts are let.");
        page.does_not_say("check-failed");
        let signed = page.form(&format!("{at}/certification")).send(&story.certifier).await;
        follow(&story.certifier, signed).await.says("Another office signs next.");
        let page = second_check(&story.treasurer, &certify, now).await;
        let signed = page.form(&format!("{at}/certification")).send(&story.treasurer).await;
        follow(&story.treasurer, signed).await.says("It still has to be sent.");
        no_dead_links(&story.officer, &at).await;

        // sent, it asks for nothing more
        let page = open(&story.officer, &at).await;
        let page = open(&story.officer, &page.link("Record that it was sent")).await;
        let form = page.form(&format!("{at}/sending")).fill("how", "E-mail").fill("to", "returns@dcr.example");
        let bare = Page::of(&at, &form.send(&story.officer).await.expect(200));
        let form = bare.form(&format!("{at}/sending")).fill("receipt", "REC-99");
        let page = follow(&story.officer, form.send(&story.officer).await).await;
        page.says("The sending was recorded").does_not_say("Look at these before it goes");
        page.does_not_say("What is missing").says("What was let stand, and why");
        assert!(!story.is_due(&api).await, "it is still due");
        for reader in [&story.officer, &story.trustee, &story.certifier, &story.funder] {
            no_dead_links(reader, &at).await;
        }

        // what was chosen can still be read
        open(&story.trustee, &format!("{at}/sections/5")).await.says("How is delivery going overall?");
    }

    async fn it_is_taken_back_with_a_reason_and_changed(house: &House) {
        let mut story = Story::begin(house, None).await;
        let api = story.drafted().await;
        let at = api.replace("/api/v1", "");
        story.complete(&api).await;
        story.offer(&api).await;
        let page = open(&story.officer, &at).await;
        let page = open(&story.officer, &page.link("Take it back to change it")).await;
        let form = page.form(&format!("{at}/taking-back"));
        let bare = Page::of(&at, &form.send(&story.officer).await.expect(200));
        bare.says("Say why you take it back.");
        let form = bare.form(&format!("{at}/taking-back")).fill("reason", "A figure is wrong.");
        follow(&story.officer, form.send(&story.officer).await).await.says("You took it back.").says("A figure is wrong.");
        let section = format!("{at}/sections/5");
        let form = open(&story.officer, &section).await.form(&section);
        let saved = form.fill("outcomes.progress", "It goes better.").send(&story.officer).await;
        follow(&story.officer, saved).await.says("Your answers were saved.");
    }

    async fn what_changed_is_said_before_a_return_goes_on(house: &House) {
        let mut story = Story::begin(house, None).await;
        let api = story.drafted().await;
        let at = api.replace("/api/v1", "");
        story.complete(&api).await;
        story.offer(&api).await;

        // Newer facts while others have it: it waits for whoever prepares it, and asks nobody to sign.
        story.load("late", "2027-01-04", &[("2026-11-20", "recovery-support", 123_45, false)]).await;
        let back = format!("{at}/taking-back");
        let page = open(&story.officer, &at).await;
        page.says("Nobody can sign it as it is: newer facts have arrived").says("to take it back");
        assert_eq!(page.link("Take it back"), back);
        let today = open(&story.officer, "/").await;
        today.says("One return waits for you.").says("nobody can sign it as it is");
        assert_eq!(today.link("Take it back"), back);
        open(&story.trustee, "/").await.does_not_say("Read and agree").says("who prepares it");
        open(&story.trustee, "/deadlines").await.says("who prepares it");
        open(&story.trustee, &at).await.does_not_say("Read and agree").does_not_say("Take it back");
        let read = open(&story.trustee, &format!("{at}/agreement")).await;
        read.says("This cannot go to the funder as it is").does_not_say("Record the agreement");
        assert_eq!(open(&story.officer, &format!("{at}/agreement")).await.link("Take it back"), back);
        assert_eq!(open(&story.officer, &format!("{at}/certify")).await.link("Take it back"), back);
        let form = open(&story.officer, &back).await.form(&back).fill("reason", "An invoice came.");
        let page = follow(&story.officer, form.send(&story.officer).await).await;
        page.says("You took it back. It waits for grants-officer").says("they are asked again once it is sent on");
        page.form(&format!("{at}/draft")).send(&story.officer).await.expect(303);

        // Newer facts after it was certified: said before it is sent, which stays possible, knowingly.
        story.agreed(&api).await;
        story.certified(&api).await;
        story.load("later", "2027-01-04", &[("2026-11-21", "recovery-support", 10_00, false)]).await;
        let page = open(&story.officer, &at).await;
        page.says("It is certified and has not been sent yet, and").says("Changed since it was certified");
        page.says("£10.00 more").does_not_say("Record that it was sent");
        assert_eq!(page.link("Open it again"), format!("{at}/reopen"));
        open(&story.officer, "/").await.says("One return has changed since it was certified, and is not sent.");
        let send = page.link("Send it as it was certified");
        let page = open(&story.officer, &send).await;
        page.says("Changed since it was certified").says("£10.00 more");
        assert_eq!(page.link("Open it again"), format!("{at}/reopen"));
        let sending = format!("{at}/sending");
        let form = page.form(&sending).fill("how", "E-mail").fill("to", "returns@dcr.example").fill("receipt", "REC-99");
        let told = Page::of(&send, &form.send(&story.officer).await.expect(200));
        told.says("Newer facts have arrived since it was certified:");
        let form = told.form(&sending).fill("knows", "yes");
        let page = follow(&story.officer, form.send(&story.officer).await).await;
        page.says("The sending was recorded").says("Changed since we sent it").says("Sent as it was certified, although");
        assert_eq!(page.link("Open it again"), format!("{at}/reopen"));
        no_dead_links(&story.officer, &at).await;

        // Opened again, it is sent on with the reason, which the boards read.
        let reopen = format!("{at}/reopen");
        let form = open(&story.officer, &reopen).await.form(&reopen).fill("reason", "They want it right.");
        follow(&story.officer, form.send(&story.officer).await).await.says("How it was sent before it was opened again");
        open(&story.officer, &at).await.form(&format!("{at}/draft")).send(&story.officer).await.expect(303);
        let page = explain(&story.officer, &at, "Forecasts follow.").await;
        let offer = format!("{at}/offer");
        let asked = open(&story.officer, &page.link("Say why, and send it on again")).await;
        let bare = Page::of(&offer, &asked.form(&offer).send(&story.officer).await.expect(200));
        bare.says("Say why it is sent again.");
        let form = bare.form(&offer).fill("reason", "Two invoices of November came late.");
        follow(&story.officer, form.send(&story.officer).await).await.says("Two invoices of November came late.");
        for page in ["agreement", "certify"] {
            let page = open(&story.trustee, &format!("{at}/{page}")).await;
            page.says("Why it is sent again").says("Two invoices of November came late.");
            // where nobody is named, a place is no afterthought
            assert!(!page.html.contains("<p class=\"small\">;"), "{}", page.words());
        }
    }

    async fn a_funders_officer_reads_what_is_true(house: &House) {
        let mut story = Story::begin(house, None).await;
        let api = story.drafted().await;
        let at = api.replace("/api/v1", "");
        story.house.advance_to(day("2027-02-12"));
        story.house.signs_in_again(&mut story.funder).await;
        let page = open(&story.funder, "/").await;
        page.says("1 return is overdue to you.").says("Where your money stands").says("£600,000.00");
        page.does_not_say("Every return that was due has been sent");
        open(&story.funder, "/deadlines").await.says("1 return is overdue to you.").says("Overdue");
        for path in ["/", "/deadlines", "/returns", "/awards"] {
            no_dead_links(&story.funder, path).await;
        }
        let award = open(&story.funder, "/awards").await;
        let award = award.links().into_iter().find(|link| link.starts_with("/awards/")).expect("the award");
        open(&story.funder, &award).await.says("Overdue");
        no_dead_links(&story.funder, &award).await;
        story.funder.get(&at).await.expect(404);
    }

    async fn operations_tell_of_runs_not_of_ticks(house: &House) {
        let worker = house.worker(None);
        house.settle(&worker).await;
        let administrator = house.administrator().await;
        let page = open(&administrator, "/operations").await;
        // the checks of the night before the house existed were made when it began, and it says so
        page.says("checks the whole database. Tuesday 6 October 2026, 9:50am");
        page.does_not_say("6 October 2026, 3:30am");
    }

    async fn a_filter_that_a_page_does_not_know_is_answered_in_words(house: &House) {
        let officer = house.grants_officer().await;
        let reply = officer.get("/spend?after=nothing").await.expect(400);
        let page = Page::of("/spend", &reply);
        page.says("Open the page without it").does_not_say("UUID").does_not_say("deserialize");
        assert_eq!(page.link("Open the page without it"), "/spend");
    }
}
