//! The papers, and what was decided.

use actix_web::HttpResponse;
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::decisions::rules::is_settled;
use domain::decisions::view::{self, PaperSummary};

use super::{section, state_in_words};
use crate::http::{Fault, House};
use crate::json::tables;
use crate::pages::house::Todo;
use crate::pages::shapes::Section;
use crate::pages::{Link, PageFrame, page, words};

#[derive(Template)]
#[template(path = "pages/decisions.html")]
struct DecisionsPage {
    page: PageFrame,
    sentence: String,
    may_write: bool,
    quorum_href: String,
    open: Vec<Item>,
    decided: Vec<Decided>,
    total: String,
    downloads: Vec<Link>,
    others: Vec<Link>,
}

struct Item {
    title: String,
    href: String,
    sentence: String,
    due: String,
    urgency: String,
    state: String,
    kind: String,
    boards: Vec<Section>,
    mine: String,
}

struct Decided {
    title: String,
    href: String,
    pool: String,
    pool_href: String,
    amount: String,
    whom: String,
    on: String,
}

/// The allocations as a file.
pub async fn csv(house: House) -> Result<HttpResponse, Fault> {
    let rows = view::allocations(&house.db, &house.ctx, None).await?;
    Ok(tables::allocations(rows))
}

pub async fn page_of(house: House) -> Result<HttpResponse, Fault> {
    let papers = view::by_attention(&house.db, &house.ctx).await?;
    let made = view::allocations(&house.db, &house.ctx, None).await?;
    let total = Money::sum(made.iter().map(|one| one.amount_pence)).unwrap_or_default();
    let open: Vec<&PaperSummary> = papers
        .iter()
        .filter(|paper| !is_settled(paper.state))
        .collect();
    let mine = open.iter().filter(|paper| paper.waits_for_me).count();
    let may = |operation| house.ctx.require(operation).is_ok();
    page(&DecisionsPage {
        page: PageFrame::of(&house, "Decisions").await?,
        sentence: sentence(open.len(), mine),
        may_write: may(Operation::WritePaper),
        quorum_href: if may(Operation::SetQuorum) {
            "/decisions/quorums".to_owned()
        } else {
            String::new()
        },
        open: open.into_iter().map(item).collect(),
        total: if made.is_empty() {
            String::new()
        } else {
            total.in_full()
        },
        decided: made
            .into_iter()
            .map(|one| Decided {
                href: format!("/decisions/{}", one.paper_id),
                title: one.title,
                pool: one.pool,
                pool_href: format!("/pools/{}", one.pool_id),
                amount: one.amount_pence.in_full(),
                whom: one.provider.unwrap_or_else(|| "Not settled yet".to_owned()),
                on: words::day(one.decided_on),
            })
            .collect(),
        downloads: vec![Link::new(
            "What we decided (CSV)",
            "/decisions/allocations.csv",
        )],
        others: papers
            .iter()
            .filter(|paper| is_settled(paper.state) && paper.allocation_id.is_none())
            .map(|paper| {
                Link::new(
                    format!("{}: {}", paper.title, state_in_words(paper.state).0),
                    format!("/decisions/{}", paper.id),
                )
            })
            .collect(),
    })
}

fn sentence(open: usize, mine: usize) -> String {
    let all = match open {
        0 => return "Nothing is waiting to be decided.".to_owned(),
        1 => "One paper is waiting to be decided".to_owned(),
        many => format!("{many} papers are waiting to be decided"),
    };
    match (mine, open) {
        (0, _) => format!("{all}. Nothing of it waits for you."),
        (1, 1) => format!("{all}, and it waits for you."),
        (1, _) => format!("{all}. One of them waits for you."),
        (mine, _) => format!("{all}. {mine} of them wait for you."),
    }
}

/// "£40,000 of Treatment, for a café. Rowan House would do it."
pub(super) fn asked(paper: &PaperSummary) -> String {
    let whom = paper
        .provider
        .as_ref()
        .map_or_else(String::new, |name| format!(" {name} would do it."));
    let purpose = paper.purpose.trim_end_matches('.');
    format!(
        "{} from {}. {purpose}.{whom}",
        paper.amount_pence.in_words(),
        paper.pool
    )
}

fn item(paper: &PaperSummary) -> Item {
    let (state, kind) = state_in_words(paper.state);
    Item {
        title: paper.title.clone(),
        href: format!("/decisions/{}", paper.id),
        sentence: asked(paper),
        due: if paper.overdue {
            format!(
                "Should have been decided by {}, {}",
                paper.decide_by_in_words, paper.when_in_words
            )
        } else {
            format!(
                "Decide by {}, {}",
                paper.decide_by_in_words, paper.when_in_words
            )
        },
        urgency: if paper.overdue { "late" } else { "" }.to_owned(),
        state: state.to_owned(),
        kind: kind.to_owned(),
        boards: paper.boards.iter().map(section).collect(),
        mine: if paper.waits_for_me {
            "Read it and decide".to_owned()
        } else {
            String::new()
        },
    }
}

/// The papers that wait for the reader, for Today.
pub async fn todos(house: &House) -> Result<Vec<Todo>, Fault> {
    if house.ctx.require(Operation::ReadPapers).is_err() {
        return Ok(Vec::new());
    }
    Ok(view::by_attention(&house.db, &house.ctx)
        .await?
        .into_iter()
        .filter(|paper| paper.waits_for_me)
        .map(|paper| {
            let hint = format!("{} Decide by {}.", asked(&paper), paper.decide_by_in_words);
            Todo {
                name: paper.title,
                href: format!("/decisions/{}", paper.id),
                state: if paper.overdue {
                    "Overdue"
                } else {
                    "To be decided"
                }
                .to_owned(),
                kind: if paper.overdue { "late" } else { "waiting" }.to_owned(),
                hint,
            }
        })
        .collect())
}
