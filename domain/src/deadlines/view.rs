//! Deadlines as readers get them.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ApplicationId, AwardConditionId, AwardId, CommitmentId, DeadlineId, DeadlineKind,
    GrantReturnId, OrganisationId, PaperId, PersonId, ReturnState, application, award, commitment,
    deadline, grant_return, person, pool, programme,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

use crate::access::rules::{Operation, Sight, sight};
use crate::calendar::rules::{due_in_words, when_in_words};
use crate::paging::{Cursor, Slice};
use crate::{Ctx, Db, Result, decisions, organisations};

/// A date by which something must be done: a return sent, a condition of an award met, something done
/// for an application, a paper decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DeadlineView {
    /// The deadline.
    pub id: DeadlineId,
    /// What must be done.
    pub kind: DeadlineKind,
    /// The return that is due.
    pub return_id: Option<GrantReturnId>,
    /// The award of the return or of the condition.
    pub award_id: Option<AwardId>,
    /// The application that something is due for.
    pub application_id: Option<ApplicationId>,
    /// The paper that is to be decided.
    pub paper_id: Option<PaperId>,
    /// The agreement whose provider must be told.
    pub commitment_id: Option<CommitmentId>,
    /// The condition of an award that must be met.
    pub condition_id: Option<AwardConditionId>,
    /// The award's title, or the programme's or the pool's name.
    pub award: String,
    /// Who gives the money, or may; none where it is several funders'.
    pub funder_id: Option<OrganisationId>,
    /// The funder's name; empty where it is several funders'.
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
    /// When it was met, or was no longer to be met (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub closed_at: Option<DateTime<Utc>>,
    /// Where the return stands.
    pub state: Option<ReturnState>,
    /// Who does what is due for an application or a condition: whoever is named for it, or the lead.
    pub who_id: Option<PersonId>,
    /// That person's chosen name.
    pub who: Option<String>,
}

/// Which deadlines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Only those of this award.
    pub award: Option<AwardId>,
    /// Only those of this application.
    pub application: Option<ApplicationId>,
    /// Only those of this kind.
    pub kind: Option<DeadlineKind>,
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
    if let Some(application) = wanted.application {
        query = query.filter(deadline::Column::ApplicationId.eq(application));
    }
    if let Some(kind) = wanted.kind {
        query = query.filter(deadline::Column::Kind.eq(kind));
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
    Ok(Slice {
        items: views(db, ctx, rows.items).await?,
        next: rows.next,
    })
}

/// A place by what needs attention: what is not met, by its date, the earliest first; then what is,
/// the latest first.
#[must_use]
pub fn by_attention(due_at: DateTime<Utc>, closed: bool, id: impl Into<Uuid>) -> Cursor {
    /// Comes after every date: about the year 9999, in seconds.
    const DONE_WITH: i64 = 253_402_300_800;
    let at = due_at.timestamp();
    Cursor {
        key: if closed {
            DONE_WITH.saturating_add(DONE_WITH.saturating_sub(at))
        } else {
            at
        },
        id: id.into(),
    }
}

/// A part of the deadlines that are of no return, by what needs attention.
pub async fn of_applications(
    db: &Db,
    ctx: &Ctx,
    open_only: bool,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<DeadlineView>> {
    ctx.require(Operation::ReadDeadlines)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Slice::empty());
    }
    let mut query = deadline::Entity::find().filter(deadline::Column::ReturnId.is_null());
    if open_only {
        query = query.filter(deadline::Column::ClosedAt.is_null());
    }
    let mut placed: Vec<(Cursor, deadline::Model)> = query
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| {
            let place = by_attention(row.due_at, row.closed_at.is_some(), row.id);
            (place, row)
        })
        .filter(|(place, _)| after.is_none_or(|after| *place > after))
        .collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.truncate(usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX));
    let page = Slice::cut(placed, limit, |(place, _)| *place);
    let rows = page.items.into_iter().map(|(_, row)| row).collect();
    Ok(Slice {
        items: views(db, ctx, rows).await?,
        next: page.next,
    })
}

/// What a deadline hangs from: its name, whose money it is, and who does it.
struct About {
    name: String,
    funder_id: Option<OrganisationId>,
    lead_id: Option<PersonId>,
    paper_id: Option<PaperId>,
    commitment_id: Option<CommitmentId>,
}

impl About {
    const fn of(name: String, funder_id: Option<OrganisationId>) -> Self {
        Self {
            name,
            funder_id,
            lead_id: None,
            paper_id: None,
            commitment_id: None,
        }
    }
}

/// Agreements whose provider must be told: each provider's name, by the agreement.
async fn providers(db: &Db, rows: &[deadline::Model]) -> Result<HashMap<CommitmentId, String>> {
    let ids: Vec<CommitmentId> = rows
        .iter()
        .filter(|row| row.kind == DeadlineKind::Notice)
        .map(|row| CommitmentId(row.subject_id))
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = commitment::Entity::find()
        .filter(commitment::Column::Id.is_in(ids))
        .all(db.read())
        .await?;
    let names = organisations::view::names(db, found.iter().map(|row| row.provider_id)).await?;
    Ok(found
        .into_iter()
        .map(|row| {
            let name = names.get(&row.provider_id).cloned().unwrap_or_default();
            (row.id, name)
        })
        .collect())
}

/// What the boards decide on: each paper's pool, by the paper.
async fn pools_of_papers(db: &Db, rows: &[deadline::Model]) -> Result<HashMap<PaperId, String>> {
    let ids: Vec<PaperId> = rows
        .iter()
        .filter(|row| row.kind == DeadlineKind::Decision)
        .map(|row| PaperId(row.subject_id))
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let versions = decisions::store::latest(db.read(), &ids).await?;
    let pools: HashMap<_, String> = pool::Entity::find()
        .filter(pool::Column::Id.is_in(versions.values().map(|version| version.pool_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    Ok(versions
        .into_iter()
        .map(|(id, version)| (id, pools.get(&version.pool_id).cloned().unwrap_or_default()))
        .collect())
}

async fn views(db: &Db, ctx: &Ctx, rows: Vec<deadline::Model>) -> Result<Vec<DeadlineView>> {
    let awards: HashMap<AwardId, award::Model> = award::Entity::find()
        .filter(award::Column::Id.is_in(rows.iter().filter_map(|row| row.award_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let states: HashMap<GrantReturnId, ReturnState> = grant_return::Entity::find()
        .filter(grant_return::Column::Id.is_in(rows.iter().filter_map(|row| row.return_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.state))
        .collect();
    let applications: HashMap<ApplicationId, application::Model> = application::Entity::find()
        .filter(application::Column::Id.is_in(rows.iter().filter_map(|row| row.application_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let programmes: HashMap<_, programme::Model> = programme::Entity::find()
        .filter(programme::Column::Id.is_in(applications.values().map(|row| row.programme_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let papers = pools_of_papers(db, &rows).await?;
    let providers = providers(db, &rows).await?;
    let about = |row: &deadline::Model| -> Option<About> {
        if let Some(id) = row.award_id {
            let award = awards.get(&id)?;
            let lead_id = award
                .lead_id
                .filter(|_| row.kind == DeadlineKind::Condition);
            return Some(About {
                lead_id,
                ..About::of(award.title.clone(), Some(award.funder_id))
            });
        }
        if row.kind == DeadlineKind::Decision {
            let id = PaperId(row.subject_id);
            return Some(About {
                paper_id: Some(id),
                ..About::of(papers.get(&id)?.clone(), None)
            });
        }
        if row.kind == DeadlineKind::Notice {
            let id = CommitmentId(row.subject_id);
            return Some(About {
                commitment_id: Some(id),
                ..About::of(providers.get(&id)?.clone(), None)
            });
        }
        let application = applications.get(&row.application_id?)?;
        let programme = programmes.get(&application.programme_id)?;
        Some(About {
            lead_id: application.lead_id,
            ..About::of(programme.name.clone(), Some(programme.funder_id))
        })
    };
    let known: Vec<(deadline::Model, About)> = rows
        .into_iter()
        .filter_map(|row| {
            let about = about(&row)?;
            Some((row, about))
        })
        .collect();
    let funders = known.iter().filter_map(|(_, about)| about.funder_id);
    let funders = organisations::view::names(db, funders).await?;
    let doer = |row: &deadline::Model, about: &About| row.who_id.or(about.lead_id);
    let people: HashMap<PersonId, String> = person::Entity::find()
        .filter(person::Column::Id.is_in(known.iter().filter_map(|(row, about)| doer(row, about))))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.display_name))
        .collect();
    Ok(known
        .into_iter()
        .map(|(row, about)| {
            let who_id = doer(&row, &about);
            DeadlineView {
                id: row.id,
                kind: row.kind,
                return_id: row.return_id,
                award_id: row.award_id,
                application_id: row.application_id,
                paper_id: about.paper_id,
                commitment_id: about.commitment_id,
                condition_id: (row.kind == DeadlineKind::Condition)
                    .then_some(AwardConditionId(row.subject_id)),
                award: about.name,
                funder_id: about.funder_id,
                funder: about
                    .funder_id
                    .and_then(|id| funders.get(&id).cloned())
                    .unwrap_or_default(),
                title: row.title,
                due_on: row.due_on,
                due_at: row.due_at,
                due_in_words: due_in_words(row.due_at),
                when_in_words: when_in_words(ctx.today(), row.due_on),
                overdue: row.closed_at.is_none() && ctx.now() > row.due_at,
                closed_at: row.closed_at,
                state: row.return_id.and_then(|id| states.get(&id).copied()),
                who: who_id.and_then(|id| people.get(&id).cloned()),
                who_id,
            }
        })
        .collect())
}
