//! What moving money between fences does to them, and whether the funder must be asked.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{FenceId, Money, VirementBase, VirementEventKind as Kind};

use crate::awards::rules::further::VirementTerms;
use crate::calendar::rules::is_plausible;
use crate::{Error, FieldError, Result};

/// A fence, as far as money is moved out of it or into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub id: FenceId,
    /// What people call it.
    pub name: String,
    /// The fence around it.
    pub parent: Option<FenceId>,
    /// Kept for the lines that fit.
    pub reserved: Option<Money>,
    /// At most this much for them.
    pub limit: Option<Money>,
}

impl Part {
    /// What was set apart for it: at most, or kept.
    #[must_use]
    pub fn base(&self) -> Money {
        self.limit.or(self.reserved).unwrap_or_default()
    }
}

/// Money that was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Out of this fence.
    pub from: FenceId,
    /// Into this fence.
    pub to: FenceId,
    /// How much.
    pub amount: Money,
}

/// A fence and those around it.
fn around(parts: &[Part], id: FenceId) -> BTreeSet<FenceId> {
    let parent = |id: &FenceId| {
        let part = parts.iter().find(|part| part.id == *id);
        part.and_then(|part| part.parent)
    };
    // no more steps than fences: what stands around itself ends as well
    std::iter::successors(Some(id), parent)
        .take(parts.len().saturating_add(1))
        .collect()
}

/// What a part holds after money is moved: less where it goes out of it or of a fence inside it, more
/// where it comes in. A fence around both holds as much as before.
fn after(parts: &[Part], moved: Moved) -> Option<Vec<Part>> {
    let (out_of, into) = (around(parts, moved.from), around(parts, moved.to));
    parts
        .iter()
        .map(|part| {
            let change = match (out_of.contains(&part.id), into.contains(&part.id)) {
                (true, false) => Money::ZERO.minus(moved.amount)?,
                (false, true) => moved.amount,
                (true, true) | (false, false) => return Some(part.clone()),
            };
            let changed = |held: Option<Money>| match held {
                Some(held) => held.plus(change).map(Some),
                None => Some(None),
            };
            Some(Part {
                reserved: changed(part.reserved)?,
                limit: changed(part.limit)?,
                ..part.clone()
            })
        })
        .collect()
}

/// The parts as they would stand after money is moved; what is wrong with it otherwise.
pub fn shift(parts: &[Part], moved: Moved) -> std::result::Result<Vec<Part>, FieldError> {
    let too_much = |detail: String| FieldError::new("/amount_pence", "more-than-there", detail);
    let changed = after(parts, moved)
        .ok_or_else(|| too_much("That is more than can be counted.".to_owned()))?;
    for (was, is) in parts.iter().zip(&changed) {
        for (held, then, what) in [
            (was.reserved, is.reserved, "reserved for it"),
            (was.limit, is.limit, "what it may take"),
        ] {
            if then.is_some_and(|then| then < Money::ZERO) {
                return Err(too_much(format!(
                    "At most {} can be moved out of “{}”: that is {what}.",
                    held.unwrap_or_default().in_full(),
                    was.name
                )));
            }
        }
    }
    Ok(changed)
}

/// The parts as they stood before money was moved, the newest first.
#[must_use]
pub fn unmoved(parts: &[Part], moved: &[Moved]) -> Vec<Part> {
    moved.iter().rev().fold(parts.to_vec(), |parts, one| {
        let back = Moved {
            from: one.to,
            to: one.from,
            amount: one.amount,
        };
        after(&parts, back).unwrap_or(parts)
    })
}

/// What may be moved without asking, and what was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// The fence that it is of; none: the award.
    pub fence: Option<FenceId>,
    /// May be moved in all without asking.
    pub tolerance: Money,
    /// Was moved without asking.
    pub counted: Money,
}

impl Tolerance {
    /// Left to move without asking.
    #[must_use]
    pub fn left(&self) -> Money {
        self.tolerance.minus(self.counted).unwrap_or_default()
    }

    /// Whether money that is moved counts against it.
    #[must_use]
    pub fn concerns(&self, moved: Moved) -> bool {
        self.fence
            .is_none_or(|id| id == moved.from || id == moved.to)
    }
}

/// The tolerances of an award that holds `amount`, whose fences were set up as `parts`, and within which
/// `free` was moved without asking.
#[must_use]
pub fn tolerances(
    terms: &VirementTerms,
    amount: Money,
    parts: &[Part],
    free: &[Moved],
) -> Vec<Tolerance> {
    let share = |base: Money| {
        let share = i128::from(terms.share_bp.unwrap_or(0));
        let pence = i128::from(base.pence()) * share / 10_000;
        Money(i64::try_from(pence).unwrap_or(i64::MAX))
    };
    let counted = |tolerance: Tolerance| {
        let these = free.iter().filter(|one| tolerance.concerns(**one));
        Tolerance {
            counted: Money::sum(these.map(|one| one.amount)).unwrap_or(Money::MAX),
            ..tolerance
        }
    };
    let of = |fence: Option<FenceId>, base: Money| {
        counted(Tolerance {
            fence,
            tolerance: share(base),
            counted: Money::ZERO,
        })
    };
    match terms.of {
        VirementBase::Award => vec![of(None, amount)],
        VirementBase::Fence => parts
            .iter()
            .map(|part| of(Some(part.id), part.base()))
            .collect(),
    }
}

/// The tolerance that has the least room for money that is to be moved.
#[must_use]
pub fn tightest(tolerances: &[Tolerance], moved: Moved) -> Option<&Tolerance> {
    tolerances
        .iter()
        .filter(|one| one.concerns(moved))
        .min_by_key(|one| one.left())
}

/// How a virement stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum VirementState {
    /// It took effect.
    Made,
    /// It needs consent, and nobody asked yet.
    ToAsk,
    /// We asked.
    Asked,
    /// The funder refused it.
    Refused,
    /// We no longer want it.
    Withdrawn,
}

impl VirementState {
    /// The slug spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::ToAsk => "to-ask",
            Self::Asked => "asked",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// How a virement stands after what happened to it, the oldest first.
#[must_use]
pub fn state(needs_consent: bool, events: impl IntoIterator<Item = Kind>) -> VirementState {
    if !needs_consent {
        return VirementState::Made;
    }
    match events.into_iter().last() {
        None => VirementState::ToAsk,
        Some(Kind::Asked) => VirementState::Asked,
        Some(Kind::Given) => VirementState::Made,
        Some(Kind::Refused) => VirementState::Refused,
        Some(Kind::Withdrawn) => VirementState::Withdrawn,
    }
}

/// What can be recorded of a virement that stands so.
#[must_use]
pub const fn next(state: VirementState) -> &'static [Kind] {
    match state {
        VirementState::ToAsk => &[Kind::Asked, Kind::Given, Kind::Refused, Kind::Withdrawn],
        VirementState::Asked => &[Kind::Given, Kind::Refused, Kind::Withdrawn],
        VirementState::Made | VirementState::Refused | VirementState::Withdrawn => &[],
    }
}

/// Refuses what cannot happen to a virement that stands so.
pub fn check_next(state: VirementState, kind: Kind) -> Result<()> {
    if next(state).contains(&kind) {
        return Ok(());
    }
    Err(Error::refused(
        "virement-stands",
        match state {
            VirementState::Made => {
                "This virement took effect already. To undo it, move the money back by another."
            }
            VirementState::Asked => "The funder was asked already. Record what it answered.",
            VirementState::ToAsk | VirementState::Refused | VirementState::Withdrawn => {
                "This virement is settled. Record another if the money is to be moved after all."
            }
        },
    ))
}

/// What is wrong with the day and the words of something that happened; `since` is the day of the virement,
/// or of what happened to it before.
#[must_use]
pub fn check_fact(
    kind: Kind,
    happened_on: NaiveDate,
    with_whom: &str,
    since: NaiveDate,
    today: NaiveDate,
) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if !is_plausible(happened_on) || happened_on > today {
        wrong.push(FieldError::new(
            "/happened_on",
            "not-yet",
            "Enter the day on which it happened, not one to come.",
        ));
    } else if happened_on < since {
        wrong.push(FieldError::new(
            "/happened_on",
            "before-the-last",
            "That is before what was recorded of it already. Enter that day or one after it.",
        ));
    }
    if kind != Kind::Withdrawn && with_whom.trim().is_empty() {
        wrong.push(FieldError::new(
            "/with_whom",
            "required",
            "Say who was asked, or who answered.",
        ));
    }
    wrong
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> FenceId {
        FenceId(Uuid::from_u128(n))
    }

    fn part(n: u128, parent: Option<u128>, reserved: Option<i64>, limit: Option<i64>) -> Part {
        Part {
            id: id(n),
            name: format!("Part {n}"),
            parent: parent.map(id),
            reserved: reserved.map(Money),
            limit: limit.map(Money),
        }
    }

    fn moved(from: u128, to: u128, pence: i64) -> Moved {
        Moved {
            from: id(from),
            to: id(to),
            amount: Money(pence),
        }
    }

    fn amounts(parts: &[Part]) -> Vec<(Option<i64>, Option<i64>)> {
        let pence = |held: Option<Money>| held.map(Money::pence);
        parts
            .iter()
            .map(|one| (pence(one.reserved), pence(one.limit)))
            .collect()
    }

    /// 1 holds 2 and 3; 4 stands beside 1.
    fn tree() -> Vec<Part> {
        vec![
            part(1, None, Some(100), None),
            part(2, Some(1), Some(60), Some(80)),
            part(3, Some(1), None, Some(30)),
            part(4, None, None, Some(50)),
        ]
    }

    #[test]
    fn what_stands_around_both_holds_as_much_as_before() {
        // between siblings: the one around them is not changed
        let inside = shift(&tree(), moved(2, 3, 10)).unwrap();
        assert_eq!(
            amounts(&inside),
            [
                (Some(100), None),
                (Some(50), Some(70)),
                (None, Some(40)),
                (None, Some(50))
            ]
        );
        // out of the one around it too
        let out = shift(&tree(), moved(2, 4, 10)).unwrap();
        assert_eq!(
            amounts(&out),
            [
                (Some(90), None),
                (Some(50), Some(70)),
                (None, Some(30)),
                (None, Some(60))
            ]
        );
        // from the one around it: only what is inside holds more
        let down = shift(&tree(), moved(1, 3, 5)).unwrap();
        assert_eq!(amounts(&down)[0], (Some(100), None));
        assert_eq!(amounts(&down)[2], (None, Some(35)));
        let most = shift(&tree(), moved(2, 4, 61)).unwrap_err();
        assert_eq!(
            most.detail,
            "At most £0.60 can be moved out of “Part 2”: that is reserved for it."
        );
        let cap = shift(&tree(), moved(4, 3, 51)).unwrap_err();
        assert_eq!(
            cap.detail,
            "At most £0.50 can be moved out of “Part 4”: that is what it may take."
        );
    }

    #[test]
    fn tolerance_counts_all_that_was_moved_without_asking() {
        let terms = |of| VirementTerms {
            share_bp: Some(1_000),
            of,
            source: "Letter".to_owned(),
        };
        let free = [moved(2, 3, 4), moved(4, 2, 3)];
        let of_award = tolerances(&terms(VirementBase::Award), Money(200), &tree(), &free);
        assert_eq!(of_award.len(), 1);
        assert_eq!(
            (of_award[0].tolerance, of_award[0].counted),
            (Money(20), Money(7))
        );
        let of_fence = tolerances(&terms(VirementBase::Fence), Money(200), &tree(), &free);
        let seen: Vec<_> = of_fence
            .iter()
            .map(|one| (one.tolerance.pence(), one.counted.pence()))
            .collect();
        assert_eq!(seen, [(10, 0), (8, 7), (3, 4), (5, 3)]);
        // what has the least room decides
        let least = tightest(&of_fence, moved(2, 4, 1)).unwrap();
        assert_eq!((least.fence, least.left()), (Some(id(2)), Money(1)));
        // where nothing is stated nothing is tolerated
        let none = tolerances(&VirementTerms::default(), Money(200), &tree(), &[]);
        assert_eq!(none[0].tolerance, Money(0));
    }

    #[test]
    fn consent_is_given_once() {
        assert_eq!(state(false, []), VirementState::Made);
        assert_eq!(state(true, []), VirementState::ToAsk);
        assert_eq!(state(true, [Kind::Asked]), VirementState::Asked);
        assert_eq!(state(true, [Kind::Asked, Kind::Given]), VirementState::Made);
        for settled in [
            VirementState::Made,
            VirementState::Refused,
            VirementState::Withdrawn,
        ] {
            for kind in Kind::all() {
                assert!(check_next(settled, kind).is_err());
            }
        }
        assert!(check_next(VirementState::Asked, Kind::Asked).is_err());
        assert!(check_next(VirementState::Asked, Kind::Given).is_ok());
    }

    proptest! {
        #[test]
        fn moving_back_restores_every_fence(
            steps in prop::collection::vec((1_u128..5, 1_u128..5, 1_i64..40), 0..6),
        ) {
            let start = tree();
            let mut stands = start.clone();
            let mut done = Vec::new();
            for (from, to, pence) in steps.into_iter().filter(|(from, to, _)| from != to) {
                let one = moved(from, to, pence);
                if let Ok(then) = shift(&stands, one) {
                    // no reserve and no cap is ever below nothing
                    let whole = |held: Option<Money>| held.is_none_or(|held| held >= Money(0));
                    let all_whole = then
                        .iter()
                        .all(|part| whole(part.reserved) && whole(part.limit));
                    prop_assert!(all_whole);
                    stands = then;
                    done.push(one);
                }
            }
            prop_assert_eq!(unmoved(&stands, &done), start);
        }
    }
}
