//! Where an application stands: the fold of what happened to it.

use entity::{ApplicationEventKind as Kind, ApplicationState as State};

use crate::{Error, Result};

/// An application's life so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// Where it stands; nothing before it was begun.
    pub state: Option<State>,
    /// How often it was sent to the funder.
    pub sent: u32,
}

impl Life {
    /// The life that these events tell, in their order.
    pub fn of(events: impl IntoIterator<Item = Kind>) -> Result<Self> {
        events
            .into_iter()
            .try_fold(Self::default(), |life, event| life.after(event))
    }

    /// The life once this has happened too; or why it cannot happen.
    pub fn after(self, event: Kind) -> Result<Self> {
        let no = |detail: &str| Err(Error::refused("application-state", detail));
        let to = |state: State| {
            Ok(Self {
                state: Some(state),
                ..self
            })
        };
        let Some(state) = self.state else {
            return if event == Kind::Begun {
                to(State::Preparing)
            } else {
                no("It was never begun.")
            };
        };
        match (state, event) {
            (_, Kind::Begun) => no("It was begun already."),
            (State::Preparing, Kind::Decided) => to(State::Preparing),
            (_, Kind::Decided) => no("Only an application in preparation is decided on."),
            (State::Preparing, Kind::DecidedAgainst) => to(State::Withdrawn),
            (_, Kind::DecidedAgainst) => no("Only an application in preparation is decided on."),
            (State::Preparing, Kind::Submitted) => Ok(Self {
                state: Some(State::Submitted),
                sent: self.sent.saturating_add(1),
            }),
            (_, Kind::Submitted) => no(
                "Only an application in preparation is sent. Where the funder asks for the next \
                 stage, record that first.",
            ),
            (State::Submitted, Kind::InvitedOn) => to(State::Preparing),
            (_, Kind::InvitedOn) => no("The funder asks for the next stage of what it was sent."),
            (State::Submitted | State::Offered | State::Lapsed, Kind::Offered) => {
                to(State::Offered)
            }
            (_, Kind::Offered) => no("A funder makes an offer on what it was sent."),
            (State::Offered, Kind::Accepted) => to(State::Accepted),
            (_, Kind::Accepted) => no("There is no offer to accept."),
            (State::Offered, Kind::Lapsed) => to(State::Lapsed),
            (_, Kind::Lapsed) => no("There is no offer that could lapse."),
            (State::Submitted | State::Offered, Kind::Rejected) => to(State::Rejected),
            (State::Preparing, Kind::Rejected) if self.sent > 0 => to(State::Rejected),
            (_, Kind::Rejected) => no("A funder rejects what it was sent and has not decided on."),
            (State::Preparing | State::Submitted | State::Offered, Kind::Withdrawn) => {
                to(State::Withdrawn)
            }
            (_, Kind::Withdrawn) => no("It is over: there is nothing to withdraw."),
            (state, Kind::FedBack) if self.sent > 0 => to(state),
            (_, Kind::FedBack) => no("A funder says something about what it was sent."),
        }
    }

    /// Refuses unless its content may be changed: what was sent stays as it was sent.
    pub fn may_change(self) -> Result<()> {
        match self.state {
            Some(State::Preparing) => Ok(()),
            Some(State::Submitted) => Err(Error::refused(
                "application-sent",
                "It was sent, and stays as it was sent. Where the funder asks for the next stage, \
                 record that; then it can be changed again.",
            )),
            _ => Err(Error::refused(
                "application-over",
                "What was asked for stays as it is now: there is an outcome.",
            )),
        }
    }

    /// Refuses unless there is still something to be done for it.
    pub fn is_open(self) -> Result<()> {
        if self.state.is_some_and(|state| !is_over(state)) {
            Ok(())
        } else {
            Err(Error::refused(
                "application-over",
                "It is over: there is nothing more to be done for it.",
            ))
        }
    }
}

/// Whether it is over. An offer that lapsed is, until the funder makes another.
#[must_use]
pub const fn is_over(state: State) -> bool {
    match state {
        State::Preparing | State::Submitted | State::Offered => false,
        State::Accepted | State::Rejected | State::Withdrawn | State::Lapsed => true,
    }
}

/// Whether what was answered in it won a funder over: its answers are worth using again.
#[must_use]
pub const fn outcome_of(state: State) -> bool {
    matches!(state, State::Offered | State::Accepted | State::Lapsed)
}

/// Where it stands, in words.
#[must_use]
pub const fn state_in_words(state: State) -> &'static str {
    match state {
        State::Preparing => "being prepared",
        State::Submitted => "with the funder",
        State::Offered => "offered, not yet accepted",
        State::Accepted => "accepted: it is an award",
        State::Rejected => "rejected",
        State::Withdrawn => "withdrawn",
        State::Lapsed => "lapsed: the offer was not accepted in time",
    }
}

/// What happened, in the past tense.
#[must_use]
pub const fn event_in_words(event: Kind) -> &'static str {
    match event {
        Kind::Begun => "Began the application",
        Kind::Decided => "Recorded the decision to apply",
        Kind::DecidedAgainst => "Recorded the decision not to apply",
        Kind::Submitted => "Recorded that it was sent",
        Kind::InvitedOn => "Recorded that the funder asks for the next stage",
        Kind::Offered => "Recorded the funder’s offer",
        Kind::Accepted => "Accepted the offer",
        Kind::Rejected => "Recorded that the funder rejected it",
        Kind::Withdrawn => "Withdrew it",
        Kind::Lapsed => "The offer lapsed",
        Kind::FedBack => "Recorded what the funder said about it",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    fn ends(events: &[Kind]) -> Option<State> {
        Life::of(events.iter().copied())
            .ok()
            .and_then(|life| life.state)
    }

    #[test]
    fn the_whole_way_and_the_ways_out() {
        use Kind::*;
        assert_eq!(
            ends(&[
                Begun, Decided, Submitted, InvitedOn, Decided, Submitted, Offered, Accepted
            ]),
            Some(State::Accepted)
        );
        assert_eq!(ends(&[Begun, DecidedAgainst]), Some(State::Withdrawn));
        assert_eq!(ends(&[Begun, Submitted, Rejected]), Some(State::Rejected));
        // turned down while the next stage was being written
        assert_eq!(
            ends(&[Begun, Submitted, InvitedOn, Rejected]),
            Some(State::Rejected)
        );
        // the funder gives more time
        assert_eq!(
            ends(&[Begun, Submitted, Offered, Lapsed, Offered, Accepted]),
            Some(State::Accepted)
        );
        assert_eq!(
            ends(&[Begun, Submitted, Offered, Withdrawn]),
            Some(State::Withdrawn)
        );
        assert_eq!(
            ends(&[Begun, Submitted, Rejected, FedBack]),
            Some(State::Rejected)
        );
    }

    #[test]
    fn what_cannot_happen_does_not() {
        use Kind::*;
        for wrong in [
            &[Submitted][..],
            &[Begun, Begun],
            &[Begun, Offered],
            &[Begun, Accepted],
            &[Begun, Rejected],
            &[Begun, FedBack],
            &[Begun, InvitedOn],
            &[Begun, Submitted, Submitted],
            &[Begun, Submitted, Decided],
            &[Begun, Submitted, Offered, Accepted, Withdrawn],
            &[Begun, Submitted, Offered, Lapsed, Accepted],
            &[Begun, Submitted, Rejected, Offered],
            &[Begun, Withdrawn, Withdrawn],
        ] {
            assert_eq!(ends(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn what_was_sent_stays() {
        let at = |state| Life {
            state: Some(state),
            sent: 1,
        };
        assert!(at(State::Preparing).may_change().is_ok());
        for state in State::all().filter(|state| *state != State::Preparing) {
            assert!(at(state).may_change().is_err(), "{state:?}");
        }
    }

    proptest! {
        /// However events come, one that was accepted or turned down stays so.
        #[test]
        fn an_outcome_is_final(events in prop::collection::vec(0usize..11, 0..40)) {
            let kinds: Vec<Kind> = Kind::all().collect();
            let mut life = Life::default();
            let mut ended = None;
            for event in events {
                if let Ok(next) = life.after(kinds[event]) {
                    life = next;
                }
                if let Some(ended) = ended {
                    prop_assert_eq!(life.state, Some(ended));
                }
                match life.state {
                    Some(state @ (State::Accepted | State::Rejected | State::Withdrawn)) => ended = Some(state),
                    Some(State::Offered) => prop_assert!(life.sent > 0),
                    _ => {}
                }
            }
        }
    }
}
