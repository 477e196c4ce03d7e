//! What changed since a return was sent back: whoever reads it again reads only that.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    Board, FieldKind, FormFieldId, PersonId, ReturnEventKind, Role, membership, return_answer,
    return_event,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;
use serde_json::Value;

use crate::access::names_of;
use crate::forms::store::Form;
use crate::returns::ops::{AnswerValue, reason_of};
use crate::returns::rules::changes::changed;
use crate::returns::store::{self, Record, Standing};
use crate::{Db, Result};

/// A return was sent back, and what of it is another since.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SentBack {
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
    /// Who sent it back.
    pub by: Option<String>,
    /// What had to change.
    pub reason: Option<String>,
    /// The answers that are others now, in the order of the form.
    pub changed: Vec<ChangedAnswer>,
}

/// An answer that is another now than when the return was sent back.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ChangedAnswer {
    /// The field's key.
    pub key: String,
    /// The question.
    pub label: String,
    /// What kind of answer.
    pub kind: FieldKind,
    /// Sheet and cell.
    pub place: String,
    /// As it stood; null where there was none.
    #[schema(value_type = Option<AnswerValue>)]
    pub before: Value,
    /// As it stands; null where there is none.
    #[schema(value_type = Option<AnswerValue>)]
    pub after: Value,
    /// Who typed it, or took a typed one back; none where newer facts changed the drafted one.
    pub by: Option<String>,
    /// Why a typed figure stands for the drafted one, if it does.
    pub reason: Option<String>,
}

/// What changed since a certifier last sent the return back, or else anybody. None where nobody
/// did. Who prepares it and takes it back themselves resets nothing that a certifier has yet to
/// read.
pub(super) async fn sent_back(
    db: &Db,
    record: &Record,
    form: &Form,
    events: &[return_event::Model],
) -> Result<Option<SentBack>> {
    // What was sent back before the return was sent is done with.
    let opened = events
        .iter()
        .filter(|event| event.kind == ReturnEventKind::Reopened)
        .map(|event| event.seq)
        .max();
    let back: Vec<&return_event::Model> = events
        .iter()
        .filter(|event| opened.is_none_or(|opened| event.seq > opened))
        .filter(|event| event.kind == ReturnEventKind::ChangesRequested)
        .collect();
    let Some(last) = back.last() else {
        return Ok(None);
    };
    let who = back.iter().filter_map(|event| event.by_person);
    let certifiers = certifiers(db, record, who).await?;
    let event = back
        .iter()
        .rev()
        .find(|event| event.by_person.is_some_and(|by| certifiers.contains(&by)))
        .unwrap_or(last);
    let rows = store::written(db.read(), record.row.id).await?;
    let now = store::standing(rows.iter().filter(|row| row.superseded_at.is_none()));
    let then = store::standing(rows.iter().filter(|row| stood_at(row, event.at)));
    let (before, after) = (store::by_key(form, &then), store::by_key(form, &now));
    let names = names_of(
        db,
        rows.iter()
            .flat_map(|row| [row.entered_by, row.taken_back_by])
            .chain([event.by_person])
            .flatten(),
    )
    .await?;
    let name = |id: Option<PersonId>| names.get(&id?).cloned();
    let changed = changed(form, &before, &after)
        .into_iter()
        .map(|one| {
            let stands = |at: &HashMap<FormFieldId, Standing>| {
                at.get(&one.field.id)
                    .and_then(|standing| standing.typed.clone())
            };
            let typed = stands(&now);
            let by = match (&typed, stands(&then)) {
                (Some(row), _) => row.entered_by,
                // What was typed then is gone: whoever took the last typed one back.
                (None, Some(_)) => rows
                    .iter()
                    .filter(|row| row.field_id == one.field.id && row.taken_back_by.is_some())
                    .max_by_key(|row| row.superseded_at)
                    .and_then(|row| row.taken_back_by),
                (None, None) => None,
            };
            ChangedAnswer {
                key: one.field.key.clone(),
                label: one.field.label.clone(),
                kind: one.field.kind,
                place: format!("{}!{}", one.field.sheet, one.field.cell),
                before: one.before,
                after: one.after,
                by: name(by),
                reason: typed.as_ref().and_then(reason_of),
            }
        })
        .collect();
    Ok(Some(SentBack {
        at: event.at,
        by: name(event.by_person),
        reason: event.reason.clone(),
        changed,
    }))
}

/// Whether an answer stood at an instant.
fn stood_at(row: &return_answer::Model, at: DateTime<Utc>) -> bool {
    row.entered_at <= at && row.superseded_at.is_none_or(|until| until > at)
}

/// Of some people, those who certify, or once certified, for the award's accountable body.
async fn certifiers(
    db: &Db,
    record: &Record,
    people: impl Iterator<Item = PersonId>,
) -> Result<HashSet<PersonId>> {
    Ok(membership::Entity::find()
        .select_only()
        .column(membership::Column::PersonId)
        .filter(membership::Column::Role.eq(Role::Certifier))
        .filter(membership::Column::OrganisationId.eq(record.award.accountable_body_id))
        .filter(membership::Column::PersonId.is_in(people))
        .into_tuple()
        .all(db.read())
        .await?
        .into_iter()
        .collect())
}

/// Boards agreed to an earlier version, and are asked anew.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AskedAgain {
    /// The version that a board agreed to last.
    pub revision: i32,
    /// Which boards agreed to it, when and where that is minuted.
    pub agreed: Vec<AgreedBefore>,
    /// Why that agreement no longer stands, as somebody said.
    pub reason: Option<String>,
    /// The answers that are others in the version that waits now, in the order of the form.
    pub changed: Vec<ChangedAnswer>,
}

/// A board's agreement to an earlier version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AgreedBefore {
    /// Which board.
    pub board: Board,
    /// London date of the decision.
    pub agreed_on: NaiveDate,
    /// Where it is minuted.
    pub minute: String,
}

/// Why boards are asked again, and what is another since they agreed. None where none has agreed
/// to an earlier version.
pub(super) async fn asked_again(
    db: &Db,
    record: &Record,
    form: &Form,
    events: &[return_event::Model],
    offered: i32,
) -> Result<Option<AskedAgain>> {
    let id = record.row.id;
    let approvals = store::approvals(db.read(), id).await?;
    let Some(revision) = approvals
        .iter()
        .map(|approval| approval.revision)
        .filter(|revision| *revision < offered)
        .max()
    else {
        return Ok(None);
    };
    let answers = async |number: i32| -> Result<BTreeMap<String, Value>> {
        let row = store::revision(db.read(), id, number).await?;
        Ok(serde_json::from_value(row.answers)?)
    };
    let (before, after) = (answers(revision).await?, answers(offered).await?);
    let agreed_at = events
        .iter()
        .filter(|event| {
            event.kind == ReturnEventKind::BoardAgreed && event.revision == Some(revision)
        })
        .map(|event| event.seq)
        .max();
    let reason = events
        .iter()
        .filter(|event| agreed_at.is_none_or(|seq| event.seq > seq))
        .find(|event| {
            matches!(
                event.kind,
                ReturnEventKind::ChangesRequested
                    | ReturnEventKind::ApprovalsVoided
                    | ReturnEventKind::Reopened
            )
        })
        .and_then(|event| event.reason.clone());
    Ok(Some(AskedAgain {
        revision,
        agreed: approvals
            .into_iter()
            .filter(|approval| approval.revision == revision)
            .map(|approval| AgreedBefore {
                board: approval.board,
                agreed_on: approval.agreed_on,
                minute: approval.minute,
            })
            .collect(),
        reason,
        changed: changed(form, &before, &after)
            .into_iter()
            .map(|one| ChangedAnswer {
                key: one.field.key.clone(),
                label: one.field.label.clone(),
                kind: one.field.kind,
                place: format!("{}!{}", one.field.sheet, one.field.cell),
                before: one.before,
                after: one.after,
                by: None,
                reason: None,
            })
            .collect(),
    }))
}
