//! What must hold of a pool and of what awards contribute to it.

pub mod balance;
pub mod contributions;
pub mod policies;

use chrono::NaiveDate;
use entity::{AwardId, Money};

use crate::FieldError;
use crate::awards::rules::is_amount;
use crate::calendar::rules::is_plausible;

/// Most contributions of one pool.
pub const MOST_CONTRIBUTIONS: usize = 200;

/// What is wrong with a pool's list of contributions, apart from what each award can give.
#[must_use]
pub fn check_contributions(contributions: &[(AwardId, Money)]) -> Vec<FieldError> {
    if contributions.len() > MOST_CONTRIBUTIONS {
        return vec![FieldError::new(
            "/contributions",
            "too-many",
            format!("A pool has at most {MOST_CONTRIBUTIONS} contributions."),
        )];
    }
    let mut wrong = Vec::new();
    for (index, (award, agreed)) in contributions.iter().enumerate() {
        if !is_amount(*agreed) || *agreed == Money::ZERO {
            wrong.push(FieldError::new(
                format!("/contributions/{index}/agreed_pence"),
                "out-of-range",
                "Enter an amount of more than nothing.",
            ));
        }
        if contributions
            .iter()
            .take(index)
            .any(|(earlier, _)| earlier == award)
        {
            wrong.push(FieldError::new(
                format!("/contributions/{index}/award_id"),
                "twice",
                "An award contributes once to a pool. Add the amounts up.",
            ));
        }
    }
    wrong
}

/// What is wrong with the day from which a policy applies.
#[must_use]
pub fn check_policy_from(from: NaiveDate) -> Option<FieldError> {
    (!is_plausible(from)).then(|| {
        FieldError::new(
            "/policy_from",
            "not-plausible",
            "Enter a date between 1990 and 2199.",
        )
    })
}

/// What an award of this amount can still contribute. `None` when nothing sensible remains to be
/// said: its contributions fit no number.
#[must_use]
pub fn room(award: Money, contributed: impl IntoIterator<Item = Money>) -> Option<Money> {
    let contributed = Money::sum(contributed)?;
    Some(award.minus(contributed)?.max(Money::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_of_an_award_leave_room_for_the_rest() {
        assert_eq!(room(Money(100), [Money(40), Money(35)]), Some(Money(25)));
        assert_eq!(room(Money(100), []), Some(Money(100)));
        // an amendment may have cut the award below what it contributes
        assert_eq!(room(Money(50), [Money(80)]), Some(Money::ZERO));
        assert_eq!(room(Money(50), [Money::MAX, Money(1)]), None);
    }

    #[test]
    fn an_award_contributes_once_and_something() {
        let (one, two) = (AwardId::new(), AwardId::new());
        let codes: Vec<String> =
            check_contributions(&[(one, Money(1)), (two, Money(0)), (one, Money(-1))])
                .into_iter()
                .map(|found| format!("{} {}", found.pointer, found.code))
                .collect();
        assert_eq!(
            codes,
            [
                "/contributions/1/agreed_pence out-of-range",
                "/contributions/2/agreed_pence out-of-range",
                "/contributions/2/award_id twice",
            ]
        );
        assert!(check_contributions(&[(one, Money(1)), (two, Money(1))]).is_empty());
    }
}
