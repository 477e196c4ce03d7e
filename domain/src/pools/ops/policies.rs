//! Agreeing by which rule awards pay for a pool's spend, from a day on.

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{
    AttributionPolicy, AwardId, CommitmentId, CostCategoryId, JobKind, Money, PoolId, PoolPolicyId,
    pool_policy, pool_policy_award, pool_policy_purpose,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::NewContribution;
use crate::access::rules::Operation;
use crate::calendar::rules::not_agreed_yet;
use crate::pools::rules::policies::{self, Apart, Held, Policy, Purpose, Said, SaidApart, percent};
use crate::pools::store;
use crate::{Command, Ctx, Db, Error, Result, Tx, categories, commitments, jobs};

/// A rule by which awards pay for a pool's spend, from a day on.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPoolPolicy)]
pub struct NewPolicy {
    /// The rule. There is no default: it is chosen.
    pub policy: AttributionPolicy,
    /// First London date of spend, by the day it was received, that it applies to.
    pub starts_on: NaiveDate,
    /// Who agreed it: a person or a body.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Say who agreed it, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub agreed_by: String,
    /// London date on which it was agreed.
    pub agreed_on: NaiveDate,
    /// Where that is minuted.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say where that is minuted, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub minute: String,
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
    /// In a stated order: every award behind the pool, in its turn. Of agreed shares: each with its
    /// share. In proportion: none, for each pays by what it puts in.
    #[validate(
        length(max = 200, message = "A rule names at most 200 awards."),
        nested
    )]
    #[schema(max_items = 200)]
    #[serde(default)]
    pub awards: Vec<PolicyShare>,
    /// Of agreed shares: spend that has shares of its own, by what it is for. What counts against an agreement that is named
    /// here follows that; other spend of a cost category that is named here follows that; all other spend follows `awards`.
    #[validate(
        length(
            max = 100,
            message = "A rule has shares of their own for at most 100 purposes."
        ),
        nested
    )]
    #[schema(max_items = 100)]
    #[serde(default)]
    pub purposes: Vec<PurposeShares>,
    /// That it is meant to apply to spend that was received before today. Without it, such a rule is
    /// refused.
    #[serde(default)]
    pub reaches_back: bool,
}

/// What a rule says of an award.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PoolPolicyShare)]
pub struct PolicyShare {
    /// The award.
    pub award_id: AwardId,
    /// Of agreed shares: its share, in basis points. All shares come to 10,000.
    #[validate(range(
        min = 0,
        max = 10_000,
        message = "Enter a share from 0 to 10,000 basis points."
    ))]
    #[schema(minimum = 0, maximum = 10_000)]
    #[serde(default)]
    pub share_bp: Option<i32>,
}

/// The shares of the spend for one purpose: of a cost category, or against an agreement with a provider. One of the two.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPoolPolicyPurpose)]
pub struct PurposeShares {
    /// The cost category.
    #[serde(default)]
    pub category_id: Option<CostCategoryId>,
    /// Or the agreement with a provider, of this pool.
    #[serde(default)]
    pub commitment_id: Option<CommitmentId>,
    /// Each award that pays for it with its share: together 10,000 basis points. One that is not here pays for none of it.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Give the shares of at least one award, and of at most 200."
        ),
        nested
    )]
    #[schema(min_items = 1, max_items = 200)]
    pub awards: Vec<PolicyShare>,
}

impl PurposeShares {
    fn said(&self) -> SaidApart {
        SaidApart {
            of: Purpose::of(self.category_id, self.commitment_id),
            awards: self.awards.iter().map(PolicyShare::said).collect(),
        }
    }
}

impl PolicyShare {
    fn said(&self) -> Said {
        Said {
            award: self.award_id,
            share_bp: self.share_bp,
        }
    }
}

impl NewPolicy {
    /// The rule, if it may be recorded as things stand.
    pub(crate) async fn checked(
        &self,
        conn: &impl ConnectionTrait,
        ctx: &Ctx,
        id: PoolId,
    ) -> Result<Policy> {
        self.validate()?;
        let contributions: Vec<(AwardId, Money)> = store::contributions(conn, &[id])
            .await?
            .into_iter()
            .map(|part| (part.award_id, part.agreed))
            .collect();
        let closed: Vec<NaiveDate> = store::closed(conn, id)
            .await?
            .into_iter()
            .map(|period| period.month)
            .collect();
        let known = store::recorded(conn, id).await?;
        let held = Held {
            first_on: known.first().map(|one| one.row.starts_on),
            contributions: &contributions,
            closed: &closed,
            today: ctx.today(),
        };
        let mut wrong = policies::check_from(self.starts_on, self.reaches_back, &held);
        wrong.extend(not_agreed_yet(self.agreed_on, ctx.today()));
        let said: Vec<Said> = self.awards.iter().map(PolicyShare::said).collect();
        let named = policies::named(self.policy, &said, held.contributions);
        let said: Vec<SaidApart> = self.purposes.iter().map(PurposeShares::said).collect();
        let pays: Vec<AwardId> = contributions.iter().map(|(award, _)| *award).collect();
        let known = self.known(conn, id).await?;
        let apart = policies::apart(self.policy, &said, &pays, |of| known.contains(&of));
        match (named, apart) {
            (Ok(awards), Ok(apart)) if wrong.is_empty() => Ok(Policy {
                starts_on: self.starts_on,
                kind: self.policy,
                awards,
                apart,
            }),
            (named, apart) => {
                wrong.extend(named.err().into_iter().flatten());
                wrong.extend(apart.err().into_iter().flatten());
                Err(Error::Invalid(wrong))
            }
        }
    }

    /// What of the purposes that are named there is.
    async fn known(&self, conn: &impl ConnectionTrait, id: PoolId) -> Result<HashSet<Purpose>> {
        let mut known = HashSet::new();
        let named = self.purposes.iter().filter_map(|one| one.category_id);
        let named = categories::store::names(conn, named).await?;
        known.extend(named.into_keys().map(Purpose::Category));
        if self.purposes.iter().any(|one| one.commitment_id.is_some()) {
            let agreements = commitments::store::of_pool(conn, id).await?;
            known.extend(
                agreements
                    .all()
                    .iter()
                    .map(|one| Purpose::Commitment(one.id)),
            );
        }
        Ok(known)
    }
}

/// Records by which rule awards pay for a pool's spend, from a day on. It supersedes from that day
/// on; what was received before stays with the rule of its day.
pub async fn agree(
    db: &Db,
    ctx: &Ctx,
    pool_id: PoolId,
    expected: Option<i64>,
    new: &NewPolicy,
) -> Result<PoolPolicyId> {
    ctx.require(Operation::AgreePolicy)?;
    new.validate()?;
    let command = Command::on(Operation::AgreePolicy, "pool", pool_id);
    db.write(ctx, command, async |tx| {
        let row = store::locked(tx, ctx, pool_id, expected).await?;
        let policy = new.checked(tx.conn(), ctx, pool_id).await?;
        let seq = store::recorded(tx.conn(), pool_id)
            .await?
            .last()
            .map_or(1, |one| one.row.seq.saturating_add(1));
        let id = PoolPolicyId::new();
        pool_policy::ActiveModel {
            id: Set(id),
            pool_id: Set(pool_id),
            seq: Set(seq),
            policy: Set(new.policy),
            starts_on: Set(new.starts_on),
            agreed_by: Set(new.agreed_by.trim().to_owned()),
            agreed_on: Set(Some(new.agreed_on)),
            minute: Set(new.minute.trim().to_owned()),
            reason: Set(new.reason.trim().to_owned()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        name(tx, id, &policy.awards).await?;
        tell_apart(tx, id, &policy.apart).await?;
        store::changed(tx, row).await?;
        tx.note("policy", new.policy.slug());
        tx.note("starts_on", new.starts_on.to_string());
        tx.note("agreed_by", new.agreed_by.trim());
        tx.note("agreed_on", new.agreed_on.to_string());
        tx.note("minute", new.minute.trim());
        tx.note("reason", new.reason.trim());
        if new.policy == AttributionPolicy::Shares {
            let shares: Vec<String> = policy
                .awards
                .iter()
                .map(|(_, share)| format!("{}%", percent(*share)))
                .collect();
            tx.note("shares", shares.join(", "));
            tx.note("purposes", policy.apart.len().to_string());
        }
        jobs::ask(tx, JobKind::AttributeSpend).await?;
        Ok(id)
    })
    .await
}

async fn name(tx: &Tx, id: PoolPolicyId, awards: &[(AwardId, i64)]) -> Result<()> {
    if awards.is_empty() {
        return Ok(());
    }
    pool_policy_award::Entity::insert_many((1..).zip(awards).map(|(turn, (award, weight))| {
        pool_policy_award::ActiveModel {
            policy_id: Set(id),
            award_id: Set(*award),
            position: Set(turn),
            weight: Set(*weight),
        }
    }))
    .exec_without_returning(tx.conn())
    .await?;
    Ok(())
}

async fn tell_apart(tx: &Tx, id: PoolPolicyId, apart: &[Apart]) -> Result<()> {
    let mut rows = Vec::new();
    for (position, one) in (1..).zip(apart) {
        let (category_id, commitment_id) = one.of.ids();
        for (award, share) in &one.awards {
            let share_bp = i32::try_from(*share).map_err(|_beyond| Error::internal("a share"))?;
            rows.push(pool_policy_purpose::ActiveModel {
                policy_id: Set(id),
                position: Set(position),
                award_id: Set(*award),
                category_id: Set(category_id),
                commitment_id: Set(commitment_id),
                share_bp: Set(share_bp),
            });
        }
    }
    // Of six values each: at once they might be more than SQLite takes.
    for some in rows.chunks(1_000) {
        pool_policy_purpose::Entity::insert_many(some.iter().cloned())
            .exec_without_returning(tx.conn())
            .await?;
    }
    Ok(())
}

/// The rule that a pool is set up with: the stated order is that of its contributions, also of those
/// to come; in proportion, the awards that it is set up with.
pub(super) fn first(
    policy: AttributionPolicy,
    contributions: &[NewContribution],
) -> Result<Vec<(AwardId, i64)>> {
    match policy {
        AttributionPolicy::InOrder | AttributionPolicy::Manual => Ok(Vec::new()),
        AttributionPolicy::Optimal => Err(Error::invalid(
            "/policy",
            "optimal-comes-later",
            "Set the pool up in a stated order and put awards behind it. Then agree the optimal \
             rule, from the pool’s first day.",
        )),
        AttributionPolicy::ProRata => {
            let given: Vec<(AwardId, Money)> = contributions
                .iter()
                .map(|part| (part.award_id, part.agreed_pence))
                .collect();
            policies::named(policy, &[], &given).map_err(Error::Invalid)
        }
        AttributionPolicy::Shares => Err(Error::invalid(
            "/policy",
            "shares-come-later",
            "Set the pool up in a stated order and put awards behind it. Then record the agreed \
             shares, from the pool’s first day.",
        )),
    }
}

pub(super) async fn insert_first(
    tx: &Tx,
    pool_id: PoolId,
    new: &super::NewPool,
    awards: &[(AwardId, i64)],
) -> Result<()> {
    let id = PoolPolicyId::new();
    pool_policy::ActiveModel {
        id: Set(id),
        pool_id: Set(pool_id),
        seq: Set(1),
        policy: Set(new.policy),
        starts_on: Set(new.policy_from),
        agreed_by: Set(new.policy_agreed_by.trim().to_owned()),
        agreed_on: Set(None),
        minute: Set(String::new()),
        reason: Set(String::new()),
        recorded_by: Set(None),
        recorded_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?;
    name(tx, id, awards).await
}
