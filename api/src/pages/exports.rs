//! A way out: everything that was entered, as one archive.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;

use super::{PageFrame, page};
use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};
use crate::json::exports::{Of, archive};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/export")
                .route(web::get().to(show))
                .route(web::post().to(take)),
        )
        .service(web::resource("/account/data").route(web::post().to(take_own)))
        .service(web::resource("/people/{id}/data").route(web::post().to(take_persons)));
}

#[derive(Template)]
#[template(path = "pages/export.html")]
struct ExportPage {
    page: PageFrame,
}

async fn show(house: House) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ExportEverything)?;
    page(&ExportPage {
        page: PageFrame::of(&house, "Export everything").await?,
    })
}

async fn take(house: House, _form: PageForm<Vec<(String, String)>>) -> Result<HttpResponse, Fault> {
    archive(house, Of::Everything).await
}

async fn take_own(house: House, _form: PageForm<Nothing>) -> Result<HttpResponse, Fault> {
    archive(house, Of::Oneself).await
}

async fn take_persons(
    house: House,
    id: web::Path<entity::PersonId>,
    _form: PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    archive(house, Of::Person(id.into_inner())).await
}
