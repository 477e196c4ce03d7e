//! Organisations: any legal body, known by its org-id.

pub mod ops;
pub mod rules;
pub mod view;
