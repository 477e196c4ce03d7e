//! Recording an award with its fences, and setting a further part of it apart.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{
    AwardId, BalanceKind, CarryForward, CostCategoryId, FenceId, LegalBasis, Money, Nation,
    OrganisationId, PaysFor, PersonId, ProgrammeId, YearStanding, award, award_category, fence,
    fence_category, organisation, person,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::rules::years::{YearPlan, check_years};
use super::rules::{self, FencePlan, reach};
use super::store;
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, categories, closures, programmes};

pub(crate) mod amend;
mod correct;
mod years;

pub use amend::{NewAmendment, amend};
pub(super) use amend::{check as check_amendment, over_after, terms};
pub use correct::{Correction, correct};
pub use years::{NewYearEvent, record_year};

/// An award to record.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAward {
    /// The funder's reference.
    #[validate(
        length(
            min = 1,
            max = 100,
            message = "Enter the funder’s reference, at most 100 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 100)]
    pub reference: String,
    /// What people call it.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Enter a name of at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// The funder's scheme.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Enter the funder’s scheme, at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200)]
    pub programme: String,
    /// The programme that it is made under, where that is recorded: one of the same funder.
    #[serde(default)]
    pub programme_id: Option<ProgrammeId>,
    /// Gives the money.
    pub funder_id: OrganisationId,
    /// Holds it in its bank account; often not the charity.
    pub holder_id: OrganisationId,
    /// Answers to the funder for it.
    pub accountable_body_id: OrganisationId,
    /// How much, in pence.
    #[schema(value_type = i64, minimum = 1, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Money,
    /// First London date of its window.
    pub starts_on: NaiveDate,
    /// Last London date of its window.
    pub ends_on: NaiveDate,
    /// Whose bank holidays count for its deadlines.
    pub nation: Nation,
    /// Capital, revenue or both.
    pub pays_for: PaysFor,
    /// What makes it binding.
    pub legal_basis: LegalBasis,
    /// What is unspent at the end goes back to the funder.
    pub lost_if_unspent: bool,
    /// Who is told when a duty is long overdue.
    pub lead_id: Option<PersonId>,
    /// The cost categories that it may pay for; none means all.
    #[validate(length(max = 500, message = "Choose at most 500 cost categories."))]
    #[schema(max_items = 500)]
    #[serde(default)]
    pub category_ids: Vec<CostCategoryId>,
    /// The places that it may pay for, as spend names them; none means any.
    #[schema(max_items = 200)]
    #[serde(default)]
    pub places: Vec<String>,
    /// The groups of people that it may pay for, as spend names them; none means any.
    #[schema(max_items = 200)]
    #[serde(default)]
    pub groups: Vec<String>,
    /// The parts that are set apart: a tree, each naming the one around it.
    #[validate(nested)]
    #[schema(max_items = 200)]
    #[serde(default)]
    pub fences: Vec<NewFence>,
    /// Its years, each with its own amount and window: they follow each other from the award’s first
    /// day to its last, and come to its amount. None: one confirmed year of the whole window.
    #[schema(max_items = 30)]
    #[serde(default)]
    pub years: Vec<NewAwardYear>,
}

/// A year of an award: its own amount and window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAwardYear {
    /// First London date of its window.
    pub starts_on: NaiveDate,
    /// Last London date of its window.
    pub ends_on: NaiveDate,
    /// How much, in pence.
    #[schema(value_type = i64, minimum = 0, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Money,
    /// Whether the funder has promised it.
    pub standing: YearStanding,
    /// What becomes of money that is not used by its end.
    pub carry_forward: CarryForward,
}

impl NewAwardYear {
    pub(super) const fn plan(&self) -> YearPlan {
        YearPlan {
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            amount: self.amount_pence,
        }
    }
}

impl NewAward {
    /// Its years: one of the whole window where none are named.
    fn years(&self) -> Vec<NewAwardYear> {
        if !self.years.is_empty() {
            return self.years.clone();
        }
        vec![NewAwardYear {
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            amount_pence: self.amount_pence,
            standing: YearStanding::Confirmed,
            carry_forward: CarryForward::None,
        }]
    }
}

/// A part of an award to set apart for certain lines: reserved for them, limited for them, or both.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFence {
    /// A short name, stable within the award.
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub slug: String,
    /// What people call it.
    #[validate(
        length(
            min = 1,
            max = 120,
            message = "Enter a name of at most 120 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// The short name of the fence around it, if there is one.
    pub parent: Option<String>,
    /// Kept for the lines that fit, in pence: what stays unused is a shortfall.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000_000_000_i64)]
    pub reserved_pence: Option<Money>,
    /// At most this much for the lines that fit, in pence.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000_000_000_i64)]
    pub limit_pence: Option<Money>,
    /// The cost categories whose lines fit.
    #[validate(length(max = 500, message = "Choose at most 500 cost categories."))]
    #[schema(min_items = 1, max_items = 500)]
    pub category_ids: Vec<CostCategoryId>,
}

impl NewFence {
    fn plan(&self) -> FencePlan {
        FencePlan {
            slug: self.slug.clone(),
            parent: self.parent.clone(),
            reserved: self.reserved_pence,
            limit: self.limit_pence,
            categories: self.category_ids.iter().copied().collect(),
        }
    }
}

/// Records an award with what it may pay for and its fences, in one write.
pub async fn create(db: &Db, ctx: &Ctx, new: &NewAward) -> Result<AwardId> {
    ctx.require(Operation::CreateAward)?;
    check(new)?;
    db.write(ctx, Command::new(Operation::CreateAward), async |tx| {
        let id = record(tx, new).await?;
        tx.subject("award", id);
        tx.note("reference", new.reference.clone());
        tx.note("title", new.title.clone());
        tx.note("amount_pence", new.amount_pence.pence());
        tx.note("starts_on", new.starts_on.to_string());
        tx.note("ends_on", new.ends_on.to_string());
        tx.note("fences", new.fences.len());
        tx.note("years", new.years().len());
        Ok(id)
    })
    .await
}

fn check(new: &NewAward) -> Result<()> {
    new.validate()?;
    let categories: BTreeSet<_> = new.category_ids.iter().copied().collect();
    let plans: Vec<FencePlan> = new.fences.iter().map(NewFence::plan).collect();
    let mut wrong = rules::check_terms(new.amount_pence, new.starts_on, new.ends_on);
    wrong.extend(rules::check_fences(new.amount_pence, &categories, &plans));
    wrong.extend(reach::check(&new.places, "/places"));
    wrong.extend(reach::check(&new.groups, "/groups"));
    if wrong.is_empty() {
        let years: Vec<YearPlan> = new.years().iter().map(NewAwardYear::plan).collect();
        let window = (new.starts_on, new.ends_on);
        wrong.extend(check_years(new.amount_pence, window, &years));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// Records an award within a write that is under way: whoever calls has decided that it may be.
pub(crate) async fn record(tx: &Tx, new: &NewAward) -> Result<AwardId> {
    check(new)?;
    check_known(tx, new).await?;
    let id = insert(tx, new).await?;
    let categories: BTreeSet<_> = new.category_ids.iter().copied().collect();
    award_category::Entity::insert_many(categories.iter().map(|category_id| {
        award_category::ActiveModel {
            award_id: Set(id),
            category_id: Set(*category_id),
        }
    }))
    .exec_without_returning(tx.conn())
    .await?;
    years::insert(tx, id, &new.years()).await?;
    store::settle_guards(tx, id, new.amount_pence).await?;
    insert_fences(tx, id, new).await?;
    years::nudge(tx).await?;
    Ok(id)
}

/// Whatever an award names must be known.
async fn check_known(tx: &Tx, new: &NewAward) -> Result<()> {
    let mut wrong = Vec::new();
    let bodies = [
        ("/funder_id", new.funder_id),
        ("/holder_id", new.holder_id),
        ("/accountable_body_id", new.accountable_body_id),
    ];
    let known: Vec<OrganisationId> = organisation::Entity::find()
        .select_only()
        .column(organisation::Column::Id)
        .filter(organisation::Column::Id.is_in(bodies.map(|(_, id)| id)))
        .into_tuple()
        .all(tx.conn())
        .await?;
    for (pointer, id) in bodies {
        if !known.contains(&id) {
            wrong.push(FieldError::new(
                pointer,
                "unknown",
                "There is no such organisation.",
            ));
        }
    }
    if let Some(lead) = new.lead_id
        && person::Entity::find_by_id(lead)
            .one(tx.conn())
            .await?
            .is_none()
    {
        wrong.push(FieldError::new(
            "/lead_id",
            "unknown",
            "There is no such person.",
        ));
    }
    if let Some(id) = new.programme_id {
        let found = programmes::store::check_of_funder(tx.conn(), id, new.funder_id).await?;
        wrong.extend(found);
    }
    let named = new
        .fences
        .iter()
        .flat_map(|fence| &fence.category_ids)
        .chain(&new.category_ids)
        .copied()
        .collect();
    let unknown = categories::store::unknown(tx.conn(), &named).await?;
    let strange = |ids: &[CostCategoryId], pointer: String| {
        ids.iter()
            .any(|id| unknown.contains(id))
            .then(|| FieldError::new(pointer, "unknown", "There is no such cost category."))
    };
    wrong.extend(strange(&new.category_ids, "/category_ids".to_owned()));
    for (index, fence) in new.fences.iter().enumerate() {
        wrong.extend(strange(
            &fence.category_ids,
            format!("/fences/{index}/category_ids"),
        ));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(wrong))
    }
}

async fn insert(tx: &Tx, new: &NewAward) -> Result<AwardId> {
    let id = AwardId::new();
    let inserted = award::ActiveModel {
        id: Set(id),
        reference: Set(new.reference.trim().to_owned()),
        title: Set(new.title.trim().to_owned()),
        programme: Set(new.programme.trim().to_owned()),
        programme_id: Set(new.programme_id),
        funder_id: Set(new.funder_id),
        holder_id: Set(new.holder_id),
        accountable_body_id: Set(new.accountable_body_id),
        amount: Set(new.amount_pence),
        starts_on: Set(new.starts_on),
        ends_on: Set(new.ends_on),
        nation: Set(new.nation),
        pays_for: Set(new.pays_for),
        legal_basis: Set(new.legal_basis),
        lost_if_unspent: Set(new.lost_if_unspent),
        lead_id: Set(new.lead_id),
        decider_id: Set(None),
        accounts_of_id: Set(None),
        accounts_as: Set(None),
        only_places: Set(reach::kept(&new.places)),
        only_groups: Set(reach::kept(&new.groups)),
        version: Set(1),
        created_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await;
    match inserted {
        Ok(_) => Ok(id),
        Err(error) if crate::db::is_unique_violation(&error) => Err(Error::invalid(
            "/reference",
            "known-already",
            "An award with this reference is recorded already.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Outer fences first, so that each finds the one around it.
async fn insert_fences(tx: &Tx, award_id: AwardId, new: &NewAward) -> Result<()> {
    let mut made: BTreeMap<&str, FenceId> = BTreeMap::new();
    let mut waiting: Vec<(usize, &NewFence)> = new.fences.iter().enumerate().collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut later = Vec::new();
        for (position, fence) in waiting {
            let parent_id = match fence.parent.as_deref() {
                None => None,
                Some(parent) => match made.get(parent) {
                    Some(id) => Some(*id),
                    None => {
                        later.push((position, fence));
                        continue;
                    }
                },
            };
            let id = insert_fence(tx, award_id, parent_id, position, fence).await?;
            made.insert(fence.slug.as_str(), id);
        }
        if later.len() == before {
            return Err(Error::internal("fences that form no tree were accepted"));
        }
        waiting = later;
    }
    Ok(())
}

async fn insert_fence(
    tx: &Tx,
    award_id: AwardId,
    parent_id: Option<FenceId>,
    position: usize,
    new: &NewFence,
) -> Result<FenceId> {
    let id = FenceId::new();
    fence::ActiveModel {
        id: Set(id),
        award_id: Set(award_id),
        parent_id: Set(parent_id),
        slug: Set(new.slug.clone()),
        name: Set(new.name.trim().to_owned()),
        reserved: Set(new.reserved_pence),
        spend_limit: Set(new.limit_pence),
        position: Set(i32::try_from(position).unwrap_or(i32::MAX)),
    }
    .insert(tx.conn())
    .await?;
    let categories: BTreeSet<_> = new.category_ids.iter().copied().collect();
    fence_category::Entity::insert_many(categories.into_iter().map(|category_id| {
        fence_category::ActiveModel {
            fence_id: Set(id),
            category_id: Set(category_id),
        }
    }))
    .exec_without_returning(tx.conn())
    .await?;
    if let Some(limit) = new.limit_pence {
        store::open_balance(tx, BalanceKind::Fence, id, limit).await?;
    }
    Ok(id)
}

/// Sets a further part of an award apart, as long as nothing was attributed to the award: after
/// that it would be an amendment.
pub async fn add_fence(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    expected: Option<i64>,
    new: &NewFence,
) -> Result<FenceId> {
    ctx.require(Operation::CreateFence)?;
    new.validate()?;
    db.write(
        ctx,
        Command::on(Operation::CreateFence, "award", award_id),
        async |tx| {
            let row = store::locked(tx, ctx, award_id).await?;
            closures::store::refuse_closed(tx.conn(), award_id).await?;
            if expected.is_some_and(|version| version != row.version) {
                return Err(Error::Stale);
            }
            if store::was_attributed(tx, award_id).await? {
                return Err(Error::refused(
                    "fence-after-attribution",
                    "Spend is attributed to this award already, so what it sets apart cannot be \
                     changed here: agree an amendment with the funder and record that.",
                ));
            }
            let named = new.category_ids.iter().copied().collect();
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
            let known = store::fences(tx.conn(), award_id).await?;
            let mut plans = store::plans(&known);
            plans.push(new.plan());
            let allowed = store::categories(tx.conn(), award_id).await?;
            let wrong = rules::check_fences(row.amount, &allowed, &plans);
            if !wrong.is_empty() {
                return Err(Error::Invalid(about_the_last(wrong, known.len())));
            }
            let parent_id = new.parent.as_deref().and_then(|slug| {
                known
                    .iter()
                    .find(|(fence, _)| fence.slug == slug)
                    .map(|(fence, _)| fence.id)
            });
            let id = insert_fence(tx, award_id, parent_id, known.len(), new).await?;
            let version = row.version + 1;
            let mut row = row.into_active_model();
            row.version = Set(version);
            row.update(tx.conn()).await?;
            tx.note("fence", new.name.clone());
            tx.note("reserved_pence", new.reserved_pence.map(Money::pence));
            tx.note("limit_pence", new.limit_pence.map(Money::pence));
            Ok(id)
        },
    )
    .await
}

/// The rules speak of the whole list; here only its last fence is new.
fn about_the_last(wrong: Vec<FieldError>, index: usize) -> Vec<FieldError> {
    let own = format!("/fences/{index}/");
    let mut told: Vec<FieldError> = Vec::new();
    for found in wrong {
        let pointer = match found.pointer.strip_prefix(&own) {
            Some(field) => format!("/{field}"),
            // what is around it has no room for it
            None => "/reserved_pence".to_owned(),
        };
        told.push(FieldError { pointer, ..found });
    }
    told
}
