//! The money of a return on one screen: the same sums for boards and certifiers, each in their words.

use domain::returns::view::CertifyPage;

use crate::pages::awards::Sum;

/// What the sums are called for a reader.
pub struct Words {
    pub claimed: &'static str,
    pub to_date: &'static str,
    pub award: &'static str,
    pub left: &'static str,
}

pub const CERTIFIER: Words = Words {
    claimed: "Claimed for",
    to_date: "Attributed to date",
    award: "Award",
    left: "Left to attribute",
};

pub const BOARD: Words = Words {
    claimed: "Spent in",
    to_date: "Spent since it began",
    award: "The whole grant",
    left: "Left to use",
};

/// The few sums that matter: this period, to date, the award, what is left.
pub fn sums(found: &CertifyPage, spend_href: &str, words: &Words) -> Vec<Sum> {
    let claim = &found.claim;
    let sum = |label: String, amount: domain::Money, href: &str| Sum {
        label,
        amount: amount.in_full(),
        href: href.to_owned(),
        note: String::new(),
    };
    vec![
        sum(
            format!("{} {}", words.claimed, claim.period),
            claim.claimed.unwrap_or(claim.ledger),
            "",
        ),
        sum(words.to_date.to_owned(), claim.to_date, spend_href),
        sum(words.award.to_owned(), claim.award, ""),
        sum(words.left.to_owned(), claim.left, ""),
    ]
}
