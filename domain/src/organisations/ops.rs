//! Adding organisations.

use entity::{OrganisationId, OrganisationKind, organisation};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, Tx, settings};

/// An organisation to add.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganisation {
    /// The public identifier, such as `GB-CHC-1234567`.
    #[validate(length(
        min = 5,
        max = 80,
        message = "Enter an org-id, such as GB-CHC-1234567."
    ))]
    #[schema(
        min_length = 5,
        max_length = 80,
        pattern = r"^[A-Za-z0-9_./]+-[A-Za-z0-9_./]+-[A-Za-z0-9_./-]+$"
    )]
    pub org_id: String,
    /// The name people know it by.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Enter a name of at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// What sort of body it is.
    pub kind: OrganisationKind,
}

/// Adds an organisation.
pub async fn create(db: &Db, ctx: &Ctx, new: &NewOrganisation) -> Result<OrganisationId> {
    ctx.require(Operation::CreateOrganisation)?;
    check(new)?;
    db.write(
        ctx,
        Command::new(Operation::CreateOrganisation),
        async |tx| insert(tx, new).await,
    )
    .await
}

/// The first organisation of an installation: the charity whose it is.
pub async fn set_up_home(db: &Db, ctx: &Ctx, new: &NewOrganisation) -> Result<OrganisationId> {
    check(new)?;
    db.write(ctx, Command::new(Operation::SetUp), async |tx| {
        let id = insert(tx, new).await?;
        settings::set_home(tx, id).await?;
        Ok(id)
    })
    .await
}

/// What an organisation should have been written down as.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrganisationCorrection)]
pub struct Correction {
    /// The public identifier, such as `GB-CHC-1234567`.
    #[schema(
        min_length = 5,
        max_length = 80,
        pattern = r"^[A-Za-z0-9_./]+-[A-Za-z0-9_./]+-[A-Za-z0-9_./-]+$"
    )]
    pub org_id: String,
    /// The name people know it by.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// What sort of body it is.
    pub kind: OrganisationKind,
    /// Why.
    #[validate(
        length(min = 1, max = 1000, message = "Say why, in at most 1,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub reason: String,
}

/// Corrects what is written down of an organisation; its version afterwards. What was certified
/// stays as it was certified.
pub async fn correct(
    db: &Db,
    ctx: &Ctx,
    id: OrganisationId,
    new: &Correction,
    expected: Option<i64>,
) -> Result<i64> {
    ctx.require(Operation::CorrectOrganisation)?;
    let right = NewOrganisation {
        org_id: new.org_id.clone(),
        name: new.name.clone(),
        kind: new.kind,
    };
    check(&right)?;
    new.validate()?;
    let reason = new.reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("/reason", "required", "Say why."));
    }
    let command = Command::on(Operation::CorrectOrganisation, "organisation", id);
    db.write(ctx, command, async |tx| {
        tx.lock("organisation", id).await?;
        let row = organisation::Entity::find_by_id(id)
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        if expected.is_some_and(|expected| expected != row.version) {
            return Err(Error::Stale);
        }
        let version = row.version.saturating_add(1);
        tx.note("name_before", row.name.clone());
        tx.note("name", right.name.trim());
        tx.note("org_id_before", row.org_id.clone());
        tx.note("org_id", right.org_id.trim());
        tx.note("reason", reason);
        let mut row = row.into_active_model();
        row.name = Set(right.name.trim().to_owned());
        row.org_id = Set(right.org_id.trim().to_owned());
        row.kind = Set(right.kind);
        row.version = Set(version);
        match row.update(tx.conn()).await {
            Ok(_) => Ok(version),
            Err(error) if crate::db::is_unique_violation(&error) => Err(known_already()),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

fn known_already() -> Error {
    Error::invalid(
        "/org_id",
        "known-already",
        "An organisation with this org-id is known already.",
    )
}

fn check(new: &NewOrganisation) -> Result<()> {
    if new.name.trim().is_empty() {
        return Err(Error::invalid("/name", "required", "Enter its name."));
    }
    new.validate()?;
    // https://org-id.guide: a list code with a hyphen, then the list's own identifier
    let shape = new.org_id.splitn(3, '-').collect::<Vec<_>>();
    let plain = new
        .org_id
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    if shape.len() < 3 || shape.iter().any(|part| part.is_empty()) || !plain {
        return Err(Error::invalid(
            "/org_id",
            "not-an-org-id",
            "An org-id has a list's code and a number, such as GB-CHC-1234567 or GB-LAE-KEN.",
        ));
    }
    Ok(())
}

async fn insert(tx: &Tx, new: &NewOrganisation) -> Result<OrganisationId> {
    let id = OrganisationId::new();
    let inserted = organisation::ActiveModel {
        id: Set(id),
        org_id: Set(new.org_id.trim().to_owned()),
        name: Set(new.name.trim().to_owned()),
        kind: Set(new.kind),
        created_at: Set(tx.now()),
        version: Set(1),
    }
    .insert(tx.conn())
    .await;
    match inserted {
        Ok(_) => {
            tx.subject("organisation", id);
            Ok(id)
        }
        Err(error) if crate::db::is_unique_violation(&error) => Err(known_already()),
        Err(error) => Err(error.into()),
    }
}
