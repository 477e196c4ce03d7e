//! What an offer gives in a year.

use sea_orm::entity::prelude::*;

use crate::{ApplicationOfferId, Money};

/// What an offer gives in a year.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application_offer_year")]
pub struct Model {
    /// The offer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub offer_id: ApplicationOfferId,
    /// First London date of the year.
    #[sea_orm(primary_key, auto_increment = false)]
    pub year_from: Date,
    /// Pence.
    pub amount: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
