//! The style sheet, the script and the icon: in the program itself.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

const FILES: &[(&str, &str, &str)] = &[
    (
        "/assets/tributary.css",
        "text/css; charset=utf-8",
        include_str!("../../assets/tributary.css"),
    ),
    (
        "/assets/tributary.js",
        "text/javascript; charset=utf-8",
        include_str!("../../assets/tributary.js"),
    ),
    (
        "/assets/favicon.svg",
        "image/svg+xml",
        include_str!("../../assets/favicon.svg"),
    ),
];

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource("/assets/{name}").route(web::get().to(file)));
}

async fn file(request: HttpRequest) -> Result<HttpResponse, crate::http::Fault> {
    let (_, kind, text) = FILES
        .iter()
        .find(|(path, _, _)| *path == request.path())
        .ok_or(domain::Error::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(*kind)
        .insert_header((header::CACHE_CONTROL, "public, max-age=600"))
        .body(*text))
}
