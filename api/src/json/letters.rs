//! The letters of an award, and its terms beside what they say.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use domain::letters::ops::{self, NewAcceptance, NewLetter, NewPassage, PassageWithdrawal, Reader};
use domain::letters::view::{self, LetterView, PageView, TermsView};
use entity::{AwardId, AwardLetterId, AwardPassageId};
use serde::Serialize;

use super::{Created, csv, tables};
use crate::http::{Fault, House, Json, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(read)
        .service(page)
        .service(terms)
        .service(quote)
        .service(withdraw)
        .service(accept);
}

/// A letter is read by a child process: this program's own `read-letter`.
pub(crate) fn reader(house: &House) -> Reader {
    Reader::by(house.config.program.clone())
}

/// The letters of an award.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct AwardLetters {
    /// In the order in which they were read.
    items: Vec<LetterView>,
}

/// The letters of an award that were read.
#[utoipa::path(operation_id = "award-letters.list", tag = "Awards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = AwardLetters), Problems))]
#[get("/awards/{id}/letters")]
async fn list(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let items = view::letters(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::Ok().json(AwardLetters { items }))
}

/// Reads a PDF beside an award as its letter: the words of each page. A page that was scanned without
/// words has none.
#[utoipa::path(operation_id = "award-letters.add", tag = "Awards", request_body = NewLetter,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/letters")]
async fn read(
    house: House,
    id: web::Path<AwardId>,
    new: Json<NewLetter>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::read(&house.db, &house.ctx, &reader(&house), id, &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/letters"),
        made,
    ))
}

/// The words of a page of a letter.
#[utoipa::path(operation_id = "award-letters.page", tag = "Awards",
    params(("id" = uuid::Uuid, Path),
        ("letter" = uuid::Uuid, Path, description = "The id of the letter: see `items`"),
        ("page" = i32, Path, description = "The number of the page, from 1")),
    responses((status = 200, body = PageView), Problems))]
#[get("/awards/{id}/letters/{letter}/pages/{page}")]
async fn page(
    house: House,
    path: web::Path<(AwardId, AwardLetterId, i32)>,
) -> Result<HttpResponse, Fault> {
    let (id, letter, number) = path.into_inner();
    let page = view::page(&house.db, &house.ctx, id, letter, number).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// The terms of an award beside its letters: how each stands, where a letter says it, whether it was
/// accepted, and where a letter seems to say it (found by its value); as CSV without the last.
#[utoipa::path(operation_id = "award-letters.terms", tag = "Awards", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content((TermsView = "application/json"), (String = "text/csv"))), Problems))]
#[get("/awards/{id}/letter-terms")]
async fn terms(
    house: House,
    id: web::Path<AwardId>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let wanted = csv::is_wanted(&request);
    let found = view::terms(&house.db, &house.ctx, id.into_inner(), !wanted).await?;
    if wanted {
        return Ok(tables::letter_terms(found.items));
    }
    Ok(HttpResponse::Ok().json(found))
}

/// Records where a letter says a term, word for word. Of a page without words it cannot be compared.
#[utoipa::path(operation_id = "award-letters.quote", tag = "Awards", request_body = NewPassage,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/passages")]
async fn quote(
    house: House,
    id: web::Path<AwardId>,
    new: Json<NewPassage>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let made = ops::quote(&house.db, &house.ctx, id, &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/letter-terms"),
        made,
    ))
}

/// Takes a passage back. It is kept, with the reason; what was accepted by it counts no longer.
#[utoipa::path(operation_id = "award-letters.withdraw", tag = "Awards", request_body = PassageWithdrawal,
    params(("id" = uuid::Uuid, Path),
        ("passage" = uuid::Uuid, Path, description = "The id of the passage: see `passages`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 204), Problems))]
#[post("/awards/{id}/passages/{passage}/withdrawal")]
async fn withdraw(
    house: House,
    path: web::Path<(AwardId, AwardPassageId)>,
    new: Json<PassageWithdrawal>,
) -> Result<HttpResponse, Fault> {
    let (id, passage) = path.into_inner();
    ops::withdraw(&house.db, &house.ctx, id, passage, &new).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Accepts that a term, as it stands, is what a passage says. Nothing else changes a term than an
/// amendment; after one, it is to be accepted again.
#[utoipa::path(operation_id = "award-letters.accept", tag = "Awards", request_body = NewAcceptance,
    params(("id" = uuid::Uuid, Path),
        ("passage" = uuid::Uuid, Path, description = "The id of the passage: see `passages`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/passages/{passage}/acceptances")]
async fn accept(
    house: House,
    path: web::Path<(AwardId, AwardPassageId)>,
    new: Json<NewAcceptance>,
) -> Result<HttpResponse, Fault> {
    let (id, passage) = path.into_inner();
    let made = ops::accept(&house.db, &house.ctx, id, passage, &new).await?;
    Ok(Created::inside(
        &format!("/api/v1/awards/{id}/letter-terms"),
        made,
    ))
}
