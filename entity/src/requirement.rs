//! What an award asks to be reported: which form, for which periods, by when, signed by whom.

use sea_orm::entity::prelude::*;

use crate::{AwardId, PersonId, RequirementId, ReturnFormId};

/// What an award asks to be reported: which form, for which periods, by when, signed by whom.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "requirement")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RequirementId,
    /// The award.
    pub award_id: AwardId,
    /// The form.
    pub form_id: ReturnFormId,
    /// What people call the return.
    pub name: String,
    /// Length of a period in months.
    pub period_months: i32,
    /// First London date of the first period.
    pub first_period_from: Date,
    /// First London date of the first quarter of the form's grid.
    pub anchor_on: Date,
    /// How the deadline follows from the period.
    pub due_rule: Json,
    /// The Trustee Board must agree.
    pub needs_trustees: bool,
    /// The Recovery Advisory Committee must agree.
    pub needs_committee: bool,
    /// Offices that sign, in order, each with the funder's exact words.
    pub signatures: Json,
    /// Variance that needs an explanation, basis points.
    pub variance_bp: Option<i32>,
    /// Prepares it.
    pub preparer_id: Option<PersonId>,
    /// Certifies it.
    pub certifier_id: Option<PersonId>,
    /// Sends it.
    pub sender_id: Option<PersonId>,
    /// Counts changes, for If-Match.
    pub version: i64,
    /// When (UTC).
    pub created_at: DateTimeUtc,
    /// What was asked first; each change of it is a further row of the same series.
    pub series_id: RequirementId,
    /// Periods that begin on or after this London date are reported as this row says.
    pub applies_from: Date,
    /// Periods that begin on or after this London date are not: another row says how, or it ended.
    pub ends_before: Option<Date>,
    /// Why it was changed; empty for the first row of a series.
    pub reason: String,
    /// Who stated it; absent for the command line.
    pub created_by: Option<PersonId>,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
