//! Seal the audit log: chains the entries that are not yet sealed.

use domain::jobs::rules::Outcome;
use domain::{Result, audit};

use super::Work;

pub(super) async fn run(work: &Work) -> Result<Outcome> {
    let sealed = audit::seal(work.db(), &work.ctx).await?;
    if sealed.entries > 0 {
        tracing::debug!(entries = sealed.entries, seq = sealed.seq, "sealed");
    }
    Ok(Outcome::Done)
}
