//! The facts that fill a return, as they are known at one moment.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use entity::{
    AwardId, AwardMoneyKind, CostCategoryId, FenceId, Money, OrganisationId, PoolId, ReturnState,
    award_money, contribution, cost_category, counter, fence, fence_category, forecast,
    grant_return, ledger_period, match_funding, organisation, person, requirement, setting,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, Statement,
    Value as DbValue,
};

use super::{Record, answers, by_key, certifications, record::is_sent, revision};
use crate::forms::store::Form;
use crate::returns::rules::findings::Uncovered;
use crate::returns::rules::measures::{
    AwardFacts, Body, Facts, FenceFacts, ForecastFact, MatchFact, Previous, SpendSum,
};
use crate::returns::rules::words;
use crate::{Error, Result};

/// The last accepted sequence: what is known now.
pub(crate) async fn moment(conn: &impl ConnectionTrait) -> Result<i64> {
    Ok(counter::Entity::find_by_id("accepted")
        .one(conn)
        .await?
        .map_or(0, |row| row.value))
}

/// Everything that may fill a return, as known up to `seq` and `at`.
pub(crate) async fn facts(
    conn: &impl ConnectionTrait,
    record: &Record,
    form: &Form,
    seq: i64,
    at: DateTime<Utc>,
) -> Result<Facts> {
    let award = &record.award;
    let home = setting::Entity::find_by_id("home-organisation")
        .one(conn)
        .await?
        .map(|row| serde_json::from_value::<OrganisationId>(row.value))
        .transpose()?;
    let wanted = [award.accountable_body_id, award.funder_id, award.holder_id]
        .into_iter()
        .chain(home);
    let bodies: HashMap<OrganisationId, Body> = organisation::Entity::find()
        .filter(organisation::Column::Id.is_in(wanted))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| {
            (
                row.id,
                Body {
                    name: row.name,
                    org_id: row.org_id,
                    kind: row.kind,
                },
            )
        })
        .collect();
    let body = |id: OrganisationId| {
        bodies
            .get(&id)
            .cloned()
            .ok_or_else(|| Error::internal("an award names an unknown organisation"))
    };
    let preparer = match record.requirement.preparer_id {
        Some(id) => person::Entity::find_by_id(id)
            .one(conn)
            .await?
            .map(|row| (row.display_name, row.email)),
        None => None,
    };
    let categories: HashMap<CostCategoryId, (String, String)> = cost_category::Entity::find()
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, (row.slug, row.name)))
        .collect();
    Ok(Facts {
        seq,
        at,
        award: AwardFacts {
            reference: award.reference.clone(),
            title: award.title.clone(),
            programme: award.programme.clone(),
            legal_basis: award.legal_basis,
            amount: award.amount,
            starts_on: award.starts_on,
            ends_on: award.ends_on,
        },
        accountable_body: body(award.accountable_body_id)?,
        lead: home.and_then(|id| bodies.get(&id).cloned()),
        funder: body(award.funder_id)?,
        holder: body(award.holder_id)?,
        preparer,
        fences: fences(conn, award.id, &categories).await?,
        spend: spend(conn, award.id, seq).await?,
        forecasts: forecasts(conn, award.id, at, &categories).await?,
        received: received(conn, award.id, at).await?,
        matches: matches(conn, award.id, at).await?,
        previous: previous(conn, record, form).await?,
        sent_before: !super::sendings(conn, record.row.id).await?.is_empty(),
        due_at: super::deadline(conn, record.row.id)
            .await?
            .map(|due| due.due_at),
        category_names: categories.into_values().collect(),
    })
}

async fn fences(
    conn: &impl ConnectionTrait,
    award: AwardId,
    categories: &HashMap<CostCategoryId, (String, String)>,
) -> Result<Vec<FenceFacts>> {
    let rows = fence::Entity::find()
        .filter(fence::Column::AwardId.eq(award))
        .order_by_asc(fence::Column::Position)
        .all(conn)
        .await?;
    let own: Vec<(FenceId, CostCategoryId)> = fence_category::Entity::find()
        .filter(fence_category::Column::FenceId.is_in(rows.iter().map(|row| row.id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.fence_id, row.category_id))
        .collect();
    let is_inside = |inner: &fence::Model, outer: FenceId| {
        // Fences form a tree; the walk is bounded by their number all the same.
        let mut at = Some(inner.id);
        for _ in 0..=rows.len() {
            match at {
                Some(id) if id == outer => return true,
                Some(id) => {
                    at = rows
                        .iter()
                        .find(|row| row.id == id)
                        .and_then(|r| r.parent_id)
                }
                None => return false,
            }
        }
        false
    };
    Ok(rows
        .iter()
        .map(|row| {
            let mut slugs: Vec<String> = rows
                .iter()
                .filter(|inner| is_inside(inner, row.id))
                .flat_map(|inner| own.iter().filter(move |(fence, _)| *fence == inner.id))
                .filter_map(|(_, category)| categories.get(category).map(|(slug, _)| slug.clone()))
                .collect();
            slugs.sort();
            slugs.dedup();
            FenceFacts {
                slug: row.slug.clone(),
                name: row.name.clone(),
                reserved: row.reserved,
                limit: row.spend_limit,
                categories: slugs,
            }
        })
        .collect())
}

/// Attributed spend of an award by day and kind: as many rows as there are such, not lines.
async fn spend(conn: &impl ConnectionTrait, award: AwardId, seq: i64) -> Result<Vec<SpendSum>> {
    let rows = conn
        .query_all_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            "SELECT a.incurred_on AS incurred_on, a.capital AS capital, c.slug AS slug, \
                    a.place AS place, a.people_group AS people_group, \
                    CAST(SUM(a.amount) AS bigint) AS amount \
             FROM attribution_total a \
             JOIN attribution_run r ON r.id = a.run_id \
             JOIN cost_category c ON c.id = a.category_id \
             WHERE a.award_id = $1 AND r.state = 'accepted' AND r.accepted_seq <= $2 \
             GROUP BY a.incurred_on, a.capital, c.slug, a.place, a.people_group",
            [award.into(), seq.into()],
        ))
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SpendSum {
                on: row.try_get("", "incurred_on")?,
                capital: row.try_get("", "capital")?,
                category: row.try_get("", "slug")?,
                place: row.try_get("", "place")?,
                group: row.try_get("", "people_group")?,
                amount: Money(row.try_get("", "amount")?),
            })
        })
        .collect()
}

async fn forecasts(
    conn: &impl ConnectionTrait,
    award: AwardId,
    at: DateTime<Utc>,
    categories: &HashMap<CostCategoryId, (String, String)>,
) -> Result<Vec<ForecastFact>> {
    let rows = forecast::Entity::find()
        .filter(forecast::Column::AwardId.eq(award))
        .filter(forecast::Column::EnteredAt.lte(at))
        .filter(
            forecast::Column::SupersededAt
                .is_null()
                .or(forecast::Column::SupersededAt.gt(at)),
        )
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| ForecastFact {
            month: row.month,
            capital: row.capital,
            category: row
                .category_id
                .and_then(|id| categories.get(&id))
                .map(|(slug, _)| slug.clone()),
            amount: row.amount,
        })
        .collect())
}

/// What came from the funder as recorded by then, day by day; what was paid back is below nothing.
async fn received(
    conn: &impl ConnectionTrait,
    award: AwardId,
    at: DateTime<Utc>,
) -> Result<Vec<(NaiveDate, Money)>> {
    let rows = award_money::Entity::find()
        .filter(award_money::Column::AwardId.eq(award))
        .filter(award_money::Column::Kind.ne(AwardMoneyKind::Claim))
        .filter(award_money::Column::RecordedAt.lte(at))
        .order_by_asc(award_money::Column::HappenedOn)
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            let amount = match row.kind {
                AwardMoneyKind::Repayment => Money::ZERO.minus(row.amount),
                AwardMoneyKind::Receipt | AwardMoneyKind::Claim => Some(row.amount),
            };
            let amount = amount.ok_or_else(|| Error::internal("a repayment fits no number"))?;
            Ok((row.happened_on, amount))
        })
        .collect()
}

async fn matches(
    conn: &impl ConnectionTrait,
    award: AwardId,
    at: DateTime<Utc>,
) -> Result<Vec<MatchFact>> {
    let rows = match_funding::Entity::find()
        .filter(match_funding::Column::AwardId.eq(award))
        .filter(match_funding::Column::EnteredAt.lte(at))
        .filter(
            match_funding::Column::SupersededAt
                .is_null()
                .or(match_funding::Column::SupersededAt.gt(at)),
        )
        .order_by_asc(match_funding::Column::EnteredAt)
        .order_by_asc(match_funding::Column::Source)
        .order_by_asc(match_funding::Column::Month)
        .order_by_asc(match_funding::Column::Id)
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| MatchFact {
            source: row.source,
            source_kind: row.source_kind,
            in_kind: row.in_kind,
            month: row.month,
            capital: row.capital,
            amount: row.amount,
            secured: row.secured,
            evidence: row.evidence.filter(|text| !text.trim().is_empty()),
        })
        .collect())
}

/// The return before this one, with its answers: as certified if it was, otherwise as they stand.
async fn previous(
    conn: &impl ConnectionTrait,
    record: &Record,
    form: &Form,
) -> Result<Option<Previous>> {
    let series: Vec<_> = requirement::Entity::find()
        .filter(requirement::Column::SeriesId.eq(record.requirement.series_id))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let row = grant_return::Entity::find()
        .filter(grant_return::Column::RequirementId.is_in(series))
        .filter(grant_return::Column::PeriodTo.lt(record.row.period_from))
        .filter(
            grant_return::Column::State
                .is_not_in([ReturnState::NotRequired, ReturnState::Scheduled]),
        )
        .order_by_desc(grant_return::Column::PeriodTo)
        .one(conn)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let certified = match certifications(conn, row.id).await?.last() {
        Some(certification) if row.state == ReturnState::Certified || is_sent(row.state) => {
            Some(revision(conn, row.id, certification.revision).await?)
        }
        _ => None,
    };
    let answers: BTreeMap<String, serde_json::Value> = match certified {
        Some(revision) => serde_json::from_value(revision.answers)?,
        None if row.form_id == form.id => by_key(form, &answers(conn, row.id).await?),
        None => {
            let form = crate::forms::store::load(conn, row.form_id).await?;
            by_key(&form, &answers(conn, row.id).await?)
        }
    };
    Ok(Some(Previous {
        from: row.period_from,
        to: row.period_to,
        sent: is_sent(row.state),
        answers,
    }))
}

/// How far spend is loaded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loaded {
    /// The award's pools.
    pub pools: Vec<PoolId>,
    /// The last day of the newest accepted import that has lines of these pools.
    pub to: Option<NaiveDate>,
    /// Months of the period that are not closed in some pool.
    pub open_months: Vec<NaiveDate>,
}

/// How far spend is loaded for the pools of an award.
pub(crate) async fn loaded(
    conn: &impl ConnectionTrait,
    award: AwardId,
    from: NaiveDate,
    to: NaiveDate,
    seq: i64,
) -> Result<Loaded> {
    let pools: Vec<PoolId> = contribution::Entity::find()
        .filter(contribution::Column::AwardId.eq(award))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.pool_id)
        .collect();
    let mut months = Vec::new();
    let mut month = from.with_day(1).unwrap_or(from);
    while month <= to {
        months.push(month);
        match month.checked_add_months(Months::new(1)) {
            Some(next) => month = next,
            None => break,
        }
    }
    let closed: Vec<(PoolId, NaiveDate)> = ledger_period::Entity::find()
        .filter(ledger_period::Column::PoolId.is_in(pools.iter().copied()))
        .filter(ledger_period::Column::Month.is_in(months.iter().copied()))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.pool_id, row.month))
        .collect();
    let open_months = months
        .into_iter()
        .filter(|month| {
            pools.is_empty() || pools.iter().any(|pool| !closed.contains(&(*pool, *month)))
        })
        .collect();
    let loaded_to = if pools.is_empty() {
        None
    } else {
        let (list, mut values) = placeholders(2, pools.iter().map(|pool| (*pool).into()));
        values.insert(0, seq.into());
        conn.query_one_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            format!(
                "SELECT MAX(i.period_to) AS period_to FROM spend_import i \
                 WHERE i.state = 'accepted' AND i.accepted_seq <= $1 AND EXISTS \
                   (SELECT 1 FROM spend_total t WHERE t.import_id = i.id AND t.pool_id IN ({list}))"
            ),
            values,
        ))
        .await?
        .map(|row| row.try_get::<Option<NaiveDate>>("", "period_to"))
        .transpose()?
        .flatten()
    };
    Ok(Loaded {
        pools,
        to: loaded_to,
        open_months,
    })
}

/// Rows that were set aside from accepted files of these days with lines of these pools: rows and
/// amount.
pub(crate) async fn set_aside(
    conn: &impl ConnectionTrait,
    pools: &[PoolId],
    from: NaiveDate,
    to: NaiveDate,
    seq: i64,
) -> Result<(i64, Money)> {
    if pools.is_empty() {
        return Ok((0, Money::ZERO));
    }
    let (list, mut values) = placeholders(4, pools.iter().map(|pool| (*pool).into()));
    values.splice(0..0, [seq.into(), from.into(), to.into()]);
    let row = conn
        .query_one_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            format!(
                "SELECT CAST(COALESCE(SUM(i.rows_set_aside), 0) AS bigint) AS rows_aside, \
                        CAST(COALESCE(SUM(i.sum_set_aside), 0) AS bigint) AS amount \
                 FROM spend_import i \
                 WHERE i.state = 'accepted' AND i.accepted_seq <= $1 AND i.rows_set_aside > 0 \
                   AND i.period_to >= $2 AND i.period_from <= $3 AND EXISTS \
                   (SELECT 1 FROM spend_total t WHERE t.import_id = i.id AND t.pool_id IN ({list}))"
            ),
            values,
        ))
        .await?
        .ok_or_else(|| Error::internal("a sum gave no row"))?;
    Ok((
        row.try_get("", "rows_aside")?,
        Money(row.try_get("", "amount")?),
    ))
}

/// Lines of accepted files, received on these days, that wait to be coded: lines and amount.
pub(crate) async fn to_code(
    conn: &impl ConnectionTrait,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<(i64, Money)> {
    let row = conn
        .query_one_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            "SELECT CAST(COUNT(*) AS bigint) AS lines, \
                    CAST(COALESCE(SUM(w.amount), 0) AS bigint) AS amount \
             FROM waiting_line w JOIN spend_import i ON i.id = w.import_id \
             WHERE w.coded_by_import_id IS NULL AND i.state = 'accepted' \
               AND w.incurred_on >= $1 AND w.incurred_on <= $2",
            [from.into(), to.into()],
        ))
        .await?
        .ok_or_else(|| Error::internal("a sum gave no row"))?;
    Ok((row.try_get("", "lines")?, Money(row.try_get("", "amount")?)))
}

/// Spend of some days in some pools that no award pays for; and what came back there of what this
/// award may pay for: only that could lower what it pays.
pub(crate) async fn unattributed(
    conn: &impl ConnectionTrait,
    award: AwardId,
    pools: &[PoolId],
    from: NaiveDate,
    to: NaiveDate,
    seq: i64,
) -> Result<Uncovered> {
    if pools.is_empty() {
        return Ok(Uncovered::default());
    }
    let backend = conn.get_database_backend();
    let (list, mut values) = placeholders(5, pools.iter().map(|pool| (*pool).into()));
    values.splice(0..0, [seq.into(), from.into(), to.into(), award.into()]);
    let (only, mut of_pools) = placeholders(2, pools.iter().map(|pool| (*pool).into()));
    of_pools.insert(0, seq.into());
    let run_since = conn
        .query_one_raw(Statement::from_sql_and_values(
            backend,
            format!(
                "SELECT 1 AS one FROM attribution_run r \
                 WHERE r.pool_id IN ({only}) AND r.accepted_seq > $1 LIMIT 1"
            ),
            of_pools,
        ))
        .await?
        .is_some();
    let sql = if run_since {
        as_known(&list)
    } else {
        as_kept(&list)
    };
    let row = conn
        .query_one_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?
        .ok_or_else(|| Error::internal("a count gave no row"))?;
    Ok(Uncovered {
        lines: row.try_get("", "n")?,
        amount: Money(row.try_get("", "amount")?),
        credits: Money(row.try_get("", "credits")?),
    })
}

/// Spend and what came back, each for itself: together they would hide each other.
const SUMS: &str = "CAST(COALESCE(SUM(CASE WHEN x.left_over > 0 THEN x.n ELSE 0 END), 0) AS bigint) AS n, \
    CAST(COALESCE(SUM(CASE WHEN x.left_over > 0 THEN x.left_over ELSE 0 END), 0) AS bigint) AS amount, \
    CAST(COALESCE(SUM(CASE WHEN x.left_over < 0 AND (x.category_id IN \
        (SELECT k.category_id FROM award_category k WHERE k.award_id = $4) \
        OR NOT EXISTS (SELECT 1 FROM award_category k WHERE k.award_id = $4)) \
        THEN x.left_over ELSE 0 END), 0) AS bigint) AS credits";

/// From what is kept beside the newest run of each pool, and the lines accepted since: costs by
/// days.
fn as_kept(pools: &str) -> String {
    let newest = |what: &str, pool: &str| {
        format!(
            "(SELECT n.{what} FROM attribution_run n WHERE n.pool_id = {pool} \
              AND n.accepted_seq IS NOT NULL ORDER BY n.accepted_seq DESC LIMIT 1)"
        )
    };
    format!(
        "SELECT {SUMS} \
         FROM (SELECT u.lines AS n, u.unfunded AS left_over, u.category_id FROM unfunded_total u \
               WHERE u.incurred_on >= $2 AND u.incurred_on <= $3 AND u.run_id IN \
                 (SELECT {} FROM pool p WHERE p.id IN ({pools})) \
               UNION ALL SELECT t.lines, t.amount, t.category_id FROM spend_total t \
               JOIN spend_import i ON i.id = t.import_id \
               WHERE i.state = 'accepted' AND i.accepted_seq <= $1 \
                 AND t.incurred_on >= $2 AND t.incurred_on <= $3 AND t.pool_id IN ({pools}) \
                 AND i.accepted_seq > COALESCE({}, 0)) x",
        newest("id", "p.id"),
        newest("saw_seq", "t.pool_id"),
    )
}

/// From the lines, as known at an earlier moment.
fn as_known(pools: &str) -> String {
    format!(
        "SELECT {SUMS} \
         FROM (SELECT 1 AS n, l.amount - CAST(COALESCE((SELECT SUM(a.amount) \
                   FROM attribution a JOIN attribution_run r ON r.id = a.run_id \
                   WHERE a.line_id = l.id AND r.state = 'accepted' \
                     AND r.accepted_seq <= $1), 0) AS bigint) AS left_over, l.category_id \
               FROM spend_line l JOIN spend_import i ON i.id = l.import_id \
               WHERE i.state = 'accepted' AND i.accepted_seq <= $1 \
                 AND l.incurred_on >= $2 AND l.incurred_on <= $3 \
                 AND l.pool_id IN ({pools})) x"
    )
}

/// Whether something that fills this return is newer than its draft.
pub(crate) async fn newer_facts(conn: &impl ConnectionTrait, record: &Record) -> Result<bool> {
    let award = record.award.id;
    let seen = record.row.drafted_seq;
    let attributed = conn
        .query_one_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            "SELECT 1 AS one FROM attribution_run r \
             JOIN contribution c ON c.pool_id = r.pool_id \
             WHERE c.award_id = $1 AND r.state = 'accepted' AND r.accepted_seq > $2 LIMIT 1",
            [award.into(), seen.into()],
        ))
        .await?;
    if attributed.is_some() {
        return Ok(true);
    }
    let Some(at) = record.row.drafted_at else {
        return Ok(true);
    };
    let forecast = forecast::Entity::find()
        .filter(forecast::Column::AwardId.eq(award))
        .filter(
            forecast::Column::EnteredAt
                .gt(at)
                .or(forecast::Column::SupersededAt.gt(at)),
        )
        .one(conn)
        .await?;
    let matched = match_funding::Entity::find()
        .filter(match_funding::Column::AwardId.eq(award))
        .filter(
            match_funding::Column::EnteredAt
                .gt(at)
                .or(match_funding::Column::SupersededAt.gt(at)),
        )
        .one(conn)
        .await?;
    let paid = award_money::Entity::find()
        .filter(award_money::Column::AwardId.eq(award))
        .filter(award_money::Column::RecordedAt.gt(at))
        .one(conn)
        .await?;
    if forecast.is_some() || matched.is_some() || paid.is_some() {
        return Ok(true);
    }
    // A return that is open again is sent again: it says so itself.
    if !is_sent(record.row.state)
        && super::sendings(conn, record.row.id)
            .await?
            .iter()
            .any(|sent| sent.recorded_at > at)
    {
        return Ok(true);
    }
    // A month that was closed, or opened again, changes no figure and what the draft rests on.
    let span = record.span();
    let loaded = loaded(conn, award, span.from, span.to, moment(conn).await?).await?;
    Ok(words::rests_on(loaded.to, &loaded.open_months) != record.row.rests_on)
}

/// `$first, $first+1, …` for a list of values.
pub(crate) fn placeholders(
    first: usize,
    values: impl Iterator<Item = DbValue>,
) -> (String, Vec<DbValue>) {
    let values: Vec<DbValue> = values.collect();
    let list: Vec<String> = (first..first.saturating_add(values.len()))
        .map(|n| format!("${n}"))
        .collect();
    (list.join(", "), values)
}
