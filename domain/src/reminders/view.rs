//! What Today says of reminders: who stands in, and what nobody can be told of.

use entity::GrantReturnId;
use serde::Serialize;

use super::rules::part_in_words;
use super::store;
use crate::access::rules::{Operation, Sight, sight};
use crate::{Ctx, Db, Result};

/// A return whose part nobody active holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StandIn {
    /// The return.
    pub return_id: GrantReturnId,
    /// Why somebody else is told, or that nobody is.
    pub why: String,
}

/// Open returns whose part nobody active holds, with whoever is told instead.
pub async fn standing_in(db: &Db, ctx: &Ctx) -> Result<Vec<StandIn>> {
    ctx.require(Operation::ReadDeadlines)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    let today = ctx.today();
    let active = store::active_people(db.read(), today).await?;
    let mut found: Vec<StandIn> = Vec::new();
    for duty in store::duties(db.read(), ctx.now(), None).await? {
        let Some(return_id) = duty.deadline.return_id else {
            continue;
        };
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
            let stand_in = StandIn { return_id, why };
            if !found.contains(&stand_in) {
                found.push(stand_in);
            }
        }
    }
    Ok(found)
}
