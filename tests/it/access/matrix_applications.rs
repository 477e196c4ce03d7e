//! Who may do what with programmes and applications. Written by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::Kind::GrantsOfficer;
use super::matrix::{INSIDE, Kind, NONE, Row, WITH_A_ROLE, row};

/// Who keeps them.
const KEEPER: &[Kind] = &[GrantsOfficer];

/// The rows of programmes and applications.
pub(super) fn rows() -> Vec<Row> {
    let reads =
        |operation, path, answer| row(operation, Method::GET, path, Value::Null, INSIDE, answer);
    let keeps =
        |operation, method, path, body, answer| row(operation, method, path, body, KEEPER, answer);
    let programme = json!({"funder_id": NONE, "name": "A"});
    let seen = |operation, path, answer| {
        row(
            operation,
            Method::GET,
            path,
            Value::Null,
            WITH_A_ROLE,
            answer,
        )
    };
    let (post, put, delete) = (Method::POST, Method::PUT, Method::DELETE);
    let terms = json!({"programme_id": NONE, "title": "A", "purpose": "B", "nation": "england"});
    let question = json!({"stage": "outline", "text": "Why?"});
    let mut rows = vec![
        seen("applications.list", "/api/v1/applications", 200),
        seen("applications.get", "/api/v1/applications/{none}", 404),
        seen("applications.bank", "/api/v1/answer-bank", 200),
        seen(
            "applications.answers",
            "/api/v1/applications/{none}/questions/{none}/answers",
            404,
        ),
        seen(
            "applications.document",
            "/api/v1/applications/{none}/documents/{none}",
            404,
        ),
        seen(
            "applications.receipt",
            "/api/v1/applications/{none}/receipts/{none}",
            404,
        ),
        reads("pipeline.get", "/api/v1/pipeline", 200),
        keeps(
            "applications.begin",
            post.clone(),
            "/api/v1/applications",
            terms.clone(),
            422,
        ),
        keeps(
            "applications.change",
            put.clone(),
            "/api/v1/applications/{none}",
            terms,
            404,
        ),
    ];
    for (operation, method, path, body) in [
        (
            "applications.plan",
            &put,
            "/api/v1/applications/{none}/stages",
            json!({"stages": []}),
        ),
        (
            "applications.finish-stage",
            &post,
            "/api/v1/applications/{none}/stages/outline/completion",
            json!({"done": true}),
        ),
        (
            "applications.estimate",
            &put,
            "/api/v1/applications/{none}/estimate",
            json!({"likelihood_bp": 1}),
        ),
        (
            "applications.add-questions",
            &post,
            "/api/v1/applications/{none}/questions",
            json!({"questions": [question]}),
        ),
        (
            "applications.change-question",
            &put,
            "/api/v1/applications/{none}/questions/{none}",
            question.clone(),
        ),
        (
            "applications.remove-question",
            &delete,
            "/api/v1/applications/{none}/questions/{none}",
            Value::Null,
        ),
        (
            "applications.answer",
            &put,
            "/api/v1/applications/{none}/questions/{none}/answer",
            json!({"text": "a"}),
        ),
        (
            "applications.copy-answer",
            &post,
            "/api/v1/applications/{none}/questions/{none}/copies",
            json!({"answer_id": NONE}),
        ),
        (
            "applications.remove-document",
            &delete,
            "/api/v1/applications/{none}/documents/{none}",
            Value::Null,
        ),
        (
            "applications.add-task",
            &post,
            "/api/v1/applications/{none}/tasks",
            json!({"title": "a"}),
        ),
        (
            "applications.finish-task",
            &post,
            "/api/v1/applications/{none}/tasks/{none}/completion",
            json!({"done": true}),
        ),
        (
            "applications.remove-task",
            &delete,
            "/api/v1/applications/{none}/tasks/{none}",
            Value::Null,
        ),
        (
            "applications.decide",
            &post,
            "/api/v1/applications/{none}/decisions",
            json!({"go": true, "decided_on": "2026-10-01", "decided_by": "a", "minute": "b"}),
        ),
        (
            "applications.submit",
            &post,
            "/api/v1/applications/{none}/submissions",
            json!({"stage": "outline", "submitted_at": "2026-10-01T09:00:00Z", "how": "a",
                "to_whom": "b", "receipt": "c"}),
        ),
        (
            "applications.invite-on",
            &post,
            "/api/v1/applications/{none}/invitations",
            json!({"on": "2026-10-01"}),
        ),
        (
            "applications.offer",
            &post,
            "/api/v1/applications/{none}/offers",
            json!({"reference": "a", "offered_on": "2026-10-01", "starts_on": "2027-04-01",
                "ends_on": "2028-03-31", "accept_by": {"on": "2027-01-01"},
                "years": [{"year_from": "2027-04-01", "amount_pence": 1}]}),
        ),
        (
            "applications.accept",
            &post,
            "/api/v1/applications/{none}/acceptance",
            json!({"accepted_on": "2026-10-01", "legal_basis": "gift", "lost_if_unspent": false}),
        ),
        (
            "applications.outcome",
            &post,
            "/api/v1/applications/{none}/outcome",
            json!({"outcome": "withdrawn", "on": "2026-10-01", "reason": "a"}),
        ),
        (
            "applications.feedback",
            &post,
            "/api/v1/applications/{none}/feedback",
            json!({"on": "2026-10-01", "text": "a"}),
        ),
    ] {
        rows.push(keeps(operation, method.clone(), path, body, 404));
    }
    // in parts; without them it is told so
    rows.push(keeps(
        "applications.attach",
        post,
        "/api/v1/applications/{none}/documents",
        Value::Null,
        415,
    ));
    rows.extend([
        reads("programmes.list", "/api/v1/programmes", 200),
        reads("programmes.get", "/api/v1/programmes/{none}", 404),
        keeps(
            "programmes.create",
            Method::POST,
            "/api/v1/programmes",
            programme.clone(),
            422,
        ),
        keeps(
            "programmes.change",
            Method::PUT,
            "/api/v1/programmes/{none}",
            programme,
            404,
        ),
    ]);
    rows
}
