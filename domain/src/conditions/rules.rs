//! How a condition stands, and what can happen to it next.

use chrono::NaiveDate;
use entity::{ConditionEventKind as Kind, ConditionKind};

use crate::calendar::rules::is_plausible;
use crate::{Error, FieldError, Result};

/// Most conditions of one award.
pub const MOST: usize = 200;

/// How a condition stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionState {
    /// It is to be met, or kept.
    Open,
    /// It was met.
    Met,
    /// The funder does without it.
    Waived,
    /// It was recorded by mistake.
    Withdrawn,
}

impl ConditionState {
    /// The slug spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Met => "met",
            Self::Waived => "waived",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// How a condition stands after what happened to it, the oldest first.
#[must_use]
pub fn state(events: impl IntoIterator<Item = Kind>) -> ConditionState {
    match events.into_iter().last() {
        None | Some(Kind::Reopened) => ConditionState::Open,
        Some(Kind::Met) => ConditionState::Met,
        Some(Kind::Waived) => ConditionState::Waived,
        Some(Kind::Withdrawn) => ConditionState::Withdrawn,
    }
}

/// What can be recorded of a condition that stands so.
#[must_use]
pub const fn next(state: ConditionState) -> &'static [Kind] {
    match state {
        ConditionState::Open => &[Kind::Met, Kind::Waived, Kind::Withdrawn],
        ConditionState::Met | ConditionState::Waived | ConditionState::Withdrawn => {
            &[Kind::Reopened]
        }
    }
}

/// Refuses what cannot happen to a condition that stands so.
pub fn check_next(state: ConditionState, kind: Kind) -> Result<()> {
    if next(state).contains(&kind) {
        return Ok(());
    }
    Err(Error::refused(
        "condition-stands",
        match state {
            ConditionState::Open => {
                "This condition is open: record that it was met or waived. There is nothing to open \
                 again."
            }
            ConditionState::Met => {
                "This condition was met already. If that was wrong, open it again first."
            }
            ConditionState::Waived => {
                "The funder does without this condition already. If that was wrong, open it again \
                 first."
            }
            ConditionState::Withdrawn => {
                "This condition was recorded by mistake. If it is one after all, open it again first."
            }
        },
    ))
}

/// What is wrong with the day and the words of something that happened; `after` is the day of what
/// happened before.
#[must_use]
pub fn check_fact(
    kind: Kind,
    happened_on: NaiveDate,
    by_whom: &str,
    after: Option<NaiveDate>,
    today: NaiveDate,
) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if !is_plausible(happened_on) || happened_on > today {
        wrong.push(FieldError::new(
            "/happened_on",
            "not-yet",
            "Enter the day on which it happened, not one to come.",
        ));
    } else if after.is_some_and(|after| happened_on < after) {
        wrong.push(FieldError::new(
            "/happened_on",
            "before-the-last",
            "Something was recorded of a later day already. Enter that day or one after it.",
        ));
    }
    if by_whom.trim().is_empty() {
        let told = match kind {
            Kind::Met => Some("Say who met it, or who said that it is met."),
            Kind::Waived => Some("Say who does without it: the person or the body."),
            Kind::Reopened | Kind::Withdrawn => None,
        };
        wrong.extend(told.map(|told| FieldError::new("/by_whom", "required", told)));
    }
    wrong
}

/// When a condition must be met, in words.
#[must_use]
pub const fn when(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::BeforePayment => "Before the first payment",
        ConditionKind::During => "While it runs",
        ConditionKind::AtEnd => "At its end",
        ConditionKind::Standing => "All the time",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_happened_last_says_how_it_stands() {
        assert_eq!(state([]), ConditionState::Open);
        assert_eq!(state([Kind::Met]), ConditionState::Met);
        assert_eq!(state([Kind::Met, Kind::Reopened]), ConditionState::Open);
        let waived = [Kind::Met, Kind::Reopened, Kind::Waived];
        assert_eq!(state(waived), ConditionState::Waived);
    }

    #[test]
    fn nothing_is_met_twice_and_only_what_is_settled_is_opened_again() {
        for kind in Kind::all() {
            let open = kind != Kind::Reopened;
            assert_eq!(check_next(ConditionState::Open, kind).is_ok(), open);
            for settled in [
                ConditionState::Met,
                ConditionState::Waived,
                ConditionState::Withdrawn,
            ] {
                assert_eq!(check_next(settled, kind).is_ok(), !open, "{kind:?}");
            }
        }
    }

    #[test]
    fn a_fact_has_its_day_and_its_name() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = day("2026-10-01");
        let codes = |kind, on: &str, by, after: Option<&str>| -> Vec<String> {
            check_fact(kind, day(on), by, after.map(day), today)
                .into_iter()
                .map(|found| format!("{} {}", found.pointer, found.code))
                .collect()
        };
        let none: Vec<String> = Vec::new();
        assert_eq!(codes(Kind::Met, "2026-10-01", "Sam", None), none);
        assert_eq!(codes(Kind::Reopened, "2026-09-01", "", None), none);
        assert_eq!(
            codes(Kind::Waived, "2026-10-02", " ", None),
            ["/happened_on not-yet", "/by_whom required"]
        );
        assert_eq!(
            codes(Kind::Met, "2026-09-01", "Sam", Some("2026-09-02")),
            ["/happened_on before-the-last"]
        );
    }
}
