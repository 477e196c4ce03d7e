//! Adding organisations.

use entity::{OrganisationId, OrganisationKind, organisation};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
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

fn check(new: &NewOrganisation) -> Result<()> {
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
    }
    .insert(tx.conn())
    .await;
    match inserted {
        Ok(_) => {
            tx.subject("organisation", id);
            Ok(id)
        }
        Err(error) if crate::db::is_unique_violation(&error) => Err(Error::invalid(
            "/org_id",
            "known-already",
            "An organisation with this org-id is known already.",
        )),
        Err(error) => Err(error.into()),
    }
}
