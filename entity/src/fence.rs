//! A named part of an award for certain lines: reserved, limited, or both; fences nest.

use sea_orm::entity::prelude::*;

use crate::{AwardId, FenceId, Money};

/// A named part of an award for certain lines: reserved, limited, or both; fences nest.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "fence")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FenceId,
    /// The award.
    pub award_id: AwardId,
    /// The fence around it.
    pub parent_id: Option<FenceId>,
    /// Stable short name within the award.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Pence kept for the lines that fit.
    pub reserved: Option<Money>,
    /// At most this much for the lines that fit, pence.
    pub spend_limit: Option<Money>,
    /// Order among its siblings.
    pub position: i32,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
