//! What the command line says when something went wrong: one message in plain words.

use std::fmt;

/// Why a command failed.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure in words.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Self {
        use domain::Error as E;
        Self(match &error {
            E::Invalid(fields) => fields
                .iter()
                .map(|field| {
                    format!(
                        "{}: {}",
                        field.pointer.trim_start_matches('/'),
                        field.detail
                    )
                })
                .collect::<Vec<_>>()
                .join("\n"),
            E::Refused { detail, .. } => detail.clone(),
            E::Internal(cause) => {
                let mut message = cause.to_string();
                let mut next = cause.source();
                while let Some(deeper) = next {
                    let text = deeper.to_string();
                    if !message.contains(&text) {
                        message = format!("{message}: {text}");
                    }
                    next = deeper.source();
                }
                message
            }
            other => other.to_string(),
        })
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}
