//! Every operation × every kind of person. The rows are written down here by hand; none is
//! computed from the declarations that they test. An operation without its row fails.

use std::collections::BTreeSet;

use entity::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::addresses::{fits, registered};
use super::matrix_pages::{How, operations, pages};
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
    /// A membership that does not fit its organisation, from before that was refused.
    ProvidersFinanceOfficer,
    TrusteeElsewhere,
    StaffOfAFunder,
}

use Kind::{
    Administrator, Auditor, Certifier, CommitteeMember, FinanceOfficer, FunderA, FunderB,
    GrantsOfficer, Nobody, ProvidersFinanceOfficer, Revoked, StaffOfAFunder, Trustee,
    TrusteeElsewhere,
};

pub(super) const EVERYBODY: &[Kind] = &[
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
    ProvidersFinanceOfficer,
    TrusteeElsewhere,
    StaffOfAFunder,
];
/// All who are signed in, those whose membership gives them no role too.
pub(super) const SIGNED_IN: &[Kind] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Trustee,
    CommitteeMember,
    FunderA,
    FunderB,
    Auditor,
    Administrator,
    ProvidersFinanceOfficer,
    TrusteeElsewhere,
    StaffOfAFunder,
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
pub(super) const INSIDE: &[Kind] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Trustee,
    CommitteeMember,
    Auditor,
    Administrator,
];
pub(super) const LOOKERS_AT_SPEND: &[Kind] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Auditor,
    Administrator,
];
pub(super) const OFFICERS: &[Kind] = &[GrantsOfficer, FinanceOfficer];

/// One operation: how to ask for it, who may, and what those who may are answered.
pub(super) struct Row {
    pub(super) operation: &'static str,
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) body: Value,
    pub(super) may: &'static [Kind],
    pub(super) answer: u16,
}

/// Every row of the API.
pub(super) fn all() -> Vec<Row> {
    let mut rows = rows();
    rows.extend(super::matrix_returns::rows());
    rows.extend(super::matrix_spend::rows());
    rows.extend(super::matrix_applications::rows());
    rows.extend(super::matrix_grants::rows());
    rows.extend(super::matrix_decisions::rows());
    rows.extend(super::matrix_beside::rows());
    rows.extend(super::matrix_funders::rows());
    rows.extend(super::matrix_commitments::rows());
    rows.extend(super::matrix_awards::rows());
    rows.extend(super::matrix_journals::rows());
    rows.extend(super::matrix_pools::rows());
    rows.extend(super::matrix_pools::splits());
    rows.extend(last_rows());
    rows
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
            "account.name",
            post.clone(),
            "/api/v1/account/name",
            json!({"display_name": "Somebody else"}),
            SIGNED_IN,
            204,
        ),
        row(
            "tokens.create",
            post.clone(),
            "/api/v1/account/tokens",
            json!({"name": "t", "scopes": ["read"], "days": 1}),
            WITH_A_ROLE,
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
            "award-years.record",
            post.clone(),
            "/api/v1/awards/{none}/years/{none}/events",
            json!({"kind": "confirmed", "happened_on": "2026-09-01", "amount_pence": 1,
                "with_whom": "x"}),
            OFFICERS,
            404,
        ),
        row(
            "awards.amend",
            post.clone(),
            "/api/v1/awards/{none}/amendments",
            json!({"effective_on": "2026-09-01", "reason": "x", "with_whom": "x",
                "change": {"lost_if_unspent": true}}),
            &[GrantsOfficer],
            404,
        ),
        row(
            "awards.preview-amendment",
            post.clone(),
            "/api/v1/awards/{none}/amendment-previews",
            json!({"effective_on": "2026-09-01", "reason": "x", "with_whom": "x",
                "change": {"lost_if_unspent": true}}),
            &[GrantsOfficer],
            404,
        ),
        row(
            "award-conditions.list",
            get.clone(),
            "/api/v1/awards/{none}/conditions",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "award-conditions.state",
            post.clone(),
            "/api/v1/awards/{none}/conditions",
            json!({"title": "x", "kind": "during"}),
            OFFICERS,
            404,
        ),
        row(
            "award-conditions.restate",
            post.clone(),
            "/api/v1/awards/{none}/conditions/{none}/versions",
            json!({"revision": 1, "reason": "x", "terms": {"title": "x", "kind": "during"}}),
            OFFICERS,
            404,
        ),
        row(
            "award-conditions.record",
            post.clone(),
            "/api/v1/awards/{none}/conditions/{none}/facts",
            json!({"kind": "met", "happened_on": "2026-09-01", "by_whom": "x", "evidence": "x"}),
            OFFICERS,
            404,
        ),
        row(
            "award-money.get",
            get.clone(),
            "/api/v1/awards/{none}/money",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "award-payments.schedule",
            post.clone(),
            "/api/v1/awards/{none}/payments",
            json!({"payments": [{"due_on": "2026-09-01", "amount_pence": 1}]}),
            OFFICERS,
            404,
        ),
        row(
            "award-payments.withdraw",
            post.clone(),
            "/api/v1/awards/{none}/payments/{none}/withdrawal",
            json!({"reason": "x"}),
            OFFICERS,
            404,
        ),
        row(
            "award-money.record",
            post.clone(),
            "/api/v1/awards/{none}/money",
            json!({"kind": "claim", "happened_on": "2026-09-01", "amount_pence": 1,
                "ledger_reference": "x"}),
            &[FinanceOfficer],
            404,
        ),
        row(
            "award-money.correct",
            post.clone(),
            "/api/v1/awards/{none}/money/{none}/correction",
            json!({"reason": "x"}),
            &[FinanceOfficer],
            404,
        ),
        row(
            "late-payments.list",
            get.clone(),
            "/api/v1/late-payments",
            Value::Null,
            &[FinanceOfficer],
            200,
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
            "second-factor.reset",
            delete.clone(),
            "/api/v1/people/{none}/second-factor",
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

/// Somebody whose session goes on while their membership is put to something that does not fit.
async fn planted(house: &House, role: Role, organisation: entity::OrganisationId) -> Visitor {
    use sea_orm::{ActiveModelTrait, ActiveValue::Set};
    let visitor = house.grants_officer().await;
    entity::membership::ActiveModel {
        id: Set(visitor.invited.expect("somebody").membership_id),
        organisation_id: Set(organisation),
        role: Set(role),
        ..Default::default()
    }
    .update(&house.behind_its_back().await)
    .await
    .expect("planted");
    visitor
}

async fn visitors(house: &House) -> Vec<(Kind, Visitor)> {
    let revoked = house.grants_officer().await;
    let membership = revoked.invited.expect("somebody").membership_id;
    let administrator = house.administrator().await;
    administrator
        .delete(&format!("/api/v1/memberships/{membership}"))
        .await
        .expect(204);
    let provider: entity::OrganisationId = administrator
        .post(
            "/api/v1/organisations",
            &json!({"org_id": "GB-COH-99000411", "name": "Meadow Lane", "kind": "provider"}),
        )
        .await
        .expect(201)
        .id()
        .parse()
        .expect("an id");
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
        (
            ProvidersFinanceOfficer,
            planted(house, Role::FinanceOfficer, provider).await,
        ),
        (
            TrusteeElsewhere,
            planted(house, Role::Trustee, provider).await,
        ),
        (
            StaffOfAFunder,
            planted(house, Role::FinanceOfficer, house.funder_a).await,
        ),
    ]
}

on_both! {
    async fn every_operation_answers_each_kind_of_person_as_written_here(house: &House) {
        let visitors = visitors(house).await;
        let mut wrong = Vec::new();
        for row in all() {
            let path = row.path.replace("{none}", NONE);
            let body = (!row.body.is_null()).then_some(&row.body);
            for (kind, visitor) in &visitors {
                let reply = visitor.send(row.method.clone(), &path, body, &[("if-match", "\"v1\"")]).await;
                let expected: &[u16] = match kind {
                    _ if row.may.contains(kind) => &[row.answer],
                    // whose last role was taken away is signed out
                    Nobody | Revoked => &[401],
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

    async fn every_page_answers_each_kind_of_person_as_written_here(house: &House) {
        let visitors = visitors(house).await;
        let mut wrong = Vec::new();
        for (page, how, may) in pages() {
            let path = page.replace("{none}", NONE);
            for (kind, visitor) in &visitors {
                let (reply, fits) = match how {
                    How::Elsewhere => continue,
                    How::Get(answer) => {
                        let reply = visitor.get(&path).await;
                        let fits = reply.status == *answer;
                        (reply, fits)
                    }
                    How::Post(fields) => {
                        let reply = visitor.form(&path, fields).await;
                        let fits = ![401, 403].contains(&reply.status) && reply.status < 500;
                        (reply, fits)
                    }
                };
                let right = match kind {
                    _ if may.contains(kind) => fits,
                    // sent to the way in, or told to go there
                    Nobody | Revoked => [303, 401].contains(&reply.status),
                    _ => [403, 404].contains(&reply.status),
                };
                if !right {
                    let text: String = reply.text.chars().take(120).collect();
                    wrong.push(format!("{how:?} {page}: {kind:?} was answered {}: {text}", reply.status));
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
        let written: BTreeSet<String> = all().iter().map(|row| row.operation.to_owned()).collect();
        let missing: Vec<_> = documented.difference(&written).collect();
        assert!(missing.is_empty(), "these operations have no row in the access matrix: {missing:?}");
        let gone: Vec<_> = written.difference(&documented).collect();
        assert!(gone.is_empty(), "these rows name no operation: {gone:?}");
    }
}

/// An operation of the closed list that nothing here asks for, or a page without its row, fails.
#[test]
fn every_operation_of_the_house_and_every_page_has_its_row() {
    let written: BTreeSet<&str> = all()
        .iter()
        .map(|row| row.operation)
        .chain(pages().map(|(page, _, _)| *page))
        .collect();
    let mut wrong = Vec::new();
    for operation in domain::access::rules::Operation::ALL {
        let slug = operation.slug();
        match operations().find(|(known, _)| *known == slug) {
            None => wrong.push(format!("{slug} is asked for nowhere")),
            Some((_, asked)) => {
                let system = operation.who() == domain::access::rules::Who::System;
                let keeping = ["jobs.keep", "house.keep"].contains(&slug);
                if asked.is_empty() != (system || keeping) {
                    wrong.push(format!("{slug}: is it the worker’s alone?"));
                }
                for row in asked.iter().filter(|row| !written.contains(*row)) {
                    wrong.push(format!("{slug}: there is no row {row}"));
                }
            }
        }
    }
    let registered = registered();
    assert!(
        registered.len() > 60,
        "the pages were not found: {registered:?}"
    );
    for page in &registered {
        if !pages().any(|(row, _, _)| fits(row, page)) {
            wrong.push(format!("the page {page} has no row"));
        }
    }
    for (row, _, _) in pages() {
        if !registered.iter().any(|page| fits(row, page)) {
            wrong.push(format!("the row {row} names no page"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
