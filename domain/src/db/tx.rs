//! What a write transaction offers to the operation inside it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use entity::idempotency;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    DbBackend, EntityTrait, QueryFilter, Statement,
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::rules::Operation;
use crate::ctx::{Actor, Ctx, Idempotency};
use crate::{Error, Result};

/// What is about to be done: decides access and names the audit entry.
#[derive(Clone, Debug)]
pub struct Command {
    /// Which operation.
    pub operation: Operation,
    /// What it acts on, when that is known beforehand.
    pub subject: Option<(&'static str, Uuid)>,
    /// Whether it may take a good part of what a write may take: it shares no commit.
    pub long: bool,
}

impl Command {
    /// An operation on something that it will make, or on nothing in particular.
    #[must_use]
    pub const fn new(operation: Operation) -> Self {
        Self {
            operation,
            subject: None,
            long: false,
        }
    }

    /// An operation on a record: its table's name and its id.
    #[must_use]
    pub fn on(operation: Operation, kind: &'static str, id: impl Into<Uuid>) -> Self {
        Self {
            operation,
            subject: Some((kind, id.into())),
            long: false,
        }
    }
}

impl Command {
    /// The same, of many rows: nobody else's commit waits for it.
    #[must_use]
    pub const fn long(mut self) -> Self {
        self.long = true;
        self
    }
}

/// What a transaction will say in the audit log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub subject: Option<(&'static str, Uuid)>,
    pub detail: serde_json::Map<String, Value>,
    pub personal: Option<Value>,
}

/// An open write transaction. Dropping it rolls back.
#[derive(Debug)]
pub struct Tx {
    conn: DatabaseTransaction,
    now: DateTime<Utc>,
    told: Mutex<Told>,
    nudged: AtomicBool,
}

impl Tx {
    pub(super) fn new(conn: DatabaseTransaction, ctx: &Ctx, command: &Command) -> Self {
        Self {
            conn,
            now: ctx.now(),
            told: Mutex::new(Told {
                subject: command.subject,
                ..Told::default()
            }),
            nudged: AtomicBool::new(false),
        }
    }

    /// The connection, for the domain's own queries.
    pub(crate) const fn conn(&self) -> &DatabaseTransaction {
        &self.conn
    }

    /// The instant of this transaction (UTC).
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Names what was acted on, when only the transaction knows.
    pub fn subject(&self, kind: &'static str, id: impl Into<Uuid>) {
        self.tell(|told| told.subject = Some((kind, id.into())));
    }

    /// Adds to the audit entry: no secrets, no personal values.
    pub fn note(&self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        self.tell(|told| {
            told.detail.insert(name.to_owned(), value.clone());
        });
    }

    /// Adds what something was and what it is now, where that is another.
    pub(crate) fn note_change(&self, name: &str, before: &str, after: &str) {
        if before != after {
            self.note(&format!("{name}_before"), before);
            self.note(name, after);
        }
    }

    /// Adds personal values, kept beside the chain so that they can be erased.
    pub fn note_personal(&self, value: Value) {
        self.tell(|told| told.personal = Some(value.clone()));
    }

    fn tell(&self, change: impl FnOnce(&mut Told)) {
        let mut told = self
            .told
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut told);
    }

    pub(crate) fn told(&self) -> Told {
        self.told
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    /// A job was added: wake the worker after the commit.
    pub(crate) fn will_wake(&self) {
        self.nudged.store(true, Ordering::Relaxed);
    }

    pub(super) fn nudges(&self) -> bool {
        self.nudged.load(Ordering::Relaxed)
    }

    pub(super) fn into_conn(self) -> DatabaseTransaction {
        self.conn
    }

    pub(super) async fn commit(self) -> Result<()> {
        Ok(self.conn.commit().await?)
    }

    /// Locks an aggregate's row on PostgreSQL; on SQLite the transaction has the only lock.
    /// Order of locks: award, pool, import, return, job.
    pub(crate) async fn lock(&self, table: &'static str, id: impl Into<Uuid>) -> Result<()> {
        if self.conn.get_database_backend() == DbBackend::Sqlite {
            return Ok(());
        }
        let row = self
            .conn
            .query_one_raw(Statement::from_sql_and_values(
                DbBackend::Postgres,
                format!("SELECT id FROM {table} WHERE id = $1 FOR UPDATE"),
                [id.into().into()],
            ))
            .await?;
        row.map(|_| ()).ok_or(Error::NotFound)
    }

    /// The next number of a sequence whose order is the order of commits: the counter's row is
    /// locked until this transaction ends.
    pub(crate) async fn next(&self, counter: &'static str) -> Result<i64> {
        let row = self
            .conn
            .query_one_raw(Statement::from_sql_and_values(
                self.conn.get_database_backend(),
                "INSERT INTO counter (name, value) VALUES ($1, 1) \
                 ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value",
                [counter.into()],
            ))
            .await?
            .ok_or_else(|| Error::internal("a counter gave no number"))?;
        Ok(row.try_get("", "value")?)
    }
}

fn actor_key(ctx: &Ctx) -> String {
    match &ctx.actor {
        Actor::Person(person) => person.id.to_string(),
        Actor::System(name) => (*name).to_owned(),
        Actor::Guest(guest) => guest.link.to_string(),
        Actor::Nobody => "nobody".to_owned(),
    }
}

/// The reply that this request was given before, if it is a repeat.
pub(super) async fn earlier_reply(tx: &Tx, ctx: &Ctx, command: &Command) -> Result<Option<Value>> {
    let Some(promise) = &ctx.idempotency else {
        return Ok(None);
    };
    if tx.conn().get_database_backend() == DbBackend::Postgres {
        // twins wait here for the first to commit, and then find its reply
        tx.conn()
            .execute_raw(Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                [format!("{} {}", actor_key(ctx), promise.key).into()],
            ))
            .await?;
    }
    kept_reply(tx.conn(), ctx, promise, command.operation).await
}

/// The reply that was kept for a request, if it was made before.
pub(super) async fn kept_reply(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    promise: &Idempotency,
    operation: Operation,
) -> Result<Option<Value>> {
    let Some(row) = idempotency::Entity::find()
        .filter(idempotency::Column::ActorKey.eq(actor_key(ctx)))
        .filter(idempotency::Column::Key.eq(&promise.key))
        .one(conn)
        .await?
    else {
        return Ok(None);
    };
    if row.body_hash != promise.body_hash || row.operation != operation.slug() {
        return Err(Error::refused(
            "idempotency-key-reused",
            "This Idempotency-Key was used for another request: use a new one.",
        ));
    }
    Ok(row.reply.get("value").cloned())
}

/// Keeps the reply for a client that asks again.
pub(super) async fn keep_reply(
    tx: &Tx,
    ctx: &Ctx,
    command: &Command,
    value: &impl Serialize,
) -> Result<()> {
    let Some(promise) = &ctx.idempotency else {
        return Ok(());
    };
    let insert = idempotency::ActiveModel {
        id: Set(Uuid::now_v7()),
        actor_key: Set(actor_key(ctx)),
        key: Set(promise.key.clone()),
        operation: Set(command.operation.slug().to_owned()),
        body_hash: Set(promise.body_hash.clone()),
        status: Set(200),
        reply: Set(json!({ "value": value })),
        created_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await;
    match insert {
        Ok(_) => Ok(()),
        // A twin committed first: run again, and answer from its reply.
        Err(error) if super::is_unique_violation(&error) => Err(Error::Unavailable {
            detail: "the same request is being answered already".to_owned(),
            retry_after_s: 1,
        }),
        Err(error) => Err(error.into()),
    }
}
