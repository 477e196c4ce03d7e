//! From a row that was read to what is stored.

use std::collections::HashMap;

use entity::{
    CodingMapRowId, ImportFaultId, Money, SpendImportId, SpendKind, SpendLineId, WaitingLineId,
    import_fault, spend_line, waiting_line,
};

use super::super::rules::{
    CapitalOrRevenue, Comparison, Fault, FaultCode, Field, FieldChange, LineDraft, compare,
    ledger_month,
};
use super::super::store::{Earlier, Names};
use super::KeptRow;
use crate::calendar::rules::first_of_month;
use crate::coding::rules::{Codes, Coding, CodingMap};
use crate::db::Ids;
use crate::{Error, Result};

/// What became of a good row once earlier imports were looked at.
pub(super) enum Prepared {
    /// It loads.
    Line(Box<spend_line::Model>),
    /// The coding map has no row for it: it waits to be coded.
    Waits(Box<waiting_line::Model>),
    /// An accepted import has it already, the same in every field.
    Known(Money),
    /// An accepted import has it, and it says something else now.
    Changed(Money, Fault, Box<LineDraft>),
}

/// A good row of the file.
pub(super) struct Good {
    pub(super) row: u32,
    pub(super) identity: String,
    pub(super) suspect_of: Option<u32>,
    pub(super) draft: Box<LineDraft>,
}

/// How rows are coded: by what they say themselves, otherwise by the map.
pub(super) struct Coder {
    pub(super) names: Names,
    pub(super) map: CodingMap,
}

impl Coder {
    /// What becomes of a good row: looked up among the lines that are known already, then coded.
    pub(super) fn prepare(
        &self,
        import: SpendImportId,
        good: Good,
        known: &HashMap<String, Earlier>,
        ids: &mut Ids,
    ) -> Result<Prepared> {
        let draft = good.draft;
        let amount = Money(draft.amount_pence);
        if let Some(earlier) = known.get(&good.identity) {
            let (was, now) = earlier.beside(&self.names, &draft)?;
            return Ok(match compare(&was, &now) {
                Comparison::Same => Prepared::Known(amount),
                Comparison::Changed(changes) => {
                    let fault = changed(number(good.row)?, &changes);
                    Prepared::Changed(amount, fault, draft)
                }
            });
        }
        let row = number(good.row)?;
        let suspect_of = good.suspect_of.map(number).transpose()?;
        let identity = good.identity;
        let (pool, category) = self.names.said(&draft)?;
        let (coding, by_row) = match (pool, category) {
            (Some(pool), Some(category)) => (
                Coding {
                    pool,
                    category,
                    place: None,
                    group: None,
                    capital: false,
                },
                None,
            ),
            _ => match self.map.find(&codes_of(&draft), draft.incurred_on) {
                Some(row) => (row.coding.clone(), Some(row.id)),
                None => {
                    return Ok(Prepared::Waits(Box::new(waits(
                        import, row, identity, suspect_of, &draft,
                    )?)));
                }
            },
        };
        let line = coded_line(
            &self.names,
            SpendLineId(ids.next()),
            import,
            row,
            identity,
            suspect_of,
            *draft,
            &coding,
            by_row,
        )?;
        Ok(Prepared::Line(Box::new(line)))
    }
}

fn number(row: u32) -> Result<i32> {
    i32::try_from(row).map_err(|_large| Error::internal("a row too far"))
}

fn codes_of(draft: &LineDraft) -> Codes {
    let text = |code: &Option<String>| code.clone().unwrap_or_default();
    Codes::new(
        &text(&draft.cost_centre),
        &text(&draft.account),
        &text(&draft.project),
    )
}

/// The line as it will be stored. What the file says of it goes before what codes it.
#[expect(clippy::too_many_arguments, reason = "the parts of one line")]
pub(in super::super) fn coded_line(
    names: &Names,
    id: SpendLineId,
    import: SpendImportId,
    row_no: i32,
    identity: String,
    suspect_of: Option<i32>,
    draft: LineDraft,
    coding: &Coding,
    by_row: Option<CodingMapRowId>,
) -> Result<spend_line::Model> {
    let (pool, category) = names.said(&draft)?;
    let codes = codes_of(&draft);
    let month = ledger_month(draft.period.as_deref(), draft.posted_on);
    Ok(spend_line::Model {
        id,
        import_id: import,
        row_no,
        identity,
        transaction_ref: draft.transaction,
        line_ref: draft.line,
        incurred_on: draft.incurred_on,
        posted_on: draft.posted_on,
        ledger_month: month,
        kind: SpendKind::from_slug(draft.kind.slug())
            .ok_or_else(|| Error::internal("a kind of line that cannot be stored"))?,
        amount: Money(draft.amount_pence),
        // What nobody called capital is revenue.
        capital: draft
            .capital_or_revenue
            .map_or(coding.capital, |said| said == CapitalOrRevenue::Capital),
        pool_id: pool.unwrap_or(coding.pool),
        category_id: category.unwrap_or(coding.category),
        place: draft.place.or_else(|| coding.place.clone()),
        people_group: draft.group.or_else(|| coding.group.clone()),
        supplier: draft.supplier,
        description: draft.description,
        suspect: suspect_of.is_some(),
        suspect_of,
        cost_centre: codes.cost_centre,
        account: codes.account,
        project: codes.project,
        coding_id: by_row,
        commitment_ref: draft.commitment_ref,
        reverses_id: None,
    })
}

/// A line that waits to be coded.
fn waits(
    import: SpendImportId,
    row_no: i32,
    identity: String,
    suspect_of: Option<i32>,
    draft: &LineDraft,
) -> Result<waiting_line::Model> {
    let codes = codes_of(draft);
    Ok(waiting_line::Model {
        id: WaitingLineId::new(),
        import_id: import,
        row_no,
        identity,
        cost_centre: codes.cost_centre,
        account: codes.account,
        project: codes.project,
        supplier: draft.supplier.clone(),
        description: draft.description.clone(),
        incurred_on: draft.incurred_on,
        ledger_month: ledger_month(draft.period.as_deref(), draft.posted_on)
            .unwrap_or_else(|| first_of_month(draft.incurred_on)),
        amount: Money(draft.amount_pence),
        draft: serde_json::to_value(draft)?,
        suspect_of,
        coded_by_import_id: None,
    })
}

fn changed(row: i32, changes: &[FieldChange]) -> Fault {
    let differences: Vec<String> = changes
        .iter()
        .take(4)
        .map(|change| {
            let money = matches!(change.field, Field::Amount | Field::Vat);
            let or_nothing = |text: &str| match Money::from_typed(text).filter(|_| money) {
                Some(amount) => amount.in_full(),
                None if text.is_empty() => "nothing".to_owned(),
                None => format!("“{text}”"),
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
            "This line changed since it was loaded: {}. Let it take the place of the line that \
             counts, or set this row aside.",
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
