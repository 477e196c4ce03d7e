//! An award beside its letter: what do its terms rest on, and has somebody compared them?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::beside::rules::RecordKind;
use domain::letters::ops::{self, NewAcceptance, NewLetter, NewPassage, PassageWithdrawal};
use domain::letters::rules::{TermState, range_of};
use domain::letters::view::{self, LetterView, PageView, PassageView, TermView, TermsView};
use domain::{Error, awards, beside};
use entity::{AwardId, AwardLetterId, AwardPassageId, AwardTerm};
use serde::Deserialize;
use uuid::Uuid;

use super::super::fields::{Fields, Wrong, id};
use super::super::form::{Choice, Field, Form, filled, show};
use super::super::{Link, PageFrame, mark_as_wrong, page, see_other, words};
use super::form::Typed;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::letters::reader;
use crate::json::tables;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/awards/{id}/letter")
                .route(web::get().to(look))
                .route(web::post().to(read)),
        )
        .service(web::resource("/awards/{id}/letter.csv").route(web::get().to(file)))
        .service(
            web::resource("/awards/{id}/letter/term")
                .route(web::get().to(term))
                .route(web::post().to(quote)),
        )
        .service(
            web::resource("/awards/{id}/letter/passages/{passage}/acceptance")
                .route(web::post().to(accept)),
        )
        .service(
            web::resource("/awards/{id}/letter/passages/{passage}/withdrawal")
                .route(web::get().to(ask_withdrawal))
                .route(web::post().to(withdraw)),
        );
}

/// Which page of which letter is open, and which term.
#[derive(Clone, Debug, Default, Deserialize)]
struct Open {
    #[serde(default)]
    letter: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    term: String,
    #[serde(default)]
    subject: String,
}

#[derive(Template)]
#[template(path = "pages/award_letter.html")]
struct LetterPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    award: String,
    errors: Vec<Link>,
    sentence: String,
    terms: Vec<Term>,
    gone: Vec<Quoted>,
    taken_back: Vec<Quoted>,
    letters: Vec<Link>,
    open: Option<OpenPage>,
    unread: Vec<Unread>,
    documents_href: String,
    action: String,
    may: bool,
    downloads: Vec<Link>,
}

#[derive(Template)]
#[template(path = "pages/award_letter_term.html")]
struct TermPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    award: String,
    errors: Vec<Link>,
    term: Term,
    letters: Vec<Link>,
    open: Option<OpenPage>,
    action: String,
    hidden: Vec<(String, String)>,
    fields: Vec<Field>,
    may: bool,
}

/// A term beside what its letters say.
struct Term {
    name: String,
    href: String,
    stands: String,
    state: &'static str,
    kind: &'static str,
    passages: Vec<Quoted>,
}

/// A passage.
struct Quoted {
    words: String,
    from: String,
    href: String,
    who: String,
    accept_action: String,
    stands: String,
    withdrawal_href: String,
    because: String,
}

/// The page of a letter that is open.
struct OpenPage {
    title: String,
    number: i32,
    of: i32,
    parts: Vec<Part>,
    document_href: String,
    previous_href: String,
    next_href: String,
}

/// A part of a page: quoted, or not.
struct Part {
    words: String,
    quoted: bool,
}

/// A document beside the award that was not read.
struct Unread {
    id: String,
    title: String,
    file: String,
}

const fn tag(state: TermState) -> (&'static str, &'static str) {
    match state {
        TermState::NoPassage => ("Not found yet", "todo"),
        TermState::Quoted => ("To accept", "doing"),
        TermState::Accepted => ("Accepted", "done"),
        TermState::Changed => ("Changed since", "late"),
    }
}

fn home(award: AwardId) -> String {
    format!("/awards/{award}/letter")
}

fn page_href(award: AwardId, letter: AwardLetterId, number: i32) -> String {
    format!("{}?letter={letter}&page={number}#letter", home(award))
}

fn term_href(award: AwardId, term: AwardTerm, subject: Option<Uuid>) -> String {
    let subject = subject.map_or_else(String::new, |id| format!("&subject={id}"));
    format!("{}/term?term={}{subject}", home(award), term.slug())
}

fn quoted(award: AwardId, one: &PassageView, term: Option<&TermView>, may: bool) -> Quoted {
    let here = format!("{}/passages/{}", home(award), one.id);
    let stands = term.map(|term| term.stands.clone()).unwrap_or_default();
    let already = one.accepted.iter().any(|known| known.stood == stands);
    let standing = one.withdrawn_because.is_none();
    let typed = if one.typed {
        ", read and typed by a person"
    } else {
        ""
    };
    let who = match one.accepted.first() {
        Some(known) => {
            let was = if already {
                String::new()
            } else {
                format!(" as “{}”", known.stood)
            };
            format!(
                "Accepted{was} by {} on {}",
                known.accepted_by.as_deref().unwrap_or("somebody"),
                words::day(known.accepted_on)
            )
        }
        None => match &one.recorded_by {
            Some(who) => format!("Found by {who}, {}", words::instant(&one.recorded_at)),
            None => words::instant(&one.recorded_at),
        },
    };
    Quoted {
        words: one.words.clone(),
        from: format!("{}, page {}{typed}", one.letter, one.page),
        href: page_href(award, one.letter_id, one.page),
        who,
        accept_action: if may && standing && term.is_some() && !already {
            format!("{here}/acceptance")
        } else {
            String::new()
        },
        stands,
        withdrawal_href: if may && standing {
            format!("{here}/withdrawal")
        } else {
            String::new()
        },
        because: one.withdrawn_because.clone().unwrap_or_default(),
    }
}

fn row(award: AwardId, one: &TermView, may: bool) -> Term {
    let (state, kind) = tag(one.state);
    Term {
        name: one.name.clone(),
        href: term_href(award, one.term, one.subject_id),
        stands: one.stands.clone(),
        state,
        kind,
        passages: one
            .passages
            .iter()
            .map(|passage| quoted(award, passage, Some(one), may))
            .collect(),
    }
}

/// A page's words, with those marked that are quoted.
fn parts(page: &PageView, terms: &TermsView) -> Vec<Part> {
    let passages = terms.items.iter().flat_map(|term| &term.passages);
    let mut marked: Vec<_> = passages
        .filter(|one| one.letter_id == page.letter_id && one.page == page.page && !one.typed)
        .filter_map(|one| range_of(&page.words, &one.words))
        .collect();
    marked.sort_by_key(|range| (range.start, range.end));
    let mut parts = Vec::new();
    let mut at = 0;
    let mut push = |from: usize, to: usize, quoted: bool| {
        if let Some(words) = page.words.get(from..to).filter(|words| !words.is_empty()) {
            parts.push(Part {
                words: words.to_owned(),
                quoted,
            });
        }
    };
    for range in marked {
        // what is quoted twice is marked once
        let start = range.start.max(at);
        if range.end > start {
            push(at, start, false);
            push(start, range.end, true);
            at = range.end;
        }
    }
    push(at, page.words.len(), false);
    parts
}

/// The letter that is open: the one that is asked for, or the one that was read last.
fn chosen<'l>(letters: &'l [LetterView], open: &Open) -> Result<Option<&'l LetterView>, Error> {
    if open.letter.is_empty() {
        return Ok(letters.last());
    }
    let wanted = letters
        .iter()
        .find(|letter| letter.id.to_string() == open.letter);
    wanted.map(Some).ok_or(Error::NotFound)
}

/// Opens a page of a letter. `beyond` is what stays in the address.
async fn opened(
    house: &House,
    award: AwardId,
    letters: &[LetterView],
    terms: &TermsView,
    open: &Open,
    base: &str,
) -> Result<(Vec<Link>, Option<OpenPage>), Fault> {
    let Some(letter) = chosen(letters, open)? else {
        return Ok((Vec::new(), None));
    };
    let number = match open.page.as_str() {
        "" => 1,
        typed => typed.parse().map_err(|_odd| Error::NotFound)?,
    };
    let seen = view::page(&house.db, &house.ctx, award, letter.id, number).await?;
    let joined = if base.contains('?') { '&' } else { '?' };
    let to = |letter: AwardLetterId, number: i32| {
        format!("{base}{joined}letter={letter}&page={number}#letter")
    };
    let others = letters
        .iter()
        .filter(|other| other.id != letter.id)
        .map(|other| Link::new(format!("Open “{}”", other.title), to(other.id, 1)))
        .collect();
    let page = OpenPage {
        parts: parts(&seen, terms),
        title: seen.title,
        number,
        of: seen.pages,
        document_href: format!("/records/award/{award}/documents/{}", letter.document_id),
        previous_href: if number > 1 {
            to(letter.id, number - 1)
        } else {
            String::new()
        },
        next_href: if number < seen.pages {
            to(letter.id, number + 1)
        } else {
            String::new()
        },
    };
    Ok((others, Some(page)))
}

/// The most documents that are offered to be read.
const OFFERED: u64 = 100;

async fn unread(
    house: &House,
    award: AwardId,
    letters: &[LetterView],
) -> Result<Vec<Unread>, Fault> {
    let beside = (RecordKind::Award, award.into());
    let found = beside::view::documents(&house.db, &house.ctx, beside, None, OFFERED).await?;
    Ok(found
        .items
        .into_iter()
        .filter(|one| one.file_name.to_lowercase().ends_with(".pdf"))
        .filter(|one| !letters.iter().any(|letter| letter.document_id == one.id))
        .map(|one| Unread {
            id: one.id.to_string(),
            title: one.title,
            file: format!("{}, {}", one.file_name, words::size(one.size)),
        })
        .collect())
}

async fn look(
    house: House,
    path: web::Path<AwardId>,
    open: web::Query<Open>,
) -> Result<HttpResponse, Fault> {
    shown(&house, path.into_inner(), &open, &Wrong::default()).await
}

async fn shown(
    house: &House,
    award_id: AwardId,
    open: &Open,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let letters = view::letters(db, ctx, award_id).await?;
    let terms = view::terms(db, ctx, award_id, false).await?;
    let award = awards::view::one(db, ctx, award_id).await?.summary.title;
    let may = ctx.require(Operation::KeepLetters).is_ok();
    let base = home(award_id);
    let (others, page_open) = opened(house, award_id, &letters, &terms, open, &base).await?;
    let unread = if may {
        unread(house, award_id, &letters).await?
    } else {
        Vec::new()
    };
    let mut title = "Its terms beside the letter".to_owned();
    if !wrong.is_empty() {
        title.insert_str(0, "Error: ");
    }
    let list = |passages: &[PassageView]| {
        passages
            .iter()
            .map(|one| quoted(award_id, one, None, may))
            .collect()
    };
    let mut reply = page(&LetterPage {
        page: PageFrame::of(house, &title).await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(award.clone(), format!("/awards/{award_id}")),
        ],
        award,
        errors: wrong.links(),
        sentence: terms.sentence.clone(),
        terms: terms
            .items
            .iter()
            .map(|one| row(award_id, one, may))
            .collect(),
        gone: list(&terms.of_gone_terms),
        taken_back: list(&terms.taken_back),
        letters: others,
        open: page_open,
        unread,
        documents_href: format!("/records/award/{award_id}"),
        action: base.clone(),
        may,
        downloads: vec![Link::new(
            "Download these terms as CSV",
            format!("{base}.csv"),
        )],
    })?;
    if !wrong.is_empty() {
        mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

async fn file(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let all = view::terms(&house.db, &house.ctx, path.into_inner(), false).await?;
    Ok(tables::letter_terms(all.items))
}

async fn read(
    house: House,
    path: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepLetters)?;
    let award = path.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let document = wrong.chosen(&fields, "document_id", id);
    if let Some(document_id) = document {
        let new = NewLetter { document_id };
        match ops::read(&house.db, &house.ctx, &reader(&house), award, &new).await {
            Ok(letter) => return Ok(see_other(&page_href(award, letter, 1))),
            Err(error) => wrong.take(error)?,
        }
    }
    shown(&house, award, &Open::default(), &wrong).await
}

/// The choice that stands for words that nobody pointed out.
const OTHER: &str = "other";

/// A place as a choice: which letter, which page, which words.
fn place_value(letter: AwardLetterId, page: i32, words: &str) -> String {
    format!("{letter} {page} {words}")
}

fn chosen_place(value: &str) -> Option<(AwardLetterId, i32, String)> {
    let mut parts = value.splitn(3, ' ');
    let letter = parts.next()?.parse().ok()?;
    let page = parts.next()?.parse().ok()?;
    Some((letter, page, parts.next()?.to_owned()))
}

fn fields_of(term: &TermView, letters: &[LetterView]) -> Vec<Field> {
    let called = |id: AwardLetterId| {
        letters
            .iter()
            .find(|letter| letter.id == id)
            .map(|letter| letter.title.clone())
            .unwrap_or_default()
    };
    let mut choices: Vec<Choice> = term
        .places
        .iter()
        .map(|one| {
            let mut choice = Choice::new(
                place_value(one.letter_id, one.place.page, &one.place.words),
                format!("“{}”", one.place.words),
            );
            choice.hint = format!("{}, page {}", called(one.letter_id), one.place.page);
            choice
        })
        .collect();
    let mut fields = Vec::new();
    let (which, what) = if choices.is_empty() {
        ("On which page?", "What does it say, word for word?")
    } else {
        (
            "Other words: on which page?",
            "Other words: what does it say, word for word?",
        )
    };
    if !choices.is_empty() {
        choices.push(Choice::new(OTHER, "Other words, which I copy below"));
        fields.push(
            Field::radios("place", "Where does the letter say it?", choices).hint(
                "Found by its figures or its name, not by its sense: read before you choose.",
            ),
        );
    }
    fields.extend([
        Field::text("page_number", which).width("w5"),
        Field::area("words", what).hint("Copy it from the page. Line breaks do not matter."),
    ]);
    fields
}

async fn term(
    house: House,
    path: web::Path<AwardId>,
    open: web::Query<Open>,
) -> Result<HttpResponse, Fault> {
    let award = path.into_inner();
    let mut open = open.into_inner();
    if open.letter.is_empty() && open.page.is_empty() {
        // the letter is opened where it says the term, or seems to
        let (term, subject) = named(&open)?;
        let one = view::term(&house.db, &house.ctx, award, term, subject).await?;
        let said = one.passages.first().map(|one| (one.letter_id, one.page));
        let seems = one.places.first();
        let seems = seems.map(|one| (one.letter_id, one.place.page));
        if let Some((letter, number)) = said.or(seems) {
            (open.letter, open.page) = (letter.to_string(), number.to_string());
        }
    }
    let number = if open.page.is_empty() {
        "1"
    } else {
        &open.page
    };
    let typed = Fields::default().with("page_number", number);
    term_shown(&house, award, &open, &typed, &Wrong::default()).await
}

fn named(open: &Open) -> Result<(AwardTerm, Option<Uuid>), Error> {
    let term = match open.term.as_str() {
        "" => AwardTerm::Amount,
        slug => AwardTerm::from_slug(slug).ok_or(Error::NotFound)?,
    };
    let subject = match open.subject.as_str() {
        "" => None,
        typed => Some(typed.parse().map_err(|_odd| Error::NotFound)?),
    };
    Ok((term, subject))
}

async fn term_shown(
    house: &House,
    award_id: AwardId,
    open: &Open,
    typed: &Fields,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let letters = view::letters(db, ctx, award_id).await?;
    let terms = view::terms(db, ctx, award_id, true).await?;
    let award = awards::view::one(db, ctx, award_id).await?.summary.title;
    let (term, subject) = named(open)?;
    let one = terms
        .items
        .iter()
        .find(|one| one.term == term && one.subject_id == subject)
        .ok_or(Error::NotFound)?;
    let may = ctx.require(Operation::KeepLetters).is_ok();
    let base = term_href(award_id, term, subject);
    let (others, page_open) = opened(house, award_id, &letters, &terms, open, &base).await?;
    let mut title = format!("{} beside the letter", one.name);
    if !wrong.is_empty() {
        title.insert_str(0, "Error: ");
    }
    let (errors, fields) = filled(fields_of(one, &letters), typed, wrong);
    let mut hidden = vec![("term".to_owned(), term.slug().to_owned())];
    hidden.extend(subject.map(|id| ("subject".to_owned(), id.to_string())));
    hidden
        .extend(chosen(&letters, open)?.map(|letter| ("letter".to_owned(), letter.id.to_string())));
    let mut reply = page(&TermPage {
        page: PageFrame::of(house, &title).await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(award.clone(), format!("/awards/{award_id}")),
            Link::new("Its terms beside the letter", home(award_id)),
        ],
        award,
        errors,
        term: row(award_id, one, may),
        letters: others,
        may: may && page_open.is_some(),
        open: page_open,
        action: format!("{}/term", home(award_id)),
        hidden,
        fields,
    })?;
    if !wrong.is_empty() {
        mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

async fn quote(
    house: House,
    path: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepLetters)?;
    let award = path.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let open = Open {
        letter: fields.text("letter"),
        page: String::new(),
        term: fields.text("term"),
        subject: fields.text("subject"),
    };
    let (term, subject_id) = named(&open)?;
    let pointed_out = fields.some("place").filter(|place| *place != OTHER);
    let said = match pointed_out {
        Some(place) => chosen_place(place),
        None => own_words(&fields, &mut wrong),
    };
    if let (true, Some((letter_id, number, words))) = (wrong.is_empty(), said) {
        let new = NewPassage {
            letter_id,
            page: number,
            term,
            subject_id,
            words,
        };
        match ops::quote(&house.db, &house.ctx, award, &new).await {
            Ok(_) => {
                let back = term_href(award, term, subject_id);
                return Ok(see_other(&format!(
                    "{back}&letter={letter_id}&page={number}"
                )));
            }
            Err(error) => wrong.take(renamed(error))?,
        }
    }
    if wrong.is_empty() {
        wrong.add(
            "place",
            "Choose where the letter says it, or copy its words.",
        );
    }
    term_shown(&house, award, &open, &fields, &wrong).await
}

fn own_words(fields: &Fields, wrong: &mut Wrong) -> Option<(AwardLetterId, i32, String)> {
    let number = fields
        .some("page_number")
        .and_then(|typed| typed.parse::<i32>().ok());
    if number.is_none() {
        wrong.add("page_number", "Enter the number of the page.");
    }
    let words = fields.some("words").map(str::to_owned);
    if words.is_none() {
        wrong.add(
            "words",
            "Copy what the letter says, or choose a place above.",
        );
    }
    let letter = fields.some("letter").and_then(id);
    Some((letter?, number?, words?))
}

/// The form's fields have names of their own where the page's do.
fn renamed(error: Error) -> Error {
    match error {
        Error::Invalid(mut fields) => {
            for field in &mut fields {
                if field.pointer == "/page" {
                    field.pointer = "/page_number".to_owned();
                }
            }
            Error::Invalid(fields)
        }
        other => other,
    }
}

async fn accept(
    house: House,
    path: web::Path<(AwardId, AwardPassageId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepLetters)?;
    let (award, passage) = path.into_inner();
    let fields = Fields(sent);
    let one = view::passage(&house.db, &house.ctx, award, passage).await?;
    let new = NewAcceptance {
        stands: fields.text("stands"),
    };
    ops::accept(&house.db, &house.ctx, award, passage, &new).await?;
    let back = term_href(award, one.term, one.subject_id);
    Ok(see_other(&format!(
        "{back}&letter={}&page={}",
        one.letter_id, one.page
    )))
}

fn withdrawal_form(award: AwardId, one: &PassageView) -> Form {
    Form {
        back: Link::new("The term", term_href(award, one.term, one.subject_id)),
        heading: "Take a passage back".to_owned(),
        lead: format!(
            "“{}” What was accepted by it counts no longer. It is kept with the reason, and can be \
             recorded again.",
            one.words
        ),
        action: format!("{}/passages/{}/withdrawal", home(award), one.id),
        hidden: Vec::new(),
        fields: vec![
            Field::text("reason", "Why?").hint("For example: it is the wording of the draft"),
        ],
        button: "Take it back".to_owned(),
        grave: true,
    }
}

async fn ask_withdrawal(
    house: House,
    path: web::Path<(AwardId, AwardPassageId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepLetters)?;
    let (award, passage) = path.into_inner();
    let one = view::passage(&house.db, &house.ctx, award, passage).await?;
    let form = withdrawal_form(award, &one);
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

async fn withdraw(
    house: House,
    path: web::Path<(AwardId, AwardPassageId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepLetters)?;
    let (award, passage) = path.into_inner();
    let one = view::passage(&house.db, &house.ctx, award, passage).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let new = PassageWithdrawal {
        reason: fields.text("reason"),
    };
    match ops::withdraw(&house.db, &house.ctx, award, passage, &new).await {
        Ok(()) => Ok(see_other(&term_href(award, one.term, one.subject_id))),
        Err(error) => {
            wrong.take(error)?;
            show(&house, withdrawal_form(award, &one), &fields, &wrong).await
        }
    }
}
