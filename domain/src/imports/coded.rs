//! Lines that were coded after their import was accepted: they count with an import of their own,
//! made of the first. So the order of accepted things stays the order in which they became known.

use entity::{
    CodingMapRowId, ImportState, JobKind, Money, SpendImportId, SpendLineId, spend_import,
    spend_line, waiting_line,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::ops::prepare;
use super::rules::LineDraft;
use super::store::{self, Names, Totals};
use crate::coding::rules::Coding;
use crate::{Ctx, Error, Result, Tx, jobs};

/// A line that waits, and how it is coded.
pub(crate) struct Coded {
    /// The line.
    pub(crate) line: waiting_line::Model,
    /// What it becomes.
    pub(crate) coding: Coding,
    /// The row of the map that says so; none when a person did.
    pub(crate) by_row: Option<CodingMapRowId>,
}

/// Makes spend of lines of one accepted import that wait. Gives what they come to.
pub(crate) async fn write(
    tx: &Tx,
    ctx: &Ctx,
    import: SpendImportId,
    lines: Vec<Coded>,
) -> Result<Money> {
    let first = store::locked(tx, import).await?;
    if first.state != ImportState::Accepted {
        return Err(Error::refused(
            "import-not-accepted",
            "Lines are coded once their import is accepted. Before that, the file can be read \
             again by the map as it is now.",
        ));
    }
    let id = SpendImportId::new();
    let ids: Vec<_> = lines.iter().map(|coded| coded.line.id).collect();
    let names = Names::on(tx.conn()).await?.0;
    let mut totals = Totals::default();
    let mut models: Vec<spend_line::Model> = Vec::with_capacity(lines.len());
    let mut suspects = 0;
    for coded in lines {
        let draft: LineDraft = serde_json::from_value(coded.line.draft)?;
        let line = prepare::coded_line(
            &names,
            SpendLineId::new(),
            id,
            coded.line.row_no,
            coded.line.identity,
            coded.line.suspect_of,
            &draft,
            &coded.coding,
            coded.by_row,
        )?;
        suspects += i64::from(line.suspect);
        totals.count(&line)?;
        models.push(line);
    }
    let sum = Money::sum(models.iter().map(|line| line.amount))
        .ok_or_else(|| Error::internal("amounts beyond counting"))?;
    let rows = i64::try_from(models.len()).unwrap_or(0);
    let seq = tx.next("accepted").await?;
    spend_import::ActiveModel {
        id: Set(id),
        profile_id: Set(first.profile_id),
        file_id: Set(first.file_id),
        period_from: Set(first.period_from),
        period_to: Set(first.period_to),
        control_total: Set(Some(sum)),
        spec: Set(first.spec),
        layout: Set(first.layout),
        saw_seq: Set(seq - 1),
        state: Set(ImportState::Accepted),
        rows_total: Set(rows),
        rows_read: Set(rows),
        rows_loaded: Set(rows),
        rows_faulty: Set(0),
        rows_set_aside: Set(0),
        rows_known: Set(0),
        rows_skipped: Set(0),
        rows_suspect: Set(suspects),
        sum_loaded: Set(sum),
        sum_set_aside: Set(Money::ZERO),
        sum_known: Set(Money::ZERO),
        failure: Set(None),
        version: Set(1),
        created_at: Set(tx.now()),
        created_by: Set(ctx.person_id()),
        accepted_at: Set(Some(tx.now())),
        accepted_by: Set(ctx.person_id()),
        accepted_seq: Set(Some(seq)),
        coded_from_id: Set(Some(import)),
        rows_uncoded: Set(0),
        sum_uncoded: Set(Money::ZERO),
    }
    .insert(tx.conn())
    .await?;
    store::insert_lines(tx.conn(), models).await?;
    store::insert_totals(tx.conn(), &totals.rows(id)).await?;
    store::insert_ledger_totals(tx.conn(), &totals.ledger_rows(id)).await?;
    let changed = waiting_line::Entity::update_many()
        .col_expr(waiting_line::Column::CodedByImportId, Expr::value(id))
        .filter(waiting_line::Column::Id.is_in(ids.iter().copied()))
        .filter(waiting_line::Column::CodedByImportId.is_null())
        .exec(tx.conn())
        .await?;
    if changed.rows_affected != u64::try_from(ids.len()).unwrap_or(u64::MAX) {
        return Err(Error::Stale);
    }
    for kind in [JobKind::AttributeSpend, JobKind::DraftReturns] {
        jobs::ask(tx, kind).await?;
    }
    Ok(sum)
}
