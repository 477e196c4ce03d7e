//! The conditions of an award: what does the letter ask of us, is it met, and who answers for it?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::conditions::ops::{self, ConditionChange, ConditionTerms, NewConditionFact};
use domain::conditions::rules::{ConditionState, when};
use domain::conditions::view::{self, ConditionView, FactView};
use domain::{Error, awards};
use entity::{AwardConditionId, AwardId, ConditionEventKind as Kind, ConditionKind};

use super::super::fields::{Fields, Wrong, id};
use super::super::form::{Choice, Field, Form, show};
use super::super::programmes::typed_date;
use super::super::{Link, PageFrame, history, page, see_other, words};
use super::form::Typed;
use super::{Duty, Fact};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::tables;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/awards/{id}/conditions")
                .route(web::get().to(list))
                .route(web::post().to(state)),
        )
        .service(web::resource("/awards/{id}/conditions.csv").route(web::get().to(file)))
        .service(web::resource("/awards/{id}/conditions/new").route(web::get().to(new)))
        .service(web::resource("/awards/{id}/conditions/{condition}").route(web::get().to(one)))
        .service(
            web::resource("/awards/{id}/conditions/{condition}/fact")
                .route(web::get().to(ask_fact))
                .route(web::post().to(record)),
        )
        .service(
            web::resource("/awards/{id}/conditions/{condition}/change")
                .route(web::get().to(ask_change))
                .route(web::post().to(restate)),
        );
}

#[derive(Template)]
#[template(path = "pages/award_conditions.html")]
struct ConditionsPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    award: String,
    sentence: String,
    heed: String,
    add_href: String,
    open: Vec<Duty>,
    settled: Vec<Duty>,
    downloads: Vec<Link>,
}

#[derive(Template)]
#[template(path = "pages/award_condition.html")]
struct ConditionPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    award: String,
    title: String,
    state: &'static str,
    kind: &'static str,
    sentence: String,
    passage: String,
    written_where: String,
    facts: Vec<Fact>,
    act: String,
    act_href: String,
    change_href: String,
    happened: Vec<history::Event>,
    said: Vec<history::Event>,
}

/// How a condition stands, in a word, with its tag's kind.
const fn tag(one: &ConditionView) -> (&'static str, &'static str) {
    match one.state {
        ConditionState::Open if one.overdue => ("Overdue", "late"),
        ConditionState::Open if matches!(one.kind, ConditionKind::Standing) => ("To keep", "doing"),
        ConditionState::Open => ("To meet", "todo"),
        ConditionState::Met => ("Met", "done"),
        ConditionState::Waived => ("Waived", "off"),
        ConditionState::Withdrawn => ("Recorded by mistake", "off"),
    }
}

/// What stands below a condition's name in a list.
fn hint(one: &ConditionView) -> String {
    let mut said = vec![when(one.kind).to_owned()];
    if one.state == ConditionState::Open {
        if let (Some(on), Some(then)) = (one.due_on, &one.when_in_words) {
            said.push(format!("due {}, {then}", words::date(on)));
        }
        said.push(match &one.who {
            Some(who) => format!("{who} answers for it"),
            None => "the award’s lead answers for it".to_owned(),
        });
    } else if let Some(on) = one.since_on {
        said.push(format!("since {}", words::date(on)));
    }
    said.join("; ")
}

/// A condition as a row of a task list.
pub fn duty(award: AwardId, one: &ConditionView) -> Duty {
    let (state, kind) = tag(one);
    Duty {
        name: one.title.clone(),
        href: format!("/awards/{award}/conditions/{}", one.id),
        hint: hint(one),
        state: state.to_owned(),
        kind: kind.to_owned(),
    }
}

/// How the conditions of an award stand, in a sentence.
pub fn sentence(all: &[ConditionView]) -> String {
    let counts = |wanted: &dyn Fn(&ConditionView) -> bool| {
        all.iter()
            .filter(|one| one.state != ConditionState::Withdrawn)
            .filter(|one| wanted(one))
            .count()
    };
    let all_of_them = counts(&|_| true);
    let open = counts(&|one| one.state == ConditionState::Open);
    let late = counts(&|one| one.overdue);
    let of = match all_of_them {
        0 => return "No condition is recorded.".to_owned(),
        1 => "Its one condition".to_owned(),
        many => format!("Its {many} conditions"),
    };
    match (open, all_of_them) {
        (0, 1) => format!("{of} is settled."),
        (0, _) => format!("{of} are all settled."),
        (_, 1) if late > 0 => format!("{of} is overdue."),
        (_, 1) => format!("{of} is open."),
        _ => {
            let open = if open == 1 {
                "one is open".to_owned()
            } else {
                format!("{open} are open")
            };
            match late {
                0 => format!("{of}: {open}."),
                1 => format!("{of}: {open}, one of them overdue."),
                late => format!("{of}: {open}, {late} of them overdue."),
            }
        }
    }
}

fn heed(all: &[ConditionView]) -> String {
    let first: Vec<&str> = all
        .iter()
        .filter(|one| one.state == ConditionState::Open && one.kind == ConditionKind::BeforePayment)
        .map(|one| one.title.as_str())
        .collect();
    if first.is_empty() {
        return String::new();
    }
    format!(
        "The funder pays nothing before this is met: {}.",
        first.join("; ")
    )
}

async fn list(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let award_id = path.into_inner();
    let all = view::of_award(&house.db, &house.ctx, award_id).await?;
    let award = awards::view::one(&house.db, &house.ctx, award_id)
        .await?
        .summary;
    let rows = |open: bool| {
        all.iter()
            .filter(|one| (one.state == ConditionState::Open) == open)
            .map(|one| duty(award_id, one))
            .collect()
    };
    page(&ConditionsPage {
        page: PageFrame::of(&house, "Conditions").await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(award.title.clone(), format!("/awards/{award_id}")),
        ],
        sentence: sentence(&all),
        heed: heed(&all),
        add_href: if house.ctx.require(Operation::KeepConditions).is_ok() {
            format!("/awards/{award_id}/conditions/new")
        } else {
            String::new()
        },
        open: rows(true),
        settled: rows(false),
        downloads: if all.is_empty() {
            Vec::new()
        } else {
            vec![Link::new(
                "Download these conditions as CSV",
                format!("/awards/{award_id}/conditions.csv"),
            )]
        },
        award: award.title,
    })
}

async fn file(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let all = view::of_award(&house.db, &house.ctx, path.into_inner()).await?;
    Ok(tables::conditions(all))
}

fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Met => "It was met",
        Kind::Waived => "The funder does without it",
        Kind::Reopened => "It was opened again",
        Kind::Withdrawn => "It was recorded by mistake",
    }
}

fn told(fact: &FactView) -> history::Event {
    let mut what = what(fact.kind).to_owned();
    if !fact.by_whom.is_empty() {
        what.push_str(&format!(": {}", fact.by_whom));
    }
    if !fact.reference.is_empty() {
        what.push_str(&format!(" ({})", fact.reference));
    }
    what.push_str(&format!(", on {}", words::day(fact.happened_on)));
    history::Event {
        what,
        who: fact
            .recorded_by
            .as_ref()
            .map_or_else(|| "Recorded".to_owned(), |who| format!("Recorded by {who}")),
        when: words::instant(&fact.recorded_at),
        why: fact.evidence.clone(),
    }
}

fn said(one: &ConditionView) -> Vec<history::Event> {
    one.versions
        .iter()
        .map(|version| {
            let due = version
                .due_on
                .map_or_else(String::new, |on| format!(", due {}", words::day(on)));
            let who = version
                .who
                .as_ref()
                .map_or_else(String::new, |who| format!("; {who} answers for it"));
            history::Event {
                what: format!(
                    "{}: {}{due}{who}",
                    version.title,
                    when(version.kind).to_lowercase()
                ),
                who: version.recorded_by.clone().unwrap_or_default(),
                when: words::instant(&version.recorded_at),
                why: version.reason.clone(),
            }
        })
        .collect()
}

fn stands(one: &ConditionView) -> String {
    let since = one.since_on.map(words::date).unwrap_or_default();
    match (one.state, one.due_on, &one.when_in_words) {
        (ConditionState::Open, Some(on), Some(then)) if one.overdue => {
            format!("It was to be met by {}, {then}.", words::date(on))
        }
        (ConditionState::Open, Some(on), Some(then)) => {
            format!("It is to be met by {}, {then}.", words::date(on))
        }
        (ConditionState::Open, ..) => match one.kind {
            ConditionKind::BeforePayment => {
                "It is to be met before the funder pays anything.".to_owned()
            }
            ConditionKind::During => "It is to be met while the award runs.".to_owned(),
            ConditionKind::AtEnd => "It is to be met when the award ends.".to_owned(),
            ConditionKind::Standing => "It holds all the time.".to_owned(),
        },
        (ConditionState::Met, ..) => format!("It was met on {since}."),
        (ConditionState::Waived, ..) => format!("The funder does without it since {since}."),
        (ConditionState::Withdrawn, ..) => {
            format!("It was recorded by mistake, as was found on {since}.")
        }
    }
}

async fn one(
    house: House,
    path: web::Path<(AwardId, AwardConditionId)>,
) -> Result<HttpResponse, Fault> {
    let (award_id, condition) = path.into_inner();
    let seen = view::one(&house.db, &house.ctx, award_id, condition).await?;
    let award = awards::view::one(&house.db, &house.ctx, award_id).await?;
    let address = format!("/awards/{award_id}/conditions/{condition}");
    let may = house.ctx.require(Operation::KeepConditions).is_ok();
    let (state, kind) = tag(&seen);
    let to = |step: &str| {
        if may {
            format!("{address}/{step}")
        } else {
            String::new()
        }
    };
    let mut facts = vec![Fact::new("When", when(seen.kind))];
    if let Some(on) = seen.due_on {
        facts.push(Fact::new("Due", words::date(on)));
    }
    let lead = award.lead.as_ref().map(|lead| lead.display_name.as_str());
    facts.push(Fact::new(
        "Who answers for it",
        match (&seen.who, lead) {
            (Some(who), _) => who.clone(),
            (None, Some(lead)) => format!("{lead}, who leads on the award"),
            (None, None) => "Nobody is named: the grants officers are reminded".to_owned(),
        },
    ));
    page(&ConditionPage {
        page: PageFrame::of(&house, &seen.title).await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(award.summary.title.clone(), format!("/awards/{award_id}")),
            Link::new("Conditions", format!("/awards/{award_id}/conditions")),
        ],
        award: award.summary.title,
        state,
        kind,
        sentence: stands(&seen),
        act: if seen.state == ConditionState::Open {
            "Record that it is met or waived"
        } else {
            "Open it again"
        }
        .to_owned(),
        act_href: to("fact"),
        change_href: to("change"),
        facts,
        happened: seen.facts.iter().map(told).collect(),
        said: said(&seen),
        passage: seen.passage,
        written_where: seen.written_where,
        title: seen.title,
    })
}

fn crumb(award: AwardId) -> Link {
    Link::new("Conditions", format!("/awards/{award}/conditions"))
}

async fn term_fields(house: &House) -> Result<Vec<Field>, Fault> {
    let people = view::who_may(&house.db, &house.ctx).await?;
    Ok(vec![
        Field::text("title", "What is to be done?")
            .hint("In a few words: Send the signed agreement"),
        Field::area(
            "passage",
            "What does the letter say, word for word? (optional)",
        ),
        Field::text("written_where", "Where is that written? (optional)")
            .hint("For example: award letter of 3 March 2026, paragraph 7"),
        Field::radios(
            "kind",
            "When must it be met?",
            ConditionKind::all()
                .map(|kind| Choice::new(kind.slug(), when(kind)))
                .collect(),
        ),
        Field::date("due_on", "By which day? (optional)")
            .hint("For example, 30/10/2026. With a day, it is chased like a return."),
        Field::select(
            "who_id",
            "Who answers for it?",
            std::iter::once(Choice::new("", "The award’s lead"))
                .chain(
                    people
                        .into_iter()
                        .map(|person| Choice::new(person.id, person.display_name)),
                )
                .collect(),
        ),
    ])
}

fn typed_terms(fields: &Fields, wrong: &mut Wrong) -> Option<ConditionTerms> {
    if fields.some("title").is_none() {
        wrong.add("title", "Say what is to be done.");
    }
    let kind = wrong.chosen(fields, "kind", ConditionKind::from_slug);
    let due_on = wrong.some_date(fields, "due_on");
    kind.map(|kind| ConditionTerms {
        title: fields.text("title"),
        passage: fields.text("passage"),
        written_where: fields.text("written_where"),
        kind,
        due_on,
        who_id: fields.some("who_id").and_then(id),
    })
}

async fn new_form(house: &House, award: AwardId) -> Result<Form, Fault> {
    awards::view::one(&house.db, &house.ctx, award).await?;
    Ok(Form {
        back: crumb(award),
        heading: "Record a condition".to_owned(),
        lead:
            "As the funder’s letter has it. What is recorded stays in the record; what changes is \
               added to it."
                .to_owned(),
        action: format!("/awards/{award}/conditions"),
        hidden: Vec::new(),
        fields: term_fields(house).await?,
        button: "Record the condition".to_owned(),
        grave: false,
    })
}

async fn new(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepConditions)?;
    let form = new_form(&house, path.into_inner()).await?;
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

async fn state(
    house: House,
    path: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepConditions)?;
    let award = path.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let terms = typed_terms(&fields, &mut wrong);
    if let (true, Some(terms)) = (wrong.is_empty(), terms) {
        match ops::state(&house.db, &house.ctx, award, &terms).await {
            Ok(made) => return Ok(see_other(&format!("/awards/{award}/conditions/{made}"))),
            Err(error) => wrong.take(error)?,
        }
    }
    let form = new_form(&house, award).await?;
    show(&house, form, &fields, &wrong).await
}

fn fact_form(award: AwardId, one: &ConditionView) -> Form {
    let address = format!("/awards/{award}/conditions/{}", one.id);
    let open = one.state == ConditionState::Open;
    let mut fields = Vec::new();
    if open {
        fields.push(Field::radios(
            "kind",
            "What happened?",
            one.next
                .iter()
                .map(|kind| Choice::new(kind.slug(), what(*kind)))
                .collect(),
        ));
    }
    fields.push(Field::date("happened_on", "On which day?"));
    if open {
        fields.extend([
            Field::text("by_whom", "Who met it, or does without it? (optional)").hint(
                "For example: Sam, who sent it; or Bea at the lottery, who waived it. Leave it empty if \
                 it was recorded by mistake.",
            ),
            Field::area("evidence", "What shows that, or why was it a mistake?"),
            Field::text("reference", "Where is what shows it kept? (optional)")
                .hint("For example: letter of 3 March 2026, file 12"),
        ]);
    } else {
        fields.push(Field::area("evidence", "Why is it open again?"));
    }
    Form {
        back: Link::new(one.title.clone(), address.clone()),
        heading: if open {
            "Record what happened to a condition"
        } else {
            "Open a condition again"
        }
        .to_owned(),
        lead: format!(
            "{}. This is added to the record and cannot be removed; if it is wrong, {}.",
            one.title,
            if open {
                "open it again"
            } else {
                "record again that it was met or waived"
            }
        ),
        action: format!("{address}/fact"),
        hidden: if open {
            Vec::new()
        } else {
            vec![("kind".to_owned(), Kind::Reopened.slug().to_owned())]
        },
        fields,
        button: if open { "Record it" } else { "Open it again" }.to_owned(),
        grave: false,
    }
}

async fn ask_fact(
    house: House,
    path: web::Path<(AwardId, AwardConditionId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepConditions)?;
    let (award, condition) = path.into_inner();
    let seen = view::one(&house.db, &house.ctx, award, condition).await?;
    let typed = Fields::default().with("happened_on", typed_date(house.ctx.today()));
    show(&house, fact_form(award, &seen), &typed, &Wrong::default()).await
}

async fn record(
    house: House,
    path: web::Path<(AwardId, AwardConditionId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepConditions)?;
    let (award, condition) = path.into_inner();
    let seen = view::one(&house.db, &house.ctx, award, condition).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let kind = wrong.chosen(&fields, "kind", Kind::from_slug);
    let happened_on = wrong.date(&fields, "happened_on");
    if fields.some("evidence").is_none() {
        wrong.add("evidence", "Say what shows it, or why.");
    }
    if let (true, Some(kind)) = (wrong.is_empty(), kind) {
        let new = NewConditionFact {
            kind,
            happened_on,
            by_whom: fields.text("by_whom"),
            evidence: fields.text("evidence"),
            reference: fields.text("reference"),
        };
        match ops::record(&house.db, &house.ctx, award, condition, &new).await {
            Ok(_) => {
                return Ok(see_other(&format!(
                    "/awards/{award}/conditions/{condition}"
                )));
            }
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, fact_form(award, &seen), &fields, &wrong).await
}

async fn change_form(house: &House, award: AwardId, one: &ConditionView) -> Result<Form, Fault> {
    let address = format!("/awards/{award}/conditions/{}", one.id);
    let mut fields = vec![
        Field::text(
            "reason",
            "What changes and why, and with whom was it agreed?",
        )
        .hint("For example: the lottery gave us until June, Bea’s e-mail of 3 March"),
    ];
    fields.extend(term_fields(house).await?);
    Ok(Form {
        back: Link::new(one.title.clone(), address.clone()),
        heading: "Change what a condition says".to_owned(),
        lead: "What it said before stays in the record.".to_owned(),
        action: format!("{address}/change"),
        hidden: vec![("revision".to_owned(), one.revision.to_string())],
        fields,
        button: "Record the change".to_owned(),
        grave: false,
    })
}

async fn ask_change(
    house: House,
    path: web::Path<(AwardId, AwardConditionId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepConditions)?;
    let (award, condition) = path.into_inner();
    let seen = view::one(&house.db, &house.ctx, award, condition).await?;
    let mut typed = Fields::default()
        .with("title", seen.title.clone())
        .with("passage", seen.passage.clone())
        .with("written_where", seen.written_where.clone())
        .with("kind", seen.kind.slug());
    if let Some(on) = seen.due_on {
        typed = typed.with("due_on", typed_date(on));
    }
    if let Some(who) = seen.who_id {
        typed = typed.with("who_id", who.to_string());
    }
    let form = change_form(&house, award, &seen).await?;
    show(&house, form, &typed, &Wrong::default()).await
}

/// The form's fields are those of the terms.
fn renamed(error: Error) -> Error {
    match error {
        Error::Invalid(mut fields) => {
            for field in &mut fields {
                field.pointer = field.pointer.replacen("/terms", "", 1);
            }
            Error::Invalid(fields)
        }
        other => other,
    }
}

async fn restate(
    house: House,
    path: web::Path<(AwardId, AwardConditionId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::KeepConditions)?;
    let (award, condition) = path.into_inner();
    let seen = view::one(&house.db, &house.ctx, award, condition).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if fields.some("reason").is_none() {
        wrong.add("reason", "Say what changes, and why.");
    }
    let terms = typed_terms(&fields, &mut wrong);
    if let (true, Some(terms)) = (wrong.is_empty(), terms) {
        let change = ConditionChange {
            revision: fields
                .some("revision")
                .and_then(|text| text.parse().ok())
                .unwrap_or_default(),
            reason: fields.text("reason"),
            terms,
        };
        match ops::restate(&house.db, &house.ctx, award, condition, &change).await {
            Ok(_) => {
                return Ok(see_other(&format!(
                    "/awards/{award}/conditions/{condition}"
                )));
            }
            Err(error) => wrong.take(renamed(error))?,
        }
    }
    let form = change_form(&house, award, &seen).await?;
    show(&house, form, &fields, &wrong).await
}
