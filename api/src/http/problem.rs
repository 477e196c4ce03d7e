//! One function turns every failure into an `application/problem+json` (RFC 9457).

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use domain::{Error, FieldError};
use serde::Serialize;

/// A failure on its way out. The cause is logged once, with its chain, and never sent.
#[derive(Debug)]
pub struct Fault {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    retry_after_s: Option<u32>,
    cause: Option<Error>,
}

/// A problem document, as RFC 9457 has it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// Address of a page that explains this kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What is in the way, and what to do.
    pub detail: String,
    /// Wrong fields, each with its JSON pointer; a wrong value of the query, with its name after a
    /// slash.
    pub errors: Vec<FieldError>,
    /// Ties this reply to the logs.
    pub request_id: String,
}

/// The problems that any operation may answer with.
#[derive(utoipa::IntoResponses)]
#[allow(dead_code, reason = "read by utoipa")]
pub enum Problems {
    /// The request cannot be read: bad JSON, a wrong query, a missing header.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(#[to_schema] Problem),
    /// Nobody is signed in, or the token does not work.
    #[response(status = 401, content_type = "application/problem+json")]
    NotSignedIn(#[to_schema] Problem),
    /// The role or the token's scopes do not cover it.
    #[response(status = 403, content_type = "application/problem+json")]
    NotAllowed(#[to_schema] Problem),
    /// It does not exist, or may not be seen.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(#[to_schema] Problem),
    /// A named rule says no.
    #[response(status = 409, content_type = "application/problem+json")]
    Refused(#[to_schema] Problem),
    /// It has changed since it was read.
    #[response(status = 412, content_type = "application/problem+json")]
    Stale(#[to_schema] Problem),
    /// The body is too large.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(#[to_schema] Problem),
    /// The body is of a type that is not understood.
    #[response(status = 415, content_type = "application/problem+json")]
    WrongType(#[to_schema] Problem),
    /// Fields are wrong.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// `If-Match` is needed.
    #[response(status = 428, content_type = "application/problem+json")]
    NeedsIfMatch(#[to_schema] Problem),
    /// Too many requests.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(#[to_schema] Problem),
    /// Ours to mend.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(#[to_schema] Problem),
    /// Not just now.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let (status, slug, title, detail) = match &error {
            Error::NotFound => (404, "not-found", "Not found", "There is nothing here, or nothing that you may see.".to_owned()),
            Error::NotSignedIn => (401, "not-signed-in", "Sign in first", "Sign in, or send a token that works.".to_owned()),
            Error::NotAllowed(why) => (403, "not-allowed", "Not allowed", why.clone()),
            Error::Stale => (412, "stale", "Changed meanwhile", "It has changed since you read it. Look at it again, then repeat what you wanted.".to_owned()),
            Error::Invalid(fields) => (422, "invalid", "Something needs correcting", match fields.as_slice() {
                [only] => only.detail.clone(),
                many => format!("{} fields need correcting.", many.len()),
            }),
            Error::Refused { rule, detail } => (409, *rule, "Not possible as things stand", detail.clone()),
            Error::Unavailable { detail, .. } => (503, "unavailable", "Not available just now", format!("Try again in a moment: {detail}.")),
            Error::Internal(_) => (500, "internal", "Something went wrong on our side", "It was noted. Try again; if it stays so, tell your administrator the request's number.".to_owned()),
        };
        let mut fault = Self::new(status, slug, title, detail);
        match &error {
            Error::Invalid(fields) => fault.errors = fields.clone(),
            Error::Unavailable { retry_after_s, .. } => fault.retry_after_s = Some(*retry_after_s),
            _ => {}
        }
        fault.cause = Some(error);
        fault
    }
}

impl Fault {
    fn new(
        status: u16,
        slug: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            slug,
            title,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_s: None,
            cause: None,
        }
    }

    /// A body that is not the JSON it should be.
    pub fn bad_json(error: &actix_web::error::JsonPayloadError) -> Self {
        use actix_web::error::JsonPayloadError as Json;
        match error {
            Json::OverflowKnownLength { .. } | Json::Overflow { .. } => Self::too_large(),
            Json::ContentType => Self::new(
                415,
                "wrong-type",
                "Wrong type of body",
                "Send the body as application/json.",
            ),
            Json::Deserialize(wrong) if wrong.is_data() => {
                Self::bad_query(&format!("The body: {wrong}"))
            }
            Json::Deserialize(wrong) => Self::bad_query(&format!(
                "The body is not JSON: it goes wrong at line {}, column {}",
                wrong.line(),
                wrong.column()
            )),
            other => Self::bad_query(&format!("The body cannot be read: {other}")),
        }
    }

    /// A query that cannot be read.
    pub fn bad_query(error: &str) -> Self {
        Self::new(
            400,
            "bad-request",
            "The request cannot be read",
            format!("{error}."),
        )
    }

    /// A query with values that cannot be read, each named.
    #[must_use]
    pub fn bad_values(wrong: Vec<FieldError>) -> Self {
        let detail = match wrong.as_slice() {
            [only] => format!("The query cannot be read: {}", only.detail),
            many => format!("{} values of the query cannot be read.", many.len()),
        };
        Self {
            errors: wrong,
            ..Self::new(400, "bad-request", "The request cannot be read", detail)
        }
    }

    /// A page's address with a filter that the page does not know.
    #[must_use]
    pub fn bad_filter() -> Self {
        Self::new(
            400,
            "bad-filter",
            "This address asks for something that the page does not know",
            "A filter in the page’s address is not one that it has. Open the page without it, and \
             choose again there.",
        )
    }

    /// A body that is too large.
    #[must_use]
    pub fn too_large() -> Self {
        Self::new(413, "too-large", "Too large", "Send less at once.")
    }

    /// An update without `If-Match`.
    #[must_use]
    pub fn needs_if_match() -> Self {
        Self::new(
            428,
            "needs-if-match",
            "If-Match is needed",
            "Read the record first and send its ETag back as If-Match, so that nobody's change is overwritten.",
        )
    }

    /// A method that this address does not have.
    #[must_use]
    pub fn wrong_method() -> Self {
        Self::new(
            405,
            "wrong-method",
            "Wrong method",
            "This address does not answer that method.",
        )
    }

    /// A form that was not sent by one of our pages.
    #[must_use]
    pub fn forged() -> Self {
        Self::new(
            403,
            "not-our-form",
            "This form is out of date",
            "Go back, load the page again and repeat what you wanted. A program that calls the API in a \
             session sends the session’s token as the header X-CSRF-Token.",
        )
    }

    /// Too many requests.
    #[must_use]
    pub fn too_many(retry_after_s: u32) -> Self {
        let mut fault = Self::new(
            429,
            "too-many",
            "Too many requests",
            "Wait a little, then try again.",
        );
        fault.retry_after_s = Some(retry_after_s);
        fault
    }

    /// What a failure of the framework is to us.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Error::NotFound.into(),
            405 => Self::wrong_method(),
            408 => Self::new(
                408,
                "too-slow",
                "Too slow",
                "The request took too long to arrive.",
            ),
            413 => Self::too_large(),
            415 => Self::new(
                415,
                "wrong-type",
                "Wrong type of body",
                "This type of body is not understood.",
            ),
            code if code < 500 => Self::new(
                code,
                "bad-request",
                "The request cannot be read",
                "Check the request against the API's document.",
            ),
            _ => Error::internal(format!("the framework answered {status}")).into(),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The few words.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// What is in the way, and what to do.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Wrong fields.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Stable name of the kind of problem.
    #[must_use]
    pub const fn slug(&self) -> &'static str {
        self.slug
    }

    /// Seconds to wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u32> {
        self.retry_after_s
    }

    /// What we log: the chain of causes.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = String::new();
        let mut next: Option<&dyn std::error::Error> = self
            .cause
            .as_ref()
            .map(|cause| cause as &dyn std::error::Error);
        while let Some(error) = next {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&error.to_string());
            next = error.source();
        }
        text
    }

    /// The problem document.
    #[must_use]
    pub fn document(&self, request_id: &str) -> Problem {
        Problem {
            kind: format!("/problems/{}", self.slug),
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            errors: self.errors.clone(),
            request_id: request_id.to_owned(),
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.detail)
    }
}

impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        // the frame replaces the body, knowing the request's number and who reads it
        HttpResponse::new(self.status)
    }
}
