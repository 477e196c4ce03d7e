//! The start from nothing, and files to try it with.

use actix_web::{HttpResponse, get, web};
use domain::start::{samples, view};

use crate::http::download::{Bytes, download};
use crate::http::{Fault, House, Problems, Whole};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(start)
        .service(list_samples)
        .service(one_sample);
}

/// How far this house is: what is needed until the first return is drafted, in which order, and
/// whose move each step is.
#[utoipa::path(operation_id = "start.get", tag = "Start",
    responses((status = 200, body = view::Start), Problems))]
#[get("/start")]
async fn start(house: House) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(view::start(&house.db, &house.ctx).await?))
}

/// Files to try the start with, made of the pools and cost categories that are recorded.
#[utoipa::path(operation_id = "start.samples", tag = "Start",
    responses((status = 200, body = Whole<samples::Sample>), Problems))]
#[get("/start/samples")]
async fn list_samples(house: House) -> Result<HttpResponse, Fault> {
    Ok(Whole::reply(samples::list(&house.db, &house.ctx).await?))
}

/// One of them, as a file.
#[utoipa::path(operation_id = "start.sample", tag = "Start",
    params(("name" = String, Path, description = "Its name, as the list has it")),
    responses((status = 200, content((String = "text/csv"),
        (Bytes = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), Problems))]
#[get("/start/samples/{name}")]
async fn one_sample(house: House, name: web::Path<String>) -> Result<HttpResponse, Fault> {
    sample(&house, &name).await
}

/// A sample as an attachment, for the API and for the page.
pub(crate) async fn sample(house: &House, name: &str) -> Result<HttpResponse, Fault> {
    let file = samples::one(&house.db, &house.ctx, name).await?;
    Ok(download(file))
}
