//! What must always hold of published grants.

use crate::checks::rows;
use crate::{Ctx, Db, Result};

/// Each file of grants holds just the grants that it says are new or changed, and what was kept of
/// one that is no longer read is gone.
pub(crate) async fn whole(db: &Db, _ctx: &Ctx) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let found = rows(
        db,
        "SELECT f.name, i.state, i.grants_new + i.grants_changed AS counted, \
           CAST((SELECT COUNT(*) FROM published_grant g WHERE g.import_id = i.id) AS bigint) \
             AS held \
         FROM grant_import i JOIN file f ON f.id = i.file_id WHERE i.state <> 'reading'",
    )
    .await?;
    for row in found {
        let (name, state): (String, String) = (row.try_get("", "name")?, row.try_get("", "state")?);
        let held: i64 = row.try_get("", "held")?;
        let counted: i64 = row.try_get("", "counted")?;
        let expected = if state == "complete" { counted } else { 0 };
        if held != expected {
            wrong.push(format!(
                "The file of grants {name} counts {expected} new and changed grants and holds \
                 {held}."
            ));
        }
    }
    Ok(wrong)
}
