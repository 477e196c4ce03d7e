//! What an application asks for: a budget line of a year.

use sea_orm::entity::prelude::*;

use crate::{ApplicationId, Money};

/// What an application asks for: a budget line of a year.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application_line")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The application.
    pub application_id: ApplicationId,
    /// Its place.
    pub position: i32,
    /// First London date of the year.
    pub year_from: Date,
    /// The budget line.
    pub label: String,
    /// Capital, or revenue.
    pub capital: bool,
    /// Pence.
    pub amount: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
