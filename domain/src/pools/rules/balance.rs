//! Who bears what a pool overspends, and who has what it leaves: the agreed rule and its working.

use std::collections::BTreeSet;

use entity::{AwardId, BalanceRule, Money, OrganisationId};

use super::policies::{WHOLE, percent};
use crate::FieldError;
use crate::proportion::dealt;

/// How an award stands in a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The award.
    pub award: AwardId,
    /// What it put in.
    pub put_in: Money,
    /// Of that, ring-fenced for some spend alone.
    pub ring_fenced: Money,
    /// What it pays for.
    pub paid: Money,
    /// What is left of its ring-fenced money.
    pub ring_fenced_left: Money,
}

impl Standing {
    /// What is left of what it put in.
    fn left(&self) -> Option<Money> {
        Some(self.put_in.minus(self.paid)?.max(Money::ZERO))
    }

    /// What it put in that is not ring-fenced.
    fn free(&self) -> Money {
        let free = self.put_in.minus(self.ring_fenced).unwrap_or_default();
        free.max(Money::ZERO)
    }
}

/// Whose part it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// An award's.
    Award(AwardId),
    /// An organisation's.
    Body(OrganisationId),
    /// The pool's reserve.
    Reserve,
}

/// A line of the working.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose part it is.
    pub whose: Whose,
    /// What it is shared by: pence that are not ring-fenced, or basis points.
    pub weight: i64,
    /// Ring-fenced money that is left and stays with its award.
    pub stays: Money,
    /// Its part of what is shared.
    pub part: Money,
}

/// The working of a rule on an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Working {
    /// What is overspent, or left, in all.
    pub amount: Money,
    /// Of that, ring-fenced: it is not shared.
    pub ring_fenced: Money,
    /// What is shared.
    pub shared: Money,
    /// The parts.
    pub parts: Vec<Part>,
}

fn by_rule(
    rule: BalanceRule,
    named: &[(OrganisationId, i64)],
    standings: &[Standing],
    amount: Money,
    stays: &[Money],
) -> Option<Working> {
    let ring_fenced = Money::sum(stays.iter().copied())?;
    let shared = amount.minus(ring_fenced)?;
    // Where all is ring-fenced, what each put in is all there is to share by.
    let free: Vec<i64> = standings.iter().map(|one| one.free().pence()).collect();
    let weights: Vec<i64> = if free.iter().all(|weight| *weight == 0) {
        standings.iter().map(|one| one.put_in.pence()).collect()
    } else {
        free
    };
    let of_awards = |weights: &[i64], parts: Vec<i64>| -> Vec<Part> {
        standings
            .iter()
            .zip(stays)
            .zip(weights.iter().zip(parts))
            .map(|((one, stays), (weight, part))| Part {
                whose: Whose::Award(one.award),
                weight: *weight,
                stays: *stays,
                part: Money(part),
            })
            .collect()
    };
    let none = vec![0; standings.len()];
    let staying = || -> Vec<Part> {
        of_awards(&none, none.clone())
            .into_iter()
            .filter(|part| part.stays > Money::ZERO)
            .collect()
    };
    let parts = match rule {
        BalanceRule::ProRata => of_awards(&weights, dealt(shared.pence(), &weights)),
        BalanceRule::Reserve => {
            let mut parts = staying();
            parts.push(Part {
                whose: Whose::Reserve,
                weight: WHOLE,
                stays: Money::ZERO,
                part: shared,
            });
            parts
        }
        BalanceRule::Shares => {
            let weights: Vec<i64> = named.iter().map(|(_, share)| *share).collect();
            let mut parts = staying();
            let theirs = dealt(shared.pence(), &weights);
            parts.extend(named.iter().zip(theirs).map(|((body, share), part)| Part {
                whose: Whose::Body(*body),
                weight: *share,
                stays: Money::ZERO,
                part: Money(part),
            }));
            parts
        }
    };
    Some(Working {
        amount,
        ring_fenced,
        shared,
        parts,
    })
}

/// Who bears what no award pays for. Nothing where a sum fits no number.
#[must_use]
pub fn over(
    rule: BalanceRule,
    named: &[(OrganisationId, i64)],
    standings: &[Standing],
    uncovered: Money,
) -> Option<Working> {
    let stays = vec![Money::ZERO; standings.len()];
    let uncovered = uncovered.max(Money::ZERO);
    by_rule(rule, named, standings, uncovered, &stays)
}

/// Who has what is left of what awards put in: ring-fenced money that is left stays with its award, the
/// rest is shared. Nothing where a sum fits no number.
#[must_use]
pub fn under(
    rule: BalanceRule,
    named: &[(OrganisationId, i64)],
    standings: &[Standing],
) -> Option<Working> {
    let left: Vec<Money> = standings
        .iter()
        .map(Standing::left)
        .collect::<Option<_>>()?;
    let stays: Vec<Money> = standings
        .iter()
        .zip(&left)
        .map(|(one, left)| one.ring_fenced_left.max(Money::ZERO).min(*left))
        .collect();
    by_rule(rule, named, standings, Money::sum(left)?, &stays)
}

/// What is wrong with named shares of one side.
#[must_use]
pub fn check_shares(
    pointer: &str,
    rule: BalanceRule,
    named: &[(OrganisationId, i64)],
) -> Vec<FieldError> {
    let wrong = |code: &str, detail: String| vec![FieldError::new(pointer, code, detail)];
    if rule != BalanceRule::Shares {
        return if named.is_empty() {
            Vec::new()
        } else {
            wrong(
                "not-named",
                "Name shares only where named shares were agreed.".to_owned(),
            )
        };
    }
    let bodies: BTreeSet<OrganisationId> = named.iter().map(|(body, _)| *body).collect();
    if bodies.len() < named.len() {
        return wrong("twice", "Name an organisation once.".to_owned());
    }
    let sum: i64 = named.iter().map(|(_, share)| *share).sum();
    if sum != WHOLE || named.iter().any(|(_, share)| *share <= 0) {
        return wrong(
            "not-the-whole",
            format!(
                "The shares come to {}%. They must come to 100%, each of more than nothing.",
                percent(sum)
            ),
        );
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use BalanceRule::{ProRata, Reserve, Shares};
    use proptest::prelude::*;

    use super::*;

    fn standing(put_in: i64, ring_fenced: i64, paid: i64, left: i64) -> Standing {
        Standing {
            award: AwardId::new(),
            put_in: Money(put_in),
            ring_fenced: Money(ring_fenced),
            paid: Money(paid),
            ring_fenced_left: Money(left),
        }
    }

    fn parts(working: &Working) -> Vec<(i64, i64, i64)> {
        working
            .parts
            .iter()
            .map(|part| (part.weight, part.stays.pence(), part.part.pence()))
            .collect()
    }

    #[test]
    fn what_is_left_is_shared_but_for_ring_fenced_money() {
        // 400 and 200 left, of which 100 ring-fenced; 500 shared by 800 to 200
        let standings = [standing(1_000, 200, 600, 100), standing(200, 0, 0, 0)];
        let seen = under(ProRata, &[], &standings).unwrap();
        assert_eq!(
            (seen.amount, seen.ring_fenced, seen.shared),
            (Money(600), Money(100), Money(500))
        );
        assert_eq!(parts(&seen), [(800, 100, 400), (200, 0, 100)]);
        let seen = under(Reserve, &[], &standings).unwrap();
        assert_eq!(parts(&seen), [(0, 100, 0), (10_000, 0, 500)]);
        let named = [
            (OrganisationId::new(), 3_333),
            (OrganisationId::new(), 6_667),
        ];
        let seen = under(Shares, &named, &standings).unwrap();
        assert_eq!(
            parts(&seen),
            [(0, 100, 0), (3_333, 0, 167), (6_667, 0, 333)]
        );
    }

    #[test]
    fn what_is_overspent_is_borne_by_the_rule() {
        let standings = [standing(900, 300, 900, 0), standing(300, 0, 300, 0)];
        let seen = over(ProRata, &[], &standings, Money(100)).unwrap();
        assert_eq!(parts(&seen), [(600, 0, 67), (300, 0, 33)]);
        let seen = over(Reserve, &[], &standings, Money(-5)).unwrap();
        assert_eq!(parts(&seen), [(10_000, 0, 0)]);
        // all is ring-fenced: by what each put in
        let fenced = [standing(900, 900, 0, 0), standing(300, 300, 0, 0)];
        let seen = over(ProRata, &[], &fenced, Money(4)).unwrap();
        assert_eq!(parts(&seen), [(900, 0, 3), (300, 0, 1)]);
    }

    #[test]
    fn named_shares_come_to_the_whole() {
        let (a, b) = (OrganisationId::new(), OrganisationId::new());
        let code = |rule, named: &[(OrganisationId, i64)]| {
            check_shares("/x", rule, named)
                .first()
                .map(|found| found.code.to_string())
        };
        assert_eq!(code(Shares, &[(a, 4_000), (b, 6_000)]), None);
        assert_eq!(
            code(Shares, &[(a, 4_000), (b, 5_000)]).as_deref(),
            Some("not-the-whole")
        );
        assert_eq!(
            code(Shares, &[(a, 10_000), (b, 0)]).as_deref(),
            Some("not-the-whole")
        );
        assert_eq!(
            code(Shares, &[(a, 4_000), (a, 6_000)]).as_deref(),
            Some("twice")
        );
        assert_eq!(code(ProRata, &[(a, 10_000)]).as_deref(), Some("not-named"));
        assert_eq!(code(Reserve, &[]), None);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_made(
            rows in prop::collection::vec((0_i64..10_000, 0_i64..10_000, 0_i64..12_000, 0_i64..10_000), 1..6),
            uncovered in -100_i64..10_000,
            which in 0_usize..3,
            first in 1_i64..9_999,
        ) {
            let rule = [ProRata, Reserve, Shares][which];
            let named = [(OrganisationId::new(), first), (OrganisationId::new(), WHOLE - first)];
            let standings: Vec<Standing> =
                rows.into_iter().map(|(a, b, c, d)| standing(a, b.min(a), c, d)).collect();
            let dealt = standings.iter().any(|one| one.put_in > Money::ZERO) || which > 0;
            for seen in [
                over(rule, &named, &standings, Money(uncovered)).unwrap(),
                under(rule, &named, &standings).unwrap(),
            ] {
                let given: i64 = seen.parts.iter().map(|one| one.part.pence() + one.stays.pence()).sum();
                prop_assert!(!dealt || given == seen.amount.pence(), "{:?}", seen);
                prop_assert!(seen.parts.iter().all(|one| one.part >= Money::ZERO));
            }
        }
    }
}
