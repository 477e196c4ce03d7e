//! The match that awards require, what of it is evidenced, and what is short.

use chrono::NaiveDate;
use entity::{AwardId, Money, OrganisationId, PoolId, award};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Serialize;

use super::too_much;
use crate::access::rules::Operation;
use crate::awards::rules::further::MatchPosition;
use crate::{Ctx, Db, Result, awards, closures, organisations, pools};

/// The match that awards require.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = MatchPositions)]
pub struct Matched {
    /// Of the awards behind which pool; null: of all awards.
    pub pool_id: Option<PoolId>,
    /// The pool's name.
    pub pool: Option<String>,
    /// London date of which this is told.
    pub as_of: NaiveDate,
    /// Award by award that requires match and is not closed, each as a whole: what is short most comes first.
    pub rows: Vec<MatchRow>,
    /// All of it. What is short of one award is not made up by what another has beyond its need.
    pub together: MatchPosition,
    /// How many of the awards require none.
    pub require_none: usize,
}

/// Where the match of an award stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = MatchPositionOfAward)]
pub struct MatchRow {
    /// Who gives it.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// Last London date that it pays for.
    pub ends_on: NaiveDate,
    /// Its figures.
    #[serde(flatten)]
    pub figures: MatchPosition,
    /// How match is to be evidenced.
    pub evidenced_how: String,
}

/// The match that the awards behind a pool require, or all awards.
pub async fn matched(db: &Db, ctx: &Ctx, pool: Option<PoolId>) -> Result<Matched> {
    ctx.require(Operation::ReadFundingGrid)?;
    let conn = db.snapshot().await?;
    let mut all = awards::store::seen(ctx);
    let mut name = None;
    if let Some(id) = pool {
        name = Some(pools::store::one(&conn, ctx, id).await?.name);
        let given = pools::store::contributions(&conn, &[id]).await?;
        all = all.filter(award::Column::Id.is_in(given.iter().map(|row| row.award_id)));
    }
    let mut all = all.all(&conn).await?;
    let ids: Vec<AwardId> = all.iter().map(|award| award.id).collect();
    let closed = closures::store::closed(&conn, &ids).await?;
    all.retain(|award| !closed.contains_key(&award.id));
    let found = awards::view::match_of_each(&conn, &all).await?;
    let funders =
        organisations::view::names(db, found.iter().map(|(award, ..)| award.funder_id)).await?;
    let mut rows: Vec<MatchRow> = found
        .into_iter()
        .map(|(award, figures, evidenced_how)| MatchRow {
            funder_id: award.funder_id,
            funder: funders.get(&award.funder_id).cloned().unwrap_or_default(),
            award_id: award.id,
            award: award.title.clone(),
            ends_on: award.ends_on,
            figures,
            evidenced_how,
        })
        .collect();
    rows.sort_by(|a, b| {
        (b.figures.short_pence.cmp(&a.figures.short_pence))
            .then_with(|| (a.ends_on, &a.award, a.award_id).cmp(&(b.ends_on, &b.award, b.award_id)))
    });
    let sum = |of: fn(&MatchPosition) -> Money| {
        Money::sum(rows.iter().map(|row| of(&row.figures))).ok_or_else(too_much)
    };
    let together = MatchPosition {
        required_pence: sum(|of| of.required_pence)?,
        evidenced_pence: sum(|of| of.evidenced_pence)?,
        not_in_writing_pence: sum(|of| of.not_in_writing_pence)?,
        short_pence: sum(|of| of.short_pence)?,
    };
    Ok(Matched {
        pool_id: pool,
        pool: name,
        as_of: ctx.today(),
        require_none: all.len().saturating_sub(rows.len()),
        rows,
        together,
    })
}
