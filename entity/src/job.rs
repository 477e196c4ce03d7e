//! Something that the worker shall do; it commits with the change that caused it.

use sea_orm::entity::prelude::*;

use crate::{JobId, JobKind, JobState};

/// Something that the worker shall do; it commits with the change that caused it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// What shall be done.
    pub kind: JobKind,
    /// While a job with this key waits or runs, no second one is added.
    pub unique_key: Option<String>,
    /// The row that a delivery is about.
    pub row_id: Option<Uuid>,
    /// Where it stands.
    pub state: JobState,
    /// Not before (UTC).
    pub run_at: DateTimeUtc,
    /// Attempts begun.
    pub attempt: i32,
    /// After so many it is dead.
    pub max_attempts: i32,
    /// Who holds it.
    pub lease_token: Option<Uuid>,
    /// Until when (UTC).
    pub lease_until: Option<DateTimeUtc>,
    /// Asked for again while running: runs once more.
    pub nudged: bool,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was added (UTC).
    pub created_at: DateTimeUtc,
    /// When it ended (UTC).
    pub finished_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
