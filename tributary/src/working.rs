//! The worker as the program runs it.

use domain::{Clock, Db};
use tokio::sync::watch;

use crate::{Config, Failure, stop};

/// Works until told to stop, then drains.
pub async fn run(
    _db: Db,
    _clock: Clock,
    _config: &Config,
    told: watch::Receiver<bool>,
) -> Result<(), Failure> {
    stop::wait(told).await;
    Ok(())
}
