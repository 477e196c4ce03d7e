//! Questions of funders as readers get them.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AwardId, FunderQuestionId, GrantReturnId, Money, OrganisationId, PersonId, PoolId,
    QuestionEventKind, funder_question, pool,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use uuid::Uuid;

use super::figures;
use super::rules::{QuestionAbout, QuestionState, next};
use super::store::{self, Question};
use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::audit;
use crate::calendar::rules::{london_date, when_in_words};
use crate::deadlines::view::by_attention;
use crate::paging::{Cursor, Slice};
use crate::{Ctx, Db, Error, Result, organisations};

/// A figure that can be asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FigureToAskAbout)]
pub struct FigureView {
    /// Its short name: say this to ask about it.
    pub figure: String,
    /// What it is called.
    pub label: String,
    /// What it says, in words.
    pub seen: String,
    /// The same in pence, where it is an amount.
    #[schema(value_type = Option<i64>)]
    pub seen_pence: Option<Money>,
}

/// The figures of a record that can be asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FiguresToAskAbout)]
pub struct FiguresView {
    /// What the record is called.
    pub subject: String,
    /// London date as of which they are shown.
    pub as_of: NaiveDate,
    /// The figures, in the order in which they are shown.
    pub items: Vec<FigureView>,
}

/// A question in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FunderQuestionSummary)]
pub struct QuestionSummary {
    /// Its id.
    pub id: FunderQuestionId,
    /// The funder that asks.
    pub funder_id: OrganisationId,
    /// That funder's name.
    pub funder: String,
    /// Of what sort of record the figure is.
    pub about: QuestionAbout,
    /// The award, if it is of one.
    pub award_id: Option<AwardId>,
    /// The return, if it is of one.
    pub return_id: Option<GrantReturnId>,
    /// The pool, if it is of its position.
    pub pool_id: Option<PoolId>,
    /// What the record is called.
    pub subject: String,
    /// The path of the page that shows the figure.
    pub path: String,
    /// The figure's short name.
    pub figure: String,
    /// What it was called for who asked.
    pub label: String,
    /// What it said to them, in words.
    pub seen: String,
    /// The same in pence, where it was an amount.
    #[schema(value_type = Option<i64>)]
    pub seen_pence: Option<Money>,
    /// London date as of which it was shown; of a return, that of its sending.
    pub as_of: NaiveDate,
    /// The chosen name of who asked.
    pub asked_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub asked_at: DateTime<Utc>,
    /// What was asked first.
    pub words: String,
    /// Where it stands.
    pub state: QuestionState,
    /// Since when it waits for an answer (UTC); absent where it does not.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub waiting_since: Option<DateTime<Utc>>,
    /// How old that is: "3 days ago"; empty where it does not wait.
    pub waiting_in_words: String,
    /// When something was last said to it (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub last_at: DateTime<Utc>,
}

/// A question with all that was said to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FunderQuestion)]
pub struct QuestionView {
    /// What lists show.
    #[serde(flatten)]
    pub summary: QuestionSummary,
    /// What was said, the first first.
    pub events: Vec<QuestionEventView>,
    /// What this reader may say now.
    pub next: Vec<QuestionEventKind>,
}

/// Something that was said to a question, or happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FunderQuestionEvent)]
pub struct QuestionEventView {
    /// Asked, answered, settled or withdrawn.
    pub kind: QuestionEventKind,
    /// What was said.
    pub words: String,
    /// The chosen name of who said it. A funder's officer reads an answer as the charity's.
    pub by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
}

/// Which questions.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuestionFilter {
    /// Only those that stand there.
    pub state: Option<QuestionState>,
    /// Only those of this funder.
    pub funder: Option<OrganisationId>,
    /// Only those about a record of this sort.
    pub about: Option<QuestionAbout>,
}

/// The figures of a record that the reader, as a funder's officer, can ask about.
pub async fn to_ask_about(
    db: &Db,
    ctx: &Ctx,
    about: QuestionAbout,
    id: Uuid,
    as_of: Option<NaiveDate>,
) -> Result<FiguresView> {
    ctx.require(Operation::AskAboutFigure)?;
    let shown = figures::shown(db, ctx, about, id, as_of).await?;
    Ok(FiguresView {
        subject: shown.subject,
        as_of: shown.as_of,
        items: shown
            .figures
            .into_iter()
            .map(|one| FigureView {
                figure: one.key,
                label: one.label,
                seen: one.text,
                seen_pence: one.amount,
            })
            .collect(),
    })
}

/// A part of the questions that the reader may see: those that wait for an answer first, the oldest
/// first; then the others, what was said last first.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    filter: QuestionFilter,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<QuestionSummary>> {
    ctx.require(Operation::ReadFunderQuestions)?;
    let mut rows = store::seen(ctx);
    if let Some(funder) = filter.funder {
        rows = rows.filter(funder_question::Column::FunderId.eq(funder));
    }
    rows = match filter.about {
        None => rows,
        Some(QuestionAbout::Award) => rows.filter(funder_question::Column::AwardId.is_not_null()),
        Some(QuestionAbout::Return) => rows.filter(funder_question::Column::ReturnId.is_not_null()),
        Some(QuestionAbout::Position) => rows.filter(funder_question::Column::PoolId.is_not_null()),
    };
    let rows = rows.all(db.read()).await?;
    let mut placed: Vec<(Cursor, Question)> = store::with_events(db.read(), rows)
        .await?
        .into_iter()
        .filter(|one| filter.state.is_none_or(|state| one.state() == state))
        .map(|one| {
            let place = match one.waits_since() {
                Some(since) => by_attention(since, false, one.row.id),
                None => by_attention(one.last_at(), true, one.row.id),
            };
            (place, one)
        })
        .filter(|(place, _)| after.is_none_or(|after| *place > after))
        .collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.truncate(usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX));
    let page = Slice::cut(placed, limit, |(place, _)| *place);
    let next = page.next;
    let questions: Vec<Question> = page.items.into_iter().map(|(_, one)| one).collect();
    Ok(Slice {
        items: summaries(db, ctx, &questions).await?,
        next,
    })
}

/// The questions that wait for this reader: of those who may answer, what waits for an answer; of a
/// funder's officer, what was answered and is not settled.
pub async fn waiting_for(db: &Db, ctx: &Ctx, limit: u64) -> Result<Vec<QuestionSummary>> {
    let state = match sight(&ctx.actor) {
        Sight::All if ctx.require(Operation::AnswerFunder).is_ok() => QuestionState::Waiting,
        Sight::Funders(_) if ctx.require(Operation::AskAboutFigure).is_ok() => {
            QuestionState::Answered
        }
        Sight::All | Sight::Funders(_) | Sight::Nothing => return Ok(Vec::new()),
    };
    let filter = QuestionFilter {
        state: Some(state),
        ..QuestionFilter::default()
    };
    Ok(list(db, ctx, filter, None, limit).await?.items)
}

/// How many questions wait for an answer, as far as the reader may see them.
pub async fn how_many_wait(db: &Db, ctx: &Ctx) -> Result<usize> {
    ctx.require(Operation::ReadFunderQuestions)?;
    let rows = store::seen(ctx).all(db.read()).await?;
    let all = store::with_events(db.read(), rows).await?;
    let waiting = all
        .iter()
        .filter(|one| one.state() == QuestionState::Waiting);
    Ok(waiting.count())
}

/// One question with all that was said to it.
pub async fn one(db: &Db, ctx: &Ctx, id: FunderQuestionId) -> Result<QuestionView> {
    ctx.require(Operation::ReadFunderQuestions)?;
    let question = store::one(db.read(), ctx, id).await?;
    let inside = sight(&ctx.actor) == Sight::All;
    let names = names_of(db, question.events.iter().map(|event| event.by_person)).await?;
    let summary = summaries(db, ctx, std::slice::from_ref(&question))
        .await?
        .pop()
        .ok_or(Error::NotFound)?;
    Ok(QuestionView {
        next: may_say(ctx, &question),
        events: question
            .events
            .into_iter()
            .map(|event| QuestionEventView {
                // who of us it was is for the house alone
                by: Some(event.by_person)
                    .filter(|_| inside || event.kind != QuestionEventKind::Answered)
                    .and_then(|by| names.get(&by).cloned()),
                kind: event.kind,
                words: event.words,
                at: event.at,
            })
            .collect(),
        summary,
    })
}

/// What a reader may say to a question now.
fn may_say(ctx: &Ctx, question: &Question) -> Vec<QuestionEventKind> {
    use QuestionEventKind::{Answered, Asked, Settled, Withdrawn};
    let theirs = ctx
        .actor
        .holds_for(entity::Role::FundersOfficer, question.row.funder_id)
        && ctx.require(Operation::AskAboutFigure).is_ok();
    let me = ctx.person_id();
    let asked_here = question
        .events
        .iter()
        .any(|event| event.kind == Asked && Some(event.by_person) == me);
    let ours = sight(&ctx.actor) == Sight::All && ctx.require(Operation::AnswerFunder).is_ok();
    next(&question.said())
        .into_iter()
        .filter(|kind| match kind {
            Asked | Settled => theirs,
            Withdrawn => theirs && Some(question.row.asked_by) == me,
            Answered => ours && !asked_here,
        })
        .collect()
}

async fn summaries(db: &Db, ctx: &Ctx, questions: &[Question]) -> Result<Vec<QuestionSummary>> {
    let rows = || questions.iter().map(|one| &one.row);
    let funders = organisations::view::names(db, rows().map(|row| row.funder_id)).await?;
    let people: HashMap<PersonId, String> = names_of(db, rows().map(|row| row.asked_by)).await?;
    let mut wanted: Vec<(String, Uuid)> = Vec::new();
    for row in rows() {
        wanted.extend(row.award_id.map(|id| ("award".to_owned(), id.into())));
        wanted.extend(
            row.return_id
                .map(|id| ("grant_return".to_owned(), id.into())),
        );
    }
    wanted.sort_unstable();
    wanted.dedup();
    let records = audit::names(db, &wanted).await?;
    let pools: HashMap<PoolId, String> = pool::Entity::find()
        .filter(pool::Column::Id.is_in(rows().filter_map(|row| row.pool_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let named = |kind: &str, id: Uuid| {
        records
            .get(&(kind.to_owned(), id))
            .map(|record| (record.name.clone(), record.path.clone()))
            .unwrap_or_default()
    };
    Ok(questions
        .iter()
        .map(|one| {
            let row = &one.row;
            let (about, (subject, path)) = match (row.award_id, row.return_id, row.pool_id) {
                (Some(id), ..) => (QuestionAbout::Award, named("award", id.into())),
                (None, Some(id), _) => (QuestionAbout::Return, named("grant_return", id.into())),
                (None, None, pool) => (
                    QuestionAbout::Position,
                    pool.map(|id| {
                        let name = pools.get(&id).cloned().unwrap_or_default();
                        (
                            format!("Position of {name}"),
                            format!("/pools/{id}/position?as_of={}", row.as_of),
                        )
                    })
                    .unwrap_or_default(),
                ),
            };
            let waiting_since = one.waits_since();
            QuestionSummary {
                id: row.id,
                funder_id: row.funder_id,
                funder: funders.get(&row.funder_id).cloned().unwrap_or_default(),
                about,
                award_id: row.award_id,
                return_id: row.return_id,
                pool_id: row.pool_id,
                subject,
                path,
                figure: row.figure.clone(),
                label: row.label.clone(),
                seen: row.seen.clone(),
                seen_pence: row.seen_amount,
                as_of: row.as_of,
                asked_by: people.get(&row.asked_by).cloned(),
                asked_at: row.asked_at,
                words: one
                    .events
                    .first()
                    .map(|event| event.words.clone())
                    .unwrap_or_default(),
                state: one.state(),
                waiting_since,
                waiting_in_words: waiting_since
                    .map(|since| when_in_words(ctx.today(), london_date(since)))
                    .unwrap_or_default(),
                last_at: one.last_at(),
            }
        })
        .collect())
}
