//! Pools: whose money, for what, how much is free?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::calendar::rules::months_in_words;
use domain::charges::view::Of;
use domain::pools::view::{self, PoolSummary, PoolView};
use domain::{Money, ledger_periods, pins};
use entity::PoolId;
use serde::Deserialize;

use super::awards::{Fact, Sum};
use super::{Link, PageFrame, history, page, see_other, words};
use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};
use crate::json::tables;

mod agree;
pub(super) mod balance;
mod close;
mod form;
mod moves;
pub(super) mod policies;
pub(super) mod runs;
mod statements;

pub(crate) use close::months_to_close;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/pools")
                .route(web::get().to(list))
                .route(web::post().to(form::create)),
        )
        .service(web::resource("/pools/pools.csv").route(web::get().to(download)))
        .service(web::resource("/pools/new").route(web::get().to(form::new)))
        .service(web::resource("/pools/{id}").route(web::get().to(one)))
        .service(web::resource("/pools/{id}/contributions").route(web::post().to(form::contribute)))
        .service(
            web::resource("/pools/{id}/contributions/new")
                .route(web::get().to(form::new_contribution)),
        )
        .service(
            web::resource("/pools/{id}/contributions/{contribution}")
                .route(web::get().to(statements::list)),
        )
        .service(
            web::resource("/pools/{id}/contributions/{contribution}/statements")
                .route(web::post().to(statements::record)),
        )
        .service(
            web::resource("/pools/{id}/contributions/{contribution}/statements/new")
                .route(web::get().to(statements::new)),
        )
        .service(
            web::resource("/pools/{id}/balance")
                .route(web::get().to(balance::list))
                .route(web::post().to(balance::record)),
        )
        .service(web::resource("/pools/{id}/balance/new").route(web::get().to(balance::new)))
        .service(
            web::resource("/pools/{id}/policies")
                .route(web::get().to(policies::list))
                .route(web::post().to(agree::record)),
        )
        .service(
            web::resource("/pools/{id}/runs")
                .route(web::get().to(runs::list))
                .route(web::post().to(runs::choose)),
        )
        .service(web::resource("/pools/{id}/runs.csv").route(web::get().to(runs::download)))
        .service(web::resource("/pools/{id}/runs/choosing").route(web::get().to(runs::ask)))
        .service(web::resource("/pools/{id}/runs/{run}").route(web::get().to(runs::one)))
        .service(
            web::resource("/pools/{id}/runs/{run}/moved-lines.csv")
                .route(web::get().to(runs::moved_lines)),
        )
        .service(
            web::resource("/pools/{id}/runs/{run}/applying").route(web::post().to(runs::apply)),
        )
        .service(
            web::resource("/pools/{id}/runs/{run}/setting-aside")
                .route(web::get().to(runs::ask_set_aside))
                .route(web::post().to(runs::set_aside)),
        )
        .service(web::resource("/pools/{id}/policies/new").route(web::get().to(agree::new)))
        .service(web::resource("/pools/{id}/policies.csv").route(web::get().to(policies::download)))
        .service(web::resource("/pools/{id}/closed-months").route(web::post().to(close)))
        .service(
            web::resource("/pools/{id}/closed-months/{month}/closing")
                .route(web::get().to(ask_close)),
        )
        .service(
            web::resource("/pools/{id}/closed-months/{month}/reopening")
                .route(web::get().to(ask_reopen))
                .route(web::post().to(reopen)),
        );
}

#[derive(Template)]
#[template(path = "pages/pools.html")]
struct PoolsPage {
    page: PageFrame,
    sentence: String,
    may_create: bool,
    rows: Vec<PoolsRow>,
    downloads: Vec<Link>,
}

struct PoolsRow {
    name: String,
    href: String,
    holder: String,
    funders: String,
    agreed: String,
    left: String,
    not_used: String,
    unfunded: String,
}

async fn list(house: House) -> Result<HttpResponse, Fault> {
    let pools = view::by_attention(&house.db, &house.ctx).await?;
    let left = Money::sum(pools.iter().map(|pool| pool.left_pence)).unwrap_or_default();
    let open = pools
        .iter()
        .filter(|pool| pool.unfunded_pence > Money::ZERO)
        .count();
    let sentence = match open {
        0 => format!(
            "{} is left to use in {}. All spend is covered.",
            left.in_words(),
            words::count(pools.len(), "pool", "pools")
        ),
        open => format!(
            "{} is left to use. {} spend that is not covered.",
            left.in_words(),
            words::count(open, "pool has", "pools have")
        ),
    };
    page(&PoolsPage {
        page: PageFrame::of(&house, "Pools").await?,
        sentence,
        may_create: house.ctx.require(Operation::CreatePool).is_ok(),
        rows: pools.into_iter().map(row).collect(),
        downloads: vec![Link::new("These pools (CSV)", "/pools/pools.csv")],
    })
}

/// The list as a file.
async fn download(house: House) -> Result<HttpResponse, Fault> {
    let pools = view::by_attention(&house.db, &house.ctx).await?;
    Ok(tables::pools(pools))
}

fn row(pool: PoolSummary) -> PoolsRow {
    PoolsRow {
        href: format!("/pools/{}", pool.id),
        name: pool.name,
        holder: pool.holder,
        funders: pool.funders.join("; "),
        agreed: pool.agreed_pence.in_full(),
        left: pool.left_pence.in_full(),
        not_used: not_used(pool.not_used_pence),
        unfunded: pool.unfunded_pence.in_full(),
    }
}

#[derive(Template)]
#[template(path = "pages/pool.html")]
struct PoolPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    name: String,
    holder: String,
    sentence: String,
    sums: Vec<Sum>,
    as_of: String,
    rows: Vec<PoolRow>,
    total: Option<PoolRow>,
    by_year: String,
    years: Vec<statements::YearRow>,
    policy: String,
    certified: Vec<(String, Vec<Link>)>,
    pinned: String,
    waiting: Vec<Link>,
    policies_href: String,
    runs: Link,
    sides: Vec<balance::Side>,
    balance_href: String,
    position_href: String,
    grid_href: String,
    charge: String,
    charge_href: String,
    terms: Vec<Fact>,
    add_href: String,
    months: Vec<MonthRow>,
    next_to_close: Option<Link>,
    events: Vec<history::Event>,
    beside: Option<Link>,
    /// Where its name and purpose are corrected; empty for those who may not.
    correct_href: String,
    history_href: String,
}

struct PoolRow {
    name: String,
    href: String,
    place: String,
    agreed: String,
    attributed: String,
    left: String,
    not_used: String,
    ends: String,
    figures_href: String,
}

struct MonthRow {
    name: String,
    figures_href: String,
    spend: String,
    attributed: String,
    unfunded: String,
    state: String,
    kind: String,
    reopen_href: String,
}

/// What was done just before this page was shown.
#[derive(Debug, Deserialize)]
struct Just {
    closed: Option<chrono::NaiveDate>,
    #[serde(default)]
    pools: usize,
    opened: Option<chrono::NaiveDate>,
}

impl Just {
    fn words(&self) -> Option<String> {
        match (self.closed, self.opened) {
            (Some(month), _) if self.pools > 1 => Some(format!(
                "{} is closed in {} pools. Each can be opened again from its own page.",
                words::month(month),
                self.pools
            )),
            (Some(month), _) => Some(format!(
                "{} is closed. You can open it again below.",
                words::month(month)
            )),
            (None, Some(month)) => Some(format!("{} is open again.", words::month(month))),
            (None, None) => None,
        }
    }
}

/// How many lines of a pool are pinned, as a sentence, and the pins that wait with why.
async fn pinned(house: &House, id: PoolId) -> Result<(String, Vec<Link>), Fault> {
    if house.ctx.require(Operation::ReadSpend).is_err() {
        return Ok((String::new(), Vec::new()));
    }
    let pins = pins::view::of_pool(&house.db, &house.ctx, id).await?;
    let sum = Money(pins.iter().map(|pin| pin.amount_pence).sum());
    let told = match pins.len() {
        0 => String::new(),
        1 => format!(
            "1 pin holds {} of spend to its award, before the rule.",
            sum.in_full()
        ),
        many => format!(
            "{many} pins hold {} of spend to their awards, before the rule.",
            sum.in_full()
        ),
    };
    let waiting = pins
        .into_iter()
        .filter_map(|pin| {
            let waits = pin.waits?;
            let supplier = pin.supplier.unwrap_or_else(|| "A line".to_owned());
            Some(Link::new(
                format!("{supplier}, {}: {waits}", Money(pin.amount_pence).in_full()),
                format!("/spend/{}#pins", pin.line_id),
            ))
        })
        .collect();
    Ok((told, waiting))
}

/// By award, the times of its certified returns.
fn certified(pool: &PoolView, may_look: bool) -> Vec<(String, Vec<Link>)> {
    let with = pool
        .contributions
        .iter()
        .filter(|part| !part.certified.is_empty());
    with.map(|part| {
        let times = part.certified.iter().map(|one| {
            let href = match may_look {
                true => format!("/returns/{}", one.return_id),
                false => String::new(),
            };
            Link::new(months_in_words(one.period_from, one.period_to), href)
        });
        (part.award.clone(), times.collect())
    })
    .collect()
}

async fn one(
    house: House,
    id: web::Path<PoolId>,
    just: web::Query<Just>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let pool = view::one(&house.db, &house.ctx, id).await?;
    let may = |operation| house.ctx.require(operation).is_ok();
    let figures = |query: String| {
        if may(Operation::ReadSpend) {
            format!("/spend?pool={id}{query}")
        } else {
            String::new()
        }
    };
    let may_close = may(Operation::ClosePeriod);
    let (pinned, waiting) = pinned(&house, id).await?;
    let months = months(&house, &pool, &figures);
    let summary = &pool.summary;
    let mut frame = PageFrame::of(&house, &summary.name).await?;
    if let Some(notice) = just.words() {
        frame = frame.with_notice("done", notice);
    }
    page(&PoolPage {
        page: frame,
        crumbs: vec![Link::new("Pools", "/pools")],
        sentence: sentence(summary),
        sums: sums(summary, &figures(String::new())),
        as_of: "In the order in which they were put behind it".to_owned(),
        rows: pool
            .contributions
            .iter()
            .map(|part| PoolRow {
                name: format!("{} ({})", part.award, part.funder),
                href: format!("/awards/{}", part.award_id),
                place: policies::pays(&pool, part),
                agreed: part.agreed_pence.in_full(),
                attributed: part.attributed_pence.in_full(),
                left: if part.ends_on < house.ctx.today() {
                    "None: it is over".to_owned()
                } else {
                    part.left_pence.in_full()
                },
                not_used: not_used(part.not_used_pence),
                ends: words::day(part.ends_on),
                figures_href: figures(format!("&award={}", part.award_id)),
            })
            .collect(),
        total: (pool.contributions.len() > 1).then(|| PoolRow {
            name: "Together".to_owned(),
            href: String::new(),
            place: String::new(),
            agreed: summary.agreed_pence.in_full(),
            attributed: summary.attributed_pence.in_full(),
            left: summary.left_pence.in_full(),
            not_used: not_used(summary.not_used_pence),
            ends: String::new(),
            figures_href: String::new(),
        }),
        by_year: statements::sentence(&pool.contributions),
        years: statements::rows(&pool),
        sides: balance::of_page(&house, &pool).await?,
        balance_href: format!("/pools/{id}/balance"),
        position_href: format!("/pools/{id}/position"),
        grid_href: format!("/funding-grid?pool={id}"),
        charge: super::charges::heed(&house, Of::Pool(id))
            .await?
            .unwrap_or_default(),
        charge_href: format!("/pools/{id}/charges"),
        policy: policies::explained(pool.policy).to_owned(),
        certified: certified(&pool, may(Operation::ReadReturns)),
        pinned,
        waiting,
        policies_href: format!("/pools/{id}/policies"),
        runs: runs::link(&house, id).await?,
        terms: vec![
            Fact::new("Purpose", pool.purpose.clone()),
            Fact::new("Held by", summary.holder.clone()),
            Fact::new("How awards pay", policies::name(pool.policy)),
            Fact::new("Agreed by", pool.policy_agreed_by.clone()),
            Fact::new("For spend received from", words::day(pool.policy_from)),
            Fact::new("Named in files as", summary.slug.clone()),
        ],
        add_href: if may(Operation::CreateContribution) {
            format!("/pools/{id}/contributions/new")
        } else {
            String::new()
        },
        next_to_close: may_close
            .then(|| next_to_close(&house, &pool))
            .flatten()
            .map(|month| {
                Link::new(
                    format!("Close {}", words::month(month)),
                    format!("/pools/{id}/closed-months/{month}/closing"),
                )
            }),
        months,
        events: history::latest(&house, "pool", id.into()).await?,
        beside: crate::pages::beside::link(&house, domain::beside::rules::RecordKind::Pool, id)
            .await?,
        history_href: format!("/history/pool/{id}"),
        correct_href: match may(Operation::CorrectPool) {
            true => format!("/pools/{id}/correction"),
            false => String::new(),
        },
        name: summary.name.clone(),
        holder: format!("Held by {}", summary.holder),
    })
}

/// A rule by which awards pay, in a few words.
pub(crate) fn rule(slug: &str) -> Option<&'static str> {
    entity::AttributionPolicy::from_slug(slug).map(policies::name)
}

/// What becomes of an over- or underspend, in a few words.
pub(crate) fn balance_rule(slug: &str) -> Option<&'static str> {
    Some(match entity::BalanceRule::from_slug(slug)? {
        entity::BalanceRule::ProRata => "In proportion, less ring-fenced money",
        entity::BalanceRule::Reserve => "The pool’s reserve",
        entity::BalanceRule::Shares => "By named shares",
    })
}

/// What awards that are over did not use; empty where it is nothing.
fn not_used(amount: Money) -> String {
    if amount == Money::ZERO {
        String::new()
    } else {
        amount.in_full()
    }
}

fn sentence(pool: &PoolSummary) -> String {
    if pool.unfunded_pence > Money::ZERO {
        format!(
            "{} of its spend is not covered yet; {} is left to use.",
            pool.unfunded_pence.in_words(),
            pool.left_pence.in_words()
        )
    } else {
        format!(
            "{} is left to use, and all its spend is covered.",
            pool.left_pence.in_words()
        )
    }
}

fn sums(pool: &PoolSummary, figures_href: &str) -> Vec<Sum> {
    [
        ("Agreed", pool.agreed_pence, ""),
        ("Spent", pool.spend_pence, figures_href),
        ("Attributed", pool.attributed_pence, figures_href),
        ("Not covered", pool.unfunded_pence, figures_href),
        ("Left to use", pool.left_pence, ""),
        ("Not used by its awards’ end", pool.not_used_pence, ""),
    ]
    .into_iter()
    .filter(|(label, amount, _)| !label.starts_with("Not used") || *amount != Money::ZERO)
    .map(|(label, amount, href)| Sum {
        label: label.to_owned(),
        amount: amount.in_full(),
        href: href.to_owned(),
        note: String::new(),
    })
    .collect()
}

/// Newest first: what is still open is what people look for.
fn months(house: &House, pool: &PoolView, figures: &impl Fn(String) -> String) -> Vec<MonthRow> {
    let may_reopen = house.ctx.require(Operation::ReopenPeriod).is_ok();
    pool.months
        .iter()
        .rev()
        .map(|month| MonthRow {
            name: words::month(month.month),
            figures_href: figures(format!("&month={}", month.month.format("%Y-%m"))),
            spend: month.spend_pence.in_full(),
            attributed: month.attributed_pence.in_full(),
            unfunded: month.unfunded_pence.in_full(),
            state: if month.closed { "Closed" } else { "Open" }.to_owned(),
            kind: if month.closed { "done" } else { "doing" }.to_owned(),
            reopen_href: if month.closed && may_reopen {
                format!(
                    "/pools/{}/closed-months/{}/reopening",
                    pool.summary.id, month.month
                )
            } else {
                String::new()
            },
        })
        .collect()
}

/// The month after the last one that was closed (or the first with spend), once it is over.
fn next_to_close(house: &House, pool: &PoolView) -> Option<chrono::NaiveDate> {
    let after = pool.months.iter().rev().find(|month| month.closed);
    let month = match after {
        Some(closed) => closed.month.checked_add_months(chrono::Months::new(1))?,
        None => pool.months.first()?.month,
    };
    // once its awards are over and nothing more was spent, nothing is left to close
    let goes_on = pool.contributions.is_empty()
        || pool.contributions.iter().any(|part| part.ends_on >= month)
        || pool.months.iter().any(|one| one.month >= month);
    (goes_on && ledger_periods::rules::check(month, house.ctx.today()).is_none()).then_some(month)
}

async fn close(
    house: House,
    id: web::Path<PoolId>,
    PageForm(typed): PageForm<Vec<(String, String)>>,
) -> Result<HttpResponse, Fault> {
    close::close(&house, id.into_inner(), &typed).await
}

async fn ask_close(house: House, path: web::Path<ClosedMonth>) -> Result<HttpResponse, Fault> {
    close::ask(&house, path.id, path.month).await
}

#[derive(Debug, Deserialize)]
struct ClosedMonth {
    id: PoolId,
    month: chrono::NaiveDate,
}

async fn ask_reopen(house: House, path: web::Path<ClosedMonth>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ReopenPeriod)?;
    form::ask_reopen(&house, path.id, path.month).await
}

async fn reopen(
    house: House,
    path: web::Path<ClosedMonth>,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    ledger_periods::ops::reopen(&house.db, &house.ctx, path.id, path.month).await?;
    Ok(see_other(&format!(
        "/pools/{}?opened={}#months",
        path.id, path.month
    )))
}
