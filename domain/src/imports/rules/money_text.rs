//! Money as a file writes it, into whole pence, without a float on the way.

use super::profile::{AmountRules, DecimalMark, SpendSign, Thousands};

/// The largest amount of one line, in pence: ten billion pounds. Small enough that the sum of
/// every row a file may have fits in an `i64`.
pub const MAX_PENCE: i64 = 1_000_000_000_000;

/// Digits after the penny that decide whether a difference is a spreadsheet's arithmetic noise:
/// all nought, or all nine, means closer than a millionth of a penny.
const NOISE_DIGITS: usize = 6;

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyFault {
    /// Nothing there.
    Empty,
    /// Not an amount at all.
    NotMoney,
    /// More than two digits of pence.
    TooPrecise,
    /// Separators that are not between thousands.
    Grouping,
    /// Two marks that each say minus, or contradict each other.
    AmbiguousSign,
    /// A currency other than pounds.
    Currency,
    /// A mark (brackets, CR, £ …) that the profile does not allow.
    MarkNotAllowed,
    /// `1.2E+05`: digits were lost before the file was written.
    Scientific,
    /// More than ten billion pounds.
    TooLarge,
}

/// Reads an amount as the profile's rules have it: pence, spend positive.
pub fn parse_money(text: &str, rules: &AmountRules) -> Result<i64, MoneyFault> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(MoneyFault::Empty);
    }
    let (mut minuses, mut pluses, mut currencies) = (0_u8, 0_u8, 0_u8);

    // CR and DR say the side themselves, so the file's sign convention does not apply to them.
    let mut side = None;
    if let Some(front) = strip_suffix_ignoring_case(rest, "cr") {
        side = Some(true);
        rest = front;
    } else if let Some(front) = strip_suffix_ignoring_case(rest, "dr") {
        side = Some(false);
        rest = front;
    }
    if side.is_some() && !rules.credit_suffix {
        return Err(MoneyFault::MarkNotAllowed);
    }
    let mut rest = strip_front(rest, &mut minuses, &mut pluses, &mut currencies)?;
    if let Some(inner) = rest.strip_prefix('(') {
        let inner = inner.strip_suffix(')').ok_or(MoneyFault::NotMoney)?;
        if !rules.brackets_are_negative {
            return Err(MoneyFault::MarkNotAllowed);
        }
        if minuses > 0 || pluses > 0 {
            return Err(MoneyFault::AmbiguousSign);
        }
        minuses += 1;
        rest = strip_front(inner, &mut minuses, &mut pluses, &mut currencies)?;
    } else if let Some(front) = rest.strip_suffix(['-', '\u{2212}']) {
        if front.trim().is_empty() {
            return zero_dash(rules, currencies);
        }
        if !rules.trailing_minus {
            return Err(MoneyFault::MarkNotAllowed);
        }
        minuses += 1;
        rest = front.trim_end();
    } else if rest.is_empty() {
        // Only signs: a dash alone is how accounting formats print nought.
        return if minuses == 1 && pluses == 0 {
            zero_dash(rules, currencies)
        } else {
            Err(MoneyFault::NotMoney)
        };
    }
    if let Some(front) = strip_suffix_ignoring_case(rest, "gbp") {
        currencies += 1;
        rest = front;
    }
    if currencies > 1 {
        return Err(MoneyFault::NotMoney);
    }
    if currencies == 1 && !rules.currency_sign {
        return Err(MoneyFault::MarkNotAllowed);
    }
    let magnitude = parse_digits(rest, rules.thousands, rules.decimal)?;
    let signs = minuses + pluses;
    match side {
        Some(_) if signs > 0 => Err(MoneyFault::AmbiguousSign),
        Some(true) => Ok(-magnitude),
        Some(false) => Ok(magnitude),
        None if signs > 1 => Err(MoneyFault::AmbiguousSign),
        None => {
            let negative = (minuses == 1) != (rules.spend_is == SpendSign::Negative);
            Ok(if negative { -magnitude } else { magnitude })
        }
    }
}

/// Reads the number of a workbook's cell, given as its shortest decimal text. Only the sign
/// convention of the rules applies: marks and separators belong to texts.
pub(super) fn parse_number_cell(text: &str, rules: &AmountRules) -> Result<i64, MoneyFault> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let magnitude = parse_digits(digits, Thousands::None, DecimalMark::Point)?;
    let negative = negative != (rules.spend_is == SpendSign::Negative);
    Ok(if negative { -magnitude } else { magnitude })
}

/// Pence as plain pounds (`-1234.50`), for messages and tests.
pub fn plain_pounds(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    let magnitude = pence.unsigned_abs();
    format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100)
}

fn zero_dash(rules: &AmountRules, currencies: u8) -> Result<i64, MoneyFault> {
    if rules.dash_is_zero && currencies <= 1 && (currencies == 0 || rules.currency_sign) {
        Ok(0)
    } else {
        Err(MoneyFault::NotMoney)
    }
}

/// Takes signs and currency marks off the front, and counts them.
fn strip_front<'t>(
    text: &'t str,
    minuses: &mut u8,
    pluses: &mut u8,
    currencies: &mut u8,
) -> Result<&'t str, MoneyFault> {
    let mut rest = text.trim();
    loop {
        let after = match rest.chars().next() {
            Some('-' | '\u{2212}' | '\u{2013}') => {
                *minuses = minuses.saturating_add(1);
                skip_char(rest)
            }
            Some('+') => {
                *pluses = pluses.saturating_add(1);
                skip_char(rest)
            }
            Some('£') => {
                *currencies = currencies.saturating_add(1);
                skip_char(rest)
            }
            Some('$' | '€' | '¥') => return Err(MoneyFault::Currency),
            Some('G' | 'g') if starts_ignoring_case(rest, "gbp") => {
                *currencies = currencies.saturating_add(1);
                rest.get(3..).unwrap_or_default()
            }
            Some('E' | 'e') if starts_ignoring_case(rest, "eur") => {
                return Err(MoneyFault::Currency);
            }
            Some('U' | 'u') if starts_ignoring_case(rest, "usd") => {
                return Err(MoneyFault::Currency);
            }
            _ => return Ok(rest),
        };
        rest = after.trim_start();
    }
}

fn skip_char(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}

fn starts_ignoring_case(text: &str, lower: &str) -> bool {
    text.get(..lower.len())
        .is_some_and(|front| front.eq_ignore_ascii_case(lower))
}

fn strip_suffix_ignoring_case<'t>(text: &'t str, lower: &str) -> Option<&'t str> {
    let split = text.len().checked_sub(lower.len())?;
    let tail = text.get(split..)?;
    let front = text.get(..split)?.trim_end();
    tail.eq_ignore_ascii_case(lower).then_some(front)
}

/// Digits, separators and pence, without any sign: the magnitude in pence.
fn parse_digits(text: &str, thousands: Thousands, decimal: DecimalMark) -> Result<i64, MoneyFault> {
    let mark = match decimal {
        DecimalMark::Point => '.',
        DecimalMark::Comma => ',',
    };
    let (whole, fraction) = match text.split_once(mark) {
        Some((_, "")) => return Err(MoneyFault::NotMoney),
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    if whole.is_empty() && fraction.is_none() {
        return Err(MoneyFault::NotMoney);
    }
    let pounds = parse_whole(whole, thousands).map_err(|fault| explain(fault, text))?;
    let pence = match fraction {
        Some(digits) => parse_fraction(digits).map_err(|fault| explain(fault, text))?,
        None => 0,
    };
    let total = pounds
        .checked_mul(100)
        .and_then(|value| value.checked_add(pence))
        .ok_or(MoneyFault::TooLarge)?;
    if total > MAX_PENCE {
        return Err(MoneyFault::TooLarge);
    }
    Ok(total)
}

/// Says more about a text that is not an amount, where its characters tell.
fn explain(fault: MoneyFault, text: &str) -> MoneyFault {
    if fault != MoneyFault::NotMoney {
        return fault;
    }
    if text.contains(['$', '€', '¥']) {
        return MoneyFault::Currency;
    }
    let mut parts = text.splitn(2, ['e', 'E']);
    let digits = |part: &str, signs: &[char]| {
        let part = part.trim_start_matches(signs);
        part.starts_with(|c: char| c.is_ascii_digit())
            && part
                .chars()
                .all(|c| c.is_ascii_digit() || c == '.' || c == ',')
    };
    match (parts.next(), parts.next()) {
        (Some(front), Some(power)) if digits(front, &[]) && digits(power, &['+', '-']) => {
            MoneyFault::Scientific
        }
        _ => MoneyFault::NotMoney,
    }
}

fn parse_whole(text: &str, thousands: Thousands) -> Result<i64, MoneyFault> {
    let mut value = 0_i64;
    let mut in_group = 0_u8;
    let mut grouped = false;
    for character in text.chars() {
        let separator = match thousands {
            Thousands::None => false,
            Thousands::Comma => character == ',',
            Thousands::Point => character == '.',
            Thousands::Space => matches!(character, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}'),
            Thousands::Apostrophe => matches!(character, '\'' | '\u{2019}'),
        };
        if separator {
            // The first group has one to three digits, each later one exactly three; this is what
            // catches a decimal comma read as thousands ("12,50").
            if in_group == 0 || in_group > 3 || (grouped && in_group != 3) {
                return Err(MoneyFault::Grouping);
            }
            grouped = true;
            in_group = 0;
            continue;
        }
        let digit = match character.to_digit(10) {
            Some(digit) => i64::from(digit),
            None if matches!(character, ',' | '.' | '\'') => return Err(MoneyFault::Grouping),
            None => return Err(MoneyFault::NotMoney),
        };
        in_group = in_group.saturating_add(1);
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(digit))
            .ok_or(MoneyFault::TooLarge)?;
    }
    if grouped && in_group != 3 {
        return Err(MoneyFault::Grouping);
    }
    Ok(value)
}

/// The digits after the mark, in pence. What follows the second digit must be nought, or the noise
/// that binary arithmetic leaves (`0.30000000000000004`, `12.339999999999998`).
fn parse_fraction(digits: &str) -> Result<i64, MoneyFault> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(if digits.contains([',', '.', '\'']) {
            MoneyFault::Grouping
        } else {
            MoneyFault::NotMoney
        });
    }
    let mut bytes = digits.bytes().map(|byte| i64::from(byte - b'0'));
    let pence = bytes.next().unwrap_or(0) * 10 + bytes.next().unwrap_or(0);
    let beyond = digits.as_bytes().get(2..).unwrap_or_default();
    let leading = beyond.get(..NOISE_DIGITS).unwrap_or(beyond);
    if leading.iter().all(|byte| *byte == b'0') {
        Ok(pence)
    } else if leading.len() == NOISE_DIGITS && leading.iter().all(|byte| *byte == b'9') {
        Ok(pence + 1)
    } else {
        Err(MoneyFault::TooPrecise)
    }
}
