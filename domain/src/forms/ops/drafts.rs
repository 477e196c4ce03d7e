//! Beginning to map a form: its workbook is read, its fields are proposed and kept as a draft.

use entity::{
    DraftFieldState, FormDraftFieldId, FormDraftId, OrganisationId, ReturnFormId, award, fence,
    form_draft, form_draft_field,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};

use super::{ROWS, fits, known_funder, media_type};
use crate::access::rules::Operation;
use crate::forms::rules::{self, Named, OldField, Proposal, Proposed, Vocabulary};
use crate::forms::store::{self, Form};
use crate::returns::workbook::Workbooks;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, files};

/// A form to map.
#[derive(Clone, Debug)]
pub struct NewDraft {
    /// Whose form.
    pub funder_id: OrganisationId,
    /// The funder's title.
    pub name: String,
    /// The funder's version.
    pub version: String,
    /// The funder's own code of the form.
    pub funder_form_code: Option<String>,
    /// The name of the workbook's file.
    pub file_name: String,
    /// The workbook, as the funder made it.
    pub workbook: Vec<u8>,
    /// A copy that was submitted before: its file's name and bytes.
    pub copy: Option<(String, Vec<u8>)>,
    /// The version that it takes the place of: its fields are where this one starts.
    pub replaces: Option<ReturnFormId>,
}

/// Reads a workbook and keeps what it seems to ask as a draft.
pub async fn start(
    db: &Db,
    ctx: &Ctx,
    workbooks: &Workbooks,
    new: NewDraft,
) -> Result<FormDraftId> {
    ctx.require(Operation::StartFormDraft)?;
    check_names(&new.name, &new.version, new.funder_form_code.as_deref())?;
    fits("/workbook", &new.workbook)?;
    let form_type = media_type("/workbook", &new.file_name)?;
    let copy_type = match &new.copy {
        Some((name, bytes)) => {
            fits("/copy", bytes)?;
            Some(media_type("/copy", name)?)
        }
        None => None,
    };
    let replaced = match new.replaces {
        Some(id) => {
            let form = store::load(db.read(), id).await?;
            if form.funder_id != new.funder_id {
                return Err(Error::invalid(
                    "/replaces",
                    "another-funder",
                    "The version that it replaces is another funder’s form.",
                ));
            }
            Some(form)
        }
        None => None,
    };
    let vocabulary = vocabulary(db.read(), new.funder_id).await?;
    let copy_bytes = new.copy.as_ref().map(|(_, bytes)| bytes.as_slice());
    let survey = workbooks.survey(&new.workbook, copy_bytes).await?;
    let proposal = rules::propose(&survey, &vocabulary);
    let fields = match &replaced {
        Some(form) => carried(db, workbooks, form, &new.workbook, &proposal).await?,
        None => proposal
            .fields
            .iter()
            .map(|field| (field.clone(), DraftFieldState::Open))
            .collect(),
    };
    if fields.is_empty() {
        return Err(Error::invalid(
            "/workbook",
            "nothing-asked",
            "No cell for an answer was found in this workbook. Choose the funder’s form itself; if it is, send a field list over the API.",
        ));
    }
    db.write(ctx, Command::new(Operation::StartFormDraft), async |tx| {
        known_funder(tx, new.funder_id).await?;
        let file_id = files::put(tx, ctx, &new.file_name, form_type, &new.workbook).await?;
        let copy_id = match (&new.copy, copy_type) {
            (Some((name, bytes)), Some(kind)) => {
                Some(files::put(tx, ctx, name, kind, bytes).await?)
            }
            _ => None,
        };
        let id = FormDraftId::new();
        form_draft::ActiveModel {
            id: Set(id),
            name: Set(new.name.trim().to_owned()),
            version_label: Set(new.version.trim().to_owned()),
            funder_id: Set(new.funder_id),
            funder_form_code: Set(code(new.funder_form_code.as_deref())),
            file_id: Set(file_id),
            copy_id: Set(copy_id),
            replaces_id: Set(new.replaces),
            notes: Set(serde_json::to_value(&proposal.notes)?),
            used_as_id: Set(None),
            given_up_at: Set(None),
            version: Set(1),
            created_by: Set(ctx.person_id()),
            created_at: Set(tx.now()),
            changed_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        let mut rows = Vec::with_capacity(fields.len());
        for (n, (field, state)) in fields.iter().enumerate() {
            rows.push(row(id, n, field, *state)?);
        }
        for chunk in rows.chunks(ROWS) {
            form_draft_field::Entity::insert_many(chunk.to_vec())
                .exec(tx.conn())
                .await?;
        }
        tx.subject("form_draft", id);
        tx.note("name", new.name.trim());
        tx.note("version", new.version.trim());
        tx.note("fields", fields.len());
        tx.note("file_sha256", files::sha256(&new.workbook));
        Ok(id)
    })
    .await
}

/// The fields of the version before, in the new workbook.
async fn carried(
    db: &Db,
    workbooks: &Workbooks,
    form: &Form,
    workbook: &[u8],
    proposal: &Proposal,
) -> Result<Vec<(Proposed, DraftFieldState)>> {
    let locators: Vec<String> = form.fields.iter().map(|f| f.locator.clone()).collect();
    let theirs = files::load(db, form.file_id).await?.bytes;
    let before = workbooks.standings(&theirs, &locators).await?;
    let now = workbooks.standings(workbook, &locators).await?;
    let old: Vec<OldField> = form
        .fields
        .iter()
        .zip(before.into_iter().zip(now))
        .map(|(field, (before, now))| OldField {
            spec: field.spec(),
            before,
            now,
        })
        .collect();
    Ok(rules::carry(&old, proposal)
        .into_iter()
        .map(|carried| {
            let state = if carried.as_before {
                DraftFieldState::Kept
            } else {
                DraftFieldState::Open
            };
            (carried.proposed, state)
        })
        .collect())
}

pub(super) fn row(
    draft: FormDraftId,
    position: usize,
    field: &Proposed,
    state: DraftFieldState,
) -> Result<form_draft_field::ActiveModel> {
    let spec = &field.spec;
    Ok(form_draft_field::ActiveModel {
        id: Set(FormDraftFieldId::new()),
        draft_id: Set(draft),
        position: Set(i32::try_from(position).map_err(|_many| Error::internal("too many"))?),
        bundle: Set(field.bundle.clone()),
        state: Set(state),
        key: Set(spec.key.clone()),
        section: Set(spec.section.clone()),
        label: Set(spec.label.clone()),
        kind: Set(spec.kind),
        locator: Set(spec.at.clone()),
        sheet: Set(field.sheet.clone()),
        cell: Set(field.cell.clone()),
        required: Set(spec.required),
        guidance: Set(spec.guidance.clone().unwrap_or_default()),
        word_limit: Set(spec.word_limit),
        choices: Set(spec
            .choices
            .as_ref()
            .map(serde_json::to_value)
            .transpose()?),
        unit: Set(spec.unit.map(|unit| unit.slug().to_owned())),
        rounding: Set(spec.rounding.map(|rounding| rounding.slug().to_owned())),
        binding: Set(spec
            .binding
            .as_ref()
            .map(serde_json::to_value)
            .transpose()?),
        why: Set(field.why.clone()),
        reason: Set(field.reason.clone()),
        attention: Set(serde_json::to_value(&field.attention)?),
        example: Set(field.example.clone()),
    })
}

/// The names that suggestions and filters use: cost categories, and fences of the funder's awards.
pub(crate) async fn vocabulary(
    conn: &impl ConnectionTrait,
    funder: OrganisationId,
) -> Result<Vocabulary> {
    let categories = entity::cost_category::Entity::find()
        .order_by_asc(entity::cost_category::Column::Name)
        .all(conn)
        .await?
        .into_iter()
        .map(|row| Named {
            slug: row.slug,
            name: row.name,
        })
        .collect();
    let awards: Vec<_> = award::Entity::find()
        .filter(award::Column::FunderId.eq(funder))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let mut fences: Vec<Named> = Vec::new();
    for row in fence::Entity::find()
        .filter(fence::Column::AwardId.is_in(awards))
        .order_by_asc(fence::Column::Name)
        .all(conn)
        .await?
    {
        // The same fence comes back in each year's award.
        if !fences.iter().any(|known| known.slug == row.slug) {
            fences.push(Named {
                slug: row.slug,
                name: row.name,
            });
        }
    }
    Ok(Vocabulary { categories, fences })
}

fn code(text: Option<&str>) -> Option<String> {
    text.map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn check_names(name: &str, version: &str, code: Option<&str>) -> Result<()> {
    let mut wrong = Vec::new();
    for (pointer, text, required, detail) in [
        (
            "/name",
            name,
            true,
            "Enter the form’s title, in at most 200 characters.",
        ),
        (
            "/version",
            version,
            true,
            "Enter the funder’s version of the form, such as 2026-27 v1.",
        ),
        (
            "/funder_form_code",
            code.unwrap_or_default(),
            false,
            "A form’s code has at most 200 characters.",
        ),
    ] {
        if (required && text.trim().is_empty()) || text.chars().count() > 200 {
            wrong.push(FieldError::new(pointer, "required", detail));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// Changes what a draft is called.
pub async fn change(
    db: &Db,
    ctx: &Ctx,
    id: FormDraftId,
    expected: Option<i64>,
    name: &str,
    version: &str,
    funder_form_code: Option<&str>,
) -> Result<()> {
    ctx.require(Operation::ChangeFormDraft)?;
    check_names(name, version, funder_form_code)?;
    db.write(
        ctx,
        Command::on(Operation::ChangeFormDraft, "form_draft", id),
        async |tx| {
            let draft = open(tx, id, expected).await?;
            let mut draft = touched(tx, draft);
            draft.name = Set(name.trim().to_owned());
            draft.version_label = Set(version.trim().to_owned());
            draft.funder_form_code = Set(code(funder_form_code));
            draft.update(tx.conn()).await?;
            tx.note("name", name.trim());
            tx.note("version", version.trim());
            Ok(())
        },
    )
    .await
}

/// Gives a draft up. It stays on record, and can no longer be used.
pub async fn give_up(db: &Db, ctx: &Ctx, id: FormDraftId, expected: Option<i64>) -> Result<()> {
    ctx.require(Operation::GiveUpFormDraft)?;
    db.write(
        ctx,
        Command::on(Operation::GiveUpFormDraft, "form_draft", id),
        async |tx| {
            let draft = open(tx, id, expected).await?;
            tx.note("name", draft.name.as_str());
            let mut draft = touched(tx, draft);
            draft.given_up_at = Set(Some(tx.now()));
            draft.update(tx.conn()).await?;
            Ok(())
        },
    )
    .await
}

/// The draft, locked, if it can still be worked on.
pub(super) async fn open(
    tx: &Tx,
    id: FormDraftId,
    expected: Option<i64>,
) -> Result<form_draft::Model> {
    tx.lock("form_draft", id).await?;
    let draft = form_draft::Entity::find_by_id(id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    if draft.used_as_id.is_some() || draft.given_up_at.is_some() {
        return Err(Error::refused(
            "form-draft-closed",
            "This form is no longer being mapped. Start its next version instead.",
        ));
    }
    match expected {
        Some(expected) if expected != draft.version => Err(Error::Stale),
        _ => Ok(draft),
    }
}

pub(super) fn touched(tx: &Tx, draft: form_draft::Model) -> form_draft::ActiveModel {
    let version = draft.version;
    let mut draft = draft.into_active_model();
    draft.version = Set(version.saturating_add(1));
    draft.changed_at = Set(tx.now());
    draft
}
