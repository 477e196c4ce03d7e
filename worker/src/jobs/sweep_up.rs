//! Sweep up: removes what has expired.

use domain::jobs::rules::Outcome;
use domain::{Result, housekeeping};

use super::Work;

pub(super) async fn run(work: &Work) -> Result<Outcome> {
    let swept = housekeeping::sweep(work.db(), &work.ctx).await?;
    for (table, rows) in swept.rows {
        tracing::info!(table, rows, "swept up");
    }
    Ok(Outcome::Done)
}
