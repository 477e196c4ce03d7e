//! Recording a funder's budget lines.

use std::collections::BTreeMap;

use entity::{
    AwardId, CategoryMapId, CostCategoryId, Money, PaysFor, category_map, category_map_category,
    category_map_line,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;

use super::rules::{Bounds, Line, check};
use super::store;
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, awards, categories, closures};

/// The budget lines of an award as its funder has them, in place of those before.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCategoryMap {
    /// Where the funder says so: its letter, or the version of its form.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say where the funder’s lines are written, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub said_in: String,
    /// The lines in the funder's order.
    #[validate(length(max = 60, message = "Give at most 60 lines."), nested)]
    #[schema(min_items = 1, max_items = 60)]
    pub lines: Vec<NewBudgetLine>,
}

/// A budget line of a funder.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBudgetLine {
    /// What the funder calls it.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Enter what the funder calls it, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// What the funder gives for it, in pence; absent where it does not say.
    #[schema(value_type = Option<i64>, minimum = 0)]
    pub budget_pence: Option<Money>,
    /// Whether capital, revenue or both count in it.
    pub pays_for: PaysFor,
    /// The cost categories that it is made of.
    #[validate(length(max = 500, message = "Choose at most 500 cost categories."))]
    #[schema(min_items = 1, max_items = 500)]
    pub category_ids: Vec<CostCategoryId>,
}

/// Records an award's budget lines. Those before stay in its history, and positions as known before show them.
pub async fn record(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    expected: Option<i64>,
    new: &NewCategoryMap,
) -> Result<CategoryMapId> {
    ctx.require(Operation::MapCategories)?;
    new.validate()?;
    let lines: Vec<Line> = new
        .lines
        .iter()
        .map(|line| Line {
            name: line.name.trim().to_owned(),
            budget: line.budget_pence,
            pays_for: line.pays_for,
            categories: line.category_ids.iter().copied().collect(),
        })
        .collect();
    let command = Command::on(Operation::MapCategories, "award", award_id);
    db.write(ctx, command, async |tx| {
        let award = awards::store::locked(tx, ctx, award_id).await?;
        closures::store::refuse_closed(tx.conn(), award_id).await?;
        if expected.is_some_and(|version| version != award.version) {
            return Err(Error::Stale);
        }
        let names: BTreeMap<_, _> = categories::store::all_names(tx.conn())
            .await?
            .into_iter()
            .collect();
        let wrong = check(
            &lines,
            &Bounds {
                amount: award.amount,
                pays_for: award.pays_for,
                may_pay: &awards::store::categories(tx.conn(), award_id).await?,
                names: &names,
            },
        );
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let before = store::last(tx.conn(), award_id, None).await?;
        let id = CategoryMapId::new();
        category_map::ActiveModel {
            id: Set(id),
            award_id: Set(award_id),
            seq: Set(before.map_or(1, |map| map.row.seq.saturating_add(1))),
            said_in: Set(new.said_in.trim().to_owned()),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        let mut parts = Vec::new();
        let rows: Vec<category_map_line::ActiveModel> = (1..)
            .zip(&lines)
            .map(|(position, line)| {
                let line_id = Uuid::now_v7();
                parts.extend(line.categories.iter().map(|category| {
                    category_map_category::ActiveModel {
                        line_id: Set(line_id),
                        category_id: Set(*category),
                    }
                }));
                category_map_line::ActiveModel {
                    id: Set(line_id),
                    map_id: Set(id),
                    position: Set(position),
                    name: Set(line.name.clone()),
                    budget: Set(line.budget),
                    pays_for: Set(line.pays_for),
                }
            })
            .collect();
        category_map_line::Entity::insert_many(rows)
            .exec(tx.conn())
            .await?;
        category_map_category::Entity::insert_many(parts)
            .exec(tx.conn())
            .await?;
        // The award is another one now; what it pays for is not, so nothing is attributed again.
        let version = award.version + 1;
        let mut award = award.into_active_model();
        award.version = Set(version);
        award.update(tx.conn()).await?;
        tx.note("said_in", new.said_in.trim());
        tx.note(
            "lines",
            lines
                .iter()
                .map(|line| line.name.as_str())
                .collect::<Vec<_>>()
                .join("; "),
        );
        Ok(id)
    })
    .await
}
