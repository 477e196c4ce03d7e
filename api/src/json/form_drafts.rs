//! Forms that are being mapped: what a workbook seems to ask, settled step by step, then used.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};
use domain::access::rules::Operation;
use domain::forms::ops::{self, FieldChange, NewField, Settle, Which};
use domain::forms::view;
use domain::returns::workbook::Workbooks;
use domain::{Error, FieldError};
use entity::{AwardId, FormDraftFieldId, FormDraftId, OrganisationId, ReturnFormId};
use serde::{Deserialize, Serialize};

use super::Created;
use crate::http::download::{Bytes, download};
use crate::http::parts::{Part, Parts};
use crate::http::{Fault, House, IfMatch, Json, Listing, Paging, Problems, tagged};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(one)
        .service(change)
        .service(give_up)
        .service(settle)
        .service(add_field)
        .service(change_field)
        .service(try_out)
        .service(use_draft);
}

/// What opens workbooks that others made.
pub(crate) fn workbooks(house: &House) -> Workbooks {
    Workbooks::by(house.config.program.clone())
}

/// A form to map, in parts.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "read by utoipa")]
struct DraftUpload {
    /// Whose form.
    funder_id: uuid::Uuid,
    /// The funder's title.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    name: String,
    /// The funder's version.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    version: String,
    /// The funder's own code of the form.
    #[schema(max_length = 200)]
    funder_form_code: Option<String>,
    /// The version that it takes the place of: its fields are where this one starts.
    replaces_id: Option<uuid::Uuid>,
    /// The funder's workbook, byte for byte: `.xlsx` or `.xlsm`.
    #[schema(value_type = String, format = Binary)]
    workbook: Vec<u8>,
    /// A copy that was submitted before: where it differs, answers stood.
    #[schema(value_type = Option<String>, format = Binary)]
    copy: Option<Vec<u8>>,
}

/// What a draft is called.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct DraftNames {
    /// The funder's title.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// The funder's version.
    #[schema(min_length = 1, max_length = 200)]
    version: String,
    /// The funder's own code of the form.
    #[serde(default)]
    #[schema(max_length = 200)]
    funder_form_code: Option<String>,
}

/// How many fields were settled.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = DraftSettled)]
struct Settled {
    /// How many.
    fields: u64,
    /// The draft's version, for If-Match.
    version: i64,
}

/// A trial, in words.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TrialOf {
    /// Whose facts fill it: an award of the form's funder.
    award_id: AwardId,
}

/// Forms that are being mapped, newest first; those that were used or given up too.
#[utoipa::path(operation_id = "form-drafts.list", tag = "Forms", params(Paging),
    responses((status = 200, body = Listing<view::DraftSummary>), Problems))]
#[get("/form-drafts")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let after = paging.after.map(FormDraftId);
    let items = view::drafts(&house.db, &house.ctx, after, limit + 1, false).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// Reads a funder's workbook and proposes its fields. Nothing is a form yet.
#[utoipa::path(operation_id = "form-drafts.start", tag = "Forms",
    request_body(content = DraftUpload, content_type = "multipart/form-data"),
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/form-drafts")]
async fn create(house: House, body: Multipart) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::StartFormDraft)?;
    let parts = Parts::read(body, &house).await?;
    let new = new_draft(parts)?;
    let id = ops::start(&house.db, &house.ctx, &workbooks(&house), new).await?;
    Ok(Created::reply("/api/v1/form-drafts", id))
}

/// A draft to start, out of the parts of a body: the same for JSON's clients and the page.
pub(crate) fn new_draft(mut parts: Parts) -> Result<ops::NewDraft, Fault> {
    let text = |part: Option<Part>| {
        part.and_then(|part| String::from_utf8(part.bytes).ok())
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    let funder = text(parts.take("funder_id")).and_then(|id| id.parse::<uuid::Uuid>().ok());
    let name = text(parts.take("name"));
    let version = text(parts.take("version"));
    let funder_form_code = text(parts.take("funder_form_code"));
    let replaces = text(parts.take("replaces_id"));
    let book = parts.file("workbook");
    let copy = parts.file("copy");
    let mut wrong = Vec::new();
    for (there, pointer, detail) in [
        (funder.is_some(), "/funder_id", "Say whose form it is."),
        (name.is_some(), "/name", "Enter the form’s title."),
        (
            version.is_some(),
            "/version",
            "Enter the funder’s version of the form, such as 2026-27 v1.",
        ),
        (
            book.is_some(),
            "/workbook",
            "Choose the funder’s workbook: an .xlsx or .xlsm file.",
        ),
    ] {
        if !there {
            wrong.push(FieldError::new(pointer, "required", detail));
        }
    }
    let replaces = match replaces.map(|id| id.parse::<uuid::Uuid>()) {
        Some(Err(_not_an_id)) => {
            wrong.push(FieldError::new(
                "/replaces_id",
                "unknown",
                "Choose a form that is recorded here.",
            ));
            None
        }
        Some(Ok(id)) => Some(ReturnFormId(id)),
        None => None,
    };
    let (Some(funder), Some(name), Some(version), Some(book), true) =
        (funder, name, version, book, wrong.is_empty())
    else {
        return Err(Error::Invalid(wrong).into());
    };
    Ok(ops::NewDraft {
        funder_id: OrganisationId(funder),
        name,
        version,
        funder_form_code,
        file_name: book.file_name.unwrap_or_default(),
        workbook: book.bytes,
        copy: copy.map(|part| (part.file_name.unwrap_or_default(), part.bytes)),
        replaces,
    })
}

/// One form that is being mapped, with its fields.
#[utoipa::path(operation_id = "form-drafts.get", tag = "Forms", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::DraftView, headers(("ETag" = String))), Problems))]
#[get("/form-drafts/{id}")]
async fn one(house: House, id: web::Path<FormDraftId>) -> Result<HttpResponse, Fault> {
    let draft = view::draft(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(draft.draft.version, &draft))
}

/// Changes what a draft is called.
#[utoipa::path(operation_id = "form-drafts.change", tag = "Forms", request_body = DraftNames,
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, body = view::DraftView, headers(("ETag" = String))), Problems))]
#[put("/form-drafts/{id}")]
async fn change(
    house: House,
    id: web::Path<FormDraftId>,
    version: IfMatch,
    names: Json<DraftNames>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::change(
        &house.db,
        &house.ctx,
        id,
        Some(version.0),
        &names.name,
        &names.version,
        names.funder_form_code.as_deref(),
    )
    .await?;
    let draft = view::draft(&house.db, &house.ctx, id).await?;
    Ok(tagged(draft.draft.version, &draft))
}

/// Gives a draft up. It stays on record, and can no longer be used.
#[utoipa::path(operation_id = "form-drafts.give-up", tag = "Forms",
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 204), Problems))]
#[delete("/form-drafts/{id}")]
async fn give_up(
    house: House,
    id: web::Path<FormDraftId>,
    version: IfMatch,
) -> Result<HttpResponse, Fault> {
    ops::give_up(&house.db, &house.ctx, id.into_inner(), Some(version.0)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Keeps fields or leaves them out, many at once.
#[utoipa::path(operation_id = "form-drafts.settle", tag = "Forms", request_body = Settle,
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = Settled), Problems))]
#[post("/form-drafts/{id}/settlements")]
async fn settle(
    house: House,
    id: web::Path<FormDraftId>,
    version: IfMatch,
    what: Json<Settle>,
) -> Result<HttpResponse, Fault> {
    let fields = ops::settle(
        &house.db,
        &house.ctx,
        id.into_inner(),
        Some(version.0),
        &what,
    )
    .await?;
    Ok(HttpResponse::Ok().json(Settled {
        fields,
        version: version.0.saturating_add(1),
    }))
}

/// Adds a field that reading the workbook missed.
#[utoipa::path(operation_id = "form-drafts.add-field", tag = "Forms", request_body = NewField,
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/form-drafts/{id}/fields")]
async fn add_field(
    house: House,
    id: web::Path<FormDraftId>,
    version: IfMatch,
    new: Json<NewField>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::add_field(&house.db, &house.ctx, id, Some(version.0), &new).await?;
    Ok(Created::inside(&format!("/api/v1/form-drafts/{id}"), made))
}

/// Changes a field: what it asks, where it stands, what fills it, whether it is kept.
#[utoipa::path(operation_id = "form-drafts.change-field", tag = "Forms", request_body = FieldChange,
    params(("id" = uuid::Uuid, Path), ("field_id" = uuid::Uuid, Path, description = "The field's id"),
        ("If-Match" = String, Header, description = "The ETag of the draft that was read")),
    responses((status = 200, body = Settled), Problems))]
#[put("/form-drafts/{id}/fields/{field_id}")]
async fn change_field(
    house: House,
    at: web::Path<(FormDraftId, FormDraftFieldId)>,
    version: IfMatch,
    what: Json<FieldChange>,
) -> Result<HttpResponse, Fault> {
    let (id, field) = at.into_inner();
    let fields = ops::change_fields(
        &house.db,
        &house.ctx,
        id,
        &Which::Field(field),
        Some(version.0),
        &what,
    )
    .await?;
    Ok(HttpResponse::Ok().json(Settled {
        fields,
        version: version.0.saturating_add(1),
    }))
}

/// Fills a draft's workbook from an award's present facts, to look at. Nothing is kept.
#[utoipa::path(operation_id = "form-drafts.try", tag = "Forms", request_body = TrialOf,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content(
        (Bytes = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Bytes = "application/vnd.ms-excel.sheet.macroEnabled.12")
    )), Problems))]
#[post("/form-drafts/{id}/trials")]
async fn try_out(
    house: House,
    id: web::Path<FormDraftId>,
    of: Json<TrialOf>,
) -> Result<HttpResponse, Fault> {
    let trial = ops::try_out(
        &house.db,
        &house.ctx,
        &workbooks(&house),
        id.into_inner(),
        of.award_id,
    )
    .await?;
    Ok(download(trial.file))
}

/// Makes a version of the form of what was kept. From then on it never changes; requirements on
/// the version that it replaces move to it from the next return on.
#[utoipa::path(operation_id = "form-drafts.use", tag = "Forms",
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/form-drafts/{id}/form")]
async fn use_draft(
    house: House,
    id: web::Path<FormDraftId>,
    version: IfMatch,
) -> Result<HttpResponse, Fault> {
    let form = ops::use_draft(&house.db, &house.ctx, id.into_inner(), Some(version.0)).await?;
    Ok(Created::reply("/api/v1/forms", form))
}
