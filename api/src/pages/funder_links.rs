//! Links for somebody at a funder: who has one, until when; and what opening one shows.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::Days;
use domain::access::rules::Operation;
use domain::ctx::Actor;
use domain::funder_links::ops::{self, NewLink};
use domain::funder_links::rules::{LONGEST_DAYS, LinkState};
use domain::funder_links::view::{self, LinkView};
use domain::{Error, organisations};
use entity::{ContactId, FunderLinkId, MailState, OrganisationId};
use serde::Deserialize;
use uuid::Uuid;

use super::awards::form::Typed;
use super::fields::{Fields, Wrong};
use super::form::{self, Choice, Field, Form};
use super::shapes::Pager;
use super::sign_in::set_cookie;
use super::today::{ROWS, begins, pager_after};
use super::{Link, PageFrame, page, see_other, words};
use crate::http::forms::{Nothing, PageForm};
use crate::http::limits::Limits;
use crate::http::{Fault, House, who};
use crate::json::funder_links::as_csv;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/funder-link").route(web::get().to(before)))
        .service(web::resource("/funder-link/opening").route(web::post().to(open)))
        .service(web::resource("/funder-link/leaving").route(web::post().to(leave)))
        .service(
            web::resource("/organisations/{id}/links")
                .route(web::get().to(list))
                .route(web::post().to(make)),
        )
        .service(
            web::resource("/organisations/{id}/links/links.csv").route(web::get().to(download)),
        )
        .service(web::resource("/organisations/{id}/links/new").route(web::get().to(new)))
        .service(
            web::resource("/organisations/{id}/links/{link}/revocation")
                .route(web::get().to(ask_revoke))
                .route(web::post().to(revoke)),
        );
}

/// What a funder's page says to those inside of the links that its people have.
pub async fn of_funder(house: &House, funder: OrganisationId) -> Result<Option<Link>, Fault> {
    let working = view::working(&house.db, &house.ctx, funder).await?;
    Ok(working.map(|working| {
        let text = match working {
            0 => "Links for its people: none works at present".to_owned(),
            1 => "Links for its people: one works".to_owned(),
            many => format!("Links for its people: {many} work"),
        };
        Link::new(text, home(funder))
    }))
}

/// The choice of handing a link over without a mail.
const BY_HAND: &str = "by-hand";

fn home(funder: OrganisationId) -> String {
    format!("/organisations/{funder}/links")
}

#[derive(Template)]
#[template(path = "pages/funder_links.html")]
struct LinksPage {
    page: PageFrame,
    back: Link,
    name: String,
    rows: Vec<Row>,
    new_href: String,
    downloads: Vec<Link>,
    pager: Option<Pager>,
}

struct Row {
    name: String,
    number: i32,
    for_whom: String,
    state: &'static str,
    kind: &'static str,
    until: String,
    made: String,
    opened: String,
    ended: String,
    revoke_href: String,
}

/// For whom a link is, as far as it is still known.
fn whom(one: &LinkView) -> String {
    match (&one.for_whom, one.contact_id) {
        (Some(name), Some(_)) => format!("{name}, by mail"),
        (Some(said), None) => said.clone(),
        (None, _) => "A contact who was taken out, by mail".to_owned(),
    }
}

/// Where a link stands, with its tag's kind.
const fn stands(one: &LinkView) -> (&'static str, &'static str) {
    match (one.state, one.mail_state) {
        (LinkState::TakenBack, _) => ("Taken back", "off"),
        (LinkState::Over, _) => ("Over", "off"),
        (LinkState::Works, None | Some(MailState::Sent)) => ("Works", "done"),
        (LinkState::Works, Some(MailState::Queued)) => ("Waits to be sent", "waiting"),
        (LinkState::Works, Some(MailState::Unknown)) => ("It may have arrived", "waiting"),
        (LinkState::Works, Some(MailState::Kept | MailState::Refused | MailState::Cancelled)) => {
            ("It could not be sent", "wrong")
        }
    }
}

/// Where a list begins.
#[derive(Debug, Default, Deserialize)]
struct From {
    after: Option<String>,
}

async fn list(
    house: House,
    id: web::Path<OrganisationId>,
    from: web::Query<From>,
) -> Result<HttpResponse, Fault> {
    let (db, ctx, funder) = (&house.db, &house.ctx, id.into_inner());
    let after = begins(from.after.as_deref());
    let found = view::list(db, ctx, funder, after, ROWS).await?;
    let name = organisations::view::name(db, funder).await?;
    let here = home(funder);
    page(&LinksPage {
        page: PageFrame::of(&house, &format!("Links for people at {name}")).await?,
        back: Link::new(name.clone(), format!("/organisations/{funder}")),
        rows: found
            .items
            .into_iter()
            .map(|one| {
                let (state, kind) = stands(&one);
                Row {
                    state,
                    kind,
                    until: words::date(one.ends_on),
                    made: match &one.made_by {
                        Some(by) => format!("{}, by {by}", words::instant(&one.made_at)),
                        None => words::instant(&one.made_at),
                    },
                    opened: match (one.openings, &one.last_opened_at) {
                        (1, Some(last)) => format!("Once, {}", words::instant(last)),
                        (many, Some(last)) => {
                            format!("{many} times, last {}", words::instant(last))
                        }
                        (_, None) => "Not yet".to_owned(),
                    },
                    ended: match (&one.revoked_at, &one.revoked_by) {
                        (Some(at), Some(by)) => format!("{}, by {by}", words::instant(at)),
                        (Some(at), None) => words::instant(at),
                        (None, _) => String::new(),
                    },
                    revoke_href: if one.may_revoke {
                        format!("{here}/{}/revocation", one.id)
                    } else {
                        String::new()
                    },
                    name: format!("Link {}", one.number),
                    number: one.number,
                    for_whom: whom(&one),
                }
            })
            .collect(),
        new_href: if ctx.require(Operation::MakeFunderLink).is_ok() {
            format!("{here}/new")
        } else {
            String::new()
        },
        downloads: vec![Link::new("These links (CSV)", format!("{here}/links.csv"))],
        pager: pager_after(&here, &[], after, found.next),
        name,
    })
}

async fn download(house: House, id: web::Path<OrganisationId>) -> Result<HttpResponse, Fault> {
    as_csv(&house, id.into_inner()).await
}

/// The form in which a link is made. To a contact it goes by mail only where mail is sent at all.
async fn form(
    house: &House,
    funder: OrganisationId,
    typed: &Fields,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let name = organisations::view::one(db, ctx, funder).await?.name;
    let contacts = organisations::contacts::list(db, ctx, funder).await?;
    let mut ways = Vec::new();
    if house.config.sends_mail {
        ways.extend(contacts.into_iter().filter_map(|contact| {
            let email = contact.email.filter(|email| !email.is_empty())?;
            let way = format!("By mail to {} ({email})", contact.name);
            Some(Choice::new(contact.id, way))
        }));
    }
    let none_by_mail = ways.is_empty();
    ways.push(Choice::new(BY_HAND, "I copy it and hand it over myself"));
    let way = Field::radios("contact_id", "How does it get there?", ways);
    let way = match (none_by_mail, house.config.sends_mail) {
        (false, _) => way,
        (true, true) => way.hint(
            "It can go by mail to somebody whom you added as a contact of this funder, with their address.",
        ),
        (true, false) => way.hint("No mail can be sent from here."),
    };
    let lead = format!(
        "Whoever has the link sees what an officer of {name} sees here: its awards, their position as the \
         funders agreed, the returns that it was sent and the documents that are shared with it. They can \
         download all of that, and change nothing. That it is opened is noted, with the time and nothing \
         else. You can take it back at any time."
    );
    let asked = Form {
        back: Link::new(format!("Links for people at {name}"), home(funder)),
        heading: format!("Make a link for somebody at {name}"),
        lead,
        action: home(funder),
        hidden: Vec::new(),
        fields: vec![
            way,
            Field::text("for_whom", "If you hand it over: for whom is it?").hint(
                "What they do rather than their name, such as “their programme officer”. They do not read it.",
            ),
            Field::date("ends_on", "Until the end of which day does it work?").hint(&format!(
                "At most {LONGEST_DAYS} days from today. For example, {}",
                (ctx.today() + Days::new(30)).format("%d/%m/%Y")
            )),
        ],
        button: "Make this link".to_owned(),
        grave: false,
    };
    // where there is one way, it is chosen
    let mut typed = typed.clone();
    if none_by_mail && typed.some("contact_id").is_none() {
        typed = typed.with("contact_id", BY_HAND);
    }
    form::show(house, asked, &typed, wrong).await
}

async fn new(house: House, id: web::Path<OrganisationId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::MakeFunderLink)?;
    form(
        &house,
        id.into_inner(),
        &Fields::default(),
        &Wrong::default(),
    )
    .await
}

#[derive(Template)]
#[template(path = "pages/funder_link_made.html")]
struct MadePage {
    page: PageFrame,
    back: Link,
    /// The link; empty where it goes by mail.
    address: String,
    until: String,
}

async fn make(
    house: House,
    id: web::Path<OrganisationId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::MakeFunderLink)?;
    let funder = id.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let contact = match fields.some("contact_id") {
        None => {
            wrong.add("contact_id", "Choose how it gets there.");
            None
        }
        Some(BY_HAND) => {
            wrong.need(&fields, &[("for_whom", "Say for whom it is.")]);
            None
        }
        Some(contact) => match contact.parse::<Uuid>() {
            Ok(id) => Some(ContactId(id)),
            Err(_) => {
                wrong.add("contact_id", "Choose one of these.");
                None
            }
        },
    };
    let ends_on = wrong.date(&fields, "ends_on");
    if wrong.is_empty() {
        let link = NewLink {
            contact_id: contact,
            // what was typed before a contact was chosen says nothing more
            for_whom: match contact {
                Some(_) => None,
                None => fields.some("for_whom").map(str::to_owned),
            },
            ends_on,
        };
        match ops::make(&house.db, &house.ctx, funder, &link).await {
            Ok(made) => {
                let name = organisations::view::name(&house.db, funder).await?;
                let site = house.config.public_url.trim_end_matches('/');
                let title = match made.secret {
                    Some(_) => "The link",
                    None => "The link is on its way",
                };
                return page(&MadePage {
                    page: PageFrame::of(&house, title).await?,
                    back: Link::new(format!("Links for people at {name}"), home(funder)),
                    address: made.secret.map_or_else(String::new, |secret| {
                        format!("{site}/funder-link?key={secret}")
                    }),
                    until: words::date(ends_on),
                });
            }
            Err(error) => wrong.take(error)?,
        }
    }
    form(&house, funder, &fields, &wrong).await
}

async fn ask_revoke(
    house: House,
    path: web::Path<(OrganisationId, FunderLinkId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RevokeFunderLink)?;
    let (funder, id) = path.into_inner();
    let one = view::one(&house.db, &house.ctx, funder, id).await?;
    if !one.may_revoke {
        return Err(Error::NotFound.into());
    }
    let name = organisations::view::name(&house.db, funder).await?;
    let asked = Form {
        back: Link::new(format!("Links for people at {name}"), home(funder)),
        heading: format!("Take back link {}?", one.number),
        lead: format!(
            "It is for: {}. It opens nothing any more, and whoever has it open sees nothing more, at once. \
             What they downloaded they have. This cannot be undone; you can make another.",
            whom(&one)
        ),
        action: format!("{}/{id}/revocation", home(funder)),
        hidden: Vec::new(),
        fields: Vec::new(),
        button: "Take it back".to_owned(),
        grave: true,
    };
    form::show(&house, asked, &Fields::default(), &Wrong::default()).await
}

async fn revoke(
    house: House,
    path: web::Path<(OrganisationId, FunderLinkId)>,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    let (funder, id) = path.into_inner();
    ops::revoke(&house.db, &house.ctx, funder, id).await?;
    Ok(see_other(&home(funder)))
}

/// What a link carries.
#[derive(Debug, Default, Deserialize)]
struct Key {
    #[serde(default)]
    key: String,
}

/// What stands behind a link.
enum Step {
    /// One press opens it.
    Before,
    /// Nothing opens with it: it has ended, it was taken back, or it never was.
    Over,
    /// The browser had one open, and has not any more.
    Closed,
}

#[derive(Template)]
#[template(path = "pages/funder_link.html")]
struct LinkPage {
    page: PageFrame,
    step: Step,
    /// What opens it.
    key: String,
    house: String,
    /// Who is signed in in this browser; empty where nobody is.
    signed_in: String,
}

async fn told(house: &House, step: Step, key: String) -> Result<HttpResponse, Fault> {
    let title = match step {
        Step::Before => "See where your funding stands",
        Step::Over => "This link does not work",
        Step::Closed => "Open your link again",
    };
    let frame = PageFrame::of(house, title).await?;
    let gone = !matches!(step, Step::Before);
    let mut reply = page(&LinkPage {
        house: frame.organisation_name.clone(),
        signed_in: match &house.ctx.actor {
            Actor::Person(person) => person.display_name.clone(),
            Actor::Guest(_) | Actor::Nobody | Actor::System(_) => String::new(),
        },
        page: frame,
        step,
        key,
    })?;
    if gone {
        *reply.status_mut() = actix_web::http::StatusCode::GONE;
        super::mark_as_page(&mut reply);
    }
    Ok(reply)
}

/// The page behind a link. Looking at it (as a mail program's preview does) opens nothing, notes nothing, and
/// does not tell whether the link works.
async fn before(house: House, key: web::Query<Key>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::OpenFunderLink)?;
    let key = key.into_inner().key;
    let step = match key.is_empty() {
        true => Step::Closed,
        false => Step::Before,
    };
    told(&house, step, key).await
}

/// Exchanges what the link carries for a cookie, so that it stays neither in the address bar nor in any log.
async fn open(
    house: House,
    limits: web::Data<Limits>,
    PageForm(sent): PageForm<Key>,
) -> Result<HttpResponse, Fault> {
    limits.sign_in(house.caller.address)?;
    match ops::open(&house.db, &house.ctx, &sent.key).await {
        Ok(cookie) => {
            let mut reply = see_other("/");
            set_cookie(&mut reply, &house, &cookie)?;
            Ok(reply)
        }
        Err(Error::Refused {
            rule: "link-over", ..
        }) => told(&house, Step::Over, String::new()).await,
        Err(other) => Err(other.into()),
    }
}

async fn leave(
    house: House,
    request: actix_web::HttpRequest,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    let mut reply = see_other("/sign-in");
    // whoever is signed in here has no link open, and stays signed in
    if !matches!(house.ctx.actor, Actor::Guest(_)) {
        return Ok(reply);
    }
    if let Some(cookie) = request.cookie(who::cookie_name(&house.config)) {
        ops::leave(&house.db, &house.ctx, cookie.value()).await?;
    }
    set_cookie(&mut reply, &house, "")?;
    Ok(reply)
}
