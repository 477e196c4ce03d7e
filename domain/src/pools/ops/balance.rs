//! Agreeing what becomes of what a pool overspends, and of what it leaves.

use chrono::NaiveDate;
use entity::{
    BalanceRule, OrganisationId, PoolBalanceRuleId, PoolId, organisation, pool_balance_rule,
    pool_balance_share,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
};
use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::access::rules::Operation;
use crate::calendar::rules::{implausible, not_agreed_yet};
use crate::pools::rules::balance::check_shares;
use crate::pools::store;
use crate::{Command, Ctx, Db, Error, Result};

/// What becomes of what a pool overspends, and of what it leaves, from a day on.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPoolBalanceRule)]
pub struct NewBalanceRule {
    /// Who bears what no award pays for.
    pub overspend: BalanceRule,
    /// By named shares: who bears how much of it.
    #[validate(length(max = 50, message = "Name at most 50 organisations."), nested)]
    #[schema(max_items = 50)]
    #[serde(default)]
    pub overspend_shares: Vec<NamedShare>,
    /// Who has what is left of what awards put in.
    pub underspend: BalanceRule,
    /// By named shares: who has how much of it.
    #[validate(length(max = 50, message = "Name at most 50 organisations."), nested)]
    #[schema(max_items = 50)]
    #[serde(default)]
    pub underspend_shares: Vec<NamedShare>,
    /// First London date on which it applies.
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
}

/// An organisation's share.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PoolBalanceShare)]
pub struct NamedShare {
    /// Whose share it is.
    pub organisation_id: OrganisationId,
    /// The share, in basis points. The shares of a side come to 10,000.
    #[validate(range(
        min = 1,
        max = 10_000,
        message = "Enter a share from 1 to 10,000 basis points."
    ))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub share_bp: i32,
}

fn pairs(shares: &[NamedShare]) -> Vec<(OrganisationId, i64)> {
    shares
        .iter()
        .map(|one| (one.organisation_id, i64::from(one.share_bp)))
        .collect()
}

impl NewBalanceRule {
    fn check(&self, today: NaiveDate) -> Result<()> {
        self.validate()?;
        let mut wrong = Vec::new();
        wrong.extend(implausible("/starts_on", self.starts_on));
        wrong.extend(not_agreed_yet(self.agreed_on, today));
        let (over, under) = (
            pairs(&self.overspend_shares),
            pairs(&self.underspend_shares),
        );
        wrong.extend(check_shares("/overspend_shares", self.overspend, &over));
        wrong.extend(check_shares("/underspend_shares", self.underspend, &under));
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

/// Records what becomes of what a pool overspends, and of what it leaves, from a day on.
pub async fn agree(
    db: &Db,
    ctx: &Ctx,
    pool_id: PoolId,
    expected: Option<i64>,
    new: &NewBalanceRule,
) -> Result<PoolBalanceRuleId> {
    ctx.require(Operation::AgreeBalance)?;
    new.check(ctx.today())?;
    let command = Command::on(Operation::AgreeBalance, "pool", pool_id);
    db.write(ctx, command, async |tx| {
        let row = store::locked(tx, ctx, pool_id, expected).await?;
        for (pointer, shares) in [
            ("/overspend_shares", &new.overspend_shares),
            ("/underspend_shares", &new.underspend_shares),
        ] {
            let bodies: Vec<OrganisationId> =
                shares.iter().map(|one| one.organisation_id).collect();
            let known = organisation::Entity::find()
                .filter(organisation::Column::Id.is_in(bodies.iter().copied()))
                .count(tx.conn())
                .await?;
            if usize::try_from(known).unwrap_or(usize::MAX) < bodies.len() {
                return Err(Error::invalid(
                    pointer,
                    "unknown",
                    "There is no such organisation.",
                ));
            }
        }
        let seq = store::balance_rules(tx.conn(), pool_id)
            .await?
            .last()
            .map_or(1, |one| one.row.seq.saturating_add(1));
        let id = PoolBalanceRuleId::new();
        pool_balance_rule::ActiveModel {
            id: Set(id),
            pool_id: Set(pool_id),
            seq: Set(seq),
            overspend: Set(new.overspend),
            underspend: Set(new.underspend),
            starts_on: Set(new.starts_on),
            agreed_by: Set(new.agreed_by.trim().to_owned()),
            agreed_on: Set(new.agreed_on),
            minute: Set(new.minute.trim().to_owned()),
            reason: Set(new.reason.trim().to_owned()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        for (of_underspend, shares) in [
            (false, &new.overspend_shares),
            (true, &new.underspend_shares),
        ] {
            for one in shares {
                pool_balance_share::ActiveModel {
                    rule_id: Set(id),
                    of_underspend: Set(of_underspend),
                    organisation_id: Set(one.organisation_id),
                    share_bp: Set(one.share_bp),
                }
                .insert(tx.conn())
                .await?;
            }
        }
        store::changed(tx, row).await?;
        tx.note("overspend", new.overspend.slug());
        tx.note("underspend", new.underspend.slug());
        tx.note("starts_on", new.starts_on.to_string());
        tx.note("agreed_by", new.agreed_by.trim());
        tx.note("minute", new.minute.trim());
        tx.note("reason", new.reason.trim());
        Ok(id)
    })
    .await
}
