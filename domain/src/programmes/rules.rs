//! What must hold of a programme, of its dates and of what it took the place of.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entity::{Money, ProgrammeId, StageKind};
use serde::{Deserialize, Serialize};

use crate::FieldError;
use crate::awards::rules::is_amount;
use crate::calendar::rules::{Moment, is_plausible};

/// Most programmes that one may have taken the place of.
pub const MOST_BEFORE: usize = 20;

/// What is wrong with the amounts and dates of a programme.
#[must_use]
pub fn check_terms(
    smallest: Option<Money>,
    largest: Option<Money>,
    opens: Option<Moment>,
    closes: Option<Moment>,
) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    for (pointer, amount) in [("/smallest_pence", smallest), ("/largest_pence", largest)] {
        if amount.is_some_and(|amount| !is_amount(amount) || amount == Money::ZERO) {
            wrong.push(FieldError::new(
                pointer,
                "out-of-range",
                "Enter an amount of more than nothing and at most a trillion pounds, or leave it \
                 out.",
            ));
        }
    }
    if wrong.is_empty()
        && let (Some(smallest), Some(largest)) = (smallest, largest)
        && largest < smallest
    {
        wrong.push(FieldError::new(
            "/largest_pence",
            "below-the-smallest",
            "The largest amount is at least the smallest.",
        ));
    }
    for (pointer, moment) in [("/opens", opens), ("/closes", closes)] {
        if moment.is_some_and(|moment| !is_plausible(moment.on)) {
            wrong.push(FieldError::new(
                pointer,
                "not-plausible",
                "Enter a date between 1990 and 2199.",
            ));
            return wrong;
        }
    }
    if let (Some(opens), Some(closes)) = (opens, closes)
        && closes.ends() < opens.begins()
    {
        wrong.push(FieldError::new(
            "/closes",
            "before-opening",
            "A programme closes after it opens.",
        ));
    }
    wrong
}

/// What is wrong with an address of a page of the funder's; an empty one is none.
#[must_use]
pub fn check_link(link: &str) -> Option<FieldError> {
    let after = link
        .strip_prefix("https://")
        .or_else(|| link.strip_prefix("http://"));
    let is_one = after.is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && !link.contains(|c: char| c.is_whitespace())
    });
    (!link.is_empty() && !is_one).then(|| {
        FieldError::new(
            "/link",
            "not-an-address",
            "Enter the page’s address, beginning with https://.",
        )
    })
}

/// The stages of an application, each once and in the order in which funders have them.
#[must_use]
pub fn in_order(stages: &[StageKind]) -> Vec<StageKind> {
    let set: BTreeSet<StageKind> = stages.iter().copied().collect();
    set.into_iter().collect()
}

/// A stage as pages and mails name it: "full application".
#[must_use]
pub const fn stage_in_words(stage: StageKind) -> &'static str {
    match stage {
        StageKind::Interest => "interest",
        StageKind::Eligibility => "eligibility check",
        StageKind::Expression => "expression of interest",
        StageKind::Outline => "outline",
        StageKind::Full => "full application",
        StageKind::Assessment => "assessment",
        StageKind::Decision => "decision",
    }
}

/// Where a programme stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It opens later.
    ToOpen,
    /// It takes applications.
    Open,
    /// It takes none any more.
    Closed,
}

/// Where a programme stands at an instant: one without a closing date stays open.
#[must_use]
pub fn standing(
    opens: Option<DateTime<Utc>>,
    closes: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Standing {
    if closes.is_some_and(|closes| now > closes) {
        Standing::Closed
    } else if opens.is_some_and(|opens| now < opens) {
        Standing::ToOpen
    } else {
        Standing::Open
    }
}

/// Which programmes took the place of which: each with those before it.
pub type Succession = BTreeMap<ProgrammeId, BTreeSet<ProgrammeId>>;

/// Whether a programme, having taken the place of these, would come before itself.
#[must_use]
pub fn comes_before_itself(
    known: &Succession,
    programme: ProgrammeId,
    before: &BTreeSet<ProgrammeId>,
) -> bool {
    let mut seen: BTreeSet<ProgrammeId> = BTreeSet::new();
    let mut waiting: Vec<ProgrammeId> = before.iter().copied().collect();
    while let Some(one) = waiting.pop() {
        if one == programme {
            return true;
        }
        if seen.insert(one) {
            waiting.extend(known.get(&one).into_iter().flatten());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use chrono::NaiveTime;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn id(n: u128) -> ProgrammeId {
        ProgrammeId(Uuid::from_u128(n))
    }

    fn moment(on: &str, at: Option<&str>) -> Moment {
        Moment {
            on: on.parse().unwrap(),
            at: at.map(|at| NaiveTime::parse_from_str(at, "%H:%M").unwrap()),
        }
    }

    #[test]
    fn amounts_and_dates_stand_the_right_way_round() {
        let codes = |smallest, largest, opens, closes| -> Vec<String> {
            check_terms(smallest, largest, opens, closes)
                .into_iter()
                .map(|wrong| format!("{} {}", wrong.pointer, wrong.code))
                .collect()
        };
        let none: [String; 0] = [];
        assert_eq!(codes(None, None, None, None), none);
        assert_eq!(codes(Some(Money(5)), Some(Money(5)), None, None), none);
        assert_eq!(
            codes(Some(Money(6)), Some(Money(5)), None, None),
            ["/largest_pence below-the-smallest"]
        );
        assert_eq!(
            codes(None, Some(Money(0)), None, None),
            ["/largest_pence out-of-range"]
        );
        let day = moment("2026-10-30", None);
        assert_eq!(codes(None, None, Some(day), Some(day)), none);
        assert_eq!(
            codes(
                None,
                None,
                Some(moment("2026-10-30", Some("12:00"))),
                Some(moment("2026-10-30", Some("11:59")))
            ),
            ["/closes before-opening"]
        );
        assert_eq!(
            codes(None, None, None, Some(moment("1926-10-30", None))),
            ["/closes not-plausible"]
        );
    }

    #[test]
    fn a_programme_is_open_between_its_dates() {
        let at = |text: &str| Some(text.parse().unwrap());
        let (opens, closes) = (at("2026-10-01T08:00:00Z"), at("2026-10-30T12:00:00Z"));
        let on = |text: &str| standing(opens, closes, text.parse().unwrap());
        assert_eq!(on("2026-10-01T07:59:59Z"), Standing::ToOpen);
        assert_eq!(on("2026-10-01T08:00:00Z"), Standing::Open);
        assert_eq!(on("2026-10-30T12:00:00Z"), Standing::Open);
        assert_eq!(on("2026-10-30T12:00:01Z"), Standing::Closed);
        assert_eq!(
            standing(None, None, "2026-10-30T12:00:01Z".parse().unwrap()),
            Standing::Open
        );
    }

    #[test]
    fn an_address_is_one_of_a_page() {
        for right in ["", "https://lantern.example/grants", "http://a.example"] {
            assert!(check_link(right).is_none(), "{right}");
        }
        for wrong in [
            "lantern.example",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://a b",
        ] {
            assert!(check_link(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn two_may_become_one_and_none_comes_before_itself() {
        let before = |list: &[u128]| list.iter().copied().map(id).collect::<BTreeSet<_>>();
        let known: Succession = [(id(3), before(&[1, 2])), (id(4), before(&[3]))].into();
        assert!(!comes_before_itself(&known, id(5), &before(&[4, 2])));
        assert!(!comes_before_itself(&known, id(4), &before(&[3, 1])));
        assert!(comes_before_itself(&known, id(1), &before(&[4])));
        assert!(comes_before_itself(&known, id(1), &before(&[1])));
    }

    proptest! {
        /// However programmes follow each other, what was accepted has an order.
        #[test]
        fn what_is_accepted_has_an_order(edges in prop::collection::vec((0u128..12, 0u128..12), 0..60)) {
            let mut known = Succession::new();
            for (after, before) in edges {
                let mut all = known.get(&id(after)).cloned().unwrap_or_default();
                all.insert(id(before));
                if !comes_before_itself(&known, id(after), &all) {
                    known.insert(id(after), all);
                }
            }
            // taken away from the oldest on, none is left over
            let mut left = known;
            while !left.is_empty() {
                let free: Vec<_> = left.iter().filter(|(_, before)| before.iter().all(|one| !left.contains_key(one)))
                    .map(|(after, _)| *after).collect();
                prop_assert!(!free.is_empty());
                for one in free { left.remove(&one); }
            }
        }
    }
}
