//! How the funders of a pool are shown to each other.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{OrganisationId, PoolDisclosureId, PoolId};
use serde::Serialize;

use crate::access::names_of;
use crate::access::rules::Operation;
use crate::positions::store;
use crate::{Ctx, Db, Result, awards, organisations, pools};

/// What a funder agreed of being shown to a pool's other funders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PoolDisclosure)]
pub struct DisclosureView {
    /// Its id.
    pub id: PoolDisclosureId,
    /// Its place among the pool's disclosures, from 1.
    pub seq: i32,
    /// The funder.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// Shown by name with its own figures; otherwise only within a sum.
    pub by_name: bool,
    /// First London date on which it applies.
    pub starts_on: NaiveDate,
    /// Who agreed it for the funder.
    pub agreed_by: String,
    /// London date on which it was agreed.
    pub agreed_on: NaiveDate,
    /// Where that is written.
    pub reference: String,
    /// The chosen name of who recorded it.
    pub recorded_by: Option<String>,
    /// Whether it is what holds today.
    pub holds: bool,
}

/// What the funders of a pool agreed of being shown to each other, the newest first.
pub async fn disclosures(db: &Db, ctx: &Ctx, pool: PoolId) -> Result<Vec<DisclosureView>> {
    ctx.require(Operation::ReadDisclosures)?;
    pools::store::one(db.read(), ctx, pool).await?;
    let rows = store::disclosures(db.read(), pool).await?;
    let names = organisations::view::names(db, rows.iter().map(|row| row.funder_id)).await?;
    let people = names_of(db, rows.iter().filter_map(|row| row.recorded_by)).await?;
    let mut holding: BTreeSet<OrganisationId> = BTreeSet::new();
    Ok(rows
        .into_iter()
        .rev()
        .map(|row| DisclosureView {
            holds: row.starts_on <= ctx.today() && holding.insert(row.funder_id),
            id: row.id,
            seq: row.seq,
            funder: names.get(&row.funder_id).cloned().unwrap_or_default(),
            funder_id: row.funder_id,
            by_name: row.by_name,
            starts_on: row.starts_on,
            agreed_by: row.agreed_by,
            agreed_on: row.agreed_on,
            reference: row.reference,
            recorded_by: row.recorded_by.and_then(|id| people.get(&id).cloned()),
        })
        .collect())
}

/// The funders whose awards are behind a pool, by name.
pub async fn funders(db: &Db, ctx: &Ctx, pool: PoolId) -> Result<Vec<(OrganisationId, String)>> {
    ctx.require(Operation::ReadDisclosures)?;
    pools::store::one(db.read(), ctx, pool).await?;
    let given = pools::store::contributions(db.read(), &[pool]).await?;
    let awards = awards::view::titles(db, given.iter().map(|row| row.award_id)).await?;
    let names = organisations::view::names(db, awards.values().map(|row| row.funder_id)).await?;
    let mut funders: Vec<(OrganisationId, String)> = names.into_iter().collect();
    funders.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(funders)
}
