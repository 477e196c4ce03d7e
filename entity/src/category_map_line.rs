//! A budget line of a funder.

use sea_orm::entity::prelude::*;

use crate::{CategoryMapId, Money, PaysFor};

/// A budget line of a funder.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category_map_line")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The map.
    pub map_id: CategoryMapId,
    /// Its place, from 1.
    pub position: i32,
    /// What the funder calls it.
    pub name: String,
    /// What the funder gives for it, in pence, if it says so.
    pub budget: Option<Money>,
    /// Whether capital, revenue or both count in it.
    pub pays_for: PaysFor,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
