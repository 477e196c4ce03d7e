//! Who may do what with what is agreed of a pool. Written by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::{INSIDE, NONE, OFFICERS, Row, row};

/// The rows of pools.
pub(super) fn rows() -> Vec<Row> {
    let rule = || {
        json!({"policy": "pro-rata", "starts_on": "2026-10-06", "agreed_by": "x", "agreed_on": "2026-09-01",
            "minute": "x", "reason": "x", "awards": []})
    };
    let said = || {
        json!({"years": [{"year_id": NONE, "agreed_pence": 1}], "agreed_by": "x", "agreed_on": "2026-09-01",
            "reference": "x", "reason": "x"})
    };
    let balance = || {
        json!({"overspend": "reserve", "underspend": "pro-rata", "starts_on": "2026-10-06", "agreed_by": "x",
            "agreed_on": "2026-09-01", "minute": "x", "reason": "x"})
    };
    vec![
        row(
            "pool-balance.get",
            Method::GET,
            "/api/v1/pools/{none}/balance",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "pool-balance.agree",
            Method::POST,
            "/api/v1/pools/{none}/balance-rules",
            balance(),
            OFFICERS,
            404,
        ),
        row(
            "contribution-statements.list",
            Method::GET,
            "/api/v1/pools/{none}/contributions/{none}/statements",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "contribution-statements.state",
            Method::POST,
            "/api/v1/pools/{none}/contributions/{none}/statements",
            said(),
            OFFICERS,
            404,
        ),
        row(
            "contribution-statements.preview",
            Method::POST,
            "/api/v1/pools/{none}/contributions/{none}/statement-previews",
            said(),
            OFFICERS,
            404,
        ),
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
