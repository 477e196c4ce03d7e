//! The demo's sample form, and the records that it asks about.

use std::collections::BTreeMap;

use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::visitor::Visitor;

/// The funder's workbook.
pub const FORM: &[u8] = include_bytes!("../../../tributary/demo/forms/recovery-grant-return.xlsx");
/// Its fields.
pub const FIELDS: &[u8] =
    include_bytes!("../../../tributary/demo/forms/recovery-grant-return.fields.json");

/// Adds the cost categories that the sample form counts by. Gives their ids by slug.
pub async fn categories(who: &Visitor) -> BTreeMap<&'static str, String> {
    let mut categories = BTreeMap::new();
    for slug in [
        "community-treatment",
        "residential",
        "recovery-support",
        "workforce",
        "rough-sleeping",
        "management",
        "mobilisation",
        "premises",
    ] {
        let made = who
            .post(
                "/api/v1/cost-categories",
                &json!({"slug": slug, "name": slug}),
            )
            .await
            .expect(201);
        categories.insert(slug, made.id());
    }
    categories
}

/// Adds the form as a funder's, with these fields. Gives its id.
pub async fn add_form(
    who: &Visitor,
    funder: impl std::fmt::Display,
    fields: impl Into<Vec<u8>>,
) -> String {
    who.send_parts(
        "/api/v1/forms",
        Form::new()
            .text("funder_id", funder.to_string())
            .part("fields", Part::bytes(fields.into()))
            .part("workbook", Part::bytes(FORM).file_name("return.xlsx")),
        &[],
    )
    .await
    .expect(201)
    .id()
}
