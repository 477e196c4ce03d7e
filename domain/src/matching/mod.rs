//! Match funding: somebody else's money shown beside an award, never counted as our spend.

pub mod ops;
pub mod rules;
pub mod view;
