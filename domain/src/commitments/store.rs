//! The rows of commitments. Every query of theirs starts from [`seen`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use entity::{
    AllocationId, AttributionRunId, AwardId, CommitmentId, CostCategoryId, ImportState, Money,
    OrganisationId, PoolId, commitment, commitment_award, commitment_month, commitment_notice,
    commitment_total, commitment_version, spend_import, spend_line,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

use super::rules::{Against, Agreements, MetBy, Month, Spent, left, plain, total};
use crate::access::for_those_inside;
use crate::attribution::Reach;
use crate::calendar::rules::first_of_month;
use crate::{Ctx, Error, Result, Tx, attribution};

/// The commitments that an actor may see: all of the charity's own, nobody else any.
pub(crate) fn seen(ctx: &Ctx) -> Select<commitment::Entity> {
    for_those_inside(ctx, commitment::Entity::find())
}

/// One commitment, if the actor may see it.
pub(crate) async fn one(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: CommitmentId,
) -> Result<commitment::Model> {
    seen(ctx)
        .filter(commitment::Column::Id.eq(id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// One commitment, locked until the transaction ends.
pub(super) async fn locked(tx: &Tx, ctx: &Ctx, id: CommitmentId) -> Result<commitment::Model> {
    one(tx.conn(), ctx, id).await?;
    tx.lock("commitment", id).await?;
    one(tx.conn(), ctx, id).await
}

/// The versions of these commitments, oldest first.
pub(super) async fn versions(
    conn: &impl ConnectionTrait,
    ids: &[CommitmentId],
) -> Result<Vec<commitment_version::Model>> {
    Ok(commitment_version::Entity::find()
        .filter(commitment_version::Column::CommitmentId.is_in(ids.iter().copied()))
        .order_by_asc(commitment_version::Column::CommitmentId)
        .order_by_asc(commitment_version::Column::Revision)
        .all(conn)
        .await?)
}

/// What stands of each of these commitments: its latest version.
pub(crate) async fn latest(
    conn: &impl ConnectionTrait,
    ids: &[CommitmentId],
) -> Result<HashMap<CommitmentId, commitment_version::Model>> {
    Ok(versions(conn, ids)
        .await?
        .into_iter()
        .map(|row| (row.commitment_id, row))
        .collect())
}

/// What stands of one.
pub(super) async fn version(
    conn: &impl ConnectionTrait,
    row: &commitment::Model,
) -> Result<commitment_version::Model> {
    latest(conn, &[row.id])
        .await?
        .remove(&row.id)
        .filter(|version| version.revision == row.revision)
        .ok_or_else(|| Error::internal("a commitment without its version"))
}

/// The months of these commitments, by the version that says them.
pub(super) async fn months(
    conn: &impl ConnectionTrait,
    ids: &[CommitmentId],
) -> Result<BTreeMap<(CommitmentId, i32), Vec<Month>>> {
    let rows = commitment_month::Entity::find()
        .filter(commitment_month::Column::CommitmentId.is_in(ids.iter().copied()))
        .order_by_asc(commitment_month::Column::Month)
        .all(conn)
        .await?;
    let mut months: BTreeMap<_, Vec<Month>> = BTreeMap::new();
    for row in rows {
        months
            .entry((row.commitment_id, row.revision))
            .or_default()
            .push(Month {
                month: row.month,
                amount: row.amount,
            });
    }
    Ok(months)
}

/// The awards that a version names.
pub(super) async fn awards(
    conn: &impl ConnectionTrait,
    id: CommitmentId,
    revision: i32,
) -> Result<Vec<AwardId>> {
    Ok(commitment_award::Entity::find()
        .filter(commitment_award::Column::CommitmentId.eq(id))
        .filter(commitment_award::Column::Revision.eq(revision))
        .order_by_asc(commitment_award::Column::AwardId)
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.award_id)
        .collect())
}

/// What providers were told about the end, the newest last.
pub(super) async fn notices(
    conn: &impl ConnectionTrait,
    ids: &[CommitmentId],
) -> Result<Vec<commitment_notice::Model>> {
    Ok(commitment_notice::Entity::find()
        .filter(commitment_notice::Column::CommitmentId.is_in(ids.iter().copied()))
        .order_by_asc(commitment_notice::Column::RecordedAt)
        .order_by_asc(commitment_notice::Column::Id)
        .all(conn)
        .await?)
}

/// An agreement's sums.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub total: Money,
    pub spent: Money,
    /// Of that, what lines name its reference.
    pub by_reference: Money,
}

fn too_much() -> Error {
    Error::internal("the sums of commitments fit no number")
}

/// The agreements that a pool pays for: each stays with its pool.
async fn ids_of_pool(conn: &impl ConnectionTrait, pool: PoolId) -> Result<Vec<CommitmentId>> {
    Ok(commitment_version::Entity::find()
        .select_only()
        .column(commitment_version::Column::CommitmentId)
        .filter(commitment_version::Column::PoolId.eq(pool))
        .distinct()
        .into_tuple()
        .all(conn)
        .await?)
}

/// What people call agreements.
pub(crate) async fn titles(
    conn: &impl ConnectionTrait,
    ids: &[CommitmentId],
) -> Result<HashMap<CommitmentId, String>> {
    let latest = latest(conn, ids).await?.into_iter();
    Ok(latest.map(|(id, version)| (id, version.title)).collect())
}

/// The agreements that a pool pays for, as they stand.
pub(crate) async fn of_pool(conn: &impl ConnectionTrait, pool: PoolId) -> Result<Agreements> {
    let ids = ids_of_pool(conn, pool).await?;
    let latest = latest(conn, &ids).await?;
    agreements(conn, latest.values().collect()).await
}

async fn agreements(
    conn: &impl ConnectionTrait,
    versions: Vec<&commitment_version::Model>,
) -> Result<Agreements> {
    if versions.is_empty() {
        return Ok(Agreements::default());
    }
    let ids: Vec<CommitmentId> = versions.iter().map(|row| row.commitment_id).collect();
    let references: HashMap<CommitmentId, String> = commitment::Entity::find()
        .select_only()
        .columns([commitment::Column::Id, commitment::Column::Reference])
        .filter(commitment::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?
        .into_iter()
        .collect();
    let mut payers: HashMap<(CommitmentId, i32), BTreeSet<AwardId>> = HashMap::new();
    for row in commitment_award::Entity::find()
        .filter(commitment_award::Column::CommitmentId.is_in(ids))
        .all(conn)
        .await?
    {
        let of = payers.entry((row.commitment_id, row.revision)).or_default();
        of.insert(row.award_id);
    }
    let all = versions.into_iter().map(|row| Against {
        id: row.commitment_id,
        reference: references
            .get(&row.commitment_id)
            .map(|text| plain(text))
            .unwrap_or_default(),
        supplier: plain(&row.supplier),
        category: row.category_id,
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        payers: payers
            .remove(&(row.commitment_id, row.revision))
            .map(Arc::new),
    });
    Ok(Agreements::new(all.collect()))
}

/// What every commitment comes to, and what was spent against it: what the newest run of its pool
/// kept, and the lines that were accepted since. Only where an agreement changed after that run are
/// all lines of the pool read, until the next one.
pub(crate) async fn sums(conn: &impl ConnectionTrait) -> Result<HashMap<CommitmentId, Sums>> {
    let ids: Vec<CommitmentId> = commitment::Entity::find()
        .select_only()
        .column(commitment::Column::Id)
        .into_tuple()
        .all(conn)
        .await?;
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let months = months(conn, &ids).await?;
    let latest = latest(conn, &ids).await?;
    let mut by_pool: BTreeMap<PoolId, Vec<&commitment_version::Model>> = BTreeMap::new();
    let mut sums: HashMap<CommitmentId, Sums> = HashMap::new();
    for version in latest.values() {
        let key = (version.commitment_id, version.revision);
        let total = total(months.get(&key).map_or(&[][..], Vec::as_slice)).ok_or_else(too_much)?;
        let of = sums.entry(version.commitment_id).or_default();
        of.total = total;
        by_pool.entry(version.pool_id).or_default().push(version);
    }
    for (pool, versions) in by_pool {
        let agreements = agreements(conn, versions).await?;
        for ((id, by, ..), amount) in spent_in(conn, pool, &agreements).await? {
            let of = sums.entry(id).or_default();
            of.spent = of.spent.plus(amount).ok_or_else(too_much)?;
            if by == MetBy::Reference {
                of.by_reference = of.by_reference.plus(amount).ok_or_else(too_much)?;
            }
        }
    }
    Ok(sums)
}

/// What is promised out of a pool and not spent yet, in agreements that are not over, by the day on which
/// it can be expected.
pub(crate) async fn promised(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    today: NaiveDate,
) -> Result<Vec<attribution::Promised>> {
    let ids = ids_of_pool(conn, pool).await?;
    let latest = latest(conn, &ids).await?;
    let standing: Vec<&commitment_version::Model> = latest
        .values()
        .filter(|version| version.pool_id == pool)
        .collect();
    if standing.is_empty() {
        return Ok(Vec::new());
    }
    let months = months(conn, &ids).await?;
    let agreements = agreements(conn, standing.clone()).await?;
    let mut spent: BTreeMap<CommitmentId, Money> = BTreeMap::new();
    for ((id, ..), amount) in spent_in(conn, pool, &agreements).await? {
        let sum = spent.entry(id).or_default();
        *sum = sum.plus(amount).ok_or_else(too_much)?;
    }
    let mut promised = Vec::new();
    for one in agreements.all().iter().filter(|one| one.ends_on >= today) {
        let Some(version) = latest.get(&one.id) else {
            continue;
        };
        let agreed = months.get(&(one.id, version.revision));
        let spent = spent.get(&one.id).copied().unwrap_or_default();
        let left = left(
            agreed.map_or(&[][..], Vec::as_slice),
            spent,
            today,
            one.ends_on,
        );
        promised.extend(left.into_iter().map(|part| attribution::Promised {
            on: part.month,
            amount: part.amount,
            category: one.category,
            capital: version.capital,
            reach: Reach::of_promise(version.place.as_deref(), version.people_group.as_deref()),
            payers: one.payers.clone(),
            commitment: Some(one.id),
        }));
    }
    Ok(promised)
}

/// What was spent against an agreement, and by which provider and decision of the boards it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByAgreement {
    /// The cost category of the spend.
    pub(crate) category: CostCategoryId,
    /// Who delivers.
    pub(crate) provider: OrganisationId,
    /// The decision of both boards that the agreement comes of.
    pub(crate) allocation: Option<AllocationId>,
    /// How much.
    pub(crate) amount: Money,
}

/// What was spent against the agreements of a pool, as they stand, until the end of a month: by provider, decision
/// and cost category.
pub(crate) async fn spent_by_agreement(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    until: NaiveDate,
) -> Result<Vec<ByAgreement>> {
    let ids = ids_of_pool(conn, pool).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let latest = latest(conn, &ids).await?;
    let providers: HashMap<CommitmentId, OrganisationId> = commitment::Entity::find()
        .select_only()
        .columns([commitment::Column::Id, commitment::Column::ProviderId])
        .filter(commitment::Column::Id.is_in(ids))
        .into_tuple()
        .all(conn)
        .await?
        .into_iter()
        .collect();
    let agreements = agreements(conn, latest.values().collect()).await?;
    let mut sums: BTreeMap<(CostCategoryId, OrganisationId, Option<AllocationId>), Money> =
        BTreeMap::new();
    for ((id, _, category, month), amount) in spent_in(conn, pool, &agreements).await? {
        let (Some(version), Some(provider)) = (latest.get(&id), providers.get(&id)) else {
            continue;
        };
        if month <= until {
            let sum = sums.entry((category, *provider, version.allocation_id));
            let sum = sum.or_default();
            *sum = sum.plus(amount).ok_or_else(too_much)?;
        }
    }
    Ok(sums
        .into_iter()
        .map(|((category, provider, allocation), amount)| ByAgreement {
            category,
            provider,
            allocation,
            amount,
        })
        .collect())
}

/// What was spent against each agreement, by what the lines meet it, cost category and month of receipt.
pub(super) type Met = BTreeMap<(CommitmentId, MetBy, CostCategoryId, NaiveDate), Money>;

async fn spent_in(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    agreements: &Agreements,
) -> Result<Met> {
    let run = attribution::last_run(conn, pool)
        .await?
        .filter(|run| run.commitments_hash.as_deref() == Some(&agreements.facts()));
    let Some(run) = run else {
        return spent_between(conn, pool, agreements, (0, i64::MAX)).await;
    };
    let mut met = kept(conn, run.id).await?;
    if attribution::has_news(conn, pool, run.saw_seq).await? {
        let since = (run.saw_seq, i64::MAX);
        for (key, amount) in spent_between(conn, pool, agreements, since).await? {
            let sum = met.entry(key).or_default();
            *sum = sum.plus(amount).ok_or_else(too_much)?;
        }
    }
    Ok(met)
}

/// What a run found.
pub(super) async fn kept(conn: &impl ConnectionTrait, run: AttributionRunId) -> Result<Met> {
    let mut met = Met::new();
    for row in commitment_total::Entity::find()
        .filter(commitment_total::Column::RunId.eq(run))
        .all(conn)
        .await?
    {
        let by = if row.by_reference {
            MetBy::Reference
        } else {
            MetBy::Supplier
        };
        let key = (row.commitment_id, by, row.category_id, row.month);
        let sum = met.entry(key).or_default();
        *sum = sum.plus(row.amount).ok_or_else(too_much)?;
    }
    Ok(met)
}

/// What lines come to that name the same: contract or order, supplier, cost category and day.
type NamedSpend = (
    Option<String>,
    Option<String>,
    CostCategoryId,
    chrono::NaiveDate,
    Money,
);

/// What the lines of a pool come to that were accepted after the first number and not after the
/// second.
pub(super) async fn spent_between(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    agreements: &Agreements,
    (after, until): (i64, i64),
) -> Result<Met> {
    let rows: Vec<NamedSpend> = spend_line::Entity::find()
        .select_only()
        .column(spend_line::Column::CommitmentRef)
        .column(spend_line::Column::Supplier)
        .column(spend_line::Column::CategoryId)
        .column(spend_line::Column::IncurredOn)
        .column_as(crate::awards::store::total("spend_line.amount"), "amount")
        .join(
            JoinType::InnerJoin,
            spend_line::Entity::belongs_to(spend_import::Entity)
                .from(spend_line::Column::ImportId)
                .to(spend_import::Column::Id)
                .into(),
        )
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        .filter(spend_import::Column::AcceptedSeq.gt(after))
        .filter(spend_import::Column::AcceptedSeq.lte(until))
        .filter(spend_line::Column::PoolId.eq(pool))
        .group_by(spend_line::Column::CommitmentRef)
        .group_by(spend_line::Column::Supplier)
        .group_by(spend_line::Column::CategoryId)
        .group_by(spend_line::Column::IncurredOn)
        .into_tuple()
        .all(conn)
        .await?;
    let mut met = Met::new();
    for (reference, supplier, category, incurred_on, amount) in rows {
        let line = Spent {
            reference: reference.as_deref(),
            supplier: supplier.as_deref(),
            category,
            incurred_on,
        };
        if let Some((one, by)) = agreements.of(&line) {
            let key = (one.id, by, category, first_of_month(incurred_on));
            let sum = met.entry(key).or_default();
            *sum = sum.plus(amount).ok_or_else(too_much)?;
        }
    }
    Ok(met)
}
