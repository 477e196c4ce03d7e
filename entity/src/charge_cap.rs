//! How much may be charged for management, of an award or of a pool, from a day on.

use sea_orm::entity::prelude::*;

use crate::{AwardId, ChargeBasis, ChargeCapId, Money, PersonId, PoolId};

/// How much may be charged for management, of an award or of a pool, from a day on.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "charge_cap")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChargeCapId,
    /// The award, where it is a term of one.
    pub award_id: Option<AwardId>,
    /// The pool, where it is of a pool's agreement.
    pub pool_id: Option<PoolId>,
    /// Its place among those of the award or the pool, from 1: a later one supersedes from its day on.
    pub seq: i32,
    /// First London date on which it applies.
    pub starts_on: Date,
    /// What the cap is a share of, or that it is an amount; or that nothing caps it any more.
    pub basis: ChargeBasis,
    /// The share, in basis points.
    pub share_bp: Option<i32>,
    /// The amount for each year, in pence.
    pub amount: Option<Money>,
    /// Who charges it, in the agreement's words.
    pub charged_by: String,
    /// Who agreed it.
    pub agreed_by: String,
    /// London date on which it was agreed.
    pub agreed_on: Date,
    /// Where that is written.
    pub source: String,
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
