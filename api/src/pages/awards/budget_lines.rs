//! An award's budget lines: where does it stand in its funder's own words, and what are those made of?

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use domain::access::rules::Operation;
use domain::awards::view as awards;
use domain::category_maps::ops::{self, NewBudgetLine, NewCategoryMap};
use domain::category_maps::view::{self, BudgetLines};
use domain::{Money, categories};
use entity::{AwardId, PaysFor};

use super::super::fields::{Fields, Wrong, id, line_of};
use super::super::form::Choice;
use super::super::positions::{asked, with};
use super::super::{Link, PageFrame, mark_as_wrong, page, see_other, words};
use super::form::Typed;
use super::{Sum, form};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::budget_lines::as_csv;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/awards/{id}/budget-lines")
                .route(web::get().to(look))
                .route(web::post().to(record)),
        )
        .service(web::resource("/awards/{id}/budget-lines.csv").route(web::get().to(download)))
        .service(web::resource("/awards/{id}/budget-lines/new").route(web::get().to(ask)));
}

/// The way to them from the award: for whoever records them, and where they are known for whoever reads.
pub(super) async fn step(house: &House, id: AwardId) -> Result<Option<Link>, Fault> {
    let shown = house.ctx.require(Operation::MapCategories).is_ok()
        || !view::known(&house.db, &house.ctx, [id]).await?.is_empty();
    Ok(shown.then(|| Link::new("Budget lines", format!("/awards/{id}/budget-lines"))))
}

/// Empty lines under those that are filled in.
const EMPTY: usize = 3;

#[derive(Template)]
#[template(path = "pages/budget_lines.html")]
struct BudgetLinesPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    errors: Vec<Link>,
    award: String,
    sentence: String,
    action: String,
    as_of: String,
    as_of_error: String,
    sums: Vec<Sum>,
    now: bool,
    rows: Vec<Row>,
    /// What counts in none of them, where anything does.
    rest: Option<Row>,
    total: Row,
    note: String,
    said_in: String,
    change_href: String,
    downloads: Vec<Link>,
}

#[derive(Default)]
struct Row {
    name: String,
    about: String,
    budget: String,
    attributed: String,
    forecast: String,
    left: String,
}

fn some(amount: Option<Money>) -> String {
    amount.map_or("Not stated".to_owned(), Money::in_full)
}

/// What there is to say of them in a sentence.
fn sentence(seen: &BudgetLines) -> String {
    if seen.lines.is_empty() {
        return "Which lines its funder counts in was not recorded yet.".to_owned();
    }
    let over: Vec<&str> = seen
        .lines
        .iter()
        .filter(|line| line.left_pence.is_some_and(|left| left < Money::ZERO))
        .map(|line| line.name.as_str())
        .collect();
    let spent = format!(
        "{} of {} was spent, told in the lines of {}.",
        seen.attributed_pence.in_words(),
        seen.amount_pence.in_words(),
        seen.funder
    );
    let more = match over.as_slice() {
        [] => String::new(),
        [only] => format!(" More was spent than is given for {only}."),
        [first, rest @ ..] => format!(
            " More was spent than is given for {first} and {}.",
            words::count(rest.len(), "more line", "more lines")
        ),
    };
    format!("{spent}{more}")
}

fn rows(seen: &BudgetLines) -> Vec<Row> {
    seen.lines
        .iter()
        .map(|line| {
            let kind = match line.pays_for {
                PaysFor::Both => "",
                PaysFor::Capital => "Capital of ",
                PaysFor::Revenue => "Revenue of ",
            };
            Row {
                name: line.name.clone(),
                about: format!("{kind}{}", line.categories.join(", ")),
                budget: some(line.budget_pence),
                attributed: line.attributed_pence.in_full(),
                forecast: some(line.forecast_pence),
                left: some(line.left_pence),
            }
        })
        .collect()
}

async fn look(
    house: House,
    path: web::Path<AwardId>,
    query: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Fault> {
    let id = path.into_inner();
    let fields = Fields(query.into_inner());
    let (when, wrong) = asked(&fields);
    let seen = view::of_award(&house.db, &house.ctx, id, when).await?;
    let may = house.ctx.require(Operation::MapCategories).is_ok();
    let here = format!("/awards/{id}/budget-lines");
    let sum = |label: &str, amount: Money| Sum {
        label: label.to_owned(),
        amount: amount.in_full(),
        href: String::new(),
        note: String::new(),
    };
    let none = &seen.in_no_line;
    let is_empty = |amount: Option<Money>| amount.unwrap_or_default() == Money::ZERO;
    let rest = (none.attributed_pence != Money::ZERO
        || !is_empty(none.forecast_pence)
        || !none.categories.is_empty())
    .then(|| Row {
        name: "In none of them".to_owned(),
        about: none.categories.join(", "),
        budget: "None".to_owned(),
        attributed: none.attributed_pence.in_full(),
        forecast: some(none.forecast_pence),
        left: "None".to_owned(),
    });
    // of lines without a budget nothing can be said together
    let budgets: Option<Vec<Money>> = seen.lines.iter().map(|line| line.budget_pence).collect();
    let budgets = budgets.and_then(Money::sum);
    page(&BudgetLinesPage {
        page: PageFrame::of(&house, "Budget lines").await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(seen.award.clone(), format!("/awards/{id}")),
        ],
        errors: wrong.links(),
        sentence: sentence(&seen),
        as_of: match fields.some("as_of") {
            Some(typed) => typed.to_owned(),
            None => typed_day(seen.as_of),
        },
        as_of_error: wrong.of("as_of"),
        sums: vec![
            sum("Amount", seen.amount_pence),
            sum("Attributed", seen.attributed_pence),
        ],
        now: seen.forecast_pence.is_some(),
        rows: rows(&seen),
        rest,
        total: Row {
            name: "Together".to_owned(),
            about: String::new(),
            budget: some(budgets),
            attributed: seen.attributed_pence.in_full(),
            forecast: some(seen.forecast_pence),
            left: some(budgets.and_then(|sum| sum.minus(seen.attributed_pence))),
        },
        note: format!("As of {}", words::day(seen.as_of)),
        said_in: seen.said_in.clone().unwrap_or_default(),
        change_href: match may {
            true => format!("{here}/new"),
            false => String::new(),
        },
        downloads: vec![Link::new(
            "Download as CSV",
            with(&format!("{here}.csv"), &fields),
        )],
        action: here,
        award: seen.award,
    })
}

fn typed_day(on: NaiveDate) -> String {
    on.format("%d/%m/%Y").to_string()
}

async fn download(
    house: House,
    path: web::Path<AwardId>,
    query: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Fault> {
    let (when, _) = asked(&Fields(query.into_inner()));
    let seen = view::of_award(&house.db, &house.ctx, path.into_inner(), when).await?;
    Ok(as_csv(seen))
}

#[derive(Template)]
#[template(path = "pages/budget_lines_form.html")]
struct FormPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    award: String,
    lead: String,
    errors: Vec<Link>,
    action: String,
    version: String,
    said_in: String,
    said_in_error: String,
    kinds: Vec<Choice>,
    chart: Vec<Choice>,
    lines: Vec<Line>,
}

/// A line as it is typed.
#[derive(Default)]
struct Line {
    n: usize,
    name: String,
    budget: String,
    kind: String,
    chosen: Vec<String>,
    error: String,
}

impl Line {
    fn has(&self, value: &str) -> bool {
        self.chosen.iter().any(|one| one == value)
    }

    fn is_empty(&self) -> bool {
        self.name.trim().is_empty() && self.budget.trim().is_empty() && self.chosen.is_empty()
    }
}

/// What the form begins with: the lines as they stand, or those of the application that became the award.
async fn begun(house: &House, id: AwardId) -> Result<(String, Vec<Line>, bool), Fault> {
    let seen = view::of_award(&house.db, &house.ctx, id, view::When::default()).await?;
    if let Some(said_in) = seen.said_in {
        let lines = seen
            .lines
            .into_iter()
            .map(|line| Line {
                name: line.name,
                budget: line.budget_pence.map(Money::as_typed).unwrap_or_default(),
                kind: line.pays_for.slug().to_owned(),
                chosen: line.category_ids.iter().map(ToString::to_string).collect(),
                ..Line::default()
            })
            .collect();
        return Ok((said_in, lines, false));
    }
    let asked = view::as_applied_for(&house.db, &house.ctx, id).await?;
    let lines: Vec<Line> = asked
        .into_iter()
        .map(|(name, capital, amount)| Line {
            name,
            budget: amount.as_typed(),
            kind: match capital {
                true => PaysFor::Capital,
                false => PaysFor::Revenue,
            }
            .slug()
            .to_owned(),
            ..Line::default()
        })
        .collect();
    let applied_for = !lines.is_empty();
    Ok((String::new(), lines, applied_for))
}

async fn render(
    house: &House,
    award: &awards::AwardView,
    typed: (String, Vec<Line>),
    wrong: (String, Vec<Link>),
    version: String,
    applied_for: bool,
) -> Result<HttpResponse, Fault> {
    let id = award.summary.id;
    let ((said_in, mut lines), (said_in_error, errors)) = (typed, wrong);
    for _ in 0..EMPTY {
        lines.push(Line::default());
    }
    for (n, line) in lines.iter_mut().enumerate() {
        line.n = n + 1;
        if line.kind.is_empty() {
            award.pays_for.slug().clone_into(&mut line.kind);
        }
    }
    let chart = match award.categories.is_empty() {
        true => categories::view::all(&house.db, &house.ctx).await?,
        false => award.categories.clone(),
    };
    let kinds = match award.pays_for {
        PaysFor::Both => vec![PaysFor::Both, PaysFor::Revenue, PaysFor::Capital],
        only => vec![only],
    };
    let failed = !errors.is_empty();
    let mut reply = page(&FormPage {
        page: PageFrame::of(house, "Record budget lines").await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(award.summary.title.clone(), format!("/awards/{id}")),
            Link::new("Budget lines", format!("/awards/{id}/budget-lines")),
        ],
        award: award.summary.title.clone(),
        lead: match applied_for {
            true => {
                "These are the lines of the application that became this award. Say which cost \
                     categories each is made of."
                    .to_owned()
            }
            false => {
                "The lines that the funder counts in, and which of our cost categories each is \
                      made of. The same spend counts in one line. No money moves by this."
                    .to_owned()
            }
        },
        errors,
        action: format!("/awards/{id}/budget-lines"),
        version,
        said_in,
        said_in_error,
        kinds: kinds
            .into_iter()
            .map(|kind| Choice::new(kind.slug(), words::pays_for(kind)))
            .collect(),
        chart: chart
            .into_iter()
            .map(|category| Choice::new(category.id, category.name))
            .collect(),
        lines,
    })?;
    if failed {
        mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

async fn ask(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::MapCategories)?;
    let id = path.into_inner();
    let award = awards::one(&house.db, &house.ctx, id).await?;
    if award.summary.closed_on.is_some() {
        return form::too_late(
            &house,
            "Record budget lines",
            "This award is closed: what it was is settled.",
            Link::new(award.summary.title, format!("/awards/{id}")),
        )
        .await;
    }
    let (said_in, lines, applied_for) = begun(&house, id).await?;
    let version = award.summary.version.to_string();
    let nothing = (String::new(), Vec::new());
    render(
        &house,
        &award,
        (said_in, lines),
        nothing,
        version,
        applied_for,
    )
    .await
}

async fn record(
    house: House,
    path: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::MapCategories)?;
    let award_id = path.into_inner();
    let award = awards::one(&house.db, &house.ctx, award_id).await?;
    let fields = Fields(sent);
    let said_in = fields.text("said_in");
    let mut said_in_error = match said_in.is_empty() {
        true => "Say where the funder’s lines are written.".to_owned(),
        false => String::new(),
    };
    // one more than may be, so that too many are told of and not cut off
    let mut lines: Vec<Line> = (1..=domain::category_maps::rules::MOST_LINES + 1)
        .map(|n| Line {
            n,
            name: fields.text(&format!("name.{n}")),
            budget: fields.text(&format!("budget.{n}")),
            kind: fields.text(&format!("kind.{n}")),
            chosen: fields.all(&format!("of.{n}")).map(str::to_owned).collect(),
            error: String::new(),
        })
        .filter(|line| !line.is_empty())
        .collect();
    let mut read = Vec::with_capacity(lines.len());
    for line in &mut lines {
        let typed = line.budget.trim();
        let budget = match typed.is_empty() {
            true => None,
            false => Money::from_typed(typed),
        };
        if budget.is_none() && !typed.is_empty() {
            "Enter an amount in pounds, such as 1,234.56.".clone_into(&mut line.error);
        } else if line.name.trim().is_empty() {
            "Enter what the funder calls it.".clone_into(&mut line.error);
        }
        read.push(NewBudgetLine {
            name: line.name.clone(),
            budget_pence: budget,
            pays_for: PaysFor::from_slug(&line.kind).unwrap_or(award.pays_for),
            category_ids: line.chosen.iter().filter_map(|one| id(one)).collect(),
        });
    }
    let mut errors = Vec::new();
    if said_in_error.is_empty() && lines.iter().all(|line| line.error.is_empty()) {
        let new = NewCategoryMap {
            said_in: said_in.clone(),
            lines: read,
        };
        let done = ops::record(&house.db, &house.ctx, award_id, fields.version(), &new).await;
        match done {
            Ok(_) => return Ok(see_other(&format!("/awards/{award_id}/budget-lines"))),
            Err(domain::Error::Invalid(found)) => {
                for field in found {
                    let line = line_of(&field.pointer).and_then(|n| lines.get_mut(n));
                    match line {
                        Some(line) if line.error.is_empty() => line.error = field.detail,
                        Some(_) => {}
                        None if field.pointer == "/said_in" => said_in_error = field.detail,
                        None => errors.push(Link::new(field.detail, "#name.1")),
                    }
                }
            }
            Err(other) => {
                let mut wrong = Wrong::default();
                wrong.take(other)?;
                errors.extend(wrong.links());
            }
        }
    }
    if !said_in_error.is_empty() {
        errors.push(Link::new(said_in_error.clone(), "#said_in"));
    }
    for (n, line) in lines.iter().enumerate() {
        if !line.error.is_empty() {
            errors.push(Link::new(
                format!("Line {}: {}", n + 1, line.error),
                format!("#name.{}", n + 1),
            ));
        }
    }
    let version = fields.text("version");
    let wrong = (said_in_error, errors);
    render(&house, &award, (said_in, lines), wrong, version, false).await
}
