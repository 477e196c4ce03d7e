//! The rows of pools. Every query of theirs starts from [`seen`].

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    AwardId, AwardYearId, ContributionId, ContributionStatementId, ImportState, Money,
    OrganisationId, PoolId, PoolPolicyId, RunState, attribution_run, attribution_total,
    contribution, contribution_statement, contribution_year, ledger_period, pool,
    pool_balance_rule, pool_balance_share, pool_policy, pool_policy_award, pool_policy_purpose,
    spend_import, spend_total,
};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait,
    IntoActiveModel, JoinType, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::rules::contributions::Part;
use super::rules::policies::{Apart, Policies, Policy, Purpose};
use crate::access::for_those_inside;
use crate::awards::store::total;
use crate::{Ctx, Error, Result, Tx};

/// The pools that an actor may see: a funder's officer none.
pub(crate) fn seen(ctx: &Ctx) -> Select<pool::Entity> {
    for_those_inside(ctx, pool::Entity::find())
}

/// One pool, if the actor may see it.
pub(crate) async fn one(conn: &impl ConnectionTrait, ctx: &Ctx, id: PoolId) -> Result<pool::Model> {
    seen(ctx)
        .filter(pool::Column::Id.eq(id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// What all of them are called; for views of those who see every pool.
pub(crate) async fn all_names(conn: &impl ConnectionTrait) -> Result<HashMap<PoolId, String>> {
    let rows = pool::Entity::find().all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// One pool, locked until the transaction ends, if it is as it was `expected`.
pub(crate) async fn locked(
    tx: &Tx,
    ctx: &Ctx,
    id: PoolId,
    expected: Option<i64>,
) -> Result<pool::Model> {
    one(tx.conn(), ctx, id).await?;
    tx.lock("pool", id).await?;
    let row = one(tx.conn(), ctx, id).await?;
    if expected.is_some_and(|version| version != row.version) {
        return Err(Error::Stale);
    }
    Ok(row)
}

/// The pool is another one now.
pub(crate) async fn changed(tx: &Tx, pool: pool::Model) -> Result<()> {
    let version = pool.version + 1;
    let mut pool = pool.into_active_model();
    pool.version = Set(version);
    pool.update(tx.conn()).await?;
    Ok(())
}

/// What awards contribute to these pools, in the stated order.
pub(crate) async fn contributions(
    conn: &impl ConnectionTrait,
    pools: &[PoolId],
) -> Result<Vec<contribution::Model>> {
    Ok(contribution::Entity::find()
        .filter(contribution::Column::PoolId.is_in(pools.iter().copied()))
        .order_by_asc(contribution::Column::PoolId)
        .order_by_asc(contribution::Column::Position)
        .all(conn)
        .await?)
}

/// A rule of a pool with the awards that it names, in their turn.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) row: pool_policy::Model,
    pub(crate) awards: Vec<(AwardId, i64)>,
    pub(crate) apart: Vec<Apart>,
}

impl Recorded {
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            starts_on: self.row.starts_on,
            kind: self.row.policy,
            awards: self.awards.clone(),
            apart: self.apart.clone(),
        }
    }
}

/// The rules of a pool, in the order in which they were recorded.
pub(crate) async fn recorded(conn: &impl ConnectionTrait, pool: PoolId) -> Result<Vec<Recorded>> {
    let rows = pool_policy::Entity::find()
        .filter(pool_policy::Column::PoolId.eq(pool))
        .order_by_asc(pool_policy::Column::Seq)
        .all(conn)
        .await?;
    let mut named: HashMap<PoolPolicyId, Vec<(AwardId, i64)>> = HashMap::new();
    for row in pool_policy_award::Entity::find()
        .filter(pool_policy_award::Column::PolicyId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(pool_policy_award::Column::Position)
        .all(conn)
        .await?
    {
        named
            .entry(row.policy_id)
            .or_default()
            .push((row.award_id, row.weight));
    }
    let mut apart: HashMap<PoolPolicyId, Vec<Apart>> = HashMap::new();
    for row in pool_policy_purpose::Entity::find()
        .filter(pool_policy_purpose::Column::PolicyId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(pool_policy_purpose::Column::Position)
        .order_by_asc(pool_policy_purpose::Column::AwardId)
        .all(conn)
        .await?
    {
        let Some(of) = Purpose::of(row.category_id, row.commitment_id) else {
            return Err(Error::internal(
                "shares of an agreed rule that are for nothing",
            ));
        };
        let all = apart.entry(row.policy_id).or_default();
        let share = (row.award_id, i64::from(row.share_bp));
        match all.last_mut().filter(|last| last.of == of) {
            Some(last) => last.awards.push(share),
            None => all.push(Apart {
                of,
                awards: vec![share],
            }),
        }
    }
    Ok(rows
        .into_iter()
        .map(|row| Recorded {
            awards: named.remove(&row.id).unwrap_or_default(),
            apart: apart.remove(&row.id).unwrap_or_default(),
            row,
        })
        .collect())
}

/// By which rules awards pay for a pool's spend.
pub(crate) async fn policies(conn: &impl ConnectionTrait, pool: PoolId) -> Result<Policies> {
    let recorded = recorded(conn, pool).await?;
    Ok(Policies::of(recorded.iter().map(Recorded::policy)))
}

/// What was agreed of what a pool overspends and leaves, with its named shares: whether of what is
/// left, whose, and how much.
#[derive(Clone, Debug)]
pub(crate) struct BalanceRecorded {
    pub(crate) row: pool_balance_rule::Model,
    pub(crate) shares: Vec<(bool, OrganisationId, i64)>,
}

/// What was agreed of what a pool overspends and leaves, in the order in which it was recorded.
pub(crate) async fn balance_rules(
    conn: &impl ConnectionTrait,
    pool: PoolId,
) -> Result<Vec<BalanceRecorded>> {
    let rows = pool_balance_rule::Entity::find()
        .filter(pool_balance_rule::Column::PoolId.eq(pool))
        .order_by_asc(pool_balance_rule::Column::Seq)
        .all(conn)
        .await?;
    let mut shares: HashMap<_, Vec<_>> = HashMap::new();
    // a penny that does not divide goes to the same organisation, however the facts are ordered
    for row in pool_balance_share::Entity::find()
        .filter(pool_balance_share::Column::RuleId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(pool_balance_share::Column::OrganisationId)
        .all(conn)
        .await?
    {
        shares.entry(row.rule_id).or_default().push((
            row.of_underspend,
            row.organisation_id,
            i64::from(row.share_bp),
        ));
    }
    Ok(rows
        .into_iter()
        .map(|row| BalanceRecorded {
            shares: shares.remove(&row.id).unwrap_or_default(),
            row,
        })
        .collect())
}

/// What was stated of a contribution, in the order in which it was recorded.
pub(crate) async fn statements(
    conn: &impl ConnectionTrait,
    id: ContributionId,
) -> Result<Vec<contribution_statement::Model>> {
    Ok(contribution_statement::Entity::find()
        .filter(contribution_statement::Column::ContributionId.eq(id))
        .order_by_asc(contribution_statement::Column::Seq)
        .all(conn)
        .await?)
}

/// What statements say of each year.
pub(crate) async fn parts(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = ContributionStatementId>,
) -> Result<HashMap<ContributionStatementId, Vec<Part>>> {
    let mut parts: HashMap<_, Vec<Part>> = HashMap::new();
    for row in contribution_year::Entity::find()
        .filter(contribution_year::Column::StatementId.is_in(ids))
        .all(conn)
        .await?
    {
        parts.entry(row.statement_id).or_default().push(Part {
            year: row.year_id,
            agreed: row.agreed,
            pledged: row.pledged,
        });
    }
    Ok(parts)
}

/// What holds of these contributions by year, as far as it was ever stated.
pub(crate) async fn stated(
    conn: &impl ConnectionTrait,
    ids: &[ContributionId],
) -> Result<HashMap<ContributionId, Vec<Part>>> {
    let mut last: HashMap<ContributionId, ContributionStatementId> = HashMap::new();
    for row in contribution_statement::Entity::find()
        .filter(contribution_statement::Column::ContributionId.is_in(ids.iter().copied()))
        .order_by_asc(contribution_statement::Column::Seq)
        .all(conn)
        .await?
    {
        last.insert(row.contribution_id, row.id);
    }
    let mut parts = parts(conn, last.values().copied()).await?;
    Ok(last
        .into_iter()
        .map(|(id, statement)| (id, parts.remove(&statement).unwrap_or_default()))
        .collect())
}

/// What an award puts into pools but for one contribution, agreed and pledged.
pub(crate) async fn put_elsewhere(
    conn: &impl ConnectionTrait,
    award: AwardId,
    but: Option<ContributionId>,
) -> Result<Vec<Money>> {
    let rows: Vec<contribution::Model> = contribution::Entity::find()
        .filter(contribution::Column::AwardId.eq(award))
        .all(conn)
        .await?
        .into_iter()
        .filter(|row| Some(row.id) != but)
        .collect();
    let ids: Vec<ContributionId> = rows.iter().map(|row| row.id).collect();
    let stated = stated(conn, &ids).await?;
    let pledged = stated.into_values().flatten().map(|part| part.pledged);
    Ok(rows
        .into_iter()
        .map(|row| row.agreed)
        .chain(pledged)
        .collect())
}

/// What other contributions of an award have of each of its years, as far as that was stated.
pub(crate) async fn stated_elsewhere(
    conn: &impl ConnectionTrait,
    award: AwardId,
    but: ContributionId,
) -> Result<HashMap<AwardYearId, Money>> {
    let ids: Vec<ContributionId> = contribution::Entity::find()
        .filter(contribution::Column::AwardId.eq(award))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.id)
        .filter(|id| *id != but)
        .collect();
    let mut sums: HashMap<AwardYearId, Money> = HashMap::new();
    for part in stated(conn, &ids).await?.into_values().flatten() {
        let both = part.agreed.plus(part.pledged);
        let sum = sums.entry(part.year).or_default();
        *sum = both
            .and_then(|both| both.plus(*sum))
            .ok_or_else(|| Error::internal("contributions of a year fit no number"))?;
    }
    Ok(sums)
}

/// The months of a pool's ledger that are closed.
pub(crate) async fn closed(
    conn: &impl ConnectionTrait,
    id: PoolId,
) -> Result<Vec<ledger_period::Model>> {
    Ok(ledger_period::Entity::find()
        .filter(ledger_period::Column::PoolId.eq(id))
        .order_by_asc(ledger_period::Column::Month)
        .all(conn)
        .await?)
}

/// The spend of accepted imports in these pools.
pub(crate) async fn spend(
    conn: &impl ConnectionTrait,
    pools: &[PoolId],
) -> Result<Vec<(PoolId, Money)>> {
    let sums: Vec<(PoolId, i64)> = accepted_totals()
        .column(spend_total::Column::PoolId)
        .column_as(total("spend_total.amount"), "total")
        .filter(spend_total::Column::PoolId.is_in(pools.iter().copied()))
        .group_by(spend_total::Column::PoolId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(sums.into_iter().map(|(id, sum)| (id, Money(sum))).collect())
}

fn accepted_totals() -> Select<spend_total::Entity> {
    spend_total::Entity::find()
        .select_only()
        .join(
            JoinType::InnerJoin,
            spend_total::Entity::belongs_to(spend_import::Entity)
                .from(spend_total::Column::ImportId)
                .to(spend_import::Column::Id)
                .into(),
        )
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
}

/// `2026-09` of a date, as each database spells it.
fn month_of(conn: &impl ConnectionTrait, table: &str) -> SimpleExpr {
    match conn.get_database_backend() {
        DbBackend::Sqlite => Expr::cust(format!("substr({table}.incurred_on, 1, 7)")),
        _ => Expr::cust(format!("to_char({table}.incurred_on, 'YYYY-MM')")),
    }
}

fn month(text: &str) -> Result<NaiveDate> {
    format!("{text}-01")
        .parse()
        .map_err(|error| Error::internal(format!("a month called {text}: {error}")))
}

/// A pool's spend by the month in which it was incurred.
pub(crate) async fn spend_by_month(
    conn: &impl ConnectionTrait,
    id: PoolId,
) -> Result<Vec<(NaiveDate, Money)>> {
    let sums: Vec<(String, i64)> = accepted_totals()
        .column_as(month_of(conn, "spend_total"), "month")
        .column_as(total("spend_total.amount"), "total")
        .filter(spend_total::Column::PoolId.eq(id))
        .group_by(month_of(conn, "spend_total"))
        .into_tuple()
        .all(conn)
        .await?;
    sums.into_iter()
        .map(|(text, sum)| Ok((month(&text)?, Money(sum))))
        .collect()
}

/// What accepted runs attributed of a pool's spend, by the month in which that was incurred.
pub(crate) async fn attributed_by_month(
    conn: &impl ConnectionTrait,
    id: PoolId,
) -> Result<Vec<(NaiveDate, Money)>> {
    let sums: Vec<(String, i64)> = attribution_total::Entity::find()
        .select_only()
        .column_as(month_of(conn, "attribution_total"), "month")
        .column_as(total("attribution_total.amount"), "total")
        .join(
            JoinType::InnerJoin,
            attribution_total::Entity::belongs_to(attribution_run::Entity)
                .from(attribution_total::Column::RunId)
                .to(attribution_run::Column::Id)
                .into(),
        )
        .filter(attribution_run::Column::State.eq(RunState::Accepted))
        .filter(attribution_run::Column::PoolId.eq(id))
        .group_by(month_of(conn, "attribution_total"))
        .into_tuple()
        .all(conn)
        .await?;
    sums.into_iter()
        .map(|(text, sum)| Ok((month(&text)?, Money(sum))))
        .collect()
}
