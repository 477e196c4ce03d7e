//! The rows of virements. Whoever asks has looked whether the award may be seen.

use std::collections::HashMap;

use entity::{
    AwardId, AwardVirementId, FenceId, Money, award, award_virement, award_virement_event,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules::{Moved, Part, Tolerance, VirementState, shift, state, tolerances, unmoved};
use crate::awards::rules::further::VirementTerms;
use crate::awards::{self, rules as award_rules};
use crate::{Error, FieldError, Result};

/// A virement with what happened to it, the oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Virement {
    pub(crate) row: award_virement::Model,
    pub(crate) events: Vec<award_virement_event::Model>,
}

impl Virement {
    pub(crate) fn moved(&self) -> Moved {
        Moved {
            from: self.row.from_fence_id,
            to: self.row.to_fence_id,
            amount: self.row.amount,
        }
    }

    pub(crate) fn state(&self) -> VirementState {
        state(
            self.row.needs_consent,
            self.events.iter().map(|event| event.kind),
        )
    }
}

/// The virements of these awards, in the order in which they were recorded.
pub(crate) async fn of_awards(
    conn: &impl ConnectionTrait,
    ids: &[AwardId],
) -> Result<Vec<Virement>> {
    let rows = award_virement::Entity::find()
        .filter(award_virement::Column::AwardId.is_in(ids.iter().copied()))
        .order_by_asc(award_virement::Column::AwardId)
        .order_by_asc(award_virement::Column::Seq)
        .all(conn)
        .await?;
    let mut events: HashMap<AwardVirementId, Vec<_>> = HashMap::new();
    for row in award_virement_event::Entity::find()
        .filter(award_virement_event::Column::VirementId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(award_virement_event::Column::Seq)
        .all(conn)
        .await?
    {
        events.entry(row.virement_id).or_default().push(row);
    }
    Ok(rows
        .into_iter()
        .map(|row| Virement {
            events: events.remove(&row.id).unwrap_or_default(),
            row,
        })
        .collect())
}

/// Which virements that took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moves {
    /// Every one.
    All,
    /// Those that the funder was not asked for.
    WithoutAsking,
}

fn made(known: &[Virement], which: Moves) -> Vec<Moved> {
    let mut made: Vec<&Virement> = known
        .iter()
        .filter(|one| one.row.applied_at.is_some())
        .filter(|one| which == Moves::All || !one.row.needs_consent)
        .collect();
    made.sort_by_key(|one| (one.row.applied_at, one.row.seq));
    made.into_iter().map(Virement::moved).collect()
}

/// What money can be moved within: an award's fences, what was moved, and what may be without asking.
#[derive(Clone, Debug)]
pub(crate) struct Within {
    fences: Vec<(
        entity::fence::Model,
        std::collections::BTreeSet<entity::CostCategoryId>,
    )>,
    allowed: std::collections::BTreeSet<entity::CostCategoryId>,
    amount: Money,
    pub(crate) parts: Vec<Part>,
    pub(crate) known: Vec<Virement>,
    pub(crate) terms: VirementTerms,
    pub(crate) tolerances: Vec<Tolerance>,
}

impl Within {
    pub(crate) async fn of(conn: &impl ConnectionTrait, award: &award::Model) -> Result<Self> {
        let fences = awards::store::fences(conn, award.id).await?;
        let parts: Vec<Part> = fences
            .iter()
            .map(|(fence, _)| Part {
                id: fence.id,
                name: fence.name.clone(),
                parent: fence.parent_id,
                reserved: fence.reserved,
                limit: fence.spend_limit,
            })
            .collect();
        let known = of_awards(conn, &[award.id]).await?;
        let terms = awards::store::further(conn, award.id).await?.virement;
        let begun = unmoved(&parts, &made(&known, Moves::All));
        let free = made(&known, Moves::WithoutAsking);
        Ok(Self {
            tolerances: tolerances(&terms, award.amount, &begun, &free),
            allowed: awards::store::categories(conn, award.id).await?,
            amount: award.amount,
            fences,
            parts,
            known,
            terms,
        })
    }

    /// What was moved, in the order in which it took effect.
    pub(crate) fn made(&self, which: Moves) -> Vec<Moved> {
        made(&self.known, which)
    }

    /// The parts as they would stand after money is moved, if they may.
    pub(crate) fn after(&self, moved: Moved) -> Result<Vec<Part>> {
        let mut wrong = Vec::new();
        for (pointer, id) in [("/from_fence_id", moved.from), ("/to_fence_id", moved.to)] {
            if !self.parts.iter().any(|part| part.id == id) {
                wrong.push(FieldError::new(
                    pointer,
                    "unknown",
                    "The award has no such part.",
                ));
            }
        }
        if moved.from == moved.to {
            wrong.push(FieldError::new(
                "/to_fence_id",
                "the-same",
                "Choose another part than the one that it is moved out of.",
            ));
        }
        if !award_rules::is_amount(moved.amount) || moved.amount == Money::ZERO {
            wrong.push(FieldError::new(
                "/amount_pence",
                "out-of-range",
                "Enter an amount of more than nothing and at most a trillion pounds.",
            ));
        }
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let then = shift(&self.parts, moved).map_err(|found| Error::Invalid(vec![found]))?;
        let before = awards::store::plans(&self.fences);
        let mut plans = before.clone();
        for (plan, part) in plans.iter_mut().zip(&then) {
            plan.reserved = part.reserved;
            plan.limit = part.limit;
        }
        // an award that was cut below its reserves stays as far over as it is
        let room = self.amount.max(award_rules::reserved(&before));
        let found = award_rules::check_fences(room, &self.allowed, &plans);
        if found.is_empty() {
            return Ok(then);
        }
        Err(Error::Invalid(
            found
                .into_iter()
                .map(|one| FieldError::new("/amount_pence", one.code, one.detail))
                .collect(),
        ))
    }
}

/// What fences would hold, where that is changed.
pub(crate) fn changed(
    before: &[Part],
    after: &[Part],
) -> Vec<(FenceId, Option<Money>, Option<Money>)> {
    before
        .iter()
        .zip(after)
        .filter(|(was, is)| was != is)
        .map(|(_, is)| (is.id, is.reserved, is.limit))
        .collect()
}
