//! A tick of a schedule that was turned into a job; one row per tick.

use sea_orm::entity::prelude::*;

use crate::JobKind;

/// A tick of a schedule that was turned into a job; one row per tick.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_tick")]
pub struct Model {
    /// Whose schedule.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: JobKind,
    /// Which tick (UTC).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tick_at: DateTimeUtc,
    /// When it was noticed (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
