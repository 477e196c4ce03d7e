//! Applications in a list, and what they come to: asked for, expected and sure, kept apart.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ApplicationId, ApplicationState, AwardId, Money, OrganisationId, PersonId, PoolId, ProgrammeId,
    StageKind, application, application_line, deadline, person, pool, programme,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};

use super::one::SentView;
use crate::access::rules::{Operation, Sight, sight};
use crate::applications::rules::{
    Part, Sums, Year, current_stage, is_over, state_in_words, sums, weighted,
};
use crate::applications::store;
use crate::calendar::rules::{due_in_words, when_in_words};
use crate::paging::{Cursor, Slice};
use crate::{Ctx, Db, Error, Result, organisations};

/// An application in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ApplicationSummary {
    /// Its id.
    pub id: ApplicationId,
    /// What people call it.
    pub title: String,
    /// What it asks money of.
    pub programme_id: ProgrammeId,
    /// The programme's name.
    pub programme: String,
    /// Whose programme it is.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// The pool that it would fund.
    pub pool_id: Option<PoolId>,
    /// What it would fund, in words.
    pub would_fund: String,
    /// Where it stands.
    pub state: ApplicationState,
    /// The same in words.
    pub state_in_words: String,
    /// The stage that it is at: the first that is not done; none when all are, or it is over.
    pub stage: Option<StageKind>,
    /// Asked for, in pence.
    #[schema(value_type = i64)]
    pub asked_pence: Money,
    /// Offered, in pence, where the funder has.
    #[schema(value_type = Option<i64>)]
    pub offered_pence: Option<Money>,
    /// How likely a person thinks it, in basis points; none where nobody has said.
    pub likelihood_bp: Option<i32>,
    /// Who thinks so, by their chosen name.
    pub likelihood_by: Option<String>,
    /// Since when (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub likelihood_at: Option<DateTime<Utc>>,
    /// What is offered or asked for, by how likely it is, in pence; none where nobody has said, and
    /// once it is over.
    #[schema(value_type = Option<i64>)]
    pub expected_pence: Option<Money>,
    /// Sure, in pence, once the offer was accepted.
    #[schema(value_type = Option<i64>)]
    pub confirmed_pence: Option<Money>,
    /// When money could arrive: the first London date of the window.
    pub starts_on: Option<NaiveDate>,
    /// The last London date of the window.
    pub ends_on: Option<NaiveDate>,
    /// Who leads on it.
    pub lead_id: Option<PersonId>,
    /// That person's chosen name.
    pub lead: Option<String>,
    /// What is due next for it.
    pub next: Option<NextDue>,
    /// The award that it became.
    pub award_id: Option<AwardId>,
    /// Counts changes: the `ETag`.
    pub version: i64,
}

/// What is due next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NextDue {
    /// What.
    pub title: String,
    /// London date.
    pub due_on: NaiveDate,
    /// "Friday 30 October 2026, 5pm".
    pub due_in_words: String,
    /// "in 14 days".
    pub when_in_words: String,
    /// Past its instant.
    pub overdue: bool,
}

/// How applications are narrowed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApplicationFilter {
    /// Those to one funder.
    pub funder_id: Option<OrganisationId>,
    /// Those to one programme.
    pub programme_id: Option<ProgrammeId>,
    /// Those that would fund one pool.
    pub pool_id: Option<PoolId>,
    /// Those at one stage.
    pub stage: Option<StageKind>,
    /// Those that one person leads on.
    pub lead_id: Option<PersonId>,
    /// Those that stand so.
    pub state: Option<ApplicationState>,
    /// In which order.
    pub order: ApplicationOrder,
}

/// In which order applications are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ApplicationOrder {
    /// What needs attention first: by what is due next, the earliest first; then those for which
    /// nothing is due, and last those that are over, the newest first.
    #[default]
    #[serde(rename = "attention")]
    Attention,
    /// As they were begun, the oldest first.
    #[serde(rename = "recorded")]
    Recorded,
}

/// What applications come to, by stage.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Pipeline {
    /// What they come to in all.
    pub sums: Sums,
    /// The same by year, where the year is said; what has no budget lines is in no year.
    pub years: Vec<Year>,
    /// The applications that are open, and those that became awards which still run; by stage.
    pub applications: Vec<ApplicationSummary>,
}

async fn filtered(
    db: &Db,
    ctx: &Ctx,
    filter: ApplicationFilter,
) -> Result<Vec<application::Model>> {
    let mut query = store::seen(ctx);
    if let Some(id) = filter.programme_id {
        query = query.filter(application::Column::ProgrammeId.eq(id));
    }
    if let Some(id) = filter.pool_id {
        query = query.filter(application::Column::PoolId.eq(id));
    }
    if let Some(id) = filter.lead_id {
        query = query.filter(application::Column::LeadId.eq(id));
    }
    if let Some(state) = filter.state {
        query = query.filter(application::Column::State.eq(state));
    }
    if let Some(id) = filter.funder_id {
        let theirs = programme::Entity::find()
            .select_only()
            .column(programme::Column::Id)
            .filter(programme::Column::FunderId.eq(id));
        query = query
            .filter(application::Column::ProgrammeId.in_subquery(QueryTrait::into_query(theirs)));
    }
    let mut rows = query
        .order_by_asc(application::Column::Id)
        .all(db.read())
        .await?;
    if let Some(stage) = filter.stage {
        // Where they are is ours to know.
        if sight(&ctx.actor) != Sight::All {
            return Ok(Vec::new());
        }
        let stages = stages_of(db, &rows).await?;
        rows.retain(|row| stages.get(&row.id) == Some(&stage));
    }
    Ok(rows)
}

/// The stage that each open application is at.
async fn stages_of(
    db: &Db,
    rows: &[application::Model],
) -> Result<HashMap<ApplicationId, StageKind>> {
    let ids: Vec<ApplicationId> = rows
        .iter()
        .filter(|row| !is_over(row.state))
        .map(|row| row.id)
        .collect();
    let mut by_id: HashMap<ApplicationId, Vec<(StageKind, bool)>> = HashMap::new();
    for stage in store::stages(db.read(), &ids).await? {
        by_id
            .entry(stage.application_id)
            .or_default()
            .push((stage.kind, stage.done_at.is_some()));
    }
    Ok(by_id
        .into_iter()
        .filter_map(|(id, stages)| Some((id, current_stage(stages)?)))
        .collect())
}

/// A part of the applications in an order: to a funder's officer, those that their funder was sent.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    filter: ApplicationFilter,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<ApplicationSummary>> {
    ctx.require(Operation::ReadApplications)?;
    let rows = filtered(db, ctx, filter).await?;
    let dues = next_dues(db, &rows).await?;
    // A charity has some hundreds: their order is made here.
    let mut placed: Vec<(Cursor, application::Model)> = rows
        .into_iter()
        .map(|row| (place(filter.order, &row, dues.get(&row.id)), row))
        .filter(|(place, _)| after.is_none_or(|after| *place > after))
        .collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.truncate(usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX));
    let page = Slice::cut(placed, limit, |(place, _)| *place);
    let rows = page.items.into_iter().map(|(_, row)| row).collect();
    Ok(Slice {
        items: summaries(db, ctx, rows).await?,
        next: page.next,
    })
}

fn place(
    order: ApplicationOrder,
    row: &application::Model,
    due: Option<&deadline::Model>,
) -> Cursor {
    /// Comes after every date: about the year 9999, in seconds.
    const NEVER: i64 = 253_402_300_800;
    let key = match order {
        ApplicationOrder::Recorded => 0,
        ApplicationOrder::Attention if is_over(row.state) => {
            NEVER.saturating_add(NEVER.saturating_sub(row.created_at.timestamp()))
        }
        ApplicationOrder::Attention => due.map_or(NEVER, |due| due.due_at.timestamp()),
    };
    Cursor {
        key,
        id: row.id.into(),
    }
}

/// What is due next for each.
async fn next_dues(
    db: &Db,
    rows: &[application::Model],
) -> Result<HashMap<ApplicationId, deadline::Model>> {
    let mut next: HashMap<ApplicationId, deadline::Model> = HashMap::new();
    for due in deadline::Entity::find()
        .filter(deadline::Column::ApplicationId.is_in(rows.iter().map(|row| row.id)))
        .filter(deadline::Column::ClosedAt.is_null())
        .order_by_asc(deadline::Column::DueAt)
        .order_by_asc(deadline::Column::Id)
        .all(db.read())
        .await?
    {
        if let Some(id) = due.application_id {
            next.entry(id).or_insert(due);
        }
    }
    Ok(next)
}

/// What each is worth by year: what is offered, once it is, otherwise what is asked for.
async fn parts(db: &Db, rows: &[application::Model]) -> Result<HashMap<ApplicationId, Vec<Part>>> {
    let ids: Vec<ApplicationId> = rows.iter().map(|row| row.id).collect();
    let mut lines: HashMap<ApplicationId, Vec<application_line::Model>> = HashMap::new();
    for line in store::lines(db.read(), &ids).await? {
        lines.entry(line.application_id).or_default().push(line);
    }
    let offers = store::offers(db.read(), &ids).await?;
    rows.iter()
        .map(|row| {
            let mut years: BTreeMap<NaiveDate, Money> = BTreeMap::new();
            let stands = matches!(
                row.state,
                ApplicationState::Offered | ApplicationState::Accepted
            );
            let amounts: Vec<(NaiveDate, Money)> = match offers.get(&row.id).filter(|_| stands) {
                Some((_, years)) => years.iter().map(|y| (y.year_from, y.amount)).collect(),
                None => lines
                    .get(&row.id)
                    .into_iter()
                    .flatten()
                    .map(|line| (line.year_from, line.amount))
                    .collect(),
            };
            for (year, amount) in amounts {
                let sum = years.entry(year).or_default();
                *sum = sum
                    .plus(amount)
                    .ok_or_else(|| Error::internal("a year that fits no number"))?;
            }
            let parts = years
                .into_iter()
                .map(|(year_from, amount)| Part {
                    year_from,
                    amount,
                    likelihood_bp: row.likelihood_bp,
                    confirmed: row.state == ApplicationState::Accepted,
                })
                .collect();
            Ok((row.id, parts))
        })
        .collect()
}

/// Applications as lists show them.
pub(in crate::applications) async fn summaries(
    db: &Db,
    ctx: &Ctx,
    rows: Vec<application::Model>,
) -> Result<Vec<ApplicationSummary>> {
    let inside = sight(&ctx.actor) == Sight::All;
    let ids: Vec<ApplicationId> = rows.iter().map(|row| row.id).collect();
    let programmes = store::programmes(db.read(), &rows).await?;
    let funders =
        organisations::view::names(db, programmes.values().map(|row| row.funder_id)).await?;
    let pools: HashMap<PoolId, String> = pool::Entity::find()
        .filter(pool::Column::Id.is_in(rows.iter().filter_map(|row| row.pool_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let people: HashMap<PersonId, String> = person::Entity::find()
        .filter(
            person::Column::Id.is_in(
                rows.iter()
                    .flat_map(|row| [row.lead_id, row.likelihood_by])
                    .flatten(),
            ),
        )
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.display_name))
        .collect();
    let stages = stages_of(db, &rows).await?;
    let dues = next_dues(db, &rows).await?;
    let worth = parts(db, &rows).await?;
    let offers = store::offers(db.read(), &ids).await?;
    let mut asked: HashMap<ApplicationId, Money> = HashMap::new();
    for line in store::lines(db.read(), &ids).await? {
        let sum = asked.entry(line.application_id).or_default();
        *sum = sum
            .plus(line.amount)
            .ok_or_else(|| Error::internal("what is asked for fits no number"))?;
    }
    let mut list = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(programme) = programmes.get(&row.programme_id) else {
            continue;
        };
        let person = |id: Option<PersonId>| id.and_then(|id| people.get(&id).cloned());
        let value = Money::sum(
            worth
                .get(&row.id)
                .into_iter()
                .flatten()
                .map(|part| part.amount),
        )
        .ok_or_else(|| Error::internal("an application that fits no number"))?;
        let offer = offers.get(&row.id);
        let offered = offer
            .map(|(_, years)| Money::sum(years.iter().map(|year| year.amount)).unwrap_or_default());
        let stands = matches!(
            row.state,
            ApplicationState::Offered | ApplicationState::Accepted
        );
        let window = offer
            .filter(|_| stands)
            .map(|(offer, _)| (offer.starts_on, offer.ends_on));
        let open = !is_over(row.state);
        let summary = ApplicationSummary {
            id: row.id,
            title: row.title.clone(),
            programme_id: programme.id,
            programme: programme.name.clone(),
            funder_id: programme.funder_id,
            funder: funders
                .get(&programme.funder_id)
                .cloned()
                .unwrap_or_default(),
            pool_id: row.pool_id,
            would_fund: would_fund(&row, &pools),
            state: row.state,
            state_in_words: state_in_words(row.state).to_owned(),
            stage: stages.get(&row.id).copied(),
            asked_pence: asked.get(&row.id).copied().unwrap_or_default(),
            offered_pence: offered,
            likelihood_bp: row.likelihood_bp,
            likelihood_by: person(row.likelihood_by),
            likelihood_at: row.likelihood_at,
            expected_pence: row
                .likelihood_bp
                .filter(|_| open)
                .map(|bp| weighted(value, bp)),
            confirmed_pence: (row.state == ApplicationState::Accepted).then_some(value),
            starts_on: window.map_or(row.starts_on, |(starts, _)| Some(starts)),
            ends_on: window.map_or(row.ends_on, |(_, ends)| Some(ends)),
            lead_id: row.lead_id,
            lead: person(row.lead_id),
            next: dues.get(&row.id).map(|due| NextDue {
                title: due.title.clone(),
                due_on: due.due_on,
                due_in_words: due_in_words(due.due_at),
                when_in_words: when_in_words(ctx.today(), due.due_on),
                overdue: ctx.now() > due.due_at,
            }),
            award_id: row.award_id,
            version: row.version,
        };
        list.push(if inside {
            summary
        } else {
            as_sent(db, summary).await?
        });
    }
    Ok(list)
}

fn would_fund(row: &application::Model, pools: &HashMap<PoolId, String>) -> String {
    let pool = row.pool_id.and_then(|id| pools.get(&id));
    match (pool, row.purpose.as_str()) {
        (Some(pool), "") => pool.clone(),
        (Some(pool), purpose) => format!("{purpose} ({pool})"),
        (None, purpose) => purpose.to_owned(),
    }
}

/// What a funder's officer gets: what was sent, and what they themselves did with it.
async fn as_sent(db: &Db, summary: ApplicationSummary) -> Result<ApplicationSummary> {
    let last = store::submissions(db.read(), &[summary.id])
        .await?
        .pop()
        .ok_or(Error::NotFound)?;
    let sent: SentView = serde_json::from_value(last.content)?;
    let asked = Money::sum(sent.lines.iter().map(|line| Money(line.amount_pence)))
        .ok_or_else(|| Error::internal("what was asked for fits no number"))?;
    // That we prepare the next stage is what they asked for, not what they are told.
    let state = match summary.state {
        ApplicationState::Preparing => ApplicationState::Submitted,
        other => other,
    };
    Ok(ApplicationSummary {
        title: sent.title,
        pool_id: None,
        would_fund: sent.purpose,
        state,
        state_in_words: state_in_words(state).to_owned(),
        stage: None,
        asked_pence: asked,
        likelihood_bp: None,
        likelihood_by: None,
        likelihood_at: None,
        expected_pence: None,
        starts_on: sent.starts_on,
        ends_on: sent.ends_on,
        lead_id: None,
        lead: None,
        next: None,
        award_id: None,
        ..summary
    })
}

/// What is asked for, how likely it is, and what is sure: open applications, and those that became
/// awards which still run.
pub async fn pipeline(db: &Db, ctx: &Ctx, filter: ApplicationFilter) -> Result<Pipeline> {
    ctx.require(Operation::ReadPipeline)?;
    let mut rows = filtered(db, ctx, filter).await?;
    rows.retain(|row| !is_over(row.state) || row.state == ApplicationState::Accepted);
    let mut applications = summaries(db, ctx, rows.clone()).await?;
    let today = ctx.today();
    applications.retain(|one| {
        one.state != ApplicationState::Accepted || one.ends_on.is_none_or(|ends| ends >= today)
    });
    rows.retain(|row| applications.iter().any(|one| one.id == row.id));
    let worth = parts(db, &rows).await?;
    let each: Vec<Vec<Part>> = worth.into_values().collect();
    let (sums, years) =
        sums(&each).ok_or_else(|| Error::internal("a pipeline that fits no number"))?;
    applications.sort_by_key(|one| {
        let turn = match one.state {
            ApplicationState::Accepted => 2,
            ApplicationState::Offered => 1,
            _ => 0,
        };
        let due = one.next.as_ref().map(|next| next.due_on);
        (turn, one.stage, due.is_none(), due, one.id)
    });
    Ok(Pipeline {
        sums,
        years,
        applications,
    })
}
