//! Facts about this installation: whose it is.

use entity::{OrganisationId, setting};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};

use crate::{Db, Result, Tx};

const HOME: &str = "home-organisation";

/// The charity whose installation this is, once it was set up.
pub async fn home(db: &Db) -> Result<Option<OrganisationId>> {
    let row = setting::Entity::find_by_id(HOME).one(db.read()).await?;
    row.map(|row| Ok(serde_json::from_value(row.value)?))
        .transpose()
}

/// Says whose installation this is.
pub(crate) async fn set_home(tx: &Tx, organisation: OrganisationId) -> Result<()> {
    let value = serde_json::to_value(organisation)?;
    match setting::Entity::find_by_id(HOME).one(tx.conn()).await? {
        Some(row) => {
            let mut row = row.into_active_model();
            row.value = Set(value);
            row.update(tx.conn()).await?;
        }
        None => {
            setting::ActiveModel {
                key: Set(HOME.to_owned()),
                value: Set(value),
            }
            .insert(tx.conn())
            .await?;
        }
    }
    Ok(())
}
