//! How a file is written: the part of a layout that most leave as it is, folded away on its form.

use domain::FieldError;
use domain::imports::rules::{
    AmountRules, DecimalMark, Delimiter, ImportProfile, TextEncoding, Thousands, labels,
};
use serde::Serialize;

use super::super::fields::{Fields, Wrong, date};
use super::super::form::{Choice, Field, filled};
use super::super::programmes::typed_date;
use super::super::today::capital;
use super::parts::short;

/// What may stand beside the digits of an amount: its name in the form, what it is, how it looks.
/// In the order of [`allowed`].
const SIGNS: [(&str, &str, &str); 5] = [
    ("brackets", "brackets for a minus", "(12.50)"),
    ("trailing_minus", "a minus at the end", "12.50-"),
    ("credit_suffix", "CR or DR at the end", "12.50 CR"),
    ("currency_sign", "a pound sign or GBP", "£12.50"),
    ("dash_is_zero", "a dash alone for nought", "-"),
];

/// Whether each of [`SIGNS`] may stand in an amount.
const fn allowed(rules: &AmountRules) -> [bool; 5] {
    [
        rules.brackets_are_negative,
        rules.trailing_minus,
        rules.credit_suffix,
        rules.currency_sign,
        rules.dash_is_zero,
    ]
}

/// The name under which a choice is stored and sent.
pub fn slug_of(choice: impl Serialize) -> String {
    serde_json::to_value(choice)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// The one of these that was chosen.
pub fn chosen<T: Copy + Serialize>(slug: &str, all: &[T]) -> Option<T> {
    all.iter().copied().find(|one| slug_of(*one) == slug)
}

fn choices<T: Copy + Serialize>(all: &[T], label: impl Fn(T) -> &'static str) -> Vec<Choice> {
    all.iter()
        .map(|one| Choice::new(slug_of(*one), label(*one)))
        .collect()
}

fn fields() -> Vec<Field> {
    let signs = SIGNS
        .iter()
        .map(|(slug, words, example)| {
            Choice::new(*slug, format!("{}, as in {example}", capital(words)))
        })
        .collect();
    vec![
        Field::text("sheet", labels::SHEET)
            .hint("Its name, as on the tab; empty is the first sheet that is not hidden.")
            .width("w20"),
        Field::select(
            "encoding",
            labels::ENCODING,
            choices(&TextEncoding::ALL, TextEncoding::label),
        )
        .hint("Choose one only if pound signs or accents come out wrong."),
        Field::select(
            "delimiter",
            labels::DELIMITER,
            choices(&Delimiter::ALL, Delimiter::label),
        )
        .hint("What stands between two values of a CSV file."),
        Field::tick("no_headings", labels::NO_HEADINGS)
            .hint("Name the columns by their letters then, like column C."),
        Field::select(
            "thousands",
            labels::THOUSANDS,
            choices(&Thousands::ALL, Thousands::label),
        )
        .hint("An amount without one is read too."),
        Field::select(
            "decimal",
            labels::DECIMAL,
            choices(&DecimalMark::ALL, DecimalMark::label),
        )
        .hint("What stands between pounds and pence."),
        Field::checkboxes("signs", labels::SIGNS, signs)
            .hint("A row with one that is not ticked waits to be put right."),
        Field::text("two_digit_years_to", labels::TWO_DIGIT_YEARS)
            .hint("With 79, 31/03/79 is in 2079 and 31/03/80 in 1980; empty refuses such years.")
            .width("w5"),
        Field::date("earliest", labels::EARLIEST)
            .hint("For example, 01/04/2026; a line dated before it waits to be put right."),
        Field::date("latest", labels::LATEST)
            .hint("For example, 31/03/2027; a line dated after it waits to be put right."),
        Field::text("days_after_period", labels::DAYS_AFTER_PERIOD)
            .hint("From 0 to 31, for a ledger whose months end later than the calendar’s.")
            .width("w5"),
    ]
}

/// What stands in the fields for a layout.
fn standing(spec: &ImportProfile) -> Fields {
    let (dates, amounts) = (&spec.dates, &spec.amounts);
    let last_year = dates.two_digit_years_to.map(|year| format!("{year:02}"));
    let mut fields = Fields::default()
        .with("sheet", spec.sheet.clone().unwrap_or_default())
        .with("encoding", slug_of(spec.encoding))
        .with("delimiter", slug_of(spec.delimiter))
        .with("thousands", slug_of(amounts.thousands))
        .with("decimal", slug_of(amounts.decimal))
        .with("two_digit_years_to", last_year.unwrap_or_default())
        .with(
            "earliest",
            dates.earliest.map(typed_date).unwrap_or_default(),
        )
        .with("latest", dates.latest.map(typed_date).unwrap_or_default())
        .with("days_after_period", dates.days_after_period.to_string());
    if spec.no_headings {
        fields = fields.with("no_headings", "yes");
    }
    for ((slug, ..), may) in SIGNS.iter().zip(allowed(amounts)) {
        if may {
            fields = fields.with("signs", *slug);
        }
    }
    fields
}

/// The fields with what a layout has.
pub fn of_layout(spec: &ImportProfile) -> Vec<Field> {
    as_typed(&standing(spec))
}

/// The fields with what somebody typed.
pub fn as_typed(typed: &Fields) -> Vec<Field> {
    filled(fields(), typed, &Wrong::default()).1
}

/// Puts what was typed into a layout. Gives what cannot be read.
pub fn read(typed: &Fields, spec: &mut ImportProfile) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    spec.sheet = typed.some("sheet").map(str::to_owned);
    spec.no_headings = typed.some("no_headings").is_some();
    let slug = |name: &str| typed.text(name);
    spec.encoding = chosen(&slug("encoding"), &TextEncoding::ALL).unwrap_or(spec.encoding);
    spec.delimiter = chosen(&slug("delimiter"), &Delimiter::ALL).unwrap_or(spec.delimiter);

    let amounts = &mut spec.amounts;
    amounts.thousands = chosen(&slug("thousands"), &Thousands::ALL).unwrap_or(amounts.thousands);
    amounts.decimal = chosen(&slug("decimal"), &DecimalMark::ALL).unwrap_or(amounts.decimal);
    let ticked = |sign: &str| typed.all("signs").any(|value| value == sign);
    amounts.brackets_are_negative = ticked("brackets");
    amounts.trailing_minus = ticked("trailing_minus");
    amounts.credit_suffix = ticked("credit_suffix");
    amounts.currency_sign = ticked("currency_sign");
    amounts.dash_is_zero = ticked("dash_is_zero");

    let dates = &mut spec.dates;
    let mut refuse = |name: &str, code: &str, detail: &str| {
        wrong.push(FieldError::new(format!("/spec/dates/{name}"), code, detail));
    };
    let years = typed.some("two_digit_years_to").map(str::parse::<u8>);
    if matches!(years, Some(Err(_))) {
        refuse(
            "two_digit_years_to",
            "range",
            "Enter the last two figures of a year, such as 79, or nothing.",
        );
    }
    dates.two_digit_years_to = years.and_then(Result::ok);
    let days = typed.some("days_after_period").map(str::parse::<u8>);
    if matches!(days, Some(Err(_))) {
        refuse(
            "days_after_period",
            "range",
            "Enter a number of days from 0 to 31.",
        );
    }
    dates.days_after_period = days.and_then(Result::ok).unwrap_or_default();
    for (name, limit) in [
        ("earliest", &mut dates.earliest),
        ("latest", &mut dates.latest),
    ] {
        let text = typed.some(name);
        *limit = text.and_then(date);
        if text.is_some() && limit.is_none() {
            refuse(
                name,
                "date",
                "Enter a date, such as 30/10/2026, or nothing.",
            );
        }
    }
    wrong
}

/// What a layout has otherwise than most, each with what the form calls it.
pub fn told(spec: &ImportProfile) -> Vec<String> {
    let usual = ImportProfile::default();
    let (dates, amounts) = (&spec.dates, &spec.amounts);
    let mut told = Vec::new();
    let mut tell = |label: &str, value: &str| told.push(format!("{label}: {value}"));
    if let Some(sheet) = &spec.sheet {
        tell(labels::SHEET, sheet);
    }
    if spec.encoding != usual.encoding {
        tell(labels::ENCODING, spec.encoding.label());
    }
    if spec.delimiter != usual.delimiter {
        tell(labels::DELIMITER, spec.delimiter.label());
    }
    if spec.no_headings {
        tell(labels::NO_HEADINGS, "yes");
    }
    if amounts.thousands != usual.amounts.thousands {
        tell(labels::THOUSANDS, amounts.thousands.label());
    }
    if amounts.decimal != usual.amounts.decimal {
        tell(labels::DECIMAL, amounts.decimal.label());
    }
    let may = allowed(amounts);
    if may != allowed(&usual.amounts) {
        let words: Vec<&str> = SIGNS
            .iter()
            .zip(may)
            .filter(|(_, may)| *may)
            .map(|((_, words, _), _)| *words)
            .collect();
        if words.is_empty() {
            tell(labels::SIGNS, "none");
        } else {
            tell(labels::SIGNS, &words.join(", "));
        }
    }
    if dates.two_digit_years_to != usual.dates.two_digit_years_to {
        let year = dates.two_digit_years_to.map(|year| format!("{year:02}"));
        tell(labels::TWO_DIGIT_YEARS, year.as_deref().unwrap_or("none"));
    }
    if let Some(earliest) = dates.earliest {
        tell(labels::EARLIEST, &short(earliest));
    }
    if let Some(latest) = dates.latest {
        tell(labels::LATEST, &short(latest));
    }
    if dates.days_after_period != usual.dates.days_after_period {
        tell(
            labels::DAYS_AFTER_PERIOD,
            &dates.days_after_period.to_string(),
        );
    }
    told
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn unusual() -> ImportProfile {
        let mut spec = ImportProfile {
            sheet: Some("Ledger".to_owned()),
            encoding: TextEncoding::Windows1252,
            delimiter: Delimiter::Semicolon,
            no_headings: true,
            ..ImportProfile::default()
        };
        spec.amounts = AmountRules {
            brackets_are_negative: false,
            credit_suffix: false,
            dash_is_zero: false,
            currency_sign: false,
            thousands: Thousands::Point,
            decimal: DecimalMark::Comma,
            ..spec.amounts
        };
        spec.dates.two_digit_years_to = None;
        spec.dates.earliest = NaiveDate::from_ymd_opt(2026, 4, 1);
        spec.dates.latest = NaiveDate::from_ymd_opt(2027, 3, 31);
        spec.dates.days_after_period = 3;
        spec
    }

    #[test]
    fn what_stands_on_the_form_is_the_layout() {
        for spec in [ImportProfile::default(), unusual()] {
            let mut again = ImportProfile::default();
            assert_eq!(read(&standing(&spec), &mut again), []);
            assert_eq!(again, spec);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let typed = Fields::default()
            .with("earliest", "soon")
            .with("two_digit_years_to", "many")
            .with("days_after_period", "-1");
        let mut spec = ImportProfile::default();
        let places: Vec<String> = read(&typed, &mut spec)
            .into_iter()
            .map(|wrong| wrong.pointer)
            .collect();
        assert_eq!(
            places,
            [
                "/spec/dates/two_digit_years_to",
                "/spec/dates/days_after_period",
                "/spec/dates/earliest"
            ]
        );
    }

    #[test]
    fn only_what_is_otherwise_is_told() {
        assert!(told(&ImportProfile::default()).is_empty());
        assert_eq!(
            told(&unusual()),
            [
                "Sheet of the workbook: Ledger",
                "Text encoding: Windows-1252",
                "Column separator: Semicolon",
                "The file has no row of headings: yes",
                "Mark between thousands: Point, as in 1.234",
                "Mark before the pence: Comma, as in 12,50",
                "Signs that amounts may have: a minus at the end",
                "Last two-digit year that means 20xx: none",
                "Earliest date that a line may have: 1 April 2026",
                "Latest date that a line may have: 31 March 2027",
                "Days after the file’s period that a line may be dated: 3",
            ]
        );
    }
}
