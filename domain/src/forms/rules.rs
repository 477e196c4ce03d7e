//! What a field list may say, what a workbook seems to ask, and what became of it in its next
//! version. Values in; decisions, proposals or a list of what is wrong out.

mod binding;
mod carry;
mod check;
mod propose;
mod sources;
mod spec;
mod suggest;

pub use binding::{Binding, Fact, Filters, Measure, Of, PeriodKind, PeriodSpec, When};
pub use carry::{Carried, OldField, carry};
pub use check::check;
pub(crate) use check::misfit;
pub use propose::{Proposal, Proposed, key_of, propose};
pub use sources::{Details, Named, SOURCES, Source, Vocabulary, filters_in_words, in_words};
pub use spec::{FieldSpec, FormSpec, Rounding, Unit};
