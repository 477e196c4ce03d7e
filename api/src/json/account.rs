//! The caller's own account: roles, sessions, tokens.

use actix_web::{HttpResponse, delete, get, post, web};
use domain::access::{tokens, view};
use entity::ApiTokenId;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::{Fault, House, Problems};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(account)
        .service(create_token)
        .service(revoke_token);
}

/// The caller's own account.
#[utoipa::path(operation_id = "account.get", tag = "Account",
    responses((status = 200, body = view::Account), Problems))]
#[get("/account")]
async fn account(house: House) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(view::account(&house.db, &house.ctx).await?))
}

/// Makes an API token; its secret is shown this once. No token can make another.
#[utoipa::path(operation_id = "tokens.create", tag = "Account", request_body = tokens::NewToken,
    responses((status = 201, body = tokens::MadeToken), Problems))]
#[post("/account/tokens")]
async fn create_token(
    house: House,
    new: web::Json<tokens::NewToken>,
) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Created().json(tokens::create(&house.db, &house.ctx, &new).await?))
}

/// Takes one of the caller's tokens back.
#[utoipa::path(operation_id = "tokens.revoke", tag = "Account", params(("id" = uuid::Uuid, Path)),
    responses((status = 204), Problems))]
#[delete("/account/tokens/{id}")]
async fn revoke_token(house: House, id: web::Path<ApiTokenId>) -> Result<HttpResponse, Fault> {
    tokens::revoke(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}
