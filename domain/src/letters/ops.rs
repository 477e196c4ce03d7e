//! The verbs of letters. Reading a file is done in a child process, before anything is written; each
//! verb is one write transaction under the award's lock. Nothing here changes a term.

use std::path::PathBuf;

use entity::{
    AwardAcceptanceId, AwardId, AwardLetterId, AwardPassageId, AwardTerm, RecordDocumentId,
    award_acceptance, award_letter, award_letter_page, award_passage, record_document,
};
use pdftext::child::Launcher;
use pdftext::{Refused, Words};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;

use super::rules::{self, LONGEST_PASSAGE};
use super::{store, terms};
use crate::access::rules::Operation;
use crate::beside::rules::RecordKind;
use crate::{Command, Ctx, Db, Error, Result, awards, beside, files};

/// How letters are read.
#[derive(Clone, Debug)]
pub struct Reader {
    program: Option<PathBuf>,
}

/// How many letters are read at once in this process.
static CHILDREN: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

impl Reader {
    /// In a child process: `program read-letter`.
    #[must_use]
    pub const fn by(program: PathBuf) -> Self {
        Self {
            program: Some(program),
        }
    }

    /// In this process: for letters of our own making, in tests.
    #[must_use]
    pub const fn here() -> Self {
        Self { program: None }
    }

    async fn read(&self, bytes: Vec<u8>) -> Result<Words> {
        let _place = CHILDREN
            .acquire()
            .await
            .map_err(|error| Error::Internal(Box::new(error)))?;
        let launcher = self.program.clone().map(|program| Launcher {
            program,
            argument: "read-letter".to_owned(),
        });
        tokio::task::spawn_blocking(move || match launcher {
            Some(launcher) => pdftext::child::read(&launcher, &bytes),
            None => pdftext::read(&bytes),
        })
        .await
        .map_err(|error| Error::Internal(Box::new(error)))?
        .map_err(unreadable)
    }
}

fn unreadable(why: Refused) -> Error {
    let detail = match why {
        Refused::NotPdf => {
            "This document is not a PDF. Save the letter as a PDF, and put that beside the award."
        }
        Refused::Locked => {
            "This PDF opens with a password only. Save a copy without one, and put that beside the \
             award."
        }
        Refused::Damaged => {
            "This PDF is damaged and cannot be read. Ask for it anew, or print it to a PDF."
        }
        Refused::Pages => "A letter has at least one page, and at most 300.",
        Refused::TooMuch => {
            "Reading this PDF took too long. Print the pages that matter to a PDF, and put that \
             beside the award."
        }
    };
    Error::invalid("/document_id", "unreadable", detail)
}

/// A document beside an award that is to be read as its letter.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLetter {
    /// The document beside the award.
    pub document_id: RecordDocumentId,
}

/// Where a letter says a term.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassage {
    /// The letter.
    pub letter_id: AwardLetterId,
    /// The number of its page.
    #[validate(range(
        min = 1,
        max = 300,
        message = "Enter the number of a page of the letter."
    ))]
    #[schema(minimum = 1, maximum = 300)]
    pub page: i32,
    /// Which term.
    pub term: AwardTerm,
    /// Of a year, a fence, a payment or a requirement: which one.
    #[serde(default)]
    pub subject_id: Option<Uuid>,
    /// What the letter says, word for word.
    #[validate(
        length(
            min = 1,
            max = 2000,
            message = "Quote the letter, in at most 2,000 characters."
        ),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub words: String,
}

/// A passage that is taken back.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassageWithdrawal {
    /// Why.
    #[validate(
        length(min = 1, max = 500, message = "Say why, in at most 500 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// That a term is what a passage says.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAcceptance {
    /// How the term stood when it was compared, as `stands` has it: what stands must not have changed
    /// meanwhile.
    #[validate(length(
        min = 1,
        max = 4000,
        message = "Say how the term stood when it was compared."
    ))]
    #[schema(min_length = 1, max_length = 4000)]
    pub stands: String,
}

/// Reads a document beside an award as its letter.
pub async fn read(
    db: &Db,
    ctx: &Ctx,
    reader: &Reader,
    award_id: AwardId,
    new: &NewLetter,
) -> Result<AwardLetterId> {
    ctx.require(Operation::KeepLetters)?;
    awards::store::one(db.read(), ctx, award_id).await?;
    let beside = (RecordKind::Award, Uuid::from(award_id));
    let file = beside::view::file(db, ctx, beside, new.document_id)
        .await
        .map_err(|error| match error {
            Error::NotFound => Error::invalid(
                "/document_id",
                "unknown",
                "There is no such document beside the award.",
            ),
            other => other,
        })?;
    let hash = files::sha256(&file.bytes);
    let words = reader.read(file.bytes).await?;
    let command = Command::on(Operation::KeepLetters, "award", award_id);
    db.write(ctx, command, async |tx| {
        awards::store::locked(tx, ctx, award_id).await?;
        let document = record_document::Entity::find_by_id(new.document_id)
            .one(tx.conn())
            .await?
            .filter(|row| row.removed_at.is_none())
            .ok_or(Error::Stale)?;
        let known = store::letters(tx.conn(), award_id).await?;
        if known.iter().any(|row| row.file_id == document.file_id) {
            return Err(Error::invalid(
                "/document_id",
                "known-already",
                "This letter was read already.",
            ));
        }
        if known.len() >= rules::MOST_LETTERS {
            return Err(Error::refused(
                "too-many-letters",
                "An award has at most 20 letters that are read.",
            ));
        }
        let count =
            i32::try_from(words.pages.len()).map_err(|error| Error::Internal(Box::new(error)))?;
        let id = AwardLetterId::new();
        award_letter::ActiveModel {
            id: Set(id),
            award_id: Set(award_id),
            seq: Set(known.last().map_or(1, |row| row.seq.saturating_add(1))),
            document_id: Set(document.id),
            file_id: Set(document.file_id),
            title: Set(document.title.clone()),
            pages: Set(count),
            read_by: Set(ctx.person_id()),
            read_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        let rows = (1..)
            .zip(&words.pages)
            .map(|(page, words)| award_letter_page::ActiveModel {
                letter_id: Set(id),
                page: Set(page),
                words: Set(words.clone()),
            });
        award_letter_page::Entity::insert_many(rows)
            .exec_without_returning(tx.conn())
            .await?;
        tx.note("letter", document.title);
        tx.note("sha256", hash.clone());
        tx.note("pages", count);
        Ok(id)
    })
    .await
}

/// Records where a letter says a term. What the page does not say is refused; a page without words
/// cannot be compared, and what is typed of it says so.
pub async fn quote(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    new: &NewPassage,
) -> Result<AwardPassageId> {
    ctx.require(Operation::KeepLetters)?;
    new.validate()?;
    let command = Command::on(Operation::KeepLetters, "award", award_id);
    db.write(ctx, command, async |tx| {
        let award = awards::store::locked(tx, ctx, award_id).await?;
        let term = terms::one(
            terms::of(tx.conn(), &award).await?,
            new.term,
            new.subject_id,
        )?;
        let letter = store::letter(tx.conn(), award_id, new.letter_id)
            .await
            .map_err(|error| match error {
                Error::NotFound => Error::invalid(
                    "/letter_id",
                    "unknown",
                    "The award has no such letter: choose one that was read.",
                ),
                other => other,
            })?;
        let page =
            store::page(tx.conn(), letter.id, new.page)
                .await
                .map_err(|error| match error {
                    Error::NotFound => Error::invalid(
                        "/page",
                        "unknown",
                        format!("The letter has {} pages.", letter.pages),
                    ),
                    other => other,
                })?;
        let typed = page.words.is_empty();
        let words = if typed {
            Some(rules::on_one_line(&new.words))
        } else {
            rules::words_of(&page.words, &new.words)
        };
        let words = words
            .filter(|words| !words.is_empty() && words.chars().count() <= LONGEST_PASSAGE)
            .ok_or_else(|| {
                Error::invalid(
                    "/words",
                    "not-there",
                    format!(
                        "Page {} does not say this word for word. Copy the words from the page, or \
                         enter the page that says them.",
                        new.page
                    ),
                )
            })?;
        let known = store::passages(tx.conn(), award_id).await?;
        if known.len() >= rules::MOST_PASSAGES {
            return Err(Error::refused(
                "too-many-passages",
                "An award has at most 1,000 passages.",
            ));
        }
        let same = known.iter().any(|one| {
            one.stands()
                && one.says(new.term, new.subject_id)
                && (one.row.letter_id, one.row.page) == (letter.id, new.page)
                && one.row.words == words
        });
        if same {
            return Err(Error::invalid(
                "/words",
                "known-already",
                "This passage is recorded already.",
            ));
        }
        let id = AwardPassageId::new();
        award_passage::ActiveModel {
            id: Set(id),
            award_id: Set(award_id),
            seq: Set(known.last().map_or(1, |one| one.row.seq.saturating_add(1))),
            letter_id: Set(letter.id),
            page: Set(new.page),
            term: Set(new.term),
            subject_id: Set(new.subject_id),
            words: Set(words),
            typed: Set(typed),
            recorded_by: Set(ctx.person_id()),
            recorded_at: Set(tx.now()),
            withdrawn_by: Set(None),
            withdrawn_at: Set(None),
            withdrawal_reason: Set(None),
        }
        .insert(tx.conn())
        .await?;
        tx.note("term", term.name);
        tx.note("letter", letter.title);
        tx.note("page", new.page);
        Ok(id)
    })
    .await
}

/// Takes a passage back. It is kept, with the reason; what was accepted by it counts no longer.
pub async fn withdraw(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    id: AwardPassageId,
    new: &PassageWithdrawal,
) -> Result<()> {
    ctx.require(Operation::KeepLetters)?;
    new.validate()?;
    let command = Command::on(Operation::KeepLetters, "award", award_id);
    db.write(ctx, command, async |tx| {
        awards::store::locked(tx, ctx, award_id).await?;
        let known = store::passage(tx.conn(), award_id, id).await?;
        standing(&known)?;
        let seq = known.row.seq;
        let mut row = known.row.into_active_model();
        row.withdrawn_by = Set(ctx.person_id());
        row.withdrawn_at = Set(Some(tx.now()));
        row.withdrawal_reason = Set(Some(new.reason.trim().to_owned()));
        row.update(tx.conn()).await?;
        tx.note("passage_taken_back", seq);
        tx.note("reason", new.reason.trim());
        Ok(())
    })
    .await
}

/// Accepts that a term, as it stands, is what a passage says.
pub async fn accept(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    id: AwardPassageId,
    new: &NewAcceptance,
) -> Result<AwardAcceptanceId> {
    ctx.require(Operation::KeepLetters)?;
    new.validate()?;
    let person = ctx.person_id().ok_or_else(|| {
        Error::NotAllowed("A term is accepted by a person, not by the command line.".to_owned())
    })?;
    let command = Command::on(Operation::KeepLetters, "award", award_id);
    db.write(ctx, command, async |tx| {
        let award = awards::store::locked(tx, ctx, award_id).await?;
        let known = store::passage(tx.conn(), award_id, id).await?;
        standing(&known)?;
        let all = terms::of(tx.conn(), &award).await?;
        let term = terms::one(all, known.row.term, known.row.subject_id).map_err(|_gone| gone())?;
        if term.stands != new.stands {
            return Err(Error::Stale);
        }
        if known.accepted.iter().any(|one| one.stood == term.stands) {
            return Err(Error::refused(
                "accepted-already",
                "This term was accepted by this passage already.",
            ));
        }
        let acceptance = AwardAcceptanceId::new();
        award_acceptance::ActiveModel {
            id: Set(acceptance),
            passage_id: Set(id),
            seq: Set(known
                .accepted
                .last()
                .map_or(1, |one| one.seq.saturating_add(1))),
            stood: Set(term.stands.clone()),
            accepted_on: Set(ctx.today()),
            accepted_by: Set(person),
            accepted_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        tx.note("accepted", term.name);
        tx.note("stands", term.stands);
        Ok(acceptance)
    })
    .await
}

fn standing(passage: &store::Passage) -> Result<()> {
    if passage.stands() {
        return Ok(());
    }
    Err(Error::refused(
        "taken-back",
        "This passage was taken back. Record it again if it holds after all.",
    ))
}

fn gone() -> Error {
    Error::refused(
        "term-gone",
        "The award does not have this term any more: there is nothing to accept.",
    )
}
