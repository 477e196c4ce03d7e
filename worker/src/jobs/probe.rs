//! Probe: does what its script says, for tests of the engine.

use std::time::Duration;

use domain::Result;
use domain::jobs::probe;
use domain::jobs::rules::Outcome;

use super::Work;

pub(super) async fn run(work: &Work) -> Result<Outcome> {
    let script = probe::script(work.db(), &work.job).await?;
    if script.takes_ms > 0 {
        tokio::time::sleep(Duration::from_millis(script.takes_ms)).await;
    }
    (work.worker.inner.config.on_probe)(&script.word);
    probe::effect(work.db(), &work.ctx, &work.job).await?;
    Ok(Outcome::Recorded)
}
