//! The rows of journals. Every query of theirs starts from [`seen`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::{
    CostCategoryId, ImportState, JournalId, Money, PersonId, PoolId, SpendImportId, SpendLineId,
    journal, journal_event, journal_line, journal_version, spend_import, spend_line,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select, sea_query::SelectStatement,
};

use super::rules::{Counted, Held, Line, Place, check_held, held};
use crate::access::for_those_inside;
use crate::{Ctx, Error, FieldError, Result, Tx, categories, pools};

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

/// The imports whose lines count.
fn accepted() -> SelectStatement {
    spend_import::Entity::find()
        .select_only()
        .column(spend_import::Column::Id)
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        .into_query()
}

/// What each of these ledger transactions has, by place.
async fn held_by(
    conn: &impl ConnectionTrait,
    names: &BTreeSet<&str>,
) -> Result<BTreeMap<String, BTreeMap<Place, Held>>> {
    type Row = (
        SpendLineId,
        Option<String>,
        PoolId,
        CostCategoryId,
        bool,
        Money,
        Option<SpendLineId>,
    );
    let rows: Vec<Row> = spend_line::Entity::find()
        .select_only()
        .column(spend_line::Column::Id)
        .column(spend_line::Column::TransactionRef)
        .column(spend_line::Column::PoolId)
        .column(spend_line::Column::CategoryId)
        .column(spend_line::Column::Capital)
        .column(spend_line::Column::Amount)
        .column(spend_line::Column::ReversesId)
        .filter(spend_line::Column::TransactionRef.is_in(names.iter().copied()))
        .filter(spend_line::Column::ImportId.in_subquery(accepted()))
        .into_tuple()
        .all(conn)
        .await?;
    let mut back: BTreeSet<SpendLineId> = BTreeSet::new();
    for some in rows.chunks(500) {
        let found: Vec<Option<SpendLineId>> = spend_line::Entity::find()
            .select_only()
            .column(spend_line::Column::ReversesId)
            .filter(spend_line::Column::ReversesId.is_in(some.iter().map(|row| row.0)))
            .filter(spend_line::Column::ImportId.in_subquery(accepted()))
            .into_tuple()
            .all(conn)
            .await?;
        back.extend(found.into_iter().flatten());
    }
    let mut counted: BTreeMap<String, Vec<Counted>> = BTreeMap::new();
    for (id, name, pool, category, capital, amount, reverses) in rows {
        let Some(name) = name else { continue };
        counted.entry(name).or_default().push(Counted {
            id,
            place: (pool, category, capital),
            amount,
            undone: reverses.is_some() || back.contains(&id),
        });
    }
    Ok(counted
        .into_iter()
        .map(|(name, lines)| (name, held(&lines)))
        .collect())
}

/// Amounts that lines take away from transactions that do not have them there. What takes a whole
/// journal back is held against that one instead.
pub(super) async fn not_there(
    conn: &impl ConnectionTrait,
    reverses: Option<JournalId>,
    lines: &[Line],
) -> Result<Vec<FieldError>> {
    let names: BTreeSet<&str> = lines
        .iter()
        .filter(|line| line.amount < Money::ZERO)
        .filter_map(|line| line.ledger_ref.as_deref())
        .collect();
    if reverses.is_some() || names.is_empty() {
        return Ok(Vec::new());
    }
    let held = held_by(conn, &names).await?;
    let (pools, categories) = called(conn).await?;
    Ok(check_held(lines, &held, |(pool, category, capital)| {
        format!(
            "{}, {}, of {}",
            categories
                .get(&category)
                .map_or("that category", String::as_str),
            if capital { "capital" } else { "revenue" },
            pools.get(&pool).map_or("that pool", String::as_str)
        )
    }))
}

pub(super) type Names = (HashMap<PoolId, String>, HashMap<CostCategoryId, String>);

/// What people call pools and cost categories.
pub(super) async fn called(conn: &impl ConnectionTrait) -> Result<Names> {
    let pools = pools::store::all_names(conn).await?;
    Ok((pools, categories::store::all_names(conn).await?))
}
