//! Opening a workbook: the bounded archive, its XML scanner, and the model of the package.

pub mod archive;
pub mod book;
pub mod grid;
pub mod strings;
pub mod styles;
pub mod tables;
pub mod validations;
pub mod xml;

/// Why a file is not opened. Each is one clear line for a person; nothing is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum Refused {
    /// Damaged, or not a workbook.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// An OLE container: an encrypted workbook, or the format before 2007.
    #[error(
        "the file is encrypted, or in the format of Excel before 2007; save it as .xlsx or .xlsm without a password"
    )]
    Encrypted,
    /// Beyond the bounds.
    #[error("the file is refused: {0}")]
    TooLarge(String),
    /// Made to do harm.
    #[error("the file is refused: {0}")]
    Hostile(String),
}
