//! Erasing a person who has left, as far as the record of money allows: who did what stays, and
//! says no longer who that was.

use chrono::{Months, NaiveDate};
use entity::{
    MailState, PersonId, api_token, audit_entry, audit_personal, calendar_feed, mail, membership,
    person, position_seen, session, visit,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait,
};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::rules::Operation;
use super::{feeds, ops};
use crate::{Command, Ctx, Db, Error, Result};

/// How long after their last role somebody is proposed to be erased: as long as the Limitation Act
/// 1980, s. 5, lets somebody sue over a contract that they acted on.
pub const YEARS: u32 = 6;
/// What somebody is called who was erased.
const CALLED: &str = "Somebody who left";

/// Why, and that the preview was read.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// Why: who asked for it, or that the time is over. Name nobody here.
    #[validate(
        length(
            min = 1,
            max = 500,
            message = "Say why, in at most 500 characters, without naming anybody."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// What erasing a person would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ErasurePreview {
    /// The person.
    pub id: PersonId,
    /// What they are called now.
    pub display_name: String,
    /// Why they cannot be erased now; nothing when they can.
    pub refused: Option<String>,
    /// The last London day on which they held a role; absent when they never did or do for ever.
    pub left_on: Option<NaiveDate>,
    /// Letters whose address and text would go.
    pub letters: u64,
    /// Browsers and programs that would be signed out, and visits forgotten.
    pub ways_in: u64,
    /// Entries of the audit log whose personal values would go.
    pub personal_values: u64,
    /// Entries of the audit log that stay, under another name.
    pub entries_kept: u64,
}

/// The entries of the audit log that hold personal values about a person.
fn about(id: PersonId) -> Condition {
    let memberships = membership::Entity::find()
        .select_only()
        .column(membership::Column::Id)
        .filter(membership::Column::PersonId.eq(id))
        .into_query();
    Condition::any()
        .add(
            Condition::all()
                .add(audit_entry::Column::SubjectKind.eq("person"))
                .add(audit_entry::Column::SubjectId.eq(id)),
        )
        .add(
            Condition::all()
                .add(audit_entry::Column::SubjectKind.eq("membership"))
                .add(audit_entry::Column::SubjectId.in_subquery(memberships)),
        )
}

/// What stands in the way of erasing somebody, and the last day on which they held a role.
async fn standing(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    row: &person::Model,
) -> Result<(Option<String>, Option<NaiveDate>)> {
    let held = membership::Entity::find()
        .filter(membership::Column::PersonId.eq(row.id))
        .all(conn)
        .await?;
    let today = ctx.today();
    let last = |held: &membership::Model| match (held.revoked_at, held.ends_on) {
        (Some(at), ends_on) => {
            let on = at.with_timezone(&chrono_tz::Europe::London).date_naive();
            Some(ends_on.map_or(on, |ends_on| ends_on.min(on)))
        }
        (None, ends_on) => ends_on,
    };
    let holds = held
        .iter()
        .any(|held| held.revoked_at.is_none() && held.ends_on.is_none_or(|on| on >= today));
    let left_on = held.iter().filter_map(last).max().filter(|_| !holds);
    let waiting = mail::Entity::find()
        .filter(mail::Column::ToPersonId.eq(row.id))
        .filter(mail::Column::State.is_in([MailState::Queued, MailState::Unknown]))
        .count(conn)
        .await?;
    let refused = if row.email.ends_with(GONE) {
        Some("They were erased already.".to_owned())
    } else if ctx.person_id() == Some(row.id) {
        Some("Nobody erases themself: another administrator must.".to_owned())
    } else if holds {
        Some("They hold a role. Take it away first.".to_owned())
    } else if waiting > 0 {
        Some("Mail to them is on its way. Wait until it has been sent.".to_owned())
    } else {
        None
    };
    Ok((refused, left_on))
}

/// What the address of somebody ends with who was erased: no mail goes there.
const GONE: &str = "@erased.invalid";

/// What erasing somebody would do, without doing it.
pub async fn preview(db: &Db, ctx: &Ctx, id: PersonId) -> Result<ErasurePreview> {
    ctx.require(Operation::ErasePerson)?;
    let conn = db.snapshot().await?;
    let row = person::Entity::find_by_id(id)
        .one(&conn)
        .await?
        .ok_or(Error::NotFound)?;
    let (refused, left_on) = standing(&conn, ctx, &row).await?;
    let entries = audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Id)
        .filter(about(id))
        .into_query();
    let letters = mail::Entity::find()
        .filter(mail::Column::ToPersonId.eq(id))
        .count(&conn)
        .await?;
    let sessions = session::Entity::find()
        .filter(session::Column::PersonId.eq(id))
        .count(&conn)
        .await?;
    let tokens = api_token::Entity::find()
        .filter(api_token::Column::PersonId.eq(id))
        .count(&conn)
        .await?;
    let calendars = calendar_feed::Entity::find()
        .filter(calendar_feed::Column::PersonId.eq(id))
        .count(&conn)
        .await?;
    let personal_values = audit_personal::Entity::find()
        .filter(audit_personal::Column::EntryId.in_subquery(entries))
        .count(&conn)
        .await?;
    let entries_kept = audit_entry::Entity::find()
        .filter(audit_entry::Column::ActorId.eq(id))
        .count(&conn)
        .await?;
    Ok(ErasurePreview {
        id,
        display_name: row.display_name,
        refused,
        left_on,
        letters,
        ways_in: sessions + tokens + calendars,
        personal_values,
        entries_kept,
    })
}

/// Erases somebody who has left: their name, address and second check, the addresses and texts of
/// mail to them, the personal values beside the audit log. What they did for the record of money
/// stays, as done by somebody who left. It cannot be undone.
pub async fn erase(db: &Db, ctx: &Ctx, id: PersonId, why: &Erasure) -> Result<()> {
    ctx.require(Operation::ErasePerson)?;
    why.validate()?;
    let command = Command::on(Operation::ErasePerson, "person", id).long();
    db.write(ctx, command, async |tx| {
        tx.lock("person", id).await?;
        let row = person::Entity::find_by_id(id)
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        if let (Some(refused), _) = standing(tx.conn(), ctx, &row).await? {
            return Err(Error::refused("person-not-erasable", refused));
        }
        let mut row = row.into_active_model();
        row.display_name = Set(CALLED.to_owned());
        row.email = Set(format!("{id}{GONE}"));
        row.totp_secret = Set(None);
        row.totp_confirmed_at = Set(None);
        row.totp_last_step = Set(None);
        row.totp_failures = Set(0);
        row.totp_failed_at = Set(None);
        row.update(tx.conn()).await?;
        ops::end_sessions(tx, id, None).await?;
        session::Entity::update_many()
            .col_expr(session::Column::Device, Expr::value(""))
            .filter(session::Column::PersonId.eq(id))
            .exec(tx.conn())
            .await?;
        api_token::Entity::update_many()
            .col_expr(api_token::Column::Name, Expr::value(""))
            .col_expr(api_token::Column::RevokedAt, Expr::value(tx.now()))
            .filter(api_token::Column::PersonId.eq(id))
            .exec(tx.conn())
            .await?;
        feeds::end(tx, id).await?;
        mail::Entity::update_many()
            .col_expr(mail::Column::ToAddress, Expr::value(""))
            .col_expr(mail::Column::TextBody, Expr::value(None::<String>))
            .col_expr(mail::Column::HtmlBody, Expr::value(None::<String>))
            .col_expr(mail::Column::LastReply, Expr::value(None::<String>))
            .filter(mail::Column::ToPersonId.eq(id))
            .exec(tx.conn())
            .await?;
        visit::Entity::delete_many()
            .filter(visit::Column::PersonId.eq(id))
            .exec(tx.conn())
            .await?;
        position_seen::Entity::delete_many()
            .filter(position_seen::Column::PersonId.eq(id))
            .exec(tx.conn())
            .await?;
        let entries = audit_entry::Entity::find()
            .select_only()
            .column(audit_entry::Column::Id)
            .filter(about(id))
            .into_query();
        audit_personal::Entity::delete_many()
            .filter(audit_personal::Column::EntryId.in_subquery(entries))
            .exec(tx.conn())
            .await?;
        tx.note("reason", why.reason.trim());
        Ok(())
    })
    .await
}

/// Who has held no role for so long that they should be erased: a dry run, which erases nobody.
pub async fn due(db: &Db, ctx: &Ctx) -> Result<Vec<ErasurePreview>> {
    ctx.require(Operation::ErasePerson)?;
    let before = ctx.today().checked_sub_months(Months::new(12 * YEARS));
    let mut due = Vec::new();
    // somebody who never held a role has none to wait for, and is no more than an address
    for row in person::Entity::find()
        .filter(person::Column::Email.not_like(format!("%{GONE}")))
        .all(db.read())
        .await?
    {
        let (refused, left_on) = standing(db.read(), ctx, &row).await?;
        if refused.is_none() && left_on.is_some() && left_on < before {
            due.push(preview(db, ctx, row.id).await?);
        }
    }
    due.sort_by_key(|one| (one.left_on, one.id));
    Ok(due)
}

#[cfg(test)]
#[path = "erasure_tests.rs"]
mod tests;
