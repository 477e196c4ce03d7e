//! What is owed, over all awards: what do we owe funders, and what do they owe us?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::owed::rules::{Direction, Kind};
use domain::owed::view::{self, OwedFilter, OwedItem, OwedView};
use serde::Deserialize;

use super::awards::Sum;
use super::fields::id;
use super::shapes::Choice;
use super::{Link, PageFrame, page, urlencode, words};
use crate::http::{Fault, House};
use crate::json::tables;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/owed").route(web::get().to(look)))
        .service(web::resource("/owed/owed.csv").route(web::get().to(file)));
}

#[derive(Template)]
#[template(path = "pages/owed.html")]
struct OwedPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    sentence: String,
    sums: Vec<Sum>,
    /// Whether anything is owed at all, however it is filtered.
    any: bool,
    filter_funder: Vec<Choice>,
    filter_direction: Vec<Choice>,
    rows: Vec<Row>,
    funders: Vec<OfFunder>,
    downloads: Vec<Link>,
}

struct Row {
    award: String,
    href: String,
    funder: String,
    state: &'static str,
    kind: &'static str,
    since: String,
    why: String,
    we_owe: String,
    owed_to_us: String,
}

struct OfFunder {
    name: String,
    href: String,
    we_owe: String,
    owed_to_us: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Narrow {
    #[serde(default)]
    funder: String,
    #[serde(default)]
    direction: String,
}

impl Narrow {
    fn filter(&self) -> OwedFilter {
        OwedFilter {
            funder: id(&self.funder),
            direction: Direction::ALL
                .into_iter()
                .find(|direction| direction.slug() == self.direction),
        }
    }

    fn query(&self) -> String {
        let said: Vec<String> = [("funder", &self.funder), ("direction", &self.direction)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", urlencode(value)))
            .collect();
        if said.is_empty() {
            String::new()
        } else {
            format!("?{}", said.join("&"))
        }
    }
}

/// What it is, with its tag's kind.
const fn state(item: &OwedItem) -> (&'static str, &'static str) {
    match item.kind {
        Kind::Late => ("Late", "late"),
        Kind::Claimed => ("Claimed", "waiting"),
        Kind::Unpaid => ("Not received", "late"),
        Kind::Unspent | Kind::TakenBack | Kind::Beyond => ("To repay", "wrong"),
    }
}

fn sentence(seen: &OwedView) -> String {
    let late = match seen.overdue_pence {
        Money::ZERO => String::new(),
        overdue if Some(overdue) == seen.we_owe_pence.plus(seen.owed_to_us_pence) => {
            " All of it is overdue.".to_owned()
        }
        overdue => format!(" {} of it is overdue.", overdue.in_words()),
    };
    match (seen.we_owe_pence, seen.owed_to_us_pence) {
        (Money::ZERO, Money::ZERO) => "Nothing is owed either way.".to_owned(),
        (we_owe, Money::ZERO) => format!("We owe funders {}.{late}", we_owe.in_words()),
        (Money::ZERO, to_us) => format!("Funders owe us {}.{late}", to_us.in_words()),
        (we_owe, to_us) => format!(
            "We owe funders {}, and they owe us {}.{late}",
            we_owe.in_words(),
            to_us.in_words()
        ),
    }
}

async fn look(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    let all = view::list(&house.db, &house.ctx, OwedFilter::default()).await?;
    let seen = view::list(&house.db, &house.ctx, narrow.filter()).await?;
    let filter_funder = std::iter::once(Choice::new("", "Any funder", &narrow.funder))
        .chain(
            all.funders
                .iter()
                .map(|one| Choice::new(&one.funder_id.to_string(), &one.funder, &narrow.funder)),
        )
        .collect();
    let sum = |label: &str, amount: Money, note: &str| Sum {
        label: label.to_owned(),
        amount: amount.in_full(),
        href: String::new(),
        note: note.to_owned(),
    };
    page(&OwedPage {
        page: PageFrame::of(&house, "What is owed").await?,
        crumbs: vec![Link::new("Awards", "/awards")],
        sentence: sentence(&seen),
        sums: vec![
            sum("We owe funders", seen.we_owe_pence, ""),
            sum("Funders owe us", seen.owed_to_us_pence, ""),
            sum("Overdue", seen.overdue_pence, "of both"),
        ],
        any: !all.items.is_empty(),
        filter_funder,
        filter_direction: [
            ("", "Either way"),
            (Direction::WeOwe.slug(), "We owe funders"),
            (Direction::OwedToUs.slug(), "Funders owe us"),
        ]
        .map(|(value, text)| Choice::new(value, text, &narrow.direction))
        .into(),
        rows: seen.items.iter().map(row).collect(),
        // of one funder the sums above say it
        funders: if seen.funders.len() > 1 {
            seen.funders
                .iter()
                .map(|one| OfFunder {
                    name: one.funder.clone(),
                    href: format!("/owed?funder={}", one.funder_id),
                    we_owe: one.we_owe_pence.in_full(),
                    owed_to_us: one.owed_to_us_pence.in_full(),
                })
                .collect()
        } else {
            Vec::new()
        },
        downloads: vec![Link::new(
            "What is owed, as shown (CSV)",
            format!("/owed/owed.csv{}", narrow.query()),
        )],
    })
}

fn row(item: &OwedItem) -> Row {
    let (state, kind) = state(item);
    let (we_owe, owed_to_us) = match item.direction {
        Direction::WeOwe => (item.amount_pence.in_full(), String::new()),
        Direction::OwedToUs => (String::new(), item.amount_pence.in_full()),
    };
    Row {
        award: item.award.clone(),
        href: format!("/awards/{}/money", item.award_id),
        funder: item.funder.clone(),
        state,
        kind,
        since: item.since_on.map_or_else(String::new, words::day),
        why: item.sentence.clone(),
        we_owe,
        owed_to_us,
    }
}

async fn file(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    let seen = view::list(&house.db, &house.ctx, narrow.filter()).await?;
    Ok(tables::owed(seen.items))
}
