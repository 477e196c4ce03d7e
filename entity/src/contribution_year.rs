//! What a statement of a contribution says of an award year.

use sea_orm::entity::prelude::*;

use crate::{AwardYearId, ContributionStatementId, Money};

/// What a statement of a contribution says of an award year.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contribution_year")]
pub struct Model {
    /// The statement.
    #[sea_orm(primary_key, auto_increment = false)]
    pub statement_id: ContributionStatementId,
    /// The award year.
    #[sea_orm(primary_key, auto_increment = false)]
    pub year_id: AwardYearId,
    /// Agreed, in pence.
    pub agreed: Money,
    /// Pledged and not agreed yet, in pence: it pays for nothing.
    pub pledged: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
