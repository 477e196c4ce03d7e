//! Documents and comments beside any record.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use domain::access::rules::Operation;
use domain::beside::ops::{self, NewComment, NewDocument, Removal};
use domain::beside::rules::RecordKind;
use domain::beside::view::{self, CommentView, DocumentView};
use entity::{RecordCommentId, RecordDocumentId};
use uuid::Uuid;

use super::Created;
use crate::http::download::{Bytes, download_anything};
use crate::http::parts::Parts;
use crate::http::{Fault, House, Json, Ordered, Problems, Sorted};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(download)
        .service(attach)
        .service(remove)
        .service(comments)
        .service(say)
        .service(withdraw);
}

/// The documents beside a record, the newest first.
#[utoipa::path(operation_id = "record-documents.list", tag = "Records",
    params(("kind" = RecordKind, Path, description = "What sort of record"),
        ("id" = Uuid, Path, description = "Which one"), Sorted),
    responses((status = 200, body = Ordered<DocumentView>), Problems))]
#[get("/records/{kind}/{id}/documents")]
async fn list(
    house: House,
    path: web::Path<(RecordKind, Uuid)>,
    paging: web::Query<Sorted>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (after, limit) = (paging.after()?, paging.limit()?);
    let found = view::documents(&house.db, &house.ctx, path.into_inner(), after, limit).await?;
    Ok(Ordered::reply(found, &request))
}

/// A document beside a record: the file as it came.
#[utoipa::path(operation_id = "record-documents.get", tag = "Records",
    params(("kind" = RecordKind, Path, description = "What sort of record"),
        ("id" = Uuid, Path, description = "Which one"),
        ("document_id" = Uuid, Path, description = "The document")),
    responses((status = 200, body = Bytes, content_type = "application/octet-stream"), Problems))]
#[get("/records/{kind}/{id}/documents/{document_id}")]
async fn download(
    house: House,
    path: web::Path<(RecordKind, Uuid, RecordDocumentId)>,
) -> Result<HttpResponse, Fault> {
    let (kind, id, document) = path.into_inner();
    let file = view::file(&house.db, &house.ctx, (kind, id), document).await?;
    Ok(download_anything(file))
}

/// A document to put beside a record, in parts.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "read by utoipa")]
#[schema(as = RecordDocumentUpload)]
struct Upload {
    /// What it is; the file's name, where nothing is said.
    #[schema(max_length = 200)]
    title: Option<String>,
    /// The file, at most 16 MB.
    #[schema(value_type = String, format = Binary, min_length = 1)]
    file: Vec<u8>,
}

/// Puts a document beside a record, at most two hundred. The same bytes are kept once.
#[utoipa::path(operation_id = "record-documents.add", tag = "Records",
    request_body(content = Upload, content_type = "multipart/form-data"),
    params(("kind" = RecordKind, Path, description = "What sort of record"),
        ("id" = Uuid, Path, description = "Which one"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/records/{kind}/{id}/documents")]
async fn attach(
    house: House,
    path: web::Path<(RecordKind, Uuid)>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AttachToRecord)?;
    let (kind, id) = path.into_inner();
    let body = Multipart::new(request.headers(), body);
    let mut parts = Parts::read(body, &house).await?;
    let file = parts
        .file("file")
        .ok_or_else(|| domain::Error::invalid("/file", "required", "Choose a file."))?;
    let texts = parts.texts()?;
    let new = NewDocument {
        title: texts
            .get("title")
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        name: file.file_name.unwrap_or_else(|| "document".to_owned()),
        bytes: file.bytes,
    };
    let document = ops::attach(&house.db, &house.ctx, kind, id, &new).await?;
    let collection = format!("/api/v1/records/{}/{id}/documents", kind.slug());
    Ok(Created::reply(&collection, document))
}

/// Takes a document out of what people are shown. It is kept, with who took it out and why.
#[utoipa::path(operation_id = "record-documents.remove", tag = "Records", request_body = Removal,
    params(("kind" = RecordKind, Path, description = "What sort of record"),
        ("id" = Uuid, Path, description = "Which one"),
        ("document_id" = Uuid, Path, description = "The document"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 204), Problems))]
#[post("/records/{kind}/{id}/documents/{document_id}/removal")]
async fn remove(
    house: House,
    path: web::Path<(RecordKind, Uuid, RecordDocumentId)>,
    removal: Json<Removal>,
) -> Result<HttpResponse, Fault> {
    let (kind, id, document) = path.into_inner();
    ops::remove(&house.db, &house.ctx, (kind, id), document, &removal).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The comments beside a record, the newest first.
#[utoipa::path(operation_id = "record-comments.list", tag = "Records",
    params(("kind" = RecordKind, Path, description = "What sort of record"),
        ("id" = Uuid, Path, description = "Which one"), Sorted),
    responses((status = 200, body = Ordered<CommentView>), Problems))]
#[get("/records/{kind}/{id}/comments")]
async fn comments(
    house: House,
    path: web::Path<(RecordKind, Uuid)>,
    paging: web::Query<Sorted>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (after, limit) = (paging.after()?, paging.limit()?);
    let found = view::comments(&house.db, &house.ctx, path.into_inner(), after, limit).await?;
    Ok(Ordered::reply(found, &request))
}

/// Says something beside a record. Nothing about anybody’s health or recovery belongs here.
#[utoipa::path(operation_id = "record-comments.say", tag = "Records", request_body = NewComment,
    params(("kind" = RecordKind, Path, description = "What sort of record"),
        ("id" = Uuid, Path, description = "Which one"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/records/{kind}/{id}/comments")]
async fn say(
    house: House,
    path: web::Path<(RecordKind, Uuid)>,
    new: Json<NewComment>,
) -> Result<HttpResponse, Fault> {
    let (kind, id) = path.into_inner();
    let comment = ops::comment(&house.db, &house.ctx, kind, id, &new).await?;
    let whole = format!("/api/v1/records/{}/{id}/comments", kind.slug());
    Ok(Created::inside(&whole, comment))
}

/// Takes a comment back: whoever said it, or an administrator. Its words are gone.
#[utoipa::path(operation_id = "record-comments.withdraw", tag = "Records",
    params(("kind" = RecordKind, Path, description = "What sort of record"),
        ("id" = Uuid, Path, description = "Which one"),
        ("comment_id" = Uuid, Path, description = "The comment")),
    responses((status = 204), Problems))]
#[delete("/records/{kind}/{id}/comments/{comment_id}")]
async fn withdraw(
    house: House,
    path: web::Path<(RecordKind, Uuid, RecordCommentId)>,
) -> Result<HttpResponse, Fault> {
    let (kind, id, comment) = path.into_inner();
    ops::withdraw(&house.db, &house.ctx, (kind, id), comment).await?;
    Ok(HttpResponse::NoContent().finish())
}
