//! Deadlines as readers get them.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AwardId, DeadlineId, GrantReturnId, OrganisationId, ReturnState, award, deadline, grant_return,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use crate::access::rules::{Operation, Sight, sight};
use crate::calendar::rules::{due_in_words, when_in_words};
use crate::paging::{Cursor, Slice};
use crate::{Ctx, Db, Result, organisations};

/// A date by which a return must be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DeadlineView {
    /// The deadline.
    pub id: DeadlineId,
    /// The return that is due.
    pub return_id: GrantReturnId,
    /// The award.
    pub award_id: AwardId,
    /// The award's title.
    pub award: String,
    /// Who gives the money.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// What is due.
    pub title: String,
    /// London date.
    pub due_on: NaiveDate,
    /// The instant after which it is late (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub due_at: DateTime<Utc>,
    /// "Friday 30 October 2026, 5pm".
    pub due_in_words: String,
    /// "in 14 days", "3 days ago".
    pub when_in_words: String,
    /// Past its instant and not closed.
    pub overdue: bool,
    /// When it was met (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub closed_at: Option<DateTime<Utc>>,
    /// Where the return stands.
    pub state: ReturnState,
}

/// Which deadlines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Only those of this award.
    pub award: Option<AwardId>,
    /// Only those that are still open; all when false.
    pub open_only: bool,
    /// Only those due on or after this London date.
    pub from: Option<NaiveDate>,
    /// Only those due on or before this London date.
    pub until: Option<NaiveDate>,
    /// In which order.
    pub order: DeadlineOrder,
}

/// In which order deadlines are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum DeadlineOrder {
    /// The earliest first.
    #[default]
    #[serde(rename = "due_at")]
    Due,
    /// The latest first.
    #[serde(rename = "-due_at")]
    LastDue,
}

/// A part of the deadlines in an order.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    wanted: Wanted,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<DeadlineView>> {
    ctx.require(Operation::ReadDeadlines)?;
    let mut query = deadline::Entity::find();
    match sight(&ctx.actor) {
        Sight::All => {}
        // A funder has no view of what we have yet to do, only of what it was sent.
        Sight::Funders(_) | Sight::Nothing => return Ok(Slice::empty()),
    }
    if let Some(award) = wanted.award {
        query = query.filter(deadline::Column::AwardId.eq(award));
    }
    if wanted.open_only {
        query = query.filter(deadline::Column::ClosedAt.is_null());
    }
    if let Some(until) = wanted.until {
        query = query.filter(deadline::Column::DueOn.lte(until));
    }
    if let Some(from) = wanted.from {
        query = query.filter(deadline::Column::DueOn.gte(from));
    }
    let mut keyed = query.cursor_by((deadline::Column::DueAt, deadline::Column::Id));
    if wanted.order == DeadlineOrder::LastDue {
        keyed.desc();
    }
    if let Some(after) = after {
        keyed.after((after.instant(), DeadlineId(after.id)));
    }
    let rows = keyed.first(limit.saturating_add(1)).all(db.read()).await?;
    let rows = Slice::cut(rows, limit, |row| Cursor::at(row.due_at, row.id));
    let awards = award::Entity::find()
        .filter(award::Column::Id.is_in(rows.items.iter().map(|row| row.award_id)))
        .all(db.read())
        .await?;
    let states = grant_return::Entity::find()
        .filter(grant_return::Column::Id.is_in(rows.items.iter().map(|row| row.return_id)))
        .all(db.read())
        .await?;
    let funders = organisations::view::names(db, awards.iter().map(|row| row.funder_id)).await?;
    let items = rows
        .items
        .into_iter()
        .filter_map(|row| {
            let award = awards.iter().find(|award| award.id == row.award_id)?;
            let state = states.iter().find(|one| one.id == row.return_id)?.state;
            Some(DeadlineView {
                id: row.id,
                return_id: row.return_id,
                award_id: row.award_id,
                award: award.title.clone(),
                funder_id: award.funder_id,
                funder: funders.get(&award.funder_id).cloned().unwrap_or_default(),
                title: row.title,
                due_on: row.due_on,
                due_at: row.due_at,
                due_in_words: due_in_words(row.due_at),
                when_in_words: when_in_words(ctx.today(), row.due_on),
                overdue: row.closed_at.is_none() && ctx.now() > row.due_at,
                closed_at: row.closed_at,
                state,
            })
        })
        .collect();
    Ok(Slice {
        items,
        next: rows.next,
    })
}
