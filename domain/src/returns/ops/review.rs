//! Sending a draft round, asking for changes, offering a revision.

use entity::{Board, GrantReturnId, ReturnEventKind, certification};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::{Stands, draft, locked, reason, revise, stands};
use crate::access::rules::Operation;
use crate::returns::rules::life::{Detail, Event, LetStand, Life};
use crate::returns::store::{self, Record};
use crate::returns::workbook::Workbooks;
use crate::{Command, Ctx, Db, Error, Result, Tx};

/// Sends a draft round to be read.
pub async fn send_for_review(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    expected: Option<i64>,
) -> Result<Stands> {
    db.write(
        ctx,
        Command::on(Operation::ReviewReturn, "grant_return", id),
        async |tx| {
            let record = locked(tx, ctx, id, expected).await?;
            happened(tx, ctx, &record, ReturnEventKind::SentForReview, None).await
        },
    )
    .await
}

/// A reader wants something changed. Signatures that were made are withdrawn.
pub async fn request_changes(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    why: &str,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::RequestChanges)?;
    let why = reason(why)?;
    db.write(
        ctx,
        Command::on(Operation::RequestChanges, "grant_return", id),
        async |tx| {
            let record = locked(tx, ctx, id, expected).await?;
            withdraw_certifications(tx, id).await?;
            tx.note("reason", why);
            happened(
                tx,
                ctx,
                &record,
                ReturnEventKind::ChangesRequested,
                Some(why),
            )
            .await
        },
    )
    .await
}

/// What is said with an offer.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = NewReturnOffer)]
#[serde(deny_unknown_fields)]
pub struct NewOffer {
    /// Why it is sent again: required of a return that was certified and opened again, and kept of no
    /// other. The boards and the certifier read it, and the funder with what is sent in place of what
    /// it has.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub resubmission_reason: Option<String>,
}

/// Why a return is sent on that was certified before; nothing of any other.
fn why_again(life: &Life, new: &NewOffer) -> Result<Option<String>> {
    if !life.asks_why_again() {
        return Ok(None);
    }
    let why = new
        .resubmission_reason
        .as_deref()
        .unwrap_or_default()
        .trim();
    if why.is_empty() || why.chars().count() > 2_000 {
        return Err(Error::invalid(
            "/resubmission_reason",
            "required",
            "It was certified before and opened again. Say why it is sent on again, in at most 2,000 \
             characters: the boards and the certifier read it, and the funder with what is sent.",
        ));
    }
    Ok(Some(why.to_owned()))
}

/// Offers the answers as they stand, as a numbered revision, for agreement and certification.
/// Errors must be mended first; figures that newer facts would make others are such. One that was
/// certified before is offered with the reason.
pub async fn offer(
    db: &Db,
    ctx: &Ctx,
    workbooks: &Workbooks,
    id: GrantReturnId,
    new: &NewOffer,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::OfferReturn)?;
    if let Some(done) = db.repeated(ctx, Operation::OfferReturn).await? {
        return Ok(done);
    }
    store::seen(db.read(), ctx, id).await?.expect(expected)?;
    // Refused before the slow work when it cannot be offered at all.
    let mut life = store::life(db.read(), id).await?;
    let before = life.clone();
    life.apply(&Event {
        kind: ReturnEventKind::SentForCertification,
        revision: Some(0),
        detail: Detail::default(),
    })?;
    // The client's key is for the offer: the revision before it is found again by its hash.
    let building = Ctx {
        idempotency: None,
        ..ctx.clone()
    };
    draft::take_in_unchanged(db, &building, Operation::OfferReturn, id).await?;
    let built = revise::build_as(db, &building, Operation::OfferReturn, workbooks, id).await?;
    let errors: Vec<_> = built
        .findings
        .iter()
        .filter(|found| found.stops())
        .collect();
    if let Some(first) = errors.first() {
        let more = match errors.len() {
            1 => String::new(),
            n => format!(" It is the first of {n} errors."),
        };
        return Err(Error::refused(
            "errors-remain",
            format!("{} {}{more}", first.message, first.what_to_do),
        ));
    }
    let why_again = why_again(&before, new)?;
    db.write(
        ctx,
        Command::on(Operation::OfferReturn, "grant_return", id),
        async |tx| {
            tx.lock("grant_return", id).await?;
            let record = store::record(tx.conn(), id).await?;
            record.expect(Some(built.version))?;
            let mut boards = Vec::new();
            if record.requirement.needs_trustees {
                boards.push(Board::Trustees);
            }
            if record.requirement.needs_committee {
                boards.push(Board::Committee);
            }
            let rows = store::silenced(tx.conn(), id).await?;
            let let_stand = built
                .findings
                .iter()
                .filter(|found| found.silenced.is_some())
                .filter_map(|found| {
                    let by = rows
                        .iter()
                        .rev()
                        .find(|row| {
                            row.code == found.code
                                && row.cell == found.place()
                                && Some(&row.reason) == found.silenced.as_ref()
                        })?
                        .silenced_by;
                    Some(LetStand {
                        finding: found.clone(),
                        by,
                    })
                })
                .collect();
            let offices = store::signatures(&record.requirement)?
                .into_iter()
                .map(|signature| signature.office)
                .collect();
            let offered = Event {
                kind: ReturnEventKind::SentForCertification,
                revision: Some(built.revision),
                detail: Detail {
                    boards,
                    offices,
                    let_stand: Some(let_stand),
                    why_again: why_again.clone(),
                    ..Detail::default()
                },
            };
            store::append_event(tx, id, ctx.person_id(), offered, why_again.as_deref()).await?;
            tx.note("revision", built.revision);
            tx.note("content_hash", built.content_hash.as_str());
            if let Some(why) = &why_again {
                tx.note("resubmission_reason", why.as_str());
            }
            stands(tx, id).await
        },
    )
    .await
}

/// Signatures no longer stand: the return was sent back or opened again.
pub(super) async fn withdraw_certifications(tx: &Tx, id: GrantReturnId) -> Result<()> {
    certification::Entity::update_many()
        .col_expr(certification::Column::WithdrawnAt, Expr::value(tx.now()))
        .filter(certification::Column::ReturnId.eq(id))
        .filter(certification::Column::WithdrawnAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// Appends an event that carries nothing but its reason.
pub(super) async fn happened(
    tx: &Tx,
    ctx: &Ctx,
    record: &Record,
    kind: ReturnEventKind,
    why: Option<&str>,
) -> Result<Stands> {
    let event = Event {
        kind,
        revision: (record.row.revision > 0).then_some(record.row.revision),
        detail: Detail::default(),
    };
    store::append_event(tx, record.row.id, ctx.person_id(), event, why).await?;
    stands(tx, record.row.id).await
}
