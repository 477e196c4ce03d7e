//! The morning's mail: for each person one, of all that is due and was not yet said.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{DeadlineId, MailKind, PersonId, mail, person, reminder};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rules::{
    ActivePerson, Chosen, Digest, DigestEntry, digest, morning_of, part_in_words, rungs_due,
};
use super::store;
use crate::access::rules::Operation;
use crate::mail::{NewMail, Written};
use crate::{Command, Ctx, Db, Error, Result, Tx};

/// What a look at the deadlines brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Morning {
    /// Mails written.
    pub mails: usize,
    /// What nobody could be told of, in words.
    pub nobody: Vec<String>,
}

/// Writes the reminders that are due and not yet written: from 9am London time, at most one mail
/// for each person and London date. It takes no input and may be asked at any time; days on which
/// nothing ran lose nothing and end in one mail.
pub async fn send_due(
    db: &Db,
    ctx: &Ctx,
    compose: &dyn Fn(&Digest) -> Result<Written>,
) -> Result<Morning> {
    ctx.require(Operation::SendReminders)?;
    let Some(today) = morning_of(ctx.now()) else {
        return Ok(Morning::default());
    };
    let mut morning = Morning::default();
    let active = store::active_people(db.read(), today).await?;
    let duties = store::duties(db.read(), None).await?;
    let ids: Vec<DeadlineId> = duties.iter().map(|duty| duty.deadline.id).collect();
    let recorded = store::recorded(db.read(), &ids).await?;
    let mut due: BTreeMap<PersonId, Vec<DeadlineId>> = BTreeMap::new();
    for duty in &duties {
        let told = duty.told(&active, today);
        for part in told.nobody_for {
            morning.nobody.push(format!(
                "Nobody can be told of “{}” for {}.",
                duty.deadline.title,
                part_in_words(part)
            ));
        }
        for recipient in told.people {
            let known = recorded.get(&(duty.deadline.id, recipient.person));
            let known = known.map_or(&[][..], Vec::as_slice);
            if rungs_due(duty.deadline.due_on, duty.nation(), today, known).is_some() {
                due.entry(recipient.person)
                    .or_default()
                    .push(duty.deadline.id);
            }
        }
    }
    for (reader, deadlines) in due {
        if has_todays(db.read(), reader, today).await? {
            continue;
        }
        let written = db
            .write(
                ctx,
                Command::on(Operation::SendReminders, "person", reader),
                async |tx| write(tx, reader, &deadlines, &active, today, compose).await,
            )
            .await;
        match written {
            Ok(()) => morning.mails += 1,
            // Another worker wrote it, or all of it was settled, since we looked.
            Err(Error::Stale) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(morning)
}

async fn has_todays(
    conn: &impl sea_orm::ConnectionTrait,
    reader: PersonId,
    today: NaiveDate,
) -> Result<bool> {
    Ok(mail::Entity::find()
        .filter(mail::Column::ToPersonId.eq(reader))
        .filter(mail::Column::Day.eq(today))
        .one(conn)
        .await?
        .is_some())
}

/// Writes one person's mail, from the facts as they are now: under the person's lock, so that two
/// workers write one.
async fn write(
    tx: &Tx,
    reader: PersonId,
    deadlines: &[DeadlineId],
    active: &[ActivePerson],
    today: NaiveDate,
    compose: &dyn Fn(&Digest) -> Result<Written>,
) -> Result<()> {
    tx.lock("person", reader).await?;
    if has_todays(tx.conn(), reader, today).await? {
        return Err(Error::Stale);
    }
    let recorded = store::recorded(tx.conn(), deadlines).await?;
    let mut entries: Vec<DigestEntry> = Vec::new();
    let mut rungs: Vec<(DeadlineId, Chosen, Option<String>)> = Vec::new();
    for duty in store::duties(tx.conn(), Some(deadlines)).await? {
        let told = duty.told(active, today);
        let Some(recipient) = told.people.into_iter().find(|told| told.person == reader) else {
            continue;
        };
        let known = recorded.get(&(duty.deadline.id, reader));
        let known = known.map_or(&[][..], Vec::as_slice);
        if let Some(chosen) = rungs_due(duty.deadline.due_on, duty.nation(), today, known) {
            rungs.push((duty.deadline.id, chosen, recipient.fallback_in_words()));
            entries.push(duty.entry(recipient));
        }
    }
    let who = person::Entity::find_by_id(reader)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let words = digest(&who.display_name, tx.now(), &entries).ok_or(Error::Stale)?;
    let mail_id = crate::mail::write(
        tx,
        NewMail {
            day: Some(today),
            ..NewMail::written(MailKind::Digest, reader, &who.email, compose(&words)?)
        },
    )
    .await?;
    let mut reminders = Vec::new();
    for (deadline_id, chosen, fallback) in rungs {
        let row = |rung: super::rules::Rung, merged| reminder::ActiveModel {
            id: Set(Uuid::now_v7()),
            deadline_id: Set(deadline_id),
            person_id: Set(reader),
            rung: Set(rung.slug()),
            merged: Set(merged),
            fallback: Set(fallback.clone()),
            mail_id: Set(Some(mail_id)),
            created_at: Set(tx.now()),
        };
        reminders.push(row(chosen.rung, false));
        reminders.extend(chosen.merged.into_iter().map(|rung| row(rung, true)));
    }
    tx.note("mail_id", mail_id.to_string());
    tx.note("deadlines", rungs_told(&reminders));
    for row in reminders {
        row.insert(tx.conn()).await?;
    }
    Ok(())
}

/// How many duties the mail speaks of.
fn rungs_told(reminders: &[reminder::ActiveModel]) -> u64 {
    let told = reminders.iter().filter(|row| row.merged == Set(false));
    u64::try_from(told.count()).unwrap_or(u64::MAX)
}
