//! What a funder's officer is told: where their money stands, and which of their returns has come.

use actix_web::HttpResponse;
use askama::Template;
use chrono::NaiveDate;
use domain::access::rules::Operation;
use domain::awards::view;
use domain::calendar::rules::months_in_words;
use domain::positions;
use entity::GrantReturnId;

use super::house::Todo;
use super::{Link, PageFrame, page, questions, words};
use crate::http::{Fault, House};

/// How many awards their Today tells of.
const MOST: u64 = 100;

/// How many of the documents that they were given it tells of.
const NEWEST: u64 = 5;

/// A return that is asked for, and not sent yet.
pub struct Expected {
    /// The award and the return.
    pub title: String,
    pub award_href: String,
    pub due_on: NaiveDate,
    pub late: bool,
}

struct Money {
    award: String,
    href: String,
    amount: String,
    used: String,
    left: String,
    ends: String,
}

struct Awaited {
    title: String,
    href: String,
    due: String,
    state: String,
    kind: String,
}

#[derive(Template)]
#[template(path = "pages/funder_today.html")]
struct FunderToday {
    page: PageFrame,
    sentence: String,
    awaited: Vec<Awaited>,
    sent: Vec<Link>,
    money: Vec<Money>,
    /// The pools that their awards pay into.
    pools: Vec<Link>,
    /// The newest documents that are shared with them.
    documents: Vec<Link>,
    /// What they asked and was answered.
    questions: Vec<Todo>,
    /// What of it waits, in words; empty where nothing does.
    unanswered: String,
}

/// What is known of their awards' returns: what has not come, the earliest due first, and what has.
pub async fn returns(
    house: &House,
) -> Result<(Vec<Expected>, Vec<(GrantReturnId, String)>), Fault> {
    let (mut expected, mut sent) = (Vec::new(), Vec::new());
    for award in view::by_attention(&house.db, &house.ctx, None, MOST)
        .await?
        .items
    {
        let one = view::one(&house.db, &house.ctx, award.id).await?;
        for item in one.returns {
            let title = format!(
                "{}: {}, {}",
                award.title,
                item.name,
                months_in_words(item.period_from, item.period_to)
            );
            match item.due_on {
                Some(due_on) => expected.push(Expected {
                    title,
                    award_href: format!("/awards/{}", award.id),
                    due_on,
                    late: due_on < house.ctx.today(),
                }),
                None if item.state.is_some() => sent.push((item.id, title)),
                None => {}
            }
        }
    }
    expected.sort_by_key(|one| one.due_on);
    Ok((expected, sent))
}

/// One true sentence about what has not come.
pub fn sentence(expected: &[Expected], soon: usize) -> String {
    let late = expected.iter().filter(|one| one.late).count();
    match (late, soon) {
        (0, 0) => "Nothing is overdue to you, and nothing is due in the next six weeks.".to_owned(),
        (0, soon) => format!(
            "Nothing is overdue to you; {} due in the next six weeks.",
            words::count(soon, "return is", "returns are")
        ),
        (late, 0) => format!(
            "{} overdue to you.",
            words::count(late, "return is", "returns are")
        ),
        (late, soon) => format!(
            "{} overdue to you; {} due in the next six weeks.",
            words::count(late, "return is", "returns are"),
            words::count(soon, "more is", "more are")
        ),
    }
}

/// Those that are due within six weeks and not late.
pub fn soon<'a>(house: &House, expected: &'a [Expected]) -> Vec<&'a Expected> {
    let until = house.ctx.today() + chrono::Days::new(42);
    expected
        .iter()
        .filter(|one| !one.late && one.due_on <= until)
        .collect()
}

/// Their Today.
pub async fn today(house: &House) -> Result<HttpResponse, Fault> {
    let (expected, sent) = returns(house).await?;
    let soon = soon(house, &expected);
    let awards = view::by_attention(&house.db, &house.ctx, None, MOST)
        .await?
        .items;
    let pools = positions::view::pools(&house.db, &house.ctx).await?;
    // whoever came by a link asks nothing
    let asks = house.ctx.require(Operation::ReadFunderQuestions).is_ok();
    let waiting = match asks {
        true => domain::questions::view::how_many_wait(&house.db, &house.ctx).await?,
        false => 0,
    };
    let unanswered = match waiting {
        0 => String::new(),
        1 => "One of your questions waits for an answer.".to_owned(),
        many => format!("{many} of your questions wait for an answer."),
    };
    let documents = domain::sharing::view::list(
        &house.db,
        &house.ctx,
        domain::sharing::view::SharedFilter::default(),
        None,
        NEWEST,
    )
    .await?;
    page(&FunderToday {
        documents: documents
            .items
            .into_iter()
            .map(|one| {
                Link::new(
                    format!("{}: {}", one.beside, one.title),
                    format!("/shared-documents/{}/file", one.id),
                )
            })
            .collect(),
        questions: questions::todos(house).await?,
        unanswered,
        page: PageFrame::of(house, "Today").await?,
        sentence: sentence(&expected, soon.len()),
        awaited: expected
            .iter()
            .filter(|one| one.late)
            .chain(soon)
            .map(|one| Awaited {
                title: one.title.clone(),
                href: one.award_href.clone(),
                due: format!(
                    "{} {}",
                    if one.late { "Was due" } else { "Due" },
                    words::date(one.due_on)
                ),
                state: if one.late { "Overdue" } else { "Not sent yet" }.to_owned(),
                kind: if one.late { "late" } else { "todo" }.to_owned(),
            })
            .collect(),
        sent: sent
            .into_iter()
            .take(10)
            .map(|(id, title)| Link::new(title, format!("/returns/{id}")))
            .collect(),
        pools: pools
            .into_iter()
            .map(|(id, name)| Link::new(name, format!("/pools/{id}/position")))
            .collect(),
        money: awards
            .into_iter()
            .map(|award| Money {
                href: format!("/awards/{}", award.id),
                amount: award.amount_pence.in_full(),
                used: award.attributed_pence.in_full(),
                left: if award.days_left.is_some() {
                    award.left_pence.in_full()
                } else {
                    format!("{} not used by its end", award.left_pence.in_full())
                },
                ends: words::day(award.ends_on),
                award: award.title,
            })
            .collect(),
    })
}
