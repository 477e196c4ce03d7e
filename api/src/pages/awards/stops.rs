//! What keeps an award from being used up?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::attribution::stops::{self, PoolStops, Stops};
use entity::AwardId;

use super::super::{Link, PageFrame, page, words};
use super::Sum;
use crate::http::{Fault, House};
use crate::json::stops::as_csv;

#[derive(Template)]
#[template(path = "pages/award_stops.html")]
struct StopsPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    award: String,
    sentence: String,
    sums: Vec<Sum>,
    /// Of it as a whole.
    told: Vec<String>,
    pools: Vec<Part>,
    downloads: Vec<Link>,
}

struct Part {
    name: String,
    href: String,
    sentence: String,
    because: Vec<String>,
}

fn part(of: &PoolStops) -> Part {
    Part {
        name: of.pool.clone(),
        href: format!("/pools/{}", of.pool_id),
        sentence: format!(
            "{} was put in; it pays {} there, and {} is left.",
            of.put_in_pence.in_full(),
            of.pays_pence.in_full(),
            of.left_pence.in_full()
        ),
        because: of.because.iter().map(|one| one.sentence.clone()).collect(),
    }
}

/// What there is to say of it in a sentence.
fn sentence(seen: &Stops, today: chrono::NaiveDate) -> String {
    let ends = match seen.ends_on < today {
        true => format!("It ended on {}", words::day(seen.ends_on)),
        false => format!("It ends on {}", words::day(seen.ends_on)),
    };
    match seen.left_pence {
        Money::ZERO => format!("{ends}, and all of it is used."),
        left => format!("{ends}, and {} of it is not used.", left.in_full()),
    }
}

pub async fn look(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let seen = stops::of_award(&house.db, &house.ctx, id).await?;
    let sum = |label: &str, amount: Money| Sum {
        label: label.to_owned(),
        amount: amount.in_full(),
        href: String::new(),
        note: String::new(),
    };
    page(&StopsPage {
        page: PageFrame::of(&house, "What keeps it from being used up").await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(seen.award.clone(), format!("/awards/{id}")),
        ],
        sentence: sentence(&seen, house.ctx.today()),
        sums: vec![
            sum("Amount", seen.amount_pence),
            sum("Attributed", seen.attributed_pence),
            sum("Left", seen.left_pence),
        ],
        told: (seen.not_pooled_pence > Money::ZERO)
            .then(|| {
                format!(
                    "{} of it is put into no pool, so that it pays for nothing.",
                    seen.not_pooled_pence.in_full()
                )
            })
            .into_iter()
            .chain(seen.kept.iter().map(|one| one.sentence.clone()))
            .collect(),
        pools: seen.pools.iter().map(part).collect(),
        downloads: vec![Link::new(
            "Download as CSV",
            format!("/awards/{id}/stops.csv"),
        )],
        award: seen.award,
    })
}

pub async fn download(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let seen = stops::of_award(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(as_csv(seen))
}
