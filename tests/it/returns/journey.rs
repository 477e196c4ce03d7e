//! A quarter ends; the worker drafts; the officer is reminded, completes; it is agreed, certified,
//! sent back and certified again; the workbook is downloaded and sent; only that closes the deadline.

use calamine::Data;
use serde_json::json;
use worker::mail::{Encryption, MailServer};

use crate::on_both;
use crate::returns::story::{Story, answers, cells, day, paid};
use crate::support::smtp::Smtp;

fn pounds(pence: i64) -> Data {
    Data::Float(pence as f64 / 100.0)
}

on_both! {
    async fn a_return_from_the_quarters_end_to_the_funder(house: &House) {
        let smtp = Smtp::start().await;
        let server = MailServer {
            host: smtp.host(),
            port: smtp.port(),
            encryption: Encryption::None,
            sign_in: None,
            authorities: None,
            timeout: std::time::Duration::from_secs(5),
        };
        let mut story = Story::begin(house, Some(server)).await;
        story.settle().await;

        // Before the quarter ends the return is there with its deadline, and nothing is drafted.
        let before = story.officer.get("/api/v1/returns?open=true").await.expect(200).json();
        assert_eq!(before["items"][0]["state"], "scheduled", "{before}");
        assert_eq!(before["items"][0]["due_on"], "2027-02-01", "30 January is a Saturday");

        // The quarter ends, its spend arrives, the worker drafts; every figure is the ledger's.
        let at = story.drafted().await;
        let figure = format!("{at}/figures/finances.menu.c.this");
        let figure = story.officer.get(&figure).await.expect(200).json();
        assert_eq!(figure["value"], paid("recovery-support"), "{figure}");
        assert_eq!(figure["lines"]["total"], figure["drafted"]);
        assert_eq!(figure["lines"]["total_lines"], 2);
        assert_eq!(figure["lines"]["lines"][0]["file_name"], "q1.csv");
        assert!(figure["sentence"].as_str().is_some_and(|text| !text.is_empty()));

        // The officer is reminded by mail that arrives.
        let account = story.officer.get("/api/v1/account").await.expect(200).json();
        let name = account["display_name"].as_str().expect("a name");
        let address = format!("{}@example.org", name.replace(' ', "."));
        let mails = smtp.messages_to(&address);
        let reminder = mails.iter().find(|mail| mail.text().contains("Quarterly return"));
        let reminder = reminder.unwrap_or_else(|| panic!("no reminder: {}", smtp.transcript()));
        assert!(reminder.text().contains("1 February"), "{}", reminder.text());
        let link = reminder.links();
        assert!(link.iter().all(|link| link.starts_with(&house.address)), "{link:?}");

        // What is missing stands in the way; completed, it may be offered.
        let refused = story.act(&story.officer, &at, "certification-request", None).await.expect(409);
        assert!(refused.json()["detail"].as_str().is_some());
        story.agreed(&at).await;

        // The certifier sends it back with a reason; what boards agreed to no longer counts.
        let back = json!({"reason": "Say more about the outreach."});
        let stands = story.act(&story.certifier, &at, "changes-requested", Some(back)).await.expect(200);
        assert_eq!(stands.json()["state"], "changes-requested");
        let progress = json!({"value": "Outreach doubled in November."});
        story.answer(&at, "outcomes.progress", &progress).await.expect(200);
        story.agreed(&at).await;

        // Certified by two officers with their second factors: frozen, and still due.
        let file = story.certified(&at).await;
        assert!(story.is_due(&at).await, "certified and not sent is still due");
        let certifier = story.certifier.get("/api/v1/account").await.expect(200).json();
        let found = cells(&file, &[
            ("Finances", "E62"), ("Finances", "E63"), ("Finances", "E67"), ("Finances", "C5"),
            ("Organisation", "C6"), ("Outcomes", "C18"), ("Sign-off", "C19"), ("Sign-off", "C20"),
            ("Ring-fences", "E6"),
        ]);
        let expected = [
            pounds(paid("recovery-support")), pounds(paid("rough-sleeping")), pounds(paid("premises")),
            pounds(crate::returns::story::AWARD),
            Data::String("Estuary County Council".into()),
            Data::String("Outreach doubled in November.".into()),
            Data::String(certifier["display_name"].as_str().expect("a name").into()),
            Data::String("Section 151 officer".into()),
            pounds(paid("rough-sleeping")),
        ];
        assert_eq!(found, expected);
        // Cell by cell: what the page says is what the workbook says.
        let one = story.officer.get(&at).await.expect(200).json();
        let mut compared = 0;
        for answer in answers(&one).iter().filter(|answer| answer["kind"] == "text") {
            let Some(text) = answer["value"].as_str() else { continue };
            let place = answer["place"].as_str().expect("a place");
            let (sheet, cell) = place.split_once('!').expect("sheet and cell");
            assert_eq!(cells(&file, &[(sheet, cell)]), [Data::String(text.into())], "{place}");
            compared += 1;
        }
        assert!(compared > 10, "only {compared} texts were compared");

        // Nobody outside sees it before it is sent.
        story.funder.get(&at).await.expect(404);
        story.funder.get(&format!("{at}/certified-workbook")).await.expect(404);
        assert_eq!(story.funder.get("/api/v1/returns").await.expect(200).json()["items"], json!([]));

        // Only the record of sending closes the deadline.
        let sent = story.send(&at).await.expect(200).json();
        assert_eq!(sent["state"], "submitted");
        assert!(!story.is_due(&at).await);
        let one = story.officer.get(&at).await.expect(200).json();
        let sending = &one["sendings"][0];
        assert_eq!(sending["file_sha256"], domain::files::sha256(&file));
        let receipt = sending["receipt_file_id"].as_str().expect("a receipt");
        let receipt = story.officer.get(&format!("{at}/receipts/{receipt}")).await.expect(200);
        assert_eq!(receipt.bytes, b"received with thanks");
        assert_eq!(receipt.header("content-type"), "application/octet-stream");

        // The funder now sees it, with the same file; another funder does not.
        let seen = story.funder.get(&at).await.expect(200).json();
        assert_eq!(seen["state"], "submitted");
        assert_eq!(story.funder.get(&format!("{at}/certified-workbook")).await.expect(200).bytes, file);
        story.other_funder.get(&at).await.expect(404);
        story.act(&story.officer, &at, "acceptance", None).await.expect(200);

        // No reminder of it comes after that.
        let so_far = smtp.messages_to(&address).len();
        house.advance_to(day("2027-01-25"));
        story.settle().await;
        let later = smtp.messages_to(&address);
        assert!(later[so_far..].iter().all(|mail| !mail.text().contains("1 February")));
    }
}
