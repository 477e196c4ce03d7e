//! A programme that another one took the place of: schemes are merged and renamed.

use sea_orm::entity::prelude::*;

use crate::ProgrammeId;

/// A programme that another one took the place of: schemes are merged and renamed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "programme_predecessor")]
pub struct Model {
    /// The programme that came after.
    #[sea_orm(primary_key, auto_increment = false)]
    pub programme_id: ProgrammeId,
    /// The one before it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub predecessor_id: ProgrammeId,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
