//! Answers: drafted from the facts, or typed by a person. The newest of each stands; a typed one
//! stands before a drafted one.

use std::collections::{BTreeMap, HashMap};

use entity::{
    AnswerSource, FormFieldId, GrantReturnId, ReturnEventKind, ReturnState, grant_return,
    reason_taken_back, return_answer, return_event, silenced_finding,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde_json::Value;

use crate::Result;
use crate::forms::store::Form;
use crate::returns::rules::life::{Detail, LetStand};

/// What stands for one field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    pub typed: Option<return_answer::Model>,
    pub drafted: Option<return_answer::Model>,
}

impl Standing {
    /// The row that stands.
    pub(crate) fn row(&self) -> Option<&return_answer::Model> {
        self.typed.as_ref().or(self.drafted.as_ref())
    }

    /// The value that stands; null when there is none.
    pub(crate) fn value(&self) -> Value {
        self.row().map_or(Value::Null, |row| row.value.clone())
    }

    /// Whether a person typed something else over a drafted value.
    pub(crate) fn is_overridden(&self) -> bool {
        match (&self.typed, &self.drafted) {
            (Some(typed), Some(drafted)) => {
                !drafted.value.is_null() && typed.value != drafted.value
            }
            _ => false,
        }
    }
}

/// What stands, by field.
pub(crate) async fn answers(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
) -> Result<HashMap<FormFieldId, Standing>> {
    let rows = return_answer::Entity::find()
        .filter(return_answer::Column::ReturnId.eq(id))
        .filter(return_answer::Column::SupersededAt.is_null())
        .all(conn)
        .await?;
    Ok(standing(&rows))
}

/// Every answer that was ever drafted or typed.
pub(crate) async fn written(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
) -> Result<Vec<return_answer::Model>> {
    Ok(return_answer::Entity::find()
        .filter(return_answer::Column::ReturnId.eq(id))
        .all(conn)
        .await?)
}

/// What stands for each field, of answers that stood at one moment.
pub(crate) fn standing<'a>(
    rows: impl IntoIterator<Item = &'a return_answer::Model>,
) -> HashMap<FormFieldId, Standing> {
    let mut standing: HashMap<FormFieldId, Standing> = HashMap::new();
    for row in rows {
        let entry = standing.entry(row.field_id).or_default();
        match row.source {
            AnswerSource::Typed => entry.typed = Some(row.clone()),
            AnswerSource::Drafted => entry.drafted = Some(row.clone()),
        }
    }
    standing
}

/// The values that stand, by field key; empty ones left out.
pub(crate) fn by_key(
    form: &Form,
    standing: &HashMap<FormFieldId, Standing>,
) -> BTreeMap<String, Value> {
    form.fields
        .iter()
        .filter_map(|field| {
            let value = standing.get(&field.id)?.value();
            (!value.is_null()).then(|| (field.key.clone(), value))
        })
        .collect()
}

/// Why findings of a return may stand, as far as it still counts, the newest last. What was said
/// before the return was opened again is about what was sent then: it is asked anew. So is what was
/// taken back.
pub(crate) async fn silenced(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
) -> Result<Vec<silenced_finding::Model>> {
    let opened = return_event::Entity::find()
        .filter(return_event::Column::ReturnId.eq(id))
        .filter(return_event::Column::Kind.eq(ReturnEventKind::Reopened))
        .order_by_desc(return_event::Column::Seq)
        .one(conn)
        .await?;
    let taken_back = reason_taken_back::Entity::find()
        .select_only()
        .column(reason_taken_back::Column::SilencedId)
        .into_query();
    let mut rows = silenced_finding::Entity::find()
        .filter(silenced_finding::Column::ReturnId.eq(id))
        .filter(silenced_finding::Column::Id.not_in_subquery(taken_back))
        .order_by_asc(silenced_finding::Column::Id)
        .all(conn)
        .await?;
    // Ids are in the order in which rows came to be, also of one instant.
    rows.retain(|row| opened.as_ref().is_none_or(|event| row.id > event.id));
    Ok(rows)
}

/// What was let stand when a return was last offered; none while it is open, and none of an offer
/// from before this was kept.
pub(crate) async fn let_stand(
    conn: &impl ConnectionTrait,
    row: &grant_return::Model,
) -> Result<Option<Vec<LetStand>>> {
    let offered = match row.state {
        ReturnState::AwaitingApproval
        | ReturnState::AwaitingCertification
        | ReturnState::Certified
        | ReturnState::Submitted
        | ReturnState::Accepted => true,
        ReturnState::Scheduled
        | ReturnState::Drafted
        | ReturnState::InReview
        | ReturnState::ChangesRequested
        | ReturnState::NotRequired => false,
    };
    if !offered {
        return Ok(None);
    }
    let offer = return_event::Entity::find()
        .filter(return_event::Column::ReturnId.eq(row.id))
        .filter(return_event::Column::Kind.eq(ReturnEventKind::SentForCertification))
        .order_by_desc(return_event::Column::Seq)
        .one(conn)
        .await?;
    let detail: Option<Detail> = offer
        .and_then(|event| event.detail)
        .map(serde_json::from_value)
        .transpose()?;
    Ok(detail.and_then(|detail| detail.let_stand))
}
