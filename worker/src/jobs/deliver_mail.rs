//! Deliver mail: hands one mail to the mail server.

use domain::Result;
use domain::jobs::rules::Outcome;

use super::Work;

#[expect(clippy::unused_async, reason = "the domain's part is not built yet")]
pub(super) async fn run(_work: &Work) -> Result<Outcome> {
    Ok(Outcome::Cancel("not built yet".to_owned()))
}
