//! Changing what an award asks. What was asked stays on record with the returns that were made
//! under it; a change is a further row of its series, for the periods that begin later.

use chrono::NaiveDate;
use entity::{
    PersonId, RequirementId, ReturnEventKind, ReturnFormId, ReturnState, Role, award, grant_return,
    requirement,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use serde::{Deserialize, Serialize};

use super::{NewRequirement, check, draft_soon, form_of, known};
use crate::access::rules::Operation;
use crate::deadlines::rules::{Cycle, DeadlineRule, Frequency, Period, periods};
use crate::returns::ops::reason;
use crate::returns::rules::Signature;
use crate::returns::rules::life::{Detail, Event};
use crate::returns::store::{self, Record};
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, deadlines};

/// What is asked from the next return on.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RequirementAmendment)]
pub struct Amendment {
    /// The form it is made on.
    pub form_id: ReturnFormId,
    /// What people call the return.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Length of a period in months: 1, 3, 6 or 12.
    #[schema(minimum = 1, maximum = 12)]
    pub period_months: i32,
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
    /// Why.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// Who does what; takes effect at once, on returns in hand too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RequirementParts)]
pub struct Parts {
    /// Prepares it.
    #[serde(default)]
    pub preparer_id: Option<PersonId>,
    /// Certifies it.
    #[serde(default)]
    pub certifier_id: Option<PersonId>,
    /// Sends it.
    #[serde(default)]
    pub sender_id: Option<PersonId>,
    /// Who holds each office that signs. In an office that is not listed, any certifier of the
    /// accountable body signs.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub signatories: Vec<NewSignatory>,
}

/// Who holds an office, and alone signs in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSignatory {
    /// The office, as the requirement names it.
    #[schema(min_length = 1, max_length = 200)]
    pub office: String,
    /// Who holds it from today; absent: nobody is named.
    #[serde(default)]
    pub person_id: Option<PersonId>,
}

/// That an award no longer asks for a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RequirementEnding)]
pub struct Ending {
    /// Periods that begin on or after this London date are not asked. Absent: from the next return
    /// that is not drafted yet.
    #[serde(default)]
    pub ends_before: Option<NaiveDate>,
    /// Why.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// The periods that a row asks for.
pub(crate) fn asked(row: &requirement::Model, award: &award::Model) -> Result<Vec<Period>> {
    let every = Frequency::from_months(row.period_months)
        .ok_or_else(|| Error::internal("a requirement with an unknown length of period"))?;
    let cycle = Cycle::anchored_on(row.first_period_from, every);
    Ok(periods(cycle, row.applies_from, award.ends_on)
        .into_iter()
        .filter(|period| row.ends_before.is_none_or(|end| period.from < end))
        .collect())
}

/// Changes what is asked, from the next return that is not drafted yet.
pub async fn amend_requirement(
    db: &Db,
    ctx: &Ctx,
    id: RequirementId,
    expected: Option<i64>,
    change: &Amendment,
) -> Result<RequirementId> {
    ctx.require(Operation::AmendRequirement)?;
    let why = reason(&change.reason)?;
    db.write(
        ctx,
        Command::on(Operation::AmendRequirement, "requirement", id),
        async |tx| {
            let (row, award) = standing(tx, id, expected).await?;
            let as_new = NewRequirement {
                award_id: row.award_id,
                form_id: change.form_id,
                name: change.name.clone(),
                period_months: change.period_months,
                first_period_from: row.first_period_from,
                anchor_on: change.anchor_on,
                due_rule: change.due_rule.clone(),
                needs_trustees: change.needs_trustees,
                needs_committee: change.needs_committee,
                signatures: change.signatures.clone(),
                variance_bp: change.variance_bp,
                preparer_id: row.preparer_id,
                certifier_id: row.certifier_id,
                sender_id: row.sender_id,
            };
            let (_, signatures) = check(&as_new)?;
            let wrong = form_of(tx, &award, change.form_id, &signatures).await?;
            if !wrong.is_empty() {
                return Err(Error::Invalid(wrong));
            }
            let from = next_open(tx, &row, &award).await?.ok_or_else(|| {
                Error::refused(
                    "nothing-left-to-report",
                    "Every return of this award is drafted or done: nothing is left to change.",
                )
            })?;
            let mut next = row.clone();
            next.form_id = change.form_id;
            change.name.trim().clone_into(&mut next.name);
            next.period_months = change.period_months;
            next.anchor_on = change.anchor_on;
            next.due_rule = serde_json::to_value(&change.due_rule)?;
            next.needs_trustees = change.needs_trustees;
            next.needs_committee = change.needs_committee;
            let signatures = with_holders(signatures, &store::signatures(&row)?, ctx.today());
            let wrong = certify_here(tx, ctx, &award, &signatures, "/signatures").await?;
            if !wrong.is_empty() {
                return Err(Error::Invalid(wrong));
            }
            next.signatures = serde_json::to_value(&signatures)?;
            next.variance_bp = change.variance_bp;
            let made = succeed(tx, ctx, row, next, &award, from, why).await?;
            tx.subject("requirement", made);
            tx.note("applies_from", from.to_string());
            tx.note("reason", why);
            Ok(made)
        },
    )
    .await
}

/// Moves a requirement to the next version of its form, from the next return on. Nothing happens
/// where every return is drafted already.
pub(crate) async fn move_to_form(
    tx: &Tx,
    ctx: &Ctx,
    row: requirement::Model,
    form: ReturnFormId,
    version: &str,
) -> Result<()> {
    let (row, award) = standing(tx, row.id, None).await?;
    let Some(from) = next_open(tx, &row, &award).await? else {
        return Ok(());
    };
    let mut next = row.clone();
    next.form_id = form;
    let why = format!("The funder’s form has a new version: {version}.");
    succeed(tx, ctx, row, next, &award, from, &why).await?;
    Ok(())
}

/// Names who prepares, certifies and sends; at once, on returns in hand too.
pub async fn name_parts(
    db: &Db,
    ctx: &Ctx,
    id: RequirementId,
    expected: Option<i64>,
    parts: &Parts,
) -> Result<()> {
    ctx.require(Operation::NameParts)?;
    db.write(
        ctx,
        Command::on(Operation::NameParts, "requirement", id),
        async |tx| {
            let (row, award) = standing(tx, id, expected).await?;
            let mut wrong = known(tx, parts).await?;
            let signatures = named(&store::signatures(&row)?, parts, ctx.today(), &mut wrong);
            let changed = signatures != store::signatures(&row)?;
            if changed {
                wrong.extend(certify_here(tx, ctx, &award, &signatures, "/signatories").await?);
            }
            if !wrong.is_empty() {
                return Err(Error::Invalid(wrong));
            }
            use requirement::Column;
            // Every row of the series that has the office: returns in hand were asked under
            // earlier ones.
            for earlier in requirement::Entity::find()
                .filter(Column::SeriesId.eq(row.series_id))
                .filter(Column::Id.ne(row.id))
                .all(tx.conn())
                .await?
            {
                let held = in_step(&store::signatures(&earlier)?, &signatures);
                let mut earlier = earlier.into_active_model();
                earlier.signatures = Set(serde_json::to_value(&held)?);
                earlier.update(tx.conn()).await?;
            }
            let held: Vec<String> = signatures
                .iter()
                .filter_map(|one| Some(format!("{}: {}", one.office, one.person_id?)))
                .collect();
            tx.note("signatories", held.join("; "));
            requirement::Entity::update_many()
                .col_expr(Column::PreparerId, Expr::value(parts.preparer_id))
                .col_expr(Column::CertifierId, Expr::value(parts.certifier_id))
                .col_expr(Column::SenderId, Expr::value(parts.sender_id))
                .filter(Column::SeriesId.eq(row.series_id))
                .exec(tx.conn())
                .await?;
            let version = row.version;
            let mut row = row.into_active_model();
            row.version = Set(version.saturating_add(1));
            row.preparer_id = Set(parts.preparer_id);
            row.certifier_id = Set(parts.certifier_id);
            row.sender_id = Set(parts.sender_id);
            row.signatures = Set(serde_json::to_value(&signatures)?);
            row.update(tx.conn()).await?;
            Ok(())
        },
    )
    .await
}

/// The offices with those who hold them from now on. Who held an office before keeps the day since
/// when.
fn named(
    offices: &[Signature],
    parts: &Parts,
    today: NaiveDate,
    wrong: &mut Vec<FieldError>,
) -> Vec<Signature> {
    for (n, one) in parts.signatories.iter().enumerate() {
        let pointer = format!("/signatories/{n}/office");
        if !offices.iter().any(|office| office.office == one.office) {
            wrong.push(FieldError::new(
                pointer,
                "unknown",
                "This office does not sign.",
            ));
        } else if parts
            .signatories
            .iter()
            .take(n)
            .any(|before| before.office == one.office)
        {
            wrong.push(FieldError::new(
                pointer,
                "duplicate",
                "Each office has one holder.",
            ));
        }
    }
    offices
        .iter()
        .map(|office| {
            let person_id = parts
                .signatories
                .iter()
                .find(|one| one.office == office.office)
                .and_then(|one| one.person_id);
            Signature {
                since: match person_id {
                    Some(_) if person_id == office.person_id => office.since,
                    other => other.map(|_| today),
                },
                person_id,
                ..office.clone()
            }
        })
        .collect()
}

/// Offices that stay keep who holds them, unless somebody else is named.
pub(super) fn with_holders(
    now: Vec<Signature>,
    before: &[Signature],
    today: NaiveDate,
) -> Vec<Signature> {
    now.into_iter()
        .map(|signature| {
            let held = before.iter().find(|one| one.office == signature.office);
            let person_id = signature
                .person_id
                .or_else(|| held.and_then(|one| one.person_id));
            let since = match held {
                Some(held) if held.person_id == person_id => held.since,
                _ => person_id.map(|_| today),
            };
            Signature {
                person_id,
                since,
                ..signature
            }
        })
        .collect()
}

/// Offices of an earlier row, held by whoever holds them now.
fn in_step(earlier: &[Signature], now: &[Signature]) -> Vec<Signature> {
    earlier
        .iter()
        .map(|signature| {
            now.iter()
                .find(|one| one.office == signature.office)
                .map_or_else(
                    || signature.clone(),
                    |one| Signature {
                        person_id: one.person_id,
                        since: one.since,
                        ..signature.clone()
                    },
                )
        })
        .collect()
}

/// Complaints about those who are named for offices: each certifies for the award's accountable
/// body, and holds one of them.
pub(super) async fn certify_here(
    tx: &Tx,
    ctx: &Ctx,
    award: &award::Model,
    signatures: &[Signature],
    root: &str,
) -> Result<Vec<FieldError>> {
    if signatures.iter().all(|one| one.person_id.is_none()) {
        return Ok(Vec::new());
    }
    let held = crate::access::everybody(tx.conn(), ctx.today()).await?;
    let mut wrong = Vec::new();
    for (n, signature) in signatures.iter().enumerate() {
        let Some(person) = signature.person_id else {
            continue;
        };
        let certifies = held.iter().any(|role| {
            role.person_id == person
                && role.role == Role::Certifier
                && role.organisation_id == award.accountable_body_id
        });
        let twice = signatures
            .iter()
            .take(n)
            .any(|before| before.person_id == Some(person));
        let pointer = format!("{root}/{n}/person_id");
        // Who was named before and has left since does not keep anybody from naming another.
        if !certifies && signature.since == Some(ctx.today()) {
            wrong.push(FieldError::new(
                pointer,
                "not-a-certifier",
                "Choose somebody who certifies for the award’s accountable body.",
            ));
        } else if twice {
            wrong.push(FieldError::new(
                pointer,
                "one-person-one-office",
                "One person signs in one office: choose another for this one.",
            ));
        }
    }
    Ok(wrong)
}

/// Records that an award no longer asks for a return. Drafts that are there stay.
pub async fn end_requirement(
    db: &Db,
    ctx: &Ctx,
    id: RequirementId,
    expected: Option<i64>,
    ending: &Ending,
) -> Result<()> {
    ctx.require(Operation::EndRequirement)?;
    let why = reason(&ending.reason)?;
    db.write(
        ctx,
        Command::on(Operation::EndRequirement, "requirement", id),
        async |tx| {
            let (row, award) = standing(tx, id, expected).await?;
            let next = next_open(tx, &row, &award).await?;
            let from = match (ending.ends_before, next) {
                (None, Some(next)) => next,
                (None, None) => {
                    return Err(Error::refused(
                        "nothing-left-to-report",
                        "Every return of this award is drafted or done: it has ended by itself.",
                    ));
                }
                (Some(date), next) => {
                    let starts = asked(&row, &award)?
                        .iter()
                        .any(|period| period.from == date);
                    if !starts || next.is_none_or(|next| date < next) {
                        return Err(Error::invalid(
                            "/ends_before",
                            "not-a-period",
                            "Choose the first day of a period whose return is not drafted yet.",
                        ));
                    }
                    date
                }
            };
            let version = row.version;
            let scheduled = scheduled_from(tx, &row, from).await?;
            let mut row = row.into_active_model();
            row.ends_before = Set(Some(from));
            row.version = Set(version.saturating_add(1));
            row.update(tx.conn()).await?;
            for scheduled in scheduled {
                not_asked(tx, ctx, scheduled, why).await?;
            }
            tx.note("ends_before", from.to_string());
            tx.note("reason", why);
            Ok(())
        },
    )
    .await
}

/// The row of its series that stands, locked, with its award.
async fn standing(
    tx: &Tx,
    id: RequirementId,
    expected: Option<i64>,
) -> Result<(requirement::Model, award::Model)> {
    let row = requirement::Entity::find_by_id(id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    // The award's lock is taken first everywhere; the worker schedules under it too.
    tx.lock("award", row.award_id).await?;
    crate::closures::store::refuse_closed(tx.conn(), row.award_id).await?;
    let row = requirement::Entity::find_by_id(id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    if let Some(expected) = expected
        && expected != row.version
    {
        return Err(Error::Stale);
    }
    if row.ends_before.is_some() {
        return Err(Error::refused(
            "requirement-ended",
            "This has been changed or has ended: look at what the award asks now.",
        ));
    }
    let award = award::Entity::find_by_id(row.award_id)
        .one(tx.conn())
        .await?
        .ok_or_else(|| Error::internal("a requirement without its award"))?;
    Ok((row, award))
}

/// The first day of the first period whose return is not drafted yet.
async fn next_open(
    tx: &Tx,
    row: &requirement::Model,
    award: &award::Model,
) -> Result<Option<NaiveDate>> {
    let drafted: Vec<NaiveDate> = grant_return::Entity::find()
        .filter(grant_return::Column::RequirementId.eq(row.id))
        .filter(grant_return::Column::State.ne(ReturnState::Scheduled))
        .all(tx.conn())
        .await?
        .into_iter()
        .map(|there| there.period_from)
        .collect();
    let last = drafted.into_iter().max();
    Ok(asked(row, award)?
        .into_iter()
        .map(|period| period.from)
        .find(|from| last.is_none_or(|last| *from > last)))
}

async fn scheduled_from(
    tx: &Tx,
    row: &requirement::Model,
    from: NaiveDate,
) -> Result<Vec<grant_return::Model>> {
    Ok(grant_return::Entity::find()
        .filter(grant_return::Column::RequirementId.eq(row.id))
        .filter(grant_return::Column::State.eq(ReturnState::Scheduled))
        .filter(grant_return::Column::PeriodFrom.gte(from))
        .order_by_asc(grant_return::Column::PeriodFrom)
        .all(tx.conn())
        .await?)
}

/// Ends a row and adds the next of its series. Returns that are scheduled and not drafted move to
/// it, with the deadline that follows now.
async fn succeed(
    tx: &Tx,
    ctx: &Ctx,
    row: requirement::Model,
    mut next: requirement::Model,
    award: &award::Model,
    from: NaiveDate,
    why: &str,
) -> Result<RequirementId> {
    let scheduled = scheduled_from(tx, &row, from).await?;
    let version = row.version;
    // A row that was never used needs no successor beside it, but its terms stay on record.
    let mut row = row.into_active_model();
    row.ends_before = Set(Some(from));
    row.version = Set(version.saturating_add(1));
    row.update(tx.conn()).await?;
    next.id = RequirementId::new();
    next.version = 1;
    next.created_at = tx.now();
    next.applies_from = from;
    next.ends_before = None;
    why.clone_into(&mut next.reason);
    next.created_by = ctx.person_id();
    let mut insert = next.clone().into_active_model();
    insert = requirement::ActiveModel {
        id: Set(next.id),
        ..insert.reset_all()
    };
    let next = insert.insert(tx.conn()).await?;
    let rule: DeadlineRule = serde_json::from_value(next.due_rule.clone())?;
    let periods = asked(&next, award)?;
    for there in scheduled {
        let same = periods
            .iter()
            .find(|period| (period.from, period.to) == (there.period_from, there.period_to));
        let Some(period) = same else {
            not_asked(tx, ctx, there, why).await?;
            continue;
        };
        let due = rule
            .due(period, award.nation)
            .map_err(|problem| Error::refused("deadline-rule", problem.to_string()))?;
        let id = there.id;
        let version = there.version;
        let mut there = there.into_active_model();
        there.requirement_id = Set(next.id);
        there.form_id = Set(next.form_id);
        there.version = Set(version.saturating_add(1));
        let there = there.update(tx.conn()).await?;
        let record = Record {
            row: there,
            requirement: next.clone(),
            award: award.clone(),
        };
        deadlines::ops::moved(tx, id, &record.title(), &due).await?;
    }
    draft_soon(tx).await?;
    Ok(next.id)
}

/// A return that was scheduled and is not asked any more.
async fn not_asked(tx: &Tx, ctx: &Ctx, row: grant_return::Model, why: &str) -> Result<()> {
    let event = Event {
        kind: ReturnEventKind::NotRequired,
        revision: None,
        detail: Detail::default(),
    };
    let id = row.id;
    store::append_event(tx, id, ctx.person_id(), event, Some(why)).await?;
    deadlines::ops::close(tx, id).await
}
