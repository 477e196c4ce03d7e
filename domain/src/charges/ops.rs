//! Recording how much may be charged for management, of an award or of a pool.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{ChargeBasis, ChargeCapId, CostCategoryId, Money, charge_cap, charge_cap_category};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::rules::{Cap, check, in_words};
use super::store::{self, Of};
use crate::access::rules::Operation;
use crate::calendar::rules::{implausible, not_agreed_yet};
use crate::{Command, Ctx, Db, Error, FieldError, Result, awards, categories, closures, pools};

/// How much may be charged for management in each year, from a day on.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChargeCap {
    /// First London date on which it applies. A year has one cap: the one that is in force on its first day,
    /// or else the first that begins in it.
    pub starts_on: NaiveDate,
    /// What the cap is a share of, or that it is an amount; or that nothing caps the charge any more.
    pub basis: ChargeBasis,
    /// The share, in basis points: 500 is 5%.
    #[schema(minimum = 0, maximum = 10_000)]
    #[serde(default)]
    pub share_bp: Option<i32>,
    /// The amount for each year, in pence.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000_000_000_i64)]
    #[serde(default)]
    pub amount_pence: Option<Money>,
    /// The cost categories whose spend is the charge.
    #[validate(length(max = 50, message = "Choose at most 50 cost categories."))]
    #[schema(max_items = 50)]
    #[serde(default)]
    pub category_ids: Vec<CostCategoryId>,
    /// Who charges it, such as the council that holds the money.
    #[validate(
        length(max = 200, message = "Say who charges it in at most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub charged_by: String,
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
    /// Where that is written: a term of the award, a clause of the pool's agreement, a minute.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say where that is written, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub source: String,
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

impl NewChargeCap {
    fn cap(&self) -> Cap {
        Cap {
            starts_on: self.starts_on,
            basis: self.basis,
            share_bp: i64::from(self.share_bp.unwrap_or_default()),
            amount: self.amount_pence.unwrap_or_default(),
        }
    }

    fn check(&self, today: NaiveDate) -> Result<()> {
        self.validate()?;
        let mut wrong: Vec<FieldError> = implausible("/starts_on", self.starts_on)
            .into_iter()
            .collect();
        wrong.extend(implausible("/agreed_on", self.agreed_on));
        if wrong.is_empty() {
            wrong.extend(not_agreed_yet(self.agreed_on, today));
        }
        wrong.extend(check(
            self.basis,
            self.share_bp,
            self.amount_pence,
            self.category_ids.len(),
        ));
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

/// Records how much may be charged for management from a day on. It changes nothing that is attributed: it
/// says what is over.
pub async fn agree(
    db: &Db,
    ctx: &Ctx,
    of: Of,
    expected: Option<i64>,
    new: &NewChargeCap,
) -> Result<ChargeCapId> {
    ctx.require(Operation::AgreeCharges)?;
    new.check(ctx.today())?;
    let named: BTreeSet<CostCategoryId> = new.category_ids.iter().copied().collect();
    let command = match of {
        Of::Award(id) => Command::on(Operation::AgreeCharges, "award", id),
        Of::Pool(id) => Command::on(Operation::AgreeCharges, "pool", id),
    };
    db.write(ctx, command, async |tx| {
        let (award_id, pool_id) = match of {
            Of::Award(id) => {
                let row = awards::store::locked(tx, ctx, id).await?;
                if expected.is_some_and(|version| version != row.version) {
                    return Err(Error::Stale);
                }
                closures::store::refuse_closed(tx.conn(), id).await?;
                let version = row.version + 1;
                let mut row = row.into_active_model();
                row.version = Set(version);
                row.update(tx.conn()).await?;
                (Some(id), None)
            }
            Of::Pool(id) => {
                let row = pools::store::locked(tx, ctx, id, expected).await?;
                pools::store::changed(tx, row).await?;
                (None, Some(id))
            }
        };
        if !categories::store::unknown(tx.conn(), &named)
            .await?
            .is_empty()
        {
            return Err(Error::invalid(
                "/category_ids",
                "unknown",
                "There is no such cost category.",
            ));
        }
        let seq = store::caps(tx.conn(), of)
            .await?
            .last()
            .map_or(1, |one| one.row.seq.saturating_add(1));
        let id = ChargeCapId::new();
        charge_cap::ActiveModel {
            id: Set(id),
            award_id: Set(award_id),
            pool_id: Set(pool_id),
            seq: Set(seq),
            starts_on: Set(new.starts_on),
            basis: Set(new.basis),
            share_bp: Set(new.share_bp),
            amount: Set(new.amount_pence),
            charged_by: Set(new.charged_by.trim().to_owned()),
            agreed_by: Set(new.agreed_by.trim().to_owned()),
            agreed_on: Set(new.agreed_on),
            source: Set(new.source.trim().to_owned()),
            reason: Set(new.reason.trim().to_owned()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        for category_id in &named {
            charge_cap_category::ActiveModel {
                cap_id: Set(id),
                category_id: Set(*category_id),
            }
            .insert(tx.conn())
            .await?;
        }
        tx.note("at_most", in_words(&new.cap()));
        tx.note("starts_on", new.starts_on.to_string());
        tx.note("agreed_by", new.agreed_by.trim());
        tx.note("source", new.source.trim());
        tx.note("reason", new.reason.trim());
        Ok(id)
    })
    .await
}
