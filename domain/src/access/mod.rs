//! Who may do what: roles, scopes, sign-in, sessions, tokens, second factors.

pub mod rules;
