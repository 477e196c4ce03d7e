//! What can go wrong, as a closed list. `api` turns each into a problem document or a page; the
//! worker turns each into a retry, a snooze or a dead job. Causes are logged, never sent.

use serde::Serialize;

/// The result of a domain call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or must not be seen: the two look alike.
    #[error("not found")]
    NotFound,
    /// Nobody is signed in.
    #[error("sign in first")]
    NotSignedIn,
    /// It may be seen, but not done by this person.
    #[error("not allowed: {0}")]
    NotAllowed(String),
    /// It changed since it was read.
    #[error("it has changed since it was read")]
    Stale,
    /// Fields are wrong; each says which and what to do.
    #[error("invalid: {}", .0.first().map_or("", |field| field.detail.as_str()))]
    Invalid(Vec<FieldError>),
    /// A named rule says no.
    #[error("{rule}: {detail}")]
    Refused {
        /// Stable name of the rule, in kebab case; it has a page of its own.
        rule: &'static str,
        /// What is in the way and what to do, in plain words.
        detail: String,
    },
    /// Not just now: try again.
    #[error("not available just now: {detail}")]
    Unavailable {
        /// What is in the way, in plain words.
        detail: String,
        /// How long to wait, in seconds.
        retry_after_s: u32,
    },
    /// Ours to mend.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON pointer of the field, such as `/amount_pence`.
    pub pointer: String,
    /// Stable name of what is wrong, in kebab case.
    pub code: String,
    /// What is wrong and what to do, in plain words.
    pub detail: String,
}

impl FieldError {
    /// One wrong field.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            detail: detail.into(),
        }
    }
}

impl Error {
    /// A named rule says no.
    pub fn refused(rule: &'static str, detail: impl Into<String>) -> Self {
        Self::Refused {
            rule,
            detail: detail.into(),
        }
    }

    /// One wrong field.
    pub fn invalid(
        pointer: impl Into<String>,
        code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }

    /// Something of ours that is wrong, in words for the log.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::Internal(message.into().into())
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        crate::db::explain(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(Box::new(error))
    }
}

impl From<validator::ValidationErrors> for Error {
    /// Each failed rule becomes a field with its JSON pointer.
    fn from(errors: validator::ValidationErrors) -> Self {
        let mut fields = Vec::new();
        collect(&errors, "", &mut fields);
        fields.sort_by(|a, b| a.pointer.cmp(&b.pointer));
        Self::Invalid(fields)
    }
}

fn collect(errors: &validator::ValidationErrors, at: &str, fields: &mut Vec<FieldError>) {
    use validator::ValidationErrorsKind as Kind;
    for (name, kind) in errors.errors() {
        let pointer = format!("{at}/{name}");
        match kind {
            Kind::Field(found) => fields.extend(found.iter().map(|error| FieldError {
                pointer: pointer.clone(),
                code: error.code.to_string(),
                detail: error.message.as_ref().map_or_else(
                    || format!("This does not satisfy the rule “{}”.", error.code),
                    ToString::to_string,
                ),
            })),
            Kind::Struct(inner) => collect(inner, &pointer, fields),
            Kind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{pointer}/{index}"), fields);
                }
            }
        }
    }
}
