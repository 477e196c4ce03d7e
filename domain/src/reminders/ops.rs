//! The morning's mail: for each person one, of all that is due and was not yet said.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{DeadlineId, MailKind, MailState, PersonId, mail, person, reminder};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rules::{
    ActivePerson, Chosen, Digest, DigestEntry, digest, leaves_at, morning_of, part_in_words,
    rungs_due,
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

/// Writes the reminders that are due and not yet written: at most one mail for each person and
/// London date, which leaves at nine. What becomes due before it has left is added to it; what
/// turns up after that and is due today or late, and was never spoken of to its reader, is a mail of
/// its own the same day, and the rest goes with the next morning's. It takes no input and may be asked at any time; days on which nothing ran lose nothing and end in one
/// mail.
pub async fn send_due(
    db: &Db,
    ctx: &Ctx,
    compose: &dyn Fn(&Digest) -> Result<Written>,
) -> Result<Morning> {
    ctx.require(Operation::SendReminders)?;
    let today = morning_of(ctx.now());
    let mut morning = Morning::default();
    let active = store::active_people(db.read(), today).await?;
    let duties = store::duties(db.read(), ctx.now(), None).await?;
    let ids: Vec<DeadlineId> = duties.iter().map(|duty| duty.deadline.id).collect();
    let recorded = store::recorded(db.read(), &ids).await?;
    let mut due: BTreeMap<PersonId, Vec<DeadlineId>> = BTreeMap::new();
    // What is due today or late and was never spoken of to them: it does not wait for another day.
    let mut urgent: BTreeSet<(PersonId, DeadlineId)> = BTreeSet::new();
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
                if known.is_empty() && duty.deadline.due_on <= today {
                    urgent.insert((recipient.person, duty.deadline.id));
                }
                due.entry(recipient.person)
                    .or_default()
                    .push(duty.deadline.id);
            }
        }
    }
    for (reader, deadlines) in due {
        let late = has_left(db.read(), reader, today).await?;
        let deadlines: Vec<DeadlineId> = deadlines
            .into_iter()
            .filter(|deadline| !late || urgent.contains(&(reader, *deadline)))
            .collect();
        if deadlines.is_empty() {
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
            Ok(new) => morning.mails += usize::from(new),
            // Another worker wrote it, or all of it was settled, since we looked.
            Err(Error::Stale) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(morning)
}

/// Whether a person's mail of this morning was handed over, or ended otherwise.
async fn has_left(
    conn: &impl sea_orm::ConnectionTrait,
    reader: PersonId,
    today: NaiveDate,
) -> Result<bool> {
    Ok(mail::Entity::find()
        .filter(mail::Column::ToPersonId.eq(reader))
        .filter(mail::Column::Day.eq(today))
        .one(conn)
        .await?
        .is_some_and(|mail| !is_waiting(&mail)))
}

/// Whether a mail was never handed over yet.
fn is_waiting(mail: &mail::Model) -> bool {
    mail.state == MailState::Queued && mail.attempts == 0
}

/// A person's mail that was written and never handed over yet, of this morning or of one before:
/// what is due goes with it.
async fn waiting(tx: &Tx, reader: PersonId, today: NaiveDate) -> Result<Option<mail::Model>> {
    let known = mail::Entity::find()
        .filter(mail::Column::ToPersonId.eq(reader))
        .filter(mail::Column::Kind.eq(MailKind::Digest))
        .filter(mail::Column::State.eq(MailState::Queued))
        .filter(mail::Column::Attempts.eq(0))
        .filter(mail::Column::Day.lte(today))
        .order_by_desc(mail::Column::Day)
        .one(tx.conn())
        .await?;
    let Some(known) = known else {
        return Ok(None);
    };
    // It may be taken at this moment: read again under its lock.
    tx.lock("mail", known.id).await?;
    Ok(mail::Entity::find_by_id(known.id)
        .one(tx.conn())
        .await?
        .filter(is_waiting))
}

/// Writes one person's mail, from the facts as they are now: under the person's lock, so that two
/// workers write one. Says whether it is a new one.
async fn write(
    tx: &Tx,
    reader: PersonId,
    deadlines: &[DeadlineId],
    active: &[ActivePerson],
    today: NaiveDate,
    compose: &dyn Fn(&Digest) -> Result<Written>,
) -> Result<bool> {
    tx.lock("person", reader).await?;
    let late = has_left(tx.conn(), reader, today).await?;
    let recorded = store::recorded(tx.conn(), deadlines).await?;
    let mut entries: Vec<DigestEntry> = Vec::new();
    let mut rungs: Vec<(DeadlineId, NaiveDate, Chosen, Option<String>)> = Vec::new();
    for duty in store::duties(tx.conn(), tx.now(), Some(deadlines)).await? {
        let told = duty.told(active, today);
        let Some(recipient) = told.people.into_iter().find(|told| told.person == reader) else {
            continue;
        };
        let known = recorded.get(&(duty.deadline.id, reader));
        let known = known.map_or(&[][..], Vec::as_slice);
        if late && (!known.is_empty() || duty.deadline.due_on > today) {
            continue;
        }
        if let Some(chosen) = rungs_due(duty.deadline.due_on, duty.nation(), today, known) {
            rungs.push((
                duty.deadline.id,
                duty.deadline.due_on,
                chosen,
                recipient.fallback_in_words(),
            ));
            entries.push(duty.entry(recipient));
        }
    }
    let who = person::Entity::find_by_id(reader)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    if entries.is_empty() {
        return Err(Error::Stale);
    }
    let waiting = match late {
        true => None,
        false => waiting(tx, reader, today).await?,
    };
    let mail_id = match &waiting {
        Some(waiting) => waiting.id,
        None => {
            let words = digest(&who.display_name, tx.now(), &entries).ok_or(Error::Stale)?;
            let new = NewMail {
                // What turns up later is not the morning's.
                day: (!late).then_some(today),
                not_before: Some(leaves_at(today)),
                ..NewMail::written(MailKind::Digest, reader, &who.email, compose(&words)?)
            };
            crate::mail::write(tx, new).await?
        }
    };
    let mut reminders = Vec::new();
    for (deadline_id, due_on, chosen, fallback) in rungs {
        let row = |rung: super::rules::Rung, merged| reminder::ActiveModel {
            id: Set(Uuid::now_v7()),
            deadline_id: Set(deadline_id),
            due_on: Set(due_on),
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
    let Some(waiting) = waiting else {
        return Ok(true);
    };
    // All of it in one mail: what it said already, and what is due since.
    let all = store::still_open(tx, today, mail_id).await?;
    let words = digest(&who.display_name, tx.now(), &all).ok_or(Error::Stale)?;
    crate::mail::rewrite(tx, waiting, compose(&words)?, today).await?;
    Ok(false)
}

/// How many duties the mail speaks of.
fn rungs_told(reminders: &[reminder::ActiveModel]) -> u64 {
    let told = reminders.iter().filter(|row| row.merged == Set(false));
    u64::try_from(told.count()).unwrap_or(u64::MAX)
}
