//! What is known of a position that was not known when its reader last looked, and why: both sides are the position,
//! as it was known then and as it is.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use entity::{AwardId, Money, OrganisationId, PoolId, position_seen};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::{Position, PositionRow, When, too_much};
use crate::access::rules::{Operation, Sight, sight};
use crate::access::visits;
use crate::positions::rules::changes::{Cause, ChangedFigure, FigureChange, changed};
use crate::positions::store::since::recorded_since;
use crate::{Ctx, Db, Error, Result, pools};

/// What changed in a position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PositionChanges {
    /// Of which pool; null: of all.
    pub pool_id: Option<PoolId>,
    /// The pool's name.
    pub pool: Option<String>,
    /// What was recorded after this instant (UTC) changed it; null: the reader never looked before.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub since: Option<DateTime<Utc>>,
    /// What that instant is.
    pub since_what: SinceWhat,
    /// What is known now was recorded until this instant (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub known_at: DateTime<Utc>,
    /// Award by award, the largest change first: those of which something changed. A funder's officer gets their own,
    /// and those of co-funders that agreed to be named.
    pub rows: Vec<PositionChange>,
    /// How many awards stand as they did.
    pub same: usize,
    /// Spend, in pence, as it was known; null where the reader is not told.
    #[schema(value_type = Option<i64>)]
    pub spend_before_pence: Option<Money>,
    /// Spend as it is known now, in pence.
    #[schema(value_type = Option<i64>)]
    pub spend_pence: Option<Money>,
    /// Of it, what no award paid for, in pence, as it was known.
    #[schema(value_type = Option<i64>)]
    pub unfunded_before_pence: Option<Money>,
    /// What no award pays for now, in pence.
    #[schema(value_type = Option<i64>)]
    pub unfunded_pence: Option<Money>,
    /// Whether awards paid for all spend that was known.
    pub fully_covered_before: bool,
    /// Whether they do now.
    pub fully_covered: bool,
}

/// What the instant is since when changes are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SinceWhat {
    /// It was asked for.
    Asked,
    /// Until then the reader has marked the position as seen.
    Seen,
    /// The end of the reader's visit before this one.
    Visit,
    /// Nothing: the reader never looked before.
    Never,
}

/// An award of which something changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PositionChange {
    /// Who gives it.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// It is given by the funder whose officer reads this.
    pub mine: bool,
    /// What changed, by how much most first.
    pub figures: Vec<FigureChange>,
    /// Why: what was recorded since then.
    pub causes: Vec<ChangeCause>,
}

/// What was recorded of an award.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ChangeCause {
    /// What.
    pub kind: Cause,
    /// How many.
    pub count: u32,
    /// When the latest was recorded (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub latest_at: DateTime<Utc>,
}

/// Since when the reader wants to know.
pub async fn since(
    db: &Db,
    ctx: &Ctx,
    pool: Option<PoolId>,
) -> Result<(Option<DateTime<Utc>>, SinceWhat)> {
    let Ok(me) = ctx.person() else {
        return Ok((None, SinceWhat::Never));
    };
    if let Some(seen) = mark(db.read(), me.id, pool).await? {
        return Ok((Some(seen.known_at), SinceWhat::Seen));
    }
    Ok(match visits::before(db, me.id).await? {
        Some(at) => (Some(at), SinceWhat::Visit),
        None => (None, SinceWhat::Never),
    })
}

/// What a person marked as seen.
pub(in crate::positions) async fn mark(
    conn: &impl ConnectionTrait,
    person: entity::PersonId,
    pool: Option<PoolId>,
) -> Result<Option<position_seen::Model>> {
    let of = match pool {
        Some(id) => position_seen::Column::PoolId.eq(id),
        None => position_seen::Column::PoolId.is_null(),
    };
    Ok(position_seen::Entity::find()
        .filter(position_seen::Column::PersonId.eq(person))
        .filter(of)
        .one(conn)
        .await?)
}

/// What changed in the position of a pool, or of all, since an instant; or since the reader last looked.
pub async fn changes(
    db: &Db,
    ctx: &Ctx,
    pool: Option<PoolId>,
    asked: Option<DateTime<Utc>>,
) -> Result<PositionChanges> {
    let of = async |known_at| {
        let when = When {
            as_of: None,
            known_at,
        };
        match pool {
            Some(id) => super::of_pool(db, ctx, id, when).await,
            None => super::of_all(db, ctx, when).await,
        }
    };
    let known_at = ctx.now();
    let all = sight(&ctx.actor) == Sight::All;
    let now = of(None).await?;
    let (since, since_what) = match asked {
        Some(at) => (Some(at), SinceWhat::Asked),
        None => since(db, ctx, pool).await?,
    };
    let Some(at) = since else {
        return Ok(told(now, None, (since, since_what), (known_at, all)));
    };
    if at > known_at {
        return Err(Error::invalid(
            "/since",
            "in-the-future",
            "Enter an instant that is not in the future.",
        ));
    }
    let before = of(Some(at)).await?;
    let causes = causes(db, ctx, pool, &now, at).await?;
    let rows = rows(&before, &now, &causes)?;
    let mut found = told(now, Some(before), (since, since_what), (known_at, all));
    found.same = found.same.saturating_sub(rows.len());
    found.rows = rows;
    Ok(found)
}

fn told(
    now: Position,
    before: Option<Position>,
    (since, since_what): (Option<DateTime<Utc>>, SinceWhat),
    (known_at, all): (DateTime<Utc>, bool),
) -> PositionChanges {
    // less what a funder's officer knows, the difference of two sums could be another funder's
    let inside = |sum: Option<Money>| sum.filter(|_| all);
    PositionChanges {
        pool_id: now.pool_id,
        pool: now.pool,
        since,
        since_what,
        known_at,
        same: now.rows.len(),
        rows: Vec::new(),
        spend_before_pence: before.as_ref().and_then(|of| inside(of.spend_pence)),
        spend_pence: inside(now.spend_pence),
        unfunded_before_pence: before.as_ref().and_then(|of| inside(of.unfunded_pence)),
        unfunded_pence: inside(now.unfunded_pence),
        fully_covered_before: before.map_or(now.fully_covered, |of| of.fully_covered),
        fully_covered: now.fully_covered,
    }
}

fn rows(
    before: &Position,
    now: &Position,
    causes: &HashMap<AwardId, Vec<ChangeCause>>,
) -> Result<Vec<PositionChange>> {
    let then: HashMap<AwardId, &PositionRow> =
        before.rows.iter().map(|row| (row.award_id, row)).collect();
    let mut found = Vec::new();
    for row in &now.rows {
        let Some(then) = then.get(&row.award_id) else {
            continue;
        };
        let (then, of) = (then.figures, row.figures);
        let figures = changed(&[
            (ChangedFigure::Agreed, then.agreed_pence, of.agreed_pence),
            (ChangedFigure::Pledged, then.pledged_pence, of.pledged_pence),
            (
                ChangedFigure::Confirmed,
                then.confirmed_pence,
                of.confirmed_pence,
            ),
            (
                ChangedFigure::Received,
                then.received_pence,
                of.received_pence,
            ),
            (
                ChangedFigure::Attributed,
                then.attributed_pence,
                of.attributed_pence,
            ),
        ])
        .ok_or_else(too_much)?;
        if !figures.is_empty() {
            found.push(PositionChange {
                funder_id: row.funder_id,
                funder: row.funder.clone(),
                award_id: row.award_id,
                award: row.award.clone(),
                mine: row.mine,
                figures,
                causes: causes.get(&row.award_id).cloned().unwrap_or_default(),
            });
        }
    }
    let most = |row: &PositionChange| {
        let first = row.figures.first();
        first.map_or(0, |one| one.more_pence.pence().unsigned_abs())
    };
    found.sort_by(|a, b| {
        most(b)
            .cmp(&most(a))
            .then_with(|| (&a.award, a.award_id).cmp(&(&b.award, b.award_id)))
    });
    Ok(found)
}

/// What was recorded since then of the awards that the reader is shown: of a co-funder's, only what is of the pool.
async fn causes(
    db: &Db,
    ctx: &Ctx,
    pool: Option<PoolId>,
    now: &Position,
    since: DateTime<Utc>,
) -> Result<HashMap<AwardId, Vec<ChangeCause>>> {
    let ids: Vec<AwardId> = now.rows.iter().map(|row| row.award_id).collect();
    let inside = sight(&ctx.actor) == Sight::All;
    let whole: Vec<AwardId> = now
        .rows
        .iter()
        .filter(|row| inside || row.mine)
        .map(|row| row.award_id)
        .collect();
    let conn = db.snapshot().await?;
    let pools: Vec<PoolId> = match pool {
        Some(id) => vec![id],
        None => {
            let all = pools::store::seen(ctx).all(&conn).await?;
            all.into_iter().map(|pool| pool.id).collect()
        }
    };
    let mut sums: BTreeMap<(AwardId, Cause), (u32, DateTime<Utc>)> = BTreeMap::new();
    for (award, cause, at) in recorded_since(&conn, &pools, &ids, &whole, since).await? {
        let sum = sums.entry((award, cause)).or_insert((0, at));
        sum.0 = sum.0.saturating_add(1);
        sum.1 = sum.1.max(at);
    }
    let mut found: HashMap<AwardId, Vec<ChangeCause>> = HashMap::new();
    for ((award, kind), (count, latest_at)) in sums {
        found.entry(award).or_default().push(ChangeCause {
            kind,
            count,
            latest_at,
        });
    }
    Ok(found)
}

/// Whether anything was recorded since a reader last looked is asked for on the position itself: since when.
pub async fn last_looked(
    db: &Db,
    ctx: &Ctx,
    pool: Option<PoolId>,
) -> Result<Option<DateTime<Utc>>> {
    ctx.require(Operation::ReadPosition)?;
    Ok(since(db, ctx, pool).await?.0)
}
