//! Every operation × every kind of person. The rows are written down here by hand; none is
//! computed from the declarations that they test. An operation without its row fails.

use std::collections::BTreeSet;

use entity::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::on_both;
use crate::support::house::House;
use crate::support::visitor::Visitor;

/// Kinds of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nobody,
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Trustee,
    CommitteeMember,
    FunderA,
    FunderB,
    Auditor,
    Administrator,
    Revoked,
}

use Kind::{
    Administrator, Auditor, Certifier, CommitteeMember, FinanceOfficer, FunderA, FunderB,
    GrantsOfficer, Nobody, Revoked, Trustee,
};

const EVERYBODY: &[Kind] = &[
    Nobody,
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Trustee,
    CommitteeMember,
    FunderA,
    FunderB,
    Auditor,
    Administrator,
    Revoked,
];
/// All who are signed in, those whose roles were taken away too.
const SIGNED_IN: &[Kind] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Trustee,
    CommitteeMember,
    FunderA,
    FunderB,
    Auditor,
    Administrator,
    Revoked,
];
pub(super) const WITH_A_ROLE: &[Kind] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Trustee,
    CommitteeMember,
    FunderA,
    FunderB,
    Auditor,
    Administrator,
];

/// The charity's own: staff, boards, and who looks after the house.
const INSIDE: &[Kind] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Trustee,
    CommitteeMember,
    Auditor,
    Administrator,
];
const LOOKERS_AT_SPEND: &[Kind] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Auditor,
    Administrator,
];
const OFFICERS: &[Kind] = &[GrantsOfficer, FinanceOfficer];

/// One operation: how to ask for it, who may, and what those who may are answered.
pub(super) struct Row {
    operation: &'static str,
    method: Method,
    path: &'static str,
    body: Value,
    may: &'static [Kind],
    answer: u16,
}

pub(super) fn row(
    operation: &'static str,
    method: Method,
    path: &'static str,
    body: Value,
    may: &'static [Kind],
    answer: u16,
) -> Row {
    Row {
        operation,
        method,
        path,
        body,
        may,
        answer,
    }
}

/// An id that names nothing.
pub(super) const NONE: &str = "00000000-0000-7000-8000-000000000000";

fn rows() -> Vec<Row> {
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    vec![
        row(
            "health.live",
            get.clone(),
            "/health/live",
            Value::Null,
            EVERYBODY,
            204,
        ),
        row(
            "health.ready",
            get.clone(),
            "/health/ready",
            Value::Null,
            EVERYBODY,
            200,
        ),
        row(
            "account.get",
            get.clone(),
            "/api/v1/account",
            Value::Null,
            SIGNED_IN,
            200,
        ),
        row(
            "tokens.create",
            post.clone(),
            "/api/v1/account/tokens",
            json!({"name": "t", "scopes": ["read"], "days": 1}),
            SIGNED_IN,
            201,
        ),
        row(
            "tokens.revoke",
            delete.clone(),
            "/api/v1/account/tokens/{none}",
            Value::Null,
            SIGNED_IN,
            404,
        ),
        row(
            "organisations.list",
            get.clone(),
            "/api/v1/organisations",
            Value::Null,
            WITH_A_ROLE,
            200,
        ),
        row(
            "organisations.get",
            get.clone(),
            "/api/v1/organisations/{none}",
            Value::Null,
            WITH_A_ROLE,
            404,
        ),
        row(
            "organisations.create",
            post.clone(),
            "/api/v1/organisations",
            json!({"org_id": "x", "name": "x", "kind": "other"}),
            &[GrantsOfficer, Administrator],
            422,
        ),
        row(
            "categories.list",
            get.clone(),
            "/api/v1/cost-categories",
            Value::Null,
            WITH_A_ROLE,
            200,
        ),
        row(
            "categories.get",
            get.clone(),
            "/api/v1/cost-categories/{none}",
            Value::Null,
            WITH_A_ROLE,
            404,
        ),
        row(
            "categories.create",
            post.clone(),
            "/api/v1/cost-categories",
            json!({"slug": "-", "name": "x"}),
            OFFICERS,
            422,
        ),
        row(
            "awards.list",
            get.clone(),
            "/api/v1/awards",
            Value::Null,
            WITH_A_ROLE,
            200,
        ),
        row(
            "awards.get",
            get.clone(),
            "/api/v1/awards/{none}",
            Value::Null,
            WITH_A_ROLE,
            404,
        ),
        row(
            "awards.create",
            post.clone(),
            "/api/v1/awards",
            json!({
                "reference": "x", "title": "x", "programme": "x", "funder_id": NONE,
                "holder_id": NONE, "accountable_body_id": NONE, "amount_pence": 1,
                "starts_on": "2026-04-01", "ends_on": "2027-03-31", "nation": "england",
                "pays_for": "both", "legal_basis": "gift", "lost_if_unspent": false,
            }),
            &[GrantsOfficer],
            422,
        ),
        row(
            "fences.create",
            post.clone(),
            "/api/v1/awards/{none}/fences",
            json!({"slug": "x", "name": "x", "limit_pence": 1, "category_ids": [NONE]}),
            &[GrantsOfficer],
            404,
        ),
        row(
            "forecasts.list",
            get.clone(),
            "/api/v1/awards/{none}/forecasts",
            Value::Null,
            LOOKERS_AT_SPEND,
            404,
        ),
        row(
            "forecasts.enter",
            post.clone(),
            "/api/v1/awards/{none}/forecasts",
            json!({"entries": [{"month": "2026-09-01", "capital": false, "amount_pence": 1}]}),
            OFFICERS,
            404,
        ),
        row(
            "match.list",
            get.clone(),
            "/api/v1/awards/{none}/match",
            Value::Null,
            LOOKERS_AT_SPEND,
            404,
        ),
        row(
            "match.enter",
            post.clone(),
            "/api/v1/awards/{none}/match",
            json!({"entries": [{
                "source": "x", "source_kind": "council", "in_kind": false, "month": "2026-09-01",
                "capital": false, "amount_pence": 1, "secured": false,
            }]}),
            OFFICERS,
            404,
        ),
        row(
            "pools.list",
            get.clone(),
            "/api/v1/pools",
            Value::Null,
            INSIDE,
            200,
        ),
        row(
            "pools.get",
            get.clone(),
            "/api/v1/pools/{none}",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "pools.create",
            post.clone(),
            "/api/v1/pools",
            json!({
                "slug": "x", "name": "x", "purpose": "x", "holder_id": NONE, "policy": "in-order",
                "policy_from": "2026-04-01", "policy_agreed_by": "x",
            }),
            OFFICERS,
            422,
        ),
        row(
            "contributions.create",
            post.clone(),
            "/api/v1/pools/{none}/contributions",
            json!({"award_id": NONE, "agreed_pence": 1}),
            OFFICERS,
            404,
        ),
        row(
            "ledger-periods.list",
            get.clone(),
            "/api/v1/pools/{none}/closed-months",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "ledger-periods.close",
            post.clone(),
            "/api/v1/pools/{none}/closed-months",
            json!({"month": "2020-01-01"}),
            &[FinanceOfficer],
            404,
        ),
        row(
            "ledger-periods.reopen",
            delete.clone(),
            "/api/v1/pools/{none}/closed-months/2020-01-01",
            Value::Null,
            &[FinanceOfficer],
            404,
        ),
        row(
            "people.list",
            get.clone(),
            "/api/v1/people",
            Value::Null,
            &[Auditor, Administrator],
            200,
        ),
        row(
            "people.get",
            get.clone(),
            "/api/v1/people/{none}",
            Value::Null,
            &[Auditor, Administrator],
            404,
        ),
        row(
            "outbox.list",
            get.clone(),
            "/api/v1/outbox",
            Value::Null,
            &[Administrator],
            200,
        ),
        row(
            "outbox.get",
            get.clone(),
            "/api/v1/outbox/{none}",
            Value::Null,
            &[Administrator],
            404,
        ),
        row(
            "history.list",
            get.clone(),
            "/api/v1/history/award/{none}",
            Value::Null,
            INSIDE,
            200,
        ),
        row(
            "sessions.end",
            delete.clone(),
            "/api/v1/account/sessions/{none}",
            Value::Null,
            SIGNED_IN,
            404,
        ),
        row(
            "people.invite",
            post.clone(),
            "/api/v1/people",
            json!({"email": "a@example.org", "display_name": "A", "organisation_id": NONE, "role": "trustee"}),
            &[Administrator],
            422,
        ),
        row(
            "operations.get",
            get.clone(),
            "/api/v1/operations",
            Value::Null,
            &[Auditor, Administrator],
            200,
        ),
        row(
            "jobs.retry",
            post.clone(),
            "/api/v1/jobs/{none}/retry",
            Value::Null,
            &[Administrator],
            404,
        ),
        row(
            "memberships.revoke",
            delete.clone(),
            "/api/v1/memberships/{none}",
            Value::Null,
            &[Administrator],
            404,
        ),
    ]
}

/// What ends the very sign-in that asks: after everything else.
fn last_rows() -> Vec<Row> {
    vec![row(
        "sessions.end-all",
        Method::DELETE,
        "/api/v1/account/sessions",
        Value::Null,
        SIGNED_IN,
        204,
    )]
}

/// Every row, in an order in which they can be asked.
fn all_rows() -> impl Iterator<Item = Row> {
    rows()
        .into_iter()
        .chain(super::matrix_returns::rows())
        .chain(super::matrix_spend::rows())
        .chain(last_rows())
}

async fn visitors(house: &House) -> Vec<(Kind, Visitor)> {
    let revoked = house.grants_officer().await;
    let membership = revoked.invited.expect("somebody").membership_id;
    let administrator = house.administrator().await;
    administrator
        .delete(&format!("/api/v1/memberships/{membership}"))
        .await
        .expect(204);
    vec![
        (Nobody, house.stranger()),
        (GrantsOfficer, house.grants_officer().await),
        (FinanceOfficer, house.finance_officer().await),
        (Certifier, house.certifier().await),
        (Trustee, house.trustee().await),
        (
            CommitteeMember,
            house.person(Role::CommitteeMember, house.home).await,
        ),
        (FunderA, house.funder(house.funder_a).await),
        (FunderB, house.funder(house.funder_b).await),
        (Auditor, house.person(Role::Auditor, house.home).await),
        (Administrator, administrator),
        (Revoked, revoked),
    ]
}

on_both! {
    async fn every_operation_answers_each_kind_of_person_as_written_here(house: &House) {
        let visitors = visitors(house).await;
        let mut wrong = Vec::new();
        for row in all_rows() {
            let path = row.path.replace("{none}", NONE);
            let body = (!row.body.is_null()).then_some(&row.body);
            for (kind, visitor) in &visitors {
                let reply = visitor.send(row.method.clone(), &path, body, &[("if-match", "\"v1\"")]).await;
                let expected: &[u16] = match kind {
                    _ if row.may.contains(kind) => &[row.answer],
                    Nobody => &[401],
                    // not allowed, or does not exist for them
                    _ => &[403, 404],
                };
                if !expected.contains(&reply.status) {
                    wrong.push(format!("{}: {kind:?} was answered {}, not {expected:?}: {}",
                        row.operation, reply.status, reply.text));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn every_documented_operation_has_its_row(house: &House) {
        let document = house.stranger().get("/api/openapi.json").await.expect(200).json();
        let mut documented = BTreeSet::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no operationId"));
                assert!(documented.insert(id.to_owned()), "{id} is documented twice");
            }
        }
        let written: BTreeSet<String> = all_rows().map(|row| row.operation.to_owned()).collect();
        let missing: Vec<_> = documented.difference(&written).collect();
        assert!(missing.is_empty(), "these operations have no row in the access matrix: {missing:?}");
        let gone: Vec<_> = written.difference(&documented).collect();
        assert!(gone.is_empty(), "these rows name no operation: {gone:?}");
    }
}
