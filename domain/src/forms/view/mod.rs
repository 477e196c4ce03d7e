//! Return forms as readers get them.

mod drafts;

pub use drafts::{DraftField, DraftSummary, DraftView, awards_to_try, draft, drafts, vocabulary};

use chrono::{DateTime, Utc};
use entity::{FieldKind, OrganisationId, ReturnFormId, form_field, return_form};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::access::rules::{Operation, Sight, sight};
use crate::files::{self, Stored};
use crate::forms::rules::{Binding, Rounding, Unit};
use crate::forms::store;
use crate::{Ctx, Db, Error, Result, organisations};

/// A form in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FormSummary {
    /// The form.
    pub id: ReturnFormId,
    /// The funder's title.
    pub name: String,
    /// The funder's version.
    pub version: String,
    /// Whose form.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// False once the funder has replaced it.
    pub current: bool,
    /// The funder's own code of the form.
    pub funder_form_code: Option<String>,
    /// The version before it.
    pub replaces_id: Option<ReturnFormId>,
    /// How many questions it has.
    pub fields: u64,
    /// When it was added (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: DateTime<Utc>,
}

/// A form with its questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FormView {
    /// What the list shows.
    #[serde(flatten)]
    pub form: FormSummary,
    /// The workbook's file name.
    pub file_name: String,
    /// SHA-256 of the workbook, lower-case hex.
    pub file_sha256: String,
    /// Its questions, in order.
    pub questions: Vec<QuestionView>,
}

/// A question of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct QuestionView {
    /// Stable short name.
    pub key: String,
    /// Heading it stands under.
    pub section: String,
    /// The question.
    pub label: String,
    /// What kind of answer.
    pub kind: FieldKind,
    /// Where it stands, as the field list says it.
    pub at: String,
    /// The sheet that this leads to.
    pub sheet: String,
    /// The cell that this leads to.
    pub cell: String,
    /// Must be answered.
    pub required: bool,
    /// How to answer.
    pub guidance: String,
    /// Most words.
    pub word_limit: Option<i32>,
    /// The list to choose from; empty for other kinds.
    pub choices: Vec<String>,
    /// What one stands for in the cell, for money.
    pub unit: Option<Unit>,
    /// To what an amount is rounded in the cell.
    pub rounding: Option<Rounding>,
    /// What fills it.
    pub binding: Option<Binding>,
}

/// The forms, newest first.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    after: Option<ReturnFormId>,
    limit: u64,
) -> Result<Vec<FormSummary>> {
    ctx.require(Operation::ReadForms)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    let mut query = return_form::Entity::find();
    if let Some(after) = after {
        query = query.filter(return_form::Column::Id.lt(after));
    }
    let rows = query
        .order_by_desc(return_form::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    let mut forms = Vec::with_capacity(rows.len());
    for row in rows {
        forms.push(summary(db, row).await?);
    }
    Ok(forms)
}

/// One form.
pub async fn one(db: &Db, ctx: &Ctx, id: ReturnFormId) -> Result<FormView> {
    let row = seen(db, ctx, id).await?;
    let form = store::load(db.read(), id).await?;
    Ok(FormView {
        form: summary(db, row).await?,
        file_name: form.file_name,
        file_sha256: form.file_sha256,
        questions: form
            .fields
            .into_iter()
            .map(|field| QuestionView {
                key: field.key,
                section: field.section,
                label: field.label,
                kind: field.kind,
                at: field.locator,
                sheet: field.sheet,
                cell: field.cell,
                required: field.required,
                guidance: field.guidance,
                word_limit: field.word_limit,
                choices: field.choices,
                unit: (field.kind == FieldKind::Money).then_some(field.unit),
                rounding: (field.kind == FieldKind::Money).then_some(field.rounding),
                binding: field.binding,
            })
            .collect(),
    })
}

/// The workbook as the funder made it.
pub async fn workbook(db: &Db, ctx: &Ctx, id: ReturnFormId) -> Result<Stored> {
    let row = seen(db, ctx, id).await?;
    files::load(db, row.file_id).await
}

async fn seen(db: &Db, ctx: &Ctx, id: ReturnFormId) -> Result<return_form::Model> {
    ctx.require(Operation::ReadForms)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    return_form::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)
}

async fn summary(db: &Db, row: return_form::Model) -> Result<FormSummary> {
    let fields = form_field::Entity::find()
        .filter(form_field::Column::FormId.eq(row.id))
        .count(db.read())
        .await?;
    let funder = organisations::view::names(db, [row.funder_id])
        .await?
        .remove(&row.funder_id)
        .unwrap_or_default();
    Ok(FormSummary {
        id: row.id,
        name: row.name,
        version: row.version_label,
        funder_id: row.funder_id,
        funder,
        current: row.current,
        funder_form_code: row.funder_form_code,
        replaces_id: row.replaces_id,
        fields,
        created_at: row.created_at,
    })
}
