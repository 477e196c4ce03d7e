//! An award's money in and out as readers get it.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    AwardId, AwardMoneyId, AwardMoneyKind as Kind, AwardPaymentId, Money, award_money,
    award_payment,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;

use super::rules::{PaymentState, Promised, Received, ahead_and_owed, matched, state};
use crate::access::rules::Operation;
use crate::conditions::view::UnmetCondition;
use crate::{Ctx, Db, Error, Result, awards, closures, conditions};

/// An award's money in and out.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AwardMoney)]
pub struct MoneyView {
    /// Promised by the schedule until today, in pence.
    #[schema(value_type = i64)]
    pub due_pence: Money,
    /// Of that, not received, in pence.
    #[schema(value_type = i64)]
    pub late_pence: Money,
    /// Promised by the schedule after today and not received, in pence.
    #[schema(value_type = i64)]
    pub expected_pence: Money,
    /// Received, in pence.
    #[schema(value_type = i64)]
    pub received_pence: Money,
    /// Received beyond the schedule, in pence.
    #[schema(value_type = i64)]
    pub beyond_schedule_pence: Money,
    /// Claimed, in pence.
    #[schema(value_type = i64)]
    pub claimed_pence: Money,
    /// Repaid, in pence.
    #[schema(value_type = i64)]
    pub repaid_pence: Money,
    /// Attributed to the award, in pence.
    #[schema(value_type = i64)]
    pub attributed_pence: Money,
    /// Received ahead of the spend, in pence: received less repaid, beyond what is attributed.
    #[schema(value_type = i64)]
    pub ahead_pence: Money,
    /// Owed to us, in pence: attributed beyond what was received less repaid.
    #[schema(value_type = i64)]
    pub owed_to_us_pence: Money,
    /// To repay, in pence: received less repaid, beyond the award's amount; once the award is closed,
    /// all that is owed to the funder.
    #[schema(value_type = i64)]
    pub to_repay_pence: Money,
    /// What is owed, once the award is closed.
    pub owed: Option<closures::view::OwedView>,
    /// Conditions that must be met before the funder pays, and are not.
    pub unmet_conditions: Vec<UnmetCondition>,
    /// The schedule, the earliest first.
    pub schedule: Vec<PaymentView>,
    /// What was received, claimed and repaid, the newest first.
    pub entries: Vec<EntryView>,
}

/// A payment of the schedule.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AwardPayment)]
pub struct PaymentView {
    /// Its id.
    pub id: AwardPaymentId,
    /// London date.
    pub due_on: NaiveDate,
    /// How much, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// Received of it, in pence.
    #[schema(value_type = i64)]
    pub received_pence: Money,
    /// How it stands; absent once it was taken out of the schedule.
    pub state: Option<PaymentState>,
    /// What it depends on, or where it is written.
    pub note: String,
    /// Why it was taken out of the schedule.
    pub withdrawn_because: Option<String>,
}

/// Money that was received, claimed or repaid.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AwardMoneyEntry)]
pub struct EntryView {
    /// Its id.
    pub id: AwardMoneyId,
    /// Received, claimed or repaid.
    pub kind: Kind,
    /// London date.
    pub happened_on: NaiveDate,
    /// How much, in pence; negative for a correction.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// How the holder's ledger names it.
    pub ledger_reference: String,
    /// What else is said; of a correction, why.
    pub note: String,
    /// The entry that it takes back.
    pub corrects_id: Option<AwardMoneyId>,
    /// Whether another entry takes it back.
    pub corrected: bool,
}

pub(crate) fn of_payment(row: &award_payment::Model) -> Promised {
    Promised {
        id: row.id,
        due_on: row.due_on,
        amount: row.amount,
    }
}

/// Receipts with what was taken back of them left out.
pub(crate) fn receipts(rows: &[award_money::Model]) -> Vec<Received> {
    let corrected: HashSet<AwardMoneyId> = rows.iter().filter_map(|row| row.corrects_id).collect();
    rows.iter()
        .filter(|row| row.kind == Kind::Receipt && row.corrects_id.is_none())
        .filter(|row| !corrected.contains(&row.id))
        .map(|row| Received {
            on: row.happened_on,
            amount: row.amount,
            payment: row.payment_id,
        })
        .collect()
}

fn total(rows: &[award_money::Model], kind: Kind) -> Money {
    let these = rows.iter().filter(|row| row.kind == kind);
    Money::sum(these.map(|row| row.amount)).unwrap_or_default()
}

/// An award's money in and out.
pub async fn of_award(db: &Db, ctx: &Ctx, id: AwardId) -> Result<MoneyView> {
    ctx.require(Operation::ReadMoney)?;
    let award = awards::store::one(db.read(), ctx, id).await?;
    let attributed = awards::store::attributed(db.read(), &[id])
        .await?
        .get(&id)
        .copied()
        .unwrap_or_default();
    let payments = award_payment::Entity::find()
        .filter(award_payment::Column::AwardId.eq(id))
        .order_by_asc(award_payment::Column::DueOn)
        .order_by_asc(award_payment::Column::Id)
        .all(db.read())
        .await?;
    let entries = award_money::Entity::find()
        .filter(award_money::Column::AwardId.eq(id))
        .order_by_desc(award_money::Column::HappenedOn)
        .order_by_desc(award_money::Column::Id)
        .all(db.read())
        .await?;
    let standing: Vec<Promised> = payments
        .iter()
        .filter(|row| row.withdrawn_at.is_none())
        .map(of_payment)
        .collect();
    let mut oldest_first = entries.clone();
    oldest_first.reverse();
    let (got, beyond) = matched(&standing, &receipts(&oldest_first));
    let got: HashMap<AwardPaymentId, Money> = standing
        .iter()
        .map(|promised| promised.id)
        .zip(got)
        .collect();
    let today = ctx.today();
    let short = |promised: &Promised| {
        let received = got.get(&promised.id).copied().unwrap_or_default();
        promised.amount.minus(received).unwrap_or_default()
    };
    let sum = |amounts: &mut dyn Iterator<Item = Money>| Money::sum(amounts).unwrap_or_default();
    let received = total(&entries, Kind::Receipt);
    let repaid = total(&entries, Kind::Repayment);
    let held = received
        .minus(repaid)
        .ok_or_else(|| Error::internal("what is held of an award fits no number"))?;
    let (ahead, owed_to_us) = ahead_and_owed(held, attributed);
    let corrected: HashSet<AwardMoneyId> =
        entries.iter().filter_map(|row| row.corrects_id).collect();
    let late = |promised: &&Promised| promised.due_on < today;
    let owed = closures::view::owed(db, ctx, &award).await?;
    // Once an award is closed no more comes than is owed.
    let most = owed.as_ref().map(|owed| owed.owed_to_us_pence);
    let still = |sum: Money| most.map_or(sum, |most| sum.min(most));
    Ok(MoneyView {
        due_pence: sum(&mut standing.iter().filter(late).map(|promised| promised.amount)),
        late_pence: still(sum(&mut standing.iter().filter(late).map(short))),
        expected_pence: still(sum(&mut standing
            .iter()
            .filter(|one| !late(one))
            .map(short))),
        received_pence: received,
        beyond_schedule_pence: beyond,
        claimed_pence: total(&entries, Kind::Claim),
        repaid_pence: repaid,
        attributed_pence: attributed,
        // Nothing is ahead of an award that is closed: it is owed, or it was carried forward.
        ahead_pence: match owed {
            Some(_) => Money::ZERO,
            None => ahead,
        },
        owed_to_us_pence: match &owed {
            Some(owed) => owed.owed_to_us_pence,
            None => owed_to_us,
        },
        to_repay_pence: match &owed {
            Some(owed) => owed.owed_to_funder_pence,
            None => held
                .minus(award.amount)
                .unwrap_or_default()
                .max(Money::ZERO),
        },
        owed,
        unmet_conditions: conditions::store::unmet_before_payment(db.read(), id)
            .await?
            .into_iter()
            .map(|(id, title)| UnmetCondition { id, title })
            .collect(),
        schedule: payments
            .into_iter()
            .map(|row| {
                let received = got.get(&row.id).copied().unwrap_or_default();
                PaymentView {
                    state: row
                        .withdrawn_at
                        .is_none()
                        .then(|| state(&of_payment(&row), received, today)),
                    id: row.id,
                    due_on: row.due_on,
                    amount_pence: row.amount,
                    received_pence: received,
                    note: row.note,
                    withdrawn_because: row.withdrawn_because,
                }
            })
            .collect(),
        entries: entries
            .into_iter()
            .map(|row| EntryView {
                corrected: corrected.contains(&row.id),
                id: row.id,
                kind: row.kind,
                happened_on: row.happened_on,
                amount_pence: row.amount,
                ledger_reference: row.ledger_reference,
                note: row.note,
                corrects_id: row.corrects_id,
            })
            .collect(),
    })
}

/// What the schedules of these awards promise for today or later and was not received, with its day. Of an award
/// that is closed nothing more comes by its schedule: it is owed, or it is not.
pub(crate) async fn to_come(
    db: &Db,
    ctx: &Ctx,
    ids: &[AwardId],
) -> Result<Vec<(AwardId, NaiveDate, Money)>> {
    ctx.require(Operation::ReadMoney)?;
    let closed = closures::store::closed(db.read(), ids).await?;
    let all = award_payment::Entity::find()
        .filter(award_payment::Column::AwardId.is_in(ids.iter().copied()))
        .filter(award_payment::Column::WithdrawnAt.is_null())
        .order_by_asc(award_payment::Column::DueOn)
        .order_by_asc(award_payment::Column::Id)
        .all(db.read())
        .await?;
    let entries = award_money::Entity::find()
        .filter(award_money::Column::AwardId.is_in(ids.iter().copied()))
        .filter(award_money::Column::Kind.eq(Kind::Receipt))
        .order_by_asc(award_money::Column::HappenedOn)
        .order_by_asc(award_money::Column::Id)
        .all(db.read())
        .await?;
    let mut schedules: HashMap<AwardId, Vec<Promised>> = HashMap::new();
    for row in all.iter().filter(|row| !closed.contains_key(&row.award_id)) {
        let of = schedules.entry(row.award_id).or_default();
        of.push(of_payment(row));
    }
    let mut to_come = Vec::new();
    for (id, schedule) in schedules {
        let of: Vec<award_money::Model> = entries
            .iter()
            .filter(|row| row.award_id == id)
            .cloned()
            .collect();
        let (got, _) = matched(&schedule, &receipts(&of));
        for (promised, received) in schedule.iter().zip(got) {
            if state(promised, received, ctx.today()) == PaymentState::Expected {
                let short = promised.amount.minus(received).unwrap_or_default();
                to_come.push((id, promised.due_on, short));
            }
        }
    }
    Ok(to_come)
}

/// A payment that is late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LatePayment {
    /// The award.
    pub award_id: AwardId,
    /// Its title.
    pub award: String,
    /// Was due on this London date.
    pub due_on: NaiveDate,
    /// Not received of it, in pence.
    #[schema(value_type = i64)]
    pub missing_pence: Money,
}

/// Payments whose day is over and which were not received in full, the oldest first: for those who
/// look after them.
pub async fn late(db: &Db, ctx: &Ctx) -> Result<Vec<LatePayment>> {
    ctx.require(Operation::RecordMoney)?;
    let due = award_payment::Entity::find()
        .filter(award_payment::Column::WithdrawnAt.is_null())
        .filter(award_payment::Column::DueOn.lt(ctx.today()))
        .all(db.read())
        .await?;
    let ids: HashSet<AwardId> = due.iter().map(|row| row.award_id).collect();
    let titles = awards::view::titles(db, ids.iter().copied()).await?;
    let entries = award_money::Entity::find()
        .filter(award_money::Column::AwardId.is_in(ids.iter().copied()))
        .filter(award_money::Column::Kind.eq(Kind::Receipt))
        .order_by_asc(award_money::Column::HappenedOn)
        .order_by_asc(award_money::Column::Id)
        .all(db.read())
        .await?;
    let all = award_payment::Entity::find()
        .filter(award_payment::Column::AwardId.is_in(ids.iter().copied()))
        .filter(award_payment::Column::WithdrawnAt.is_null())
        .all(db.read())
        .await?;
    let mut late = Vec::new();
    for id in ids {
        // Once an award is closed only what is owed can still come.
        if let Some(award) = titles.get(&id)
            && let Some(owed) = closures::view::owed(db, ctx, award).await?
            && owed.owed_to_us_pence == Money::ZERO
        {
            continue;
        }
        let schedule: Vec<Promised> = all
            .iter()
            .filter(|row| row.award_id == id)
            .map(of_payment)
            .collect();
        let of: Vec<award_money::Model> = entries
            .iter()
            .filter(|row| row.award_id == id)
            .cloned()
            .collect();
        let (got, _) = matched(&schedule, &receipts(&of));
        for (promised, received) in schedule.iter().zip(got) {
            if state(promised, received, ctx.today()) == PaymentState::Late {
                late.push(LatePayment {
                    award_id: id,
                    award: titles
                        .get(&id)
                        .map(|row| row.title.clone())
                        .unwrap_or_default(),
                    due_on: promised.due_on,
                    missing_pence: promised.amount.minus(received).unwrap_or_default(),
                });
            }
        }
    }
    late.sort_by(|a, b| (a.due_on, &a.award).cmp(&(b.due_on, &b.award)));
    Ok(late)
}
