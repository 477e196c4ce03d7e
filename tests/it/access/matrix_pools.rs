//! Who may do what with what is agreed of a pool. Written by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::{INSIDE, OFFICERS, Row, row};

/// The rows of pools.
pub(super) fn rows() -> Vec<Row> {
    let rule = || {
        json!({"policy": "pro-rata", "starts_on": "2026-10-06", "agreed_by": "x", "agreed_on": "2026-09-01",
            "minute": "x", "reason": "x", "awards": []})
    };
    vec![
        row(
            "pool-policies.list",
            Method::GET,
            "/api/v1/pools/{none}/policies",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "pool-policies.agree",
            Method::POST,
            "/api/v1/pools/{none}/policies",
            rule(),
            OFFICERS,
            404,
        ),
        row(
            "pool-policies.preview",
            Method::POST,
            "/api/v1/pools/{none}/policy-previews",
            rule(),
            OFFICERS,
            404,
        ),
    ]
}
