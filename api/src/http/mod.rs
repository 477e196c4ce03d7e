//! What all handlers stand on: who asks, problems, paging, conditions, limits.

pub mod address;
pub mod conditional;
pub mod download;
pub mod forms;
pub mod frame;
pub mod house;
pub mod json;
pub mod limits;
pub mod paging;
pub mod parts;
pub mod patience;
pub mod problem;
pub mod routes;
pub mod scan;
pub mod spreadsheet;
pub mod upload;
pub mod who;

use actix_web::error::QueryPayloadError;
use actix_web::http::Uri;
use actix_web::web;

pub use conditional::{IfMatch, tagged};
pub use house::House;
pub use json::Json;
pub use paging::{Listing, Numbered, Ordered, Paging, Rows, Sorted, Whole, cursor};
pub use problem::{Fault, Problem, Problems};

/// Largest JSON body.
pub const JSON_LIMIT: usize = 2 * 1024 * 1024;

/// An address with another path and the same query: a file is made of what stands at the address beside it.
pub fn renamed(uri: &Uri, path: &str) -> Option<Uri> {
    let query = uri
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = format!("{path}{query}").parse().ok();
    Uri::from_parts(parts).ok()
}

/// Framework failures pass through the same problem documents.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(
            web::JsonConfig::default()
                .limit(JSON_LIMIT)
                .content_type_required(true)
                .error_handler(|error, _| Fault::bad_json(&error).into()),
        )
        .app_data(web::PathConfig::default().error_handler(|_, _| {
            // an id that is none names nothing
            Fault::from(domain::Error::NotFound).into()
        }))
        .app_data(web::QueryConfig::default().error_handler(|error, request| {
            if request.path().starts_with("/api/") {
                let wrong = match error {
                    QueryPayloadError::Deserialize(wrong) => wrong.to_string(),
                    other => other.to_string(),
                };
                routes::unreadable(request, &wrong).into()
            } else {
                Fault::bad_filter().into()
            }
        }))
        .app_data(web::PayloadConfig::new(JSON_LIMIT));
}
