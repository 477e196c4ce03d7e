//! A field of a draft of a form: as it was proposed, and what a person has made of it.

use sea_orm::entity::prelude::*;

use crate::{DraftFieldState, FieldKind, FormDraftFieldId, FormDraftId};

/// A field of a draft of a form: as it was proposed, and what a person has made of it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "form_draft_field")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FormDraftFieldId,
    /// The draft.
    pub draft_id: FormDraftId,
    /// Order on the form.
    pub position: i32,
    /// Fields of one row, or of one column of a list, are settled together.
    pub bundle: String,
    /// Whether it was settled, and how.
    pub state: DraftFieldState,
    /// Stable short name.
    pub key: String,
    /// Heading it stands under.
    pub section: String,
    /// The question.
    pub label: String,
    /// What kind of answer.
    pub kind: FieldKind,
    /// Where it stands in the workbook.
    pub locator: String,
    /// The sheet that the locator leads to; empty when it leads nowhere.
    pub sheet: String,
    /// The cell that the locator leads to; empty when it leads nowhere.
    pub cell: String,
    /// Must be answered.
    pub required: bool,
    /// How to answer.
    pub guidance: String,
    /// Most words.
    pub word_limit: Option<i32>,
    /// A list of texts.
    pub choices: Option<Json>,
    /// Pounds or thousands.
    pub unit: Option<String>,
    /// Pence, pounds or thousands.
    pub rounding: Option<String>,
    /// What fills it.
    pub binding: Option<Json>,
    /// Why the cell was taken for an answer, in words.
    pub why: String,
    /// Why this binding was suggested, in words; empty where none was.
    pub reason: String,
    /// What a person should look at: a list of sentences.
    pub attention: Json,
    /// What stands there in the copy that was submitted before.
    pub example: String,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
