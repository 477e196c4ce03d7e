//! Deadlines' rows. They have no verbs of their own: a deadline comes with its return, and only
//! what happens to the return closes it.

use entity::{AwardId, DeadlineId, GrantReturnId, JobKind, deadline};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};

use super::rules::Due;
use crate::{Error, Result, Tx, jobs};

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
        return_id: Set(return_id),
        award_id: Set(award_id),
        title: Set(title.to_owned()),
        due_on: Set(due.on),
        due_at: Set(due.instant()),
        closed_at: Set(None),
        created_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?;
    // it may be due already: whoever it waits for is told this morning, not the next
    jobs::enqueue(
        tx,
        JobKind::SendReminders,
        Some(JobKind::SendReminders.slug().to_owned()),
        None,
        tx.now(),
    )
    .await
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

/// The duty is there again: the return was opened again.
pub(crate) async fn reopen(tx: &Tx, return_id: GrantReturnId) -> Result<()> {
    set_closed(tx, return_id, false).await
}

async fn set_closed(tx: &Tx, return_id: GrantReturnId, closed: bool) -> Result<()> {
    let row = deadline::Entity::find()
        .filter(deadline::Column::ReturnId.eq(return_id))
        .one(tx.conn())
        .await?
        .ok_or_else(|| Error::internal("a return without its deadline"))?;
    let mut row = row.into_active_model();
    row.closed_at = Set(closed.then_some(tx.now()));
    row.update(tx.conn()).await?;
    Ok(())
}
