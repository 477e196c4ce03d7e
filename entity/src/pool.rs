//! Several awards' money put behind one purpose.

use sea_orm::entity::prelude::*;

use crate::{OrganisationId, PoolId};

/// Several awards' money put behind one purpose.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pool")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PoolId,
    /// Stable short name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// One sentence.
    pub purpose: String,
    /// Holds the money.
    pub holder_id: OrganisationId,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// When (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
