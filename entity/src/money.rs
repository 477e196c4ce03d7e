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
    /// The most that can be counted.
    pub const MAX: Self = Self(i64::MAX);

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

    /// What somebody typed: `1234.56`, `1,234.5`, `£1,234`, `-12`. `None` when it is no amount of
    /// whole pence, or a comma stands where none belongs.
    #[must_use]
    pub fn from_typed(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, text) = match text.strip_prefix(['-', '−']) {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        let text = text.strip_prefix('£').unwrap_or(text).trim_start();
        let (pounds, pence) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let grouped = pounds.split(',').enumerate().all(|(place, group)| {
            digits(group) && (place == 0 && (1..=3).contains(&group.len()) || group.len() == 3)
        });
        if pounds.is_empty() || !(digits(pounds) || grouped) || !digits(pence) || pence.len() > 2 {
            return None;
        }
        let pounds: i64 = pounds.replace(',', "").parse().ok()?;
        let pence: i64 = format!("{pence:0<2}").parse().ok()?;
        let amount = pounds.checked_mul(100)?.checked_add(pence)?;
        Some(Self(if negative { -amount } else { amount }))
    }

    /// As in a field to be typed over: `1234.56`.
    #[must_use]
    pub fn as_typed(self) -> String {
        let pence = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", pence / 100, pence % 100)
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
    fn money_is_read_as_people_type_it() {
        let read = |text| Money::from_typed(text).map(Money::pence);
        assert_eq!(read("1234.56"), Some(123_456));
        assert_eq!(read("£1,234.5"), Some(123_450));
        assert_eq!(read(" £ 12,345,678 "), Some(1_234_567_800));
        assert_eq!(read("-12"), Some(-1200));
        assert_eq!(read("−£12.01"), Some(-1201));
        assert_eq!(read("0"), Some(0));
        for wrong in [
            "",
            "£",
            "1,23",
            "1,2345",
            "1.234",
            "12p",
            "1 234",
            ".5",
            "--1",
            "1e3",
            "99999999999999999999",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(Money(-1201).as_typed(), "-12.01");
        assert_eq!(
            Money::from_typed(&Money(i64::MAX).as_typed()),
            Some(Money::MAX)
        );
    }

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
