//! What stays of attributions: what awards hold inside returns that stand certified, and of awards that are
//! closed.

use std::collections::BTreeMap;

use entity::{AwardId, FenceId, PoolId, SpendLineId};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::super::rules::stays::{Certified, each_day_once};
use super::super::rules::{Award, Line};
use super::{Used, statement, used_of};
use crate::{Result, returns};

/// The days of awards that are certified, each once.
pub(in super::super) type Locks = BTreeMap<AwardId, Vec<Certified>>;

/// The days of these awards that returns which stand certified are about. What an award paid that is closed
/// stays as it is anyhow.
pub(in super::super) async fn locks(
    conn: &impl ConnectionTrait,
    awards: &[Award],
) -> Result<Locks> {
    let open = awards.iter().filter(|award| award.closed.is_none());
    let ids: Vec<AwardId> = open.map(|award| award.id).collect();
    let mut by_award: BTreeMap<AwardId, Vec<Certified>> = BTreeMap::new();
    for one in returns::store::certified(conn, &ids).await? {
        by_award.entry(one.award).or_default().push(Certified {
            from: one.from,
            to: one.to,
            seq: one.seq,
        });
    }
    for days in by_award.values_mut() {
        *days = each_day_once(days);
    }
    Ok(by_award)
}

/// The days that are certified in one short text; those alone that rest on less than `before` where it is
/// given. Nothing where there are none.
pub(in super::super) fn locks_hash(locks: &Locks, before: Option<i64>) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for (award, days) in locks {
        let these = days
            .iter()
            .filter(|one| before.is_none_or(|seq| one.seq < seq));
        for Certified { from, to, seq } in these {
            // Writing to a string cannot fail.
            let _written: std::fmt::Result = writeln!(text, "{award} {from} {to} {seq}");
        }
    }
    match text.is_empty() {
        true => text,
        false => crate::files::sha256(text.as_bytes()),
    }
}

/// Gives awards what they hold in a pool: those that are closed all that they paid then, others what they
/// paid on days that are certified, as it was known to the certificate. Every credit that was attributed
/// then is among it, also one that took nothing.
pub(in super::super) async fn keep(
    conn: &DatabaseTransaction,
    pool: PoolId,
    awards: &mut [Award],
    locks: &Locks,
) -> Result<()> {
    for award in awards {
        let mut values: Vec<sea_orm::Value> = vec![pool.into()];
        let (mut runs, mut credits) = (Vec::new(), Vec::new());
        if let Some(closed) = award.closed {
            values.push(closed.into());
            runs.push("r.accepted_seq < $2".to_owned());
            credits.push("i.accepted_seq < $2".to_owned());
        } else {
            for Certified { from, to, seq } in locks.get(&award.id).into_iter().flatten() {
                let n = values.len();
                let days = format!(
                    "l.incurred_on >= ${} AND l.incurred_on <= ${}",
                    n + 1,
                    n + 2
                );
                let seen = format!(
                    "(SELECT s.saw_seq FROM attribution_run s WHERE s.pool_id = $1 \
                      AND s.accepted_seq <= ${} ORDER BY s.accepted_seq DESC LIMIT 1)",
                    n + 3
                );
                runs.push(format!("({days} AND r.accepted_seq <= ${})", n + 3));
                credits.push(format!("({days} AND i.accepted_seq <= {seen})"));
                values.extend([(*from).into(), (*to).into(), (*seq).into()]);
            }
        }
        if runs.is_empty() {
            continue;
        }
        let days = locks.get(&award.id).filter(|_| award.closed.is_none());
        for one in days.into_iter().flatten() {
            let saw = conn
                .query_one_raw(statement(
                    conn,
                    "SELECT saw_seq FROM attribution_run WHERE pool_id = $1 AND accepted_seq <= $2 \
                     ORDER BY accepted_seq DESC LIMIT 1",
                    [pool.into(), one.seq.into()],
                ))
                .await?
                .map_or(Ok(0), |row| row.try_get("", "saw_seq"))?;
            award.known.push(Certified { seq: saw, ..*one });
        }
        let mut of_award = values.clone();
        of_award.push(award.id.into());
        for row in conn
            .query_all_raw(statement(
                conn,
                format!(
                    "SELECT a.line_id, a.fence_id, CAST(SUM(a.amount) AS bigint) AS total \
                     FROM attribution a JOIN attribution_run r ON r.id = a.run_id \
                     JOIN spend_line l ON l.id = a.line_id \
                     WHERE a.award_id = ${} AND r.pool_id = $1 AND r.state = 'accepted' \
                       AND ({}) \
                     GROUP BY a.line_id, a.fence_id HAVING SUM(a.amount) <> 0 \
                     ORDER BY a.line_id, a.fence_id",
                    of_award.len(),
                    runs.join(" OR ")
                ),
                of_award,
            ))
            .await?
        {
            let fence: Option<uuid::Uuid> = row.try_get("", "fence_id")?;
            award
                .kept
                .entry(SpendLineId(row.try_get("", "line_id")?))
                .or_default()
                .push((fence.map(FenceId), row.try_get("", "total")?));
        }
        for row in conn
            .query_all_raw(statement(
                conn,
                format!(
                    "SELECT l.id FROM spend_line l JOIN spend_import i ON i.id = l.import_id \
                     WHERE l.pool_id = $1 AND l.amount < 0 AND i.state = 'accepted' AND ({})",
                    credits.join(" OR ")
                ),
                values,
            ))
            .await?
        {
            let line = SpendLineId(row.try_get("", "id")?);
            award.kept.entry(line).or_default();
        }
    }
    Ok(())
}

/// What awards hold in a pool of days that are certified, by fence and day: from what is kept beside runs, not from the lines.
pub(in super::super) async fn held_by_day(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    locks: &Locks,
) -> Result<Vec<Used>> {
    let mut held = Vec::new();
    for (award, days) in locks {
        for Certified { from, to, seq } in days {
            for row in conn
                .query_all_raw(statement(
                    conn,
                    "SELECT a.award_id, a.fence_id, a.incurred_on, CAST(SUM(a.amount) AS bigint) AS total \
                     FROM attribution_total a JOIN attribution_run r ON r.id = a.run_id \
                     WHERE a.award_id = $1 AND r.pool_id = $2 AND r.state = 'accepted' \
                       AND a.incurred_on >= $3 AND a.incurred_on <= $4 AND r.accepted_seq <= $5 \
                     GROUP BY a.award_id, a.fence_id, a.incurred_on",
                    [
                        (*award).into(),
                        pool.into(),
                        (*from).into(),
                        (*to).into(),
                        (*seq).into(),
                    ],
                ))
                .await?
            {
                held.push(used_of(&row)?);
            }
        }
    }
    Ok(held)
}

/// What of one line stays with awards: with those that are closed what they paid then, with others what is
/// inside returns that stand certified.
pub(crate) async fn held_of_line(
    conn: &impl ConnectionTrait,
    line: &Line,
    awards: &[Award],
) -> Result<BTreeMap<AwardId, i64>> {
    let locks = locks(conn, awards).await?;
    let mut held = BTreeMap::new();
    for row in conn
        .query_all_raw(statement(
            conn,
            "SELECT a.award_id, r.accepted_seq AS seq, CAST(SUM(a.amount) AS bigint) AS total \
             FROM attribution a JOIN attribution_run r ON r.id = a.run_id \
             WHERE a.line_id = $1 AND r.state = 'accepted' GROUP BY a.award_id, r.accepted_seq",
            [line.id.into()],
        ))
        .await?
    {
        let (id, seq) = (
            AwardId(row.try_get("", "award_id")?),
            row.try_get::<i64>("", "seq")?,
        );
        let closed = awards
            .iter()
            .find(|award| award.id == id)
            .and_then(|award| award.closed);
        let stays = match closed {
            Some(closed) => seq < closed,
            None => locks
                .get(&id)
                .into_iter()
                .flatten()
                .any(|one| (one.from..=one.to).contains(&line.incurred_on) && seq <= one.seq),
        };
        if stays {
            *held.entry(id).or_insert(0) += row.try_get::<i64>("", "total")?;
        }
    }
    Ok(held)
}
