//! Settling what was proposed: keeping fields, leaving them out, changing what they ask and what
//! fills them. Fields of a row, or of a column of a list, are settled together.

use std::collections::HashSet;

use entity::{
    DraftFieldState, FieldKind, FormDraftFieldId, FormDraftId, form_draft, form_draft_field,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::drafts::{open, row, touched};
use crate::access::rules::Operation;
use crate::forms::rules::{
    Binding, Details, FieldSpec, Filters, Proposed, Rounding, Source, Unit, key_of,
};
use crate::returns::workbook;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, files};

/// Which fields of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DraftFieldsMeant)]
pub enum Which {
    /// Those that nobody has looked at and nothing is odd about.
    Clear,
    /// All that nobody has looked at.
    Open,
    /// Those under a heading that nobody has looked at.
    Section(String),
    /// Those of a bundle: a row, or a column of a list.
    Bundle(String),
    /// One.
    Field(FormDraftFieldId),
}

/// Fields to keep or to leave out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DraftSettlement)]
pub struct Settle {
    /// Which.
    pub which: Which,
    /// What becomes of them.
    pub state: DraftFieldState,
}

/// Keeps fields, leaves them out, or opens them again. Says how many.
pub async fn settle(
    db: &Db,
    ctx: &Ctx,
    id: FormDraftId,
    expected: Option<i64>,
    settle: &Settle,
) -> Result<u64> {
    ctx.require(Operation::ChangeFormDraft)?;
    db.write(
        ctx,
        Command::on(Operation::ChangeFormDraft, "form_draft", id),
        async |tx| {
            let draft = open(tx, id, expected).await?;
            let mut query = form_draft_field::Entity::update_many()
                .col_expr(
                    form_draft_field::Column::State,
                    Expr::value(settle.state.slug()),
                )
                .filter(form_draft_field::Column::DraftId.eq(id));
            let is_open = form_draft_field::Column::State.eq(DraftFieldState::Open);
            query = match &settle.which {
                Which::Open => query.filter(is_open),
                Which::Section(section) => query
                    .filter(is_open)
                    .filter(form_draft_field::Column::Section.eq(section)),
                Which::Bundle(bundle) => query.filter(form_draft_field::Column::Bundle.eq(bundle)),
                Which::Field(field) => query.filter(form_draft_field::Column::Id.eq(*field)),
                Which::Clear => {
                    // A list in JSON is compared differently on each database: look, then name.
                    let clear: Vec<FormDraftFieldId> = form_draft_field::Entity::find()
                        .filter(form_draft_field::Column::DraftId.eq(id))
                        .filter(is_open)
                        .all(tx.conn())
                        .await?
                        .into_iter()
                        .filter(|row| row.attention.as_array().is_none_or(Vec::is_empty))
                        .map(|row| row.id)
                        .collect();
                    let mut done = 0u64;
                    for some in clear.chunks(super::ROWS) {
                        done = done.saturating_add(
                            form_draft_field::Entity::update_many()
                                .col_expr(
                                    form_draft_field::Column::State,
                                    Expr::value(settle.state.slug()),
                                )
                                .filter(form_draft_field::Column::Id.is_in(some.iter().copied()))
                                .exec(tx.conn())
                                .await?
                                .rows_affected,
                        );
                    }
                    touched(tx, draft).update(tx.conn()).await?;
                    tx.note("settled", done);
                    return Ok(done);
                }
            };
            let done = query.exec(tx.conn()).await?.rows_affected;
            if done == 0 && matches!(settle.which, Which::Field(_) | Which::Bundle(_)) {
                return Err(Error::NotFound);
            }
            touched(tx, draft).update(tx.conn()).await?;
            tx.note("settled", done);
            tx.note("state", settle.state.slug());
            Ok(done)
        },
    )
    .await
}

/// What to change of fields; what is absent stays as each has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DraftFieldChange)]
pub struct FieldChange {
    /// What becomes of it.
    #[serde(default)]
    pub state: Option<DraftFieldState>,
    /// The question.
    #[serde(default)]
    pub label: Option<String>,
    /// How to answer.
    #[serde(default)]
    pub guidance: Option<String>,
    /// What kind of answer.
    #[serde(default)]
    pub kind: Option<FieldKind>,
    /// Must be answered.
    #[serde(default)]
    pub required: Option<bool>,
    /// Most words; 0 for no limit.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000)]
    pub word_limit: Option<i32>,
    /// The list to choose from.
    #[serde(default)]
    pub choices: Option<Vec<String>>,
    /// What one stands for in the cell.
    #[serde(default)]
    pub unit: Option<Unit>,
    /// To what an amount is rounded in the cell.
    #[serde(default)]
    pub rounding: Option<Rounding>,
    /// Where it stands.
    #[serde(default)]
    pub at: Option<String>,
    /// Where the answer comes from: the slug of a source, or `person`.
    #[serde(default)]
    pub source: Option<String>,
    /// What is counted, in place of what each has.
    #[serde(default)]
    pub filters: Option<Filters>,
    /// The quarter of the first of the fields; the next has the next.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 65_535)]
    pub quarter: Option<u16>,
    /// The row or signature of the first of the fields; the next has the next.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 65_535)]
    pub row: Option<u16>,
    /// The words, for a fixed text.
    #[serde(default)]
    pub text: Option<String>,
}

/// Changes one field, or those of a bundle together.
pub async fn change_fields(
    db: &Db,
    ctx: &Ctx,
    id: FormDraftId,
    which: &Which,
    expected: Option<i64>,
    change: &FieldChange,
) -> Result<u64> {
    ctx.require(Operation::ChangeFormDraft)?;
    let place = match &change.at {
        Some(at) => Some(place(db, ctx, id, at).await?),
        None => None,
    };
    db.write(
        ctx,
        Command::on(Operation::ChangeFormDraft, "form_draft", id),
        async |tx| {
            let draft = open(tx, id, expected).await?;
            let mut query =
                form_draft_field::Entity::find().filter(form_draft_field::Column::DraftId.eq(id));
            query = match which {
                Which::Field(field) => query.filter(form_draft_field::Column::Id.eq(*field)),
                Which::Bundle(bundle) => query.filter(form_draft_field::Column::Bundle.eq(bundle)),
                _ => {
                    return Err(Error::invalid(
                        "/which",
                        "does-not-fit",
                        "Change one field, or those of one row or column.",
                    ));
                }
            };
            let rows = query
                .order_by_asc(form_draft_field::Column::Position)
                .all(tx.conn())
                .await?;
            if rows.is_empty() {
                return Err(Error::NotFound);
            }
            if rows.len() > 1 && (change.label.is_some() || change.at.is_some()) {
                return Err(Error::invalid(
                    "/label",
                    "one-by-one",
                    "Each field has a question and a place of its own: change them one by one.",
                ));
            }
            let count = rows.len();
            for (n, row) in (0u16..).zip(rows) {
                let changed = changed(row, n, change, place.clone())?;
                changed.update(tx.conn()).await?;
            }
            touched(tx, draft).update(tx.conn()).await?;
            tx.note("fields", count);
            Ok(u64::try_from(count).unwrap_or(u64::MAX))
        },
    )
    .await
}

/// To which sheet and cell a locator leads in a draft's workbook.
async fn place(db: &Db, ctx: &Ctx, id: FormDraftId, at: &str) -> Result<(String, String)> {
    let draft = form_draft::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    ctx.require(Operation::ReadForms)?;
    let bytes = files::load(db, draft.file_id).await?.bytes;
    let at = at.trim().to_owned();
    let mut places = workbook::resolve(bytes, vec![at.clone()]).await?;
    match places.remove(&at) {
        Some(Ok(place)) => Ok(place),
        Some(Err(why)) => Err(Error::invalid(
            "/at",
            "locator-leads-nowhere",
            format!("Nothing is there: {why}."),
        )),
        None => Err(Error::internal("a locator was not looked for")),
    }
}

/// One field with what changes of it; `n` is its place among those that change together.
fn changed(
    row: form_draft_field::Model,
    n: u16,
    change: &FieldChange,
    place: Option<(String, String)>,
) -> Result<form_draft_field::ActiveModel> {
    let was: Option<Binding> = row
        .binding
        .clone()
        .map(serde_json::from_value)
        .transpose()?;
    let kind = change.kind.unwrap_or(row.kind);
    let binding = rebound(was.clone(), kind, n, change)?;
    let mut wrong = Vec::new();
    if let Some(label) = &change.label
        && (label.trim().is_empty() || label.chars().count() > 300)
    {
        wrong.push(FieldError::new(
            "/label",
            "required",
            "Enter the question, in at most 300 characters.",
        ));
    }
    let choices = match (kind, &change.choices) {
        (FieldKind::Choice | FieldKind::YesNo, Some(list)) => Some(
            list.iter()
                .map(|choice| choice.trim().to_owned())
                .filter(|choice| !choice.is_empty())
                .collect::<Vec<_>>(),
        ),
        (FieldKind::Choice | FieldKind::YesNo, None) => row
            .choices
            .clone()
            .map(serde_json::from_value)
            .transpose()?,
        _ => None,
    };
    if kind == FieldKind::Choice && choices.as_ref().is_none_or(Vec::is_empty) {
        wrong.push(FieldError::new(
            "/choices",
            "required",
            "Enter the choices, one on each line, as the form has them.",
        ));
    }
    if kind == FieldKind::YesNo && choices.as_ref().is_some_and(|list| list.len() != 2) {
        wrong.push(FieldError::new(
            "/choices",
            "two-words",
            "A yes-or-no field has two words: the form’s yes, then its no.",
        ));
    }
    let word_limit = match change.word_limit {
        Some(0) => None,
        Some(limit) if !(1..=100_000).contains(&limit) => {
            wrong.push(FieldError::new(
                "/word_limit",
                "out-of-range",
                "A word limit is between 1 and 100,000.",
            ));
            None
        }
        Some(limit) => Some(limit),
        None => row.word_limit,
    };
    if let Some(problem) = binding
        .as_ref()
        .and_then(|binding| crate::forms::rules::misfit(kind, binding))
    {
        wrong.push(FieldError::new("/source", "does-not-fit", problem));
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let money = kind == FieldKind::Money;
    let unit = change
        .unit
        .map(|unit| unit.slug().to_owned())
        .or_else(|| row.unit.clone())
        .or_else(|| Some(Unit::Pounds.slug().to_owned()));
    let rounding = change
        .rounding
        .map(|rounding| rounding.slug().to_owned())
        .or_else(|| row.rounding.clone())
        .or_else(|| Some(Rounding::Pence.slug().to_owned()));
    let mut row = row.into_active_model();
    if let Some(state) = change.state {
        row.state = Set(state);
    }
    if let Some(label) = &change.label {
        row.label = Set(label.trim().to_owned());
    }
    if let Some(guidance) = &change.guidance {
        row.guidance = Set(guidance.trim().chars().take(2_000).collect());
    }
    if let Some(required) = change.required {
        row.required = Set(required);
    }
    if let (Some(at), Some((sheet, cell))) = (&change.at, place) {
        row.locator = Set(at.trim().to_owned());
        row.sheet = Set(sheet);
        row.cell = Set(cell);
    }
    row.kind = Set(kind);
    row.word_limit = Set(word_limit.filter(|_| kind == FieldKind::Text));
    row.choices = Set(choices.map(serde_json::to_value).transpose()?);
    row.unit = Set(unit.filter(|_| money));
    row.rounding = Set(rounding.filter(|_| money));
    row.binding = Set(binding.as_ref().map(serde_json::to_value).transpose()?);
    Ok(row)
}

/// What fills a field from now on.
fn rebound(
    was: Option<Binding>,
    kind: FieldKind,
    n: u16,
    change: &FieldChange,
) -> Result<Option<Binding>> {
    let source = match change.source.as_deref() {
        Some("person") => return Ok(None),
        Some(slug) => Some(Source::from_slug(slug).ok_or_else(|| {
            Error::invalid(
                "/source",
                "unknown",
                "Choose where the answer comes from, out of the list.",
            )
        })?),
        None => None,
    };
    let Some(source) = source else {
        // Only what is counted changes; each keeps its own measure and period.
        let Some(mut binding) = was else {
            return Ok(None);
        };
        if Source::of_binding(&binding).is_some_and(|source| !source.fits(kind)) {
            return Ok(None);
        }
        let takes = Source::of_binding(&binding).is_none_or(|source| source.takes_filters());
        if let (Some(filters), true) = (&change.filters, takes) {
            binding.filters = filters.clone();
        }
        return Ok(Some(binding));
    };
    let same = was
        .as_ref()
        .and_then(Source::of_binding)
        .is_some_and(|before| before.slug == source.slug);
    let own = |wanted: Option<u16>, own: Option<u16>| match wanted {
        Some(first) => Some(first.saturating_add(n)),
        None if same && own.is_some() => own,
        None => Some(n.saturating_add(1)),
    };
    let before = was.as_ref();
    let details = Details {
        filters: change
            .filters
            .clone()
            .or_else(|| before.map(|binding| binding.filters.clone()))
            .unwrap_or_default(),
        quarter: own(
            change.quarter,
            before
                .and_then(|binding| binding.period)
                .and_then(|period| period.index),
        ),
        row: own(change.row, before.and_then(|binding| binding.row)),
        text: change
            .text
            .clone()
            .or_else(|| before.and_then(|binding| binding.text.clone())),
    };
    let mut binding = source.binding(&details);
    if same && before.is_some_and(|binding| binding.period.is_none()) {
        binding.period = None;
    }
    Ok(Some(binding))
}

/// A field that reading the workbook missed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DraftFieldToAdd)]
pub struct NewField {
    /// Where it stands, such as `Finances!E17`.
    pub at: String,
    /// The question.
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub label: String,
    /// What kind of answer.
    pub kind: FieldKind,
}

/// Adds a field that reading the workbook missed.
pub async fn add_field(
    db: &Db,
    ctx: &Ctx,
    id: FormDraftId,
    expected: Option<i64>,
    new: &NewField,
) -> Result<FormDraftFieldId> {
    ctx.require(Operation::ChangeFormDraft)?;
    let label = new.label.trim();
    if label.is_empty() || label.chars().count() > 300 {
        return Err(Error::invalid(
            "/label",
            "required",
            "Enter the question, in at most 300 characters.",
        ));
    }
    let (sheet, cell) = place(db, ctx, id, &new.at).await?;
    db.write(
        ctx,
        Command::on(Operation::ChangeFormDraft, "form_draft", id),
        async |tx| {
            let draft = open(tx, id, expected).await?;
            let field_id = insert(tx, id, &sheet, &cell, new).await?;
            touched(tx, draft).update(tx.conn()).await?;
            tx.note("added", format!("{sheet}!{cell}"));
            Ok(field_id)
        },
    )
    .await
}

async fn insert(
    tx: &Tx,
    id: FormDraftId,
    sheet: &str,
    cell: &str,
    new: &NewField,
) -> Result<FormDraftFieldId> {
    let there = form_draft_field::Entity::find()
        .filter(form_draft_field::Column::DraftId.eq(id))
        .order_by_asc(form_draft_field::Column::Position)
        .all(tx.conn())
        .await?;
    if there
        .iter()
        .any(|row| row.sheet == sheet && row.cell == cell)
    {
        return Err(Error::invalid(
            "/at",
            "duplicate",
            format!("A field stands in {sheet}, cell {cell}, already."),
        ));
    }
    let mut keys: HashSet<String> = there.iter().map(|row| row.key.clone()).collect();
    let label = new.label.trim();
    let money = new.kind == FieldKind::Money;
    let field = Proposed {
        spec: FieldSpec {
            key: key_of(sheet, label, &mut keys),
            section: sheet.to_owned(),
            label: label.to_owned(),
            kind: new.kind,
            at: new.at.trim().to_owned(),
            required: false,
            guidance: None,
            word_limit: None,
            choices: (new.kind == FieldKind::YesNo)
                .then(|| vec!["Yes".to_owned(), "No".to_owned()]),
            unit: money.then_some(Unit::Pounds),
            rounding: money.then_some(Rounding::Pence),
            binding: None,
        },
        sheet: sheet.to_owned(),
        cell: cell.to_owned(),
        bundle: format!("{sheet}!+{cell}"),
        why: "Somebody added it.".to_owned(),
        reason: String::new(),
        attention: Vec::new(),
        example: String::new(),
        words: Default::default(),
    };
    let last = there.last().map_or(0, |row| row.position.saturating_add(1));
    let position = usize::try_from(last).map_err(|_negative| Error::internal("a position"))?;
    let row = row(id, position, &field, DraftFieldState::Open)?;
    Ok(row.insert(tx.conn()).await?.id)
}
