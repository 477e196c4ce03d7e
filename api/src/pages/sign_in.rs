//! Signing in: ask for a link, use it with one press, show the second factor; and the account.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::access::ops::SignOut;
use domain::access::{invitations, ops, second_factor, view};
use entity::Role;
use serde::Deserialize;

use super::calendars::{covers, is_a_funders};
use super::{Link, PageFrame, page, see_other, urlencode};
use crate::http::forms::PageForm;
use crate::http::limits::Limits;
use crate::http::{Fault, House, who};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/sign-in")
                .route(web::get().to(ask))
                .route(web::post().to(send)),
        )
        .service(web::resource("/sign-in/link").route(web::get().to(confirm)))
        .service(web::resource("/sign-in/session").route(web::post().to(begin)))
        .service(
            web::resource("/sign-in/code")
                .route(web::get().to(code))
                .route(web::post().to(show)),
        )
        .service(web::resource("/sign-in/code/enrolment").route(web::post().to(enrol)))
        .service(web::resource("/sign-out").route(web::post().to(sign_out)))
        .service(web::resource("/account").route(web::get().to(account)))
        .service(web::resource("/account/name").route(web::post().to(change_name)));
}

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage {
    page: PageFrame,
    step: String,
    errors: Vec<Link>,
    email: String,
    email_error: String,
    token: String,
    code_error: String,
    /// Where to go once signed in, or after the second check.
    next: String,
    sends_mail: bool,
    /// Nobody was let in yet: it is not even said whose house it is.
    empty: bool,
}

impl SignInPage {
    async fn of(house: &House, step: &str, title: &str) -> Result<Self, Fault> {
        Ok(Self {
            page: PageFrame::of(house, title).await?,
            step: step.to_owned(),
            errors: Vec::new(),
            email: String::new(),
            email_error: String::new(),
            token: String::new(),
            code_error: String::new(),
            next: String::new(),
            sends_mail: house.config.sends_mail,
            empty: domain::settings::home(&house.db).await?.is_none(),
        })
    }
}

impl SignInPage {
    /// Where another link is asked for, to the same page.
    fn again(&self) -> String {
        match self.next.as_str() {
            "" => "/sign-in".to_owned(),
            next => format!("/sign-in?next={}", urlencode(next)),
        }
    }
}

async fn ask(house: House, query: web::Query<Onward>) -> Result<HttpResponse, Fault> {
    let mut shown = SignInPage::of(&house, "ask", "Sign in").await?;
    shown.next = wanted(&query.next).unwrap_or_default();
    page(&shown)
}

#[derive(Deserialize)]
struct Address {
    #[serde(default)]
    email: String,
    /// The page that was wanted before signing in was asked for.
    #[serde(default)]
    next: String,
}

async fn send(
    house: House,
    limits: web::Data<Limits>,
    PageForm(form): PageForm<Address>,
) -> Result<HttpResponse, Fault> {
    limits.sign_in(house.caller.address)?;
    if !form.email.contains('@') || form.email.len() > 254 {
        let mut shown = SignInPage::of(&house, "ask", "Sign in").await?;
        shown.email_error = "Enter an e-mail address, such as name@example.org".to_owned();
        shown.errors = vec![Link::new(shown.email_error.clone(), "#email")];
        shown.email = form.email;
        shown.next = wanted(&form.next).unwrap_or_default();
        return page(&shown);
    }
    if limits.may_mail(&form.email) {
        let goes_to = wanted(&form.next);
        invitations::ask_for_link(&house.db, &house.ctx, &form.email, goes_to.as_deref()).await?;
    }
    // Without a mail server no link is on its way, and the page does not say that one is.
    let title = if house.config.sends_mail {
        "Look at your e-mail"
    } else {
        "No mail can be sent from here"
    };
    let mut shown = SignInPage::of(&house, "sent", title).await?;
    shown.next = wanted(&form.next).unwrap_or_default();
    shown.email = form.email;
    page(&shown)
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
}

/// The page behind the link. Looking at it (as a mail program's preview does) changes nothing.
async fn confirm(house: House, query: web::Query<Token>) -> Result<HttpResponse, Fault> {
    let mut shown = SignInPage::of(&house, "confirm", "Sign in").await?;
    shown.token.clone_from(&query.token);
    page(&shown)
}

async fn begin(
    house: House,
    limits: web::Data<Limits>,
    request: HttpRequest,
    PageForm(form): PageForm<Token>,
) -> Result<HttpResponse, Fault> {
    limits.sign_in(house.caller.address)?;
    let device = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("a program");
    let begun = ops::use_link(&house.db, &house.ctx, &form.token, device).await?;
    let mut reply = see_other(&onward(begun.goes_to.as_deref().unwrap_or_default()));
    set_cookie(&mut reply, &house, &begun.secret)?;
    Ok(reply)
}

/// Gives the browser the cookie of a secret; an empty one takes it away.
pub(super) fn set_cookie(
    reply: &mut HttpResponse,
    house: &House,
    secret: &str,
) -> Result<(), Fault> {
    reply
        .add_cookie(&who::cookie(&house.config, secret))
        .map_err(|error| domain::Error::internal(format!("a cookie: {error}")).into())
}

#[derive(Template)]
#[template(path = "pages/second_factor.html")]
struct SecondFactorPage {
    page: PageFrame,
    /// What the app needs; none before it was asked for.
    enrolment: Option<second_factor::Enrolment>,
    code_error: String,
    next: String,
    errors: Vec<Link>,
}

/// Where somebody was before the second check was asked for.
#[derive(Deserialize)]
struct Onward {
    #[serde(default)]
    next: String,
}

/// A page of ours, or Today: an address in a form leads nobody away from here.
fn onward(next: &str) -> String {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if ours { next } else { "/" }.to_owned()
}

/// The page of ours that was wanted, if it was another than Today and is no longer than an address of ours is.
fn wanted(next: &str) -> Option<String> {
    Some(onward(next)).filter(|page| page != "/" && page.len() <= 500)
}

impl SecondFactorPage {
    async fn of(
        house: &House,
        enrolment: Option<second_factor::Enrolment>,
        error: &str,
        next: &str,
    ) -> Result<HttpResponse, Fault> {
        page(&Self {
            page: PageFrame::of(house, "Set up your second check").await?,
            enrolment,
            code_error: error.to_owned(),
            next: onward(next),
            errors: complaints(error),
        })
    }
}

fn complaints(error: &str) -> Vec<Link> {
    (!error.is_empty())
        .then(|| Link::new(error, "#code"))
        .into_iter()
        .collect()
}

/// Asks for the code, or whether to begin: looking at it changes nothing.
async fn code(house: House, query: web::Query<Onward>) -> Result<HttpResponse, Fault> {
    house.ctx.person()?;
    if house.caller.has_second_factor {
        ask_code(&house, "", &query.next).await
    } else {
        SecondFactorPage::of(&house, None, "", &query.next).await
    }
}

async fn ask_code(house: &House, error: &str, next: &str) -> Result<HttpResponse, Fault> {
    let mut shown = SignInPage::of(house, "code", "Your second check").await?;
    shown.code_error = error.to_owned();
    shown.next = onward(next);
    shown.errors = complaints(error);
    page(&shown)
}

/// Begins to set up a second check: the key is shown to this browser alone.
async fn enrol(house: House, PageForm(form): PageForm<Onward>) -> Result<HttpResponse, Fault> {
    let enrolment = second_factor::begin(&house.db, &house.ctx).await?;
    SecondFactorPage::of(&house, Some(enrolment), "", &form.next).await
}

#[derive(Deserialize)]
struct Code {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

async fn show(
    house: House,
    limits: web::Data<Limits>,
    PageForm(form): PageForm<Code>,
) -> Result<HttpResponse, Fault> {
    limits.sign_in(house.caller.address)?;
    match second_factor::show(&house.db, &house.ctx, &form.code).await {
        Ok(begun) => {
            let mut reply = see_other(&onward(&form.next));
            set_cookie(&mut reply, &house, &begun.secret)?;
            Ok(reply)
        }
        Err(domain::Error::Invalid(fields)) => {
            let detail = fields.first().map_or("", |field| field.detail.as_str());
            if house.caller.has_second_factor {
                ask_code(&house, detail, &form.next).await
            } else {
                let begun = second_factor::begun(&house.db, &house.ctx).await?;
                SecondFactorPage::of(&house, begun, detail, &form.next).await
            }
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Everywhere {
    #[serde(default)]
    everywhere: Option<String>,
    #[serde(default)]
    tokens: Option<String>,
}

async fn sign_out(
    house: House,
    PageForm(form): PageForm<Everywhere>,
) -> Result<HttpResponse, Fault> {
    let ending = match (form.everywhere, form.tokens) {
        (None, _) => SignOut::Here,
        (Some(_), None) => SignOut::Everywhere,
        (Some(_), Some(_)) => SignOut::EverywhereAndPrograms,
    };
    ops::sign_out(&house.db, &house.ctx, ending).await?;
    let mut reply = see_other("/sign-in");
    set_cookie(&mut reply, &house, "")?;
    Ok(reply)
}

#[derive(Template)]
#[template(path = "pages/account.html")]
struct AccountPage {
    page: PageFrame,
    account: view::Account,
    roles: Vec<String>,
    certifies: bool,
    calendars: Vec<Calendar>,
    /// The name as it was typed, and what is wrong with it.
    typed_name: String,
    name_error: String,
    errors: Vec<Link>,
}

/// A calendar address that works.
struct Calendar {
    shows: &'static str,
    prefix: String,
    made: String,
    href: String,
}

async fn account(house: House) -> Result<HttpResponse, Fault> {
    account_page(&house, None).await
}

#[derive(Deserialize)]
struct Name {
    #[serde(default)]
    display_name: String,
}

/// Changes the name by which they are shown.
async fn change_name(house: House, PageForm(form): PageForm<Name>) -> Result<HttpResponse, Fault> {
    let new = ops::OwnName {
        display_name: form.display_name,
    };
    match ops::change_own_name(&house.db, &house.ctx, &new).await {
        Ok(()) => Ok(see_other("/account")),
        Err(domain::Error::Invalid(fields)) => {
            let why = fields.first().map_or("", |field| field.detail.as_str());
            account_page(&house, Some((&new.display_name, why))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The account; with a name that was refused, if one was.
async fn account_page(house: &House, refused: Option<(&str, &str)>) -> Result<HttpResponse, Fault> {
    let account = view::account(&house.db, &house.ctx).await?;
    let certifies = account
        .roles
        .iter()
        .any(|held| held.role == Role::Certifier);
    let mut roles = Vec::new();
    for held in &account.roles {
        let name = domain::organisations::view::name(&house.db, held.organisation_id).await?;
        roles.push(format!("{} for {name}", super::words::role(held.role)));
    }
    page(&AccountPage {
        page: PageFrame::of(house, "Your account").await?,
        typed_name: refused
            .map_or_else(|| account.display_name.clone(), |(name, _)| name.to_owned()),
        name_error: refused.map_or_else(String::new, |(_, why)| why.to_owned()),
        errors: refused
            .map(|(_, why)| Link::new(why, "#display_name"))
            .into_iter()
            .collect(),
        calendars: account
            .calendars
            .iter()
            .map(|feed| Calendar {
                shows: covers(feed.covers, is_a_funders(house)),
                prefix: feed.prefix.clone(),
                made: super::words::instant(&feed.created_at),
                href: format!("/account/calendars/{}/revocation", feed.id),
            })
            .collect(),
        account,
        roles,
        certifies,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_nobody_away_from_here() {
        assert_eq!(onward("/returns/1/certify"), "/returns/1/certify");
        for elsewhere in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "/a\r\nb",
        ] {
            assert_eq!(onward(elsewhere), "/", "{elsewhere}");
        }
    }
}
