//! What a journal says: the last version stands.

use sea_orm::entity::prelude::*;

use crate::{JournalId, Money, PersonId};

/// What a journal says: the last version stands.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal_version")]
pub struct Model {
    /// The journal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub journal_id: JournalId,
    /// Its number, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i32,
    /// Why.
    pub reason: String,
    /// What shows that it is right.
    pub evidence: String,
    /// What its lines come to, in pence.
    pub total: Money,
    /// Who prepared it.
    pub prepared_by: PersonId,
    /// When (UTC).
    pub prepared_at: DateTimeUtc,
    /// Who approved it; never who prepared it.
    pub approved_by: Option<PersonId>,
    /// When (UTC).
    pub approved_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
