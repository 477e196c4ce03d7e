//! The rows of journals. Every query of theirs starts from [`seen`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::{
    JournalId, PersonId, SpendImportId, journal, journal_event, journal_line, journal_version,
    spend_import,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::rules::Line;
use crate::access::for_those_inside;
use crate::{Ctx, Error, Result, Tx};

/// The journals that an actor may see: whoever sees every pool's spend sees all, nobody else any.
pub(super) fn seen(ctx: &Ctx) -> Select<journal::Entity> {
    for_those_inside(ctx, journal::Entity::find())
}

/// One journal, if the actor may see it.
pub(super) async fn one(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: JournalId,
) -> Result<journal::Model> {
    seen(ctx)
        .filter(journal::Column::Id.eq(id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// One journal, locked until the transaction ends.
pub(super) async fn locked(tx: &Tx, ctx: &Ctx, id: JournalId) -> Result<journal::Model> {
    one(tx.conn(), ctx, id).await?;
    tx.lock("journal", id).await?;
    one(tx.conn(), ctx, id).await
}

/// The versions of these journals, oldest first.
pub(super) async fn versions(
    conn: &impl ConnectionTrait,
    ids: &[JournalId],
) -> Result<BTreeMap<JournalId, Vec<journal_version::Model>>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for some in ids.chunks(500) {
        let rows = journal_version::Entity::find()
            .filter(journal_version::Column::JournalId.is_in(some.iter().copied()))
            .order_by_asc(journal_version::Column::JournalId)
            .order_by_asc(journal_version::Column::Revision)
            .all(conn)
            .await?;
        for row in rows {
            found.entry(row.journal_id).or_default().push(row);
        }
    }
    Ok(found)
}

/// Who prepared any version of a journal.
pub(super) fn preparers(versions: &[journal_version::Model]) -> BTreeSet<PersonId> {
    versions.iter().map(|version| version.prepared_by).collect()
}

/// The lines of one version, in their order.
pub(super) async fn lines(
    conn: &impl ConnectionTrait,
    id: JournalId,
    revision: i32,
) -> Result<Vec<journal_line::Model>> {
    Ok(journal_line::Entity::find()
        .filter(journal_line::Column::JournalId.eq(id))
        .filter(journal_line::Column::Revision.eq(revision))
        .order_by_asc(journal_line::Column::LineNo)
        .all(conn)
        .await?)
}

/// How many lines each of these journals has in the version that stands.
pub(super) async fn counts(
    conn: &impl ConnectionTrait,
    rows: &[journal::Model],
) -> Result<HashMap<JournalId, i64>> {
    let mut found = HashMap::new();
    for some in rows.chunks(500) {
        let counted: Vec<(JournalId, i32, i64)> = journal_line::Entity::find()
            .select_only()
            .column(journal_line::Column::JournalId)
            .column(journal_line::Column::Revision)
            .column_as(journal_line::Column::LineNo.count(), "lines")
            .filter(journal_line::Column::JournalId.is_in(some.iter().map(|row| row.id)))
            .group_by(journal_line::Column::JournalId)
            .group_by(journal_line::Column::Revision)
            .into_tuple()
            .all(conn)
            .await?;
        for (id, revision, lines) in counted {
            if some
                .iter()
                .any(|row| row.id == id && row.revision == revision)
            {
                found.insert(id, lines);
            }
        }
    }
    Ok(found)
}

/// A line as the rules look at it.
pub(super) fn as_rule(row: &journal_line::Model) -> Line {
    Line {
        incurred_on: row.incurred_on,
        pool: row.pool_id,
        category: row.category_id,
        capital: row.capital,
        amount: row.amount,
        ledger_ref: row.ledger_ref.clone(),
        cost_centre: row.cost_centre.clone(),
    }
}

/// What happened to a journal, oldest first.
pub(super) async fn events(
    conn: &impl ConnectionTrait,
    id: JournalId,
) -> Result<Vec<journal_event::Model>> {
    Ok(journal_event::Entity::find()
        .filter(journal_event::Column::JournalId.eq(id))
        .order_by_asc(journal_event::Column::HappenedAt)
        .order_by_asc(journal_event::Column::Id)
        .all(conn)
        .await?)
}

/// The import that a journal's lines count with, once it is approved.
pub(super) async fn import_of(
    conn: &impl ConnectionTrait,
    id: JournalId,
) -> Result<Option<SpendImportId>> {
    Ok(spend_import::Entity::find()
        .filter(spend_import::Column::JournalId.eq(id))
        .one(conn)
        .await?
        .map(|row| row.id))
}

/// The journal that takes this one back, or is to.
pub(super) async fn reversal_of(
    conn: &impl ConnectionTrait,
    id: JournalId,
) -> Result<Option<journal::Model>> {
    Ok(journal::Entity::find()
        .filter(journal::Column::ReversesId.eq(id))
        .filter(journal::Column::State.ne(entity::JournalState::Withdrawn))
        .one(conn)
        .await?)
}
