//! The management charge of an award or of a pool: is it within its cap, and what was agreed?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::charges::ops::{NewChargeCap, agree};
use domain::charges::view::{self, ChargeCapView, ChargeYear, ChargesView, Of};
use domain::{Money, awards, categories, pools};
use entity::{AwardId, ChargeBasis as Basis, PoolId};

use super::awards::form::Typed;
use super::fields::{Fields, Wrong, id};
use super::form::{Choice, Field, Form, show};
use super::pools::policies::tag;
use super::programmes::typed_date;
use super::requirements::terms::per_cent;
use super::{Link, PageFrame, page, see_other, words};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::tables;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/awards/{id}/charges")
                .route(web::get().to(of_award))
                .route(web::post().to(record_of_award)),
        )
        .service(web::resource("/awards/{id}/charges.csv").route(web::get().to(file_of_award)))
        .service(web::resource("/awards/{id}/charges/new").route(web::get().to(new_of_award)))
        .service(
            web::resource("/pools/{id}/charges")
                .route(web::get().to(of_pool))
                .route(web::post().to(record_of_pool)),
        )
        .service(web::resource("/pools/{id}/charges.csv").route(web::get().to(file_of_pool)))
        .service(web::resource("/pools/{id}/charges/new").route(web::get().to(new_of_pool)));
}

/// The award or the pool: what it is called, its page, its version.
struct Whose {
    of: Of,
    name: String,
    href: String,
    above: Link,
    version: i64,
    /// An award that is closed agrees nothing further.
    open: bool,
}

async fn whose(house: &House, of: Of) -> Result<Whose, Fault> {
    Ok(match of {
        Of::Award(id) => {
            let award = awards::view::one(&house.db, &house.ctx, id).await?.summary;
            Whose {
                of,
                name: award.title,
                href: format!("/awards/{id}"),
                above: Link::new("Awards", "/awards"),
                version: award.version,
                open: award.closed_on.is_none(),
            }
        }
        Of::Pool(id) => {
            let pool = pools::view::one(&house.db, &house.ctx, id).await?.summary;
            Whose {
                of,
                name: pool.name,
                href: format!("/pools/{id}"),
                above: Link::new("Pools", "/pools"),
                version: pool.version,
                open: true,
            }
        }
    })
}

/// The year that is spoken of: the newest that has begun.
fn current(seen: &ChargesView) -> Option<&ChargeYear> {
    seen.years.first()
}

/// Where the charge stands, as a sentence on the page of its award or pool; none where nothing is agreed.
pub async fn heed(house: &House, of: Of) -> Result<Option<String>, Fault> {
    let seen = view::of(&house.db, &house.ctx, of).await?;
    Ok(current(&seen).map(|year| format!("Management charge: {}", year.sentence)))
}

#[derive(Template)]
#[template(path = "pages/charges.html")]
struct ChargesPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    name: String,
    sentence: String,
    agree_href: String,
    years: Vec<Year>,
    caps: Vec<Cap>,
    downloads: Vec<Link>,
}

struct Year {
    name: String,
    sentence: String,
    state: &'static str,
    kind: &'static str,
    share_of: String,
    share_of_href: String,
    cap: String,
    allowed: String,
    charged: String,
    gap_label: &'static str,
    gap: String,
    parts: Vec<Part>,
}

struct Part {
    name: String,
    href: String,
    charged: String,
}

struct Cap {
    from: String,
    to: String,
    state: &'static str,
    kind: &'static str,
    cap: String,
    categories: String,
    charged_by: String,
    agreed: String,
    why: String,
}

/// Where the lines of some days stand; of one cost category where it is named.
fn lines(of: Of, year: &ChargeYear, category: Option<entity::CostCategoryId>) -> String {
    let whose = match of {
        Of::Award(id) => format!("award={id}"),
        Of::Pool(id) => format!("pool={id}"),
    };
    let category = category.map_or_else(String::new, |id| format!("&category={id}"));
    format!(
        "/spend?{whose}{category}&from={}&to={}",
        year.from_on, year.counted_to
    )
}

fn year(of: Of, one: &ChargeYear, may_see_lines: bool) -> Year {
    let seen = |href: String| if may_see_lines { href } else { String::new() };
    let over = one.over_pence > Money::ZERO;
    Year {
        name: format!("{} to {}", words::day(one.from_on), words::day(one.to_on)),
        sentence: one.sentence.clone(),
        state: if over {
            "Over the cap"
        } else {
            "Within the cap"
        },
        kind: if over { "wrong" } else { "done" },
        share_of: one.share_of_pence.map_or_else(String::new, Money::in_full),
        share_of_href: seen(lines(of, one, None)),
        cap: one.cap.clone(),
        allowed: one.allowed_pence.in_full(),
        charged: one.charged_pence.in_full(),
        gap_label: if over { "Over" } else { "Left" },
        gap: if over { one.over_pence } else { one.left_pence }.in_full(),
        parts: one
            .parts
            .iter()
            .map(|part| Part {
                name: part.category.clone(),
                href: seen(lines(of, one, Some(part.category_id))),
                charged: part.charged_pence.in_full(),
            })
            .collect(),
    }
}

fn cap(one: &ChargeCapView) -> Cap {
    let (state, kind) = tag(one.standing);
    Cap {
        from: words::day(one.starts_on),
        to: one.ends_on.map_or_else(String::new, words::day),
        state,
        kind,
        cap: super::today::capital(&one.cap),
        categories: one.categories.join(", "),
        charged_by: one.charged_by.clone(),
        agreed: format!(
            "{}, {} ({})",
            one.agreed_by,
            words::day(one.agreed_on),
            one.source
        ),
        why: one.reason.clone(),
    }
}

async fn look(house: House, of: Of) -> Result<HttpResponse, Fault> {
    let seen = view::of(&house.db, &house.ctx, of).await?;
    let whose = whose(&house, of).await?;
    let may_see_lines = house.ctx.require(Operation::ReadSpend).is_ok();
    let may = whose.open && house.ctx.require(Operation::AgreeCharges).is_ok();
    let sentence = match (current(&seen), seen.caps.is_empty()) {
        (Some(year), _) => year.sentence.clone(),
        (None, true) => String::new(),
        (None, false) => "No cap holds for a year that has begun.".to_owned(),
    };
    page(&ChargesPage {
        page: PageFrame::of(&house, "Management charge").await?,
        crumbs: vec![
            whose.above,
            Link::new(whose.name.clone(), whose.href.clone()),
        ],
        name: whose.name,
        sentence,
        agree_href: if may {
            format!("{}/charges/new", whose.href)
        } else {
            String::new()
        },
        downloads: if seen.years.is_empty() {
            Vec::new()
        } else {
            vec![Link::new(
                "Download this working as CSV",
                format!("{}/charges.csv", whose.href),
            )]
        },
        years: seen
            .years
            .iter()
            .map(|one| year(of, one, may_see_lines))
            .collect(),
        caps: seen.caps.iter().map(cap).collect(),
    })
}

async fn form(house: &House, whose: &Whose) -> Result<Form, Fault> {
    let chart = categories::view::all(&house.db, &house.ctx).await?;
    let years = match whose.of {
        Of::Award(_) => {
            "It counts for whole award years: those that begin from that day on, and of the first cap also the \
             year that runs."
        }
        Of::Pool(_) => {
            "It counts in years of twelve months, the first of which begins with the first cap."
        }
    };
    Ok(Form {
        back: Link::new("Management charge", format!("{}/charges", whose.href)),
        heading: "Record the cap of the management charge".to_owned(),
        lead: "It changes nothing that awards pay for. What is charged beyond the cap is shown, and is found in \
               returns. It stays in the record; to change it, record another."
            .to_owned(),
        action: format!("{}/charges", whose.href),
        hidden: vec![("version".to_owned(), whose.version.to_string())],
        fields: vec![
            Field::checkboxes(
                "category_ids",
                "Which spend is the charge?",
                chart
                    .into_iter()
                    .map(|category| Choice::new(category.id, category.name))
                    .collect(),
            )
            .hint("The cost category under which it is charged, such as “Management charge”."),
            Field::text("charged_by", "Who charges it? (optional)")
                .hint("Whoever holds the money and runs the contracts, such as the council"),
            Field::radios(
                "basis",
                "How much may it be at most?",
                vec![
                    Choice::new(Basis::Spend.slug(), "A share of all spend of the year, the charge among it"),
                    Choice::new(Basis::OtherSpend.slug(), "A share of the year’s spend besides the charge"),
                    Choice::new(Basis::Amount.slug(), "An amount for each year"),
                    Choice::new(Basis::None.slug(), "Nothing caps it any more"),
                ],
            ),
            Field::text("share_bp", "If it is a share, how many per cent?").width("w5"),
            Field::money("amount_pence", "If it is an amount, how much a year?"),
            Field::heading("From when, and who agreed"),
            Field::date("starts_on", "From which day?").hint(years),
            Field::text("agreed_by", "Who agreed it?")
                .hint("For example: Trustee Board and Recovery Advisory Committee"),
            Field::date("agreed_on", "On which day was it agreed?"),
            Field::text("source", "Where is that written?")
                .hint("For example: clause 9 of the pool’s agreement, or condition 4 of the award letter"),
            Field::area("reason", "Why?"),
        ],
        button: "Record the cap".to_owned(),
        grave: false,
    })
}

async fn new(house: House, of: Of) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AgreeCharges)?;
    let whose = whose(&house, of).await?;
    let today = typed_date(house.ctx.today());
    let typed = Fields::default()
        .with("starts_on", today.clone())
        .with("agreed_on", today);
    let form = form(&house, &whose).await?;
    show(&house, form, &typed, &Wrong::default()).await
}

fn read(fields: &Fields, wrong: &mut Wrong) -> Option<NewChargeCap> {
    let basis = wrong.chosen(fields, "basis", Basis::from_slug);
    let share_bp = per_cent(fields, wrong, "share_bp");
    let amount_pence = wrong.some_money(fields, "amount_pence");
    let starts_on = wrong.date(fields, "starts_on");
    let agreed_on = wrong.date(fields, "agreed_on");
    wrong.need(
        fields,
        &[
            ("agreed_by", "Say who agreed it."),
            ("source", "Say where that is written."),
            ("reason", "Say why."),
        ],
    );
    Some(NewChargeCap {
        starts_on,
        basis: basis?,
        share_bp,
        amount_pence,
        category_ids: fields.all("category_ids").filter_map(id).collect(),
        charged_by: fields.text("charged_by"),
        agreed_by: fields.text("agreed_by"),
        agreed_on,
        source: fields.text("source"),
        reason: fields.text("reason"),
    })
    .filter(|_| wrong.is_empty())
}

async fn record(house: House, of: Of, sent: Vec<(String, String)>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AgreeCharges)?;
    let whose = whose(&house, of).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(new) = read(&fields, &mut wrong) {
        match agree(&house.db, &house.ctx, of, fields.version(), &new).await {
            Ok(_) => return Ok(see_other(&format!("{}/charges", whose.href))),
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, form(&house, &whose).await?, &fields, &wrong).await
}

async fn file(house: House, of: Of) -> Result<HttpResponse, Fault> {
    Ok(tables::charges(
        view::of(&house.db, &house.ctx, of).await?.years,
    ))
}

async fn of_award(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    look(house, Of::Award(path.into_inner())).await
}

async fn new_of_award(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    new(house, Of::Award(path.into_inner())).await
}

async fn record_of_award(
    house: House,
    path: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    record(house, Of::Award(path.into_inner()), sent).await
}

async fn file_of_award(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    file(house, Of::Award(path.into_inner())).await
}

async fn of_pool(house: House, path: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    look(house, Of::Pool(path.into_inner())).await
}

async fn new_of_pool(house: House, path: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    new(house, Of::Pool(path.into_inner())).await
}

async fn record_of_pool(
    house: House,
    path: web::Path<PoolId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    record(house, Of::Pool(path.into_inner()), sent).await
}

async fn file_of_pool(house: House, path: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    file(house, Of::Pool(path.into_inner())).await
}
