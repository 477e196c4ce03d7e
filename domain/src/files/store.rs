//! Keeping and reading files. Pieces are a mebibyte, so that no transaction holds the lock long.

use entity::{FileId, file, file_chunk};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use sha2::{Digest, Sha256};

use crate::access::rules::Operation;
use crate::db::bulk;
use crate::{Command, Ctx, Db, Error, Result, Tx};

/// Bytes in one piece.
pub const PIECE: usize = 1 << 20;

/// A file with its bytes.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The name to download it by.
    pub name: String,
    /// Its type.
    pub media_type: String,
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// SHA-256 in lower-case hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    crate::audit::hex(&Sha256::digest(bytes))
}

/// Keeps a file of a few mebibytes within one transaction.
pub(crate) async fn put(
    tx: &Tx,
    ctx: &Ctx,
    name: &str,
    media_type: &str,
    bytes: &[u8],
) -> Result<FileId> {
    let id = begin(tx, ctx, name, media_type, &sha256(bytes), bytes.len()).await?;
    for (n, piece) in bytes.chunks(PIECE).enumerate() {
        append_chunk(tx, id, n, piece).await?;
    }
    complete(tx, id).await?;
    Ok(id)
}

/// Begins a file whose pieces follow, perhaps in later transactions.
pub(crate) async fn begin(
    tx: &Tx,
    ctx: &Ctx,
    name: &str,
    media_type: &str,
    sha256: &str,
    size: usize,
) -> Result<FileId> {
    let id = FileId::new();
    file::ActiveModel {
        id: Set(id),
        sha256: Set(sha256.to_owned()),
        name: Set(name.to_owned()),
        media_type: Set(media_type.to_owned()),
        size: Set(i64::try_from(size).map_err(|_too_large| Error::internal("a file too large"))?),
        complete: Set(false),
        created_at: Set(tx.now()),
        created_by: Set(ctx.person_id()),
    }
    .insert(tx.conn())
    .await?;
    Ok(id)
}

/// Adds the n-th piece.
pub(crate) async fn append_chunk(tx: &Tx, id: FileId, n: usize, piece: &[u8]) -> Result<()> {
    let chunk = file_chunk::ActiveModel {
        file_id: Set(id),
        n: Set(i32::try_from(n).map_err(|_too_many| Error::internal("a file too large"))?),
        content: Set(piece.to_vec()),
    };
    // Nobody needs the bytes back.
    file_chunk::Entity::insert(chunk)
        .exec_without_returning(tx.conn())
        .await?;
    Ok(())
}

/// Keeps the bytes of a file that was begun, each piece in a transaction of its own. They are there for
/// good once what completes the file is.
pub(crate) async fn append_all(db: &Db, ctx: &Ctx, id: FileId, bytes: &[u8]) -> Result<()> {
    const COLUMNS: &[bulk::Column] = &[("file_id", "uuid"), ("n", "int"), ("content", "bytea")];
    for (n, piece) in (0_i32..).zip(bytes.chunks(PIECE)) {
        let mut rows = bulk::Rows::new(db, "file_chunk", COLUMNS);
        rows.push(vec![id.into(), n.into(), piece.to_vec().into()])?;
        let command = Command::new(Operation::KeepHouse);
        let ready = rows.ready()?.into_iter().collect();
        db.load(ctx, &command, None, ready).await?;
    }
    Ok(())
}

/// Every piece is there.
pub(crate) async fn complete(tx: &Tx, id: FileId) -> Result<()> {
    let row = file::Entity::find_by_id(id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let mut row = row.into_active_model();
    row.complete = Set(true);
    row.update(tx.conn()).await?;
    Ok(())
}

/// Reads a file and verifies its hash. Who may see it is decided by what it belongs to.
pub async fn load(db: &Db, id: FileId) -> Result<Stored> {
    let row = file::Entity::find_by_id(id)
        .filter(file::Column::Complete.eq(true))
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    let pieces = file_chunk::Entity::find()
        .filter(file_chunk::Column::FileId.eq(id))
        .order_by_asc(file_chunk::Column::N)
        .all(db.read())
        .await?;
    let bytes = pieces
        .into_iter()
        .flat_map(|piece| piece.content)
        .collect::<Vec<u8>>();
    if sha256(&bytes) != row.sha256 {
        return Err(Error::internal(format!("file {id} is not as it was kept")));
    }
    Ok(Stored {
        name: row.name,
        media_type: row.media_type,
        sha256: row.sha256,
        bytes,
    })
}

/// Hands over a file's pieces one by one, for files too large to be held whole. Ends early when
/// nobody takes them; otherwise the hash must be the one that was kept.
pub(crate) async fn pieces(
    db: &Db,
    id: FileId,
    to: &tokio::sync::mpsc::Sender<Vec<u8>>,
) -> Result<()> {
    let row = file::Entity::find_by_id(id)
        .filter(file::Column::Complete.eq(true))
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?;
    let mut hash = Sha256::new();
    for n in 0.. {
        let piece = file_chunk::Entity::find()
            .filter(file_chunk::Column::FileId.eq(id))
            .filter(file_chunk::Column::N.eq(n))
            .one(db.read())
            .await?;
        let Some(piece) = piece else { break };
        hash.update(&piece.content);
        if to.send(piece.content).await.is_err() {
            return Ok(());
        }
    }
    if crate::audit::hex(&hash.finalize()) != row.sha256 {
        return Err(Error::internal(format!("file {id} is not as it was kept")));
    }
    Ok(())
}
