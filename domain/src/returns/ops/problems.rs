//! What keeps a return from being drafted: kept where those who can mend it look, until it is
//! mended.

use chrono::NaiveDate;
use entity::{RequirementId, drafting_problem};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};

use crate::access::rules::Operation;
use crate::returns::rules::Finding;
use crate::{Command, Ctx, Db, Error, Result};

/// Notes that a return cannot be drafted, or that it can again. What is as it was is not written
/// anew.
pub(super) async fn note(
    db: &Db,
    ctx: &Ctx,
    requirement: RequirementId,
    period_from: NaiveDate,
    now: Option<&str>,
) -> Result<()> {
    let known = standing(db, requirement, period_from).await?;
    if known.as_deref() == now {
        return Ok(());
    }
    db.write(
        ctx,
        Command::on(Operation::DraftReturn, "requirement", requirement),
        async |tx| {
            let row = drafting_problem::Entity::find_by_id((requirement, period_from))
                .one(tx.conn())
                .await?;
            match (row, now) {
                (Some(row), Some(message)) => {
                    let mut row = row.into_active_model();
                    row.message = Set(message.to_owned());
                    row.update(tx.conn()).await?;
                }
                (None, Some(message)) => {
                    drafting_problem::ActiveModel {
                        requirement_id: Set(requirement),
                        period_from: Set(period_from),
                        message: Set(message.to_owned()),
                        since: Set(tx.now()),
                    }
                    .insert(tx.conn())
                    .await?;
                }
                (Some(row), None) => {
                    row.into_active_model().delete(tx.conn()).await?;
                }
                (None, None) => {}
            }
            tx.note("period_from", period_from.to_string());
            match now {
                Some(message) => tx.note("problem", message),
                None => tx.note("mended", true),
            }
            Ok(())
        },
    )
    .await
}

/// The problem that stands, if one does.
pub(super) async fn standing(
    db: &Db,
    requirement: RequirementId,
    period_from: NaiveDate,
) -> Result<Option<String>> {
    Ok(
        drafting_problem::Entity::find_by_id((requirement, period_from))
            .one(db.read())
            .await?
            .map(|row| row.message),
    )
}

/// What a filled workbook says of fields that have no place in it.
pub(super) fn without_a_place(findings: &[Finding]) -> Option<String> {
    let mut lost = findings
        .iter()
        .filter(|found| found.code.starts_with("no-such-"));
    let first = lost.next()?;
    let more = match lost.count() {
        0 => String::new(),
        1 => " One more field has no place either.".to_owned(),
        n => format!(" {n} more fields have no place either."),
    };
    Some(format!("{} {}{more}", first.message, first.what_to_do))
}

/// A failure in words for whoever can mend it.
pub(super) fn in_words(error: &Error) -> String {
    match error {
        Error::Refused { detail, .. } | Error::NotAllowed(detail) => detail.clone(),
        Error::Invalid(fields) => fields
            .iter()
            .map(|field| field.detail.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        Error::NotFound => "Something that it needs is no longer there: look at its form and its \
                            award."
            .to_owned(),
        Error::Stale => "Somebody changed it at the same moment; it is tried again.".to_owned(),
        Error::Unavailable { .. } => "The database was away; it is tried again.".to_owned(),
        Error::NotSignedIn | Error::Internal(_) => {
            "Something of the program’s own went wrong. An administrator finds the cause in its \
             log; nothing that was typed is lost."
                .to_owned()
        }
    }
}
