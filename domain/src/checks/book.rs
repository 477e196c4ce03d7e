//! Checks of the record and of the bookkeeping.

use chrono::Duration;
use entity::{DeadlineKind, ReturnState, certification, deadline, file, grant_return};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};
use std::collections::HashMap;

use crate::reminders::rules::is_settled;
use crate::{Ctx, Db, Result, audit};

pub(super) async fn audit_chain(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    let verdict = audit::verify(db, None).await?;
    let mut wrong = verdict.problems;
    if let Some(since) = verdict.unsealed_since
        && ctx.now() - since > Duration::minutes(1)
    {
        wrong.push(format!(
            "{} audit entries wait to be sealed, the oldest for over a minute: is the worker \
             running?",
            verdict.unsealed
        ));
    }
    Ok(wrong)
}

async fn count(
    db: &Db,
    sql: &str,
    values: impl IntoIterator<Item = sea_orm::Value>,
) -> Result<i64> {
    let row = db
        .read()
        .query_one_raw(Statement::from_sql_and_values(
            db.read().get_database_backend(),
            sql,
            values,
        ))
        .await?;
    Ok(match row {
        Some(row) => row.try_get("", "n")?,
        None => 0,
    })
}

pub(super) async fn queue(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (which, what) in [
        (
            "state NOT IN ('ready','running','done','cancelled','dead')",
            "are in no state that there is",
        ),
        (
            "state = 'running' AND (lease_token IS NULL OR lease_until IS NULL)",
            "are worked on by nobody",
        ),
        (
            "state <> 'running' AND lease_token IS NOT NULL",
            "are held by somebody though they are not worked on",
        ),
        (
            "state IN ('done','cancelled','dead') AND finished_at IS NULL",
            "have ended at no time",
        ),
        (
            "state IN ('ready','running') AND finished_at IS NOT NULL",
            "have ended and have not",
        ),
        (
            "attempt < 0 OR attempt > max_attempts",
            "were tried more often than they may be",
        ),
    ] {
        let n = count(
            db,
            &format!("SELECT COUNT(*) AS n FROM job WHERE {which}"),
            [],
        )
        .await?;
        if n > 0 {
            wrong.push(format!("{n} jobs {what}."));
        }
    }
    let abandoned = count(
        db,
        "SELECT COUNT(*) AS n FROM job WHERE state = 'running' AND lease_until < $1",
        [(ctx.now() - Duration::minutes(10)).into()],
    )
    .await?;
    if abandoned > 0 {
        wrong.push(format!(
            "{abandoned} jobs of a worker that died were not taken over: is a worker running?"
        ));
    }
    Ok(wrong)
}

pub(super) async fn dead_jobs(db: &Db, _ctx: &Ctx) -> Result<Vec<String>> {
    let n = count(db, "SELECT COUNT(*) AS n FROM job WHERE state = 'dead'", []).await?;
    Ok(if n == 0 {
        Vec::new()
    } else {
        vec![format!(
            "{n} jobs failed as often as they may. Operations shows why, and lets them try again."
        )]
    })
}

pub(super) async fn deadlines_closed(db: &Db, _ctx: &Ctx) -> Result<Vec<String>> {
    let states: HashMap<_, ReturnState> = grant_return::Entity::find()
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.state))
        .collect();
    let mut wrong = Vec::new();
    let of_returns = deadline::Entity::find()
        .filter(deadline::Column::Kind.eq(DeadlineKind::Return))
        .all(db.read())
        .await?;
    let ids: Vec<_> = of_returns.iter().filter_map(|row| row.award_id).collect();
    let closed = crate::closures::store::closed(db.read(), &ids).await?;
    for deadline in of_returns {
        let settled = deadline
            .return_id
            .and_then(|id| states.get(&id))
            .is_some_and(|state| is_settled(*state))
            || deadline
                .award_id
                .is_some_and(|award| closed.contains_key(&award));
        match (deadline.closed_at.is_some(), settled) {
            (true, false) => wrong.push(format!(
                "The deadline “{}” is closed, and its return was not sent.",
                deadline.title
            )),
            (false, true) => wrong.push(format!(
                "The deadline “{}” is open, and its return is settled.",
                deadline.title
            )),
            _ => {}
        }
    }
    Ok(wrong)
}

pub(super) async fn certified_files(db: &Db, _ctx: &Ctx) -> Result<Vec<String>> {
    let certified = certification::Entity::find()
        .filter(certification::Column::WithdrawnAt.is_null())
        .all(db.read())
        .await?;
    let hashes: HashMap<_, String> = file::Entity::find()
        .filter(file::Column::Id.is_in(certified.iter().map(|row| row.file_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.sha256))
        .collect();
    Ok(certified
        .into_iter()
        .filter(|row| hashes.get(&row.file_id) != Some(&row.file_sha256))
        .map(|row| {
            format!(
                "The workbook of revision {} of a return, certified at {}, is not the file that \
                 was certified.",
                row.revision, row.certified_at
            )
        })
        .collect())
}
