//! What must hold of awards and of what they give, looked up in the whole database.

use std::collections::{BTreeMap, HashMap};

use entity::{AwardId, BalanceKind, Money, award, award_amendment, balance};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::ops::terms;
use super::rules::terms::TermsChange;
use super::rules::years::{YearPlan, check_years};
use super::{rules, store};
use crate::access::rules::Operation;
use crate::checks::rows;
use crate::{Ctx, Db, Result};

/// Contributions of one award never exceed its amount. One that was amended, or whose year was
/// confirmed at less than was hoped for, is not wrong: its contributions were made before.
pub async fn contributions_within(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPools)?;
    rows(
        db,
        "SELECT award.title AS title, award.amount AS amount, given.total AS total \
         FROM award JOIN (SELECT award_id, CAST(SUM(agreed) AS bigint) AS total \
                          FROM contribution GROUP BY award_id) AS given \
           ON given.award_id = award.id \
         WHERE given.total > award.amount AND NOT EXISTS ( \
           SELECT 1 FROM award_year y JOIN award_year_event e ON e.year_id = y.id \
           WHERE y.award_id = award.id AND e.kind = 'confirmed') \
         AND NOT EXISTS (SELECT 1 FROM award_amendment m \
           WHERE m.award_id = award.id AND m.applied_at IS NOT NULL) ORDER BY award.title",
    )
    .await?
    .iter()
    .map(|row| {
        let title: String = row.try_get("", "title")?;
        Ok(format!(
            "“{title}” holds {}, and {} of it is put behind pools.",
            Money(row.try_get("", "amount")?).in_full(),
            Money(row.try_get("", "total")?).in_full(),
        ))
    })
    .collect()
}

/// Every award, contribution and limited fence has the row that racing attributions meet, with
/// its own cap.
pub async fn guarded(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPools)?;
    rows(
        db,
        "SELECT kind, name, cap, guard FROM ( \
           SELECT 'award' AS kind, award.title AS name, award.amount AS cap, balance.cap AS guard, \
             balance.attributed AS attributed \
           FROM award LEFT JOIN balance ON balance.subject_id = award.id \
             AND balance.kind = 'award' \
           UNION ALL \
           SELECT 'contribution', award.title, contribution.agreed, balance.cap, \
             balance.attributed \
           FROM contribution JOIN award ON award.id = contribution.award_id \
             LEFT JOIN balance ON balance.subject_id = contribution.id \
               AND balance.kind = 'contribution' \
           UNION ALL \
           SELECT 'fence', fence.name, fence.spend_limit, balance.cap, balance.attributed \
           FROM fence LEFT JOIN balance ON balance.subject_id = fence.id \
             AND balance.kind = 'fence' \
           WHERE fence.spend_limit IS NOT NULL) AS each_one \
         WHERE guard IS NULL OR guard <> CASE WHEN attributed > cap THEN attributed ELSE cap END \
         ORDER BY kind, name",
    )
    .await?
    .iter()
    .map(|row| {
        let (kind, name): (String, String) = (row.try_get("", "kind")?, row.try_get("", "name")?);
        let cap = Money(row.try_get("", "cap")?).in_full();
        let guard: Option<i64> = row.try_get("", "guard")?;
        Ok(match guard {
            None => format!("Nothing keeps attributions to the {kind} “{name}” within {cap}."),
            Some(guard) => format!(
                "The {kind} “{name}” is {cap}, and attributions to it may reach {}.",
                Money(guard).in_full()
            ),
        })
    })
    .collect()
}

/// The years of each award follow each other from its first day to its last and come to its amount;
/// each has the row that racing attributions meet, with what it may pay and what it pays.
pub async fn years(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadAwards)?;
    let mut wrong = Vec::new();
    let awards: Vec<award::Model> = award::Entity::find()
        .order_by_asc(award::Column::Id)
        .all(db.read())
        .await?;
    let ids: Vec<AwardId> = awards.iter().map(|row| row.id).collect();
    let mut known = store::years(db.read(), &ids).await?;
    let guards: HashMap<Uuid, balance::Model> = balance::Entity::find()
        .filter(balance::Column::Kind.eq(BalanceKind::AwardYear))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.subject_id, row))
        .collect();
    for row in awards {
        let years = known.remove(&row.id).unwrap_or_default();
        let plans: Vec<YearPlan> = years
            .iter()
            .map(|year| YearPlan {
                starts_on: year.starts_on,
                ends_on: year.ends_on,
                amount: year.amount,
            })
            .collect();
        for found in check_years(row.amount, (row.starts_on, row.ends_on), &plans) {
            wrong.push(format!("Of “{}”: {}", row.title, found.detail));
        }
        for (year, cap, attributed) in store::guards_of_years(db.read(), row.id, &years).await? {
            let guard = guards.get(&Uuid::from(year));
            if guard.is_none_or(|guard| (guard.cap, guard.attributed) != (cap, attributed)) {
                wrong.push(format!(
                    "Of “{}”: a year may pay {} and pays {}; its guard says {}.",
                    row.title,
                    cap.in_full(),
                    attributed.in_full(),
                    guard.map_or_else(
                        || "nothing".to_owned(),
                        |guard| format!(
                            "{} and {}",
                            guard.cap.in_full(),
                            guard.attributed.in_full()
                        )
                    ),
                ));
            }
        }
    }
    Ok(wrong)
}

/// An award's terms are what its amendments made them: of each term, the last that changed it.
pub async fn amendments(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadAwards)?;
    let applied = award_amendment::Entity::find()
        .filter(award_amendment::Column::AppliedAt.is_not_null())
        .order_by_asc(award_amendment::Column::AwardId)
        .order_by_asc(award_amendment::Column::AppliedAt)
        .order_by_asc(award_amendment::Column::Seq)
        .all(db.read())
        .await?;
    let mut made: BTreeMap<AwardId, Vec<TermsChange>> = BTreeMap::new();
    for row in applied {
        let change = serde_json::from_value(row.change)?;
        made.entry(row.award_id).or_default().push(change);
    }
    let mut wrong = Vec::new();
    for (id, changes) in made {
        let row = award::Entity::find_by_id(id)
            .one(db.read())
            .await?
            .ok_or_else(|| crate::Error::internal("an amendment without its award"))?;
        let (stands, _) = terms(db.read(), &row).await?;
        let mut folded = stands.clone();
        for mut change in changes {
            // a year is confirmed, and so changed, by what is agreed of it too
            change.years = None;
            folded = folded.changed(&change);
        }
        if folded != stands {
            wrong.push(format!(
                "“{}” does not stand as its amendments made it.",
                row.title
            ));
        }
    }
    Ok(wrong)
}

/// The fences of each award obey their rules, as they were when they were set up. An award that
/// was cut below its reserves since is not wrong: that is an amendment.
pub async fn fences_nest(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadAwards)?;
    let mut wrong = Vec::new();
    let awards: Vec<award::Model> = award::Entity::find()
        .order_by_asc(award::Column::Id)
        .all(db.read())
        .await?;
    for row in awards {
        let id: AwardId = row.id;
        let fences = store::fences(db.read(), id).await?;
        if fences.is_empty() {
            continue;
        }
        let allowed = store::categories(db.read(), id).await?;
        for found in rules::check_fences(rules::MOST, &allowed, &store::plans(&fences)) {
            wrong.push(format!("Of “{}”: {}", row.title, found.detail));
        }
    }
    Ok(wrong)
}
