//! What a row of the file became: a line, a faulty row, or a skipped one.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::profile::{CapitalOrRevenue, Field, LineKind};

/// One cell as the file has it, before any rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// A text. Every cell of a text file is one.
    Text(Cow<'a, str>),
    /// A number of a workbook, as its shortest exact decimal text.
    Number(Cow<'a, str>),
    /// A date of a workbook; a time of day is dropped.
    Date(NaiveDate),
    /// TRUE or FALSE.
    Bool(bool),
    /// `#REF!` and its kind.
    Error(Cow<'a, str>),
}

/// A cell that outlives the file's bytes.
pub type RawCell = Cell<'static>;

impl Cell<'_> {
    /// Whether nothing but spaces is there.
    pub fn is_blank(&self) -> bool {
        match self {
            Cell::Empty => true,
            Cell::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// The cell as a person would read it.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Cell::Empty => Cow::Borrowed(""),
            Cell::Text(text) | Cell::Number(text) | Cell::Error(text) => Cow::Borrowed(text),
            Cell::Date(date) => Cow::Owned(date.to_string()),
            Cell::Bool(true) => Cow::Borrowed("TRUE"),
            Cell::Bool(false) => Cow::Borrowed("FALSE"),
        }
    }

    /// A copy that outlives the file's bytes.
    pub fn to_raw(&self) -> RawCell {
        let owned = |text: &Cow<'_, str>| Cow::Owned(text.clone().into_owned());
        match self {
            Cell::Empty => Cell::Empty,
            Cell::Text(text) => Cell::Text(owned(text)),
            Cell::Number(text) => Cell::Number(owned(text)),
            Cell::Date(date) => Cell::Date(*date),
            Cell::Bool(value) => Cell::Bool(*value),
            Cell::Error(text) => Cell::Error(owned(text)),
        }
    }
}

/// A row read as a spend line, not yet stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineDraft {
    /// The ledger's transaction number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
    /// The line number inside the transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// When goods or services were received (a London date): decides window and period.
    pub incurred_on: NaiveDate,
    /// When the ledger recorded it (a London date).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posted_on: Option<NaiveDate>,
    /// When it was paid (a London date).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_on: Option<NaiveDate>,
    /// The ledger period, in the ledger's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Its kind.
    pub kind: LineKind,
    /// The amount in pence, net of recovered VAT; spend positive, credits negative.
    pub amount_pence: i64,
    /// The VAT in pence, for information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_pence: Option<i64>,
    /// Capital or revenue, where the file or the profile says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capital_or_revenue: Option<CapitalOrRevenue>,
    /// Pool, as a slug (or the file's text, where the profile keeps it).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Cost category, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Place, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Group of people, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Who was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<String>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The council's cost centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_centre: Option<String>,
    /// The council's account code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The council's project code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The contract's or purchase order's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment_ref: Option<String>,
}

/// One row of the file, after the rules. As JSON: `{"line": {…}}`, `{"faulty": {…}}`,
/// `{"skipped": {…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// A row that can load.
    Line(GoodRow),
    /// A row that waits to be corrected or set aside.
    Faulty(FaultyRow),
    /// A row that a skip rule took out.
    Skipped(SkippedRow),
}

impl Row {
    /// The row's number in the file, from 1.
    pub fn number(&self) -> u32 {
        match self {
            Row::Line(row) => row.row,
            Row::Faulty(row) => row.row,
            Row::Skipped(row) => row.row,
        }
    }
}

/// A row that can load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoodRow {
    /// The row's number in the file, from 1.
    pub row: u32,
    /// `t:<system>:<transaction>:<line>`, or `h:<sha256>:<n>` for the n-th identical row.
    pub identity: String,
    /// Rows above that this one may repeat. Shown; the row still loads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspects: Vec<Suspect>,
    /// What will be stored.
    pub draft: Box<LineDraft>,
}

/// Why a row may be the same spend as one above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suspect {
    /// The earlier row.
    pub of_row: u32,
    /// What they share.
    pub reason: SuspectReason,
}

/// What two suspected duplicates share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SuspectReason {
    /// Every fact of the ledger, in a file without transaction and line numbers.
    IdenticalRow,
    /// Supplier, amount and date received, under different transactions.
    SameSupplierAmountAndDate,
}

impl SuspectReason {
    /// The reason as a sentence about this row.
    pub fn sentence(self, of_row: u32) -> String {
        match self {
            SuspectReason::IdenticalRow => format!(
                "This row is the same as row {of_row} in every respect. If it is the same spend \
                 listed twice, set one of them aside."
            ),
            SuspectReason::SameSupplierAmountAndDate => format!(
                "Row {of_row} has the same supplier, amount and date under another transaction. \
                 Check that it was not entered twice."
            ),
        }
    }
}

/// A row that waits to be corrected or set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultyRow {
    /// The row's number in the file, from 1.
    pub row: u32,
    /// Its amount in pence, where that much could be read.
    pub amount_pence: Option<i64>,
    /// Everything that is wrong with it.
    pub faults: Vec<Fault>,
    /// The cells as they stand, so that a correction can start from them.
    pub cells: Vec<RawCell>,
}

/// A row that a skip rule took out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedRow {
    /// The row's number in the file, from 1.
    pub row: u32,
    /// Which of the profile's skip rules, from 0.
    pub rule: u32,
    /// The start of what the row says, to be shown.
    pub text: String,
}

/// One thing wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// The row's number in the file, from 1.
    pub row: u32,
    /// The column's letter, where one column is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The column's heading, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<String>,
    /// The field it should have filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
    /// Stable name of the fault.
    pub code: FaultCode,
    /// What is wrong and what to do, in plain words.
    pub message: String,
    /// The cell as it stands, shortened if long.
    pub raw: String,
}

/// Stable names of what can be wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultCode {
    /// A needed cell is empty.
    Missing,
    /// Not an amount.
    NotMoney,
    /// More than two decimals.
    TooPrecise,
    /// Thousands separators in the wrong places.
    BadGrouping,
    /// Two marks that contradict each other.
    AmbiguousSign,
    /// Not pounds.
    NotPounds,
    /// A mark that the profile does not allow.
    MarkNotAllowed,
    /// Scientific notation.
    Scientific,
    /// Beyond what one line may have.
    TooLarge,
    /// A debit and a credit in one row.
    DebitAndCredit,
    /// Not a date in the profile's forms.
    NotADate,
    /// No such day in the calendar.
    NoSuchDay,
    /// A year of two digits.
    TwoDigitYear,
    /// A date outside the allowed range.
    DateOutOfRange,
    /// A value that the profile's list does not have.
    UnknownValue,
    /// A cell with `#REF!` and its kind.
    CellError,
    /// Too much text in a cell.
    CellTooLong,
    /// An invisible control character.
    ControlCharacter,
    /// More cells than headings.
    ExtraCells,
    /// Transaction and line number already used above.
    DuplicateLine,
    /// An earlier import has this line, and says something else of it.
    ChangedSinceLoaded,
}

/// Why a whole file was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[error("{message}")]
pub struct FileFault {
    /// Stable name of the fault.
    pub code: FileFaultCode,
    /// What is wrong and what to do, in plain words.
    pub message: String,
}

impl FileFault {
    pub(super) fn new(code: FileFaultCode, message: impl Into<String>) -> Self {
        FileFault {
            code,
            message: message.into(),
        }
    }
}

/// Stable names of what can be wrong with a whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileFaultCode {
    /// Nothing in it.
    Empty,
    /// More bytes than allowed.
    TooManyBytes,
    /// More rows than allowed.
    TooManyRows,
    /// More columns than allowed.
    TooManyColumns,
    /// Neither text nor a workbook.
    UnknownKind,
    /// An `.xls` of before 2007, or a workbook behind a password.
    OldOrLockedWorkbook,
    /// A workbook that cannot be read.
    BadWorkbook,
    /// No such worksheet.
    NoSuchSheet,
    /// Bytes that do not fit the stated encoding.
    BadEncoding,
    /// A quotation mark that is never closed.
    UnclosedQuote,
    /// The file ends before its headings.
    NoHeadings,
    /// A heading that the profile names is not there.
    NoSuchHeading,
    /// A heading that the profile names is there more than once.
    RepeatedHeading,
    /// The profile itself is wrong.
    BadProfile,
}
