//! Agreement with the finance system: does what counts here agree with the ledger, by cost centre
//! and month, and if not, why not?

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{Months, NaiveDate};
use domain::access::rules::Operation;
use domain::agreement::ops::{self, LedgerTotal, LedgerTotals};
use domain::agreement::rules::Standing;
use domain::agreement::view::{self, AgreementView};
use domain::calendar::rules::first_of_month;
use domain::{Error, Money};
use serde::Deserialize;

use super::super::awards::form::Typed;
use super::super::fields::{Fields, Wrong};
use super::super::spend::parts::{Choice, count, money};
use super::super::{Link, PageFrame, mark_as_wrong, page, see_other, words};
use crate::http::forms::PageForm;
use crate::http::upload::Upload;
use crate::http::{Fault, House, forms};
use crate::json::ledger::as_table;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/ledger-agreement")
                .route(web::get().to(month))
                .route(web::post().to(state)),
        )
        .service(web::resource("/ledger-agreement/file").route(web::post().to(load)))
        .service(web::resource("/ledger-agreement/month.csv").route(web::get().to(download)));
}

#[derive(Template)]
#[template(path = "pages/ledger_agreement.html")]
struct AgreementPage {
    page: PageFrame,
    errors: Vec<Link>,
    month: String,
    value: String,
    sentence: String,
    state: String,
    kind: String,
    months: Vec<Choice>,
    rows: Vec<Row>,
    sums: Row,
    named: Vec<Link>,
    may_state: bool,
    typed: Vec<TypedRow>,
    faults: Vec<(String, String, String)>,
    downloads: Vec<Link>,
}

#[derive(Default)]
struct Row {
    name: String,
    ledger: String,
    ours: String,
    difference: String,
    why: String,
    state: String,
    kind: String,
}

struct TypedRow {
    centre_name: String,
    amount_name: String,
    label: String,
    centre: String,
    amount: String,
    error: String,
    fixed: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    month: String,
}

/// The month that is asked for; else the last that is over.
fn asked_for(asked: &str, today: NaiveDate) -> NaiveDate {
    let last = first_of_month(today)
        .checked_sub_months(Months::new(1))
        .unwrap_or(today);
    asked.parse().map_or(last, first_of_month)
}

async fn month(house: House, asked: web::Query<Asked>) -> Result<HttpResponse, Fault> {
    let month = asked_for(&asked.month, house.ctx.today());
    shown(
        &house,
        month,
        &Fields::default(),
        &Wrong::default(),
        Vec::new(),
    )
    .await
}

async fn shown(
    house: &House,
    month: NaiveDate,
    typed: &Fields,
    wrong: &Wrong,
    faults: Vec<(String, String, String)>,
) -> Result<HttpResponse, Fault> {
    let found = view::month(&house.db, &house.ctx, month).await?;
    let mut months: Vec<NaiveDate> = view::months(&house.db, &house.ctx)
        .await?
        .into_iter()
        .map(|standing| standing.month)
        .collect();
    if !months.contains(&month) {
        months.insert(0, month);
    }
    let (state, kind) = match (found.stated, found.agreed) {
        (false, _) => ("Ledger’s sums not stated", "todo"),
        (true, true) => ("Agreed", "done"),
        (true, false) => ("Not agreed", "late"),
    };
    let may_state = house.ctx.require(Operation::StateLedgerTotals).is_ok();
    let named = named(&found);
    let refused = !wrong.is_empty() || !faults.is_empty();
    let mut reply = page(&AgreementPage {
        page: PageFrame::of(house, "Agreement with the finance system").await?,
        errors: wrong.links(),
        month: words::month(month),
        value: month.to_string(),
        sentence: sentence(&found),
        state: state.to_owned(),
        kind: kind.to_owned(),
        months: months
            .into_iter()
            .map(|one| Choice::new(one.to_string(), words::month(one), &month.to_string()))
            .collect(),
        sums: Row {
            name: "All cost centres".to_owned(),
            ledger: money(found.stated_pence),
            ours: money(found.counted_pence),
            difference: money(found.stated_pence - found.counted_pence),
            ..Row::default()
        },
        typed: if may_state {
            inputs(&found, typed, wrong)
        } else {
            Vec::new()
        },
        rows: found.cost_centres.iter().map(row).collect(),
        named,
        may_state,
        faults,
        downloads: vec![Link::new(
            "Download this month as CSV",
            format!("/ledger-agreement/month.csv?month={month}"),
        )],
    })?;
    if refused {
        mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

fn name(centre: &str) -> String {
    if centre.is_empty() {
        "No cost centre".to_owned()
    } else {
        centre.to_owned()
    }
}

fn row(centre: &view::CentreView) -> Row {
    let part = |pence: i64, what: &str| (pence != 0).then(|| format!("{} {what}", money(pence)));
    let why: Vec<String> = [
        part(centre.to_code_pence, "waits to be coded"),
        part(centre.set_aside_pence, "was set aside"),
        part(centre.not_accepted_pence, "is in files not accepted"),
        part(
            centre.journals_pence.saturating_neg(),
            "is journals of our own",
        ),
        part(centre.other_pence.unwrap_or_default(), "is not explained"),
    ]
    .into_iter()
    .flatten()
    .collect();
    Row {
        name: name(&centre.cost_centre),
        ledger: centre
            .stated_pence
            .map_or_else(|| "Not stated".to_owned(), money),
        ours: money(centre.counted_pence),
        difference: centre.difference_pence.map_or_else(String::new, money),
        why: why.join("; "),
        state: centre.standing.words().to_owned(),
        kind: match centre.standing {
            Standing::Agrees | Standing::SetAside | Standing::Journals => "done",
            Standing::Waits => "waiting",
            Standing::NotStated => "todo",
            Standing::Apart => "late",
        }
        .to_owned(),
    }
}

fn sentence(found: &AgreementView) -> String {
    let month = words::month(found.month);
    let apart = |standing: Standing| {
        i64::try_from(
            found
                .cost_centres
                .iter()
                .filter(|centre| centre.standing == standing)
                .count(),
        )
        .unwrap_or(0)
    };
    if found.cost_centres.is_empty() {
        return format!("Nothing is loaded for {month}, and the ledger’s sums are not stated.");
    }
    if !found.stated {
        return format!(
            "{} counts for {month}. State what the finance system says of it, by cost centre.",
            Money(found.counted_pence).in_full()
        );
    }
    if found.agreed {
        return format!(
            "{month} agrees: the finance system says {}, and {} counts here.",
            Money(found.stated_pence).in_full(),
            Money(found.counted_pence).in_full()
        );
    }
    let parts: Vec<String> = [
        (
            Standing::Apart,
            "differs by something that is not explained",
            "differ by something that is not explained",
        ),
        (
            Standing::NotStated,
            "has no sum of the ledger’s",
            "have no sum of the ledger’s",
        ),
        (
            Standing::Waits,
            "will agree once what waits is settled",
            "will agree once what waits is settled",
        ),
    ]
    .into_iter()
    .filter_map(|(standing, one, many)| {
        let centres = apart(standing);
        (centres > 0).then(|| {
            format!(
                "{} {}",
                count(centres, "cost centre", "cost centres"),
                if centres == 1 { one } else { many }
            )
        })
    })
    .collect();
    format!("{month} is not agreed: {}.", parts.join("; "))
}

/// Where differences that have a name are settled.
fn named(found: &AgreementView) -> Vec<Link> {
    let mut links = Vec::new();
    if found.to_code_pence != 0 {
        links.push(Link::new(
            format!("Code the lines that wait: {}", money(found.to_code_pence)),
            "/waiting-lines",
        ));
    }
    if found.not_accepted_pence != 0 {
        links.push(Link::new(
            format!(
                "Settle and accept the files that were read: {}",
                money(found.not_accepted_pence)
            ),
            "/imports",
        ));
    }
    if found.set_aside_pence != 0 {
        links.push(Link::new(
            format!(
                "Look at what was set aside: {}",
                money(found.set_aside_pence)
            ),
            "/imports",
        ));
    }
    links
}

/// A row to type into for each cost centre, and some more.
fn inputs(found: &AgreementView, typed: &Fields, wrong: &Wrong) -> Vec<TypedRow> {
    let mut rows: Vec<(String, String, bool)> = found
        .cost_centres
        .iter()
        .map(|centre| {
            let amount = centre
                .stated_pence
                .map(|pence| Money(pence).as_typed())
                .unwrap_or_default();
            (centre.cost_centre.clone(), amount, true)
        })
        .collect();
    rows.sort();
    rows.extend((0..3).map(|_| (String::new(), String::new(), false)));
    rows.into_iter()
        .enumerate()
        .map(|(at, (centre, amount, fixed))| {
            let (centre_name, amount_name) = (format!("centre.{at}"), format!("amount.{at}"));
            let again = typed.some("month").is_some();
            TypedRow {
                label: name(&centre),
                error: wrong.of(&amount_name),
                centre: if again && !fixed {
                    typed.text(&centre_name)
                } else {
                    centre
                },
                amount: if again {
                    typed.text(&amount_name)
                } else {
                    amount
                },
                centre_name,
                amount_name,
                fixed,
            }
        })
        .collect()
}

async fn state(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::StateLedgerTotals)?;
    let typed = Fields(sent);
    let month = asked_for(&typed.text("month"), house.ctx.today());
    let there = format!("/ledger-agreement?month={month}");
    let found = view::month(&house.db, &house.ctx, month).await?;
    let mut wrong = Wrong::default();
    let mut totals = Vec::new();
    let known = inputs(&found, &Fields::default(), &Wrong::default());
    for row in known {
        let centre = if row.fixed {
            row.centre.clone()
        } else {
            typed.text(&row.centre_name)
        };
        let amount = wrong.some_money(&typed, &row.amount_name);
        let was = found
            .cost_centres
            .iter()
            .find(|one| one.cost_centre == centre && row.fixed)
            .and_then(|one| one.stated_pence);
        if (amount.is_none() && !row.fixed) || amount.map(Money::pence) == was {
            continue;
        }
        totals.push(LedgerTotal {
            cost_centre: centre,
            month,
            amount_pence: amount,
        });
    }
    if wrong.is_empty() {
        if totals.is_empty() {
            return Ok(see_other(&there));
        }
        match ops::state(&house.db, &house.ctx, &LedgerTotals { totals }).await {
            Ok(_) => return Ok(see_other(&there)),
            Err(Error::Invalid(problems)) => {
                for problem in problems {
                    wrong.add("", problem.detail);
                }
            }
            Err(error) => wrong.take(error)?,
        }
    }
    shown(&house, month, &typed, &wrong, Vec::new()).await
}

async fn load(
    house: House,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::StateLedgerTotals)?;
    let form = Upload::of(&request, payload).await?;
    forms::check(&request, form.field("csrf"))?;
    let month = asked_for(form.field("month").unwrap_or_default(), house.ctx.today());
    let mut wrong = Wrong::default();
    let mut faults = Vec::new();
    match &form.file {
        None => wrong.add("file", "Choose the file."),
        Some((_, bytes)) => match ops::load(&house.db, &house.ctx, bytes).await {
            Ok(done) if done.faults.is_empty() => {
                return Ok(see_other(&format!("/ledger-agreement?month={month}")));
            }
            Ok(done) => {
                faults = done
                    .faults
                    .into_iter()
                    .map(|fault| {
                        (
                            fault.row.to_string(),
                            fault.column.unwrap_or_default(),
                            fault.message,
                        )
                    })
                    .collect();
            }
            Err(Error::Invalid(problems)) => {
                for problem in problems {
                    wrong.add("file", problem.detail);
                }
            }
            Err(error) => return Err(error.into()),
        },
    }
    shown(&house, month, &Fields::default(), &wrong, faults).await
}

async fn download(house: House, asked: web::Query<Asked>) -> Result<HttpResponse, Fault> {
    let month = asked_for(&asked.month, house.ctx.today());
    Ok(as_table(view::month(&house.db, &house.ctx, month).await?))
}
