//! Correcting what a pool was written down as.

use entity::PoolId;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::access::rules::Operation;
use crate::pools::store;
use crate::{Command, Ctx, Db, Error, Result};

/// What a pool should have been written down as. Its short name in files stays.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PoolCorrection)]
pub struct Correction {
    /// What people call it.
    #[validate(
        length(
            min = 1,
            max = 120,
            message = "Enter a name of at most 120 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 120, pattern = r"\S")]
    pub name: String,
    /// What it is for, in one sentence.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say what it is for, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub purpose: String,
    /// Why.
    #[validate(
        length(min = 1, max = 1000, message = "Say why, in at most 1,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub reason: String,
}

/// Corrects the name and the purpose of a pool. What was certified, minuted or filed under the old name stays as it was.
pub async fn correct(
    db: &Db,
    ctx: &Ctx,
    id: PoolId,
    expected: Option<i64>,
    new: &Correction,
) -> Result<()> {
    ctx.require(Operation::CorrectPool)?;
    new.validate()?;
    let (name, purpose) = (new.name.trim(), new.purpose.trim());
    let command = Command::on(Operation::CorrectPool, "pool", id);
    db.write(ctx, command, async |tx| {
        let row = store::locked(tx, ctx, id, expected).await?;
        if row.name == name && row.purpose == purpose {
            return Err(Error::invalid(
                "/name",
                "nothing",
                "This is what it says already: change something.",
            ));
        }
        tx.note_change("name", &row.name, name);
        tx.note_change("purpose", &row.purpose, purpose);
        tx.note("reason", new.reason.trim());
        let version = row.version.saturating_add(1);
        let mut row = row.into_active_model();
        row.name = Set(name.to_owned());
        row.purpose = Set(purpose.to_owned());
        row.version = Set(version);
        row.update(tx.conn()).await?;
        Ok(())
    })
    .await
}
