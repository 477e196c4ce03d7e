//! Pins as readers get them, and what one would move before it is made.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AwardId, Money, PoolId, SpendLineId, SpendPinId, award, spend_line, spend_pin};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::ops::{NewPin, check};
use super::store;
use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::attribution::rules::Award;
use crate::awards::view::{PoolEffect, pool_effect};
use crate::{Ctx, Db, Error, Result, attribution};

/// A pin of part of a spend line to an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SpendPin)]
pub struct PinView {
    /// Its id.
    pub id: SpendPinId,
    /// The line.
    pub line_id: SpendLineId,
    /// London date on which what the line pays for was received.
    pub incurred_on: NaiveDate,
    /// Who was paid.
    pub supplier: Option<String>,
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award_title: String,
    /// How much of the line, in pence.
    pub amount_pence: i64,
    /// What the award pays of the line now, in pence.
    pub attributed_pence: i64,
    /// Why it does not pay for so much: a sentence. Absent where it does, and once it was taken off.
    pub waits: Option<String>,
    /// Why it was pinned.
    pub why: String,
    /// Who pinned it.
    pub pinned_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub pinned_at: DateTime<Utc>,
    /// Why it was taken off; absent while it holds.
    pub taken_off_why: Option<String>,
    /// Who took it off.
    pub taken_off_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub taken_off_at: Option<DateTime<Utc>>,
}

/// What a pin would move, before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SpendPinPreview)]
pub struct PinPreview {
    /// What becomes of the spend of the pool.
    pub pool: PoolEffect,
    /// What the award pays of the line now, in pence.
    pub now_pence: i64,
    /// What it would pay of it, in pence: less than is pinned where its money is certified elsewhere, or
    /// pinned to other lines.
    pub then_pence: i64,
}

/// An award to which part of a line may be pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payer {
    /// Which.
    pub id: AwardId,
    /// What people call it.
    pub title: String,
}

/// The pins of a line, those that hold first, then the newest.
pub async fn of_line(db: &Db, ctx: &Ctx, line: SpendLineId) -> Result<Vec<PinView>> {
    let row = seen(db, ctx, line).await?;
    let mut pins = store::of_line(db.read(), line).await?;
    pins.reverse();
    pins.sort_by_key(|pin| pin.taken_off_at.is_some());
    dressed(db, row.pool_id, pins).await
}

/// The pins that hold in a pool, the newest first.
pub async fn of_pool(db: &Db, ctx: &Ctx, pool: PoolId) -> Result<Vec<PinView>> {
    ctx.require(Operation::ReadSpend)?;
    crate::pools::store::one(db.read(), ctx, pool).await?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let pins = store::holding(db.read(), pool).await?;
    dressed(db, pool, pins).await
}

/// What of a line is pinned, by award: how much, by whom and on which London date.
pub(crate) async fn who_pinned(
    db: &Db,
    line: SpendLineId,
) -> Result<HashMap<AwardId, (i64, String, NaiveDate)>> {
    let pins: Vec<spend_pin::Model> = store::of_line(db.read(), line)
        .await?
        .into_iter()
        .filter(|pin| pin.taken_off_at.is_none())
        .collect();
    let names = names_of(db, pins.iter().filter_map(|pin| pin.pinned_by)).await?;
    Ok(pins
        .into_iter()
        .map(|pin| {
            let who = pin.pinned_by.and_then(|id| names.get(&id).cloned());
            let who = who.unwrap_or_else(|| "the command line".to_owned());
            let on = crate::calendar::rules::london_date(pin.pinned_at);
            (pin.award_id, (pin.amount.pence(), who, on))
        })
        .collect())
}

/// The awards that may pay for a line and have none of it pinned to them.
pub async fn payers(db: &Db, ctx: &Ctx, line: SpendLineId) -> Result<Vec<Payer>> {
    let row = seen(db, ctx, line).await?;
    if store::refuse_taken_back(db.read(), &row).await.is_err() {
        return Ok(Vec::new());
    }
    let seen = store::seen(db.read(), &row).await?;
    let titles = titles(db, seen.awards.iter().map(|award| award.id)).await?;
    Ok(seen
        .awards
        .iter()
        .filter(|award| award.may_pay(&seen.line) && !award.pins.contains_key(&line))
        .map(|award| Payer {
            id: award.id,
            title: titles.get(&award.id).cloned().unwrap_or_default(),
        })
        .collect())
}

/// What a pin would move, before it is made. Changes nothing.
pub async fn preview(db: &Db, ctx: &Ctx, line: SpendLineId, new: &NewPin) -> Result<PinPreview> {
    use validator::Validate;
    ctx.require(Operation::PinSpend)?;
    new.validate()?;
    let row = seen(db, ctx, line).await?;
    check(db.read(), line, new).await?;
    let pinned = (line, new.amount_pence.pence());
    let (effect, now, then) =
        attribution::what_if_pinned(db, row.pool_id, new.award_id, pinned).await?;
    Ok(PinPreview {
        pool: pool_effect(db, row.pool_id, effect).await?,
        now_pence: now.pence(),
        then_pence: then.pence(),
    })
}

async fn seen(db: &Db, ctx: &Ctx, line: SpendLineId) -> Result<spend_line::Model> {
    ctx.require(Operation::ReadSpend)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    store::line(db.read(), line).await
}

async fn titles(
    db: &Db,
    ids: impl IntoIterator<Item = AwardId>,
) -> Result<HashMap<AwardId, String>> {
    Ok(award::Entity::find()
        .filter(award::Column::Id.is_in(ids))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.title))
        .collect())
}

async fn dressed(db: &Db, pool: PoolId, pins: Vec<spend_pin::Model>) -> Result<Vec<PinView>> {
    if pins.is_empty() {
        return Ok(Vec::new());
    }
    let conn = db.read();
    let lines: HashMap<SpendLineId, spend_line::Model> = spend_line::Entity::find()
        .filter(spend_line::Column::Id.is_in(pins.iter().map(|pin| pin.line_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let awards = attribution::awards_alone(conn, pool).await?;
    let current = attribution::is_current(conn, pool).await?;
    let ids: Vec<SpendLineId> = lines.keys().copied().collect();
    let paid = attribution::paid_of_lines(conn, &ids).await?;
    let titles = titles(db, pins.iter().map(|pin| pin.award_id)).await?;
    let who = pins
        .iter()
        .flat_map(|pin| [pin.pinned_by, pin.taken_off_by])
        .flatten();
    let names = names_of(db, who).await?;
    let name = |id: Option<entity::PersonId>| id.and_then(|id| names.get(&id).cloned());
    let mut out = Vec::with_capacity(pins.len());
    for pin in pins {
        let line = lines
            .get(&pin.line_id)
            .ok_or_else(|| Error::internal("a pin without its line"))?;
        let title = titles.get(&pin.award_id).cloned().unwrap_or_default();
        let attributed = paid.get(&(pin.line_id, pin.award_id)).copied().unwrap_or(0);
        let award = awards.iter().find(|award| award.id == pin.award_id);
        let waits = match pin.taken_off_at {
            Some(_) => None,
            None => waits(db, &pin, line, (award, &title), (attributed, current)).await?,
        };
        out.push(PinView {
            id: pin.id,
            line_id: pin.line_id,
            incurred_on: line.incurred_on,
            supplier: line.supplier.clone(),
            award_id: pin.award_id,
            award_title: title,
            amount_pence: pin.amount.pence(),
            attributed_pence: attributed,
            waits,
            why: pin.why,
            pinned_by: name(pin.pinned_by),
            pinned_at: pin.pinned_at,
            taken_off_why: pin.taken_off_why,
            taken_off_by: name(pin.taken_off_by),
            taken_off_at: pin.taken_off_at,
        });
    }
    Ok(out)
}

/// Why an award does not pay for as much as is pinned to it.
async fn waits(
    db: &Db,
    pin: &spend_pin::Model,
    line: &spend_line::Model,
    (award, title): (Option<&Award>, &str),
    (attributed, current): (i64, bool),
) -> Result<Option<String>> {
    if attributed >= pin.amount.pence() {
        return Ok(None);
    }
    let looked_at = attribution::line_of(db.read(), line.clone()).await?;
    let why = award.and_then(|award| award.may_not(&looked_at));
    Ok(Some(match (award, why) {
        (None, _) => format!("“{title}” is not behind the line’s pool any more: it waits."),
        (_, Some(why)) => {
            let why = why.sentence(title);
            format!("It waits, and the line goes by the pool’s rule: {why}.")
        }
        (_, None) if !current => {
            "It was pinned just now: spend is attributed again within minutes, or a run of the pool \
             waits to be applied."
                .to_owned()
        }
        (_, None) => format!(
            "{} of it waits: “{title}” has no money left for it, or its line was taken back in part.",
            Money(pin.amount.pence().saturating_sub(attributed)).in_full()
        ),
    }))
}
