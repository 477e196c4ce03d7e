//! The rows of runs that wait, and of which runs of a pool do.

use entity::{
    AttributionRunId, PoolId, RunState, RunsTakeEffect, attribution_proposal, attribution_run,
    pool_run_rule,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::rules::{Would, is_asked};
use crate::{Error, Result};

/// What was said of which runs of a pool take effect by themselves, the first first.
pub(super) async fn said(
    conn: &impl ConnectionTrait,
    pool: PoolId,
) -> Result<Vec<pool_run_rule::Model>> {
    Ok(pool_run_rule::Entity::find()
        .filter(pool_run_rule::Column::PoolId.eq(pool))
        .order_by_asc(pool_run_rule::Column::Seq)
        .all(conn)
        .await?)
}

/// Which runs of a pool take effect by themselves; until anything is said, all.
pub(crate) async fn rule(conn: &impl ConnectionTrait, pool: PoolId) -> Result<RunsTakeEffect> {
    Ok(pool_run_rule::Entity::find()
        .filter(pool_run_rule::Column::PoolId.eq(pool))
        .order_by_desc(pool_run_rule::Column::Seq)
        .limit(1)
        .one(conn)
        .await?
        .map_or(RunsTakeEffect::ByThemselves, |row| row.runs))
}

/// A run that was proposed and that nothing took the place of.
#[derive(Clone, Debug)]
pub(crate) struct Proposed {
    pub(crate) row: attribution_proposal::Model,
    pub(crate) run: attribution_run::Model,
}

impl Proposed {
    /// Whether it waits for a person, or was set aside: then nothing is worked out anew while all that it
    /// rests on is as it was.
    pub(crate) fn holds_back(&self, rule: RunsTakeEffect) -> bool {
        let would = Would {
            taken: self.row.taken.pence(),
            parts: usize::try_from(self.row.parts).unwrap_or(usize::MAX),
        };
        is_asked(rule, would) && self.row.applied_at.is_none()
    }
}

/// The run of a pool that stands proposed; there is one at most.
pub(crate) async fn proposed(
    conn: &impl ConnectionTrait,
    pool: PoolId,
) -> Result<Option<Proposed>> {
    let Some(run) = attribution_run::Entity::find()
        .filter(attribution_run::Column::PoolId.eq(pool))
        .filter(attribution_run::Column::State.eq(RunState::Proposed))
        .one(conn)
        .await?
    else {
        return Ok(None);
    };
    let row = row(conn, run.id)
        .await?
        .ok_or_else(|| Error::internal("a proposed run without its proposal"))?;
    Ok(Some(Proposed { row, run }))
}

/// What is kept of a run's being proposed.
pub(super) async fn row(
    conn: &impl ConnectionTrait,
    run: AttributionRunId,
) -> Result<Option<attribution_proposal::Model>> {
    Ok(attribution_proposal::Entity::find_by_id(run)
        .one(conn)
        .await?)
}
