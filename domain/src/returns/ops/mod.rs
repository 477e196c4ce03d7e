//! The verbs of returns, each one write transaction. Slow work runs before it, on what was read;
//! the transaction checks that what it read still holds.

mod answer;
mod approve;
mod certify;
mod draft;
mod funder;
mod problems;
mod requirements;
mod review;
mod revise;
mod save;
mod send;

pub(crate) use answer::reason_of;
pub use answer::{
    AnswerValue, Answered, NewAnswer, Silence, answer, silence, take_back_reason, undo,
};
pub(crate) use approve::no_independent_member;
pub use approve::{NewApproval, approve, board_in_words};
pub use certify::{NewCertification, NewPaperCertification, Paper, certify, certify_on_paper};
pub(crate) use certify::{no_independent_certifier, not_theirs};
pub use draft::{DraftReport, draft_due, refresh};
pub(crate) use draft::{as_now, changed_by, overtaken, waits_for_preparer};
pub use funder::{NewChangeRequest, NewRemark, accept, ask_for_changes};
pub use requirements::{
    Amendment, Ending, NewRequirement, NewSignatory, Parts, amend_requirement, create_requirement,
    end_requirement, name_parts, upcoming,
};
pub(crate) use requirements::{asked, dues, move_to_form};
pub use review::{NewOffer, offer, request_changes, send_for_review};
pub use revise::{Built, build};
pub(crate) use revise::{file_name, filled_now};
pub(crate) use save::save_each;
pub use save::{Meanwhile, Saved, TypedAnswer, save};
pub use send::{NewSending, Receipt, record_sending, reopen, waive};

use entity::GrantReturnId;
use serde::{Deserialize, Serialize};

use crate::returns::store;
use crate::{Ctx, Error, Result, Tx};

/// Where a return stands after a verb.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Stands {
    /// The return.
    pub id: GrantReturnId,
    /// Its state.
    pub state: entity::ReturnState,
    /// Its newest revision.
    pub revision: i32,
    /// Its version, for If-Match.
    pub version: i64,
}

/// A reason in a person's words; never empty.
fn reason(text: &str) -> Result<&str> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 2_000 {
        return Err(Error::invalid(
            "/reason",
            "required",
            "Give the reason, in at most 2,000 characters.",
        ));
    }
    Ok(text)
}

/// A return that the acting person sees, under its lock, as the request knew it.
async fn locked(
    tx: &Tx,
    ctx: &Ctx,
    id: GrantReturnId,
    expected: Option<i64>,
) -> Result<store::Record> {
    store::seen(tx.conn(), ctx, id).await?;
    tx.lock("grant_return", id).await?;
    let record = store::record(tx.conn(), id).await?;
    record.expect(expected)?;
    Ok(record)
}

async fn stands(tx: &Tx, id: GrantReturnId) -> Result<Stands> {
    let row = store::record(tx.conn(), id).await?.row;
    Ok(Stands {
        id,
        state: row.state,
        revision: row.revision,
        version: row.version,
    })
}

/// Adds one to a return's version, for a change that is no event.
async fn touch(tx: &Tx, id: GrantReturnId) -> Result<()> {
    use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
    let row = store::record(tx.conn(), id).await?.row;
    let version = row.version;
    let mut row = row.into_active_model();
    row.version = Set(version.saturating_add(1));
    row.update(tx.conn()).await?;
    Ok(())
}
