//! What an award asks besides returns: match, what a return must explain, spend to be kept up.

use sea_orm::entity::prelude::*;

use crate::{AwardId, Money, VirementBase};

/// What an award asks besides returns, as its amendments made it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "award_terms")]
pub struct Model {
    /// The award.
    #[sea_orm(primary_key, auto_increment = false)]
    pub award_id: AwardId,
    /// Match that it requires, in pence.
    pub match_amount: Option<Money>,
    /// Match that it requires, in basis points of its amount.
    pub match_bp: Option<i32>,
    /// How match is to be evidenced.
    pub match_how: String,
    /// A return explains a difference of more than this, in basis points of what was expected.
    pub variance_bp: Option<i32>,
    /// A return explains a difference of more than this, in pence.
    pub variance_amount: Option<Money>,
    /// Spend that must be kept up in each year, in pence.
    pub baseline_amount: Option<Money>,
    /// What spend that is, and whose.
    pub baseline_of: String,
    /// First London date of the years in which it must be kept up; none where it is not measured here.
    pub baseline_from: Option<Date>,
    /// May be moved between fences without asking, in basis points.
    pub virement_bp: Option<i32>,
    /// Of what that is a share.
    pub virement_of: VirementBase,
    /// Where that is written.
    pub virement_source: String,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
