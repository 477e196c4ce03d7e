//! Spend lines, unattributed first, and the sums over them.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::{
    AwardId, CostCategoryId, FenceId, PoolId, SpendImportId, SpendKind, SpendLineId, award, fence,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryResult, Statement, Value,
};
use serde::{Deserialize, Serialize};

use super::query::{FROM, RANK, conditions};
use crate::access::rules::{Operation, Sight, sight};
use crate::attribution::rules::{Award, Unfunded, why_unfunded};
use crate::{Ctx, Db, Error, Result, attribution};

/// Whether awards pay for all of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Settled {
    /// Something of it is not covered.
    Unsettled,
    /// Awards pay for all of it.
    Settled,
}

/// Which lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpendFilter {
    /// Of this pool.
    pub pool: Option<PoolId>,
    /// Of this cost category.
    pub category: Option<CostCategoryId>,
    /// Received in the month of this London date.
    pub month: Option<NaiveDate>,
    /// Received on this London date or later.
    pub from: Option<NaiveDate>,
    /// Received on this London date or earlier.
    pub to: Option<NaiveDate>,
    /// Paid for, at least in part, by this award.
    pub award: Option<AwardId>,
    /// Settled, or not.
    pub state: Option<Settled>,
    /// From this import.
    pub import: Option<SpendImportId>,
    /// Not covered for this reason.
    pub reason: Option<Unfunded>,
}

/// A spend line with what pays for it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SpendView {
    /// Its id.
    pub id: SpendLineId,
    /// The import it came with.
    pub import_id: SpendImportId,
    /// Its row in that file, from 1.
    pub row: i32,
    /// The ledger's transaction.
    pub transaction: Option<String>,
    /// The ledger's line within it.
    pub line: Option<String>,
    /// London date goods or services were received.
    pub incurred_on: NaiveDate,
    /// London date it was posted.
    pub posted_on: Option<NaiveDate>,
    /// First day of the ledger period.
    pub ledger_month: Option<NaiveDate>,
    /// Invoice, accrual, journal, ….
    pub kind: SpendKind,
    /// Pence.
    pub amount_pence: i64,
    /// Capital, or revenue.
    pub capital: bool,
    /// The pool.
    pub pool_id: PoolId,
    /// What people call it.
    pub pool_name: String,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// What people call it.
    pub category_name: String,
    /// Where.
    pub place: Option<String>,
    /// For whom.
    pub people_group: Option<String>,
    /// Who was paid.
    pub supplier: Option<String>,
    /// The ledger's words.
    pub description: Option<String>,
    /// Looks like a duplicate.
    pub suspect: bool,
    /// Pence that awards pay for.
    pub attributed_pence: i64,
    /// Pence that no award pays for.
    pub unfunded_pence: i64,
    /// Why not.
    pub unfunded_because: Option<Unfunded>,
    /// Which award pays for how much.
    pub attributions: Vec<PaidBy>,
}

/// The part of a line that an award pays for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PaidBy {
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award_title: String,
    /// The deepest fence that the line counts in.
    pub fence_id: Option<FenceId>,
    /// What people call it.
    pub fence_name: Option<String>,
    /// Pence.
    pub amount_pence: i64,
}

/// Sums over lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SpendTotals {
    /// Lines.
    pub lines: i64,
    /// Pence.
    pub amount_pence: i64,
    /// Pence that awards pay for.
    pub attributed_pence: i64,
    /// Pence that no award pays for.
    pub unfunded_pence: i64,
    /// The latter by reason, the largest first.
    pub reasons: Vec<ReasonTotal>,
}

/// What is not covered for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ReasonTotal {
    /// Why.
    pub reason: Unfunded,
    /// Lines.
    pub lines: i64,
    /// Pence.
    pub amount_pence: i64,
}

/// A page of lines: what is not settled first, then the newest.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    filter: &SpendFilter,
    after: Option<SpendLineId>,
    limit: u64,
) -> Result<Vec<SpendView>> {
    ctx.require(Operation::ReadSpend)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    let conn = &db.snapshot().await?;
    let (mut wanted, mut values) = conditions(filter);
    if let Some(classes) = reason_classes(conn, filter).await? {
        wanted.push_str(&classes);
    }
    if let Some(after) = after {
        values.push(after.into());
        let at = values.len();
        let key = format!("SELECT {RANK}, l.incurred_on, l.id {FROM} WHERE l.id = ${at}");
        let row = query(
            conn,
            key.replace(&format!("${at}"), "$1"),
            vec![after.into()],
        )
        .await?
        .pop();
        let Some(row) = row else {
            return Ok(Vec::new());
        };
        let rank: i32 = row.try_get_by_index(0)?;
        let on: NaiveDate = row.try_get_by_index(1)?;
        values.push(rank.into());
        values.push(on.into());
        wanted.push_str(&format!(
            " AND ({RANK} > ${r} OR ({RANK} = ${r} AND (l.incurred_on < ${d} \
             OR (l.incurred_on = ${d} AND l.id < ${at}))))",
            r = at + 1,
            d = at + 2,
        ));
    }
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let sql = format!(
        "SELECT l.*, p.name AS pool_name, c.name AS category_name, \
           COALESCE(paid.paid, 0) AS paid {FROM} WHERE {wanted} \
         ORDER BY {RANK}, l.incurred_on DESC, l.id DESC LIMIT ${}",
        values.len()
    );
    let rows = query(conn, sql, values).await?;
    let mut views = rows.iter().map(view_of).collect::<Result<Vec<_>>>()?;
    dress(conn, &mut views).await?;
    Ok(views)
}

/// One line.
pub async fn one(db: &Db, ctx: &Ctx, id: SpendLineId) -> Result<SpendView> {
    ctx.require(Operation::ReadSpend)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let conn = &db.snapshot().await?;
    let sql = format!(
        "SELECT l.*, p.name AS pool_name, c.name AS category_name, \
           COALESCE(paid.paid, 0) AS paid {FROM} WHERE l.id = $1"
    );
    let row = query(conn, sql, vec![id.into()])
        .await?
        .pop()
        .ok_or(Error::NotFound)?;
    let mut views = vec![view_of(&row)?];
    dress(conn, &mut views).await?;
    views.pop().ok_or(Error::NotFound)
}

/// The sums over the lines of a filter.
pub async fn totals(db: &Db, ctx: &Ctx, filter: &SpendFilter) -> Result<SpendTotals> {
    ctx.require(Operation::ReadSpend)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(SpendTotals::default());
    }
    let conn = &db.snapshot().await?;
    let (mut wanted, values) = conditions(filter);
    if let Some(classes) = reason_classes(conn, filter).await? {
        wanted.push_str(&classes);
    }
    let sql = format!(
        "SELECT CAST(COUNT(*) AS bigint) AS lines, \
           CAST(COALESCE(SUM(l.amount), 0) AS bigint) AS amount, \
           CAST(COALESCE(SUM(COALESCE(paid.paid, 0)), 0) AS bigint) AS paid {FROM} WHERE {wanted}"
    );
    let row = query(conn, sql, values)
        .await?
        .pop()
        .ok_or_else(|| Error::internal("no sums"))?;
    let (amount_pence, attributed_pence): (i64, i64) =
        (row.try_get("", "amount")?, row.try_get("", "paid")?);
    let mut reasons: BTreeMap<Unfunded, ReasonTotal> = BTreeMap::new();
    for class in classes(conn, filter).await? {
        let total = reasons.entry(class.reason).or_insert(ReasonTotal {
            reason: class.reason,
            lines: 0,
            amount_pence: 0,
        });
        total.lines += class.lines;
        total.amount_pence += class.unfunded;
    }
    let mut reasons: Vec<ReasonTotal> = reasons
        .into_values()
        .filter(|total| filter.reason.is_none_or(|reason| reason == total.reason))
        .collect();
    reasons.sort_by_key(|total| (std::cmp::Reverse(total.amount_pence), total.reason));
    Ok(SpendTotals {
        lines: row.try_get("", "lines")?,
        amount_pence,
        attributed_pence,
        unfunded_pence: amount_pence - attributed_pence,
        reasons,
    })
}

/// The months that have spend, newest first.
pub async fn months(db: &Db, ctx: &Ctx) -> Result<Vec<NaiveDate>> {
    use chrono::Datelike;
    ctx.require(Operation::ReadSpend)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    let sql = "SELECT DISTINCT l.incurred_on FROM spend_line l \
               JOIN spend_import i ON i.id = l.import_id WHERE i.state = 'accepted'";
    let mut months: Vec<NaiveDate> = query(db.read(), sql.to_owned(), Vec::new())
        .await?
        .iter()
        .filter_map(|row| {
            row.try_get::<NaiveDate>("", "incurred_on")
                .ok()?
                .with_day(1)
        })
        .collect();
    months.sort_unstable();
    months.dedup();
    months.reverse();
    Ok(months)
}

async fn query(
    conn: &impl ConnectionTrait,
    sql: String,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>> {
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(conn.query_all_raw(statement).await?)
}

/// Lines that are not settled, which the same awards may pay for in the same way.
struct Class {
    pool: PoolId,
    on: NaiveDate,
    category: CostCategoryId,
    capital: bool,
    negative: bool,
    reason: Unfunded,
    lines: i64,
    unfunded: i64,
}

async fn classes(conn: &impl ConnectionTrait, filter: &SpendFilter) -> Result<Vec<Class>> {
    if filter.state == Some(Settled::Settled) {
        return Ok(Vec::new());
    }
    let (wanted, values) = conditions(&SpendFilter {
        state: Some(Settled::Unsettled),
        ..*filter
    });
    let sql = format!(
        "SELECT l.pool_id, l.incurred_on, l.category_id, l.capital, l.amount < 0 AS negative, \
           CAST(COUNT(*) AS bigint) AS lines, \
           CAST(SUM(l.amount - COALESCE(paid.paid, 0)) AS bigint) AS unfunded {FROM} \
         WHERE {wanted} GROUP BY 1, 2, 3, 4, 5"
    );
    let rows = query(conn, sql, values).await?;
    let mut awards = Awards::default();
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let (pool, category) = (
            PoolId(row.try_get("", "pool_id")?),
            CostCategoryId(row.try_get("", "category_id")?),
        );
        let (on, capital, negative) = (
            row.try_get("", "incurred_on")?,
            row.try_get("", "capital")?,
            row.try_get("", "negative")?,
        );
        out.push(Class {
            pool,
            on,
            category,
            capital,
            negative,
            reason: why_unfunded(
                awards.of(conn, pool).await?,
                on,
                category,
                capital,
                negative,
            ),
            lines: row.try_get("", "lines")?,
            unfunded: row.try_get("", "unfunded")?,
        });
    }
    Ok(out)
}

/// For a filter by reason: the condition that picks the classes of that reason.
async fn reason_classes(
    conn: &impl ConnectionTrait,
    filter: &SpendFilter,
) -> Result<Option<String>> {
    let Some(reason) = filter.reason else {
        return Ok(None);
    };
    // Dates, ids and truth values of ours: nothing that anybody typed.
    let is_sqlite = conn.get_database_backend() == sea_orm::DbBackend::Sqlite;
    let id = |id: uuid::Uuid| match is_sqlite {
        true => format!("x'{}'", id.simple()),
        false => format!("'{id}'"),
    };
    let picked: Vec<String> = classes(conn, filter)
        .await?
        .into_iter()
        .filter(|class| class.reason == reason)
        .map(|class| {
            format!(
                "(l.pool_id = {} AND l.incurred_on = '{}' AND l.category_id = {} \
                  AND {}l.capital AND l.amount {} 0)",
                id(class.pool.into()),
                class.on,
                id(class.category.into()),
                if class.capital { "" } else { "NOT " },
                if class.negative { "<" } else { ">=" },
            )
        })
        .collect();
    Ok(Some(if picked.is_empty() {
        " AND 1 = 0".to_owned()
    } else {
        format!(
            " AND COALESCE(paid.paid, 0) <> l.amount AND ({})",
            balanced(&picked)
        )
    }))
}

/// Alternatives as a balanced tree: databases bound how deep an expression may nest.
fn balanced(alternatives: &[String]) -> String {
    match alternatives {
        [] => "1 = 0".to_owned(),
        [one] => one.clone(),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            format!("({} OR {})", balanced(left), balanced(right))
        }
    }
}

/// The awards of each pool that is asked about.
#[derive(Default)]
struct Awards(HashMap<PoolId, Vec<Award>>);

impl Awards {
    async fn of(&mut self, conn: &impl ConnectionTrait, pool: PoolId) -> Result<&[Award]> {
        if let std::collections::hash_map::Entry::Vacant(unread) = self.0.entry(pool) {
            unread.insert(attribution::awards(conn, pool).await?);
        }
        Ok(self.0.get(&pool).map_or(&[], Vec::as_slice))
    }
}

fn view_of(row: &QueryResult) -> Result<SpendView> {
    let kind: String = row.try_get("", "kind")?;
    let (amount_pence, attributed_pence): (i64, i64) =
        (row.try_get("", "amount")?, row.try_get("", "paid")?);
    Ok(SpendView {
        id: SpendLineId(row.try_get("", "id")?),
        import_id: SpendImportId(row.try_get("", "import_id")?),
        row: row.try_get("", "row_no")?,
        transaction: row.try_get("", "transaction_ref")?,
        line: row.try_get("", "line_ref")?,
        incurred_on: row.try_get("", "incurred_on")?,
        posted_on: row.try_get("", "posted_on")?,
        ledger_month: row.try_get("", "ledger_month")?,
        kind: SpendKind::from_slug(&kind)
            .ok_or_else(|| Error::internal(format!("a line of unknown kind {kind}")))?,
        amount_pence,
        capital: row.try_get("", "capital")?,
        pool_id: PoolId(row.try_get("", "pool_id")?),
        pool_name: row.try_get("", "pool_name")?,
        category_id: CostCategoryId(row.try_get("", "category_id")?),
        category_name: row.try_get("", "category_name")?,
        place: row.try_get("", "place")?,
        people_group: row.try_get("", "people_group")?,
        supplier: row.try_get("", "supplier")?,
        description: row.try_get("", "description")?,
        suspect: row.try_get("", "suspect")?,
        attributed_pence,
        unfunded_pence: amount_pence - attributed_pence,
        unfunded_because: None,
        attributions: Vec::new(),
    })
}

/// Adds which awards pay, and why not.
async fn dress(conn: &impl ConnectionTrait, views: &mut [SpendView]) -> Result<()> {
    let mut paid: HashMap<SpendLineId, Vec<PaidBy>> = HashMap::new();
    let names = Names::of(conn).await?;
    for lines in views.chunks(500) {
        let places: Vec<String> = (1..=lines.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT a.line_id, a.award_id, a.fence_id, CAST(SUM(a.amount) AS bigint) AS total \
             FROM attribution a JOIN attribution_run r ON r.id = a.run_id \
             WHERE r.state = 'accepted' AND a.line_id IN ({}) \
             GROUP BY a.line_id, a.award_id, a.fence_id HAVING SUM(a.amount) <> 0 \
             ORDER BY a.line_id, a.award_id",
            places.join(", ")
        );
        let ids = lines.iter().map(|line| line.id.into()).collect();
        for row in query(conn, sql, ids).await? {
            let award_id = AwardId(row.try_get("", "award_id")?);
            let fence_id = row
                .try_get::<Option<uuid::Uuid>>("", "fence_id")?
                .map(FenceId);
            paid.entry(SpendLineId(row.try_get("", "line_id")?))
                .or_default()
                .push(PaidBy {
                    award_id,
                    award_title: names.awards.get(&award_id).cloned().unwrap_or_default(),
                    fence_id,
                    fence_name: fence_id.and_then(|id| names.fences.get(&id).cloned()),
                    amount_pence: row.try_get("", "total")?,
                });
        }
    }
    let mut awards = Awards::default();
    for view in views {
        view.attributions = paid.remove(&view.id).unwrap_or_default();
        if view.unfunded_pence != 0 {
            view.unfunded_because = Some(why_unfunded(
                awards.of(conn, view.pool_id).await?,
                view.incurred_on,
                view.category_id,
                view.capital,
                view.amount_pence < 0,
            ));
        }
    }
    Ok(())
}

struct Names {
    awards: HashMap<AwardId, String>,
    fences: HashMap<FenceId, String>,
}

impl Names {
    async fn of(conn: &impl ConnectionTrait) -> Result<Self> {
        let awards = award::Entity::find().all(conn).await?;
        let ids = awards.iter().map(|row| row.id);
        let fences = fence::Entity::find()
            .filter(fence::Column::AwardId.is_in(ids))
            .all(conn)
            .await?;
        Ok(Self {
            fences: fences.into_iter().map(|row| (row.id, row.name)).collect(),
            awards: awards.into_iter().map(|row| (row.id, row.title)).collect(),
        })
    }
}
