//! What if: what happens to us if a funder withdraws or pays late, a year comes to another amount, a new award arrives?

use actix_web::HttpResponse;
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::categories;
use domain::positions::view;
use domain::positions::view::cash::{CashMonthProspect, CashProspect};
use domain::positions::view::what_if::{self as asked, PoolProspect, Prospect, Scenario};
use entity::{AwardId, AwardYearId, CostCategoryId, PoolId, YearStanding};

use super::super::fields::{CHOOSE, Fields, Wrong, id};
use super::super::spend::parts::Choice;
use super::super::{Link, PageFrame, page, words};
use super::{Query, with};
use crate::http::{Fault, House};
use crate::json::what_if::as_csv;

/// What can happen: as it stands in the address, in words, and what it comes to.
const SCENARIOS: [(&str, &str, &str); 5] = [
    (
        "withdraws",
        "A funder withdraws",
        "The award pays for nothing that is received from a day on. What it paid for before stays.",
    ),
    (
        "later",
        "A funder pays some months late",
        "All that is expected of the award comes later: what its schedule promises, and what is late already.",
    ),
    (
        "until",
        "A funder pays nothing until a day",
        "What is expected of the award before that day comes on it; what is expected after it stays.",
    ),
    (
        "year",
        "A year comes to another amount",
        "The funder confirms a year at an amount: half of it, more, or nothing. A year that is not confirmed pays \
         for nothing until then, unless it may be spent at risk.",
    ),
    (
        "arrives",
        "A new award arrives",
        "It stands behind the pool after the awards that are behind it.",
    ),
];

#[derive(Template)]
#[template(path = "pages/what_if.html")]
struct WhatIfPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    errors: Vec<Link>,
    sentence: String,
    scenarios: Vec<Scene>,
    scenario: &'static str,
    about: &'static str,
    awards: Vec<Choice>,
    years: Vec<Choice>,
    pools: Vec<Choice>,
    categories: Vec<Choice>,
    /// What was typed, and what is wrong with it, by name.
    typed: Typed,
    /// Whether an answer is shown, even one that touches no pool.
    answered: bool,
    effects: Vec<Effect>,
    cash: Vec<CashEffect>,
    downloads: Vec<Link>,
}

#[derive(Default)]
struct Typed {
    from_on: Field,
    months: Field,
    amount: Field,
    starts_on: Field,
    ends_on: Field,
    award: String,
    year: String,
    pool: String,
    categories: String,
}

#[derive(Default)]
struct Field {
    value: String,
    error: String,
}

struct Scene {
    text: &'static str,
    href: String,
    chosen: bool,
}

/// What would become of a pool.
struct Effect {
    pool: String,
    href: String,
    sentence: String,
    sums: Vec<Beside>,
    awards: Vec<AwardRow>,
    /// How many awards would pay the same.
    same: String,
    categories: Vec<Beside>,
}

/// What would be held month by month.
struct CashEffect {
    name: String,
    href: String,
    sentence: String,
    sums: Vec<Beside>,
    months: Vec<CashMonth>,
    /// How many months would hold the same.
    same: String,
}

struct CashMonth {
    name: String,
    more: String,
    balance: String,
    balance_then: String,
    expected: String,
    expected_then: String,
}

/// A figure now and then.
struct Beside {
    name: String,
    now: String,
    then: String,
    more: String,
}

struct AwardRow {
    name: String,
    href: String,
    more: String,
    attributed: String,
    attributed_then: String,
    promised: String,
    promised_then: String,
}

/// With its sign: a difference that is none says so.
fn more(amount: Money) -> String {
    match amount {
        Money::ZERO => "None".to_owned(),
        amount if amount > Money::ZERO => format!("+{}", amount.in_full()),
        amount => amount.in_full(),
    }
}

fn scenario_of(fields: &Fields) -> (&'static str, &'static str) {
    let said = fields.some("scenario");
    SCENARIOS
        .iter()
        .find(|(slug, ..)| Some(*slug) == said)
        .map_or((SCENARIOS[0].0, SCENARIOS[0].2), |(slug, _, about)| {
            (slug, about)
        })
}

/// What is asked; nothing as long as nothing was typed, or where something of it is wrong.
fn read(fields: &Fields, scenario: &str) -> (Option<Scenario>, Wrong) {
    let mut wrong = Wrong::default();
    if fields.some("ask").is_none() {
        return (None, wrong);
    }
    let scenario = match scenario {
        "year" => {
            let chosen = fields.some("year").and_then(|both| {
                let (award, year) = both.split_once(' ')?;
                Some((id::<AwardId>(award)?, id::<AwardYearId>(year)?))
            });
            if chosen.is_none() {
                wrong.add("year", CHOOSE);
            }
            let amount_pence = wrong.money(fields, "amount_pence");
            chosen.map(|(award_id, year_id)| Scenario::YearComesTo {
                award_id,
                year_id,
                amount_pence,
            })
        }
        "arrives" => {
            let pool = wrong.chosen(fields, "pool_id", id::<PoolId>);
            let amount_pence = wrong.money(fields, "amount_pence");
            let starts_on = wrong.date(fields, "starts_on");
            let ends_on = wrong.date(fields, "ends_on");
            pool.map(|pool_id| Scenario::Arrives {
                pool_id,
                amount_pence,
                starts_on,
                ends_on,
                category_ids: fields
                    .all("category_ids")
                    .filter_map(id::<CostCategoryId>)
                    .collect(),
            })
        }
        "later" => {
            let award = wrong.chosen(fields, "award_id", id::<AwardId>);
            let months = fields
                .some("months")
                .and_then(|text| text.trim().parse().ok());
            if months.is_none() {
                wrong.add("months", "Enter a number of months from 1 to 36.");
            }
            award
                .zip(months)
                .map(|(award_id, months)| Scenario::PaysLater { award_id, months })
        }
        "until" => {
            let award = wrong.chosen(fields, "award_id", id::<AwardId>);
            let from_on = wrong.date(fields, "from_on");
            award.map(|award_id| Scenario::PaysNothingUntil { award_id, from_on })
        }
        _ => {
            let award = wrong.chosen(fields, "award_id", id::<AwardId>);
            let from_on = wrong.date(fields, "from_on");
            award.map(|award_id| Scenario::Withdraws { award_id, from_on })
        }
    };
    (scenario.filter(|_| wrong.is_empty()), wrong)
}

pub async fn look(house: House, query: Query) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AskWhatIf)?;
    let fields = Fields(query.into_inner());
    let (scenario, about) = scenario_of(&fields);
    let (asked, mut wrong) = read(&fields, scenario);
    let prospect = match &asked {
        None => None,
        Some(asked) => match asked::what_if(&house.db, &house.ctx, asked).await {
            Ok(prospect) => Some(prospect),
            Err(error) => {
                wrong.take(error)?;
                None
            }
        },
    };
    let chosen = |name: &str| fields.text(name);
    let field = |name: &str, stands: String| Field {
        value: fields.some(name).map_or(stands, str::to_owned),
        error: wrong.of(name),
    };
    let first = |text: &str| Choice::new("", text, "");
    let mut award_choices = vec![first("Choose an award")];
    let mut year_choices = vec![first("Choose a year")];
    for award in asked::affected(&house.db, &house.ctx).await? {
        award_choices.push(Choice::new(
            award.id.to_string(),
            format!("{} ({})", award.title, award.funder),
            &chosen("award_id"),
        ));
        for year in award.years {
            let standing = match year.standing {
                YearStanding::Confirmed => "confirmed",
                YearStanding::Indicative => "not confirmed",
            };
            year_choices.push(Choice::new(
                format!("{} {}", award.id, year.id),
                format!(
                    "{}, {} to {}: {}, {standing}",
                    award.title,
                    words::day(year.starts_on),
                    words::day(year.ends_on),
                    year.amount.in_full()
                ),
                &chosen("year"),
            ));
        }
    }
    let mut pool_choices = vec![first("Choose a pool")];
    for (id, name) in view::pools(&house.db, &house.ctx).await? {
        pool_choices.push(Choice::new(id.to_string(), name, &chosen("pool_id")));
    }
    let categories = categories::view::all(&house.db, &house.ctx)
        .await?
        .into_iter()
        .map(|category| {
            let value = category.id.to_string();
            let selected = fields.all("category_ids").any(|one| one == value);
            Choice {
                selected,
                ..Choice::new(value, category.name, "")
            }
        })
        .collect();
    let today = house.ctx.today().format("%d/%m/%Y").to_string();
    page(&WhatIfPage {
        page: PageFrame::of(&house, "What if").await?,
        crumbs: vec![
            Link::new("Pools", "/pools"),
            Link::new("Position", "/position"),
        ],
        sentence: sentence(prospect.as_ref()),
        scenarios: SCENARIOS
            .iter()
            .map(|(slug, text, _)| Scene {
                text,
                href: format!("/what-if?scenario={slug}"),
                chosen: *slug == scenario,
            })
            .collect(),
        scenario,
        about,
        awards: award_choices,
        years: year_choices,
        pools: pool_choices,
        categories,
        typed: Typed {
            from_on: field("from_on", today),
            months: field("months", "3".to_owned()),
            amount: field("amount_pence", String::new()),
            starts_on: field("starts_on", String::new()),
            ends_on: field("ends_on", String::new()),
            award: wrong.of("award_id"),
            year: format!("{}{}", wrong.of("year"), wrong.of("year_id")),
            pool: wrong.of("pool_id"),
            categories: wrong.of("category_ids"),
        },
        errors: wrong.links(),
        answered: prospect.is_some(),
        downloads: match &prospect {
            Some(prospect) if !(prospect.pools.is_empty() && prospect.cash.is_empty()) => {
                vec![Link::new("Download as CSV", with("/what-if.csv", &fields))]
            }
            _ => Vec::new(),
        },
        cash: prospect
            .iter()
            .flat_map(|prospect| prospect.cash.iter().map(cash_effect))
            .collect(),
        effects: prospect
            .map(|prospect| prospect.pools.iter().map(effect).collect())
            .unwrap_or_default(),
    })
}

pub async fn download(house: House, query: Query) -> Result<HttpResponse, Fault> {
    let fields = Fields(query.into_inner());
    let (scenario, _) = scenario_of(&fields);
    let (Some(scenario), _) = read(&fields, scenario) else {
        house.ctx.require(Operation::AskWhatIf)?;
        return Err(domain::Error::NotFound.into());
    };
    let prospect = asked::what_if(&house.db, &house.ctx, &scenario).await?;
    Ok(as_csv(prospect))
}

fn sentence(prospect: Option<&Prospect>) -> String {
    let Some(prospect) = prospect else {
        return "See what a change would do to the pools before it happens. Nothing is recorded."
            .to_owned();
    };
    if let Some(all) = prospect.cash.first() {
        return told_of_cash(all);
    }
    match prospect.pools.as_slice() {
        [] => "The award is behind no pool: nothing would change.".to_owned(),
        [one] => told(one),
        several => format!(
            "It touches {}.",
            words::count(several.len(), "pool", "pools")
        ),
    }
}

/// What would be held, in a sentence or two.
fn told_of_cash(cash: &CashProspect) -> String {
    if cash.later_pence == Money::ZERO {
        return "Nothing of it is expected sooner: nothing would change.".to_owned();
    }
    let later = format!("{} would come later.", cash.later_pence.in_words());
    let (now, then) = (cash.now, cash.then);
    let below = match (now.below_month, then.below_month) {
        (None, None) => format!(
            " At the lowest, in {}, {} would be held: that is enough.",
            words::month(then.lowest_month),
            then.lowest_pence.in_words()
        ),
        (now, Some(month)) => format!(
            " Less than nothing would be held from {}{}. It is lowest in {}: {} is missing then.",
            words::month(month),
            match now {
                Some(now) if now == month => ", as is expected now".to_owned(),
                Some(now) => format!("; as is expected now, from {}", words::month(now)),
                None => String::new(),
            },
            words::month(then.lowest_month),
            Money(-then.lowest_pence.pence()).in_full()
        ),
        (Some(_), None) => String::new(),
    };
    format!("{later}{below}")
}

fn cash_effect(cash: &CashProspect) -> CashEffect {
    let (now, then) = (cash.now, cash.then);
    let in_month =
        |month: Option<chrono::NaiveDate>| month.map_or_else(|| "Never".to_owned(), words::month);
    let beside = |name: &str, now: String, then: String, more: String| Beside {
        name: name.to_owned(),
        now,
        then,
        more,
    };
    let changed = |same: bool| if same { "None" } else { "Another month" }.to_owned();
    let (moved, same): (Vec<&CashMonthProspect>, Vec<&CashMonthProspect>) =
        cash.months.iter().partition(|of| {
            of.more_pence != Money::ZERO || of.expected_pence != of.expected_then_pence
        });
    CashEffect {
        name: cash
            .pool
            .clone()
            .unwrap_or_else(|| "All awards and pools".to_owned()),
        href: match cash.pool_id {
            Some(id) => format!("/pools/{id}/cash"),
            None => "/cash".to_owned(),
        },
        sentence: told_of_cash(cash),
        sums: vec![
            beside(
                "Held at the lowest",
                now.lowest_pence.in_full(),
                then.lowest_pence.in_full(),
                more(
                    then.lowest_pence
                        .minus(now.lowest_pence)
                        .unwrap_or_default(),
                ),
            ),
            beside(
                "Lowest in",
                words::month(now.lowest_month),
                words::month(then.lowest_month),
                changed(now.lowest_month == then.lowest_month),
            ),
            beside(
                "Below nothing from",
                in_month(now.below_month),
                in_month(then.below_month),
                changed(now.below_month == then.below_month),
            ),
        ],
        months: moved
            .into_iter()
            .map(|of| CashMonth {
                name: words::month(of.month),
                more: more(of.more_pence),
                balance: of.balance_pence.in_full(),
                balance_then: of.balance_then_pence.in_full(),
                expected: of.expected_pence.in_full(),
                expected_then: of.expected_then_pence.in_full(),
            })
            .collect(),
        same: match same.len() {
            0 => String::new(),
            n => format!(
                "{} would hold the same as now.",
                words::count(n, "other month", "other months")
            ),
        },
    }
}

/// What would become of a pool, in a sentence or two.
fn told(pool: &PoolProspect) -> String {
    let change = |now: Money, then: Money, what: &str| match then.minus(now).unwrap_or_default() {
        Money::ZERO => None,
        more if more > Money::ZERO => Some(format!(
            "{} more of {what} would have no award to pay for it.",
            more.in_words()
        )),
        less => Some(format!(
            "{} more of {what} would be covered.",
            Money(-less.pence()).in_words()
        )),
    };
    let said: Vec<String> = [
        change(
            pool.now.unfunded_pence,
            pool.then.unfunded_pence,
            "the spend that came",
        ),
        change(
            pool.now.outstanding_unfunded_pence,
            pool.then.outstanding_unfunded_pence,
            "what is promised to providers",
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    if said.is_empty() {
        let moved = pool.awards.iter().any(|one| one.more_pence != Money::ZERO);
        return if moved {
            "As much would be covered as now, by other awards.".to_owned()
        } else {
            "Nothing would change.".to_owned()
        };
    }
    said.join(" ")
}

fn effect(pool: &PoolProspect) -> Effect {
    let beside = |name: &str, now: Money, then: Money| Beside {
        name: name.to_owned(),
        now: now.in_full(),
        then: then.in_full(),
        more: more(then.minus(now).unwrap_or_default()),
    };
    let (moved, same): (Vec<_>, Vec<_>) = pool.awards.iter().partition(|award| {
        award.more_pence != Money::ZERO
            || award.attributed_pence != award.attributed_then_pence
            || award.outstanding_pence != award.outstanding_then_pence
    });
    let (now, then) = (pool.now, pool.then);
    Effect {
        pool: pool.pool.clone(),
        href: format!("/pools/{}/position", pool.pool_id),
        sentence: told(pool),
        sums: vec![
            beside(
                "Spend that no award pays for",
                now.unfunded_pence,
                then.unfunded_pence,
            ),
            beside(
                "Promised, with nobody expected to pay",
                now.outstanding_unfunded_pence,
                then.outstanding_unfunded_pence,
            ),
            beside(
                "Spend that awards pay for",
                now.attributed_pence,
                then.attributed_pence,
            ),
            beside(
                "Promised, expected to be paid for",
                now.outstanding_pence,
                then.outstanding_pence,
            ),
        ],
        awards: moved
            .into_iter()
            .map(|award| AwardRow {
                name: if award.funder.is_empty() {
                    award.award.clone()
                } else {
                    format!("{} ({})", award.award, award.funder)
                },
                href: award
                    .award_id
                    .map_or_else(String::new, |id| format!("/awards/{id}")),
                more: more(award.more_pence),
                attributed: award.attributed_pence.in_full(),
                attributed_then: award.attributed_then_pence.in_full(),
                promised: award.outstanding_pence.in_full(),
                promised_then: award.outstanding_then_pence.in_full(),
            })
            .collect(),
        same: match same.len() {
            0 => String::new(),
            n => format!(
                "{} would pay the same as now.",
                words::count(n, "other award", "other awards")
            ),
        },
        categories: pool
            .categories
            .iter()
            .map(|one| {
                beside(
                    &one.category,
                    one.not_covered_pence,
                    one.not_covered_then_pence,
                )
            })
            .collect(),
    }
}
