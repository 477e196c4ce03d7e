//! Who may do what with programmes and applications. Written by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::Kind::GrantsOfficer;
use super::matrix::{INSIDE, Kind, NONE, Row, row};

/// Who keeps them.
const KEEPER: &[Kind] = &[GrantsOfficer];

/// The rows of programmes.
pub(super) fn rows() -> Vec<Row> {
    let reads =
        |operation, path, answer| row(operation, Method::GET, path, Value::Null, INSIDE, answer);
    let keeps =
        |operation, method, path, body, answer| row(operation, method, path, body, KEEPER, answer);
    let programme = json!({"funder_id": NONE, "name": "A"});
    vec![
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
    ]
}
