//! What a handler is given: the database and the context of the request.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use domain::{Ctx, Db};

use super::frame::Stamp;
use super::problem::Fault;
use super::who::{self, Caller};
use crate::{Config, Shared};

/// What a handler is given.
#[derive(Clone, Debug)]
pub struct House {
    /// The database.
    pub db: Db,
    /// Who asks, when, under which number.
    pub ctx: Ctx,
    /// The configuration.
    pub config: Arc<Config>,
    /// Who asks, as the browser knows them.
    pub caller: Caller,
    /// The request's number and nonce.
    pub stamp: Stamp,
    /// The path of the request.
    pub path: String,
}

impl FromRequest for House {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parts = request
            .app_data::<web::Data<Shared>>()
            .zip(who::of(request));
        ready(match parts {
            Some((shared, (stamp, caller))) => {
                let mut ctx = Ctx::of(
                    caller.actor.clone(),
                    shared.clock.clone(),
                    stamp.request_id.clone(),
                );
                ctx.idempotency.clone_from(&caller.idempotency);
                Ok(Self {
                    db: shared.db.clone(),
                    ctx,
                    config: shared.config.clone(),
                    caller,
                    stamp,
                    path: request.path().to_owned(),
                })
            }
            None => Err(Fault::from(domain::Error::internal("a request outside the frame")).into()),
        })
    }
}
