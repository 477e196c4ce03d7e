//! Our money: one page for trustees and committee alike, in sentences.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::our_money::view::{self, OurMoney, PoolMoney};

use super::awards::thousandths;
use super::today::capital;
use super::{PageFrame, page, words};
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource("/our-money").route(web::get().to(page_of)));
}

#[derive(Template)]
#[template(path = "pages/our_money.html")]
struct OurMoneyPage {
    page: PageFrame,
    sentence: String,
    any: bool,
    waits: Vec<Waiting>,
    parts: Vec<Part>,
    lost: Vec<Lost>,
    lost_sentence: String,
    pools: Vec<Pool>,
}

/// Something that waits for the boards.
struct Waiting {
    text: String,
    href: String,
    detail: String,
    mine: bool,
}

/// One thing to know: a heading, the figure, what it means.
struct Part {
    heading: &'static str,
    amount: String,
    href: String,
    says: String,
}

struct Lost {
    amount: String,
    award: String,
    href: String,
    says: String,
}

struct Pool {
    name: String,
    href: String,
    holder: String,
    given: String,
    sentence: String,
    spent: i64,
    promised: i64,
    over: bool,
    figures: Vec<Figure>,
}

struct Figure {
    label: &'static str,
    amount: String,
    href: String,
}

async fn page_of(house: House) -> Result<HttpResponse, Fault> {
    let read = view::read(&house.db, &house.ctx).await?;
    let looks = house.ctx.require(Operation::ReadSpend).is_ok();
    page(&OurMoneyPage {
        page: PageFrame::of(&house, "Our money").await?,
        sentence: sentence(&read),
        any: !read.pools.is_empty(),
        waits: waits(&read),
        parts: parts(&read, looks),
        lost: read
            .may_be_lost
            .iter()
            .map(|one| Lost {
                amount: one.amount_pence.in_full(),
                award: one.award.clone(),
                href: format!("/awards/{}", one.award_id),
                says: format!(
                    "if we do not spend it by {}: then it goes back to {}",
                    words::date(one.by),
                    one.funder
                ),
            })
            .collect(),
        lost_sentence: if read.may_be_lost.is_empty() {
            "Nothing is lost if it is not spent.".to_owned()
        } else {
            format!(
                "{} is lost if we do not spend it in time. What ends first comes first.",
                read.together.may_be_lost_pence.in_words()
            )
        },
        pools: read.pools.iter().map(|one| pool(one, looks)).collect(),
    })
}

fn sentence(read: &OurMoney) -> String {
    let sums = &read.together;
    format!(
        "We were given {}. {} is spent, {} is promised to others, and {} is left to use.",
        or_nothing(sums.given_pence),
        capital(&or_nothing(sums.spent_pence)),
        or_nothing(sums.promised_pence),
        or_nothing(sums.left_pence)
    )
}

/// An amount in a sentence; "nothing" where it is.
fn or_nothing(amount: Money) -> String {
    if amount == Money::ZERO {
        "nothing".to_owned()
    } else {
        amount.in_words()
    }
}

fn waits(read: &OurMoney) -> Vec<Waiting> {
    let papers = read.waits.papers.iter().map(|paper| Waiting {
        text: paper.title.clone(),
        href: format!("/decisions/{}", paper.id),
        detail: format!(
            "{} to decide on by {}",
            paper.amount_pence.in_words(),
            words::date(paper.decide_by_on)
        ),
        mine: paper.waits_for_me,
    });
    let returns = read.waits.returns.iter().map(|one| Waiting {
        text: format!("{}: {}", one.award, one.title),
        href: format!("/returns/{}/agreement", one.id),
        detail: format!(
            "What we tell the funder, to agree to by {}",
            words::date(one.due_on)
        ),
        mine: false,
    });
    papers.chain(returns).collect()
}

/// Where spend is looked at: the lines for those who may, the months of the pool for others.
fn spend_href(pool: Option<&PoolMoney>, looks: bool) -> String {
    match (pool, looks) {
        (Some(pool), true) => format!("/spend?pool={}", pool.id),
        (Some(pool), false) => format!("/pools/{}#months", pool.id),
        (None, true) => "/spend".to_owned(),
        (None, false) => "/pools".to_owned(),
    }
}

fn parts(read: &OurMoney, looks: bool) -> Vec<Part> {
    let sums = &read.together;
    let part = |heading, amount: Money, href: &str, says: String| Part {
        heading,
        amount: amount.in_full(),
        href: href.to_owned(),
        says,
    };
    vec![
        part(
            "What we were given",
            sums.given_pence,
            "/pools",
            format!(
                "Put by our funders behind {}.{}",
                words::count(read.pools.len(), "purpose", "purposes"),
                if sums.not_used_pence > Money::ZERO {
                    format!(
                        " Of it, {} was not used before its award ended.",
                        sums.not_used_pence.in_words()
                    )
                } else {
                    String::new()
                }
            ),
        ),
        part(
            "What we decided",
            sums.decided_pence,
            "/decisions#decided",
            if sums.free_pence > Money::ZERO {
                format!(
                    "Agreed by both boards. {} is still free to decide on.",
                    sums.free_pence.in_words()
                )
            } else {
                "Agreed by both boards. Nothing is free to decide on.".to_owned()
            },
        ),
        part(
            "What we promised",
            sums.promised_pence,
            "/commitments",
            "Agreed with providers and not spent yet.".to_owned(),
        ),
        part(
            "What was spent",
            sums.spent_pence,
            &spend_href(None, looks),
            if sums.not_covered_pence > Money::ZERO {
                format!(
                    "{} of it is not covered yet: no award pays for it.",
                    sums.not_covered_pence.in_words()
                )
            } else {
                "All of it is paid for.".to_owned()
            },
        ),
        part(
            "What is left to use",
            sums.left_pence,
            "/awards",
            match sums.left_pence.minus(sums.promised_pence) {
                Some(rest) if rest >= Money::ZERO => {
                    format!("{} of it is not promised to anybody.", rest.in_words())
                }
                Some(rest) => format!(
                    "{} more than that is promised.",
                    Money(rest.pence().saturating_neg()).in_words()
                ),
                None => String::new(),
            },
        ),
    ]
}

fn pool(one: &PoolMoney, looks: bool) -> Pool {
    let sums = &one.sums;
    let href = format!("/pools/{}", one.id);
    let spent_href = spend_href(Some(one), looks);
    let lost = one.lost_after.map_or_else(String::new, |by| {
        format!(
            " {} is lost if it is not spent in time, the first of it after {}.",
            sums.may_be_lost_pence.in_words(),
            words::day(by)
        )
    });
    let figure = |label, amount: Money, href: &str| Figure {
        label,
        amount: amount.in_full(),
        href: href.to_owned(),
    };
    let mut figures = vec![
        figure("Given", sums.given_pence, &href),
        figure("Decided", sums.decided_pence, "/decisions#decided"),
        figure(
            "Promised",
            sums.promised_pence,
            &format!("/commitments?pool={}", one.id),
        ),
        figure("Spent", sums.spent_pence, &spent_href),
        figure("Not covered yet", sums.not_covered_pence, &spent_href),
        figure("Left to use", sums.left_pence, &href),
    ];
    if sums.may_be_lost_pence != Money::ZERO {
        figures.push(figure("May be lost", sums.may_be_lost_pence, "#lost"));
    }
    let spent = thousandths(sums.spent_pence, sums.given_pence);
    Pool {
        name: one.name.clone(),
        holder: format!("Held by {}", one.holder),
        given: sums.given_pence.in_full(),
        sentence: format!(
            "{} is spent, {} promised, {} left to use.{lost}",
            capital(&or_nothing(sums.spent_pence)),
            or_nothing(sums.promised_pence),
            or_nothing(sums.left_pence)
        ),
        spent,
        promised: thousandths(sums.promised_pence, sums.given_pence).min(1000 - spent),
        over: sums.spent_pence > sums.given_pence,
        figures,
        href,
    }
}
