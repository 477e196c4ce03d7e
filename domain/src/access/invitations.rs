//! Inviting people, giving and taking roles, asking for a link.

use chrono::{Duration, NaiveDate};
use entity::{
    LinkPurpose, MailKind, MembershipId, OrganisationId, PersonId, Role, SignInLinkId, membership,
    person, session, sign_in_link,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use super::rules::{Operation, fits, is_grave, role_in_words};
use super::{ops, store};
use crate::ctx::Actor;
use crate::mail::{self, NewMail};
use crate::{Command, Ctx, Db, Error, Result, Tx, organisations};

/// How long a sign-in link works.
pub const LINK_LASTS: Duration = Duration::minutes(10);
/// How long an invitation works.
pub const INVITATION_LASTS: Duration = Duration::days(7);

/// A person to invite, with a role.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// Where the invitation goes, and how the person will sign in.
    #[validate(
        email(message = "Enter an e-mail address, such as name@example.org."),
        length(max = 254, message = "An e-mail address has at most 254 characters.")
    )]
    #[schema(max_length = 254, format = "email")]
    pub email: String,
    /// The name that the person chose to be shown by.
    #[validate(
        length(
            min = 1,
            max = 100,
            message = "Enter a name of at most 100 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub display_name: String,
    /// For whom the role is held.
    pub organisation_id: OrganisationId,
    /// What the person may do.
    pub role: Role,
    /// Last London date on which the role holds, if it ends.
    pub ends_on: Option<NaiveDate>,
}

/// What an invitation made.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Invited {
    /// The person.
    pub person_id: PersonId,
    /// The role given.
    pub membership_id: MembershipId,
    /// The link that the invitation carries.
    pub link_id: SignInLinkId,
}

/// Whether an administrator may take this role too: while no other could give it, and where it decides
/// nothing for others. So somebody alone can set a house up.
async fn may_take(tx: &Tx, ctx: &Ctx, own: PersonId, role: Role) -> Result<bool> {
    if is_grave(role) {
        return Ok(false);
    }
    let others = store::held_on(ctx.today())
        .filter(membership::Column::Role.eq(Role::Administrator))
        .filter(membership::Column::PersonId.ne(own));
    Ok(others.one(tx.conn()).await?.is_none())
}

/// Invites a person with a role; the link goes by mail. A person who is known already gets the
/// role besides those held, and a mail that says so. Nobody gives themself a role, but for the only
/// administrator of a house one that decides nothing for others; and no program gives one that does.
pub async fn invite(db: &Db, ctx: &Ctx, invitation: &Invitation) -> Result<Invited> {
    ctx.require(Operation::InvitePerson)?;
    invitation.validate()?;
    if invitation.ends_on.is_some_and(|last| last < ctx.today()) {
        return Err(Error::invalid(
            "/ends_on",
            "in-the-past",
            "Choose a day that is not yet over.",
        ));
    }
    if let Actor::Person(person) = &ctx.actor
        && person.scopes.is_some()
        && is_grave(invitation.role)
    {
        return Err(Error::NotAllowed(
            "A program cannot give this role. Sign in, and invite the person on the page."
                .to_owned(),
        ));
    }
    db.write(ctx, Command::new(Operation::InvitePerson), async |tx| {
        let place = store::places(tx.conn(), [invitation.organisation_id])
            .await?
            .remove(&invitation.organisation_id)
            .ok_or_else(|| {
                Error::invalid(
                    "/organisation_id",
                    "unknown",
                    "There is no such organisation.",
                )
            })?;
        if let Err(what_to_do) = fits(invitation.role, place) {
            return Err(Error::invalid(
                "/organisation_id",
                "role-does-not-fit",
                what_to_do,
            ));
        }
        let (reader, is_new) = match store::by_email(tx.conn(), &invitation.email).await? {
            Some(known) => (known, false),
            None => (add(tx, invitation).await?, true),
        };
        let person_id = reader.id;
        if ctx.person_id() == Some(person_id)
            && !may_take(tx, ctx, person_id, invitation.role).await?
        {
            return Err(Error::invalid(
                "/email",
                "own-role",
                "Nobody gives themself this role. Ask another administrator to give it to you.",
            ));
        }
        tx.lock("person", person_id).await?;
        if !is_new
            && store::roles(tx.conn(), person_id, ctx.today())
                .await?
                .is_empty()
        {
            // What was theirs before they had no role does not come to life with this one.
            ops::end_everything(tx, person_id).await?;
        }
        let membership_id = MembershipId::new();
        membership::ActiveModel {
            id: Set(membership_id),
            person_id: Set(person_id),
            organisation_id: Set(invitation.organisation_id),
            role: Set(invitation.role),
            starts_on: Set(ctx.today()),
            ends_on: Set(invitation.ends_on),
            revoked_at: Set(None),
            created_at: Set(tx.now()),
            created_by: Set(ctx.person_id()),
        }
        .insert(tx.conn())
        .await?;
        // Somebody who was here before signs in as always; the others get a link for it.
        let link_id = if !is_new && was_here(tx, person_id).await? {
            let told = ["You were given another role. Your account page shows which.".to_owned()];
            mail::tell(
                tx,
                MailKind::Notice,
                &reader,
                "You were given another role in Tributary",
                &told,
            )
            .await?;
            link(tx, person_id, LinkPurpose::SignIn, None).await?
        } else {
            write_link(tx, person_id, &reader.email, LinkPurpose::Invitation, None).await?
        };
        if is_grave(invitation.role) {
            tell_administrators(tx, ctx, invitation, person_id).await?;
        }
        tx.subject("person", person_id);
        tx.note("role", invitation.role.slug());
        tx.note("organisation_id", invitation.organisation_id.to_string());
        tx.note_personal(json!({
            "email": invitation.email, "display_name": invitation.display_name,
        }));
        Ok(Invited {
            person_id,
            membership_id,
            link_id,
        })
    })
    .await
}

async fn add(tx: &Tx, invitation: &Invitation) -> Result<person::Model> {
    Ok(person::ActiveModel {
        id: Set(PersonId::new()),
        email: Set(store::normal(&invitation.email)),
        display_name: Set(invitation.display_name.trim().to_owned()),
        totp_secret: Set(None),
        totp_confirmed_at: Set(None),
        totp_last_step: Set(None),
        totp_failures: Set(0),
        totp_failed_at: Set(None),
        created_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?)
}

/// Whether somebody has ever signed in, as far back as that is kept.
async fn was_here(tx: &Tx, id: PersonId) -> Result<bool> {
    let signed_in = session::Entity::find()
        .filter(session::Column::PersonId.eq(id))
        .one(tx.conn())
        .await?;
    Ok(signed_in.is_some())
}

/// Tells the other administrators that somebody was given a role that decides for others. Whom is
/// on the page: a mail does not name anybody's membership.
async fn tell_administrators(
    tx: &Tx,
    ctx: &Ctx,
    invitation: &Invitation,
    given_to: PersonId,
) -> Result<()> {
    let mut told: Vec<PersonId> = store::everybody(tx.conn(), ctx.today())
        .await?
        .into_iter()
        .filter(|held| held.role == Role::Administrator)
        .map(|held| held.person_id)
        .filter(|id| *id != given_to && Some(*id) != ctx.person_id())
        .collect();
    told.sort();
    told.dedup();
    let body = organisations::view::name_within(tx.conn(), invitation.organisation_id).await?;
    let by = match ctx.person() {
        Ok(person) => person.display_name.clone(),
        Err(_) => "Somebody on the machine itself".to_owned(),
    };
    let paragraphs = [
        format!(
            "{by} gave somebody the role of {} for {body}.",
            role_in_words(invitation.role)
        ),
        "The page People shows to whom. If you did not expect this, take the role away there and \
         speak to each other."
            .to_owned(),
    ];
    let subject = "Somebody was given a role in Tributary";
    mail::tell_each(tx, MailKind::Notice, told, subject, &paragraphs).await
}

/// Asks for a sign-in link. The answer is the same whether the address is known or not.
pub async fn ask_for_link(db: &Db, ctx: &Ctx, email: &str, goes_to: Option<&str>) -> Result<()> {
    db.write(ctx, Command::new(Operation::AskForLink), async |tx| {
        let Some(known) = store::by_email(tx.conn(), email).await? else {
            return Ok(());
        };
        write_link(tx, known.id, &known.email, LinkPurpose::SignIn, goes_to).await?;
        tx.subject("person", known.id);
        Ok(())
    })
    .await
}

/// A link and the mail that will carry it. The secret is made when the mail is delivered, so that
/// it is never stored readable.
async fn write_link(
    tx: &Tx,
    person_id: PersonId,
    address: &str,
    purpose: LinkPurpose,
    goes_to: Option<&str>,
) -> Result<SignInLinkId> {
    let link_id = link(tx, person_id, purpose, goes_to).await?;
    let subject = match purpose {
        LinkPurpose::SignIn => "Your link to sign in to Tributary",
        LinkPurpose::Invitation => "You are invited to Tributary",
    };
    mail::write(
        tx,
        NewMail {
            kind: MailKind::SignIn,
            to_person_id: Some(person_id),
            to_address: address.to_owned(),
            subject: subject.to_owned(),
            text: None,
            html: None,
            link_id: Some(link_id),
            day: None,
            not_before: None,
        },
    )
    .await?;
    Ok(link_id)
}

/// A link without a secret: nobody can use it before one is issued.
async fn link(
    tx: &Tx,
    person_id: PersonId,
    purpose: LinkPurpose,
    goes_to: Option<&str>,
) -> Result<SignInLinkId> {
    let link_id = SignInLinkId::new();
    sign_in_link::ActiveModel {
        id: Set(link_id),
        person_id: Set(person_id),
        purpose: Set(purpose),
        token_hash: Set(None),
        created_at: Set(tx.now()),
        expires_at: Set(tx.now() + lasts(purpose)),
        used_at: Set(None),
        goes_to: Set(goes_to.map(ToOwned::to_owned)),
    }
    .insert(tx.conn())
    .await?;
    Ok(link_id)
}

const fn lasts(purpose: LinkPurpose) -> Duration {
    match purpose {
        LinkPurpose::SignIn => LINK_LASTS,
        LinkPurpose::Invitation => INVITATION_LASTS,
    }
}

/// A secret for a link, made when it is about to be handed over: printed by the command line, or
/// composed into a mail in memory. A second one for the same link does not spoil the first.
pub async fn issue_secret(db: &Db, ctx: &Ctx, link_id: SignInLinkId) -> Result<String> {
    let (secret, hash) = store::secret("")?;
    db.write(ctx, Command::new(Operation::RecordDelivery), async |tx| {
        let link = sign_in_link::Entity::find_by_id(link_id)
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        if link.token_hash.is_none() {
            // the ten minutes begin when the link goes out, not when the queue was joined
            let lasts = lasts(link.purpose);
            let mut row = link.into_active_model();
            row.token_hash = Set(Some(hash.clone()));
            row.expires_at = Set(tx.now() + lasts);
            row.update(tx.conn()).await?;
        } else {
            sign_in_link::ActiveModel {
                id: Set(SignInLinkId::new()),
                person_id: Set(link.person_id),
                purpose: Set(link.purpose),
                token_hash: Set(Some(hash.clone())),
                created_at: Set(tx.now()),
                expires_at: Set(link.expires_at),
                used_at: Set(None),
                goes_to: Set(link.goes_to),
            }
            .insert(tx.conn())
            .await?;
        }
        Ok(())
    })
    .await?;
    Ok(secret)
}

/// A link for somebody who is known, handed over on the command line instead of by mail. It lasts
/// as long as an invitation, works once, and is audited.
pub async fn link_by_hand(db: &Db, ctx: &Ctx, email: &str) -> Result<String> {
    if !matches!(ctx.actor, Actor::System(_)) {
        return Err(Error::NotFound);
    }
    let (secret, hash) = store::secret("")?;
    db.write(ctx, Command::new(Operation::AskForLink), async |tx| {
        let known = store::by_email(tx.conn(), email)
            .await?
            .ok_or(Error::NotFound)?;
        sign_in_link::ActiveModel {
            id: Set(SignInLinkId::new()),
            person_id: Set(known.id),
            purpose: Set(LinkPurpose::Invitation),
            token_hash: Set(Some(hash.clone())),
            created_at: Set(tx.now()),
            expires_at: Set(tx.now() + INVITATION_LASTS),
            used_at: Set(None),
            goes_to: Set(None),
        }
        .insert(tx.conn())
        .await?;
        tx.subject("person", known.id);
        tx.note("handed_over", true);
        Ok(())
    })
    .await?;
    Ok(secret)
}

/// Takes a role away at once: the person's next request is without it. The last one takes their
/// sessions, programs and unused links with it.
pub async fn revoke(db: &Db, ctx: &Ctx, id: MembershipId) -> Result<()> {
    db.write(
        ctx,
        Command::on(Operation::RevokeMembership, "membership", id),
        async |tx| {
            let held = membership::Entity::find_by_id(id)
                .one(tx.conn())
                .await?
                .ok_or(Error::NotFound)?;
            if ctx.person_id() == Some(held.person_id) && held.role == Role::Administrator {
                return Err(Error::refused(
                    "own-administration",
                    "Somebody else must take this role from you, so that an administrator remains.",
                ));
            }
            tx.note("role", held.role.slug());
            let person_id = held.person_id;
            tx.lock("person", person_id).await?;
            if held.revoked_at.is_none() {
                let mut row = held.into_active_model();
                row.revoked_at = Set(Some(tx.now()));
                row.update(tx.conn()).await?;
            }
            if store::roles(tx.conn(), person_id, ctx.today())
                .await?
                .is_empty()
            {
                // Nothing is left to do here: nor is there a way in, until somebody invites anew.
                let ended = ops::end_everything(tx, person_id).await?;
                tx.note("ended_sessions", ended);
            }
            Ok(())
        },
    )
    .await
}
