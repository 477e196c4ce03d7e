//! How funders of a pool are shown to each other.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::pools::view::{self as pools, PoolView};
use domain::positions::ops::{NewDisclosure, record as record_disclosure};
use domain::positions::view::disclosures as view;
use entity::PoolId;

use super::super::awards::form::Typed;
use super::super::fields::{Fields, Wrong, id};
use super::super::form::{Choice, Field, Form, show};
use super::super::programmes::typed_date;
use super::super::{Link, PageFrame, page, see_other, words};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

#[derive(Template)]
#[template(path = "pages/pool_disclosures.html")]
struct DisclosuresPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    pool: String,
    sentence: String,
    record_href: String,
    funders: Vec<Funder>,
    rows: Vec<Row>,
}

/// How a funder is shown today.
struct Funder {
    name: String,
    shown: &'static str,
    kind: &'static str,
    why: String,
}

struct Row {
    funder: String,
    shown: &'static str,
    from: String,
    agreed: String,
    recorded_by: String,
}

const fn shown(by_name: bool) -> &'static str {
    if by_name {
        "By name, with its own figures"
    } else {
        "Only within a sum"
    }
}

pub async fn list(house: House, path: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let at = path.into_inner();
    let rows = view::disclosures(&house.db, &house.ctx, at).await?;
    let pool = pools::one(&house.db, &house.ctx, at).await?;
    let funders = view::funders(&house.db, &house.ctx, at).await?;
    let named = |id| rows.iter().find(|row| row.holds && row.funder_id == id);
    let by_name = funders
        .iter()
        .filter(|(id, _)| named(*id).is_some_and(|row| row.by_name))
        .count();
    let may = house.ctx.require(Operation::RecordDisclosure).is_ok();
    page(&DisclosuresPage {
        page: PageFrame::of(&house, "How funders are shown to each other").await?,
        crumbs: vec![
            Link::new("Pools", "/pools"),
            Link::new(pool.summary.name.clone(), format!("/pools/{at}")),
            Link::new("Position", format!("/pools/{at}/position")),
        ],
        sentence: format!(
            "{} of {} agreed to be shown by name. The others are told as one sum, or not at all where \
             that would give one of them away.",
            by_name,
            words::count(funders.len(), "funder", "funders")
        ),
        record_href: match may && !funders.is_empty() {
            true => format!("/pools/{at}/disclosures/new"),
            false => String::new(),
        },
        funders: funders
            .iter()
            .map(|(id, name)| {
                let holds = named(*id);
                Funder {
                    name: name.clone(),
                    shown: shown(holds.is_some_and(|row| row.by_name)),
                    kind: if holds.is_some_and(|row| row.by_name) {
                        "done"
                    } else {
                        "off"
                    },
                    why: holds.map_or("Nothing was agreed".to_owned(), |row| {
                        format!("{}, {}", row.agreed_by, words::day(row.agreed_on))
                    }),
                }
            })
            .collect(),
        rows: rows
            .iter()
            .map(|row| Row {
                funder: row.funder.clone(),
                shown: shown(row.by_name),
                from: words::day(row.starts_on),
                agreed: format!(
                    "{}, {} ({})",
                    row.agreed_by,
                    words::day(row.agreed_on),
                    row.reference
                ),
                recorded_by: row.recorded_by.clone().unwrap_or_default(),
            })
            .collect(),
        pool: pool.summary.name,
    })
}

async fn form(house: &House, pool: &PoolView) -> Result<Form, Fault> {
    let at = pool.summary.id;
    let funders = view::funders(&house.db, &house.ctx, at).await?;
    let funders = funders.into_iter().map(|(id, name)| Choice::new(id, name));
    Ok(Form {
        back: Link::new(
            "How funders are shown to each other",
            format!("/pools/{at}/disclosures"),
        ),
        heading: "Record how a funder is shown".to_owned(),
        lead: "A funder sees its own money. Whether it sees another’s by name is for that other to agree. \
               It stays in the record; to change it, record another."
            .to_owned(),
        action: format!("/pools/{at}/disclosures"),
        hidden: vec![("version".to_owned(), pool.summary.version.to_string())],
        fields: vec![
            Field::radios("funder_id", "Which funder?", funders.collect()),
            Field::radios(
                "by_name",
                "How is it shown to the pool’s other funders?",
                vec![
                    Choice::new("yes", shown(true)),
                    Choice::new("no", shown(false)),
                ],
            ),
            Field::date("starts_on", "From which day?"),
            Field::text("agreed_by", "Who agreed it for the funder?"),
            Field::date("agreed_on", "On which day was it agreed?"),
            Field::text("reference", "Where is that written?")
                .hint("For example: data sharing agreement, paragraph 6"),
        ],
        button: "Record what was agreed".to_owned(),
        grave: false,
    })
}

pub async fn new(house: House, path: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordDisclosure)?;
    let pool = pools::one(&house.db, &house.ctx, path.into_inner()).await?;
    let today = typed_date(house.ctx.today());
    let typed = Fields::default()
        .with("starts_on", today.clone())
        .with("agreed_on", today);
    let form = form(&house, &pool).await?;
    show(&house, form, &typed, &Wrong::default()).await
}

fn read(fields: &Fields, wrong: &mut Wrong) -> Option<NewDisclosure> {
    let funder_id = wrong.chosen(fields, "funder_id", id);
    let by_name = wrong.chosen(fields, "by_name", |text| match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    });
    let starts_on = wrong.date(fields, "starts_on");
    let agreed_on = wrong.date(fields, "agreed_on");
    wrong.need(
        fields,
        &[
            ("agreed_by", "Say who agreed it."),
            ("reference", "Say where that is written."),
        ],
    );
    Some(NewDisclosure {
        funder_id: funder_id?,
        by_name: by_name?,
        starts_on,
        agreed_by: fields.text("agreed_by"),
        agreed_on,
        reference: fields.text("reference"),
    })
    .filter(|_| wrong.is_empty())
}

pub async fn record(
    house: House,
    path: web::Path<PoolId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordDisclosure)?;
    let at = path.into_inner();
    let pool = pools::one(&house.db, &house.ctx, at).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(new) = read(&fields, &mut wrong) {
        match record_disclosure(&house.db, &house.ctx, at, fields.version(), &new).await {
            Ok(_) => return Ok(see_other(&format!("/pools/{at}/disclosures"))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, form(&house, &pool).await?, &fields, &wrong).await
}
