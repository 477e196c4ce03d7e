//! How a line may be coded, from how lines like it were coded before, each with its why.

use std::collections::BTreeMap;

use super::map::{Codes, Coding, MapRow};

/// A line that was coded before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its codes.
    pub codes: Codes,
    /// Who was paid.
    pub supplier: Option<String>,
    /// How it was coded.
    pub coding: Coding,
    /// So many lines of this kind.
    pub lines: i64,
}

/// A way to code a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// How.
    pub coding: Coding,
    /// Why, as a sentence.
    pub why: String,
}

/// The most that are offered.
const OFFERED: usize = 4;

/// Ways to code a line of these codes and this supplier, the best first.
#[must_use]
pub fn suggest(
    codes: &Codes,
    supplier: Option<&str>,
    known: &[Known],
    map: &[MapRow],
) -> Vec<Suggestion> {
    let is = |one: &Option<String>, other: &Option<String>| {
        one.is_some()
            && one.as_deref().map(str::to_lowercase) == other.as_deref().map(str::to_lowercase)
    };
    let name = |code: &Option<String>| code.clone().unwrap_or_default();
    let paid = |known: &&Known| {
        supplier.is_some_and(|supplier| {
            known
                .supplier
                .as_deref()
                .is_some_and(|other| other.to_lowercase() == supplier.to_lowercase())
        })
    };
    let both = |known: &&Known| {
        is(&known.codes.cost_centre, &codes.cost_centre) && is(&known.codes.account, &codes.account)
    };
    let whom = supplier.unwrap_or_default();
    let mut found = Vec::new();
    let mut add = |suggestions: Vec<Suggestion>| {
        for suggestion in suggestions {
            let new = !found
                .iter()
                .any(|other: &Suggestion| other.coding == suggestion.coding);
            if new {
                found.push(suggestion);
            }
        }
    };
    add(commonest(
        known.iter().filter(paid).filter(both),
        &format!(
            "paid to {whom} under cost centre {} and account {}",
            name(&codes.cost_centre),
            name(&codes.account)
        ),
    ));
    add(commonest(
        known.iter().filter(both),
        &format!(
            "under cost centre {} and account {}",
            name(&codes.cost_centre),
            name(&codes.account)
        ),
    ));
    add(commonest(
        known.iter().filter(paid),
        &format!("paid to {whom}"),
    ));
    add(by_the_map(codes, map));
    add(commonest(
        known
            .iter()
            .filter(|known| is(&known.codes.cost_centre, &codes.cost_centre)),
        &format!("under cost centre {}", name(&codes.cost_centre)),
    ));
    found.truncate(OFFERED);
    found
}

/// How most of these lines were coded.
fn commonest<'a>(known: impl Iterator<Item = &'a Known>, which: &str) -> Vec<Suggestion> {
    let mut times: BTreeMap<&Coding, i64> = BTreeMap::new();
    for known in known {
        *times.entry(&known.coding).or_default() += known.lines;
    }
    let all: i64 = times.values().sum();
    let mut times: Vec<_> = times.into_iter().collect();
    times.sort_by_key(|(coding, lines)| (std::cmp::Reverse(*lines), *coding));
    times
        .into_iter()
        .take(2)
        .map(|(coding, lines)| Suggestion {
            coding: coding.clone(),
            why: match (lines, all) {
                (1, 1) => format!("The one line {which} was coded so."),
                (lines, all) if lines == all => format!("All {all} lines {which} were coded so."),
                _ => format!("{lines} of {all} lines {which} were coded so."),
            },
        })
        .collect()
}

/// The pool that the map gives to the cost centre, with the category that it gives to the account,
/// where it gives one only.
fn by_the_map(codes: &Codes, map: &[MapRow]) -> Vec<Suggestion> {
    let (Some(centre), Some(account)) = (&codes.cost_centre, &codes.account) else {
        return Vec::new();
    };
    let with = |mine: &str, code: &Option<String>| {
        code.as_deref()
            .is_some_and(|code| code.to_lowercase() == mine.to_lowercase())
    };
    let mut pools: Vec<_> = map
        .iter()
        .filter(|row| with(centre, &row.codes.cost_centre))
        .collect();
    let mut categories: Vec<_> = map
        .iter()
        .filter(|row| with(account, &row.codes.account))
        .collect();
    pools.dedup_by_key(|row| row.coding.pool);
    categories.dedup_by_key(|row| (row.coding.category, row.coding.capital));
    match (pools.as_slice(), categories.as_slice()) {
        ([pool], [category]) => vec![Suggestion {
            coding: Coding {
                pool: pool.coding.pool,
                category: category.coding.category,
                place: pool.coding.place.clone(),
                group: pool.coding.group.clone(),
                capital: category.coding.capital,
            },
            why: format!(
                "The coding map gives cost centre {centre} to this pool, and account {account} to \
                 this cost category."
            ),
        }],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use entity::{CostCategoryId, PoolId};

    use super::*;

    #[test]
    fn the_supplier_under_the_same_codes_goes_first_and_says_how_often() {
        let coding = || Coding {
            pool: PoolId::new(),
            category: CostCategoryId::new(),
            place: None,
            group: None,
            capital: false,
        };
        let (care, other) = (coding(), coding());
        let known = |supplier: &str, coding: &Coding, lines| Known {
            codes: Codes::new("A1", "500", ""),
            supplier: Some(supplier.to_owned()),
            coding: coding.clone(),
            lines,
        };
        let before = [
            known("Brook House", &care, 9),
            known("Brook House", &other, 1),
            known("Another", &other, 40),
        ];
        let codes = Codes::new("a1", "500", "P1");
        let offered = suggest(&codes, Some("brook house"), &before, &[]);
        assert_eq!(offered.len(), 2);
        let first = offered.first().map(|one| (&one.coding, one.why.as_str()));
        assert_eq!(
            first,
            Some((
                &care,
                "9 of 10 lines paid to brook house under cost centre a1 and account 500 were \
                 coded so."
            ))
        );
        assert!(suggest(&codes, None, &[], &[]).is_empty());
    }
}
