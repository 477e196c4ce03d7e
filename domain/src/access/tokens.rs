//! API tokens: scoped, hashed, expiring, shown once, recognisable by their prefix.

use chrono::Duration;
use entity::{ApiTokenId, api_token};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::rules::{Operation, Scope};
use super::store;
use crate::{Command, Ctx, Db, Error, Result};

/// How every token begins, so that one that leaked can be recognised.
pub const PREFIX: &str = "trib_";

/// A token to make.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for, in its owner's words.
    #[validate(
        length(
            min = 1,
            max = 100,
            message = "Enter a name of at most 100 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub name: String,
    /// What it may do: `read`, `spend`, `records`, `returns`, `administration`.
    #[validate(length(min = 1, max = 5, message = "Choose at least one scope."))]
    #[schema(min_items = 1, max_items = 5, value_type = Vec<Scope>)]
    pub scopes: Vec<String>,
    /// For how many days it works, at most 366.
    #[validate(range(min = 1, max = 366, message = "Choose between 1 and 366 days."))]
    #[schema(minimum = 1, maximum = 366)]
    pub days: i64,
}

/// A token that was just made. The secret is shown this once.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct MadeToken {
    /// The token's id.
    pub id: ApiTokenId,
    /// What to send as `Authorization: Bearer …`. It cannot be shown again.
    pub secret: String,
}

/// Makes a token for the acting person.
pub async fn create(db: &Db, ctx: &Ctx, new: &NewToken) -> Result<MadeToken> {
    ctx.require(Operation::CreateToken)?;
    new.validate()?;
    let person = ctx.person()?;
    let person_id = person.id;
    if person.roles.is_empty() {
        return Err(Error::NotAllowed(
            "You have no role here at present, so there is nothing that a program could do."
                .to_owned(),
        ));
    }
    for (index, slug) in new.scopes.iter().enumerate() {
        if Scope::from_slug(slug).is_none() {
            return Err(Error::invalid(
                format!("/scopes/{index}"),
                "unknown-scope",
                "The scopes are read, spend, records, returns and administration.",
            ));
        }
    }
    let (secret, hash) = store::secret(PREFIX)?;
    let (id, kept) = db
        .write(ctx, Command::new(Operation::CreateToken), async |tx| {
            let id = ApiTokenId::new();
            api_token::ActiveModel {
                id: Set(id),
                person_id: Set(person_id),
                name: Set(new.name.clone()),
                prefix: Set(secret.chars().take(PREFIX.len() + 4).collect()),
                token_hash: Set(hash.clone()),
                scopes: Set(serde_json::to_value(&new.scopes)?),
                created_at: Set(tx.now()),
                expires_at: Set(tx.now() + Duration::days(new.days)),
                last_used_at: Set(None),
                revoked_at: Set(None),
            }
            .insert(tx.conn())
            .await?;
            tx.subject("api-token", id);
            tx.note("scopes", new.scopes.clone());
            Ok((id, hash.clone()))
        })
        .await?;
    // a repeated request finds the first one's token, whose secret nobody keeps
    if kept != hash {
        return Err(Error::refused(
            "token-shown-once",
            "This request made a token before, and its secret is shown only once. If it was lost, \
             take that token back and make another with a new Idempotency-Key.",
        ));
    }
    Ok(MadeToken { id, secret })
}

/// Takes a token of the acting person back.
pub async fn revoke(db: &Db, ctx: &Ctx, id: ApiTokenId) -> Result<()> {
    let person_id = ctx.person()?.id;
    db.write(
        ctx,
        Command::on(Operation::RevokeToken, "api-token", id),
        async |tx| {
            let row = api_token::Entity::find_by_id(id)
                .one(tx.conn())
                .await?
                .filter(|row| row.person_id == person_id)
                .ok_or(Error::NotFound)?;
            let mut row = row.into_active_model();
            row.revoked_at = Set(Some(tx.now()));
            row.update(tx.conn()).await?;
            Ok(())
        },
    )
    .await
}
