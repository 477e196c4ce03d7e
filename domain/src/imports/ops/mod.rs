//! What people and the worker do with imports. Slow work (reading a file) happens outside of
//! transactions; what it found is written in chunks under an import that does not count yet.

mod accept;
pub(super) mod prepare;
mod profiles;
mod read;
mod replace;
mod settle;
mod start;
mod total;
mod whole;

pub use accept::{abandon, accept};
pub use profiles::{ProfileSuggestion, SaveProfile, change_profile, save_profile, suggest_profile};
pub use read::read_file;
pub use replace::{Replaced, Replacement, replace_changed};
pub use settle::{Correction, Resolution, settle, settle_as_seen};
pub(super) use start::twin;
pub use start::{NewImport, start};
pub use total::{ControlTotal, correct_control_total};
pub use whole::{Told, Whole, import_whole};

use super::rules::{LineDraft, RawCell};

/// A faulty row as it is kept: its cells, so that a correction can start from them, or, where
/// the row reads well and contradicts an earlier import, what it says.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct KeptRow {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) cells: Vec<RawCell>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) draft: Option<LineDraft>,
}
