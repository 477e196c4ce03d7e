//! What a row may name, the pools and cost categories that there are, and until when it may be
//! dated.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::columns::{key, shortened};
use super::parse::RowParser;
use super::profile::Field;
use super::row::{Fault, FaultCode, LineDraft};

/// The names and slugs of the pools and cost categories, each with its slug, and the last days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vocabulary {
    pools: BTreeMap<String, String>,
    categories: BTreeMap<String, String>,
    /// The last day of the file's period.
    #[serde(default)]
    period_to: Option<NaiveDate>,
    /// The day on which it is read.
    #[serde(default)]
    today: Option<NaiveDate>,
}

impl Vocabulary {
    /// From (slug, name) of each pool and each cost category. A slug goes before a name.
    pub fn new(
        pools: impl IntoIterator<Item = (String, String)>,
        categories: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        fn words(of: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
            let of: Vec<(String, String)> = of.into_iter().collect();
            let mut words = BTreeMap::new();
            for (slug, name) in &of {
                words.insert(key(name), slug.clone());
            }
            for (slug, _) in of {
                words.insert(key(&slug), slug);
            }
            words
        }
        Self {
            pools: words(pools),
            categories: words(categories),
            period_to: None,
            today: None,
        }
    }

    /// The same for a file of a period, read on a day. A ledger's file often has lines of earlier
    /// months, but nothing can have been received after its period's end, nor tomorrow.
    #[must_use]
    pub fn until(self, period_to: NaiveDate, today: NaiveDate) -> Self {
        Self {
            period_to: Some(period_to),
            today: Some(today),
            ..self
        }
    }

    /// Why a date received is too late, if it is.
    fn too_late(&self, on: NaiveDate, days_after: u8) -> Option<String> {
        let words = crate::calendar::rules::date_without_weekday;
        if let Some(today) = self.today.filter(|today| on > *today) {
            return Some(format!(
                "{} is after today, {}: nothing was received yet. Type the date on which it was, \
                 or set the row aside and load it once it has been.",
                words(on),
                words(today)
            ));
        }
        let last = self
            .period_to?
            .checked_add_days(Days::new(u64::from(days_after)))?;
        (on > last).then(|| {
            format!(
                "{} is after the file’s period, which ends on {}. Type the right date, or set the \
                 row aside and load it with its own month. If the file covers more, give it up \
                 and load it with its whole period.",
                words(on),
                words(self.period_to.unwrap_or(last))
            )
        })
    }

    /// The slug of a pool by its slug or name.
    pub fn pool(&self, text: &str) -> Option<&str> {
        self.pools.get(&key(text)).map(String::as_str)
    }

    /// The slug of a cost category by its slug or name.
    pub fn category(&self, text: &str) -> Option<&str> {
        self.categories.get(&key(text)).map(String::as_str)
    }

    /// Puts the slugs in place of what the row says; what is missing or unknown is a fault that
    /// names its column and what to do.
    pub fn settle(&self, parser: &RowParser, row: u32, draft: &mut LineDraft) -> Vec<Fault> {
        let mut faults = Vec::new();
        if let Some(message) = self.too_late(draft.incurred_on, parser.days_after_period()) {
            let field = match parser.column_of(Field::IncurredOn) {
                Some(_) => Field::IncurredOn,
                None => Field::PostedOn,
            };
            faults.push(parser.fault(
                row,
                Some(field),
                parser.column_of(field),
                FaultCode::DateOutOfRange,
                message,
                &crate::calendar::rules::date_without_weekday(draft.incurred_on),
            ));
        }
        for (field, known, value) in [
            (Field::Pool, &self.pools, &mut draft.pool),
            (Field::Category, &self.categories, &mut draft.category),
        ] {
            let what = field.label();
            let (code, message, raw) = match value.as_deref() {
                // the coding map says it, or the line waits to be coded
                None if parser.has_codes() => continue,
                None => (
                    FaultCode::Missing,
                    format!(
                        "This row names no {what}, and the layout has no usual one. Type a \
                         {what}, or state the usual one in the layout and load the file again."
                    ),
                    String::new(),
                ),
                Some(text) => match known.get(&key(text)) {
                    Some(slug) => {
                        if slug != text {
                            *value = Some(slug.clone());
                        }
                        continue;
                    }
                    None => (
                        FaultCode::UnknownValue,
                        format!(
                            "There is no {what} called “{}”. Type one that there is{}, or add \
                             this word to the layout's list and load the file again.",
                            shortened(text, 60),
                            examples(known),
                        ),
                        text.to_owned(),
                    ),
                },
            };
            faults.push(parser.fault(
                row,
                Some(field),
                parser.column_of(field),
                code,
                message,
                &raw,
            ));
        }
        faults
    }
}

fn examples(known: &BTreeMap<String, String>) -> String {
    let mut slugs: Vec<&str> = known.values().map(String::as_str).collect();
    slugs.sort_unstable();
    slugs.dedup();
    match slugs.as_slice() {
        [] => String::new(),
        few if few.len() <= 6 => format!(" ({})", few.join(", ")),
        many => format!(" ({}, …)", many.get(..6).unwrap_or_default().join(", ")),
    }
}
