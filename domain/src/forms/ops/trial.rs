//! Trying a draft out: the funder's workbook filled from an award's present facts, to look at
//! before the form is used. Nothing is kept.

use std::collections::BTreeMap;

use chrono::Days;
use entity::{
    AwardId, FormDraftId, FormFieldId, GrantReturnId, RequirementId, ReturnFormId, ReturnState,
    award, file, form_draft, grant_return, requirement,
};
use sea_orm::EntityTrait;

use super::used::{rows, spec};
use crate::access::rules::{Operation, Sight, sight};
use crate::deadlines::rules::{Cycle, Frequency, Period};
use crate::forms::rules::check;
use crate::forms::store::{Field, Form};
use crate::returns::ops::{as_now, filled_now};
use crate::returns::store::Record;
use crate::returns::workbook::{self, CellFinding, Workbooks};
use crate::{Ctx, Db, Error, Result, files};

/// A draft, tried out.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The award's title.
    pub award: String,
    /// "July to September 2026".
    pub period: String,
    /// The filled workbook.
    pub file: files::Stored,
    /// How many fields were filled.
    pub filled: usize,
    /// Fields that have a source which gave nothing: section and label.
    pub empty: Vec<(String, String)>,
    /// Fields that a person answers.
    pub asked: usize,
    /// What the workbook's own rules say of what was filled in.
    pub findings: Vec<CellFinding>,
}

/// Fills a draft's workbook from an award's facts as they are now.
pub async fn try_out(
    db: &Db,
    ctx: &Ctx,
    workbooks: &Workbooks,
    id: FormDraftId,
    award_id: AwardId,
) -> Result<Trial> {
    ctx.require(Operation::ChangeFormDraft)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let draft = form_draft::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    let award = award::Entity::find_by_id(award_id)
        .one(db.read())
        .await?
        .filter(|award| award.funder_id == draft.funder_id)
        .ok_or_else(|| Error::invalid("/award_id", "unknown", "Choose an award of this funder."))?;
    let form = form(db, &draft).await?;
    let period = latest_period(&award, ctx.today())
        .ok_or_else(|| Error::internal("an award without a quarter"))?;
    let record = record(&draft, &award, &period, ctx);
    let values = as_now(db, ctx, &form, &record).await?;
    let answers: BTreeMap<_, _> = values.into_iter().collect();
    let filled = filled_now(db, workbooks, &form, &answers).await?;
    let written = |field: &&Field| {
        answers
            .get(&field.key)
            .is_some_and(|value| !value.is_null())
    };
    let bound = form.fields.iter().filter(|field| {
        field.binding.is_some() && !crate::returns::rules::measures::is_sign_off(field)
    });
    let empty = bound
        .filter(|field| !written(field))
        .map(|field| (field.section.clone(), field.label.clone()))
        .collect();
    let extension = if form.file_name.to_ascii_lowercase().ends_with(".xlsm") {
        "xlsm"
    } else {
        "xlsx"
    };
    Ok(Trial {
        award: award.title.clone(),
        period: period.label(),
        file: files::Stored {
            name: format!("Trial of {}.{extension}", plain(&draft.name)),
            media_type: form.media_type.clone(),
            sha256: files::sha256(&filled.bytes),
            bytes: filled.bytes,
        },
        filled: form.fields.iter().filter(written).count(),
        empty,
        asked: form
            .fields
            .iter()
            .filter(|field| field.binding.is_none())
            .count(),
        findings: filled.findings,
    })
}

fn plain(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_control() || "/\\:*?\"<>|".contains(c) {
                '-'
            } else {
                c
            }
        })
        .take(120)
        .collect()
}

/// The draft as a form; a field whose locator leads nowhere is left out.
async fn form(db: &Db, draft: &form_draft::Model) -> Result<Form> {
    let spec = spec(draft, &rows(db.read(), draft.id).await?)?;
    let stored = file::Entity::find_by_id(draft.file_id)
        .one(db.read())
        .await?
        .ok_or_else(|| Error::internal("a draft without its file"))?;
    let bytes = files::load(db, draft.file_id).await?.bytes;
    let locators = spec.fields.iter().map(|field| field.at.clone()).collect();
    let places = workbook::resolve(bytes, locators).await?;
    let bad: Vec<usize> = check(&spec, |at| {
        places
            .get(at)
            .cloned()
            .unwrap_or_else(|| Err("it was not looked for".to_owned()))
    })
    .iter()
    .filter_map(|wrong| wrong.pointer.split('/').nth(2)?.parse().ok())
    .collect();
    let fields = spec
        .fields
        .into_iter()
        .enumerate()
        .filter(|(n, _)| !bad.contains(n))
        .filter_map(|(_, field)| {
            let (sheet, cell) = places.get(&field.at)?.clone().ok()?;
            Some(Field {
                id: FormFieldId::new(),
                key: field.key,
                section: field.section,
                label: field.label,
                kind: field.kind,
                locator: field.at,
                sheet,
                cell,
                required: field.required,
                guidance: field.guidance.unwrap_or_default(),
                word_limit: field.word_limit,
                choices: field.choices.unwrap_or_default(),
                unit: field.unit.unwrap_or_default(),
                rounding: field.rounding.unwrap_or_default(),
                binding: field.binding,
            })
        })
        .collect();
    Ok(Form {
        id: ReturnFormId::new(),
        name: draft.name.clone(),
        version_label: draft.version_label.clone(),
        current: true,
        funder_id: draft.funder_id,
        file_id: draft.file_id,
        file_name: stored.name,
        file_sha256: stored.sha256,
        media_type: stored.media_type,
        fields,
    })
}

/// The government quarter that ended last within the award; its first where none has.
fn latest_period(award: &award::Model, today: chrono::NaiveDate) -> Option<Period> {
    let quarters = Cycle::government(Frequency::Quarterly);
    let running = quarters.period_of(today)?;
    let ended = quarters.period_of(running.from.checked_sub_days(Days::new(1))?)?;
    if ended.to < award.starts_on {
        quarters.period_of(award.starts_on)
    } else if ended.from > award.ends_on {
        quarters.period_of(award.ends_on)
    } else {
        Some(ended)
    }
}

/// A return that is not there, for that period.
fn record(draft: &form_draft::Model, award: &award::Model, period: &Period, ctx: &Ctx) -> Record {
    let quarters = Cycle::government(Frequency::Quarterly);
    let requirement_id = RequirementId::new();
    let anchor = quarters
        .year_start(award.starts_on)
        .unwrap_or(award.starts_on);
    Record {
        row: grant_return::Model {
            id: GrantReturnId::new(),
            requirement_id,
            award_id: award.id,
            form_id: ReturnFormId::new(),
            period_from: period.from,
            period_to: period.to,
            state: ReturnState::Scheduled,
            revision: 0,
            drafted_seq: 0,
            drafted_at: None,
            rests_on: String::new(),
            version: 1,
            created_at: ctx.now(),
        },
        requirement: requirement::Model {
            id: requirement_id,
            award_id: award.id,
            form_id: ReturnFormId::new(),
            name: draft.name.clone(),
            period_months: 3,
            first_period_from: period.from,
            anchor_on: anchor,
            due_rule: serde_json::Value::Null,
            needs_trustees: false,
            needs_committee: false,
            signatures: serde_json::Value::Array(Vec::new()),
            variance_bp: None,
            preparer_id: ctx.person_id(),
            certifier_id: None,
            sender_id: None,
            version: 1,
            created_at: ctx.now(),
            series_id: requirement_id,
            applies_from: period.from,
            ends_before: None,
            reason: String::new(),
            created_by: ctx.person_id(),
        },
        award: award.clone(),
    }
}
