//! What keeps an award from being used up in a pool: worked out on days and cost categories, never on lines. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{AwardId, CostCategoryId, FenceId, SpendLineId};

use super::may::MayNot;
use super::why::Full;
use super::{Award, Line, Unfunded};

/// Spend of a day and a cost category, or what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Came {
    /// When goods or services were received.
    pub on: NaiveDate,
    /// The cost category.
    pub category: CostCategoryId,
    /// Who pays, and whether it is capital; or why nobody does.
    pub by: Result<(AwardId, bool), Unfunded>,
    /// Pence.
    pub amount: i64,
}

/// Why an award does not pay for spend that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outside {
    /// It was received on days that it does not pay for.
    Days,
    /// It does not pay for the cost category.
    Category,
    /// It pays for the other of capital and revenue.
    Kind,
    /// It was suspended.
    Suspended,
}

impl From<MayNot> for Outside {
    fn from(why: MayNot) -> Self {
        match why {
            MayNot::Before(_) | MayNot::After(_) => Self::Days,
            MayNot::Capital | MayNot::Revenue => Self::Kind,
            MayNot::Suspended => Self::Suspended,
            // of a day and a category nobody knows the agreement, the place or the group, and what is closed is looked at
            // all the same
            MayNot::Category
            | MayNot::Place
            | MayNot::Group
            | MayNot::NotNamed
            | MayNot::Closed => Self::Category,
        }
    }
}

/// How an award is used in a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// Pence that it pays.
    pub pays: i64,
    /// What others pay of what it may pay for.
    pub others: BTreeMap<AwardId, i64>,
    /// What nobody pays of what it may pay for, although it has something left: by what of it is used up.
    pub full: Vec<(Full, i64)>,
    /// What nobody pays of what it may pay for, and not because anything of it is used up: named for others by its
    /// agreement, left to nobody by the agreed shares, or not attributed yet.
    pub open: BTreeMap<Unfunded, i64>,
    /// What it may not pay for, by why.
    pub outside: BTreeMap<Outside, i64>,
    /// What is kept for the spend that fits a fence, and not used.
    pub kept: Vec<(FenceId, i64)>,
}

/// How an award is used, given what came. What it pays in this pool was taken off it first.
#[must_use]
pub fn used(award: &Award, came: &[Came]) -> Use {
    let mut found = Use::default();
    for one in came {
        let capital = match one.by {
            Ok((by, _)) if by == award.id => {
                found.pays = found.pays.saturating_add(one.amount);
                continue;
            }
            Ok((_, capital)) => capital,
            // of what nobody pays it is not kept whether it is capital: what no award takes for that is said so
            Err(Unfunded::Credit | Unfunded::Reversed) => continue,
            Err(Unfunded::CapitalOrRevenue) => award.pays(false),
            Err(_) => !award.pays(false),
        };
        let line = like(one, capital);
        if let Some(why) = award.does_not_fit(&line) {
            add(&mut found.outside, why.into(), one.amount);
            continue;
        }
        match one.by {
            Ok((other, _)) => add(&mut found.others, other, one.amount),
            Err(reason) => match award.full_for(&line) {
                Some(full) => match found.full.iter_mut().find(|(of, _)| *of == full) {
                    Some((_, sum)) => *sum = sum.saturating_add(one.amount),
                    None => found.full.push((full, one.amount)),
                },
                None => add(&mut found.open, reason, one.amount),
            },
        }
    }
    found.others.retain(|_, amount| *amount != 0);
    found.kept = award.kept_apart();
    found
}

fn add<K: Ord>(sums: &mut BTreeMap<K, i64>, key: K, amount: i64) {
    let sum = sums.entry(key).or_insert(0);
    *sum = sum.saturating_add(amount);
}

/// A line of that day and category.
fn like(came: &Came, capital: bool) -> Line {
    Line {
        id: SpendLineId::default(),
        identity: String::new(),
        incurred_on: came.on,
        amount: came.amount,
        capital,
        category: came.category,
        reach: None,
        transaction: None,
        payers: None,
        commitment: None,
        reverses: None,
        split: false,
        accepted: i64::MAX,
    }
}
