//! What may be pinned to an award.

use crate::attribution::rules::{Award, Line};
use crate::{FieldError, Money};

/// What stands beside a pin that somebody asks for. All pence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Of the line: what is pinned to other awards, or certified with them.
    pub of_line: i64,
    /// Whether the award has part of the line pinned to it already.
    pub pinned_already: bool,
    /// What is pinned to the award besides, in this pool.
    pub in_pool: i64,
    /// The same in every pool.
    pub in_all: i64,
}

/// What is wrong with pinning this much of a line to an award that is known by this name.
#[must_use]
pub fn check(
    line: &Line,
    (award, name): (&Award, &str),
    amount: i64,
    beside: &Beside,
) -> Vec<FieldError> {
    let one =
        |pointer: &str, code: &str, detail: String| vec![FieldError::new(pointer, code, detail)];
    if let Some(why) = award.may_not(line) {
        return one(
            "/award_id",
            "may-not-pay",
            format!("It cannot be pinned: {}.", why.sentence(name)),
        );
    }
    if beside.pinned_already {
        return one(
            "/award_id",
            "pinned-already",
            format!(
                "Part of the line is pinned to “{name}” already. Take that off first, to pin another \
                 amount."
            ),
        );
    }
    if amount <= 0 {
        return one(
            "/amount_pence",
            "range",
            "Enter how much of the line is pinned: more than nothing.".to_owned(),
        );
    }
    let left = line.amount.saturating_sub(beside.of_line).max(0);
    if amount > left {
        return one(
            "/amount_pence",
            "more-than-the-line",
            match (beside.of_line, left) {
                (0, _) => format!(
                    "The line is {}. No more of it can be pinned.",
                    Money(line.amount).in_full()
                ),
                (_, 0) => "All of the line is pinned to other awards, or certified with them. \
                           Nothing of it is left to pin."
                    .to_owned(),
                (taken, left) => format!(
                    "Of the line, {} is pinned to other awards or certified with them. At most {} is \
                     left to pin.",
                    Money(taken).in_full(),
                    Money(left).in_full()
                ),
            },
        );
    }
    for (holds, pinned, what) in [
        (award.agreed, beside.in_pool, "puts into this pool"),
        (award.amount, beside.in_all, "holds"),
    ] {
        if amount > holds.saturating_sub(pinned) {
            let besides = match pinned {
                0 => String::new(),
                _ => format!(", and {} is pinned to it besides", Money(pinned).in_full()),
            };
            return one(
                "/amount_pence",
                "more-than-the-award",
                format!(
                    "“{name}” {what} {}{besides}: it cannot pay for {} of this line too.",
                    Money(holds).in_full(),
                    Money(amount).in_full()
                ),
            );
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::attribution::rules::tests::{award, category, day, line};

    fn code(line: &Line, award: &Award, amount: i64, beside: Beside) -> Option<String> {
        let wrong = check(line, (award, "The grant"), amount, &beside);
        assert!(
            wrong.iter().all(|one| one.detail.ends_with('.')),
            "{wrong:?}"
        );
        wrong.first().map(|one| one.code.clone())
    }

    #[test]
    fn no_more_is_pinned_than_the_line_and_the_award_are() {
        let none = Beside::default();
        let (of, grant) = (line(1, day(5, 1), 100, 1), award(1, 150));
        assert_eq!(code(&of, &grant, 100, none), None);
        assert_eq!(code(&of, &grant, 101, none).unwrap(), "more-than-the-line");
        assert_eq!(code(&of, &grant, 0, none).unwrap(), "range");
        let taken = Beside {
            of_line: 60,
            ..none
        };
        assert_eq!(code(&of, &grant, 40, taken), None);
        assert_eq!(code(&of, &grant, 41, taken).unwrap(), "more-than-the-line");
        let pinned = Beside {
            in_pool: 80,
            in_all: 80,
            ..none
        };
        assert_eq!(code(&of, &grant, 70, pinned), None);
        assert_eq!(
            code(&of, &grant, 71, pinned).unwrap(),
            "more-than-the-award"
        );
        let already = Beside {
            pinned_already: true,
            ..none
        };
        assert_eq!(code(&of, &grant, 1, already).unwrap(), "pinned-already");
    }

    #[test]
    fn it_is_pinned_to_an_award_that_may_pay_for_it() {
        let none = Beside::default();
        let of = line(1, day(5, 1), 100, 1);
        let mut grant = award(1, 150);
        grant.starts_on = day(5, 2);
        let wrong = check(&of, (&grant, "The grant"), 10, &none);
        assert_eq!(
            wrong.first().unwrap().detail,
            "It cannot be pinned: “The grant” pays for what was received from 2 May 2026 on, and the line \
             was received before."
        );
        for change in [
            |one: &mut Award| one.ends_on = day(4, 30),
            |one: &mut Award| one.categories = [category(9)].into(),
            |one: &mut Award| one.pays_for = entity::PaysFor::Capital,
            |one: &mut Award| one.closed = Some(1),
            |one: &mut Award| one.stopped = vec![(day(4, 1), None)],
        ] {
            let mut one = award(1, 150);
            change(&mut one);
            assert_eq!(code(&of, &one, 10, none).unwrap(), "may-not-pay");
        }
    }
}
