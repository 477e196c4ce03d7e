//! What funders ask about figures, and what they are answered.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::{Operation, Sight, sight};
use domain::questions::ops::{self, End, NewQuestion, Words};
use domain::questions::rules::{QuestionAbout, QuestionState};
use domain::questions::view::{self, FiguresView, QuestionFilter, QuestionSummary, QuestionView};
use entity::{FunderQuestionId, QuestionEventKind};
use serde::Deserialize;
use uuid::Uuid;

use super::awards::form::Typed;
use super::fields::{Fields, Wrong, date};
use super::form::{self, Field, Form};
use super::house::Todo;
use super::shapes::{Choice, Fact, Pager};
use super::today::{ROWS, begins, capital, pager_after};
use super::{Link, PageFrame, page, see_other, words};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::questions::as_csv;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/questions")
                .route(web::get().to(list))
                .route(web::post().to(ask)),
        )
        .service(web::resource("/questions/questions.csv").route(web::get().to(download)))
        .service(web::resource("/questions/new").route(web::get().to(new)))
        .service(web::resource("/questions/{id}").route(web::get().to(one)))
        .service(web::resource("/questions/{id}/answers").route(web::post().to(answer)))
        .service(web::resource("/questions/{id}/further-questions").route(web::post().to(ask_on)))
        .service(
            web::resource("/questions/{id}/settlement")
                .route(web::get().to(ask_settle))
                .route(web::post().to(settle)),
        )
        .service(
            web::resource("/questions/{id}/withdrawal")
                .route(web::get().to(ask_withdraw))
                .route(web::post().to(withdraw)),
        );
}

/// Where a question stands, as its reader reads it, with its tag's kind.
const fn state(state: QuestionState, inside: bool) -> (&'static str, &'static str) {
    match (state, inside) {
        (QuestionState::Waiting, true) => ("To answer", "todo"),
        (QuestionState::Waiting, false) => ("Not answered yet", "waiting"),
        (QuestionState::Answered, true) => ("Answered", "done"),
        (QuestionState::Answered, false) => ("Answered: look at it", "todo"),
        (QuestionState::Settled, _) => ("Settled", "done"),
        (QuestionState::Withdrawn, _) => ("Taken back", "off"),
    }
}

/// The way to ask about a figure of a record, for those who may.
pub fn link(house: &House, about: QuestionAbout, id: impl Into<Uuid>) -> Option<Link> {
    house.ctx.require(Operation::AskAboutFigure).ok()?;
    let id: Uuid = id.into();
    Some(Link::new(
        "Ask about a figure",
        format!("/questions/new?about={}&id={id}", about.slug()),
    ))
}

/// What waits for the reader: to be answered, or to be read.
pub async fn todos(house: &House) -> Result<Vec<Todo>, Fault> {
    let inside = sight(&house.ctx.actor) == Sight::All;
    Ok(view::waiting_for(&house.db, &house.ctx, ROWS)
        .await?
        .into_iter()
        .map(|one| {
            let (state, kind) = state(one.state, inside);
            Todo {
                href: format!("/questions/{}", one.id),
                state: state.to_owned(),
                kind: kind.to_owned(),
                hint: match inside {
                    true => format!("{} asked {}", one.funder, one.waiting_in_words),
                    false => format!("Answered {}", words::instant(&one.last_at)),
                },
                name: about(&one),
            }
        })
        .collect())
}

/// "Attributed, £12.00: Recovery grant".
fn about(one: &QuestionSummary) -> String {
    format!("{}, {}: {}", one.label, short(&one.seen), one.subject)
}

/// As much of what a figure said as a list has room for.
fn short(text: &str) -> String {
    const ROOM: usize = 60;
    let mut kept: String = text.chars().take(ROOM).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

#[derive(Template)]
#[template(path = "pages/questions.html")]
struct QuestionsPage {
    page: PageFrame,
    sentence: String,
    inside: bool,
    any: bool,
    filter_state: Vec<Choice>,
    shown: String,
    rows: Vec<Row>,
    downloads: Vec<Link>,
    pager: Option<Pager>,
}

struct Row {
    title: String,
    href: String,
    asked: String,
    funder: String,
    about: String,
    state: String,
    kind: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Filter {
    #[serde(default)]
    state: String,
    after: Option<String>,
}

impl Filter {
    fn filter(&self) -> QuestionFilter {
        QuestionFilter {
            state: QuestionState::from_slug(&self.state),
            ..QuestionFilter::default()
        }
    }
}

async fn download(house: House, filter: web::Query<Filter>) -> Result<HttpResponse, Fault> {
    as_csv(&house, filter.filter()).await
}

async fn list(house: House, filter: web::Query<Filter>) -> Result<HttpResponse, Fault> {
    let inside = sight(&house.ctx.actor) == Sight::All;
    let after = begins(filter.after.as_deref());
    let found = view::list(&house.db, &house.ctx, filter.filter(), after, ROWS).await?;
    let waiting = view::how_many_wait(&house.db, &house.ctx).await?;
    let sentence = match (waiting, inside) {
        (0, true) => "No question of a funder waits for an answer.".to_owned(),
        (1, true) => "One question of a funder waits for an answer.".to_owned(),
        (many, true) => format!("{many} questions of funders wait for an answer."),
        (0, false) => "None of your questions waits for an answer.".to_owned(),
        (1, false) => "One of your questions waits for an answer.".to_owned(),
        (many, false) => format!("{many} of your questions wait for an answer."),
    };
    let query = match filter.state.as_str() {
        "" => String::new(),
        state => format!("?state={}", super::urlencode(state)),
    };
    page(&QuestionsPage {
        page: PageFrame::of(&house, "Questions about figures").await?,
        sentence,
        inside,
        any: !found.items.is_empty() || !filter.state.is_empty() || after.is_some(),
        filter_state: std::iter::once(Choice::new("", "Every question", &filter.state))
            .chain(
                QuestionState::ALL
                    .iter()
                    .map(|one| Choice::new(one.slug(), state(*one, true).0, &filter.state)),
            )
            .collect(),
        shown: format!(
            "{} shown, what waits for an answer first",
            found.items.len()
        ),
        rows: found
            .items
            .iter()
            .map(|one| {
                let (state, kind) = state(one.state, inside);
                Row {
                    title: one.words.lines().next().map(short).unwrap_or_default(),
                    href: format!("/questions/{}", one.id),
                    asked: match one.waiting_in_words.as_str() {
                        "" => words::instant(&one.asked_at),
                        last => format!("{}; last asked {last}", words::instant(&one.asked_at)),
                    },
                    funder: one.funder.clone(),
                    about: about(one),
                    state: state.to_owned(),
                    kind: kind.to_owned(),
                }
            })
            .collect(),
        downloads: vec![Link::new(
            "These questions (CSV)",
            format!("/questions/questions.csv{query}"),
        )],
        pager: pager_after("/questions", &[("state", &filter.state)], after, found.next),
    })
}

#[derive(Template)]
#[template(path = "pages/question.html")]
struct QuestionPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    errors: Vec<Link>,
    above: String,
    title: String,
    state: String,
    kind: String,
    facts: Vec<Fact>,
    said: Vec<Said>,
    /// Where what is written is sent; empty where the reader says nothing now.
    action: String,
    label: &'static str,
    hint: &'static str,
    button: &'static str,
    words: String,
    words_error: String,
    ends: Vec<Link>,
    history_href: String,
}

/// Something that was said.
struct Said {
    what: &'static str,
    paragraphs: Vec<String>,
    who: String,
    when: String,
}

/// What just happened.
#[derive(Deserialize)]
struct Just {
    #[serde(default)]
    done: String,
}

async fn one(
    house: House,
    id: web::Path<FunderQuestionId>,
    just: web::Query<Just>,
) -> Result<HttpResponse, Fault> {
    let seen = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    let notice = match just.done.as_str() {
        "asked" => "Your question was sent. You are told by mail when it is answered.",
        "answered" => "Your answer was sent. Whoever asked is told by mail.",
        "settled" => "The question is settled.",
        "withdrawn" => "The question was taken back.",
        _ => "",
    };
    shown(&house, seen, notice, "", &Wrong::default()).await
}

async fn shown(
    house: &House,
    seen: QuestionView,
    notice: &str,
    typed: &str,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let one = &seen.summary;
    let inside = sight(&house.ctx.actor) == Sight::All;
    let (state, kind) = state(one.state, inside);
    let may = |kind| seen.next.contains(&kind);
    let here = format!("/questions/{}", one.id);
    let (action, label, hint, button) = if may(QuestionEventKind::Answered) {
        (
            format!("{here}/answers"),
            "Your answer",
            "The funder reads it as the charity’s. It stays on record. Nothing that says something of anybody’s health or recovery.",
            "Send the answer",
        )
    } else if may(QuestionEventKind::Asked) {
        (format!("{here}/further-questions"), "Ask on", "", "Send it")
    } else {
        (String::new(), "", "", "")
    };
    let mut ends = Vec::new();
    if may(QuestionEventKind::Settled) {
        ends.push(Link::new("It is settled", format!("{here}/settlement")));
    }
    if may(QuestionEventKind::Withdrawn) {
        ends.push(Link::new("Take it back", format!("{here}/withdrawal")));
    }
    let mut title = format!("A question about {}", one.label);
    if !wrong.is_empty() {
        title.insert_str(0, "Error: ");
    }
    let mut frame = PageFrame::of(house, &title).await?;
    if !notice.is_empty() {
        frame = frame.with_notice("done", notice);
    }
    let mut facts = vec![
        Fact {
            href: one.path.clone(),
            ..Fact::new("About", one.subject.clone())
        },
        Fact::new("The figure", one.label.clone()),
        Fact::new("It said", one.seen.clone()),
        Fact::new(
            match one.about {
                QuestionAbout::Return => "As it was sent on",
                QuestionAbout::Award | QuestionAbout::Position => "As of",
            },
            words::day(one.as_of),
        ),
        Fact::new("Asked by", {
            let by = one.asked_by.as_deref().unwrap_or("Somebody");
            format!("{by}, {}", one.funder)
        }),
    ];
    if !one.waiting_in_words.is_empty() {
        facts.push(Fact::new(
            "It waits for an answer",
            format!("Last asked {}", one.waiting_in_words),
        ));
    }
    let ours = frame.organisation_name.clone();
    let mut reply = page(&QuestionPage {
        crumbs: vec![Link::new("Questions", "/questions")],
        errors: wrong.links(),
        above: one.funder.clone(),
        title: capital(&one.label),
        state: state.to_owned(),
        kind: kind.to_owned(),
        facts,
        said: seen
            .events
            .iter()
            .map(|event| Said {
                what: match event.kind {
                    QuestionEventKind::Asked => "Asked",
                    QuestionEventKind::Answered => "Answered",
                    QuestionEventKind::Settled => "Settled",
                    QuestionEventKind::Withdrawn => "Taken back",
                },
                paragraphs: event
                    .words
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned)
                    .collect(),
                who: event.by.clone().unwrap_or_else(|| ours.clone()),
                when: words::instant(&event.at),
            })
            .collect(),
        action,
        label,
        hint,
        button,
        words: typed.to_owned(),
        words_error: wrong.of("words"),
        ends,
        history_href: if house.ctx.require(Operation::ReadHistory).is_ok() {
            format!("/history/funder_question/{}", one.id)
        } else {
            String::new()
        },
        page: frame,
    })?;
    if !wrong.is_empty() {
        super::mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

/// What a new question is about, as its address says it.
#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    about: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    as_of: String,
    #[serde(default)]
    figure: String,
}

impl Asked {
    async fn shown(&self, house: &House) -> Result<(QuestionAbout, Uuid, FiguresView), Fault> {
        let about = QuestionAbout::from_slug(&self.about).ok_or(domain::Error::NotFound)?;
        let Ok(id) = self.id.parse::<Uuid>() else {
            return Err(domain::Error::NotFound.into());
        };
        let as_of = date(&self.as_of).filter(|_| about == QuestionAbout::Position);
        let shown = view::to_ask_about(&house.db, &house.ctx, about, id, as_of).await?;
        Ok((about, id, shown))
    }

    /// The figure's short name and what it said, which the form sends along.
    fn figure(&self) -> (String, Option<String>) {
        match self.figure.split_once('=') {
            Some((figure, seen)) => (figure.to_owned(), Some(seen.to_owned())),
            None => (self.figure.clone(), None),
        }
    }
}

async fn new(house: House, asked: web::Query<Asked>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AskAboutFigure)?;
    let asked = asked.into_inner();
    let (about, id, shown) = asked.shown(&house).await?;
    let mut typed = Fields::default();
    if let Some(chosen) = shown.items.iter().find(|one| one.figure == asked.figure) {
        typed = typed.with("figure", format!("{}={}", chosen.figure, chosen.seen));
    }
    let asks = form(&asked, about, id, shown);
    form::show(&house, asks, &typed, &Wrong::default()).await
}

fn form(asked: &Asked, about: QuestionAbout, id: Uuid, shown: FiguresView) -> Form {
    let back = match about {
        QuestionAbout::Award => format!("/awards/{id}"),
        QuestionAbout::Return => format!("/returns/{id}"),
        QuestionAbout::Position => match asked.as_of.as_str() {
            "" => format!("/pools/{id}/position"),
            _ => format!("/pools/{id}/position?as_of={}", shown.as_of),
        },
    };
    let mut hidden = vec![
        ("about".to_owned(), about.slug().to_owned()),
        ("id".to_owned(), id.to_string()),
    ];
    if !asked.as_of.is_empty() {
        hidden.push(("as_of".to_owned(), asked.as_of.clone()));
    }
    Form {
        back: Link::new(shown.subject.clone(), back),
        heading: "Ask about a figure".to_owned(),
        lead: format!(
            "Of {}, {} {}. What the figure says now is kept with your question. The charity answers here, \
             and you are told by mail.",
            shown.subject,
            match about {
                QuestionAbout::Return => "as it was sent on",
                QuestionAbout::Award | QuestionAbout::Position => "as of",
            },
            words::day(shown.as_of)
        ),
        action: "/questions".to_owned(),
        hidden,
        fields: vec![
            Field::select(
                "figure",
                "Which figure?",
                std::iter::once(form::Choice::new("", "Choose one"))
                    .chain(shown.items.into_iter().map(|one| {
                        form::Choice::new(
                            format!("{}={}", one.figure, one.seen),
                            format!("{}, {}", one.label, short(&one.seen)),
                        )
                    }))
                    .collect(),
            ),
            Field::area("words", "Your question").hint(
                "At most 2,000 characters. Nothing that says something of anybody’s health or recovery.",
            ),
        ],
        button: "Send the question".to_owned(),
        grave: false,
    }
}

async fn ask(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AskAboutFigure)?;
    let fields = Fields(sent);
    let asked = Asked {
        about: fields.text("about"),
        id: fields.text("id"),
        as_of: fields.text("as_of"),
        figure: fields.text("figure"),
    };
    let (about, id, shown) = asked.shown(&house).await?;
    let mut wrong = Wrong::default();
    wrong.need(
        &fields,
        &[
            ("figure", super::fields::CHOOSE),
            ("words", "Write your question."),
        ],
    );
    if wrong.is_empty() {
        let (figure, seen) = asked.figure();
        let question = NewQuestion {
            about,
            id,
            figure,
            as_of: date(&asked.as_of).filter(|_| about == QuestionAbout::Position),
            seen,
            words: fields.text("words"),
        };
        match ops::ask(&house.db, &house.ctx, &question).await {
            Ok(id) => return Ok(see_other(&format!("/questions/{id}?done=asked"))),
            Err(error) => wrong.take(error)?,
        }
    }
    form::show(&house, form(&asked, about, id, shown), &fields, &wrong).await
}

/// The question's page again, which says what is wrong with what was written.
async fn again(
    house: &House,
    id: FunderQuestionId,
    typed: &str,
    error: domain::Error,
) -> Result<HttpResponse, Fault> {
    let mut wrong = Wrong::default();
    wrong.take(error)?;
    let seen = view::one(&house.db, &house.ctx, id).await?;
    shown(house, seen, "", typed, &wrong).await
}

async fn answer(
    house: House,
    id: web::Path<FunderQuestionId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AnswerFunder)?;
    let id = id.into_inner();
    let words = Fields(sent).text("words");
    let new = Words {
        words: words.clone(),
    };
    match ops::answer(&house.db, &house.ctx, id, &new).await {
        Ok(_) => Ok(see_other(&format!("/questions/{id}?done=answered"))),
        Err(error) => again(&house, id, &words, error).await,
    }
}

async fn ask_on(
    house: House,
    id: web::Path<FunderQuestionId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AskAboutFigure)?;
    let id = id.into_inner();
    let words = Fields(sent).text("words");
    let new = Words {
        words: words.clone(),
    };
    match ops::ask_on(&house.db, &house.ctx, id, &new).await {
        Ok(_) => Ok(see_other(&format!("/questions/{id}?done=asked"))),
        Err(error) => again(&house, id, &words, error).await,
    }
}

/// The form that ends a question: settled, or taken back.
async fn end_form(
    house: &House,
    id: FunderQuestionId,
    kind: QuestionEventKind,
    fields: &Fields,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let seen = view::one(&house.db, &house.ctx, id).await?;
    if !seen.next.contains(&kind) && wrong.is_empty() {
        return Err(domain::Error::NotFound.into());
    }
    let settles = kind == QuestionEventKind::Settled;
    let here = format!("/questions/{id}");
    let asks = Form {
        back: Link::new("The question", here.clone()),
        heading: if settles {
            "Say that it is settled".to_owned()
        } else {
            "Take the question back".to_owned()
        },
        lead: if settles {
            "Nothing is said to it any more, and that cannot be undone: what is still open is asked as a \
             new question. All of it stays on record."
                .to_owned()
        } else {
            "Nobody answers it any more. It stays on record, where the charity reads that you took it \
             back."
                .to_owned()
        },
        action: format!(
            "{here}/{}",
            if settles { "settlement" } else { "withdrawal" }
        ),
        hidden: Vec::new(),
        fields: vec![Field::area(
            "words",
            "Is there anything else to say? (optional)",
        )],
        button: if settles {
            "It is settled".to_owned()
        } else {
            "Take it back".to_owned()
        },
        grave: true,
    };
    form::show(house, asks, fields, wrong).await
}

async fn ask_settle(house: House, id: web::Path<FunderQuestionId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AskAboutFigure)?;
    let kind = QuestionEventKind::Settled;
    end_form(&house, *id, kind, &Fields::default(), &Wrong::default()).await
}

async fn ask_withdraw(
    house: House,
    id: web::Path<FunderQuestionId>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AskAboutFigure)?;
    let kind = QuestionEventKind::Withdrawn;
    end_form(&house, *id, kind, &Fields::default(), &Wrong::default()).await
}

async fn settle(
    house: House,
    id: web::Path<FunderQuestionId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AskAboutFigure)?;
    let fields = Fields(sent);
    let end = End {
        words: fields.text("words"),
    };
    match ops::settle(&house.db, &house.ctx, *id, &end).await {
        Ok(_) => Ok(see_other(&format!("/questions/{id}?done=settled"))),
        Err(error) => {
            let mut wrong = Wrong::default();
            wrong.take(error)?;
            end_form(&house, *id, QuestionEventKind::Settled, &fields, &wrong).await
        }
    }
}

async fn withdraw(
    house: House,
    id: web::Path<FunderQuestionId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AskAboutFigure)?;
    let fields = Fields(sent);
    let end = End {
        words: fields.text("words"),
    };
    match ops::withdraw(&house.db, &house.ctx, *id, &end).await {
        Ok(_) => Ok(see_other(&format!("/questions/{id}?done=withdrawn"))),
        Err(error) => {
            let mut wrong = Wrong::default();
            wrong.take(error)?;
            end_form(&house, *id, QuestionEventKind::Withdrawn, &fields, &wrong).await
        }
    }
}
