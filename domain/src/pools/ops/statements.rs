//! Stating anew what an award puts into a pool, by award year.

use chrono::NaiveDate;
use entity::{
    AwardYearId, ContributionId, ContributionStatementId, JobKind, Money, PoolId, balance,
    contribution, contribution_statement, contribution_year,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;

use crate::access::rules::Operation;
use crate::calendar::rules::not_agreed_yet;
use crate::pools::rules::contributions::{Part, YearRoom, check_parts};
use crate::pools::{rules, store};
use crate::{Command, Ctx, Db, Error, Result, Tx, awards, jobs};

/// What an award puts into a pool, by award year: all of it, as it stands.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewContributionStatement)]
pub struct NewStatement {
    /// An amount for every year of the award.
    #[validate(length(max = 50, message = "An award has at most 50 years."))]
    #[schema(max_items = 50)]
    pub years: Vec<StatedYear>,
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
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// What is put in out of an award year.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewContributionYear)]
pub struct StatedYear {
    /// The award year.
    pub year_id: AwardYearId,
    /// Agreed, in pence: it pays once the year is confirmed.
    #[schema(value_type = i64, minimum = 0, maximum = 100_000_000_000_000_i64)]
    pub agreed_pence: Money,
    /// Pledged and not agreed yet, in pence: it pays for nothing.
    #[schema(value_type = i64, minimum = 0, maximum = 100_000_000_000_000_i64)]
    #[serde(default)]
    pub pledged_pence: Money,
}

impl NewStatement {
    /// What is agreed in all, if it may be stated as things stand.
    pub(crate) async fn checked(
        &self,
        conn: &impl ConnectionTrait,
        ctx: &Ctx,
        given: &contribution::Model,
    ) -> Result<Money> {
        self.validate()?;
        if let Some(wrong) = not_agreed_yet(self.agreed_on, ctx.today()) {
            return Err(Error::Invalid(vec![wrong]));
        }
        let award = awards::store::one(conn, ctx, given.award_id).await?;
        let room = rules::room(
            award.amount,
            store::put_elsewhere(conn, given.award_id, Some(given.id)).await?,
        )
        .ok_or_else(|| Error::internal("contributions of an award fit no number"))?;
        let elsewhere = store::stated_elsewhere(conn, given.award_id, given.id).await?;
        let years: Vec<YearRoom> = awards::store::years(conn, &[given.award_id])
            .await?
            .remove(&given.award_id)
            .unwrap_or_default()
            .iter()
            .map(|year| YearRoom {
                year: year.id,
                amount: year.amount,
                elsewhere: elsewhere.get(&year.id).copied().unwrap_or_default(),
            })
            .collect();
        let parts: Vec<Part> = self
            .years
            .iter()
            .map(|year| Part {
                year: year.year_id,
                agreed: year.agreed_pence,
                pledged: year.pledged_pence,
            })
            .collect();
        check_parts(&parts, &years, room).map_err(Error::Invalid)
    }
}

/// One contribution of a pool.
pub(crate) async fn contribution_of(
    conn: &impl ConnectionTrait,
    pool_id: PoolId,
    id: ContributionId,
) -> Result<contribution::Model> {
    contribution::Entity::find_by_id(id)
        .filter(contribution::Column::PoolId.eq(pool_id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// States anew what an award puts into a pool, by award year. Spend is attributed again.
pub async fn state(
    db: &Db,
    ctx: &Ctx,
    pool_id: PoolId,
    id: ContributionId,
    expected: Option<i64>,
    new: &NewStatement,
) -> Result<ContributionStatementId> {
    ctx.require(Operation::StateContribution)?;
    new.validate()?;
    let command = Command::on(Operation::StateContribution, "pool", pool_id);
    db.write(ctx, command, async |tx| {
        store::one(tx.conn(), ctx, pool_id).await?;
        let award_id = contribution_of(tx.conn(), pool_id, id).await?.award_id;
        // awards are locked before pools, by everybody
        let award = awards::store::locked(tx, ctx, award_id).await?;
        let row = store::locked(tx, ctx, pool_id, expected).await?;
        let given = contribution_of(tx.conn(), pool_id, id).await?;
        let agreed = new.checked(tx.conn(), ctx, &given).await?;
        let seq = store::statements(tx.conn(), id)
            .await?
            .last()
            .map_or(1, |one| one.seq.saturating_add(1));
        let statement = ContributionStatementId::new();
        contribution_statement::ActiveModel {
            id: Set(statement),
            contribution_id: Set(id),
            seq: Set(seq),
            agreed_before: Set(given.agreed),
            agreed: Set(agreed),
            agreed_by: Set(new.agreed_by.trim().to_owned()),
            agreed_on: Set(new.agreed_on),
            reference: Set(new.reference.trim().to_owned()),
            reason: Set(new.reason.trim().to_owned()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        contribution_year::Entity::insert_many(new.years.iter().map(|year| {
            contribution_year::ActiveModel {
                statement_id: Set(statement),
                year_id: Set(year.year_id),
                agreed: Set(year.agreed_pence),
                pledged: Set(year.pledged_pence),
            }
        }))
        .exec_without_returning(tx.conn())
        .await?;
        tx.note("award", award.title);
        tx.note("agreed_before_pence", given.agreed.pence());
        tx.note("agreed_pence", agreed.pence());
        tx.note("agreed_by", new.agreed_by.trim());
        tx.note("reason", new.reason.trim());
        hold(tx, given, agreed).await?;
        store::changed(tx, row).await?;
        jobs::ask(tx, JobKind::AttributeSpend).await?;
        Ok(statement)
    })
    .await
}

/// The contribution holds what was stated, and the row that racing attributions meet follows it.
async fn hold(tx: &Tx, given: contribution::Model, agreed: Money) -> Result<()> {
    let row = balance::Entity::find()
        .filter(balance::Column::SubjectId.eq(Uuid::from(given.id)))
        .one(tx.conn())
        .await?
        .ok_or_else(|| Error::internal("a contribution that nothing keeps"))?;
    // what is attributed beyond it stays until it is attributed again
    let cap = agreed.max(row.attributed);
    let mut row = row.into_active_model();
    row.cap = Set(cap);
    row.update(tx.conn()).await?;
    let mut given = given.into_active_model();
    given.agreed = Set(agreed);
    given.update(tx.conn()).await?;
    Ok(())
}
