//! What an award puts into a pool, stated anew by award year. The last statement holds.

use sea_orm::entity::prelude::*;

use crate::{ContributionId, ContributionStatementId, Money, PersonId};

/// What an award puts into a pool, stated anew by award year. The last statement holds.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contribution_statement")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContributionStatementId,
    /// The contribution.
    pub contribution_id: ContributionId,
    /// Its place among the contribution's statements, from 1.
    pub seq: i32,
    /// Agreed before it, in pence.
    pub agreed_before: Money,
    /// Agreed by it in all, in pence.
    pub agreed: Money,
    /// Who agreed.
    pub agreed_by: String,
    /// London date on which that was agreed.
    pub agreed_on: Date,
    /// Where that is written.
    pub reference: String,
    /// Why.
    pub reason: String,
    /// Who recorded it.
    pub recorded_by: Option<PersonId>,
    /// When it was recorded (UTC).
    pub recorded_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
