//! An answer to a field: drafted from the facts, or typed by a person. The newest of each stands.

use sea_orm::entity::prelude::*;

use crate::{AnswerSource, FormFieldId, GrantReturnId, PersonId};

/// An answer to a field: drafted from the facts, or typed by a person. The newest of each stands.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "return_answer")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The return.
    pub return_id: GrantReturnId,
    /// The field.
    pub field_id: FormFieldId,
    /// Drafted or typed.
    pub source: AnswerSource,
    /// Number (pence for money), text, date, true or false; null when emptied.
    pub value: Json,
    /// The sentence, measure and filters behind a drafted figure.
    pub basis: Option<Json>,
    /// Who typed it.
    pub entered_by: Option<PersonId>,
    /// When (UTC).
    pub entered_at: DateTimeUtc,
    /// When a later one took its place (UTC).
    pub superseded_at: Option<DateTimeUtc>,
    /// Who took it back, with nothing in its place.
    pub taken_back_by: Option<PersonId>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
