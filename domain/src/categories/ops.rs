//! Adding cost categories.

use std::collections::HashSet;

use entity::{CostCategoryId, cost_category};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, QueryOrder};
use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, Tx, slugs};

/// A cost category to add.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCategory {
    /// A stable short name, such as `rough-sleeping`: files of spend and return forms use it.
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
    #[schema(min_length = 1, max_length = 120, pattern = r"\S")]
    pub name: String,
}

/// Adds a cost category.
pub async fn create(db: &Db, ctx: &Ctx, new: &NewCategory) -> Result<CostCategoryId> {
    ctx.require(Operation::CreateCategory)?;
    new.validate()?;
    if let Some(wrong) = slugs::check(&new.slug, "/slug") {
        return Err(Error::Invalid(vec![wrong]));
    }
    db.write(ctx, Command::new(Operation::CreateCategory), async |tx| {
        free(tx, &new.name, None).await?;
        let id = CostCategoryId::new();
        let inserted = cost_category::ActiveModel {
            id: Set(id),
            slug: Set(new.slug.clone()),
            name: Set(new.name.trim().to_owned()),
            created_at: Set(tx.now()),
            version: Set(1),
        }
        .insert(tx.conn())
        .await;
        match inserted {
            Ok(_) => {}
            Err(error) if crate::db::is_unique_violation(&error) => {
                return Err(Error::invalid(
                    "/slug",
                    "known-already",
                    "There is a cost category with this short name already.",
                ));
            }
            Err(error) => return Err(error.into()),
        }
        tx.subject("cost_category", id);
        tx.note("slug", new.slug.clone());
        tx.note("name", new.name.clone());
        Ok(id)
    })
    .await
}

/// Most categories that are added together.
const MOST: usize = 100;

/// Adds several cost categories, each by its name, in their order; how many. All are looked at before the first
/// is added.
pub async fn create_each(db: &Db, ctx: &Ctx, names: &[&str]) -> Result<usize> {
    ctx.require(Operation::CreateCategory)?;
    let wrong = |detail: String| Error::invalid("/name", "of-several", detail);
    if names.len() > MOST {
        return Err(wrong(format!("Add at most {MOST} at once.")));
    }
    let known = cost_category::Entity::find().all(db.read()).await?;
    let mut names_taken: HashSet<String> =
        known.iter().map(|row| row.name.to_lowercase()).collect();
    let mut slugs_taken: HashSet<String> = known.into_iter().map(|row| row.slug).collect();
    let mut all = Vec::with_capacity(names.len());
    for name in names {
        let new = NewCategory {
            slug: slugs::slug_of(name),
            name: (*name).to_owned(),
        };
        let taken =
            !names_taken.insert(name.to_lowercase()) || !slugs_taken.insert(new.slug.clone());
        if taken || new.validate().is_err() || slugs::check(&new.slug, "/slug").is_some() {
            return Err(wrong(format!(
                "“{name}” cannot be added: it is there already, is named twice, has no letter, or is too long. \
                 None was added."
            )));
        }
        all.push(new);
    }
    for new in &all {
        create(db, ctx, new).await?;
    }
    Ok(all.len())
}

/// Two categories of one name cannot be told apart in any list: refused, also with other capitals.
async fn free(tx: &Tx, name: &str, but: Option<CostCategoryId>) -> Result<()> {
    // one at a time: whoever adds the same name meanwhile waits at the first category of all
    let first = cost_category::Entity::find()
        .order_by_asc(cost_category::Column::Id)
        .one(tx.conn())
        .await?;
    if let Some(first) = first {
        tx.lock("cost_category", first.id).await?;
    }
    let wanted = name.trim().to_lowercase();
    let known = cost_category::Entity::find().all(tx.conn()).await?;
    if known
        .iter()
        .any(|row| Some(row.id) != but && row.name.to_lowercase() == wanted)
    {
        return Err(Error::invalid(
            "/name",
            "known-already",
            "There is a cost category with this name already. Choose another name.",
        ));
    }
    Ok(())
}

/// Another name for a cost category. Its short name stays: files and forms speak of it.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CategoryRenaming)]
pub struct Renaming {
    /// What people shall call it.
    #[validate(
        length(
            min = 1,
            max = 120,
            message = "Enter a name of at most 120 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 120, pattern = r"\S")]
    pub name: String,
}

/// Renames a cost category; its version afterwards.
pub async fn rename(
    db: &Db,
    ctx: &Ctx,
    id: CostCategoryId,
    new: &Renaming,
    expected: Option<i64>,
) -> Result<i64> {
    ctx.require(Operation::RenameCategory)?;
    new.validate()?;
    let command = Command::on(Operation::RenameCategory, "cost_category", id);
    db.write(ctx, command, async |tx| {
        tx.lock("cost_category", id).await?;
        let row = cost_category::Entity::find_by_id(id)
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        if expected.is_some_and(|expected| expected != row.version) {
            return Err(Error::Stale);
        }
        free(tx, &new.name, Some(id)).await?;
        let version = row.version.saturating_add(1);
        tx.note("name_before", row.name.clone());
        tx.note("name", new.name.trim());
        let mut row = row.into_active_model();
        row.name = Set(new.name.trim().to_owned());
        row.version = Set(version);
        row.update(tx.conn()).await?;
        Ok(version)
    })
    .await
}
