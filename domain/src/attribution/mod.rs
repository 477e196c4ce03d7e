//! Which award pays for which part of which spend line: runs of appended differences.

pub mod checks;
mod expected;
mod further;
pub mod ops;
mod outlook;
pub mod reasons;
pub mod rules;
pub mod stops;
mod store;
mod totals;
pub mod view;
mod what_if;

pub(crate) use expected::{Expected, Promised, expected, expected_by_award};
pub(crate) use outlook::{ByWay, Comes, Way, outlook, ways};
pub(crate) use rules::Reach;
pub(crate) use store::{
    awards_alone, fences_of_pool, has_news, held_of_line, is_current, last_run, line_of,
    paid_of_lines,
};
pub(crate) use what_if::{
    Effect, Moved, what_if, what_if_contribution, what_if_fences, what_if_lines, what_if_pinned,
    what_if_policy, what_if_stopped, with_years,
};

#[cfg(test)]
pub(crate) mod agreements_tests;
#[cfg(test)]
mod amended_tests;
#[cfg(test)]
pub(crate) mod further_tests;
#[cfg(test)]
mod moved_tests;
#[cfg(test)]
mod proof_tests;
#[cfg(test)]
mod race_tests;
#[cfg(test)]
mod soak_tests;
#[cfg(test)]
mod stopped_tests;
#[cfg(test)]
mod stops_tests;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod years_tests;
