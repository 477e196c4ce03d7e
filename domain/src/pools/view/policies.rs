//! By which rules awards pay, as readers get them; and what a further one would move.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use entity::{
    AttributionPolicy, AwardId, CommitmentId, CostCategoryId, Money, PoolId, PoolPolicyId,
};
use serde::Serialize;

use crate::access::names_of;
use crate::access::rules::Operation;
use crate::awards::view::{PoolEffect, pool_effect};
use crate::pools::ops::policies::NewPolicy;
use crate::pools::rules::policies::{Apart, Purpose};
use crate::pools::store::{self, Recorded};
use crate::{Ctx, Db, Error, Result, attribution, awards, categories, commitments, organisations};

/// A rule by which awards pay for a pool's spend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PoolPolicy)]
pub struct PolicyView {
    /// Its id.
    pub id: PoolPolicyId,
    /// Its place among the pool's rules, from 1.
    pub seq: i32,
    /// The rule.
    pub policy: AttributionPolicy,
    /// First London date of spend, by the day received, that it applies to.
    pub starts_on: NaiveDate,
    /// Last London date of it, where another follows. Absent of one that was superseded whole.
    pub ends_on: Option<NaiveDate>,
    /// How it stands today.
    pub standing: PolicyStanding,
    /// Who agreed it.
    pub agreed_by: String,
    /// London date on which it was agreed; absent of a first rule recorded without one.
    pub agreed_on: Option<NaiveDate>,
    /// Where that is minuted.
    pub minute: String,
    /// Why.
    pub reason: String,
    /// The chosen name of who recorded it.
    pub recorded_by: Option<String>,
    /// The awards that it names, in their turn. None: those behind the pool, in the stated order.
    pub awards: Vec<PolicyAward>,
    /// Of agreed shares: the spend that has shares of its own. What counts against an agreement that is named here follows
    /// that; other spend of a cost category that is named here follows that; all other spend follows `awards`.
    pub purposes: Vec<PolicyPurpose>,
}

/// The shares of the spend for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PoolPolicyPurpose)]
pub struct PolicyPurpose {
    /// The cost category of the spend.
    pub category_id: Option<CostCategoryId>,
    /// Otherwise the agreement with a provider that it counts against.
    pub commitment_id: Option<CommitmentId>,
    /// What the one or the other is called.
    pub name: String,
    /// Each award that pays for it, with its share.
    pub awards: Vec<PolicyAward>,
}

/// How a rule stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = PoolPolicyStanding)]
pub enum PolicyStanding {
    /// It applies to what is received today.
    InForce,
    /// It applies from a day to come.
    ToCome,
    /// It applied until another followed.
    Past,
    /// Another took its place before it applied to anything, or from its own day.
    Superseded,
}

impl PolicyStanding {
    /// The name spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::InForce => "in-force",
            Self::ToCome => "to-come",
            Self::Past => "past",
            Self::Superseded => "superseded",
        }
    }
}

/// An award that a rule names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PoolPolicyAward)]
pub struct PolicyAward {
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// The funder's name.
    pub funder: String,
    /// Of agreed shares: its share in basis points.
    pub share_bp: Option<i64>,
    /// In proportion: what it put in when the rule was agreed, in pence.
    #[schema(value_type = Option<i64>)]
    pub put_in_pence: Option<Money>,
}

/// What a further rule would move, before it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PoolPolicyPreview)]
pub struct PolicyPreview {
    /// Whether it applies to spend that was received before today.
    pub reaches_back: bool,
    /// The rules recorded for later days that it supersedes.
    pub supersedes: Vec<i32>,
    /// Paid by another award than today, in pence.
    #[schema(value_type = i64)]
    pub moved_pence: Money,
    /// What each award pays now and then.
    pub effect: PoolEffect,
}

/// How rules of these days stand, in the order in which they were recorded, each with its last day. A
/// later one supersedes from its day on. The first may stand for what came before it, too.
pub(crate) fn standings(
    days: &[NaiveDate],
    today: NaiveDate,
    first_stands_before: bool,
) -> Vec<(PolicyStanding, Option<NaiveDate>)> {
    let mut kept: Vec<NaiveDate> = Vec::new();
    for day in days {
        kept.retain(|known| known < day);
        kept.push(*day);
    }
    days.iter()
        .enumerate()
        .map(|(at, from)| {
            // one that begins no later and came since takes its place whole
            let last = days.iter().skip(at + 1).all(|later| later > from);
            let place = kept.iter().position(|day| day == from).filter(|_| last);
            let Some(place) = place else {
                return (PolicyStanding::Superseded, None);
            };
            let next = kept.get(place + 1).copied();
            let standing = if next.is_some_and(|next| next <= today) {
                PolicyStanding::Past
            } else if *from > today && !(place == 0 && first_stands_before) {
                PolicyStanding::ToCome
            } else {
                PolicyStanding::InForce
            };
            (standing, next.map(|next| next - Days::new(1)))
        })
        .collect()
}

fn standing(recorded: &[Recorded], today: NaiveDate) -> Vec<(PolicyStanding, Option<NaiveDate>)> {
    let days: Vec<NaiveDate> = recorded.iter().map(|one| one.row.starts_on).collect();
    standings(&days, today, true)
}

/// The rules of a pool, the newest first.
pub async fn of_pool(db: &Db, ctx: &Ctx, id: PoolId) -> Result<Vec<PolicyView>> {
    ctx.require(Operation::ReadPools)?;
    store::one(db.read(), ctx, id).await?;
    let recorded = store::recorded(db.read(), id).await?;
    let people = recorded.iter().filter_map(|one| one.row.recorded_by);
    let names = names_of(db, people).await?;
    let ids = recorded.iter().flat_map(|one| {
        let apart = one.apart.iter().flat_map(|part| &part.awards);
        one.awards.iter().chain(apart).map(|(award, _)| *award)
    });
    let titles = awards::view::titles(db, ids).await?;
    let called = Called::of(db, recorded.iter().flat_map(|one| &one.apart)).await?;
    let funders: HashMap<_, _> =
        organisations::view::names(db, titles.values().map(|award| award.funder_id)).await?;
    let standings = standing(&recorded, ctx.today());
    let mut views: Vec<PolicyView> = recorded
        .into_iter()
        .zip(standings)
        .map(|(one, (standing, ends_on))| {
            let kind = one.row.policy;
            let named = |awards: &[(AwardId, i64)]| -> Vec<PolicyAward> {
                let one = |(award_id, weight): &(AwardId, i64)| {
                    let title = titles.get(award_id);
                    PolicyAward {
                        award_id: *award_id,
                        award: title.map(|row| row.title.clone()).unwrap_or_default(),
                        funder: title
                            .and_then(|row| funders.get(&row.funder_id).cloned())
                            .unwrap_or_default(),
                        share_bp: (kind == AttributionPolicy::Shares).then_some(*weight),
                        put_in_pence: (kind == AttributionPolicy::ProRata)
                            .then_some(Money(*weight)),
                    }
                };
                awards.iter().map(one).collect()
            };
            PolicyView {
                id: one.row.id,
                seq: one.row.seq,
                policy: kind,
                starts_on: one.row.starts_on,
                ends_on,
                standing,
                agreed_by: one.row.agreed_by,
                agreed_on: one.row.agreed_on,
                minute: one.row.minute,
                reason: one.row.reason,
                recorded_by: one.row.recorded_by.and_then(|id| names.get(&id).cloned()),
                awards: named(&one.awards),
                purposes: one
                    .apart
                    .iter()
                    .map(|part| called.purpose(part.of, named(&part.awards)))
                    .collect(),
            }
        })
        .collect();
    views.reverse();
    Ok(views)
}

/// What purposes are called.
struct Called {
    categories: HashMap<CostCategoryId, String>,
    commitments: HashMap<CommitmentId, String>,
}

impl Called {
    async fn of(db: &Db, apart: impl Iterator<Item = &Apart>) -> Result<Self> {
        let (mut categories, mut commitments) = (Vec::new(), Vec::new());
        for one in apart {
            match one.of {
                Purpose::Category(id) => categories.push(id),
                Purpose::Commitment(id) => commitments.push(id),
            }
        }
        Ok(Self {
            categories: categories::store::names(db.read(), categories).await?,
            commitments: commitments::store::titles(db.read(), &commitments).await?,
        })
    }

    fn purpose(&self, of: Purpose, awards: Vec<PolicyAward>) -> PolicyPurpose {
        let (category_id, commitment_id) = of.ids();
        let name = match of {
            Purpose::Category(id) => self.categories.get(&id),
            Purpose::Commitment(id) => self.commitments.get(&id),
        };
        PolicyPurpose {
            category_id,
            commitment_id,
            name: name.cloned().unwrap_or_default(),
            awards,
        }
    }
}

/// What a further rule would move. Changes nothing.
pub async fn preview(db: &Db, ctx: &Ctx, id: PoolId, new: &NewPolicy) -> Result<PolicyPreview> {
    ctx.require(Operation::AgreePolicy)?;
    store::one(db.read(), ctx, id).await?;
    // looking is how one learns what reaching back does
    let looked = NewPolicy {
        reaches_back: true,
        ..new.clone()
    };
    let policy = looked.checked(db.read(), ctx, id).await?;
    let recorded = store::recorded(db.read(), id).await?;
    let supersedes = recorded
        .iter()
        .zip(standing(&recorded, ctx.today()))
        .filter(|(one, (standing, _))| {
            *standing != PolicyStanding::Superseded && one.row.starts_on >= new.starts_on
        })
        .map(|(one, _)| one.row.seq)
        .collect();
    let effect = attribution::what_if_policy(db, id, policy).await?;
    // What comes to an award, and what is no longer covered, came from another.
    let gains = effect
        .awards
        .values()
        .chain(std::iter::once(&effect.unfunded))
        .map(|(now, then)| then.minus(*now).map(|more| more.max(Money::ZERO)));
    let moved = gains
        .collect::<Option<Vec<Money>>>()
        .and_then(Money::sum)
        .ok_or_else(|| Error::internal("what would move fits no number"))?;
    Ok(PolicyPreview {
        reaches_back: new.starts_on < ctx.today(),
        supersedes,
        moved_pence: moved,
        effect: pool_effect(db, id, effect).await?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_rule_stands_as_those_after_it_leave_it() {
        let days = ["2026-04-01", "2027-04-01", "2026-09-01", "2026-12-01"].map(day);
        assert_eq!(
            standings(&days, day("2026-10-01"), true),
            [
                (PolicyStanding::Past, Some(day("2026-08-31"))),
                (PolicyStanding::Superseded, None),
                (PolicyStanding::InForce, Some(day("2026-11-30"))),
                (PolicyStanding::ToCome, None),
            ]
        );
        let to_come = [day("2027-01-01")];
        let stands = |before| standings(&to_come, day("2026-10-01"), before);
        assert_eq!(stands(true), [(PolicyStanding::InForce, None)]);
        assert_eq!(stands(false), [(PolicyStanding::ToCome, None)]);
    }
}
