//! Recording an award, and setting a part of it apart.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use domain::access::rules::Operation;
use domain::awards::{ops, view};
use domain::{Money, categories, grants, organisations};
use entity::{AwardId, CarryForward, LegalBasis, Nation, PaysFor, PublishedGrantId};
use serde::Deserialize;

use super::super::fields::{Fields, Wrong, id};
use super::super::form::{Choice, Field, Form, show};
use super::super::{Link, PageFrame, page, programmes, see_other, words};
use super::{reach, years};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

/// A page's form as it was sent.
pub type Typed = PageForm<Vec<(String, String)>>;

/// Organisations to choose from.
pub async fn bodies(house: &House) -> Result<Vec<Choice>, Fault> {
    let mut bodies = organisations::view::list(&house.db, &house.ctx, None, 1000).await?;
    bodies.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(std::iter::once(Choice::new("", "Choose"))
        .chain(
            bodies
                .into_iter()
                .map(|body| Choice::new(body.id, body.name)),
        )
        .collect())
}

async fn form(house: &House) -> Result<Form, Fault> {
    let bodies = bodies(house).await?;
    let chart = categories::view::all(&house.db, &house.ctx).await?;
    let programmes = programmes::choices(house, "None").await?;
    let people = view::leads(&house.db, &house.ctx).await?;
    let mut fields = vec![
        Field::text("title", "What people call it"),
        Field::select("funder_id", "Funder", bodies.clone())
            .hint("Who gives the money. Missing? Add the organisation first."),
        Field::text("programme", "The funder’s scheme"),
        Field::select("programme_id", "Its programme here (optional)", programmes).hint(
            "So that the programme’s page shows what it has given. It is one of the same funder’s.",
        ),
        Field::text("reference", "The funder’s reference").width("w20"),
        Field::money("amount_pence", "How much"),
        Field::date("starts_on", "From")
            .hint("The first day whose spend it may pay for, such as 1/4/2026"),
        Field::date("ends_on", "Until").hint("The last day, such as 31/3/2027"),
        Field::heading("By year"),
    ];
    fields.extend(years::fields());
    fields.extend([
        Field::heading("Who answers for it"),
        Field::select("holder_id", "Held by", bodies.clone())
            .hint("In whose bank account the money is: often the council’s."),
        Field::select("accountable_body_id", "Accountable body", bodies)
            .hint("Who answers to the funder, and certifies its returns."),
        Field::select(
            "legal_basis",
            "Legal basis",
            std::iter::once(Choice::new("", "Choose"))
                .chain(
                    LegalBasis::all()
                        .map(|basis| Choice::new(basis.slug(), words::legal_basis(basis))),
                )
                .collect(),
        ),
    ]);
    if !people.is_empty() {
        fields.push(Field::select(
            "lead_id",
            "Lead (optional)",
            std::iter::once(Choice::new("", "Nobody"))
                .chain(
                    people
                        .into_iter()
                        .map(|person| Choice::new(person.id, person.display_name)),
                )
                .collect(),
        ));
    }
    fields.extend([
        Field::heading("What it may pay for"),
        Field::checkboxes(
            "category_ids",
            "Cost categories",
            chart
                .into_iter()
                .map(|category| Choice::new(category.id, category.name))
                .collect(),
        )
        .hint("Choose none if it may pay for all."),
    ]);
    fields.extend(reach::fields(house).await?);
    fields.extend([
        Field::radios(
            "pays_for",
            "Kind of spend",
            [PaysFor::Revenue, PaysFor::Capital, PaysFor::Both]
                .into_iter()
                .map(|pays| Choice::new(pays.slug(), words::pays_for(pays)))
                .collect(),
        ),
        Field::radios(
            "lost_if_unspent",
            "What becomes of money that is not spent by the end?",
            vec![
                Choice::new("yes", "It goes back to the funder"),
                Choice::new("no", "It can be kept"),
            ],
        ),
        Field::radios(
            "nation",
            "Whose bank holidays count for its deadlines?",
            Nation::all()
                .map(|nation| {
                    Choice::new(nation.slug(), domain::calendar::rules::nation_name(nation))
                })
                .collect(),
        ),
    ]);
    Ok(Form {
        back: Link::new("Awards", "/awards"),
        heading: "Record an award".to_owned(),
        lead: "The agreement with a funder: how much, for how long, and what it may pay for."
            .to_owned(),
        action: "/awards".to_owned(),
        hidden: Vec::new(),
        fields,
        button: "Record this award".to_owned(),
        grave: false,
    })
}

/// What the form begins with.
#[derive(Debug, Deserialize)]
pub struct From {
    grant: Option<PublishedGrantId>,
}

pub async fn new(house: House, from: web::Query<From>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateAward)?;
    let mut typed = Fields::default()
        .with("nation", Nation::England.slug())
        .with("pays_for", PaysFor::Revenue.slug())
        .with("carry_forward", CarryForward::None.slug());
    if let Some(grant) = from.grant {
        typed = as_published(&house, grant, typed).await?;
    }
    show(&house, form(&house).await?, &typed, &Wrong::default()).await
}

/// An award as its funder published it, so that nothing is typed again. Only a grant to our own
/// charity is one.
async fn as_published(
    house: &House,
    id: PublishedGrantId,
    mut typed: Fields,
) -> Result<Fields, Fault> {
    let grant = grants::view::one(&house.db, &house.ctx, id).await?.grant;
    if !grant.ours {
        return Err(domain::Error::refused(
            "grant-of-another",
            "Another organisation got this grant. Only a grant to us can be recorded as an award.",
        )
        .into());
    }
    let day = |date: NaiveDate| date.format("%-d/%-m/%Y").to_string();
    let starts_on = grant.starts_on.unwrap_or(grant.awarded_on);
    let ends_on = grant.ends_on.or_else(|| {
        let months = u32::try_from(grant.months?).ok()?;
        starts_on
            .checked_add_months(chrono::Months::new(months))?
            .pred_opt()
    });
    for (name, value) in [
        ("title", grant.title),
        ("programme", grant.programme),
        ("reference", grant.identifier),
        ("amount_pence", grant.amount_pence.in_full()),
        ("starts_on", day(starts_on)),
        ("ends_on", ends_on.map(day).unwrap_or_default()),
    ] {
        typed = typed.with(name, value);
    }
    if let Some(funder) = grant.funder.organisation_id {
        typed = typed.with("funder_id", funder.to_string());
    }
    if let Some(us) = grant.recipient.organisation_id {
        typed = typed
            .with("holder_id", us.to_string())
            .with("accountable_body_id", us.to_string());
    }
    Ok(typed)
}

pub async fn create(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateAward)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(new) = read(&fields, &mut wrong) {
        match ops::create(&house.db, &house.ctx, &new).await {
            Ok(id) => return Ok(see_other(&format!("/awards/{id}"))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, form(&house).await?, &fields, &wrong).await
}

fn read(fields: &Fields, wrong: &mut Wrong) -> Option<ops::NewAward> {
    wrong.need(
        fields,
        &[
            ("title", "Enter what people call it."),
            ("programme", "Enter the funder’s scheme."),
            ("reference", "Enter the funder’s reference."),
        ],
    );
    let funder = wrong.chosen(fields, "funder_id", id);
    let amount = wrong.money(fields, "amount_pence");
    let starts_on = wrong.date(fields, "starts_on");
    let ends_on = wrong.date(fields, "ends_on");
    let holder = wrong.chosen(fields, "holder_id", id);
    let accountable_body = wrong.chosen(fields, "accountable_body_id", id);
    let legal_basis = wrong.chosen(fields, "legal_basis", LegalBasis::from_slug);
    let pays_for = wrong.chosen(fields, "pays_for", PaysFor::from_slug);
    let lost = wrong.chosen(fields, "lost_if_unspent", |answer| Some(answer == "yes"));
    let nation = wrong.chosen(fields, "nation", Nation::from_slug);
    let carry = fields
        .some("carry_forward")
        .and_then(CarryForward::from_slug)
        .unwrap_or(CarryForward::None);
    let years =
        years::read(&fields.text("years"), (starts_on, ends_on), carry).unwrap_or_else(|told| {
            wrong.add("years", told);
            Vec::new()
        });
    if !wrong.is_empty() {
        return None;
    }
    Some(ops::NewAward {
        reference: fields.text("reference"),
        title: fields.text("title"),
        programme: fields.text("programme"),
        programme_id: fields.some("programme_id").and_then(id),
        funder_id: funder?,
        holder_id: holder?,
        accountable_body_id: accountable_body?,
        amount_pence: amount,
        starts_on,
        ends_on,
        nation: nation?,
        pays_for: pays_for?,
        legal_basis: legal_basis?,
        lost_if_unspent: lost?,
        lead_id: fields.some("lead_id").and_then(id),
        category_ids: fields.all("category_ids").filter_map(id).collect(),
        places: reach::names(fields, "places"),
        groups: reach::names(fields, "groups"),
        fences: Vec::new(),
        years,
    })
}

async fn fence_form(house: &House, award: &view::AwardView) -> Result<Form, Fault> {
    let chart = if award.categories.is_empty() {
        categories::view::all(&house.db, &house.ctx).await?
    } else {
        award.categories.clone()
    };
    let mut fields = vec![
        Field::text("name", "What is it for?")
            .hint("For example: support for people sleeping rough"),
        Field::money("reserved_pence", "How much is ring-fenced?")
            .hint("This much is for that alone. Leave it empty if nothing is."),
        Field::money("limit_pence", "What is the most that it may take?")
            .hint("Its cap. Leave it empty if there is none."),
        Field::checkboxes(
            "category_ids",
            "Which costs count in it?",
            chart
                .into_iter()
                .map(|category| Choice::new(category.id, category.name))
                .collect(),
        ),
    ];
    if !award.fences.is_empty() {
        fields.push(
            Field::select(
                "parent",
                "Is it inside another part?",
                std::iter::once(Choice::new("", "No"))
                    .chain(
                        award.fences.iter().map(|fence| {
                            Choice::new(&fence.slug, format!("Inside: {}", fence.name))
                        }),
                    )
                    .collect(),
            )
            .hint("What is ring-fenced inside another part comes out of that part."),
        );
    }
    let id = award.summary.id;
    Ok(Form {
        back: Link::new(award.summary.title.clone(), format!("/awards/{id}")),
        heading: "Set a part of it apart".to_owned(),
        lead: format!(
            "Of {}, what does the funder want kept or capped for certain costs?",
            award.summary.amount_pence.in_words()
        ),
        action: format!("/awards/{id}/fences"),
        hidden: vec![("version".to_owned(), award.summary.version.to_string())],
        fields,
        button: "Set it apart".to_owned(),
        grave: false,
    })
}

/// A form that could only be refused: why, and where to go on.
#[derive(Template)]
#[template(path = "pages/too_late.html")]
struct TooLatePage {
    page: PageFrame,
    heading: String,
    words: Vec<String>,
    next: Vec<Link>,
}

/// The page for what cannot be done: why, and where to go on.
pub(in crate::pages) async fn too_late(
    house: &House,
    heading: &str,
    words: &str,
    next: Link,
) -> Result<HttpResponse, Fault> {
    page(&TooLatePage {
        page: PageFrame::of(house, heading).await?,
        heading: heading.to_owned(),
        words: vec![words.to_owned()],
        next: vec![next],
    })
}

pub async fn new_fence(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateFence)?;
    let award = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    if award.summary.attributed_pence != Money::ZERO {
        return page(&TooLatePage {
            page: PageFrame::of(&house, "Set a part of it apart").await?,
            heading: "Set a part of it apart".to_owned(),
            words: vec![format!(
                "{} of this award’s spend is attributed already, so what it sets apart cannot be \
                 changed here. Agree an amendment with the funder, and record that.",
                award.summary.attributed_pence.in_full()
            )],
            next: vec![
                Link::new(
                    format!("Go back to {}", award.summary.title),
                    format!("/awards/{}", award.summary.id),
                ),
                Link::new(
                    "Look at its spend",
                    format!("/spend?award={}", award.summary.id),
                ),
            ],
        });
    }
    let form = fence_form(&house, &award).await?;
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

pub async fn create_fence(
    house: House,
    path: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateFence)?;
    let award_id = path.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if fields.some("name").is_none() {
        wrong.add("name", "Say what it is for.");
    }
    let new = ops::NewFence {
        slug: categories::slug_of(&fields.text("name")),
        name: fields.text("name"),
        parent: fields.some("parent").map(str::to_owned),
        reserved_pence: wrong.some_money(&fields, "reserved_pence"),
        limit_pence: wrong.some_money(&fields, "limit_pence"),
        category_ids: fields.all("category_ids").filter_map(id).collect(),
    };
    if wrong.is_empty() {
        let expected = fields.version();
        match ops::add_fence(&house.db, &house.ctx, award_id, expected, &new).await {
            Ok(_) => return Ok(see_other(&format!("/awards/{award_id}"))),
            Err(error) => wrong.take(about_the_name(error))?,
        }
    }
    let award = view::one(&house.db, &house.ctx, award_id).await?;
    show(&house, fence_form(&house, &award).await?, &fields, &wrong).await
}

/// On the page the short name is made from the name, so a complaint about it is about the name.
fn about_the_name(error: domain::Error) -> domain::Error {
    match error {
        domain::Error::Invalid(mut fields) => {
            for field in &mut fields {
                if field.pointer == "/slug" {
                    "/name".clone_into(&mut field.pointer);
                    "Use another name: this one is taken, or has no letter."
                        .clone_into(&mut field.detail);
                }
            }
            domain::Error::Invalid(fields)
        }
        other => other,
    }
}
