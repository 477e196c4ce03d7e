#![allow(clippy::unwrap_used)]

use super::super::recipients::Fallback;
use super::*;
use crate::calendar::rules::{end_of_day, instant_in_london};
use entity::PersonId;
use uuid::Uuid;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn morning(on: &str) -> DateTime<Utc> {
    instant_in_london(day(on), "09:00:00".parse().unwrap())
}

fn entry(due_on: &str, state: ReturnState, part: Part) -> DigestEntry {
    DigestEntry {
        name: "Drug and alcohol grant, quarterly return".into(),
        period: "Quarter 2, July to September 2026".into(),
        award: "Drug and alcohol treatment grant 2026 to 2027".into(),
        nation: Nation::England,
        due_on: day(due_on),
        due_at: end_of_day(day(due_on)),
        matter: DigestMatter::Return {
            state,
            boards_to_agree: vec![Board::Trustees, Board::Committee],
            office: None,
            overtaken: false,
        },
        recipient: Recipient {
            person: PersonId(Uuid::from_u128(1)),
            part,
            fallback: None,
        },
        path: "/returns/1".into(),
    }
}

fn drafted(due_on: &str) -> DigestEntry {
    entry(due_on, ReturnState::Drafted, Part::Preparer)
}

#[test]
fn one_return_reads_from_top_to_bottom() {
    let mut due_at_five = drafted("2026-10-30");
    due_at_five.due_at = instant_in_london(day("2026-10-30"), "17:00:00".parse().unwrap());
    let mail = digest("Sam", morning("2026-10-16"), &[due_at_five]).unwrap();
    assert_eq!(
        mail,
        Digest {
            subject: "1 return is due on Friday 30 October 2026, 5pm".into(),
            greeting: "Hello Sam,".into(),
            opening: "This return needs something done.".into(),
            items: vec![DigestItem {
                title:
                    "Drug and alcohol grant, quarterly return, Quarter 2, July to September 2026"
                        .into(),
                award: "Drug and alcohol treatment grant 2026 to 2027".into(),
                due: "Due in 14 days, on Friday 30 October 2026, 5pm.".into(),
                overdue: false,
                ask: "It is drafted. Complete what is missing, then send it round.".into(),
                why_you: None,
                path: "/returns/1".into(),
            }],
            closing: "You will not be reminded of a return once the record says that it was sent, \
                      or when it no longer waits for you."
                .into(),
        }
    );
}

#[test]
fn nothing_to_say_is_no_mail() {
    assert_eq!(digest("Sam", morning("2026-10-16"), &[]), None);
}

#[test]
fn due_dates_are_told_from_today() {
    let told = |on: &str| {
        digest("Sam", morning(on), &[drafted("2026-10-30")])
            .unwrap()
            .items[0]
            .due
            .clone()
    };
    for (on, words) in [
        ("2026-10-02", "Due in 28 days, on Friday 30 October 2026."),
        ("2026-10-29", "Due tomorrow, on Friday 30 October 2026."),
        ("2026-10-30", "Due today, Friday 30 October 2026."),
        ("2026-10-31", "Overdue since Friday 30 October 2026."),
        (
            "2026-11-02",
            "Overdue by 1 working day, since Friday 30 October 2026.",
        ),
        (
            "2026-11-13",
            "Overdue by 10 working days, since Friday 30 October 2026.",
        ),
    ] {
        assert_eq!(told(on), words);
    }
}

#[test]
fn a_time_of_day_that_has_passed_is_overdue_on_the_day() {
    let mut at_nine = drafted("2026-10-30");
    at_nine.due_at = morning("2026-10-30");
    let ten = morning("2026-10-30") + chrono::Duration::hours(1);
    let mail = digest("Sam", ten, &[at_nine]).unwrap();
    assert_eq!(mail.subject, "1 return is overdue");
    assert_eq!(
        mail.items[0].due,
        "Overdue since Friday 30 October 2026, 9am."
    );
}

#[test]
fn the_most_pressing_comes_first_and_the_subject_counts() {
    let now = morning("2026-10-30");
    let subject = |due: &[&str]| {
        let entries: Vec<_> = due.iter().map(|on| drafted(on)).collect();
        digest("Sam", now, &entries).unwrap().subject
    };
    for (due, words) in [
        (
            &["2026-11-13", "2026-11-06"][..],
            "2 returns are due, the first on Friday 6 November 2026",
        ),
        (
            &["2026-11-13", "2026-10-20", "2026-11-06"],
            "1 of 3 returns is overdue",
        ),
        (
            &["2026-10-01", "2026-10-20", "2026-11-06"],
            "2 of 3 returns are overdue",
        ),
        (&["2026-10-01", "2026-10-20"], "2 returns are overdue"),
    ] {
        assert_eq!(subject(due), words);
    }
    let mail = digest("Sam", now, &[drafted("2026-11-13"), drafted("2026-10-20")]).unwrap();
    assert_eq!(
        mail.opening,
        "These 2 returns need something done, the most pressing first."
    );
    assert_eq!(
        mail.items.iter().map(|i| i.overdue).collect::<Vec<_>>(),
        [true, false]
    );
}

#[test]
fn each_part_is_asked_for_its_own_step() {
    let ask = |state, part| {
        digest(
            "Sam",
            morning("2026-10-16"),
            &[entry("2026-10-30", state, part)],
        )
        .unwrap()
        .items[0]
            .ask
            .clone()
    };
    use ReturnState::{AwaitingApproval, AwaitingCertification, Certified, Scheduled};
    for (state, part, start) in [
        (Scheduled, Part::Preparer, "Its period has not ended."),
        (
            ReturnState::InReview,
            Part::Preparer,
            "It is with its readers.",
        ),
        (
            ReturnState::ChangesRequested,
            Part::Preparer,
            "A reader asks for changes.",
        ),
        (
            AwaitingApproval,
            Part::Board(Board::Committee),
            "It waits for the Trustee Board and the Recovery Advisory Committee to agree.",
        ),
        (
            AwaitingCertification,
            Part::Certifier,
            "It waits to be certified.",
        ),
        (Certified, Part::Sender, "It is certified and not yet sent."),
        (
            AwaitingCertification,
            Part::Lead,
            "It still waits for the certifier. Please step in.",
        ),
    ] {
        let words = ask(state, part);
        assert!(words.starts_with(start), "{words}");
    }
}

#[test]
fn whoever_stands_in_is_told_why() {
    let mut stand_in = entry(
        "2026-10-30",
        ReturnState::AwaitingCertification,
        Part::Certifier,
    );
    stand_in.recipient.fallback = Some(Fallback::Administrator);
    let mail = digest("Sam", morning("2026-10-16"), &[stand_in]).unwrap();
    assert_eq!(
        mail.items[0].why_you.as_deref(),
        Some("Nobody active is named to certify this return, so the administrators are told.")
    );
}

/// Whatever is in the records, the subject holds only our own words, numbers and a date; and no
/// sentence tells the reader's membership.
#[test]
fn no_subject_names_anybody_or_anything() {
    let plain = [
        "returns", "return", "are", "is", "due", "on", "the", "first", "of", "overdue",
    ];
    for state in ReturnState::all() {
        for part in [
            Part::Preparer,
            Part::Board(Board::Trustees),
            Part::Board(Board::Committee),
            Part::Certifier,
            Part::Sender,
            Part::Lead,
        ] {
            for today in ["2026-10-16", "2026-11-30"] {
                let mut hostile = entry("2026-10-30", state, part);
                hostile.name = "Recovery\r\nBcc: everyone@example.org".into();
                let two = [hostile, drafted("2026-12-25")];
                for entries in [&two[..1], &two[..]] {
                    let mail = digest("Sam\r\nSubject: x", morning(today), entries).unwrap();
                    let date_and_ours = mail.subject.split([' ', ',']).all(|word| {
                        word.is_empty()
                            || plain.contains(&word)
                            || word.parse::<u32>().is_ok()
                            || ["Friday", "October"].contains(&word)
                    });
                    assert!(date_and_ours, "{}", mail.subject);
                    let sentences = serde_json::to_string(&mail).unwrap();
                    assert!(!sentences.contains("member"), "{sentences}");
                    assert!(!sentences.contains("\\n"), "{sentences}");
                    assert_eq!(mail.greeting, "Hello Sam Subject: x,");
                }
            }
        }
    }
}

#[test]
fn what_is_due_for_an_application_reads_like_any_other() {
    let mut accept = entry("2026-10-30", ReturnState::Drafted, Part::Doer);
    accept.matter = DigestMatter::Application(DeadlineKind::Acceptance);
    accept.name = "A café: accept the offer".into();
    accept.period = String::new();
    accept.award = "People in the lead".into();
    let alone = digest("Sam", morning("2026-10-29"), &[accept.clone()]).unwrap();
    assert_eq!(alone.subject, "1 thing is due on Friday 30 October 2026");
    assert_eq!(alone.items[0].title, "A café: accept the offer");
    assert!(alone.items[0].ask.contains("lapses"), "{alone:?}");
    let both = digest(
        "Sam",
        morning("2026-10-31"),
        &[accept, drafted("2026-11-20")],
    )
    .unwrap();
    assert_eq!(both.subject, "1 of 2 things is overdue");
    assert!(both.closing.contains("anything"));
}

#[test]
fn the_mail_names_the_office_that_signs_next() {
    let mut signs = entry(
        "2026-10-30",
        ReturnState::AwaitingCertification,
        Part::Certifier,
    );
    if let DigestMatter::Return { office, .. } = &mut signs.matter {
        *office = Some("Head of the\nprogramme".to_owned());
    }
    let ask = |entry: &DigestEntry| {
        digest("Grace", entry.due_at, std::slice::from_ref(entry))
            .unwrap()
            .items[0]
            .ask
            .clone()
    };
    assert!(
        ask(&signs).starts_with("It waits to be certified by the Head of the programme. Read"),
        "{}",
        ask(&signs)
    );
    signs.recipient.part = Part::Lead;
    assert_eq!(
        ask(&signs),
        "It still waits for the Head of the programme. Please step in."
    );
}

#[test]
fn what_newer_facts_overtook_is_to_be_taken_back() {
    let mut one = entry(
        "2026-10-30",
        ReturnState::AwaitingCertification,
        Part::Preparer,
    );
    if let DigestMatter::Return { overtaken, .. } = &mut one.matter {
        *overtaken = true;
    }
    let said = digest("Ola", morning("2026-10-29"), &[one.clone()]).unwrap();
    assert!(
        said.items[0].ask.contains("Take it back"),
        "{}",
        said.items[0].ask
    );
    one.recipient.part = Part::Lead;
    let said = digest("Ola", morning("2026-10-29"), &[one]).unwrap();
    assert_eq!(
        said.items[0].ask,
        "It still waits for the preparer. Please step in."
    );
}
