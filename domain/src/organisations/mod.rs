//! Organisations: any legal body, known by its org-id.

pub mod contacts;
pub mod ops;
pub mod rules;
#[cfg(test)]
mod tests;
pub mod view;
