//! Lines that a newer extract has otherwise: the line that counts is taken back by a further line, and
//! what the file says of it now loads in its place, both with the file.

use std::collections::HashSet;

use entity::{FaultResolution, ImportState, Money, SpendImportId, import_fault, spend_import};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::super::gone::limit;
use super::super::rules::{ImportProfile, LineDraft, ledger_key};
use super::super::store::{self, Earlier, Names, Totals};
use super::KeptRow;
use super::prepare::{Coder, Good, Prepared};
use crate::access::rules::Operation;
use crate::db::{Ids, Pace};
use crate::{Command, Ctx, Db, Error, Result, Tx};

/// The least rows that one transaction decides about: more, while that is quick.
const AT_ONCE: usize = 50;

/// Why every changed row takes the place of the line that counts.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// Why.
    #[validate(
        length(min = 1, max = 500, message = "Say why, in at most 500 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// What was replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Replaced {
    /// How many rows.
    pub rows: u64,
}

/// Lets every changed row of a file that waits take the place of the line that counts, in pieces, each
/// a short transaction.
pub async fn replace_changed(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    why: &Replacement,
) -> Result<Replaced> {
    ctx.require(Operation::SettleFault)?;
    why.validate()?;
    // Each piece is a request of its own; asked again, nothing is left to replace.
    let mut ctx = ctx.clone();
    ctx.idempotency = None;
    let ctx = &ctx;
    let mut replaced = Replaced::default();
    let mut after = 0;
    let mut pace = Pace::from(AT_ONCE);
    loop {
        let command = Command::on(Operation::SettleFault, "spend_import", id).long();
        let at_once = pace.rows();
        let began = std::time::Instant::now();
        let (rows, next) = db
            .write(ctx, command, async |tx| {
                let import = waits(tx, id).await?;
                // Also those that were decided on: a planner that knows how few were not goes through all rows.
                let mut faults = import_fault::Entity::find()
                    .filter(import_fault::Column::ImportId.eq(id))
                    .filter(import_fault::Column::RowNo.gt(after))
                    .order_by_asc(import_fault::Column::RowNo)
                    .limit(limit(at_once))
                    .all(tx.conn())
                    .await?;
                // the first of the next piece says that there is one
                let more = faults.len() > at_once;
                if more {
                    faults.pop();
                }
                let next = faults.last().filter(|_| more).map(|fault| fault.row_no);
                faults.retain(|fault| fault.resolution.is_none());
                let rows = replace(tx, ctx, &import, faults, &why.reason).await?;
                tx.note("decision", "replaced");
                tx.note("reason", why.reason.trim());
                tx.note("rows", rows);
                Ok((rows, next))
            })
            .await?;
        pace.took(began.elapsed());
        replaced.rows += rows;
        match next {
            Some(next) => after = next,
            None => return Ok(replaced),
        }
    }
}

async fn waits(tx: &Tx, id: SpendImportId) -> Result<spend_import::Model> {
    let import = store::locked(tx, id).await?;
    if matches!(import.state, ImportState::Waiting | ImportState::Ready) {
        Ok(import)
    } else {
        Err(Error::refused(
            "import-not-waiting",
            "Rows are settled after a file was read and before it is accepted.",
        ))
    }
}

/// Loads what these faulty rows say in place of the lines that count; rows that are faulty for another
/// reason, or whose line waits to be coded, are left. How many were replaced.
pub(super) async fn replace(
    tx: &Tx,
    ctx: &Ctx,
    import: &spend_import::Model,
    faults: Vec<import_fault::Model>,
    reason: &str,
) -> Result<u64> {
    let profile: ImportProfile = serde_json::from_value(import.spec.clone())?;
    let mut changed: Vec<(import_fault::Model, LineDraft, String)> = Vec::new();
    for fault in faults {
        let kept: KeptRow = serde_json::from_value(fault.raw.clone())?;
        if let Some(draft) = kept.draft
            && let (Some(transaction), Some(line)) = (&draft.transaction, &draft.line)
        {
            let identity = ledger_key(&profile.system, transaction, line);
            changed.push((fault, draft, identity));
        }
    }
    let identities = changed.iter().map(|(_, _, identity)| identity.clone());
    let mut known = store::known_with(tx.conn(), identities.collect()).await?;
    let coder = Coder {
        names: Names::on(tx.conn()).await?.0,
        map: crate::coding::store::map(tx.conn()).await?,
    };
    let nothing = std::collections::HashMap::new();
    let mut ids = Ids::default();
    let (mut lines, mut waiting, mut settled) = (Vec::new(), Vec::new(), HashSet::new());
    let mut sums = Sums::default();
    for (fault, draft, identity) in changed {
        let Some(Earlier::Line(was)) = known.remove(&identity) else {
            continue;
        };
        let back = store::reversal(import.id, fault.row_no, *was)?;
        sums.back(back.amount)?;
        lines.push(back);
        let good = Good {
            row: u32::try_from(fault.row_no).map_err(|_low| Error::internal("a row below one"))?,
            identity,
            suspect_of: None,
            draft: Box::new(draft),
        };
        match coder.prepare(import.id, good, &nothing, &mut ids)? {
            Prepared::Line(line) => {
                sums.load(line.amount)?;
                lines.push(*line);
            }
            Prepared::Waits(line) => {
                sums.wait(line.amount)?;
                waiting.push(*line);
            }
            Prepared::Known(_) | Prepared::Changed(..) => {
                return Err(Error::internal("a row is known that nothing was said of"));
            }
        }
        settled.insert(fault.id);
    }
    if settled.is_empty() {
        return Ok(0);
    }
    let mut totals = Totals::default();
    for line in &lines {
        totals.count(line)?;
    }
    store::insert_lines(tx.conn(), lines).await?;
    store::add_totals(tx.conn(), &totals, import.id).await?;
    for line in waiting {
        store::insert_waiting(tx.conn(), line).await?;
    }
    let rows = i64::try_from(settled.len()).unwrap_or(i64::MAX);
    import_fault::Entity::update_many()
        .col_expr(
            import_fault::Column::Resolution,
            Expr::value(FaultResolution::Replaced.slug()),
        )
        .col_expr(import_fault::Column::Reason, Expr::value(reason.trim()))
        .col_expr(
            import_fault::Column::ResolvedBy,
            Expr::value(ctx.person_id()),
        )
        .col_expr(import_fault::Column::ResolvedAt, Expr::value(tx.now()))
        .filter(import_fault::Column::Id.is_in(settled))
        .exec(tx.conn())
        .await?;
    sums.keep(tx, import, rows).await?;
    Ok(u64::try_from(rows).unwrap_or(0))
}

/// What the import's counts move by.
#[derive(Default)]
struct Sums {
    lines: i64,
    loaded: Money,
    back: i64,
    replaced: Money,
    uncoded: i64,
    sum_uncoded: Money,
}

fn plus(sum: &mut Money, more: Money) -> Result<()> {
    *sum = sum
        .plus(more)
        .ok_or_else(|| Error::internal("amounts beyond counting"))?;
    Ok(())
}

impl Sums {
    fn back(&mut self, amount: Money) -> Result<()> {
        self.lines += 1;
        self.back += 1;
        plus(&mut self.loaded, amount)?;
        plus(&mut self.replaced, amount)
    }

    fn load(&mut self, amount: Money) -> Result<()> {
        self.lines += 1;
        plus(&mut self.loaded, amount)
    }

    fn wait(&mut self, amount: Money) -> Result<()> {
        self.uncoded += 1;
        plus(&mut self.sum_uncoded, amount)
    }

    async fn keep(self, tx: &Tx, import: &spend_import::Model, rows: i64) -> Result<()> {
        let too_large = || Error::internal("amounts beyond counting");
        let faulty = import.rows_faulty - rows;
        let sum = |was: Money, more: Money| was.plus(more).ok_or_else(too_large);
        spend_import::ActiveModel {
            id: Set(import.id),
            rows_faulty: Set(faulty),
            rows_loaded: Set(import.rows_loaded + self.lines),
            sum_loaded: Set(sum(import.sum_loaded, self.loaded)?),
            rows_replaced: Set(import.rows_replaced + self.back),
            sum_replaced: Set(sum(import.sum_replaced, self.replaced)?),
            rows_uncoded: Set(import.rows_uncoded + self.uncoded),
            sum_uncoded: Set(sum(import.sum_uncoded, self.sum_uncoded)?),
            state: Set(if faulty == 0 {
                ImportState::Ready
            } else {
                ImportState::Waiting
            }),
            version: Set(import.version + 1),
            ..Default::default()
        }
        .update(tx.conn())
        .await?;
        Ok(())
    }
}
