//! Handing mail over, and what is known of it when the mail server fails.

use chrono::Duration;
use entity::{MailState, ReturnState, Role};

use super::duty::{Parts, becomes, day, due, outbox, sign_in_rows, somebody, states, worker};
use crate::on_both;
use crate::support::house::House;
use crate::support::smtp::{Fault, Smtp};

/// A preparer whose return is due in a week, and whose invitation is out of the way.
async fn one_due(house: &House) -> (super::duty::Duty, String) {
    let (preparer, email) = somebody(house, Role::GrantsOfficer).await;
    worker(house, None).settle().await.unwrap();
    let parts = Parts {
        preparer: Some(preparer),
        ..Parts::default()
    };
    house.advance_to(day("2026-10-23"));
    (
        due(house, "Quarterly return", day("2026-10-30"), parts).await,
        email,
    )
}

on_both! {
    /// R1: whatever happens on the way, the mail arrives, and each time with the same Message-ID;
    /// what is not known is recorded as unknown.
    async fn every_fault_ends_in_delivery_with_one_message_id(house: &House) {
        let smtp = Smtp::start().await;
        let worker = worker(house, Some(&smtp));
        let (preparer, email) = somebody(house, Role::GrantsOfficer).await;
        worker.settle().await.unwrap();
        let faults = [
            (Fault::DieBeforeDot, MailState::Unknown, 1),
            (Fault::DieAfterDot, MailState::Unknown, 2),
            (Fault::RefuseRecipient(451), MailState::Queued, 1),
            (Fault::RefuseData(451), MailState::Queued, 1),
            (Fault::RefuseMessage(451), MailState::Queued, 1),
            (Fault::HangAtMail, MailState::Queued, 1),
            (Fault::HangAfterDot, MailState::Unknown, 2),
        ];
        let first_day = day("2026-10-12");
        for (n, (fault, meanwhile, copies)) in faults.into_iter().enumerate() {
            let before = smtp.messages_to(&email).len();
            house.advance_to(first_day + chrono::Days::new(n as u64));
            let parts = Parts { preparer: Some(preparer), ..Parts::default() };
            let duty = due(house, &format!("Return {n}"), day("2026-11-02"), parts).await;
            smtp.fail_next([fault]);
            worker.settle().await.unwrap();
            let mails = outbox(house).await;
            let mail = mails.last().unwrap();
            assert_eq!((mail.state, mail.attempts), (meanwhile, 1), "{fault:?}: {}", smtp.transcript());
            assert!(mail.sent_at.is_none());
            assert!(mail.last_reply.is_some(), "{fault:?}");
            // Not before its time.
            assert_eq!(worker.settle().await.unwrap(), 0);
            house.advance(Duration::seconds(5));
            worker.settle().await.unwrap();
            let mails = outbox(house).await;
            let mail = mails.last().unwrap();
            assert_eq!((mail.state, mail.attempts), (MailState::Sent, 2), "{fault:?}");
            let arrived = &smtp.messages_to(&email)[before..];
            assert_eq!(arrived.len(), copies, "{fault:?}: {}", smtp.transcript());
            for copy in arrived {
                assert_eq!(copy.message_id(), format!("<{}>", mail.message_id), "{fault:?}");
            }
            becomes(house, duty, ReturnState::Submitted).await;
        }
        assert_eq!(smtp.faults_left(), 0);
    }

    /// A mail server that is away for hours costs nothing but time.
    async fn a_server_that_is_away_costs_only_time(house: &House) {
        let (_, email) = one_due(house).await;
        let smtp = Smtp::start().await;
        let worker = worker(house, Some(&smtp));
        smtp.go_away().await;
        for _ in 0..12 {
            worker.settle().await.unwrap();
            house.advance(Duration::minutes(30));
        }
        assert_eq!(states(house).await, [MailState::Queued]);
        smtp.come_back();
        house.advance(Duration::hours(1));
        worker.settle().await.unwrap();
        assert_eq!(states(house).await, [MailState::Sent]);
        assert_eq!(smtp.messages_to(&email).len(), 1);
    }

    /// What may have arrived stays unknown, however often it fails afterwards.
    async fn unknown_stays_unknown_until_it_is_sent(house: &House) {
        let (_, email) = one_due(house).await;
        let smtp = Smtp::start().await;
        let worker = worker(house, Some(&smtp));
        smtp.fail_next([Fault::DieAfterDot, Fault::RefuseRecipient(451)]);
        for expected in [MailState::Unknown, MailState::Unknown, MailState::Sent] {
            worker.settle().await.unwrap();
            assert_eq!(states(house).await, [expected]);
            house.advance(Duration::minutes(1));
        }
        let ids: Vec<_> = smtp.messages_to(&email).iter().map(|mail| mail.message_id()).collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[0], ids[1]);
    }

    /// A refusal for good is shown, and not tried again.
    async fn a_refusal_is_shown_and_not_repeated(house: &House) {
        one_due(house).await;
        let smtp = Smtp::start().await;
        let worker = worker(house, Some(&smtp));
        smtp.fail_next([Fault::RefuseRecipient(550)]);
        worker.settle().await.unwrap();
        house.advance(Duration::hours(5));
        worker.settle().await.unwrap();
        let mails = outbox(house).await;
        assert_eq!((mails[0].state, mails[0].attempts), (MailState::Refused, 1));
        assert!(mails[0].last_reply.as_deref().unwrap().contains("5.1.1 never"), "{mails:?}");
        assert!(smtp.messages().is_empty(), "{}", smtp.transcript());
    }

    /// R3: submitted between choosing and sending: nothing is sent.
    async fn a_settled_duty_is_not_chased(house: &House) {
        let (duty, _) = one_due(house).await;
        let smtp = Smtp::start().await;
        let worker = worker(house, Some(&smtp));
        smtp.go_away().await;
        worker.settle().await.unwrap();
        assert_eq!(states(house).await, [MailState::Queued]);
        becomes(house, duty, ReturnState::Submitted).await;
        smtp.come_back();
        house.advance(Duration::minutes(1));
        worker.settle().await.unwrap();
        assert_eq!(states(house).await, [MailState::Cancelled]);
        assert!(smtp.messages().is_empty(), "{}", smtp.transcript());
    }

    /// Of two duties one is settled in between: the mail speaks of the other alone. The same when
    /// it waits for somebody else by then.
    async fn a_digest_is_written_again_without_what_was_settled(house: &House) {
        let (preparer, email) = somebody(house, Role::GrantsOfficer).await;
        let (certifier, _) = somebody(house, Role::Certifier).await;
        worker(house, None).settle().await.unwrap();
        house.advance_to(day("2026-10-23"));
        let parts = Parts { preparer: Some(preparer), certifier: Some(certifier), ..Parts::default() };
        let settled = due(house, "First return", day("2026-10-30"), parts).await;
        let moved = due(house, "Second return", day("2026-10-30"), parts).await;
        due(house, "Third return", day("2026-10-30"), parts).await;
        let smtp = Smtp::start().await;
        let worker = worker(house, Some(&smtp));
        smtp.go_away().await;
        worker.settle().await.unwrap();
        assert!(outbox(house).await[0].subject.starts_with("3 returns"));
        becomes(house, settled, ReturnState::Submitted).await;
        becomes(house, moved, ReturnState::AwaitingCertification).await;
        smtp.come_back();
        house.advance(Duration::seconds(5));
        worker.settle().await.unwrap();
        let mail = &smtp.messages_to(&email)[0];
        assert!(mail.subject().starts_with("1 return is due"), "{}", mail.subject());
        for form in [mail.text(), mail.html()] {
            assert!(form.contains("Third return"), "{form}");
            assert!(!form.contains("First return") && !form.contains("Second return"), "{form}");
        }
    }

    /// Without a mail server mail is kept, and an administrator can read it; sign-in mail never.
    async fn without_a_server_mail_is_kept_and_sign_in_mail_is_not_shown(house: &House) {
        one_due(house).await;
        worker(house, None).settle().await.unwrap();
        let mails = outbox(house).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert_eq!(mails[0].state, MailState::Kept);
        assert!(mails[0].text.contains("Quarterly return"), "{}", mails[0].text);
        let hidden = sign_in_rows(house).await;
        assert!(!hidden.is_empty());
        for row in hidden {
            assert_eq!((row.state, row.text_body, row.html_body), (MailState::Kept, None, None));
            let shown = domain::mail::view::one(&house.db, &house.system(), row.id).await;
            assert!(matches!(shown, Err(domain::Error::NotFound)));
        }
    }

    /// The link that arrives signs in, once; nothing that opens it is stored.
    async fn a_mailed_link_signs_in_and_is_stored_nowhere(house: &House) {
        let smtp = Smtp::start().await;
        let worker = worker(house, Some(&smtp));
        let (_, email) = somebody(house, Role::Trustee).await;
        smtp.fail_next([Fault::DieAfterDot]);
        worker.settle().await.unwrap();
        house.advance(Duration::seconds(5));
        worker.settle().await.unwrap();
        let copies = smtp.messages_to(&email);
        assert_eq!(copies.len(), 2);
        assert_eq!(copies[0].message_id(), copies[1].message_id());
        // That it was sent again did not spoil the first copy; once one is used, both are spent.
        for (copy, answer) in copies.iter().zip([303, 409]) {
            assert!(!copy.subject().contains("token"));
            let links = copy.links();
            let link = links.iter().find(|link| link.contains("token=")).unwrap();
            let secret = link.split("token=").nth(1).unwrap();
            house.stranger().form("/sign-in/session", &[("token", secret)]).await.expect(answer);
            house.stranger().form("/sign-in/session", &[("token", secret)]).await.expect(409);
            for row in sign_in_rows(house).await {
                assert!(!format!("{row:?}").contains(secret));
            }
            let location = house.db.location().clone();
            if let domain::db::Location::Sqlite(path) = location {
                let log = path.with_extension("db-wal");
                for file in [path, log] {
                    let bytes = std::fs::read(&file).unwrap_or_default();
                    let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                    assert!(!found, "the secret stands in {}", file.display());
                }
            }
        }
    }

    /// The headers that a machine owes, and both forms.
    async fn a_mail_is_plain_text_and_html_and_says_that_a_machine_wrote_it(house: &House) {
        let (_, email) = one_due(house).await;
        let smtp = Smtp::start().await;
        worker(house, Some(&smtp)).settle().await.unwrap();
        let mail = &smtp.messages_to(&email)[0];
        assert_eq!(mail.from, "grants@harbour.example");
        assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
        assert_eq!(mail.header("Date").as_deref(), Some("Fri, 23 Oct 2026 08:00:00 +0000"));
        assert_eq!(mail.subject(), "1 return is due on Friday 30 October 2026");
        let link = format!("{}/returns/", house.address);
        assert!(mail.links().iter().any(|found| found.starts_with(&link)), "{}", mail.text());
        assert!(mail.html().contains(&link));
        assert!(mail.text().contains("Due in 7 days, on Friday 30 October 2026."), "{}", mail.text());
    }
}
