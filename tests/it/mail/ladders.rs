//! R2: ladders follow London time and working days, whatever the clock and the machine do.

use chrono::{DateTime, Duration, Utc};
use entity::{Board, MailState, ReturnState, Role};

use super::duty::{Parts, agrees, becomes, day, due, outbox, recorded, somebody, states, worker};
use crate::on_both;
use crate::support::smtp::{Fault, Smtp};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

on_both! {
    /// R1: every rung of the ladder is sent, one mail a morning, while the mail server fails every
    /// other time; the machine is off over night and the worker starts anew each morning.
    async fn the_whole_ladder_is_sent_through_a_failing_server(house: &House) {
        let smtp = Smtp::start().await;
        let (preparer, email) = somebody(house, Role::GrantsOfficer).await;
        let (lead, leads) = somebody(house, Role::Administrator).await;
        worker(house, None).settle().await.unwrap();
        let parts = Parts { preparer: Some(preparer), lead: Some(lead), ..Parts::default() };
        let duty = due(house, "Quarterly return", day("2026-10-30"), parts).await;
        let faults = [Fault::DieAfterDot, Fault::RefuseData(451), Fault::DieBeforeDot, Fault::RefuseMessage(451)];
        for (n, morning) in day("2026-09-30").iter_days().take(67).enumerate() {
            house.advance_to(morning);
            let worker = worker(house, Some(&smtp));
            if smtp.faults_left() == 0 {
                smtp.fail_next([faults[n % faults.len()]]);
            }
            worker.settle().await.unwrap();
            house.advance(Duration::minutes(2));
            worker.settle().await.unwrap();
        }
        let rungs = recorded(house, duty).await;
        let mut mine: Vec<&str> = rungs.iter().filter(|(_, merged, _)| !merged).map(|(rung, _, _)| rung.as_str()).collect();
        mine.dedup();
        // The lead is told also from the tenth working day on, so some rungs stand there twice.
        assert_eq!(
            mine,
            [
                "28-days-before", "14-days-before", "7-days-before", "1-days-before", "the-day",
                "2-working-days-overdue", "4-working-days-overdue", "6-working-days-overdue",
                "8-working-days-overdue", "10-working-days-overdue", "1-weeks-on", "2-weeks-on", "3-weeks-on",
            ]
        );
        assert!(states(house).await.iter().all(|state| *state == MailState::Sent));
        let mut ids: Vec<_> = smtp.messages_to(&email).iter().map(|mail| mail.message_id()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 13, "one mail for each rung");
        assert!(smtp.messages_to(&leads).len() >= 4, "the lead is told from the tenth working day on");
    }

    /// Nine is nine on both sides of both changes: the morning's mail is written from midnight on
    /// and leaves at nine; a morning writes once.
    async fn nine_is_nine_across_both_changes(house: &House) {
        let (preparer, _) = somebody(house, Role::GrantsOfficer).await;
        worker(house, None).settle().await.unwrap();
        let parts = Parts { preparer: Some(preparer), ..Parts::default() };
        let worker = worker(house, None);
        let counts = async || {
            let states = states(house).await;
            let left = states.iter().filter(|state| **state != MailState::Queued).count();
            (states.len(), left)
        };
        due(house, "Autumn", day("2026-10-25"), parts).await;
        for (now, written, left) in [
            ("2026-10-23T23:10:00Z", 1, 0), // ten past midnight on the day before
            ("2026-10-24T07:59:59Z", 1, 0),
            ("2026-10-24T08:00:00Z", 1, 1), // nine in summer time
            ("2026-10-25T00:30:00Z", 2, 1), // half past one for the first time
            ("2026-10-25T01:30:00Z", 2, 1), // half past one for the second
            ("2026-10-25T08:59:59Z", 2, 1), // 08:59:59 in winter time
            ("2026-10-25T09:00:00Z", 2, 2), // nine on the day itself
            ("2026-10-25T23:59:59Z", 2, 2),
        ] {
            house.clock.set(at(now));
            worker.settle().await.unwrap();
            assert_eq!(counts().await, (written, left), "{now}");
        }
        due(house, "Spring", day("2027-03-28"), parts).await;
        house.clock.set(at("2027-03-28T07:59:59Z"));
        worker.settle().await.unwrap();
        let (written, before) = counts().await;
        assert_eq!(written, before + 1, "written, and waiting");
        house.clock.set(at("2027-03-28T08:00:00Z")); // nine in summer time
        worker.settle().await.unwrap();
        assert_eq!(counts().await, (written, before + 1));
    }

    /// At seven in the morning after an outage, and at eleven at night: what was missed goes with
    /// the coming morning's one mail; what is found on its own day, however late, goes at once.
    async fn a_night_writes_and_does_not_send(house: &House) {
        let (preparer, email) = somebody(house, Role::GrantsOfficer).await;
        worker(house, None).settle().await.unwrap();
        let parts = Parts { preparer: Some(preparer), ..Parts::default() };
        let smtp = Smtp::start().await;
        let worker = worker(house, Some(&smtp));
        let settle = async |now: &str| {
            house.clock.set(at(now));
            worker.settle().await.unwrap();
        };
        // One rung was missed on the 16th; the worker is back at seven on the 20th.
        due(house, "First return", day("2026-10-30"), parts).await;
        settle("2026-10-20T06:00:00Z").await;
        assert_eq!(states(house).await, [MailState::Queued]);
        assert!(outbox(house).await[0].state_in_words.starts_with("Leaves at 9am"));
        // Another falls due before nine: it is added to the same mail.
        due(house, "Second return", day("2026-10-27"), parts).await;
        settle("2026-10-20T07:30:00Z").await;
        assert_eq!(states(house).await, [MailState::Queued]);
        assert!(smtp.messages_to(&email).is_empty());
        // The worker stops before it leaves, and is back two nights later: still one mail.
        settle("2026-10-22T03:00:00Z").await;
        assert_eq!(states(house).await, [MailState::Queued]);
        assert!(smtp.messages_to(&email).is_empty(), "nothing leaves at four in the morning");
        settle("2026-10-22T08:00:00Z").await;
        let mails = smtp.messages_to(&email);
        assert_eq!(mails.len(), 1, "{}", smtp.transcript());
        for words in ["First return", "Second return", "Due in 8 days", "Due in 5 days"] {
            assert!(mails[0].text().contains(words), "{words} in\n{}", mails[0].text());
        }
        // Back at eleven at night on the morning's own day: late news is better than none.
        settle("2026-10-23T22:00:00Z").await;
        assert_eq!(smtp.messages_to(&email).len(), 2);
        settle("2026-10-23T22:30:00Z").await;
        assert_eq!(smtp.messages_to(&email).len(), 2, "and once");
    }

    /// Two days of downtime end in one mail that stands for what was missed; jumps of the clock
    /// send nothing twice.
    async fn downtime_ends_in_one_digest_and_jumps_repeat_nothing(house: &House) {
        let (preparer, _) = somebody(house, Role::GrantsOfficer).await;
        worker(house, None).settle().await.unwrap();
        let parts = Parts { preparer: Some(preparer), ..Parts::default() };
        let worker = worker(house, None);
        let duty = due(house, "Quarterly return", day("2026-10-30"), parts).await;
        let mut expected = 0;
        for (now, more, why) in [
            ("2026-10-16T08:00:00Z", 1, "14 days before; 28 days before is told with it"),
            ("2026-10-16T09:00:00Z", 0, "an hour on"),
            ("2026-10-16T08:00:00Z", 0, "an hour back"),
            ("2026-10-22T12:00:00Z", 0, "nothing due"),
            ("2026-11-01T12:00:00Z", 1, "out from the 23rd to the day after: one mail"),
            ("2026-10-30T12:00:00Z", 0, "two days back: nothing again"),
            ("2025-11-01T12:00:00Z", 0, "a year back: nothing"),
            ("2026-11-01T13:00:00Z", 0, "and forward again"),
            ("2026-11-03T09:00:00Z", 1, "2 working days overdue"),
        ] {
            house.clock.set(at(now));
            worker.settle().await.unwrap();
            expected += more;
            assert_eq!(outbox(house).await.len(), expected, "{now}: {why}");
        }
        let told: Vec<(String, bool)> = recorded(house, duty).await.into_iter().map(|(rung, merged, _)| (rung, merged)).collect();
        for (rung, merged) in [
            ("28-days-before", true), ("14-days-before", false), ("7-days-before", true),
            ("1-days-before", true), ("the-day", false), ("2-working-days-overdue", false),
        ] {
            assert!(told.contains(&(rung.to_owned(), merged)), "{rung}: {told:?}");
        }
    }

    /// What turns up after the morning's mail has left: told the same day when it is due already and
    /// was never spoken of, once; otherwise with the next morning's.
    async fn what_turns_up_later_and_is_due_is_told_the_same_day(house: &House) {
        let (preparer, email) = somebody(house, Role::GrantsOfficer).await;
        worker(house, None).settle().await.unwrap();
        let parts = Parts { preparer: Some(preparer), ..Parts::default() };
        let smtp = Smtp::start().await;
        let worker = worker(house, Some(&smtp));
        let settle = async |now: &str| {
            house.clock.set(at(now));
            worker.settle().await.unwrap();
            smtp.messages_to(&email).len()
        };
        due(house, "Morning return", day("2026-10-27"), parts).await;
        assert_eq!(settle("2026-10-20T08:00:00Z").await, 1);
        due(house, "Late return", day("2026-10-19"), parts).await;
        due(house, "Next week's return", day("2026-10-27"), parts).await;
        assert_eq!(settle("2026-10-20T13:00:00Z").await, 2);
        let said = smtp.messages_to(&email)[1].text();
        assert!(said.contains("Late return") && !said.contains("Next week's"), "{said}");
        assert_eq!(settle("2026-10-20T15:00:00Z").await, 2, "once");
        assert_eq!(settle("2026-10-21T08:00:00Z").await, 3);
        let said = smtp.messages_to(&email)[2].text();
        assert!(said.contains("Next week's return") && !said.contains("Morning return"), "{said}");
        let ids: Vec<_> = smtp.messages_to(&email).iter().map(|mail| mail.message_id()).collect();
        assert!(ids.iter().all(|id| id.ends_with("@harbour.example>")), "{ids:?}");
    }

    /// Whoever it waits for now is told; all that waits for one person is one mail.
    async fn whoever_it_waits_for_is_told(house: &House) {
        let (preparer, _) = somebody(house, Role::GrantsOfficer).await;
        let (certifier, _) = somebody(house, Role::Certifier).await;
        let (trustee, trustees) = somebody(house, Role::Trustee).await;
        let (_, committee) = somebody(house, Role::CommitteeMember).await;
        worker(house, None).settle().await.unwrap();
        let parts = Parts {
            preparer: Some(preparer), certifier: Some(certifier), sender: Some(preparer), boards: true,
            ..Parts::default()
        };
        house.advance_to(day("2026-10-23"));
        let one = due(house, "Board return", day("2026-10-30"), parts).await;
        becomes(house, one, ReturnState::AwaitingApproval).await;
        agrees(house, one, Board::Trustees, trustee).await;
        let two = due(house, "Certifier's return", day("2026-10-30"), parts).await;
        becomes(house, two, ReturnState::AwaitingCertification).await;
        let three = due(house, "Sender's return", day("2026-10-30"), parts).await;
        becomes(house, three, ReturnState::Certified).await;
        due(house, "Preparer's return", day("2026-10-30"), parts).await;
        worker(house, None).settle().await.unwrap();
        let mails = outbox(house).await;
        assert_eq!(mails.len(), 3, "{mails:#?}");
        let of = |who: &str| mails.iter().find(|mail| mail.to_address.starts_with(who)).unwrap();
        assert!(of("grants-officer").text.contains("Sender's return"));
        assert!(of("grants-officer").text.contains("Preparer's return"));
        assert!(of("certifier").text.contains("Certifier's return"));
        assert_eq!(of("committee-member").to_address, committee);
        assert!(mails.iter().all(|mail| mail.to_address != trustees), "their board has agreed");
        // Nobody can tell from a subject whom it is for or what it is about.
        for mail in &mails {
            let said = mail.subject.to_lowercase();
            for word in ["recovery", "drug", "alcohol", "committee", "trustee", "certifier"] {
                assert!(!said.contains(word), "{said}");
            }
        }
    }

    /// Nobody active holds the part: the role is told, then an administrator, with the reason.
    async fn somebody_else_is_told_when_nobody_holds_the_part(house: &House) {
        let (_, officer) = somebody(house, Role::GrantsOfficer).await;
        let (_, administrator) = somebody(house, Role::Administrator).await;
        worker(house, None).settle().await.unwrap();
        house.advance_to(day("2026-10-23"));
        let to_role = due(house, "Nobody prepares", day("2026-10-30"), Parts::default()).await;
        let to_administrator = due(house, "Nobody certifies", day("2026-10-30"), Parts::default()).await;
        becomes(house, to_administrator, ReturnState::AwaitingCertification).await;
        worker(house, None).settle().await.unwrap();
        let mails = outbox(house).await;
        assert_eq!(mails.len(), 2, "{mails:#?}");
        let of = |address: &str| mails.iter().find(|mail| mail.to_address == address).unwrap();
        assert!(of(&officer).text.contains("Nobody prepares"));
        assert!(of(&administrator).text.contains("Nobody certifies"));
        for (duty, words) in [(to_role, "role of grants officer"), (to_administrator, "administrators are told")] {
            let (_, _, why) = recorded(house, duty).await.pop().unwrap();
            assert!(why.as_deref().is_some_and(|why| why.contains(words)), "{why:?}");
        }
        let shown = domain::reminders::view::standing_in(&house.db, &house.system()).await.unwrap();
        assert_eq!(shown.len(), 2, "{shown:?}");
    }

    /// Two workers on the same morning write one mail.
    async fn two_workers_write_one_mail(house: &House) {
        let (preparer, _) = somebody(house, Role::GrantsOfficer).await;
        worker(house, None).settle().await.unwrap();
        house.advance_to(day("2026-10-23"));
        let parts = Parts { preparer: Some(preparer), ..Parts::default() };
        due(house, "Quarterly return", day("2026-10-30"), parts).await;
        let system = house.system();
        let words = |digest: &domain::reminders::rules::Digest| {
            Ok(domain::mail::Written {
                subject: digest.subject.clone(),
                text: digest.opening.clone(),
                html: digest.opening.clone(),
            })
        };
        let write = || domain::reminders::send_due(&house.db, &system, &words);
        let all = futures_util::future::join_all((0..8).map(|_| write())).await;
        let written: usize = all.into_iter().map(|morning| morning.unwrap().mails).sum();
        assert_eq!(written, 1);
        assert_eq!(outbox(house).await.len(), 1);
    }
}
