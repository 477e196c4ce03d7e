//! Reading applications, what they come to, and earlier answers.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::applications::view;
use entity::{
    ApplicationDocumentId, ApplicationId, ApplicationQuestionId, ApplicationState, FileId,
    OrganisationId, PersonId, PoolId, ProgrammeId, StageKind,
};
use serde::Deserialize;

use crate::http::download::{Bytes, download_anything};
use crate::http::{Fault, House, Ordered, Problems, Sorted, Whole, tagged};
use crate::json::routes::ServiceConfig;
use crate::json::{csv, tables};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(pipeline)
        .service(bank)
        .service(one)
        .service(history)
        .service(document)
        .service(receipt);
}

/// Which applications.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Those to one funder.
    funder_id: Option<uuid::Uuid>,
    /// Those to one programme.
    programme_id: Option<uuid::Uuid>,
    /// Those that would fund one pool.
    pool_id: Option<uuid::Uuid>,
    /// Those at one stage: the first of theirs that is not done.
    #[param(value_type = Option<StageKind>)]
    stage: Option<StageKind>,
    /// Those that one person leads on.
    lead_id: Option<uuid::Uuid>,
    /// Those that stand so.
    #[param(value_type = Option<ApplicationState>)]
    state: Option<ApplicationState>,
    /// In which order: `attention` unless told (what is due next first), or `recorded` (the oldest
    /// first).
    #[serde(default)]
    #[param(value_type = Option<view::ApplicationOrder>)]
    sort: view::ApplicationOrder,
}

impl Narrow {
    fn filter(self) -> view::ApplicationFilter {
        view::ApplicationFilter {
            funder_id: self.funder_id.map(OrganisationId),
            programme_id: self.programme_id.map(ProgrammeId),
            pool_id: self.pool_id.map(PoolId),
            stage: self.stage,
            lead_id: self.lead_id.map(PersonId),
            state: self.state,
            order: self.sort,
        }
    }
}

/// Applications, in an order; as CSV all at once. A funder's officer gets those that their funder
/// was sent, as they were sent.
#[utoipa::path(operation_id = "applications.list", tag = "Applications", params(Sorted, Narrow),
    responses((status = 200, content(
        (Ordered<view::ApplicationSummary> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/applications")]
async fn list(
    house: House,
    paging: web::Query<Sorted>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (after, limit) = (paging.after()?, paging.limit()?);
    let filter = narrow.filter();
    if csv::is_wanted(&request) {
        let all = view::list(&house.db, &house.ctx, filter, None, csv::MOST).await?;
        return Ok(tables::applications(all.items));
    }
    let page = view::list(&house.db, &house.ctx, filter, after, limit).await?;
    Ok(Ordered::reply(page, &request))
}

/// Which applications of the pipeline.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct NarrowPipeline {
    /// Those to one funder.
    funder_id: Option<uuid::Uuid>,
    /// Those that would fund one pool.
    pool_id: Option<uuid::Uuid>,
    /// Those at one stage.
    #[param(value_type = Option<StageKind>)]
    stage: Option<StageKind>,
    /// Those that one person leads on.
    lead_id: Option<uuid::Uuid>,
}

/// What open applications ask for, how much of it may come by what people estimate, and what is
/// sure: kept apart, to the penny, in all and by year. As CSV, the applications.
#[utoipa::path(operation_id = "pipeline.get", tag = "Applications", params(NarrowPipeline),
    responses((status = 200, content(
        (view::Pipeline = "application/json"), (String = "text/csv"))), Problems))]
#[get("/pipeline")]
async fn pipeline(
    house: House,
    narrow: web::Query<NarrowPipeline>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let filter = view::ApplicationFilter {
        funder_id: narrow.funder_id.map(OrganisationId),
        pool_id: narrow.pool_id.map(PoolId),
        stage: narrow.stage,
        lead_id: narrow.lead_id.map(PersonId),
        ..view::ApplicationFilter::default()
    };
    let found = view::pipeline(&house.db, &house.ctx, filter).await?;
    if csv::is_wanted(&request) {
        return Ok(tables::applications(found.applications));
    }
    Ok(HttpResponse::Ok().json(found))
}

/// Which earlier answers.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Words {
    /// Words that are all to be found, in the question or in the answer.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    q: String,
}

/// Earlier answers of applications that won their funder over, found by words; at most twenty.
#[utoipa::path(operation_id = "applications.bank", tag = "Applications", params(Words),
    responses((status = 200, body = Whole<view::Earlier>), Problems))]
#[get("/answer-bank")]
async fn bank(house: House, words: web::Query<Words>) -> Result<HttpResponse, Fault> {
    Ok(Whole::reply(
        view::bank(&house.db, &house.ctx, &words.q).await?,
    ))
}

/// One application: what it asks for and says, what is to be done, and what happened to it. A
/// funder's officer gets what their funder was sent.
#[utoipa::path(operation_id = "applications.get", tag = "Applications",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = view::ApplicationView, headers(("ETag" = String))), Problems))]
#[get("/applications/{id}")]
async fn one(house: House, id: web::Path<ApplicationId>) -> Result<HttpResponse, Fault> {
    let found = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(found.summary.version, &found))
}

/// What a question was answered before, the newest first.
#[utoipa::path(operation_id = "applications.answers", tag = "Applications",
    params(("id" = uuid::Uuid, Path),
        ("question_id" = uuid::Uuid, Path, description = "The question: see the application's `questions`")),
    responses((status = 200, body = Whole<view::AnswerVersion>), Problems))]
#[get("/applications/{id}/questions/{question_id}/answers")]
async fn history(
    house: House,
    path: web::Path<(ApplicationId, ApplicationQuestionId)>,
) -> Result<HttpResponse, Fault> {
    let (id, question) = path.into_inner();
    Ok(Whole::reply(
        view::question_history(&house.db, &house.ctx, id, question).await?,
    ))
}

/// A document of an application.
#[utoipa::path(operation_id = "applications.document", tag = "Applications",
    params(("id" = uuid::Uuid, Path),
        ("document_id" = uuid::Uuid, Path, description = "The document: see the application's `documents`, or what was sent")),
    responses((status = 200, body = Bytes, content_type = "application/octet-stream"), Problems))]
#[get("/applications/{id}/documents/{document_id}")]
async fn document(
    house: House,
    path: web::Path<(ApplicationId, ApplicationDocumentId)>,
) -> Result<HttpResponse, Fault> {
    let (id, document) = path.into_inner();
    let file = view::document(&house.db, &house.ctx, id, document).await?;
    Ok(download_anything(file))
}

/// A receipt that came with the record of a sending.
#[utoipa::path(operation_id = "applications.receipt", tag = "Applications",
    params(("id" = uuid::Uuid, Path),
        ("file_id" = uuid::Uuid, Path, description = "The file: see the submission's `receipt_file_id`")),
    responses((status = 200, body = Bytes, content_type = "application/octet-stream"), Problems))]
#[get("/applications/{id}/receipts/{file_id}")]
async fn receipt(
    house: House,
    path: web::Path<(ApplicationId, FileId)>,
) -> Result<HttpResponse, Fault> {
    let (id, file) = path.into_inner();
    let file = view::receipt(&house.db, &house.ctx, id, file).await?;
    Ok(download_anything(file))
}
