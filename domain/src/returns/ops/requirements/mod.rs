//! Stating what an award asks to be reported, and changing it from the next return on.

mod amend;

pub use amend::{
    Amendment, Ending, NewSignatory, Parts, amend_requirement, end_requirement, name_parts,
};
pub(crate) use amend::{asked, move_to_form};
use amend::{certify_here, with_holders};

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{
    AwardId, JobKind, PersonId, RequirementId, ReturnFormId, award, person, requirement,
    return_form,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};

use crate::access::rules::Operation;
use crate::deadlines::rules::{Cycle, DeadlineRule, Frequency, Period, periods};
use crate::forms::store as forms;
use crate::returns::rules::{Signature, sign_off_gaps};
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, closures, jobs};

/// What an award asks to be reported.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRequirement {
    /// The award.
    pub award_id: AwardId,
    /// The form it is made on.
    pub form_id: ReturnFormId,
    /// What people call the return.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Length of a period in months: 1, 3, 6 or 12.
    #[schema(minimum = 1, maximum = 12)]
    pub period_months: i32,
    /// First London date of the first period.
    pub first_period_from: NaiveDate,
    /// First London date of the first quarter of the form's grid.
    pub anchor_on: NaiveDate,
    /// How the deadline follows from the period.
    pub due_rule: DeadlineRule,
    /// The Trustee Board must agree.
    #[serde(default)]
    pub needs_trustees: bool,
    /// The Recovery Advisory Committee must agree.
    #[serde(default)]
    pub needs_committee: bool,
    /// Offices that sign, each with the funder's exact words.
    pub signatures: Vec<Signature>,
    /// Variance that needs an explanation, basis points.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000)]
    pub variance_bp: Option<i32>,
    /// Prepares it.
    #[serde(default)]
    pub preparer_id: Option<PersonId>,
    /// Certifies it.
    #[serde(default)]
    pub certifier_id: Option<PersonId>,
    /// Sends it.
    #[serde(default)]
    pub sender_id: Option<PersonId>,
}

/// Records a requirement; the worker looks at once for returns that are due under it.
pub async fn create_requirement(db: &Db, ctx: &Ctx, new: &NewRequirement) -> Result<RequirementId> {
    ctx.require(Operation::CreateRequirement)?;
    let (every, signatures) = check(new)?;
    let signatures = with_holders(signatures, &[], ctx.today());
    db.write(
        ctx,
        Command::new(Operation::CreateRequirement),
        async |tx| {
            closures::store::refuse_closed(tx.conn(), new.award_id).await?;
            let mut wrong = Vec::new();
            let award = award::Entity::find_by_id(new.award_id)
                .one(tx.conn())
                .await?;
            match &award {
                None => wrong.push(FieldError::new(
                    "/award_id",
                    "unknown",
                    "Choose an award that is recorded here.",
                )),
                Some(award) => {
                    let cycle = Cycle::anchored_on(new.first_period_from, every);
                    if periods(cycle, new.first_period_from, award.ends_on).is_empty() {
                        wrong.push(FieldError::new(
                            "/first_period_from",
                            "after-the-award",
                            "The first period begins after the award ends.",
                        ));
                    }
                }
            }
            if let Some(award) = &award {
                wrong.extend(form_of(tx, award, new.form_id, &signatures).await?);
                wrong.extend(certify_here(tx, ctx, award, &signatures, "/signatures").await?);
            }
            let parts = Parts {
                preparer_id: new.preparer_id,
                certifier_id: new.certifier_id,
                sender_id: new.sender_id,
                signatories: Vec::new(),
            };
            wrong.extend(known(tx, &parts).await?);
            if !wrong.is_empty() {
                return Err(Error::Invalid(wrong));
            }
            let id = RequirementId::new();
            requirement::ActiveModel {
                id: Set(id),
                award_id: Set(new.award_id),
                form_id: Set(new.form_id),
                name: Set(new.name.trim().to_owned()),
                period_months: Set(new.period_months),
                first_period_from: Set(new.first_period_from),
                anchor_on: Set(new.anchor_on),
                due_rule: Set(serde_json::to_value(&new.due_rule)?),
                needs_trustees: Set(new.needs_trustees),
                needs_committee: Set(new.needs_committee),
                signatures: Set(serde_json::to_value(&signatures)?),
                variance_bp: Set(new.variance_bp),
                preparer_id: Set(new.preparer_id),
                certifier_id: Set(new.certifier_id),
                sender_id: Set(new.sender_id),
                version: Set(1),
                created_at: Set(tx.now()),
                series_id: Set(id),
                applies_from: Set(new.first_period_from),
                ends_before: Set(None),
                reason: Set(String::new()),
                created_by: Set(ctx.person_id()),
            }
            .insert(tx.conn())
            .await?;
            draft_soon(tx).await?;
            tx.subject("requirement", id);
            tx.note("name", new.name.trim());
            Ok(id)
        },
    )
    .await
}

/// The worker looks at once for what is due.
async fn draft_soon(tx: &Tx) -> Result<()> {
    jobs::ask(tx, JobKind::DraftReturns).await
}

/// Whether a form can be asked for on an award.
async fn form_of(
    tx: &Tx,
    award: &award::Model,
    id: ReturnFormId,
    signatures: &[Signature],
) -> Result<Vec<FieldError>> {
    let form = return_form::Entity::find_by_id(id).one(tx.conn()).await?;
    Ok(match form {
        None => vec![FieldError::new(
            "/form_id",
            "unknown",
            "Choose a form that is recorded here.",
        )],
        Some(form) if form.funder_id != award.funder_id => vec![FieldError::new(
            "/form_id",
            "another-funder",
            "This form is another funder’s.",
        )],
        Some(_) => sign_off_gaps(&forms::load(tx.conn(), id).await?, signatures),
    })
}

/// Complaints about people who are not known.
async fn known(tx: &Tx, parts: &Parts) -> Result<Vec<FieldError>> {
    let mut wrong = Vec::new();
    for (pointer, id) in [
        ("/preparer_id", parts.preparer_id),
        ("/certifier_id", parts.certifier_id),
        ("/sender_id", parts.sender_id),
    ] {
        if let Some(id) = id
            && person::Entity::find_by_id(id)
                .one(tx.conn())
                .await?
                .is_none()
        {
            wrong.push(FieldError::new(
                pointer,
                "unknown",
                "Choose a person who is known here.",
            ));
        }
    }
    Ok(wrong)
}

/// What a requirement comes to: each period with when its return is due.
pub fn upcoming(
    new: &NewRequirement,
    award_ends_on: NaiveDate,
    nation: crate::calendar::rules::Nation,
) -> Result<Vec<(Period, crate::deadlines::rules::Due)>> {
    let (every, _) = check(new)?;
    let cycle = Cycle::anchored_on(new.first_period_from, every);
    dues(
        periods(cycle, new.first_period_from, award_ends_on),
        &new.due_rule,
        nation,
    )
}

/// When the returns of these periods are due.
pub(crate) fn dues(
    periods: Vec<Period>,
    rule: &DeadlineRule,
    nation: crate::calendar::rules::Nation,
) -> Result<Vec<(Period, crate::deadlines::rules::Due)>> {
    periods
        .into_iter()
        .map(|period| {
            let due = rule.due(&period, nation).map_err(|problem| {
                Error::invalid("/due_rule", "out-of-range", problem.to_string())
            })?;
            Ok((period, due))
        })
        .collect()
}

/// What is wrong with a text that goes into headings and mails, if anything.
fn one_line(text: &str, pointer: String) -> Option<FieldError> {
    crate::text::one_line(text).err().map(|_found| {
        FieldError::new(
            pointer,
            "control-character",
            "Write it on one line: take line breaks and tabs out.",
        )
    })
}

fn check(new: &NewRequirement) -> Result<(Frequency, Vec<Signature>)> {
    let mut wrong = Vec::new();
    let name = new.name.trim();
    wrong.extend(one_line(name, "/name".to_owned()));
    if name.is_empty() || name.chars().count() > 200 {
        wrong.push(FieldError::new(
            "/name",
            "required",
            "Enter what people call the return, in at most 200 characters on one line.",
        ));
    }
    let every = Frequency::from_months(new.period_months);
    if every.is_none() {
        wrong.push(FieldError::new(
            "/period_months",
            "not-a-frequency",
            "A period is 1, 3, 6 or 12 months long.",
        ));
    }
    if let Err(problem) = new.due_rule.check() {
        wrong.push(FieldError::new(
            "/due_rule",
            "out-of-range",
            problem.to_string(),
        ));
    }
    if new.signatures.is_empty() || new.signatures.len() > 5 {
        wrong.push(FieldError::new(
            "/signatures",
            "number-of-signatures",
            "Name between one and five offices that sign.",
        ));
    }
    let mut offices = HashSet::new();
    for (n, signature) in new.signatures.iter().enumerate() {
        let (office, words) = (signature.office.trim(), signature.words.trim());
        wrong.extend(one_line(office, format!("/signatures/{n}/office")));
        if office.is_empty() || words.is_empty() {
            wrong.push(FieldError::new(
                format!("/signatures/{n}"),
                "required",
                "Enter the office, on one line, and the funder’s exact words.",
            ));
        }
        if office.chars().count() > 200 || words.chars().count() > 5_000 {
            wrong.push(FieldError::new(
                format!("/signatures/{n}"),
                "too-long",
                "An office has at most 200 characters, its words at most 5,000.",
            ));
        }
        if !offices.insert(signature.office.trim().to_lowercase()) {
            wrong.push(FieldError::new(
                format!("/signatures/{n}/office"),
                "duplicate",
                "Each office signs once.",
            ));
        }
    }
    if new
        .variance_bp
        .is_some_and(|bp| !(0..=100_000).contains(&bp))
    {
        wrong.push(FieldError::new(
            "/variance_bp",
            "out-of-range",
            "The threshold is between 0 and 100,000 basis points; 500 is 5 %.",
        ));
    }
    match every {
        Some(every) if wrong.is_empty() => {
            let mut signatures: Vec<Signature> = new
                .signatures
                .iter()
                .map(|signature| Signature {
                    office: signature.office.trim().to_owned(),
                    words: signature.words.trim().to_owned(),
                    order: signature.order,
                    person_id: signature.person_id,
                    since: None,
                })
                .collect();
            signatures.sort_by_key(|signature| signature.order);
            for (n, signature) in (1..).zip(&mut signatures) {
                signature.order = n;
            }
            Ok((every, signatures))
        }
        _ => Err(Error::Invalid(wrong)),
    }
}
