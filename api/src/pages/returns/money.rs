//! The money of a return on one screen: the same sums for boards and certifiers, each in their words.

use domain::returns::view::CertifyPage;

use crate::pages::awards::Sum;

/// What the sums are called for a reader.
pub struct Words {
    pub claimed: &'static str,
    /// Where the form asks for no total: a form about a part of an award claims less than this.
    pub of_the_award: &'static str,
    pub to_date: &'static str,
    pub award: &'static str,
    pub left: &'static str,
}

pub const CERTIFIER: Words = Words {
    claimed: "Claimed for",
    of_the_award: "Attributed to the whole award in",
    to_date: "Attributed to date",
    award: "Award",
    left: "Left to attribute",
};

pub const BOARD: Words = Words {
    claimed: "Spent in",
    of_the_award: "Spent from the whole grant in",
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
    let (called, amount) = claim
        .claimed
        .map_or((words.of_the_award, claim.ledger), |claimed| {
            (words.claimed, claimed)
        });
    let from = claim.claimed_key.as_ref().map_or_else(String::new, |key| {
        format!("/returns/{}/figures/{key}", found.id)
    });
    vec![
        sum(format!("{called} {}", claim.period), amount, &from),
        sum(words.to_date.to_owned(), claim.to_date, spend_href),
        sum(words.award.to_owned(), claim.award, ""),
        sum(words.left.to_owned(), claim.left, ""),
    ]
}
