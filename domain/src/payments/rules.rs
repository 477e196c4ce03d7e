//! Which receipt is which payment of the schedule, and what that leaves expected, received and late.

use chrono::NaiveDate;
use entity::{AwardPaymentId, Money};

/// A payment of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promised {
    /// Which.
    pub id: AwardPaymentId,
    /// London date.
    pub due_on: NaiveDate,
    /// How much.
    pub amount: Money,
}

/// A receipt, with what was taken back of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// London date.
    pub on: NaiveDate,
    /// How much.
    pub amount: Money,
    /// The payment that it is said to be.
    pub payment: Option<AwardPaymentId>,
}

/// What was received of each payment, in the order of the schedule, and what is beyond all of them.
///
/// A receipt goes to the payment that it names, as far as that is open; the rest of it, and those that
/// name none, go to what was due earliest.
#[must_use]
pub fn matched(schedule: &[Promised], receipts: &[Received]) -> (Vec<Money>, Money) {
    let mut got = vec![0_i64; schedule.len()];
    let open_of = |at: usize, most: i64, got: &mut Vec<i64>| -> i64 {
        let (Some(promised), Some(sum)) = (schedule.get(at), got.get_mut(at)) else {
            return 0;
        };
        let part = most.min(promised.amount.pence() - *sum).max(0);
        *sum += part;
        part
    };
    let mut rest = 0_i64;
    for receipt in receipts {
        let mut left = receipt.amount.pence();
        let named = receipt
            .payment
            .and_then(|id| schedule.iter().position(|promised| promised.id == id));
        if let Some(at) = named {
            left -= open_of(at, left, &mut got);
        }
        rest = rest.saturating_add(left);
    }
    let mut order: Vec<usize> = (0..schedule.len()).collect();
    order.sort_by_key(|at| schedule.get(*at).map(|promised| (promised.due_on, *at)));
    for at in order {
        rest -= open_of(at, rest, &mut got);
    }
    (got.into_iter().map(Money).collect(), Money(rest))
}

/// Of an award that is not closed: what was received ahead of the spend that it pays for, and what is owed to us;
/// `held` is received less repaid.
#[must_use]
pub fn ahead_and_owed(held: Money, attributed: Money) -> (Money, Money) {
    let over = |more: Money, less: Money| more.minus(less).unwrap_or_default().max(Money::ZERO);
    (over(held, attributed), over(attributed, held))
}

/// How a payment of the schedule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PaymentState {
    /// Its day is to come.
    Expected,
    /// All of it was received.
    Received,
    /// Its day is over, and some or all of it was not received.
    Late,
}

impl PaymentState {
    /// The slug spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Received => "received",
            Self::Late => "late",
        }
    }
}

/// How a payment stands on a day.
#[must_use]
pub fn state(promised: &Promised, received: Money, today: NaiveDate) -> PaymentState {
    if received >= promised.amount {
        PaymentState::Received
    } else if promised.due_on < today {
        PaymentState::Late
    } else {
        PaymentState::Expected
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn day(on: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, on).unwrap()
    }

    fn promised(n: u128, on: u32, pence: i64) -> Promised {
        Promised {
            id: AwardPaymentId(uuid::Uuid::from_u128(n)),
            due_on: day(on),
            amount: Money(pence),
        }
    }

    fn received(pence: i64, of: Option<u128>) -> Received {
        Received {
            on: day(1),
            amount: Money(pence),
            payment: of.map(|n| AwardPaymentId(uuid::Uuid::from_u128(n))),
        }
    }

    #[test]
    fn receipts_go_to_what_they_name_and_then_to_what_was_due_earliest() {
        let schedule = [
            promised(1, 20, 100),
            promised(2, 5, 50),
            promised(3, 30, 80),
        ];
        let (got, beyond) = matched(&schedule, &[received(120, None)]);
        assert_eq!(
            (got, beyond),
            (vec![Money(70), Money(50), Money(0)], Money(0))
        );
        let (got, beyond) = matched(&schedule, &[received(60, None), received(90, Some(3))]);
        assert_eq!(
            (got, beyond),
            (vec![Money(20), Money(50), Money(80)], Money(0))
        );
        let (got, beyond) = matched(&schedule, &[received(300, Some(9))]);
        assert_eq!(
            (got, beyond),
            (vec![Money(100), Money(50), Money(80)], Money(70))
        );
    }

    #[test]
    fn a_payment_is_late_the_day_after_it_was_due() {
        let one = promised(1, 20, 100);
        assert_eq!(state(&one, Money(0), day(20)), PaymentState::Expected);
        assert_eq!(state(&one, Money(99), day(21)), PaymentState::Late);
        assert_eq!(state(&one, Money(100), day(21)), PaymentState::Received);
    }

    proptest! {
        #[test]
        fn no_penny_is_matched_twice(
            schedule in prop::collection::vec((1_u32..29, 1_i64..1000), 0..8),
            receipts in prop::collection::vec((1_i64..1000, prop::option::of(0_u128..8)), 0..8),
        ) {
            let schedule: Vec<Promised> = schedule.iter().enumerate()
                .map(|(n, (on, pence))| promised(u128::try_from(n).unwrap(), *on, *pence)).collect();
            let receipts: Vec<Received> = receipts.iter().map(|(pence, of)| received(*pence, *of)).collect();
            let (got, beyond) = matched(&schedule, &receipts);
            let all: i64 = receipts.iter().map(|one| one.amount.pence()).sum();
            prop_assert_eq!(got.iter().map(|one| one.pence()).sum::<i64>() + beyond.pence(), all);
            for (got, promised) in got.iter().zip(&schedule) {
                prop_assert!(*got <= promised.amount && *got >= Money(0));
            }
            // nothing is beyond the schedule while some of it is open
            let open: i64 = schedule.iter().zip(&got).map(|(one, got)| one.amount.pence() - got.pence()).sum();
            prop_assert!(beyond == Money(0) || open == 0);
        }
    }
}
