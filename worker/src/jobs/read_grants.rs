//! Read grants: reads and checks one file of grants that a funder published, in chunks.

use domain::Result;
use domain::jobs::rules::Outcome;
use entity::GrantImportId;

use super::Work;

pub(super) async fn run(work: &Work) -> Result<Outcome> {
    let id = GrantImportId(work.row_id()?);
    domain::grants::ops::read_file(work.db(), &work.ctx, id, &mut |_| {}).await?;
    Ok(Outcome::Done)
}
