//! Virements as readers get them, and what one would do before it is made.

use chrono::NaiveDate;
use entity::{
    AwardId, AwardVirementId, FenceId, Money, VirementBase, VirementEventKind, contribution,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::ops::NewVirement;
use super::rules::{Tolerance, VirementState, next, tightest};
use super::store::{Moves, Within, changed};
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::awards::view::{PoolEffect, pool_effect};
use crate::{Ctx, Db, Error, Result, attribution, awards};

/// What was moved between fences of an award, and what may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardVirements)]
pub struct VirementsView {
    /// The tolerance, in basis points; absent where nothing may be moved without asking.
    pub share_bp: Option<i32>,
    /// Of what it is a share.
    pub of: VirementBase,
    /// Where that is written.
    pub source: String,
    /// The tolerance and what was moved without asking: of the award, or of each fence.
    pub tolerances: Vec<ToleranceView>,
    /// Moved in all, in pence.
    #[schema(value_type = i64)]
    pub moved_pence: Money,
    /// Of that, without asking, in pence.
    #[schema(value_type = i64)]
    pub without_asking_pence: Money,
    /// Waits for the funder's consent, in pence.
    #[schema(value_type = i64)]
    pub waiting_pence: Money,
    /// The virements, the newest first.
    pub items: Vec<VirementView>,
}

/// What may be moved without asking, and what was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = VirementTolerance)]
pub struct ToleranceView {
    /// The fence that it is of; absent: the award.
    pub fence_id: Option<FenceId>,
    /// Its name; empty: the award.
    pub fence: String,
    /// May be moved in all, in pence.
    #[schema(value_type = i64)]
    pub tolerance_pence: Money,
    /// Was moved without asking, in pence.
    #[schema(value_type = i64)]
    pub counted_pence: Money,
    /// Left to move without asking, in pence.
    #[schema(value_type = i64)]
    pub left_pence: Money,
}

/// Money moved between fences of an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardVirement)]
pub struct VirementView {
    /// Its id.
    pub id: AwardVirementId,
    /// Its place among the award's virements, from 1.
    pub seq: i32,
    /// Out of this fence.
    pub from_fence_id: FenceId,
    /// That fence's name.
    pub from: String,
    /// Into this fence.
    pub to_fence_id: FenceId,
    /// That fence's name.
    pub to: String,
    /// In pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// London date on which it was decided.
    pub moved_on: NaiveDate,
    /// Why.
    pub reason: String,
    /// Whether it was more than the tolerance allowed.
    pub needs_consent: bool,
    /// The tolerance that it was held against, in pence.
    #[schema(value_type = i64)]
    pub tolerance_pence: Money,
    /// What counted against that tolerance before it, in pence.
    #[schema(value_type = i64)]
    pub counted_pence: Money,
    /// How it stands.
    pub state: VirementState,
    /// What can be recorded of it now.
    pub next: Vec<VirementEventKind>,
    /// The chosen name of who recorded it.
    pub recorded_by: Option<String>,
    /// What happened to it, the newest first.
    pub facts: Vec<VirementFactView>,
}

/// Something that happened to a virement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardVirementFact)]
pub struct VirementFactView {
    /// Asked, given, refused or withdrawn.
    pub kind: VirementEventKind,
    /// London date.
    pub happened_on: NaiveDate,
    /// Who was asked, or who answered.
    pub with_whom: String,
    /// Where that is written, or why.
    pub reference: String,
}

/// What a virement would do, before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardVirementPreview)]
pub struct VirementPreview {
    /// Whether the funder must consent before it takes effect.
    pub needs_consent: bool,
    /// The tolerance that it is held against.
    pub held_against: ToleranceView,
    /// The fences that would hold something else.
    pub fences: Vec<FenceEffect>,
    /// What becomes of the spend of each pool that the award is put behind.
    pub pools: Vec<PoolEffect>,
}

/// What a fence holds now and then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FenceEffect {
    /// The fence.
    pub fence_id: FenceId,
    /// Its name.
    pub fence: String,
    /// Kept for the lines that fit now, in pence.
    #[schema(value_type = Option<i64>)]
    pub reserved_before_pence: Option<Money>,
    /// Kept for them then, in pence.
    #[schema(value_type = Option<i64>)]
    pub reserved_after_pence: Option<Money>,
    /// At most for them now, in pence.
    #[schema(value_type = Option<i64>)]
    pub limit_before_pence: Option<Money>,
    /// At most for them then, in pence.
    #[schema(value_type = Option<i64>)]
    pub limit_after_pence: Option<Money>,
    /// Attributed within it today, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Attributed today beyond what it may take then, in pence.
    #[schema(value_type = i64)]
    pub over_pence: Money,
}

fn tolerance(within: &Within, one: &Tolerance) -> ToleranceView {
    let part = one
        .fence
        .and_then(|id| within.parts.iter().find(|part| part.id == id));
    ToleranceView {
        fence_id: one.fence,
        fence: part.map(|part| part.name.clone()).unwrap_or_default(),
        tolerance_pence: one.tolerance,
        counted_pence: one.counted,
        left_pence: one.left().max(Money::ZERO),
    }
}

/// What was moved between fences of an award, and what may be.
pub async fn of_award(db: &Db, ctx: &Ctx, id: AwardId) -> Result<VirementsView> {
    ctx.require(Operation::ReadVirements)?;
    let award = awards::store::one(db.read(), ctx, id).await?;
    let within = Within::of(db.read(), &award).await?;
    let people = within.known.iter().filter_map(|one| one.row.recorded_by);
    let names = names_of(db, people).await?;
    let sum = |moved: &[super::rules::Moved]| {
        Money::sum(moved.iter().map(|one| one.amount))
            .ok_or_else(|| Error::internal("what was moved fits no number"))
    };
    let waiting = within
        .known
        .iter()
        .filter(|one| matches!(one.state(), VirementState::ToAsk | VirementState::Asked))
        .map(|one| one.row.amount);
    let name = |id: FenceId| {
        let part = within.parts.iter().find(|part| part.id == id);
        part.map(|part| part.name.clone()).unwrap_or_default()
    };
    Ok(VirementsView {
        share_bp: within.terms.share_bp,
        of: within.terms.of,
        source: within.terms.source.clone(),
        tolerances: within
            .tolerances
            .iter()
            .map(|one| tolerance(&within, one))
            .collect(),
        moved_pence: sum(&within.made(Moves::All))?,
        without_asking_pence: sum(&within.made(Moves::WithoutAsking))?,
        waiting_pence: Money::sum(waiting).unwrap_or(Money::MAX),
        items: within
            .known
            .iter()
            .rev()
            .map(|one| VirementView {
                id: one.row.id,
                seq: one.row.seq,
                from_fence_id: one.row.from_fence_id,
                from: name(one.row.from_fence_id),
                to_fence_id: one.row.to_fence_id,
                to: name(one.row.to_fence_id),
                amount_pence: one.row.amount,
                moved_on: one.row.moved_on,
                reason: one.row.reason.clone(),
                needs_consent: one.row.needs_consent,
                tolerance_pence: one.row.tolerance,
                counted_pence: one.row.counted,
                state: one.state(),
                next: next(one.state()).to_vec(),
                recorded_by: one.row.recorded_by.and_then(|id| names.get(&id).cloned()),
                facts: one
                    .events
                    .iter()
                    .rev()
                    .map(|event| VirementFactView {
                        kind: event.kind,
                        happened_on: event.happened_on,
                        with_whom: event.with_whom.clone(),
                        reference: event.reference.clone(),
                    })
                    .collect(),
            })
            .collect(),
    })
}

/// What a virement would do, before it is made. Changes nothing.
pub async fn preview(
    db: &Db,
    ctx: &Ctx,
    id: AwardId,
    new: &NewVirement,
) -> Result<VirementPreview> {
    ctx.require(Operation::MoveMoney)?;
    new.check(ctx.today())?;
    let award = awards::store::one(db.read(), ctx, id).await?;
    let within = Within::of(db.read(), &award).await?;
    let moved = new.moved();
    let then = within.after(moved)?;
    let held_against = tightest(&within.tolerances, moved)
        .ok_or_else(|| Error::internal("money that no tolerance concerns"))?;
    let attributed = awards::view::one(db, ctx, id).await?.fences;
    let fences = within
        .parts
        .iter()
        .zip(&then)
        .filter(|(was, is)| was != is)
        .map(|(was, is)| {
            let used = attributed
                .iter()
                .find(|fence| fence.id == was.id)
                .map_or(Money::ZERO, |fence| fence.attributed_pence);
            FenceEffect {
                fence_id: was.id,
                fence: was.name.clone(),
                reserved_before_pence: was.reserved,
                reserved_after_pence: is.reserved,
                limit_before_pence: was.limit,
                limit_after_pence: is.limit,
                attributed_pence: used,
                over_pence: is
                    .limit
                    .and_then(|limit| used.minus(limit))
                    .unwrap_or_default()
                    .max(Money::ZERO),
            }
        })
        .collect();
    let amounts = changed(&within.parts, &then);
    let contributions = contribution::Entity::find()
        .filter(contribution::Column::AwardId.eq(id))
        .all(db.read())
        .await?;
    let mut pools = Vec::new();
    for part in &contributions {
        let effect = attribution::what_if_fences(db, part.pool_id, id, &amounts).await?;
        pools.push(pool_effect(db, part.pool_id, effect).await?);
    }
    Ok(VirementPreview {
        needs_consent: new.amount_pence > held_against.left(),
        held_against: tolerance(&within, held_against),
        fences,
        pools,
    })
}
