//! Who may do what with documents and comments beside records, corrections, contacts, and what is
//! kept about people. Written by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::Kind::{
    Administrator, Certifier, CommitteeMember, FinanceOfficer, GrantsOfficer, Trustee,
};
use super::matrix::{INSIDE, Kind, OFFICERS, Row, SIGNED_IN, row};

/// Everybody inside but the auditor.
pub(super) const COMMENTERS: &[Kind] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Trustee,
    CommitteeMember,
    Administrator,
];

/// Their rows.
pub(super) fn rows() -> Vec<Row> {
    let reads = |operation, path| row(operation, Method::GET, path, Value::Null, INSIDE, 404);
    vec![
        reads(
            "record-documents.list",
            "/api/v1/records/award/{none}/documents",
        ),
        reads(
            "record-documents.get",
            "/api/v1/records/award/{none}/documents/{none}",
        ),
        reads(
            "record-comments.list",
            "/api/v1/records/award/{none}/comments",
        ),
        // in parts; without them it is told so
        row(
            "record-documents.add",
            Method::POST,
            "/api/v1/records/award/{none}/documents",
            Value::Null,
            OFFICERS,
            415,
        ),
        row(
            "record-documents.remove",
            Method::POST,
            "/api/v1/records/award/{none}/documents/{none}/removal",
            json!({"reason": "A"}),
            OFFICERS,
            404,
        ),
        row(
            "record-comments.say",
            Method::POST,
            "/api/v1/records/award/{none}/comments",
            json!({"words": "A"}),
            COMMENTERS,
            404,
        ),
        row(
            "record-comments.withdraw",
            Method::DELETE,
            "/api/v1/records/award/{none}/comments/{none}",
            Value::Null,
            COMMENTERS,
            404,
        ),
        row(
            "organisations.correct",
            Method::PUT,
            "/api/v1/organisations/{none}",
            json!({"org_id": "GB-GOR-X1", "name": "A", "kind": "department", "reason": "B"}),
            OFFICERS,
            404,
        ),
        row(
            "contacts.list",
            Method::GET,
            "/api/v1/organisations/{none}/contacts",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "contacts.add",
            Method::POST,
            "/api/v1/organisations/{none}/contacts",
            json!({"name": "A", "about": "B"}),
            OFFICERS,
            404,
        ),
        row(
            "contacts.change",
            Method::POST,
            "/api/v1/organisations/{none}/contacts/{none}/correction",
            json!({"name": "A", "about": "B"}),
            OFFICERS,
            404,
        ),
        row(
            "contacts.remove",
            Method::DELETE,
            "/api/v1/organisations/{none}/contacts/{none}",
            Value::Null,
            OFFICERS,
            404,
        ),
        row(
            "categories.rename",
            Method::PUT,
            "/api/v1/cost-categories/{none}/name",
            json!({"name": "A"}),
            OFFICERS,
            404,
        ),
        row(
            "account-data.export",
            Method::POST,
            "/api/v1/account/data-export",
            Value::Null,
            SIGNED_IN,
            200,
        ),
        row(
            "people.preview-erasure",
            Method::GET,
            "/api/v1/people/{none}/erasure",
            Value::Null,
            &[Administrator],
            404,
        ),
        row(
            "people.erase",
            Method::POST,
            "/api/v1/people/{none}/erasure",
            json!({"reason": "A"}),
            &[Administrator],
            404,
        ),
        row(
            "retention.get",
            Method::GET,
            "/api/v1/retention",
            Value::Null,
            &[Administrator],
            200,
        ),
        row(
            "people.export-data",
            Method::POST,
            "/api/v1/people/{none}/data-export",
            Value::Null,
            &[Administrator],
            404,
        ),
    ]
}
