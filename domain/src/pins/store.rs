//! The rows of pins, and what stands beside one. Whoever asks has looked whether the line may be seen.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AwardId, PoolId, SpendLineId, spend_line, spend_pin};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};

use super::rules::Beside;
use crate::attribution::rules::{Award, Line};
use crate::db::statement;
use crate::{Error, Result, attribution, imports};

/// What is pinned of the lines of a pool, by award and line.
pub(crate) async fn of_pool(
    conn: &impl ConnectionTrait,
    pool: PoolId,
) -> Result<HashMap<AwardId, BTreeMap<SpendLineId, i64>>> {
    let mut by: HashMap<AwardId, BTreeMap<SpendLineId, i64>> = HashMap::new();
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT p.award_id, p.line_id, p.amount FROM spend_pin p \
             JOIN spend_line l ON l.id = p.line_id \
             WHERE p.taken_off_at IS NULL AND l.pool_id = $1",
            [pool.into()],
        ))
        .await?
    {
        by.entry(AwardId(row.try_get("", "award_id")?))
            .or_default()
            .insert(
                SpendLineId(row.try_get("", "line_id")?),
                row.try_get("", "amount")?,
            );
    }
    Ok(by)
}

/// The pins of a line, the oldest first.
pub(super) async fn of_line(
    conn: &impl ConnectionTrait,
    line: SpendLineId,
) -> Result<Vec<spend_pin::Model>> {
    Ok(spend_pin::Entity::find()
        .filter(spend_pin::Column::LineId.eq(line))
        .order_by_asc(spend_pin::Column::PinnedAt)
        .order_by_asc(spend_pin::Column::Id)
        .all(conn)
        .await?)
}

/// The pins that hold in a pool, the newest first.
pub(super) async fn holding(
    conn: &impl ConnectionTrait,
    pool: PoolId,
) -> Result<Vec<spend_pin::Model>> {
    let lines = spend_line::Entity::find()
        .select_only()
        .column(spend_line::Column::Id)
        .filter(spend_line::Column::PoolId.eq(pool));
    Ok(spend_pin::Entity::find()
        .filter(spend_pin::Column::TakenOffAt.is_null())
        .filter(spend_pin::Column::LineId.in_subquery(lines.into_query()))
        .order_by_desc(spend_pin::Column::PinnedAt)
        .order_by_desc(spend_pin::Column::Id)
        .all(conn)
        .await?)
}

/// The pins to an award that held at an instant, with their lines that were received between two days: the largest
/// first.
pub(crate) async fn to_award(
    conn: &impl ConnectionTrait,
    award: AwardId,
    (from, to): (NaiveDate, NaiveDate),
    at: DateTime<Utc>,
) -> Result<Vec<(spend_pin::Model, spend_line::Model)>> {
    let pins = spend_pin::Entity::find()
        .filter(spend_pin::Column::AwardId.eq(award))
        .filter(spend_pin::Column::PinnedAt.lte(at))
        .filter(
            Condition::any()
                .add(spend_pin::Column::TakenOffAt.is_null())
                .add(spend_pin::Column::TakenOffAt.gt(at)),
        )
        .order_by_desc(spend_pin::Column::Amount)
        .order_by_asc(spend_pin::Column::Id)
        .all(conn)
        .await?;
    let mut lines: HashMap<SpendLineId, spend_line::Model> = HashMap::new();
    for some in pins.chunks(500) {
        let found = spend_line::Entity::find()
            .filter(spend_line::Column::Id.is_in(some.iter().map(|pin| pin.line_id)))
            .filter(spend_line::Column::IncurredOn.between(from, to))
            .all(conn)
            .await?;
        lines.extend(found.into_iter().map(|line| (line.id, line)));
    }
    Ok(pins
        .into_iter()
        .filter_map(|pin| {
            let line = lines.get(&pin.line_id)?.clone();
            Some((pin, line))
        })
        .collect())
}

/// A line that counts.
pub(crate) async fn line(
    conn: &impl ConnectionTrait,
    id: SpendLineId,
) -> Result<spend_line::Model> {
    spend_line::Entity::find_by_id(id)
        .filter(spend_line::Column::ImportId.in_subquery(imports::accepted()))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// Refuses what takes spend back, and what was taken back: it goes where its line went.
pub(crate) async fn refuse_taken_back(
    conn: &impl ConnectionTrait,
    line: &spend_line::Model,
) -> Result<()> {
    if line.amount <= entity::Money::ZERO {
        return Err(Error::refused(
            "a-credit",
            "What takes spend back is attributed as the line that it names was. Pin that line instead.",
        ));
    }
    let stands = spend_line::Entity::find_by_id(line.id)
        .filter(Expr::cust(imports::not_taken_back("spend_line.id")))
        .one(conn)
        .await?;
    if stands.is_none() {
        return Err(Error::refused(
            "taken-back",
            "The line was taken back, whole, or split. There is nothing of it to pin.",
        ));
    }
    Ok(())
}

/// A line with the awards behind its pool, as attribution looks at them.
pub(super) struct Seen {
    pub(super) line: Line,
    pub(super) awards: Vec<Award>,
}

pub(super) async fn seen(conn: &impl ConnectionTrait, line: &spend_line::Model) -> Result<Seen> {
    Ok(Seen {
        line: attribution::line_of(conn, line.clone()).await?,
        awards: attribution::awards_alone(conn, line.pool_id).await?,
    })
}

/// What stands beside a pin of this line to this award.
pub(super) async fn beside(
    conn: &impl ConnectionTrait,
    seen: &Seen,
    award: AwardId,
) -> Result<Beside> {
    let held = attribution::held_of_line(conn, &seen.line, &seen.awards).await?;
    let mut beside = Beside::default();
    for one in &seen.awards {
        let pinned = one.pins.get(&seen.line.id).copied().unwrap_or(0);
        let held = held.get(&one.id).copied().unwrap_or(0);
        if one.id == award {
            beside.pinned_already = pinned > 0;
            beside.in_pool = one
                .pins
                .values()
                .fold(0, |sum, pin| pin.saturating_add(sum));
        } else {
            beside.of_line = beside.of_line.saturating_add(pinned.max(held));
        }
    }
    let row = conn
        .query_one_raw(statement(
            conn,
            "SELECT CAST(COALESCE(SUM(amount), 0) AS bigint) AS total FROM spend_pin \
             WHERE award_id = $1 AND taken_off_at IS NULL",
            [award.into()],
        ))
        .await?;
    beside.in_all = row.map_or(Ok(0), |row| row.try_get("", "total"))?;
    Ok(beside)
}
