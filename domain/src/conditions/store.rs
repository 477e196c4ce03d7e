//! The rows of conditions. Whoever asks has looked whether the award may be seen.

use std::collections::HashMap;

use entity::{
    AwardConditionId, AwardId, ConditionKind, award_condition, award_condition_event,
    award_condition_version,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules::{ConditionState, state};
use crate::{Error, Result};

/// A condition with all that was said of it and all that happened to it, the oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) row: award_condition::Model,
    pub(crate) versions: Vec<award_condition_version::Model>,
    pub(crate) events: Vec<award_condition_event::Model>,
}

impl Condition {
    /// What it says now.
    pub(crate) fn says(&self) -> Result<&award_condition_version::Model> {
        self.versions
            .last()
            .ok_or_else(|| Error::internal("a condition that says nothing"))
    }

    /// How it stands.
    pub(crate) fn state(&self) -> ConditionState {
        state(self.events.iter().map(|event| event.kind))
    }
}

/// The conditions of these awards, in the order in which they were recorded.
pub(crate) async fn of_awards(
    conn: &impl ConnectionTrait,
    ids: &[AwardId],
) -> Result<Vec<Condition>> {
    let rows = award_condition::Entity::find()
        .filter(award_condition::Column::AwardId.is_in(ids.iter().copied()))
        .order_by_asc(award_condition::Column::AwardId)
        .order_by_asc(award_condition::Column::Seq)
        .all(conn)
        .await?;
    whole(conn, rows).await
}

async fn whole(
    conn: &impl ConnectionTrait,
    rows: Vec<award_condition::Model>,
) -> Result<Vec<Condition>> {
    let ids: Vec<AwardConditionId> = rows.iter().map(|row| row.id).collect();
    let mut versions: HashMap<AwardConditionId, Vec<_>> = HashMap::new();
    for row in award_condition_version::Entity::find()
        .filter(award_condition_version::Column::ConditionId.is_in(ids.iter().copied()))
        .order_by_asc(award_condition_version::Column::Revision)
        .all(conn)
        .await?
    {
        versions.entry(row.condition_id).or_default().push(row);
    }
    let mut events: HashMap<AwardConditionId, Vec<_>> = HashMap::new();
    for row in award_condition_event::Entity::find()
        .filter(award_condition_event::Column::ConditionId.is_in(ids))
        .order_by_asc(award_condition_event::Column::Seq)
        .all(conn)
        .await?
    {
        events.entry(row.condition_id).or_default().push(row);
    }
    Ok(rows
        .into_iter()
        .map(|row| Condition {
            versions: versions.remove(&row.id).unwrap_or_default(),
            events: events.remove(&row.id).unwrap_or_default(),
            row,
        })
        .collect())
}

/// One condition of an award.
pub(super) async fn one(
    conn: &impl ConnectionTrait,
    award_id: AwardId,
    id: AwardConditionId,
) -> Result<Condition> {
    let row = award_condition::Entity::find_by_id(id)
        .filter(award_condition::Column::AwardId.eq(award_id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)?;
    whole(conn, vec![row]).await?.pop().ok_or(Error::NotFound)
}

/// What must be met before the funder pays, and is not.
pub(crate) async fn unmet_before_payment(
    conn: &impl ConnectionTrait,
    award_id: AwardId,
) -> Result<Vec<(AwardConditionId, String)>> {
    let mut unmet = Vec::new();
    for one in of_awards(conn, &[award_id]).await? {
        let says = one.says()?;
        if says.kind == ConditionKind::BeforePayment && one.state() == ConditionState::Open {
            unmet.push((one.row.id, says.title.clone()));
        }
    }
    Ok(unmet)
}
