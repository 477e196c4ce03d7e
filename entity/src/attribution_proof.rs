//! What proves the answer of an optimal rule in a run.

use sea_orm::entity::prelude::*;

use crate::AttributionRunId;

/// What proves the answer of an optimal rule in a run: checked before the run takes effect, and again at night.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attribution_proof")]
pub struct Model {
    /// The run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: AttributionRunId,
    /// The turn of the rule among the optimal rules of the run, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub turn: i32,
    /// What each class of lines gets and the prices that prove it, as JSON; none where there was no answer.
    pub proof: Option<String>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
