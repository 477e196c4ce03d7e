//! Returns and their deadlines in somebody's calendar program: the address is made, shown once, taken
//! back; and what it answers.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::Error;
use domain::access::feeds::{self, NewFeed};
use domain::access::rules::{Operation, Sight, sight};
use domain::access::view;
use domain::deadlines::feed;
use entity::{CalendarFeedId, FeedCovers};
use serde::Deserialize;

use super::awards::form::Typed;
use super::fields::{Fields, Wrong};
use super::form::{Choice, Field, Form, show};
use super::{Link, PageFrame, page, see_other};
use crate::http::forms::{Nothing, PageForm};
use crate::http::frame::CALENDAR;
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/calendar/returns.ics").route(web::get().to(calendar)))
        .service(web::resource("/account/calendars").route(web::post().to(create)))
        .service(web::resource("/account/calendars/new").route(web::get().to(new)))
        .service(
            web::resource("/account/calendars/{id}/revocation")
                .route(web::get().to(ask_revoke))
                .route(web::post().to(revoke)),
        );
}

/// What a calendar shows.
pub const fn covers(covers: FeedCovers, funder: bool) -> &'static str {
    match (covers, funder) {
        (_, true) => "Your funder’s returns",
        (FeedCovers::All, false) => "Every return",
        (FeedCovers::Mine, false) => "The returns in which you have a part",
    }
}

/// Whether its reader sees their funder's returns only.
pub fn is_a_funders(house: &House) -> bool {
    matches!(sight(&house.ctx.actor), Sight::Funders(_))
}

fn form(house: &House) -> Form {
    let funder = is_a_funders(house);
    Form {
        back: Link::new("Your account", "/account"),
        heading: "Make a calendar address".to_owned(),
        lead: "Your calendar program reads it, and shows on its day when each return is due and where it \
               stands. It can change nothing, and you can take it back at any time. It is shown once."
            .to_owned(),
        action: "/account/calendars".to_owned(),
        hidden: if funder {
            vec![("covers".to_owned(), FeedCovers::All.slug().to_owned())]
        } else {
            Vec::new()
        },
        fields: if funder {
            Vec::new()
        } else {
            vec![Field::radios(
                "covers",
                "What should it show?",
                [FeedCovers::Mine, FeedCovers::All]
                    .map(|one| Choice::new(one.slug(), covers(one, false)))
                    .into(),
            )]
        },
        button: "Make this address".to_owned(),
        grave: false,
    }
}

async fn new(house: House) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::MakeCalendarFeed)?;
    let typed = Fields::default().with("covers", FeedCovers::Mine.slug());
    show(&house, form(&house), &typed, &Wrong::default()).await
}

#[derive(Template)]
#[template(path = "pages/calendar_made.html")]
struct CalendarMadePage {
    page: PageFrame,
    address: String,
}

async fn create(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::MakeCalendarFeed)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(covers) = wrong.chosen(&fields, "covers", FeedCovers::from_slug) {
        match feeds::create(&house.db, &house.ctx, NewFeed { covers }).await {
            Ok(made) => {
                let site = house.config.public_url.trim_end_matches('/');
                return page(&CalendarMadePage {
                    page: PageFrame::of(&house, "Your calendar address").await?,
                    address: format!("{site}{CALENDAR}?key={}", made.secret),
                });
            }
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, form(&house), &fields, &wrong).await
}

async fn ask_revoke(house: House, path: web::Path<CalendarFeedId>) -> Result<HttpResponse, Fault> {
    let id = path.into_inner();
    let known = view::account(&house.db, &house.ctx)
        .await?
        .calendars
        .into_iter()
        .find(|known| known.id == id)
        .ok_or(Error::NotFound)?;
    let form = Form {
        back: Link::new("Your account", "/account"),
        heading: "Take this calendar address back?".to_owned(),
        lead: format!(
            "The address with {}… tells nothing any more, at once: the calendar program that reads it stays \
             as it was last. This cannot be undone; you can make another.",
            known.prefix
        ),
        action: format!("/account/calendars/{id}/revocation"),
        hidden: Vec::new(),
        fields: Vec::new(),
        button: "Take it back".to_owned(),
        grave: true,
    };
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

async fn revoke(
    house: House,
    path: web::Path<CalendarFeedId>,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    feeds::revoke(&house.db, &house.ctx, path.into_inner()).await?;
    Ok(see_other("/account#calendars"))
}

/// What an address carries.
#[derive(Deserialize)]
struct Key {
    #[serde(default)]
    key: String,
}

/// The calendar itself. Nothing is noted of its being read; whoever reads it is who made the address,
/// whatever browser asks. What has not changed is not sent again.
async fn calendar(
    house: House,
    key: web::Query<Key>,
    request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ReadCalendarFeed)?;
    let stamp = &house.stamp.request_id;
    let (reader, covers) = feeds::behind(&house.db, &house.ctx.clock, stamp, &key.key)
        .await?
        .ok_or(Error::NotFound)?;
    let text = feed::text(&house.db, &reader, covers, &house.config.public_url).await?;
    let tag = format!("\"{}\"", domain::files::sha256(text.as_bytes()));
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|one| same(one, &tag)));
    if known {
        return Ok(HttpResponse::NotModified()
            .insert_header((header::ETAG, tag))
            .finish());
    }
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((header::ETAG, tag))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"returns.ics\"",
        ))
        .body(text))
}

/// Whether a tag that a program knows is this one; what packs replies on the way makes it a weak one.
fn same(known: &str, tag: &str) -> bool {
    let known = known.trim();
    known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
}
