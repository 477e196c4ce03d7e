//! What happened since somebody was last here, of what they may see.

pub mod rules;
pub mod view;
