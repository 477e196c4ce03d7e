//! The import area's queries.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::{
    CostCategoryId, ImportState, Money, PoolId, SpendImportId, cost_category, import_fault, pool,
    spend_import, spend_line,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    QuerySelect, Statement, Value,
};

use super::rules::{CapitalOrRevenue, LineDraft, LineKind, Reconciliation, Vocabulary};
use crate::db::bulk;
use crate::{Db, Error, Result, Tx};

/// A statement in the database's own kind.
pub(super) fn statement(
    conn: &impl ConnectionTrait,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(conn.get_database_backend(), sql, values)
}

/// Pools and cost categories by slug.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) pools: HashMap<String, PoolId>,
    pub(super) categories: HashMap<String, CostCategoryId>,
    pool_slugs: HashMap<PoolId, String>,
    category_slugs: HashMap<CostCategoryId, String>,
}

impl Names {
    /// The pools and categories that there are, and the words that name them.
    pub(super) async fn of(db: &Db) -> Result<(Self, Vocabulary)> {
        let pools = pool::Entity::find().all(db.read()).await?;
        let categories = cost_category::Entity::find().all(db.read()).await?;
        let vocabulary = Vocabulary::new(
            pools.iter().map(|row| (row.slug.clone(), row.name.clone())),
            categories
                .iter()
                .map(|row| (row.slug.clone(), row.name.clone())),
        );
        let names = Self {
            pools: pools.iter().map(|row| (row.slug.clone(), row.id)).collect(),
            categories: categories
                .iter()
                .map(|row| (row.slug.clone(), row.id))
                .collect(),
            pool_slugs: pools.into_iter().map(|row| (row.id, row.slug)).collect(),
            category_slugs: categories
                .into_iter()
                .map(|row| (row.id, row.slug))
                .collect(),
        };
        Ok((names, vocabulary))
    }

    /// A stored line as the file would have said it, for comparing.
    pub(super) fn as_draft(&self, line: &spend_line::Model) -> Result<LineDraft> {
        Ok(LineDraft {
            transaction: line.transaction_ref.clone(),
            line: line.line_ref.clone(),
            incurred_on: line.incurred_on,
            posted_on: line.posted_on,
            paid_on: None,
            period: line
                .ledger_month
                .map(|month| month.format("%Y-%m").to_string()),
            kind: LineKind::from_slug(line.kind.slug())
                .ok_or_else(|| Error::internal("a kind of line that the rules do not know"))?,
            amount_pence: line.amount.pence(),
            vat_pence: None,
            capital_or_revenue: Some(if line.capital {
                CapitalOrRevenue::Capital
            } else {
                CapitalOrRevenue::Revenue
            }),
            pool: self.pool_slugs.get(&line.pool_id).cloned(),
            category: self.category_slugs.get(&line.category_id).cloned(),
            place: line.place.clone(),
            group: line.people_group.clone(),
            supplier: line.supplier.clone(),
            description: line.description.clone(),
            cost_centre: None,
            account: None,
            project: None,
        })
    }
}

/// Lines of accepted imports with these identities.
pub(super) async fn accepted_with(
    conn: &impl ConnectionTrait,
    identities: Vec<String>,
) -> Result<HashMap<String, spend_line::Model>> {
    let accepted = spend_import::Entity::find()
        .select_only()
        .column(spend_import::Column::Id)
        .filter(spend_import::Column::State.eq(ImportState::Accepted));
    let rows = spend_line::Entity::find()
        .filter(spend_line::Column::Identity.is_in(identities))
        .filter(spend_line::Column::ImportId.in_subquery(sea_orm::QueryTrait::into_query(accepted)))
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.identity.clone(), row))
        .collect())
}

/// The last number of the sequence of accepted things.
pub(crate) async fn last_accepted(conn: &impl ConnectionTrait) -> Result<i64> {
    let row = conn
        .query_one_raw(statement(
            conn,
            "SELECT value FROM counter WHERE name = 'accepted'",
            [],
        ))
        .await?;
    row.map_or(Ok(0), |row| Ok(row.try_get("", "value")?))
}

/// An import under its lock.
pub(super) async fn locked(tx: &Tx, id: SpendImportId) -> Result<spend_import::Model> {
    tx.lock("spend_import", id).await?;
    spend_import::Entity::find_by_id(id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)
}

/// Removes up to `most` lines and faults of an import that does not count; how many went.
pub(super) async fn remove_some(
    conn: &DatabaseTransaction,
    id: SpendImportId,
    most: u64,
) -> Result<u64> {
    let mut gone = 0;
    for table in ["spend_line", "import_fault", "spend_total"] {
        let sql = match conn.get_database_backend() {
            DbBackend::Sqlite => format!(
                "DELETE FROM {table} WHERE rowid IN \
                   (SELECT rowid FROM {table} WHERE import_id = $1 LIMIT $2)"
            ),
            _ => format!(
                "DELETE FROM {table} WHERE ctid = ANY (ARRAY \
                   (SELECT ctid FROM {table} WHERE import_id = $1 LIMIT $2))"
            ),
        };
        gone += conn
            .execute_raw(statement(
                conn,
                sql,
                [id.into(), i64::try_from(most).unwrap_or(i64::MAX).into()],
            ))
            .await?
            .rows_affected();
    }
    Ok(gone)
}

/// Adds many lines at once.
pub(super) async fn insert_lines(
    conn: &DatabaseTransaction,
    lines: &[spend_line::Model],
) -> Result<()> {
    const COLUMNS: &[bulk::Column] = &[
        ("id", "uuid"),
        ("import_id", "uuid"),
        ("row_no", "int"),
        ("identity", "text"),
        ("transaction_ref", "text"),
        ("line_ref", "text"),
        ("incurred_on", "date"),
        ("posted_on", "date"),
        ("ledger_month", "date"),
        ("kind", "text"),
        ("amount", "bigint"),
        ("capital", "boolean"),
        ("pool_id", "uuid"),
        ("category_id", "uuid"),
        ("place", "text"),
        ("people_group", "text"),
        ("supplier", "text"),
        ("description", "text"),
        ("suspect", "boolean"),
        ("suspect_of", "int"),
    ];
    let rows: Vec<Vec<Value>> = lines
        .iter()
        .map(|line| {
            vec![
                line.id.into(),
                line.import_id.into(),
                line.row_no.into(),
                line.identity.as_str().into(),
                line.transaction_ref.clone().into(),
                line.line_ref.clone().into(),
                line.incurred_on.into(),
                line.posted_on.into(),
                line.ledger_month.into(),
                line.kind.slug().into(),
                line.amount.into(),
                line.capital.into(),
                line.pool_id.into(),
                line.category_id.into(),
                line.place.clone().into(),
                line.people_group.clone().into(),
                line.supplier.clone().into(),
                line.description.clone().into(),
                line.suspect.into(),
                line.suspect_of.into(),
            ]
        })
        .collect();
    bulk::insert(conn, "spend_line", COLUMNS, &rows).await
}

/// Adds many faults at once: rows that wait.
pub(super) async fn insert_faults(
    conn: &DatabaseTransaction,
    faults: &[import_fault::Model],
) -> Result<()> {
    const COLUMNS: &[bulk::Column] = &[
        ("id", "uuid"),
        ("import_id", "uuid"),
        ("row_no", "int"),
        ("faults", "jsonb"),
        ("raw", "jsonb"),
        ("amount", "bigint"),
    ];
    let rows: Vec<Vec<Value>> = faults
        .iter()
        .map(|fault| {
            vec![
                fault.id.into(),
                fault.import_id.into(),
                fault.row_no.into(),
                fault.faults.clone().into(),
                fault.raw.clone().into(),
                fault.amount.into(),
            ]
        })
        .collect();
    bulk::insert(conn, "import_fault", COLUMNS, &rows).await
}

/// What lines come to, by pool, cost category and day: what is kept of an import beside them.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals(BTreeMap<(PoolId, CostCategoryId, NaiveDate), (i64, Money)>);

impl Totals {
    pub(super) fn count(&mut self, line: &spend_line::Model) -> Result<()> {
        let key = (line.pool_id, line.category_id, line.incurred_on);
        let (lines, amount) = self.0.entry(key).or_default();
        *lines += 1;
        *amount = amount
            .plus(line.amount)
            .ok_or_else(|| Error::internal("a day's spend is more than can be counted"))?;
        Ok(())
    }

    /// As rows of `spend_total`.
    pub(super) fn rows(&self, import: SpendImportId) -> Vec<Vec<Value>> {
        self.0
            .iter()
            .map(|((pool, category, on), (lines, amount))| {
                vec![
                    import.into(),
                    (*pool).into(),
                    (*category).into(),
                    (*on).into(),
                    (*lines).into(),
                    (*amount).into(),
                ]
            })
            .collect()
    }
}

/// Keeps totals of an import's lines.
pub(super) async fn insert_totals(conn: &DatabaseTransaction, rows: &[Vec<Value>]) -> Result<()> {
    const COLUMNS: &[bulk::Column] = &[
        ("import_id", "uuid"),
        ("pool_id", "uuid"),
        ("category_id", "uuid"),
        ("incurred_on", "date"),
        ("lines", "bigint"),
        ("amount", "bigint"),
    ];
    bulk::insert(conn, "spend_total", COLUMNS, rows).await
}

/// Counts one more line of an import that does not count yet.
pub(super) async fn count_line(conn: &DatabaseTransaction, line: &spend_line::Model) -> Result<()> {
    conn.execute_raw(statement(
        conn,
        "INSERT INTO spend_total (import_id, pool_id, category_id, incurred_on, lines, amount) \
         VALUES ($1, $2, $3, $4, 1, $5) \
         ON CONFLICT (import_id, pool_id, category_id, incurred_on) DO UPDATE \
           SET lines = spend_total.lines + 1, amount = spend_total.amount + excluded.amount",
        [
            line.import_id.into(),
            line.pool_id.into(),
            line.category_id.into(),
            line.incurred_on.into(),
            line.amount.into(),
        ],
    ))
    .await?;
    Ok(())
}

/// Sums of the faults that wait: how many have no readable amount, and the sum of the others.
pub(super) async fn waiting_sums(
    conn: &impl ConnectionTrait,
    id: SpendImportId,
) -> Result<(u64, Money)> {
    let row = conn
        .query_one_raw(statement(
            conn,
            "SELECT CAST(COUNT(*) - COUNT(amount) AS bigint) AS unknown, \
                    CAST(COALESCE(SUM(amount), 0) AS bigint) AS total \
             FROM import_fault WHERE import_id = $1 AND resolution IS NULL",
            [id.into()],
        ))
        .await?
        .ok_or_else(|| Error::internal("no sums"))?;
    let unknown: i64 = row.try_get("", "unknown")?;
    Ok((
        u64::try_from(unknown).unwrap_or(0),
        Money(row.try_get("", "total")?),
    ))
}

/// The sums of an import against its control total.
pub(super) fn reconciliation(
    import: &spend_import::Model,
    (unknown, waiting): (u64, Money),
) -> Reconciliation {
    let count = |rows: i64| u64::try_from(rows).unwrap_or(0);
    let mut sums = Reconciliation {
        rows_read: count(import.rows_read),
        rows_loaded: count(import.rows_loaded),
        rows_known: count(import.rows_known),
        rows_set_aside: count(import.rows_set_aside),
        rows_waiting: count(import.rows_faulty),
        rows_amount_unknown: unknown,
        rows_skipped: count(import.rows_skipped),
        sum_loaded: import.sum_loaded.pence(),
        sum_known: import.sum_known.pence(),
        sum_set_aside: import.sum_set_aside.pence(),
        sum_waiting: waiting.pence(),
        control_total: import.control_total.map(Money::pence),
        difference: None,
    };
    if unknown == 0 {
        sums.difference = import.control_total.and_then(|total| {
            total
                .minus(import.sum_loaded)?
                .minus(import.sum_known)?
                .minus(import.sum_set_aside)?
                .minus(waiting)
                .map(Money::pence)
        });
    }
    sums
}
