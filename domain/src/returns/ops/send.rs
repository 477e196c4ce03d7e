//! After certification: the record of sending, which alone closes the deadline; opening again; and
//! returns that the funder does not want.

use chrono::{DateTime, DurationRound, Utc};
use entity::{GrantReturnId, JobKind, ReturnEventKind, ReturnState, sending};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::review::{happened, withdraw_certifications};
use super::{Stands, locked, reason};
use crate::access::rules::Operation;
use crate::returns::rules::words::listed;
use crate::returns::store;
use crate::returns::view::changed_since;
use crate::{Command, Ctx, Db, Error, FieldError, Result, deadlines, files, jobs};

/// The largest receipt that is taken, in bytes.
const LARGEST_RECEIPT: usize = 16 << 20;

/// The record of a return's sending.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSending {
    /// When it was sent (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub sent_at: DateTime<Utc>,
    /// By what means: a portal, e-mail, post.
    #[schema(min_length = 1, max_length = 200)]
    pub how: String,
    /// To whom.
    #[schema(min_length = 1, max_length = 200)]
    pub to_whom: String,
    /// The funder's receipt, or what shows that it arrived.
    #[schema(min_length = 1, max_length = 2000)]
    pub receipt: String,
    /// That figures would be others today than were certified is known, and it was sent as it was
    /// certified all the same. Required where that is so.
    #[serde(default)]
    pub although_changed: bool,
}

/// The receipt as a file.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Its name.
    pub name: String,
    /// Its type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Records when, how and to whom the certified workbook was sent, with the receipt. This closes
/// the deadline.
pub async fn record_sending(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    new: &NewSending,
    receipt: Option<&Receipt>,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::RecordSending)?;
    let by = ctx.person()?.id;
    check(ctx, new, receipt)?;
    let although = although_changed(db, ctx, id, new).await?;
    db.write(
        ctx,
        Command::on(Operation::RecordSending, "grant_return", id),
        async |tx| {
            let record = locked(tx, ctx, id, expected).await?;
            let why = although.as_deref();
            let stands = happened(tx, ctx, &record, ReturnEventKind::Submitted, why).await?;
            let certified = store::certifications(tx.conn(), id)
                .await?
                .pop()
                .ok_or_else(|| Error::internal("a certified return without its certification"))?;
            // A page offers the time to the minute.
            let minute = certified
                .certified_at
                .duration_trunc(chrono::Duration::minutes(1))
                .unwrap_or(certified.certified_at);
            if new.sent_at < minute {
                return Err(Error::invalid(
                    "/sent_at",
                    "before-certification",
                    format!(
                        "It cannot have been sent before it was certified, on {}.",
                        crate::calendar::rules::instant_in_words(certified.certified_at)
                    ),
                ));
            }
            let receipt_file_id = match receipt {
                Some(file) => {
                    Some(files::put(tx, ctx, &file.name, &file.media_type, &file.bytes).await?)
                }
                None => None,
            };
            sending::ActiveModel {
                id: Set(Uuid::now_v7()),
                return_id: Set(id),
                revision: Set(certified.revision),
                sent_at: Set(new.sent_at),
                how: Set(new.how.trim().to_owned()),
                to_whom: Set(new.to_whom.trim().to_owned()),
                receipt: Set(new.receipt.trim().to_owned()),
                receipt_file_id: Set(receipt_file_id),
                file_sha256: Set(certified.file_sha256.clone()),
                recorded_by: Set(by),
                recorded_at: Set(tx.now()),
            }
            .insert(tx.conn())
            .await?;
            deadlines::ops::close(tx, id).await?;
            tx.note("revision", certified.revision);
            tx.note("file_sha256", certified.file_sha256);
            tx.note("sent_at", new.sent_at.to_rfc3339());
            if let Some(although) = &although {
                tx.note("although_changed", although.as_str());
            }
            Ok(stands)
        },
    )
    .await
}

/// What would be another today of what is sent, in words, for whoever sends it knowingly. What was
/// certified is what is sent: nobody sends it without having been told that it is not what is known now.
async fn although_changed(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    new: &NewSending,
) -> Result<Option<String>> {
    /// How many are told one by one.
    const TOLD: usize = 3;
    let record = store::seen(db.read(), ctx, id).await?;
    if record.row.state != ReturnState::Certified {
        return Ok(None);
    }
    let changed = changed_since(db, ctx, &record).await?;
    if changed.is_empty() {
        return Ok(None);
    }
    let mut told: Vec<String> = changed
        .iter()
        .take(TOLD)
        .map(|one| {
            format!(
                "“{}” is {} as certified and would be {} today",
                one.label,
                one.as_certified.in_full(),
                one.as_now.in_full()
            )
        })
        .collect();
    match changed.len().saturating_sub(TOLD) {
        0 => {}
        1 => told.push("one more figure would be another".to_owned()),
        more => told.push(format!("{more} more figures would be others")),
    }
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let told = listed(&told);
    if new.although_changed {
        return Ok(Some(format!("Sent as it was certified, although {told}.")));
    }
    Err(Error::invalid(
        "/although_changed",
        "changed-since-certified",
        format!(
            "Newer facts have arrived since it was certified: {told}. Open it again to correct it; or, \
             where it was sent as it was certified, say that you know."
        ),
    ))
}

fn check(ctx: &Ctx, new: &NewSending, receipt: Option<&Receipt>) -> Result<()> {
    let mut wrong = Vec::new();
    for (pointer, text, most, what) in [
        (
            "/how",
            &new.how,
            200,
            "Say how it was sent, in at most 200 characters.",
        ),
        (
            "/to_whom",
            &new.to_whom,
            200,
            "Say to whom it was sent, in at most 200 characters.",
        ),
        (
            "/receipt",
            &new.receipt,
            2_000,
            "Enter the receipt, or what shows that it arrived, in at most 2,000 characters. If the funder \
             gave none, say so.",
        ),
    ] {
        if text.trim().is_empty() || text.chars().count() > most {
            wrong.push(FieldError::new(pointer, "required", what));
        }
    }
    if new.sent_at > ctx.now() {
        wrong.push(FieldError::new(
            "/sent_at",
            "in-the-future",
            "It cannot have been sent after now.",
        ));
    }
    if receipt.is_some_and(|file| file.bytes.is_empty() || file.bytes.len() > LARGEST_RECEIPT) {
        wrong.push(FieldError::new(
            "/receipt_file",
            "size",
            "Choose a file of at most 16 MB.",
        ));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// Opens a return again. Its certification no longer stands and its deadline is there again; what
/// was certified and sent stays on record.
pub async fn reopen(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    why: &str,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::ReopenReturn)?;
    let why = reason(why)?;
    db.write(
        ctx,
        Command::on(Operation::ReopenReturn, "grant_return", id),
        async |tx| {
            let record = locked(tx, ctx, id, expected).await?;
            let stands = happened(tx, ctx, &record, ReturnEventKind::Reopened, Some(why)).await?;
            withdraw_certifications(tx, id).await?;
            // what it held is dealt out anew
            jobs::ask(tx, JobKind::AttributeSpend).await?;
            deadlines::ops::reopen(tx, id).await?;
            tx.note("reason", why);
            Ok(stands)
        },
    )
    .await
}

/// Records that the funder does not want a return; this closes its deadline.
pub async fn waive(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    why: &str,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::WaiveReturn)?;
    let why = reason(why)?;
    db.write(
        ctx,
        Command::on(Operation::WaiveReturn, "grant_return", id),
        async |tx| {
            let record = locked(tx, ctx, id, expected).await?;
            let stands =
                happened(tx, ctx, &record, ReturnEventKind::NotRequired, Some(why)).await?;
            withdraw_certifications(tx, id).await?;
            jobs::ask(tx, JobKind::AttributeSpend).await?;
            deadlines::ops::close(tx, id).await?;
            tx.note("reason", why);
            Ok(stands)
        },
    )
    .await
}
