//! Suppliers, as what leaves the house names them.
//!
//! No ledger says which of its suppliers are people. So a name leaves only where it is plainly that of an organisation:
//! one that we have on record, or one whose name says so. Everybody else is a number, the same wherever they are paid,
//! so that lines can still be followed; what the ledger says of such a line is kept back with the name, since that is
//! where people's names stand too.

use std::collections::{HashMap, HashSet};

/// Words that stand in the names of organisations and are nobody's surname.
const MARKS: [&str; 30] = [
    "association",
    "authority",
    "authorities",
    "board",
    "borough",
    "cic",
    "cio",
    "college",
    "commissioner",
    "committee",
    "company",
    "constabulary",
    "council",
    "department",
    "foundation",
    "gmbh",
    "hmrc",
    "hospital",
    "inc",
    "limited",
    "llp",
    "ltd",
    "ministry",
    "nhs",
    "partnership",
    "plc",
    "police",
    "society",
    "trust",
    "university",
];

/// Names what it is asked about, and remembers who was given which number.
#[derive(Debug, Default)]
pub(crate) struct Suppliers {
    known: HashSet<String>,
    numbers: HashMap<String, usize>,
}

impl Suppliers {
    /// With the names of the organisations that are on record.
    pub(crate) fn knowing(names: impl IntoIterator<Item = String>) -> Self {
        Self {
            known: names.into_iter().map(|name| plain(&name)).collect(),
            numbers: HashMap::new(),
        }
    }

    /// What stands for a supplier whose name stays here; none for one that may be named.
    pub(crate) fn instead_of(&mut self, supplier: &str) -> Option<String> {
        let plain = plain(supplier);
        if self.known.contains(&plain) || is_organisation(&plain) {
            return None;
        }
        let next = self.numbers.len().saturating_add(1);
        let number = self.numbers.entry(plain).or_insert(next);
        Some(format!("Supplier {number}, not named here"))
    }

    /// How many were not named.
    pub(crate) fn kept_back(&self) -> usize {
        self.numbers.len()
    }
}

/// In small letters, without what ledgers add and leave out.
fn plain(name: &str) -> String {
    let words: Vec<String> = name
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}

/// Whether a plain name says that it is an organisation's. One word alone never does: "Board" may be anybody.
fn is_organisation(plain: &str) -> bool {
    let words: Vec<&str> = plain.split(' ').collect();
    words.len() > 1 && words.iter().any(|word| MARKS.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisations_are_named_and_everybody_else_is_a_number_that_stays() {
        let mut suppliers =
            Suppliers::knowing(["Acorn".to_owned(), "The Harbour (CIO)".to_owned()]);
        for name in [
            "Acorn",
            "ACORN ",
            "the harbour cio",
            "Northgate Training Ltd",
            "Northgate Training Ltd.",
            "County Council",
            "NHS Foundation Trust",
        ] {
            assert_eq!(suppliers.instead_of(name), None, "{name}");
        }
        let number = |n: usize| Some(format!("Supplier {n}, not named here"));
        assert_eq!(suppliers.instead_of("J Smith"), number(1));
        assert_eq!(suppliers.instead_of("Mary Church, counsellor"), number(2));
        assert_eq!(suppliers.instead_of("j. smith"), number(1));
        assert_eq!(suppliers.instead_of("Trust"), number(3));
        assert_eq!(suppliers.instead_of("Limitedson"), number(4));
        assert_eq!(suppliers.instead_of(""), number(5));
        assert_eq!(suppliers.kept_back(), 5);
    }
}
