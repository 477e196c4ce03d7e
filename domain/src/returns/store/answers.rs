//! Answers: drafted from the facts, or typed by a person. The newest of each stands; a typed one
//! stands before a drafted one.

use std::collections::{BTreeMap, HashMap};

use entity::{AnswerSource, FormFieldId, GrantReturnId, return_answer, silenced_finding};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::Value;

use crate::Result;
use crate::forms::store::Form;

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

/// Silenced findings: code and place, with the reason.
pub(crate) async fn silenced(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
) -> Result<Vec<silenced_finding::Model>> {
    Ok(silenced_finding::Entity::find()
        .filter(silenced_finding::Column::ReturnId.eq(id))
        .all(conn)
        .await?)
}
