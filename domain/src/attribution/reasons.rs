//! Why each award behind a pool pays for a line as it does, or does not: from what is kept beside runs, by
//! awards and days, never from the lines.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::{AttributionPolicy, AwardId, FenceId, SpendLineId, award, fence};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::rules::why::{Full, Known, sentence};
use super::store;
use crate::access::rules::{Operation, Sight, sight};
use crate::calendar::rules::months_in_words;
use crate::{Ctx, Db, Error, Result, pins, pools, returns};

/// Why an award pays for a line as it does, or does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AwardReason {
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award_title: String,
    /// What it pays of the line, in pence.
    pub amount_pence: i64,
    /// Why: a sentence, or a few.
    pub because: String,
}

/// Why each award behind a line's pool pays for it as it does, those that pay first; nothing of a line
/// that takes spend back, which is attributed as the line that it names was.
pub async fn reasons(db: &Db, ctx: &Ctx, id: SpendLineId) -> Result<Vec<AwardReason>> {
    ctx.require(Operation::ReadSpend)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let conn = &db.snapshot().await?;
    let row = pins::store::line(conn, id).await?;
    let amount = row.amount.pence();
    if amount <= 0 || pins::store::refuse_taken_back(conn, &row).await.is_err() {
        return Ok(Vec::new());
    }
    let (pool, on) = (row.pool_id, row.incurred_on);
    let line = store::line_of(conn, row).await?;
    let mut awards = store::awards(conn, pool).await?;
    let held = store::held_of_line(conn, &line, &awards).await?;
    let paid = store::paid_of_lines(conn, &[id]).await?;
    let policies = pools::store::policies(conn, pool).await?;
    let rule = policies.on(on);
    let order: Vec<AwardId> = rule.map_or_else(Vec::new, |rule| {
        rule.awards.iter().map(|(award, _)| *award).collect()
    });
    let ids: Vec<AwardId> = awards.iter().map(|award| award.id).collect();
    let titles: HashMap<AwardId, String> = award::Entity::find()
        .filter(award::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row.title))
        .collect();
    let fences: HashMap<FenceId, String> = fence::Entity::find()
        .filter(fence::Column::AwardId.is_in(ids.iter().copied()))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let certified = returns::store::certified(conn, &ids).await?;
    let pinned = pins::view::who_pinned(db, id).await?;
    // The last days of spend that an award, and a fence of it, pays for.
    let mut until: BTreeMap<(AwardId, Option<FenceId>), NaiveDate> = BTreeMap::new();
    for (award, fence, day, total) in store::used_here(conn, pool).await? {
        if total > 0 {
            for of in [Some(fence), (fence.is_some()).then_some(None)]
                .into_iter()
                .flatten()
            {
                let last = until.entry((award, of)).or_insert(day);
                *last = day.max(*last);
            }
        }
        if let Some(one) = awards.iter_mut().find(|one| one.id == award) {
            one.pays_less(fence, day, total);
        }
    }
    let all: i64 = ids.iter().filter_map(|award| paid.get(&(id, *award))).sum();
    let mut out: Vec<AwardReason> = awards
        .iter()
        .map(|award| {
            let title = titles.get(&award.id).cloned().unwrap_or_default();
            let mine = paid.get(&(id, award.id)).copied().unwrap_or(0);
            let stays = held.get(&award.id).copied().unwrap_or(0).min(mine);
            let times: Vec<String> = certified
                .iter()
                .filter(|one| one.award == award.id && (one.from..=one.to).contains(&on))
                .map(|one| months_in_words(one.from, one.to))
                .collect();
            let full = award.full_for(&line).map(|full| {
                let (name, of) = match full {
                    Full::Fence(fence) => {
                        (fences.get(&fence).cloned().unwrap_or_default(), Some(fence))
                    }
                    _ => (String::new(), None),
                };
                let last = until
                    .iter()
                    .filter(|((of_award, fence), _)| {
                        *of_award == award.id && (of.is_none() || *fence == of)
                    })
                    .map(|(_, day)| *day)
                    .max();
                (full, name, last)
            });
            let known = Known {
                line: amount,
                paid: mine,
                certified: (stays > 0 && award.closed.is_none() && !times.is_empty())
                    .then_some((stays, times)),
                pinned: pinned
                    .get(&award.id)
                    .map(|(pin, who, day)| ((*pin).min(mine), who.clone(), *day))
                    .filter(|(pin, ..)| *pin > 0),
                may_not: award.may_not(&line),
                no_share: policies.gives_nothing(award.id, on, line.category, line.commitment),
                full,
                rule: rule
                    .map(|rule| rule.kind)
                    .or(Some(AttributionPolicy::InOrder)),
                covered: all >= amount,
                lost_on: award.lost_on(),
                first: awards
                    .iter()
                    .filter(|other| {
                        other.id != award.id
                            && paid.get(&(id, other.id)).is_some_and(|pence| *pence > 0)
                    })
                    .find_map(|other| {
                        let why = award.after(other, &order)?;
                        Some((titles.get(&other.id).cloned().unwrap_or_default(), why))
                    }),
            };
            AwardReason {
                award_id: award.id,
                because: sentence(&title, &known),
                award_title: title,
                amount_pence: mine,
            }
        })
        .collect();
    out.sort_by_key(|one| one.amount_pence == 0);
    Ok(out)
}
