//! What becomes of what a pool overspends and of what it leaves: what was agreed, and its working on
//! how the pool stands now.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{AwardId, BalanceRule, FenceId, Money, OrganisationId, PoolBalanceRuleId, PoolId};
use serde::Serialize;

use super::policies::{PolicyStanding, standings};
use super::{PoolView, one};
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::attribution::rules::settled_reserves;
use crate::pools::rules::balance::{self, Standing, Whose, Working};
use crate::pools::store::{self, BalanceRecorded};
use crate::{Ctx, Db, Error, Result, attribution, awards, organisations};

/// What was agreed of what a pool overspends and leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PoolBalanceRuleView)]
pub struct BalanceRuleView {
    /// Its id.
    pub id: PoolBalanceRuleId,
    /// Its place among the pool's rules of this kind, from 1.
    pub seq: i32,
    /// Who bears what no award pays for.
    pub overspend: BalanceRule,
    /// By named shares: who bears how much.
    pub overspend_shares: Vec<BalanceShareView>,
    /// Who has what is left.
    pub underspend: BalanceRule,
    /// By named shares: who has how much.
    pub underspend_shares: Vec<BalanceShareView>,
    /// First London date on which it applies.
    pub starts_on: NaiveDate,
    /// Last London date of it, where another follows.
    pub ends_on: Option<NaiveDate>,
    /// How it stands today.
    pub standing: PolicyStanding,
    /// Who agreed it.
    pub agreed_by: String,
    /// London date on which it was agreed.
    pub agreed_on: NaiveDate,
    /// Where that is minuted.
    pub minute: String,
    /// Why.
    pub reason: String,
    /// The chosen name of who recorded it.
    pub recorded_by: Option<String>,
}

/// An organisation's share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PoolBalanceShareView)]
pub struct BalanceShareView {
    /// Whose share it is.
    pub organisation_id: OrganisationId,
    /// Its name.
    pub organisation: String,
    /// The share, in basis points.
    pub share_bp: i64,
}

/// What was agreed of what a pool overspends and leaves, and what follows from it today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PoolBalance)]
pub struct BalanceView {
    /// What no award pays for today, by the rule of today; absent where none applies.
    pub overspend: Option<WorkingView>,
    /// What would be left if the pool ended today, by the rule of today; absent where none applies.
    pub underspend: Option<WorkingView>,
    /// Every rule that was agreed, the newest first.
    pub rules: Vec<BalanceRuleView>,
}

/// The working of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PoolBalanceWorking)]
pub struct WorkingView {
    /// The rule.
    pub rule: BalanceRule,
    /// What is overspent, or left, in all, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// Of that, ring-fenced money that is left: it stays with its award, in pence.
    #[schema(value_type = i64)]
    pub ring_fenced_pence: Money,
    /// What is shared, in pence.
    #[schema(value_type = i64)]
    pub shared_pence: Money,
    /// The parts: they and what stays come to the amount.
    pub parts: Vec<WorkingPart>,
}

/// A part of a working.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PoolBalancePart)]
pub struct WorkingPart {
    /// Whose part it is: an award with its funder, an organisation, or the reserve.
    pub whose: String,
    /// In proportion: what it put in that is not ring-fenced, in pence.
    #[schema(value_type = Option<i64>)]
    pub free_pence: Option<Money>,
    /// By named shares: its share in basis points.
    pub share_bp: Option<i64>,
    /// Ring-fenced money that is left and stays with it, in pence.
    #[schema(value_type = i64)]
    pub stays_pence: Money,
    /// Its part of what is shared, in pence.
    #[schema(value_type = i64)]
    pub part_pence: Money,
}

/// What was agreed of what a pool overspends and leaves, and what follows from it today.
pub async fn of_pool(db: &Db, ctx: &Ctx, id: PoolId) -> Result<BalanceView> {
    ctx.require(Operation::ReadPools)?;
    let pool = one(db, ctx, id).await?;
    of_view(db, ctx, &pool).await
}

/// The same of a pool that was read already.
pub async fn of_view(db: &Db, ctx: &Ctx, pool: &PoolView) -> Result<BalanceView> {
    let id = pool.summary.id;
    let recorded = store::balance_rules(db.read(), id).await?;
    let bodies = recorded
        .iter()
        .flat_map(|one| one.shares.iter().map(|(_, body, _)| *body));
    let names = organisations::view::names(db, bodies).await?;
    let people = names_of(db, recorded.iter().filter_map(|one| one.row.recorded_by)).await?;
    let stand = stand(ctx, &recorded);
    let (mut overspend, mut underspend) = (None, None);
    if let Some(rule) = in_force(&recorded, &stand) {
        let how = how_awards_stand(db, pool, &HashMap::new()).await?;
        let (over, under) = worked(pool, &names, rule, &how, pool.summary.unfunded_pence)?;
        (overspend, underspend) = (Some(over), Some(under));
    }
    let rules = recorded.iter().zip(stand).rev();
    Ok(BalanceView {
        overspend,
        underspend,
        rules: rules
            .map(|(one, (standing, ends_on))| {
                let shares = |under: bool| {
                    one.named(under)
                        .into_iter()
                        .map(|(body, share_bp)| BalanceShareView {
                            organisation_id: body,
                            organisation: names.get(&body).cloned().unwrap_or_default(),
                            share_bp,
                        })
                        .collect()
                };
                BalanceRuleView {
                    id: one.row.id,
                    seq: one.row.seq,
                    overspend: one.row.overspend,
                    overspend_shares: shares(false),
                    underspend: one.row.underspend,
                    underspend_shares: shares(true),
                    starts_on: one.row.starts_on,
                    ends_on,
                    standing,
                    agreed_by: one.row.agreed_by.clone(),
                    agreed_on: one.row.agreed_on,
                    minute: one.row.minute.clone(),
                    reason: one.row.reason.clone(),
                    recorded_by: one.row.recorded_by.and_then(|id| people.get(&id).cloned()),
                }
            })
            .collect(),
    })
}

fn stand(ctx: &Ctx, recorded: &[BalanceRecorded]) -> Vec<(PolicyStanding, Option<NaiveDate>)> {
    let days: Vec<NaiveDate> = recorded.iter().map(|one| one.row.starts_on).collect();
    standings(&days, ctx.today(), false)
}

/// The rule of today.
fn in_force<'a>(
    recorded: &'a [BalanceRecorded],
    stand: &[(PolicyStanding, Option<NaiveDate>)],
) -> Option<&'a BalanceRecorded> {
    recorded
        .iter()
        .zip(stand)
        .find(|(_, (standing, _))| *standing == PolicyStanding::InForce)
        .map(|(one, _)| one)
}

/// Both sides of a rule, worked out on how awards stand.
fn worked(
    pool: &PoolView,
    names: &HashMap<OrganisationId, String>,
    rule: &BalanceRecorded,
    how: &[Standing],
    uncovered: Money,
) -> Result<(WorkingView, WorkingView)> {
    let (over, under) = (rule.named(false), rule.named(true));
    let too_much = || Error::internal("a sum of a pool fits no number");
    let say = |kind, worked| in_words(pool, names, kind, worked);
    let worked = balance::over(rule.row.overspend, &over, how, uncovered);
    let over = say(rule.row.overspend, worked.ok_or_else(too_much)?);
    let worked = balance::under(rule.row.underspend, &under, how);
    let under = say(rule.row.underspend, worked.ok_or_else(too_much)?);
    Ok((over, under))
}

/// What an award is still expected to pay.
#[derive(Clone, Debug, Default)]
pub(crate) struct Further {
    /// In the pool.
    pub(crate) paid: Money,
    /// Of all that the award is expected to pay: what counts in a ring-fence or cap, by the deepest.
    pub(crate) within: Vec<(Option<FenceId>, Money)>,
}

/// Both sides of the rule of today once this has come too, and this much is not covered; nothing where no rule is
/// agreed.
pub(crate) async fn with_further(
    db: &Db,
    ctx: &Ctx,
    pool: &PoolView,
    further: &HashMap<AwardId, Further>,
    uncovered: Money,
) -> Result<(Option<WorkingView>, Option<WorkingView>)> {
    let recorded = store::balance_rules(db.read(), pool.summary.id).await?;
    let stand = stand(ctx, &recorded);
    let Some(rule) = in_force(&recorded, &stand) else {
        return Ok((None, None));
    };
    let bodies = rule.shares.iter().map(|(_, body, _)| *body);
    let names = organisations::view::names(db, bodies).await?;
    let how = how_awards_stand(db, pool, further).await?;
    let (over, under) = worked(pool, &names, rule, &how, uncovered)?;
    Ok((Some(over), Some(under)))
}

/// How each award stands in a pool, with what it is still expected to pay. Ring-fenced money counts as far as the
/// award put it in here.
async fn how_awards_stand(
    db: &Db,
    pool: &PoolView,
    further: &HashMap<AwardId, Further>,
) -> Result<Vec<Standing>> {
    let fenced: HashMap<_, _> = attribution::fences_of_pool(db, pool.summary.id)
        .await?
        .into_iter()
        .collect();
    let mut standings = Vec::with_capacity(pool.contributions.len());
    for part in &pool.contributions {
        let (amount, fences) = fenced
            .get(&part.award_id)
            .ok_or_else(|| Error::internal("a contribution without its award"))?;
        let reserved = fences
            .iter()
            .filter(|fence| fence.parent.is_none())
            .map(|fence| Money(fence.reserved));
        let reserved = Money::sum(reserved).unwrap_or(Money::MAX);
        let nothing = Further::default();
        let further = further.get(&part.award_id).unwrap_or(&nothing);
        let mut left = Money::ZERO;
        if reserved > Money::ZERO {
            let within = awards::store::attributed_within(db.read(), part.award_id).await?;
            let sum = |of: Option<FenceId>| -> i64 {
                let paid = within.iter().map(|(_, fence, sum)| (*fence, *sum));
                paid.chain(further.within.iter().copied())
                    .filter(|(fence, _)| *fence == of)
                    .map(|(_, sum)| sum.pence())
                    .sum()
            };
            let attributed: Vec<i64> = fences.iter().map(|fence| sum(Some(fence.id))).collect();
            let settled = settled_reserves(*amount, fences, &attributed, sum(None));
            let own = settled.own_left.iter().map(|left| Money(*left));
            left = Money::sum(own).unwrap_or(Money::MAX);
        }
        standings.push(Standing {
            award: part.award_id,
            put_in: part.agreed_pence,
            ring_fenced: reserved.min(part.agreed_pence),
            paid: part
                .attributed_pence
                .plus(further.paid)
                .ok_or_else(|| Error::internal("a sum of a pool fits no number"))?,
            ring_fenced_left: left,
        });
    }
    Ok(standings)
}

fn in_words(
    pool: &PoolView,
    names: &HashMap<OrganisationId, String>,
    rule: BalanceRule,
    worked: Working,
) -> WorkingView {
    let parts = worked
        .parts
        .iter()
        .map(|part| WorkingPart {
            whose: match part.whose {
                Whose::Award(id) => pool
                    .contributions
                    .iter()
                    .find(|one| one.award_id == id)
                    .map(|one| format!("{} ({})", one.award, one.funder))
                    .unwrap_or_default(),
                Whose::Body(id) => names.get(&id).cloned().unwrap_or_default(),
                Whose::Reserve => format!("The reserve, held by {}", pool.summary.holder),
            },
            free_pence: (rule == BalanceRule::ProRata).then_some(Money(part.weight)),
            share_bp: matches!(part.whose, Whose::Body(_)).then_some(part.weight),
            stays_pence: part.stays,
            part_pence: part.part,
        })
        .collect();
    WorkingView {
        rule,
        amount_pence: worked.amount,
        ring_fenced_pence: worked.ring_fenced,
        shared_pence: worked.shared,
        parts,
    }
}

impl BalanceRecorded {
    fn named(&self, under: bool) -> Vec<(OrganisationId, i64)> {
        self.shares
            .iter()
            .filter(|(of_underspend, ..)| *of_underspend == under)
            .map(|(_, body, share)| (*body, *share))
            .collect()
    }
}
