//! How an application ends: an offer that becomes an award with nothing retyped, or lapses; a
//! rejection, a withdrawal; and what the funder says about it.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ApplicationEventKind as Kind, ApplicationId, ApplicationOfferId, ApplicationState, AwardId,
    CarryForward, ConditionKind, CostCategoryId, DeadlineKind, LegalBasis, Money, OrganisationId,
    PaysFor, YearStanding, application, application_offer, application_offer_year, deadline,
    reminder,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};
use serde_json::Map;
use validator::Validate;

use super::{Stands, not_ahead, reason, written};
use crate::access::rules::Operation;
use crate::applications::rules::{check_offer, event_in_words, lapses, total};
use crate::applications::store;
use crate::awards::ops::{NewAward, NewAwardYear};
use crate::calendar::rules::{Moment, date_without_weekday};
use crate::conditions::ops::ConditionTerms;
use crate::{Ctx, Db, Error, Result, Tx, audit, awards, conditions};

/// What a funder offers.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOffer {
    /// The funder's reference.
    #[validate(
        length(
            min = 1,
            max = 100,
            message = "Enter the funder’s reference, at most 100 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub reference: String,
    /// London date of the offer.
    pub offered_on: NaiveDate,
    /// First London date of its window.
    pub starts_on: NaiveDate,
    /// Last London date of its window.
    pub ends_on: NaiveDate,
    /// Until when it must be accepted.
    pub accept_by: Moment,
    /// How much, by year.
    #[schema(min_items = 1, max_items = 30)]
    pub years: Vec<OfferYear>,
    /// What the funder makes of it a condition.
    #[validate(
        length(max = 5000, message = "Enter at most 5,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(max_length = 5000)]
    #[serde(default)]
    pub conditions: String,
}

/// What an offer gives in a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferYear {
    /// First London date of the year.
    pub year_from: NaiveDate,
    /// How much, in pence.
    #[schema(value_type = i64, minimum = 1, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Money,
}

/// Records what a funder offers. Other terms take the place of those that stood; an offer that
/// lapsed stands again when the funder gives more time.
pub async fn record_offer(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    new: &NewOffer,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::RecordOutcome)?;
    new.validate()?;
    let years: Vec<(NaiveDate, Money)> = new
        .years
        .iter()
        .map(|year| (year.year_from, year.amount_pence))
        .collect();
    let wrong = check_offer(
        new.starts_on,
        new.ends_on,
        new.offered_on,
        new.accept_by.on,
        &years,
    );
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    not_ahead(ctx, "/offered_on", new.offered_on)?;
    if new.accept_by.ends() < ctx.now() {
        return Err(Error::invalid(
            "/accept_by",
            "over",
            "That is over already: enter until when it can still be accepted.",
        ));
    }
    let operation = Operation::RecordOutcome;
    let ((), stands) = written(db, ctx, operation, id, expected, async |tx, _| {
        let life = store::append_event(tx, ctx, id, Kind::Offered, new.offered_on, None).await?;
        if let Some((row, _)) = store::offers(tx.conn(), &[id]).await?.remove(&id) {
            let mut row = row.into_active_model();
            row.superseded_at = Set(Some(tx.now()));
            row.update(tx.conn()).await?;
        }
        let offer = ApplicationOfferId::new();
        application_offer::ActiveModel {
            id: Set(offer),
            application_id: Set(id),
            reference: Set(new.reference.trim().to_owned()),
            offered_on: Set(new.offered_on),
            starts_on: Set(new.starts_on),
            ends_on: Set(new.ends_on),
            accept_by_on: Set(new.accept_by.on),
            accept_by_at: Set(new.accept_by.ends()),
            conditions: Set(new.conditions.trim().to_owned()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
            superseded_at: Set(None),
        }
        .insert(tx.conn())
        .await?;
        application_offer_year::Entity::insert_many(years.iter().map(|(year_from, amount)| {
            application_offer_year::ActiveModel {
                offer_id: Set(offer),
                year_from: Set(*year_from),
                amount: Set(*amount),
            }
        }))
        .exec_without_returning(tx.conn())
        .await?;
        store::set_state(tx, id, life).await?;
        let sum = total(years.iter().map(|(_, amount)| *amount)).unwrap_or_default();
        tx.note("reference", new.reference.trim());
        tx.note("amount_pence", sum.pence());
        tx.note("accept_by", new.accept_by.in_words());
        Ok(())
    })
    .await?;
    Ok(stands)
}

/// What must be known to make an award of an offer: all else is carried over.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// London date of the acceptance.
    pub accepted_on: NaiveDate,
    /// Who answers to the funder; the application's, where it names one.
    pub accountable_body_id: Option<OrganisationId>,
    /// Who holds the money; the application's, where it names one, or the accountable body.
    pub holder_id: Option<OrganisationId>,
    /// What makes it binding.
    pub legal_basis: LegalBasis,
    /// What is unspent at the end goes back to the funder.
    pub lost_if_unspent: bool,
    /// The cost categories that it may pay for; none means all.
    #[schema(max_items = 500)]
    #[serde(default)]
    pub category_ids: Vec<CostCategoryId>,
    /// First London date of the first year that the funder means to give and has not promised: that year and those after
    /// it are indicative. Absent: all years are confirmed.
    #[serde(default)]
    pub indicative_from: Option<NaiveDate>,
    /// What becomes of a year's money that is not used by its end; absent: it stays behind.
    #[serde(default)]
    pub carry_forward: Option<CarryForward>,
}

/// What an acceptance made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = OfferTaken)]
pub struct Taken {
    /// The award.
    pub award_id: AwardId,
    /// The application's version, for If-Match.
    pub version: i64,
}

/// Accepts the offer that stands: the award is recorded with title, programme, funder, amount and
/// window as they were asked for and offered. It cannot be undone.
pub async fn accept(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    new: &Acceptance,
    expected: Option<i64>,
) -> Result<Taken> {
    ctx.require(Operation::AcceptOffer)?;
    ctx.require(Operation::CreateAward)?;
    not_ahead(ctx, "/accepted_on", new.accepted_on)?;
    let operation = Operation::AcceptOffer;
    let (award_id, stands) = written(db, ctx, operation, id, expected, async |tx, row| {
        let life = store::append_event(tx, ctx, id, Kind::Accepted, new.accepted_on, None).await?;
        let (offer, years) = store::offers(tx.conn(), &[id])
            .await?
            .remove(&id)
            .ok_or_else(|| Error::internal("an offered application without its offer"))?;
        if tx.now() > offer.accept_by_at && new.accepted_on > offer.accept_by_on {
            return Err(Error::refused(
                "offer-over",
                "The time to accept this offer is over. Where the funder gives more, record its \
                 offer again with the new date; where you accepted in time, enter that day.",
            ));
        }
        if new
            .indicative_from
            .is_some_and(|from| years.iter().all(|year| year.year_from != from))
        {
            return Err(Error::invalid(
                "/indicative_from",
                "not-a-year",
                "Choose the first day of one of the years that were offered.",
            ));
        }
        let award = award_of(tx, row, &offer, &years, new).await?;
        let award_id = awards::ops::record(tx, &award).await?;
        if !offer.conditions.trim().is_empty() {
            conditions::ops::put_first(tx, ctx, award_id, &of_the_offer(&offer)).await?;
        }
        let mut detail = Map::new();
        detail.insert("title".to_owned(), award.title.clone().into());
        detail.insert("reference".to_owned(), award.reference.clone().into());
        detail.insert("amount_pence".to_owned(), award.amount_pence.pence().into());
        detail.insert("application".to_owned(), row.title.clone().into());
        audit::append_also(
            tx,
            ctx,
            Operation::CreateAward,
            ("award", award_id.into()),
            detail,
        )
        .await?;
        let mut accepted = row.clone().into_active_model();
        accepted.award_id = Set(Some(award_id));
        accepted.state = Set(ApplicationState::Accepted);
        accepted.update(tx.conn()).await?;
        store::set_state(tx, id, life).await?;
        tx.note("award_id", award_id.to_string());
        tx.note("amount_pence", award.amount_pence.pence());
        Ok(award_id)
    })
    .await?;
    Ok(Taken {
        award_id,
        version: stands.version,
    })
}

/// The award that an offer becomes.
async fn award_of(
    tx: &Tx,
    row: &application::Model,
    offer: &application_offer::Model,
    years: &[application_offer_year::Model],
    new: &Acceptance,
) -> Result<NewAward> {
    let programme = store::programme_of(tx.conn(), row).await?;
    let accountable = new
        .accountable_body_id
        .or(row.accountable_body_id)
        .ok_or_else(|| {
            Error::invalid(
                "/accountable_body_id",
                "required",
                "Say who answers to the funder for it.",
            )
        })?;
    let lines = store::lines(tx.conn(), &[row.id]).await?;
    let (capital, revenue) = (
        lines.iter().any(|line| line.capital),
        lines.iter().any(|line| !line.capital),
    );
    let amount = total(years.iter().map(|year| year.amount))
        .ok_or_else(|| Error::internal("an offer that fits no number"))?;
    Ok(NewAward {
        reference: offer.reference.clone(),
        title: row.title.clone(),
        programme: programme.name,
        programme_id: Some(programme.id),
        funder_id: programme.funder_id,
        holder_id: new.holder_id.or(row.holder_id).unwrap_or(accountable),
        accountable_body_id: accountable,
        amount_pence: amount,
        starts_on: offer.starts_on,
        ends_on: offer.ends_on,
        nation: row.nation,
        pays_for: match (capital, revenue) {
            (true, false) => PaysFor::Capital,
            (false, true) => PaysFor::Revenue,
            _ => PaysFor::Both,
        },
        legal_basis: new.legal_basis,
        lost_if_unspent: new.lost_if_unspent,
        lead_id: row.lead_id,
        category_ids: new.category_ids.clone(),
        places: Vec::new(),
        groups: Vec::new(),
        fences: Vec::new(),
        years: years_of(offer, years, new),
    })
}

/// What an offer made a condition, as a condition of its award: whoever keeps the award parts it into what is to be done.
fn of_the_offer(offer: &application_offer::Model) -> ConditionTerms {
    ConditionTerms {
        title: "Keep to the conditions of the offer".to_owned(),
        passage: offer.conditions.trim().chars().take(4_000).collect(),
        written_where: format!("The offer of {}", date_without_weekday(offer.offered_on)),
        kind: ConditionKind::Standing,
        due_on: None,
        who_id: None,
    }
}

/// The years of an award, as they were offered: each from its first day to the day before the next;
/// the first begins with the window, and the last ends with it. Years that do not fit the window are
/// one, of all of it.
fn years_of(
    offer: &application_offer::Model,
    years: &[application_offer_year::Model],
    new: &Acceptance,
) -> Vec<NewAwardYear> {
    let mut sorted: Vec<_> = years.iter().collect();
    sorted.sort_by_key(|year| year.year_from);
    let mut out: Vec<NewAwardYear> = Vec::new();
    for (at, year) in sorted.iter().enumerate() {
        let starts_on = if at == 0 {
            offer.starts_on
        } else {
            year.year_from
        };
        let ends_on = match sorted.get(at + 1) {
            Some(next) => next.year_from.pred_opt().unwrap_or(next.year_from),
            None => offer.ends_on,
        };
        out.push(NewAwardYear {
            starts_on,
            ends_on,
            amount_pence: year.amount,
            standing: match new.indicative_from {
                Some(from) if year.year_from >= from => YearStanding::Indicative,
                _ => YearStanding::Confirmed,
            },
            carry_forward: new.carry_forward.unwrap_or(CarryForward::None),
        });
    }
    if out.iter().all(|year| year.starts_on <= year.ends_on) {
        out
    } else {
        Vec::new()
    }
}

/// How an application ends without an award.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// The funder turned it down.
    Rejected,
    /// We withdrew it, or turned an offer down.
    Withdrawn,
}

/// The end of an application, with the reason.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApplicationOutcome)]
pub struct Outcome {
    /// How it ended.
    pub outcome: OutcomeKind,
    /// London date.
    pub on: NaiveDate,
    /// Why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// Records how an application ended, with the reason. It cannot be undone.
pub async fn close(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    new: &Outcome,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::RecordOutcome)?;
    let why = reason(&new.reason)?;
    not_ahead(ctx, "/on", new.on)?;
    let kind = match new.outcome {
        OutcomeKind::Rejected => Kind::Rejected,
        OutcomeKind::Withdrawn => Kind::Withdrawn,
    };
    let operation = Operation::RecordOutcome;
    let ((), stands) = written(db, ctx, operation, id, expected, async |tx, _| {
        let life = store::append_event(tx, ctx, id, kind, new.on, Some(why)).await?;
        store::set_state(tx, id, life).await?;
        tx.note("outcome", event_in_words(kind));
        tx.note("reason", why);
        Ok(())
    })
    .await?;
    Ok(stands)
}

/// What a funder said about an application.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    /// London date on which it was said.
    pub on: NaiveDate,
    /// What was said.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub text: String,
}

/// Records what the funder said about what it was sent.
pub async fn feedback(db: &Db, ctx: &Ctx, id: ApplicationId, new: &Feedback) -> Result<Stands> {
    ctx.require(Operation::RecordOutcome)?;
    let text = reason(&new.text).map_err(|error| match error {
        Error::Invalid(mut fields) => {
            for field in &mut fields {
                "/text".clone_into(&mut field.pointer);
            }
            Error::Invalid(fields)
        }
        other => other,
    })?;
    not_ahead(ctx, "/on", new.on)?;
    let operation = Operation::RecordOutcome;
    let ((), stands) = written(db, ctx, operation, id, None, async |tx, _| {
        store::append_event(tx, ctx, id, Kind::FedBack, new.on, Some(text)).await?;
        tx.note("feedback", text);
        Ok(())
    })
    .await?;
    Ok(stands)
}

/// When somebody was first told of an offer that stands.
async fn first_told(
    conn: &impl ConnectionTrait,
    id: ApplicationId,
    offer: &application_offer::Model,
) -> Result<Option<DateTime<Utc>>> {
    let Some(due) = deadline::Entity::find()
        .filter(deadline::Column::Kind.eq(DeadlineKind::Acceptance))
        .filter(deadline::Column::ApplicationId.eq(id))
        .one(conn)
        .await?
    else {
        return Ok(None);
    };
    Ok(reminder::Entity::find()
        .filter(reminder::Column::DeadlineId.eq(due.id))
        .filter(reminder::Column::DueOn.eq(offer.accept_by_on))
        .order_by_asc(reminder::Column::CreatedAt)
        .one(conn)
        .await?
        .map(|row| row.created_at))
}

/// Lets offers lapse whose time is over and of which somebody was told. Takes no input and may be
/// asked at any time. Gives the titles of what lapsed.
pub async fn lapse_due(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::LapseOffer)?;
    let late = application_offer::Entity::find()
        .filter(application_offer::Column::SupersededAt.is_null())
        .filter(application_offer::Column::AcceptByAt.lt(ctx.now()))
        .all(db.read())
        .await?;
    let open = application::Entity::find()
        .filter(application::Column::Id.is_in(late.iter().map(|offer| offer.application_id)))
        .filter(application::Column::State.eq(ApplicationState::Offered))
        .all(db.read())
        .await?;
    let mut lapsed = Vec::new();
    for row in open {
        let id = row.id;
        let done = written(db, ctx, Operation::LapseOffer, id, None, async |tx, row| {
            let offer = store::offers(tx.conn(), &[id]).await?.remove(&id);
            let Some((offer, _)) = offer.filter(|_| row.state == ApplicationState::Offered) else {
                return Err(Error::Stale);
            };
            let told = first_told(tx.conn(), id, &offer).await?;
            if !lapses(tx.now(), offer.accept_by_at, told) {
                return Err(Error::Stale);
            }
            let why = format!(
                "It was to be accepted by {}.",
                crate::calendar::rules::due_in_words(offer.accept_by_at)
            );
            let on = ctx.today();
            let life = store::append_event(tx, ctx, id, Kind::Lapsed, on, Some(&why)).await?;
            store::set_state(tx, id, life).await?;
            tx.note("reason", why);
            Ok(())
        })
        .await;
        match done {
            Ok(_) => lapsed.push(row.title),
            // Not yet to lapse, or accepted since we looked.
            Err(Error::Stale) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(lapsed)
}
