//! Operations: is everything that should have happened done?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::checks::{self, Report};
use domain::jobs::{self, schedule, view};
use domain::{health, mail};
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
    found: Vec<FoundWrong>,
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

/// What stands on the page, read once.
struct State {
    queue: view::QueueView,
    readiness: health::Readiness,
    undrafted: Vec<Undrafted>,
    schedules: Vec<schedule::ScheduleView>,
    last_check: Option<Report>,
    not_delivered: u64,
    sends_mail: bool,
}

impl State {
    async fn of(house: &House) -> Result<Self, Fault> {
        let (db, ctx) = (&house.db, &house.ctx);
        let queue = view::queue(db, ctx).await?;
        Ok(Self {
            readiness: health::readiness(db, &ctx.clock, house.config.disk_reserve).await,
            undrafted: domain::returns::view::drafting_problems(db, ctx)
                .await?
                .into_iter()
                .map(Undrafted::from)
                .collect(),
            schedules: schedule::all(ctx.now(), &queue.last_ticks)?,
            last_check: checks::last(db, ctx).await?,
            not_delivered: mail::view::not_delivered(db, ctx).await?,
            sends_mail: house.config.sends_mail,
            queue,
        })
    }

    /// Is everything that should have happened done? What is not, in the order in which it matters.
    fn sentence(&self) -> String {
        let mut said = Vec::new();
        let wrong = self
            .last_check
            .as_ref()
            .map_or(0, |found| found.findings.len());
        if wrong > 0 {
            said.push(format!(
                "The check of the whole database found {} wrong.",
                words::count(wrong, "thing that is", "things that are")
            ));
        }
        if !self.undrafted.is_empty() {
            said.push(format!(
                "{} cannot be drafted.",
                words::count(
                    self.undrafted.len(),
                    "return that is due",
                    "returns that are due"
                )
            ));
        }
        if !self.sends_mail {
            said.push(
                "Nobody is being reminded: no mail server is set, and every mail is kept here."
                    .to_owned(),
            );
        }
        if self.not_delivered > 0 {
            said.push(format!(
                "{} of the last seven days did not arrive, as far as is known.",
                words::count(
                    usize::try_from(self.not_delivered).unwrap_or(usize::MAX),
                    "mail",
                    "mails"
                )
            ));
        }
        let over = self.schedules.iter().filter(|one| one.passed_over).count();
        if over > 0 {
            said.push(format!(
                "{} by itself did not: is a worker running?",
                words::count(
                    over,
                    "thing that should have happened",
                    "things that should have happened"
                )
            ));
        }
        // an overdue queue is told by the queue's own sentence
        said.extend(
            self.readiness
                .troubles
                .iter()
                .filter(|_| self.queue.overdue == 0)
                .cloned(),
        );
        let (gave_up, late) = (self.queue.dead.len(), self.queue.overdue);
        match (gave_up, late) {
            (0, 0) if said.is_empty() => {
                said.push("Everything that should have happened by now is done.".to_owned());
            }
            (0, 0) => {}
            (0, late) => said.push(format!("{} should have begun by now.", pieces(late))),
            (_, 0) if said.is_empty() => said.push(format!(
                "Everything that should have happened by now is done, but for {} that gave up.",
                pieces(many(gave_up))
            )),
            (_, 0) => said.push(format!("{} gave up.", pieces(many(gave_up)))),
            (_, late) => said.push(format!(
                "{} gave up, and {} should have begun by now.",
                pieces(many(gave_up)),
                pieces(late)
            )),
        }
        said.join(" ")
    }

    fn schedules(&self) -> Vec<Schedule> {
        let wrong = self
            .last_check
            .as_ref()
            .is_some_and(|found| !found.findings.is_empty());
        self.schedules
            .iter()
            .map(|shown| {
                let last = self
                    .queue
                    .last_runs
                    .iter()
                    .find(|run| run.kind == shown.kind);
                let (state, kind) = match last {
                    _ if shown.passed_over => ("Should have happened again", "late"),
                    None => ("Waits for its first time", "waiting"),
                    Some(_) if shown.kind == JobKind::CheckAll && wrong => {
                        ("Found something wrong", "late")
                    }
                    Some(_) => ("Done", "done"),
                };
                Schedule {
                    sentence: shown.sentence.clone(),
                    last: last.map_or_else(
                        || "Not yet".to_owned(),
                        |run| words::instant(&run.finished_at),
                    ),
                    next: shown
                        .next_at
                        .map_or_else(String::new, |at| words::instant(&at)),
                    state: state.to_owned(),
                    kind: kind.to_owned(),
                }
            })
            .collect()
    }

    fn health(&self, house: &House) -> Vec<Check> {
        let mut health: Vec<Check> = mail_check(house).into_iter().collect();
        if self.readiness.ready {
            health.push(Check::well("Database, disk, queue and audit log"));
        }
        health.extend(self.readiness.troubles.iter().map(|trouble| Check {
            name: trouble.clone(),
            href: String::new(),
            state: "Needs somebody".to_owned(),
            kind: "late".to_owned(),
            detail: String::new(),
        }));
        if self.not_delivered > 0 {
            health.push(Check {
                name: "Mail that did not arrive".to_owned(),
                href: outbox(house),
                state: "Needs somebody".to_owned(),
                kind: "late".to_owned(),
                detail: "Whoever was to read it was told nothing: look at the address, and tell them otherwise."
                    .to_owned(),
            });
        }
        health.push(match &self.last_check {
            None => Check {
                name: "The check of the whole database".to_owned(),
                href: String::new(),
                state: "Not yet".to_owned(),
                kind: "waiting".to_owned(),
                detail: "It runs every night.".to_owned(),
            },
            Some(report) => {
                let looked = format!("{} rules, on {}", report.checks, words::instant(&report.at));
                match report.findings.len() {
                    0 => Check {
                        detail: looked,
                        ..Check::well("The check of the whole database")
                    },
                    n => Check {
                        name: "The check of the whole database".to_owned(),
                        href: "#found".to_owned(),
                        state: words::count(n, "thing is wrong", "things are wrong"),
                        kind: "late".to_owned(),
                        detail: looked,
                    },
                }
            }
        });
        health
    }
}

impl Check {
    fn well(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            href: String::new(),
            state: "All well".to_owned(),
            kind: "done".to_owned(),
            detail: String::new(),
        }
    }
}

/// Something that the check of the whole database found.
struct FoundWrong {
    what: String,
    rule: String,
}

async fn operations(house: House) -> Result<HttpResponse, Fault> {
    let state = State::of(&house).await?;
    page(&OperationsPage {
        page: PageFrame::of(&house, "Operations").await?,
        sentence: state.sentence(),
        found: state
            .last_check
            .iter()
            .flat_map(|report| &report.findings)
            .map(|finding| FoundWrong {
                what: finding.message.clone(),
                rule: finding.rule.clone(),
            })
            .collect(),
        schedules: state.schedules(),
        health: state.health(&house),
        undrafted: state.undrafted,
        dead: state
            .queue
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
        queue: state
            .queue
            .by_kind
            .into_iter()
            .map(|row| QueueRow {
                what: what(row.kind).to_owned(),
                waiting: row.ready.to_string(),
                running: row.running.to_string(),
                oldest: row
                    .oldest_at
                    .as_ref()
                    .map(words::instant)
                    .unwrap_or_default(),
            })
            .collect(),
        as_of: format!("As of {}.", words::instant(&house.ctx.now())),
    })
}

/// The outbox, for whoever may open it.
fn outbox(house: &House) -> String {
    if house.ctx.actor.holds(Role::Administrator) {
        "/outbox".to_owned()
    } else {
        String::new()
    }
}

fn many(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Without a mail server nobody is told of anything.
fn mail_check(house: &House) -> Option<Check> {
    (!house.config.sends_mail).then(|| Check {
        name: "No mail server is set".to_owned(),
        href: outbox(house),
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
