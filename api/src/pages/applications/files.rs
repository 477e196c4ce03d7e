//! The files of an application: looked at, and taken out.

use actix_web::{HttpResponse, web};
use domain::access::rules::Operation;
use domain::applications::{ops, view};
use entity::{ApplicationDocumentId, ApplicationId, FileId};

use crate::http::download::download_anything;
use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};
use crate::pages::see_other;

pub async fn document(
    house: House,
    path: web::Path<(ApplicationId, ApplicationDocumentId)>,
) -> Result<HttpResponse, Fault> {
    let (id, document) = path.into_inner();
    let file = view::document(&house.db, &house.ctx, id, document).await?;
    Ok(download_anything(file))
}

pub async fn receipt(
    house: House,
    path: web::Path<(ApplicationId, FileId)>,
) -> Result<HttpResponse, Fault> {
    let (id, file) = path.into_inner();
    let file = view::receipt(&house.db, &house.ctx, id, file).await?;
    Ok(download_anything(file))
}

pub async fn remove(
    house: House,
    path: web::Path<(ApplicationId, ApplicationDocumentId)>,
    _form: PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AttachToApplication)?;
    let (id, document) = path.into_inner();
    ops::remove_document(&house.db, &house.ctx, id, document).await?;
    Ok(see_other(&format!("/applications/{id}#documents")))
}
