//! A file from beginning to end in one call, for the command line.

use chrono::NaiveDate;
use entity::{ImportState, SpendImportId, import_profile};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::super::Reader;
use super::super::view::{self, FaultView, ImportView};
use super::NewImport;
use super::read::read_telling;
use super::{accept, start};
use crate::{Ctx, Db, Error, Result};

/// What is told on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The file is kept; this is its import.
    Kept(SpendImportId),
    /// So many rows were read, of about so many (0: not known yet).
    Read(i64, i64),
}

/// How it ended.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The import as it stands now.
    pub import: ImportView,
    /// The rows that wait, in the order of the file.
    pub faults: Vec<FaultView>,
    /// Why it was not accepted, in words; nothing when it was.
    pub waits_for: Vec<String>,
}

/// Keeps a file, reads it, and accepts it when every row is good and its control total agrees;
/// otherwise it waits, and the faulty rows are told.
#[expect(clippy::too_many_arguments, reason = "what a command line says")]
pub async fn import_whole(
    db: &Db,
    ctx: &Ctx,
    reader: &Reader,
    profile: &str,
    name: &str,
    bytes: &[u8],
    period: (NaiveDate, NaiveDate),
    control_total_pence: i64,
    tell: &mut (dyn FnMut(Told) + Send),
) -> Result<Whole> {
    let found = import_profile::Entity::find()
        .filter(import_profile::Column::Name.eq(profile))
        .one(db.read())
        .await?
        .ok_or_else(|| {
            Error::invalid(
                "/profile",
                "unknown",
                format!("There is no layout called “{profile}”."),
            )
        })?;
    let new = NewImport {
        profile_id: found.id,
        period_from: period.0,
        period_to: period.1,
        control_total_pence,
    };
    let id = start::begin(db, ctx, &new, name, bytes, true).await?;
    tell(Told::Kept(id));
    let about = view::import(db, ctx, id).await?.rows_total;
    let kept = Some(bytes.to_vec());
    read_telling(db, ctx, reader, id, kept, &mut |rows| {
        tell(Told::Read(rows, about))
    })
    .await?;
    let import = view::import(db, ctx, id).await?;
    if import.state == ImportState::Ready && import.waits_for.is_empty() {
        accept(db, ctx, id, Some(import.version)).await?;
    }
    let import = view::import(db, ctx, id).await?;
    let faults = view::faults(db, ctx, id, None, 200, false).await?;
    let waits_for = match import.state {
        ImportState::Accepted => Vec::new(),
        ImportState::Failed => import.failure.iter().cloned().collect(),
        _ => import.waits_for.clone(),
    };
    Ok(Whole {
        import,
        faults,
        waits_for,
    })
}
