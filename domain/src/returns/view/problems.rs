//! What keeps returns from being drafted, for those who can mend it.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AwardId, GrantReturnId, drafting_problem, grant_return};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::access::rules::Operation;
use crate::returns::store;
use crate::{Ctx, Db, Result};

/// A return that is due and cannot be drafted, or whose workbook cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DraftingProblem {
    /// The award that asks for it.
    pub award_id: AwardId,
    /// The return, if it came into being.
    pub return_id: Option<GrantReturnId>,
    /// "Recovery grant: quarterly return from July 2026".
    pub title: String,
    /// What is in the way and what to do.
    pub message: String,
    /// Since when (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub since: DateTime<Utc>,
    /// First London date of the return's period.
    pub period_from: NaiveDate,
}

/// What keeps returns from being drafted, the oldest first: for those who can mend a form or a
/// requirement, and for those who look after operations; nothing for anybody else.
pub async fn drafting_problems(db: &Db, ctx: &Ctx) -> Result<Vec<DraftingProblem>> {
    let may = [Operation::CreateRequirement, Operation::ReadOperations]
        .into_iter()
        .any(|operation| ctx.require(operation).is_ok());
    if !may {
        return Ok(Vec::new());
    }
    let rows = drafting_problem::Entity::find()
        .order_by_asc(drafting_problem::Column::Since)
        .all(db.read())
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let asked = store::asked(db.read(), rows.iter().map(|row| row.requirement_id)).await?;
    let returns: HashMap<_, GrantReturnId> = grant_return::Entity::find()
        .filter(grant_return::Column::RequirementId.is_in(asked.keys().copied()))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| ((row.requirement_id, row.period_from), row.id))
        .collect();
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let (requirement, award) = asked.get(&row.requirement_id)?;
            Some(DraftingProblem {
                award_id: award.id,
                return_id: returns.get(&(row.requirement_id, row.period_from)).copied(),
                title: format!(
                    "{}: {} from {}",
                    award.title,
                    requirement.name,
                    row.period_from.format("%B %Y")
                ),
                message: row.message,
                since: row.since,
                period_from: row.period_from,
            })
        })
        .collect())
}
