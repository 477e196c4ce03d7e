//! Pinning part of a spend line to an award, and taking a pin off: each one write transaction under the
//! locks of the award and the pool.

use entity::{AwardId, JobKind, Money, SpendLineId, SpendPinId, award, spend_pin};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{rules, store};
use crate::access::rules::{Operation, Sight, sight};
use crate::{Command, Ctx, Db, Error, Result, jobs};

/// Part of a line, to be pinned to an award.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSpendPin)]
pub struct NewPin {
    /// The award: one that contributes to the line's pool and may pay for it.
    pub award_id: AwardId,
    /// How much of the line, in pence.
    #[schema(value_type = i64, minimum = 1)]
    pub amount_pence: Money,
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub why: String,
}

/// Why a pin is taken off.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SpendPinTakenOff)]
pub struct TakingOff {
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub why: String,
}

/// Refuses what cannot be pinned.
pub(super) async fn check(
    conn: &impl ConnectionTrait,
    line: SpendLineId,
    new: &NewPin,
) -> Result<()> {
    let row = store::line(conn, line).await?;
    store::refuse_taken_back(conn, &row).await?;
    let seen = store::seen(conn, &row).await?;
    let Some(to) = seen.awards.iter().find(|one| one.id == new.award_id) else {
        return Err(Error::invalid(
            "/award_id",
            "not-behind-the-pool",
            "Choose one of the awards that are put behind the line’s pool.",
        ));
    };
    let name = award::Entity::find_by_id(new.award_id)
        .one(conn)
        .await?
        .map(|row| row.title)
        .unwrap_or_default();
    let beside = store::beside(conn, &seen, new.award_id).await?;
    let wrong = rules::check(&seen.line, (to, &name), new.amount_pence.pence(), &beside);
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// Pins part of a line to an award: runs let it pay for at least so much, before any rule.
pub async fn pin(db: &Db, ctx: &Ctx, line: SpendLineId, new: &NewPin) -> Result<SpendPinId> {
    ctx.require(Operation::PinSpend)?;
    new.validate()?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let command = Command::on(Operation::PinSpend, "spend_line", line);
    db.write(ctx, command, async |tx| {
        let row = store::line(tx.conn(), line).await?;
        if award::Entity::find_by_id(new.award_id)
            .one(tx.conn())
            .await?
            .is_some()
        {
            tx.lock("award", new.award_id).await?;
        }
        tx.lock("pool", row.pool_id).await?;
        check(tx.conn(), line, new).await?;
        let id = SpendPinId::new();
        spend_pin::ActiveModel {
            id: Set(id),
            line_id: Set(line),
            award_id: Set(new.award_id),
            amount: Set(new.amount_pence),
            why: Set(new.why.trim().to_owned()),
            pinned_by: Set(ctx.person_id()),
            pinned_at: Set(tx.now()),
            taken_off_why: Set(None),
            taken_off_by: Set(None),
            taken_off_at: Set(None),
        }
        .insert(tx.conn())
        .await?;
        tx.note("award", new.award_id.to_string());
        tx.note("amount_pence", new.amount_pence.pence());
        tx.note("reason", new.why.trim());
        jobs::ask(tx, JobKind::AttributeSpend).await?;
        Ok(id)
    })
    .await
}

/// Takes a pin off: the line goes by the pool's rule again.
pub async fn take_off(
    db: &Db,
    ctx: &Ctx,
    line: SpendLineId,
    id: SpendPinId,
    new: &TakingOff,
) -> Result<SpendPinId> {
    ctx.require(Operation::PinSpend)?;
    new.validate()?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let command = Command::on(Operation::PinSpend, "spend_line", line);
    db.write(ctx, command, async |tx| {
        let row = store::line(tx.conn(), line).await?;
        tx.lock("pool", row.pool_id).await?;
        let pin = spend_pin::Entity::find_by_id(id)
            .one(tx.conn())
            .await?
            .filter(|pin| pin.line_id == line)
            .ok_or(Error::NotFound)?;
        if pin.taken_off_at.is_some() {
            return Err(Error::refused(
                "taken-off-already",
                "This pin was taken off already. Nothing needs to be done.",
            ));
        }
        tx.note("award", pin.award_id.to_string());
        tx.note("taken_off_pence", pin.amount.pence());
        tx.note("reason", new.why.trim());
        let mut pin = pin.into_active_model();
        pin.taken_off_why = Set(Some(new.why.trim().to_owned()));
        pin.taken_off_by = Set(ctx.person_id());
        pin.taken_off_at = Set(Some(tx.now()));
        pin.update(tx.conn()).await?;
        jobs::ask(tx, JobKind::AttributeSpend).await?;
        Ok(id)
    })
    .await
}
