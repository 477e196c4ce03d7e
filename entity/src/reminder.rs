//! A rung of a deadline's ladder, for one person.

use sea_orm::entity::prelude::*;

use crate::{DeadlineId, MailId, PersonId};

/// A rung of a deadline's ladder, for one person.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reminder")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The deadline.
    pub deadline_id: DeadlineId,
    /// London date on which it was then due: one that is put off begins its ladder anew.
    pub due_on: Date,
    /// Who is reminded.
    pub person_id: PersonId,
    /// Which rung.
    pub rung: String,
    /// Passed over in an outage: told of by a later rung.
    pub merged: bool,
    /// Why this person stands in.
    pub fallback: Option<String>,
    /// The mail that carries it.
    pub mail_id: Option<MailId>,
    /// When it was chosen (UTC).
    pub created_at: DateTimeUtc,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
