//! One agreement: what was agreed, what was spent of it, what must be said by when.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::Operation;
use domain::commitments::view::{self, CommitmentView};
use entity::{CommitmentId, CommitmentKind};

use super::list::state;
use crate::http::{Fault, House};
use crate::pages::awards::Sum;
use crate::pages::shapes::Fact;
use crate::pages::{Link, PageFrame, history, page, words};

#[derive(Template)]
#[template(path = "pages/commitment.html")]
struct CommitmentPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    above: String,
    title: String,
    state: String,
    kind: String,
    due: String,
    sentence: String,
    sums: Vec<Sum>,
    counted: String,
    facts: Vec<Fact>,
    awards: Vec<Link>,
    months: Vec<(String, String)>,
    versions: Vec<history::Event>,
    notices: Vec<String>,
    vary_href: String,
    notice_href: String,
    events: Vec<history::Event>,
    beside: Option<Link>,
    history_href: String,
}

pub async fn page_of(house: House, id: web::Path<CommitmentId>) -> Result<HttpResponse, Fault> {
    let seen = view::one(&house.db, &house.ctx, *id).await?;
    let summary = &seen.summary;
    let (state, kind) = state(summary, house.ctx.today());
    let address = format!("/commitments/{}", summary.id);
    let may = house.ctx.require(Operation::KeepCommitments).is_ok();
    let reads = house.ctx.require(Operation::ReadSpend).is_ok();
    let spend_href = if reads {
        format!("/spend?pool={}", summary.pool_id)
    } else {
        String::new()
    };
    page(&CommitmentPage {
        page: PageFrame::of(&house, &summary.title).await?,
        crumbs: vec![Link::new("Commitments", "/commitments")],
        above: format!("{} with {}", kind_in_words(summary.kind), summary.provider),
        title: summary.title.clone(),
        state: state.to_owned(),
        kind: kind.to_owned(),
        due: if summary.told || summary.over {
            String::new()
        } else {
            format!(
                "Tell {} by {} whether it goes on, {}",
                summary.provider,
                words::date(summary.notice_by),
                summary.notice_in_words
            )
        },
        sentence: sentence(&seen),
        sums: sums(&seen, &spend_href),
        counted: counted(&seen),
        facts: facts(&seen),
        awards: seen
            .awards
            .iter()
            .map(|award| Link::new(award.title.clone(), format!("/awards/{}", award.id)))
            .collect(),
        months: seen
            .months
            .iter()
            .map(|one| (words::month(one.month), one.amount_pence.in_full()))
            .collect(),
        versions: seen
            .versions
            .iter()
            .rev()
            .map(|one| history::Event {
                what: format!(
                    "{}: {} until {}",
                    one.reason,
                    one.total_pence.in_full(),
                    words::day(one.ends_on)
                ),
                who: one.recorded_by.clone().unwrap_or_default(),
                when: format!("Holds from {}", words::day(one.effective_on)),
                why: String::new(),
            })
            .collect(),
        notices: seen
            .notices
            .iter()
            .rev()
            .map(|one| {
                format!(
                    "On {} they were told that it {}: {}",
                    words::day(one.told_on),
                    if one.goes_on { "goes on" } else { "ends" },
                    one.words
                )
            })
            .collect(),
        vary_href: if may {
            format!("{address}/variation")
        } else {
            String::new()
        },
        notice_href: if may && !summary.told {
            format!("{address}/notice")
        } else {
            String::new()
        },
        events: history::latest(&house, "commitment", summary.id.into()).await?,
        beside: crate::pages::beside::link(
            &house,
            domain::beside::rules::RecordKind::Commitment,
            summary.id,
        )
        .await?,
        history_href: format!("/history/commitment/{}", summary.id),
    })
}

pub(super) const fn kind_in_words(kind: CommitmentKind) -> &'static str {
    match kind {
        CommitmentKind::Contract => "Contract",
        CommitmentKind::GrantAgreement => "Grant agreement",
    }
}

fn sentence(seen: &CommitmentView) -> String {
    let summary = &seen.summary;
    if summary.beyond_pence > Money::ZERO {
        format!(
            "{} was agreed, and {} more than that is spent.",
            summary.total_pence.in_words(),
            summary.beyond_pence.in_words()
        )
    } else {
        format!(
            "{} of {} is promised and not spent yet.",
            summary.outstanding_pence.in_words(),
            summary.total_pence.in_words()
        )
    }
}

/// Which spend counts against it.
fn counted(seen: &CommitmentView) -> String {
    let summary = &seen.summary;
    format!(
        "Spent is what names “{}” as its contract or order; and, among lines that name none of this \
         pool’s, what “{}” was paid for from {} to {}{}.",
        summary.reference,
        seen.supplier,
        words::day(summary.starts_on),
        words::day(summary.ends_on),
        seen.category
            .as_ref()
            .map_or_else(String::new, |name| format!(", for {}", name.to_lowercase()))
    )
}

fn sums(seen: &CommitmentView, spend_href: &str) -> Vec<Sum> {
    let summary = &seen.summary;
    let (spent, by_reference) = (summary.spent_pence, summary.spent_by_reference_pence);
    let note = if spent == Money::ZERO && by_reference == Money::ZERO {
        String::new()
    } else if by_reference == spent {
        "By its reference".to_owned()
    } else if by_reference == Money::ZERO {
        "By the supplier’s name".to_owned()
    } else {
        format!("{} of it by its reference", by_reference.in_full())
    };
    [
        ("Agreed", summary.total_pence, "#months", String::new()),
        ("Spent", spent, spend_href, note),
        ("Promised", summary.outstanding_pence, "", String::new()),
    ]
    .into_iter()
    .map(|(label, amount, href, note)| Sum {
        label: label.to_owned(),
        amount: amount.in_full(),
        href: href.to_owned(),
        note,
    })
    .collect()
}

fn facts(seen: &CommitmentView) -> Vec<Fact> {
    let summary = &seen.summary;
    let with = |key: &str, value: &str, href: String| Fact {
        href,
        ..Fact::new(key, value)
    };
    let mut facts = vec![
        with(
            "Provider",
            &summary.provider,
            format!("/organisations/{}", summary.provider_id),
        ),
        with("Pool", &summary.pool, format!("/pools/{}", summary.pool_id)),
        Fact::new("Held by", summary.holder.clone()),
        Fact::new("Reference", summary.reference.clone()),
        Fact::new(
            "Runs",
            format!(
                "{} to {}",
                words::day(summary.starts_on),
                words::day(summary.ends_on)
            ),
        ),
        Fact::new(
            "Notice",
            seen.notice_days.map_or_else(
                || "None agreed".to_owned(),
                |days| words::count(usize::try_from(days).unwrap_or(0), "day", "days"),
            ),
        ),
    ];
    if let (Some(title), Some(paper)) = (&seen.allocation, seen.paper_id) {
        facts.push(with("Decided by", title, format!("/decisions/{paper}")));
    }
    if seen.capital {
        facts.push(Fact::new("Kind of spend", "Capital"));
    }
    for (key, value) in [
        ("For", &seen.category),
        ("Where", &seen.place),
        ("For whom", &seen.people_group),
    ] {
        if let Some(value) = value {
            facts.push(Fact::new(key, value.clone()));
        }
    }
    facts
}
