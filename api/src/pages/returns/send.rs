//! Recording that a certified return was sent, and its files.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Europe::London;
use domain::Error;
use domain::access::rules::Operation;
use domain::returns::ops::{self, NewSending};
use domain::returns::view::{self, ReturnView};
use entity::{FileId, GrantReturnId, ReturnState};

use super::one::as_now_known;
use super::workbooks;
use crate::http::download::{attachment, download_anything};
use crate::http::upload::Upload;
use crate::http::{Fault, House, forms};
use crate::pack;
use crate::pages::shapes::{Choice, Fact, crumbs_to};
use crate::pages::{Link, PageFrame, page, see_other, words};

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
    /// What would be another today than was certified: told first.
    changed: Vec<Fact>,
    changed_sentence: String,
    /// Where it is opened again, for whoever may.
    reopen: String,
    knows: bool,
    knows_error: String,
    /// Why there is nothing to record now, and where to go on.
    not_now: Option<NotNow>,
    address: String,
    on: String,
    on_error: String,
    at: String,
    at_error: String,
    to: String,
    to_error: String,
    how: Vec<Choice>,
    how_error: String,
    downloads: Vec<Link>,
    receipt: String,
    receipt_error: String,
    file_error: String,
}

/// Only what is certified is sent.
struct NotNow {
    words: String,
    onward: Link,
}

impl NotNow {
    fn of(seen: &ReturnView, address: &str) -> Option<Self> {
        let (words, text, href) = match seen.summary.state {
            ReturnState::Certified => return None,
            ReturnState::Submitted | ReturnState::Accepted => (
                "Its sending is recorded already. If it was sent again, open the return again first: \
                 what was sent before stays on record."
                    .to_owned(),
                "Look how it was sent",
                address.to_owned(),
            ),
            ReturnState::NotRequired => (
                "The funder does not want this return, so there is nothing to send.".to_owned(),
                "Go to the return",
                address.to_owned(),
            ),
            ReturnState::AwaitingApproval => (
                "It cannot be sent yet: it waits for a board to agree, and is certified after that."
                    .to_owned(),
                "See whose agreement is missing",
                format!("{address}/agreement"),
            ),
            ReturnState::AwaitingCertification => (
                "It cannot be sent yet: it waits to be certified.".to_owned(),
                "See what is to be certified",
                format!("{address}/certify"),
            ),
            _ => (
                "It cannot be sent yet: it is sent once it has been completed and certified."
                    .to_owned(),
                "See what it still needs",
                address.to_owned(),
            ),
        };
        Some(Self {
            words,
            onward: Link::new(text, href),
        })
    }
}

#[derive(Default)]
struct Sent {
    on: String,
    at: String,
    how: String,
    to: String,
    receipt: String,
    /// Sends it as it was certified, knowing that figures would be others today.
    knows: bool,
}

const WAYS: [(&str, &str); 4] = [
    ("The funder’s portal", "On the funder’s portal"),
    ("E-mail", "By e-mail"),
    ("Post", "By post"),
    ("Another way", "Another way"),
];

pub async fn ask(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordSending)?;
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
    let changed = if seen.summary.state == ReturnState::Certified {
        seen.restated.as_slice()
    } else {
        &[]
    };
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
        changed: changed
            .iter()
            .map(|one| Fact::new(one.label.clone(), as_now_known(one)))
            .collect(),
        changed_sentence: format!(
            "Newer facts have arrived since it was certified, and {} today. What was certified stays as \
             it is, and is what is sent.",
            words::count(
                changed.len(),
                "figure would be another",
                "figures would be others"
            )
        ),
        reopen: if house.ctx.require(Operation::ReopenReturn).is_ok() {
            format!("{address}/reopen")
        } else {
            String::new()
        },
        knows: form.knows,
        knows_error: error("knows"),
        not_now: NotNow::of(&seen, &address),
        on: form.on,
        on_error: error("on"),
        at: form.at,
        at_error: error("at"),
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
        file_error: error("file"),
        address,
    })
}

pub async fn record(
    house: House,
    id: web::Path<GrantReturnId>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RecordSending)?;
    let upload = Upload::of(&request, payload).await?;
    forms::check(&request, upload.field("csrf"))?;
    let field = |name: &str| upload.field(name).unwrap_or_default().to_owned();
    let form = Sent {
        on: field("on"),
        at: field("at"),
        how: field("how"),
        to: field("to"),
        receipt: field("receipt"),
        knows: field("knows") == "yes",
    };
    let receipt = upload.file.map(|(name, bytes)| ops::Receipt {
        name,
        media_type: "application/octet-stream".to_owned(),
        bytes,
    });
    let mut wrong: Vec<(&str, String)> = Vec::new();
    let day = ["%d/%m/%Y", "%Y-%m-%d"]
        .iter()
        .find_map(|shape| NaiveDate::parse_from_str(form.on.trim(), shape).ok());
    let time = time_of(&form.at);
    if day.is_none() {
        wrong.push(("on", "Enter the day, such as 30/10/2026.".to_owned()));
    }
    if time.is_none() {
        wrong.push(("at", "Enter the time, such as 4:30pm or 16:30.".to_owned()));
    }
    let sent_at = match (day, time) {
        (Some(day), Some(time)) => {
            let at = London.from_local_datetime(&day.and_time(time)).earliest();
            if at.is_none() {
                // in the hour that the clocks skip
                wrong.push(("at", "There was no such time on that day.".to_owned()));
            }
            at
        }
        _ => None,
    };
    let Some(sent_at) = sent_at else {
        return render(&house, *id, form, &wrong).await;
    };
    let new = NewSending {
        sent_at: sent_at.with_timezone(&chrono::Utc),
        how: form.how.clone(),
        to_whom: form.to.clone(),
        receipt: form.receipt.clone(),
        although_changed: form.knows,
    };
    match ops::record_sending(&house.db, &house.ctx, *id, &new, receipt.as_ref(), None).await {
        Ok(_) => Ok(see_other(&format!("/returns/{}?done=sent", *id))),
        Err(Error::Invalid(fields)) => {
            for field in fields {
                let name = match field.pointer.as_str() {
                    "/to_whom" => "to",
                    "/how" => "how",
                    "/receipt" => "receipt",
                    "/receipt_file" => "file",
                    "/although_changed" => "knows",
                    _ => "on",
                };
                wrong.push((name, field.detail));
            }
            render(&house, *id, form, &wrong).await
        }
        Err(other) => Err(other.into()),
    }
}

/// A time as people write it, and as our pages do: 16:30, 4:30pm, 4pm, noon.
fn time_of(text: &str) -> Option<NaiveTime> {
    let text: String = text
        .to_lowercase()
        .replace('.', ":")
        .split_whitespace()
        .collect();
    match text.as_str() {
        "noon" => return NaiveTime::from_hms_opt(12, 0, 0),
        "midnight" => return NaiveTime::from_hms_opt(0, 0, 0),
        _ => {}
    }
    let half = |mark: &str| {
        text.strip_suffix(mark)
            .or_else(|| text.strip_suffix(&format!("{}:m:", mark.get(..1)?)))
    };
    let (digits, after) = match (half("am"), half("pm")) {
        (Some(digits), _) => (digits, Some(0)),
        (_, Some(digits)) => (digits, Some(12)),
        (None, None) => (text.as_str(), None),
    };
    let (hour, minute) = match (digits.split_once(':'), after) {
        (Some(parts), _) => parts,
        (None, Some(_)) => (digits, "0"),
        (None, None) => return None,
    };
    let number = |text: &str| {
        let plain = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let hour = match after {
        Some(after) if (1..=12).contains(&hour) => hour % 12 + after,
        Some(_) => return None,
        None => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, 0)
}

pub async fn workbook(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    Ok(attachment(
        view::workbook(&house.db, &house.ctx, &workbooks(&house), *id).await?,
    ))
}

/// The workbook of a version that was sent.
pub async fn sent(
    house: House,
    path: web::Path<(GrantReturnId, i32)>,
) -> Result<HttpResponse, Fault> {
    let (id, revision) = path.into_inner();
    Ok(attachment(
        view::sent_workbook(&house.db, &house.ctx, id, revision).await?,
    ))
}

/// The workbook with the signatures that stand, while another office has yet to sign.
pub async fn signed_so_far(
    house: House,
    id: web::Path<GrantReturnId>,
) -> Result<HttpResponse, Fault> {
    Ok(attachment(
        view::signed_so_far(&house.db, &house.ctx, *id).await?,
    ))
}

pub async fn certified(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    Ok(attachment(
        view::certified_workbook(&house.db, &house.ctx, *id).await?,
    ))
}

/// The certified workbook with what it rests on, and who agreed and signed.
pub async fn pack(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    Ok(attachment(pack::archive(&house, *id).await?))
}

/// A receipt, to save.
pub async fn receipt(
    house: House,
    path: web::Path<(GrantReturnId, FileId)>,
) -> Result<HttpResponse, Fault> {
    let (id, file) = path.into_inner();
    Ok(download_anything(
        view::receipt(&house.db, &house.ctx, id, file).await?,
    ))
}

/// A paper that an office signed, to save.
pub async fn signed_paper(
    house: House,
    path: web::Path<(GrantReturnId, FileId)>,
) -> Result<HttpResponse, Fault> {
    let (id, file) = path.into_inner();
    Ok(download_anything(
        view::signed_paper(&house.db, &house.ctx, id, file).await?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_taken_as_people_and_our_pages_write_it() {
        let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0);
        for (text, time) in [
            ("16:30", at(16, 30)),
            ("4:30pm", at(16, 30)),
            ("4.30 PM", at(16, 30)),
            ("4 p.m.", at(16, 0)),
            ("12am", at(0, 0)),
            ("12:05pm", at(12, 5)),
            ("noon", at(12, 0)),
            ("10:58pm", at(22, 58)),
            ("16", None),
            ("13pm", None),
            ("25:00", None),
            ("soon", None),
        ] {
            assert_eq!(time_of(text), time, "{text}");
        }
    }
}
