//! The steps of an application, each a form of its own: what it asks for, who does what by when,
//! the decision, the sending, and what comes of it.

mod begin;
mod fields;
mod question;
mod take;

use actix_web::{HttpRequest, HttpResponse, web};
use domain::access::rules::Operation;
use domain::applications::ops::{self, Done};
use domain::applications::view;
use entity::{ApplicationId, ApplicationTaskId, StageKind};
use serde::Deserialize;

use super::read;
use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};
use crate::pages::fields::Wrong;
use crate::pages::form::show;
use crate::pages::see_other;

pub use begin::{begin, new, terms_of};
use fields::{begins, form};
pub use question::{ask_question, change_question, remove_question};
use take::{renamed, take};

/// A step, by the last part of its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    Terms,
    Plan,
    Estimate,
    Questions,
    Document,
    Task,
    Decision,
    Submission,
    Invitation,
    Offer,
    Acceptance,
    Outcome,
    Feedback,
}

impl Step {
    const fn operation(self) -> Operation {
        match self {
            Self::Terms | Self::Questions => Operation::ChangeApplication,
            Self::Plan | Self::Task => Operation::PlanApplication,
            Self::Estimate => Operation::EstimateApplication,
            Self::Document => Operation::AttachToApplication,
            Self::Decision => Operation::DecideApplication,
            Self::Submission | Self::Invitation => Operation::SubmitApplication,
            Self::Offer | Self::Outcome | Self::Feedback => Operation::RecordOutcome,
            Self::Acceptance => Operation::AcceptOffer,
        }
    }

    const fn slug(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Plan => "plan",
            Self::Estimate => "estimate",
            Self::Questions => "questions",
            Self::Document => "document",
            Self::Task => "task",
            Self::Decision => "decision",
            Self::Submission => "submission",
            Self::Invitation => "invitation",
            Self::Offer => "offer",
            Self::Acceptance => "acceptance",
            Self::Outcome => "outcome",
            Self::Feedback => "feedback",
        }
    }
}

pub async fn ask(
    house: House,
    path: web::Path<(ApplicationId, Step)>,
) -> Result<HttpResponse, Fault> {
    let (id, step) = path.into_inner();
    house.ctx.require(step.operation())?;
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let typed = begins(&house, step, &seen);
    show(
        &house,
        form(&house, step, &seen).await?,
        &typed,
        &Wrong::default(),
    )
    .await
}

pub async fn done(
    house: House,
    path: web::Path<(ApplicationId, Step)>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    let (id, step) = path.into_inner();
    house.ctx.require(step.operation())?;
    let sent = read::form(&request, payload).await?;
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let mut wrong = Wrong::default();
    match take(&house, step, &seen, &sent, &mut wrong).await {
        Ok(Some(to)) => return Ok(see_other(&to)),
        Ok(None) => {}
        Err(error) => wrong.take(renamed(step, error))?,
    }
    show(
        &house,
        form(&house, step, &seen).await?,
        &sent.fields,
        &wrong,
    )
    .await
}

/// Whether something is done: what the button beside it says.
#[derive(Deserialize)]
pub struct IsDone {
    #[serde(default)]
    done: String,
}

pub async fn finish_stage(
    house: House,
    path: web::Path<(ApplicationId, StageKind)>,
    PageForm(is): PageForm<IsDone>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::PlanApplication)?;
    let (id, stage) = path.into_inner();
    let done = Done {
        done: is.done == "yes",
    };
    ops::finish_stage(&house.db, &house.ctx, id, stage, done, None).await?;
    Ok(see_other(&format!("/applications/{id}#stages")))
}

pub async fn finish_task(
    house: House,
    path: web::Path<(ApplicationId, ApplicationTaskId)>,
    PageForm(is): PageForm<IsDone>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::PlanApplication)?;
    let (id, task) = path.into_inner();
    let done = Done {
        done: is.done == "yes",
    };
    ops::finish_task(&house.db, &house.ctx, id, task, done).await?;
    Ok(see_other(&format!("/applications/{id}#tasks")))
}

pub async fn remove_task(
    house: House,
    path: web::Path<(ApplicationId, ApplicationTaskId)>,
    _form: PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::PlanApplication)?;
    let (id, task) = path.into_inner();
    ops::remove_task(&house.db, &house.ctx, id, task).await?;
    Ok(see_other(&format!("/applications/{id}#tasks")))
}
