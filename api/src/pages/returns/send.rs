//! Recording that a certified return was sent, and its files.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Europe::London;
use domain::Error;
use domain::returns::ops::{self, NewSending};
use domain::returns::view;
use entity::GrantReturnId;
use serde::Deserialize;

use super::{attachment, workbooks};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::shapes::{Choice, crumbs_to};
use crate::pages::{Link, PageFrame, page, see_other};

#[derive(Template)]
#[template(path = "pages/send.html")]
struct SendPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    return_title: String,
    period: String,
    due: String,
    send_to: String,
    errors: Vec<Link>,
    address: String,
    on: String,
    on_error: String,
    at: String,
    to: String,
    to_error: String,
    how: Vec<Choice>,
    how_error: String,
    downloads: Vec<Link>,
    receipt: String,
    receipt_error: String,
}

#[derive(Default, Deserialize)]
pub struct Sent {
    #[serde(default)]
    on: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    how: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    receipt: String,
}

const WAYS: [(&str, &str); 4] = [
    ("The funder’s portal", "On the funder’s portal"),
    ("E-mail", "By e-mail"),
    ("Post", "By post"),
    ("Another way", "Another way"),
];

pub async fn ask(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    let now = house.ctx.now().with_timezone(&London);
    let form = Sent {
        on: now.format("%d/%m/%Y").to_string(),
        at: now.format("%H:%M").to_string(),
        ..Sent::default()
    };
    render(&house, *id, form, &[]).await
}

async fn render(
    house: &House,
    id: GrantReturnId,
    form: Sent,
    wrong: &[(&str, String)],
) -> Result<HttpResponse, Fault> {
    let seen = view::one(&house.db, &house.ctx, id).await?;
    let address = format!("/returns/{id}");
    let error = |name: &str| {
        wrong
            .iter()
            .find(|(field, _)| *field == name)
            .map_or_else(String::new, |(_, text)| text.clone())
    };
    page(&SendPage {
        page: PageFrame::of(house, "Record a sending").await?,
        crumbs: crumbs_to(&seen.summary.title, &address),
        return_title: seen.summary.award.clone(),
        period: seen.summary.title.clone(),
        due: format!("Due {}", seen.summary.due_in_words),
        send_to: format!(
            "download the certified workbook and send it to {}.",
            seen.summary.funder
        ),
        errors: wrong
            .iter()
            .map(|(name, text)| Link::new(text.clone(), format!("#{name}")))
            .collect(),
        on: form.on,
        on_error: error("on"),
        at: form.at,
        to: form.to,
        to_error: error("to"),
        how: WAYS
            .iter()
            .map(|(value, text)| Choice::new(value, text, &form.how))
            .collect(),
        how_error: error("how"),
        downloads: vec![Link::new(
            "The certified workbook",
            format!("{address}/certified"),
        )],
        receipt: form.receipt,
        receipt_error: error("receipt"),
        address,
    })
}

pub async fn record(
    house: House,
    id: web::Path<GrantReturnId>,
    PageForm(form): PageForm<Sent>,
) -> Result<HttpResponse, Fault> {
    let mut wrong: Vec<(&str, String)> = Vec::new();
    let day = ["%d/%m/%Y", "%Y-%m-%d"]
        .iter()
        .find_map(|shape| NaiveDate::parse_from_str(form.on.trim(), shape).ok());
    let time = NaiveTime::parse_from_str(form.at.trim(), "%H:%M");
    let sent_at = match (day, time) {
        (Some(day), Ok(time)) => London.from_local_datetime(&day.and_time(time)).earliest(),
        _ => None,
    };
    let Some(sent_at) = sent_at else {
        wrong.push((
            "on",
            "Enter the day and time, such as 30/10/2026 and 16:30.".to_owned(),
        ));
        return render(&house, *id, form, &wrong).await;
    };
    let new = NewSending {
        sent_at: sent_at.with_timezone(&chrono::Utc),
        how: form.how.clone(),
        to_whom: form.to.clone(),
        receipt: form.receipt.clone(),
    };
    match ops::record_sending(&house.db, &house.ctx, *id, &new, None, None).await {
        Ok(_) => Ok(see_other(&format!("/returns/{}?done=sent", *id))),
        Err(Error::Invalid(fields)) => {
            for field in fields {
                let name = match field.pointer.as_str() {
                    "/to_whom" => "to",
                    "/how" => "how",
                    "/receipt" => "receipt",
                    _ => "on",
                };
                wrong.push((name, field.detail));
            }
            render(&house, *id, form, &wrong).await
        }
        Err(other) => Err(other.into()),
    }
}

pub async fn workbook(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    Ok(attachment(
        view::workbook(&house.db, &house.ctx, &workbooks(&house), *id).await?,
    ))
}

pub async fn certified(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    Ok(attachment(
        view::certified_workbook(&house.db, &house.ctx, *id).await?,
    ))
}
