//! What must hold of an application. Values in, values out: nothing here reads a clock.

mod content;
mod duties;
mod life;
mod pipeline;

pub use content::{
    Asked, MOST_DOCUMENTS, MOST_LINES, MOST_QUESTIONS, MOST_TASKS, Obstacle, Posed, Programme,
    check_lines, check_offer, check_window, obstacles, total,
};
pub use duties::{DutyOf, Plan, Wanted, is_ours, lapses, wanted};
pub use life::{Life, event_in_words, is_over, outcome_of, state_in_words};
pub use pipeline::{Part, Sums, Year, current_stage, spread, sums, weighted};
