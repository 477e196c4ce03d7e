//! Something that happened to a return, in the past tense.

use sea_orm::entity::prelude::*;

use crate::{GrantReturnId, PersonId, ReturnEventKind};

/// Something that happened to a return, in the past tense.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "return_event")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The return.
    pub return_id: GrantReturnId,
    /// Its place, from 1.
    pub seq: i32,
    /// What happened.
    pub kind: ReturnEventKind,
    /// When (UTC).
    pub at: DateTimeUtc,
    /// Who; absent for the worker.
    pub by_person: Option<PersonId>,
    /// Which revision it is about.
    pub revision: Option<i32>,
    /// Why.
    pub reason: Option<String>,
    /// More, by kind.
    pub detail: Option<Json>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
