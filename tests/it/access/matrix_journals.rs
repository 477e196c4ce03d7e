//! Who may do what with journals. Written by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::{Kind, LOOKERS_AT_SPEND, NONE, OFFICERS, Row, row};

const FINANCE: &[Kind] = &[Kind::FinanceOfficer];

/// The rows of journals.
pub(super) fn rows() -> Vec<Row> {
    let post =
        |operation, path, body, may, answer| row(operation, Method::POST, path, body, may, answer);
    let get = |operation, path, answer| {
        row(
            operation,
            Method::GET,
            path,
            Value::Null,
            LOOKERS_AT_SPEND,
            answer,
        )
    };
    let new = json!({"reason": "A", "evidence": "A", "total_pence": 0, "lines": [
        {"incurred_on": "2026-09-01", "pool_id": NONE, "category_id": NONE, "amount_pence": 1,
            "description": "A"},
        {"incurred_on": "2026-09-01", "pool_id": NONE, "category_id": NONE, "amount_pence": -1,
            "description": "A"}]});
    vec![
        get("journals.list", "/api/v1/journals", 200),
        get("journals.get", "/api/v1/journals/{none}", 404),
        post(
            "journals.prepare",
            "/api/v1/journals",
            new.clone(),
            FINANCE,
            422,
        ),
        post(
            "journals.change",
            "/api/v1/journals/{none}/versions",
            new,
            FINANCE,
            404,
        ),
        post(
            "journals.withdraw",
            "/api/v1/journals/{none}/withdrawal",
            Value::Null,
            FINANCE,
            404,
        ),
        post(
            "journals.approve",
            "/api/v1/journals/{none}/approval",
            Value::Null,
            OFFICERS,
            404,
        ),
        post(
            "journals.send-back",
            "/api/v1/journals/{none}/objections",
            json!({"reason": "A"}),
            OFFICERS,
            404,
        ),
    ]
}
