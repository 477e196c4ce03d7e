//! Who does what by when for an application: its stages, its tasks, and how likely it is.

use entity::{
    ApplicationId, ApplicationTaskId, PersonId, StageKind, application_stage, application_task,
    person,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;
use validator::Validate;

use super::{Stands, written};
use crate::access::rules::Operation;
use crate::applications::rules::MOST_TASKS;
use crate::applications::store;
use crate::calendar::rules::{Moment, is_plausible};
use crate::{Ctx, Db, Error, Result, Tx};

/// A stage of an application, with its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStage {
    /// Which.
    pub kind: StageKind,
    /// By when it is due, or expected of the funder.
    #[serde(default)]
    pub due: Option<Moment>,
    /// Who does it, or watches for it.
    #[serde(default)]
    pub who_id: Option<PersonId>,
}

impl NewStage {
    /// A stage of which nothing more is known.
    #[must_use]
    pub const fn of(kind: StageKind) -> Self {
        Self {
            kind,
            due: None,
            who_id: None,
        }
    }
}

/// The stages of an application: all of them.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stages {
    /// Each of the seven at most once.
    #[schema(max_items = 7)]
    pub stages: Vec<NewStage>,
}

/// Whether something is done.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// Done, or to be done again.
    pub done: bool,
}

/// How likely somebody thinks it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// In basis points: 2500 is one in four. Null takes an estimate back.
    #[schema(minimum = 0, maximum = 10_000, required)]
    pub likelihood_bp: Option<i32>,
}

/// Something to be done.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// What.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Say what is to be done, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// Who does it.
    #[serde(default)]
    pub who_id: Option<PersonId>,
    /// By when.
    #[serde(default)]
    pub due: Option<Moment>,
}

async fn check_people(tx: &Tx, people: impl IntoIterator<Item = Option<PersonId>>) -> Result<()> {
    use sea_orm::PaginatorTrait;
    let people: BTreeSet<PersonId> = people.into_iter().flatten().collect();
    let known = person::Entity::find()
        .filter(person::Column::Id.is_in(people.iter().copied()))
        .count(tx.conn())
        .await?;
    if usize::try_from(known).ok() != Some(people.len()) {
        return Err(Error::invalid(
            "/who_id",
            "unknown",
            "There is no such person.",
        ));
    }
    Ok(())
}

fn check_due(pointer: &str, due: Option<Moment>) -> Result<()> {
    if due.is_some_and(|due| !is_plausible(due.on)) {
        return Err(Error::invalid(
            pointer,
            "not-plausible",
            "Enter a date between 1990 and 2199.",
        ));
    }
    Ok(())
}

/// Puts stages in the place of those that were; what was done stays done.
pub(super) async fn put_stages(tx: &Tx, id: ApplicationId, new: &[NewStage]) -> Result<()> {
    check_people(tx, new.iter().map(|stage| stage.who_id)).await?;
    let known = store::stages(tx.conn(), &[id]).await?;
    for row in &known {
        if new.iter().any(|stage| stage.kind == row.kind) {
            continue;
        }
        if row.done_at.is_some() {
            return Err(Error::invalid(
                "/stages",
                "done",
                "A stage that was done stays.",
            ));
        }
        application_stage::Entity::delete_by_id(row.id)
            .exec(tx.conn())
            .await?;
    }
    for stage in new {
        let (due_on, due_at) = (stage.due.map(|due| due.on), stage.due.map(Moment::ends));
        match known.iter().find(|row| row.kind == stage.kind) {
            Some(row) => {
                let mut row = row.clone().into_active_model();
                row.due_on = Set(due_on);
                row.due_at = Set(due_at);
                row.who_id = Set(stage.who_id);
                row.update(tx.conn()).await?;
            }
            None => {
                application_stage::ActiveModel {
                    id: Set(Uuid::now_v7()),
                    application_id: Set(id),
                    kind: Set(stage.kind),
                    due_on: Set(due_on),
                    due_at: Set(due_at),
                    who_id: Set(stage.who_id),
                    done_at: Set(None),
                    done_by: Set(None),
                }
                .insert(tx.conn())
                .await?;
            }
        }
    }
    Ok(())
}

/// Says which stages the application has, by when each is due and who does it.
pub async fn set_stages(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    new: &Stages,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::PlanApplication)?;
    let kinds: BTreeSet<StageKind> = new.stages.iter().map(|stage| stage.kind).collect();
    if kinds.len() != new.stages.len() {
        return Err(Error::invalid("/stages", "twice", "Name each stage once."));
    }
    for stage in &new.stages {
        check_due("/stages", stage.due)?;
    }
    let operation = Operation::PlanApplication;
    let ((), stands) = written(db, ctx, operation, id, expected, async |tx, _| {
        store::life(tx.conn(), id).await?.is_open()?;
        put_stages(tx, id, &new.stages).await?;
        tx.note("stages", new.stages.len());
        Ok(())
    })
    .await?;
    Ok(stands)
}

/// A stage is done, or is to be done again. Sending one also does it.
pub async fn finish_stage(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    kind: StageKind,
    done: Done,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::PlanApplication)?;
    let operation = Operation::PlanApplication;
    let ((), stands) = written(db, ctx, operation, id, expected, async |tx, _| {
        store::life(tx.conn(), id).await?.is_open()?;
        mark_stage(tx, ctx, id, kind, done.done).await?;
        tx.note("stage", kind.slug());
        tx.note("done", done.done);
        Ok(())
    })
    .await?;
    Ok(stands)
}

/// Marks a stage, where the application has it.
pub(super) async fn mark_stage(
    tx: &Tx,
    ctx: &Ctx,
    id: ApplicationId,
    kind: StageKind,
    done: bool,
) -> Result<()> {
    let row = store::stages(tx.conn(), &[id])
        .await?
        .into_iter()
        .find(|row| row.kind == kind)
        .ok_or(Error::NotFound)?;
    if row.done_at.is_some() == done {
        return Ok(());
    }
    let mut row = row.into_active_model();
    row.done_at = Set(done.then_some(tx.now()));
    row.done_by = Set(ctx.person_id().filter(|_| done));
    row.update(tx.conn()).await?;
    Ok(())
}

/// Says how likely a person thinks it, or takes that back.
pub async fn estimate(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    new: Estimate,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::EstimateApplication)?;
    if new
        .likelihood_bp
        .is_some_and(|bp| !(0..=10_000).contains(&bp))
    {
        return Err(Error::invalid(
            "/likelihood_bp",
            "out-of-range",
            "Say how likely it is, from 0 to 10,000 basis points: from 0% to 100%.",
        ));
    }
    let operation = Operation::EstimateApplication;
    let ((), stands) = written(db, ctx, operation, id, expected, async |tx, row| {
        store::life(tx.conn(), id).await?.is_open()?;
        let mut row = row.clone().into_active_model();
        row.likelihood_bp = Set(new.likelihood_bp);
        row.likelihood_by = Set(ctx.person_id().filter(|_| new.likelihood_bp.is_some()));
        row.likelihood_at = Set(new.likelihood_bp.map(|_| tx.now()));
        row.update(tx.conn()).await?;
        tx.note("likelihood_bp", new.likelihood_bp);
        Ok(())
    })
    .await?;
    Ok(stands)
}

/// Adds something to be done.
pub async fn add_task(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    new: &NewTask,
) -> Result<ApplicationTaskId> {
    ctx.require(Operation::PlanApplication)?;
    new.validate()?;
    check_due("/due", new.due)?;
    let operation = Operation::PlanApplication;
    let (task, _) = written(db, ctx, operation, id, None, async |tx, _| {
        store::life(tx.conn(), id).await?.is_open()?;
        if store::tasks(tx.conn(), &[id]).await?.len() >= MOST_TASKS {
            return Err(Error::refused(
                "too-many-tasks",
                format!("An application has at most {MOST_TASKS} tasks."),
            ));
        }
        check_people(tx, [new.who_id]).await?;
        let task = ApplicationTaskId::new();
        application_task::ActiveModel {
            id: Set(task),
            application_id: Set(id),
            title: Set(new.title.trim().to_owned()),
            who_id: Set(new.who_id),
            due_on: Set(new.due.map(|due| due.on)),
            due_at: Set(new.due.map(Moment::ends)),
            done_at: Set(None),
            done_by: Set(None),
            created_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        tx.note("task", new.title.trim());
        Ok(task)
    })
    .await?;
    Ok(task)
}

/// A task is done, or is to be done again.
pub async fn finish_task(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    task: ApplicationTaskId,
    done: Done,
) -> Result<Stands> {
    ctx.require(Operation::PlanApplication)?;
    let operation = Operation::PlanApplication;
    let ((), stands) = written(db, ctx, operation, id, None, async |tx, _| {
        let row = task_of(tx, id, task).await?;
        store::life(tx.conn(), id).await?.is_open()?;
        tx.note("task", row.title.clone());
        tx.note("done", done.done);
        if row.done_at.is_some() == done.done {
            return Ok(());
        }
        let mut row = row.into_active_model();
        row.done_at = Set(done.done.then_some(tx.now()));
        row.done_by = Set(ctx.person_id().filter(|_| done.done));
        row.update(tx.conn()).await?;
        Ok(())
    })
    .await?;
    Ok(stands)
}

/// Takes a task out: nobody has to do it.
pub async fn remove_task(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    task: ApplicationTaskId,
) -> Result<Stands> {
    ctx.require(Operation::PlanApplication)?;
    let operation = Operation::PlanApplication;
    let ((), stands) = written(db, ctx, operation, id, None, async |tx, _| {
        let row = task_of(tx, id, task).await?;
        store::life(tx.conn(), id).await?.is_open()?;
        tx.note("task_removed", row.title);
        application_task::Entity::delete_by_id(task)
            .exec(tx.conn())
            .await?;
        Ok(())
    })
    .await?;
    Ok(stands)
}

async fn task_of(
    tx: &Tx,
    id: ApplicationId,
    task: ApplicationTaskId,
) -> Result<application_task::Model> {
    application_task::Entity::find_by_id(task)
        .filter(application_task::Column::ApplicationId.eq(id))
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)
}
