//! Adding a version of a funder's form: whole as JSON, or mapped step by step in a draft.

mod drafts;
mod settle;
mod trial;
mod used;

pub(crate) use drafts::vocabulary;
pub use drafts::{NewDraft, change, give_up, start};
pub use settle::{FieldChange, NewField, Settle, Which, add_field, change_fields, settle};
pub use trial::{Trial, try_out};
pub use used::use_draft;

use std::collections::HashMap;

use entity::{
    FileId, FormFieldId, OrganisationId, ReturnFormId, form_field, organisation, return_form,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter,
};

use crate::access::rules::Operation;
use crate::forms::rules::{self, FormSpec};
use crate::returns::workbook;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, files};

/// The largest workbook that is taken, in bytes.
const LARGEST: usize = 32 << 20;

/// Rows of one insert: below the number of values that a statement may bind.
const ROWS: usize = 500;

/// A version of a form to add.
#[derive(Clone, Debug)]
pub struct NewForm {
    /// Whose form.
    pub funder_id: OrganisationId,
    /// Its fields.
    pub spec: FormSpec,
    /// The name of the workbook's file.
    pub file_name: String,
    /// The workbook, as the funder made it.
    pub workbook: Vec<u8>,
}

/// Adds a version of a form; it is from now on the current one of its name.
pub async fn create(db: &Db, ctx: &Ctx, new: NewForm) -> Result<ReturnFormId> {
    ctx.require(Operation::CreateForm)?;
    fits("/workbook", &new.workbook)?;
    let media_type = media_type("/workbook", &new.file_name)?;
    // Opening the archive is slow and off the async threads; nothing is stored before it fits.
    let (places, wrong) = checked(&new.spec, new.workbook.clone()).await?;
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let spec = &new.spec;
    db.write(ctx, Command::new(Operation::CreateForm), async |tx| {
        known_funder(tx, new.funder_id).await?;
        let file_id = files::put(tx, ctx, &new.file_name, media_type, &new.workbook).await?;
        let id = insert(
            tx,
            Version {
                funder_id: new.funder_id,
                spec,
                places: &places,
                file_id,
                replaces: None,
            },
        )
        .await?;
        tx.subject("return_form", id);
        tx.note("name", spec.name.trim());
        tx.note("version", spec.version.trim());
        tx.note("fields", spec.fields.len());
        tx.note("file_sha256", files::sha256(&new.workbook));
        Ok(id)
    })
    .await
}

async fn known_funder(tx: &Tx, id: OrganisationId) -> Result<()> {
    let funder = organisation::Entity::find_by_id(id).one(tx.conn()).await?;
    if funder.is_none() {
        return Err(Error::invalid(
            "/funder_id",
            "unknown",
            "Choose a funder that is known here.",
        ));
    }
    Ok(())
}

/// A version that was checked.
struct Version<'a> {
    funder_id: OrganisationId,
    spec: &'a FormSpec,
    places: &'a HashMap<String, workbook::Place>,
    file_id: FileId,
    replaces: Option<ReturnFormId>,
}

/// Adds a version; those of its name, and the one that it replaces, are no longer current.
async fn insert(tx: &Tx, version: Version<'_>) -> Result<ReturnFormId> {
    let spec = version.spec;
    let mut before = Condition::any().add(
        Condition::all()
            .add(return_form::Column::Name.eq(spec.name.trim()))
            .add(return_form::Column::FunderId.eq(version.funder_id)),
    );
    if let Some(replaced) = version.replaces {
        before = before.add(return_form::Column::Id.eq(replaced));
    }
    return_form::Entity::update_many()
        .col_expr(return_form::Column::Current, Expr::value(false))
        .filter(before)
        .exec(tx.conn())
        .await?;
    let id = ReturnFormId::new();
    let inserted = return_form::ActiveModel {
        id: Set(id),
        name: Set(spec.name.trim().to_owned()),
        version_label: Set(spec.version.trim().to_owned()),
        funder_id: Set(version.funder_id),
        file_id: Set(version.file_id),
        current: Set(true),
        created_at: Set(tx.now()),
        funder_form_code: Set(spec
            .funder_form_code
            .as_deref()
            .map(str::trim)
            .filter(|code| !code.is_empty())
            .map(str::to_owned)),
        replaces_id: Set(version.replaces),
    }
    .insert(tx.conn())
    .await;
    match inserted {
        Ok(_) => {}
        Err(error) if crate::db::is_unique_violation(&error) => {
            return Err(Error::invalid(
                "/version",
                "known-already",
                "This version of the form is known already: give the new one another label.",
            ));
        }
        Err(error) => return Err(error.into()),
    }
    let mut rows = Vec::with_capacity(spec.fields.len());
    for (n, field) in spec.fields.iter().enumerate() {
        let (sheet, cell) = version
            .places
            .get(&field.at)
            .and_then(|place| place.clone().ok())
            .ok_or_else(|| Error::internal("a locator that was checked leads nowhere"))?;
        rows.push(form_field::ActiveModel {
            id: Set(FormFieldId::new()),
            form_id: Set(id),
            position: Set(i32::try_from(n).map_err(|_many| Error::internal("too many"))?),
            key: Set(field.key.clone()),
            section: Set(field.section.clone()),
            label: Set(field.label.clone()),
            kind: Set(field.kind),
            locator: Set(field.at.clone()),
            sheet: Set(sheet),
            cell: Set(cell),
            required: Set(field.required),
            guidance: Set(field.guidance.clone().unwrap_or_default()),
            word_limit: Set(field.word_limit),
            choices: Set(field
                .choices
                .as_ref()
                .map(serde_json::to_value)
                .transpose()?),
            unit: Set(field.unit.map(|unit| unit.slug().to_owned())),
            rounding: Set(field.rounding.map(|rounding| rounding.slug().to_owned())),
            binding: Set(field
                .binding
                .as_ref()
                .map(serde_json::to_value)
                .transpose()?),
        });
    }
    for chunk in rows.chunks(ROWS) {
        form_field::Entity::insert_many(chunk.to_vec())
            .exec(tx.conn())
            .await?;
    }
    Ok(id)
}

/// Places of the locators of a field list, and what is wrong with it.
async fn checked(
    spec: &FormSpec,
    bytes: Vec<u8>,
) -> Result<(HashMap<String, workbook::Place>, Vec<FieldError>)> {
    let locators: Vec<String> = spec.fields.iter().map(|f| f.at.clone()).collect();
    let places = workbook::resolve(bytes, locators).await?;
    let wrong = rules::check(spec, |at| {
        places
            .get(at)
            .cloned()
            .unwrap_or_else(|| Err("it was not looked for".to_owned()))
    });
    Ok((places, wrong))
}

fn fits(pointer: &str, workbook: &[u8]) -> Result<()> {
    if workbook.is_empty() || workbook.len() > LARGEST {
        return Err(Error::invalid(
            pointer,
            "size",
            "Choose the funder’s workbook: an .xlsx or .xlsm file of at most 32 MB.",
        ));
    }
    Ok(())
}

fn media_type(pointer: &str, file_name: &str) -> Result<&'static str> {
    let name = file_name.to_ascii_lowercase();
    if name.ends_with(".xlsx") {
        Ok("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    } else if name.ends_with(".xlsm") {
        Ok("application/vnd.ms-excel.sheet.macroEnabled.12")
    } else {
        Err(Error::invalid(
            pointer,
            "not-a-workbook",
            "Choose an .xlsx or .xlsm file. Save a file of another kind as one of these first.",
        ))
    }
}
