//! An award's years, and what is agreed of each: that it is confirmed, what is carried forward, what
//! may be spent at risk.

use chrono::NaiveDate;
use entity::{
    AwardId, AwardYearEventId, AwardYearEventKind as Kind, AwardYearId, JobKind, Money,
    YearStanding, award_year, award_year_event,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::NewAwardYear;
use crate::access::rules::Operation;
use crate::awards::rules::years::{Agreed, check_agreed, positions};
use crate::awards::store;
use crate::calendar::rules::is_plausible;
use crate::ctx::Actor;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, closures, jobs};

pub(super) async fn insert(tx: &Tx, award_id: AwardId, years: &[NewAwardYear]) -> Result<()> {
    award_year::Entity::insert_many(years.iter().map(|year| award_year::ActiveModel {
        id: Set(AwardYearId::new()),
        award_id: Set(award_id),
        starts_on: Set(year.starts_on),
        ends_on: Set(year.ends_on),
        amount: Set(year.amount_pence),
        standing: Set(year.standing),
        carry_forward: Set(year.carry_forward),
        created_at: Set(tx.now()),
    }))
    .exec_without_returning(tx.conn())
    .await?;
    Ok(())
}

/// Something agreed of an award year, to record.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAwardYearEvent)]
pub struct NewYearEvent {
    /// What was agreed.
    pub kind: Kind,
    /// London date on which it was.
    pub happened_on: NaiveDate,
    /// Pence: what is confirmed, asked for, carried forward, or the most that may be spent at risk
    /// (nothing ends an agreement). Of a refusal: nothing.
    #[schema(value_type = i64, minimum = 0, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Money,
    /// Of spending at risk: the last London date of spend that it covers.
    pub until_on: Option<NaiveDate>,
    /// Who agreed, and where it is written.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say who agreed and where it is written, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300)]
    pub with_whom: String,
}

/// Records what was agreed of an award year. What it changes is attributed anew. It stays in the
/// record: what is agreed later takes its place.
pub async fn record_year(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    year_id: AwardYearId,
    expected: Option<i64>,
    new: &NewYearEvent,
) -> Result<AwardYearEventId> {
    ctx.require(Operation::RecordAwardYear)?;
    new.validate()?;
    if !is_plausible(new.happened_on) || new.happened_on > ctx.today() {
        return Err(Error::Invalid(vec![FieldError::new(
            "/happened_on",
            "not-yet",
            "Enter the day on which it was agreed, not one to come.",
        )]));
    }
    db.write(
        ctx,
        Command::on(Operation::RecordAwardYear, "award", award_id),
        async |tx| {
            let award = store::locked(tx, ctx, award_id).await?;
            closures::store::refuse_closed(tx.conn(), award_id).await?;
            if expected.is_some_and(|version| version != award.version) {
                return Err(Error::Stale);
            }
            let known = store::years(tx.conn(), &[award_id]).await?;
            let attributed = store::attributed_by_year(tx.conn(), &known).await?;
            let years = known.get(&award_id).map(Vec::as_slice).unwrap_or_default();
            let at = years
                .iter()
                .position(|year| year.id == year_id)
                .ok_or(Error::NotFound)?;
            let year = years.get(at).ok_or(Error::NotFound)?;
            let spent = attributed
                .get(&award_id)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let left = positions(years, spent)
                .get(at)
                .map_or(Money::ZERO, |position| position.left);
            let agreed = Agreed {
                kind: new.kind,
                amount: new.amount_pence,
                until_on: new.until_on,
            };
            let wrong = check_agreed(year, &agreed, left, at + 1 < years.len());
            if !wrong.is_empty() {
                return Err(Error::Invalid(wrong));
            }
            let seq = i32::try_from(year.agreed.len())
                .unwrap_or(i32::MAX)
                .saturating_add(1);
            let id = append(tx, ctx, year_id, seq, new).await?;
            let mut amount = award.amount;
            if new.kind == Kind::Confirmed {
                amount = amount
                    .minus(year.amount)
                    .and_then(|rest| rest.plus(new.amount_pence))
                    .ok_or_else(|| Error::internal("an award that fits no number"))?;
                confirm(tx.conn(), year_id, new.amount_pence).await?;
            }
            let version = award.version + 1;
            let mut award = award.into_active_model();
            award.version = Set(version);
            award.amount = Set(amount);
            award.update(tx.conn()).await?;
            store::settle_guards(tx, award_id, amount).await?;
            nudge(tx).await?;
            tx.note("agreed", new.kind.slug());
            tx.note("year_from", year.starts_on.to_string());
            tx.note("amount_pence", new.amount_pence.pence());
            tx.note("with_whom", new.with_whom.trim());
            Ok(id)
        },
    )
    .await
}

async fn append(
    tx: &Tx,
    ctx: &Ctx,
    year_id: AwardYearId,
    seq: i32,
    new: &NewYearEvent,
) -> Result<AwardYearEventId> {
    let id = AwardYearEventId::new();
    award_year_event::ActiveModel {
        id: Set(id),
        year_id: Set(year_id),
        seq: Set(seq),
        kind: Set(new.kind),
        happened_on: Set(new.happened_on),
        amount: Set(new.amount_pence),
        until_on: Set(new.until_on),
        with_whom: Set(new.with_whom.trim().to_owned()),
        recorded_by: Set(match &ctx.actor {
            Actor::Person(person) => Some(person.id),
            Actor::System(_) | Actor::Guest(_) | Actor::Nobody => None,
        }),
        recorded_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?;
    Ok(id)
}

async fn confirm(conn: &impl ConnectionTrait, id: AwardYearId, amount: Money) -> Result<()> {
    let row = award_year::Entity::find_by_id(id)
        .one(conn)
        .await?
        .ok_or(Error::NotFound)?;
    let mut row = row.into_active_model();
    row.amount = Set(amount);
    row.standing = Set(YearStanding::Confirmed);
    row.update(conn).await?;
    Ok(())
}

/// What an award may pay changed: the spend is attributed anew.
pub(super) async fn nudge(tx: &Tx) -> Result<()> {
    jobs::ask(tx, JobKind::AttributeSpend).await
}
