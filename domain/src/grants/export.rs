//! Grants as others publish them: our own awards, and what funders published, in the 360Giving
//! standard.

use std::collections::HashMap;
use std::io::Write;

use chrono::NaiveDate;
use entity::{AwardId, GrantFormat, OrganisationId, PaysFor, award, organisation};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, QueryResult};
use tokio::sync::mpsc;

use super::rules::{Body, Grant, Writer};
use super::store::{CURRENT, statement};
use crate::access::rules::Operation;
use crate::organisations::rules::usual;
use crate::{Ctx, Db, Error, Result, awards, settings};

/// Rows that one query of an export reads.
const AT_ONCE: i64 = 2_000;

fn lost(error: std::io::Error) -> Error {
    Error::internal(format!("writing grants: {error}"))
}

/// Writes the awards that the reader may see. The recipient is the accountable body, who answers to
/// the funder; an award that was made from a published grant keeps the funder's identifier, others
/// get one of the charity's own.
pub async fn awards<W: Write>(db: &Db, ctx: &Ctx, format: GrantFormat, out: W) -> Result<W> {
    ctx.require(Operation::ReadAwards)?;
    let awards = awards::store::seen(ctx)
        .order_by_asc(award::Column::StartsOn)
        .order_by_asc(award::Column::Reference)
        .all(db.read())
        .await?;
    let bodies: HashMap<OrganisationId, Body> = organisation::Entity::find()
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| {
            let body = Body {
                org_id: usual(&row.org_id),
                name: row.name,
            };
            (row.id, body)
        })
        .collect();
    let offered = offered(db).await?;
    let home = settings::home(db).await?;
    let prefix = home
        .and_then(|id| bodies.get(&id))
        .map_or_else(|| "award".to_owned(), |body| body.org_id.clone());
    let body = |id: &OrganisationId| bodies.get(id).cloned().ok_or(Error::NotFound);
    let mut writer = Writer::new(format, out).map_err(lost)?;
    for award in awards {
        let pays_for = match award.pays_for {
            PaysFor::Capital => "capital",
            PaysFor::Revenue => "revenue",
            PaysFor::Both => "capital and revenue",
        };
        let grant = Grant {
            identifier: if award.reference.starts_with("360G-") {
                award.reference.clone()
            } else {
                format!("{prefix}-{}", award.reference)
            },
            description: format!("{} ({pays_for} spend)", award.title),
            title: award.title,
            amount: award.amount,
            // Where it was asked for here, the day of the offer; otherwise its first day stands for the decision's.
            awarded_on: offered.get(&award.id).copied().unwrap_or(award.starts_on),
            starts_on: Some(award.starts_on),
            ends_on: Some(award.ends_on),
            months: None,
            programme: award.programme,
            funder: body(&award.funder_id)?,
            recipient: body(&award.accountable_body_id)?,
            modified_at: Some(award.created_at),
        };
        writer.grant(&grant).map_err(lost)?;
    }
    writer.end().map_err(lost)
}

/// The day on which the offer was made that became an award.
async fn offered(db: &Db) -> Result<HashMap<AwardId, NaiveDate>> {
    let conn = db.read();
    let sql = "SELECT a.award_id, o.offered_on FROM application a JOIN application_offer o ON o.application_id = a.id \
               WHERE a.award_id IS NOT NULL AND o.superseded_at IS NULL";
    conn.query_all_raw(statement(conn, sql, []))
        .await?
        .iter()
        .map(|row| {
            let id: uuid::Uuid = row.try_get("", "award_id")?;
            Ok((AwardId(id), row.try_get("", "offered_on")?))
        })
        .collect()
}

/// What is read of a published grant, in the order of [`grant_of`].
const READ: &str = "g.identifier, g.title, g.description, g.amount, g.awarded_on, g.starts_on, \
     g.ends_on, g.months, g.programme, g.funder_org_id, g.funder_name, g.recipient_org_id, \
     g.recipient_name, g.modified_at";

/// A grant of a row that has these columns.
fn grant_of(row: &QueryResult) -> Result<Grant> {
    let text = |at: usize| row.try_get_by_index::<String>(at);
    Ok(Grant {
        identifier: text(0)?,
        title: text(1)?,
        description: text(2)?,
        amount: row.try_get_by_index(3)?,
        awarded_on: row.try_get_by_index(4)?,
        starts_on: row.try_get_by_index(5)?,
        ends_on: row.try_get_by_index(6)?,
        months: row.try_get_by_index(7)?,
        programme: text(8)?,
        funder: Body {
            org_id: text(9)?,
            name: text(10)?,
        },
        recipient: Body {
            org_id: text(11)?,
            name: text(12)?,
        },
        modified_at: row.try_get_by_index(13)?,
    })
}

/// Writes the published grants as they are known now, by identifier; a few at a time, for there
/// are many. They are written on a thread of their own while the next are read.
pub async fn published<W>(db: &Db, ctx: &Ctx, format: GrantFormat, out: W) -> Result<W>
where
    W: Write + Send + 'static,
{
    ctx.require(Operation::ReadGrants)?;
    let (grants, told) = mpsc::channel::<Vec<Grant>>(2);
    let writing = tokio::task::spawn_blocking(move || write(format, out, told));
    let read = read_all(db, &grants).await;
    // the last that is told: there are no more
    drop(grants);
    let written = writing
        .await
        .map_err(|error| Error::internal(format!("writing grants: {error}")))?;
    read?;
    written.map_err(lost)
}

fn write<W: Write>(
    format: GrantFormat,
    out: W,
    mut told: mpsc::Receiver<Vec<Grant>>,
) -> std::io::Result<W> {
    let mut writer = Writer::new(format, out)?;
    while let Some(grants) = told.blocking_recv() {
        for grant in &grants {
            writer.grant(grant)?;
        }
    }
    writer.end()
}

async fn read_all(db: &Db, to: &mpsc::Sender<Vec<Grant>>) -> Result<()> {
    let conn = db.read();
    let sql = format!(
        "SELECT {READ} FROM {CURRENT} WHERE g.identifier > $1 ORDER BY g.identifier LIMIT $2"
    );
    let mut after = String::new();
    loop {
        let asked = [after.as_str().into(), AT_ONCE.into()];
        let rows = conn
            .query_all_raw(statement(conn, sql.as_str(), asked))
            .await?;
        let more = i64::try_from(rows.len()).unwrap_or(0) == AT_ONCE;
        let grants: Vec<Grant> = rows.iter().map(grant_of).collect::<Result<_>>()?;
        if let Some(last) = grants.last() {
            after.clone_from(&last.identifier);
        }
        // whoever writes stopped: what went wrong there is told by them
        if to.send(grants).await.is_err() || !more {
            return Ok(());
        }
    }
}
