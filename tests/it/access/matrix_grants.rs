//! Who may do what with grants that funders published. Written by hand.

use reqwest::Method;
use serde_json::Value;

use super::matrix::Kind::{Administrator, Auditor, FinanceOfficer, GrantsOfficer};
use super::matrix::{INSIDE, Row, WITH_A_ROLE, row};

/// The rows of published grants.
pub(super) fn rows() -> Vec<Row> {
    let looks =
        |operation, path, answer| row(operation, Method::GET, path, Value::Null, INSIDE, answer);
    vec![
        looks("grant-imports.list", "/api/v1/grant-imports", 200),
        looks("grant-imports.get", "/api/v1/grant-imports/{none}", 404),
        looks(
            "grant-imports.file",
            "/api/v1/grant-imports/{none}/file",
            404,
        ),
        looks(
            "grant-imports.faults",
            "/api/v1/grant-imports/{none}/faults",
            404,
        ),
        // without a file
        row(
            "grant-imports.start",
            Method::POST,
            "/api/v1/grant-imports",
            Value::Null,
            &[GrantsOfficer, FinanceOfficer, Administrator],
            422,
        ),
        looks("published-grants.list", "/api/v1/published-grants", 200),
        looks(
            "published-grants.get",
            "/api/v1/published-grants/{none}",
            404,
        ),
        looks(
            "organisations.grant-years",
            "/api/v1/organisations/{none}/grant-years",
            404,
        ),
        row(
            "full-exports.create",
            Method::POST,
            "/api/v1/full-exports",
            Value::Null,
            &[Auditor, Administrator],
            200,
        ),
        row(
            "search.get",
            Method::GET,
            "/api/v1/search?q=a",
            Value::Null,
            WITH_A_ROLE,
            200,
        ),
        row(
            "award-data.get",
            Method::GET,
            "/api/v1/award-data",
            Value::Null,
            WITH_A_ROLE,
            200,
        ),
    ]
}
