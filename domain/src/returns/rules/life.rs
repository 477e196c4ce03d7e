//! The life of a return: history is kept as events in the past tense, the state is their fold.
//! The same table decides what may happen next, and says why not in words.

use entity::{Board, PersonId, ReturnEventKind as Kind, ReturnState as State};
use serde::{Deserialize, Serialize};

use super::findings::Finding;

/// What happened, as far as the state depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// Which revision it is about.
    pub revision: Option<i32>,
    /// More, by kind.
    pub detail: Detail,
}

/// What an event carries besides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// When a revision is offered: the boards that must agree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boards: Vec<Board>,
    /// When a revision is offered: the offices that sign, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offices: Vec<String>,
    /// When a board agreed: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board: Option<Board>,
    /// When an officer certified: in which office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// When an officer certified: whether on paper.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_paper: bool,
    /// When a revision is offered: what was let stand, which boards and officers read as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub let_stand: Option<Vec<LetStand>>,
    /// When a revision is offered that was certified before: why it is sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_again: Option<String>,
    /// When the funder accepted it or asked for changes: whether its officer recorded that. It is about
    /// what the funder was sent, also while the return is open again here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_funder: bool,
    /// When the funder asked for changes: about which questions, and what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
}

/// What the funder wants changed in one question or section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FunderRemark)]
pub struct Remark {
    /// The question's short name, or the section's title.
    pub about: String,
    /// What the question or the section is called.
    pub label: String,
    /// What has to change.
    pub words: String,
}

/// What the funder said last of what it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunderSaid {
    /// It accepts it.
    Accepted,
    /// It asks for changes.
    AskedForChanges,
}

/// A finding that was let stand, with who said why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetStand {
    /// As it was found, with the reason.
    pub finding: Finding,
    /// Who said why it may stand.
    pub by: PersonId,
}

/// Where a return stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// The state.
    pub state: State,
    /// The revision that was offered, while it stands.
    pub offered: Option<i32>,
    /// The boards that must agree to it.
    pub boards: Vec<Board>,
    /// The boards that have agreed to it.
    pub agreed: Vec<Board>,
    /// The offices that sign it, in order.
    pub offices: Vec<String>,
    /// How many of them have signed.
    pub signed: usize,
    /// Whether it was ever sent: what is sent next is a resubmission.
    pub sent_before: bool,
    /// Whether it was certified, opened again, and not sent since: whoever sends it on says why.
    pub again: bool,
    /// What the funder said last of what it was sent last.
    pub funder: Option<FunderSaid>,
}

/// Why something may not happen now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable name of the rule.
    pub rule: &'static str,
    /// What is in the way and what to do.
    pub detail: String,
}

impl From<Refusal> for crate::Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.rule, refusal.detail)
    }
}

impl Life {
    /// The boards that have yet to agree.
    #[must_use]
    pub fn boards_to_agree(&self) -> Vec<Board> {
        self.boards
            .iter()
            .copied()
            .filter(|board| !self.agreed.contains(board))
            .collect()
    }

    /// The office that signs next.
    #[must_use]
    pub fn next_office(&self) -> Option<&str> {
        self.offices.get(self.signed).map(String::as_str)
    }

    /// Whether sending it on asks why: boards and officers agreed to it before, as it was.
    #[must_use]
    pub const fn asks_why_again(&self) -> bool {
        self.again
            && matches!(
                self.state,
                State::Drafted | State::InReview | State::ChangesRequested
            )
    }

    /// Whether answers may change now; otherwise why not.
    pub fn may_change(&self) -> Result<(), Refusal> {
        match self.state {
            State::Scheduled => refuse(
                "not-drafted-yet",
                "Its period has not ended: it is drafted on the day after.",
            ),
            State::Drafted
            | State::InReview
            | State::ChangesRequested
            | State::AwaitingApproval => Ok(()),
            State::AwaitingCertification if self.signed == 0 => Ok(()),
            State::AwaitingCertification => refuse(
                "signed-already",
                "One office has signed this revision. Ask for changes first: that withdraws the signature.",
            ),
            State::Certified | State::Submitted | State::Accepted => refuse(
                "certified-is-frozen",
                "What was certified stays as it is. Open the return again, with the reason, to change it.",
            ),
            State::NotRequired => refuse(
                "not-required",
                "The funder does not want this return. Open it again first if that has changed.",
            ),
        }
    }

    /// Takes one event in, or says why it cannot happen now.
    pub fn apply(&mut self, event: &Event) -> Result<(), Refusal> {
        use State::{
            Accepted, AwaitingApproval, AwaitingCertification, Certified, ChangesRequested,
            Drafted, InReview, NotRequired, Scheduled, Submitted,
        };
        match (event.kind, self.state) {
            (Kind::Scheduled, _) => {
                return refuse("scheduled-already", "This return exists already.");
            }
            (Kind::Drafted, Scheduled) => self.state = Drafted,
            (Kind::Drafted, _) => {
                return refuse("drafted-already", "This return was drafted already.");
            }
            (Kind::Refreshed, _) => self.may_change()?,
            (Kind::SentForReview, Drafted | ChangesRequested) => self.state = InReview,
            (Kind::SentForReview, _) => {
                return refuse(
                    "not-a-draft",
                    format!(
                        "It can be sent round while it is a draft; now it is {}.",
                        self.words()
                    ),
                );
            }
            (Kind::ChangesRequested, InReview | AwaitingApproval | AwaitingCertification) => {
                self.withdraw_offer();
                self.state = ChangesRequested;
            }
            (Kind::ChangesRequested, Certified) => {
                return refuse(
                    "certified-is-frozen",
                    "It is certified. Open it again, with the reason, instead.",
                );
            }
            (Kind::ChangesRequested, _) => {
                return refuse(
                    "nothing-to-send-back",
                    format!(
                        "Changes can be asked for while it is being read, agreed or certified; now it is {}.",
                        self.words()
                    ),
                );
            }
            (Kind::SentForCertification, Drafted | InReview | ChangesRequested) => {
                self.withdraw_offer();
                self.offered = event.revision;
                self.boards.clone_from(&event.detail.boards);
                self.offices.clone_from(&event.detail.offices);
                self.state = if self.boards.is_empty() {
                    AwaitingCertification
                } else {
                    AwaitingApproval
                };
            }
            (Kind::SentForCertification, AwaitingApproval | AwaitingCertification) => {
                return refuse(
                    "offered-already",
                    "A revision waits already. Change something, or ask for changes, before another is offered.",
                );
            }
            (Kind::SentForCertification, _) => {
                return refuse(
                    "not-a-draft",
                    format!(
                        "Only a draft can be offered; this return is {}.",
                        self.words()
                    ),
                );
            }
            (Kind::BoardAgreed, AwaitingApproval) => {
                let Some(board) = event
                    .detail
                    .board
                    .filter(|board| self.boards.contains(board))
                else {
                    return refuse(
                        "board-not-asked",
                        "The award does not ask this board to agree to this return.",
                    );
                };
                if event.revision != self.offered {
                    return refuse(
                        "another-revision",
                        "The revision that waits for agreement is another one: read that first.",
                    );
                }
                if self.agreed.contains(&board) {
                    return refuse("agreed-already", "This board has agreed already.");
                }
                self.agreed.push(board);
                if self.boards_to_agree().is_empty() {
                    self.state = AwaitingCertification;
                }
            }
            (Kind::BoardAgreed, _) => {
                return refuse(
                    "not-awaiting-approval",
                    format!("It does not wait for a board; it is {}.", self.words()),
                );
            }
            (Kind::ApprovalsVoided, AwaitingApproval | AwaitingCertification)
                if self.signed == 0 =>
            {
                self.withdraw_offer();
                self.state = Drafted;
            }
            (Kind::ApprovalsVoided, _) => {
                return refuse("nothing-offered", "No revision waits that could be voided.");
            }
            (Kind::Certified, AwaitingCertification) => {
                if event.revision != self.offered {
                    return refuse(
                        "another-revision",
                        "The revision that waits for certification is another one: read that first.",
                    );
                }
                match (self.next_office(), event.detail.office.as_deref()) {
                    (Some(next), Some(office)) if next == office => {}
                    (Some(next), _) => {
                        return refuse("signing-order", format!("The {next} signs next."));
                    }
                    (None, _) => {
                        return refuse("signed-already", "Every office has signed already.");
                    }
                }
                self.signed = self.signed.saturating_add(1);
                if self.next_office().is_none() {
                    self.state = Certified;
                }
            }
            (Kind::Certified, AwaitingApproval) => {
                return refuse(
                    "boards-first",
                    "It waits for a board to agree. It can be certified after that.",
                );
            }
            (Kind::Certified, _) => {
                return refuse(
                    "not-awaiting-certification",
                    format!(
                        "It does not wait for certification; it is {}.",
                        self.words()
                    ),
                );
            }
            (Kind::Submitted, Certified) => {
                self.state = Submitted;
                self.sent_before = true;
                self.again = false;
                self.funder = None;
            }
            (Kind::Submitted, Submitted | Accepted) => {
                return refuse("sent-already", "Its sending is recorded already.");
            }
            (Kind::Submitted, _) => {
                return refuse(
                    "not-certified",
                    format!(
                        "Only a certified return is sent; this one is {}.",
                        self.words()
                    ),
                );
            }
            (Kind::Accepted, Accepted) => {
                return refuse("accepted-already", "It was accepted already.");
            }
            (Kind::Accepted, Submitted) => {
                self.state = Accepted;
                self.funder = Some(FunderSaid::Accepted);
            }
            // the funder speaks of what it has, whatever becomes of the return here meanwhile
            (Kind::Accepted, _) if event.detail.by_funder && self.sent_before => {
                if self.funder == Some(FunderSaid::Accepted) {
                    return refuse("accepted-already", "It was accepted already.");
                }
                self.funder = Some(FunderSaid::Accepted);
            }
            (Kind::FunderAskedForChanges, Submitted | Accepted) => {
                self.state = Submitted;
                self.funder = Some(FunderSaid::AskedForChanges);
            }
            (Kind::FunderAskedForChanges, _) if event.detail.by_funder && self.sent_before => {
                self.funder = Some(FunderSaid::AskedForChanges);
            }
            (Kind::FunderAskedForChanges, _) => {
                return refuse(
                    "not-sent",
                    format!(
                        "A funder asks for changes in what it was sent; this one is {}.",
                        self.words()
                    ),
                );
            }
            (Kind::Accepted, _) => {
                return refuse(
                    "not-sent",
                    format!(
                        "Only a return that was sent can be accepted; this one is {}.",
                        self.words()
                    ),
                );
            }
            (Kind::Reopened, Certified | Submitted | Accepted | NotRequired) => {
                self.withdraw_offer();
                self.again |= self.state != NotRequired;
                self.state = Drafted;
            }
            (Kind::Reopened, _) => {
                return refuse(
                    "open-already",
                    format!("It is open already: it is {}.", self.words()),
                );
            }
            (Kind::NotRequired, Submitted | Accepted) => {
                return refuse(
                    "sent-already",
                    "It was sent: the record of that stays. Nothing needs to be waived.",
                );
            }
            (Kind::NotRequired, NotRequired) => {
                return refuse("not-required", "It is recorded already as not required.");
            }
            (Kind::NotRequired, _) => {
                self.withdraw_offer();
                self.state = NotRequired;
            }
        }
        Ok(())
    }

    fn withdraw_offer(&mut self) {
        self.offered = None;
        self.boards.clear();
        self.agreed.clear();
        self.offices.clear();
        self.signed = 0;
    }

    fn words(&self) -> &'static str {
        state_in_words(self.state)
    }
}

/// A state as pages and messages say it: "it is …".
#[must_use]
pub const fn state_in_words(state: State) -> &'static str {
    match state {
        State::Scheduled => "scheduled",
        State::Drafted => "drafted",
        State::InReview => "in review",
        State::ChangesRequested => "waiting for changes",
        State::AwaitingApproval => "awaiting approval",
        State::AwaitingCertification => "awaiting certification",
        State::Certified => "certified, not yet sent",
        State::Submitted => "submitted",
        State::Accepted => "accepted",
        State::NotRequired => "not required",
    }
}

fn refuse(rule: &'static str, detail: impl Into<String>) -> Result<(), Refusal> {
    Err(Refusal {
        rule,
        detail: detail.into(),
    })
}

/// Where a return stands after its events. The first must be that it was scheduled.
pub fn fold(events: &[Event]) -> Result<Life, Refusal> {
    let Some((
        Event {
            kind: Kind::Scheduled,
            ..
        },
        later,
    )) = events.split_first()
    else {
        return Err(Refusal {
            rule: "not-scheduled",
            detail: "The history of this return does not begin with its scheduling.".to_owned(),
        });
    };
    let mut life = Life {
        state: State::Scheduled,
        offered: None,
        boards: Vec::new(),
        agreed: Vec::new(),
        offices: Vec::new(),
        signed: 0,
        sent_before: false,
        again: false,
        funder: None,
    };
    for event in later {
        life.apply(event)?;
    }
    Ok(life)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn event(kind: Kind) -> Event {
        Event {
            kind,
            revision: Some(1),
            detail: Detail::default(),
        }
    }

    fn offered(boards: &[Board], offices: &[&str]) -> Event {
        Event {
            detail: Detail {
                boards: boards.to_vec(),
                offices: offices.iter().map(ToString::to_string).collect(),
                ..Detail::default()
            },
            ..event(Kind::SentForCertification)
        }
    }

    fn agreed(board: Board) -> Event {
        Event {
            detail: Detail {
                board: Some(board),
                ..Detail::default()
            },
            ..event(Kind::BoardAgreed)
        }
    }

    fn certified(office: &str) -> Event {
        Event {
            detail: Detail {
                office: Some(office.to_owned()),
                ..Detail::default()
            },
            ..event(Kind::Certified)
        }
    }

    fn drafted() -> Vec<Event> {
        vec![event(Kind::Scheduled), event(Kind::Drafted)]
    }

    /// A history that ends in each state.
    fn history(state: State) -> Vec<Event> {
        let both = [Board::Trustees, Board::Committee];
        let mut events = drafted();
        match state {
            State::Scheduled => events.truncate(1),
            State::Drafted => {}
            State::InReview => events.push(event(Kind::SentForReview)),
            State::ChangesRequested => {
                events.extend([event(Kind::SentForReview), event(Kind::ChangesRequested)]);
            }
            State::AwaitingApproval => events.push(offered(&both, &["Treasurer"])),
            State::AwaitingCertification => events.push(offered(&[], &["Treasurer"])),
            State::Certified => {
                events.extend([offered(&[], &["Treasurer"]), certified("Treasurer")]);
            }
            State::Submitted => {
                events = history(State::Certified);
                events.push(event(Kind::Submitted));
            }
            State::Accepted => {
                events = history(State::Submitted);
                events.push(event(Kind::Accepted));
            }
            State::NotRequired => events.push(event(Kind::NotRequired)),
        }
        events
    }

    /// Every event in every state: to which state it leads, or by which rule it is refused.
    #[test]
    fn the_table_of_transitions() {
        let happenings = [
            ("drafted", event(Kind::Drafted)),
            ("refreshed", event(Kind::Refreshed)),
            ("sent round", event(Kind::SentForReview)),
            ("offered", offered(&[Board::Trustees], &["Treasurer"])),
            ("board agreed", agreed(Board::Trustees)),
            ("voided", event(Kind::ApprovalsVoided)),
            ("changes asked", event(Kind::ChangesRequested)),
            ("certified", certified("Treasurer")),
            ("sent", event(Kind::Submitted)),
            ("accepted", event(Kind::Accepted)),
            ("funder asked", event(Kind::FunderAskedForChanges)),
            ("reopened", event(Kind::Reopened)),
            ("waived", event(Kind::NotRequired)),
        ];
        let mut table = String::new();
        for state in State::all() {
            let life = fold(&history(state)).unwrap();
            assert_eq!(life.state, state, "the history of {state:?}");
            table.push_str(&format!("{}:", state.slug()));
            for (name, happening) in &happenings {
                let mut next = life.clone();
                match next.apply(happening) {
                    Ok(()) => table.push_str(&format!(" {name}→{}", next.state.slug())),
                    Err(refusal) => {
                        assert!(refusal.detail.ends_with('.'), "{refusal:?}");
                        assert_eq!(next, life, "a refused event changes nothing");
                    }
                }
            }
            table.push('\n');
        }
        assert_eq!(
            table,
            "\
scheduled: drafted→drafted waived→not-required
drafted: refreshed→drafted sent round→in-review offered→awaiting-approval waived→not-required
in-review: refreshed→in-review offered→awaiting-approval changes asked→changes-requested waived→not-required
changes-requested: refreshed→changes-requested sent round→in-review offered→awaiting-approval waived→not-required
awaiting-approval: refreshed→awaiting-approval board agreed→awaiting-approval voided→drafted changes asked→changes-requested waived→not-required
awaiting-certification: refreshed→awaiting-certification voided→drafted changes asked→changes-requested certified→certified waived→not-required
certified: sent→submitted reopened→drafted waived→not-required
submitted: accepted→accepted funder asked→submitted reopened→drafted
accepted: funder asked→submitted reopened→drafted
not-required: reopened→drafted
"
        );
    }

    #[test]
    fn both_boards_must_agree_and_neither_stands_in_for_the_other() {
        let mut life = fold(&history(State::AwaitingApproval)).unwrap();
        life.apply(&agreed(Board::Trustees)).unwrap();
        assert_eq!(life.state, State::AwaitingApproval);
        assert_eq!(
            life.apply(&agreed(Board::Trustees)).unwrap_err().rule,
            "agreed-already"
        );
        assert_eq!(
            life.apply(&certified("Treasurer")).unwrap_err().rule,
            "boards-first"
        );
        life.apply(&agreed(Board::Committee)).unwrap();
        assert_eq!(life.state, State::AwaitingCertification);
    }

    #[test]
    fn offices_sign_in_their_order_and_the_last_certifies() {
        let mut events = drafted();
        events.push(offered(&[], &["Section 151 officer", "Director"]));
        let mut life = fold(&events).unwrap();
        assert_eq!(
            life.apply(&certified("Director")).unwrap_err().rule,
            "signing-order"
        );
        life.apply(&certified("Section 151 officer")).unwrap();
        assert_eq!(life.state, State::AwaitingCertification);
        assert_eq!(life.may_change().unwrap_err().rule, "signed-already");
        life.apply(&certified("Director")).unwrap();
        assert_eq!(life.state, State::Certified);
    }

    #[test]
    fn an_agreement_counts_for_its_revision_alone() {
        let mut life = fold(&history(State::AwaitingApproval)).unwrap();
        let other = Event {
            revision: Some(2),
            ..agreed(Board::Trustees)
        };
        assert_eq!(life.apply(&other).unwrap_err().rule, "another-revision");
    }

    #[test]
    fn a_funder_speaks_of_what_it_was_sent_also_while_it_is_open_again() {
        let said = |kind, by_funder| Event {
            detail: Detail {
                by_funder,
                ..Detail::default()
            },
            ..event(kind)
        };
        // what was never sent, nobody accepts
        for kind in [Kind::Accepted, Kind::FunderAskedForChanges] {
            let mut life = fold(&history(State::Certified)).unwrap();
            assert_eq!(life.apply(&said(kind, true)).unwrap_err().rule, "not-sent");
        }
        let mut events = history(State::Submitted);
        events.push(said(Kind::FunderAskedForChanges, true));
        let mut life = fold(&events).unwrap();
        assert_eq!(life.state, State::Submitted);
        assert_eq!(life.funder, Some(FunderSaid::AskedForChanges));
        life.apply(&event(Kind::Reopened)).unwrap();
        assert_eq!(life.funder, Some(FunderSaid::AskedForChanges));
        // we do not say it for them meanwhile, they may
        for kind in [Kind::Accepted, Kind::FunderAskedForChanges] {
            assert_eq!(life.apply(&said(kind, false)).unwrap_err().rule, "not-sent");
        }
        life.apply(&said(Kind::Accepted, true)).unwrap();
        assert_eq!(life.state, State::Drafted, "it stays open here");
        assert_eq!(life.funder, Some(FunderSaid::Accepted));
        let twice = life.apply(&said(Kind::Accepted, true)).unwrap_err();
        assert_eq!(twice.rule, "accepted-already");
        // what is sent again, nobody has spoken of yet
        for next in [
            offered(&[], &["Treasurer"]),
            certified("Treasurer"),
            event(Kind::Submitted),
        ] {
            life.apply(&next).unwrap();
        }
        assert_eq!(life.funder, None);
    }

    #[test]
    fn reopening_takes_agreement_and_signature_away() {
        let mut events = history(State::Submitted);
        events.push(event(Kind::Reopened));
        let life = fold(&events).unwrap();
        assert_eq!((life.signed, life.offered), (0, None));
        assert!(life.sent_before);
    }
}
