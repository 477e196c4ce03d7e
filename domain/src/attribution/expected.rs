//! What awards can be expected to pay of spend that was promised and has not come: by the pool's rules,
//! after all that came.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use entity::{AwardId, CommitmentId, CostCategoryId, FenceId, Money, PoolId, SpendLineId};
use sea_orm::ConnectionTrait;

use super::rules::{Line, Reach, Shown, attribute};
use super::store;
use crate::commitments::rules::Payers;
use crate::{Error, Result, pools};

/// Spend that was promised.
#[derive(Clone, Debug)]
pub(crate) struct Promised {
    /// London date on which it can be expected.
    pub(crate) on: NaiveDate,
    /// How much.
    pub(crate) amount: Money,
    /// Of which cost category; none: only an award that may pay for any can be expected to pay.
    pub(crate) category: Option<CostCategoryId>,
    /// Capital, or revenue.
    pub(crate) capital: bool,
    /// Where and for whom it is, as far as that is said.
    pub(crate) reach: Reach,
    /// The only awards that may pay, where some are named.
    pub(crate) payers: Option<Payers>,
    /// To whom, as far as an agreement with a provider says.
    pub(crate) commitment: Option<CommitmentId>,
}

/// What an award can be expected to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    /// The award.
    pub(crate) award: AwardId,
    /// The deepest fence that it counts in.
    pub(crate) fence: Option<FenceId>,
    /// London date on which it can be expected.
    pub(crate) on: NaiveDate,
    /// How much.
    pub(crate) amount: Money,
}

/// What each award of a pool can be expected to pay of what was promised.
pub(crate) async fn expected(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    promised: Vec<Promised>,
) -> Result<Vec<Expected>> {
    if promised.is_empty() {
        return Ok(Vec::new());
    }
    let mut awards = store::awards(conn, pool).await?;
    for (id, fence, on, amount) in store::used_here(conn, pool).await? {
        if let Some(award) = awards.iter_mut().find(|one| one.id == id) {
            award.pays_less(fence, on, amount);
        }
    }
    let policies = pools::store::policies(conn, pool).await?;
    let lines = as_lines(promised);
    let days: HashMap<SpendLineId, NaiveDate> = lines
        .iter()
        .map(|line| (line.id, line.incurred_on))
        .collect();
    let parts =
        tokio::task::spawn_blocking(move || attribute(&lines, &awards, &policies, &Shown::new()))
            .await
            .map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(parts
        .into_iter()
        .filter_map(|part| {
            Some(Expected {
                award: part.award,
                fence: part.fence,
                on: *days.get(&part.line)?,
                amount: Money(part.amount),
            })
        })
        .collect())
}

/// The same by award.
pub(crate) fn expected_by_award(parts: &[Expected]) -> Result<BTreeMap<AwardId, Money>> {
    let mut by_award: BTreeMap<AwardId, Money> = BTreeMap::new();
    for part in parts {
        add(&mut by_award, part.award, part.amount)?;
    }
    Ok(by_award)
}

/// What is promised, as lines that come.
pub(super) fn as_lines(promised: Vec<Promised>) -> Vec<Line> {
    promised
        .into_iter()
        .enumerate()
        .map(|(at, one)| Line {
            id: SpendLineId::new(),
            identity: format!("{at:09}"),
            incurred_on: one.on,
            amount: one.amount.pence(),
            capital: one.capital,
            category: one.category.unwrap_or_else(CostCategoryId::new),
            reach: Some(Arc::new(one.reach)),
            transaction: None,
            payers: one.payers,
            commitment: one.commitment,
            reverses: None,
            split: false,
            accepted: i64::MAX,
        })
        .collect()
}

pub(super) fn add<K: Ord>(sums: &mut BTreeMap<K, Money>, key: K, amount: Money) -> Result<()> {
    let sum = sums.entry(key).or_default();
    *sum = sum
        .plus(amount)
        .ok_or_else(|| Error::internal("what is expected fits no number"))?;
    Ok(())
}
