//! Holds every JSON reply that a test sees against the served document.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};

struct Contract {
    document: Value,
    validators: Mutex<HashMap<String, std::sync::Arc<Validator>>>,
}

fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| Contract {
        document: serde_json::to_value(api::document()).expect("the document is JSON"),
        validators: Mutex::default(),
    })
}

/// Fails when a reply is not what the document says of its operation.
pub fn check(method: &str, path: &str, status: u16, content_type: &str, body: &str) {
    let path = path.split('?').next().unwrap_or(path);
    // HEAD is GET without its body.
    if method == "HEAD" || !(path.starts_with("/api/v1/") || path.starts_with("/health/")) {
        return;
    }
    let contract = contract();
    let paths = contract.document["paths"].as_object().expect("paths");
    let parts: Vec<&str> = path.split('/').collect();
    let found = paths.iter().find(|(template, item)| {
        let expected: Vec<&str> = template.split('/').collect();
        expected.len() == parts.len()
            && expected
                .iter()
                .zip(&parts)
                .all(|(e, p)| e.starts_with('{') || e == p)
            && item.get(method.to_lowercase()).is_some()
    });
    let Some((template, item)) = found else {
        assert!(
            [401, 404, 405].contains(&status),
            "{method} {path} is not documented: {status}"
        );
        return;
    };
    let replies = &item[method.to_lowercase()]["responses"];
    let reply = &replies[status.to_string()];
    assert!(
        !reply.is_null(),
        "{method} {template} does not document the status {status}: {body}"
    );
    let content = &reply["content"];
    if content.is_null() {
        return;
    }
    let kind = content_type.split(';').next().unwrap_or_default();
    let schema = &content[kind]["schema"];
    assert!(
        !content[kind].is_null(),
        "{method} {template} {status} was answered as {kind:?}, which is not documented"
    );
    if !kind.ends_with("json") || schema.is_null() {
        return;
    }
    let key = format!("{method} {template} {status} {kind}");
    let validator = contract
        .validators
        .lock()
        .expect("not poisoned")
        .entry(key.clone())
        .or_insert_with(|| {
            let whole = json!({
                "allOf": [schema], "components": contract.document["components"],
            });
            std::sync::Arc::new(
                jsonschema::draft202012::new(&whole)
                    .unwrap_or_else(|error| panic!("the schema of {key} is none: {error}")),
            )
        })
        .clone();
    let value: Value = serde_json::from_str(body)
        .unwrap_or_else(|error| panic!("{key} is not JSON ({error}): {body}"));
    let wrong: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        wrong.is_empty(),
        "{key} breaks its contract: {wrong:?}\n{body}"
    );
}
