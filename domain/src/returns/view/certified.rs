//! Returns that stand certified, as other areas name them.

use chrono::NaiveDate;
use entity::GrantReturnId;
use serde::Serialize;

use crate::returns::store::Certified;

/// A return that stands certified: what its award pays inside it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CertifiedIn {
    /// The return.
    pub return_id: GrantReturnId,
    /// First London date of its period.
    pub period_from: NaiveDate,
    /// Last London date of its period.
    pub period_to: NaiveDate,
}

impl From<&Certified> for CertifiedIn {
    fn from(one: &Certified) -> Self {
        Self {
            return_id: one.id,
            period_from: one.from,
            period_to: one.to,
        }
    }
}
