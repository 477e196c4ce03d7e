//! What a run rests on, read in one snapshot.

mod balances;
mod held;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use ::attribution::Proof;
use chrono::NaiveDate;
use entity::{
    AttributionRunId, AwardId, ContributionId, CostCategoryId, FenceId, ImportState, Money, PoolId,
    RunState, SpendImportId, SpendLineId, attribution_proof, attribution_run, award,
    award_category, contribution, fence, fence_category, pool, spend_import, spend_line,
};
use futures_util::TryStreamExt;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, StreamTrait,
};

pub(super) use balances::{Added, balances};
pub(crate) use held::held_of_line;
pub(super) use held::{Locks, held_by_day, keep, locks, locks_hash};

use super::rules::stays::fit;
use super::rules::{Attribution, Award, Fence, Line, Reach, Shown, Year};
use super::totals::{SpentAgainst, Under};
use crate::awards::rules::reach;
use crate::commitments::rules::{Agreements, Spent};
use crate::db::Ids;
use crate::db::bulk::{self, Ready, Rows};
pub(super) use crate::db::statement;
use crate::pools::rules::policies::Policies;
use crate::proposals::rules::taken;
use crate::{Db, Error, Result, awards, imports, pools};

/// The awards of a pool in their stated order, with what other pools have used of them.
pub(crate) async fn awards(conn: &impl ConnectionTrait, pool: PoolId) -> Result<Vec<Award>> {
    let mut awards = awards_alone(conn, pool).await?;
    let ids: Vec<AwardId> = awards.iter().map(|award| award.id).collect();
    let elsewhere = used_elsewhere(conn, pool, &ids).await?;
    for (award, fence, on, used) in elsewhere {
        let Some(award) = awards.iter_mut().find(|one| one.id == award) else {
            continue;
        };
        award.is_used_elsewhere(fence, on, used);
    }
    Ok(awards)
}

/// The amount and the fences of each award of a pool, each fence after the one around it.
pub(crate) async fn fences_of_pool(
    db: &Db,
    pool: PoolId,
) -> Result<Vec<(AwardId, (i64, Vec<Fence>))>> {
    let awards = awards_alone(db.read(), pool).await?;
    Ok(awards
        .into_iter()
        .map(|award| (award.id, (award.amount, award.fences)))
        .collect())
}

/// What attribution rests on: the awards of a pool with what stays of them, its rules and agreements, and its lines.
pub(super) struct Basis {
    pub(super) awards: Vec<Award>,
    pub(super) policies: Policies,
    pub(super) agreements: Agreements,
    pub(super) lines: Lines,
}

pub(super) async fn basis(conn: &DatabaseTransaction, pool: PoolId) -> Result<Basis> {
    let awards = awards(conn, pool).await?;
    let locks = locks(conn, &awards).await?;
    basis_with(conn, pool, awards, &locks).await
}

/// The same, where these days of its awards are certified.
pub(super) async fn basis_with(
    conn: &DatabaseTransaction,
    pool: PoolId,
    mut awards: Vec<Award>,
    locks: &Locks,
) -> Result<Basis> {
    keep(conn, pool, &mut awards, locks).await?;
    let policies = pools::store::policies(conn, pool).await?;
    let agreements = crate::commitments::store::of_pool(conn, pool).await?;
    let lines = lines(conn, pool, &agreements).await?;
    fit(&mut awards, &lines.lines);
    Ok(Basis {
        awards,
        policies,
        agreements,
        lines,
    })
}

/// What awards pay of these lines, in pence.
pub(crate) async fn paid_of_lines(
    conn: &impl ConnectionTrait,
    lines: &[SpendLineId],
) -> Result<HashMap<(SpendLineId, AwardId), i64>> {
    let mut paid = HashMap::new();
    for some in lines.chunks(500) {
        let places: Vec<String> = (1..=some.len()).map(|n| format!("${n}")).collect();
        let ids: Vec<sea_orm::Value> = some.iter().map(|line| (*line).into()).collect();
        for row in conn
            .query_all_raw(statement(
                conn,
                format!(
                    "SELECT a.line_id, a.award_id, CAST(SUM(a.amount) AS bigint) AS total \
                     FROM attribution a JOIN attribution_run r ON r.id = a.run_id \
                     WHERE r.state = 'accepted' AND a.line_id IN ({}) \
                     GROUP BY a.line_id, a.award_id",
                    places.join(", ")
                ),
                ids,
            ))
            .await?
        {
            paid.insert(
                (
                    SpendLineId(row.try_get("", "line_id")?),
                    AwardId(row.try_get("", "award_id")?),
                ),
                row.try_get("", "total")?,
            );
        }
    }
    Ok(paid)
}

/// One line, met with the agreement that it counts against.
pub(crate) async fn line_of(conn: &impl ConnectionTrait, line: spend_line::Model) -> Result<Line> {
    let agreements = crate::commitments::store::of_pool(conn, line.pool_id).await?;
    Ok(would_be(line, &agreements))
}

/// Why a pool is to be attributed anew; nothing when what is attributed rests on all that is known.
pub(super) async fn cause(
    conn: &impl ConnectionTrait,
    last: Option<&attribution_run::Model>,
    pool: PoolId,
    facts_hash: &str,
    commitments_hash: &str,
    locks: &Locks,
) -> Result<Option<&'static str>> {
    let seen = last.map_or(0, |run| run.saw_seq);
    let news = has_news(conn, pool, seen).await?;
    Ok(match last {
        _ if news => Some("spend was accepted"),
        Some(run) if run.commitments_hash.as_deref() != Some(commitments_hash) => {
            Some("an agreement with a provider changed")
        }
        Some(run) if run.facts_hash != facts_hash => Some("the pool, an award or a pin changed"),
        // What was certified since then is what stands: that alone is no news.
        Some(run)
            if run.locks_hash.clone().unwrap_or_default()
                != locks_hash(locks, run.accepted_seq) =>
        {
            Some("a return was certified or opened again")
        }
        _ => None,
    })
}

/// The run that what is attributed in a pool comes of, where it can be worked out again: nothing that it rests on
/// has changed since, here or in other pools that share its awards; with what was certified by then.
pub(super) async fn can_be_repeated(
    conn: &impl ConnectionTrait,
    pool: PoolId,
) -> Result<Option<(attribution_run::Model, i64, Locks)>> {
    let (last, mut locks, cause) = stands(conn, pool).await?;
    let Some(last) = last else {
        return Ok(None);
    };
    let Some(seq) = last.accepted_seq else {
        return Ok(None);
    };
    if cause.is_some() || neighbours_moved(conn, pool, last.saw_seq).await? {
        return Ok(None);
    }
    for days in locks.values_mut() {
        days.retain(|one| one.seq < seq);
    }
    Ok(Some((last, seq, locks)))
}

/// The proofs that are kept of a run: for each optimal rule in its turn.
pub(super) async fn proofs(
    conn: &impl ConnectionTrait,
    run: AttributionRunId,
) -> Result<Vec<Option<Proof>>> {
    attribution_proof::Entity::find()
        .filter(attribution_proof::Column::RunId.eq(run))
        .order_by_asc(attribution_proof::Column::Turn)
        .all(conn)
        .await?
        .into_iter()
        .map(|row| {
            row.proof
                .map(|proof| serde_json::from_str(&proof))
                .transpose()
                .map_err(|_unreadable| Error::internal("a proof that cannot be read"))
        })
        .collect()
}

/// Whether what is attributed in a pool rests on all that is known.
pub(crate) async fn is_current(conn: &impl ConnectionTrait, id: PoolId) -> Result<bool> {
    Ok(stands(conn, id).await?.2.is_none())
}

/// The last run of a pool, the days of its awards that are certified, and why it is to be attributed anew, if it is.
async fn stands(
    conn: &impl ConnectionTrait,
    pool: PoolId,
) -> Result<(Option<attribution_run::Model>, Locks, Option<&'static str>)> {
    let last = last_run(conn, pool).await?;
    let awards = awards_alone(conn, pool).await?;
    let agreements = crate::commitments::store::of_pool(conn, pool)
        .await?
        .facts();
    let policies = pools::store::policies(conn, pool).await?;
    let facts = facts_hash(&policies, &awards, &agreements);
    let locks = locks(conn, &awards).await?;
    let cause = cause(conn, last.as_ref(), pool, &facts, &agreements, &locks).await?;
    Ok((last, locks, cause))
}

/// Whether a run of another pool that shares an award took effect after `seq`.
pub(super) async fn neighbours_moved(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    seq: i64,
) -> Result<bool> {
    Ok(conn
        .query_one_raw(statement(
            conn,
            "SELECT 1 AS found FROM attribution_run r WHERE r.state = 'accepted' \
               AND r.accepted_seq > $1 AND r.pool_id <> $2 AND r.pool_id IN \
                 (SELECT theirs.pool_id FROM contribution mine \
                  JOIN contribution theirs ON theirs.award_id = mine.award_id \
                  WHERE mine.pool_id = $2) LIMIT 1",
            [seq.into(), pool.into()],
        ))
        .await?
        .is_some())
}

/// The same, as if no other pool had used them.
pub(crate) async fn awards_alone(conn: &impl ConnectionTrait, pool: PoolId) -> Result<Vec<Award>> {
    let contributions = contribution::Entity::find()
        .filter(contribution::Column::PoolId.eq(pool))
        .order_by_asc(contribution::Column::Position)
        .all(conn)
        .await?;
    let ids: Vec<AwardId> = contributions.iter().map(|row| row.award_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: HashMap<AwardId, award::Model> = award::Entity::find()
        .filter(award::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let mut categories: HashMap<AwardId, BTreeSet<CostCategoryId>> = HashMap::new();
    for row in award_category::Entity::find()
        .filter(award_category::Column::AwardId.is_in(ids.iter().copied()))
        .all(conn)
        .await?
    {
        categories
            .entry(row.award_id)
            .or_default()
            .insert(row.category_id);
    }
    let fences = fence::Entity::find()
        .filter(fence::Column::AwardId.is_in(ids.iter().copied()))
        .order_by_asc(fence::Column::Position)
        .order_by_asc(fence::Column::Id)
        .all(conn)
        .await?;
    let mut fitting: HashMap<FenceId, BTreeSet<CostCategoryId>> = HashMap::new();
    for row in fence_category::Entity::find()
        .filter(fence_category::Column::FenceId.is_in(fences.iter().map(|row| row.id)))
        .all(conn)
        .await?
    {
        fitting
            .entry(row.fence_id)
            .or_default()
            .insert(row.category_id);
    }
    let mut years = awards::store::years(conn, &ids).await?;
    let given: Vec<ContributionId> = contributions.iter().map(|row| row.id).collect();
    let stated = pools::store::stated(conn, &given).await?;
    let suspended = crate::suspensions::store::of_awards(conn, &ids).await?;
    let closed = crate::closures::store::closed(conn, &ids).await?;
    let mut pinned = crate::pins::store::of_pool(conn, pool).await?;
    contributions
        .into_iter()
        .map(|given| {
            let row = rows
                .get(&given.award_id)
                .ok_or_else(|| Error::internal("a contribution without its award"))?;
            let mine: Vec<&fence::Model> = fences
                .iter()
                .filter(|row| row.award_id == given.award_id)
                .collect();
            Ok(Award {
                id: row.id,
                contribution: given.id,
                agreed: given.agreed.pence(),
                amount: row.amount.pence(),
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                pays_for: row.pays_for,
                lost_if_unspent: row.lost_if_unspent,
                categories: categories.remove(&row.id).unwrap_or_default(),
                places: reach::named(&row.only_places)
                    .iter()
                    .map(|name| reach::compared(name))
                    .collect(),
                groups: reach::named(&row.only_groups)
                    .iter()
                    .map(|name| reach::compared(name))
                    .collect(),
                fences: tree(&mine, &mut fitting),
                used_elsewhere: 0,
                closed: closed.get(&row.id).map(|one| one.closed_seq),
                kept: BTreeMap::new(),
                known: Vec::new(),
                pins: pinned.remove(&row.id).unwrap_or_default(),
                stopped: suspended
                    .get(&row.id)
                    .map(|all| crate::suspensions::rules::stopped(all))
                    .unwrap_or_default(),
                years: awards::rules::years::rooms(&years.remove(&row.id).unwrap_or_default())
                    .into_iter()
                    .map(|year| Year {
                        id: year.id,
                        starts_on: year.starts_on,
                        ends_on: year.ends_on,
                        own: year.own,
                        joined: year.joined,
                        at_risk: year.at_risk,
                        at_risk_until: year.at_risk_until,
                        used_elsewhere: 0,
                        given: stated.get(&given.id).map(|parts| {
                            let part = parts.iter().find(|part| part.year == year.id);
                            part.map_or(0, |part| part.agreed.pence())
                        }),
                    })
                    .collect(),
            })
        })
        .collect()
}

/// The fences of an award, each after the one around it.
fn tree(
    rows: &[&fence::Model],
    fitting: &mut HashMap<FenceId, BTreeSet<CostCategoryId>>,
) -> Vec<Fence> {
    let mut out: Vec<Fence> = Vec::with_capacity(rows.len());
    let mut around: Vec<Option<FenceId>> = vec![None];
    let mut next = 0;
    while let Some(parent) = around.get(next).copied() {
        next += 1;
        let place = parent.and_then(|id| out.iter().position(|fence| fence.id == id));
        for row in rows.iter().filter(|row| row.parent_id == parent) {
            around.push(Some(row.id));
            out.push(Fence {
                id: row.id,
                parent: place,
                reserved: row.reserved.map_or(0, Money::pence),
                limit: row.spend_limit.map(Money::pence),
                categories: fitting.remove(&row.id).unwrap_or_default(),
                used_elsewhere: 0,
            });
        }
    }
    out
}

/// What was used of an award, by fence and day.
pub(super) type Used = (AwardId, Option<FenceId>, NaiveDate, i64);

/// What accepted runs of other pools attributed to these awards, by fence and day.
async fn used_elsewhere(
    conn: &impl ConnectionTrait,
    pool: PoolId,
    awards: &[AwardId],
) -> Result<Vec<Used>> {
    let shared: BTreeSet<AwardId> = contribution::Entity::find()
        .filter(contribution::Column::AwardId.is_in(awards.iter().copied()))
        .filter(contribution::Column::PoolId.ne(pool))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| row.award_id)
        .collect();
    let mut used = Vec::new();
    for award in shared {
        for row in conn
            .query_all_raw(statement(
                conn,
                "SELECT a.award_id, a.fence_id, a.incurred_on, CAST(SUM(a.amount) AS bigint) AS total \
                 FROM attribution_total a JOIN attribution_run r ON r.id = a.run_id \
                 WHERE a.award_id = $1 AND r.state = 'accepted' AND r.pool_id <> $2 \
                 GROUP BY a.award_id, a.fence_id, a.incurred_on",
                [award.into(), pool.into()],
            ))
            .await?
        {
            used.push(used_of(&row)?);
        }
    }
    Ok(used)
}

/// What accepted runs of a pool attributed, by fence and day.
pub(super) async fn used_here(conn: &impl ConnectionTrait, pool: PoolId) -> Result<Vec<Used>> {
    conn.query_all_raw(statement(
        conn,
        "SELECT a.award_id, a.fence_id, a.incurred_on, CAST(SUM(a.amount) AS bigint) AS total \
         FROM attribution_total a JOIN attribution_run r ON r.id = a.run_id \
         WHERE r.state = 'accepted' AND r.pool_id = $1 \
         GROUP BY a.award_id, a.fence_id, a.incurred_on",
        [pool.into()],
    ))
    .await?
    .into_iter()
    .map(|row| used_of(&row))
    .collect()
}

fn used_of(row: &QueryResult) -> Result<Used> {
    let fence: Option<uuid::Uuid> = row.try_get("", "fence_id")?;
    Ok((
        AwardId(row.try_get("", "award_id")?),
        fence.map(FenceId),
        row.try_get("", "incurred_on")?,
        row.try_get("", "total")?,
    ))
}

type LineRow = (
    SpendLineId,
    String,
    chrono::NaiveDate,
    Money,
    bool,
    CostCategoryId,
    Option<String>,
    SpendImportId,
    Option<String>,
    Option<String>,
    Option<SpendLineId>,
    Option<String>,
);

/// The lines of a pool that count.
pub(super) struct Lines {
    pub(super) lines: Vec<Line>,
    /// What each counts under.
    pub(super) under: Vec<Under>,
    /// What they come to by the agreement that they count against.
    pub(super) spent: SpentAgainst,
}

/// The lines of a pool that count, each met with the agreement that it counts against.
pub(super) async fn lines(
    conn: &DatabaseTransaction,
    pool: PoolId,
    agreements: &Agreements,
) -> Result<Lines> {
    lines_since(conn, pool, agreements, 0).await
}

/// Those of them that were accepted after `seq`.
pub(super) async fn lines_since(
    conn: &DatabaseTransaction,
    pool: PoolId,
    agreements: &Agreements,
    seq: i64,
) -> Result<Lines> {
    // Row by row: nobody holds them as the database gave them.
    let mut query = spend_line::Entity::find().select_only().columns([
        spend_line::Column::Id,
        spend_line::Column::Identity,
        spend_line::Column::IncurredOn,
        spend_line::Column::Amount,
        spend_line::Column::Capital,
        spend_line::Column::CategoryId,
        spend_line::Column::TransactionRef,
        spend_line::Column::ImportId,
        spend_line::Column::Place,
        spend_line::Column::PeopleGroup,
        spend_line::Column::ReversesId,
    ]);
    // Nobody reads a name that no agreement is looked up by. Both come as one: a text of the ledger
    // holds no tab.
    let names = if agreements.is_empty() {
        "CAST(NULL AS text)"
    } else {
        "COALESCE(commitment_ref, '') || '\t' || COALESCE(supplier, '')"
    };
    query = query.column_as(Expr::cust(names), "names");
    let split = split(conn, pool).await?;
    let is_asked = asks_where(conn, pool).await?;
    let mut reaches: HashMap<(Option<String>, Option<String>), Arc<Reach>> = HashMap::new();
    let accepted_at: HashMap<SpendImportId, i64> = spend_import::Entity::find()
        .select_only()
        .columns([spend_import::Column::Id, spend_import::Column::AcceptedSeq])
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        .into_tuple::<(SpendImportId, Option<i64>)>()
        .all(conn)
        .await?
        .into_iter()
        .filter_map(|(id, seq)| Some((id, seq?)))
        .collect();
    query = match seq {
        0 => query
            .filter(spend_line::Column::PoolId.eq(pool))
            .filter(spend_line::Column::ImportId.in_subquery(imports::accepted())),
        // By their imports alone: a planner that knows nothing of them would go through the pool.
        _ => {
            let since = accepted_at.iter().filter(|(_, at)| **at > seq);
            let of_pool = Expr::case(spend_line::Column::PoolId.eq(pool), true).finally(false);
            query
                .filter(spend_line::Column::ImportId.is_in(since.map(|(id, _)| *id)))
                .filter(Expr::expr(of_pool))
        }
    };
    let mut rows = query.into_tuple::<LineRow>().stream(conn).await?;
    let mut found = Lines {
        lines: Vec::new(),
        under: Vec::new(),
        spent: SpentAgainst::default(),
    };
    while let Some(row) = rows.try_next().await? {
        let (
            id,
            identity,
            incurred_on,
            amount,
            capital,
            category,
            transaction,
            import,
            place,
            group,
            reverses,
            names,
        ) = row;
        let (reference, supplier) = names
            .as_deref()
            .and_then(|names| names.split_once('\t'))
            .unwrap_or_default();
        let met = agreements.of(&Spent {
            reference: Some(reference).filter(|name| !name.is_empty()),
            supplier: Some(supplier).filter(|name| !name.is_empty()),
            category,
            incurred_on,
        });
        if let Some((one, by)) = met {
            found
                .spent
                .count((one.id, by), (category, incurred_on), amount.pence())?;
        }
        let reach = is_asked.then(|| {
            let of = reaches.entry((place.clone(), group.clone()));
            Arc::clone(of.or_insert_with_key(|(place, group)| {
                Arc::new(Reach::of(place.as_deref(), group.as_deref()))
            }))
        });
        found.lines.push(Line {
            id,
            identity,
            incurred_on,
            amount: amount.pence(),
            capital,
            category,
            reach,
            transaction,
            payers: met.and_then(|(one, _)| one.payers.clone()),
            commitment: met.map(|(one, _)| one.id),
            reverses,
            split: split.contains(&id),
            accepted: accepted_at.get(&import).copied().unwrap_or(i64::MAX),
        });
        found.under.push(Under {
            import,
            place,
            group,
        });
    }
    Ok(found)
}

/// Whether an award behind a pool pays for some places or groups of people alone.
async fn asks_where(conn: &impl ConnectionTrait, pool: PoolId) -> Result<bool> {
    let found = conn
        .query_one_raw(statement(
            conn,
            "SELECT 1 AS found FROM contribution c JOIN award a ON a.id = c.award_id \
             WHERE c.pool_id = $1 AND (a.only_places <> '' OR a.only_groups <> '') LIMIT 1",
            [pool.into()],
        ))
        .await?;
    Ok(found.is_some())
}

/// The lines of a pool that were split, and what takes them out, unless that was taken back.
async fn split(conn: &impl ConnectionTrait, pool: PoolId) -> Result<HashSet<SpendLineId>> {
    // Asked first: a planner that does not know how few are split reads every line to find out.
    let any = conn
        .query_one_raw(statement(
            conn,
            "SELECT 1 AS found FROM apportioned_line LIMIT 1",
            [],
        ))
        .await?;
    if any.is_none() {
        return Ok(HashSet::new());
    }
    let rows = conn
        .query_all_raw(statement(
            conn,
            format!(
                "SELECT a.line_id, a.of_line_id FROM apportioned_line a \
                 JOIN spend_line l ON l.id = a.line_id \
                 JOIN spend_import i ON i.id = l.import_id AND i.state = 'accepted' \
                 WHERE a.part = 0 AND l.pool_id = $1 AND {}",
                imports::not_taken_back("l.id")
            ),
            [pool.into()],
        ))
        .await?;
    let mut found = HashSet::with_capacity(rows.len() * 2);
    for row in rows {
        for column in ["line_id", "of_line_id"] {
            let id: uuid::Uuid = row.try_get("", column)?;
            found.insert(SpendLineId(id));
        }
    }
    Ok(found)
}

/// The transactions in which something of a pool was taken back.
pub(super) async fn transactions_of_credits(
    conn: &impl ConnectionTrait,
    pool: PoolId,
) -> Result<HashSet<String>> {
    conn.query_all_raw(statement(
        conn,
        "SELECT DISTINCT transaction_ref FROM spend_line \
         WHERE pool_id = $1 AND amount < 0 AND transaction_ref IS NOT NULL",
        [pool.into()],
    ))
    .await?
    .into_iter()
    .map(|row| Ok(row.try_get("", "transaction_ref")?))
    .collect()
}

/// A line that would be there, met with the agreement that it would count against.
pub(super) fn would_be(line: spend_line::Model, agreements: &Agreements) -> Line {
    let met = agreements.of(&Spent {
        reference: line
            .commitment_ref
            .as_deref()
            .filter(|name| !name.is_empty()),
        supplier: line.supplier.as_deref().filter(|name| !name.is_empty()),
        category: line.category_id,
        incurred_on: line.incurred_on,
    });
    Line {
        payers: met.and_then(|(one, _)| one.payers.clone()),
        commitment: met.map(|(one, _)| one.id),
        id: line.id,
        identity: line.identity,
        incurred_on: line.incurred_on,
        amount: line.amount.pence(),
        capital: line.capital,
        category: line.category_id,
        reach: Some(Arc::new(Reach::of(
            line.place.as_deref(),
            line.people_group.as_deref(),
        ))),
        transaction: line.transaction_ref,
        reverses: line.reverses_id,
        split: false,
        accepted: i64::MAX,
    }
}

/// Differences of a run, ready to be appended as one piece.
pub(super) fn piece(
    db: &Db,
    run: AttributionRunId,
    differences: &[(Part, i64)],
) -> Result<Option<Ready>> {
    const COLUMNS: &[bulk::Column] = &[
        ("id", "uuid"),
        ("run_id", "uuid"),
        ("line_id", "uuid"),
        ("award_id", "uuid"),
        ("fence_id", "uuid"),
        ("amount", "bigint"),
    ];
    let mut rows = Rows::new(db, "attribution", COLUMNS);
    let mut ids = Ids::default();
    for ((line, award, fence), amount) in differences {
        rows.push(vec![
            ids.next().into(),
            run.into(),
            (*line).into(),
            (*award).into(),
            (*fence).into(),
            (*amount).into(),
        ])?;
    }
    rows.ready()
}

/// Part of a line by award and fence: what differences are taken over.
pub(super) type Part = (SpendLineId, AwardId, Option<FenceId>);

/// What is attributed now, by accepted runs of a pool.
pub(super) async fn current(
    conn: &DatabaseTransaction,
    pool: PoolId,
) -> Result<BTreeMap<Part, i64>> {
    attributed_before(conn, pool, i64::MAX).await
}

/// What was attributed in a pool before what was accepted at a place in the order of everything accepted.
pub(super) async fn attributed_before(
    conn: &DatabaseTransaction,
    pool: PoolId,
    seq: i64,
) -> Result<BTreeMap<Part, i64>> {
    let mut rows = conn
        .stream_raw(statement(
            conn,
            "SELECT a.line_id, a.award_id, a.fence_id, CAST(SUM(a.amount) AS bigint) AS total \
             FROM attribution a JOIN attribution_run r ON r.id = a.run_id \
             WHERE r.pool_id = $1 AND r.state = 'accepted' AND r.accepted_seq < $2 \
             GROUP BY a.line_id, a.award_id, a.fence_id HAVING SUM(a.amount) <> 0",
            [pool.into(), seq.into()],
        ))
        .await?;
    let mut parts = BTreeMap::new();
    while let Some(row) = rows.try_next().await? {
        let fence: Option<uuid::Uuid> = row.try_get("", "fence_id")?;
        parts.insert(
            (
                SpendLineId(row.try_get("", "line_id")?),
                AwardId(row.try_get("", "award_id")?),
                fence.map(FenceId),
            ),
            row.try_get("", "total")?,
        );
    }
    Ok(parts)
}

/// The same by line and award, as people were shown it.
pub(super) fn shown(current: &BTreeMap<Part, i64>) -> Shown {
    let mut shown = Shown::new();
    for ((line, award, _), amount) in current {
        let parts = shown.entry(*line).or_default();
        match parts.last_mut() {
            Some((last, sum)) if last == award => *sum += amount,
            _ => parts.push((*award, *amount)),
        }
    }
    shown
}

/// What must be added to come from what is attributed now to what shall be, and how many pence of it are taken away
/// from what is paid now.
pub(super) fn differences(
    mut current: BTreeMap<Part, i64>,
    target: &[Attribution],
) -> (Vec<(Part, i64)>, i64) {
    let mut out = Vec::new();
    let mut lost = 0_i64;
    let mut add = |key, stands, change| {
        if change != 0 {
            lost = lost.saturating_add(taken(stands, change));
            out.push((key, change));
        }
    };
    for part in target {
        let key = (part.line, part.award, part.fence);
        let stands = current.remove(&key).unwrap_or(0);
        add(key, stands, part.amount - stands);
    }
    for (key, stands) in current {
        add(key, stands, -stands);
    }
    // In the order in which lines were stored, so that indices grow at their ends.
    out.sort_unstable_by_key(|(key, _)| *key);
    (out, lost)
}

/// The newest run of a pool that counts.
pub(crate) async fn last_run(
    conn: &impl ConnectionTrait,
    pool: PoolId,
) -> Result<Option<attribution_run::Model>> {
    Ok(attribution_run::Entity::find()
        .filter(attribution_run::Column::PoolId.eq(pool))
        .filter(attribution_run::Column::State.eq(RunState::Accepted))
        .order_by_desc(attribution_run::Column::AcceptedSeq)
        .one(conn)
        .await?)
}

/// Whether an import accepted after `seq` has lines of this pool.
pub(crate) async fn has_news(conn: &impl ConnectionTrait, pool: PoolId, seq: i64) -> Result<bool> {
    Ok(conn
        .query_one_raw(statement(
            conn,
            "SELECT 1 AS found FROM spend_import i WHERE i.state = 'accepted' \
               AND i.accepted_seq > $1 AND EXISTS (SELECT 1 FROM spend_total t \
                 WHERE t.import_id = i.id AND t.pool_id = $2) LIMIT 1",
            [seq.into(), pool.into()],
        ))
        .await?
        .is_some())
}

/// Every pool, by slug.
pub(super) async fn pools(conn: &impl ConnectionTrait) -> Result<Vec<pool::Model>> {
    Ok(pool::Entity::find()
        .order_by_asc(pool::Column::Slug)
        .all(conn)
        .await?)
}

/// Rules, amounts, windows, order, fences and agreements with providers in one short text, so that a change of any is news.
pub(super) fn facts_hash(policies: &Policies, awards: &[Award], agreements: &str) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for policy in policies.in_force() {
        // Writing to a string cannot fail.
        let _written: std::fmt::Result = writeln!(text, "{policy:?}");
    }
    for award in awards {
        let mut of = award.clone();
        // What other pools use changes by their runs, not by a fact of this pool.
        of.used_elsewhere = 0;
        // What it holds is no fact of its own: it follows from when it was closed, or from what is certified.
        of.kept.clear();
        of.known.clear();
        for fence in &mut of.fences {
            fence.used_elsewhere = 0;
        }
        for year in &mut of.years {
            year.used_elsewhere = 0;
        }
        // Writing to a string cannot fail.
        let _written: std::fmt::Result = writeln!(text, "{of:?}");
    }
    text.push_str(agreements);
    crate::files::sha256(text.as_bytes())
}
