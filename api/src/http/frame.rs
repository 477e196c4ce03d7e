//! Around every request: its number, its log line, security headers, and the one shape of failure.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use tracing::Instrument;

use super::problem::Fault;
use crate::Shared;

/// This request's number and the nonce of its reply's content security policy.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Ties the reply, the log and the audit log together.
    pub request_id: String,
    /// Allows the page's own script.
    pub nonce: String,
}

impl Stamp {
    /// The stamp of a request inside the frame.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self {
                request_id: String::new(),
                nonce: String::new(),
            })
    }
}

/// How a failure is told to a person. What is below the pages does not know them: it is given this.
#[derive(Clone, Copy, Debug)]
pub struct FailurePage(pub fn(&HttpRequest, &Fault, &Stamp) -> HttpResponse);

/// Where calendar programs read. Its secret is in the query, which is never logged.
pub const CALENDAR: &str = "/calendar/returns.ics";

/// Whether failures of this request are for a program (a problem document) or a person (a page).
fn is_for_programs(request: &HttpRequest) -> bool {
    let path = request.path();
    path.starts_with("/api/")
        || path.starts_with("/health/")
        // a page's script that saves what is being typed
        || request.headers().contains_key("x-autosave")
}

/// The outermost layer.
///
/// HEAD is answered as GET is, through the same checks; the protocol's layer below sends no body.
pub async fn frame(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let began = Instant::now();
    let stamp = Stamp {
        request_id: uuid::Uuid::now_v7().to_string(),
        nonce: uuid::Uuid::new_v4().simple().to_string(),
    };
    request.extensions_mut().insert(stamp.clone());
    let method = request.method().clone();
    if method == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let path = request.path().to_owned();
    let span = tracing::info_span!("request", id = %stamp.request_id);
    // Layers and handlers answer with a response; a clone of the request must not be held here,
    // for the router needs it alone.
    let response = next
        .call(request)
        .instrument(span.clone())
        .await?
        .map_into_boxed_body();
    let mut response = explain(response, &stamp);
    secure(&mut response, &stamp);
    let status = response.status().as_u16();
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(%method, path, status, took_ms, "answered"));
    Ok(response)
}

/// Gives every failure the one shape: a problem document, or a page that says the same.
fn explain(response: ServiceResponse, stamp: &Stamp) -> ServiceResponse {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let is_document = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    if is_document || response.headers().contains_key("x-page") {
        return response;
    }
    let framework;
    let error = response.response().error();
    let fault = match error.and_then(|error| error.as_error::<Fault>()) {
        Some(fault) => fault,
        None => {
            framework = Fault::of_status(status);
            &framework
        }
    };
    if fault.status().is_server_error() {
        tracing::error!(request_id = %stamp.request_id, cause = %fault.chain(), "request failed");
    }
    let request = response.request();
    let mut reply = if is_for_programs(request) {
        HttpResponse::build(fault.status())
            .content_type("application/problem+json")
            .json(fault.document(&stamp.request_id))
    } else {
        match request.app_data::<FailurePage>() {
            Some(FailurePage(page)) => page(request, fault, stamp),
            None => HttpResponse::new(fault.status()),
        }
    };
    if let Some(seconds) = fault.retry_after() {
        reply
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = response.headers().get(header::ALLOW) {
        reply.headers_mut().insert(header::ALLOW, allow.clone());
    }
    response.into_response(reply)
}

fn secure(response: &mut ServiceResponse, stamp: &Stamp) {
    let https = response
        .request()
        .app_data::<web::Data<Shared>>()
        .is_some_and(|shared| shared.config.is_https());
    let path = response.request().path();
    let is_asset = path.starts_with("/assets/");
    let is_calendar = path == CALENDAR;
    let policy = if path.starts_with("/api/docs") {
        // Swagger UI styles itself inline; its scripts are our own files
        "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
            .to_owned()
    } else {
        format!(
            "default-src 'none'; style-src 'self'; script-src 'nonce-{}'; img-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            stamp.nonce
        )
    };
    let headers = response.headers_mut();
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put(HeaderName::from_static("x-request-id"), &stamp.request_id);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::REFERRER_POLICY, "same-origin");
    put(header::X_FRAME_OPTIONS, "DENY");
    put(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    put(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    put(header::CONTENT_SECURITY_POLICY, &policy);
    if is_calendar {
        // a calendar program asks again whether what it keeps still stands
        put(header::CACHE_CONTROL, "private, no-cache");
    } else if !is_asset {
        put(header::CACHE_CONTROL, "no-store");
    }
    if https {
        put(
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains",
        );
    }
    headers.remove("x-page");
}
