//! Preparing an application: what it asks for, who does what by when, questions and answers,
//! documents.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, delete, post, put, web};
use domain::access::rules::Operation;
use domain::applications::ops;
use entity::{
    ApplicationDocumentId, ApplicationId, ApplicationQuestionId, ApplicationTaskId, StageKind,
};

use super::standing;
use crate::http::parts::Parts;
use crate::http::{Fault, House, IfMatch, Json, Problems};
use crate::json::Created;
use crate::json::returns::{Seen, answer_tag};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(begin)
        .service(change)
        .service(stages)
        .service(finish_stage)
        .service(estimate)
        .service(add_questions)
        .service(change_question)
        .service(remove_question)
        .service(answer)
        .service(copy)
        .service(add_document)
        .service(remove_document)
        .service(add_task)
        .service(finish_task)
        .service(remove_task);
}

/// Begins an application, with the stages that its programme has.
#[utoipa::path(operation_id = "applications.begin", tag = "Applications",
    request_body = ops::ApplicationTerms,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/applications")]
async fn begin(house: House, new: Json<ops::ApplicationTerms>) -> Result<HttpResponse, Fault> {
    let id = ops::begin(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/applications", id))
}

/// Changes what an application asks for, all of it, while it is being prepared.
#[utoipa::path(operation_id = "applications.change", tag = "Applications",
    request_body = ops::ApplicationTerms,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The application's ETag")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[put("/applications/{id}")]
async fn change(
    house: House,
    id: web::Path<ApplicationId>,
    expected: IfMatch,
    new: Json<ops::ApplicationTerms>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::change(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// Says which stages an application has, by when each is due and who does it: all of them.
#[utoipa::path(operation_id = "applications.plan", tag = "Applications",
    request_body = ops::Stages,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The application's ETag")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[put("/applications/{id}/stages")]
async fn stages(
    house: House,
    id: web::Path<ApplicationId>,
    expected: IfMatch,
    new: Json<ops::Stages>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::set_stages(&house.db, &house.ctx, id, &new, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// Says that a stage is done, or is to be done again. A sending does its stage by itself.
#[utoipa::path(operation_id = "applications.finish-stage", tag = "Applications",
    request_body = ops::Done,
    params(("id" = uuid::Uuid, Path),
        ("stage" = StageKind, Path, description = "Which stage"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/applications/{id}/stages/{stage}/completion")]
async fn finish_stage(
    house: House,
    path: web::Path<(ApplicationId, StageKind)>,
    done: Json<ops::Done>,
) -> Result<HttpResponse, Fault> {
    let (id, stage) = path.into_inner();
    let stands = ops::finish_stage(&house.db, &house.ctx, id, stage, *done, None).await?;
    Ok(standing(&stands))
}

/// Says how likely a person thinks it, or takes that back.
#[utoipa::path(operation_id = "applications.estimate", tag = "Applications",
    request_body = ops::Estimate,
    params(("id" = uuid::Uuid, Path),
        ("If-Match" = String, Header, description = "The application's ETag")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[put("/applications/{id}/estimate")]
async fn estimate(
    house: House,
    id: web::Path<ApplicationId>,
    expected: IfMatch,
    new: Json<ops::Estimate>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let stands = ops::estimate(&house.db, &house.ctx, id, *new, Some(expected.0)).await?;
    Ok(standing(&stands))
}

/// The questions that were added.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
struct QuestionsAdded {
    /// Their ids, in their order.
    ids: Vec<uuid::Uuid>,
}

/// Adds questions that the funder asks, after those that are there.
#[utoipa::path(operation_id = "applications.add-questions", tag = "Applications",
    request_body = ops::Questions,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = QuestionsAdded), Problems))]
#[post("/applications/{id}/questions")]
async fn add_questions(
    house: House,
    id: web::Path<ApplicationId>,
    new: Json<ops::Questions>,
) -> Result<HttpResponse, Fault> {
    let ids = ops::add_questions(&house.db, &house.ctx, id.into_inner(), &new).await?;
    Ok(HttpResponse::Created().json(QuestionsAdded {
        ids: ids.into_iter().map(Into::into).collect(),
    }))
}

/// Changes a question; its answer stays.
#[utoipa::path(operation_id = "applications.change-question", tag = "Applications",
    request_body = ops::NewQuestion,
    params(("id" = uuid::Uuid, Path),
        ("question_id" = uuid::Uuid, Path, description = "The question: see the application's `questions`"),
        ("If-Match" = String, Header, description = "The application's ETag")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[put("/applications/{id}/questions/{question_id}")]
async fn change_question(
    house: House,
    path: web::Path<(ApplicationId, ApplicationQuestionId)>,
    expected: IfMatch,
    new: Json<ops::NewQuestion>,
) -> Result<HttpResponse, Fault> {
    let (id, question) = path.into_inner();
    let expected = Some(expected.0);
    let stands = ops::change_question(&house.db, &house.ctx, id, question, &new, expected).await?;
    Ok(standing(&stands))
}

/// Takes a question out. What was answered is kept.
#[utoipa::path(operation_id = "applications.remove-question", tag = "Applications",
    params(("id" = uuid::Uuid, Path),
        ("question_id" = uuid::Uuid, Path, description = "The question: see the application's `questions`")),
    responses((status = 204), Problems))]
#[delete("/applications/{id}/questions/{question_id}")]
async fn remove_question(
    house: House,
    path: web::Path<(ApplicationId, ApplicationQuestionId)>,
) -> Result<HttpResponse, Fault> {
    let (id, question) = path.into_inner();
    ops::remove_question(&house.db, &house.ctx, id, question).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn answered(done: &ops::Answered) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(answer_tag(done.answer_id.map(Into::into)))
        .json(done)
}

/// Writes an answer. `If-Match` is the answer that stands: its `answer_id`, or `"none"`.
#[utoipa::path(operation_id = "applications.answer", tag = "Applications",
    request_body = ops::NewApplicationAnswer,
    params(("id" = uuid::Uuid, Path),
        ("question_id" = uuid::Uuid, Path, description = "The question: see the application's `questions`"),
        ("If-Match" = String, Header, description = "The question's `answer_id`, or `none`")),
    responses((status = 200, body = ops::Answered, headers(("ETag" = String))), Problems))]
#[put("/applications/{id}/questions/{question_id}/answer")]
async fn answer(
    house: House,
    path: web::Path<(ApplicationId, ApplicationQuestionId)>,
    seen: Seen,
    new: Json<ops::NewApplicationAnswer>,
) -> Result<HttpResponse, Fault> {
    let (id, question) = path.into_inner();
    let seen = Some(seen.0.map(entity::ApplicationAnswerId));
    let done = ops::answer(&house.db, &house.ctx, id, question, &new, seen).await?;
    Ok(answered(&done))
}

/// Copies an earlier answer of the bank in. Where it came from is kept with it.
#[utoipa::path(operation_id = "applications.copy-answer", tag = "Applications",
    request_body = ops::Copied,
    params(("id" = uuid::Uuid, Path),
        ("question_id" = uuid::Uuid, Path, description = "The question: see the application's `questions`"),
        ("If-Match" = String, Header, description = "The question's `answer_id`, or `none`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Answered, headers(("ETag" = String))), Problems))]
#[post("/applications/{id}/questions/{question_id}/copies")]
async fn copy(
    house: House,
    path: web::Path<(ApplicationId, ApplicationQuestionId)>,
    seen: Seen,
    new: Json<ops::Copied>,
) -> Result<HttpResponse, Fault> {
    let (id, question) = path.into_inner();
    let seen = Some(seen.0.map(entity::ApplicationAnswerId));
    let from = new.answer_id;
    let done = ops::copy_answer(&house.db, &house.ctx, id, question, from, seen).await?;
    Ok(answered(&done))
}

/// A document of an application, in parts.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "read by utoipa")]
struct DocumentUpload {
    /// What it is; the file's name, where nothing is said.
    #[schema(max_length = 200)]
    title: Option<String>,
    /// `yes` when it goes to the funder.
    for_funder: Option<String>,
    /// The file, at most 16 MB.
    #[schema(value_type = String, format = Binary, min_length = 1)]
    file: Vec<u8>,
}

/// Adds a document, at most fifty.
#[utoipa::path(operation_id = "applications.attach", tag = "Applications",
    request_body(content = DocumentUpload, content_type = "multipart/form-data"),
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/applications/{id}/documents")]
async fn add_document(
    house: House,
    id: web::Path<ApplicationId>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AttachToApplication)?;
    let id = id.into_inner();
    let body = Multipart::new(request.headers(), body);
    let mut parts = Parts::read(body, &house).await?;
    let file = parts
        .file("file")
        .ok_or_else(|| domain::Error::invalid("/file", "required", "Choose a file."))?;
    let texts = parts.texts()?;
    let text = |name: &str| {
        texts
            .get(name)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let new = ops::Document {
        title: text("title"),
        for_funder: text("for_funder") == "yes",
        name: file.file_name.unwrap_or_else(|| "document".to_owned()),
        bytes: file.bytes,
    };
    let document = ops::add_document(&house.db, &house.ctx, id, &new).await?;
    Ok(Created::reply(
        &format!("/api/v1/applications/{id}/documents"),
        document,
    ))
}

/// Takes a document out. What was sent with it stays as it was sent.
#[utoipa::path(operation_id = "applications.remove-document", tag = "Applications",
    params(("id" = uuid::Uuid, Path),
        ("document_id" = uuid::Uuid, Path, description = "The document: see the application's `documents`")),
    responses((status = 204), Problems))]
#[delete("/applications/{id}/documents/{document_id}")]
async fn remove_document(
    house: House,
    path: web::Path<(ApplicationId, ApplicationDocumentId)>,
) -> Result<HttpResponse, Fault> {
    let (id, document) = path.into_inner();
    ops::remove_document(&house.db, &house.ctx, id, document).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Adds something to be done.
#[utoipa::path(operation_id = "applications.add-task", tag = "Applications",
    request_body = ops::NewTask,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/applications/{id}/tasks")]
async fn add_task(
    house: House,
    id: web::Path<ApplicationId>,
    new: Json<ops::NewTask>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let task = ops::add_task(&house.db, &house.ctx, id, &new).await?;
    Ok(Created::inside(&format!("/api/v1/applications/{id}"), task))
}

/// Says that a task is done, or is to be done again.
#[utoipa::path(operation_id = "applications.finish-task", tag = "Applications",
    request_body = ops::Done,
    params(("id" = uuid::Uuid, Path),
        ("task_id" = uuid::Uuid, Path, description = "The task: see the application's `tasks`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 200, body = ops::Stands, headers(("ETag" = String))), Problems))]
#[post("/applications/{id}/tasks/{task_id}/completion")]
async fn finish_task(
    house: House,
    path: web::Path<(ApplicationId, ApplicationTaskId)>,
    done: Json<ops::Done>,
) -> Result<HttpResponse, Fault> {
    let (id, task) = path.into_inner();
    let stands = ops::finish_task(&house.db, &house.ctx, id, task, *done).await?;
    Ok(standing(&stands))
}

/// Takes a task out: nobody has to do it.
#[utoipa::path(operation_id = "applications.remove-task", tag = "Applications",
    params(("id" = uuid::Uuid, Path),
        ("task_id" = uuid::Uuid, Path, description = "The task: see the application's `tasks`")),
    responses((status = 204), Problems))]
#[delete("/applications/{id}/tasks/{task_id}")]
async fn remove_task(
    house: House,
    path: web::Path<(ApplicationId, ApplicationTaskId)>,
) -> Result<HttpResponse, Fault> {
    let (id, task) = path.into_inner();
    ops::remove_task(&house.db, &house.ctx, id, task).await?;
    Ok(HttpResponse::NoContent().finish())
}
