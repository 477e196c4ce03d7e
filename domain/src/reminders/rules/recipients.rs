//! Who is told: whoever the return waits for now.

use entity::{Board, PersonId, ReturnState, Role};
use serde::Serialize;

use crate::decisions::rules::role_on;

/// What somebody does for a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Completes it and sends it round.
    Preparer,
    /// Agrees to it, as a board.
    Board(Board),
    /// Certifies it.
    Certifier,
    /// Sends it and records that it was sent.
    Sender,
    /// Does what is due for an application.
    Doer,
    /// Is told when it is long overdue.
    Lead,
}

/// Who holds each part of one return: as its requirement and its award name them. A board is not
/// named here: its members are those who hold its role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Prepares it.
    pub preparer: Option<PersonId>,
    /// Certifies it.
    pub certifier: Option<PersonId>,
    /// Sends it.
    pub sender: Option<PersonId>,
    /// Does what is due for an application.
    pub doer: Option<PersonId>,
    /// Leads on the award, or on the application.
    pub lead: Option<PersonId>,
}

/// Somebody with at least one membership that holds today and lets them see this return.
/// Whoever may not see it must not be in the list: they would be told that it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivePerson {
    /// Who.
    pub id: PersonId,
    /// Their roles that hold today.
    pub roles: Vec<Role>,
}

/// Why somebody stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fallback {
    /// Nobody active is named for the part; told as one who holds the role that does it.
    Role(Role),
    /// Nor does anybody active hold the role; told as administrator.
    Administrator,
    /// The lead is already told in another part, so it climbs to an administrator.
    AboveTheLead,
}

/// Somebody to tell, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// Who.
    pub person: PersonId,
    /// The part that it waits for.
    pub part: Part,
    /// Set if they do not hold that part themselves. Today shows its words.
    pub fallback: Option<Fallback>,
}

/// Whom to tell, and what nobody can be told of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Each person once.
    pub people: Vec<Recipient>,
    /// Parts for which there is nobody at all, not even an administrator. Today and Operations
    /// show them.
    pub nobody_for: Vec<Part>,
}

/// Whether the duty is done with, so that nobody is chased. Certified is not: only the record of
/// sending closes the deadline.
#[must_use]
pub fn is_settled(state: ReturnState) -> bool {
    match state {
        ReturnState::Submitted | ReturnState::Accepted | ReturnState::NotRequired => true,
        ReturnState::Scheduled
        | ReturnState::Drafted
        | ReturnState::InReview
        | ReturnState::ChangesRequested
        | ReturnState::AwaitingApproval
        | ReturnState::AwaitingCertification
        | ReturnState::Certified => false,
    }
}

/// The parts that a return waits for. `boards_to_agree` are those that its award names and that
/// have not yet agreed to its present revision. One that is `overtaken` cannot be agreed or signed as it
/// is, for newer facts would make its figures others: whoever prepares it takes it back.
#[must_use]
pub fn waits_for(state: ReturnState, boards_to_agree: &[Board], overtaken: bool) -> Vec<Part> {
    match state {
        ReturnState::AwaitingApproval | ReturnState::AwaitingCertification if overtaken => {
            vec![Part::Preparer]
        }
        ReturnState::Submitted | ReturnState::Accepted | ReturnState::NotRequired => vec![],
        ReturnState::AwaitingApproval if !boards_to_agree.is_empty() => {
            let mut parts: Vec<Part> = Vec::new();
            for part in boards_to_agree.iter().copied().map(Part::Board) {
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
            parts
        }
        // Both boards have agreed and nobody has moved it on: that is for the preparer.
        ReturnState::AwaitingApproval
        | ReturnState::Scheduled
        | ReturnState::Drafted
        | ReturnState::InReview
        | ReturnState::ChangesRequested => vec![Part::Preparer],
        ReturnState::AwaitingCertification => vec![Part::Certifier],
        ReturnState::Certified => vec![Part::Sender],
    }
}

/// Whom to tell of something that waits for these parts, in order and each once.
///
/// Whoever holds the part; if nobody active does, those who hold the role that does such work; if
/// there is none, the administrators. When it is long overdue, the lead also; and if the lead is
/// one of those who have not answered, the administrators, so that it does climb.
#[must_use]
pub fn told_of(
    waiting: Vec<Part>,
    parts: &Parts,
    active: &[ActivePerson],
    long_overdue: bool,
) -> Told {
    let mut told = Told::default();
    let settled = waiting.is_empty();
    for part in waiting {
        told.add(part, holders(part, parts, active));
    }
    if long_overdue && !settled {
        let lead = named(parts.lead, active);
        let already_told = lead
            .first()
            .is_some_and(|id| told.people.iter().any(|r| r.person == *id));
        let above = if already_told {
            (
                holding(Role::Administrator, active),
                Some(Fallback::AboveTheLead),
            )
        } else {
            or_administrators(lead, active)
        };
        told.add(Part::Lead, above);
    }
    told
}

/// Everybody as they count for the office that signs next: whoever signs in another office is no
/// certifier for this one.
#[must_use]
pub fn but_for_other_offices(active: &[ActivePerson], not_these: &[PersonId]) -> Vec<ActivePerson> {
    active
        .iter()
        .map(|person| ActivePerson {
            id: person.id,
            roles: person
                .roles
                .iter()
                .copied()
                .filter(|role| *role != Role::Certifier || !not_these.contains(&person.id))
                .collect(),
        })
        .collect()
}

/// Whoever is named to sign, while they may: somebody who certifies no longer is not asked, and
/// those who do are.
#[must_use]
pub fn while_they_certify(person: Option<PersonId>, active: &[ActivePerson]) -> Option<PersonId> {
    person.filter(|id| {
        active
            .iter()
            .any(|one| one.id == *id && one.roles.contains(&Role::Certifier))
    })
}

impl Told {
    fn add(&mut self, part: Part, (people, fallback): (Vec<PersonId>, Option<Fallback>)) {
        if people.is_empty() {
            // A lead who has been told already, with no administrator above, has been told.
            if fallback != Some(Fallback::AboveTheLead) {
                self.nobody_for.push(part);
            }
        }
        for person in people {
            match self.people.iter_mut().find(|r| r.person == person) {
                // Holding a part is a better reason than standing in for one.
                Some(known) if known.fallback.is_some() && fallback.is_none() => {
                    known.part = part;
                    known.fallback = None;
                }
                Some(_) => {}
                None => self.people.push(Recipient {
                    person,
                    part,
                    fallback,
                }),
            }
        }
    }
}

fn holders(
    part: Part,
    parts: &Parts,
    active: &[ActivePerson],
) -> (Vec<PersonId>, Option<Fallback>) {
    let (who, role) = match part {
        Part::Preparer => (named(parts.preparer, active), Some(Role::GrantsOfficer)),
        Part::Certifier => (named(parts.certifier, active), Some(Role::Certifier)),
        Part::Sender => (named(parts.sender, active), Some(Role::GrantsOfficer)),
        Part::Doer => (named(parts.doer, active), Some(Role::GrantsOfficer)),
        Part::Lead => (named(parts.lead, active), None),
        // A board is its members; nobody else stands in for one.
        Part::Board(board) => (holding(role_on(board), active), None),
    };
    if who.is_empty()
        && let Some(role) = role
    {
        let in_role = holding(role, active);
        if !in_role.is_empty() {
            return (in_role, Some(Fallback::Role(role)));
        }
    }
    or_administrators(who, active)
}

fn or_administrators(
    who: Vec<PersonId>,
    active: &[ActivePerson],
) -> (Vec<PersonId>, Option<Fallback>) {
    if who.is_empty() {
        (
            holding(Role::Administrator, active),
            Some(Fallback::Administrator),
        )
    } else {
        (who, None)
    }
}

fn named(person: Option<PersonId>, active: &[ActivePerson]) -> Vec<PersonId> {
    person
        .filter(|id| active.iter().any(|a| a.id == *id))
        .into_iter()
        .collect()
}

fn holding(role: Role, active: &[ActivePerson]) -> Vec<PersonId> {
    active
        .iter()
        .filter(|a| a.roles.contains(&role))
        .map(|a| a.id)
        .collect()
}

/// A part in words: "the preparer", "the Trustee Board".
#[must_use]
pub fn part_in_words(part: Part) -> &'static str {
    match part {
        Part::Preparer => "the preparer",
        Part::Board(Board::Trustees) => "the Trustee Board",
        Part::Board(Board::Committee) => "the Recovery Advisory Committee",
        Part::Certifier => "the certifier",
        Part::Sender => "the sender",
        Part::Doer => "whoever does it",
        Part::Lead => "the lead",
    }
}

impl Recipient {
    /// For Today and the record: why somebody stands in. `None` if they hold the part themselves.
    #[must_use]
    pub fn fallback_in_words(&self) -> Option<String> {
        let what = match self.part {
            Part::Preparer => "is named to prepare this return",
            Part::Board(Board::Trustees) => "can be told for the Trustee Board",
            Part::Board(Board::Committee) => "can be told for the Recovery Advisory Committee",
            Part::Certifier => "is named to certify this return",
            Part::Sender => "is named to send this return",
            Part::Doer => "is named to do this",
            Part::Lead => "is named to lead on it",
        };
        Some(match self.fallback? {
            Fallback::Role(role) => format!(
                "Nobody active {what}, so everyone with the role of {} is told.",
                role_in_words(role)
            ),
            Fallback::Administrator => {
                format!("Nobody active {what}, so the administrators are told.")
            }
            Fallback::AboveTheLead => {
                "It has been overdue for long, so its lead and the administrators are reminded too."
                    .to_owned()
            }
        })
    }
}

fn role_in_words(role: Role) -> &'static str {
    match role {
        Role::GrantsOfficer => "grants officer",
        Role::FinanceOfficer => "finance officer",
        Role::Certifier => "certifier",
        Role::Trustee => "trustee",
        Role::CommitteeMember => "committee member",
        Role::FundersOfficer => "funder’s officer",
        Role::Auditor => "auditor",
        Role::Administrator => "administrator",
    }
}

#[cfg(test)]
#[path = "recipients_tests.rs"]
mod tests;
