//! Draft returns: drafts each return whose period has ended, and refreshes drafts.

use domain::jobs::rules::Outcome;
use domain::returns::ops::draft_due;
use domain::returns::workbook::Workbooks;
use domain::{Result, jobs};
use entity::JobKind;

use super::Work;

pub(super) async fn run(work: &Work) -> Result<Outcome> {
    let workbooks = Workbooks::by(work.worker.inner.config.program.clone());
    let report = draft_due(work.db(), &work.ctx, &workbooks).await?;
    tracing::info!(?report, "drafted returns");
    // Reminders wait for this, so that one mail speaks of all that was drafted: they are asked for with its end, or
    // they would look while it still runs, and wait for nobody to ask again.
    jobs::end_asking(work.db(), &work.ctx, JobKind::SendReminders).await?;
    Ok(Outcome::Recorded)
}
