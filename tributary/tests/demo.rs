//! The demo from outside: told once, served with a link for each person, and nobody else's
//! database touched.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what went wrong by failing"
)]

mod support;

use std::time::{Duration, Instant};

use domain::access::second_factor;
use domain::db::Location;
use domain::deadlines::view::{self, DeadlineView, Wanted};
use domain::{Clock, Ctx, Db};
use entity::{MailKind, ReturnState};
use support::{Folder, said};

const PEOPLE: [&str; 9] = [
    "administrator",
    "grants-officer",
    "finance-officer",
    "certifier",
    "head-of-programme",
    "trustee",
    "committee-member",
    "funders-officer",
    "auditor",
];

#[test]
fn the_story_is_told_and_everybody_gets_in() {
    let folder = Folder::new();
    let told = folder.run(&["demo", "--tell-only", "--port", "0"]);
    assert!(told.status.success(), "{}", said(&told));
    let (server, line) = folder.demo();
    let line: serde_json::Value = serde_json::from_str(&line).expect(&line);
    // a return is signed by two, each with a second factor
    for who in ["certifier_totp_secret", "head_of_programme_totp_secret"] {
        let secret = line[who].as_str().expect(who);
        assert!(second_factor::code_at(secret, Clock::system().now()).is_some());
    }
    for role in PEOPLE {
        let link = line["sign_in"][role].as_str().expect(role);
        let token = link.split("token=").nth(1).expect(link);
        let browser = support::client();
        let page = browser.get(link);
        assert_eq!(page.status, 200, "{role}");
        let signed_in = browser.post_form(&server.at("/sign-in/session"), &[("token", token)]);
        assert_eq!(signed_in.status, 303, "{role}: {}", signed_in.text);
        assert_eq!(browser.get(&server.at("/account")).status, 200, "{role}");
    }
    // programs get a token for each role, with the scopes that the role has a use for
    let scopes = |role: &str| {
        let token = line["api_tokens"][role].as_str().expect(role);
        let account = support::client().get_with(&server.at("/api/v1/account"), token);
        assert_eq!(account.status, 200, "{role}: {}", account.text);
        let account: serde_json::Value = serde_json::from_str(&account.text).unwrap();
        let sessions = account["sessions"].to_string();
        assert!(!sessions.contains("the demo"), "{role}: {sessions}");
        account["tokens"][0]["scopes"].clone()
    };
    for role in PEOPLE {
        let granted = scopes(role);
        assert!(
            granted.as_array().unwrap().contains(&"read".into()),
            "{role}"
        );
    }
    assert_eq!(scopes("auditor"), serde_json::json!(["read"]));
    // comments are kept with the records
    assert_eq!(
        scopes("trustee"),
        serde_json::json!(["read", "records", "returns"])
    );
    assert_eq!(
        scopes("finance-officer"),
        serde_json::json!(["read", "spend", "records", "returns"])
    );
    // the worker drafts what is due: one return today, one for some days
    let began = Instant::now();
    loop {
        let drafted: Vec<DeadlineView> = support::block_on(async {
            let db = Db::open(Location::Sqlite(folder.database())).await.unwrap();
            let ctx = Ctx::system("test", Clock::system());
            let found = view::list(&db, &ctx, Wanted::default(), None, 100)
                .await
                .unwrap();
            db.close().await.unwrap();
            found.items
        })
        .into_iter()
        .filter(|deadline| deadline.state == Some(ReturnState::Drafted))
        .collect();
        // soon after a quarter's end the next one is drafted too
        if drafted.len() >= 2 {
            assert!(drafted[0].overdue && !drafted[1].overdue, "{drafted:?}");
            assert!(drafted[0].due_in_words.ends_with(", 5pm"), "{drafted:?}");
            break;
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "nothing was drafted"
        );
        std::thread::sleep(Duration::from_millis(500));
    }
    // and whatever the hour, the reminders are written
    loop {
        let mails = support::block_on(async {
            let db = Db::open(Location::Sqlite(folder.database())).await.unwrap();
            let ctx = Ctx::system("test", Clock::system());
            let found = domain::mail::view::outbox(&db, &ctx, None, None, 50)
                .await
                .unwrap()
                .mails;
            db.close().await.unwrap();
            found
        });
        let reminders: Vec<_> = mails
            .iter()
            .filter(|mail| mail.kind == MailKind::Digest)
            .collect();
        // the preparer's; members of the boards are reminded of papers
        let of_returns = reminders
            .iter()
            .find(|mail| mail.text.contains("/returns/"));
        if let Some(mail) = of_returns {
            for words in ["Overdue", "Due today"] {
                assert!(mail.text.contains(words), "{words} in\n{}", mail.text);
            }
            break;
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "no reminder was written: {mails:?}"
        );
        std::thread::sleep(Duration::from_millis(500));
    }
    let ended = server.end();
    assert!(ended.status.success());
    assert!(!ended.log.contains("trib_"), "the log has a token");
    let clean = folder.run(&["check"]);
    assert!(clean.status.success(), "{}", said(&clean));
}

#[test]
fn it_leaves_alone_what_it_did_not_make_and_everybody_elses_machine() {
    let folder = Folder::new();
    assert!(folder.run(&["migrate"]).status.success());
    let refused = folder.run(&["demo", "--port", "0"]);
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("not made by the demo"),
        "{}",
        said(&refused)
    );
    let refused = folder.run(&["demo", "--port", "0", "--listen", "0.0.0.0"]);
    assert!(
        said(&refused).contains("not a loopback address"),
        "{}",
        said(&refused)
    );
}
