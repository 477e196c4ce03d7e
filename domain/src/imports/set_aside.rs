//! What was set aside by name, by the cost centre and the ledger month that its row names.

use chrono::NaiveDate;
use entity::{FaultResolution, ImportState, Money, import_fault, spend_import};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::ops::KeptRow;
use super::rules::{ImportProfile, Layout, RowParser, ledger_month};
use crate::Result;
use crate::calendar::rules::first_of_month;

/// A row that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Aside {
    /// The cost centre; empty where the row names none.
    pub(crate) cost_centre: String,
    /// The ledger month; the last of its file's where the row names none that can be read.
    pub(crate) month: NaiveDate,
    /// Pence.
    pub(crate) amount: Money,
}

/// Rows that were set aside from files that were read, accepted or not, and that reach into a month
/// or a later one.
pub(crate) async fn set_aside_by_centre(
    conn: &impl ConnectionTrait,
    from: NaiveDate,
) -> Result<Vec<Aside>> {
    let imports = spend_import::Entity::find()
        .filter(spend_import::Column::State.is_in([
            ImportState::Accepted,
            ImportState::Waiting,
            ImportState::Ready,
        ]))
        .filter(spend_import::Column::RowsSetAside.gt(0))
        .filter(spend_import::Column::PeriodTo.gte(from))
        .all(conn)
        .await?;
    let mut found = Vec::new();
    for import in imports {
        let profile: ImportProfile = serde_json::from_value(import.spec.clone())?;
        let layout: Layout = match &import.layout {
            Some(layout) => serde_json::from_value(layout.clone())?,
            None => Layout::default(),
        };
        let parser = RowParser::new(&profile, layout).ok();
        let last = first_of_month(import.period_to);
        let faults = import_fault::Entity::find()
            .filter(import_fault::Column::ImportId.eq(import.id))
            .filter(import_fault::Column::Resolution.eq(FaultResolution::SetAside))
            .all(conn)
            .await?;
        for fault in faults {
            let kept: KeptRow = serde_json::from_value(fault.raw)?;
            let (centre, month) = match (&kept.draft, &parser) {
                (Some(draft), _) => (
                    draft.cost_centre.clone(),
                    ledger_month(draft.period.as_deref(), draft.posted_on)
                        .or_else(|| Some(first_of_month(draft.incurred_on))),
                ),
                (None, Some(parser)) => {
                    let (centre, period) = parser.centre_and_period(&kept.cells);
                    (centre, ledger_month(period.as_deref(), None))
                }
                (None, None) => (None, None),
            };
            found.push(Aside {
                cost_centre: centre.unwrap_or_default(),
                month: month.unwrap_or(last),
                amount: fault.amount.unwrap_or_default(),
            });
        }
    }
    Ok(found)
}
