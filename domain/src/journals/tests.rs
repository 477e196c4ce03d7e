#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use entity::{AwardId, CostCategoryId, JournalId, JournalState, Money, PoolId, Role};

use super::ops::{self, NewJournal, NewLine, Objection};
use super::view;
use crate::attribution::rules::Unfunded;
use crate::ledger_periods::ops::{MonthToClose, close, reopen};
use crate::spend::testing::{Given, House, day, on_each};
use crate::spend::view::{SpendFilter, list as lines_of};
use crate::{Ctx, Error, attribution, checks, imports};

struct Desk<'h> {
    house: &'h House,
    other: Ctx,
    pool: PoolId,
    care: CostCategoryId,
    events: CostCategoryId,
}

impl<'h> Desk<'h> {
    async fn of(house: &'h House) -> Self {
        let care = house.category("care").await;
        let events = house.category("events").await;
        let award = async |reference, category| -> AwardId {
            let given = Given {
                reference,
                amount: 100_000,
                window: (day(2026, 4, 1), day(2027, 3, 31)),
                categories: &[category],
                fence: None,
            };
            house.given(given).await
        };
        let of_care = award("A", care).await;
        let of_events = award("B", events).await;
        Self {
            pool: house
                .pool("p", &[(of_care, 100_000), (of_events, 100_000)])
                .await,
            other: house.somebody(Role::GrantsOfficer).await,
            house,
            care,
            events,
        }
    }

    fn line(&self, category: CostCategoryId, pence: i64, ledger: &str) -> NewLine {
        NewLine {
            incurred_on: day(2026, 10, 12),
            pool_id: self.pool,
            category_id: category,
            capital: false,
            amount_pence: Money(pence),
            description: "Rent of the hall".to_owned(),
            ledger_ref: ledger.to_owned(),
            cost_centre: String::new(),
        }
    }

    /// £200 from care to events.
    fn moved(&self) -> NewJournal {
        NewJournal {
            reason: "The hall was for events".to_owned(),
            evidence: "Booking of 3 October".to_owned(),
            total_pence: Money::ZERO,
            reverses_id: None,
            lines: vec![
                self.line(self.care, -20_000, "x"),
                self.line(self.events, 20_000, "x"),
            ],
        }
    }

    async fn prepared(&self, new: &NewJournal) -> JournalId {
        ops::prepare(&self.house.db, &self.house.officer, new)
            .await
            .unwrap()
    }

    /// What awards pay for, by award, and what nobody pays for; everything checked.
    async fn sums(&self) -> (Vec<i64>, i64) {
        let db = &self.house.db;
        attribution::ops::run_due(db, &self.house.worker)
            .await
            .unwrap();
        let wrong: Vec<_> = checks::run(db, &self.house.worker)
            .await
            .unwrap()
            .findings
            .into_iter()
            .filter(|finding| !finding.check.starts_with("audit"))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let year = (day(2026, 4, 1), day(2027, 3, 31));
        let spend = attribution::view::pool_spend(db, &self.house.officer, self.pool, year)
            .await
            .unwrap();
        (
            spend.by_award.iter().map(|a| a.attributed_pence).collect(),
            spend.unfunded_pence,
        )
    }
}

fn rule(error: Error) -> &'static str {
    match error {
        Error::Refused { rule, .. } => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_journal_counts_once_somebody_else_approved_it_and_is_taken_back_by_another() {
    on_each(async |house| {
        let desk = Desk::of(&house).await;
        let (db, me, you) = (&house.db, &house.officer, &desk.other);
        attribution::tests::load(&house, "x", &[(10, 50_000, "care", "p")]).await;
        assert_eq!(desk.sums().await, (vec![50_000], 0));
        let id = desk.prepared(&desk.moved()).await;
        // it does not count yet, and waits for the other
        assert_eq!(desk.sums().await, (vec![50_000], 0));
        assert!(view::waiting_for_me(db, me).await.unwrap().is_empty());
        assert_eq!(view::waiting_for_me(db, you).await.unwrap()[0].id, id);
        // what approving it does is seen before
        assert!(view::one(db, you, id).await.unwrap().from_nobody.is_empty());
        let seen = view::one(db, you, id).await.unwrap();
        let pays = |seen: &view::JournalView| -> Vec<(i64, i64)> {
            let awards = seen.effect.iter().flat_map(|pool| &pool.awards);
            let mut pays: Vec<_> = awards
                .map(|one| (one.before_pence.pence(), one.after_pence.pence()))
                .collect();
            pays.sort_unstable();
            pays
        };
        assert_eq!(pays(&seen), [(0, 20_000), (50_000, 30_000)]);
        assert!(seen.restates.is_empty());
        let mine = ops::approve(db, me, id, None).await.unwrap_err();
        assert_eq!(rule(mine), "prepared-it-yourself");
        let system = ops::approve(db, &house.worker, id, None).await.unwrap_err();
        assert_eq!(rule(system), "prepared-it-yourself");
        // sent back, changed, approved
        let why = Objection {
            reason: "Which booking?".to_owned(),
        };
        let stands = ops::send_back(db, you, id, &why, Some(1)).await.unwrap();
        assert_eq!(stands.state, JournalState::SentBack);
        assert_eq!(view::waiting_for_me(db, me).await.unwrap()[0].id, id);
        let early = ops::approve(db, you, id, None).await.unwrap_err();
        assert_eq!(rule(early), "journal-sent-back");
        let stale = ops::change(db, me, id, &desk.moved(), Some(1)).await;
        assert!(matches!(stale, Err(Error::Stale)));
        ops::change(db, me, id, &desk.moved(), Some(2))
            .await
            .unwrap();
        let stands = ops::approve(db, you, id, Some(3)).await.unwrap();
        assert_eq!(stands.state, JournalState::Approved);
        // what is taken from care comes from the award that paid for it
        assert_eq!(desk.sums().await, (vec![30_000, 20_000], 0));
        let seen = view::one(db, me, id).await.unwrap();
        assert_eq!(
            (seen.revision, seen.entries.len(), seen.events.len()),
            (2, 2, 4)
        );
        assert!(seen.effect.is_empty());
        assert!(seen.entries.iter().all(|line| line.spend_line_id.is_some()));
        let again = ops::withdraw(db, me, id, None).await.unwrap_err();
        assert_eq!(rule(again), "journal-approved");

        // taken back, once, with one press: the same lines turned round
        let back = NewJournal {
            reason: "It was care after all".to_owned(),
            reverses_id: Some(id),
            lines: Vec::new(),
            ..desk.moved()
        };
        let reversal = desk.prepared(&back).await;
        let turned = view::one(db, you, reversal).await.unwrap();
        assert_eq!(pays(&turned), [(20_000, 0), (30_000, 50_000)]);
        let twice = ops::prepare(db, me, &back).await.unwrap_err();
        assert_eq!(rule(twice), "journal-reversed");
        ops::approve(db, you, reversal, None).await.unwrap();
        let (paid, unfunded) = desk.sums().await;
        assert_eq!((paid, unfunded), (vec![50_000], 0));
        let seen = view::one(db, me, id).await.unwrap();
        assert_eq!(seen.reversed_by.unwrap().id, reversal);
        let lines = lines_of(db, me, &SpendFilter::default(), None, 50)
            .await
            .unwrap();
        assert_eq!(
            lines.iter().map(|line| line.amount_pence).sum::<i64>(),
            50_000
        );
        assert!(
            lines
                .iter()
                .filter_map(|line| line.unfunded_because)
                .all(|why| why == Unfunded::Reversed)
        );
        // journals are no files that were loaded
        assert_eq!(imports::view::count(db, me).await.unwrap(), 1);
    });
}

#[test]
fn a_journal_that_does_not_add_up_or_falls_in_a_closed_month_is_refused() {
    on_each(async |house| {
        let desk = Desk::of(&house).await;
        let (db, me, you) = (&house.db, &house.officer, &desk.other);
        attribution::tests::load(&house, "x", &[(10, 50_000, "care", "p")]).await;
        let odd = NewJournal {
            total_pence: Money(5),
            ..desk.moved()
        };
        let Err(Error::Invalid(fields)) = ops::prepare(db, me, &odd).await else {
            panic!("it does not add up")
        };
        assert_eq!(fields[0].pointer, "/total_pence");
        let mut unsaid = desk.moved();
        unsaid.lines[0].ledger_ref = String::new();
        let Err(Error::Invalid(fields)) = ops::prepare(db, me, &unsaid).await else {
            panic!("it does not say what it is taken from")
        };
        assert_eq!(fields[0].pointer, "/lines/0/ledger_ref");
        let mut unknown = desk.moved();
        unknown.lines[1].pool_id = PoolId::new();
        let Err(Error::Invalid(fields)) = ops::prepare(db, me, &unknown).await else {
            panic!("there is no such pool")
        };
        assert_eq!(fields[0].pointer, "/lines/1/pool_id");

        let id = desk.prepared(&desk.moved()).await;
        let october = MonthToClose {
            month: day(2026, 10, 1),
        };
        close(db, me, desk.pool, october).await.unwrap();
        let late = ops::approve(db, you, id, None).await.unwrap_err();
        let Error::Refused { rule, detail } = late else {
            panic!("{late:?}")
        };
        assert_eq!(rule, "period-closed");
        assert!(
            detail.contains("October 2026 is closed for Pool p"),
            "{detail}"
        );
        let Err(Error::Invalid(fields)) = ops::prepare(db, me, &desk.moved()).await else {
            panic!("the month is closed")
        };
        assert_eq!(fields[0].pointer, "/lines/0/incurred_on");
        reopen(db, me, desk.pool, day(2026, 10, 1)).await.unwrap();
        ops::approve(db, you, id, None).await.unwrap();
        desk.sums().await;

        let given_up = desk.prepared(&desk.moved()).await;
        ops::withdraw(db, me, given_up, None).await.unwrap();
        let gone = ops::approve(db, you, given_up, None).await.unwrap_err();
        assert_eq!(super::tests::rule(gone), "journal-withdrawn");
    });
}

#[test]
fn an_amount_is_taken_only_from_where_it_was_charged_and_only_once() {
    on_each(async |house| {
        let desk = Desk::of(&house).await;
        let (db, me, you) = (&house.db, &house.officer, &desk.other);
        attribution::tests::load(&house, "x", &[(10, 50_000, "care", "p")]).await;
        desk.sums().await;
        let refused = async |new: &NewJournal| match ops::prepare(db, me, new).await {
            Err(Error::Invalid(fields)) => fields[0].clone(),
            other => panic!("{other:?}"),
        };
        let mut new = desk.moved();
        new.lines[0].ledger_ref = "INV-0".to_owned();
        let found = refused(&new).await;
        assert_eq!(found.pointer, "/lines/0/ledger_ref");
        assert_eq!(found.code, "unknown-transaction");
        let mut new = desk.moved();
        new.lines[0].category_id = desk.events;
        new.lines[1].category_id = desk.care;
        let found = refused(&new).await;
        assert_eq!(found.code, "not-there");
        assert!(found.detail.contains("£500.00 under"), "{}", found.detail);
        let mut new = desk.moved();
        new.lines[0].capital = true;
        assert_eq!(refused(&new).await.code, "not-there");
        // two journals that take £300 each of £500: the second one comes too late
        let taking = |pence: i64| {
            let mut new = desk.moved();
            new.lines[0].amount_pence = Money(-pence);
            new.lines[1].amount_pence = Money(pence);
            new
        };
        let first = desk.prepared(&taking(30_000)).await;
        let second = desk.prepared(&taking(30_000)).await;
        ops::approve(db, you, first, None).await.unwrap();
        let late = ops::approve(db, you, second, None).await.unwrap_err();
        let Error::Refused { rule, detail } = late else {
            panic!("{late:?}")
        };
        assert_eq!(rule, "nothing-to-take-away");
        assert!(
            detail.contains("of which £300.00 was taken away already: £200.00 is left"),
            "{detail}"
        );
        assert_eq!(desk.sums().await, (vec![20_000, 30_000], 0));
        // taken back whole, it may be taken again
        let back = NewJournal {
            reverses_id: Some(first),
            lines: Vec::new(),
            ..desk.moved()
        };
        let reversal = desk.prepared(&back).await;
        ops::approve(db, you, reversal, None).await.unwrap();
        ops::approve(db, you, second, None).await.unwrap();
        assert_eq!(desk.sums().await, (vec![20_000, 30_000], 0));
    });
}

#[test]
fn the_preview_says_where_a_journal_takes_from_nobody() {
    on_each(async |house| {
        let desk = Desk::of(&house).await;
        // £1,500 of care, of which the award pays £1,000
        attribution::tests::load(&house, "x", &[(10, 150_000, "care", "p")]).await;
        assert_eq!(desk.sums().await, (vec![100_000], 50_000));
        let mut new = desk.moved();
        new.lines[0].amount_pence = Money(-20_000);
        let id = desk.prepared(&new).await;
        let seen = view::one(&house.db, &desk.other, id).await.unwrap();
        let told: Vec<_> = seen
            .from_nobody
            .iter()
            .map(|one| (one.line, one.amount_pence.pence()))
            .collect();
        // in proportion to what nobody paid of that line
        assert_eq!(told, [(1, 6_667)]);
    });
}
