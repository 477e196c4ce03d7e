//! Facts about this installation: whose it is.

use entity::{OrganisationId, setting};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};

use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Result, Tx};

/// Names the charity whose installation this is.
pub(crate) const HOME: &str = "home-organisation";
/// Only a database that the demo made has this.
const DEMO: &str = "demo";

/// A setting, if it was set.
pub(crate) async fn get(db: &Db, key: &str) -> Result<Option<serde_json::Value>> {
    get_in(db.read(), key).await
}

/// The same, within a transaction.
pub(crate) async fn get_in(
    conn: &impl ConnectionTrait,
    key: &str,
) -> Result<Option<serde_json::Value>> {
    let row = setting::Entity::find_by_id(key).one(conn).await?;
    Ok(row.map(|row| row.value))
}

/// Sets a setting.
pub(crate) async fn set(tx: &Tx, key: &str, value: serde_json::Value) -> Result<()> {
    match setting::Entity::find_by_id(key).one(tx.conn()).await? {
        Some(row) => {
            let mut row = row.into_active_model();
            row.value = Set(value);
            row.update(tx.conn()).await?;
        }
        None => {
            setting::ActiveModel {
                key: Set(key.to_owned()),
                value: Set(value),
            }
            .insert(tx.conn())
            .await?;
        }
    }
    Ok(())
}

/// The charity whose installation this is, once it was set up.
pub async fn home(db: &Db) -> Result<Option<OrganisationId>> {
    home_in(db.read()).await
}

/// The same, within a transaction.
pub(crate) async fn home_in(conn: &impl ConnectionTrait) -> Result<Option<OrganisationId>> {
    get_in(conn, HOME)
        .await?
        .map(|value| Ok(serde_json::from_value(value)?))
        .transpose()
}

/// Says whose installation this is.
pub(crate) async fn set_home(tx: &Tx, organisation: OrganisationId) -> Result<()> {
    set(tx, HOME, serde_json::to_value(organisation)?).await
}

/// What the demo says of a database that it made; nothing for any other.
pub async fn demo(db: &Db) -> Result<Option<serde_json::Value>> {
    get(db, DEMO).await
}

/// Marks a database as the demo's: everything in it is invented.
pub async fn mark_demo(db: &Db, ctx: &Ctx, value: &serde_json::Value) -> Result<()> {
    db.write(ctx, Command::new(Operation::SetUp), async |tx| {
        tx.note("demo", true);
        set(tx, DEMO, value.clone()).await
    })
    .await
}
