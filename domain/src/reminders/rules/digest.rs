//! The words of a morning's mail. Text and HTML are made of these sentences elsewhere.
//!
//! The subject counts and dates, and nothing else: no name of a person, an award, a board or a
//! funder, because a subject is read over a shoulder. Nor does any sentence say that the reader
//! belongs to a board: that may be health data, and mail is kept by others.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{Board, DeadlineKind, Nation, ReturnState};
use serde::Serialize;

use super::ladder::working_days_overdue;
use super::recipients::{Part, Recipient, part_in_words, waits_for};
use crate::calendar::rules::{due_in_words, london_date, when_in_words};

/// One deadline that a person is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestEntry {
    /// What people call it: "Drug and alcohol grant, quarterly return".
    pub name: String,
    /// A return's period: "Quarter 2, July to September 2026"; otherwise empty.
    pub period: String,
    /// The award's title, or the programme's name.
    pub award: String,
    /// Whose working days count.
    pub nation: Nation,
    /// London date on which it is due.
    pub due_on: NaiveDate,
    /// The instant after which it is late.
    pub due_at: DateTime<Utc>,
    /// What it is about.
    pub matter: DigestMatter,
    /// Why this person is told.
    pub recipient: Recipient,
    /// The page to open, as a path of ours.
    pub path: String,
}

/// What a deadline is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DigestMatter {
    /// A return.
    Return {
        /// Where it stands.
        state: ReturnState,
        /// The boards that have not yet agreed to its present revision.
        boards_to_agree: Vec<Board>,
        /// The office that signs next.
        office: Option<String>,
        /// Newer facts keep it from being agreed or signed as it is.
        overtaken: bool,
    },
    /// Something that is due for an application.
    Application(DeadlineKind),
    /// An agreement whose provider must be told whether it goes on.
    Notice,
    /// A condition of an award that must be met.
    Condition,
    /// A paper that the boards decide on.
    Paper {
        /// A board wants it changed.
        to_be_changed: bool,
    },
}

/// One mail to one person for one morning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Digest {
    /// Counts and dates only.
    pub subject: String,
    /// "Hello Sam,"
    pub greeting: String,
    /// What the mail is about.
    pub opening: String,
    /// The most pressing first.
    pub items: Vec<DigestItem>,
    /// Why it came and how it stops.
    pub closing: String,
}

/// One deadline in a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DigestItem {
    /// The return and its period.
    pub title: String,
    /// The award.
    pub award: String,
    /// "Due in 14 days, on Friday 30 October 2026, 5pm."
    pub due: String,
    /// It is late.
    pub overdue: bool,
    /// What it waits for, and what to do.
    pub ask: String,
    /// Why this reader, if somebody else should have been asked.
    pub why_you: Option<String>,
    /// The page to open.
    pub path: String,
}

/// The morning's mail; `None` if there is nothing to say.
#[must_use]
pub fn digest(display_name: &str, now: DateTime<Utc>, entries: &[DigestEntry]) -> Option<Digest> {
    let mut entries: Vec<&DigestEntry> = entries.iter().collect();
    entries.sort_by(|a, b| (a.due_at, &a.name, &a.path).cmp(&(b.due_at, &b.name, &b.path)));
    let first = entries.first()?;
    let late = entries.iter().filter(|e| now > e.due_at).count();
    let all = entries.len();
    // A return is what most mornings are about; what else is due is counted with it as a thing.
    let returns = entries
        .iter()
        .all(|e| matches!(e.matter, DigestMatter::Return { .. }));
    let (one, many) = if returns {
        ("return", "returns")
    } else {
        ("thing", "things")
    };
    let subject = match (late, all) {
        (0, 1) => format!("1 {one} is due on {}", due_in_words(first.due_at)),
        (0, _) => format!(
            "{all} {many} are due, the first on {}",
            due_in_words(first.due_at)
        ),
        (1, 1) => format!("1 {one} is overdue"),
        _ if late == all => format!("{all} {many} are overdue"),
        (1, _) => format!("1 of {all} {many} is overdue"),
        _ => format!("{late} of {all} {many} are overdue"),
    };
    let opening = match all {
        1 => format!("This {one} needs something done."),
        _ => format!("These {all} {many} need something done, the most pressing first."),
    };
    let closing = if returns {
        "You will not be reminded of a return once the record says that it was sent, or when it no \
         longer waits for you."
    } else {
        "You will not be reminded of anything once the record says that it is done, or when it no \
         longer waits for you."
    };
    Some(Digest {
        subject,
        greeting: greeting(display_name),
        opening,
        items: entries.iter().map(|e| e.item(now)).collect(),
        closing: closing.to_owned(),
    })
}

fn greeting(display_name: &str) -> String {
    let name = one_line(display_name);
    if name.is_empty() {
        "Hello,".to_owned()
    } else {
        format!("Hello {name},")
    }
}

/// Typed text on one line: a line break in a name must not begin a line of the mail.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

impl DigestEntry {
    fn item(&self, now: DateTime<Utc>) -> DigestItem {
        DigestItem {
            title: match one_line(&self.period) {
                period if period.is_empty() => one_line(&self.name),
                period => format!("{}, {period}", one_line(&self.name)),
            },
            award: one_line(&self.award),
            due: self.due_sentence(now),
            overdue: now > self.due_at,
            ask: self.ask(),
            why_you: self.recipient.fallback_in_words(),
            path: self.path.clone(),
        }
    }

    fn due_sentence(&self, now: DateTime<Utc>) -> String {
        let today = london_date(now);
        let moment = due_in_words(self.due_at);
        if now <= self.due_at {
            return if today == self.due_on {
                format!("Due today, {moment}.")
            } else {
                format!("Due {}, on {moment}.", when_in_words(today, self.due_on))
            };
        }
        match working_days_overdue(self.due_on, self.nation, today) {
            0 => format!("Overdue since {moment}."),
            1 => format!("Overdue by 1 working day, since {moment}."),
            days => format!("Overdue by {days} working days, since {moment}."),
        }
    }

    fn ask(&self) -> String {
        let (state, overtaken) = match &self.matter {
            DigestMatter::Return {
                state, overtaken, ..
            } => (*state, *overtaken),
            DigestMatter::Application(kind) => return self.ask_for_application(*kind),
            DigestMatter::Notice => {
                return match self.recipient.part {
                    Part::Lead => "It is still not done. Please step in.",
                    _ => {
                        "Tell the provider whether it goes on, and record that they were told. \
                         After that date it may be too late to end it, or to keep it."
                    }
                }
                .to_owned();
            }
            DigestMatter::Condition => {
                return match self.recipient.part {
                    Part::Lead => "It is still not met. Please step in.",
                    _ => {
                        "It is a condition of the award. Meet it, and record what shows it; or record \
                         that the funder does without it."
                    }
                }
                .to_owned();
            }
            DigestMatter::Paper { to_be_changed } => return self.ask_for_paper(*to_be_changed),
        };
        match (self.recipient.part, state) {
            (Part::Lead, _) => format!("It still waits for {}. Please step in.", self.waiting()),
            (Part::Board(_), _) => format!(
                "It waits for {} to agree. Read it, and have the decision recorded with its date \
                 and minute.",
                self.waiting()
            ),
            (Part::Certifier, _) => format!(
                "It waits to be certified{}. Read the one page that says what was checked, then \
                 certify it or send it back with a reason.",
                self.office()
                    .map_or_else(String::new, |office| format!(" by the {office}"))
            ),
            (Part::Doer, _) => "Do it, and say that it is done.".to_owned(),
            (Part::Sender, _) => {
                "It is certified and not yet sent. Send it to the funder, and record when, how and \
                 to whom."
                    .to_owned()
            }
            (
                Part::Preparer,
                ReturnState::AwaitingApproval | ReturnState::AwaitingCertification,
            ) if overtaken => {
                "Newer facts have arrived since it was sent on, and its figures would be others: \
                 nobody can sign it as it is. Take it back, bring the figures up to date, and send \
                 it on again."
                    .to_owned()
            }
            (Part::Preparer, ReturnState::Scheduled) => {
                "Its period has not ended. It will be drafted on the day after it ends.".to_owned()
            }
            (Part::Preparer, ReturnState::InReview) => {
                "It is with its readers. See what they say, then send it on.".to_owned()
            }
            (Part::Preparer, ReturnState::ChangesRequested) => {
                "A reader asks for changes. Make them, then send it round again.".to_owned()
            }
            (Part::Preparer, ReturnState::AwaitingApproval) => {
                "Everyone asked has agreed. Send it for certification.".to_owned()
            }
            (Part::Preparer, _) => {
                "It is drafted. Complete what is missing, then send it round.".to_owned()
            }
        }
    }

    fn ask_for_paper(&self, to_be_changed: bool) -> String {
        match (self.recipient.part, to_be_changed) {
            (Part::Lead, _) => "It is still not decided. Please step in.",
            (_, true) => {
                "Something should change before it is decided. Change the paper, or take it back."
            }
            (_, false) => {
                "Read it on one screen, and say what you think. Once enough have, record what was \
                 decided."
            }
        }
        .to_owned()
    }

    fn ask_for_application(&self, kind: DeadlineKind) -> String {
        if self.recipient.part == Part::Lead {
            return "It is still not done. Please step in.".to_owned();
        }
        match kind {
            DeadlineKind::Stage => {
                "Do it, and record that it was sent or done; or record its new date. Where the \
                 funder is late, ask, and record what they say."
            }
            DeadlineKind::ProgrammeCloses => {
                "Send the application before the programme closes, and record that it was sent; or \
                 withdraw it."
            }
            DeadlineKind::Task => "Do it, and say that it is done.",
            DeadlineKind::Acceptance => {
                "Accept the offer before its date, or turn it down: after that it lapses."
            }
            DeadlineKind::Return
            | DeadlineKind::Decision
            | DeadlineKind::Notice
            | DeadlineKind::Condition => "Complete it, and send it.",
        }
        .to_owned()
    }

    /// "the Trustee Board and the Recovery Advisory Committee".
    fn waiting(&self) -> String {
        let DigestMatter::Return {
            state,
            boards_to_agree,
            overtaken,
            ..
        } = &self.matter
        else {
            return part_in_words(Part::Doer).to_owned();
        };
        waits_for(*state, boards_to_agree, *overtaken)
            .into_iter()
            .map(|part| match (part, self.office()) {
                (Part::Certifier, Some(office)) => format!("the {office}"),
                _ => part_in_words(part).to_owned(),
            })
            .collect::<Vec<_>>()
            .join(" and ")
    }

    /// The office that signs next, on one line.
    fn office(&self) -> Option<String> {
        match &self.matter {
            DigestMatter::Return { office, .. } => office.as_deref().map(one_line),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
