//! What two racing writers meet: attributed so far against what attribution may reach.

use sea_orm::entity::prelude::*;

use crate::{BalanceKind, Money};

/// What two racing writers meet: attributed so far against what attribution may reach.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "balance")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Award, contribution or fence.
    pub kind: BalanceKind,
    /// The award's, contribution's or fence's id.
    pub subject_id: Uuid,
    /// Pence that attribution may reach.
    pub cap: Money,
    /// Pence attributed by accepted runs.
    pub attributed: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
