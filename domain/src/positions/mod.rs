//! The co-funding position: whose money is in a pool, what it paid for, what is left of it, where the
//! gaps are; and how much of that each funder sees of the others.

pub mod ops;
pub mod rules;
pub mod view;

#[cfg(test)]
mod burn_up_tests;
#[cfg(test)]
mod cash_tests;
#[cfg(test)]
mod changes_tests;
#[cfg(test)]
mod flows_tests;
#[cfg(test)]
mod matched_tests;
#[cfg(test)]
mod quarters_tests;
mod store;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unspent_tests;
