//! The start from nothing: what a new house still needs, one step after the other.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::calendar::rules::months_in_words;
use domain::start::rules::Standing;
use domain::start::{samples, view};

use super::frame::PageFrame;
use super::page;
use super::shapes::Fact;
use crate::http::{Fault, House};
use crate::json::start::sample;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/start").route(web::get().to(show)))
        .service(web::resource("/start/samples/{name}").route(web::get().to(file)));
}

#[derive(Template)]
#[template(path = "pages/start.html")]
struct StartPage {
    page: PageFrame,
    sentence: String,
    finished: bool,
    done: usize,
    of: usize,
    next: Option<Next>,
    steps: Vec<Step>,
    samples: Vec<Sample>,
}

/// The step to take now, with what helps.
struct Next {
    title: String,
    why: String,
    who: String,
    href: String,
    minutes: String,
}

struct Step {
    title: String,
    href: String,
    state: String,
    kind: String,
    hint: String,
}

struct Sample {
    name: String,
    href: String,
    what: String,
    facts: Vec<Fact>,
}

fn minutes(minutes: u32) -> String {
    match minutes {
        1 => "about a minute".to_owned(),
        many => format!("about {many} minutes"),
    }
}

fn step(step: &view::StepView) -> Step {
    let (state, kind) = match step.standing {
        Standing::Done => ("Done", "done"),
        Standing::Ready if step.next => ("Next", "doing"),
        Standing::Ready => ("To do", "todo"),
        Standing::Optional => ("If needed", "todo"),
        Standing::Later => ("Later", "off"),
    };
    let hint = match step.standing {
        Standing::Done => String::new(),
        Standing::Later => format!("First: {}.", step.waits_for.join("; ")),
        _ if step.mine => format!("{} It takes {}.", step.why, minutes(step.minutes.into())),
        _ => format!("{} This is for {}.", step.why, step.who),
    };
    let reachable = step.mine && step.standing != Standing::Later;
    Step {
        title: step.title.clone(),
        href: if reachable {
            step.path.clone()
        } else {
            String::new()
        },
        state: state.to_owned(),
        kind: kind.to_owned(),
        hint,
    }
}

fn sample_of(found: samples::Sample) -> Sample {
    let mut facts = Vec::new();
    if let (Some(from), Some(to)) = (found.period_from, found.period_to) {
        facts.push(Fact::new("Period", months_in_words(from, to)));
    }
    if let Some(total) = found.total_pence {
        facts.push(Fact::new("Control total", total.in_full()));
    }
    Sample {
        href: format!("/start/samples/{}", found.name),
        name: found.name,
        what: found.what,
        facts,
    }
}

async fn show(house: House) -> Result<HttpResponse, Fault> {
    let found = view::start(&house.db, &house.ctx).await?;
    let samples = samples::list(&house.db, &house.ctx).await?;
    let next = found.next();
    let sentence = match (found.finished, next) {
        (true, _) => "The first return is drafted: the start is behind you.".to_owned(),
        (false, None) => {
            "All that a first draft needs is recorded. It is drafted within a minute, \
                          if its period has ended."
                .to_owned()
        }
        (false, Some(_)) => format!(
            "{} of {} steps are done. What is left takes {}.",
            found.done,
            found.of,
            minutes(found.minutes_left)
        ),
    };
    let next = next.map(|step| Next {
        title: step.title.clone(),
        why: step.why.clone(),
        who: if step.mine {
            String::new()
        } else {
            format!("This is for {}.", step.who)
        },
        href: if step.mine {
            step.path.clone()
        } else {
            String::new()
        },
        minutes: minutes(step.minutes.into()),
    });
    page(&StartPage {
        page: PageFrame::of(&house, "Start").await?,
        sentence,
        finished: found.finished,
        done: found.done,
        of: found.of,
        next,
        steps: found.steps.iter().map(step).collect(),
        samples: samples.into_iter().map(sample_of).collect(),
    })
}

async fn file(house: House, name: web::Path<String>) -> Result<HttpResponse, Fault> {
    sample(&house, &name).await
}
