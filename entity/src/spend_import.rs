//! One file of spend: read, checked, then accepted whole.

use sea_orm::entity::prelude::*;

use crate::{FileId, ImportProfileId, ImportState, JournalId, Money, PersonId, SpendImportId};

/// One file of spend: read, checked, then accepted whole.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "spend_import")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SpendImportId,
    /// How it is read.
    pub profile_id: ImportProfileId,
    /// The file as it came.
    pub file_id: FileId,
    /// First London date it says it covers.
    pub period_from: Date,
    /// Last London date it says it covers.
    pub period_to: Date,
    /// Pence, as the finance system states it.
    pub control_total: Option<Money>,
    /// The profile as it was when the file came: a later version does not change the reading.
    pub spec: Json,
    /// What the file added to its profile (headings, …), once read.
    pub layout: Option<Json>,
    /// The last accepted sequence against which known lines were told.
    pub saw_seq: i64,
    /// Where it stands.
    pub state: ImportState,
    /// Rows in the file as far as known.
    pub rows_total: i64,
    /// Rows read so far.
    pub rows_read: i64,
    /// Lines that will count.
    pub rows_loaded: i64,
    /// Rows with a fault not yet settled.
    pub rows_faulty: i64,
    /// Rows set aside by name.
    pub rows_set_aside: i64,
    /// Rows already loaded by an earlier import.
    pub rows_known: i64,
    /// Headings, totals and empty rows.
    pub rows_skipped: i64,
    /// Suspected duplicates, loaded and shown.
    pub rows_suspect: i64,
    /// Pence.
    pub sum_loaded: Money,
    /// Pence.
    pub sum_set_aside: Money,
    /// Pence.
    pub sum_known: Money,
    /// Why the file could not be read.
    pub failure: Option<String>,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// When (UTC).
    pub created_at: DateTimeUtc,
    /// Who brought it; absent for the command line.
    pub created_by: Option<PersonId>,
    /// When it was accepted (UTC).
    pub accepted_at: Option<DateTimeUtc>,
    /// Who accepted it.
    pub accepted_by: Option<PersonId>,
    /// Its place among everything accepted.
    pub accepted_seq: Option<i64>,
    /// The import that these lines came with, where they were coded after it was accepted.
    pub coded_from_id: Option<SpendImportId>,
    /// Of its lines, those that take earlier ones back, because its rows say them otherwise.
    pub rows_replaced: i64,
    /// Pence of those lines; negative where spend is taken back.
    pub sum_replaced: Money,
    /// The journal whose lines these are.
    pub journal_id: Option<JournalId>,
    /// Lines that no row of the coding map codes; they do not change once they are coded.
    pub rows_uncoded: i64,
    /// Pence.
    pub sum_uncoded: Money,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
