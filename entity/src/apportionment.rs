//! A split of spend over pools, cost categories and places, before awards pay for it.

use sea_orm::entity::prelude::*;

use crate::{ApportionmentId, CostCategoryId, PersonId, PoolId};

/// A split of spend over pools, cost categories and places, before awards pay for it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "apportionment")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApportionmentId,
    /// The number people call it by.
    pub number: i64,
    /// What it splits, in a few words.
    pub title: String,
    /// Splits lines of this cost centre; absent: of any.
    pub cost_centre: Option<String>,
    /// Splits lines of this account; absent: of any.
    pub account: Option<String>,
    /// Splits lines of this cost category; absent: of any.
    pub category_id: Option<CostCategoryId>,
    /// Splits lines of this pool; absent: of any.
    pub pool_id: Option<PoolId>,
    /// First London date of spend, by the day received, that it splits.
    pub starts_on: Date,
    /// Why.
    pub reason: String,
    /// Who proposed it.
    pub proposed_by: PersonId,
    /// When (UTC).
    pub proposed_at: DateTimeUtc,
    /// Who approved it: another person.
    pub approved_by: Option<PersonId>,
    /// When (UTC).
    pub approved_at: Option<DateTimeUtc>,
    /// Who withdrew it before it was approved.
    pub withdrawn_by: Option<PersonId>,
    /// When (UTC).
    pub withdrawn_at: Option<DateTimeUtc>,
    /// Last London date of spend that it splits, where it ends.
    pub ends_on: Option<Date>,
    /// Who ended it.
    pub ended_by: Option<PersonId>,
    /// Why it ends.
    pub ended_because: Option<String>,
    /// Counts changes, for If-Match.
    pub version: i64,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
