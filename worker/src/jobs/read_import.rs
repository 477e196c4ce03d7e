//! Read an import: reads and checks one file of spend, in chunks.

use domain::Result;
use domain::imports::Reader;
use domain::jobs::rules::Outcome;
use entity::SpendImportId;

use super::Work;

pub(super) async fn run(work: &Work) -> Result<Outcome> {
    let reader = Reader {
        program: work.worker.inner.config.program.clone(),
    };
    let id = SpendImportId(work.row_id()?);
    domain::imports::ops::read_file(work.db(), &work.ctx, &reader, id).await?;
    Ok(Outcome::Done)
}
