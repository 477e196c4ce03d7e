//! Who may do what with what is kept of an award besides its money. Written by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::{INSIDE, NONE, OFFICERS, Row, row};

/// The rows of virements.
pub(super) fn rows() -> Vec<Row> {
    let moved = || {
        json!({"from_fence_id": NONE, "to_fence_id": NONE, "amount_pence": 1, "moved_on": "2026-09-01",
            "reason": "x"})
    };
    vec![
        row(
            "virements.list",
            Method::GET,
            "/api/v1/awards/{none}/virements",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "virements.record",
            Method::POST,
            "/api/v1/awards/{none}/virements",
            moved(),
            OFFICERS,
            404,
        ),
        row(
            "virements.preview",
            Method::POST,
            "/api/v1/awards/{none}/virement-previews",
            moved(),
            OFFICERS,
            404,
        ),
        row(
            "virements.settle",
            Method::POST,
            "/api/v1/awards/{none}/virements/{none}/facts",
            json!({"kind": "asked", "happened_on": "2026-09-01", "with_whom": "x", "reference": "x"}),
            OFFICERS,
            404,
        ),
    ]
}
