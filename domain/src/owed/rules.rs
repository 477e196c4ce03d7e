//! What is owed between us and a funder, which way and why. No penny is told twice: what a funder is late with
//! by its schedule is not told again because it was claimed, and once an award is closed only what its closure
//! left is owed.

use chrono::NaiveDate;
use entity::Money;
use serde::{Deserialize, Serialize};

use crate::calendar::rules::date_without_weekday;

/// Who owes whom.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
#[schema(as = OwedDirection)]
pub enum Direction {
    /// We owe the funder.
    WeOwe,
    /// The funder owes us.
    OwedToUs,
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::WeOwe, Self::OwedToUs];

    /// The slug spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::WeOwe => "we-owe",
            Self::OwedToUs => "owed-to-us",
        }
    }
}

/// Why something is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = OwedKind)]
pub enum Kind {
    /// We owe it: received and not spent when the award was closed, and it goes back.
    Unspent,
    /// We owe it: spend that a closed award had paid for was taken back since.
    TakenBack,
    /// We owe it: received beyond what the award holds.
    Beyond,
    /// Owed to us: due by the payment schedule, and not received.
    Late,
    /// Owed to us: claimed, and not received.
    Claimed,
    /// Owed to us: spend that a closed award paid for, and that was not received.
    Unpaid,
}

impl Kind {
    /// Which way it is owed.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::Unspent | Self::TakenBack | Self::Beyond => Direction::WeOwe,
            Self::Late | Self::Claimed | Self::Unpaid => Direction::OwedToUs,
        }
    }

    /// The slug spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Unspent => "unspent",
            Self::TakenBack => "taken-back",
            Self::Beyond => "beyond",
            Self::Late => "late",
            Self::Claimed => "claimed",
            Self::Unpaid => "unpaid",
        }
    }

    /// Whether it is overdue on a day, if it has been owed since another. A claim has no day by which a
    /// funder must pay, unless its schedule says so.
    #[must_use]
    pub fn is_overdue(self, since: Option<NaiveDate>, today: NaiveDate) -> bool {
        self != Self::Claimed && since.is_some_and(|since| since < today)
    }
}

/// Something that is owed of one award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed<T> {
    /// Why.
    pub kind: Kind,
    /// How much.
    pub amount: Money,
    /// Since when, or due on which London date; none where no day is known.
    pub since: Option<NaiveDate>,
    /// The payment of the schedule or the claim that it is of.
    pub of: Option<T>,
    /// The same as a sentence.
    pub sentence: String,
}

/// What was claimed or received on a day.
pub type OnDay = (NaiveDate, Money);

/// What is open of each claim. A receipt pays the oldest open claim that was made by its day: one that came
/// before a claim was made cannot be the answer to it.
#[must_use]
pub fn open_claims(claims: &[OnDay], receipts: &[OnDay]) -> Vec<Money> {
    let mut open: Vec<i64> = claims.iter().map(|(_, amount)| amount.pence()).collect();
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by_key(|at| claims.get(*at).map(|(on, _)| (*on, *at)));
    let mut came: Vec<&OnDay> = receipts.iter().collect();
    came.sort_by_key(|(on, _)| *on);
    for (on, amount) in came {
        let mut left = amount.pence();
        for at in &order {
            let (Some((made_on, _)), Some(rest)) = (claims.get(*at), open.get_mut(*at)) else {
                continue;
            };
            if made_on > on {
                break;
            }
            let part = left.min(*rest).max(0);
            *rest -= part;
            left -= part;
        }
    }
    open.into_iter().map(Money).collect()
}

/// What is left of open claims once what is late by the schedule is told as late: of the oldest claims first,
/// for what was due first was asked for first.
#[must_use]
pub fn beside_late(open: &[Money], late: Money) -> Vec<Money> {
    let mut told = late.pence();
    open.iter()
        .map(|claim| {
            let part = told.min(claim.pence()).max(0);
            told -= part;
            Money(claim.pence() - part)
        })
        .collect()
}

/// What a closed award leaves owed, of which this much because spend was taken back since.
#[must_use]
pub fn of_closed<T>(
    closed_on: NaiveDate,
    to_funder: Money,
    to_us: Money,
    taken_back: Money,
) -> Vec<Owed<T>> {
    let back = taken_back.min(to_funder).max(Money::ZERO);
    let unspent = to_funder.minus(back).unwrap_or_default();
    let closed = format!(
        "The award is closed from {}",
        date_without_weekday(closed_on)
    );
    let one = |kind: Kind, amount: Money, why: &str| Owed {
        kind,
        amount,
        since: Some(closed_on),
        of: None,
        sentence: format!("{closed}: {} {why}.", amount.in_full()),
    };
    [
        one(
            Kind::Unspent,
            unspent,
            "was received beyond what it paid for, was not carried forward, and was not repaid",
        ),
        one(
            Kind::TakenBack,
            back,
            "that it had paid for was taken back since, and goes back to the funder",
        ),
        one(
            Kind::Unpaid,
            to_us,
            "of spend that it paid for was not received",
        ),
    ]
    .into_iter()
    .filter(|owed| owed.amount > Money::ZERO)
    .collect()
}

/// What was received beyond what an award that runs holds.
#[must_use]
pub fn beyond<T>(held: Money, amount: Money) -> Option<Owed<T>> {
    let over = held.minus(amount).unwrap_or_default();
    (over > Money::ZERO).then(|| Owed {
        kind: Kind::Beyond,
        amount: over,
        since: None,
        of: None,
        sentence: format!(
            "{} was received less repaid, and the award holds {}: {} is to be repaid.",
            held.in_full(),
            amount.in_full(),
            over.in_full()
        ),
    })
}

/// A payment of the schedule that is late. `unmet` conditions must be met before the funder pays.
#[must_use]
pub fn late<T>(
    of: T,
    due_on: NaiveDate,
    promised: Money,
    received: Money,
    unmet: &[String],
) -> Owed<T> {
    let missing = promised.minus(received).unwrap_or_default();
    let came = if received == Money::ZERO {
        "and nothing of it was received".to_owned()
    } else {
        format!("and {} of it was received", received.in_full())
    };
    let waits = match unmet {
        [] => String::new(),
        [one] => format!(" A condition must be met before the funder pays, and is not: {one}."),
        many => format!(
            " Conditions must be met before the funder pays, and are not: {}.",
            many.join("; ")
        ),
    };
    Owed {
        kind: Kind::Late,
        amount: missing,
        since: Some(due_on),
        of: Some(of),
        sentence: format!(
            "{} was due on {} by the payment schedule, {came}.{waits}",
            promised.in_full(),
            date_without_weekday(due_on)
        ),
    }
}

/// A claim of which some was not received.
#[must_use]
pub fn claimed<T>(of: T, (made_on, amount): OnDay, open: Money, reference: &str) -> Owed<T> {
    let of_it = if open == amount {
        "it was not received".to_owned()
    } else {
        format!("{} of it was not received", open.in_full())
    };
    Owed {
        kind: Kind::Claimed,
        amount: open,
        since: Some(made_on),
        of: Some(of),
        sentence: format!(
            "{} was claimed on {} ({reference}), and {of_it}.",
            amount.in_full(),
            date_without_weekday(made_on)
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn day(on: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 9, on).unwrap()
    }

    fn on(days: &[(u32, i64)]) -> Vec<OnDay> {
        days.iter()
            .map(|(on, pence)| (day(*on), Money(*pence)))
            .collect()
    }

    #[test]
    fn a_receipt_pays_the_oldest_claim_that_was_made_by_its_day() {
        let open = |claims, receipts| {
            open_claims(&on(claims), &on(receipts))
                .into_iter()
                .map(Money::pence)
                .collect::<Vec<_>>()
        };
        // what came before anything was asked for answers no claim
        assert_eq!(open(&[(10, 100)], &[(9, 100)]), [100]);
        assert_eq!(open(&[(10, 100)], &[(10, 100)]), [0]);
        assert_eq!(open(&[(20, 50), (10, 100)], &[(21, 120)]), [30, 0]);
        assert_eq!(
            open(&[(10, 100), (20, 50)], &[(15, 130), (25, 20)]),
            [0, 30]
        );
        assert_eq!(open(&[], &[(15, 130)]), [0_i64; 0]);
    }

    #[test]
    fn what_is_late_is_not_told_again_as_claimed() {
        let left = |open: &[i64], late| {
            let open: Vec<Money> = open.iter().map(|pence| Money(*pence)).collect();
            beside_late(&open, Money(late))
                .into_iter()
                .map(Money::pence)
                .collect::<Vec<_>>()
        };
        assert_eq!(left(&[60, 40], 0), [60, 40]);
        assert_eq!(left(&[60, 40], 70), [0, 30]);
        assert_eq!(left(&[60, 40], 700), [0, 0]);
    }

    #[test]
    fn a_closed_award_leaves_owed_what_it_left() {
        let of = |to_funder, to_us, back| {
            of_closed::<()>(day(1), Money(to_funder), Money(to_us), Money(back))
                .into_iter()
                .map(|owed| (owed.kind, owed.amount.pence(), owed.sentence))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(0, 0, 500), [], "what was taken back was repaid already");
        assert_eq!(
            of(900, 0, 500),
            [
                (
                    Kind::Unspent,
                    400,
                    "The award is closed from 1 September 2026: £4.00 was received beyond what it paid for, \
                     was not carried forward, and was not repaid."
                        .to_owned()
                ),
                (
                    Kind::TakenBack,
                    500,
                    "The award is closed from 1 September 2026: £5.00 that it had paid for was taken back \
                     since, and goes back to the funder."
                        .to_owned()
                ),
            ]
        );
        let owed = of(0, 250, 100);
        assert_eq!((owed.len(), owed[0].0, owed[0].1), (1, Kind::Unpaid, 250));
    }

    #[test]
    fn each_says_why_in_a_sentence() {
        assert_eq!(beyond::<()>(Money(1_000), Money(1_000)), None);
        assert_eq!(
            beyond::<()>(Money(1_500), Money(1_000)).unwrap().sentence,
            "£15.00 was received less repaid, and the award holds £10.00: £5.00 is to be repaid."
        );
        let unmet = ["Send the plan".to_owned()];
        let one = late(1, day(3), Money(1_000), Money(250), &unmet);
        assert_eq!((one.amount, one.since), (Money(750), Some(day(3))));
        assert_eq!(
            one.sentence,
            "£10.00 was due on 3 September 2026 by the payment schedule, and £2.50 of it was received. A \
             condition must be met before the funder pays, and is not: Send the plan."
        );
        assert_eq!(
            claimed(1, (day(3), Money(1_000)), Money(1_000), "GL 9").sentence,
            "£10.00 was claimed on 3 September 2026 (GL 9), and it was not received."
        );
        assert!(Kind::Late.is_overdue(Some(day(3)), day(4)));
        assert!(!Kind::Late.is_overdue(Some(day(3)), day(3)));
        assert!(!Kind::Claimed.is_overdue(Some(day(3)), day(4)));
        assert!(!Kind::Beyond.is_overdue(None, day(4)));
    }

    proptest! {
        #[test]
        fn no_penny_pays_two_claims(
            claims in prop::collection::vec((1_u32..29, 1_i64..1000), 0..8),
            receipts in prop::collection::vec((1_u32..29, 1_i64..1000), 0..8),
            late in 0_i64..3000,
        ) {
            let (claims, receipts) = (on(&claims), on(&receipts));
            let open = open_claims(&claims, &receipts);
            let sum = |all: &[Money]| all.iter().map(|one| one.pence()).sum::<i64>();
            let claimed: i64 = claims.iter().map(|(_, one)| one.pence()).sum();
            let came: i64 = receipts.iter().map(|(_, one)| one.pence()).sum();
            prop_assert!(claimed - sum(&open) <= came);
            for (open, (_, claim)) in open.iter().zip(&claims) {
                prop_assert!(*open >= Money::ZERO && open <= claim);
            }
            // what is late and what is told beside it are at least either, and never both together
            let beside = sum(&beside_late(&open, Money(late)));
            prop_assert_eq!(beside, (sum(&open) - late).max(0));
        }
    }
}
