//! `ETag` and `If-Match`: nobody's change is overwritten unseen.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::Serialize;

use super::problem::Fault;

/// The tag that the client has read, without its quotes; none when it sent none.
#[must_use]
pub fn sent_tag(request: &HttpRequest) -> Option<&str> {
    request
        .headers()
        .get(header::IF_MATCH)
        .and_then(|value| value.to_str().ok())
        .map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'))
}

/// The version that the client has read.
#[derive(Clone, Copy, Debug)]
pub struct IfMatch(pub i64);

impl FromRequest for IfMatch {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match sent_tag(request) {
            None => Err(Fault::needs_if_match().into()),
            // a tag that is not of our making cannot be the present one
            Some(tag) => Ok(Self(
                tag.strip_prefix('v')
                    .and_then(|number| number.parse().ok())
                    .unwrap_or(-1),
            )),
        })
    }
}

/// A reply with its version as `ETag`.
#[must_use]
pub fn tagged(version: i64, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::ETAG, format!("\"v{version}\"")))
        .json(body)
}
