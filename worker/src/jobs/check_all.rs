//! Check all: audits the whole database and keeps the report for the Operations page.

use domain::jobs::rules::Outcome;
use domain::{Result, checks};

use super::Work;

pub(super) async fn run(work: &Work) -> Result<Outcome> {
    let report = checks::run_and_keep(work.db(), &work.ctx).await?;
    for finding in &report.findings {
        tracing::error!(check = finding.check, "{}", finding.message);
    }
    Ok(Outcome::Done)
}
