//! A row of the coding map: lines with these codes, received in these days, are coded so.

use sea_orm::entity::prelude::*;

use crate::{CodingMapRowId, CostCategoryId, PersonId, PoolId};

/// A row of the coding map: lines with these codes, received in these days, are coded so.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "coding_map_row")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CodingMapRowId,
    /// The ledger's cost centre; absent is any.
    pub cost_centre: Option<String>,
    /// The ledger's account; absent is any.
    pub account: Option<String>,
    /// The ledger's project; absent is any.
    pub project: Option<String>,
    /// First London date received that it is for.
    pub valid_from: Date,
    /// Last London date received that it is for; absent is until further notice.
    pub valid_to: Option<Date>,
    /// The pool.
    pub pool_id: PoolId,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// Where.
    pub place: Option<String>,
    /// For whom.
    pub people_group: Option<String>,
    /// Capital, or revenue.
    pub capital: bool,
    /// The row whose place it took.
    pub replaces_id: Option<CodingMapRowId>,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// When it was added (UTC).
    pub created_at: DateTimeUtc,
    /// Who added it; absent for the command line.
    pub created_by: Option<PersonId>,
    /// When its last day was stated (UTC).
    pub ended_at: Option<DateTimeUtc>,
    /// Who stated it.
    pub ended_by: Option<PersonId>,
    /// It applies to no day at all: another took its place from its first day.
    pub withdrawn: bool,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
