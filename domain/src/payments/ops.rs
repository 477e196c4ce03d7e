//! Keeping an award's payment schedule, and recording what was received, claimed and repaid.

use chrono::NaiveDate;
use entity::{
    AwardId, AwardMoneyId, AwardMoneyKind, AwardPaymentId, Money, award_money, award_payment,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::access::rules::Operation;
use crate::awards::rules::is_amount;
use crate::calendar::rules::{implausible, is_plausible};
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, awards, conditions};

/// Payments that a funder has promised.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayments {
    /// Each with its day and amount.
    #[validate(
        nested,
        length(min = 1, max = 200, message = "Record 1 to 200 payments at once.")
    )]
    #[schema(min_items = 1, max_items = 200)]
    pub payments: Vec<NewPayment>,
}

/// A payment that a funder has promised for a day.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// London date.
    pub due_on: NaiveDate,
    /// How much, in pence.
    #[schema(value_type = i64, minimum = 1, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Money,
    /// What it depends on, or where it is written.
    #[validate(
        length(max = 300, message = "At most 300 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 300)]
    #[serde(default)]
    pub note: String,
}

/// Why a payment is taken out of the schedule.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentWithdrawal {
    /// Why.
    #[validate(
        length(min = 1, max = 300, message = "Say why, in at most 300 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300)]
    pub reason: String,
}

/// Money that was received, claimed or repaid.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMoney {
    /// Received, claimed or repaid.
    pub kind: AwardMoneyKind,
    /// London date.
    pub happened_on: NaiveDate,
    /// How much, in pence.
    #[schema(value_type = i64, minimum = 1, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Money,
    /// How the holder's ledger names it; of a claim, its reference.
    #[validate(
        length(
            min = 1,
            max = 100,
            message = "Enter how the ledger names it, at most 100 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 100)]
    pub ledger_reference: String,
    /// The payment of the schedule that a receipt is; without it, it goes to what was due earliest.
    #[serde(default)]
    pub payment_id: Option<AwardPaymentId>,
    /// What else is to be said.
    #[validate(
        length(max = 300, message = "At most 300 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 300)]
    #[serde(default)]
    pub note: String,
}

/// Why an entry is taken back.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoneyCorrection {
    /// Why.
    #[validate(
        length(min = 1, max = 300, message = "Say why, in at most 300 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300)]
    pub reason: String,
}

fn check_amount(pointer: String, amount: Money) -> Option<FieldError> {
    (!is_amount(amount) || amount == Money::ZERO).then(|| {
        FieldError::new(
            pointer,
            "out-of-range",
            "Enter an amount of more than nothing and at most a trillion pounds.",
        )
    })
}

/// Adds payments to an award's schedule.
pub async fn schedule(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    new: &NewPayments,
) -> Result<Vec<AwardPaymentId>> {
    ctx.require(Operation::SchedulePayments)?;
    new.validate()?;
    let mut wrong = Vec::new();
    for (index, payment) in new.payments.iter().enumerate() {
        let at = |field: &str| format!("/payments/{index}/{field}");
        wrong.extend(check_amount(at("amount_pence"), payment.amount_pence));
        wrong.extend(implausible(at("due_on"), payment.due_on));
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let command = Command::on(Operation::SchedulePayments, "award", award_id);
    db.write(ctx, command, async |tx| {
        awards::store::locked(tx, ctx, award_id).await?;
        let mut ids = Vec::new();
        for payment in &new.payments {
            let id = AwardPaymentId::new();
            award_payment::ActiveModel {
                id: Set(id),
                award_id: Set(award_id),
                due_on: Set(payment.due_on),
                amount: Set(payment.amount_pence),
                note: Set(payment.note.trim().to_owned()),
                recorded_by: Set(ctx.person_id()),
                recorded_at: Set(tx.now()),
                withdrawn_at: Set(None),
                withdrawn_because: Set(None),
            }
            .insert(tx.conn())
            .await?;
            ids.push(id);
        }
        let sum = Money::sum(new.payments.iter().map(|payment| payment.amount_pence));
        tx.note("payments", new.payments.len());
        tx.note("amount_pence", sum.unwrap_or_default().pence());
        Ok(ids)
    })
    .await
}

/// Takes a payment out of an award's schedule, with the reason. It stays in the record.
pub async fn withdraw(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    payment_id: AwardPaymentId,
    why: &PaymentWithdrawal,
) -> Result<AwardPaymentId> {
    ctx.require(Operation::SchedulePayments)?;
    why.validate()?;
    let command = Command::on(Operation::SchedulePayments, "award", award_id);
    db.write(ctx, command, async |tx| {
        awards::store::locked(tx, ctx, award_id).await?;
        let row = payment_of(tx, award_id, payment_id).await?;
        if row.withdrawn_at.is_some() {
            return Err(Error::refused(
                "payment-withdrawn",
                "This payment was taken out of the schedule already.",
            ));
        }
        tx.note("withdrawn_pence", row.amount.pence());
        tx.note("reason", why.reason.trim());
        let mut row = row.into_active_model();
        row.withdrawn_at = Set(Some(tx.now()));
        row.withdrawn_because = Set(Some(why.reason.trim().to_owned()));
        row.update(tx.conn()).await?;
        Ok(payment_id)
    })
    .await
}

async fn payment_of(
    tx: &Tx,
    award_id: AwardId,
    id: AwardPaymentId,
) -> Result<award_payment::Model> {
    award_payment::Entity::find_by_id(id)
        .filter(award_payment::Column::AwardId.eq(award_id))
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)
}

/// Records money that was received, claimed or repaid.
pub async fn record(db: &Db, ctx: &Ctx, award_id: AwardId, new: &NewMoney) -> Result<AwardMoneyId> {
    ctx.require(Operation::RecordMoney)?;
    new.validate()?;
    let mut wrong = Vec::new();
    wrong.extend(check_amount("/amount_pence".to_owned(), new.amount_pence));
    if !is_plausible(new.happened_on) || new.happened_on > ctx.today() {
        wrong.push(FieldError::new(
            "/happened_on",
            "not-yet",
            "Enter the day on which it happened, not one to come.",
        ));
    }
    if new.payment_id.is_some() && new.kind != AwardMoneyKind::Receipt {
        wrong.push(FieldError::new(
            "/payment_id",
            "receipts-only",
            "Only what was received is a payment of the schedule.",
        ));
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let command = Command::on(Operation::RecordMoney, "award", award_id);
    db.write(ctx, command, async |tx| {
        awards::store::locked(tx, ctx, award_id).await?;
        if let Some(payment) = new.payment_id {
            let known = payment_of(tx, award_id, payment).await;
            if !known.is_ok_and(|row| row.withdrawn_at.is_none()) {
                return Err(Error::invalid(
                    "/payment_id",
                    "unknown",
                    "There is no such payment in the schedule.",
                ));
            }
        }
        let id = AwardMoneyId::new();
        award_money::ActiveModel {
            id: Set(id),
            award_id: Set(award_id),
            kind: Set(new.kind),
            happened_on: Set(new.happened_on),
            amount: Set(new.amount_pence),
            ledger_reference: Set(new.ledger_reference.trim().to_owned()),
            payment_id: Set(new.payment_id),
            note: Set(new.note.trim().to_owned()),
            corrects_id: Set(None),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        if new.kind != AwardMoneyKind::Repayment {
            let unmet = conditions::store::unmet_before_payment(tx.conn(), award_id).await?;
            if !unmet.is_empty() {
                tx.note("unmet_conditions", unmet.len());
            }
        }
        tx.note("kind", new.kind.slug());
        tx.note("amount_pence", new.amount_pence.pence());
        tx.note("ledger_reference", new.ledger_reference.trim());
        Ok(id)
    })
    .await
}

/// Takes an entry back by another that names it, with the reason. Both stay in the record.
pub async fn correct(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    entry: AwardMoneyId,
    why: &MoneyCorrection,
) -> Result<AwardMoneyId> {
    ctx.require(Operation::RecordMoney)?;
    why.validate()?;
    let command = Command::on(Operation::RecordMoney, "award", award_id);
    db.write(ctx, command, async |tx| {
        awards::store::locked(tx, ctx, award_id).await?;
        let row = award_money::Entity::find_by_id(entry)
            .filter(award_money::Column::AwardId.eq(award_id))
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        let corrected = || {
            Error::refused(
                "entry-corrected",
                "This entry was taken back already, or takes another back. Record it anew instead.",
            )
        };
        if row.corrects_id.is_some() {
            return Err(corrected());
        }
        let id = AwardMoneyId::new();
        let inserted = award_money::ActiveModel {
            id: Set(id),
            award_id: Set(award_id),
            kind: Set(row.kind),
            happened_on: Set(row.happened_on),
            amount: Set(Money(row.amount.pence().saturating_neg())),
            ledger_reference: Set(row.ledger_reference),
            payment_id: Set(row.payment_id),
            note: Set(why.reason.trim().to_owned()),
            corrects_id: Set(Some(entry)),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await;
        match inserted {
            Ok(_) => {}
            Err(error) if crate::db::is_unique_violation(&error) => return Err(corrected()),
            Err(error) => return Err(error.into()),
        }
        tx.note("corrected", entry.to_string());
        tx.note("amount_pence", row.amount.pence());
        tx.note("reason", why.reason.trim());
        Ok(id)
    })
    .await
}
