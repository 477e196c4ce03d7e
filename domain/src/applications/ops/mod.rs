//! The verbs of applications, each one write transaction. After each, the deadlines follow.

mod answers;
mod documents;
mod outcome;
mod plan;
mod send;
mod terms;

pub use answers::{
    Answered, Copied, NewApplicationAnswer, NewQuestion, Questions, add_questions, answer,
    change_question, copy_answer, remove_question, save,
};
pub use documents::{Document, add_document, remove_document};
pub use outcome::{
    Acceptance, Feedback, NewOffer, OfferYear, Outcome, OutcomeKind, Taken, accept, close,
    feedback, lapse_due, record_offer,
};
pub use plan::{
    Done, Estimate, NewStage, NewTask, Stages, add_task, estimate, finish_stage, finish_task,
    remove_task, set_stages,
};
pub(crate) use send::in_the_way;
pub use send::{NewDecision, NewSubmission, decide, invite_on, submit};
pub use terms::{ApplicationTerms, BudgetLine, begin, change};

use entity::{ApplicationId, ApplicationState, application};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::rules::{DutyOf, Plan, wanted};
use super::store;
use crate::access::rules::Operation;
use crate::calendar::rules::Moment;
use crate::deadlines::ops::Duty;
use crate::{Command, Ctx, Db, Error, Result, Tx, deadlines};

/// Where an application stands after a verb.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ApplicationStands)]
pub struct Stands {
    /// The application.
    pub id: ApplicationId,
    /// Where it stands.
    pub state: ApplicationState,
    /// Its version, for If-Match.
    pub version: i64,
}

/// One write to one application: it is locked, its version is the one that was read, and when the
/// work is done its version counts on and its deadlines follow.
async fn written<T: Serialize + DeserializeOwned>(
    db: &Db,
    ctx: &Ctx,
    operation: Operation,
    id: ApplicationId,
    expected: Option<i64>,
    work: impl AsyncFn(&Tx, &application::Model) -> Result<T>,
) -> Result<(T, Stands)> {
    db.write(ctx, Command::on(operation, "application", id), async |tx| {
        let row = store::locked(tx, ctx, id).await?;
        if expected.is_some_and(|expected| expected != row.version) {
            return Err(Error::Stale);
        }
        let value = work(tx, &row).await?;
        Ok((value, settled(tx, id).await?))
    })
    .await
}

/// Its version counts on, and its deadlines follow.
async fn settled(tx: &Tx, id: ApplicationId) -> Result<Stands> {
    let row = store::touch(tx, id).await?;
    keep_deadlines(tx, &row).await?;
    Ok(Stands {
        id,
        state: row.state,
        version: row.version,
    })
}

/// The deadlines that an application has now, by its rules.
pub(super) async fn duties(
    conn: &impl sea_orm::ConnectionTrait,
    row: &application::Model,
) -> Result<Vec<Duty>> {
    let ids = [row.id];
    let programme = store::programme_of(conn, row).await?;
    let life = store::life(conn, row.id).await?;
    let moment =
        |on: Option<chrono::NaiveDate>, at| on.zip(at).map(|(on, at)| Moment::of_end(on, at));
    let stages = store::stages(conn, &ids).await?;
    let tasks = store::tasks(conn, &ids).await?;
    let offer = store::offers(conn, &ids).await?.remove(&row.id);
    let duties_of_stages: Vec<DutyOf<_>> = stages
        .iter()
        .map(|stage| DutyOf {
            id: stage.id,
            what: stage.kind,
            due: moment(stage.due_on, stage.due_at),
            done: stage.done_at.is_some(),
        })
        .collect();
    let duties_of_tasks: Vec<DutyOf<String>> = tasks
        .iter()
        .map(|task| DutyOf {
            id: task.id.into(),
            what: task.title.clone(),
            due: moment(task.due_on, task.due_at),
            done: task.done_at.is_some(),
        })
        .collect();
    let plan = Plan {
        id: row.id.into(),
        title: &row.title,
        state: row.state,
        sent: life.sent,
        programme: &programme.name,
        closes: moment(programme.closes_on, programme.closes_at),
        stages: &duties_of_stages,
        tasks: &duties_of_tasks,
        accept_by: offer.map(|(offer, _)| Moment::of_end(offer.accept_by_on, offer.accept_by_at)),
    };
    Ok(wanted(&plan)
        .into_iter()
        .map(|one| Duty {
            who_id: stages
                .iter()
                .find(|stage| stage.id == one.subject)
                .and_then(|stage| stage.who_id)
                .or_else(|| {
                    tasks
                        .iter()
                        .find(|task| uuid::Uuid::from(task.id) == one.subject)
                        .and_then(|task| task.who_id)
                }),
            kind: one.kind,
            subject_id: one.subject,
            title: one.title,
            due_on: one.due.on,
            due_at: one.due.ends(),
        })
        .collect())
}

pub(super) async fn keep_deadlines(tx: &Tx, row: &application::Model) -> Result<()> {
    let wanted = duties(tx.conn(), row).await?;
    deadlines::ops::keep(tx, row.id, &wanted).await
}

/// The deadlines of a programme's applications follow when its dates change.
pub(crate) async fn programme_changed(tx: &Tx, id: entity::ProgrammeId) -> Result<()> {
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
    let rows = application::Entity::find()
        .filter(application::Column::ProgrammeId.eq(id))
        .filter(application::Column::State.eq(ApplicationState::Preparing))
        .all(tx.conn())
        .await?;
    for row in rows {
        tx.lock("application", row.id).await?;
        keep_deadlines(tx, &row).await?;
    }
    Ok(())
}

/// A reason in a person's words; never empty.
fn reason(text: &str) -> Result<&str> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 2_000 {
        return Err(Error::invalid(
            "/reason",
            "required",
            "Say why, in at most 2,000 characters.",
        ));
    }
    crate::text::lines(text).map_err(|error| {
        Error::invalid(
            "/reason",
            "control-character",
            error
                .message
                .map_or_else(String::new, |text| text.to_string()),
        )
    })?;
    Ok(text)
}

/// Refuses a date that has not come yet.
fn not_ahead(ctx: &Ctx, pointer: &str, on: chrono::NaiveDate) -> Result<()> {
    if on > ctx.today() || !crate::calendar::rules::is_plausible(on) {
        return Err(Error::invalid(
            pointer,
            "in-the-future",
            "Enter the day on which it happened, today at the latest.",
        ));
    }
    Ok(())
}
