//! What awards are made of: organisations, and the charity's own chart of costs.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::{Error, categories, organisations};
use entity::{OrganisationId, OrganisationKind};
use serde::Deserialize;

use super::awards::form::Typed;
use super::fields::{Fields, Wrong};
use super::form::{Choice, Field, Form, show};
use super::{Link, PageFrame, page, see_other, words};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::{csv, tables};

/// How many organisations a page of the list shows.
const PAGE: usize = 100;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/organisations")
                .route(web::get().to(organisations))
                .route(web::post().to(create_organisation)),
        )
        .service(
            web::resource("/organisations/organisations.csv")
                .route(web::get().to(download_organisations)),
        )
        .service(web::resource("/organisations/new").route(web::get().to(new_organisation)))
        .service(
            web::resource("/cost-categories")
                .route(web::get().to(categories))
                .route(web::post().to(create_category)),
        )
        .service(
            web::resource("/cost-categories/cost-categories.csv")
                .route(web::get().to(download_categories)),
        )
        .service(web::resource("/cost-categories/new").route(web::get().to(new_category)));
}

/// A plain list: names with a fact or two, and one thing to do.
#[derive(Template)]
#[template(path = "pages/plain_list.html")]
struct PlainList {
    page: PageFrame,
    back: Link,
    heading: String,
    sentence: String,
    empty: String,
    empty_words: String,
    add: Option<Link>,
    heads: Vec<String>,
    rows: Vec<Row>,
    downloads: Vec<Link>,
    next_href: String,
}

/// A row of a plain list.
struct Row {
    cells: Vec<String>,
    /// Its own page, if it has one.
    href: String,
    /// Where it is renamed, for those who may.
    change_href: String,
    /// Its record's history, for those who may read it.
    history_href: String,
}

/// Where the history of a record is, for those who may read it.
fn history_href(house: &House, kind: &str, id: uuid::Uuid) -> String {
    if house.ctx.require(Operation::ReadHistory).is_ok() {
        format!("/history/{kind}/{id}")
    } else {
        String::new()
    }
}

#[derive(Debug, Deserialize)]
struct After {
    after: Option<OrganisationId>,
}

async fn organisations(house: House, query: web::Query<After>) -> Result<HttpResponse, Fault> {
    let mut bodies = organisations::view::list(
        &house.db,
        &house.ctx,
        query.after,
        u64::try_from(PAGE + 1).unwrap_or(u64::MAX),
    )
    .await?;
    let more = bodies.len() > PAGE;
    bodies.truncate(PAGE);
    let next_href = match bodies.last() {
        Some(last) if more => format!("/organisations?after={}", last.id),
        _ => String::new(),
    };
    if !more && query.after.is_none() {
        bodies.sort_by(|a, b| a.name.cmp(&b.name));
    }
    page(&PlainList {
        page: PageFrame::of(&house, "Organisations").await?,
        back: Link::new("Awards", "/awards"),
        heading: "Organisations".to_owned(),
        sentence:
            "Every body that gives money, holds it or delivers services, by its public number."
                .to_owned(),
        empty: "No organisation is known yet".to_owned(),
        empty_words: "Add those that give the money and hold it.".to_owned(),
        add: house
            .ctx
            .require(Operation::CreateOrganisation)
            .is_ok()
            .then(|| Link::new("Add an organisation", "/organisations/new")),
        heads: ["Name", "What it is", "Public number"]
            .map(str::to_owned)
            .to_vec(),
        rows: bodies
            .into_iter()
            .map(|body| Row {
                href: format!("/organisations/{}", body.id),
                change_href: String::new(),
                history_href: history_href(&house, "organisation", body.id.into()),
                cells: vec![
                    body.name,
                    words::organisation_kind(body.kind).to_owned(),
                    body.org_id,
                ],
            })
            .collect(),
        downloads: vec![Link::new(
            "Every organisation (CSV)",
            "/organisations/organisations.csv",
        )],
        next_href,
    })
}

/// The list as a file, by name.
async fn download_organisations(house: House) -> Result<HttpResponse, Fault> {
    let mut bodies = organisations::view::list(&house.db, &house.ctx, None, csv::MOST).await?;
    bodies.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tables::organisations(bodies))
}

/// Kinds of body to choose from.
pub fn kinds() -> Vec<Choice> {
    std::iter::once(Choice::new("", "Choose"))
        .chain(
            OrganisationKind::all()
                .map(|kind| Choice::new(kind.slug(), words::organisation_kind(kind))),
        )
        .collect()
}

fn organisation_form() -> Form {
    Form {
        back: Link::new("Organisations", "/organisations"),
        heading: "Add an organisation".to_owned(),
        lead: String::new(),
        action: "/organisations".to_owned(),
        hidden: Vec::new(),
        fields: vec![
            Field::text("name", "Name"),
            Field::text("org_id", "Public number")
                .hint("Its org-id: GB-CHC- and the charity’s number, GB-COH- and the company’s, GB-LAE- and the council’s letters, GB-GOV- and a department’s letters.")
                .width("w20"),
            Field::select("kind", "What it is", kinds()),
        ],
        button: "Add this organisation".to_owned(),
        grave: false,
    }
}

async fn new_organisation(house: House) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateOrganisation)?;
    show(
        &house,
        organisation_form(),
        &Fields::default(),
        &Wrong::default(),
    )
    .await
}

async fn create_organisation(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateOrganisation)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(kind) = wrong.chosen(&fields, "kind", OrganisationKind::from_slug) {
        let new = organisations::ops::NewOrganisation {
            org_id: fields.text("org_id"),
            name: fields.text("name"),
            kind,
        };
        match organisations::ops::create(&house.db, &house.ctx, &new).await {
            Ok(_) => return Ok(see_other("/organisations")),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, organisation_form(), &fields, &wrong).await
}

async fn categories(house: House) -> Result<HttpResponse, Fault> {
    let chart = categories::view::all(&house.db, &house.ctx).await?;
    let may_rename = house.ctx.require(Operation::RenameCategory).is_ok();
    page(&PlainList {
        page: PageFrame::of(&house, "Cost categories").await?,
        back: Link::new("Awards", "/awards"),
        heading: "Cost categories".to_owned(),
        sentence: "Our own chart of costs. Each funder’s categories are reached from these."
            .to_owned(),
        empty: "The chart has no category yet".to_owned(),
        empty_words: "Add one for each kind of cost that a funder asks about.".to_owned(),
        add: house
            .ctx
            .require(Operation::CreateCategory)
            .is_ok()
            .then(|| Link::new("Add a cost category", "/cost-categories/new")),
        heads: ["Name", "Named in files as"].map(str::to_owned).to_vec(),
        rows: chart
            .into_iter()
            .map(|category| Row {
                href: String::new(),
                change_href: if may_rename {
                    format!("/cost-categories/{}/name", category.id)
                } else {
                    String::new()
                },
                history_href: history_href(&house, "cost_category", category.id.into()),
                cells: vec![category.name, category.slug],
            })
            .collect(),
        downloads: vec![Link::new(
            "Every cost category (CSV)",
            "/cost-categories/cost-categories.csv",
        )],
        next_href: String::new(),
    })
}

/// The chart as a file.
async fn download_categories(house: House) -> Result<HttpResponse, Fault> {
    let chart = categories::view::all(&house.db, &house.ctx).await?;
    Ok(tables::categories(chart))
}

fn category_form() -> Form {
    Form {
        back: Link::new("Cost categories", "/cost-categories"),
        heading: "Add cost categories".to_owned(),
        lead: String::new(),
        action: "/cost-categories".to_owned(),
        hidden: Vec::new(),
        fields: vec![
            Field::area("name", "Name")
                .hint("Or several, one on each line: the kinds of cost that your ledger and your funders tell apart."),
            Field::text("slug", "Short name (optional)")
                .hint("Small letters, digits and hyphens, as files of spend will name it. Leave it empty to make it from the name.")
                .width("w20"),
        ],
        button: "Add what is named".to_owned(),
        grave: false,
    }
}

async fn new_category(house: House) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateCategory)?;
    show(
        &house,
        category_form(),
        &Fields::default(),
        &Wrong::default(),
    )
    .await
}

async fn create_category(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateCategory)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let typed = fields.text("name");
    let names: Vec<&str> = typed
        .lines()
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    let made = match (fields.some("slug"), names.len()) {
        (None, 2..) => categories::ops::create_each(&house.db, &house.ctx, &names)
            .await
            .map(|_| ()),
        (Some(_), 2..) => Err(Error::invalid(
            "/slug",
            "of-one",
            "A short name is for one category. Leave it empty where several are named.",
        )),
        (slug, _) => {
            let name = names.first().copied().unwrap_or_default().to_owned();
            let new = categories::ops::NewCategory {
                slug: slug.map_or_else(|| categories::slug_of(&name), str::to_owned),
                name,
            };
            categories::ops::create(&house.db, &house.ctx, &new)
                .await
                .map(|_| ())
        }
    };
    match made {
        Ok(()) => Ok(see_other("/cost-categories")),
        Err(error) => {
            wrong.take(error)?;
            show(&house, category_form(), &fields, &wrong).await
        }
    }
}
