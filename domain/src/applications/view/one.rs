//! One application: all of it to the house, what was sent to a funder's officer.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ApplicationAnswerId, ApplicationDocumentId, ApplicationEventKind, ApplicationId,
    ApplicationQuestionId, ApplicationState, ApplicationTaskId, FileId, Money, Nation,
    OrganisationId, PersonId, StageKind, application, application_answer, application_question,
    file,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use serde_json::Value;

use super::pipeline::{ApplicationSummary, summaries};
use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::applications::ops::in_the_way;
use crate::applications::rules::{Obstacle, event_in_words, is_ours};
use crate::applications::store;
use crate::calendar::rules::{Moment, due_in_words, when_in_words};
use crate::files::Stored;
use crate::returns::rules::answers::words;
use crate::{Ctx, Db, Error, Result, files, organisations};

/// One application, with all that the reader may see.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ApplicationView {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: ApplicationSummary,
    /// What it would fund, in words; may be empty where a pool says it.
    pub purpose: String,
    /// Who would answer to the funder, where that is settled.
    pub accountable_body_id: Option<OrganisationId>,
    /// The accountable body's name.
    pub accountable_body: Option<String>,
    /// Who would hold the money, where that is settled.
    pub holder_id: Option<OrganisationId>,
    /// The holder's name.
    pub holder: Option<String>,
    /// Whose bank holidays count.
    pub nation: Nation,
    /// What is asked for, by year and budget line.
    pub lines: Vec<AskedLine>,
    /// Its stages, in the order in which funders have them.
    pub stages: Vec<StageView>,
    /// Questions and answers, by stage.
    pub questions: Vec<QuestionView>,
    /// Documents that are there.
    pub documents: Vec<DocumentView>,
    /// Tasks: what is to be done first, the earliest first.
    pub tasks: Vec<TaskView>,
    /// Our decisions, the newest first.
    pub decisions: Vec<DecisionView>,
    /// What was sent, the newest first.
    pub submissions: Vec<SubmissionView>,
    /// The offer that stands.
    pub offer: Option<OfferView>,
    /// What happened, the newest first; to a funder's officer, what was sent and when.
    pub events: Vec<EventView>,
    /// Which of our stages comes next to be sent.
    pub to_send: Option<StageKind>,
    /// What stands in the way of sending it, and what to think of.
    pub obstacles: Vec<Obstacle>,
    /// Whether its content may be changed now.
    pub may_change: bool,
}

/// A budget line of a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ApplicationLine)]
pub struct AskedLine {
    /// First London date of the year.
    pub year_from: NaiveDate,
    /// The budget line.
    pub label: String,
    /// Capital, or revenue.
    pub capital: bool,
    /// Pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ApplicationStageView)]
pub struct StageView {
    /// Which.
    pub kind: StageKind,
    /// Whether it is ours to do; otherwise the funder's.
    pub ours: bool,
    /// By when.
    pub due: Option<Moment>,
    /// "Friday 30 October 2026, 5pm".
    pub due_in_words: Option<String>,
    /// "in 14 days".
    pub when_in_words: Option<String>,
    /// Past its date and not done.
    pub overdue: bool,
    /// Who does it.
    pub who_id: Option<PersonId>,
    /// That person's chosen name.
    pub who: Option<String>,
    /// When it was done (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub done_at: Option<DateTime<Utc>>,
}

/// A question, with the answer that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ApplicationQuestionView)]
pub struct QuestionView {
    /// Its id.
    pub id: ApplicationQuestionId,
    /// At which stage it is asked.
    pub stage: StageKind,
    /// The question.
    pub text: String,
    /// What the funder says about it.
    pub guidance: String,
    /// The most words that the funder reads.
    pub word_limit: Option<i32>,
    /// Whether it must be answered.
    pub required: bool,
    /// The answer that stands, for If-Match.
    pub answer_id: Option<ApplicationAnswerId>,
    /// What is answered; empty when nothing is.
    pub answer: String,
    /// How many words that is, as limits count them.
    pub words: usize,
    /// Who wrote it, by their chosen name.
    pub answered_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub answered_at: Option<DateTime<Utc>>,
    /// The application that it was copied from, where it was.
    pub copied_from: Option<String>,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ApplicationDocumentView)]
pub struct DocumentView {
    /// Its id.
    pub id: ApplicationDocumentId,
    /// What it is.
    pub title: String,
    /// The file's name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Whether it goes to the funder.
    pub for_funder: bool,
    /// Who brought it, by their chosen name.
    pub added_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub added_at: DateTime<Utc>,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ApplicationTaskView)]
pub struct TaskView {
    /// Its id.
    pub id: ApplicationTaskId,
    /// What.
    pub title: String,
    /// Who does it.
    pub who_id: Option<PersonId>,
    /// That person's chosen name.
    pub who: Option<String>,
    /// By when.
    pub due: Option<Moment>,
    /// "Friday 30 October 2026".
    pub due_in_words: Option<String>,
    /// Past its date and not done.
    pub overdue: bool,
    /// When it was done (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub done_at: Option<DateTime<Utc>>,
}

/// One of our decisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ApplicationDecisionView)]
pub struct DecisionView {
    /// To apply, or not to.
    pub go: bool,
    /// London date.
    pub decided_on: NaiveDate,
    /// Who decided.
    pub decided_by: String,
    /// Where it is minuted.
    pub minute: String,
    /// What was then to be asked for, in pence.
    #[schema(value_type = i64)]
    pub asked_pence: Money,
}

/// What was sent at a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ApplicationSubmissionView)]
pub struct SubmissionView {
    /// At which stage.
    pub stage: StageKind,
    /// When it was sent (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub submitted_at: DateTime<Utc>,
    /// By what means.
    pub how: String,
    /// To whom.
    pub to_whom: String,
    /// The funder's receipt.
    pub receipt: String,
    /// The receipt as a file.
    pub receipt_file_id: Option<FileId>,
    /// SHA-256 of what was sent, lower-case hex.
    pub content_sha256: String,
    /// What was sent, as it was then.
    pub sent: SentView,
}

/// What was sent, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, utoipa::ToSchema)]
#[schema(as = ApplicationSent)]
pub struct SentView {
    /// What it was called.
    pub title: String,
    /// What it would fund, in words.
    pub purpose: String,
    /// First London date of the window that was asked for.
    pub starts_on: Option<NaiveDate>,
    /// Last London date of it.
    pub ends_on: Option<NaiveDate>,
    /// What was asked for.
    pub lines: Vec<SentLine>,
    /// Questions and answers.
    pub answers: Vec<SentAnswer>,
    /// Documents.
    pub documents: Vec<SentDocument>,
}

/// A budget line as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct SentLine {
    /// First London date of the year.
    pub year_from: NaiveDate,
    /// The budget line.
    pub label: String,
    /// Capital, or revenue.
    pub capital: bool,
    /// Pence.
    pub amount_pence: i64,
}

/// An answer as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct SentAnswer {
    /// At which stage it was asked.
    pub stage: StageKind,
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}

/// A document as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct SentDocument {
    /// Its id.
    pub id: ApplicationDocumentId,
    /// What it is.
    pub title: String,
    /// The file's name.
    pub name: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
}

/// The offer that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ApplicationOfferView)]
pub struct OfferView {
    /// The funder's reference.
    pub reference: String,
    /// London date of the offer.
    pub offered_on: NaiveDate,
    /// First London date of its window.
    pub starts_on: NaiveDate,
    /// Last London date of its window.
    pub ends_on: NaiveDate,
    /// Until when it must be accepted.
    pub accept_by: Moment,
    /// The same in words.
    pub accept_by_in_words: String,
    /// "in 14 days".
    pub when_in_words: String,
    /// How much in all, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// How much, by year.
    pub years: Vec<OfferedYear>,
    /// What the funder makes of it a condition.
    pub conditions: String,
}

/// What an offer gives in a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OfferedYear {
    /// First London date of the year.
    pub year_from: NaiveDate,
    /// In pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ApplicationEventView)]
pub struct EventView {
    /// What.
    pub kind: ApplicationEventKind,
    /// The same in the past tense.
    pub in_words: String,
    /// London date on which it happened.
    pub happened_on: NaiveDate,
    /// When it was recorded (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
    /// Who recorded it, by their chosen name.
    pub by: Option<String>,
    /// Why, or what was said.
    pub reason: Option<String>,
}

/// One application: to a funder's officer of its programme, what was sent and nothing else.
pub async fn one(db: &Db, ctx: &Ctx, id: ApplicationId) -> Result<ApplicationView> {
    ctx.require(Operation::ReadApplications)?;
    let row = store::one(db.read(), ctx, id).await?;
    let inside = sight(&ctx.actor) == Sight::All;
    let summary = summaries(db, ctx, vec![row.clone()])
        .await?
        .pop()
        .ok_or(Error::NotFound)?;
    let submissions = sent(db, id, inside).await?;
    let mut view = ApplicationView {
        summary,
        purpose: row.purpose.clone(),
        accountable_body_id: None,
        accountable_body: None,
        holder_id: None,
        holder: None,
        nation: row.nation,
        lines: Vec::new(),
        stages: Vec::new(),
        questions: Vec::new(),
        documents: Vec::new(),
        tasks: Vec::new(),
        decisions: Vec::new(),
        submissions,
        offer: None,
        events: Vec::new(),
        to_send: None,
        obstacles: Vec::new(),
        may_change: false,
    };
    if inside {
        within(db, ctx, &row, &mut view).await?;
    } else if let Some(last) = view.submissions.first() {
        // As it was sent, whatever was written since.
        view.purpose.clone_from(&last.sent.purpose);
        view.lines = last
            .sent
            .lines
            .iter()
            .map(|line| AskedLine {
                year_from: line.year_from,
                label: line.label.clone(),
                capital: line.capital,
                amount_pence: Money(line.amount_pence),
            })
            .collect();
    }
    Ok(view)
}

async fn sent(db: &Db, id: ApplicationId, inside: bool) -> Result<Vec<SubmissionView>> {
    let mut rows = store::submissions(db.read(), &[id]).await?;
    rows.reverse();
    rows.into_iter()
        .map(|row| {
            Ok(SubmissionView {
                stage: row.stage,
                submitted_at: row.submitted_at,
                how: row.how,
                to_whom: row.to_whom,
                receipt: row.receipt,
                receipt_file_id: row.receipt_file_id.filter(|_| inside),
                content_sha256: row.content_hash,
                sent: serde_json::from_value(row.content)?,
            })
        })
        .collect()
}

/// All that only the house sees.
async fn within(
    db: &Db,
    ctx: &Ctx,
    row: &application::Model,
    view: &mut ApplicationView,
) -> Result<()> {
    let (conn, id) = (db.read(), row.id);
    let ids = [id];
    let bodies = organisations::view::names(
        db,
        [row.accountable_body_id, row.holder_id]
            .into_iter()
            .flatten(),
    )
    .await?;
    let name_of = |id: Option<OrganisationId>| id.and_then(|id| bodies.get(&id).cloned());
    view.accountable_body_id = row.accountable_body_id;
    view.accountable_body = name_of(row.accountable_body_id);
    view.holder_id = row.holder_id;
    view.holder = name_of(row.holder_id);
    view.lines = store::lines(conn, &ids)
        .await?
        .into_iter()
        .map(|line| AskedLine {
            year_from: line.year_from,
            label: line.label,
            capital: line.capital,
            amount_pence: line.amount,
        })
        .collect();
    let stages = store::stages(conn, &ids).await?;
    let tasks = store::tasks(conn, &ids).await?;
    let documents = store::documents(conn, id).await?;
    let events = store::events(conn, &ids).await?;
    let questions = store::questions(conn, id).await?;
    let answers = store::answers(conn, questions.iter().map(|row| row.id)).await?;
    let people = names_of(
        db,
        stages
            .iter()
            .map(|row| row.who_id)
            .chain(tasks.iter().map(|row| row.who_id))
            .chain(documents.iter().map(|row| row.added_by))
            .chain(events.iter().map(|row| row.by_person))
            .chain(answers.values().map(|row| row.entered_by))
            .flatten(),
    )
    .await?;
    let person = |id: Option<PersonId>| id.and_then(|id| people.get(&id).cloned());
    let (now, today) = (ctx.now(), ctx.today());
    let moment = |on: Option<NaiveDate>, at: Option<DateTime<Utc>>| {
        on.zip(at).map(|(on, at)| Moment::of_end(on, at))
    };
    view.stages = stages
        .iter()
        .map(|row| StageView {
            kind: row.kind,
            ours: is_ours(row.kind),
            due: moment(row.due_on, row.due_at),
            due_in_words: row.due_at.map(due_in_words),
            when_in_words: row.due_on.map(|on| when_in_words(today, on)),
            overdue: row.done_at.is_none() && row.due_at.is_some_and(|at| now > at),
            who_id: row.who_id,
            who: person(row.who_id),
            done_at: row.done_at,
        })
        .collect();
    let sources = sources(db, answers.values()).await?;
    view.questions = questions
        .iter()
        .map(|row| question_view(row, answers.get(&row.id), &people, &sources))
        .collect();
    let files: HashMap<FileId, file::Model> = file::Entity::find()
        .filter(file::Column::Id.is_in(documents.iter().map(|row| row.file_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    view.documents = documents
        .iter()
        .filter_map(|row| {
            let file = files.get(&row.file_id)?;
            Some(DocumentView {
                id: row.id,
                title: row.title.clone(),
                name: file.name.clone(),
                size: file.size,
                for_funder: row.for_funder,
                added_by: person(row.added_by),
                added_at: row.added_at,
            })
        })
        .collect();
    view.tasks = tasks
        .iter()
        .map(|row| TaskView {
            id: row.id,
            title: row.title.clone(),
            who_id: row.who_id,
            who: person(row.who_id),
            due: moment(row.due_on, row.due_at),
            due_in_words: row.due_at.map(due_in_words),
            overdue: row.done_at.is_none() && row.due_at.is_some_and(|at| now > at),
            done_at: row.done_at,
        })
        .collect();
    view.tasks.sort_by_key(|task| {
        let due = task.due.map(Moment::ends);
        (task.done_at.is_some(), due.is_none(), due)
    });
    view.decisions = store::decisions(conn, &ids)
        .await?
        .into_iter()
        .rev()
        .map(|row| DecisionView {
            go: row.go,
            decided_on: row.decided_on,
            decided_by: row.decided_by,
            minute: row.minute,
            asked_pence: row.asked,
        })
        .collect();
    view.offer = store::offers(conn, &ids)
        .await?
        .remove(&id)
        .map(|(row, years)| {
            let amounts = years.iter().map(|year| year.amount);
            OfferView {
                amount_pence: Money::sum(amounts).unwrap_or_default(),
                reference: row.reference,
                offered_on: row.offered_on,
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                accept_by: Moment::of_end(row.accept_by_on, row.accept_by_at),
                accept_by_in_words: due_in_words(row.accept_by_at),
                when_in_words: when_in_words(today, row.accept_by_on),
                years: years
                    .iter()
                    .map(|year| OfferedYear {
                        year_from: year.year_from,
                        amount_pence: year.amount,
                    })
                    .collect(),
                conditions: row.conditions,
            }
        });
    view.events = events
        .into_iter()
        .rev()
        .map(|row| EventView {
            kind: row.kind,
            in_words: event_in_words(row.kind).to_owned(),
            happened_on: row.happened_on,
            at: row.at,
            by: person(row.by_person),
            reason: row.reason,
        })
        .collect();
    view.may_change = row.state == ApplicationState::Preparing;
    if view.may_change {
        view.to_send = stages
            .iter()
            .find(|stage| stage.done_at.is_none() && is_ours(stage.kind))
            .map(|stage| stage.kind);
        if let Some(stage) = view.to_send {
            view.obstacles = in_the_way(conn, ctx, row, stage).await?;
        }
    }
    Ok(())
}

fn question_view(
    row: &application_question::Model,
    answer: Option<&application_answer::Model>,
    people: &HashMap<PersonId, String>,
    sources: &HashMap<ApplicationAnswerId, String>,
) -> QuestionView {
    QuestionView {
        id: row.id,
        stage: row.stage,
        text: row.text.clone(),
        guidance: row.guidance.clone(),
        word_limit: row.word_limit,
        required: row.required,
        answer_id: answer.map(|answer| answer.id),
        answer: answer.map_or_else(String::new, |answer| answer.value.clone()),
        words: answer.map_or(0, |answer| words(&answer.value)),
        answered_by: answer
            .and_then(|answer| answer.entered_by)
            .and_then(|id| people.get(&id).cloned()),
        answered_at: answer.map(|answer| answer.entered_at),
        copied_from: answer
            .and_then(|answer| answer.copied_from_id)
            .and_then(|id| sources.get(&id).cloned()),
    }
}

/// The titles of the applications that answers were copied from.
async fn sources(
    db: &Db,
    answers: impl Iterator<Item = &application_answer::Model>,
) -> Result<HashMap<ApplicationAnswerId, String>> {
    let ids: Vec<ApplicationAnswerId> = answers.filter_map(|row| row.copied_from_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let earlier = application_answer::Entity::find()
        .filter(application_answer::Column::Id.is_in(ids))
        .all(db.read())
        .await?;
    let asked: HashMap<ApplicationQuestionId, ApplicationId> = application_question::Entity::find()
        .filter(application_question::Column::Id.is_in(earlier.iter().map(|row| row.question_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.application_id))
        .collect();
    let titles: HashMap<ApplicationId, String> = application::Entity::find()
        .filter(application::Column::Id.is_in(asked.values().copied()))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.title))
        .collect();
    Ok(earlier
        .into_iter()
        .filter_map(|row| {
            let title = titles.get(asked.get(&row.question_id)?)?;
            Some((row.id, title.clone()))
        })
        .collect())
}

/// An answer as it once stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AnswerVersion {
    /// What it said.
    pub text: String,
    /// Who wrote it, by their chosen name.
    pub by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
}

/// What a question was answered before, the newest first: for the house alone.
pub async fn question_history(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    question: ApplicationQuestionId,
) -> Result<Vec<AnswerVersion>> {
    ctx.require(Operation::ReadApplications)?;
    store::one(db.read(), ctx, id).await?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    store::question(db.read(), id, question).await?;
    let rows = application_answer::Entity::find()
        .filter(application_answer::Column::QuestionId.eq(question))
        .filter(application_answer::Column::SupersededAt.is_not_null())
        .order_by_desc(application_answer::Column::EnteredAt)
        .order_by_desc(application_answer::Column::Id)
        .all(db.read())
        .await?;
    let people = names_of(db, rows.iter().filter_map(|row| row.entered_by)).await?;
    Ok(rows
        .into_iter()
        .map(|row| AnswerVersion {
            by: row.entered_by.and_then(|id| people.get(&id).cloned()),
            text: row.value,
            at: row.entered_at,
        })
        .collect())
}

/// A document's bytes: to a funder's officer, one that was sent.
pub async fn document(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    document: ApplicationDocumentId,
) -> Result<Stored> {
    ctx.require(Operation::ReadApplications)?;
    store::one(db.read(), ctx, id).await?;
    let row = store::all_documents(db.read(), &[id])
        .await?
        .into_iter()
        .find(|row| row.id == document)
        .ok_or(Error::NotFound)?;
    let was_sent = store::submissions(db.read(), &[id])
        .await?
        .iter()
        .any(|sent| names_document(&sent.content, document));
    let inside = sight(&ctx.actor) == Sight::All;
    if !was_sent && (!inside || row.removed_at.is_some()) {
        return Err(Error::NotFound);
    }
    files::load(db, row.file_id).await
}

fn names_document(content: &Value, id: ApplicationDocumentId) -> bool {
    let id = Value::from(id.to_string());
    content["documents"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one["id"] == id))
}

/// A receipt that came with the record of a sending: for the house alone.
pub async fn receipt(db: &Db, ctx: &Ctx, id: ApplicationId, wanted: FileId) -> Result<Stored> {
    ctx.require(Operation::ReadApplications)?;
    store::one(db.read(), ctx, id).await?;
    let known = store::submissions(db.read(), &[id])
        .await?
        .iter()
        .any(|sent| sent.receipt_file_id == Some(wanted));
    if !known || sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    files::load(db, wanted).await
}
