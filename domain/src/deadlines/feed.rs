//! Returns and their deadlines as a calendar shows them: to a funder's officer those of their funder,
//! each only as far as it was sent; to those inside all, or those in which they have a part.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Days, Utc};
use entity::{
    AwardId, FeedCovers, GrantReturnId, PersonId, RequirementId, ReturnEventKind, ReturnState,
    award, deadline, grant_return, requirement, return_event,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::access::rules::{Operation, Sight, sight};
use crate::calendar::rules::ics::{CalendarEvent, calendar};
use crate::calendar::rules::{due_in_words, months_in_words};
use crate::db::among;
use crate::returns::rules::state_in_words;
use crate::returns::store;
use crate::{Ctx, Db, Result, awards, organisations, returns};

/// How long ago a return may have been due that is still told, in days.
const BACK: Days = Days::new(400);
/// Most returns that a calendar holds.
const MOST: u64 = 2_000;

/// The reader's calendar, as text. `site` is where the pages are: "https://returns.example.org".
pub async fn text(db: &Db, ctx: &Ctx, covers: FeedCovers, site: &str) -> Result<String> {
    let events = events(db, ctx, covers, site).await?;
    let name = match (sight(&ctx.actor), covers) {
        (Sight::Funders(_), _) => "Returns to us",
        (_, FeedCovers::All) => "Returns",
        (_, FeedCovers::Mine) => "My returns",
    };
    Ok(calendar(name, &events))
}

/// The returns of the reader's calendar, the earliest due first.
pub(crate) async fn events(
    db: &Db,
    ctx: &Ctx,
    covers: FeedCovers,
    site: &str,
) -> Result<Vec<CalendarEvent>> {
    ctx.require(Operation::ReadDeadlines)?;
    let inside = match sight(&ctx.actor) {
        Sight::All => true,
        Sight::Funders(_) => false,
        Sight::Nothing => return Ok(Vec::new()),
    };
    let awards: HashMap<AwardId, award::Model> = awards::store::seen(ctx)
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let dues = deadline::Entity::find()
        .filter(deadline::Column::ReturnId.is_not_null())
        .filter(deadline::Column::DueOn.gte(ctx.today() - BACK))
        .filter(among(
            db.read(),
            deadline::Column::AwardId,
            awards.keys().copied(),
        ))
        .order_by_asc(deadline::Column::DueOn)
        .order_by_asc(deadline::Column::Id)
        .limit(MOST)
        .all(db.read())
        .await?;
    let ids: Vec<GrantReturnId> = dues.iter().filter_map(|due| due.return_id).collect();
    let rows: HashMap<GrantReturnId, grant_return::Model> = grant_return::Entity::find()
        .filter(among(
            db.read(),
            grant_return::Column::Id,
            ids.iter().copied(),
        ))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let asked: HashMap<RequirementId, requirement::Model> = requirement::Entity::find()
        .filter(among(
            db.read(),
            requirement::Column::Id,
            rows.values().map(|row| row.requirement_id),
        ))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let mut happened: HashMap<GrantReturnId, Vec<return_event::Model>> = HashMap::new();
    for event in return_event::Entity::find()
        .filter(among(
            db.read(),
            return_event::Column::ReturnId,
            ids.iter().copied(),
        ))
        .order_by_asc(return_event::Column::Seq)
        .all(db.read())
        .await?
    {
        happened.entry(event.return_id).or_default().push(event);
    }
    let mine = match (covers, inside) {
        (FeedCovers::Mine, true) => Some(mine(db, ctx, &rows, &asked).await?),
        (FeedCovers::Mine | FeedCovers::All, _) => None,
    };
    let funders = organisations::view::names(db, awards.values().map(|row| row.funder_id)).await?;
    let mut events = Vec::new();
    for due in dues {
        let Some(row) = due.return_id.and_then(|id| rows.get(&id)) else {
            continue;
        };
        let (Some(award), Some(requirement)) =
            (awards.get(&row.award_id), asked.get(&row.requirement_id))
        else {
            continue;
        };
        if mine.as_ref().is_some_and(|mine| !mine.contains(&row.id)) {
            continue;
        }
        let history = happened.remove(&row.id).unwrap_or_default();
        let state = shown(row.state, &history, inside)?;
        let was_sent = matches!(state, Some(ReturnState::Submitted | ReturnState::Accepted));
        let what = match state {
            Some(ReturnState::Submitted) => "Sent",
            Some(ReturnState::Accepted) => "Accepted",
            Some(ReturnState::NotRequired) => "Not required",
            _ => "Due",
        };
        let title = format!(
            "{}: {}, {}",
            award.title,
            requirement.name,
            months_in_words(row.period_from, row.period_to)
        );
        let funder = funders.get(&award.funder_id).cloned().unwrap_or_default();
        let mut description = format!("Due {}.", due_in_words(due.due_at));
        if inside {
            description.push_str(&format!("\nTo {funder}."));
        }
        match state {
            Some(state) => description.push_str(&format!("\nIt is {}.", state_in_words(state))),
            None => description.push_str("\nIt was not sent yet."),
        }
        let path = match inside || was_sent {
            true => format!("/returns/{}", row.id),
            false => format!("/awards/{}", award.id),
        };
        events.push(CalendarEvent {
            uid: format!("return-{}@tributary", row.id),
            on: due.due_on,
            summary: format!("{what}: {title}"),
            description,
            url: format!("{}{path}", site.trim_end_matches('/')),
            cancelled: state == Some(ReturnState::NotRequired),
            modified: modified(due.created_at, &history, inside),
        });
    }
    Ok(events)
}

/// Where a return stands, as far as the reader is told: a funder's officer nothing before it was sent,
/// and then what they have.
fn shown(
    state: ReturnState,
    history: &[return_event::Model],
    inside: bool,
) -> Result<Option<ReturnState>> {
    if inside {
        return Ok(Some(state));
    }
    if history
        .iter()
        .any(|event| event.kind == ReturnEventKind::Submitted)
    {
        return Ok(Some(store::fold_as_sent(history.to_vec())?.state));
    }
    Ok((state == ReturnState::NotRequired).then_some(state))
}

/// When what the reader is told last changed: what is done here before it is sent tells a funder nothing,
/// not even that something was done.
fn modified(made: DateTime<Utc>, history: &[return_event::Model], inside: bool) -> DateTime<Utc> {
    let was_sent = history
        .iter()
        .any(|event| event.kind == ReturnEventKind::Submitted);
    history
        .iter()
        .filter(|event| {
            inside
                || event.kind == ReturnEventKind::Submitted
                || store::is_the_funders(event.kind)
                || (event.kind == ReturnEventKind::NotRequired && !was_sent)
        })
        .map(|event| event.at)
        .chain([made])
        .max()
        .unwrap_or(made)
}

/// The returns in which the reader has a part: they prepare, certify, sign or send them, or one waits for
/// them now.
async fn mine(
    db: &Db,
    ctx: &Ctx,
    rows: &HashMap<GrantReturnId, grant_return::Model>,
    asked: &HashMap<RequirementId, requirement::Model>,
) -> Result<HashSet<GrantReturnId>> {
    let me: Option<PersonId> = ctx.person_id();
    let mut mine = HashSet::new();
    for row in rows.values() {
        let Some(requirement) = asked.get(&row.requirement_id) else {
            continue;
        };
        let named = [
            requirement.preparer_id,
            requirement.certifier_id,
            requirement.sender_id,
        ]
        .contains(&me);
        let signs = store::signatures(requirement)?
            .iter()
            .any(|office| office.person_id.is_some() && office.person_id == me);
        if me.is_some() && (named || signs) {
            mine.insert(row.id);
        }
    }
    let waiting = returns::view::today(db, ctx).await?.waiting_for_me;
    mine.extend(waiting.into_iter().map(|item| item.summary.id));
    Ok(mine)
}
