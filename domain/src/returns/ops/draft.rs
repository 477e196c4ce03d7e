//! Drafting: every return whose period has ended exists, filled in. A reconciler: it looks at
//! what is due and not yet done, so downtime loses nothing and running it twice changes nothing.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    AnswerSource, CostCategoryId, FormFieldId, GrantReturnId, RequirementId, ReturnEventKind,
    ReturnState, award, cost_category, grant_return, requirement, return_answer,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Stands, asked, problems, revise, stands};
use crate::access::rules::Operation;
use crate::attribution::Moved;
use crate::deadlines::rules::{DeadlineRule, Period};
use crate::forms::store::{self as forms, Form};
use crate::returns::rules::findings::Overtaken;
use crate::returns::rules::life::{Detail, Event};
use crate::returns::rules::measures::{self, Drafted, SpendSum, is_sign_off};
use crate::returns::rules::{answers::check_value, content_hash, words};
use crate::returns::store::{self, Record, Standing};
use crate::returns::workbook::Workbooks;
use crate::{Command, Ctx, Db, Error, Result, Tx, closures, deadlines};

/// Rows of one insert: below the number of values that a statement may bind.
const ROWS: usize = 500;

/// What one run of the reconciler did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftReport {
    /// Returns that came into being.
    pub scheduled: u32,
    /// Returns that were filled in.
    pub drafted: u32,
    /// Drafts that took newer facts in.
    pub refreshed: u32,
    /// What went wrong, each about one requirement; the others were not held up.
    pub problems: Vec<(RequirementId, String)>,
}

/// Schedules, drafts and refreshes every return that needs it.
pub async fn draft_due(db: &Db, ctx: &Ctx, workbooks: &Workbooks) -> Result<DraftReport> {
    ctx.require(Operation::DraftReturn)?;
    let mut report = DraftReport::default();
    let requirements = requirement::Entity::find()
        .order_by_asc(requirement::Column::Id)
        .all(db.read())
        .await?;
    for requirement in requirements {
        let id = requirement.id;
        match one_requirement(db, ctx, workbooks, requirement, &mut report).await {
            Ok(()) => {}
            // The database is away, or another worker holds the lease: nothing of this
            // requirement's making.
            Err(error @ (Error::Unavailable { .. } | Error::NotAllowed(_))) => return Err(error),
            Err(Error::Refused {
                rule: "lease-lost",
                detail,
            }) => {
                return Err(Error::refused("lease-lost", detail));
            }
            Err(error) => {
                tracing::error!(requirement = %id, %error, "a return could not be drafted");
                report.problems.push((id, problems::in_words(&error)));
            }
        }
    }
    Ok(report)
}

async fn one_requirement(
    db: &Db,
    ctx: &Ctx,
    workbooks: &Workbooks,
    requirement: requirement::Model,
    report: &mut DraftReport,
) -> Result<()> {
    let award = award::Entity::find_by_id(requirement.award_id)
        .one(db.read())
        .await?
        .ok_or_else(|| Error::internal("a requirement without its award"))?;
    let rule: DeadlineRule = serde_json::from_value(requirement.due_rule.clone())?;
    let today = ctx.today();
    let begun: Vec<Period> = asked(&requirement, &award)?
        .into_iter()
        .filter(|period| period.from <= today)
        .collect();
    // What an award that is closed was not asked yet, it is not asked any more.
    let closed = closures::store::is_closed(db.read(), award.id).await?;
    let there: HashMap<_, _> = grant_return::Entity::find()
        .filter(grant_return::Column::RequirementId.eq(requirement.id))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.period_from, row))
        .collect();
    let mut problem = None;
    for period in begun {
        if closed && !there.contains_key(&period.from) {
            continue;
        }
        let stood = problems::standing(db, requirement.id, period.from).await?;
        let done = async {
            let (id, state) = match there.get(&period.from) {
                Some(row) => (row.id, row.state),
                None => {
                    let id = schedule(db, ctx, &requirement, &award, &rule, period).await?;
                    report.scheduled = report.scheduled.saturating_add(1);
                    (id, ReturnState::Scheduled)
                }
            };
            let changed = match state {
                ReturnState::Scheduled if period.has_ended(today) => {
                    take_in(db, ctx, Operation::DraftReturn, id, None, true).await?;
                    report.drafted = report.drafted.saturating_add(1);
                    true
                }
                ReturnState::Drafted | ReturnState::ChangesRequested => {
                    let record = store::record(db.read(), id).await?;
                    let refreshed = store::newer_facts(db.read(), &record).await?
                        && take_in(db, ctx, Operation::DraftReturn, id, None, false)
                            .await?
                            .1;
                    if refreshed {
                        report.refreshed = report.refreshed.saturating_add(1);
                    }
                    // A draft whose workbook could not be filled is tried again.
                    refreshed || record.row.revision == 0 || stood.is_some()
                }
                _ => false,
            };
            if changed {
                let built =
                    revise::build_as(db, ctx, Operation::DraftReturn, workbooks, id).await?;
                return Ok(problems::without_a_place(&built.findings));
            }
            Ok::<Option<String>, Error>(None)
        }
        .await;
        let lost = match done {
            Ok(lost) => lost,
            // Somebody changed it meanwhile: the next run looks again.
            Err(Error::Stale) => continue,
            Err(
                error @ (Error::Unavailable { .. }
                | Error::Refused {
                    rule: "lease-lost", ..
                }),
            ) => return Err(error),
            Err(error) => {
                let words = problems::in_words(&error);
                problems::note(db, ctx, requirement.id, period.from, Some(&words)).await?;
                problem = Some(error);
                continue;
            }
        };
        problems::note(db, ctx, requirement.id, period.from, lost.as_deref()).await?;
    }
    problem.map_or(Ok(()), Err)
}

/// A return comes into being with its period, so that its deadline can be seen beforehand.
async fn schedule(
    db: &Db,
    ctx: &Ctx,
    requirement: &requirement::Model,
    award: &award::Model,
    rule: &DeadlineRule,
    period: Period,
) -> Result<GrantReturnId> {
    let due = rule
        .due(&period, award.nation)
        .map_err(|problem| Error::refused("deadline-rule", problem.to_string()))?;
    db.write(
        ctx,
        Command::on(Operation::DraftReturn, "requirement", requirement.id),
        async |tx| {
            tx.lock("award", award.id).await?;
            let twin = grant_return::Entity::find()
                .filter(grant_return::Column::RequirementId.eq(requirement.id))
                .filter(grant_return::Column::PeriodFrom.eq(period.from))
                .one(tx.conn())
                .await?;
            if let Some(twin) = twin {
                return Ok(twin.id);
            }
            // What is asked may have changed since it was read.
            let asks_still = requirement::Entity::find_by_id(requirement.id)
                .one(tx.conn())
                .await?
                .is_some_and(|now| now.ends_before.is_none_or(|end| period.from < end));
            if !asks_still || closures::store::is_closed(tx.conn(), award.id).await? {
                return Err(Error::Stale);
            }
            let id = GrantReturnId::new();
            let row = grant_return::ActiveModel {
                id: Set(id),
                requirement_id: Set(requirement.id),
                award_id: Set(award.id),
                form_id: Set(requirement.form_id),
                period_from: Set(period.from),
                period_to: Set(period.to),
                state: Set(ReturnState::Scheduled),
                revision: Set(0),
                drafted_seq: Set(0),
                drafted_at: Set(None),
                rests_on: Set(String::new()),
                version: Set(1),
                created_at: Set(tx.now()),
            }
            .insert(tx.conn())
            .await?;
            let record = Record {
                row,
                requirement: requirement.clone(),
                award: award.clone(),
            };
            deadlines::ops::open(tx, id, award.id, &record.title(), &due).await?;
            let scheduled = Event {
                kind: ReturnEventKind::Scheduled,
                revision: None,
                detail: Detail::default(),
            };
            store::append_event(tx, id, None, scheduled, None).await?;
            tx.subject("grant_return", id);
            tx.note("period_from", period.from.to_string());
            tx.note("due_on", due.on.to_string());
            Ok(id)
        },
    )
    .await
}

/// Takes the newest facts into a draft, on a person's word. A changed figure voids what boards
/// have agreed.
pub async fn refresh(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::RefreshReturn)?;
    Ok(
        take_in(db, ctx, Operation::RefreshReturn, id, expected, false)
            .await?
            .0,
    )
}

/// What drafting read and worked out before its transaction.
struct Snapshot {
    version: i64,
    seq: i64,
    at: DateTime<Utc>,
    rests_on: String,
    values: Vec<(FormFieldId, Option<Drafted>)>,
}

async fn work_out(
    conn: &impl ConnectionTrait,
    at: DateTime<Utc>,
    form: &Form,
    record: &Record,
) -> Result<Snapshot> {
    let seq = store::moment(conn).await?;
    let facts = store::facts(conn, record, form, seq, at).await?;
    let span = record.span();
    let loaded = store::loaded(conn, record.award.id, span.from, span.to, seq).await?;
    let mut values = Vec::new();
    for field in form.fields.iter().filter(|field| field.binding.is_some()) {
        let drafted = measures::draft(form, field, &facts, &span)
            // A record that does not fit the field's kind is left to a person.
            .filter(|drafted| check_value(field.kind, &drafted.value).is_ok());
        values.push((field.id, drafted));
    }
    Ok(Snapshot {
        version: record.row.version,
        seq,
        at,
        rests_on: words::rests_on(loaded.to, &loaded.open_months),
        values,
    })
}

/// Answers that stand as they were drafted and that newer facts would make others. Nothing of a
/// return that is not drafted yet, or that is certified: that stays as it was signed. What a
/// person typed stands whatever the facts say.
pub(crate) async fn overtaken(
    conn: &impl ConnectionTrait,
    at: DateTime<Utc>,
    form: &Form,
    record: &Record,
) -> Result<Vec<Overtaken>> {
    let goes_on = match record.row.state {
        ReturnState::Drafted
        | ReturnState::InReview
        | ReturnState::ChangesRequested
        | ReturnState::AwaitingApproval
        | ReturnState::AwaitingCertification => true,
        ReturnState::Scheduled
        | ReturnState::Certified
        | ReturnState::Submitted
        | ReturnState::Accepted
        | ReturnState::NotRequired => false,
    };
    if !goes_on || !store::newer_facts(conn, record).await? {
        return Ok(Vec::new());
    }
    let standing = store::answers(conn, record.row.id).await?;
    let none = Standing::default();
    let now: HashMap<FormFieldId, Value> = work_out(conn, at, form, record)
        .await?
        .values
        .into_iter()
        .map(|(id, drafted)| (id, drafted.map_or(Value::Null, |drafted| drafted.value)))
        .collect();
    Ok(form
        .fields
        .iter()
        .filter(|field| !is_sign_off(field))
        .filter_map(|field| {
            let stands = standing.get(&field.id).unwrap_or(&none);
            let now = now.get(&field.id)?;
            let then = stands
                .drafted
                .as_ref()
                .map_or(Value::Null, |row| row.value.clone());
            (stands.typed.is_none() && then != *now).then(|| Overtaken {
                key: field.key.clone(),
                stands: then,
                now: now.clone(),
            })
        })
        .collect())
}

/// Whether a return that boards or officers have before them waits for whoever prepares it instead:
/// newer facts would make its figures others, so that nobody can sign it as it is.
pub(crate) async fn waits_for_preparer(
    conn: &impl ConnectionTrait,
    at: DateTime<Utc>,
    record: &Record,
) -> Result<bool> {
    let offered = matches!(
        record.row.state,
        ReturnState::AwaitingApproval | ReturnState::AwaitingCertification
    );
    if !offered || !store::newer_facts(conn, record).await? {
        return Ok(false);
    }
    let form = forms::load(conn, record.row.form_id).await?;
    Ok(!overtaken(conn, at, &form, record).await?.is_empty())
}

/// Takes newer facts in that change no answer, so that what is offered says what it rests on today.
/// Those that change one are for a person to look at first.
pub(super) async fn take_in_unchanged(
    db: &Db,
    ctx: &Ctx,
    operation: Operation,
    id: GrantReturnId,
) -> Result<()> {
    let record = store::seen(db.read(), ctx, id).await?;
    if !store::newer_facts(db.read(), &record).await? {
        return Ok(());
    }
    let form = forms::load(db.read(), record.row.form_id).await?;
    if overtaken(db.read(), ctx.now(), &form, &record)
        .await?
        .is_empty()
    {
        take_in(db, ctx, operation, id, None, false).await?;
    }
    Ok(())
}

/// Drafts or refreshes. Says whether any answer changed.
async fn take_in(
    db: &Db,
    ctx: &Ctx,
    operation: Operation,
    id: GrantReturnId,
    expected: Option<i64>,
    first: bool,
) -> Result<(Stands, bool)> {
    let record = store::seen(db.read(), ctx, id).await?;
    record.expect(expected)?;
    let form = forms::load(db.read(), record.row.form_id).await?;
    let snapshot = work_out(db.read(), ctx.now(), &form, &record).await?;
    db.write(
        ctx,
        Command::on(operation, "grant_return", id),
        async |tx| {
            tx.lock("grant_return", id).await?;
            let now = store::record(tx.conn(), id).await?;
            now.expect(Some(snapshot.version))?;
            let life = store::life(tx.conn(), id).await?;
            if !first {
                life.may_change()?;
            }
            let before = store::answers(tx.conn(), id).await?;
            let hash_before = content_hash(&form.file_sha256, &store::by_key(&form, &before));
            let changed = write_drafted(tx, id, &snapshot, &before).await?;
            let mut row = now.row.into_active_model();
            row.drafted_seq = Set(snapshot.seq);
            row.drafted_at = Set(Some(snapshot.at));
            row.rests_on = Set(snapshot.rests_on.clone());
            row.update(tx.conn()).await?;
            let by = ctx.person_id();
            let event = |kind| Event {
                kind,
                revision: None,
                detail: Detail::default(),
            };
            if first {
                store::append_event(tx, id, by, event(ReturnEventKind::Drafted), None).await?;
            } else if changed > 0 {
                store::append_event(tx, id, by, event(ReturnEventKind::Refreshed), None).await?;
            }
            let after = store::answers(tx.conn(), id).await?;
            let hash_after = content_hash(&form.file_sha256, &store::by_key(&form, &after));
            if life.offered.is_some() && hash_before != hash_after {
                super::answer::void_offer(tx, id, by, &life, "Newer facts were taken in.").await?;
            }
            tx.note("changed_answers", changed);
            tx.note("rests_on", snapshot.rests_on.as_str());
            Ok((stands(tx, id).await?, changed > 0))
        },
    )
    .await
}

/// Supersedes drafted answers that changed and appends the new ones. Typed answers are not
/// touched. An answer whose value is the same keeps its row, and with it what it rests on.
async fn write_drafted(
    tx: &Tx,
    id: GrantReturnId,
    snapshot: &Snapshot,
    before: &HashMap<FormFieldId, Standing>,
) -> Result<usize> {
    let mut overtaken: Vec<Uuid> = Vec::new();
    let mut new = Vec::new();
    for (field_id, drafted) in &snapshot.values {
        let old = before
            .get(field_id)
            .and_then(|standing| standing.drafted.as_ref());
        let same = match (old, drafted) {
            (Some(old), Some(drafted)) => old.value == drafted.value,
            (None, None) => true,
            _ => false,
        };
        if same {
            continue;
        }
        overtaken.extend(old.map(|row| row.id));
        if let Some(drafted) = drafted {
            new.push(return_answer::ActiveModel {
                id: Set(Uuid::now_v7()),
                return_id: Set(id),
                field_id: Set(*field_id),
                source: Set(AnswerSource::Drafted),
                value: Set(drafted.value.clone()),
                basis: Set(Some(serde_json::to_value(&drafted.basis)?)),
                entered_by: Set(None),
                entered_at: Set(tx.now()),
                superseded_at: Set(None),
                taken_back_by: Set(None),
            });
        }
    }
    let changed = new.len().max(overtaken.len());
    for chunk in overtaken.chunks(ROWS) {
        return_answer::Entity::update_many()
            .col_expr(return_answer::Column::SupersededAt, Expr::value(tx.now()))
            .filter(return_answer::Column::Id.is_in(chunk.iter().copied()))
            .exec(tx.conn())
            .await?;
    }
    for chunk in new.chunks(ROWS) {
        return_answer::Entity::insert_many(chunk.to_vec())
            .exec(tx.conn())
            .await?;
    }
    Ok(changed)
}

/// The drafted values as they would be now, by field key: for what changed since a certification.
pub(crate) async fn as_now(
    db: &Db,
    ctx: &Ctx,
    form: &Form,
    record: &Record,
) -> Result<HashMap<String, Value>> {
    let snapshot = work_out(db.read(), ctx.now(), form, record).await?;
    Ok(snapshot
        .values
        .into_iter()
        .filter_map(|(id, drafted)| {
            let field = form.fields.iter().find(|field| field.id == id)?;
            Some((field.key.clone(), drafted?.value))
        })
        .collect())
}

/// How many figures of a return would be drafted otherwise, if its award paid for this as well.
pub(crate) async fn changed_by(
    db: &Db,
    ctx: &Ctx,
    record: &Record,
    moved: &[Moved],
) -> Result<u64> {
    let form = forms::load(db.read(), record.row.form_id).await?;
    let seq = store::moment(db.read()).await?;
    let facts = store::facts(db.read(), record, &form, seq, ctx.now()).await?;
    let slugs: HashMap<CostCategoryId, String> = cost_category::Entity::find()
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.slug))
        .collect();
    let mut then = facts.clone();
    then.spend.extend(moved.iter().filter_map(|one| {
        Some(SpendSum {
            on: one.on,
            capital: one.capital,
            category: slugs.get(&one.category)?.clone(),
            place: one.place.clone(),
            group: one.group.clone(),
            amount: one.amount,
        })
    }));
    let span = record.span();
    let changed = form
        .fields
        .iter()
        .filter(|field| field.binding.is_some())
        .filter(|field| {
            let value = |facts: &measures::Facts| {
                measures::draft(&form, field, facts, &span).map(|drafted| drafted.value)
            };
            value(&facts) != value(&then)
        })
        .count();
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}
