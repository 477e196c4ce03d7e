//! The list: ending soon first.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::commitments::view::{self, CommitmentFilter, CommitmentSummary};
use serde::Deserialize;

use crate::http::{Fault, House};
use crate::json::tables;
use crate::pages::awards::Sum;
use crate::pages::fields::id;
use crate::pages::shapes::Choice;
use crate::pages::{Link, PageFrame, page, words};

#[derive(Template)]
#[template(path = "pages/commitments.html")]
struct CommitmentsPage {
    page: PageFrame,
    sentence: String,
    may_record: bool,
    any: bool,
    sums: Vec<Sum>,
    filter_pool: Vec<Choice>,
    rows: Vec<Row>,
    downloads: Vec<Link>,
}

struct Row {
    title: String,
    href: String,
    provider: String,
    pool: String,
    ends: String,
    next: String,
    state: String,
    kind: String,
    total: String,
    spent: String,
    left: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Narrow {
    #[serde(default)]
    pool: String,
}

impl Narrow {
    fn filter(&self) -> CommitmentFilter {
        CommitmentFilter {
            pool: id(&self.pool),
            ..CommitmentFilter::default()
        }
    }
}

/// The list as a file, as it is filtered.
pub async fn csv(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    let rows = view::list(&house.db, &house.ctx, narrow.filter()).await?;
    Ok(tables::commitments(rows))
}

pub async fn page_of(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    let rows = view::list(&house.db, &house.ctx, narrow.filter()).await?;
    let any = !rows.is_empty() || !narrow.pool.is_empty();
    let sum =
        |of: fn(&CommitmentSummary) -> Money| Money::sum(rows.iter().map(of)).unwrap_or_default();
    let promised = Money::sum(
        rows.iter()
            .filter(|one| !one.over)
            .map(|one| one.outstanding_pence),
    )
    .unwrap_or_default();
    let today = house.ctx.today();
    let soon = rows
        .iter()
        .filter(|one| !one.over && !one.told && one.notice_by <= today + chrono::Days::new(90))
        .count();
    let sentence = format!(
        "{} is promised and not spent yet. {}",
        promised.in_words(),
        match soon {
            0 => "No provider must be told within 90 days whether it goes on.".to_owned(),
            1 => "One provider must be told within 90 days whether it goes on.".to_owned(),
            many => format!("{many} providers must be told within 90 days whether it goes on."),
        }
    );
    let mut pools = domain::pools::view::by_attention(&house.db, &house.ctx).await?;
    pools.sort_by(|a, b| a.name.cmp(&b.name));
    let filter_pool = std::iter::once(Choice::new("", "Any pool", &narrow.pool))
        .chain(
            pools
                .into_iter()
                .map(|pool| Choice::new(&pool.id.to_string(), &pool.name, &narrow.pool)),
        )
        .collect();
    let query = match narrow.pool.as_str() {
        "" => String::new(),
        pool => format!("?pool={}", crate::pages::urlencode(pool)),
    };
    page(&CommitmentsPage {
        page: PageFrame::of(&house, "Commitments").await?,
        sentence,
        may_record: house.ctx.require(Operation::KeepCommitments).is_ok(),
        any,
        sums: [
            ("Agreed in all", sum(|one| one.total_pence)),
            ("Spent against it", sum(|one| one.spent_pence)),
            ("Promised", promised),
            ("Spent beyond", sum(|one| one.beyond_pence)),
        ]
        .into_iter()
        .filter(|(label, amount)| *label != "Spent beyond" || *amount != Money::ZERO)
        .map(|(label, amount)| Sum {
            label: label.to_owned(),
            amount: amount.in_full(),
            href: String::new(),
            note: String::new(),
        })
        .collect(),
        filter_pool,
        rows: rows.iter().map(|one| row(one, today)).collect(),
        downloads: vec![Link::new(
            "These commitments (CSV)",
            format!("/commitments/commitments.csv{query}"),
        )],
    })
}

/// Where an agreement stands, with its tag's kind.
pub(super) fn state(
    one: &CommitmentSummary,
    today: chrono::NaiveDate,
) -> (&'static str, &'static str) {
    if one.over && !one.told {
        ("Over, nobody was told", "late")
    } else if one.over {
        ("Over", "off")
    } else if one.told {
        ("The provider was told", "done")
    } else if one.notice_by < today {
        ("Too late to tell", "late")
    } else if one.notice_by <= today + chrono::Days::new(90) {
        ("To tell soon", "waiting")
    } else {
        ("Runs", "doing")
    }
}

fn row(one: &CommitmentSummary, today: chrono::NaiveDate) -> Row {
    let (state, kind) = state(one, today);
    Row {
        title: one.title.clone(),
        href: format!("/commitments/{}", one.id),
        provider: one.provider.clone(),
        pool: one.pool.clone(),
        ends: words::day(one.ends_on),
        next: if one.told || one.over {
            String::new()
        } else {
            format!("by {}, {}", words::day(one.notice_by), one.notice_in_words)
        },
        state: state.to_owned(),
        kind: kind.to_owned(),
        total: one.total_pence.in_full(),
        spent: one.spent_pence.in_full(),
        left: if one.beyond_pence > Money::ZERO {
            format!("{} beyond", one.beyond_pence.in_full())
        } else {
            one.outstanding_pence.in_full()
        },
    }
}
