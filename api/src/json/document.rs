//! The document: collected from the routes, then given what is the same everywhere.

use domain::access::rules::{Operation, Who};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::routes::{ServiceConfig, Told};

/// What the document says about the whole.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tributary",
        description = include_str!("document.md"),
        license(name = "MIT", identifier = "MIT"),
    ),
    // what only a query or a path has is not collected from the routes
    components(schemas(
        crate::http::Problem,
        domain::FieldError,
        domain::awards::view::AwardOrder,
        domain::applications::view::ApplicationOrder,
        domain::deadlines::view::DeadlineOrder,
        domain::programmes::rules::Standing,
        domain::programmes::view::ProgrammeOrder,
        domain::returns::view::ReturnOrder,
        domain::spend::view::Settled,
        domain::attribution::rules::Unfunded,
        entity::GrantFormat,
        entity::ApplicationState,
        entity::DeadlineKind,
        entity::ImportState,
        entity::MailState,
        entity::PaperState,
        entity::ReturnState,
        entity::StageKind,
        super::history::Subject,
        domain::beside::rules::RecordKind,
        domain::questions::rules::QuestionAbout,
        domain::questions::rules::QuestionState,
    )),
    modifiers(&Token),
    security(("token" = [])),
)]
struct Document;

struct Token;

impl utoipa::Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "An API token, made on the account page: it begins with `trib_`.",
            ))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The OpenAPI document, collected from the routes themselves.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let told = |areas: fn(&mut ServiceConfig<'_>), prefix| {
        let mut told = Told::default();
        areas(&mut ServiceConfig::Told(&mut told));
        told.under(prefix)
    };
    let mut document = Document::openapi();
    document.merge(told(super::areas, "/api/v1"));
    document.merge(told(super::health::configure, "/health"));
    completed(&document).unwrap_or(document)
}

/// Gives every operation what is the same for all: who may, what the usual parameters, headers and
/// replies mean.
fn completed(
    document: &utoipa::openapi::OpenApi,
) -> Result<utoipa::openapi::OpenApi, serde_json::Error> {
    let mut json = serde_json::to_value(document)?;
    let paths = json.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                complete(path, method, operation);
            }
        }
    }
    // utoipa does not see that a tagged enum refuses names that it does not know
    for strict in ["DeadlineRule", "Resolution", "Scenario"] {
        let variants = json
            .pointer_mut(&format!("/components/schemas/{strict}/oneOf"))
            .and_then(Value::as_array_mut);
        for variant in variants.into_iter().flatten() {
            variant["additionalProperties"] = false.into();
        }
    }
    // parts that are not named are not read
    for parts in [
        "ApplicationSubmissionUpload",
        "DocumentUpload",
        "DraftUpload",
        "FormUpload",
        "GrantsUpload",
        "ImportUpload",
        "PaperUpload",
        "SendingUpload",
    ] {
        if let Some(schema) = json.pointer_mut(&format!("/components/schemas/{parts}")) {
            schema["additionalProperties"] = false.into();
        }
    }
    let schemas = json.pointer_mut("/components/schemas");
    for (_, schema) in schemas.and_then(Value::as_object_mut).into_iter().flatten() {
        alone(schema);
    }
    serde_json::from_value(json)
}

/// An enum whose variants are told apart by the one name that each has takes no other name.
fn alone(schema: &mut Value) {
    let variants = schema.get_mut("oneOf").and_then(Value::as_array_mut);
    for variant in variants.into_iter().flatten() {
        let names = variant.get("properties").and_then(Value::as_object);
        let required = variant.get("required").and_then(Value::as_array);
        if names.is_some_and(|names| names.len() == 1) && required.is_some_and(|all| all.len() == 1)
        {
            variant["additionalProperties"] = false.into();
        }
    }
}

fn complete(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let id = operation
        .get("operationId")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if let Some(known) = operation_of(id) {
        operation.insert("description".to_owned(), who_may(known).into());
    }
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let name = parameter.get("name").and_then(Value::as_str);
        let said = parameter.get("description").is_some();
        let schema = parameter.get("schema").cloned().unwrap_or_default();
        let text = match name {
            Some("id") if !said => format!("The id of {}.", thing(path)),
            Some("Idempotency-Key") => {
                parameter["schema"] = json!({"type": "string", "minLength": 1, "maxLength": 200,
                    "pattern": "^[!-~]+$"});
                "A key of your own for this request: repeated under the same key, it is answered \
                 as before and done once."
                    .to_owned()
            }
            _ if said || schema.is_null() => continue,
            _ => "As its name says.".to_owned(),
        };
        parameter["description"] = text.into();
    }
    let replies = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut);
    if let Some(replies) = replies {
        // reading has no body and changes nothing
        let never: &[&str] = match method {
            "get" => &["412", "413", "415", "428"],
            _ => &[],
        };
        replies.retain(|status, _| !never.contains(&status.as_str()));
        for (status, reply) in replies {
            complete_reply(path, method, status, reply);
        }
    }
}

fn complete_reply(path: &str, method: &str, status: &str, reply: &mut Value) {
    let Some(reply) = reply.as_object_mut() else {
        return;
    };
    let mut is_page = false;
    if let Some(content) = reply.get_mut("content").and_then(Value::as_object_mut) {
        if let Some(problem) = content.get_mut("application/problem+json") {
            problem["schema"] = json!({"$ref": "#/components/schemas/Problem"});
        }
        is_page = content
            .get("application/json")
            .and_then(|json| json.pointer("/schema/$ref")?.as_str())
            .is_some_and(|schema| {
                ["Listing_", "Ordered_", "Numbered_"]
                    .iter()
                    .any(|page| schema.contains(page))
            });
    }
    if let Some(content) = reply.get_mut("content").and_then(Value::as_object_mut)
        && content.contains_key("application/json")
        && content.contains_key("text/csv")
    {
        content.insert(
            crate::http::spreadsheet::KIND.to_owned(),
            json!({"schema": {"type": "string", "format": "binary"}}),
        );
    }
    let is_file = reply.get("content").is_some_and(|content| {
        content
            .as_object()
            .is_some_and(|kinds| !kinds.keys().any(|kind| kind.contains("json")))
    });
    if !reply.contains_key("description") {
        let text = match (status, method) {
            ("200", _) if is_page => "A page of the list.",
            ("200", _) if is_file => "The file, to be saved.",
            ("200", "get") => "As it stands.",
            ("200", _) => "Done: as it stands now.",
            ("201", _) => "Created: what it is and where it can be read.",
            ("204", _) => "Done; there is nothing more to say.",
            ("503", _) if path.starts_with("/health/") => "Not ready, and why.",
            _ => "As its status says.",
        };
        reply.insert("description".to_owned(), text.into());
    }
    let text = json!({"type": "string"});
    if is_page {
        let headers = reply.entry("headers").or_insert_with(|| json!({}));
        headers["Link"] = json!({"schema": text,
            "description": "`<…>; rel=\"next\"`: the address of the next page; absent on the last."});
    }
    if matches!(status, "429" | "503") && !path.starts_with("/health/") {
        let headers = reply.entry("headers").or_insert_with(|| json!({}));
        headers["Retry-After"] = json!({"schema": {"type": "integer"},
            "description": "Seconds to wait before repeating it."});
    }
    let headers = reply.get_mut("headers").and_then(Value::as_object_mut);
    for (name, header) in headers.into_iter().flatten() {
        let text = match name.as_str() {
            "ETag" => "Its version: send it back as `If-Match` to change it.",
            "Location" => "Where it can be read.",
            _ => continue,
        };
        header["description"] = text.into();
    }
}

/// What the last id of a path names.
fn thing(path: &str) -> &'static str {
    let before = path.split("/{id}").next().unwrap_or_default();
    match before.rsplit('/').next().unwrap_or_default() {
        "applications" => "the application",
        "awards" => "the award",
        "pools" => "the pool",
        "commitments" => "the commitment",
        "papers" => "the paper",
        "journals" => "the journal",
        "programmes" => "the programme",
        "returns" => "the return",
        "imports" => "the import",
        "import-profiles" => "the import profile",
        "forms" => "the form",
        "organisations" => "the organisation",
        "cost-categories" => "the cost category",
        "people" => "the person",
        "memberships" => "the membership: see the person's `memberships`",
        "tokens" => "the token: see the account's `tokens`",
        "sessions" => "the session: see the account's `sessions`",
        "jobs" => "the job",
        "spend-lines" => "the spend line",
        "outbox" => "the mail",
        _ => "the record",
    }
}

/// The operation of the house behind an operation of the document.
fn operation_of(id: &str) -> Option<Operation> {
    let slug = match id {
        "import-profiles.suggest" | "import-profiles.change" => "import-profiles.save",
        "ledger-periods.list"
        | "pool-policies.list"
        | "pool-balance.get"
        | "attribution-runs.list"
        | "attribution-runs.get"
        | "award-stops.get"
        | "pool-runs.list"
        | "contribution-statements.list" => "pools.read",
        "contribution-statements.state" | "contribution-statements.preview" => {
            "contributions.state"
        }
        "positions.get"
        | "position-changes.get"
        | "unspent.get"
        | "quarters.get"
        | "award-burn-up.get" => "positions.read",
        "positions.all"
        | "position-changes.all"
        | "funding-grid.get"
        | "unspent.all"
        | "remedies.get"
        | "quarters.all"
        | "flows.get"
        | "flows.all"
        | "match-positions.get"
        | "match-positions.all" => "funding-grid.read",
        "pool-disclosures.list" => "pool-disclosures.read",
        "pool-policies.preview" => "pool-policies.agree",
        "attribution-runs.set-aside" => "attribution-runs.apply",
        "requirements.list" | "requirements.get" => "awards.read",
        "requirements.look-ahead" => "requirements.create",
        "form-drafts.list"
        | "form-drafts.get"
        | "form-drafts.add-field"
        | "form-drafts.change-field"
        | "form-drafts.settle"
        | "form-drafts.try" => "form-drafts.change",
        "spend-lines.list"
        | "spend-lines.get"
        | "spend-lines.totals"
        | "attribution-runs.moved-lines" => "spend.read",
        "today.get" => "deadlines.read",
        "applications.finish-stage"
        | "applications.add-task"
        | "applications.finish-task"
        | "applications.remove-task" => "applications.plan",
        "applications.add-questions"
        | "applications.change-question"
        | "applications.remove-question" => "applications.change",
        "applications.copy-answer" => "applications.answer",
        "applications.remove-document" => "applications.attach",
        "applications.invite-on" => "applications.submit",
        "applications.offer" | "applications.feedback" => "applications.outcome",
        "funder-links.list" => "funder-links.read",
        "shared-documents.list" | "shared-documents.get" | "shared-documents.file" => {
            "shared-documents.read"
        }
        "shared-documents.take-back" => "shared-documents.share",
        "funder-questions.list" | "funder-questions.get" => "funder-questions.read",
        "funder-questions.figures"
        | "funder-questions.ask-on"
        | "funder-questions.settle"
        | "funder-questions.withdraw" => "funder-questions.ask",
        "commitments.record" | "commitments.vary" | "commitments.give-notice" => "commitments.keep",
        "journals.list" | "journals.get" => "journals.read",
        "gone-lines.list" => "imports.read",
        "imports.replace-changed" => "imports.settle",
        "journals.change" | "journals.withdraw" => "journals.prepare",
        "journals.send-back" => "journals.approve",
        "papers.change" | "papers.withdraw" => "papers.write",
        "record-documents.list" | "record-documents.get" | "record-comments.list" => {
            "record-documents.read"
        }
        "record-documents.remove" => "record-documents.add",
        "record-comments.withdraw" => "record-comments.say",
        "allocations.list" | "quorums.list" => "papers.read",
        "pipeline.get" => "pipeline.read",
        "ledger-agreement.list"
        | "ledger-agreement.get"
        | "waiting-lines.list"
        | "waiting-lines.get"
        | "waiting-lines.groups" => "coding-map.read",
        "coding-map.add"
        | "coding-map.preview"
        | "coding-map.load"
        | "coding-map.change"
        | "coding-map.end"
        | "waiting-lines.code-by-map" => "coding-map.keep",
        "ledger-totals.load" => "ledger-totals.state",
        "award-data.get" | "budget-lines.get" => "awards.read",
        "awards.preview-amendment" => "awards.amend",
        "award-conditions.list" => "award-conditions.read",
        "award-conditions.state" | "award-conditions.restate" | "award-conditions.record" => {
            "award-conditions.keep"
        }
        "apportionments.list"
        | "apportionments.get"
        | "apportionments.effect"
        | "apportionments.of-line" => "apportionments.read",
        "apportionments.preview" | "apportionments.withdraw" | "apportionments.end" => {
            "apportionments.propose"
        }
        "award-baseline.get" => "award-baseline.read",
        "award-charges.get" | "pool-charges.get" => "charge-caps.read",
        "award-charges.agree" | "pool-charges.agree" => "charge-caps.agree",
        "awards.preview-closure" | "awards.reopen" => "awards.close",
        "awards.preview-suspension" | "awards.resume" => "awards.suspend",
        "spend-lines.reasons" | "spend-pins.of-line" | "spend-pins.of-pool" => "spend.read",
        "spend-pins.preview" | "spend-pins.take-off" => "spend-pins.pin",
        "award-letters.list" | "award-letters.page" | "award-letters.terms" => "award-letters.read",
        "award-letters.add"
        | "award-letters.quote"
        | "award-letters.withdraw"
        | "award-letters.accept" => "award-letters.keep",
        "virements.list" => "virements.read",
        "virements.record" | "virements.preview" | "virements.settle" => "virements.keep",
        "award-money.get" | "owed.list" | "cash.get" | "cash.all" => "award-money.read",
        "award-payments.withdraw" => "award-payments.schedule",
        "award-money.correct" | "late-payments.list" => "award-money.record",
        "people.preview-erasure" | "retention.get" => "people.erase",
        "contacts.add" | "contacts.change" | "contacts.remove" => "contacts.keep",
        "account-data.export" => "account.export",
        "people.export-data" => "people.export",
        "full-exports.create" => "exports.everything",
        "grant-imports.list"
        | "grant-imports.get"
        | "grant-imports.file"
        | "grant-imports.faults"
        | "published-grants.list"
        | "published-grants.get"
        | "organisations.grant-years" => "grants.read",
        "sessions.end" | "sessions.end-all" => "sign-out",
        known => known,
    };
    let named = |name: &str| {
        Operation::ALL
            .iter()
            .copied()
            .find(|operation| operation.slug() == name)
    };
    named(slug).or_else(|| named(&format!("{}.read", id.split('.').next()?)))
}

/// Who may do an operation, and with which token.
fn who_may(operation: Operation) -> String {
    let who = match operation.who() {
        Who::Anyone => "Anybody".to_owned(),
        Who::SignedIn => "Anybody who is signed in".to_owned(),
        Who::System => "Nobody from outside".to_owned(),
        Who::Roles(roles) => {
            let names: Vec<&str> = roles.iter().map(|role| role.slug()).collect();
            format!("Roles: {}", names.join(", "))
        }
    };
    match operation.scope() {
        Some(scope) => format!("{who}. Scope of a token: `{}`.", scope.slug()),
        None => format!("{who}, in a browser: no token may."),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]
mod tests {
    use super::*;

    /// Every operation of the document, with its path and method.
    fn operations() -> Vec<(String, String, Value)> {
        let json = serde_json::to_value(document()).unwrap();
        let mut all = Vec::new();
        for (path, item) in json["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                all.push((path.clone(), method.clone(), operation.clone()));
            }
        }
        all
    }

    #[test]
    fn everything_in_the_document_is_described() {
        let mut wrong = Vec::new();
        for (path, method, operation) in operations() {
            let at = format!("{method} {path}");
            let id = operation["operationId"].as_str().unwrap();
            if operation_of(id).is_none() && !id.starts_with("health.") {
                wrong.push(format!("{at}: no operation of the house is behind {id}"));
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let said = parameter["description"].as_str().unwrap_or_default();
                if said.is_empty() || said == "As its name says." {
                    wrong.push(format!("{at}: {} is not described", parameter["name"]));
                }
            }
            for (status, reply) in operation["responses"].as_object().unwrap() {
                let said = reply["description"].as_str().unwrap_or_default();
                if said.is_empty() || said == "As its status says." {
                    wrong.push(format!("{at}: {status} is not described"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(map) => {
                    if let Some(to) = map.get("$ref").and_then(Value::as_str) {
                        found.push(to.to_owned());
                    }
                    map.values().for_each(|value| references(value, found));
                }
                Value::Array(list) => list.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let json = serde_json::to_value(document()).unwrap();
        let mut found = Vec::new();
        references(&json, &mut found);
        found.retain(|to| json.pointer(to.trim_start_matches('#')).is_none());
        assert!(found.is_empty(), "these lead nowhere: {found:?}");
    }

    #[test]
    fn what_creates_can_be_repeated_and_what_lists_leads_on() {
        let mut wrong = Vec::new();
        for (path, method, operation) in operations() {
            let at = format!("{method} {path}");
            let has = |name: &str| {
                operation["parameters"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|parameter| parameter["name"] == name)
            };
            // A guess or an export changes nothing. A table taken in again, coding by the map, and
            // what is decided about all that waits do what is left to do: nothing the second time.
            let guesses = [
                "/suggestions",
                "/requirement-previews",
                "/trials",
                "/full-exports",
                "/data-export",
                "/coding-map/previews",
                "/amendment-previews",
                "/virement-previews",
                "/closure-previews",
                "/suspension-previews",
                "/pin-previews",
                "/policy-previews",
                "/apportionment-previews",
                "/statement-previews",
                "/what-ifs",
                "/gone-line-decisions",
                "/replacements",
                "/coding-map/files",
                "/ledger-totals/files",
                "/map-codings",
            ]
            .iter()
            .any(|ending| path.ends_with(ending));
            if method == "post" && !guesses && !has("Idempotency-Key") {
                wrong.push(format!("{at} takes no Idempotency-Key"));
            }
            if method == "put" && !has("If-Match") {
                wrong.push(format!("{at} takes no If-Match"));
            }
            if has("after") != has("limit") {
                wrong.push(format!("{at} has half of a paging"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
