//! The rows of awards. Every query of theirs starts from [`seen`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{
    AwardId, AwardYearEventKind, AwardYearId, BalanceKind, CarryForward, CostCategoryId, FenceId,
    Money, OrganisationId, PoolId, RunState, YearStanding, attribution, attribution_run,
    attribution_total, award, award_baseline_category, award_baseline_pool, award_category,
    award_terms, award_year, award_year_event, balance, contribution, fence, fence_category,
    match_funding,
};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef, Select,
    sea_query::Expr,
};
use uuid::Uuid;

use super::rules::FencePlan;
use super::rules::further::{
    BaselineTerms, FurtherTerms, MatchTerms, VarianceTerms, VirementTerms,
};
use super::rules::years::{Agreed, YearFacts, YearRoom, joined_up, rooms};
use crate::access::rules::{Sight, sight};
use crate::db::among;
use crate::{Ctx, Error, Result, Tx};

/// The awards that an actor may see: a funder's officer their own funders'.
pub(crate) fn seen(ctx: &Ctx) -> Select<award::Entity> {
    let query = award::Entity::find();
    match sight(&ctx.actor) {
        Sight::All => query,
        Sight::Funders(funders) => query.filter(award::Column::FunderId.is_in(funders)),
        Sight::Nothing => query.filter(Expr::cust("1 = 0")),
    }
}

/// One award, if the actor may see it.
pub(crate) async fn one(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: AwardId,
) -> Result<award::Model> {
    seen(ctx)
        .filter(award::Column::Id.eq(id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// One award, locked until the transaction ends.
pub(crate) async fn locked(tx: &Tx, ctx: &Ctx, id: AwardId) -> Result<award::Model> {
    one(tx.conn(), ctx, id).await?;
    tx.lock("award", id).await?;
    one(tx.conn(), ctx, id).await
}

/// What an award asks besides returns.
pub(crate) async fn further(conn: &impl ConnectionTrait, id: AwardId) -> Result<FurtherTerms> {
    let row = award_terms::Entity::find_by_id(id).one(conn).await?;
    let mut pool_ids: Vec<PoolId> = award_baseline_pool::Entity::find()
        .filter(award_baseline_pool::Column::AwardId.eq(id))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.pool_id)
        .collect();
    pool_ids.sort_unstable();
    let mut category_ids: Vec<CostCategoryId> = award_baseline_category::Entity::find()
        .filter(award_baseline_category::Column::AwardId.eq(id))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.category_id)
        .collect();
    category_ids.sort_unstable();
    Ok(row.map_or_else(FurtherTerms::default, |row| FurtherTerms {
        match_required: MatchTerms {
            amount_pence: row.match_amount,
            share_bp: row.match_bp,
            evidenced_how: row.match_how,
        },
        variance: VarianceTerms {
            share_bp: row.variance_bp,
            amount_pence: row.variance_amount,
        },
        baseline: BaselineTerms {
            yearly_pence: row.baseline_amount,
            of_what: row.baseline_of,
            from_on: row.baseline_from,
            pool_ids,
            category_ids,
        },
        virement: VirementTerms {
            share_bp: row.virement_bp,
            of: row.virement_of,
            source: row.virement_source,
        },
    }))
}

/// Makes what an award asks besides returns this.
pub(super) async fn keep_further(tx: &Tx, id: AwardId, terms: &FurtherTerms) -> Result<()> {
    let known = award_terms::Entity::find_by_id(id).one(tx.conn()).await?;
    let row = award_terms::ActiveModel {
        award_id: Set(id),
        match_amount: Set(terms.match_required.amount_pence),
        match_bp: Set(terms.match_required.share_bp),
        match_how: Set(terms.match_required.evidenced_how.clone()),
        variance_bp: Set(terms.variance.share_bp),
        variance_amount: Set(terms.variance.amount_pence),
        baseline_amount: Set(terms.baseline.yearly_pence),
        baseline_of: Set(terms.baseline.of_what.clone()),
        baseline_from: Set(terms.baseline.from_on),
        virement_bp: Set(terms.virement.share_bp),
        virement_of: Set(terms.virement.of),
        virement_source: Set(terms.virement.source.clone()),
    };
    if known.is_some() {
        row.update(tx.conn()).await?;
    } else {
        row.insert(tx.conn()).await?;
    }
    award_baseline_pool::Entity::delete_many()
        .filter(award_baseline_pool::Column::AwardId.eq(id))
        .exec(tx.conn())
        .await?;
    award_baseline_category::Entity::delete_many()
        .filter(award_baseline_category::Column::AwardId.eq(id))
        .exec(tx.conn())
        .await?;
    for pool_id in &terms.baseline.pool_ids {
        award_baseline_pool::ActiveModel {
            award_id: Set(id),
            pool_id: Set(*pool_id),
        }
        .insert(tx.conn())
        .await?;
    }
    for category_id in &terms.baseline.category_ids {
        award_baseline_category::ActiveModel {
            award_id: Set(id),
            category_id: Set(*category_id),
        }
        .insert(tx.conn())
        .await?;
    }
    Ok(())
}

/// The match of an award: what is promised in writing, and what is not.
pub(super) async fn match_of(conn: &impl ConnectionTrait, id: AwardId) -> Result<(Money, Money)> {
    let rows = match_funding::Entity::find()
        .filter(match_funding::Column::AwardId.eq(id))
        .filter(match_funding::Column::SupersededAt.is_null())
        .all(conn)
        .await?;
    let sum = |secured: bool| {
        let these = rows.iter().filter(|row| row.secured == secured);
        Money::sum(these.map(|row| row.amount))
            .ok_or_else(|| Error::internal("the match of an award fits no number"))
    };
    Ok((sum(true)?, sum(false)?))
}

/// A year, and something that was agreed of it: its kind, its amount, until when.
type YearRow = (
    AwardId,
    AwardYearId,
    NaiveDate,
    NaiveDate,
    Money,
    YearStanding,
    CarryForward,
    Option<AwardYearEventKind>,
    Option<Money>,
    Option<NaiveDate>,
);

/// The years of awards with what was agreed of them, in their order.
pub(crate) async fn years(
    conn: &impl ConnectionTrait,
    ids: &[AwardId],
) -> Result<HashMap<AwardId, Vec<YearFacts>>> {
    let events: RelationDef = award_year::Entity::belongs_to(award_year_event::Entity)
        .from(award_year::Column::Id)
        .to(award_year_event::Column::YearId)
        .into();
    // a year once for each thing that was agreed of it, or once
    let rows: Vec<YearRow> = award_year::Entity::find()
        .select_only()
        .columns([
            award_year::Column::AwardId,
            award_year::Column::Id,
            award_year::Column::StartsOn,
            award_year::Column::EndsOn,
            award_year::Column::Amount,
            award_year::Column::Standing,
            award_year::Column::CarryForward,
        ])
        .columns([
            award_year_event::Column::Kind,
            award_year_event::Column::Amount,
            award_year_event::Column::UntilOn,
        ])
        .join(JoinType::LeftJoin, events)
        .filter(among(
            conn,
            award_year::Column::AwardId,
            ids.iter().copied(),
        ))
        .order_by_asc(award_year::Column::StartsOn)
        .order_by_asc(award_year::Column::Id)
        .order_by_asc(award_year_event::Column::Seq)
        .into_tuple()
        .all(conn)
        .await?;
    let mut years: HashMap<AwardId, Vec<YearFacts>> = HashMap::new();
    for (award, id, starts_on, ends_on, amount, standing, carry, kind, agreed, until_on) in rows {
        let of = years.entry(award).or_default();
        if of.last().is_none_or(|last| last.id != id) {
            of.push(YearFacts {
                id,
                starts_on,
                ends_on,
                amount,
                standing,
                carry,
                agreed: Vec::new(),
            });
        }
        if let (Some(year), Some(kind), Some(amount)) = (of.last_mut(), kind, agreed) {
            year.agreed.push(Agreed {
                kind,
                amount,
                until_on,
            });
        }
    }
    Ok(years)
}

/// What accepted runs attributed to each year of these awards, as their balance rows have it: a row
/// counts the years that are carried on into its own too.
pub(crate) async fn attributed_by_year(
    conn: &impl ConnectionTrait,
    years: &HashMap<AwardId, Vec<YearFacts>>,
) -> Result<HashMap<AwardId, Vec<Money>>> {
    let ids = years.values().flatten().map(|year| Uuid::from(year.id));
    let sums = attributed_to(conn, &[BalanceKind::AwardYear], ids).await?;
    Ok(own_sums(years, &sums))
}

/// What accepted runs attributed to each of these awards, and to each of its years.
pub(super) async fn attributed_and_by_year(
    conn: &impl ConnectionTrait,
    ids: &[AwardId],
    years: &HashMap<AwardId, Vec<YearFacts>>,
) -> Result<(HashMap<AwardId, Money>, HashMap<AwardId, Vec<Money>>)> {
    let of_years = years.values().flatten().map(|year| Uuid::from(year.id));
    let subjects = ids.iter().map(|id| Uuid::from(*id)).chain(of_years);
    let kinds = [BalanceKind::Award, BalanceKind::AwardYear];
    let sums = attributed_to(conn, &kinds, subjects).await?;
    let of_awards = ids.iter().filter_map(|id| {
        let sum = sums.get(&Uuid::from(*id))?;
        Some((*id, Money(*sum)))
    });
    Ok((of_awards.collect(), own_sums(years, &sums)))
}

/// What each year was attributed by itself, of what the balance rows have.
fn own_sums(
    years: &HashMap<AwardId, Vec<YearFacts>>,
    sums: &HashMap<Uuid, i64>,
) -> HashMap<AwardId, Vec<Money>> {
    years
        .iter()
        .map(|(award, years)| {
            let mut before = 0_i64;
            let own = rooms(years)
                .iter()
                .map(|room| {
                    let sum = sums.get(&room.id.into()).copied().unwrap_or(0);
                    let own = if room.joined { sum - before } else { sum };
                    before = sum;
                    Money(own)
                })
                .collect();
            (*award, own)
        })
        .collect()
}

/// What accepted runs attributed to an award, by the year that it counts in.
async fn counted_by_year(
    conn: &impl ConnectionTrait,
    id: AwardId,
    rooms: &[YearRoom],
) -> Result<Vec<i64>> {
    let days: Vec<(NaiveDate, i64)> = attribution_total::Entity::find()
        .select_only()
        .column(attribution_total::Column::IncurredOn)
        .column_as(total("attribution_total.amount"), "total")
        .join(JoinType::InnerJoin, run_of_attribution())
        .filter(attribution_run::Column::State.eq(RunState::Accepted))
        .filter(attribution_total::Column::AwardId.eq(id))
        .group_by(attribution_total::Column::IncurredOn)
        .into_tuple()
        .all(conn)
        .await?;
    let mut sums = vec![0_i64; rooms.len()];
    for (on, sum) in days {
        let begun = rooms.partition_point(|room| room.starts_on <= on);
        if let Some(year) = sums.get_mut(begun.saturating_sub(1)) {
            *year += sum;
        }
    }
    Ok(sums)
}

/// The same for years as they would stand.
pub(super) async fn spent_by_year(
    conn: &impl ConnectionTrait,
    id: AwardId,
    years: &[YearFacts],
) -> Result<Vec<Money>> {
    let sums = counted_by_year(conn, id, &rooms(years)).await?;
    Ok(sums.into_iter().map(Money).collect())
}

/// The rows that racing attributions meet for an award's years, as they should be: which, the cap,
/// what is attributed. Nothing is attributed beyond a cap but what was there when it was cut.
pub(super) async fn guards_of_years(
    conn: &impl ConnectionTrait,
    id: AwardId,
    years: &[YearFacts],
) -> Result<Vec<(AwardYearId, Money, Money)>> {
    let rooms = rooms(years);
    let counted = counted_by_year(conn, id, &rooms).await?;
    let caps = joined_up(&rooms, |_, room| room.own);
    let sums = joined_up(&rooms, |at, _| counted.get(at).copied().unwrap_or(0));
    Ok(rooms
        .iter()
        .zip(caps.into_iter().zip(sums))
        .map(|(room, (cap, sum))| (room.id, Money(cap.max(sum)), Money(sum)))
        .collect())
}

/// Makes the rows that racing attributions meet follow what an award and its years hold now. The
/// caller has locked the award.
pub(super) async fn settle_guards(tx: &Tx, id: AwardId, amount: Money) -> Result<()> {
    let years = years(tx.conn(), &[id])
        .await?
        .remove(&id)
        .unwrap_or_default();
    let attributed = attributed(tx.conn(), &[id]).await?;
    let attributed = attributed.get(&id).copied().unwrap_or_default();
    let mut guards = vec![(
        BalanceKind::Award,
        Uuid::from(id),
        amount.max(attributed),
        attributed,
    )];
    for (year, cap, sum) in guards_of_years(tx.conn(), id, &years).await? {
        guards.push((BalanceKind::AwardYear, year.into(), cap, sum));
    }
    for (kind, subject, cap, sum) in guards {
        let row = balance::Entity::find()
            .filter(balance::Column::SubjectId.eq(subject))
            .one(tx.conn())
            .await?;
        match row {
            Some(row) => {
                let mut row = row.into_active_model();
                row.cap = Set(cap);
                row.attributed = Set(sum);
                row.update(tx.conn()).await?;
            }
            None => guard(tx, kind, subject, cap, sum).await?,
        }
    }
    Ok(())
}

/// The row that two racing attributions meet.
pub(crate) async fn open_balance(
    tx: &Tx,
    kind: BalanceKind,
    subject: impl Into<Uuid>,
    cap: Money,
) -> Result<()> {
    guard(tx, kind, subject.into(), cap, Money::ZERO).await
}

async fn guard(
    tx: &Tx,
    kind: BalanceKind,
    subject: Uuid,
    cap: Money,
    attributed: Money,
) -> Result<()> {
    balance::ActiveModel {
        id: Set(Uuid::now_v7()),
        kind: Set(kind),
        subject_id: Set(subject),
        cap: Set(cap),
        attributed: Set(attributed),
    }
    .insert(tx.conn())
    .await?;
    Ok(())
}

/// Makes fences hold these amounts, and the rows that racing attributions meet follow them. The caller has
/// locked the award.
pub(crate) async fn keep_fences(
    tx: &Tx,
    amounts: &[(FenceId, Option<Money>, Option<Money>)],
) -> Result<()> {
    for (id, reserved, limit) in amounts {
        fence::ActiveModel {
            id: Set(*id),
            reserved: Set(*reserved),
            spend_limit: Set(*limit),
            ..Default::default()
        }
        .update(tx.conn())
        .await?;
        let Some(limit) = limit else { continue };
        let row = balance::Entity::find()
            .filter(balance::Column::SubjectId.eq(Uuid::from(*id)))
            .one(tx.conn())
            .await?
            .ok_or_else(|| Error::internal("a cap that nothing keeps"))?;
        // what is attributed beyond it stays until it is attributed again
        let cap = (*limit).max(row.attributed);
        let mut row = row.into_active_model();
        row.cap = Set(cap);
        row.update(tx.conn()).await?;
    }
    Ok(())
}

/// Whether any run, accepted or still computing, has put spend on an award. The balance's row is
/// locked first: a run cannot be accepted in between.
pub(super) async fn was_attributed(tx: &Tx, id: AwardId) -> Result<bool> {
    let guard = balance::Entity::find()
        .filter(balance::Column::SubjectId.eq(Uuid::from(id)))
        .lock_exclusive()
        .one(tx.conn())
        .await?;
    if guard.is_some_and(|balance| balance.attributed != Money::ZERO) {
        return Ok(true);
    }
    let any = attribution::Entity::find()
        .filter(attribution::Column::AwardId.eq(id))
        .filter(attribution::Column::RunId.in_subquery(runs_but(RunState::Abandoned)))
        .limit(1)
        .one(tx.conn())
        .await?;
    Ok(any.is_some())
}

fn runs_but(state: RunState) -> SelectStatement {
    attribution_run::Entity::find()
        .select_only()
        .column(attribution_run::Column::Id)
        .filter(attribution_run::Column::State.ne(state))
        .into_query()
}

/// The categories that an award may pay for; none means all.
pub(crate) async fn categories(
    conn: &impl ConnectionTrait,
    id: AwardId,
) -> Result<BTreeSet<CostCategoryId>> {
    let ids: Vec<CostCategoryId> = award_category::Entity::find()
        .select_only()
        .column(award_category::Column::CategoryId)
        .filter(award_category::Column::AwardId.eq(id))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ids.into_iter().collect())
}

/// An award's fences with their categories, in the order in which they were set up.
pub(crate) async fn fences(
    conn: &impl ConnectionTrait,
    id: AwardId,
) -> Result<Vec<(fence::Model, BTreeSet<CostCategoryId>)>> {
    let rows = fence::Entity::find()
        .filter(fence::Column::AwardId.eq(id))
        .order_by_asc(fence::Column::Position)
        .order_by_asc(fence::Column::Id)
        .all(conn)
        .await?;
    let mut fitting: BTreeMap<FenceId, BTreeSet<CostCategoryId>> = BTreeMap::new();
    for row in fence_category::Entity::find()
        .filter(fence_category::Column::FenceId.is_in(rows.iter().map(|row| row.id)))
        .all(conn)
        .await?
    {
        fitting
            .entry(row.fence_id)
            .or_default()
            .insert(row.category_id);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let categories = fitting.remove(&row.id).unwrap_or_default();
            (row, categories)
        })
        .collect())
}

/// Fences as the rules see them.
pub(crate) fn plans(fences: &[(fence::Model, BTreeSet<CostCategoryId>)]) -> Vec<FencePlan> {
    let slugs: HashMap<FenceId, &str> = fences
        .iter()
        .map(|(fence, _)| (fence.id, fence.slug.as_str()))
        .collect();
    fences
        .iter()
        .map(|(fence, categories)| FencePlan {
            slug: fence.slug.clone(),
            parent: fence
                .parent_id
                .and_then(|id| slugs.get(&id).map(|slug| (*slug).to_owned())),
            reserved: fence.reserved,
            limit: fence.spend_limit,
            categories: categories.clone(),
        })
        .collect()
}

/// The sum of a column, as both databases give it back.
pub(crate) fn total(column: &str) -> sea_orm::sea_query::SimpleExpr {
    Expr::cust(format!("CAST(COALESCE(SUM({column}), 0) AS bigint)"))
}

fn run_of_attribution() -> RelationDef {
    attribution_total::Entity::belongs_to(attribution_run::Entity)
        .from(attribution_total::Column::RunId)
        .to(attribution_run::Column::Id)
        .into()
}

/// What accepted runs attributed to each of these awards, as their balances have it.
pub(crate) async fn attributed(
    conn: &impl ConnectionTrait,
    ids: &[AwardId],
) -> Result<HashMap<AwardId, Money>> {
    let sums = attributed_to(conn, &[BalanceKind::Award], ids.iter().copied()).await?;
    let of_awards = sums
        .into_iter()
        .map(|(award, sum)| (AwardId(award), Money(sum)));
    Ok(of_awards.collect())
}

/// What the balance rows of these say is attributed.
async fn attributed_to<V: Into<Uuid>>(
    conn: &impl ConnectionTrait,
    kinds: &[BalanceKind],
    subjects: impl IntoIterator<Item = V>,
) -> Result<HashMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> = balance::Entity::find()
        .select_only()
        .columns([balance::Column::SubjectId, balance::Column::Attributed])
        .filter(balance::Column::Kind.is_in(kinds.iter().copied()))
        .filter(among(conn, balance::Column::SubjectId, subjects))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// What accepted runs attributed to an award, by pool and by the deepest fence that it fits.
pub(crate) async fn attributed_within(
    conn: &impl ConnectionTrait,
    id: AwardId,
) -> Result<Vec<(PoolId, Option<FenceId>, Money)>> {
    let sums: Vec<(PoolId, Option<FenceId>, i64)> = attribution_total::Entity::find()
        .select_only()
        .column(attribution_run::Column::PoolId)
        .column(attribution_total::Column::FenceId)
        .column_as(total("attribution_total.amount"), "total")
        .join(JoinType::InnerJoin, run_of_attribution())
        .filter(attribution_run::Column::State.eq(RunState::Accepted))
        .filter(attribution_total::Column::AwardId.eq(id))
        .group_by(attribution_run::Column::PoolId)
        .group_by(attribution_total::Column::FenceId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(sums
        .into_iter()
        .map(|(pool, fence, sum)| (pool, fence, Money(sum)))
        .collect())
}

/// What accepted runs attributed to awards in these pools, as the balances of their contributions
/// have it.
pub(crate) async fn attributed_in_pools(
    conn: &impl ConnectionTrait,
    pools: &[PoolId],
) -> Result<HashMap<(PoolId, AwardId), Money>> {
    let rows: Vec<(PoolId, AwardId, Money)> = contribution::Entity::find()
        .select_only()
        .column(contribution::Column::PoolId)
        .column(contribution::Column::AwardId)
        .column(balance::Column::Attributed)
        .join(
            JoinType::InnerJoin,
            contribution::Entity::belongs_to(balance::Entity)
                .from(contribution::Column::Id)
                .to(balance::Column::SubjectId)
                .into(),
        )
        .filter(contribution::Column::PoolId.is_in(pools.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(pool, award, sum)| ((pool, award), sum))
        .collect())
}

/// Whether one of these awards is given by one of these funders.
pub(crate) async fn any_of_funders(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = AwardId>,
    funders: &[OrganisationId],
) -> Result<bool> {
    let found = award::Entity::find()
        .filter(award::Column::Id.is_in(ids))
        .filter(award::Column::FunderId.is_in(funders.iter().copied()))
        .one(conn)
        .await?;
    Ok(found.is_some())
}

/// The award is another one now, and spend is attributed again.
pub(crate) async fn changed(tx: &Tx, award: award::Model) -> Result<()> {
    let version = award.version + 1;
    let mut award = award.into_active_model();
    award.version = Set(version);
    award.update(tx.conn()).await?;
    crate::jobs::ask(tx, entity::JobKind::AttributeSpend).await
}
