//! One section of a return: figures to read, answers to write. Saves as a person types.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::access::rules::{Operation, Sight, sight};
use domain::ctx::Actor;
use domain::forms::rules::Unit;
use domain::questions::rules::QuestionAbout;
use domain::returns::ops::{self, Meanwhile, Saved, TypedAnswer};
use domain::returns::view::{self, AnswerView, ReturnView, SectionView};
use domain::{Error, Money};
use entity::{FieldKind, GrantReturnId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use super::quarters::{FigureGroup, by_quarter};
use super::{check_again, workbooks};
use crate::http::forms::{self};
use crate::http::{Fault, House};
use crate::pages::shapes::{Choice, Fact, crumbs_to};
use crate::pages::{Link, PageFrame, page, questions, see_other, urlencode, words};

#[derive(Template)]
#[template(path = "pages/section.html")]
pub(in crate::pages) struct SectionPage {
    pub(in crate::pages) page: PageFrame,
    pub(in crate::pages) crumbs: Vec<Link>,
    pub(in crate::pages) return_title: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) sentence: String,
    pub(in crate::pages) address: String,
    /// Where to go once all is saved.
    pub(in crate::pages) after: String,
    /// Whose words the browser keeps until they are saved.
    pub(in crate::pages) keep: String,
    /// The session ended before this was saved.
    pub(in crate::pages) was_signed_out: bool,
    pub(in crate::pages) errors: Vec<Link>,
    /// Checks of the form's own that do not pass and stop this section.
    pub(in crate::pages) checks: Vec<String>,
    /// Where it is said why one may stand.
    pub(in crate::pages) explain: String,
    pub(in crate::pages) figures: Vec<FigureGroup>,
    /// In the order of the form.
    pub(in crate::pages) questions: Vec<Question>,
    /// Shown, not asked: what each says, in the order of the form.
    pub(in crate::pages) said: Vec<Fact>,
    pub(in crate::pages) frozen: bool,
    pub(in crate::pages) why_frozen: String,
    pub(in crate::pages) take_back: String,
    pub(in crate::pages) next: Option<Link>,
}

/// A question: words to write, or one of several to choose.
pub(in crate::pages) enum Question {
    Written(WrittenAnswer),
    Chosen(ChosenAnswer),
}

pub struct FigureAnswer {
    pub key: String,
    pub label: String,
    pub place: String,
    pub value: String,
    pub href: String,
    pub note: String,
}

pub(in crate::pages) struct WrittenAnswer {
    pub(in crate::pages) name: String,
    pub(in crate::pages) label: String,
    pub(in crate::pages) value: String,
    pub(in crate::pages) hint: String,
    pub(in crate::pages) error: String,
    pub(in crate::pages) words: u32,
    /// Long texts are written in an area; names, amounts, numbers and dates on a line.
    pub(in crate::pages) long: bool,
    pub(in crate::pages) rows: u32,
    /// On a line: "" for a text, narrower for what is short.
    pub(in crate::pages) width: &'static str,
    pub(in crate::pages) was: String,
    pub(in crate::pages) meanwhile: Option<Other>,
    /// What else can be done about it.
    pub(in crate::pages) more: Vec<Link>,
}

/// What somebody else wrote meanwhile.
pub(in crate::pages) struct Other {
    pub(in crate::pages) text: String,
    pub(in crate::pages) who_and_when: String,
    pub(in crate::pages) choices: Vec<Choice>,
    pub(in crate::pages) error: String,
}

pub(in crate::pages) struct ChosenAnswer {
    pub(in crate::pages) name: String,
    pub(in crate::pages) label: String,
    pub(in crate::pages) hint: String,
    pub(in crate::pages) error: String,
    pub(in crate::pages) choices: Vec<Choice>,
    /// More than a few are a list to open.
    pub(in crate::pages) many: bool,
    pub(in crate::pages) was: String,
    pub(in crate::pages) meanwhile: Option<Other>,
}

/// A value as people read it.
pub(in crate::pages) fn shown(kind: FieldKind, value: &Value) -> String {
    match (kind, value) {
        (_, Value::Null) => String::new(),
        (FieldKind::Money, value) => value
            .as_i64()
            .map_or_else(|| value.to_string(), |pence| Money(pence).in_full()),
        (FieldKind::Number, Value::Number(number)) => grouped(&number.to_string()),
        (FieldKind::YesNo, Value::Bool(true)) => "Yes".to_owned(),
        (FieldKind::YesNo, Value::Bool(false)) => "No".to_owned(),
        (FieldKind::Date, Value::String(text)) => {
            text.parse().map_or_else(|_| text.clone(), words::date)
        }
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// "1234567" as "1,234,567".
fn grouped(digits: &str) -> String {
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits), |rest| ("-", rest));
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("{sign}{digits}");
    }
    let first = digits.len() % 3;
    let mut parts: Vec<&str> = Vec::new();
    if first > 0 {
        parts.extend(digits.get(..first));
    }
    parts.extend(
        (first..digits.len())
            .step_by(3)
            .filter_map(|at| digits.get(at..at + 3)),
    );
    format!("{sign}{}", parts.join(","))
}

/// An answer as people read it, in the unit of its question.
pub fn shown_in(answer: &AnswerView) -> String {
    match (answer.kind, answer.unit, answer.value.as_i64()) {
        (FieldKind::Money, Some(Unit::Thousands), Some(pence)) => {
            let (pounds, rest) = (pence / 100_000, (pence % 100_000).abs());
            let sign = if pence < 0 && pounds == 0 { "-" } else { "" };
            let whole = grouped(&pounds.to_string());
            match rest {
                0 => format!("{sign}£{whole} thousand"),
                rest => format!(
                    "{sign}£{whole}.{} thousand",
                    format!("{rest:05}").trim_end_matches('0')
                ),
            }
        }
        _ => shown(answer.kind, &answer.value),
    }
}

/// A value as it stands in an input.
fn typed(kind: FieldKind, value: &Value) -> String {
    match (kind, value) {
        (FieldKind::Money, value) => value.as_i64().map_or_else(String::new, |pence| {
            Money(pence).in_full().replace(['£', ','], "")
        }),
        (FieldKind::Date, Value::String(text)) => text
            .parse::<chrono::NaiveDate>()
            .map_or_else(|_| text.clone(), |on| on.format("%d/%m/%Y").to_string()),
        _ => shown(kind, value),
    }
}

/// What somebody typed, as the domain takes it.
pub fn read(kind: FieldKind, text: &str) -> Result<Value, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match kind {
        FieldKind::Money => Money::from_typed(text)
            .map(|amount| json!(amount.pence()))
            .ok_or_else(|| "Enter an amount in pounds, such as 1,234.56.".to_owned()),
        FieldKind::Number => text
            .replace(',', "")
            .parse::<i64>()
            .map(|number| json!(number))
            .map_err(|_letters| "Enter a whole number.".to_owned()),
        FieldKind::Date => ["%d/%m/%Y", "%Y-%m-%d", "%d %B %Y"]
            .iter()
            .find_map(|shape| chrono::NaiveDate::parse_from_str(text, shape).ok())
            .map(|on| json!(on.to_string()))
            .ok_or_else(|| "Enter a date, such as 30/10/2026.".to_owned()),
        FieldKind::YesNo => match text {
            "yes" => Ok(json!(true)),
            "no" => Ok(json!(false)),
            _ => Err("Choose yes or no.".to_owned()),
        },
        FieldKind::Text | FieldKind::Choice => Ok(json!(text)),
    }
}

/// How a form says that a question had no answer.
pub(in crate::pages) const NONE: &str = "none";

/// The answer over which somebody types, as the form carries it.
pub(in crate::pages) fn was(id: Option<Uuid>) -> String {
    id.map_or_else(|| NONE.to_owned(), |id| id.to_string())
}

/// What was sent in, with what became of it.
#[derive(Default)]
struct Tried {
    /// What was typed, by the question's key.
    typed: BTreeMap<String, String>,
    /// What is wrong, by the question's key, in the form's order.
    wrong: Vec<(String, String)>,
    /// What somebody else wrote meanwhile, by the question's key.
    meanwhile: BTreeMap<String, Meanwhile>,
    /// Which of two texts must still be chosen.
    unchosen: BTreeSet<String>,
    was_signed_out: bool,
    /// The answers over which it was typed, where they must stay as they were.
    seen: BTreeMap<String, String>,
}

/// Whether a person is asked for it here; drafted figures open on a page of their own.
fn is_asked(answer: &AnswerView) -> bool {
    !answer.written_when_signed
        && !(matches!(answer.kind, FieldKind::Money | FieldKind::Number)
            && (!answer.drafted.is_null() || answer.sentence.is_some()))
}

/// Why a section is read and not written now: by whom it is read, and before whom it lies.
struct Frozen {
    why: String,
    /// Where who may write takes it back from those before whom it lies.
    take_back: String,
}

fn frozen(house: &House, seen: &ReturnView) -> Option<Frozen> {
    let only = |why: String| {
        Some(Frozen {
            why,
            take_back: String::new(),
        })
    };
    if !seen.may_change {
        return only(seen.why_not.clone().unwrap_or_default());
    }
    if house.ctx.require(Operation::AnswerField).is_err() {
        return only(String::new());
    }
    seen.offered_revision.map(|_| Frozen {
        why: format!(
            "It waits for {}, who read it as it stands. Take it back to change it.",
            seen.summary.waits_for
        ),
        take_back: format!("/returns/{}/taking-back", seen.summary.id),
    })
}

/// A text of its own is written in an area; what a record drafts (a name, a reference, an address)
/// stands on a line, and so does what is known to be short by its name.
fn is_long(answer: &AnswerView) -> bool {
    answer.kind == FieldKind::Text
        && (answer.word_limit.is_some() || (answer.sentence.is_none() && !is_short(&answer.label)))
}

/// Whether a question asks for a few characters.
fn is_short(label: &str) -> bool {
    const SHORT: [&str; 8] = [
        "telephone",
        "phone",
        "mobile",
        "email",
        "e-mail",
        "postcode",
        "reference",
        "job",
    ];
    let words: Vec<String> = label
        .split(|c: char| c.is_whitespace() || c == '(' || c == ')' || c == ',')
        .map(str::to_lowercase)
        .filter(|word| !word.is_empty())
        .collect();
    words.len() <= 5 && words.iter().any(|word| SHORT.contains(&word.as_str()))
}

fn build(
    house: &House,
    frame: PageFrame,
    seen: &ReturnView,
    n: usize,
    tried: &Tried,
) -> Result<SectionPage, Fault> {
    let section = seen.sections.get(n).ok_or(Error::NotFound)?;
    let address = format!("/returns/{}", seen.summary.id);
    let stops = |key: &str| {
        seen.findings
            .iter()
            .find(|found| found.stops() && found.field.as_deref() == Some(key))
    };
    // What stands wrong is said at its field, until something else is typed over it.
    let error = |key: &str| {
        tried
            .wrong
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, text)| text.clone())
            .or_else(|| {
                stops(key)
                    .filter(|found| {
                        found.code != "required-empty" && !tried.typed.contains_key(key)
                    })
                    .map(|found| format!("{} {}", found.message, found.what_to_do))
            })
            .unwrap_or_default()
    };
    let now = |answer: &AnswerView| {
        tried
            .typed
            .get(&answer.key)
            .cloned()
            .unwrap_or_else(|| typed(answer.kind, &answer.value))
    };
    let seen_then = |answer: &AnswerView| {
        let shown = tried.meanwhile.get(&answer.key);
        match (shown, tried.seen.get(&answer.key)) {
            (Some(other), _) => was(other.answer_id),
            (None, Some(seen)) => seen.clone(),
            (None, None) => was(answer.answer_id),
        }
    };
    let other = |answer: &AnswerView| {
        tried.meanwhile.get(&answer.key).map(|other| Other {
            text: match shown(answer.kind, &other.value) {
                empty if empty.is_empty() => "(It was emptied.)".to_owned(),
                text => text,
            },
            who_and_when: who_and_when(other),
            choices: vec![
                Choice::new("mine", "What I typed, as it stands here", ""),
                Choice::new("theirs", "What they wrote", ""),
            ],
            error: if tried.unchosen.contains(&answer.key) {
                "Choose which of the two stands.".to_owned()
            } else {
                String::new()
            },
        })
    };
    let frozen = frozen(house, seen);
    let inside = matches!(sight(&house.ctx.actor), Sight::All);
    let asks = questions::link(house, QuestionAbout::Return, seen.summary.id).filter(|_| !inside);
    let (mut figures, mut questions, mut said) = (Vec::new(), Vec::new(), Vec::new());
    for answer in &section.answers {
        if !is_asked(answer) {
            figures.push(FigureAnswer {
                key: answer.key.clone(),
                label: answer.label.clone(),
                place: answer.place.replace('!', ", cell "),
                value: match shown_in(answer) {
                    empty if empty.is_empty() => "Not answered".to_owned(),
                    value => value,
                },
                href: if answer.written_when_signed || !inside {
                    String::new()
                } else {
                    format!("{address}/figures/{}", answer.key)
                },
                note: if answer.written_when_signed {
                    "Written when the return is signed".to_owned()
                } else if answer.overridden {
                    format!(
                        "Typed by {}",
                        answer.typed_by.as_deref().unwrap_or("somebody")
                    )
                } else {
                    String::new()
                },
            });
            continue;
        }
        if frozen.is_some() {
            let value = shown_in(answer);
            said.push(Fact {
                // what a funder's officer wonders about, they ask
                href: match (&asks, value.is_empty()) {
                    (Some(asks), false) => {
                        format!("{}&figure={}", asks.href, urlencode(&answer.key))
                    }
                    _ => String::new(),
                },
                ..Fact::new(
                    answer.label.clone(),
                    match value {
                        empty if empty.is_empty() => "Not answered".to_owned(),
                        value => value,
                    },
                )
            });
            continue;
        }
        let mut hint = answer.guidance.clone();
        if stops(&answer.key).is_some_and(|found| found.code == "required-empty") {
            hint = format!("{hint} Not answered yet.").trim().to_owned();
        }
        if let Some(by) = &answer.typed_by {
            hint = format!("{hint} Last written by {by}.").trim().to_owned();
        }
        // What the form asks for only sometimes, it may ask for now.
        let label = if answer.required || stops(&answer.key).is_some() {
            answer.label.clone()
        } else {
            format!("{} (optional)", answer.label)
        };
        match answer.kind {
            FieldKind::Choice | FieldKind::YesNo => {
                let chosen = match answer.kind {
                    FieldKind::YesNo => now(answer).to_lowercase(),
                    _ => now(answer),
                };
                let listed = if answer.kind == FieldKind::YesNo {
                    vec![
                        Choice::new("yes", "Yes", &chosen),
                        Choice::new("no", "No", &chosen),
                    ]
                } else {
                    answer
                        .choices
                        .iter()
                        .map(|text| Choice::new(text, text, &chosen))
                        .collect()
                };
                let many = listed.len() > 5;
                let mut listed: Vec<Choice> = listed;
                if many {
                    listed.insert(0, Choice::new("", "Choose one", &chosen));
                } else if !answer.required {
                    listed.push(Choice::new("", "No answer", &chosen));
                }
                questions.push(Question::Chosen(ChosenAnswer {
                    name: answer.key.clone(),
                    label,
                    hint,
                    error: error(&answer.key),
                    choices: listed,
                    many,
                    was: seen_then(answer),
                    meanwhile: other(answer),
                }));
            }
            _ => questions.push(Question::Written(WrittenAnswer {
                name: answer.key.clone(),
                label,
                value: now(answer),
                hint,
                error: error(&answer.key),
                words: answer
                    .word_limit
                    .and_then(|n| u32::try_from(n).ok())
                    .unwrap_or(0),
                long: is_long(answer),
                rows: if answer.word_limit.is_some() { 8 } else { 3 },
                width: if answer.kind == FieldKind::Text {
                    ""
                } else {
                    "w20"
                },
                was: seen_then(answer),
                meanwhile: other(answer),
                more: Vec::new(),
            })),
        }
    }
    let next = seen
        .sections
        .get(n + 1)
        .map(|next| {
            Link::new(
                format!("Next: {}", next.title),
                format!("{address}/sections/{}", n + 1),
            )
        })
        .or_else(|| Some(Link::new("Back to the return", address.clone())));
    let mut crumbs = crumbs_to(&seen.summary.title, &address);
    crumbs.push(Link::new(
        section.title.clone(),
        format!("{address}/sections/{n}"),
    ));
    Ok(SectionPage {
        page: frame,
        crumbs,
        return_title: format!("{}: {}", seen.summary.award, seen.summary.title),
        name: section.title.clone(),
        sentence: format!("{}.", section.state_in_words),
        address: format!("{address}/sections/{n}"),
        after: format!("{address}?done=saved"),
        keep: String::new(),
        checks: if inside && frozen.is_none() {
            seen.findings
                .iter()
                .filter(|found| found.stops() && found.field.is_none())
                .filter(|found| view::section_of(&seen.sections, found) == Some(n))
                .map(|found| format!("{} {}", found.message, found.what_to_do))
                .collect()
        } else {
            Vec::new()
        },
        explain: format!("{address}#look"),
        was_signed_out: tried.was_signed_out,
        errors: tried
            .wrong
            .iter()
            .map(|(key, text)| {
                let asked = section.answers.iter().find(|answer| answer.key == *key);
                let label = asked.map_or("", |answer| answer.label.as_str());
                Link::new(format!("{label}: {text}"), format!("#{key}"))
            })
            .chain(section.answers.iter().filter_map(|answer| {
                let other = tried.meanwhile.get(&answer.key)?;
                let text = format!(
                    "“{}” was changed while you typed: {}. Choose which text stands.",
                    answer.label,
                    who_and_when(other)
                );
                Some(Link::new(text, format!("#choose.{}", answer.key)))
            }))
            .collect(),
        figures: by_quarter(
            figures,
            if inside {
                "Each opens to where it comes from."
            } else {
                ""
            },
        ),
        questions,
        said,
        why_frozen: frozen
            .as_ref()
            .map_or_else(String::new, |frozen| frozen.why.clone()),
        take_back: frozen
            .as_ref()
            .map_or_else(String::new, |frozen| frozen.take_back.clone()),
        frozen: frozen.is_some(),
        next,
    })
}

/// "Ama Osei, Friday 30 October 2026, 4:05pm".
pub(in crate::pages) fn who_and_when(other: &Meanwhile) -> String {
    let who = other.by.as_deref().unwrap_or("Tributary");
    match &other.at {
        Some(at) => format!("{who}, {}", words::instant(at)),
        None => "the typed answer was taken back".to_owned(),
    }
}

async fn render(
    house: &House,
    seen: &ReturnView,
    n: usize,
    tried: &Tried,
) -> Result<HttpResponse, Fault> {
    let frame = PageFrame::of(house, &seen.summary.title).await?;
    let mut built = build(house, frame, seen, n, tried)?;
    built.keep = house
        .ctx
        .person_id()
        .map_or_else(String::new, |id| id.to_string());
    page(&built)
}

pub async fn section(
    house: House,
    at: web::Path<(GrantReturnId, usize)>,
) -> Result<HttpResponse, Fault> {
    let (id, n) = at.into_inner();
    let seen = checked(&house, id).await?;
    render(&house, &seen, n, &Tried::default()).await
}

/// The return, with what the form's own checks say of the answers as they stand to whoever writes
/// them: a section says of an answer what the return's page says.
async fn checked(house: &House, id: GrantReturnId) -> Result<ReturnView, Fault> {
    Ok(if house.ctx.require(Operation::AnswerField).is_ok() {
        view::checked(&house.db, &house.ctx, &workbooks(house), id).await?
    } else {
        view::one(&house.db, &house.ctx, id).await?
    })
}

/// What was typed into a section's form.
pub(in crate::pages) struct Sent(pub(in crate::pages) Vec<(String, String)>);

impl Sent {
    pub(in crate::pages) fn field(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(in crate::pages) fn about(&self, what: &str, key: &str) -> Option<&str> {
        self.field(&format!("{what}.{key}"))
    }

    /// The answer over which a question was answered, if the form says.
    pub(in crate::pages) fn seen(&self, key: &str) -> Option<Option<Uuid>> {
        match self.about("was", key)? {
            NONE => Some(None),
            id => id.parse().ok().map(Some),
        }
    }
}

/// Saves what was typed: each answer that differs from the one over which it was typed. Where
/// somebody else wrote meanwhile, both texts are shown, and nothing is lost. From the script
/// (`X-Autosave`) the reply is JSON, otherwise the page again.
pub async fn save(
    house: House,
    at: web::Path<(GrantReturnId, usize)>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Fault> {
    let (id, n) = at.into_inner();
    let sent = Sent(
        serde_urlencoded::from_bytes(&body)
            .map_err(|error| Fault::bad_query(&error.to_string()))?,
    );
    let by_script = request.headers().contains_key("x-autosave");
    if !by_script && matches!(house.ctx.actor, Actor::Nobody) {
        return signed_out(&house, &format!("/returns/{id}/sections/{n}"), &sent);
    }
    let forged = forms::check(&request, sent.field("csrf")).err();
    if by_script && let Some(fault) = forged {
        return Err(fault);
    }
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let section = seen.sections.get(n).ok_or(Error::NotFound)?;
    let mut tried = Tried {
        was_signed_out: forged.is_some(),
        ..Tried::default()
    };
    let mut typed = Vec::new();
    for answer in section.answers.iter().filter(|answer| is_asked(answer)) {
        let Some(text) = sent.field(&answer.key) else {
            continue;
        };
        let text = text.replace("\r\n", "\n");
        if sent.about("conflict", &answer.key).is_some() {
            match sent.about("choose", &answer.key) {
                Some("theirs") => continue,
                Some("mine") => {}
                _ => {
                    tried.unchosen.insert(answer.key.clone());
                }
            }
        }
        if let Some(was) = sent.about("was", &answer.key) {
            // What is not yet chosen is shown again, not taken for read.
            let unread = tried.unchosen.contains(&answer.key);
            let seen = if unread { "unread" } else { was };
            tried.seen.insert(answer.key.clone(), seen.to_owned());
        }
        tried.typed.insert(answer.key.clone(), text.clone());
        match read(answer.kind, &text) {
            Ok(value) => typed.push(TypedAnswer {
                key: answer.key.clone(),
                value,
                // Not yet chosen: shown again against what stands now.
                seen: sent
                    .seen(&answer.key)
                    .filter(|_| !tried.unchosen.contains(&answer.key)),
            }),
            Err(detail) => tried.wrong.push((answer.key.clone(), detail)),
        }
    }
    if tried.was_signed_out {
        // The form is of a session that has ended: shown again with this one's token, for its
        // person to send.
        return render(&house, &seen, n, &tried).await;
    }
    house.ctx.require(Operation::AnswerField)?;
    // A page is not what takes a return back from a board or a certifier without being asked to.
    if let Some(frozen) = frozen(&house, &seen) {
        return Err(Error::refused("read-as-it-stands", frozen.why).into());
    }
    let mut stands = serde_json::Map::new();
    for (key, saved) in ops::save(&house.db, &house.ctx, id, typed).await? {
        match saved {
            Saved::Stands(answer_id) => {
                tried.seen.remove(&key);
                stands.insert(key, json!(was(answer_id)));
            }
            Saved::NotTouched => {
                tried.typed.remove(&key);
                tried.seen.remove(&key);
            }
            Saved::Meanwhile(other) => {
                tried.meanwhile.insert(key, other);
            }
            Saved::Wrong(detail) => tried.wrong.push((key, detail)),
        }
    }
    if by_script {
        return Ok(told_to_script(&house, section, &tried, &stands));
    }
    if tried.wrong.is_empty() && tried.meanwhile.is_empty() {
        check_again(&house, id).await;
        return Ok(see_other(&format!("/returns/{id}?done=saved")));
    }
    let seen = checked(&house, id).await?;
    render(&house, &seen, n, &tried).await
}

fn told_to_script(
    house: &House,
    section: &SectionView,
    tried: &Tried,
    stands: &serde_json::Map<String, Value>,
) -> HttpResponse {
    let asked = |key: &str| section.answers.iter().find(|answer| answer.key == key);
    let meanwhile: Vec<Value> = tried
        .meanwhile
        .iter()
        .filter_map(|(key, other)| {
            let answer = asked(key)?;
            Some(json!({
                "name": key,
                "label": answer.label,
                "text": typed(answer.kind, &other.value),
                "shown": shown(answer.kind, &other.value),
                "who_and_when": who_and_when(other),
                "was": was(other.answer_id),
            }))
        })
        .collect();
    let wrong: Vec<Value> = tried
        .wrong
        .iter()
        .map(|(key, detail)| {
            let label = asked(key).map_or("", |answer| answer.label.as_str());
            json!({"name": key, "label": label, "detail": detail})
        })
        .collect();
    let mut reply = if !meanwhile.is_empty() {
        HttpResponse::Conflict()
    } else if !wrong.is_empty() {
        HttpResponse::UnprocessableEntity()
    } else {
        HttpResponse::Ok()
    };
    reply.insert_header(("x-page", "1")).json(json!({
        "saved_at": words::time(&house.ctx.now()),
        "stands": stands,
        "meanwhile": meanwhile,
        "wrong": wrong,
    }))
}

#[derive(Template)]
#[template(path = "pages/kept.html")]
struct KeptPage {
    page: PageFrame,
    address: String,
    sign_in: String,
    texts: Vec<KeptText>,
    others: Vec<(String, String)>,
}

struct KeptText {
    name: String,
    label: String,
    value: String,
}

/// The session has ended: what was typed is given back, to be sent once its person is signed in
/// again. It says nothing but what came.
pub(in crate::pages) fn signed_out(
    house: &House,
    address: &str,
    sent: &Sent,
) -> Result<HttpResponse, Fault> {
    let said = |name: &str| {
        ["was.", "conflict.", "choose."]
            .iter()
            .any(|about| name.starts_with(about))
    };
    let (others, texts): (Vec<_>, Vec<_>) = sent
        .0
        .iter()
        .filter(|(name, _)| name != "csrf")
        .cloned()
        .partition(|(name, value)| said(name) || value.trim().is_empty());
    let count = texts.len();
    let kept = KeptPage {
        page: PageFrame::bare("Nothing is lost", &house.stamp, None, address),
        sign_in: format!("/sign-in?next={}", crate::pages::urlencode(address)),
        address: address.to_owned(),
        texts: texts
            .into_iter()
            .enumerate()
            .map(|(n, (name, value))| KeptText {
                name,
                label: format!("What you typed, {} of {count}", n + 1),
                value,
            })
            .collect(),
        others,
    };
    let mut reply = page(&kept)?;
    *reply.status_mut() = actix_web::http::StatusCode::UNAUTHORIZED;
    crate::pages::mark_as_page(&mut reply);
    Ok(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_no_long_text() {
        assert!(is_short("Telephone number"));
        assert!(is_short("Contact (e-mail)"));
        assert!(!is_short("What changed?"));
        assert!(!is_short(
            "Say how you reached people by telephone in this quarter"
        ));
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped("7"), "7");
        assert_eq!(grouped("1234"), "1,234");
        assert_eq!(grouped("-1234567"), "-1,234,567");
        assert_eq!(grouped("123456"), "123,456");
    }
}
