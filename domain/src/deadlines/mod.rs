//! By when something must be done: the periods of an award, and the rules that funders state.

pub mod ahead;
pub mod feed;
pub mod ops;
pub mod rules;
pub mod view;
pub mod whom;
