//! What is found by which words.
#![allow(clippy::expect_used)]

use super::rules::{Fit, Words};
use crate::text::anywhere;

#[test]
fn every_word_has_to_be_found_somewhere() {
    let words = Words::of("  Rough   BEDS rough ");
    assert_eq!(words.each(), ["rough", "beds"]);
    assert_eq!(
        words.fit("Rough sleeping grant", &["winter beds"]),
        Some(Fit::Text)
    );
    assert_eq!(words.fit("Rough sleeping grant", &["winter"]), None);
    assert_eq!(Words::of(" ").fit("anything", &[]), None);
}

#[test]
fn what_is_called_so_comes_before_what_mentions_it() {
    let words = Words::of("peer support");
    let mut found = [
        words.fit("A fund for support by a peer", &[]),
        words.fit("Peer Support", &[]),
        words.fit("Meals", &["peer support on Sundays"]),
        words.fit("Peer support fund", &[]),
    ]
    .map(|fit| fit.expect("all fit"));
    found.sort();
    assert_eq!(found, [Fit::Exact, Fit::Begins, Fit::Title, Fit::Text]);
    // a reference that is typed whole is the one that is meant
    assert_eq!(
        Words::of("smrrs/0417").fit("Recovery grant", &["SMRRS/0417"]),
        Some(Fit::Exact)
    );
}

#[test]
fn signs_of_like_mean_themselves() {
    assert_eq!(anywhere("50%_a\\b"), "%50\\%\\_a\\\\b%");
}
