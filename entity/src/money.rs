//! Pounds sterling in whole pence.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};

/// An amount in whole pence. Arithmetic is checked: an overflow is an error to be told, never a
/// wrong sum.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    DeriveValueType,
    utoipa::ToSchema,
)]
#[schema(value_type = i64)]
pub struct Money(pub i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount in pence.
    #[must_use]
    pub const fn pence(self) -> i64 {
        self.0
    }

    /// The sum, or `None` when it does not fit.
    #[must_use]
    pub const fn plus(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(pence) => Some(Self(pence)),
            None => None,
        }
    }

    /// The difference, or `None` when it does not fit.
    #[must_use]
    pub const fn minus(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(pence) => Some(Self(pence)),
            None => None,
        }
    }

    /// The sum of many, or `None` when it does not fit.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts
            .into_iter()
            .try_fold(Self::ZERO, |total, amount| total.plus(amount))
    }

    /// As in tables: `£1,234.56`, negative with a minus.
    #[must_use]
    pub fn in_full(self) -> String {
        let pence = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "−" } else { "" };
        format!("{sign}£{}.{:02}", thousands(pence / 100), pence % 100)
    }

    /// As in sentences: `£1.2 million`, `£45,300`, `£12.50`.
    #[must_use]
    pub fn in_words(self) -> String {
        let pence = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "−" } else { "" };
        if pence >= 100_000_000 {
            // rounded half up to a tenth of a million pounds
            let tenths = (pence + 5_000_000) / 10_000_000;
            return if tenths.is_multiple_of(10) {
                format!("{sign}£{} million", thousands(tenths / 10))
            } else {
                format!("{sign}£{}.{} million", thousands(tenths / 10), tenths % 10)
            };
        }
        if pence.is_multiple_of(100) {
            format!("{sign}£{}", thousands(pence / 100))
        } else {
            self.in_full()
        }
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_people_read_it() {
        assert_eq!(Money(0).in_full(), "£0.00");
        assert_eq!(Money(5).in_full(), "£0.05");
        assert_eq!(Money(123_456).in_full(), "£1,234.56");
        assert_eq!(Money(-123_456_789).in_full(), "−£1,234,567.89");
        assert_eq!(Money(i64::MIN).in_full(), "−£92,233,720,368,547,758.08");
        assert_eq!(Money(120_000_000).in_words(), "£1.2 million");
        assert_eq!(Money(1_000_000_000).in_words(), "£10 million");
        assert_eq!(Money(4_530_000).in_words(), "£45,300");
        assert_eq!(Money(1_250).in_words(), "£12.50");
    }

    #[test]
    fn sums_that_do_not_fit_are_refused() {
        assert_eq!(Money(i64::MAX).plus(Money(1)), None);
        assert_eq!(Money(i64::MIN).minus(Money(1)), None);
        assert_eq!(Money::sum([Money(1), Money(2)]), Some(Money(3)));
    }
}
