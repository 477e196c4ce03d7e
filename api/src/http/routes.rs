//! Addresses that nothing answers: 405 where another method would, 404 elsewhere.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};

use super::problem::Fault;

/// The documented addresses with their methods.
#[derive(Clone, Debug)]
pub struct Known(Vec<(Vec<String>, String)>);

impl Known {
    /// Reads them from the API's own document.
    #[must_use]
    pub fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let json = serde_json::to_value(document).unwrap_or_default();
        let mut known = Vec::new();
        if let Some(paths) = json.get("paths").and_then(serde_json::Value::as_object) {
            for (path, item) in paths {
                let methods: Vec<String> = item
                    .as_object()
                    .into_iter()
                    .flat_map(|item| item.keys())
                    .filter(|key| ["get", "post", "put", "patch", "delete"].contains(&key.as_str()))
                    .map(|key| key.to_uppercase())
                    .collect();
                known.push((
                    path.split('/').map(str::to_owned).collect(),
                    methods.join(", "),
                ));
            }
        }
        Self(known)
    }

    fn methods(&self, path: &str) -> Option<&str> {
        let parts: Vec<&str> = path.split('/').collect();
        self.0
            .iter()
            .find(|(template, _)| {
                template.len() == parts.len()
                    && template
                        .iter()
                        .zip(&parts)
                        .all(|(expected, part)| expected.starts_with('{') || expected == part)
            })
            .map(|(_, methods)| methods.as_str())
    }
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
            if let Ok(value) = header::HeaderValue::from_str(methods) {
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
