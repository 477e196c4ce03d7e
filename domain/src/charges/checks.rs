//! What must hold of the caps of management charges, looked up in the whole database.

use crate::access::rules::Operation;
use crate::checks::rows;
use crate::{Ctx, Db, Result};

/// A cap names cost categories, and what ends one names none.
pub async fn named(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadCharges)?;
    rows(
        db,
        "SELECT COALESCE(a.title, p.name) AS name, c.seq AS seq FROM charge_cap c \
         LEFT JOIN award a ON a.id = c.award_id LEFT JOIN pool p ON p.id = c.pool_id \
         WHERE (c.basis = 'none') <> \
               (NOT EXISTS (SELECT 1 FROM charge_cap_category k WHERE k.cap_id = c.id)) \
         ORDER BY name, c.seq",
    )
    .await?
    .iter()
    .map(|row| {
        Ok(format!(
            "Of “{}”: cap {} of the management charge does not name what it caps.",
            row.try_get::<String>("", "name")?,
            row.try_get::<i32>("", "seq")?,
        ))
    })
    .collect()
}
