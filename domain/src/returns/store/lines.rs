//! What a figure is made of: the spend lines, forecast entries and match behind its basis.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AwardId, Money, forecast, match_funding};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, Statement,
    Value as DbValue,
};
use uuid::Uuid;

use super::placeholders;
use crate::Result;
use crate::paging::Cursor;
use crate::returns::rules::Basis;

/// A spend line behind a figure.
#[derive(Clone, Debug)]
pub(crate) struct LineRow {
    pub id: Uuid,
    pub incurred_on: NaiveDate,
    pub amount: Money,
    pub paid: Money,
    pub category: String,
    pub pool: String,
    pub supplier: Option<String>,
    pub description: Option<String>,
    pub transaction_ref: Option<String>,
    pub line_ref: Option<String>,
    pub place: Option<String>,
    pub group: Option<String>,
    pub capital: bool,
    pub import_id: Uuid,
    pub file_name: String,
    pub row_no: i32,
}

/// How many lines there are in all, what they come to, and one page of them, with one more where
/// there is more.
pub(crate) async fn spend_lines(
    conn: &impl ConnectionTrait,
    award: AwardId,
    basis: &Basis,
    after: Option<Cursor>,
    limit: u64,
) -> Result<(i64, Money, Vec<LineRow>)> {
    let (Some(from), Some(to)) = (basis.from, basis.to) else {
        return Ok((0, Money::ZERO, Vec::new()));
    };
    let mut values: Vec<DbValue> = vec![award.into(), basis.seq.into(), from.into(), to.into()];
    let mut only = String::new();
    if let Some(categories) = &basis.categories {
        let (list, more) = placeholders(
            values.len().saturating_add(1),
            categories.iter().map(|slug| slug.as_str().into()),
        );
        // An empty list fits no line at all.
        only.push_str(&if more.is_empty() {
            " AND 1 = 0".to_owned()
        } else {
            format!(" AND c.slug IN ({list})")
        });
        values.extend(more);
    }
    let mut equals = |column: &str, value: Option<DbValue>| {
        if let Some(value) = value {
            values.push(value);
            only.push_str(&format!(" AND {column} = ${}", values.len()));
        }
    };
    equals("l.capital", basis.filters.capital.map(Into::into));
    equals("l.place", basis.filters.place.as_deref().map(Into::into));
    equals(
        "l.people_group",
        basis.filters.group.as_deref().map(Into::into),
    );
    let lines = format!(
        "SELECT l.id AS id, CAST(SUM(a.amount) AS bigint) AS paid \
         FROM attribution a \
         JOIN attribution_run r ON r.id = a.run_id \
         JOIN spend_line l ON l.id = a.line_id \
         JOIN spend_import i ON i.id = l.import_id \
         JOIN cost_category c ON c.id = l.category_id \
         WHERE a.award_id = $1 AND r.state = 'accepted' AND r.accepted_seq <= $2 \
           AND i.state = 'accepted' AND i.accepted_seq <= $2 \
           AND l.incurred_on >= $3 AND l.incurred_on <= $4{only} \
         GROUP BY l.id HAVING SUM(a.amount) <> 0"
    );
    let backend = conn.get_database_backend();
    let total = conn
        .query_one_raw(Statement::from_sql_and_values(
            backend,
            format!(
                "SELECT COUNT(*) AS n, CAST(COALESCE(SUM(x.paid), 0) AS bigint) AS paid \
                 FROM ({lines}) x"
            ),
            values.clone(),
        ))
        .await?
        .ok_or_else(|| crate::Error::internal("a count gave no row"))?;
    let beyond = after.map_or_else(String::new, |after| {
        values.push(after.date().into());
        values.push(after.id.into());
        let n = values.len();
        format!(
            "WHERE (l.incurred_on, l.id) > (${}, ${n})",
            n.saturating_sub(1)
        )
    });
    let surplus = limit.saturating_add(1);
    let page = conn
        .query_all_raw(Statement::from_sql_and_values(
            backend,
            format!(
                "SELECT l.id AS id, l.incurred_on AS incurred_on, l.amount AS amount, \
                        x.paid AS paid, c.name AS category, p.name AS pool, \
                        l.supplier AS supplier, l.description AS description, \
                        l.transaction_ref AS transaction_ref, l.line_ref AS line_ref, \
                        l.place AS place, l.people_group AS people_group, l.capital AS capital, \
                        l.import_id AS import_id, f.name AS file_name, l.row_no AS row_no \
                 FROM ({lines}) x \
                 JOIN spend_line l ON l.id = x.id \
                 JOIN cost_category c ON c.id = l.category_id \
                 JOIN pool p ON p.id = l.pool_id \
                 JOIN spend_import i ON i.id = l.import_id \
                 JOIN file f ON f.id = i.file_id \
                 {beyond} ORDER BY l.incurred_on, l.id LIMIT {surplus}"
            ),
            values,
        ))
        .await?;
    let rows = page
        .into_iter()
        .map(|row| {
            Ok(LineRow {
                id: row.try_get("", "id")?,
                incurred_on: row.try_get("", "incurred_on")?,
                amount: Money(row.try_get("", "amount")?),
                paid: Money(row.try_get("", "paid")?),
                category: row.try_get("", "category")?,
                pool: row.try_get("", "pool")?,
                supplier: row.try_get("", "supplier")?,
                description: row.try_get("", "description")?,
                transaction_ref: row.try_get("", "transaction_ref")?,
                line_ref: row.try_get("", "line_ref")?,
                place: row.try_get("", "place")?,
                group: row.try_get("", "people_group")?,
                capital: row.try_get("", "capital")?,
                import_id: row.try_get("", "import_id")?,
                file_name: row.try_get("", "file_name")?,
                row_no: row.try_get("", "row_no")?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok((
        total.try_get("", "n")?,
        Money(total.try_get("", "paid")?),
        rows,
    ))
}

/// The forecast entries of a basis: month, category's id, capital, amount.
pub(crate) async fn forecast_lines(
    conn: &impl ConnectionTrait,
    award: AwardId,
    at: DateTime<Utc>,
) -> Result<Vec<forecast::Model>> {
    Ok(forecast::Entity::find()
        .filter(forecast::Column::AwardId.eq(award))
        .filter(forecast::Column::EnteredAt.lte(at))
        .filter(
            forecast::Column::SupersededAt
                .is_null()
                .or(forecast::Column::SupersededAt.gt(at)),
        )
        .order_by_asc(forecast::Column::Month)
        .order_by_asc(forecast::Column::Id)
        .all(conn)
        .await?)
}

/// The match funding of a basis.
pub(crate) async fn match_lines(
    conn: &impl ConnectionTrait,
    award: AwardId,
    at: DateTime<Utc>,
) -> Result<Vec<match_funding::Model>> {
    Ok(match_funding::Entity::find()
        .filter(match_funding::Column::AwardId.eq(award))
        .filter(match_funding::Column::EnteredAt.lte(at))
        .filter(
            match_funding::Column::SupersededAt
                .is_null()
                .or(match_funding::Column::SupersededAt.gt(at)),
        )
        .order_by_asc(match_funding::Column::Month)
        .order_by_asc(match_funding::Column::Id)
        .all(conn)
        .await?)
}
