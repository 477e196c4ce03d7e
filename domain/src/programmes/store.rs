//! The rows of programmes. Every query of theirs starts from [`seen`].

use std::collections::{BTreeSet, HashMap};

use entity::{OrganisationId, ProgrammeId, programme, programme_predecessor};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Select};

use super::rules::Succession;
use crate::access::for_those_inside;
use crate::{Ctx, Error, FieldError, Result};

/// The programmes that an actor may see: a funder's officer none, for what we note of them is ours.
pub(crate) fn seen(ctx: &Ctx) -> Select<programme::Entity> {
    for_those_inside(ctx, programme::Entity::find())
}

/// One programme, if the actor may see it.
pub(crate) async fn one(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: ProgrammeId,
) -> Result<programme::Model> {
    seen(ctx)
        .filter(programme::Column::Id.eq(id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// The names of programmes by id.
pub(crate) async fn names(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = ProgrammeId>,
) -> Result<HashMap<ProgrammeId, String>> {
    let rows = programme::Entity::find()
        .filter(programme::Column::Id.is_in(ids))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Those that took the place of others, each with those before it.
pub(crate) async fn succession(conn: &impl ConnectionTrait) -> Result<Succession> {
    let mut all = Succession::new();
    for row in programme_predecessor::Entity::find().all(conn).await? {
        all.entry(row.programme_id)
            .or_default()
            .insert(row.predecessor_id);
    }
    Ok(all)
}

/// Those of these programmes that there are, by name.
pub(super) async fn known(
    conn: &impl ConnectionTrait,
    ids: &BTreeSet<ProgrammeId>,
) -> Result<Vec<programme::Model>> {
    Ok(programme::Entity::find()
        .filter(programme::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(programme::Column::Name)
        .order_by_asc(programme::Column::Id)
        .all(conn)
        .await?)
}

/// What is wrong with the programme that a record of this funder's names, if anything.
pub(crate) async fn check_of_funder(
    conn: &impl ConnectionTrait,
    id: ProgrammeId,
    funder: OrganisationId,
) -> Result<Option<FieldError>> {
    let row = programme::Entity::find_by_id(id).one(conn).await?;
    let wrong = |code: &str, detail: &str| Some(FieldError::new("/programme_id", code, detail));
    Ok(match row {
        None => wrong("unknown", "There is no such programme."),
        Some(row) if row.funder_id != funder => wrong(
            "another-funders",
            "This programme is another funder’s: choose one of the same funder, or none.",
        ),
        Some(_) => None,
    })
}
