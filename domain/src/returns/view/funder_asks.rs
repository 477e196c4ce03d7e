//! What a funder asked to be changed in what it was sent.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    GrantReturnId, OrganisationId, PersonId, ReturnEventKind, ReturnState, award, grant_return,
    return_event,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use serde::Serialize;

use crate::access::rules::{Operation, Sight, sight};
use crate::returns::rules::life::{Detail, FunderSaid, Life, Remark};
use crate::returns::store;
use crate::{Ctx, Db, Result, organisations};

/// Most characters of a reason.
const LONGEST: usize = 2_000;

/// The funder asked for changes in what it was sent last, and was sent nothing since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FunderAsks {
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
    /// Who recorded it; not for funders.
    pub by: Option<String>,
    /// Whether the funder's own officer recorded it.
    pub by_funder: bool,
    /// What has to change, or why.
    pub reason: String,
    /// More, by question or section.
    pub remarks: Vec<Remark>,
}

impl FunderAsks {
    /// The same in one text: as the reason for which the return is opened and sent again.
    #[must_use]
    pub fn as_reason(&self) -> String {
        let mut text = format!("The funder asked for changes: {}", self.reason);
        for remark in &self.remarks {
            text.push_str(&format!("\n{}: {}", remark.label, remark.words));
        }
        if text.chars().count() > LONGEST {
            text = text.chars().take(LONGEST.saturating_sub(1)).collect();
            text.push('…');
        }
        text
    }
}

/// What the funder asked, if that is what it said last.
pub(super) fn funder_asks(
    life: &Life,
    events: &[return_event::Model],
    names: &HashMap<PersonId, String>,
    inside: bool,
) -> Result<Option<FunderAsks>> {
    if life.funder != Some(FunderSaid::AskedForChanges) {
        return Ok(None);
    }
    let last = events
        .iter()
        .rev()
        .find(|event| event.kind == ReturnEventKind::FunderAskedForChanges);
    let Some(event) = last else { return Ok(None) };
    let detail: Detail = event
        .detail
        .clone()
        .map(serde_json::from_value)
        .transpose()?
        .unwrap_or_default();
    Ok(Some(FunderAsks {
        at: event.at,
        by: event
            .by_person
            .filter(|_| inside)
            .and_then(|id| names.get(&id).cloned()),
        by_funder: detail.by_funder,
        reason: event.reason.clone().unwrap_or_default(),
        remarks: detail.remarks,
    }))
}

/// A return that was sent, of which the funder asks for changes, and that nobody has opened again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AskedByFunder {
    /// The return.
    pub id: GrantReturnId,
    /// "Quarterly return, April to June 2026".
    pub title: String,
    /// The award's title.
    pub award: String,
    /// The funder's name.
    pub funder: String,
    /// When it was asked (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
    /// What has to change, or why.
    pub reason: String,
}

/// The returns of which funders ask for changes, for those who prepare returns or open them again; the
/// longest asked first.
pub(super) async fn asked_by_funders(db: &Db, ctx: &Ctx) -> Result<Vec<AskedByFunder>> {
    let may = [Operation::ReopenReturn, Operation::AnswerField]
        .into_iter()
        .any(|operation| ctx.require(operation).is_ok());
    if !may || sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    let asked = return_event::Entity::find()
        .select_only()
        .column(return_event::Column::ReturnId)
        .filter(return_event::Column::Kind.eq(ReturnEventKind::FunderAskedForChanges));
    let rows = grant_return::Entity::find()
        .filter(grant_return::Column::State.eq(ReturnState::Submitted))
        .filter(grant_return::Column::Id.in_subquery(asked.into_query()))
        .all(db.read())
        .await?;
    let funders: Vec<OrganisationId> = award::Entity::find()
        .filter(award::Column::Id.is_in(rows.iter().map(|row| row.award_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| row.funder_id)
        .collect();
    let funders = organisations::view::names(db, funders).await?;
    let mut found = Vec::new();
    for row in rows {
        let record = store::record(db.read(), row.id).await?;
        let events = store::events(db.read(), row.id).await?;
        let life = store::fold_rows(&events)?;
        if let Some(asks) = funder_asks(&life, &events, &HashMap::new(), true)? {
            found.push(AskedByFunder {
                id: row.id,
                title: record.title(),
                funder: funders
                    .get(&record.award.funder_id)
                    .cloned()
                    .unwrap_or_default(),
                award: record.award.title,
                at: asks.at,
                reason: asks.reason,
            });
        }
    }
    found.sort_by_key(|one| (one.at, one.id));
    Ok(found)
}
