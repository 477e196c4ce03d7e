//! Programmes as readers get them.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{
    AwardId, Money, OrganisationId, ProgrammeId, StageKind, award, programme, programme_predecessor,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

use super::rules::{Standing, standing};
use super::store;
use crate::access::rules::Operation;
use crate::calendar::rules::{Moment, when_in_words};
use crate::paging::{Cursor, Slice};
use crate::{Ctx, Db, Result, organisations};

/// A programme in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ProgrammeSummary {
    /// Its id.
    pub id: ProgrammeId,
    /// What the funder calls it.
    pub name: String,
    /// Whose scheme it is.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// The least that may be asked for, in pence.
    #[schema(value_type = Option<i64>)]
    pub smallest_pence: Option<Money>,
    /// The most that may be asked for, in pence.
    #[schema(value_type = Option<i64>)]
    pub largest_pence: Option<Money>,
    /// From when it takes applications.
    pub opens: Option<Moment>,
    /// Until when it takes them.
    pub closes: Option<Moment>,
    /// "Friday 30 October 2026, 12pm".
    pub closes_in_words: Option<String>,
    /// How far off the closing is: "in 14 days", "3 days ago".
    pub when_in_words: Option<String>,
    /// Whether it takes applications now.
    pub standing: Standing,
    /// Whether another took its place.
    pub succeeded: bool,
    /// Counts changes: the `ETag`.
    pub version: i64,
}

/// One programme, with what came before and after it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ProgrammeView {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: ProgrammeSummary,
    /// What the funder wants to pay for.
    pub priorities: String,
    /// The stages that its applications go through.
    pub stages: Vec<StageKind>,
    /// The funder's own page about it; may be empty.
    pub link: String,
    /// What we know of it.
    pub notes: String,
    /// The programmes whose place it took.
    pub predecessors: Vec<Related>,
    /// The programmes that took its place.
    pub successors: Vec<Related>,
    /// The awards that were made under it.
    pub awards: Vec<AwardUnder>,
}

/// A programme that came before or after another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RelatedProgramme)]
pub struct Related {
    /// Its id.
    pub id: ProgrammeId,
    /// Its name.
    pub name: String,
}

/// An award that was made under a programme.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AwardUnder {
    /// Its id.
    pub id: AwardId,
    /// What people call it.
    pub title: String,
    /// How much, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// First London date of its window.
    pub starts_on: NaiveDate,
    /// Last London date of its window.
    pub ends_on: NaiveDate,
}

/// How a list of programmes is narrowed.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Those of one funder.
    pub funder_id: Option<OrganisationId>,
    /// Those that stand so today.
    pub standing: Option<Standing>,
    /// Those in whose name, priorities or notes each of these words is found.
    pub words: String,
    /// In which order.
    pub order: ProgrammeOrder,
}

/// In which order programmes are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum ProgrammeOrder {
    /// What can still be applied to first: by closing, the earliest first, then those that stay
    /// open; then those that are closed, the latest first.
    #[default]
    #[serde(rename = "attention")]
    Attention,
    /// By closing, the earliest first; those that stay open last.
    #[serde(rename = "closes_at")]
    Closes,
    /// As they were recorded, the oldest first.
    #[serde(rename = "recorded")]
    Recorded,
}

impl ProgrammeOrder {
    fn place(self, row: &programme::Model, now: chrono::DateTime<chrono::Utc>) -> Cursor {
        /// Comes after every closing: about the year 9999, in seconds.
        const NEVER: i64 = 253_402_300_800;
        let closes = row.closes_at.map(|at| at.timestamp());
        let key = match self {
            Self::Recorded => 0,
            Self::Closes => closes.unwrap_or(NEVER),
            Self::Attention => match closes {
                Some(at) if row.closes_at.is_some_and(|closes| now > closes) => {
                    NEVER.saturating_add(NEVER.saturating_sub(at))
                }
                Some(at) => at,
                None => NEVER,
            },
        };
        Cursor {
            key,
            id: row.id.into(),
        }
    }
}

/// A part of the programmes in an order.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    filter: &Filter,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<ProgrammeSummary>> {
    ctx.require(Operation::ReadProgrammes)?;
    let now = ctx.now();
    let mut query = store::seen(ctx);
    if let Some(funder) = filter.funder_id {
        query = query.filter(programme::Column::FunderId.eq(funder));
    }
    let words: Vec<String> = filter
        .words
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let fits = |row: &programme::Model| {
        let text = format!("{}\n{}\n{}", row.name, row.priorities, row.notes).to_lowercase();
        words.iter().all(|word| text.contains(word))
            && filter
                .standing
                .is_none_or(|wanted| standing(row.opens_at, row.closes_at, now) == wanted)
    };
    // A charity knows some hundreds: their order and their words are looked at here.
    let mut placed: Vec<(Cursor, programme::Model)> = query
        .all(db.read())
        .await?
        .into_iter()
        .filter(fits)
        .map(|row| (filter.order.place(&row, now), row))
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

async fn summaries(
    db: &Db,
    ctx: &Ctx,
    rows: Vec<programme::Model>,
) -> Result<Vec<ProgrammeSummary>> {
    let funders: HashMap<OrganisationId, String> =
        organisations::view::names(db, rows.iter().map(|row| row.funder_id)).await?;
    let succeeded: BTreeSet<ProgrammeId> = programme_predecessor::Entity::find()
        .filter(programme_predecessor::Column::PredecessorId.is_in(rows.iter().map(|row| row.id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| row.predecessor_id)
        .collect();
    Ok(rows
        .into_iter()
        .map(|row| {
            let opens = row
                .opens_on
                .zip(row.opens_at)
                .map(|(on, at)| Moment::of_beginning(on, at));
            let closes = row
                .closes_on
                .zip(row.closes_at)
                .map(|(on, at)| Moment::of_end(on, at));
            ProgrammeSummary {
                id: row.id,
                funder: funders.get(&row.funder_id).cloned().unwrap_or_default(),
                name: row.name,
                funder_id: row.funder_id,
                smallest_pence: row.smallest,
                largest_pence: row.largest,
                opens,
                closes,
                closes_in_words: closes.map(Moment::in_words),
                when_in_words: closes.map(|closes| when_in_words(ctx.today(), closes.on)),
                standing: standing(row.opens_at, row.closes_at, ctx.now()),
                succeeded: succeeded.contains(&row.id),
                version: row.version,
            }
        })
        .collect())
}

/// One programme.
pub async fn one(db: &Db, ctx: &Ctx, id: ProgrammeId) -> Result<ProgrammeView> {
    ctx.require(Operation::ReadProgrammes)?;
    let row = store::one(db.read(), ctx, id).await?;
    let known = store::succession(db.read()).await?;
    let before = known.get(&id).cloned().unwrap_or_default();
    let after = known
        .iter()
        .filter(|(_, before)| before.contains(&id))
        .map(|(one, _)| *one)
        .collect();
    let related = async |ids: BTreeSet<ProgrammeId>| -> Result<Vec<Related>> {
        Ok(store::known(db.read(), &ids)
            .await?
            .into_iter()
            .map(|row| Related {
                id: row.id,
                name: row.name,
            })
            .collect())
    };
    let awards = award::Entity::find()
        .filter(award::Column::ProgrammeId.eq(id))
        .order_by_desc(award::Column::StartsOn)
        .order_by_asc(award::Column::Id)
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| AwardUnder {
            id: row.id,
            title: row.title,
            amount_pence: row.amount,
            starts_on: row.starts_on,
            ends_on: row.ends_on,
        })
        .collect();
    let (priorities, link, notes) = (row.priorities.clone(), row.link.clone(), row.notes.clone());
    let stages = serde_json::from_value(row.stages.clone())?;
    let summary = summaries(db, ctx, vec![row])
        .await?
        .pop()
        .ok_or(crate::Error::NotFound)?;
    Ok(ProgrammeView {
        summary,
        priorities,
        stages,
        link,
        notes,
        predecessors: related(before).await?,
        successors: related(after).await?,
        awards,
    })
}
