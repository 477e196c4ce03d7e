//! A board's agreement to one numbered revision. Two equal boards: neither stands in for the other.

use chrono::NaiveDate;
use entity::{Board, GrantReturnId, PersonId, ReturnEventKind, board_approval};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Stands, stands};
use crate::access::rules::Operation;
use crate::decisions::rules::role_on;
use crate::returns::rules::independence::why_not;
use crate::returns::rules::life::{Detail, Event};
use crate::returns::store::{self, Record};
use crate::{Command, Ctx, Db, Error, Result, settings};

/// A board's agreement, as its member records it.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApproval {
    /// Which board.
    pub board: Board,
    /// The revision that it agreed to.
    #[schema(minimum = 1)]
    pub revision: i32,
    /// London date of the decision.
    pub agreed_on: NaiveDate,
    /// Where it is minuted.
    #[schema(min_length = 1, max_length = 500)]
    pub minute: String,
}

/// Records that a board agreed to a revision.
pub async fn approve(db: &Db, ctx: &Ctx, id: GrantReturnId, new: &NewApproval) -> Result<Stands> {
    ctx.require(Operation::RecordApproval)?;
    let person = ctx.person()?;
    // Both boards are the charity's own.
    let home = settings::home(db).await?;
    if !home.is_some_and(|home| ctx.actor.holds_for(role_on(new.board), home)) {
        return Err(Error::NotAllowed(format!(
            "Only a member of {} records its agreement.",
            board_in_words(new.board)
        )));
    }
    let minute = new.minute.trim();
    if crate::text::one_line(minute).is_err() {
        return Err(Error::invalid(
            "/minute",
            "control-character",
            "Say where it is minuted on one line: take line breaks and tabs out.",
        ));
    }
    if minute.is_empty() || minute.chars().count() > 500 {
        return Err(Error::invalid(
            "/minute",
            "required",
            "Say where it is minuted, in at most 500 characters on one line.",
        ));
    }
    if new.agreed_on > ctx.today() {
        return Err(Error::invalid(
            "/agreed_on",
            "in-the-future",
            "The decision cannot be after today.",
        ));
    }
    let by = person.id;
    db.write(
        ctx,
        Command::on(Operation::RecordApproval, "grant_return", id),
        async |tx| {
            store::seen(tx.conn(), ctx, id).await?;
            tx.lock("grant_return", id).await?;
            let revision = store::revision(tx.conn(), id, new.revision)
                .await
                .map_err(|error| match error {
                    Error::NotFound => Error::invalid(
                        "/revision",
                        "unknown",
                        "There is no such revision of this return.",
                    ),
                    other => other,
                })?;
            if new.agreed_on < crate::calendar::rules::london_date(revision.created_at) {
                return Err(Error::invalid(
                    "/agreed_on",
                    "before-the-revision",
                    format!(
                        "Version {} was made on {}, so a board cannot have agreed to it before. \
                         If the board met earlier, it agreed to an earlier version: ask it again, \
                         and enter that date.",
                        new.revision,
                        crate::calendar::rules::date_without_weekday(
                            crate::calendar::rules::london_date(revision.created_at)
                        )
                    ),
                ));
            }
            let agreed = Event {
                kind: ReturnEventKind::BoardAgreed,
                revision: Some(new.revision),
                detail: Detail {
                    board: Some(new.board),
                    ..Detail::default()
                },
            };
            // The event decides whether it may happen, under the return's lock.
            store::append_event(tx, id, Some(by), agreed, None).await?;
            let record = store::record(tx.conn(), id).await?;
            if let Some(why) = no_independent_member(tx.conn(), ctx, &record, by).await? {
                return Err(Error::refused("no-self-approval", why));
            }
            let twice = store::approvals(tx.conn(), id)
                .await?
                .iter()
                .any(|approval| approval.revision == new.revision && approval.recorded_by == by);
            if twice {
                return Err(Error::refused(
                    "one-person-one-board",
                    "You recorded the other board’s agreement. Another member records this one.",
                ));
            }
            board_approval::ActiveModel {
                id: Set(Uuid::now_v7()),
                return_id: Set(id),
                revision: Set(new.revision),
                board: Set(new.board),
                agreed_on: Set(new.agreed_on),
                minute: Set(minute.to_owned()),
                recorded_by: Set(by),
                recorded_at: Set(tx.now()),
            }
            .insert(tx.conn())
            .await?;
            tx.note("board", new.board.slug());
            tx.note("revision", new.revision);
            stands(tx, id).await
        },
    )
    .await
}

/// Why somebody may not record a board's agreement to a return: it would be to their own work.
pub(crate) async fn no_independent_member(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    record: &Record,
    person: PersonId,
) -> Result<Option<String>> {
    let hands = store::hands(conn, record, person, ctx.now()).await?;
    Ok(why_not(
        &hands,
        "Another member records the board’s agreement.",
    ))
}

/// A board's name.
#[must_use]
pub const fn board_in_words(board: Board) -> &'static str {
    match board {
        Board::Trustees => "the Trustee Board",
        Board::Committee => "the Recovery Advisory Committee",
    }
}
