//! What happened since somebody was last here, of what they may see.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{
    GrantReturnId, PersonId, ReturnEventKind, audit_entry, award, grant_return, return_event,
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use uuid::Uuid;

use super::rules::{Happening, sentence, tell};
use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::access::visits;
use crate::audit;
use crate::returns::rules::words::event_in_words;
use crate::{Ctx, Db, Result};

/// How many sentences are told; the records' own histories have the rest.
const MOST: usize = 20;
/// How many things are looked at: after months away nobody reads them all.
const LOOKED_AT: u64 = 500;

/// What happened since a person was last here.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct News {
    /// When their visit before this one ended (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub since: DateTime<Utc>,
    /// What others did since, and what happened by itself; the newest first.
    pub items: Vec<NewsItem>,
    /// How many more there are.
    pub more: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NewsItem {
    /// When, the last time (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
    /// Who did it, by their chosen name.
    pub by: String,
    /// "Typed an answer, 12 times."
    pub what: String,
    /// The record that it happened to.
    pub about: String,
    /// The path of the record's page.
    pub path: String,
    /// The reason that was given.
    pub why: Option<String>,
}

/// What of the audit log is news, and who may read of it. What happens to returns is told from
/// their own events.
const NEWSWORTHY: &[(Operation, Operation)] = &[
    (Operation::CreateAward, Operation::ReadAwards),
    (Operation::CreateFence, Operation::ReadAwards),
    (Operation::CreateRequirement, Operation::ReadAwards),
    (Operation::BeginApplication, Operation::ReadPipeline),
    (Operation::DecideApplication, Operation::ReadPipeline),
    (Operation::SubmitApplication, Operation::ReadPipeline),
    (Operation::RecordOutcome, Operation::ReadPipeline),
    (Operation::AcceptOffer, Operation::ReadPipeline),
    (Operation::LapseOffer, Operation::ReadPipeline),
    (Operation::CreateProgramme, Operation::ReadProgrammes),
    (Operation::ChangeProgramme, Operation::ReadProgrammes),
    (Operation::CreatePool, Operation::ReadPools),
    (Operation::CreateContribution, Operation::ReadPools),
    (Operation::ClosePeriod, Operation::ReadPools),
    (Operation::ReopenPeriod, Operation::ReadPools),
    (Operation::EnterForecast, Operation::ReadForecasts),
    (Operation::EnterMatch, Operation::ReadMatch),
    (Operation::StartImport, Operation::ReadImports),
    (Operation::AcceptImport, Operation::ReadImports),
    (Operation::AbandonImport, Operation::ReadImports),
    (Operation::CreateForm, Operation::ReadForms),
    (Operation::AnswerField, Operation::ReadReturns),
    (Operation::UndoAnswer, Operation::ReadReturns),
    (Operation::SilenceFinding, Operation::ReadReturns),
    (Operation::InvitePerson, Operation::ReadPeople),
    (Operation::RevokeMembership, Operation::ReadPeople),
];

/// What happened since the acting person's last visit; none during the first, and for programs.
pub async fn since_last_visit(db: &Db, ctx: &Ctx) -> Result<Option<News>> {
    ctx.require(Operation::ReadDeadlines)?;
    let Ok(me) = ctx.person() else {
        return Ok(None);
    };
    let Some(since) = visits::before(db, me.id).await? else {
        return Ok(None);
    };
    let mut all = of_returns(db, ctx, me.id, since).await?;
    if sight(&ctx.actor) == Sight::All {
        all.extend(of_records(db, ctx, me.id, since).await?);
    }
    let told = tell(all);
    let more = u64::try_from(told.len().saturating_sub(MOST)).unwrap_or(u64::MAX);
    let items = told
        .into_iter()
        .take(MOST)
        .map(|told| NewsItem {
            what: sentence(&told),
            at: told.latest.at,
            by: told.latest.by,
            about: told.latest.about,
            path: told.latest.path,
            why: told.latest.why,
        })
        .collect();
    Ok(Some(News { since, items, more }))
}

async fn of_returns(
    db: &Db,
    ctx: &Ctx,
    me: PersonId,
    since: DateTime<Utc>,
) -> Result<Vec<Happening>> {
    let mut events = return_event::Entity::find()
        .filter(return_event::Column::At.gt(since))
        // That its period began is no news.
        .filter(return_event::Column::Kind.ne(ReturnEventKind::Scheduled))
        .filter(
            return_event::Column::ByPerson
                .is_null()
                .or(return_event::Column::ByPerson.ne(me)),
        );
    let inside = match sight(&ctx.actor) {
        Sight::All => true,
        Sight::Nothing => return Ok(Vec::new()),
        Sight::Funders(funders) => {
            let awards = award::Entity::find()
                .select_only()
                .column(award::Column::Id)
                .filter(award::Column::FunderId.is_in(funders))
                .into_tuple::<entity::AwardId>()
                .all(db.read())
                .await?;
            let theirs = grant_return::Entity::find()
                .filter(grant_return::Column::AwardId.is_in(awards))
                .filter(grant_return::Column::Id.in_subquery(crate::returns::store::once_sent()))
                .all(db.read())
                .await?;
            events = events
                .filter(return_event::Column::ReturnId.is_in(theirs.iter().map(|row| row.id)))
                .filter(return_event::Column::Kind.is_in([
                    ReturnEventKind::Submitted,
                    ReturnEventKind::Accepted,
                    ReturnEventKind::FunderAskedForChanges,
                ]));
            false
        }
    };
    let events = events
        .order_by_desc(return_event::Column::At)
        .limit(LOOKED_AT)
        .all(db.read())
        .await?;
    let ids: HashSet<GrantReturnId> = events.iter().map(|event| event.return_id).collect();
    let wanted: Vec<(String, Uuid)> = ids
        .into_iter()
        .map(|id| ("grant_return".to_owned(), id.into()))
        .collect();
    let named = audit::names(db, &wanted).await?;
    let people = names_of(db, events.iter().filter_map(|event| event.by_person)).await?;
    let mut all = Vec::new();
    for event in events {
        let Some(record) = named.get(&("grant_return".to_owned(), event.return_id.into())) else {
            continue;
        };
        all.push(Happening {
            at: event.at,
            by: event
                .by_person
                // Who it was is for the house alone.
                .filter(|_| inside)
                .and_then(|id| people.get(&id).cloned())
                .unwrap_or_else(|| "Tributary".to_owned()),
            what: event_in_words(&event)?,
            path: record.path.clone(),
            about: record.name.clone(),
            why: event.reason.filter(|_| inside),
        });
    }
    Ok(all)
}

async fn of_records(
    db: &Db,
    ctx: &Ctx,
    me: PersonId,
    since: DateTime<Utc>,
) -> Result<Vec<Happening>> {
    let commands: Vec<&str> = NEWSWORTHY
        .iter()
        .filter(|(_, reads)| ctx.require(*reads).is_ok())
        .map(|(did, _)| did.slug())
        .collect();
    let entries = audit_entry::Entity::find()
        .filter(audit_entry::Column::At.gt(since))
        .filter(audit_entry::Column::Command.is_in(commands))
        .filter(
            audit_entry::Column::ActorId
                .is_null()
                .or(audit_entry::Column::ActorId.ne(Uuid::from(me))),
        )
        .order_by_desc(audit_entry::Column::At)
        .limit(LOOKED_AT)
        .all(db.read())
        .await?;
    let wanted: Vec<(String, Uuid)> = entries
        .iter()
        .filter_map(|entry| Some((entry.subject_kind.clone(), entry.subject_id?)))
        .collect::<HashSet<_>>()
        .into_iter()
        .collect();
    let named = audit::names(db, &wanted).await?;
    let people = audit::view::actors(db, &entries).await?;
    Ok(entries
        .into_iter()
        .filter_map(|entry| {
            let record = named.get(&(entry.subject_kind.clone(), entry.subject_id?))?;
            Some(Happening {
                at: entry.at,
                by: audit::view::who(&entry, &people),
                what: audit::rules::sentence(&entry.command).to_owned(),
                path: record.path.clone(),
                about: record.name.clone(),
                why: entry
                    .detail
                    .get("reason")
                    .and_then(serde_json::Value::as_str)
                    .map(ToOwned::to_owned),
            })
        })
        .collect())
}
