//! Deadlines' rows. They have no verbs of their own: a deadline comes with its return, its application
//! or another record, and only what happens to that closes it.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ApplicationId, AwardId, DeadlineId, DeadlineKind, GrantReturnId, JobKind, PersonId, deadline,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::rules::Due;
use crate::{Error, Result, Tx, closures, jobs};

/// Adds the deadline of a new return.
pub(crate) async fn open(
    tx: &Tx,
    return_id: GrantReturnId,
    award_id: AwardId,
    title: &str,
    due: &Due,
) -> Result<()> {
    deadline::ActiveModel {
        id: Set(DeadlineId::new()),
        kind: Set(DeadlineKind::Return),
        subject_id: Set(return_id.into()),
        return_id: Set(Some(return_id)),
        award_id: Set(Some(award_id)),
        application_id: Set(None),
        who_id: Set(None),
        title: Set(title.to_owned()),
        due_on: Set(due.on),
        due_at: Set(due.instant()),
        closed_at: Set(None),
        created_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?;
    remind(tx).await
}

/// It may be due already: whoever it waits for is told this morning, not the next.
async fn remind(tx: &Tx) -> Result<()> {
    jobs::ask(tx, JobKind::SendReminders).await
}

/// The date is another one now: what is asked has changed before the return was drafted.
pub(crate) async fn moved(tx: &Tx, return_id: GrantReturnId, title: &str, due: &Due) -> Result<()> {
    let row = deadline::Entity::find()
        .filter(deadline::Column::ReturnId.eq(return_id))
        .one(tx.conn())
        .await?
        .ok_or_else(|| Error::internal("a return without its deadline"))?;
    let mut row = row.into_active_model();
    row.title = Set(title.to_owned());
    row.due_on = Set(due.on);
    row.due_at = Set(due.instant());
    row.update(tx.conn()).await?;
    Ok(())
}

/// The duty is done with: the return was sent, or is not wanted.
pub(crate) async fn close(tx: &Tx, return_id: GrantReturnId) -> Result<()> {
    set_closed(tx, return_id, true).await
}

/// The duty is there again: the return was opened again. Of an award that is closed it has no day any
/// more.
pub(crate) async fn reopen(tx: &Tx, return_id: GrantReturnId) -> Result<()> {
    set_closed(tx, return_id, false).await
}

/// The award is closed: nothing of it is due any more.
pub(crate) async fn stop_of_award(tx: &Tx, id: AwardId) -> Result<()> {
    let open = deadline::Entity::find()
        .filter(deadline::Column::AwardId.eq(id))
        .filter(deadline::Column::ClosedAt.is_null())
        .all(tx.conn())
        .await?;
    for row in open {
        let mut row = row.into_active_model();
        row.closed_at = Set(Some(tx.now()));
        row.update(tx.conn()).await?;
    }
    Ok(())
}

async fn set_closed(tx: &Tx, return_id: GrantReturnId, closed: bool) -> Result<()> {
    let row = deadline::Entity::find()
        .filter(deadline::Column::ReturnId.eq(return_id))
        .one(tx.conn())
        .await?
        .ok_or_else(|| Error::internal("a return without its deadline"))?;
    if let (false, Some(award_id)) = (closed, row.award_id)
        && closures::store::is_closed(tx.conn(), award_id).await?
    {
        return Ok(());
    }
    let mut row = row.into_active_model();
    row.closed_at = Set(closed.then_some(tx.now()));
    row.update(tx.conn()).await?;
    Ok(())
}

/// A deadline that a record has: an application, a paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Duty {
    /// What must be done.
    pub kind: DeadlineKind,
    /// The stage, the task, or the record itself.
    pub subject_id: Uuid,
    /// Who does it, where a person is named for it.
    pub who_id: Option<PersonId>,
    /// What is due.
    pub title: String,
    /// London date.
    pub due_on: NaiveDate,
    /// The instant after which it is late (UTC).
    pub due_at: DateTime<Utc>,
}

/// Makes the open deadlines of an application these: what is not among them any more was met, or is
/// no longer to be met. One that is put off begins its ladder anew.
pub(crate) async fn keep(tx: &Tx, id: ApplicationId, wanted: &[Duty]) -> Result<()> {
    let known = deadline::Entity::find()
        .filter(deadline::Column::ApplicationId.eq(id))
        .all(tx.conn())
        .await?;
    make(tx, known, Hangs::from_application(id), wanted).await
}

/// The same of a record that is no application: its deadlines are those of these kinds that are
/// about it.
pub(crate) async fn keep_of(
    tx: &Tx,
    subject: impl Into<Uuid>,
    kinds: &[DeadlineKind],
    wanted: &[Duty],
) -> Result<()> {
    let known = deadline::Entity::find()
        .filter(deadline::Column::SubjectId.eq(subject.into()))
        .filter(deadline::Column::Kind.is_in(kinds.iter().copied()))
        .all(tx.conn())
        .await?;
    make(tx, known, Hangs::default(), wanted).await
}

/// The same of what an award asks of us besides its returns: its deadlines are those of these kinds.
pub(crate) async fn keep_of_award(
    tx: &Tx,
    id: AwardId,
    kinds: &[DeadlineKind],
    wanted: &[Duty],
) -> Result<()> {
    let known = deadline::Entity::find()
        .filter(deadline::Column::AwardId.eq(id))
        .filter(deadline::Column::Kind.is_in(kinds.iter().copied()))
        .all(tx.conn())
        .await?;
    make(tx, known, Hangs::from_award(id), wanted).await
}

/// What a deadline hangs from, where its row names it.
#[derive(Clone, Copy, Debug, Default)]
struct Hangs {
    application_id: Option<ApplicationId>,
    award_id: Option<AwardId>,
}

impl Hangs {
    fn from_application(id: ApplicationId) -> Self {
        Self {
            application_id: Some(id),
            ..Self::default()
        }
    }

    fn from_award(id: AwardId) -> Self {
        Self {
            award_id: Some(id),
            ..Self::default()
        }
    }
}

async fn make(tx: &Tx, known: Vec<deadline::Model>, from: Hangs, wanted: &[Duty]) -> Result<()> {
    let mut news = false;
    for one in wanted {
        let row = known
            .iter()
            .find(|row| row.kind == one.kind && row.subject_id == one.subject_id);
        let Some(row) = row else {
            deadline::ActiveModel {
                id: Set(DeadlineId::new()),
                kind: Set(one.kind),
                subject_id: Set(one.subject_id),
                return_id: Set(None),
                award_id: Set(from.award_id),
                application_id: Set(from.application_id),
                who_id: Set(one.who_id),
                title: Set(one.title.clone()),
                due_on: Set(one.due_on),
                due_at: Set(one.due_at),
                closed_at: Set(None),
                created_at: Set(tx.now()),
            }
            .insert(tx.conn())
            .await?;
            news = true;
            continue;
        };
        let same = row.closed_at.is_none()
            && (row.who_id, &row.title, row.due_at) == (one.who_id, &one.title, one.due_at);
        if same {
            continue;
        }
        let mut row = row.clone().into_active_model();
        row.who_id = Set(one.who_id);
        row.title = Set(one.title.clone());
        row.due_on = Set(one.due_on);
        row.due_at = Set(one.due_at);
        row.closed_at = Set(None);
        row.update(tx.conn()).await?;
        news = true;
    }
    for row in known.into_iter().filter(|row| row.closed_at.is_none()) {
        if wanted
            .iter()
            .any(|one| row.kind == one.kind && row.subject_id == one.subject_id)
        {
            continue;
        }
        let mut row = row.into_active_model();
        row.closed_at = Set(Some(tx.now()));
        row.update(tx.conn()).await?;
    }
    if news { remind(tx).await } else { Ok(()) }
}
