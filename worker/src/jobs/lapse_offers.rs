//! Lapse offers: lets offers lapse that were not accepted in time, once somebody was told.

use domain::jobs::rules::Outcome;
use domain::{Result, applications};

use super::Work;

pub(super) async fn run(work: &Work) -> Result<Outcome> {
    let lapsed = applications::ops::lapse_due(work.db(), &work.ctx).await?;
    tracing::info!(offers = lapsed.len(), "let offers lapse");
    Ok(Outcome::Done)
}
