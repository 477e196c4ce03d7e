//! Whom to ask at an organisation.

use entity::{ContactId, OrganisationId, contact};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::{Validate, ValidateEmail};

use super::view;
use crate::access::rules::{Operation, Sight, sight};
use crate::{Command, Ctx, Db, Error, FieldError, Result, funder_links};

/// Most contacts of one organisation.
const MOST: u64 = 100;

/// Somebody to ask at an organisation.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    /// What they are called.
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
    /// What to ask them about, such as “claims and payments”.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Say what to ask them about, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub about: String,
    /// Their e-mail address at work.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub email: Option<String>,
    /// Their telephone number at work.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub telephone: Option<String>,
}

/// Somebody to ask, as readers get them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ContactView {
    /// Their id.
    pub id: ContactId,
    /// What they are called.
    pub name: String,
    /// What to ask them about.
    pub about: String,
    /// Their e-mail address at work.
    pub email: Option<String>,
    /// Their telephone number at work.
    pub telephone: Option<String>,
}

impl NewContact {
    fn check(&self) -> Result<()> {
        let filled = |name: &str, text: &str, detail: &str| {
            text.trim()
                .is_empty()
                .then(|| FieldError::new(name, "required", detail))
        };
        let mut wrong: Vec<FieldError> = [
            filled("/name", &self.name, "Enter their name."),
            filled("/about", &self.about, "Say what to ask them about."),
        ]
        .into_iter()
        .flatten()
        .collect();
        if wrong.is_empty() {
            self.validate()?;
        }
        if let Some(email) = given(self.email.as_ref())
            && (!email.validate_email() || email.len() > 254)
        {
            wrong.push(FieldError::new(
                "/email",
                "not-an-address",
                "Enter an e-mail address, such as name@example.org, or leave it empty.",
            ));
        }
        if let Some(number) = given(self.telephone.as_ref()) {
            let digits = number.chars().filter(char::is_ascii_digit).count();
            let plain = |c: char| c.is_ascii_digit() || "+()- .ext".contains(c);
            if !(7..=20).contains(&digits) || number.len() > 40 || !number.chars().all(plain) {
                wrong.push(FieldError::new(
                    "/telephone",
                    "not-a-number",
                    "Enter a telephone number, such as 020 7946 0123, or leave it empty.",
                ));
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

/// What is there besides blanks.
fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// Whom to ask at an organisation, by name. Staff and boards see them.
pub async fn list(db: &Db, ctx: &Ctx, organisation: OrganisationId) -> Result<Vec<ContactView>> {
    ctx.require(Operation::ReadContacts)?;
    view::one(db, ctx, organisation).await?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let rows = contact::Entity::find()
        .filter(contact::Column::OrganisationId.eq(organisation))
        .filter(contact::Column::RemovedAt.is_null())
        .order_by_asc(contact::Column::Name)
        .order_by_asc(contact::Column::Id)
        .all(db.read())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| ContactView {
            id: row.id,
            name: row.name,
            about: row.about,
            email: row.email,
            telephone: row.telephone,
        })
        .collect())
}

/// Adds somebody to ask. Who it is stands beside the record, where it can be erased.
pub async fn add(
    db: &Db,
    ctx: &Ctx,
    organisation: OrganisationId,
    new: &NewContact,
) -> Result<ContactId> {
    ctx.require(Operation::KeepContacts)?;
    view::one(db, ctx, organisation).await?;
    new.check()?;
    let command = Command::on(Operation::KeepContacts, "organisation", organisation);
    db.write(ctx, command, async |tx| {
        tx.lock("organisation", organisation).await?;
        let there = contact::Entity::find()
            .filter(contact::Column::OrganisationId.eq(organisation))
            .filter(contact::Column::RemovedAt.is_null())
            .count(tx.conn())
            .await?;
        if there >= MOST {
            return Err(Error::refused(
                "too-many-contacts",
                format!("An organisation has at most {MOST} contacts: take one out first."),
            ));
        }
        let id = ContactId::new();
        contact::ActiveModel {
            id: Set(id),
            organisation_id: Set(organisation),
            name: Set(new.name.trim().to_owned()),
            about: Set(new.about.trim().to_owned()),
            email: Set(given(new.email.as_ref()).map(str::to_owned)),
            telephone: Set(given(new.telephone.as_ref()).map(str::to_owned)),
            added_by: Set(ctx.person_id()),
            added_at: Set(tx.now()),
            removed_by: Set(None),
            removed_at: Set(None),
        }
        .insert(tx.conn())
        .await?;
        tx.note("about", new.about.trim());
        tx.note_personal(json!({"contact": new.name.trim()}));
        Ok(id)
    })
    .await
}

/// Says anew what somebody to ask is called, where they are reached and what they are asked about. What
/// it was before is not kept of the person, but beside the record, where it can be erased.
pub async fn change(
    db: &Db,
    ctx: &Ctx,
    organisation: OrganisationId,
    id: ContactId,
    new: &NewContact,
) -> Result<()> {
    ctx.require(Operation::KeepContacts)?;
    view::one(db, ctx, organisation).await?;
    new.check()?;
    let command = Command::on(Operation::KeepContacts, "organisation", organisation);
    db.write(ctx, command, async |tx| {
        tx.lock("organisation", organisation).await?;
        let row = contact::Entity::find_by_id(id)
            .filter(contact::Column::OrganisationId.eq(organisation))
            .filter(contact::Column::RemovedAt.is_null())
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        tx.note("about", new.about.trim());
        tx.note("changed", true);
        tx.note_personal(json!({"contact": new.name.trim(), "contact_before": row.name}));
        let mut row = row.into_active_model();
        row.name = Set(new.name.trim().to_owned());
        row.about = Set(new.about.trim().to_owned());
        row.email = Set(given(new.email.as_ref()).map(str::to_owned));
        row.telephone = Set(given(new.telephone.as_ref()).map(str::to_owned));
        row.update(tx.conn()).await?;
        Ok(())
    })
    .await
}

/// Takes somebody out: nothing of the person is kept, and the links that went to them work no longer.
pub async fn remove(db: &Db, ctx: &Ctx, organisation: OrganisationId, id: ContactId) -> Result<()> {
    ctx.require(Operation::KeepContacts)?;
    view::one(db, ctx, organisation).await?;
    let command = Command::on(Operation::KeepContacts, "organisation", organisation);
    db.write(ctx, command, async |tx| {
        tx.lock("organisation", organisation).await?;
        let row = contact::Entity::find_by_id(id)
            .filter(contact::Column::OrganisationId.eq(organisation))
            .filter(contact::Column::RemovedAt.is_null())
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        tx.note("about", row.about.clone());
        tx.note("taken_out", true);
        let ended = funder_links::ops::contact_leaves(tx, ctx, id).await?;
        if ended > 0 {
            tx.note("links_taken_back", ended);
        }
        let mut row = row.into_active_model();
        row.name = Set(String::new());
        row.email = Set(None);
        row.telephone = Set(None);
        row.removed_by = Set(ctx.person_id());
        row.removed_at = Set(Some(tx.now()));
        row.update(tx.conn()).await?;
        Ok(())
    })
    .await
}
