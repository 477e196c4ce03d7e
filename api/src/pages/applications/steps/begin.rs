//! Beginning an application, and what it is.

use actix_web::{HttpResponse, web};
use domain::access::rules::Operation;
use domain::applications::ops::{self, ApplicationTerms, BudgetLine};
use domain::applications::view::ApplicationView;
use domain::awards;
use entity::Nation;
use serde::Deserialize;

use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::awards::form::{Typed, bodies};
use crate::pages::fields::{Fields, Wrong, id};
use crate::pages::form::{Choice, Field, Form, show};
use crate::pages::programmes::choices as programmes;
use crate::pages::{Link, see_other};

/// Those who can do something for an application, by name.
pub(super) async fn people(house: &House, nobody: &str) -> Result<Vec<Choice>, Fault> {
    Ok(std::iter::once(Choice::new("", nobody))
        .chain(
            awards::view::leads(&house.db, &house.ctx)
                .await?
                .into_iter()
                .map(|person| Choice::new(person.id, person.display_name)),
        )
        .collect())
}

async fn pools(house: &House) -> Result<Vec<Choice>, Fault> {
    Ok(std::iter::once(Choice::new("", "None of them"))
        .chain(
            domain::pools::view::list(&house.db, &house.ctx, None, 500)
                .await?
                .into_iter()
                .map(|pool| Choice::new(pool.id, pool.name)),
        )
        .collect())
}

async fn bodies_or_not(house: &House) -> Result<Vec<Choice>, Fault> {
    let mut all = bodies(house).await?;
    if let Some(first) = all.first_mut() {
        "Not settled yet".clone_into(&mut first.text);
    }
    Ok(all)
}

pub(super) async fn terms_fields(house: &House) -> Result<Vec<Field>, Fault> {
    let bodies = bodies_or_not(house).await?;
    Ok(vec![
        Field::text("title", "What people call it")
            .hint("The award will be called so too, if it succeeds"),
        Field::select(
            "programme_id",
            "Programme",
            programmes(house, "Choose").await?,
        )
        .hint("Missing? Record the programme first, under Programmes."),
        Field::heading("What it would fund"),
        Field::select("pool_id", "A pool", pools(house).await?),
        Field::area("purpose", "In words")
            .hint("What the money would do. One of the two is needed."),
        Field::date("starts_on", "From when could money arrive? (optional)"),
        Field::date("ends_on", "Until when? (optional)"),
        Field::heading("Who"),
        Field::select(
            "lead_id",
            "Who leads on it? (optional)",
            people(house, "Nobody yet").await?,
        )
        .hint("Is reminded where nobody else is named."),
        Field::select(
            "accountable_body_id",
            "Who would answer to the funder?",
            bodies.clone(),
        ),
        Field::select(
            "holder_id",
            "In whose bank account would the money be?",
            bodies,
        ),
        Field::select(
            "nation",
            "Whose bank holidays count?",
            Nation::all()
                .map(|nation| {
                    Choice::new(nation.slug(), domain::calendar::rules::nation_name(nation))
                })
                .collect(),
        ),
    ])
}

/// What an application asks for now.
pub fn terms_of(seen: &ApplicationView) -> ApplicationTerms {
    let summary = &seen.summary;
    ApplicationTerms {
        programme_id: summary.programme_id,
        title: summary.title.clone(),
        pool_id: summary.pool_id,
        purpose: seen.purpose.clone(),
        starts_on: summary.starts_on,
        ends_on: summary.ends_on,
        lead_id: summary.lead_id,
        accountable_body_id: seen.accountable_body_id,
        holder_id: seen.holder_id,
        nation: seen.nation,
        lines: seen
            .lines
            .iter()
            .map(|line| BudgetLine {
                year_from: line.year_from,
                label: line.label.clone(),
                capital: line.capital,
                amount_pence: line.amount_pence,
            })
            .collect(),
    }
}

pub(super) fn read_terms(
    fields: &Fields,
    wrong: &mut Wrong,
    lines: Vec<BudgetLine>,
) -> Option<ApplicationTerms> {
    if fields.some("title").is_none() {
        wrong.add("title", "Enter what people call it.");
    }
    let programme = wrong.chosen(fields, "programme_id", id);
    let nation = wrong.chosen(fields, "nation", Nation::from_slug);
    let starts_on = wrong.some_date(fields, "starts_on");
    let ends_on = wrong.some_date(fields, "ends_on");
    if !wrong.is_empty() {
        return None;
    }
    Some(ApplicationTerms {
        programme_id: programme?,
        title: fields.text("title"),
        pool_id: fields.some("pool_id").and_then(id),
        purpose: fields.text("purpose"),
        starts_on,
        ends_on,
        lead_id: fields.some("lead_id").and_then(id),
        accountable_body_id: fields.some("accountable_body_id").and_then(id),
        holder_id: fields.some("holder_id").and_then(id),
        nation: nation?,
        lines,
    })
}

#[derive(Deserialize)]
pub struct From {
    programme: Option<String>,
}

async fn begin_form(house: &House) -> Result<Form, Fault> {
    Ok(Form {
        back: Link::new("Applications", "/applications"),
        heading: "Begin an application".to_owned(),
        lead: "What would you ask for, and of whom? Its budget and its questions come next."
            .to_owned(),
        action: "/applications".to_owned(),
        hidden: Vec::new(),
        fields: terms_fields(house).await?,
        button: "Begin this application".to_owned(),
        grave: false,
    })
}

pub async fn new(house: House, from: web::Query<From>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::BeginApplication)?;
    let mut typed = Fields::default().with("nation", Nation::England.slug());
    if let Some(programme) = &from.programme {
        typed = typed.with("programme_id", programme.as_str());
    }
    if let Some(me) = house.ctx.person_id() {
        typed = typed.with("lead_id", me.to_string());
    }
    show(&house, begin_form(&house).await?, &typed, &Wrong::default()).await
}

pub async fn begin(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::BeginApplication)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(new) = read_terms(&fields, &mut wrong, Vec::new()) {
        match ops::begin(&house.db, &house.ctx, &new).await {
            Ok(id) => return Ok(see_other(&format!("/applications/{id}"))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, begin_form(&house).await?, &fields, &wrong).await
}
