//! One version of a paper: what is asked, and why.

use sea_orm::entity::prelude::*;

use crate::{Money, OrganisationId, PaperId, PersonId, PoolId};

/// One version of a paper: what is asked, and why.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "paper_version")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The paper.
    pub paper_id: PaperId,
    /// Its number, from 1.
    pub revision: i32,
    /// What people call it.
    pub title: String,
    /// Why, in plain words.
    pub why: String,
    /// Whose money is asked for.
    pub pool_id: PoolId,
    /// How much, in pence.
    pub amount: Money,
    /// What it is for, in one sentence: the allocation's purpose.
    pub purpose: String,
    /// Who would do it, where that is settled.
    pub provider_id: Option<OrganisationId>,
    /// Who asks for it.
    pub requested_by: String,
    /// London date by which it should be decided.
    pub decide_by_on: Date,
    /// The instant after which that is late (UTC).
    pub decide_by_at: DateTimeUtc,
    /// Who wrote this version; absent for the command line.
    pub written_by: Option<PersonId>,
    /// When (UTC).
    pub written_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
