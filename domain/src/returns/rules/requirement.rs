//! What an award asks to be reported.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An office that signs, with the funder's exact words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The office, such as "Section 151 officer".
    pub office: String,
    /// What it states, in the funder's exact words.
    pub words: String,
    /// Its place in the order of signing, from 1.
    #[serde(default)]
    pub order: u16,
}
