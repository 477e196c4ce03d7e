//! Bodies as JSON.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::JSON_LIMIT;
use super::problem::Fault;

/// A body as JSON. Whole numbers may be written `45.0`, as languages do that know no others; a text
/// holds no NUL, which no database keeps.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(T);

impl<T> Json<T> {
    /// What it holds.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // its configuration bounds the body, asks for its type and makes a problem of a failure
        let body = web::Json::<Value>::from_request(request, payload);
        Box::pin(async move { Ok(Self(read(body.await?.into_inner())?)) })
    }
}

/// Reads a body as JSON that may be left out.
pub async fn read_or_none<T: DeserializeOwned>(
    request: &HttpRequest,
    body: web::Payload,
) -> Result<Option<T>, Fault> {
    let bytes = body
        .to_bytes_limited(JSON_LIMIT)
        .await
        .map_err(|_longer| Fault::too_large())?
        .map_err(|error| Fault::bad_query(&error.to_string()))?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if request
        .mime_type()
        .ok()
        .flatten()
        .map(|kind| kind.essence_str().to_owned())
        .as_deref()
        != Some("application/json")
    {
        return Err(Fault::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let body = serde_json::from_slice(&bytes)
        .map_err(|error| Fault::bad_query(&format!("The body: {error}")))?;
    read(body)
}

/// Reads a body that is JSON already, or says what is wrong.
pub fn read<T: DeserializeOwned>(mut body: Value) -> Result<T, Fault> {
    let mut at = String::new();
    if let Some(pointer) = nul(&body, &mut at) {
        return Err(domain::Error::invalid(
            pointer,
            "control-character",
            "Remove the NUL character: no text can hold one.",
        )
        .into());
    }
    whole(&mut body);
    serde_json::from_value(body).map_err(|error| Fault::bad_query(&format!("The body: {error}")))
}

/// Where a text, or a name, holds a NUL.
fn nul(value: &Value, at: &mut String) -> Option<String> {
    let mut inside = |step: &str, value: &Value| {
        let length = at.len();
        at.push('/');
        at.push_str(&step.replace('~', "~0").replace('/', "~1"));
        let found = nul(value, at);
        at.truncate(length);
        found
    };
    match value {
        Value::String(text) => text.contains('\0').then(|| at.clone()),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .find_map(|(n, value)| inside(&n.to_string(), value)),
        Value::Object(map) => map.iter().find_map(|(name, value)| {
            if name.contains('\0') {
                return Some(String::new());
            }
            inside(name, value)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Writes `45.0` as `45`: the same number.
fn whole(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            if let Some(digits) = text.strip_suffix(".0")
                && let Ok(digits) = digits.parse::<i64>()
            {
                *value = digits.into();
            }
        }
        Value::Array(list) => list.iter_mut().for_each(whole),
        Value::Object(map) => map.values_mut().for_each(whole),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_are_read_however_they_are_written() {
        let body: Value = serde_json::from_str(r#"{"a": [45.0, 1e3, 0.5, -2.0], "b": 9}"#).unwrap();
        let read: Value = read(body).unwrap();
        assert_eq!(read, json!({"a": [45, 1000, 0.5, -2], "b": 9}));
        assert_eq!(read["a"][0].as_i64(), Some(45));
    }

    #[test]
    fn a_nul_is_named_by_its_place() {
        let wrong = read::<Value>(json!({"a": ["x", {"b/c": "y\0"}]})).unwrap_err();
        assert_eq!(wrong.errors()[0].pointer, "/a/1/b~1c");
        assert_eq!(wrong.status().as_u16(), 422);
    }
}
