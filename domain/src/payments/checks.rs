//! What must hold of an award's money in and out, looked up in the whole database.

use crate::access::rules::Operation;
use crate::checks::rows;
use crate::{Ctx, Db, Result};

/// A correction takes all of one entry of its own award back; a receipt is a payment of its own award.
pub async fn corrections(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadMoney)?;
    rows(
        db,
        "SELECT m.ledger_reference AS reference FROM award_money m \
         LEFT JOIN award_money c ON c.id = m.corrects_id \
         LEFT JOIN award_payment p ON p.id = m.payment_id \
         WHERE (m.corrects_id IS NOT NULL AND (c.award_id <> m.award_id OR c.kind <> m.kind \
                OR c.amount + m.amount <> 0 OR c.corrects_id IS NOT NULL)) \
            OR p.award_id <> m.award_id ORDER BY m.id",
    )
    .await?
    .iter()
    .map(|row| {
        let reference: String = row.try_get("", "reference")?;
        Ok(format!(
            "The entry “{reference}” corrects or pays something that is not of its award."
        ))
    })
    .collect()
}
