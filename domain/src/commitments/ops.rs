//! The verbs of commitments, each one write transaction under the commitment's lock.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{
    AllocationId, AwardId, CommitmentId, CommitmentKind, CostCategoryId, DeadlineKind, JobKind,
    Money, Nation, OrganisationId, PoolId, allocation, award, commitment, commitment_award,
    commitment_month, commitment_notice, commitment_version, cost_category, organisation, pool,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;

use super::rules::{self, Month};
use super::store;
use crate::access::rules::Operation;
use crate::awards::rules::is_amount;
use crate::calendar::rules::{end_of_day, implausible, is_plausible};
use crate::deadlines::ops::Duty;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, deadlines, jobs};

/// A contract or grant agreement with a provider.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCommitment {
    /// Who delivers.
    pub provider_id: OrganisationId,
    /// Who holds the agreement: whose contract it is.
    pub holder_id: OrganisationId,
    /// What it is.
    pub kind: CommitmentKind,
    /// The holder's reference: one of its own.
    #[validate(
        length(
            min = 1,
            max = 100,
            message = "Enter the holder’s reference, in at most 100 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub reference: String,
    /// What was agreed.
    #[validate(nested)]
    pub terms: CommitmentTerms,
}

/// What was agreed with a provider: all of it, as it stands.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitmentTerms {
    /// What people call it.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Enter what people call it, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// Whose money pays.
    pub pool_id: PoolId,
    /// The cost category of its spend, where it is one.
    #[serde(default)]
    pub category_id: Option<CostCategoryId>,
    /// Where it is for, if anywhere in particular.
    #[validate(
        length(max = 120, message = "Enter at most 120 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 120)]
    #[serde(default)]
    pub place: String,
    /// Which group of people it is for, if any in particular.
    #[validate(
        length(max = 120, message = "Enter at most 120 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 120)]
    #[serde(default)]
    pub people_group: String,
    /// What it pays for is capital; otherwise revenue. An award that pays for the other is not expected to pay for it.
    #[serde(default)]
    pub capital: bool,
    /// The decision of both boards that it comes of.
    #[serde(default)]
    pub allocation_id: Option<AllocationId>,
    /// How the finance system names the provider; the provider's own name where nothing is said.
    #[validate(
        length(max = 200, message = "Enter at most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub supplier: String,
    /// First London date.
    pub starts_on: NaiveDate,
    /// Last London date.
    pub ends_on: NaiveDate,
    /// So many days before its end the provider must be told whether it goes on.
    #[validate(range(
        min = 0,
        max = 1826,
        message = "Enter a number of days from 0 to 1,826."
    ))]
    #[schema(minimum = 0, maximum = 1826)]
    #[serde(default)]
    pub notice_days: Option<i32>,
    /// How much for each month. Left empty, `spread_pence` is spread equally.
    #[schema(max_items = 240)]
    #[serde(default)]
    pub months: Vec<MonthAmount>,
    /// An amount to be spread equally over its months, to the penny.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100_000_000_000_000_i64)]
    #[serde(default)]
    pub spread_pence: Option<Money>,
    /// The awards that pay for it, where the agreement names them.
    #[schema(max_items = 50)]
    #[serde(default)]
    pub award_ids: Vec<AwardId>,
}

/// How much was agreed for a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommitmentMonth)]
pub struct MonthAmount {
    /// Its first day.
    pub month: NaiveDate,
    /// How much, in pence.
    #[schema(value_type = i64, minimum = 0, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Money,
}

/// A change of what was agreed.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Variation {
    /// From which London date it holds.
    pub effective_on: NaiveDate,
    /// Why: an extension, an early end, another price; with its reference.
    #[validate(
        length(
            min = 1,
            max = 500,
            message = "Say what changes and why, in at most 500 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
    /// What is agreed from then on: all of it.
    #[validate(nested)]
    pub terms: CommitmentTerms,
}

/// What the provider was told about the end.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNotice {
    /// It goes on after its end; otherwise it ends then.
    pub goes_on: bool,
    /// London date on which the provider was told.
    pub told_on: NaiveDate,
    /// How, and where that can be read.
    #[validate(
        length(
            min = 1,
            max = 500,
            message = "Say how they were told, in at most 500 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub words: String,
}

/// Where a commitment stands after a verb.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CommitmentStands)]
pub struct Stands {
    /// The commitment.
    pub id: CommitmentId,
    /// Its latest version's number.
    pub revision: i32,
    /// Its version, for If-Match.
    pub version: i64,
}

impl CommitmentTerms {
    /// Its months: those that are said, or the equal spread.
    fn months(&self) -> Vec<Month> {
        match (self.months.is_empty(), self.spread_pence) {
            (true, Some(amount)) if self.starts_on <= self.ends_on => {
                rules::spread(amount, self.starts_on, self.ends_on)
            }
            _ => self
                .months
                .iter()
                .map(|one| Month {
                    month: one.month,
                    amount: one.amount_pence,
                })
                .collect(),
        }
    }

    fn check(&self) -> Result<()> {
        self.validate()?;
        let mut wrong = rules::check(self.starts_on, self.ends_on, &self.months());
        if let Some(amount) = self.spread_pence {
            if !self.months.is_empty() {
                wrong.push(FieldError::new(
                    "/spread_pence",
                    "twice",
                    "Say how much for each month, or an amount to spread equally: not both.",
                ));
            } else if !is_amount(amount) || amount == Money::ZERO {
                wrong.push(FieldError::new(
                    "/spread_pence",
                    "out-of-range",
                    "Enter an amount of more than nothing.",
                ));
            }
        }
        let named: BTreeSet<AwardId> = self.award_ids.iter().copied().collect();
        if named.len() != self.award_ids.len() || named.len() > 50 {
            wrong.push(FieldError::new(
                "/award_ids",
                "twice",
                "Name each award once, and at most 50.",
            ));
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(wrong))
        }
    }

    /// What it names must be there; an allocation is of the same pool.
    async fn check_known(&self, tx: &Tx, at: &str) -> Result<()> {
        let mut wrong = Vec::new();
        let mut unknown = |pointer: &str, detail: &str| {
            wrong.push(FieldError::new(format!("{at}{pointer}"), "unknown", detail));
        };
        if pool::Entity::find_by_id(self.pool_id)
            .one(tx.conn())
            .await?
            .is_none()
        {
            unknown("/pool_id", "There is no such pool.");
        }
        if let Some(id) = self.category_id
            && cost_category::Entity::find_by_id(id)
                .one(tx.conn())
                .await?
                .is_none()
        {
            unknown("/category_id", "There is no such cost category.");
        }
        if let Some(id) = self.allocation_id {
            match allocation::Entity::find_by_id(id).one(tx.conn()).await? {
                None => unknown("/allocation_id", "There is no such decision."),
                Some(row) if row.pool_id != self.pool_id => {
                    unknown("/allocation_id", "That decision is about another pool.");
                }
                Some(_) => {}
            }
        }
        let known = award::Entity::find()
            .filter(award::Column::Id.is_in(self.award_ids.iter().copied()))
            .count(tx.conn())
            .await?;
        if usize::try_from(known).ok() != Some(self.award_ids.len()) {
            unknown("/award_ids", "There is no such award.");
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(wrong))
        }
    }

    async fn put(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        row: &commitment::Model,
        effective_on: NaiveDate,
        reason: &str,
    ) -> Result<()> {
        let supplier = match self.supplier.trim() {
            "" => organisation::Entity::find_by_id(row.provider_id)
                .one(tx.conn())
                .await?
                .map_or_else(String::new, |provider| provider.name),
            supplier => supplier.to_owned(),
        };
        let optional = |text: &str| match text.trim() {
            "" => None,
            text => Some(text.to_owned()),
        };
        commitment_version::ActiveModel {
            id: Set(Uuid::now_v7()),
            commitment_id: Set(row.id),
            revision: Set(row.revision),
            title: Set(self.title.trim().to_owned()),
            pool_id: Set(self.pool_id),
            category_id: Set(self.category_id),
            place: Set(optional(&self.place)),
            people_group: Set(optional(&self.people_group)),
            capital: Set(self.capital),
            allocation_id: Set(self.allocation_id),
            supplier: Set(supplier),
            starts_on: Set(self.starts_on),
            ends_on: Set(self.ends_on),
            notice_days: Set(self.notice_days),
            effective_on: Set(effective_on),
            reason: Set(reason.to_owned()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        let months = self.months();
        commitment_month::Entity::insert_many(months.iter().map(|one| {
            commitment_month::ActiveModel {
                commitment_id: Set(row.id),
                revision: Set(row.revision),
                month: Set(one.month),
                amount: Set(one.amount),
            }
        }))
        .exec_without_returning(tx.conn())
        .await?;
        if !self.award_ids.is_empty() {
            commitment_award::Entity::insert_many(self.award_ids.iter().map(|award_id| {
                commitment_award::ActiveModel {
                    commitment_id: Set(row.id),
                    revision: Set(row.revision),
                    award_id: Set(*award_id),
                }
            }))
            .exec_without_returning(tx.conn())
            .await?;
        }
        let total = rules::total(&months)
            .ok_or_else(|| Error::internal("the months of a commitment fit no number"))?;
        tx.note("title", self.title.trim());
        tx.note("total_pence", total.pence());
        tx.note("ends_on", self.ends_on.to_string());
        Ok(())
    }
}

/// Under a pointer of its own, for what is inside something else.
fn inside(error: Error) -> Error {
    match error {
        Error::Invalid(fields) => Error::Invalid(
            fields
                .into_iter()
                .map(|mut field| {
                    if !field.pointer.starts_with("/terms") {
                        field.pointer.insert_str(0, "/terms");
                    }
                    field
                })
                .collect(),
        ),
        other => other,
    }
}

/// The deadline that a commitment has now: to tell the provider whether it goes on, until that was
/// recorded of the version that stands.
pub(super) fn duty(
    row: &commitment::Model,
    version: &commitment_version::Model,
    notices: &[commitment_notice::Model],
) -> Option<Duty> {
    let told = notices
        .iter()
        .any(|one| one.commitment_id == row.id && one.revision == row.revision);
    let by = rules::notice_by(version.ends_on, version.notice_days, Nation::England);
    (!told).then(|| Duty {
        kind: DeadlineKind::Notice,
        subject_id: row.id.into(),
        who_id: None,
        title: format!("{}: say whether it goes on", version.title),
        due_on: by,
        due_at: end_of_day(by),
    })
}

async fn settled(tx: &Tx, row: commitment::Model) -> Result<Stands> {
    let version = row.version + 1;
    let mut changed = row.into_active_model();
    changed.version = Set(version);
    let row = changed.update(tx.conn()).await?;
    let stands = store::version(tx.conn(), &row).await?;
    let notices = store::notices(tx.conn(), &[row.id]).await?;
    let wanted: Vec<Duty> = duty(&row, &stands, &notices).into_iter().collect();
    deadlines::ops::keep_of(tx, row.id, &[DeadlineKind::Notice], &wanted).await?;
    Ok(Stands {
        id: row.id,
        revision: row.revision,
        version: row.version,
    })
}

/// Records a contract or grant agreement with a provider.
pub async fn record(db: &Db, ctx: &Ctx, new: &NewCommitment) -> Result<CommitmentId> {
    ctx.require(Operation::KeepCommitments)?;
    new.validate()?;
    new.terms.check().map_err(inside)?;
    db.write(ctx, Command::new(Operation::KeepCommitments), async |tx| {
        for (pointer, id) in [
            ("/provider_id", new.provider_id),
            ("/holder_id", new.holder_id),
        ] {
            if organisation::Entity::find_by_id(id)
                .one(tx.conn())
                .await?
                .is_none()
            {
                return Err(Error::invalid(
                    pointer,
                    "unknown",
                    "There is no such organisation.",
                ));
            }
        }
        new.terms.check_known(tx, "/terms").await?;
        let id = CommitmentId::new();
        tx.subject("commitment", id);
        let inserted = commitment::ActiveModel {
            id: Set(id),
            provider_id: Set(new.provider_id),
            holder_id: Set(new.holder_id),
            kind: Set(new.kind),
            reference: Set(new.reference.trim().to_owned()),
            revision: Set(1),
            version: Set(0),
            created_by: Set(ctx.person_id()),
            created_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await;
        let row = match inserted {
            Ok(row) => row,
            Err(error) if crate::db::is_unique_violation(&error) => {
                return Err(Error::invalid(
                    "/reference",
                    "known-already",
                    "The holder has an agreement with this reference already.",
                ));
            }
            Err(error) => return Err(error.into()),
        };
        let first = new.terms.starts_on;
        new.terms
            .put(tx, ctx, &row, first, "As first agreed")
            .await?;
        settled(tx, row).await?;
        // which of the lines that count it takes, and who pays for them
        jobs::ask(tx, JobKind::AttributeSpend).await?;
        Ok(id)
    })
    .await
}

/// Records a change of what was agreed: an extension, an early end, other amounts. What stood before
/// stays on record, and the question whether it goes on is asked anew.
pub async fn vary(
    db: &Db,
    ctx: &Ctx,
    id: CommitmentId,
    change: &Variation,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::KeepCommitments)?;
    change.validate()?;
    change.terms.check().map_err(inside)?;
    if let Some(wrong) = implausible("/effective_on", change.effective_on) {
        return Err(Error::Invalid(vec![wrong]));
    }
    db.write(
        ctx,
        Command::on(Operation::KeepCommitments, "commitment", id),
        async |tx| {
            let row = store::locked(tx, ctx, id).await?;
            if expected.is_some_and(|expected| expected != row.version) {
                return Err(Error::Stale);
            }
            let terms = &change.terms;
            terms.check_known(tx, "/terms").await?;
            let before = store::version(tx.conn(), &row).await?;
            if before.pool_id != terms.pool_id {
                return Err(Error::invalid(
                    "/terms/pool_id",
                    "fixed",
                    "An agreement stays with its pool: end it, and record another one.",
                ));
            }
            let revision = row.revision + 1;
            let mut row = row.into_active_model();
            row.revision = Set(revision);
            let row = row.update(tx.conn()).await?;
            terms
                .put(tx, ctx, &row, change.effective_on, change.reason.trim())
                .await?;
            tx.note("revision", revision);
            tx.note("reason", change.reason.trim());
            jobs::ask(tx, JobKind::AttributeSpend).await?;
            settled(tx, row).await
        },
    )
    .await
}

/// Records what the provider was told about the end, which settles the deadline.
pub async fn give_notice(
    db: &Db,
    ctx: &Ctx,
    id: CommitmentId,
    new: &NewNotice,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::KeepCommitments)?;
    new.validate()?;
    if new.told_on > ctx.today() || !is_plausible(new.told_on) {
        return Err(Error::invalid(
            "/told_on",
            "in-the-future",
            "Enter the day on which they were told, today at the latest.",
        ));
    }
    db.write(
        ctx,
        Command::on(Operation::KeepCommitments, "commitment", id),
        async |tx| {
            let row = store::locked(tx, ctx, id).await?;
            if expected.is_some_and(|expected| expected != row.version) {
                return Err(Error::Stale);
            }
            commitment_notice::ActiveModel {
                id: Set(Uuid::now_v7()),
                commitment_id: Set(id),
                revision: Set(row.revision),
                goes_on: Set(new.goes_on),
                told_on: Set(new.told_on),
                words: Set(new.words.trim().to_owned()),
                recorded_by: Set(ctx.person_id()),
                recorded_at: Set(tx.now()),
            }
            .insert(tx.conn())
            .await?;
            tx.note("goes_on", new.goes_on);
            tx.note("told_on", new.told_on.to_string());
            settled(tx, row).await
        },
    )
    .await
}
