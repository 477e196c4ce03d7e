//! A figure: where does it come from?

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    CostCategoryId, FieldKind, GrantReturnId, Money, SpendImportId, SpendLineId, cost_category,
};
use sea_orm::EntityTrait;
use serde::Serialize;
use serde_json::Value;

use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::calendar::rules::date_without_weekday;
use crate::forms::store::{self as forms, Field};
use crate::paging::{Cursor, Slice};
use crate::returns::ops::{AnswerValue, reason_of};
use crate::returns::rules::{Basis, Counted};
use crate::returns::store::{self, Standing};
use crate::{Ctx, Db, Error, Result};

/// A figure with what it is made of.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Figure {
    /// The field.
    pub key: String,
    /// The question.
    pub label: String,
    /// What kind of answer; money is whole pence.
    pub kind: FieldKind,
    /// Sheet and cell.
    pub place: String,
    /// The value that stands.
    #[schema(value_type = Option<AnswerValue>)]
    pub value: Value,
    /// The drafted value.
    #[schema(value_type = Option<AnswerValue>)]
    pub drafted: Value,
    /// The sentence that says what the drafted value is; none when a person must answer.
    pub sentence: Option<String>,
    /// The rule that put it there.
    pub rule: Option<String>,
    /// Which facts were counted.
    pub counted: Option<Counted>,
    /// Who typed another value over it, and why.
    pub typed_by: Option<String>,
    /// The reason given.
    pub reason: Option<String>,
    /// What it is made of; none for this reader, or when it is not a sum.
    pub lines: Option<LinePage>,
}

/// A page of what a figure is made of.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct LinePage {
    /// How many there are in all.
    pub total_lines: i64,
    /// What all of them come to: the drafted value, to the penny.
    pub total: Money,
    /// This page of them, by the day they count on.
    pub lines: Vec<FigureLine>,
    /// Give this as `after` to get the next page; null on the last.
    pub next: Option<String>,
}

/// One line behind a figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FigureLine {
    /// The spend line, if it is one.
    pub spend_line_id: Option<SpendLineId>,
    /// The day it counts on; the first of its month for a forecast or match.
    pub on: NaiveDate,
    /// What it adds to the figure.
    pub amount: Money,
    /// The whole line, of which the award may pay a part.
    pub whole: Money,
    /// What it is for.
    pub category: Option<String>,
    /// Capital, or revenue.
    pub capital: bool,
    /// Supplier, or source of match.
    pub who: Option<String>,
    /// What the ledger or the record says.
    pub description: Option<String>,
    /// The pool, for spend.
    pub pool: Option<String>,
    /// The ledger's transaction and line, for spend.
    pub ledger_reference: Option<String>,
    /// The import, for spend.
    pub import_id: Option<SpendImportId>,
    /// The file it came in, for spend.
    pub file_name: Option<String>,
    /// Its row in that file, for spend.
    pub row_no: Option<i32>,
}

/// A figure of a return, with a page of what it is made of.
pub async fn figure(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    key: &str,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Figure> {
    ctx.require(Operation::ReadReturns)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let record = store::seen(db.read(), ctx, id).await?;
    let form = forms::load(db.read(), record.row.form_id).await?;
    let field = form.field(key).ok_or(Error::NotFound)?;
    let standing = store::answers(db.read(), id)
        .await?
        .remove(&field.id)
        .unwrap_or_default();
    // Those who may not look at spend read the sentence without its lines.
    let lines = ctx
        .require(Operation::ReadSpend)
        .is_ok()
        .then_some((after, limit));
    made_of(db, record.award.id, field, &standing, lines).await
}

/// What stands in a field, with as many of the lines that it is made of as are asked for, from where.
pub(super) async fn made_of(
    db: &Db,
    award: entity::AwardId,
    field: &Field,
    standing: &Standing,
    lines: Option<(Option<Cursor>, u64)>,
) -> Result<Figure> {
    let basis: Option<Basis> = standing
        .drafted
        .as_ref()
        .and_then(|row| row.basis.clone())
        .map(serde_json::from_value)
        .transpose()?;
    let lines = match (&basis, lines) {
        (Some(basis), Some((after, limit))) => match basis.counted {
            Counted::Spend => Some(spend(db, award, basis, after, limit).await?),
            Counted::Forecast => Some(forecasts(db, award, basis, after, limit).await?),
            Counted::Match
                if standing
                    .drafted
                    .as_ref()
                    .is_some_and(|row| row.value.is_i64()) =>
            {
                Some(matches(db, award, basis, after, limit).await?)
            }
            _ => None,
        },
        _ => None,
    };
    let typed = standing.typed.as_ref();
    let by = names_of(db, typed.and_then(|row| row.entered_by)).await?;
    Ok(Figure {
        key: field.key.clone(),
        label: field.label.clone(),
        kind: field.kind,
        place: format!("{}!{}", field.sheet, field.cell),
        value: standing.value(),
        drafted: standing
            .drafted
            .as_ref()
            .map_or(Value::Null, |row| row.value.clone()),
        sentence: basis.as_ref().map(|basis| basis.sentence.clone()),
        rule: basis.as_ref().map(|basis| basis.rule.clone()),
        counted: basis.as_ref().map(|basis| basis.counted),
        typed_by: typed.and_then(|row| by.get(&row.entered_by?).cloned()),
        reason: typed.and_then(reason_of),
        lines,
    })
}

async fn spend(
    db: &Db,
    award: entity::AwardId,
    basis: &Basis,
    after: Option<Cursor>,
    limit: u64,
) -> Result<LinePage> {
    let (total_lines, total, rows) =
        store::spend_lines(db.read(), award, basis, after, limit).await?;
    let rows = Slice::cut(rows, limit, |row| Cursor::on(row.incurred_on, row.id));
    Ok(LinePage {
        total_lines,
        total,
        next: rows.next.map(|next| next.to_string()),
        lines: rows
            .items
            .into_iter()
            .map(|row| FigureLine {
                spend_line_id: Some(SpendLineId(row.id)),
                on: row.incurred_on,
                amount: row.paid,
                whole: row.amount,
                category: Some(row.category),
                capital: row.capital,
                who: row.supplier,
                description: place_and_group(row.description, row.place, row.group),
                pool: Some(row.pool),
                ledger_reference: match (row.transaction_ref, row.line_ref) {
                    (Some(transaction), Some(line)) => Some(format!("{transaction}, line {line}")),
                    (one, other) => one.or(other),
                },
                import_id: Some(SpendImportId(row.import_id)),
                file_name: Some(row.file_name),
                row_no: Some(row.row_no),
            })
            .collect(),
    })
}

fn place_and_group(
    description: Option<String>,
    place: Option<String>,
    group: Option<String>,
) -> Option<String> {
    let parts: Vec<String> = [description, place, group].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

async fn categories(db: &Db) -> Result<HashMap<CostCategoryId, (String, String)>> {
    Ok(cost_category::Entity::find()
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, (row.slug, row.name)))
        .collect())
}

async fn forecasts(
    db: &Db,
    award: entity::AwardId,
    basis: &Basis,
    after: Option<Cursor>,
    limit: u64,
) -> Result<LinePage> {
    let categories = categories(db).await?;
    let rows = store::forecast_lines(db.read(), award, basis.at).await?;
    let lines = rows
        .into_iter()
        .filter(|row| in_time(basis, row.month))
        .filter(|row| {
            basis
                .filters
                .capital
                .is_none_or(|capital| capital == row.capital)
        })
        .filter_map(|row| {
            let category = row.category_id.and_then(|id| categories.get(&id));
            let fits = match (&basis.categories, category) {
                (None, _) => true,
                (Some(list), Some((slug, _))) => list.contains(slug),
                (Some(_), None) => false,
            };
            fits.then(|| {
                let line = FigureLine {
                    category: category.map(|(_, name)| name.clone()),
                    description: Some(format!(
                        "Forecast, entered on {}",
                        date_without_weekday(crate::calendar::rules::london_date(row.entered_at))
                    )),
                    ..record_line(row.month, row.amount, row.capital)
                };
                (Cursor::on(row.month, row.id), line)
            })
        })
        .collect();
    page(lines, after, limit)
}

async fn matches(
    db: &Db,
    award: entity::AwardId,
    basis: &Basis,
    after: Option<Cursor>,
    limit: u64,
) -> Result<LinePage> {
    let rows = store::match_lines(db.read(), award, basis.at).await?;
    let lines = rows
        .into_iter()
        .filter(|row| in_time(basis, row.month))
        .filter(|row| {
            basis
                .filters
                .capital
                .is_none_or(|capital| capital == row.capital)
        })
        .filter(|row| {
            basis
                .source
                .as_ref()
                .is_none_or(|source| *source == row.source)
        })
        .map(|row| {
            let line = FigureLine {
                who: Some(row.source),
                description: row.evidence,
                ..record_line(row.month, row.amount, row.capital)
            };
            (Cursor::on(row.month, row.id), line)
        })
        .collect();
    page(lines, after, limit)
}

fn in_time(basis: &Basis, month: NaiveDate) -> bool {
    use chrono::Datelike;
    let first = basis.from.map(|from| from.with_day(1).unwrap_or(from));
    first.is_none_or(|first| first <= month) && basis.to.is_none_or(|to| month <= to)
}

fn record_line(on: NaiveDate, amount: Money, capital: bool) -> FigureLine {
    FigureLine {
        spend_line_id: None,
        on,
        amount,
        whole: amount,
        category: None,
        capital,
        who: None,
        description: None,
        pool: None,
        ledger_reference: None,
        import_id: None,
        file_name: None,
        row_no: None,
    }
}

/// A page of records, which are few, each at its place.
fn page(lines: Vec<(Cursor, FigureLine)>, after: Option<Cursor>, limit: u64) -> Result<LinePage> {
    let total = Money::sum(lines.iter().map(|(_, line)| line.amount))
        .ok_or_else(|| Error::internal("a sum does not fit"))?;
    let total_lines = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    let mut rest = lines;
    rest.sort_by_key(|(at, _)| *at);
    rest.retain(|(at, _)| after.is_none_or(|after| *at > after));
    let part = Slice::cut(rest, limit, |(at, _)| *at);
    Ok(LinePage {
        total_lines,
        total,
        next: part.next.map(|next| next.to_string()),
        lines: part.items.into_iter().map(|(_, line)| line).collect(),
    })
}
