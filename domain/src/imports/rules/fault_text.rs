//! What is wrong with an amount or a date, and what to do, in plain words.

use super::columns::shortened;
use super::date_text::DateFault;
use super::labels::{DATES, DECIMAL, SIGNS, THOUSANDS, TWO_DIGIT_YEARS};
use super::money_text::MoneyFault;
use super::profile::{DateFormat, Field};
use super::row::FaultCode;

pub(super) fn money_message(fault: MoneyFault, field: Field, raw: &str) -> (FaultCode, String) {
    let raw = shortened(raw.trim(), 60);
    let label = field.label();
    match fault {
        MoneyFault::Empty | MoneyFault::NotMoney => (
            FaultCode::NotMoney,
            format!(
                "“{raw}” is not an amount of money. Type the {label} in pounds and pence, like 1234.50."
            ),
        ),
        MoneyFault::TooPrecise => (
            FaultCode::TooPrecise,
            format!("“{raw}” has more than two decimals. Type the {label} in whole pence."),
        ),
        MoneyFault::Grouping => (
            FaultCode::BadGrouping,
            format!(
                "The separators in “{raw}” do not stand between thousands. If the file writes its amounts so, change “{THOUSANDS}” or “{DECIMAL}” in the layout; otherwise type the {label} without separators."
            ),
        ),
        MoneyFault::AmbiguousSign => (
            FaultCode::AmbiguousSign,
            format!(
                "“{raw}” says more than once whether it is a credit. Type the {label} with one minus, or none."
            ),
        ),
        MoneyFault::Currency => (
            FaultCode::NotPounds,
            format!("“{raw}” is not in pounds. Type the {label} in pounds, as the ledger paid it."),
        ),
        MoneyFault::MarkNotAllowed => (
            FaultCode::MarkNotAllowed,
            format!(
                "“{raw}” has a mark that the layout does not allow (brackets, minus at the end, CR or DR, or a pound sign). Tick it under “{SIGNS}” in the layout, or type the {label} without it."
            ),
        ),
        MoneyFault::Scientific => (
            FaultCode::Scientific,
            format!(
                "“{raw}” is in scientific notation, so digits may have been lost. Type the {label} in full."
            ),
        ),
        MoneyFault::TooLarge => (
            FaultCode::TooLarge,
            format!("“{raw}” is more than ten billion pounds. Check the {label}."),
        ),
    }
}

pub(super) fn date_message(
    fault: DateFault,
    field: Field,
    raw: &str,
    formats: &[DateFormat],
) -> (FaultCode, String) {
    let raw = shortened(raw.trim(), 60);
    let label = field.label();
    let examples: Vec<&str> = formats.iter().map(|format| format.example()).collect();
    match fault {
        DateFault::NotADate => (
            FaultCode::NotADate,
            format!(
                "“{raw}” is not a date as the layout expects it (like {}). Type the {label} that \
                 way, or tick its form under “{DATES}” in the layout.",
                examples.join(" or ")
            ),
        ),
        DateFault::NoSuchDay => (
            FaultCode::NoSuchDay,
            format!(
                "There is no day “{raw}” in the calendar. Correct the {label}; if day and month \
                 are the other way round, change “{DATES}” in the layout."
            ),
        ),
        DateFault::TwoDigitYear => (
            FaultCode::TwoDigitYear,
            format!(
                "“{raw}” has a year of two digits. Type the {label} with the year in full, or fill \
                 in “{TWO_DIGIT_YEARS}” in the layout."
            ),
        ),
        DateFault::OutOfRange => (
            FaultCode::DateOutOfRange,
            format!("“{raw}” is outside the dates that spend here can have. Check the {label}."),
        ),
    }
}
