//! Asking about a figure, and answering.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{
    AwardId, FunderQuestionEventId, FunderQuestionId, GrantReturnId, MailKind, PersonId, PoolId,
    QuestionEventKind as Kind, Role, funder_question, funder_question_event,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;

use super::figures::{self, as_funder};
use super::rules::{LONGEST, MOST_WAITING, QuestionAbout, QuestionState, check_next};
use super::store::{self, Question};
use crate::access::rules::{Operation, Sight, sight};
use crate::access::{everybody, officers_of};
use crate::organisations::view::name_within;
use crate::{Command, Ctx, Db, Error, Result, Tx, mail};

/// A question about a figure.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFunderQuestion)]
pub struct NewQuestion {
    /// Of what sort of record the figure is.
    pub about: QuestionAbout,
    /// The award, the return, or the pool whose position it is.
    pub id: Uuid,
    /// The figure's short name, out of those that can be asked about.
    #[validate(length(min = 1, max = 300, message = "Choose the figure."))]
    #[schema(min_length = 1, max_length = 300)]
    pub figure: String,
    /// Of a position: as of which London date it was shown; today unless told.
    #[serde(default)]
    pub as_of: Option<NaiveDate>,
    /// What the figure said when it was read, in words. Where it says something else by now, the
    /// question is refused, so that it is not about a figure that nobody saw.
    #[serde(default)]
    #[validate(length(max = 2000, message = "That is no figure."))]
    #[schema(max_length = 2000)]
    pub seen: Option<String>,
    /// The question.
    #[validate(
        length(
            min = 1,
            max = "LONGEST",
            message = "Write your question in at most 2,000 characters."
        ),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub words: String,
}

/// Something to say to a question.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FunderQuestionWords)]
pub struct Words {
    /// What is said. Nothing about anybody’s health or recovery belongs here.
    #[validate(
        length(
            min = 1,
            max = "LONGEST",
            message = "Write it in at most 2,000 characters."
        ),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub words: String,
}

/// What is said at the end, if anything is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FunderQuestionEnd)]
pub struct End {
    /// What else is to be said; may be left out.
    #[serde(default)]
    #[validate(
        length(max = "LONGEST", message = "Write it in at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(max_length = 2000)]
    pub words: String,
}

fn not_blank(words: &str) -> Result<&str> {
    let words = words.trim();
    if words.is_empty() {
        return Err(Error::invalid("/words", "required", "Write something."));
    }
    Ok(words)
}

/// Asks about a figure, as a funder's officer is shown it. What it says is kept with the question.
pub async fn ask(db: &Db, ctx: &Ctx, new: &NewQuestion) -> Result<FunderQuestionId> {
    ctx.require(Operation::AskAboutFigure)?;
    // a repeated request is answered from its first, whatever the figure says by now
    if let Some(done) = db.repeated(ctx, Operation::AskAboutFigure).await? {
        return Ok(done);
    }
    let shown = figures::shown(db, ctx, new.about, new.id, new.as_of).await?;
    let words = not_blank(&new.words)?;
    new.validate()?;
    let figure = shown
        .figures
        .into_iter()
        .find(|one| one.key == new.figure)
        .ok_or_else(|| {
            Error::invalid(
                "/figure",
                "not-shown",
                "You are shown no such figure. Choose one of those that you see.",
            )
        })?;
    if new
        .seen
        .as_deref()
        .is_some_and(|seen| seen.trim() != figure.text)
    {
        return Err(Error::invalid(
            "/figure",
            "figure-changed",
            format!(
                "The figure is another by now: it says {}. Look at it, and ask again if your question \
                 still stands.",
                figure.text
            ),
        ));
    }
    let by = ctx.person()?.id;
    let id = FunderQuestionId::new();
    let command = Command::on(Operation::AskAboutFigure, "funder_question", id);
    db.write(ctx, command, async |tx| {
        tx.lock("organisation", shown.funder).await?;
        let theirs = funder_question::Entity::find()
            .filter(funder_question::Column::FunderId.eq(shown.funder))
            .all(tx.conn())
            .await?;
        let waiting = store::with_events(tx.conn(), theirs).await?;
        let waiting = waiting
            .iter()
            .filter(|one| one.state() == QuestionState::Waiting);
        if waiting.count() >= MOST_WAITING {
            return Err(Error::refused(
                "too-many-questions",
                format!(
                    "{MOST_WAITING} questions of yours wait for an answer. Wait for some of them first."
                ),
            ));
        }
        let of = |about| new.about == about;
        funder_question::ActiveModel {
            id: Set(id),
            funder_id: Set(shown.funder),
            award_id: Set(of(QuestionAbout::Award).then_some(AwardId(new.id))),
            return_id: Set(of(QuestionAbout::Return).then_some(GrantReturnId(new.id))),
            pool_id: Set(of(QuestionAbout::Position).then_some(PoolId(new.id))),
            figure: Set(figure.key.clone()),
            label: Set(figure.label.clone()),
            seen: Set(figure.text.clone()),
            seen_amount: Set(figure.amount),
            as_of: Set(shown.as_of),
            asked_by: Set(by),
            asked_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        say(tx, by, id, &[], Kind::Asked, words).await?;
        tx.note("about", new.about.slug());
        tx.note("figure", figure.label.as_str());
        tx.note("seen", figure.text.as_str());
        let funder = name_within(tx.conn(), shown.funder).await?;
        tell_us(tx, ctx, &funder, &shown.subject, "asks about a figure").await?;
        Ok(id)
    })
    .await
}

/// What somebody says to a question that they see.
async fn say_on(
    db: &Db,
    ctx: &Ctx,
    operation: Operation,
    id: FunderQuestionId,
    (kind, words): (Kind, &str),
    may: impl AsyncFn(&Tx, &Question) -> Result<()>,
) -> Result<FunderQuestionEventId> {
    let by = ctx.person()?.id;
    let command = Command::on(operation, "funder_question", id);
    db.write(ctx, command, async |tx| {
        tx.lock("funder_question", id).await?;
        let question = store::one(tx.conn(), ctx, id).await?;
        may(tx, &question).await?;
        let said = question.said();
        let event = say(tx, by, id, &said, kind, words).await?;
        tx.note("became", kind.slug());
        Ok(event)
    })
    .await
}

/// Appends what was said, if it may be said now.
async fn say(
    tx: &Tx,
    by: PersonId,
    id: FunderQuestionId,
    before: &[Kind],
    kind: Kind,
    words: &str,
) -> Result<FunderQuestionEventId> {
    check_next(before, kind)?;
    let event = FunderQuestionEventId::new();
    funder_question_event::ActiveModel {
        id: Set(event),
        question_id: Set(id),
        seq: Set(i32::try_from(before.len())
            .ok()
            .and_then(|before| before.checked_add(1))
            .ok_or_else(|| Error::internal("too much was said"))?),
        kind: Set(kind),
        words: Set(words.to_owned()),
        by_person: Set(by),
        at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?;
    Ok(event)
}

/// The same reader as a funder's officer alone, who sees the question: what somebody may not see is not there,
/// whatever else is wrong with what they send.
async fn as_officer(db: &Db, ctx: &Ctx, id: FunderQuestionId) -> Result<Ctx> {
    ctx.require(Operation::AskAboutFigure)?;
    let ctx = as_funder(ctx)?;
    store::one(db.read(), &ctx, id).await?;
    Ok(ctx)
}

/// Refuses whoever is no officer of the funder that asked.
fn of_the_funder(ctx: &Ctx, question: &Question) -> Result<()> {
    if ctx
        .actor
        .holds_for(Role::FundersOfficer, question.row.funder_id)
    {
        return Ok(());
    }
    Err(Error::NotFound)
}

/// Asks on: whoever asked, or another officer of the same funder.
pub async fn ask_on(
    db: &Db,
    ctx: &Ctx,
    id: FunderQuestionId,
    new: &Words,
) -> Result<FunderQuestionEventId> {
    let ctx = &as_officer(db, ctx, id).await?;
    let words = not_blank(&new.words)?;
    new.validate()?;
    let said = (Kind::Asked, words);
    say_on(
        db,
        ctx,
        Operation::AskAboutFigure,
        id,
        said,
        async |tx, question| {
            of_the_funder(ctx, question)?;
            let funder = name_within(tx.conn(), question.row.funder_id).await?;
            tell_us(
                tx,
                ctx,
                &funder,
                &question.row.label,
                "asks on about a figure",
            )
            .await
        },
    )
    .await
}

/// Says that a question is settled: whoever asked, or another officer of the same funder.
pub async fn settle(
    db: &Db,
    ctx: &Ctx,
    id: FunderQuestionId,
    end: &End,
) -> Result<FunderQuestionEventId> {
    let ctx = &as_officer(db, ctx, id).await?;
    end.validate()?;
    let said = (Kind::Settled, end.words.trim());
    say_on(
        db,
        ctx,
        Operation::AskAboutFigure,
        id,
        said,
        async |_, question| of_the_funder(ctx, question),
    )
    .await
}

/// Takes a question back before anybody answered it: whoever asked it.
pub async fn withdraw(
    db: &Db,
    ctx: &Ctx,
    id: FunderQuestionId,
    end: &End,
) -> Result<FunderQuestionEventId> {
    let ctx = &as_officer(db, ctx, id).await?;
    end.validate()?;
    let said = (Kind::Withdrawn, end.words.trim());
    say_on(
        db,
        ctx,
        Operation::AskAboutFigure,
        id,
        said,
        async |_, question| {
            of_the_funder(ctx, question)?;
            if ctx.person_id() == Some(question.row.asked_by) {
                return Ok(());
            }
            Err(Error::NotAllowed(
                "Only whoever asked takes a question back. You can say that it is settled."
                    .to_owned(),
            ))
        },
    )
    .await
}

/// Answers a question. Whoever asked is told by mail; where they are no officer of that funder any
/// more, its other officers are.
pub async fn answer(
    db: &Db,
    ctx: &Ctx,
    id: FunderQuestionId,
    new: &Words,
) -> Result<FunderQuestionEventId> {
    ctx.require(Operation::AnswerFunder)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    store::one(db.read(), ctx, id).await?;
    let words = not_blank(&new.words)?;
    new.validate()?;
    let said = (Kind::Answered, words);
    say_on(
        db,
        ctx,
        Operation::AnswerFunder,
        id,
        said,
        async |tx, question| {
            let me = ctx.person_id();
            if question
                .events
                .iter()
                .any(|event| event.kind == Kind::Asked && Some(event.by_person) == me)
            {
                return Err(Error::refused(
                    "own-question",
                    "You asked this yourself. Somebody else answers it.",
                ));
            }
            tell_them(tx, ctx, question).await
        },
    )
    .await
}

/// Tells the grants officers. The mail names no figure and repeats no word of the question:
/// both are read here.
async fn tell_us(tx: &Tx, ctx: &Ctx, funder: &str, subject: &str, what: &str) -> Result<()> {
    let ids = everybody(tx.conn(), ctx.today())
        .await?
        .into_iter()
        .filter(|held| held.role == Role::GrantsOfficer)
        .map(|held| held.person_id);
    let told = [
        format!("{funder} {what}: {subject}."),
        "The question is on Today. Answer it there: they are told by mail.".to_owned(),
    ];
    mail::tell_each(
        tx,
        MailKind::Notice,
        ids,
        "A funder asks about a figure",
        &told,
    )
    .await
}

/// Tells whoever asked that there is an answer.
async fn tell_them(tx: &Tx, ctx: &Ctx, question: &Question) -> Result<()> {
    let officers = officers_of(tx.conn(), question.row.funder_id, ctx.today()).await?;
    let asked: BTreeSet<PersonId> = question
        .events
        .iter()
        .filter(|event| event.kind == Kind::Asked)
        .map(|event| event.by_person)
        .filter(|by| officers.contains(by))
        .collect();
    let to = if asked.is_empty() { officers } else { asked };
    let told = [
        format!("Your question is answered: {}.", question.row.label),
        "The answer is on Today. There you can ask on, or say that it is settled.".to_owned(),
    ];
    mail::tell_each(tx, MailKind::Notice, to, "Your question is answered", &told).await
}
