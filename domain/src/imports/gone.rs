//! Lines that counted and that a newer extract of the same period does not have any more. Nothing is
//! taken away by itself: a person takes a line back, by a further line that names it, or leaves it and
//! says why.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    CostCategoryId, GoneResolution, ImportState, Money, PersonId, PoolId, SpendImportId,
    SpendLineId, gone_line, spend_import, spend_line,
};
use futures_util::TryStreamExt;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::made::{self, Origin};
use super::rules::belongs;
use super::store::{self, not_taken_back, statement};
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::db::{Pace, bulk};
use crate::{Command, Ctx, Db, Error, Result, Tx};

/// Most lines that can be chosen one by one: one transaction decides about them.
const CHOSEN: usize = 400;

/// The least lines that one transaction decides about where all are decided on: more, while that is quick.
const AT_ONCE: usize = 50;

type Candidate = (
    SpendLineId,
    NaiveDate,
    Option<NaiveDate>,
    Option<NaiveDate>,
    Money,
);

/// The lines that count, belong to the period of an extract, came by the same layout with an extract
/// that overlaps it, and are not among those that it has.
pub(super) async fn find(
    db: &Db,
    import: &spend_import::Model,
    seen: &HashSet<SpendLineId>,
) -> Result<Vec<(SpendLineId, Money)>> {
    let conn = db.read();
    let overlapping: Vec<SpendImportId> = spend_import::Entity::find()
        .select_only()
        .column(spend_import::Column::Id)
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        .filter(spend_import::Column::ProfileId.eq(import.profile_id))
        .filter(spend_import::Column::PeriodFrom.lte(import.period_to))
        .filter(spend_import::Column::PeriodTo.gte(import.period_from))
        .into_tuple()
        .all(conn)
        .await?;
    let period = (import.period_from, import.period_to);
    let mut gone = Vec::new();
    for earlier in overlapping {
        let mut lines = spend_line::Entity::find()
            .select_only()
            .columns([
                spend_line::Column::Id,
                spend_line::Column::IncurredOn,
                spend_line::Column::PostedOn,
                spend_line::Column::LedgerMonth,
                spend_line::Column::Amount,
            ])
            .filter(spend_line::Column::ImportId.eq(earlier))
            .filter(spend_line::Column::ReversesId.is_null())
            .filter(Expr::cust(not_taken_back("spend_line.id")))
            .into_tuple::<Candidate>()
            .stream(conn)
            .await?;
        while let Some((id, incurred_on, posted_on, month, amount)) = lines.try_next().await? {
            if belongs(period, incurred_on, posted_on, month) && !seen.contains(&id) {
                gone.push((id, amount));
            }
        }
    }
    gone.sort_unstable();
    Ok(gone)
}

/// Keeps some of them, to be decided on.
pub(super) async fn keep(
    tx: &Tx,
    import: SpendImportId,
    gone: &[(SpendLineId, Money)],
) -> Result<()> {
    const COLUMNS: &[bulk::Column] = &[
        ("import_id", "uuid"),
        ("line_id", "uuid"),
        ("amount", "bigint"),
    ];
    let rows: Vec<Vec<sea_orm::Value>> = gone
        .iter()
        .map(|(line, amount)| vec![import.into(), (*line).into(), (*amount).into()])
        .collect();
    bulk::insert(tx.conn(), "gone_line", COLUMNS, &rows).await
}

/// A row that was faulty turned out to be this line: it is not gone.
pub(super) async fn found_after_all(
    tx: &Tx,
    import: SpendImportId,
    line: SpendLineId,
) -> Result<()> {
    gone_line::Entity::delete_many()
        .filter(gone_line::Column::ImportId.eq(import))
        .filter(gone_line::Column::LineId.eq(line))
        .filter(gone_line::Column::Resolution.is_null())
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// What is decided about lines that are gone.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoneDecision {
    /// Take them back by further lines, or leave them.
    pub decision: GoneResolution,
    /// Why.
    #[validate(
        length(min = 1, max = 500, message = "Say why, in at most 500 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
    /// Which lines; left out: all that wait.
    #[serde(default)]
    #[schema(max_items = 400)]
    pub line_ids: Option<Vec<SpendLineId>>,
}

/// What was decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GoneDecided {
    /// How many lines.
    pub lines: u64,
    /// What they come to, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
}

/// Decides about lines that are gone: all that wait, or some. Those that are taken back get a further
/// line each, of the same day, that names them. In pieces, each a short transaction.
pub async fn decide(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    decision: &GoneDecision,
) -> Result<GoneDecided> {
    ctx.require(Operation::DecideGoneLines)?;
    decision.validate()?;
    let all = decision.line_ids.is_none();
    if let Some(chosen) = &decision.line_ids
        && (chosen.is_empty() || chosen.len() > CHOSEN)
    {
        return Err(Error::invalid(
            "/line_ids",
            "count",
            "Choose 1 to 400 lines, or leave the list out to decide about all.",
        ));
    }
    // Each piece is a request of its own; asked again, nothing waits any more.
    let mut ctx = ctx.clone();
    ctx.idempotency = None;
    let mut decided = GoneDecided::default();
    let mut after = None;
    let mut pace = Pace::from(AT_ONCE);
    loop {
        let at_once = if all { pace.rows() } else { CHOSEN };
        let began = std::time::Instant::now();
        let (piece, next) = decide_piece(db, &ctx, id, decision, (after, at_once)).await?;
        pace.took(began.elapsed());
        decided.lines += piece.lines;
        decided.amount_pence = decided
            .amount_pence
            .plus(piece.amount_pence)
            .ok_or_else(|| Error::internal("amounts beyond counting"))?;
        match next.filter(|_| all) {
            Some(next) => after = Some(next),
            None => return Ok(decided),
        }
    }
}

/// So many, and one that says whether there are more.
pub(super) fn limit(rows: usize) -> u64 {
    u64::try_from(rows).map_or(u64::MAX, |rows| rows.saturating_add(1))
}

/// A piece of them, those after a line: what was decided about the pieces before is not gone through
/// again. The last line of it, if there are more.
async fn decide_piece(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    decision: &GoneDecision,
    (after, at_once): (Option<SpendLineId>, usize),
) -> Result<(GoneDecided, Option<SpendLineId>)> {
    let command = Command::on(Operation::DecideGoneLines, "spend_import", id).long();
    db.write(ctx, command, async |tx| {
        let import = store::locked(tx, id).await?;
        if import.state != ImportState::Accepted {
            return Err(Error::refused(
                "import-not-accepted",
                "What is gone is decided on once the file is accepted.",
            ));
        }
        // Nobody else takes lines back meanwhile: whoever does waits for this number.
        tx.next("accepted").await?;
        let mut query = undecided(id);
        if let Some(chosen) = &decision.line_ids {
            query = query.filter(gone_line::Column::LineId.is_in(chosen.iter().copied()));
        }
        if let Some(after) = after {
            query = query.filter(gone_line::Column::LineId.gt(after));
        }
        let mut ids: Vec<SpendLineId> = query
            .order_by_asc(gone_line::Column::LineId)
            .limit(limit(at_once))
            .all(tx.conn())
            .await?
            .into_iter()
            .map(|row| row.line_id)
            .collect();
        // the first of the next piece says that there is one
        let more = ids.len() > at_once;
        if more {
            ids.pop();
        }
        let last = ids.last().copied().filter(|_| more);
        // Looked up by name: a planner that is asked for those that were not taken back may go through all that
        // ever were, for each piece.
        let taken_back = store::taken_back(tx.conn(), &ids).await?;
        ids.retain(|line| !taken_back.contains(line));
        if ids.is_empty() {
            return Ok((GoneDecided::default(), last));
        }
        let lines = spend_line::Entity::find()
            .filter(spend_line::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(spend_line::Column::Id)
            .all(tx.conn())
            .await?;
        let amount = Money::sum(lines.iter().map(|line| line.amount))
            .ok_or_else(|| Error::internal("amounts beyond counting"))?;
        let which: Vec<String> = lines.iter().take(NAMED).map(in_a_few_words).collect();
        if decision.decision == GoneResolution::TakenBack {
            take_back(tx, ctx, &import, lines).await?;
        }
        gone_line::Entity::update_many()
            .col_expr(
                gone_line::Column::Resolution,
                Expr::value(decision.decision.slug()),
            )
            .col_expr(
                gone_line::Column::Reason,
                Expr::value(decision.reason.trim()),
            )
            .col_expr(gone_line::Column::ResolvedBy, Expr::value(ctx.person_id()))
            .col_expr(gone_line::Column::ResolvedAt, Expr::value(tx.now()))
            .filter(gone_line::Column::ImportId.eq(id))
            .filter(gone_line::Column::LineId.is_in(ids.iter().copied()))
            .exec(tx.conn())
            .await?;
        tx.note("decision", decision.decision.slug());
        tx.note("reason", decision.reason.trim());
        tx.note("lines", ids.len());
        tx.note("amount_pence", amount.pence());
        tx.note("which", which);
        let decided = GoneDecided {
            lines: u64::try_from(ids.len()).unwrap_or(0),
            amount_pence: amount,
        };
        Ok((decided, last))
    })
    .await
}

/// How many lines the record of a decision names; all of them stay in the list of the import.
const NAMED: usize = 10;

/// "INV-7 of 3 October 2026, £20.00": nothing of whom it was paid to, who may be a person.
fn in_a_few_words(line: &spend_line::Model) -> String {
    let name = match (&line.transaction_ref, &line.line_ref) {
        (Some(transaction), Some(line)) => format!("{transaction}, line {line}"),
        (Some(transaction), None) => transaction.clone(),
        (None, _) => format!("row {}", line.row_no),
    };
    format!(
        "{name} of {}, {}",
        line.incurred_on.format("%-d %B %Y"),
        line.amount.in_full()
    )
}

/// Further lines that take these back, as an import of their own made of the newer one.
async fn take_back(
    tx: &Tx,
    ctx: &Ctx,
    import: &spend_import::Model,
    lines: Vec<spend_line::Model>,
) -> Result<()> {
    let id = SpendImportId::new();
    let models = lines
        .into_iter()
        .map(|line| store::reversal(id, line.row_no, line))
        .collect::<Result<_>>()?;
    let origin = Origin {
        profile: import.profile_id,
        file: import.file_id,
        period: (import.period_from, import.period_to),
        spec: import.spec.clone(),
        layout: import.layout.clone(),
        made_of: Some(import.id),
        journal: None,
        created_by: ctx.person_id(),
    };
    made::count(tx, ctx, id, origin, models).await?;
    Ok(())
}

/// Those on which nobody decided.
fn undecided(import: SpendImportId) -> sea_orm::Select<gone_line::Entity> {
    gone_line::Entity::find()
        .filter(gone_line::Column::ImportId.eq(import))
        .filter(gone_line::Column::Resolution.is_null())
}

/// Those that wait to be decided on: what was taken back meanwhile is settled.
fn waiting(import: SpendImportId) -> sea_orm::Select<gone_line::Entity> {
    undecided(import).filter(Expr::cust(not_taken_back("gone_line.line_id")))
}

/// A line that is gone from a newer extract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = GoneLine)]
pub struct GoneView {
    /// The line that counts.
    pub line_id: SpendLineId,
    /// London date goods or services were received.
    pub incurred_on: NaiveDate,
    /// Who was paid.
    pub supplier: Option<String>,
    /// The ledger's words.
    pub description: Option<String>,
    /// The ledger's transaction.
    pub transaction: Option<String>,
    /// The pool.
    pub pool_id: PoolId,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// Pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// What was decided.
    pub resolution: Option<GoneResolution>,
    /// Why.
    pub reason: Option<String>,
    /// Who decided.
    pub resolved_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub resolved_at: Option<DateTime<Utc>>,
}

/// How many lines that are gone wait to be decided on, and what they come to.
pub(super) async fn count(
    conn: &impl ConnectionTrait,
    import: SpendImportId,
) -> Result<(i64, i64)> {
    let row = conn
        .query_one_raw(statement(
            conn,
            format!(
                "SELECT CAST(COUNT(*) AS bigint) AS lines, \
                        CAST(COALESCE(SUM(amount), 0) AS bigint) AS total \
                 FROM gone_line WHERE import_id = $1 AND resolution IS NULL AND {}",
                not_taken_back("gone_line.line_id")
            ),
            [import.into()],
        ))
        .await?
        .ok_or_else(|| Error::internal("no sums"))?;
    Ok((row.try_get("", "lines")?, row.try_get("", "total")?))
}

/// Imports that lines are gone from which wait to be decided on, a few.
pub(super) async fn imports(conn: &impl ConnectionTrait) -> Result<Vec<SpendImportId>> {
    Ok(gone_line::Entity::find()
        .select_only()
        .column(gone_line::Column::ImportId)
        .filter(gone_line::Column::Resolution.is_null())
        .distinct()
        .limit(20)
        .into_tuple()
        .all(conn)
        .await?)
}

/// A page of an import's lines that are gone, by line: those that wait, or all.
pub(super) async fn list(
    db: &Db,
    import: SpendImportId,
    after: Option<SpendLineId>,
    limit: u64,
    settled_too: bool,
) -> Result<Vec<GoneView>> {
    let conn = db.read();
    let mut query = if settled_too {
        gone_line::Entity::find().filter(gone_line::Column::ImportId.eq(import))
    } else {
        waiting(import)
    };
    if let Some(after) = after {
        query = query.filter(gone_line::Column::LineId.gt(after));
    }
    let rows = query
        .order_by_asc(gone_line::Column::LineId)
        .limit(limit)
        .all(conn)
        .await?;
    let mut lines = std::collections::HashMap::new();
    for some in rows.chunks(500) {
        let found = spend_line::Entity::find()
            .filter(spend_line::Column::Id.is_in(some.iter().map(|row| row.line_id)))
            .all(conn)
            .await?;
        lines.extend(found.into_iter().map(|line| (line.id, line)));
    }
    let who: Vec<PersonId> = rows.iter().filter_map(|row| row.resolved_by).collect();
    let people = names_of(db, who).await?;
    rows.into_iter()
        .map(|row| {
            let line = lines
                .remove(&row.line_id)
                .ok_or_else(|| Error::internal("a line is gone that was never there"))?;
            Ok(GoneView {
                line_id: row.line_id,
                incurred_on: line.incurred_on,
                supplier: line.supplier,
                description: line.description,
                transaction: line.transaction_ref,
                pool_id: line.pool_id,
                category_id: line.category_id,
                amount_pence: row.amount,
                resolution: row.resolution,
                reason: row.reason,
                resolved_by: row.resolved_by.and_then(|id| people.get(&id).cloned()),
                resolved_at: row.resolved_at,
            })
        })
        .collect()
}
