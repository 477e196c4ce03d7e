//! Attribute spend: runs the policy of each pool that has news.

use domain::Result;
use domain::jobs::rules::Outcome;

use super::Work;

pub(super) async fn run(work: &Work) -> Result<Outcome> {
    let runs = domain::attribution::ops::run_due(work.db(), &work.ctx).await?;
    if runs > 0 {
        tracing::info!(runs, "attributed spend");
    }
    Ok(Outcome::Done)
}
