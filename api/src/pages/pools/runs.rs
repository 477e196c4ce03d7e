//! Runs of a pool: what did each change, what would one that waits change, and who decides?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::pools::view::{self as pools, PoolView};
use domain::proposals::ops::{self, NewRunRule, SettingAside};
use domain::proposals::view::{self, MovedLine, RunChange, RunStanding, RunView};
use entity::{AttributionRunId, AwardId, PoolId, RunsTakeEffect as Runs};
use serde::Deserialize;

use super::super::awards::amend::{Pool, pool as effect};
use super::super::awards::form::Typed;
use super::super::fields::{Fields, Wrong};
use super::super::form::{Choice, Field, Form, show};
use super::super::house::Todo;
use super::super::shapes::Pager;
use super::super::today::{ROWS, begins, capital, pager_after};
use super::super::{Link, PageFrame, page, see_other, words};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::runs::{moved_as_csv, runs_as_csv};

#[derive(Template)]
#[template(path = "pages/pool_runs.html")]
struct RunsPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    pool: String,
    sentence: String,
    choose_href: String,
    waits: Option<Link>,
    said: Vec<Said>,
    rows: Vec<Row>,
    downloads: Vec<Link>,
    pager: Option<Pager>,
}

struct Said {
    runs: &'static str,
    agreed: String,
    why: String,
    recorded: String,
}

struct Row {
    name: String,
    href: String,
    cause: String,
    state: &'static str,
    kind: &'static str,
    attributed: String,
    unfunded: String,
}

#[derive(Template)]
#[template(path = "pages/pool_run.html")]
struct RunPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    pool: String,
    heading: String,
    state: &'static str,
    kind: &'static str,
    sentence: String,
    told: Vec<String>,
    effect: Option<Pool>,
    before: &'static str,
    after: &'static str,
    moved: Vec<MovedRow>,
    more: String,
    /// Where it is applied, for whoever may; empty otherwise.
    apply_href: String,
    aside_href: String,
    downloads: Vec<Link>,
    pager: Option<Pager>,
}

struct MovedRow {
    name: String,
    href: String,
    on: String,
    moved: String,
    from: String,
    to: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct From {
    after: Option<String>,
}

/// Which runs take effect by themselves, in a few words.
pub(in crate::pages) const fn name(runs: Runs) -> &'static str {
    match runs {
        Runs::ByThemselves => "All take effect by themselves",
        Runs::UnlessSomethingMoves => "A person applies what moves",
        Runs::WhenApplied => "A person applies each",
    }
}

const fn explained(runs: Runs) -> &'static str {
    match runs {
        Runs::ByThemselves => {
            "When spend arrives, or an award or the rule changes, it is worked out anew which award \
             pays for what, and that takes effect within minutes."
        }
        Runs::UnlessSomethingMoves => {
            "Spend that is new is attributed by itself. Where a run would take something away from an \
             award that pays for it today, it waits until a person has looked at it and applies it."
        }
        Runs::WhenApplied => {
            "Nothing is attributed until a person has looked at what a run would change and applies \
             it. Until then new spend is shown as not covered."
        }
    }
}

const fn tag(standing: RunStanding) -> (&'static str, &'static str) {
    match standing {
        RunStanding::TookEffect => ("Took effect", "done"),
        RunStanding::Waits => ("Waits to be applied", "waiting"),
        RunStanding::SetAside => ("Set aside", "off"),
        RunStanding::Applied => ("Applied, takes effect within minutes", "doing"),
        RunStanding::Overtaken => ("Another took its place", "off"),
    }
}

fn crumbs(pool: &PoolView) -> Vec<Link> {
    vec![
        Link::new("Pools", "/pools"),
        Link::new(
            pool.summary.name.clone(),
            format!("/pools/{}", pool.summary.id),
        ),
    ]
}

fn crumb(id: PoolId) -> Link {
    Link::new("Runs", format!("/pools/{id}/runs"))
}

/// What a pool's page says of its runs: the one that waits, or where they all are.
pub(super) async fn link(house: &House, id: PoolId) -> Result<Link, Fault> {
    let newest = view::runs(&house.db, &house.ctx, id, None, 1).await?;
    let Some(run) = newest.items.first() else {
        return Ok(Link::new(
            "Nothing was attributed in it yet",
            format!("/pools/{id}/runs"),
        ));
    };
    Ok(match (run.standing, &run.proposal) {
        (RunStanding::Waits, Some(asked)) => Link::new(
            format!("{} It waits to be applied.", would_move(asked.taken_pence)),
            format!("/pools/{id}/runs/{}", run.id),
        ),
        _ => Link::new(
            "What each run changed, and which take effect by themselves",
            format!("/pools/{id}/runs"),
        ),
    })
}

fn would_move(taken: Money) -> String {
    match taken {
        Money::ZERO => "A run would attribute spend that is new.".to_owned(),
        taken => format!("A run would move {} between awards.", taken.in_full()),
    }
}

/// What a return about an award says of runs that wait: what they move is not in it.
pub(in crate::pages) async fn heeds(house: &House, award: AwardId) -> Result<Vec<Link>, Fault> {
    Ok(view::of_award(&house.db, &house.ctx, award)
        .await?
        .into_iter()
        .map(|run| {
            let what = match run.taken {
                Money::ZERO => "attribute new spend".to_owned(),
                taken => format!("move {} between awards", taken.in_full()),
            };
            Link::new(
                format!(
                    "A run in {} would {what}, and waits to be applied: it is not in this return",
                    run.pool
                ),
                format!("/pools/{}/runs/{}", run.pool_id, run.id),
            )
        })
        .collect())
}

/// The runs that wait for this reader.
pub(in crate::pages) async fn todos(house: &House) -> Result<Vec<Todo>, Fault> {
    Ok(view::waiting(&house.db, &house.ctx)
        .await?
        .into_iter()
        .map(|run| Todo {
            name: match run.taken {
                Money::ZERO => format!("New spend of {} can be attributed", run.pool),
                taken => format!(
                    "{} would move between awards of {}",
                    taken.in_full(),
                    run.pool
                ),
            },
            href: format!("/pools/{}/runs/{}", run.pool_id, run.id),
            state: "To apply".to_owned(),
            kind: "waiting".to_owned(),
            hint: format!(
                "Because {}. Nothing moves until somebody applies it.",
                run.cause
            ),
        })
        .collect())
}

fn row(run: &RunView) -> Row {
    let (state, kind) = tag(run.standing);
    Row {
        name: words::instant(&run.took_effect_at.unwrap_or(run.worked_out_at)),
        href: format!("/pools/{}/runs/{}", run.pool_id, run.id),
        cause: capital(&run.cause),
        state,
        kind,
        attributed: run.attributed_pence.in_full(),
        unfunded: run.unfunded_pence.in_full(),
    }
}

pub async fn list(
    house: House,
    path: web::Path<PoolId>,
    asked: web::Query<From>,
) -> Result<HttpResponse, Fault> {
    let id = path.into_inner();
    let (db, ctx) = (&house.db, &house.ctx);
    let pool = pools::one(db, ctx, id).await?;
    let after = begins(asked.after.as_deref());
    let found = view::runs(db, ctx, id, after, ROWS).await?;
    let said = view::rules(db, ctx, id).await?;
    let now = said.first().map_or(Runs::ByThemselves, |one| one.runs);
    let waits = found
        .items
        .first()
        .filter(|run| run.standing == RunStanding::Waits)
        .map(|run| {
            let taken = run.proposal.as_ref().map(|asked| asked.taken_pence);
            Link::new(
                would_move(taken.unwrap_or_default()),
                format!("/pools/{id}/runs/{}", run.id),
            )
        });
    page(&RunsPage {
        page: PageFrame::of(&house, "Runs").await?,
        crumbs: crumbs(&pool),
        sentence: format!("{}. {}", name(now), explained(now)),
        choose_href: match ctx.require(Operation::ChooseRuns) {
            Ok(()) => format!("/pools/{id}/runs/choosing"),
            Err(_) => String::new(),
        },
        waits,
        said: said
            .into_iter()
            .map(|one| Said {
                runs: name(one.runs),
                agreed: one.agreed_by,
                why: one.reason,
                recorded: match one.recorded_by {
                    Some(by) => format!("{}, by {by}", words::instant(&one.recorded_at)),
                    None => words::instant(&one.recorded_at),
                },
            })
            .collect(),
        rows: found.items.iter().map(row).collect(),
        downloads: vec![Link::new("All runs (CSV)", format!("/pools/{id}/runs.csv"))],
        pager: pager_after(&format!("/pools/{id}/runs"), &[], after, found.next),
        pool: pool.summary.name,
    })
}

pub async fn download(house: House, path: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    runs_as_csv(&house, path.into_inner()).await
}

pub async fn moved_lines(
    house: House,
    path: web::Path<(PoolId, AttributionRunId)>,
) -> Result<HttpResponse, Fault> {
    moved_as_csv(&house, path.into_inner()).await
}

/// Why it stands as it does, and who said so.
fn told(seen: &RunChange) -> Vec<String> {
    let run = &seen.run;
    let by = |who: &Option<String>| who.clone().unwrap_or_else(|| "somebody".to_owned());
    let mut said = vec![format!(
        "It was worked out {} because {}, over {}.",
        words::instant(&run.worked_out_at),
        run.cause,
        words::count(
            usize::try_from(run.lines).unwrap_or(usize::MAX),
            "line of spend",
            "lines of spend"
        )
    )];
    if let Some(asked) = &run.proposal {
        if let (Some(at), Some(reason)) = (&asked.set_aside_at, &asked.reason) {
            said.push(format!(
                "{} set it aside {}: “{reason}”",
                by(&asked.set_aside_by),
                words::instant(at)
            ));
        }
        if let Some(at) = &asked.applied_at {
            said.push(format!(
                "{} applied it {}.",
                by(&asked.applied_by),
                words::instant(at)
            ));
        }
    }
    match (run.standing, &run.took_effect_at) {
        (RunStanding::TookEffect, Some(at)) => {
            said.push(format!("It took effect {}.", words::instant(at)));
        }
        (RunStanding::Overtaken, _) => said.push(
            "What it rested on changed before it took effect, so another was worked out. What it \
             would have changed is not kept."
                .to_owned(),
        ),
        _ => {}
    }
    said
}

/// What it changes, in a sentence.
fn sentence(seen: &RunChange) -> String {
    let settled = seen.run.standing == RunStanding::TookEffect;
    let lines =
        |many: i64| words::count(usize::try_from(many).unwrap_or(usize::MAX), "line", "lines");
    let moved = match (&seen.effect, settled, seen.lines_moved) {
        (None, ..) => return "It changed nothing.".to_owned(),
        (_, true, 0) => "It took nothing away from an award that paid for it before.".to_owned(),
        (_, false, 0) => "It would take nothing away from an award that pays for it.".to_owned(),
        (_, true, many) => format!("It moved money of {} between awards.", lines(many)),
        (_, false, many) => format!("It would move money of {} between awards.", lines(many)),
    };
    let new = seen.lines_changed.saturating_sub(seen.lines_moved);
    match (new, settled) {
        (0, _) => moved,
        (new, true) => format!("{moved} {} became covered, or more so.", lines(new)),
        (new, false) => format!("{moved} {} would become covered, or more so.", lines(new)),
    }
}

fn moved_row(line: &MovedLine) -> MovedRow {
    let of = |gains: bool| {
        let parts: Vec<String> = line
            .changes
            .iter()
            .filter(|one| (one.change_pence > Money::ZERO) == gains)
            .map(|one| {
                let change = one.change_pence.pence().saturating_abs();
                format!("{} {}", one.award, Money(change).in_full())
            })
            .collect();
        parts.join("; ")
    };
    let (from, to) = match line.changes.is_empty() {
        true => (
            "Within one award".to_owned(),
            "Another part of it".to_owned(),
        ),
        false => (of(false), of(true)),
    };
    let what = [&line.supplier, &line.description]
        .into_iter()
        .flatten()
        .find(|text| !text.is_empty());
    MovedRow {
        name: format!(
            "{}, {}",
            what.map_or("A line", |text| text.as_str()),
            line.amount_pence.in_full()
        ),
        href: format!("/spend/{}", line.line_id),
        on: words::day(line.incurred_on),
        moved: line.moved_pence.in_full(),
        from,
        to: match to.is_empty() {
            true => "Nobody: not covered".to_owned(),
            false => to,
        },
    }
}

pub async fn one(
    house: House,
    path: web::Path<(PoolId, AttributionRunId)>,
    asked: web::Query<From>,
) -> Result<HttpResponse, Fault> {
    let (id, run) = path.into_inner();
    let (db, ctx) = (&house.db, &house.ctx);
    let pool = pools::one(db, ctx, id).await?;
    let seen = view::one(db, ctx, id, run).await?;
    let after = begins(asked.after.as_deref());
    let here = format!("/pools/{id}/runs/{run}");
    let may_look = ctx.require(Operation::ReadSpend).is_ok();
    let (moved, next) = match may_look && seen.lines_moved > 0 {
        true => {
            let found = view::moved(db, ctx, (id, run), after, ROWS).await?;
            (found.items, found.next)
        }
        false => (Vec::new(), None),
    };
    let (state, kind) = tag(seen.run.standing);
    let may = ctx.require(Operation::ApplyRun).is_ok();
    let waits = seen.run.standing == RunStanding::Waits;
    let aside = seen.run.standing == RunStanding::SetAside;
    let settled = seen.run.standing == RunStanding::TookEffect;
    let href = |when: bool, verb: &str| match may && when {
        true => format!("{here}/{verb}"),
        false => String::new(),
    };
    let mut crumbs = crumbs(&pool);
    crumbs.push(crumb(id));
    let heading = match settled {
        true => "What a run changed",
        false => "What a run would change",
    };
    page(&RunPage {
        page: PageFrame::of(&house, heading).await?,
        crumbs,
        pool: pool.summary.name,
        heading: heading.to_owned(),
        state,
        kind,
        sentence: sentence(&seen),
        told: told(&seen),
        effect: seen.effect.as_ref().map(effect),
        before: if settled { "Before" } else { "Now" },
        after: if settled { "After" } else { "Then" },
        more: match (moved.is_empty(), may_look) {
            (true, true) | (_, false) => String::new(),
            (false, true) => match seen.lines_moved {
                1 => "One line".to_owned(),
                many => format!("{many} lines, what moves most first"),
            },
        },
        moved: moved.iter().map(moved_row).collect(),
        apply_href: href(waits || aside, "applying"),
        aside_href: href(waits, "setting-aside"),
        downloads: match may_look && seen.lines_moved > 0 {
            true => vec![Link::new(
                "These lines (CSV)",
                format!("{here}/moved-lines.csv"),
            )],
            false => Vec::new(),
        },
        pager: pager_after(&here, &[], after, next),
    })
}

pub async fn apply(
    house: House,
    path: web::Path<(PoolId, AttributionRunId)>,
    PageForm(_sent): Typed,
) -> Result<HttpResponse, Fault> {
    let (id, run) = path.into_inner();
    ops::apply(&house.db, &house.ctx, id, run).await?;
    Ok(see_other(&format!("/pools/{id}/runs/{run}")))
}

fn aside_form(pool: PoolId, run: AttributionRunId) -> Form {
    let here = format!("/pools/{pool}/runs/{run}");
    Form {
        back: Link::new("What the run would change", here.clone()),
        heading: "Set the run aside".to_owned(),
        lead: "What awards pay stays as it is, and spend that came since stays not covered, until \
               something changes and another run is worked out. You can apply this one after all \
               until then."
            .to_owned(),
        action: format!("{here}/setting-aside"),
        hidden: Vec::new(),
        fields: vec![Field::area("reason", "Why?")],
        button: "Set it aside".to_owned(),
        grave: false,
    }
}

pub async fn ask_set_aside(
    house: House,
    path: web::Path<(PoolId, AttributionRunId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ApplyRun)?;
    let (id, run) = path.into_inner();
    view::one(&house.db, &house.ctx, id, run).await?;
    show(
        &house,
        aside_form(id, run),
        &Fields::default(),
        &Wrong::default(),
    )
    .await
}

pub async fn set_aside(
    house: House,
    path: web::Path<(PoolId, AttributionRunId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ApplyRun)?;
    let (id, run) = path.into_inner();
    let fields = Fields(sent);
    let why = SettingAside {
        reason: fields.text("reason"),
    };
    match ops::set_aside(&house.db, &house.ctx, id, run, &why).await {
        Ok(()) => Ok(see_other(&format!("/pools/{id}/runs/{run}"))),
        Err(error) => {
            let mut wrong = Wrong::default();
            wrong.take(error)?;
            show(&house, aside_form(id, run), &fields, &wrong).await
        }
    }
}

fn choosing(pool: &PoolView) -> Form {
    let id = pool.summary.id;
    let choice = |runs: Runs| {
        let mut choice = Choice::new(runs.slug(), name(runs));
        explained(runs).clone_into(&mut choice.hint);
        choice
    };
    Form {
        back: crumb(id),
        heading: "Which runs take effect by themselves?".to_owned(),
        lead:
            "It applies at once, and until another is recorded. A run that waits and need not any \
               more takes effect within minutes."
                .to_owned(),
        action: format!("/pools/{id}/runs"),
        hidden: vec![("version".to_owned(), pool.summary.version.to_string())],
        fields: vec![
            Field::radios(
                "runs",
                "Which do?",
                vec![
                    choice(Runs::UnlessSomethingMoves),
                    choice(Runs::ByThemselves),
                    choice(Runs::WhenApplied),
                ],
            ),
            Field::text("agreed_by", "Who agreed it, and where is that minuted?")
                .hint("For example: finance committee, 4 November, minute 3"),
            Field::area("reason", "Why?"),
        ],
        button: "Record this".to_owned(),
        grave: false,
    }
}

pub async fn ask(house: House, path: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChooseRuns)?;
    let id = path.into_inner();
    let pool = pools::one(&house.db, &house.ctx, id).await?;
    let now = view::rule(&house.db, &house.ctx, id).await?;
    let typed = Fields::default().with("runs", now.slug());
    show(&house, choosing(&pool), &typed, &Wrong::default()).await
}

pub async fn choose(
    house: House,
    path: web::Path<PoolId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChooseRuns)?;
    let id = path.into_inner();
    let pool = pools::one(&house.db, &house.ctx, id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let runs = wrong.chosen(&fields, "runs", Runs::from_slug);
    wrong.need(
        &fields,
        &[("agreed_by", "Say who agreed it."), ("reason", "Say why.")],
    );
    if let Some(runs) = runs
        && wrong.is_empty()
    {
        let new = NewRunRule {
            runs,
            agreed_by: fields.text("agreed_by"),
            reason: fields.text("reason"),
        };
        match ops::choose(&house.db, &house.ctx, id, fields.version(), &new).await {
            Ok(_) => return Ok(see_other(&format!("/pools/{id}/runs"))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, choosing(&pool), &fields, &wrong).await
}
