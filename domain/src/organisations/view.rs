//! Organisations as readers get them.

use std::collections::{BTreeSet, HashMap};

use entity::{OrganisationId, OrganisationKind, organisation};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use crate::access::rules::{Operation, Sight, sight};
use crate::db::among;
use crate::{Ctx, Db, Error, Result};

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OrganisationView {
    /// Its id here.
    pub id: OrganisationId,
    /// The public identifier.
    pub org_id: String,
    /// The name people know it by.
    pub name: String,
    /// What sort of body it is.
    pub kind: OrganisationKind,
    /// How often it was corrected, from 1.
    pub version: i64,
}

impl From<organisation::Model> for OrganisationView {
    fn from(row: organisation::Model) -> Self {
        Self {
            id: row.id,
            org_id: row.org_id,
            name: row.name,
            kind: row.kind,
            version: row.version,
        }
    }
}

/// A page of organisations by id, after `after`: staff and boards see all, a funder's officer
/// their own.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    after: Option<OrganisationId>,
    limit: u64,
) -> Result<Vec<OrganisationView>> {
    ctx.require(Operation::ReadOrganisations)?;
    let mut query = organisation::Entity::find();
    match sight(&ctx.actor) {
        Sight::All => {}
        Sight::Funders(funders) => {
            query = query.filter(organisation::Column::Id.is_in(funders));
        }
        Sight::Nothing => return Ok(Vec::new()),
    }
    if let Some(after) = after {
        query = query.filter(organisation::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(organisation::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// One organisation.
pub async fn one(db: &Db, ctx: &Ctx, id: OrganisationId) -> Result<OrganisationView> {
    ctx.require(Operation::ReadOrganisations)?;
    let seen = match sight(&ctx.actor) {
        Sight::All => true,
        Sight::Funders(funders) => funders.contains(&id),
        Sight::Nothing => false,
    };
    if !seen {
        return Err(Error::NotFound);
    }
    Ok(organisation::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?
        .into())
}

/// An organisation's name, for a page's frame.
pub async fn name(db: &Db, id: OrganisationId) -> Result<String> {
    name_within(db.read(), id).await
}

/// The same, also inside of a transaction.
pub(crate) async fn name_within(conn: &impl ConnectionTrait, id: OrganisationId) -> Result<String> {
    Ok(organisation::Entity::find_by_id(id)
        .one(conn)
        .await?
        .map_or_else(String::new, |row| row.name))
}

/// Names by id, for views that show them.
pub(crate) async fn names(
    db: &Db,
    ids: impl IntoIterator<Item = OrganisationId>,
) -> Result<HashMap<OrganisationId, String>> {
    // many rows name the same few
    let ids: BTreeSet<OrganisationId> = ids.into_iter().collect();
    let rows: Vec<(OrganisationId, String)> = organisation::Entity::find()
        .select_only()
        .columns([organisation::Column::Id, organisation::Column::Name])
        .filter(among(db.read(), organisation::Column::Id, ids))
        .into_tuple()
        .all(db.read())
        .await?;
    Ok(rows.into_iter().collect())
}
