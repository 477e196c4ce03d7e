//! What stands in the way of closing an award, what closing it leaves owed, and when it is opened again.

use chrono::NaiveDate;
use entity::{CarryForward, Money};
use serde::Serialize;

use crate::FieldError;
use crate::calendar::rules::implausible;

/// A closure of an award.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closure {
    /// London date from which it is closed.
    pub closed_on: NaiveDate,
    /// London date from which it is open again; none while it is closed.
    pub reopened_on: Option<NaiveDate>,
}

/// What an award comes to when it is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Attributed to it.
    pub attributed: Money,
    /// Of that, what the funder pays: not what is beyond the award, nor what was spent at risk.
    pub payable: Money,
    /// Received from the funder.
    pub received: Money,
    /// Repaid to the funder.
    pub repaid: Money,
    /// Claimed from the funder.
    pub claimed: Money,
}

impl Figures {
    /// Received less repaid.
    fn held(&self) -> i64 {
        self.received.pence().saturating_sub(self.repaid.pence())
    }
}

/// What becomes of money that was received and not spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unspent {
    /// What is unspent at the end goes back.
    pub lost_if_unspent: bool,
    /// What becomes of what the last year has left.
    pub carry: CarryForward,
}

impl Unspent {
    /// Whether it stays with us without asking.
    #[must_use]
    pub fn stays(self) -> bool {
        self.carry == CarryForward::ByRight || !self.lost_if_unspent
    }
}

/// What is owed one way or the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// Received, not spent, and carried forward: it stays with us.
    pub kept: Money,
    /// The funder owes us this.
    pub owed_to_us: Money,
    /// We owe the funder this.
    pub to_repay: Money,
}

/// What is wrong with carrying this much forward; otherwise what is owed. Where nothing is said, what the
/// agreement says holds: all of what is unspent stays with us, or none of it.
///
/// # Errors
/// More is carried forward than was received and not spent.
pub fn settle(
    figures: &Figures,
    unspent: Unspent,
    kept: Option<Money>,
) -> Result<Settlement, FieldError> {
    let left = figures.held().saturating_sub(figures.payable.pence());
    let spare = left.max(0);
    let by_the_terms = if unspent.stays() { spare } else { 0 };
    let kept = kept.map_or(by_the_terms, Money::pence);
    if !(0..=spare).contains(&kept) {
        return Err(FieldError::new(
            "/kept_pence",
            "more-than-is-left",
            if spare == 0 {
                "Nothing was received that is not spent, so nothing can be carried forward. Leave it \
                 empty."
                    .to_owned()
            } else {
                format!(
                    "{} was received and not spent. Enter that or less.",
                    Money(spare).in_full()
                )
            },
        ));
    }
    Ok(Settlement {
        kept: Money(kept),
        owed_to_us: Money(left.saturating_neg().max(0)),
        to_repay: Money(spare - kept),
    })
}

/// What is owed after the closure: what was carried forward then stays with us, whatever else is spent or
/// taken back.
#[must_use]
pub fn owed_since(figures: &Figures, kept: Money) -> Settlement {
    let left = figures.held().saturating_sub(figures.payable.pence());
    Settlement {
        kept,
        owed_to_us: Money(left.saturating_neg().max(0)),
        to_repay: Money(left.saturating_sub(kept.pence()).max(0)),
    }
}

/// Something that stands in the way of closing an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ClosureObstacle)]
pub struct Obstacle {
    /// Stable name, in kebab case.
    pub code: String,
    /// What it is and what to do, in plain words.
    pub sentence: String,
    /// Whether the award can be closed all the same, with the reason.
    pub can_be_overridden: bool,
}

/// What is looked at before an award is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stands {
    /// Last London date of its window.
    pub ends_on: NaiveDate,
    /// The pools whose spend is still being attributed.
    pub not_current: Vec<String>,
    /// Attributed beyond what its years may pay.
    pub over: Money,
    /// Attributed in years that are not confirmed.
    pub at_risk: Money,
    /// Returns that were not sent, with their periods.
    pub open_returns: Vec<String>,
    /// Conditions that are not settled.
    pub open_conditions: Vec<String>,
    /// Virements that wait for the funder.
    pub virements_waiting: usize,
    /// We asked to carry this forward and have no answer.
    pub carry_asked: Option<Money>,
    /// Amendments that have not taken effect.
    pub amendments_waiting: usize,
}

/// A list in words: at most three by name.
fn named(all: &[String]) -> String {
    let shown = all
        .iter()
        .take(3)
        .map(|one| format!("“{one}”"))
        .collect::<Vec<_>>()
        .join(", ");
    match all.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn are(n: usize, one: &str, many: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{n} {many}")
    }
}

/// What stands in the way of closing an award from a day: first what cannot be overridden.
#[must_use]
pub fn obstacles(stands: &Stands, closed_on: NaiveDate) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let mut put = |code: &str, can_be_overridden: bool, sentence: String| {
        found.push(Obstacle {
            code: code.to_owned(),
            sentence,
            can_be_overridden,
        });
    };
    if closed_on <= stands.ends_on {
        put(
            "not-over",
            false,
            format!(
                "The award runs until {}, so it can be closed from the day after. If it ends earlier, \
                 record that as an amendment first.",
                crate::calendar::rules::date_in_words(stands.ends_on)
            ),
        );
    }
    if !stands.not_current.is_empty() {
        put(
            "attribution-pending",
            false,
            format!(
                "Spend of {} is being attributed just now, or a run there waits to be applied. Apply it, \
                 or come back in a few minutes: what the award paid for must be settled first.",
                named(&stands.not_current)
            ),
        );
    }
    if stands.over > Money::ZERO {
        put(
            "over-allocation",
            true,
            format!(
                "{} is attributed beyond what the award may pay. The funder does not owe it.",
                stands.over.in_full()
            ),
        );
    }
    if stands.at_risk > Money::ZERO {
        put(
            "at-risk",
            true,
            format!(
                "{} was spent at risk, in a year that the funder has not confirmed. Until it is, the \
                 funder does not owe it.",
                stands.at_risk.in_full()
            ),
        );
    }
    if !stands.open_returns.is_empty() {
        put(
            "open-returns",
            true,
            format!(
                "{} not sent: {}. Send what is wanted, and record what is not.",
                are(stands.open_returns.len(), "return is", "returns are"),
                named(&stands.open_returns)
            ),
        );
    }
    if !stands.open_conditions.is_empty() {
        put(
            "open-conditions",
            true,
            format!(
                "{} not settled: {}.",
                are(
                    stands.open_conditions.len(),
                    "condition is",
                    "conditions are"
                ),
                named(&stands.open_conditions)
            ),
        );
    }
    if stands.virements_waiting > 0 {
        put(
            "virements-waiting",
            true,
            format!(
                "{} for the funder’s consent, and would have no effect.",
                are(stands.virements_waiting, "virement waits", "virements wait")
            ),
        );
    }
    if let Some(asked) = stands.carry_asked {
        put(
            "carry-forward-asked",
            true,
            format!(
                "We asked to carry {} forward, and the funder has not answered.",
                asked.in_full()
            ),
        );
    }
    if stands.amendments_waiting > 0 {
        put(
            "amendments-waiting",
            true,
            format!(
                "{} not taken effect, and would not.",
                are(
                    stands.amendments_waiting,
                    "amendment has",
                    "amendments have"
                )
            ),
        );
    }
    found
}

/// What closing an award does, in sentences: what is final, what is owed, what is carried forward.
#[must_use]
pub fn sentences(
    figures: &Figures,
    settled: &Settlement,
    unspent: Unspent,
    said: bool,
    amount: Money,
) -> Vec<String> {
    let mut out = vec![format!(
        "{} is attributed to it for good, of {}. It pays for nothing more.",
        figures.attributed.in_full(),
        amount.in_full()
    )];
    out.push(if figures.repaid == Money::ZERO {
        format!("{} was received.", figures.received.in_full())
    } else {
        format!(
            "{} was received, and {} of it repaid.",
            figures.received.in_full(),
            figures.repaid.in_full()
        )
    });
    if settled.owed_to_us > Money::ZERO {
        let claimed = figures
            .claimed
            .minus(figures.received)
            .unwrap_or_default()
            .max(Money::ZERO)
            .min(settled.owed_to_us);
        out.push(format!(
            "{} is owed to us: spend that it pays for and that was not received. {}",
            settled.owed_to_us.in_full(),
            if claimed == settled.owed_to_us {
                "All of it was claimed.".to_owned()
            } else if claimed == Money::ZERO {
                "None of it was claimed yet.".to_owned()
            } else {
                format!("{} of it was claimed.", claimed.in_full())
            }
        ));
    }
    if settled.to_repay > Money::ZERO {
        out.push(format!(
            "{} must be repaid to the funder: it was received and not spent{}.",
            settled.to_repay.in_full(),
            if said || !unspent.lost_if_unspent {
                ""
            } else {
                ", and what is unspent at the end goes back"
            }
        ));
    }
    if settled.kept > Money::ZERO {
        out.push(format!(
            "{} was received and not spent, and is carried forward: it stays with us{}.",
            settled.kept.in_full(),
            if said {
                ", as was agreed"
            } else if unspent.carry == CarryForward::ByRight {
                " by right"
            } else {
                ", for what is unspent at the end does not go back"
            }
        ));
    }
    if *settled == Settlement::default() {
        out.push("Nothing is owed either way.".to_owned());
    }
    let beyond = figures
        .attributed
        .minus(figures.payable)
        .unwrap_or_default();
    if beyond > Money::ZERO {
        out.push(format!(
            "{} of what is attributed is not the funder’s to pay: it is ours to find.",
            beyond.in_full()
        ));
    }
    out
}

/// What is wrong with closing an award from a day; `known` are its closures, the oldest first.
#[must_use]
pub fn check_closure(known: &[Closure], closed_on: NaiveDate, today: NaiveDate) -> Vec<FieldError> {
    let mut wrong: Vec<FieldError> = implausible("/closed_on", closed_on).into_iter().collect();
    if wrong.is_empty() && closed_on > today {
        wrong.push(FieldError::new(
            "/closed_on",
            "not-yet",
            "An award is closed from today or from an earlier day, not from one to come.",
        ));
    }
    match known.last().map(|last| last.reopened_on) {
        Some(None) => wrong.push(FieldError::new(
            "/closed_on",
            "closed-already",
            "The award is closed already.",
        )),
        Some(Some(reopened)) if closed_on < reopened => wrong.push(FieldError::new(
            "/closed_on",
            "before-the-last",
            "It was opened again on a later day. Enter that day or one after it.",
        )),
        Some(Some(_)) | None => {}
    }
    wrong
}

/// What is wrong with opening an award again from a day.
#[must_use]
pub fn check_reopening(one: &Closure, reopened_on: NaiveDate, today: NaiveDate) -> Vec<FieldError> {
    let mut wrong: Vec<FieldError> = implausible("/reopened_on", reopened_on)
        .into_iter()
        .collect();
    if wrong.is_empty() && reopened_on < one.closed_on {
        wrong.push(FieldError::new(
            "/reopened_on",
            "before-closure",
            "It is opened again from the day it was closed, or from a later one.",
        ));
    }
    if wrong.is_empty() && reopened_on > today {
        wrong.push(FieldError::new(
            "/reopened_on",
            "not-yet",
            "It is opened again from today or from an earlier day, not from one to come.",
        ));
    }
    wrong
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn day(on: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, on).unwrap()
    }

    fn figures(attributed: i64, received: i64, repaid: i64) -> Figures {
        Figures {
            attributed: Money(attributed),
            payable: Money(attributed),
            received: Money(received),
            repaid: Money(repaid),
            claimed: Money(0),
        }
    }

    const GOES_BACK: Unspent = Unspent {
        lost_if_unspent: true,
        carry: CarryForward::None,
    };

    fn owed(settled: Settlement) -> (i64, i64, i64) {
        (
            settled.kept.pence(),
            settled.owed_to_us.pence(),
            settled.to_repay.pence(),
        )
    }

    #[test]
    fn what_is_left_goes_back_or_stays_as_the_agreement_says() {
        let all = figures(700, 1_000, 100);
        assert_eq!(owed(settle(&all, GOES_BACK, None).unwrap()), (0, 0, 200));
        let by_right = Unspent {
            carry: CarryForward::ByRight,
            ..GOES_BACK
        };
        assert_eq!(owed(settle(&all, by_right, None).unwrap()), (200, 0, 0));
        let stays = Unspent {
            lost_if_unspent: false,
            carry: CarryForward::None,
        };
        assert_eq!(owed(settle(&all, stays, None).unwrap()), (200, 0, 0));
        // what was agreed goes before what the terms say
        let agreed = Some(Money(50));
        assert_eq!(owed(settle(&all, GOES_BACK, agreed).unwrap()), (50, 0, 150));
        assert_eq!(owed(settle(&all, stays, agreed).unwrap()), (50, 0, 150));
        let wrong = settle(&all, GOES_BACK, Some(Money(201))).unwrap_err();
        assert!(wrong.detail.contains("£2.00"), "{}", wrong.detail);

        let short = figures(700, 400, 0);
        assert_eq!(owed(settle(&short, stays, None).unwrap()), (0, 300, 0));
        assert!(settle(&short, stays, Some(Money(1))).is_err());
    }

    #[test]
    fn it_is_said_in_sentences() {
        let even = figures(1_000, 1_000, 0);
        let settled = settle(&even, GOES_BACK, None).unwrap();
        assert_eq!(
            sentences(&even, &settled, GOES_BACK, false, Money(1_500)),
            [
                "£10.00 is attributed to it for good, of £15.00. It pays for nothing more.",
                "£10.00 was received.",
                "Nothing is owed either way.",
            ]
        );
        let mut short = figures(1_000, 400, 0);
        short.claimed = Money(900);
        let settled = settle(&short, GOES_BACK, None).unwrap();
        assert_eq!(
            sentences(&short, &settled, GOES_BACK, false, Money(1_500))[2],
            "£6.00 is owed to us: spend that it pays for and that was not received. £5.00 of it was \
             claimed."
        );
        let over = figures(1_000, 1_400, 100);
        let settled = settle(&over, GOES_BACK, Some(Money(100))).unwrap();
        assert_eq!(
            sentences(&over, &settled, GOES_BACK, true, Money(1_500))[1..],
            [
                "£14.00 was received, and £1.00 of it repaid.",
                "£2.00 must be repaid to the funder: it was received and not spent.",
                "£1.00 was received and not spent, and is carried forward: it stays with us, as was \
                 agreed.",
            ]
        );
    }

    #[test]
    fn what_stands_in_the_way_is_named_and_some_of_it_can_be_overridden() {
        let none = Stands {
            ends_on: day(31),
            not_current: Vec::new(),
            over: Money(0),
            at_risk: Money(0),
            open_returns: Vec::new(),
            open_conditions: Vec::new(),
            virements_waiting: 0,
            carry_asked: None,
            amendments_waiting: 0,
        };
        let after = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        assert_eq!(obstacles(&none, after), []);
        let codes = |stands: &Stands, on: NaiveDate| -> Vec<(String, bool)> {
            obstacles(stands, on)
                .into_iter()
                .map(|one| (one.code, one.can_be_overridden))
                .collect()
        };
        let code = |code: &str, can: bool| (code.to_owned(), can);
        assert_eq!(codes(&none, day(31)), [code("not-over", false)]);
        let much = Stands {
            not_current: vec!["Treatment".to_owned()],
            over: Money(1),
            open_returns: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            open_conditions: vec!["Insure".to_owned()],
            carry_asked: Some(Money(5)),
            ..none
        };
        assert_eq!(
            codes(&much, after),
            [
                code("attribution-pending", false),
                code("over-allocation", true),
                code("open-returns", true),
                code("open-conditions", true),
                code("carry-forward-asked", true),
            ]
        );
        assert_eq!(
            obstacles(&much, after)[2].sentence,
            "4 returns are not sent: “a”, “b”, “c” and 1 more. Send what is wanted, and record what is \
             not."
        );
    }

    #[test]
    fn one_closure_ends_before_another_begins() {
        let today = day(20);
        let one = |closed: u32, reopened: Option<u32>| Closure {
            closed_on: day(closed),
            reopened_on: reopened.map(day),
        };
        let code = |known: &[Closure], on: u32| -> Option<String> {
            check_closure(known, day(on), today)
                .first()
                .map(|found| found.code.clone())
        };
        assert_eq!(code(&[], 20), None);
        assert_eq!(code(&[], 21), Some("not-yet".to_owned()));
        assert_eq!(code(&[one(3, None)], 9), Some("closed-already".to_owned()));
        assert_eq!(
            code(&[one(3, Some(10))], 9),
            Some("before-the-last".to_owned())
        );
        assert_eq!(code(&[one(3, Some(10))], 10), None);
        assert_eq!(check_reopening(&one(3, None), day(3), today), []);
        assert_eq!(check_reopening(&one(3, None), day(2), today).len(), 1);
        assert_eq!(check_reopening(&one(3, None), day(21), today).len(), 1);
    }

    proptest! {
        #[test]
        fn every_penny_is_ours_or_theirs(
            attributed in 0_i64..10_000, received in 0_i64..10_000, repaid in 0_i64..5_000,
            lost in any::<bool>(), share in 0_i64..=100, back in 0_i64..1_000,
        ) {
            let all = figures(attributed, received, repaid);
            let unspent = Unspent { lost_if_unspent: lost, carry: CarryForward::None };
            let spare = (received - repaid - attributed).max(0);
            let kept = Money(spare * share / 100);
            for said in [None, Some(kept)] {
                let settled = settle(&all, unspent, said).unwrap();
                let (kept, to_us, to_them) = owed(settled);
                prop_assert_eq!(received - repaid - attributed, kept + to_them - to_us);
                prop_assert!(to_us == 0 || kept + to_them == 0);
                prop_assert_eq!(owed_since(&all, settled.kept), settled);
                // what is taken back of its lines later is owed to the funder, or is no more owed to us
                let later = figures(attributed - back.min(attributed), received, repaid);
                let since = owed_since(&later, settled.kept);
                prop_assert_eq!(
                    since.to_repay.pence() - since.owed_to_us.pence(),
                    to_them - to_us + back.min(attributed)
                );
            }
        }
    }
}
