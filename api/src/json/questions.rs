//! What funders' officers ask about figures that they are shown, and what they are answered.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::NaiveDate;
use domain::questions::ops::{self, End, NewQuestion, Words};
use domain::questions::rules::{QuestionAbout, QuestionState};
use domain::questions::view::{self, FiguresView, QuestionFilter, QuestionSummary, QuestionView};
use entity::{FunderQuestionId, OrganisationId};
use serde::Deserialize;
use uuid::Uuid;

use super::{Created, csv};
use crate::http::{Fault, House, Json, Ordered, Problems, Sorted};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(figures)
        .service(list)
        .service(ask)
        .service(one)
        .service(ask_on)
        .service(answer)
        .service(settle)
        .service(withdraw);
}

/// As of when.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct AsOf {
    /// Of a position: as of which London date; today unless told.
    as_of: Option<NaiveDate>,
}

/// Which questions.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Only those that stand there.
    state: Option<QuestionState>,
    /// Only those of this funder.
    funder_id: Option<Uuid>,
    /// Only those about a record of this sort.
    about: Option<QuestionAbout>,
}

/// The figures of an award, of a return that was sent, or of a pool's position that the reader, as a
/// funder's officer, is shown and can ask about.
#[utoipa::path(operation_id = "funder-questions.figures", tag = "Questions",
    params(("about" = QuestionAbout, Path, description = "What sort of record"),
        ("id" = Uuid, Path, description = "The award, the return, or the pool"), AsOf),
    responses((status = 200, body = FiguresView), Problems))]
#[get("/figures-to-ask-about/{about}/{id}")]
async fn figures(
    house: House,
    path: web::Path<(QuestionAbout, Uuid)>,
    when: web::Query<AsOf>,
) -> Result<HttpResponse, Fault> {
    let (about, id) = path.into_inner();
    let shown = view::to_ask_about(&house.db, &house.ctx, about, id, when.as_of).await?;
    Ok(HttpResponse::Ok().json(shown))
}

/// Questions about figures: those that wait for an answer first, the oldest first; then the others,
/// what was said last first. A funder's officer gets those of their funder. As CSV all at once.
#[utoipa::path(operation_id = "funder-questions.list", tag = "Questions",
    params(Sorted, Narrow),
    responses((status = 200, content(
        (Ordered<QuestionSummary> = "application/json"), (String = "text/csv"))), Problems))]
#[get("/funder-questions")]
async fn list(
    house: House,
    paging: web::Query<Sorted>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (after, limit) = (paging.after()?, paging.limit()?);
    let filter = QuestionFilter {
        state: narrow.state,
        funder: narrow.funder_id.map(OrganisationId),
        about: narrow.about,
    };
    if csv::is_wanted(&request) {
        return as_csv(&house, filter).await;
    }
    let found = view::list(&house.db, &house.ctx, filter, after, limit).await?;
    Ok(Ordered::reply(found, &request))
}

/// The table of a filter, for the API and for the page's download.
pub(crate) async fn as_csv(house: &House, filter: QuestionFilter) -> Result<HttpResponse, Fault> {
    let rows = view::list(&house.db, &house.ctx, filter, None, csv::MOST).await?;
    let heading = [
        "state",
        "funder",
        "about",
        "record",
        "figure",
        "seen",
        "seen_pounds",
        "as_of",
        "question",
        "asked_by",
        "asked_at",
        "waiting_since",
        "last_at",
        "id",
    ];
    let rows = rows.items.into_iter().map(|row| {
        vec![
            row.state.slug().to_owned(),
            row.funder,
            row.about.slug().to_owned(),
            row.subject,
            row.label,
            row.seen,
            row.seen_pence
                .map_or_else(String::new, domain::Money::as_typed),
            row.as_of.to_string(),
            row.words,
            row.asked_by.unwrap_or_default(),
            row.asked_at.to_rfc3339(),
            row.waiting_since
                .map_or_else(String::new, |at| at.to_rfc3339()),
            row.last_at.to_rfc3339(),
            row.id.to_string(),
        ]
    });
    Ok(csv::reply("questions", &heading, rows))
}

/// Asks about a figure, as the reader is shown it as a funder's officer. What it says is kept with the
/// question, and our grants officers are told by mail.
#[utoipa::path(operation_id = "funder-questions.ask", tag = "Questions",
    request_body = NewQuestion,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/funder-questions")]
async fn ask(house: House, new: Json<NewQuestion>) -> Result<HttpResponse, Fault> {
    let id = ops::ask(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/funder-questions", id))
}

/// One question with all that was said to it, and what the reader may say now.
#[utoipa::path(operation_id = "funder-questions.get", tag = "Questions",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = QuestionView), Problems))]
#[get("/funder-questions/{id}")]
async fn one(house: House, id: web::Path<FunderQuestionId>) -> Result<HttpResponse, Fault> {
    let seen = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(seen))
}

fn said(id: FunderQuestionId, event: entity::FunderQuestionEventId) -> HttpResponse {
    Created::inside(&format!("/api/v1/funder-questions/{id}"), event)
}

/// Asks on: whoever asked, or another officer of the same funder.
#[utoipa::path(operation_id = "funder-questions.ask-on", tag = "Questions",
    request_body = Words,
    params(("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/funder-questions/{id}/further-questions")]
async fn ask_on(
    house: House,
    id: web::Path<FunderQuestionId>,
    new: Json<Words>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    Ok(said(
        id,
        ops::ask_on(&house.db, &house.ctx, id, &new).await?,
    ))
}

/// Answers a question. Whoever asked is told by mail.
#[utoipa::path(operation_id = "funder-questions.answer", tag = "Questions",
    request_body = Words,
    params(("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/funder-questions/{id}/answers")]
async fn answer(
    house: House,
    id: web::Path<FunderQuestionId>,
    new: Json<Words>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    Ok(said(
        id,
        ops::answer(&house.db, &house.ctx, id, &new).await?,
    ))
}

/// Says that a question is settled: whoever asked, or another officer of the same funder. Nothing is
/// said to it any more.
#[utoipa::path(operation_id = "funder-questions.settle", tag = "Questions",
    request_body = End,
    params(("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/funder-questions/{id}/settlement")]
async fn settle(
    house: House,
    id: web::Path<FunderQuestionId>,
    end: Json<End>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    Ok(said(
        id,
        ops::settle(&house.db, &house.ctx, id, &end).await?,
    ))
}

/// Takes a question back that nobody has answered: whoever asked it. It stays on record.
#[utoipa::path(operation_id = "funder-questions.withdraw", tag = "Questions",
    request_body = End,
    params(("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/funder-questions/{id}/withdrawal")]
async fn withdraw(
    house: House,
    id: web::Path<FunderQuestionId>,
    end: Json<End>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    Ok(said(
        id,
        ops::withdraw(&house.db, &house.ctx, id, &end).await?,
    ))
}
