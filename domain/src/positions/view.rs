//! The co-funding position as readers get it.

mod ahead;
pub mod burn_up;
pub mod cash;
pub mod changes;
pub mod disclosures;
pub mod flows;
pub mod grid;
pub mod matched;
pub mod quarters;
pub mod remedies;
pub mod unspent;
pub mod what_if;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AwardId, ContributionStatementId, Money, OrganisationId, PoolId, award, contribution,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Serialize;

use super::rules::ahead::{ByMonth, both_kinds};
use super::rules::{AsOf, Said, Seen, agreed_then, not_committed, seen, sum_of_unnamed};
use super::store::{self, Narrow};
use crate::access::rules::{Operation, Sight, sight};
use crate::calendar::rules::{first_of_month, implausible};
use crate::pools::rules::contributions::Part;
use crate::{Ctx, Db, Error, Result, attribution, awards, organisations, pools};

/// As of when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// Spend received until this London date, and what was agreed by it; none: today.
    pub as_of: Option<NaiveDate>,
    /// As far as it was recorded by this instant; none: all that is known now.
    pub known_at: Option<DateTime<Utc>>,
}

impl When {
    pub(crate) fn then(self, ctx: &Ctx) -> Result<AsOf> {
        let on = self.as_of.unwrap_or_else(|| ctx.today());
        match implausible("/as_of", on) {
            Some(wrong) => Err(Error::Invalid(vec![wrong])),
            None => Ok(AsOf {
                on,
                known_at: self.known_at,
            }),
        }
    }

    /// Today, with all that is known: only then something can be expected.
    pub(crate) fn is_now(self, ctx: &Ctx) -> bool {
        self.known_at.is_none() && self.as_of.is_none_or(|on| on == ctx.today())
    }
}

/// The figures of an award in a pool, or of several together, in pence. What the reader is not told, or
/// what cannot be said of a part of an award, is null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PositionFigures)]
pub struct Figures {
    /// Pledged and not agreed: it pays for nothing.
    #[schema(value_type = Option<i64>)]
    pub pledged_pence: Option<Money>,
    /// Agreed.
    #[schema(value_type = Option<i64>)]
    pub agreed_pence: Option<Money>,
    /// Of that, out of years that the funder confirmed; null where it was never said by year.
    #[schema(value_type = Option<i64>)]
    pub confirmed_pence: Option<Money>,
    /// Received, less repaid; null where the award pays into further pools.
    #[schema(value_type = Option<i64>)]
    pub received_pence: Option<Money>,
    /// Attributed: spend that it pays for.
    #[schema(value_type = Option<i64>)]
    pub attributed_pence: Option<Money>,
    /// Promised to providers and not spent yet, as far as it can be expected to pay by the pool's rules;
    /// null but for today.
    #[schema(value_type = Option<i64>)]
    pub outstanding_pence: Option<Money>,
    /// Forecast and not promised yet; null but for today, and where the award pays into further pools.
    #[schema(value_type = Option<i64>)]
    pub not_committed_pence: Option<Money>,
    /// Headroom: agreed less attributed less outstanding; negative where more was attributed than is agreed.
    /// Nothing once the award is over.
    #[schema(value_type = Option<i64>)]
    pub headroom_pence: Option<Money>,
    /// Agreed less attributed of an award that is over: not used by its end.
    #[schema(value_type = Option<i64>)]
    pub not_used_pence: Option<Money>,
}

type Figure = fn(&mut Figures) -> &mut Option<Money>;

/// Each of the figures.
const FIGURES: [Figure; 9] = [
    |of| &mut of.pledged_pence,
    |of| &mut of.agreed_pence,
    |of| &mut of.confirmed_pence,
    |of| &mut of.received_pence,
    |of| &mut of.attributed_pence,
    |of| &mut of.outstanding_pence,
    |of| &mut of.not_committed_pence,
    |of| &mut of.headroom_pence,
    |of| &mut of.not_used_pence,
];

impl Figures {
    /// Each figure over all of these: what is not known of one is not known of all.
    fn sum(all: impl Iterator<Item = Self> + Clone) -> Result<Self> {
        let mut sums = Self::default();
        for figure in FIGURES {
            let each: Option<Vec<Money>> = all.clone().map(|mut one| *figure(&mut one)).collect();
            *figure(&mut sums) = each
                .map(|each| Money::sum(each).ok_or_else(too_much))
                .transpose()?;
        }
        Ok(sums)
    }
}

/// An award in the position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PositionRow {
    /// Who gives it.
    pub funder_id: OrganisationId,
    /// The funder's name.
    pub funder: String,
    /// The award.
    pub award_id: AwardId,
    /// What people call it.
    pub award: String,
    /// First London date that it pays for.
    pub starts_on: NaiveDate,
    /// Last London date that it pays for.
    pub ends_on: NaiveDate,
    /// Its last day is before the day of the position.
    pub over: bool,
    /// It is given by the funder whose officer reads this.
    pub mine: bool,
    /// What is unspent at its end goes back.
    pub lost_if_unspent: bool,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The funders that the reader is not shown by name, as one sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PositionOthers)]
pub struct Others {
    /// How many there are.
    pub funders: usize,
    /// Their figures together; null where a sum would give the figure of one of them.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The co-funding position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Position {
    /// Of which pool; null: of all.
    pub pool_id: Option<PoolId>,
    /// The pool's name.
    pub pool: Option<String>,
    /// London date.
    pub as_of: NaiveDate,
    /// As far as it was recorded by this instant (UTC); null: all that is known.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub known_at: Option<DateTime<Utc>>,
    /// Award by award: of a pool in the stated order, of all by funder.
    pub rows: Vec<PositionRow>,
    /// The funders that the reader is not shown by name.
    pub others: Option<Others>,
    /// How the reader's own funders are shown to the pool's others, as was agreed; empty for those inside, and where nothing
    /// was agreed: then they are part of a sum.
    pub shown_as: Vec<ShownAs>,
    /// All together; null where less what the reader knows it would give one funder's figure.
    pub together: Figures,
    /// Spend, in pence; null where the sum of what awards pay is.
    #[schema(value_type = Option<i64>)]
    pub spend_pence: Option<Money>,
    /// Of that, what no award pays for, in pence.
    #[schema(value_type = Option<i64>)]
    pub unfunded_pence: Option<Money>,
    /// Whether awards pay for all spend.
    pub fully_covered: bool,
    /// Promised to providers and not spent yet, for which no award can be expected to pay, in pence;
    /// null but for today.
    #[schema(value_type = Option<i64>)]
    pub outstanding_unfunded_pence: Option<Money>,
}

/// How a funder is shown to a pool's others, as it agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ShownAs {
    /// The funder.
    pub funder_id: OrganisationId,
    /// By name with its own figures; otherwise only within a sum.
    pub by_name: bool,
    /// First London date on which it applies.
    pub starts_on: NaiveDate,
    /// Who agreed it for the funder.
    pub agreed_by: String,
    /// London date on which it was agreed.
    pub agreed_on: NaiveDate,
    /// Where that is written.
    pub reference: String,
}

/// What was agreed of how these funders are shown, and holds today.
async fn shown_as(
    conn: &DatabaseTransaction,
    pool: PoolId,
    mine: &[OrganisationId],
    today: NaiveDate,
) -> Result<Vec<ShownAs>> {
    let mut holds: BTreeMap<OrganisationId, ShownAs> = BTreeMap::new();
    // a later one takes the place of those before it
    for row in store::disclosures(conn, pool).await? {
        if row.starts_on <= today && mine.contains(&row.funder_id) {
            holds.insert(
                row.funder_id,
                ShownAs {
                    funder_id: row.funder_id,
                    by_name: row.by_name,
                    starts_on: row.starts_on,
                    agreed_by: row.agreed_by,
                    agreed_on: row.agreed_on,
                    reference: row.reference,
                },
            );
        }
    }
    Ok(holds.into_values().collect())
}

fn too_much() -> Error {
    Error::internal("the figures of a position fit no number")
}

/// Adds an amount to what stands under a key.
fn put<K: Ord>(sums: &mut BTreeMap<K, Money>, key: K, amount: Money) -> Result<()> {
    let sum = sums.entry(key).or_default();
    *sum = sum.plus(amount).ok_or_else(too_much)?;
    Ok(())
}

/// What is read of one pool.
struct OfPool {
    rows: Vec<Row>,
    spend: Money,
    unfunded: Money,
    outstanding_unfunded: Option<Money>,
}

/// An award in a pool.
struct Row {
    award: award::Model,
    figures: Figures,
}

/// The position of one pool: of whoever may see all of it, all; of a funder's officer whose funder's
/// awards pay into it, their own, and their co-funders' as those agreed.
pub async fn of_pool(db: &Db, ctx: &Ctx, id: PoolId, when: When) -> Result<Position> {
    ctx.require(Operation::ReadPosition)?;
    let then = when.then(ctx)?;
    let conn = db.snapshot().await?;
    let (pool, mine) = looked_at(&conn, ctx, id).await?;
    let now = when.is_now(ctx);
    let mut read = read(&conn, ctx, id, then, now).await?;
    let into = store::pools_of(&conn, read.rows.iter().map(|row| row.award.id)).await?;
    let mut whole: Vec<&mut Row> = read
        .rows
        .iter_mut()
        .filter(|row| {
            into.get(&row.award.id)
                .is_some_and(|pools| pools.len() == 1)
        })
        .collect();
    of_whole_awards(&conn, ctx, &mut whole, &[id], (then, now)).await?;
    let names = names(db, &read.rows).await?;
    let mut agreed = Vec::new();
    let named = match mine {
        None => None,
        Some(mine) => {
            agreed = shown_as(&conn, id, &mine, ctx.today()).await?;
            Some((mine, store::named(&conn, id, ctx.today()).await?))
        }
    };
    let position = Position {
        pool_id: Some(id),
        pool: Some(pool.name),
        shown_as: agreed,
        ..put_together(read, then, &names)?
    };
    match named {
        None => Ok(position),
        Some((mine, named)) => as_told(position, &mine, &named, now),
    }
}

/// The position of all pools together, for those inside.
pub async fn of_all(db: &Db, ctx: &Ctx, when: When) -> Result<Position> {
    ctx.require(Operation::ReadFundingGrid)?;
    let then = when.then(ctx)?;
    let conn = db.snapshot().await?;
    let now = when.is_now(ctx);
    let mut all = OfPool {
        rows: Vec::new(),
        spend: Money::ZERO,
        unfunded: Money::ZERO,
        outstanding_unfunded: now.then_some(Money::ZERO),
    };
    let pools = pools::store::seen(ctx).all(&conn).await?;
    let ids: Vec<PoolId> = pools.iter().map(|pool| pool.id).collect();
    for id in &ids {
        let one = read(&conn, ctx, *id, then, now).await?;
        all.spend = all.spend.plus(one.spend).ok_or_else(too_much)?;
        all.unfunded = all.unfunded.plus(one.unfunded).ok_or_else(too_much)?;
        if let (Some(sum), Some(more)) = (all.outstanding_unfunded, one.outstanding_unfunded) {
            all.outstanding_unfunded = Some(sum.plus(more).ok_or_else(too_much)?);
        }
        for row in one.rows {
            match all
                .rows
                .iter_mut()
                .find(|known| known.award.id == row.award.id)
            {
                Some(known) => {
                    known.figures = Figures::sum([known.figures, row.figures].into_iter())?;
                }
                None => all.rows.push(row),
            }
        }
    }
    let names = names(db, &all.rows).await?;
    // over all pools every award is whole
    let mut whole: Vec<&mut Row> = all.rows.iter_mut().collect();
    of_whole_awards(&conn, ctx, &mut whole, &ids, (then, now)).await?;
    let mut position = put_together(all, then, &names)?;
    position
        .rows
        .sort_by(|a, b| (&a.funder, &a.award, a.award_id).cmp(&(&b.funder, &b.award, b.award_id)));
    Ok(position)
}

/// A pool whose position the reader may look at, and the funders for whom they do where not for all.
async fn looked_at(
    conn: &DatabaseTransaction,
    ctx: &Ctx,
    id: PoolId,
) -> Result<(entity::pool::Model, Option<Vec<OrganisationId>>)> {
    Ok(match sight(&ctx.actor) {
        Sight::All => (pools::store::one(conn, ctx, id).await?, None),
        Sight::Funders(mine) => (theirs(conn, &mine, id).await?, Some(mine)),
        Sight::Nothing => return Err(Error::NotFound),
    })
}

/// Refuses whoever may not look at the position of a pool, or of all.
pub(super) async fn may_look(db: &Db, ctx: &Ctx, pool: Option<PoolId>) -> Result<()> {
    let Some(id) = pool else {
        return ctx.require(Operation::ReadFundingGrid);
    };
    ctx.require(Operation::ReadPosition)?;
    looked_at(&db.snapshot().await?, ctx, id).await?;
    Ok(())
}

/// A pool that awards of these funders pay into.
async fn theirs(
    conn: &DatabaseTransaction,
    mine: &[OrganisationId],
    id: PoolId,
) -> Result<entity::pool::Model> {
    let given = pools::store::contributions(conn, &[id]).await?;
    let ids = given.iter().map(|row| row.award_id);
    if !awards::store::any_of_funders(conn, ids, mine).await? {
        return Err(Error::NotFound);
    }
    entity::pool::Entity::find_by_id(id)
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// The pools that the reader can ask the position of, by name.
pub async fn pools(db: &Db, ctx: &Ctx) -> Result<Vec<(PoolId, String)>> {
    ctx.require(Operation::ReadPosition)?;
    let all = entity::pool::Entity::find().all(db.read()).await?;
    let mut found: Vec<(PoolId, String)> = match sight(&ctx.actor) {
        Sight::Nothing => Vec::new(),
        Sight::All => all.into_iter().map(|row| (row.id, row.name)).collect(),
        Sight::Funders(mine) => {
            let own: BTreeSet<AwardId> = award::Entity::find()
                .filter(award::Column::FunderId.is_in(mine))
                .all(db.read())
                .await?
                .into_iter()
                .map(|row| row.id)
                .collect();
            let into: BTreeSet<PoolId> = contribution::Entity::find()
                .filter(contribution::Column::AwardId.is_in(own))
                .all(db.read())
                .await?
                .into_iter()
                .map(|row| row.pool_id)
                .collect();
            let theirs = all.into_iter().filter(|row| into.contains(&row.id));
            theirs.map(|row| (row.id, row.name)).collect()
        }
    };
    found.sort_by(|a, b| a.1.cmp(&b.1));
    Ok(found)
}

async fn names(db: &Db, rows: &[Row]) -> Result<HashMap<OrganisationId, String>> {
    organisations::view::names(db, rows.iter().map(|row| row.award.funder_id)).await
}

/// What was put in out of each year: as it was stated; of an award of one year that was never stated by
/// year, all that was agreed. Nothing where it was never said.
fn by_year(
    agreed: Money,
    said: Option<&Vec<Part>>,
    years: &[(entity::AwardYearId, bool)],
) -> Option<Vec<Part>> {
    match (said, years) {
        (Some(parts), _) => Some(parts.clone()),
        (None, [(only, _)]) => Some(vec![Part {
            year: *only,
            agreed,
            pledged: Money::ZERO,
        }]),
        (None, _) => None,
    }
}

async fn read(
    conn: &DatabaseTransaction,
    ctx: &Ctx,
    id: PoolId,
    then: AsOf,
    now: bool,
) -> Result<OfPool> {
    let given = pools::store::contributions(conn, &[id]).await?;
    let ids: Vec<AwardId> = given.iter().map(|row| row.award_id).collect();
    let awards: HashMap<AwardId, award::Model> = award::Entity::find()
        .filter(award::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let contributions: Vec<_> = given.iter().map(|row| row.id).collect();
    let said = store::said(conn, &contributions).await?;
    let stood: Vec<(Money, Option<ContributionStatementId>)> = given
        .iter()
        .map(|row| {
            let said: &[Said<_>] = said.get(&row.id).map_or(&[], Vec::as_slice);
            agreed_then(row.agreed, said, then)
        })
        .collect();
    let parts = pools::store::parts(conn, stood.iter().filter_map(|(_, id)| *id)).await?;
    let years = store::years(conn, &ids, then).await?;
    let paid = store::paid(conn, id, then, &Narrow::default()).await?;
    let spend = Money::sum(
        store::spent(conn, id, then, &Narrow::default())
            .await?
            .into_values(),
    )
    .ok_or_else(too_much)?;
    let attributed = Money::sum(paid.values().copied()).ok_or_else(too_much)?;
    let mut outstanding = BTreeMap::new();
    let mut outstanding_unfunded = None;
    if now {
        let promised = ahead::promised(conn, ctx, id).await?;
        outstanding = attribution::expected_by_award(&promised.parts)?;
        outstanding_unfunded = Some(promised.not_covered);
    }
    let mut rows = Vec::with_capacity(given.len());
    for (row, (agreed, statement)) in given.iter().zip(stood) {
        let award = awards
            .get(&row.award_id)
            .ok_or_else(|| Error::internal("a contribution without its award"))?;
        let years = years.get(&row.award_id).map_or(&[][..], Vec::as_slice);
        let said = statement.and_then(|id| parts.get(&id));
        let by_year = by_year(agreed, said, years);
        let confirmed = |part: &&Part| years.iter().any(|(id, yes)| *id == part.year && *yes);
        let mine = paid.iter().filter(|((award, _), _)| *award == row.award_id);
        let attributed = Money::sum(mine.map(|(_, sum)| *sum)).ok_or_else(too_much)?;
        let expected = outstanding.get(&row.award_id).copied().unwrap_or_default();
        let left = agreed.minus(attributed).ok_or_else(too_much)?;
        let over = award.ends_on < then.on;
        rows.push(Row {
            award: award.clone(),
            figures: Figures {
                pledged_pence: Some(
                    Money::sum(by_year.iter().flatten().map(|part| part.pledged))
                        .ok_or_else(too_much)?,
                ),
                agreed_pence: Some(agreed),
                confirmed_pence: match &by_year {
                    Some(parts) => Some(
                        Money::sum(parts.iter().filter(confirmed).map(|part| part.agreed))
                            .ok_or_else(too_much)?,
                    ),
                    None if years.iter().all(|(_, yes)| *yes) => Some(agreed),
                    None => None,
                },
                attributed_pence: Some(attributed),
                outstanding_pence: now.then_some(expected),
                headroom_pence: Some(if over {
                    Money::ZERO
                } else {
                    left.minus(expected).ok_or_else(too_much)?
                }),
                not_used_pence: Some(if over { left } else { Money::ZERO }),
                received_pence: None,
                not_committed_pence: None,
            },
        });
    }
    Ok(OfPool {
        rows,
        spend,
        unfunded: spend.minus(attributed).ok_or_else(too_much)?,
        outstanding_unfunded,
    })
}

/// What is known of an award as a whole only: what was received, and what is forecast. `pools` are all that
/// it pays into.
async fn of_whole_awards(
    conn: &DatabaseTransaction,
    ctx: &Ctx,
    rows: &mut [&mut Row],
    pools: &[PoolId],
    (then, now): (AsOf, bool),
) -> Result<()> {
    let ids: Vec<AwardId> = rows.iter().map(|row| row.award.id).collect();
    let received = store::received(conn, &ids, then).await?;
    let (forecasts, month) = match now {
        true => (
            store::forecasts(conn, &ids).await?,
            ahead::in_month(conn, ctx, pools).await?,
        ),
        false => Default::default(),
    };
    let nothing = ByMonth::new();
    for row in rows {
        let id = row.award.id;
        row.figures.received_pence = Some(received.get(&id).copied().unwrap_or_default());
        if now {
            let forecast =
                both_kinds(forecasts.get(&id).unwrap_or(&nothing)).ok_or_else(too_much)?;
            let spent = month.get(&id).unwrap_or(&nothing).values().copied();
            let rest = not_committed(
                &forecast,
                first_of_month(ctx.today()),
                Money::sum(spent).ok_or_else(too_much)?,
                row.figures.outstanding_pence.unwrap_or_default(),
            );
            row.figures.not_committed_pence = Some(rest.ok_or_else(too_much)?);
        }
    }
    Ok(())
}

fn put_together(
    read: OfPool,
    then: AsOf,
    names: &HashMap<OrganisationId, String>,
) -> Result<Position> {
    Ok(Position {
        pool_id: None,
        pool: None,
        as_of: then.on,
        known_at: then.known_at,
        together: Figures::sum(read.rows.iter().map(|row| row.figures))?,
        rows: read
            .rows
            .into_iter()
            .map(|row| PositionRow {
                funder_id: row.award.funder_id,
                funder: names.get(&row.award.funder_id).cloned().unwrap_or_default(),
                award_id: row.award.id,
                starts_on: row.award.starts_on,
                ends_on: row.award.ends_on,
                over: row.award.ends_on < then.on,
                mine: false,
                lost_if_unspent: row.award.lost_if_unspent,
                figures: row.figures,
                award: row.award.title,
            })
            .collect(),
        others: None,
        shown_as: Vec::new(),
        spend_pence: Some(read.spend),
        unfunded_pence: Some(read.unfunded),
        fully_covered: read.unfunded <= Money::ZERO,
        outstanding_unfunded_pence: read.outstanding_unfunded,
    })
}

/// A pool's position as a funder's officer is told it.
///
/// Of the funders that are not named, sums are told of today alone: two days, or two instants, side by side
/// would tell what one of them paid in between.
fn as_told(
    mut position: Position,
    mine: &[OrganisationId],
    named: &BTreeSet<OrganisationId>,
    now: bool,
) -> Result<Position> {
    let (mut shown, unnamed): (Vec<PositionRow>, Vec<PositionRow>) = position
        .rows
        .into_iter()
        .partition(|row| seen(row.funder_id, mine, named) == Seen::ByName);
    for row in &mut shown {
        row.mine = mine.contains(&row.funder_id);
        if !row.mine {
            // what passed between a co-funder and us, and what we plan with its money, is theirs
            row.figures.received_pence = None;
            row.figures.not_committed_pence = None;
        }
    }
    let funders: BTreeSet<OrganisationId> = unnamed.iter().map(|row| row.funder_id).collect();
    let sums = match now || unnamed.is_empty() {
        true => sums_of_unnamed(&unnamed)?,
        false => Figures::default(),
    };
    let of_shown = Figures::sum(shown.iter().map(|row| row.figures))?;
    position.together = Figures::sum([of_shown, sums].into_iter())?;
    position.others = (!funders.is_empty()).then_some(Others {
        funders: funders.len(),
        figures: sums,
    });
    position.rows = shown;
    if position.together.attributed_pence.is_none() {
        position.spend_pence = None;
        position.unfunded_pence = None;
    }
    if position.together.outstanding_pence.is_none() {
        position.outstanding_unfunded_pence = None;
    }
    Ok(position)
}

/// What is told of the funders that are not named, as one sum.
///
/// Agreed less attributed, outstanding, headroom and what was not used is nothing: of these five, never one alone is kept
/// back, for the others would tell it.
fn sums_of_unnamed(unnamed: &[PositionRow]) -> Result<Figures> {
    let mut sums = Figures::default();
    for figure in FIGURES {
        let mut by_funder: BTreeMap<OrganisationId, Money> = BTreeMap::new();
        let mut known = true;
        for row in unnamed {
            let mut figures = row.figures;
            match *figure(&mut figures) {
                Some(amount) => {
                    put(&mut by_funder, row.funder_id, amount)?;
                }
                None => known = false,
            }
        }
        *figure(&mut sums) = sum_of_unnamed(&by_funder).filter(|_| known);
    }
    let is_some = |figure: Figure| {
        unnamed.iter().any(|row| {
            let mut figures = row.figures;
            figure(&mut figures).is_some_and(|amount| amount != Money::ZERO)
        })
    };
    // what nobody has promised or left unused is no figure of anybody's
    let kept_back = |figure: Figure, told: Option<Money>| told.is_none() && is_some(figure);
    let left = sums.headroom_pence.is_none()
        || kept_back(|of| &mut of.not_used_pence, sums.not_used_pence);
    let used = sums.agreed_pence.is_none()
        || sums.attributed_pence.is_none()
        || kept_back(|of| &mut of.outstanding_pence, sums.outstanding_pence);
    if left || used {
        sums.headroom_pence = None;
        sums.not_used_pence = None;
    }
    if left {
        sums.attributed_pence = None;
    }
    sums.received_pence = None;
    sums.not_committed_pence = None;
    Ok(sums)
}
