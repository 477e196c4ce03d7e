//! Answers: read with a tag of their own, so that two people may answer two questions at once.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, delete, get, post, put, web};
use domain::Error;
use domain::returns::{ops, view};
use entity::GrantReturnId;
use uuid::Uuid;

use super::standing;
use crate::http::conditional::sent_tag;
use crate::http::{Fault, House, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(one)
        .service(put_answer)
        .service(undo)
        .service(silence)
        .service(take_back_reason);
}

/// How the tag of a question without an answer reads.
const EMPTY: &str = "none";

/// The answer that the client saw standing: the tag of the question.
pub(in crate::json) struct Seen(pub(in crate::json) Option<Uuid>);

impl FromRequest for Seen {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match sent_tag(request) {
            None => Err(Fault::needs_if_match().into()),
            Some(EMPTY) => Ok(Self(None)),
            // a tag that is not of our making cannot be the present one
            Some(tag) => Ok(Self(Some(tag.parse().unwrap_or(Uuid::nil())))),
        })
    }
}

pub(in crate::json) fn answer_tag(id: Option<Uuid>) -> (header::HeaderName, String) {
    let name = id.map_or_else(|| EMPTY.to_owned(), |id| id.to_string());
    (header::ETAG, format!("\"{name}\""))
}

fn answered(answered: &ops::Answered) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(answer_tag(answered.answer_id))
        .json(answered)
}

/// One question with the answer that stands. Its `ETag` is the answer's.
#[utoipa::path(operation_id = "returns.answer.get", tag = "Returns",
    params(("id" = uuid::Uuid, Path), ("key" = String, Path, description = "The question's key")),
    responses((status = 200, body = view::AnswerView, headers(("ETag" = String))), Problems))]
#[get("/returns/{id}/answers/{key}")]
async fn one(
    house: House,
    path: web::Path<(GrantReturnId, String)>,
) -> Result<HttpResponse, Fault> {
    let (id, key) = path.into_inner();
    let found = view::one(&house.db, &house.ctx, id)
        .await?
        .sections
        .into_iter()
        .flat_map(|section| section.answers)
        .find(|found| found.key == key)
        .ok_or(Error::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header(answer_tag(found.answer_id))
        .json(found))
}

/// Types an answer. `If-Match` is the question's own tag; a question without an answer has
/// `"none"`. A figure over a drafted one needs a reason. Where boards or officers were asked, a
/// changed answer takes the return back from them: `taken_back_revision` says which revision they
/// are no longer asked about, and `stands` that it is a draft again.
#[utoipa::path(operation_id = "returns.answer", tag = "Returns", request_body = ops::NewAnswer,
    params(("id" = uuid::Uuid, Path), ("key" = String, Path, description = "The question's key"),
        ("If-Match" = String, Header, description = "The question's ETag")),
    responses((status = 200, body = ops::Answered, headers(("ETag" = String))), Problems))]
#[put("/returns/{id}/answers/{key}")]
async fn put_answer(
    house: House,
    path: web::Path<(GrantReturnId, String)>,
    seen: Seen,
    new: Json<ops::NewAnswer>,
) -> Result<HttpResponse, Fault> {
    let (id, key) = path.into_inner();
    let done = ops::answer(&house.db, &house.ctx, id, &key, &new, Some(seen.0)).await?;
    Ok(answered(&done))
}

/// Takes a typed answer back, so that the drafted one stands.
#[utoipa::path(operation_id = "returns.undo-answer", tag = "Returns",
    params(("id" = uuid::Uuid, Path), ("key" = String, Path, description = "The question's key"),
        ("If-Match" = String, Header, description = "The question's ETag")),
    responses((status = 200, body = ops::Answered, headers(("ETag" = String))), Problems))]
#[delete("/returns/{id}/answers/{key}")]
async fn undo(
    house: House,
    path: web::Path<(GrantReturnId, String)>,
    seen: Seen,
) -> Result<HttpResponse, Fault> {
    let (id, key) = path.into_inner();
    let done = ops::undo(&house.db, &house.ctx, id, &key, Some(seen.0)).await?;
    Ok(answered(&done))
}

/// Lets a warning stand, with the reason; the certifier sees both. So may two errors: a check of the
/// form’s own that does not pass (`check-failed`), and months that are not agreed with the finance
/// system (`months-not-agreed`). Any other error is mended.
#[utoipa::path(operation_id = "returns.silence", tag = "Returns", request_body = ops::Silence,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/silenced-findings")]
async fn silence(
    house: House,
    id: web::Path<GrantReturnId>,
    new: Json<ops::Silence>,
) -> Result<HttpResponse, Fault> {
    let stands = ops::silence(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(standing(&stands))
}

/// Takes back the reason for which a finding was let stand, while nobody has the return before them: it is
/// asked about anew. Both stay on record.
#[utoipa::path(operation_id = "returns.take-back-reason", tag = "Returns",
    params(("id" = uuid::Uuid, Path), ("reason" = uuid::Uuid, Path, description = "The reason, as `let_stand` names it"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/returns/{id}/silenced-findings/{reason}/taking-back")]
async fn take_back_reason(
    house: House,
    path: web::Path<(GrantReturnId, uuid::Uuid)>,
) -> Result<HttpResponse, Fault> {
    let (id, reason) = path.into_inner();
    let stands = ops::take_back_reason(&house.db, &house.ctx, id, reason).await?;
    Ok(standing(&stands))
}
