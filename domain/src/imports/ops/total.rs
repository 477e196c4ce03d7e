//! Stating a control total anew: whoever typed it may have mistyped it.

use entity::{ImportState, Money, SpendImportId};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::{Deserialize, Serialize};

use super::super::store;
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result};

/// What the finance system says that a file adds up to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlTotal {
    /// In pence.
    pub control_total_pence: i64,
}

/// States the control total of an import that waits anew; the history keeps both. Returns the
/// import's new version.
pub async fn correct_control_total(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    expected: Option<i64>,
    new: ControlTotal,
) -> Result<i64> {
    let command = Command::on(Operation::CorrectControlTotal, "spend_import", id);
    db.write(ctx, command, async |tx| {
        let import = store::locked(tx, id).await?;
        if expected.is_some_and(|expected| expected != import.version) {
            return Err(Error::Stale);
        }
        if !matches!(import.state, ImportState::Waiting | ImportState::Ready) {
            return Err(Error::refused(
                "import-not-waiting",
                "The total is corrected after a file was read and before it is accepted.",
            ));
        }
        let total = Money(new.control_total_pence);
        if import.control_total == Some(total) {
            return Ok(import.version);
        }
        tx.note("was_pence", import.control_total.map(Money::pence));
        tx.note("control_total_pence", total.pence());
        let version = import.version + 1;
        let mut row = import.into_active_model();
        row.control_total = Set(Some(total));
        row.version = Set(version);
        row.update(tx.conn()).await?;
        Ok(version)
    })
    .await
}
