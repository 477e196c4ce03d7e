//! A question of a form: where it stands and what fills it.

use sea_orm::entity::prelude::*;

use crate::{FieldKind, FormFieldId, ReturnFormId};

/// A question of a form: where it stands and what fills it.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "form_field")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FormFieldId,
    /// The form.
    pub form_id: ReturnFormId,
    /// Order on the form.
    pub position: i32,
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
    /// The sheet that the locator leads to.
    pub sheet: String,
    /// The cell that the locator leads to.
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
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
