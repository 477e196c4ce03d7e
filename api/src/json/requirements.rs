//! What awards ask to be reported.

use actix_web::{HttpResponse, get, post, web};
use chrono::NaiveDate;
use domain::Error;
use domain::deadlines::rules::DeadlineRule;
use domain::returns::rules::Signature;
use domain::returns::{ops, view};
use entity::{AwardId, PersonId, ReturnFormId};
use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;

use super::Created;
use crate::http::{Fault, House, Json, Problems, Whole};

pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create);
}

/// What an award asks to be reported.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RequirementToState {
    /// The form it is made on.
    form_id: ReturnFormId,
    /// What people call the return.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    name: String,
    /// Length of a period in months: 1, 3, 6 or 12.
    #[schema(schema_with = months)]
    period_months: i32,
    /// First London date of the first period.
    first_period_from: NaiveDate,
    /// First London date of the first quarter of the form's grid.
    anchor_on: NaiveDate,
    /// How the deadline follows from the period.
    due_rule: DeadlineRule,
    /// The Trustee Board must agree.
    #[serde(default)]
    needs_trustees: bool,
    /// The Recovery Advisory Committee must agree.
    #[serde(default)]
    needs_committee: bool,
    /// Offices that sign, each with the funder's exact words.
    #[schema(min_items = 1, max_items = 5)]
    signatures: Vec<Signature>,
    /// Variance that needs an explanation, basis points.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000)]
    variance_bp: Option<i32>,
    /// Prepares it.
    #[serde(default)]
    preparer_id: Option<PersonId>,
    /// Certifies it.
    #[serde(default)]
    certifier_id: Option<PersonId>,
    /// Sends it.
    #[serde(default)]
    sender_id: Option<PersonId>,
}

/// How long a period may be.
fn months() -> utoipa::openapi::Object {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::Integer)
        .description(Some("Length of a period in months."))
        .enum_values(Some([1, 3, 6, 12]))
        .build()
}

impl RequirementToState {
    fn of(self, award_id: AwardId) -> ops::NewRequirement {
        ops::NewRequirement {
            award_id,
            form_id: self.form_id,
            name: self.name,
            period_months: self.period_months,
            first_period_from: self.first_period_from,
            anchor_on: self.anchor_on,
            due_rule: self.due_rule,
            needs_trustees: self.needs_trustees,
            needs_committee: self.needs_committee,
            signatures: self.signatures,
            variance_bp: self.variance_bp,
            preparer_id: self.preparer_id,
            certifier_id: self.certifier_id,
            sender_id: self.sender_id,
        }
    }
}

/// What an award asks to be reported: all of it.
#[utoipa::path(operation_id = "requirements.list", tag = "Awards",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = Whole<view::RequirementView>), Problems))]
#[get("/awards/{id}/requirements")]
async fn list(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let all = view::requirements(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(Whole::reply(all))
}

/// States what an award asks to be reported; the worker looks at once for what is due under it.
#[utoipa::path(operation_id = "requirements.create", tag = "Awards",
    request_body = RequirementToState,
    params(("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat safely under the same key")),
    responses((status = 201, body = Created, headers(("Location" = String))), Problems))]
#[post("/awards/{id}/requirements")]
async fn create(
    house: House,
    id: web::Path<AwardId>,
    new: Json<RequirementToState>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let new = new.into_inner().of(id);
    let made = ops::create_requirement(&house.db, &house.ctx, &new).await;
    match made {
        Ok(made) => Ok(Created::inside(
            &format!("/api/v1/awards/{id}/requirements"),
            made,
        )),
        // the award is named by the address here
        Err(Error::Invalid(wrong)) if wrong.iter().any(|field| field.pointer == "/award_id") => {
            Err(Error::NotFound.into())
        }
        Err(error) => Err(error.into()),
    }
}
