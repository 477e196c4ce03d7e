//! Who may do what with papers and what the boards decide. Written by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::Kind::{Administrator, CommitteeMember, Trustee};
use super::matrix::{INSIDE, NONE, OFFICERS, Row, row};

/// The rows of papers, votes, decisions, allocations and quorums.
pub(super) fn rows() -> Vec<Row> {
    let reads =
        |operation, path, answer| row(operation, Method::GET, path, Value::Null, INSIDE, answer);
    let paper = json!({"title": "A", "why": "B", "pool_id": NONE, "amount_pence": 1,
        "purpose": "C", "requested_by": "D", "decide_by": {"on": "2027-10-01"}});
    let (post, put) = (Method::POST, Method::PUT);
    vec![
        reads("papers.list", "/api/v1/papers", 200),
        reads("papers.get", "/api/v1/papers/{none}", 404),
        reads("allocations.list", "/api/v1/allocations", 200),
        reads("quorums.list", "/api/v1/quorums", 200),
        row(
            "papers.write",
            post.clone(),
            "/api/v1/papers",
            paper.clone(),
            OFFICERS,
            422,
        ),
        row(
            "papers.change",
            put,
            "/api/v1/papers/{none}",
            paper,
            OFFICERS,
            404,
        ),
        row(
            "papers.withdraw",
            post.clone(),
            "/api/v1/papers/{none}/withdrawal",
            json!({"reason": "A"}),
            OFFICERS,
            404,
        ),
        row(
            "votes.cast",
            post.clone(),
            "/api/v1/papers/{none}/votes",
            // a trustee is told that the committee's members vote for it
            json!({"board": "trustees", "revision": 1, "choice": "agree"}),
            &[Trustee],
            404,
        ),
        row(
            "decisions.record",
            post.clone(),
            "/api/v1/papers/{none}/decisions",
            json!({"board": "committee", "revision": 1, "decided_on": "2026-09-01", "minute": "A"}),
            &[CommitteeMember],
            404,
        ),
        row(
            "quorums.set",
            post,
            "/api/v1/quorums",
            json!({"board": "trustees", "members": 1, "valid_from": "1900-01-01", "minute": "A"}),
            &[Administrator],
            422,
        ),
    ]
}
