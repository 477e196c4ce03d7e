//! Exporting everything.

use entity::{FileId, file, file_chunk};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QueryResult, Statement, Value,
};
use serde_json::json;
use tokio::sync::mpsc::Sender;
use uuid::Uuid;

use super::columns::{Column, Described};
use super::pack::Part;
use super::tables::TABLES;
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result, settings};

/// Rows that one query reads.
pub(super) const AT_ONCE: i64 = 2_000;

const README: &str = include_str!("readme.txt");

/// Records that everything is exported, by whom; to be called before [`everything`].
pub async fn begin(db: &Db, ctx: &Ctx) -> Result<()> {
    ctx.require(Operation::ExportEverything)?;
    db.write(ctx, Command::new(Operation::ExportEverything), async |tx| {
        tx.note("tables", TABLES.len());
        Ok(())
    })
    .await
}

/// Sends everything that was entered, of one instant: tables, files, and what describes them.
pub async fn everything(db: &Db, ctx: &Ctx, to: &Sender<Part>) -> Result<()> {
    ctx.require(Operation::ExportEverything)?;
    let out = Out(to);
    let home = match settings::home(db).await? {
        Some(id) => crate::organisations::view::name(db, id).await?,
        None => String::new(),
    };
    let conn = db.snapshot().await?;
    let tables: Vec<Described> = TABLES.iter().map(Described::of).collect();
    out.file("README.txt", README.as_bytes().to_vec()).await?;
    let mut resources: Vec<serde_json::Value> = Vec::new();
    for table in &tables {
        let mut resource = table.resource();
        resource["rows"] = write_table(&conn, table, &out).await?.into();
        resources.push(resource);
    }
    for kept in file::Entity::find()
        .filter(file::Column::Complete.eq(true))
        .order_by_asc(file::Column::Id)
        .all(&conn)
        .await?
    {
        let path = path_of(&kept);
        write_file(&conn, kept.id, &path, &out).await?;
        resources.push(json!({
            "name": format!("file-{}", kept.id),
            "path": path,
            "title": kept.name,
            "mediatype": kept.media_type,
            "bytes": kept.size,
            "hash": format!("sha256:{}", kept.sha256),
        }));
    }
    let package = json!({
        "name": "tributary-export",
        "title": format!("Everything that {home} entered"),
        "created": ctx.now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "profile": "data-package",
        "resources": resources,
    });
    let package = serde_json::to_vec_pretty(&package)?;
    out.file("datapackage.json", package).await?;
    out.send(Part::End).await
}

pub(super) struct Out<'a>(pub(super) &'a Sender<Part>);

impl Out<'_> {
    /// Begins a table, with its headings.
    pub(super) async fn begin(&self, table: &Described) -> Result<()> {
        self.send(Part::Begin(format!("{}.csv", table.name)))
            .await?;
        let heading = table.columns.iter().map(|column| column.name.clone());
        self.send(Part::Bytes(lines([heading.collect()])?)).await
    }

    pub(super) async fn send(&self, part: Part) -> Result<()> {
        self.0
            .send(part)
            .await
            .map_err(|_gone| Error::internal("nobody takes the export any more"))
    }

    pub(super) async fn file(&self, path: &str, bytes: Vec<u8>) -> Result<()> {
        self.send(Part::Begin(path.to_owned())).await?;
        self.send(Part::Bytes(bytes)).await
    }
}

/// Writes a table; how many rows it has.
async fn write_table(conn: &DatabaseTransaction, table: &Described, out: &Out<'_>) -> Result<u64> {
    out.begin(table).await?;
    let columns = table.selected();
    let mut count = 0;
    let Some(ids) = table.ids() else {
        // tables that only join others, or hold little
        let sql = format!(
            "SELECT {columns} FROM {} ORDER BY {}",
            table.name,
            table.keys().join(", ")
        );
        for rows in query(conn, &sql, []).await?.chunks(1_000) {
            count += u64::try_from(rows.len()).unwrap_or(0);
            out.send(Part::Bytes(cells(&table.columns, rows)?)).await?;
        }
        return Ok(count);
    };
    let (key, places) = (ids.join(", "), ids.len());
    let after: Vec<String> = (1..=places).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT {columns} FROM {} WHERE ({key}) > ({}) ORDER BY {key} LIMIT ${}",
        table.name,
        after.join(", "),
        places + 1
    );
    let mut after = vec![Uuid::nil(); places];
    loop {
        let values = after.iter().map(|id| (*id).into());
        let rows = query(conn, &sql, values.chain([AT_ONCE.into()])).await?;
        let Some(last) = rows.last() else {
            return Ok(count);
        };
        for (after, id) in after.iter_mut().zip(&ids) {
            *after = last.try_get("", id)?;
        }
        count += u64::try_from(rows.len()).unwrap_or(0);
        out.send(Part::Bytes(cells(&table.columns, &rows)?)).await?;
    }
}

pub(super) async fn query(
    conn: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>> {
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(conn.query_all_raw(statement).await?)
}

pub(super) fn cells(columns: &[Column], rows: &[QueryResult]) -> Result<Vec<u8>> {
    let rows = rows
        .iter()
        .map(|row| columns.iter().map(|column| column.cell(row)).collect())
        .collect::<Result<Vec<Vec<String>>>>()?;
    lines(rows)
}

fn lines(rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        table
            .write_record(&row)
            .map_err(|error| Error::internal(format!("a table for export: {error}")))?;
    }
    table
        .into_inner()
        .map_err(|error| Error::internal(format!("a table for export: {error}")))
}

/// Where a file stands in the export: no name leads out of its folder.
fn path_of(kept: &file::Model) -> String {
    let name: String = kept
        .name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') {
                c
            } else {
                '_'
            }
        })
        .take(120)
        .collect();
    format!("files/{}-{}", kept.id, name.trim_start_matches('.').trim())
}

async fn write_file(
    conn: &DatabaseTransaction,
    id: FileId,
    path: &str,
    out: &Out<'_>,
) -> Result<()> {
    out.send(Part::Begin(path.to_owned())).await?;
    for n in 0.. {
        let piece = file_chunk::Entity::find()
            .filter(file_chunk::Column::FileId.eq(id))
            .filter(file_chunk::Column::N.eq(n))
            .one(conn)
            .await?;
        match piece {
            Some(piece) => out.send(Part::Bytes(piece.content)).await?,
            None => break,
        }
    }
    Ok(())
}
