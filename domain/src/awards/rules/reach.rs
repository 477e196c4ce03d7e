//! The places and the groups of people that an award pays for. They are names, as spend has them: two are the same however
//! they are capitalised.

use crate::FieldError;

/// Most names of one kind.
const MOST: usize = 200;
/// A name is no longer than one of spend may be.
const LONGEST: usize = 200;

/// A name as it is compared.
#[must_use]
pub fn compared(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Names in order, each once.
#[must_use]
pub fn tidy(names: &[String]) -> Vec<String> {
    let mut tidy: Vec<String> = names
        .iter()
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    tidy.sort_by_cached_key(|name| compared(name));
    tidy.dedup_by_key(|name| compared(name));
    tidy
}

/// Names as they are kept: one on each line.
#[must_use]
pub fn kept(names: &[String]) -> String {
    tidy(names).join("\n")
}

/// Names from what is kept.
#[must_use]
pub fn named(kept: &str) -> Vec<String> {
    kept.lines().map(ToOwned::to_owned).collect()
}

/// What is wrong with names.
#[must_use]
pub fn check(names: &[String], pointer: &str) -> Option<FieldError> {
    if names.len() > MOST {
        return Some(FieldError::new(
            pointer,
            "too-many",
            "Name at most 200; an award that pays for more need not name them.",
        ));
    }
    let strange = |name: &&String| {
        name.trim().is_empty()
            || name.trim().chars().count() > LONGEST
            || name.chars().any(char::is_control)
    };
    names.iter().find(strange).map(|name| {
        let said: String = name.chars().take(30).filter(|c| !c.is_control()).collect();
        FieldError::new(
            pointer,
            "not-a-name",
            format!(
                "“{said}” is no name: each is one line of 1 to 200 characters, as the ledger has it."
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_are_told_apart_however_they_are_capitalised() {
        let names = ["Southgate ", "northgate", "NORTHGATE"].map(str::to_owned);
        assert_eq!(kept(&names), "northgate\nSouthgate");
        assert_eq!(named(&kept(&names)), ["northgate", "Southgate"]);
        assert_eq!(named(""), Vec::<String>::new());
        assert_eq!(check(&names, "/places"), None);
        for wrong in ["", " ", "a\nb"] {
            let found = check(&[wrong.to_owned()], "/places").unwrap();
            assert_eq!(
                (found.pointer.as_str(), found.code.as_str()),
                ("/places", "not-a-name")
            );
        }
        assert_eq!(
            check(&vec!["a".to_owned(); 201], "/g").unwrap().code,
            "too-many"
        );
    }
}
