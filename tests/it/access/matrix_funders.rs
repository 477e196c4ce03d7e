//! What funders' officers do here: ask about figures, download what is shared with them, accept returns or
//! ask for changes in them; and everybody's calendars. Written by hand, like all the others.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::Kind::{Administrator, FinanceOfficer, FunderA, FunderB, GrantsOfficer};
use super::matrix::{
    EVERYBODY, Kind, LOOKERS_AT_SPEND, NONE, OFFICERS, Row, SIGNED_IN, WITH_A_ROLE, row,
};
use super::matrix_pages::{Asked, How, Page};

use How::Get;

/// A form without any field.
const POST: How = How::Post(&[]);
const FUNDERS: &[Kind] = &[FunderA, FunderB];
/// Who records what a funder says of a return: its officer, or we for it.
pub(super) const ANSWERING_FUNDER: &[Kind] = &[GrantsOfficer, FinanceOfficer, FunderA, FunderB];

/// Their rows.
pub(super) fn rows() -> Vec<Row> {
    let says = |operation, path, may| {
        let body = json!({"words": "A"});
        row(operation, Method::POST, path, body, may, 404)
    };
    vec![
        row(
            "funder-questions.figures",
            Method::GET,
            "/api/v1/figures-to-ask-about/award/{none}",
            Value::Null,
            FUNDERS,
            404,
        ),
        row(
            "funder-questions.list",
            Method::GET,
            "/api/v1/funder-questions",
            Value::Null,
            WITH_A_ROLE,
            200,
        ),
        row(
            "funder-questions.get",
            Method::GET,
            "/api/v1/funder-questions/{none}",
            Value::Null,
            WITH_A_ROLE,
            404,
        ),
        row(
            "funder-questions.ask",
            Method::POST,
            "/api/v1/funder-questions",
            json!({"about": "award", "id": NONE, "figure": "amount", "words": "A"}),
            FUNDERS,
            404,
        ),
        says(
            "funder-questions.ask-on",
            "/api/v1/funder-questions/{none}/further-questions",
            FUNDERS,
        ),
        says(
            "funder-questions.settle",
            "/api/v1/funder-questions/{none}/settlement",
            FUNDERS,
        ),
        says(
            "funder-questions.withdraw",
            "/api/v1/funder-questions/{none}/withdrawal",
            FUNDERS,
        ),
        says(
            "funder-questions.answer",
            "/api/v1/funder-questions/{none}/answers",
            OFFICERS,
        ),
        row(
            "funder-links.list",
            Method::GET,
            "/api/v1/organisations/{none}/links",
            Value::Null,
            LOOKERS_AT_SPEND,
            404,
        ),
        row(
            "funder-links.make",
            Method::POST,
            "/api/v1/organisations/{none}/links",
            json!({"for_whom": "A", "ends_on": "2026-12-01"}),
            OFFICERS,
            404,
        ),
        row(
            "funder-links.revoke",
            Method::DELETE,
            "/api/v1/organisations/{none}/links/{none}",
            Value::Null,
            &[GrantsOfficer, FinanceOfficer, Administrator],
            404,
        ),
        row(
            "shared-documents.list",
            Method::GET,
            "/api/v1/shared-documents",
            Value::Null,
            WITH_A_ROLE,
            200,
        ),
        row(
            "shared-documents.get",
            Method::GET,
            "/api/v1/shared-documents/{none}",
            Value::Null,
            WITH_A_ROLE,
            404,
        ),
        row(
            "shared-documents.file",
            Method::GET,
            "/api/v1/shared-documents/{none}/file",
            Value::Null,
            WITH_A_ROLE,
            404,
        ),
        row(
            "shared-documents.share",
            Method::POST,
            "/api/v1/records/award/{none}/documents/{none}/shares",
            json!({"funder_id": NONE}),
            OFFICERS,
            404,
        ),
        row(
            "shared-documents.take-back",
            Method::POST,
            "/api/v1/records/award/{none}/documents/{none}/taking-back",
            json!({"reason": "A"}),
            OFFICERS,
            404,
        ),
        row(
            "calendar-feeds.create",
            Method::POST,
            "/api/v1/account/calendars",
            json!({"covers": "all"}),
            WITH_A_ROLE,
            201,
        ),
        row(
            "calendar-feeds.revoke",
            Method::DELETE,
            "/api/v1/account/calendars/{none}",
            Value::Null,
            SIGNED_IN,
            404,
        ),
        row(
            "returns.funder-changes",
            Method::POST,
            "/api/v1/returns/{none}/funder-change-requests",
            json!({"reason": "A wrong figure."}),
            ANSWERING_FUNDER,
            404,
        ),
    ]
}

pub(super) const PAGES: &[Page] = &[
    ("/calendar/returns.ics", Get(404), EVERYBODY),
    ("/account/calendars", POST, SIGNED_IN),
    ("/account/calendars/new", Get(200), SIGNED_IN),
    ("/account/calendars/{none}/revocation", Get(404), SIGNED_IN),
    ("/account/calendars/{none}/revocation", POST, SIGNED_IN),
    ("/returns/{none}/acceptance", POST, ANSWERING_FUNDER),
    ("/returns/{none}/funder-changes", Get(404), ANSWERING_FUNDER),
    ("/returns/{none}/funder-changes", POST, ANSWERING_FUNDER),
    ("/funder-link", Get(410), EVERYBODY),
    ("/funder-link/opening", POST, EVERYBODY),
    ("/funder-link/leaving", POST, EVERYBODY),
    ("/organisations/{none}/links", Get(404), LOOKERS_AT_SPEND),
    ("/organisations/{none}/links", POST, OFFICERS),
    (
        "/organisations/{none}/links/links.csv",
        Get(404),
        LOOKERS_AT_SPEND,
    ),
    ("/organisations/{none}/links/new", Get(404), OFFICERS),
    (
        "/organisations/{none}/links/{none}/revocation",
        Get(404),
        &[GrantsOfficer, FinanceOfficer, Administrator],
    ),
    (
        "/organisations/{none}/links/{none}/revocation",
        POST,
        &[GrantsOfficer, FinanceOfficer, Administrator],
    ),
    ("/shared-documents", Get(200), WITH_A_ROLE),
    (
        "/shared-documents/shared-documents.csv",
        Get(200),
        WITH_A_ROLE,
    ),
    ("/shared-documents/{none}/file", Get(404), WITH_A_ROLE),
    (
        "/records/award/{none}/documents/{none}/sharing",
        Get(404),
        OFFICERS,
    ),
    (
        "/records/award/{none}/documents/{none}/sharing",
        POST,
        OFFICERS,
    ),
    (
        "/records/award/{none}/documents/{none}/taking-back",
        Get(404),
        OFFICERS,
    ),
    (
        "/records/award/{none}/documents/{none}/taking-back",
        POST,
        OFFICERS,
    ),
    ("/questions", Get(200), WITH_A_ROLE),
    ("/questions", POST, FUNDERS),
    ("/questions/questions.csv", Get(200), WITH_A_ROLE),
    ("/questions/new", Get(404), FUNDERS),
    ("/questions/{none}", Get(404), WITH_A_ROLE),
    ("/questions/{none}/answers", POST, OFFICERS),
    ("/questions/{none}/further-questions", POST, FUNDERS),
    ("/questions/{none}/settlement", Get(404), FUNDERS),
    ("/questions/{none}/settlement", POST, FUNDERS),
    ("/questions/{none}/withdrawal", Get(404), FUNDERS),
    ("/questions/{none}/withdrawal", POST, FUNDERS),
];

pub(super) const OPERATIONS: &[Asked] = &[
    (
        "funder-questions.read",
        &[
            "funder-questions.list",
            "funder-questions.get",
            "/questions/questions.csv",
        ],
    ),
    (
        "funder-questions.ask",
        &[
            "funder-questions.ask",
            "funder-questions.figures",
            "funder-questions.ask-on",
            "funder-questions.settle",
            "funder-questions.withdraw",
        ],
    ),
    ("funder-questions.answer", &["funder-questions.answer"]),
    (
        "funder-links.read",
        &["funder-links.list", "/organisations/{none}/links/links.csv"],
    ),
    ("funder-links.make", &["funder-links.make"]),
    ("funder-links.revoke", &["funder-links.revoke"]),
    (
        "funder-links.open",
        &["/funder-link", "/funder-link/opening"],
    ),
    ("funder-links.leave", &["/funder-link/leaving"]),
    (
        "shared-documents.read",
        &[
            "shared-documents.list",
            "shared-documents.get",
            "shared-documents.file",
            "/shared-documents/shared-documents.csv",
        ],
    ),
    (
        "shared-documents.share",
        &["shared-documents.share", "shared-documents.take-back"],
    ),
    ("returns.funder-changes", &["returns.funder-changes"]),
    ("calendar-feeds.create", &["calendar-feeds.create"]),
    ("calendar-feeds.revoke", &["calendar-feeds.revoke"]),
    ("calendar-feeds.read", &["/calendar/returns.ics"]),
];
