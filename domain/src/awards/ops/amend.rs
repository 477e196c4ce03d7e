//! Amendments: dated changes of an award's terms. What stands is their fold. An amendment may cut
//! below what is attributed: it is accepted and says so, and only new attributions are refused.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{
    AwardAmendmentId, AwardId, AwardYearId, Money, OrganisationId, PoolId, award, award_amendment,
    award_category, award_year, balance, contribution_year, organisation, pool,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;

use super::NewAwardYear;
use super::years::{self, nudge};
use crate::access::rules::Operation;
use crate::awards::rules::terms::{Terms, TermsChange, as_facts, check_accounts, paired};
use crate::awards::rules::years::{YearFacts, YearPlan, check_years, standing};
use crate::awards::rules::{self, check_terms, reach};
use crate::awards::store;
use crate::calendar::rules::implausible;
use crate::ctx::Actor;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, categories, closures};

/// An amendment to record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAwardAmendment)]
pub struct NewAmendment {
    /// London date from which it holds. One to come waits until its day.
    pub effective_on: NaiveDate,
    /// Why.
    #[validate(
        length(min = 1, max = 2000, message = "Say why, in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
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
    /// What it changes.
    pub change: TermsChange,
}

/// An award's terms as they stand, with its years and what was agreed of them.
pub(crate) async fn terms(
    conn: &impl sea_orm::ConnectionTrait,
    row: &award::Model,
) -> Result<(Terms, Vec<YearFacts>)> {
    let years = store::years(conn, &[row.id])
        .await?
        .remove(&row.id)
        .unwrap_or_default();
    let terms = Terms {
        years: years
            .iter()
            .map(|year| NewAwardYear {
                starts_on: year.starts_on,
                ends_on: year.ends_on,
                amount_pence: year.amount,
                standing: year.standing,
                carry_forward: year.carry,
            })
            .collect(),
        category_ids: store::categories(conn, row.id).await?.into_iter().collect(),
        places: reach::named(&row.only_places),
        groups: reach::named(&row.only_groups),
        pays_for: row.pays_for,
        lost_if_unspent: row.lost_if_unspent,
        holder_id: row.holder_id,
        accountable_body_id: row.accountable_body_id,
        decider_id: row.decider_id,
        accounts_of_id: row.accounts_of_id,
        accounts_as: row.accounts_as,
        further: store::further(conn, row.id).await?,
    };
    Ok((terms, years))
}

/// What an amendment really changes, after looking whether it may: whatever it names must be known,
/// its years must make an award, and what is set apart must still fit.
pub(crate) async fn check(
    conn: &impl sea_orm::ConnectionTrait,
    id: AwardId,
    before: &Terms,
    known: &[YearFacts],
    change: &TermsChange,
) -> Result<TermsChange> {
    let effect = before.effect(change);
    if effect == TermsChange::default() {
        return Err(Error::invalid(
            "/change",
            "nothing",
            "This is how the award stands already: change something.",
        ));
    }
    let after = before.changed(&effect);
    let mut wrong = Vec::new();
    if effect.years.is_some() {
        wrong.extend(check_new_years(&after.years, known));
        if wrong.is_empty() {
            wrong.extend(put_behind(conn, known, &after.years).await?);
        }
    }
    wrong.extend(check_accounts(&after));
    wrong.extend(rules::further::check(&after.further));
    let bodies = [
        ("/change/holder_id", effect.holder_id),
        ("/change/accountable_body_id", effect.accountable_body_id),
        ("/change/decider_id", effect.decider_id),
        ("/change/accounts_of_id", effect.accounts_of_id),
    ];
    let there: Vec<OrganisationId> = organisation::Entity::find()
        .select_only()
        .column(organisation::Column::Id)
        .filter(organisation::Column::Id.is_in(bodies.iter().filter_map(|(_, id)| *id)))
        .into_tuple()
        .all(conn)
        .await?;
    for (pointer, body) in bodies {
        if body.is_some_and(|body| !there.contains(&body)) {
            wrong.push(FieldError::new(
                pointer,
                "unknown",
                "There is no such organisation.",
            ));
        }
    }
    if let Some(baseline) = &effect.baseline {
        let named: BTreeSet<_> = baseline.category_ids.iter().copied().collect();
        if !categories::store::unknown(conn, &named).await?.is_empty() {
            wrong.push(FieldError::new(
                "/change/baseline/category_ids",
                "unknown",
                "There is no such cost category.",
            ));
        }
        let there: BTreeSet<PoolId> = pool::Entity::find()
            .filter(pool::Column::Id.is_in(baseline.pool_ids.iter().copied()))
            .all(conn)
            .await?
            .into_iter()
            .map(|row| row.id)
            .collect();
        if baseline.pool_ids.iter().any(|id| !there.contains(id)) {
            wrong.push(FieldError::new(
                "/change/baseline/pool_ids",
                "unknown",
                "There is no such pool.",
            ));
        }
    }
    for (names, pointer) in [
        (&effect.places, "/change/places"),
        (&effect.groups, "/change/groups"),
    ] {
        wrong.extend(names.iter().find_map(|names| reach::check(names, pointer)));
    }
    if let Some(ids) = &effect.category_ids {
        let named: BTreeSet<_> = ids.iter().copied().collect();
        let fences = store::fences(conn, id).await?;
        if !categories::store::unknown(conn, &named).await?.is_empty() {
            wrong.push(FieldError::new(
                "/change/category_ids",
                "unknown",
                "There is no such cost category.",
            ));
        } else if !rules::check_fences(rules::MOST, &named, &store::plans(&fences)).is_empty() {
            wrong.push(FieldError::new(
                "/change/category_ids",
                "fences-do-not-fit",
                "A part of it is set apart for a cost category that it could no longer pay for.",
            ));
        }
    }
    if wrong.is_empty() {
        Ok(effect)
    } else {
        Err(Error::Invalid(wrong))
    }
}

fn check_new_years(years: &[NewAwardYear], known: &[YearFacts]) -> Vec<FieldError> {
    let at_change = |mut found: FieldError| {
        found.pointer.insert_str(0, "/change");
        found
    };
    let plans: Vec<YearPlan> = years.iter().map(NewAwardYear::plan).collect();
    let amount = Money::sum(years.iter().map(|year| year.amount_pence)).unwrap_or(rules::MOST);
    let (Some(first), Some(last)) = (years.first(), years.last()) else {
        return vec![FieldError::new(
            "/change/years",
            "required",
            "An award has at least one year.",
        )];
    };
    let window = (first.starts_on, last.ends_on);
    let mut wrong = check_years(amount, window, &plans);
    if wrong.is_empty() {
        wrong = check_terms(amount.max(Money(1)), window.0, window.1);
    }
    let mut wrong: Vec<FieldError> = wrong.into_iter().map(at_change).collect();
    let kept = paired(known, years);
    let lost = known
        .iter()
        .any(|year| !year.agreed.is_empty() && !kept.contains(&Some(year.id)));
    if wrong.is_empty() && lost {
        wrong.push(FieldError::new(
            "/change/years",
            "agreed-already",
            "Something was agreed of a year that would no longer be there. Keep the year and the day \
             it starts; give it nothing if the funder takes all of it back.",
        ));
    }
    wrong
}

/// A year that would no longer be there, and that a pool counts on.
async fn put_behind(
    conn: &impl sea_orm::ConnectionTrait,
    known: &[YearFacts],
    years: &[NewAwardYear],
) -> Result<Option<FieldError>> {
    let kept = paired(known, years);
    let gone = known
        .iter()
        .map(|year| year.id)
        .filter(|id| !kept.contains(&Some(*id)));
    let counted_on = contribution_year::Entity::find()
        .filter(contribution_year::Column::YearId.is_in(gone))
        .one(conn)
        .await?;
    Ok(counted_on.map(|_| {
        FieldError::new(
            "/change/years",
            "put-behind-a-pool",
            "It was said of a year that would no longer be there what it puts into a pool. Keep the \
             year and the day it starts; give it nothing if the funder takes all of it back.",
        )
    }))
}

/// Records an amendment. It takes effect now, or on its day.
pub async fn amend(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    expected: Option<i64>,
    new: &NewAmendment,
) -> Result<AwardAmendmentId> {
    ctx.require(Operation::AmendAward)?;
    new.validate()?;
    if let Some(wrong) = implausible("/effective_on", new.effective_on) {
        return Err(Error::Invalid(vec![wrong]));
    }
    db.write(
        ctx,
        Command::on(Operation::AmendAward, "award", award_id),
        async |tx| {
            let row = store::locked(tx, ctx, award_id).await?;
            closures::store::refuse_closed(tx.conn(), award_id).await?;
            if expected.is_some_and(|version| version != row.version) {
                return Err(Error::Stale);
            }
            let (before, known) = terms(tx.conn(), &row).await?;
            let effect = check(tx.conn(), award_id, &before, &known, &new.change).await?;
            let newest = award_amendment::Entity::find()
                .filter(award_amendment::Column::AwardId.eq(award_id))
                .order_by_desc(award_amendment::Column::Seq)
                .one(tx.conn())
                .await?;
            let id = AwardAmendmentId::new();
            let amendment = award_amendment::ActiveModel {
                id: Set(id),
                award_id: Set(award_id),
                seq: Set(newest.map_or(1, |row| row.seq.saturating_add(1))),
                effective_on: Set(new.effective_on),
                reason: Set(new.reason.trim().to_owned()),
                with_whom: Set(new.with_whom.trim().to_owned()),
                change: Set(serde_json::to_value(&effect)?),
                before: Set(None),
                over_when_applied: Set(None),
                recorded_by: Set(match &ctx.actor {
                    Actor::Person(person) => Some(person.id),
                    Actor::System(_) | Actor::Guest(_) | Actor::Nobody => None,
                }),
                recorded_at: Set(tx.now()),
                applied_at: Set(None),
            }
            .insert(tx.conn())
            .await?;
            let version = row.version + 1;
            let mut row = row.into_active_model();
            row.version = Set(version);
            let row = row.update(tx.conn()).await?;
            tx.note("effective_on", new.effective_on.to_string());
            tx.note("reason", new.reason.trim());
            tx.note("with_whom", new.with_whom.trim());
            if new.effective_on <= ctx.today() {
                let over = apply(tx, row, amendment, ctx.today()).await?;
                tx.note("over_pence", over.pence());
            }
            Ok(id)
        },
    )
    .await
}

/// Lets every amendment whose day has come take effect. One that no longer fits what stands is
/// left waiting, and told of; it holds up no other.
pub(crate) async fn apply_due(db: &Db, ctx: &Ctx) -> Result<()> {
    ctx.require(Operation::ApplyAmendment)?;
    let due = award_amendment::Entity::find()
        .filter(award_amendment::Column::AppliedAt.is_null())
        .filter(award_amendment::Column::EffectiveOn.lte(ctx.today()))
        .order_by_asc(award_amendment::Column::EffectiveOn)
        .order_by_asc(award_amendment::Column::Seq)
        .all(db.read())
        .await?;
    for waiting in due {
        let command = Command::on(Operation::ApplyAmendment, "award", waiting.award_id);
        let done = db
            .write(ctx, command, async |tx| {
                let row = store::locked(tx, ctx, waiting.award_id).await?;
                let amendment = award_amendment::Entity::find_by_id(waiting.id)
                    .one(tx.conn())
                    .await?
                    .ok_or(Error::NotFound)?;
                // one of an award that is closed waits until it is open again
                if amendment.applied_at.is_some()
                    || closures::store::is_closed(tx.conn(), waiting.award_id).await?
                {
                    return Ok(());
                }
                let version = row.version + 1;
                let mut row = row.into_active_model();
                row.version = Set(version);
                let row = row.update(tx.conn()).await?;
                let over = apply(tx, row, amendment, ctx.today()).await?;
                tx.note("over_pence", over.pence());
                Ok(())
            })
            .await;
        match done {
            Ok(()) => {}
            Err(Error::Invalid(_) | Error::Refused { .. }) => {
                tracing::error!(award = %waiting.award_id, "an amendment cannot take effect");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes an award as an amendment says. What is attributed beyond what it may pay then, in pence.
async fn apply(
    tx: &Tx,
    row: award::Model,
    amendment: award_amendment::Model,
    today: NaiveDate,
) -> Result<Money> {
    let id = row.id;
    let (before, known) = terms(tx.conn(), &row).await?;
    let change: TermsChange = serde_json::from_value(amendment.change.clone())?;
    let after = before.changed(&change);
    if change.years.is_some() {
        // one that was recorded for a later day may meet years that changed since
        let mut wrong = check_new_years(&after.years, &known);
        wrong.extend(put_behind(tx.conn(), &known, &after.years).await?);
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        replace_years(tx, id, &known, &after.years).await?;
    }
    if change.category_ids.is_some() {
        award_category::Entity::delete_many()
            .filter(award_category::Column::AwardId.eq(id))
            .exec(tx.conn())
            .await?;
        award_category::Entity::insert_many(after.category_ids.iter().map(|category_id| {
            award_category::ActiveModel {
                award_id: Set(id),
                category_id: Set(*category_id),
            }
        }))
        .exec_without_returning(tx.conn())
        .await?;
    }
    let amount = after
        .amount()
        .ok_or_else(|| Error::internal("an award that fits no number"))?;
    let mut row = row.into_active_model();
    row.amount = Set(amount);
    if let (Some(first), Some(last)) = (after.years.first(), after.years.last()) {
        row.starts_on = Set(first.starts_on);
        row.ends_on = Set(last.ends_on);
    }
    row.only_places = Set(reach::kept(&after.places));
    row.only_groups = Set(reach::kept(&after.groups));
    row.pays_for = Set(after.pays_for);
    row.lost_if_unspent = Set(after.lost_if_unspent);
    row.holder_id = Set(after.holder_id);
    row.accountable_body_id = Set(after.accountable_body_id);
    row.decider_id = Set(after.decider_id);
    row.accounts_of_id = Set(after.accounts_of_id);
    row.accounts_as = Set(after.accounts_as);
    row.update(tx.conn()).await?;
    if after.further != before.further {
        store::keep_further(tx, id, &after.further).await?;
    }
    store::settle_guards(tx, id, amount).await?;
    let now = store::years(tx.conn(), &[id]).await?;
    let spent = store::attributed_by_year(tx.conn(), &now).await?;
    let over = standing(
        now.get(&id).map(Vec::as_slice).unwrap_or_default(),
        spent.get(&id).map(Vec::as_slice).unwrap_or_default(),
        today,
    )
    .over;
    let mut amendment = amendment.into_active_model();
    amendment.before = Set(Some(serde_json::to_value(before.before(&change))?));
    amendment.over_when_applied = Set(Some(over));
    amendment.applied_at = Set(Some(tx.now()));
    amendment.update(tx.conn()).await?;
    nudge(tx).await?;
    // what is asked to be reported follows the window
    crate::jobs::ask(tx, entity::JobKind::DraftReturns).await?;
    Ok(over)
}

/// Makes the years of an award these: those that start on the same day keep what was agreed of them.
async fn replace_years(
    tx: &Tx,
    id: AwardId,
    known: &[YearFacts],
    years: &[NewAwardYear],
) -> Result<()> {
    let kept = paired(known, years);
    let gone: Vec<AwardYearId> = known
        .iter()
        .map(|year| year.id)
        .filter(|id| !kept.contains(&Some(*id)))
        .collect();
    balance::Entity::delete_many()
        .filter(balance::Column::SubjectId.is_in(gone.iter().map(|id| Uuid::from(*id))))
        .exec(tx.conn())
        .await?;
    award_year::Entity::delete_many()
        .filter(award_year::Column::Id.is_in(gone))
        .exec(tx.conn())
        .await?;
    let mut new = Vec::new();
    for (kept, year) in kept.into_iter().zip(years) {
        let Some(kept) = kept else {
            new.push(*year);
            continue;
        };
        let row = award_year::Entity::find_by_id(kept)
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        let mut row = row.into_active_model();
        row.starts_on = Set(year.starts_on);
        row.ends_on = Set(year.ends_on);
        row.amount = Set(year.amount_pence);
        row.standing = Set(year.standing);
        row.carry_forward = Set(year.carry_forward);
        row.update(tx.conn()).await?;
    }
    if new.is_empty() {
        return Ok(());
    }
    years::insert(tx, id, &new).await
}

/// What an award's years would pay as an amendment makes them, from what is attributed by day.
pub(crate) async fn over_after(
    conn: &impl sea_orm::ConnectionTrait,
    id: AwardId,
    known: &[YearFacts],
    years: &[NewAwardYear],
    today: NaiveDate,
) -> Result<Money> {
    let facts = as_facts(known, years);
    let spent = store::spent_by_year(conn, id, &facts).await?;
    Ok(standing(&facts, &spent, today).over)
}
