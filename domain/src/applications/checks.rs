//! What must hold of applications, looked up in the whole database.

use std::collections::BTreeMap;

use entity::{ApplicationEventKind, ApplicationId, DeadlineKind, application, deadline};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules::Life;
use super::{ops, store};
use crate::access::rules::Operation;
use crate::checks::rows;
use crate::{Ctx, Db, Result, audit, files};

async fn all(db: &Db) -> Result<Vec<application::Model>> {
    Ok(application::Entity::find()
        .order_by_asc(application::Column::Id)
        .all(db.read())
        .await?)
}

/// Where an application stands follows from what happened to it.
pub async fn states(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPipeline)?;
    let applications = all(db).await?;
    let ids: Vec<ApplicationId> = applications.iter().map(|row| row.id).collect();
    let mut events: BTreeMap<ApplicationId, Vec<ApplicationEventKind>> = BTreeMap::new();
    for event in store::events(db.read(), &ids).await? {
        events
            .entry(event.application_id)
            .or_default()
            .push(event.kind);
    }
    Ok(applications
        .into_iter()
        .filter(|row| {
            let told = events.remove(&row.id).unwrap_or_default();
            Life::of(told).ok().and_then(|life| life.state) != Some(row.state)
        })
        .map(|row| {
            format!(
                "“{}” does not stand where what happened to it leads.",
                row.title
            )
        })
        .collect())
}

/// Each application has exactly the deadlines that follow from where it stands.
pub async fn deadlines(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPipeline)?;
    let mut wrong = Vec::new();
    for row in all(db).await? {
        let mut expected: Vec<_> = ops::duties(db.read(), &row)
            .await?
            .into_iter()
            .map(|one| (one.kind, one.subject_id, one.due_at))
            .collect();
        let mut open: Vec<_> = deadline::Entity::find()
            .filter(deadline::Column::ApplicationId.eq(row.id))
            .filter(deadline::Column::Kind.ne(DeadlineKind::Return))
            .filter(deadline::Column::ClosedAt.is_null())
            .all(db.read())
            .await?
            .into_iter()
            .map(|one| (one.kind, one.subject_id, one.due_at))
            .collect();
        expected.sort();
        open.sort();
        if expected != open {
            wrong.push(format!(
                "The open deadlines of “{}” are not those that follow from where it stands.",
                row.title
            ));
        }
    }
    Ok(wrong)
}

/// What was sent is still what was sent, and was decided on before.
pub async fn as_sent(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPipeline)?;
    let mut wrong = Vec::new();
    for row in all(db).await? {
        let decisions = store::decisions(db.read(), &[row.id]).await?;
        for sent in store::submissions(db.read(), &[row.id]).await? {
            if files::sha256(audit::canonical(&sent.content).as_bytes()) != sent.content_hash {
                wrong.push(format!(
                    "What was sent of “{}” is not as it was kept.",
                    row.title
                ));
            }
            let decided = decisions
                .iter()
                .any(|one| one.go && one.recorded_at <= sent.recorded_at);
            if !decided {
                wrong.push(format!(
                    "“{}” was sent before anybody decided to apply.",
                    row.title
                ));
            }
        }
    }
    Ok(wrong)
}

/// An award that an application became is of its programme, under the reference of the offer. Its
/// amount may have been amended since.
pub async fn awards(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPipeline)?;
    rows(
        db,
        "SELECT application.title AS title FROM application \
         JOIN award ON award.id = application.award_id \
         JOIN application_offer AS offer ON offer.application_id = application.id \
           AND offer.superseded_at IS NULL \
         WHERE award.programme_id IS NULL OR award.programme_id <> application.programme_id \
            OR award.reference <> offer.reference \
         ORDER BY application.title",
    )
    .await?
    .iter()
    .map(|row| {
        let title: String = row.try_get("", "title")?;
        Ok(format!(
            "The award that “{title}” became is not the one that was offered."
        ))
    })
    .collect()
}
