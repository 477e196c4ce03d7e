//! When a person was here: while a visit lasts, and when the one before it ended.

use sea_orm::entity::prelude::*;

use crate::PersonId;

/// When a person was here: while a visit lasts, and when the one before it ended.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "visit")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// Their latest request, to about a minute (UTC).
    pub here_at: DateTimeUtc,
    /// The last request of the visit before (UTC); none during the first.
    pub before_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
