//! The SQL of spend lines. Which lines are not settled is what the newest run of each pool says,
//! and every line that was accepted since; sums come from what is kept beside imports and runs.
//! So a page of lines costs by its length, and a sum by days, never by all lines.

use chrono::{Months, NaiveDate};
use entity::{AttributionRunId, PoolId};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use super::view::SpendFilter;
use crate::Result;
use crate::attribution::rules::Unfunded;

/// A pool, and how far its spend is attributed.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) id: PoolId,
    pub(super) name: String,
    /// Its newest run that counts.
    pub(super) run: Option<AttributionRunId>,
    /// What that run saw: lines accepted later are not attributed yet.
    pub(super) seen: i64,
    /// Whether there are such lines.
    pub(super) fresh: bool,
}

/// The pools that a filter lets through.
pub(super) async fn pools(conn: &impl ConnectionTrait, only: Option<PoolId>) -> Result<Vec<Pool>> {
    let (which, values): (_, Vec<Value>) = match only {
        Some(pool) => ("WHERE p.id = $1", vec![pool.into()]),
        None => ("", Vec::new()),
    };
    let sql = format!(
        "SELECT p.id, p.name, r.id AS run, COALESCE(r.saw_seq, 0) AS seen, \
           EXISTS (SELECT 1 FROM spend_import i WHERE i.state = 'accepted' \
             AND i.accepted_seq > COALESCE(r.saw_seq, 0) AND EXISTS (SELECT 1 FROM spend_total t \
               WHERE t.import_id = i.id AND t.pool_id = p.id)) AS fresh \
         FROM pool p LEFT JOIN attribution_run r ON r.id = (SELECT n.id FROM attribution_run n \
           WHERE n.pool_id = p.id AND n.accepted_seq IS NOT NULL \
           ORDER BY n.accepted_seq DESC LIMIT 1) {which}"
    );
    query(conn, sql, values)
        .await?
        .iter()
        .map(|row| {
            let run: Option<uuid::Uuid> = row.try_get("", "run")?;
            Ok(Pool {
                id: PoolId(row.try_get("", "id")?),
                name: row.try_get("", "name")?,
                run: run.map(AttributionRunId),
                seen: row.try_get("", "seen")?,
                fresh: row.try_get("", "fresh")?,
            })
        })
        .collect()
}

pub(super) async fn query(
    conn: &impl ConnectionTrait,
    sql: String,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>> {
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(conn.query_all_raw(statement).await?)
}

/// Conditions that grow, with their values from `$1` on.
#[derive(Clone, Debug, Default)]
pub(super) struct Where {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Where {
    /// Adds a condition; each `?` stands for the value.
    pub(super) fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.plain(&condition.replace('?', &format!("${}", self.values.len())));
    }

    /// Adds a condition without a value.
    pub(super) fn plain(&mut self, condition: &str) {
        self.sql.push_str(if self.sql.is_empty() {
            "WHERE "
        } else {
            " AND "
        });
        self.sql.push_str(condition);
    }

    /// What lines and kept sums are filtered by alike: category, import, days. `t` names the
    /// table, `day` the one whose days are in the index.
    pub(super) fn narrow(&mut self, filter: &SpendFilter, t: &str, day: &str) {
        if let Some(category) = filter.category {
            self.and(&format!("{t}.category_id = ?"), category);
        }
        if let Some(import) = filter.import {
            // with what was coded after it was accepted
            let whole =
                "IN (SELECT o.id FROM spend_import o WHERE o.id = ? OR o.coded_from_id = ?)";
            self.and(&format!("{t}.import_id {whole}"), import);
            for (at, end) in [(">=", "MIN"), ("<=", "MAX")] {
                self.and(
                    &format!(
                        "{day}.incurred_on {at} (SELECT {end}(d.incurred_on) FROM spend_total d \
                         WHERE d.import_id {whole})"
                    ),
                    import,
                );
            }
        }
        if let Some(month) = filter.month {
            let (from, to) = month_of(month);
            self.and(&format!("{day}.incurred_on >= ?"), from);
            self.and(&format!("{day}.incurred_on < ?"), to);
        }
        if let Some(from) = filter.from {
            self.and(&format!("{day}.incurred_on >= ?"), from);
        }
        if let Some(to) = filter.to {
            self.and(&format!("{day}.incurred_on <= ?"), to);
        }
    }

    /// Lines that an award pays for, at least in part.
    fn paid_by_award(&mut self, filter: &SpendFilter, day: &str) {
        let Some(award) = filter.award else { return };
        for (at, end) in [(">=", "MIN"), ("<=", "MAX")] {
            self.and(
                &format!(
                    "{day}.incurred_on {at} (SELECT {end}(d.incurred_on) \
                     FROM attribution_total d WHERE d.award_id = ?)"
                ),
                award,
            );
        }
        self.and(
            "EXISTS (SELECT 1 FROM attribution x JOIN attribution_run xr ON xr.id = x.run_id \
             WHERE x.line_id = l.id AND xr.state = 'accepted' AND x.award_id = ? \
             GROUP BY x.line_id HAVING SUM(x.amount) <> 0)",
            award,
        );
    }
}

/// Which of the lines of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Accepted since the newest run.
    Fresh,
    /// Not settled by the newest run.
    Unfunded(AttributionRunId),
    /// Settled by the newest run.
    Settled(AttributionRunId),
}

/// Lines of one part of a pool, the newest first: the SQL, with `l` for the line.
pub(super) fn lines(
    pool: &Pool,
    part: Part,
    filter: &SpendFilter,
    after: Option<(NaiveDate, uuid::Uuid)>,
    limit: u64,
) -> (String, Vec<Value>) {
    let mut w = Where::default();
    let (what, from, day, id) = match part {
        Part::Fresh => {
            w.and("l.pool_id = ?", pool.id);
            w.and("i.accepted_seq > ?", pool.seen);
            (
                format!(
                    "l.amount AS unfunded, '{}' AS reason",
                    Unfunded::NotYet.slug()
                ),
                "FROM spend_line l \
                 JOIN spend_import i ON i.id = l.import_id AND i.state = 'accepted'",
                "l",
                "l.id",
            )
        }
        Part::Unfunded(run) => {
            w.and("u.run_id = ?", run);
            if let Some(reason) = filter.reason {
                w.and("u.reason = ?", reason.slug());
            }
            (
                "u.unfunded AS unfunded, u.reason AS reason".to_owned(),
                "FROM unfunded_line u JOIN spend_line l ON l.id = u.line_id",
                "u",
                "u.line_id",
            )
        }
        Part::Settled(run) => {
            w.and("l.pool_id = ?", pool.id);
            w.and("i.accepted_seq <= ?", pool.seen);
            w.and(
                "NOT EXISTS (SELECT 1 FROM unfunded_line u \
                 WHERE u.line_id = l.id AND u.incurred_on = l.incurred_on AND u.run_id = ?)",
                run,
            );
            (
                "CAST(0 AS bigint) AS unfunded, CAST(NULL AS text) AS reason".to_owned(),
                "FROM spend_line l \
                 JOIN spend_import i ON i.id = l.import_id AND i.state = 'accepted'",
                "l",
                "l.id",
            )
        }
    };
    w.narrow(filter, "l", day);
    w.paid_by_award(filter, day);
    for word in filter
        .words
        .iter()
        .flat_map(|words| words.split_whitespace())
        .take(MOST_WORDS)
    {
        w.and(SAYS, format!("%{}%", literal(&word.to_lowercase())));
    }
    if let Some((on, line)) = after {
        w.values.push(on.into());
        w.values.push(line.into());
        let n = w.values.len();
        w.plain(&format!("({day}.incurred_on, {id}) < (${}, ${n})", n - 1));
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = format!(
        "SELECT l.*, c.name AS category_name, {what} {from} \
         JOIN cost_category c ON c.id = l.category_id {} \
         ORDER BY {day}.incurred_on DESC, {id} DESC LIMIT {limit}",
        w.sql
    );
    (sql, w.values)
}

/// Most words that lines are looked for by.
const MOST_WORDS: usize = 8;

/// Whether a line says a word.
const SAYS: &str = "LOWER(COALESCE(l.supplier, '') || ' ' || COALESCE(l.description, '') || ' ' || \
     COALESCE(l.transaction_ref, '') || ' ' || COALESCE(l.commitment_ref, '')) LIKE ? ESCAPE '\\'";

/// A word of which no letter stands for others.
fn literal(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for letter in word.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
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
