//! What was typed into a form of an application's, with a file where one was chosen.

use actix_web::{HttpRequest, web};

use crate::http::upload::{Upload, body, is_form};
use crate::http::{Fault, forms};
use crate::pages::fields::Fields;

/// A form as it was sent, its token checked.
pub struct Sent {
    pub fields: Fields,
    /// The file's name and bytes.
    pub file: Option<(String, Vec<u8>)>,
}

/// Reads a form, in parts where a file comes with it.
pub async fn form(request: &HttpRequest, payload: web::Payload) -> Result<Sent, Fault> {
    if is_form(request) {
        let upload = Upload::of(request, payload).await?;
        forms::check(request, upload.field("csrf"))?;
        return Ok(Sent {
            file: upload.file.clone(),
            fields: Fields(upload.into_fields()),
        });
    }
    let bytes = body(request, payload).await?;
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes)
        .map_err(|error| Fault::bad_query(&error.to_string()))?;
    let token = pairs
        .iter()
        .find(|(name, _)| name == "csrf")
        .map(|(_, value)| value.clone());
    forms::check(request, token.as_deref())?;
    Ok(Sent {
        fields: Fields(pairs),
        file: None,
    })
}
