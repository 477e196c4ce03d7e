//! Files that come with a form: read up to the configured limit, fields beside them.

use actix_multipart::Multipart;
use actix_web::http::header;
use actix_web::{HttpRequest, web};
use futures_util::StreamExt;

use super::problem::Fault;
use crate::Shared;

/// Most bytes of a field that is not a file.
const FIELD_LIMIT: usize = 64 * 1024;
/// Most fields.
const FIELDS: usize = 100;

/// What a form with a file holds.
#[derive(Debug, Default)]
pub struct Upload {
    fields: Vec<(String, String)>,
    /// The file's name and bytes, if one was chosen.
    pub file: Option<(String, Vec<u8>)>,
}

impl Upload {
    /// A field's text; nothing when it is missing or empty.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Every field that is not a file, in its order.
    #[must_use]
    pub fn into_fields(self) -> Vec<(String, String)> {
        self.fields
    }

    /// Reads a `multipart/form-data` body whose file is called `file`.
    pub async fn of(request: &HttpRequest, payload: web::Payload) -> Result<Self, Fault> {
        let shared = shared(request)?;
        let most = shared.config.upload_limit;
        let mut form = Multipart::new(request.headers(), payload);
        let mut upload = Self::default();
        while let Some(part) = form.next().await {
            let mut part = part.map_err(|error| Fault::bad_query(&error.to_string()))?;
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part
                .content_disposition()
                .and_then(|disposition| disposition.get_filename().map(str::to_owned));
            let is_file = name == "file";
            let most = if is_file { most } else { FIELD_LIMIT };
            let mut bytes = Vec::new();
            while let Some(piece) = part.next().await {
                let piece = piece.map_err(|error| Fault::bad_query(&error.to_string()))?;
                if bytes.len() + piece.len() > most {
                    return Err(Fault::too_large());
                }
                bytes.extend_from_slice(&piece);
            }
            if is_file {
                super::scan::check(&shared.config.scan_command, &bytes).await?;
                // A browser sends an empty part where nothing was chosen.
                if !bytes.is_empty() || file_name.as_ref().is_some_and(|name| !name.is_empty()) {
                    upload.file = Some((plain_name(file_name.as_deref()), bytes));
                }
                continue;
            }
            if upload.fields.len() == FIELDS {
                return Err(Fault::bad_query("The form has too many fields"));
            }
            let text = String::from_utf8(bytes)
                .map_err(|_not_text| Fault::bad_query(&format!("The field {name} is not text")))?;
            upload.fields.push((name, text.trim().to_owned()));
        }
        Ok(upload)
    }
}

/// Reads a whole body up to the configured limit.
pub async fn body(request: &HttpRequest, mut payload: web::Payload) -> Result<Vec<u8>, Fault> {
    let shared = shared(request)?;
    let most = shared.config.upload_limit;
    let mut bytes = Vec::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| Fault::bad_query(&error.to_string()))?;
        if bytes.len() + piece.len() > most {
            return Err(Fault::too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    super::scan::check(&shared.config.scan_command, &bytes).await?;
    Ok(bytes)
}

/// Whether the body is a form with files.
#[must_use]
pub fn is_form(request: &HttpRequest) -> bool {
    request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("multipart/form-data"))
}

fn shared(request: &HttpRequest) -> Result<web::Data<Shared>, Fault> {
    request
        .app_data::<web::Data<Shared>>()
        .cloned()
        .ok_or_else(|| Fault::from(domain::Error::internal("a request outside the frame")))
}

/// The last part of a name, without what some browsers put before it.
fn plain_name(name: Option<&str>) -> String {
    let name = name.unwrap_or_default();
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if last.is_empty() {
        "spend".to_owned()
    } else {
        last.chars().filter(|c| !c.is_control()).take(200).collect()
    }
}
