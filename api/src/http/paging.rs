//! Lists come in pages: `limit`, and `after`, which is `next` of the page before.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use domain::paging::{Cursor, Slice};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Fault;

/// Which page of a list that stands in the order in which things were recorded.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Where the page begins: `next` of the page before.
    pub after: Option<Uuid>,
    /// Most items, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
}

/// Which page of a list that has an order of its own.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Sorted {
    /// Where the page begins: `next` of the page before, as it was given.
    #[param(
        pattern = "^-?[0-9]{1,17}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
    )]
    pub after: Option<String>,
    /// Most items, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
}

/// Which page of numbered rows.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Rows {
    /// Where the page begins: `next` of the page before.
    #[param(minimum = 0, maximum = 4_294_967_295_u32)]
    pub after: Option<u32>,
    /// Most items, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Listing<T: utoipa::ToSchema> {
    /// The items.
    pub items: Vec<T>,
    /// Give this as `after` to get the next page; null on the last.
    pub next: Option<Uuid>,
}

/// A page of a list that has an order of its own.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Ordered<T: utoipa::ToSchema> {
    /// The items.
    pub items: Vec<T>,
    /// Give this as `after` to get the next page; null on the last.
    pub next: Option<String>,
}

/// A page of numbered rows.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Numbered<T: utoipa::ToSchema> {
    /// The items.
    pub items: Vec<T>,
    /// Give this as `after` to get the next page; null on the last.
    pub next: Option<u32>,
}

/// A list that is short enough to come whole.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Whole<T: utoipa::ToSchema> {
    /// The items, all of them.
    pub items: Vec<T>,
}

impl Paging {
    /// Most items of this page.
    pub fn limit(self) -> Result<u64, Fault> {
        most(self.limit)
    }
}

impl Rows {
    /// Most items of this page.
    pub fn limit(self) -> Result<u64, Fault> {
        most(self.limit)
    }
}

impl Sorted {
    /// Most items of this page.
    pub fn limit(&self) -> Result<u64, Fault> {
        most(self.limit)
    }

    /// Where the page begins.
    pub fn after(&self) -> Result<Option<Cursor>, Fault> {
        self.after.as_deref().map(cursor).transpose()
    }
}

/// Reads a cursor.
pub fn cursor(text: &str) -> Result<Cursor, Fault> {
    text.parse().map_err(|_none| {
        domain::Error::invalid(
            "/after",
            "not-a-cursor",
            "Give “next” of the page before, as it was given; or leave it out to begin.",
        )
        .into()
    })
}

fn most(limit: Option<u64>) -> Result<u64, Fault> {
    match limit {
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

/// A reply that leads to the next page.
pub fn leading_to(request: &HttpRequest, next: Option<&str>) -> HttpResponseBuilder {
    let mut reply = HttpResponse::Ok();
    if let Some(next) = next {
        let mut query: Vec<&str> = request
            .query_string()
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("after="))
            .collect();
        let after = format!("after={next}");
        query.push(&after);
        reply.insert_header((
            header::LINK,
            format!("<{}?{}>; rel=\"next\"", request.path(), query.join("&")),
        ));
    }
    reply
}

impl<T: Serialize + utoipa::ToSchema> Listing<T> {
    /// A page from one item more than its limit: the surplus tells that there is a next page.
    pub fn of(mut items: Vec<T>, limit: u64, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(&id);
        Self { items, next }
    }

    /// As a reply, with its `Link` header.
    #[must_use]
    pub fn reply(self, request: &HttpRequest) -> HttpResponse {
        let next = self.next.map(|next| next.to_string());
        leading_to(request, next.as_deref()).json(self)
    }
}

impl<T: Serialize + utoipa::ToSchema> Ordered<T> {
    /// As a reply, with its `Link` header.
    #[must_use]
    pub fn reply(slice: Slice<T>, request: &HttpRequest) -> HttpResponse {
        let next = slice.next.map(|next| next.to_string());
        leading_to(request, next.as_deref()).json(Self {
            items: slice.items,
            next: next.clone(),
        })
    }
}

impl<T: Serialize + utoipa::ToSchema> Numbered<T> {
    /// A page from one item more than its limit, as a reply with its `Link` header.
    #[must_use]
    pub fn reply(
        mut items: Vec<T>,
        limit: u64,
        number: impl Fn(&T) -> u32,
        request: &HttpRequest,
    ) -> HttpResponse {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(&number);
        let text = next.map(|next| next.to_string());
        leading_to(request, text.as_deref()).json(Self { items, next })
    }
}

impl<T: Serialize + utoipa::ToSchema> Whole<T> {
    /// As a reply.
    #[must_use]
    pub fn reply(items: Vec<T>) -> HttpResponse {
        HttpResponse::Ok().json(Self { items })
    }
}
