//! What is wrong with a profile, said before any file is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::columns::{column_index, key};
use super::labels::{FORMAT, RECEIVED_ELSE_POSTED, SHEET};
use super::profile::{
    CapitalOrRevenue, ColumnRef, DateFormat, DecimalMark, Delimiter, Field, FileFormat,
    ImportProfile, LineKind, SpendSign, Thousands,
};

/// The most rows that can stand above the headings.
const MOST_SKIPPED_ROWS: u32 = 1_000;
/// The most entries of one list of values.
const MOST_ENTRIES: usize = 20_000;
/// The most characters of a name or value.
const MOST_CHARACTERS: usize = 200;

/// One thing wrong with a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProfileProblem {
    /// Where: a JSON pointer into the profile.
    pub pointer: String,
    /// Stable name of the problem.
    pub code: String,
    /// What is wrong and what to do, in plain words.
    pub message: String,
}

/// Everything wrong with a profile; empty when it can be used.
pub fn check_profile(profile: &ImportProfile) -> Vec<ProfileProblem> {
    let mut problems = Problems(Vec::new());
    problems.system(profile);
    problems.storage(profile);
    problems.columns(profile);
    problems.dates(profile);
    problems.amounts(profile);
    problems.values(profile);
    problems.defaults(profile);
    problems.0
}

struct Problems(Vec<ProfileProblem>);

impl Problems {
    fn add(&mut self, pointer: impl Into<String>, code: &str, message: impl Into<String>) {
        self.0.push(ProfileProblem {
            pointer: pointer.into(),
            code: code.to_owned(),
            message: message.into(),
        });
    }

    fn system(&mut self, profile: &ImportProfile) {
        let system = &profile.system;
        let slug = system
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if system.is_empty() || !slug || system.len() > 40 {
            self.add(
                "/system",
                "slug",
                "Name the finance system in small letters, digits and hyphens, at most 40, like \
                 council-ledger.",
            );
        }
    }

    fn storage(&mut self, profile: &ImportProfile) {
        if profile.skip_rows > MOST_SKIPPED_ROWS {
            self.add(
                "/skip_rows",
                "too-many",
                format!("At most {MOST_SKIPPED_ROWS} rows can stand above the headings."),
            );
        }
        if profile.format == FileFormat::Csv && profile.sheet.is_some() {
            self.add(
                "/sheet",
                "not-for-csv",
                format!(
                    "A CSV file has no sheets. Leave “{SHEET}” empty, or set “{FORMAT}” to “{}”.",
                    FileFormat::Xlsx.label()
                ),
            );
        }
        if profile
            .sheet
            .as_ref()
            .is_some_and(|sheet| sheet.trim().is_empty())
        {
            self.add(
                "/sheet",
                "empty",
                "Name the sheet, or leave it out for the first one.",
            );
        }
        if profile.delimiter == Delimiter::Comma && profile.amounts.decimal == DecimalMark::Comma {
            self.add(
                "/delimiter",
                "comma-twice",
                "The comma cannot part both the values and the pence, unless every amount is in \
                 quotation marks. Choose the semicolon, or have it found by itself.",
            );
        }
        for (index, rule) in profile.skip.iter().enumerate() {
            self.column(&format!("/skip/{index}/column"), &rule.column, profile);
            let empty = match &rule.when {
                super::SkipWhen::Empty => false,
                super::SkipWhen::Equals(text) | super::SkipWhen::StartsWith(text) => {
                    text.trim().is_empty()
                }
            };
            if empty {
                self.add(
                    format!("/skip/{index}/when"),
                    "empty",
                    "Say which text marks the rows to skip, like Total. For empty cells choose \
                     “empty”.",
                );
            }
        }
    }

    fn column(&mut self, pointer: &str, column: &ColumnRef, profile: &ImportProfile) {
        match column {
            ColumnRef::Letter(letter) if column_index(letter).is_none() => self.add(
                pointer,
                "letter",
                format!("“{letter}” is not a column's letter, like A or AB."),
            ),
            ColumnRef::Letter(_) => {}
            ColumnRef::Header(name) if name.trim().is_empty() => {
                self.add(pointer, "empty", "Name the heading.");
            }
            ColumnRef::Header(_) if profile.no_headings => self.add(
                pointer,
                "no-headings",
                "The file has no headings, so name the column by its letter.",
            ),
            ColumnRef::Header(_) => {}
        }
    }

    fn columns(&mut self, profile: &ImportProfile) {
        for (field, column) in &profile.columns {
            self.column(&format!("/columns/{}", field.slug()), column, profile);
        }
        let has = |field: Field| profile.columns.contains_key(&field);
        let posted = profile.dates.received_else_posted && has(Field::PostedOn);
        if !has(Field::IncurredOn) && !posted {
            self.add(
                "/columns/incurred_on",
                "required",
                format!(
                    "Say which column holds the date on which goods or services were received. If \
                     the file has only the date posted, map that, and tick \
                     “{RECEIVED_ELSE_POSTED}”."
                ),
            );
        }
        match (has(Field::Amount), has(Field::Debit), has(Field::Credit)) {
            (true, false, false) | (false, true, true) => {}
            (true, _, _) => self.add(
                "/columns/amount",
                "amount-twice",
                "Map either the amount, or debit and credit: not both.",
            ),
            (false, false, false) => self.add(
                "/columns/amount",
                "required",
                "Say which column holds the amount net of VAT, or which two hold debits and \
                 credits.",
            ),
            (false, _, _) => self.add(
                if has(Field::Debit) {
                    "/columns/credit"
                } else {
                    "/columns/debit"
                },
                "required",
                "Debit and credit go together: map the other column too.",
            ),
        }
        if has(Field::Line) && !has(Field::Transaction) {
            self.add(
                "/columns/transaction",
                "required",
                "A line number means nothing without its transaction number: map that too.",
            );
        }
        if !has(Field::Kind) && !profile.defaults.contains_key(&Field::Kind) {
            self.add(
                "/columns/kind",
                "required",
                "Map the column that says invoice, journal and so on, or give the usual kind.",
            );
        }
        // One column may fill two dates or two texts; money in two places would be counted twice.
        let mut money: BTreeMap<String, Field> = BTreeMap::new();
        for (field, column) in profile.columns.iter().filter(|(field, _)| field.is_money()) {
            let name = match column {
                ColumnRef::Header(name) => format!("h:{}", key(name)),
                ColumnRef::Letter(letter) => format!("l:{}", letter.trim().to_ascii_uppercase()),
            };
            if let Some(other) = money.insert(name, *field) {
                self.add(
                    format!("/columns/{}", field.slug()),
                    "column-twice",
                    format!(
                        "This column is already the {}; it cannot be the {} too.",
                        other.label(),
                        field.label()
                    ),
                );
            }
        }
    }

    fn dates(&mut self, profile: &ImportProfile) {
        let dates = &profile.dates;
        let has = |format: DateFormat| dates.formats.contains(&format);
        if dates.formats.is_empty() && profile.format != FileFormat::Xlsx {
            self.add(
                "/dates/formats",
                "required",
                "Say how dates are written, like dd/mm/yyyy.",
            );
        }
        if has(DateFormat::DayMonthYear) && has(DateFormat::MonthDayYear) {
            self.add(
                "/dates/formats",
                "ambiguous",
                "dd/mm/yyyy and mm/dd/yyyy cannot be told apart (03/04/2026). Choose one.",
            );
        }
        if dates.two_digit_years_to.is_some_and(|year| year > 99) {
            self.add(
                "/dates/two_digit_years_to",
                "range",
                "Give the last two-digit year that means 20xx, from 0 to 99.",
            );
        }
        if let (Some(earliest), Some(latest)) = (dates.earliest, dates.latest)
            && earliest > latest
        {
            self.add(
                "/dates/latest",
                "range",
                "The latest date is before the earliest.",
            );
        }
        if dates.days_after_period > 31 {
            self.add(
                "/dates/days_after_period",
                "range",
                "A line may be dated at most 31 days after the file's period.",
            );
        }
        if dates.received_else_posted && !profile.columns.contains_key(&Field::PostedOn) {
            self.add(
                "/dates/received_else_posted",
                "required",
                "Map the date posted, which is to stand in for the date received.",
            );
        }
    }

    fn amounts(&mut self, profile: &ImportProfile) {
        let amounts = &profile.amounts;
        let same = matches!(
            (amounts.thousands, amounts.decimal),
            (Thousands::Comma, DecimalMark::Comma) | (Thousands::Point, DecimalMark::Point)
        );
        if same {
            self.add(
                "/amounts/thousands",
                "same-mark",
                "The same mark cannot stand between thousands and before pence.",
            );
        }
        if amounts.spend_is == SpendSign::Negative && profile.columns.contains_key(&Field::Debit) {
            self.add(
                "/amounts/spend_is",
                "not-for-pairs",
                "With debit and credit columns the column says which is spend. Leave this at \
                 positive.",
            );
        }
    }

    fn values(&mut self, profile: &ImportProfile) {
        for (field, map) in &profile.values {
            let pointer = format!("/values/{}", field.slug());
            if !takes_values(*field) {
                self.add(
                    pointer,
                    "not-a-list",
                    format!("The {} is not a matter of listed values.", field.label()),
                );
                continue;
            }
            if map.entries.len() > MOST_ENTRIES {
                self.add(
                    pointer.clone(),
                    "too-many",
                    format!("A list can have at most {MOST_ENTRIES} values."),
                );
            }
            let mut seen: BTreeMap<String, &str> = BTreeMap::new();
            for (from, to) in &map.entries {
                let entry = format!("{pointer}/entries/{}", escaped(from));
                if from.trim().is_empty() {
                    self.add(
                        entry,
                        "empty",
                        "An empty text cannot be listed. For empty cells give a default.",
                    );
                } else if let Some(problem) = wrong_value(*field, to) {
                    self.add(entry, "value", problem);
                } else if seen.insert(key(from), to).is_some_and(|other| other != to) {
                    self.add(
                        entry,
                        "listed-twice",
                        format!("“{from}” is listed twice, with different meanings."),
                    );
                }
            }
        }
    }

    fn defaults(&mut self, profile: &ImportProfile) {
        for (field, value) in &profile.defaults {
            let pointer = format!("/defaults/{}", field.slug());
            if !takes_values(*field) {
                self.add(
                    pointer,
                    "no-default",
                    format!("The {} must come from each row.", field.label()),
                );
            } else if let Some(problem) = wrong_value(*field, value) {
                self.add(pointer, "value", problem);
            }
        }
    }
}

/// Fields whose text may be mapped and have a default.
const fn takes_values(field: Field) -> bool {
    !field.is_date() && !field.is_money() && !matches!(field, Field::Transaction | Field::Line)
}

fn wrong_value(field: Field, value: &str) -> Option<String> {
    if value.trim().is_empty() {
        return Some(format!("Say which {} is meant.", field.label()));
    }
    if value.chars().count() > MOST_CHARACTERS {
        return Some(format!("At most {MOST_CHARACTERS} characters."));
    }
    match field {
        Field::Kind if LineKind::from_slug(value).is_none() => {
            let known: Vec<&str> = LineKind::ALL.iter().map(|kind| kind.slug()).collect();
            Some(format!(
                "“{value}” is not a kind of spend line. Choose one of: {}.",
                known.join(", ")
            ))
        }
        Field::CapitalOrRevenue if CapitalOrRevenue::from_slug(value).is_none() => {
            Some(format!("“{value}” is neither capital nor revenue."))
        }
        _ => None,
    }
}

/// A name inside a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
