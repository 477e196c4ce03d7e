//! Spend lines as readers get them: what came in, which award pays, and what is not settled.

mod query;
#[cfg(test)]
pub(crate) mod testing;
pub mod view;
