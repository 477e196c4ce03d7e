//! Who may do what with what is kept of an award besides its money. Written by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::Kind::GrantsOfficer;
use super::matrix::{INSIDE, NONE, OFFICERS, Row, WITH_A_ROLE, row};

/// The rows of corrections, suspensions, closures, virements and letters.
pub(super) fn rows() -> Vec<Row> {
    let moved = || {
        json!({"from_fence_id": NONE, "to_fence_id": NONE, "amount_pence": 1, "moved_on": "2026-09-01",
            "reason": "x"})
    };
    let suspended = || json!({"from_on": "2026-09-01", "why": "x", "told_by": "x"});
    let capped = || {
        json!({"starts_on": "2026-09-01", "basis": "spend", "share_bp": 500, "category_ids": [NONE],
            "agreed_by": "x", "agreed_on": "2026-09-01", "source": "x", "reason": "x"})
    };
    let closed = || json!({"closed_on": "2026-09-01", "why": "x", "told_by": "x"});
    vec![
        row(
            "award-baseline.get",
            Method::GET,
            "/api/v1/awards/{none}/baseline",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "award-charges.get",
            Method::GET,
            "/api/v1/awards/{none}/charges",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "award-charges.agree",
            Method::POST,
            "/api/v1/awards/{none}/charge-caps",
            capped(),
            OFFICERS,
            404,
        ),
        row(
            "pool-charges.get",
            Method::GET,
            "/api/v1/pools/{none}/charges",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "pool-charges.agree",
            Method::POST,
            "/api/v1/pools/{none}/charge-caps",
            capped(),
            OFFICERS,
            404,
        ),
        row(
            "owed.list",
            Method::GET,
            "/api/v1/owed",
            Value::Null,
            INSIDE,
            200,
        ),
        row(
            "awards.correct",
            Method::PUT,
            "/api/v1/awards/{none}",
            json!({"title": "A", "reference": "B", "reason": "C"}),
            OFFICERS,
            404,
        ),
        row(
            "awards.close",
            Method::POST,
            "/api/v1/awards/{none}/closures",
            closed(),
            OFFICERS,
            404,
        ),
        row(
            "awards.preview-closure",
            Method::POST,
            "/api/v1/awards/{none}/closure-previews",
            closed(),
            OFFICERS,
            404,
        ),
        row(
            "awards.reopen",
            Method::POST,
            "/api/v1/awards/{none}/closures/{none}/reopening",
            json!({"reopened_on": "2026-09-01", "why": "x", "told_by": "x"}),
            OFFICERS,
            404,
        ),
        row(
            "awards.suspend",
            Method::POST,
            "/api/v1/awards/{none}/suspensions",
            suspended(),
            &[GrantsOfficer],
            404,
        ),
        row(
            "awards.preview-suspension",
            Method::POST,
            "/api/v1/awards/{none}/suspension-previews",
            suspended(),
            &[GrantsOfficer],
            404,
        ),
        row(
            "awards.resume",
            Method::POST,
            "/api/v1/awards/{none}/suspensions/{none}/resumption",
            json!({"resumed_on": "2026-09-01", "why": "x", "told_by": "x"}),
            &[GrantsOfficer],
            404,
        ),
        row(
            "budget-lines.get",
            Method::GET,
            "/api/v1/awards/{none}/budget-lines",
            Value::Null,
            WITH_A_ROLE,
            404,
        ),
        row(
            "category-maps.record",
            Method::POST,
            "/api/v1/awards/{none}/category-maps",
            json!({"said_in": "x", "lines": [{"name": "x", "budget_pence": 1, "pays_for": "both",
                "category_ids": [NONE]}]}),
            &[GrantsOfficer],
            404,
        ),
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
        row(
            "award-letters.list",
            Method::GET,
            "/api/v1/awards/{none}/letters",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "award-letters.add",
            Method::POST,
            "/api/v1/awards/{none}/letters",
            json!({"document_id": NONE}),
            OFFICERS,
            404,
        ),
        row(
            "award-letters.page",
            Method::GET,
            "/api/v1/awards/{none}/letters/{none}/pages/1",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "award-letters.terms",
            Method::GET,
            "/api/v1/awards/{none}/letter-terms",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "award-letters.quote",
            Method::POST,
            "/api/v1/awards/{none}/passages",
            json!({"letter_id": NONE, "page": 1, "term": "amount", "words": "x"}),
            OFFICERS,
            404,
        ),
        row(
            "award-letters.withdraw",
            Method::POST,
            "/api/v1/awards/{none}/passages/{none}/withdrawal",
            json!({"reason": "x"}),
            OFFICERS,
            404,
        ),
        row(
            "award-letters.accept",
            Method::POST,
            "/api/v1/awards/{none}/passages/{none}/acceptances",
            json!({"stands": "x"}),
            OFFICERS,
            404,
        ),
    ]
}
