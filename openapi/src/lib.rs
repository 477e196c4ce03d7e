//! The API's description as it is committed, `openapi/openapi.json`, and how it is written.

use std::path::PathBuf;

/// The description, collected from the routes themselves: what the server serves, indented.
pub fn written() -> Result<String, serde_json::Error> {
    // paths and schemas are collected in the order of their names, so the text is stable
    let mut text = api::document().to_pretty_json()?;
    text.push('\n');
    Ok(text)
}

/// Where the committed one is.
#[must_use]
pub fn committed_at() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"))
}
