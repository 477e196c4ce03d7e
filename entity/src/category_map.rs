//! A funder's own budget lines of an award, as they were said at a time; the last map holds.

use sea_orm::entity::prelude::*;

use crate::{AwardId, CategoryMapId, PersonId};

/// A funder's own budget lines of an award, as they were said at a time; the last map holds.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "category_map")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CategoryMapId,
    /// The award.
    pub award_id: AwardId,
    /// Its place among the award's maps, from 1.
    pub seq: i32,
    /// Where the funder says so: a letter, or a version of its form.
    pub said_in: String,
    /// Who recorded it.
    pub recorded_by: Option<PersonId>,
    /// When (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
