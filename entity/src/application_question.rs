//! A question that a funder asks at a stage.

use sea_orm::entity::prelude::*;

use crate::{ApplicationId, ApplicationQuestionId, StageKind};

/// A question that a funder asks at a stage.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "application_question")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApplicationQuestionId,
    /// The application.
    pub application_id: ApplicationId,
    /// At which stage.
    pub stage: StageKind,
    /// Its place.
    pub position: i32,
    /// The question.
    pub text: String,
    /// What the funder says about it; may be empty.
    pub guidance: String,
    /// The most words that the funder reads.
    pub word_limit: Option<i32>,
    /// It must be answered.
    pub required: bool,
    /// When it was taken out (UTC): the funder does not ask it.
    pub removed_at: Option<DateTimeUtc>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
