//! Certify: can I sign? One page, no surprises.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use domain::Error;
use domain::access::rules::Operation;
use domain::returns::ops::{self, NewCertification, NewPaperCertification, Paper};
use domain::returns::view::{self, CertifyPage as Found};
use entity::GrantReturnId;
use serde::Deserialize;

use super::section::shown;
use super::workbooks;
use crate::http::forms::PageForm;
use crate::http::upload::Upload;
use crate::http::{Fault, House, forms};
use crate::pages::shapes::{Event, Fact, Section, crumbs_to};
use crate::pages::{Link, PageFrame, page, see_other};

#[derive(Template)]
#[template(path = "pages/certify.html")]
struct CertifyPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    return_title: String,
    period: String,
    revision: String,
    content_hash: String,
    due: String,
    sentence: String,
    errors: Vec<Link>,
    what: Vec<Fact>,
    checks: Vec<Section>,
    changed: Vec<String>,
    overrides: Vec<Event>,
    office: String,
    statement: String,
    blocked: String,
    asks_code: bool,
    may_send_back: bool,
    address: String,
    downloads: Vec<Link>,
    reason: String,
    reason_error: String,
    paper: Option<PaperForm>,
}

/// Asks for a copy signed on paper.
#[derive(Default)]
struct PaperForm {
    open: bool,
    signed_by: String,
    signed_by_error: String,
    signed_on: String,
    signed_on_error: String,
    copy_error: String,
}

pub async fn ask(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    let found = view::certify_page(&house.db, &house.ctx, *id).await?;
    render(&house, &found, PaperForm::default()).await
}

fn check(name: &str, detail: String, good: bool) -> Section {
    Section {
        name: name.to_owned(),
        href: String::new(),
        hint: detail,
        state: if good { "Checked" } else { "Look at this" }.to_owned(),
        kind: if good { "done" } else { "waiting" }.to_owned(),
    }
}

async fn render(house: &House, found: &Found, paper: PaperForm) -> Result<HttpResponse, Fault> {
    let address = format!("/returns/{}", found.id);
    let may = house.ctx.require(Operation::CertifyReturn).is_ok();
    let shown_factor = house.ctx.person().is_ok_and(|person| person.second_factor);
    let asks_code = may && !shown_factor;
    let mut checks = vec![check(
        "Spend",
        found.rests_on.clone(),
        found.unattributed_lines == 0,
    )];
    checks.push(check(
        "Spend of the period that no award pays for",
        if found.unattributed_lines == 0 {
            "None".to_owned()
        } else {
            format!(
                "{} lines, {}",
                found.unattributed_lines,
                found.unattributed.in_full()
            )
        },
        found.unattributed_lines == 0,
    ));
    for finding in &found.findings {
        checks.push(check(
            &finding.message,
            finding.place().replace('!', ", cell "),
            false,
        ));
    }
    for board in &found.boards {
        let name = match board.board {
            entity::Board::Trustees => "The Trustee Board’s agreement",
            entity::Board::Committee => "The Recovery Advisory Committee’s agreement",
        };
        checks.push(check(
            name,
            board.minute.clone().unwrap_or_default(),
            board.agreed,
        ));
    }
    let overrides = found
        .overridden
        .iter()
        .map(|figure| Event {
            what: format!(
                "{}: {} in place of {}",
                figure.label,
                shown(entity::FieldKind::Money, &figure.typed),
                shown(entity::FieldKind::Money, &figure.drafted)
            ),
            who: figure.by.clone().unwrap_or_default(),
            when: "typed over the drafted figure".to_owned(),
            why: figure.reason.clone().unwrap_or_default(),
        })
        .chain(found.silenced.iter().map(|silenced| {
            Event {
                what: silenced
                    .message
                    .clone()
                    .unwrap_or_else(|| silenced.code.clone()),
                who: silenced.by.clone(),
                when: "let stand".to_owned(),
                why: silenced.reason.clone(),
            }
        }))
        .collect();
    let next = found.next.as_ref();
    let blocked = match (&found.why_not, asks_code) {
        (Some(why), false) => why.clone(),
        (Some(why), true) if next.is_none() => why.clone(),
        _ => String::new(),
    };
    let sentence = if !blocked.is_empty() {
        "You cannot sign this one.".to_owned()
    } else if asks_code {
        "Show your second check first; then you can sign.".to_owned()
    } else if found.findings.is_empty() && found.overridden.is_empty() && found.silenced.is_empty()
    {
        "You can sign: every check passed, and nothing was overridden.".to_owned()
    } else {
        "You can sign. Read first what was found and what was overridden.".to_owned()
    };
    page(&CertifyPage {
        page: PageFrame::of(house, "Certify a return").await?,
        crumbs: crumbs_to(&found.title, &address),
        return_title: found.award.clone(),
        period: found.title.clone(),
        revision: format!("Revision {}", found.revision),
        content_hash: found.content_hash.clone(),
        due: format!("Due {}", found.due_in_words),
        sentence,
        errors: [
            ("signed_by", &paper.signed_by_error),
            ("signed_on", &paper.signed_on_error),
            ("file", &paper.copy_error),
        ]
        .into_iter()
        .filter(|(_, error)| !error.is_empty())
        .map(|(name, error)| Link::new(error.clone(), format!("#{name}")))
        .collect(),
        what: found
            .totals
            .iter()
            .map(|total| Fact {
                href: format!("{address}/figures/{}", total.key),
                ..Fact::new(total.label.clone(), total.amount.in_full())
            })
            .collect(),
        checks,
        changed: found
            .changed_since_last
            .iter()
            .map(|finding| finding.message.clone())
            .collect(),
        overrides,
        office: next.map_or_else(String::new, |next| next.office.clone()),
        statement: next.map_or_else(String::new, |next| next.words.clone()),
        blocked,
        asks_code,
        may_send_back: house.ctx.require(Operation::RequestChanges).is_ok(),
        downloads: vec![Link::new(
            "The filled workbook",
            format!("{address}/workbook"),
        )],
        address,
        reason: String::new(),
        reason_error: String::new(),
        paper: (found.may_record_paper && next.is_some()).then_some(paper),
    })
}

#[derive(Deserialize)]
pub struct Signed {
    content_hash: String,
    office: String,
    statement: String,
}

pub async fn certify(
    house: House,
    id: web::Path<GrantReturnId>,
    PageForm(form): PageForm<Signed>,
) -> Result<HttpResponse, Fault> {
    let new = NewCertification {
        content_hash: form.content_hash,
        office: form.office,
        statement: form.statement.replace("\r\n", "\n"),
    };
    ops::certify(&house.db, &house.ctx, &workbooks(&house), *id, &new).await?;
    Ok(see_other(&format!("/returns/{}?done=certified", *id)))
}

/// Takes a copy signed on paper in.
pub async fn on_paper(
    house: House,
    id: web::Path<GrantReturnId>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CertifyOnPaper)?;
    let upload = Upload::of(&request, payload).await?;
    forms::check(&request, upload.field("csrf"))?;
    let field = |name: &str| upload.field(name).unwrap_or_default().to_owned();
    let mut tried = PaperForm {
        open: true,
        signed_by: field("signed_by"),
        signed_on: field("signed_on"),
        ..PaperForm::default()
    };
    let on = ["%d/%m/%Y", "%Y-%m-%d", "%d %B %Y"]
        .iter()
        .find_map(|shape| NaiveDate::parse_from_str(tried.signed_on.trim(), shape).ok());
    let (content_hash, office) = (field("content_hash"), field("office"));
    let (name, bytes) = upload.file.unwrap_or_default();
    let done = match on {
        Some(signed_on) => {
            let new = NewPaperCertification {
                content_hash,
                office,
                signed_by: tried.signed_by.clone(),
                signed_on,
            };
            let paper = Paper { name, bytes };
            let books = workbooks(&house);
            ops::certify_on_paper(&house.db, &house.ctx, &books, *id, &new, &paper).await
        }
        None => Err(Error::invalid(
            "/signed_on",
            "required",
            "Enter the date on the paper, such as 30/10/2026.",
        )),
    };
    match done {
        Ok(_) => Ok(see_other(&format!("/returns/{}?done=on-paper", *id))),
        Err(Error::Invalid(fields)) => {
            for field in fields {
                match field.pointer.as_str() {
                    "/signed_by" => tried.signed_by_error = field.detail,
                    "/copy" => tried.copy_error = field.detail,
                    _ => tried.signed_on_error = field.detail,
                }
            }
            let found = view::certify_page(&house.db, &house.ctx, *id).await?;
            render(&house, &found, tried).await
        }
        Err(other) => Err(other.into()),
    }
}
