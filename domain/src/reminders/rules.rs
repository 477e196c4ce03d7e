//! Rules of reminders: the ladder of a deadline, who is told, and in which words.
//! Values in, values out: nothing here reads a clock.

mod digest;
mod ladder;
mod recipients;

pub use digest::{Digest, DigestEntry, DigestItem, DigestMatter, digest};
pub use ladder::{
    Chosen, LONG_OVERDUE, Rung, is_long_overdue, ladder, leaves_at, morning_of, rungs_due,
    rungs_reached, working_days_overdue,
};
pub use recipients::{
    ActivePerson, Fallback, Part, Parts, Recipient, Told, but_for_other_offices, is_settled,
    part_in_words, told_of, waits_for, while_they_certify,
};
