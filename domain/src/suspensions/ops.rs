//! Suspending an award, and recording that it goes on: each one write transaction under the award's lock.

use chrono::NaiveDate;
use entity::{AwardId, AwardSuspensionId, award_suspension};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::rules::{Suspension, check_resumption, check_suspension};
use super::store;
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, awards, closures};

/// A suspension to record.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSuspension {
    /// First London date of it.
    pub from_on: NaiveDate,
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub why: String,
    /// Who told us, and where it is written.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say who told us and where it is written, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub told_by: String,
    /// It was agreed that spend incurred meanwhile is paid for all the same.
    #[serde(default)]
    pub pays_on: bool,
}

/// That a suspended award goes on.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewResumption {
    /// London date from which it goes on.
    pub resumed_on: NaiveDate,
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub why: String,
    /// Who told us, and where it is written.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say who told us and where it is written, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub told_by: String,
}

impl NewSuspension {
    pub(super) const fn fact(&self) -> Suspension {
        Suspension {
            from_on: self.from_on,
            resumed_on: None,
            pays_on: self.pays_on,
        }
    }
}

/// Suspends an award. Spend incurred from then on is not paid for by it, unless it was agreed that it is.
pub async fn suspend(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    expected: Option<i64>,
    new: &NewSuspension,
) -> Result<AwardSuspensionId> {
    ctx.require(Operation::SuspendAward)?;
    new.validate()?;
    let command = Command::on(Operation::SuspendAward, "award", award_id);
    db.write(ctx, command, async |tx| {
        let award = awards::store::locked(tx, ctx, award_id).await?;
        closures::store::refuse_closed(tx.conn(), award_id).await?;
        if expected.is_some_and(|version| version != award.version) {
            return Err(Error::Stale);
        }
        let rows = store::rows(tx.conn(), &[award_id]).await?;
        let known: Vec<Suspension> = rows.iter().map(store::fact).collect();
        let wrong = check_suspension(&known, new.from_on);
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let id = AwardSuspensionId::new();
        award_suspension::ActiveModel {
            id: Set(id),
            award_id: Set(award_id),
            seq: Set(rows.last().map_or(1, |row| row.seq.saturating_add(1))),
            from_on: Set(new.from_on),
            why: Set(new.why.trim().to_owned()),
            told_by: Set(new.told_by.trim().to_owned()),
            pays_on: Set(new.pays_on),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
            resumed_on: Set(None),
            resumed_why: Set(None),
            resumed_told_by: Set(None),
            resumed_recorded_by: Set(None),
            resumed_at: Set(None),
        }
        .insert(tx.conn())
        .await?;
        tx.note("from_on", new.from_on.to_string());
        tx.note("reason", new.why.trim());
        tx.note("with_whom", new.told_by.trim());
        tx.note("pays_on", new.pays_on);
        awards::store::changed(tx, award).await?;
        Ok(id)
    })
    .await
}

/// Records that a suspended award goes on from a day: spend incurred from then on is paid for again.
pub async fn resume(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    id: AwardSuspensionId,
    expected: Option<i64>,
    new: &NewResumption,
) -> Result<AwardSuspensionId> {
    ctx.require(Operation::SuspendAward)?;
    new.validate()?;
    let command = Command::on(Operation::SuspendAward, "award", award_id);
    db.write(ctx, command, async |tx| {
        let award = awards::store::locked(tx, ctx, award_id).await?;
        closures::store::refuse_closed(tx.conn(), award_id).await?;
        let row = store::rows(tx.conn(), &[award_id])
            .await?
            .into_iter()
            .find(|row| row.id == id)
            .ok_or(Error::NotFound)?;
        if expected.is_some_and(|version| version != award.version) {
            return Err(Error::Stale);
        }
        if row.resumed_on.is_some() {
            return Err(Error::refused(
                "resumed-already",
                "The award went on already. If it is suspended once more, record that anew.",
            ));
        }
        let wrong = check_resumption(&store::fact(&row), new.resumed_on);
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let mut row = row.into_active_model();
        row.resumed_on = Set(Some(new.resumed_on));
        row.resumed_why = Set(Some(new.why.trim().to_owned()));
        row.resumed_told_by = Set(Some(new.told_by.trim().to_owned()));
        row.resumed_recorded_by = Set(ctx.person_id());
        row.resumed_at = Set(Some(tx.now()));
        row.update(tx.conn()).await?;
        tx.note("resumed_on", new.resumed_on.to_string());
        tx.note("reason", new.why.trim());
        tx.note("with_whom", new.told_by.trim());
        awards::store::changed(tx, award).await?;
        Ok(id)
    })
    .await
}
