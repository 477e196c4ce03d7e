//! How far a new house is, as readers get it.

use chrono::NaiveDate;
use entity::{
    AwardId, GrantReturnId, ImportState, PoolId, ReturnState, Role, SpendImportId, award,
    coding_map_row, contribution, cost_category, form_draft, grant_return, import_profile,
    membership, organisation, pool, requirement, return_form, spend_import,
};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde::Serialize;

use super::rules::{Facts, Standing, Step};
use crate::access::held_on;
use crate::access::rules::{Operation, role_in_words};
use crate::imports::rules::{Field, ImportProfile};
use crate::{Ctx, Db, Result, settings};

/// What a new house needs until its first return is drafted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Start {
    /// Whether a return was drafted: the start is behind.
    pub finished: bool,
    /// How many steps are done.
    pub done: usize,
    /// Of how many; the coding map is counted where the layout of the files needs it.
    pub of: usize,
    /// About how long what is left takes at first, in minutes.
    pub minutes_left: u32,
    /// The steps, in the order in which they are best taken.
    pub steps: Vec<StepView>,
}

/// A step of the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = StartStepView)]
pub struct StepView {
    /// Which.
    pub step: Step,
    /// What to do, in words.
    pub title: String,
    /// Why it is needed, and what helps.
    pub why: String,
    /// How far it is.
    pub standing: Standing,
    /// Whether it is the one to take next.
    pub next: bool,
    /// What comes first, in words.
    pub waits_for: Vec<String>,
    /// Whose move it is, in words: "a grants officer or a finance officer".
    pub who: String,
    /// Whether the reader may do it.
    pub mine: bool,
    /// About how long it takes at first, in minutes.
    pub minutes: u8,
    /// The page on which it is done, or where its result is seen.
    pub path: String,
}

impl Start {
    /// The step to take next.
    #[must_use]
    pub fn next(&self) -> Option<&StepView> {
        self.steps.iter().find(|step| step.next)
    }
}

/// Whether the start is behind: a return was drafted.
pub async fn is_over(db: &Db) -> Result<bool> {
    Ok(first_draft(db).await?.is_some())
}

async fn first_draft(db: &Db) -> Result<Option<GrantReturnId>> {
    Ok(grant_return::Entity::find()
        .filter(grant_return::Column::State.ne(ReturnState::Scheduled))
        .one(db.read())
        .await?
        .map(|row| row.id))
}

/// How far this house is.
pub async fn start(db: &Db, ctx: &Ctx) -> Result<Start> {
    ctx.require(Operation::ReadStart)?;
    let known = Known::of(db, ctx.today()).await?;
    let facts = known.facts();
    let next = super::rules::next(&facts);
    let steps: Vec<StepView> = Step::ALL
        .into_iter()
        .map(|step| {
            let (standing, waits_for) = step.standing(&facts);
            StepView {
                step,
                title: match step {
                    // what is left of it once there is a pool
                    Step::Pool if known.pool.is_some() && !known.contribution => {
                        "Put the award’s money behind the pool".to_owned()
                    }
                    _ => step.title().to_owned(),
                },
                why: step.why().to_owned(),
                standing,
                next: next == Some(step),
                waits_for: waits_for
                    .into_iter()
                    .map(|step| step.title().to_owned())
                    .collect(),
                who: who_in_words(step.who()),
                mine: step.who().iter().any(|role| ctx.actor.holds(*role)),
                minutes: step.minutes(),
                path: known.path(step, standing),
            }
        })
        .collect();
    // The map is counted where the file needs it, and only there: so the number stays the same.
    let counted = || {
        steps
            .iter()
            .filter(|step| step.step != Step::CodingMap || facts.codes_only)
    };
    let left = || counted().filter(|step| step.standing != Standing::Done);
    Ok(Start {
        finished: facts.draft,
        done: counted().count().saturating_sub(left().count()),
        of: counted().count(),
        minutes_left: left().map(|step| u32::from(step.minutes)).sum(),
        steps,
    })
}

/// "a grants officer or a finance officer"; administrators go without saying where others may too.
fn who_in_words(roles: &[Role]) -> String {
    let named: Vec<String> = roles
        .iter()
        .map(|role| match role {
            Role::Administrator => format!("an {}", role_in_words(*role)),
            _ => format!("a {}", role_in_words(*role)),
        })
        .collect();
    match named.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// What is recorded already, with what the pages of the next steps need to know of it.
#[derive(Debug, Default)]
struct Known {
    people: bool,
    organisations: bool,
    categories: bool,
    award: Option<AwardId>,
    pool: Option<PoolId>,
    contribution: bool,
    layout: bool,
    codes_only: bool,
    coding_map: bool,
    accepted: bool,
    waits: Option<SpendImportId>,
    form: bool,
    form_draft: Option<entity::FormDraftId>,
    requirement: bool,
    draft: Option<GrantReturnId>,
}

async fn any<E: EntityTrait>(db: &Db, found: Select<E>) -> Result<bool>
where
    E::Model: Send + Sync,
{
    Ok(found.limit(1).count(db.read()).await? > 0)
}

/// Whether somebody holds this role today.
async fn is_held(db: &Db, role: Role, today: NaiveDate) -> Result<bool> {
    let held = held_on(today).filter(membership::Column::Role.eq(role));
    any(db, held).await
}

impl Known {
    async fn of(db: &Db, today: NaiveDate) -> Result<Self> {
        let home = settings::home(db).await?;
        let mut others = organisation::Entity::find();
        if let Some(home) = home {
            others = others.filter(organisation::Column::Id.ne(home));
        }
        let newest = import_profile::Entity::find()
            .order_by_desc(import_profile::Column::CreatedAt)
            .one(db.read())
            .await?;
        let accepted =
            spend_import::Entity::find().filter(spend_import::Column::AcceptedSeq.is_not_null());
        Ok(Self {
            people: is_held(db, Role::GrantsOfficer, today).await?
                && is_held(db, Role::FinanceOfficer, today).await?,
            organisations: others.limit(2).all(db.read()).await?.len() == 2
                || any(db, award::Entity::find()).await?,
            categories: any(db, cost_category::Entity::find()).await?,
            award: award::Entity::find()
                .order_by_asc(award::Column::CreatedAt)
                .one(db.read())
                .await?
                .map(|row| row.id),
            pool: pool::Entity::find()
                .order_by_asc(pool::Column::CreatedAt)
                .one(db.read())
                .await?
                .map(|row| row.id),
            contribution: any(db, contribution::Entity::find()).await?,
            layout: newest.is_some(),
            codes_only: newest.is_some_and(|row| needs_the_map(row.spec)),
            coding_map: any(db, coding_map_row::Entity::find()).await?,
            accepted: any(db, accepted).await?,
            waits: spend_import::Entity::find()
                .filter(
                    spend_import::Column::State.is_in([ImportState::Waiting, ImportState::Ready]),
                )
                .order_by_desc(spend_import::Column::CreatedAt)
                .one(db.read())
                .await?
                .map(|row| row.id),
            form: any(
                db,
                return_form::Entity::find().filter(return_form::Column::Current.eq(true)),
            )
            .await?,
            form_draft: form_draft::Entity::find()
                .filter(form_draft::Column::UsedAsId.is_null())
                .filter(form_draft::Column::GivenUpAt.is_null())
                .order_by_desc(form_draft::Column::CreatedAt)
                .one(db.read())
                .await?
                .map(|row| row.id),
            requirement: any(db, requirement::Entity::find()).await?,
            draft: first_draft(db).await?,
        })
    }

    const fn facts(&self) -> Facts {
        Facts {
            people: self.people,
            organisations: self.organisations,
            categories: self.categories,
            award: self.award.is_some(),
            pool: self.contribution,
            layout: self.layout,
            codes_only: self.codes_only,
            coding_map: self.coding_map,
            spend: self.accepted,
            form: self.form,
            requirement: self.requirement,
            draft: self.draft.is_some(),
        }
    }

    fn path(&self, step: Step, standing: Standing) -> String {
        let done = standing == Standing::Done;
        let fixed = |list: &str, new: &str| if done { list } else { new }.to_owned();
        match step {
            Step::People => fixed("/people", "/people/new"),
            Step::Organisations => fixed("/organisations", "/organisations/new"),
            Step::Categories => fixed("/cost-categories", "/cost-categories/new"),
            Step::Award => fixed("/awards", "/awards/new"),
            Step::Pool => match self.pool {
                Some(pool) if !done => format!("/pools/{pool}/contributions/new"),
                _ => fixed("/pools", "/pools/new"),
            },
            Step::Layout => fixed("/import-profiles", "/import-profiles/new"),
            Step::CodingMap => "/coding-map".to_owned(),
            Step::Spend => match self.waits {
                Some(import) if !done => format!("/imports/{import}"),
                _ => fixed("/imports", "/imports#load"),
            },
            Step::Form => match self.form_draft {
                Some(draft) if !done => format!("/form-drafts/{draft}"),
                _ => fixed("/forms", "/forms/new"),
            },
            Step::Requirement => match self.award {
                Some(award) if done => format!("/awards/{award}"),
                Some(award) => format!("/awards/{award}/requirements/new"),
                None => "/awards".to_owned(),
            },
            Step::Draft => self
                .draft
                .map_or_else(|| "/returns".to_owned(), |id| format!("/returns/{id}")),
        }
    }
}

/// Whether a layout leaves pool or cost category to the coding map. What cannot be read is shown
/// where layouts are.
fn needs_the_map(spec: serde_json::Value) -> bool {
    serde_json::from_value::<ImportProfile>(spec).is_ok_and(|spec| {
        [Field::Pool, Field::Category]
            .iter()
            .any(|field| !spec.columns.contains_key(field) && !spec.defaults.contains_key(field))
    })
}
