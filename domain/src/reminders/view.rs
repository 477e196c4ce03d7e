//! What Today says of reminders: who stands in, and what nobody can be told of.

use chrono::Days;
use entity::{DeadlineId, GrantReturnId, deadline};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;

use super::rules::part_in_words;
use super::store;
use crate::access::rules::{Operation, Sight, sight};
use crate::{Ctx, Db, Result};

/// Something that is due and whose part nobody active holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StandIn {
    /// The return, if it is one.
    pub return_id: Option<GrantReturnId>,
    /// What is due.
    pub title: String,
    /// Why somebody else is told, or that nobody is.
    pub why: String,
}

/// What is due and whose part nobody active holds, with whoever is told instead.
pub async fn standing_in(db: &Db, ctx: &Ctx) -> Result<Vec<StandIn>> {
    stand_ins(db, ctx, None).await
}

/// The same of what is due within four weeks or overdue, and is no return: of these Today tells beside each.
pub async fn standing_in_besides(db: &Db, ctx: &Ctx) -> Result<Vec<StandIn>> {
    let soon = ctx.today() + Days::new(28);
    let ids: Vec<DeadlineId> = deadline::Entity::find()
        .select_only()
        .column(deadline::Column::Id)
        .filter(deadline::Column::ClosedAt.is_null())
        .filter(deadline::Column::ReturnId.is_null())
        .filter(deadline::Column::DueOn.lte(soon))
        .into_tuple()
        .all(db.read())
        .await?;
    match ids.is_empty() {
        true => Ok(Vec::new()),
        false => stand_ins(db, ctx, Some(&ids)).await,
    }
}

async fn stand_ins(db: &Db, ctx: &Ctx, only: Option<&[DeadlineId]>) -> Result<Vec<StandIn>> {
    ctx.require(Operation::ReadDeadlines)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    let today = ctx.today();
    let active = store::active_people(db.read(), today).await?;
    let mut found: Vec<StandIn> = Vec::new();
    for duty in store::duties(db.read(), ctx.now(), only).await? {
        let told = duty.told(&active, today);
        let nobody = told
            .nobody_for
            .into_iter()
            .map(|part| format!("Nobody can be told of it for {}.", part_in_words(part)));
        let instead = told
            .people
            .iter()
            .filter_map(super::rules::Recipient::fallback_in_words);
        for why in instead.chain(nobody) {
            let stand_in = StandIn {
                return_id: duty.deadline.return_id,
                title: duty.deadline.title.clone(),
                why,
            };
            if !found.contains(&stand_in) {
                found.push(stand_in);
            }
        }
    }
    Ok(found)
}
