//! Amounts as the standard writes them, in pounds with a point, to and from whole pence.

use crate::Money;

/// The most that an amount may be, either way, in pence: a thousand billion pounds.
const MOST: i64 = 100_000_000_000_000;

/// Digits after the penny that decide whether a difference is the noise of somebody's arithmetic:
/// all nought, or all nine, means closer than a millionth of a penny.
const NOISE_DIGITS: usize = 6;

/// The pence of a JSON number's own text, `1234.5` or `1.5e3`; `None` when they are not whole or
/// too many.
pub(super) fn pence_of_number(text: &str) -> Option<Money> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{part}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // where the point stands once pounds are pence
    let point = i32::try_from(whole.len())
        .ok()?
        .checked_add(exponent)?
        .checked_add(2)?;
    let significant = all.trim_start_matches('0');
    if significant.is_empty() {
        return Some(Money::ZERO);
    }
    let length = i32::try_from(all.len()).ok()?;
    let mut up = 0;
    let pence = if point >= length {
        let noughts = usize::try_from(point - length).ok().filter(|n| *n <= 15)?;
        format!("{significant}{}", "0".repeat(noughts))
    } else {
        let (kept, dropped) = all.split_at(usize::try_from(point).ok()?);
        let noise = dropped.get(..NOISE_DIGITS);
        if noise.is_some_and(|noise| noise.bytes().all(|byte| byte == b'9')) {
            up = 1;
        } else if noise.unwrap_or(dropped).bytes().any(|byte| byte != b'0') {
            return None;
        }
        // less than a penny
        if kept.is_empty() { "0" } else { kept }.to_owned()
    };
    let pence = pence
        .parse::<i64>()
        .ok()?
        .checked_add(up)
        .filter(|pence| *pence <= MOST)?;
    Some(Money(if negative { -pence } else { pence }))
}

/// An amount as the standard writes it: `1234.5`, `1234`, `-0.05`; never more digits than needed,
/// so that it is the same after any program wrote it anew.
#[must_use]
pub fn pounds(amount: Money) -> String {
    let pence = amount.pence().unsigned_abs();
    let sign = if amount.pence() < 0 { "-" } else { "" };
    let (whole, part) = (pence / 100, pence % 100);
    match (part, part % 10) {
        (0, _) => format!("{sign}{whole}"),
        (_, 0) => format!("{sign}{whole}.{}", part / 10),
        _ => format!("{sign}{whole}.{part:02}"),
    }
}
