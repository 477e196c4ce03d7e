//! Forms that are being mapped, as the people who map them see them.

use chrono::{DateTime, Utc};
use entity::{
    AwardId, DraftFieldState, FieldKind, FormDraftFieldId, FormDraftId, OrganisationId,
    ReturnFormId, award, form_draft, form_draft_field,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::access::rules::{Operation, Sight, sight};
use crate::forms::ops;
use crate::forms::rules::{Binding, Rounding, Source, Unit, Vocabulary, in_words};
use crate::{Ctx, Db, Error, Result, organisations};

/// A form that is being mapped, in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DraftSummary {
    /// The draft.
    pub id: FormDraftId,
    /// The funder's title.
    pub name: String,
    /// The funder's version.
    pub version_label: String,
    /// Whose form.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// The funder's own code of the form.
    pub funder_form_code: Option<String>,
    /// The version that it takes the place of.
    pub replaces_id: Option<ReturnFormId>,
    /// The form that it became.
    pub used_as_id: Option<ReturnFormId>,
    /// Whether it was given up.
    pub given_up: bool,
    /// How many fields it has.
    pub fields: u64,
    /// How many of them are settled.
    pub settled: u64,
    /// "38 of 61 fields are settled".
    pub progress: String,
    /// Its version, for If-Match.
    pub version: i64,
    /// When it was last worked on (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub changed_at: DateTime<Utc>,
}

/// A form that is being mapped, with its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DraftView {
    /// What the list shows.
    #[serde(flatten)]
    pub draft: DraftSummary,
    /// The workbook's file name.
    pub file_name: String,
    /// What was noticed when the workbook was read.
    pub notes: Vec<String>,
    /// Its fields, in the form's order.
    pub questions: Vec<DraftField>,
    /// The names that filters use.
    pub vocabulary: Vocabulary,
}

/// A field of a form that is being mapped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DraftField {
    /// The field.
    pub id: FormDraftFieldId,
    /// Whether it was settled, and how.
    pub state: DraftFieldState,
    /// Fields with the same are settled together.
    pub bundle: String,
    /// Stable short name.
    pub key: String,
    /// Heading it stands under.
    pub section: String,
    /// The question.
    pub label: String,
    /// What kind of answer.
    pub kind: FieldKind,
    /// Where it stands.
    pub at: String,
    /// The sheet that this leads to; empty when it leads nowhere.
    pub sheet: String,
    /// The cell that this leads to; empty when it leads nowhere.
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
    /// To what an amount is rounded in the cell, for money.
    pub rounding: Option<Rounding>,
    /// What fills it.
    pub binding: Option<Binding>,
    /// The slug of its source; `person` when a person answers, absent when it is told finer.
    pub source: Option<String>,
    /// The same in words.
    pub source_in_words: String,
    /// Why the cell was taken for an answer.
    pub why: String,
    /// Why its source was suggested; empty where none was.
    pub reason: String,
    /// What a person should look at.
    pub attention: Vec<String>,
    /// What stands there in the copy that was submitted before.
    pub example: String,
}

/// Forms that are being mapped; those worked on last first.
pub async fn drafts(
    db: &Db,
    ctx: &Ctx,
    after: Option<FormDraftId>,
    limit: u64,
    open_only: bool,
) -> Result<Vec<DraftSummary>> {
    ctx.require(Operation::ReadForms)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    let mut query = form_draft::Entity::find();
    if open_only {
        query = query.filter(
            Condition::all()
                .add(form_draft::Column::UsedAsId.is_null())
                .add(form_draft::Column::GivenUpAt.is_null()),
        );
    }
    if let Some(after) = after {
        query = query.filter(form_draft::Column::Id.lt(after));
    }
    let rows = query
        .order_by_desc(form_draft::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    let mut list = Vec::with_capacity(rows.len());
    for row in rows {
        let states: Vec<DraftFieldState> = form_draft_field::Entity::find()
            .select_only()
            .column(form_draft_field::Column::State)
            .filter(form_draft_field::Column::DraftId.eq(row.id))
            .into_tuple()
            .all(db.read())
            .await?;
        list.push(summary(db, row, &states).await?);
    }
    Ok(list)
}

/// One form that is being mapped.
pub async fn draft(db: &Db, ctx: &Ctx, id: FormDraftId) -> Result<DraftView> {
    ctx.require(Operation::ReadForms)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let row = form_draft::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    let rows = form_draft_field::Entity::find()
        .filter(form_draft_field::Column::DraftId.eq(id))
        .order_by_asc(form_draft_field::Column::Position)
        .all(db.read())
        .await?;
    let vocabulary = ops::vocabulary(db.read(), row.funder_id).await?;
    let states: Vec<DraftFieldState> = rows.iter().map(|row| row.state).collect();
    let file = entity::file::Entity::find_by_id(row.file_id)
        .one(db.read())
        .await?
        .ok_or_else(|| Error::internal("a draft without its file"))?;
    let notes = serde_json::from_value(row.notes.clone())?;
    let questions = rows
        .into_iter()
        .map(|row| question(row, &vocabulary))
        .collect::<Result<_>>()?;
    Ok(DraftView {
        draft: summary(db, row, &states).await?,
        file_name: file.name,
        notes,
        questions,
        vocabulary,
    })
}

/// Awards on which a draft can be tried out: those of its funder.
pub async fn awards_to_try(
    db: &Db,
    ctx: &Ctx,
    funder: OrganisationId,
) -> Result<Vec<(AwardId, String)>> {
    ctx.require(Operation::ReadAwards)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    Ok(award::Entity::find()
        .filter(award::Column::FunderId.eq(funder))
        .order_by_desc(award::Column::StartsOn)
        .limit(100)
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, format!("{} ({})", row.title, row.reference)))
        .collect())
}

fn question(row: form_draft_field::Model, vocabulary: &Vocabulary) -> Result<DraftField> {
    let binding: Option<Binding> = row.binding.map(serde_json::from_value).transpose()?;
    Ok(DraftField {
        id: row.id,
        state: row.state,
        bundle: row.bundle,
        key: row.key,
        section: row.section,
        label: row.label,
        kind: row.kind,
        at: row.locator,
        sheet: row.sheet,
        cell: row.cell,
        required: row.required,
        guidance: row.guidance,
        word_limit: row.word_limit,
        choices: row
            .choices
            .map(serde_json::from_value)
            .transpose()?
            .unwrap_or_default(),
        unit: row.unit.as_deref().and_then(Unit::from_slug),
        rounding: row.rounding.as_deref().and_then(Rounding::from_slug),
        source: match &binding {
            None => Some("person".to_owned()),
            Some(binding) => Source::of_binding(binding).map(|source| source.slug.to_owned()),
        },
        source_in_words: in_words(binding.as_ref(), vocabulary),
        binding,
        why: row.why,
        reason: row.reason,
        attention: serde_json::from_value(row.attention)?,
        example: row.example,
    })
}

async fn summary(
    db: &Db,
    row: form_draft::Model,
    states: &[DraftFieldState],
) -> Result<DraftSummary> {
    let fields = states.len();
    let settled = states
        .iter()
        .filter(|state| **state != DraftFieldState::Open)
        .count();
    let funder = organisations::view::names(db, [row.funder_id])
        .await?
        .remove(&row.funder_id)
        .unwrap_or_default();
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Ok(DraftSummary {
        id: row.id,
        name: row.name,
        version_label: row.version_label,
        funder_id: row.funder_id,
        funder,
        funder_form_code: row.funder_form_code,
        replaces_id: row.replaces_id,
        used_as_id: row.used_as_id,
        given_up: row.given_up_at.is_some(),
        fields: count(fields),
        settled: count(settled),
        progress: progress(settled, fields),
        version: row.version,
        changed_at: row.changed_at,
    })
}

fn progress(settled: usize, fields: usize) -> String {
    match (settled, fields) {
        (_, 1) if settled == 1 => "The one field is settled".to_owned(),
        (settled, fields) if settled == fields => format!("All {fields} fields are settled"),
        (settled, fields) => format!("{settled} of {fields} fields are settled"),
    }
}

/// The names that a funder's forms use in filters.
pub async fn vocabulary(db: &Db, ctx: &Ctx, funder: OrganisationId) -> Result<Vocabulary> {
    ctx.require(Operation::ReadForms)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    ops::vocabulary(db.read(), funder).await
}
