//! Whom something that is due waits for: by name, and by what they do for it. A list is narrowed by either.

use entity::{Board, PersonId};

use super::view::DeadlineView;
use crate::reminders::rules::Part;

/// Somebody whom something waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whom {
    /// What a list is narrowed by: a person's id, or a word for what they do.
    pub key: String,
    /// A person's chosen name, or what they do in words.
    pub name: String,
    /// Whether it is a person, and not whoever does such work.
    pub is_person: bool,
}

impl Whom {
    /// Somebody by name.
    pub(crate) fn person(id: PersonId, name: &str) -> Self {
        Self {
            key: id.to_string(),
            name: name.to_owned(),
            is_person: true,
        }
    }

    fn doing(key: &str, name: &str) -> Self {
        Self {
            key: key.to_owned(),
            name: name.to_owned(),
            is_person: false,
        }
    }

    /// Whoever has a part in a return, named or not.
    pub(crate) fn part(part: Part) -> Self {
        let (key, name) = match part {
            Part::Preparer => ("preparer", "Whoever prepares it"),
            Part::Board(Board::Trustees) => ("trustees", "The Trustee Board"),
            Part::Board(Board::Committee) => ("committee", "The Recovery Advisory Committee"),
            Part::Certifier => ("certifier", "Whoever certifies it"),
            Part::Sender => ("sender", "Whoever sends it"),
            Part::Doer => ("doer", "Whoever does it"),
            Part::Lead => ("lead", "Its lead"),
        };
        Self::doing(key, name)
    }

    /// Nobody yet, as the period of a return goes on.
    pub(crate) fn period() -> Self {
        Self::doing("period", "Its period to end")
    }

    /// Whom something waits for that is no return.
    #[must_use]
    pub fn of(due: &DeadlineView) -> Vec<Self> {
        if let (Some(id), Some(name)) = (due.who_id, &due.who) {
            return vec![Self::person(id, name)];
        }
        if due.paper_id.is_some() {
            return [Board::Trustees, Board::Committee]
                .map(|board| Self::part(Part::Board(board)))
                .into();
        }
        vec![if due.commitment_id.is_some() {
            Self::doing("grants-officer", "A grants officer")
        } else {
            Self::doing("nobody", "Nobody is named")
        }]
    }
}
