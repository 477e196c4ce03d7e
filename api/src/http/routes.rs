//! Addresses that nothing answers: 405 where another method would, 404 elsewhere.

use std::collections::{BTreeMap, HashMap};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};

use domain::FieldError;
use serde::Deserialize;
use serde_json::Value;

use super::problem::Fault;

/// The documented addresses with their methods.
#[derive(Clone, Debug)]
pub struct Known(Vec<Address>);

/// A documented address.
#[derive(Clone, Debug)]
struct Address {
    /// Its parts; one in braces stands for any.
    parts: Vec<String>,
    /// Its methods, each with the names that its query may have.
    methods: Vec<(Method, Vec<Name>)>,
}

/// A name of a query, with what it takes.
#[derive(Clone, Debug)]
struct Name {
    name: String,
    takes: Takes,
}

/// What is read of the document: the rest is left where it is.
#[derive(Deserialize)]
struct Described {
    paths: BTreeMap<String, BTreeMap<String, Operation>>,
    components: Parts,
}

#[derive(Deserialize)]
struct Parts {
    schemas: HashMap<String, Shape>,
}

#[derive(Deserialize)]
struct Operation {
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
struct Parameter {
    name: String,
    #[serde(rename = "in")]
    place: String,
    schema: Option<Shape>,
}

#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "$ref")]
    named: Option<String>,
    #[serde(rename = "enum")]
    list: Option<Vec<Value>>,
    #[serde(rename = "type")]
    kind: Option<Value>,
    format: Option<String>,
}

/// What a name of a query takes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Takes {
    Id,
    Date,
    Whole,
    Truth,
    OneOf(Vec<String>),
    Text,
}

impl Takes {
    /// Reads it from a parameter's shape; `parts` are the document's named ones.
    fn of(shape: &Shape, parts: &HashMap<String, Shape>) -> Self {
        let named = shape
            .named
            .as_deref()
            .and_then(|place| parts.get(place.rsplit('/').next()?));
        let shape = named.unwrap_or(shape);
        if let Some(list) = &shape.list {
            let list = list.iter().filter_map(Value::as_str);
            return Self::OneOf(list.map(str::to_owned).collect());
        }
        let kind = shape.kind.as_ref().and_then(Value::as_str);
        match (kind, shape.format.as_deref()) {
            (Some("integer"), _) => Self::Whole,
            (Some("boolean"), _) => Self::Truth,
            (_, Some("uuid")) => Self::Id,
            (_, Some("date")) => Self::Date,
            _ => Self::Text,
        }
    }

    /// Whether a value can be read.
    fn fits(&self, value: &str) -> bool {
        match self {
            Self::Id => value.parse::<uuid::Uuid>().is_ok(),
            Self::Date => value.parse::<chrono::NaiveDate>().is_ok(),
            Self::Whole => value.parse::<i64>().is_ok(),
            Self::Truth => matches!(value, "true" | "false"),
            Self::OneOf(list) => list.iter().any(|known| known == value),
            Self::Text => true,
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Id => "an id, such as 019a3c5e-7d11-7a52-9c7e-2f6b1c0d4e8f".to_owned(),
            Self::Date => "a date, such as 2026-06-30".to_owned(),
            Self::Whole => "a whole number that is in its range".to_owned(),
            Self::Truth => "true or false".to_owned(),
            Self::OneOf(list) => format!("one of: {}", list.join(", ")),
            Self::Text => "a text".to_owned(),
        }
    }
}

impl Known {
    /// Reads them from the text of the API's own document.
    pub fn of(text: &str) -> serde_json::Result<Self> {
        let document: Described = serde_json::from_str(text)?;
        let parts = document.components.schemas;
        let known = document.paths.into_iter().map(|(path, item)| Address {
            parts: path.split('/').map(str::to_owned).collect(),
            methods: item
                .into_iter()
                .filter_map(|(name, operation)| {
                    let method = name.to_uppercase().parse::<Method>().ok()?;
                    let names = operation
                        .parameters
                        .into_iter()
                        .filter(|one| one.place == "query")
                        .filter_map(|one| {
                            Some(Name {
                                takes: Takes::of(&one.schema?, &parts),
                                name: one.name,
                            })
                        });
                    Some((method, names.collect()))
                })
                .collect(),
        });
        Ok(Self(known.collect()))
    }

    /// The address of a path: where a plain one and one with a blank both fit, the plain one.
    fn at(&self, path: &str) -> Option<&Address> {
        let parts: Vec<&str> = path.split('/').collect();
        self.0
            .iter()
            .filter(|address| {
                address.parts.len() == parts.len()
                    && address
                        .parts
                        .iter()
                        .zip(&parts)
                        .all(|(expected, part)| expected.starts_with('{') || expected == part)
            })
            .min_by_key(|address| {
                address
                    .parts
                    .iter()
                    .filter(|part| part.starts_with('{'))
                    .count()
            })
    }

    fn methods(&self, path: &str) -> Option<String> {
        let names: Vec<&str> = self
            .at(path)?
            .methods
            .iter()
            .flat_map(|(method, _)| match *method {
                Method::GET => vec!["GET", "HEAD"],
                _ => vec![method.as_str()],
            })
            .collect();
        Some(names.join(", "))
    }

    /// The names that a query may have; nothing where no documented address answers.
    fn query(&self, method: &Method, path: &str) -> Option<&[Name]> {
        self.at(path)?
            .methods
            .iter()
            .find(|(known, _)| known == method)
            .map(|(_, names)| names.as_slice())
    }
}

/// Refuses a method that a documented address does not have, even where an address with a blank would
/// take it; and a query with a name that the document does not have: a mistyped filter would
/// otherwise quietly give the whole list.
pub async fn known(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let known = request.app_data::<web::Data<Known>>();
    if let Some(known) = known
        && request.path().starts_with("/api/v1/")
        && known.at(request.path()).is_some()
        && known.query(request.method(), request.path()).is_none()
    {
        let reply = unknown(request.request().clone()).await;
        return Ok(request.into_response(reply));
    }
    match unknown_name(&request) {
        Some(fault) => Ok(request.error_response(fault)),
        None => Ok(next.call(request).await?.map_into_boxed_body()),
    }
}

fn unknown_name(request: &ServiceRequest) -> Option<Fault> {
    let query = request.query_string();
    if query.is_empty() || !request.path().starts_with("/api/v1/") {
        return None;
    }
    let known = request.app_data::<web::Data<Known>>()?;
    let names = known.query(request.method(), request.path())?;
    let wrong = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split('=').next().unwrap_or_default())
        .find(|name| !names.iter().any(|known| known.name == *name))?;
    let wrong: String = wrong.chars().take(60).collect();
    let may = if names.is_empty() {
        "this address takes no query".to_owned()
    } else {
        let names: Vec<&str> = names.iter().map(|known| known.name.as_str()).collect();
        format!("it may have: {}", names.join(", "))
    };
    Some(Fault::bad_query(&format!(
        "The query has no “{wrong}”; {may}"
    )))
}

/// A query with a value that cannot be read: which, and what its name takes.
pub fn unreadable(request: &HttpRequest, why: &str) -> Fault {
    let whole = || {
        Fault::bad_query(&format!(
            "A value of the query cannot be read ({why}); the document says what each name takes"
        ))
    };
    let Some(known) = request.app_data::<web::Data<Known>>() else {
        return whole();
    };
    let names = known
        .query(request.method(), request.path())
        .unwrap_or_default();
    let sent: Vec<(String, String)> =
        serde_urlencoded::from_str(request.query_string()).unwrap_or_default();
    let mut wrong: Vec<FieldError> = Vec::new();
    for (n, (name, value)) in sent.iter().enumerate() {
        let Some(known) = names.iter().find(|known| known.name == *name) else {
            continue;
        };
        let twice = sent.iter().take(n).any(|(before, _)| before == name);
        if twice {
            wrong.push(FieldError::new(
                format!("/{name}"),
                "given-twice",
                format!("Give “{name}” once."),
            ));
        } else if !known.takes.fits(value) {
            wrong.push(FieldError::new(
                format!("/{name}"),
                "wrong-kind",
                format!("“{name}” takes {}.", known.takes.in_words()),
            ));
        }
    }
    if wrong.is_empty() {
        return whole();
    }
    Fault::bad_values(wrong)
}

/// Nothing answers here, or not this method.
pub async fn unknown(request: HttpRequest) -> HttpResponse {
    let allowed = request
        .app_data::<web::Data<Known>>()
        .and_then(|known| known.methods(request.path()));
    match allowed {
        Some(methods) => {
            let fault = Fault::wrong_method();
            let mut reply = HttpResponse::from_error(fault);
            if let Ok(value) = header::HeaderValue::from_str(&methods) {
                reply.headers_mut().insert(header::ALLOW, value);
            }
            reply
        }
        None => {
            let fault = Fault::from(domain::Error::NotFound);
            let status = fault.status_code();
            debug_assert_eq!(status.as_u16(), 404);
            HttpResponse::from_error(fault)
        }
    }
}
