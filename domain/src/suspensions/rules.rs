//! Which days an award is suspended on, and when it can be suspended or go on.

use chrono::NaiveDate;

use crate::FieldError;
use crate::calendar::rules::implausible;

/// A suspension of an award.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// First London date of it.
    pub from_on: NaiveDate,
    /// London date from which the award goes on; none while it is suspended.
    pub resumed_on: Option<NaiveDate>,
    /// Spend incurred meanwhile is paid for all the same.
    pub pays_on: bool,
}

impl Suspension {
    /// Whether the award is suspended on a day.
    #[must_use]
    pub fn holds(&self, on: NaiveDate) -> bool {
        self.from_on <= on && self.resumed_on.is_none_or(|resumed| on < resumed)
    }
}

/// Days whose spend an award does not pay for: the first, and the last where there is one.
pub type Stopped = (NaiveDate, Option<NaiveDate>);

/// The days whose spend an award does not pay for. One that goes on from the day it was suspended was
/// never stopped.
#[must_use]
pub fn stopped(suspensions: &[Suspension]) -> Vec<Stopped> {
    suspensions
        .iter()
        .filter(|one| !one.pays_on)
        .filter_map(|one| match one.resumed_on {
            None => Some((one.from_on, None)),
            Some(resumed) => {
                let last = resumed.pred_opt().filter(|last| *last >= one.from_on)?;
                Some((one.from_on, Some(last)))
            }
        })
        .collect()
}

/// Whether spend of a day is not paid for.
#[must_use]
pub fn is_stopped(stopped: &[Stopped], on: NaiveDate) -> bool {
    stopped
        .iter()
        .any(|(from, until)| *from <= on && until.is_none_or(|until| on <= until))
}

/// What is wrong with suspending an award from a day; `known` are its suspensions, the oldest first.
#[must_use]
pub fn check_suspension(known: &[Suspension], from_on: NaiveDate) -> Vec<FieldError> {
    let mut wrong: Vec<FieldError> = implausible("/from_on", from_on).into_iter().collect();
    match known.last().map(|last| last.resumed_on) {
        None => {}
        Some(None) => wrong.push(FieldError::new(
            "/from_on",
            "suspended-already",
            "The award is suspended already. Record first that it goes on.",
        )),
        Some(Some(resumed)) if from_on < resumed => wrong.push(FieldError::new(
            "/from_on",
            "before-the-last",
            "It went on from a later day. Enter that day or one after it.",
        )),
        Some(Some(_)) => {}
    }
    wrong
}

/// What is wrong with an award going on from a day.
#[must_use]
pub fn check_resumption(one: &Suspension, resumed_on: NaiveDate) -> Vec<FieldError> {
    let mut wrong: Vec<FieldError> = implausible("/resumed_on", resumed_on).into_iter().collect();
    if wrong.is_empty() && resumed_on < one.from_on {
        wrong.push(FieldError::new(
            "/resumed_on",
            "before-start",
            "It goes on from the day it was suspended, or from a later one.",
        ));
    }
    wrong
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn day(on: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, on).unwrap()
    }

    fn one(from: u32, resumed: Option<u32>, pays_on: bool) -> Suspension {
        Suspension {
            from_on: day(from),
            resumed_on: resumed.map(day),
            pays_on,
        }
    }

    #[test]
    fn spend_from_the_first_day_until_the_day_before_it_goes_on_is_not_paid() {
        let all = [
            one(3, Some(5), false),
            one(7, Some(7), false),
            one(8, Some(9), true),
            one(20, None, false),
        ];
        let stopped = stopped(&all);
        assert_eq!(
            stopped,
            [(day(3), Some(day(4))), (day(20), None)],
            "the second never was, and the third pays on"
        );
        let days: Vec<u32> = (1..=31)
            .filter(|on| is_stopped(&stopped, day(*on)))
            .collect();
        assert_eq!(days, [3, 4, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]);
        assert!(all[2].holds(day(8)) && !all[2].holds(day(9)));
    }

    #[test]
    fn one_suspension_ends_before_another_begins() {
        let code = |known: &[Suspension], on: u32| -> Option<String> {
            check_suspension(known, day(on))
                .first()
                .map(|found| found.code.clone())
        };
        assert_eq!(code(&[], 3), None);
        assert_eq!(
            code(&[one(3, None, false)], 9),
            Some("suspended-already".to_owned())
        );
        assert_eq!(
            code(&[one(3, Some(5), false)], 4),
            Some("before-the-last".to_owned())
        );
        assert_eq!(code(&[one(3, Some(5), false)], 5), None);
        assert_eq!(check_resumption(&one(3, None, false), day(3)), []);
        assert_eq!(check_resumption(&one(3, None, false), day(2)).len(), 1);
    }
}
