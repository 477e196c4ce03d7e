//! Who had a hand in a return: they neither certify it nor speak for a board about it.

use std::collections::BTreeSet;

/// A way in which somebody had a hand in what a return says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hand {
    /// Typed an answer.
    Typed,
    /// Took a typed answer back.
    TookBack,
    /// Silenced a finding.
    Silenced,
    /// Sent it round, offered it, or took newer facts in.
    Offered,
    /// Had its workbook filled.
    Built,
    /// Entered a forecast that it rests on, or took one back.
    Forecast,
    /// Recorded match funding that it rests on, or took some back.
    Match,
    /// Recorded money received or paid back that it rests on.
    Received,
    /// Brought, settled or accepted a file whose spend it reports.
    Import,
    /// Pinned spend that it reports to its award, or took such a pin off.
    Pinned,
    /// Applied a run that moved spend that it reports.
    Attributed,
    /// Stated what the return must say, and who agrees to it.
    Requirement,
}

impl Hand {
    /// Every way.
    pub const ALL: [Self; 12] = [
        Self::Typed,
        Self::TookBack,
        Self::Silenced,
        Self::Offered,
        Self::Built,
        Self::Forecast,
        Self::Match,
        Self::Received,
        Self::Import,
        Self::Pinned,
        Self::Attributed,
        Self::Requirement,
    ];

    /// One plain sentence to whoever did it.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Typed => "You typed an answer in this return.",
            Self::TookBack => "You took back an answer of this return.",
            Self::Silenced => "You said why something that was found in this return may stand.",
            Self::Offered => "You sent this return round or on, or brought its figures up to date.",
            Self::Built => "You had this return’s workbook filled.",
            Self::Forecast => "You entered or took back a forecast that this return rests on.",
            Self::Match => "You entered or took back match funding that this return rests on.",
            Self::Received => "You recorded money received or paid back that this return rests on.",
            Self::Import => {
                "You brought, settled or accepted a file of spend that this return reports."
            }
            Self::Pinned => {
                "You pinned spend that this return reports to its award, or took such a pin off."
            }
            Self::Attributed => "You applied a run that moved spend that this return reports.",
            Self::Requirement => "You stated what this return must say and who signs it.",
        }
    }
}

/// Why somebody with these hands in a return may not judge it: what they did, then `instead`. None
/// for somebody who had no part in it.
#[must_use]
pub fn why_not(hands: &BTreeSet<Hand>, instead: &str) -> Option<String> {
    if hands.is_empty() {
        return None;
    }
    let mut words: Vec<&str> = hands.iter().map(|hand| hand.in_words()).collect();
    words.push(instead);
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_hand_is_said_once_in_a_sentence_and_what_happens_instead() {
        assert_eq!(
            why_not(&BTreeSet::new(), "Another officer certifies it."),
            None
        );
        let all = BTreeSet::from(Hand::ALL);
        assert_eq!(all.len(), Hand::ALL.len());
        let said = why_not(&all, "Another officer certifies it.").unwrap();
        for hand in Hand::ALL {
            assert!(hand.in_words().starts_with("You ") && hand.in_words().ends_with('.'));
            assert_eq!(said.matches(hand.in_words()).count(), 1, "{hand:?}");
        }
        assert!(said.ends_with("Another officer certifies it."));
    }
}
