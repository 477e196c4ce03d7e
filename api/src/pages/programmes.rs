//! Programmes: what do funders want, and until when?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::applications::view::{ApplicationFilter, list as list_applications};
use domain::calendar::rules::Moment;
use domain::programmes::ops::{self, ProgrammeTerms};
use domain::programmes::rules::{Standing, stage_in_words};
use domain::programmes::view::{self, Filter, ProgrammeSummary, ProgrammeView};
use entity::{ProgrammeId, StageKind};
use serde::Deserialize;

use super::applications::state_in_words;
use super::awards::form::{Typed, bodies};
use super::fields::{Fields, Wrong, id};
use super::form::{Choice as FormChoice, Field, Form, show};
use super::shapes::{Choice, Fact, Pager};
use super::today::{ROWS, begins, capital, pager_after};
use super::{Link, PageFrame, history, narrowed, page, see_other, words};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::{csv, tables};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/programmes")
                .route(web::get().to(list))
                .route(web::post().to(create)),
        )
        .service(web::resource("/programmes/programmes.csv").route(web::get().to(download)))
        .service(web::resource("/programmes/new").route(web::get().to(new)))
        .service(web::resource("/programmes/{id}").route(web::get().to(one)))
        .service(
            web::resource("/programmes/{id}/change")
                .route(web::get().to(ask_change))
                .route(web::post().to(change)),
        );
}

#[derive(Template)]
#[template(path = "pages/programmes.html")]
struct ProgrammesPage {
    page: PageFrame,
    sentence: String,
    may_record: bool,
    words: String,
    filter_standing: Vec<Choice>,
    filter_funder: Vec<Choice>,
    narrowed: bool,
    shown: String,
    rows: Vec<Row>,
    downloads: Vec<Link>,
    pager: Option<Pager>,
}

struct Row {
    name: String,
    href: String,
    funder: String,
    amounts: String,
    closes: String,
    state: String,
    kind: String,
}

#[derive(Deserialize)]
struct Narrow {
    #[serde(default)]
    q: String,
    #[serde(default)]
    standing: String,
    #[serde(default)]
    funder: String,
    after: Option<String>,
}

impl Narrow {
    fn filter(&self) -> Filter {
        Filter {
            funder_id: id(&self.funder),
            standing: match self.standing.as_str() {
                "open" => Some(Standing::Open),
                "to-open" => Some(Standing::ToOpen),
                "closed" => Some(Standing::Closed),
                _ => None,
            },
            words: self.q.clone(),
            ..Filter::default()
        }
    }

    fn pairs(&self) -> [(&str, &str); 3] {
        [
            ("q", &self.q),
            ("standing", &self.standing),
            ("funder", &self.funder),
        ]
    }
}

/// Whether a programme takes applications, in words, with its tag's kind.
pub const fn standing_in_words(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::ToOpen => ("Opens later", "todo"),
        Standing::Open => ("Open", "doing"),
        Standing::Closed => ("Closed", "off"),
    }
}

/// "£10,000 to £300,000".
fn amounts(summary: &ProgrammeSummary) -> String {
    match (summary.smallest_pence, summary.largest_pence) {
        (Some(least), Some(most)) => format!("{} to {}", least.in_words(), most.in_words()),
        (Some(least), None) => format!("From {}", least.in_words()),
        (None, Some(most)) => format!("Up to {}", most.in_words()),
        (None, None) => "Not stated".to_owned(),
    }
}

fn closes(summary: &ProgrammeSummary) -> String {
    match (&summary.closes_in_words, &summary.when_in_words) {
        (Some(closes), Some(when)) => format!("{closes}, {when}"),
        _ => "No closing date".to_owned(),
    }
}

/// The list as a file, as it is filtered.
async fn download(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    let all = view::list(&house.db, &house.ctx, &narrow.filter(), None, csv::MOST).await?;
    Ok(tables::programmes(all.items))
}

async fn list(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ReadProgrammes)?;
    let after = begins(narrow.after.as_deref());
    let found = view::list(&house.db, &house.ctx, &narrow.filter(), after, ROWS).await?;
    let all = view::list(&house.db, &house.ctx, &Filter::default(), None, 1000).await?;
    let open: Vec<&ProgrammeSummary> = all
        .items
        .iter()
        .filter(|one| one.standing == Standing::Open)
        .collect();
    let next = open.iter().find(|one| one.closes.is_some());
    let sentence = match (open.len(), next) {
        (0, _) => "No programme takes applications now.".to_owned(),
        (n, None) => format!(
            "{} applications now.",
            words::count(n, "programme takes", "programmes take")
        ),
        (n, Some(next)) => format!(
            "{} applications now; “{}” closes first, {}.",
            words::count(n, "programme takes", "programmes take"),
            next.name,
            next.when_in_words.clone().unwrap_or_default()
        ),
    };
    let mut funders: Vec<(String, String)> = all
        .items
        .iter()
        .map(|one| (one.funder.clone(), one.funder_id.to_string()))
        .collect();
    funders.sort();
    funders.dedup();
    let filter_funder = std::iter::once(Choice::new("", "Every funder", &narrow.funder))
        .chain(
            funders
                .iter()
                .map(|(name, value)| Choice::new(value, name, &narrow.funder)),
        )
        .collect();
    page(&ProgrammesPage {
        page: PageFrame::of(&house, "Programmes").await?,
        sentence,
        may_record: house.ctx.require(Operation::CreateProgramme).is_ok(),
        words: narrow.q.clone(),
        filter_standing: vec![
            Choice::new("", "Open, to open and closed", &narrow.standing),
            Choice::new("open", "Open", &narrow.standing),
            Choice::new("to-open", "Opens later", &narrow.standing),
            Choice::new("closed", "Closed", &narrow.standing),
        ],
        filter_funder,
        narrowed: !all.items.is_empty(),
        shown: format!("{} shown; what closes soonest first", found.items.len()),
        rows: found
            .items
            .into_iter()
            .map(|one| {
                let (state, kind) = standing_in_words(one.standing);
                Row {
                    href: format!("/programmes/{}", one.id),
                    amounts: amounts(&one),
                    closes: closes(&one),
                    state: if one.succeeded {
                        format!("{state}, succeeded")
                    } else {
                        state.to_owned()
                    },
                    kind: kind.to_owned(),
                    name: one.name,
                    funder: one.funder,
                }
            })
            .collect(),
        downloads: vec![Link::new(
            "These programmes (CSV)",
            narrowed("/programmes/programmes.csv", &narrow.pairs()),
        )],
        pager: pager_after("/programmes", &narrow.pairs(), after, found.next),
    })
}

#[derive(Template)]
#[template(path = "pages/programme.html")]
struct ProgrammePage {
    page: PageFrame,
    crumbs: Vec<Link>,
    funder: String,
    name: String,
    sentence: String,
    state: String,
    kind: String,
    steps: Vec<Link>,
    priorities: Vec<String>,
    facts: Vec<Fact>,
    notes: Vec<String>,
    before: Vec<Link>,
    after: Vec<Link>,
    awards: Vec<Under>,
    applications: Vec<Asked>,
    events: Vec<history::Event>,
    beside: Option<Link>,
    history_href: String,
}

struct Under {
    name: String,
    href: String,
    window: String,
    amount: String,
}

struct Asked {
    name: String,
    href: String,
    amount: String,
    state: String,
    kind: String,
}

/// A text's paragraphs.
pub fn paragraphs(text: &str) -> Vec<String> {
    text.split('\n')
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn sentence(seen: &ProgrammeView) -> String {
    let summary = &seen.summary;
    let closes = summary.closes_in_words.clone();
    match (summary.standing, closes) {
        (Standing::Closed, Some(closes)) => format!("It took applications until {closes}."),
        (Standing::ToOpen, closes) => format!(
            "It opens on {}{}.",
            summary.opens.map_or_else(String::new, Moment::in_words),
            closes.map_or_else(String::new, |closes| format!(" and closes on {closes}"))
        ),
        (_, Some(closes)) => format!(
            "It takes applications until {closes}, {}.",
            summary.when_in_words.clone().unwrap_or_default()
        ),
        (_, None) => "It takes applications at any time.".to_owned(),
    }
}

async fn one(house: House, path: web::Path<ProgrammeId>) -> Result<HttpResponse, Fault> {
    let id = path.into_inner();
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let may = |operation| house.ctx.require(operation).is_ok();
    let mut steps = Vec::new();
    if may(Operation::BeginApplication) && seen.summary.standing != Standing::Closed {
        steps.push(Link::new(
            "Begin an application",
            format!("/applications/new?programme={id}"),
        ));
    }
    if may(Operation::ChangeProgramme) {
        steps.push(Link::new("Change it", format!("/programmes/{id}/change")));
        steps.push(Link::new(
            "Record its successor",
            format!(
                "/programmes/new?funder={}&after={id}",
                seen.summary.funder_id
            ),
        ));
    }
    let has_history = may(Operation::ReadHistory);
    let events = if has_history {
        history::latest(&house, "programme", id.into()).await?
    } else {
        Vec::new()
    };
    let to_it = ApplicationFilter {
        programme_id: Some(id),
        ..ApplicationFilter::default()
    };
    let applications = list_applications(&house.db, &house.ctx, to_it, None, 100)
        .await?
        .items;
    let mut facts = vec![Fact::new("What may be asked for", amounts(&seen.summary))];
    if let Some(opens) = seen.summary.opens {
        facts.push(Fact::new("Opens", opens.in_words()));
    }
    facts.push(Fact::new("Closes", closes(&seen.summary)));
    if !seen.stages.is_empty() {
        let stages: Vec<&str> = seen
            .stages
            .iter()
            .map(|stage| stage_in_words(*stage))
            .collect();
        facts.push(Fact::new("Its stages", capital(&stages.join(", then "))));
    }
    if !seen.link.is_empty() {
        facts.push(Fact {
            href: seen.link.clone(),
            ..Fact::new("The funder’s page", seen.link.clone())
        });
    }
    let link = |one: &view::Related| Link::new(one.name.clone(), format!("/programmes/{}", one.id));
    let (state, kind) = standing_in_words(seen.summary.standing);
    page(&ProgrammePage {
        page: PageFrame::of(&house, &seen.summary.name).await?,
        crumbs: vec![Link::new("Programmes", "/programmes")],
        funder: seen.summary.funder.clone(),
        name: seen.summary.name.clone(),
        sentence: sentence(&seen),
        state: state.to_owned(),
        kind: kind.to_owned(),
        steps,
        priorities: paragraphs(&seen.priorities),
        facts,
        notes: paragraphs(&seen.notes),
        before: seen.predecessors.iter().map(link).collect(),
        after: seen.successors.iter().map(link).collect(),
        awards: seen
            .awards
            .iter()
            .map(|award| Under {
                name: award.title.clone(),
                href: format!("/awards/{}", award.id),
                window: format!(
                    "{} to {}",
                    words::day(award.starts_on),
                    words::day(award.ends_on)
                ),
                amount: award.amount_pence.in_full(),
            })
            .collect(),
        applications: applications
            .into_iter()
            .map(|one| {
                let (state, kind) = state_in_words(one.state);
                Asked {
                    href: format!("/applications/{}", one.id),
                    name: one.title,
                    amount: one.asked_pence.in_full(),
                    state: state.to_owned(),
                    kind: kind.to_owned(),
                }
            })
            .collect(),
        events,
        beside: crate::pages::beside::link(
            &house,
            domain::beside::rules::RecordKind::Programme,
            id,
        )
        .await?,
        history_href: if has_history {
            format!("/history/programme/{id}")
        } else {
            String::new()
        },
    })
}

/// Programmes to choose from, or none of them.
pub async fn choices(house: &House, none: &str) -> Result<Vec<FormChoice>, Fault> {
    let all = view::list(&house.db, &house.ctx, &Filter::default(), None, 1000).await?;
    let mut all: Vec<(String, ProgrammeId)> = all
        .items
        .into_iter()
        .map(|one| (format!("{}: {}", one.funder, one.name), one.id))
        .collect();
    all.sort();
    Ok(std::iter::once(FormChoice::new("", none))
        .chain(all.into_iter().map(|(text, id)| FormChoice::new(id, text)))
        .collect())
}

async fn form(house: &House, changed: Option<&ProgrammeView>) -> Result<Form, Fault> {
    let others: Vec<FormChoice> = choices(house, "")
        .await?
        .into_iter()
        .skip(1)
        .filter(|one| changed.is_none_or(|seen| one.value != seen.summary.id.to_string()))
        .collect();
    let mut fields = vec![
        Field::text("name", "What the funder calls it")
            .hint("With its year, where each year has its own"),
    ];
    if changed.is_none() {
        fields.push(
            Field::select("funder_id", "Funder", bodies(house).await?)
                .hint("Missing? Add the organisation first, under Awards."),
        );
    }
    fields.extend([
        Field::area(
            "priorities",
            "What does the funder want to pay for? (optional)",
        ),
        Field::money(
            "smallest_pence",
            "The least that may be asked for (optional)",
        ),
        Field::money("largest_pence", "The most that may be asked for (optional)"),
        Field::date("opens", "Opens on (optional)"),
        Field::text("opens_time", "At what time? (optional)").width("w10"),
        Field::date("closes", "Closes on (optional)"),
        Field::text("closes_time", "At what time? (optional)")
            .hint("Such as 12:00 or 5pm. Without one, the whole day counts.")
            .width("w10"),
        Field::checkboxes(
            "stages",
            "Which stages do its applications go through?",
            StageKind::all()
                .map(|stage| FormChoice::new(stage.slug(), capital(stage_in_words(stage))))
                .collect(),
        )
        .hint("Choose those that the funder has; none if that is not known."),
        Field::text("link", "The funder’s page about it (optional)"),
        Field::area("notes", "What else do we know of it? (optional)"),
    ]);
    if !others.is_empty() {
        fields.push(
            Field::checkboxes(
                "predecessor_ids",
                "Which programmes did it take the place of?",
                others,
            )
            .hint("Several, where they were merged."),
        );
    }
    let (back, action, heading, button) = match changed {
        Some(seen) => (
            Link::new(
                seen.summary.name.clone(),
                format!("/programmes/{}", seen.summary.id),
            ),
            format!("/programmes/{}/change", seen.summary.id),
            "Change the programme",
            "Save the programme",
        ),
        None => (
            Link::new("Programmes", "/programmes"),
            "/programmes".to_owned(),
            "Record a programme",
            "Record this programme",
        ),
    };
    Ok(Form {
        back,
        heading: heading.to_owned(),
        lead: "A funder’s scheme: what it pays for, how much, and until when it can be asked."
            .to_owned(),
        action,
        hidden: changed
            .map(|seen| {
                vec![
                    ("version".to_owned(), seen.summary.version.to_string()),
                    ("funder_id".to_owned(), seen.summary.funder_id.to_string()),
                ]
            })
            .unwrap_or_default(),
        fields,
        button: button.to_owned(),
        grave: false,
    })
}

fn read(fields: &Fields, wrong: &mut Wrong) -> Option<ProgrammeTerms> {
    if fields.some("name").is_none() {
        wrong.add("name", "Enter what the funder calls it.");
    }
    let funder = wrong.chosen(fields, "funder_id", id);
    let smallest = wrong.some_money(fields, "smallest_pence");
    let largest = wrong.some_money(fields, "largest_pence");
    let opens = wrong.some_moment(fields, "opens");
    let closes = wrong.some_moment(fields, "closes");
    if !wrong.is_empty() {
        return None;
    }
    Some(ProgrammeTerms {
        funder_id: funder?,
        name: fields.text("name"),
        priorities: fields.text("priorities"),
        smallest_pence: smallest,
        largest_pence: largest,
        opens,
        closes,
        predecessor_ids: fields.all("predecessor_ids").filter_map(id).collect(),
        stages: fields
            .all("stages")
            .filter_map(StageKind::from_slug)
            .collect(),
        link: fields.text("link"),
        notes: fields.text("notes"),
    })
}

#[derive(Deserialize)]
struct From {
    funder: Option<String>,
    after: Option<ProgrammeId>,
}

async fn new(house: House, from: web::Query<From>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateProgramme)?;
    let mut typed = Fields::default();
    if let Some(funder) = &from.funder {
        typed = typed.with("funder_id", funder.as_str());
    }
    if let Some(after) = from.after {
        typed = of(&view::one(&house.db, &house.ctx, after).await?, typed, true)
            .with("predecessor_ids", after.to_string());
    }
    show(&house, form(&house, None).await?, &typed, &Wrong::default()).await
}

async fn create(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateProgramme)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(new) = read(&fields, &mut wrong) {
        match ops::create(&house.db, &house.ctx, &new).await {
            Ok(id) => return Ok(see_other(&format!("/programmes/{id}"))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, form(&house, None).await?, &fields, &wrong).await
}

/// A date as it stands in a field.
pub fn typed_date(on: chrono::NaiveDate) -> String {
    on.format("%d/%m/%Y").to_string()
}

/// A moment's two fields.
pub fn with_moment(typed: Fields, name: &str, moment: Option<Moment>) -> Fields {
    let Some(moment) = moment else {
        return typed;
    };
    let typed = typed.with(name, typed_date(moment.on));
    match moment.at {
        Some(at) => typed.with(&format!("{name}_time"), at.format("%H:%M").to_string()),
        None => typed,
    }
}

/// What a form begins with: a programme as it stands, or what its successor keeps of it.
fn of(seen: &ProgrammeView, typed: Fields, successor: bool) -> Fields {
    let money = |amount: Option<Money>| amount.map_or_else(String::new, Money::as_typed);
    let mut typed = typed
        .with("name", seen.summary.name.clone())
        .with("priorities", seen.priorities.clone())
        .with("smallest_pence", money(seen.summary.smallest_pence))
        .with("largest_pence", money(seen.summary.largest_pence))
        .with("link", seen.link.clone());
    for stage in &seen.stages {
        typed = typed.with("stages", stage.slug());
    }
    if successor {
        return typed;
    }
    typed = with_moment(typed, "opens", seen.summary.opens);
    typed = with_moment(typed, "closes", seen.summary.closes);
    for before in &seen.predecessors {
        typed = typed.with("predecessor_ids", before.id.to_string());
    }
    typed.with("notes", seen.notes.clone())
}

async fn ask_change(house: House, path: web::Path<ProgrammeId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeProgramme)?;
    let seen = view::one(&house.db, &house.ctx, *path).await?;
    let typed = of(&seen, Fields::default(), false);
    show(
        &house,
        form(&house, Some(&seen)).await?,
        &typed,
        &Wrong::default(),
    )
    .await
}

async fn change(
    house: House,
    path: web::Path<ProgrammeId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeProgramme)?;
    let seen = view::one(&house.db, &house.ctx, *path).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(new) = read(&fields, &mut wrong) {
        let expected = fields.version();
        match ops::change(&house.db, &house.ctx, *path, &new, expected).await {
            Ok(_) => return Ok(see_other(&format!("/programmes/{}", *path))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, form(&house, Some(&seen)).await?, &fields, &wrong).await
}
