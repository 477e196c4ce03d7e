//! Who may do what with agreements with providers, and who reads our money. Written by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::{INSIDE, NONE, OFFICERS, Row, row};

/// The rows of commitments, and of our money.
pub(super) fn rows() -> Vec<Row> {
    let reads =
        |operation, path, answer| row(operation, Method::GET, path, Value::Null, INSIDE, answer);
    let keeps =
        |operation, path, body, answer| row(operation, Method::POST, path, body, OFFICERS, answer);
    let terms = json!({"title": "A", "pool_id": NONE, "starts_on": "2026-04-01",
        "ends_on": "2027-03-31", "spread_pence": 100});
    vec![
        reads("our-money.get", "/api/v1/our-money", 200),
        reads("commitments.list", "/api/v1/commitments", 200),
        reads("commitments.get", "/api/v1/commitments/{none}", 404),
        keeps(
            "commitments.record",
            "/api/v1/commitments",
            json!({"provider_id": NONE, "holder_id": NONE, "kind": "contract", "reference": "A",
                "terms": terms}),
            422,
        ),
        keeps(
            "commitments.vary",
            "/api/v1/commitments/{none}/variations",
            json!({"effective_on": "2026-10-01", "reason": "A", "terms": terms}),
            404,
        ),
        keeps(
            "commitments.give-notice",
            "/api/v1/commitments/{none}/notices",
            json!({"goes_on": true, "told_on": "2026-09-01", "words": "A"}),
            404,
        ),
    ]
}
