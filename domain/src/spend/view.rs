//! Spend lines, unattributed first, and the sums over them.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::{
    AwardId, CodingMapRowId, CostCategoryId, FenceId, PoolId, SpendImportId, SpendKind,
    SpendLineId, award, fence,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryResult};
use serde::{Deserialize, Serialize};

use super::query::{self, Part, Where};
use crate::access::rules::{Operation, Sight, sight};
use crate::attribution::rules::Unfunded;
use crate::returns::store::{Certified, certified};
use crate::returns::view::CertifiedIn;
use crate::{Ctx, Db, Error, Result};

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// With each of these words in who was paid, in what the ledger says, or in its references. Sums are not kept by words.
    pub words: Option<String>,
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
    /// The ledger's cost centre.
    pub cost_centre: Option<String>,
    /// The ledger's account.
    pub account: Option<String>,
    /// The ledger's project.
    pub project: Option<String>,
    /// The row of the coding map that coded it; null where the file or a person did.
    pub coding_map_row_id: Option<CodingMapRowId>,
    /// The contract's or order's number, as the finance system gives it.
    pub commitment_ref: Option<String>,
    /// The line that this one takes back, whole.
    pub reverses_id: Option<SpendLineId>,
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
    /// Pence of it that stay, for they are inside a return that stands certified.
    pub certified_pence: i64,
    /// Those returns.
    pub certified_in: Vec<CertifiedIn>,
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
    let pools = query::pools(conn, filter.pool).await?;
    let after = match after {
        None => None,
        Some(id) => match find(conn, id).await? {
            Some(line) => Some(place(&line)),
            None => return Ok(Vec::new()),
        },
    };
    page(conn, &pools, filter, after, limit).await
}

/// Every line of a filter in the same order, handed over a page at a time, all from one snapshot.
pub async fn each(
    db: &Db,
    ctx: &Ctx,
    filter: &SpendFilter,
    mut take: impl FnMut(SpendView),
) -> Result<()> {
    const AT_ONCE: u64 = 1_000;
    ctx.require(Operation::ReadSpend)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(());
    }
    let conn = &db.snapshot().await?;
    let pools = query::pools(conn, filter.pool).await?;
    let mut after = None;
    loop {
        let views = page(conn, &pools, filter, after, AT_ONCE).await?;
        let Some(last) = views.last() else {
            return Ok(());
        };
        after = Some(place(last));
        views.into_iter().for_each(&mut take);
    }
}

/// Where a line stands in the list: whether it is settled, its day, its id.
type Place = (bool, NaiveDate, uuid::Uuid);

fn place(line: &SpendView) -> Place {
    (
        line.unfunded_because.is_none(),
        line.incurred_on,
        line.id.into(),
    )
}

async fn page(
    conn: &impl ConnectionTrait,
    pools: &[query::Pool],
    filter: &SpendFilter,
    after: Option<Place>,
    limit: u64,
) -> Result<Vec<SpendView>> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut views: Vec<SpendView> = Vec::new();
    // Where the page before ended among those that are not settled, the settled ones all follow.
    let (in_unsettled, in_settled) = match after {
        None => (Some(None), None),
        Some((false, on, id)) => (Some(Some((on, id))), None),
        Some((true, on, id)) => (None, Some((on, id))),
    };
    if let Some(after) = in_unsettled
        && filter.state != Some(Settled::Settled)
    {
        for pool in pools {
            if pool.fresh
                && filter
                    .reason
                    .is_none_or(|reason| reason == Unfunded::NotYet)
            {
                some(conn, &mut views, pool, Part::Fresh, filter, after, limit).await?;
            }
            if let Some(run) = pool.run
                && filter.reason != Some(Unfunded::NotYet)
            {
                let part = Part::Unfunded(run);
                some(conn, &mut views, pool, part, filter, after, limit).await?;
            }
        }
        newest_first(&mut views, most);
    }
    if views.len() < most && filter.state != Some(Settled::Unsettled) && filter.reason.is_none() {
        let mut settled = Vec::new();
        let left = most - views.len();
        let limit = u64::try_from(left).unwrap_or(limit);
        for pool in pools {
            if let Some(run) = pool.run {
                let part = Part::Settled(run);
                some(conn, &mut settled, pool, part, filter, in_settled, limit).await?;
            }
        }
        newest_first(&mut settled, left);
        views.append(&mut settled);
    }
    dress(conn, &mut views).await?;
    Ok(views)
}

/// One line that counts, with what no award pays of it.
async fn find(conn: &impl ConnectionTrait, id: SpendLineId) -> Result<Option<SpendView>> {
    let sql = "SELECT l.*, c.name AS category_name, i.accepted_seq AS accepted_seq \
               FROM spend_line l JOIN cost_category c ON c.id = l.category_id \
               JOIN spend_import i ON i.id = l.import_id AND i.state = 'accepted' WHERE l.id = $1";
    let Some(row) = query::query(conn, sql.to_owned(), vec![id.into()])
        .await?
        .pop()
    else {
        return Ok(None);
    };
    let pool = PoolId(row.try_get("", "pool_id")?);
    let pool = query::pools(conn, Some(pool))
        .await?
        .pop()
        .ok_or_else(|| Error::internal("a line without its pool"))?;
    let accepted: i64 = row.try_get("", "accepted_seq")?;
    let amount: i64 = row.try_get("", "amount")?;
    let (unfunded, reason) = match pool.run {
        Some(run) if accepted <= pool.seen => {
            let sql = "SELECT unfunded, reason FROM unfunded_line \
                       WHERE line_id = $1 AND run_id = $2 AND incurred_on = $3";
            let on: NaiveDate = row.try_get("", "incurred_on")?;
            match query::query(conn, sql.to_owned(), vec![id.into(), run.into(), on.into()])
                .await?
                .pop()
            {
                Some(row) => (row.try_get("", "unfunded")?, reason_of(&row)?),
                None => (0, None),
            }
        }
        _ => (amount, Some(Unfunded::NotYet)),
    };
    view_of(&row, &pool.name, unfunded, reason).map(Some)
}

/// Adds a part of a pool's lines.
async fn some(
    conn: &impl ConnectionTrait,
    views: &mut Vec<SpendView>,
    pool: &query::Pool,
    part: Part,
    filter: &SpendFilter,
    after: Option<(NaiveDate, uuid::Uuid)>,
    limit: u64,
) -> Result<()> {
    let (sql, values) = query::lines(pool, part, filter, after, limit);
    for row in query::query(conn, sql, values).await? {
        let unfunded = row.try_get("", "unfunded")?;
        views.push(view_of(&row, &pool.name, unfunded, reason_of(&row)?)?);
    }
    Ok(())
}

fn newest_first(views: &mut Vec<SpendView>, most: usize) {
    views.sort_unstable_by_key(|line| std::cmp::Reverse((line.incurred_on, line.id)));
    views.truncate(most);
}

fn reason_of(row: &QueryResult) -> Result<Option<Unfunded>> {
    let slug: Option<String> = row.try_get("", "reason")?;
    slug.map(|slug| {
        Unfunded::from_slug(&slug)
            .ok_or_else(|| Error::internal(format!("an unknown reason {slug}")))
    })
    .transpose()
}

/// One line.
pub async fn one(db: &Db, ctx: &Ctx, id: SpendLineId) -> Result<SpendView> {
    ctx.require(Operation::ReadSpend)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let conn = &db.snapshot().await?;
    let mut views = vec![find(conn, id).await?.ok_or(Error::NotFound)?];
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
    let pools = query::pools(conn, filter.pool).await?;
    let mut sums = match filter.award {
        None => sums(conn, &pools, filter).await?,
        Some(award) => sums_of_award(conn, &pools, filter, award).await?,
    };
    if let Some(reason) = filter.reason {
        sums.by_reason.retain(|other, _| *other == reason);
    }
    let (mut lines, mut amount, mut unfunded) = (0, 0, 0);
    for (more, pence, left) in sums.by_reason.values() {
        lines += more;
        amount += pence;
        unfunded += left;
    }
    match (filter.state, filter.reason) {
        (Some(Settled::Unsettled), _) | (None, Some(_)) => {}
        // What is settled is not covered for no reason at all.
        (Some(Settled::Settled), Some(_)) => return Ok(SpendTotals::default()),
        (Some(Settled::Settled), None) => {
            (lines, amount, unfunded) = (sums.lines - lines, sums.amount - amount, 0);
            sums.by_reason.clear();
        }
        (None, None) => (lines, amount) = (sums.lines, sums.amount),
    }
    let mut reasons: Vec<ReasonTotal> = sums
        .by_reason
        .into_iter()
        .map(|(reason, (lines, _, left))| ReasonTotal {
            reason,
            lines,
            amount_pence: left,
        })
        .collect();
    reasons.sort_by_key(|total| (std::cmp::Reverse(total.amount_pence), total.reason));
    Ok(SpendTotals {
        lines,
        amount_pence: amount,
        attributed_pence: amount - unfunded,
        unfunded_pence: unfunded,
        reasons,
    })
}

/// All lines of a filter but for state and reason, and of those that are not settled, by reason:
/// lines, pence, and pence that no award pays for.
#[derive(Default)]
struct Sums {
    lines: i64,
    amount: i64,
    by_reason: BTreeMap<Unfunded, (i64, i64, i64)>,
}

impl Sums {
    fn unsettled(&mut self, reason: Unfunded, lines: i64, amount: i64, left: i64) {
        let sum = self.by_reason.entry(reason).or_default();
        sum.0 += lines;
        sum.1 += amount;
        sum.2 += left;
    }
}

/// From what is kept beside imports and runs.
async fn sums(
    conn: &impl ConnectionTrait,
    pools: &[query::Pool],
    filter: &SpendFilter,
) -> Result<Sums> {
    let mut sums = Sums::default();
    let mut w = Where::default();
    if let Some(pool) = filter.pool {
        w.and("t.pool_id = ?", pool);
    }
    w.narrow(filter, "t", "t");
    let sql = format!(
        "SELECT x.pool_id, i.accepted_seq, x.lines, x.amount \
         FROM (SELECT t.pool_id, t.import_id, CAST(SUM(t.lines) AS bigint) AS lines, \
                 CAST(SUM(t.amount) AS bigint) AS amount FROM spend_total t {} \
               GROUP BY t.pool_id, t.import_id) x \
         JOIN spend_import i ON i.id = x.import_id AND i.state = 'accepted'",
        w.sql
    );
    for row in query::query(conn, sql, w.values).await? {
        let pool = PoolId(row.try_get("", "pool_id")?);
        let accepted: i64 = row.try_get("", "accepted_seq")?;
        let (lines, amount): (i64, i64) = (row.try_get("", "lines")?, row.try_get("", "amount")?);
        sums.lines += lines;
        sums.amount += amount;
        let seen = pools.iter().find(|row| row.id == pool);
        if seen.is_none_or(|pool| accepted > pool.seen) {
            sums.unsettled(Unfunded::NotYet, lines, amount, amount);
        }
    }
    for run in pools.iter().filter_map(|pool| pool.run) {
        let mut w = Where::default();
        w.and("u.run_id = ?", run);
        w.narrow(filter, "u", "u");
        let sql = format!(
            "SELECT u.reason, CAST(SUM(u.lines) AS bigint) AS lines, \
               CAST(SUM(u.amount) AS bigint) AS amount, \
               CAST(SUM(u.unfunded) AS bigint) AS unfunded \
             FROM unfunded_total u {} GROUP BY u.reason",
            w.sql
        );
        for row in query::query(conn, sql, w.values).await? {
            sums.add(&row)?;
        }
    }
    Ok(sums)
}

impl Sums {
    fn add(&mut self, row: &QueryResult) -> Result<()> {
        if let Some(reason) = reason_of(row)? {
            self.unsettled(
                reason,
                row.try_get("", "lines")?,
                row.try_get("", "amount")?,
                row.try_get("", "unfunded")?,
            );
        }
        Ok(())
    }
}

/// From the lines that an award pays for: the only sums that cost by lines.
async fn sums_of_award(
    conn: &impl ConnectionTrait,
    pools: &[query::Pool],
    filter: &SpendFilter,
    award: AwardId,
) -> Result<Sums> {
    let mut sums = Sums::default();
    for (pool, run) in pools.iter().filter_map(|pool| Some((pool, pool.run?))) {
        // `$1` and `$2` are the run and the award.
        let mut w = Where {
            values: vec![run.into(), award.into()],
            ..Where::default()
        };
        w.and("l.pool_id = ?", pool.id);
        w.narrow(filter, "l", "l");
        let sql = format!(
            "SELECT u.reason, CAST(COUNT(*) AS bigint) AS lines, \
               CAST(SUM(l.amount) AS bigint) AS amount, \
               CAST(COALESCE(SUM(u.unfunded), 0) AS bigint) AS unfunded \
             FROM (SELECT a.line_id FROM attribution a \
                   JOIN attribution_run r ON r.id = a.run_id AND r.state = 'accepted' \
                   WHERE a.award_id = $2 GROUP BY a.line_id HAVING SUM(a.amount) <> 0) paid \
             JOIN spend_line l ON l.id = paid.line_id \
             LEFT JOIN unfunded_line u ON u.run_id = $1 AND u.incurred_on = l.incurred_on \
               AND u.line_id = l.id {} \
             GROUP BY u.reason",
            w.sql
        );
        for row in query::query(conn, sql, w.values).await? {
            sums.lines += row.try_get::<i64>("", "lines")?;
            sums.amount += row.try_get::<i64>("", "amount")?;
            sums.add(&row)?;
        }
    }
    Ok(sums)
}

/// The months that have spend, newest first.
pub async fn months(db: &Db, ctx: &Ctx) -> Result<Vec<NaiveDate>> {
    use chrono::Datelike;
    ctx.require(Operation::ReadSpend)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    let sql = "SELECT DISTINCT t.incurred_on FROM spend_total t \
               JOIN spend_import i ON i.id = t.import_id WHERE i.state = 'accepted'";
    let mut months: Vec<NaiveDate> = query::query(db.read(), sql.to_owned(), Vec::new())
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

fn view_of(
    row: &QueryResult,
    pool_name: &str,
    unfunded_pence: i64,
    unfunded_because: Option<Unfunded>,
) -> Result<SpendView> {
    let kind: String = row.try_get("", "kind")?;
    let amount_pence: i64 = row.try_get("", "amount")?;
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
        pool_name: pool_name.to_owned(),
        category_id: CostCategoryId(row.try_get("", "category_id")?),
        category_name: row.try_get("", "category_name")?,
        place: row.try_get("", "place")?,
        people_group: row.try_get("", "people_group")?,
        supplier: row.try_get("", "supplier")?,
        description: row.try_get("", "description")?,
        cost_centre: row.try_get("", "cost_centre")?,
        account: row.try_get("", "account")?,
        project: row.try_get("", "project")?,
        coding_map_row_id: row
            .try_get::<Option<uuid::Uuid>>("", "coding_id")?
            .map(CodingMapRowId),
        commitment_ref: row.try_get("", "commitment_ref")?,
        reverses_id: row
            .try_get::<Option<uuid::Uuid>>("", "reverses_id")?
            .map(SpendLineId),
        suspect: row.try_get("", "suspect")?,
        attributed_pence: amount_pence - unfunded_pence,
        unfunded_pence,
        unfunded_because,
        attributions: Vec::new(),
    })
}

/// Adds which awards pay, and names the import that a line came with where it was coded later.
async fn dress(conn: &impl ConnectionTrait, views: &mut [SpendView]) -> Result<()> {
    let coded =
        crate::coding::store::coded_from(conn, views.iter().map(|view| view.import_id)).await?;
    for view in views.iter_mut() {
        let first = coded.get(&view.import_id).and_then(|act| act.coded_from_id);
        view.import_id = first.unwrap_or(view.import_id);
    }
    let mut paid: HashMap<SpendLineId, Vec<PaidBy>> = HashMap::new();
    let names = Names::of(conn).await?;
    let awards: Vec<AwardId> = names.awards.keys().copied().collect();
    let certified = match views.is_empty() {
        true => Vec::new(),
        false => certified(conn, &awards).await?,
    };
    for lines in views.chunks(500) {
        let places: Vec<String> = (1..=lines.len()).map(|n| format!("${n}")).collect();
        // By the run as well: what came after a certificate is not what it holds.
        let sql = format!(
            "SELECT a.line_id, a.award_id, a.fence_id, r.accepted_seq AS seq, \
               CAST(SUM(a.amount) AS bigint) AS total \
             FROM attribution a JOIN attribution_run r ON r.id = a.run_id \
             WHERE r.state = 'accepted' AND a.line_id IN ({}) \
             GROUP BY a.line_id, a.award_id, a.fence_id, r.accepted_seq \
             ORDER BY a.line_id, a.award_id, a.fence_id, r.accepted_seq",
            places.join(", ")
        );
        let ids = lines.iter().map(|line| line.id.into()).collect();
        let dates: HashMap<SpendLineId, NaiveDate> = lines
            .iter()
            .map(|line| (line.id, line.incurred_on))
            .collect();
        for row in query::query(conn, sql, ids).await? {
            let line = SpendLineId(row.try_get("", "line_id")?);
            let award_id = AwardId(row.try_get("", "award_id")?);
            let fence_id = row
                .try_get::<Option<uuid::Uuid>>("", "fence_id")?
                .map(FenceId);
            let (seq, total): (i64, i64) = (row.try_get("", "seq")?, row.try_get("", "total")?);
            let holds = |one: &&Certified| {
                let on = dates.get(&line);
                one.award == award_id
                    && on.is_some_and(|on| (one.from..=one.to).contains(on))
                    && seq <= one.seq
            };
            let holds: Vec<&Certified> = certified.iter().filter(holds).collect();
            let parts = paid.entry(line).or_default();
            if parts
                .last()
                .is_none_or(|last| (last.award_id, last.fence_id) != (award_id, fence_id))
            {
                parts.push(PaidBy {
                    award_id,
                    award_title: names.awards.get(&award_id).cloned().unwrap_or_default(),
                    fence_id,
                    fence_name: fence_id.and_then(|id| names.fences.get(&id).cloned()),
                    amount_pence: 0,
                    certified_pence: 0,
                    certified_in: Vec::new(),
                });
            }
            let Some(part) = parts.last_mut() else {
                continue;
            };
            part.amount_pence += total;
            if holds.is_empty() {
                continue;
            }
            part.certified_pence += total;
            for one in holds {
                if part
                    .certified_in
                    .iter()
                    .all(|known| known.return_id != one.id)
                {
                    part.certified_in.push(CertifiedIn::from(one));
                }
            }
        }
    }
    for parts in paid.values_mut() {
        parts.retain(|part| part.amount_pence != 0);
        for part in parts.iter_mut().filter(|part| part.certified_pence == 0) {
            part.certified_in.clear();
        }
    }
    for view in views {
        view.attributions = paid.remove(&view.id).unwrap_or_default();
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
