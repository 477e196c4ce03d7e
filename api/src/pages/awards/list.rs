//! The list: what needs attention first, narrowed by words, by funder and by where an award stands.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::awards::view::{self, AwardStands, AwardSummary, Sought};
use domain::{Ctx, Money};
use serde::Deserialize;

use super::lines_href;
use crate::http::{Fault, House};
use crate::json::{csv, tables};
use crate::pages::fields::id;
use crate::pages::shapes::{Choice, Pager};
use crate::pages::today::{begins, pager_after};
use crate::pages::{Link, PageFrame, narrowed, narrows, page, words};

/// How many awards a page of the list shows.
const PAGE: u64 = 50;

#[derive(Template)]
#[template(path = "pages/awards.html")]
struct AwardsPage {
    page: PageFrame,
    sentence: String,
    may_record: bool,
    /// Whether any award is known to the reader, however the list is narrowed.
    any: bool,
    words: String,
    filter_funder: Vec<Choice>,
    filter_state: Vec<Choice>,
    places: Vec<Link>,
    downloads: Vec<Link>,
    rows: Vec<AwardRow>,
    pager: Option<Pager>,
}

struct AwardRow {
    name: String,
    href: String,
    funder: String,
    ends: String,
    amount: String,
    attributed: String,
    left: String,
    figures_href: String,
}

/// The filters as they stand in the address; what was not chosen is empty.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Narrow {
    #[serde(default)]
    q: String,
    #[serde(default)]
    funder: String,
    #[serde(default)]
    state: String,
    after: Option<String>,
}

impl Narrow {
    fn sought(&self) -> Sought {
        Sought {
            words: self.q.clone(),
            funder_id: id(&self.funder),
            stands: AwardStands::from_slug(&self.state),
        }
    }

    fn pairs(&self) -> [(&str, &str); 3] {
        [
            ("q", &self.q),
            ("funder", &self.funder),
            ("state", &self.state),
        ]
    }
}

const fn stands_in_words(stands: AwardStands) -> &'static str {
    match stands {
        AwardStands::Runs => "Runs today",
        AwardStands::ToCome => "Starts later",
        AwardStands::Suspended => "Suspended",
        AwardStands::Ended => "Ended, and not closed",
        AwardStands::Closed => "Closed",
    }
}

/// The funders of the awards that the reader may see, to choose from.
pub(in crate::pages) async fn funders_to_choose(
    house: &House,
    chosen: &str,
) -> Result<Vec<Choice>, Fault> {
    let funders = view::funders(&house.db, &house.ctx).await?;
    Ok(std::iter::once(Choice::new("", "Every funder", chosen))
        .chain(
            funders
                .iter()
                .map(|one| Choice::new(&one.id.to_string(), &one.name, chosen)),
        )
        .collect())
}

/// What runs today of the awards that are shown, and what is left of it.
fn sentence(house: &House, awards: &[AwardSummary], narrows: bool) -> String {
    let running: Vec<&AwardSummary> = awards
        .iter()
        .filter(|award| award.days_left.is_some() && award.starts_on <= house.ctx.today())
        .collect();
    let left = Money::sum(running.iter().map(|award| award.left_pence)).unwrap_or_default();
    match (running.is_empty(), narrows) {
        (true, false) => "No award runs today.".to_owned(),
        (true, true) => "None of these runs today.".to_owned(),
        (false, false) => format!(
            "{} today, with {} left to use.",
            words::count(running.len(), "award runs", "awards run"),
            left.in_words()
        ),
        (false, true) => format!(
            "{} today, with {} left to use.",
            words::count(running.len(), "of these runs", "of these run"),
            left.in_words()
        ),
    }
}

/// The list as a file, as it is filtered.
pub(super) async fn download(
    house: House,
    narrow: web::Query<Narrow>,
) -> Result<HttpResponse, Fault> {
    let all = view::find(&house.db, &house.ctx, &narrow.sought(), None, csv::MOST).await?;
    Ok(tables::awards(all.items))
}

pub(super) async fn look(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    let after = begins(narrow.after.as_deref());
    let found = view::find(&house.db, &house.ctx, &narrow.sought(), after, PAGE).await?;
    let awards = found.items;
    let narrows = narrows(&narrow.pairs());
    let sentence = sentence(&house, &awards, narrows);
    let may = |operation| house.ctx.require(operation).is_ok();
    let mut places = Vec::new();
    if may(Operation::ReadOrganisations) {
        places.push(Link::new("Organisations", "/organisations"));
    }
    if may(Operation::ReadCategories) {
        places.push(Link::new("Cost categories", "/cost-categories"));
    }
    if may(Operation::ReadMoney) {
        places.push(Link::new("What is owed, over all awards", "/owed"));
    }
    if may(Operation::ReadGrants) {
        places.push(Link::new("Grants that funders published", "/grants"));
    }
    page(&AwardsPage {
        page: PageFrame::of(&house, "Awards").await?,
        sentence,
        may_record: may(Operation::CreateAward),
        any: !awards.is_empty() || narrows || after.is_some(),
        words: narrow.q.clone(),
        filter_funder: funders_to_choose(&house, &narrow.funder).await?,
        filter_state: std::iter::once(Choice::new("", "Every award", &narrow.state))
            .chain(
                AwardStands::ALL
                    .into_iter()
                    .map(|one| Choice::new(one.slug(), stands_in_words(one), &narrow.state)),
            )
            .collect(),
        places,
        downloads: vec![
            Link::new(
                "These awards (CSV)",
                narrowed("/awards/awards.csv", &narrow.pairs()),
            ),
            Link::new("Every award as 360Giving JSON", "/awards/360giving.json"),
            Link::new(
                "Every award as a 360Giving table (CSV)",
                "/awards/360giving.csv",
            ),
        ],
        rows: awards
            .into_iter()
            .map(|award| row(&house.ctx, award))
            .collect(),
        pager: pager_after("/awards", &narrow.pairs(), after, found.next),
    })
}

fn row(ctx: &Ctx, award: AwardSummary) -> AwardRow {
    let ends = if let Some(on) = award.closed_on {
        format!(
            "Ended {}; closed from {}",
            words::day(award.ends_on),
            words::day(on)
        )
    } else if award.days_left.is_none() {
        format!(
            "Ended {}, {} not used",
            words::day(award.ends_on),
            award.left_pence.in_full()
        )
    } else if let Some(from) = award.suspended_from {
        format!(
            "{}; suspended from {}",
            words::day(award.ends_on),
            words::day(from)
        )
    } else if award.starts_on > ctx.today() {
        format!("Starts {}", words::day(award.starts_on))
    } else {
        words::day(award.ends_on)
    };
    AwardRow {
        href: format!("/awards/{}", award.id),
        figures_href: lines_href(ctx, award.id),
        name: format!("{} ({})", award.title, award.reference),
        funder: award.funder,
        ends,
        amount: award.amount_pence.in_full(),
        attributed: award.attributed_pence.in_full(),
        left: if award.days_left.is_none() {
            "None: it is over".to_owned()
        } else {
            award.left_pence.in_full()
        },
    }
}
