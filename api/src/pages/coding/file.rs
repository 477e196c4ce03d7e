//! The whole map as a file: tried first, then taken in.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::Error;
use domain::access::rules::Operation;
use domain::coding::ops::{self, MapLoaded};

use super::super::{Link, PageFrame, page, see_other};
use crate::http::upload::Upload;
use crate::http::{Fault, House, forms};

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/coding-map/file")
            .route(web::get().to(ask))
            .route(web::post().to(load)),
    );
}

#[derive(Template)]
#[template(path = "pages/coding_file.html")]
struct FilePage {
    page: PageFrame,
    errors: Vec<Link>,
    file_error: String,
    sentence: String,
    faults: Vec<(String, String, String)>,
}

async fn shown(
    house: &House,
    error: String,
    found: Option<MapLoaded>,
) -> Result<HttpResponse, Fault> {
    let errors = if error.is_empty() {
        Vec::new()
    } else {
        vec![Link::new(error.clone(), "#file")]
    };
    page(&FilePage {
        page: PageFrame::of(house, "Load the coding map").await?,
        errors,
        file_error: error,
        sentence: found.as_ref().map_or_else(String::new, |found| {
            if !found.faults.is_empty() {
                return "Nothing was taken in. Correct these rows and load the file again."
                    .to_owned();
            }
            format!(
                "The file would add {} rows, change {}, end {}; {} stand already.",
                found.added, found.changed, found.ended, found.unchanged
            )
        }),
        faults: found
            .map(|found| found.faults)
            .unwrap_or_default()
            .into_iter()
            .map(|fault| {
                (
                    fault.row.to_string(),
                    fault.column.unwrap_or_default(),
                    fault.message,
                )
            })
            .collect(),
    })
}

async fn ask(house: House) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCodingMap)?;
    shown(&house, String::new(), None).await
}

async fn load(
    house: House,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepCodingMap)?;
    let form = Upload::of(&request, payload).await?;
    forms::check(&request, form.field("csrf"))?;
    let Some((_, bytes)) = &form.file else {
        return shown(&house, "Choose the file".to_owned(), None).await;
    };
    let try_only = form.field("what") == Some("try");
    match ops::load_map(&house.db, &house.ctx, bytes, try_only).await {
        Ok(found) if found.applied => Ok(see_other("/coding-map")),
        Ok(found) => shown(&house, String::new(), Some(found)).await,
        Err(Error::Invalid(fields)) => {
            let words = fields
                .first()
                .map(|field| field.detail.clone())
                .unwrap_or_default();
            shown(&house, words, None).await
        }
        Err(error) => Err(error.into()),
    }
}
