//! Letters of awards as readers get them.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    AwardAcceptanceId, AwardId, AwardLetterId, AwardPassageId, AwardTerm, PersonId,
    RecordDocumentId, award_letter,
};
use serde::Serialize;
use uuid::Uuid;

use super::rules::{Page, Place, Sentence, TermState, places, state};
use super::store::{self, Passage};
use super::terms::{self, Term};
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::{Ctx, Db, Error, Result, awards};

/// A letter of an award that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardLetter)]
pub struct LetterView {
    /// Its id.
    pub id: AwardLetterId,
    /// The document beside the award.
    pub document_id: RecordDocumentId,
    /// What the document is called.
    pub title: String,
    /// How many pages it has.
    pub pages: i32,
    /// Those that have no words: they were scanned, and somebody reads them.
    pub pages_without_words: Vec<i32>,
    /// The chosen name of who had it read.
    pub read_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub read_at: chrono::DateTime<chrono::Utc>,
}

/// A page of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardLetterPage)]
pub struct PageView {
    /// The letter.
    pub letter_id: AwardLetterId,
    /// What the letter is called.
    pub title: String,
    /// The number of the page.
    pub page: i32,
    /// How many the letter has.
    pub pages: i32,
    /// Its words, line by line; empty where it was scanned without words.
    pub words: String,
}

/// A term of an award, beside what its letters say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = LetterTerm)]
pub struct TermView {
    /// Which.
    pub term: AwardTerm,
    /// Of a year, a fence, a payment or a requirement: which one.
    pub subject_id: Option<Uuid>,
    /// What people call it.
    pub name: String,
    /// How it stands, in words. Name it to accept it.
    pub stands: String,
    /// How far it is.
    pub state: TermState,
    /// Where the letters say it: the passages that stand.
    pub passages: Vec<PassageView>,
    /// Where a letter seems to say it, found by its value: nobody has looked yet.
    pub places: Vec<LetterPlaceView>,
}

/// A place where a letter seems to say a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LetterPlaceView {
    /// The letter.
    pub letter_id: AwardLetterId,
    /// The page, and what stands there.
    #[serde(flatten)]
    pub place: Place,
}

/// Where a letter says a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardPassage)]
pub struct PassageView {
    /// Its id.
    pub id: AwardPassageId,
    /// Which term.
    pub term: AwardTerm,
    /// Of a year, a fence, a payment or a requirement: which one.
    pub subject_id: Option<Uuid>,
    /// The letter.
    pub letter_id: AwardLetterId,
    /// What the letter is called.
    pub letter: String,
    /// The page.
    pub page: i32,
    /// What it says, word for word.
    pub words: String,
    /// Somebody read it on a page without words, and typed it: it could not be compared.
    pub typed: bool,
    /// The chosen name of who recorded it.
    pub recorded_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub recorded_at: chrono::DateTime<chrono::Utc>,
    /// What was accepted by it, the newest first.
    pub accepted: Vec<AcceptanceView>,
    /// Why it was taken back.
    pub withdrawn_because: Option<String>,
}

/// That a term was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = AwardAcceptance)]
pub struct AcceptanceView {
    /// Its id.
    pub id: AwardAcceptanceId,
    /// How the term stood.
    pub stood: String,
    /// London date.
    pub accepted_on: NaiveDate,
    /// The chosen name of who accepted it.
    pub accepted_by: Option<String>,
}

/// The terms of an award beside its letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = LetterTerms)]
pub struct TermsView {
    /// How far they are, in a sentence; what nobody has found in a letter is named.
    pub sentence: String,
    /// The terms.
    pub items: Vec<TermView>,
    /// The passages of terms that the award does not have any more.
    pub of_gone_terms: Vec<PassageView>,
    /// The passages that were taken back, the newest first.
    pub taken_back: Vec<PassageView>,
}

/// The letters of an award that were read, in the order in which they were.
pub async fn letters(db: &Db, ctx: &Ctx, award_id: AwardId) -> Result<Vec<LetterView>> {
    ctx.require(Operation::ReadLetters)?;
    awards::store::one(db.read(), ctx, award_id).await?;
    let rows = store::letters(db.read(), award_id).await?;
    let mut without: HashMap<AwardLetterId, Vec<i32>> = HashMap::new();
    for row in store::pages(db.read(), rows.iter().map(|row| row.id)).await? {
        if row.words.is_empty() {
            without.entry(row.letter_id).or_default().push(row.page);
        }
    }
    let names = names_of(db, rows.iter().filter_map(|row| row.read_by)).await?;
    Ok(rows
        .into_iter()
        .map(|row| LetterView {
            id: row.id,
            document_id: row.document_id,
            pages: row.pages,
            pages_without_words: without.remove(&row.id).unwrap_or_default(),
            read_by: row.read_by.and_then(|id| names.get(&id).cloned()),
            read_at: row.read_at,
            title: row.title,
        })
        .collect())
}

/// A page of a letter.
pub async fn page(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    letter: AwardLetterId,
    number: i32,
) -> Result<PageView> {
    ctx.require(Operation::ReadLetters)?;
    awards::store::one(db.read(), ctx, award_id).await?;
    let letter = store::letter(db.read(), award_id, letter).await?;
    let page = store::page(db.read(), letter.id, number).await?;
    Ok(PageView {
        letter_id: letter.id,
        title: letter.title,
        page: number,
        pages: letter.pages,
        words: page.words,
    })
}

/// The terms of an award beside what its letters say. `places`: whether to look where a letter seems to
/// say what nobody has found yet.
pub async fn terms(db: &Db, ctx: &Ctx, award_id: AwardId, places: bool) -> Result<TermsView> {
    ctx.require(Operation::ReadLetters)?;
    let award = awards::store::one(db.read(), ctx, award_id).await?;
    let known = terms::of(db.read(), &award).await?;
    let passages = store::passages(db.read(), award_id).await?;
    let letters = store::letters(db.read(), award_id).await?;
    let people = passages.iter().flat_map(|one| {
        let accepted = one.accepted.iter().map(|row| row.accepted_by);
        one.row.recorded_by.into_iter().chain(accepted)
    });
    let names = names_of(db, people).await?;
    let seen = |one: &Passage| passage_view(one, &letters, &names);
    let looked = if places {
        read_pages(db, &letters).await?
    } else {
        Vec::new()
    };
    let items: Vec<TermView> = known
        .iter()
        .map(|term| term_view(term, &passages, &looked, &seen))
        .collect();
    let gone = |one: &&Passage| {
        one.stands()
            && !known
                .iter()
                .any(|term| one.says(term.term, term.subject_id))
    };
    Ok(TermsView {
        sentence: sentence(&items),
        of_gone_terms: passages.iter().filter(gone).map(seen).collect(),
        taken_back: passages
            .iter()
            .rev()
            .filter(|one| !one.stands())
            .map(seen)
            .collect(),
        items,
    })
}

/// One term of an award beside what its letters say.
pub async fn term(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    term: AwardTerm,
    subject: Option<Uuid>,
) -> Result<TermView> {
    terms(db, ctx, award_id, true)
        .await?
        .items
        .into_iter()
        .find(|one| one.term == term && one.subject_id == subject)
        .ok_or(Error::NotFound)
}

/// One passage of an award.
pub async fn passage(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    id: AwardPassageId,
) -> Result<PassageView> {
    let all = terms(db, ctx, award_id, false).await?;
    let of_terms = all.items.into_iter().flat_map(|one| one.passages);
    of_terms
        .chain(all.of_gone_terms)
        .chain(all.taken_back)
        .find(|one| one.id == id)
        .ok_or(Error::NotFound)
}

/// Terms that a sentence names; the rest is counted.
const NAMED: usize = 5;

/// How far the terms are, in a sentence: those without a passage are named.
fn sentence(items: &[TermView]) -> String {
    let accepted = items
        .iter()
        .filter(|one| one.state == TermState::Accepted)
        .count();
    let all = items.len();
    if accepted == all {
        return format!("All {all} terms are accepted as a letter says them.");
    }
    let named = |wanted: TermState| -> Vec<&str> {
        items
            .iter()
            .filter(|one| one.state == wanted)
            .map(|one| one.name.as_str())
            .collect()
    };
    let mut said = vec![match accepted {
        0 => format!("None of its {all} terms is accepted yet."),
        1 => format!("One of its {all} terms is accepted."),
        many => format!("{many} of its {all} terms are accepted."),
    }];
    let changed = named(TermState::Changed);
    if !changed.is_empty() {
        said.push(format!("Changed since: {}.", changed.join("; ")));
    }
    let missing = named(TermState::NoPassage);
    if !missing.is_empty() && missing.len() < all {
        let some: Vec<&str> = missing.iter().take(NAMED).copied().collect();
        let more = match missing.len().saturating_sub(NAMED) {
            0 => String::new(),
            1 => "; and one more, below".to_owned(),
            more => format!("; and {more} more, below"),
        };
        said.push(format!(
            "Not yet found in a letter: {}{more}.",
            some.join("; ")
        ));
    }
    said.join(" ")
}

fn passage_view(
    one: &Passage,
    letters: &[award_letter::Model],
    names: &HashMap<PersonId, String>,
) -> PassageView {
    let row = &one.row;
    let letter = letters.iter().find(|letter| letter.id == row.letter_id);
    PassageView {
        id: row.id,
        term: row.term,
        subject_id: row.subject_id,
        letter_id: row.letter_id,
        letter: letter
            .map(|letter| letter.title.clone())
            .unwrap_or_default(),
        page: row.page,
        words: row.words.clone(),
        typed: row.typed,
        recorded_by: row.recorded_by.and_then(|id| names.get(&id).cloned()),
        recorded_at: row.recorded_at,
        accepted: one
            .accepted
            .iter()
            .rev()
            .map(|row| AcceptanceView {
                id: row.id,
                stood: row.stood.clone(),
                accepted_on: row.accepted_on,
                accepted_by: names.get(&row.accepted_by).cloned(),
            })
            .collect(),
        withdrawn_because: row.withdrawal_reason.clone(),
    }
}

/// A letter's pages, read for looking things up.
struct Looked {
    letter: AwardLetterId,
    pages: Vec<(i32, Vec<Sentence>)>,
}

async fn read_pages(db: &Db, letters: &[award_letter::Model]) -> Result<Vec<Looked>> {
    let rows = store::pages(db.read(), letters.iter().map(|row| row.id)).await?;
    Ok(letters
        .iter()
        .map(|letter| Looked {
            letter: letter.id,
            pages: rows
                .iter()
                .filter(|row| row.letter_id == letter.id)
                .map(|row| (row.page, Sentence::all(&row.words)))
                .collect(),
        })
        .collect())
}

fn term_view(
    term: &Term,
    passages: &[Passage],
    looked: &[Looked],
    seen: &impl Fn(&Passage) -> PassageView,
) -> TermView {
    let of_it: Vec<&Passage> = passages
        .iter()
        .filter(|one| one.stands() && one.says(term.term, term.subject_id))
        .collect();
    let accepted = of_it
        .iter()
        .flat_map(|one| one.accepted.iter().map(|row| row.stood.as_str()));
    let how_far = state(&term.stands, !of_it.is_empty(), accepted);
    let mut found = Vec::new();
    for letter in looked {
        let pages: Vec<Page<'_>> = letter
            .pages
            .iter()
            .map(|(number, sentences)| Page {
                number: *number,
                sentences,
            })
            .collect();
        found.extend(
            places(&pages, &term.needles)
                .into_iter()
                .filter(|place| {
                    !of_it.iter().any(|one| {
                        one.row.letter_id == letter.letter
                            && one.row.page == place.page
                            && one.row.words == place.words
                    })
                })
                .map(|place| LetterPlaceView {
                    letter_id: letter.letter,
                    place,
                }),
        );
    }
    TermView {
        term: term.term,
        subject_id: term.subject_id,
        name: term.name.clone(),
        stands: term.stands.clone(),
        state: how_far,
        passages: of_it.into_iter().map(seen).collect(),
        places: found,
    }
}
