//! Who may do what with files of spend and the lines in them. Written by hand.

use reqwest::Method;
use serde_json::{Value, json};

use super::matrix::Kind::{Administrator, Auditor, Certifier, FinanceOfficer, GrantsOfficer};
use super::matrix::{Kind, NONE, Row, row};

/// Those who look at spend.
const LOOKERS: &[Kind] = &[
    GrantsOfficer,
    FinanceOfficer,
    Certifier,
    Auditor,
    Administrator,
];

/// The one who loads it.
const LOADER: &[Kind] = &[FinanceOfficer];

/// A row of the coding map without a code.
fn map_row() -> Value {
    json!({"valid_from": "2026-04-01", "coded_as": {"pool_id": NONE, "category_id": NONE}})
}

/// The rows of imports and spend.
pub(super) fn rows() -> Vec<Row> {
    let looks =
        |operation, path, answer| row(operation, Method::GET, path, Value::Null, LOOKERS, answer);
    let loads =
        |operation, method, path, body, answer| row(operation, method, path, body, LOADER, answer);
    let pin = json!({"award_id": NONE, "amount_pence": 1, "why": "x"});
    let profile = json!({"name": "", "spec": {"system": "", "columns": {}}});
    vec![
        looks("import-profiles.list", "/api/v1/import-profiles", 200),
        looks("import-profiles.get", "/api/v1/import-profiles/{none}", 404),
        loads(
            "import-profiles.save",
            Method::POST,
            "/api/v1/import-profiles",
            profile.clone(),
            422,
        ),
        loads(
            "import-profiles.change",
            Method::PUT,
            "/api/v1/import-profiles/{none}",
            profile,
            422,
        ),
        loads(
            "import-profiles.suggest",
            Method::POST,
            "/api/v1/import-profiles/suggestions",
            json!({}),
            200,
        ),
        looks("imports.list", "/api/v1/imports", 200),
        looks("imports.get", "/api/v1/imports/{none}", 404),
        looks("imports.file", "/api/v1/imports/{none}/file", 404),
        looks("imports.faults", "/api/v1/imports/{none}/faults", 404),
        looks("imports.fault", "/api/v1/imports/{none}/faults/3", 404),
        looks("imports.suspects", "/api/v1/imports/{none}/suspects", 404),
        looks("gone-lines.list", "/api/v1/imports/{none}/gone-lines", 404),
        row(
            "gone-lines.decide",
            Method::POST,
            "/api/v1/imports/{none}/gone-line-decisions",
            json!({"decision": "set-aside", "reason": "A"}),
            LOADER,
            404,
        ),
        row(
            "imports.replace-changed",
            Method::POST,
            "/api/v1/imports/{none}/replacements",
            json!({"reason": "A"}),
            LOADER,
            404,
        ),
        loads(
            "imports.start",
            Method::POST,
            "/api/v1/imports",
            json!({}),
            422,
        ),
        loads(
            "imports.settle",
            Method::PUT,
            "/api/v1/imports/{none}/faults/3/resolution",
            json!({"decision": "set-aside", "reason": "not ours"}),
            404,
        ),
        loads(
            "imports.control-total",
            Method::PUT,
            "/api/v1/imports/{none}/control-total",
            json!({"control_total_pence": 100}),
            404,
        ),
        loads(
            "imports.accept",
            Method::POST,
            "/api/v1/imports/{none}/acceptance",
            json!({}),
            404,
        ),
        loads(
            "imports.abandon",
            Method::POST,
            "/api/v1/imports/{none}/abandonment",
            json!({}),
            404,
        ),
        looks("coding-map.list", "/api/v1/coding-map", 200),
        looks("coding-map.get", "/api/v1/coding-map/{none}", 404),
        loads(
            "coding-map.add",
            Method::POST,
            "/api/v1/coding-map",
            map_row(),
            422,
        ),
        loads(
            "coding-map.preview",
            Method::POST,
            "/api/v1/coding-map/previews",
            map_row(),
            422,
        ),
        loads(
            "coding-map.load",
            Method::POST,
            "/api/v1/coding-map/files",
            json!({}),
            422,
        ),
        loads(
            "coding-map.change",
            Method::POST,
            "/api/v1/coding-map/{none}/changes",
            json!({"from": "2026-10-01", "coded_as": {"pool_id": NONE, "category_id": NONE}}),
            404,
        ),
        loads(
            "coding-map.end",
            Method::POST,
            "/api/v1/coding-map/{none}/ending",
            json!({"last_on": "2026-10-01"}),
            404,
        ),
        looks("start.get", "/api/v1/start", 200),
        looks("start.samples", "/api/v1/start/samples", 200),
        looks("start.sample", "/api/v1/start/samples/none.csv", 404),
        looks("waiting-lines.list", "/api/v1/waiting-lines", 200),
        looks("waiting-lines.groups", "/api/v1/waiting-lines/groups", 200),
        looks("waiting-lines.get", "/api/v1/waiting-lines/{none}", 404),
        loads(
            "waiting-lines.code",
            Method::POST,
            "/api/v1/waiting-lines/codings",
            json!({"line_ids": [], "coded_as": {"pool_id": NONE, "category_id": NONE}}),
            422,
        ),
        loads(
            "waiting-lines.code-by-map",
            Method::POST,
            "/api/v1/waiting-lines/map-codings",
            json!({}),
            200,
        ),
        looks("ledger-agreement.list", "/api/v1/ledger-agreement", 200),
        looks(
            "ledger-agreement.get",
            "/api/v1/ledger-agreement/2026-09-01",
            200,
        ),
        loads(
            "ledger-totals.state",
            Method::POST,
            "/api/v1/ledger-totals",
            json!({"totals": []}),
            422,
        ),
        loads(
            "ledger-totals.load",
            Method::POST,
            "/api/v1/ledger-totals/files",
            json!({}),
            422,
        ),
        looks("spend-lines.list", "/api/v1/spend-lines", 200),
        looks("spend-lines.totals", "/api/v1/spend-totals", 200),
        looks("spend-lines.get", "/api/v1/spend-lines/{none}", 404),
        looks(
            "spend-lines.reasons",
            "/api/v1/spend-lines/{none}/reasons",
            404,
        ),
        looks("spend-pins.of-line", "/api/v1/spend-lines/{none}/pins", 404),
        looks("spend-pins.of-pool", "/api/v1/pools/{none}/pins", 404),
        loads(
            "spend-pins.pin",
            Method::POST,
            "/api/v1/spend-lines/{none}/pins",
            pin.clone(),
            404,
        ),
        loads(
            "spend-pins.preview",
            Method::POST,
            "/api/v1/spend-lines/{none}/pin-previews",
            pin,
            404,
        ),
        loads(
            "spend-pins.take-off",
            Method::POST,
            "/api/v1/spend-lines/{none}/pins/{none}/taking-off",
            json!({"why": "x"}),
            404,
        ),
    ]
}
