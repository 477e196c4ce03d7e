//! A way out: everything that was entered, as one archive.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;

use super::{PageFrame, page};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::exports::archive;

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/export")
            .route(web::get().to(show))
            .route(web::post().to(take)),
    );
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
    archive(house).await
}
