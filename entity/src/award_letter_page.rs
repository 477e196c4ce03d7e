//! The words of a page of an award's letter.

use sea_orm::entity::prelude::*;

use crate::AwardLetterId;

/// The words of a page of an award's letter.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_letter_page")]
pub struct Model {
    /// The letter.
    #[sea_orm(primary_key, auto_increment = false)]
    pub letter_id: AwardLetterId,
    /// Counts its pages: 1, 2, 3 …
    #[sea_orm(primary_key, auto_increment = false)]
    pub page: i32,
    /// Its words, line by line; empty where it was scanned without words.
    pub words: String,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
