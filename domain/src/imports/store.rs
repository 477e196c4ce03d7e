//! The import area's queries.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    CostCategoryId, ImportState, Money, PoolId, SpendImportId, SpendLineId, cost_category,
    import_fault, pool, spend_import, spend_line, waiting_line,
};
use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    QuerySelect, QueryTrait, Value,
};

use super::rules::{
    CapitalOrRevenue, LineDraft, LineKind, Reconciliation, Vocabulary, ledger_month,
};
use crate::calendar::rules::first_of_month;
use crate::db::bulk::{self, Ready, Rows};
pub(super) use crate::db::statement;
use crate::db::{among, named};
use crate::{Db, Error, Result, Tx};

/// Pools and cost categories by slug.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Looked up for each row of a file.
    pub(super) pools: foldhash::HashMap<String, PoolId>,
    pub(super) categories: foldhash::HashMap<String, CostCategoryId>,
    pool_slugs: HashMap<PoolId, String>,
    category_slugs: HashMap<CostCategoryId, String>,
}

impl Names {
    /// The pools and categories that there are, and the words that name them.
    pub(super) async fn of(db: &Db) -> Result<(Self, Vocabulary)> {
        Self::on(db.read()).await
    }

    /// The same, inside of a transaction.
    pub(super) async fn on(conn: &impl ConnectionTrait) -> Result<(Self, Vocabulary)> {
        let pools = pool::Entity::find().all(conn).await?;
        let categories = cost_category::Entity::find().all(conn).await?;
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
            cost_centre: line.cost_centre.clone(),
            account: line.account.clone(),
            project: line.project.clone(),
            commitment_ref: line.commitment_ref.clone(),
        })
    }

    /// The pool and the cost category that a row itself names.
    pub(super) fn said(
        &self,
        draft: &LineDraft,
    ) -> Result<(Option<PoolId>, Option<CostCategoryId>)> {
        let unknown = || Error::internal("a row passed with a pool or category that is not there");
        let pool = draft
            .pool
            .as_ref()
            .map(|slug| self.pools.get(slug).copied());
        let category = draft
            .category
            .as_ref()
            .map(|slug| self.categories.get(slug).copied());
        Ok((
            pool.map(|pool| pool.ok_or_else(unknown)).transpose()?,
            category
                .map(|category| category.ok_or_else(unknown))
                .transpose()?,
        ))
    }
}

/// A line that an accepted import has already.
pub(super) enum Earlier {
    /// It counts.
    Line(Box<spend_line::Model>),
    /// It waits to be coded.
    Waits(Box<LineDraft>),
}

impl Earlier {
    /// What it says and what a file says of it now, as far as both are the ledger's words: how a
    /// line was coded by the map or by a person is not, and codes that were not kept once are not
    /// asked for.
    pub(super) fn beside(
        &self,
        names: &Names,
        draft: &LineDraft,
    ) -> Result<(LineDraft, LineDraft)> {
        let tidy = |draft: &LineDraft| LineDraft {
            paid_on: None,
            vat_pence: None,
            period: ledger_month(draft.period.as_deref(), draft.posted_on)
                .map(|month| month.format("%Y-%m").to_string()),
            ..draft.clone()
        };
        let mut now = tidy(draft);
        let mut was = match self {
            Self::Line(line) => names.as_draft(line)?,
            Self::Waits(draft) => tidy(draft),
        };
        let codes = [&was.cost_centre, &was.account, &was.project];
        if codes.iter().all(|code| code.is_none()) {
            (now.cost_centre, now.account, now.project) = (None, None, None);
        }
        // A number that one of the two does not give is not asked for either.
        if now.commitment_ref.is_none() || was.commitment_ref.is_none() {
            now.commitment_ref = None;
            was.commitment_ref = None;
        }
        let coded = now.pool.is_none() || now.category.is_none();
        let waits = was.pool.is_none() || was.category.is_none();
        if coded || waits {
            now.pool = None;
            now.category = None;
            was.pool = None;
            was.category = None;
            for (mine, other) in [
                (&mut now.place, &mut was.place),
                (&mut now.group, &mut was.group),
            ] {
                if mine.is_none() || other.is_none() {
                    *mine = None;
                    *other = None;
                }
            }
            if now.capital_or_revenue.is_none() || was.capital_or_revenue.is_none() {
                now.capital_or_revenue = None;
                was.capital_or_revenue = None;
            }
        }
        for draft in [&mut now, &mut was] {
            draft
                .capital_or_revenue
                .get_or_insert(CapitalOrRevenue::Revenue);
        }
        Ok((was, now))
    }
}

/// The imports whose lines count, for a query of those lines.
pub(crate) fn accepted() -> SelectStatement {
    spend_import::Entity::find()
        .select_only()
        .column(spend_import::Column::Id)
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        .into_query()
}

/// Lines of accepted imports with these identities: those that count, and those that wait.
pub(super) async fn known_with(
    conn: &impl ConnectionTrait,
    identities: Vec<String>,
) -> Result<HashMap<String, Earlier>> {
    let waiting = waiting_line::Entity::find()
        .filter(named(
            conn,
            waiting_line::Column::Identity,
            identities.iter().cloned(),
        ))
        .filter(waiting_line::Column::CodedByImportId.is_null())
        .filter(waiting_line::Column::ImportId.in_subquery(accepted()))
        .all(conn)
        .await?;
    let mut known = HashMap::new();
    for line in waiting {
        let draft = serde_json::from_value(line.draft)?;
        known.insert(line.identity, Earlier::Waits(Box::new(draft)));
    }
    for (identity, line) in accepted_with(conn, identities).await? {
        known.insert(identity, Earlier::Line(Box::new(line)));
    }
    Ok(known)
}

/// That no accepted line takes back the line whose id this column holds.
pub(crate) fn not_taken_back(line_id: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM spend_line r JOIN spend_import ri ON ri.id = r.import_id \
         WHERE r.reverses_id = {line_id} AND ri.state = 'accepted')"
    )
}

/// Those of these lines that an accepted line takes back.
pub(super) async fn taken_back(
    conn: &impl ConnectionTrait,
    ids: &[SpendLineId],
) -> Result<HashSet<SpendLineId>> {
    // Two questions, by keys alone: a planner that is asked for both at once, and knows little of a table that has just
    // grown, may go through all that was ever taken back.
    let found: Vec<(Option<SpendLineId>, SpendImportId)> = spend_line::Entity::find()
        .select_only()
        .columns([spend_line::Column::ReversesId, spend_line::Column::ImportId])
        .filter(among(
            conn,
            spend_line::Column::ReversesId,
            ids.iter().copied(),
        ))
        .into_tuple()
        .all(conn)
        .await?;
    let imports: BTreeSet<SpendImportId> = found.iter().map(|(_, import)| *import).collect();
    let accepted: HashSet<SpendImportId> = spend_import::Entity::find()
        .select_only()
        .column(spend_import::Column::Id)
        .filter(among(conn, spend_import::Column::Id, imports))
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        .into_tuple()
        .all(conn)
        .await?
        .into_iter()
        .collect();
    let counts = found
        .into_iter()
        .filter(|(_, import)| accepted.contains(import));
    Ok(counts.filter_map(|(line, _)| line).collect())
}

/// The line that takes another one back, whole.
pub(crate) fn reversal(
    import: SpendImportId,
    row_no: i32,
    line: spend_line::Model,
) -> Result<spend_line::Model> {
    Ok(spend_line::Model {
        id: SpendLineId::new(),
        import_id: import,
        row_no,
        // once in any import, so that two that take the same line back are seen to
        identity: format!("r:{}", line.id),
        amount: Money::ZERO
            .minus(line.amount)
            .ok_or_else(|| Error::internal("an amount that cannot be turned round"))?,
        suspect: false,
        suspect_of: None,
        reverses_id: Some(line.id),
        ..line
    })
}

/// Lines of accepted imports with these identities, but for those that were taken back.
async fn accepted_with(
    conn: &impl ConnectionTrait,
    identities: Vec<String>,
) -> Result<HashMap<String, spend_line::Model>> {
    let rows = spend_line::Entity::find()
        .filter(named(conn, spend_line::Column::Identity, identities))
        .filter(Expr::cust(not_taken_back("spend_line.id")))
        .filter(spend_line::Column::ImportId.in_subquery(accepted()))
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
    for table in [
        "spend_line",
        "waiting_line",
        "gone_line",
        "import_fault",
        "spend_total",
        "ledger_total",
    ] {
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

/// A spend line's columns.
const LINE: &[bulk::Column] = &[
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
    ("cost_centre", "text"),
    ("account", "text"),
    ("project", "text"),
    ("coding_id", "uuid"),
    ("commitment_ref", "text"),
    ("reverses_id", "uuid"),
];

fn line_row(line: spend_line::Model) -> Vec<Value> {
    vec![
        line.id.into(),
        line.import_id.into(),
        line.row_no.into(),
        line.identity.into(),
        line.transaction_ref.into(),
        line.line_ref.into(),
        line.incurred_on.into(),
        line.posted_on.into(),
        line.ledger_month.into(),
        line.kind.slug().into(),
        line.amount.into(),
        line.capital.into(),
        line.pool_id.into(),
        line.category_id.into(),
        line.place.into(),
        line.people_group.into(),
        line.supplier.into(),
        line.description.into(),
        line.suspect.into(),
        line.suspect_of.into(),
        line.cost_centre.into(),
        line.account.into(),
        line.project.into(),
        line.coding_id.into(),
        line.commitment_ref.into(),
        line.reverses_id.into(),
    ]
}

/// Adds many lines at once.
pub(super) async fn insert_lines(
    conn: &DatabaseTransaction,
    lines: Vec<spend_line::Model>,
) -> Result<()> {
    let rows: Vec<Vec<Value>> = lines.into_iter().map(line_row).collect();
    bulk::insert(conn, "spend_line", LINE, &rows).await
}

/// The columns of a line that waits to be coded.
const WAITING: &[bulk::Column] = &[
    ("id", "uuid"),
    ("import_id", "uuid"),
    ("row_no", "int"),
    ("identity", "text"),
    ("cost_centre", "text"),
    ("account", "text"),
    ("project", "text"),
    ("supplier", "text"),
    ("description", "text"),
    ("incurred_on", "date"),
    ("ledger_month", "date"),
    ("amount", "bigint"),
    ("draft", "jsonb"),
    ("suspect_of", "int"),
];

fn waiting_row(line: waiting_line::Model) -> Vec<Value> {
    vec![
        line.id.into(),
        line.import_id.into(),
        line.row_no.into(),
        line.identity.into(),
        line.cost_centre.into(),
        line.account.into(),
        line.project.into(),
        line.supplier.into(),
        line.description.into(),
        line.incurred_on.into(),
        line.ledger_month.into(),
        line.amount.into(),
        line.draft.into(),
        line.suspect_of.into(),
    ]
}

/// The columns of a row that waits.
const FAULT: &[bulk::Column] = &[
    ("id", "uuid"),
    ("import_id", "uuid"),
    ("row_no", "int"),
    ("faults", "jsonb"),
    ("raw", "jsonb"),
    ("amount", "bigint"),
];

fn fault_row(fault: import_fault::Model) -> Vec<Value> {
    vec![
        fault.id.into(),
        fault.import_id.into(),
        fault.row_no.into(),
        fault.faults.into(),
        fault.raw.into(),
        fault.amount.into(),
    ]
}

/// Adds a line that waits to be coded.
pub(super) async fn insert_waiting(
    conn: &DatabaseTransaction,
    line: waiting_line::Model,
) -> Result<()> {
    bulk::insert(conn, "waiting_line", WAITING, &[waiting_row(line)]).await
}

/// Rows of a file as they will be written: in one piece, all or none.
pub(super) struct Pieces {
    lines: Rows,
    waiting: Rows,
    faults: Rows,
}

impl Pieces {
    pub(super) fn new(db: &Db) -> Self {
        Self {
            lines: Rows::new(db, "spend_line", LINE),
            waiting: Rows::new(db, "waiting_line", WAITING),
            faults: Rows::new(db, "import_fault", FAULT),
        }
    }

    /// A line that loads.
    pub(super) fn line(&mut self, line: spend_line::Model) -> Result<()> {
        self.lines.push(line_row(line))
    }

    /// A line that waits to be coded.
    pub(super) fn waits(&mut self, line: waiting_line::Model) -> Result<()> {
        self.waiting.push(waiting_row(line))
    }

    /// A row that waits.
    pub(super) fn fault(&mut self, fault: import_fault::Model) -> Result<()> {
        self.faults.push(fault_row(fault))
    }

    /// As the database takes them.
    pub(super) fn ready(self) -> Result<Vec<Ready>> {
        let all = [self.lines, self.waiting, self.faults];
        all.into_iter()
            .filter_map(|rows| rows.ready().transpose())
            .collect()
    }
}

/// What lines come to, by pool, cost category and day, and by cost centre and ledger month: what is
/// kept of an import beside them.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    spend: BTreeMap<(PoolId, CostCategoryId, NaiveDate), (i64, Money)>,
    ledger: BTreeMap<NaiveDate, BTreeMap<String, (i64, Money)>>,
}

/// The ledger month that a line counts in: the month received where the file names none.
fn month_of(line: &spend_line::Model) -> NaiveDate {
    line.ledger_month
        .unwrap_or_else(|| first_of_month(line.incurred_on))
}

fn count(sum: &mut (i64, Money), line: &spend_line::Model) -> Result<()> {
    sum.0 += 1;
    sum.1 = sum
        .1
        .plus(line.amount)
        .ok_or_else(|| Error::internal("a day's spend is more than can be counted"))?;
    Ok(())
}

impl Totals {
    pub(super) fn count(&mut self, line: &spend_line::Model) -> Result<()> {
        let key = (line.pool_id, line.category_id, line.incurred_on);
        count(self.spend.entry(key).or_default(), line)?;
        let centres = self.ledger.entry(month_of(line)).or_default();
        let centre = line.cost_centre.as_deref().unwrap_or_default();
        // a name is copied when it is new, not for each line
        match centres.get_mut(centre) {
            Some(sum) => count(sum, line),
            None => count(centres.entry(centre.to_owned()).or_default(), line),
        }
    }

    /// All of it in pieces of so many rows.
    pub(super) fn pieces(&self, db: &Db, import: SpendImportId, most: usize) -> Result<Vec<Ready>> {
        let mut pieces = Vec::new();
        for (table, columns, all) in [
            ("spend_total", TOTAL, self.rows(import)),
            ("ledger_total", LEDGER_TOTAL, self.ledger_rows(import)),
        ] {
            let mut all = all.into_iter().peekable();
            while all.peek().is_some() {
                let mut rows = Rows::new(db, table, columns);
                for row in all.by_ref().take(most) {
                    rows.push(row)?;
                }
                pieces.extend(rows.ready()?);
            }
        }
        Ok(pieces)
    }

    /// As rows of `ledger_total`.
    pub(super) fn ledger_rows(&self, import: SpendImportId) -> Vec<Vec<Value>> {
        self.ledger
            .iter()
            .flat_map(|(month, centres)| {
                centres.iter().map(move |(centre, (lines, amount))| {
                    vec![
                        import.into(),
                        centre.as_str().into(),
                        (*month).into(),
                        (*lines).into(),
                        (*amount).into(),
                    ]
                })
            })
            .collect()
    }

    /// As rows of `spend_total`.
    pub(super) fn rows(&self, import: SpendImportId) -> Vec<Vec<Value>> {
        self.spend
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

const TOTAL: &[bulk::Column] = &[
    ("import_id", "uuid"),
    ("pool_id", "uuid"),
    ("category_id", "uuid"),
    ("incurred_on", "date"),
    ("lines", "bigint"),
    ("amount", "bigint"),
];

const LEDGER_TOTAL: &[bulk::Column] = &[
    ("import_id", "uuid"),
    ("cost_centre", "text"),
    ("month", "date"),
    ("lines", "bigint"),
    ("amount", "bigint"),
];

/// Keeps totals of an import's lines.
pub(super) async fn insert_totals(conn: &DatabaseTransaction, rows: &[Vec<Value>]) -> Result<()> {
    bulk::insert(conn, "spend_total", TOTAL, rows).await
}

/// Keeps what an import's lines come to by cost centre and ledger month.
pub(super) async fn insert_ledger_totals(
    conn: &DatabaseTransaction,
    rows: &[Vec<Value>],
) -> Result<()> {
    bulk::insert(conn, "ledger_total", LEDGER_TOTAL, rows).await
}

/// Adds to the totals of an import that does not count yet.
pub(super) async fn add_totals(
    conn: &DatabaseTransaction,
    totals: &Totals,
    import: SpendImportId,
) -> Result<()> {
    add_to(
        conn,
        "spend_total (import_id, pool_id, category_id, incurred_on, lines, amount)",
        "ON CONFLICT (import_id, pool_id, category_id, incurred_on) DO UPDATE \
           SET lines = spend_total.lines + excluded.lines, \
               amount = spend_total.amount + excluded.amount",
        totals.rows(import),
    )
    .await?;
    add_to(
        conn,
        "ledger_total (import_id, cost_centre, month, lines, amount)",
        "ON CONFLICT (import_id, cost_centre, month) DO UPDATE \
           SET lines = ledger_total.lines + excluded.lines, \
               amount = ledger_total.amount + excluded.amount",
        totals.ledger_rows(import),
    )
    .await
}

/// Inserts rows, or adds them to those that are there, many with one statement.
async fn add_to(
    conn: &DatabaseTransaction,
    table: &str,
    or_else: &str,
    rows: Vec<Vec<Value>>,
) -> Result<()> {
    /// Of six values each: far fewer than either database takes.
    const AT_ONCE: usize = 200;
    for some in rows.chunks(AT_ONCE) {
        let mut places = 1..;
        let values: Vec<String> = some
            .iter()
            .map(|row| {
                let of_row: Vec<String> = places
                    .by_ref()
                    .take(row.len())
                    .map(|n: usize| format!("${n}"))
                    .collect();
                format!("({})", of_row.join(", "))
            })
            .collect();
        let sql = format!("INSERT INTO {table} VALUES {} {or_else}", values.join(", "));
        conn.execute_raw(statement(conn, sql, some.concat()))
            .await?;
    }
    Ok(())
}

/// Counts one more line of an import that does not count yet.
pub(super) async fn count_line(conn: &DatabaseTransaction, line: &spend_line::Model) -> Result<()> {
    let mut totals = Totals::default();
    totals.count(line)?;
    add_totals(conn, &totals, line.import_id).await
}

/// Lines of an import that still wait to be coded: how many, and their pence.
pub(super) async fn to_code(conn: &impl ConnectionTrait, id: SpendImportId) -> Result<(i64, i64)> {
    let row = conn
        .query_one_raw(statement(
            conn,
            "SELECT CAST(COUNT(*) AS bigint) AS lines, \
                    CAST(COALESCE(SUM(amount), 0) AS bigint) AS total \
             FROM waiting_line WHERE import_id = $1 AND coded_by_import_id IS NULL",
            [id.into()],
        ))
        .await?
        .ok_or_else(|| Error::internal("no sums"))?;
    Ok((row.try_get("", "lines")?, row.try_get("", "total")?))
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
        rows_loaded: count(import.rows_loaded - import.rows_replaced),
        rows_known: count(import.rows_known),
        rows_set_aside: count(import.rows_set_aside),
        rows_waiting: count(import.rows_faulty),
        rows_amount_unknown: unknown,
        rows_skipped: count(import.rows_skipped),
        rows_uncoded: count(import.rows_uncoded),
        sum_uncoded: import.sum_uncoded.pence(),
        // what takes earlier lines back is no row of the file
        sum_loaded: import
            .sum_loaded
            .pence()
            .saturating_sub(import.sum_replaced.pence()),
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
                .plus(import.sum_replaced)?
                .minus(import.sum_known)?
                .minus(import.sum_set_aside)?
                .minus(import.sum_uncoded)?
                .minus(waiting)
                .map(Money::pence)
        });
    }
    sums
}
