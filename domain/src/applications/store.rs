//! The rows of applications. Every query of theirs starts from [`seen`].

use std::collections::HashMap;

use entity::{
    ApplicationAnswerId, ApplicationId, ApplicationOfferId, ApplicationQuestionId, AwardId, Money,
    OrganisationId, application, application_answer, application_decision, application_document,
    application_event, application_line, application_offer, application_offer_year,
    application_question, application_stage, application_submission, application_task, programme,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::rules::{Life, total};
use crate::access::rules::{Sight, sight};
use crate::{Ctx, Error, Result, Tx};

/// The applications that an actor may see: a funder's officer those that their own funder was sent.
pub(crate) fn seen(ctx: &Ctx) -> Select<application::Entity> {
    let query = application::Entity::find();
    match sight(&ctx.actor) {
        Sight::All => query,
        Sight::Funders(funders) => {
            let theirs = programme::Entity::find()
                .select_only()
                .column(programme::Column::Id)
                .filter(programme::Column::FunderId.is_in(funders));
            let sent = application_submission::Entity::find()
                .select_only()
                .column(application_submission::Column::ApplicationId);
            query
                .filter(
                    application::Column::ProgrammeId.in_subquery(QueryTrait::into_query(theirs)),
                )
                .filter(application::Column::Id.in_subquery(QueryTrait::into_query(sent)))
        }
        Sight::Nothing => query.filter(Expr::cust("1 = 0")),
    }
}

/// One application, if the actor may see it.
pub(crate) async fn one(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: ApplicationId,
) -> Result<application::Model> {
    seen(ctx)
        .filter(application::Column::Id.eq(id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// One application, locked until the transaction ends.
pub(super) async fn locked(tx: &Tx, ctx: &Ctx, id: ApplicationId) -> Result<application::Model> {
    one(tx.conn(), ctx, id).await?;
    tx.lock("application", id).await?;
    one(tx.conn(), ctx, id).await
}

/// Its programme.
pub(super) async fn programme_of(
    conn: &impl ConnectionTrait,
    row: &application::Model,
) -> Result<programme::Model> {
    programme::Entity::find_by_id(row.programme_id)
        .one(conn)
        .await?
        .ok_or_else(|| Error::internal("an application without its programme"))
}

macro_rules! of_application {
    ($($(#[$doc:meta])* $name:ident, $table:ident, $($order:ident),+;)*) => {$(
        $(#[$doc])*
        pub(super) async fn $name(
            conn: &impl ConnectionTrait,
            ids: &[ApplicationId],
        ) -> Result<Vec<$table::Model>> {
            Ok($table::Entity::find()
                .filter($table::Column::ApplicationId.is_in(ids.iter().copied()))
                $(.order_by_asc($table::Column::$order))+
                .all(conn)
                .await?)
        }
    )*};
}

of_application! {
    /// Budget lines, by year.
    lines, application_line, YearFrom, Position, Id;
    /// Tasks: with a date first, the earliest first.
    tasks, application_task, CreatedAt, Id;
    /// Stages, in no particular order.
    unsorted_stages, application_stage, Id;
    /// Questions, those that were taken out too.
    all_questions, application_question, Stage, Position, Id;
    /// Documents, those that were taken out too.
    all_documents, application_document, AddedAt, Id;
    /// Decisions, the oldest first.
    decisions, application_decision, RecordedAt, Id;
    /// What was sent, the oldest first.
    submissions, application_submission, RecordedAt, Id;
    /// What happened, in its order.
    events, application_event, ApplicationId, Seq;
}

/// Stages in the order in which funders have them.
pub(super) async fn stages(
    conn: &impl ConnectionTrait,
    ids: &[ApplicationId],
) -> Result<Vec<application_stage::Model>> {
    let mut all = unsorted_stages(conn, ids).await?;
    all.sort_by_key(|row| (row.application_id, row.kind));
    Ok(all)
}

/// Questions that are asked, by stage.
pub(super) async fn questions(
    conn: &impl ConnectionTrait,
    id: ApplicationId,
) -> Result<Vec<application_question::Model>> {
    let mut all = all_questions(conn, &[id]).await?;
    all.retain(|row| row.removed_at.is_none());
    all.sort_by_key(|row| (row.stage, row.position, row.id));
    Ok(all)
}

/// Documents that are there.
pub(super) async fn documents(
    conn: &impl ConnectionTrait,
    id: ApplicationId,
) -> Result<Vec<application_document::Model>> {
    let mut all = all_documents(conn, &[id]).await?;
    all.retain(|row| row.removed_at.is_none());
    Ok(all)
}

/// The answers that stand, by question.
pub(super) async fn answers(
    conn: &impl ConnectionTrait,
    questions: impl IntoIterator<Item = ApplicationQuestionId>,
) -> Result<HashMap<ApplicationQuestionId, application_answer::Model>> {
    Ok(application_answer::Entity::find()
        .filter(application_answer::Column::QuestionId.is_in(questions))
        .filter(application_answer::Column::SupersededAt.is_null())
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.question_id, row))
        .collect())
}

/// The offers that stand, with their years.
pub(super) async fn offers(
    conn: &impl ConnectionTrait,
    ids: &[ApplicationId],
) -> Result<HashMap<ApplicationId, (application_offer::Model, Vec<application_offer_year::Model>)>>
{
    let rows = application_offer::Entity::find()
        .filter(application_offer::Column::ApplicationId.is_in(ids.iter().copied()))
        .filter(application_offer::Column::SupersededAt.is_null())
        .all(conn)
        .await?;
    let mut years: HashMap<ApplicationOfferId, Vec<application_offer_year::Model>> = HashMap::new();
    for year in application_offer_year::Entity::find()
        .filter(application_offer_year::Column::OfferId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(application_offer_year::Column::YearFrom)
        .all(conn)
        .await?
    {
        years.entry(year.offer_id).or_default().push(year);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let years = years.remove(&row.id).unwrap_or_default();
            (row.application_id, (row, years))
        })
        .collect())
}

/// What happened to it so far.
pub(super) async fn life(conn: &impl ConnectionTrait, id: ApplicationId) -> Result<Life> {
    Life::of(events(conn, &[id]).await?.into_iter().map(|row| row.kind))
}

/// What is asked for in all.
pub(super) async fn asked(conn: &impl ConnectionTrait, id: ApplicationId) -> Result<Money> {
    total(lines(conn, &[id]).await?.into_iter().map(|row| row.amount))
        .ok_or_else(|| Error::internal("what is asked for fits no number"))
}

/// Adds one to its version, for a change that is no event.
pub(super) async fn touch(tx: &Tx, id: ApplicationId) -> Result<application::Model> {
    let row = application::Entity::find_by_id(id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let version = row.version.saturating_add(1);
    let mut row = row.into_active_model();
    row.version = Set(version);
    Ok(row.update(tx.conn()).await?)
}

/// Something happens to it: refused where it cannot; where it stands follows.
pub(super) async fn append_event(
    tx: &Tx,
    ctx: &Ctx,
    id: ApplicationId,
    kind: entity::ApplicationEventKind,
    happened_on: chrono::NaiveDate,
    reason: Option<&str>,
) -> Result<Life> {
    let life = life(tx.conn(), id).await?.after(kind)?;
    let before = application_event::Entity::find()
        .filter(application_event::Column::ApplicationId.eq(id))
        .count(tx.conn())
        .await?;
    application_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        application_id: Set(id),
        seq: Set(i32::try_from(before).unwrap_or(i32::MAX).saturating_add(1)),
        kind: Set(kind),
        happened_on: Set(happened_on),
        at: Set(tx.now()),
        by_person: Set(ctx.person_id()),
        reason: Set(reason.map(ToOwned::to_owned)),
    }
    .insert(tx.conn())
    .await?;
    Ok(life)
}

/// Sets where it stands after an event.
pub(super) async fn set_state(tx: &Tx, id: ApplicationId, life: Life) -> Result<()> {
    let row = application::Entity::find_by_id(id)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let Some(state) = life.state else {
        return Err(Error::internal("an application that was never begun"));
    };
    if row.state == state {
        return Ok(());
    }
    let mut row = row.into_active_model();
    row.state = Set(state);
    row.update(tx.conn()).await?;
    Ok(())
}

/// A question that is asked, if it is one of the application's.
pub(super) async fn question(
    conn: &impl ConnectionTrait,
    id: ApplicationId,
    question: ApplicationQuestionId,
) -> Result<application_question::Model> {
    application_question::Entity::find_by_id(question)
        .filter(application_question::Column::ApplicationId.eq(id))
        .filter(application_question::Column::RemovedAt.is_null())
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// An answer that was given to a question.
pub(super) async fn answer_of(
    conn: &impl ConnectionTrait,
    question: ApplicationQuestionId,
    answer: ApplicationAnswerId,
) -> Result<Option<application_answer::Model>> {
    Ok(application_answer::Entity::find_by_id(answer)
        .filter(application_answer::Column::QuestionId.eq(question))
        .one(conn)
        .await?)
}

/// Their programmes' funders.
pub(super) async fn programmes(
    conn: &impl ConnectionTrait,
    rows: &[application::Model],
) -> Result<HashMap<entity::ProgrammeId, programme::Model>> {
    Ok(programme::Entity::find()
        .filter(programme::Column::Id.is_in(rows.iter().map(|row| row.programme_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect())
}

/// Whether these organisations are known.
pub(super) async fn are_known(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = OrganisationId>,
) -> Result<bool> {
    let ids: std::collections::BTreeSet<OrganisationId> = ids.into_iter().collect();
    let known = entity::organisation::Entity::find()
        .filter(entity::organisation::Column::Id.is_in(ids.iter().copied()))
        .count(conn)
        .await?;
    Ok(usize::try_from(known).ok() == Some(ids.len()))
}

/// What the application asked for that became this award, if one did.
pub(crate) async fn lines_of_award(
    conn: &impl ConnectionTrait,
    id: AwardId,
) -> Result<Vec<application_line::Model>> {
    let became = application::Entity::find()
        .select_only()
        .column(application::Column::Id)
        .filter(application::Column::AwardId.eq(id));
    Ok(application_line::Entity::find()
        .filter(application_line::Column::ApplicationId.in_subquery(QueryTrait::into_query(became)))
        .order_by_asc(application_line::Column::Position)
        .all(conn)
        .await?)
}
