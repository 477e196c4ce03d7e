//! Queries of the returns, each starting from who may see.

mod answers;
mod certified;
mod facts;
mod hands;
mod lines;
mod record;

pub(crate) use answers::{Standing, answers, by_key, let_stand, silenced, standing, written};
pub(crate) use certified::{Certified, certified};
pub(crate) use facts::{
    Loaded, facts, loaded, moment, newer_facts, placeholders, set_aside, to_code, unattributed,
};
pub(crate) use hands::hands;
pub(crate) use lines::{forecast_lines, match_lines, spend_lines};
pub(crate) use record::{
    AsSent, Record, append_event, approvals, as_sent, asked, certifications, deadline, events,
    fold_as_sent, fold_rows, is_sent, is_the_funders, life, newest_revision, once_sent, record,
    revision, seen, sendings, signatures, signed_then, turn,
};
