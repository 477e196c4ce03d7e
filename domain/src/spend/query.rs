//! The SQL of spend lines. What a line is paid is the sum of accepted runs' differences.

use chrono::{Months, NaiveDate};
use sea_orm::Value;

use super::view::{Settled, SpendFilter};

/// Lines that count, each with what is paid of it.
pub(super) const FROM: &str = "FROM spend_line l \
     JOIN spend_import i ON i.id = l.import_id AND i.state = 'accepted' \
     JOIN pool p ON p.id = l.pool_id JOIN cost_category c ON c.id = l.category_id \
     LEFT JOIN (SELECT a.line_id, CAST(SUM(a.amount) AS bigint) AS paid FROM attribution a \
       JOIN attribution_run r ON r.id = a.run_id AND r.state = 'accepted' \
       GROUP BY a.line_id) paid ON paid.line_id = l.id";

/// 0 for what is not settled, so that it comes first.
pub(super) const RANK: &str = "CASE WHEN COALESCE(paid.paid, 0) = l.amount THEN 1 ELSE 0 END";

/// The conditions of a filter, with their values from `$1` on.
pub(super) fn conditions(filter: &SpendFilter) -> (String, Vec<Value>) {
    let mut sql = String::from("1 = 1");
    let mut values: Vec<Value> = Vec::new();
    let mut add = |condition: &str, value: Value| {
        values.push(value);
        sql.push_str(" AND ");
        sql.push_str(&condition.replace('?', &format!("${}", values.len())));
    };
    if let Some(pool) = filter.pool {
        add("l.pool_id = ?", pool.into());
    }
    if let Some(category) = filter.category {
        add("l.category_id = ?", category.into());
    }
    if let Some(import) = filter.import {
        add("l.import_id = ?", import.into());
    }
    if let Some(month) = filter.month {
        let (from, to) = month_of(month);
        add("l.incurred_on >= ?", from.into());
        add("l.incurred_on < ?", to.into());
    }
    if let Some(from) = filter.from {
        add("l.incurred_on >= ?", from.into());
    }
    if let Some(to) = filter.to {
        add("l.incurred_on <= ?", to.into());
    }
    if let Some(award) = filter.award {
        add(
            "EXISTS (SELECT 1 FROM attribution x JOIN attribution_run xr ON xr.id = x.run_id \
             WHERE x.line_id = l.id AND xr.state = 'accepted' AND x.award_id = ? \
             GROUP BY x.line_id HAVING SUM(x.amount) <> 0)",
            award.into(),
        );
    }
    match filter.state {
        None => {}
        Some(Settled::Unsettled) => sql.push_str(" AND COALESCE(paid.paid, 0) <> l.amount"),
        Some(Settled::Settled) => sql.push_str(" AND COALESCE(paid.paid, 0) = l.amount"),
    }
    (sql, values)
}

/// The first day of a month and of the next.
pub(super) fn month_of(month: NaiveDate) -> (NaiveDate, NaiveDate) {
    use chrono::Datelike;
    let from = month.with_day(1).unwrap_or(month);
    (
        from,
        from.checked_add_months(Months::new(1)).unwrap_or(from),
    )
}
