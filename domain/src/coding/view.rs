//! The coding map and the lines that wait, as readers get them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    CodingMapRowId, CostCategoryId, PersonId, PoolId, SpendImportId, SpendLineId, WaitingLineId,
    coding_map_row, file, spend_import, spend_line, waiting_line,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
};
use serde::Serialize;

use super::rules::{Codes, Coding, Known, suggest};
use super::store::{self, Chart};
use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::imports::rules::LineDraft;
use crate::{Ctx, Db, Error, Money, Result};

/// A row of the coding map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MapRowView {
    /// Its id.
    pub id: CodingMapRowId,
    /// The cost centre; null is any.
    pub cost_centre: Option<String>,
    /// The account; null is any.
    pub account: Option<String>,
    /// The project; null is any.
    pub project: Option<String>,
    /// First London date received that it is for.
    pub valid_from: NaiveDate,
    /// Last London date received; null is until further notice.
    pub valid_to: Option<NaiveDate>,
    /// The pool.
    pub pool_id: PoolId,
    /// What people call it.
    pub pool: String,
    /// Its short name, as files say it.
    pub pool_slug: String,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// What people call it.
    pub category: String,
    /// Its short name, as files say it.
    pub category_slug: String,
    /// Where.
    pub place: Option<String>,
    /// For whom.
    pub group: Option<String>,
    /// Capital, or revenue.
    pub capital: bool,
    /// The row whose place it took.
    pub replaces_id: Option<CodingMapRowId>,
    /// It applies to no day: another took its place from its first day.
    pub withdrawn: bool,
    /// Counts changes.
    pub version: i64,
    /// When it was added (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: DateTime<Utc>,
    /// Who added it; absent for the command line.
    pub created_by: Option<String>,
    /// When its last day was stated (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Who stated it.
    pub ended_by: Option<String>,
}

impl MapRowView {
    /// Its codes.
    #[must_use]
    pub fn codes(&self) -> Codes {
        Codes {
            cost_centre: self.cost_centre.clone(),
            account: self.account.clone(),
            project: self.project.clone(),
        }
    }
}

/// Which rows of the map.
#[derive(Clone, Debug, Default)]
pub struct MapFilter {
    /// For this cost centre.
    pub cost_centre: Option<String>,
    /// With this text in a code, a name, a place or a group.
    pub find: Option<String>,
    /// That apply on this London date.
    pub on: Option<NaiveDate>,
}

/// Rows of the map in the order of their codes, then days; after one of them.
pub async fn map(
    db: &Db,
    ctx: &Ctx,
    filter: &MapFilter,
    after: Option<CodingMapRowId>,
    limit: u64,
) -> Result<Vec<MapRowView>> {
    let mut rows = whole(db, ctx).await?;
    let lower = |text: &str| text.trim().to_lowercase();
    if let Some(centre) = filter.cost_centre.as_deref().map(lower) {
        rows.retain(|row| row.cost_centre.as_deref().map(lower).as_ref() == Some(&centre));
    }
    if let Some(on) = filter.on {
        rows.retain(|row| row.valid_from <= on && row.valid_to.is_none_or(|to| on <= to));
    }
    if let Some(find) = filter.find.as_deref().map(lower) {
        rows.retain(|row| {
            [
                &row.cost_centre,
                &row.account,
                &row.project,
                &row.place,
                &row.group,
            ]
            .into_iter()
            .flatten()
            .chain([&row.pool, &row.category])
            .any(|text| lower(text).contains(&find))
        });
    }
    let from = match after {
        None => 0,
        Some(after) => match rows.iter().position(|row| row.id == after) {
            Some(at) => at + 1,
            None => rows.len(),
        },
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(rows.into_iter().skip(from).take(limit).collect())
}

/// How many rows there are.
pub async fn count(db: &Db, ctx: &Ctx) -> Result<u64> {
    ctx.require(Operation::ReadCodingMap)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(0);
    }
    Ok(store::standing().count(db.read()).await?)
}

async fn whole(db: &Db, ctx: &Ctx) -> Result<Vec<MapRowView>> {
    ctx.require(Operation::ReadCodingMap)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    let rows = store::standing().all(db.read()).await?;
    let mut views = views(db, rows).await?;
    views.sort_by_key(|row| (row.codes(), row.valid_from, row.id));
    Ok(views)
}

/// One row, withdrawn or not.
pub async fn row(db: &Db, ctx: &Ctx, id: CodingMapRowId) -> Result<MapRowView> {
    ctx.require(Operation::ReadCodingMap)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let row = store::one(db.read(), id).await?;
    views(db, vec![row]).await?.pop().ok_or(Error::NotFound)
}

/// What of the spend that counts a row coded: lines and pence.
pub async fn coded_by(db: &Db, ctx: &Ctx, id: CodingMapRowId) -> Result<(i64, Money)> {
    ctx.require(Operation::ReadCodingMap)?;
    let conn = db.read();
    let row = conn
        .query_one_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            "SELECT CAST(COUNT(*) AS bigint) AS lines, \
               CAST(COALESCE(SUM(l.amount), 0) AS bigint) AS amount FROM spend_line l \
             JOIN spend_import i ON i.id = l.import_id AND i.state = 'accepted' \
             WHERE l.coding_id = $1",
            [id.into()],
        ))
        .await?
        .ok_or_else(|| Error::internal("a sum gave no row"))?;
    Ok((row.try_get("", "lines")?, Money(row.try_get("", "amount")?)))
}

async fn views(db: &Db, rows: Vec<coding_map_row::Model>) -> Result<Vec<MapRowView>> {
    let chart = Chart::of(db.read()).await?;
    let people = names_of(
        db,
        rows.iter()
            .flat_map(|row| [row.created_by, row.ended_by])
            .flatten(),
    )
    .await?;
    let who = |id: Option<PersonId>| id.and_then(|id| people.get(&id).cloned());
    Ok(rows
        .into_iter()
        .map(|row| {
            let pool = chart.pool(row.pool_id);
            let category = chart.category(row.category_id);
            MapRowView {
                id: row.id,
                cost_centre: row.cost_centre,
                account: row.account,
                project: row.project,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                pool_id: row.pool_id,
                pool: pool.map(|row| row.name.clone()).unwrap_or_default(),
                pool_slug: pool.map(|row| row.slug.clone()).unwrap_or_default(),
                category_id: row.category_id,
                category: category.map(|row| row.name.clone()).unwrap_or_default(),
                category_slug: category.map(|row| row.slug.clone()).unwrap_or_default(),
                place: row.place,
                group: row.people_group,
                capital: row.capital,
                replaces_id: row.replaces_id,
                withdrawn: row.withdrawn,
                version: row.version,
                created_at: row.created_at,
                created_by: who(row.created_by),
                ended_at: row.ended_at,
                ended_by: who(row.ended_by),
            }
        })
        .collect())
}

/// A line that waits to be coded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WaitingLineView {
    /// Its id.
    pub id: WaitingLineId,
    /// The import it came with.
    pub import_id: SpendImportId,
    /// That import's file.
    pub file_name: String,
    /// Its row in the file, from 1.
    pub row: i32,
    /// The cost centre.
    pub cost_centre: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// Who was paid.
    pub supplier: Option<String>,
    /// What for.
    pub description: Option<String>,
    /// The ledger's transaction.
    pub transaction: Option<String>,
    /// London date goods or services were received.
    pub incurred_on: NaiveDate,
    /// First day of the ledger month.
    pub ledger_month: NaiveDate,
    /// Pence.
    pub amount_pence: i64,
    /// What the file itself says of it; null where it does not.
    pub capital: Option<bool>,
}

/// Which lines that wait.
#[derive(Clone, Debug, Default)]
pub struct WaitingFilter {
    /// Of this cost centre.
    pub cost_centre: Option<String>,
    /// Of this account.
    pub account: Option<String>,
    /// Of this import.
    pub import: Option<SpendImportId>,
}

/// Lines that wait, in the order in which they came; after one of them.
pub async fn waiting(
    db: &Db,
    ctx: &Ctx,
    filter: &WaitingFilter,
    after: Option<WaitingLineId>,
    limit: u64,
) -> Result<Vec<WaitingLineView>> {
    ctx.require(Operation::ReadCodingMap)?;
    let mut query = store::waiting(ctx);
    if let Some(centre) = &filter.cost_centre {
        query = query.filter(waiting_line::Column::CostCentre.eq(centre));
    }
    if let Some(account) = &filter.account {
        query = query.filter(waiting_line::Column::Account.eq(account));
    }
    if let Some(import) = filter.import {
        query = query.filter(waiting_line::Column::ImportId.eq(import));
    }
    if let Some(after) = after {
        query = query.filter(waiting_line::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(waiting_line::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    waiting_views(db, rows).await
}

async fn waiting_views(db: &Db, rows: Vec<waiting_line::Model>) -> Result<Vec<WaitingLineView>> {
    let mut ids: Vec<SpendImportId> = rows.iter().map(|row| row.import_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let imports = spend_import::Entity::find()
        .filter(spend_import::Column::Id.is_in(ids))
        .all(db.read())
        .await?;
    let files: HashMap<_, String> = file::Entity::find()
        .filter(file::Column::Id.is_in(imports.iter().map(|row| row.file_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let names: HashMap<SpendImportId, String> = imports
        .into_iter()
        .map(|row| (row.id, files.get(&row.file_id).cloned().unwrap_or_default()))
        .collect();
    rows.into_iter()
        .map(|row| {
            let draft: LineDraft = serde_json::from_value(row.draft)?;
            Ok(WaitingLineView {
                id: row.id,
                import_id: row.import_id,
                file_name: names.get(&row.import_id).cloned().unwrap_or_default(),
                row: row.row_no,
                cost_centre: row.cost_centre,
                account: row.account,
                project: row.project,
                supplier: row.supplier,
                description: row.description,
                transaction: draft.transaction,
                incurred_on: row.incurred_on,
                ledger_month: row.ledger_month,
                amount_pence: row.amount.pence(),
                capital: draft
                    .capital_or_revenue
                    .map(|said| said == crate::imports::rules::CapitalOrRevenue::Capital),
            })
        })
        .collect()
}

/// Lines that wait under one cost centre and account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WaitingGroup {
    /// The cost centre.
    pub cost_centre: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// How many.
    pub lines: i64,
    /// Their pence.
    pub amount_pence: i64,
    /// The day of the earliest.
    pub first_on: NaiveDate,
    /// The first of them.
    pub first_id: WaitingLineId,
}

/// The lines that wait by cost centre and account, the most lines first.
pub async fn groups(db: &Db, ctx: &Ctx) -> Result<Vec<WaitingGroup>> {
    ctx.require(Operation::ReadCodingMap)?;
    type Grouped = (
        WaitingLineId,
        Option<String>,
        Option<String>,
        NaiveDate,
        Money,
    );
    let rows: Vec<Grouped> = store::waiting(ctx)
        .select_only()
        .columns([
            waiting_line::Column::Id,
            waiting_line::Column::CostCentre,
            waiting_line::Column::Account,
            waiting_line::Column::IncurredOn,
            waiting_line::Column::Amount,
        ])
        .order_by_asc(waiting_line::Column::Id)
        .into_tuple()
        .all(db.read())
        .await?;
    let mut groups: BTreeMap<(Option<String>, Option<String>), WaitingGroup> = BTreeMap::new();
    for (id, cost_centre, account, on, amount) in rows {
        let group = groups
            .entry((cost_centre.clone(), account.clone()))
            .or_insert(WaitingGroup {
                cost_centre,
                account,
                lines: 0,
                amount_pence: 0,
                first_on: on,
                first_id: id,
            });
        group.lines += 1;
        group.amount_pence += amount.pence();
        group.first_on = group.first_on.min(on);
    }
    let mut groups: Vec<WaitingGroup> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.lines));
    Ok(groups)
}

/// How many lines wait, and their pence.
pub async fn to_code(db: &Db, ctx: &Ctx) -> Result<(i64, Money)> {
    let groups = groups(db, ctx).await?;
    Ok((
        groups.iter().map(|group| group.lines).sum(),
        Money(groups.iter().map(|group| group.amount_pence).sum()),
    ))
}

/// A line that waits, with ways to code it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct WaitingLineDetail {
    /// The line.
    #[serde(flatten)]
    pub line: WaitingLineView,
    /// How lines like it were coded before, the best first.
    pub suggestions: Vec<SuggestionView>,
}

/// A way to code a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SuggestionView {
    /// The pool.
    pub pool_id: PoolId,
    /// What people call it.
    pub pool: String,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// What people call it.
    pub category: String,
    /// Where.
    pub place: Option<String>,
    /// For whom.
    pub group: Option<String>,
    /// Capital, or revenue.
    pub capital: bool,
    /// Why it is suggested, as a sentence.
    pub why: String,
}

/// One line that waits. One that was coded meanwhile is not there any more.
pub async fn waiting_line(db: &Db, ctx: &Ctx, id: WaitingLineId) -> Result<WaitingLineDetail> {
    ctx.require(Operation::ReadCodingMap)?;
    let row = store::waiting(ctx)
        .filter(waiting_line::Column::Id.eq(id))
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    let suggestions = suggestions(db, &store::codes_of(&row), row.supplier.as_deref()).await?;
    let line = waiting_views(db, vec![row]).await?.pop();
    Ok(WaitingLineDetail {
        line: line.ok_or(Error::NotFound)?,
        suggestions,
    })
}

/// The spend line that a line that waited became, if it was coded.
pub async fn became(db: &Db, ctx: &Ctx, id: WaitingLineId) -> Result<Option<SpendLineId>> {
    ctx.require(Operation::ReadCodingMap)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(None);
    }
    let Some(row) = waiting_line::Entity::find_by_id(id).one(db.read()).await? else {
        return Ok(None);
    };
    let Some(import) = row.coded_by_import_id else {
        return Ok(None);
    };
    Ok(spend_line::Entity::find()
        .filter(spend_line::Column::Identity.eq(row.identity))
        .filter(spend_line::Column::ImportId.eq(import))
        .one(db.read())
        .await?
        .map(|line| line.id))
}

/// Lines of one supplier that are looked at for a suggestion.
const LOOKED_AT: i64 = 2_000;

async fn suggestions(
    db: &Db,
    codes: &Codes,
    supplier: Option<&str>,
) -> Result<Vec<SuggestionView>> {
    let conn = db.read();
    let chart = Chart::of(conn).await?;
    let map = store::rows(conn).await?;
    let mut known = Vec::new();
    // how this supplier's lines were coded, and how people coded lines under these codes
    const COLUMNS: &str = "x.cost_centre, x.account, x.project, x.supplier, x.pool_id, \
         x.category_id, x.place, x.people_group, x.capital, CAST(COUNT(*) AS bigint) AS lines";
    const GROUPED: &str = "x.cost_centre, x.account, x.project, x.supplier, x.pool_id, \
         x.category_id, x.place, x.people_group, x.capital";
    let by_supplier = format!(
        "SELECT {COLUMNS} FROM (SELECT l.* FROM spend_line l \
           JOIN spend_import i ON i.id = l.import_id AND i.state = 'accepted' \
           WHERE l.supplier = $1 AND l.cost_centre IS NOT NULL LIMIT {LOOKED_AT}) x \
         GROUP BY {GROUPED}"
    );
    let by_codes = format!(
        "SELECT {COLUMNS} FROM (SELECT l.* FROM waiting_line w \
           JOIN spend_line l ON l.identity = w.identity AND l.import_id = w.coded_by_import_id \
           WHERE w.coded_by_import_id IS NOT NULL AND w.cost_centre = $1 \
             AND COALESCE(l.supplier, '') <> $2 LIMIT {LOOKED_AT}) x GROUP BY {GROUPED}"
    );
    let mut asked: Vec<(String, Vec<sea_orm::Value>)> = Vec::new();
    if let Some(supplier) = supplier {
        asked.push((by_supplier, vec![supplier.into()]));
    }
    if let Some(centre) = &codes.cost_centre {
        let but = supplier.unwrap_or_default();
        asked.push((by_codes, vec![centre.as_str().into(), but.into()]));
    }
    for (sql, values) in asked {
        let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
        for row in conn.query_all_raw(statement).await? {
            known.push(Known {
                codes: Codes {
                    cost_centre: row.try_get("", "cost_centre")?,
                    account: row.try_get("", "account")?,
                    project: row.try_get("", "project")?,
                },
                supplier: row.try_get("", "supplier")?,
                coding: Coding {
                    pool: PoolId(row.try_get("", "pool_id")?),
                    category: CostCategoryId(row.try_get("", "category_id")?),
                    place: row.try_get("", "place")?,
                    group: row.try_get("", "people_group")?,
                    capital: row.try_get("", "capital")?,
                },
                lines: row.try_get("", "lines")?,
            });
        }
    }
    Ok(suggest(codes, supplier, &known, &map)
        .into_iter()
        .map(|suggestion| {
            let Coding {
                pool,
                category,
                place,
                group,
                capital,
            } = suggestion.coding;
            let name = |row: Option<&String>| row.cloned().unwrap_or_default();
            SuggestionView {
                pool: name(chart.pool(pool).map(|row| &row.name)),
                category: name(chart.category(category).map(|row| &row.name)),
                pool_id: pool,
                category_id: category,
                place,
                group,
                capital,
                why: suggestion.why,
            }
        })
        .collect())
}

/// How a spend line came to be coded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CodedHow {
    /// The cost centre.
    pub cost_centre: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The row of the coding map that coded it; null where the file itself or a person did.
    pub map_row_id: Option<CodingMapRowId>,
    /// That row in words.
    pub map_row: Option<String>,
    /// Who coded it, where it waited to be coded.
    pub coded_by: Option<String>,
    /// When that was (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub coded_at: Option<DateTime<Utc>>,
}

/// How a spend line that counts came to be coded.
pub async fn how(db: &Db, ctx: &Ctx, id: SpendLineId) -> Result<CodedHow> {
    ctx.require(Operation::ReadSpend)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let line = spend_line::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    let act = store::coded_from(db.read(), [line.import_id])
        .await?
        .remove(&line.import_id);
    let row = match line.coding_id {
        Some(row) => Some(store::one(db.read(), row).await?),
        None => None,
    };
    let people = names_of(db, act.iter().filter_map(|act| act.accepted_by)).await?;
    Ok(CodedHow {
        cost_centre: line.cost_centre,
        account: line.account,
        project: line.project,
        map_row_id: line.coding_id,
        map_row: row.map(|row| store::row_of(&row).in_words()),
        coded_by: act
            .as_ref()
            .and_then(|act| act.accepted_by)
            .and_then(|id| people.get(&id).cloned()),
        coded_at: act.and_then(|act| act.accepted_at),
    })
}
