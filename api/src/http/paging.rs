//! Lists come in pages: `limit`, and `after`, the last id of the page before.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which page of a list.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The id after which the page begins: `next` of the page before.
    pub after: Option<Uuid>,
    /// Most items, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Listing<T: utoipa::ToSchema> {
    /// The items.
    pub items: Vec<T>,
    /// Give this as `after` to get the next page; absent on the last.
    pub next: Option<Uuid>,
}

impl Paging {
    /// Most items of this page.
    pub fn limit(self) -> Result<u64, super::Fault> {
        match self.limit {
            None => Ok(50),
            Some(limit @ 1..=200) => Ok(limit),
            Some(_) => Err(domain::Error::invalid(
                "/limit",
                "out-of-range",
                "Choose a limit between 1 and 200.",
            )
            .into()),
        }
    }
}

impl<T: Serialize + utoipa::ToSchema> Listing<T> {
    /// A page from one item more than its limit: the surplus tells that there is a next page.
    pub fn of(mut items: Vec<T>, limit: u64, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = if items.len() > limit {
            items.truncate(limit);
            items.last().map(&id)
        } else {
            None
        };
        Self { items, next }
    }

    /// As a reply, with its `Link` header.
    #[must_use]
    pub fn reply(self, request: &HttpRequest) -> HttpResponse {
        let mut reply = HttpResponse::Ok();
        if let Some(next) = self.next {
            let others: Vec<&str> = request
                .query_string()
                .split('&')
                .filter(|pair| !pair.is_empty() && !pair.starts_with("after="))
                .collect();
            let mut query = others.join("&");
            if !query.is_empty() {
                query.push('&');
            }
            reply.insert_header((
                header::LINK,
                format!("<{}?{query}after={next}>; rel=\"next\"", request.path()),
            ));
        }
        reply.json(self)
    }
}
