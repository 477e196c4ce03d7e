//! Returns that stand certified: what awards paid inside them stays.

use chrono::NaiveDate;
use entity::{AwardId, GrantReturnId};
use sea_orm::{ConnectionTrait, Value as DbValue};

use super::placeholders;
use crate::Result;
use crate::db::statement;

/// A return that stands certified, also once it was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Certified {
    pub id: GrantReturnId,
    pub award: AwardId,
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// Up to which accepted sequence it was known what the award paid: none changes what it says.
    pub seq: i64,
}

/// The returns of these awards that stand certified, by award and period. One that was opened again, or
/// is not asked for any more, is none of them.
pub(crate) async fn certified(
    conn: &impl ConnectionTrait,
    awards: &[AwardId],
) -> Result<Vec<Certified>> {
    if awards.is_empty() {
        return Ok(Vec::new());
    }
    let (list, values): (String, Vec<DbValue>) =
        placeholders(1, awards.iter().map(|award| (*award).into()));
    conn.query_all_raw(statement(
        conn,
        format!(
            "SELECT g.id, g.award_id, g.period_from, g.period_to, \
               MAX(COALESCE(c.known_seq, g.drafted_seq)) AS seq \
             FROM grant_return g \
             JOIN certification c ON c.return_id = g.id AND c.withdrawn_at IS NULL \
             WHERE g.award_id IN ({list}) AND g.state IN ('certified', 'submitted', 'accepted') \
             GROUP BY g.id, g.award_id, g.period_from, g.period_to \
             ORDER BY g.award_id, g.period_from, g.period_to, g.id"
        ),
        values,
    ))
    .await?
    .into_iter()
    .map(|row| {
        Ok(Certified {
            id: GrantReturnId(row.try_get("", "id")?),
            award: AwardId(row.try_get("", "award_id")?),
            from: row.try_get("", "period_from")?,
            to: row.try_get("", "period_to")?,
            seq: row.try_get("", "seq")?,
        })
    })
    .collect()
}
