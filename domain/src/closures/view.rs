//! Closures as readers get them, what is owed since, and what one would do before it is recorded.

use chrono::NaiveDate;
use entity::{AwardClosureId, AwardId, Money, award, award_closure};
use serde::Serialize;

use super::ops::{ClosureFigures, NewClosure};
use super::rules::{
    Closure, Obstacle, Settlement, check_closure, obstacles, owed_since, sentences, settle,
};
use super::store;
use crate::access::rules::Operation;
use crate::awards::view::{AwardDuty, duties};
use crate::calendar::rules::date_in_words;
use crate::{Ctx, Db, Error, Result, awards, suspensions};

/// A closure of an award, with what it came to then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardClosure)]
pub struct ClosureView {
    /// Its id.
    pub id: AwardClosureId,
    /// London date from which it is closed.
    pub closed_on: NaiveDate,
    /// Why.
    pub why: String,
    /// With whom it was agreed, and where it is written.
    pub told_by: String,
    /// What stood in the way then, each as a sentence.
    pub overridden: Vec<String>,
    /// Why it was closed all the same; empty where nothing stood in the way.
    pub despite: String,
    /// Attributed to it then, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Received from the funder then, in pence.
    #[schema(value_type = i64)]
    pub received_pence: Money,
    /// Repaid to the funder then, in pence.
    #[schema(value_type = i64)]
    pub repaid_pence: Money,
    /// Received, not spent, and carried forward, in pence.
    #[schema(value_type = i64)]
    pub kept_pence: Money,
    /// Owed to us then, in pence.
    #[schema(value_type = i64)]
    pub owed_to_us_pence: Money,
    /// To be repaid to the funder then, in pence.
    #[schema(value_type = i64)]
    pub to_repay_pence: Money,
    /// London date from which it is open again; absent while it is closed.
    pub reopened_on: Option<NaiveDate>,
    /// Why it is open again.
    pub reopened_why: Option<String>,
    /// With whom that was agreed.
    pub reopened_told_by: Option<String>,
}

/// What is owed of an award that is closed, as it is known now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardOwed)]
pub struct OwedView {
    /// London date from which it is closed.
    pub closed_on: NaiveDate,
    /// Attributed when it was closed, in pence.
    #[schema(value_type = i64)]
    pub attributed_then_pence: Money,
    /// Taken back since of spend that it had paid for, in pence: owed to the funder.
    #[schema(value_type = i64)]
    pub taken_back_pence: Money,
    /// Received, not spent, and carried forward, in pence.
    #[schema(value_type = i64)]
    pub kept_pence: Money,
    /// Owed to us, in pence.
    #[schema(value_type = i64)]
    pub owed_to_us_pence: Money,
    /// Owed to the funder, in pence.
    #[schema(value_type = i64)]
    pub owed_to_funder_pence: Money,
    /// The same as a sentence.
    pub sentence: String,
}

/// What a closure would do, before it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardClosurePreview)]
pub struct ClosurePreview {
    /// The figures that it is decided on: send them along with the closure.
    pub figures: ClosureFigures,
    /// Received, not spent, and carried forward, in pence.
    #[schema(value_type = i64)]
    pub kept_pence: Money,
    /// Owed to us, in pence.
    #[schema(value_type = i64)]
    pub owed_to_us_pence: Money,
    /// To be repaid to the funder, in pence.
    #[schema(value_type = i64)]
    pub to_repay_pence: Money,
    /// What it does, in sentences.
    pub sentences: Vec<String>,
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
    /// The deadlines that stop, the earliest first.
    pub deadlines: Vec<AwardDuty>,
}

/// The closures of an award, the newest first. The caller has looked whether they may be seen.
pub(crate) async fn of(db: &Db, id: AwardId) -> Result<Vec<ClosureView>> {
    Ok(store::rows(db.read(), &[id])
        .await?
        .into_iter()
        .rev()
        .map(|row| ClosureView {
            id: row.id,
            closed_on: row.closed_on,
            why: row.why,
            told_by: row.told_by,
            overridden: row
                .overridden
                .lines()
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect(),
            despite: row.despite,
            attributed_pence: row.attributed,
            received_pence: row.received,
            repaid_pence: row.repaid,
            kept_pence: row.kept,
            owed_to_us_pence: row.owed_to_us,
            to_repay_pence: row.to_repay,
            reopened_on: row.reopened_on,
            reopened_why: row.reopened_why,
            reopened_told_by: row.reopened_told_by,
        })
        .collect())
}

/// What is owed of an award, once it is closed. The caller has looked whether it may be seen.
pub(crate) async fn owed(db: &Db, ctx: &Ctx, award: &award::Model) -> Result<Option<OwedView>> {
    let closed = store::closed(db.read(), &[award.id])
        .await?
        .remove(&award.id);
    let Some(closed) = closed else {
        return Ok(None);
    };
    let (figures, ..) = store::figures(db.read(), award, ctx.today()).await?;
    let since = owed_since(&figures, closed.kept);
    let taken_back = closed
        .attributed
        .minus(figures.attributed)
        .ok_or_else(|| Error::internal("what was taken back fits no number"))?;
    Ok(Some(OwedView {
        closed_on: closed.closed_on,
        attributed_then_pence: closed.attributed,
        taken_back_pence: taken_back,
        kept_pence: since.kept,
        owed_to_us_pence: since.owed_to_us,
        owed_to_funder_pence: since.to_repay,
        sentence: sentence(&closed, &since, taken_back),
    }))
}

fn sentence(closed: &award_closure::Model, since: &Settlement, taken_back: Money) -> String {
    let owed = if since.to_repay > Money::ZERO {
        let back = taken_back.min(since.to_repay);
        let why = if back == Money::ZERO {
            String::new()
        } else if back == since.to_repay {
            ": spend that it had paid for was taken back since".to_owned()
        } else {
            format!(
                ", {} of it because spend that it had paid for was taken back since",
                back.in_full()
            )
        };
        format!(" {} is owed to the funder{why}.", since.to_repay.in_full())
    } else if since.owed_to_us > Money::ZERO {
        format!(" {} is owed to us.", since.owed_to_us.in_full())
    } else {
        " Nothing is owed either way.".to_owned()
    };
    let kept = if since.kept > Money::ZERO {
        format!(
            " {} was carried forward and stays with us.",
            since.kept.in_full()
        )
    } else {
        String::new()
    };
    format!(
        "Closed from {}: it pays for nothing more.{owed}{kept}",
        date_in_words(closed.closed_on)
    )
}

/// What a closure would do, before it is recorded. Changes nothing.
pub async fn preview(db: &Db, ctx: &Ctx, id: AwardId, new: &NewClosure) -> Result<ClosurePreview> {
    use validator::Validate;
    ctx.require(Operation::CloseAward)?;
    new.validate()?;
    let award = awards::store::one(db.read(), ctx, id).await?;
    let known: Vec<Closure> = store::rows(db.read(), &[id])
        .await?
        .iter()
        .map(store::fact)
        .collect();
    let wrong = check_closure(&known, new.closed_on, ctx.today());
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let (figures, unspent, over, at_risk) = store::figures(db.read(), &award, ctx.today()).await?;
    let settled =
        settle(&figures, unspent, new.kept_pence).map_err(|wrong| Error::Invalid(vec![wrong]))?;
    let stands = store::stands(db.read(), &award, (over, at_risk)).await?;
    let said = new.kept_pence.is_some();
    let mut sentences = sentences(&figures, &settled, unspent, said, award.amount);
    let suspended = suspensions::store::of_awards(db.read(), &[id]).await?;
    if suspended
        .get(&id)
        .and_then(|all| all.last())
        .is_some_and(|last| last.resumed_on.is_none())
    {
        sentences.push(
            "It is suspended. What was incurred meanwhile stays as it is attributed now."
                .to_owned(),
        );
    }
    Ok(ClosurePreview {
        figures: figures.into(),
        kept_pence: settled.kept,
        owed_to_us_pence: settled.owed_to_us,
        to_repay_pence: settled.to_repay,
        sentences,
        obstacles: obstacles(&stands, new.closed_on),
        deadlines: duties(db, id).await?,
    })
}
