//! Removing what has expired, a little at a time.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde::Serialize;

use crate::access::rules::Operation;
use crate::funder_links::rules::LONGEST_DAYS;
use crate::{Command, Ctx, Db, Result};

/// Rows that one transaction removes: few enough to hold the lock only briefly.
const AT_ONCE: i64 = 500;

/// How long a reply is kept for a client that asks again.
pub const REPLIES_KEPT: Duration = Duration::hours(48);
/// How long deliveries that ended well, and spent sessions and links, are kept.
pub const KEPT: Duration = Duration::days(30);
/// How long the pieces of a file are kept whose upload ended midway.
pub const UPLOADS_KEPT: Duration = Duration::days(1);
/// How long ticks, and what reconcilers did well, are kept: thousands a day, and of no interest.
pub const ROUTINE_KEPT: Duration = Duration::days(8);

/// How long the lists of lines that were not settled are kept after a newer run of the pool: whoever
/// reads one has long done so.
pub const LISTS_KEPT: Duration = Duration::hours(1);

/// For a table whose key is of several columns: its rows as the database itself knows them.
const ROW: &str = "the row";
/// Runs whose lists nobody reads any more.
const OVERTAKEN: &str = "run_id IN (SELECT r.id FROM attribution_run r \
     WHERE (r.state = 'abandoned' AND r.created_at < $1) OR EXISTS (SELECT 1 \
       FROM attribution_run n WHERE n.pool_id = r.pool_id AND n.accepted_at < $1 \
         AND n.accepted_seq > r.accepted_seq))";

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Rows of each table.
    pub rows: Vec<(&'static str, u64)>,
}

/// A table, which of its rows have expired, and how long they are kept. `$1` is the instant before
/// which they expired. In an order in which nothing refers to what is removed.
const EXPIRED: &[(&str, &str, &str, Duration)] = &[
    ("session", "id", "expires_at < $1 OR revoked_at < $1", KEPT),
    (
        "mail",
        "id",
        "kind = 'sign-in' AND created_at < $1 AND state NOT IN ('queued','unknown')",
        KEPT,
    ),
    (
        "sign_in_link",
        "id",
        "expires_at < $1 AND NOT EXISTS (SELECT 1 FROM mail WHERE mail.link_id = sign_in_link.id)",
        KEPT,
    ),
    ("idempotency", "id", "created_at < $1", REPLIES_KEPT),
    (
        "job",
        "id",
        "state IN ('done','cancelled') AND finished_at < $1",
        KEPT,
    ),
    (
        "job",
        "id",
        "state IN ('done','cancelled') AND row_id IS NULL AND finished_at < $1",
        ROUTINE_KEPT,
    ),
    (
        "attribution",
        "line_id, id",
        "run_id IN (SELECT id FROM attribution_run WHERE state = 'abandoned' AND created_at < $1)",
        Duration::zero(),
    ),
    (
        "attribution_total",
        "id",
        "run_id IN (SELECT id FROM attribution_run WHERE state = 'abandoned' AND created_at < $1)",
        Duration::zero(),
    ),
    (
        "unfunded_line",
        "run_id, incurred_on, line_id",
        OVERTAKEN,
        LISTS_KEPT,
    ),
    ("unfunded_total", ROW, OVERTAKEN, LISTS_KEPT),
    ("commitment_total", ROW, OVERTAKEN, LISTS_KEPT),
    ("attribution_proof", ROW, OVERTAKEN, KEPT),
    (
        "file_chunk",
        "file_id",
        "file_id IN (SELECT id FROM file WHERE NOT complete AND created_at < $1)",
        UPLOADS_KEPT,
    ),
    (
        "file",
        "id",
        "NOT complete AND created_at < $1",
        UPLOADS_KEPT,
    ),
    (
        "spend_total",
        ROW,
        "import_id IN (SELECT id FROM spend_import WHERE state IN ('abandoned','failed') AND created_at < $1)",
        Duration::zero(),
    ),
    (
        "ledger_total",
        ROW,
        "import_id IN (SELECT id FROM spend_import WHERE state IN ('abandoned','failed') AND created_at < $1)",
        Duration::zero(),
    ),
    (
        "gone_line",
        ROW,
        "import_id IN (SELECT id FROM spend_import WHERE state IN ('abandoned','failed') AND created_at < $1)",
        Duration::zero(),
    ),
    (
        "waiting_line",
        "id",
        "import_id IN (SELECT id FROM spend_import WHERE state IN ('abandoned','failed') AND created_at < $1)",
        Duration::zero(),
    ),
    (
        "import_fault",
        "id",
        "import_id IN (SELECT id FROM spend_import WHERE state IN ('abandoned','failed') AND created_at < $1)",
        Duration::zero(),
    ),
    (
        "spend_line",
        "id",
        "import_id IN (SELECT id FROM spend_import WHERE state IN ('abandoned','failed') AND created_at < $1)",
        Duration::zero(),
    ),
];

/// What is removed by itself, after how long, and how much of it would go now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Kept {
    /// What, in words.
    pub what: String,
    /// How many days it is kept after it expired.
    pub days: i64,
    /// Rows that the next sweep would remove.
    pub due: i64,
}

/// What people know of what is swept, by table.
const TOLD: &[(&str, &str)] = &[
    ("session", "Browsers that are signed in no more"),
    ("sign_in_link", "Sign-in links that were used or ran out"),
    ("mail", "Sign-in mail"),
    ("idempotency", "Replies kept for programs that ask again"),
    ("job", "Work that ended well"),
    ("file", "Files whose upload ended midway"),
    ("spend_line", "Lines of files that were given up"),
];

/// What the next sweep would remove: a dry run, which removes nothing.
pub async fn due(db: &Db, ctx: &Ctx) -> Result<Vec<Kept>> {
    ctx.require(Operation::ErasePerson)?;
    let conn = db.snapshot().await?;
    let mut all = Vec::new();
    for (table, what) in TOLD {
        let Some((_, _, expired, kept)) = EXPIRED.iter().find(|(of, ..)| of == table) else {
            continue;
        };
        let before = ctx.now() - *kept;
        let row = conn
            .query_one_raw(Statement::from_sql_and_values(
                conn.get_database_backend(),
                format!("SELECT COUNT(*) AS due FROM {table} WHERE {expired}"),
                [before.into()],
            ))
            .await?;
        all.push(Kept {
            what: (*what).to_owned(),
            days: kept.num_days(),
            due: row.map_or(Ok(0), |row| row.try_get("", "due"))?,
        });
    }
    Ok(all)
}

/// Removes what has expired, in chunks, each a short transaction.
pub async fn sweep(db: &Db, ctx: &Ctx) -> Result<Swept> {
    ctx.require(Operation::KeepHouse)?;
    let mut swept = Swept::default();
    for (table, key, expired, kept) in EXPIRED {
        let removed = sweep_one(db, ctx, table, key, expired, ctx.now() - *kept).await?;
        if removed > 0 {
            swept.rows.push((table, removed));
        }
    }
    forget_addresses(db, ctx).await?;
    let ticks = sweep_ticks(db, ctx).await?;
    if ticks > 0 {
        swept.rows.push(("schedule_tick", ticks));
    }
    Ok(swept)
}

async fn sweep_one(
    db: &Db,
    ctx: &Ctx,
    table: &str,
    key: &str,
    expired: &str,
    before: DateTime<Utc>,
) -> Result<u64> {
    let mut total = 0;
    loop {
        let removed = db
            .write(ctx, Command::new(Operation::KeepHouse).long(), async |tx| {
                let backend = tx.conn().get_database_backend();
                let key = match (key, backend) {
                    (key, _) if key != ROW => key,
                    (_, DbBackend::Sqlite) => "rowid",
                    _ => "ctid",
                };
                let removed = tx
                    .conn()
                    .execute_raw(Statement::from_sql_and_values(
                        backend,
                        format!(
                            "DELETE FROM {table} WHERE ({key}) IN \
                             (SELECT {key} FROM {table} WHERE {expired} LIMIT $2)"
                        ),
                        [before.into(), AT_ONCE.into()],
                    ))
                    .await?;
                Ok(removed.rows_affected())
            })
            .await?;
        total += removed;
        if removed < AT_ONCE.unsigned_abs() {
            return Ok(total);
        }
    }
}

/// Where the mail of a link for somebody at a funder went is of no use once the link has ended for long: that
/// there was one stays, and the address goes.
async fn forget_addresses(db: &Db, ctx: &Ctx) -> Result<()> {
    let before = ctx.now() - Duration::days(LONGEST_DAYS.cast_signed()) - KEPT;
    db.write(ctx, Command::new(Operation::KeepHouse), async |tx| {
        tx.conn()
            .execute_raw(Statement::from_sql_and_values(
                tx.conn().get_database_backend(),
                "UPDATE mail SET to_address = '', last_reply = NULL \
                 WHERE kind = 'funder-link' AND created_at < $1 AND to_address <> ''",
                [before.into()],
            ))
            .await?;
        Ok(())
    })
    .await
}

/// Ticks have a key of two columns. The newest of each schedule stays, however old.
async fn sweep_ticks(db: &Db, ctx: &Ctx) -> Result<u64> {
    db.write(ctx, Command::new(Operation::KeepHouse), async |tx| {
        let removed = tx
            .conn()
            .execute_raw(Statement::from_sql_and_values(
                tx.conn().get_database_backend(),
                "DELETE FROM schedule_tick WHERE tick_at < $1 AND EXISTS \
                 (SELECT 1 FROM schedule_tick AS newer WHERE newer.kind = schedule_tick.kind \
                  AND newer.tick_at > schedule_tick.tick_at AND newer.tick_at >= $1)",
                [(ctx.now() - ROUTINE_KEPT).into()],
            ))
            .await?;
        Ok(removed.rows_affected())
    })
    .await
}
