//! The life of a question: what was said is kept as events, the state is their fold. The same table
//! says what may be said next, and by which side.

use entity::QuestionEventKind as Kind;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Most characters of what is asked or answered.
pub const LONGEST: u64 = 2_000;
/// Most questions of one funder that wait for an answer.
pub const MOST_WAITING: usize = 200;
/// Most that is said to one question.
pub const MOST_EVENTS: usize = 200;

/// Of what sort of record a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionAbout {
    /// Of an award.
    Award,
    /// Of a return that was sent.
    Return,
    /// Of the position of a pool.
    Position,
}

impl QuestionAbout {
    /// Every one.
    pub const ALL: &[Self] = &[Self::Award, Self::Return, Self::Position];

    /// As addresses and tables say it.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Award => "award",
            Self::Return => "return",
            Self::Position => "position",
        }
    }

    /// What a slug means.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.slug() == slug)
    }
}

/// Where a question stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionState {
    /// It waits for our answer.
    Waiting,
    /// It was answered, and whoever asked has yet to say that it is settled.
    Answered,
    /// It is settled.
    Settled,
    /// It was taken back.
    Withdrawn,
}

impl QuestionState {
    /// Every one.
    pub const ALL: &[Self] = &[
        Self::Waiting,
        Self::Answered,
        Self::Settled,
        Self::Withdrawn,
    ];

    /// As the API and tables say it.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Answered => "answered",
            Self::Settled => "settled",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// What a slug means.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.slug() == slug)
    }

    /// Whether nothing is said to it any more.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Settled | Self::Withdrawn)
    }
}

/// Where a question stands after what was said to it. Nothing said yet: it waits.
#[must_use]
pub fn state(said: impl IntoIterator<Item = Kind>) -> QuestionState {
    said.into_iter()
        .last()
        .map_or(QuestionState::Waiting, |last| match last {
            Kind::Asked => QuestionState::Waiting,
            Kind::Answered => QuestionState::Answered,
            Kind::Settled => QuestionState::Settled,
            Kind::Withdrawn => QuestionState::Withdrawn,
        })
}

/// Whether this may be said after all that was said before, or why not.
pub fn check_next(said: &[Kind], next: Kind) -> Result<()> {
    let refuse = |rule, detail: &str| Err(Error::refused(rule, detail));
    let stands = state(said.iter().copied());
    if said.is_empty() {
        return match next {
            Kind::Asked => Ok(()),
            Kind::Answered | Kind::Settled | Kind::Withdrawn => {
                refuse("nothing-asked", "Nothing was asked yet.")
            }
        };
    }
    if stands == QuestionState::Settled {
        return refuse(
            "question-settled",
            "The question is settled. Whatever is still open is asked as a new one.",
        );
    }
    if stands == QuestionState::Withdrawn {
        return refuse("question-withdrawn", "The question was taken back.");
    }
    if said.len() >= MOST_EVENTS {
        return match next {
            Kind::Settled => Ok(()),
            Kind::Asked | Kind::Answered | Kind::Withdrawn => refuse(
                "too-much-said",
                "Enough was said to this question. Settle it, and ask what is still open as a new one.",
            ),
        };
    }
    match next {
        Kind::Withdrawn if said.contains(&Kind::Answered) => refuse(
            "question-answered",
            "It was answered, so it stays. Say that it is settled instead.",
        ),
        Kind::Asked | Kind::Answered | Kind::Settled | Kind::Withdrawn => Ok(()),
    }
}

/// What may be said next.
#[must_use]
pub fn next(said: &[Kind]) -> Vec<Kind> {
    [Kind::Asked, Kind::Answered, Kind::Settled, Kind::Withdrawn]
        .into_iter()
        .filter(|kind| check_next(said, *kind).is_ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_said_after_what() {
        let table = |said: &[Kind]| {
            let words: Vec<&str> = next(said).into_iter().map(Kind::slug).collect();
            (state(said.iter().copied()).slug(), words.join(" "))
        };
        let (asked, answered) = (Kind::Asked, Kind::Answered);
        assert_eq!(table(&[]), ("waiting", "asked".to_owned()));
        assert_eq!(
            table(&[asked]),
            ("waiting", "asked answered settled withdrawn".to_owned())
        );
        assert_eq!(
            table(&[asked, answered]),
            ("answered", "asked answered settled".to_owned())
        );
        // what was answered once is not taken back, although it waits again
        assert_eq!(
            table(&[asked, answered, asked]),
            ("waiting", "asked answered settled".to_owned())
        );
        for over in [Kind::Settled, Kind::Withdrawn] {
            assert_eq!(table(&[asked, over]).1, "");
        }
        // however much was said, it can be settled
        let much = vec![asked; MOST_EVENTS];
        assert_eq!(table(&much), ("waiting", "settled".to_owned()));
    }
}
