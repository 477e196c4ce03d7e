//! What the page of a layout calls its fields and their choices. Messages that send somebody there
//! say the same words: both take them from here.

use super::profile::{DecimalMark, Delimiter, FileFormat, TextEncoding, Thousands, Unlisted};

/// The kind of file.
pub const FORMAT: &str = "The kind of file";
/// The worksheet to read.
pub const SHEET: &str = "Sheet of the workbook";
/// How characters are stored.
pub const ENCODING: &str = "Text encoding";
/// What separates values.
pub const DELIMITER: &str = "Column separator";
/// Whether there is no row of headings.
pub const NO_HEADINGS: &str = "The file has no row of headings";
/// What stands between thousands.
pub const THOUSANDS: &str = "Mark between thousands";
/// What stands before pence.
pub const DECIMAL: &str = "Mark before the pence";
/// What may stand beside the digits of an amount.
pub const SIGNS: &str = "Signs that amounts may have";
/// The forms of dates.
pub const DATES: &str = "Dates are written like";
/// Up to which year two digits mean 20xx.
pub const TWO_DIGIT_YEARS: &str = "Last two-digit year that means 20xx";
/// The earliest date.
pub const EARLIEST: &str = "Earliest date that a line may have";
/// The latest date.
pub const LATEST: &str = "Latest date that a line may have";
/// How long after its file's period a line may be dated.
pub const DAYS_AFTER_PERIOD: &str = "Days after the file’s period that a line may be dated";
/// Whether the date posted stands in for the date received.
pub const RECEIVED_ELSE_POSTED: &str = "Take the date posted where the date received is missing";

impl FileFormat {
    /// Every kind, the usual one first.
    pub const ALL: [FileFormat; 3] = [FileFormat::Auto, FileFormat::Csv, FileFormat::Xlsx];

    /// What the page calls it.
    pub const fn label(self) -> &'static str {
        match self {
            FileFormat::Auto => "CSV or a workbook, as it comes",
            FileFormat::Csv => "CSV",
            FileFormat::Xlsx => "A workbook (XLSX)",
        }
    }
}

impl TextEncoding {
    /// Every encoding, the usual one first.
    pub const ALL: [TextEncoding; 4] = [
        TextEncoding::Auto,
        TextEncoding::Utf8,
        TextEncoding::Windows1252,
        TextEncoding::Utf16,
    ];

    /// What the page calls it.
    pub const fn label(self) -> &'static str {
        match self {
            TextEncoding::Auto => "Found by itself",
            TextEncoding::Utf8 => "UTF-8",
            TextEncoding::Windows1252 => "Windows-1252",
            TextEncoding::Utf16 => "UTF-16",
        }
    }
}

impl Delimiter {
    /// Every separator, the usual one first.
    pub const ALL: [Delimiter; 5] = [
        Delimiter::Auto,
        Delimiter::Comma,
        Delimiter::Semicolon,
        Delimiter::Tab,
        Delimiter::Pipe,
    ];

    /// What the page calls it.
    pub const fn label(self) -> &'static str {
        match self {
            Delimiter::Auto => "Found by itself",
            Delimiter::Comma => "Comma",
            Delimiter::Semicolon => "Semicolon",
            Delimiter::Tab => "Tab",
            Delimiter::Pipe => "Upright bar |",
        }
    }
}

impl Thousands {
    /// Every mark, the usual one first.
    pub const ALL: [Thousands; 5] = [
        Thousands::Comma,
        Thousands::Point,
        Thousands::Space,
        Thousands::Apostrophe,
        Thousands::None,
    ];

    /// What the page calls it.
    pub const fn label(self) -> &'static str {
        match self {
            Thousands::Comma => "Comma, as in 1,234",
            Thousands::Point => "Point, as in 1.234",
            Thousands::Space => "Space, as in 1 234",
            Thousands::Apostrophe => "Apostrophe, as in 1’234",
            Thousands::None => "None, as in 1234",
        }
    }
}

impl DecimalMark {
    /// Both marks, the usual one first.
    pub const ALL: [DecimalMark; 2] = [DecimalMark::Point, DecimalMark::Comma];

    /// What the page calls it.
    pub const fn label(self) -> &'static str {
        match self {
            DecimalMark::Point => "Point, as in 12.50",
            DecimalMark::Comma => "Comma, as in 12,50",
        }
    }
}

impl Unlisted {
    /// Every way, that of a layout without a list first.
    pub const ALL: [Unlisted; 3] = [Unlisted::Keep, Unlisted::Fault, Unlisted::Empty];

    /// What the page calls it.
    pub const fn label(self) -> &'static str {
        match self {
            Unlisted::Keep => "Is taken as it stands",
            Unlisted::Fault => "Makes its row wait to be put right",
            Unlisted::Empty => "Is left out, for the coding map to say",
        }
    }
}
