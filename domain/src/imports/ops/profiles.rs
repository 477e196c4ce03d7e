//! Import profiles: saved, changed, suggested from a sample.

use entity::{ImportProfileId, import_profile};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::super::rules::{
    Field, FileFault, ImportProfile, RawCell, SourceInfo, Vocabulary, check_profile, find_header,
    suggest,
};
use super::super::source::{self, Reader};
use super::super::store::Names;
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, FieldError, Result};

/// An import profile to save.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveProfile {
    /// What people call it.
    #[validate(
        length(
            min = 1,
            max = 120,
            message = "Enter a name of at most 120 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// Columns, formats, conventions.
    pub spec: ImportProfile,
}

/// What a sample file looks like, and a profile guessed from it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ProfileSuggestion {
    /// The guess. What could not be guessed is open.
    pub spec: ImportProfile,
    /// The headings that were found.
    pub headings: Vec<String>,
    /// What is still wrong or open, each as a sentence.
    pub open: Vec<String>,
    /// The first rows under the headings, as they stand.
    pub sample: Vec<Vec<String>>,
}

/// Saves a new profile.
pub async fn save_profile(db: &Db, ctx: &Ctx, new: &SaveProfile) -> Result<ImportProfileId> {
    ctx.require(Operation::SaveProfile)?;
    check(db, new).await?;
    db.write(ctx, Command::new(Operation::SaveProfile), async |tx| {
        let id = ImportProfileId::new();
        import_profile::ActiveModel {
            id: Set(id),
            name: Set(new.name.trim().to_owned()),
            source_system: Set(new.spec.system.clone()),
            spec: Set(serde_json::to_value(&new.spec)?),
            version: Set(1),
            created_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await
        .map_err(taken)?;
        tx.subject("import_profile", id);
        Ok(id)
    })
    .await
}

/// Changes a profile. Imports that were started keep the profile they were started with.
pub async fn change_profile(
    db: &Db,
    ctx: &Ctx,
    id: ImportProfileId,
    expected: Option<i64>,
    new: &SaveProfile,
) -> Result<i64> {
    ctx.require(Operation::SaveProfile)?;
    check(db, new).await?;
    let command = Command::on(Operation::SaveProfile, "import_profile", id);
    db.write(ctx, command, async |tx| {
        tx.lock("import_profile", id).await?;
        let row = import_profile::Entity::find_by_id(id)
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        if expected.is_some_and(|expected| expected != row.version) {
            return Err(Error::Stale);
        }
        let version = row.version + 1;
        let mut row = row.into_active_model();
        row.name = Set(new.name.trim().to_owned());
        row.source_system = Set(new.spec.system.clone());
        row.spec = Set(serde_json::to_value(&new.spec)?);
        row.version = Set(version);
        row.update(tx.conn()).await.map_err(taken)?;
        tx.note("version", version);
        Ok(version)
    })
    .await
}

/// Guesses a profile from a sample file. Nothing is kept. Of a workbook it looks at the sheet that
/// is named, or at the first visible one.
pub async fn suggest_profile(
    db: &Db,
    ctx: &Ctx,
    reader: &Reader,
    bytes: Vec<u8>,
    sheet: Option<String>,
) -> Result<ProfileSuggestion> {
    ctx.require(Operation::SaveProfile)?;
    let (source, rows) = source::first_rows(reader, bytes, sheet, 200)
        .await?
        .map_err(|fault| unreadable(&fault))?;
    let (_, vocabulary) = Names::of(db).await?;
    Ok(guess(&source, &rows, &vocabulary))
}

fn guess(
    source: &SourceInfo,
    rows: &[(u32, Vec<RawCell>)],
    vocabulary: &Vocabulary,
) -> ProfileSuggestion {
    let cells: Vec<Vec<RawCell>> = rows.iter().map(|(_, cells)| cells.clone()).collect();
    let header = find_header(&cells);
    let at = header.unwrap_or(0);
    let headings: Vec<String> = cells
        .get(at)
        .into_iter()
        .flatten()
        .map(|cell| cell.text().trim().to_owned())
        .collect();
    let below = cells.get(at + 1..).unwrap_or_default();
    let mut spec = suggest(&headings, below);
    spec.skip_rows = rows
        .get(at)
        .map_or(0, |(number, _)| number.saturating_sub(1));
    spec.format = source.format;
    spec.sheet.clone_from(&source.sheet);
    if let Some(delimiter) = source.delimiter {
        spec.delimiter = delimiter;
    }
    if let Some(encoding) = source.encoding {
        spec.encoding = encoding;
    }
    let mut open: Vec<String> = check_profile(&spec)
        .into_iter()
        .map(|problem| problem.message)
        .collect();
    if header.is_none() {
        open.insert(
            0,
            "No row of headings was found: say how many rows stand above the headings.".to_owned(),
        );
    }
    open.extend(unnamed(&spec, vocabulary).map(|field| field.detail));
    open.extend(placeless(&spec).map(|field| field.detail));
    ProfileSuggestion {
        sample: below
            .iter()
            .take(5)
            .map(|row| row.iter().map(|cell| cell.text().into_owned()).collect())
            .collect(),
        spec,
        headings,
        open,
    }
}

fn unreadable(fault: &FileFault) -> Error {
    Error::invalid("/file", "unreadable", fault.message.clone())
}

/// Slugs in the profile that name no pool and no cost category.
fn unnamed<'a>(
    spec: &'a ImportProfile,
    vocabulary: &'a Vocabulary,
) -> impl Iterator<Item = FieldError> + 'a {
    let known = |field: Field, text: &str| match field {
        Field::Pool => vocabulary.pool(text).is_some(),
        Field::Category => vocabulary.category(text).is_some(),
        _ => true,
    };
    let defaults = spec
        .defaults
        .iter()
        .map(|(field, text)| (*field, text, format!("/spec/defaults/{}", field.slug())));
    let entries = spec.values.iter().flat_map(|(field, map)| {
        map.entries
            .values()
            .map(|text| (*field, text, format!("/spec/values/{}", field.slug())))
    });
    defaults
        .chain(entries)
        .filter(move |(field, text, _)| !known(*field, text))
        .map(|(field, text, pointer)| {
            FieldError::new(
                pointer,
                "unknown-value",
                format!("There is no {} called “{text}”.", field.label()),
            )
        })
}

/// Every line belongs to a pool and a cost category: a profile that says neither where they stand
/// nor the usual one makes every row faulty, unless it names the ledger's codes: by these the coding
/// map says both.
fn placeless(spec: &ImportProfile) -> impl Iterator<Item = FieldError> {
    let coded = [Field::CostCentre, Field::Account, Field::Project]
        .iter()
        .any(|field| spec.columns.contains_key(field));
    [Field::Pool, Field::Category]
        .into_iter()
        .filter(move |_| !coded)
        .filter(|field| !spec.columns.contains_key(field) && !spec.defaults.contains_key(field))
        .map(|field| {
            FieldError::new(
                format!("/spec/columns/{}", field.slug()),
                "required",
                format!(
                    "Say which column tells the {0}, or give the usual {0}: every line belongs \
                     to one. Or name the ledger’s cost centre or account: the coding map then says \
                     it.",
                    field.label()
                ),
            )
        })
}

async fn check(db: &Db, new: &SaveProfile) -> Result<()> {
    new.validate()?;
    let mut fields: Vec<FieldError> = check_profile(&new.spec)
        .into_iter()
        .map(|problem| {
            FieldError::new(
                format!("/spec{}", problem.pointer),
                problem.code,
                problem.message,
            )
        })
        .collect();
    let (_, vocabulary) = Names::of(db).await?;
    fields.extend(unnamed(&new.spec, &vocabulary));
    fields.extend(placeless(&new.spec));
    if fields.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(fields))
    }
}

fn taken(error: sea_orm::DbErr) -> Error {
    if crate::db::is_unique_violation(&error) {
        Error::invalid(
            "/name",
            "known-already",
            "There is a layout of this name already: choose another, or change that one.",
        )
    } else {
        error.into()
    }
}
