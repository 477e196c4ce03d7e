//! What we owe funders and what they owe us, over all awards. Worked out from what is recorded of each award;
//! nothing of it is kept twice.

pub mod rules;
pub mod view;

#[cfg(test)]
mod tests;
