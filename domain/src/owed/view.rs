//! What is owed over all awards, as readers get it.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{
    AwardId, AwardMoneyId, AwardMoneyKind, AwardPaymentId, Money, OrganisationId, award,
    award_closure, award_money, award_payment,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use super::rules::{
    Direction, Kind, OnDay, Owed, beside_late, beyond, claimed, late, of_closed, open_claims,
};
use crate::access::rules::Operation;
use crate::payments::rules::{PaymentState, Promised, matched, state};
use crate::payments::view::{of_payment, receipts};
use crate::{Ctx, Db, Error, Result, awards, closures, conditions, organisations};

/// Which of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwedFilter {
    /// Only of this funder.
    pub funder: Option<OrganisationId>,
    /// Only this way.
    pub direction: Option<Direction>,
}

/// What is owed, and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = OwedList)]
pub struct OwedView {
    /// We owe funders, in pence.
    #[schema(value_type = i64)]
    pub we_owe_pence: Money,
    /// Funders owe us, in pence.
    #[schema(value_type = i64)]
    pub owed_to_us_pence: Money,
    /// Of both, what is overdue, in pence.
    #[schema(value_type = i64)]
    pub overdue_pence: Money,
    /// The same by funder, by name.
    pub funders: Vec<OwedByFunder>,
    /// Each of it: what is overdue the longest first, then what is not, the oldest first.
    pub items: Vec<OwedItem>,
}

/// What is owed between us and one funder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OwedByFunder {
    /// The funder.
    pub funder_id: OrganisationId,
    /// Its name.
    pub funder: String,
    /// We owe it, in pence.
    #[schema(value_type = i64)]
    pub we_owe_pence: Money,
    /// It owes us, in pence.
    #[schema(value_type = i64)]
    pub owed_to_us_pence: Money,
}

/// Something that is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OwedItem {
    /// The award.
    pub award_id: AwardId,
    /// Its title.
    pub award: String,
    /// The funder.
    pub funder_id: OrganisationId,
    /// Its name.
    pub funder: String,
    /// Who owes whom.
    pub direction: Direction,
    /// Why.
    pub kind: Kind,
    /// How much, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// London date since when it is owed, or on which it was due; absent where no day is known.
    pub since_on: Option<chrono::NaiveDate>,
    /// Whether that day is over.
    pub overdue: bool,
    /// Why, as a sentence.
    pub sentence: String,
    /// The payment of the award's schedule that it is of.
    pub payment_id: Option<AwardPaymentId>,
    /// The claim that it is of: see the award's `entries`.
    pub claim_id: Option<AwardMoneyId>,
}

/// What something that is owed is of.
enum Of {
    Payment(AwardPaymentId),
    Claim(AwardMoneyId),
}

/// What we owe funders and what they owe us, over all awards.
pub async fn list(db: &Db, ctx: &Ctx, filter: OwedFilter) -> Result<OwedView> {
    ctx.require(Operation::ReadMoney)?;
    let mut items = items(db, ctx, filter.funder).await?;
    items.retain(|item| {
        filter
            .direction
            .is_none_or(|direction| item.direction == direction)
    });
    items.sort_by(|a, b| {
        // no day at all comes after every day
        let of = |item: &OwedItem| (!item.overdue, item.since_on.is_none(), item.since_on);
        of(a)
            .cmp(&of(b))
            .then_with(|| (&a.award, a.kind).cmp(&(&b.award, b.kind)))
    });
    let sum = |these: &mut dyn Iterator<Item = &OwedItem>| {
        Money::sum(these.map(|item| item.amount_pence))
            .ok_or_else(|| Error::internal("what is owed fits no number"))
    };
    let way = |direction: Direction| move |item: &&OwedItem| item.direction == direction;
    let mut of_funders: BTreeMap<(&str, OrganisationId), Vec<&OwedItem>> = BTreeMap::new();
    for item in &items {
        of_funders
            .entry((&item.funder, item.funder_id))
            .or_default()
            .push(item);
    }
    let mut funders = Vec::with_capacity(of_funders.len());
    for ((name, id), of) in of_funders {
        funders.push(OwedByFunder {
            funder_id: id,
            funder: name.to_owned(),
            we_owe_pence: sum(&mut of.iter().copied().filter(way(Direction::WeOwe)))?,
            owed_to_us_pence: sum(&mut of.iter().copied().filter(way(Direction::OwedToUs)))?,
        });
    }
    Ok(OwedView {
        we_owe_pence: sum(&mut items.iter().filter(way(Direction::WeOwe)))?,
        owed_to_us_pence: sum(&mut items.iter().filter(way(Direction::OwedToUs)))?,
        overdue_pence: sum(&mut items.iter().filter(|item| item.overdue))?,
        funders,
        items,
    })
}

/// What is to be done about it now: all but claims, which funders pay in their own time. For those who look
/// after an award's money.
pub async fn to_settle(db: &Db, ctx: &Ctx) -> Result<Vec<OwedItem>> {
    ctx.require(Operation::RecordMoney)?;
    let mut items = items(db, ctx, None).await?;
    items.retain(|item| item.kind != Kind::Claimed);
    items.sort_by(|a, b| {
        (a.since_on.is_none(), a.since_on, &a.award, a.kind).cmp(&(
            b.since_on.is_none(),
            b.since_on,
            &b.award,
            b.kind,
        ))
    });
    Ok(items)
}

async fn items(db: &Db, ctx: &Ctx, funder: Option<OrganisationId>) -> Result<Vec<OwedItem>> {
    let payments = award_payment::Entity::find()
        .filter(award_payment::Column::WithdrawnAt.is_null())
        .order_by_asc(award_payment::Column::DueOn)
        .order_by_asc(award_payment::Column::Id)
        .all(db.read())
        .await?;
    let entries = award_money::Entity::find()
        .order_by_asc(award_money::Column::HappenedOn)
        .order_by_asc(award_money::Column::Id)
        .all(db.read())
        .await?;
    let closed: HashSet<AwardId> = award_closure::Entity::find()
        .filter(award_closure::Column::ReopenedOn.is_null())
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| row.award_id)
        .collect();
    // only these can owe or be owed anything
    let ids: HashSet<AwardId> = payments
        .iter()
        .map(|row| row.award_id)
        .chain(entries.iter().map(|row| row.award_id))
        .chain(closed.iter().copied())
        .collect();
    let mut of_award: HashMap<AwardId, (Vec<Promised>, Vec<award_money::Model>)> = HashMap::new();
    for row in &payments {
        let of = of_award.entry(row.award_id).or_default();
        of.0.push(of_payment(row));
    }
    for row in entries {
        of_award.entry(row.award_id).or_default().1.push(row);
    }
    let awards = awards::store::seen(ctx)
        .filter(award::Column::Id.is_in(ids))
        .all(db.read())
        .await?;
    let names = organisations::view::names(db, awards.iter().map(|award| award.funder_id)).await?;
    let mut items = Vec::new();
    for award in awards {
        if funder.is_some_and(|funder| funder != award.funder_id) {
            continue;
        }
        let (schedule, entries) = of_award.remove(&award.id).unwrap_or_default();
        let owed = if closed.contains(&award.id) {
            closures::view::owed(db, ctx, &award)
                .await?
                .map(|owed| {
                    of_closed(
                        owed.closed_on,
                        owed.owed_to_funder_pence,
                        owed.owed_to_us_pence,
                        owed.taken_back_pence,
                    )
                })
                .unwrap_or_default()
        } else {
            of_open(db, ctx, &award, &schedule, &entries).await?
        };
        for one in owed {
            items.push(OwedItem {
                award_id: award.id,
                award: award.title.clone(),
                funder_id: award.funder_id,
                funder: names.get(&award.funder_id).cloned().unwrap_or_default(),
                direction: one.kind.direction(),
                kind: one.kind,
                amount_pence: one.amount,
                since_on: one.since,
                overdue: one.kind.is_overdue(one.since, ctx.today()),
                sentence: one.sentence,
                payment_id: match one.of {
                    Some(Of::Payment(id)) => Some(id),
                    _ => None,
                },
                claim_id: match one.of {
                    Some(Of::Claim(id)) => Some(id),
                    _ => None,
                },
            });
        }
    }
    Ok(items)
}

/// What is owed of an award that is not closed.
async fn of_open(
    db: &Db,
    ctx: &Ctx,
    award: &award::Model,
    schedule: &[Promised],
    entries: &[award_money::Model],
) -> Result<Vec<Owed<Of>>> {
    let came = receipts(entries);
    let (got, _) = matched(schedule, &came);
    let lates: Vec<(&Promised, Money)> = schedule
        .iter()
        .zip(got)
        .filter(|(promised, received)| {
            state(promised, *received, ctx.today()) == PaymentState::Late
        })
        .collect();
    let mut owed = Vec::new();
    if !lates.is_empty() {
        let unmet: Vec<String> = conditions::store::unmet_before_payment(db.read(), award.id)
            .await?
            .into_iter()
            .map(|(_, title)| title)
            .collect();
        owed.extend(lates.into_iter().map(|(promised, received)| {
            late(
                Of::Payment(promised.id),
                promised.due_on,
                promised.amount,
                received,
                &unmet,
            )
        }));
    }
    let too_much = || Error::internal("what is owed of an award fits no number");
    let told = Money::sum(owed.iter().map(|one| one.amount)).ok_or_else(too_much)?;
    let corrected: HashSet<AwardMoneyId> =
        entries.iter().filter_map(|row| row.corrects_id).collect();
    let claims: Vec<&award_money::Model> = entries
        .iter()
        .filter(|row| row.kind == AwardMoneyKind::Claim && row.corrects_id.is_none())
        .filter(|row| !corrected.contains(&row.id))
        .collect();
    let made: Vec<OnDay> = claims
        .iter()
        .map(|row| (row.happened_on, row.amount))
        .collect();
    let paid: Vec<OnDay> = came.iter().map(|one| (one.on, one.amount)).collect();
    let open = beside_late(&open_claims(&made, &paid), told);
    for (row, open) in claims.iter().zip(open) {
        if open > Money::ZERO {
            owed.push(claimed(
                Of::Claim(row.id),
                (row.happened_on, row.amount),
                open,
                &row.ledger_reference,
            ));
        }
    }
    let sum = |kind: AwardMoneyKind| {
        let these = entries.iter().filter(|row| row.kind == kind);
        Money::sum(these.map(|row| row.amount)).ok_or_else(too_much)
    };
    let held = sum(AwardMoneyKind::Receipt)?
        .minus(sum(AwardMoneyKind::Repayment)?)
        .ok_or_else(too_much)?;
    owed.extend(beyond(held, award.amount));
    Ok(owed)
}
