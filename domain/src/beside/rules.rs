//! Which records have documents and comments beside them, and how many.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A kind of record that people put documents and comments beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecordKind {
    /// An organisation.
    Organisation,
    /// A funder's programme.
    Programme,
    /// An application.
    Application,
    /// An award.
    Award,
    /// A pool.
    Pool,
    /// A paper for the boards.
    Paper,
    /// An agreement with a provider.
    Commitment,
    /// A return.
    Return,
    /// A file of spend.
    Import,
}

/// Most documents beside one record.
pub const MOST_DOCUMENTS: u64 = 200;
/// Most comments beside one record.
pub const MOST_COMMENTS: u64 = 5_000;
/// Most characters of a comment.
pub const LONGEST_COMMENT: u64 = 4_000;

impl RecordKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::Organisation,
        Self::Programme,
        Self::Application,
        Self::Award,
        Self::Pool,
        Self::Paper,
        Self::Commitment,
        Self::Return,
        Self::Import,
    ];

    /// As the audit log and the tables name it.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Programme => "programme",
            Self::Application => "application",
            Self::Award => "award",
            Self::Pool => "pool",
            Self::Paper => "paper",
            Self::Commitment => "commitment",
            Self::Return => "grant_return",
            Self::Import => "spend_import",
        }
    }

    /// As addresses name it.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Import => "import",
            other => other.table(),
        }
    }
}
