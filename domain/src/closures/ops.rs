//! Closing an award, and opening it again: each one write transaction under the award's lock.

use chrono::NaiveDate;
use entity::{AwardClosureId, AwardId, JobKind, Money, award, award_closure};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::rules::{Closure, Figures, check_closure, check_reopening, obstacles, settle};
use super::store;
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, Tx, awards, conditions, deadlines, jobs};

/// The figures that a closure was looked at with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosureFigures {
    /// Attributed to the award, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Received from the funder, in pence.
    #[schema(value_type = i64)]
    pub received_pence: Money,
    /// Repaid to the funder, in pence.
    #[schema(value_type = i64)]
    pub repaid_pence: Money,
}

impl From<Figures> for ClosureFigures {
    fn from(figures: Figures) -> Self {
        Self {
            attributed_pence: figures.attributed,
            received_pence: figures.received,
            repaid_pence: figures.repaid,
        }
    }
}

/// A closure to record.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClosure {
    /// London date from which it is closed: after its last day, and not one to come.
    pub closed_on: NaiveDate,
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub why: String,
    /// With whom it was agreed, and where it is written.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say with whom it was agreed and where it is written, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub told_by: String,
    /// Received, not spent, and carried forward by agreement, in pence. Nothing said: as the terms say.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000_000_000_i64)]
    pub kept_pence: Option<Money>,
    /// Why it is closed although something stands in the way.
    #[validate(
        length(max = 2000, message = "Use at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(max_length = 2000)]
    #[serde(default)]
    pub despite: String,
    /// The figures that it was decided on: if others stand meanwhile, nothing is recorded.
    #[serde(default)]
    pub seen: Option<ClosureFigures>,
}

/// That an award is open again.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReopening {
    /// London date from which it is.
    pub reopened_on: NaiveDate,
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub why: String,
    /// With whom it was agreed, and where it is written.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say with whom it was agreed and where it is written, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub told_by: String,
}

/// The award is another one now, and what rests on it is looked at again.
async fn changed(tx: &Tx, award: award::Model) -> Result<()> {
    awards::store::changed(tx, award).await?;
    jobs::ask(tx, JobKind::DraftReturns).await
}

/// Closes an award. It pays for nothing new, what it pays for stays, and its deadlines stop.
pub async fn close(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    expected: Option<i64>,
    new: &NewClosure,
) -> Result<AwardClosureId> {
    ctx.require(Operation::CloseAward)?;
    new.validate()?;
    let command = Command::on(Operation::CloseAward, "award", award_id);
    db.write(ctx, command, async |tx| {
        let award = awards::store::locked(tx, ctx, award_id).await?;
        if expected.is_some_and(|version| version != award.version) {
            return Err(Error::Stale);
        }
        let rows = store::rows(tx.conn(), &[award_id]).await?;
        let known: Vec<Closure> = rows.iter().map(store::fact).collect();
        let wrong = check_closure(&known, new.closed_on, ctx.today());
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        // Drawn before it is asked whether spend waits: what is accepted from here on comes after it.
        let closed_seq = tx.next("accepted").await?;
        let (figures, unspent, over, at_risk) =
            store::figures(tx.conn(), &award, ctx.today()).await?;
        if new.seen.is_some_and(|seen| seen != figures.into()) {
            return Err(Error::Stale);
        }
        let stands = store::stands(tx.conn(), &award, (over, at_risk)).await?;
        let found = obstacles(&stands, new.closed_on);
        let hard: Vec<&str> = found
            .iter()
            .filter(|one| !one.can_be_overridden)
            .map(|one| one.sentence.as_str())
            .collect();
        if !hard.is_empty() {
            return Err(Error::refused("cannot-be-closed", hard.join(" ")));
        }
        let in_the_way: Vec<String> = found.into_iter().map(|one| one.sentence).collect();
        let despite = new.despite.trim();
        if !in_the_way.is_empty() && despite.is_empty() {
            return Err(Error::invalid(
                "/despite",
                "stands-in-the-way",
                format!("Say why it is closed although: {}", in_the_way.join(" ")),
            ));
        }
        let settled = settle(&figures, unspent, new.kept_pence)
            .map_err(|wrong| Error::Invalid(vec![wrong]))?;
        let id = AwardClosureId::new();
        award_closure::ActiveModel {
            id: Set(id),
            award_id: Set(award_id),
            seq: Set(rows.last().map_or(1, |row| row.seq.saturating_add(1))),
            closed_on: Set(new.closed_on),
            why: Set(new.why.trim().to_owned()),
            told_by: Set(new.told_by.trim().to_owned()),
            despite: Set(if in_the_way.is_empty() {
                String::new()
            } else {
                despite.to_owned()
            }),
            overridden: Set(in_the_way.join("\n")),
            closed_seq: Set(closed_seq),
            attributed: Set(figures.attributed),
            payable: Set(figures.payable),
            received: Set(figures.received),
            repaid: Set(figures.repaid),
            claimed: Set(figures.claimed),
            kept: Set(settled.kept),
            owed_to_us: Set(settled.owed_to_us),
            to_repay: Set(settled.to_repay),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
            reopened_on: Set(None),
            reopened_why: Set(None),
            reopened_told_by: Set(None),
            reopened_recorded_by: Set(None),
            reopened_at: Set(None),
        }
        .insert(tx.conn())
        .await?;
        deadlines::ops::stop_of_award(tx, award_id).await?;
        tx.note("closed_on", new.closed_on.to_string());
        tx.note("reason", new.why.trim());
        tx.note("with_whom", new.told_by.trim());
        tx.note("attributed_pence", figures.attributed.pence());
        tx.note("kept_pence", settled.kept.pence());
        tx.note("owed_to_us_pence", settled.owed_to_us.pence());
        tx.note("to_repay_pence", settled.to_repay.pence());
        if !in_the_way.is_empty() {
            tx.note("although", in_the_way.join(" "));
            tx.note("despite", despite);
        }
        changed(tx, award).await?;
        Ok(id)
    })
    .await
}

/// Opens an award again: it pays as its terms say, and its deadlines go on.
pub async fn reopen(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    id: AwardClosureId,
    expected: Option<i64>,
    new: &NewReopening,
) -> Result<AwardClosureId> {
    ctx.require(Operation::CloseAward)?;
    new.validate()?;
    let command = Command::on(Operation::CloseAward, "award", award_id);
    db.write(ctx, command, async |tx| {
        let award = awards::store::locked(tx, ctx, award_id).await?;
        let row = store::rows(tx.conn(), &[award_id])
            .await?
            .into_iter()
            .find(|row| row.id == id)
            .ok_or(Error::NotFound)?;
        if expected.is_some_and(|version| version != award.version) {
            return Err(Error::Stale);
        }
        if row.reopened_on.is_some() {
            return Err(Error::refused(
                "reopened-already",
                "The award was opened again already. If it is closed once more, record that anew.",
            ));
        }
        let wrong = check_reopening(&store::fact(&row), new.reopened_on, ctx.today());
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let mut row = row.into_active_model();
        row.reopened_on = Set(Some(new.reopened_on));
        row.reopened_why = Set(Some(new.why.trim().to_owned()));
        row.reopened_told_by = Set(Some(new.told_by.trim().to_owned()));
        row.reopened_recorded_by = Set(ctx.person_id());
        row.reopened_at = Set(Some(tx.now()));
        row.update(tx.conn()).await?;
        // Its deadlines go on: those of what was not sent, and of what is not settled.
        for open in store::open_returns(tx.conn(), award_id).await? {
            deadlines::ops::reopen(tx, open.id).await?;
        }
        conditions::ops::settle(tx, award_id).await?;
        tx.note("reopened_on", new.reopened_on.to_string());
        tx.note("reason", new.why.trim());
        tx.note("with_whom", new.told_by.trim());
        changed(tx, award).await?;
        Ok(id)
    })
    .await
}
