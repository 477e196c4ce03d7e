//! What an award asks of us on its days, for those who are about to stop or to end it.

use chrono::NaiveDate;
use entity::{AwardId, GrantReturnId, ReturnState, deadline, grant_return, requirement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::{Db, Result};

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AwardDuty {
    /// What.
    pub title: String,
    /// London date.
    pub due_on: NaiveDate,
}

/// A return of an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardSentReturn)]
pub struct SentReturn {
    /// Its id.
    pub id: GrantReturnId,
    /// What people call it.
    pub name: String,
    /// First London date of its period.
    pub period_from: NaiveDate,
    /// Last London date of its period.
    pub period_to: NaiveDate,
}

/// The open deadlines of an award, the earliest first.
pub(crate) async fn duties(db: &Db, id: AwardId) -> Result<Vec<AwardDuty>> {
    Ok(deadline::Entity::find()
        .filter(deadline::Column::AwardId.eq(id))
        .filter(deadline::Column::ClosedAt.is_null())
        .order_by_asc(deadline::Column::DueOn)
        .order_by_asc(deadline::Column::Id)
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| AwardDuty {
            title: row.title,
            due_on: row.due_on,
        })
        .collect())
}

/// The returns of an award that stand so and whose period ends on a day or after it, the earliest first.
pub(crate) async fn returns_from(
    db: &Db,
    id: AwardId,
    from: NaiveDate,
    states: &[ReturnState],
) -> Result<Vec<SentReturn>> {
    let rows = grant_return::Entity::find()
        .filter(grant_return::Column::AwardId.eq(id))
        .filter(grant_return::Column::State.is_in(states.iter().copied()))
        .filter(grant_return::Column::PeriodTo.gte(from))
        .order_by_asc(grant_return::Column::PeriodFrom)
        .order_by_asc(grant_return::Column::Id)
        .all(db.read())
        .await?;
    let names: std::collections::HashMap<_, _> = requirement::Entity::find()
        .filter(requirement::Column::AwardId.eq(id))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    Ok(rows
        .into_iter()
        .map(|row| SentReturn {
            id: row.id,
            name: names.get(&row.requirement_id).cloned().unwrap_or_default(),
            period_from: row.period_from,
            period_to: row.period_to,
        })
        .collect())
}
