//! Bodies in parts: files with what is said of them.

use actix_multipart::{Multipart, MultipartError};
use actix_web::http::StatusCode;
use futures_util::TryStreamExt;

use super::House;
use super::problem::Fault;

/// Most parts of one body.
const MOST: usize = 50;

/// One part of a body.
#[derive(Clone, Debug)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The file's name, if it is a file.
    pub file_name: Option<String>,
    /// Its type, as it was said.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The parts of a body.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    parts: Vec<Part>,
    /// The names under which files were asked for.
    files: Vec<String>,
}

impl Parts {
    /// Reads a body of at most as many bytes in all as a file may have; its files are clean.
    pub async fn read(mut body: Multipart, house: &House) -> Result<Self, Fault> {
        let most = house.config.upload_limit;
        let mut parts = Vec::new();
        let mut size = 0_usize;
        while let Some(mut field) = body.try_next().await.map_err(|error| unreadable(&error))? {
            if parts.len() == MOST {
                return Err(Fault::too_large());
            }
            let mut bytes = Vec::new();
            while let Some(piece) = field.try_next().await.map_err(|error| unreadable(&error))? {
                size = size.saturating_add(piece.len());
                if size > most {
                    return Err(Fault::too_large());
                }
                bytes.extend_from_slice(&piece);
            }
            let is_file = field
                .content_disposition()
                .is_some_and(|said| said.get_filename().is_some());
            if is_file {
                super::scan::check(&house.config.scan_command, &bytes).await?;
            }
            parts.push(Part {
                name: field.name().unwrap_or_default().to_owned(),
                file_name: field
                    .content_disposition()
                    .and_then(|said| said.get_filename().map(str::to_owned)),
                media_type: field.content_type().map_or_else(
                    || "application/octet-stream".to_owned(),
                    ToString::to_string,
                ),
                bytes,
            });
        }
        Ok(Self {
            parts,
            files: Vec::new(),
        })
    }

    /// Takes the part of this name out.
    pub fn take(&mut self, name: &str) -> Option<Part> {
        let place = self.parts.iter().position(|part| part.name == name)?;
        Some(self.parts.remove(place))
    }

    /// Looks at the part of this name.
    pub fn peek(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }

    /// Takes the file of this name out; one that was not chosen is none.
    pub fn file(&mut self, name: &str) -> Option<Part> {
        self.files.push(format!("“{name}”"));
        self.take(name).filter(|part| {
            !part.bytes.is_empty() || part.file_name.as_ref().is_some_and(|name| !name.is_empty())
        })
    }

    /// What is left, as texts: the fields of a form.
    pub fn texts(self) -> Result<serde_json::Map<String, serde_json::Value>, Fault> {
        let mut texts = serde_json::Map::new();
        for part in self.parts {
            let text = String::from_utf8(part.bytes)
                .ok()
                .filter(|text| !text.contains('\0'))
                .ok_or_else(|| {
                    let name = &part.name;
                    Fault::bad_query(&match (&part.file_name, self.files.as_slice()) {
                        (Some(_), []) => format!("There is no part “{name}” that is a file"),
                        (Some(_), files) => format!(
                            "There is no part “{name}” that is a file; a file comes as {}",
                            files.join(" or ")
                        ),
                        (None, _) => format!("“{name}” is not text in UTF-8"),
                    })
                })?;
            texts.insert(part.name, text.into());
        }
        Ok(texts)
    }
}

impl Part {
    /// Its bytes as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_slice(&self.bytes)
            .map_err(|error| Fault::bad_query(&format!("“{}”: {error}", self.name)))
            .and_then(super::json::read)
    }
}

fn unreadable(error: &MultipartError) -> Fault {
    match error {
        MultipartError::ContentTypeMissing
        | MultipartError::ContentTypeParse
        | MultipartError::ContentTypeIncompatible => {
            Fault::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        }
        MultipartError::Payload(actix_web::error::PayloadError::Overflow) => Fault::too_large(),
        other => Fault::bad_query(&other.to_string()),
    }
}
