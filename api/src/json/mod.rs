//! The JSON face under `/api/v1`: one file per resource.

mod account;
mod awards;
mod categories;
pub(crate) mod csv;
mod deadlines;
pub(crate) mod expectations;
pub(crate) mod form_drafts;
mod forms;
mod health;
pub(crate) mod import_profiles;
mod imports;
mod operations;
mod organisations;
mod people;
mod pools;
mod requirements;
mod returns;
pub(crate) mod spend_lines;

use actix_web::web;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt, scope};

/// What the document says about the whole.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tributary",
        description = "Grants, pooled funds, spend and the returns that funders require. \
            Amounts are whole pence (`_pence`, or money answers); `_on` and `from`/`to` are dates \
            in Europe/London; `_at` are instants in UTC. Failures are problem documents (RFC 9457). \
            Lists come in pages (`after`, `limit`, `Link`). A POST that creates takes an \
            `Idempotency-Key`; what changes a record takes its `ETag` as `If-Match`.",
        license(name = "MIT", identifier = "MIT"),
    ),
    components(schemas(crate::http::Problem, domain::FieldError)),
    modifiers(&Token),
    security(("token" = [])),
)]
struct Document;

struct Token;

impl utoipa::Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token, made on the account page."))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// Every route of the JSON face; the document is collected from these.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(
            scope::scope("/api/v1")
                .configure(organisations::configure)
                .configure(import_profiles::configure)
                .configure(imports::configure)
                .configure(spend_lines::configure)
                .configure(people::configure)
                .configure(forms::configure)
                .configure(form_drafts::configure)
                .configure(requirements::configure)
                .configure(returns::configure)
                .configure(deadlines::configure)
                .configure(account::configure)
                .configure(operations::configure)
                .configure(categories::configure)
                .configure(awards::configure)
                .configure(expectations::configure)
                .configure(pools::configure),
        )
        .service(scope::scope("/health").configure(health::configure));
}

/// The OpenAPI document, collected from the routes themselves.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, collected) = actix_web::App::new()
        .into_utoipa_app()
        .configure(configure)
        .split_for_parts();
    let mut document = Document::openapi();
    document.merge(collected);
    document
}

/// The document and the page that shows it, from our own files.
pub fn documentation(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/api/openapi.json")
                .route(web::get().to(|| async { actix_web::HttpResponse::Ok().json(document()) })),
        )
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
