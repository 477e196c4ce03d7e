//! Who may do what: roles, scopes, sign-in links, sessions, tokens, second factors.

pub mod erasure;
pub mod feeds;
pub mod invitations;
pub mod ops;
pub mod rules;
pub mod second_factor;
mod store;
pub mod tokens;
pub mod view;
pub mod visits;

pub(crate) use store::{everybody, for_those_inside, hash, held_on, names_of, officers_of, secret};
