//! What must always hold of kept bytes.

use entity::{FileId, file, file_chunk};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sha2::{Digest, Sha256};

use crate::{Ctx, Db, Result, audit};

/// Every file is, byte for byte, what was kept: forms, sources, certified workbooks, receipts.
pub(crate) async fn whole(db: &Db, _ctx: &Ctx) -> Result<Vec<String>> {
    damaged(db.read()).await
}

/// The same of any database, such as a backup before it is restored.
pub(crate) async fn damaged(conn: &impl ConnectionTrait) -> Result<Vec<String>> {
    let files: Vec<(FileId, String, String, i64)> = file::Entity::find()
        .filter(file::Column::Complete.eq(true))
        .order_by_asc(file::Column::Id)
        .select_only()
        .columns([
            file::Column::Id,
            file::Column::Name,
            file::Column::Sha256,
            file::Column::Size,
        ])
        .into_tuple()
        .all(conn)
        .await?;
    let mut wrong = Vec::new();
    for (id, name, sha256, size) in files {
        let (kept, hash) = read(conn, id).await?;
        if hash != sha256 {
            wrong.push(format!(
                "The file “{name}” is not as it was kept: {size} bytes then, {kept} now, and \
                 another hash. Restore it from a backup."
            ));
        }
    }
    Ok(wrong)
}

/// How many bytes there are of a file and their hash; a piece at a time, for files are large.
async fn read(conn: &impl ConnectionTrait, id: FileId) -> Result<(usize, String)> {
    let (mut size, mut hash) = (0_usize, Sha256::new());
    let mut after = -1_i32;
    while let Some(piece) = file_chunk::Entity::find()
        .filter(file_chunk::Column::FileId.eq(id))
        .filter(file_chunk::Column::N.gt(after))
        .order_by_asc(file_chunk::Column::N)
        .one(conn)
        .await?
    {
        size = size.saturating_add(piece.content.len());
        hash.update(&piece.content);
        after = piece.n;
    }
    Ok((size, audit::hex(&hash.finalize())))
}
