//! The verbs of splits, each one write transaction: propose, approve by another, withdraw, end.

use chrono::NaiveDate;
use entity::{
    ApportionmentId, CostCategoryId, JobKind, PoolId, apportionment, apportionment_part,
    cost_category, pool,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::rules::{self, Part, Takes};
use super::store;
use crate::access::rules::Operation;
use crate::calendar::rules::first_of_month;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, jobs};

/// A split of spend to propose.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApportionment {
    /// What it splits, in a few words.
    #[validate(
        length(
            min = 1,
            max = 120,
            message = "Say what it splits, in at most 120 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 120, pattern = r"\S")]
    pub title: String,
    /// Splits lines of this cost centre; absent: of any.
    #[validate(
        length(min = 1, max = 60, message = "Enter at most 60 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 60, pattern = r"\S")]
    #[serde(default)]
    pub cost_centre: Option<String>,
    /// Splits lines of this account; absent: of any.
    #[validate(
        length(min = 1, max = 60, message = "Enter at most 60 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 60, pattern = r"\S")]
    #[serde(default)]
    pub account: Option<String>,
    /// Splits lines of this cost category; absent: of any. One of these three must be named.
    #[serde(default)]
    pub category_id: Option<CostCategoryId>,
    /// Splits lines of this pool; absent: of any.
    #[serde(default)]
    pub pool_id: Option<PoolId>,
    /// First London date of spend, by the day it was received, that it splits.
    pub starts_on: NaiveDate,
    /// Its parts: their shares come to 10,000.
    #[validate(
        length(min = 1, max = 20, message = "A split has 1 to 20 parts."),
        nested
    )]
    #[schema(min_items = 1, max_items = 20)]
    pub parts: Vec<NewPart>,
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
    /// That it is meant to split spend that was received before today. Without it, such a split is
    /// refused.
    #[serde(default)]
    pub reaches_back: bool,
}

/// A part of a split.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApportionmentPart)]
pub struct NewPart {
    /// The pool that pays for it.
    pub pool_id: PoolId,
    /// Its cost category; absent: the line's own.
    #[serde(default)]
    pub category_id: Option<CostCategoryId>,
    /// Its place; absent: the line's own.
    #[validate(
        length(min = 1, max = 120, message = "Enter at most 120 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 120, pattern = r"\S")]
    #[serde(default)]
    pub place: Option<String>,
    /// Its share, in basis points.
    #[validate(range(
        min = 1,
        max = 10_000,
        message = "Enter a share from 1 to 10,000 basis points."
    ))]
    #[schema(minimum = 1, maximum = 10_000)]
    pub share_bp: i32,
}

/// From when on a split takes no more lines.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApportionmentEnd)]
pub struct End {
    /// The last London date of spend that it splits, not one before today.
    pub ends_on: NaiveDate,
    /// Why.
    #[validate(
        length(min = 1, max = 500, message = "Say why, in at most 500 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
}

fn trimmed(text: Option<&String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
}

impl NewApportionment {
    pub(super) fn takes(&self) -> Takes {
        Takes {
            cost_centre: trimmed(self.cost_centre.as_ref()).map(|code| code.to_lowercase()),
            account: trimmed(self.account.as_ref()).map(|code| code.to_lowercase()),
            category: self.category_id,
            pool: self.pool_id,
            starts_on: self.starts_on,
            ends_on: None,
        }
    }

    pub(super) fn split(&self) -> Vec<Part> {
        self.parts
            .iter()
            .map(|part| Part {
                pool: part.pool_id,
                category: part.category_id,
                place: trimmed(part.place.as_ref()),
                share_bp: part.share_bp,
            })
            .collect()
    }

    /// Refuses what may not be proposed as things stand.
    pub(super) async fn check(&self, conn: &impl ConnectionTrait, ctx: &Ctx) -> Result<()> {
        self.validate()?;
        let (takes, parts) = (self.takes(), self.split());
        let mut wrong = rules::check(&takes, &parts);
        wrong.extend(unknown(conn, &takes, &parts).await?);
        if self.starts_on < ctx.today() && !self.reaches_back {
            wrong.push(FieldError::new(
                "/reaches_back",
                "reaches-back",
                "It would split spend that was received before today. Look at what it moves, and say \
                 that it reaches back.",
            ));
        }
        if wrong.is_empty() {
            wrong.extend(in_the_way(conn, &takes, &parts, None).await?);
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

/// Pools and cost categories that are not there.
async fn unknown(
    conn: &impl ConnectionTrait,
    takes: &Takes,
    parts: &[Part],
) -> Result<Vec<FieldError>> {
    let pools = parts.iter().map(|part| part.pool).chain(takes.pool);
    let pools: Vec<PoolId> = pool::Entity::find()
        .filter(pool::Column::Id.is_in(pools))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let categories = parts.iter().filter_map(|part| part.category);
    let categories: Vec<CostCategoryId> = cost_category::Entity::find()
        .filter(cost_category::Column::Id.is_in(categories.chain(takes.category)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let mut wrong = Vec::new();
    let no_pool = |at: String| FieldError::new(at, "unknown", "There is no such pool.");
    let no_category =
        |at: String| FieldError::new(at, "unknown", "There is no such cost category.");
    if takes.pool.is_some_and(|id| !pools.contains(&id)) {
        wrong.push(no_pool("/pool_id".to_owned()));
    }
    if takes.category.is_some_and(|id| !categories.contains(&id)) {
        wrong.push(no_category("/category_id".to_owned()));
    }
    for (at, part) in parts.iter().enumerate() {
        if !pools.contains(&part.pool) {
            wrong.push(no_pool(format!("/parts/{at}/pool_id")));
        }
        if part.category.is_some_and(|id| !categories.contains(&id)) {
            wrong.push(no_category(format!("/parts/{at}/category_id")));
        }
    }
    Ok(wrong)
}

/// Another approved split that could take the same line, and months that are closed.
async fn in_the_way(
    conn: &impl ConnectionTrait,
    takes: &Takes,
    parts: &[Part],
    but: Option<ApportionmentId>,
) -> Result<Vec<FieldError>> {
    let other = store::approved(conn)
        .await?
        .into_iter()
        .find(|row| Some(row.id) != but && store::takes(row).meets(takes));
    if let Some(other) = other {
        return Ok(vec![FieldError::new(
            "/cost_centre",
            "two-at-once",
            format!(
                "Apportionment {} ({}) could take the same line on the same day. End it first, or name \
                 a code that tells them apart.",
                other.number, other.title
            ),
        )]);
    }
    let pools = parts.iter().map(|part| part.pool).chain(takes.pool);
    let closed = store::last_closed(conn, pools).await?;
    if let Some(month) = closed.filter(|month| first_of_month(takes.starts_on) <= *month) {
        return Ok(vec![FieldError::new(
            "/starts_on",
            "closed",
            format!(
                "{} is closed for a pool of it. Choose a day after it; or open it again first.",
                month.format("%B %Y")
            ),
        )]);
    }
    Ok(Vec::new())
}

/// Proposes a split. It splits nothing until another person approves it.
pub async fn propose(db: &Db, ctx: &Ctx, new: &NewApportionment) -> Result<ApportionmentId> {
    ctx.require(Operation::ProposeApportionment)?;
    new.validate()?;
    let proposer = ctx.person()?.id;
    let command = Command::new(Operation::ProposeApportionment);
    db.write(ctx, command, async |tx| {
        new.check(tx.conn(), ctx).await?;
        let number = tx.next("apportionment").await?;
        let id = ApportionmentId::new();
        apportionment::ActiveModel {
            id: Set(id),
            number: Set(number),
            title: Set(new.title.trim().to_owned()),
            cost_centre: Set(trimmed(new.cost_centre.as_ref())),
            account: Set(trimmed(new.account.as_ref())),
            category_id: Set(new.category_id),
            pool_id: Set(new.pool_id),
            starts_on: Set(new.starts_on),
            reason: Set(new.reason.trim().to_owned()),
            proposed_by: Set(proposer),
            proposed_at: Set(tx.now()),
            approved_by: Set(None),
            approved_at: Set(None),
            withdrawn_by: Set(None),
            withdrawn_at: Set(None),
            ends_on: Set(None),
            ended_by: Set(None),
            ended_because: Set(None),
            version: Set(1),
        }
        .insert(tx.conn())
        .await?;
        apportionment_part::Entity::insert_many((1..).zip(new.split()).map(|(position, part)| {
            apportionment_part::ActiveModel {
                apportionment_id: Set(id),
                position: Set(position),
                pool_id: Set(part.pool),
                category_id: Set(part.category),
                place: Set(part.place),
                share_bp: Set(part.share_bp),
            }
        }))
        .exec_without_returning(tx.conn())
        .await?;
        tx.subject("apportionment", id);
        tx.note("number", number);
        tx.note("title", new.title.trim());
        tx.note("starts_on", new.starts_on.to_string());
        tx.note("reason", new.reason.trim());
        Ok(id)
    })
    .await
}

async fn begin(
    tx: &Tx,
    ctx: &Ctx,
    id: ApportionmentId,
    expected: Option<i64>,
) -> Result<apportionment::Model> {
    let row = store::locked(tx, ctx, id).await?;
    if expected.is_some_and(|version| version != row.version) {
        return Err(Error::Stale);
    }
    tx.note("number", row.number);
    Ok(row)
}

/// Approves a split that somebody else proposed: from now on it is applied, to what counts already, too.
pub async fn approve(db: &Db, ctx: &Ctx, id: ApportionmentId, expected: Option<i64>) -> Result<()> {
    ctx.require(Operation::ApproveApportionment)?;
    let command = Command::on(Operation::ApproveApportionment, "apportionment", id);
    db.write(ctx, command, async |tx| {
        // of two that could take one line, one is approved: whoever approves waits for this number
        tx.next("apportionment-approval").await?;
        let row = begin(tx, ctx, id, expected).await?;
        waits(&row)?;
        if let Some((rule, words)) = rules::refuse_approval(row.proposed_by, ctx.person_id()) {
            return Err(Error::refused(rule, words));
        }
        let parts = store::parts(tx.conn(), [id])
            .await?
            .remove(&id)
            .unwrap_or_default();
        let takes = store::takes(&row);
        let wrong = in_the_way(tx.conn(), &takes, &parts, Some(id)).await?;
        if let Some(found) = wrong.into_iter().next() {
            return Err(Error::refused("apportionment-in-the-way", found.detail));
        }
        let version = row.version + 1;
        let mut row = row.into_active_model();
        row.approved_by = Set(ctx.person_id());
        row.approved_at = Set(Some(tx.now()));
        row.version = Set(version);
        row.update(tx.conn()).await?;
        jobs::ask(tx, JobKind::AttributeSpend).await
    })
    .await
}

fn waits(row: &apportionment::Model) -> Result<()> {
    if row.approved_at.is_some() || row.withdrawn_at.is_some() {
        return Err(Error::refused(
            "apportionment-settled",
            "This split was approved or withdrawn already.",
        ));
    }
    Ok(())
}

/// Withdraws a split that was not approved.
pub async fn withdraw(
    db: &Db,
    ctx: &Ctx,
    id: ApportionmentId,
    expected: Option<i64>,
) -> Result<()> {
    ctx.require(Operation::ProposeApportionment)?;
    let command = Command::on(Operation::ProposeApportionment, "apportionment", id);
    db.write(ctx, command, async |tx| {
        let row = begin(tx, ctx, id, expected).await?;
        waits(&row)?;
        let version = row.version + 1;
        let mut row = row.into_active_model();
        row.withdrawn_by = Set(ctx.person_id());
        row.withdrawn_at = Set(Some(tx.now()));
        row.version = Set(version);
        row.update(tx.conn()).await?;
        tx.note("withdrawn", true);
        Ok(())
    })
    .await
}

/// Ends a split: spend received after a day is split no more. What was split stays.
pub async fn end(
    db: &Db,
    ctx: &Ctx,
    id: ApportionmentId,
    expected: Option<i64>,
    end: &End,
) -> Result<()> {
    ctx.require(Operation::ProposeApportionment)?;
    end.validate()?;
    if end.ends_on < ctx.today() {
        return Err(Error::invalid(
            "/ends_on",
            "in-the-past",
            "What was split stays split: enter today or a day to come.",
        ));
    }
    let command = Command::on(Operation::ProposeApportionment, "apportionment", id);
    db.write(ctx, command, async |tx| {
        let row = begin(tx, ctx, id, expected).await?;
        if row.approved_at.is_none() || row.ends_on.is_some() {
            return Err(Error::refused(
                "apportionment-not-running",
                "Only a split that was approved and has no end can be ended.",
            ));
        }
        if end.ends_on < row.starts_on {
            return Err(Error::invalid(
                "/ends_on",
                "before-it-starts",
                "It begins after that day.",
            ));
        }
        let version = row.version + 1;
        let mut row = row.into_active_model();
        row.ends_on = Set(Some(end.ends_on));
        row.ended_by = Set(ctx.person_id());
        row.ended_because = Set(Some(end.reason.trim().to_owned()));
        row.version = Set(version);
        row.update(tx.conn()).await?;
        tx.note("ends_on", end.ends_on.to_string());
        tx.note("reason", end.reason.trim());
        Ok(())
    })
    .await
}
