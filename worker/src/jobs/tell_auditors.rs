//! Tell auditors: mails the head of the audit log, where its owner cannot change it.

use domain::jobs::rules::Outcome;
use domain::{Result, audit};

use super::Work;

pub(super) async fn run(work: &Work) -> Result<Outcome> {
    let mails = audit::tell_auditors(work.db(), &work.ctx).await?;
    if mails > 0 {
        tracing::info!(mails, "told the auditors the log's head");
    }
    Ok(Outcome::Done)
}
