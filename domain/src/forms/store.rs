//! A form with its fields, as the returns need it.

use entity::{
    FieldKind, FileId, FormFieldId, OrganisationId, ReturnFormId, file, form_field, return_form,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules::{Binding, FieldSpec, Rounding, Unit};
use crate::{Error, Result};

/// A form.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub id: ReturnFormId,
    pub name: String,
    pub version_label: String,
    pub current: bool,
    pub funder_id: OrganisationId,
    pub file_id: FileId,
    pub file_name: String,
    pub file_sha256: String,
    pub media_type: String,
    /// In the order of the form.
    pub fields: Vec<Field>,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub id: FormFieldId,
    pub key: String,
    pub section: String,
    pub label: String,
    pub kind: FieldKind,
    pub locator: String,
    pub sheet: String,
    pub cell: String,
    pub required: bool,
    pub guidance: String,
    pub word_limit: Option<i32>,
    pub choices: Vec<String>,
    pub unit: Unit,
    pub rounding: Rounding,
    pub binding: Option<Binding>,
}

impl Field {
    /// As it was authored.
    pub(crate) fn spec(&self) -> FieldSpec {
        let money = self.kind == FieldKind::Money;
        FieldSpec {
            key: self.key.clone(),
            section: self.section.clone(),
            label: self.label.clone(),
            kind: self.kind,
            at: self.locator.clone(),
            required: self.required,
            guidance: Some(self.guidance.clone()).filter(|text| !text.is_empty()),
            word_limit: self.word_limit,
            choices: Some(self.choices.clone()).filter(|list| !list.is_empty()),
            unit: money.then_some(self.unit),
            rounding: money.then_some(self.rounding),
            binding: self.binding.clone(),
        }
    }
}

impl Form {
    pub(crate) fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }
}

pub(crate) async fn load(conn: &impl ConnectionTrait, id: ReturnFormId) -> Result<Form> {
    let row = return_form::Entity::find_by_id(id)
        .one(conn)
        .await?
        .ok_or(Error::NotFound)?;
    let file = file::Entity::find_by_id(row.file_id)
        .one(conn)
        .await?
        .ok_or_else(|| Error::internal("a form without its file"))?;
    let fields = form_field::Entity::find()
        .filter(form_field::Column::FormId.eq(id))
        .order_by_asc(form_field::Column::Position)
        .all(conn)
        .await?;
    Ok(Form {
        id,
        name: row.name,
        version_label: row.version_label,
        current: row.current,
        funder_id: row.funder_id,
        file_id: row.file_id,
        file_name: file.name,
        file_sha256: file.sha256,
        media_type: file.media_type,
        fields: fields.into_iter().map(field).collect::<Result<_>>()?,
    })
}

fn field(row: form_field::Model) -> Result<Field> {
    Ok(Field {
        id: row.id,
        key: row.key,
        section: row.section,
        label: row.label,
        kind: row.kind,
        locator: row.locator,
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
        unit: row
            .unit
            .as_deref()
            .and_then(Unit::from_slug)
            .unwrap_or_default(),
        rounding: row
            .rounding
            .as_deref()
            .and_then(Rounding::from_slug)
            .unwrap_or_default(),
        binding: row.binding.map(serde_json::from_value).transpose()?,
    })
}
