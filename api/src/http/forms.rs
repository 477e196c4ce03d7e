//! Forms of our pages: URL-encoded, with the session's CSRF token as a field.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

use super::problem::Fault;
use super::who::{self, CSRF_HEADER};

/// A form of one of our pages: its token was checked.
#[derive(Clone, Debug)]
pub struct PageForm<T>(pub T);

/// A form of buttons alone.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub struct Nothing {}

impl<T: DeserializeOwned + 'static> FromRequest for PageForm<T> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let body = web::Bytes::from_request(&request, payload);
        Box::pin(async move {
            let body = body.await?;
            let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(&body)
                .map_err(|error| Fault::bad_query(&error.to_string()))?;
            check(
                &request,
                pairs
                    .iter()
                    .find(|(name, _)| name == "csrf")
                    .map(|(_, value)| value.as_str()),
            )?;
            // A field left empty was not filled in.
            let filled: Vec<_> = pairs
                .into_iter()
                .filter(|(name, value)| name != "csrf" && !value.is_empty())
                .collect();
            let text = serde_urlencoded::to_string(&filled)
                .map_err(|error| Fault::bad_query(&error.to_string()))?;
            let form = serde_urlencoded::from_str(&text)
                .map_err(|error| Fault::bad_query(&error.to_string()))?;
            Ok(Self(form))
        })
    }
}

/// Refuses a form that does not carry its session's token. Strangers have none to carry: what
/// they may do (ask for a link, use one) is protected by what they must know.
pub fn check(request: &HttpRequest, field: Option<&str>) -> Result<(), Fault> {
    let Some((_, caller)) = who::of(request) else {
        return Err(Fault::forged());
    };
    let header = request
        .headers()
        .get(CSRF_HEADER)
        .and_then(|value| value.to_str().ok());
    let sent = field.or(header).unwrap_or_default();
    if caller.csrf.is_empty() || who::same(sent, &caller.csrf) {
        Ok(())
    } else {
        Err(Fault::forged())
    }
}
