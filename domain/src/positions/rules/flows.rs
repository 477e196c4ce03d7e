//! What spend was for and who was paid by agreement, as parts of it. Values in, values out.

use std::collections::BTreeMap;

use entity::{AllocationId, CostCategoryId, Money, OrganisationId};

use crate::commitments::store::ByAgreement;

/// What spend was for: what both boards decided, where it is spent under an agreement that comes of a decision;
/// otherwise its cost category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// What both boards put money to.
    Decided(AllocationId),
    /// A cost category.
    Category(CostCategoryId),
}

/// Parts of spend, by what it was for and the provider whose agreement it counts against; none: spent under no
/// agreement.
pub type Parts = BTreeMap<(Purpose, Option<OrganisationId>), Money>;

/// The parts of a pool's spend: what counts against agreements, and the rest of each cost category. Together they
/// are the spend, whatever agreements say.
pub(crate) fn parts(
    spent: &BTreeMap<CostCategoryId, Money>,
    agreements: &[ByAgreement],
) -> Option<Parts> {
    let mut rest = spent.clone();
    let mut parts = Parts::new();
    for one in agreements {
        let purpose = one
            .allocation
            .map_or(Purpose::Category(one.category), Purpose::Decided);
        let part = parts.entry((purpose, Some(one.provider))).or_default();
        *part = part.plus(one.amount)?;
        let rest = rest.entry(one.category).or_default();
        *rest = rest.minus(one.amount)?;
    }
    for (category, amount) in rest {
        let part = parts.entry((Purpose::Category(category), None));
        let part = part.or_default();
        *part = part.plus(amount)?;
    }
    parts.retain(|_, amount| *amount != Money::ZERO);
    Some(parts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn category(n: u128) -> CostCategoryId {
        CostCategoryId(Uuid::from_u128(n))
    }

    fn provider(n: u128) -> OrganisationId {
        OrganisationId(Uuid::from_u128(n))
    }

    fn against(of: u128, by: u128, decision: Option<u128>, pence: i64) -> ByAgreement {
        ByAgreement {
            category: category(of),
            provider: provider(by),
            allocation: decision.map(|n| AllocationId(Uuid::from_u128(n))),
            amount: Money(pence),
        }
    }

    #[test]
    fn spend_is_for_what_was_decided_or_its_cost_category() {
        let spent = [(category(1), Money(900)), (category(2), Money(50))].into();
        let found = parts(
            &spent,
            &[
                against(1, 7, Some(4), 300),
                against(1, 7, None, 100),
                against(1, 8, None, 200),
            ],
        )
        .unwrap();
        let decided = Purpose::Decided(AllocationId(Uuid::from_u128(4)));
        let of = |n| Purpose::Category(category(n));
        let expected: Parts = [
            ((decided, Some(provider(7))), Money(300)),
            ((of(1), Some(provider(7))), Money(100)),
            ((of(1), Some(provider(8))), Money(200)),
            ((of(1), None), Money(300)),
            ((of(2), None), Money(50)),
        ]
        .into();
        assert_eq!(found, expected);
        // without agreements, spend is its cost categories
        let found = parts(&spent, &[]).unwrap();
        assert_eq!(found.len(), 2);
        assert!(found.keys().all(|(_, provider)| provider.is_none()));
    }

    proptest! {
        /// Whatever counts against agreements: the parts are the spend, to the penny.
        #[test]
        fn the_parts_are_the_spend(
            spent in prop::collection::btree_map(0_u128..4, -900_i64..900, 0..4),
            agreed in prop::collection::vec((0_u128..5, 0_u128..3, prop::option::of(0_u128..2), -900_i64..900), 0..6),
        ) {
            let spent: BTreeMap<CostCategoryId, Money> =
                spent.into_iter().map(|(n, pence)| (category(n), Money(pence))).collect();
            let agreed: Vec<ByAgreement> = agreed.into_iter()
                .map(|(of, by, decision, pence)| against(of, by, decision, pence)).collect();
            let found = parts(&spent, &agreed).unwrap();
            let all: i64 = found.values().map(|sum| sum.pence()).sum();
            prop_assert_eq!(all, spent.values().map(|sum| sum.pence()).sum::<i64>());
        }
    }
}
