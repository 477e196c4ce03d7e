//! Commitments as readers get them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AllocationId, AwardId, CommitmentId, CommitmentKind, CostCategoryId, Money, Nation,
    OrganisationId, PoolId, SpendLineId, allocation, commitment, commitment_notice,
    commitment_version, cost_category, pool, spend_line,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use super::ops::MonthAmount;
use super::rules::{self, MetBy, Month, Spent};
use super::store::{self, Sums};
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::calendar::rules::when_in_words;
use crate::{Ctx, Db, Error, Result, awards, decisions, organisations};

/// A commitment, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CommitmentSummary {
    /// The commitment.
    pub id: CommitmentId,
    /// What people call it.
    pub title: String,
    /// What it is.
    pub kind: CommitmentKind,
    /// The holder's reference.
    pub reference: String,
    /// Who delivers.
    pub provider_id: OrganisationId,
    /// The provider's name.
    pub provider: String,
    /// Whose contract it is.
    pub holder_id: OrganisationId,
    /// The holder's name.
    pub holder: String,
    /// Whose money pays.
    pub pool_id: PoolId,
    /// The pool's name.
    pub pool: String,
    /// First London date.
    pub starts_on: NaiveDate,
    /// Last London date.
    pub ends_on: NaiveDate,
    /// The last working day on which the provider can be told whether it goes on.
    pub notice_by: NaiveDate,
    /// "in 14 days", "3 days ago".
    pub notice_in_words: String,
    /// Whether the provider was told, of the version that stands.
    pub told: bool,
    /// Its last day is over.
    pub over: bool,
    /// What it comes to, in pence.
    #[schema(value_type = i64)]
    pub total_pence: Money,
    /// Spent against it, in pence: spend in its pool that names its reference; and spend of its
    /// supplier, received within its time, that names no agreement of the pool.
    #[schema(value_type = i64)]
    pub spent_pence: Money,
    /// Of that, what names its reference, in pence.
    #[schema(value_type = i64)]
    pub spent_by_reference_pence: Money,
    /// Promised and not spent, in pence; nothing where more was spent than agreed.
    #[schema(value_type = i64)]
    pub outstanding_pence: Money,
    /// Spent beyond what was agreed, in pence.
    #[schema(value_type = i64)]
    pub beyond_pence: Money,
    /// Its latest version's number.
    pub revision: i32,
    /// Its version, for If-Match.
    pub version: i64,
}

/// A version of what was agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CommitmentVersion {
    /// Its number, from 1.
    pub revision: i32,
    /// From which London date it holds.
    pub effective_on: NaiveDate,
    /// Why.
    pub reason: String,
    /// First London date.
    pub starts_on: NaiveDate,
    /// Last London date.
    pub ends_on: NaiveDate,
    /// What it comes to, in pence.
    #[schema(value_type = i64)]
    pub total_pence: Money,
    /// Who recorded it, by their chosen name.
    pub recorded_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub recorded_at: DateTime<Utc>,
}

/// What the provider was told about the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NoticeView {
    /// Of which version.
    pub revision: i32,
    /// It goes on; otherwise it ends.
    pub goes_on: bool,
    /// London date on which they were told.
    pub told_on: NaiveDate,
    /// How.
    pub words: String,
}

/// An award that is named to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PayingAward {
    /// The award.
    pub id: AwardId,
    /// What people call it.
    pub title: String,
}

/// A commitment with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CommitmentView {
    /// As in lists.
    #[serde(flatten)]
    pub summary: CommitmentSummary,
    /// The cost category of its spend, where it is one.
    pub category_id: Option<CostCategoryId>,
    /// The category's name.
    pub category: Option<String>,
    /// Where it is for.
    pub place: Option<String>,
    /// Which group of people it is for.
    pub people_group: Option<String>,
    /// What it pays for is capital; otherwise revenue.
    pub capital: bool,
    /// The decision of both boards that it comes of.
    pub allocation_id: Option<AllocationId>,
    /// What that decision's paper is called.
    pub allocation: Option<String>,
    /// That paper.
    pub paper_id: Option<entity::PaperId>,
    /// How the finance system names the provider.
    pub supplier: String,
    /// So many days before its end the provider must be told.
    pub notice_days: Option<i32>,
    /// How much for each month.
    pub months: Vec<MonthAmount>,
    /// The awards that are named to pay.
    pub awards: Vec<PayingAward>,
    /// Every version, oldest first.
    pub versions: Vec<CommitmentVersion>,
    /// What the provider was told, oldest first.
    pub notices: Vec<NoticeView>,
}

/// What is read of several commitments at once.
struct Read {
    latest: HashMap<CommitmentId, commitment_version::Model>,
    notices: Vec<commitment_notice::Model>,
    sums: HashMap<CommitmentId, Sums>,
    pools: HashMap<PoolId, String>,
    names: HashMap<OrganisationId, String>,
}

impl Read {
    async fn of(db: &Db, rows: &[commitment::Model]) -> Result<Self> {
        let ids: Vec<CommitmentId> = rows.iter().map(|row| row.id).collect();
        let latest = store::latest(db.read(), &ids).await?;
        let pools = pool::Entity::find()
            .filter(pool::Column::Id.is_in(latest.values().map(|version| version.pool_id)))
            .all(db.read())
            .await?
            .into_iter()
            .map(|row| (row.id, row.name))
            .collect();
        let bodies = rows.iter().flat_map(|row| [row.provider_id, row.holder_id]);
        Ok(Self {
            notices: store::notices(db.read(), &ids).await?,
            sums: store::sums(db.read()).await?,
            names: organisations::view::names(db, bodies).await?,
            latest,
            pools,
        })
    }

    fn summary(&self, ctx: &Ctx, row: &commitment::Model) -> Result<CommitmentSummary> {
        let version = self
            .latest
            .get(&row.id)
            .ok_or_else(|| Error::internal("a commitment without its version"))?;
        let sums = self.sums.get(&row.id).copied().unwrap_or_default();
        let too_much = || Error::internal("the sums of a commitment fit no number");
        let notice_by = rules::notice_by(version.ends_on, version.notice_days, Nation::England);
        Ok(CommitmentSummary {
            id: row.id,
            title: version.title.clone(),
            kind: row.kind,
            reference: row.reference.clone(),
            provider_id: row.provider_id,
            provider: self
                .names
                .get(&row.provider_id)
                .cloned()
                .unwrap_or_default(),
            holder_id: row.holder_id,
            holder: self.names.get(&row.holder_id).cloned().unwrap_or_default(),
            pool_id: version.pool_id,
            pool: self
                .pools
                .get(&version.pool_id)
                .cloned()
                .unwrap_or_default(),
            starts_on: version.starts_on,
            ends_on: version.ends_on,
            notice_by,
            notice_in_words: when_in_words(ctx.today(), notice_by),
            told: self
                .notices
                .iter()
                .any(|one| one.commitment_id == row.id && one.revision == row.revision),
            over: version.ends_on < ctx.today(),
            total_pence: sums.total,
            spent_pence: sums.spent,
            spent_by_reference_pence: sums.by_reference,
            outstanding_pence: rules::outstanding(sums.total, sums.spent).ok_or_else(too_much)?,
            beyond_pence: rules::outstanding(sums.spent, sums.total).ok_or_else(too_much)?,
            revision: row.revision,
            version: row.version,
        })
    }
}

/// Which commitments.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommitmentFilter {
    /// Only those that this pool pays.
    pub pool: Option<PoolId>,
    /// Only those with this provider.
    pub provider: Option<OrganisationId>,
    /// Only those that are not over.
    pub current: bool,
}

/// Commitments by what ends soon: those that are not over by the day on which the provider must be
/// told, the soonest first; then those that are over, the latest first.
pub async fn list(db: &Db, ctx: &Ctx, filter: CommitmentFilter) -> Result<Vec<CommitmentSummary>> {
    ctx.require(Operation::ReadCommitments)?;
    let mut query = store::seen(ctx);
    if let Some(provider) = filter.provider {
        query = query.filter(commitment::Column::ProviderId.eq(provider));
    }
    let rows = query
        .order_by_asc(commitment::Column::Id)
        .all(db.read())
        .await?;
    let read = Read::of(db, &rows).await?;
    let mut all: Vec<CommitmentSummary> = rows
        .iter()
        .map(|row| read.summary(ctx, row))
        .collect::<Result<_>>()?;
    all.retain(|one| {
        filter.pool.is_none_or(|pool| one.pool_id == pool) && !(filter.current && one.over)
    });
    let (mut over, mut current): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.over);
    current.sort_by_key(|one| (one.told, if one.told { one.ends_on } else { one.notice_by }));
    over.sort_by_key(|one| std::cmp::Reverse(one.ends_on));
    current.extend(over);
    Ok(current)
}

/// One commitment.
pub async fn one(db: &Db, ctx: &Ctx, id: CommitmentId) -> Result<CommitmentView> {
    ctx.require(Operation::ReadCommitments)?;
    let row = store::one(db.read(), ctx, id).await?;
    let read = Read::of(db, std::slice::from_ref(&row)).await?;
    let summary = read.summary(ctx, &row)?;
    let version = store::version(db.read(), &row).await?;
    let months = store::months(db.read(), &[id]).await?;
    let paying = store::awards(db.read(), id, row.revision).await?;
    let titles = awards::view::titles(db, paying.iter().copied()).await?;
    let category = match version.category_id {
        Some(id) => cost_category::Entity::find_by_id(id)
            .one(db.read())
            .await?
            .map(|row| row.name),
        None => None,
    };
    let (allocation, paper_id) = decided(db, version.allocation_id).await?;
    let versions = versions(db, id, &months).await?;
    let of = |revision| months.get(&(id, revision)).cloned().unwrap_or_default();
    Ok(CommitmentView {
        summary,
        category_id: version.category_id,
        category,
        place: version.place,
        people_group: version.people_group,
        capital: version.capital,
        allocation_id: version.allocation_id,
        allocation,
        paper_id,
        supplier: version.supplier,
        notice_days: version.notice_days,
        months: of(row.revision)
            .into_iter()
            .map(|one| MonthAmount {
                month: one.month,
                amount_pence: one.amount,
            })
            .collect(),
        awards: paying
            .into_iter()
            .map(|id| PayingAward {
                id,
                title: titles
                    .get(&id)
                    .map_or_else(String::new, |award| award.title.clone()),
            })
            .collect(),
        versions,
        notices: read
            .notices
            .into_iter()
            .map(|one| NoticeView {
                revision: one.revision,
                goes_on: one.goes_on,
                told_on: one.told_on,
                words: one.words,
            })
            .collect(),
    })
}

/// What the decision's paper is called, and which it is.
async fn decided(
    db: &Db,
    id: Option<AllocationId>,
) -> Result<(Option<String>, Option<entity::PaperId>)> {
    let Some(id) = id else {
        return Ok((None, None));
    };
    let Some(row) = allocation::Entity::find_by_id(id).one(db.read()).await? else {
        return Ok((None, None));
    };
    let title = decisions::store::latest(db.read(), &[row.paper_id])
        .await?
        .remove(&row.paper_id)
        .map(|version| version.title);
    Ok((title, Some(row.paper_id)))
}

async fn versions(
    db: &Db,
    id: CommitmentId,
    months: &BTreeMap<(CommitmentId, i32), Vec<Month>>,
) -> Result<Vec<CommitmentVersion>> {
    let all = store::versions(db.read(), &[id]).await?;
    let people = names_of(db, all.iter().filter_map(|version| version.recorded_by)).await?;
    all.into_iter()
        .map(|version| {
            let key = (id, version.revision);
            let of_it = months.get(&key).map_or(&[][..], Vec::as_slice);
            Ok(CommitmentVersion {
                revision: version.revision,
                effective_on: version.effective_on,
                reason: version.reason,
                starts_on: version.starts_on,
                ends_on: version.ends_on,
                total_pence: rules::total(of_it)
                    .ok_or_else(|| Error::internal("months that fit no number"))?,
                recorded_by: version
                    .recorded_by
                    .and_then(|person| people.get(&person).cloned()),
                recorded_at: version.recorded_at,
            })
        })
        .collect()
}

/// The agreement that a line of spend counts against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetAgreement {
    /// The agreement.
    pub id: CommitmentId,
    /// What people call it.
    pub title: String,
    /// By what the line meets it.
    pub by: MetBy,
    /// Whether it names the awards that pay.
    pub names_awards: bool,
}

/// The agreement that this line of spend counts against, if any.
pub async fn met_by(db: &Db, ctx: &Ctx, line: SpendLineId) -> Result<Option<MetAgreement>> {
    ctx.require(Operation::ReadCommitments)?;
    let Some(line) = spend_line::Entity::find_by_id(line).one(db.read()).await? else {
        return Ok(None);
    };
    let agreements = store::of_pool(db.read(), line.pool_id).await?;
    let Some((one, by)) = agreements.of(&Spent {
        reference: line.commitment_ref.as_deref(),
        supplier: line.supplier.as_deref(),
        category: line.category_id,
        incurred_on: line.incurred_on,
    }) else {
        return Ok(None);
    };
    let row = store::one(db.read(), ctx, one.id).await?;
    Ok(Some(MetAgreement {
        id: one.id,
        title: store::version(db.read(), &row).await?.title,
        by,
        names_awards: one.payers.is_some(),
    }))
}
