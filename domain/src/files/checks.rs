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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sea_orm::sea_query::Expr;

    use super::*;
    use crate::access::rules::Operation;
    use crate::db::{Location, restore_sqlite};
    use crate::testing::House;
    use crate::{Command, files};

    async fn put(house: &House, bytes: &[u8]) -> FileId {
        let ctx = house.system();
        house
            .db
            .write(&ctx, Command::new(Operation::SetUp), async |tx| {
                files::put(tx, &ctx, "return.xlsx", "text/plain", bytes).await
            })
            .await
            .unwrap()
    }

    async fn replace(house: &House, id: FileId, content: Vec<u8>) {
        let ctx = house.system();
        house
            .db
            .write(&ctx, Command::new(Operation::SetUp), async |tx| {
                file_chunk::Entity::update_many()
                    .col_expr(file_chunk::Column::Content, Expr::value(content.clone()))
                    .filter(file_chunk::Column::FileId.eq(id))
                    .filter(file_chunk::Column::N.eq(0))
                    .exec(tx.conn())
                    .await?;
                Ok(())
            })
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_byte_that_changed_is_found_and_such_a_backup_is_not_restored() {
        for house in House::each().await {
            let ctx = house.system();
            let (small, large) = (vec![7_u8; 12], vec![9_u8; files::PIECE * 2 + 5]);
            let first = put(&house, &small).await;
            put(&house, &large).await;
            put(&house, b"").await;
            assert_eq!(whole(&house.db, &ctx).await.unwrap(), Vec::<String>::new());
            let backups = std::env::temp_dir().join(format!("tributary-{}", uuid::Uuid::new_v4()));
            std::fs::create_dir_all(&backups).unwrap();
            let is_sqlite = matches!(house.db.location(), Location::Sqlite(_));
            if is_sqlite {
                house.db.backup(&backups.join("good.sqlite")).await.unwrap();
                let to = backups.join("restored.sqlite");
                restore_sqlite(&backups.join("good.sqlite"), &to, false)
                    .await
                    .unwrap();
            }
            // as many bytes, all of them zero
            replace(&house, first, vec![0; small.len()]).await;
            let wrong = whole(&house.db, &ctx).await.unwrap();
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            assert!(wrong[0].contains("return.xlsx"), "{wrong:?}");
            if is_sqlite {
                house.db.backup(&backups.join("bad.sqlite")).await.unwrap();
                let to = backups.join("never.sqlite");
                let refused = restore_sqlite(&backups.join("bad.sqlite"), &to, false).await;
                assert!(
                    matches!(
                        &refused,
                        Err(crate::Error::Refused {
                            rule: "backup-damaged",
                            ..
                        })
                    ),
                    "{refused:?}"
                );
                assert!(!to.exists());
            }
            replace(&house, first, small).await;
            assert_eq!(whole(&house.db, &ctx).await.unwrap(), Vec::<String>::new());
            std::fs::remove_dir_all(&backups).unwrap();
        }
    }
}
