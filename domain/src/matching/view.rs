//! Match funding as readers get it.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AwardId, MatchFundingId, Money, OrganisationKind, match_funding};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::access::names_of;
use crate::access::rules::Operation;
use crate::{Ctx, Db, Result, awards};

/// Somebody else's money in a month, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MatchView {
    /// Its id.
    pub id: MatchFundingId,
    /// Whose money.
    pub source: String,
    /// What sort of body that is.
    pub source_kind: OrganisationKind,
    /// Given in kind.
    pub in_kind: bool,
    /// How something in kind is valued.
    pub valued_how: Option<String>,
    /// The month's first day.
    pub month: NaiveDate,
    /// Capital, or revenue.
    pub capital: bool,
    /// In pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// Promised in writing.
    pub secured: bool,
    /// What shows it.
    pub evidence: Option<String>,
    /// The chosen name of who recorded it.
    pub entered_by: String,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub entered_at: DateTime<Utc>,
}

fn standing(award_id: AwardId) -> sea_orm::Select<match_funding::Entity> {
    match_funding::Entity::find()
        .filter(match_funding::Column::AwardId.eq(award_id))
        .filter(match_funding::Column::SupersededAt.is_null())
}

/// What changes whenever an award's standing match does: give it back on entering.
pub async fn state_of(db: &Db, ctx: &Ctx, award_id: AwardId) -> Result<String> {
    ctx.require(Operation::ReadMatch)?;
    awards::store::one(db.read(), ctx, award_id).await?;
    let rows = standing(award_id).all(db.read()).await?;
    Ok(state(rows.iter().map(|row| row.id)))
}

/// How many there are, and the newest.
pub(super) fn state(ids: impl ExactSizeIterator<Item = MatchFundingId>) -> String {
    let many = ids.len();
    let newest = ids.max().map(|id| id.to_string()).unwrap_or_default();
    format!("{many}.{newest}")
}

/// A page of an award's standing match by id, after `after`.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    after: Option<MatchFundingId>,
    limit: u64,
) -> Result<Vec<MatchView>> {
    ctx.require(Operation::ReadMatch)?;
    awards::store::one(db.read(), ctx, award_id).await?;
    let mut query = standing(award_id);
    if let Some(after) = after {
        query = query.filter(match_funding::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(match_funding::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    let people = names_of(db, rows.iter().map(|row| row.entered_by)).await?;
    Ok(rows
        .into_iter()
        .map(|row| MatchView {
            id: row.id,
            source: row.source,
            source_kind: row.source_kind,
            in_kind: row.in_kind,
            valued_how: row.valued_how,
            month: row.month,
            capital: row.capital,
            amount_pence: row.amount,
            secured: row.secured,
            evidence: row.evidence,
            entered_by: people.get(&row.entered_by).cloned().unwrap_or_default(),
            entered_at: row.entered_at,
        })
        .collect())
}

/// All of an award's standing match by source and month, for a page or a file.
pub async fn all(db: &Db, ctx: &Ctx, award_id: AwardId) -> Result<Vec<MatchView>> {
    let mut views = list(db, ctx, award_id, None, 100_000).await?;
    views.sort_by(|a, b| {
        (&a.source, a.in_kind, a.month, a.capital).cmp(&(&b.source, b.in_kind, b.month, b.capital))
    });
    Ok(views)
}
