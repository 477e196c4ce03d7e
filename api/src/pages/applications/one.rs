//! One application: where it stands, what is to be done, and what it says.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::{Operation, Sight, sight};
use domain::applications::view::{self, ApplicationView, SubmissionView};
use domain::programmes::rules::stage_in_words;
use entity::{ApplicationId, ApplicationState, StageKind};

use super::{crumbs_to, percent, state_in_words, year};
use crate::http::{Fault, House};
use crate::pages::awards::Sum;
use crate::pages::programmes::paragraphs;
use crate::pages::shapes::{Event, Fact, Step};
use crate::pages::today::capital;
use crate::pages::{Link, PageFrame, page, words};

#[derive(Template)]
#[template(path = "pages/application.html")]
struct ApplicationPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    address: String,
    above: String,
    title: String,
    state: String,
    kind: String,
    sentence: String,
    next: Option<Step>,
    steps: Vec<Link>,
    blocking: Vec<String>,
    thoughts: Vec<String>,
    to_send: String,
    sums: Vec<Sum>,
    offer: Vec<Fact>,
    offer_conditions: Vec<String>,
    stages: Vec<Stage>,
    tasks: Vec<Task>,
    sections: Vec<Section>,
    lines: Vec<Line>,
    lines_total: String,
    documents: Vec<Document>,
    decisions: Vec<String>,
    submissions: Vec<Sent>,
    facts: Vec<Fact>,
    said: Vec<Event>,
    events: Vec<Event>,
    beside: Option<Link>,
    history_href: String,
    may_plan: bool,
    may_change: bool,
    may_attach: bool,
}

struct Stage {
    name: String,
    hint: String,
    state: String,
    kind: String,
    done: bool,
    href: String,
}

struct Task {
    name: String,
    hint: String,
    state: String,
    kind: String,
    done: bool,
    href: String,
}

/// The questions of a stage.
struct Section {
    name: String,
    href: String,
    hint: String,
    state: String,
    kind: String,
}

struct Line {
    label: String,
    year: String,
    sort: String,
    amount: String,
}

struct Document {
    title: String,
    href: String,
    note: String,
    removable: bool,
}

struct Sent {
    heading: String,
    facts: Vec<Fact>,
    asked: String,
    answers: Vec<Fact>,
    documents: Vec<Link>,
}

/// How many words, and whether all is answered, of a stage's questions.
fn sections(seen: &ApplicationView) -> Vec<Section> {
    StageKind::all()
        .filter_map(|stage| {
            let asked: Vec<_> = seen
                .questions
                .iter()
                .filter(|one| one.stage == stage)
                .collect();
            if asked.is_empty() {
                return None;
            }
            let answered = asked.iter().filter(|one| one.words > 0).count();
            let long = asked
                .iter()
                .filter(|one| {
                    one.word_limit
                        .and_then(|most| usize::try_from(most).ok())
                        .is_some_and(|most| one.words > most)
                })
                .count();
            let (state, kind) = match (answered, long) {
                (_, long) if long > 0 => ("Too long", "wrong"),
                (0, _) => ("Not begun", "todo"),
                (n, _) if n == asked.len() => ("Answered", "done"),
                _ => ("Under way", "doing"),
            };
            Some(Section {
                name: format!("Questions of the {}", stage_in_words(stage)),
                href: format!("/applications/{}/answers/{}", seen.summary.id, stage.slug()),
                hint: match long {
                    0 => format!("{answered} of {} answered", asked.len()),
                    1 => format!("{answered} of {} answered; one is too long", asked.len()),
                    n => format!("{answered} of {} answered; {n} are too long", asked.len()),
                },
                state: state.to_owned(),
                kind: kind.to_owned(),
            })
        })
        .collect()
}

fn sentence(seen: &ApplicationView, inside: bool) -> String {
    let summary = &seen.summary;
    if !inside {
        return format!("It asks for {}.", summary.asked_pence.in_full());
    }
    let asked = summary.asked_pence.in_words();
    let next = summary.next.as_ref().map_or_else(String::new, |next| {
        let what = next
            .title
            .strip_prefix(&format!("{}: ", summary.title))
            .unwrap_or(&next.title);
        format!(
            " Next: {what}, {} ({}).",
            next.due_in_words, next.when_in_words
        )
    });
    match summary.state {
        ApplicationState::Preparing => format!("It asks for {asked}.{next}"),
        ApplicationState::Submitted => {
            format!("It asks for {asked}, and the funder has it.{next}")
        }
        ApplicationState::Offered => {
            let offered = summary.offered_pence.unwrap_or_default().in_words();
            let by = seen.offer.as_ref().map_or_else(String::new, |offer| {
                format!("{} ({})", offer.accept_by_in_words, offer.when_in_words)
            });
            format!("The funder offers {offered}. It must be accepted by {by}, or it lapses.")
        }
        ApplicationState::Accepted => format!(
            "It is an award of {}.",
            summary.confirmed_pence.unwrap_or_default().in_words()
        ),
        _ => format!("It asked for {asked}; it is {}.", summary.state_in_words),
    }
}

/// The one obvious next step, and the others.
fn steps(house: &House, seen: &ApplicationView) -> (Option<Step>, Vec<Link>) {
    let may = |operation| house.ctx.require(operation).is_ok();
    let id = seen.summary.id;
    let to = |step: &str| format!("/applications/{id}/steps/{step}");
    if let Some(award) = seen.summary.award_id {
        let step = Step {
            verb: "Open the award".to_owned(),
            href: format!("/awards/{award}"),
            is_post: false,
            note: String::new(),
        };
        return (Some(step), Vec::new());
    }
    if !may(Operation::ChangeApplication) {
        return (None, Vec::new());
    }
    let step = |verb: &str, step: &str| Step {
        verb: verb.to_owned(),
        href: to(step),
        is_post: false,
        note: String::new(),
    };
    let link = |text: &str, step: &str| Link::new(text, to(step));
    let outcome = link("Rejected or withdrawn", "outcome");
    match seen.summary.state {
        ApplicationState::Preparing => {
            let blocked = seen.obstacles.iter().any(|one| one.blocks);
            let undecided = seen
                .obstacles
                .iter()
                .any(|one| matches!(one.code, "not-decided" | "decided-otherwise"));
            let budget = Step {
                verb: "Enter the budget".to_owned(),
                href: format!("/applications/{id}/budget"),
                is_post: false,
                note: String::new(),
            };
            let next = if seen.lines.is_empty() {
                budget
            } else if seen.to_send.is_some() && !blocked {
                step("Record that it was sent", "submission")
            } else if undecided {
                step("Record the decision to apply", "decision")
            } else {
                step("Say who does what by when", "plan")
            };
            let mut others = vec![
                link("Change what it is", "terms"),
                link("Stages", "plan"),
                link("How likely?", "estimate"),
                link("Add questions", "questions"),
                link("Decision", "decision"),
            ];
            others.push(outcome);
            others.retain(|one| one.href != next.href);
            (Some(next), others)
        }
        ApplicationState::Submitted => (
            Some(step("Record the funder’s offer", "offer")),
            vec![
                link("Asked for the next stage", "invitation"),
                link("Stages", "plan"),
                link("How likely?", "estimate"),
                link("What the funder said", "feedback"),
                outcome,
            ],
        ),
        ApplicationState::Offered => (
            Some(step("Accept the offer", "acceptance")),
            vec![
                link("Other terms", "offer"),
                link("How likely?", "estimate"),
                link("What the funder said", "feedback"),
                link("Turn it down", "outcome"),
            ],
        ),
        ApplicationState::Lapsed => (
            None,
            vec![
                link("The funder gives more time", "offer"),
                link("What the funder said", "feedback"),
            ],
        ),
        ApplicationState::Rejected | ApplicationState::Withdrawn => {
            let sent = !seen.submissions.is_empty();
            let said = link("What the funder said", "feedback");
            (None, if sent { vec![said] } else { Vec::new() })
        }
        ApplicationState::Accepted => (None, Vec::new()),
    }
}

pub async fn page_of(house: House, path: web::Path<ApplicationId>) -> Result<HttpResponse, Fault> {
    let id = *path;
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let inside = sight(&house.ctx.actor) == Sight::All;
    let may = |operation| inside && house.ctx.require(operation).is_ok();
    let summary = &seen.summary;
    let over = matches!(
        summary.state,
        ApplicationState::Accepted
            | ApplicationState::Rejected
            | ApplicationState::Withdrawn
            | ApplicationState::Lapsed
    );
    let (next, others) = if inside {
        steps(&house, &seen)
    } else {
        (None, Vec::new())
    };
    let (state, kind) = if inside {
        state_in_words(summary.state)
    } else {
        match summary.state {
            ApplicationState::Submitted => ("With you", "waiting"),
            ApplicationState::Offered => ("Offered, not yet accepted", "waiting"),
            other => state_in_words(other),
        }
    };
    let address = format!("/applications/{id}");
    let mut crumbs = crumbs_to(&summary.title, id);
    crumbs.truncate(1);
    let (said, events): (Vec<_>, Vec<_>) = seen
        .events
        .iter()
        .partition(|one| one.kind == entity::ApplicationEventKind::FedBack);
    let event = |one: &&view::EventView| Event {
        what: format!("{}, on {}", one.in_words, words::date(one.happened_on)),
        who: one.by.clone().unwrap_or_else(|| "Tributary".to_owned()),
        when: words::instant(&one.at),
        why: one.reason.clone().unwrap_or_default(),
    };
    page(&ApplicationPage {
        page: PageFrame::of(&house, &summary.title).await?,
        crumbs,
        above: format!("{}: {}", summary.funder, summary.programme),
        title: summary.title.clone(),
        state: state.to_owned(),
        kind: kind.to_owned(),
        sentence: sentence(&seen, inside),
        next,
        steps: others,
        blocking: obstacles(&seen, true),
        thoughts: obstacles(&seen, false),
        to_send: seen
            .to_send
            .map_or_else(String::new, |stage| stage_in_words(stage).to_owned()),
        sums: sums(&seen, inside),
        offer: offer(&seen),
        offer_conditions: seen
            .offer
            .as_ref()
            .map_or_else(Vec::new, |offer| paragraphs(&offer.conditions)),
        stages: stages(&seen, &address),
        tasks: tasks(&seen, &address),
        sections: sections(&seen),
        lines_total: summary.asked_pence.in_full(),
        lines: seen
            .lines
            .iter()
            .map(|line| Line {
                label: line.label.clone(),
                year: capital(&year(line.year_from)),
                sort: if line.capital { "Capital" } else { "Revenue" }.to_owned(),
                amount: line.amount_pence.in_full(),
            })
            .collect(),
        documents: seen
            .documents
            .iter()
            .map(|one| Document {
                title: one.title.clone(),
                href: format!("{address}/documents/{}", one.id),
                note: format!(
                    "{}{}",
                    if one.for_funder {
                        "For the funder"
                    } else {
                        "Ours alone"
                    },
                    one.added_by
                        .as_ref()
                        .map_or_else(String::new, |by| format!("; {by}"))
                ),
                removable: may(Operation::AttachToApplication)
                    && (!one.for_funder || seen.may_change),
            })
            .collect(),
        decisions: seen
            .decisions
            .iter()
            .map(|one| {
                format!(
                    "{} decided on {} {}, for {}: {}.",
                    one.decided_by,
                    words::date(one.decided_on),
                    if one.go { "to apply" } else { "not to apply" },
                    one.asked_pence.in_full(),
                    one.minute.trim_end_matches('.')
                )
            })
            .collect(),
        submissions: seen
            .submissions
            .iter()
            .map(|one| sent(one, &address))
            .collect(),
        facts: facts(&seen, inside),
        said: said.iter().map(event).collect(),
        events: events.iter().take(6).map(event).collect(),
        beside: crate::pages::beside::link(
            &house,
            domain::beside::rules::RecordKind::Application,
            id,
        )
        .await?,
        history_href: if may(Operation::ReadHistory) {
            format!("/history/application/{id}")
        } else {
            String::new()
        },
        may_plan: may(Operation::PlanApplication) && !over,
        may_change: may(Operation::ChangeApplication) && seen.may_change,
        may_attach: may(Operation::AttachToApplication),
        address,
    })
}

fn obstacles(seen: &ApplicationView, blocks: bool) -> Vec<String> {
    seen.obstacles
        .iter()
        .filter(|one| one.blocks == blocks)
        .map(|one| one.detail.clone())
        .collect()
}

fn sums(seen: &ApplicationView, inside: bool) -> Vec<Sum> {
    let summary = &seen.summary;
    let sum = |label: &str, amount: String, note: String| Sum {
        label: label.to_owned(),
        amount,
        href: String::new(),
        note,
    };
    let mut sums = vec![sum(
        "Asked for",
        summary.asked_pence.in_full(),
        String::new(),
    )];
    if !inside {
        return sums;
    }
    if let Some(offered) = summary.offered_pence {
        sums.push(sum("Offered", offered.in_full(), String::new()));
    }
    match (summary.confirmed_pence, summary.likelihood_bp) {
        (Some(sure), _) => sums.push(sum(
            "Confirmed",
            sure.in_full(),
            "it is an award".to_owned(),
        )),
        (None, Some(bp)) => {
            let by = summary.likelihood_by.clone().unwrap_or_default();
            let on = summary.likelihood_at.map_or_else(String::new, |at| {
                words::day(at.with_timezone(&chrono_tz::Europe::London).date_naive())
            });
            sums.push(sum(
                "How likely",
                percent(bp),
                match summary.expected_pence {
                    Some(expected) => {
                        format!("so {} is expected; {by}, {on}", expected.in_full())
                    }
                    None => format!("{by}, {on}"),
                },
            ));
        }
        (None, None) => sums.push(sum(
            "How likely",
            "Not estimated".to_owned(),
            "nobody has said".to_owned(),
        )),
    }
    sums.push(sum(
        "Money could arrive",
        summary
            .starts_on
            .map_or_else(|| "Not said".to_owned(), words::day),
        String::new(),
    ));
    sums
}

fn offer(seen: &ApplicationView) -> Vec<Fact> {
    let Some(offer) = &seen.offer else {
        return Vec::new();
    };
    let mut facts = vec![
        Fact::new("Reference", offer.reference.clone()),
        Fact::new("Offered on", words::date(offer.offered_on)),
        Fact::new(
            "Window",
            format!(
                "{} to {}",
                words::day(offer.starts_on),
                words::day(offer.ends_on)
            ),
        ),
        Fact::new("Accept by", offer.accept_by_in_words.clone()),
    ];
    for one in &offer.years {
        facts.push(Fact::new(
            capital(&year(one.year_from)),
            one.amount_pence.in_full(),
        ));
    }
    facts.push(Fact::new("In all", offer.amount_pence.in_full()));
    facts
}

fn stages(seen: &ApplicationView, address: &str) -> Vec<Stage> {
    seen.stages
        .iter()
        .map(|one| {
            let (state, kind) = match (one.done_at.is_some(), one.overdue, one.ours) {
                (true, _, _) => ("Done", "done"),
                (false, true, _) => ("Overdue", "late"),
                (false, false, true) => ("To do", "todo"),
                (false, false, false) => ("The funder’s", "waiting"),
            };
            let due = match (&one.done_at, &one.due_in_words, &one.when_in_words) {
                (Some(at), _, _) => format!("Done {}", words::instant(at)),
                (None, Some(due), Some(when)) if one.ours => format!("Due {due}, {when}"),
                (None, Some(due), Some(when)) => format!("Expected by {due}, {when}"),
                _ => "No date".to_owned(),
            };
            let who = one
                .who
                .as_ref()
                .map_or_else(String::new, |who| format!("; {who}"));
            Stage {
                name: capital(stage_in_words(one.kind)),
                hint: format!("{due}{who}"),
                state: state.to_owned(),
                kind: kind.to_owned(),
                done: one.done_at.is_some(),
                href: format!("{address}/stages/{}/completion", one.kind.slug()),
            }
        })
        .collect()
}

fn tasks(seen: &ApplicationView, address: &str) -> Vec<Task> {
    seen.tasks
        .iter()
        .map(|one| {
            let (state, kind) = match (one.done_at.is_some(), one.overdue) {
                (true, _) => ("Done", "done"),
                (false, true) => ("Overdue", "late"),
                (false, false) => ("To do", "todo"),
            };
            let mut hint = Vec::new();
            hint.extend(one.due_in_words.as_ref().map(|due| format!("By {due}")));
            hint.extend(one.who.clone());
            Task {
                name: one.title.clone(),
                hint: hint.join("; "),
                state: state.to_owned(),
                kind: kind.to_owned(),
                done: one.done_at.is_some(),
                href: format!("{address}/tasks/{}", one.id),
            }
        })
        .collect()
}

fn sent(one: &SubmissionView, address: &str) -> Sent {
    let mut facts = vec![
        Fact::new("When", words::instant(&one.submitted_at)),
        Fact::new("How", one.how.clone()),
        Fact::new("To whom", one.to_whom.clone()),
        Fact::new("Receipt", one.receipt.clone()),
    ];
    if let Some(file) = one.receipt_file_id {
        facts.push(Fact {
            href: format!("{address}/receipts/{file}"),
            ..Fact::new("The receipt as a file", "Save it")
        });
    }
    facts.push(Fact::new("Fingerprint", one.content_sha256.clone()));
    let asked: Vec<domain::Money> = one
        .sent
        .lines
        .iter()
        .map(|line| domain::Money(line.amount_pence))
        .collect();
    Sent {
        heading: format!(
            "The {}, {}",
            stage_in_words(one.stage),
            words::date(
                one.submitted_at
                    .with_timezone(&chrono_tz::Europe::London)
                    .date_naive()
            )
        ),
        facts,
        asked: domain::Money::sum(asked).unwrap_or_default().in_full(),
        answers: one
            .sent
            .answers
            .iter()
            .filter(|answer| answer.stage <= one.stage)
            .map(|answer| {
                Fact::new(
                    answer.question.clone(),
                    match answer.answer.as_str() {
                        "" => "Not answered",
                        text => text,
                    },
                )
            })
            .collect(),
        documents: one
            .sent
            .documents
            .iter()
            .map(|file| {
                Link::new(
                    file.title.clone(),
                    format!("{address}/documents/{}", file.id),
                )
            })
            .collect(),
    }
}

fn facts(seen: &ApplicationView, inside: bool) -> Vec<Fact> {
    let summary = &seen.summary;
    let mut facts = Vec::new();
    if inside {
        facts.push(Fact {
            href: format!("/programmes/{}", summary.programme_id),
            ..Fact::new("Programme", summary.programme.clone())
        });
    }
    if !summary.would_fund.is_empty() {
        facts.push(Fact {
            href: summary
                .pool_id
                .map_or_else(String::new, |id| format!("/pools/{id}")),
            ..Fact::new("It would fund", summary.would_fund.clone())
        });
    }
    if let (Some(starts), Some(ends)) = (summary.starts_on, summary.ends_on) {
        facts.push(Fact::new(
            "Window",
            format!("{} to {}", words::day(starts), words::day(ends)),
        ));
    }
    if inside {
        let or_not =
            |name: &Option<String>| name.clone().unwrap_or_else(|| "Not settled yet".to_owned());
        facts.push(Fact::new("Lead", or_not(&summary.lead)));
        facts.push(Fact::new(
            "Accountable body",
            or_not(&seen.accountable_body),
        ));
        facts.push(Fact::new("Held by", or_not(&seen.holder)));
    }
    facts
}
