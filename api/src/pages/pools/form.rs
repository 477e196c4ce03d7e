//! Setting up a pool, putting an award's money behind it, opening a month again.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use domain::access::rules::Operation;
use domain::pools::{ops, view};
use domain::{awards, categories};
use entity::{AttributionPolicy, PoolId};

use super::super::awards::form::{Typed, bodies};
use super::super::fields::{Fields, Wrong, id};
use super::super::form::{Choice, Field, Form, show};
use super::super::programmes::typed_date;
use super::super::{Link, see_other, words};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

async fn form(house: &House) -> Result<Form, Fault> {
    let mut in_order = Choice::new(AttributionPolicy::InOrder.slug(), "In a stated order");
    in_order.hint =
        "The first award that may pay for a line and has money left pays for it. Shares, or a proportion, are agreed once awards are behind the pool.".to_owned();
    Ok(Form {
        back: Link::new("Pools", "/pools"),
        heading: "Set up a pool".to_owned(),
        lead: "Several awards’ money put behind one purpose. The awards are added next, in the order in which they pay.".to_owned(),
        action: "/pools".to_owned(),
        hidden: Vec::new(),
        fields: vec![
            Field::text("name", "What people call it"),
            Field::area("purpose", "What is it for?").hint("One sentence."),
            Field::select("holder_id", "Held by", bodies(house).await?)
                .hint("In whose bank account the money is."),
            Field::radios("policy", "How do awards pay?", vec![in_order]),
            Field::date("policy_from", "From when does this rule apply?"),
            Field::text("policy_agreed_by", "Who agreed the rule, and where is that minuted?")
                .hint("For example: both boards, 12 March 2026, minute 7"),
        ],
        button: "Set up this pool".to_owned(),
        grave: false,
    })
}

pub async fn new(house: House) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreatePool)?;
    // where there is one award, its money is what the pool is for
    let awards = awards::view::by_attention(&house.db, &house.ctx, None, 2).await?;
    let typed = match awards.items.as_slice() {
        [only] => {
            let award = awards::view::one(&house.db, &house.ctx, only.id).await?;
            Fields::default()
                .with("holder_id", award.holder_id.to_string())
                .with("policy_from", typed_date(only.starts_on))
        }
        _ => Fields::default(),
    };
    show(&house, form(&house).await?, &typed, &Wrong::default()).await
}

pub async fn create(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreatePool)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    wrong.need(
        &fields,
        &[
            ("name", "Enter what people call it."),
            ("purpose", "Say what it is for."),
            (
                "policy_agreed_by",
                "Say who agreed the rule, and where that is minuted.",
            ),
        ],
    );
    let holder = wrong.chosen(&fields, "holder_id", id);
    let policy = wrong.chosen(&fields, "policy", AttributionPolicy::from_slug);
    let policy_from = wrong.date(&fields, "policy_from");
    if let (true, Some(holder_id), Some(policy)) = (wrong.is_empty(), holder, policy) {
        let new = ops::NewPool {
            slug: categories::slug_of(&fields.text("name")),
            name: fields.text("name"),
            purpose: fields.text("purpose"),
            holder_id,
            policy,
            policy_from,
            policy_agreed_by: fields.text("policy_agreed_by"),
            contributions: Vec::new(),
        };
        match ops::create(&house.db, &house.ctx, &new).await {
            Ok(id) => return Ok(see_other(&format!("/pools/{id}"))),
            Err(error) => {
                wrong.take(error)?;
                let taken = wrong.of("slug");
                if !taken.is_empty() {
                    wrong.add(
                        "name",
                        "Use another name: this one is taken, or has no letter.",
                    );
                }
            }
        }
    }
    show(&house, form(&house).await?, &fields, &wrong).await
}

async fn contribution_form(house: &House, pool: &view::PoolView) -> Result<Form, Fault> {
    let known: Vec<_> = pool
        .contributions
        .iter()
        .map(|part| part.award_id)
        .collect();
    let awards = awards::view::by_attention(&house.db, &house.ctx, None, 500)
        .await?
        .items;
    let choices = std::iter::once(Choice::new("", "Choose"))
        .chain(
            awards
                .into_iter()
                .filter(|award| !known.contains(&award.id))
                .map(|award| {
                    Choice::new(
                        award.id,
                        format!(
                            "{} ({}), {}",
                            award.title,
                            award.reference,
                            award.amount_pence.in_words()
                        ),
                    )
                }),
        )
        .collect();
    let id = pool.summary.id;
    Ok(Form {
        back: Link::new(pool.summary.name.clone(), format!("/pools/{id}")),
        heading: "Put an award’s money behind this pool".to_owned(),
        lead: match pool.contributions.len() {
            0 => "It will be the first to pay.".to_owned(),
            _ => "It will pay after the awards that are there already.".to_owned(),
        },
        action: format!("/pools/{id}/contributions"),
        hidden: vec![("version".to_owned(), pool.summary.version.to_string())],
        fields: vec![
            Field::select("award_id", "Award", choices),
            Field::money("agreed_pence", "How much was agreed?")
                .hint("An award never gives more to its pools than it holds."),
        ],
        button: "Put it behind this pool".to_owned(),
        grave: false,
    })
}

pub async fn new_contribution(house: House, id: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateContribution)?;
    let pool = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    let form = contribution_form(&house, &pool).await?;
    // the first pool of the only award mostly has all of it
    let awards = awards::view::by_attention(&house.db, &house.ctx, None, 2).await?;
    let typed = match awards.items.as_slice() {
        [only] if pool.contributions.is_empty() => Fields::default()
            .with("award_id", only.id.to_string())
            .with("agreed_pence", only.amount_pence.as_typed()),
        _ => Fields::default(),
    };
    show(&house, form, &typed, &Wrong::default()).await
}

pub async fn contribute(
    house: House,
    path: web::Path<PoolId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateContribution)?;
    let pool_id = path.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let award = wrong.chosen(&fields, "award_id", id);
    let agreed = wrong.money(&fields, "agreed_pence");
    if let (true, Some(award_id)) = (wrong.is_empty(), award) {
        let new = ops::NewContribution {
            award_id,
            agreed_pence: agreed,
        };
        let expected = fields.version();
        match ops::add_contribution(&house.db, &house.ctx, pool_id, expected, &new).await {
            Ok(_) => return Ok(see_other(&format!("/pools/{pool_id}"))),
            Err(error) => wrong.take(error)?,
        }
    }
    let pool = view::one(&house.db, &house.ctx, pool_id).await?;
    show(
        &house,
        contribution_form(&house, &pool).await?,
        &fields,
        &wrong,
    )
    .await
}

pub async fn ask_reopen(
    house: &House,
    pool_id: PoolId,
    month: NaiveDate,
) -> Result<HttpResponse, Fault> {
    let pool = view::one(&house.db, &house.ctx, pool_id).await?;
    let named = words::month(month);
    let form = Form {
        back: Link::new(pool.summary.name.clone(), format!("/pools/{pool_id}")),
        heading: format!("Open {named} again?"),
        lead: format!(
            "Drafts that rest on {named} will say that it is not closed. What was certified stays as it is. You can close it again."
        ),
        action: format!("/pools/{pool_id}/closed-months/{month}/reopening"),
        hidden: Vec::new(),
        fields: Vec::new(),
        button: format!("Open {named} again"),
        grave: true,
    };
    show(house, form, &Fields::default(), &Wrong::default()).await
}
