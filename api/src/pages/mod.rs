//! The pages: server-rendered HTML that works without scripts.

mod applications;
mod apportionments;
mod assets;
mod awards;
mod beside;
mod calendars;
mod charges;
mod chart;
mod coding;
mod commitments;
mod corrections;
mod deadlines;
mod decisions;
mod expectations;
mod exports;
mod fields;
mod form;
mod form_drafts;
mod frame;
mod funder;
mod funder_links;
mod grants;
pub(crate) mod history;
mod house;
mod journals;
mod operations;
mod our_money;
mod outbox;
mod owed;
pub(crate) mod pdf;
mod people;
mod picture;
pub(crate) mod pools;
mod positions;
mod programmes;
mod questions;
mod requirements;
mod return_forms;
mod returns;
mod search;
mod shapes;
mod sharing;
mod sign_in;
mod spend;
mod start;
mod static_pages;
mod streams;
mod today;
mod tokens;
pub(crate) mod words;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::funder_links::ops::OPENED;

pub use frame::{Link, PageFrame};
pub use returns::answer_in_words;

use crate::http::frame::Stamp;
use crate::http::{Fault, who};

/// Every page.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .configure(assets::configure)
        .configure(sign_in::configure)
        .configure(spend::configure)
        .configure(coding::configure)
        .configure(operations::configure)
        .configure(exports::configure)
        .configure(start::configure)
        .configure(search::configure)
        .configure(outbox::configure)
        .configure(beside::configure)
        .configure(today::configure)
        .configure(deadlines::configure)
        .configure(returns::configure)
        .configure(chart::configure)
        .configure(corrections::configure)
        .configure(grants::configure)
        .configure(awards::configure)
        .configure(applications::configure)
        .configure(return_forms::configure)
        .configure(form_drafts::configure)
        .configure(requirements::configure)
        .configure(expectations::configure)
        .configure(positions::configure)
        .configure(funder_links::configure)
        .configure(questions::configure)
        .configure(sharing::configure)
        .configure(pools::configure)
        .configure(decisions::configure)
        .configure(commitments::configure)
        .configure(journals::configure)
        .configure(apportionments::configure)
        .configure(our_money::configure)
        .configure(owed::configure)
        .configure(charges::configure)
        .configure(programmes::configure)
        .configure(people::configure)
        .configure(tokens::configure)
        .configure(calendars::configure)
        .configure(history::configure)
        .configure(static_pages::configure)
        .configure(crate::json::documentation);
}

/// A page as a reply.
pub(crate) fn page(template: &impl Template) -> Result<HttpResponse, Fault> {
    let html = template
        .render()
        .map_err(|error| domain::Error::internal(format!("a page does not render: {error}")))?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(html))
}

/// A failure that is a page already.
pub(crate) fn mark_as_page(reply: &mut HttpResponse) {
    reply.headers_mut().insert(
        header::HeaderName::from_static("x-page"),
        header::HeaderValue::from_static("1"),
    );
}

/// The page of a form again, which says what is wrong with it.
pub(crate) fn mark_as_wrong(reply: &mut HttpResponse) {
    *reply.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    mark_as_page(reply);
}

/// After a form was taken in: look at the result with GET.
pub(crate) fn see_other(href: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, href))
        .finish()
}

#[derive(Template)]
#[template(path = "pages/error.html")]
struct ErrorPage {
    page: PageFrame,
    heading: String,
    words: Vec<String>,
    next: Vec<Link>,
}

/// A failure as a page. Who is not signed in is asked to sign in.
pub(crate) fn failure(request: &HttpRequest, fault: &Fault, stamp: &Stamp) -> HttpResponse {
    if fault.status().as_u16() == 401 {
        // whose link ended meanwhile is told so, and is not asked to sign in
        if came_by_link(request) {
            return see_other("/funder-link");
        }
        let wanted = request
            .uri()
            .path_and_query()
            .map_or("/", |wanted| wanted.as_str());
        let to = if request.method() == actix_web::http::Method::GET && wanted != "/" {
            format!("/sign-in?next={}", urlencode(wanted))
        } else {
            "/sign-in".to_owned()
        };
        return see_other(&to);
    }
    let caller = who::of(request).map(|(_, caller)| caller);
    let words = std::iter::once(fault.detail().to_owned())
        .chain(
            fault
                .errors()
                .iter()
                .skip(1)
                .map(|field| field.detail.clone()),
        )
        .chain(
            fault
                .status()
                .is_client_error()
                .then(|| "Nothing was changed.".to_owned()),
        )
        .collect();
    let shown = ErrorPage {
        page: PageFrame::bare(
            fault.title(),
            stamp,
            caller.as_ref(),
            &fault.status().as_u16().to_string(),
        ),
        heading: fault.title().to_owned(),
        words,
        next: ways_on(request, fault),
    };
    match shown.render() {
        Ok(html) => HttpResponse::build(fault.status())
            .content_type("text/html; charset=utf-8")
            .insert_header(("x-page", "1"))
            .body(html),
        Err(_) => HttpResponse::build(fault.status()).finish(),
    }
}

/// Whether the browser's cookie is of a link that it opened, wherever that stands.
fn came_by_link(request: &HttpRequest) -> bool {
    request
        .app_data::<web::Data<crate::Shared>>()
        .and_then(|shared| request.cookie(who::cookie_name(&shared.config)))
        .is_some_and(|cookie| cookie.value().starts_with(OPENED))
}

/// Where to go on from a failure: what was asked for without its filters, and Today.
fn ways_on(request: &HttpRequest, fault: &Fault) -> Vec<Link> {
    let today = Link::new("Go to Today", "/");
    match fault.slug() {
        "bad-filter" => vec![Link::new("Open the page without it", request.path()), today],
        "link-spent" => vec![Link::new("Ask for a new link", "/sign-in")],
        _ => came_from(request)
            .map(|page| Link::new("Go back to the page", page))
            .into_iter()
            .chain([today])
            .collect(),
    }
}

/// The page of ours from which a form was sent.
fn came_from(request: &HttpRequest) -> Option<String> {
    let shared = request.app_data::<web::Data<crate::Shared>>()?;
    let referer = request.headers().get(header::REFERER)?.to_str().ok()?;
    let path = referer.strip_prefix(&shared.config.public_url)?;
    (request.method() == actix_web::http::Method::POST && path.starts_with('/'))
        .then(|| path.to_owned())
}

/// Percent-encodes a value for a query.
pub(crate) fn urlencode(text: &str) -> String {
    serde_urlencoded::to_string([("q", text)])
        .unwrap_or_default()
        .split_off(2)
}

/// Whether any of these filters says something.
pub(crate) fn narrows(filters: &[(&str, &str)]) -> bool {
    filters.iter().any(|(_, value)| !value.is_empty())
}

/// An address with those of these filters that say something.
pub(crate) fn narrowed(address: &str, filters: &[(&str, &str)]) -> String {
    let said: Vec<(&str, &str)> = filters
        .iter()
        .copied()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    match serde_urlencoded::to_string(said) {
        Ok(query) if !query.is_empty() => format!("{address}?{query}"),
        _ => address.to_owned(),
    }
}
