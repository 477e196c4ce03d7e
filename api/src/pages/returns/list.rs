//! The list of returns, by what needs attention.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::{Sight, sight};
use domain::returns::rules::state_in_words;
use domain::returns::view::{self, ReturnFilter, ReturnOrder};
use entity::ReturnState;
use serde::Deserialize;

use crate::http::{Fault, House};
use crate::pages::shapes::{Choice, Pager};
use crate::pages::today::{ROWS, begins, capital, pager_after, tag_of};
use crate::pages::{PageFrame, page};

#[derive(Template)]
#[template(path = "pages/returns.html")]
struct ReturnsPage {
    page: PageFrame,
    sentence: String,
    filter_state: Vec<Choice>,
    shown: String,
    rows: Vec<Row>,
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

#[derive(Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: String,
    after: Option<String>,
}

pub async fn list(house: House, filter: web::Query<Filter>) -> Result<HttpResponse, Fault> {
    // A funder's officer sees what was sent: "not yet sent" would show nothing, and say so.
    let inside = matches!(sight(&house.ctx.actor), Sight::All);
    let chosen = ReturnFilter {
        state: ReturnState::from_slug(&filter.state),
        open_only: inside && filter.state.is_empty(),
        ..ReturnFilter::default()
    };
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
        pager: pager_after("/returns", &[("state", &filter.state)], after, found.next),
    })
}
