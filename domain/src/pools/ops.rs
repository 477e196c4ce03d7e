//! Setting up a pool with its contributions and policy, and adding a further contribution.

pub mod balance;
mod correct;
pub mod policies;
pub mod statements;

pub use correct::{Correction, correct};

use chrono::NaiveDate;
use entity::{
    AttributionPolicy, AwardId, BalanceKind, ContributionId, JobKind, Money, OrganisationId,
    PoolId, contribution, organisation, pool,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{rules, store};
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, Tx, awards, closures, jobs, slugs};

/// A pool to set up.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPool {
    /// A stable short name, such as `treatment`: files of spend name the pool by it.
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub slug: String,
    /// What people call it.
    #[validate(
        length(
            min = 1,
            max = 120,
            message = "Enter a name of at most 120 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// What it is for, in one sentence.
    #[validate(length(
        min = 1,
        max = 300,
        message = "Say what it is for, in at most 300 characters."
    ))]
    #[schema(min_length = 1, max_length = 300)]
    pub purpose: String,
    /// Holds the money.
    pub holder_id: OrganisationId,
    /// The agreed rule. There is no default: it is chosen. Agreed shares are recorded once awards are
    /// behind the pool.
    pub policy: AttributionPolicy,
    /// From which London date the rule applies.
    pub policy_from: NaiveDate,
    /// Who agreed the rule, and where that is minuted.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Say who agreed the rule and where that is minuted, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200)]
    pub policy_agreed_by: String,
    /// What awards put in, in the stated order: the first pays first.
    #[validate(length(max = 200, message = "A pool has at most 200 contributions."))]
    #[schema(max_items = 200)]
    #[serde(default)]
    pub contributions: Vec<NewContribution>,
}

/// What an award puts into a pool.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContribution {
    /// The award.
    pub award_id: AwardId,
    /// Agreed, in pence.
    #[schema(value_type = i64, minimum = 1, maximum = 100_000_000_000_000_i64)]
    pub agreed_pence: Money,
}

/// Sets up a pool with its contributions, in one write.
pub async fn create(db: &Db, ctx: &Ctx, new: &NewPool) -> Result<PoolId> {
    ctx.require(Operation::CreatePool)?;
    new.validate()?;
    let given: Vec<(AwardId, Money)> = new
        .contributions
        .iter()
        .map(|part| (part.award_id, part.agreed_pence))
        .collect();
    let mut wrong = rules::check_contributions(&given);
    wrong.extend(slugs::check(&new.slug, "/slug"));
    wrong.extend(rules::check_policy_from(new.policy_from));
    let named = match policies::first(new.policy, &new.contributions) {
        Ok(named) => named,
        Err(Error::Invalid(more)) => {
            wrong.extend(more);
            Vec::new()
        }
        Err(other) => return Err(other),
    };
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    db.write(ctx, Command::new(Operation::CreatePool), async |tx| {
        if organisation::Entity::find_by_id(new.holder_id)
            .one(tx.conn())
            .await?
            .is_none()
        {
            return Err(Error::invalid(
                "/holder_id",
                "unknown",
                "There is no such organisation.",
            ));
        }
        let id = insert(tx, new).await?;
        policies::insert_first(tx, id, new, &named).await?;
        // awards are locked in one order by everybody, whatever order the pool states
        let mut in_turn: Vec<usize> = (0..given.len()).collect();
        in_turn.sort_by_key(|index| given.get(*index).map(|(award, _)| *award));
        for index in in_turn {
            let Some((award, agreed)) = given.get(index) else {
                continue;
            };
            let at = format!("/contributions/{index}");
            contribute(tx, ctx, id, *award, *agreed, index, &at).await?;
        }
        tx.subject("pool", id);
        tx.note("name", new.name.clone());
        tx.note("policy", new.policy.slug());
        tx.note("policy_agreed_by", new.policy_agreed_by.clone());
        tx.note("contributions", given.len());
        attribute_again(tx).await?;
        Ok(id)
    })
    .await
}

async fn insert(tx: &Tx, new: &NewPool) -> Result<PoolId> {
    let id = PoolId::new();
    let inserted = pool::ActiveModel {
        id: Set(id),
        slug: Set(new.slug.clone()),
        name: Set(new.name.trim().to_owned()),
        purpose: Set(new.purpose.trim().to_owned()),
        holder_id: Set(new.holder_id),
        version: Set(1),
        created_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await;
    match inserted {
        Ok(_) => Ok(id),
        Err(error) if crate::db::is_unique_violation(&error) => Err(Error::invalid(
            "/slug",
            "known-already",
            "There is a pool with this short name already.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Puts an award's money behind a pool, after those that are there: it pays last.
pub async fn add_contribution(
    db: &Db,
    ctx: &Ctx,
    pool_id: PoolId,
    expected: Option<i64>,
    new: &NewContribution,
) -> Result<ContributionId> {
    ctx.require(Operation::CreateContribution)?;
    let mut wrong = rules::check_contributions(&[(new.award_id, new.agreed_pence)]);
    for found in &mut wrong {
        found.pointer = found.pointer.replacen("/contributions/0", "", 1);
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    db.write(
        ctx,
        Command::on(Operation::CreateContribution, "pool", pool_id),
        async |tx| {
            store::one(tx.conn(), ctx, pool_id).await?;
            awards::store::one(tx.conn(), ctx, new.award_id)
                .await
                .map_err(|error| unknown_award(error, "/award_id"))?;
            tx.lock("award", new.award_id).await?;
            let row = store::locked(tx, ctx, pool_id, expected).await?;
            let present = store::contributions(tx.conn(), &[pool_id]).await?;
            if present.iter().any(|part| part.award_id == new.award_id) {
                return Err(Error::invalid(
                    "/award_id",
                    "twice",
                    "This award contributes to the pool already.",
                ));
            }
            if present.len() >= rules::MOST_CONTRIBUTIONS {
                return Err(Error::refused(
                    "too-many-contributions",
                    "A pool has at most 200 contributions.",
                ));
            }
            let index = present
                .iter()
                .filter_map(|part| usize::try_from(part.position).ok())
                .max()
                .unwrap_or(0);
            let id =
                contribute(tx, ctx, pool_id, new.award_id, new.agreed_pence, index, "").await?;
            store::changed(tx, row).await?;
            tx.note("award_id", new.award_id.to_string());
            tx.note("agreed_pence", new.agreed_pence.pence());
            attribute_again(tx).await?;
            Ok(id)
        },
    )
    .await
}

/// One contribution: the award's row is locked, so that two writers cannot both take its last
/// pound.
async fn contribute(
    tx: &Tx,
    ctx: &Ctx,
    pool_id: PoolId,
    award_id: AwardId,
    agreed: Money,
    index: usize,
    at: &str,
) -> Result<ContributionId> {
    let award = awards::store::locked(tx, ctx, award_id)
        .await
        .map_err(|error| unknown_award(error, &format!("{at}/award_id")))?;
    closures::store::refuse_closed(tx.conn(), award_id).await?;
    let others = store::put_elsewhere(tx.conn(), award_id, None).await?;
    let room = rules::room(award.amount, others)
        .ok_or_else(|| Error::internal("contributions of an award fit no number"))?;
    if agreed > room {
        return Err(Error::invalid(
            format!("{at}/agreed_pence"),
            "more-than-the-award",
            format!(
                "{} has {} that no pool has yet. Enter that or less.",
                award.title,
                room.in_full()
            ),
        ));
    }
    let id = ContributionId::new();
    contribution::ActiveModel {
        id: Set(id),
        pool_id: Set(pool_id),
        award_id: Set(award_id),
        position: Set(i32::try_from(index + 1).unwrap_or(i32::MAX)),
        agreed: Set(agreed),
    }
    .insert(tx.conn())
    .await?;
    awards::store::open_balance(tx, BalanceKind::Contribution, id, agreed).await?;
    Ok(id)
}

fn unknown_award(error: Error, pointer: &str) -> Error {
    match error {
        Error::NotFound => Error::invalid(pointer, "unknown", "There is no such award."),
        other => other,
    }
}

async fn attribute_again(tx: &Tx) -> Result<()> {
    jobs::ask(tx, JobKind::AttributeSpend).await
}
