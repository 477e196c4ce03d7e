//! Queries of the returns, each starting from who may see.

mod answers;
mod facts;
mod hands;
mod lines;
mod record;

pub(crate) use answers::{Standing, answers, by_key, let_stand, silenced, standing, written};
pub(crate) use facts::{
    Loaded, facts, loaded, moment, newer_facts, set_aside, to_code, unattributed,
};
pub(crate) use hands::hands;
pub(crate) use lines::{forecast_lines, match_lines, spend_lines};
pub(crate) use record::{
    Record, append_event, approvals, asked, certifications, deadline, events, life,
    newest_revision, record, revision, seen, sendings, signatures, turn,
};
