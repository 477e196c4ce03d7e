//! What must hold of a journal, and who may make it count. Values in, findings out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{CostCategoryId, JournalState, Money, PersonId, PoolId, SpendLineId};

use crate::FieldError;
use crate::awards::rules::is_amount;
use crate::calendar::rules::{first_of_month, implausible};

/// Most lines of one journal.
pub const MOST_LINES: usize = 200;

/// A line of a journal, as far as the rules look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// London date goods or services were received.
    pub incurred_on: NaiveDate,
    /// The pool that pays.
    pub pool: PoolId,
    /// The cost category.
    pub category: CostCategoryId,
    /// Capital, or revenue.
    pub capital: bool,
    /// Pence; negative for what is taken back.
    pub amount: Money,
    /// The ledger's transaction that it is about.
    pub ledger_ref: Option<String>,
    /// The ledger's cost centre.
    pub cost_centre: Option<String>,
}

/// What is wrong with a journal's lines and its stated total, seen from today.
#[must_use]
pub fn check(lines: &[Line], total: Money, today: NaiveDate) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if lines.is_empty() || lines.len() > MOST_LINES {
        wrong.push(FieldError::new(
            "/lines",
            "count",
            format!("A journal has 1 to {MOST_LINES} lines."),
        ));
    }
    for (at, line) in lines.iter().enumerate() {
        let on = format!("/lines/{at}/incurred_on");
        if let Some(found) = implausible(&on, line.incurred_on) {
            wrong.push(found);
        } else if line.incurred_on > today {
            wrong.push(FieldError::new(
                on,
                "in-the-future",
                "What was not received yet is no spend: enter today’s date or an earlier one.",
            ));
        }
        let size = Money(line.amount.pence().saturating_abs());
        if line.amount == Money::ZERO || !is_amount(size) {
            wrong.push(FieldError::new(
                format!("/lines/{at}/amount_pence"),
                "out-of-range",
                "Enter an amount that is not nothing; what is taken back has a minus.",
            ));
        }
    }
    let sum = Money::sum(lines.iter().map(|line| line.amount));
    if !lines.is_empty() && sum != Some(total) {
        wrong.push(FieldError::new(
            "/total_pence",
            "does-not-add-up",
            format!(
                "The lines come to {}, and the journal says {}. Correct the one that is wrong.",
                sum.map_or_else(|| "more than can be counted".to_owned(), Money::in_full),
                total.in_full()
            ),
        ));
    }
    wrong
}

/// Amounts taken away that do not say from what. Only what names its transaction is taken from the
/// awards that paid for it: otherwise one award would pay more, and none less.
#[must_use]
pub fn check_taken_away(lines: &[Line]) -> Vec<FieldError> {
    lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.amount < Money::ZERO && line.ledger_ref.is_none())
        .map(|(at, _)| {
            FieldError::new(
                format!("/lines/{at}/ledger_ref"),
                "required",
                "Enter the ledger transaction that this amount is taken from: the awards that paid \
                 for it then pay less. Without it, none would.",
            )
        })
        .collect()
}

/// Where spend counts: its pool, its cost category, and whether it is capital.
pub type Place = (PoolId, CostCategoryId, bool);

/// A line of a ledger transaction that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Which.
    pub id: SpendLineId,
    /// Where it counts.
    pub place: Place,
    /// Pence; negative for what was taken away.
    pub amount: Money,
    /// Whether it takes another one back, whole, or is itself taken back: the two come to nothing.
    pub undone: bool,
}

/// What a ledger transaction has in one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// What was charged.
    pub charged: Money,
    /// What was taken away from it since: not negative.
    pub taken: Money,
}

impl Held {
    /// What may still be taken away.
    #[must_use]
    pub fn left(self) -> Money {
        Money(
            self.charged
                .pence()
                .saturating_sub(self.taken.pence())
                .max(0),
        )
    }
}

/// What the lines of one transaction come to, by place.
#[must_use]
pub fn held(lines: &[Counted]) -> BTreeMap<Place, Held> {
    let mut held: BTreeMap<Place, Held> = BTreeMap::new();
    for line in lines.iter().filter(|line| !line.undone) {
        let here = held.entry(line.place).or_default();
        let pence = line.amount.pence();
        if pence > 0 {
            here.charged = Money(here.charged.pence().saturating_add(pence));
        } else {
            here.taken = Money(here.taken.pence().saturating_sub(pence));
        }
    }
    held
}

/// Amounts taken away from a transaction that has nothing there to take, or too little: no award would
/// pay less, and others would pay more. `held` is what each transaction that is named has; `called` is a
/// place in words.
#[must_use]
pub fn check_held(
    lines: &[Line],
    held: &BTreeMap<String, BTreeMap<Place, Held>>,
    called: impl Fn(Place) -> String,
) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let mut wanted: BTreeMap<(&str, Place), Money> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        let (true, Some(name)) = (line.amount < Money::ZERO, line.ledger_ref.as_deref()) else {
            continue;
        };
        let place = (line.pool, line.category, line.capital);
        let error = |code: &'static str, detail: String| {
            FieldError::new(format!("/lines/{at}/ledger_ref"), code, detail)
        };
        let places = held.get(name);
        let here = places
            .and_then(|places| places.get(&place))
            .copied()
            .unwrap_or_default();
        let taken = wanted.entry((name, place)).or_default();
        *taken = Money(taken.pence().saturating_sub(line.amount.pence()));
        let elsewhere: Vec<String> = places
            .into_iter()
            .flatten()
            .filter(|(_, held)| held.left() > Money::ZERO)
            .map(|(place, held)| format!("{} under {}", held.left().in_full(), called(*place)))
            .collect();
        if *taken <= here.left() {
            continue;
        }
        wrong.push(if places.is_none_or(BTreeMap::is_empty) {
            error(
                "unknown-transaction",
                format!(
                    "No spend that counts has the ledger transaction {name}. Enter it as the file \
                     names it: only what was loaded and accepted can be taken away."
                ),
            )
        } else if here.charged == Money::ZERO && elsewhere.is_empty() {
            error(
                "not-there",
                format!(
                    "The ledger transaction {name} has nothing under {}, nor anywhere else, that \
                     could be taken away.",
                    called(place)
                ),
            )
        } else if here.charged == Money::ZERO {
            error(
                "not-there",
                format!(
                    "The ledger transaction {name} has nothing under {}. It has {}: take the amount \
                     away there.",
                    called(place),
                    elsewhere.join(", and ")
                ),
            )
        } else if here.taken == Money::ZERO {
            error(
                "more-than-there",
                format!(
                    "The ledger transaction {name} has {} under {}, and this journal takes {} away \
                     from it. Take away that much at most.",
                    here.charged.in_full(),
                    called(place),
                    taken.in_full()
                ),
            )
        } else {
            error(
                "more-than-there",
                format!(
                    "The ledger transaction {name} has {} under {}, of which {} was taken away \
                     already: {} is left, and this journal takes {}.",
                    here.charged.in_full(),
                    called(place),
                    here.taken.in_full(),
                    here.left().in_full(),
                    taken.in_full()
                ),
            )
        });
    }
    wrong
}

/// What is wrong with lines that are to take a journal back: line by line the same, the amounts
/// turned round. Their dates may differ, where the first ones' month is closed by now.
#[must_use]
pub fn check_reversal(original: &[Line], reversal: &[Line]) -> Vec<FieldError> {
    if original.len() != reversal.len() {
        return vec![FieldError::new(
            "/lines",
            "not-a-reversal",
            format!(
                "What takes a journal back has the same lines with the amounts turned round: {} of \
                 them.",
                original.len()
            ),
        )];
    }
    let unlike = |(was, now): (&Line, &Line)| {
        let turned = was.amount.pence().checked_neg() == Some(now.amount.pence());
        !turned
            || (was.pool, was.category, was.capital) != (now.pool, now.category, now.capital)
            || was.cost_centre != now.cost_centre
    };
    original
        .iter()
        .zip(reversal)
        .enumerate()
        .filter(|(_, pair)| unlike(*pair))
        .map(|(at, _)| {
            FieldError::new(
                format!("/lines/{at}/amount_pence"),
                "not-a-reversal",
                format!(
                    "Line {} is not the one that it takes back with the amount turned round. Leave \
                     everything but its date as it was.",
                    at + 1
                ),
            )
        })
        .collect()
}

/// The months of pools that lines fall in.
#[must_use]
pub fn months(lines: &[Line]) -> BTreeSet<(PoolId, NaiveDate)> {
    lines
        .iter()
        .map(|line| (line.pool, first_of_month(line.incurred_on)))
        .collect()
}

/// What is done with a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its lines are written anew.
    Change,
    /// It is given back to whoever prepared it.
    SendBack,
    /// Its lines count from now on.
    Approve,
    /// It is given up.
    Withdraw,
}

/// Why a step cannot be: the rule's name, and words.
#[must_use]
pub fn refuse(
    step: Step,
    state: JournalState,
    preparers: &BTreeSet<PersonId>,
    by: Option<PersonId>,
) -> Option<(&'static str, &'static str)> {
    use JournalState as State;
    match state {
        State::Approved => {
            return Some((
                "journal-approved",
                "This journal counts already. What is wrong with it is taken back by a further \
                 journal.",
            ));
        }
        State::Withdrawn => {
            return Some(("journal-withdrawn", "This journal was withdrawn."));
        }
        State::SentBack if matches!(step, Step::Approve | Step::SendBack) => {
            return Some((
                "journal-sent-back",
                "This journal was sent back. It can be approved once it is changed.",
            ));
        }
        State::SentBack | State::Waiting => {}
    }
    let own = by.is_none_or(|person| preparers.contains(&person));
    (own && matches!(step, Step::Approve | Step::SendBack)).then_some((
        "prepared-it-yourself",
        "Somebody who did not prepare it approves a journal or sends it back.",
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn line(on: &str, pence: i64) -> Line {
        Line {
            incurred_on: on.parse().unwrap(),
            pool: PoolId(uuid::Uuid::from_u128(1)),
            category: CostCategoryId(uuid::Uuid::from_u128(2)),
            capital: false,
            amount: Money(pence),
            ledger_ref: None,
            cost_centre: None,
        }
    }

    fn codes(found: &[FieldError]) -> Vec<String> {
        found
            .iter()
            .map(|one| format!("{} {}", one.pointer, one.code))
            .collect()
    }

    #[test]
    fn lines_add_up_to_what_the_journal_says() {
        let today = "2026-11-08".parse().unwrap();
        let lines = [line("2026-10-01", 500), line("2026-10-02", -500)];
        assert!(check(&lines, Money::ZERO, today).is_empty());
        assert_eq!(
            codes(&check(&lines, Money(1), today)),
            ["/total_pence does-not-add-up"]
        );
        let odd = [line("2026-11-09", 5), line("0026-10-02", 0)];
        assert_eq!(
            codes(&check(&odd, Money(5), today)),
            [
                "/lines/0/incurred_on in-the-future",
                "/lines/1/incurred_on not-plausible",
                "/lines/1/amount_pence out-of-range",
            ]
        );
        assert_eq!(codes(&check(&[], Money::ZERO, today)), ["/lines count"]);
        let huge = [line("2026-10-01", i64::MIN), line("2026-10-01", -1)];
        assert!(!check(&huge, Money::ZERO, today).is_empty());
    }

    #[test]
    fn what_is_taken_away_names_its_transaction() {
        let mut lines = [line("2026-10-01", -500), line("2026-10-02", 500)];
        assert_eq!(
            codes(&check_taken_away(&lines)),
            ["/lines/0/ledger_ref required"]
        );
        lines[0].ledger_ref = Some("INV-7".to_owned());
        assert!(check_taken_away(&lines).is_empty());
    }

    #[test]
    fn no_more_is_taken_away_than_the_transaction_has_there() {
        let taking = |name: &str, pence: i64| Line {
            ledger_ref: Some(name.to_owned()),
            ..line("2026-10-01", pence)
        };
        let here = (
            PoolId(uuid::Uuid::from_u128(1)),
            CostCategoryId(uuid::Uuid::from_u128(2)),
            false,
        );
        let counted = |place: Place, pence: i64, undone: bool| Counted {
            id: SpendLineId::new(),
            place,
            amount: Money(pence),
            undone,
        };
        let elsewhere = (here.0, here.1, true);
        // 700 was charged and 200 of it is away; what was taken back counts on neither side
        let of_inv = held(&[
            counted(here, 700, false),
            counted(here, -200, false),
            counted(here, -300, true),
            counted(here, 300, true),
            counted(elsewhere, 50, false),
        ]);
        let known = BTreeMap::from([("INV".to_owned(), of_inv)]);
        let found = |lines: &[Line]| {
            check_held(lines, &known, |place| {
                if place.2 { "capital" } else { "revenue" }.to_owned()
            })
        };
        assert!(found(&[taking("INV", -500), taking("INV", 900)]).is_empty());
        let over = found(&[taking("INV", -300), taking("INV", -201)]);
        assert_eq!(codes(&over), ["/lines/1/ledger_ref more-than-there"]);
        assert!(
            over[0].detail.contains(
                "has £7.00 under revenue, of which £2.00 was taken away already: £5.00 is left, \
                 and this journal takes £5.01"
            ),
            "{}",
            over[0].detail
        );
        let unknown = found(&[taking("x", -1)]);
        assert_eq!(codes(&unknown), ["/lines/0/ledger_ref unknown-transaction"]);
        let mut of_another = taking("INV", -1);
        of_another.pool = PoolId(uuid::Uuid::from_u128(9));
        let nothing = found(&[of_another]);
        assert_eq!(codes(&nothing), ["/lines/0/ledger_ref not-there"]);
        assert!(
            nothing[0]
                .detail
                .contains("It has £5.00 under revenue, and £0.50 under capital"),
            "{}",
            nothing[0].detail
        );
    }

    #[test]
    fn what_takes_a_journal_back_turns_its_amounts_round() {
        let was = [line("2026-10-01", 500), line("2026-10-02", -300)];
        let now = [line("2026-11-01", -500), line("2026-10-02", 300)];
        assert!(check_reversal(&was, &now).is_empty());
        let other = [line("2026-11-01", -500), line("2026-10-02", 301)];
        assert_eq!(
            codes(&check_reversal(&was, &other)),
            ["/lines/1/amount_pence not-a-reversal"]
        );
        assert_eq!(
            codes(&check_reversal(&was, &now[..1])),
            ["/lines not-a-reversal"]
        );
    }

    #[test]
    fn nobody_approves_what_they_prepared() {
        use JournalState as State;
        let (me, you) = (PersonId::new(), PersonId::new());
        let preparers = BTreeSet::from([me]);
        let rule = |step, state, by| refuse(step, state, &preparers, by).map(|why| why.0);
        let own = Some("prepared-it-yourself");
        assert_eq!(rule(Step::Approve, State::Waiting, Some(me)), own);
        assert_eq!(rule(Step::SendBack, State::Waiting, Some(me)), own);
        assert_eq!(rule(Step::Approve, State::Waiting, None), own);
        assert_eq!(rule(Step::Approve, State::Waiting, Some(you)), None);
        assert_eq!(
            rule(Step::Approve, State::SentBack, Some(you)),
            Some("journal-sent-back")
        );
        assert_eq!(rule(Step::Change, State::SentBack, Some(me)), None);
        assert_eq!(rule(Step::Withdraw, State::Waiting, Some(me)), None);
        for step in [Step::Change, Step::SendBack, Step::Approve, Step::Withdraw] {
            assert_eq!(
                rule(step, State::Approved, Some(you)),
                Some("journal-approved")
            );
        }
    }
}
