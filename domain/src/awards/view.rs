//! Awards as readers get them.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{
    AccountsAs, AwardId, ContributionId, CostCategoryId, FenceId, GrantReturnId, LegalBasis, Money,
    Nation, OrganisationId, PaysFor, PersonId, PoolId, ProgrammeId, RequirementId, ReturnState,
    Role, award, contribution, deadline, fence, grant_return, person, pool, requirement,
    return_form,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select, sea_query::Expr,
};
use serde::{Deserialize, Serialize};

use super::rules::further::{FurtherTerms, MatchPosition, required};
use super::rules::reach;
use super::rules::years::standing;
use super::store;
use crate::access::rules::{Operation, Sight, sight};
use crate::categories::view::CategoryView;
use crate::paging::{Cursor, Slice};
use crate::{Ctx, Db, Error, Result, closures, organisations, suspensions};

mod amendments;
mod duties;
mod find;
mod years;

pub(crate) use amendments::{open_returns, pool_effect};
pub(crate) use duties::{duties, returns_from};

pub use amendments::{
    AmendmentPreview, AmendmentView, AwardEffect, PoolEffect, ReturnEffect, preview,
};
pub use duties::{AwardDuty, SentReturn};
pub use find::{AwardStands, Sought, find, funders};
pub use years::{AtRiskView, AwardYearView, YearEventView, one_year};

/// An award in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AwardSummary {
    /// Its id.
    pub id: AwardId,
    /// The funder's reference.
    pub reference: String,
    /// What people call it.
    pub title: String,
    /// The funder's scheme.
    pub programme: String,
    /// The programme that it was made under, where that is recorded; not shown to a funder's
    /// officer.
    pub programme_id: Option<ProgrammeId>,
    /// Gives the money.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// First London date of its window.
    pub starts_on: NaiveDate,
    /// Last London date of its window.
    pub ends_on: NaiveDate,
    /// Days from today to the last one; absent once it is over.
    pub days_left: Option<i64>,
    /// How much, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// What accepted runs attributed to it, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Promised by the funder, in pence: the years that are confirmed.
    #[schema(value_type = i64)]
    pub confirmed_pence: Money,
    /// Left to use, in pence, of the years that are not over, with what was carried forward; once
    /// the award is over, what was not used.
    #[schema(value_type = i64)]
    pub left_pence: Money,
    /// Not used by the end of years that are over and not carried forward, in pence, while the award
    /// runs.
    #[schema(value_type = i64)]
    pub not_used_pence: Money,
    /// Over allocation, in pence: attributed beyond what it may pay now, to repay or resolve.
    #[schema(value_type = i64)]
    pub over_pence: Money,
    /// Attributed at risk, in pence: in years that are not confirmed, as the holder agreed.
    #[schema(value_type = i64)]
    pub at_risk_pence: Money,
    /// First London date of the suspension that was not ended, once it has begun.
    pub suspended_from: Option<NaiveDate>,
    /// London date from which it is closed; absent while it is open.
    pub closed_on: Option<NaiveDate>,
    /// Counts changes: the `ETag`.
    pub version: i64,
}

/// One award, with all that the reader may see.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AwardView {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: AwardSummary,
    /// Holds the money in its bank account.
    pub holder_id: OrganisationId,
    /// The holder's name.
    pub holder: String,
    /// Answers to the funder.
    pub accountable_body_id: OrganisationId,
    /// The accountable body's name.
    pub accountable_body: String,
    /// Decides what it is spent on, where that is recorded.
    pub decider: Option<Body>,
    /// In whose accounts it is, where that is recorded.
    pub accounts: Option<Accounts>,
    /// Whose bank holidays count.
    pub nation: Nation,
    /// Capital, revenue or both.
    pub pays_for: PaysFor,
    /// What makes it binding.
    pub legal_basis: LegalBasis,
    /// What is unspent at the end goes back.
    pub lost_if_unspent: bool,
    /// Who is told when a duty is long overdue; not shown to a funder's officer.
    pub lead: Option<Lead>,
    /// What it asks besides returns: match, what a return must explain, spend to be kept up.
    pub further_terms: FurtherTerms,
    /// Where its match stands, where it requires any; not shown to a funder's officer.
    pub match_position: Option<MatchPosition>,
    /// The cost categories that it may pay for; none means all.
    pub categories: Vec<CategoryView>,
    /// The places that it may pay for, as spend names them; none means any.
    pub places: Vec<String>,
    /// The groups of people that it may pay for, as spend names them; none means any.
    pub groups: Vec<String>,
    /// What is owed, once it is closed; not shown to a funder's officer.
    pub owed: Option<closures::view::OwedView>,
    /// Its closures, the newest first; empty for a funder's officer.
    pub closures: Vec<closures::view::ClosureView>,
    /// Its suspensions, the newest first; empty for a funder's officer.
    pub suspensions: Vec<suspensions::view::SuspensionView>,
    /// Its amendments, the newest first; empty for a funder's officer.
    pub amendments: Vec<AmendmentView>,
    /// Its years, in their order.
    pub years: Vec<AwardYearView>,
    /// The parts that are set apart, each followed by those inside it.
    pub fences: Vec<FenceView>,
    /// What it puts into pools; empty for a funder's officer.
    pub contributions: Vec<AwardContribution>,
    /// What it asks to be reported.
    pub requirements: Vec<RequirementView>,
    /// Its returns, the one due soonest first, then those that were sent.
    pub returns: Vec<AwardReturn>,
}

/// An organisation that has a part in an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardBody)]
pub struct Body {
    /// The organisation.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
}

/// In whose accounts an award is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardAccounts)]
pub struct Accounts {
    /// The organisation.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// As what.
    pub accounts_as: AccountsAs,
}

/// Who is told when a duty is long overdue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Lead {
    /// The person.
    pub id: PersonId,
    /// The chosen name.
    pub display_name: String,
}

/// A part of an award that is set apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FenceView {
    /// Its id.
    pub id: FenceId,
    /// The fence around it.
    pub parent_id: Option<FenceId>,
    /// How many are around it.
    pub depth: u32,
    /// Its short name.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Kept for the lines that fit, in pence.
    #[schema(value_type = Option<i64>)]
    pub reserved_pence: Option<Money>,
    /// At most this much for the lines that fit, in pence.
    #[schema(value_type = Option<i64>)]
    pub limit_pence: Option<Money>,
    /// Attributed to lines that fit it or one inside it, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// The cost categories whose lines fit.
    pub category_ids: Vec<CostCategoryId>,
}

/// What an award puts into a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AwardContribution {
    /// Its id.
    pub id: ContributionId,
    /// The pool.
    pub pool_id: PoolId,
    /// The pool's name.
    pub pool: String,
    /// Agreed, in pence.
    #[schema(value_type = i64)]
    pub agreed_pence: Money,
    /// Attributed in this pool, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
}

/// What an award asks to be reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardRequirement)]
pub struct RequirementView {
    /// Its id.
    pub id: RequirementId,
    /// What people call the return.
    pub name: String,
    /// The form and its version.
    pub form: String,
    /// Length of a period in months.
    pub period_months: i32,
}

/// A return of an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AwardReturn {
    /// Its id.
    pub id: GrantReturnId,
    /// What people call it.
    pub name: String,
    /// First London date of its period.
    pub period_from: NaiveDate,
    /// Last London date of its period.
    pub period_to: NaiveDate,
    /// Due on this London date, while it is open.
    pub due_on: Option<NaiveDate>,
    /// Where it stands; a funder's officer is told once it was sent.
    pub state: Option<ReturnState>,
}

/// Who can lead an award: those who are officers today, by name.
pub async fn leads(db: &Db, ctx: &Ctx) -> Result<Vec<Lead>> {
    ctx.require(Operation::CreateAward)?;
    officers(db, ctx).await
}

/// Those who are officers today, by name.
pub(crate) async fn officers(db: &Db, ctx: &Ctx) -> Result<Vec<Lead>> {
    let officers = crate::access::everybody(db.read(), ctx.today()).await?;
    let officers = officers
        .into_iter()
        .filter(|held| matches!(held.role, Role::GrantsOfficer | Role::FinanceOfficer))
        .map(|held| held.person_id);
    Ok(person::Entity::find()
        .filter(person::Column::Id.is_in(officers))
        .order_by_asc(person::Column::DisplayName)
        .limit(500)
        .all(db.read())
        .await?
        .into_iter()
        .map(|person| Lead {
            id: person.id,
            display_name: person.display_name,
        })
        .collect())
}

/// How a list of awards is narrowed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Those of one funder.
    pub funder_id: Option<OrganisationId>,
    /// Those whose window holds this London date.
    pub running_on: Option<NaiveDate>,
    /// In which order.
    pub order: AwardOrder,
}

/// In which order awards are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub enum AwardOrder {
    /// As they were recorded, the oldest first.
    #[default]
    #[serde(rename = "recorded")]
    Recorded,
    /// By the end of the window, the earliest first.
    #[serde(rename = "ends_on")]
    Ends,
    /// By the end of the window, the latest first.
    #[serde(rename = "-ends_on")]
    LastEnds,
}

fn filtered(ctx: &Ctx, filter: Filter) -> Select<award::Entity> {
    let mut query = store::seen(ctx);
    if let Some(funder) = filter.funder_id {
        query = query.filter(award::Column::FunderId.eq(funder));
    }
    if let Some(on) = filter.running_on {
        query = query
            .filter(award::Column::StartsOn.lte(on))
            .filter(award::Column::EndsOn.gte(on));
    }
    query
}

/// A part of the awards in an order.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    filter: Filter,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<AwardSummary>> {
    ctx.require(Operation::ReadAwards)?;
    let query = filtered(ctx, filter);
    let surplus = limit.saturating_add(1);
    let rows = match filter.order {
        AwardOrder::Recorded => {
            let mut keyed = query.cursor_by(award::Column::Id);
            if let Some(after) = after {
                keyed.after(AwardId(after.id));
            }
            keyed.first(surplus).all(db.read()).await?
        }
        order => {
            let mut keyed = query.cursor_by((award::Column::EndsOn, award::Column::Id));
            if order == AwardOrder::LastEnds {
                keyed.desc();
            }
            if let Some(after) = after {
                keyed.after((after.date(), AwardId(after.id)));
            }
            keyed.first(surplus).all(db.read()).await?
        }
    };
    let rows = Slice::cut(rows, limit, |row| match filter.order {
        AwardOrder::Recorded => Cursor {
            key: 0,
            id: row.id.into(),
        },
        AwardOrder::Ends | AwardOrder::LastEnds => Cursor::on(row.ends_on, row.id),
    });
    Ok(Slice {
        items: summaries(db, ctx, rows.items).await?,
        next: rows.next,
    })
}

/// Awards by what needs attention: those with an overdue duty, then those that run, the one that
/// ends soonest first; then those to come; then those that are over.
pub async fn by_attention(
    db: &Db,
    ctx: &Ctx,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<AwardSummary>> {
    in_turn(db, ctx, store::seen(ctx), after, limit).await
}

/// The same of some of the awards that the reader may see.
async fn in_turn(
    db: &Db,
    ctx: &Ctx,
    mut query: Select<award::Entity>,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<AwardSummary>> {
    ctx.require(Operation::ReadAwards)?;
    let today = ctx.today();
    let mut late = deadline::Entity::find()
        .select_only()
        .column(deadline::Column::AwardId)
        .filter(deadline::Column::AwardId.is_not_null())
        .filter(deadline::Column::ClosedAt.is_null())
        .filter(deadline::Column::DueOn.lt(today));
    // what else we have yet to do, and are late with, is not a funder's to see
    if sight(&ctx.actor) != Sight::All {
        late = late.filter(deadline::Column::ReturnId.is_not_null());
    }
    let turn = Expr::case(
        award::Column::Id.in_subquery(QueryTrait::into_query(late)),
        0,
    )
    .case(award::Column::EndsOn.lt(today), 3)
    .case(award::Column::StartsOn.gt(today), 2)
    .finally(1);
    if let Some(after) = after {
        // In a cursor the turn stands before the date.
        let (before, id) = (after.key.div_euclid(TURN), AwardId(after.id));
        let date = Cursor {
            key: after.key.rem_euclid(TURN),
            ..after
        }
        .date();
        let later = award::Column::EndsOn
            .gt(date)
            .or(award::Column::EndsOn.eq(date).and(award::Column::Id.gt(id)));
        query = query.filter(
            Expr::expr(turn.clone())
                .gt(before)
                .or(Expr::expr(turn.clone()).eq(before).and(later)),
        );
    }
    let order: Vec<(AwardId, NaiveDate, i64)> = query
        .select_only()
        .column(award::Column::Id)
        .column(award::Column::EndsOn)
        .column_as(Expr::expr(turn.clone()).cast_as("bigint"), "turn")
        .order_by_asc(Expr::expr(turn))
        .order_by_asc(award::Column::EndsOn)
        .order_by_asc(award::Column::Id)
        .limit(limit.saturating_add(1))
        .into_tuple()
        .all(db.read())
        .await?;
    let order = Slice::cut(order, limit, |(id, ends_on, turn)| {
        let date = Cursor::on(*ends_on, *id);
        Cursor {
            key: turn.saturating_mul(TURN).saturating_add(date.key),
            ..date
        }
    });
    let ids: Vec<AwardId> = order.items.iter().map(|(id, ..)| *id).collect();
    let mut rows = store::seen(ctx)
        .filter(award::Column::Id.is_in(ids.iter().copied()))
        .all(db.read())
        .await?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    Ok(Slice {
        items: summaries(db, ctx, rows).await?,
        next: order.next,
    })
}

/// What a turn counts for in a cursor: more than any date.
const TURN: i64 = 10_000_000;

pub(crate) async fn summaries(
    db: &Db,
    ctx: &Ctx,
    rows: Vec<award::Model>,
) -> Result<Vec<AwardSummary>> {
    let ids: Vec<AwardId> = rows.iter().map(|row| row.id).collect();
    let years = store::years(db.read(), &ids).await?;
    let (attributed, by_year) = store::attributed_and_by_year(db.read(), &ids, &years).await?;
    let names = organisations::view::names(db, rows.iter().map(|row| row.funder_id)).await?;
    let today = ctx.today();
    let inside = ctx.require(Operation::ReadProgrammes).is_ok();
    let suspended = suspensions::store::of_awards(db.read(), &ids).await?;
    let closed = closures::store::closed(db.read(), &ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let attributed = attributed.get(&row.id).copied().unwrap_or_default();
            let of = years.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            let spent = by_year.get(&row.id).map(Vec::as_slice).unwrap_or_default();
            let standing = standing(of, spent, today);
            let days = row.ends_on.signed_duration_since(today).num_days();
            AwardSummary {
                id: row.id,
                reference: row.reference,
                title: row.title,
                programme: row.programme,
                programme_id: row.programme_id.filter(|_| inside),
                funder_id: row.funder_id,
                funder: names.get(&row.funder_id).cloned().unwrap_or_default(),
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                days_left: (days >= 0).then_some(days),
                amount_pence: row.amount,
                attributed_pence: attributed,
                confirmed_pence: standing.confirmed,
                left_pence: standing.left,
                not_used_pence: standing.not_used,
                over_pence: standing.over,
                at_risk_pence: standing.at_risk,
                suspended_from: suspended
                    .get(&row.id)
                    .into_iter()
                    .flatten()
                    .find(|one| one.holds(today))
                    .map(|one| one.from_on)
                    .filter(|_| !closed.contains_key(&row.id)),
                closed_on: closed.get(&row.id).map(|one| one.closed_on),
                version: row.version,
            }
        })
        .collect())
}

/// One award.
pub async fn one(db: &Db, ctx: &Ctx, id: AwardId) -> Result<AwardView> {
    ctx.require(Operation::ReadAwards)?;
    let row = store::one(db.read(), ctx, id).await?;
    let inside = sight(&ctx.actor) == Sight::All;
    let bodies = [row.holder_id, row.accountable_body_id]
        .into_iter()
        .chain(row.decider_id)
        .chain(row.accounts_of_id);
    let names = organisations::view::names(db, bodies).await?;
    let name = |id| names.get(&id).cloned().unwrap_or_default();
    let within = store::attributed_within(db.read(), id).await?;
    let lead = match row.lead_id.filter(|_| inside) {
        Some(lead) => person::Entity::find_by_id(lead)
            .one(db.read())
            .await?
            .map(|person| Lead {
                id: person.id,
                display_name: person.display_name,
            }),
        None => None,
    };
    let mut contributions = Vec::new();
    if inside {
        let mut by_pool: HashMap<PoolId, Vec<Money>> = HashMap::new();
        for (pool, _, sum) in &within {
            by_pool.entry(*pool).or_default().push(*sum);
        }
        contributions = contributions_of(db, id, &by_pool).await?;
    }
    let allowed = store::categories(db.read(), id).await?;
    let further = store::further(db.read(), id).await?;
    let match_position = if inside {
        match_of(db.read(), &row, &further).await?
    } else {
        None
    };
    let view = AwardView {
        further_terms: further,
        match_position,
        holder: name(row.holder_id),
        holder_id: row.holder_id,
        accountable_body: name(row.accountable_body_id),
        accountable_body_id: row.accountable_body_id,
        nation: row.nation,
        pays_for: row.pays_for,
        legal_basis: row.legal_basis,
        lost_if_unspent: row.lost_if_unspent,
        lead,
        categories: categories_of(db, allowed).await?,
        places: reach::named(&row.only_places),
        groups: reach::named(&row.only_groups),
        decider: row.decider_id.map(|id| Body { id, name: name(id) }),
        accounts: row
            .accounts_of_id
            .zip(row.accounts_as)
            .map(|(id, accounts_as)| Accounts {
                id,
                name: name(id),
                accounts_as,
            }),
        owed: if inside {
            closures::view::owed(db, ctx, &row).await?
        } else {
            None
        },
        closures: if inside {
            closures::view::of(db, id).await?
        } else {
            Vec::new()
        },
        suspensions: if inside {
            suspensions::view::of(db, id).await?
        } else {
            Vec::new()
        },
        amendments: if inside {
            amendments::of(db, id).await?
        } else {
            Vec::new()
        },
        years: years::of(db, id, inside).await?,
        fences: fences_of(db, id, &within).await?,
        contributions,
        requirements: requirements_of(db, id).await?,
        returns: returns_of(db, id, inside).await?,
        summary: summaries(db, ctx, vec![row])
            .await?
            .pop()
            .ok_or(Error::NotFound)?,
    };
    Ok(view)
}

async fn categories_of(db: &Db, ids: BTreeSet<CostCategoryId>) -> Result<Vec<CategoryView>> {
    let rows = entity::cost_category::Entity::find()
        .filter(entity::cost_category::Column::Id.is_in(ids))
        .order_by_asc(entity::cost_category::Column::Name)
        .all(db.read())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

async fn contributions_of(
    db: &Db,
    id: AwardId,
    attributed: &HashMap<PoolId, Vec<Money>>,
) -> Result<Vec<AwardContribution>> {
    let rows = contribution::Entity::find()
        .filter(contribution::Column::AwardId.eq(id))
        .order_by_asc(contribution::Column::Id)
        .all(db.read())
        .await?;
    let pools: HashMap<PoolId, String> = pool::Entity::find()
        .filter(pool::Column::Id.is_in(rows.iter().map(|row| row.pool_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|pool| (pool.id, pool.name))
        .collect();
    rows.into_iter()
        .map(|row| {
            let sums = attributed.get(&row.pool_id).into_iter().flatten().copied();
            Ok(AwardContribution {
                id: row.id,
                pool_id: row.pool_id,
                pool: pools.get(&row.pool_id).cloned().unwrap_or_default(),
                agreed_pence: row.agreed,
                attributed_pence: Money::sum(sums)
                    .ok_or_else(|| Error::internal("a sum of attributions fits no number"))?,
            })
        })
        .collect()
}

/// Fences as a reader walks them: each followed by those inside it. What is attributed to one
/// inside counts in all around it.
async fn fences_of(
    db: &Db,
    id: AwardId,
    within: &[(PoolId, Option<FenceId>, Money)],
) -> Result<Vec<FenceView>> {
    let fences = store::fences(db.read(), id).await?;
    let mut walked = Vec::with_capacity(fences.len());
    let mut open: Vec<(Option<FenceId>, u32)> = vec![(None, 0)];
    // depth first: the children of the fence seen last come next
    while let Some((parent, depth)) = open.pop() {
        if let Some((row, categories)) =
            parent.and_then(|id| fences.iter().find(|(fence, _)| fence.id == id))
        {
            let attributed = Money::sum(within.iter().filter_map(|(_, fence, sum)| {
                fence
                    .is_some_and(|fence| is_within(&fences, fence, row.id))
                    .then_some(*sum)
            }))
            .ok_or_else(|| Error::internal("a sum of attributions fits no number"))?;
            walked.push(FenceView {
                id: row.id,
                parent_id: row.parent_id,
                depth: depth - 1,
                slug: row.slug.clone(),
                name: row.name.clone(),
                reserved_pence: row.reserved,
                limit_pence: row.spend_limit,
                attributed_pence: attributed,
                category_ids: categories.iter().copied().collect(),
            });
        }
        let inside = fences
            .iter()
            .rev()
            .filter(|(fence, _)| fence.parent_id == parent)
            .map(|(fence, _)| (Some(fence.id), depth + 1));
        open.extend(inside);
    }
    Ok(walked)
}

fn is_within(
    fences: &[(fence::Model, BTreeSet<CostCategoryId>)],
    inner: FenceId,
    outer: FenceId,
) -> bool {
    std::iter::successors(Some(inner), |at| {
        fences
            .iter()
            .find(|(fence, _)| fence.id == *at)
            .and_then(|(fence, _)| fence.parent_id)
    })
    .take(fences.len())
    .any(|at| at == outer)
}

async fn requirements_of(db: &Db, id: AwardId) -> Result<Vec<RequirementView>> {
    let rows = requirement::Entity::find()
        .filter(requirement::Column::AwardId.eq(id))
        .filter(requirement::Column::EndsBefore.is_null())
        .order_by_asc(requirement::Column::Id)
        .all(db.read())
        .await?;
    let forms: HashMap<_, String> = return_form::Entity::find()
        .filter(return_form::Column::Id.is_in(rows.iter().map(|row| row.form_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|form| (form.id, format!("{}, {}", form.name, form.version_label)))
        .collect();
    Ok(rows
        .into_iter()
        .map(|row| RequirementView {
            id: row.id,
            name: row.name,
            form: forms.get(&row.form_id).cloned().unwrap_or_default(),
            period_months: row.period_months,
        })
        .collect())
}

async fn returns_of(db: &Db, id: AwardId, inside: bool) -> Result<Vec<AwardReturn>> {
    let names: HashMap<RequirementId, String> = requirement::Entity::find()
        .filter(requirement::Column::AwardId.eq(id))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let due: HashMap<GrantReturnId, NaiveDate> = deadline::Entity::find()
        .filter(deadline::Column::AwardId.eq(id))
        .filter(deadline::Column::ClosedAt.is_null())
        .all(db.read())
        .await?
        .into_iter()
        .filter_map(|row| Some((row.return_id?, row.due_on)))
        .collect();
    let rows = grant_return::Entity::find()
        .filter(grant_return::Column::AwardId.eq(id))
        .order_by_desc(grant_return::Column::PeriodTo)
        .limit(100)
        .all(db.read())
        .await?;
    // A return that is open again here is, to its funder, what was sent.
    let mut as_sent: HashMap<GrantReturnId, ReturnState> = HashMap::new();
    if !inside {
        for row in rows.iter().filter(|row| !is_sent(row.state)) {
            if let Some(sent) = crate::returns::store::as_sent(db.read(), row.id).await? {
                as_sent.insert(row.id, sent.life.state);
            }
        }
    }
    let mut returns: Vec<AwardReturn> = rows
        .into_iter()
        .map(|row| {
            let sent = as_sent.get(&row.id).copied();
            AwardReturn {
                id: row.id,
                name: names.get(&row.requirement_id).cloned().unwrap_or_default(),
                period_from: row.period_from,
                period_to: row.period_to,
                due_on: due.get(&row.id).copied().filter(|_| sent.is_none()),
                state: sent.or_else(|| (inside || is_sent(row.state)).then_some(row.state)),
            }
        })
        .collect();
    returns.sort_by_key(|row| (row.due_on.is_none(), row.due_on));
    Ok(returns)
}

fn is_sent(state: ReturnState) -> bool {
    matches!(
        state,
        ReturnState::Submitted | ReturnState::Accepted | ReturnState::NotRequired
    )
}

/// Where the match of an award stands; nothing where it requires none.
async fn match_of(
    conn: &impl ConnectionTrait,
    award: &award::Model,
    terms: &FurtherTerms,
) -> Result<Option<MatchPosition>> {
    let Some(required) = required(&terms.match_required, award.amount) else {
        return Ok(None);
    };
    let (evidenced, not_in_writing) = store::match_of(conn, award.id).await?;
    Ok(Some(MatchPosition::of(required, evidenced, not_in_writing)))
}

/// Where the match of each of these awards stands that requires some, and how it is to be evidenced. The caller has
/// checked that it may be seen.
pub(crate) async fn match_of_each<'a>(
    conn: &impl ConnectionTrait,
    awards: &'a [award::Model],
) -> Result<Vec<(&'a award::Model, MatchPosition, String)>> {
    let mut found = Vec::new();
    for award in awards {
        let terms = store::further(conn, award.id).await?;
        if let Some(position) = match_of(conn, award, &terms).await? {
            found.push((award, position, terms.match_required.evidenced_how));
        }
    }
    Ok(found)
}

/// Names of awards, for views that show them. The caller has checked that they may be seen.
pub(crate) async fn titles(
    db: &Db,
    ids: impl IntoIterator<Item = AwardId>,
) -> Result<HashMap<AwardId, award::Model>> {
    Ok(award::Entity::find()
        .filter(award::Column::Id.is_in(ids))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect())
}

/// The names of places and of groups of people that spend has so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReachNames {
    /// Of places.
    pub places: Vec<String>,
    /// Of groups of people.
    pub groups: Vec<String>,
}

/// The names that whoever records or amends an award can choose from: those of the coding map, and of what awards paid for. At
/// most 60 of each.
pub async fn reach_names(db: &Db, ctx: &Ctx) -> Result<ReachNames> {
    ctx.require(Operation::CreateAward)
        .or_else(|_not_that| ctx.require(Operation::AmendAward))?;
    let names = async |column: &str| -> Result<Vec<String>> {
        let sql = format!(
            "SELECT {column} AS name FROM coding_map_row WHERE {column} IS NOT NULL AND {column} <> '' \
             UNION SELECT {column} AS name FROM attribution_total WHERE {column} IS NOT NULL AND {column} <> '' \
             ORDER BY name LIMIT 60"
        );
        let conn = db.read();
        let rows = conn
            .query_all_raw(crate::db::statement(conn, sql, []))
            .await?;
        rows.iter()
            .map(|row| Ok(row.try_get("", "name")?))
            .collect()
    };
    Ok(ReachNames {
        places: names("place").await?,
        groups: names("people_group").await?,
    })
}
