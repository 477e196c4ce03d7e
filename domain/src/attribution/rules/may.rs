//! Why an award may not pay for a line, leaving room aside.

use chrono::NaiveDate;

use super::{Award, Line, among};
use crate::calendar::rules::date_without_weekday;
use crate::suspensions::rules::is_stopped;

/// Why an award may not pay for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MayNot {
    /// It was received before the award's first day.
    Before(NaiveDate),
    /// It was received after the award's last day.
    After(NaiveDate),
    /// The agreement with the provider names other awards.
    NotNamed,
    /// The award does not pay for its category.
    Category,
    /// The award pays for other places.
    Place,
    /// The award pays for other groups of people.
    Group,
    /// The award pays for revenue alone.
    Capital,
    /// The award pays for capital alone.
    Revenue,
    /// The award is closed.
    Closed,
    /// The award was suspended when it was received.
    Suspended,
}

impl MayNot {
    /// Said of the award: "…, so it cannot be pinned to it".
    #[must_use]
    pub fn sentence(self, award: &str) -> String {
        match self {
            Self::Before(first) => format!(
                "“{award}” pays for what was received from {} on, and the line was received before",
                date_without_weekday(first)
            ),
            Self::After(last) => format!(
                "“{award}” pays for what was received up to {}, and the line was received after",
                date_without_weekday(last)
            ),
            Self::NotNamed => {
                format!("the agreement with the provider names other awards than “{award}”")
            }
            Self::Category => format!("“{award}” does not pay for its cost category"),
            Self::Place => format!("“{award}” does not pay for its place"),
            Self::Group => format!("“{award}” does not pay for its group of people"),
            Self::Capital => format!("“{award}” pays for revenue, and the line is capital"),
            Self::Revenue => format!("“{award}” pays for capital, and the line is revenue"),
            Self::Closed => format!("“{award}” is closed"),
            Self::Suspended => format!("“{award}” was suspended when the line was received"),
        }
    }
}

impl Award {
    /// Why it may not pay for a line; nothing where it may, as far as it has room.
    #[must_use]
    pub fn may_not(&self, line: &Line) -> Option<MayNot> {
        match self.closed {
            Some(_) => Some(MayNot::Closed),
            None => self.does_not_fit(line),
        }
    }

    /// The same, leaving aside whether it is closed.
    pub(super) fn does_not_fit(&self, line: &Line) -> Option<MayNot> {
        let named = line.payers.as_ref();
        if line.incurred_on < self.starts_on {
            Some(MayNot::Before(self.starts_on))
        } else if line.incurred_on > self.ends_on {
            Some(MayNot::After(self.ends_on))
        } else if named.is_some_and(|named| !named.contains(&self.id)) {
            Some(MayNot::NotNamed)
        } else if !self.allows(line.category) {
            Some(MayNot::Category)
        } else if !self.reaches(line.reach.as_deref()) {
            let place = line.reach.as_deref().and_then(|of| of.place.as_ref());
            Some(match among(&self.places, place) {
                true => MayNot::Group,
                false => MayNot::Place,
            })
        } else if !self.pays(line.capital) {
            Some(match line.capital {
                true => MayNot::Capital,
                false => MayNot::Revenue,
            })
        } else if is_stopped(&self.stopped, line.incurred_on) {
            Some(MayNot::Suspended)
        } else {
            None
        }
    }
}
