//! Import profiles: how one kind of ledger extract is read.

use actix_web::{HttpRequest, HttpResponse, get, post, put, web};
use domain::imports::Reader;
use domain::imports::ops::{self, ProfileSuggestion, SaveProfile};
use domain::imports::view::{self, ProfileView};
use entity::ImportProfileId;

use super::Created;
use crate::http::{Fault, House, IfMatch, Json, Listing, Paging, Problems, tagged, upload};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(suggest)
        .service(one)
        .service(change);
}

/// Import profiles, oldest first.
#[utoipa::path(operation_id = "import-profiles.list", tag = "Imports", params(Paging),
    responses((status = 200, body = Listing<ProfileView>), Problems))]
#[get("/import-profiles")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let after = paging.after.map(ImportProfileId);
    let items = view::profiles(&house.db, &house.ctx, after, limit + 1).await?;
    Ok(Listing::of(items, limit, |item| item.id.into()).reply(&request))
}

/// Saves an import profile.
#[utoipa::path(operation_id = "import-profiles.save", tag = "Imports", request_body = SaveProfile,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/import-profiles")]
async fn create(house: House, new: Json<SaveProfile>) -> Result<HttpResponse, Fault> {
    let id = ops::save_profile(&house.db, &house.ctx, &new).await?;
    Ok(Created::reply("/api/v1/import-profiles", id))
}

/// Guesses a profile from a sample file. Nothing is kept.
#[utoipa::path(operation_id = "import-profiles.suggest", tag = "Imports",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = ProfileSuggestion), Problems))]
#[post("/import-profiles/suggestions")]
async fn suggest(
    house: House,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house
        .ctx
        .require(domain::access::rules::Operation::SaveProfile)?;
    let bytes = upload::body(&request, payload).await?;
    let reader = reader(&house);
    let guess = ops::suggest_profile(&house.db, &house.ctx, &reader, bytes, None).await?;
    Ok(HttpResponse::Ok().json(guess))
}

/// One import profile.
#[utoipa::path(operation_id = "import-profiles.get", tag = "Imports",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = ProfileView, headers(("ETag" = String))), Problems))]
#[get("/import-profiles/{id}")]
async fn one(house: House, id: web::Path<ImportProfileId>) -> Result<HttpResponse, Fault> {
    let profile = view::profile(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(tagged(profile.version, &profile))
}

/// Changes an import profile. Imports that were started keep the profile they were started with.
#[utoipa::path(operation_id = "import-profiles.change", tag = "Imports", request_body = SaveProfile,
    params(("id" = uuid::Uuid, Path), ("If-Match" = String, Header, description = "The profile's ETag")),
    responses((status = 200, body = ProfileView, headers(("ETag" = String))), Problems))]
#[put("/import-profiles/{id}")]
async fn change(
    house: House,
    id: web::Path<ImportProfileId>,
    version: IfMatch,
    new: Json<SaveProfile>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::change_profile(&house.db, &house.ctx, id, Some(version.0), &new).await?;
    let profile = view::profile(&house.db, &house.ctx, id).await?;
    Ok(tagged(profile.version, &profile))
}

/// What opens workbooks that others made.
pub(crate) fn reader(house: &House) -> Reader {
    Reader {
        program: house.config.program.clone(),
    }
}
