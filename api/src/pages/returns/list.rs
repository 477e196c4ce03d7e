//! The list of returns, by what needs attention.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::{Sight, sight};
use domain::returns::rules::state_in_words;
use domain::returns::view::{self, ReturnFilter, ReturnOrder};
use entity::ReturnState;
use serde::Deserialize;

use crate::http::{Fault, House};
use crate::json::{csv, tables};
use crate::pages::awards::list::funders_to_choose;
use crate::pages::fields::id;
use crate::pages::shapes::{Choice, Pager};
use crate::pages::today::{ROWS, begins, capital, pager_after, tag_of};
use crate::pages::{Link, PageFrame, narrowed, narrows, page};

#[derive(Template)]
#[template(path = "pages/returns.html")]
struct ReturnsPage {
    page: PageFrame,
    sentence: String,
    filter_state: Vec<Choice>,
    /// Empty for a funder's officer, whose returns are of one.
    filter_funder: Vec<Choice>,
    /// Whether anything was chosen.
    narrows: bool,
    shown: String,
    rows: Vec<Row>,
    downloads: Vec<Link>,
    pager: Option<Pager>,
}

struct Row {
    title: String,
    href: String,
    funder: String,
    due: String,
    readiness: String,
    state: String,
    kind: String,
}

/// The filters as they stand in the address; what was not chosen is empty.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: String,
    #[serde(default)]
    funder: String,
    after: Option<String>,
}

impl Filter {
    fn chosen(&self, inside: bool) -> ReturnFilter {
        ReturnFilter {
            state: ReturnState::from_slug(&self.state),
            funder: id(&self.funder),
            open_only: inside && self.state.is_empty(),
            ..ReturnFilter::default()
        }
    }

    fn pairs(&self) -> [(&str, &str); 2] {
        [("state", &self.state), ("funder", &self.funder)]
    }
}

/// A funder's officer sees what was sent: "not yet sent" would show nothing, and say so.
fn is_inside(house: &House) -> bool {
    matches!(sight(&house.ctx.actor), Sight::All)
}

/// The list as a file, as it is filtered.
pub async fn download(house: House, filter: web::Query<Filter>) -> Result<HttpResponse, Fault> {
    let chosen = filter.chosen(is_inside(&house));
    let order = ReturnOrder::Attention;
    let all = view::list(&house.db, &house.ctx, chosen, order, None, csv::MOST).await?;
    Ok(tables::returns(all.items))
}

pub async fn list(house: House, filter: web::Query<Filter>) -> Result<HttpResponse, Fault> {
    let inside = is_inside(&house);
    let chosen = filter.chosen(inside);
    let after = begins(filter.after.as_deref());
    let order = ReturnOrder::Attention;
    let found = view::list(&house.db, &house.ctx, chosen, order, after, ROWS).await?;
    let rows = found.items;
    let late = rows.iter().filter(|summary| summary.overdue).count();
    let mut filter_state = if inside {
        vec![
            Choice::new("", "Not yet sent", &filter.state),
            Choice::new("all", "Every return", &filter.state),
        ]
    } else {
        vec![Choice::new("", "Every return that was sent", &filter.state)]
    };
    let told = |state: &ReturnState| {
        inside || matches!(state, ReturnState::Submitted | ReturnState::Accepted)
    };
    filter_state.extend(
        ReturnState::all()
            .filter(told)
            .map(|state| Choice::new(state.slug(), &capital(state_in_words(state)), &filter.state)),
    );
    page(&ReturnsPage {
        page: PageFrame::of(&house, "Returns").await?,
        sentence: match (rows.len(), late) {
            (0, _) if !inside => "No return was sent to you yet that fits this choice.".to_owned(),
            (sent, _) if !inside => format!(
                "{} sent to you.",
                crate::pages::words::count(sent, "return was", "returns were")
            ),
            (0, _) => "No return fits this choice.".to_owned(),
            (_, 0) => "Nothing here is overdue.".to_owned(),
            (_, 1) => "One of these is overdue.".to_owned(),
            (_, late) => format!("{late} of these are overdue."),
        },
        filter_state,
        filter_funder: if inside {
            funders_to_choose(&house, &filter.funder).await?
        } else {
            Vec::new()
        },
        narrows: narrows(&filter.pairs()),
        shown: format!("{} shown, overdue first, then the earliest due", rows.len()),
        rows: rows
            .iter()
            .map(|summary| {
                let (state, kind) = tag_of(summary);
                Row {
                    title: format!("{}: {}", summary.award, summary.title),
                    href: format!("/returns/{}", summary.id),
                    funder: summary.funder.clone(),
                    due: format!("{}, {}", summary.due_in_words, summary.when_in_words),
                    readiness: summary.readiness.as_ref().map_or_else(
                        || if inside { "Not drafted yet" } else { "" }.to_owned(),
                        |ready| capital(&ready.in_words),
                    ),
                    state,
                    kind: kind.to_owned(),
                }
            })
            .collect(),
        downloads: vec![Link::new(
            "These returns (CSV)",
            narrowed("/returns/returns.csv", &filter.pairs()),
        )],
        pager: pager_after("/returns", &filter.pairs(), after, found.next),
    })
}
