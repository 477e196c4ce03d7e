//! Sums by cost centre and ledger month.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::ledger_balance;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement};

use super::rules::Side;
use crate::calendar::rules::months_of;
use crate::{Error, Money, Result};

/// By month, then cost centre.
pub(crate) type Sides = BTreeMap<(NaiveDate, String), Side>;

/// Both sides of every cost centre in the months from one to another.
pub(crate) async fn sides(
    conn: &impl ConnectionTrait,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Sides> {
    let mut sides = Sides::new();
    let balances = ledger_balance::Entity::find()
        .filter(ledger_balance::Column::SupersededAt.is_null())
        .filter(ledger_balance::Column::Month.gte(from))
        .filter(ledger_balance::Column::Month.lte(to))
        .all(conn)
        .await?;
    for row in balances {
        sides
            .entry((row.month, row.cost_centre))
            .or_default()
            .stated = Some(row.amount);
    }
    let kept = |which: &str| {
        format!(
            "SELECT t.month, t.cost_centre, CAST(SUM(t.amount) AS bigint) AS amount \
             FROM ledger_total t JOIN spend_import i ON i.id = t.import_id \
             WHERE t.month >= $1 AND t.month <= $2 AND {which} \
             GROUP BY t.month, t.cost_centre"
        )
    };
    let waiting = |state: &str| {
        format!(
            "SELECT w.ledger_month AS month, COALESCE(w.cost_centre, '') AS cost_centre, \
               CAST(SUM(w.amount) AS bigint) AS amount \
             FROM waiting_line w JOIN spend_import i ON i.id = w.import_id \
             WHERE w.coded_by_import_id IS NULL AND w.ledger_month >= $1 AND w.ledger_month <= $2 \
               AND i.state {state} GROUP BY w.ledger_month, COALESCE(w.cost_centre, '')"
        )
    };
    let counts = "= 'accepted'";
    let read = "IN ('waiting', 'ready')";
    let of_state = |state: &str| kept(&format!("i.state {state}"));
    type Part = fn(&mut Side) -> &mut Money;
    let parts: [(String, Part); 5] = [
        (of_state(counts), |side| &mut side.counted),
        (
            kept("i.state = 'accepted' AND i.journal_id IS NOT NULL"),
            |side| &mut side.journals,
        ),
        (waiting(counts), |side| &mut side.to_code),
        (of_state(read), |side| &mut side.not_accepted),
        (waiting(read), |side| &mut side.not_accepted),
    ];
    for (sql, part) in parts {
        let statement = Statement::from_sql_and_values(
            conn.get_database_backend(),
            sql,
            [from.into(), to.into()],
        );
        for row in conn.query_all_raw(statement).await? {
            let key = (row.try_get("", "month")?, row.try_get("", "cost_centre")?);
            add(
                part(sides.entry(key).or_default()),
                Money(row.try_get("", "amount")?),
            )?;
        }
    }
    for aside in crate::imports::set_aside_by_centre(conn, from).await? {
        if aside.month <= to && aside.month >= from {
            let side = sides.entry((aside.month, aside.cost_centre)).or_default();
            add(&mut side.set_aside, aside.amount)?;
        }
    }
    sides.retain(|_, side| !side.is_nothing());
    Ok(sides)
}

fn add(sum: &mut Money, amount: Money) -> Result<()> {
    *sum = sum
        .plus(amount)
        .ok_or_else(|| Error::internal("amounts beyond counting"))?;
    Ok(())
}

/// The first month of which anybody ever stated what the ledger says: from then on months are
/// agreed; a house that began later is not asked for earlier ones.
async fn since(conn: &impl ConnectionTrait) -> Result<Option<NaiveDate>> {
    Ok(ledger_balance::Entity::find()
        .order_by_asc(ledger_balance::Column::Month)
        .one(conn)
        .await?
        .map(|row| row.month))
}

/// The months of some days of which nobody stated what the finance system says, and which came before anybody did.
pub(crate) async fn not_stated(
    conn: &impl ConnectionTrait,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<NaiveDate>> {
    let since = since(conn).await?;
    Ok(months_of(from, to)
        .filter(|month| since.is_none_or(|since| *month < since))
        .collect())
}

/// The months of some days that are not agreed with the ledger, of those that are agreed at all.
pub(crate) async fn not_agreed(
    conn: &impl ConnectionTrait,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<NaiveDate>> {
    let Some(since) = since(conn).await? else {
        return Ok(Vec::new());
    };
    let months: Vec<NaiveDate> = months_of(from, to)
        .filter(|month| *month >= since)
        .collect();
    let (Some(first), Some(last)) = (months.first(), months.last()) else {
        return Ok(Vec::new());
    };
    let sides = sides(conn, *first, *last).await?;
    Ok(months
        .into_iter()
        .filter(|month| {
            let mut of_month = sides
                .iter()
                .filter(|((other, _), _)| other == month)
                .peekable();
            of_month.peek().is_none() || of_month.any(|(_, side)| !side.standing().settled())
        })
        .collect())
}
