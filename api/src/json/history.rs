//! The history of anything, from the audit log.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::audit::view::{self, HistoryEntry};
use serde::Deserialize;
use uuid::Uuid;

use crate::http::{Fault, House, Ordered, Problems, Sorted};
use crate::json::routes::ServiceConfig;

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list);
}

/// What has a history.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
pub enum Subject {
    #[serde(rename = "award")]
    Award,
    #[serde(rename = "pool")]
    Pool,
    #[serde(rename = "application")]
    Application,
    #[serde(rename = "commitment")]
    Commitment,
    #[serde(rename = "paper")]
    Paper,
    #[serde(rename = "programme")]
    Programme,
    #[serde(rename = "organisation")]
    Organisation,
    #[serde(rename = "cost-category")]
    CostCategory,
    #[serde(rename = "import-profile")]
    ImportProfile,
    #[serde(rename = "import")]
    Import,
    #[serde(rename = "grant-import")]
    GrantImport,
    #[serde(rename = "form")]
    Form,
    #[serde(rename = "requirement")]
    Requirement,
    #[serde(rename = "return")]
    Return,
    #[serde(rename = "funder-question")]
    FunderQuestion,
    #[serde(rename = "job")]
    Job,
    #[serde(rename = "person")]
    Person,
    #[serde(rename = "membership")]
    Membership,
    #[serde(rename = "token")]
    Token,
}

impl Subject {
    /// As the audit log names it.
    const fn kind(self) -> &'static str {
        match self {
            Self::Award => "award",
            Self::Pool => "pool",
            Self::Application => "application",
            Self::Commitment => "commitment",
            Self::Paper => "paper",
            Self::Programme => "programme",
            Self::Organisation => "organisation",
            Self::CostCategory => "cost_category",
            Self::ImportProfile => "import_profile",
            Self::Import => "spend_import",
            Self::GrantImport => "grant_import",
            Self::Form => "return_form",
            Self::Requirement => "requirement",
            Self::Return => "grant_return",
            Self::FunderQuestion => "funder_question",
            Self::Job => "job",
            Self::Person => "person",
            Self::Membership => "membership",
            Self::Token => "api-token",
        }
    }
}

/// What was done to one record, newest first. Nothing here can be changed. A record that was never
/// touched has an empty history. What was done to people is for those who may see people.
#[utoipa::path(operation_id = "history.list", tag = "History",
    params(("kind" = Subject, Path, description = "What sort of record"),
        ("id" = Uuid, Path, description = "Which one"), Sorted),
    responses((status = 200, body = Ordered<HistoryEntry>), Problems))]
#[get("/history/{kind}/{id}")]
async fn list(
    house: House,
    path: web::Path<(Subject, Uuid)>,
    paging: web::Query<Sorted>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    let (kind, id) = path.into_inner();
    let (after, limit) = (paging.after()?, paging.limit()?);
    let page = view::part(&house.db, &house.ctx, kind.kind(), id, after, limit).await?;
    Ok(Ordered::reply(page, &request))
}
