//! What happens to a return, from the draft to the funder's acceptance. Each names the version that
//! the client has read, or what it is about: a revision, a hash.

use actix_multipart::Multipart;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, post, web};
use domain::access::rules::Operation;
use domain::returns::ops;
use entity::GrantReturnId;
use serde::de::DeserializeOwned;

use super::{Because, standing, workbooks};
use crate::http::parts::Parts;
use crate::http::{Fault, House, IfMatch, JSON_LIMIT, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(build)
        .service(refresh)
        .service(review)
        .service(request_changes)
        .service(offer)
        .service(approve)
        .service(certify)
        .service(certify_on_paper)
        .service(send)
        .service(accept)
        .service(funder_asks)
        .service(reopen)
        .service(waive);
}

/// Fills the workbook from the answers that stand and has it checked. The same answers give the
/// same revision.
#[utoipa::path(operation_id = "returns.build", tag = "Returns",
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The return's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Built, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/revisions")]
async fn build(
    house: House,
    id: web::Path<GrantReturnId>,
    expected: IfMatch,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let books = workbooks(&house);
    let stands = ops::build(&house.db, &house.ctx, &books, id, Some(expected.0)).await?;
    Ok(crate::http::tagged(stands.version, &stands))
}

/// Takes newer facts into a draft. What a person typed stays.
#[utoipa::path(operation_id = "returns.refresh", tag = "Returns",
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The return's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/refreshment")]
async fn refresh(
    house: House,
    id: web::Path<GrantReturnId>,
    expected: IfMatch,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::refresh(&house.db, &house.ctx, id, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// Sends a draft round to be read.
#[utoipa::path(operation_id = "returns.review", tag = "Returns",
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The return's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/review")]
async fn review(
    house: House,
    id: web::Path<GrantReturnId>,
    expected: IfMatch,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::send_for_review(&house.db, &house.ctx, id, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// Sends it back, with the reason.
#[utoipa::path(operation_id = "returns.request-changes", tag = "Returns", request_body = Because,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The return's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/changes-requested")]
async fn request_changes(
    house: House,
    id: web::Path<GrantReturnId>,
    expected: IfMatch,
    new: Json<Because>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands =
        ops::request_changes(&house.db, &house.ctx, id, &new.reason, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// Offers a numbered revision for agreement and certification. Errors stand in the way.
/// Of a return that was certified and opened again it is said why it is sent again.
#[utoipa::path(operation_id = "returns.offer", tag = "Returns",
    request_body = Option<ops::NewOffer>,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The return's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/certification-request")]
async fn offer(
    house: House,
    id: web::Path<GrantReturnId>,
    expected: IfMatch,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::OfferReturn)?;
    let id = id.into_inner();
    let new: Option<ops::NewOffer> = crate::http::json::read_or_none(&request, body).await?;
    let new = new.unwrap_or_default();
    let books = workbooks(&house);
    let stands = ops::offer(&house.db, &house.ctx, &books, id, &new, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// Records that a board agreed to a revision. Neither board stands in for the other.
#[utoipa::path(operation_id = "returns.approve", tag = "Returns", request_body = ops::NewApproval,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/approvals")]
async fn approve(
    house: House,
    id: web::Path<GrantReturnId>,
    new: Json<ops::NewApproval>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::approve(&house.db, &house.ctx, id, &new).await?;
    Ok(standing(&stands))
}

/// Certifies the offered revision in one office: it binds the content hash that was read. It needs
/// a certifier with the second factor shown; no token may.
#[utoipa::path(operation_id = "returns.certify", tag = "Returns", request_body = ops::NewCertification,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/certification")]
async fn certify(
    house: House,
    id: web::Path<GrantReturnId>,
    new: Json<ops::NewCertification>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let books = workbooks(&house);
    let stands = ops::certify(&house.db, &house.ctx, &books, id, &new).await?;
    Ok(standing(&stands))
}

/// A copy signed on paper, in parts.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "read by utoipa")]
struct PaperUpload {
    /// The content hash of the revision that was printed and signed.
    #[schema(min_length = 64, max_length = 64)]
    content_hash: String,
    /// The office that signed.
    #[schema(min_length = 1, max_length = 200)]
    office: String,
    /// Whose name the paper bears.
    #[schema(min_length = 1, max_length = 200)]
    signed_by: String,
    /// The London date on the paper.
    #[schema(value_type = chrono::NaiveDate)]
    signed_on: String,
    /// The signed paper: a PDF, a JPEG or a PNG.
    #[schema(value_type = String, format = Binary)]
    copy: Vec<u8>,
}

/// Records that an office signed the offered revision on paper, and keeps the paper with its hash.
/// The same people may as sign here, under the same rules; no token may.
#[utoipa::path(operation_id = "returns.certify-on-paper", tag = "Returns",
    request_body(content((PaperUpload = "multipart/form-data"))),
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/paper-certification")]
async fn certify_on_paper(
    house: House,
    id: web::Path<GrantReturnId>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CertifyOnPaper)?;
    if !crate::http::upload::is_form(&request) {
        return Err(Fault::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let body = Multipart::new(request.headers(), body);
    let mut parts = Parts::read(body, &house).await?;
    let copy = parts.file("copy").ok_or_else(|| {
        domain::Error::invalid("/copy", "required", "Choose the signed paper as a file.")
    })?;
    let paper = ops::Paper {
        name: copy.file_name.unwrap_or_else(|| "signed paper".to_owned()),
        bytes: copy.bytes,
    };
    let new: ops::NewPaperCertification = serde_json::from_value(parts.texts()?.into())
        .map_err(|error| Fault::bad_query(&error.to_string()))?;
    let books = workbooks(&house);
    let stands =
        ops::certify_on_paper(&house.db, &house.ctx, &books, id.into_inner(), &new, &paper).await?;
    Ok(standing(&stands))
}

/// A record of sending with the receipt as a file, in parts.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "read by utoipa")]
struct SendingUpload {
    /// When it was sent (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    sent_at: String,
    /// By what means: a portal, e-mail, post.
    #[schema(min_length = 1, max_length = 200)]
    how: String,
    /// To whom.
    #[schema(min_length = 1, max_length = 200)]
    to_whom: String,
    /// The funder's receipt, or what shows that it arrived.
    #[schema(min_length = 1, max_length = 2000)]
    receipt: String,
    /// That figures would be others today than were certified is known, and it was sent as it was
    /// certified all the same. Required where that is so.
    although_changed: Option<bool>,
    /// The receipt as a file, at most 16 MB.
    #[schema(value_type = Option<String>, format = Binary, min_length = 1)]
    receipt_file: Vec<u8>,
}

/// Records when, how and to whom the certified workbook was sent, with the receipt. Only this
/// closes the deadline. As JSON, or in parts where the receipt is a file.
#[utoipa::path(operation_id = "returns.send", tag = "Returns",
    request_body(content((ops::NewSending = "application/json"), (SendingUpload = "multipart/form-data"))),
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The return's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/sending")]
async fn send(
    house: House,
    id: web::Path<GrantReturnId>,
    expected: IfMatch,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordSending)?;
    let (new, receipt) = with_receipt(&house, &request, body).await?;
    let stands = ops::record_sending(
        &house.db,
        &house.ctx,
        id.into_inner(),
        &new,
        receipt.as_ref(),
        Some(expected.0),
    )
    .await?;
    Ok(standing(&stands))
}

/// What is said of a sending, as JSON or in parts with the receipt as a file.
pub(in crate::json) async fn with_receipt<T: DeserializeOwned>(
    house: &House,
    request: &HttpRequest,
    body: web::Payload,
) -> Result<(T, Option<ops::Receipt>), Fault> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase());
    match kind.as_deref() {
        Some("application/json") => {
            let bytes = body
                .to_bytes_limited(JSON_LIMIT)
                .await
                .map_err(|_longer| Fault::too_large())?
                .map_err(|error| Fault::bad_query(&error.to_string()))?;
            let body = serde_json::from_slice(&bytes)
                .map_err(|error| Fault::bad_query(&error.to_string()))?;
            Ok((crate::http::json::read(body)?, None))
        }
        Some("multipart/form-data") => {
            let body = Multipart::new(request.headers(), body);
            let mut parts = Parts::read(body, house).await?;
            let receipt = parts.file("receipt_file").map(|part| ops::Receipt {
                name: part.file_name.unwrap_or_else(|| "receipt".to_owned()),
                media_type: part.media_type,
                bytes: part.bytes,
            });
            let mut said = parts.texts()?;
            // a part is text: this one says yes or no
            if let Some(known) = said.get_mut("although_changed")
                && let Some(yes) = known.as_str().and_then(|text| text.parse::<bool>().ok())
            {
                *known = yes.into();
            }
            let new = serde_json::from_value(said.into())
                .map_err(|error| Fault::bad_query(&error.to_string()))?;
            Ok((new, receipt))
        }
        _ => Err(Fault::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
    }
}

/// Records that the funder accepted it: its officer, or we where it said so by letter. A funder's officer
/// accepts what they were sent, also while it is open again here.
#[utoipa::path(operation_id = "returns.accept", tag = "Returns",
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The return's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/acceptance")]
async fn accept(
    house: House,
    id: web::Path<GrantReturnId>,
    expected: IfMatch,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::accept(&house.db, &house.ctx, id, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// Records that the funder asked for changes in what it was sent: its officer, or we where it said so by
/// letter. Whoever prepares it is told. To make the changes the return is opened again, and what is sent
/// then replaces what the funder has.
#[utoipa::path(operation_id = "returns.funder-changes", tag = "Returns",
    request_body = ops::NewChangeRequest,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The return's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/funder-change-requests")]
async fn funder_asks(
    house: House,
    id: web::Path<GrantReturnId>,
    expected: IfMatch,
    new: Json<ops::NewChangeRequest>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::ask_for_changes(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// Opens it again, with the reason: its certification no longer stands and it is due again. What was
/// certified and sent stays on record.
#[utoipa::path(operation_id = "returns.reopen", tag = "Returns", request_body = Because,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The return's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/reopening")]
async fn reopen(
    house: House,
    id: web::Path<GrantReturnId>,
    expected: IfMatch,
    new: Json<Because>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::reopen(&house.db, &house.ctx, id, &new.reason, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// Records that the funder does not want it, with the reason; this closes its deadline.
#[utoipa::path(operation_id = "returns.waive", tag = "Returns", request_body = Because,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The return's ETag"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/waiver")]
async fn waive(
    house: House,
    id: web::Path<GrantReturnId>,
    expected: IfMatch,
    new: Json<Because>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::waive(&house.db, &house.ctx, id, &new.reason, Some(expected.0)).await?;
    Ok(standing(&stands))
}
