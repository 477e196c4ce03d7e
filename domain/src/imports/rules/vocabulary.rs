//! The pools and cost categories that there are: what a row may name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::columns::{key, shortened};
use super::parse::RowParser;
use super::profile::Field;
use super::row::{Fault, FaultCode, LineDraft};

/// The names and slugs of the pools and cost categories, each with its slug.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vocabulary {
    pools: BTreeMap<String, String>,
    categories: BTreeMap<String, String>,
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
        }
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
        for (field, known, value) in [
            (Field::Pool, &self.pools, &mut draft.pool),
            (Field::Category, &self.categories, &mut draft.category),
        ] {
            let what = field.label();
            let (code, message, raw) = match value.as_deref() {
                None => (
                    FaultCode::Missing,
                    format!(
                        "This row names no {what}, and the profile has no usual one. Type a \
                         {what}, or state the usual one in the profile and load the file again."
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
                             this word to the profile's list and load the file again.",
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
