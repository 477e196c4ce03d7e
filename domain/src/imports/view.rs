//! Imports, their faulty rows and the profiles, as readers get them.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    FaultResolution, ImportProfileId, ImportState, PersonId, SpendImportId, SpendLineId, file,
    import_fault, import_profile, spend_import, spend_line,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde::Serialize;

use super::gone::{self, GoneView};
use super::ops::KeptRow;
use super::rules::{Fault, ImportProfile, Layout, SuspectReason, WaitReason, ledger_key};
use super::store::{self, Earlier};
use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::{Ctx, Db, Error, Result};

/// An import profile.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ProfileView {
    /// Its id.
    pub id: ImportProfileId,
    /// What people call it.
    pub name: String,
    /// Columns, formats, conventions.
    pub spec: ImportProfile,
    /// Counts changes.
    pub version: i64,
    /// When it was saved first (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: DateTime<Utc>,
}

/// An import of spend.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ImportView {
    /// Its id.
    pub id: SpendImportId,
    /// The file's name.
    pub file_name: String,
    /// The file's SHA-256, lower-case hex.
    pub file_sha256: String,
    /// How it is read.
    pub profile_id: ImportProfileId,
    /// What people call that profile.
    pub profile_name: String,
    /// First London date that it covers.
    pub period_from: NaiveDate,
    /// Last London date that it covers.
    pub period_to: NaiveDate,
    /// What the finance system says it adds up to, in pence.
    pub control_total_pence: Option<i64>,
    /// Where it stands.
    pub state: ImportState,
    /// Rows in the file, as far as known; 0 when not known yet.
    pub rows_total: i64,
    /// Rows read so far.
    pub rows_read: i64,
    /// Lines that will count.
    pub rows_loaded: i64,
    /// Earlier lines that it takes back, because its rows say them otherwise.
    pub rows_replaced: i64,
    /// Pence of the lines that take them back: negative where spend is taken back.
    pub sum_replaced_pence: i64,
    /// Lines that count, that it should have and has not, and that nobody has decided about.
    pub rows_gone: i64,
    /// Their pence.
    pub sum_gone_pence: i64,
    /// Rows with a fault not yet settled.
    pub rows_faulty: i64,
    /// Of those, rows whose amount cannot be read.
    pub rows_amount_unknown: u64,
    /// Rows set aside by name.
    pub rows_set_aside: i64,
    /// Rows already loaded by an earlier import, the same in every field.
    pub rows_known: i64,
    /// Lines that no row of the coding map codes. They do not change once they are coded.
    pub rows_uncoded: i64,
    /// Of those, lines that still wait to be coded.
    pub rows_to_code: i64,
    /// Headings, totals and other rows that are not spend.
    pub rows_skipped: i64,
    /// Loaded lines that may repeat another row.
    pub rows_suspect: i64,
    /// Pence that will count.
    pub sum_loaded_pence: i64,
    /// Pence of rows with a fault, as far as it can be read.
    pub sum_faulty_pence: i64,
    /// Pence set aside.
    pub sum_set_aside_pence: i64,
    /// Pence already loaded by an earlier import.
    pub sum_known_pence: i64,
    /// Pence of the lines that no row of the coding map codes.
    pub sum_uncoded_pence: i64,
    /// Of those, pence that still wait to be coded.
    pub sum_to_code_pence: i64,
    /// Control total less all of these; absent while an amount is unknown.
    pub difference_pence: Option<i64>,
    /// What stands between the file and its acceptance, each as a sentence.
    pub waits_for: Vec<String>,
    /// Why the file could not be read.
    pub failure: Option<String>,
    /// Counts changes.
    pub version: i64,
    /// When it came (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: DateTime<Utc>,
    /// Who brought it; absent for the command line.
    pub created_by: Option<String>,
    /// When it was accepted (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub accepted_at: Option<DateTime<Utc>>,
    /// Who accepted it; absent for the command line.
    pub accepted_by: Option<String>,
}

/// A faulty row.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct FaultView {
    /// The row's number in the file, from 1.
    pub row: u32,
    /// Everything that is wrong with it.
    pub faults: Vec<Fault>,
    /// Its cells as they stand in the file.
    pub cells: Vec<CellView>,
    /// Its amount in pence, where it can be read or was stated.
    pub amount_pence: Option<i64>,
    /// Whether it says a line otherwise that counts, and can take its place.
    pub may_replace: bool,
    /// The line that counts and that it says otherwise, while nothing is decided.
    pub counts_line_id: Option<SpendLineId>,
    /// Whether its values can be corrected; if not, it can only be set aside.
    pub may_correct: bool,
    /// What was decided.
    pub resolution: Option<FaultResolution>,
    /// Why it was set aside.
    pub reason: Option<String>,
    /// Who decided.
    pub resolved_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub resolved_at: Option<DateTime<Utc>>,
}

/// A cell of a faulty row.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CellView {
    /// The column's letter.
    pub column: String,
    /// The column's heading; empty where it has none.
    pub heading: String,
    /// What stands there.
    pub value: String,
}

/// A loaded line that may repeat another row.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SuspectView {
    /// The line.
    pub line_id: SpendLineId,
    /// The row's number in the file, from 1.
    pub row: i32,
    /// The row that it may repeat.
    pub of_row: i32,
    /// Why it is suspected, as a sentence.
    pub reason: String,
    /// Who was paid.
    pub supplier: Option<String>,
    /// What for.
    pub description: Option<String>,
    /// When goods or services were received (a London date).
    pub incurred_on: NaiveDate,
    /// Pence.
    pub amount_pence: i64,
}

impl TryFrom<import_profile::Model> for ProfileView {
    type Error = Error;

    fn try_from(row: import_profile::Model) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: row.name,
            spec: serde_json::from_value(row.spec)?,
            version: row.version,
            created_at: row.created_at,
        })
    }
}

/// A page of profiles by id.
pub async fn profiles(
    db: &Db,
    ctx: &Ctx,
    after: Option<ImportProfileId>,
    limit: u64,
) -> Result<Vec<ProfileView>> {
    ctx.require(Operation::ReadProfiles)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(Vec::new());
    }
    // those of lines that we make ourselves read no file
    let own = [super::made::JOURNALS, super::made::SPLITS];
    let mut query =
        import_profile::Entity::find().filter(import_profile::Column::SourceSystem.is_not_in(own));
    if let Some(after) = after {
        query = query.filter(import_profile::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(import_profile::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// One profile.
pub async fn profile(db: &Db, ctx: &Ctx, id: ImportProfileId) -> Result<ProfileView> {
    ctx.require(Operation::ReadProfiles)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    import_profile::Entity::find_by_id(id)
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// A page of imports, newest first.
pub async fn imports(
    db: &Db,
    ctx: &Ctx,
    after: Option<SpendImportId>,
    state: Option<ImportState>,
    limit: u64,
) -> Result<Vec<ImportView>> {
    ctx.require(Operation::ReadImports)?;
    let Some(mut query) = visible(ctx).map(of_files) else {
        return Ok(Vec::new());
    };
    if let Some(after) = after {
        query = query.filter(spend_import::Column::Id.lt(after));
    }
    if let Some(state) = state {
        query = query.filter(spend_import::Column::State.eq(state));
    }
    let rows = query
        .order_by_desc(spend_import::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    dressed(db, rows).await
}

/// One import.
pub async fn import(db: &Db, ctx: &Ctx, id: SpendImportId) -> Result<ImportView> {
    let row = seen(db, ctx, id).await?;
    dressed(db, vec![row]).await?.pop().ok_or(Error::NotFound)
}

/// The import that a file with this hash came with, if it counts for something.
pub async fn import_of_file(db: &Db, ctx: &Ctx, bytes: &[u8]) -> Result<Option<SpendImportId>> {
    ctx.require(Operation::ReadImports)?;
    if sight(&ctx.actor) != Sight::All {
        return Ok(None);
    }
    let hash = crate::files::sha256(bytes);
    Ok(super::ops::twin(db.read(), &hash).await?.map(|row| row.id))
}

/// A page of the lines that count and that an import should have and has not: those that wait to be
/// decided on, or all.
pub async fn gone(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    after: Option<SpendLineId>,
    limit: u64,
    settled_too: bool,
) -> Result<Vec<GoneView>> {
    seen(db, ctx, id).await?;
    gone::list(db, id, after, limit, settled_too).await
}

/// Accepted imports whose files do not have lines that count, as far as nobody decided about them.
pub async fn with_lines_gone(db: &Db, ctx: &Ctx) -> Result<Vec<ImportView>> {
    ctx.require(Operation::ReadImports)?;
    let ids = gone::imports(db.read()).await?;
    let Some(query) = visible(ctx).filter(|_| !ids.is_empty()) else {
        return Ok(Vec::new());
    };
    let rows = query
        .filter(spend_import::Column::Id.is_in(ids))
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        .order_by_desc(spend_import::Column::Id)
        .all(db.read())
        .await?;
    dressed(db, rows).await
}

/// An import's file, as it came.
pub async fn source(db: &Db, ctx: &Ctx, id: SpendImportId) -> Result<crate::files::Stored> {
    let row = seen(db, ctx, id).await?;
    crate::files::load(db, row.file_id).await
}

/// A page of an import's faulty rows, in the order of the file: those that wait, or all.
pub async fn faults(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    after_row: Option<u32>,
    limit: u64,
    settled_too: bool,
) -> Result<Vec<FaultView>> {
    let import = seen(db, ctx, id).await?;
    let mut query = import_fault::Entity::find().filter(import_fault::Column::ImportId.eq(id));
    if let Some(after) = after_row {
        query =
            query.filter(import_fault::Column::RowNo.gt(i32::try_from(after).unwrap_or(i32::MAX)));
    }
    if !settled_too {
        query = query.filter(import_fault::Column::Resolution.is_null());
    }
    let rows = query
        .order_by_asc(import_fault::Column::RowNo)
        .limit(limit)
        .all(db.read())
        .await?;
    let people = names_of(db, rows.iter().filter_map(|row| row.resolved_by)).await?;
    let layout = layout(&import)?;
    let mut counts = lines_that_count(db, &import, &rows).await?;
    rows.into_iter()
        .map(|row| {
            let line = counts.remove(&row.row_no);
            fault_view(row, line, &layout, &people)
        })
        .collect()
}

/// The lines that count which these rows say otherwise, by row.
async fn lines_that_count(
    db: &Db,
    import: &spend_import::Model,
    rows: &[import_fault::Model],
) -> Result<HashMap<i32, SpendLineId>> {
    let profile: ImportProfile = serde_json::from_value(import.spec.clone())?;
    let mut named = Vec::new();
    for row in rows.iter().filter(|row| row.resolution.is_none()) {
        let kept: KeptRow = serde_json::from_value(row.raw.clone())?;
        if let Some(draft) = kept.draft
            && let (Some(transaction), Some(line)) = (&draft.transaction, &draft.line)
        {
            named.push((row.row_no, ledger_key(&profile.system, transaction, line)));
        }
    }
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    let identities = named.iter().map(|(_, identity)| identity.clone());
    let known = store::known_with(db.read(), identities.collect()).await?;
    Ok(named
        .into_iter()
        .filter_map(|(row, identity)| match known.get(&identity)? {
            Earlier::Line(line) => Some((row, line.id)),
            Earlier::Waits(_) => None,
        })
        .collect())
}

/// One faulty row.
pub async fn fault(db: &Db, ctx: &Ctx, id: SpendImportId, row: u32) -> Result<FaultView> {
    let before = row.checked_sub(1);
    let found = faults(db, ctx, id, before, 1, true).await?.pop();
    found
        .filter(|found| found.row == row)
        .ok_or(Error::NotFound)
}

/// A page of the loaded lines that may repeat another row.
pub async fn suspects(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    after_row: Option<u32>,
    limit: u64,
) -> Result<Vec<SuspectView>> {
    seen(db, ctx, id).await?;
    let after = after_row.map_or(0, |row| i32::try_from(row).unwrap_or(i32::MAX));
    let rows = spend_line::Entity::find()
        .filter(spend_line::Column::ImportId.eq(id))
        // As its index has it.
        .filter(Expr::cust("suspect"))
        .filter(spend_line::Column::RowNo.gt(after))
        .order_by_asc(spend_line::Column::RowNo)
        .limit(limit)
        .all(db.read())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let of_row = row.suspect_of.unwrap_or_default();
            let why = if row.identity.starts_with("h:") && !row.identity.ends_with(":1") {
                SuspectReason::IdenticalRow
            } else {
                SuspectReason::SameSupplierAmountAndDate
            };
            SuspectView {
                line_id: row.id,
                row: row.row_no,
                of_row,
                reason: why.sentence(u32::try_from(of_row).unwrap_or_default()),
                supplier: row.supplier,
                description: row.description,
                incurred_on: row.incurred_on,
                amount_pence: row.amount.pence(),
            }
        })
        .collect())
}

/// The last London date to which accepted imports say that spend is loaded.
pub async fn loaded_to(db: &Db, ctx: &Ctx) -> Result<Option<NaiveDate>> {
    ctx.require(Operation::ReadImports)?;
    Ok(spend_import::Entity::find()
        .filter(spend_import::Column::State.eq(ImportState::Accepted))
        // a file all of whose lines wait to be coded has brought no spend yet
        .filter(spend_import::Column::RowsLoaded.gt(0))
        // a journal moves what was loaded
        .filter(spend_import::Column::JournalId.is_null())
        .order_by_desc(spend_import::Column::PeriodTo)
        .one(db.read())
        .await?
        .map(|row| row.period_to))
}

/// How many imports there are.
pub async fn count(db: &Db, ctx: &Ctx) -> Result<u64> {
    ctx.require(Operation::ReadImports)?;
    match visible(ctx).map(of_files) {
        Some(query) => Ok(query.count(db.read()).await?),
        None => Ok(0),
    }
}

/// How many imports stand so.
pub async fn count_in(db: &Db, ctx: &Ctx, state: ImportState) -> Result<u64> {
    ctx.require(Operation::ReadImports)?;
    match visible(ctx).map(of_files) {
        Some(query) => Ok(query
            .filter(spend_import::Column::State.eq(state))
            .count(db.read())
            .await?),
        None => Ok(0),
    }
}

fn visible(ctx: &Ctx) -> Option<Select<spend_import::Entity>> {
    // A ledger extract holds every pool's spend: whoever sees only their own awards sees none.
    // What was coded later is shown with the import that it came with.
    (sight(&ctx.actor) == Sight::All)
        .then(|| spend_import::Entity::find().filter(spend_import::Column::CodedFromId.is_null()))
}

/// Those that came as files: a journal is a list of its own.
fn of_files(query: Select<spend_import::Entity>) -> Select<spend_import::Entity> {
    query.filter(spend_import::Column::JournalId.is_null())
}

async fn seen(db: &Db, ctx: &Ctx, id: SpendImportId) -> Result<spend_import::Model> {
    ctx.require(Operation::ReadImports)?;
    visible(ctx)
        .ok_or(Error::NotFound)?
        .filter(spend_import::Column::Id.eq(id))
        .one(db.read())
        .await?
        .ok_or(Error::NotFound)
}

fn layout(import: &spend_import::Model) -> Result<Layout> {
    Ok(match &import.layout {
        Some(layout) => serde_json::from_value(layout.clone())?,
        None => Layout::default(),
    })
}

fn fault_view(
    row: import_fault::Model,
    counts: Option<SpendLineId>,
    layout: &Layout,
    people: &HashMap<PersonId, String>,
) -> Result<FaultView> {
    let kept: KeptRow = serde_json::from_value(row.raw)?;
    let may_correct = kept.draft.is_none();
    let cells = match kept.draft {
        None => kept
            .cells
            .iter()
            .enumerate()
            .map(|(index, cell)| CellView {
                column: super::rules::column_letters(index),
                heading: layout.headings.get(index).cloned().unwrap_or_default(),
                value: cell.text().into_owned(),
            })
            .collect(),
        Some(draft) => [
            ("Supplier", draft.supplier),
            ("Description", draft.description),
            ("Transaction", draft.transaction),
            ("Line", draft.line),
            ("Date received", Some(draft.incurred_on.to_string())),
        ]
        .into_iter()
        .filter_map(|(heading, value)| {
            Some(CellView {
                column: String::new(),
                heading: heading.to_owned(),
                value: value?,
            })
        })
        .collect(),
    };
    Ok(FaultView {
        row: u32::try_from(row.row_no).unwrap_or_default(),
        faults: serde_json::from_value(row.faults)?,
        cells,
        amount_pence: row.amount.map(entity::Money::pence),
        may_correct,
        may_replace: !may_correct && row.resolution.is_none(),
        counts_line_id: counts,
        resolution: row.resolution,
        reason: row.reason,
        resolved_by: row.resolved_by.and_then(|id| people.get(&id).cloned()),
        resolved_at: row.resolved_at,
    })
}

async fn dressed(db: &Db, rows: Vec<spend_import::Model>) -> Result<Vec<ImportView>> {
    let files: HashMap<_, _> = file::Entity::find()
        .filter(file::Column::Id.is_in(rows.iter().map(|row| row.file_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let profiles: HashMap<_, _> = import_profile::Entity::find()
        .filter(import_profile::Column::Id.is_in(rows.iter().map(|row| row.profile_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let who = rows
        .iter()
        .flat_map(|row| [row.created_by, row.accepted_by])
        .flatten();
    let people = names_of(db, who).await?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let waiting = store::waiting_sums(db.read(), row.id).await?;
        let to_code = match row.rows_uncoded {
            0 => (0, 0),
            _ => store::to_code(db.read(), row.id).await?,
        };
        let gone = gone::count(db.read(), row.id).await?;
        let sums = store::reconciliation(&row, waiting);
        let settled = matches!(row.state, ImportState::Waiting | ImportState::Ready);
        let stored = files.get(&row.file_id);
        views.push(ImportView {
            id: row.id,
            file_name: stored.map(|file| file.name.clone()).unwrap_or_default(),
            file_sha256: stored.map(|file| file.sha256.clone()).unwrap_or_default(),
            profile_id: row.profile_id,
            profile_name: profiles.get(&row.profile_id).cloned().unwrap_or_default(),
            period_from: row.period_from,
            period_to: row.period_to,
            control_total_pence: row.control_total.map(entity::Money::pence),
            state: row.state,
            rows_total: row.rows_total,
            rows_read: row.rows_read,
            rows_loaded: row.rows_loaded - row.rows_replaced,
            rows_replaced: row.rows_replaced,
            sum_replaced_pence: row.sum_replaced.pence(),
            rows_gone: gone.0,
            sum_gone_pence: gone.1,
            rows_faulty: row.rows_faulty,
            rows_amount_unknown: sums.rows_amount_unknown,
            rows_set_aside: row.rows_set_aside,
            rows_known: row.rows_known,
            rows_uncoded: row.rows_uncoded,
            rows_to_code: to_code.0,
            rows_skipped: row.rows_skipped,
            rows_suspect: row.rows_suspect,
            sum_loaded_pence: sums.sum_loaded,
            sum_faulty_pence: sums.sum_waiting,
            sum_set_aside_pence: sums.sum_set_aside,
            sum_known_pence: sums.sum_known,
            sum_uncoded_pence: sums.sum_uncoded,
            sum_to_code_pence: to_code.1,
            difference_pence: sums.difference,
            waits_for: if settled {
                sums.waits_for().iter().map(WaitReason::sentence).collect()
            } else {
                Vec::new()
            },
            failure: row.failure,
            version: row.version,
            created_at: row.created_at,
            created_by: row.created_by.and_then(|id| people.get(&id).cloned()),
            accepted_at: row.accepted_at,
            accepted_by: row.accepted_by.and_then(|id| people.get(&id).cloned()),
        });
    }
    Ok(views)
}
