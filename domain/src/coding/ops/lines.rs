//! Coding lines that wait. What is coded becomes spend of the import that it came with, under an
//! import of its own: one act by one person, which counts from then on, and no earlier figure
//! changes behind anybody's back.

use std::collections::BTreeMap;

use entity::{CodingMapRowId, SpendImportId, WaitingLineId, waiting_line};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::super::rules::Coding;
use super::super::store;
use super::keep::{CodedAs, check_chart};
use crate::access::rules::Operation;
use crate::imports::coded::{Coded, write};
use crate::{Command, Ctx, Db, Error, Money, Result};

/// The most lines that one act codes.
pub const MOST_AT_ONCE: usize = 500;

/// Lines to code.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeLines {
    /// The lines, all of which wait.
    #[validate(length(min = 1, max = 500, message = "Code 1 to 500 lines at once."))]
    #[schema(min_items = 1, max_items = 500)]
    pub line_ids: Vec<WaitingLineId>,
    /// What they become. Where the file itself says one of these of a line, the file counts.
    #[validate(nested)]
    pub coded_as: CodedAs,
}

/// What was coded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CodedLines {
    /// Lines that count now.
    pub lines: i64,
    /// Their pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
}

/// Codes these lines, all or none.
pub async fn code_lines(db: &Db, ctx: &Ctx, new: &CodeLines) -> Result<CodedLines> {
    ctx.require(Operation::CodeLines)?;
    new.validate()?;
    let coding = new.coded_as.coding();
    db.write(ctx, Command::new(Operation::CodeLines), async |tx| {
        check_chart(tx, &coding, "/coded_as").await?;
        let mut ids = new.line_ids.clone();
        ids.sort_unstable();
        ids.dedup();
        let lines = store::waiting_with(tx.conn(), ctx, &ids).await?;
        if lines.len() != ids.len() {
            return Err(Error::refused(
                "line-not-waiting",
                "A line that was chosen does not wait any more: somebody coded it meanwhile. Look \
                 at the list again.",
            ));
        }
        let lines = lines
            .into_iter()
            .map(|line| (line, coding.clone(), None))
            .collect();
        act(tx, ctx, lines).await
    })
    .await
}

/// Codes every line that waits and that the map codes now: what is added to the map codes all such
/// lines. Each act is one short write; a repeat goes on where it stopped.
pub async fn code_by_map(db: &Db, ctx: &Ctx) -> Result<CodedLines> {
    ctx.require(Operation::CodeLines)?;
    let mut ctx = ctx.clone();
    ctx.idempotency = None;
    let mut done = CodedLines::default();
    let map = store::map(db.read()).await?;
    if map.is_empty() {
        return Ok(done);
    }
    let mut after: Option<WaitingLineId> = None;
    loop {
        let mut query = store::waiting(&ctx);
        if let Some(after) = after {
            query = query.filter(waiting_line::Column::Id.gt(after));
        }
        let page = query
            .order_by_asc(waiting_line::Column::Id)
            .limit(2_000)
            .all(db.read())
            .await?;
        let Some(last) = page.last() else {
            return Ok(done);
        };
        after = Some(last.id);
        let taken: Vec<WaitingLineId> = page
            .iter()
            .filter(|line| map.find(&store::codes_of(line), line.incurred_on).is_some())
            .map(|line| line.id)
            .collect();
        for some in taken.chunks(MOST_AT_ONCE) {
            let coded = db
                .write(&ctx, Command::new(Operation::CodeLines), async |tx| {
                    let lines = store::waiting_with(tx.conn(), &ctx, some).await?;
                    let lines = lines
                        .into_iter()
                        .filter_map(|line| {
                            let row = map.find(&store::codes_of(&line), line.incurred_on)?;
                            Some((line, row.coding.clone(), Some(row.id)))
                        })
                        .collect();
                    act(tx, &ctx, lines).await
                })
                .await?;
            done.lines += coded.lines;
            done.amount_pence = done
                .amount_pence
                .plus(coded.amount_pence)
                .ok_or_else(|| Error::internal("amounts beyond counting"))?;
        }
    }
}

type Chosen = (waiting_line::Model, Coding, Option<CodingMapRowId>);

/// One act over lines of perhaps several imports.
async fn act(tx: &crate::Tx, ctx: &Ctx, lines: Vec<Chosen>) -> Result<CodedLines> {
    // imports are locked in one order by everybody
    let mut by_import: BTreeMap<SpendImportId, Vec<Coded>> = BTreeMap::new();
    for (line, coding, by) in lines {
        by_import.entry(line.import_id).or_default().push(Coded {
            line,
            coding,
            by_row: by,
        });
    }
    let mut done = CodedLines::default();
    let imports = by_import.len();
    for (import, lines) in by_import {
        if imports == 1 {
            tx.subject("spend_import", import);
        }
        done.lines += i64::try_from(lines.len()).unwrap_or(0);
        let amount = write(tx, ctx, import, lines).await?;
        done.amount_pence = done
            .amount_pence
            .plus(amount)
            .ok_or_else(|| Error::internal("amounts beyond counting"))?;
    }
    tx.note("lines", done.lines);
    tx.note("amount_pence", done.amount_pence.pence());
    Ok(done)
}
