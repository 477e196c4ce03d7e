//! The JSON face under `/api/v1`: one file per resource.

mod account;
mod applications;
mod apportionments;
mod awards;
mod baselines;
mod beside;
pub(crate) mod budget_lines;
mod categories;
mod charges;
mod closures;
pub(crate) mod coding;
mod commitments;
mod conditions;
mod contributions;
pub(crate) mod csv;
mod deadlines;
mod document;
pub(crate) mod expectations;
pub(crate) mod exports;
pub(crate) mod form_drafts;
mod forms;
pub(crate) mod funder_links;
pub(crate) mod grants;
mod health;
mod history;
pub(crate) mod import_profiles;
mod imports;
pub(crate) mod journals;
pub(crate) mod ledger;
pub(crate) mod letters;
mod operations;
mod organisations;
mod our_money;
mod outbox;
mod owed;
mod papers;
pub(crate) mod payments;
mod people;
mod pins;
mod pool_balance;
mod pool_policies;
mod pools;
pub(crate) mod positions;
mod programmes;
pub(crate) mod questions;
mod requirements;
pub(crate) mod returns;
pub(crate) mod routes;
pub(crate) mod runs;
pub(crate) mod search;
pub(crate) mod sharing;
pub(crate) mod spend_lines;
pub(crate) mod start;
pub(crate) mod stops;
mod suspensions;
pub(crate) mod tables;
pub(crate) mod virements;
pub(crate) mod what_if;

use self::routes::ServiceConfig;
use actix_web::web;

pub use document::document;

/// Every route under `/api/v1`; the document is collected from these, too.
fn areas(config: &mut ServiceConfig<'_>) {
    config
        .configure(organisations::configure)
        .configure(import_profiles::configure)
        .configure(imports::configure)
        .configure(coding::configure)
        .configure(ledger::configure)
        .configure(spend_lines::configure)
        .configure(pins::configure)
        .configure(grants::configure)
        .configure(exports::configure)
        .configure(start::configure)
        .configure(search::configure)
        .configure(people::configure)
        .configure(forms::configure)
        .configure(form_drafts::configure)
        .configure(requirements::configure)
        .configure(returns::configure)
        .configure(deadlines::configure)
        .configure(account::configure)
        .configure(operations::configure)
        .configure(outbox::configure)
        .configure(history::configure)
        .configure(beside::configure)
        .configure(categories::configure)
        .configure(awards::configure)
        .configure(payments::configure)
        .configure(owed::configure)
        .configure(conditions::configure)
        .configure(virements::configure)
        .configure(budget_lines::configure)
        .configure(what_if::configure)
        .configure(pool_policies::configure)
        .configure(runs::configure)
        .configure(stops::configure)
        .configure(pool_balance::configure)
        .configure(apportionments::configure)
        .configure(contributions::configure)
        .configure(suspensions::configure)
        .configure(closures::configure)
        .configure(baselines::configure)
        .configure(charges::configure)
        .configure(letters::configure)
        .configure(programmes::configure)
        .configure(applications::configure)
        .configure(expectations::configure)
        .configure(positions::configure)
        .configure(funder_links::configure)
        .configure(questions::configure)
        .configure(sharing::configure)
        .configure(pools::configure)
        .configure(papers::configure)
        .configure(commitments::configure)
        .configure(journals::configure)
        .configure(our_money::configure);
}

/// Serves every route of the JSON face.
pub fn serve(config: &mut web::ServiceConfig) {
    config
        .service(
            web::scope("/api/v1").configure(|inside| areas(&mut ServiceConfig::Served(inside))),
        )
        .service(
            web::scope("/health")
                .configure(|inside| health::configure(&mut ServiceConfig::Served(inside))),
        );
}

/// The document as it is committed. Collecting it from the routes takes a second and a hundred megabytes, so that is
/// done when it is written, and a test holds what is committed to it.
pub(crate) const WRITTEN: &str = include_str!("../../../openapi/openapi.json");

async fn served() -> actix_web::HttpResponse {
    actix_web::HttpResponse::Ok()
        .content_type("application/json")
        .body(WRITTEN)
}

/// The document and the page that shows it, from our own files.
pub fn documentation(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/openapi.json").route(web::get().to(served)))
        .service(web::redirect("/api/docs", "/api/docs/"))
        .service(
            utoipa_swagger_ui::SwaggerUi::new("/api/docs/{_:.*}")
                .config(utoipa_swagger_ui::Config::from("/api/openapi.json")),
        );
}

/// What a POST that creates answers with.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Created {
    /// The id of what was created.
    pub id: uuid::Uuid,
    /// Where it can be read; the same as the `Location` header.
    pub href: String,
}

impl Created {
    /// 201 with its `Location`.
    pub fn reply(collection: &str, id: impl Into<uuid::Uuid>) -> actix_web::HttpResponse {
        let id = id.into();
        let href = format!("{collection}/{id}");
        actix_web::HttpResponse::Created()
            .insert_header((actix_web::http::header::LOCATION, href.clone()))
            .json(Self { id, href })
    }

    /// 201 for what is read as a part of something else: its `Location` is the whole.
    pub fn inside(whole: &str, id: impl Into<uuid::Uuid>) -> actix_web::HttpResponse {
        actix_web::HttpResponse::Created()
            .insert_header((actix_web::http::header::LOCATION, whole))
            .json(Self {
                id: id.into(),
                href: whole.to_owned(),
            })
    }
}
