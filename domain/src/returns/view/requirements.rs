//! What awards ask to be reported, with how it came to be asked so.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AwardId, GrantReturnId, OrganisationId, PersonId, RequirementId, ReturnFormId, Role, award,
    deadline, grant_return, membership, person, requirement, return_form,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use crate::access::held_on;
use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::calendar::rules::date_without_weekday;
use crate::deadlines::rules::{DeadlineRule, Period};
use crate::returns::ops::{NewRequirement, asked, dues, upcoming};
use crate::returns::rules::{Signature, state_in_words};
use crate::returns::store;
use crate::{Ctx, Db, Error, Result};

/// How many periods ahead are told.
const AHEAD: usize = 6;

/// What an award asks to be reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RequirementView {
    /// The requirement, as it stands now.
    pub id: RequirementId,
    /// The same through all its changes.
    pub series_id: RequirementId,
    /// The award.
    pub award_id: AwardId,
    /// The award's title.
    pub award: String,
    /// The award's funder.
    pub funder_id: OrganisationId,
    /// The form it is made on.
    pub form_id: ReturnFormId,
    /// The form's title and version.
    pub form: String,
    /// Whether the funder has replaced that form.
    pub form_is_current: bool,
    /// What people call the return.
    pub name: String,
    /// Length of a period in months.
    pub period_months: i32,
    /// First London date of the first period.
    pub first_period_from: NaiveDate,
    /// First London date of the form's grid.
    pub anchor_on: NaiveDate,
    /// How the deadline follows from the period.
    pub due_rule: DeadlineRule,
    /// The same as a sentence.
    pub due_in_words: String,
    /// The Trustee Board must agree.
    pub needs_trustees: bool,
    /// The Recovery Advisory Committee must agree.
    pub needs_committee: bool,
    /// Offices that sign, in order.
    pub signatures: Vec<Signature>,
    /// Who holds each office, in order.
    pub signatories: Vec<Signatory>,
    /// Variance that needs an explanation, basis points.
    pub variance_bp: Option<i32>,
    /// Who prepares it.
    pub preparer: Option<Part>,
    /// Who certifies it.
    pub certifier: Option<Part>,
    /// Who sends it.
    pub sender: Option<Part>,
    /// Periods that begin on or after this London date are reported so.
    pub applies_from: NaiveDate,
    /// Periods that begin on or after this London date are not asked: it has ended.
    pub ends_before: Option<NaiveDate>,
    /// Its version, for If-Match.
    pub version: i64,
    /// The next periods, and those that are not sent yet.
    pub next: Vec<Asked>,
    /// How it came to be asked so, newest first.
    pub history: Vec<Change>,
}

/// Somebody who holds a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PartHolder)]
pub struct Part {
    /// Who.
    pub id: PersonId,
    /// The name they chose.
    pub display_name: String,
}

/// An office with who holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Signatory {
    /// The office.
    pub office: String,
    /// Who alone signs in it; none where any certifier of the accountable body may.
    pub person: Option<Part>,
    /// Since which London date they are named.
    pub since: Option<NaiveDate>,
    /// Whether they certify today. An office whose holder no longer does is any certifier's.
    pub certifies: bool,
}

/// A period with when its return is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AskedPeriod)]
pub struct Asked {
    /// "October to December 2026".
    pub period: String,
    /// First London date of the period.
    pub from: NaiveDate,
    /// Last London date of the period.
    pub to: NaiveDate,
    /// London date by which it must be sent.
    pub due_on: NaiveDate,
    /// "Friday 30 January 2027, 5pm".
    pub due_in_words: String,
    /// Bank holidays behind the date are not published for its year.
    pub uncertain: bool,
    /// The return, once it is scheduled; not for funders, to whom it does not exist before it is
    /// sent.
    pub return_id: Option<GrantReturnId>,
    /// Where it stands, in words; empty before it is scheduled.
    pub state_in_words: String,
}

/// A change of what is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RequirementChange)]
pub struct Change {
    /// From the period that begins on this London date.
    pub applies_from: NaiveDate,
    /// What changed, each as a sentence.
    pub what: Vec<String>,
    /// Why; empty for what was stated first.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
}

impl Asked {
    /// A period whose return does not exist yet.
    #[must_use]
    pub fn ahead(period: &Period, due: &crate::deadlines::rules::Due) -> Self {
        Self {
            period: period.label(),
            from: period.from,
            to: period.to,
            due_on: due.on,
            due_in_words: due.in_words(),
            uncertain: due.warning.is_some(),
            return_id: None,
            state_in_words: String::new(),
        }
    }
}

/// What an award asks to be reported, as it stands; what has ended last.
pub async fn requirements(db: &Db, ctx: &Ctx, award: AwardId) -> Result<Vec<RequirementView>> {
    ctx.require(Operation::ReadAwards)?;
    let award = award::Entity::find_by_id(award)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    sees(ctx, &award)?;
    let rows = requirement::Entity::find()
        .filter(requirement::Column::AwardId.eq(award.id))
        .order_by_asc(requirement::Column::Id)
        .all(db.read())
        .await?;
    let mut views = Vec::new();
    for series in in_series(rows) {
        views.push(view(db, ctx, &award, series).await?);
    }
    views.sort_by_key(|view| (view.ends_before.is_some(), view.series_id));
    Ok(views)
}

/// One requirement, by the id of any row of its series.
pub async fn requirement(db: &Db, ctx: &Ctx, id: RequirementId) -> Result<RequirementView> {
    ctx.require(Operation::ReadAwards)?;
    let row = requirement::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    let award = award::Entity::find_by_id(row.award_id)
        .one(db.read())
        .await?
        .ok_or_else(|| Error::internal("a requirement without its award"))?;
    sees(ctx, &award)?;
    let rows = requirement::Entity::find()
        .filter(requirement::Column::SeriesId.eq(row.series_id))
        .order_by_asc(requirement::Column::Id)
        .all(db.read())
        .await?;
    let series = in_series(rows).pop().ok_or(Error::NotFound)?;
    view(db, ctx, &award, series).await
}

fn sees(ctx: &Ctx, award: &award::Model) -> Result<()> {
    match sight(&ctx.actor) {
        Sight::All => Ok(()),
        Sight::Funders(funders) if funders.contains(&award.funder_id) => Ok(()),
        Sight::Funders(_) | Sight::Nothing => Err(Error::NotFound),
    }
}

fn in_series(rows: Vec<requirement::Model>) -> Vec<Vec<requirement::Model>> {
    let mut all: Vec<Vec<requirement::Model>> = Vec::new();
    for row in rows {
        match all
            .iter_mut()
            .find(|series| series.iter().any(|known| known.series_id == row.series_id))
        {
            Some(series) => series.push(row),
            None => all.push(vec![row]),
        }
    }
    all
}

async fn view(
    db: &Db,
    ctx: &Ctx,
    award: &award::Model,
    series: Vec<requirement::Model>,
) -> Result<RequirementView> {
    let row = series.last().ok_or(Error::NotFound)?;
    let forms: HashMap<ReturnFormId, return_form::Model> = return_form::Entity::find()
        .filter(return_form::Column::Id.is_in(series.iter().map(|row| row.form_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|form| (form.id, form))
        .collect();
    let offices = store::signatures(row)?;
    let people = people(db, &series, &offices).await?;
    let certifiers: Vec<PersonId> = crate::access::everybody(db.read(), ctx.today())
        .await?
        .into_iter()
        .filter(|held| {
            held.role == Role::Certifier && held.organisation_id == award.accountable_body_id
        })
        .map(|held| held.person_id)
        .collect();
    let inside = sight(&ctx.actor) == Sight::All;
    let part = |id: Option<PersonId>| {
        id.filter(|_| inside).and_then(|id| {
            people.get(&id).map(|name| Part {
                id,
                display_name: name.clone(),
            })
        })
    };
    let due_rule: DeadlineRule = serde_json::from_value(row.due_rule.clone())?;
    Ok(RequirementView {
        id: row.id,
        series_id: row.series_id,
        award_id: award.id,
        award: award.title.clone(),
        funder_id: award.funder_id,
        form_id: row.form_id,
        form: form_name(&forms, row.form_id),
        form_is_current: forms.get(&row.form_id).is_some_and(|form| form.current),
        signatories: if inside {
            offices
                .iter()
                .map(|one| Signatory {
                    office: one.office.clone(),
                    person: part(one.person_id),
                    since: one.since,
                    certifies: one.person_id.is_some_and(|id| certifiers.contains(&id)),
                })
                .collect()
        } else {
            Vec::new()
        },
        // Who holds an office here is no business of a funder before it has signed.
        signatures: offices
            .into_iter()
            .map(|one| Signature {
                person_id: one.person_id.filter(|_| inside),
                since: one.since.filter(|_| inside),
                ..one
            })
            .collect(),
        name: row.name.clone(),
        period_months: row.period_months,
        first_period_from: row.first_period_from,
        anchor_on: row.anchor_on,
        due_in_words: due_rule.in_words(),
        due_rule,
        needs_trustees: row.needs_trustees,
        needs_committee: row.needs_committee,
        variance_bp: row.variance_bp,
        preparer: part(row.preparer_id),
        certifier: part(row.certifier_id),
        sender: part(row.sender_id),
        applies_from: row.applies_from,
        ends_before: row.ends_before,
        version: row.version,
        next: next(db, ctx, award, &series, inside).await?,
        history: if inside {
            history(&series, &forms, &people)?
        } else {
            Vec::new()
        },
    })
}

fn form_name(forms: &HashMap<ReturnFormId, return_form::Model>, id: ReturnFormId) -> String {
    forms
        .get(&id)
        .map(|form| format!("{}, {}", form.name, form.version_label))
        .unwrap_or_default()
}

async fn people(
    db: &Db,
    series: &[requirement::Model],
    offices: &[Signature],
) -> Result<HashMap<PersonId, String>> {
    let wanted = series.iter().flat_map(|row| {
        [
            row.preparer_id,
            row.certifier_id,
            row.sender_id,
            row.created_by,
        ]
        .into_iter()
        .flatten()
    });
    names_of(
        db,
        wanted.chain(offices.iter().filter_map(|one| one.person_id)),
    )
    .await
}

/// Returns that are there and not done with, then the periods ahead.
async fn next(
    db: &Db,
    ctx: &Ctx,
    award: &award::Model,
    series: &[requirement::Model],
    inside: bool,
) -> Result<Vec<Asked>> {
    let returns: Vec<grant_return::Model> = grant_return::Entity::find()
        .filter(grant_return::Column::RequirementId.is_in(series.iter().map(|row| row.id)))
        .order_by_asc(grant_return::Column::PeriodFrom)
        .all(db.read())
        .await?;
    let deadlines: HashMap<GrantReturnId, deadline::Model> = deadline::Entity::find()
        .filter(deadline::Column::ReturnId.is_in(returns.iter().map(|row| row.id)))
        .all(db.read())
        .await?
        .into_iter()
        .filter_map(|row| Some((row.return_id?, row)))
        .collect();
    let mut list = Vec::new();
    let mut last = None;
    for row in &returns {
        last = last.max(Some(row.period_from));
        let Some(due) = deadlines.get(&row.id).filter(|due| due.closed_at.is_none()) else {
            continue;
        };
        list.push(Asked {
            period: crate::calendar::rules::months_in_words(row.period_from, row.period_to),
            from: row.period_from,
            to: row.period_to,
            due_on: due.due_on,
            due_in_words: crate::calendar::rules::due_in_words(due.due_at),
            uncertain: false,
            // To a funder a return exists once it is sent; those are listed elsewhere.
            return_id: inside.then_some(row.id),
            state_in_words: if inside {
                state_in_words(row.state).to_owned()
            } else {
                String::new()
            },
        });
    }
    let Some(row) = series.last() else {
        return Ok(list);
    };
    let rule: DeadlineRule = serde_json::from_value(row.due_rule.clone())?;
    let ahead: Vec<Period> = asked(row, award)?
        .into_iter()
        .filter(|period| last.is_none_or(|last| period.from > last))
        .filter(|period| !period.has_ended(ctx.today()) || last.is_none())
        .take(AHEAD)
        .collect();
    list.extend(
        dues(ahead, &rule, award.nation)?
            .iter()
            .map(|(period, due)| Asked::ahead(period, due)),
    );
    Ok(list)
}

fn history(
    series: &[requirement::Model],
    forms: &HashMap<ReturnFormId, return_form::Model>,
    people: &HashMap<PersonId, String>,
) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for (n, row) in series.iter().enumerate() {
        let before = n.checked_sub(1).and_then(|n| series.get(n));
        changes.push(Change {
            applies_from: row.applies_from,
            what: match before {
                None => vec!["Stated.".to_owned()],
                Some(before) => differences(before, row, forms)?,
            },
            reason: row.reason.clone(),
            by: row
                .created_by
                .and_then(|id| people.get(&id).cloned())
                .unwrap_or_else(|| "Tributary".to_owned()),
            at: row.created_at,
        });
    }
    changes.reverse();
    Ok(changes)
}

fn differences(
    before: &requirement::Model,
    now: &requirement::Model,
    forms: &HashMap<ReturnFormId, return_form::Model>,
) -> Result<Vec<String>> {
    let mut what = Vec::new();
    let mut say = |changed: bool, words: String| {
        if changed {
            what.push(words);
        }
    };
    say(
        before.form_id != now.form_id,
        format!(
            "The form was {}, and is {}.",
            form_name(forms, before.form_id),
            form_name(forms, now.form_id)
        ),
    );
    say(
        before.name != now.name,
        format!(
            "It was called “{}”, and is called “{}”.",
            before.name, now.name
        ),
    );
    say(
        before.period_months != now.period_months,
        format!(
            "A period was {} months long, and is {}.",
            before.period_months, now.period_months
        ),
    );
    let words = |row: &requirement::Model| -> Result<String> {
        let rule: DeadlineRule = serde_json::from_value(row.due_rule.clone())?;
        Ok(rule.in_words())
    };
    say(
        before.due_rule != now.due_rule,
        format!(
            "It was due: {}. It is due: {}.",
            words(before)?,
            words(now)?
        ),
    );
    say(
        before.anchor_on != now.anchor_on,
        format!(
            "The form’s grid began on {}, and begins on {}.",
            date_without_weekday(before.anchor_on),
            date_without_weekday(now.anchor_on)
        ),
    );
    for (was, is, board) in [
        (
            before.needs_trustees,
            now.needs_trustees,
            "The Trustee Board",
        ),
        (
            before.needs_committee,
            now.needs_committee,
            "The Recovery Advisory Committee",
        ),
    ] {
        say(
            was != is,
            format!(
                "{board} {} agree.",
                if is { "must" } else { "need no longer" }
            ),
        );
    }
    let offices = |row: &requirement::Model| -> Result<Vec<String>> {
        Ok(store::signatures(row)?
            .into_iter()
            .map(|signature| signature.office)
            .collect())
    };
    let (was, is) = (offices(before)?, offices(now)?);
    say(
        was != is,
        format!(
            "It was signed by {}; now by {}.",
            was.join(", then "),
            is.join(", then ")
        ),
    );
    say(
        was == is && worded(before)? != worded(now)?,
        "The words that are signed have changed.".to_owned(),
    );
    say(
        before.variance_bp != now.variance_bp,
        "The variance that needs an explanation has changed.".to_owned(),
    );
    if what.is_empty() {
        what.push("Nothing but the reason.".to_owned());
    }
    Ok(what)
}

/// The words of each office, whoever holds it.
fn worded(row: &requirement::Model) -> Result<Vec<String>> {
    Ok(store::signatures(row)?
        .into_iter()
        .map(|one| one.words)
        .collect())
}

/// Who may hold the parts of a return.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Who may prepare and send.
    pub officers: Vec<Part>,
    /// Who may certify.
    pub certifiers: Vec<Part>,
}

/// People who may hold the parts of a return, by name.
pub async fn who_may(db: &Db, ctx: &Ctx) -> Result<Who> {
    ctx.require(Operation::CreateRequirement)?;
    let held = held_on(ctx.today())
        .filter(membership::Column::Role.is_in([
            Role::GrantsOfficer,
            Role::FinanceOfficer,
            Role::Certifier,
        ]))
        .all(db.read())
        .await?;
    let mut people: Vec<Part> = person::Entity::find()
        .filter(person::Column::Id.is_in(held.iter().map(|row| row.person_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|person| Part {
            id: person.id,
            display_name: person.display_name,
        })
        .collect();
    people.sort_by(|a, b| a.display_name.cmp(&b.display_name));
    let those = |wanted: &[Role]| {
        people
            .iter()
            .filter(|person| {
                held.iter()
                    .any(|row| row.person_id == person.id && wanted.contains(&row.role))
            })
            .cloned()
            .collect()
    };
    Ok(Who {
        officers: those(&[Role::GrantsOfficer, Role::FinanceOfficer]),
        certifiers: those(&[Role::Certifier]),
    })
}

/// The deadlines that a requirement would have, before it is recorded.
pub async fn look_ahead(db: &Db, ctx: &Ctx, new: &NewRequirement) -> Result<Vec<Asked>> {
    ctx.require(Operation::CreateRequirement)?;
    let award = award::Entity::find_by_id(new.award_id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    sees(ctx, &award)?;
    let all = upcoming(new, award.ends_on, award.nation)?;
    if all.is_empty() {
        return Err(Error::invalid(
            "/first_period_from",
            "after-the-award",
            "The first period begins after the award ends.",
        ));
    }
    Ok(all
        .iter()
        .map(|(period, due)| Asked::ahead(period, due))
        .collect())
}
