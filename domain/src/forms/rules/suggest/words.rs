//! What words say: phrases, the words that tell things apart, and the names they come near to.

use std::collections::BTreeSet;

use crate::forms::rules::sources::Named;

pub(super) fn words_of(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether one of these phrases stands in a text, as whole words.
pub(in crate::forms::rules) fn says(text: &str, phrases: &[&str]) -> bool {
    let spaced = format!(" {} ", words_of(text).join(" "));
    phrases
        .iter()
        .any(|phrase| spaced.contains(&format!(" {phrase} ")))
}

/// Words that say nothing about what is counted.
pub(super) const GENERAL: &[&str] = &[
    "a",
    "actual",
    "actuals",
    "all",
    "amount",
    "and",
    "any",
    "at",
    "award",
    "b",
    "by",
    "c",
    "capital",
    "cdel",
    "cost",
    "costs",
    "current",
    "d",
    "date",
    "e",
    "expenditure",
    "f",
    "for",
    "forecast",
    "from",
    "funded",
    "funding",
    "g",
    "grant",
    "h",
    "in",
    "inc",
    "including",
    "its",
    "line",
    "match",
    "of",
    "on",
    "other",
    "our",
    "per",
    "period",
    "profile",
    "quarter",
    "rdel",
    "revenue",
    "spend",
    "spending",
    "spent",
    "sum",
    "the",
    "this",
    "to",
    "total",
    "value",
    "with",
    "year",
    "your",
];

/// Words that a row of everything is called by.
pub(super) const WHOLE: &[&str] = &[
    "all",
    "and",
    "capital",
    "cost",
    "costs",
    "expenditure",
    "grant",
    "of",
    "revenue",
    "spend",
    "spent",
    "the",
    "total",
];

pub(super) fn telling(text: &str) -> BTreeSet<String> {
    words_of(text)
        .into_iter()
        .filter(|word| !GENERAL.contains(&word.as_str()) && !word.chars().all(|c| c.is_numeric()))
        .map(|word| {
            // "services" and "service" are one word here.
            word.strip_suffix('s')
                .filter(|stem| stem.len() > 3)
                .map_or_else(|| word.clone(), str::to_owned)
        })
        .collect()
}

/// The name of a list that a text speaks of, and whether it is the very same.
pub(super) fn named<'a>(list: &'a [Named], text: &str) -> Option<(&'a Named, bool)> {
    let wanted = telling(text);
    if wanted.is_empty() {
        return None;
    }
    list.iter()
        .filter_map(|named| {
            let has = telling(&named.name);
            let shared = wanted.intersection(&has).count();
            let all = wanted.union(&has).count();
            // Three in five words at least.
            (shared > 0 && shared.saturating_mul(5) >= all.saturating_mul(3)).then_some((
                named,
                shared == all,
                shared.saturating_mul(100).checked_div(all),
            ))
        })
        .max_by_key(|(_, _, score)| *score)
        .map(|(named, same, _)| (named, same))
}
