//! How two sums for a cost centre and a month compare.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar::rules::{is_first_of_month, is_plausible};
use crate::{FieldError, Money};

/// What is known of a cost centre in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// What the ledger says; none where nobody stated it.
    pub stated: Option<Money>,
    /// What counts here.
    pub counted: Money,
    /// What waits to be coded.
    pub to_code: Money,
    /// What was set aside by name.
    pub set_aside: Money,
    /// What is in files that were read and are not accepted.
    pub not_accepted: Money,
    /// What journals of our own add to what counts here.
    pub journals: Money,
}

/// How the two sides stand.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[schema(as = AgreementStanding)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// They differ by something that nobody named.
    Apart,
    /// The ledger's sum was not stated.
    NotStated,
    /// They will be the same once lines are coded or files are accepted.
    Waits,
    /// They differ only by journals of our own, and perhaps rows that were set aside.
    Journals,
    /// They differ only by rows that were set aside by name.
    SetAside,
    /// They are the same.
    Agrees,
}

impl Standing {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Apart => "Differs",
            Self::NotStated => "Ledger’s sum not stated",
            Self::Waits => "Agrees once what waits is settled",
            Self::Journals => "Agrees but for journals of our own",
            Self::SetAside => "Agrees but for rows set aside",
            Self::Agrees => "Agrees",
        }
    }

    /// Whether nothing is left to explain.
    #[must_use]
    pub const fn settled(self) -> bool {
        matches!(self, Self::Agrees | Self::SetAside | Self::Journals)
    }
}

impl Side {
    /// The ledger's sum less what counts here; none where it was not stated, or beyond counting.
    #[must_use]
    pub fn difference(&self) -> Option<Money> {
        self.stated?.minus(self.counted)
    }

    /// What of the difference nobody named.
    #[must_use]
    pub fn other(&self) -> Option<Money> {
        self.difference()?
            .minus(self.to_code)?
            .minus(self.set_aside)?
            .minus(self.not_accepted)?
            .plus(self.journals)
    }

    /// How the two sides stand.
    #[must_use]
    pub fn standing(&self) -> Standing {
        if self.stated.is_none() {
            return Standing::NotStated;
        }
        match self.other() {
            Some(Money::ZERO) => {}
            _ => return Standing::Apart,
        }
        if self.to_code != Money::ZERO || self.not_accepted != Money::ZERO {
            Standing::Waits
        } else if self.journals != Money::ZERO {
            Standing::Journals
        } else if self.set_aside != Money::ZERO {
            Standing::SetAside
        } else {
            Standing::Agrees
        }
    }

    /// Whether there is nothing at all on either side.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What is wrong with a month, if anything.
#[must_use]
pub fn check_month(month: NaiveDate, pointer: &str) -> Option<FieldError> {
    (!is_first_of_month(month) || !is_plausible(month)).then(|| {
        FieldError::new(
            pointer,
            "not-a-month",
            "Name a month by its first day, such as 2026-09-01.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_named_or_stands_apart() {
        let side = |stated: i64, counted: i64| Side {
            stated: Some(Money(stated)),
            counted: Money(counted),
            ..Side::default()
        };
        assert_eq!(side(100, 100).standing(), Standing::Agrees);
        assert_eq!(side(100, 90).standing(), Standing::Apart);
        let waits = Side {
            to_code: Money(10),
            ..side(100, 90)
        };
        assert_eq!(waits.standing(), Standing::Waits);
        let aside = Side {
            set_aside: Money(-10),
            ..side(90, 100)
        };
        assert_eq!(aside.standing(), Standing::SetAside);
        // ours counts here and not there: the difference is its own turned round
        let own = Side {
            journals: Money(10),
            ..side(90, 100)
        };
        assert_eq!(own.standing(), Standing::Journals);
        // two differences that cancel each other are two differences
        let cancel = Side {
            to_code: Money(10),
            ..side(100, 100)
        };
        assert_eq!(cancel.standing(), Standing::Apart);
        assert_eq!(cancel.other(), Some(Money(-10)));
        assert_eq!(Side::default().standing(), Standing::NotStated);
    }
}
