//! Today: what needs me now?

use std::collections::{BTreeMap, HashSet};

use entity::{Board, GrantReturnId, ReturnState, grant_return};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use super::funder_asks::{AskedByFunder, asked_by_funders};
use super::list::{ReturnFilter, ReturnOrder, ReturnSummary, list};
use super::one::restatement;
use super::parts::{active, parts};
use super::problems::{DraftingProblem, drafting_problems};
use crate::access::rules::{Operation, Sight, sight};
use crate::news::view::{News, since_last_visit};
use crate::reminders::rules::{Told, but_for_other_offices, is_long_overdue, told_of, waits_for};
use crate::returns::store;
use crate::{Ctx, Db, Result};

/// How many returns Today shows of each sort.
const MOST: u64 = 200;

/// How far ahead Today looks, in days.
const AHEAD: i64 = 42;

/// What needs somebody now.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Today {
    /// Past their deadline and not sent, the oldest first.
    pub overdue: Vec<TodayItem>,
    /// Due in the next six weeks, the earliest first.
    pub due: Vec<TodayItem>,
    /// Of these, what waits for this reader.
    pub waiting_for_me: Vec<TodayItem>,
    /// Returns that were sent and would say something else today, for those who may open them again:
    /// of each requirement the newest, for what is sent next carries what changed before.
    pub changed_since_sent: Vec<ChangedSinceSent>,
    /// Returns that are certified, not sent yet, and would say something else today, for those who may
    /// open them again or send them.
    pub changed_since_certified: Vec<ChangedSinceSent>,
    /// Returns that were sent, of which funders ask for changes and that nobody has opened again, for
    /// those who prepare returns or may open them again.
    pub asked_by_funders: Vec<AskedByFunder>,
    /// What keeps returns from being drafted, for those who can mend it.
    pub problems: Vec<DraftingProblem>,
    /// What happened since this reader was last here; none during the first visit.
    pub since_you_were_here: Option<News>,
}

/// A return that needs somebody.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TodayItem {
    /// What lists show.
    #[serde(flatten)]
    pub summary: ReturnSummary,
    /// Whether it waits for this reader.
    pub waits_for_me: bool,
    /// Where nobody active holds a part and somebody else was told instead, in words.
    pub notes: Vec<String>,
}

/// A return that was certified or sent, and would say something else today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ChangedSinceSent {
    /// The return.
    pub id: GrantReturnId,
    /// "Quarterly return, April to June 2026".
    pub title: String,
    /// The award's title.
    pub award: String,
    /// How many figures would be others.
    pub figures: usize,
}

/// What needs somebody now.
pub async fn today(db: &Db, ctx: &Ctx) -> Result<Today> {
    ctx.require(Operation::ReadDeadlines)?;
    let mut today = Today {
        overdue: Vec::new(),
        due: Vec::new(),
        waiting_for_me: Vec::new(),
        changed_since_sent: changed_since_sent(db, ctx).await?,
        changed_since_certified: Vec::new(),
        asked_by_funders: asked_by_funders(db, ctx).await?,
        problems: drafting_problems(db, ctx).await?,
        since_you_were_here: since_last_visit(db, ctx).await?,
    };
    // A funder's officer has nothing to do here.
    if sight(&ctx.actor) != Sight::All {
        return Ok(today);
    }
    let filter = ReturnFilter {
        open_only: true,
        ..ReturnFilter::default()
    };
    let people = active(db, ctx.today()).await?;
    let me = ctx.person_id();
    let until = ctx.today() + chrono::Duration::days(AHEAD);
    let open = list(db, ctx, filter, ReturnOrder::Attention, None, MOST).await?;
    for summary in open.items {
        let record = store::record(db.read(), summary.id).await?;
        let boards: Vec<Board> = store::life(db.read(), summary.id).await?.boards_to_agree();
        let standing = store::certifications(db.read(), summary.id).await?;
        let turn = store::turn(&record.requirement, &standing)?;
        let long_overdue = is_long_overdue(summary.due_on, record.award.nation, ctx.today());
        let told: Told = told_of(
            waits_for(summary.state, &boards, summary.overtaken),
            &parts(&record, &turn, &people),
            &but_for_other_offices(&people, &turn.not_these),
            long_overdue,
        );
        // A return whose period runs waits for nobody yet.
        let begun = summary.state != ReturnState::Scheduled;
        let mine = begun
            && told
                .people
                .iter()
                .any(|recipient| Some(recipient.person) == me);
        if summary.changed_figures > 0
            && [Operation::ReopenReturn, Operation::RecordSending]
                .into_iter()
                .any(|operation| ctx.require(operation).is_ok())
        {
            today.changed_since_certified.push(ChangedSinceSent {
                id: summary.id,
                title: summary.title.clone(),
                award: summary.award.clone(),
                figures: usize::try_from(summary.changed_figures).unwrap_or(usize::MAX),
            });
        }
        let item = TodayItem {
            notes: notes(&told),
            waits_for_me: mine,
            summary,
        };
        if mine {
            today.waiting_for_me.push(item.clone());
        }
        if item.summary.overdue {
            today.overdue.push(item);
        } else if item.summary.due_on <= until {
            today.due.push(item);
        }
    }
    Ok(today)
}

async fn changed_since_sent(db: &Db, ctx: &Ctx) -> Result<Vec<ChangedSinceSent>> {
    if sight(&ctx.actor) != Sight::All || ctx.require(Operation::ReopenReturn).is_err() {
        return Ok(Vec::new());
    }
    let sent = grant_return::Entity::find()
        .filter(grant_return::Column::State.is_in([ReturnState::Submitted, ReturnState::Accepted]))
        .order_by_desc(grant_return::Column::PeriodTo)
        .all(db.read())
        .await?;
    let mut asked = HashSet::new();
    let mut changed = Vec::new();
    for row in sent {
        let record = store::record(db.read(), row.id).await?;
        if !asked.insert(record.requirement.series_id) {
            continue;
        }
        let figures = restatement(db, ctx, row.id).await?.len();
        if figures > 0 {
            changed.push(ChangedSinceSent {
                id: row.id,
                title: record.title(),
                award: record.award.title,
                figures,
            });
        }
    }
    Ok(changed)
}

/// Each thing once, however many people stand in.
fn notes(told: &Told) -> Vec<String> {
    let mut notes: BTreeMap<String, ()> = told
        .people
        .iter()
        .filter_map(|recipient| recipient.fallback_in_words())
        .map(|words| (words, ()))
        .collect();
    for part in &told.nobody_for {
        notes.insert(
            format!(
                "There is nobody who could be told for {}.",
                crate::reminders::rules::part_in_words(*part)
            ),
            (),
        );
    }
    notes.into_keys().collect()
}
