//! A line that a split made of another.

use sea_orm::entity::prelude::*;

use crate::{ApportionmentId, SpendLineId};

/// A line that a split made of another.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "apportioned_line")]
pub struct Model {
    /// The line that was made.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_id: SpendLineId,
    /// The line that it was made of.
    pub of_line_id: SpendLineId,
    /// The split.
    pub apportionment_id: ApportionmentId,
    /// Which part: 0 takes the whole of the line out.
    pub part: i32,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
