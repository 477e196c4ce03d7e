//! What a field list may say. Values in, a list of what is wrong out.

mod binding;
mod check;
mod spec;

pub use binding::{Binding, Fact, Filters, Measure, Of, PeriodKind, PeriodSpec, When};
pub use check::check;
pub use spec::{FieldSpec, FormSpec, Rounding, Unit};
