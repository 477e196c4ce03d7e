//! Operations: is everything that should have happened done?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::health;
use domain::jobs::{self, schedule, view};
use entity::{JobId, JobKind, Role};

use super::shapes::Undrafted;
use super::{PageFrame, page, see_other, words};
use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/operations").route(web::get().to(operations)))
        .service(web::resource("/operations/jobs/{id}/retry").route(web::post().to(retry)));
}

#[derive(Template)]
#[template(path = "pages/operations.html")]
struct OperationsPage {
    page: PageFrame,
    sentence: String,
    dead: Vec<DeadJob>,
    undrafted: Vec<Undrafted>,
    queue: Vec<QueueRow>,
    schedules: Vec<Schedule>,
    health: Vec<Check>,
    as_of: String,
}

struct DeadJob {
    what: String,
    why: String,
    remedy: String,
    when: String,
    attempts: String,
    retry_action: String,
}

struct QueueRow {
    what: String,
    waiting: String,
    running: String,
    oldest: String,
}

struct Schedule {
    sentence: String,
    last: String,
    next: String,
    state: String,
    kind: String,
}

struct Check {
    name: String,
    href: String,
    state: String,
    kind: String,
    detail: String,
}

/// What a job does, for people.
const fn what(kind: JobKind) -> &'static str {
    match kind {
        JobKind::DraftReturns => "Drafting returns",
        JobKind::SendReminders => "Writing reminders",
        JobKind::DeliverMail => "Handing mail to the mail server",
        JobKind::ReadImport => "Reading a file of spend",
        JobKind::ReadGrants => "Reading a file of published grants",
        JobKind::AttributeSpend => "Attributing spend",
        JobKind::SealAudit => "Sealing the audit log",
        JobKind::TellAuditors => "Mailing the audit log’s head to auditors",
        JobKind::CheckAll => "Checking the whole database",
        JobKind::SweepUp => "Removing what has expired",
        JobKind::LapseOffers => "Letting offers lapse that were not accepted in time",
        JobKind::Probe => "A test of the engine",
    }
}

/// What a person can do about one that gave up.
const fn remedy(kind: JobKind) -> &'static str {
    match kind {
        JobKind::DeliverMail => "Check the mail server’s settings, then let it try again.",
        JobKind::ReadImport | JobKind::ReadGrants => {
            "Look at the import; if the file is whole, let it try again."
        }
        JobKind::DraftReturns
        | JobKind::SendReminders
        | JobKind::AttributeSpend
        | JobKind::SealAudit
        | JobKind::TellAuditors
        | JobKind::CheckAll
        | JobKind::SweepUp
        | JobKind::LapseOffers
        | JobKind::Probe => {
            "Let it try again. If it gives up once more, ask for help with the reason above."
        }
    }
}

async fn operations(house: House) -> Result<HttpResponse, Fault> {
    let queue = view::queue(&house.db, &house.ctx).await?;
    let now = house.ctx.now();
    let readiness = health::readiness(&house.db, &house.ctx.clock, house.config.disk_reserve).await;
    let undrafted: Vec<Undrafted> = domain::returns::view::drafting_problems(&house.db, &house.ctx)
        .await?
        .into_iter()
        .map(Undrafted::from)
        .collect();
    let mut sentence = match (queue.dead.len(), queue.overdue) {
        (0, 0) => "Everything that should have happened by now is done.".to_owned(),
        (0, late) => format!("{} should have begun by now.", pieces(late)),
        (gave_up, 0) => format!(
            "Everything that should have happened by now is done, but for {} that gave up.",
            pieces(u64::try_from(gave_up).unwrap_or(u64::MAX))
        ),
        (gave_up, late) => format!(
            "{} gave up, and {} should have begun by now.",
            pieces(u64::try_from(gave_up).unwrap_or(u64::MAX)),
            pieces(late)
        ),
    };
    if !house.config.sends_mail {
        sentence = format!(
            "Nobody is being reminded: no mail server is set, and every mail is kept here. {sentence}"
        );
    }
    if !undrafted.is_empty() {
        sentence = format!(
            "{} cannot be drafted. {sentence}",
            words::count(
                undrafted.len(),
                "return that is due",
                "returns that are due"
            )
        );
    }
    let schedules = schedule::all(now)?
        .into_iter()
        .map(|shown| {
            let last = queue.last_runs.iter().find(|run| run.kind == shown.kind);
            Schedule {
                sentence: shown.sentence,
                last: last.map_or_else(
                    || "Not yet".to_owned(),
                    |run| words::instant(&run.finished_at),
                ),
                next: shown
                    .next_at
                    .map_or_else(String::new, |at| words::instant(&at)),
                state: if last.is_some() {
                    "Done"
                } else {
                    "Waits for its first time"
                }
                .to_owned(),
                kind: if last.is_some() { "done" } else { "waiting" }.to_owned(),
            }
        })
        .collect();
    page(&OperationsPage {
        page: PageFrame::of(&house, "Operations").await?,
        sentence,
        undrafted,
        dead: queue
            .dead
            .into_iter()
            .map(|job| DeadJob {
                what: what(job.kind).to_owned(),
                why: job.last_error,
                remedy: remedy(job.kind).to_owned(),
                when: job
                    .finished_at
                    .as_ref()
                    .map(words::instant)
                    .unwrap_or_default(),
                attempts: "It was tried as often as it may be".to_owned(),
                retry_action: format!("/operations/jobs/{}/retry", job.id),
            })
            .collect(),
        queue: queue
            .by_kind
            .into_iter()
            .map(|row| QueueRow {
                what: what(row.kind).to_owned(),
                waiting: row.ready.to_string(),
                running: row.running.to_string(),
                oldest: String::new(),
            })
            .collect(),
        schedules,
        health: mail_check(&house)
            .into_iter()
            .chain(if readiness.ready {
                vec![Check {
                    name: "Database, disk, queue and audit log".to_owned(),
                    href: String::new(),
                    state: "All well".to_owned(),
                    kind: "done".to_owned(),
                    detail: String::new(),
                }]
            } else {
                readiness
                    .troubles
                    .into_iter()
                    .map(|trouble| Check {
                        name: trouble,
                        href: String::new(),
                        state: "Needs somebody".to_owned(),
                        kind: "late".to_owned(),
                        detail: String::new(),
                    })
                    .collect()
            })
            .collect(),
        as_of: format!("As of {}.", words::instant(&now)),
    })
}

/// Without a mail server nobody is told of anything.
fn mail_check(house: &House) -> Option<Check> {
    (!house.config.sends_mail).then(|| Check {
        name: "No mail server is set".to_owned(),
        href: if house.ctx.actor.holds(Role::Administrator) {
            "/outbox".to_owned()
        } else {
            String::new()
        },
        state: "Needs somebody".to_owned(),
        kind: "late".to_owned(),
        detail:
            "Reminders, invitations and sign-in links are kept here and reach nobody. Whoever runs \
                 the server sets smtp.host."
                .to_owned(),
    })
}

fn pieces(n: u64) -> String {
    if n == 1 {
        "1 piece of work".to_owned()
    } else {
        format!("{n} pieces of work")
    }
}

async fn retry(
    house: House,
    id: web::Path<JobId>,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    jobs::retry_dead(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(see_other("/operations"))
}
