//! What was certified is what is sent: where it is not what is known now, nobody sends it without having
//! been told, and what was signed is shown as it was signed.

use entity::{GrantReturnId, Money, ReturnEventKind, ReturnState, Role};

use super::agree::{complete, offer, offered};
use super::house::{House, at, day, on_both};
use super::journey::{sending, sign};
use crate::journals::{self, ops::NewJournal, ops::NewLine};
use crate::returns::ops::{self, NewSending, Silence};
use crate::returns::view;
use crate::{Ctx, Error};

async fn invoice(house: &House, moment: &str, pence: i64, attributed: bool) {
    house.clock.set(at(moment));
    house
        .load("2026-06-30", &[("2026-05-10", pence, false, attributed)])
        .await;
}

async fn record(
    house: &House,
    id: GrantReturnId,
    although_changed: bool,
) -> Result<ops::Stands, Error> {
    let new = NewSending {
        although_changed,
        ..sending(house)
    };
    ops::record_sending(&house.db, &house.officer, id, &new, None, None).await
}

#[test]
fn what_changed_since_it_was_certified_is_said_before_it_is_sent() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        let told = async |ctx: &Ctx| {
            let today = view::today(&house.db, ctx).await.unwrap();
            let told: Vec<_> = today
                .changed_since_certified
                .into_iter()
                .map(|one| (one.id, one.figures))
                .collect();
            told
        };
        assert_eq!(told(&house.officer).await, []);
        invoice(house, "2026-07-03T09:00:00Z", 250_00, true).await;
        let seen = view::one(&house.db, &house.officer, id).await.unwrap();
        let figures = seen.restated.len();
        assert!(figures > 0);
        assert_eq!(
            seen.summary.changed_figures,
            u64::try_from(figures).unwrap()
        );
        assert_eq!(seen.summary.waits_for, "the sender");
        assert_eq!(told(&house.officer).await, [(id, figures)]);
        assert_eq!(told(&house.trustee).await, []);
        let untold = record(house, id, false).await.unwrap_err();
        let Error::Invalid(fields) = untold else {
            panic!("{untold:?}")
        };
        assert_eq!(fields[0].code, "changed-since-certified");
        assert!(
            fields[0]
                .detail
                .contains("is £1,000.00 as certified and would be £1,250.00 today"),
            "{}",
            fields[0].detail
        );
        // Knowingly, it is sent as it was certified; and its history says so.
        let stands = record(house, id, true).await.unwrap();
        assert_eq!(stands.state, ReturnState::Submitted);
        let seen = view::one(&house.db, &house.officer, id).await.unwrap();
        let sent = seen.history.last().unwrap();
        assert_eq!(sent.kind, ReturnEventKind::Submitted);
        let why = sent.reason.clone().unwrap();
        assert!(
            why.starts_with("Sent as it was certified, although"),
            "{why}"
        );
        let seen = view::one(&house.db, &house.funders_officer, id)
            .await
            .unwrap();
        assert!(seen.history.iter().all(|event| event.reason.is_none()));
    });
}

#[test]
fn nothing_is_asked_where_nothing_changed() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        // spend that is not ours
        invoice(house, "2026-07-03T09:00:00Z", 5_00, false).await;
        record(house, id, false).await.unwrap();
    });
}

#[test]
fn what_was_signed_is_shown_with_what_was_found_then() {
    on_both(async |house| {
        house
            .load("2026-06-30", &[("2026-04-10", 1_000_00, false, true)])
            .await;
        house.require(false, &["Treasurer"]).await;
        house.draft().await;
        let id = house.of_quarter("2026-04-01").await.id;
        complete(house, id).await;
        // the workbook was checked before the reason was given: what is offered has both
        ops::build(&house.db, &house.officer, &house.workbooks, id, None)
            .await
            .unwrap();
        invoice(house, "2026-07-03T09:00:00Z", 92_50, false).await;
        let silence = Silence {
            code: "unattributed-spend".to_owned(),
            place: String::new(),
            reason: "Asked for elsewhere.".to_owned(),
        };
        ops::silence(&house.db, &house.officer, id, &silence)
            .await
            .unwrap();
        offer(house, id).await.unwrap();
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        let page = async || {
            let page = view::certify_page(&house.db, &house.certifier, id)
                .await
                .unwrap();
            let open: Vec<String> = page.findings.iter().map(|one| one.code.clone()).collect();
            let stood: Vec<_> = page
                .silenced
                .iter()
                .map(|one| (one.reason.clone(), one.message.clone()))
                .collect();
            (open, stood)
        };
        let then = page().await;
        assert_eq!(then.1.len(), 1);
        // What comes to light later is told on the return’s own page, and only there.
        invoice(house, "2026-07-04T09:00:00Z", 50_00, false).await;
        assert_eq!(page().await, then);
        let own = view::one(&house.db, &house.officer, id).await.unwrap();
        let open = own
            .findings
            .iter()
            .find(|found| found.code == "unattributed-spend" && found.silenced.is_none())
            .unwrap();
        assert!(open.message.contains("£142.50"), "{}", open.message);
    });
}

#[test]
fn between_two_signatures_the_workbook_says_whose_it_has() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer", "Head"]).await;
        let so_far = async |ctx: &Ctx| view::signed_so_far(&house.db, ctx, id).await;
        assert!(matches!(so_far(&house.officer).await, Err(Error::NotFound)));
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        let file = so_far(&house.officer).await.unwrap();
        assert!(
            file.name
                .contains("signed by the Treasurer, not certified yet"),
            "{}",
            file.name
        );
        assert!(matches!(
            so_far(&house.funders_officer).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            view::certified_workbook(&house.db, &house.officer, id).await,
            Err(Error::NotFound)
        ));
        sign(house, &house.second_certifier, id, "Head")
            .await
            .unwrap();
        let whole = view::certified_workbook(&house.db, &house.officer, id)
            .await
            .unwrap();
        assert!(whole.name.contains("certified"), "{}", whole.name);
        assert!(matches!(so_far(&house.officer).await, Err(Error::NotFound)));
    });
}

#[test]
fn a_journal_within_one_award_names_the_returns_that_it_changes() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        let mut finance = house.officer.clone();
        if let crate::Actor::Person(person) = &mut finance.actor {
            person.roles.push((house.home, Role::FinanceOfficer));
        }
        let line = |category_id, capital, pence| NewLine {
            incurred_on: day("2026-04-10"),
            pool_id: house.pool,
            category_id,
            capital,
            amount_pence: Money(pence),
            description: "A lift, not a course".to_owned(),
            ledger_ref: "T1".to_owned(),
            cost_centre: String::new(),
        };
        let new = NewJournal {
            reason: "It was coded to the wrong heading".to_owned(),
            evidence: "The invoice".to_owned(),
            total_pence: Money::ZERO,
            reverses_id: None,
            lines: vec![
                line(house.support, false, -100_00),
                line(house.premises, true, 100_00),
            ],
        };
        let journal = journals::ops::prepare(&house.db, &finance, &new)
            .await
            .unwrap();
        let told = async || {
            let seen = journals::view::one(&house.db, &finance, journal)
                .await
                .unwrap();
            // what the award pays in all stays as it is
            for pool in &seen.effect {
                for award in &pool.awards {
                    assert_eq!(award.before_pence, award.after_pence);
                }
            }
            assert!(seen.from_nobody.is_empty());
            let told: Vec<_> = seen
                .restates
                .into_iter()
                .map(|one| (one.id, one.award, one.title, one.state))
                .collect();
            told
        };
        let named = |state| {
            let title = "Recovery return, April to June 2026".to_owned();
            vec![(id, "the Recovery Grant".to_owned(), title, state)]
        };
        assert_eq!(told().await, named(ReturnState::AwaitingCertification));
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        assert_eq!(told().await, named(ReturnState::Certified));
        record(house, id, false).await.unwrap();
        assert_eq!(told().await, named(ReturnState::Submitted));
    });
}
