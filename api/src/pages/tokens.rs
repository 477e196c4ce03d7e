//! API tokens of one's own: made, shown once, taken back.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Error;
use domain::access::rules::{Operation, Scope};
use domain::access::{tokens, view};
use entity::ApiTokenId;

use super::awards::form::Typed;
use super::fields::{Fields, Wrong};
use super::form::{Choice, Field, Form, show};
use super::{Link, PageFrame, page, see_other};
use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/account/tokens").route(web::post().to(create)))
        .service(web::resource("/account/tokens/new").route(web::get().to(new)))
        .service(
            web::resource("/account/tokens/{id}/revocation")
                .route(web::get().to(ask_revoke))
                .route(web::post().to(revoke)),
        );
}

const fn allows(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "Read what you may read",
        Scope::Spend => "Load spend and settle imports",
        Scope::Records => "Keep awards, pools, forecasts and match",
        Scope::Returns => "Prepare, review and send returns. Nothing lets a token certify",
        Scope::Administration => "Look after people and operations",
    }
}

fn form() -> Form {
    Form {
        back: Link::new("Your account", "/account"),
        heading: "Make an API token".to_owned(),
        lead: "A program that has it can do what you may do, within what you allow here. It is shown once."
            .to_owned(),
        action: "/account/tokens".to_owned(),
        hidden: Vec::new(),
        fields: vec![
            Field::text("name", "What is it for?").hint("For example: the dashboard at County Hall"),
            Field::checkboxes(
                "scopes",
                "What may it do?",
                Scope::ALL
                    .into_iter()
                    .map(|scope| Choice::new(scope.slug(), allows(scope)))
                    .collect(),
            ),
            Field::text("days", "For how many days?")
                .hint("At most 366.")
                .width("w5"),
        ],
        button: "Make this token".to_owned(),
        grave: false,
    }
}

async fn new(house: House) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateToken)?;
    let typed = Fields::default()
        .with("scopes", Scope::Read.slug())
        .with("days", "90");
    show(&house, form(), &typed, &Wrong::default()).await
}

#[derive(Template)]
#[template(path = "pages/token_made.html")]
struct TokenMadePage {
    page: PageFrame,
    secret: String,
}

async fn create(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateToken)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let new = tokens::NewToken {
        name: fields.text("name"),
        scopes: fields.all("scopes").map(str::to_owned).collect(),
        days: fields.text("days").parse().unwrap_or_default(),
    };
    match tokens::create(&house.db, &house.ctx, &new).await {
        Ok(made) => page(&TokenMadePage {
            page: PageFrame::of(&house, "Your API token").await?,
            secret: made.secret,
        }),
        Err(error) => {
            wrong.take(error)?;
            show(&house, form(), &fields, &wrong).await
        }
    }
}

async fn ask_revoke(house: House, path: web::Path<ApiTokenId>) -> Result<HttpResponse, Fault> {
    let id = path.into_inner();
    let token = view::account(&house.db, &house.ctx)
        .await?
        .tokens
        .into_iter()
        .find(|token| token.id == id)
        .ok_or(Error::NotFound)?;
    let form = Form {
        back: Link::new("Your account", "/account"),
        heading: "Take this token back?".to_owned(),
        lead: format!(
            "“{}” ({}…) stops working at once. This cannot be undone; you can make another.",
            token.name, token.prefix
        ),
        action: format!("/account/tokens/{id}/revocation"),
        hidden: Vec::new(),
        fields: Vec::new(),
        button: "Take it back".to_owned(),
        grave: true,
    };
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

async fn revoke(
    house: House,
    path: web::Path<ApiTokenId>,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    tokens::revoke(&house.db, &house.ctx, path.into_inner()).await?;
    Ok(see_other("/account"))
}
