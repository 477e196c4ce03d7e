//! Moving money between fences of an award, and recording what the funder said of it: each one write
//! transaction under the award's lock.

use chrono::NaiveDate;
use entity::{
    AwardId, AwardVirementEventId, AwardVirementId, FenceId, JobKind, Money, VirementEventKind,
    award, award_virement, award_virement_event,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::rules::{self, Moved, tightest};
use super::store::{Within, changed};
use crate::access::rules::Operation;
use crate::calendar::rules::is_plausible;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, awards, closures, jobs};

/// Money to move between fences of an award.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVirement {
    /// Out of this fence.
    pub from_fence_id: FenceId,
    /// Into this fence.
    pub to_fence_id: FenceId,
    /// How much, in pence.
    #[schema(value_type = i64, minimum = 1, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Money,
    /// London date on which it was decided.
    pub moved_on: NaiveDate,
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

impl NewVirement {
    pub(super) const fn moved(&self) -> Moved {
        Moved {
            from: self.from_fence_id,
            to: self.to_fence_id,
            amount: self.amount_pence,
        }
    }

    pub(super) fn check(&self, today: NaiveDate) -> Result<()> {
        self.validate()?;
        if !is_plausible(self.moved_on) || self.moved_on > today {
            return Err(Error::invalid(
                "/moved_on",
                "not-yet",
                "Enter the day on which it was decided, not one to come.",
            ));
        }
        Ok(())
    }
}

/// What happened to a virement that waits for the funder's consent.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVirementFact {
    /// Asked, given, refused or withdrawn.
    pub kind: VirementEventKind,
    /// London date on which it happened.
    pub happened_on: NaiveDate,
    /// Who was asked, or who answered; not needed where it is withdrawn.
    #[validate(
        length(max = 200, message = "Enter at most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub with_whom: String,
    /// Where that is written; of one that is withdrawn, why.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say where it is written, or why, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub reference: String,
}

/// Makes fences hold what they hold after money is moved, and has spend attributed again.
async fn apply(tx: &Tx, award: award::Model, within: &Within, moved: Moved) -> Result<()> {
    let then = within.after(moved)?;
    awards::store::keep_fences(tx, &changed(&within.parts, &then)).await?;
    let version = award.version + 1;
    let mut award = award.into_active_model();
    award.version = Set(version);
    award.update(tx.conn()).await?;
    jobs::ask(tx, JobKind::AttributeSpend).await
}

/// Moves money between fences of an award. Within the tolerance it takes effect at once; above it it waits
/// for the funder's consent.
pub async fn record(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    expected: Option<i64>,
    new: &NewVirement,
) -> Result<AwardVirementId> {
    ctx.require(Operation::MoveMoney)?;
    new.check(ctx.today())?;
    let command = Command::on(Operation::MoveMoney, "award", award_id);
    db.write(ctx, command, async |tx| {
        let award = awards::store::locked(tx, ctx, award_id).await?;
        closures::store::refuse_closed(tx.conn(), award_id).await?;
        if expected.is_some_and(|version| version != award.version) {
            return Err(Error::Stale);
        }
        let within = Within::of(tx.conn(), &award).await?;
        let moved = new.moved();
        within.after(moved)?;
        let held_against = tightest(&within.tolerances, moved)
            .ok_or_else(|| Error::internal("money that no tolerance concerns"))?
            .clone();
        let needs_consent = new.amount_pence > held_against.left();
        let id = AwardVirementId::new();
        award_virement::ActiveModel {
            id: Set(id),
            award_id: Set(award_id),
            seq: Set(within
                .known
                .last()
                .map_or(1, |one| one.row.seq.saturating_add(1))),
            from_fence_id: Set(new.from_fence_id),
            to_fence_id: Set(new.to_fence_id),
            amount: Set(new.amount_pence),
            moved_on: Set(new.moved_on),
            reason: Set(new.reason.trim().to_owned()),
            needs_consent: Set(needs_consent),
            tolerance: Set(held_against.tolerance),
            counted: Set(held_against.counted),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
            applied_at: Set((!needs_consent).then_some(tx.now())),
        }
        .insert(tx.conn())
        .await?;
        let name = |id: FenceId| {
            let part = within.parts.iter().find(|part| part.id == id);
            part.map(|part| part.name.clone()).unwrap_or_default()
        };
        tx.note("from", name(new.from_fence_id));
        tx.note("to", name(new.to_fence_id));
        tx.note("amount_pence", new.amount_pence.pence());
        tx.note("reason", new.reason.trim());
        tx.note("needs_consent", needs_consent);
        if !needs_consent {
            apply(tx, award, &within, moved).await?;
        }
        Ok(id)
    })
    .await
}

/// Records that the funder was asked, what it answered, or that the virement is no longer wanted. With
/// its consent it takes effect.
pub async fn settle(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    id: AwardVirementId,
    new: &NewVirementFact,
) -> Result<AwardVirementEventId> {
    ctx.require(Operation::MoveMoney)?;
    new.validate()?;
    let command = Command::on(Operation::MoveMoney, "award", award_id);
    db.write(ctx, command, async |tx| {
        let award = awards::store::locked(tx, ctx, award_id).await?;
        closures::store::refuse_closed(tx.conn(), award_id).await?;
        let within = Within::of(tx.conn(), &award).await?;
        let known = within
            .known
            .iter()
            .find(|one| one.row.id == id)
            .ok_or(Error::NotFound)?;
        rules::check_next(known.state(), new.kind)?;
        let last = known.events.last();
        let wrong = rules::check_fact(
            new.kind,
            new.happened_on,
            &new.with_whom,
            last.map_or(known.row.moved_on, |event| event.happened_on),
            ctx.today(),
        );
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let event = AwardVirementEventId::new();
        award_virement_event::ActiveModel {
            id: Set(event),
            virement_id: Set(id),
            seq: Set(last.map_or(1, |event| event.seq.saturating_add(1))),
            kind: Set(new.kind),
            happened_on: Set(new.happened_on),
            with_whom: Set(new.with_whom.trim().to_owned()),
            reference: Set(new.reference.trim().to_owned()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        tx.note("virement", known.row.seq);
        tx.note("amount_pence", known.row.amount.pence());
        tx.note("became", new.kind.slug());
        tx.note("with_whom", new.with_whom.trim());
        tx.note("reason", new.reference.trim());
        if new.kind == VirementEventKind::Given {
            let moved = known.moved();
            apply(tx, award, &within, moved)
                .await
                .map_err(no_longer_fits)?;
            let mut row = known.row.clone().into_active_model();
            row.applied_at = Set(Some(tx.now()));
            row.update(tx.conn()).await?;
        }
        Ok(event)
    })
    .await
}

/// The parts have changed since it was recorded.
fn no_longer_fits(error: Error) -> Error {
    match error {
        Error::Invalid(found) => {
            let why: Vec<String> = found
                .into_iter()
                .map(|FieldError { detail, .. }| detail)
                .collect();
            Error::refused(
                "virement-no-longer-fits",
                format!(
                    "The award’s parts have changed since this was recorded, and it can no longer take \
                     effect. {} Withdraw it, and record another.",
                    why.join(" ")
                ),
            )
        }
        other => other,
    }
}
