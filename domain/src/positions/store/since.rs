//! What was recorded since an instant that can change a position.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::{
    AwardId, AwardYearId, ContributionId, PoolId, award_amendment, award_money, award_year,
    award_year_event, contribution, contribution_statement,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value};

use crate::Result;
use crate::db::{among, statement};
use crate::positions::rules::changes::Cause;

/// What was recorded after an instant of awards that pay into pools: of all of them what is of the pools, of `whole`
/// what is of the award too.
pub(in crate::positions) async fn recorded_since(
    conn: &impl ConnectionTrait,
    pools: &[PoolId],
    ids: &[AwardId],
    whole: &[AwardId],
    since: DateTime<Utc>,
) -> Result<Vec<(AwardId, Cause, DateTime<Utc>)>> {
    let mut found = Vec::new();
    let of: BTreeSet<AwardId> = ids.iter().copied().collect();
    for pool in pools {
        let sql = "SELECT a.award_id, r.id, r.accepted_at \
                   FROM attribution_total a JOIN attribution_run r ON r.id = a.run_id \
                   WHERE r.state = 'accepted' AND r.pool_id = $1 AND r.accepted_at > $2 \
                   GROUP BY a.award_id, r.id, r.accepted_at HAVING SUM(a.amount) <> 0";
        let values: [Value; 2] = [(*pool).into(), since.into()];
        for row in conn.query_all_raw(statement(conn, sql, values)).await? {
            let award = AwardId(row.try_get("", "award_id")?);
            if of.contains(&award) {
                found.push((award, Cause::Run, row.try_get("", "accepted_at")?));
            }
        }
    }
    let given: HashMap<ContributionId, AwardId> = contribution::Entity::find()
        .filter(contribution::Column::PoolId.is_in(pools.iter().copied()))
        .all(conn)
        .await?
        .into_iter()
        .filter(|row| of.contains(&row.award_id))
        .map(|row| (row.id, row.award_id))
        .collect();
    for row in contribution_statement::Entity::find()
        .filter(contribution_statement::Column::RecordedAt.gt(since))
        .filter(among(
            conn,
            contribution_statement::Column::ContributionId,
            given.keys().copied(),
        ))
        .all(conn)
        .await?
    {
        if let Some(award) = given.get(&row.contribution_id) {
            found.push((*award, Cause::Statement, row.recorded_at));
        }
    }
    for row in award_amendment::Entity::find()
        .filter(award_amendment::Column::RecordedAt.gt(since))
        .filter(among(
            conn,
            award_amendment::Column::AwardId,
            whole.iter().copied(),
        ))
        .all(conn)
        .await?
    {
        found.push((row.award_id, Cause::Amendment, row.recorded_at));
    }
    let years: HashMap<AwardYearId, AwardId> = award_year::Entity::find()
        .filter(among(
            conn,
            award_year::Column::AwardId,
            whole.iter().copied(),
        ))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row.award_id))
        .collect();
    for row in award_year_event::Entity::find()
        .filter(award_year_event::Column::RecordedAt.gt(since))
        .filter(among(
            conn,
            award_year_event::Column::YearId,
            years.keys().copied(),
        ))
        .all(conn)
        .await?
    {
        if let Some(award) = years.get(&row.year_id) {
            found.push((*award, Cause::Year, row.recorded_at));
        }
    }
    for row in award_money::Entity::find()
        .filter(award_money::Column::RecordedAt.gt(since))
        .filter(among(
            conn,
            award_money::Column::AwardId,
            whole.iter().copied(),
        ))
        .all(conn)
        .await?
    {
        found.push((row.award_id, Cause::Money, row.recorded_at));
    }
    Ok(found)
}
