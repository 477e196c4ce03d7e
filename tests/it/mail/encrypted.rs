//! Mail over TLS: from the first byte and after STARTTLS, with an authority of the house's own; a
//! certificate that is not trusted and a wrong password send nothing, and say so plainly.

use chrono::Duration;
use entity::{MailState, ReturnState, Role};
use worker::mail::{Encryption, MailServer};

use super::duty::{Parts, becomes, day, due, outbox, somebody, worker, worker_to};
use crate::on_both;
use crate::support::house::House;
use crate::support::smtp::Smtp;
use crate::support::smtp::tls::{Authority, Begins, Front};

const USER: &str = "tributary";
const PASSWORD: &str = "correct horse";

/// A mail server behind its front, as the settings would name it.
fn server(front: &Front, encryption: Encryption, authority: Option<&Authority>) -> MailServer {
    MailServer {
        host: "127.0.0.1".to_owned(),
        port: front.port(),
        encryption,
        sign_in: Some((USER.to_owned(), PASSWORD.to_owned())),
        authorities: authority.map(Authority::pem),
        timeout: std::time::Duration::from_secs(5),
    }
}

/// A return is due, and its preparer's mail is handed over to this server; what is known of it, and
/// where it goes.
async fn handed_over(house: &House, server: MailServer) -> (MailState, String, String) {
    let (preparer, email) = somebody(house, Role::GrantsOfficer).await;
    worker(house, None).settle().await.unwrap();
    house.advance(Duration::days(1));
    let parts = Parts {
        preparer: Some(preparer),
        ..Parts::default()
    };
    let today = house.system().today();
    house.advance_to(today);
    let duty = due(house, "Quarterly return", today, parts).await;
    worker_to(house, Some(server)).settle().await.unwrap();
    let mails = outbox(house).await;
    let mail = mails.iter().find(|mail| mail.to_address == email).unwrap();
    becomes(house, duty, ReturnState::Submitted).await;
    (
        mail.state,
        mail.last_reply.clone().unwrap_or_default(),
        email,
    )
}

on_both! {
    async fn mail_goes_over_tls_and_starttls_to_an_account(house: &House) {
        house.advance_to(day("2026-10-19"));
        let smtp = Smtp::start().await;
        let authority = Authority::vouching_for("127.0.0.1");
        for (begins, encryption) in [
            (Begins::Encrypted, Encryption::Tls),
            (Begins::Clear, Encryption::StartTls),
        ] {
            let front = Front::of(&smtp, &authority, begins, Some((USER, PASSWORD))).await;
            let (state, said, email) = handed_over(house, server(&front, encryption, Some(&authority))).await;
            assert_eq!(state, MailState::Sent, "{encryption:?}: {said}\n{}", smtp.transcript());
            assert_eq!(smtp.messages_to(&email).len(), 1, "{}", smtp.transcript());
        }
    }

    async fn a_certificate_that_is_not_trusted_sends_nothing_and_is_said(house: &House) {
        house.advance_to(day("2026-10-19"));
        let smtp = Smtp::start().await;
        let ours = Authority::vouching_for("127.0.0.1");
        let elsewhere = Authority::vouching_for("mail.elsewhere.example");
        for (serves, trusts) in [
            // nobody that we trust, another authority, and another server's name
            (&ours, None),
            (&ours, Some(&elsewhere)),
            (&elsewhere, Some(&elsewhere)),
        ] {
            for (begins, encryption) in [
                (Begins::Encrypted, Encryption::Tls),
                (Begins::Clear, Encryption::StartTls),
            ] {
                let front = Front::of(&smtp, serves, begins, Some((USER, PASSWORD))).await;
                let (state, said, _) = handed_over(house, server(&front, encryption, trusts)).await;
                assert_eq!(state, MailState::Queued, "{said}");
                assert!(said.contains("is not trusted, so nothing was sent"), "{encryption:?}: {said}");
                assert!(said.contains("smtp.ca_file"), "{said}");
            }
        }
        assert!(smtp.messages().is_empty(), "{}", smtp.transcript());
    }

    async fn a_wrong_password_and_a_server_without_starttls_are_said(house: &House) {
        house.advance_to(day("2026-10-19"));
        let smtp = Smtp::start().await;
        let authority = Authority::vouching_for("127.0.0.1");
        let front = Front::of(&smtp, &authority, Begins::Clear, Some((USER, "another"))).await;
        let (state, said, _) = handed_over(house, server(&front, Encryption::StartTls, Some(&authority))).await;
        assert_eq!(state, MailState::Queued, "{said}");
        for words in ["does not accept the user “tributary”", "smtp.password_file", "no such account"] {
            assert!(said.contains(words), "{said}");
        }
        assert!(!said.contains(PASSWORD), "{said}");
        let front = Front::of(&smtp, &authority, Begins::ClearOnly, None).await;
        let (state, said, _) = handed_over(house, server(&front, Encryption::StartTls, Some(&authority))).await;
        assert_eq!(state, MailState::Queued, "{said}");
        assert!(said.contains("does not offer STARTTLS, and nothing is sent in the clear"), "{said}");
        assert!(smtp.messages().is_empty(), "{}", smtp.transcript());
    }
}
