//! Saying which runs wait for a person, and what becomes of one that waits.

use entity::{
    AttributionRunId, JobKind, PoolId, PoolRunRuleId, RunState, RunsTakeEffect,
    attribution_proposal, attribution_run, pool_run_rule,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::store;
use crate::access::rules::Operation;
use crate::error::FieldError;
use crate::{Command, Ctx, Db, Error, Result, Tx, jobs, pools};

/// Which runs of a pool take effect by themselves from now on.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPoolRunRule)]
pub struct NewRunRule {
    /// Which runs do.
    pub runs: RunsTakeEffect,
    /// Who agreed that, and where it is minuted.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Say who agreed it and where that is minuted, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub agreed_by: String,
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// Why a run that waits shall not take effect.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RunSettingAside)]
pub struct SettingAside {
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// Says which runs of a pool take effect by themselves from now on. One that waits and need not any more
/// takes effect within minutes.
pub async fn choose(
    db: &Db,
    ctx: &Ctx,
    pool: PoolId,
    expected: Option<i64>,
    new: &NewRunRule,
) -> Result<PoolRunRuleId> {
    ctx.require(Operation::ChooseRuns)?;
    new.validate()?;
    let (agreed_by, reason) = (new.agreed_by.trim(), new.reason.trim());
    let mut wrong = Vec::new();
    for (said, pointer, message) in [
        (agreed_by, "/agreed_by", "Say who agreed it."),
        (reason, "/reason", "Say why."),
    ] {
        if said.is_empty() {
            wrong.push(FieldError::new(pointer, "required", message));
        }
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let command = Command::on(Operation::ChooseRuns, "pool", pool);
    db.write(ctx, command, async |tx| {
        let row = pools::store::locked(tx, ctx, pool, expected).await?;
        let said = store::said(tx.conn(), pool).await?;
        let seq = said.last().map_or(1, |last| last.seq.saturating_add(1));
        let id = PoolRunRuleId::new();
        pool_run_rule::ActiveModel {
            id: Set(id),
            pool_id: Set(pool),
            seq: Set(seq),
            runs: Set(new.runs),
            agreed_by: Set(agreed_by.to_owned()),
            reason: Set(reason.to_owned()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        pools::store::changed(tx, row).await?;
        tx.note("runs", new.runs.slug());
        tx.note("agreed_by", agreed_by);
        tx.note("reason", reason);
        jobs::ask(tx, JobKind::AttributeSpend).await?;
        Ok(id)
    })
    .await
}

/// Applies a run that waits, or was set aside: it takes effect within minutes, as it was shown. If what it rests
/// on has changed by then, it does not, and another is proposed.
pub async fn apply(db: &Db, ctx: &Ctx, pool: PoolId, run: AttributionRunId) -> Result<()> {
    ctx.require(Operation::ApplyRun)?;
    let command = Command::on(Operation::ApplyRun, "pool", pool);
    db.write(ctx, command, async |tx| {
        let mut row = waiting(tx, ctx, pool, run).await?.into_active_model();
        row.applied_by = Set(ctx.person_id());
        row.applied_at = Set(Some(tx.now()));
        row.update(tx.conn()).await?;
        tx.note("decision", "applied");
        jobs::ask(tx, JobKind::AttributeSpend).await
    })
    .await
}

/// Sets a run aside that waits: what is attributed stays as it is until something changes, or somebody applies
/// it after all.
pub async fn set_aside(
    db: &Db,
    ctx: &Ctx,
    pool: PoolId,
    run: AttributionRunId,
    why: &SettingAside,
) -> Result<()> {
    ctx.require(Operation::ApplyRun)?;
    why.validate()?;
    let reason = why.reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("/reason", "required", "Say why."));
    }
    let command = Command::on(Operation::ApplyRun, "pool", pool);
    db.write(ctx, command, async |tx| {
        let row = waiting(tx, ctx, pool, run).await?;
        if row.set_aside_at.is_some() {
            return Err(Error::refused(
                "decided-already",
                "Somebody set it aside already.",
            ));
        }
        let mut row = row.into_active_model();
        row.set_aside_by = Set(ctx.person_id());
        row.set_aside_at = Set(Some(tx.now()));
        row.reason = Set(Some(reason.to_owned()));
        row.update(tx.conn()).await?;
        tx.note("decision", "set-aside");
        tx.note("reason", reason);
        Ok(())
    })
    .await
}

/// A run that nobody applied yet and that nothing took the place of. The pool is locked: two who decide at once
/// come after each other.
async fn waiting(
    tx: &Tx,
    ctx: &Ctx,
    pool: PoolId,
    run: AttributionRunId,
) -> Result<attribution_proposal::Model> {
    pools::store::locked(tx, ctx, pool, None).await?;
    let row = store::row(tx.conn(), run)
        .await?
        .filter(|row| row.pool_id == pool)
        .ok_or(Error::NotFound)?;
    if row.applied_at.is_some() {
        return Err(Error::refused(
            "decided-already",
            "Somebody applied it already.",
        ));
    }
    let run = attribution_run::Entity::find_by_id(run)
        .one(tx.conn())
        .await?;
    if run.is_none_or(|run| run.state != RunState::Proposed) {
        return Err(Error::refused(
            "overtaken",
            "What it rests on has changed since: another run took its place. Look at the runs of \
             the pool.",
        ));
    }
    tx.note("run", row.run_id.to_string());
    tx.note("taken_pence", row.taken.pence());
    Ok(row)
}

/// What is kept when a run is proposed.
pub(crate) struct Proposing<'a> {
    pub(crate) run: AttributionRunId,
    pub(crate) pool: PoolId,
    pub(crate) base_seq: Option<i64>,
    pub(crate) digest: &'a str,
    pub(crate) would: super::rules::Would,
}

/// A run whose differences are all written waits for a person from now on.
pub(crate) async fn propose(tx: &Tx, new: &Proposing<'_>) -> Result<()> {
    let mut run = attribution_run::Entity::find_by_id(new.run)
        .one(tx.conn())
        .await?
        .filter(|run| run.state == RunState::Computing)
        .ok_or(Error::Stale)?
        .into_active_model();
    run.state = Set(RunState::Proposed);
    run.update(tx.conn()).await?;
    attribution_proposal::ActiveModel {
        run_id: Set(new.run),
        pool_id: Set(new.pool),
        base_seq: Set(new.base_seq),
        digest: Set(new.digest.to_owned()),
        taken: Set(entity::Money(new.would.taken)),
        parts: Set(i64::try_from(new.would.parts).unwrap_or(i64::MAX)),
        proposed_at: Set(tx.now()),
        set_aside_by: Set(None),
        set_aside_at: Set(None),
        reason: Set(None),
        applied_by: Set(None),
        applied_at: Set(None),
    }
    .insert(tx.conn())
    .await?;
    Ok(())
}
