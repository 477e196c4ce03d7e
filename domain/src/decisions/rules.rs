//! How two equal boards decide. Values in, values out.

use entity::{Board, BoardOutcome, Money, PaperState, PersonId, Role, VoteChoice};

/// Both boards, in the order in which pages show them.
pub const BOARDS: [Board; 2] = [Board::Trustees, Board::Committee];

/// What the members of one board have said of one version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// So many agree.
    pub agree: i32,
    /// So many want it changed.
    pub change: i32,
    /// So many do not agree.
    pub against: i32,
    /// So many have a conflict, and did not vote.
    pub conflicts: i32,
}

impl Tally {
    /// Counts what was said.
    #[must_use]
    pub fn of(said: impl IntoIterator<Item = VoteChoice>) -> Self {
        let mut tally = Self::default();
        for choice in said {
            let counted = match choice {
                VoteChoice::Agree => &mut tally.agree,
                VoteChoice::Change => &mut tally.change,
                VoteChoice::Against => &mut tally.against,
                VoteChoice::Conflict => &mut tally.conflicts,
            };
            *counted = counted.saturating_add(1);
        }
        tally
    }

    /// So many voted: a member with a conflict did not, and does not count to the quorum.
    #[must_use]
    pub const fn voted(self) -> i32 {
        self.agree
            .saturating_add(self.change)
            .saturating_add(self.against)
    }

    /// What follows: agreed if more than half of those who voted agree; otherwise, if anybody wants
    /// a change, it goes back to be changed; otherwise it is not agreed.
    #[must_use]
    pub const fn outcome(self) -> BoardOutcome {
        if self.agree > self.change.saturating_add(self.against) {
            BoardOutcome::Agreed
        } else if self.change > 0 {
            BoardOutcome::ChangesAsked
        } else {
            BoardOutcome::NotAgreed
        }
    }
}

/// How far a board is with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nobody has said how many members make a decision of it.
    NoQuorumKnown,
    /// So many more must vote.
    TooFew(i32),
    /// Enough voted, and this follows.
    Enough(BoardOutcome),
}

/// How far a board is.
#[must_use]
pub const fn progress(tally: Tally, quorum: Option<i32>) -> Progress {
    match quorum {
        None => Progress::NoQuorumKnown,
        Some(quorum) if tally.voted() < quorum => {
            Progress::TooFew(quorum.saturating_sub(tally.voted()))
        }
        Some(_) => Progress::Enough(tally.outcome()),
    }
}

/// Where a paper stands by what the boards decided on its latest version.
#[must_use]
pub fn state_of(decided: &[(Board, BoardOutcome)], withdrawn: bool) -> PaperState {
    let any = |wanted| decided.iter().any(|(_, outcome)| *outcome == wanted);
    let agreed = |board| decided.contains(&(board, BoardOutcome::Agreed));
    if withdrawn {
        PaperState::Withdrawn
    } else if any(BoardOutcome::NotAgreed) {
        PaperState::NotAgreed
    } else if any(BoardOutcome::ChangesAsked) {
        PaperState::ChangesAsked
    } else if BOARDS.into_iter().all(agreed) {
        PaperState::Agreed
    } else {
        PaperState::Open
    }
}

/// Whether nothing more is decided on a paper.
#[must_use]
pub const fn is_settled(state: PaperState) -> bool {
    match state {
        PaperState::Agreed | PaperState::NotAgreed | PaperState::Withdrawn => true,
        PaperState::Open | PaperState::ChangesAsked => false,
    }
}

/// Why somebody may not vote for a board on a version.
#[must_use]
pub fn why_not_vote(
    board: Board,
    person: PersonId,
    written_by: Option<PersonId>,
    voted_for: Option<Board>,
    decided: &[(Board, BoardOutcome)],
) -> Option<(&'static str, String)> {
    if written_by == Some(person) {
        return Some((
            "no-self-approval",
            "You wrote this version, so others decide on it.".to_owned(),
        ));
    }
    if let Some(other) = voted_for.filter(|other| *other != board) {
        return Some((
            "one-person-one-board",
            format!(
                "On this paper you count in {}. Neither board stands in for the other, so nobody \
                 counts in both.",
                board_in_words(other)
            ),
        ));
    }
    if decided.iter().any(|(of, _)| *of == board) {
        return Some((
            "board-has-decided",
            format!("{} has decided on this version already.", board_name(board)),
        ));
    }
    None
}

/// What the boards can still decide on in a pool: what awards put into it less what was decided, and
/// never more than is left to use. Negative where more was decided than was put in.
#[must_use]
pub fn free(agreed: Money, decided: Money, left: Money) -> Option<Money> {
    Some(agreed.minus(decided)?.min(left))
}

/// How much more than is free is asked for, if it is.
#[must_use]
pub fn over(asked: Money, free: Money) -> Option<Money> {
    asked
        .minus(free.max(Money::ZERO))
        .filter(|over| *over > Money::ZERO)
}

/// A board's name.
#[must_use]
pub const fn board_in_words(board: Board) -> &'static str {
    crate::returns::ops::board_in_words(board)
}

/// The role of a board's members.
#[must_use]
pub const fn role_on(board: Board) -> Role {
    match board {
        Board::Trustees => Role::Trustee,
        Board::Committee => Role::CommitteeMember,
    }
}

/// A board's name at the beginning of a sentence.
#[must_use]
pub const fn board_name(board: Board) -> &'static str {
    match board {
        Board::Trustees => "The Trustee Board",
        Board::Committee => "The Recovery Advisory Committee",
    }
}

/// Where a paper stands, in words.
#[must_use]
pub const fn state_in_words(state: PaperState) -> &'static str {
    match state {
        PaperState::Open => "to be decided",
        PaperState::ChangesAsked => "to be changed",
        PaperState::Agreed => "agreed by both boards",
        PaperState::NotAgreed => "not agreed",
        PaperState::Withdrawn => "taken back",
    }
}

/// What a board decided, in the past tense.
#[must_use]
pub const fn outcome_in_words(outcome: BoardOutcome) -> &'static str {
    match outcome {
        BoardOutcome::Agreed => "agreed",
        BoardOutcome::ChangesAsked => "asked for changes",
        BoardOutcome::NotAgreed => "did not agree",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn tally(agree: i32, change: i32, against: i32, conflicts: i32) -> Tally {
        Tally {
            agree,
            change,
            against,
            conflicts,
        }
    }

    #[test]
    fn more_than_half_of_those_who_voted_agree() {
        use BoardOutcome::{Agreed, ChangesAsked, NotAgreed};
        for (said, quorum, expected) in [
            (tally(3, 0, 0, 0), Some(3), Progress::Enough(Agreed)),
            (tally(2, 0, 1, 0), Some(3), Progress::Enough(Agreed)),
            (tally(2, 0, 2, 0), Some(3), Progress::Enough(NotAgreed)),
            (tally(2, 1, 1, 0), Some(3), Progress::Enough(ChangesAsked)),
            (tally(0, 0, 3, 0), Some(3), Progress::Enough(NotAgreed)),
            // a conflict counts neither to the quorum nor to the votes
            (tally(2, 0, 0, 5), Some(3), Progress::TooFew(1)),
            (tally(2, 0, 1, 5), Some(3), Progress::Enough(Agreed)),
            (tally(9, 0, 0, 0), None, Progress::NoQuorumKnown),
        ] {
            assert_eq!(progress(said, quorum), expected, "{said:?}");
        }
    }

    #[test]
    fn a_paper_stands_where_both_boards_leave_it() {
        use Board::{Committee, Trustees};
        use BoardOutcome::{Agreed, ChangesAsked, NotAgreed};
        for (decided, expected) in [
            (&[][..], PaperState::Open),
            (&[(Trustees, Agreed)], PaperState::Open),
            (&[(Committee, Agreed)], PaperState::Open),
            (
                &[(Trustees, Agreed), (Committee, Agreed)],
                PaperState::Agreed,
            ),
            (&[(Trustees, NotAgreed)], PaperState::NotAgreed),
            (
                &[(Trustees, Agreed), (Committee, NotAgreed)],
                PaperState::NotAgreed,
            ),
            (
                &[(Trustees, ChangesAsked), (Committee, Agreed)],
                PaperState::ChangesAsked,
            ),
        ] {
            assert_eq!(state_of(decided, false), expected, "{decided:?}");
            assert_eq!(state_of(decided, true), PaperState::Withdrawn);
        }
    }

    #[test]
    fn nobody_decides_on_their_own_words_or_for_both_boards() {
        let (me, other) = (PersonId::new(), PersonId::new());
        let rule = |written_by, voted_for, decided: &[(Board, BoardOutcome)]| {
            why_not_vote(Board::Trustees, me, written_by, voted_for, decided).map(|(rule, _)| rule)
        };
        assert_eq!(rule(Some(other), None, &[]), None);
        assert_eq!(rule(None, Some(Board::Trustees), &[]), None);
        assert_eq!(rule(Some(me), None, &[]), Some("no-self-approval"));
        assert_eq!(
            rule(None, Some(Board::Committee), &[]),
            Some("one-person-one-board")
        );
        let decided = [(Board::Trustees, BoardOutcome::Agreed)];
        assert_eq!(rule(None, None, &decided), Some("board-has-decided"));
        let theirs = [(Board::Committee, BoardOutcome::Agreed)];
        assert_eq!(rule(None, None, &theirs), None);
    }

    #[test]
    fn what_is_free_is_not_decided_and_left() {
        let free = |agreed, decided, left| free(Money(agreed), Money(decided), Money(left));
        assert_eq!(free(100, 40, 90), Some(Money(60)));
        // spent without a decision: no more than is left
        assert_eq!(free(100, 40, 25), Some(Money(25)));
        assert_eq!(free(100, 140, 90), Some(Money(-40)));
        assert_eq!(over(Money(30), Money(60)), None);
        assert_eq!(over(Money(70), Money(60)), Some(Money(10)));
        assert_eq!(over(Money(70), Money(-40)), Some(Money(70)));
    }

    proptest! {
        /// The database says the same in its constraint.
        #[test]
        fn an_agreement_is_a_majority(agree in 0..50_i32, change in 0..50_i32, against in 0..50_i32) {
            let outcome = tally(agree, change, against, 0).outcome();
            prop_assert_eq!(outcome == BoardOutcome::Agreed, agree > change + against);
        }
    }
}
