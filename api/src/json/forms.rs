//! Return forms: the funder's workbooks with the questions that are asked in them.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::access::rules::Operation;
use domain::forms::rules::FormSpec;
use domain::forms::{ops, view};
use domain::{Error, FieldError};
use entity::{OrganisationId, ReturnFormId};

use super::Created;
use crate::http::download::{Bytes, download};
use crate::http::parts::Parts;
use crate::http::{Fault, House, Listing, Paging, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(one)
        .service(form_file);
}

/// A version of a form to add, in parts.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "read by utoipa")]
struct FormUpload {
    /// Whose form.
    funder_id: uuid::Uuid,
    /// Its name, version, sections and fields, as JSON.
    fields: FormSpec,
    /// The funder's workbook, byte for byte: `.xlsx` or `.xlsm`.
    #[schema(value_type = String, format = Binary)]
    workbook: Vec<u8>,
}

/// Return forms, newest first.
#[utoipa::path(operation_id = "forms.list", tag = "Forms", params(Paging),
    responses((status = 200, body = Listing<view::FormSummary>), Problems))]
#[get("/forms")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let after = paging.after.map(ReturnFormId);
    let items = view::list(&house.db, &house.ctx, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// Adds a version of a form; it is then the current one of its name. The workbook is kept byte for
/// byte; each field must lead to a cell of it.
#[utoipa::path(operation_id = "forms.create", tag = "Forms",
    request_body(content = FormUpload, content_type = "multipart/form-data"),
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/forms")]
async fn create(house: House, body: Multipart) -> Result<HttpResponse, Fault> {
    // nobody sends us megabytes who may not
    house.ctx.require(Operation::CreateForm)?;
    let mut parts = Parts::read(body, &house).await?;
    let funder = parts.take("funder_id");
    let fields = parts.take("fields");
    let book = parts.file("workbook");
    let funder_id = funder
        .as_ref()
        .and_then(|part| std::str::from_utf8(&part.bytes).ok())
        .and_then(|text| uuid::Uuid::parse_str(text.trim()).ok());
    let sent = book.is_some();
    let (Some(funder_id), Some(fields), Some(book)) = (funder_id, &fields, book) else {
        let missing = |there: bool, pointer: &str, detail: &str| {
            (!there).then(|| FieldError::new(pointer, "required", detail))
        };
        let wrong = [
            missing(funder_id.is_some(), "/funder_id", "Say whose form it is."),
            missing(
                fields.is_some(),
                "/fields",
                "Send the form’s fields as JSON in the part “fields”.",
            ),
            missing(
                sent,
                "/workbook",
                "Send the funder’s workbook as a file in the part “workbook”.",
            ),
        ];
        return Err(Error::Invalid(wrong.into_iter().flatten().collect()).into());
    };
    let new = ops::NewForm {
        funder_id: OrganisationId(funder_id),
        spec: fields.json()?,
        file_name: book.file_name.unwrap_or_default(),
        workbook: book.bytes,
    };
    let id = ops::create(&house.db, &house.ctx, new).await?;
    Ok(Created::reply("/api/v1/forms", id))
}

/// One form with its questions.
#[utoipa::path(operation_id = "forms.get", tag = "Forms", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::FormView), Problems))]
#[get("/forms/{id}")]
async fn one(house: House, id: web::Path<ReturnFormId>) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(view::one(&house.db, &house.ctx, id.into_inner()).await?))
}

/// The funder's workbook, byte for byte.
#[utoipa::path(operation_id = "forms.workbook", tag = "Forms", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content(
        (Bytes = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Bytes = "application/vnd.ms-excel.sheet.macroEnabled.12")
    )), Problems))]
#[get("/forms/{id}/workbook")]
async fn form_file(house: House, id: web::Path<ReturnFormId>) -> Result<HttpResponse, Fault> {
    let file = view::workbook(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(download(file))
}
