//! From a draft to a version of the form that never changes; requirements on the version before
//! move to it from the next return on.

use entity::{
    DraftFieldState, FormDraftId, ReturnFormId, form_draft, form_draft_field, requirement,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder,
};

use super::drafts::{open, touched};
use super::{Version, checked, insert};
use crate::access::rules::Operation;
use crate::forms::rules::{FieldSpec, FormSpec, Rounding, Unit};
use crate::{Command, Ctx, Db, Error, FieldError, Result, files, returns};

/// Makes a version of the form of what was kept. From now on it never changes.
pub async fn use_draft(
    db: &Db,
    ctx: &Ctx,
    id: FormDraftId,
    expected: Option<i64>,
) -> Result<ReturnFormId> {
    ctx.require(Operation::UseFormDraft)?;
    let draft = form_draft::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    if expected.is_some_and(|expected| expected != draft.version) {
        return Err(Error::Stale);
    }
    let rows = rows(db.read(), id).await?;
    let open_still = rows
        .iter()
        .filter(|row| row.state == DraftFieldState::Open)
        .count();
    if open_still > 0 {
        return Err(Error::refused(
            "fields-not-settled",
            match open_still {
                1 => "One field is not settled yet: keep it or leave it out.".to_owned(),
                n => format!("{n} fields are not settled yet: keep them or leave them out."),
            },
        ));
    }
    let spec = spec(&draft, &rows)?;
    let bytes = files::load(db, draft.file_id).await?.bytes;
    let (places, wrong) = checked(&spec, bytes).await?;
    if !wrong.is_empty() {
        return Err(Error::Invalid(with_words(wrong, &spec)));
    }
    let read = draft.version;
    db.write(
        ctx,
        Command::on(Operation::UseFormDraft, "form_draft", id),
        async |tx| {
            let draft = open(tx, id, Some(read)).await?;
            let version = Version {
                funder_id: draft.funder_id,
                spec: &spec,
                places: &places,
                file_id: draft.file_id,
                replaces: draft.replaces_id,
            };
            let form = insert(tx, version).await?;
            let mut moved = 0u64;
            if let Some(before) = draft.replaces_id {
                let standing = requirement::Entity::find()
                    .filter(requirement::Column::FormId.eq(before))
                    .filter(requirement::Column::EndsBefore.is_null())
                    .order_by_asc(requirement::Column::Id)
                    .all(tx.conn())
                    .await?;
                for row in standing {
                    returns::ops::move_to_form(tx, ctx, row, form, &spec.version).await?;
                    moved = moved.saturating_add(1);
                }
            }
            let mut draft = touched(tx, draft);
            draft.used_as_id = Set(Some(form));
            draft.update(tx.conn()).await?;
            tx.subject("return_form", form);
            tx.note("name", spec.name.as_str());
            tx.note("version", spec.version.as_str());
            tx.note("fields", spec.fields.len());
            tx.note("requirements_moved", moved);
            Ok(form)
        },
    )
    .await
}

pub(super) async fn rows(
    conn: &impl ConnectionTrait,
    id: FormDraftId,
) -> Result<Vec<form_draft_field::Model>> {
    Ok(form_draft_field::Entity::find()
        .filter(form_draft_field::Column::DraftId.eq(id))
        .order_by_asc(form_draft_field::Column::Position)
        .all(conn)
        .await?)
}

/// What a draft comes to: the fields that are not left out.
pub(super) fn spec(
    draft: &form_draft::Model,
    rows: &[form_draft_field::Model],
) -> Result<FormSpec> {
    let mut sections: Vec<String> = Vec::new();
    let mut fields = Vec::new();
    for row in rows
        .iter()
        .filter(|row| row.state != DraftFieldState::LeftOut)
    {
        if !sections.contains(&row.section) {
            sections.push(row.section.clone());
        }
        fields.push(field(row)?);
    }
    Ok(FormSpec {
        name: draft.name.clone(),
        version: draft.version_label.clone(),
        funder_form_code: draft.funder_form_code.clone(),
        sections,
        fields,
    })
}

fn field(row: &form_draft_field::Model) -> Result<FieldSpec> {
    Ok(FieldSpec {
        key: row.key.clone(),
        section: row.section.clone(),
        label: row.label.clone(),
        kind: row.kind,
        at: row.locator.clone(),
        required: row.required,
        guidance: Some(row.guidance.clone()).filter(|text| !text.is_empty()),
        word_limit: row.word_limit,
        choices: row
            .choices
            .clone()
            .map(serde_json::from_value)
            .transpose()?,
        unit: row.unit.as_deref().and_then(Unit::from_slug),
        rounding: row.rounding.as_deref().and_then(Rounding::from_slug),
        binding: row
            .binding
            .clone()
            .map(serde_json::from_value)
            .transpose()?,
    })
}

/// A complaint about `/fields/12/…` names its field.
fn with_words(wrong: Vec<FieldError>, spec: &FormSpec) -> Vec<FieldError> {
    wrong
        .into_iter()
        .map(|mut error| {
            let field = error
                .pointer
                .split('/')
                .nth(2)
                .and_then(|n| n.parse::<usize>().ok())
                .and_then(|n| spec.fields.get(n));
            if let Some(field) = field
                && !error.detail.contains(&field.label)
            {
                error.detail = format!("{}, {}: {}", field.section, field.label, error.detail);
            }
            error
        })
        .collect()
}
