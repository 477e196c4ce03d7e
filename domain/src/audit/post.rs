//! The day's head, to those who audit: it goes where whoever owns the database cannot change it.

use chrono::{NaiveDate, TimeZone};
use chrono_tz::Europe::London;
use entity::{MailKind, PersonId, Role, mail, person};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::ops::{Head, head};
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, Tx, access};

/// Writes each auditor's mail of today with the head of the log, if it was not written yet. It
/// takes no input and may be asked at any time: after days on which nothing ran one mail is enough,
/// for a later head holds every earlier one. Gives how many were written.
pub async fn tell_auditors(db: &Db, ctx: &Ctx) -> Result<usize> {
    ctx.require(Operation::TellAuditors)?;
    let Some(head) = head(db).await? else {
        return Ok(0);
    };
    let today = ctx.today();
    let mut auditors: Vec<PersonId> = access::everybody(db.read(), today)
        .await?
        .into_iter()
        .filter(|held| held.role == Role::Auditor)
        .map(|held| held.person_id)
        .collect();
    auditors.sort();
    auditors.dedup();
    let mut written = 0;
    for reader in auditors {
        if was_told(db.read(), reader, today).await? {
            continue;
        }
        let done = db
            .write(
                ctx,
                Command::on(Operation::TellAuditors, "person", reader),
                async |tx| write(tx, reader, today, &head).await,
            )
            .await;
        match done {
            Ok(()) => written += 1,
            // Another worker wrote it since we looked.
            Err(Error::Stale) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}

async fn was_told(conn: &impl ConnectionTrait, reader: PersonId, today: NaiveDate) -> Result<bool> {
    let midnight = London
        .from_local_datetime(&today.and_time(chrono::NaiveTime::MIN))
        .earliest()
        .ok_or_else(|| Error::internal("a day without a midnight"))?
        .to_utc();
    Ok(mail::Entity::find()
        .filter(mail::Column::ToPersonId.eq(reader))
        .filter(mail::Column::Kind.eq(MailKind::AuditHead))
        .filter(mail::Column::CreatedAt.gte(midnight))
        .one(conn)
        .await?
        .is_some())
}

async fn write(tx: &Tx, reader: PersonId, today: NaiveDate, head: &Head) -> Result<()> {
    tx.lock("person", reader).await?;
    if was_told(tx.conn(), reader, today).await? {
        return Err(Error::Stale);
    }
    let who = person::Entity::find_by_id(reader)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let paragraphs = [
        format!(
            "The audit log holds {} sealed entries. Its head, the link of the newest one, is:",
            head.seq
        ),
        head.hash.clone(),
        "Keep this mail. Nobody can change an entry that was there before it without this head \
         going missing from the chain. Whoever has the machine checks it so:"
            .to_owned(),
        format!("tributary audit verify --head {}", head.hash),
    ];
    crate::mail::tell(
        tx,
        MailKind::AuditHead,
        &who,
        &format!("Audit log: {} entries", head.seq),
        &paragraphs,
    )
    .await?;
    Ok(())
}
