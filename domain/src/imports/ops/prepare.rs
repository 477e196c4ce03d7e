//! From a row that was read to what is stored.

use std::collections::HashMap;

use entity::{
    ImportFaultId, Money, SpendImportId, SpendKind, SpendLineId, import_fault, spend_line,
};

use super::super::rules::{
    CapitalOrRevenue, Comparison, Fault, FaultCode, Field, FieldChange, LineDraft, compare,
    ledger_month,
};
use super::super::store::Names;
use super::KeptRow;
use crate::{Error, Result};

/// What became of a good row once earlier imports were looked at.
pub(super) enum Prepared {
    /// It loads.
    Line(Box<spend_line::Model>),
    /// An accepted import has it already, the same in every field.
    Known(Money),
    /// An accepted import has it, and it says something else now.
    Changed(Money, Fault),
}

/// The line as it will be stored. Pools and categories were checked when the row was read.
pub(super) fn line(
    names: &Names,
    import: SpendImportId,
    row: u32,
    identity: String,
    suspect_of: Option<u32>,
    draft: &LineDraft,
) -> Result<spend_line::Model> {
    let number = |row: u32| i32::try_from(row).map_err(|_large| Error::internal("a row too far"));
    let unknown = || Error::internal("a row passed without its pool or category");
    let pool_id = draft.pool.as_ref().and_then(|slug| names.pools.get(slug));
    let category_id = draft
        .category
        .as_ref()
        .and_then(|slug| names.categories.get(slug));
    Ok(spend_line::Model {
        id: SpendLineId::new(),
        import_id: import,
        row_no: number(row)?,
        identity,
        transaction_ref: draft.transaction.clone(),
        line_ref: draft.line.clone(),
        incurred_on: draft.incurred_on,
        posted_on: draft.posted_on,
        ledger_month: ledger_month(draft.period.as_deref(), draft.posted_on),
        kind: SpendKind::from_slug(draft.kind.slug())
            .ok_or_else(|| Error::internal("a kind of line that cannot be stored"))?,
        amount: Money(draft.amount_pence),
        // What nobody called capital is revenue.
        capital: draft.capital_or_revenue == Some(CapitalOrRevenue::Capital),
        pool_id: *pool_id.ok_or_else(unknown)?,
        category_id: *category_id.ok_or_else(unknown)?,
        place: draft.place.clone(),
        people_group: draft.group.clone(),
        supplier: draft.supplier.clone(),
        description: draft.description.clone(),
        suspect: suspect_of.is_some(),
        suspect_of: suspect_of.map(number).transpose()?,
    })
}

/// Looks a line up among those that count already.
pub(super) fn against(
    names: &Names,
    accepted: &HashMap<String, spend_line::Model>,
    line: spend_line::Model,
) -> Result<Prepared> {
    let Some(earlier) = accepted.get(&line.identity) else {
        return Ok(Prepared::Line(Box::new(line)));
    };
    let amount = line.amount;
    Ok(
        match compare(&names.as_draft(earlier)?, &names.as_draft(&line)?) {
            Comparison::Same => Prepared::Known(amount),
            Comparison::Changed(changes) => {
                Prepared::Changed(amount, changed(line.row_no, &changes))
            }
        },
    )
}

fn changed(row: i32, changes: &[FieldChange]) -> Fault {
    let differences: Vec<String> = changes
        .iter()
        .take(4)
        .map(|change| {
            let or_nothing = |text: &str| match text {
                "" => "nothing".to_owned(),
                text => format!("“{text}”"),
            };
            format!(
                "{} was {} and is now {}",
                change.field.label(),
                or_nothing(&change.was),
                or_nothing(&change.now)
            )
        })
        .collect();
    Fault {
        row: u32::try_from(row).unwrap_or(0),
        column: None,
        heading: None,
        field: changes.first().map(|change| change.field),
        code: FaultCode::ChangedSinceLoaded,
        message: format!(
            "This line changed since it was loaded: {}. A line that counts is corrected by a \
             further line in the ledger; set this row aside.",
            differences.join("; ")
        ),
        raw: changes
            .iter()
            .find(|change| change.field == Field::Amount)
            .map(|change| change.now.clone())
            .unwrap_or_default(),
    }
}

/// A row that waits.
pub(super) fn fault(
    import: SpendImportId,
    row: u32,
    amount: Option<Money>,
    faults: &[Fault],
    kept: &KeptRow,
) -> Result<import_fault::Model> {
    Ok(import_fault::Model {
        id: ImportFaultId::new(),
        import_id: import,
        row_no: i32::try_from(row).map_err(|_large| Error::internal("a row too far"))?,
        faults: serde_json::to_value(faults)?,
        raw: serde_json::to_value(kept)?,
        amount,
        resolution: None,
        reason: None,
        resolved_by: None,
        resolved_at: None,
    })
}
