//! Who may do what with what is agreed of a pool. Written by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::{INSIDE, Kind, LOOKERS_AT_SPEND, NONE, OFFICERS, Row, WITH_A_ROLE, row};

const FINANCE: &[Kind] = &[Kind::FinanceOfficer];

/// The rows of splits of spend.
pub(super) fn splits() -> Vec<Row> {
    let split = || {
        json!({"title": "x", "cost_centre": "x", "starts_on": "2026-10-06", "reason": "x",
            "parts": [{"pool_id": NONE, "share_bp": 10_000}]})
    };
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
    let post =
        |operation, path, body, may, answer| row(operation, Method::POST, path, body, may, answer);
    vec![
        get("apportionments.list", "/api/v1/apportionments", 200),
        get("apportionments.get", "/api/v1/apportionments/{none}", 404),
        get(
            "apportionments.effect",
            "/api/v1/apportionments/{none}/effect",
            404,
        ),
        get(
            "apportionments.of-line",
            "/api/v1/spend-lines/{none}/split",
            404,
        ),
        post(
            "apportionments.propose",
            "/api/v1/apportionments",
            split(),
            FINANCE,
            422,
        ),
        post(
            "apportionments.preview",
            "/api/v1/apportionment-previews",
            split(),
            FINANCE,
            422,
        ),
        post(
            "apportionments.approve",
            "/api/v1/apportionments/{none}/approval",
            Value::Null,
            OFFICERS,
            404,
        ),
        post(
            "apportionments.withdraw",
            "/api/v1/apportionments/{none}/withdrawal",
            Value::Null,
            FINANCE,
            404,
        ),
        post(
            "apportionments.end",
            "/api/v1/apportionments/{none}/end",
            json!({"ends_on": "2099-10-06", "reason": "x"}),
            FINANCE,
            404,
        ),
    ]
}

/// The rows of pools.
pub(super) fn rows() -> Vec<Row> {
    let rule = || {
        json!({"policy": "pro-rata", "starts_on": "2026-10-06", "agreed_by": "x", "agreed_on": "2026-09-01",
            "minute": "x", "reason": "x", "awards": []})
    };
    let said = || {
        json!({"years": [{"year_id": NONE, "agreed_pence": 1}], "agreed_by": "x", "agreed_on": "2026-09-01",
            "reference": "x", "reason": "x"})
    };
    let balance = || {
        json!({"overspend": "reserve", "underspend": "pro-rata", "starts_on": "2026-10-06", "agreed_by": "x",
            "agreed_on": "2026-09-01", "minute": "x", "reason": "x"})
    };
    vec![
        row(
            "positions.get",
            Method::GET,
            "/api/v1/pools/{none}/position",
            Value::Null,
            WITH_A_ROLE,
            404,
        ),
        row(
            "positions.all",
            Method::GET,
            "/api/v1/position",
            Value::Null,
            INSIDE,
            200,
        ),
        row(
            "position-changes.get",
            Method::GET,
            "/api/v1/pools/{none}/position-changes",
            Value::Null,
            WITH_A_ROLE,
            404,
        ),
        row(
            "position-changes.all",
            Method::GET,
            "/api/v1/position-changes",
            Value::Null,
            INSIDE,
            200,
        ),
        row(
            "unspent.get",
            Method::GET,
            "/api/v1/pools/{none}/unspent",
            Value::Null,
            WITH_A_ROLE,
            404,
        ),
        row(
            "unspent.all",
            Method::GET,
            "/api/v1/unspent",
            Value::Null,
            INSIDE,
            200,
        ),
        row(
            "cash.get",
            Method::GET,
            "/api/v1/pools/{none}/cash",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "cash.all",
            Method::GET,
            "/api/v1/cash",
            Value::Null,
            INSIDE,
            200,
        ),
        row(
            "quarters.get",
            Method::GET,
            "/api/v1/pools/{none}/quarters",
            Value::Null,
            WITH_A_ROLE,
            404,
        ),
        row(
            "quarters.all",
            Method::GET,
            "/api/v1/quarters",
            Value::Null,
            INSIDE,
            200,
        ),
        row(
            "flows.get",
            Method::GET,
            "/api/v1/pools/{none}/flows",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "flows.all",
            Method::GET,
            "/api/v1/flows",
            Value::Null,
            INSIDE,
            200,
        ),
        row(
            "match-positions.get",
            Method::GET,
            "/api/v1/pools/{none}/match",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "match-positions.all",
            Method::GET,
            "/api/v1/match",
            Value::Null,
            INSIDE,
            200,
        ),
        row(
            "award-burn-up.get",
            Method::GET,
            "/api/v1/awards/{none}/burn-up",
            Value::Null,
            WITH_A_ROLE,
            404,
        ),
        row(
            "funding-grid.get",
            Method::GET,
            "/api/v1/funding-grid",
            Value::Null,
            INSIDE,
            200,
        ),
        row(
            "what-ifs.ask",
            Method::POST,
            "/api/v1/what-ifs",
            json!({"scenario": "withdraws", "award_id": NONE, "from_on": "2026-10-06"}),
            INSIDE,
            404,
        ),
        row(
            "pool-disclosures.list",
            Method::GET,
            "/api/v1/pools/{none}/disclosures",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "pool-disclosures.record",
            Method::POST,
            "/api/v1/pools/{none}/disclosures",
            json!({"funder_id": NONE, "by_name": true, "starts_on": "2026-10-06", "agreed_by": "x",
                "agreed_on": "2026-09-01", "reference": "x"}),
            OFFICERS,
            404,
        ),
        row(
            "pool-balance.get",
            Method::GET,
            "/api/v1/pools/{none}/balance",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "pool-balance.agree",
            Method::POST,
            "/api/v1/pools/{none}/balance-rules",
            balance(),
            OFFICERS,
            404,
        ),
        row(
            "contribution-statements.list",
            Method::GET,
            "/api/v1/pools/{none}/contributions/{none}/statements",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "contribution-statements.state",
            Method::POST,
            "/api/v1/pools/{none}/contributions/{none}/statements",
            said(),
            OFFICERS,
            404,
        ),
        row(
            "contribution-statements.preview",
            Method::POST,
            "/api/v1/pools/{none}/contributions/{none}/statement-previews",
            said(),
            OFFICERS,
            404,
        ),
        row(
            "pool-policies.list",
            Method::GET,
            "/api/v1/pools/{none}/policies",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "pool-policies.agree",
            Method::POST,
            "/api/v1/pools/{none}/policies",
            rule(),
            OFFICERS,
            404,
        ),
        row(
            "pool-policies.preview",
            Method::POST,
            "/api/v1/pools/{none}/policy-previews",
            rule(),
            OFFICERS,
            404,
        ),
        row(
            "attribution-runs.list",
            Method::GET,
            "/api/v1/pools/{none}/runs",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "attribution-runs.get",
            Method::GET,
            "/api/v1/pools/{none}/runs/{none}",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "attribution-runs.moved-lines",
            Method::GET,
            "/api/v1/pools/{none}/runs/{none}/moved-lines",
            Value::Null,
            LOOKERS_AT_SPEND,
            404,
        ),
        row(
            "attribution-runs.apply",
            Method::POST,
            "/api/v1/pools/{none}/runs/{none}/applying",
            Value::Null,
            OFFICERS,
            404,
        ),
        row(
            "attribution-runs.set-aside",
            Method::POST,
            "/api/v1/pools/{none}/runs/{none}/setting-aside",
            json!({"reason": "A"}),
            OFFICERS,
            404,
        ),
        row(
            "pool-runs.list",
            Method::GET,
            "/api/v1/pools/{none}/run-rules",
            Value::Null,
            INSIDE,
            404,
        ),
        row(
            "pool-runs.choose",
            Method::POST,
            "/api/v1/pools/{none}/run-rules",
            json!({"runs": "when-applied", "agreed_by": "A", "reason": "A"}),
            OFFICERS,
            404,
        ),
        row(
            "award-stops.get",
            Method::GET,
            "/api/v1/awards/{none}/stops",
            Value::Null,
            INSIDE,
            404,
        ),
    ]
}
