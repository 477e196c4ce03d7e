//! Send reminders: writes the morning's mail for the rungs that are due.

use domain::jobs::rules::Outcome;
use domain::{Result, jobs, reminders};
use entity::JobKind;

use super::Work;
use crate::mail;

pub(super) async fn run(work: &Work) -> Result<Outcome> {
    // One mail speaks of all: what is being drafted at this moment would come too late for it. The
    // end of drafting asks for this again.
    if jobs::view::in_hand(work.db(), &work.ctx, JobKind::DraftReturns).await? {
        return Ok(Outcome::Done);
    }
    let address = &work.worker.inner.config.public_address;
    let morning = reminders::send_due(work.db(), &work.ctx, &|digest| {
        mail::digest(digest, address)
    })
    .await?;
    for nobody in &morning.nobody {
        tracing::warn!("{nobody}");
    }
    if morning.mails > 0 {
        tracing::info!(mails = morning.mails, "wrote the morning's reminders");
    }
    Ok(Outcome::Done)
}
