//! Returns in a list, by what needs attention.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AwardId, GrantReturnId, OrganisationId, RequirementId, ReturnFormId, ReturnState, award,
    deadline, grant_return, requirement,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::one::figures_changed;
use super::parts::{Readiness, readiness, waiting};
use crate::access::rules::{Operation, Sight, sight};
use crate::calendar::rules::{due_in_words, months_in_words, when_in_words};
use crate::deadlines::view::by_attention;
use crate::deadlines::whom::Whom;
use crate::forms::store::{self as forms, Form};
use crate::paging::{Cursor, Slice};
use crate::returns::ops::waits_for_preparer;
use crate::returns::rules::state_in_words;
use crate::returns::store::{self, Record};
use crate::{Ctx, Db, Error, Result, organisations};

/// Which returns.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReturnFilter {
    /// Only those of this award.
    pub award: Option<AwardId>,
    /// Only those of awards of this funder.
    pub funder: Option<OrganisationId>,
    /// Only those in this state.
    pub state: Option<ReturnState>,
    /// Only those that are not done with.
    pub open_only: bool,
}

/// In which order returns are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ReturnOrder {
    /// What needs attention first: not done with, by its deadline, the earliest first; then what is
    /// done with, the latest deadline first.
    #[default]
    #[serde(rename = "attention")]
    Attention,
    /// By deadline, the earliest first.
    #[serde(rename = "due_at")]
    Due,
    /// By deadline, the latest first.
    #[serde(rename = "-due_at")]
    LastDue,
}

/// Nothing is left to do for a return of these states.
const DONE_WITH: [ReturnState; 3] = [
    ReturnState::Submitted,
    ReturnState::Accepted,
    ReturnState::NotRequired,
];

impl ReturnOrder {
    fn place(self, due: &deadline::Model) -> Cursor {
        let at = due.due_at.timestamp();
        match self {
            Self::Attention => by_attention(due.due_at, due.closed_at.is_some(), due.subject_id),
            Self::Due => Cursor {
                key: at,
                id: due.subject_id,
            },
            Self::LastDue => Cursor {
                key: at.saturating_neg(),
                id: due.subject_id,
            },
        }
    }
}

/// A return in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ReturnSummary {
    /// The return.
    pub id: GrantReturnId,
    /// "Quarterly return, April to June 2026".
    pub title: String,
    /// The award.
    pub award_id: AwardId,
    /// The award's title.
    pub award: String,
    /// The funder's name.
    pub funder: String,
    /// "April to June 2026".
    pub period: String,
    /// First London date of the period.
    pub period_from: NaiveDate,
    /// Last London date of the period.
    pub period_to: NaiveDate,
    /// Where it stands.
    pub state: ReturnState,
    /// The same in words.
    pub state_in_words: String,
    /// London date by which it must be sent.
    pub due_on: NaiveDate,
    /// "Friday 30 October 2026, 5pm".
    pub due_in_words: String,
    /// "in 14 days", "3 days ago".
    pub when_in_words: String,
    /// Past its deadline and not sent.
    pub overdue: bool,
    /// How ready it is; nothing before it is drafted.
    pub readiness: Option<Readiness>,
    /// Whom it waits for: "Ola Brown, who prepares it"; empty when it is done with.
    pub waits_for: String,
    /// The same as what a list is narrowed by.
    #[serde(skip)]
    pub whom: Vec<Whom>,
    /// Whether newer facts would make figures others that boards or officers have before them: nobody
    /// can sign it as it is, and it waits for whoever prepares it to take it back.
    pub overtaken: bool,
    /// Of a return that is certified and not sent yet: how many figures would be others today.
    pub changed_figures: u64,
    /// Its version, for If-Match.
    pub version: i64,
    /// When its deadline is (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub due_at: DateTime<Utc>,
}

/// A part of the returns in an order. A page's place is kept by deadline and id, so that what is
/// drafted or sent meanwhile moves nothing else.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    filter: ReturnFilter,
    order: ReturnOrder,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<ReturnSummary>> {
    ctx.require(Operation::ReadReturns)?;
    let mut query = grant_return::Entity::find();
    let funders = match sight(&ctx.actor) {
        Sight::All => None,
        Sight::Funders(funders) => {
            query = query.filter(grant_return::Column::Id.in_subquery(store::once_sent()));
            Some(funders)
        }
        Sight::Nothing => return Ok(Slice::empty()),
    };
    let mut awards = award::Entity::find();
    if let Some(funders) = &funders {
        awards = awards.filter(award::Column::FunderId.is_in(funders.iter().copied()));
    }
    if let Some(id) = filter.award {
        awards = awards.filter(award::Column::Id.eq(id));
    }
    if let Some(id) = filter.funder {
        awards = awards.filter(award::Column::FunderId.eq(id));
    }
    let awards: HashMap<AwardId, award::Model> = awards
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    if funders.is_some() || filter.award.is_some() || filter.funder.is_some() {
        query = query.filter(grant_return::Column::AwardId.is_in(awards.keys().copied()));
    }
    let inside = funders.is_none();
    if let Some(state) = filter.state.filter(|_| inside) {
        query = query.filter(grant_return::Column::State.eq(state));
    }
    if filter.open_only && inside {
        query = query.filter(grant_return::Column::State.is_not_in(DONE_WITH));
    }
    let mut rows = query.all(db.read()).await?;
    let mut dues: HashMap<GrantReturnId, deadline::Model> = deadline::Entity::find()
        .filter(deadline::Column::ReturnId.is_in(rows.iter().map(|row| row.id)))
        .all(db.read())
        .await?
        .into_iter()
        .filter_map(|row| Some((row.return_id?, row)))
        .collect();
    if !inside {
        for row in rows.iter_mut().filter(|row| !store::is_sent(row.state)) {
            let Some(sent) = store::as_sent(db.read(), row.id).await? else {
                continue;
            };
            row.state = sent.life.state;
            if let Some(due) = dues.get_mut(&row.id) {
                due.closed_at = Some(sent.sending.recorded_at);
            }
        }
        rows.retain(|row| {
            filter.state.is_none_or(|state| row.state == state)
                && !(filter.open_only && DONE_WITH.contains(&row.state))
        });
    }
    let mut ordered: Vec<(Cursor, grant_return::Model, deadline::Model)> = rows
        .into_iter()
        .filter_map(|row| {
            let due = dues.get(&row.id).cloned()?;
            Some((order.place(&due), row, due))
        })
        .filter(|(place, _, _)| after.is_none_or(|after| *place > after))
        .collect();
    ordered.sort_by_key(|(place, _, _)| *place);
    ordered.truncate(usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX));
    let page = Slice::cut(ordered, limit, |(place, _, _)| *place);
    let requirements: HashMap<RequirementId, requirement::Model> = requirement::Entity::find()
        .filter(
            requirement::Column::Id.is_in(page.items.iter().map(|(_, row, _)| row.requirement_id)),
        )
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let names = organisations::view::names(db, awards.values().map(|row| row.funder_id)).await?;
    let mut loaded: HashMap<ReturnFormId, Form> = HashMap::new();
    let mut list = Vec::with_capacity(page.items.len());
    for (_, row, due) in page.items {
        let (Some(requirement), Some(award)) = (
            requirements.get(&row.requirement_id),
            awards.get(&row.award_id),
        ) else {
            continue;
        };
        if let std::collections::hash_map::Entry::Vacant(unread) = loaded.entry(row.form_id) {
            unread.insert(forms::load(db.read(), row.form_id).await?);
        }
        let form = loaded.get(&row.form_id).ok_or(Error::NotFound)?;
        let record = Record {
            row,
            requirement: requirement.clone(),
            award: award.clone(),
        };
        let funder = names.get(&award.funder_id).cloned().unwrap_or_default();
        let with_readiness = funders.is_none();
        list.push(summary(db, ctx, &record, &due, form, funder, with_readiness).await?);
    }
    Ok(Slice {
        items: list,
        next: page.next,
    })
}

/// One return as lists show it.
pub(super) async fn summary(
    db: &Db,
    ctx: &Ctx,
    record: &Record,
    due: &deadline::Model,
    form: &Form,
    funder: String,
    with_readiness: bool,
) -> Result<ReturnSummary> {
    let row = &record.row;
    let life = store::life(db.read(), row.id).await?;
    let readiness = if with_readiness && row.state != ReturnState::Scheduled {
        let answers = store::by_key(form, &store::answers(db.read(), row.id).await?);
        Some(readiness(form, &answers))
    } else {
        None
    };
    let overtaken = with_readiness && waits_for_preparer(db.read(), ctx.now(), record).await?;
    let (waits_for, whom) = if with_readiness {
        waiting(db, ctx, record, &life.boards_to_agree(), overtaken).await?
    } else {
        (String::new(), Vec::new())
    };
    Ok(ReturnSummary {
        id: row.id,
        title: record.title(),
        award_id: record.award.id,
        award: record.award.title.clone(),
        funder,
        period: months_in_words(row.period_from, row.period_to),
        period_from: row.period_from,
        period_to: row.period_to,
        state: row.state,
        state_in_words: state_in_words(row.state).to_owned(),
        due_on: due.due_on,
        due_in_words: due_in_words(due.due_at),
        when_in_words: when_in_words(ctx.today(), due.due_on),
        overdue: due.closed_at.is_none() && ctx.now() > due.due_at,
        readiness,
        waits_for,
        whom,
        overtaken,
        changed_figures: if with_readiness && row.state == ReturnState::Certified {
            figures_changed(db, ctx, record, form).await?
        } else {
            0
        },
        version: row.version,
        due_at: due.due_at,
    })
}
