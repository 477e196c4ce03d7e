//! Until when a person has seen what was known of a position.

use sea_orm::entity::prelude::*;

use crate::{PersonId, PoolId};

/// Until when a person has seen what was known of a position.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "position_seen")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who.
    pub person_id: PersonId,
    /// Of which pool; none: of all together.
    pub pool_id: Option<PoolId>,
    /// What was recorded until this instant (UTC) they have seen.
    pub known_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
