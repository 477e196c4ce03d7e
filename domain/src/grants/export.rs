//! Grants as others publish them: our own awards, and what funders published, in the 360Giving
//! standard.

use std::collections::HashMap;
use std::io::Write;

use entity::{GrantFormat, OrganisationId, PaysFor, award, organisation};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};

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
            // The day of the decision is not part of an award: its first day stands for it.
            awarded_on: award.starts_on,
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

/// Writes the published grants as they are known now, by identifier; a few at a time, for there
/// are many.
pub async fn published<W: Write>(db: &Db, ctx: &Ctx, format: GrantFormat, out: W) -> Result<W> {
    ctx.require(Operation::ReadGrants)?;
    let mut writer = Writer::new(format, out).map_err(lost)?;
    let conn = db.read();
    let mut after = String::new();
    loop {
        let sql = format!(
            "SELECT g.* FROM {CURRENT} WHERE g.identifier > $1 ORDER BY g.identifier LIMIT $2"
        );
        let rows = conn
            .query_all_raw(statement(
                conn,
                sql,
                [after.as_str().into(), AT_ONCE.into()],
            ))
            .await?;
        for row in &rows {
            let text = |name: &str| row.try_get::<String>("", name);
            let grant = Grant {
                identifier: text("identifier")?,
                title: text("title")?,
                description: text("description")?,
                amount: row.try_get("", "amount")?,
                awarded_on: row.try_get("", "awarded_on")?,
                starts_on: row.try_get("", "starts_on")?,
                ends_on: row.try_get("", "ends_on")?,
                months: row.try_get("", "months")?,
                programme: text("programme")?,
                funder: Body {
                    org_id: text("funder_org_id")?,
                    name: text("funder_name")?,
                },
                recipient: Body {
                    org_id: text("recipient_org_id")?,
                    name: text("recipient_name")?,
                },
                modified_at: row.try_get("", "modified_at")?,
            };
            writer.grant(&grant).map_err(lost)?;
            after = grant.identifier;
        }
        if i64::try_from(rows.len()).unwrap_or(0) < AT_ONCE {
            return writer.end().map_err(lost);
        }
    }
}
