//! An award's burn-up: is its money used by its end?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::positions::view::burn_up::{self as burning, BurnUp};
use entity::AwardId;

use super::super::fields::Fields;
use super::super::picture::{Picture, burn_up};
use super::super::positions::asked;
use super::super::{Link, PageFrame, page, words};
use crate::http::{Fault, House};
use crate::json::tables;

#[derive(Template)]
#[template(path = "pages/award_burn_up.html")]
struct BurnUpPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    errors: Vec<Link>,
    award: String,
    picture: Picture,
    action: String,
    as_of: String,
    as_of_error: String,
    /// Whether it stands today, so that something can be expected.
    now: bool,
    rows: Vec<Row>,
    note: String,
    downloads: Vec<Link>,
}

struct Row {
    month: String,
    attributed: String,
    so_far: String,
    promised: String,
    forecast: String,
    expected: String,
}

type Query = web::Query<Vec<(String, String)>>;

async fn read(house: &House, id: AwardId, fields: &Fields) -> Result<BurnUp, Fault> {
    let (when, _) = asked(fields);
    Ok(burning::burn_up(&house.db, &house.ctx, id, when).await?)
}

/// The picture of an award as it stands, for its page.
pub async fn picture(house: &House, id: AwardId) -> Result<Picture, Fault> {
    Ok(burn_up(&read(house, id, &Fields(Vec::new())).await?))
}

pub async fn look(
    house: House,
    id: web::Path<AwardId>,
    query: Query,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let fields = Fields(query.into_inner());
    let (_, wrong) = asked(&fields);
    let seen = read(&house, id, &fields).await?;
    let now = seen.outstanding_pence.is_some();
    let some = |amount: Option<Money>| amount.map_or_else(String::new, Money::in_full);
    page(&BurnUpPage {
        page: PageFrame::of(&house, &format!("Burn-up of {}", seen.award)).await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(seen.award.clone(), format!("/awards/{id}")),
        ],
        errors: wrong.links(),
        picture: burn_up(&seen),
        action: format!("/awards/{id}/burn-up"),
        as_of: match fields.some("as_of") {
            Some(typed) => typed.to_owned(),
            None => seen.as_of.format("%d/%m/%Y").to_string(),
        },
        as_of_error: wrong.of("as_of"),
        now,
        rows: seen
            .months
            .iter()
            .map(|of| Row {
                month: words::month(of.month),
                attributed: of.attributed_pence.in_full(),
                so_far: some(of.attributed_so_far_pence),
                promised: of.outstanding_pence.in_full(),
                forecast: of.not_committed_pence.in_full(),
                expected: some(of.expected_so_far_pence),
            })
            .collect(),
        note: format!("As of {}", words::day(seen.as_of)),
        downloads: vec![Link::new(
            "Download as CSV",
            super::super::positions::with(&format!("/awards/{id}/burn-up.csv"), &fields),
        )],
        award: seen.award,
    })
}

pub async fn download(
    house: House,
    id: web::Path<AwardId>,
    query: Query,
) -> Result<HttpResponse, Fault> {
    let fields = Fields(query.into_inner());
    Ok(tables::burn_up(
        read(&house, id.into_inner(), &fields).await?,
    ))
}
