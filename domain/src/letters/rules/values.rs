//! Amounts, dates and shares as people write them in letters.

use chrono::NaiveDate;
use entity::Money;

/// What a term is looked for by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needle {
    /// An amount.
    Money(Money),
    /// A date.
    Date(NaiveDate),
    /// A share, in basis points.
    Share(i32),
    /// Words, whole.
    Words(String),
}

/// The values that stand in a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    pub(super) money: Vec<Money>,
    pub(super) dates: Vec<NaiveDate>,
    pub(super) shares: Vec<i32>,
}

/// A number as it is written: "1,250,000.50" is 1250000, and 50 of two digits.
#[derive(Clone, Copy)]
struct Number<'a> {
    whole: i64,
    /// Written in groups of three.
    grouped: bool,
    fraction: &'a str,
    /// What follows it.
    rest: &'a str,
}

/// The number that a text begins with.
fn number(text: &str) -> Option<Number<'_>> {
    let (mut whole, mut digits, mut grouped, mut at) = (0_i64, 0_usize, false, 0_usize);
    for (place, letter) in text.char_indices() {
        if let Some(digit) = letter.to_digit(10) {
            whole = whole.checked_mul(10)?.checked_add(i64::from(digit))?;
            digits = digits.saturating_add(1);
            at = place.saturating_add(1);
        } else if letter == ',' && digits > 0 && three_digits(text.get(place..)?) {
            grouped = true;
        } else {
            break;
        }
    }
    if digits == 0 {
        return None;
    }
    let rest = text.get(at..)?;
    let after = rest.strip_prefix('.').unwrap_or_default();
    let long = after
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(after.len());
    let fraction = after.get(..long).unwrap_or_default();
    let rest = if fraction.is_empty() {
        rest
    } else {
        after.get(long..).unwrap_or_default()
    };
    Some(Number {
        whole,
        grouped,
        fraction,
        rest,
    })
}

/// A comma, three digits and no fourth.
fn three_digits(text: &str) -> bool {
    let mut letters = text.chars().skip(1);
    let three = letters
        .by_ref()
        .take(3)
        .filter(char::is_ascii_digit)
        .count();
    three == 3 && !letters.next().is_some_and(|c| c.is_ascii_digit())
}

/// A number with its fraction in so many decimal places; nothing if it has more.
fn scaled(number: Number<'_>, places: usize) -> Option<i64> {
    let fraction = number.fraction.trim_end_matches('0');
    let missing = places.checked_sub(fraction.len())?;
    let mut value = number.whole;
    for digit in fraction.chars() {
        value = value
            .checked_mul(10)?
            .checked_add(i64::from(digit.to_digit(10)?))?;
    }
    for _ in 0..missing {
        value = value.checked_mul(10)?;
    }
    Some(value)
}

/// Decimal places of pence that a word after a number adds: "million".
fn multiplied(rest: &str) -> usize {
    let rest = rest.trim_start().to_lowercase();
    let word: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
    match word.as_str() {
        "k" | "thousand" => 3,
        "m" | "mn" | "million" => 6,
        "bn" | "billion" => 9,
        _ => 0,
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The month that a word names, whole or by three letters ("Sept" as well).
fn month(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    let named = |name: &&str| {
        **name == *word || (word.len() >= 3 && word.len() <= 4 && name.starts_with(&word))
    };
    let at = MONTHS.iter().position(named)?;
    u32::try_from(at).ok()?.checked_add(1)
}

impl Values {
    pub(super) fn of(text: &str) -> Self {
        let mut found = Self::default();
        let mut before: Option<char> = None;
        let mut skip = 0_usize;
        for (at, letter) in text.char_indices() {
            let begins = letter.is_ascii_digit()
                && !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | ','));
            let last = before.replace(letter);
            if at < skip || !begins {
                continue;
            }
            let Some(rest) = text.get(at..) else { continue };
            let Some(number) = number(rest) else { continue };
            skip = text.len().saturating_sub(number.rest.len());
            found.read(last == Some('£'), number);
        }
        found.dates = dates(text);
        found
    }

    fn read(&mut self, pounds: bool, number: Number<'_>) {
        let after = number.rest.trim_start().to_lowercase();
        let per_cent = ["%", "per cent", "percent"];
        if per_cent.iter().any(|said| after.starts_with(said)) {
            let share = scaled(number, 2).and_then(|share| i32::try_from(share).ok());
            self.shares.extend(share);
            return;
        }
        let more = multiplied(number.rest);
        // without its sign, an amount is known by how it is written
        if pounds || number.grouped || number.fraction.len() == 2 || more >= 6 {
            let pence = scaled(number, more.saturating_add(2));
            self.money.extend(pence.map(Money));
        }
    }
}

/// The dates in a text: "3 March 2026", "3rd of March, 2026", "March 3, 2026", "03/03/2026", "2026-03-03".
fn dates(text: &str) -> Vec<NaiveDate> {
    let mut words: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | ';')) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        if word.is_empty() {
            continue;
        }
        found.extend(in_figures(word));
        words.push(word);
    }
    let words: Vec<&str> = words
        .into_iter()
        .filter(|word| !matches!(word.to_lowercase().as_str(), "of" | "day" | "the"))
        .collect();
    for three in words.windows(3) {
        let [first, second, third] = three else {
            continue;
        };
        let Some(year) = year(third) else { continue };
        let spelled = match (day(first), month(second)) {
            (Some(day), Some(month)) => Some((day, month)),
            _ => day(second).zip(month(first)),
        };
        found.extend(spelled.and_then(|(day, month)| NaiveDate::from_ymd_opt(year, month, day)));
    }
    found
}

fn year(word: &str) -> Option<i32> {
    (word.len() == 4).then(|| word.parse().ok()).flatten()
}

/// A day of the month: "3", "3rd".
fn day(word: &str) -> Option<u32> {
    let digits = word.trim_end_matches(|c: char| c.is_alphabetic());
    let ending = word.get(digits.len()..)?.to_lowercase();
    let ordinal = matches!(ending.as_str(), "" | "st" | "nd" | "rd" | "th");
    (ordinal && digits.len() <= 2)
        .then(|| digits.parse().ok())
        .flatten()
}

/// A date in figures, the day first; or the year first, as machines write it.
fn in_figures(word: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = word.split(['/', '.', '-']).collect();
    let [first, second, third] = parts.as_slice() else {
        return None;
    };
    let short =
        |text: &str| -> Option<u32> { (text.len() <= 2).then(|| text.parse().ok()).flatten() };
    match (year(first), year(third)) {
        (Some(year), _) => NaiveDate::from_ymd_opt(year, short(second)?, short(third)?),
        (None, Some(year)) => NaiveDate::from_ymd_opt(year, short(second)?, short(first)?),
        (None, None) => {
            let year: i32 = (third.len() == 2).then(|| third.parse().ok()).flatten()?;
            NaiveDate::from_ymd_opt(year.checked_add(2000)?, short(second)?, short(first)?)
        }
    }
}
