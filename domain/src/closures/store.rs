//! The rows of closures, and what is looked at before one is recorded. Whoever asks has looked whether the
//! award may be seen.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    AwardId, AwardMoneyKind as Kind, Money, ReturnState, award, award_amendment, award_closure,
    award_money, contribution, grant_return, pool, requirement,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::rules::{Closure, Figures, Stands, Unspent};
use crate::awards::rules::years::standing;
use crate::calendar::rules::months_in_words;
use crate::conditions::rules::ConditionState;
use crate::virements::rules::VirementState;
use crate::{Error, Result, attribution, awards, conditions, virements};

pub(super) fn fact(row: &award_closure::Model) -> Closure {
    Closure {
        closed_on: row.closed_on,
        reopened_on: row.reopened_on,
    }
}

/// The closures of these awards, the oldest first.
pub(crate) async fn rows(
    conn: &impl ConnectionTrait,
    ids: &[AwardId],
) -> Result<Vec<award_closure::Model>> {
    Ok(award_closure::Entity::find()
        .filter(award_closure::Column::AwardId.is_in(ids.iter().copied()))
        .order_by_asc(award_closure::Column::AwardId)
        .order_by_asc(award_closure::Column::Seq)
        .all(conn)
        .await?)
}

/// Of these awards, those that are closed.
pub(crate) async fn closed(
    conn: &impl ConnectionTrait,
    ids: &[AwardId],
) -> Result<HashMap<AwardId, award_closure::Model>> {
    Ok(award_closure::Entity::find()
        .filter(award_closure::Column::AwardId.is_in(ids.iter().copied()))
        .filter(award_closure::Column::ReopenedOn.is_null())
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.award_id, row))
        .collect())
}

/// Whether an award is closed.
pub(crate) async fn is_closed(conn: &impl ConnectionTrait, id: AwardId) -> Result<bool> {
    Ok(!closed(conn, &[id]).await?.is_empty())
}

/// Refuses what can no longer be done once an award is closed.
pub(crate) async fn refuse_closed(conn: &impl ConnectionTrait, id: AwardId) -> Result<()> {
    if is_closed(conn, id).await? {
        return Err(Error::refused(
            "award-closed",
            "The award is closed, so this can no longer be done. If the funder agreed that it goes on, \
             open it again first.",
        ));
    }
    Ok(())
}

/// What an award comes to now.
pub(super) async fn figures(
    conn: &impl ConnectionTrait,
    award: &award::Model,
    today: NaiveDate,
) -> Result<(Figures, Unspent, Money, Money)> {
    let id = award.id;
    let years = awards::store::years(conn, &[id]).await?;
    let by_year = awards::store::attributed_by_year(conn, &years).await?;
    let of = years.get(&id).map(Vec::as_slice).unwrap_or_default();
    let spent = by_year.get(&id).map(Vec::as_slice).unwrap_or_default();
    let stands = standing(of, spent, today);
    let attributed = awards::store::attributed(conn, &[id])
        .await?
        .remove(&id)
        .unwrap_or_default();
    let money = award_money::Entity::find()
        .filter(award_money::Column::AwardId.eq(id))
        .all(conn)
        .await?;
    let sum = |kind: Kind| {
        let these = money.iter().filter(|row| row.kind == kind);
        Money::sum(these.map(|row| row.amount))
            .ok_or_else(|| Error::internal("the money of an award fits no number"))
    };
    let figures = Figures {
        attributed,
        payable: attributed
            .minus(stands.over)
            .and_then(|rest| rest.minus(stands.at_risk))
            .ok_or_else(|| Error::internal("what an award pays fits no number"))?,
        received: sum(Kind::Receipt)?,
        repaid: sum(Kind::Repayment)?,
        claimed: sum(Kind::Claim)?,
    };
    let unspent = Unspent {
        lost_if_unspent: award.lost_if_unspent,
        carry: of
            .last()
            .map_or(entity::CarryForward::None, |year| year.carry),
    };
    Ok((figures, unspent, stands.over, stands.at_risk))
}

/// What stands in the way of closing an award, as facts.
pub(super) async fn stands(
    conn: &impl ConnectionTrait,
    award: &award::Model,
    (over, at_risk): (Money, Money),
) -> Result<Stands> {
    let id = award.id;
    let parts = contribution::Entity::find()
        .filter(contribution::Column::AwardId.eq(id))
        .order_by_asc(contribution::Column::Id)
        .all(conn)
        .await?;
    let mut not_current = Vec::new();
    for part in parts {
        if !attribution::is_current(conn, part.pool_id).await?
            && let Some(pool) = pool::Entity::find_by_id(part.pool_id).one(conn).await?
        {
            not_current.push(pool.name);
        }
    }
    let names: HashMap<_, String> = requirement::Entity::find()
        .filter(requirement::Column::AwardId.eq(id))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let open_returns = open_returns(conn, id)
        .await?
        .into_iter()
        .map(|row| {
            format!(
                "{}, {}",
                names.get(&row.requirement_id).cloned().unwrap_or_default(),
                months_in_words(row.period_from, row.period_to)
            )
        })
        .collect();
    let mut open_conditions = Vec::new();
    for one in conditions::store::of_awards(conn, &[id]).await? {
        if one.state() == ConditionState::Open {
            open_conditions.push(one.says()?.title.clone());
        }
    }
    let virements_waiting = virements::store::of_awards(conn, &[id])
        .await?
        .iter()
        .filter(|one| matches!(one.state(), VirementState::ToAsk | VirementState::Asked))
        .count();
    let years = awards::store::years(conn, &[id]).await?;
    let amendments_waiting = award_amendment::Entity::find()
        .filter(award_amendment::Column::AwardId.eq(id))
        .filter(award_amendment::Column::AppliedAt.is_null())
        .count(conn)
        .await?;
    Ok(Stands {
        ends_on: award.ends_on,
        not_current,
        over,
        at_risk,
        open_returns,
        open_conditions,
        virements_waiting,
        carry_asked: years
            .get(&id)
            .into_iter()
            .flatten()
            .rev()
            .find_map(|year| year.asked()),
        amendments_waiting: usize::try_from(amendments_waiting).unwrap_or(usize::MAX),
    })
}

/// The returns of an award that were not sent and are wanted.
pub(super) async fn open_returns(
    conn: &impl ConnectionTrait,
    id: AwardId,
) -> Result<Vec<grant_return::Model>> {
    Ok(grant_return::Entity::find()
        .filter(grant_return::Column::AwardId.eq(id))
        .filter(grant_return::Column::State.is_not_in([
            ReturnState::Submitted,
            ReturnState::Accepted,
            ReturnState::NotRequired,
        ]))
        .order_by_asc(grant_return::Column::PeriodFrom)
        .order_by_asc(grant_return::Column::Id)
        .all(conn)
        .await?)
}
