//! Rules of deadlines: which periods an award reports on, and by when each return is due.
//! Values in, values out: nothing here reads a clock.

mod due;
mod periods;

pub use due::{Adjust, DeadlineProblem, DeadlineRule, Due};
pub use periods::{Cycle, Frequency, Period, periods, periods_ended};
