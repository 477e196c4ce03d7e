//! An import profile: what a finance system's export looks like, said once and saved as JSON.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How one finance system's files are read. Every part has a default, so stored JSON stays short
/// and older profiles still load; an unknown name is refused, so a typing slip is never ignored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImportProfile {
    /// A short slug for the finance system (`council-ledger`). It is part of each line's identity:
    /// changing it makes every line a new line. Must be given.
    #[schema(max_length = 40)]
    pub system: String,
    /// Kind of file.
    pub format: FileFormat,
    /// Worksheet to read; the first visible one when absent. Workbooks only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// What separates values. Text files only.
    pub delimiter: Delimiter,
    /// How characters are stored. Text files only.
    pub encoding: TextEncoding,
    /// Rows at the top to pass over, before the headings (or the first line, without headings).
    pub skip_rows: u32,
    /// Whether the file has no row of headings; columns are then named by letter.
    pub no_headings: bool,
    /// Rows that are not spend (totals, footers). Each skipped row is counted and listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skip: Vec<SkipRule>,
    /// Where each field stands. Two fields may read one column. `incurred_on` and `amount` (or
    /// `debit` and `credit`) must have one; `kind`, `pool`, `category` and `capital_or_revenue` a
    /// column or a default.
    pub columns: BTreeMap<Field, ColumnRef>,
    /// How dates are written.
    pub dates: DateRules,
    /// How amounts are written.
    pub amounts: AmountRules,
    /// The file's words for our slugs, by field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<Field, ValueMap>,
    /// Used where the field has no column or the cell is empty. Already in our words.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub defaults: BTreeMap<Field, String>,
}

/// Kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Told from the first bytes.
    #[default]
    Auto,
    /// Text with separators.
    Csv,
    /// A workbook (`.xlsx`, `.xlsm`).
    Xlsx,
}

/// What separates the values of a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    /// Told from the first rows.
    #[default]
    Auto,
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// Tab.
    Tab,
    /// `|`
    Pipe,
}

/// How the characters of a text file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub enum TextEncoding {
    /// By its mark (UTF-8 or UTF-16); otherwise UTF-8 if it is valid, else Windows-1252.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// UTF-8, with or without a mark; anything invalid refuses the file.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252, as older finance systems write it.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// UTF-16 with its mark, as Excel saves "Unicode text".
    #[serde(rename = "utf-16")]
    Utf16,
}

/// One column of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnRef {
    /// By its heading; capitals and repeated spaces do not matter.
    Header(String),
    /// By its letter, as a spreadsheet shows it (`A`, `AB`).
    Letter(String),
}

/// Rows to skip: those whose named column answers a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipRule {
    /// The column looked at.
    pub column: ColumnRef,
    /// The test.
    pub when: SkipWhen,
}

/// The test of a [`SkipRule`]. Capitals do not matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipWhen {
    /// The cell is empty.
    Empty,
    /// The cell is this text.
    Equals(String),
    /// The cell starts with this text.
    StartsWith(String),
}

/// A field of a spend line that a column can hold.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The ledger's transaction (document, voucher) number.
    Transaction,
    /// The line number inside the transaction.
    Line,
    /// When goods or services were received.
    IncurredOn,
    /// When the ledger recorded it.
    PostedOn,
    /// When it was paid.
    PaidOn,
    /// The ledger period, in the ledger's own words.
    Period,
    /// Invoice, accrual, journal and so on.
    Kind,
    /// The amount, net of VAT that is recovered.
    Amount,
    /// Spend, where the file has debits and credits in two columns.
    Debit,
    /// What reduces spend, where the file has debits and credits in two columns.
    Credit,
    /// The VAT, recorded to be shown; never part of the amount.
    Vat,
    /// Capital or revenue.
    CapitalOrRevenue,
    /// The pool.
    Pool,
    /// The cost category.
    Category,
    /// The place.
    Place,
    /// The group of people.
    Group,
    /// Who was paid.
    Supplier,
    /// What for.
    Description,
    /// The council's cost centre.
    CostCentre,
    /// The council's account code.
    Account,
    /// The council's project code.
    Project,
    /// The contract's or purchase order's number.
    Commitment,
}

impl Field {
    /// Every field, in the order of the stored names' meaning.
    pub const ALL: [Field; 22] = [
        Field::Transaction,
        Field::Line,
        Field::IncurredOn,
        Field::PostedOn,
        Field::PaidOn,
        Field::Period,
        Field::Kind,
        Field::Amount,
        Field::Debit,
        Field::Credit,
        Field::Vat,
        Field::CapitalOrRevenue,
        Field::Pool,
        Field::Category,
        Field::Place,
        Field::Group,
        Field::Supplier,
        Field::Description,
        Field::CostCentre,
        Field::Account,
        Field::Project,
        Field::Commitment,
    ];

    /// The stored name.
    pub const fn slug(self) -> &'static str {
        match self {
            Field::Transaction => "transaction",
            Field::Line => "line",
            Field::IncurredOn => "incurred_on",
            Field::PostedOn => "posted_on",
            Field::PaidOn => "paid_on",
            Field::Period => "period",
            Field::Kind => "kind",
            Field::Amount => "amount",
            Field::Debit => "debit",
            Field::Credit => "credit",
            Field::Vat => "vat",
            Field::CapitalOrRevenue => "capital_or_revenue",
            Field::Pool => "pool",
            Field::Category => "category",
            Field::Place => "place",
            Field::Group => "group",
            Field::Supplier => "supplier",
            Field::Description => "description",
            Field::CostCentre => "cost_centre",
            Field::Account => "account",
            Field::Project => "project",
            Field::Commitment => "commitment",
        }
    }

    /// The name in sentences.
    pub const fn label(self) -> &'static str {
        match self {
            Field::Transaction => "transaction number",
            Field::Line => "line number",
            Field::IncurredOn => "date received",
            Field::PostedOn => "date posted",
            Field::PaidOn => "date paid",
            Field::Period => "ledger period",
            Field::Kind => "kind",
            Field::Amount => "amount",
            Field::Debit => "debit",
            Field::Credit => "credit",
            Field::Vat => "VAT",
            Field::CapitalOrRevenue => "capital or revenue",
            Field::Pool => "pool",
            Field::Category => "cost category",
            Field::Place => "place",
            Field::Group => "group",
            Field::Supplier => "supplier",
            Field::Description => "description",
            Field::CostCentre => "cost centre",
            Field::Account => "account",
            Field::Project => "project",
            Field::Commitment => "contract or order number",
        }
    }

    /// Whether the cell is read as a date.
    pub const fn is_date(self) -> bool {
        matches!(self, Field::IncurredOn | Field::PostedOn | Field::PaidOn)
    }

    /// Whether the cell is read as money.
    pub const fn is_money(self) -> bool {
        matches!(
            self,
            Field::Amount | Field::Debit | Field::Credit | Field::Vat
        )
    }
}

/// How dates are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DateRules {
    /// The forms that occur, tried in this order. A date cell of a workbook needs none.
    pub formats: Vec<DateFormat>,
    /// With two-digit years: up to and including this one they mean 20xx, above it 19xx. Absent:
    /// a two-digit year is a fault.
    #[schema(minimum = 0, maximum = 99)]
    pub two_digit_years_to: Option<u8>,
    /// A row without a date received takes its date posted. Off unless somebody chose it, because
    /// the date received decides the award's window.
    pub received_else_posted: bool,
    /// A date before this is a fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earliest: Option<NaiveDate>,
    /// A date after this is a fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<NaiveDate>,
    /// A line may be dated so many days after the end of the file's period, for a ledger whose
    /// months do not end with the calendar's; at most 31. Later is a fault, and so is after today.
    #[serde(skip_serializing_if = "is_zero")]
    #[schema(maximum = 31)]
    pub days_after_period: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
const fn is_zero(days: &u8) -> bool {
    *days == 0
}

impl Default for DateRules {
    fn default() -> Self {
        DateRules {
            formats: vec![DateFormat::DayMonthYear, DateFormat::YearMonthDay],
            two_digit_years_to: Some(79),
            received_else_posted: false,
            earliest: None,
            latest: None,
            days_after_period: 0,
        }
    }
}

/// One way of writing a date. A time of day may follow and is dropped; where the time states its
/// distance from UTC, the date is the one in London at that instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum DateFormat {
    /// `31/03/2026`, `31-3-26`, `31.03.2026`.
    #[serde(rename = "dd/mm/yyyy")]
    DayMonthYear,
    /// `03/31/2026`.
    #[serde(rename = "mm/dd/yyyy")]
    MonthDayYear,
    /// `2026-03-31`, `2026/03/31`.
    #[serde(rename = "yyyy-mm-dd")]
    YearMonthDay,
    /// `31-Mar-26`, `31 March 2026`.
    #[serde(rename = "dd-mon-yyyy")]
    DayNameYear,
    /// `20260331`.
    #[serde(rename = "yyyymmdd")]
    Compact,
    /// A spreadsheet's day number, `46112`.
    #[serde(rename = "excel-serial")]
    ExcelSerial,
}

impl DateFormat {
    /// An example for messages.
    pub const fn example(self) -> &'static str {
        match self {
            DateFormat::DayMonthYear => "31/03/2026",
            DateFormat::MonthDayYear => "03/31/2026",
            DateFormat::YearMonthDay => "2026-03-31",
            DateFormat::DayNameYear => "31-Mar-2026",
            DateFormat::Compact => "20260331",
            DateFormat::ExcelSerial => "46112",
        }
    }
}

/// How amounts are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AmountRules {
    /// The sign that spend has in the file. Nothing to do with CR and DR, which say it themselves.
    pub spend_is: SpendSign,
    /// `(12.50)` is minus 12.50.
    pub brackets_are_negative: bool,
    /// `12.50-` is minus 12.50.
    pub trailing_minus: bool,
    /// `12.50 CR` reduces spend, `12.50 DR` is spend.
    pub credit_suffix: bool,
    /// A lone dash is nought, as accounting formats print it.
    pub dash_is_zero: bool,
    /// What stands between thousands.
    pub thousands: Thousands,
    /// What stands before pence.
    pub decimal: DecimalMark,
    /// `£` or `GBP` may stand beside the amount.
    pub currency_sign: bool,
}

impl Default for AmountRules {
    fn default() -> Self {
        AmountRules {
            spend_is: SpendSign::Positive,
            brackets_are_negative: true,
            trailing_minus: true,
            credit_suffix: true,
            dash_is_zero: true,
            thousands: Thousands::Comma,
            decimal: DecimalMark::Point,
            currency_sign: true,
        }
    }
}

/// The sign that spend has in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpendSign {
    /// Spend is positive, credits negative.
    #[default]
    Positive,
    /// Spend is negative, credits positive.
    Negative,
}

/// What stands between thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Thousands {
    /// Nothing: any separator is a fault.
    None,
    /// `1,234`
    #[default]
    Comma,
    /// `1.234`
    Point,
    /// `1 234`, also with a no-break space.
    Space,
    /// `1'234`
    Apostrophe,
}

/// What stands before pence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `12.50`
    #[default]
    Point,
    /// `12,50`
    Comma,
}

/// The file's words for our slugs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ValueMap {
    /// From the file's text (capitals and repeated spaces do not matter) to our slug.
    pub entries: BTreeMap<String, String>,
    /// What happens with a text that is not listed.
    pub unlisted: Unlisted,
}

/// What happens with a text that its [`ValueMap`] does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unlisted {
    /// The row is faulty until corrected or the map is extended.
    #[default]
    Fault,
    /// The text is used as it stands.
    Keep,
    /// The field stays empty, for the coding map to fill from cost centre, account and project.
    Empty,
}

/// The kind of a spend line.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// A supplier's invoice.
    Invoice,
    /// An estimate of what was received and not yet invoiced, or its reversal.
    Accrual,
    /// An entry made by finance.
    Journal,
    /// Pay.
    Payroll,
    /// A charge from another part of the holder.
    Recharge,
    /// A supplier's credit note.
    Credit,
}

impl LineKind {
    /// Every kind.
    pub const ALL: [LineKind; 6] = [
        LineKind::Invoice,
        LineKind::Accrual,
        LineKind::Journal,
        LineKind::Payroll,
        LineKind::Recharge,
        LineKind::Credit,
    ];

    /// The stored name.
    pub const fn slug(self) -> &'static str {
        match self {
            LineKind::Invoice => "invoice",
            LineKind::Accrual => "accrual",
            LineKind::Journal => "journal",
            LineKind::Payroll => "payroll",
            LineKind::Recharge => "recharge",
            LineKind::Credit => "credit",
        }
    }

    /// The kind with this stored name, whatever its capitals.
    pub fn from_slug(text: &str) -> Option<LineKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.slug().eq_ignore_ascii_case(text))
    }
}

/// Capital or revenue.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CapitalOrRevenue {
    /// Buys or improves something that lasts.
    Capital,
    /// Everything else.
    Revenue,
}

impl CapitalOrRevenue {
    /// The stored name.
    pub const fn slug(self) -> &'static str {
        match self {
            CapitalOrRevenue::Capital => "capital",
            CapitalOrRevenue::Revenue => "revenue",
        }
    }

    /// The value with this stored name, whatever its capitals.
    pub fn from_slug(text: &str) -> Option<CapitalOrRevenue> {
        [CapitalOrRevenue::Capital, CapitalOrRevenue::Revenue]
            .into_iter()
            .find(|value| value.slug().eq_ignore_ascii_case(text))
    }
}
