//! Everything that is kept about one person: what they may ask for, and are given in full.

use entity::PersonId;
use sea_orm::{DatabaseTransaction, EntityTrait, Value};
use serde_json::json;
use tokio::sync::mpsc::Sender;

use super::columns::Described;
use super::ops::{AT_ONCE, Out, cells, query};
use super::pack::Part;
use super::tables::{ONES_OWN, TABLES, Table};
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result};

const README: &str = include_str!("person.txt");

/// Records that somebody takes what is kept about themself; to be called before [`everything`].
pub async fn begin_own(db: &Db, ctx: &Ctx) -> Result<PersonId> {
    ctx.require(Operation::ExportOwnData)?;
    let person = ctx.person_id().ok_or(Error::NotSignedIn)?;
    note(db, ctx, Operation::ExportOwnData, person).await?;
    Ok(person)
}

/// Records that somebody takes what is kept about a person, to hand it to them; to be called before
/// [`everything`].
pub async fn begin(db: &Db, ctx: &Ctx, person: PersonId) -> Result<()> {
    ctx.require(Operation::ExportPersonsData)?;
    entity::person::Entity::find_by_id(person)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    note(db, ctx, Operation::ExportPersonsData, person).await
}

async fn note(db: &Db, ctx: &Ctx, operation: Operation, person: PersonId) -> Result<()> {
    db.write(ctx, Command::on(operation, "person", person), async |_| {
        Ok(())
    })
    .await
}

/// Sends every row that is about a person or names them, of one instant, and what describes it.
pub async fn everything(db: &Db, ctx: &Ctx, person: PersonId, to: &Sender<Part>) -> Result<()> {
    if ctx.person_id() != Some(person) {
        ctx.require(Operation::ExportPersonsData)?;
    }
    let out = Out(to);
    let conn = db.snapshot().await?;
    out.file("README.txt", README.as_bytes().to_vec()).await?;
    let mut resources: Vec<serde_json::Value> = Vec::new();
    for table in TABLES.iter().chain(ONES_OWN) {
        let described = Described::of(table);
        let Some(about) = about(table, &described) else {
            continue;
        };
        let rows = write_rows(&conn, &described, &about, person, &out).await?;
        if rows > 0 {
            let mut resource = described.resource();
            resource["rows"] = rows.into();
            resources.push(resource);
        }
    }
    let package = json!({
        "name": "tributary-person",
        "title": "Everything that is kept about one person",
        "created": ctx.now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "profile": "data-package",
        "resources": resources,
    });
    out.file("datapackage.json", serde_json::to_vec_pretty(&package)?)
        .await?;
    out.send(Part::End).await
}

/// Which rows of a table are about the person `$1`; none of its rows when it names nobody.
fn about(table: &Table, described: &Described) -> Option<String> {
    const ENTRIES: &str = "actor_id = $1 OR (subject_kind = 'person' AND subject_id = $1)";
    match table.name {
        "audit_entry" => return Some(ENTRIES.to_owned()),
        "audit_personal" => {
            return Some(format!(
                "entry_id IN (SELECT id FROM audit_entry WHERE {ENTRIES})"
            ));
        }
        _ => {}
    }
    let naming: Vec<String> = described
        .columns
        .iter()
        .filter(|column| column.person)
        .map(|column| format!("{} = $1", column.name))
        .collect();
    (!naming.is_empty()).then(|| naming.join(" OR "))
}

/// Writes those rows of a table; how many there are. A table without any is left out.
async fn write_rows(
    conn: &DatabaseTransaction,
    table: &Described,
    about: &str,
    person: PersonId,
    out: &Out<'_>,
) -> Result<u64> {
    let keys = table.keys().join(", ");
    let sql = format!(
        "SELECT {} FROM {} WHERE {about} ORDER BY {keys} LIMIT $2 OFFSET $3",
        table.selected(),
        table.name
    );
    let mut count = 0_u64;
    loop {
        let skip = i64::try_from(count).unwrap_or(i64::MAX);
        let values: [Value; 3] = [person.into(), AT_ONCE.into(), skip.into()];
        let rows = query(conn, &sql, values).await?;
        if rows.is_empty() {
            return Ok(count);
        }
        if count == 0 {
            out.begin(table).await?;
        }
        count += u64::try_from(rows.len()).unwrap_or(0);
        out.send(Part::Bytes(cells(&table.columns, &rows)?)).await?;
    }
}
