//! The pipeline: where is each application, whose move is it, and what may come of it?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::{Operation, Sight, sight};
use domain::applications::view::{self, ApplicationFilter, ApplicationSummary};
use domain::programmes::rules::stage_in_words;
use entity::{ApplicationState, StageKind};
use serde::Deserialize;

use super::{percent, state_in_words, year};
use crate::http::{Fault, House};
use crate::json::tables;
use crate::pages::awards::Sum;
use crate::pages::fields::id;
use crate::pages::shapes::Choice;
use crate::pages::today::capital;
use crate::pages::{Link, PageFrame, page, words};

#[derive(Template)]
#[template(path = "pages/applications.html")]
struct PipelinePage {
    page: PageFrame,
    sentence: String,
    may_begin: bool,
    any: bool,
    sums: Vec<Sum>,
    filter_funder: Vec<Choice>,
    filter_pool: Vec<Choice>,
    filter_stage: Vec<Choice>,
    filter_lead: Vec<Choice>,
    groups: Vec<Group>,
    years: Vec<YearRow>,
    over: Vec<Link>,
    downloads: Vec<Link>,
}

/// The applications at one stage.
struct Group {
    heading: String,
    items: Vec<Item>,
}

struct Item {
    title: String,
    href: String,
    whom: String,
    asked: String,
    likely: String,
    likely_note: String,
    funds: String,
    arrives: String,
    next: String,
    late: bool,
    state: String,
    kind: String,
    /// The whole in a sentence, for a small screen.
    sentence: String,
}

struct YearRow {
    year: String,
    asked: String,
    expected: String,
    not_estimated: String,
    confirmed: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Narrow {
    #[serde(default)]
    funder: String,
    #[serde(default)]
    pool: String,
    #[serde(default)]
    stage: String,
    #[serde(default)]
    lead: String,
}

impl Narrow {
    fn filter(&self) -> ApplicationFilter {
        ApplicationFilter {
            funder_id: id(&self.funder),
            pool_id: id(&self.pool),
            stage: StageKind::from_slug(&self.stage),
            lead_id: id(&self.lead),
            ..ApplicationFilter::default()
        }
    }

    fn query(&self) -> String {
        let pairs: Vec<(&str, &str)> = [
            ("funder", self.funder.as_str()),
            ("pool", self.pool.as_str()),
            ("stage", self.stage.as_str()),
            ("lead", self.lead.as_str()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
        match serde_urlencoded::to_string(pairs) {
            Ok(query) if !query.is_empty() => format!("?{query}"),
            _ => String::new(),
        }
    }
}

/// The pipeline as a file, as it is filtered.
pub async fn csv(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    let found = view::pipeline(&house.db, &house.ctx, narrow.filter()).await?;
    Ok(tables::applications(found.applications))
}

pub async fn page_of(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ReadApplications)?;
    if matches!(sight(&house.ctx.actor), Sight::Funders(_)) {
        return funders(&house).await;
    }
    let found = view::pipeline(&house.db, &house.ctx, narrow.filter()).await?;
    let all = view::list(
        &house.db,
        &house.ctx,
        ApplicationFilter::default(),
        None,
        1000,
    )
    .await?
    .items;
    let open = found
        .applications
        .iter()
        .filter(|one| one.state != ApplicationState::Accepted)
        .count();
    let late = found
        .applications
        .iter()
        .filter(|one| one.next.as_ref().is_some_and(|next| next.overdue))
        .count();
    let sentence = match (open, late) {
        (0, _) => "No application is under way.".to_owned(),
        (open, 0) => format!(
            "{} for {}.",
            words::count(open, "application asks", "applications ask"),
            found.sums.asked_pence.in_words()
        ),
        (open, late) => format!(
            "{} for {}; something is overdue for {late} of them.",
            words::count(open, "application asks", "applications ask"),
            found.sums.asked_pence.in_words()
        ),
    };
    let sum = |label: &str, amount: Money, note: &str| Sum {
        label: label.to_owned(),
        amount: amount.in_full(),
        href: String::new(),
        note: note.to_owned(),
    };
    page(&PipelinePage {
        page: PageFrame::of(&house, "Applications").await?,
        sentence,
        may_begin: house.ctx.require(Operation::BeginApplication).is_ok(),
        any: !all.is_empty(),
        sums: vec![
            sum("Asked for", found.sums.asked_pence, "and not yet decided"),
            sum(
                "Expected",
                found.sums.expected_pence,
                "each by how likely it is thought",
            ),
            sum(
                "Not estimated",
                found.sums.not_estimated_pence,
                "asked for, and nobody has said how likely",
            ),
            sum(
                "Confirmed",
                found.sums.confirmed_pence,
                "accepted: in none of the others",
            ),
        ],
        filter_funder: choices(
            "Every funder",
            &narrow.funder,
            all.iter()
                .map(|one| (one.funder.clone(), one.funder_id.to_string())),
        ),
        filter_pool: choices("Every pool", &narrow.pool, pools(&house).await?.into_iter()),
        filter_stage: std::iter::once(Choice::new("", "Every stage", &narrow.stage))
            .chain(StageKind::all().map(|stage| {
                Choice::new(stage.slug(), &capital(stage_in_words(stage)), &narrow.stage)
            }))
            .collect(),
        filter_lead: choices(
            "Everybody",
            &narrow.lead,
            all.iter()
                .filter_map(|one| Some((one.lead.clone()?, one.lead_id?.to_string()))),
        ),
        groups: groups(found.applications),
        years: found
            .years
            .iter()
            .map(|one| YearRow {
                year: capital(&year(one.year_from)),
                asked: one.sums.asked_pence.in_full(),
                expected: one.sums.expected_pence.in_full(),
                not_estimated: one.sums.not_estimated_pence.in_full(),
                confirmed: one.sums.confirmed_pence.in_full(),
            })
            .collect(),
        over: all
            .iter()
            .filter(|one| {
                matches!(
                    one.state,
                    ApplicationState::Rejected
                        | ApplicationState::Withdrawn
                        | ApplicationState::Lapsed
                )
            })
            .take(20)
            .map(|one| {
                Link::new(
                    format!("{}: {}", one.title, one.state_in_words),
                    format!("/applications/{}", one.id),
                )
            })
            .collect(),
        downloads: vec![Link::new(
            "These as a spreadsheet (CSV)",
            format!("/applications/pipeline.csv{}", narrow.query()),
        )],
    })
}

async fn pools(house: &House) -> Result<Vec<(String, String)>, Fault> {
    Ok(domain::pools::view::list(&house.db, &house.ctx, None, 500)
        .await?
        .into_iter()
        .map(|pool| (pool.name, pool.id.to_string()))
        .collect())
}

/// What there is to choose from, by name and each once.
fn choices(
    every: &str,
    chosen: &str,
    found: impl Iterator<Item = (String, String)>,
) -> Vec<Choice> {
    let mut found: Vec<(String, String)> = found.collect();
    found.sort();
    found.dedup();
    std::iter::once(Choice::new("", every, chosen))
        .chain(
            found
                .iter()
                .map(|(name, value)| Choice::new(value, name, chosen)),
        )
        .collect()
}

fn heading(one: &ApplicationSummary) -> String {
    match (one.state, one.stage) {
        (ApplicationState::Accepted, _) => "Confirmed".to_owned(),
        (ApplicationState::Offered, _) => "Offered, to be accepted".to_owned(),
        (_, Some(stage)) => capital(stage_in_words(stage)),
        (_, None) => "No stage is ahead".to_owned(),
    }
}

fn groups(all: Vec<ApplicationSummary>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for one in all {
        let heading = heading(&one);
        let item = item(one);
        match groups.last_mut() {
            Some(last) if last.heading == heading => last.items.push(item),
            _ => groups.push(Group {
                heading,
                items: vec![item],
            }),
        }
    }
    groups
}

fn item(one: ApplicationSummary) -> Item {
    let (state, kind) = state_in_words(one.state);
    let arrives = one
        .starts_on
        .map_or_else(|| "Not said".to_owned(), words::day);
    let amount = one
        .confirmed_pence
        .or(one.offered_pence)
        .unwrap_or(one.asked_pence);
    let (likely, likely_note) = match (one.confirmed_pence, one.likelihood_bp) {
        (Some(_), _) => ("Sure".to_owned(), String::new()),
        (None, None) => ("Not estimated".to_owned(), String::new()),
        (None, Some(bp)) => (
            format!(
                "{}: {}",
                percent(bp),
                one.expected_pence.unwrap_or_default().in_full()
            ),
            match (&one.likelihood_by, &one.likelihood_at) {
                (Some(by), Some(at)) => {
                    let on = at.with_timezone(&chrono_tz::Europe::London).date_naive();
                    format!("{by}, {}", words::day(on))
                }
                _ => String::new(),
            },
        ),
    };
    let next = one.next.as_ref().map_or_else(String::new, |next| {
        let what = next
            .title
            .strip_prefix(&format!("{}: ", one.title))
            .unwrap_or(&next.title);
        format!("{}: {}", capital(what), next.when_in_words)
    });
    let verb = match one.state {
        ApplicationState::Accepted => "gives",
        ApplicationState::Offered => "offers",
        _ => "is asked for",
    };
    let mut sentence = format!("{} {verb} {}", one.funder, amount.in_words());
    sentence.push_str(match (one.confirmed_pence, one.likelihood_bp) {
        (Some(_), _) => "; it is sure",
        (None, None) => "; nobody has said how likely it is",
        (None, Some(_)) => "",
    });
    if let (None, Some(bp)) = (one.confirmed_pence, one.likelihood_bp) {
        sentence.push_str(&format!("; it is thought {} likely", percent(bp)));
    }
    if let Some(starts) = one.starts_on {
        sentence.push_str(&format!(", and could arrive from {}", words::day(starts)));
    }
    sentence.push('.');
    if !one.would_fund.is_empty() {
        sentence.push_str(&format!(
            " It would fund: {}",
            one.would_fund.trim_end_matches('.')
        ));
        sentence.push('.');
    }
    Item {
        href: format!("/applications/{}", one.id),
        whom: format!("{}: {}", one.funder, one.programme),
        asked: amount.in_full(),
        likely,
        likely_note,
        funds: one.would_fund,
        arrives,
        next,
        late: one.next.is_some_and(|next| next.overdue),
        state: state.to_owned(),
        kind: kind.to_owned(),
        sentence,
        title: one.title,
    }
}

#[derive(Template)]
#[template(path = "pages/applications_sent.html")]
struct SentPage {
    page: PageFrame,
    sentence: String,
    rows: Vec<SentRow>,
}

struct SentRow {
    title: String,
    href: String,
    programme: String,
    asked: String,
    state: String,
    kind: String,
}

/// What a funder's officer was sent.
async fn funders(house: &House) -> Result<HttpResponse, Fault> {
    let found = view::list(
        &house.db,
        &house.ctx,
        ApplicationFilter::default(),
        None,
        200,
    )
    .await?
    .items;
    page(&SentPage {
        page: PageFrame::of(house, "Applications").await?,
        sentence: match found.len() {
            0 => "You were sent no application.".to_owned(),
            n => format!(
                "You were sent {}, as they stand here.",
                words::count(n, "application", "applications")
            ),
        },
        rows: found
            .into_iter()
            .map(|one| {
                let (state, kind) = match one.state {
                    ApplicationState::Submitted => ("With you", "waiting"),
                    ApplicationState::Offered => ("Offered, not yet accepted", "waiting"),
                    other => state_in_words(other),
                };
                SentRow {
                    href: format!("/applications/{}", one.id),
                    title: one.title,
                    programme: one.programme,
                    asked: one.asked_pence.in_full(),
                    state: state.to_owned(),
                    kind: kind.to_owned(),
                }
            })
            .collect(),
    })
}
