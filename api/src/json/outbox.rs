//! The outbox: what was written, to whom, and what became of it. Mail that carries a secret is never in it.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::mail::view::{self, MailView};
use entity::{MailId, MailState};
use serde::Deserialize;

use crate::http::{Fault, House, Listing, Paging, Problems};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(one);
}

/// Which mail.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Narrow {
    /// Only what stands here.
    state: Option<MailState>,
}

/// Mail that was written, newest first; never what carries a secret, such as sign-in mail.
#[utoipa::path(operation_id = "outbox.list", tag = "Operations", params(Paging, Narrow),
    responses((status = 200, body = Listing<MailView>), Problems))]
#[get("/outbox")]
async fn list(
    house: House,
    paging: web::Query<Paging>,
    narrow: web::Query<Narrow>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let limit = paging.limit()?;
    let before = paging.after.map(MailId);
    let found = view::outbox(&house.db, &house.ctx, narrow.state, before, limit + 1).await?;
    Ok(Listing::of(found.mails, limit, |mail| mail.id.into()).reply(&request))
}

/// One mail with its text; never what carries a secret, such as sign-in mail.
#[utoipa::path(operation_id = "outbox.get", tag = "Operations", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = MailView), Problems))]
#[get("/outbox/{id}")]
async fn one(house: House, id: web::Path<MailId>) -> Result<HttpResponse, Fault> {
    Ok(HttpResponse::Ok().json(view::one(&house.db, &house.ctx, id.into_inner()).await?))
}
