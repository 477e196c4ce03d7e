//! Recording what a funder of a pool agreed of being shown to its other funders; marking a position as seen.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{OrganisationId, PoolDisclosureId, PoolId, pool_disclosure, position_seen};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::rules::changes::seen_until;
use super::store;
use super::view::{self, changes};
use crate::access::rules::Operation;
use crate::calendar::rules::{implausible, not_agreed_yet};
use crate::{Command, Ctx, Db, Error, Result, awards, pools};

/// What a funder agreed of being shown to a pool's other funders, from a day on.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPoolDisclosure)]
pub struct NewDisclosure {
    /// The funder: one whose award is behind the pool.
    pub funder_id: OrganisationId,
    /// Shown by name with its own figures; otherwise only within a sum.
    pub by_name: bool,
    /// First London date on which it applies.
    pub starts_on: NaiveDate,
    /// Who agreed it for the funder.
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
    /// Where that is written.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say where that is written, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub reference: String,
}

impl NewDisclosure {
    fn check(&self, today: NaiveDate) -> Result<()> {
        self.validate()?;
        let mut wrong = Vec::new();
        wrong.extend(implausible("/starts_on", self.starts_on));
        wrong.extend(not_agreed_yet(self.agreed_on, today));
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

/// Records what a funder of a pool agreed of being shown to its other funders.
pub async fn record(
    db: &Db,
    ctx: &Ctx,
    pool_id: PoolId,
    expected: Option<i64>,
    new: &NewDisclosure,
) -> Result<PoolDisclosureId> {
    ctx.require(Operation::RecordDisclosure)?;
    new.check(ctx.today())?;
    let command = Command::on(Operation::RecordDisclosure, "pool", pool_id);
    db.write(ctx, command, async |tx| {
        let row = pools::store::locked(tx, ctx, pool_id, expected).await?;
        let given = pools::store::contributions(tx.conn(), &[pool_id]).await?;
        let ids = given.iter().map(|part| part.award_id);
        if !awards::store::any_of_funders(tx.conn(), ids, &[new.funder_id]).await? {
            return Err(Error::invalid(
                "/funder_id",
                "not-a-funder",
                "Choose a funder whose award is behind the pool.",
            ));
        }
        let seq = store::disclosures(tx.conn(), pool_id)
            .await?
            .last()
            .map_or(1, |one| one.seq.saturating_add(1));
        let id = PoolDisclosureId::new();
        pool_disclosure::ActiveModel {
            id: Set(id),
            pool_id: Set(pool_id),
            seq: Set(seq),
            funder_id: Set(new.funder_id),
            by_name: Set(new.by_name),
            starts_on: Set(new.starts_on),
            agreed_by: Set(new.agreed_by.trim().to_owned()),
            agreed_on: Set(new.agreed_on),
            reference: Set(new.reference.trim().to_owned()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        pools::store::changed(tx, row).await?;
        tx.note("funder", new.funder_id.to_string());
        tx.note("by_name", new.by_name);
        tx.note("starts_on", new.starts_on.to_string());
        tx.note("agreed_by", new.agreed_by.trim());
        tx.note("reference", new.reference.trim());
        Ok(id)
    })
    .await
}

/// Marks what was known of the position of a pool, or of all, when the acting person looked at it as seen by them:
/// what is recorded after it is what changed.
pub async fn mark_seen(
    db: &Db,
    ctx: &Ctx,
    pool: Option<PoolId>,
    looked_at: DateTime<Utc>,
) -> Result<()> {
    ctx.require(Operation::MarkPositionSeen)?;
    let me = ctx.person()?.id;
    // what cannot be looked at cannot have been seen
    view::may_look(db, ctx, pool).await?;
    let command = Command::on(Operation::MarkPositionSeen, "person", me);
    db.write(ctx, command, async |tx| {
        tx.lock("person", me).await?;
        let before = changes::mark(tx.conn(), me, pool).await?;
        let until = seen_until(before.as_ref().map(|row| row.known_at), looked_at, tx.now());
        match before {
            Some(row) => {
                let mut row = row.into_active_model();
                row.known_at = Set(until);
                row.update(tx.conn()).await?;
            }
            None => {
                position_seen::ActiveModel {
                    id: Set(uuid::Uuid::now_v7()),
                    person_id: Set(me),
                    pool_id: Set(pool),
                    known_at: Set(until),
                }
                .insert(tx.conn())
                .await?;
            }
        }
        Ok(())
    })
    .await
}
